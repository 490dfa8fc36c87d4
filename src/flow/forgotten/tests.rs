//! Forgotten passwords, with a clock that is moved by hand.

use std::sync::Arc;

use secrecy::SecretString;

use super::*;
use crate::domain::{Factor, Place, SecondFactor};
use crate::flow::proving_ground::{House, MINUTE, PASSWORD};
use crate::flow::{NewPassword, Opened, Visiting, WayBacks};
use crate::store::record::MailRecord;

mod counted;

const NAME: &str = "jdupont";
const NEW: &str = "Vier-Reigers boven 2 stuwen";

/// A house with one account that has a password and a factor.
async fn house() -> (House, crate::crypto::one_time_code::Seed) {
    let house = House::that_mails(SecondFactor::Required);
    house.add(NAME, Some(PASSWORD)).await;
    let (_, seed) = house.proven(NAME, PASSWORD).await;
    house.clock.advance(MINUTE);
    (house, seed)
}

/// A new browser that asked for a mail from this address.
async fn asked_from(house: &House, name: &str, from: Option<&str>) -> Ticket {
    let ticket = house.sign_in.ticket().unwrap();
    let client = from.map(|address| address.parse().unwrap());
    let around = Around { client, ..Around::default() };
    house.sign_in.forgotten(&ticket, name, around).await.unwrap();
    ticket
}

async fn asked(house: &House, name: &str) -> Ticket {
    asked_from(house, name, None).await
}

/// The mails about a forgotten password that wait, the oldest first.
async fn reset_mails(house: &House) -> Vec<MailRecord> {
    let mut mails = house.mails().await;
    mails.retain(|mail| mail.letter == "reset");
    mails.sort_by_key(|mail| mail.queued);
    mails
}

/// Code and key of the newest.
async fn mailed(house: &House) -> (String, String) {
    let newest = reset_mails(house).await.pop().expect("a mail");
    (newest.code.unwrap(), newest.key.unwrap())
}

async fn types(house: &House, ticket: &Ticket, code: &str) -> Answer<MailCodeWrong> {
    house.sign_in.mail_code(ticket, code, Around::default()).await.unwrap()
}

/// A browser that was never here before presses the button of the mail.
async fn presses(house: &House, key: &str) -> Answer<MailCodeWrong> {
    let ticket = house.sign_in.ticket().unwrap();
    house.sign_in.mail_link(&ticket, key, Around::default()).await.unwrap()
}

fn is_wrong(answer: &Answer<MailCodeWrong>) -> bool {
    matches!(answer, Answer::Wrong(MailCodeWrong::Wrong))
}

fn on(answer: Answer<MailCodeWrong>) -> (At, Ticket) {
    match answer {
        Answer::GoOn(at, Some(ticket)) => (at, ticket),
        other => panic!("{other:?}"),
    }
}

/// Chooses a new password, without the old one.
async fn choose(house: &House, ticket: &Ticket) -> Answer<crate::flow::NewPasswordWrong> {
    let typed = NewPassword {
        current: SecretString::from(""),
        new: SecretString::from(NEW),
        again: SecretString::from(NEW),
    };
    house.sign_in.new_password(ticket, typed, &Visiting::default()).await.unwrap()
}

fn opened<W: std::fmt::Debug>(answer: Answer<W>) -> Box<Opened> {
    match answer {
        Answer::Open(opened) => opened,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_reads_the_mail_alone_cannot_change_the_password_of_an_account_with_a_factor() {
    let (house, seed) = house().await;
    let ticket = asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    let (at, ticket) = on(types(&house, &ticket, &code).await);
    assert_eq!(at, At::Factor(Factor::Code));
    let refused = choose(&house, &ticket).await;
    assert!(matches!(refused, Answer::GoOn(At::Factor(_), None)), "{refused:?}");
    // Nor by walking off to another screen.
    let set_up = house.sign_in.choose(&ticket, Factor::Code).await.unwrap();
    assert_eq!(set_up, At::Factor(Factor::Code));
    assert_eq!(house.past_password(NAME, PASSWORD).await.0, At::Factor(Factor::Code));

    // Control: with the factor it works, and the new password is asked for once.
    let number = house.code(&seed, 0);
    let shown = house.sign_in.code(&ticket, &number, None, Around::default()).await.unwrap();
    let Answer::GoOn(At::NewPassword, Some(ticket)) = shown else { panic!("{shown:?}") };
    assert!(house.sign_in.standing(&ticket).await.unwrap().by_mail);
    let opened = opened(choose(&house, &ticket).await);
    assert!(house.stands(&opened).await);
    let old = house.password(NAME, PASSWORD).await.unwrap();
    assert!(matches!(old, Answer::Wrong(_)), "{old:?}");
    assert_eq!(house.past_password(NAME, NEW).await.0, At::Factor(Factor::Code));
    let last = house.mails().await;
    assert!(last.iter().any(|mail| mail.letter == "password-changed"));
}

#[tokio::test]
async fn a_mail_is_good_once_by_its_code_or_by_its_button() {
    let (house, _) = house().await;
    for by_code in [true, false] {
        let one = asked(&house, NAME).await;
        let (code, key) = mailed(&house).await;
        assert!(house.sign_in.is_mail_link(&key).await.unwrap());
        match by_code {
            true => drop(on(types(&house, &one, &code).await)),
            false => drop(on(presses(&house, &key).await)),
        }
        // A replay, in another browser, of either.
        let other = house.sign_in.ticket().unwrap();
        house.sign_in.has_mail_code(&other, NAME).await.unwrap();
        assert!(is_wrong(&types(&house, &other, &code).await), "the code works twice");
        assert!(is_wrong(&presses(&house, &key).await), "the button works twice");
        assert!(!house.sign_in.is_mail_link(&key).await.unwrap());
        house.clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn a_code_can_be_typed_in_another_browser_than_the_one_that_asked() {
    let (house, _) = house().await;
    asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    let other = house.sign_in.ticket().unwrap();
    house.sign_in.has_mail_code(&other, " JDupont ").await.unwrap();
    assert_eq!(reset_mails(&house).await.len(), 1, "saying so sends no mail");
    on(types(&house, &other, &code.to_uppercase().replace('-', " ")).await);
    // Control: under another name it is worth nothing.
    house.add("bea", Some(PASSWORD)).await;
    house.clock.advance(MINUTE);
    asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    let bea = house.sign_in.ticket().unwrap();
    house.sign_in.has_mail_code(&bea, "bea").await.unwrap();
    assert!(is_wrong(&types(&house, &bea, &code).await));
}

#[tokio::test]
async fn what_was_mailed_ends_after_half_an_hour_and_with_a_newer_mail() {
    let (house, _) = house().await;
    let ticket = asked(&house, NAME).await;
    let (code, key) = mailed(&house).await;
    house.clock.advance(RESET_LIFE);
    assert!(is_wrong(&types(&house, &ticket, &code).await));
    assert!(is_wrong(&presses(&house, &key).await));
    house.clock.advance(MINUTE);
    let ticket = asked(&house, NAME).await;
    let (old, old_key) = mailed(&house).await;
    house.clock.advance(MINUTE);
    asked(&house, NAME).await;
    let (new, _) = mailed(&house).await;
    assert!(is_wrong(&types(&house, &ticket, &old).await));
    assert!(is_wrong(&presses(&house, &old_key).await));
    // Control: the newest is good to the last moment.
    house.clock.advance(RESET_LIFE - std::time::Duration::from_millis(1));
    on(types(&house, &ticket, &new).await);
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_worth_nothing() {
    let (house, _) = house().await;
    let ticket = asked(&house, NAME).await;
    let (code, key) = mailed(&house).await;
    for _ in 0..TRIES_MAX {
        assert!(is_wrong(&types(&house, &ticket, "00000-00000").await));
    }
    assert!(is_wrong(&types(&house, &ticket, &code).await));
    // Control: nobody can guess the button's key, so it goes on working.
    on(presses(&house, &key).await);
    // Control: after four wrong ones the right one is good; what cannot be a code is none.
    house.clock.advance(MINUTE);
    let ticket = asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    for _ in 1..TRIES_MAX {
        assert!(is_wrong(&types(&house, &ticket, "00000-00000").await));
        let shape = types(&house, &ticket, "0000").await;
        assert!(matches!(shape, Answer::Wrong(MailCodeWrong::Shape)), "{shape:?}");
    }
    on(types(&house, &ticket, &code).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_parallel_uses_of_one_mail_one_counts() {
    let (house, _) = house().await;
    let house = Arc::new(house);
    asked(&house, NAME).await;
    let (code, key) = mailed(&house).await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (house, code, key) = (house.clone(), code.clone(), key.clone());
        running.spawn(async move {
            let ticket = house.sign_in.ticket().unwrap();
            house.sign_in.has_mail_code(&ticket, NAME).await.unwrap();
            match number % 2 {
                0 => house.sign_in.mail_code(&ticket, &code, Around::default()).await,
                _ => house.sign_in.mail_link(&ticket, &key, Around::default()).await,
            }
        });
    }
    let answers: Vec<_> = running.join_all().await;
    let won = answers.iter().filter(|answer| matches!(answer, Ok(Answer::GoOn(_, Some(_)))));
    assert_eq!(won.count(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_hundred_requests_for_one_name_mail_three_times_an_hour() {
    let (house, _) = house().await;
    for number in 0..100 {
        let address = format!("198.51.{number}.1");
        asked_from(&house, NAME, Some(&address)).await;
    }
    assert_eq!(reset_mails(&house).await.len(), 3);
    house.clock.advance(60 * MINUTE);
    asked(&house, NAME).await;
    assert_eq!(reset_mails(&house).await.len(), 4);
    // Control: another name has mails of its own.
    house.add("bea", Some(PASSWORD)).await;
    asked(&house, "bea").await;
    assert_eq!(reset_mails(&house).await.len(), 5);
}

#[tokio::test]
async fn one_address_mails_twenty_times_an_hour_and_a_proxy_is_none() {
    let house = House::that_mails(SecondFactor::Optional);
    let names: Vec<String> = (0..25).map(|number| format!("person-{number}")).collect();
    for name in &names {
        house.add(name, Some(PASSWORD)).await;
    }
    let mut before = 0;
    for (network, most) in [
        (["203.0.113.9", "::ffff:203.0.113.9"], 20),
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff::7"], 20),
        (["127.0.0.1", "::1"], 25),
        (["10.1.2.3", "fd00::1"], 25),
    ] {
        for (name, address) in names.iter().zip(network.into_iter().cycle()) {
            asked_from(&house, name, Some(address)).await;
        }
        let sent = reset_mails(&house).await.len();
        assert_eq!(sent - before, most, "{network:?}");
        before = sent;
        house.clock.advance(60 * MINUTE);
    }
}

#[tokio::test]
async fn who_has_not_used_the_provisional_password_is_told_so() {
    let house = House::that_mails(SecondFactor::Required);
    house.accounts.add(new_account(NAME)).await.unwrap();
    asked(&house, NAME).await;
    let mails = house.mails().await;
    let words: Vec<&str> = mails.iter().map(|mail| mail.letter.as_str()).collect();
    assert!(words.contains(&"reset-not-yet") && !words.contains(&"reset"), "{words:?}");
    // Nobody who is kept out is mailed.
    house.add("bea", Some(PASSWORD)).await;
    house.accounts.disable("bea").await.unwrap();
    asked(&house, "bea").await;
    assert_eq!(house.mails().await.len(), mails.len());
    // Control: enabled again, she is.
    house.accounts.enable("bea").await.unwrap();
    asked(&house, "bea").await;
    assert_eq!(reset_mails(&house).await.len(), 1);
}

fn new_account(name: &str) -> crate::flow::account::NewAccount {
    crate::flow::account::NewAccount {
        name: name.to_owned(),
        email: "somebody@example.test".to_owned(),
        full_name: None,
        language: None,
        groups: Vec::new(),
        password: None,
    }
}

#[tokio::test]
async fn what_was_mailed_ends_with_whatever_ends_the_sessions() {
    let (house, _) = house().await;
    for end in ["set", "address", "provision", "disable"] {
        let ticket = asked(&house, NAME).await;
        let (code, key) = mailed(&house).await;
        match end {
            "set" => {
                let password = Some(SecretString::from(PASSWORD));
                let edit = crate::flow::account::AccountEdit { password, ..Default::default() };
                drop(house.accounts.set(NAME, edit).await.unwrap());
            }
            "address" => {
                let email = Some("other@example.be".to_owned());
                let edit = crate::flow::account::AccountEdit { email, ..Default::default() };
                drop(house.accounts.set(NAME, edit).await.unwrap());
            }
            "provision" => drop(house.accounts.provision(NAME).await.unwrap()),
            _ => drop(house.accounts.disable(NAME).await.unwrap()),
        }
        assert!(is_wrong(&types(&house, &ticket, &code).await), "{end}");
        assert!(is_wrong(&presses(&house, &key).await), "{end}");
        if end == "provision" {
            let password = Some(SecretString::from(PASSWORD));
            let edit = crate::flow::account::AccountEdit { password, ..Default::default() };
            house.accounts.set(NAME, edit).await.unwrap();
        }
        house.clock.advance(60 * MINUTE);
    }
    // Control: without any of that it goes on being good.
    house.accounts.enable(NAME).await.unwrap();
    let ticket = asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    on(types(&house, &ticket, &code).await);
}

#[tokio::test]
async fn the_mail_of_an_account_without_a_factor_leads_to_setting_one_up_first() {
    let house = House::that_mails(SecondFactor::Required);
    house.add(NAME, Some(PASSWORD)).await;
    let ticket = asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    let (at, _) = on(types(&house, &ticket, &code).await);
    assert_eq!(at, At::SetUp(Place::Secure));
    // Control: where none is demanded, the new password is next.
    let house = House::that_mails(SecondFactor::Optional);
    house.add(NAME, Some(PASSWORD)).await;
    let ticket = asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    assert_eq!(on(types(&house, &ticket, &code).await).0, At::NewPassword);
}

#[tokio::test]
async fn a_wait_after_wrong_passwords_is_over_with_the_new_one() {
    let (house, seed) = house().await;
    let throttle = Throttle::default();
    for number in 0..throttle.free {
        let answer = house.password(NAME, &format!("not this one {number}")).await.unwrap();
        assert!(matches!(answer, Answer::Wrong(_)), "{answer:?}");
    }
    let paused = house.password(NAME, PASSWORD).await;
    assert!(matches!(paused, Err(SignInError::Paused { .. })), "{paused:?}");
    let ticket = asked(&house, NAME).await;
    let (code, _) = mailed(&house).await;
    let (_, ticket) = on(types(&house, &ticket, &code).await);
    let number = house.code(&seed, 0);
    let shown = house.sign_in.code(&ticket, &number, None, Around::default()).await.unwrap();
    let Answer::GoOn(At::NewPassword, Some(ticket)) = shown else { panic!("{shown:?}") };
    opened(choose(&house, &ticket).await);
    assert_eq!(house.past_password(NAME, NEW).await.0, At::Factor(Factor::Code));
}

#[tokio::test]
async fn the_way_back_is_kept_over_the_mail() {
    let (house, _) = house().await;
    let way_backs = WayBacks::new(house.ground.clone());
    for by_code in [true, false] {
        let ticket = asked(&house, NAME).await;
        way_backs.keep(&ticket, "/invoices?year=2026".to_owned()).await;
        let (code, key) = mailed(&house).await;
        let answer = match by_code {
            true => types(&house, &ticket, &code).await,
            false => house.sign_in.mail_link(&ticket, &key, Around::default()).await.unwrap(),
        };
        let (_, new) = on(answer);
        let kept = way_backs.find(&new).await.unwrap();
        assert_eq!(kept.as_deref(), Some("/invoices?year=2026"));
        // The ticket from before is worth nothing.
        assert!(matches!(house.sign_in.standing(&ticket).await, Err(SignInError::NoTicket)));
        house.clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn a_mail_that_waited_until_a_newer_one_was_asked_for_is_not_sent() {
    let (house, _) = house().await;
    asked(&house, NAME).await;
    house.clock.advance(MINUTE);
    asked(&house, NAME).await;
    assert_eq!(reset_mails(&house).await.len(), 2);
    let outbox = &house.sign_in.parts.outbox;
    outbox.send_due(&house.provision).await.unwrap();
    let left = reset_mails(&house).await;
    assert_eq!(left.len(), 1, "the newer one waits for the server, the older one is gone");
    assert_eq!(left[0].attempts, 1);
    // And once it is too old, it goes as well.
    house.clock.advance(RESET_LIFE);
    outbox.send_due(&house.provision).await.unwrap();
    assert_eq!(reset_mails(&house).await.len(), 0);
}
