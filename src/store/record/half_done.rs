//! Half-done sign-ins. They are sealed before they are stored.

use serde::{Deserialize, Serialize};

use super::{FromShape, decode, encode};
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
    /// An app that is being set up and did not prove itself yet.
    #[serde(default)]
    pub pending: Option<PendingShape>,
    /// The code under which a phone is being joined to the account.
    #[serde(default)]
    pub pairing: Option<String>,
    /// The question to the account's phones that this sign-in asked, by its id.
    #[serde(default)]
    pub asked: Option<String>,
    /// A passkey ceremony under way: its state, as JSON.
    #[serde(default)]
    pub ceremony: Option<String>,
    /// Codes on paper that are on the screen and were not kept yet.
    #[serde(default)]
    pub recovery_codes: Vec<String>,
    /// What it is for, where it is no sign-in.
    #[serde(default)]
    pub purpose: Option<PurposeShape>,
    /// What went wrong last, for support.
    #[serde(default)]
    pub trouble: Option<TroubleShape>,
    /// From where it was begun.
    #[serde(default)]
    pub from: FromShape,
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
    /// Which factor, as a word of `domain::Method`.
    pub factor: Option<String>,
    /// Whether the account's mail stands for a forgotten password.
    #[serde(default)]
    pub by_mail: bool,
    /// Whether a passkey stands for password and factor.
    #[serde(default)]
    pub by_passkey: bool,
    /// Whether a pass of the help desk stands for a lost factor.
    #[serde(default)]
    pub pass: bool,
    /// Until when mail or pass count, in milliseconds, where one was shown.
    #[serde(default)]
    pub until: Option<u64>,
    /// How many factors there were when a pass was shown.
    #[serde(default)]
    pub factors: Option<usize>,
}

/// Something that somebody with a session is in the middle of.
#[derive(Clone, Serialize, Deserialize)]
pub struct PurposeShape {
    /// `confirm` or `add`.
    pub what: String,
    /// Whose session.
    pub account: String,
    /// The account's epoch when it began.
    pub epoch: u64,
    /// The session's hash, base64.
    pub session: String,
    /// Whether it leads to the account page; else to where the visitor was
    /// going.
    pub to_account: bool,
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
