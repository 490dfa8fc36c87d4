//! Where a half-done sign-in stands: the one screen that is due, worked out
//! anew at every step from what was shown and what the account is and has now.

use std::time::Duration;

use super::credentials::Credentials;
use super::half_done::HalfDone;
use super::purpose::{Purpose, What};
use super::{SignIn, SignInError, Ticket, account};
use crate::domain::{
    self, Account, AccountState, Factor, Held, Language, Moment, Next, Place, Shown,
};
use crate::store::record::SessionRecord;
use crate::store::{Change, StoreError, Table};

/// Where a sign-in stands: the screen that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The password is asked.
    Password,
    /// A second factor is asked, this kind first.
    Factor(Factor),
    /// A second factor is being set up.
    SetUp(Place),
    /// It was set up by somebody else meanwhile.
    SetUpElsewhere,
    /// The phone said yes for the first time.
    Approved,
    /// The codes on paper are shown.
    RecoveryCodes,
    /// It is set up.
    Success,
    /// A new password is asked.
    NewPassword,
    /// The first connection is done.
    Done,
    /// Somebody with a session has finished what they were at.
    Account,
}

impl At {
    /// The word that support is told.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Factor(factor) => factor.word(),
            Self::SetUp(place) => place.word(),
            Self::SetUpElsewhere => "set-up-elsewhere",
            Self::Approved => Place::Approved.word(),
            Self::RecoveryCodes => Place::RecoveryCodes.word(),
            Self::Success => Place::Success.word(),
            Self::NewPassword => "new-password",
            Self::Done => Place::Done.word(),
            Self::Account => "account",
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
    /// The factors that can be asked, the first one in front; none before the
    /// password.
    pub ways: Vec<Factor>,
    /// What it is for, where it is no sign-in.
    pub what: Option<What>,
    /// Whether the password was forgotten, so that a new one is chosen without
    /// the old.
    pub by_mail: bool,
    /// Whether a pass of the help desk stands for a lost factor.
    pub by_pass: bool,
}

/// A factor that somebody with a session adds must be proven within this time of
/// the proof that they were asked for.
pub(super) const ADD_WITHIN: Duration = Duration::from_secs(30 * 60);
/// What stands for a password or a factor, and was shown once, counts so long.
pub(super) const STAND_IN: Duration = Duration::from_secs(60 * 60);

/// What decides which step is taken.
pub(super) enum Due {
    /// A sign-in.
    SignIn(Next),
    /// Somebody with a session is in the middle of something.
    Purpose(Purpose),
}

/// A half-done sign-in with everything that decides what comes next.
pub(super) struct Here {
    pub half: HalfDone,
    pub account: Account,
    pub version: u64,
    pub credentials: Credentials,
    pub due: Due,
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
        let (half, ways, password_follows) = match found {
            Found::Bare(half, _) => (*half, Vec::new(), false),
            Found::Here(here, _) => {
                let ways = here.credentials.ways(self.parts.phones.yes);
                let follows = here.half.record.purpose.is_none()
                    && here.credentials.password_must_go(&here.account);
                (here.half, ways, follows)
            }
        };
        let left = half.left(now);
        let what = half.purpose()?.map(|purpose| purpose.what);
        let proven = half.record.proven.as_ref();
        let (by_mail, by_pass) = proven.map_or((false, false), |p| (p.by_mail, p.pass));
        let language = half.record.language.as_deref().and_then(Language::parse);
        let (name, support) = (half.record.name, half.record.support);
        Ok(Standing {
            at,
            name,
            support,
            language,
            left,
            password_follows,
            ways,
            what,
            by_mail,
            by_pass,
        })
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
        if let Some(purpose) = half.purpose()? {
            return self.locate_purpose(half, purpose, now).await;
        }
        let Some(id) = half.account() else {
            let at = if half.place() == Place::Done { At::Done } else { At::Password };
            return Ok(Found::Bare(Box::new(half), at));
        };
        let found = account::by_id(&self.ground, id, now).await?;
        let found = found.filter(|(account, _)| may_sign_in(&half, account, now));
        let (account, version) = found.ok_or(SignInError::NoTicket)?;
        let shown = half.shown(&account).ok_or(SignInError::NoTicket)?;
        let credentials = Credentials::load(&self.ground, id, now).await?;
        if !half.stand_ins_count(&credentials, now) {
            return Err(SignInError::NoTicket);
        }
        let is_pass = shown.has_pass();
        let next = self.next(shown, &account, &credentials, now)?;
        let at = match (&next, half.place()) {
            // It does not suffice any more, and nothing makes up for it.
            (Next::Factor(shown), _) if shown.is_by_passkey() => {
                return Err(SignInError::NoTicket);
            }
            (Next::Factor(_), place) if place.way().is_some() => At::SetUpElsewhere,
            (Next::Factor(_), _) => At::Factor(self.first_of(&credentials)),
            // With a pass there may be other factors; only this ticket sets one up.
            (Next::Enrol(_), place) if is_pass || place.is_before_proof() => {
                At::SetUp(if place.is_before_proof() { place } else { Place::Secure })
            }
            (Next::Enrol(_), _) => At::SetUp(Place::Secure),
            (Next::NewPassword(_) | Next::Open(_), Place::Approved) => At::Approved,
            (Next::NewPassword(_) | Next::Open(_), Place::RecoveryCodes) => At::RecoveryCodes,
            (Next::NewPassword(_) | Next::Open(_), Place::Success) => At::Success,
            (Next::NewPassword(_), _) => At::NewPassword,
            // Nothing is missing, and yet no session: the operator eased the
            // rules meanwhile. The password opens one.
            (Next::Open(_), _) => return Err(SignInError::NoTicket),
        };
        let due = Due::SignIn(next);
        Ok(Found::Here(Box::new(Here { half, account, version, credentials, due }), at))
    }

    /// The same for somebody with a session.
    ///
    /// SECURITY: what was begun in a session ends with it.
    /// - Against: a step that was begun, fresh proof and all, and is finished
    ///   after the owner ended that session elsewhere; and a factor that is added
    ///   by somebody who comes to a page that was left open.
    /// - Therefore: at every step the session must still be there, the account of
    ///   the same epoch, and for adding a factor the proof half an hour old at most.
    /// - Price: one more look into the store a step.
    /// - Held by: `what_was_begun_in_a_session_ends_with_it`.
    async fn locate_purpose(
        &self,
        half: HalfDone,
        purpose: Purpose,
        now: Moment,
    ) -> Result<Found, SignInError> {
        let session = self.ground.store.read(Table::Session, &purpose.session.0, now).await?;
        let session = session.map(|session| SessionRecord::decode(&session.data)).transpose()?;
        let limits = self.parts.sessions.limits();
        let adds = purpose.what == What::Add;
        let stands = session.is_some_and(|session| {
            session.account == purpose.account
                && session.epoch == purpose.epoch
                && limits.standing(session.used(), now) == domain::Standing::Live
                && (!adds || domain::is_fresh(session.proven_at, ADD_WITHIN, now))
        });
        let found = account::by_id(&self.ground, purpose.account, now).await?;
        let found = found.filter(|(account, _)| {
            stands && account.state == AccountState::Active && account.epoch == purpose.epoch
        });
        let (account, version) = found.ok_or(SignInError::NoTicket)?;
        let credentials = Credentials::load(&self.ground, account.id, now).await?;
        let at = match (purpose.what, half.place()) {
            (What::Confirm, _) if credentials.factors() > 0 => {
                At::Factor(self.first_of(&credentials))
            }
            // There is nothing but the password to confirm with.
            (What::Confirm, _) => At::Password,
            (What::Add, Place::Approved) => At::Approved,
            (What::Add, Place::RecoveryCodes) => At::RecoveryCodes,
            (What::Add, place) if place.is_before_proof() => At::SetUp(place),
            (What::Add, _) => At::Account,
        };
        let due = Due::Purpose(purpose);
        Ok(Found::Here(Box::new(Here { half, account, version, credentials, due }), at))
    }

    pub(super) fn next(
        &self,
        shown: Shown,
        account: &Account,
        credentials: &Credentials,
        now: Moment,
    ) -> Result<Next, SignInError> {
        let held = Held {
            factors: credentials.factors(),
            provisional: credentials.password_must_go(account),
        };
        let next = self.parts.policy.next(shown, held, now);
        next.map_err(|error| SignInError::Fault(error.to_string()))
    }

    /// The kind of factor that is asked first. Where only codes on paper are
    /// left, the app's page explains best what to do.
    fn first_of(&self, credentials: &Credentials) -> Factor {
        credentials.ways(self.parts.phones.yes).first().copied().unwrap_or(Factor::Code)
    }
}

/// Whether what was shown opens anything now: the password must, unless the mail
/// stands for it.
fn may_sign_in(half: &HalfDone, account: &Account, now: Moment) -> bool {
    match half.record.proven.as_ref().is_some_and(|proven| proven.by_mail) {
        true => may_sign_in_at_all(account),
        false => may_use_password(account, now),
    }
}

/// Whether this account lets anybody in now.
pub(super) fn may_sign_in_at_all(account: &Account) -> bool {
    account.state == AccountState::Active
}

/// Whether the password of this account opens anything now.
pub(super) fn may_use_password(account: &Account, now: Moment) -> bool {
    account.state == AccountState::Active && account.password_until.is_none_or(|until| now < until)
}
