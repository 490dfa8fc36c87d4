//! One question to somebody's phones: may this sign-in go on?
//!
//! ```text
//! open --yes, the number---> approved --used by the sign-in--> over
//!   |                           `------no-----> refused
//!   +--yes, another number--> wrong
//!   +--no-------------------> refused
//!   `--nobody, two minutes--> expired
//! ```
//!
//! An account has one question at most. What is done with an answer is `flow`'s.

use std::time::Duration;

use super::{Failures, Moment, Pause, Throttle};

/// How long a question can be answered.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(2 * 60);
/// How long a sign-in can go on after the yes.
pub const USE_WITHIN: Duration = Duration::from_secs(2 * 60);
/// How long a phone may take over its first yes; it counts for nothing until then.
pub const PROVE_WITHIN: Duration = Duration::from_secs(30 * 60);
/// How long a phone can be joined with one code.
pub const PAIR_WITHIN: Duration = Duration::from_secs(10 * 60);
/// Phones of one account.
pub const PHONES_MAX: usize = 10;
/// Questions in an hour that nobody said yes to.
const HOUR_MAX: usize = 10;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionState {
    /// Nothing yet.
    Open,
    /// The number, and yes.
    Approved,
    /// "Not me".
    Refused,
    /// Another number.
    Wrong,
    /// Nothing in time, and the asker was told so.
    Expired,
}

impl QuestionState {
    const ALL: [Self; 5] = [Self::Open, Self::Approved, Self::Refused, Self::Wrong, Self::Expired];

    /// The word under which it is kept.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Wrong => "wrong",
            Self::Expired => "expired",
        }
    }

    /// Reads back what [`QuestionState::word`] wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// From which browser a question comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedFrom {
    /// One in which the account's owner proved to be it before.
    KnownBrowser,
    /// Any other.
    NewBrowser,
}

/// What decides about a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// From which browser.
    pub from: AskedFrom,
    /// Until when it can be answered.
    pub expires: Moment,
    /// What was answered.
    pub state: QuestionState,
    /// When.
    pub answered: Option<Moment>,
}

/// What a phone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Yes, with the number that the computer shows.
    Yes,
    /// Yes, with another number.
    YesWrongNumber,
    /// "Not me".
    No,
}

/// Why an answer counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLate {
    /// Its time was over.
    Expired,
    /// It has been answered.
    Answered,
}

impl Question {
    /// How it stands: as it was answered, or expired.
    pub fn stands(&self, now: Moment) -> QuestionState {
        let over = match (self.state, self.answered) {
            (QuestionState::Open, _) => now >= self.expires,
            (QuestionState::Approved, Some(answered)) => now.since(answered) >= USE_WITHIN,
            (QuestionState::Approved, None) => true,
            (QuestionState::Refused | QuestionState::Wrong | QuestionState::Expired, _) => false,
        };
        if over { QuestionState::Expired } else { self.state }
    }

    /// Whether a question of another sign-in may take its place.
    ///
    /// SECURITY: a stranger's question never takes the place of the owner's.
    /// - Against: somebody who knows the password and asks at the moment when
    ///   the owner does, so that the owner says yes to the stranger; and one who
    ///   keeps the owner out by asking again and again.
    /// - Therefore: a question from a browser that the account does not know
    ///   waits for one from a browser that it knows, and every question waits
    ///   for a yes that was given and not used yet; the numbers differ.
    /// - Price: in a new browser the owner may have to wait two minutes for
    ///   their own question in the old one.
    /// - Held by: `a_question_from_a_new_browser_waits_for_one_from_a_known_browser`.
    pub fn gives_way_to(&self, from: AskedFrom, now: Moment) -> bool {
        match self.stands(now) {
            QuestionState::Open => {
                self.from == AskedFrom::NewBrowser || from == AskedFrom::KnownBrowser
            }
            QuestionState::Approved => false,
            QuestionState::Refused | QuestionState::Wrong | QuestionState::Expired => true,
        }
    }

    /// What an answer makes of it.
    ///
    /// SECURITY: one try for each question, and "no" goes before "yes".
    /// - Against: somebody who holds the phone and tries number after number;
    ///   and an owner whose "not me" is outrun by a yes on another phone.
    /// - Therefore: another number ends the question; "no" ends even one that
    ///   was approved, as long as the sign-in has not gone on with it.
    /// - Price: who mistypes asks again.
    /// - Held by: `every_question_has_one_outcome_and_no_goes_before_yes`.
    ///
    /// # Errors
    ///
    /// [`TooLate`].
    pub fn answer(&self, reply: Reply, now: Moment) -> Result<QuestionState, TooLate> {
        match (self.stands(now), reply) {
            (QuestionState::Open, Reply::Yes) => Ok(QuestionState::Approved),
            (QuestionState::Open, Reply::YesWrongNumber) => Ok(QuestionState::Wrong),
            (QuestionState::Open | QuestionState::Approved, Reply::No) => {
                Ok(QuestionState::Refused)
            }
            (QuestionState::Expired, _) => Err(TooLate::Expired),
            (QuestionState::Approved | QuestionState::Refused | QuestionState::Wrong, _) => {
                Err(TooLate::Answered)
            }
        }
    }
}

/// How often an account's phones were asked since somebody said yes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// In a row.
    pub row: Option<Failures>,
    /// When, for those of the last hour, the latest last.
    pub hour: Vec<Moment>,
}

/// How repeated questions are slowed.
#[derive(Clone, Copy, Debug)]
pub struct AskRule {
    row: Throttle,
}

impl Default for AskRule {
    fn default() -> Self {
        Self {
            row: Throttle {
                free: 3,
                first_wait: Duration::from_secs(60),
                longest_wait: Duration::from_secs(15 * 60),
                forget_after: Duration::from_secs(24 * 60 * 60),
                most: None,
                fade: None,
            },
        }
    }
}

impl AskRule {
    /// How long until the phones may be asked again, if not now.
    ///
    /// SECURITY: a phone that is asked again and again is left in peace.
    /// - Against: somebody who knows the password and asks until the owner gives
    ///   in ("push bombing").
    /// - Therefore: after three questions without a yes each further one waits, a
    ///   minute, then two, up to a quarter of an hour, and no hour has more than
    ///   ten; browsers that the account knows are counted apart.
    /// - Price: an owner who lets three questions pass waits as well, or uses
    ///   another way.
    /// - Held by: `a23_phones_are_asked_a_few_times_and_then_left_in_peace`.
    pub fn wait(&self, asks: &Asks, now: Moment) -> Option<Duration> {
        let row = match self.row.pause(asks.row, now) {
            Some(Pause::Until(until)) => Some(until.since(now)),
            Some(Pause::Locked) => Some(self.row.longest_wait),
            None => None,
        };
        let lately = Self::lately(asks, now);
        let first = lately.len().checked_sub(HOUR_MAX).and_then(|first| lately.get(first));
        let hour = first.map(|first| first.plus(HOUR).since(now));
        row.max(hour)
    }

    /// The count with one more question.
    #[must_use]
    pub fn count(&self, asks: &Asks, now: Moment) -> Asks {
        let mut hour = Self::lately(asks, now);
        hour.push(now);
        Asks { row: Some(self.row.count(asks.row, now)), hour }
    }

    /// A moment that lies ahead was noted by a clock that has been put right
    /// since.
    fn lately(asks: &Asks, now: Moment) -> Vec<Moment> {
        let within = |at: &&Moment| **at <= now && now.since(**at) < HOUR;
        asks.hour.iter().filter(within).copied().collect()
    }
}

#[cfg(test)]
mod tests;
