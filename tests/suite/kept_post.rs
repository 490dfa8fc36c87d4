//! A form that meets an expired session is kept, and sent once by who filled it in.

use std::time::Duration;

use crate::support::aging::age_sessions;
use crate::support::client::hidden;
use crate::support::gateway::{Gateway, Setup};
use crate::support::hosts::{APPS, Browser, HOME, gateway, leads_to};
use crate::support::raw::{self, Reply};
use crate::support::recorder::{self, Recorder};
use crate::support::rig::{ANNA, identity_of};

pub const SHOP: &str = "https://shop.test";
pub const KEPT: &str = "/.vestibule/kept";
pub const MULTIPART: &str = "multipart/form-data; boundary=xyz";
const URLENCODED: &str = "application/x-www-form-urlencoded";
pub const FILE: &[u8] =
    b"--xyz\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"a.bin\"\r\n\r\n\
    \x00\xff\r\n\x01 scanned page\r\n--xyz--\r\n";
/// Larger than what is kept by default.
const TOO_LARGE: usize = 256 * 1024 + 1;

/// A browser that was signed in on both hosts, and whose time is over.
pub fn expired(gateway: &mut Gateway) -> Browser {
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
pub fn sign_in_again(browser: &mut Browser, origin: &str) -> Reply {
    let page = browser.sign_in_at(&format!("{origin}{KEPT}?sign-in=1"));
    assert_eq!(page.status(), 200, "{:?}: {}", browser.trail, page.shown());
    let last = browser.trail.last().unwrap();
    assert!(last.starts_with(&format!("{origin}{KEPT}?form=")), "{last}");
    page
}

/// Where an answer leads that says that a form is kept.
pub fn kept_page(reply: &Reply) -> String {
    let to = leads_to(reply).unwrap_or_else(|| panic!("to nowhere: {}", reply.shown()));
    assert!(to.starts_with(&format!("{KEPT}?form=")), "{to}: {}", reply.shown());
    to
}

/// What its button sends.
pub fn hidden_fields(page: &Reply) -> Vec<(&'static str, String)> {
    ["csrf", "kept"].map(|name| (name, hidden(&page.text(), name))).to_vec()
}

/// Presses the button of that page, and goes where a browser goes then.
pub fn press(browser: &mut Browser, origin: &str, page: &Reply) -> Reply {
    let fields = hidden_fields(page);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let client = browser.on(origin);
    let reply = client.post_form(KEPT, &fields);
    assert_eq!(reply.status(), 307, "{}", reply.shown());
    let to = reply.header("location").expect("an address");
    client.post_form(&to, &fields)
}

/// A browser whose form to the shop met the end of its session.
fn interrupted(gateway: &mut Gateway) -> Browser {
    let mut browser = expired(gateway);
    send(&mut browser, SHOP, &[("Origin", SHOP), ("Content-Type", MULTIPART)], FILE);
    browser
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
        assert_eq!(kept.status(), 303, "{}", kept.shown());
        let page = browser.load(&format!("{origin}{}", kept_page(&kept)));
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
    kept_page(&kept);
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

/// A page of the shop's host, in the language of these tests.
pub fn in_english(browser: &mut Browser, path: &str) -> Reply {
    browser.on(SHOP).send("GET", path, &[("Accept", "text/html"), ("Accept-Language", "en")], b"")
}

/// Presses as a browser does, which says that the form is from our page.
fn press_in_a_browser(browser: &mut Browser, page: &Reply) -> Reply {
    let (csrf, kept) = (hidden(&page.text(), "csrf"), hidden(&page.text(), "kept"));
    let referer = format!("{SHOP}{KEPT}");
    let lines = [
        ("Accept", "text/html"),
        ("Origin", SHOP),
        ("Referer", referer.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Content-Type", URLENCODED),
    ];
    let body = format!("csrf={csrf}&kept={kept}");
    let client = browser.on(SHOP);
    let reply = client.send("POST", KEPT, &lines, body.as_bytes());
    assert_eq!(reply.status(), 307, "{}", reply.shown());
    let to = reply.header("location").expect("an address");
    client.send("POST", &to, &lines, body.as_bytes())
}

#[test]
fn a_form_of_another_site_bounces_once_where_its_rule_says_so() {
    let upstream = Recorder::start();
    let gateway = gateway(upstream.addr());
    let mut browser = Browser::new(&gateway);
    browser.sign_in_at(&format!("{SHOP}/"));
    let usual = [
        ("Accept", "text/html"),
        ("Accept-Language", "en"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Content-Type", URLENCODED),
    ];
    let bank = ("Origin", "https://bank.test:8443");
    for (said, named, origin) in [
        (&[bank][..], "bank.test:8443", &["https://bank.test:8443"][..]),
        (&[("Origin", "null")], "does not say its name", &["null"]),
        (&[], "does not say its name", &[]),
    ] {
        upstream.clear();
        let lines = [&usual[..], said].concat();
        // A browser sends no cookie with it.
        let mut without = Browser::new(&gateway);
        let refused = without.on(SHOP).send("POST", "/order", &lines, b"paid=1");
        assert_eq!((refused.status(), leads_to(&refused)), (401, None), "{}", refused.shown());
        let bounced = without.on(SHOP).send("POST", "/paid?n=1", &lines, b"paid=1");
        kept_page(&bounced);
        // Who is not signed in sees as well where it comes from.
        let page = in_english(&mut without, KEPT);
        assert!(page.text().contains(named), "{}", page.shown());
        let kept = without.on(SHOP).cookies.clone();
        browser.on(SHOP).cookies.extend(kept);
        // Whatever the address says, the page names the site.
        let page = in_english(&mut browser, &format!("{KEPT}?away=1"));
        assert!(page.text().contains(named), "{}", page.shown());
        let page = in_english(&mut browser, KEPT);
        assert_eq!(page.status(), 200, "{}", page.shown());
        assert!(page.text().contains(named), "{}", page.shown());
        assert!(upstream.requests().is_empty(), "{}", upstream.shown());
        assert_eq!(press_in_a_browser(&mut browser, &page).status(), 200);
        assert!(upstream.saw(b"paid=1"), "{}", upstream.shown());
        let head = upstream.wait_for(b"POST /paid?n=1");
        assert_eq!(identity_of(&head), [ANNA.0]);
        // To the app it is what it was: of another site.
        assert_eq!(raw::header_values(&head, "origin"), origin);
        assert_eq!(raw::header_values(&head, "sec-fetch-site"), ["cross-site"]);
        assert_eq!(raw::header_values(&head, "referer"), [""; 0]);
    }
    // Control: a form of the shop's own page says that it is one.
    let lines = [&usual[..2], &[("Origin", SHOP), ("Sec-Fetch-Site", "same-origin")]].concat();
    browser.on(SHOP).send("POST", "/own", &lines, b"a=b");
    let head = upstream.wait_for(b"POST /own");
    assert_eq!(raw::header_values(&head, "origin"), [SHOP]);
    assert_eq!(raw::header_values(&head, "sec-fetch-site"), ["same-origin"]);
}

/// A door on a Unix socket to what listens elsewhere; closed until it is opened.
fn open_door(path: &std::path::Path, to: std::net::SocketAddr) {
    let listener = std::os::unix::net::UnixListener::bind(path).expect("a socket");
    std::thread::spawn(move || {
        for inside in listener.incoming() {
            let (Ok(mut inside), Ok(mut app)) = (inside, std::net::TcpStream::connect(to)) else {
                return;
            };
            let (mut back, mut from) = (app.try_clone().unwrap(), inside.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut inside, &mut app));
            std::thread::spawn(move || std::io::copy(&mut back, &mut from));
        }
    });
}

#[test]
fn a_form_whose_app_is_away_stays_and_is_sent_once() {
    let upstream = Recorder::start();
    let dir = tempfile::tempdir().expect("a folder");
    let door = dir.path().join("app.sock");
    let mut setup = Setup::new(upstream.addr());
    setup.extra = APPS.replace("http://{upstream}", &format!("unix:{}", door.display()));
    let mut gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let mut browser = interrupted(&mut gateway);
    let page = sign_in_again(&mut browser, SHOP);

    // The app is away: the person is told, and may press again.
    let away = press(&mut browser, SHOP, &page);
    let again = kept_page(&away);
    assert!(again.ends_with("&away=1"), "{again}");
    let page = in_english(&mut browser, &again);
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert!(page.text().contains("could not be sent just now"), "{}", page.shown());
    // Another form of theirs is not taken for it.
    assert_eq!(browser.on(SHOP).cookie("__Host-vestibule-resume"), None);
    assert_eq!(browser.on(SHOP).post_form("/next", &[("a", "b")]).status(), 502);

    open_door(&door, upstream.addr());
    let csrf = hidden(&page.text(), "csrf");
    let kept = browser.on(SHOP).cookies.clone();
    let sent = press(&mut browser, SHOP, &page);
    assert_eq!(sent.status(), 200, "{}", sent.shown());
    assert!(upstream.saw(FILE), "{}", upstream.shown());
    // Once: who brings the same cookies again is told so.
    browser.on(SHOP).cookies = kept;
    let reply = browser.on(SHOP).post_form(KEPT, &[("csrf", &csrf)]);
    assert_eq!(reply.status(), 404, "{}", reply.shown());
    let posts = upstream.requests().iter().filter(|head| head.starts_with(b"POST /order")).count();
    assert_eq!(posts, 1);
}

#[test]
fn of_a_form_whose_app_fails_nobody_says_that_it_arrived() {
    let upstream = Recorder::scripted(|head| match head.starts_with(b"POST /order") {
        true => recorder::Reply::raw("").then_close(),
        false => recorder::Reply::echo(head),
    });
    let mut gateway = gateway(upstream.addr());
    let mut browser = interrupted(&mut gateway);
    let page = sign_in_again(&mut browser, SHOP);
    let failed = press(&mut browser, SHOP, &page);
    assert_eq!((failed.status(), leads_to(&failed)), (502, None), "{}", failed.shown());
    assert!(failed.text().contains("<h1"), "{}", failed.shown());
    let told = browser.load(&format!("{SHOP}{KEPT}"));
    assert_eq!(told.status(), 404, "it is not sent twice: {}", told.shown());
    // Control: the next form is an ordinary one.
    assert_eq!(browser.on(SHOP).cookie("__Host-vestibule-resume"), None);
    assert_eq!(browser.on(SHOP).post_form("/next", &[("a", "b")]).status(), 200);
}

#[test]
fn while_a_form_is_on_its_way_other_forms_are_ordinary() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    let mut browser = interrupted(&mut gateway);
    let page = sign_in_again(&mut browser, SHOP);
    let mark = hidden_fields(&page);
    let fields: Vec<_> = mark.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let client = browser.on(SHOP);
    let led = client.post_form(KEPT, &fields);
    assert_eq!(led.status(), 307, "{}", led.shown());
    // A page of another tab, and what scripts send, even to the same path.
    let resume = client.cookie("__Host-vestibule-resume").expect("a word").to_string();
    assert_eq!(client.post_form("/beat", &[("tab", "2")]).status(), 200);
    for path in ["/beat", "/order?step=2"] {
        let script = [("Origin", SHOP), ("Sec-Fetch-Mode", "cors"), ("Content-Type", "text/plain")];
        let sent = client.send("POST", path, &script, b"by=script");
        assert_eq!(sent.status(), 200, "{path}: {}", sent.shown());
    }
    // A form that a page of the app sends to the same path, from another tab.
    let referer = format!("{SHOP}/order");
    let lines = [("Origin", SHOP), ("Referer", referer.as_str()), ("Content-Type", URLENCODED)];
    let sent = send(&mut browser, SHOP, &lines, b"by=tab");
    assert_eq!(sent.status(), 200, "{}", sent.shown());
    let client = browser.on(SHOP);
    assert!(upstream.saw(b"tab=2") && upstream.saw(b"by=script") && !upstream.saw(FILE));
    assert!(upstream.saw(b"by=tab"), "{}", upstream.shown());
    assert_eq!(client.cookie("__Host-vestibule-resume"), Some(resume.as_str()));
    // Control: the form that was on its way arrives, from a browser that says less of its page.
    let body: Vec<_> = mark.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let origin = format!("{SHOP}/");
    let lines = [("Origin", SHOP), ("Referer", origin.as_str()), ("Content-Type", URLENCODED)];
    let sent = send(&mut browser, SHOP, &lines, body.join("&").as_bytes());
    let client = browser.on(SHOP);
    assert_eq!(sent.status(), 200, "{}", sent.shown());
    assert!(upstream.saw(FILE) && !upstream.saw(b"csrf="), "{}", upstream.shown());
    assert_eq!(client.cookie("__Host-vestibule-resume"), None);
}

#[test]
fn a_form_whose_way_to_the_app_is_lost_can_be_sent_again() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    let mut browser = interrupted(&mut gateway);
    let page = sign_in_again(&mut browser, SHOP);
    let fields = hidden_fields(&page);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // The network is away after the press, and a press comes twice.
    for _ in 0..2 {
        let led = browser.on(SHOP).post_form(KEPT, &fields);
        assert_eq!(led.status(), 307, "{}", led.shown());
    }
    let page = in_english(&mut browser, KEPT);
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert!(!upstream.saw(b"POST /order"), "{}", upstream.shown());
    // Control: it arrives once, and then it is kept no more.
    assert_eq!(press(&mut browser, SHOP, &page).status(), 200);
    assert!(upstream.saw(FILE), "{}", upstream.shown());
    assert_eq!(browser.on(SHOP).cookie("__Host-vestibule-resume"), None);
    assert_eq!(in_english(&mut browser, KEPT).status(), 404);
}

#[test]
fn the_button_sends_the_form_that_its_page_showed() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    let mut browser = interrupted(&mut gateway);
    let page = sign_in_again(&mut browser, SHOP);
    let fields = hidden_fields(&page);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Between page and press, a page elsewhere has one of its own kept.
    let lines = [
        ("Accept", "text/html"),
        ("Origin", "https://evil.test"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Content-Type", URLENCODED),
    ];
    let own = std::mem::take(&mut browser.on(SHOP).cookies);
    let bounced = browser.on(SHOP).send("POST", "/paid?to=evil", &lines, b"paid=1");
    let evil = kept_page(&bounced);
    browser.on(SHOP).cookies.extend(own);
    // A press that names no form sends none.
    let pressed = browser.on(SHOP).post_form(KEPT, &fields[..1]);
    assert_eq!(pressed.status(), 303, "{}", pressed.shown());
    assert_eq!(kept_page(&pressed), evil);
    assert_eq!(browser.on(SHOP).cookie("__Host-vestibule-resume"), None);
    assert_eq!(press(&mut browser, SHOP, &page).status(), 200);
    assert!(upstream.saw(FILE) && !upstream.saw(b"paid=1"), "{}", upstream.shown());
    // Control: the page of the other one says where it is from, and sends that.
    let page = in_english(&mut browser, &evil);
    assert!(page.text().contains("evil.test"), "{}", page.shown());
    assert_eq!(press(&mut browser, SHOP, &page).status(), 200);
    assert!(upstream.saw(b"paid=1"), "{}", upstream.shown());
}

#[test]
fn the_form_of_our_button_is_never_kept_for_the_app() {
    let upstream = Recorder::start();
    let mut gateway = gateway(upstream.addr());
    let mut browser = expired(&mut gateway);
    let old = browser.on(SHOP).cookie("__Host-vestibule").expect("an expired session").to_string();
    send(&mut browser, SHOP, &[("Origin", SHOP), ("Content-Type", MULTIPART)], FILE);
    let page = sign_in_again(&mut browser, SHOP);
    let (csrf, kept) = (hidden(&page.text(), "csrf"), hidden(&page.text(), "kept"));
    let led = browser.on(SHOP).post_form(KEPT, &[("csrf", &csrf), ("kept", &kept)]);
    assert_eq!(led.status(), 307, "{}", led.shown());
    // The time is over once more, between the press and the form.
    let client = browser.on(SHOP);
    client.cookies.retain(|(name, _)| name != "__Host-vestibule");
    client.cookies.push(("__Host-vestibule".to_string(), old));
    let back = client.post_form("/order?step=2", &[("csrf", &csrf)]);
    kept_page(&back);
    assert!(!upstream.saw(b"csrf="), "{}", upstream.shown());
    // Control: what was filled in is still there, and goes to the app.
    let page = browser.open(&format!("{SHOP}{KEPT}?sign-in=1"));
    assert_eq!(press(&mut browser, SHOP, &page).status(), 200);
    assert!(upstream.saw(FILE), "{}", upstream.shown());
}
