//! The embedded backend: sled 0.34 in the data folder.
//!
//! One thread makes all changes, see [`writer`]; reading needs none.
//!
//! A write that failed is final for an open sled: it takes no further change. What
//! is in its memory can still be read. So the store says that it failed, takes no
//! change itself any more, and is opened again, which reads it from the disk as
//! after a crash.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::room::Room;
use super::{Change, Expect, Feed, Record, Store, StoreError, Table};
use crate::domain::Moment;
use writer::{Waiting, Writer};

#[cfg(test)]
mod tests;
mod writer;

/// Memory that sled may use for pages. Sessions in use are remembered above
/// the store, so that little is read twice.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// How often a closed store's lock is looked at, five seconds in all.
const LET_GO_STEPS: u32 = 5000;
const LET_GO_STEP: Duration = Duration::from_millis(1);
/// How long a change may take before it is looked whether it waits in vain.
const IN_VAIN: Duration = Duration::from_secs(5);
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
    /// What is in its files does not fit together.
    #[error("the store in {} is damaged", path.display())]
    Damaged {
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
    failed: Arc<AtomicBool>,
    /// Whether somebody looks if a change waits in vain.
    looking: Arc<AtomicBool>,
    path: PathBuf,
    // Dropped last: closes the files.
    _db: sled::Db,
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
    /// [`OpenError::InUse`] where another process has it open,
    /// [`OpenError::Damaged`] where trying again is no use.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| OpenError::Failed {
            path: path.to_owned(),
            source,
        };
        // The library makes both at once, and anew where one is gone: a store whose
        // records are lost would look like one that never had any.
        if path.join("conf").exists() && !path.join("db").exists() {
            return Err(OpenError::Damaged { path: path.to_owned() });
        }
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
                _ => not_opened(path, error),
            })?;
        let tree = db.open_tree("records").map_err(|error| not_opened(path, error))?;
        let file = File::open(path.join("db")).map_err(|error| failed(Box::new(error)))?;
        let feed = Feed::default();
        let (changes, waiting) = channel();
        let failed_once = Arc::new(AtomicBool::new(false));
        let mut writer = Writer {
            tree: tree.clone(),
            file,
            feed: feed.clone(),
            room: Room::default(),
            failed: failed_once.clone(),
        };
        let writer = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(|error| failed(Box::new(error)))?;
        Ok(Self {
            tree,
            changes,
            feed,
            writer,
            failed: failed_once,
            looking: Arc::default(),
            path: path.to_owned(),
            _db: db,
        })
    }

    /// Whether a write failed, or nobody is there to make one: it takes no change
    /// until it is opened again.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire) || self.writer.is_finished()
    }

    /// Notes that nobody makes changes any more. Whoever asked for one may know it
    /// before the thread is seen to have ended.
    fn without_writer(&self) -> StoreError {
        self.failed.store(true, Ordering::Release);
        StoreError::Closed
    }

    /// Has the files of a store that is closed read from the disk when it is
    /// opened, as far as the system allows.
    ///
    /// SECURITY: what the disk did not take is not believed.
    /// - Against: a write that failed and stays in the system's memory as if it
    ///   were on the disk: what is built on it is acknowledged, and gone with the power.
    /// - Therefore: after a fault that memory is let go of when the store is closed
    ///   and before it is opened again, here or by another process.
    /// - Price: the store is read from the disk once.
    /// - Held by: `a_store_that_failed_is_handed_over_as_it_is_on_the_disk`.
    pub fn forget_unwritten(path: &Path) {
        use rustix::fs::{Advice, fadvise};
        let forgotten = File::open(path.join("db"))
            .and_then(|file| Ok(fadvise(&file, 0, None, Advice::DontNeed)?));
        if let Err(error) = forgotten {
            tracing::warn!(%error, "the store may be read from memory that is not on the disk");
        }
    }

    /// Wakes the writer where it waits for a write that has failed: sled does not
    /// tell it in every case, but tells the next one who asks, and then all.
    fn look_for_a_fault(&self) {
        if self.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (tree, looking) = (self.tree.clone(), self.looking.clone());
        let look = move || {
            // The writer hears the same.
            let _ = tree.flush();
            drop(tree);
            looking.store(false, Ordering::Release);
        };
        if let Err(error) = std::thread::Builder::new().spawn(look) {
            tracing::error!(%error, "a change takes long, and it cannot be looked why");
        }
    }

    /// Makes what was asked durable and closes the files, so that another
    /// process can open them when this returns. Waits for that; not for a
    /// thread that serves others.
    pub fn close(self) {
        let failed = self.has_failed();
        let Self { tree, changes, writer, path, _db, .. } = self;
        drop(changes);
        // It ends with the last of what was asked, and lets go of the files.
        if writer.join().is_err() {
            tracing::error!("the store's thread failed");
        }
        // sled syncs once more and panics where that fails; it lets go all the same.
        let dropped = std::thread::Builder::new().spawn(move || drop((tree, _db)));
        if !dropped.is_ok_and(|thread| thread.join().is_ok()) {
            tracing::error!("the store could not be synced when it was closed");
        }
        for _ in 0..LET_GO_STEPS {
            if is_free(&path) {
                if failed {
                    Self::forget_unwritten(&path);
                }
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

/// Why sled did not open it. Where sled itself is surprised the files are at fault.
fn not_opened(path: &Path, error: sled::Error) -> OpenError {
    let path = path.to_owned();
    match error {
        sled::Error::Corruption { .. } | sled::Error::ReportableBug(_) => {
            OpenError::Damaged { path }
        }
        other => OpenError::Failed { path, source: Box::new(other) },
    }
}

/// Whether nobody has the store open. A lock that cannot be tried is none.
fn is_free(path: &Path) -> bool {
    use rustix::fs::{FlockOperation, flock};
    let Ok(file) = File::open(path.join("db")) else { return true };
    flock(&file, FlockOperation::NonBlockingLockExclusive) != Err(rustix::io::Errno::WOULDBLOCK)
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
        let (done, mut answer) = oneshot::channel();
        self.changes.send(Waiting { change, now, done }).map_err(|_| self.without_writer())?;
        loop {
            match tokio::time::timeout(IN_VAIN, &mut answer).await {
                Ok(answered) => return answered.map_err(|_| self.without_writer())?,
                Err(_) => self.look_for_a_fault(),
            }
        }
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
