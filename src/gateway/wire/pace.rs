//! Whether the other side moves bytes as fast as anybody's line does.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Over how much waiting the pace is measured.
pub const MEASURED: Duration = Duration::from_secs(60);

/// Measures bytes against the time spent waiting for them. Time in which nobody
/// waits for this side does not count.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second_min: u32,
    moved: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pace {
    /// At least so many bytes a second; any pace will do where it is 0.
    pub const fn new(bytes_per_second_min: u32) -> Self {
        Self { bytes_per_second_min, moved: 0, waited: Duration::ZERO, waiting: None }
    }

    /// Some bytes came or went.
    pub fn moved(&mut self, bytes: usize) {
        self.moved = self.moved.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
    }

    /// Nothing more is to be moved for now.
    pub fn rest(&mut self) {
        (self.moved, self.waited, self.waiting) = (0, Duration::ZERO, None);
    }

    /// Waits for the other side. Ready where it is too slow.
    pub fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.bytes_per_second_min == 0 {
            return Poll::Pending;
        }
        loop {
            let now = Instant::now();
            let left = MEASURED.saturating_sub(self.waited);
            let (since, timer) =
                self.waiting.get_or_insert_with(|| (now, Box::pin(sleep_until(now + left))));
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let waited = self.waited + since.elapsed();
            if self.moved < u64::from(self.bytes_per_second_min) * waited.as_secs() {
                return Poll::Ready(());
            }
            self.rest();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::{advance, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Moves so many bytes every second for so many seconds; tells when it was
    /// called too slow.
    async fn drip(pace: &mut Pace, bytes: usize, seconds: u64) -> Option<u64> {
        for second in 0..seconds {
            let slow = timeout(SECOND, poll_fn(|cx| pace.poll_too_slow(cx))).await;
            if slow.is_ok() {
                return Some(second);
            }
            pace.moved(bytes);
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn who_moves_a_byte_a_second_is_too_slow() {
        assert_eq!(drip(&mut Pace::new(100), 1, 600).await, Some(MEASURED.as_secs() - 1));
        // Control: at the pace that is asked for it goes on.
        assert_eq!(drip(&mut Pace::new(100), 110, 600).await, None);
        assert_eq!(drip(&mut Pace::new(0), 1, 600).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_waits_does_not_count() {
        let mut pace = Pace::new(100);
        for _ in 0..10 {
            assert_eq!(drip(&mut pace, 1, 5).await, None);
            advance(10 * MEASURED).await;
            pace.rest();
        }
    }
}
