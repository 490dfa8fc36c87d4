//! Setting a passkey up.

use ciborium::{Value, cbor};
use serde_json::json;

use super::device::{Creation, Device, cbor_bytes};
use super::*;
use crate::crypto::passkey::PasskeyError::{AlgorithmNotOffered, BadKey, Malformed};

/// Sets a passkey up with a lie, and controls that without it that succeeds.
pub(super) fn lie(lie: impl FnOnce(&mut Creation)) -> Result<StoredPasskey, PasskeyError> {
    let device = Device::es256(1);
    set_up(&device);
    let (options, state) = begin_set_up(&[]);
    passkeys().finish_registration(ANN, &state, &device.create(&options, lie))
}

#[test]
fn the_options_say_who_what_and_how() {
    let existing = [set_up(&Device::es256(1))];
    let (options, state) = begin_set_up(&existing);
    let options: serde_json::Value = serde_json::from_str(&options).unwrap();
    assert_eq!(options["rp"], json!({ "id": SITE, "name": "My portal" }));
    let user = json!({
        "id": Encoded(ANN.as_bytes().to_vec()), "name": "ann", "displayName": "Ann Peeters"
    });
    assert_eq!(options["user"], user);
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["timeout"], WAIT_MILLIS);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "preferred");
    let algorithms: Vec<i64> = options["pubKeyCredParams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["alg"].as_i64().unwrap())
        .collect();
    assert_eq!(algorithms, OFFERED);
    assert_eq!(options["excludeCredentials"][0]["id"], json!(existing[0].id()));
    assert_eq!(options["challenge"], json!(state.challenge));
    assert_eq!(state.challenge.0.len(), CHALLENGE_BYTES);
}

#[test]
fn what_the_device_says_of_itself_is_kept() {
    let stored = lie(|creation| {
        creation.flags |= Flags::BACKUP_ELIGIBLE | Flags::BACKED_UP;
        creation.counter = 5;
    })
    .unwrap();
    assert!(stored.backed_up() && stored.verified_once());
    assert_eq!(stored.discoverable(), Some(true));
    // One that nobody knows is left out.
    assert_eq!(stored.transports(), [Transport::Hybrid, Transport::Internal]);
    assert_eq!(stored.id().as_bytes(), [1; 32]);
    let touched = lie(|creation| creation.flags ^= Flags::VERIFIED).unwrap();
    assert!(!touched.verified_once() && !touched.backed_up());
}

#[test]
fn a_passkey_that_the_account_has_is_not_set_up_again() {
    let device = Device::es256(1);
    let (options, state) = begin_set_up(&[set_up(&device)]);
    let again = passkeys().finish_registration(ANN, &state, &device.create(&options, |_| ()));
    assert_eq!(again.unwrap_err(), PasskeyError::AlreadyRegistered);
    // Control: another one is.
    let other = Device::es256(2).create(&options, |_| ());
    passkeys().finish_registration(ANN, &state, &other).unwrap();
}

#[test]
fn a_set_up_that_one_account_began_is_not_finished_by_another() {
    let (options, state) = begin_set_up(&[]);
    let answer = Device::es256(1).create(&options, |_| ());
    let other = passkeys().finish_registration(BOB, &state, &answer);
    assert_eq!(other.unwrap_err(), PasskeyError::OtherAccount);
    passkeys().finish_registration(ANN, &state, &answer).unwrap();
}

fn with_key(key: Value) -> Result<StoredPasskey, PasskeyError> {
    lie(|creation| creation.key = key)
}

#[test]
fn an_algorithm_that_was_not_offered_is_refused() {
    // ES384, ES512, PS256, RS1, ES256K, EdDSA on Ed448, nothing.
    for algorithm in [-35, -36, -37, -65_535, -47, -53, 0] {
        for device in [Device::es256(1), Device::eddsa(1), Device::rs256(1)] {
            let key = changed(device.cose(), 3, algorithm.into());
            assert_eq!(with_key(key).unwrap_err(), AlgorithmNotOffered(algorithm));
            with_key(device.cose()).unwrap();
        }
    }
}

#[test]
fn a_key_that_does_not_fit_its_algorithm_is_refused() {
    let (es256, eddsa) = (Device::es256(1).cose(), Device::eddsa(1).cose());
    let rs256 = Device::rs256(1).cose();
    let bytes = |length: usize| Value::Bytes(vec![0xff; length]);
    for (what, key) in [
        ("the algorithm of another kind", changed(es256.clone(), 3, (-8).into())),
        ("the algorithm of another kind", changed(eddsa.clone(), 3, (-7).into())),
        ("the algorithm of another kind", changed(rs256.clone(), 3, (-7).into())),
        ("P-384", changed(es256.clone(), -1, 2.into())),
        ("secp256k1", changed(es256.clone(), -1, 8.into())),
        ("X25519", changed(eddsa.clone(), -1, 4.into())),
        ("a point beside the curve", changed(es256.clone(), -2, bytes(32))),
        ("a short coordinate", changed(es256.clone(), -2, bytes(31))),
        ("a compressed point", changed(es256.clone(), -3, true.into())),
        ("a long point", changed(eddsa.clone(), -2, bytes(33))),
        ("1,024 bits", changed(rs256.clone(), -1, bytes(128))),
        ("8,192 bits", changed(rs256.clone(), -1, bytes(1_024))),
        ("a modulus with a zero in front", changed(rs256.clone(), -1, Value::Bytes(vec![0; 257]))),
        ("2,041 bits", changed(rs256.clone(), -1, Value::Bytes(vec![1; 256]))),
        ("exponent 1", changed(rs256.clone(), -2, Value::Bytes(vec![1]))),
        ("an even exponent", changed(rs256.clone(), -2, Value::Bytes(vec![1, 0]))),
        ("no exponent", changed(rs256.clone(), -2, Value::Bytes(vec![]))),
        ("a huge exponent", changed(rs256.clone(), -2, bytes(256))),
        ("an empty map", Value::Map(vec![])),
        ("no map", Value::Array(vec![es256.clone()])),
        ("the curve twice", twice(es256.clone(), -1)),
    ] {
        assert_eq!(with_key(key).unwrap_err(), BadKey, "{what}");
    }
    for key in [es256, eddsa, rs256] {
        with_key(key).unwrap();
    }
}

#[test]
fn a_statement_that_nobody_asked_for_is_neither_believed_nor_held_against_anybody() {
    let statement = cbor!({ "alg" => -7, "sig" => "nothing", "x5c" => [1, 2, 3] }).unwrap();
    let plain = lie(|_| ()).unwrap();
    for format in ["packed", "tpm", "android-safetynet", "apple", "unheard of"] {
        let stored = lie(|creation| {
            creation.format = format.into();
            creation.statement = statement.clone();
        })
        .unwrap();
        let known = |stored: &StoredPasskey| {
            let mut known = serde_json::to_value(stored).unwrap();
            known["key"].take();
            known
        };
        assert_eq!(known(&stored), known(&plain), "{format}");
    }
    // "compound" has a list of statements.
    lie(|creation| {
        creation.format = "compound".into();
        creation.statement = Value::Array(vec![statement.clone()]);
    })
    .unwrap();
    // "none" with a statement is a contradiction.
    let refused = lie(|creation| creation.statement = statement);
    assert!(matches!(refused.unwrap_err(), Malformed(_)));
}

#[test]
fn nothing_may_follow_the_new_passkey_but_flagged_extensions() {
    let extensions = cbor_bytes(&cbor!({ "credProtect" => 2 }).unwrap());
    let with = |flags: u8, after: &[u8]| {
        lie(|creation| {
            creation.flags |= flags;
            creation.after = after.to_vec();
        })
    };
    assert!(matches!(with(0, &extensions).unwrap_err(), Malformed(_)));
    assert!(matches!(with(0, &[0]).unwrap_err(), Malformed(_)));
    assert!(matches!(with(Flags::EXTENSIONS, &[]).unwrap_err(), Malformed(_)));
    assert!(matches!(with(Flags::EXTENSIONS, &[0x80]).unwrap_err(), Malformed(_)));
    let twice = [extensions.as_slice(), &extensions].concat();
    assert!(matches!(with(Flags::EXTENSIONS, &twice).unwrap_err(), Malformed(_)));
    with(Flags::EXTENSIONS, &extensions).unwrap();
}

fn changed(key: Value, label: i64, to: Value) -> Value {
    let entries = key.into_map().unwrap().into_iter().map(|(name, value)| {
        let value = if name == label.into() { to.clone() } else { value };
        (name, value)
    });
    Value::Map(entries.collect())
}

fn twice(key: Value, label: i64) -> Value {
    let mut entries = key.into_map().unwrap();
    let again = entries.iter().find(|(name, _)| *name == label.into()).unwrap().clone();
    entries.push(again);
    Value::Map(entries)
}
