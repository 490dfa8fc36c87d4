//! A browser's subscription: where to write to it, and the keys to write with.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::hosts::{ENDPOINT_BYTES_MAX, Endpoint, PushHosts};

/// Bytes of a public key: an uncompressed point of P-256 (SEC 1, 2.3.3).
pub const PUBLIC_KEY_BYTES: usize = 65;
/// Bytes of the secret that browser and gateway share (RFC 8291 section 3.2).
pub const AUTH_SECRET_BYTES: usize = 16;
/// What an uncompressed point begins with.
const UNCOMPRESSED: u8 = 4;

/// A browser's subscription. Its form was checked; whether its address may be
/// written to is judged again each time.
///
/// Whoever knows address and secret can write to the phone, so `Debug` shows
/// neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    pub(super) endpoint: String,
    pub(super) p256dh: [u8; PUBLIC_KEY_BYTES],
    pub(super) auth: [u8; AUTH_SECRET_BYTES],
}

/// What a browser gave is no subscription that we would write to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionError {
    /// The address is too long.
    #[error("the subscription's address is longer than {ENDPOINT_BYTES_MAX} bytes")]
    EndpointTooLong,
    /// It is no address, or one with a user or a fragment.
    #[error("the subscription's address is not scheme, host and path alone")]
    NoAddress,
    /// The way there is not encrypted.
    #[error("the subscription's address is not https")]
    NotHttps,
    /// It is at a port of its own.
    #[error("the subscription's address is at port {0}, not 443")]
    Port(u16),
    /// The operator's list does not have the host.
    #[error("{0} is not a push service that push.hosts names; add it there if it is one")]
    HostNotAllowed(String),
    /// The browser's key.
    #[error("the subscription's key p256dh is not an uncompressed P-256 point in base64url")]
    PublicKey,
    /// The shared secret.
    #[error("the subscription's key auth is not {AUTH_SECRET_BYTES} bytes in base64url")]
    AuthSecret,
}

impl Subscription {
    /// Reads what a browser's `PushSubscription.toJSON()` gives: the address,
    /// and both keys in base64url without padding. Whether the key is a point
    /// of the curve shows when something is sent.
    ///
    /// # Errors
    ///
    /// [`SubscriptionError`].
    pub fn parse(
        endpoint: &str,
        p256dh: &str,
        auth: &str,
        hosts: &PushHosts,
    ) -> Result<Self, SubscriptionError> {
        Endpoint::read(endpoint, hosts)?;
        let p256dh = fixed(p256dh)
            .filter(|point: &[u8; PUBLIC_KEY_BYTES]| point.starts_with(&[UNCOMPRESSED]))
            .ok_or(SubscriptionError::PublicKey)?;
        let auth = fixed(auth).ok_or(SubscriptionError::AuthSecret)?;
        Ok(Self { endpoint: endpoint.to_owned(), p256dh, auth })
    }

    /// The address to write to, as the browser gave it.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The browser's public key, as [`Subscription::parse`] takes it.
    pub fn p256dh(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.p256dh)
    }

    /// The shared secret, as [`Subscription::parse`] takes it. To be kept sealed.
    pub fn auth(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.auth)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription(..)")
    }
}

/// So many bytes in base64url. The text has a length that fits before it is read.
fn fixed<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    if text.len() != BYTES.checked_mul(4)?.div_ceil(3) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "https://web.push.apple.com/QGuX";
    /// Those of RFC 8291 section 5.
    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    #[test]
    fn a_key_of_another_shape_is_refused() {
        let parse = |p256dh: &str, auth: &str| {
            Subscription::parse(ENDPOINT, p256dh, auth, &PushHosts::default())
        };
        let compressed = format!("A{}", &P256DH[1..]);
        for (p256dh, auth, why) in [
            ("", AUTH, SubscriptionError::PublicKey),
            (&P256DH[1..], AUTH, SubscriptionError::PublicKey),
            (&format!("{P256DH}="), AUTH, SubscriptionError::PublicKey),
            (&P256DH.replace('_', "/"), AUTH, SubscriptionError::PublicKey),
            (&compressed, AUTH, SubscriptionError::PublicKey),
            (&"A".repeat(1_000_000), AUTH, SubscriptionError::PublicKey),
            (P256DH, "", SubscriptionError::AuthSecret),
            (P256DH, &AUTH[2..], SubscriptionError::AuthSecret),
            (P256DH, &format!("AA{AUTH}"), SubscriptionError::AuthSecret),
        ] {
            assert_eq!(parse(p256dh, auth), Err(why), "{:.100} {auth}", p256dh);
        }
        // Control: right ones pass, and come out as they went in.
        let read = parse(P256DH, AUTH).unwrap();
        assert_eq!((read.endpoint(), &*read.p256dh(), &*read.auth()), (ENDPOINT, P256DH, AUTH));
        let again = parse(&read.p256dh(), &read.auth());
        assert_eq!(again, Ok(read));
    }

    #[test]
    fn a_subscription_does_not_show_its_secrets() {
        let read = Subscription::parse(ENDPOINT, P256DH, AUTH, &PushHosts::default()).unwrap();
        assert_eq!(format!("{read:?}"), "Subscription(..)");
    }
}
