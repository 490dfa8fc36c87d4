//! Room that is kept aside, so that a gateway can start on a full disk.
//!
//! The store takes no change long before the disk is full, see
//! [`ROOM_MIN`](crate::store::ROOM_MIN). What fills it up after that is not
//! ours, and then the store could not even be opened, to read.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};

use super::StartError;
use super::data_folder::DataFolder;
use crate::store::{ROOM_MIN, free_bytes};

/// How much is kept aside: enough for the store to open and to take changes.
const RESERVE_BYTES: u64 = 16 * 1024 * 1024;
/// What a store needs to be opened at all.
const START_MIN: u64 = 2 * 1024 * 1024;
/// It is kept aside only where that leaves room enough.
const LEFT_MIN: u64 = 2 * ROOM_MIN;

/// Keeps room aside where there is some, and gives it back where there is none.
/// Says how much is kept aside.
///
/// # Errors
///
/// [`StartError::Data`] where the disk is full and nothing was kept aside.
pub(super) fn tend(folder: &DataFolder) -> Result<u64, StartError> {
    let path = folder.reserve();
    let held = fs::metadata(&path).map_or(0, |file| file.len());
    // What cannot be found out is no reason not to start.
    let free = || free_bytes(folder.path()).unwrap_or(u64::MAX);
    let room = free();
    if room < ROOM_MIN && held > 0 {
        if let Err(error) = fs::remove_file(&path) {
            tracing::error!(%error, "the reserve in the data folder cannot be given back");
        }
        tracing::warn!(
            free = room,
            "the disk of the data folder is full: its reserve was given back; make room on it soon"
        );
        return enough(folder, free()).map(|()| 0);
    }
    enough(folder, room)?;
    if held >= RESERVE_BYTES || room < RESERVE_BYTES + LEFT_MIN {
        return Ok(held);
    }
    match keep(&path) {
        Ok(()) => Ok(RESERVE_BYTES),
        Err(error) => {
            let _ = fs::remove_file(&path);
            tracing::warn!(%error, "no reserve can be kept in the data folder");
            Ok(0)
        }
    }
}

fn enough(folder: &DataFolder, free: u64) -> Result<(), StartError> {
    if free >= START_MIN {
        return Ok(());
    }
    Err(StartError::Data(format!(
        "the disk of the data folder {} is full: make at least {} MiB of room on it, then start again",
        folder.path().display(),
        ROOM_MIN / (1024 * 1024),
    )))
}

fn keep(path: &Path) -> std::io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES)?;
    Ok(())
}
