//! What a proven factor leads to, whichever kind it is: on in the sign-in, or
//! back to what somebody with a session was at.

use super::half_done::HalfDone;
use super::opening::Opening;
use super::outbox::Notice;
use super::purpose::What;
use super::standing::{Due, Found, Here};
use super::{Answer, At, SignIn, SignInError, Ticket};
use crate::domain::{Factor, FactorProven, Fresh, Method, Moment, Next, Place, SessionHash};
use crate::observe::audit::Around;
use crate::observe::{Event, FirstConnection};
use crate::store::Change;

impl SignIn {
    /// A factor that the account has was shown. `change` holds what the check
    /// itself writes beside the credentials; `before` is the session that the
    /// browser has already.
    pub(super) async fn factor_shown<W>(
        &self,
        here: Here,
        proof: FactorProven,
        change: Change,
        before: Option<SessionHash>,
        now: Moment,
    ) -> Result<Answer<W>, SignInError> {
        let Here { mut half, account, version, mut credentials, due } = here;
        let change = self.forget_factor_failures(account.id, change);
        if let (Some(codes), Method::RecoveryCode) =
            (&mut credentials.record.recovery, proof.method())
        {
            // Whoever uses one has kept them.
            codes.kept = true;
        }
        let shown = match due {
            Due::SignIn(Next::Factor(shown)) => shown,
            Due::Purpose(purpose) if purpose.what == What::Confirm => {
                if before != Some(purpose.session) {
                    return Err(SignInError::NoTicket);
                }
                let change = credentials.put(&self.ground, half.end(change))?;
                let fresh = Fresh::by_factor(&proof, now);
                return self.renew(&purpose, &fresh, (account, version), change).await;
            }
            Due::SignIn(_) | Due::Purpose(_) => return Err(SignInError::Outrun),
        };
        if credentials.has_unkept_codes() {
            self.make_recovery_codes(&mut half, &mut credentials, now)?;
            half.set_place(Place::RecoveryCodes);
        }
        let unkept = !half.record.recovery_codes.is_empty();
        let shown = shown.with(proof);
        half.keep_shown(&shown, account.epoch);
        let change = credentials.put(&self.ground, change)?;
        match self.next(shown, &account, &credentials, now)? {
            Next::Open(proven) if !unkept => {
                let also = half.end(change);
                let opening = Opening::of(&half, proven, before);
                match self.open(opening, (account, version), also).await? {
                    Some(opened) => Ok(Answer::Open(Box::new(opened))),
                    None => Err(SignInError::NoTicket),
                }
            }
            Next::Open(_) | Next::NewPassword(_) | Next::Enrol(_) | Next::Factor(_) => {
                self.rise(&half, change, (account.id, version), now).await
            }
        }
    }

    /// A new factor was proven and is in `here.credentials` already; it counts
    /// from this change on.
    pub(super) async fn factor_added<W>(
        &self,
        here: Here,
        factor: Factor,
        proof: FactorProven,
        change: Change,
        now: Moment,
    ) -> Result<Answer<W>, SignInError> {
        let Here { mut half, account, version, mut credentials, due } = here;
        credentials.prefer_if_first(factor);
        // A pass is for one who lost what was asked first until now.
        if matches!(&due, Due::SignIn(Next::Enrol(shown)) if shown.has_pass()) {
            credentials.record.preferred = Some(factor.word().to_owned());
        }
        credentials.record.pass = None;
        let kept = credentials.record.recovery.as_ref().is_some_and(|codes| codes.kept);
        if !kept || credentials.recovery_codes_left() == 0 {
            self.make_recovery_codes(&mut half, &mut credentials, now)?;
        }
        half.clear_set_up();
        half.set_place(match factor {
            Factor::Approval => Place::Approved,
            Factor::Code | Factor::Passkey | Factor::Recovery => after_proof(&half),
        });
        let change = self.forget_factor_failures(account.id, change);
        let change = credentials.put(&self.ground, change)?;
        let outbox = &self.parts.outbox;
        let change = outbox.queue_notice(change, account.id, Notice::FactorAdded, now)?;
        match due {
            Due::SignIn(Next::Enrol(shown)) => {
                half.keep_shown(&shown.with(proof), account.epoch);
                self.rise(&half, change, (account.id, version), now).await
            }
            Due::Purpose(purpose) if purpose.what == What::Add => {
                // Several were begun beside each other.
                if credentials.is_over(factor) {
                    return Err(SignInError::Outrun);
                }
                if half.place() == Place::Success {
                    self.commit(half.end(change), now).await?;
                    return Ok(Answer::GoOn(At::Account, None));
                }
                self.rise(&half, change, (account.id, version), now).await
            }
            Due::SignIn(_) | Due::Purpose(_) => Err(SignInError::Outrun),
        }
    }

    /// Goes on from the word that the phone said yes for the first time.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn leave_approved(&self, ticket: &Ticket) -> Result<At, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find(ticket, now).await? {
            Found::Here(here, At::Approved) => here,
            other => return Ok(other.at()),
        };
        here.half.set_place(after_proof(&here.half));
        self.move_on(*here, Change::new(), now).await?;
        Ok(self.find_or_account(ticket, now).await)
    }

    /// Goes on from the word that it is set up: to the new password, or, where
    /// the password is the person's own already, to the portal.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn succeed(
        &self,
        ticket: &Ticket,
        before: Option<SessionHash>,
        around: Around<'_>,
    ) -> Result<Answer<()>, SignInError> {
        let now = self.ground.clock.now();
        let here = match self.find(ticket, now).await? {
            Found::Here(here, At::Success) => here,
            other => return Ok(Answer::GoOn(other.at(), None)),
        };
        let Here { mut half, account, version, due, .. } = *here;
        match due {
            Due::SignIn(Next::Open(proven)) => {
                let around = Around { account: Some(account.id), ..around };
                let also = half.end(Change::new());
                let first = half.record.proven.as_ref().is_none_or(|proven| !proven.pass);
                let opening = Opening { first, ..Opening::of(&half, proven, before) };
                let opened = self.open(opening, (account, version), also).await?;
                let opened = opened.ok_or(SignInError::NoTicket)?;
                self.ground.audit.record(&Event::SignedIn, around, now);
                Ok(Answer::Open(Box::new(opened)))
            }
            Due::SignIn(_) | Due::Purpose(_) => {
                half.set_place(Place::Done);
                let change = half.put(&self.ground, Change::new(), now)?;
                match self.commit(change, now).await {
                    Ok(()) | Err(SignInError::Outrun) => {}
                    Err(error) => return Err(error),
                }
                Ok(Answer::GoOn(self.find(ticket, now).await?.at(), None))
            }
        }
    }

    /// Records that a factor counts from now on.
    pub(super) fn record_added(&self, factor: Factor, around: Around<'_>, now: Moment) {
        self.ground.audit.record(&Event::FactorAdded, around, now);
        self.ground.metrics.first_connection(FirstConnection::Factor);
        self.ground.metrics.enrolled(factor);
    }

    /// Writes down a place after the proof; what somebody with a session was at
    /// is over with the last one.
    pub(super) async fn move_on(
        &self,
        here: Here,
        change: Change,
        now: Moment,
    ) -> Result<(), SignInError> {
        let ends = matches!(here.due, Due::Purpose(_)) && here.half.place() == Place::Success;
        let change = match ends {
            true => here.half.end(change),
            false => here.half.put(&self.ground, change, now)?,
        };
        match self.commit(change, now).await {
            // Another tab went on at the same time; so be it.
            Ok(()) | Err(SignInError::Outrun) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What is due; for somebody whose half-done step just ended, the account
    /// page.
    pub(super) async fn find_or_account(&self, ticket: &Ticket, now: Moment) -> At {
        match self.find(ticket, now).await {
            Ok(found) => found.at(),
            Err(_) => At::Account,
        }
    }
}

/// The screen after the proof.
fn after_proof(half: &HalfDone) -> Place {
    match half.record.recovery_codes.is_empty() {
        true => Place::Success,
        false => Place::RecoveryCodes,
    }
}
