//! The second factor: a number that an app on the phone shows.
//!
//! A number works once: the step it belongs to is written down in the same
//! change that lets the sign-in go on, so that of parallel tries one wins.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::failures::{CONFLICTS_MAX, Counter};
use super::half_done::HalfDone;
use super::standing::{Found, Here};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::crypto::one_time_code::{Judged, Seed, SetUp, Step, TypedCode, Used, judge_older};
use crate::domain::{AccountId, Moment, SessionHash};
use crate::observe::audit::Around;
use crate::observe::{Event, SignInStep};
use crate::store::{Change, Expect, StoreError, Table};

/// What was wrong with a number. None of these was accepted, and each counted
/// as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeWrong {
    /// Nothing is known about it.
    Wrong,
    /// The phone's clock is ahead by about so many minutes.
    ClockAhead(u64),
    /// The phone's clock is behind by about so many minutes.
    ClockBehind(u64),
    /// It was used before.
    Used,
    /// It is of an entry in the app from an older set-up.
    Older,
}

impl CodeWrong {
    /// The word that support is told.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wrong => "code-wrong",
            Self::ClockAhead(_) => "code-clock-ahead",
            Self::ClockBehind(_) => "code-clock-behind",
            Self::Used => "code-used",
            Self::Older => "code-older",
        }
    }

    /// From how many steps of 30 seconds the phone is ahead.
    fn clock(steps: i64) -> Self {
        let minutes = steps.unsigned_abs().div_ceil(2);
        if steps > 0 { Self::ClockAhead(minutes) } else { Self::ClockBehind(minutes) }
    }
}

pub(super) fn seed_of(text: &str) -> Result<Seed, SignInError> {
    let bytes = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| SignInError::Fault("a seed is malformed".to_owned()))?;
    Ok(Seed::from_bytes(bytes))
}

pub(super) fn text_of(seed: &Seed) -> String {
    BASE64.encode(seed.as_bytes())
}

/// What was used of a seed, as it is kept.
pub(super) fn used_of(last: Option<u64>, spent: &[u64]) -> Used {
    Used { last: last.map(Step), spent: spent.iter().copied().map(Step).collect() }
}

/// What is wrong with a number, and by how many steps the phone's clock is off
/// where that is it. `None` for a right one.
pub(super) fn wrong_of(judged: &Judged) -> Option<(CodeWrong, Option<i64>)> {
    match judged {
        Judged::Right { .. } => None,
        Judged::UsedAlready => Some((CodeWrong::Used, None)),
        Judged::ClockOff { steps, .. } => Some((CodeWrong::clock(*steps), Some(*steps))),
        Judged::Wrong => Some((CodeWrong::Wrong, None)),
    }
}

/// Whether a number that is not right belongs to an older set-up.
pub(super) fn explain(
    wrong: CodeWrong,
    older: &[String],
    typed: &TypedCode,
    now: Moment,
) -> CodeWrong {
    let seeds: Vec<_> = older.iter().filter_map(|text| seed_of(text).ok()).collect();
    match wrong {
        CodeWrong::Wrong if judge_older(&seeds, typed, now) => CodeWrong::Older,
        other => other,
    }
}

impl SignIn {
    /// Takes a number for a sign-in that asks for one. The session that the
    /// browser has already, `before`, ends with the new one's beginning.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn code(
        &self,
        ticket: &Ticket,
        typed: &TypedCode,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<CodeWrong>, SignInError> {
        let outcome = self.try_code(ticket, typed, before, around).await;
        self.count(SignInStep::OneTimeCode, &outcome);
        outcome
    }

    async fn try_code(
        &self,
        ticket: &Ticket,
        typed: &TypedCode,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<CodeWrong>, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find(ticket, now).await? {
            Found::Here(here, At::Factor(_)) => here,
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        let around = Around { account: Some(here.account.id), ..around };
        let counted = self.count_factor(here.account.id, around, now).await;
        self.keep_pause(&mut here.half, counted, now).await?;
        for _ in 0..CONFLICTS_MAX {
            match self.judge_code(*here, typed, before, now).await {
                Err(SignInError::Outrun | SignInError::Store(StoreError::Conflict)) => {}
                Ok(Answer::Wrong(wrong)) => {
                    self.ground.audit.record(&Event::FactorFailed, around, now);
                    return Ok(Answer::Wrong(wrong));
                }
                Ok(answer) => {
                    self.record_opened(&answer, around, now);
                    return Ok(answer);
                }
                Err(error) => return Err(error),
            }
            // Somebody was faster: what they used is now read as used.
            here = match self.find(ticket, now).await? {
                Found::Here(here, At::Factor(_)) => here,
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
        }
        Err(SignInError::Busy)
    }

    /// Counts one try at an account's second factor before it is looked at.
    pub(super) async fn count_factor(
        &self,
        account: AccountId,
        around: Around<'_>,
        now: Moment,
    ) -> Result<(), SignInError> {
        let counter = Counter::of_factor(&self.ground, self.parts.throttle, account);
        let counted = counter.count(now).await;
        match &counted {
            Err(SignInError::Paused { .. } | SignInError::Locked) => {
                self.ground.audit.record(&Event::FactorPaused, around, now);
            }
            Ok(counted) if counted.locks => {
                self.ground.audit.record(&Event::FactorLocked, around, now);
            }
            Ok(_) | Err(_) => {}
        }
        counted.map(|_| ())
    }

    /// Adds to a change that failures at an account's second factor are
    /// forgotten.
    pub(super) fn forget_factor_failures(&self, account: AccountId, change: Change) -> Change {
        Counter::of_factor(&self.ground, self.parts.throttle, account).forget(change)
    }

    async fn judge_code(
        &self,
        mut here: Here,
        typed: &TypedCode,
        before: Option<SessionHash>,
        now: Moment,
    ) -> Result<Answer<CodeWrong>, SignInError> {
        let account = here.account.id;
        let (mut wrong, mut clock, mut proof) = (CodeWrong::Wrong, None, None);
        for factor in &mut here.credentials.record.codes {
            let (seed, used) = (seed_of(&factor.seed)?, used_of(Some(factor.last), &factor.spent));
            let judged = SetUp { account, seed: &seed, used: &used }.judge(typed, now);
            let after = used.after(&judged, now);
            factor.last = after.last.map_or(factor.last, |step| step.0);
            factor.spent = after.spent.iter().map(|step| step.0).collect();
            match (wrong_of(&judged), judged) {
                (None, Judged::Right { proof: right, .. }) => {
                    proof = Some(right);
                    break;
                }
                (Some((CodeWrong::Wrong, _)) | None, _) => {}
                (Some((why, steps)), _) => (wrong, clock) = (why, steps),
            }
        }
        if let Some(proof) = proof {
            return self.factor_shown(here, proof, Change::new(), before, now).await;
        }
        let Here { mut half, credentials, .. } = here;
        let wrong = explain(wrong, &credentials.record.older, typed, now);
        half.trouble(wrong.word(), clock, now);
        let change = half.put(&self.ground, Change::new(), now)?;
        self.commit(credentials.put(&self.ground, change)?, now).await?;
        Ok(Answer::Wrong(wrong))
    }

    /// Goes on under a new ticket, if the account is still as it was read.
    pub(super) async fn rise<W>(
        &self,
        half: &HalfDone,
        change: Change,
        (account, version): (AccountId, u64),
        now: Moment,
    ) -> Result<Answer<W>, SignInError> {
        let change = change.check((Table::Account, *account.as_bytes()), Expect::Version(version));
        let (ticket, change) = half.raise(&self.ground, change, now).await?;
        self.commit(change, now).await?;
        let at = self.find(&ticket, now).await?.at();
        Ok(Answer::GoOn(at, Some(ticket)))
    }
}
