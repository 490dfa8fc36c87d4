//! How long to wait after wrong passwords.
//!
//! Counted under the typed name, whether or not anybody has it, so that a wait
//! does not tell which names exist.

use std::time::Duration;

use super::Moment;

/// Failures under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: u32,
    /// When the last one was.
    pub last: Moment,
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
}

/// Why nothing is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
            forget_after: Duration::from_secs(24 * 60 * 60),
            most: None,
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
        let decades = Duration::from_secs(30 * 365 * 24 * 60 * 60);
        Self { forget_after: decades, most: Some(100), ..self }
    }

    /// Why nothing is looked at, if that is so.
    pub fn pause(&self, failures: Option<Failures>, now: Moment) -> Option<Pause> {
        let failures = failures?;
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

    /// The count after one more failure.
    pub fn count(&self, failures: Option<Failures>, now: Moment) -> Failures {
        let before = failures
            .filter(|failures| now.since(failures.last) < self.forget_after)
            .map_or(0, |failures| failures.count);
        Failures { count: before.saturating_add(1), last: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_unix_millis(1_000_000);

    #[test]
    fn waits_begin_after_the_free_tries_and_grow_to_a_bound() {
        let rule = Throttle::default();
        let paused = |count| rule.pause(Some(Failures { count, last: NOW }), NOW);
        assert_eq!(paused(rule.free - 1), None);
        assert_eq!(paused(rule.free), Some(Pause::Until(NOW.plus(rule.first_wait))));
        assert_eq!(paused(rule.free + 1), Some(Pause::Until(NOW.plus(2 * rule.first_wait))));
        assert_eq!(paused(100), Some(Pause::Until(NOW.plus(rule.longest_wait))));
        // Control: once the wait is over, a try is looked at.
        let failures = Failures { count: 100, last: NOW };
        assert_eq!(rule.pause(Some(failures), NOW.plus(rule.longest_wait)), None);
    }

    #[test]
    fn a_hundred_failures_at_a_factor_lock_it_and_at_a_name_never_do() {
        let (name, factor) = (Throttle::default(), Throttle::default().for_factor());
        let many = Some(Failures { count: 100, last: NOW });
        let later = NOW.plus(Duration::from_secs(365 * 24 * 60 * 60));
        assert_eq!(factor.pause(many, later), Some(Pause::Locked));
        assert_eq!(factor.count(many, later).count, 101, "time alone forgets nothing");
        assert_eq!(name.pause(many, later), None);
        // Control: one fewer does not.
        assert_eq!(factor.pause(Some(Failures { count: 99, last: NOW }), later), None);
    }

    #[test]
    fn a_clock_that_was_a_year_ahead_pauses_nobody_for_a_year() {
        let rule = Throttle::default();
        let ahead = NOW.plus(Duration::from_secs(365 * 24 * 60 * 60));
        let failures = Failures { count: 100, last: ahead };
        assert_eq!(rule.pause(Some(failures), NOW), None);
        // Control: a failure of this moment does.
        assert!(rule.pause(Some(Failures { last: NOW, ..failures }), NOW).is_some());
    }

    #[test]
    fn a_name_left_alone_for_a_day_starts_afresh() {
        let rule = Throttle::default();
        let old = Failures { count: 50, last: NOW };
        assert_eq!(rule.count(Some(old), NOW.plus(rule.forget_after)).count, 1);
        assert_eq!(rule.count(Some(old), NOW).count, 51);
    }
}
