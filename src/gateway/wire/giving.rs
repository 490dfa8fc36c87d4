//! How fast a client gives the body of one exchange, whoever carries it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use super::pace::Pace;

/// Measures the body that one exchange has from its client. It is told what
/// came, and asked by whoever waits for the app meanwhile.
///
/// Only until the app answers: an app that answers before it has heard
/// everything has a conversation with its client, and both may be silent in it.
#[derive(Debug, Default)]
pub struct Giving {
    /// `None` where nothing is asked of the client.
    pace: Mutex<Option<Pace>>,
    /// The client is waited for, under limits of its own.
    awaited: AtomicBool,
    too_slow: AtomicBool,
}

impl Giving {
    /// A body of at least so many bytes a second; any pace will do where it is 0.
    ///
    /// SECURITY: a body comes at a pace, also where its connection is busy otherwise.
    /// - Against: a client that begins a hundred bodies on one connection of HTTP/2 and
    ///   sends a byte of each now and then. Each holds a connection to an app.
    /// - Therefore: each exchange measures its own body while the client is waited for,
    ///   and ends alone beyond a minute of less. HTTP/1 does so on the connection.
    /// - Price: a stream that its app answers at its end alone must not rest for long.
    ///   gRPC may, and ends with its session.
    /// - Held by: `a_body_that_comes_byte_by_byte_is_not_waited_for_on_http2`.
    pub fn watched(bytes_per_second_min: u32) -> Self {
        let pace = (bytes_per_second_min > 0).then(|| Pace::new(bytes_per_second_min));
        let awaited = AtomicBool::new(pace.is_some());
        Self { pace: Mutex::new(pace), awaited, too_slow: AtomicBool::new(false) }
    }

    /// A body whose connection has limits of its own, as that of HTTP/1 has.
    pub fn watched_elsewhere() -> Self {
        Self { awaited: AtomicBool::new(true), ..Self::default() }
    }

    fn pace(&self) -> MutexGuard<'_, Option<Pace>> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Some of it came.
    pub fn came(&self, bytes: usize) {
        if let Some(pace) = &mut *self.pace() {
            pace.moved(bytes);
        }
    }

    /// No more is asked of the client: it gave all, or the app answers.
    pub fn end(&self) {
        *self.pace() = None;
        self.awaited.store(false, Ordering::Relaxed);
    }

    /// Waits for the client. Ready where it is too slow.
    pub fn poll_too_slow(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut pace = self.pace();
        let Some(pace) = &mut *pace else { return Poll::Pending };
        ready!(pace.poll_too_slow(cx));
        self.too_slow.store(true, Ordering::Relaxed);
        Poll::Ready(())
    }

    /// Whether the limits of the client rule: its body is not there yet, so that
    /// the silence of its app is none.
    pub fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Relaxed)
    }

    /// Whether it was.
    pub fn is_too_slow(&self) -> bool {
        self.too_slow.load(Ordering::Relaxed)
    }
}
