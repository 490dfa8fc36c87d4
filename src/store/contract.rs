//! The promises of [`Store`], held by one suite for every backend.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{
    Change, Expect, RemoteStore, Revocation, SledStore, Store, StoreError, SwitchStore, Table,
    VALUE_BYTES_MAX,
};
use crate::domain::{AccountId, Moment};

const NOW: Moment = Moment::from_unix_millis(1_000_000);
const HOUR: Duration = Duration::from_secs(3600);

fn place(key: &str) -> (Table, Vec<u8>) {
    (Table::Ticket, key.as_bytes().to_vec())
}

async fn value(store: &dyn Store, key: &str, now: Moment) -> Option<Vec<u8>> {
    store.read(Table::Ticket, key.as_bytes(), now).await.unwrap().map(|record| record.data)
}

async fn version(store: &dyn Store, key: &str) -> u64 {
    store.read(Table::Ticket, key.as_bytes(), NOW).await.unwrap().unwrap().version
}

/// Runs a check against every backend, each in a folder of its own.
async fn for_each_backend(check: impl AsyncFn(Arc<dyn Store>)) {
    let folder = tempfile::tempdir().unwrap();
    check(Arc::new(SledStore::open(folder.path()).unwrap())).await;
    let folder = tempfile::tempdir().unwrap();
    let there: Arc<dyn Store> = Arc::new(SledStore::open(folder.path()).unwrap());
    let (ours, theirs) = tokio::net::UnixStream::pair().unwrap();
    let ears = super::remote::Ears::open(&*there);
    tokio::spawn(super::remote::answer(theirs, there, ears));
    check(Arc::new(RemoteStore::over(ours))).await;
    let folder = tempfile::tempdir().unwrap();
    check(Arc::new(SwitchStore::new(SledStore::open(folder.path()).unwrap()))).await;
}

#[tokio::test]
async fn a_change_is_made_whole_or_not_at_all() {
    for_each_backend(async |store| {
        let first = Change::new().put(place("a"), Expect::Absent, b"1".to_vec(), None);
        store.commit(first, NOW).await.unwrap();
        let half = Change::new().put(place("b"), Expect::Absent, b"2".to_vec(), None).put(
            place("a"),
            Expect::Absent,
            b"3".to_vec(),
            None,
        );
        assert!(matches!(store.commit(half, NOW).await, Err(StoreError::Conflict)));
        assert_eq!(value(&*store, "b", NOW).await, None, "half a change was made");
        assert_eq!(value(&*store, "a", NOW).await.as_deref(), Some(b"1".as_slice()));
        // Control: with conditions that hold, both steps are made.
        let whole = Change::new()
            .put(place("b"), Expect::Absent, b"2".to_vec(), None)
            .delete(place("a"), Expect::Version(version(&*store, "a").await));
        store.commit(whole, NOW).await.unwrap();
        assert_eq!(value(&*store, "a", NOW).await, None);
        assert_eq!(value(&*store, "b", NOW).await.as_deref(), Some(b"2".as_slice()));
    })
    .await;
}

#[tokio::test]
async fn of_many_who_read_the_same_version_one_changes_it() {
    for_each_backend(async |store| {
        let put = |data: u8, expect| Change::new().put(place("a"), expect, vec![data], None);
        store.commit(put(0, Expect::Absent), NOW).await.unwrap();
        let read = version(&*store, "a").await;
        let tries: Vec<_> = (1..=50)
            .map(|number| {
                let (store, change) = (store.clone(), put(number, Expect::Version(read)));
                tokio::spawn(async move { store.commit(change, NOW).await.is_ok() })
            })
            .collect();
        let mut won = 0;
        for attempt in tries {
            won += usize::from(attempt.await.unwrap());
        }
        assert_eq!(won, 1);
        // A condition alone changes nothing, and stops holding like any other.
        let now_at = version(&*store, "a").await;
        let check = |at| Change::new().check(place("a"), Expect::Version(at));
        assert!(store.commit(check(now_at), NOW).await.is_ok());
        assert_eq!(version(&*store, "a").await, now_at);
        assert!(matches!(store.commit(check(read), NOW).await, Err(StoreError::Conflict)));
    })
    .await;
}

#[tokio::test]
async fn an_expired_record_is_absent_and_is_swept() {
    for_each_backend(async |store| {
        let ends = NOW.plus(HOUR);
        let brief = Change::new().put(place("a"), Expect::Absent, b"1".to_vec(), Some(ends));
        store.commit(brief, NOW).await.unwrap();
        let lasting = Change::new().put(place("b"), Expect::Absent, b"2".to_vec(), None);
        store.commit(lasting, NOW).await.unwrap();
        // Control: before its time it is there.
        assert!(value(&*store, "a", NOW).await.is_some());
        assert_eq!(value(&*store, "a", ends).await, None);
        assert_eq!(store.list(Table::Ticket, None, 10, ends).await.unwrap().len(), 1);
        assert_eq!(store.sweep(ends, 10).await.unwrap(), 1);
        assert_eq!(store.sweep(ends, 10).await.unwrap(), 0);
        assert!(value(&*store, "b", ends).await.is_some(), "what does not expire was swept");
        // Its place is free again.
        let again = Change::new().put(place("a"), Expect::Absent, b"3".to_vec(), None);
        store.commit(again, ends).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_revocation_is_heard_before_the_change_is_acknowledged() {
    for_each_backend(async |store| {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = heard.clone();
        store.feed().subscribe(move |revocation| ear.lock().unwrap().push(revocation));
        let revocation = Revocation::Account(AccountId::from_bytes([7; 16]));
        let change =
            Change::new().put(place("a"), Expect::Any, b"1".to_vec(), None).revoke(revocation);
        store.commit(change, NOW).await.unwrap();
        assert_eq!(*heard.lock().unwrap(), [revocation]);
        // Control: a change that is not made revokes nothing.
        let refused =
            Change::new().put(place("a"), Expect::Absent, b"2".to_vec(), None).revoke(revocation);
        assert!(store.commit(refused, NOW).await.is_err());
        assert_eq!(heard.lock().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn lists_come_in_pages_in_the_order_of_keys_and_of_one_kind_only() {
    for_each_backend(async |store| {
        for number in 0..25u8 {
            let change = Change::new()
                .put((Table::Ticket, vec![number]), Expect::Any, vec![number], None)
                .put((Table::WayBack, vec![number]), Expect::Any, vec![number], None);
            store.commit(change, NOW).await.unwrap();
        }
        let (mut all, mut after): (Vec<u8>, Option<Vec<u8>>) = (Vec::new(), None);
        loop {
            let page = store.list(Table::Ticket, after.as_deref(), 10, NOW).await.unwrap();
            assert!(page.len() <= 10);
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            all.extend(page.iter().map(|(key, _)| key[0]));
        }
        assert_eq!(all, (0..25).collect::<Vec<u8>>());
    })
    .await;
}

#[tokio::test]
async fn a_value_that_the_store_would_put_aside_is_refused() {
    for_each_backend(async |store| {
        let put = |bytes| Change::new().put(place("a"), Expect::Any, vec![1; bytes], None);
        store.commit(put(VALUE_BYTES_MAX), NOW).await.unwrap();
        let large = store.commit(put(VALUE_BYTES_MAX + 1), NOW).await;
        assert!(matches!(large, Err(StoreError::TooLarge { .. })));
    })
    .await;
}

#[tokio::test]
async fn who_asks_while_the_files_change_hands_waits_and_is_answered_by_the_new_owner() {
    let folder = tempfile::tempdir().unwrap();
    let switch = SwitchStore::new(SledStore::open(folder.path()).unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    switch.feed().subscribe(move |revocation| ears.lock().unwrap().push(revocation));
    let put = |key: &str| Change::new().put(place(key), Expect::Any, b"1".to_vec(), None);
    switch.commit(put("before"), NOW).await.unwrap();

    let mut paused = switch.pause().await;
    // Control: as long as they are open nobody else opens them.
    assert!(SledStore::open(folder.path()).is_err());
    let asking = tokio::spawn({
        let switch = switch.clone();
        async move { switch.commit(put("meanwhile"), NOW).await }
    });
    paused.close();
    let next: Arc<dyn Store> = Arc::new(SledStore::open(folder.path()).unwrap());
    assert!(!asking.is_finished(), "it was answered by nobody");
    let (ours, theirs) = tokio::net::UnixStream::pair().unwrap();
    let ears = super::remote::Ears::open(&*next);
    let serving = tokio::spawn(super::remote::answer(theirs, next.clone(), ears));
    paused.there(RemoteStore::over(ours));
    asking.await.unwrap().unwrap();
    for key in ["before", "meanwhile"] {
        assert!(value(&*next, key, NOW).await.is_some(), "{key}");
        assert!(value(&switch, key, NOW).await.is_some(), "{key}");
    }
    // What the new one revokes is heard by the old one before it is acknowledged there.
    let over = Revocation::Account(AccountId::from_bytes([7; 16]));
    next.commit(put("over").revoke(over), NOW).await.unwrap();
    switch.commit(put("after"), NOW).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), [over]);
    // Where the new one dies nothing is answered, and nothing is taken for absent.
    serving.abort();
    assert!(matches!(
        switch.read(Table::Ticket, b"before", NOW).await,
        Err(StoreError::Closed | StoreError::Backend { .. })
    ));
}

#[tokio::test]
async fn a_store_that_nobody_took_over_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let switch = SwitchStore::new(SledStore::open(folder.path()).unwrap());
    let put = Change::new().put(place("a"), Expect::Any, b"1".to_vec(), None);
    switch.commit(put, NOW).await.unwrap();
    let mut paused = switch.pause().await;
    paused.close();
    paused.here(SledStore::open(folder.path()).unwrap());
    assert_eq!(value(&switch, "a", NOW).await.as_deref(), Some(b"1".as_slice()));
}
