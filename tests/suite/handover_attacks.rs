//! Ways to be signed in on a host by somebody else's doing, or with what was somebody else's.

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
    victim.load(&format!("{SHOP}/basket"));
    let reply = victim.load(&address);
    assert_refused("with a nonce of its own", &reply, &mut victim);
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
