//! The screens of the first connection, in their order.

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
    /// The factor counts from now on.
    Success,
    /// Everything is set up.
    Done,
}

impl Place {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Secure,
        Self::GetApp,
        Self::SetUpApp,
        Self::Scan,
        Self::Prove,
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
            Self::Success => "success",
            Self::Done => "done",
        }
    }

    /// Reads back what [`Place::word`] wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.word() == word)
    }

    /// The screen after this one, as far as a press on "next" leads. The first
    /// code and what follows it need more than a press.
    pub const fn after(self) -> Option<Self> {
        match self {
            Self::Secure => Some(Self::GetApp),
            Self::GetApp => Some(Self::SetUpApp),
            Self::SetUpApp => Some(Self::Scan),
            Self::Scan => Some(Self::Prove),
            Self::Prove | Self::Success | Self::Done => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_on_next_leads_one_screen_on_and_never_past_the_first_code() {
        for (place, next) in Place::ALL.into_iter().zip(Place::ALL.into_iter().skip(1)) {
            match place.after() {
                Some(after) => assert_eq!(after, next),
                None => assert!(place >= Place::Prove, "{place:?} leads nowhere"),
            }
        }
        assert_eq!(Place::Prove.after(), None);
    }

    #[test]
    fn a_place_reads_back_from_its_word() {
        for place in Place::ALL {
            assert_eq!(Place::from_word(place.word()), Some(place));
        }
        assert_eq!(Place::from_word("portal"), None);
    }
}
