//! Telling a push service who writes: RFC 8292 (VAPID).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::hosts::Origin;
use super::{PushError, PushSettingsError};
use crate::domain::{Email, Moment};

/// How long what we sign is valid. At most a day is allowed (RFC 8292 section
/// 2); the half leaves room for clocks that are off.
pub const VALID_FOR: Duration = Duration::from_secs(12 * 60 * 60);
/// Longest contact in bytes.
const CONTACT_BYTES_MAX: usize = 256;
/// Names that lead to nobody. Apple's service refuses a contact below them.
const NOBODY: [&str; 3] = ["localhost", "local", "invalid"];

/// Whom a push service writes to when something is wrong with our messages:
/// `mailto:` and an address, or the `https:` address of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

/// A contact that push services refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Neither an address nor a page.
    #[error(
        "{0:?} is neither mailto: with an address nor a page by https:; write for example \
        mailto:portal@example.be"
    )]
    Form(String),
    /// Nobody can be reached there.
    #[error(
        "{0:?} leads to nobody outside this machine or network, and Apple's push service refuses \
        that; write an address that works anywhere"
    )]
    Nobody(String),
}

impl FromStr for Contact {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ContactError::Form(text.to_owned());
        let plain = |byte: u8| byte.is_ascii_graphic() && !br#"\"<>"#.contains(&byte);
        if text.len() > CONTACT_BYTES_MAX || !text.bytes().all(plain) {
            return Err(wrong());
        }
        let host = if let Some(address) = text.strip_prefix("mailto:") {
            Email::parse(address).map_err(|_| wrong())?;
            address.rsplit('@').next().unwrap_or_default()
        } else {
            let after = text.strip_prefix("https://").ok_or_else(wrong)?;
            let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
            if authority.contains('@') {
                return Err(wrong());
            }
            authority.split(':').next().unwrap_or_default()
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let last = host.rsplit('.').next().unwrap_or_default();
        if NOBODY.contains(&last) {
            return Err(ContactError::Nobody(text.to_owned()));
        }
        // A name has a dot; an address in digits is no one's.
        if !host.contains('.') || !last.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(wrong());
        }
        Ok(Self(text.to_owned()))
    }
}

/// The gateway's key pair. Subscriptions are bound to it: with another, every
/// phone has to be set up again.
pub struct VapidKey {
    pair: EcdsaKeyPair,
    public: String,
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapidKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl VapidKey {
    /// A P-256 key pair from its PKCS#8 bytes.
    pub fn load(pkcs8: &[u8]) -> Result<Self, PushSettingsError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|_| PushSettingsError::Key)?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// The public key in base64url.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The `Authorization` of a message. It is good for one push service only.
    pub fn authorization(
        &self,
        service: &Origin,
        Contact(contact): &Contact,
        now: Moment,
    ) -> Result<String, PushError> {
        let claims = json!({
            "aud": service.to_string(),
            "exp": now.plus(VALID_FOR).unix_seconds(),
            "sub": contact,
        });
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.map_err(|_| PushError::NotMade)?);
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public))
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;
    use crate::notice::push::hosts::{Endpoint, PushHosts};

    fn key() -> VapidKey {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        VapidKey::load(pair.as_ref()).unwrap()
    }

    #[test]
    fn what_is_signed_verifies_and_tells_service_contact_and_end() {
        let endpoint = "https://fcm.googleapis.com:443/fcm/send/secret";
        let endpoint = Endpoint::read(endpoint, &PushHosts::default()).map_err(|e| e.to_string());
        let origin = endpoint.unwrap().origin;
        let contact: Contact = "mailto:portal@example.be".parse().unwrap();
        let now = Moment::from_unix_millis(1_796_644_800_123);
        let key = key();
        let header = key.authorization(&origin, &contact, now).unwrap();

        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key.public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let verify = |public: &str, signed: &str| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(public))
                .verify(signed.as_bytes(), &decode(signature))
                .is_ok()
        };
        assert!(verify(public, signed));
        let (head, claims) = signed.split_once('.').unwrap();
        let read = |part: &str| serde_json::from_slice::<Value>(&decode(part)).unwrap();
        assert_eq!(read(head), json!({ "typ": "JWT", "alg": "ES256" }));
        // The origin alone: the rest of the address is the subscription's secret.
        let (aud, sub) = ("https://fcm.googleapis.com", "mailto:portal@example.be");
        let exp = now.unix_seconds() + VALID_FOR.as_secs();
        assert_eq!(read(claims), json!({ "aud": aud, "exp": exp, "sub": sub }));
        // Control: another key and other words do not verify.
        assert!(!verify(self::key().public(), signed));
        assert!(!verify(public, &format!("{signed}A")));
    }

    #[test]
    fn a_contact_that_apple_would_refuse_is_refused() {
        let form = |text: &str| ContactError::Form(text.to_owned());
        let nobody = |text: &str| ContactError::Nobody(text.to_owned());
        let refused = |text: &str| text.parse::<Contact>().unwrap_err();
        let long = format!("https://example.be/{}", "a".repeat(CONTACT_BYTES_MAX));
        for text in [
            "",
            "portal@example.be",
            "mailto:",
            "mailto:portal",
            "mailto:Portal <portal@example.be>",
            "mailto:a@example.be,b@example.be",
            "http://example.be",
            "https://",
            "https:///help",
            "https://portal",
            "https://127.0.0.1/help",
            "https://user@example.be",
            "https://example.be/\"",
            "https://example.be/ a",
            "tel:+3225550000",
            &long,
        ] {
            assert_eq!(refused(text), form(text), "{text}");
        }
        for text in [
            "mailto:portal@sub.localhost",
            "mailto:portal@portal.LOCAL",
            "mailto:portal@portal.invalid",
            "https://localhost/help",
            "https://localhost:8443",
            "https://portal.local./help",
        ] {
            assert_eq!(refused(text), nobody(text), "{text}");
        }
        // Control: contacts as they should be.
        for text in ["mailto:portal@example.be", "https://example.be", "https://a.be:8443/help"] {
            assert!(text.parse::<Contact>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_key_does_not_show_its_private_part_and_another_kind_is_refused() {
        let key = key();
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("VapidKey {{ public: {:?}, .. }}", key.public()));
        assert_eq!(VapidKey::load(b"").unwrap_err(), PushSettingsError::Key);
    }
}
