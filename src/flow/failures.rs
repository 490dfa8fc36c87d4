//! Counters of failures, and of mails that were asked for: durable, and right
//! however many count at once.
//!
//! Which of them look at one try is decided in `lock_out`.

use ring::digest::{SHA256, digest};

use super::room::Room;
use super::{Ground, SignInError};
use crate::domain::{AccountId, Failures, Mark, Moment, Pause, Throttle};
use crate::observe::LockOut;
use crate::store::record::FailuresRecord;
use crate::store::{Change, Expect, StoreError, Table};

/// How often a change is tried again that others were faster with.
pub const CONFLICTS_MAX: usize = 64;

/// One counter.
pub struct Counter<'a> {
    ground: &'a Ground,
    rule: Throttle,
    table: Table,
    key: Vec<u8>,
    /// Where strangers can make any number of them, what bounds that.
    room: Option<&'a Room>,
    /// What is slowed or locked by it, where that is a lock-out at all.
    locks_out: Option<LockOut>,
}

impl<'a> Counter<'a> {
    /// The counter of a folded name. It is kept under a hash: names that people
    /// mistype, passwords among them, are not written down.
    pub fn of_name(ground: &'a Ground, rule: Throttle, folded: &str) -> Self {
        Self::new(ground, rule, [b"failures\0", folded.as_bytes()].concat())
    }

    /// The counter of an account's second factors, all of them together.
    pub fn of_factor(ground: &'a Ground, rule: Throttle, account: AccountId) -> Self {
        let what = [b"factor\0".as_slice(), account.as_bytes()].concat();
        Self::new(ground, rule.for_factor(), what).locking(LockOut::Factor)
    }

    /// A counter under the hash of what it counts.
    pub(super) fn new(ground: &'a Ground, rule: Throttle, what: Vec<u8>) -> Self {
        Self::keyed(ground, rule, digest(&SHA256, &what).as_ref().to_vec())
    }

    /// A counter under a key that tells nothing.
    pub(super) fn keyed(ground: &'a Ground, rule: Throttle, key: Vec<u8>) -> Self {
        let (table, locks_out) = (Table::Failures, Some(LockOut::Name));
        Self { ground, rule, table, key, room: None, locks_out }
    }

    /// The same as one that strangers can make any number of: it behaves as any
    /// other, but there is room for so many only.
    pub(super) fn in_room(self, room: &'a Room) -> Self {
        Self { table: Table::StrangerFailures, room: Some(room), ..self }
    }

    /// The same, and what it slows or locks is called that.
    pub(super) fn locking(self, locks_out: LockOut) -> Self {
        Self { locks_out: Some(locks_out), ..self }
    }

    /// The same for what is no guess, so that its end locks nobody out.
    pub(super) fn of_requests(self) -> Self {
        Self { locks_out: None, ..self }
    }

    /// What it slows or locks.
    pub(super) fn locks_out(&self) -> Option<LockOut> {
        self.locks_out
    }

    /// Where it is kept.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Adds one failure, before it is known whether it is one, so that parallel
    /// guesses cannot all slip through while the first is being looked at.
    ///
    /// # Errors
    ///
    /// [`SignInError::Paused`] and [`SignInError::Locked`] where too many were
    /// counted before.
    pub async fn count(&self, now: Moment) -> Result<Counted, SignInError> {
        let counted = count_all(std::slice::from_ref(self), now).await?;
        let nothing = || SignInError::Fault("nothing was counted".to_owned());
        counted.into_iter().next().ok_or_else(nothing)
    }

    /// Notes what a failure was; `false` where it is among the last few already,
    /// so that this one counts for nothing.
    pub(super) async fn note(&self, mark: Mark, now: Moment) -> Result<bool, SignInError> {
        for _ in 0..CONFLICTS_MAX {
            let Some((mut failures, version, expires)) = self.read(now).await? else {
                // Whoever has the name got in meanwhile.
                return Ok(true);
            };
            if failures.recent.has(mark) {
                return Ok(false);
            }
            failures.recent = failures.recent.with(mark);
            let data = FailuresRecord::encode(failures)?;
            let place = (self.table, self.key.as_slice());
            let change = Change::new().put(place, Expect::Version(version), data, expires);
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other.map(|()| true)?),
            }
        }
        Err(SignInError::Busy)
    }

    /// Why nothing is looked at, if that is so.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn pause(&self, now: Moment) -> Result<Option<Pause>, SignInError> {
        let failures = self.read(now).await?.map(|(failures, ..)| failures);
        Ok(self.rule.pause(failures, now))
    }

    /// Whether only an operator can open it again.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn is_locked(&self, now: Moment) -> Result<bool, SignInError> {
        Ok(self.pause(now).await? == Some(Pause::Locked))
    }

    /// Adds to a change that all failures are forgotten.
    pub fn forget(&self, change: Change) -> Change {
        match change.names(self.table, &self.key) {
            true => change,
            false => change.delete((self.table, self.key.as_slice()), Expect::Any),
        }
    }

    async fn read(
        &self,
        now: Moment,
    ) -> Result<Option<(Failures, u64, Option<Moment>)>, SignInError> {
        let record = self.ground.store.read(self.table, &self.key, now).await?;
        let Some(record) = record else { return Ok(None) };
        Ok(Some((FailuresRecord::decode(&record.data)?, record.version, record.expires)))
    }

    /// Adds one more failure to a change.
    async fn add(&self, change: Change, now: Moment) -> Result<(Change, Counted), SignInError> {
        let read = self.read(now).await?;
        let before = read.map(|(failures, ..)| failures);
        let paused = match self.rule.pause(before, now) {
            None => None,
            Some(Pause::Until(until)) => Some(SignInError::Paused { wait: until.since(now) }),
            Some(Pause::Locked) => Some(SignInError::Locked),
        };
        if let Some(paused) = paused {
            if let Some(locks_out) = self.locks_out {
                self.ground.metrics.locked_out(locks_out);
            }
            return Err(paused);
        }
        let after = self.rule.count(before, now);
        let expect = read.map_or(Expect::Absent, |(_, version, _)| Expect::Version(version));
        let ends = Some(now.plus(self.rule.forget_after));
        let place = (self.table, self.key.as_slice());
        let change = change.put(place, expect, FailuresRecord::encode(after)?, ends);
        let locks = self.rule.most.is_some_and(|most| after.count >= most);
        Ok((change, Counted { before, after, locks }))
    }

    /// Adds to a change that one failure is taken back.
    async fn subtract(
        &self,
        change: Change,
        counted: &Counted,
        now: Moment,
    ) -> Result<Change, SignInError> {
        let Some((mut failures, version, expires)) = self.read(now).await? else {
            return Ok(change);
        };
        let (place, expect) = ((self.table, self.key.as_slice()), Expect::Version(version));
        failures.count = failures.count.saturating_sub(1);
        if let Some(before) = counted.before.filter(|_| failures.last == counted.after.last) {
            failures.last = before.last;
        }
        Ok(match failures.count {
            0 => change.delete(place, expect),
            _ => change.put(place, expect, FailuresRecord::encode(failures)?, expires),
        })
    }
}

/// Adds one failure to each of several counters, or to none where one of them
/// is paused.
///
/// # Errors
///
/// As [`Counter::count`].
pub(super) async fn count_all(
    counters: &[Counter<'_>],
    now: Moment,
) -> Result<Vec<Counted>, SignInError> {
    let Some(first) = counters.first() else { return Ok(Vec::new()) };
    for _ in 0..CONFLICTS_MAX {
        let (mut change, mut all) = (Change::new(), Vec::with_capacity(counters.len()));
        for counter in counters {
            let (more, counted) = counter.add(change, now).await?;
            change = more;
            all.push(counted);
        }
        for counter in counters {
            if let Some(room) = counter.room {
                change = room.make(change, &counter.key, counter.ground, now).await?;
            }
        }
        match first.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other.map(|()| all)?),
        }
    }
    Err(SignInError::Busy)
}

/// Takes back failures that were none, whatever others count at the same time.
/// The wait that they began is over too, unless others failed since.
///
/// # Errors
///
/// Where the store does not answer.
pub(super) async fn take_back_all(
    counters: &[Counter<'_>],
    counted: &[Counted],
    now: Moment,
) -> Result<(), SignInError> {
    let Some(first) = counters.first() else { return Ok(()) };
    for _ in 0..CONFLICTS_MAX {
        let mut change = Change::new();
        for (counter, counted) in counters.iter().zip(counted) {
            change = counter.subtract(change, counted, now).await?;
        }
        match first.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other?),
        }
    }
    Err(SignInError::Busy)
}

/// One failure that was counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    before: Option<Failures>,
    after: Failures,
    /// Whether it was the last one that is looked at.
    pub locks: bool,
}
