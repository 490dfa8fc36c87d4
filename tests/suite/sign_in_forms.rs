//! A form that did not come from our own page, in this browser, changes nothing (attack rows C01,
//! C02, C03, C05), and neither does one that cannot be read.

use crate::sign_in_throttle::sign_ins;
use crate::support::client::{Client, form, hidden};
use crate::support::raw::Reply;
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, Rig, SharedRig};

static RIG: SharedRig = SharedRig::new();

const SITE: &str = "Sec-Fetch-Site";

/// Whose token a form carries.
#[derive(Clone, Copy)]
enum Token {
    Own,
    Missing,
    Foreign,
}

/// Names and values of header lines.
type Fields = &'static [(&'static str, &'static str)];

/// What a forged form says about itself.
const FORGED: &[(&str, Fields, Token)] = &[
    ("C01", &[("Origin", "https://evil.test"), (SITE, "cross-site")], Token::Missing),
    ("C01 with the token", &[("Origin", "https://evil.test"), (SITE, "cross-site")], Token::Own),
    ("C01 Origin alone", &[("Origin", "https://evil.test")], Token::Own),
    ("C01 Origin null", &[("Origin", "null")], Token::Own),
    ("C01 Sec-Fetch-Site alone", &[(SITE, "cross-site")], Token::Own),
    ("C02", &[], Token::Missing),
    ("C02 with the token", &[], Token::Own),
    ("C02 from our page", &[("Origin", "https://app.test")], Token::Missing),
    ("C03", &[("Origin", "https://evil.app.test"), (SITE, "same-site")], Token::Own),
    ("C03 other port", &[("Origin", "https://app.test:8443"), (SITE, "same-site")], Token::Own),
    ("C03 no TLS", &[("Origin", "http://app.test")], Token::Own),
    ("C05", &[("Origin", "https://app.test"), (SITE, "same-origin")], Token::Foreign),
];

const HONEST: Fields = &[("Origin", "https://app.test"), (SITE, "same-origin")];

#[test]
fn a_forged_name_is_not_taken() {
    let rig = Rig::lock(&RIG, Recorder::start);
    for (row, headers, token) in FORGED {
        let mut browser = client(&rig);
        let page = browser.get("/.vestibule/sign-in");
        let token = token.of(&rig, &hidden(&page.text(), "csrf"));
        let reply = post(&mut browser, "sign-in", headers, &[token, field("name", ANNA.0)]);
        assert_refused(row, &reply);
        let next = browser.get("/.vestibule/password");
        assert_eq!(next.status(), 303, "{row}: the name was kept: {}", next.shown());
    }
    // Control: the same post, honest.
    let mut browser = client(&rig);
    let csrf = hidden(&browser.get("/.vestibule/sign-in").text(), "csrf");
    let fields = [field("csrf", &csrf), field("name", ANNA.0)];
    assert_eq!(post(&mut browser, "sign-in", HONEST, &fields).status(), 303);
    assert_eq!(browser.get("/.vestibule/password").status(), 200);
}

#[test]
fn a_forged_password_is_not_looked_at() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let before = sign_ins(&rig.gateway, "opened");
    for (row, headers, token) in FORGED {
        let mut browser = client(&rig);
        let token = token.of(&rig, &browser.walk_to_password(ANNA.0));
        let fields = [token, field("password", ANNA.1)];
        let reply = post(&mut browser, "password", headers, &fields);
        assert_refused(row, &reply);
        assert_eq!(browser.fetch("/").status(), 401, "{row}");
    }
    // The attacker's own name and password, with the ticket of another browser (C05).
    let mut attacker = client(&rig);
    let csrf = attacker.walk_to_password(ANNA.0);
    let mut victim = client(&rig);
    victim.get("/.vestibule/sign-in");
    let fields = [field("csrf", &csrf), field("password", ANNA.1)];
    assert_refused("C05", &post(&mut victim, "password", HONEST, &fields));
    let mut fresh = client(&rig);
    let reply = post(&mut fresh, "password", HONEST, &fields);
    assert!(!opens_session(&reply), "C05 without a ticket: {}", reply.shown());
    for browser in [&mut victim, &mut fresh] {
        assert_eq!(browser.fetch("/").status(), 401);
    }
    assert_eq!(sign_ins(&rig.gateway, "opened"), before);
    // Control: the attacker's own browser may.
    assert!(opens_session(&post(&mut attacker, "password", HONEST, &fields)));
    assert_eq!(sign_ins(&rig.gateway, "opened"), before + 1);
}

#[test]
fn a_forged_sign_out_ends_nothing() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let mut browser = client(&rig);
    assert_eq!(browser.walk_sign_in(ANNA.0, ANNA.1).status(), 303);
    let csrf = hidden(&browser.get("/.vestibule/sign-out").text(), "csrf");
    for (row, headers, token) in FORGED {
        let token = token.of(&rig, &csrf);
        assert_refused(row, &post(&mut browser, "sign-out", headers, &[token]));
        assert_eq!(browser.fetch("/").status(), 200, "{row}: signed out");
    }
    // Control: the same post, honest.
    assert_eq!(post(&mut browser, "sign-out", HONEST, &[field("csrf", &csrf)]).status(), 200);
    assert_eq!(browser.fetch("/").status(), 401);
}

#[test]
fn a_body_that_is_no_form_gets_a_page_of_ours() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let urlencoded = "application/x-www-form-urlencoded";
    let bodies: [(&str, &[u8]); 8] = [
        ("text/plain", b"csrf=x&name=y"),
        ("application/json", br#"{"csrf":"x","name":"y"}"#),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
        ("application/xml", b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>"),
        ("", b"csrf=x&name=y"),
        (urlencoded, b"csrf=%ff&name=%ff"),
        (urlencoded, b"csrf=x&csrf=y&name=z"),
        (urlencoded, b"\xff\x00%zz&&&===[]"),
    ];
    for (kind, body) in bodies {
        for page in ["sign-in", "password", "sign-out"] {
            let mut browser = client(&rig);
            browser.walk_to_password(ANNA.0);
            let mut headers = [HONEST, &[("Accept", "text/html")]].concat();
            if !kind.is_empty() {
                headers.push(("Content-Type", kind));
            }
            let reply = browser.send("POST", &format!("/.vestibule/{page}"), &headers, body);
            let row = format!("{page} {kind} {:?}", String::from_utf8_lossy(body));
            assert!((400..500).contains(&reply.status()), "{row}: {}", reply.shown());
            assert_page(&row, &reply);
        }
    }
    // So does a query that cannot be read.
    for query in ["lang=fr&lang=nl", "lang=%ff", "problem=a&problem=b", "lang"] {
        let reply = client(&rig).get(&format!("/.vestibule/sign-in?{query}"));
        assert!(reply.status() < 500, "{query}: {}", reply.shown());
        assert_page(query, &reply);
    }
    // Control: a form that can be read leads on.
    let mut browser = client(&rig);
    assert_eq!(browser.walk_sign_in(ANNA.0, ANNA.1).status(), 303);
}

// ---- Means --------------------------------------------------------------------------------------

fn client(rig: &Rig) -> Client {
    Client::new(rig.gateway.addr, &rig.gateway.public_url)
}

fn field(name: &str, value: &str) -> String {
    format!("{name}={}", form(value))
}

impl Token {
    /// As a field of the form.
    fn of(self, rig: &Rig, own: &str) -> String {
        match self {
            Self::Own => field("csrf", own),
            Self::Missing => field("other", "1"),
            Self::Foreign => {
                let page = client(rig).get("/.vestibule/sign-in");
                field("csrf", &hidden(&page.text(), "csrf"))
            }
        }
    }
}

fn post(browser: &mut Client, page: &str, headers: &[(&str, &str)], fields: &[String]) -> Reply {
    let always = [("Accept", "text/html"), ("Content-Type", "application/x-www-form-urlencoded")];
    let headers = [&always[..], headers].concat();
    browser.send("POST", &format!("/.vestibule/{page}"), &headers, fields.join("&").as_bytes())
}

/// Nothing is set. What came with the token of another ticket may be from a tab of before: it is led
/// back to the page; everything else is told that it was stopped.
fn assert_refused(row: &str, reply: &Reply) {
    assert_eq!(reply.headers("set-cookie"), Vec::<String>::new(), "{row}");
    if reply.status() == 303 {
        let location = reply.header("location").unwrap_or_default();
        assert!(location.starts_with("/.vestibule/"), "{row}: {}", reply.shown());
        return;
    }
    assert_eq!(reply.status(), 403, "{row}: {}", reply.shown());
    assert_page(row, reply);
}

/// A whole page in a language of ours, with nothing in it for programmers.
fn assert_page(row: &str, reply: &Reply) {
    let text = reply.text();
    let kind = reply.header("content-type");
    assert_eq!(kind.as_deref(), Some("text/html; charset=utf-8"), "{row}: {}", reply.shown());
    assert!(text.contains("<html lang=\"fr\">"), "{row}: {text}");
    for word in ["Failed to", "deserialize", "Content-Type", "duplicate field", "invalid"] {
        assert!(!text.contains(word), "{row}: {word} in {text}");
    }
}

fn opens_session(reply: &Reply) -> bool {
    reply.headers("set-cookie").iter().any(|line| line.starts_with("__Host-vestibule="))
}
