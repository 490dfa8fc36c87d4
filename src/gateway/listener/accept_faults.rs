//! Connections that could not be accepted, told now and then.

use std::time::Duration;

/// How often they are told at most. Without descriptors every try fails, many
/// times a second, for as long as it lasts.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// What is known of one listener's failures to accept.
#[derive(Debug, Default)]
pub(super) struct AcceptFaults {
    told: Option<Duration>,
    untold: u64,
}

impl AcceptFaults {
    /// Notes one more at a moment of a clock that never goes back. Says how many
    /// there were since the last time one was told, where it is time to tell.
    pub fn note(&mut self, now: Duration) -> Option<u64> {
        self.untold += 1;
        if self.told.is_some_and(|told| now.saturating_sub(told) < TELL_EVERY) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_together() {
        let mut faults = AcceptFaults::default();
        let begun = Duration::from_secs(5);
        assert_eq!(faults.note(begun), Some(1));
        let soon = begun + TELL_EVERY - Duration::from_millis(1);
        assert_eq!(faults.note(begun), None);
        assert_eq!(faults.note(soon), None);
        assert_eq!(faults.note(begun + TELL_EVERY), Some(3));
        assert_eq!(faults.note(begun + TELL_EVERY), None);
    }
}
