//! A form that meets an expired session is kept, and sent once by who filled it in.

use std::time::Duration;

use vestibule::domain::Moment;
use vestibule::store::record::SessionRecord;
use vestibule::store::{Change, Expect, SledStore, Store, Table};

use crate::support::client::hidden;
use crate::support::gateway::Gateway;
use crate::support::hosts::{Browser, HOME, gateway, leads_to};
use crate::support::raw::{self, Reply};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, identity_of};

const SHOP: &str = "https://shop.test";
const KEPT: &str = "/.vestibule/kept";
const MULTIPART: &str = "multipart/form-data; boundary=xyz";
const FILE: &[u8] =
    b"--xyz\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"a.bin\"\r\n\r\n\
    \x00\xff\r\n\x01 scanned page\r\n--xyz--\r\n";
/// Larger than what is kept by default.
const TOO_LARGE: usize = 256 * 1024 + 1;

/// A browser that was signed in on both hosts, and whose time is over.
fn expired(gateway: &mut Gateway) -> Browser {
    let mut browser = Browser::new(gateway);
    browser.sign_in_at(&format!("{SHOP}/"));
    assert_eq!(browser.on(HOME).fetch("/").status(), 200);
    gateway.terminate();
    age_sessions(gateway, Duration::from_secs(13 * 60 * 60));
    gateway.restart();
    browser.moved_to(gateway);
    assert_eq!(browser.on(SHOP).fetch("/").status(), 401);
    browser
}

/// Sends a form as a page of `origin` does.
fn send(browser: &mut Browser, origin: &str, lines: &[(&str, &str)], body: &[u8]) -> Reply {
    let usual =
        [("Accept", "text/html"), ("Accept-Language", "en"), ("Sec-Fetch-Mode", "navigate")];
    let lines = [&usual[..], lines].concat();
    browser.on(origin).send("POST", "/order?step=2", &lines, body)
}

/// Signs in again and comes to where the form can be sent.
fn sign_in_again(browser: &mut Browser, origin: &str) -> Reply {
    let page = browser.sign_in_at(&format!("{origin}{KEPT}?sign-in=1"));
    assert_eq!(page.status(), 200, "{:?}: {}", browser.trail, page.shown());
    assert_eq!(browser.trail.last().unwrap(), &format!("{origin}{KEPT}"));
    page
}

/// Presses the button of that page, and goes where a browser goes then.
fn press(browser: &mut Browser, origin: &str, page: &Reply) -> Reply {
    let csrf = hidden(&page.text(), "csrf");
    let client = browser.on(origin);
    let reply = client.post_form(KEPT, &[("csrf", &csrf)]);
    assert_eq!(reply.status(), 307, "{}", reply.shown());
    let to = reply.header("location").expect("an address");
    client.post_form(&to, &[("csrf", &csrf)])
}

#[test]
fn a_form_that_meets_an_expired_session_is_sent_after_the_sign_in() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    for origin in [SHOP, HOME] {
        let mut browser = expired(&mut gateway);
        upstream.clear();
        let kept =
            send(&mut browser, origin, &[("Origin", origin), ("Content-Type", MULTIPART)], FILE);
        assert_eq!(
            (kept.status(), leads_to(&kept).as_deref()),
            (303, Some(KEPT)),
            "{}",
            kept.shown()
        );
        let page = browser.load(&format!("{origin}{KEPT}"));
        assert_eq!(page.status(), 200, "{}", page.shown());
        assert!(!page.text().contains("scanned"), "nothing of it is shown");
        let page = sign_in_again(&mut browser, origin);
        assert!(!upstream.saw(b"scanned page"), "it was not sent yet");
        let sent = press(&mut browser, origin, &page);
        assert_eq!(sent.status(), 200, "{origin}: {}", sent.shown());

        assert!(upstream.saw(FILE), "{origin}: {}", upstream.shown());
        let head = upstream.wait_for(b"POST /order?step=2");
        assert_eq!(identity_of(&head), [ANNA.0]);
        assert_eq!(raw::header_values(&head, "content-type"), [MULTIPART]);
        assert_eq!(raw::header_values(&head, "content-length"), [FILE.len().to_string()]);
        assert!(!upstream.saw(b"csrf="), "what the button sent stays here");
        // It is gone, and the browser's next form is an ordinary one.
        assert_eq!(browser.load(&format!("{origin}{KEPT}")).status(), 404);
        assert_eq!(browser.on(origin).post_form("/next", &[("a", "b")]).status(), 200);
        assert!(upstream.saw(b"a=b"));
    }
}

#[test]
fn only_a_form_of_the_same_origin_with_an_expired_session_is_kept() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    let mut browser = expired(&mut gateway);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let own = ("Origin", SHOP);
    for lines in [
        &[form][..],
        &[form, ("Origin", "null")],
        &[form, ("Origin", "https://evil.test")],
        &[form, ("Origin", "https://desk.work.test")],
        &[form, own, own],
        &[form, own, ("Sec-Fetch-Site", "cross-site")],
        &[form, own, ("Sec-Fetch-Dest", "iframe")],
        &[own, ("Content-Type", "application/json")],
        &[own, ("Content-Type", "text/plain")],
        &[own],
    ] {
        let reply = send(&mut browser, SHOP, lines, b"a=b");
        assert_eq!((reply.status(), leads_to(&reply)), (401, None), "{lines:?}: {}", reply.shown());
    }
    // A browser that had no session, and one that was signed out.
    let mut stranger = Browser::new(&gateway);
    assert_eq!(send(&mut stranger, SHOP, &[form, own], b"a=b").status(), 401);
    let mut left = Browser::new(&gateway);
    left.sign_in_at(&format!("{SHOP}/"));
    let old = left.on(SHOP).cookies.clone();
    let csrf = hidden(&left.on(SHOP).get("/.vestibule/sign-out").text(), "csrf");
    left.on(SHOP).post_form("/.vestibule/sign-out", &[("csrf", &csrf)]);
    left.on(SHOP).cookies = old;
    assert_eq!(send(&mut left, SHOP, &[form, own], b"a=b").status(), 401);
    // One that is too large is said to be.
    let large = send(&mut browser, SHOP, &[form, own], &vec![b'a'; TOO_LARGE]);
    assert_eq!((large.status(), leads_to(&large)), (413, None), "{}", large.shown());
    assert!(large.text().contains("copy your text"), "{}", large.shown());
    // Control: the same form from the shop's own page is kept.
    let kept = send(&mut browser, SHOP, &[form, own], b"a=b");
    assert_eq!(leads_to(&kept).as_deref(), Some(KEPT), "{}", kept.shown());
    assert!(!upstream.saw(b"POST /order"), "{}", upstream.shown());
}

#[test]
fn a_kept_form_is_its_owners_alone() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    gateway.add_account("bert", ANNA.1, &[]);
    let mut browser = expired(&mut gateway);
    let lines = [("Origin", SHOP), ("Content-Type", MULTIPART)];
    send(&mut browser, SHOP, &lines, FILE);
    let kept = browser.on(SHOP).cookie("__Host-vestibule-kept").expect("its half").to_string();
    browser.on(HOME).walk_sign_in("bert", ANNA.1);
    let page = browser.open(&format!("{SHOP}{KEPT}?sign-in=1"));
    assert_eq!(page.status(), 403, "{:?}: {}", browser.trail, page.shown());
    // Whoever goes round the page gets no further.
    let resume = ("__Host-vestibule-resume".to_string(), kept);
    browser.on(SHOP).cookies.push(resume);
    let reply = browser.on(SHOP).post_form("/order?step=2", &[("csrf", "x")]);
    assert_eq!(reply.status(), 410, "{}", reply.shown());
    assert!(!upstream.saw(b"scanned page") && !upstream.saw(b"csrf=x"), "{}", upstream.shown());
    // Control: its owner may.
    browser.on(HOME).cookies.clear();
    browser.on(SHOP).cookies.retain(|(name, _)| name.ends_with("-kept"));
    let page = sign_in_again(&mut browser, SHOP);
    assert_eq!(press(&mut browser, SHOP, &page).status(), 200);
    assert!(upstream.saw(FILE), "{}", upstream.shown());
}

#[test]
fn a_form_of_another_site_bounces_once_where_its_rule_says_so() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    browser.sign_in_at(&format!("{SHOP}/"));
    upstream.clear();
    let lines = [
        ("Accept", "text/html"),
        ("Origin", "https://bank.test"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    // A browser sends no cookie with it.
    let mut without = Browser::new(&gateway);
    let refused = without.on(SHOP).send("POST", "/order", &lines, b"paid=1");
    assert_eq!((refused.status(), leads_to(&refused)), (401, None), "{}", refused.shown());
    let bounced = without.on(SHOP).send("POST", "/paid?n=1", &lines, b"paid=1");
    assert_eq!(leads_to(&bounced).as_deref(), Some(KEPT), "{}", bounced.shown());
    let kept = without.on(SHOP).cookies.clone();
    browser.on(SHOP).cookies.extend(kept);
    let page = browser.load(&format!("{SHOP}{KEPT}"));
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert!(upstream.requests().is_empty(), "{}", upstream.shown());
    assert_eq!(press(&mut browser, SHOP, &page).status(), 200);
    assert!(upstream.saw(b"paid=1"), "{}", upstream.shown());
    assert_eq!(identity_of(&upstream.wait_for(b"POST /paid?n=1")), [ANNA.0]);
}

/// Lets time go by in the store of a gateway that does not run.
fn age_sessions(gateway: &Gateway, by: Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a run-time");
    let store = SledStore::open(&gateway.dir.path().join("data/store")).expect("the store opens");
    runtime.block_on(async {
        let now = Moment::from_unix_millis(0);
        let all = store.list(Table::Session, None, 1000, now).await.expect("sessions");
        assert!(!all.is_empty());
        for (key, stored) in all {
            let mut record = SessionRecord::decode(&stored.data).expect("a session");
            let back = |at: Moment| {
                let by = u64::try_from(by.as_millis()).expect("a span");
                Moment::from_unix_millis(at.unix_millis() - by)
            };
            record.opened = back(record.opened);
            record.last_seen = back(record.last_seen);
            record.proven_at = back(record.proven_at);
            let (place, expect) = ((Table::Session, key), Expect::Version(stored.version));
            let data = record.encode().expect("bytes");
            let change = Change::new().put(place, expect, data, stored.expires);
            store.commit(change, now).await.expect("kept");
        }
    });
}
