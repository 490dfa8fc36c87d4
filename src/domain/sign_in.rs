//! The steps of one sign-in, from a typed password to proof of who is there.
//!
//! ```text
//! password --> Shown --+--> Next::Factor       a second factor is asked
//!                ^     +--> Next::Enrol        one must be set up first
//!                |     +--> Next::NewPassword  the provisional one must go
//!                |     `--> Next::Open(Proven) a session may open
//!                `-------- factor
//! ```
//!
//! What comes next is worked out anew at every step from what was shown and
//! what the account has: there is no mark that says "done" which could be set
//! wrongly or out of order. The evidence itself is carried, names the account
//! it is about, and [`Proven`], from which alone a session opens, cannot be
//! built without it. The suite lists the files that may make each piece of
//! evidence.

use super::{AccountId, Moment};

/// Evidence that this account's password was matched in this sign-in.
#[derive(Debug)]
pub struct PasswordProven {
    subject: AccountId,
}

impl PasswordProven {
    /// Vouches that the check was made.
    pub(crate) fn attest(subject: AccountId) -> Self {
        Self { subject }
    }

    /// Whose password it was.
    pub fn subject(&self) -> AccountId {
        self.subject
    }
}

/// Evidence that a second factor of this account was checked in this sign-in.
#[derive(Debug)]
pub struct FactorProven {
    subject: AccountId,
    method: Method,
}

impl FactorProven {
    /// Vouches that the check was made.
    pub(crate) fn attest(subject: AccountId, method: Method) -> Self {
        Self { subject, method }
    }

    /// Whose factor it was.
    pub fn subject(&self) -> AccountId {
        self.subject
    }

    /// Which kind.
    pub fn method(&self) -> Method {
        self.method
    }
}

/// Evidence that a passkey of this account was used and that its device made
/// sure who holds it (user verification): two factors in one.
#[derive(Debug)]
pub struct PasskeyProven {
    subject: AccountId,
}

impl PasskeyProven {
    /// Vouches that the check was made.
    pub(crate) fn attest(subject: AccountId) -> Self {
        Self { subject }
    }

    /// Whose passkey it was.
    pub fn subject(&self) -> AccountId {
        self.subject
    }
}

/// Evidence that the operator's policy lets this account in with a password
/// alone. Only [`SignInPolicy`] makes it.
#[derive(Debug)]
pub struct PasswordSuffices {
    subject: AccountId,
}

/// How somebody proved who they are, in the words of RFC 8176.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A password.
    Password,
    /// A one-time code.
    OneTimeCode,
    /// A passkey: proof of possession of a key.
    Passkey,
}

impl Method {
    /// The value for the `amr` claim (RFC 8176 section 2).
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimeCode => "otp",
            Self::Passkey => "pop",
        }
    }

    /// Reads back what [`Method::amr`] wrote.
    pub fn from_amr(text: &str) -> Option<Self> {
        [Self::Password, Self::OneTimeCode, Self::Passkey]
            .into_iter()
            .find(|method| method.amr() == text)
    }
}

/// Who is there, since when and how it was shown.
#[derive(Debug)]
pub struct Proven {
    account: AccountId,
    at: Moment,
    methods: Vec<Method>,
}

/// Evidence for one account was offered in the sign-in of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("evidence was about another account")]
pub struct WrongSubject;

impl Proven {
    fn with_password_alone(
        password: PasswordProven,
        suffices: PasswordSuffices,
        at: Moment,
    ) -> Result<Self, WrongSubject> {
        if password.subject != suffices.subject {
            return Err(WrongSubject);
        }
        Ok(Self { account: password.subject, at, methods: vec![Method::Password] })
    }

    fn with_factor(
        password: PasswordProven,
        factor: FactorProven,
        at: Moment,
    ) -> Result<Self, WrongSubject> {
        if password.subject != factor.subject {
            return Err(WrongSubject);
        }
        Ok(Self { account: password.subject, at, methods: vec![Method::Password, factor.method] })
    }

    /// Who is there.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// When the last check was made.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// The checks that were passed.
    pub fn methods(&self) -> &[Method] {
        &self.methods
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
}

/// What was shown in one sign-in so far: the password, and perhaps a factor.
#[derive(Debug)]
pub struct Shown {
    password: PasswordProven,
    factor: Option<FactorProven>,
}

impl Shown {
    /// The password alone.
    pub fn password(password: PasswordProven) -> Self {
        Self { password, factor: None }
    }

    /// And a factor.
    pub fn with(self, factor: FactorProven) -> Self {
        Self { factor: Some(factor), ..self }
    }

    /// Whose sign-in it is.
    pub fn account(&self) -> AccountId {
        self.password.subject
    }

    /// The factor that was shown, to be written down with the half-done sign-in.
    pub fn factor(&self) -> Option<Method> {
        self.factor.as_ref().map(|factor| factor.method)
    }
}

/// What an account has, as far as it decides what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Second factors that were proven once.
    pub factors: usize,
    /// Whether the password is one that must be replaced.
    pub provisional: bool,
}

/// What comes next in a sign-in.
#[derive(Debug)]
pub enum Next {
    /// A second factor is asked.
    Factor(Shown),
    /// A second factor is demanded and the account has none.
    Enrol(Shown),
    /// The provisional password must be replaced.
    NewPassword(Shown),
    /// Nothing more is asked.
    Open(Proven),
}

impl SignInPolicy {
    /// Decides what comes next.
    ///
    /// The order is: a factor where there is one, setting one up where one is
    /// demanded, a new password where this one is provisional. A factor that was
    /// shown and has been removed since counts for nothing.
    ///
    /// # Errors
    ///
    /// [`WrongSubject`] where the evidence is about different accounts.
    pub fn next(&self, shown: Shown, held: Held, now: Moment) -> Result<Next, WrongSubject> {
        let Shown { password, factor } = shown;
        if factor.as_ref().is_some_and(|factor| factor.subject != password.subject) {
            return Err(WrongSubject);
        }
        match (factor, held.factors, self.second_factor) {
            (None, 1.., _) => Ok(Next::Factor(Shown { password, factor: None })),
            (_, 0, SecondFactor::Required) => Ok(Next::Enrol(Shown { password, factor: None })),
            (factor, _, _) if held.provisional => Ok(Next::NewPassword(Shown { password, factor })),
            (Some(factor), 1.., _) => Proven::with_factor(password, factor, now).map(Next::Open),
            (_, 0, SecondFactor::Optional) => {
                let suffices = PasswordSuffices { subject: password.subject };
                Proven::with_password_alone(password, suffices, now).map(Next::Open)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_unix_millis(1);
    const NEW: Held = Held { factors: 0, provisional: true };
    const SECURED: Held = Held { factors: 1, provisional: true };
    const WHOLE: Held = Held { factors: 1, provisional: false };
    const BARE: Held = Held { factors: 0, provisional: false };

    fn id(byte: u8) -> AccountId {
        AccountId::from_bytes([byte; 16])
    }

    fn password() -> Shown {
        Shown::password(PasswordProven::attest(id(1)))
    }

    fn both() -> Shown {
        password().with(FactorProven::attest(id(1), Method::OneTimeCode))
    }

    fn next(second_factor: SecondFactor, shown: Shown, held: Held) -> Next {
        SignInPolicy { second_factor }.next(shown, held, NOW).unwrap()
    }

    #[test]
    fn a_first_connection_takes_every_step_in_its_order_before_a_session_opens() {
        use SecondFactor::Required;
        assert!(matches!(next(Required, password(), NEW), Next::Enrol(_)));
        assert!(matches!(next(Required, password(), SECURED), Next::Factor(_)));
        assert!(matches!(next(Required, both(), SECURED), Next::NewPassword(_)));
        // Control: with all of it done, the session opens.
        let Next::Open(proven) = next(Required, both(), WHOLE) else { panic!() };
        assert_eq!(proven.account(), id(1));
        assert_eq!(proven.methods(), [Method::Password, Method::OneTimeCode]);
    }

    #[test]
    fn a_password_alone_opens_a_session_only_where_the_operator_says_so() {
        assert!(matches!(next(SecondFactor::Required, password(), BARE), Next::Enrol(_)));
        assert!(matches!(next(SecondFactor::Required, password(), WHOLE), Next::Factor(_)));
        assert!(matches!(next(SecondFactor::Optional, password(), WHOLE), Next::Factor(_)));
        assert!(matches!(next(SecondFactor::Optional, password(), NEW), Next::NewPassword(_)));
        // Control: with `optional`, no factor and a password of one's own it does.
        let Next::Open(proven) = next(SecondFactor::Optional, password(), BARE) else { panic!() };
        assert_eq!(proven.methods(), [Method::Password]);
    }

    #[test]
    fn a_factor_that_was_removed_since_counts_for_nothing() {
        assert!(matches!(next(SecondFactor::Required, both(), BARE), Next::Enrol(_)));
        let Next::Open(proven) = next(SecondFactor::Optional, both(), BARE) else { panic!() };
        assert_eq!(proven.methods(), [Method::Password], "the removed factor is not named");
    }

    #[test]
    fn a_factor_of_one_account_does_not_finish_the_sign_in_of_another() {
        let policy = SignInPolicy { second_factor: SecondFactor::Required };
        let with = |subject| password().with(FactorProven::attest(subject, Method::OneTimeCode));
        assert_eq!(policy.next(with(id(2)), WHOLE, NOW).unwrap_err(), WrongSubject);
        // Control: the account's own factor does.
        assert!(matches!(policy.next(with(id(1)), WHOLE, NOW), Ok(Next::Open(_))));
    }
}
