//! The second factor: a yes on the person's own phone. This is the computer's
//! side: it asks, waits, and goes on with the yes. [`super::answering`] is the
//! phone's.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};

use super::failures::{CONFLICTS_MAX, Counter};
use super::half_done::HalfDone;
use super::outbox::Notice;
use super::pairing::{Pairing, forget_code};
use super::phone::{Phone, PhoneId, draw};
use super::question::{Questions, Watcher, ticket_of};
use super::standing::{Found, Here};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::crypto::approval::draw_number;
use crate::domain::{
    ANSWER_WITHIN, AskRule, AskedFrom, Device, Factor, FactorProven, Method, Moment, PHONES_MAX,
    Place, QuestionState, SessionHash,
};
use crate::observe::audit::Around;
use crate::observe::{ApprovalOutcome, Event, SignInStep};
use crate::store::record::{PhoneShape, QuestionShape};
use crate::store::{Change, StoreError};

/// The person hears at most this often that there were too many questions.
const TELL_EVERY: Duration = Duration::from_secs(60 * 60);
/// The word for support, where the phone's owner said "not me".
pub(super) const REFUSED: &str = "approval-refused";

/// Who asks, as far as the phone's owner is told.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// Whether the account knows the browser.
    pub from: AskedFrom,
    /// Which browser it says it is.
    pub device: Device,
    /// From where.
    pub address: IpAddr,
}

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

/// How the question of one sign-in stands. The number is a secret of the
/// computer's page.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        asker: &Asker,
        around: Around<'_>,
    ) -> Result<Answer<NotAsked>, SignInError> {
        let now = self.ground.clock.now();
        for _ in 0..CONFLICTS_MAX {
            let (here, at) = match self.find(ticket, now).await? {
                Found::Here(here, at @ (At::Factor(_) | At::SetUp(Place::Approve))) => (here, at),
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
            match self.try_ask((*here, at), asker, around, now).await {
                Err(SignInError::Outrun | SignInError::Store(StoreError::Conflict)) => {}
                other => return other,
            }
        }
        Err(SignInError::Busy)
    }

    async fn try_ask(
        &self,
        (mut here, at): (Here, At),
        asker: &Asker,
        around: Around<'_>,
        now: Moment,
    ) -> Result<Answer<NotAsked>, SignInError> {
        let account = here.account.id;
        let around = Around { account: Some(account), ..around };
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
                let phones = &here.credentials.record.phones;
                (phones.iter().filter_map(|phone| PhoneId::parse(&phone.id)).collect(), None)
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
        let own = questions.of_ticket(&here.half.key())?.is_some();
        let state = before.map(|question| question.stands(now));
        match (before, state) {
            (_, Some(QuestionState::Open | QuestionState::Approved)) if own => {
                return Ok(Answer::GoOn(go_on, None));
            }
            (Some(question), _) if !question.gives_way_to(asker.from, now) => {
                let wait = question.expires.since(now).max(Duration::from_secs(1));
                return Ok(Answer::Wrong(NotAsked::Held { wait }));
            }
            _ => {}
        }
        let rule = AskRule::default();
        let asks = questions.asks(asker.from);
        if let Some(wait) = rule.wait(&asks, now) {
            self.tell_slowed(questions, &here, around, now).await?;
            return Ok(Answer::Wrong(NotAsked::Slowed { wait }));
        }
        questions.set_asks(asker.from, &rule.count(&asks, now));
        let replaced = questions.record.question.take();
        let question = self.new_question(&here, (asker, only), &questions.record.number, now)?;
        here.half.record.asked = Some(question.id.clone());
        questions.record.number = question.number.clone();
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
        (asker, only): (&Asker, Option<String>),
        before: &str,
        now: Moment,
    ) -> Result<QuestionShape, SignInError> {
        let chance = &*self.ground.chance;
        let number = draw_number(chance, self.parts.phones.digits, before);
        Ok(QuestionShape {
            // Drawn as a phone's id is, and written in the same way.
            id: PhoneId::new(chance)?.to_string(),
            number: number.map_err(|error| SignInError::Fault(error.to_string()))?,
            nonce: URL_SAFE_NO_PAD.encode(draw::<32>(chance)?),
            asked: now.unix_millis(),
            expires: now.plus(ANSWER_WITHIN).unix_millis(),
            ticket: BASE64.encode(here.half.key()),
            epoch: here.account.epoch,
            device: asker.device.to_string(),
            address: asker.address.to_string(),
            known: asker.from == AskedFrom::KnownBrowser,
            only,
            state: QuestionState::Open.word().to_owned(),
            phone: None,
            answered: None,
        })
    }

    async fn refuse_locked(&self, here: &Here, now: Moment) -> Result<(), SignInError> {
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
                        (Answer::Open(_), _) => {
                            self.ground.audit.record(&Event::SignedIn, around, now);
                        }
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
        let phones = &mut here.credentials.record.phones;
        let known = phones.iter_mut().find(|known| known.id == phone);
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
        phones.push(PhoneShape { id, name, added: at, last: at });
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
