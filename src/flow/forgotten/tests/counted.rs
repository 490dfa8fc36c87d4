//! That every name costs as much: nobody can tell from the time whether one
//! exists.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::store::{Feed, Record, Store, StoreError};

/// A store that counts the changes made to it.
struct Counting(Arc<dyn Store>, Arc<AtomicUsize>);

#[async_trait]
impl Store for Counting {
    async fn read(
        &self,
        table: Table,
        key: &[u8],
        now: Moment,
    ) -> Result<Option<Record>, StoreError> {
        self.0.read(table, key, now).await
    }

    async fn list(
        &self,
        table: Table,
        after: Option<&[u8]>,
        most: usize,
        now: Moment,
    ) -> Result<Vec<(Vec<u8>, Record)>, StoreError> {
        self.0.list(table, after, most, now).await
    }

    async fn commit(&self, change: Change, now: Moment) -> Result<(), StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.commit(change, now).await
    }

    async fn sweep(&self, now: Moment, most: usize) -> Result<usize, StoreError> {
        self.0.sweep(now, most).await
    }

    fn feed(&self) -> &Feed {
        self.0.feed()
    }
}

#[tokio::test]
async fn every_name_costs_as_many_changes_of_the_store() {
    let (house, _) = house().await;
    house.add("off", Some(PASSWORD)).await;
    house.accounts.disable("off").await.unwrap();
    house.accounts.add(new_account("fresh")).await.unwrap();
    let changes = Arc::new(AtomicUsize::new(0));
    let store = Arc::new(Counting(house.ground.store.clone(), changes.clone()));
    let ground = Ground { store, ..house.ground.clone() };
    let sign_in = SignIn::new(ground, house.sign_in.parts.clone());
    let mut seen = Vec::new();
    for name in [NAME, "nobody", "off", "fresh"] {
        let mut counts = Vec::new();
        // The fourth time is over the bound of an hour.
        for _ in 0..4 {
            let ticket = sign_in.ticket().unwrap();
            changes.store(0, Ordering::SeqCst);
            let around = Around { from: "192.0.2.1".parse().ok(), ..Around::default() };
            sign_in.forgotten(&ticket, name, around).await.unwrap();
            counts.push(changes.swap(0, Ordering::SeqCst));
            let answer = sign_in.mail_code(&ticket, "00000-00000", Around::default()).await;
            assert!(is_wrong(&answer.unwrap()), "{name}");
            counts.push(changes.swap(0, Ordering::SeqCst));
        }
        seen.push(counts);
    }
    assert!(seen.iter().all(|counts| *counts == seen[0]), "{seen:?}");
    // Control: changes are seen at all.
    assert!(seen[0].iter().all(|count| *count > 0), "{seen:?}");
}
