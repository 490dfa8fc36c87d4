//! Measures a store: how long reading and changing take.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{Clock, Moment};
use crate::observe::{Metrics, StoreOperation};
use crate::store::{Change, Feed, Record, Store, StoreError, Table};

/// A store that is measured.
pub struct MeasuredStore<S> {
    /// The store itself.
    pub store: S,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where the times go.
    pub metrics: Arc<Metrics>,
}

#[async_trait]
impl<S: Store> Store for MeasuredStore<S> {
    async fn read(
        &self,
        table: Table,
        key: &[u8],
        now: Moment,
    ) -> Result<Option<Record>, StoreError> {
        let start = self.clock.elapsed();
        let done = self.store.read(table, key, now).await;
        let took = self.clock.elapsed().saturating_sub(start);
        self.metrics.store.took(StoreOperation::Read, took);
        done
    }

    async fn list(
        &self,
        table: Table,
        after: Option<&[u8]>,
        most: usize,
        now: Moment,
    ) -> Result<Vec<(Vec<u8>, Record)>, StoreError> {
        self.store.list(table, after, most, now).await
    }

    async fn commit(&self, change: Change, now: Moment) -> Result<(), StoreError> {
        let start = self.clock.elapsed();
        let done = self.store.commit(change, now).await;
        let took = self.clock.elapsed().saturating_sub(start);
        self.metrics.store.took(StoreOperation::Commit, took);
        done
    }

    async fn sweep(&self, now: Moment, most: usize) -> Result<usize, StoreError> {
        self.store.sweep(now, most).await
    }

    fn feed(&self) -> &Feed {
        self.store.feed()
    }
}
