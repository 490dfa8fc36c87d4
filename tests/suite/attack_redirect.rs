//! Ways to make a sign-in lead elsewhere. The way back is kept on the server and is the page that was
//! asked for, so nothing that a link, a form or a header carries may have an effect on it.

use crate::support::client::{Client, form, hidden};
use crate::support::raw::{self, exchange_and_finish};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, Rig, SharedRig, first_line};

static RIG: SharedRig = SharedRig::new();

/// Addresses a sign-in must never lead to, whatever carries them.
const ELSEWHERE: &[&str] = &[
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/%2fevil.test",
    "%2f%2fevil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\\/evil.test",
    "\\/\\/evil.test",
    "/.\\evil.test",
    "/%5cevil.test",
    "http:\\\\evil.test",
    "https://evil.test/",
    "https://app.test@evil.test",
    "https://app.test:443@evil.test",
    "https://app.test\\@evil.test",
    "javascript:alert('evil.test')",
    "JaVaScRiPt:alert('evil.test')",
    "java\tscript:alert('evil.test')",
    "data:text/html,evil.test",
    "vbscript:evil.test",
    "file://evil.test",
    "view-source:https://evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https:///evil.test",
    "https://app.test.evil.test",
    "https://evil.testapp.test",
    "https://app.test-evil.test",
    "%252f%252fevil.test",
    "/%09/evil.test",
    "/\t/evil.test",
    "//evil%E3%80%82test/evil.test",
    "\u{ff0f}\u{ff0f}evil.test",
    "/%0d%0aSet-Cookie:%20evil.test=1",
    "/%E5%98%8A%E5%98%8DSet-Cookie:evil.test",
    "/ok&next=//evil.test",
    "/.vestibule/sign-out?evil.test",
    "https://127.0.0.1/evil.test",
    "https://[::ffff:127.0.0.1]/evil.test",
    "https://2130706433/evil.test",
    "blob:https://evil.test/x",
    "about:evil.test",
    "https://app.test:8443/evil.test",
    "https://app.test:99999/evil.test",
    "%25252f%25252fevil.test",
    "+AC8-+AC8-evil.test",
    "//\u{24d4}vil.test/evil.test",
];

/// Names other products read a way back from.
const PARAMETERS: &[&str] = &[
    "next",
    "rd",
    "redirect",
    "redirect_uri",
    "redirect_url",
    "return",
    "return_to",
    "return_url",
    "returnUrl",
    "rurl",
    "url",
    "to",
    "goto",
    "continue",
    "dest",
    "target",
    "back",
    "way_back",
    "next[]",
    "pomerium_redirect_uri",
    "RelayState",
    "state",
];

#[test]
fn no_parameter_says_where_a_sign_in_leads() {
    let rig = Rig::lock(&RIG, Recorder::start);
    for value in ELSEWHERE {
        let query: Vec<String> = PARAMETERS.iter().map(|name| query_part(name, value)).collect();
        let target = format!("/.vestibule/sign-in?{}", query.join("&"));
        let reply = client(&rig).get(&target);
        assert!([200, 400, 414].contains(&reply.status()), "{value}: {}", reply.shown());
        assert_eq!(reply.header("location"), None, "{value}");
        assert!(!raw::holds(&reply.bytes, b"evil"), "{value} is repeated: {}", reply.shown());
    }
    // Whole sign-ins are dearer: one with everything that a request can carry.
    let usual = client(&rig).walk_sign_in(ANNA.0, ANNA.1).header("location");
    assert!(usual.is_some(), "a sign-in leads somewhere");
    for value in ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)"] {
        let mut visitor = client(&rig);
        let extra: Vec<(&str, &str)> = PARAMETERS.iter().map(|name| (*name, value)).collect();
        let query: Vec<String> = PARAMETERS.iter().map(|name| query_part(name, value)).collect();
        let query = query.join("&");
        for name in PARAMETERS {
            visitor.cookies.push((name.replace("[]", ""), value.replace([',', ';'], "")));
        }
        let page = visitor.get(&format!("/.vestibule/sign-in?{query}"));
        let csrf = hidden(&page.text(), "csrf");
        let fields = [&[("csrf", csrf.as_str()), ("name", ANNA.0)], &extra[..]].concat();
        let step = visitor.post_form(&format!("/.vestibule/sign-in?{query}"), &fields);
        if step.status() != 303 {
            // A form with fields nobody asked for may be refused as a whole.
            assert!((400..500).contains(&step.status()), "{value}: {}", step.shown());
            continue;
        }
        let page = visitor.get(&format!("/.vestibule/password?{query}"));
        let csrf = hidden(&page.text(), "csrf");
        let fields = [&[("csrf", csrf.as_str()), ("password", ANNA.1)], &extra[..]].concat();
        let done = visitor.post_form(&format!("/.vestibule/password?{query}"), &fields);
        if done.status() == 303 {
            assert_eq!(done.header("location"), usual, "{value}: {}", done.shown());
        } else {
            assert!((400..500).contains(&done.status()), "{value}: {}", done.shown());
        }
    }
}

#[test]
fn the_way_back_is_the_page_that_was_asked_for_and_always_at_home() {
    let rig = Rig::lock(&RIG, Recorder::start);
    // Control: a way back is kept at all.
    let mut visitor = client(&rig);
    assert_eq!(sent_to_sign_in(&mut visitor, "/app?x=1"), 303);
    let back = visitor.walk_sign_in(ANNA.0, ANNA.1).header("location").unwrap_or_default();
    assert_eq!(back.strip_prefix("https://app.test").unwrap_or(&back), "/app?x=1");

    let targets = [
        "//evil.test/x",
        "///evil.test",
        "/\\evil.test",
        "/%2fevil.test",
        "/%5cevil.test",
        "/%0d%0aSet-Cookie:%20evil=1",
        "/.//evil.test",
        "/..//evil.test",
        "/;@evil.test",
        "/@evil.test",
        "/x?next=//evil.test",
    ];
    for target in targets {
        let mut visitor = client(&rig);
        let status = sent_to_sign_in(&mut visitor, target);
        assert!([303, 400].contains(&status), "{target}: {status}");
        let done = visitor.walk_sign_in(ANNA.0, ANNA.1);
        let back = done.header("location").unwrap_or_default();
        assert!(stays_home(&back), "{target} leads to {back}");
        assert!(done.headers("set-cookie").iter().all(|line| !line.starts_with("evil")));
    }
}

#[test]
fn the_redirect_to_sign_in_is_built_from_the_configuration_only() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let lines = [
        ("X-Forwarded-Host", "evil.test"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Prefix", "//evil.test"),
        ("X-Forwarded-Uri", "//evil.test/"),
        ("X-Original-URL", "https://evil.test/"),
        ("Forwarded", "host=evil.test;proto=http"),
        ("Referer", "https://evil.test/"),
        ("Origin", "https://evil.test"),
    ];
    for line in lines {
        let headers = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), line];
        let reply = client(&rig).send("GET", "/page", &headers, b"");
        assert_eq!(reply.status(), 303, "{line:?}: {}", reply.shown());
        let location = reply.header("location").unwrap_or_default();
        let home = location.starts_with("https://app.test/.vestibule/sign-in");
        assert!(home && !location.contains("evil"), "{line:?}: {location}");
    }
}

#[test]
fn a_way_back_belongs_to_the_browser_that_was_sent_away() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let mut visitor = client(&rig);
    assert_eq!(sent_to_sign_in(&mut visitor, "/app?x=1"), 303);
    // The value that stands for it is changed by one character.
    for (_, value) in &mut visitor.cookies {
        let last = if value.ends_with('A') { 'B' } else { 'A' };
        value.pop();
        value.push(last);
    }
    let done = visitor.walk_sign_in(ANNA.0, ANNA.1);
    let back = done.header("location").unwrap_or_default();
    assert!(stays_home(&back) && !back.contains("x=1"), "leads to {back}");
}

fn client(rig: &Rig) -> Client {
    Client::new(rig.gateway.addr, &rig.gateway.public_url)
}

/// Asks for a page without a session and follows as far as the sign-in page; the status of the
/// first answer.
fn sent_to_sign_in(visitor: &mut Client, target: &str) -> u16 {
    let reply = visitor.get(target);
    if let Some(location) = reply.header("location") {
        assert!(location.starts_with("https://app.test/.vestibule/sign-in"), "{location}");
        let path = location.trim_start_matches("https://app.test").to_string();
        assert!(!raw::holds(path.as_bytes(), b"//"), "{location}");
        assert_eq!(visitor.get(&path).status(), 200, "{location}");
    }
    reply.status()
}

/// Whether a location is a path of ours or an absolute address of ours, as a browser reads it: tab
/// and line break are dropped, a backslash is a slash.
fn stays_home(location: &str) -> bool {
    let read: String = location.chars().filter(|c| !c.is_control()).collect();
    let read = read.replace('\\', "/");
    let path = read.strip_prefix("https://app.test").unwrap_or(&read);
    path.starts_with('/') && !path.starts_with("//")
}

fn query_part(name: &str, value: &str) -> String {
    format!("{name}={}", form(value))
}

#[test]
fn the_check_for_home_tells_home_from_elsewhere() {
    for home in ["/", "/app?x=1", "https://app.test/", "/x?next=//evil.test", "/@evil.test"] {
        assert!(stays_home(home), "{home}");
    }
    let away = ["//evil.test", "/\\evil.test", "/\t/evil.test", "https://app.test.evil.test/"];
    for location in
        away.into_iter().chain(["javascript:alert(1)", "https://app.test@evil.test", ""])
    {
        assert!(!stays_home(location), "{location}");
    }
    // Control for the recorder: a target with a host in it arrives as it is without a gateway.
    let recorder = Recorder::start();
    exchange_and_finish(recorder.addr(), b"GET //evil.test/x HTTP/1.1\r\nHost: app.test\r\n\r\n");
    assert_eq!(first_line(&recorder.requests()[0]), b"GET //evil.test/x HTTP/1.1");
}
