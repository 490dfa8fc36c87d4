//! Mails that wait, and passwords that are not hashed yet.

use serde::{Deserialize, Serialize};

use super::{decode, encode};
use crate::store::{StoreError, Table};

/// A mail that is to be sent. Sealed before it is stored: it may hold a
/// password or a code.
#[derive(Clone, Serialize, Deserialize)]
pub struct MailRecord {
    /// Whose account it is about.
    pub account: String,
    /// Which letter, as a word.
    pub letter: String,
    /// The provisional password, where the letter tells one.
    pub password: Option<String>,
    /// The code for a forgotten password, where the letter tells one.
    #[serde(default)]
    pub code: Option<String>,
    /// The key in the link of that letter.
    #[serde(default)]
    pub key: Option<String>,
    /// Until when what the letter tells can be used, or when it happened, in
    /// milliseconds.
    pub moment: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was queued, in milliseconds.
    pub queued: u64,
    /// The same at every attempt, so that a mail that is sent twice is seen to
    /// be one.
    pub id: String,
}

impl std::fmt::Debug for MailRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailRecord").field("letter", &self.letter).finish_non_exhaustive()
    }
}

impl MailRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Outbox, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Outbox, bytes)
    }
}

/// What became of the last mail about an account's access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailStateRecord {
    /// Which letter, as a word.
    pub letter: String,
    /// `queued`, `sent`, `refused`, `expired` or `replaced`.
    pub state: String,
    /// Since when, in milliseconds.
    pub at: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// What the mail server said last, if it was not "yes".
    pub answer: Option<String>,
}

impl MailStateRecord {
    /// As bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::MailState, self)
    }

    /// From bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::MailState, bytes)
    }
}

/// A provisional password that waits to be hashed, before it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct UnhashedRecord {
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for UnhashedRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnhashedRecord")
    }
}

impl UnhashedRecord {
    /// As bytes, to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        encode(Table::Unhashed, self)
    }

    /// From unsealed bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(Table::Unhashed, bytes)
    }
}
