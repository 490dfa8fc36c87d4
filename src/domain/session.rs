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

impl SessionLimits {
    /// The only way to make limits, so the invariant holds everywhere.
    ///
    /// # Errors
    ///
    /// [`IdleOverTotal`] where `idle` is longer than `total`.
    pub fn new(idle: Duration, total: Duration) -> Result<Self, IdleOverTotal> {
        match idle <= total {
            true => Ok(Self { idle, total }),
            false => Err(IdleOverTotal),
        }
    }

    /// Judges a session opened at `opened` and last used at `last_seen`.
    pub fn standing(&self, opened: Moment, last_seen: Moment, now: Moment) -> Standing {
        if now.since(opened) >= self.total {
            Standing::Old
        } else if now.since(last_seen) >= self.idle {
            Standing::Idle
        } else {
            Standing::Live
        }
    }

    /// When a session opened now is over at the latest.
    pub fn latest_end(&self, opened: Moment) -> Moment {
        opened.plus(self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_session_ends_at_its_total_limit_however_busy_it_is() {
        let limits = SessionLimits::new(30 * MINUTE, 60 * MINUTE).unwrap();
        let opened = Moment::from_unix_millis(1_000_000);
        let end = opened.plus(60 * MINUTE);
        assert_eq!(limits.standing(opened, end, end), Standing::Old);
        // Control: a minute earlier it stands.
        let before = opened.plus(59 * MINUTE);
        assert_eq!(limits.standing(opened, before, before), Standing::Live);
    }

    #[test]
    fn a_session_nobody_uses_ends_at_its_idle_limit() {
        let limits = SessionLimits::new(30 * MINUTE, 60 * MINUTE).unwrap();
        let opened = Moment::from_unix_millis(1_000_000);
        let later = opened.plus(30 * MINUTE);
        assert_eq!(limits.standing(opened, opened, later), Standing::Idle);
        assert_eq!(limits.standing(opened, opened.plus(MINUTE), later), Standing::Live);
    }

    #[test]
    fn a_clock_that_is_set_back_ends_no_session() {
        let limits = SessionLimits::new(30 * MINUTE, 60 * MINUTE).unwrap();
        let opened = Moment::from_unix_millis(1_000_000_000);
        let earlier = Moment::from_unix_millis(1_000);
        assert_eq!(limits.standing(opened, opened, earlier), Standing::Live);
    }
}
