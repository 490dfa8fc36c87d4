//! The steps of one sign-in, from a typed password to proof of who is there.
//!
//! ```text
//! password --> AfterPassword::Suffices ------------------> Proven
//!          --> AfterPassword::Factor(AwaitFactor) --factor--> Proven
//!          --> AfterPassword::Enrol(MustEnrol)   (no session)
//! ```
//!
//! Each step consumes the one before. No flag says that a check was passed:
//! the evidence itself is carried, names the account it is about, and
//! [`Proven`], from which alone a session opens, cannot be built without it.
//! The suite lists the files that may make each piece of evidence.

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
    #[cfg_attr(not(test), expect(dead_code, reason = "nothing checks a second factor yet"))]
    pub(crate) fn attest(subject: AccountId, method: Method) -> Self {
        Self { subject, method }
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
}

impl Method {
    /// The value for the `amr` claim (RFC 8176 section 2).
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimeCode => "otp",
        }
    }

    /// Reads back what [`Method::amr`] wrote.
    pub fn from_amr(text: &str) -> Option<Self> {
        [Self::Password, Self::OneTimeCode].into_iter().find(|method| method.amr() == text)
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

/// What comes after the password.
#[derive(Debug)]
pub enum AfterPassword {
    /// Nothing more is asked.
    Suffices(Proven),
    /// A second factor is asked.
    Factor(AwaitFactor),
    /// A second factor is demanded and the account has none.
    Enrol(MustEnrol),
}

/// Password matched, second factor not yet.
#[derive(Debug)]
pub struct AwaitFactor {
    password: PasswordProven,
}

impl AwaitFactor {
    /// Takes the last step.
    ///
    /// # Errors
    ///
    /// [`WrongSubject`] where the factor belongs to another account.
    pub fn factor(self, factor: FactorProven, now: Moment) -> Result<Proven, WrongSubject> {
        Proven::with_factor(self.password, factor, now)
    }
}

/// Password matched, and there is no second factor to ask for.
#[derive(Debug)]
pub struct MustEnrol {
    password: PasswordProven,
}

impl MustEnrol {
    /// Whose set-up is not whole.
    pub fn account(&self) -> AccountId {
        self.password.subject
    }
}

impl SignInPolicy {
    /// Decides what is asked after a right password of an account that has
    /// `factors` confirmed second factors.
    ///
    /// # Errors
    ///
    /// [`WrongSubject`] cannot come of this policy; it is passed on so that the
    /// check in [`Proven`] is never stepped over.
    pub fn after_password(
        &self,
        password: PasswordProven,
        factors: usize,
        now: Moment,
    ) -> Result<AfterPassword, WrongSubject> {
        match (self.second_factor, factors) {
            (_, 1..) => Ok(AfterPassword::Factor(AwaitFactor { password })),
            (SecondFactor::Required, 0) => Ok(AfterPassword::Enrol(MustEnrol { password })),
            (SecondFactor::Optional, 0) => {
                let suffices = PasswordSuffices { subject: password.subject };
                Proven::with_password_alone(password, suffices, now).map(AfterPassword::Suffices)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_unix_millis(1);

    fn id(byte: u8) -> AccountId {
        AccountId::from_bytes([byte; 16])
    }

    fn after(second_factor: SecondFactor, factors: usize) -> AfterPassword {
        let policy = SignInPolicy { second_factor };
        policy.after_password(PasswordProven::attest(id(1)), factors, NOW).unwrap()
    }

    #[test]
    fn a_password_alone_opens_a_session_only_where_the_operator_says_so() {
        assert!(matches!(after(SecondFactor::Required, 0), AfterPassword::Enrol(_)));
        assert!(matches!(after(SecondFactor::Required, 1), AfterPassword::Factor(_)));
        assert!(matches!(after(SecondFactor::Optional, 1), AfterPassword::Factor(_)));
        // Control: with `optional` and no factor it does.
        let AfterPassword::Suffices(proven) = after(SecondFactor::Optional, 0) else { panic!() };
        assert_eq!(proven.account(), id(1));
        assert_eq!(proven.methods(), [Method::Password]);
    }

    #[test]
    fn a_factor_of_one_account_does_not_finish_the_sign_in_of_another() {
        let step = |subject| {
            let AfterPassword::Factor(step) = after(SecondFactor::Required, 1) else { panic!() };
            step.factor(FactorProven::attest(subject, Method::OneTimeCode), NOW)
        };
        assert_eq!(step(id(2)).unwrap_err(), WrongSubject);
        // Control: the account's own factor does.
        assert_eq!(step(id(1)).unwrap().methods(), [Method::Password, Method::OneTimeCode]);
    }
}
