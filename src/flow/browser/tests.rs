//! Whom a browser remembers, who knows it, and what that is worth.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::crypto::Token;
use crate::crypto::one_time_code::Seed;
use crate::domain::{Factor, SecondFactor};
use crate::flow::account::AccountEdit;
use crate::flow::proving_ground::{House, MINUTE, PASSWORD};
use crate::flow::session_list::id_of;
use crate::flow::{Answer, Asker, At, Taken, Typed};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn opened(house: &House, name: &str) -> Box<Opened> {
    match house.password(name, PASSWORD).await.unwrap() {
        Answer::Open(opened) => opened,
        other => panic!("{other:?}"),
    }
}

/// The browser after a session was opened in it.
fn after(house: &House, before: &Browser, opened: &Opened) -> Browser {
    let browsers = Browsers::new(house.ground.clone());
    browsers.read(&browsers.remember(before, opened).unwrap())
}

#[test]
fn initials_are_of_the_first_and_the_last_word() {
    let of = |name: &str, full_name: &str| {
        Known { name: name.to_owned(), full_name: full_name.to_owned(), by: None }.initials()
    };
    assert_eq!(of("jdupont", "Jeanne Marie Dupont"), "JD");
    assert_eq!(of("jdupont", ""), "J");
    assert_eq!(of("j.dupont", ""), "JD");
    assert_eq!(of("x", "Åsa"), "Å");
}

#[tokio::test]
async fn a_browser_is_known_to_who_signed_in_there_until_it_forgets_them() {
    let house = House::new(SecondFactor::Optional);
    for name in ["anna", "bert"] {
        house.add(name, Some(PASSWORD)).await;
    }
    let (anna, bert) = (opened(&house, "anna").await, opened(&house, "bert").await);
    let one = after(&house, &Browser::default(), &anna);
    assert!(one.knows(anna.account.id) && !one.knows(bert.account.id));
    let both = after(&house, &one, &bert);
    let id =
        |browser: &Browser, opened: &Opened| *browser.recognise(opened.account.id).unwrap().id();
    assert_eq!(id(&both, &anna), id(&one, &anna), "it stays the same browser");
    assert_ne!(id(&both, &anna), id(&both, &bert), "one account does not tell of the other");
    // Another browser is another one.
    assert_ne!(id(&after(&house, &Browser::default(), &anna), &anna), id(&one, &anna));

    let browsers = Browsers::new(house.ground.clone());
    let without = browsers.read(&browsers.forget(&both, 0).unwrap());
    assert!(!without.knows(bert.account.id), "bert, the latest, was forgotten");
    assert!(without.knows(anna.account.id));
    assert_eq!(browsers.forget(&without, 0), None);
}

#[tokio::test]
async fn a_cookie_of_before_is_read_and_one_that_was_altered_is_not() {
    let house = House::new(SecondFactor::Optional);
    house.add("anna", Some(PASSWORD)).await;
    let anna = opened(&house, "anna").await;
    let browsers = Browsers::new(house.ground.clone());
    let old = br#"[{"name":"anna","full_name":"Anna Peeters"}]"#;
    let sealed = house.ground.sealer.seal(PLACE, old, &*house.ground.chance).unwrap();
    let old = browsers.read(&URL_SAFE_NO_PAD.encode(&sealed));
    assert_eq!(old.known()[0].full_name, "Anna Peeters");
    assert!(!old.knows(anna.account.id));
    // It learns with the next sign-in.
    assert!(after(&house, &old, &anna).knows(anna.account.id));

    let value = browsers.remember(&Browser::default(), &anna).unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(&value).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    assert!(browsers.read(&URL_SAFE_NO_PAD.encode(&bytes)).known().is_empty());
    // Control: unaltered it opens.
    assert!(browsers.read(&value).knows(anna.account.id));
}

/// A house where a factor is asked, whose operator trusts browsers for so long;
/// and the browser in which anna showed hers.
async fn trusting(trust: Duration) -> (House, Browser) {
    let (house, browser, _, _) = signed_in(trust).await;
    (house, browser)
}

/// The same with the session that is open there, and anna's app.
async fn signed_in(trust: Duration) -> (House, Browser, Box<Opened>, Seed) {
    let mut house = House::new(SecondFactor::Required);
    house.sign_in.parts.policy.trust = trust;
    house.add("anna", Some(PASSWORD)).await;
    let (ticket, seed) = house.proven("anna", PASSWORD).await;
    house.sign_in.keep_recovery_codes(&ticket, Around::default()).await.unwrap();
    let answer = house.sign_in.succeed(&ticket, None, Around::default()).await.unwrap();
    let Answer::Open(opened) = answer else { panic!("{answer:?}") };
    let browser = after(&house, &Browser::default(), &opened);
    (house, browser, opened, seed)
}

/// What the right password leads to in this browser: a session, or the factor.
async fn password_in(house: &House, browser: &Browser) -> Option<Box<Opened>> {
    let ticket = house.sign_in.ticket().unwrap();
    house.sign_in.name(&ticket, "anna").await.unwrap();
    let typed = Typed { password: SecretString::from(PASSWORD), stays: false };
    let visiting = Visiting { browser: browser.clone(), ..Visiting::default() };
    match house.sign_in.password(&ticket, typed, &visiting).await.unwrap() {
        Answer::Open(opened) => Some(opened),
        Answer::GoOn(At::Factor(Factor::Code), Some(_)) => None,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_trusted_browser_is_not_asked_for_the_factor_until_the_time_is_over() {
    let (house, browser) = trusting(30 * DAY).await;
    house.clock.advance(29 * DAY);
    let again = password_in(&house, &browser).await.expect("it is trusted");
    // A sign-in without the factor does not prolong it.
    let browser = after(&house, &browser, &again);
    house.clock.advance(DAY - MINUTE);
    assert!(password_in(&house, &browser).await.is_some());
    house.clock.advance(MINUTE);
    assert!(password_in(&house, &browser).await.is_none());
    // Control: a browser that does not know anna was never trusted.
    let (house, browser) = trusting(30 * DAY).await;
    assert!(password_in(&house, &Browser::default()).await.is_none());
    assert!(password_in(&house, &browser).await.is_some());
}

#[tokio::test]
async fn a_known_browser_is_asked_for_the_factor_where_the_operator_trusts_none() {
    let (house, browser) = trusting(Duration::ZERO).await;
    let account = house.accounts.find("anna").await.unwrap();
    assert!(browser.knows(account.id));
    assert!(password_in(&house, &browser).await.is_none());
}

#[tokio::test]
async fn a_trusted_browser_is_asked_for_the_factor_after_a_new_password() {
    let (house, browser) = trusting(30 * DAY).await;
    // Control: until then it is not.
    assert!(password_in(&house, &browser).await.is_some());
    let password = Some(SecretString::from(PASSWORD));
    let edit = AccountEdit { password, ..AccountEdit::default() };
    let account = house.accounts.set("anna", edit).await.unwrap();
    assert!(password_in(&house, &browser).await.is_none());
    assert!(browser.knows(account.id), "what its phones are asked from here is still known");
}

/// Signs in with password and number; gives the browser.
async fn by_code(house: &House, seed: &Seed, browser: &Browser) -> (Browser, Box<Opened>) {
    house.clock.advance(MINUTE);
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let code = house.code(seed, 0);
    let answer = house.sign_in.code(&ticket, &code, None, Around::default()).await.unwrap();
    let Answer::Open(opened) = answer else { panic!("{answer:?}") };
    (after(house, browser, &opened), opened)
}

#[tokio::test]
async fn a_browser_whose_session_its_owner_ended_is_asked_for_the_factor() {
    let hash =
        |opened: &Opened| Token::parse(opened.session.expose_secret()).unwrap().session_hash();
    let (house, laptop, lost, seed) = signed_in(30 * DAY).await;
    let (_, here) = by_code(&house, &seed, &Browser::default()).await;
    // Control: until its session is ended, the laptop is spared the factor.
    let again = password_in(&house, &laptop).await.expect("it is trusted");
    let asker = Asker {
        account: here.account.id,
        session: hash(&here),
        around: Around::default(),
        browser: Browser::default(),
    };
    // Another one that is not there ends nothing.
    let none = house.sign_in.end_session(&asker, "00").await.unwrap();
    assert_eq!(none, Taken::Done);
    assert!(password_in(&house, &laptop).await.is_some());
    for session in [&lost, &again] {
        let ended = house.sign_in.end_session(&asker, &id_of(hash(session))).await.unwrap();
        assert_eq!(ended, Taken::Done);
        assert!(!house.stands(session).await);
    }
    assert!(house.stands(&here).await, "its owner goes on");
    assert!(password_in(&house, &laptop).await.is_none());
    // With the factor it is trusted anew.
    let (laptop, _) = by_code(&house, &seed, &laptop).await;
    assert!(password_in(&house, &laptop).await.is_some());
}
