//! Guessing is slowed down: by name, however it is spelled, whether or not anybody has it, over a
//! restart, and however many guess at once; and not for the browsers that an account knows. What
//! needs addresses or days is tried on the flow itself, in `src/flow/guess/tests.rs`.

use std::sync::Barrier;
use std::thread;

use unicode_normalization::UnicodeNormalization;
use vestibule::domain::{Language, Words};

use crate::support::client::{Client, comparable};
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::Reply;
use crate::support::recorder::Recorder;
use crate::support::walk::unix_seconds;

const PASSWORD: &str = "nine-Herons-above-2-weirs";
const WRONG: &str = "nine-Herons-above-3-weirs";
const ACCOUNTS: &str = "__Host-vestibule-accounts";
/// Wrong passwords under one name that are looked at before the first wait.
const FREE: usize = 5;
/// In seconds.
const FIRST_PAUSE: u64 = 10;

#[test]
fn after_five_failures_the_right_password_waits_too_whoever_has_the_name() {
    let (_upstream, mut gateway) = start();
    gateway.add_account("élodie-1", PASSWORD, &[]);
    gateway.add_account("bystander", PASSWORD, &[]);
    let mut told = Vec::new();
    // The second name is nobody's.
    for name in ["élodie-1", "élodie-2"] {
        let spellings = spellings(name);
        assert_eq!(spellings.len(), FREE);
        let (last, before) = spellings.split_last().unwrap();
        for (guess, spelling) in before.iter().enumerate() {
            let reply = visitor(&gateway).walk_sign_in(spelling, &wrong(guess));
            assert_eq!(reply.status(), 422, "{spelling:?}: {}", reply.shown());
        }
        // The count is not in memory alone.
        gateway.restart();
        // Both stand at the password before the fifth failure, so that the wait, ten seconds at
        // first, is not used up by the steps to the sixth try.
        let (mut fifth, mut sixth) = (visitor(&gateway), visitor(&gateway));
        let (csrf5, csrf6) = (fifth.walk_to_password(last), sixth.walk_to_password(name));
        let reply = fifth.give_password(&csrf5, &wrong(FREE));
        assert_eq!(reply.status(), 422, "{last:?}: {}", reply.shown());
        let reply = sixth.give_password(&csrf6, PASSWORD);
        assert_eq!(reply.status(), 429, "{name}: {}", reply.shown());
        let wait: u64 = reply.header("retry-after").and_then(|told| told.parse().ok()).unwrap_or(0);
        assert!((1..=FIRST_PAUSE).contains(&wait), "{}", reply.shown());
        let said = Words::of(Language::Fr).say("password-throttled-soon");
        assert!(reply.text().contains(&said), "no few minutes: {}", reply.shown());
        assert_eq!(sixth.fetch("/").status(), 401, "{name}");
        told.push(comparable(&reply, &csrf6, name));
    }
    assert_eq!(told[0], told[1], "the pause tells who has an account");
    // Control: the pause is for the name, not for the address or everybody.
    assert_eq!(visitor(&gateway).walk_sign_in("bystander", PASSWORD).status(), 303);
}

#[test]
fn a_right_password_sets_the_count_back() {
    let (_upstream, gateway) = start();
    gateway.add_account("forgetful", PASSWORD, &[]);
    for round in 0..2 {
        for guess in 1..FREE {
            assert_eq!(visitor(&gateway).walk_sign_in("forgetful", &wrong(guess)).status(), 422);
        }
        let reply = visitor(&gateway).walk_sign_in("forgetful", PASSWORD);
        assert_eq!(reply.status(), 303, "round {round}: {}", reply.shown());
    }
}

#[test]
fn guesses_at_the_same_moment_get_no_more_than_the_free_tries() {
    let (_upstream, gateway) = start();
    gateway.add_account("besieged", PASSWORD, &[]);
    let browsers = at_password(&gateway, &["besieged"; 50]);
    let mut owner = visitor(&gateway);
    let csrf = owner.walk_to_password("besieged");
    let answers = all_at_once(browsers, wrong);

    let looked_at = answers.iter().filter(|reply| reply.status() == 422).count();
    let paused = answers.iter().filter(|reply| reply.status() == 429).count();
    assert!((1..=FREE).contains(&looked_at), "{looked_at} of 50 were looked at");
    assert_eq!(looked_at + paused, 50, "{}", answers[0].shown());
    assert_eq!(sign_ins(&gateway, "no_match"), looked_at);
    assert_eq!(sign_ins(&gateway, "paused"), paused);
    assert_eq!(owner.give_password(&csrf, PASSWORD).status(), 429);
}

#[test]
fn strangers_do_not_keep_the_owner_out_of_a_known_browser_and_a_kill_changes_nothing() {
    let (_upstream, mut gateway) = start();
    gateway.add_account("besieged", PASSWORD, &[]);
    let mut own = visitor(&gateway);
    assert_eq!(own.walk_sign_in("besieged", PASSWORD).status(), 303);
    let known: Vec<_> = own.cookies.into_iter().filter(|(name, _)| name == ACCOUNTS).collect();
    assert_eq!(known.len(), 1);
    let own = |gateway: &Gateway| {
        let mut browser = visitor(gateway);
        browser.cookies.clone_from(&known);
        browser
    };
    let fail = |gateway: &Gateway, browser: &dyn Fn(&Gateway) -> Client| {
        for guess in 1..FREE {
            let reply = browser(gateway).walk_sign_in("besieged", &wrong(guess));
            assert_eq!(reply.status(), 422, "{}", reply.shown());
        }
    };
    // The fifth wrong password of a browser, and what the right one is told after it.
    let after_the_last = |gateway: &Gateway, browser: &dyn Fn(&Gateway) -> Client| {
        let (mut fifth, mut sixth) = (browser(gateway), browser(gateway));
        let csrf = (fifth.walk_to_password("besieged"), sixth.walk_to_password("besieged"));
        assert_eq!(fifth.give_password(&csrf.0, &wrong(FREE)).status(), 422);
        sixth.give_password(&csrf.1, PASSWORD).status()
    };
    fail(&gateway, &visitor);
    gateway.kill();
    gateway.restart();
    assert_eq!(after_the_last(&gateway, &visitor), 429);
    assert_eq!(own(&gateway).walk_sign_in("besieged", PASSWORD).status(), 303);

    // The known browser has a count of its own, which is on the disk too; strangers do not feel it.
    fail(&gateway, &own);
    gateway.kill();
    gateway.restart();
    assert_eq!(after_the_last(&gateway, &own), 429);
    assert_eq!(visitor(&gateway).walk_sign_in("besieged", PASSWORD).status(), 303);
    // Control: its owner got in elsewhere, so it is open again.
    assert_eq!(own(&gateway).walk_sign_in("besieged", PASSWORD).status(), 303);
}

#[test]
fn the_same_wrong_password_again_does_not_pause_its_owner() {
    let (_upstream, gateway) = start();
    gateway.add_account("stubborn", PASSWORD, &[]);
    for _ in 0..2 * FREE {
        assert_eq!(visitor(&gateway).walk_sign_in("stubborn", WRONG).status(), 422);
    }
    assert_eq!(visitor(&gateway).walk_sign_in("stubborn", PASSWORD).status(), 303);
}

#[test]
fn a_full_queue_gives_nobody_more_tries() {
    // Strangers keep the one hashing thread busy, so that most guesses are turned away unseen. Such
    // a guess takes back what it counted itself: not what others were counted for, and not less.
    const QUEUE: usize = 128;
    const GUESSERS: usize = 10;
    const ROUNDS: usize = 40;
    let upstream = Recorder::start();
    let mut setup = Setup::new(upstream.addr());
    setup.extra = "[hashing]\nthreads = 1\npasses = 4\n".to_string();
    let gateway = Gateway::start(setup);
    gateway.add_account("besieged", PASSWORD, &[]);
    let strangers: Vec<String> = (0..3 * QUEUE).map(|number| format!("nobody-{number}")).collect();
    let strangers: Vec<&str> = strangers.iter().map(String::as_str).collect();
    let strangers = at_password(&gateway, &strangers);
    let guessers = at_password(&gateway, &["besieged"; GUESSERS]);
    let mut owner = visitor(&gateway);
    let csrf = owner.walk_to_password("besieged");
    let ready = Barrier::new(GUESSERS);
    let began = unix_seconds();

    let told = thread::scope(|scope| {
        let crowd = scope.spawn(|| all_at_once(strangers, wrong));
        while metric(&gateway, "vestibule_hashing_queue") < QUEUE && !crowd.is_finished() {
            thread::yield_now();
        }
        let guess = |(number, (mut browser, csrf)): (usize, (Client, String))| {
            let ready = &ready;
            scope.spawn(move || -> Vec<u16> {
                let together = |round| {
                    ready.wait();
                    browser.give_password(&csrf, &wrong(ROUNDS * number + round)).status()
                };
                (0..ROUNDS).map(together).collect()
            })
        };
        let running: Vec<_> = guessers.into_iter().enumerate().map(guess).collect();
        running.into_iter().flat_map(|one| one.join().expect("answers")).collect::<Vec<u16>>()
    });
    let count = |status: u16| told.iter().filter(|one| **one == status).count();
    let (looked_at, turned_away) = (count(422), count(503));
    assert!(turned_away > 0, "the queue was never full");
    // On a busy machine a pause may be over meanwhile, and each next one is twice as long.
    let took = unix_seconds() - began + 1;
    let pauses = (1..).take_while(|nth| took >= FIRST_PAUSE * ((1 << nth) - 1)).count();
    let most = FREE + pauses;
    assert!(looked_at <= most, "{looked_at} were looked at while {turned_away} were turned away");
    // An answer that did not come in time may be of a guess that was looked at.
    if looked_at + count(0) < FREE {
        let reply = owner.give_password(&csrf, PASSWORD);
        assert_eq!(reply.status(), 303, "{looked_at} were looked at, and the owner must wait");
    }
}

#[test]
fn a_password_that_is_too_long_costs_nobody_anything() {
    let (_upstream, gateway) = start();
    gateway.add_account("patient", PASSWORD, &[]);
    let mut browser = visitor(&gateway);
    let csrf = browser.walk_to_password("patient");
    let reply = browser.give_password(&csrf, &"x".repeat(70 * 1024));
    assert_eq!(reply.status(), 413, "{}", reply.shown());
    assert_eq!(sign_ins(&gateway, "no_match"), 0);
    // Control: one that the page takes is looked at, and the form still works after both.
    assert_eq!(browser.give_password(&csrf, &"x".repeat(60 * 1024)).status(), 422);
    assert_eq!(sign_ins(&gateway, "no_match"), 1);
    assert_eq!(browser.give_password(&csrf, PASSWORD).status(), 303);
}

// ---- Means --------------------------------------------------------------------------------------

fn start() -> (Recorder, Gateway) {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    (upstream, gateway)
}

/// A wrong password, another one for each number: the same again counts once.
fn wrong(number: usize) -> String {
    format!("{WRONG} {number}")
}

fn visitor(gateway: &Gateway) -> Client {
    Client::new(gateway.addr, &gateway.public_url)
}

/// Five ways to type one name.
fn spellings(name: &str) -> Vec<String> {
    let wide = |letter: char| match letter {
        '!'..='~' => char::from_u32(u32::from(letter) + 0xfee0).unwrap_or(letter),
        other => other,
    };
    vec![
        name.to_string(),
        name.to_uppercase(),
        format!(" {name}\u{3000}"),
        name.nfd().collect(),
        name.chars().map(wide).collect(),
    ]
}

/// One browser for each name, standing at the password.
fn at_password(gateway: &Gateway, names: &[&str]) -> Vec<(Client, String)> {
    let walk = |name: &&str| {
        let mut browser = visitor(gateway);
        let csrf = browser.walk_to_password(name);
        (browser, csrf)
    };
    names.iter().map(walk).collect()
}

/// What each of them is told to a password of its own that all send at the same moment.
fn all_at_once(browsers: Vec<(Client, String)>, password: fn(usize) -> String) -> Vec<Reply> {
    let ready = Barrier::new(browsers.len());
    thread::scope(|scope| {
        let give = |(number, (mut browser, csrf)): (usize, (Client, String))| {
            let ready = &ready;
            scope.spawn(move || {
                ready.wait();
                browser.give_password(&csrf, &password(number))
            })
        };
        let running: Vec<_> = browsers.into_iter().enumerate().map(give).collect();
        running.into_iter().map(|one| one.join().expect("an answer")).collect()
    })
}

/// How many passwords have ended like this.
pub fn sign_ins(gateway: &Gateway, outcome: &str) -> usize {
    let labels = format!("{{outcome=\"{outcome}\",step=\"password\"}}");
    metric(gateway, &format!("vestibule_sign_ins_total{labels}"))
}

fn metric(gateway: &Gateway, series: &str) -> usize {
    let host = format!("http://{}", gateway.operator);
    let text = Client::new(gateway.operator, &host).fetch("/metrics").text();
    let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    let value = value.unwrap_or_else(|| panic!("no {series} in {text}"));
    value.parse().unwrap_or_else(|_| panic!("no count: {value}"))
}
