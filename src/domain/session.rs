//! Sessions: how long one lasts and when it is over.

use std::time::Duration;

use super::Moment;

/// The hash under which a session is kept. The value itself exists only in the
/// visitor's cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionHash(pub [u8; 32]);

/// How long a session lasts. Invariant: `idle <= total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    idle: Duration,
    total: Duration,
    stay: Option<Duration>,
}

/// An idle limit longer than the total one would never be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the idle limit is longer than the total limit")]
pub struct IdleOverTotal;

/// Whether a session still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Live,
    /// Nobody used it for too long.
    Idle,
    /// It is as old as a session may get.
    Old,
}

impl Default for SessionLimits {
    /// An hour idle, twelve in all, no staying.
    fn default() -> Self {
        let hour = Duration::from_secs(60 * 60);
        Self { idle: hour, total: 12 * hour, stay: None }
    }
}

impl SessionLimits {
    /// The only other way to make limits, so the invariant holds everywhere.
    ///
    /// # Errors
    ///
    /// [`IdleOverTotal`] where `idle` is longer than `total`.
    pub fn new(idle: Duration, total: Duration) -> Result<Self, IdleOverTotal> {
        match idle <= total {
            true => Ok(Self { idle, total, stay: None }),
            false => Err(IdleOverTotal),
        }
    }

    /// Lets people choose to stay signed in for this long, used or not.
    #[must_use]
    pub fn with_stay(self, stay: Option<Duration>) -> Self {
        Self { stay, ..self }
    }

    /// How long somebody stays signed in who chose to; `None` where the
    /// operator does not offer it.
    pub fn stay(&self) -> Option<Duration> {
        self.stay
    }

    /// The limits, idle and total, of a session whose owner chose to stay
    /// signed in or did not. A choice that is no longer offered counts for
    /// nothing.
    fn of(&self, stays: bool) -> (Duration, Duration) {
        match self.stay.filter(|_| stays) {
            Some(stay) => (stay, stay),
            None => (self.idle, self.total),
        }
    }

    /// Judges a session opened at `opened` and last used at `last_seen`.
    ///
    /// SECURITY: a session that was opened far ahead of the clock is over.
    /// - Against: a clock that was wrong by a year and is put right: a session of
    ///   that time would live until the clock has caught up, and its limit after.
    /// - Therefore: it may lie ahead by less than the longest life of a session.
    /// - Price: after a correction by more than that, people of that time sign in anew.
    /// - Held by: `a_session_opened_far_ahead_of_the_clock_is_over`.
    pub fn standing(&self, used: Used, now: Moment) -> Standing {
        let (idle, total) = self.of(used.stays);
        if now.since(used.opened) >= total || used.opened.since(now) >= total {
            Standing::Old
        } else if now.since(used.last_seen) >= idle {
            Standing::Idle
        } else {
            Standing::Live
        }
    }

    /// When a session opened now is over at the latest.
    pub fn latest_end(&self, opened: Moment, stays: bool) -> Moment {
        opened.plus(self.of(stays).1)
    }
}

/// For how long somebody who proved who they are can change their account before
/// they are asked again.
pub const FRESH: Duration = Duration::from_secs(5 * 60);
/// How far a proof may lie ahead of the clock: another node's may be ahead.
pub const PROOF_AHEAD_MAX: Duration = Duration::from_secs(60);

/// Whether a proof of `proven_at` is at most `within` old.
///
/// SECURITY: a proof that lies far ahead of the clock is old.
/// - Against: a clock that is set back, which would keep an old proof fresh until
///   the clock has caught up.
/// - Therefore: a proof may lie ahead by a minute, and no more.
/// - Price: after a correction of the clock people are asked once more.
/// - Held by: `a_proof_is_fresh_for_its_time_and_never_from_far_ahead`.
pub fn is_fresh(proven_at: Moment, within: Duration, now: Moment) -> bool {
    now.since(proven_at) <= within && proven_at.since(now) <= PROOF_AHEAD_MAX
}

/// What decides whether a session still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// When it was opened.
    pub opened: Moment,
    /// When it was last used.
    pub last_seen: Moment,
    /// Whether its owner chose to stay signed in.
    pub stays: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const OPENED: Moment = Moment::from_unix_millis(1_000_000);

    fn used(last_seen: Moment) -> Used {
        Used { opened: OPENED, last_seen, stays: false }
    }

    #[test]
    fn a_session_ends_at_its_total_limit_however_busy_it_is() {
        let limits = SessionLimits::new(30 * MINUTE, 60 * MINUTE).unwrap();
        let end = OPENED.plus(60 * MINUTE);
        assert_eq!(limits.standing(used(end), end), Standing::Old);
        // Control: a minute earlier it stands.
        let before = OPENED.plus(59 * MINUTE);
        assert_eq!(limits.standing(used(before), before), Standing::Live);
    }

    #[test]
    fn a_session_nobody_uses_ends_at_its_idle_limit() {
        let limits = SessionLimits::new(30 * MINUTE, 60 * MINUTE).unwrap();
        let later = OPENED.plus(30 * MINUTE);
        assert_eq!(limits.standing(used(OPENED), later), Standing::Idle);
        assert_eq!(limits.standing(used(OPENED), OPENED.plus(MINUTE)), Standing::Live);
    }

    #[test]
    fn who_chose_to_stay_stays_as_long_as_the_operator_offers_it() {
        let limits = SessionLimits::new(30 * MINUTE, 60 * MINUTE).unwrap();
        let stays = Used { stays: true, ..used(OPENED) };
        let later = OPENED.plus(90 * MINUTE);
        assert_eq!(limits.standing(stays, later), Standing::Old, "not offered (any more)");
        let offered = limits.with_stay(Some(120 * MINUTE));
        assert_eq!(offered.standing(stays, later), Standing::Live);
        assert_eq!(offered.standing(stays, OPENED.plus(120 * MINUTE)), Standing::Old);
        // Control: without the choice the ordinary limits hold.
        assert_eq!(offered.standing(used(OPENED), later), Standing::Old);
    }

    #[test]
    fn a_proof_is_fresh_for_its_time_and_never_from_far_ahead() {
        assert!(is_fresh(OPENED, FRESH, OPENED));
        assert!(is_fresh(OPENED, FRESH, OPENED.plus(4 * MINUTE)));
        assert!(is_fresh(OPENED, FRESH, OPENED.plus(FRESH)));
        assert!(!is_fresh(OPENED, FRESH, OPENED.plus(FRESH + Duration::from_millis(1))));
        assert!(is_fresh(OPENED.plus(PROOF_AHEAD_MAX), FRESH, OPENED), "another node's clock");
        assert!(!is_fresh(OPENED.plus(2 * MINUTE), FRESH, OPENED), "set back");
    }

    /// F10.
    #[test]
    fn a_clock_that_is_set_back_ends_no_session() {
        let limits = SessionLimits::new(30 * MINUTE, 120 * MINUTE).unwrap();
        let ahead = |by: Duration| {
            let opened = OPENED.plus(by);
            limits.standing(Used { opened, ..used(opened) }, OPENED)
        };
        assert_eq!(ahead(60 * MINUTE), Standing::Live);
    }

    /// F10.
    #[test]
    fn a_session_opened_far_ahead_of_the_clock_is_over() {
        let limits = SessionLimits::new(30 * MINUTE, 120 * MINUTE).unwrap();
        let ahead = |by: Duration| {
            let opened = OPENED.plus(by);
            limits.standing(Used { opened, ..used(opened) }, OPENED)
        };
        assert_eq!(ahead(120 * MINUTE), Standing::Old);
        assert_eq!(ahead(365 * 24 * 60 * MINUTE), Standing::Old);
        // Control: a little ahead is nothing.
        assert_eq!(ahead(120 * MINUTE - Duration::from_millis(1)), Standing::Live);
    }
}
