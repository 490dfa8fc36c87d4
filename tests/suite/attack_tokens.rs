//! The signed assertion, and forgeries of it, before another's library that follows the README.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use ring::{hmac, signature};
use serde_json::{Value, json};
use vestibule::crypto::assertion::{LIFETIME, TYPE};
use vestibule::crypto::provider;

use crate::support::client::Client;
use crate::support::raw::header_values;
use crate::support::recorder::Recorder;
use crate::support::rig::{Rig, SharedRig};

static RIG: SharedRig = SharedRig::new();

const ISSUER: &str = "https://app.test";

/// What an app does with the value of the header, as the README tells it.
fn accepts(set: &JwkSet, token: &str, audience: &str) -> bool {
    provider::install();
    let Ok(header) = decode_header(token) else { return false };
    let key = header.kid.as_deref().and_then(|kid| set.find(kid));
    let Some(Ok(key)) = key.map(DecodingKey::from_jwk) else { return false };
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[ISSUER]);
    rules.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    rules.validate_nbf = true;
    rules.leeway = 5;
    header.typ.as_deref() == Some(TYPE) && decode::<Value>(token, &key, &rules).is_ok()
}

/// The set as it is published, and an assertion as the app gets it.
fn published(rig: &Rig) -> (JwkSet, Value, String) {
    let reply =
        Client::new(rig.gateway.addr, &rig.gateway.public_url).fetch("/.vestibule/jwks.json");
    let set: Value = serde_json::from_str(&reply.text()).expect("JSON");
    assert_eq!(rig.exchange(b"{GET}\r\n").status(), 200);
    let head = rig.last_upstream_head("GET / ");
    let token = header_values(&head, "x-vestibule-assertion").concat();
    (serde_json::from_value(set.clone()).expect("a key set"), set, token)
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a part");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn coded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an app compares the times with its own clock")]
fn j01_j04_j05_j10_an_assertion_says_what_it_promises_and_no_secret() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let (set, published, token) = published(&rig);
    assert!(accepts(&set, &token, "portal"), "{token}");
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!(TYPE)));
    let kids: Vec<&Value> =
        published["keys"].as_array().expect("keys").iter().map(|key| &key["kid"]).collect();
    assert!(kids.contains(&&header["kid"]), "{header} {kids:?}");
    for (index, kid) in kids.iter().enumerate() {
        assert!(!kids[..index].contains(kid), "{kid} is there twice");
    }
    let keys = published["keys"].as_array().expect("keys");
    assert!(keys.iter().all(|key| key["alg"] == "ES256"), "{published}");

    let time = |name: &str| claims[name].as_u64().unwrap_or_else(|| panic!("{name} in {claims}"));
    assert_eq!(time("exp") - time("iat"), LIFETIME.as_secs());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    assert!(time("nbf") <= now && time("auth_time") <= now && time("exp") > now, "{claims}");
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!("portal")));
    for name in ["sub", "jti", "sid", "acr"] {
        assert!(claims[name].as_str().is_some_and(|text| !text.is_empty()), "{name} in {claims}");
    }
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_ne!(claims["sub"], claims["email"], "an id that stays when the address changes");
    let secret = rig.session.split('=').nth(1).expect("a value");
    assert!(!claims.to_string().contains(secret), "{claims}");
}

/// A key of the test's own, as a gateway would publish it.
struct OwnKey {
    pair: EcdsaKeyPair,
    jwk: Value,
}

impl OwnKey {
    fn make(kid: &str) -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let file = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(kind, file.as_ref(), &random).expect("a key");
        let point = pair.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        });
        Self { pair, jwk }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", coded(header), coded(claims));
        let signed: signature::Signature =
            self.pair.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signed.as_ref()))
    }
}

/// A copy in which one member is another; `null` takes it away.
fn with(value: &Value, name: &str, other: Value) -> Value {
    let mut value = value.clone();
    let members = value.as_object_mut().expect("an object");
    match other {
        Value::Null => drop(members.remove(name)),
        other => drop(members.insert(name.to_string(), other)),
    }
    value
}

#[test]
fn j02_j03_j12_j13_a_forged_assertion_is_no_assertion() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let (set, published, token) = published(&rig);
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let refused = |row: &str, token: &str| {
        assert!(!accepts(&set, token, "portal"), "{row}: {token}");
    };
    // Control, of every row here: the assertion as it was signed.
    assert!(accepts(&set, &token, "portal"));

    let none = with(&header, "alg", json!("none"));
    refused("J02 none", &format!("{}.{}.", coded(&none), coded(&claims)));
    let mac = with(&header, "alg", json!("HS256"));
    let text = format!("{}.{}", coded(&mac), coded(&claims));
    let key = &published["keys"][0];
    for secret in [key.to_string(), format!("{}{}", key["x"], key["y"])] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()).as_ref());
        refused("J02 HS256 with the public key", &format!("{text}.{tag}"));
    }
    assert!(!accepts(&set, &token, "open"), "J03: an assertion for another app");

    // Signed by a key of our own: as it is published, only the claims can be at fault.
    let own = OwnKey::make("own");
    let own_set: JwkSet = serde_json::from_value(json!({ "keys": [own.jwk] })).expect("a key set");
    let ours = with(&header, "kid", json!("own"));
    assert!(accepts(&own_set, &own.sign(&ours, &claims), "portal"), "control");
    for (name, other) in [
        ("exp", json!("9999999999")),
        ("exp", json!(1)),
        ("exp", Value::Null),
        ("nbf", json!(9_999_999_999_u64)),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("aud", json!(["open"])),
        ("iss", json!("https://evil.test")),
        ("iss", Value::Null),
        ("sub", Value::Null),
    ] {
        let forged = own.sign(&ours, &with(&claims, name, other.clone()));
        assert!(!accepts(&own_set, &forged, "portal"), "J12 {name}: {other}");
    }
    let untyped = own.sign(&with(&ours, "typ", json!("JWT")), &claims);
    assert!(!accepts(&own_set, &untyped, "portal"), "J12: another kind of token");

    // Names of keys that lead elsewhere, and keys that are brought along.
    let kid = header["kid"].as_str().expect("a key").to_string();
    let long = "k".repeat(10_000);
    for name in ["../../key", "' OR 1=1 --", "", &long, "own", &kid] {
        let named = with(&header, "kid", json!(name));
        refused("J13", &own.sign(&named, &claims));
        for (member, brought) in [
            ("jwk", own.jwk.clone()),
            ("jku", json!("https://evil.test/jwks.json")),
            ("x5u", json!("https://evil.test/key.pem")),
        ] {
            refused("J13", &own.sign(&with(&named, member, brought), &claims));
        }
    }
    // Nor is any of it taken by the gateway for somebody.
    for forged in [own.sign(&header, &claims), token] {
        let row = format!("GET /page HTTP/1.1\r\n{{HOST}}X-Vestibule-Assertion: {forged}\r\n\r\n");
        assert_eq!(rig.exchange(row.as_bytes()).status(), 401);
    }
}
