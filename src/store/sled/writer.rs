//! The thread that makes changes. It takes what is waiting, applies it, then
//! flushes once for all of them, so that many sign-ins share one sync of the
//! disk.

use std::collections::HashSet;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use tokio::sync::oneshot;

use super::{backend, full_key, is_live, pack, unpack};
use crate::domain::Moment;
use crate::store::room::{self, Room};
use crate::store::{Change, Expect, Feed, Step, StoreError, VALUE_BYTES_MAX};

/// Changes that one flush serves at most.
const GROUP_MAX: usize = 256;

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub change: Change,
    pub now: Moment,
    pub done: oneshot::Sender<Result<(), StoreError>>,
}

/// The thread that makes changes.
pub(super) struct Writer {
    pub tree: sled::Tree,
    /// Its file, to be synced.
    pub file: File,
    pub feed: Feed,
    pub room: Room,
    /// Whether a write failed; said once and for all.
    pub failed: Arc<AtomicBool>,
}

impl Writer {
    /// Until nobody can ask for a change any more.
    pub fn run(&mut self, waiting: &Receiver<Waiting>) {
        while let Ok(first) = waiting.recv() {
            let mut group = vec![first];
            while group.len() < GROUP_MAX {
                match waiting.try_recv() {
                    Ok(next) => group.push(next),
                    Err(_) => break,
                }
            }
            self.serve(group);
        }
    }

    /// Applies a group of changes, makes them durable together, tells who must
    /// know, and only then acknowledges.
    fn serve(&mut self, group: Vec<Waiting>) {
        let free = self.room.look(&self.file);
        let mut applied = Vec::with_capacity(group.len());
        for Waiting { change, now, done } in group {
            if self.failed.load(Ordering::Relaxed) {
                drop(done.send(Err(after_a_fault())));
                continue;
            }
            if !room::suffices(free, !change.revokes.is_empty()) {
                drop(done.send(Err(StoreError::Full)));
                continue;
            }
            match self.apply(&change, now) {
                Ok(()) => applied.push((change.revokes, done)),
                Err(error) => drop(done.send(Err(error))),
            }
        }
        if applied.is_empty() {
            return;
        }
        let flushed = self.make_durable();
        if let Err(error) = &flushed {
            // Later changes would be acknowledged on top of ones that are not there.
            self.failed.store(true, Ordering::Release);
            tracing::error!(%error, "what was changed cannot be put on the disk");
        }
        for (revokes, done) in applied {
            // Revocations are told even where the flush failed: the change may
            // have been made, and forgetting a cached answer is always safe.
            self.feed.publish(&revokes);
            let answer = match &flushed {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Backend {
                    doing: "making a change durable",
                    source: error.to_string().into(),
                }),
            };
            drop(done.send(answer));
        }
    }

    /// Puts everything applied so far beyond the reach of a power cut.
    ///
    /// SECURITY: sled's own flush is not enough.
    /// - Against: acknowledged facts that a power cut takes back: a used code
    ///   that works again, an ended session that lives again.
    /// - Therefore: after sled's flush, which writes with `sync_file_range`,
    ///   `fdatasync` on its file, and only then the acknowledgement.
    /// - Price: one sync of the disk for each group of changes.
    /// - Held by: the suite's look at the system calls of one sign-in.
    fn make_durable(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.tree.flush()?;
        self.file.sync_data()?;
        Ok(())
    }

    fn apply(&self, change: &Change, now: Moment) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        let mut written = HashSet::new();
        for step in &change.steps {
            match step {
                Step::Put { table, key, expect, data, expires } => {
                    if data.len() > VALUE_BYTES_MAX {
                        return Err(StoreError::TooLarge { bytes: data.len() });
                    }
                    let key = full_key(*table, key);
                    let before = self.check(&key, *expect, now)?;
                    // Expectations are held against what was there before the change,
                    // so a second step on a key could break what the first relied on.
                    if !written.insert(key.clone()) && *expect != Expect::Any {
                        return Err(StoreError::Conflict);
                    }
                    batch.insert(key, pack(before + 1, data, *expires));
                }
                Step::Check { table, key, expect } => {
                    self.check(&full_key(*table, key), *expect, now)?;
                }
                Step::Delete { table, key, expect } => {
                    let key = full_key(*table, key);
                    self.check(&key, *expect, now)?;
                    batch.remove(key);
                }
            }
        }
        self.tree.apply_batch(batch).map_err(|error| {
            self.failed.store(true, Ordering::Release);
            backend("writing")(error)
        })
    }

    /// The version of the record, or 0, if the expectation holds.
    fn check(&self, key: &[u8], expect: Expect, now: Moment) -> Result<u64, StoreError> {
        let raw = self.tree.get(key).map_err(backend("reading"))?;
        let found = raw.as_deref().and_then(unpack);
        let alive = found.as_ref().filter(|record| is_live(record, now));
        let holds = match expect {
            Expect::Any => true,
            Expect::Absent => alive.is_none(),
            Expect::Version(version) => alive.is_some_and(|record| record.version == version),
        };
        match holds {
            // An expired record's version counts on, so that none returns.
            true => Ok(found.map_or(0, |record| record.version)),
            false => Err(StoreError::Conflict),
        }
    }
}

fn after_a_fault() -> StoreError {
    let source = "its disk failed, and it was not opened again yet".into();
    StoreError::Backend { doing: "writing", source }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;

    use super::*;
    use crate::store::{SledStore, Store, Table};

    const NOW: Moment = Moment::from_unix_millis(1_000);

    /// Makes one change, and says how it went.
    fn make(writer: &mut Writer, key: &[u8]) -> Result<(), StoreError> {
        let (done, mut told) = oneshot::channel();
        let change = Change::new().put((Table::Account, key), Expect::Absent, vec![1], None);
        writer.serve(vec![Waiting { change, now: NOW, done }]);
        told.try_recv().unwrap()
    }

    fn writer(path: &Path, file: File) -> Writer {
        let db = sled::Config::new().path(path).flush_every_ms(None).open().unwrap();
        let tree = db.open_tree("records").unwrap();
        Writer { tree, file, feed: Feed::default(), room: Room::default(), failed: Arc::default() }
    }

    #[tokio::test]
    async fn a_store_whose_disk_failed_takes_no_change_until_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let whole = || File::open(folder.path()).unwrap();
        // A file that has a name and a disk, and cannot be synced.
        let fails = || {
            let flags = rustix::fs::OFlags::PATH.bits().cast_signed();
            OpenOptions::new().read(true).custom_flags(flags).open(folder.path()).unwrap()
        };
        let mut writer = writer(&path, fails());
        assert!(matches!(make(&mut writer, b"first"), Err(StoreError::Backend { .. })));
        assert!(writer.failed.load(Ordering::Relaxed));
        // The disk works again, and what it lost is not built upon.
        writer.file = whole();
        let refused = make(&mut writer, b"second").unwrap_err();
        assert!(matches!(refused, StoreError::Backend { .. }), "{refused}");
        assert!(writer.tree.get(full_key(Table::Account, b"second")).unwrap().is_none());

        // Control: one that did not fail takes it.
        writer.failed = Arc::default();
        make(&mut writer, b"third").unwrap();
        drop(writer);
        crossbeam_epoch::pin().flush();
        SledStore::forget_unwritten(&path);
        let store = loop {
            match SledStore::open(&path) {
                Ok(store) => break store,
                Err(_) => crossbeam_epoch::pin().flush(),
            }
        };
        assert!(!store.has_failed());
        let change = Change::new().put((Table::Account, *b"second"), Expect::Absent, vec![1], None);
        store.commit(change, NOW).await.unwrap();
        assert!(store.read(Table::Account, b"third", NOW).await.unwrap().is_some());
    }
}
