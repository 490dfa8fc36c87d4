//! Asking somebody with a session whether it is still them: by a factor, or by
//! the password where the account has nothing better.

use secrecy::SecretString;

use super::browser::{Browser, Visiting};
use super::credentials::Credentials;
use super::half_done::HalfDone;
use super::purpose::{Purpose, What};
use super::standing::{Due, Here};
use super::{Answer, At, NoMatch, Opened, SignIn, SignInError, Ticket, To, account};
use crate::domain::{
    Account, AccountId, AccountState, FRESH, Fresh, Held, Moment, SessionHash, Standing, is_fresh,
};
use crate::observe::audit::Around;
use crate::store::record::{AccountRecord, SessionRecord};
use crate::store::{Change, Expect, Revocation, Table};

/// Somebody with a session who asks for something.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    /// Whose session.
    pub account: AccountId,
    /// Which session.
    pub session: SessionHash,
    /// What is recorded beside it.
    pub around: Around<'a>,
    /// The browser.
    pub browser: Browser,
}

impl<'a> Asker<'a> {
    /// What is recorded beside an event of theirs.
    pub(super) fn around(&self) -> Around<'a> {
        Around { account: Some(self.account), ..self.around }
    }

    /// What a try at the password is counted by.
    pub(super) fn visiting(&self) -> Visiting<'a> {
        let (before, browser) = (Some(self.session), self.browser.clone());
        Visiting { before, around: self.around(), browser }
    }
}

/// The account of somebody with a session that stands.
pub(super) struct Own {
    pub account: Account,
    pub version: u64,
    pub credentials: Credentials,
    pub session: SessionRecord,
}

impl Own {
    /// Whether it was shown just now that it is the owner.
    ///
    /// SECURITY: nothing of an account is changed without a fresh factor.
    /// - Against: a session that was left open or stolen, and one that was opened
    ///   with the password alone though the account has a factor.
    /// - Therefore: the session's proof is five minutes old at most, and among
    ///   what was shown in it is a factor where the account has one.
    /// - Price: after a while the person is asked once more.
    /// - Held by: `nothing_is_changed_without_a_fresh_factor`.
    pub fn is_fresh(&self, now: Moment) -> bool {
        let shown = self.session.methods.iter().any(|method| method.is_factor());
        is_fresh(self.session.proven_at, FRESH, now) && (shown || self.credentials.factors() == 0)
    }

    /// A change that is made only if the account is still as it was read.
    pub fn change(&self) -> Change {
        let place = (Table::Account, *self.account.id.as_bytes());
        Change::new().check(place, Expect::Version(self.version))
    }
}

impl SignIn {
    /// The asker's account, if the session stands.
    pub(super) async fn own(&self, asker: &Asker<'_>, now: Moment) -> Result<Own, SignInError> {
        let stored = self.ground.store.read(Table::Session, &asker.session.0, now).await?;
        let session = stored.map(|stored| SessionRecord::decode(&stored.data)).transpose()?;
        let session = session.filter(|session| session.account == asker.account);
        let session = session.ok_or(SignInError::NoTicket)?;
        let limits = self.parts.sessions.limits();
        let found = account::by_id(&self.ground, asker.account, now).await?;
        let found = found.filter(|(account, _)| {
            account.state == AccountState::Active
                && account.epoch == session.epoch
                && limits.standing(session.used(), now) == Standing::Live
        });
        let (account, version) = found.ok_or(SignInError::NoTicket)?;
        let credentials = Credentials::load(&self.ground, account.id, now).await?;
        Ok(Own { account, version, credentials, session })
    }

    /// Begins to ask somebody with a session whether it is still them. It ends on
    /// the account page, or where the visitor was going.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where the session does not stand.
    pub async fn begin_confirm(
        &self,
        ticket: &Ticket,
        asker: &Asker<'_>,
        to_account: bool,
    ) -> Result<(At, Ticket), SignInError> {
        let now = self.ground.clock.now();
        let own = self.own(asker, now).await?;
        let (what, account, session) = (What::Confirm, own.account.id, asker.session);
        let purpose = Purpose { what, account, epoch: own.account.epoch, session, to_account };
        let half = HalfDone::begin_for(&self.ground, ticket, &own.account, &purpose)?;
        let ticket = self.begin_step(&half, own.change(), now).await?;
        Ok((self.find(&ticket, now).await?.at(), ticket))
    }

    /// Writes down a step of somebody with a session that begins.
    ///
    /// SECURITY: a step of somebody with a session begins under a new ticket.
    /// - Against: a ticket that was put into the browser before; whoever knows it
    ///   could go on with the step, and set up a factor of their own.
    /// - Therefore: the ticket from before is worth nothing after it, and a proof
    ///   that renews a session counts only from the browser that has it.
    /// - Price: a page of another tab leads to the step that is due.
    /// - Held by: `a_ticket_from_before_gets_no_hold_of_a_step_with_a_session`.
    pub(super) async fn begin_step(
        &self,
        half: &HalfDone,
        change: Change,
        now: Moment,
    ) -> Result<Ticket, SignInError> {
        let (ticket, change) = half.raise(&self.ground, change, now).await?;
        let change = self.room.make(change, &ticket.key(), &self.ground, now).await?;
        self.commit(change, now).await?;
        Ok(ticket)
    }

    /// Takes the password of somebody with a session whose account has no factor.
    pub(super) async fn confirm_by_password(
        &self,
        here: Here,
        typed: SecretString,
        visiting: &Visiting<'_>,
    ) -> Result<Answer<NoMatch>, SignInError> {
        let Here { mut half, account, version, credentials, due } = here;
        let Due::Purpose(purpose) = due else { return Err(SignInError::Outrun) };
        if visiting.before != Some(purpose.session) {
            return Err(SignInError::NoTicket);
        }
        let around = Around { account: Some(account.id), ..visiting.around };
        let visiting = Visiting { around, ..visiting.clone() };
        let now = self.ground.clock.now();
        let checked = self.check_password(&account, typed, &visiting).await;
        let Some(proof) = self.keep_pause(&mut half, checked, now).await? else {
            return Ok(Answer::Wrong(NoMatch));
        };
        let now = self.ground.clock.now();
        let held = Held { factors: credentials.factors(), provisional: false };
        let Some(fresh) = Fresh::by_password(&proof, held, now) else {
            return Err(SignInError::Outrun);
        };
        // Whoever set up a factor meanwhile has made the password too little.
        let change = credentials.check(half.end(Change::new()));
        let answer = self.renew(&purpose, &fresh, (account, version), change).await?;
        self.record_opened(&answer, around, now);
        Ok(answer)
    }

    /// Makes a change after which nothing of the account's goes on but the asker's
    /// session, under a new value.
    ///
    /// SECURITY: who removes a factor or ends all other sessions ends what they
    /// could have left behind.
    /// - Against: a thief with the lost phone: a sign-in in which it was shown and
    ///   that waits for its last step, and a browser that is spared the factor since.
    /// - Therefore: the account's epoch rises in the same change; evidence, trust
    ///   and sessions of an earlier one count for nothing.
    /// - Price: other browsers of the owner sign in again.
    /// - Held by: `what_a_removed_factor_began_ends_with_it`.
    pub(super) async fn outlive(
        &self,
        asker: &Asker<'_>,
        own: Own,
        change: Change,
        now: Moment,
    ) -> Result<Box<Opened>, SignInError> {
        let Own { mut account, version, .. } = own;
        account.epoch += 1;
        let place = (Table::Account, *account.id.as_bytes());
        let data = AccountRecord::encode(&account)?;
        let change = change
            .put(place, Expect::Version(version), data, None)
            .revoke(Revocation::Account(account.id));
        let sessions = &self.parts.sessions;
        let gone_on = sessions.outlive(asker.session, &account, change, now).await?;
        let (token, stays) = gone_on.ok_or(SignInError::NoTicket)?;
        Ok(Box::new(Opened {
            session: SecretString::from(token.reveal()),
            stays: self.stay().filter(|_| stays),
            factor_at: None,
            account,
            to: To::Account,
            again: true,
        }))
    }
}
