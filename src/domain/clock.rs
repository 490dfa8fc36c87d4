//! Time as a value.

use std::time::Duration;

/// A point in time: milliseconds since 1970-01-01 UTC, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// From milliseconds since 1970.
    pub const fn from_unix_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn unix_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970, as tokens carry them.
    pub const fn unix_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The moment `span` later; stays at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long ago `earlier` was; zero where the clock was set back.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Where the parts below `app` get the time from. The program has one that
/// reads the machine's clock; tests have one that is moved by hand.
pub trait Clock: Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> Moment;

    /// Time since some fixed start that never goes back, for measuring spans.
    fn elapsed(&self) -> Duration;
}
