//! How much room the disk has left.

use std::os::fd::AsFd;
use std::path::Path;

/// Room in bytes below which no record is written: what the store writes for
/// one group of changes, and what it needs to be opened again, fit many times.
pub const ROOM_MIN: u64 = 8 * 1024 * 1024;
/// Room in bytes below which not even a session is ended.
const ROOM_MIN_TO_REVOKE: u64 = 2 * 1024 * 1024;

/// The room in bytes that is left on the disk of a file or folder for us.
///
/// # Errors
///
/// Where it cannot be found out.
pub fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let told = rustix::fs::statvfs(path)?;
    Ok(told.f_bavail.saturating_mul(told.f_frsize))
}

/// Watches the room below an open file.
///
/// SECURITY: a disk is full before it is full.
/// - Against: a write of the store that fails half way, after which it answers
///   nothing until it is opened again, which a full disk does not allow either:
///   whoever can fill a disk would end every session.
/// - Therefore: changes are refused while there is still room, before the store
///   is touched. Reading goes on, and so does ending a session for a while.
/// - Price: the last 8 MiB of a disk are not used.
/// - Held by: `a_full_disk_stops_sign_ins_and_nothing_else`.
#[derive(Debug, Default)]
pub(super) struct Room {
    short: bool,
}

impl Room {
    /// Looks how much there is, and says so where it became short or long.
    pub fn look(&mut self, file: impl AsFd) -> u64 {
        // Where it cannot be found out, the write will tell.
        let free = rustix::fs::fstatvfs(file)
            .map_or(u64::MAX, |told| told.f_bavail.saturating_mul(told.f_frsize));
        let short = free < ROOM_MIN;
        if short && !self.short {
            tracing::error!(
                free,
                "the disk of the data folder is full: nobody can sign in until there is room"
            );
        } else if self.short && !short {
            tracing::info!(free, "the disk of the data folder has room again");
        }
        self.short = short;
        free
    }
}

/// Whether a change may be made with so much room.
pub(super) fn suffices(free: u64, revokes: bool) -> bool {
    free >= if revokes { ROOM_MIN_TO_REVOKE } else { ROOM_MIN }
}
