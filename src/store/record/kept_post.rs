//! Forms that met an expired session. What was sent is sealed with a key of which
//! the browser has one half and the head the other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{decode, encode, unreadable};
use crate::store::{StoreError, Table};

/// The head of a kept form; its pieces follow it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptHeadRecord {
    /// Our half of the key, base64.
    half: String,
    /// How many pieces there are.
    pub pieces: u8,
}

impl std::fmt::Debug for KeptHeadRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptHeadRecord").field("pieces", &self.pieces).finish_non_exhaustive()
    }
}

impl KeptHeadRecord {
    /// Of so many pieces, sealed with this half.
    pub fn new(half: &[u8; 32], pieces: u8) -> Self {
        Self { half: BASE64.encode(half), pieces }
    }

    /// Our half of the key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it is none.
    pub fn half(&self) -> Result<[u8; 32], StoreError> {
        let bytes = BASE64.decode(&self.half).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| unreadable(Table::KeptPost, "the key's half is malformed"))
    }

    /// As bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::KeptPost, self)
    }

    /// From bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::KeptPost, bytes)
    }
}

/// What was sent beside the body, before it is sealed with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPostRecord {
    /// Whose session had expired; nobody's where a form came from another site.
    pub account: Option<String>,
    /// Under what it is counted, base64.
    pub owner: String,
    /// The host it was sent to.
    pub host: String,
    /// The path and query it was sent to.
    pub path: String,
    /// What kind of form it is.
    pub content_type: String,
    /// What the page of another site said as `Origin`.
    #[serde(default)]
    pub origin: Option<String>,
}

impl KeptPostRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::KeptPost, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::KeptPost, bytes)
    }
}
