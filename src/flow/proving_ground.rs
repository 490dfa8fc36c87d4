//! A ground for tests: a real store in a folder that goes with the test, and a
//! clock that is moved by hand.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Ground;
use crate::crypto::{Sealer, SystemChance};
use crate::domain::{Clock, Moment};
use crate::observe::{Audit, Metrics};
use crate::store::SledStore;

/// A clock that stands still until it is moved.
pub struct HandClock(AtomicU64);

impl HandClock {
    /// Standing at some moment in 2026.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(1_790_000_000_000)))
    }

    /// Moves it on.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A ground in a folder.
pub fn ground(folder: &Path, clock: Arc<HandClock>) -> Ground {
    let metrics = Metrics::new("test").unwrap();
    Ground {
        store: Arc::new(SledStore::open(&folder.join("store")).unwrap()),
        chance: Arc::new(SystemChance::default()),
        clock,
        sealer: Arc::new(Sealer::new(&[1; 32]).unwrap()),
        audit: Audit::open(&folder.join("audit"), metrics.audit_dropped.clone()).unwrap(),
        metrics: Arc::new(metrics),
    }
}
