//! A cut that others can make in a byte stream that is being waited on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use super::ending::Ending;
use super::giving::Giving;

/// Says that a byte stream must end now, and wakes whoever waits for it.
///
/// It costs a read of an atomic where nothing waits; nobody is told of it but
/// the one task that moves the bytes.
#[derive(Debug, Default)]
pub struct Cut {
    made: AtomicBool,
    waiting: Mutex<Option<Waker>>,
}

impl Cut {
    /// Ends the stream. It cannot be taken back.
    pub fn make(&self) {
        self.made.store(true, Ordering::Release);
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// Whether the stream must end.
    pub fn is_made(&self) -> bool {
        self.made.load(Ordering::Acquire)
    }

    /// Has the task woken when the cut is made. True where it was made already.
    pub fn wake(&self, cx: &Context<'_>) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *waiting {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        // Looked at under the lock, else a cut made just now would wake nobody.
        self.is_made()
    }
}

/// What becomes of one exchange with an app, told by and to its stream.
#[derive(Debug, Default)]
pub struct Fate {
    /// Ends it.
    pub cut: Cut,
    /// Whether it ends because the program does, and not its session.
    pub restarts: AtomicBool,
    /// Whether the app was silent for too long.
    pub timed_out: AtomicBool,
    /// Whether the app may take all that comes on the connection for one visitor's.
    pub bound: AtomicBool,
    /// How fast the client gives its body.
    pub giving: Giving,
    /// What is left of it after its answer.
    pub ending: Arc<Ending>,
}

impl Fate {
    /// That of an exchange whose client gives its body at such a pace at least.
    pub fn with(giving: Giving, ending: Arc<Ending>) -> Self {
        Self { giving, ending, ..Self::default() }
    }

    /// Whether the app was silent for too long.
    pub fn has_timed_out(&self) -> bool {
        self.timed_out.load(Ordering::Relaxed)
    }
}
