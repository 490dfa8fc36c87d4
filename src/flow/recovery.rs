//! Codes on paper: made with the first factor, shown until their owner says to
//! have kept them, and each good for one sign-in.

use super::credentials::Credentials;
use super::failures::CONFLICTS_MAX;
use super::half_done::HalfDone;
use super::outbox::Notice;
use super::standing::Found;
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::crypto::{HandCode, HandCodePurpose};
use crate::domain::{AccountId, FactorProven, Method, Moment, Place, SessionHash};
use crate::observe::audit::Around;
use crate::observe::{Event, SignInStep};
use crate::store::record::RecoveryShape;
use crate::store::{Change, StoreError};

/// How many there are in a set.
pub const CODES: usize = 10;

/// A code that is none of the account's, or was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryWrong {
    /// It cannot be one: too short, or with signs that none has.
    Shape,
    /// It is none of the account's, or was used.
    Wrong,
}

impl SignIn {
    /// Makes a new set, which ends the old one, and puts it on the screen.
    pub(super) fn make_recovery_codes(
        &self,
        half: &mut HalfDone,
        credentials: &mut Credentials,
        now: Moment,
    ) -> Result<(), SignInError> {
        let account = credentials.account();
        let (mut hashes, mut shown) = (Vec::new(), Vec::new());
        for _ in 0..CODES {
            let code = HandCode::new(HandCodePurpose::Recovery, &*self.ground.chance);
            let code = code.map_err(|error| SignInError::Fault(error.to_string()))?;
            hashes.push(code.hash_text(account));
            shown.push(code.grouped());
        }
        credentials.record.recovery =
            Some(RecoveryShape { hashes, made: now.unix_millis(), kept: false });
        half.record.recovery_codes = shown;
        Ok(())
    }

    /// The codes that are on the screen. They are secrets.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn recovery_codes(&self, ticket: &Ticket) -> Result<Vec<String>, SignInError> {
        let now = self.ground.clock.now();
        match self.find(ticket, now).await? {
            Found::Here(here, At::RecoveryCodes) => Ok(here.half.record.recovery_codes),
            _ => Ok(Vec::new()),
        }
    }

    /// Takes the word that they were kept; they are not shown again.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn keep_recovery_codes(
        &self,
        ticket: &Ticket,
        around: Around<'_>,
    ) -> Result<At, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find(ticket, now).await? {
            Found::Here(here, At::RecoveryCodes) => here,
            other => return Ok(other.at()),
        };
        let around = Around { account: Some(here.account.id), ..around };
        if !are_of(&here.credentials, &here.half.record.recovery_codes) {
            // A later set, made in another browser, ended the one on this screen:
            // what is kept must count, so there is a new one.
            self.make_recovery_codes(&mut here.half, &mut here.credentials, now)?;
            let change = here.credentials.put(&self.ground, Change::new())?;
            self.commit(here.half.put(&self.ground, change, now)?, now).await?;
            return Ok(At::RecoveryCodes);
        }
        here.half.record.recovery_codes.clear();
        here.half.set_place(Place::Success);
        if let Some(codes) = &mut here.credentials.record.recovery {
            codes.kept = true;
        }
        let change = here.credentials.put(&self.ground, Change::new())?;
        self.move_on(*here, change, now).await?;
        self.ground.audit.record(&Event::RecoveryCodesMade, around, now);
        Ok(self.find_or_account(ticket, now).await)
    }

    /// Takes a code on paper in the place of the usual factor.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn recovery(
        &self,
        ticket: &Ticket,
        typed: &str,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<RecoveryWrong>, SignInError> {
        let outcome = self.try_recovery(ticket, typed, before, around).await;
        self.count(SignInStep::RecoveryCode, &outcome);
        outcome
    }

    /// SECURITY: each code works once, and of two requests with the same one the
    /// second is refused.
    /// - Against: a list that somebody photographed, and a code typed in two
    ///   windows at the same moment.
    /// - Therefore: its hash leaves the account's record in the change that lets
    ///   the sign-in go on, which holds for the version that was read.
    /// - Price: none.
    /// - Held by: `a_recovery_code_works_once_even_when_many_requests_race`.
    async fn try_recovery(
        &self,
        ticket: &Ticket,
        typed: &str,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<RecoveryWrong>, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find(ticket, now).await? {
            Found::Here(here, At::Factor(_)) => here,
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        let Some(code) = HandCode::parse(HandCodePurpose::Recovery, typed) else {
            return Ok(Answer::Wrong(RecoveryWrong::Shape));
        };
        let account = here.account.id;
        let around = Around { account: Some(account), ..around };
        let counted = self.count_factor(account, around, now).await;
        self.keep_pause(&mut here.half, counted, now).await?;
        for _ in 0..CONFLICTS_MAX {
            let Some(proof) = take(&mut here.credentials, account, &code) else {
                here.half.trouble("recovery", None, now);
                self.keep_trouble(&here.half, now).await?;
                self.ground.audit.record(&Event::FactorFailed, around, now);
                return Ok(Answer::Wrong(RecoveryWrong::Wrong));
            };
            let outbox = &self.parts.outbox;
            let change =
                outbox.queue_notice(Change::new(), account, Notice::RecoveryCodeUsed, now)?;
            match self.factor_shown(*here, proof, change, before, now).await {
                Err(SignInError::Outrun | SignInError::Store(StoreError::Conflict)) => {}
                Err(error) => return Err(error),
                Ok(answer) => {
                    self.ground.audit.record(&Event::RecoveryCodeUsed, around, now);
                    self.record_opened(&answer, around, now);
                    return Ok(answer);
                }
            }
            // Somebody was faster: what they used is gone from the set now.
            here = match self.find(ticket, now).await? {
                Found::Here(here, At::Factor(_)) => here,
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
        }
        Err(SignInError::Busy)
    }
}

/// Whether codes that were shown are those that count.
fn are_of(credentials: &Credentials, shown: &[String]) -> bool {
    let Some(recovery) = &credentials.record.recovery else { return false };
    let account = credentials.account();
    shown.iter().all(|code| {
        let code = HandCode::parse(HandCodePurpose::Recovery, code);
        code.is_some_and(|code| recovery.hashes.iter().any(|kept| code.is(account, kept)))
    })
}

/// Takes a code out of the account's set, if it is in it.
fn take(
    credentials: &mut Credentials,
    account: AccountId,
    code: &HandCode,
) -> Option<FactorProven> {
    let hashes = &mut credentials.record.recovery.as_mut()?.hashes;
    // All are looked at, so that the time does not tell which it was.
    let mut found = None;
    for (at, kept) in hashes.iter().enumerate() {
        if code.is(account, kept) {
            found = Some(at);
        }
    }
    hashes.remove(found?);
    Some(FactorProven::attest(account, Method::RecoveryCode))
}
