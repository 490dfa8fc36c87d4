//! One sign-in for several hosts, and how it ends.

use crate::support::hosts::{Browser, HOME, gateway, leads_to};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, identity_of};

const SHOP: &str = "https://shop.test";
const DESK: &str = "https://desk.work.test";
const API: &str = "https://api.work.test:8443";
const SESSION: &str = "__Host-vestibule";
const NONCE: &str = "__Host-vestibule-nonce";

#[test]
fn who_signs_in_for_one_host_is_signed_in_on_the_next_without_being_asked() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    let page = browser.sign_in_at(&format!("{SHOP}/basket?item=7"));
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert_eq!(browser.trail.last().unwrap(), &format!("{SHOP}/basket?item=7"));
    assert_eq!(identity_of(&upstream.wait_for(b"/basket?item=7")), [ANNA.0]);

    let page = browser.open(&format!("{DESK}/today"));
    assert_eq!(
        (page.status(), browser.trail.last().unwrap().as_str()),
        (200, "https://desk.work.test/today")
    );
    assert_eq!(identity_of(&upstream.wait_for(b"/today")), [ANNA.0]);
    // Each host has a value of its own, and none of them reaches an app.
    let mut values: Vec<String> = [HOME, SHOP, DESK, API]
        .into_iter()
        .map(|origin| browser.on(origin).cookie(SESSION).expect("a session").to_string())
        .collect();
    for value in &values {
        assert!(!upstream.saw(value.as_bytes()));
    }
    values.sort();
    values.dedup();
    assert_eq!(values.len(), 4);
    assert!(!upstream.saw(NONCE.as_bytes()), "{}", upstream.shown());
    // Control: a browser that did not sign in gets nowhere.
    let page = Browser::new(&gateway).open(&format!("{SHOP}/basket"));
    assert!(page.text().contains("name=\"csrf\""), "{}", page.shown());
}

#[test]
fn hosts_of_one_group_get_their_sessions_in_one_sign_in() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    browser.sign_in_at(&format!("{DESK}/"));
    assert_eq!(browser.trail.last().unwrap(), &format!("{DESK}/"));
    let reply = browser.on(API).fetch("/data");
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    assert_eq!(identity_of(&upstream.wait_for(b"/data")), [ANNA.0]);
    // Control: a host outside the group got none.
    assert_eq!(browser.on(SHOP).fetch("/data").status(), 401);
}

#[test]
fn a_sign_out_on_any_host_ends_all() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    for from in [HOME, SHOP, API] {
        let mut browser = Browser::new(&gateway);
        browser.sign_in_at(&format!("{DESK}/"));
        browser.open(&format!("{SHOP}/"));
        for origin in [SHOP, DESK, API] {
            assert_eq!(browser.on(origin).fetch("/x").status(), 200, "{origin}");
        }
        let client = browser.on(from);
        let csrf =
            crate::support::client::hidden(&client.get("/.vestibule/sign-out").text(), "csrf");
        let page = client.post_form("/.vestibule/sign-out", &[("csrf", &csrf)]);
        assert_eq!(page.status(), 200, "{from}: {}", page.shown());
        for origin in [HOME, SHOP, DESK, API] {
            assert_eq!(browser.on(origin).fetch("/x").status(), 401, "{origin} after {from}");
        }
    }
}

#[test]
fn hosts_of_apps_answer_little_of_ours() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    for path in ["/.vestibule/", "/.vestibule/sign-in", "/.vestibule/account", "/.vestibule/phone"]
    {
        let reply = browser.load(&format!("{SHOP}{path}"));
        assert_eq!(reply.header("location").as_deref(), Some(&*format!("{HOME}{path}")), "{path}");
        let posted = browser.on(SHOP).post_form(path, &[("csrf", "x"), ("name", ANNA.0)]);
        assert!([404, 405].contains(&posted.status()), "{path}: {}", posted.shown());
        assert_eq!(posted.header("location"), None, "{path}");
    }
    assert_eq!(browser.on(SHOP).fetch("/.vestibule/jwks.json").status(), 200);
    assert_eq!(browser.on(SHOP).fetch("/.vestibule/whoami").status(), 401);
    assert_eq!(browser.on(SHOP).fetch("/.vestibule/asset/vestibule.css").status(), 200);
    // Control: at home the pages are there.
    assert_eq!(browser.load(&format!("{HOME}/.vestibule/sign-in")).status(), 200);
    assert!(!upstream.saw(b".vestibule"), "{}", upstream.shown());
}

#[test]
fn only_a_page_load_leaves_its_host() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    let form = browser.on(SHOP).post_form("/order", &[("item", "7")]);
    assert_eq!((form.status(), form.header("location")), (401, None), "{}", form.shown());
    let data = browser.on(SHOP).fetch("/data");
    assert_eq!((data.status(), data.header("location")), (401, None), "{}", data.shown());
    // Control: a page load does, and nothing of where it goes is in the address.
    let page = browser.load(&format!("{SHOP}/order?secret=1"));
    let to = page.header("location").expect("an address");
    assert!(to.starts_with(&format!("{HOME}/.vestibule/handover?from=")), "{to}");
    assert!(!to.contains("secret") && !to.contains("shop"), "{to}");
    assert!(page.headers("set-cookie").iter().all(|line| line.contains("HttpOnly")));
}

#[test]
fn a_browser_without_cookies_is_told_and_not_led_round() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    for forgotten in [vec![SESSION, NONCE], vec![NONCE], vec![SESSION]] {
        let mut browser = Browser::new(&gateway);
        browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
        let home = browser.on(HOME).cookies.clone();
        browser.forgets = forgotten.iter().map(|name| (*name).to_string()).collect();
        let mut page = browser.load(&format!("{SHOP}/"));
        let mut steps = 0;
        while let Some(next) = leads_to(&page) {
            steps += 1;
            assert!(steps < 20, "{forgotten:?}: led round and round");
            browser.on(HOME).cookies.clone_from(&home);
            let next = if next.starts_with('/') { format!("{SHOP}{next}") } else { next };
            page = browser.load(&next);
        }
        assert_eq!(page.status(), 403, "{forgotten:?}: {}", page.shown());
        assert!(page.text().contains("cookie"), "{forgotten:?}: {}", page.shown());
    }
    // Control: one that keeps them gets there.
    let mut browser = Browser::new(&gateway);
    browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    assert_eq!(browser.open(&format!("{SHOP}/")).status(), 200);
}

#[test]
fn a_preflight_passes_only_where_its_rule_says_so() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let ask = |path: &str, lines: &str, body: &str| {
        let bytes = format!(
            "OPTIONS {path} HTTP/1.1\r\nHost: api.work.test:8443\r\n{lines}Content-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        raw::exchange(gateway.addr, bytes.as_bytes()).status()
    };
    let asks = "Origin: https://desk.work.test\r\nAccess-Control-Request-Method: POST\r\n";
    // Control: where the rule of the request says so, the app answers.
    assert_eq!(ask("/told/x", asks, ""), 200);
    assert_eq!(identity_of(&upstream.wait_for(b"/told/x")), [""; 0]);
    upstream.clear();
    assert_eq!(ask("/data", asks, ""), 401);
    assert_eq!(ask("/told/x", "", ""), 401, "what is no preflight");
    let other = asks.replace("POST", "DELETE");
    assert_eq!(ask("/told/x", &other, ""), 401, "a method of another rule");
    assert_eq!(ask("/told/x", asks, "GET / HTTP/1.1\r\n\r\n"), 403, "with a body");
    assert!(upstream.requests().is_empty(), "{}", upstream.shown());
}
