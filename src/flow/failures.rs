//! Failures under one typed name, whether or not anybody has it, and at one
//! account's second factor: durable, and right however many count at once.

use ring::digest::{SHA256, digest};

use super::room::Room;
use super::{Ground, SignInError};
use crate::domain::{AccountId, Failures, Moment, Pause, Throttle};
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
}

impl<'a> Counter<'a> {
    /// The counter of a folded name. It is kept under a hash: names that people
    /// mistype, passwords among them, are not written down.
    pub fn of_name(ground: &'a Ground, rule: Throttle, folded: &str) -> Self {
        Self::new(ground, rule, [b"failures\0", folded.as_bytes()].concat())
    }

    /// The counter of an account's second factors, all of them together.
    pub fn of_factor(ground: &'a Ground, rule: Throttle, account: AccountId) -> Self {
        Self::new(ground, rule.for_factor(), [b"factor\0".as_slice(), account.as_bytes()].concat())
    }

    fn new(ground: &'a Ground, rule: Throttle, what: Vec<u8>) -> Self {
        let key = digest(&SHA256, &what).as_ref().to_vec();
        Self { ground, rule, table: Table::Failures, key, room: None }
    }

    /// The counter of a folded name that nobody has: it behaves as any other, but
    /// there is room for so many only.
    pub fn of_stranger(ground: &'a Ground, rule: Throttle, folded: &str, room: &'a Room) -> Self {
        let counter = Self::of_name(ground, rule, folded);
        Self { table: Table::StrangerFailures, room: Some(room), ..counter }
    }

    /// Adds one failure, before it is known whether it is one, so that parallel
    /// guesses cannot all slip through while the first is being looked at.
    ///
    /// # Errors
    ///
    /// [`SignInError::Paused`] where too many were counted before.
    pub async fn count(&self, now: Moment) -> Result<Counted, SignInError> {
        for _ in 0..CONFLICTS_MAX {
            let record = self.ground.store.read(self.table, &self.key, now).await?;
            let before: Option<Failures> =
                record.as_ref().map(|record| FailuresRecord::decode(&record.data)).transpose()?;
            match self.rule.pause(before, now) {
                Some(Pause::Until(until)) => {
                    return Err(SignInError::Paused { wait: until.since(now) });
                }
                Some(Pause::Locked) => return Err(SignInError::Locked),
                None => {}
            }
            let after = self.rule.count(before, now);
            let expect = record.map_or(Expect::Absent, |record| Expect::Version(record.version));
            let ends = Some(now.plus(self.rule.forget_after));
            let data = FailuresRecord::encode(after)?;
            let place = (self.table, self.key.as_slice());
            let mut change = Change::new().put(place, expect, data, ends);
            if let Some(room) = self.room {
                change = room.make(change, &self.key, self.ground, now).await?;
            }
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                other => {
                    other?;
                    let locks = self.rule.most.is_some_and(|most| after.count >= most);
                    return Ok(Counted { before, after, locks });
                }
            }
        }
        Err(SignInError::Busy)
    }

    /// Takes a failure back that was none, whatever others count at the same
    /// time. The wait that it began is over too, unless others failed since.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn take_back(&self, counted: Counted, now: Moment) -> Result<(), SignInError> {
        for _ in 0..CONFLICTS_MAX {
            let record = self.ground.store.read(self.table, &self.key, now).await?;
            let Some(record) = record else { return Ok(()) };
            let (at, expect) = ((self.table, self.key.as_slice()), Expect::Version(record.version));
            let mut failures = FailuresRecord::decode(&record.data)?;
            failures.count = failures.count.saturating_sub(1);
            if let Some(before) = counted.before.filter(|_| failures.last == counted.after.last) {
                failures.last = before.last;
            }
            let change = match failures.count {
                0 => Change::new().delete(at, expect),
                _ => {
                    Change::new().put(at, expect, FailuresRecord::encode(failures)?, record.expires)
                }
            };
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(SignInError::Busy)
    }

    /// Whether only an operator can open it again.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn is_locked(&self, now: Moment) -> Result<bool, SignInError> {
        let record = self.ground.store.read(self.table, &self.key, now).await?;
        let failures = record.map(|record| FailuresRecord::decode(&record.data)).transpose()?;
        Ok(self.rule.pause(failures, now) == Some(Pause::Locked))
    }

    /// Adds to a change that all failures are forgotten.
    pub fn forget(&self, change: Change) -> Change {
        change.delete((self.table, self.key.as_slice()), Expect::Any)
    }
}

/// One failure that was counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    before: Option<Failures>,
    after: Failures,
    /// Whether it was the last one that is looked at.
    pub locks: bool,
}
