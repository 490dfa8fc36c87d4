//! A pass of the help desk, for who lost the phone: given by an operator, read
//! out on the telephone, and good once, after the password, for setting up a
//! new factor.

use std::ops::RangeInclusive;
use std::time::Duration;

use secrecy::SecretString;

use super::account::{AccountError, Accounts};
use super::credentials::Credentials;
use super::failures::{CONFLICTS_MAX, Counter};
use super::outbox::Notice;
use super::standing::{Due, Found, Here};
use super::{Answer, At, SignIn, SignInError, Ticket, account};
use crate::crypto::{HandCode, HandCodePurpose};
use crate::domain::{Account, AccountState, Moment, Next, PassProven, Place, Shown, Throttle};
use crate::observe::audit::Around;
use crate::observe::{Event, PassStep, SignInStep};
use crate::store::record::PassShape;
use crate::store::{Change, Expect};

/// For how many minutes a pass can be given.
pub const PASS_MINUTES: RangeInclusive<u64> = 10..=24 * 60;

/// Why no pass was given.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// As for everything that is done to an account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// There is nothing that it could stand in for.
    #[error(
        "{name:?} has no second factor, so there is nothing to lose: the password alone leads to \
         setting one up; for a forgotten password use `user provision`"
    )]
    NoFactor {
        /// Whose account.
        name: String,
    },
    /// The account may not sign in at all.
    #[error("{name:?} is disabled: a pass would open nothing; enable the account first")]
    Disabled {
        /// Whose account.
        name: String,
    },
    /// It would be valid for too short or too long.
    #[error(
        "{minutes} minutes are not possible: a pass is valid for {} to {} minutes",
        PASS_MINUTES.start(),
        PASS_MINUTES.end()
    )]
    Minutes {
        /// For how many minutes it was asked.
        minutes: u64,
    },
}

/// A pass that was just made. It exists nowhere else.
#[derive(Debug)]
pub struct PassGiven {
    /// Whose it is.
    pub account: Account,
    /// As it is read out.
    pub pass: SecretString,
    /// Until when it can be used.
    pub until: Moment,
    /// Whether too many wrong numbers locked the account's second factor, which
    /// an operator must end before the pass is looked at.
    pub locked: bool,
}

/// A pass that is none of the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassWrong {
    /// It cannot be one: too short, or with signs that none has.
    Shape,
    /// It is another one, or too old, or was used or replaced.
    Wrong,
}

impl Accounts {
    /// Gives an account a pass, which ends the one before.
    ///
    /// # Errors
    ///
    /// [`PassError`]; nothing was changed then.
    pub async fn give_pass(&self, name: &str, minutes: u64) -> Result<PassGiven, PassError> {
        if !PASS_MINUTES.contains(&minutes) {
            return Err(PassError::Minutes { minutes });
        }
        let now = self.ground.clock.now();
        let account = self.find(name).await?;
        let place = (crate::store::Table::Account, *account.id.as_bytes());
        let found = account::by_id(&self.ground, account.id, now).await;
        let Some((account, version)) = found.map_err(AccountError::from)? else {
            return Err(AccountError::Unknown { name: name.to_owned() }.into());
        };
        let name = account.name.as_str().to_owned();
        if account.state == AccountState::Disabled {
            return Err(PassError::Disabled { name });
        }
        let credentials = Credentials::load(&self.ground, account.id, now).await;
        let mut credentials = credentials.map_err(AccountError::from)?;
        if credentials.factors() == 0 {
            return Err(PassError::NoFactor { name });
        }
        let code = HandCode::new(HandCodePurpose::Pass, &*self.ground.chance);
        let code = code.map_err(AccountError::from)?;
        let until = now.plus(Duration::from_secs(60 * minutes));
        credentials.record.pass = Some(PassShape {
            hash: code.hash_text(account.id),
            until: until.unix_millis(),
            epoch: account.epoch,
        });
        let counter = Counter::of_factor(&self.ground, Throttle::default(), account.id);
        let locked = counter.is_locked(now).await.map_err(AccountError::from)?;
        let change = Change::new().check(place, Expect::Version(version));
        let change = credentials.put(&self.ground, change);
        let change = change.and_then(|change| {
            self.outbox.queue_notice(change, account.id, Notice::PassIssued, now)
        });
        let change = change.map_err(AccountError::from)?;
        self.ground.store.commit(change, now).await.map_err(AccountError::from)?;
        self.ground.metrics.pass(PassStep::Issued);
        self.record(&Event::PassIssued, account.id, now);
        Ok(PassGiven { account, pass: SecretString::from(code.grouped()), until, locked })
    }
}

impl Credentials {
    /// Until when the account's pass can be used, if it has one that can.
    pub fn pass_until(&self, account: &Account, now: Moment) -> Option<Moment> {
        let pass = self.record.pass.as_ref()?;
        let until = Moment::from_unix_millis(pass.until);
        (pass.epoch == account.epoch && now < until).then_some(until)
    }

    /// Takes the account's pass away, if this is it.
    fn take_pass(
        &mut self,
        account: &Account,
        typed: &HandCode,
        now: Moment,
    ) -> Option<PassProven> {
        self.pass_until(account, now)?;
        let pass = self.record.pass.take_if(|pass| typed.is(account.id, &pass.hash));
        pass.map(|_| PassProven::attest(account.id))
    }
}

impl SignIn {
    /// Takes a pass in the place of a lost factor.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn pass(
        &self,
        ticket: &Ticket,
        typed: &str,
        around: Around<'_>,
    ) -> Result<Answer<PassWrong>, SignInError> {
        let outcome = self.try_pass(ticket, typed, around).await;
        self.count(SignInStep::Pass, &outcome);
        outcome
    }

    /// SECURITY: a pass stands in for the factor, never for the password, and
    /// admits only to setting up a new factor.
    /// - Against: a caller who talks the help desk into a pass, a pass that is
    ///   overheard, and one that is guessed or used twice.
    /// - Therefore: it is asked for after the password (or the mail that stands
    ///   for it), counts as a try at the factor, leaves the account's record in
    ///   the change that lets the sign-in go on, and leads to the set-up; the
    ///   account is mailed when it is given and when the new factor counts. It
    ///   ends with its time, with whatever ends the account's sessions, and with
    ///   a new factor.
    /// - Price: who lost the phone calls first and then sets up a new one.
    /// - Held by: `a_pass_admits_only_to_setting_up_a_new_factor` and
    ///   `a_pass_works_once_even_when_many_requests_race`.
    async fn try_pass(
        &self,
        ticket: &Ticket,
        typed: &str,
        around: Around<'_>,
    ) -> Result<Answer<PassWrong>, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find_lost(ticket, now).await? {
            Ok(here) => here,
            Err(at) => return Ok(Answer::GoOn(at, None)),
        };
        let Some(pass) = HandCode::parse(HandCodePurpose::Pass, typed) else {
            return Ok(Answer::Wrong(PassWrong::Shape));
        };
        let around = Around { account: Some(here.account.id), ..around };
        let counted = self.count_factor(here.account.id, around, now).await;
        self.keep_pause(&mut here.half, counted, now).await?;
        for _ in 0..CONFLICTS_MAX {
            let Some(proof) = here.credentials.take_pass(&here.account, &pass, now) else {
                here.half.trouble("pass", None, now);
                self.keep_trouble(&here.half, now).await?;
                self.ground.metrics.pass(PassStep::Wrong);
                self.ground.audit.record(&Event::FactorFailed, around, now);
                return Ok(Answer::Wrong(PassWrong::Wrong));
            };
            match self.pass_shown(here, proof, now).await {
                Err(SignInError::Outrun) => {}
                Err(error) => return Err(error),
                Ok(answer) => {
                    self.ground.metrics.pass(PassStep::Used);
                    self.ground.audit.record(&Event::PassUsed, around, now);
                    return Ok(answer);
                }
            }
            // Somebody was faster: what they used is gone now.
            here = match self.find_lost(ticket, now).await? {
                Ok(here) => here,
                Err(at) => return Ok(Answer::GoOn(at, None)),
            };
        }
        Err(SignInError::Busy)
    }

    /// A sign-in that asks for a factor, or what is due instead. Who has a
    /// session and only confirms it is helped by no pass.
    async fn find_lost(
        &self,
        ticket: &Ticket,
        now: Moment,
    ) -> Result<Result<Here, At>, SignInError> {
        Ok(match self.find(ticket, now).await? {
            Found::Here(here, At::Factor(_)) if matches!(here.due, Due::SignIn(_)) => Ok(*here),
            other => Err(other.at()),
        })
    }

    async fn pass_shown(
        &self,
        here: Here,
        proof: PassProven,
        now: Moment,
    ) -> Result<Answer<PassWrong>, SignInError> {
        let Here { mut half, account, version, credentials, due } = here;
        let Due::SignIn(Next::Factor(shown)) = due else { return Err(SignInError::Outrun) };
        let shown: Shown = shown.with_pass(proof);
        half.keep_shown(&shown, account.epoch);
        half.keep_stand_in(credentials.factors(), now);
        half.clear_set_up();
        half.set_place(Place::Secure);
        let change = self.forget_factor_failures(account.id, Change::new());
        let change = credentials.put(&self.ground, change)?;
        self.rise(&half, change, (account.id, version), now).await
    }
}

#[cfg(test)]
mod tests;
