//! Phones that say yes or no, how they are joined to an account, and the one
//! question to them. All are sealed before they are stored.

use serde::{Deserialize, Serialize};

use super::{decode, encode};
use crate::store::{StoreError, Table};

/// A phone.
#[derive(Clone, Serialize, Deserialize)]
pub struct PhoneRecord {
    /// Whose.
    pub account: String,
    /// The public key, uncompressed, base64.
    pub key: String,
    /// What its owner called it when it was joined.
    pub name: String,
    /// How it is woken, if it can be.
    #[serde(default)]
    pub push: Option<PushShape>,
    /// Whether it said yes once; until then it counts for nothing.
    pub proven: bool,
    /// The passkey behind its yes, where it was joined with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PhonePasskeyShape>,
}

/// A passkey behind a phone's yes.
#[derive(Clone, Serialize, Deserialize)]
pub struct PhonePasskeyShape {
    /// Its public key and counter, as the ceremonies keep them.
    pub key: serde_json::Value,
    /// Whether it seemed to be copied, and is not taken any more.
    #[serde(default)]
    pub cloned: bool,
}

/// Where a push service takes messages for a phone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushShape {
    /// Its address.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The browser's secret, base64url.
    pub auth: String,
}

/// A phone that is being joined.
#[derive(Clone, Serialize, Deserialize)]
pub struct PairingRecord {
    /// To which account.
    pub account: String,
    /// By the half-done sign-in with this hash, base64.
    pub ticket: String,
    /// Which phone used the code; none as long as it waits for one.
    #[serde(default)]
    pub phone: Option<String>,
}

/// What an account's phones were asked.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ApprovalRecord {
    /// The one question.
    #[serde(default)]
    pub question: Option<QuestionShape>,
    /// The numbers that may still be on a screen, and until when, in milliseconds.
    #[serde(default)]
    pub numbers: Vec<(String, u64)>,
    /// Questions from browsers that the account knows, since the last yes.
    #[serde(default)]
    pub known: AsksShape,
    /// Those from other browsers.
    #[serde(default)]
    pub new: AsksShape,
    /// When the person was last told that there were too many, in milliseconds.
    #[serde(default)]
    pub told: Option<u64>,
}

/// A question.
#[derive(Clone, Serialize, Deserialize)]
pub struct QuestionShape {
    /// 16 bytes of chance, hexadecimal.
    pub id: String,
    /// The number that the computer shows.
    pub number: String,
    /// 32 bytes of chance, base64url; the phone signs it.
    pub nonce: String,
    /// When it was asked, in milliseconds.
    pub asked: u64,
    /// Until when it can be answered, in milliseconds.
    pub expires: u64,
    /// Which half-done sign-in asks, by its hash, base64.
    pub ticket: String,
    /// The account's epoch then.
    pub epoch: u64,
    /// From which browser and system, in our words.
    pub device: String,
    /// From which address.
    pub address: String,
    /// Whether the account knows the browser.
    pub known: bool,
    /// The only phone that is asked, where one is being set up.
    #[serde(default)]
    pub only: Option<String>,
    /// What was answered, as a word of `domain::QuestionState`.
    pub state: String,
    /// Which phone answered.
    #[serde(default)]
    pub phone: Option<String>,
    /// When, in milliseconds.
    #[serde(default)]
    pub answered: Option<u64>,
}

/// How often phones were asked.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct AsksShape {
    /// In a row.
    pub count: u32,
    /// When last, in milliseconds.
    pub last: u64,
    /// When, within the last hour, in milliseconds.
    #[serde(default)]
    pub hour: Vec<u64>,
}

macro_rules! sealed_record {
    ($record:ident, $table:expr) => {
        impl std::fmt::Debug for $record {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($record))
            }
        }

        impl $record {
            /// As bytes, to be sealed.
            ///
            /// # Errors
            ///
            /// [`StoreError::Unreadable`] where it cannot be written as JSON.
            pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
                encode($table, self)
            }

            /// From unsealed bytes.
            ///
            /// # Errors
            ///
            /// [`StoreError::Unreadable`].
            pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
                decode($table, bytes)
            }
        }
    };
}

sealed_record!(PhoneRecord, Table::Phone);
sealed_record!(PairingRecord, Table::Pairing);
sealed_record!(ApprovalRecord, Table::Approval);
