//! The screens of the first connection, in their order.
//!
//! ```text
//! secure -+- get-app - set-up-app - scan - prove ------+- recovery-codes - success
//!         +- pair - approve ------------ approved -----+
//!         `- passkey ----------------------------------'
//! ```

use super::Factor;

/// How far somebody is in setting up a second factor.
///
/// It decides which screen is shown, never what is allowed: that is worked out
/// from the evidence and the account at every step (see [`super::SignInPolicy`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Why a second factor, and which.
    #[default]
    Secure,
    /// Where the app comes from.
    GetApp,
    /// What to press in the app.
    SetUpApp,
    /// The secret, as a picture, a link and text.
    Scan,
    /// The first code.
    Prove,
    /// The phone is joined to the account.
    Pair,
    /// The phone is asked for the first time.
    Approve,
    /// The passkey is made.
    Passkey,
    /// The phone said yes.
    Approved,
    /// The codes on paper.
    RecoveryCodes,
    /// The factor counts from now on.
    Success,
    /// Everything is set up.
    Done,
}

impl Place {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Secure,
        Self::GetApp,
        Self::SetUpApp,
        Self::Scan,
        Self::Prove,
        Self::Pair,
        Self::Approve,
        Self::Passkey,
        Self::Approved,
        Self::RecoveryCodes,
        Self::Success,
        Self::Done,
    ];

    /// The word under which it is kept, and which support is told.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::GetApp => "get-app",
            Self::SetUpApp => "set-up-app",
            Self::Scan => "scan",
            Self::Prove => "prove",
            Self::Pair => "pair",
            Self::Approve => "approve",
            Self::Passkey => "passkey",
            Self::Approved => "approved",
            Self::RecoveryCodes => "recovery-codes",
            Self::Success => "success",
            Self::Done => "done",
        }
    }

    /// Reads back what [`Place::word`] wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.word() == word)
    }

    /// The kind of factor that this screen sets up, if it is about one.
    pub const fn way(self) -> Option<Factor> {
        match self {
            Self::GetApp | Self::SetUpApp | Self::Scan | Self::Prove => Some(Factor::Code),
            Self::Pair | Self::Approve => Some(Factor::Approval),
            Self::Passkey => Some(Factor::Passkey),
            Self::Secure | Self::Approved | Self::RecoveryCodes | Self::Success | Self::Done => {
                None
            }
        }
    }

    /// The first screen on which a factor of this kind is set up. There is none
    /// for codes on paper, which come with every set-up.
    pub const fn first_of(way: Factor) -> Option<Self> {
        match way {
            Factor::Code => Some(Self::GetApp),
            Factor::Approval => Some(Self::Pair),
            Factor::Passkey => Some(Self::Passkey),
            Factor::Recovery => None,
        }
    }

    /// The screen after this one, as far as a press on "next" leads. Choosing a
    /// way, the first proof and what follows it need more than a press.
    pub const fn after(self) -> Option<Self> {
        match self {
            Self::GetApp => Some(Self::SetUpApp),
            Self::SetUpApp => Some(Self::Scan),
            Self::Scan => Some(Self::Prove),
            Self::Secure
            | Self::Prove
            | Self::Pair
            | Self::Approve
            | Self::Passkey
            | Self::Approved
            | Self::RecoveryCodes
            | Self::Success
            | Self::Done => None,
        }
    }

    /// Whether nothing is proven yet on this screen.
    pub fn is_before_proof(self) -> bool {
        self <= Self::Passkey
    }

    /// Whether `earlier` can be looked at again by somebody who is here: the
    /// choice of a way always, and what lies before on the same way.
    pub fn may_look_back_at(self, earlier: Self) -> bool {
        self.is_before_proof()
            && (earlier == Self::Secure || (earlier.way() == self.way() && earlier <= self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_on_next_stays_on_the_way_and_never_leads_past_the_first_proof() {
        for place in Place::ALL {
            if let Some(after) = place.after() {
                assert_eq!(after.way(), place.way(), "{place:?}");
                assert!(after > place && after.is_before_proof(), "{place:?}");
            }
        }
        // Control: each way can be walked from its first screen.
        let mut place = Place::first_of(Factor::Code).unwrap();
        while let Some(after) = place.after() {
            place = after;
        }
        assert_eq!(place, Place::Prove);
    }

    #[test]
    fn only_what_lies_before_on_the_same_way_can_be_looked_at_again() {
        assert!(Place::Scan.may_look_back_at(Place::GetApp));
        assert!(Place::Scan.may_look_back_at(Place::Secure));
        assert!(Place::Scan.may_look_back_at(Place::Scan));
        assert!(Place::Pair.may_look_back_at(Place::Secure));
        for (due, other) in [
            (Place::Scan, Place::Prove),
            (Place::Scan, Place::Pair),
            (Place::Pair, Place::Scan),
            (Place::Secure, Place::GetApp),
            (Place::Secure, Place::Passkey),
            (Place::Success, Place::Scan),
            (Place::RecoveryCodes, Place::Secure),
        ] {
            assert!(!due.may_look_back_at(other), "{due:?} {other:?}");
        }
    }

    #[test]
    fn a_place_reads_back_from_its_word() {
        for place in Place::ALL {
            assert_eq!(Place::from_word(place.word()), Some(place));
        }
        assert_eq!(Place::from_word("portal"), None);
    }
}
