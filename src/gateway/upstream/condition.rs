//! Whether an address of an app takes requests, judged by what became of them
//! and by what the app says when it is asked.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Failures in a row after which an address is left out.
pub const FAILURES_MAX: u32 = 3;
/// How long it is left out the first time; twice as long each time after.
pub const OUT_FIRST: Duration = Duration::from_secs(1);
/// How long it is left out at most.
pub const OUT_MAX: Duration = Duration::from_secs(30);

/// What a turn of events changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that anybody need know.
    None,
    /// It takes no requests any more.
    Left,
    /// It was left out once more.
    LeftAgain,
    /// It takes requests again.
    Back,
}

/// The condition of one address.
#[derive(Debug, Default)]
pub struct Condition {
    /// Failed exchanges in a row.
    failures: AtomicU32,
    /// How often it was left out since it last answered.
    left_out: AtomicU32,
    /// Until when, in milliseconds of the clock; 0 where it never was.
    until: AtomicU64,
    /// Checks in a row that went the other way.
    contrary: AtomicU32,
    /// Whether its own checks say that it is down.
    down: AtomicBool,
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Condition {
    /// Whether there was no trouble, which costs no look at the clock.
    pub fn is_plain(&self) -> bool {
        self.until.load(Ordering::Relaxed) == 0 && !self.down.load(Ordering::Relaxed)
    }

    /// Whether requests may go there now.
    pub fn takes_requests(&self, now: Duration) -> bool {
        !self.down.load(Ordering::Relaxed) && self.until.load(Ordering::Relaxed) <= millis(now)
    }

    /// How bad it is, to choose where all are bad.
    pub fn badness(&self) -> (bool, u64) {
        (self.down.load(Ordering::Relaxed), self.until.load(Ordering::Relaxed))
    }

    /// Whether it is well: not left out since it last answered, and not down.
    pub fn is_well(&self) -> bool {
        self.left_out.load(Ordering::Relaxed) == 0 && !self.down.load(Ordering::Relaxed)
    }

    /// An exchange brought an answer.
    pub fn answered(&self) -> Change {
        if self.failures.load(Ordering::Relaxed) == 0 {
            return Change::None;
        }
        self.failures.store(0, Ordering::Relaxed);
        self.until.store(0, Ordering::Relaxed);
        match self.left_out.swap(0, Ordering::Relaxed) {
            1.. if !self.down.load(Ordering::Relaxed) => Change::Back,
            _ => Change::None,
        }
    }

    /// An exchange failed by the app's fault.
    pub fn failed(&self, now: Duration) -> Change {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        // Those that were under way when it was left out count for nothing more.
        if failures < FAILURES_MAX || self.until.load(Ordering::Relaxed) > millis(now) {
            return Change::None;
        }
        let before = self.left_out.fetch_add(1, Ordering::Relaxed);
        let span = OUT_FIRST.saturating_mul(1 << before.min(5)).min(OUT_MAX);
        self.until.store(millis(now + span).max(1), Ordering::Relaxed);
        match before {
            0 if !self.down.load(Ordering::Relaxed) => Change::Left,
            _ => Change::LeftAgain,
        }
    }

    /// A check went well or not; so many in a row turn the judgement.
    pub fn checked(&self, well: bool, healthy_after: u32, unhealthy_after: u32) -> Change {
        let down = self.down.load(Ordering::Relaxed);
        if well != down {
            self.contrary.store(0, Ordering::Relaxed);
            return Change::None;
        }
        let needed = if down { healthy_after } else { unhealthy_after };
        if self.contrary.fetch_add(1, Ordering::Relaxed) + 1 < needed {
            return Change::None;
        }
        self.contrary.store(0, Ordering::Relaxed);
        self.down.store(!well, Ordering::Relaxed);
        if well {
            // What the checks say now outweighs what requests met before.
            self.failures.store(0, Ordering::Relaxed);
            self.until.store(0, Ordering::Relaxed);
            self.left_out.store(0, Ordering::Relaxed);
            return Change::Back;
        }
        match self.left_out.load(Ordering::Relaxed) {
            0 => Change::Left,
            _ => Change::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn fail(condition: &Condition, times: u32, now: Duration) -> Change {
        (0..times).map(|_| condition.failed(now)).last().unwrap_or(Change::None)
    }

    #[test]
    fn an_address_is_left_out_after_failures_in_a_row_and_longer_each_time() {
        let condition = Condition::default();
        assert_eq!(fail(&condition, FAILURES_MAX - 1, NOW), Change::None);
        assert_eq!(condition.answered(), Change::None, "an answer between begins the count anew");
        assert_eq!(fail(&condition, FAILURES_MAX - 1, NOW), Change::None);
        assert!(condition.takes_requests(NOW));
        assert_eq!(condition.failed(NOW), Change::Left);

        let mut now = NOW;
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let span = Duration::from_secs(seconds);
            assert!(!condition.takes_requests(now + span - Duration::from_millis(1)), "{seconds}");
            assert!(condition.takes_requests(now + span), "{seconds}");
            now += span;
            assert_eq!(condition.failed(now), Change::LeftAgain, "one failure is enough then");
        }
        assert_eq!(condition.answered(), Change::Back);
        assert!(condition.is_plain() && condition.is_well());
        assert_eq!(condition.answered(), Change::None, "told once");
    }

    #[test]
    fn failures_of_requests_that_were_under_way_do_not_lengthen_the_time() {
        let condition = Condition::default();
        fail(&condition, FAILURES_MAX, NOW);
        assert_eq!(fail(&condition, 20, NOW), Change::None);
        assert!(condition.takes_requests(NOW + OUT_FIRST));
    }

    #[test]
    fn checks_turn_the_judgement_only_after_several_in_a_row() {
        let condition = Condition::default();
        let check = |well| condition.checked(well, 2, 3);
        for _ in 0..2 {
            assert_eq!([check(false), check(false), check(true)], [Change::None; 3]);
        }
        assert_eq!([check(false), check(false), check(false)][2], Change::Left);
        assert!(!condition.takes_requests(NOW));
        assert_eq!([check(true), check(false), check(true)], [Change::None; 3]);
        assert_eq!(check(true), Change::Back);
        assert!(condition.takes_requests(NOW));
    }

    #[test]
    fn good_checks_bring_back_an_address_that_was_down_and_left_out() {
        let condition = Condition::default();
        fail(&condition, FAILURES_MAX, NOW);
        let check = |well| condition.checked(well, 1, 1);
        assert_eq!(check(false), Change::None, "it was told that it is left out");
        assert_eq!(check(true), Change::Back);
        assert!(condition.takes_requests(NOW));
    }
}
