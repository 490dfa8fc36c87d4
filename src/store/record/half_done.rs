//! Half-done sign-ins and what accounts prove themselves with. Both are sealed
//! before they are stored.

use serde::{Deserialize, Serialize};

use super::{decode, encode};
use crate::store::{StoreError, Table};

/// A half-done sign-in, before it is sealed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct TicketRecord {
    /// The name as it was typed, cut to a bound.
    pub name: String,
    /// The code by which support finds it.
    #[serde(default)]
    pub support: String,
    /// The person's own language, from the password on.
    #[serde(default)]
    pub language: Option<String>,
    /// Whether the person chose to stay signed in.
    #[serde(default)]
    pub stays: bool,
    /// How far the set-up is, as a word of `domain::Place`.
    #[serde(default)]
    pub place: String,
    /// What was shown so far; nothing before the password.
    #[serde(default)]
    pub proven: Option<ProvenShape>,
    /// A second factor that is being set up and was not proven yet.
    #[serde(default)]
    pub pending: Option<PendingShape>,
    /// What went wrong last, for support.
    #[serde(default)]
    pub trouble: Option<TroubleShape>,
    /// Whether a provisional password was replaced in this sign-in.
    #[serde(default)]
    pub first: bool,
}

/// A password that was matched, and perhaps a factor.
#[derive(Clone, Serialize, Deserialize)]
pub struct ProvenShape {
    /// Whose.
    pub account: String,
    /// The account's epoch then: evidence of an earlier one counts for nothing.
    pub epoch: u64,
    /// Which factor, as RFC 8176 calls it.
    pub factor: Option<String>,
}

/// A seed that was shown and not proven yet.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingShape {
    /// The seed, base64.
    pub seed: String,
    /// Steps that were diagnosed and can no longer be accepted.
    pub spent: Vec<u64>,
}

/// What went wrong last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleShape {
    /// A word for it.
    pub what: String,
    /// When, in milliseconds.
    pub at: u64,
    /// By how many steps of 30 s the phone's clock was ahead, where that was it.
    pub clock_steps: Option<i64>,
}

impl std::fmt::Debug for TicketRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TicketRecord").field("place", &self.place).finish_non_exhaustive()
    }
}

impl TicketRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Ticket, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Ticket, bytes)
    }
}

/// What an account proves itself with beside its password, before it is sealed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct CredentialsRecord {
    /// Apps that show codes.
    #[serde(default)]
    pub codes: Vec<CodeShape>,
    /// Seeds that were shown once and never proven, the newest last. They
    /// explain a wrong code and open nothing.
    #[serde(default)]
    pub older: Vec<String>,
    /// Hashes of earlier passwords, the newest last.
    #[serde(default)]
    pub passwords: Vec<String>,
}

/// An app that shows codes.
#[derive(Clone, Serialize, Deserialize)]
pub struct CodeShape {
    /// The seed, base64.
    pub seed: String,
    /// When it was proven, in milliseconds.
    pub added: u64,
    /// The latest step that was accepted.
    pub last: u64,
    /// Steps ahead of it that were diagnosed and can no longer be accepted.
    pub spent: Vec<u64>,
}

impl std::fmt::Debug for CredentialsRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialsRecord")
            .field("codes", &self.codes.len())
            .finish_non_exhaustive()
    }
}

impl CredentialsRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Credentials, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Credentials, bytes)
    }
}
