//! The steps of one sign-in, from a typed password to proof of who is there.
//!
//! ```text
//! password --> Shown --+--> Next::Factor       a second factor is asked
//! (or mail)      ^     +--> Next::Enrol        one must be set up first
//!                |     +--> Next::NewPassword  this password must go
//!                |     `--> Next::Open(Proven) a session may open
//!                `-------- factor, pass
//! ```
//!
//! What comes next is worked out anew at every step from what was shown and
//! what the account has: there is no mark that says "done" which could be set
//! wrongly or out of order. The evidence itself is carried, names the account
//! it is about, and [`Proven`], from which alone a session opens, cannot be
//! built without it.

use std::time::Duration;

use super::{
    AccountId, BrowserTrusted, FactorProven, MailProven, Method, Moment, PassProven, PasskeyProven,
    PasswordProven,
};

/// Evidence that the operator's policy lets this account in with a password
/// alone. Only [`SignInPolicy`] makes it.
#[derive(Debug)]
pub struct PasswordSuffices {
    subject: AccountId,
    /// When the best that the account has was shown last.
    shown_at: Moment,
}

/// Who is there, since when and how it was shown.
#[derive(Debug)]
pub struct Proven {
    account: AccountId,
    at: Moment,
    shown_at: Moment,
    methods: Vec<Method>,
}

/// Evidence for one account was offered in the sign-in of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("evidence was about another account")]
pub struct WrongSubject;

impl Proven {
    fn with_password_alone(
        password: &PasswordProven,
        suffices: &PasswordSuffices,
        at: Moment,
    ) -> Result<Self, WrongSubject> {
        if password.subject() != suffices.subject {
            return Err(WrongSubject);
        }
        let (account, shown_at) = (password.subject(), suffices.shown_at);
        Ok(Self { account, at, shown_at, methods: vec![Method::Password] })
    }

    fn with_factor(
        password: &PasswordProven,
        factor: &FactorProven,
        at: Moment,
    ) -> Result<Self, WrongSubject> {
        if password.subject() != factor.subject() {
            return Err(WrongSubject);
        }
        let methods = vec![Method::Password, factor.method()];
        Ok(Self { account: password.subject(), at, shown_at: at, methods })
    }

    fn with_passkey(passkey: &PasskeyProven, at: Moment) -> Self {
        Self { account: passkey.subject(), at, shown_at: at, methods: vec![Method::Passkey] }
    }

    /// Who is there.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// When the last check was made.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// When the best that the account has was shown: earlier than the session
    /// begins where a trusted browser spared the factor, so that this is no fresh
    /// proof for what asks for one.
    pub fn shown_at(&self) -> Moment {
        self.shown_at
    }

    /// The checks that were passed.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }
}

/// Evidence that somebody with a session proved just now that it is still them.
#[derive(Debug)]
pub struct Fresh {
    account: AccountId,
    at: Moment,
    method: Method,
}

impl Fresh {
    /// By a second factor.
    pub fn by_factor(factor: &FactorProven, at: Moment) -> Self {
        Self { account: factor.subject(), at, method: factor.method() }
    }

    /// By the password, where the account has nothing better; `None` where it
    /// has.
    pub fn by_password(password: &PasswordProven, held: Held, at: Moment) -> Option<Self> {
        let fresh = Self { account: password.subject(), at, method: Method::Password };
        (held.factors == 0).then_some(fresh)
    }

    /// Who it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// When it was shown.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// By what.
    pub fn method(&self) -> Method {
        self.method
    }
}

/// Whether a second factor is asked of everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// No session without one.
    Required,
    /// Asked of those who have one.
    Optional,
}

/// What the operator demands of a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct SignInPolicy {
    /// Whether a second factor is asked of everybody.
    pub second_factor: SecondFactor,
    /// For how long a browser in which a factor was shown is not asked for one
    /// again; zero asks at every sign-in.
    pub trust: Duration,
}

/// What a sign-in began with.
#[derive(Debug)]
enum First {
    Password(PasswordProven),
    /// The password was forgotten: a new one must be chosen.
    Mail(MailProven),
    /// A passkey alone, in the place of both.
    Passkey(PasskeyProven),
}

impl First {
    fn subject(&self) -> AccountId {
        match self {
            Self::Password(password) => password.subject(),
            Self::Mail(mail) => mail.subject(),
            Self::Passkey(passkey) => passkey.subject(),
        }
    }
}

/// What was shown in one sign-in so far.
#[derive(Debug)]
pub struct Shown {
    first: First,
    factor: Option<FactorProven>,
    pass: Option<PassProven>,
    trusted: Option<BrowserTrusted>,
}

impl Shown {
    /// The password alone.
    pub fn password(password: PasswordProven) -> Self {
        Self { first: First::Password(password), factor: None, pass: None, trusted: None }
    }

    /// That the account's mail is read, in the place of the password.
    pub fn mail(mail: MailProven) -> Self {
        Self { first: First::Mail(mail), factor: None, pass: None, trusted: None }
    }

    /// A passkey alone, whose device made sure who holds it.
    pub fn passkey(passkey: PasskeyProven) -> Self {
        Self { first: First::Passkey(passkey), factor: None, pass: None, trusted: None }
    }

    /// And a factor.
    pub fn with(self, factor: FactorProven) -> Self {
        Self { factor: Some(factor), ..self }
    }

    /// And a pass of the help desk.
    pub fn with_pass(self, pass: PassProven) -> Self {
        Self { pass: Some(pass), ..self }
    }

    /// And in a browser in which a factor was shown before.
    pub fn in_browser(self, trusted: BrowserTrusted) -> Self {
        Self { trusted: Some(trusted), ..self }
    }

    /// Whose sign-in it is.
    pub fn account(&self) -> AccountId {
        self.first.subject()
    }

    /// Whether the password was forgotten, and the mail stands for it.
    pub fn is_by_mail(&self) -> bool {
        matches!(self.first, First::Mail(_))
    }

    /// Whether a passkey stands for password and factor.
    pub fn is_by_passkey(&self) -> bool {
        matches!(self.first, First::Passkey(_))
    }

    /// Whether a pass was shown.
    pub fn has_pass(&self) -> bool {
        self.pass.is_some()
    }

    /// The factor alone, for what is asked after a new password.
    pub fn into_factor(self) -> Option<FactorProven> {
        self.factor
    }

    /// The factor that was shown, to be written down with the half-done sign-in.
    pub fn factor(&self) -> Option<Method> {
        self.factor.as_ref().map(FactorProven::method)
    }
}

/// What an account has, as far as it decides what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Second factors that were proven once. Codes on paper are none.
    pub factors: usize,
    /// Whether the password is one that must be replaced.
    pub provisional: bool,
}

/// What comes next in a sign-in.
#[derive(Debug)]
pub enum Next {
    /// A second factor is asked.
    Factor(Shown),
    /// A second factor is demanded and the account has none, or lost it.
    Enrol(Shown),
    /// The password must be replaced.
    NewPassword(Shown),
    /// Nothing more is asked.
    Open(Proven),
}

impl SignInPolicy {
    /// Decides what comes next.
    ///
    /// The order is: a factor where there is one, setting one up where one is
    /// demanded, a new password where this one must go. A factor that was
    /// shown and has been removed since counts for nothing. A pass leads to
    /// setting up a factor and nowhere else. A passkey alone opens or does not:
    /// then a factor is asked, and none makes up for it.
    ///
    /// SECURITY: whoever forgot the password shows the factor before the new one
    /// is taken.
    /// - Against: a thief of the mailbox who replaces the password, which would
    ///   shut the owner out though it lets the thief in nowhere.
    /// - Therefore: mail stands for the password alone; the factor comes next,
    ///   and the new password last.
    /// - Price: who lost password and phone needs a code on paper or the help
    ///   desk before choosing a password.
    /// - Held by: `who_forgot_the_password_shows_the_factor_before_a_new_one_is_taken`.
    ///
    /// # Errors
    ///
    /// [`WrongSubject`] where the evidence is about different accounts.
    pub fn next(&self, shown: Shown, held: Held, now: Moment) -> Result<Next, WrongSubject> {
        let subject = shown.account();
        let others = [
            shown.factor.as_ref().map(FactorProven::subject),
            shown.pass.as_ref().map(PassProven::subject),
            shown.trusted.as_ref().map(BrowserTrusted::subject),
        ];
        if others.into_iter().flatten().any(|other| other != subject) {
            return Err(WrongSubject);
        }
        let alone = shown.is_by_passkey();
        if !alone && held.factors == 0 && self.second_factor == SecondFactor::Required {
            return Ok(Next::Enrol(Shown { factor: None, ..shown }));
        }
        if !alone && held.factors > 0 && shown.factor.is_none() {
            return match self.suffices(&shown, held, now) {
                Some((password, suffices)) => {
                    Proven::with_password_alone(password, &suffices, now).map(Next::Open)
                }
                None if shown.pass.is_some() => Ok(Next::Enrol(shown)),
                None => Ok(Next::Factor(shown)),
            };
        }
        match (&shown.first, &shown.factor) {
            (First::Mail(_), _) => Ok(Next::NewPassword(shown)),
            (First::Passkey(passkey), _) => {
                let proven = self.with_passkey(passkey, held, now);
                Ok(proven.map_or_else(|| Next::Factor(shown), Next::Open))
            }
            (First::Password(_), _) if held.provisional => Ok(Next::NewPassword(shown)),
            (First::Password(password), Some(factor)) if held.factors > 0 => {
                Proven::with_factor(password, factor, now).map(Next::Open)
            }
            (First::Password(password), _) => {
                let suffices = PasswordSuffices { subject, shown_at: now };
                Proven::with_password_alone(password, &suffices, now).map(Next::Open)
            }
        }
    }

    /// Whether the operator lets somebody in without the factor they have, in a
    /// browser where it was shown before.
    fn suffices<'a>(
        &self,
        shown: &'a Shown,
        held: Held,
        now: Moment,
    ) -> Option<(&'a PasswordProven, PasswordSuffices)> {
        let First::Password(password) = &shown.first else { return None };
        let trusted = shown.trusted.as_ref()?;
        let fresh = trusted.at() <= now && now.since(trusted.at()) < self.trust;
        (fresh && !held.provisional && shown.pass.is_none()).then(|| {
            let (subject, shown_at) = (password.subject(), trusted.at());
            (password, PasswordSuffices { subject, shown_at })
        })
    }

    /// Whether a user-verified passkey opens a session by itself: not while the
    /// password must be replaced.
    pub fn with_passkey(&self, passkey: &PasskeyProven, held: Held, now: Moment) -> Option<Proven> {
        (held.factors > 0 && !held.provisional).then(|| Proven::with_passkey(passkey, now))
    }
}

#[cfg(test)]
mod tests;
