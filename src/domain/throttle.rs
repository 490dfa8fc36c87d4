//! How long to wait after wrong passwords and numbers.
//!
//! Several counters look at one try: the typed name, whether or not anybody has
//! it, so that a wait does not tell which names exist; the account in all; and
//! where the try comes from (see [`Origin`](super::Origin)). A browser that the
//! account knows has a counter of its own instead.

use std::time::Duration;

use super::Moment;

/// What one counter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: u32,
    /// When the last one was.
    pub last: Moment,
    /// Until when failures were taken off because they lie long back.
    pub faded: Moment,
    /// The wrong passwords that were typed last.
    pub recent: Recent,
}

impl Failures {
    /// So many, the last one at this moment, of passwords that nothing is known of.
    pub const fn new(count: u32, last: Moment) -> Self {
        Self { count, last, faded: last, recent: Recent([None; RECENT]) }
    }
}

/// A short mark of a wrong password: the same password has the same mark, and
/// a mark fits many passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(pub u16);

/// The last few distinct wrong passwords, as marks, the newest first.
///
/// People type the password they believe in again and again; that tells a
/// guesser nothing and costs them nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent([Option<Mark>; RECENT]);

impl Recent {
    /// Whether a password with this mark is among them.
    pub fn has(&self, mark: Mark) -> bool {
        self.0.contains(&Some(mark))
    }

    /// With one more; the oldest makes room.
    #[must_use]
    pub fn with(self, mark: Mark) -> Self {
        let mut marks = self.0;
        marks.rotate_right(1);
        if let Some(first) = marks.first_mut() {
            *first = Some(mark);
        }
        Self(marks)
    }

    /// The marks, the newest first.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.0.into_iter().flatten()
    }
}

impl FromIterator<Mark> for Recent {
    /// From marks, the newest first; more than are kept are left out.
    fn from_iter<I: IntoIterator<Item = Mark>>(marks: I) -> Self {
        let mut marks = marks.into_iter();
        Self(std::array::from_fn(|_| marks.next()))
    }
}

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// Failures before the first wait.
    pub free: u32,
    /// The first wait; each further failure doubles it.
    pub first_wait: Duration,
    /// The longest wait, so that a stranger cannot keep the owner out for good.
    pub longest_wait: Duration,
    /// A name with no failure for this long starts afresh.
    pub forget_after: Duration,
    /// After so many failures in a row nothing is looked at any more until an
    /// operator says so; `None` where that would let a stranger lock the door.
    pub most: Option<u32>,
    /// One failure is taken off each time so long has passed, where many people
    /// share a counter: it would fill up in the end with what each mistypes.
    pub fade: Option<Duration>,
}

/// Why nothing is looked at; the greater one lasts longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pause {
    /// Until this moment.
    Until(Moment),
    /// Until an operator says so.
    Locked,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            free: 5,
            first_wait: Duration::from_secs(10),
            longest_wait: Duration::from_secs(15 * 60),
            forget_after: DAY,
            most: None,
            fade: None,
        }
    }
}

impl Throttle {
    /// The same for a second factor, whose tries only somebody has who knows the
    /// password.
    ///
    /// SECURITY: at most 100 wrong numbers in a row are ever looked at.
    /// - Against: somebody who knows the password and guesses on for months, a
    ///   few numbers an hour (NIST SP 800-63B-4 section 3.2.2).
    /// - Therefore: failures are never forgotten but by a right number, and the
    ///   hundredth locks the factor.
    /// - Price: an operator must unlock it; by then the password is known to
    ///   somebody else and must be replaced anyway.
    /// - Held by: `after_a_hundred_wrong_numbers_only_an_operator_opens_the_factor_again`.
    #[must_use]
    pub fn for_factor(self) -> Self {
        Self { forget_after: DECADES, most: Some(100), ..self }
    }

    /// The same for a browser that the account knows, which has its own hundred.
    #[must_use]
    pub fn for_known_browser(self) -> Self {
        self.for_factor()
    }

    /// The same for all that strangers' browsers try at one account: no wait, and
    /// an end.
    ///
    /// SECURITY: at most 100 wrong passwords of strangers are ever looked at.
    /// - Against: somebody who guesses on for months, within the waits and from
    ///   ever new addresses (NIST SP 800-63B-4 section 3.2.2).
    /// - Therefore: failures are counted over all channels and never forgotten by
    ///   time; after the hundredth, only browsers that the account knows and
    ///   passkeys are looked at, until the owner gets in, chooses a new password,
    ///   or an operator says so. Names that nobody has behave alike.
    /// - Price: a stranger who tries for a day keeps an owner out who has no
    ///   known browser and no passkey, until they say "forgotten" or telephone.
    ///   That a name is paused no more tells that somebody has it.
    /// - Held by: `a10_after_a_hundred_failures_strangers_wait_and_a_known_browser_does_not`.
    #[must_use]
    pub fn for_account(self) -> Self {
        Self { free: 100, forget_after: DECADES, most: Some(100), ..self }
    }

    /// The same for one address: people may share it.
    #[must_use]
    pub fn for_address(self) -> Self {
        Self {
            free: 20,
            first_wait: MINUTE,
            longest_wait: HOUR,
            forget_after: DAY,
            most: None,
            fade: Some(HOUR),
        }
    }

    /// The same for the network around it: many people share it.
    #[must_use]
    pub fn for_network(self) -> Self {
        Self { free: 100, fade: Some(15 * MINUTE), ..self.for_address() }
    }

    /// So many in an hour, and then none until nobody asked for an hour: for what
    /// costs others something, such as a mail.
    pub const fn so_many_an_hour(most: u32) -> Self {
        Self {
            free: most,
            first_wait: HOUR,
            longest_wait: HOUR,
            forget_after: HOUR,
            most: None,
            fade: None,
        }
    }

    /// Why nothing is looked at, if that is so.
    pub fn pause(&self, failures: Option<Failures>, now: Moment) -> Option<Pause> {
        let failures = self.faded(failures?, now);
        if self.most.is_some_and(|most| failures.count >= most) {
            return Some(Pause::Locked);
        }
        let over = failures.count.checked_sub(self.free)?;
        let wait = self
            .first_wait
            .checked_mul(1u32.checked_shl(over).unwrap_or(u32::MAX))
            .map_or(self.longest_wait, |wait| wait.min(self.longest_wait));
        let until = failures.last.plus(wait);
        // A failure that lies further ahead than any wait was noted by a clock
        // that has been put right since.
        let sound = failures.last <= now.plus(self.longest_wait);
        (sound && now < until).then_some(Pause::Until(until))
    }

    /// What is held after one more failure.
    pub fn count(&self, failures: Option<Failures>, now: Moment) -> Failures {
        let before = failures.filter(|failures| now.since(failures.last) < self.forget_after);
        let before = before.map_or(Failures::new(0, now), |before| self.faded(before, now));
        Failures { count: before.count.saturating_add(1), last: now, ..before }
    }

    /// Without the failures that lie long enough back.
    fn faded(&self, failures: Failures, now: Moment) -> Failures {
        let Some(fade) = self.fade else { return failures };
        // A clock that was ahead must not keep failures from fading.
        let from = failures.faded.min(now);
        let gone = now.since(from).as_millis() / fade.as_millis().max(1);
        match u32::try_from(gone) {
            Ok(gone) if gone < failures.count => Failures {
                count: failures.count - gone,
                faded: from.plus(fade.saturating_mul(gone)),
                ..failures
            },
            Ok(_) | Err(_) => Failures { count: 0, faded: now, ..failures },
        }
    }
}

/// Distinct wrong passwords that are remembered.
const RECENT: usize = 3;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// As good as never.
const DECADES: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

#[cfg(test)]
mod tests;
