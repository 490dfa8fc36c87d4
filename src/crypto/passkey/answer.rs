//! What the browser sends: JSON in the shapes of WebAuthn level 3, sections
//! 5.1.1 and 5.8.1.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::PasskeyError;
use super::encoded::Encoded;

/// Longest answer that is looked at, in bytes. An RSA key with the longest id
/// and a statement nobody asked for stays below it.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// An answer, with what the device said in `response`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer<R> {
    id: Encoded,
    raw_id: Encoded,
    #[serde(rename = "type")]
    kind: String,
    pub(super) response: R,
    #[serde(default)]
    client_extension_results: ExtensionResults,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExtensionResults {
    cred_props: Option<CredentialProperties>,
}

#[derive(Debug, Deserialize)]
struct CredentialProperties {
    rk: Option<bool>,
}

/// What a device says when a passkey is set up.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attestation {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data: Encoded,
    pub(super) attestation_object: Encoded,
    #[serde(default)]
    pub(super) transports: Vec<String>,
}

/// What a device says when a passkey is used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assertion {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data: Encoded,
    pub(super) authenticator_data: Encoded,
    pub(super) signature: Encoded,
    pub(super) user_handle: Option<Encoded>,
}

impl<R: DeserializeOwned> Answer<R> {
    /// Reads an answer, and nothing of one that is too long.
    pub(super) fn read(text: &str) -> Result<Self, PasskeyError> {
        if text.len() > ANSWER_BYTES_MAX {
            return Err(PasskeyError::TooLong);
        }
        let answer: Self = serde_json::from_str(text)
            .map_err(|_| PasskeyError::Malformed("it is not an answer of a browser"))?;
        if answer.kind != "public-key" || answer.id != answer.raw_id {
            return Err(PasskeyError::Malformed("it is about no passkey, or about two"));
        }
        Ok(answer)
    }

    /// The id of the passkey it is about.
    pub(super) fn id(&self) -> &Encoded {
        &self.id
    }

    /// Whether the browser says that the device can find the passkey without
    /// being told its id. Nobody signs that.
    pub(super) fn discoverable(&self) -> Option<bool> {
        self.client_extension_results.cred_props.as_ref().and_then(|properties| properties.rk)
    }
}

/// What the browser saw, in the bytes that were signed (section 5.8.1).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) challenge: String,
    pub(super) origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<IgnoredAny>,
}

impl ClientData {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PasskeyError> {
        serde_json::from_slice(bytes)
            .map_err(|_| PasskeyError::Malformed("its client data cannot be read"))
    }

    /// Whether our page lay in a frame of another one.
    pub(super) fn framed(&self) -> bool {
        self.cross_origin == Some(true) || self.top_origin.is_some()
    }
}
