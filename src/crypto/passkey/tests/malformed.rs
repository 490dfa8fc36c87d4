//! Answers that are none.

use ciborium::Value;
use proptest::prelude::*;
use serde_json::json;

use super::device::{Device, cbor_bytes};
use super::*;
use crate::crypto::passkey::PasskeyError::{Malformed, TooLong};
use crate::crypto::passkey::authenticator_data::attested;

fn finish(answer: &str) -> PasskeyError {
    let (_, state) = begin_set_up(&[]);
    passkeys().finish_registration(ANN, &state, answer).unwrap_err()
}

/// A good answer to a set-up, with its attestation object replaced.
fn with_object(object: Vec<u8>) -> Result<StoredPasskey, PasskeyError> {
    let (options, state) = begin_set_up(&[]);
    let mut answer: serde_json::Value =
        serde_json::from_str(&Device::es256(1).create(&options, |_| ())).unwrap();
    answer["response"]["attestationObject"] = json!(Encoded(object));
    passkeys().finish_registration(ANN, &state, &answer.to_string())
}

#[test]
fn an_answer_that_is_too_long_is_not_looked_at() {
    let (options, state) = begin_set_up(&[]);
    let answer = Device::es256(1).create(&options, |_| ());
    let padded = |length: usize| format!("{answer}{}", " ".repeat(length - answer.len()));
    assert_eq!(finish(&padded(ANSWER_BYTES_MAX + 1)), TooLong);
    assert_eq!(passkeys().who(&padded(ANSWER_BYTES_MAX + 1)).unwrap_err(), TooLong);
    assert_eq!(finish(&"[".repeat(1 << 20)), TooLong);
    // Control: at the limit it is.
    passkeys().finish_registration(ANN, &state, &padded(ANSWER_BYTES_MAX)).unwrap();
}

#[test]
fn an_id_of_an_impossible_length_is_refused() {
    let length = |length: usize| {
        let mut device = Device::es256(1);
        device.id = vec![7; length];
        let (options, state) = begin_set_up(&[]);
        passkeys().finish_registration(ANN, &state, &device.create(&options, |_| ()))
    };
    for wrong in [0, 15, 1_024, 2_000] {
        assert!(matches!(length(wrong).unwrap_err(), Malformed(_)), "{wrong}");
    }
    assert_eq!(length(60_000).unwrap_err(), TooLong);
    for right in [16, 64, 1_023] {
        assert_eq!(length(right).unwrap().id().as_bytes().len(), right);
    }
}

#[test]
fn the_id_of_the_answer_is_the_one_in_what_the_device_says() {
    let other = set_up::lie(|creation| creation.id = vec![9; 32]);
    assert!(matches!(other.unwrap_err(), Malformed(_)));
    let (options, _) = begin_set_up(&[]);
    let answer = Device::es256(1).create(&options, |_| ());
    for (field, value) in [
        ("rawId", json!(Encoded(vec![9; 32]))),
        ("id", json!("AAAA")),
        ("type", json!("password")),
        ("response", json!(null)),
    ] {
        let mut answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer[field] = value;
        assert!(matches!(finish(&answer.to_string()), Malformed(_)), "{field}");
    }
}

#[test]
fn bombs_of_cbor_and_json_are_refused_at_once() {
    let nested = |byte: u8| vec![byte; 8_000];
    let promise = |head: &[u8]| [head, &[0xff; 8]].concat();
    for (what, object) in [
        ("arrays in arrays", nested(0x81)),
        ("arrays without end", nested(0x9f)),
        ("maps in maps", nested(0xa1)),
        ("tags of tags", nested(0xc6)),
        ("big numbers", nested(0xc2)),
        ("strings without end", nested(0x5f)),
        ("2^64 bytes", promise(&[0x5b])),
        ("2^64 letters", promise(&[0x7b])),
        ("2^64 elements", promise(&[0x9b])),
        ("2^64 entries", promise(&[0xbb])),
        ("many small things", nested(0x80)),
        ("nothing", Vec::new()),
    ] {
        assert!(matches!(with_object(object).unwrap_err(), Malformed(_)), "{what}");
    }
    for bomb in ["[".repeat(16_000), "{\"id\":".repeat(2_500), "9".repeat(16_000)] {
        assert!(matches!(finish(&bomb), Malformed(_)));
        assert!(matches!(passkeys().who(&bomb).unwrap_err(), Malformed(_)));
    }
}

#[test]
fn a_part_of_the_attestation_object_that_is_missing_wrong_or_there_twice_is_refused() {
    let (options, _) = begin_set_up(&[]);
    let answer = Device::es256(1).create(&options, |_| ());
    let answer: Answer<Attestation> = serde_json::from_str(&answer).unwrap();
    let object = &answer.response.attestation_object.0;
    let Ok(Value::Map(whole)) = ciborium::from_reader(object.as_slice()) else { panic!() };
    let refused = |parts: Vec<(Value, Value)>| {
        matches!(attested(&cbor_bytes(&Value::Map(parts))), Err(Malformed(_)))
    };
    for part in 0..3 {
        let mut parts = whole.clone();
        parts.remove(part);
        assert!(refused(parts), "without part {part}");
        let mut parts = whole.clone();
        parts.push(whole[part].clone());
        assert!(refused(parts), "part {part} twice");
        let mut parts = whole.clone();
        parts[part].1 = Value::Null;
        assert!(refused(parts), "null for part {part}");
    }
    assert!(attested(&[object.as_slice(), &[0]].concat()).is_err());
    // Control: whole, and with another part.
    let mut parts = whole.clone();
    parts.push(("epAtt".into(), false.into()));
    assert!(!refused(whole) && !refused(parts));
}

#[test]
fn client_data_that_says_a_thing_twice_is_refused() {
    let (options, _) = begin_set_up(&[]);
    let challenge: serde_json::Value = serde_json::from_str(&options).unwrap();
    let challenge = &challenge["challenge"];
    let read = |more: &str| {
        let text = format!(
            r#"{{"type":"webauthn.get","challenge":{challenge},"origin":"{ORIGIN}"{more}}}"#
        );
        crate::crypto::passkey::answer::ClientData::read(text.as_bytes())
    };
    assert!(read(r#","origin":"https://evil.test""#).is_err());
    assert!(read(r#","type":"webauthn.create""#).is_err());
    assert!(read(r#","crossOrigin":"false""#).is_err());
    assert!(!read("").unwrap().framed());
}

/// A good answer, one of whose fields is replaced.
fn with_field(answer: &str, field: &str, bytes: Vec<u8>) -> String {
    let mut answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    answer["response"][field] = json!(Encoded(bytes));
    answer.to_string()
}

proptest! {
    #[test]
    fn random_bytes_in_any_field_are_refused_and_stop_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let device = Device::es256(1);
        let (options, state) = begin_set_up(&[]);
        let created = device.create(&options, |_| ());
        for field in ["clientDataJSON", "attestationObject"] {
            let answer = with_field(&created, field, bytes.clone());
            prop_assert!(passkeys().finish_registration(ANN, &state, &answer).is_err());
        }
        let stored = [passkeys().finish_registration(ANN, &state, &created).unwrap()];
        let (options, state) = passkeys().begin_sign_in(&chance()).unwrap();
        let used = device.get(&options, Some(ANN.as_bytes()), |_| ());
        for field in ["clientDataJSON", "authenticatorData", "signature", "userHandle"] {
            let answer = with_field(&used, field, bytes.clone());
            prop_assert!(passkeys().finish_sign_in(ANN, &stored, &state, &answer).is_err());
        }
    }

    #[test]
    fn a_good_object_with_one_byte_changed_stops_nothing(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let (options, state) = begin_set_up(&[]);
        let created = Device::es256(1).create(&options, |_| ());
        let good: Answer<Attestation> = serde_json::from_str(&created).unwrap();
        let mut object = good.response.attestation_object.0;
        let place = at.index(object.len());
        object[place] = byte;
        let answer = with_field(&created, "attestationObject", object);
        let _ = passkeys().finish_registration(ANN, &state, &answer);
        let client_data = good.response.client_data.0;
        let cut = client_data[..at.index(client_data.len())].to_vec();
        prop_assert!(
            passkeys()
                .finish_registration(ANN, &state, &with_field(&created, "clientDataJSON", cut))
                .is_err()
        );
    }

    #[test]
    fn random_text_is_no_answer(text in "\\PC{0,200}") {
        prop_assert!(passkeys().who(&text).is_err());
        prop_assert!(matches!(finish(&text), Malformed(_)));
    }
}
