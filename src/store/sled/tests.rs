//! A store whose thread is gone.

use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::store::SwitchStore;

const NOW: Moment = Moment::from_unix_millis(1_000);

fn put(key: &[u8]) -> Change {
    Change::new().put((Table::Account, key), Expect::Absent, vec![1], None)
}

/// Has the test take what is asked for, in the place of the thread. That one goes on
/// until the second part is dropped.
fn take(store: &mut SledStore) -> (Receiver<Waiting>, Sender<Waiting>) {
    let (changes, taken) = channel();
    (taken, std::mem::replace(&mut store.changes, changes))
}

#[tokio::test]
async fn a_store_whose_thread_is_gone_has_failed_for_whoever_asked_and_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = SledStore::open(&path).unwrap();
    store.commit(put(b"kept"), NOW).await.unwrap();
    assert!(!store.has_failed(), "control");
    let (taken, real) = take(&mut store);
    let switch = SwitchStore::new(store);
    // It ends with a change in its hands.
    let ends = std::thread::spawn(move || drop(taken.recv().unwrap()));
    assert!(matches!(switch.commit(put(b"lost"), NOW).await, Err(StoreError::Closed)));
    ends.join().unwrap();
    // Whoever opens it again is told by that, and not by the next who asks.
    tokio::time::timeout(IN_VAIN, switch.failed()).await.unwrap();
    assert!(matches!(switch.commit(put(b"later"), NOW).await, Err(StoreError::Closed)));
    assert!(switch.read(Table::Account, b"kept", NOW).await.unwrap().is_some());

    let mut paused = switch.pause().await;
    assert!(paused.is_to_be_opened());
    drop(real);
    paused.close();
    paused.here(SledStore::open(&path).unwrap());
    switch.commit(put(b"later"), NOW).await.unwrap();
    assert!(switch.read(Table::Account, b"kept", NOW).await.unwrap().is_some());
    assert!(switch.read(Table::Account, b"lost", NOW).await.unwrap().is_none());
    assert!(!switch.pause().await.is_to_be_opened());
}

#[test]
fn a_store_whose_thread_has_ended_has_failed_before_anybody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SledStore::open(&folder.path().join("store")).unwrap();
    let (_taken, real) = take(&mut store);
    assert!(!store.has_failed(), "control");
    drop(real);
    while !store.writer.is_finished() {
        std::thread::yield_now();
    }
    assert!(store.has_failed());
}
