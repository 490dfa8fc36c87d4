//! What happens too often to be told each time, told now and then.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often it is told at most. What is met by every request would fill the
/// log's disk for as long as it lasts.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// What is known of one thing that happens again and again.
#[derive(Debug, Default)]
pub struct Seldom {
    /// When it was told, and how often it happened since.
    noted: Mutex<(Option<Duration>, u64)>,
}

impl Seldom {
    /// Notes one more at a moment of a clock that never goes back. Says how many
    /// there were since the last time one was told, where it is time to tell.
    pub fn note(&self, now: Duration) -> Option<u64> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, untold) = &mut *noted;
        *untold += 1;
        if told.is_some_and(|told| now.saturating_sub(told) < TELL_EVERY) {
            return None;
        }
        *told = Some(now);
        Some(std::mem::take(untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_together() {
        let faults = Seldom::default();
        let begun = Duration::from_secs(5);
        assert_eq!(faults.note(begun), Some(1));
        let soon = begun + TELL_EVERY - Duration::from_millis(1);
        assert_eq!(faults.note(begun), None);
        assert_eq!(faults.note(soon), None);
        assert_eq!(faults.note(begun + TELL_EVERY), Some(3));
        assert_eq!(faults.note(begun + TELL_EVERY), None);
    }
}
