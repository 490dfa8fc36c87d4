//! Another password for one's own account.

use secrecy::ExposeSecret;

use super::confirm::{Asker, Own};
use super::lock_out::forget_account_failures;
use super::outbox::Notice;
use super::{NewPassword, NewPasswordWrong, Opened, SignIn, SignInError};
use crate::domain::{About, Strength, Verdict};
use crate::observe::{Event, SignInOutcome, SignInStep};
use crate::store::Change;

/// What came of it.
#[derive(Debug)]
pub enum OwnPassword {
    /// It is the account's; this is the session under its new value.
    Changed(Box<Opened>),
    /// Nothing was done: it must be shown first who is asking.
    ConfirmFirst,
    /// It was not taken.
    Wrong(NewPasswordWrong),
}

impl SignIn {
    /// What the rules say of a password that is being typed for the asker's
    /// account. Whether it was used before is only found out when it is sent.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where the session does not stand.
    pub async fn judge_own(
        &self,
        asker: &Asker<'_>,
        typed: &str,
    ) -> Result<(Verdict, Strength), SignInError> {
        let own = self.own(asker, self.ground.clock.now()).await?;
        let about = about(&own);
        Ok((self.parts.passwords.judge(&about, typed), Strength::of(typed, about.name)))
    }

    /// Takes a new password for the asker's account. All other sessions end with
    /// it, and whatever was begun with the old one.
    ///
    /// SECURITY: a new password ends everything that the old one opened.
    /// - Against: a thief of the old password, whose session would stay.
    /// - Therefore: the account's epoch rises in the change that takes it; of all
    ///   sessions only the one in which it was chosen goes on, under a new value.
    /// - Price: the owner signs in anew on other devices.
    /// - Held by: `a42_a_password_that_is_changed_ends_every_other_session_at_once`.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn change_password(
        &self,
        asker: &Asker<'_>,
        typed: NewPassword,
    ) -> Result<OwnPassword, SignInError> {
        let outcome = self.try_change(asker, typed).await;
        let counted = match &outcome {
            Ok(OwnPassword::Changed(_)) => Some(SignInOutcome::Opened),
            Ok(OwnPassword::Wrong(_)) => Some(SignInOutcome::NoMatch),
            Err(SignInError::Paused { .. }) => Some(SignInOutcome::Paused),
            Err(SignInError::Busy) => Some(SignInOutcome::Busy),
            Ok(OwnPassword::ConfirmFirst)
            | Err(SignInError::NoTicket | SignInError::Outrun | SignInError::Locked) => None,
            Err(SignInError::Store(_) | SignInError::Seal(_) | SignInError::Fault(_)) => {
                Some(SignInOutcome::Fault)
            }
        };
        if let Some(counted) = counted {
            self.ground.metrics.sign_in(SignInStep::NewPassword, counted);
        }
        outcome
    }

    async fn try_change(
        &self,
        asker: &Asker<'_>,
        typed: NewPassword,
    ) -> Result<OwnPassword, SignInError> {
        let now = self.ground.clock.now();
        let own = self.own(asker, now).await?;
        if !own.is_fresh(now) {
            return Ok(OwnPassword::ConfirmFirst);
        }
        if typed.current.expose_secret().is_empty() {
            return Ok(OwnPassword::Wrong(NewPasswordWrong::CurrentMissing));
        }
        if let Err(wrong) = self.look_at_new(&about(&own), &typed) {
            return Ok(OwnPassword::Wrong(wrong));
        }
        if self.check_password(&own.account, typed.current, &asker.visiting()).await?.is_none() {
            return Ok(OwnPassword::Wrong(NewPasswordWrong::CurrentWrong));
        }
        if let Some(rule) = self.used_before(&own.account, &own.credentials, &typed.new).await? {
            return Ok(OwnPassword::Wrong(NewPasswordWrong::Broken(rule)));
        }
        let hash = self.parts.hasher.make(typed.new, &*self.ground.chance).await?;
        self.take_changed(asker, own, hash).await
    }

    async fn take_changed(
        &self,
        asker: &Asker<'_>,
        own: Own,
        hash: String,
    ) -> Result<OwnPassword, SignInError> {
        let now = self.ground.clock.now();
        let mut own = own;
        own.credentials.remember_password(own.account.password.replace(hash));
        let change = own.credentials.put(&self.ground, Change::new())?;
        let change = forget_account_failures(&self.ground, change, &own.account, now).await?;
        let outbox = &self.parts.outbox;
        let change = outbox.queue_notice(change, own.account.id, Notice::PasswordChanged, now)?;
        let opened = self.outlive(asker, own, change, now).await?;
        self.ground.audit.record(&Event::PasswordChanged, asker.around(), now);
        self.ground.audit.record(&Event::SessionsEnded, asker.around(), now);
        Ok(OwnPassword::Changed(opened))
    }
}

/// Whom the rules are about.
fn about(own: &Own) -> About<'_> {
    About { name: &own.account.name, has_factor: own.credentials.factors() > 0 }
}
