//! A bound on records that strangers can make.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::Ground;
use crate::crypto::NoChance;
use crate::domain::Moment;
use crate::store::{Change, Expect, StoreError, Table};

/// Records of one kind that strangers may have us keep.
pub const RECORDS_MAX: usize = 100_000;
/// How many make room at once when there are too many.
const REMOVED_AT_ONCE: usize = 4;

/// Counting all records takes a while; at the bound it is done this often.
const COUNT_AGAIN: Duration = Duration::from_secs(60);

/// Why no room was made.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("the system gave no random bytes")]
    NoChance(#[from] NoChance),
}

/// Room for one kind of record.
///
/// SECURITY: what a stranger makes us write has a bound that is no lock.
/// - Against: filling the disk with half-done sign-ins, a few hundred bytes a
///   request; and, with a bound that turns newcomers away, keeping everybody
///   from signing in.
/// - Therefore: beyond the bound each new record removes others, chosen by
///   chance among all, so that a flood mostly removes its own.
/// - Price: under such a flood somebody may have to type their name again.
/// - Held by: `beyond_the_bound_new_records_take_the_place_of_others`.
#[derive(Debug)]
pub struct Room {
    table: Table,
    most: usize,
    /// An estimate: raised by each record, put right by [`Room::recount`].
    count: AtomicUsize,
    /// When it was put right last, in milliseconds.
    counted: AtomicU64,
}

impl Room {
    /// For `most` records of this kind.
    pub fn new(table: Table, most: usize) -> Self {
        Self { table, most, count: AtomicUsize::new(0), counted: AtomicU64::new(0) }
    }

    /// Adds to a change, which writes the record under `key`, what makes room
    /// for it. A record that is there already takes no more room.
    ///
    /// # Errors
    ///
    /// Where the store does not answer or there are no random bytes.
    pub async fn make(
        &self,
        mut change: Change,
        key: &[u8],
        ground: &Ground,
        now: Moment,
    ) -> Result<Change, RoomError> {
        if ground.store.read(self.table, key, now).await?.is_some() {
            return Ok(change);
        }
        if self.count.load(Ordering::Relaxed) >= self.most && self.is_stale(now) {
            self.recount(ground, now).await?;
        }
        if self.count.fetch_add(1, Ordering::Relaxed) < self.most {
            return Ok(change);
        }
        let mut from = [0; 32];
        ground.chance.fill(&mut from)?;
        let mut others = ground.store.list(self.table, Some(&from), REMOVED_AT_ONCE, now).await?;
        if others.is_empty() {
            others = ground.store.list(self.table, None, REMOVED_AT_ONCE, now).await?;
        }
        self.count.fetch_sub(others.len().min(self.most), Ordering::Relaxed);
        for (other, _) in others {
            // What the change itself writes stays.
            if !change.names(self.table, &other) {
                change = change.delete((self.table, other), Expect::Any);
            }
        }
        Ok(change)
    }

    /// Whether the estimate may be far off: what expired or was ended since it
    /// was put right is still in it.
    fn is_stale(&self, now: Moment) -> bool {
        let counted = Moment::from_unix_millis(self.counted.load(Ordering::Relaxed));
        now.since(counted) >= COUNT_AGAIN
    }

    /// Puts the estimate right, by counting.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn recount(&self, ground: &Ground, now: Moment) -> Result<(), StoreError> {
        let count = super::session::count(ground, self.table, now).await?;
        self.count.store(count, Ordering::Relaxed);
        self.counted.store(now.unix_millis(), Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Clock;
    use crate::flow::proving_ground::{HandClock, ground};

    async fn after(records: u8, most: usize) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let clock = HandClock::new();
        let ground = ground(folder.path(), clock.clone());
        let now = clock.now();
        let room = Room::new(Table::Ticket, most);
        for number in 0..records {
            let key = vec![number; 32];
            let change =
                Change::new().put((Table::Ticket, key.clone()), Expect::Any, vec![1], None);
            let change = room.make(change, &key, &ground, now).await.unwrap();
            ground.store.commit(change, now).await.unwrap();
        }
        crate::flow::session::count(&ground, Table::Ticket, now).await.unwrap()
    }

    #[tokio::test]
    async fn beyond_the_bound_new_records_take_the_place_of_others() {
        let kept = after(60, 10).await;
        assert!((1..=10).contains(&kept), "{kept} records are left of a bound of 10");
        // Control: below the bound all stay.
        assert_eq!(after(60, 100).await, 60);
    }

    #[tokio::test]
    async fn a_record_that_is_written_again_and_again_takes_nobodys_place() {
        let folder = tempfile::tempdir().unwrap();
        let clock = HandClock::new();
        let ground = ground(folder.path(), clock.clone());
        let (now, room) = (clock.now(), Room::new(Table::Ticket, 10));
        for number in (0..8).chain([9; 50]) {
            let key = [number; 32];
            let change = Change::new().put((Table::Ticket, key), Expect::Any, vec![1], None);
            let change = room.make(change, &key, &ground, now).await.unwrap();
            ground.store.commit(change, now).await.unwrap();
        }
        let kept = crate::flow::session::count(&ground, Table::Ticket, now).await.unwrap();
        assert_eq!(kept, 9, "the eight others are still there");
    }
}
