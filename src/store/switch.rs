//! A store that can be put aside while a gateway hands its data folder to the
//! next one.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Notify, OwnedRwLockWriteGuard, RwLock};

use super::{Change, Feed, Record, RemoteStore, SledStore, Store, StoreError, Table};
use crate::domain::Moment;

/// Where records are kept at the moment.
#[derive(Debug)]
enum Place {
    /// In our data folder.
    Here(SledStore),
    /// With the gateway that took it over.
    There(RemoteStore),
    /// Nowhere: it was closed, and no other opened.
    Nowhere,
}

impl Place {
    fn store(&self) -> Result<&dyn Store, StoreError> {
        match self {
            Self::Here(store) => Ok(store),
            Self::There(store) => Ok(store),
            Self::Nowhere => Err(StoreError::Closed),
        }
    }
}

/// A store whose place can change; whoever asks meanwhile waits.
#[derive(Clone, Debug)]
pub struct SwitchStore {
    place: Arc<RwLock<Place>>,
    feed: Feed,
    failed: Arc<Notify>,
}

impl SwitchStore {
    /// On an open store.
    pub fn new(store: SledStore) -> Self {
        let (feed, failed) = (Feed::default(), Arc::default());
        let ours = store.feed().clone();
        let switch = Self { place: Arc::new(RwLock::new(Place::Here(store))), feed, failed };
        switch.follow(&ours);
        switch
    }

    /// Waits until the store that we have open takes no change any more.
    pub async fn failed(&self) {
        self.failed.notified().await;
    }

    /// Tells our subscribers what this feed tells.
    fn follow(&self, feed: &Feed) {
        let ours = self.feed.clone();
        feed.subscribe(move |revocation| ours.publish(&[revocation]));
    }

    /// Waits until what was asked is answered, and lets nobody ask.
    pub async fn pause(&self) -> Paused {
        Paused { place: self.place.clone().write_owned().await, switch: self.clone() }
    }
}

/// A store that nobody can ask. It answers again when this is dropped.
#[derive(Debug)]
pub struct Paused {
    place: OwnedRwLockWriteGuard<Place>,
    switch: SwitchStore,
}

impl Paused {
    /// Closes the files; only then may another process open them.
    pub fn close(&mut self) {
        if let Place::Here(store) = std::mem::replace(&mut *self.place, Place::Nowhere) {
            store.close();
        }
    }

    /// Whether it is ours to open it: it failed here, or was closed and nobody
    /// has it.
    pub fn is_to_be_opened(&self) -> bool {
        match &*self.place {
            Place::Here(store) => store.has_failed(),
            Place::There(_) => false,
            Place::Nowhere => true,
        }
    }

    /// Goes on here.
    pub fn here(mut self, store: SledStore) {
        self.switch.follow(store.feed());
        *self.place = Place::Here(store);
    }

    /// Goes on with the gateway that opened it.
    pub fn there(mut self, store: RemoteStore) {
        self.switch.follow(store.feed());
        *self.place = Place::There(store);
    }
}

#[async_trait]
impl Store for SwitchStore {
    async fn read(
        &self,
        table: Table,
        key: &[u8],
        now: Moment,
    ) -> Result<Option<Record>, StoreError> {
        self.place.read().await.store()?.read(table, key, now).await
    }

    async fn list(
        &self,
        table: Table,
        after: Option<&[u8]>,
        most: usize,
        now: Moment,
    ) -> Result<Vec<(Vec<u8>, Record)>, StoreError> {
        self.place.read().await.store()?.list(table, after, most, now).await
    }

    async fn commit(&self, change: Change, now: Moment) -> Result<(), StoreError> {
        let place = self.place.read().await;
        let done = place.store()?.commit(change, now).await;
        if let (Err(_), Place::Here(store)) = (&done, &*place)
            && store.has_failed()
        {
            self.failed.notify_one();
        }
        done
    }

    async fn sweep(&self, now: Moment, most: usize) -> Result<usize, StoreError> {
        self.place.read().await.store()?.sweep(now, most).await
    }

    fn feed(&self) -> &Feed {
        &self.feed
    }
}
