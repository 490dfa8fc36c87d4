//! What is done when the disk fails under the store.
//!
//! ```text
//! a write fails -> no change is taken; what was read before can be read
//!               -> the disk is tried, again and again
//!               -> it takes a file: the store is closed and opened anew
//!               -> cannot be opened, several times: the program ends (exit code 5)
//! ```
//!
//! Opening anew does what a restart does, and reads what is on the disk: all
//! that was acknowledged, and of what failed in between none or some, which
//! nobody was promised. What was a sign-out among it has to be asked for again;
//! whoever asked was told that it failed.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::DataFolder;
use super::worker::Phases;
use crate::gateway::Shared;
use crate::observe::Metrics;
use crate::store::{OpenError, Paused, ROOM_MIN, SledStore, SwitchStore, free_bytes};

/// How often a disk that failed is tried.
const TRY_EVERY: Duration = Duration::from_secs(1);
/// What is written to it then.
const TRIED_WITH: [u8; 4096] = [0x5a; 4096];
/// How often the store is opened on a disk that works, and what lies between.
const OPENED_MAX: usize = 5;
const OPEN_EVERY: Duration = Duration::from_secs(3);
/// How long one time may take.
const OPENED_TIME: Duration = Duration::from_secs(120);

/// Opens the store again when its disk works again.
pub(super) struct DiskFaults {
    pub store: SwitchStore,
    pub folder: DataFolder,
    pub shared: Arc<ArcSwap<Shared>>,
    pub phases: Phases,
    pub metrics: Arc<Metrics>,
}

/// What became of one attempt.
enum Attempt {
    /// It is open, here or with another gateway.
    Open,
    /// It cannot be opened.
    Failed(OpenError),
    /// It could not even be closed.
    Stuck,
}

impl DiskFaults {
    /// Until the program ends.
    pub async fn watch(self) {
        loop {
            self.store.failed().await;
            tracing::error!(
                "the disk of the data folder failed: nobody can sign in until it works again"
            );
            loop {
                tokio::time::sleep(TRY_EVERY).await;
                if self.disk_works().await {
                    break;
                }
            }
            if !self.open_again().await {
                self.phases.give_up_store();
                return;
            }
        }
    }

    /// Whether the disk takes a file, and has room for opening the store.
    async fn disk_works(&self) -> bool {
        let (folder, path) = (self.folder.path().to_owned(), self.folder.trial());
        let tried = beside(move || {
            let written = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&path)
                .and_then(|mut file| {
                    file.write_all(&TRIED_WITH)?;
                    file.sync_data()
                });
            let _ = fs::remove_file(&path);
            written.and_then(|()| free_bytes(&folder))
        });
        matches!(tried.await, Some(Ok(free)) if free >= ROOM_MIN)
    }

    /// Says whether there is a store again.
    async fn open_again(&self) -> bool {
        for attempt in 1..=OPENED_MAX {
            match self.attempt().await {
                Attempt::Open => return true,
                Attempt::Failed(error) => {
                    tracing::error!(%error, attempt, "the store cannot be opened again yet");
                }
                Attempt::Stuck => return false,
            }
            tokio::time::sleep(OPEN_EVERY).await;
        }
        false
    }

    async fn attempt(&self) -> Attempt {
        let paused = self.store.pause().await;
        if !paused.is_to_be_opened() {
            return Attempt::Open;
        }
        let path = self.folder.store();
        let opened = beside(move || {
            let mut paused: Paused = paused;
            paused.close();
            SledStore::forget_unwritten(&path);
            (paused, SledStore::open(&path))
        });
        match tokio::time::timeout(OPENED_TIME, opened).await.ok().flatten() {
            Some((paused, Ok(store))) => {
                // What was told of sessions meanwhile may not have been kept.
                self.shared.load().sessions.forget_all();
                paused.here(store);
                self.metrics.store.reopened();
                tracing::info!("the disk works again, and the store was opened again");
                Attempt::Open
            }
            Some((_, Err(error))) => Attempt::Failed(error),
            None => Attempt::Stuck,
        }
    }
}

/// Does what may hang with the disk, on a thread that nobody has to wait for in
/// the end. `None` where it panicked or took no thread.
async fn beside<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = oneshot::channel();
    let spawned = std::thread::Builder::new().spawn(move || drop(tell.send(act())));
    spawned.ok()?;
    told.await.ok()
}
