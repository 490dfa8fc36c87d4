//! The last step of every sign-in: a session opens, in the one change that
//! ends everything it was opened with.

use std::time::Duration;

use secrecy::SecretString;

use super::failures::CONFLICTS_MAX;
use super::lock_out::forget_account_failures;
use super::purpose::Purpose;
use super::session::OpenError;
use super::standing::may_use_password;
use super::{Answer, SignIn, SignInError, Ticket, account};
use crate::domain::{Account, Fresh, Method, Moment, Proven, SessionHash};
use crate::store::{Change, Expect, Revocation, StoreError, Table};

/// A session that was just opened.
#[derive(Debug)]
pub struct Opened {
    /// Its value, for the cookie.
    pub session: SecretString,
    /// Whether its owner chose to stay signed in, and for how long.
    pub stays: Option<Duration>,
    /// Whose it is, to be remembered in the browser.
    pub account: Account,
    /// When a factor was shown, if one was just now; to be remembered too.
    pub factor_at: Option<Moment>,
    /// Where it leads.
    pub to: To,
}

/// Where somebody goes whose session was opened.
#[derive(Debug)]
pub enum To {
    /// Where they were going.
    WayBack,
    /// To the last screen of the first connection, under this ticket.
    LastScreen(Ticket),
    /// To the account page.
    Account,
}

/// What a session is opened with.
pub(super) struct Opening {
    /// Who is there.
    pub proven: Proven,
    /// Whether its owner chose to stay signed in.
    pub stays: bool,
    /// Whether it ends a first connection.
    pub first: bool,
    /// The session that the browser had until now.
    pub before: Option<SessionHash>,
}

impl SignIn {
    /// Opens the session, if the account is still the one that was judged: not
    /// disabled, deleted or given another password meanwhile. `also` is made in
    /// the same change; it must not name the account's record.
    pub(super) async fn open(
        &self,
        opening: Opening,
        (judged, mut version): (Account, u64),
        also: Change,
    ) -> Result<Option<Opened>, SignInError> {
        let mut account = judged.clone();
        for _ in 0..CONFLICTS_MAX {
            let change = also
                .clone()
                .check((Table::Account, *account.id.as_bytes()), Expect::Version(version));
            match self.open_with(&opening, &account, change).await {
                Err(OpenError::Store(StoreError::Conflict)) => {}
                Err(error) => return Err(error.into()),
                Ok(opened) => return Ok(Some(opened)),
            }
            let now = self.ground.clock.now();
            match account::by_id(&self.ground, judged.id, now).await? {
                Some((newer, at))
                    if newer.password == judged.password
                        && newer.epoch == judged.epoch
                        && may_use_password(&newer, now)
                        && at != version =>
                {
                    (account, version) = (newer, at);
                }
                // It was not the account that others changed.
                Some((_, at)) if at == version => return Err(SignInError::Outrun),
                _ => return Ok(None),
            }
        }
        Err(SignInError::Busy)
    }

    /// Gives a session a new value, and the word that its owner was asked again
    /// just now. It lasts no longer than it would have.
    pub(super) async fn renew<W>(
        &self,
        purpose: &Purpose,
        fresh: &Fresh,
        (account, version): (Account, u64),
        also: Change,
    ) -> Result<Answer<W>, SignInError> {
        let also = also.check((Table::Account, *account.id.as_bytes()), Expect::Version(version));
        let renewed = self.parts.sessions.renew(purpose.session, fresh, &account, also).await?;
        let Some((token, stays)) = renewed else { return Err(SignInError::NoTicket) };
        Ok(Answer::Open(Box::new(Opened {
            session: SecretString::from(token.reveal()),
            stays: self.stay().filter(|_| stays),
            account,
            factor_at: (fresh.method() != Method::Password).then(|| fresh.at()),
            to: if purpose.to_account { To::Account } else { To::WayBack },
        })))
    }

    /// Opens the session in one change with `also`, for this account. Its owner
    /// got in, so wrong passwords of before are forgotten.
    pub(super) async fn open_with(
        &self,
        opening: &Opening,
        account: &Account,
        mut also: Change,
    ) -> Result<Opened, OpenError> {
        if let Some(old) = opening.before {
            let place = (Table::Session, old.0);
            also = also.delete(place, Expect::Any).revoke(Revocation::Session(old));
        }
        let now = self.ground.clock.now();
        let also = forget_account_failures(&self.ground, also, account, now).await?;
        let kept = super::session::Kept { stays: opening.stays, first: opening.first };
        let token = self.parts.sessions.open(&opening.proven, account, kept, also).await?;
        if opening.before.is_some() {
            self.ground.metrics.sessions_live.dec();
        }
        let by_factor = opening.proven.methods().iter().any(|way| *way != Method::Password);
        Ok(Opened {
            session: SecretString::from(token.reveal()),
            stays: self.stay().filter(|_| opening.stays),
            account: account.clone(),
            factor_at: by_factor.then(|| opening.proven.at()),
            to: To::WayBack,
        })
    }
}
