//! Several forms that are kept at once, and forms whose rule wants a fresh proof.

use std::time::Duration;

use crate::kept_post::{
    FILE, KEPT, MULTIPART, SHOP, expired, hidden_fields, in_english, kept_page, press,
};
use crate::support::aging::age_proofs;
use crate::support::client::hidden;
use crate::support::gateway::{Gateway, Setup};
use crate::support::hosts::{Browser, HOME, gateway, leads_to};
use crate::support::raw::{self, Reply};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, identity_of};

const TILL: &str = "https://till.test";
/// An app on a host of its own, and rules for that of the pages, that want a fresh proof.
const TILL_APP: &str = r#"
[[app]]
name = "till"
hosts = ["till.test"]
upstreams = ["http://{upstream}"]
  [[app.rule]]
  path = "/paid/"
  allow = "signed-in"
  fresh_minutes = 5
  cross_site_post = "bounce"
  [[app.rule]]
  path = "/pay/"
  allow = "signed-in"
  fresh_minutes = 5
  [[app.rule]]
  path = "/"
  allow = "signed-in"
"#;
const RULES: &str = "[[app.rule]]\npath = \"/pay/\"\nallow = \"signed-in\"\nfresh_minutes = 5\n";
/// Longer than the rules allow.
const LONG_AGO: Duration = Duration::from_secs(360);
const URLENCODED: &str = "application/x-www-form-urlencoded";

/// Sends a form as a page of this host does.
fn send(browser: &mut Browser, origin: &str, path: &str, (kind, body): (&str, &[u8])) -> Reply {
    let lines = [
        ("Accept", "text/html"),
        ("Accept-Language", "en"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", origin),
        ("Content-Type", kind),
    ];
    browser.on(origin).send("POST", path, &lines, body)
}

#[test]
fn two_forms_of_two_tabs_are_each_sent_by_their_own_page() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    for origin in [SHOP, HOME] {
        let mut browser = expired(&mut gateway);
        upstream.clear();
        let first = kept_page(&send(&mut browser, origin, "/order", (MULTIPART, FILE)));
        let second = kept_page(&send(&mut browser, origin, "/letter", (URLENCODED, b"dear=you")));
        assert_ne!(first, second);
        // A link to another language leads to the same one.
        let page = browser.load(&format!("{origin}{first}"));
        let key = first.split('=').nth(1).expect("a name");
        assert!(page.text().contains(&format!("?lang=fr&amp;form={key}")), "{}", page.shown());
        let page = browser.load(&format!("{origin}{KEPT}?lang=fr&form={key}"));
        let newer = second.split('=').nth(1).expect("a name");
        let named = |key| page.text().contains(key);
        assert!(named(key) && !named(newer), "{}", page.shown());
        // Each has a way back of its own through the sign-in.
        let page = browser.sign_in_at(&format!("{origin}{first}&sign-in=1"));
        assert_eq!(browser.trail.last().unwrap(), &format!("{origin}{first}"));
        assert_eq!(press(&mut browser, origin, &page).status(), 200);
        assert!(upstream.saw(FILE) && !upstream.saw(b"dear=you"), "{}", upstream.shown());
        let page = browser.load(&format!("{origin}{second}"));
        assert_eq!(press(&mut browser, origin, &page).status(), 200, "{}", page.shown());
        let head = upstream.wait_for(b"POST /letter");
        assert_eq!(identity_of(&head), [ANNA.0]);
        assert!(upstream.saw(b"dear=you"), "{}", upstream.shown());
        // Control: both are sent, each once, and no other name opens anything.
        for gone in [&first, &second, &format!("{KEPT}?form={}", "A".repeat(43))] {
            assert_eq!(browser.load(&format!("{origin}{gone}")).status(), 404, "{gone}");
        }
        let sent = upstream.requests().iter().filter(|head| head.starts_with(b"POST ")).count();
        assert_eq!(sent, 2);
    }
}

#[test]
fn a_form_that_meets_the_end_of_its_owners_other_sessions_is_kept() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    browser.sign_in_at(&format!("{SHOP}/"));
    let mut left = Browser::new(&gateway);
    left.sign_in_at(&format!("{SHOP}/"));
    // In another window they end all but this sign-in, as a new password does.
    let csrf = hidden(&browser.on(HOME).get("/.vestibule/account").text(), "csrf");
    let ended = browser.on(HOME).post_form("/.vestibule/account/end-others", &[("csrf", &csrf)]);
    assert_eq!(ended.status(), 303, "{}", ended.shown());
    let kept = kept_page(&send(&mut browser, SHOP, "/order", (MULTIPART, FILE)));
    assert!(!upstream.saw(b"POST /order"), "{}", upstream.shown());
    // Who they are is known where the pages are: they come back at once.
    let page = browser.open(&format!("{SHOP}{kept}&sign-in=1"));
    assert_eq!(browser.trail.last().unwrap(), &format!("{SHOP}{kept}"), "{}", page.shown());
    assert_eq!(press(&mut browser, SHOP, &page).status(), 200);
    assert!(upstream.saw(FILE), "{}", upstream.shown());
    // Control: of a sign-in that was ended nothing is kept.
    let refused = send(&mut left, SHOP, "/order", (MULTIPART, FILE));
    assert_eq!((refused.status(), leads_to(&refused)), (401, None), "{}", refused.shown());
}

#[test]
fn another_browser_learns_nothing_by_the_name_of_a_form() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    let mut browser = expired(&mut gateway);
    let kept = kept_page(&send(&mut browser, SHOP, "/order", (MULTIPART, FILE)));
    let mut other = Browser::new(&gateway);
    other.sign_in_at(&format!("{SHOP}/"));
    assert_eq!(in_english(&mut other, &kept).status(), 404);
    // Control: its own sees it.
    assert_eq!(in_english(&mut browser, &kept).status(), 200);
}

/// A gateway whose rules want a fresh proof, and a browser that gave its own long ago.
fn proven_long_ago(upstream: &Recorder) -> (Gateway, Browser) {
    let mut setup = Setup::new(upstream.addr());
    setup.rules = RULES.to_string();
    setup.extra = TILL_APP.replace("{upstream}", &upstream.addr().to_string());
    let mut gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let mut browser = Browser::new(&gateway);
    browser.sign_in_at(&format!("{TILL}/pay/before"));
    // Control: with a proof of just now a form goes to the app at once.
    for origin in [TILL, HOME] {
        let sent = send(&mut browser, origin, "/pay/now", (URLENCODED, b"a=b"));
        assert_eq!(sent.status(), 200, "{origin}: {}", sent.shown());
    }
    gateway.terminate();
    age_proofs(&gateway, LONG_AGO);
    gateway.restart();
    browser.moved_to(&gateway);
    upstream.clear();
    (gateway, browser)
}

/// Shows who they are where the page of a form leads, and comes back to it.
fn prove(browser: &mut Browser, origin: &str, kept: &str) -> Reply {
    let asked = browser.open(&format!("{origin}{kept}&sign-in=1"));
    assert_eq!(asked.status(), 200, "{:?}: {}", browser.trail, asked.shown());
    assert_eq!(browser.trail.last().unwrap(), &format!("{HOME}/.vestibule/confirm"));
    let reply = browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    let to = leads_to(&reply).unwrap_or_else(|| panic!("to nowhere: {}", reply.shown()));
    let page = browser.open(&if to.starts_with('/') { format!("{HOME}{to}") } else { to });
    assert_eq!(page.status(), 200, "{:?}: {}", browser.trail, page.shown());
    assert_eq!(browser.trail.last().unwrap(), &format!("{origin}{kept}"));
    page
}

/// Presses a button that the page does not have.
fn press_anyway(browser: &mut Browser, origin: &str, kept: &str) -> Reply {
    let csrf = hidden(&browser.on(origin).get("/.vestibule/sign-out").text(), "csrf");
    let mark = kept.split(['=', '&']).nth(1).expect("a mark").to_string();
    let fields = [("csrf", csrf.as_str()), ("kept", mark.as_str())];
    let led = browser.on(origin).post_form(KEPT, &fields);
    assert_eq!(led.status(), 307, "{}", led.shown());
    let to = led.header("location").expect("an address");
    browser.on(origin).post_form(&to, &fields)
}

#[test]
fn a_form_whose_rule_wants_a_fresh_proof_is_sent_after_it() {
    let upstream = Recorder::start();
    for origin in [TILL, HOME] {
        let (gateway, mut browser) = proven_long_ago(&upstream);
        let answer = send(&mut browser, origin, "/pay/order", (MULTIPART, FILE));
        assert_eq!(answer.status(), 303, "{}", answer.shown());
        let kept = kept_page(&answer);
        assert!(kept.ends_with("&fresh=300"), "{kept}");
        let page = browser.load(&format!("{origin}{kept}"));
        assert_eq!(page.status(), 200, "{}", page.shown());
        assert!(!page.text().contains("name=\"kept\""), "no button yet: {}", page.shown());
        // Nor in another language.
        let (_, asked) = kept.split_once('?').expect("which form");
        let link = format!("{KEPT}?lang=fr&amp;{}", asked.replace('&', "&amp;"));
        assert!(page.text().contains(&link), "{}", page.shown());
        let page = browser.load(&format!("{origin}{}", link.replace("&amp;", "&")));
        assert!(!page.text().contains("name=\"kept\""), "{}", page.shown());
        // Whoever goes round the page is led back to it.
        assert_eq!(kept_page(&press_anyway(&mut browser, origin, &kept)), kept);
        // A form that no page of this host sent is not kept.
        let cross = [("Accept", "text/html"), ("Origin", "https://evil.test")];
        let cross = [&cross[..], &[("Content-Type", MULTIPART)]].concat();
        let refused = browser.on(origin).send("POST", "/pay/order", &cross, FILE);
        assert!(!leads_to(&refused).unwrap_or_default().contains(KEPT), "{}", refused.shown());
        assert_ne!(refused.status(), 200, "{}", refused.shown());
        assert!(!upstream.saw(b"/pay/order"), "{}", upstream.shown());

        let page = prove(&mut browser, origin, &kept);
        assert_eq!(hidden_fields(&page).len(), 2);
        let sent = press(&mut browser, origin, &page);
        assert_eq!(sent.status(), 200, "{origin}: {}", sent.shown());
        assert!(upstream.saw(FILE), "{}", upstream.shown());
        let head = upstream.wait_for(b"POST /pay/order");
        assert_eq!(identity_of(&head), [ANNA.0]);
        // Control: once.
        assert_eq!(browser.load(&format!("{origin}{kept}")).status(), 404);
        drop(gateway);
    }
}

#[test]
fn a_form_of_another_site_whose_rule_wants_a_fresh_proof_is_sent_after_it() {
    let upstream = Recorder::start();
    let (gateway, mut browser) = proven_long_ago(&upstream);
    let bank = [
        ("Accept", "text/html"),
        ("Accept-Language", "en"),
        ("Origin", "https://bank.test"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Content-Type", URLENCODED),
    ];
    // A browser sends no cookie with it.
    let mut without = Browser::new(&gateway);
    let bounced = without.on(TILL).send("POST", "/paid/back", &bank, b"paid=1");
    let kept = kept_page(&bounced);
    let cookies = without.on(TILL).cookies.clone();
    browser.on(TILL).cookies.extend(cookies);
    let page = browser.load(&format!("{TILL}{kept}"));
    let led = press(&mut browser, TILL, &page);
    assert_eq!(led.status(), 303, "{}", led.shown());
    let kept = kept_page(&led);
    assert!(kept.ends_with("&fresh=300"), "{kept}");
    assert!(!upstream.saw(b"/paid/back"), "{}", upstream.shown());
    let page = prove(&mut browser, TILL, &kept);
    let sent = press(&mut browser, TILL, &page);
    assert_eq!(sent.status(), 200, "{}", sent.shown());
    // Control: it is still said to be the other site's.
    let head = upstream.wait_for(b"POST /paid/back");
    assert_eq!(raw::header_values(&head, "origin"), ["https://bank.test"]);
    assert!(upstream.saw(b"paid=1") && !upstream.saw(b"csrf="), "{}", upstream.shown());
}
