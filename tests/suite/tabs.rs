//! Tabs that a browser opens at once, as one that is restored does: none of them has the cookies
//! that the answers to the others bring.

use crate::support::hosts::{Browser, HOME, gateway, leads_to};
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;

const SHOP: &str = "https://shop.test";
const SESSION: &str = "__Host-vestibule";
const NONCE: &str = "__Host-vestibule-nonce";
const SIGN_IN: &str = "https://app.test/.vestibule/sign-in";
const TABS: usize = 10;

/// Opens these pages of the shop before any answer has come; gives where they are led.
fn leave_at_once(browser: &mut Browser) -> Vec<String> {
    let leave = |number| {
        browser.on(SHOP).cookies.clear();
        leads_to(&browser.load(&format!("{SHOP}/page-{number}"))).expect("to the pages")
    };
    (0..TABS).map(leave).collect()
}

#[test]
fn tabs_that_open_at_once_on_a_host_never_visited_all_arrive() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    let left = leave_at_once(&mut browser);
    let codes: Vec<_> =
        left.iter().map(|away| leads_to(&browser.load(away)).expect("back")).collect();
    let mut session = None;
    for (number, code) in codes.iter().enumerate() {
        let page = browser.open(code);
        assert_eq!(page.status(), 200, "{number}: {:?}: {}", browser.trail, page.shown());
        assert_eq!(browser.trail.last().unwrap(), &format!("{SHOP}/page-{number}"));
        assert!(upstream.saw(format!("GET /page-{number} ").as_bytes()), "{}", upstream.shown());
        // None ends the session of those before it.
        let now = browser.on(SHOP).cookie(SESSION).map(str::to_string);
        assert_eq!(session.get_or_insert(now.clone()), &now, "{number}");
    }
    assert!(session.flatten().is_some());
    // Control: each code was used up, also those that signed nobody in.
    for code in &codes {
        let reply = browser.load(code);
        assert_eq!(reply.status(), 403, "{}", reply.shown());
    }
}

#[test]
fn who_signs_in_in_one_of_many_tabs_arrives() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    // One that has a ticket already, and one that was nowhere.
    for has_ticket in [true, false] {
        let mut browser = Browser::new(&gateway);
        if has_ticket {
            browser.load(&format!("{HOME}/.vestibule/sign-in"));
        }
        let left = leave_at_once(&mut browser);
        let before = browser.on(HOME).cookies.clone();
        let mut answers = Vec::new();
        for away in &left {
            browser.on(HOME).cookies.clone_from(&before);
            let page = browser.open(away);
            assert_eq!(page.status(), 200, "{:?}: {}", browser.trail, page.shown());
            assert_eq!(browser.trail.last().unwrap(), SIGN_IN);
            answers.push(browser.on(HOME).cookies.clone());
        }
        // The answers come in another order than the requests were judged in.
        browser.on(HOME).cookies.clone_from(&answers[0]);
        let reply = browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
        let to = leads_to(&reply).unwrap_or_else(|| panic!("to nowhere: {}", reply.shown()));
        let page = browser.open(&format!("{HOME}{to}"));
        assert_eq!(page.status(), 200, "{has_ticket}: {:?}: {}", browser.trail, page.shown());
        // Control: it is one of those that were opened.
        let at = browser.trail.last().unwrap();
        assert!(at.starts_with(&format!("{SHOP}/page-")), "{at}");
        // Each of the others goes there, from its reload on.
        assert_eq!(browser.open(&format!("{SHOP}/page-3")).status(), 200);
    }
}

#[test]
fn a_link_of_a_stranger_spoils_no_way_back() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    // A host where the browser waits for its sign-in, one where it never was; and as a control a
    // page that it opened itself. The stranger may have asked there before, or asks meanwhile.
    for (from, own) in [(SHOP, false), ("https://desk.work.test", false), (SHOP, true)] {
        let mut browser = Browser::new(&gateway);
        browser.open(&format!("{SHOP}/first"));
        assert_eq!(browser.trail.last().unwrap(), SIGN_IN);
        let mut other = Browser::new(&gateway);
        let leaves = if own { &mut browser } else { &mut other };
        let link = leads_to(&leaves.load(&format!("{from}/second"))).expect("to the pages");
        let (_, departure) = link.split_once("?from=").expect("a departure");
        let asks = format!("{from}/.vestibule/handover?own={departure}");
        other.load(&asks);
        for _ in 0..2 {
            let page = browser.open(&link);
            assert_eq!(page.status(), 200, "{from}: {:?}: {}", browser.trail, page.shown());
            assert_eq!(browser.trail.last().unwrap(), SIGN_IN);
            other.load(&asks);
        }
        let reply = browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
        let to = leads_to(&reply).unwrap_or_else(|| panic!("to nowhere: {}", reply.shown()));
        let page = browser.open(&format!("{HOME}{to}"));
        assert_eq!(page.status(), 200, "{from}: {:?}: {}", browser.trail, page.shown());
        let ends = if own { "second" } else { "first" };
        assert_eq!(browser.trail.last().unwrap(), &format!("{SHOP}/{ends}"));
    }
}

#[test]
fn a_browser_that_forgets_what_it_left_with_is_still_told() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    let away = leads_to(&browser.load(&format!("{SHOP}/"))).expect("to the pages");
    let code = leads_to(&browser.load(&away)).expect("back");
    // Control: with the cookie it would arrive.
    assert!(browser.on(SHOP).cookie(NONCE).is_some());
    browser.on(SHOP).cookies.clear();
    let told = browser.load(&code);
    assert_eq!((told.status(), leads_to(&told)), (403, None), "{}", told.shown());
}
