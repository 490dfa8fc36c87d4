//! What the help desk is told of a person who is not let in.

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::domain::{Clock, SecondFactor};
use crate::flow::browser::{Browser, Browsers, Visiting};
use crate::flow::proving_ground::{House, PASSWORD};
use crate::flow::{Answer, Opened, Ticket, Typed};

async fn house() -> House {
    let house = House::new(SecondFactor::Optional);
    house.add("anna", Some(PASSWORD)).await;
    house
}

/// One try on the page of a ticket.
async fn attempt(
    house: &House,
    ticket: &Ticket,
    typed: &str,
    browser: &Browser,
) -> Result<Answer<crate::flow::NoMatch>, SignInError> {
    let typed = Typed { password: SecretString::from(typed), stays: false };
    let visiting = Visiting { browser: browser.clone(), ..Visiting::default() };
    house.sign_in.password(ticket, typed, &visiting).await
}

async fn at_password(house: &House, name: &str) -> Ticket {
    let ticket = house.sign_in.ticket().unwrap();
    house.sign_in.name(&ticket, name).await.unwrap();
    ticket
}

/// Wrong passwords until none is looked at; gives the wait.
async fn until_paused(house: &House, ticket: &Ticket, browser: &Browser) -> Duration {
    for guess in 0..Throttle::default().free {
        let told = attempt(house, ticket, &format!("guess {guess}"), browser).await.unwrap();
        assert!(matches!(told, Answer::Wrong(_)), "{told:?}");
    }
    match attempt(house, ticket, PASSWORD, browser).await {
        Err(SignInError::Paused { wait }) => wait,
        other => panic!("{other:?}"),
    }
}

async fn support(house: &House, ticket: &Ticket) -> SupportView {
    let half = HalfDone::load(&house.ground, ticket, house.clock.now()).await.unwrap();
    house.accounts.support(&house.sign_in, &half.record.support).await.unwrap()
}

fn what(found: &SupportView) -> Option<&str> {
    found.trouble.as_ref().map(|(what, _)| what.as_str())
}

/// The lines of the audit log of this kind.
fn audited(house: &House, kind: &str) -> Vec<String> {
    house.ground.audit.flush(Duration::from_secs(5));
    let log = std::fs::read_to_string(house.folder.path().join("audit")).unwrap();
    let kind = format!("\"kind\":\"{kind}\"");
    log.lines().filter(|line| line.contains(&kind)).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_help_desk_sees_a_pause_and_when_it_ends() {
    let house = house().await;
    // Control: before it there is none.
    assert_eq!(house.accounts.view("anna").await.unwrap().paused, None);
    let ticket = at_password(&house, "Anna").await;
    let wait = until_paused(&house, &ticket, &Browser::default()).await;
    let ends = Some(Pause::Until(house.clock.now().plus(wait)));
    let found = support(&house, &ticket).await;
    assert_eq!(what(&found), Some(PAUSED));
    assert_eq!(found.account.unwrap().paused, ends);
    assert_eq!(house.accounts.view("anna").await.unwrap().paused, ends);
    // Once it is over it is not told any more, and what is tried next is.
    house.clock.advance(wait);
    assert_eq!(house.accounts.view("anna").await.unwrap().paused, None);
    attempt(&house, &ticket, "yet another guess", &Browser::default()).await.unwrap();
    assert_eq!(what(&support(&house, &ticket).await), Some("password"));
    // An operator ends it.
    assert!(house.accounts.view("anna").await.unwrap().paused.is_some());
    house.accounts.unlock("anna").await.unwrap();
    assert_eq!(house.accounts.view("anna").await.unwrap().paused, None);
}

#[tokio::test]
async fn the_help_desk_sees_a_pause_in_a_browser_that_the_account_knows() {
    let house = house().await;
    let ticket = at_password(&house, "anna").await;
    let Answer::Open(opened) =
        attempt(&house, &ticket, PASSWORD, &Browser::default()).await.unwrap()
    else {
        panic!("the password is right");
    };
    let browser = known(&house, &opened);
    let ticket = at_password(&house, "anna").await;
    let wait = until_paused(&house, &ticket, &browser).await;
    let ends = Some(Pause::Until(house.clock.now().plus(wait)));
    assert_eq!(house.accounts.view("anna").await.unwrap().paused, ends);
    // Control: it is this browser's pause, and not the name's.
    let other = at_password(&house, "anna").await;
    let told = attempt(&house, &other, PASSWORD, &Browser::default()).await;
    assert!(matches!(told, Ok(Answer::Open(_))), "{told:?}");
}

fn known(house: &House, opened: &Opened) -> Browser {
    let browsers = Browsers::new(house.ground.clone());
    browsers.read(&browsers.remember(&Browser::default(), opened).unwrap())
}

#[tokio::test]
async fn what_is_tried_in_a_pause_is_written_down_once() {
    let house = house().await;
    let ticket = at_password(&house, "nobody").await;
    until_paused(&house, &ticket, &Browser::default()).await;
    let first = support(&house, &ticket).await.trouble;
    assert_eq!(first.as_ref().map(|(what, _)| what.as_str()), Some(PAUSED));
    house.clock.advance(Duration::from_secs(1));
    let again = attempt(&house, &ticket, PASSWORD, &Browser::default()).await;
    assert!(matches!(again, Err(SignInError::Paused { .. })), "{again:?}");
    assert_eq!(support(&house, &ticket).await.trouble, first);
}

#[tokio::test]
async fn a_try_that_failed_is_recorded_with_the_account_it_was_for() {
    let house = house().await;
    let id = house.accounts.find("anna").await.unwrap().id.to_string();
    let ticket = at_password(&house, "anna").await;
    until_paused(&house, &ticket, &Browser::default()).await;
    house.accounts.unlock("anna").await.unwrap();
    house.accounts.disable("anna").await.unwrap();
    attempt(&house, &ticket, PASSWORD, &Browser::default()).await.unwrap();
    let failed = audited(&house, "sign_in_failed");
    assert_eq!(failed.len(), usize::try_from(Throttle::default().free).unwrap() + 1);
    let paused = audited(&house, "sign_in_paused");
    assert_eq!(paused.len(), 1);
    for line in failed.iter().chain(&paused) {
        assert!(line.contains(&format!("\"account\":\"{id}\"")), "{line}");
    }
    // Control: of a name that nobody has, no account and no name is recorded.
    let ticket = at_password(&house, "somebody-else").await;
    until_paused(&house, &ticket, &Browser::default()).await;
    let lines = [audited(&house, "sign_in_failed"), audited(&house, "sign_in_paused")].concat();
    let strangers: Vec<_> = lines.iter().filter(|line| !line.contains(&id)).collect();
    assert_eq!(strangers.len(), usize::try_from(Throttle::default().free).unwrap() + 1);
    for line in strangers {
        assert!(!line.contains("account") && !line.contains("somebody"), "{line}");
    }
}

#[tokio::test]
async fn signing_an_account_out_ends_its_sessions_and_what_waits_to_become_one() {
    let house = House::new(SecondFactor::Required);
    for name in ["anna", "bert"] {
        house.add(name, Some(PASSWORD)).await;
    }
    let (_, annas) = house.past_password("anna", PASSWORD).await;
    let (_, berts) = house.past_password("bert", PASSWORD).await;
    house.accounts.sign_out("Anna").await.unwrap();
    let find = async |ticket: &Ticket| house.sign_in.find(ticket, house.clock.now()).await;
    assert!(!matches!(find(&annas).await, Ok(Found::Here(..))));
    // Control: another account's goes on, and so does the account.
    assert!(matches!(find(&berts).await, Ok(Found::Here(..))));
    house.past_password("anna", PASSWORD).await;
    assert_eq!(audited(&house, "sessions_ended").len(), 1);
    let nobody = house.accounts.sign_out("nobody").await;
    assert!(matches!(nobody, Err(AccountError::Unknown { .. })), "{nobody:?}");
}
