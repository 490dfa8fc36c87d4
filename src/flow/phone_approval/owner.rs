//! A phone whose yes needs its owner: finger, face or PIN, where the operator
//! asks for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::handset::{Handset, asked_number, code_of, visiting};
use super::{asking, finish, go_on};
use crate::crypto::passkey::tests::device::{Device, Usage};
use crate::domain::{Factor, Place, QuestionState};
use crate::flow::credentials::Credentials;
use crate::flow::proving_ground::{House, MINUTE, PASSWORD, PUBLIC_URL, Wish};
use crate::flow::{Answer, At, PhoneError, SignIn, SignInParts, YesNeeds};
use crate::observe::audit::Around;
use crate::store::record::CredentialsRecord;

/// The host of the pages.
const SITE: &str = "app.test";
/// Somebody was there, and nobody looked who.
const TOUCH: u8 = 1;

fn asks_for_passkeys() -> House {
    House::with(Wish { yes: YesNeeds::Passkey, ..Wish::default() })
}

/// What the page asks the browser about a text that the phone signs.
fn options(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    serde_json::json!({ "challenge": URL_SAFE_NO_PAD.encode(hash) }).to_string()
}

/// What the browser says of a new passkey.
fn made(device: &Device, text: &str) -> Option<String> {
    Some(device.create(&options(text), |creation| {
        creation.client["origin"] = PUBLIC_URL.into();
        creation.site = SITE.into();
    }))
}

/// What the browser says of its use, with a lie.
fn used(device: &Device, text: &str, lie: impl FnOnce(&mut Usage)) -> Option<String> {
    Some(device.get(&options(text), None, |usage| {
        usage.client["origin"] = PUBLIC_URL.into();
        usage.site = SITE.into();
        lie(usage);
    }))
}

/// Makes `anna`, who has a phone with a passkey whose counter is at 1.
async fn set_up(house: &House) -> (Handset, Device) {
    house.add("anna", Some(PASSWORD)).await;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    house.sign_in.choose(&ticket, Factor::Approval).await.unwrap();
    let (code, device) = (code_of(house, &ticket).await, Device::es256(1));
    let join = Handset::join_with(house, &code, |text| made(&device, text));
    let handset = join.await.unwrap();
    let at = house.sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
    assert_eq!(at, At::SetUp(Place::Approve));
    let number = asked_number(house, &ticket).await;
    let count = |usage: &mut Usage| usage.counter = 1;
    let said = yes(house, &handset, &number, |text| used(&device, text, count)).await;
    assert_eq!(said.unwrap(), QuestionState::Approved);
    let gone = house.sign_in.approval(&ticket, None, Around::default()).await.unwrap();
    let Answer::GoOn(At::Approved, Some(ticket)) = gone else { panic!("{gone:?}") };
    finish(house, ticket).await;
    house.clock.advance(MINUTE);
    (handset, device)
}

/// Says yes to what the phone is asked.
async fn yes(
    house: &House,
    handset: &Handset,
    number: &str,
    passkey: impl FnOnce(&str) -> Option<String>,
) -> Result<QuestionState, PhoneError> {
    let request = handset.look(house).await?.request.ok_or(PhoneError::Gone)?;
    handset.answer_with(house, &request, (true, number), passkey).await
}

async fn credentials(house: &House) -> CredentialsRecord {
    let account = house.accounts.find("anna").await.unwrap();
    let now = house.ground.clock.now();
    Credentials::load(&house.ground, account.id, now).await.unwrap().record
}

/// The same house after the operator said otherwise.
fn and_now(house: &mut House, yes: YesNeeds) {
    let parts = &house.sign_in.parts;
    let phones = crate::flow::PhoneParts { yes, ..parts.phones.clone() };
    let parts = SignInParts { phones, ..parts.clone() };
    house.sign_in = SignIn::new(house.ground.clone(), parts);
}

#[tokio::test]
async fn a_yes_counts_with_the_owners_passkey_over_the_same_text_alone() {
    let house = asks_for_passkeys();
    let (handset, device) = set_up(&house).await;
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    let count = |usage: &mut Usage| usage.counter = 2;
    let touch = |usage: &mut Usage| (usage.counter, usage.flags) = (2, TOUCH);
    let other = Device::es256(2);
    let refused = [
        yes(&house, &handset, &number, |_| None).await,
        yes(&house, &handset, &number, |text| used(&device, text, touch)).await,
        yes(&house, &handset, &number, |text| used(&other, text, count)).await,
        yes(&house, &handset, &number, |text| used(&device, &format!("{text} "), count)).await,
        yes(&house, &handset, &number, |text| made(&device, text)).await,
        yes(&house, &handset, &number, |_| Some(String::new())).await,
    ];
    for (case, refused) in refused.iter().enumerate() {
        assert!(matches!(refused, Err(PhoneError::NotConfirmed)), "{case}: {refused:?}");
    }
    assert!(house.sign_in.waits(&ticket).await.unwrap(), "none of them used the question up");
    // Control: the owner's counts.
    let said = yes(&house, &handset, &number, |text| used(&device, text, count)).await;
    assert_eq!(said.unwrap(), QuestionState::Approved);
    assert!(matches!(go_on(&house, &ticket).await, Answer::Open(_)));
}

#[tokio::test]
async fn the_number_is_asked_beside_the_passkey() {
    let house = asks_for_passkeys();
    let (handset, device) = set_up(&house).await;
    let ticket = asking(&house, "anna").await;
    let wrong = if asked_number(&house, &ticket).await == "10" { "11" } else { "10" };
    let count = |usage: &mut Usage| usage.counter = 2;
    let said = yes(&house, &handset, wrong, |text| used(&device, text, count)).await;
    assert!(matches!(said, Err(PhoneError::WrongNumber)), "{said:?}");
    // Control: the next one, typed right, is taken.
    house.sign_in.ask(&ticket, &visiting()).await.unwrap();
    let number = asked_number(&house, &ticket).await;
    let count = |usage: &mut Usage| usage.counter = 3;
    let said = yes(&house, &handset, &number, |text| used(&device, text, count)).await;
    assert_eq!(said.unwrap(), QuestionState::Approved);
}

#[tokio::test]
async fn not_me_needs_no_passkey() {
    let house = asks_for_passkeys();
    let (handset, _) = set_up(&house).await;
    asking(&house, "anna").await;
    assert_eq!(handset.no(&house).await.unwrap(), QuestionState::Refused);
}

#[tokio::test]
async fn a_phone_is_not_joined_without_its_owner_and_the_code_stays_good() {
    let house = asks_for_passkeys();
    house.add("anna", Some(PASSWORD)).await;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    house.sign_in.choose(&ticket, Factor::Approval).await.unwrap();
    let (code, device) = (code_of(&house, &ticket).await, Device::es256(1));
    let without = Handset::join(&house, &code).await.map(|_| ());
    assert!(matches!(without, Err(PhoneError::NotConfirmed)), "{without:?}");
    let other = Handset::join_with(&house, &code, |_| made(&device, "another text")).await;
    assert!(matches!(other.map(|_| ()), Err(PhoneError::NotConfirmed)));
    // Control: with the same code, the owner's phone is.
    Handset::join_with(&house, &code, |text| made(&device, text)).await.unwrap();
}

#[tokio::test]
async fn a_phones_passkey_that_seems_to_be_copied_ends_its_yes_and_is_told() {
    let house = asks_for_passkeys();
    let (handset, device) = set_up(&house).await;
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    // Its counter was at 1 already.
    let count = |usage: &mut Usage| usage.counter = 1;
    let said = yes(&house, &handset, &number, |text| used(&device, text, count)).await;
    assert!(matches!(said, Err(PhoneError::ConnectAgain)), "{said:?}");
    assert!(!credentials(&house).await.phones[0].passkey);
    let looked = handset.look(&house).await.unwrap();
    assert!(looked.connect_again && looked.request.is_none());
    house.ground.audit.flush(std::time::Duration::from_secs(5));
    let audit = std::fs::read_to_string(house.folder.path().join("audit")).unwrap();
    assert!(audit.contains("\"passkey_cloned\""));
    let (at, _) = house.past_password("anna", PASSWORD).await;
    assert_eq!(at, At::Factor(Factor::Recovery), "it is asked no more");
}

#[tokio::test]
async fn a_phone_without_a_passkey_is_a_factor_that_is_not_asked() {
    let (mut house, handset) = super::house().await;
    house.clock.advance(MINUTE);
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    let request = handset.look(&house).await.unwrap().request.unwrap();
    and_now(&mut house, YesNeeds::Passkey);
    let late = handset.answer(&house, &request, true, &number).await;
    assert!(matches!(late, Err(PhoneError::ConnectAgain)), "{late:?}");
    let looked = handset.look(&house).await.unwrap();
    assert!(looked.connect_again && looked.request.is_none());
    // Codes on paper are asked; nobody sets up a factor with the password alone.
    let (at, ticket) = house.past_password("anna", PASSWORD).await;
    assert_eq!(at, At::Factor(Factor::Recovery));
    assert_eq!(house.sign_in.standing(&ticket).await.unwrap().ways, [Factor::Recovery]);
    let asked = house.sign_in.ask(&ticket, &visiting()).await.unwrap();
    assert!(matches!(asked, Answer::GoOn(At::Factor(Factor::Recovery), None)), "{asked:?}");
    // Control: the operator says otherwise, and it is asked again.
    and_now(&mut house, YesNeeds::Signature);
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    assert_eq!(handset.yes(&house, &number).await.unwrap(), QuestionState::Approved);
}
