//! A phone that says yes or no, from the code on the screen to the session:
//! what is shown here is the flow alone, with a clock that is moved by hand.

mod attacks;
mod handset;
mod owner;
mod refusals;

use super::half_done::HalfDone;
use super::opening::To;
use super::proving_ground::{House, MINUTE, PASSWORD};
use super::purpose::{Purpose, What};
use super::{Answer, Asked, At, NotAsked, Opened, Pairing, PhoneError, Ticket, Visiting, YesNeeds};
use crate::crypto::{HandCode, HandCodePurpose};
use crate::domain::{
    AskedFrom, Factor, PHONES_MAX, Place, QuestionState, SecondFactor, SessionHash,
};
use crate::flow::credentials::Credentials;
use crate::observe::audit::Around;
use crate::store::Change;
use handset::{Handset, asked_number, code_of, known_browser, visiting};

/// A house in which `anna` has a phone, and the phone.
async fn house() -> (House, Handset) {
    let house = House::new(SecondFactor::Required);
    let handset = set_up(&house, "anna").await;
    (house, handset)
}

/// Makes an account that has a phone.
async fn set_up(house: &House, name: &str) -> Handset {
    house.add(name, Some(PASSWORD)).await;
    let (_, ticket) = house.past_password(name, PASSWORD).await;
    let (handset, ticket) = proven(house, &ticket).await;
    finish(house, ticket).await;
    handset
}

/// Joins a new phone in this set-up, and has it say yes.
async fn proven(house: &House, ticket: &Ticket) -> (Handset, Ticket) {
    let handset = joined(house, ticket).await;
    let at = house.sign_in.leave_pair(ticket, &visiting()).await.unwrap();
    assert_eq!(at, At::SetUp(Place::Approve));
    let number = asked_number(house, ticket).await;
    assert_eq!(handset.yes(house, &number).await.unwrap(), QuestionState::Approved);
    match house.sign_in.approval(ticket, None, Around::default()).await.unwrap() {
        Answer::GoOn(At::Approved, Some(ticket)) => (handset, ticket),
        other => panic!("{other:?}"),
    }
}

/// Joins a new phone.
async fn joined(house: &House, ticket: &Ticket) -> Handset {
    house.sign_in.choose(ticket, Factor::Approval).await.unwrap();
    let code = code_of(house, ticket).await;
    Handset::join(house, &code).await.unwrap()
}

/// Goes on from the word that the phone said yes, to a session.
async fn finish(house: &House, ticket: Ticket) -> Opened {
    let sign_in = &house.sign_in;
    assert_eq!(sign_in.leave_approved(&ticket).await.unwrap(), At::RecoveryCodes);
    let kept = sign_in.keep_recovery_codes(&ticket, Around::default()).await.unwrap();
    assert_eq!(kept, At::Success);
    match sign_in.succeed(&ticket, None, Around::default()).await.unwrap() {
        Answer::Open(opened) => *opened,
        other => panic!("{other:?}"),
    }
}

/// A browser that is past the password and has asked the phones.
async fn asking(house: &House, name: &str) -> Ticket {
    asking_from(house, name, &visiting()).await
}

/// The same in a browser that the account knows.
async fn asking_at_home(house: &House, name: &str) -> Ticket {
    let account = house.accounts.find(name).await.unwrap();
    let (session, to) = (String::new().into(), To::WayBack);
    let opened = Opened { session, stays: None, account, factor_at: None, to, again: false };
    asking_from(house, name, &known_browser(house, &opened)).await
}

async fn asking_from(house: &House, name: &str, browser: &Visiting<'_>) -> Ticket {
    let (at, ticket) = house.past_password(name, PASSWORD).await;
    assert_eq!(at, At::Factor(Factor::Approval));
    let asked = house.sign_in.ask(&ticket, browser).await.unwrap();
    assert!(matches!(asked, Answer::GoOn(At::Factor(Factor::Approval), None)), "{asked:?}");
    ticket
}

/// Goes on with one of the codes on paper, which a new set replaces first.
async fn use_a_paper_code(house: &House, ticket: &Ticket) -> Opened {
    let (now, account) = (house.ground.clock.now(), house.accounts.find("anna").await.unwrap());
    let mut credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    let code = HandCode::new(HandCodePurpose::Recovery, &*house.ground.chance).unwrap();
    credentials.record.recovery.as_mut().unwrap().hashes = vec![code.hash_text(account.id)];
    let change = credentials.put(&house.ground, Change::new()).unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    let typed = code.grouped();
    match house.sign_in.recovery(ticket, &typed, None, Around::default()).await.unwrap() {
        Answer::Open(opened) => *opened,
        other => panic!("{other:?}"),
    }
}

async fn go_on(house: &House, ticket: &Ticket) -> Answer<Asked> {
    house.sign_in.approval(ticket, None, Around::default()).await.unwrap()
}

#[tokio::test]
async fn a_phone_is_joined_and_from_then_on_its_yes_opens_sessions() {
    let (house, handset) = house().await;
    let account = house.accounts.find("anna").await.unwrap();
    let now = house.ground.clock.now();
    let credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    assert_eq!(credentials.ways(YesNeeds::Signature), [Factor::Approval, Factor::Recovery]);
    let [phone] = &credentials.record.phones[..] else { panic!("not one phone") };
    assert_eq!((phone.name.as_str(), &phone.id), ("Test phone", &handset.id));

    house.clock.advance(MINUTE);
    let ticket = asking(&house, "anna").await;
    let shown = handset.look(&house).await.unwrap();
    assert_eq!((shown.account.as_str(), shown.portal.as_str()), ("anna", "My portal"));
    let request = shown.request.unwrap();
    assert_eq!((request.digits, request.setting_up, request.same_network), (2, false, true));
    assert_eq!(request.device, "Firefox – Windows");
    // Before the yes the sign-in waits, and nothing is open.
    assert!(house.sign_in.waits(&ticket).await.unwrap());
    assert!(matches!(go_on(&house, &ticket).await, Answer::Wrong(Asked::Waits { .. })));

    let number = asked_number(&house, &ticket).await;
    assert_eq!(handset.yes(&house, &number).await.unwrap(), QuestionState::Approved);
    assert!(!house.sign_in.waits(&ticket).await.unwrap());
    assert!(handset.look(&house).await.unwrap().request.is_none(), "it is asked no more");
    match go_on(&house, &ticket).await {
        Answer::Open(opened) => assert!(house.stands(&opened).await),
        other => panic!("{other:?}"),
    }
    let credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    assert_eq!(credentials.record.phones[0].last, house.ground.clock.now().unix_millis());
}

#[tokio::test]
async fn a_pairing_code_works_once_and_for_ten_minutes() {
    let house = House::new(SecondFactor::Required);
    house.add("anna", Some(PASSWORD)).await;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let sign_in = &house.sign_in;
    assert_eq!(sign_in.pairing(&ticket).await.unwrap(), Pairing::NoCode);
    let at = sign_in.choose(&ticket, Factor::Approval).await.unwrap();
    assert_eq!(at, At::SetUp(Place::Pair));
    let first = code_of(&house, &ticket).await;
    // Choosing the same way again, from another tab, keeps the code on the screen.
    sign_in.choose(&ticket, Factor::Approval).await.unwrap();
    assert_eq!(code_of(&house, &ticket).await, first);

    house.clock.advance(10 * MINUTE);
    assert_eq!(sign_in.pairing(&ticket).await.unwrap(), Pairing::NoCode);
    assert!(!sign_in.waits(&ticket).await.unwrap());
    assert!(matches!(Handset::join(&house, &first).await, Err(PhoneError::Gone)));

    sign_in.renew_code(&ticket).await.unwrap();
    let second = code_of(&house, &ticket).await;
    assert_ne!(second, first);
    // A code that another took the place of is worth nothing either.
    sign_in.renew_code(&ticket).await.unwrap();
    assert!(matches!(Handset::join(&house, &second).await, Err(PhoneError::Gone)));
    // Control: the one on the screen joins one phone, however it is typed.
    let third = code_of(&house, &ticket).await;
    let typed = third.to_uppercase().replace('-', " ");
    Handset::join(&house, &typed).await.unwrap();
    assert!(matches!(Handset::join(&house, &third).await, Err(PhoneError::Gone)));
    let joined = Pairing::Joined { name: "Test phone".to_owned() };
    assert_eq!(sign_in.pairing(&ticket).await.unwrap(), joined);
    assert!(matches!(Handset::join(&house, "0000-0000-0000").await, Err(PhoneError::Gone)));
}

#[tokio::test]
async fn of_fifty_phones_with_one_code_one_is_joined() {
    let house = House::new(SecondFactor::Required);
    house.add("anna", Some(PASSWORD)).await;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    house.sign_in.choose(&ticket, Factor::Approval).await.unwrap();
    let code = code_of(&house, &ticket).await;
    let all = futures_util::future::join_all((0..50).map(|_| Handset::join(&house, &code))).await;
    assert_eq!(all.iter().filter(|joined| joined.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_phone_that_never_said_yes_counts_for_nothing_and_is_forgotten() {
    let house = House::new(SecondFactor::Required);
    house.add("anna", Some(PASSWORD)).await;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let handset = joined(&house, &ticket).await;
    assert!(handset.look(&house).await.unwrap().request.is_none());
    // The wizard goes no further by itself.
    let (at, _) = house.past_password("anna", PASSWORD).await;
    assert_eq!(at, At::SetUp(Place::Secure));
    house.clock.advance(30 * MINUTE);
    assert!(matches!(handset.look(&house).await, Err(PhoneError::Gone)));
    let led = house.sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
    assert_eq!(led, At::SetUp(Place::Pair));
    assert_eq!(house.sign_in.pairing(&ticket).await.unwrap(), Pairing::NoCode);
    // Control: with a new code the same person goes on.
    house.sign_in.renew_code(&ticket).await.unwrap();
    let handset = Handset::join(&house, &code_of(&house, &ticket).await).await.unwrap();
    house.sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
    assert!(handset.look(&house).await.unwrap().request.unwrap().setting_up);
}

#[tokio::test]
async fn the_first_question_goes_to_the_new_phone_alone() {
    let (house, old) = house().await;
    let ticket = begin_to_add(&house).await;
    let new = joined(&house, &ticket).await;
    house.sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
    assert!(old.look(&house).await.unwrap().request.is_none());
    let number = asked_number(&house, &ticket).await;
    let request = new.look(&house).await.unwrap().request.unwrap();
    let refused = old.answer(&house, &request, true, &number).await;
    assert!(matches!(refused, Err(PhoneError::Gone)), "{refused:?}");
    // Control: the new one may answer, and counts beside the old one from then on.
    assert!(new.yes(&house, &number).await.is_ok());
    let gone = house.sign_in.approval(&ticket, None, Around::default()).await.unwrap();
    let Answer::GoOn(At::Approved, Some(ticket)) = gone else { panic!("{gone:?}") };
    assert_eq!(house.sign_in.leave_approved(&ticket).await.unwrap(), At::Account);
    house.clock.advance(MINUTE);
    let ticket = asking(&house, "anna").await;
    for handset in [&old, &new] {
        assert!(!handset.look(&house).await.unwrap().request.unwrap().setting_up);
    }
    let number = asked_number(&house, &ticket).await;
    assert!(new.yes(&house, &number).await.is_ok());
    assert!(matches!(go_on(&house, &ticket).await, Answer::Open(_)));
}

#[tokio::test]
async fn a_phone_that_another_takes_the_place_of_is_asked_nothing_more() {
    let house = House::new(SecondFactor::Required);
    house.add("anna", Some(PASSWORD)).await;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let sign_in = &house.sign_in;
    let old = joined(&house, &ticket).await;
    sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
    let asked = old.look(&house).await.unwrap().request.unwrap();
    let number = asked_number(&house, &ticket).await;
    // Within its two minutes another phone is connected.
    assert_eq!(sign_in.renew_code(&ticket).await.unwrap(), At::SetUp(Place::Pair));
    assert_eq!(sign_in.asked(&ticket).await.unwrap(), Asked::Nothing);
    let new = Handset::join(&house, &code_of(&house, &ticket).await).await.unwrap();
    let at = sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
    assert_eq!(at, At::SetUp(Place::Approve));
    assert!(matches!(old.look(&house).await, Err(PhoneError::Gone)));
    for yes in [true, false] {
        let late = old.answer(&house, &asked, yes, &number).await;
        assert!(matches!(late, Err(PhoneError::Gone)), "{late:?}");
    }
    // Control: the new one is asked, and its yes counts.
    assert!(new.look(&house).await.unwrap().request.unwrap().setting_up);
    let number = asked_number(&house, &ticket).await;
    assert_eq!(new.yes(&house, &number).await.unwrap(), QuestionState::Approved);
    let gone = go_on(&house, &ticket).await;
    assert!(matches!(gone, Answer::GoOn(At::Approved, Some(_))), "{gone:?}");
}

/// Somebody with a session who adds a factor.
async fn begin_to_add(house: &House) -> Ticket {
    begin(house, What::Add, Place::Secure).await.0
}

/// Somebody with a session who begins something.
async fn begin(house: &House, what: What, place: Place) -> (Ticket, SessionHash) {
    use secrecy::ExposeSecret;
    let ticket = asking(house, "anna").await;
    // By the phone whose id the account has.
    let now = house.ground.clock.now();
    let account = house.accounts.find("anna").await.unwrap();
    let mut questions =
        super::question::Questions::load(&house.ground, account.id, now).await.unwrap();
    let credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    questions.set(QuestionState::Approved, Some(&credentials.record.phones[0].id), now);
    let change = questions.put(&house.ground, Change::new(), now).unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    let Answer::Open(opened) = go_on(house, &ticket).await else { panic!("no session") };
    let session = crate::crypto::Token::parse(opened.session.expose_secret()).unwrap();
    let (account, session) = (&opened.account, session.session_hash());
    let purpose =
        Purpose { what, account: account.id, epoch: account.epoch, session, to_account: true };
    let before = house.sign_in.ticket().unwrap();
    let mut half = HalfDone::begin_for(&house.ground, &before, account, &purpose).unwrap();
    half.set_place(place);
    let (ticket, change) = half.raise(&house.ground, Change::new(), now).await.unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    (ticket, session)
}

#[tokio::test]
async fn somebody_with_a_session_confirms_with_the_phone() {
    let (house, handset) = house().await;
    let (ticket, session) = begin(&house, What::Confirm, Place::default()).await;
    let asked = house.sign_in.ask(&ticket, &visiting()).await.unwrap();
    assert!(matches!(asked, Answer::GoOn(At::Factor(Factor::Approval), None)), "{asked:?}");
    let number = asked_number(&house, &ticket).await;
    handset.yes(&house, &number).await.unwrap();
    let renewed = house.sign_in.approval(&ticket, Some(session), Around::default()).await.unwrap();
    let Answer::Open(renewed) = renewed else { panic!("not renewed") };
    assert!(house.stands(&renewed).await);
}

#[tokio::test]
async fn an_account_has_ten_phones_at_most() {
    let (house, _) = house().await;
    let (now, account) = (house.ground.clock.now(), house.accounts.find("anna").await.unwrap());
    let mut credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    let first = credentials.record.phones[0].clone();
    credentials.record.phones = vec![first.clone(); PHONES_MAX];
    let change = credentials.put(&house.ground, Change::new()).unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    let ticket = begin_to_add(&house).await;
    house.sign_in.choose(&ticket, Factor::Approval).await.unwrap();
    let code = code_of(&house, &ticket).await;
    assert!(matches!(Handset::join(&house, &code).await, Err(PhoneError::TooMany)));
    // Control: with one fewer there is room.
    let mut credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    credentials.record.phones.pop();
    let change = credentials.put(&house.ground, Change::new()).unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    assert!(Handset::join(&house, &code).await.is_ok());
}

#[tokio::test]
async fn a_phone_that_was_removed_or_whose_account_is_gone_answers_nothing() {
    for how in ["removed", "deleted"] {
        let (house, handset) = house().await;
        let ticket = asking(&house, "anna").await;
        let number = asked_number(&house, &ticket).await;
        let request = handset.look(&house).await.unwrap().request.unwrap();
        let (now, account) = (house.ground.clock.now(), house.accounts.find("anna").await.unwrap());
        if how == "removed" {
            let mut credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
            credentials.record.phones.clear();
            let change = credentials.put(&house.ground, Change::new()).unwrap();
            house.ground.store.commit(change, now).await.unwrap();
        } else {
            house.accounts.delete("anna").await.unwrap();
        }
        let refused = handset.answer(&house, &request, true, &number).await;
        assert!(matches!(refused, Err(PhoneError::Gone)), "{how}: {refused:?}");
        assert!(matches!(handset.look(&house).await, Err(PhoneError::Gone)), "{how}");
    }
    // A disabled one is asked nothing more, and may come back.
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    house.accounts.disable("anna").await.unwrap();
    let refused = handset.yes(&house, &number).await;
    assert!(matches!(refused, Err(PhoneError::Gone)), "{refused:?}");
    house.accounts.enable("anna").await.unwrap();
    house.clock.advance(2 * MINUTE);
    // Control: enabled again, it is asked and answers.
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    assert!(handset.yes(&house, &number).await.is_ok());
    assert!(matches!(go_on(&house, &ticket).await, Answer::Open(_)));
}

#[tokio::test]
async fn the_owners_browser_goes_before_a_strangers() {
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    handset.yes(&house, &number).await.unwrap();
    let Answer::Open(opened) = go_on(&house, &ticket).await else { panic!("no session") };
    let ask = async |ticket: &Ticket, from| {
        let browser = match from {
            AskedFrom::KnownBrowser => known_browser(&house, &opened),
            AskedFrom::NewBrowser => visiting(),
        };
        house.sign_in.ask(ticket, &browser).await.unwrap()
    };
    let (_, owner) = house.past_password("anna", PASSWORD).await;
    let (_, stranger) = house.past_password("anna", PASSWORD).await;
    assert!(matches!(ask(&owner, AskedFrom::KnownBrowser).await, Answer::GoOn(..)));
    let held = ask(&stranger, AskedFrom::NewBrowser).await;
    assert!(matches!(held, Answer::Wrong(NotAsked::Held { .. })), "{held:?}");
    let number = asked_number(&house, &owner).await;
    handset.yes(&house, &number).await.unwrap();
    // Nor once it was answered, until it is used.
    for from in [AskedFrom::NewBrowser, AskedFrom::KnownBrowser] {
        let held = ask(&stranger, from).await;
        assert!(matches!(held, Answer::Wrong(NotAsked::Held { .. })), "{held:?}");
    }
    assert!(matches!(go_on(&house, &owner).await, Answer::Open(_)));
    // Control: then, and where neither is known, the later question is the one that is asked.
    assert!(matches!(ask(&stranger, AskedFrom::NewBrowser).await, Answer::GoOn(..)));
    let (_, other) = house.past_password("anna", PASSWORD).await;
    assert!(matches!(ask(&other, AskedFrom::KnownBrowser).await, Answer::GoOn(..)));
    assert_eq!(house.sign_in.asked(&stranger).await.unwrap(), Asked::Replaced);
    assert!(matches!(go_on(&house, &stranger).await, Answer::Wrong(Asked::Replaced)));
    assert!(matches!(house.sign_in.asked(&other).await.unwrap(), Asked::Waits { .. }));
}
