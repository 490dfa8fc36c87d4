//! Signing in: a name, then a password, then a session.
//!
//! Between two requests a sign-in waits in the store, sealed, under the hash
//! of the browser's ticket. An unknown name takes the same steps, the same
//! time and shows the same pages as a known one.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::failures::{CONFLICTS_MAX, Counter};
use super::room::{RECORDS_MAX, Room, RoomError};
use super::session::{OpenError, Sessions};
use super::{Ground, account};
use crate::crypto::{Checked, Hasher, HashingError, SealError, Token};
use crate::domain::{
    Account, AccountId, AccountState, AfterPassword, LoginName, Moment, Proven, SessionHash,
    SignInPolicy, Throttle,
};
use crate::observe::audit::Around;
use crate::observe::{Event, SignInOutcome};
use crate::store::record::{AccountRecord, TicketRecord};
use crate::store::{Change, Expect, Revocation, StoreError, Table};

/// How long a sign-in may wait between two steps.
const TICKET_LIFE: Duration = Duration::from_secs(60 * 60);
/// Typed names are kept up to this many characters.
const NAME_CHARS_MAX: usize = 256;

/// Why a step was not taken.
///
/// Two readers: the log takes `Display` and the source; the person gets what
/// `pages` makes of the variant, and nothing else.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There is no half-done sign-in under this ticket.
    #[error("there is no half-done sign-in")]
    NoTicket,
    /// Attempts under the typed name are paused, whether or not anybody has it.
    #[error("attempts under the typed name are paused")]
    Paused {
        /// First moment at which one is looked at again.
        until: Moment,
    },
    /// Too many are signing in.
    #[error("too many passwords are waiting")]
    Busy,
    /// The store did not answer, so nothing is known.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
    /// The half-done sign-in does not open.
    #[error("the half-done sign-in does not open")]
    Seal(#[from] SealError),
    /// Hashing or opening the session failed.
    #[error("the sign-in failed: {0}")]
    Fault(String),
}

impl From<RoomError> for SignInError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Store(source) => Self::Store(source),
            RoomError::NoChance(error) => Self::Fault(error.to_string()),
        }
    }
}

impl From<HashingError> for SignInError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            other => Self::Fault(other.to_string()),
        }
    }
}

impl From<OpenError> for SignInError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(source) => Self::Store(source),
            other => Self::Fault(other.to_string()),
        }
    }
}

/// The value that binds a half-done sign-in to one browser. It is in a cookie
/// there and nowhere else; here only its hash is kept.
#[derive(Clone, Debug)]
pub struct Ticket(Token);

impl Ticket {
    /// From the cookie's value, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        Token::parse(text).map(Self)
    }

    /// From a value that the gateway made on the way.
    pub fn from_token(token: Token) -> Self {
        Self(token)
    }

    /// For the cookie.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }

    /// What this browser's forms carry.
    pub fn form_token(&self) -> String {
        self.0.form_token()
    }

    /// Whether a form carried it.
    pub fn is_form_token(&self, typed: &str) -> bool {
        self.0.is_form_token(typed)
    }

    pub(super) fn key(&self) -> [u8; 32] {
        self.0.ticket_key()
    }
}

/// The name as it was typed, for the password page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedName(pub String);

/// Where a sign-in stands.
#[derive(Debug)]
pub struct AtPassword {
    /// Whose password is asked.
    pub name: TypedName,
}

/// What came of a password.
#[derive(Debug)]
pub enum PasswordAnswer {
    /// A session is open; the value is for the cookie.
    Open(SecretString),
    /// Right, but the account has no second factor, and one is required.
    MustEnrol,
    /// Name or password do not match; which of them is not known here.
    NoMatch,
}

/// What a sign-in needs beside the ground.
#[derive(Clone, Debug)]
pub struct SignInParts {
    /// Hashes passwords.
    pub hasher: Hasher,
    /// What the operator demands.
    pub policy: SignInPolicy,
    /// How failures slow guessing.
    pub throttle: Throttle,
    /// Opens sessions.
    pub sessions: Sessions,
}

/// The use case.
#[derive(Clone, Debug)]
pub struct SignIn {
    ground: Ground,
    parts: SignInParts,
    room: Arc<Room>,
}

impl SignIn {
    /// Over this ground, with these parts.
    pub fn new(ground: Ground, parts: SignInParts) -> Self {
        let room = Arc::new(Room::new(Table::Ticket, RECORDS_MAX));
        Self { ground, parts, room }
    }

    /// A ticket for a browser that has none.
    ///
    /// # Errors
    ///
    /// Where the system gives no random bytes.
    pub fn ticket(&self) -> Result<Ticket, SignInError> {
        let made = Token::new(&*self.ground.chance);
        Ok(Ticket(made.map_err(|error| SignInError::Fault(error.to_string()))?))
    }

    /// Takes a typed name. The answer is the same for a name that nobody has.
    ///
    /// # Errors
    ///
    /// Where the step cannot be kept.
    pub async fn name(&self, ticket: &Ticket, typed: &str) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        let name: String = typed.trim().chars().take(NAME_CHARS_MAX).collect();
        let clear = TicketRecord { name }.encode()?;
        let key = ticket.key();
        let sealed = self.ground.sealer.seal(&place(&key), &clear, &*self.ground.chance)?;
        let ends = Some(now.plus(TICKET_LIFE));
        let change = Change::new().put((Table::Ticket, key), Expect::Any, sealed, ends);
        let change = self.room.make(change, &self.ground, now).await?;
        Ok(self.ground.store.commit(change, now).await?)
    }

    /// Where the sign-in under this ticket stands.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is none.
    pub async fn at_password(&self, ticket: &Ticket) -> Result<AtPassword, SignInError> {
        let now = self.ground.clock.now();
        let key = ticket.key();
        let record = self.ground.store.read(Table::Ticket, &key, now).await?;
        let record = record.ok_or(SignInError::NoTicket)?;
        let clear = self.ground.sealer.open(&place(&key), &record.data)?;
        Ok(AtPassword { name: TypedName(TicketRecord::decode(&clear)?.name) })
    }

    /// Puts the count of half-done sign-ins right.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn recount(&self) -> Result<(), StoreError> {
        self.room.recount(&self.ground, self.ground.clock.now()).await
    }

    /// Tries a password under the ticket's name. The session that the browser
    /// has already, `before`, ends with the new one's beginning.
    ///
    /// # Errors
    ///
    /// [`SignInError::Paused`] and [`SignInError::Busy`] for names known and
    /// unknown alike; [`SignInError::Store`] where nothing could be found out,
    /// which is never "no".
    pub async fn password(
        &self,
        ticket: &Ticket,
        typed: SecretString,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<PasswordAnswer, SignInError> {
        let outcome = self.try_password(ticket, typed, before, around).await;
        self.ground.metrics.sign_in(match &outcome {
            Ok(PasswordAnswer::Open(_)) => SignInOutcome::Opened,
            Ok(PasswordAnswer::MustEnrol) => SignInOutcome::MustEnrol,
            Ok(PasswordAnswer::NoMatch) => SignInOutcome::NoMatch,
            Err(SignInError::Paused { .. }) => SignInOutcome::Paused,
            Err(SignInError::Busy) => SignInOutcome::Busy,
            Err(SignInError::NoTicket) => return outcome,
            Err(SignInError::Store(_) | SignInError::Seal(_) | SignInError::Fault(_)) => {
                SignInOutcome::Fault
            }
        });
        outcome
    }

    async fn try_password(
        &self,
        ticket: &Ticket,
        typed: SecretString,
        old: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<PasswordAnswer, SignInError> {
        let AtPassword { name: TypedName(name) } = self.at_password(ticket).await?;
        let folded = LoginName::fold(&name);
        let now = self.ground.clock.now();
        let counter = Counter::new(&self.ground, self.parts.throttle, &folded);
        if let Err(error) = counter.count(now).await {
            if matches!(error, SignInError::Paused { .. }) {
                self.ground.audit.record(&Event::SignInPaused, around, now);
            }
            return Err(error);
        }

        let found = account::by_folded_name(&self.ground, &folded, now).await?;
        let usable = found.as_ref().filter(|(account, _)| may_use_password(account, now));
        let subject = usable.and_then(|(account, _)| Some((account.id, account.password.clone()?)));
        let start = self.ground.clock.elapsed();
        self.ground.metrics.hashing_queue.inc();
        let checked = self.parts.hasher.check(subject, typed.clone()).await;
        self.ground.metrics.hashing_queue.dec();
        let took = self.ground.clock.elapsed().saturating_sub(start);
        self.ground.metrics.hashing_seconds.observe(took.as_secs_f64());
        let checked = match checked {
            // Longer than any password of ours: it cannot be right.
            Err(HashingError::TooLong) => Checked::NoMatch,
            // Not looked at, so not a failure of whoever typed it.
            Err(error) => {
                counter.take_back(now).await?;
                return Err(error.into());
            }
            Ok(checked) => checked,
        };

        let (Some((account, version)), Checked::Match { proof, outdated }) = (found, checked)
        else {
            self.ground.audit.record(&Event::SignInFailed, around, now);
            return Ok(PasswordAnswer::NoMatch);
        };
        let about = Around { account: Some(account.id), ..around };
        let now = self.ground.clock.now();
        // No second factor can be enrolled yet, so every account has none.
        let step = self.parts.policy.after_password(proof, 0, now);
        match step.map_err(|error| SignInError::Fault(error.to_string()))? {
            AfterPassword::Suffices(proven) => {
                let (id, folded) = (account.id, LoginName::fold(account.name.as_str()));
                let opening = Opening { proven, ticket, counter: counter.key(), old };
                let Some(token) = self.open(opening, (account, version)).await? else {
                    return Ok(PasswordAnswer::NoMatch);
                };
                self.ground.audit.record(&Event::SignedIn, about, now);
                if outdated {
                    self.hash_anew(id, &folded, typed).await;
                }
                Ok(PasswordAnswer::Open(SecretString::from(token.reveal())))
            }
            AfterPassword::Enrol(_) | AfterPassword::Factor(_) => {
                counter.take_back(now).await?;
                self.ground.audit.record(&Event::SignInIncomplete, about, now);
                Ok(PasswordAnswer::MustEnrol)
            }
        }
    }

    /// Opens the session, if the account is still the one whose password was
    /// matched: not disabled, deleted or given another password meanwhile.
    async fn open(
        &self,
        opening: Opening<'_>,
        (judged, mut version): (Account, u64),
    ) -> Result<Option<Token>, SignInError> {
        let mut account = judged.clone();
        for _ in 0..CONFLICTS_MAX {
            let mut also = Change::new()
                .check((Table::Account, *account.id.as_bytes()), Expect::Version(version))
                .delete((Table::Ticket, opening.ticket.key()), Expect::Any)
                .delete((Table::Failures, opening.counter), Expect::Any);
            if let Some(old) = opening.old {
                let place = (Table::Session, old.0);
                also = also.delete(place, Expect::Any).revoke(Revocation::Session(old));
            }
            match self.parts.sessions.open(&opening.proven, &account, also).await {
                Err(OpenError::Store(StoreError::Conflict)) => {}
                Err(error) => return Err(error.into()),
                Ok(token) => {
                    if opening.old.is_some() {
                        self.ground.metrics.sessions_live.dec();
                    }
                    return Ok(Some(token));
                }
            }
            let folded = LoginName::fold(judged.name.as_str());
            let now = self.ground.clock.now();
            match account::by_folded_name(&self.ground, &folded, now).await? {
                Some((newer, at))
                    if newer.id == judged.id
                        && newer.password == judged.password
                        && newer.epoch == judged.epoch
                        && may_use_password(&newer, now) =>
                {
                    (account, version) = (newer, at);
                }
                _ => return Ok(None),
            }
        }
        Err(SignInError::Busy)
    }

    /// Keeps a password under today's costs. If that does not work out, the
    /// old hash serves until the next sign-in.
    async fn hash_anew(&self, id: AccountId, folded: &str, typed: SecretString) {
        let done: Result<(), SignInError> = async {
            let hash = self.parts.hasher.make(typed, &*self.ground.chance).await?;
            let now = self.ground.clock.now();
            let found = account::by_folded_name(&self.ground, folded, now).await?;
            if let Some((mut account, version)) = found.filter(|(account, _)| account.id == id) {
                account.password = Some(hash);
                let place = (Table::Account, *id.as_bytes());
                let data = AccountRecord::encode(&account)?;
                let change = Change::new().put(place, Expect::Version(version), data, None);
                self.ground.store.commit(change, now).await?;
            }
            Ok(())
        }
        .await;
        if let Err(error) = done {
            tracing::warn!(%error, "a password was not hashed anew");
        }
    }
}

/// What a session is opened with.
struct Opening<'a> {
    proven: Proven,
    ticket: &'a Ticket,
    counter: &'a [u8],
    old: Option<SessionHash>,
}

fn may_use_password(account: &Account, now: Moment) -> bool {
    account.state == AccountState::Active && account.password_until.is_none_or(|until| now < until)
}

fn place(key: &[u8; 32]) -> Vec<u8> {
    [b"ticket/".as_slice(), key].concat()
}
