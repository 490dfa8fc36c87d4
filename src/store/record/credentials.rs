//! What accounts prove themselves with. Sealed before it is stored.

use serde::{Deserialize, Serialize};

use super::{decode, encode};
use crate::store::{StoreError, Table};

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
    /// Phones that say yes or no.
    #[serde(default)]
    pub phones: Vec<PhoneShape>,
    /// Passkeys.
    #[serde(default)]
    pub passkeys: Vec<PasskeyShape>,
    /// Codes on paper.
    #[serde(default)]
    pub recovery: Option<RecoveryShape>,
    /// The kind that is asked first, as a word of `domain::Factor`.
    #[serde(default)]
    pub preferred: Option<String>,
    /// A pass of the help desk.
    #[serde(default)]
    pub pass: Option<PassShape>,
    /// Whether the password must be replaced at the next sign-in, because
    /// somebody else seems to know it.
    #[serde(default)]
    pub password_known: bool,
    /// Up to when a factor that was shown spares no browser another one, in
    /// milliseconds: its owner ended a session then.
    #[serde(default)]
    pub untrusted_to: Option<u64>,
    /// When the owner was last told by mail that somebody else was setting up a
    /// factor, in milliseconds.
    #[serde(default)]
    pub race_told: Option<u64>,
}

/// A phone that says yes or no; its key is under its id.
#[derive(Clone, Serialize, Deserialize)]
pub struct PhoneShape {
    /// 16 bytes of chance, hexadecimal.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was proven, in milliseconds.
    pub added: u64,
    /// When it was used last, in milliseconds.
    pub last: u64,
    /// Whether there is a passkey behind its yes, which is taken.
    #[serde(default)]
    pub passkey: bool,
}

/// A passkey.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyShape {
    /// The credential's id, base64url.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made, in milliseconds.
    pub added: u64,
    /// When it was used last, in milliseconds.
    pub last: u64,
    /// Whether it seemed to be copied, and is not taken any more.
    #[serde(default)]
    pub cloned: bool,
    /// Its public key and counter, as the ceremonies keep them.
    pub key: serde_json::Value,
}

/// Codes on paper.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecoveryShape {
    /// Hashes of those that were not used, base64.
    pub hashes: Vec<String>,
    /// When they were made, in milliseconds.
    pub made: u64,
    /// Whether their owner said to have kept them.
    pub kept: bool,
}

/// A pass of the help desk.
#[derive(Clone, Serialize, Deserialize)]
pub struct PassShape {
    /// Its hash, base64.
    pub hash: String,
    /// Until when it can be used, in milliseconds.
    pub until: u64,
    /// The account's epoch when it was given: whatever ends the account's
    /// sessions ends the pass as well.
    pub epoch: u64,
}

/// An app that shows codes.
#[derive(Clone, Serialize, Deserialize)]
pub struct CodeShape {
    /// What its owner calls it; empty for "the app".
    #[serde(default)]
    pub name: String,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record::PhoneRecord;

    #[test]
    fn a_phone_from_before_passkeys_reads_as_one_without() {
        let credentials = |more: &str| {
            let phone = format!(r#"{{"id":"0a","name":"Phone","added":1,"last":2{more}}}"#);
            let text = format!(r#"{{"v":1,"phones":[{phone}]}}"#);
            CredentialsRecord::decode(text.as_bytes()).unwrap().phones[0].passkey
        };
        assert!(!credentials(""));
        // Control: what is written now reads back.
        assert!(credentials(r#","passkey":true"#));
        let phone = |more: &str| {
            let record = r#"{"v":1,"account":"0a","key":"BA","name":"Phone","proven":true"#;
            PhoneRecord::decode(format!("{record}{more}}}").as_bytes()).unwrap().passkey
        };
        assert!(phone("").is_none());
        assert!(phone(r#","passkey":{"key":{}}"#).is_some_and(|passkey| !passkey.cloned));
    }
}
