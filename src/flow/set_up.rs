//! Setting up a second factor in the first connection: screens that are walked
//! through, a seed that is shown, and the first number that proves it.
//!
//! The seed is the ticket's until it is proven: another browser that knows the
//! same provisional password is shown another seed, and only the first proof
//! counts.

use super::asking::TELL_EVERY;
use super::code::{CodeWrong, explain, seed_of, text_of, used_of, wrong_of};
use super::failures::CONFLICTS_MAX;
use super::outbox::Notice;
use super::standing::{Due, Found, Here};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::crypto::one_time_code::{Judged, Seed, SetUp, TypedCode};
use crate::domain::{Factor, Moment, Place};
use crate::observe::audit::Around;
use crate::observe::{Event, SignInStep};
use crate::store::record::{CodeShape, PendingShape};
use crate::store::{Change, StoreError};

/// What the app on the phone must be told.
pub struct SeedShown {
    /// As a link that opens the app, and as what the picture says.
    pub link: String,
    /// In groups of four, to be typed.
    pub secret: String,
    /// What the app will call it.
    pub account: String,
}

impl std::fmt::Debug for SeedShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeedShown").field("account", &self.account).finish_non_exhaustive()
    }
}

impl SignIn {
    /// The factors that people may set up, the recommended one first.
    pub fn offers(&self) -> Vec<Factor> {
        let has = |factor: &Factor| *factor != Factor::Passkey || self.has_passkeys();
        self.parts.offers.iter().copied().filter(has).collect()
    }

    /// Chooses how to secure the account. Another choice can be made until one is
    /// proven; the same again leads on where the person was.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn choose(&self, ticket: &Ticket, way: Factor) -> Result<At, SignInError> {
        let now = self.ground.clock.now();
        let (mut here, place) = match self.find(ticket, now).await? {
            Found::Here(here, At::SetUp(place)) => (here, place),
            other => return Ok(other.at()),
        };
        let Some(first) = Place::first_of(way).filter(|_| self.offers().contains(&way)) else {
            return Ok(At::SetUp(Place::Secure));
        };
        if place.way() != Some(way) {
            here.half.set_place(first);
            let mut change = Change::new();
            if way == Factor::Approval {
                change = self.make_pairing_code(&mut here, change, now).await?;
            }
            let change = here.half.put(&self.ground, change, now)?;
            match self.commit(change, now).await {
                // Another tab went on at the same time; so be it.
                Ok(()) | Err(SignInError::Outrun) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.find(ticket, now).await?.at())
    }

    /// Goes one screen on from `from`. A press on an earlier screen, from another
    /// tab or after Back, takes nothing back.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn advance(&self, ticket: &Ticket, from: Place) -> Result<At, SignInError> {
        let now = self.ground.clock.now();
        let (mut here, place) = match self.find(ticket, now).await? {
            Found::Here(here, At::SetUp(place)) => (here, place),
            other => return Ok(other.at()),
        };
        let (true, Some(after)) = (place.may_look_back_at(from), from.after()) else {
            return Ok(At::SetUp(place));
        };
        let mut change = Change::new();
        if after >= Place::Scan && here.half.pending().is_none() {
            let seed = Seed::new(&*self.ground.chance);
            let seed = text_of(&seed.map_err(|error| SignInError::Fault(error.to_string()))?);
            here.credentials.remember_shown(seed.clone());
            change = here.credentials.put(&self.ground, change)?;
            here.half.record.pending = Some(PendingShape { seed, spent: Vec::new() });
        }
        here.half.set_place(after.max(place));
        let change = here.half.put(&self.ground, change, now)?;
        match self.commit(change, now).await {
            // Another tab went on at the same time; so be it.
            Ok(()) | Err(SignInError::Outrun) => {}
            Err(error) => return Err(error),
        }
        match self.find(ticket, now).await?.at() {
            At::SetUp(_) => Ok(At::SetUp(after)),
            other => Ok(other),
        }
    }

    /// What the app must be told, while it is being set up.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn seed(&self, ticket: &Ticket) -> Result<Option<SeedShown>, SignInError> {
        let now = self.ground.clock.now();
        let Found::Here(mut here, At::SetUp(_)) = self.find(ticket, now).await? else {
            return Ok(None);
        };
        let Some(pending) = here.half.pending() else { return Ok(None) };
        let seed = seed_of(&pending.seed)?;
        let name = here.account.name.as_str();
        let link = seed.link(&self.parts.issuer, name);
        let account = format!("{}: {name}", self.parts.issuer);
        Ok(Some(SeedShown { link, secret: seed.grouped(), account }))
    }

    /// Takes the first number of the app that is being set up.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn prove(
        &self,
        ticket: &Ticket,
        typed: &TypedCode,
        around: Around<'_>,
    ) -> Result<Answer<CodeWrong>, SignInError> {
        let outcome = self.try_prove(ticket, typed, around).await;
        self.count(SignInStep::OneTimeCode, &outcome);
        outcome
    }

    async fn try_prove(
        &self,
        ticket: &Ticket,
        typed: &TypedCode,
        around: Around<'_>,
    ) -> Result<Answer<CodeWrong>, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find(ticket, now).await? {
            Found::Here(here, At::SetUp(Place::Prove)) => here,
            Found::Here(here, At::SetUpElsewhere) => {
                return self.raced(ticket, *here, around, now).await;
            }
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        let around = Around { account: Some(here.account.id), ..around };
        let counted = self.count_factor(here.account.id, around, now).await;
        self.keep_pause(&mut here.half, counted, now).await?;
        for _ in 0..CONFLICTS_MAX {
            if matches!(here.due, Due::Purpose(_)) && !here.credentials.has_room_for(Factor::Code) {
                // Another tab added the last one that there may be; the list shows it.
                return match self.commit(here.half.end(Change::new()), now).await {
                    Ok(()) | Err(SignInError::Outrun) => Ok(Answer::GoOn(At::Account, None)),
                    Err(error) => Err(error),
                };
            }
            match self.judge_first(*here, typed, now).await {
                Err(SignInError::Outrun | SignInError::Store(StoreError::Conflict)) => {}
                Ok(Answer::GoOn(at, ticket)) => {
                    self.record_added(Factor::Code, around, now);
                    return Ok(Answer::GoOn(at, ticket));
                }
                Ok(other) => {
                    self.ground.audit.record(&Event::FactorFailed, around, now);
                    return Ok(other);
                }
                Err(error) => return Err(error),
            }
            // Another tab proved it, or tried in a pause, or another browser set up another one.
            here = match self.find(ticket, now).await? {
                Found::Here(here, At::SetUp(Place::Prove)) => here,
                Found::Here(here, At::SetUpElsewhere) => {
                    return self.raced(ticket, *here, around, now).await;
                }
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
        }
        Err(SignInError::Busy)
    }

    async fn judge_first(
        &self,
        here: Here,
        typed: &TypedCode,
        now: Moment,
    ) -> Result<Answer<CodeWrong>, SignInError> {
        let Here { mut half, account, version, mut credentials, due } = here;
        let pending = half.pending().ok_or(SignInError::NoTicket)?;
        let (seed, used) = (seed_of(&pending.seed)?, used_of(None, &pending.spent));
        let judged = SetUp { account: account.id, seed: &seed, used: &used }.judge(typed, now);
        let after = used.after(&judged, now);
        let spent: Vec<_> = after.spent.iter().map(|step| step.0).collect();
        let seed = text_of(&seed);
        credentials.record.older.retain(|older| *older != seed);
        let (proof, step) = match (wrong_of(&judged), judged) {
            (None, Judged::Right { proof, step }) => (proof, step),
            (wrong, _) => {
                pending.spent = spent;
                let (wrong, clock) = wrong.unwrap_or((CodeWrong::Wrong, None));
                let wrong = explain(wrong, &credentials.record.older, typed, now);
                half.trouble(wrong.word(), clock, now);
                // A diagnosed step must be spent before anybody is told of it.
                self.commit(half.put(&self.ground, Change::new(), now)?, now).await?;
                return Ok(Answer::Wrong(wrong));
            }
        };
        let (name, added) = (String::new(), now.unix_millis());
        credentials.record.codes.push(CodeShape { name, seed, added, last: step.0, spent });
        let here = Here { half, account, version, credentials, due };
        self.factor_added(here, Factor::Code, proof, Change::new(), now).await
    }

    /// Records, once, that this browser was told of another one's set-up.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn hear_of_race(
        &self,
        ticket: &Ticket,
        around: Around<'_>,
    ) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        if let Found::Here(here, At::SetUpElsewhere) = self.find(ticket, now).await? {
            self.raced(ticket, *here, around, now).await?;
        }
        Ok(())
    }

    /// Somebody else set up a second factor while this browser was at it.
    ///
    /// SECURITY: of two set-ups at the same time the first counts, and both sides
    /// and the operator hear of the second.
    /// - Against: who reads a person's mail and sets up a phone of their own
    ///   before, or beside, the person.
    /// - Therefore: each browser has a seed of its own, the change that makes one
    ///   count fails if there is one, and the second try is recorded and mailed:
    ///   each is recorded, and one an hour is mailed, since whoever knows the
    ///   password can begin any number of them.
    /// - Price: a person with two browsers open may be told of themselves.
    /// - Held by: `of_two_set_ups_at_once_one_counts_and_both_hear_of_it`,
    ///   `of_many_set_ups_beside_the_owners_one_an_hour_is_mailed`.
    async fn raced(
        &self,
        ticket: &Ticket,
        mut here: Here,
        around: Around<'_>,
        now: Moment,
    ) -> Result<Answer<CodeWrong>, SignInError> {
        const WORD: &str = "set-up-elsewhere";
        for _ in 0..CONFLICTS_MAX {
            let Here { mut half, account, mut credentials, .. } = here;
            if half.record.trouble.as_ref().is_some_and(|trouble| trouble.what == WORD) {
                return Ok(Answer::GoOn(At::SetUpElsewhere, None));
            }
            half.trouble(WORD, None, now);
            let mut change = half.put(&self.ground, Change::new(), now)?;
            let told = credentials.record.race_told.map(Moment::from_unix_millis);
            if !told.is_some_and(|told| told <= now && now.since(told) < TELL_EVERY) {
                credentials.record.race_told = Some(now.unix_millis());
                change = credentials.put(&self.ground, change)?;
                let outbox = &self.parts.outbox;
                change = outbox.queue_notice(change, account.id, Notice::SecondSetUp, now)?;
            }
            match self.commit(change, now).await {
                // Another browser heard of its own at the same time.
                Err(SignInError::Outrun) => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    let around = Around { account: Some(account.id), ..around };
                    self.ground.audit.record(&Event::FactorRaced, around, now);
                    return Ok(Answer::GoOn(At::SetUpElsewhere, None));
                }
            }
            here = match self.find(ticket, now).await? {
                Found::Here(here, At::SetUpElsewhere) => *here,
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
        }
        Err(SignInError::Busy)
    }
}

#[cfg(test)]
mod tests;
