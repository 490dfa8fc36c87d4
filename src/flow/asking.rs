//! Asking an account's phones whether a sign-in may go on: which ones, how often,
//! and whose question goes first. [`super::approval`] goes on with the yes.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};

use super::browser::Visiting;
use super::failures::{CONFLICTS_MAX, Counter};
use super::outbox::Notice;
use super::phone::{PhoneId, draw};
use super::question::{Questions, ticket_of};
use super::standing::{Found, Here};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::crypto::approval::draw_number;
use crate::domain::{ANSWER_WITHIN, AskRule, AskedFrom, Factor, Moment, Place, QuestionState};
use crate::observe::audit::Around;
use crate::observe::{ApprovalOutcome, Event};
use crate::store::record::QuestionShape;
use crate::store::{Change, StoreError};

/// The person hears at most this often that there were too many questions.
pub(super) const TELL_EVERY: Duration = Duration::from_secs(60 * 60);
/// When to look again whether the owner has chosen a new password.
const UNTIL_NEW_PASSWORD: Duration = Duration::from_secs(15 * 60);

/// Why phones were not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// Another sign-in is waiting for an answer.
    Held {
        /// For how long yet.
        wait: Duration,
    },
    /// They were asked too often.
    Slowed {
        /// How long until they may be asked again.
        wait: Duration,
    },
}

impl SignIn {
    /// Asks the account's phones, or the one that is being set up. A question of
    /// this sign-in that still waits stays.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in;
    /// [`SignInError::Locked`] where only an operator opens the factor again.
    pub async fn ask(
        &self,
        ticket: &Ticket,
        visiting: &Visiting<'_>,
    ) -> Result<Answer<NotAsked>, SignInError> {
        let now = self.ground.clock.now();
        for _ in 0..CONFLICTS_MAX {
            let (here, at) = match self.find(ticket, now).await? {
                Found::Here(here, at @ (At::Factor(_) | At::SetUp(Place::Approve))) => (here, at),
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
            match self.try_ask((*here, at), visiting, now).await {
                Err(SignInError::Outrun | SignInError::Store(StoreError::Conflict)) => {}
                other => return other,
            }
        }
        Err(SignInError::Busy)
    }

    async fn try_ask(
        &self,
        (mut here, at): (Here, At),
        visiting: &Visiting<'_>,
        now: Moment,
    ) -> Result<Answer<NotAsked>, SignInError> {
        let account = here.account.id;
        let around = Around { account: Some(account), ..visiting.around };
        let from = match visiting.browser.knows(account) {
            true => AskedFrom::KnownBrowser,
            false => AskedFrom::NewBrowser,
        };
        self.refuse_locked(&here, now).await?;
        let (asked, only) = match at {
            At::SetUp(_) => match self.joined_phone(&here, now).await? {
                Some(phone) => (vec![phone.id], Some(phone.id.to_string())),
                None => {
                    here.half.set_place(Place::Pair);
                    self.commit(here.half.put(&self.ground, Change::new(), now)?, now).await?;
                    return Ok(Answer::GoOn(At::SetUp(Place::Pair), None));
                }
            },
            _ => {
                let needs = self.parts.phones.yes;
                let phones = here.credentials.record.phones.iter();
                let able = phones.filter(|phone| needs.met_by(phone));
                (able.filter_map(|phone| PhoneId::parse(&phone.id)).collect(), None)
            }
        };
        let go_on = match at {
            At::Factor(first) if asked.is_empty() => {
                return Ok(Answer::GoOn(At::Factor(first), None));
            }
            At::Factor(_) => At::Factor(Factor::Approval),
            other => other,
        };
        let mut questions = Questions::load(&self.ground, account, now).await?;
        let before = questions.question()?;
        // The phone that is set up may have become another one.
        let own = questions.of_ticket(&here.half.key())?;
        let (own, same) = (own.is_some(), own.is_some_and(|(asked, _)| asked.only == only));
        let state = before.map(|question| question.stands(now));
        match (before, state) {
            (_, Some(QuestionState::Open | QuestionState::Approved)) if same => {
                return Ok(Answer::GoOn(go_on, None));
            }
            (Some(question), _) if !own && !question.gives_way_to(from, now) => {
                let wait = question.expires.since(now).max(Duration::from_secs(1));
                return Ok(Answer::Wrong(NotAsked::Held { wait }));
            }
            _ => {}
        }
        if is_known_to_others(&here, at) && from == AskedFrom::NewBrowser {
            self.ground.metrics.approval(ApprovalOutcome::Slowed);
            return Ok(Answer::Wrong(NotAsked::Slowed { wait: UNTIL_NEW_PASSWORD }));
        }
        let rule = AskRule::default();
        let asks = questions.asks(from);
        if let Some(wait) = rule.wait(&asks, now) {
            self.tell_slowed(questions, &here, around, now).await?;
            return Ok(Answer::Wrong(NotAsked::Slowed { wait }));
        }
        questions.set_asks(from, &rule.count(&asks, now));
        let replaced = questions.record.question.take();
        let numbers = &mut questions.record.numbers;
        // The last one in any case: its owner may still have it in mind.
        let last = numbers.pop();
        numbers.retain(|(_, until)| now < Moment::from_unix_millis(*until));
        numbers.extend(last);
        let question = self.new_question(&here, (visiting, from, only), numbers, now)?;
        here.half.record.asked = Some(question.id.clone());
        numbers.push((question.number.clone(), question.expires));
        questions.record.question = Some(question);
        let change = questions.put(&self.ground, Change::new(), now)?;
        self.commit(here.half.put(&self.ground, change, now)?, now).await?;

        self.ground.audit.record(&Event::ApprovalAsked, around, now);
        let metrics = &self.ground.metrics;
        metrics.approval(ApprovalOutcome::Asked);
        match (before.map(|question| question.state), state) {
            (Some(QuestionState::Open), Some(QuestionState::Open)) => {
                metrics.approval(ApprovalOutcome::Replaced);
            }
            (Some(QuestionState::Open), _) => metrics.approval(ApprovalOutcome::Expired),
            _ => {}
        }
        if let Some(other) = replaced.and_then(|replaced| ticket_of(&replaced.ticket)) {
            self.watch.tell(other);
        }
        asked.into_iter().for_each(|phone| self.parts.phones.waker.wake(phone));
        Ok(Answer::GoOn(go_on, None))
    }

    fn new_question(
        &self,
        here: &Here,
        (visiting, from, only): (&Visiting<'_>, AskedFrom, Option<String>),
        before: &[(String, u64)],
        now: Moment,
    ) -> Result<QuestionShape, SignInError> {
        let chance = &*self.ground.chance;
        let before: Vec<&str> = before.iter().map(|(number, _)| number.as_str()).collect();
        let number = draw_number(chance, self.parts.phones.digits, &before);
        Ok(QuestionShape {
            // Drawn as a phone's id is, and written in the same way.
            id: PhoneId::new(chance)?.to_string(),
            number: number.map_err(|error| SignInError::Fault(error.to_string()))?,
            nonce: URL_SAFE_NO_PAD.encode(draw::<32>(chance)?),
            asked: now.unix_millis(),
            expires: now.plus(ANSWER_WITHIN).unix_millis(),
            ticket: BASE64.encode(here.half.key()),
            epoch: here.account.epoch,
            device: visiting.around.device.shown().unwrap_or_default(),
            address: visiting.around.client.map_or_else(String::new, |from| from.to_string()),
            known: from == AskedFrom::KnownBrowser,
            only,
            state: QuestionState::Open.word().to_owned(),
            phone: None,
            answered: None,
        })
    }

    pub(super) async fn refuse_locked(&self, here: &Here, now: Moment) -> Result<(), SignInError> {
        let counter = Counter::of_factor(&self.ground, self.parts.throttle, here.account.id);
        match counter.is_locked(now).await? {
            true => Err(SignInError::Locked),
            false => Ok(()),
        }
    }

    /// Counts, records and mails, once in a while, that phones were asked too
    /// often.
    async fn tell_slowed(
        &self,
        mut questions: Questions,
        here: &Here,
        around: Around<'_>,
        now: Moment,
    ) -> Result<(), SignInError> {
        self.ground.metrics.approval(ApprovalOutcome::Slowed);
        let told = questions.record.told.map(Moment::from_unix_millis);
        if told.is_some_and(|told| told <= now && now.since(told) < TELL_EVERY) {
            return Ok(());
        }
        questions.record.told = Some(now.unix_millis());
        let change = questions.put(&self.ground, Change::new(), now)?;
        let (outbox, account) = (&self.parts.outbox, here.account.id);
        let change = outbox.queue_notice(change, account, Notice::ApprovalsSlowed, now)?;
        self.commit(change, now).await?;
        self.ground.audit.record(&Event::ApprovalsSlowed, around, now);
        Ok(())
    }
}

/// Whether the password is one that others know, so that a new browser which has
/// it shows nothing with it.
///
/// SECURITY: after "not me", strangers' browsers ask no phone until there is a
/// new password.
/// - Against: somebody who knows the password, was refused, and goes on asking.
/// - Therefore: phones are asked from browsers that the account knows alone; the
///   phone that is being set up is asked by whoever holds it, and where the mail
///   stands for the password, knowing it gains nothing.
/// - Price: an owner without one of those uses another way, or the help desk.
/// - Held by: `after_not_me_new_browsers_do_not_ask_until_there_is_a_new_password`.
fn is_known_to_others(here: &Here, at: At) -> bool {
    let by_mail = here.half.record.proven.as_ref().is_some_and(|proven| proven.by_mail);
    matches!(at, At::Factor(_)) && here.credentials.record.password_known && !by_mail
}
