//! Attacks on the second factor by somebody who knows the password: numbers that were used, guessed,
//! raced or misspelled, keys that are asked for again, and set-ups beside the owner's. Rows A01 to
//! A05, A08, A09, A30, A31 and A34.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::support::client::{Client, hidden};
use crate::support::raw::{self, Reply};
use crate::support::walk::{
    App, SESSION, Walk, account, at, at_code, at_once, audit_log, audited, fill, give_code,
    metrics, opens, signed_in, start, support_code, to, told, visitor, wait_for, young_step,
};

/// Numbers that are looked at before the first pause.
const FREE: usize = 5;
/// What is said of a number that was used.
const USED: &str = "a déjà servi";

#[test]
fn a01_a_number_that_was_used_is_worth_nothing() {
    let (_upstream, gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "overheard").finish();
    let code = app.code();
    let (mut owner, csrf) = at_code(&gateway, "overheard", &password);
    // Control: once, it opens.
    assert!(opens(&give_code(&mut owner, &csrf, &code)));
    fill(&mut owner, "sign-out", &[]);
    for spelling in [code.clone(), format!("{} {}", &code[..3], &code[3..])] {
        let (mut thief, csrf) = at_code(&gateway, "overheard", &password);
        let reply = give_code(&mut thief, &csrf, &spelling);
        assert_refused("A01", &mut thief, &reply);
        assert!(reply.text().contains(USED), "{}", reply.shown());
    }
    // Nor does the number that proved the set-up.
    let mut walk = Walk::new(&gateway, "overheard-2").until("prove");
    let code = walk.app.as_mut().unwrap().code();
    assert_eq!(to(&fill(&mut walk.browser, "prove", &[("code", &code)])), at("recovery-codes"));
    let (mut thief, csrf) = at_code(&gateway, "overheard-2", &walk.provisional);
    assert_eq!(give_code(&mut thief, &csrf, &code).status(), 422);
}

#[test]
fn a02_a_number_older_than_the_last_one_is_worth_nothing_though_it_was_never_used() {
    let (_upstream, gateway) = start();
    let mut skipped = Vec::new();
    for name in ["in-order", "out-of-order"] {
        let (password, mut app) = Walk::new(&gateway, name).finish();
        let (older, later) = (app.code(), app.code());
        if name == "out-of-order" {
            let (mut owner, csrf) = at_code(&gateway, name, &password);
            assert!(opens(&give_code(&mut owner, &csrf, &later)));
        }
        let (mut thief, csrf) = at_code(&gateway, name, &password);
        skipped.push((opens(&give_code(&mut thief, &csrf, &older)), thief.fetch("/").status()));
    }
    // Control: without the later one, the older one opens.
    assert_eq!(skipped, [(true, 200), (false, 401)]);
}

#[test]
fn a03_of_fifty_who_send_one_right_number_at_the_same_moment_one_gets_in() {
    let (_upstream, gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "raced").finish();
    let browsers: Vec<_> = (0..50).map(|_| at_code(&gateway, "raced", &password)).collect();
    let code = app.code();
    let answers = at_once(browsers, |(browser, csrf)| give_code(browser, csrf, &code));
    let opened = answers.iter().filter(|(_, reply)| opens(reply)).count();
    assert_eq!(opened, 1, "{opened} got in");
    let mut let_in = 0;
    for ((mut browser, _), reply) in answers {
        assert!([303, 422, 429, 503].contains(&reply.status()), "{}", reply.shown());
        let_in += usize::from(browser.fetch("/").status() == 200);
    }
    assert_eq!(let_in, 1);
    // The first connection's own number can be raced as well.
    let mut walk = Walk::new(&gateway, "raced-first").until("prove");
    let code = walk.app.as_mut().unwrap().code();
    let csrf = hidden(&walk.browser.get(&at("prove")).text(), "csrf");
    let tabs: Vec<_> = (0..20).map(|_| walk.browser.clone()).collect();
    let fields = [("csrf", csrf.as_str()), ("code", code.as_str())];
    let answers = at_once(tabs, |tab| tab.post_form(&at("prove"), &fields));
    let raised = answers.iter().filter(|(_, reply)| !reply.headers("set-cookie").is_empty());
    assert_eq!(raised.count(), 1);
    assert_eq!(account(&gateway, "raced-first")["second_factors"], 1);
}

#[test]
fn a04_a_number_that_was_used_is_worth_nothing_after_a_crash() {
    let (_upstream, mut gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "survivor").finish();
    let code = app.code();
    let (mut owner, csrf) = at_code(&gateway, "survivor", &password);
    assert!(opens(&give_code(&mut owner, &csrf, &code)));
    gateway.kill();
    gateway.restart();
    let (mut thief, csrf) = at_code(&gateway, "survivor", &password);
    let reply = give_code(&mut thief, &csrf, &code);
    assert!(reply.text().contains(USED), "{}", reply.shown());
    assert_refused("A04", &mut thief, &reply);
    // Control: the next one opens.
    assert!(opens(&give_code(&mut thief, &csrf, &app.code())));
}

#[test]
fn a05_whoever_knows_the_password_has_five_guesses_however_they_are_sent() {
    let (_upstream, mut gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "besieged").finish();
    let wrong = app.wrong();
    let mut looked_at = 0;
    for guess in 0..12 {
        // Each from another browser, past the password anew, with other words about itself.
        let (mut guesser, csrf) = at_code(&gateway, "besieged", &password);
        let address = format!("203.0.113.{guess}");
        let lower = [("x-forwarded-for", address.as_str()), ("x-real-ip", &address)];
        let upper = [("X-FORWARDED-FOR", address.as_str()), ("Forwarded", "for=203.0.113.9")];
        let said = if guess % 2 == 0 { lower } else { upper };
        let reply = post_with(&mut guesser, &said, &format!("csrf={csrf}&code={wrong}"));
        looked_at += usize::from(reply.status() == 422);
        let expected = if guess < FREE { 422 } else { 429 };
        assert_eq!(reply.status(), expected, "guess {guess}: {}", reply.shown());
        assert_eq!(reply.header("retry-after").is_some(), expected == 429);
        if guess == FREE {
            gateway.restart();
        }
    }
    assert_eq!(looked_at, FREE);
    let (mut right, csrf) = at_code(&gateway, "besieged", &password);
    let reply = give_code(&mut right, &csrf, &app.code());
    assert_eq!(reply.status(), 429, "the right one waits too: {}", reply.shown());
    assert_eq!(right.fetch("/").status(), 401);
    assert_eq!((audited(&gateway, "factor_failed"), audited(&gateway, "factor_paused")), (5, 8));
    // Control: another account is not paused, though all came from one address.
    let (password, mut app) = Walk::new(&gateway, "bystander").finish();
    signed_in(&gateway, "bystander", &password, &mut app);

    // All at once they get no more, and the set-up's own form counts with the sign-in's.
    let (password, app) = Walk::new(&gateway, "stormed").finish();
    let browsers: Vec<_> = (0..50).map(|_| at_code(&gateway, "stormed", &password)).collect();
    let wrong = app.wrong();
    let answers = at_once(browsers, |(browser, csrf)| give_code(browser, csrf, &wrong));
    let mut statuses = BTreeMap::new();
    for (_, reply) in &answers {
        *statuses.entry(reply.status()).or_insert(0) += 1;
    }
    assert!((1..=FREE).contains(&statuses[&422]), "{statuses:?}");
    assert_eq!(statuses.values().sum::<usize>(), 50);
    assert!(statuses.keys().all(|status| [422, 429, 503].contains(status)), "{statuses:?}");
}

#[test]
fn a05_guesses_in_the_set_up_are_counted_over_all_browsers() {
    let (_upstream, gateway) = start();
    let mut owner = Walk::new(&gateway, "guessed-at").until("prove");
    for guess in 0..FREE + 2 {
        let mut walk = Walk::with(&gateway, "guessed-at", &owner.provisional).until("prove");
        let wrong = walk.app.as_ref().unwrap().wrong();
        let reply = fill(&mut walk.browser, "prove", &[("code", &wrong)]);
        assert_eq!(reply.status(), if guess < FREE { 422 } else { 429 }, "{}", reply.shown());
    }
    let code = owner.app.as_mut().unwrap().code();
    let reply = fill(&mut owner.browser, "prove", &[("code", &code)]);
    assert_eq!(reply.status(), 429, "{}", reply.shown());
}

#[test]
fn a08_a_number_is_read_in_one_way_and_what_is_none_is_not_counted() {
    let (_upstream, gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "types-oddly").finish();
    let code = app.code();
    let wide: String =
        code.chars().filter_map(|digit| char::from_u32(digit as u32 - 0x30 + 0xff10)).collect();
    let arabic: String =
        code.chars().filter_map(|digit| char::from_u32(digit as u32 - 0x30 + 0x660)).collect();
    let (mut browser, csrf) = at_code(&gateway, "types-oddly", &password);
    let short = &code[..5];
    let none = ["", "   ", "-1", "+12345", "0x1234", "12e456", "null", "true", "1234567890123456"];
    let built = [short, &format!("{code}0"), &format!("{code}00"), &wide, &arabic];
    let marked = [format!("{code}\0"), format!("{code}'--"), format!("{short}.0"), "9".repeat(999)];
    let all: Vec<&str> =
        none.into_iter().chain(built).chain(marked.iter().map(String::as_str)).collect();
    for typed in all {
        let reply = give_code(&mut browser, &csrf, typed);
        assert_refused(&format!("A08 {typed:?}"), &mut browser, &reply);
        assert_eq!(reply.status(), 422, "{typed:?}: {}", reply.shown());
    }
    for body in ["code[]={C}", "code={C}&code={C}", "code={C}&code=", "code=%ff", "Code={C}", ""] {
        let body = format!("csrf={csrf}&{}", body.replace("{C}", &code));
        let reply = post_with(&mut browser, &[], &body);
        assert_refused(&format!("A08 {body}"), &mut browser, &reply);
        assert!([400, 422].contains(&reply.status()), "{body}: {}", reply.shown());
    }
    assert_eq!(audited(&gateway, "factor_failed"), 0);
    // Control: none of these counted, or the right one would have to wait; and it may be parted.
    let parted = format!(" {}\u{a0}{}-{} ", &code[..2], &code[2..4], &code[4..]);
    assert!(opens(&give_code(&mut browser, &csrf, &parted)));
}

#[test]
fn a09_the_key_is_shown_while_it_is_set_up_and_never_again() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "keyholder").until("prove");
    let app = walk.app.clone().unwrap();
    // Control: until it is proven, its page shows it, on the way back as well.
    assert!(shows(&walk.browser.get(&at("scan")), &app));
    assert!(!shows(&walk.browser.get(&at("prove")), &app));
    let support = support_code(&walk.browser.get(&at("prove"))).unwrap();
    let early = told(&gateway, &["user", "show", "--support", &support]).to_string();
    assert!(!early.contains(&app.base32), "{early}");

    while walk.due() != "done" {
        walk.step();
        for screen in PAGES {
            let mut copy = walk.browser.clone();
            let page = copy.get(&at(screen));
            assert!(!shows(&page, &app), "{}: {screen}: {}", walk.due(), page.shown());
        }
    }
    let (mut again, _) = at_code(&gateway, "keyholder", &walk.password);
    for screen in PAGES {
        assert!(!shows(&again.get(&at(screen)), &app), "{screen}");
    }
    let shown = told(&gateway, &["user", "show", "keyholder"]).to_string();
    for text in [shown, gateway.log(), audit_log(&gateway), metrics(&gateway)] {
        assert!(!text.contains(&app.base32) && !text.contains(&BASE64.encode(app.key())));
    }
    // On the disk it is sealed; the account's name, which need not be, is found there.
    let found = |needle: &[u8]| -> Vec<PathBuf> {
        let files = files_under(&gateway.dir.path().join("data"));
        files.into_iter().filter(|file| raw::holds(&fs::read(file).unwrap(), needle)).collect()
    };
    for needle in [app.key(), app.base32.clone().into_bytes(), BASE64.encode(app.key()).into()] {
        assert_eq!(found(&needle), Vec::<PathBuf>::new());
    }
    assert!(!found(b"keyholder").is_empty());
}

#[test]
fn a30_the_password_alone_sets_up_nothing_where_there_is_a_factor() {
    let (_upstream, gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "has-a-phone").finish();
    // Also with a password that was made anew, as an operator does for who forgot theirs.
    let renewed = told(&gateway, &["user", "provision", "has-a-phone"]);
    let renewed = renewed["provisional_password"].as_str().unwrap().to_string();
    assert_eq!(visitor(&gateway).walk_sign_in("has-a-phone", &password).status(), 422);
    let before = account(&gateway, "has-a-phone");
    let (mut thief, csrf) = at_code(&gateway, "has-a-phone", &renewed);
    for screen in [
        "secure",
        "get-app",
        "set-up-app",
        "scan",
        "prove",
        "recovery-codes",
        "success",
        "new-password",
    ] {
        assert_eq!(to(&thief.get(&at(screen))), at("code"), "{screen}");
        let new = "Some-Thing 25 other";
        let code = app.wrong();
        let fields = [("csrf", csrf.as_str()), ("code", &code), ("current", &renewed)];
        let fields = [&fields[..], &[("new", new), ("again", new)]].concat();
        let reply = thief.post_form(&at(screen), &fields);
        assert_eq!(to(&reply), at("code"), "{screen}: {}", reply.shown());
        assert!(reply.headers("set-cookie").is_empty(), "{screen}");
        assert_eq!(thief.fetch("/").status(), 401, "{screen}");
    }
    assert_eq!(account(&gateway, "has-a-phone"), before);
    // Control: with a number, the same browser goes on, to the new password and not to a set-up.
    assert_eq!(to(&give_code(&mut thief, &csrf, &app.code())), at("new-password"));
}

#[test]
fn a31_a34_of_two_who_set_up_at_the_same_moment_one_wins_and_both_hear_of_it() {
    let (_upstream, gateway) = start();
    const ROUNDS: usize = 4;
    for round in 0..ROUNDS {
        let name = format!("twice-{round}");
        let owner = Walk::new(&gateway, &name).until("prove");
        let thief = Walk::with(&gateway, &name, &owner.provisional).until("prove");
        let both: Vec<_> = [owner, thief]
            .into_iter()
            .map(|mut walk| {
                let code = walk.app.as_mut().unwrap().code();
                let csrf = hidden(&walk.browser.get(&at("prove")).text(), "csrf");
                (walk, csrf, code)
            })
            .collect();
        let answers = at_once(both, |(walk, csrf, code)| {
            walk.browser.post_form(&at("prove"), &[("csrf", csrf), ("code", code)])
        });
        let mut ends: Vec<_> =
            answers.into_iter().map(|(one, reply)| (to(&reply), one.0)).collect();
        ends.sort_by_key(|(to, _)| *to != at("recovery-codes"));
        let [(won, winner), (lost, mut loser)] = ends.try_into().ok().unwrap();
        assert_eq!((won, lost), (at("recovery-codes"), at("set-up-elsewhere")), "round {round}");
        let told = loser.browser.get(&at("set-up-elsewhere"));
        assert_eq!(told.status(), 409, "{}", told.shown());
        assert_eq!(account(&gateway, &name)["second_factors"], 1);
        assert_eq!(audited(&gateway, "factor_added"), round + 1);
        assert_eq!(audited(&gateway, "factor_raced"), round + 1);

        // The loser's app counts for nothing, and no form of the set-up does.
        let lost = loser.app.as_mut().unwrap().code();
        let (mut again, csrf) = at_code(&gateway, &name, &loser.provisional);
        let reply = give_code(&mut again, &csrf, &lost);
        assert_refused("A31", &mut again, &reply);
        for screen in ["scan", "prove", "recovery-codes", "success", "new-password"] {
            assert_eq!(to(&loser.browser.get(&at(screen))), at("set-up-elsewhere"), "{screen}");
        }
        // Control: the winner goes on to the portal.
        winner.led_to("recovery-codes").finish();
    }
}

#[test]
fn a31_the_second_hears_of_the_first_on_whichever_screen_they_are() {
    let (_upstream, gateway) = start();
    for (round, screen) in ["secure", "scan", "prove"].into_iter().enumerate() {
        let name = format!("late-{screen}");
        let mut late = Walk::new(&gateway, &name).until(screen);
        let csrf = hidden(&late.browser.get(&at(screen)).text(), "csrf");
        Walk::with(&gateway, &name, &late.provisional).until("recovery-codes");
        let code = late.app.as_mut().map_or_else(|| "123456".to_string(), App::code);
        let reply = late.browser.post_form(&at(screen), &[("csrf", &csrf), ("code", &code)]);
        let expected = if screen == "secure" { "code" } else { "set-up-elsewhere" };
        assert_eq!(to(&reply), at(expected), "{screen}");
        let page = late.browser.get(&at(expected));
        assert_eq!(page.status(), if screen == "secure" { 200 } else { 409 }, "{screen}");
        assert_eq!(account(&gateway, &name)["second_factors"], 1);
        // Who had been shown a key is a second set-up; who had not is merely asked for the number.
        let raced = if screen == "secure" { 0 } else { round };
        assert_eq!(audited(&gateway, "factor_raced"), raced, "{screen}");
    }
}

#[test]
fn a_number_of_a_clock_that_is_off_is_diagnosed_counted_and_spent() {
    let (_upstream, gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "fast-clock").finish();
    let (mut browser, csrf) = at_code(&gateway, "fast-clock", &password);
    let step = young_step();
    for (by, said) in [
        (20, "avance (environ 10 min)"),
        (-20, "retarde (environ 10 min)"),
        (2, "avance (environ 1 min)"),
    ] {
        let reply = give_code(&mut browser, &csrf, &app.at(step.checked_add_signed(by).unwrap()));
        assert_refused("clock", &mut browser, &reply);
        let text = reply.text();
        assert!(text.replace('\u{a0}', " ").contains(said), "{by}: {text}");
    }
    assert_eq!(audited(&gateway, "factor_failed"), 3);
    let support = support_code(&browser.get(&at("code"))).unwrap();
    let shown = told(&gateway, &["user", "show", "--support", &support]);
    assert_eq!(shown["last_failure"], "code-clock-ahead", "{shown}");
    // When its time comes it is worth nothing, and it counts: the fourth and the fifth.
    wait_for(step + 1);
    for _ in 0..2 {
        let reply = give_code(&mut browser, &csrf, &app.at(step + 2));
        assert_refused("spent", &mut browser, &reply);
        assert_eq!(reply.status(), 422, "{}", reply.shown());
    }
    // The pause began anew with each of them.
    assert_eq!(give_code(&mut browser, &csrf, &app.code()).status(), 429);
}

// ---- Means --------------------------------------------------------------------------------------

/// Every page of ours that a sign-in knows.
const PAGES: [&str; 16] = [
    "",
    "sign-in",
    "password",
    "code",
    "secure",
    "get-app",
    "set-up-app",
    "scan",
    "prove",
    "set-up-elsewhere",
    "recovery",
    "recovery-codes",
    "success",
    "new-password",
    "done",
    "whoami",
];

/// Whether an answer holds the key, as text with or without spaces or in its link.
fn shows(reply: &Reply, app: &App) -> bool {
    reply.shown().replace(' ', "").contains(&app.base32)
}

fn assert_refused(row: &str, browser: &mut Client, reply: &Reply) {
    assert!([400, 422, 429].contains(&reply.status()), "{row}: {}", reply.shown());
    assert!(reply.headers("set-cookie").is_empty(), "{row}: {}", reply.shown());
    assert_eq!(browser.cookie(SESSION), None, "{row}");
    assert_eq!(browser.fetch("/").status(), 401, "{row}");
}

/// Posts this body to the form of the number, with these lines beside what a browser says.
fn post_with(browser: &mut Client, said: &[(&str, &str)], body: &str) -> Reply {
    let origin = browser.origin.clone();
    let kind = "application/x-www-form-urlencoded";
    let always = [("Accept", "text/html"), ("Origin", &origin), ("Content-Type", kind)];
    browser.send("POST", &at("code"), &[&always[..], said].concat(), body.as_bytes())
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.retain(|path| path.is_file());
    files.extend(folders.iter().flat_map(|folder| files_under(folder)));
    files
}
