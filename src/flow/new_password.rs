//! A password of one's own in the place of the provisional one.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::failures::Counter;
use super::opening::Opening;
use super::sign_in::AfterSetUp;
use super::standing::{Found, Here, may_use_password};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::crypto::{Checked, PASSWORD_BYTES_MAX};
use crate::domain::{
    About, Held, LoginName, Next, Place, Rule, SessionHash, Shown, Strength, Verdict,
};
use crate::observe::audit::Around;
use crate::observe::{Event, FirstConnection, SignInStep};
use crate::store::record::AccountRecord;
use crate::store::{Change, Expect, Revocation, Table};

/// What was typed.
#[derive(Debug)]
pub struct NewPassword {
    /// The password until now.
    pub current: SecretString,
    /// The new one.
    pub new: SecretString,
    /// And again.
    pub again: SecretString,
}

/// Why it was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordWrong {
    /// The password until now was not typed.
    CurrentMissing,
    /// It is another one.
    CurrentWrong,
    /// The new one was not typed.
    Missing,
    /// The new one is longer than passwords may be.
    TooLong,
    /// The new one was typed in two ways.
    AgainDifferent,
    /// It breaks a rule.
    Broken(Rule),
}

impl SignIn {
    /// What the rules say of a password that is being typed. Whether it was used
    /// before is only found out when it is sent.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where no new password is due.
    pub async fn judge_new(
        &self,
        ticket: &Ticket,
        typed: &str,
    ) -> Result<(Verdict, Strength), SignInError> {
        let now = self.ground.clock.now();
        let Found::Here(here, At::NewPassword) = self.find(ticket, now).await? else {
            return Err(SignInError::NoTicket);
        };
        let about = about(&here);
        let verdict = self.parts.passwords.judge(&about, typed);
        Ok((verdict, Strength::of(typed, about.name)))
    }

    /// Takes a new password. With it the first connection is whole: all other
    /// sessions end, and this one begins where the operator lets it go straight
    /// on.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn new_password(
        &self,
        ticket: &Ticket,
        typed: NewPassword,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<NewPasswordWrong>, SignInError> {
        let outcome = self.try_new_password(ticket, typed, before, around).await;
        self.count(SignInStep::NewPassword, &outcome);
        outcome
    }

    async fn try_new_password(
        &self,
        ticket: &Ticket,
        typed: NewPassword,
        old: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<NewPasswordWrong>, SignInError> {
        let now = self.ground.clock.now();
        let here = match self.find(ticket, now).await? {
            Found::Here(here, At::NewPassword) => here,
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        let around = Around { account: Some(here.account.id), ..around };
        if let Err(wrong) = self.look_at_form(&here, &typed) {
            return Ok(Answer::Wrong(wrong));
        }
        if let Some(wrong) = self.check_current(&here, &typed, around).await? {
            return Ok(Answer::Wrong(wrong));
        }
        let history = self.parts.passwords.history;
        let before = here.credentials.last_passwords(history);
        let used: Vec<_> = here.account.password.iter().chain(before).cloned().collect();
        if self.parts.hasher.is_any(used, typed.new.clone()).await? {
            let rule = Rule::NotUsedBefore { history };
            return Ok(Answer::Wrong(NewPasswordWrong::Broken(rule)));
        }
        let hash = self.parts.hasher.make(typed.new, &*self.ground.chance).await?;
        self.take_new(*here, hash, old, around).await
    }

    /// What can be told without hashing.
    fn look_at_form(&self, here: &Here, typed: &NewPassword) -> Result<(), NewPasswordWrong> {
        let (new, again) = (typed.new.expose_secret(), typed.again.expose_secret());
        if typed.current.expose_secret().is_empty() {
            return Err(NewPasswordWrong::CurrentMissing);
        }
        if new.is_empty() {
            return Err(NewPasswordWrong::Missing);
        }
        let longest = self.parts.passwords.length_max;
        if new.len() > PASSWORD_BYTES_MAX || new.nfc().count() > longest {
            return Err(NewPasswordWrong::TooLong);
        }
        if let Some(rule) = self.parts.passwords.judge(&about(here), new).first_broken() {
            return Err(NewPasswordWrong::Broken(rule));
        }
        match new == again {
            true => Ok(()),
            false => Err(NewPasswordWrong::AgainDifferent),
        }
    }

    /// Asks for the password until now, counted like any other try at it.
    async fn check_current(
        &self,
        here: &Here,
        typed: &NewPassword,
        around: Around<'_>,
    ) -> Result<Option<NewPasswordWrong>, SignInError> {
        let now = self.ground.clock.now();
        let folded = LoginName::fold(here.account.name.as_str());
        let counter = Counter::of_name(&self.ground, self.parts.throttle, &folded);
        let counted = self.count_password(&counter, around, now).await?;
        let subject = here.account.password.clone().map(|hash| (here.account.id, hash));
        match self.check(subject, typed.current.clone()).await {
            Ok(Checked::Match { .. }) => {
                self.ground.store.commit(counter.forget(Change::new()), now).await?;
                Ok(None)
            }
            Ok(Checked::NoMatch) => {
                self.ground.audit.record(&Event::SignInFailed, around, now);
                Ok(Some(NewPasswordWrong::CurrentWrong))
            }
            Err(error) => {
                counter.take_back(counted, now).await?;
                Err(error.into())
            }
        }
    }

    /// Everything that a new password changes, in one change.
    async fn take_new(
        &self,
        here: Here,
        hash: String,
        old: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<NewPasswordWrong>, SignInError> {
        let now = self.ground.clock.now();
        let Here { mut half, mut account, version, mut credentials, next } = here;
        if !may_use_password(&account, now) {
            return Err(SignInError::NoTicket);
        }
        let shown: Shown = match next {
            Next::NewPassword(shown) => shown,
            Next::Factor(_) | Next::Enrol(_) | Next::Open(_) => return Err(SignInError::Outrun),
        };
        let first = account.password_until.take().is_some();
        credentials.remember_password(account.password.replace(hash));
        account.epoch += 1;
        half.record.proven = None;
        half.set_place(Place::Done);
        let place = (Table::Account, *account.id.as_bytes());
        let data = AccountRecord::encode(&account)?;
        let change = Change::new()
            .put(place, Expect::Version(version), data, None)
            .revoke(Revocation::Account(account.id));
        let change = credentials.put(&self.ground, change)?;
        let (ticket, change) = half.raise(&self.ground, change, now).await?;
        let held = Held { factors: credentials.factors(), provisional: false };
        let next = self.parts.policy.next(shown, held, now);
        let answer = match (self.parts.after_set_up, next) {
            (AfterSetUp::GoOn, Ok(Next::Open(proven))) => {
                let opening = Opening { proven, stays: half.record.stays, first, old };
                let mut opened = self.open_with(&opening, &account, change).await?;
                opened.ticket = Some(ticket);
                Answer::Open(Box::new(opened))
            }
            _ => {
                self.commit(change, now).await?;
                Answer::GoOn(At::Done, Some(ticket))
            }
        };
        self.ground.audit.record(&Event::PasswordChanged, around, now);
        self.ground.audit.record(&Event::SessionsEnded, around, now);
        if matches!(answer, Answer::Open(_)) {
            self.ground.audit.record(&Event::SignedIn, around, now);
        }
        self.ground.metrics.first_connection(FirstConnection::NewPassword);
        Ok(answer)
    }
}

/// Whom the rules are about.
fn about(here: &Here) -> About<'_> {
    About { name: &here.account.name, has_factor: here.credentials.factors() > 0 }
}
