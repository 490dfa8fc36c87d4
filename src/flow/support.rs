//! What an operator is told about a person who telephones.

use super::account::{AccountError, Accounts};
use super::credentials::Credentials;
use super::failures::Counter;
use super::half_done::{HalfDone, fold_support_code};
use super::standing::Found;
use super::{At, SignIn, SignInError};
use crate::domain::{Account, LoginName, Moment, Pause, Throttle};
use crate::store::record::MailStateRecord;

/// What support is told of a try that was not looked at.
const PAUSED: &str = "paused";

/// An account, and what else is known of it. No secrets.
#[derive(Debug)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// How many second factors count.
    pub factors: usize,
    /// Why no number is looked at, where too many were wrong.
    pub locked: Option<Pause>,
    /// Why no password is looked at, in some browser at least, where too many were
    /// wrong.
    pub paused: Option<Pause>,
    /// Until when a pass of the help desk can be used, where one was given.
    pub pass_until: Option<Moment>,
    /// Whether the password still waits to be hashed.
    pub hashing: bool,
    /// What became of the last mail about its access.
    pub mail: Option<MailStateRecord>,
}

/// A half-done sign-in, found by its support code. No secrets.
#[derive(Debug)]
pub struct SupportView {
    /// Which screen is due.
    pub at: At,
    /// The name as it was typed.
    pub name: String,
    /// The account of that name, if there is one.
    pub account: Option<AccountView>,
    /// What went wrong last, and when.
    pub trouble: Option<(String, Moment)>,
    /// By how many seconds the phone's clock was ahead then, if that was it.
    pub clock_ahead_seconds: Option<i64>,
    /// How much longer the person can wait.
    pub left: std::time::Duration,
}

impl Accounts {
    /// An account and what else is known of it.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn view(&self, name: &str) -> Result<AccountView, AccountError> {
        let account = self.find(name).await?;
        self.view_of(account).await
    }

    async fn view_of(&self, account: Account) -> Result<AccountView, AccountError> {
        let now = self.ground.clock.now();
        let credentials = Credentials::load(&self.ground, account.id, now).await?;
        let hashing = account.password.is_none() && account.password_until.is_some();
        let mail = self.outbox.state(account.id, now).await?;
        let counter = Counter::of_factor(&self.ground, Throttle::default(), account.id);
        let locked = counter.pause(now).await?;
        let paused = self.pause_of(&account, now).await?;
        let pass_until = credentials.pass_until(&account, now);
        let factors = credentials.factors();
        Ok(AccountView { factors, pass_until, account, locked, paused, hashing, mail })
    }

    /// The half-done sign-in that goes by a support code.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSupportCode`] and faults of the store.
    pub async fn support(
        &self,
        sign_in: &SignIn,
        typed: &str,
    ) -> Result<SupportView, AccountError> {
        let now = self.ground.clock.now();
        let code = fold_support_code(typed);
        let unknown = || AccountError::NoSupportCode { code: typed.to_owned() };
        let half = match HalfDone::by_support_code(&self.ground, &code, now).await {
            Err(SignInError::NoTicket) => return Err(unknown()),
            other => other?,
        };
        let (name, trouble, left) =
            (half.record.name.clone(), half.record.trouble.clone(), half.left(now));
        let at = match sign_in.locate(half, now).await {
            Ok(Found::Bare(_, at) | Found::Here(_, at)) => at,
            // The account was changed: the person is sent back to the start.
            Err(SignInError::NoTicket) => At::Password,
            Err(error) => return Err(error.into()),
        };
        let account = match self.find(&LoginName::fold(&name)).await {
            Ok(account) => Some(self.view_of(account).await?),
            Err(AccountError::Unknown { .. }) => None,
            Err(error) => return Err(error),
        };
        let clock = trouble.as_ref().and_then(|trouble| trouble.clock_steps);
        let trouble = trouble.map(|trouble| (trouble.what, Moment::from_unix_millis(trouble.at)));
        let clock_ahead_seconds = clock.map(|steps| steps.saturating_mul(30));
        Ok(SupportView { at, name, account, trouble, clock_ahead_seconds, left })
    }
}

impl SignIn {
    /// Writes down for support that a try was not looked at, if that is so. It is
    /// said once in a pause: what is tried in it must not make us write.
    pub(super) async fn keep_pause<T>(
        &self,
        half: &mut HalfDone,
        tried: Result<T, SignInError>,
        now: Moment,
    ) -> Result<T, SignInError> {
        let paused = matches!(tried, Err(SignInError::Paused { .. } | SignInError::Locked));
        let before = half.record.trouble.as_ref().map(|trouble| trouble.what.as_str());
        if paused && before != Some(PAUSED) {
            half.trouble(PAUSED, None, now);
            self.keep_trouble(half, now).await?;
        }
        tried
    }
}

#[cfg(test)]
mod tests;
