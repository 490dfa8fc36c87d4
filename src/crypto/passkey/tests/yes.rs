//! The passkey behind a phone's yes: what is no yes of its owner.

use serde_json::json;

use super::device::{Creation, Device, Usage, WELL};
use super::*;
use crate::crypto::approval::{PhoneKey, Said};

/// The phone's own key; whether it signed is not asked here.
fn key() -> PhoneKey {
    PhoneKey::from_bytes(&[4; 65]).unwrap()
}

fn pair<'a>(code: &'a str) -> Said<'a> {
    Said::Pair { public_url: ORIGIN, code, key: "BA" }
}

fn yes<'a>(nonce: &'a str, number: &'a str) -> Said<'a> {
    Said::Answer {
        public_url: ORIGIN,
        portal: "My portal",
        account: "ann",
        phone: "0a",
        request: "0b",
        nonce,
        expires: 1_790_000_120_000,
        number,
        answer: "yes",
    }
}

/// What the page asks the browser.
fn options(said: &Said<'_>) -> String {
    json!({ "challenge": Encoded(sha256(said.text().as_bytes()).to_vec()) }).to_string()
}

fn made(device: &Device, lie: impl FnOnce(&mut Creation)) -> Result<StoredPasskey, PasskeyError> {
    let said = pair("abc");
    let made = passkeys().made_on_phone(&said, &device.create(&options(&said), lie))?;
    Ok(kept(&made))
}

/// Says yes, over the text that is signed, with a lie.
fn used(
    device: &Device,
    stored: &StoredPasskey,
    lie: impl FnOnce(&mut Usage),
) -> Result<StoredPasskey, PasskeyError> {
    let said = yes("bm9uY2U", "47");
    let handle = sha256(key().as_bytes());
    let answer = device.get(&options(&said), Some(&handle), lie);
    passkeys().used_on_phone(stored, (&key(), &said), &answer)
}

#[test]
fn a_yes_without_the_owner_counts_for_nothing() {
    let device = Device::es256(1);
    let stored = made(&device, |_| ()).unwrap();
    let touch = |usage: &mut Usage| usage.flags = Flags::PRESENT;
    assert_eq!(used(&device, &stored, touch).unwrap_err(), PasskeyError::NotVerified);
    let nobody = |usage: &mut Usage| usage.flags = Flags::VERIFIED;
    assert_eq!(used(&device, &stored, nobody).unwrap_err(), PasskeyError::NotPresent);
    // Control: with the owner it counts, and the phone need not say whose it is.
    used(&device, &stored, |_| ()).unwrap();
    used(&device, &stored, |usage| usage.handle = None).unwrap();
}

#[test]
fn a_yes_for_another_question_is_none() {
    let device = Device::es256(1);
    let stored = made(&device, |_| ()).unwrap();
    let (said, key) = (yes("bm9uY2U", "47"), key());
    for other in [yes("YW5vdGhlcg", "47"), yes("bm9uY2U", "48"), pair("abc")] {
        let answer = device.get(&options(&other), None, |_| ());
        let refused = passkeys().used_on_phone(&stored, (&key, &said), &answer);
        assert_eq!(refused.unwrap_err(), PasskeyError::OtherChallenge);
        // Control: to what was asked it is an answer.
        passkeys().used_on_phone(&stored, (&key, &other), &answer).unwrap();
    }
}

#[test]
fn a_yes_by_another_passkey_or_at_another_place_is_none() {
    let (device, other) = (Device::es256(1), Device::es256(2));
    let stored = made(&device, |_| ()).unwrap();
    assert_eq!(used(&other, &stored, |_| ()).unwrap_err(), PasskeyError::UnknownPasskey);
    // One that calls itself the same.
    let same_id = Device::es256(1);
    assert_eq!(used(&same_id, &stored, |_| ()).unwrap_err(), PasskeyError::WrongSignature);
    let elsewhere = |usage: &mut Usage| usage.client["origin"] = "https://else.test".into();
    assert_eq!(used(&device, &stored, elsewhere).unwrap_err(), PasskeyError::OtherOrigin);
    let site = |usage: &mut Usage| usage.site = "else.test".into();
    assert_eq!(used(&device, &stored, site).unwrap_err(), PasskeyError::OtherSite);
    let account = |usage: &mut Usage| usage.handle = Some(ANN.as_bytes().to_vec());
    assert_eq!(used(&device, &stored, account).unwrap_err(), PasskeyError::OtherAccount);
    // Control.
    used(&device, &stored, |_| ()).unwrap();
}

#[test]
fn a_counter_that_does_not_go_up_is_a_copy_on_a_phone_too() {
    let device = Device::es256(1);
    let stored = made(&device, |_| ()).unwrap();
    let stored = used(&device, &stored, |usage| usage.counter = 7).unwrap();
    let refused = used(&device, &stored, |usage| usage.counter = 7).unwrap_err();
    assert_eq!(refused, PasskeyError::Cloned { stored: 7, now: 7 });
    // Control: one higher is taken.
    used(&device, &stored, |usage| usage.counter = 8).unwrap();
}

#[test]
fn a_phone_is_joined_with_a_passkey_that_made_sure_of_its_owner() {
    let device = Device::es256(1);
    let touch = |creation: &mut Creation| creation.flags = Flags::PRESENT | Flags::CREDENTIAL;
    assert_eq!(made(&device, touch).unwrap_err(), PasskeyError::NotVerified);
    let elsewhere =
        |creation: &mut Creation| creation.client["origin"] = "https://else.test".into();
    assert_eq!(made(&device, elsewhere).unwrap_err(), PasskeyError::OtherOrigin);
    let site = |creation: &mut Creation| creation.site = "else.test".into();
    assert_eq!(made(&device, site).unwrap_err(), PasskeyError::OtherSite);
    let answer = device.create(&options(&pair("abc")), |_| ());
    let other_code = passkeys().made_on_phone(&pair("abd"), &answer);
    assert_eq!(other_code.unwrap_err(), PasskeyError::OtherChallenge);
    // Control: with finger, face or PIN it is made.
    assert_eq!(WELL, Flags::PRESENT | Flags::VERIFIED);
    made(&device, |_| ()).unwrap();
}

#[test]
fn a_phone_is_asked_for_a_passkey_of_its_own_that_makes_sure_of_the_person() {
    let options = passkeys().options_on_phone();
    let options: serde_json::Value = serde_json::from_str(&options).unwrap();
    let chosen = &options["authenticatorSelection"];
    assert_eq!(chosen["authenticatorAttachment"], "platform");
    assert_eq!(chosen["userVerification"], "required");
    assert_eq!(options["rp"]["id"], SITE);
    assert!(options["user"].is_null(), "the page knows the key");
    // The text of a hash can be no account's handle, so that it stands for none.
    assert_ne!(sha256(key().as_bytes()).len(), ANN.as_bytes().len());
}
