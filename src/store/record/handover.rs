//! Handing a sign-in over to other hosts: who left, the code that brings them
//! back, and the sessions there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{decode, encode, unreadable};
use crate::domain::{Method, Moment, SessionHash};
use crate::store::{StoreError, Table};

/// Where a visitor was going who left a host to sign in, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartureRecord {
    /// The host that they left.
    pub host: String,
    /// The same as browsers say it.
    pub origin: String,
    /// The hash of the nonce that the host gave the browser, base64.
    pub nonce: String,
    /// The path and query that they asked for.
    pub path: String,
    /// How long ago the last check may have been made, in seconds.
    #[serde(default)]
    pub within: Option<u64>,
    /// Origins that get the sign-in first, the next one last.
    #[serde(default)]
    pub others: Vec<String>,
    /// The departure that goes on after this one.
    #[serde(default)]
    pub then: Option<String>,
    /// The hash of the nonce of the browser that it waits for where the pages are,
    /// base64.
    #[serde(default)]
    pub browser: Option<String>,
    /// Who went on with it, as far as somebody did.
    #[serde(default)]
    pub account: Option<String>,
    /// Whether the host that was left has seen that it is that browser's.
    #[serde(default)]
    pub own: bool,
}

impl DepartureRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Departure, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Departure, bytes)
    }
}

/// A visit to another host of the group, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRecord {
    /// The departure that goes on after it.
    pub departure: String,
    /// The host that is visited, as browsers say it.
    pub origin: String,
    /// Who is on the way.
    pub account: String,
}

impl VisitRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Departure, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Departure, bytes)
    }
}

/// What a handover's code stands for, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverRecord {
    /// The host it counts on.
    pub host: String,
    /// The hash of the nonce that the browser must bring, base64.
    pub nonce: String,
    /// The hash of the session that is handed over, base64.
    pub session: String,
    /// Where the visitor was going there.
    pub path: String,
    /// The departure that goes on after this one.
    #[serde(default)]
    pub then: Option<String>,
}

impl HandoverRecord {
    /// The session that is handed over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it is none.
    pub fn session(&self) -> Result<SessionHash, StoreError> {
        session_from(Table::Handover, &self.session)
    }

    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Handover, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Handover, bytes)
    }
}

/// How often a browser was handed over to one address, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRecord {
    /// Where to, path and query.
    pub path: String,
    /// How often in a row.
    pub count: u32,
}

impl RoundRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Departure, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Departure, bytes)
    }
}

/// A session on a host other than that of the pages. It stands while the one
/// that it belongs to stands, and proves no more than that one did when it was
/// handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSessionRecord {
    /// The session that it belongs to.
    pub root: SessionHash,
    /// When the last check was made before it was handed over.
    pub proven_at: Moment,
    /// Which checks were passed until then.
    pub methods: Vec<Method>,
}

#[derive(Serialize, Deserialize)]
struct HostSessionShape {
    root: String,
    proven_at: u64,
    methods: Vec<String>,
}

impl HostSessionRecord {
    /// As bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let shape = HostSessionShape {
            root: BASE64.encode(self.root.0),
            proven_at: self.proven_at.unix_millis(),
            methods: self.methods.iter().map(|method| method.word().to_owned()).collect(),
        };
        encode(Table::HostSession, shape)
    }

    /// From bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`]; a method this program does not know is an
    /// error, not a method less.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        const T: Table = Table::HostSession;
        let shape: HostSessionShape = decode(T, bytes)?;
        let methods: Option<Vec<_>> = shape.methods.iter().map(|m| Method::from_word(m)).collect();
        Ok(Self {
            root: session_from(T, &shape.root)?,
            proven_at: Moment::from_unix_millis(shape.proven_at),
            methods: methods.ok_or_else(|| unreadable(T, "a method is not known"))?,
        })
    }
}

/// Under what a session goes on that got another value, where those on other hosts
/// did not go on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneOnRecord {
    /// The hash of its new value, base64.
    session: String,
}

impl GoneOnRecord {
    /// Under this one.
    pub fn new(session: SessionHash) -> Self {
        Self { session: BASE64.encode(session.0) }
    }

    /// The session.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it is none.
    pub fn session(&self) -> Result<SessionHash, StoreError> {
        session_from(Table::HostSessionOf, &self.session)
    }

    /// As bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::HostSessionOf, self)
    }

    /// From bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::HostSessionOf, bytes)
    }
}

fn session_from(table: Table, text: &str) -> Result<SessionHash, StoreError> {
    let bytes = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(SessionHash).ok_or_else(|| unreadable(table, "the session is malformed"))
}
