//! Signing in and out as a browser sees it: what the answers tell about accounts, which cookies
//! they leave behind, and when a session begins and ends.

use std::fs;
use std::sync::Barrier;
use std::thread;

use crate::support::client::{Client, comparable, hidden};
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::Reply;
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, Rig, SharedRig};

static RIG: SharedRig = SharedRig::new();

const PASSWORD: &str = "eleven-kites-Over-4-harbours";
const WRONG: &str = "eleven-kites-Over-5-harbours";
const SESSION: &str = "__Host-vestibule";
const TICKET: &str = "__Host-vestibule-ticket";
const START_AGAIN: &str = "/.vestibule/sign-in?problem=start-again";

#[test]
fn the_next_screen_is_the_same_for_a_name_that_nobody_has() {
    let rig = Rig::lock(&RIG, Recorder::start);
    rig.gateway.add_account("known-name", PASSWORD, &[]);
    let screens = |name: &str| {
        let mut visitor = visitor(&rig.gateway);
        let csrf = hidden(&visitor.get("/.vestibule/sign-in").text(), "csrf");
        let fields = [("csrf", csrf.as_str()), ("name", name)];
        let step = visitor.post_form("/.vestibule/sign-in", &fields);
        let page = visitor.get("/.vestibule/password");
        assert_eq!((step.status(), page.status()), (303, 200), "{name}: {}", page.shown());
        [comparable(&step, &csrf, name), comparable(&page, &csrf, name)]
    };
    let known = screens("known-name");
    assert_eq!(screens("never-name"), known);
    assert_eq!(screens("KNOWN-NAME"), known);
    // Control: the comparison sees another page.
    assert_ne!(known[0], known[1]);
}

#[test]
fn nothing_in_the_answer_tells_why_a_password_does_not_match() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let gateway = &rig.gateway;
    for name in ["wrong-word", "shut-out-x", "was-erased", "open-today", "too-long-w"] {
        gateway.add_account(name, PASSWORD, &[]);
    }
    for args in [["user", "disable", "shut-out-x"], ["user", "delete", "was-erased"]] {
        assert!(gateway.cli(&args, "").status.success(), "{args:?}");
    }
    let provisional = ["user", "add", "provisory1", "--email", "p@example.test"];
    assert!(gateway.cli(&provisional, "").status.success());

    let told = |name: &str, password: &str| {
        let mut visitor = visitor(gateway);
        let csrf = visitor.walk_to_password(name);
        comparable(&visitor.give_password(&csrf, password), &csrf, name)
    };
    let wrong = told("wrong-word", WRONG);
    assert!(wrong.starts_with("HTTP/1.1 422 "), "{wrong}");
    assert!(!wrong.contains("set-cookie"), "{wrong}");
    let endless = "x".repeat(2000);
    for (name, password) in [
        ("never-seen", PASSWORD),
        ("shut-out-x", PASSWORD),
        ("was-erased", PASSWORD),
        ("provisory1", PASSWORD),
        ("too-long-w", &endless),
        ("never-name", &endless),
    ] {
        assert_eq!(told(name, password), wrong, "{name}");
    }
    // Control: the comparison sees a right password and one that is missing.
    assert!(told("open-today", PASSWORD).starts_with("HTTP/1.1 303 "));
    assert_ne!(told("open-today", ""), wrong);
}

#[test]
fn a_password_alone_opens_nothing_where_a_second_factor_is_required() {
    let upstream = Recorder::start();
    let mut gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    demand(&mut gateway, "optional", "required");

    let mut anna = visitor(&gateway);
    let csrf = anna.walk_to_password(ANNA.0);
    let done = anna.give_password(&csrf, ANNA.1);
    assert_eq!(done.status(), 303, "{}", done.shown());
    assert_eq!(done.header("location").as_deref(), Some("/.vestibule/secure"));
    assert_eq!(anna.fetch("/").status(), 401);
    assert_eq!(anna.get("/").status(), 303);
    assert_eq!(anna.fetch("/.vestibule/whoami").status(), 401);
    // Nor does a way back or the other forms lead in.
    for page in ["/.vestibule/sign-in", "/.vestibule/password", "/.vestibule/"] {
        assert!(anna.get(page).status() < 400, "{page}");
        assert_eq!(anna.fetch("/").status(), 401, "after {page}");
    }
    assert_eq!(anna.cookie(SESSION), None);
    assert_eq!(upstream.requests().len(), 0, "{}", upstream.shown());
    // A wrong password is not told from the right one by the cookies, but is by the page.
    assert_eq!(visitor(&gateway).walk_sign_in(ANNA.0, WRONG).status(), 422);

    // Control: where it is optional, the same steps open a session.
    demand(&mut gateway, "required", "optional");
    let mut anna = visitor(&gateway);
    let done = anna.walk_sign_in(ANNA.0, ANNA.1);
    assert_eq!(done.status(), 303, "{}", done.shown());
    assert_eq!(anna.fetch("/").status(), 200);
}

#[test]
fn each_sign_in_makes_a_new_session_and_a_planted_one_never_lives() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let gateway = &rig.gateway;
    gateway.add_account("fixed", PASSWORD, &[]);
    let planted = "A".repeat(43);
    let mut victim = visitor(gateway);
    victim.cookies.push((SESSION.to_string(), planted.clone()));
    assert_eq!(victim.fetch("/").status(), 401);
    assert_eq!(victim.walk_sign_in("fixed", PASSWORD).status(), 303);
    let first = victim.cookie(SESSION).expect("a session").to_string();
    assert_eq!(status_with(gateway, &planted), 401);
    assert_eq!(status_with(gateway, &first), 200);

    let mut again = visitor(gateway);
    assert_eq!(again.walk_sign_in("fixed", PASSWORD).status(), 303);
    let second = again.cookie(SESSION).expect("a session").to_string();
    assert!(![&planted, &second].contains(&&first), "{first}");

    // A live session of somebody else, planted, stays somebody else's.
    let mut victim = visitor(gateway);
    victim.cookies.push((SESSION.to_string(), rig.session.split_once('=').unwrap().1.to_string()));
    let csrf = victim.get("/.vestibule/sign-in?lang=fr");
    let csrf = hidden(&csrf.text(), "csrf");
    victim.post_form("/.vestibule/sign-in", &[("csrf", &csrf), ("name", "fixed")]);
    assert_eq!(victim.give_password(&csrf, PASSWORD).status(), 303);
    let whoami = victim.fetch("/.vestibule/whoami");
    assert!(whoami.text().contains("\"name\":\"fixed\""), "{}", whoami.shown());
}

#[test]
fn the_ticket_is_worth_nothing_once_it_has_been_used() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let gateway = &rig.gateway;
    gateway.add_account("punched", PASSWORD, &[]);
    let mut visitor = visitor(gateway);
    let csrf = visitor.walk_to_password("punched");
    let mut copy = visitor.clone();
    // Control: until then the copy of the browser's cookies is as good as they are.
    assert_eq!(copy.get("/.vestibule/password").status(), 200);
    assert_eq!(visitor.give_password(&csrf, PASSWORD).status(), 303);
    assert_eq!(visitor.cookie(TICKET), None, "the browser keeps the ticket");

    for reply in [copy.get("/.vestibule/password"), copy.give_password(&csrf, PASSWORD)] {
        assert_eq!(reply.status(), 303, "{}", reply.shown());
        assert_eq!(reply.header("location").as_deref(), Some(START_AGAIN));
        assert_eq!(reply.headers("set-cookie"), Vec::<String>::new());
    }
    assert_eq!(copy.fetch("/").status(), 401);
}

#[test]
fn right_passwords_that_arrive_together_all_open_a_session() {
    const TOGETHER: usize = 4;
    let rig = Rig::lock(&RIG, Recorder::start);
    rig.gateway.add_account("shared", PASSWORD, &[]);
    let browsers: Vec<(Client, String)> = (0..TOGETHER)
        .map(|_| {
            let mut browser = visitor(&rig.gateway);
            let csrf = browser.walk_to_password("shared");
            (browser, csrf)
        })
        .collect();
    let ready = Barrier::new(TOGETHER);
    let answers: Vec<Reply> = thread::scope(|scope| {
        let give = |(mut browser, csrf): (Client, String)| {
            let ready = &ready;
            scope.spawn(move || {
                ready.wait();
                browser.give_password(&csrf, PASSWORD)
            })
        };
        let running: Vec<_> = browsers.into_iter().map(give).collect();
        running.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let statuses: Vec<u16> = answers.iter().map(Reply::status).collect();
    assert_eq!(statuses, [303; TOGETHER], "{}", answers[0].shown());
}

#[test]
fn a_form_left_open_in_another_tab_still_leads_somewhere() {
    let rig = Rig::lock(&RIG, Recorder::start);
    rig.gateway.add_account("two-tabs", PASSWORD, &[]);
    let mut browser = visitor(&rig.gateway);
    let csrf = browser.walk_to_password("two-tabs");
    // Both tabs show the password page; the first one is sent.
    assert_eq!(browser.give_password(&csrf, PASSWORD).status(), 303);
    let late = [
        browser.give_password(&csrf, PASSWORD),
        browser.post_form("/.vestibule/sign-in", &[("csrf", &csrf), ("name", "two-tabs")]),
    ];
    for reply in late {
        assert_eq!(reply.status(), 303, "{}", reply.shown());
        let next = reply.header("location").expect("a place to go");
        let page = browser.get(&next);
        assert!([200, 303].contains(&page.status()), "{next}: {}", page.shown());
    }
    // Whatever the second tab did, the first one is still signed in.
    assert_eq!(browser.fetch("/").status(), 200);
}

#[test]
fn signing_out_ends_this_session_at_once_and_no_other() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let gateway = &rig.gateway;
    gateway.add_account("leaves", PASSWORD, &[]);
    let mut browser = visitor(gateway);
    let mut elsewhere = visitor(gateway);
    for one in [&mut browser, &mut elsewhere] {
        assert_eq!(one.walk_sign_in("leaves", PASSWORD).status(), 303);
        assert_eq!(one.fetch("/").status(), 200);
    }
    let value = browser.cookie(SESSION).expect("a session").to_string();
    // Opening the page changes nothing: a picture on another site can do that.
    let page = browser.get("/.vestibule/sign-out");
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert_eq!(status_with(gateway, &value), 200);

    let csrf = hidden(&page.text(), "csrf");
    let done = browser.post_form("/.vestibule/sign-out", &[("csrf", &csrf)]);
    assert_eq!(done.status(), 200, "{}", done.shown());
    assert_eq!(done.headers("clear-site-data"), ["\"cache\""]);
    let ended = done.headers("set-cookie");
    let ends =
        |line: &String| line.starts_with(&format!("{SESSION}=;")) && line.contains("Max-Age=0");
    assert!(ended.iter().any(ends), "{ended:?}");

    assert_eq!(status_with(gateway, &value), 401, "the session is over");
    let mut replay = visitor(gateway);
    replay.cookies.push((SESSION.to_string(), value));
    assert_eq!(replay.fetch("/.vestibule/whoami").status(), 401);
    assert_eq!(replay.get("/").status(), 303);
    // Control: the other device stays.
    assert_eq!(elsewhere.fetch("/").status(), 200);
}

// ---- Means --------------------------------------------------------------------------------------

fn visitor(gateway: &Gateway) -> Client {
    Client::new(gateway.addr, &gateway.public_url)
}

/// The app's answer to a browser with this session cookie and no other.
fn status_with(gateway: &Gateway, session: &str) -> u16 {
    let mut browser = visitor(gateway);
    browser.cookies.push((SESSION.to_string(), session.to_string()));
    browser.fetch("/").status()
}

/// Starts the gateway again with another word about second factors.
fn demand(gateway: &mut Gateway, before: &str, after: &str) {
    let line = |word: &str| format!("second_factor = \"{word}\"");
    let text = fs::read_to_string(&gateway.config).unwrap();
    assert!(text.contains(&line(before)), "{text}");
    fs::write(&gateway.config, text.replace(&line(before), &line(after))).unwrap();
    gateway.restart();
}
