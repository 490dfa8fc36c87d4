//! The end of an exchange whose app has said all while its client has not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::client::LINGER_TIME;
use crate::gateway::crowd::Place;
use crate::gateway::outcome::Answered;

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
    until: Mutex<Option<Instant>>,
    /// There is a time until which it may last, or an earlier one.
    bounded: Notify,
    answer: OnceLock<Answered>,
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

    /// The app answers. What is told of that is made only where it may be needed here.
    pub fn answers(&self, answered: impl FnOnce() -> Answered) {
        if self.is_wanting() {
            // The first is the one that the client gets.
            let _ = self.answer.set(answered());
        }
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
    /// - Held by: `a_body_that_nobody_waits_for_holds_no_place`,
    ///   `a_large_answer_is_taken_as_slowly_as_its_client_can`.
    pub fn said_all(&self, bytes: usize) {
        match bytes > TAKEN_AT_ONCE {
            true => self.end_within(LINGER_TIME + TAKING_TIME),
            false => self.taken(),
        }
    }

    /// Has the end of an answer say when it has left here: the client took all before it.
    pub fn mark_last(self: &Arc<Self>, piece: &mut Option<Bytes>) {
        if self.is_wanting() {
            let last = LastPiece { bytes: piece.take().unwrap_or_default(), ending: self.clone() };
            *piece = Some(Bytes::from_owner(last));
        }
    }

    /// The client took the answer, or will without being asked again.
    fn taken(&self) {
        if self.is_wanting() {
            self.leave();
            self.end_within(LINGER_TIME);
        }
    }

    fn end_within(&self, time: Duration) {
        if !self.is_wanting() {
            return;
        }
        let (mut until, new) = (self.until(), Instant::now() + time);
        if until.is_none_or(|until| new < until) {
            *until = Some(new);
            self.bounded.notify_one();
        }
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it must end, and tells of it what could not be told by then.
    pub async fn over(&self) {
        loop {
            let until = *self.until();
            let ended = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.bounded.notified() => {}
                () = ended => break,
            }
        }
        if !self.is_wanting() {
            std::future::pending::<()>().await;
        }
        if !self.counted.load(Ordering::Relaxed)
            && let Some(answered) = self.answer.get()
        {
            answered.tell_cut();
        }
    }
}

/// The end of an answer.
struct LastPiece {
    bytes: Bytes,
    ending: Arc<Ending>,
}

impl AsRef<[u8]> for LastPiece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for LastPiece {
    fn drop(&mut self) {
        self.ending.taken();
    }
}
