//! Forgotten passwords: what was mailed and did not come back yet. Sealed
//! before it is stored.

use serde::{Deserialize, Serialize};

use super::{decode, encode};
use crate::store::{StoreError, Table};

/// A mail about a forgotten password, before it is sealed. Code and key are
/// kept as hashes.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResetRecord {
    /// The hash of the code that is typed, base64.
    pub code: String,
    /// The hash of the key in the link, base64.
    pub key: String,
    /// How many codes were typed.
    pub tries: u32,
    /// The account's epoch when it was asked for: whatever ends its sessions
    /// ends this as well.
    pub epoch: u64,
    /// Until when either can be used, in milliseconds.
    pub until: u64,
}

impl std::fmt::Debug for ResetRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResetRecord").field("tries", &self.tries).finish_non_exhaustive()
    }
}

impl ResetRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Reset, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Reset, bytes)
    }
}
