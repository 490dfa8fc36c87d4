//! Guessing: what is looked at, who waits, and who does not. Rows A10, A12, A13,
//! A14 and A15.

use std::net::IpAddr;
use std::time::Duration;

use super::*;
use crate::crypto::Token;
use crate::domain::{Clock, Moment, SecondFactor, Throttle};
use crate::flow::account::AccountEdit;
use crate::flow::browser::{Browser, Browsers};
use crate::flow::confirm::Asker;
use crate::flow::proving_ground::{House, PASSWORD};
use crate::flow::{Answer, NewPassword, Opened, OwnPassword, Typed};
use crate::store::Table;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn house() -> House {
    let house = House::new(SecondFactor::Optional);
    house.add("anna", Some(PASSWORD)).await;
    house
}

/// What a try came to, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    In,
    Wrong,
    Paused(Duration),
}

/// The n-th address, each in a network of its own.
fn far(number: usize) -> IpAddr {
    format!("2001:db8:{number:x}::1").parse().unwrap()
}

async fn attempt(
    sign_in: &SignIn,
    (name, typed): (&str, &str),
    visiting: &Visiting<'_>,
) -> Result<Option<Box<Opened>>, SignInError> {
    let ticket = sign_in.ticket().unwrap();
    sign_in.name(&ticket, name).await.unwrap();
    let typed = Typed { password: SecretString::from(typed), stays: false };
    match sign_in.password(&ticket, typed, visiting).await? {
        Answer::Open(opened) => Ok(Some(opened)),
        Answer::Wrong(_) => Ok(None),
        Answer::GoOn(at, _) => panic!("{at:?}"),
    }
}

fn told(outcome: Result<Option<Box<Opened>>, SignInError>) -> Told {
    match outcome {
        Ok(Some(_)) => Told::In,
        Ok(None) => Told::Wrong,
        Err(SignInError::Paused { wait }) => Told::Paused(wait),
        Err(other) => panic!("{other}"),
    }
}

fn from(address: IpAddr) -> Visiting<'static> {
    let around = Around { from: Some(address), client: Some(address), ..Around::default() };
    Visiting { around, ..Visiting::default() }
}

/// A try of a stranger's browser.
async fn stranger(house: &House, name: &str, typed: &str, address: IpAddr) -> Told {
    told(attempt(&house.sign_in, (name, typed), &from(address)).await)
}

/// A try of a browser that is known.
async fn familiar(house: &House, name: &str, typed: &str, browser: &Browser) -> Told {
    let visiting = Visiting { browser: browser.clone(), ..from(far(0xffff)) };
    told(attempt(&house.sign_in, (name, typed), &visiting).await)
}

/// The browser in which its owner signed in to an account.
async fn known_browser(house: &House, name: &str) -> Browser {
    let opened = attempt(&house.sign_in, (name, PASSWORD), &Visiting::default()).await;
    let browsers = Browsers::new(house.ground.clone());
    let value = browsers.remember(&Browser::default(), &opened.unwrap().unwrap()).unwrap();
    browsers.read(&value)
}

fn audited(house: &House, kind: &str) -> usize {
    house.ground.audit.flush(Duration::from_secs(5));
    let log = std::fs::read_to_string(house.folder.path().join("audit")).unwrap();
    log.matches(&format!("\"kind\":\"{kind}\"")).count()
}

fn locked_out(house: &House, counter: &str) -> bool {
    let text = house.ground.metrics.exposition().unwrap();
    !text.contains(&format!("vestibule_lock_outs_total{{counter=\"{counter}\"}} 0\n"))
}

/// Guesses by strangers until nothing is looked at any more, each as soon as the
/// waits allow and from an address of its own; what they were told.
async fn storm(house: &House, name: &str) -> Vec<Told> {
    let mut all = Vec::new();
    for guess in 0..103 {
        all.push(stranger(house, name, &format!("guess {guess}"), far(guess)).await);
        house.clock.advance(Throttle::default().longest_wait);
    }
    all
}

#[tokio::test]
async fn a10_after_a_hundred_failures_strangers_wait_and_a_known_browser_does_not() {
    let house = house().await;
    let browser = known_browser(&house, "anna").await;
    let longest = Throttle::default().longest_wait;
    let answers = storm(&house, "anna").await;
    let (looked_at, paused) = answers.split_at(100);
    assert!(looked_at.iter().all(|told| *told == Told::Wrong), "{looked_at:?}");
    assert_eq!(paused, [Told::Paused(longest); 3]);
    assert!(house.accounts.view("anna").await.unwrap().paused.is_some());
    assert_eq!(audited(&house, "account_paused"), 1);
    assert!(locked_out(&house, "account"));
    // Neither the right password nor a year changes that for a stranger.
    house.clock.advance(365 * DAY);
    assert_eq!(stranger(&house, "anna", PASSWORD, far(0x200)).await, Told::Paused(longest));
    // What is told does not tell whether anybody has the name.
    assert_eq!(storm(&house, "nobody").await, answers);
    house.clock.advance(365 * DAY);
    assert_eq!(stranger(&house, "nobody", PASSWORD, far(0x200)).await, Told::Paused(longest));
    assert_eq!(audited(&house, "account_paused"), 1, "nobody has no account");

    // The owner's browser gets in, and opens the account again for any other.
    assert_eq!(familiar(&house, "anna", PASSWORD, &browser).await, Told::In);
    assert!(house.accounts.view("anna").await.unwrap().paused.is_none());
    assert_eq!(stranger(&house, "anna", PASSWORD, far(0x200)).await, Told::In);
}

#[tokio::test]
async fn a_browser_from_before_a_new_password_is_counted_with_the_strangers() {
    let house = house().await;
    let before = known_browser(&house, "anna").await;
    let password = Some(secrecy::SecretString::from(PASSWORD));
    let edit = AccountEdit { password, ..AccountEdit::default() };
    house.accounts.set("anna", edit).await.unwrap();
    storm(&house, "anna").await;
    assert!(matches!(familiar(&house, "anna", PASSWORD, &before).await, Told::Paused(_)));
    // Control: one in which a session opened since gets in.
    house.accounts.unlock("anna").await.unwrap();
    let since = known_browser(&house, "anna").await;
    storm(&house, "anna").await;
    assert_eq!(familiar(&house, "anna", PASSWORD, &since).await, Told::In);
}

#[tokio::test]
async fn a_browser_that_another_account_knows_is_a_stranger_to_this_one() {
    let house = house().await;
    house.add("mallory", Some(PASSWORD)).await;
    let own = known_browser(&house, "mallory").await;
    for guess in 0..Throttle::default().free {
        let told = familiar(&house, "anna", &format!("guess {guess}"), &own).await;
        assert_eq!(told, Told::Wrong);
    }
    assert!(matches!(familiar(&house, "anna", PASSWORD, &own).await, Told::Paused(_)));
    assert!(matches!(stranger(&house, "anna", PASSWORD, far(1)).await, Told::Paused(_)));
    // Control: in a browser that anna knows it opens.
    house.accounts.unlock("anna").await.unwrap();
    let known = known_browser(&house, "anna").await;
    for guess in 0..Throttle::default().free {
        familiar(&house, "anna", &format!("guess {guess}"), &own).await;
    }
    assert_eq!(familiar(&house, "anna", PASSWORD, &known).await, Told::In);
}

#[tokio::test]
async fn a_known_browser_has_waits_and_a_hundred_of_its_own() {
    let house = house().await;
    let browser = known_browser(&house, "anna").await;
    let rule = Throttle::default();
    for guess in 0..100 {
        if guess == rule.free {
            let told = familiar(&house, "anna", PASSWORD, &browser).await;
            assert_eq!(told, Told::Paused(rule.first_wait));
        }
        house.clock.advance(rule.longest_wait);
        let told = familiar(&house, "anna", &format!("guess {guess}"), &browser).await;
        assert_eq!(told, Told::Wrong, "{guess}");
    }
    // Marks are short, so one of the hundred may have been taken for another.
    for guess in 100..103 {
        house.clock.advance(rule.longest_wait);
        familiar(&house, "anna", &format!("guess {guess}"), &browser).await;
    }
    house.clock.advance(365 * DAY);
    let told = familiar(&house, "anna", PASSWORD, &browser).await;
    assert_eq!(told, Told::Paused(rule.longest_wait), "whoever has the copy is at an end");
    // None of it was counted for strangers; the owner gets in elsewhere, which
    // opens this browser too.
    assert_eq!(stranger(&house, "anna", PASSWORD, far(1)).await, Told::In);
    assert_eq!(familiar(&house, "anna", PASSWORD, &browser).await, Told::In);
}

#[tokio::test]
async fn unlock_and_every_new_password_forget_what_pauses_the_account() {
    let rule = Throttle::default();
    for way in ["unlock", "provision", "set", "own", "nothing"] {
        let house = house().await;
        let browser = known_browser(&house, "anna").await;
        let opened = attempt(&house.sign_in, ("anna", PASSWORD), &from(far(0))).await;
        let opened = opened.unwrap().unwrap();
        let account = house.accounts.find("anna").await.unwrap();
        let now = house.clock.now();
        // As if guessed for days, everywhere; but for who has a session, elsewhere.
        let mut guessers = vec![from(far(1))];
        if way != "own" {
            let browser = browser.clone();
            guessers.push(Visiting { browser, ..Visiting::default() });
        }
        for visiting in guessers {
            for counter in house.sign_in.counters("anna", Some(&account), &visiting) {
                if counter.locks_out() != Some(LockOut::Address) {
                    fill(&counter, now).await;
                }
            }
        }
        assert!(house.accounts.view("anna").await.unwrap().paused.is_some());
        match way {
            "unlock" => drop(house.accounts.unlock("anna").await.unwrap()),
            "provision" => drop(house.accounts.provision("anna").await.unwrap()),
            "set" => {
                let password = Some(SecretString::from("Andere-Rivier 28 stenen"));
                let edit = AccountEdit { password, ..AccountEdit::default() };
                house.accounts.set("anna", edit).await.unwrap();
            }
            "own" => change_own(&house, &opened, browser).await,
            _ => {
                // Control: a change of something else forgets nothing.
                let edit = AccountEdit { email: Some("a@b.test".to_owned()), ..Default::default() };
                house.accounts.set("anna", edit).await.unwrap();
            }
        }
        let kept = crate::flow::session::count(&house.ground, Table::Failures, now).await.unwrap();
        assert_eq!(kept, if way == "nothing" { 3 } else { 0 }, "{way}");
        let told = stranger(&house, "anna", "guess", far(2)).await;
        assert_eq!(told == Told::Wrong, way != "nothing", "{way}: {told:?}");
        assert_ne!(told, Told::Paused(rule.first_wait));
    }
}

/// Somebody with a session changes their password.
async fn change_own(house: &House, opened: &Opened, browser: Browser) {
    let token = Token::parse(opened.session.expose_secret()).unwrap();
    let (account, session) = (opened.account.id, token.session_hash());
    let asker = Asker { account, session, around: Around::default(), browser };
    let new = || SecretString::from("Andere-Rivier 28 stenen");
    let typed = NewPassword { current: SecretString::from(PASSWORD), new: new(), again: new() };
    let changed = house.sign_in.change_password(&asker, typed).await.unwrap();
    assert!(matches!(changed, OwnPassword::Changed(_)), "{changed:?}");
}

/// Counts until the counter lets nothing through.
async fn fill(counter: &Counter<'_>, now: Moment) {
    let mut at = now;
    while !matches!(counter.count(at).await, Err(SignInError::Locked)) && at < now.plus(2 * DAY) {
        at = at.plus(Throttle::default().longest_wait);
    }
}

#[tokio::test]
async fn a12_an_address_and_its_network_are_slowed_whatever_names_are_tried() {
    let house = house().await;
    house.add("bert", Some(PASSWORD)).await;
    let browser = known_browser(&house, "anna").await;
    let (address, network) = (Throttle::default().for_address(), Throttle::default().for_network());
    let at = |host: usize| format!("203.0.113.{host}").parse::<IpAddr>().unwrap();
    for number in 0..address.free {
        assert_eq!(stranger(&house, &format!("name-{number}"), "one", at(1)).await, Told::Wrong);
    }
    let paused = stranger(&house, "bert", PASSWORD, at(1)).await;
    assert_eq!(paused, Told::Paused(address.first_wait), "also for the right password");
    assert!(locked_out(&house, "address"));
    // Control: a neighbour is looked at, until the network has had enough.
    for number in address.free..network.free {
        let host = 2 + usize::try_from(number / address.free).unwrap();
        let told = stranger(&house, &format!("name-{number}"), "one", at(host)).await;
        assert_eq!(told, Told::Wrong, "{number}");
    }
    assert_eq!(stranger(&house, "bert", PASSWORD, at(99)).await, Told::Paused(network.first_wait));
    // Control: elsewhere it opens; and so it does here in a browser that is known.
    assert_eq!(stranger(&house, "bert", PASSWORD, far(1)).await, Told::In);
    let known = Visiting { browser, ..from(at(1)) };
    let opened = attempt(&house.sign_in, ("anna", PASSWORD), &known).await;
    assert_eq!(told(opened), Told::In);
    // A proxy's address is everybody's, and counts for nothing.
    for number in 0..2 * network.free {
        let proxy = "10.0.0.1".parse().unwrap();
        assert_eq!(stranger(&house, &format!("other-{number}"), "one", proxy).await, Told::Wrong);
    }
}

#[tokio::test]
async fn a15_signing_in_to_ones_own_account_in_between_sets_nothing_else_back() {
    let house = house().await;
    house.add("mallory", Some(PASSWORD)).await;
    let (rule, address) = (Throttle::default(), Throttle::default().for_address());
    let own = far(7);
    for guess in 0..rule.free {
        assert_eq!(stranger(&house, "anna", &format!("guess {guess}"), own).await, Told::Wrong);
        assert_eq!(stranger(&house, "mallory", PASSWORD, own).await, Told::In);
    }
    let told = stranger(&house, "anna", PASSWORD, own).await;
    assert_eq!(told, Told::Paused(rule.first_wait));
    // Nor does it set back the address they both come from.
    for number in rule.free..address.free {
        assert_eq!(stranger(&house, "mallory", PASSWORD, own).await, Told::In);
        assert_eq!(stranger(&house, &format!("name-{number}"), "one", own).await, Told::Wrong);
    }
    let told = stranger(&house, "mallory", PASSWORD, own).await;
    assert_eq!(told, Told::Paused(address.first_wait));
    // Control: a success sets back the name's own count, and is no failure itself.
    for round in 0..3 * rule.free {
        let wrong = format!("guess {round}");
        assert_eq!(stranger(&house, "mallory", &wrong, far(0x100)).await, Told::Wrong, "{round}");
        assert_eq!(stranger(&house, "mallory", PASSWORD, far(0x101)).await, Told::In);
    }
}

#[tokio::test]
async fn the_same_wrong_password_again_counts_once_however_many_send_it() {
    let house = house().await;
    let rule = Throttle::default();
    for name in ["anna", "nobody"] {
        for _ in 0..4 * rule.free {
            for known in ["old one", "Old one", "old one "] {
                assert_eq!(stranger(&house, name, known, far(1)).await, Told::Wrong);
            }
        }
        // Control: of others only as many are looked at as are left.
        for guess in 3..rule.free {
            let told = stranger(&house, name, &format!("guess {guess}"), far(1)).await;
            assert_eq!(told, Told::Wrong);
        }
        assert_eq!(stranger(&house, name, "guess", far(1)).await, Told::Paused(rule.first_wait));
        house.clock.advance(DAY);
    }
    // Fifty at the same moment count once, and are no way to a second guess.
    let storm = all_at_once(&house, 50, |_| "the same".to_owned()).await;
    assert!(storm.contains(&Told::Wrong));
    for guess in 1..rule.free {
        let told = stranger(&house, "anna", &format!("guess {guess}"), far(1)).await;
        assert_eq!(told, Told::Wrong, "{guess}");
    }
    assert!(matches!(stranger(&house, "anna", "one more", far(1)).await, Told::Paused(_)));
}

/// Tries at anna's account at the same moment, each from a network of its own.
async fn all_at_once(house: &House, many: usize, typed: fn(usize) -> String) -> Vec<Told> {
    let mut running = tokio::task::JoinSet::new();
    for number in 0..many {
        let sign_in = house.sign_in.clone();
        running.spawn(async move {
            attempt(&sign_in, ("anna", &typed(number)), &from(far(number))).await
        });
    }
    let outcomes = running.join_all().await;
    // One that was outrun too often is not looked at either.
    let seen = outcomes.into_iter().filter(|one| !matches!(one, Err(SignInError::Busy)));
    seen.map(told).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a14_of_two_hundred_guesses_at_once_only_the_free_ones_are_looked_at() {
    let house = house().await;
    let free = usize::try_from(Throttle::default().free).unwrap();
    let answers = all_at_once(&house, 200, |number| format!("guess {number}")).await;
    let looked_at = answers.iter().filter(|told| **told == Told::Wrong).count();
    assert_eq!(looked_at, free);
    let paused = stranger(&house, "anna", PASSWORD, far(0x300)).await;
    assert!(matches!(paused, Told::Paused(_)), "{paused:?}");
    // Control: right ones at the same moment are no guesses; as many get in.
    house.accounts.unlock("anna").await.unwrap();
    let answers = all_at_once(&house, free, |_| PASSWORD.to_owned()).await;
    assert!(answers.contains(&Told::In), "{answers:?}");
    assert_eq!(stranger(&house, "anna", PASSWORD, far(0x300)).await, Told::In);
}
