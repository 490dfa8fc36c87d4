//! Signing in: a name, then a password, then a session.
//!
//! Between two requests a sign-in waits in the store, sealed, under the hash
//! of the browser's ticket. An unknown name takes the same steps, the same
//! time and shows the same pages as a known one.

use std::time::Duration;

use ring::digest::{SHA256, digest};
use secrecy::SecretString;

use super::session::{OpenError, Sessions};
use super::{Ground, account};
use crate::crypto::{Checked, Hasher, HashingError, SealError, Token};
use crate::domain::{
    Account, AccountState, AfterPassword, Failures, LoginName, Moment, Proven, SignInPolicy,
    Throttle,
};
use crate::observe::audit::Around;
use crate::observe::{Event, SignInOutcome};
use crate::store::record::{FailuresRecord, TicketRecord};
use crate::store::{Change, Expect, StoreError, Table};

/// How long a sign-in may wait between two steps.
const TICKET_LIFE: Duration = Duration::from_secs(60 * 60);
/// How often a change is tried again that others were faster with.
const CONFLICTS_MAX: usize = 64;
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
}

impl SignIn {
    /// Over this ground, with these parts.
    pub fn new(ground: Ground, parts: SignInParts) -> Self {
        Self { ground, parts }
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

    /// Tries a password under the ticket's name.
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
        around: Around<'_>,
    ) -> Result<PasswordAnswer, SignInError> {
        let outcome = self.try_password(ticket, typed, around).await;
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
        around: Around<'_>,
    ) -> Result<PasswordAnswer, SignInError> {
        let AtPassword { name: TypedName(name) } = self.at_password(ticket).await?;
        let folded = LoginName::fold(&name);
        let now = self.ground.clock.now();
        let counter = failures_key(&folded);
        let before = self.failures(&counter, now).await?;
        if let Some(until) = self.parts.throttle.paused_until(before, now) {
            self.ground.audit.record(&Event::SignInPaused, around, now);
            return Err(SignInError::Paused { until });
        }
        // Counted before the password is looked at: parallel guesses cannot
        // all slip through while the first is being hashed.
        self.count_failure(&counter, now).await?;

        let found = account::by_folded_name(&self.ground, &folded, now).await?;
        let usable = found.as_ref().filter(|(account, _)| may_use_password(account, now));
        let subject = usable.and_then(|(account, _)| Some((account.id, account.password.clone()?)));
        let start = self.ground.clock.elapsed();
        self.ground.metrics.hashing_queue.inc();
        let checked = self.parts.hasher.check(subject, typed).await;
        self.ground.metrics.hashing_queue.dec();
        let took = self.ground.clock.elapsed().saturating_sub(start);
        self.ground.metrics.hashing_seconds.observe(took.as_secs_f64());
        let checked = match checked {
            // Longer than any password of ours: it cannot be right.
            Err(HashingError::TooLong) => Checked::NoMatch,
            // Not looked at, so not a failure of whoever typed it.
            Err(error) => {
                self.take_back(&counter, now).await?;
                return Err(error.into());
            }
            Ok(checked) => checked,
        };

        let (Some((account, version)), Checked::Match { proof, .. }) = (found, checked) else {
            self.ground.audit.record(&Event::SignInFailed, around, now);
            return Ok(PasswordAnswer::NoMatch);
        };
        let about = Around { account: Some(account.id), ..around };
        let now = self.ground.clock.now();
        // No second factor can be enrolled yet, so every account has none.
        let step = self.parts.policy.after_password(proof, 0, now);
        match step.map_err(|error| SignInError::Fault(error.to_string()))? {
            AfterPassword::Suffices(proven) => {
                let token = match self.open(&proven, ticket, &counter, (account, version)).await? {
                    Some(token) => token,
                    None => return Ok(PasswordAnswer::NoMatch),
                };
                self.ground.audit.record(&Event::SignedIn, about, now);
                Ok(PasswordAnswer::Open(SecretString::from(token.reveal())))
            }
            AfterPassword::Enrol(_) | AfterPassword::Factor(_) => {
                self.take_back(&counter, now).await?;
                self.ground.audit.record(&Event::SignInIncomplete, about, now);
                Ok(PasswordAnswer::MustEnrol)
            }
        }
    }

    /// Opens the session, if the account is still the one whose password was
    /// matched: not disabled, deleted or given another password meanwhile.
    async fn open(
        &self,
        proven: &Proven,
        ticket: &Ticket,
        counter: &[u8],
        (judged, mut version): (Account, u64),
    ) -> Result<Option<Token>, SignInError> {
        let mut account = judged.clone();
        for _ in 0..CONFLICTS_MAX {
            let also = Change::new()
                .check((Table::Account, *account.id.as_bytes()), Expect::Version(version))
                .delete((Table::Ticket, ticket.key()), Expect::Any)
                .delete((Table::Failures, counter), Expect::Any);
            match self.parts.sessions.open(proven, &account, also).await {
                Err(OpenError::Store(StoreError::Conflict)) => {}
                other => return Ok(Some(other?)),
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

    async fn failures(&self, counter: &[u8], now: Moment) -> Result<Option<Failures>, StoreError> {
        let record = self.ground.store.read(Table::Failures, counter, now).await?;
        record.map(|record| FailuresRecord::decode(&record.data)).transpose()
    }

    /// Adds one failure, whatever others add at the same time.
    async fn count_failure(&self, counter: &[u8], now: Moment) -> Result<(), SignInError> {
        for _ in 0..CONFLICTS_MAX {
            let record = self.ground.store.read(Table::Failures, counter, now).await?;
            let before =
                record.as_ref().map(|record| FailuresRecord::decode(&record.data)).transpose()?;
            if let Some(until) = self.parts.throttle.paused_until(before, now) {
                return Err(SignInError::Paused { until });
            }
            let after = self.parts.throttle.count(before, now);
            let expect = record.map_or(Expect::Absent, |record| Expect::Version(record.version));
            let ends = Some(now.plus(self.parts.throttle.forget_after));
            let data = FailuresRecord::encode(after)?;
            let change = Change::new().put((Table::Failures, counter), expect, data, ends);
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(SignInError::Busy)
    }

    /// Takes one failure back, whatever others count at the same time.
    async fn take_back(&self, counter: &[u8], now: Moment) -> Result<(), SignInError> {
        for _ in 0..CONFLICTS_MAX {
            let record = self.ground.store.read(Table::Failures, counter, now).await?;
            let Some(record) = record else { return Ok(()) };
            let (at, expect) = ((Table::Failures, counter), Expect::Version(record.version));
            let mut failures = FailuresRecord::decode(&record.data)?;
            failures.count = failures.count.saturating_sub(1);
            let change = match failures.count {
                0 => Change::new().delete(at, expect),
                _ => {
                    Change::new().put(at, expect, FailuresRecord::encode(failures)?, record.expires)
                }
            };
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(SignInError::Busy)
    }
}

fn may_use_password(account: &Account, now: Moment) -> bool {
    account.state == AccountState::Active && account.password_until.is_none_or(|until| now < until)
}

/// Counters are kept under a hash: names that people mistype, passwords among
/// them, are not written down.
fn failures_key(folded: &str) -> Vec<u8> {
    digest(&SHA256, &[b"failures\0", folded.as_bytes()].concat()).as_ref().to_vec()
}

fn place(key: &[u8; 32]) -> Vec<u8> {
    [b"ticket/".as_slice(), key].concat()
}
