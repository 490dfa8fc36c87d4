//! The end of an exchange whose app has said all while its client has not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::client::LINGER_TIME;
use crate::gateway::crowd::Place;
use crate::gateway::route::App;

/// Bytes of an answer that a client takes without being asked again (RFC 9113
/// section 6.9.2).
const TAKEN_AT_ONCE: usize = 65_535;
/// How much longer the rest of a larger answer may be on its way to a slow client.
const TAKING_TIME: Duration = Duration::from_secs(60);

tokio::task_local! {
    /// That of the exchange which this task carries.
    pub static ENDING: Arc<Ending>;
}

/// How one exchange ends before its client has said all.
#[derive(Debug, Default)]
pub struct Ending {
    /// Among all exchanges.
    place: Mutex<Option<Place>>,
    /// The client has a body to send, and more of it must come.
    wanting: AtomicBool,
    until: OnceLock<Instant>,
    said_all: Notify,
    /// Whose answer it is, and its status.
    answer: OnceLock<(Arc<App>, u16)>,
    counted: AtomicBool,
}

/// The place of an exchange, given up when this is dropped or before.
#[derive(Debug)]
pub struct Held(Arc<Ending>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Ending {
    /// That of the exchange which this task carries.
    pub fn of_task() -> Arc<Self> {
        ENDING.try_with(Arc::clone).unwrap_or_default()
    }

    /// Holds the place of its exchange, and says whether its client has a body to send.
    pub fn hold(self: &Arc<Self>, place: Place, wanting: bool) -> Held {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        self.wanting.store(wanting, Ordering::Relaxed);
        Held(self.clone())
    }

    fn leave(&self) {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(place);
    }

    /// The client said all.
    pub fn whole(&self) {
        self.wanting.store(false, Ordering::Relaxed);
    }

    /// Whether more of the client's body must come.
    pub fn is_wanting(&self) -> bool {
        self.wanting.load(Ordering::Relaxed)
    }

    /// The app answers, with this status.
    pub fn answers(&self, app: &Arc<App>, status: u16) {
        // The first is the one that the client gets.
        let _ = self.answer.set((app.clone(), status));
    }

    /// The request is counted and logged, though it may not be over.
    pub fn counted(&self) {
        self.counted.store(true, Ordering::Relaxed);
    }

    /// The app said all, in so many bytes.
    ///
    /// SECURITY: a body that nobody waits for holds nothing.
    /// - Against: a client that begins a hundred bodies on one connection of HTTP/2, has
    ///   them answered unread and is silent. Each held the place of an exchange for ever.
    /// - Therefore: with the end of its answer an exchange gives up its place and its
    ///   connection to the app; for the rest of the body there is `LINGER_TIME`.
    /// - Price: a client that reads no answer before it has sent all can lose that of an
    ///   app which did not want it. A large answer keeps its place until it was taken.
    /// - Held by: `a_body_that_nobody_waits_for_holds_no_place`.
    pub fn said_all(&self, bytes: usize) {
        if !self.is_wanting() || self.until.get().is_some() {
            return;
        }
        let mut time = LINGER_TIME;
        if bytes > TAKEN_AT_ONCE {
            time += TAKING_TIME;
        } else {
            self.leave();
        }
        if self.until.set(Instant::now() + time).is_ok() {
            self.said_all.notify_one();
        }
    }

    /// Waits until it must end.
    pub async fn over(&self) {
        self.said_all.notified().await;
        if let Some(until) = self.until.get() {
            sleep_until(*until).await;
        }
        if !self.is_wanting() {
            std::future::pending::<()>().await;
        }
        if !self.counted.load(Ordering::Relaxed)
            && let Some((app, status)) = self.answer.get()
        {
            app.metrics.answered(*status);
        }
    }
}
