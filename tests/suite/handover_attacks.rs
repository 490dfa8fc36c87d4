//! Ways to be signed in on a host by somebody else's doing, or with what was somebody else's.

use vestibule::crypto::Token;

use crate::support::hosts::{Browser, HOME, gateway, leads_to, split};
use crate::support::raw::Reply;
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;

const SHOP: &str = "https://shop.test";
const DESK: &str = "https://desk.work.test";
const SESSION: &str = "__Host-vestibule";

/// A browser with a session at home, and the address with a code for the shop that it was given.
fn with_code(gateway: &crate::support::gateway::Gateway) -> (Browser, String) {
    let mut browser = Browser::new(gateway);
    browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    let away = leads_to(&browser.load(&format!("{SHOP}/basket"))).expect("to the pages");
    let address = leads_to(&browser.load(&away)).expect("back");
    assert!(address.starts_with(&format!("{SHOP}/.vestibule/handover?code=")), "{address}");
    (browser, address)
}

fn assert_refused(row: &str, reply: &Reply, browser: &mut Browser) {
    assert_eq!(reply.status(), 403, "{row}: {}", reply.shown());
    assert_eq!(leads_to(reply), None, "{row}: it leads on by itself");
    assert!(reply.text().contains("class=\"go\""), "{row}: no way on: {}", reply.shown());
    for origin in [SHOP, DESK] {
        assert_eq!(browser.on(origin).cookie(SESSION), None, "{row}");
    }
}

#[test]
fn nobody_is_signed_in_by_the_code_of_somebody_else() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    // A browser that was never there.
    let (_, address) = with_code(&gateway);
    let mut victim = Browser::new(&gateway);
    let reply = victim.load(&address);
    assert_refused("without a nonce", &reply, &mut victim);
    // One that has left for the sign-in itself and waits there.
    let (mut attacker, address) = with_code(&gateway);
    let mut victim = Browser::new(&gateway);
    victim.load(&format!("{SHOP}/own"));
    // It is led on as by any link, and nobody is signed in there.
    let reply = victim.load(&address);
    assert_eq!(leads_to(&reply).as_deref(), Some("/basket"), "{}", reply.shown());
    assert_eq!(victim.on(SHOP).cookie(SESSION), None);
    let away = leads_to(&victim.load(&format!("{SHOP}/basket"))).expect("to the pages");
    assert_eq!(leads_to(&victim.load(&away)).as_deref(), Some("/.vestibule/sign-in"));
    // Seen once by the wrong browser it is worth nothing to the right one.
    let reply = attacker.load(&address);
    assert_refused("burnt", &reply, &mut attacker);
    // A departure of the attacker's, followed by a victim who is signed in: the code that comes of
    // it is for the attacker's browser, which never sees it.
    let mut attacker = Browser::new(&gateway);
    let away = leads_to(&attacker.load(&format!("{SHOP}/basket"))).expect("to the pages");
    let mut victim = Browser::new(&gateway);
    victim.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    let back = leads_to(&victim.load(&away)).expect("back");
    let reply = victim.load(&back);
    assert_refused("another's departure", &reply, &mut victim);
    // Control: the browser that left is signed in.
    let (mut own, address) = with_code(&gateway);
    assert_eq!(own.open(&address).status(), 200);
    assert!(own.on(SHOP).cookie(SESSION).is_some());
}

#[test]
fn a_code_counts_once_and_on_its_host_only() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let (mut browser, address) = with_code(&gateway);
    browser.load(&format!("{DESK}/"));
    let elsewhere = format!("{DESK}{}", split(&address).1);
    let reply = browser.load(&elsewhere);
    assert_refused("on another host", &reply, &mut browser);
    // Control: where it belongs it counts, once.
    let (mut browser, address) = with_code(&gateway);
    assert_eq!(browser.load(&address).status(), 303);
    browser.on(SHOP).cookies.retain(|(name, _)| name != SESSION);
    let reply = browser.load(&address);
    assert_refused("twice", &reply, &mut browser);
    // What was in an address is in no log.
    let code = address.rsplit('=').next().expect("a code");
    assert!(!gateway.log().contains(code));
}

#[test]
fn a_code_is_taken_by_a_page_load_only() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let (mut browser, address) = with_code(&gateway);
    let path = split(&address).1.to_string();
    for lines in [
        [("Sec-Fetch-Dest", "iframe"), ("Sec-Fetch-Mode", "navigate")],
        [("Sec-Fetch-Dest", "image"), ("Sec-Fetch-Mode", "no-cors")],
        [("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors")],
        [("Sec-Fetch-Dest", "document"), ("Sec-Purpose", "prefetch")],
    ] {
        let reply = browser.on(SHOP).send("GET", &path, &lines, b"");
        assert_eq!(reply.status(), 400, "{lines:?}: {}", reply.shown());
    }
    // Control: it is still good for a page load.
    let lines = [("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate")];
    let reply = browser.on(SHOP).send("GET", &path, &lines, b"");
    assert_eq!(reply.header("location").as_deref(), Some("/basket"), "{}", reply.shown());
    assert_eq!(reply.header("referrer-policy").as_deref(), Some("no-referrer"));
    assert_eq!(reply.header("cache-control").as_deref(), Some("no-store"));
}

#[test]
fn the_session_of_one_host_is_nobodys_on_another() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let (mut browser, address) = with_code(&gateway);
    browser.open(&address);
    let value = |browser: &mut Browser, origin: &str| {
        browser.on(origin).cookie(SESSION).expect("a session").to_string()
    };
    let (home, shop) = (value(&mut browser, HOME), value(&mut browser, SHOP));
    for (origin, value, path) in [
        (DESK, &shop, "/"),
        (HOME, &shop, "/"),
        (SHOP, &home, "/"),
        (HOME, &shop, "/.vestibule/whoami"),
    ] {
        let mut thief = Browser::new(&gateway);
        thief.on(origin).cookies.push((SESSION.to_string(), value.clone()));
        assert_eq!(thief.on(origin).fetch(path).status(), 401, "{origin}{path}");
    }
    // Control: where they belong they count.
    for (origin, value) in [(SHOP, &shop), (HOME, &home)] {
        let mut own = Browser::new(&gateway);
        own.on(origin).cookies.push((SESSION.to_string(), value.clone()));
        assert_eq!(own.on(origin).fetch("/").status(), 200, "{origin}");
    }
}

#[test]
fn no_cookie_of_one_host_serves_on_another() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let (mut browser, address) = with_code(&gateway);
    browser.open(&address);
    let lines = [
        ("Accept", "text/html"),
        ("Origin", "https://bank.test"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let mut bounced = Browser::new(&gateway);
    bounced.on(SHOP).send("POST", "/paid", &lines, b"paid=1");
    let kept = bounced.on(SHOP).cookies.clone();
    assert!(!kept.is_empty(), "a form is kept");
    let mut all = browser.on(SHOP).cookies.clone();
    all.extend(kept.iter().cloned());
    let resume = kept.iter().map(|(name, value)| {
        let resume = Token::parse(value).expect("a value").resume_value(b"/paid");
        (name.replace("-bounced", "-resume"), resume)
    });
    let led: Vec<(String, String)> = all.iter().cloned().chain(resume).collect();
    let with = |origin: &str, cookies: &[(String, String)]| {
        let mut somebody = Browser::new(&gateway);
        somebody.on(origin).cookies = cookies.to_vec();
        somebody
    };
    let csrf = [("csrf", "x")];
    for origin in [DESK, HOME] {
        for path in ["/", "/.vestibule/whoami"] {
            assert_eq!(with(origin, &all).on(origin).fetch(path).status(), 401, "{origin}{path}");
        }
        let page = with(origin, &all).load(&format!("{origin}/.vestibule/kept"));
        assert_eq!(page.status(), 404, "{origin}: {}", page.shown());
        let sent = with(origin, &led).on(origin).post_form("/paid", &csrf);
        assert_ne!(sent.status(), 200, "{origin}: {}", sent.shown());
    }
    assert!(!upstream.saw(b"paid=1"), "{}", upstream.shown());
    // Control: on their own host they serve.
    for (path, status) in [("/", 200), ("/.vestibule/whoami", 200)] {
        assert_eq!(with(SHOP, &all).on(SHOP).fetch(path).status(), status, "{path}");
    }
    assert_eq!(with(SHOP, &all).load(&format!("{SHOP}/.vestibule/kept")).status(), 200);
    assert_eq!(with(SHOP, &led).on(SHOP).post_form("/paid", &csrf).status(), 200);
    assert!(upstream.saw(b"paid=1"), "{}", upstream.shown());
}

#[test]
fn a_departure_that_somebody_saw_signs_nobody_in_under_their_name() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    gateway.add_account("eve", ANNA.1, &[]);
    let signed_in = |name: &str| {
        let mut browser = Browser::new(&gateway);
        browser.on(HOME).walk_sign_in(name, ANNA.1);
        browser
    };
    let from = |browser: &mut Browser| {
        leads_to(&browser.load(&format!("{SHOP}/basket"))).expect("to the pages")
    };
    // One that waits at the sign-in.
    let (mut victim, mut eve) = (Browser::new(&gateway), signed_in("eve"));
    let seen = from(&mut victim);
    assert_eq!(leads_to(&victim.load(&seen)).as_deref(), Some("/.vestibule/sign-in"));
    let reply = eve.load(&seen);
    assert_refused("one that waits", &reply, &mut victim);
    // Control: its own browser goes on with it after signing in.
    let reply = victim.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    assert!(leads_to(&reply).is_some_and(|to| seen.ends_with(&to)), "{}", reply.shown());
    let code = leads_to(&victim.load(&seen)).expect("back");
    // One that was used.
    let reply = eve.load(&seen);
    assert_refused("one that was used", &reply, &mut victim);
    assert_eq!(victim.open(&code).status(), 200);
    assert!(victim.on(SHOP).cookie(SESSION).is_some());
}
