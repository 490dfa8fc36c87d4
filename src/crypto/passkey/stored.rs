//! A passkey as it is kept.

use serde::{Deserialize, Serialize};

use super::PasskeyError;
use super::authenticator_data::{AuthenticatorData, Flags};
use super::encoded::Encoded;
use super::public_key::PublicKey;

/// The id that a device gave a passkey: 16 to 1,023 bytes. No secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(Encoded);

impl CredentialId {
    pub(super) fn new(id: Encoded) -> Self {
        Self(id)
    }

    pub(super) fn is(&self, id: &Encoded) -> bool {
        self.0 == *id
    }

    /// As a key of the store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.0
    }

    /// As text: base64url, at most 1,364 characters.
    pub fn text(&self) -> String {
        self.0.text()
    }
}

/// How a browser reaches a device. A hint for the browser; nobody signs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Plugged in.
    Usb,
    /// Held close.
    Nfc,
    /// By radio.
    Ble,
    /// A card in a reader.
    SmartCard,
    /// Another device, such as a phone whose QR code is scanned.
    Hybrid,
    /// The device itself.
    Internal,
}

impl Transport {
    const ALL: [(Self, &str); 6] = [
        (Self::Usb, "usb"),
        (Self::Nfc, "nfc"),
        (Self::Ble, "ble"),
        (Self::SmartCard, "smart-card"),
        (Self::Hybrid, "hybrid"),
        (Self::Internal, "internal"),
    ];

    /// Those that are named and that we know, each once.
    pub(super) fn known(named: &[String]) -> Vec<Self> {
        let known = Self::ALL.into_iter().filter(|(_, name)| named.iter().any(|n| n == name));
        known.map(|(transport, _)| transport).collect()
    }
}

/// A passkey as it is kept: nothing in it is secret, and all of it must be
/// guarded against change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPasskey {
    id: CredentialId,
    key: PublicKey,
    counter: u32,
    backup_eligible: bool,
    backed_up: bool,
    verified_once: bool,
    discoverable: Option<bool>,
    transports: Vec<Transport>,
}

impl StoredPasskey {
    /// A new one.
    pub(super) fn new(
        id: CredentialId,
        key: PublicKey,
        data: &AuthenticatorData<'_>,
        transports: Vec<Transport>,
        discoverable: Option<bool>,
    ) -> Self {
        Self {
            id,
            key,
            counter: data.counter,
            backup_eligible: data.flags.has(Flags::BACKUP_ELIGIBLE),
            backed_up: data.flags.has(Flags::BACKED_UP),
            verified_once: data.flags.has(Flags::VERIFIED),
            discoverable,
            transports,
        }
    }

    /// Its id.
    pub fn id(&self) -> &CredentialId {
        &self.id
    }

    /// Whether the device ever made sure of the person. Where it did, it can be
    /// a whole sign-in; each use says anew whether it was.
    pub fn verified_once(&self) -> bool {
        self.verified_once
    }

    /// Whether the device can find it without being told who signs in, where
    /// the browser said so.
    pub fn discoverable(&self) -> Option<bool> {
        self.discoverable
    }

    /// Whether it is kept in more than one place now, so that losing the device
    /// is not losing the passkey.
    pub fn backed_up(&self) -> bool {
        self.backed_up
    }

    /// How browsers reach its device.
    pub fn transports(&self) -> &[Transport] {
        &self.transports
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verifies(message, signature)
    }

    /// As it is after a use whose signature was right.
    pub(super) fn after(&self, data: &AuthenticatorData<'_>) -> Result<Self, PasskeyError> {
        if data.flags.has(Flags::BACKUP_ELIGIBLE) != self.backup_eligible {
            return Err(PasskeyError::BackupEligibilityChanged);
        }
        if (data.counter, self.counter) != (0, 0) && data.counter <= self.counter {
            return Err(PasskeyError::Cloned { stored: self.counter, now: data.counter });
        }
        Ok(Self {
            counter: data.counter,
            backed_up: data.flags.has(Flags::BACKED_UP),
            verified_once: self.verified_once || data.flags.has(Flags::VERIFIED),
            ..self.clone()
        })
    }
}
