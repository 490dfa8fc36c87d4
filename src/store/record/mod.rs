//! The shapes on disk, apart from the domain so that either can change.
//!
//! Every record is JSON with a version number `v`. A reader refuses versions
//! it does not know instead of guessing.

mod approval;
mod credentials;
mod half_done;
mod handover;
mod kept_post;
mod mail;
mod reset;

pub use approval::{
    ApprovalRecord, AsksShape, PairingRecord, PhonePasskeyShape, PhoneRecord, PushShape,
    QuestionShape,
};
pub use credentials::{
    CodeShape, CredentialsRecord, PassShape, PasskeyShape, PhoneShape, RecoveryShape,
};
pub use half_done::{PendingShape, ProvenShape, PurposeShape, TicketRecord, TroubleShape};
pub use handover::{
    DepartureRecord, GoneOnRecord, HandoverRecord, HostSessionRecord, RoundRecord, VisitRecord,
};
pub use kept_post::{KeptHeadRecord, KeptPostRecord};
pub use mail::{MailRecord, MailStateRecord, UnhashedRecord};
pub use reset::ResetRecord;

use std::net::IpAddr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{StoreError, Table};
use crate::domain::{
    Account, AccountId, AccountState, Device, Email, Failures, FullName, Group, Language,
    LoginName, Mark, Method, Moment, Subject, Used,
};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    #[serde(flatten)]
    value: T,
}

fn encode<T: Serialize>(table: Table, value: T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(&Versioned { v: VERSION, value })
        .map_err(|error| StoreError::Unreadable { table, wrong: error.to_string() })
}

fn decode<T: DeserializeOwned>(table: Table, bytes: &[u8]) -> Result<T, StoreError> {
    let read: Versioned<T> = serde_json::from_slice(bytes)
        .map_err(|error| StoreError::Unreadable { table, wrong: error.to_string() })?;
    match read.v {
        VERSION => Ok(read.value),
        other => Err(StoreError::Unreadable {
            table,
            wrong: format!("version {other} is newer than this program's {VERSION}"),
        }),
    }
}

fn unreadable(table: Table, wrong: impl ToString) -> StoreError {
    StoreError::Unreadable { table, wrong: wrong.to_string() }
}

#[derive(Serialize, Deserialize)]
struct AccountShape {
    id: String,
    #[serde(default)]
    subject: Option<String>,
    name: String,
    email: String,
    full_name: Option<String>,
    language: Option<String>,
    groups: Vec<String>,
    disabled: bool,
    password: Option<String>,
    password_until: Option<u64>,
    epoch: u64,
    created: u64,
}

/// Reads and writes accounts.
#[derive(Debug)]
pub struct AccountRecord;

impl AccountRecord {
    /// An account as bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(account: &Account) -> Result<Vec<u8>, StoreError> {
        let shape = AccountShape {
            id: account.id.to_string(),
            subject: account.subject.as_ref().map(|subject| subject.as_str().to_owned()),
            name: account.name.as_str().to_owned(),
            email: account.email.as_str().to_owned(),
            full_name: account.full_name.as_ref().map(|name| name.as_str().to_owned()),
            language: account.language.map(|language| language.code().to_owned()),
            groups: account.groups.iter().map(|group| group.as_str().to_owned()).collect(),
            disabled: account.state == AccountState::Disabled,
            password: account.password.clone(),
            password_until: account.password_until.map(Moment::unix_millis),
            epoch: account.epoch,
            created: account.created.unix_millis(),
        };
        encode(Table::Account, shape)
    }

    /// An account from bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Account, StoreError> {
        const T: Table = Table::Account;
        let shape: AccountShape = decode(T, bytes)?;
        let groups: Result<Vec<_>, _> = shape.groups.iter().map(|g| Group::parse(g)).collect();
        Ok(Account {
            id: AccountId::parse(&shape.id).ok_or_else(|| unreadable(T, "the id is malformed"))?,
            subject: shape
                .subject
                .as_deref()
                .map(Subject::parse)
                .transpose()
                .map_err(|e| unreadable(T, e))?,
            name: LoginName::parse(&shape.name).map_err(|e| unreadable(T, e))?,
            email: Email::parse(&shape.email).map_err(|e| unreadable(T, e))?,
            full_name: shape
                .full_name
                .as_deref()
                .map(FullName::parse)
                .transpose()
                .map_err(|e| unreadable(T, e))?,
            language: shape.language.as_deref().and_then(Language::parse),
            groups: groups.map_err(|e| unreadable(T, e))?,
            state: match shape.disabled {
                true => AccountState::Disabled,
                false => AccountState::Active,
            },
            password: shape.password,
            password_until: shape.password_until.map(Moment::from_unix_millis),
            epoch: shape.epoch,
            created: Moment::from_unix_millis(shape.created),
        })
    }
}

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Whose it is.
    pub account: AccountId,
    /// The account's epoch when it was opened.
    pub epoch: u64,
    /// When it was opened.
    pub opened: Moment,
    /// When it was last used, to the minute.
    pub last_seen: Moment,
    /// When the last check was made.
    pub proven_at: Moment,
    /// Which checks were passed.
    pub methods: Vec<Method>,
    /// Whether its owner chose to stay signed in.
    pub stays: bool,
    /// Whether it ended a first connection.
    pub first: bool,
    /// With which device it was opened.
    pub device: Device,
    /// From which address it was opened.
    pub address: Option<IpAddr>,
}

#[derive(Serialize, Deserialize)]
struct SessionShape {
    account: String,
    epoch: u64,
    opened: u64,
    last_seen: u64,
    proven_at: u64,
    methods: Vec<String>,
    #[serde(default)]
    stays: bool,
    #[serde(default)]
    first: bool,
    #[serde(flatten)]
    from: FromShape,
}

/// From where somebody came, as it is kept; whatever cannot be read back is not
/// known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromShape {
    #[serde(default)]
    browser: String,
    #[serde(default)]
    system: String,
    #[serde(default)]
    address: String,
}

impl FromShape {
    /// As it is kept.
    pub fn new(device: Device, address: Option<IpAddr>) -> Self {
        Self {
            browser: device.browser().to_owned(),
            system: device.system().to_owned(),
            address: address.map(|address| address.to_string()).unwrap_or_default(),
        }
    }

    /// With which device.
    pub fn device(&self) -> Device {
        Device::from_names(&self.browser, &self.system)
    }

    /// From which address.
    pub fn address(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }
}

impl SessionRecord {
    /// What decides whether it still stands.
    pub fn used(&self) -> Used {
        Used { opened: self.opened, last_seen: self.last_seen, stays: self.stays }
    }

    /// As bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let shape = SessionShape {
            account: self.account.to_string(),
            epoch: self.epoch,
            opened: self.opened.unix_millis(),
            last_seen: self.last_seen.unix_millis(),
            proven_at: self.proven_at.unix_millis(),
            methods: self.methods.iter().map(|method| method.word().to_owned()).collect(),
            stays: self.stays,
            first: self.first,
            from: FromShape::new(self.device, self.address),
        };
        encode(Table::Session, shape)
    }

    /// From bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`]; a method this program does not know is an
    /// error, not a method less.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        const T: Table = Table::Session;
        let shape: SessionShape = decode(T, bytes)?;
        let methods: Option<Vec<_>> = shape.methods.iter().map(|m| Method::from_word(m)).collect();
        Ok(Self {
            account: AccountId::parse(&shape.account)
                .ok_or_else(|| unreadable(T, "the account is malformed"))?,
            epoch: shape.epoch,
            opened: Moment::from_unix_millis(shape.opened),
            last_seen: Moment::from_unix_millis(shape.last_seen),
            proven_at: Moment::from_unix_millis(shape.proven_at),
            methods: methods.ok_or_else(|| unreadable(T, "a method is not known"))?,
            stays: shape.stays,
            first: shape.first,
            device: shape.from.device(),
            address: shape.from.address(),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct FailuresShape {
    count: u32,
    last: u64,
    #[serde(default)]
    faded: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recent: Vec<u16>,
}

/// Reads and writes failure counters.
#[derive(Debug)]
pub struct FailuresRecord;

impl FailuresRecord {
    /// A counter as bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(failures: Failures) -> Result<Vec<u8>, StoreError> {
        let shape = FailuresShape {
            count: failures.count,
            last: failures.last.unix_millis(),
            faded: Some(failures.faded.unix_millis()),
            recent: failures.recent.marks().map(|mark| mark.0).collect(),
        };
        encode(Table::Failures, shape)
    }

    /// A counter from bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Failures, StoreError> {
        let shape: FailuresShape = decode(Table::Failures, bytes)?;
        let last = Moment::from_unix_millis(shape.last);
        Ok(Failures {
            count: shape.count,
            last,
            faded: shape.faded.map_or(last, Moment::from_unix_millis),
            recent: shape.recent.into_iter().map(Mark).collect(),
        })
    }
}

/// A signing key, before it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its name in tokens and in the key set.
    pub kid: String,
    /// The key pair as PKCS#8, base64.
    pub pkcs8: String,
    /// When it was made and first published, in milliseconds.
    pub created: u64,
}

impl std::fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRecord").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl KeyRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Key, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Key, bytes)
    }
}
