//! A password of one's own in the place of the provisional one.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::browser::Visiting;
use super::credentials::Credentials;
use super::lock_out::forget_account_failures;
use super::opening::{Opening, To};
use super::outbox::Notice;
use super::sign_in::AfterSetUp;
use super::standing::{Due, Found, Here, may_use_password};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::crypto::PASSWORD_BYTES_MAX;
use crate::domain::{
    About, Account, AccountId, Held, Next, PasswordProven, Place, Rule, Shown, Strength, Verdict,
};
use crate::observe::audit::Around;
use crate::observe::{Event, FirstConnection, ResetStep, SignInStep};
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
        visiting: &Visiting<'_>,
    ) -> Result<Answer<NewPasswordWrong>, SignInError> {
        let outcome = self.try_new_password(ticket, typed, visiting).await;
        self.count(SignInStep::NewPassword, &outcome);
        outcome
    }

    async fn try_new_password(
        &self,
        ticket: &Ticket,
        typed: NewPassword,
        visiting: &Visiting<'_>,
    ) -> Result<Answer<NewPasswordWrong>, SignInError> {
        let now = self.ground.clock.now();
        let here = match self.find(ticket, now).await? {
            Found::Here(here, At::NewPassword) => here,
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        let around = Around { account: Some(here.account.id), ..visiting.around };
        let visiting = Visiting { around, ..visiting.clone() };
        let asked = !is_by_mail(&here);
        if asked && typed.current.expose_secret().is_empty() {
            return Ok(Answer::Wrong(NewPasswordWrong::CurrentMissing));
        }
        if let Err(wrong) = self.look_at_new(&about(&here), &typed) {
            return Ok(Answer::Wrong(wrong));
        }
        if asked && self.check_password(&here.account, typed.current, &visiting).await?.is_none() {
            return Ok(Answer::Wrong(NewPasswordWrong::CurrentWrong));
        }
        if let Some(rule) = self.used_before(&here.account, &here.credentials, &typed.new).await? {
            return Ok(Answer::Wrong(NewPasswordWrong::Broken(rule)));
        }
        let hash = self.parts.hasher.make(typed.new, &*self.ground.chance).await?;
        self.take_new(*here, hash, &visiting).await
    }

    /// The rule that a password breaks which was used before.
    pub(super) async fn used_before(
        &self,
        account: &Account,
        credentials: &Credentials,
        new: &SecretString,
    ) -> Result<Option<Rule>, SignInError> {
        let history = self.parts.passwords.history;
        let earlier = credentials.last_passwords(history);
        let used: Vec<_> = account.password.iter().chain(earlier).cloned().collect();
        let is_used = self.parts.hasher.is_any(used, new.clone()).await?;
        Ok(is_used.then_some(Rule::NotUsedBefore { history }))
    }

    /// What can be told of a new password without hashing.
    pub(super) fn look_at_new(
        &self,
        about: &About<'_>,
        typed: &NewPassword,
    ) -> Result<(), NewPasswordWrong> {
        let (new, again) = (typed.new.expose_secret(), typed.again.expose_secret());
        if new.is_empty() {
            return Err(NewPasswordWrong::Missing);
        }
        let longest = self.parts.passwords.length_max;
        if new.len() > PASSWORD_BYTES_MAX || new.nfc().count() > longest {
            return Err(NewPasswordWrong::TooLong);
        }
        if let Some(rule) = self.parts.passwords.judge(about, new).first_broken() {
            return Err(NewPasswordWrong::Broken(rule));
        }
        match new == again {
            true => Ok(()),
            false => Err(NewPasswordWrong::AgainDifferent),
        }
    }

    /// Everything that a new password changes, in one change.
    async fn take_new(
        &self,
        here: Here,
        hash: String,
        visiting: &Visiting<'_>,
    ) -> Result<Answer<NewPasswordWrong>, SignInError> {
        let (now, around) = (self.ground.clock.now(), visiting.around);
        let Here { mut half, mut account, version, mut credentials, due } = here;
        let shown: Shown = match due {
            Due::SignIn(Next::NewPassword(shown)) => shown,
            Due::SignIn(_) | Due::Purpose(_) => return Err(SignInError::Outrun),
        };
        let by_mail = shown.is_by_mail();
        if !by_mail && !may_use_password(&account, now) {
            return Err(SignInError::NoTicket);
        }
        let first = account.password_until.take().is_some();
        let shown = with_new_password(shown, account.id);
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
        let change = forget_account_failures(&self.ground, change, &account, now).await?;
        let change = match first {
            true => change,
            false => {
                let outbox = &self.parts.outbox;
                outbox.queue_notice(change, account.id, Notice::PasswordChanged, now)?
            }
        };
        let (ticket, change) = half.raise(&self.ground, change, now).await?;
        let held = Held { factors: credentials.factors(), provisional: false };
        let next = self.parts.policy.next(shown, held, now);
        let goes_on = self.parts.after_set_up == AfterSetUp::GoOn || !first;
        let answer = match next {
            Ok(Next::Open(proven)) if goes_on => {
                let opening = Opening { first, ..Opening::of(&half, proven, visiting.before) };
                let mut opened = self.open_with(&opening, &account, change).await?;
                if first {
                    opened.to = To::LastScreen(ticket);
                }
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
        if first {
            self.ground.metrics.first_connection(FirstConnection::NewPassword);
        }
        if by_mail {
            self.ground.metrics.reset(ResetStep::Done);
        }
        Ok(answer)
    }
}

/// Whether the mail stands for a forgotten password.
fn is_by_mail(here: &Here) -> bool {
    matches!(&here.due, Due::SignIn(Next::NewPassword(shown)) if shown.is_by_mail())
}

/// What was shown, with the password that was just chosen in the place of what
/// the sign-in began with: whoever chose it knows it.
fn with_new_password(shown: Shown, account: AccountId) -> Shown {
    let new = Shown::password(PasswordProven::attest(account));
    match shown.into_factor() {
        Some(factor) => new.with(factor),
        None => new,
    }
}

/// Whom the rules are about.
fn about(here: &Here) -> About<'_> {
    About { name: &here.account.name, has_factor: here.credentials.factors() > 0 }
}
