//! Passes of the help desk, with a clock that is moved by hand.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::*;
use crate::domain::{Clock, Factor, SecondFactor};
use crate::flow::account::AccountEdit;
use crate::flow::proving_ground::{House, MINUTE, PASSWORD};
use crate::flow::{NewPassword, Visiting, What};

const NAME: &str = "jdupont";

/// A house with one account that has a password and an app.
async fn house() -> House {
    let house = House::that_mails(SecondFactor::Required);
    house.add(NAME, Some(PASSWORD)).await;
    house.proven(NAME, PASSWORD).await;
    house.clock.advance(MINUTE);
    house
}

async fn given(house: &House, minutes: u64) -> String {
    let given = house.accounts.give_pass(NAME, minutes).await.unwrap();
    given.pass.expose_secret().to_owned()
}

/// A new browser that is past the password.
async fn at_factor(house: &House) -> Ticket {
    let (at, ticket) = house.past_password(NAME, PASSWORD).await;
    assert_eq!(at, At::Factor(Factor::Code));
    ticket
}

async fn shows(house: &House, ticket: &Ticket, pass: &str) -> Answer<PassWrong> {
    house.sign_in.pass(ticket, pass, Around::default()).await.unwrap()
}

fn is_wrong(answer: &Answer<PassWrong>) -> bool {
    matches!(answer, Answer::Wrong(PassWrong::Wrong))
}

fn on(answer: Answer<PassWrong>) -> Ticket {
    match answer {
        Answer::GoOn(At::SetUp(Place::Secure), Some(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pass_admits_only_to_setting_up_a_new_factor() {
    let house = house().await;
    let pass = given(&house, 60).await;
    // Not before the password.
    let early = house.sign_in.ticket().unwrap();
    house.sign_in.name(&early, NAME).await.unwrap();
    let answer = shows(&house, &early, &pass).await;
    assert!(matches!(answer, Answer::GoOn(At::Password, None)), "{answer:?}");

    let ticket = on(shows(&house, &at_factor(&house).await, &pass).await);
    // No session, no new password and no success can be had with it.
    let sign_in = &house.sign_in;
    let done = sign_in.succeed(&ticket, None, Around::default()).await.unwrap();
    assert!(matches!(done, Answer::GoOn(At::SetUp(_), None)), "{done:?}");
    let secret = |text: &str| SecretString::from(text);
    let typed = NewPassword {
        current: secret(PASSWORD),
        new: secret("Vier-Reigers boven 2 stuwen"),
        again: secret("Vier-Reigers boven 2 stuwen"),
    };
    let chosen = sign_in.new_password(&ticket, typed, &Visiting::default()).await.unwrap();
    assert!(matches!(chosen, Answer::GoOn(At::SetUp(_), None)), "{chosen:?}");

    // Control: a new app leads on, and is what is asked first from then on.
    let seed = house.scans(&ticket).await;
    let proved = sign_in.prove(&ticket, &house.code(&seed, 0), Around::default()).await.unwrap();
    let Answer::GoOn(At::Success, Some(ticket)) = proved else { panic!("{proved:?}") };
    let opened = sign_in.succeed(&ticket, None, Around::default()).await.unwrap();
    assert!(matches!(opened, Answer::Open(_)), "{opened:?}");
    let view = house.accounts.view(NAME).await.unwrap();
    assert_eq!(view.factors, 2, "the old one stays until its owner removes it");
    let told: Vec<String> = house.mails().await.into_iter().map(|mail| mail.letter).collect();
    for word in ["pass-issued", "factor-added"] {
        assert!(told.iter().any(|letter| letter == word), "{word}: {told:?}");
    }
}

#[tokio::test]
async fn a_pass_is_good_once_for_its_time_and_until_the_next() {
    let house = house().await;
    let first = given(&house, 10).await;
    let second = given(&house, 10).await;
    let ticket = at_factor(&house).await;
    assert!(is_wrong(&shows(&house, &ticket, &first).await), "it was replaced");
    house.clock.advance(10 * MINUTE);
    assert!(is_wrong(&shows(&house, &ticket, &second).await), "it is over");
    assert_eq!(house.accounts.view(NAME).await.unwrap().pass_until, None);
    let third = given(&house, 10).await;
    let until = house.accounts.view(NAME).await.unwrap().pass_until;
    assert_eq!(until, Some(house.clock.now().plus(10 * MINUTE)));
    house.clock.advance(10 * MINUTE - std::time::Duration::from_millis(1));
    // Control: to its last moment it is good, however it is typed, and once.
    let other = at_factor(&house).await;
    on(shows(&house, &ticket, &third.to_uppercase().replace('-', " ")).await);
    assert!(is_wrong(&shows(&house, &other, &third).await), "it works twice");
    let shape = shows(&house, &other, "abc").await;
    assert!(matches!(shape, Answer::Wrong(PassWrong::Shape)), "{shape:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pass_works_once_even_when_many_requests_race() {
    let house = Arc::new(house().await);
    let pass = given(&house, 60).await;
    let mut tickets = Vec::new();
    for _ in 0..50 {
        tickets.push(at_factor(&house).await);
    }
    let mut running = tokio::task::JoinSet::new();
    for ticket in tickets {
        let (house, pass) = (house.clone(), pass.clone());
        running.spawn(async move { house.sign_in.pass(&ticket, &pass, Around::default()).await });
    }
    let answers = running.join_all().await;
    let won = answers.iter().filter(|answer| matches!(answer, Ok(Answer::GoOn(_, Some(_)))));
    assert_eq!(won.count(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_pass_ends_with_whatever_ends_the_sessions_and_with_a_new_factor() {
    for end in ["set", "provision", "disable", "factor"] {
        let house = house().await;
        // A first browser uses a pass and is on its way to a new factor.
        let ticket = on(shows(&house, &at_factor(&house).await, &given(&house, 60).await).await);
        let pass = given(&house, 60).await;
        let account = house.accounts.find(NAME).await.unwrap().id;
        match end {
            "set" => {
                let password = Some(SecretString::from(PASSWORD));
                let edit = AccountEdit { password, ..AccountEdit::default() };
                drop(house.accounts.set(NAME, edit).await.unwrap());
            }
            "provision" => drop(house.accounts.provision(NAME).await.unwrap()),
            "disable" => drop(house.accounts.disable(NAME).await.unwrap()),
            _ => {
                let seed = house.scans(&ticket).await;
                let code = house.code(&seed, 0);
                drop(house.sign_in.prove(&ticket, &code, Around::default()).await.unwrap());
            }
        }
        let now = house.clock.now();
        let account = account::by_id(&house.ground, account, now).await.unwrap().unwrap().0;
        let mut credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
        let typed = HandCode::parse(HandCodePurpose::Pass, &pass).unwrap();
        assert!(credentials.take_pass(&account, &typed, now).is_none(), "{end}");
    }
    // Control: without any of that it is there to be taken.
    let house = house().await;
    let pass = given(&house, 60).await;
    on(shows(&house, &at_factor(&house).await, &pass).await);
}

#[tokio::test]
async fn a_wrong_pass_counts_as_a_wrong_number() {
    let house = house().await;
    let pass = given(&house, 60).await;
    let ticket = at_factor(&house).await;
    for _ in 0..Throttle::default().free {
        assert!(is_wrong(&shows(&house, &ticket, "00000-00000").await));
    }
    let paused = house.sign_in.pass(&ticket, &pass, Around::default()).await;
    assert!(matches!(paused, Err(SignInError::Paused { .. })), "{paused:?}");
    // Control: after the wait the right one is taken.
    house.clock.advance(Throttle::default().first_wait);
    on(shows(&house, &ticket, &pass).await);
}

#[tokio::test]
async fn a_pass_is_refused_where_it_would_open_nothing() {
    let house = house().await;
    for minutes in [0, 9, 1441, u64::MAX] {
        let refused = house.accounts.give_pass(NAME, minutes).await;
        assert!(matches!(refused, Err(PassError::Minutes { .. })), "{minutes}");
    }
    house.add("bare", Some(PASSWORD)).await;
    let refused = house.accounts.give_pass("bare", 60).await;
    assert!(matches!(refused, Err(PassError::NoFactor { .. })), "{refused:?}");
    let refused = house.accounts.give_pass("nobody", 60).await;
    let unknown = matches!(refused, Err(PassError::Account(AccountError::Unknown { .. })));
    assert!(unknown, "{refused:?}");
    house.accounts.disable(NAME).await.unwrap();
    let refused = house.accounts.give_pass(NAME, 60).await;
    assert!(matches!(refused, Err(PassError::Disabled { .. })), "{refused:?}");
    // Control.
    house.accounts.enable(NAME).await.unwrap();
    for minutes in [10, 1440] {
        assert!(!house.accounts.give_pass(NAME, minutes).await.unwrap().locked);
    }
}

#[tokio::test]
async fn a_pass_helps_nobody_who_has_a_session_and_confirms_it() {
    let house = house().await;
    let pass = given(&house, 60).await;
    let ticket = at_factor(&house).await;
    let now = house.clock.now();
    // A session of theirs, and a step that confirms it.
    let token = crate::crypto::Token::new(&*house.ground.chance).unwrap();
    let found = house.accounts.find(NAME).await.unwrap();
    let session = crate::store::record::SessionRecord {
        account: found.id,
        epoch: found.epoch,
        opened: now,
        last_seen: now,
        proven_at: now,
        methods: Vec::new(),
        stays: false,
        first: false,
        device: crate::domain::Device::default(),
        address: None,
    };
    let purpose = crate::flow::purpose::Purpose {
        what: What::Confirm,
        account: found.id,
        epoch: found.epoch,
        session: token.session_hash(),
        to_account: true,
    };
    let confirming = house.sign_in.ticket().unwrap();
    let half =
        crate::flow::half_done::HalfDone::begin_for(&house.ground, &confirming, &found, &purpose);
    let change = half.unwrap().put(&house.ground, Change::new(), now);
    let place = (crate::store::Table::Session, token.session_hash().0);
    let change = change.unwrap().put(place, Expect::Absent, session.encode().unwrap(), None);
    house.ground.store.commit(change, now).await.unwrap();
    let answer = shows(&house, &confirming, &pass).await;
    assert!(matches!(answer, Answer::GoOn(At::Factor(_), None)), "{answer:?}");
    // Control: in a sign-in it does.
    on(shows(&house, &ticket, &pass).await);
}
