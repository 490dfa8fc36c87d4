//! Tests of `passkey`: good ceremonies, and answers that lie about one thing.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::authenticator_data::Flags;
use super::*;
use crate::crypto::SystemChance;
use device::{Device, Usage, WELL};

mod browser;
pub(crate) mod device;
mod malformed;
mod set_up;
mod yes;

const SITE: &str = "id.example.test";
const ORIGIN: &str = "https://id.example.test";
const ANN: AccountId = AccountId::from_bytes([0xa1; 16]);
const BOB: AccountId = AccountId::from_bytes([0xb0; 16]);
const NAMES: (&str, &str) = ("ann", "Ann Peeters");

fn passkeys() -> Passkeys {
    Passkeys::new(ORIGIN, "My portal").unwrap()
}

fn chance() -> SystemChance {
    SystemChance::default()
}

/// As it is after it lay in the store, so that every test has that in it.
fn kept<T: Serialize + DeserializeOwned>(state: &T) -> T {
    serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap()
}

fn begin_set_up(existing: &[StoredPasskey]) -> (String, RegistrationState) {
    let begun = passkeys().begin_registration(ANN, NAMES, existing, &chance());
    let (options, state) = begun.unwrap();
    (options, kept(&state))
}

fn set_up(device: &Device) -> StoredPasskey {
    let (options, state) = begin_set_up(&[]);
    let answer = device.create(&options, |_| ());
    kept(&passkeys().finish_registration(ANN, &state, &answer).unwrap())
}

/// Uses a passkey of Ann's as second factor, with a lie.
fn second_factor(
    device: &Device,
    stored: &StoredPasskey,
    lie: impl FnOnce(&mut Usage),
) -> Result<Used<FactorProven>, PasskeyError> {
    let stored = std::slice::from_ref(stored);
    let (options, state) = passkeys().begin_assertion(ANN, stored, &chance()).unwrap();
    let answer = device.get(&options, Some(ANN.as_bytes()), lie);
    passkeys().finish_assertion(ANN, stored, &kept(&state), &answer)
}

/// Signs Ann in with a passkey alone, with a lie.
fn sign_in(
    device: &Device,
    stored: &StoredPasskey,
    lie: impl FnOnce(&mut Usage),
) -> Result<Used<PasskeyProven>, PasskeyError> {
    let (options, state) = passkeys().begin_sign_in(&chance()).unwrap();
    let answer = device.get(&options, Some(ANN.as_bytes()), lie);
    passkeys().finish_sign_in(ANN, std::slice::from_ref(stored), &kept(&state), &answer)
}

/// Tells a lie in both ceremonies of use, which must both say `wrong`, and
/// controls that without it they succeed.
fn refused_in_use(lie: impl Fn(&mut Usage), wrong: &PasskeyError) {
    let device = Device::es256(1);
    let stored = set_up(&device);
    assert_eq!(second_factor(&device, &stored, &lie).unwrap_err(), *wrong);
    assert_eq!(sign_in(&device, &stored, &lie).unwrap_err(), *wrong);
    second_factor(&device, &stored, |_| ()).unwrap();
    sign_in(&device, &stored, |_| ()).unwrap();
}

#[test]
fn a_passkey_of_each_offered_algorithm_is_a_second_factor_and_a_sign_in() {
    for device in [Device::es256(1), Device::eddsa(2), Device::rs256(3)] {
        let stored = set_up(&device);
        let used = second_factor(&device, &stored, |_| ()).unwrap();
        assert_eq!((used.proof.subject(), used.proof.method()), (ANN, Method::Passkey));
        assert!(used.verified);

        let (options, state) = passkeys().begin_sign_in(&chance()).unwrap();
        let answer = device.get(&options, Some(ANN.as_bytes()), |_| ());
        let claim = passkeys().who(&answer).unwrap();
        assert_eq!((claim.account, &claim.credential), (ANN, stored.id()));
        let used = passkeys().finish_sign_in(ANN, &[stored], &kept(&state), &answer).unwrap();
        assert_eq!(used.proof.subject(), ANN);
    }
}

#[test]
fn the_right_one_of_several_passkeys_is_found() {
    let devices = [Device::es256(1), Device::eddsa(2)];
    let stored = devices.each_ref().map(set_up);
    let (options, state) = passkeys().begin_assertion(ANN, &stored, &chance()).unwrap();
    let answer = devices[1].get(&options, None, |_| ());
    let used = passkeys().finish_assertion(ANN, &stored, &state, &answer).unwrap();
    assert_eq!(used.updated.id(), stored[1].id());
}

#[test]
fn an_answer_given_at_another_origin_is_refused() {
    for origin in [
        "https://id.example.test.evil.test",
        "https://evilid.example.test",
        "https://sub.id.example.test",
        "https://example.test",
        "http://id.example.test",
        "https://id.example.test:8443",
        "https://id.example.test:443",
        "https://id.example.test/",
        "https://ID.example.test",
        "null",
        "",
    ] {
        let lie = |usage: &mut Usage| usage.client["origin"] = origin.into();
        refused_in_use(lie, &PasskeyError::OtherOrigin);
        let refused = set_up::lie(|creation| creation.client["origin"] = origin.into());
        assert_eq!(refused.unwrap_err(), PasskeyError::OtherOrigin, "{origin}");
    }
}

#[test]
fn a_passkey_of_another_site_is_refused() {
    for site in ["example.test", "evil.test", "sub.id.example.test"] {
        refused_in_use(|usage| usage.site = site.into(), &PasskeyError::OtherSite);
        let refused = set_up::lie(|creation| creation.site = site.into());
        assert_eq!(refused.unwrap_err(), PasskeyError::OtherSite, "{site}");
    }
}

#[test]
fn an_answer_without_anybody_present_is_refused() {
    refused_in_use(|usage| usage.flags = Flags::VERIFIED, &PasskeyError::NotPresent);
    let refused = set_up::lie(|creation| creation.flags ^= Flags::PRESENT);
    assert_eq!(refused.unwrap_err(), PasskeyError::NotPresent);
}

#[test]
fn a_touch_alone_is_a_second_factor_and_no_sign_in() {
    let device = Device::es256(1);
    let stored = set_up(&device);
    let touched = |usage: &mut Usage| usage.flags = Flags::PRESENT;
    assert_eq!(sign_in(&device, &stored, touched).unwrap_err(), PasskeyError::NotVerified);
    let used = second_factor(&device, &stored, touched).unwrap();
    assert!(!used.verified && used.updated.verified_once());
    // Control: with finger, face or PIN it is.
    assert!(sign_in(&device, &stored, |_| ()).unwrap().verified);
}

#[test]
fn an_answer_of_one_ceremony_is_none_in_the_other() {
    let lie = |usage: &mut Usage| usage.client["type"] = "webauthn.create".into();
    refused_in_use(lie, &PasskeyError::OtherCeremony);
    let refused = set_up::lie(|creation| creation.client["type"] = "webauthn.get".into());
    assert_eq!(refused.unwrap_err(), PasskeyError::OtherCeremony);

    // A whole answer of a set-up has no signature to be used with.
    let device = Device::es256(1);
    let (options, _) = begin_set_up(&[]);
    let created = device.create(&options, |_| ());
    let (_, state) = passkeys().begin_sign_in(&chance()).unwrap();
    let used = passkeys().finish_sign_in(ANN, &[set_up(&device)], &state, &created);
    assert!(matches!(used, Err(PasskeyError::Malformed(_))), "{used:?}");
}

#[test]
fn an_answer_given_in_a_frame_is_refused() {
    let framed = |usage: &mut Usage| usage.client["crossOrigin"] = true.into();
    refused_in_use(framed, &PasskeyError::Framed);
    let top = |usage: &mut Usage| usage.client["topOrigin"] = "https://evil.test".into();
    refused_in_use(top, &PasskeyError::Framed);
    let refused = set_up::lie(|creation| creation.client["crossOrigin"] = true.into());
    assert_eq!(refused.unwrap_err(), PasskeyError::Framed);
    let refused = set_up::lie(|creation| creation.client["topOrigin"] = ORIGIN.into());
    assert_eq!(refused.unwrap_err(), PasskeyError::Framed);

    // Control: older browsers leave `crossOrigin` out, newer ones add what
    // nobody knows.
    let device = Device::es256(1);
    let stored = set_up(&device);
    let old = |usage: &mut Usage| {
        usage.client.as_object_mut().unwrap().remove("crossOrigin");
        usage.client["other_keys_can_be_added_here"] = "do not compare".into();
    };
    second_factor(&device, &stored, old).unwrap();
}

#[test]
fn an_answer_to_another_challenge_is_refused() {
    let device = Device::es256(1);
    let stored = [set_up(&device)];
    let (passkeys, handle) = (passkeys(), Some(ANN.as_bytes().as_slice()));

    let (old, first) = passkeys.begin_assertion(ANN, &stored, &chance()).unwrap();
    let (_, second) = passkeys.begin_assertion(ANN, &stored, &chance()).unwrap();
    let answer = device.get(&old, handle, |_| ());
    let refused = passkeys.finish_assertion(ANN, &stored, &second, &answer);
    assert_eq!(refused.unwrap_err(), PasskeyError::OtherChallenge);
    passkeys.finish_assertion(ANN, &stored, &first, &answer).unwrap();

    let (old, first) = passkeys.begin_sign_in(&chance()).unwrap();
    let (_, second) = passkeys.begin_sign_in(&chance()).unwrap();
    let answer = device.get(&old, handle, |_| ());
    let refused = passkeys.finish_sign_in(ANN, &stored, &second, &answer);
    assert_eq!(refused.unwrap_err(), PasskeyError::OtherChallenge);
    passkeys.finish_sign_in(ANN, &stored, &first, &answer).unwrap();

    let (old, first) = begin_set_up(&[]);
    let (_, second) = begin_set_up(&[]);
    let answer = device.create(&old, |_| ());
    let refused = passkeys.finish_registration(ANN, &second, &answer);
    assert_eq!(refused.unwrap_err(), PasskeyError::OtherChallenge);
    passkeys.finish_registration(ANN, &first, &answer).unwrap();
}

#[test]
fn a_signature_by_another_key_or_over_other_data_is_refused() {
    for (device, thief) in [
        (Device::es256(1), Device::es256(1)),
        (Device::eddsa(1), Device::eddsa(1)),
        (Device::rs256(1), Device::es256(1)),
        (Device::es256(1), Device::eddsa(1)),
    ] {
        let stored = set_up(&device);
        let refused = second_factor(&thief, &stored, |_| ());
        assert_eq!(refused.unwrap_err(), PasskeyError::WrongSignature);
        second_factor(&device, &stored, |_| ()).unwrap();
    }

    // A touch that was signed, made a verification on the way.
    let device = Device::es256(1);
    let stored = [set_up(&device)];
    let (options, state) = passkeys().begin_sign_in(&chance()).unwrap();
    let touched = |usage: &mut Usage| usage.flags = Flags::PRESENT;
    let answer = device.get(&options, Some(ANN.as_bytes()), touched);
    let mut answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let data = answer["response"]["authenticatorData"].take();
    let mut data = serde_json::from_value::<Encoded>(data).unwrap();
    data.0[32] = WELL;
    answer["response"]["authenticatorData"] = data.text().into();
    let refused = passkeys().finish_sign_in(ANN, &stored, &state, &answer.to_string());
    assert_eq!(refused.unwrap_err(), PasskeyError::WrongSignature);
}

#[test]
fn a_passkey_of_another_account_opens_nothing() {
    let (anns, bobs) = (Device::es256(1), Device::es256(2));
    let (anns_stored, bobs_stored) = ([set_up(&anns)], [set_up(&bobs)]);
    let (options, state) = passkeys().begin_sign_in(&chance()).unwrap();

    // Bob's passkey says whose it is; shown for Ann's account it is unknown.
    let answer = bobs.get(&options, Some(BOB.as_bytes()), |_| ());
    assert_eq!(passkeys().who(&answer).unwrap().account, BOB);
    let refused = passkeys().finish_sign_in(ANN, &anns_stored, &state, &answer);
    assert_eq!(refused.unwrap_err(), PasskeyError::UnknownPasskey);
    // Even with Bob's passkeys looked up for it, or with Ann's handle.
    let refused = passkeys().finish_sign_in(ANN, &bobs_stored, &state, &answer);
    assert_eq!(refused.unwrap_err(), PasskeyError::OtherAccount);
    let claiming = bobs.get(&options, Some(ANN.as_bytes()), |_| ());
    let refused = passkeys().finish_sign_in(ANN, &anns_stored, &state, &claiming);
    assert_eq!(refused.unwrap_err(), PasskeyError::UnknownPasskey);
    // A device that says nothing was not asked by name.
    let silent = anns.get(&options, None, |_| ());
    assert_eq!(passkeys().who(&silent).unwrap_err(), PasskeyError::NoAccount);
    let refused = passkeys().finish_sign_in(ANN, &anns_stored, &state, &silent);
    assert_eq!(refused.unwrap_err(), PasskeyError::NoAccount);

    // As second factor a handle may be missing, and must not be another's.
    let (options, state) = passkeys().begin_assertion(ANN, &anns_stored, &chance()).unwrap();
    let other = anns.get(&options, Some(BOB.as_bytes()), |_| ());
    let refused = passkeys().finish_assertion(ANN, &anns_stored, &state, &other);
    assert_eq!(refused.unwrap_err(), PasskeyError::OtherAccount);
    let silent = anns.get(&options, None, |_| ());
    let refused = passkeys().finish_assertion(BOB, &anns_stored, &state, &silent);
    assert_eq!(refused.unwrap_err(), PasskeyError::OtherAccount);
    passkeys().finish_assertion(ANN, &anns_stored, &state, &silent).unwrap();
}

#[test]
fn a_passkey_that_was_not_asked_for_or_was_removed_since_is_refused() {
    let devices = [Device::es256(1), Device::es256(2)];
    let stored = devices.each_ref().map(set_up);
    let (options, state) = passkeys().begin_assertion(ANN, &stored[..1], &chance()).unwrap();
    let later = devices[1].get(&options, None, |_| ());
    let refused = passkeys().finish_assertion(ANN, &stored, &state, &later);
    assert_eq!(refused.unwrap_err(), PasskeyError::UnknownPasskey);
    let answer = devices[0].get(&options, None, |_| ());
    let refused = passkeys().finish_assertion(ANN, &stored[1..], &state, &answer);
    assert_eq!(refused.unwrap_err(), PasskeyError::UnknownPasskey);
    passkeys().finish_assertion(ANN, &stored, &state, &answer).unwrap();
}

#[test]
fn a_counter_that_does_not_go_up_is_a_copy() {
    let device = Device::es256(1);
    let mut stored = set_up(&device);
    for counter in [0, 0, 1, 7, u32::MAX] {
        let used = second_factor(&device, &stored, |usage| usage.counter = counter).unwrap();
        stored = kept(&used.updated);
    }
    for now in [u32::MAX, 7, 0] {
        let refused = second_factor(&device, &stored, |usage| usage.counter = now).unwrap_err();
        assert_eq!(refused, PasskeyError::Cloned { stored: u32::MAX, now });
        let refused = sign_in(&device, &stored, |usage| usage.counter = now).unwrap_err();
        assert_eq!(refused, PasskeyError::Cloned { stored: u32::MAX, now });
    }
}

#[test]
fn nobody_without_the_key_can_make_a_passkey_look_like_a_copy() {
    let (device, stranger) = (Device::es256(1), Device::es256(1));
    let stored = second_factor(&device, &set_up(&device), |usage| usage.counter = 9).unwrap();
    let back = |usage: &mut Usage| usage.counter = 3;
    let copied = |usage: &mut Usage| usage.flags |= Flags::BACKUP_ELIGIBLE;
    let by = |device: &Device, lie: &dyn Fn(&mut Usage)| {
        second_factor(device, &stored.updated, lie).unwrap_err()
    };
    assert_eq!(by(&stranger, &back), PasskeyError::WrongSignature);
    assert_eq!(by(&stranger, &copied), PasskeyError::WrongSignature);
    // Control: with the key it does.
    assert_eq!(by(&device, &back), PasskeyError::Cloned { stored: 9, now: 3 });
    assert_eq!(by(&device, &copied), PasskeyError::BackupEligibilityChanged);
}

#[test]
fn a_passkey_never_changes_whether_it_can_be_copied() {
    let (options, state) = begin_set_up(&[]);
    let device = Device::es256(1);
    let copied = device.create(&options, |creation| creation.flags |= Flags::BACKUP_ELIGIBLE);
    let copied = passkeys().finish_registration(ANN, &state, &copied).unwrap();
    assert!(!copied.backed_up());
    let with = |flags: u8| second_factor(&device, &copied, |usage| usage.flags = WELL | flags);
    assert_eq!(with(0).unwrap_err(), PasskeyError::BackupEligibilityChanged);
    // Control: it may come to be copied, and stop.
    assert!(!with(Flags::BACKUP_ELIGIBLE).unwrap().updated.backed_up());
    let used = with(Flags::BACKUP_ELIGIBLE | Flags::BACKED_UP).unwrap();
    assert!(used.updated.backed_up());
}

#[test]
fn a_passkey_that_is_copied_and_cannot_be_is_refused() {
    let lie = |usage: &mut Usage| usage.flags |= Flags::BACKED_UP;
    refused_in_use(lie, &PasskeyError::BackedUpWithoutEligibility);
    let refused = set_up::lie(|creation| creation.flags |= Flags::BACKED_UP);
    assert_eq!(refused.unwrap_err(), PasskeyError::BackedUpWithoutEligibility);
}

#[test]
fn what_was_begun_for_one_purpose_cannot_be_read_as_begun_for_another() {
    let stored = [set_up(&Device::es256(1))];
    let texts = [
        serde_json::to_string(&begin_set_up(&stored).1).unwrap(),
        serde_json::to_string(&passkeys().begin_assertion(ANN, &stored, &chance()).unwrap().1)
            .unwrap(),
        serde_json::to_string(&passkeys().begin_sign_in(&chance()).unwrap().1).unwrap(),
    ];
    let readable = texts.map(|text| {
        [
            serde_json::from_str::<RegistrationState>(&text).is_ok(),
            serde_json::from_str::<AssertionState>(&text).is_ok(),
            serde_json::from_str::<SignInState>(&text).is_ok(),
        ]
    });
    assert_eq!(readable, [[true, false, false], [false, true, false], [false, false, true]]);
}

#[test]
fn what_a_sign_in_asks_for_names_nobody_and_a_second_factor_names_its_passkeys() {
    let stored = [set_up(&Device::es256(1))];
    let (options, _) = passkeys().begin_sign_in(&chance()).unwrap();
    let options: serde_json::Value = serde_json::from_str(&options).unwrap();
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["rpId"], SITE);

    let (options, _) = passkeys().begin_assertion(ANN, &stored, &chance()).unwrap();
    let options: serde_json::Value = serde_json::from_str(&options).unwrap();
    let transports = ["hybrid", "internal"];
    let one = json!([{ "type": "public-key", "id": stored[0].id(), "transports": transports }]);
    assert_eq!(options["allowCredentials"], one);
    // An empty list would mean any passkey.
    let none = passkeys().begin_assertion(ANN, &[], &chance());
    assert_eq!(none.unwrap_err(), PasskeyError::NoPasskey);
}

#[test]
fn passkeys_need_a_host_name_and_https_or_this_machine() {
    for (url, site) in [
        ("https://id.example.test", Some("id.example.test")),
        ("https://id.example.test:8443", Some("id.example.test")),
        ("http://localhost:8080", Some("localhost")),
        ("http://portal.localhost", Some("portal.localhost")),
        ("http://id.example.test", None),
        ("http://127.0.0.1:8080", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]", None),
        ("https://id.example.test/", None),
        ("https://id.example.test:", None),
        ("https://", None),
        ("id.example.test", None),
    ] {
        let passkeys = Passkeys::new(url, "My portal");
        assert_eq!(passkeys.ok().map(|passkeys| passkeys.site).as_deref(), site, "{url}");
    }
}
