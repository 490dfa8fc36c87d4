//! Bytes as JSON carries them: base64url without padding (RFC 4648 section 5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Some bytes, written as base64url. Another spelling of the same bytes is not
/// read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded(pub(super) Vec<u8>);

impl Encoded {
    pub(super) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The library's own message would repeat what was sent.
        let wrong = |_| D::Error::custom("not base64url");
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(wrong)
    }
}
