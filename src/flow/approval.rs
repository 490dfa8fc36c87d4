//! The second factor: a yes on the person's own phone, as the computer waits
//! for it and goes on with it. [`super::asking`] asks, [`super::answering`] is
//! the phone's side.

use std::time::Duration;

use super::failures::CONFLICTS_MAX;
use super::half_done::HalfDone;
use super::pairing::{Pairing, forget_code};
use super::phone::Phone;
use super::question::{Questions, Watcher};
use super::standing::{Found, Here};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::domain::{
    Factor, FactorProven, Method, Moment, PHONES_MAX, Place, QuestionState, SessionHash,
};
use crate::observe::audit::Around;
use crate::observe::{ApprovalOutcome, SignInStep};
use crate::store::record::{PhoneShape, QuestionShape};
use crate::store::{Change, StoreError};

/// The word for support, where the phone's owner said "not me".
pub(super) const REFUSED: &str = "approval-refused";

/// How the question of one sign-in stands. The number is a secret of the
/// computer's page.
#[derive(Clone, PartialEq, Eq)]
pub enum Asked {
    /// Nothing was asked.
    Nothing,
    /// The phones are asked.
    Waits {
        /// What is typed there.
        number: String,
        /// For how long yet.
        left: Duration,
    },
    /// Somebody said yes.
    Approved,
    /// Another number was typed.
    Wrong,
    /// Nobody answered in time.
    Expired,
    /// A later question took its place.
    Replaced,
    /// Somebody said "not me", which ended the sign-in.
    Stopped,
}

/// Without the number.
impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Waits { left, .. } => {
                f.debug_struct("Waits").field("left", left).finish_non_exhaustive()
            }
            Self::Nothing => f.write_str("Nothing"),
            Self::Approved => f.write_str("Approved"),
            Self::Wrong => f.write_str("Wrong"),
            Self::Expired => f.write_str("Expired"),
            Self::Replaced => f.write_str("Replaced"),
            Self::Stopped => f.write_str("Stopped"),
        }
    }
}

impl SignIn {
    /// How the question of this sign-in stands. Looking changes nothing.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn asked(&self, ticket: &Ticket) -> Result<Asked, SignInError> {
        let now = self.ground.clock.now();
        match self.find(ticket, now).await? {
            Found::Here(here, _) => {
                let questions = Questions::load(&self.ground, here.account.id, now).await?;
                asked_of(&questions, &here.half, now)
            }
            Found::Bare(half, _) if was_refused(&half) => Ok(Asked::Stopped),
            Found::Bare(..) => Ok(Asked::Nothing),
        }
    }

    /// Whether this sign-in still waits for a phone: to be joined, or to answer.
    ///
    /// # Errors
    ///
    /// Where nothing could be found out.
    pub async fn waits(&self, ticket: &Ticket) -> Result<bool, SignInError> {
        let now = self.ground.clock.now();
        let here = match self.find(ticket, now).await {
            Ok(Found::Here(here, At::SetUp(Place::Pair))) => {
                let pairing = self.pairing_of(&here, now).await?;
                return Ok(matches!(pairing, Pairing::Waits { .. }));
            }
            Ok(Found::Here(here, _)) => here,
            Ok(Found::Bare(..)) | Err(SignInError::NoTicket) => return Ok(false),
            Err(error) => return Err(error),
        };
        let questions = Questions::load(&self.ground, here.account.id, now).await?;
        Ok(matches!(asked_of(&questions, &here.half, now)?, Asked::Waits { .. }))
    }

    /// Begins to wait for news of this sign-in; `None` where too many do.
    pub fn watch(&self, ticket: &Ticket) -> Option<Watcher> {
        self.watch.begin(ticket.key())
    }

    /// Ends all waiting, because the gateway stops.
    pub fn end_watches(&self) {
        self.watch.stop();
    }

    /// Goes on with the yes of a phone. The session that the browser has
    /// already, `before`, ends with the new one's beginning.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn approval(
        &self,
        ticket: &Ticket,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<Asked>, SignInError> {
        let outcome = self.try_approval(ticket, before, around).await;
        let waits = matches!(outcome, Ok(Answer::Wrong(Asked::Nothing | Asked::Waits { .. })));
        if !waits {
            self.count(SignInStep::Approval, &outcome);
        }
        outcome
    }

    async fn try_approval(
        &self,
        ticket: &Ticket,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<Asked>, SignInError> {
        let now = self.ground.clock.now();
        for _ in 0..CONFLICTS_MAX {
            let (here, at) = match self.find(ticket, now).await? {
                Found::Here(here, at @ (At::Factor(_) | At::SetUp(Place::Approve))) => (here, at),
                Found::Bare(half, _) if was_refused(&half) => {
                    return Ok(Answer::Wrong(Asked::Stopped));
                }
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
            let around = Around { account: Some(here.account.id), ..around };
            match self.use_approval((*here, at), before, now).await {
                Err(SignInError::Outrun | SignInError::Store(StoreError::Conflict)) => {}
                Ok(answer) => {
                    match (&answer, at) {
                        (Answer::Open(_), _) => self.record_opened(&answer, around, now),
                        (Answer::GoOn(..), At::SetUp(_)) => {
                            self.record_added(Factor::Approval, around, now);
                        }
                        (Answer::GoOn(..) | Answer::Wrong(_), _) => {}
                    }
                    return Ok(answer);
                }
                Err(error) => return Err(error),
            }
        }
        Err(SignInError::Busy)
    }

    /// SECURITY: a yes lets one sign-in go on, once: the one that it was asked
    /// for.
    /// - Against: another sign-in of the same account at the same moment; the
    ///   same yes in two windows, or once more after a crash; and a yes that is
    ///   outrun by "not me".
    /// - Therefore: the question names the sign-in's ticket, and is taken away
    ///   in the change that lets that one go on, which holds for the version
    ///   that was read.
    /// - Price: none.
    /// - Held by: `a22_of_a_yes_and_a_no_at_the_same_moment_one_counts`,
    ///   `f03_a_yes_lets_one_sign_in_go_on_even_when_the_gateway_dies_between`.
    async fn use_approval(
        &self,
        (mut here, at): (Here, At),
        before: Option<SessionHash>,
        now: Moment,
    ) -> Result<Answer<Asked>, SignInError> {
        let account = here.account.id;
        let mut questions = Questions::load(&self.ground, account, now).await?;
        let asked = asked_of(&questions, &here.half, now)?;
        let open = |question: &QuestionShape| question.state == QuestionState::Open.word();
        match asked {
            Asked::Approved => {}
            Asked::Expired if questions.record.question.as_ref().is_some_and(open) => {
                questions.set(QuestionState::Expired, None, now);
                self.commit(questions.put(&self.ground, Change::new(), now)?, now).await?;
                self.ground.metrics.approval(ApprovalOutcome::Expired);
                return Ok(Answer::Wrong(asked));
            }
            other => return Ok(Answer::Wrong(other)),
        }
        self.refuse_locked(&here, now).await?;
        let Some(question) = questions.record.question.clone() else {
            return Ok(Answer::Wrong(Asked::Nothing));
        };
        let phone = question.phone.as_deref().unwrap_or_default();
        questions.use_up();
        let change = questions.put(&self.ground, Change::new(), now)?;
        let (phones, needs) = (&mut here.credentials.record.phones, self.parts.phones.yes);
        let known = phones.iter_mut().find(|known| known.id == phone && needs.met_by(known));
        match (at, known) {
            _ if question.epoch != here.account.epoch => Ok(Answer::Wrong(Asked::Expired)),
            (At::Factor(_), Some(known)) if question.only.is_none() => {
                known.last = now.unix_millis();
                let proof = FactorProven::attest(account, Method::Approval);
                self.factor_shown(here, proof, change, before, now).await
            }
            (At::SetUp(_), None) if question.only.as_deref() == Some(phone) => {
                let joined = match self.joined_phone(&here, now).await? {
                    Some(joined) if joined.id.to_string() == phone => joined,
                    _ => return Ok(Answer::Wrong(Asked::Expired)),
                };
                self.add_phone(here, joined, change, now).await
            }
            // The phone that answered was removed meanwhile.
            _ => Ok(Answer::Wrong(Asked::Expired)),
        }
    }

    async fn add_phone(
        &self,
        mut here: Here,
        phone: Phone,
        change: Change,
        now: Moment,
    ) -> Result<Answer<Asked>, SignInError> {
        let phones = &mut here.credentials.record.phones;
        if phones.len() >= PHONES_MAX {
            return Ok(Answer::Wrong(Asked::Expired));
        }
        let (id, name, at) = (phone.id.to_string(), phone.record.name.clone(), now.unix_millis());
        let passkey = phone.record.passkey.as_ref().is_some_and(|passkey| !passkey.cloned);
        phones.push(PhoneShape { id, name, added: at, last: at, passkey });
        let change = phone.prove(&self.ground, forget_code(&here.half, change))?;
        let proof = FactorProven::attest(here.account.id, Method::Approval);
        self.factor_added(here, Factor::Approval, proof, change, now).await
    }
}

fn was_refused(half: &HalfDone) -> bool {
    half.record.trouble.as_ref().is_some_and(|trouble| trouble.what == REFUSED)
}

/// How the question of this sign-in stands.
fn asked_of(questions: &Questions, half: &HalfDone, now: Moment) -> Result<Asked, SignInError> {
    let Some((shape, question)) = questions.of_ticket(&half.key())? else {
        return Ok(match half.record.asked {
            Some(_) => Asked::Replaced,
            None => Asked::Nothing,
        });
    };
    Ok(match question.stands(now) {
        QuestionState::Open => {
            Asked::Waits { number: shape.number.clone(), left: question.expires.since(now) }
        }
        QuestionState::Approved => Asked::Approved,
        QuestionState::Refused => Asked::Stopped,
        QuestionState::Wrong => Asked::Wrong,
        QuestionState::Expired => Asked::Expired,
    })
}
