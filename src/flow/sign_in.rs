//! Signing in: a name, then a password, then whatever is still missing, then a
//! session.
//!
//! Between two requests a sign-in waits in the store (see [`super::half_done`]).
//! An unknown name takes the same steps, the same time and shows the same pages
//! as a known one. The steps after the password are in `code` (a second
//! factor), `set_up` (setting one up) and `new_password`; all of them begin by
//! working out anew where the sign-in stands.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::browser::Visiting;
use super::credentials::Credentials;
use super::guess::{Guessed, Subject};
use super::half_done::HalfDone;
use super::opening::Opening;
use super::outbox::Outbox;
use super::phone::PhoneParts;
use super::question::Watch;
use super::room::{RECORDS_MAX, Room, RoomError};
use super::session::{OpenError, Sessions};
use super::standing::{Found, may_use_password};
use super::{At, Ground, Opened, Ticket, account};
use crate::crypto::passkey::Passkeys;
use crate::crypto::{Checked, Hasher, HashingError, PASSWORD_BYTES_MAX, SealError};
use crate::domain::{
    Account, AccountId, Factor, LoginName, Moment, Next, PasswordPolicy, Shown, SignInPolicy,
    Throttle,
};
use crate::observe::audit::Around;
use crate::observe::{Event, FirstConnection, SignInOutcome, SignInStep};
use crate::store::record::{AccountRecord, FromShape};
use crate::store::{Change, Expect, StoreError, Table};

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
        /// How long until one is looked at again.
        wait: Duration,
    },
    /// Too many wrong numbers: only an operator opens the factor again.
    #[error("the second factor is locked")]
    Locked,
    /// Too many are signing in.
    #[error("too many passwords are waiting")]
    Busy,
    /// Another tab or another browser was faster; looked at anew, something
    /// else is due.
    #[error("another request was faster")]
    Outrun,
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
            OpenError::Store(StoreError::Conflict) => Self::Outrun,
            OpenError::Store(source) => Self::Store(source),
            other => Self::Fault(other.to_string()),
        }
    }
}

/// What came of a step.
#[derive(Debug)]
pub enum Answer<Wrong> {
    /// A session is open.
    Open(Box<Opened>),
    /// This screen is due, under this ticket if it changed.
    GoOn(At, Option<Ticket>),
    /// It was not right.
    Wrong(Wrong),
}

/// Name or password do not match; which of them is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMatch;

/// Where people go after their first connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterSetUp {
    /// Straight on to the portal.
    GoOn,
    /// They sign in again, the way they will from then on.
    SignInAgain,
}

/// A typed password, and what was chosen with it.
#[derive(Debug)]
pub struct Typed {
    /// The password.
    pub password: SecretString,
    /// Whether to stay signed in.
    pub stays: bool,
}

/// What a sign-in needs beside the ground.
#[derive(Clone, Debug)]
pub struct SignInParts {
    /// Hashes passwords.
    pub hasher: Hasher,
    /// What the operator demands.
    pub policy: SignInPolicy,
    /// What a new password must be like.
    pub passwords: PasswordPolicy,
    /// How failures slow guessing.
    pub throttle: Throttle,
    /// The factors that people may set up, the recommended one first.
    pub offers: Vec<Factor>,
    /// The ceremonies of passkeys, where browsers have any for our address.
    pub passkeys: Option<Passkeys>,
    /// Opens sessions.
    pub sessions: Sessions,
    /// Asks phones.
    pub phones: PhoneParts,
    /// Takes notices to people.
    pub outbox: Outbox,
    /// The portal's name, shown in the app and on phones.
    pub issuer: String,
    /// Where people go after their first connection.
    pub after_set_up: AfterSetUp,
}

/// The use case.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub(super) ground: Ground,
    pub(super) parts: SignInParts,
    pub(super) room: Arc<Room>,
    /// Room for the counters of names that nobody has, and of addresses.
    pub(super) strangers: Arc<Room>,
    /// Tells waiting pages what phones did.
    pub(super) watch: Watch,
}

impl SignIn {
    /// Over this ground, with these parts.
    pub fn new(ground: Ground, parts: SignInParts) -> Self {
        let room = Arc::new(Room::new(Table::Ticket, RECORDS_MAX));
        let strangers = Arc::new(Room::new(Table::StrangerFailures, RECORDS_MAX));
        Self { ground, parts, room, strangers, watch: Watch::default() }
    }

    /// A ticket for a browser that has none.
    ///
    /// # Errors
    ///
    /// Where the system gives no random bytes.
    pub fn ticket(&self) -> Result<Ticket, SignInError> {
        let made = crate::crypto::Token::new(&*self.ground.chance);
        Ok(Ticket::from_token(made.map_err(|error| SignInError::Fault(error.to_string()))?))
    }

    /// How long people may choose to stay signed in, if they may.
    pub fn stay(&self) -> Option<Duration> {
        self.parts.sessions.limits().stay()
    }

    /// Takes a typed name. The answer is the same for a name that nobody has.
    ///
    /// # Errors
    ///
    /// Where the step cannot be kept.
    pub async fn name(&self, ticket: &Ticket, typed: &str) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        let change = HalfDone::begin(&self.ground, ticket, plain_name(typed), now)?;
        let change = self.room.make(change, &ticket.key(), &self.ground, now).await?;
        Ok(self.ground.store.commit(change, now).await?)
    }

    /// Puts the count of half-done sign-ins right.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn recount(&self) -> Result<(), StoreError> {
        let now = self.ground.clock.now();
        self.room.recount(&self.ground, now).await?;
        self.strangers.recount(&self.ground, now).await
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
        typed: Typed,
        visiting: &Visiting<'_>,
    ) -> Result<Answer<NoMatch>, SignInError> {
        let outcome = self.try_password(ticket, typed, visiting).await;
        self.count(SignInStep::Password, &outcome);
        outcome
    }

    /// Counts how a step ended.
    pub(super) fn count<W>(&self, step: SignInStep, outcome: &Result<Answer<W>, SignInError>) {
        let outcome = match outcome {
            Ok(Answer::Open(_)) => SignInOutcome::Opened,
            Ok(Answer::GoOn(_, None)) | Err(SignInError::NoTicket | SignInError::Outrun) => return,
            Ok(Answer::GoOn(_, Some(_))) => SignInOutcome::GoesOn,
            Ok(Answer::Wrong(_)) => SignInOutcome::NoMatch,
            Err(SignInError::Paused { .. } | SignInError::Locked) => SignInOutcome::Paused,
            Err(SignInError::Busy) => SignInOutcome::Busy,
            Err(SignInError::Store(_) | SignInError::Seal(_) | SignInError::Fault(_)) => {
                SignInOutcome::Fault
            }
        };
        self.ground.metrics.sign_in(step, outcome);
    }

    /// Looks at a password on the pool, and at how long that took.
    pub(super) async fn check(
        &self,
        subject: Option<(AccountId, String)>,
        typed: SecretString,
    ) -> Result<Checked, HashingError> {
        let start = self.ground.clock.elapsed();
        self.ground.metrics.hashing_queue.inc();
        let checked = self.parts.hasher.check(subject, typed).await;
        self.ground.metrics.hashing_queue.dec();
        let took = self.ground.clock.elapsed().saturating_sub(start);
        self.ground.metrics.hashing_seconds.observe(took.as_secs_f64());
        match checked {
            // Longer than any password of ours: it cannot be right.
            Err(HashingError::TooLong) => Ok(Checked::NoMatch),
            other => other,
        }
    }

    async fn try_password(
        &self,
        ticket: &Ticket,
        typed: Typed,
        visiting: &Visiting<'_>,
    ) -> Result<Answer<NoMatch>, SignInError> {
        let now = self.ground.clock.now();
        let mut half = match self.find(ticket, now).await? {
            Found::Bare(half, At::Password) => *half,
            Found::Here(here, At::Password) => {
                return self.confirm_by_password(*here, typed.password, visiting).await;
            }
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        if typed.password.expose_secret().len() > PASSWORD_BYTES_MAX {
            // Longer than any password of ours: it cannot be right, whoever has the
            // name, and must not make us write.
            return Ok(Answer::Wrong(NoMatch));
        }
        let folded = LoginName::fold(&half.record.name);
        let found = account::by_folded_name(&self.ground, &folded, now).await?;
        let usable = found.as_ref().filter(|(account, _)| may_use_password(account, now));
        let subject = Subject {
            folded: &folded,
            account: found.as_ref().map(|(account, _)| account),
            hash: usable.and_then(|(account, _)| account.password.clone()),
        };
        let guessed = self.guess(subject, typed.password.clone(), visiting).await;
        let guessed = self.keep_pause(&mut half, guessed, now).await?;
        let (Some((account, version)), Guessed::Right { proof, outdated, counter }) =
            (found, guessed)
        else {
            half.trouble("password", None, now);
            self.keep_trouble(&half, now).await?;
            return Ok(Answer::Wrong(NoMatch));
        };
        let around = Around { account: Some(account.id), ..visiting.around };
        let now = self.ground.clock.now();
        half.record.stays = typed.stays && self.stay().is_some();
        half.record.from = FromShape::new(around.device, around.client);
        let credentials = Credentials::load(&self.ground, account.id, now).await?;
        let mut shown = Shown::password(proof);
        let known = visiting.browser.recognise(account.id);
        if let Some(trusted) = known.and_then(|known| known.trusted(&account, &credentials)) {
            shown = shown.in_browser(trusted);
        }
        let judged = account.clone();
        let answer = match self.next(shown, &account, &credentials, now)? {
            Next::Open(proven) => {
                // What spared the factor must be true still.
                let also = credentials.check(half.end(counter.forget(Change::new())));
                let opening = Opening::of(&half, proven, visiting.before);
                match self.open(opening, (account, version), also).await? {
                    Some(opened) => Answer::Open(Box::new(opened)),
                    None => return Ok(Answer::Wrong(NoMatch)),
                }
            }
            Next::Factor(shown) | Next::Enrol(shown) | Next::NewPassword(shown) => {
                if account.password_until.is_some() {
                    self.ground.metrics.first_connection(FirstConnection::Password);
                }
                half.keep_shown(&shown, account.epoch);
                half.record.language = account.language.map(|language| language.code().to_owned());
                // The password was right: whoever goes on guessing now guesses at the
                // factor, which has a counter of its own.
                let also = counter
                    .forget(Change::new())
                    .check((Table::Account, *account.id.as_bytes()), Expect::Version(version));
                let (ticket, change) = half.raise(&self.ground, also, now).await?;
                self.commit(change, now).await?;
                let at = self.find(&ticket, now).await?.at();
                Answer::GoOn(at, Some(ticket))
            }
        };
        let event = match answer {
            Answer::Open(_) => &Event::SignedIn,
            Answer::GoOn(..) | Answer::Wrong(_) => &Event::SignInIncomplete,
        };
        self.ground.audit.record(event, around, now);
        if outdated {
            self.hash_anew(judged, typed.password).await;
        }
        Ok(answer)
    }

    /// Makes a change, or tells that somebody else was faster.
    pub(super) async fn commit(&self, change: Change, now: Moment) -> Result<(), SignInError> {
        match self.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => Err(SignInError::Outrun),
            other => Ok(other?),
        }
    }

    /// Writes down what went wrong, for support; a tab that was faster wrote
    /// something newer.
    pub(super) async fn keep_trouble(
        &self,
        half: &HalfDone,
        now: Moment,
    ) -> Result<(), SignInError> {
        let change = half.put(&self.ground, Change::new(), now)?;
        match self.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Keeps a password under today's costs, if it is still the account's: an
    /// operator may have replaced it while this waited. If it does not work out,
    /// the old hash serves until the next sign-in.
    async fn hash_anew(&self, judged: Account, typed: SecretString) {
        let done: Result<(), SignInError> = async {
            let hash = self.parts.hasher.make(typed, &*self.ground.chance).await?;
            let now = self.ground.clock.now();
            let found = account::by_id(&self.ground, judged.id, now).await?;
            let same = |account: &Account| {
                account.password == judged.password && account.epoch == judged.epoch
            };
            if let Some((mut account, version)) = found.filter(|(account, _)| same(account)) {
                account.password = Some(hash);
                let place = (Table::Account, *account.id.as_bytes());
                let data = AccountRecord::encode(&account)?;
                let change = Change::new().put(place, Expect::Version(version), data, None);
                self.ground.store.commit(change, now).await?;
                let around = Around { account: Some(account.id), ..Around::default() };
                self.ground.audit.record(&Event::PasswordRehashed, around, now);
            }
            Ok(())
        }
        .await;
        if let Err(error) = done {
            tracing::warn!(%error, "a password was not hashed anew");
        }
    }
}

/// A typed name as it is kept: cut to a bound, without hidden letters.
pub(super) fn plain_name(typed: &str) -> String {
    let plain = typed.chars().filter(|letter| !is_hidden(*letter));
    plain.take(NAME_CHARS_MAX).collect::<String>().trim().to_owned()
}

/// What no name has, since none is accepted with it: it could only be meant for
/// the terminal of whoever looks at the sign-in.
pub(super) fn is_hidden(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
