//! Attacks on approval over real sockets: what other sites have browsers say for a phone, answers
//! and uses in races, a gateway that dies between the yes and its use, and what can be learnt from
//! the pages. Rows A20 to A26 and F03; more of them, with a clock that is moved by hand, are in
//! `src/flow/phone_approval`.

use serde_json::{Value, json};

use crate::support::client::{Client, hidden};
use crate::support::gateway::Gateway;
use crate::support::phone::{
    Phone, asking, at_approve, at_pair, code_of, joins, number_of, say, told, with_phone,
};
use crate::support::raw::Reply;
use crate::support::walk::{
    at, at_once, audited, fill, metrics, opens, settled_audit_log, start, start_with, to, visitor,
};

const JSON: &str = "application/json";
/// What our own page's request says about itself.
const HONEST: &[(&str, &str)] =
    &[("Origin", "https://app.test"), ("Sec-Fetch-Site", "same-origin"), ("Content-Type", JSON)];

/// What a request that is not our page's says about itself, what is in it, and what it is told.
type Forged<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a str, u16);

fn post(client: &Client, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    client.clone().send("POST", &format!("/.vestibule/phone/{path}"), headers, body)
}

fn outcomes(gateway: &Gateway, outcome: &str) -> String {
    let line = format!("vestibule_approvals_total{{outcome=\"{outcome}\"}} ");
    let all = metrics(gateway);
    all.lines().find_map(|found| found.strip_prefix(&line)).expect("a metric").to_string()
}

#[test]
fn what_another_site_has_a_browser_say_for_a_phone_changes_nothing() {
    let (_upstream, gateway) = start();
    let (password, phone) = with_phone(&gateway, "anna", None);
    let (mut browser, number) = asking(&gateway, "anna", &password);
    let (_, code) = at_pair(&gateway, "bert");
    let (_, join) = joins(&gateway.public_url, &code, None);
    let request = phone.look();
    let client = visitor(&gateway);
    let said = [
        ("challenge", json!({})),
        ("pair", join),
        ("requests", phone.looks()),
        ("answer", phone.answers(&request, "yes", &number)),
    ];
    let kind = ("Content-Type", JSON);
    for (path, body) in &said {
        let body = body.to_string();
        let long = format!("{{\"code\":\"{}\",{}", "a".repeat(9000), &body[1..]);
        let rows: [Forged<'_>; 13] = [
            ("cross-site", vec![("Sec-Fetch-Site", "cross-site"), kind], &body, 403),
            ("same-site", vec![("Sec-Fetch-Site", "same-site"), kind], &body, 403),
            ("typed", vec![("Sec-Fetch-Site", "none"), kind], &body, 403),
            ("origin", vec![("Origin", "https://evil.test"), kind], &body, 403),
            ("origin null", vec![("Origin", "null"), kind], &body, 403),
            ("a form", vec![("Content-Type", "application/x-www-form-urlencoded")], &body, 415),
            ("plain text", vec![("Content-Type", "text/plain")], &body, 415),
            ("no kind", vec![], &body, 415),
            ("too long", HONEST.to_vec(), &long, 413),
            ("no JSON", HONEST.to_vec(), "{", 400),
            ("a list", HONEST.to_vec(), "[{}]", 400),
            ("no fields", HONEST.to_vec(), "{\"phone\":7,\"code\":{}}", 400),
            ("two origins", [&[("Origin", "https://app.test")], HONEST].concat(), &body, 403),
        ];
        for (row, headers, body, status) in rows {
            if *path == "challenge" && row == "no fields" {
                continue;
            }
            let reply = post(&client, path, &headers, body.as_bytes());
            assert_eq!(reply.status(), status, "{path} {row}: {}", reply.shown());
            assert_eq!(told(&reply), json!({ "problem": "bad-request" }), "{path} {row}");
        }
        assert_eq!(client.clone().get(&format!("/.vestibule/phone/{path}")).status(), 405);
    }
    // Nothing was done by any of it.
    assert_eq!(fill(&mut browser, "approve", &[]).status(), 422);
    assert_eq!(phone.look()["id"], request["id"]);
    // Control: said by our own page, or by what is no browser, all of it is.
    for (path, body) in &said {
        let headers = if *path == "pair" { &HONEST[2..] } else { HONEST };
        let reply = post(&client, path, headers, body.to_string().as_bytes());
        assert_eq!(reply.status(), 200, "{path}: {}", reply.shown());
        assert_eq!(reply.header("set-cookie"), None);
        assert_eq!(reply.header("access-control-allow-origin"), None);
        assert_eq!(reply.header("cache-control").as_deref(), Some("no-store"));
    }
    assert!(opens(&fill(&mut browser, "approve", &[])));
}

#[test]
fn the_number_is_on_the_asking_computers_page_and_nowhere_else() {
    // Six digits do not turn up by chance.
    let (_upstream, gateway) = start_with("approval_digits = 6", "");
    let (password, phone) = with_phone(&gateway, "anna", None);
    let (mut browser, number) = asking(&gateway, "anna", &password);
    assert_eq!(number.len(), 6);
    let page = browser.get(&at("approve"));
    assert!(page.text().contains(&number), "control: the page shows it");
    let request = phone.look();
    assert_eq!(request["digits"], 6);
    assert!(!request.to_string().contains(&number), "{request}");
    let mut other = visitor(&gateway);
    for target in ["phone", "phone/worker.js", "phone/manifest.webmanifest", "approve/state"] {
        for client in [&mut browser.clone(), &mut other] {
            assert!(!client.get(&at(target)).text().contains(&number), "{target}");
        }
    }
    // Nor in what is written down in the clear.
    phone.yes(&number);
    assert!(opens(&fill(&mut browser, "approve", &[])));
    assert!(!settled_audit_log(&gateway).contains(&number));
    assert!(!gateway.log().contains(&number));
}

#[test]
fn a22_of_fifty_answers_and_fifty_uses_at_the_same_moment_one_outcome_is_left() {
    let (_upstream, gateway) = start();
    let mut seen = (0, 0);
    for name in ["anna", "bert", "carla", "dirk", "els", "fons"] {
        // After a refusal nobody asks from a new browser.
        let (password, phone) = with_phone(&gateway, name, None);
        let (browser, number) = asking(&gateway, name, &password);
        let request = phone.look();
        let csrf = hidden(&browser.clone().get(&at("approve")).text(), "csrf");
        let yes = phone.answers(&request, "yes", &number);
        let no = phone.answers(&request, "no", "");
        let client = visitor(&gateway);
        let askers: Vec<_> = (0..60).map(|at| (at, browser.clone())).collect();
        let all = at_once(askers, |(number, browser)| match *number % 3 {
            0 => say(&client, "answer", &yes),
            // Some of the noes; were there as many as yeses, a yes would never be used.
            1 if *number > 50 => say(&client, "answer", &no),
            _ => browser.post_form(&at("approve"), &[("csrf", &csrf)]),
        });
        let went_on = |reply: &Reply| opens(reply) || to_is(reply, "new-password");
        let used = all.iter().filter(|(_, reply)| went_on(reply)).count();
        let said = |word: &str| {
            let is = |reply: &Reply| reply.text().contains(&format!("\"outcome\":\"{word}\""));
            all.iter().filter(|(_, reply)| is(reply)).count()
        };
        let refused = said("refused");
        assert!(used <= 1, "{used} went on with one yes");
        assert!(used + usize::from(refused > 0) <= 1, "went on, and was refused");
        let mut later = browser.clone();
        let later = later.post_form(&at("approve"), &[("csrf", &csrf)]);
        match (used, refused) {
            (0, 0) => assert!(went_on(&later), "{}", later.shown()),
            _ => assert!(!went_on(&later), "{}", later.shown()),
        }
        seen = (seen.0 + used, seen.1 + usize::from(refused > 0));
    }
    assert!(seen.0 + seen.1 > 0, "neither a use nor a refusal in six rounds");
}

fn to_is(reply: &Reply, screen: &str) -> bool {
    reply.header("location").is_some_and(|to| to == at(screen))
}

#[test]
fn f03_a_yes_lets_one_sign_in_go_on_even_when_the_gateway_dies_between() {
    let (_upstream, mut gateway) = start();
    let (password, mut phone) = with_phone(&gateway, "anna", None);
    let (mut went_on, mut acknowledged) = (0, 0);
    const ROUNDS: usize = 8;
    for round in 0..ROUNDS {
        let (browser, number) = asking(&gateway, "anna", &password);
        phone.yes(&number);
        let csrf = hidden(&browser.clone().get(&at("approve")).text(), "csrf");
        // Killed after the yes was acknowledged, or while it is used.
        let during = match round {
            0 => {
                gateway.kill();
                None
            }
            _ => std::thread::scope(|scope| {
                let (mut browser, csrf) = (browser.clone(), csrf.clone());
                let using = scope.spawn(move || {
                    let used = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        browser.post_form(&at("approve"), &[("csrf", &csrf)])
                    }));
                    used.ok().map(|reply| (opens_whole(&reply), browser))
                });
                for _ in 0..round * 2000 {
                    std::thread::yield_now();
                }
                gateway.kill();
                using.join().expect("a thread")
            }),
        };
        gateway.restart();
        phone.follow(&gateway);
        let was_told = during.is_some_and(|(opened, _)| opened);
        let mut again = visitor(&gateway);
        again.cookies = browser.cookies.clone();
        let first = opens(&again.post_form(&at("approve"), &[("csrf", &csrf)]));
        let mut third = visitor(&gateway);
        third.cookies = browser.cookies.clone();
        let second = opens(&third.post_form(&at("approve"), &[("csrf", &csrf)]));
        assert!(!second, "round {round}: the yes was used once more");
        assert!(!(was_told && first), "round {round}: the yes was used twice");
        if round == 0 {
            // Control: a yes that was acknowledged and not used is still there.
            assert!(first, "the yes was lost");
        }
        went_on += usize::from(first || was_told);
        acknowledged += usize::from(was_told);
        if !(first || was_told) {
            // Used in the moment of the kill and not told: the session is nobody's.
            assert_eq!(third.fetch("/").status(), 401);
        }
    }
    assert!(went_on > 0, "{acknowledged} of {ROUNDS} were acknowledged");
}

/// Whether a whole answer opens a session; the gateway may have died in the middle of it.
fn opens_whole(reply: &Reply) -> bool {
    reply.bytes.starts_with(b"HTTP/1.1 303") && opens(reply)
}

#[test]
fn a25_after_the_password_was_changed_or_the_sign_in_begun_anew_a_yes_comes_too_late() {
    let (_upstream, gateway) = start();
    for row in ["password", "disabled", "begun-anew", "nothing"] {
        let (password, phone) = with_phone(&gateway, row, None);
        let (mut browser, number) = asking(&gateway, row, &password);
        let request = phone.look();
        match row {
            "password" => {
                let new = "Andere-Rivier 28 stenen\n";
                assert!(
                    gateway.cli(&["user", "set", row, "--password-stdin"], new).status.success()
                );
            }
            "disabled" => assert!(gateway.cli(&["user", "disable", row], "").status.success()),
            "begun-anew" => {
                browser.walk_to_password(row);
            }
            _ => {}
        }
        let reply = phone.answer(&request, "yes", &number);
        // Control: without any of it, the yes counts.
        let status = if row == "nothing" { 200 } else { 410 };
        assert_eq!(reply.status(), status, "{row}: {}", reply.shown());
        if row != "nothing" {
            assert_eq!(told(&reply), json!({ "problem": "gone" }), "{row}");
            assert_eq!(browser.fetch("/").status(), 401);
        }
    }
}

#[test]
fn not_me_ends_the_sign_in_and_leads_to_a_new_password() {
    let (_upstream, gateway) = start();
    let (password, phone) = with_phone(&gateway, "anna", None);
    let (mut home, number) = asking(&gateway, "anna", &password);
    phone.yes(&number);
    assert!(opens(&fill(&mut home, "approve", &[])));
    fill(&mut home, "sign-out", &[]);
    let (mut thief, _) = asking(&gateway, "anna", &password);
    let reply = phone.answer(&phone.look(), "no", "");
    assert_eq!(told(&reply), json!({ "outcome": "refused" }));
    // The thief is told that it was stopped, and is back before the password.
    let page = thief.get(&at("approve"));
    assert_eq!(page.status(), 403, "{}", page.shown());
    for screen in ["recovery", "code", "new-password"] {
        assert_eq!(to(&thief.get(&at(screen))), at("password"), "{screen}");
    }
    assert_eq!(audited(&gateway, "approval_refused"), 1);
    assert_eq!(outcomes(&gateway, "refused"), "1");
    // From a new browser the phone is asked nothing more, whoever knows the password.
    visitor(&gateway).walk_sign_in("anna", &password);
    assert_eq!(phone.look(), Value::Null);
    // Control: the owner gets in from their own, by way of a new password.
    home.walk_sign_in("anna", &password);
    phone.yes(&number_of(&home.get(&at("approve"))));
    assert_eq!(to(&fill(&mut home, "approve", &[])), at("new-password"));
}

#[test]
fn a20_a_wrong_number_ends_the_question_and_says_so_on_both_sides() {
    let (_upstream, gateway) = start();
    let (password, phone) = with_phone(&gateway, "anna", None);
    let (mut browser, number) = asking(&gateway, "anna", &password);
    let request = phone.look();
    let wrong = if number == "10" { "11" } else { "10" };
    let reply = phone.answer(&request, "yes", wrong);
    assert_eq!((reply.status(), told(&reply)), (422, json!({ "problem": "wrong-number" })));
    assert_eq!(phone.look(), Value::Null);
    let page = browser.get(&at("approve"));
    assert!(!page.text().contains("<span aria-hidden=\"true\">"), "{}", page.shown());
    assert!(page.text().contains("role=\"alert\""), "{}", page.shown());
    assert_eq!(fill(&mut browser, "approve", &[]).status(), 422);
    assert_eq!(phone.answer(&request, "yes", &number).status(), 410);
    assert_eq!(audited(&gateway, "factor_failed"), 1);
    // Control: asked again, with another number, it goes on.
    assert_eq!(to(&fill(&mut browser, "approve", &[("ask", "1")])), at("approve"));
    let next = number_of(&browser.get(&at("approve")));
    assert_ne!(next, number);
    phone.yes(&next);
    assert!(opens(&fill(&mut browser, "approve", &[])));
}

#[test]
fn a23_the_phone_is_left_in_peace_and_the_other_ways_stay_open() {
    let (_upstream, gateway) = start();
    let (password, phone) = with_phone(&gateway, "anna", None);
    // Signing in asks the phone; after that the page must be pressed.
    let mut last = visitor(&gateway);
    for _ in 0..20 {
        last = visitor(&gateway);
        assert_eq!(to(&last.walk_sign_in("anna", &password)), at("approve"));
    }
    assert_eq!(outcomes(&gateway, "asked"), "4", "one in the set-up, three at sign-ins");
    assert_eq!(outcomes(&gateway, "slowed"), "17");
    assert_eq!(audited(&gateway, "approvals_slowed"), 1, "told once an hour");
    let page = fill(&mut last, "approve", &[("ask", "1")]);
    assert_eq!(page.status(), 429, "{}", page.shown());
    assert!(page.header("retry-after").is_some());
    assert!(page.text().contains("/.vestibule/recovery"), "{}", page.shown());
    // A page that is only looked at asks nobody.
    for _ in 0..3 {
        last.get(&at("approve"));
    }
    assert_eq!(outcomes(&gateway, "asked"), "4");
    assert!(phone.look().is_object(), "control: the last of the three can still be answered");
}

#[test]
fn a_phone_that_is_being_joined_answers_nothing_but_its_own_first_question() {
    let (_upstream, gateway) = start();
    // Somebody who read the provisional password joins a phone of theirs beside the owner's.
    let (mut owner, owners, number) = at_approve(&gateway, "anna", None);
    let thief = crate::support::walk::Walk::with(&gateway, "anna", &owner.provisional);
    let mut thief = thief.until("secure");
    fill(&mut thief.browser, "secure", &[("way", "approval")]);
    let code = code_of(&thief.browser.get(&at("pair")));
    let thiefs = Phone::join(&gateway, &code, None);
    assert_eq!(thiefs.look(), Value::Null, "it is not asked the owner's question");
    let request = owners.look();
    assert_eq!(thiefs.answer(&request, "yes", &number).status(), 410);
    // Control: the owner's own is, and counts; the other one comes too late.
    owners.yes(&number);
    assert_eq!(to(&fill(&mut owner.browser, "approve", &[])), at("approved"));
    assert_eq!(to(&thief.browser.get(&at("pair"))), at("set-up-elsewhere"));
}
