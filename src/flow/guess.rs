//! A try at a password, on whichever page: counted before it is looked at,
//! looked at on the pool, and taken back where it was no failure.

use secrecy::{ExposeSecret, SecretString};

use super::browser::Visiting;
use super::failures::{Counted, Counter, count_all, take_back_all};
use super::{SignIn, SignInError};
use crate::crypto::{Checked, PASSWORD_BYTES_MAX};
use crate::domain::{Account, LoginName, PasswordProven};
use crate::observe::audit::Around;
use crate::observe::{Event, LockOut};
use crate::store::Change;

/// Whose password is tried.
pub(super) struct Subject<'a> {
    /// The folded name.
    pub folded: &'a str,
    /// The account of that name, if somebody has it.
    pub account: Option<&'a Account>,
    /// The hash that the password is compared with; without one, none is right.
    pub hash: Option<String>,
}

/// What came of it.
pub(super) enum Guessed<'a> {
    /// It was not right.
    Wrong,
    /// It was.
    Right {
        proof: PasswordProven,
        /// Whether it is kept under other costs than today's.
        outdated: bool,
        /// What is to be forgotten in the change that goes on from here.
        counter: Counter<'a>,
    },
}

impl SignIn {
    /// Whether this is the account's password, counted like any other try at it.
    ///
    /// # Errors
    ///
    /// [`SignInError::Paused`], [`SignInError::Busy`], and where the store does
    /// not answer.
    pub(super) async fn check_password(
        &self,
        account: &Account,
        typed: SecretString,
        visiting: &Visiting<'_>,
    ) -> Result<Option<PasswordProven>, SignInError> {
        if typed.expose_secret().len() > PASSWORD_BYTES_MAX {
            return Ok(None);
        }
        let subject = Subject {
            folded: &LoginName::fold(account.name.as_str()),
            account: Some(account),
            hash: account.password.clone(),
        };
        match self.guess(subject, typed, visiting).await? {
            Guessed::Wrong => Ok(None),
            Guessed::Right { proof, counter, .. } => {
                let now = self.ground.clock.now();
                self.ground.store.commit(counter.forget(Change::new()), now).await?;
                Ok(Some(proof))
            }
        }
    }

    /// Looks at a typed password.
    ///
    /// SECURITY: a wrong password that is typed again counts once.
    /// - Against: an owner who is locked out by what they believe in, or by a
    ///   program that still has the old password; and guesses that slip through
    ///   by being sent again at the same moment.
    /// - Therefore: every try counts until it was looked at; it is taken back only
    ///   where the same is among the last three that count.
    /// - Price: a few bits of wrong passwords are kept (see `Sealer::mark`).
    /// - Held by: `the_same_wrong_password_again_counts_once_however_many_send_it`.
    ///
    /// # Errors
    ///
    /// As [`SignIn::check_password`].
    pub(super) async fn guess<'a>(
        &'a self,
        subject: Subject<'_>,
        typed: SecretString,
        visiting: &Visiting<'_>,
    ) -> Result<Guessed<'a>, SignInError> {
        let now = self.ground.clock.now();
        let account = subject.account.map(|account| account.id);
        // Whose try it was, for the operator: what was looked up anyway, and written
        // by another thread, so that no answer tells it.
        let around = Around { account, ..visiting.around };
        let mut counters = self.counters(subject.folded, subject.account, visiting);
        let counted = match count_all(&counters, now).await {
            Ok(counted) => counted,
            Err(error) => return Err(self.paused(error, around)),
        };
        let stored = account.zip(subject.hash);
        let checked = match self.check(stored, typed.clone()).await {
            Ok(checked) => checked,
            // Not looked at, so not a failure of whoever typed it.
            Err(error) => {
                take_back_all(&counters, &counted, now).await?;
                return Err(error.into());
            }
        };
        let Some(first) = counters.first() else { return Ok(Guessed::Wrong) };
        let Checked::Match { proof, outdated } = checked else {
            let mark = self.ground.sealer.mark(first.key(), typed.expose_secret());
            if !first.note(mark, now).await? {
                take_back_all(&counters, &counted, now).await?;
            } else if account.is_some() && ends(&counters, &counted) {
                self.ground.audit.record(&Event::AccountPaused, around, now);
            }
            self.ground.audit.record(&Event::SignInFailed, around, now);
            return Ok(Guessed::Wrong);
        };
        let counter = counters.remove(0);
        // The name's own failures are forgotten; the others' are not, but this was
        // none of them.
        take_back_all(&counters, counted.get(1..).unwrap_or_default(), now).await?;
        Ok(Guessed::Right { proof, outdated, counter })
    }

    /// What is said where a counter let nothing through. Which one it was is not
    /// told, and what ends only by a reset looks like the longest wait.
    fn paused(&self, error: SignInError, around: Around<'_>) -> SignInError {
        let error = match error {
            SignInError::Locked => SignInError::Paused { wait: self.parts.throttle.longest_wait },
            other => other,
        };
        if matches!(error, SignInError::Paused { .. }) {
            let now = self.ground.clock.now();
            self.ground.audit.record(&Event::SignInPaused, around, now);
        }
        error
    }
}

/// Whether a try was the last one of strangers that is looked at.
fn ends(counters: &[Counter<'_>], counted: &[Counted]) -> bool {
    let mut each = counters.iter().zip(counted);
    each.any(|(counter, counted)| counted.locks && counter.locks_out() == Some(LockOut::Account))
}

#[cfg(test)]
mod tests;
