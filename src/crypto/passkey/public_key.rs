//! The public key of a passkey: read as COSE (RFC 9052), used by ring.

use ciborium::Value;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, agree_ephemeral};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};

use super::PasskeyError;
use super::authenticator_data::whole_number;
use super::encoded::Encoded;

/// The algorithms that are offered, the one we like best first, as the COSE
/// register numbers them: ES256, EdDSA, RS256.
pub(super) const OFFERED: [i64; 3] = [ES256, EDDSA, RS256];

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

const COORDINATE_BYTES: usize = 32;
/// 2,048 bits, below which ring verifies nothing.
const MODULUS_BYTES_MIN: usize = 256;
/// 4,096 bits: more would only cost time.
const MODULUS_BYTES_MAX: usize = 512;
/// 65,537 has three.
const EXPONENT_BYTES_MAX: usize = 4;

/// The public key of a passkey, with the one algorithm it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "algorithm", rename_all = "lowercase")]
pub(super) enum PublicKey {
    /// ECDSA on P-256 with SHA-256: the point, uncompressed.
    Es256 { point: Encoded },
    /// EdDSA on Ed25519.
    EdDsa { point: Encoded },
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 { modulus: Encoded, exponent: Encoded },
}

impl PublicKey {
    /// Reads a `COSE_Key`.
    ///
    /// SECURITY: what we did not offer is refused here, not only in the page.
    /// - Against: a script in the page that asks the device for another
    ///   algorithm, such as RS1, whose SHA-1 can be forged (CVE-2026-8830).
    /// - Therefore: algorithm, kind of key, curve and lengths must fit one of
    ///   three rows, and are kept together; a signature never names its own.
    /// - Price: a device that has none of the three cannot be used.
    /// - Held by: `an_algorithm_that_was_not_offered_is_refused`.
    pub(super) fn from_cose(key: &Value) -> Result<Self, PasskeyError> {
        let key = Parameters(key.as_map().ok_or(PasskeyError::BadKey)?);
        let algorithm = key.number(3).ok_or(PasskeyError::BadKey)?;
        if !OFFERED.contains(&algorithm) {
            return Err(PasskeyError::AlgorithmNotOffered(algorithm));
        }
        let read = match (algorithm, key.number(1), key.number(-1)) {
            (ES256, Some(2), Some(1)) => key.p256(),
            (EDDSA, Some(1), Some(6)) => key.ed25519(),
            // Here -1 is the modulus.
            (RS256, Some(3), None) => key.rsa(),
            _ => None,
        };
        read.ok_or(PasskeyError::BadKey)
    }

    /// Whether this key made the signature.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256 { point } => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point.0)
                .verify(message, signature)
                .is_ok(),
            Self::EdDsa { point } => {
                UnparsedPublicKey::new(&ED25519, &point.0).verify(message, signature).is_ok()
            }
            Self::Rs256 { modulus, exponent } => {
                RsaPublicKeyComponents { n: &modulus.0, e: &exponent.0 }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                    .is_ok()
            }
        }
    }
}

/// The map of a `COSE_Key`, by label.
struct Parameters<'a>(&'a [(Value, Value)]);

impl Parameters<'_> {
    /// The one value of a label; a label that is there twice says nothing.
    fn value(&self, label: i64) -> Option<&Value> {
        let mut found = self.0.iter().filter(|(name, _)| whole_number(name) == Some(label));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    fn number(&self, label: i64) -> Option<i64> {
        self.value(label).and_then(whole_number)
    }

    fn bytes(&self, label: i64) -> Option<&Vec<u8>> {
        self.value(label).and_then(Value::as_bytes)
    }

    fn coordinate(&self, label: i64) -> Option<&Vec<u8>> {
        self.bytes(label).filter(|bytes| bytes.len() == COORDINATE_BYTES)
    }

    fn p256(&self) -> Option<PublicKey> {
        let point = [[4].as_slice(), self.coordinate(-2)?, self.coordinate(-3)?].concat();
        is_on_p256(&point).then_some(PublicKey::Es256 { point: Encoded(point) })
    }

    fn ed25519(&self) -> Option<PublicKey> {
        let point = Encoded(self.coordinate(-2)?.clone());
        Some(PublicKey::EdDsa { point })
    }

    fn rsa(&self) -> Option<PublicKey> {
        let (modulus, exponent) = (self.bytes(-1)?, self.bytes(-2)?);
        let full = match modulus.len() {
            MODULUS_BYTES_MIN => *modulus.first()? >= 0x80,
            length => (MODULUS_BYTES_MIN..=MODULUS_BYTES_MAX).contains(&length),
        };
        let odd = exponent.last()? % 2 == 1 && **exponent != [1];
        let short = exponent.len() <= EXPONENT_BYTES_MAX;
        let trimmed = *modulus.first()? != 0 && *exponent.first()? != 0;
        (full && odd && short && trimmed).then(|| PublicKey::Rs256 {
            modulus: Encoded(modulus.clone()),
            exponent: Encoded(exponent.clone()),
        })
    }
}

/// Whether an uncompressed point lies on P-256. ring looks at a point only when
/// it is used, so it is used once, with a key that is thrown away; nothing of
/// that chance is kept. Without this a passkey could be set up that never
/// opens anything.
fn is_on_p256(point: &[u8]) -> bool {
    let point = ring::agreement::UnparsedPublicKey::new(&ECDH_P256, point);
    EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new())
        .and_then(|private| agree_ephemeral(private, &point, |_| ()))
        .is_ok()
}
