//! The embedded backend: sled 0.34 in the data folder.
//!
//! One thread makes all changes. It takes what is waiting, applies it, then
//! flushes once for all of them, so that many sign-ins share one sync of the
//! disk.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::room::{self, Room};
use super::{Change, Expect, Feed, Record, Step, Store, StoreError, Table, VALUE_BYTES_MAX};
use crate::domain::Moment;

/// Changes that one flush serves at most.
const GROUP_MAX: usize = 256;
/// Memory that sled may use for pages. Sessions in use are remembered above
/// the store, so that little is read twice.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// How often a closed store's lock is looked at, five seconds in all.
const LET_GO_STEPS: u32 = 5000;
const LET_GO_STEP: Duration = Duration::from_millis(1);
/// Before the value: version (8), expiry in milliseconds or 0 (8).
const HEAD: usize = 16;

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the data folder {} is in use by another process", path.display())]
    InUse {
        /// Which folder.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("the store in {} cannot be opened: {source}", path.display())]
    Failed {
        /// Which folder.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A store in one folder.
#[derive(Debug)]
pub struct SledStore {
    tree: sled::Tree,
    changes: Sender<Waiting>,
    feed: Feed,
    writer: JoinHandle<()>,
    path: PathBuf,
    // Dropped last: closes the files.
    _db: sled::Db,
}

#[derive(Debug)]
struct Waiting {
    change: Change,
    now: Moment,
    done: oneshot::Sender<Result<(), StoreError>>,
}

fn backend<E>(doing: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| StoreError::Backend { doing, source: Box::new(source) }
}

impl SledStore {
    /// Opens or makes the store in `path`.
    ///
    /// # Errors
    ///
    /// [`OpenError::InUse`] where another process has it open.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| OpenError::Failed {
            path: path.to_owned(),
            source,
        };
        let db = sled::Config::new()
            .path(path)
            .cache_capacity(CACHE_BYTES)
            // We flush ourselves, before each acknowledgement.
            .flush_every_ms(None)
            .open()
            .map_err(|error| match &error {
                sled::Error::Io(io) if io.to_string().contains("could not acquire lock") => {
                    OpenError::InUse { path: path.to_owned() }
                }
                _ => failed(Box::new(error)),
            })?;
        let tree = db.open_tree("records").map_err(|error| failed(Box::new(error)))?;
        let file = File::open(path.join("db")).map_err(|error| failed(Box::new(error)))?;
        let feed = Feed::default();
        let (changes, waiting) = channel();
        let mut writer =
            Writer { tree: tree.clone(), file, feed: feed.clone(), room: Room::default() };
        let writer = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(|error| failed(Box::new(error)))?;
        Ok(Self { tree, changes, feed, writer, path: path.to_owned(), _db: db })
    }

    /// Makes what was asked durable and closes the files, so that another
    /// process can open them when this returns. Waits for that; not for a
    /// thread that serves others.
    pub fn close(self) {
        let Self { tree, changes, feed: _, writer, path, _db } = self;
        drop(changes);
        // It ends with the last of what was asked, and lets go of the files.
        if writer.join().is_err() {
            tracing::error!("the store's thread failed");
        }
        drop((tree, _db));
        for _ in 0..LET_GO_STEPS {
            if is_free(&path) {
                return;
            }
            // sled keeps what it drops until every thread has gone past it
            // (crossbeam-epoch), which needs somebody who goes on.
            crossbeam_epoch::pin().flush();
            std::thread::sleep(LET_GO_STEP);
        }
        tracing::error!("the store was closed and is still locked");
    }
}

/// Whether nobody has the store open. A lock that cannot be tried is none.
fn is_free(path: &Path) -> bool {
    use rustix::fs::{FlockOperation, flock};
    let Ok(file) = File::open(path.join("db")) else { return true };
    flock(&file, FlockOperation::NonBlockingLockExclusive) != Err(rustix::io::Errno::WOULDBLOCK)
}

/// The thread that makes changes.
struct Writer {
    tree: sled::Tree,
    file: File,
    feed: Feed,
    room: Room,
}

impl Writer {
    fn run(&mut self, waiting: &Receiver<Waiting>) {
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
        self.tree.apply_batch(batch).map_err(backend("writing"))
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

fn full_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(table as u8);
    full.extend_from_slice(key);
    full
}

fn pack(version: u64, data: &[u8], expires: Option<Moment>) -> Vec<u8> {
    let mut packed = Vec::with_capacity(HEAD + data.len());
    packed.extend_from_slice(&version.to_be_bytes());
    packed.extend_from_slice(&expires.map_or(0, Moment::unix_millis).to_be_bytes());
    packed.extend_from_slice(data);
    packed
}

fn unpack(raw: &[u8]) -> Option<Record> {
    let (version, rest) = raw.split_first_chunk::<8>()?;
    let (expires, data) = rest.split_first_chunk::<8>()?;
    let expires = match u64::from_be_bytes(*expires) {
        0 => None,
        millis => Some(Moment::from_unix_millis(millis)),
    };
    Some(Record { version: u64::from_be_bytes(*version), data: data.to_vec(), expires })
}

fn is_live(record: &Record, now: Moment) -> bool {
    record.expires.is_none_or(|expires| now < expires)
}

fn damaged(table: Table) -> StoreError {
    StoreError::Unreadable { table, wrong: "it is shorter than its head".to_owned() }
}

#[async_trait]
impl Store for SledStore {
    async fn read(
        &self,
        table: Table,
        key: &[u8],
        now: Moment,
    ) -> Result<Option<Record>, StoreError> {
        let raw = self.tree.get(full_key(table, key)).map_err(backend("reading"))?;
        let Some(raw) = raw else { return Ok(None) };
        let record = unpack(&raw).ok_or_else(|| damaged(table))?;
        Ok(Some(record).filter(|record| is_live(record, now)))
    }

    async fn list(
        &self,
        table: Table,
        after: Option<&[u8]>,
        most: usize,
        now: Moment,
    ) -> Result<Vec<(Vec<u8>, Record)>, StoreError> {
        let from = full_key(table, after.unwrap_or_default());
        let mut found = Vec::new();
        for entry in self.tree.range(from..) {
            let (key, raw) = entry.map_err(backend("listing"))?;
            let Some((&kind, rest)) = key.split_first() else { continue };
            if kind != table as u8 || found.len() >= most {
                break;
            }
            if after.is_some_and(|after| after == rest) {
                continue;
            }
            let record = unpack(&raw).ok_or_else(|| damaged(table))?;
            if is_live(&record, now) {
                found.push((rest.to_vec(), record));
            }
        }
        Ok(found)
    }

    async fn commit(&self, change: Change, now: Moment) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        self.changes.send(Waiting { change, now, done }).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn sweep(&self, now: Moment, most: usize) -> Result<usize, StoreError> {
        let mut change = Change::new();
        for entry in &self.tree {
            if change.steps.len() >= most {
                break;
            }
            let (key, raw) = entry.map_err(backend("sweeping"))?;
            let Some(record) = unpack(&raw) else { continue };
            let Some((&kind, rest)) = key.split_first() else { continue };
            if is_live(&record, now) {
                continue;
            }
            if let Some(table) = Table::from_number(kind) {
                // `Absent` holds for an expired record and fails for one that
                // was written anew since we looked.
                change = change.delete((table, rest), Expect::Absent);
            }
        }
        let count = change.steps.len();
        if count > 0 {
            self.commit(change, now).await?;
        }
        Ok(count)
    }

    fn feed(&self) -> &Feed {
        &self.feed
    }
}
