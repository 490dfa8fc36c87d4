//! What is kept, and the promises about it.
//!
//! One narrow trait: read a record, list records, change records together.
//! Everything above is written once; a backend below only has to hold the
//! promises of [`Store`]. Values are opaque bytes here, sealed where they hold
//! secrets: no backend ever sees a key.

#[cfg(test)]
mod contract;
mod feed;
pub mod record;
pub mod remote;
mod room;
mod session_reader;
mod sled;
mod switch;

use async_trait::async_trait;

pub use feed::{Feed, Revocation};
pub use remote::RemoteStore;
pub use room::{ROOM_MIN, free_bytes};
pub use session_reader::{LiveSession, SessionReader};
pub use sled::{OpenError, SledStore};
pub use switch::{Paused, SwitchStore};

use crate::domain::Moment;

/// Largest value of one record in bytes. sled keeps larger ones in files of
/// their own, which our sync of its one file would miss.
pub const VALUE_BYTES_MAX: usize = 60 * 1024;

/// The kinds of records. The number is part of the key on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Table {
    /// Accounts by id.
    Account = 1,
    /// Account ids by folded name.
    Name = 2,
    /// Sessions by the hash of their value.
    Session = 3,
    /// Half-done sign-ins by the hash of their ticket.
    Ticket = 4,
    /// Where a visitor was going, by the hash of their ticket.
    WayBack = 5,
    /// Wrong passwords by the hash of the typed name.
    Failures = 6,
    /// Signing keys.
    Key = 7,
    /// Second factors and earlier passwords by account id.
    Credentials = 8,
    /// Account ids by the portal's own id for the person.
    Subject = 9,
    /// Tickets by support code.
    Support = 10,
    /// Mails to be sent, by the time of the next attempt.
    Outbox = 11,
    /// What became of the last mail, by account id.
    MailState = 12,
    /// Passwords that are not hashed yet, by account id.
    Unhashed = 13,
    /// Wrong passwords under names that nobody has, by the hash of the name.
    StrangerFailures = 14,
    /// Phones that say yes or no, by their own id.
    Phone = 15,
    /// Phones that are being joined to an account, by the hash of their code.
    Pairing = 16,
    /// The one open question to an account's phones, by account id.
    Approval = 17,
    /// Sessions by account id and session hash, for the list of them.
    SessionOf = 18,
    /// Forgotten passwords, by account id.
    Reset = 19,
    /// Where visitors were going who left a host to sign in, by the hash of a
    /// name for that; visits to hosts of their group; and how often a browser
    /// was handed over of late.
    Departure = 20,
    /// Codes by which a sign-in is handed to a host, by their hash.
    Handover = 21,
    /// Sessions on hosts other than that of the pages, by the hash of value and
    /// host.
    HostSession = 22,
    /// The same by the hash of the session they belong to and their own; and by the
    /// former alone, under what it goes on without them.
    HostSessionOf = 23,
    /// Forms that met an expired session, in pieces.
    KeptPost = 24,
    /// The same by whom they are counted under.
    KeptPostOf = 25,
}

impl Table {
    const ALL: [Self; 25] = [
        Self::Account,
        Self::Name,
        Self::Session,
        Self::Ticket,
        Self::WayBack,
        Self::Failures,
        Self::Key,
        Self::Credentials,
        Self::Subject,
        Self::Support,
        Self::Outbox,
        Self::MailState,
        Self::Unhashed,
        Self::StrangerFailures,
        Self::Phone,
        Self::Pairing,
        Self::Approval,
        Self::SessionOf,
        Self::Reset,
        Self::Departure,
        Self::Handover,
        Self::HostSession,
        Self::HostSessionOf,
        Self::KeptPost,
        Self::KeptPostOf,
    ];

    /// The table with this number on disk.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| *table as u8 == number)
    }
}

/// One stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Raised by every change; a conditional change names the one it read.
    pub version: u64,
    /// The value.
    pub data: Vec<u8>,
    /// From when on the record counts as absent.
    pub expires: Option<Moment>,
}

/// What must be true of a record for a change to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    Any,
    /// There is none.
    Absent,
    /// It is still the version that was read.
    Version(u64),
}

/// One step of a change.
#[derive(Clone, Debug)]
pub enum Step {
    /// Writes a record.
    Put {
        /// Where.
        table: Table,
        /// Under which key.
        key: Vec<u8>,
        /// On which condition.
        expect: Expect,
        /// The value.
        data: Vec<u8>,
        /// From when on it counts as absent.
        expires: Option<Moment>,
    },
    /// Changes nothing, but must hold for the others to be made.
    Check {
        /// Where.
        table: Table,
        /// Under which key.
        key: Vec<u8>,
        /// On which condition.
        expect: Expect,
    },
    /// Removes a record.
    Delete {
        /// Where.
        table: Table,
        /// Under which key.
        key: Vec<u8>,
        /// On which condition.
        expect: Expect,
    },
}

/// Steps that are all made or none, and what they revoke.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Told to every cache after the change is durable and before it is
    /// acknowledged.
    pub revokes: Vec<Revocation>,
}

impl Change {
    /// An empty change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record to write.
    #[must_use]
    pub fn put(
        mut self,
        (table, key): (Table, impl Into<Vec<u8>>),
        expect: Expect,
        data: Vec<u8>,
        expires: Option<Moment>,
    ) -> Self {
        self.steps.push(Step::Put { table, key: key.into(), expect, data, expires });
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn check(mut self, (table, key): (Table, impl Into<Vec<u8>>), expect: Expect) -> Self {
        self.steps.push(Step::Check { table, key: key.into(), expect });
        self
    }

    /// Adds a record to remove.
    #[must_use]
    pub fn delete(mut self, (table, key): (Table, impl Into<Vec<u8>>), expect: Expect) -> Self {
        self.steps.push(Step::Delete { table, key: key.into(), expect });
        self
    }

    /// Whether a step is about this record. A change has one step for each.
    pub fn names(&self, table: Table, key: &[u8]) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Put { table: at, key: own, .. }
            | Step::Check { table: at, key: own, .. }
            | Step::Delete { table: at, key: own, .. } => *at == table && own == key,
        })
    }

    /// Adds what the change revokes.
    #[must_use]
    pub fn revoke(mut self, revocation: Revocation) -> Self {
        self.revokes.push(revocation);
        self
    }
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A condition of a change did not hold; nothing was changed.
    #[error("the record was changed by somebody else")]
    Conflict,
    /// The value is larger than a record may be.
    #[error("the value of {bytes} bytes is larger than a record may be")]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
    /// The backend failed. Whether a change was made is not known.
    #[error("the store failed while {doing}")]
    Backend {
        /// What was being done, as a phrase that fits after "while".
        doing: &'static str,
        /// What the backend said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A record cannot be read by this version of the program.
    #[error("a record of {table:?} is not readable: {wrong}")]
    Unreadable {
        /// Which kind.
        table: Table,
        /// What is wrong with it.
        wrong: String,
    },
    /// The disk has no room; nothing was changed.
    #[error("the disk of the data folder is full: make room on it")]
    Full,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// What an operator is told whose command it stopped.
    pub fn told(&self) -> String {
        match self {
            Self::Full => self.to_string(),
            _ => "the store did not answer".to_owned(),
        }
    }
}

/// A place to keep records.
///
/// Promises, held by one suite for every backend:
/// - a change returns only when it would survive the loss of power;
/// - its steps are all made or none;
/// - its revocations reach every subscriber before it returns;
/// - an expired record is absent.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Reads one record.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`]; a store that does not answer is never "absent".
    async fn read(
        &self,
        table: Table,
        key: &[u8],
        now: Moment,
    ) -> Result<Option<Record>, StoreError>;

    /// Lists records in the order of their keys, at most `most`, after `after`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`].
    async fn list(
        &self,
        table: Table,
        after: Option<&[u8]>,
        most: usize,
        now: Moment,
    ) -> Result<Vec<(Vec<u8>, Record)>, StoreError>;

    /// Makes a change and waits until it is durable.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] where a condition did not hold,
    /// [`StoreError::TooLarge`], [`StoreError::Backend`].
    async fn commit(&self, change: Change, now: Moment) -> Result<(), StoreError>;

    /// Removes records that expired before `now`, at most `most`; says how many.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`].
    async fn sweep(&self, now: Moment, most: usize) -> Result<usize, StoreError>;

    /// Where revocations can be heard.
    fn feed(&self) -> &Feed;
}
