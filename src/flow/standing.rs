//! Where a half-done sign-in stands: the one screen that is due, worked out
//! anew at every step from what was shown and what the account is and has now.

use std::time::Duration;

use super::credentials::Credentials;
use super::half_done::HalfDone;
use super::{SignIn, SignInError, Ticket, account};
use crate::domain::{Account, AccountState, Held, Language, Moment, Next, Place, Shown};
use crate::store::{Change, StoreError};

/// Where a sign-in stands: the screen that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The password is asked.
    Password,
    /// A number from the app is asked.
    Code,
    /// A second factor is being set up.
    SetUp(Place),
    /// It was set up by somebody else meanwhile.
    SetUpElsewhere,
    /// It is set up.
    Success,
    /// A new password is asked.
    NewPassword,
    /// The first connection is done.
    Done,
}

impl At {
    /// The word that support is told.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::SetUp(place) => place.word(),
            Self::SetUpElsewhere => "set-up-elsewhere",
            Self::Success => "success",
            Self::NewPassword => "new-password",
            Self::Done => "done",
        }
    }
}

/// A sign-in as its pages show it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Which screen is due.
    pub at: At,
    /// The name as it was typed.
    pub name: String,
    /// The code by which support finds it.
    pub support: String,
    /// The person's own language, once it is known who it is.
    pub language: Option<Language>,
    /// How long it may still wait.
    pub left: Duration,
    /// Whether a new password is asked after this.
    pub password_follows: bool,
}

/// A half-done sign-in with everything that decides what comes next.
pub(super) struct Here {
    pub half: HalfDone,
    pub account: Account,
    pub version: u64,
    pub credentials: Credentials,
    pub next: Next,
}

/// Where a ticket stands.
pub(super) enum Found {
    /// Before the password, or after everything.
    Bare(Box<HalfDone>, At),
    /// In between.
    Here(Box<Here>, At),
}

impl Found {
    pub fn at(&self) -> At {
        match self {
            Self::Bare(_, at) | Self::Here(_, at) => *at,
        }
    }
}

impl SignIn {
    /// Where the sign-in under this ticket stands.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is none.
    pub async fn standing(&self, ticket: &Ticket) -> Result<Standing, SignInError> {
        let now = self.ground.clock.now();
        let found = self.find(ticket, now).await?;
        let at = found.at();
        let (half, password_follows) = match found {
            Found::Bare(half, _) => (*half, false),
            Found::Here(here, _) => (here.half, here.account.password_until.is_some()),
        };
        let left = half.left(now);
        let language = half.record.language.as_deref().and_then(Language::parse);
        let (name, support) = (half.record.name, half.record.support);
        Ok(Standing { at, name, support, language, left, password_follows })
    }

    /// Gives a half-done sign-in its whole time again.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where it has ended already.
    pub async fn more_time(&self, ticket: &Ticket) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        let half = HalfDone::load(&self.ground, ticket, now).await?;
        let change = half.put(&self.ground, Change::new(), now)?;
        match self.ground.store.commit(change, now).await {
            // Another tab took a step, which gave it its time as well.
            Err(StoreError::Conflict) => Ok(()),
            other => Ok(other?),
        }
    }

    pub(super) async fn find(&self, ticket: &Ticket, now: Moment) -> Result<Found, SignInError> {
        let half = HalfDone::load(&self.ground, ticket, now).await?;
        self.locate(half, now).await
    }

    /// Works out where a sign-in stands, from what was shown and what the
    /// account is and has now.
    pub(super) async fn locate(&self, half: HalfDone, now: Moment) -> Result<Found, SignInError> {
        let Some(id) = half.account() else {
            let at = if half.place() == Place::Done { At::Done } else { At::Password };
            return Ok(Found::Bare(Box::new(half), at));
        };
        let found = account::by_id(&self.ground, id, now).await?;
        let found = found.filter(|(account, _)| may_use_password(account, now));
        let (account, version) = found.ok_or(SignInError::NoTicket)?;
        let shown = half.shown(&account).ok_or(SignInError::NoTicket)?;
        let credentials = Credentials::load(&self.ground, id, now).await?;
        let next = self.next(shown, &account, &credentials, now)?;
        let at = match (&next, half.place()) {
            (Next::Factor(_), _) if half.record.pending.is_some() => At::SetUpElsewhere,
            (Next::Factor(_), _) => At::Code,
            (Next::Enrol(_), place) => At::SetUp(place.min(Place::Prove)),
            (Next::NewPassword(_) | Next::Open(_), Place::Success) => At::Success,
            (Next::NewPassword(_), _) => At::NewPassword,
            // Nothing is missing, and yet no session: the operator eased the
            // rules meanwhile. The password opens one.
            (Next::Open(_), _) => return Err(SignInError::NoTicket),
        };
        Ok(Found::Here(Box::new(Here { half, account, version, credentials, next }), at))
    }

    pub(super) fn next(
        &self,
        shown: Shown,
        account: &Account,
        credentials: &Credentials,
        now: Moment,
    ) -> Result<Next, SignInError> {
        let held =
            Held { factors: credentials.factors(), provisional: account.password_until.is_some() };
        let next = self.parts.policy.next(shown, held, now);
        next.map_err(|error| SignInError::Fault(error.to_string()))
    }
}

/// Whether the password of this account opens anything now.
pub(super) fn may_use_password(account: &Account, now: Moment) -> bool {
    account.state == AccountState::Active && account.password_until.is_none_or(|until| now < until)
}
