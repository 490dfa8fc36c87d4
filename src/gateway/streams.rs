//! What goes through for somebody ends with their session: WebSockets, event
//! streams, long downloads and slow uploads.
//!
//! ```text
//! admitted --enter--> list of the worker --Stay dropped--> left
//!                       | sweep, each SWEEP_EVERY: does the session stand?
//!                       +--no--> the app's connection is cut
//!                                   +--still there--> so is the client's
//! ```
//!
//! A request pays for a place in a list that only its own worker touches; it
//! has no task and no timer. A session that ended is noticed by the next sweep,
//! however it ended: one that the gate let go of is judged again, by the rule
//! that admitted it, and a fault is a no. After a reload all of it is; what goes
//! through for nobody in particular ends where its app's rules are others now.
//!
//! An open stream is no use of its session. So it ends at the idle limit as
//! well as at the total one, unless its visitor makes requests beside it. How
//! fresh a proof is is asked when a request begins, and not again.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use slab::Slab;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Shared;
use super::caught::{Panicked, caught};
use super::refuse::Reason;
use super::route::{App, Routes};
use super::session::{Remembered, SessionGate, permits};
use super::wire::{Cut, Fate};
use crate::domain::{Moment, SessionHash, Standing};
use crate::observe::StreamEnd;

/// How often it is looked whose session is over. Two sweeps and the time of a
/// store that answers stay well within the second that is promised.
const SWEEP_EVERY: Duration = Duration::from_millis(200);
/// How long the store is waited for about one session; what is not known then is
/// a no. At a take-over thousands are asked about, and the store has moved.
const JUDGE_TIME: Duration = Duration::from_secs(5);
/// About how many sessions the store is asked at once.
const JUDGED_AT_ONCE: usize = 64;

/// An exchange that goes on for somebody.
#[derive(Debug)]
pub struct Stream {
    /// Who was admitted; nobody in particular has no session to end with.
    pub someone: Option<Arc<Remembered>>,
    /// To which app.
    pub app: Arc<App>,
    /// By which of its rules.
    pub rule: usize,
    /// Ends the exchange with the app.
    pub fate: Arc<Fate>,
    /// Ends the client's connection, with all that is on it; nothing where that
    /// would end other visitors' as well.
    pub client: Option<Arc<Cut>>,
}

/// The exchanges of one worker that go on for somebody.
#[derive(Debug, Default)]
pub struct Streams {
    open: Mutex<Slab<Stream>>,
}

/// A place among the streams, given up when this is dropped.
#[derive(Debug)]
pub struct Stay {
    streams: Arc<Streams>,
    place: usize,
}

impl Drop for Stay {
    fn drop(&mut self) {
        drop(self.streams.open().try_remove(self.place));
    }
}

/// How many streams a sweep ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// By a sign-out, or because an account or a rule is no longer what it was.
    pub revoked: u64,
    /// By a limit of the session.
    pub expired: u64,
}

impl Streams {
    fn open(&self) -> MutexGuard<'_, Slab<Stream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up an exchange, until the place is given up.
    pub fn enter(self: &Arc<Self>, stream: Stream) -> Stay {
        Stay { place: self.open().insert(stream), streams: self.clone() }
    }

    /// Ends all of them because the program does. WebSockets are told that the
    /// service restarts, so that their clients come back.
    pub fn say_farewell(&self) {
        for (_, stream) in self.open().iter() {
            stream.fate.restarts.store(true, Ordering::Relaxed);
            stream.fate.cut.make();
        }
    }

    /// Ends what must end, for ever.
    pub async fn watch(self: Arc<Self>, current: Arc<ArcSwap<Shared>>) {
        let mut judged_by = current.load_full();
        loop {
            tokio::time::sleep(SWEEP_EVERY).await;
            let shared = current.load_full();
            let now = shared.clock.now();
            let reloaded = !Arc::ptr_eq(&shared, &judged_by);
            let ended = self.sweep(&shared.sessions, &shared.routes, reloaded, now).await;
            judged_by = shared.clone();
            shared.metrics.streams_ended(StreamEnd::Revoked, ended.revoked);
            shared.metrics.streams_ended(StreamEnd::Expired, ended.expired);
        }
    }

    /// Ends the streams of sessions that do not stand any more.
    ///
    /// SECURITY: nothing goes on for a session that is over.
    /// - Against: who was signed out, dismissed or found out, and still reads
    ///   along in a socket that was opened before.
    /// - Therefore: both connections of an exchange are ours to close, whatever
    ///   the app and the client do; who takes nothing is cut off at once.
    /// - Price: a download breaks off at a sign-out. On HTTP/2 the other
    ///   requests of a connection fall with a stream whose client takes nothing.
    /// - Held by: `what_goes_through_ends_when_its_visitor_signs_out`.
    pub async fn sweep(
        &self,
        gate: &Arc<SessionGate>,
        routes: &Routes,
        reloaded: bool,
        now: Moment,
    ) -> Ended {
        let mut ended = Ended::default();
        let mut doubted = HashMap::<SessionHash, Doubted>::new();
        for (place, stream) in self.open().iter() {
            if stream.fate.cut.is_made() {
                // Told at the last sweep, and held up by its client since. A farewell may
                // have been said a moment ago, and has a time of its own.
                let farewell = stream.fate.restarts.load(Ordering::Relaxed);
                if let Some(client) = stream.client.as_ref().filter(|_| !farewell) {
                    client.make();
                }
                continue;
            }
            let Some(someone) = &stream.someone else {
                if reloaded && routes.same(&stream.app).is_none() {
                    stream.fate.cut.make();
                    ended.revoked += 1;
                }
                continue;
            };
            match gate.standing(someone, now) {
                // After a reload its rule may be another.
                Some(Standing::Live) if !reloaded => {}
                Some(Standing::Idle | Standing::Old) => {
                    stream.fate.cut.make();
                    ended.expired += 1;
                }
                Some(Standing::Live) | None => {
                    let all = doubted.entry(someone.hash);
                    let all = all.or_insert_with(|| (someone.clone(), Vec::new()));
                    all.1.push((place, stream.fate.clone()));
                }
            }
        }
        ended.revoked += self.judge_again(doubted.into_values(), (gate, routes), now).await;
        ended
    }

    /// Asks the store once about each session, about several at the same time.
    /// Says how many streams it ended.
    async fn judge_again(
        &self,
        mut doubted: impl Iterator<Item = Doubted>,
        (gate, routes): (&Arc<SessionGate>, &Routes),
        now: Moment,
    ) -> u64 {
        let mut asking = JoinSet::new();
        let mut ended = 0;
        loop {
            while asking.len() < JUDGED_AT_ONCE
                && let Some((someone, streams)) = doubted.next()
            {
                let gate = gate.clone();
                asking.spawn(async move {
                    let found = caught(timeout(JUDGE_TIME, gate.find_again(&someone, now))).await;
                    let found = match found {
                        Ok(in_time) => in_time.unwrap_or(Err(Reason::Store)),
                        Err(Panicked) => Err(Reason::Fault),
                    };
                    (found, streams)
                });
            }
            let Some(judged) = asking.join_next().await else { return ended };
            let Ok((found, streams)) = judged else { continue };
            for (place, fate) in streams {
                if !self.may_go_on(place, &fate, found.as_ref().ok(), routes) {
                    fate.cut.make();
                    ended += 1;
                }
            }
        }
    }

    /// Whether a stream may go on for who was found. One that has ended meanwhile may.
    fn may_go_on(
        &self,
        place: usize,
        fate: &Arc<Fate>,
        found: Option<&Arc<Remembered>>,
        routes: &Routes,
    ) -> bool {
        let mut open = self.open();
        let its = |stream: &&mut Stream| Arc::ptr_eq(&stream.fate, fate);
        let Some(stream) = open.get_mut(place).filter(its) else { return true };
        let Some(found) = found else { return false };
        let app = routes.same(&stream.app);
        let rule = app.and_then(|app| app.settings.rules.get(stream.rule));
        stream.someone = Some(found.clone());
        rule.is_some_and(|rule| permits(&rule.allow, Some(found)).is_ok())
    }
}

/// A session, and what goes on for it.
type Doubted = (Arc<Remembered>, Vec<(usize, Arc<Fate>)>);

#[cfg(test)]
mod over_sockets;
#[cfg(test)]
mod tests;
