//! A session as this process remembers it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::header::HeaderValue;

use crate::domain::{AccountId, Moment, SessionHash, Used};
use crate::gateway::identity::Identity;

/// A session as this process remembers it.
#[derive(Debug)]
pub struct Remembered {
    /// Under which hash it is kept.
    pub hash: SessionHash,
    /// The one it belongs to, where it counts on one host only: that one's use
    /// and end are its own.
    pub(super) root: Option<Arc<Remembered>>,
    /// Whose it is.
    pub account: AccountId,
    /// What apps are told.
    pub identity: Identity,
    /// Assertions signed a moment ago, by app.
    pub signed: Mutex<Vec<(usize, HeaderValue, Moment)>>,
    pub(super) opened: Moment,
    pub(super) proven_at: Moment,
    pub(super) stays: bool,
    /// Whether the gate let go of it: only the store knows what it is now.
    pub(super) let_go: AtomicBool,
    /// Whether it ended a first connection whose first page is still to come.
    pub(super) first: AtomicBool,
    pub(super) ends: Moment,
    pub(super) last_seen: AtomicU64,
    pub(super) last_written: AtomicU64,
}

impl Remembered {
    /// The session that signing in opened: itself, or the one it belongs to.
    pub fn opened_by(&self) -> &Self {
        self.root.as_deref().unwrap_or(self)
    }

    /// Whether the gate let go of it, or of the one it belongs to.
    pub(super) fn is_let_go(&self) -> bool {
        self.let_go.load(Ordering::Acquire) || self.opened_by().let_go.load(Ordering::Acquire)
    }

    /// What decides whether it still stands.
    pub(super) fn used(&self) -> Used {
        let Self { opened, stays, .. } = self.opened_by();
        let last_seen = self.opened_by().last_seen.load(Ordering::Relaxed);
        let last_seen = Moment::from_unix_millis(last_seen);
        Used { opened: *opened, last_seen, stays: *stays }
    }

    /// Whether this is the first page of a portal after a first connection;
    /// true once.
    pub fn is_first_page(&self) -> bool {
        let first = &self.opened_by().first;
        first.load(Ordering::Relaxed) && first.swap(false, Ordering::Relaxed)
    }

    /// The assertion for one app: the one signed a moment ago, or a new one.
    ///
    /// # Errors
    ///
    /// Whatever `sign` reports.
    pub fn assertion<E>(
        &self,
        app: usize,
        now: Moment,
        sign: impl FnOnce() -> Result<HeaderValue, E>,
    ) -> Result<HeaderValue, E> {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh =
            |made: &Moment| now.since(*made) < crate::crypto::assertion::REUSE && now >= *made;
        if let Some((_, value, _)) = signed.iter().find(|(a, _, made)| *a == app && fresh(made)) {
            return Ok(value.clone());
        }
        let value = sign()?;
        signed.retain(|(a, _, _)| *a != app);
        signed.push((app, value.clone(), now));
        Ok(value)
    }
}
