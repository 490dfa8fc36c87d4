//! The phone's side of [`super::approval`]: what it answers, signed with the key
//! that lies there. [`super::requests`] tells it what it is asked.

use subtle::ConstantTimeEq;

use super::account;
use super::credentials::Credentials;
use super::failures::{CONFLICTS_MAX, Counter};
use super::half_done::HalfDone;
use super::outbox::Notice;
use super::phone::{Phone, PhoneError, YesNeeds};
use super::phone_passkey::Behind;
use super::question::{Questions, ticket_of};
use super::requests::{concerns, counts};
use super::standing::{Due, Found, Here};
use super::{At, SignIn, SignInError};
use crate::crypto::approval::Said;
use crate::domain::{Account, Moment, Place, QuestionState, Reply, TooLate};
use crate::observe::audit::Around;
use crate::observe::{ApprovalOutcome, Event};
use crate::store::record::{AccountRecord, QuestionShape};
use crate::store::{Change, Expect, Revocation, StoreError, Table};

/// What a phone answers.
pub struct AnswerTyped<'a> {
    /// Its id, hexadecimal.
    pub phone: &'a str,
    /// The question's id, hexadecimal.
    pub request: &'a str,
    /// Whether it is a yes.
    pub yes: bool,
    /// The number that was typed with it; empty with a no.
    pub number: &'a str,
    /// By its key, base64url.
    pub signature: &'a str,
    /// The browser's answer about the phone's passkey, where a yes needs it.
    pub passkey: Option<&'a str>,
}

/// Without the number, which is a secret of the computer's page.
impl std::fmt::Debug for AnswerTyped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerTyped")
            .field("phone", &self.phone)
            .field("request", &self.request)
            .field("yes", &self.yes)
            .finish_non_exhaustive()
    }
}

/// An answer, and all that it is about.
struct Answered {
    phone: Phone,
    account: Account,
    /// Of the account.
    version: u64,
    questions: Questions,
    question: QuestionShape,
    /// The half-done sign-in that asked, if it still waits for this.
    waits: Option<Here>,
    state: QuestionState,
}

impl SignIn {
    /// Takes a phone's answer.
    ///
    /// SECURITY: a yes counts only from a phone of the account, typed with the
    /// number that the asking computer shows.
    /// - Against: somebody who knows the password and hopes for a yes out of
    ///   habit; another phone; another account's question; an answer of long ago.
    /// - Therefore: the answer is signed over all that it is about; the phone
    ///   must be the account's now, the sign-in must still wait, in the same
    ///   epoch; the number is never sent to the phone; one try.
    /// - Price: a number is typed at each sign-in.
    /// - Held by: `a20_a_second_number_is_never_looked_at`,
    ///   `a21_nobody_answers_without_the_phones_own_key`,
    ///   `a25_a_yes_that_comes_too_late_counts_for_nothing`.
    ///
    /// # Errors
    ///
    /// [`PhoneError`]; the question may be over with it.
    pub async fn answer(
        &self,
        typed: &AnswerTyped<'_>,
        around: Around<'_>,
    ) -> Result<QuestionState, PhoneError> {
        let now = self.ground.clock.now();
        for _ in 0..CONFLICTS_MAX {
            let done = match self.judge_answer(typed, now).await {
                Ok(Judged::Before(state)) => return Ok(state),
                Ok(Judged::Now(answered)) => self.take_answer(*answered, around, now).await,
                Ok(Judged::Copied(phone)) => match self.distrust_phone(&phone, around, now).await {
                    Ok(()) => Err(PhoneError::ConnectAgain),
                    Err(error) => Err(error.into()),
                },
                Err(error) => Err(error),
            };
            match done {
                Err(PhoneError::SignIn(
                    SignInError::Outrun | SignInError::Store(StoreError::Conflict),
                )) => {}
                Ok(QuestionState::Wrong) => return Err(PhoneError::WrongNumber),
                other => return other,
            }
        }
        Err(SignInError::Busy.into())
    }

    async fn judge_answer(
        &self,
        typed: &AnswerTyped<'_>,
        now: Moment,
    ) -> Result<Judged, PhoneError> {
        let mut phone = self.phone(typed.phone, now).await?;
        let (account, version) = account::by_id(&self.ground, phone.account, now)
            .await
            .map_err(SignInError::from)?
            .ok_or(PhoneError::Gone)?;
        let questions = Questions::load(&self.ground, account.id, now).await?;
        let rule = questions.question()?.ok_or(PhoneError::Gone)?;
        let question = questions.record.question.clone().ok_or(PhoneError::Gone)?;
        if question.id != typed.request || !concerns(&question, &phone) {
            return Err(PhoneError::Gone);
        }
        let said = Said::Answer {
            public_url: &self.parts.phones.public_url,
            portal: &self.parts.issuer,
            account: account.name.as_str(),
            phone: typed.phone,
            request: typed.request,
            nonce: &question.nonce,
            expires: question.expires,
            number: typed.number,
            answer: if typed.yes { "yes" } else { "no" },
        };
        if !phone.key()?.signed(&said, typed.signature) {
            return Err(PhoneError::Malformed);
        }
        let credentials = Credentials::load(&self.ground, account.id, now).await?;
        if phone.record.proven && !counts(&credentials, typed.phone) {
            return Err(PhoneError::Gone);
        }
        let right: bool = typed.number.as_bytes().ct_eq(question.number.as_bytes()).into();
        let reply = match (typed.yes, right) {
            (false, _) => Reply::No,
            (true, true) => Reply::Yes,
            (true, false) => Reply::YesWrongNumber,
        };
        // The same answer once more: the phone did not hear ours.
        let again = question.phone.as_deref() == Some(typed.phone);
        match (rule.stands(now), reply) {
            (QuestionState::Approved, Reply::Yes) if again => {
                return Ok(Judged::Before(QuestionState::Approved));
            }
            (QuestionState::Refused, Reply::No) if again => {
                return Ok(Judged::Before(QuestionState::Refused));
            }
            _ => {}
        }
        let state = rule.answer(reply, now).map_err(|late| match late {
            TooLate::Expired => PhoneError::Expired,
            TooLate::Answered => PhoneError::Gone,
        })?;
        let waits = self.waits_for(&question, &account, now).await?;
        // "Not me" is heard whatever became of the sign-in.
        if waits.is_none() && reply != Reply::No {
            return Err(PhoneError::Gone);
        }
        if typed.yes && self.behind_yes(&mut phone, &said, typed.passkey)? == Behind::Copied {
            return Ok(Judged::Copied(Box::new(phone)));
        }
        let answered = Answered { phone, account, version, questions, question, waits, state };
        Ok(Judged::Now(Box::new(answered)))
    }

    /// The sign-in that asked, if a phone's answer is what it still waits for.
    async fn waits_for(
        &self,
        question: &QuestionShape,
        account: &Account,
        now: Moment,
    ) -> Result<Option<Here>, SignInError> {
        let Some(ticket) = ticket_of(&question.ticket) else { return Ok(None) };
        let half = match HalfDone::under(&self.ground, ticket, now).await {
            Err(SignInError::NoTicket) => return Ok(None),
            other => other?,
        };
        let (here, at) = match self.locate(half, now).await {
            Ok(Found::Here(here, at)) => (here, at),
            Ok(Found::Bare(..)) | Err(SignInError::NoTicket) => return Ok(None),
            Err(error) => return Err(error),
        };
        let waits = match at {
            At::Factor(_) => question.only.is_none(),
            At::SetUp(Place::Approve) => question.only.is_some(),
            _ => false,
        };
        let same = here.account.id == account.id && here.account.epoch == question.epoch;
        Ok((waits && same).then_some(*here))
    }

    async fn take_answer(
        &self,
        answered: Answered,
        around: Around<'_>,
        now: Moment,
    ) -> Result<QuestionState, PhoneError> {
        let Answered { phone, account, version, mut questions, question, mut waits, state } =
            answered;
        let id = account.id;
        let around = Around { account: Some(id), ..around };
        let mut ended = None;
        questions.set(state, Some(&phone.id.to_string()), now);
        let mut change = questions.put(&self.ground, Change::new(), now)?;
        if state != QuestionState::Refused && self.parts.phones.yes == YesNeeds::Passkey {
            change = phone.put(&self.ground, change)?;
        }
        let outcome = match state {
            QuestionState::Refused => {
                let asked = (waits.as_mut(), question.only.is_some());
                let refused = self.refuse((account, version), asked, change, now);
                (change, ended) = refused.await?;
                ApprovalOutcome::Refused
            }
            QuestionState::Wrong => {
                if let Some(here) = &mut waits {
                    here.half.trouble("approval-wrong", None, now);
                    change = here.half.put(&self.ground, change, now)?;
                }
                ApprovalOutcome::Wrong
            }
            QuestionState::Approved => ApprovalOutcome::Approved,
            QuestionState::Open | QuestionState::Expired => return Err(PhoneError::Gone),
        };
        self.commit(change, now).await?;
        self.ground.metrics.approval(outcome);
        if state != QuestionState::Approved {
            let counter = Counter::of_factor(&self.ground, self.parts.throttle, id);
            // Paused or locked: it counts no further, and the answer stands.
            match counter.count(now).await {
                Ok(_) | Err(SignInError::Paused { .. } | SignInError::Locked) => {}
                Err(error) => tracing::error!(%error, "a failure at a factor was not counted"),
            }
        }
        let event = match state {
            QuestionState::Refused => Some(&Event::ApprovalRefused),
            QuestionState::Wrong => Some(&Event::FactorFailed),
            _ => None,
        };
        if let Some(event) = event {
            self.ground.audit.record(event, around, now);
        }
        if let Some(event) = ended {
            if matches!(event, Event::SessionEnded) {
                self.ground.metrics.sessions_live.dec();
            }
            self.ground.audit.record(&event, around, now);
        }
        if let Some(ticket) = ticket_of(&question.ticket) {
            self.watch.tell(ticket);
        }
        Ok(state)
    }

    /// Adds to a change what follows from "not me", and says which sessions end
    /// with it.
    ///
    /// SECURITY: whoever is refused is back at the password, and that must go;
    /// nothing stays open that the refused one may have opened.
    /// - Against: somebody who knows the password and asks until they are let in,
    ///   goes on by another factor meanwhile, or sits at an open session.
    /// - Therefore: the sign-in that asked forgets what was shown in it, the
    ///   refusal counts as a failure, the person and the operator are told, and
    ///   the owner chooses a new password with the next sign-in. Where a session
    ///   asked, it ends; where the sign-in has gone on already, all sessions of
    ///   the account end, and whatever waits to become one. A phone that was being
    ///   set up ends nothing where another way was chosen meanwhile: whoever was
    ///   quicker with the picture on the screen may hold it.
    /// - Price: who presses the wrong button signs in again everywhere and
    ///   chooses a new password.
    /// - Held by: `not_me_stops_the_sign_in_and_is_told`,
    ///   `not_me_ends_what_the_sign_in_has_opened_meanwhile`,
    ///   `not_me_ends_the_session_that_asked`,
    ///   `a_phone_that_nobody_sets_up_any_more_ends_nothing`.
    async fn refuse(
        &self,
        (mut account, version): (Account, u64),
        (waits, alone): (Option<&mut Here>, bool),
        change: Change,
        now: Moment,
    ) -> Result<(Change, Option<Event>), SignInError> {
        let id = account.id;
        if alone && waits.is_none() {
            return Ok((change, None));
        }
        let mut credentials = Credentials::load(&self.ground, id, now).await?;
        credentials.record.password_known = true;
        let mut change = credentials.put(&self.ground, change)?;
        let mut ended = None;
        if let Some(here) = waits {
            if let Due::Purpose(purpose) = &here.due {
                change = self.parts.sessions.end(purpose.session, change, now).await?;
                ended = Some(Event::SessionEnded);
            }
            here.half.forget_shown(super::approval::REFUSED, now);
            change = here.half.put(&self.ground, change, now)?;
        } else {
            account.epoch += 1;
            let (place, data) =
                ((Table::Account, *id.as_bytes()), AccountRecord::encode(&account)?);
            change = change
                .put(place, Expect::Version(version), data, None)
                .revoke(Revocation::Account(id));
            ended = Some(Event::SessionsEnded);
        }
        let outbox = &self.parts.outbox;
        let change = outbox.queue_notice(change, id, Notice::ApprovalRefused, now)?;
        Ok((change, ended))
    }
}

/// What came of looking at an answer.
enum Judged {
    /// It was taken before.
    Before(QuestionState),
    /// It is to be taken.
    Now(Box<Answered>),
    /// It is not: there seem to be two of the phone's passkey.
    Copied(Box<Phone>),
}
