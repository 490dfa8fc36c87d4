//! The signed assertion: who is asking, in a form any JWT library can verify.
//!
//! ES256 with rotating keys. A key is published before it signs and stays
//! published until nothing it signed is valid, so that an app that fetches the
//! key set now and then never meets a token it cannot check.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::Serialize;
use serde_json::json;

use super::{Chance, NoChance};
use crate::domain::Moment;

/// How long an assertion is valid.
pub const LIFETIME: Duration = Duration::from_secs(120);
/// How long one signature serves a session and an app.
pub const REUSE: Duration = Duration::from_secs(30);
/// The `typ` of our tokens (RFC 8725 section 3.11).
pub const TYPE: &str = "vestibule+jwt";

/// When keys change.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// Age at which the newest key gets a successor.
    pub every: Duration,
    /// How long a key is published before it signs.
    pub publish_ahead: Duration,
    /// How long a key stays published after its successor began to sign.
    pub keep_after: Duration,
}

impl Default for Rotation {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { every: 30 * DAY, publish_ahead: DAY, keep_after: DAY }
    }
}

/// Why a key or token was not made.
#[derive(Debug, thiserror::Error)]
pub enum AssertionError {
    /// There is no key to sign with yet.
    #[error("there is no signing key")]
    NoKey,
    /// The key is not a P-256 key pair.
    #[error("the signing key is not a P-256 key pair")]
    BadKey,
    /// No random bytes.
    #[error("the system gave no random bytes")]
    NoChance,
    /// The library refused.
    #[error("signing failed: {0}")]
    Failed(#[from] jsonwebtoken::errors::Error),
}

impl From<NoChance> for AssertionError {
    fn from(_: NoChance) -> Self {
        Self::NoChance
    }
}

/// One key pair.
pub struct SigningKey {
    kid: String,
    created: Moment,
    header: Header,
    private: EncodingKey,
    public: serde_json::Value,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new key pair: its name and PKCS#8 bytes, to be kept sealed.
    ///
    /// # Errors
    ///
    /// [`AssertionError::NoChance`].
    pub fn generate(chance: &dyn Chance) -> Result<(String, Vec<u8>), AssertionError> {
        let mut name = [0; 12];
        chance.fill(&mut name)?;
        let pair =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| AssertionError::NoChance)?;
        Ok((URL_SAFE_NO_PAD.encode(name), pair.as_ref().to_vec()))
    }

    /// A key pair from what [`SigningKey::generate`] gave.
    ///
    /// # Errors
    ///
    /// [`AssertionError::BadKey`].
    pub fn load(kid: &str, pkcs8: &[u8], created: Moment) -> Result<Self, AssertionError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|_| AssertionError::BadKey)?;
        // An uncompressed point: 04, then x and y of 32 bytes (SEC 1, 2.3.3).
        let point = pair.public_key().as_ref();
        let (x, y) = match (point.get(1..33), point.get(33..65)) {
            (Some(x), Some(y)) => (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)),
            _ => return Err(AssertionError::BadKey),
        };
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(kid.to_owned());
        header.typ = Some(TYPE.to_owned());
        let public = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y,
        });
        let private = EncodingKey::from_ec_der(pkcs8);
        Ok(Self { kid: kid.to_owned(), created, header, private, public })
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// When it was made.
    pub fn created(&self) -> Moment {
        self.created
    }
}

/// What the rule says about the keys there are.
#[derive(Debug, PartialEq, Eq)]
pub struct RotationPlan {
    /// The key to sign with, by its place in the list.
    pub signs: Option<usize>,
    /// Keys whose time is over, by their places in the list.
    pub retire: Vec<usize>,
    /// Whether a successor must be made.
    pub make: bool,
}

impl Rotation {
    /// Judges keys by when they were made, oldest first.
    pub fn plan(&self, created: &[Moment], now: Moment) -> RotationPlan {
        let ready = |made: &Moment| now.since(*made) >= self.publish_ahead;
        // The newest that was published long enough; the very first key has
        // nobody to wait for and signs at once.
        let signs = created.iter().rposition(ready).or((!created.is_empty()).then_some(0));
        let retire = match signs.and_then(|at| created.get(at)) {
            Some(signing) if now.since(*signing) >= self.publish_ahead + self.keep_after => {
                (0..signs.unwrap_or(0)).collect()
            }
            _ => Vec::new(),
        };
        let make = created.last().is_none_or(|newest| now.since(*newest) >= self.every);
        RotationPlan { signs, retire, make }
    }
}

struct Keys {
    signing: Option<Arc<SigningKey>>,
    jwks: Arc<str>,
}

/// Signs assertions with the key whose turn it is.
pub struct Signer {
    keys: ArcSwap<Keys>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Default for Signer {
    fn default() -> Self {
        let jwks = r#"{"keys":[]}"#.into();
        Self { keys: ArcSwap::from_pointee(Keys { signing: None, jwks }) }
    }
}

impl Signer {
    /// Puts keys in force: all published, one signing.
    pub fn install(&self, published: &[Arc<SigningKey>], signing: Option<Arc<SigningKey>>) {
        let all: Vec<_> = published.iter().map(|key| &key.public).collect();
        let jwks = json!({ "keys": all }).to_string().into();
        self.keys.store(Arc::new(Keys { signing, jwks }));
    }

    /// The key set as apps fetch it (RFC 7517); public parts only.
    pub fn jwks(&self) -> Arc<str> {
        self.keys.load().jwks.clone()
    }

    /// Whether there is a key to sign with.
    pub fn is_ready(&self) -> bool {
        self.keys.load().signing.is_some()
    }

    /// Signs one assertion.
    ///
    /// # Errors
    ///
    /// [`AssertionError::NoKey`], [`AssertionError::Failed`].
    pub fn sign(&self, claims: &Claims<'_>) -> Result<String, AssertionError> {
        let keys = self.keys.load();
        let key = keys.signing.as_ref().ok_or(AssertionError::NoKey)?;
        Ok(encode(&key.header, claims, &key.private)?)
    }
}

/// What an assertion says (names from RFC 7519, RFC 8176 and OpenID Connect
/// Core 1.0 section 2).
#[derive(Debug, Serialize)]
pub struct Claims<'a> {
    /// The gateway's public address.
    pub iss: &'a str,
    /// The app it is for, and no other.
    pub aud: &'a str,
    /// The account's stable id.
    pub sub: &'a str,
    /// When it was signed.
    pub iat: u64,
    /// Not before.
    pub nbf: u64,
    /// Until when it is valid.
    pub exp: u64,
    /// This signature's own id.
    pub jti: &'a str,
    /// A name of the session that does not help to take it over.
    pub sid: &'a str,
    /// When the person last proved who they are.
    pub auth_time: u64,
    /// How.
    pub amr: &'a [&'static str],
    /// How strongly: `pwd` for a password alone, `mfa` for more.
    pub acr: &'a str,
    /// User name.
    pub preferred_username: &'a str,
    /// Full name, or the user name.
    pub name: &'a str,
    /// E-mail address.
    pub email: &'a str,
    /// Groups.
    pub groups: &'a [String],
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn at(days: u32) -> Moment {
        Moment::from_unix_millis(0).plus(days * DAY)
    }

    #[test]
    fn the_first_key_signs_at_once_and_a_successor_only_after_being_published() {
        let rule = Rotation::default();
        let none = rule.plan(&[], at(0));
        assert_eq!(none, RotationPlan { signs: None, retire: vec![], make: true });
        let first = rule.plan(&[at(0)], at(0));
        assert_eq!(first, RotationPlan { signs: Some(0), retire: vec![], make: false });
        // The thirtieth day: a successor is due, the old one signs on.
        assert!(rule.plan(&[at(0)], at(30)).make);
        assert_eq!(rule.plan(&[at(0), at(30)], at(30)).signs, Some(0));
        assert_eq!(rule.plan(&[at(0), at(30)], at(31)).signs, Some(1));
    }

    #[test]
    fn an_old_key_stays_published_until_nothing_it_signed_is_valid() {
        let rule = Rotation::default();
        assert!(rule.keep_after > LIFETIME + REUSE);
        assert!(rule.plan(&[at(0), at(30)], at(31)).retire.is_empty());
        assert_eq!(rule.plan(&[at(0), at(30)], at(32)).retire, vec![0]);
    }

    #[test]
    fn an_assertion_verifies_with_the_published_key_and_with_no_other() {
        use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
        crate::crypto::provider::install();
        let chance = crate::crypto::SystemChance::default();
        let key = |day| {
            let (kid, pkcs8) = SigningKey::generate(&chance).unwrap();
            Arc::new(SigningKey::load(&kid, &pkcs8, at(day)).unwrap())
        };
        let (first, second) = (key(0), key(1));
        let signer = Signer::default();
        signer.install(&[first.clone(), second.clone()], Some(first.clone()));
        let claims = Claims {
            iss: "https://app.test",
            aud: "portal",
            sub: "a",
            iat: 1_000,
            nbf: 1_000,
            exp: u64::from(u32::MAX),
            jti: "j",
            sid: "s",
            auth_time: 1_000,
            amr: &["pwd"],
            acr: "pwd",
            preferred_username: "hélène",
            name: "Hélène",
            email: "h@x.be",
            groups: &[],
        };
        let token = signer.sign(&claims).unwrap();
        assert_eq!(decode_header(&token).unwrap().kid.as_deref(), Some(first.kid()));

        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&signer.jwks()).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&["portal"]);
        let verify = |kid: &str, rules: &Validation, token: &str| {
            let key = DecodingKey::from_jwk(set.find(kid).unwrap()).unwrap();
            decode::<serde_json::Value>(token, &key, rules).is_ok()
        };
        assert!(verify(first.kid(), &rules, &token));
        assert!(!verify(second.kid(), &rules, &token), "another key of the set");
        let mut other = Validation::new(Algorithm::ES256);
        other.set_audience(&["other"]);
        assert!(!verify(first.kid(), &other, &token), "another app");
        let altered = token.replacen('.', ".e", 1);
        assert!(!verify(first.kid(), &rules, &altered), "an altered token");
        assert!(!signer.jwks().contains("\"d\""), "no private part is published");
    }
}
