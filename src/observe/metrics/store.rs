//! How long the store takes, and how often a fault of its disk was overcome.

use std::time::Duration;

use prometheus::{Error, Histogram, HistogramOpts, HistogramVec, IntCounter, Registry};

/// Buckets in seconds of one operation.
const SECONDS: &[f64] = &[0.00005, 0.0002, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0];

/// What the store was asked to do.
#[derive(Clone, Copy, Debug)]
pub enum StoreOperation {
    /// Read one record.
    Read,
    /// Change records and wait until they are on the disk.
    Commit,
}

/// What is counted of the store.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    read: Histogram,
    commit: Histogram,
    reopened: IntCounter,
}

impl StoreMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, Error> {
        let seconds = HistogramVec::new(
            HistogramOpts::new("vestibule_store_seconds", "Seconds one store operation took")
                .buckets(SECONDS.to_vec()),
            &["operation"],
        )?;
        let reopened = IntCounter::new(
            "vestibule_store_reopened_total",
            "Times the store was opened again after its disk had failed",
        )?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(reopened.clone()))?;
        Ok(Self {
            read: seconds.with_label_values(&["read"]),
            commit: seconds.with_label_values(&["commit"]),
            reopened,
        })
    }

    /// Records how long an operation took.
    pub fn took(&self, operation: StoreOperation, span: Duration) {
        match operation {
            StoreOperation::Read => self.read.observe(span.as_secs_f64()),
            StoreOperation::Commit => self.commit.observe(span.as_secs_f64()),
        }
    }

    /// Counts a store that is open again after a fault of its disk.
    pub fn reopened(&self) {
        self.reopened.inc();
    }
}
