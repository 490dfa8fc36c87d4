//! Passkeys: set up in the wizard, asked for after a password, or used alone in
//! its place.
//!
//! What a ceremony began is kept sealed in the half-done sign-in, so that it
//! survives a restart, and goes with the first answer, whatever that says.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::credentials::Credentials;
use super::half_done::HalfDone;
use super::opening::Opening;
use super::outbox::Notice;
use super::standing::{Found, Here, may_sign_in_at_all};
use super::{Answer, At, SignIn, SignInError, Ticket, account};
use crate::crypto::passkey::{PasskeyError, Passkeys, StoredPasskey};
use crate::domain::{Factor, Held, Moment, Place, SessionHash, Shown};
use crate::observe::audit::Around;
use crate::observe::{Event, SignInStep};
use crate::store::record::{FromShape, PasskeyShape};
use crate::store::{Change, StoreError};

/// Passkeys that one account has at most.
pub const PASSKEYS_MAX: usize = 20;
/// Longest name of one, in letters.
const NAME_CHARS_MAX: usize = 40;

/// Why a passkey was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyWrong {
    /// Nothing was asked, or too long ago.
    NothingAsked,
    /// It does not prove who is there.
    Wrong,
    /// The account has this one already.
    Exists,
    /// The device did not make sure of the person, which it must where there
    /// is no password.
    NotVerified,
    /// There seem to be two of it.
    Cloned,
    /// The first connection is not whole, and needs the password.
    TooSoon,
}

impl PasskeyWrong {
    fn of(error: &PasskeyError) -> Self {
        match error {
            PasskeyError::AlreadyRegistered => Self::Exists,
            PasskeyError::NotVerified | PasskeyError::NoAccount => Self::NotVerified,
            PasskeyError::Cloned { .. } => Self::Cloned,
            _ => Self::Wrong,
        }
    }
}

fn fault(error: &dyn std::fmt::Display) -> SignInError {
    SignInError::Fault(error.to_string())
}

fn stored_of(credentials: &Credentials) -> Result<Vec<StoredPasskey>, SignInError> {
    let shapes = credentials.record.passkeys.iter().filter(|shape| !shape.cloned);
    let read = |shape: &PasskeyShape| serde_json::from_value(shape.key.clone());
    shapes.map(read).collect::<Result<_, _>>().map_err(|error| fault(&error))
}

fn write<T: Serialize>(state: &T) -> Result<Option<String>, SignInError> {
    serde_json::to_string(state).map(Some).map_err(|error| fault(&error))
}

/// What a ceremony began; it is gone from the half-done sign-in with this.
fn take<T: DeserializeOwned>(half: &mut HalfDone) -> Option<T> {
    // One of another ceremony reads as none.
    half.record.ceremony.take().and_then(|state| serde_json::from_str(&state).ok())
}

impl SignIn {
    fn passkeys(&self) -> Result<&Passkeys, SignInError> {
        self.parts.passkeys.as_ref().ok_or(SignInError::NoTicket)
    }

    /// Whether browsers have passkeys for our address.
    pub fn has_passkeys(&self) -> bool {
        self.parts.passkeys.is_some()
    }

    /// What the browser is to be asked, as JSON: to make a passkey, or to use one
    /// of the account's, whichever is due. `None` where neither is.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn passkey_options(&self, ticket: &Ticket) -> Result<Option<String>, SignInError> {
        let now = self.ground.clock.now();
        let passkeys = self.passkeys()?;
        let (mut here, at) = match self.find(ticket, now).await? {
            Found::Here(here, at) => (here, at),
            Found::Bare(..) => return Ok(None),
        };
        let (account, chance) = (&here.account, &*self.ground.chance);
        let stored = stored_of(&here.credentials)?;
        let (options, state) = match at {
            At::SetUp(Place::Passkey) if stored.len() < PASSKEYS_MAX => {
                let name = account.name.as_str();
                let full = account.full_name.as_ref().map_or(name, |full| full.as_str());
                let begun = passkeys.begin_registration(account.id, (name, full), &stored, chance);
                let (options, state) = begun.map_err(|error| fault(&error))?;
                (options, write(&state)?)
            }
            At::Factor(_) if !stored.is_empty() => {
                let begun = passkeys.begin_assertion(account.id, &stored, chance);
                let (options, state) = begun.map_err(|error| fault(&error))?;
                (options, write(&state)?)
            }
            _ => return Ok(None),
        };
        here.half.record.ceremony = state;
        self.commit(here.half.put(&self.ground, Change::new(), now)?, now).await?;
        Ok(Some(options))
    }

    /// Takes the browser's answer: a new passkey, called `name`, or the use of
    /// one, whichever is due.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn passkey(
        &self,
        ticket: &Ticket,
        (answer, name): (&str, &str),
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<PasskeyWrong>, SignInError> {
        let outcome = self.try_passkey(ticket, (answer, name), before, around).await;
        self.count(SignInStep::Passkey, &outcome);
        outcome
    }

    async fn try_passkey(
        &self,
        ticket: &Ticket,
        (answer, name): (&str, &str),
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<PasskeyWrong>, SignInError> {
        let now = self.ground.clock.now();
        match self.find(ticket, now).await? {
            Found::Here(here, At::SetUp(Place::Passkey)) => {
                self.make_passkey(*here, (answer, name), around, now).await
            }
            Found::Here(here, At::Factor(_)) => {
                self.use_passkey(*here, answer, before, around, now).await
            }
            other => Ok(Answer::GoOn(other.at(), None)),
        }
    }

    async fn make_passkey(
        &self,
        mut here: Here,
        (answer, name): (&str, &str),
        around: Around<'_>,
        now: Moment,
    ) -> Result<Answer<PasskeyWrong>, SignInError> {
        let account = here.account.id;
        let around = Around { account: Some(account), ..around };
        let state = take(&mut here.half);
        let made = match &state {
            Some(state) => self.passkeys()?.register(account, state, answer),
            None => return Ok(Answer::Wrong(PasskeyWrong::NothingAsked)),
        };
        let made = match made {
            Ok(made) => made,
            Err(error) => return self.not_taken(here, (&error, answer), around, now).await,
        };
        let id = made.updated.id().text();
        if here.credentials.record.passkeys.iter().any(|shape| shape.id == id) {
            // Those that seem copied were not named to the device.
            return Ok(Answer::Wrong(PasskeyWrong::Exists));
        }
        here.credentials.record.passkeys.push(PasskeyShape {
            id,
            name: name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect(),
            added: now.unix_millis(),
            last: now.unix_millis(),
            cloned: false,
            key: serde_json::to_value(&made.updated).map_err(|error| fault(&error))?,
        });
        let proof = made.proof;
        match self.factor_added(here, Factor::Passkey, proof, Change::new(), now).await {
            Ok(answer) => {
                self.record_added(Factor::Passkey, around, now);
                Ok(answer)
            }
            // Another browser set up another factor meanwhile, or another tab this.
            Err(SignInError::Outrun) => Ok(Answer::Wrong(PasskeyWrong::NothingAsked)),
            Err(error) => Err(error),
        }
    }

    async fn use_passkey(
        &self,
        mut here: Here,
        answer: &str,
        before: Option<SessionHash>,
        around: Around<'_>,
        now: Moment,
    ) -> Result<Answer<PasskeyWrong>, SignInError> {
        let account = here.account.id;
        let around = Around { account: Some(account), ..around };
        let state = take(&mut here.half);
        let Some(state) = &state else { return Ok(Answer::Wrong(PasskeyWrong::NothingAsked)) };
        let stored = stored_of(&here.credentials)?;
        let used = match self.passkeys()?.finish_assertion(account, &stored, state, answer) {
            Ok(used) => used,
            Err(error) => return self.not_taken(here, (&error, answer), around, now).await,
        };
        keep(&mut here.credentials, &used.updated, now)?;
        match self.factor_shown(here, used.proof, Change::new(), before, now).await {
            Err(SignInError::Outrun | SignInError::Store(StoreError::Conflict)) => {
                Ok(Answer::Wrong(PasskeyWrong::NothingAsked))
            }
            Err(error) => Err(error),
            Ok(answer) => {
                self.record_opened(&answer, around, now);
                Ok(answer)
            }
        }
    }

    /// Writes down that an answer was not taken: what was asked is over with it,
    /// and a passkey that seems to be copied is not taken any more.
    async fn not_taken(
        &self,
        mut here: Here,
        (error, answer): (&PasskeyError, &str),
        around: Around<'_>,
        now: Moment,
    ) -> Result<Answer<PasskeyWrong>, SignInError> {
        tracing::info!(%error, request = around.request, "a passkey was not taken");
        here.half.trouble("passkey", None, now);
        let mut change = here.half.put(&self.ground, Change::new(), now)?;
        if let PasskeyError::Cloned { .. } = error {
            change = self.distrust(&mut here.credentials, answer, change, now)?;
            self.ground.audit.record(&Event::PasskeyCloned, around, now);
        }
        self.commit(change, now).await?;
        self.ground.audit.record(&Event::FactorFailed, around, now);
        Ok(Answer::Wrong(PasskeyWrong::of(error)))
    }

    /// Adds to a change that a passkey is not taken any more, and that its owner
    /// is told.
    fn distrust(
        &self,
        credentials: &mut Credentials,
        answer: &str,
        change: Change,
        now: Moment,
    ) -> Result<Change, SignInError> {
        let id = self.passkeys()?.credential_of(answer).map(|id| id.text()).unwrap_or_default();
        for shape in &mut credentials.record.passkeys {
            shape.cloned |= shape.id == id;
        }
        let change = credentials.put(&self.ground, change)?;
        let (outbox, account) = (&self.parts.outbox, credentials.account());
        outbox.queue_notice(change, account, Notice::PasskeyCloned, now)
    }

    /// What the browser is to be asked for a sign-in without name and password,
    /// as JSON; alike for everybody. `None` where this browser is half-way
    /// through something else.
    ///
    /// # Errors
    ///
    /// Where the step cannot be kept.
    pub async fn passkey_sign_in_options(
        &self,
        ticket: &Ticket,
    ) -> Result<Option<String>, SignInError> {
        let now = self.ground.clock.now();
        let begun = self.passkeys()?.begin_sign_in(&*self.ground.chance);
        let (options, state) = begun.map_err(|error| fault(&error))?;
        let state = write(&state)?;
        let change = match self.find(ticket, now).await {
            Ok(Found::Bare(mut half, At::Password)) => {
                half.record.ceremony = state;
                half.put(&self.ground, Change::new(), now)?
            }
            Ok(Found::Bare(_, At::Done)) | Err(SignInError::NoTicket) => {
                let change = HalfDone::begin_passkey(&self.ground, ticket, state, now)?;
                self.room.make(change, &ticket.key(), &self.ground, now).await?
            }
            Ok(_) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.commit(change, now).await?;
        Ok(Some(options))
    }

    /// Takes a passkey in the place of name, password and factor.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn passkey_sign_in(
        &self,
        ticket: &Ticket,
        answer: &str,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<PasskeyWrong>, SignInError> {
        let outcome = self.try_passkey_sign_in(ticket, answer, before, around).await;
        self.count(SignInStep::Passkey, &outcome);
        outcome
    }

    async fn try_passkey_sign_in(
        &self,
        ticket: &Ticket,
        answer: &str,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<PasskeyWrong>, SignInError> {
        let now = self.ground.clock.now();
        let mut half = match self.find(ticket, now).await? {
            Found::Bare(half, At::Password) => *half,
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        let state = take(&mut half);
        let Some(state) = &state else { return Ok(Answer::Wrong(PasskeyWrong::NothingAsked)) };
        let passkeys = self.passkeys()?;
        let found = match passkeys.who(answer) {
            Ok(claim) => account::by_id(&self.ground, claim.account, now).await?,
            Err(_) => None,
        };
        let found = found.filter(|(account, _)| may_sign_in_at_all(account));
        let Some((account, version)) = found else {
            self.commit(half.put(&self.ground, Change::new(), now)?, now).await?;
            self.ground.audit.record(&Event::FactorFailed, around, now);
            return Ok(Answer::Wrong(PasskeyWrong::Wrong));
        };
        let around = Around { account: Some(account.id), ..around };
        let mut credentials = Credentials::load(&self.ground, account.id, now).await?;
        let stored = stored_of(&credentials)?;
        let used = match passkeys.finish_sign_in(account.id, &stored, state, answer) {
            Ok(used) => used,
            Err(error) => {
                tracing::info!(%error, request = around.request, "a passkey was not taken");
                let mut change = half.put(&self.ground, Change::new(), now)?;
                if let PasskeyError::Cloned { .. } = &error {
                    change = self.distrust(&mut credentials, answer, change, now)?;
                    self.ground.audit.record(&Event::PasskeyCloned, around, now);
                }
                self.commit(change, now).await?;
                self.ground.audit.record(&Event::FactorFailed, around, now);
                return Ok(Answer::Wrong(PasskeyWrong::of(&error)));
            }
        };
        let held = Held {
            factors: credentials.factors(),
            provisional: credentials.password_must_go(&account),
        };
        let Some(proven) = self.parts.policy.with_passkey(&used.proof, held, now) else {
            self.commit(half.put(&self.ground, Change::new(), now)?, now).await?;
            return Ok(Answer::Wrong(PasskeyWrong::TooSoon));
        };
        keep(&mut credentials, &used.updated, now)?;
        half.record.from = FromShape::new(around.device, around.client);
        let change = self.forget_factor_failures(account.id, Change::new());
        if credentials.has_unkept_codes() {
            // Made anew before anything opens, as after any other factor.
            self.make_recovery_codes(&mut half, &mut credentials, now)?;
            half.set_place(Place::RecoveryCodes);
            half.keep_shown(&Shown::passkey(used.proof), account.epoch);
            half.record.name = account.name.as_str().to_owned();
            half.record.language = account.language.map(|language| language.code().to_owned());
            let change = credentials.put(&self.ground, change)?;
            let answer = self.rise(&half, change, (account.id, version), now).await?;
            self.ground.audit.record(&Event::SignInIncomplete, around, now);
            return Ok(answer);
        }
        let change = credentials.put(&self.ground, half.end(change))?;
        let opening = Opening { stays: false, ..Opening::of(&half, proven, before) };
        match self.open(opening, (account, version), change).await? {
            Some(opened) => {
                self.ground.audit.record(&Event::SignedIn, around, now);
                Ok(Answer::Open(Box::new(opened)))
            }
            None => Err(SignInError::NoTicket),
        }
    }
}

/// Writes back what a use changed: the counter, and when it was.
fn keep(
    credentials: &mut Credentials,
    updated: &StoredPasskey,
    now: Moment,
) -> Result<(), SignInError> {
    let id = updated.id().text();
    let key = serde_json::to_value(updated).map_err(|error| fault(&error))?;
    for shape in credentials.record.passkeys.iter_mut().filter(|shape| shape.id == id) {
        shape.key = key.clone();
        shape.last = now.unix_millis();
    }
    Ok(())
}
