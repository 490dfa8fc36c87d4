//! What a person is told of their account after it happened: a closed set, each
//! with its words.

use crate::domain::Words;

/// Something a person is told of their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A second factor counts from now on.
    FactorAdded,
    /// A second factor was set up twice at the same time.
    SecondSetUp,
    /// A second factor counts no more.
    FactorRemoved,
    /// There are new codes on paper; the old ones are worth nothing.
    RecoveryCodesMade,
    /// A code on paper was used.
    RecoveryCodeUsed,
    /// The password is another one.
    PasswordChanged,
    /// Somebody knows the password, and the phone's owner said "not me".
    ApprovalRefused,
    /// The phones were asked again and again.
    ApprovalsSlowed,
    /// A passkey seems to have been copied, and is not taken any more.
    PasskeyCloned,
    /// The help desk gave a pass.
    PassIssued,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::FactorAdded,
        Self::SecondSetUp,
        Self::FactorRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::PasswordChanged,
        Self::ApprovalRefused,
        Self::ApprovalsSlowed,
        Self::PasskeyCloned,
        Self::PassIssued,
    ];

    /// The word under which its letter is kept.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FactorAdded => "factor-added",
            Self::SecondSetUp => "second-set-up",
            Self::FactorRemoved => "factor-removed",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::PasswordChanged => "password-changed",
            Self::ApprovalRefused => "approval-refused",
            Self::ApprovalsSlowed => "approvals-slowed",
            Self::PasskeyCloned => "passkey-cloned",
            Self::PassIssued => "pass-issued",
        }
    }

    /// Reads back what [`Notice::word`] wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.word() == word)
    }

    /// What stands in the list of an inbox.
    pub(super) fn subject(self, t: &Words, portal: &str) -> String {
        match self {
            Self::FactorAdded => t.say1("mail-factor-added-subject", "portal", portal),
            Self::SecondSetUp => t.say1("mail-second-set-up-subject", "portal", portal),
            Self::FactorRemoved => t.say1("mail-factor-removed-subject", "portal", portal),
            Self::RecoveryCodesMade => t.say1("mail-spares-made-subject", "portal", portal),
            Self::RecoveryCodeUsed => t.say1("mail-spare-used-subject", "portal", portal),
            Self::PasswordChanged => t.say1("mail-password-changed-subject", "portal", portal),
            Self::ApprovalRefused => t.say1("mail-refused-subject", "portal", portal),
            Self::ApprovalsSlowed => t.say1("mail-slowed-subject", "portal", portal),
            Self::PasskeyCloned => t.say1("mail-cloned-subject", "portal", portal),
            Self::PassIssued => t.say1("mail-pass-issued-subject", "portal", portal),
        }
    }

    /// What happened, in a few words.
    pub(super) fn title(self, t: &Words) -> String {
        match self {
            Self::FactorAdded => t.say("mail-factor-added-title"),
            Self::SecondSetUp => t.say("mail-second-set-up-title"),
            Self::FactorRemoved => t.say("mail-factor-removed-title"),
            Self::RecoveryCodesMade => t.say("mail-spares-made-title"),
            Self::RecoveryCodeUsed => t.say("mail-spare-used-title"),
            Self::PasswordChanged => t.say("mail-password-changed-title"),
            Self::ApprovalRefused => t.say("mail-refused-title"),
            Self::ApprovalsSlowed => t.say("mail-slowed-title"),
            Self::PasskeyCloned => t.say("mail-cloned-title"),
            Self::PassIssued => t.say("mail-pass-issued-title"),
        }
    }

    /// What happened, on which day, and what it means.
    pub(super) fn lead(self, t: &Words, day: &str) -> String {
        match self {
            Self::FactorAdded => t.say1("mail-factor-added-lead", "day", day),
            Self::SecondSetUp => t.say1("mail-second-set-up-lead", "day", day),
            Self::FactorRemoved => t.say1("mail-factor-removed-lead", "day", day),
            Self::RecoveryCodesMade => t.say1("mail-spares-made-lead", "day", day),
            Self::RecoveryCodeUsed => t.say1("mail-spare-used-lead", "day", day),
            Self::PasswordChanged => t.say1("mail-password-changed-lead", "day", day),
            Self::ApprovalRefused => t.say1("mail-refused-lead", "day", day),
            Self::ApprovalsSlowed => t.say1("mail-slowed-lead", "day", day),
            Self::PasskeyCloned => t.say1("mail-cloned-lead", "day", day),
            Self::PassIssued => t.say1("mail-pass-issued-lead", "day", day),
        }
    }

    /// What there is to do for somebody who knows of it already.
    pub(super) fn if_you(self, t: &Words) -> String {
        match self {
            Self::FactorAdded
            | Self::FactorRemoved
            | Self::RecoveryCodesMade
            | Self::PasswordChanged => t.say("mail-all-well"),
            Self::SecondSetUp => t.say("mail-second-set-up-you"),
            Self::RecoveryCodeUsed => t.say("mail-spare-used-you"),
            Self::ApprovalRefused => t.say("mail-refused-you"),
            Self::ApprovalsSlowed => t.say("mail-slowed-you"),
            Self::PasskeyCloned => t.say("mail-cloned-you"),
            Self::PassIssued => t.say("mail-pass-issued-you"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_read_back_from_their_words() {
        for notice in Notice::ALL {
            assert_eq!(Notice::from_word(notice.word()), Some(notice));
        }
        assert_eq!(Notice::from_word("access"), None);
    }
}
