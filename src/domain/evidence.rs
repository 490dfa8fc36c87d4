//! Evidence: values that stand for a check that was passed, each about one
//! account.
//!
//! They cannot be copied or made up: `attest` is ours alone, and the suite lists
//! the files that may call it.

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

/// Evidence that somebody reads this account's mail: a code was sent there and
/// came back. It stands for a forgotten password and opens nothing until a new
/// one was chosen.
#[derive(Debug)]
pub struct MailProven {
    subject: AccountId,
}

impl MailProven {
    /// Vouches that the check was made.
    pub(crate) fn attest(subject: AccountId) -> Self {
        Self { subject }
    }

    /// Whose mail it is.
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

/// Evidence that the help desk gave this account a pass: it stands for a lost
/// factor, and admits only to setting up a new one.
#[derive(Debug)]
pub struct PassProven {
    subject: AccountId,
}

impl PassProven {
    /// Vouches that the check was made.
    pub(crate) fn attest(subject: AccountId) -> Self {
        Self { subject }
    }

    /// Whose pass it was.
    pub fn subject(&self) -> AccountId {
        self.subject
    }
}

/// Evidence that a factor of this account was shown in this browser before.
#[derive(Debug)]
pub struct BrowserTrusted {
    subject: AccountId,
    at: Moment,
}

impl BrowserTrusted {
    /// Vouches that our own seal says so.
    pub(crate) fn attest(subject: AccountId, at: Moment) -> Self {
        Self { subject, at }
    }

    /// Whose factor it was.
    pub fn subject(&self) -> AccountId {
        self.subject
    }

    /// When it was shown.
    pub fn at(&self) -> Moment {
        self.at
    }
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A password.
    Password,
    /// A one-time code of an app.
    OneTimeCode,
    /// A yes on the person's own phone, signed with a key that lies there.
    Approval,
    /// A passkey.
    Passkey,
    /// One of the codes on paper.
    RecoveryCode,
}

impl Method {
    const ALL: [Self; 5] =
        [Self::Password, Self::OneTimeCode, Self::Approval, Self::Passkey, Self::RecoveryCode];

    /// The value for the `amr` claim (RFC 8176 section 2). A code on paper is a
    /// one-time password as well; there is no word of its own for it.
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimeCode | Self::RecoveryCode => "otp",
            Self::Approval => "swk",
            Self::Passkey => "pop",
        }
    }

    /// Whether it shows more than that somebody knows the password.
    pub const fn is_factor(self) -> bool {
        !matches!(self, Self::Password)
    }

    /// The word under which it is kept.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimeCode => "otp",
            Self::Approval => "approval",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery",
        }
    }

    /// Reads back what [`Method::word`] wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }
}

/// The kinds of second factors, as screens and settings know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factor {
    /// A yes on the person's own phone.
    Approval,
    /// A number that an app shows.
    Code,
    /// A passkey.
    Passkey,
    /// One of the codes on paper: always a way in, never the only factor.
    Recovery,
}

impl Factor {
    /// All of them, in the order in which they are asked where nothing else was
    /// chosen.
    pub const ALL: [Self; 4] = [Self::Approval, Self::Code, Self::Passkey, Self::Recovery];

    /// The word under which it is kept, and which settings and forms use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::Recovery => "recovery",
        }
    }

    /// Reads back what [`Factor::word`] wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.word() == word)
    }

    /// How it proves who somebody is.
    pub const fn method(self) -> Method {
        match self {
            Self::Approval => Method::Approval,
            Self::Code => Method::OneTimeCode,
            Self::Passkey => Method::Passkey,
            Self::Recovery => Method::RecoveryCode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_factors_read_back_from_their_words() {
        for method in Method::ALL {
            assert_eq!(Method::from_word(method.word()), Some(method));
        }
        for factor in Factor::ALL {
            assert_eq!(Factor::from_word(factor.word()), Some(factor));
            assert_ne!(factor.method(), Method::Password);
        }
        assert_eq!(Method::from_word("portal"), None);
        assert_eq!(Factor::from_word("pwd"), None);
    }
}
