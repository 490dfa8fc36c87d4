//! The headers of every answer that is ours, page and refusal alike, and that no app's answer gets
//! them.

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Reply};
use crate::support::recorder::{self, Recorder};
use crate::support::rig::{ANNA, Rig};

/// Names and values of header lines.
type Fields = &'static [(&'static str, &'static str)];
/// Target, host, what is accepted and the status.
type Row = (&'static str, &'static str, Fields, u16);

const HTML: Fields = &[("Accept", "text/html,*/*;q=0.8")];
const JSON: Fields = &[("Accept", "application/json")];

/// Name, and what its value must hold.
const EVERYWHERE: &[(&str, &[&str])] = &[
    (
        "content-security-policy",
        &["default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"],
    ),
    ("x-content-type-options", &["nosniff"]),
    ("referrer-policy", &["same-origin"]),
    ("cross-origin-opener-policy", &["same-origin"]),
    ("cross-origin-resource-policy", &["same-origin"]),
    ("x-frame-options", &["DENY"]),
    ("strict-transport-security", &["max-age="]),
    ("cache-control", &["no-store"]),
];

/// For a visitor without a session.
const STRANGER: &[Row] = &[
    ("/.vestibule", "app.test", HTML, 200),
    ("/.vestibule/", "app.test", HTML, 200),
    ("/.vestibule/?lang=nl", "app.test", HTML, 200),
    ("/.vestibule/sign-in", "app.test", HTML, 200),
    ("/.vestibule/password", "app.test", HTML, 303),
    ("/.vestibule/sign-out", "app.test", HTML, 200),
    ("/.vestibule/whoami", "app.test", JSON, 401),
    ("/.vestibule/nothing", "app.test", HTML, 404),
    ("/.vestibule/nothing", "app.test", JSON, 404),
    ("/.vestibule/asset/nothing", "app.test", HTML, 404),
    ("/.vestibule/sign-in?lang=a&lang=b", "app.test", HTML, 400),
    ("/.Vestibule/sign-in", "app.test", HTML, 404),
    ("/.Vestibule/sign-in", "app.test", JSON, 404),
    ("/page", "app.test", HTML, 303),
    ("/page", "app.test", JSON, 401),
    ("/page", "nowhere.test", HTML, 421),
    ("/page", "nowhere.test", JSON, 421),
    ("/a//b", "app.test", HTML, 400),
    ("/a//b", "app.test", JSON, 400),
    ("/page", "away.test", HTML, 502),
    ("/page", "away.test", JSON, 502),
];

/// For somebody who is signed in and in no group.
const SIGNED_IN: &[Row] = &[
    ("/.vestibule/", "app.test", HTML, 200),
    ("/.vestibule/sign-in", "app.test", HTML, 303),
    ("/.vestibule/sign-out", "app.test", HTML, 200),
    ("/.vestibule/whoami", "app.test", JSON, 200),
    ("/admin/page", "app.test", HTML, 403),
    ("/admin/page", "app.test", JSON, 403),
];

#[test]
fn every_answer_of_ours_tells_the_browser_what_it_may_do_with_it() {
    let rig = start();
    let mut seen = 0;
    for (rows, session) in [(STRANGER, ""), (SIGNED_IN, rig.session.as_str())] {
        for (target, host, accept, status) in rows {
            let reply = send(&rig.gateway, session, host, "GET", target, accept);
            let row = format!("{host}{target} {accept:?}");
            assert_eq!(reply.status(), *status, "{row}: {}", reply.shown());
            assert_eq!(faults(&reply), Vec::<String>::new(), "{row}: {}", reply.shown());
            seen += 1;
        }
    }
    assert_eq!(seen, STRANGER.len() + SIGNED_IN.len());
    // Other methods, and forms.
    let mut browser = client(&rig.gateway);
    let answers = [
        (405, browser.send("DELETE", "/.vestibule/sign-in", HTML, b"")),
        (405, browser.send("DELETE", "/.vestibule/sign-in", JSON, b"")),
        (403, browser.send("POST", "/.vestibule/sign-out", HTML, b"")),
        (422, browser.walk_sign_in(ANNA.0, "not the passphrase at all")),
        (413, browser.send("POST", "/.vestibule/sign-in", HTML, &[b'x'; 70 * 1024])),
    ];
    for (status, reply) in answers {
        assert!([status, 415].contains(&reply.status()), "{status}: {}", reply.shown());
        assert_eq!(faults(&reply), Vec::<String>::new(), "{}", reply.shown());
    }

    // Control: the app's own answer has none of them, and one that is missing or another is seen.
    let app = send(&rig.gateway, &rig.session, "app.test", "GET", "/page", HTML);
    assert_eq!(app.status(), 200);
    assert_eq!(faults(&app).len(), EVERYWHERE.len());
    let page = send(&rig.gateway, "", "app.test", "GET", "/.vestibule/", HTML);
    for (from, to) in
        [("nosniff", "sniff"), ("no-store", "private"), ("default-src 'none'", "default-src *")]
    {
        let changed = raw::replace(&page.bytes, from.as_bytes(), to.as_bytes());
        assert_ne!(changed, page.bytes, "{from}");
        assert!(!faults(&Reply { bytes: changed, closed: true }).is_empty(), "{from}");
    }
}

#[test]
fn a_message_that_is_refused_before_it_is_a_request_is_not_sniffed_or_kept_either() {
    let rig = start();
    let cookie = "x".repeat(40 * 1024);
    for (status, bytes) in [
        (400, "GET / HTTP/1.1\r\nHost: app.test\r\nHost: app.test\r\n\r\n".to_string()),
        (400, "GET / HTTP/1.1\r\nHost : app.test\r\n\r\n".to_string()),
        (400, "GET / HTTP/1.1\r\nHost: <script>\r\nAccept: text/html\r\n\r\n".to_string()),
        (405, "BREW / HTTP/1.1\r\nHost: app.test\r\n\r\n".to_string()),
        (431, format!("GET / HTTP/1.1\r\nHost: app.test\r\nCookie: a={cookie}\r\n\r\n")),
        (414, format!("GET /{} HTTP/1.1\r\nHost: app.test\r\n\r\n", "x".repeat(9000))),
    ] {
        let reply = raw::exchange(rig.gateway.addr, bytes.as_bytes());
        let row = bytes.lines().take(2).collect::<Vec<_>>().join(" | ");
        let row = row.chars().take(80).collect::<String>();
        assert_eq!(reply.status(), status, "{row}: {}", reply.shown());
        assert_eq!(reply.header("cache-control").as_deref(), Some("no-store"), "{row}");
        let sniffed = reply.header("x-content-type-options");
        assert_eq!(sniffed.as_deref(), Some("nosniff"), "{row}: {}", reply.shown());
    }
}

#[test]
fn what_may_be_kept_is_kept_and_says_so() {
    let rig = start();
    for (target, kind) in [
        ("/.vestibule/asset/vestibule.css", "text/css; charset=utf-8"),
        ("/.vestibule/asset/vestibule.js", "text/javascript; charset=utf-8"),
        ("/.vestibule/asset/icon.svg", "image/svg+xml"),
        ("/.vestibule/jwks.json", "application/jwk-set+json"),
    ] {
        let reply = send(&rig.gateway, "", "app.test", "GET", target, JSON);
        assert_eq!(reply.status(), 200, "{target}: {}", reply.shown());
        assert_eq!(reply.header("content-type").as_deref(), Some(kind), "{target}");
        let kept = reply.header("cache-control").unwrap_or_default();
        assert!(kept.contains("public") && kept.contains("max-age="), "{target}: {kept}");
        assert_eq!(reply.headers("set-cookie"), Vec::<String>::new(), "{target}");
        let faults = faults(&reply);
        assert_eq!(faults, [format!("cache-control is {kept}")], "{target}: {}", reply.shown());
    }
}

#[test]
fn every_cookie_of_ours_has_every_mark() {
    let rig = start();
    let mut browser = client(&rig.gateway);
    let mut set = Vec::new();
    let page = browser.get("/page");
    assert_eq!(page.status(), 303, "{}", page.shown());
    set.extend(page.headers("set-cookie"));
    set.extend(browser.get("/.vestibule/sign-in?lang=nl").headers("set-cookie"));
    set.extend(client(&rig.gateway).get("/.vestibule/sign-in").headers("set-cookie"));
    set.extend(browser.walk_sign_in(ANNA.0, ANNA.1).headers("set-cookie"));
    let out = browser.get("/.vestibule/sign-out");
    set.extend(out.headers("set-cookie"));
    let csrf = crate::support::client::hidden(&out.text(), "csrf");
    let done = browser.post_form("/.vestibule/sign-out", &[("csrf", &csrf)]);
    set.extend(done.headers("set-cookie"));
    for name in ["__Host-vestibule=", "__Host-vestibule-ticket=", "__Host-vestibule-language="] {
        assert!(set.iter().any(|line| line.starts_with(name)), "no {name} in {set:?}");
    }
    for line in &set {
        assert_eq!(cookie_faults(line), Vec::<&str>::new(), "{line}");
    }
    // Control: each mark is looked for.
    let good = "__Host-vestibule=v; HttpOnly; SameSite=Lax; Secure; Path=/";
    assert_eq!(cookie_faults(good), Vec::<&str>::new());
    for part in ["__Host-", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert_eq!(cookie_faults(&good.replace(part, "")).len(), 1, "{part}");
    }
    assert_eq!(cookie_faults(&format!("{good}; Domain=app.test")).len(), 1);
}

#[test]
fn a_gateway_on_this_machine_alone_does_not_promise_tls() {
    let upstream = Recorder::start();
    let mut setup = Setup::new(upstream.addr());
    setup.public_url = "http://localhost:0".to_string();
    let gateway = Gateway::start(setup);
    let page = client(&gateway).get("/.vestibule/sign-in");
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert_eq!(faults(&page), ["strict-transport-security is missing"]);
    let set = page.header("set-cookie").expect("a ticket");
    assert!(set.starts_with("vestibule-ticket="), "{set}");
    assert_eq!(cookie_faults(&set), ["__Host-", "Secure"]);
}

#[test]
fn an_apps_own_answer_passes_as_it_is() {
    let bare = "Content-Type: text/plain\r\n";
    let own = "Content-Type: text/html\r\nContent-Security-Policy: default-src *\r\n\
               X-Frame-Options: SAMEORIGIN\r\nReferrer-Policy: unsafe-url\r\n\
               Cross-Origin-Opener-Policy: unsafe-none\r\nCache-Control: max-age=5\r\n\
               Cross-Origin-Resource-Policy: cross-origin\r\nVary: Accept\r\n\
               Strict-Transport-Security: max-age=1\r\nX-Content-Type-Options: x\r\n\
               Set-Cookie: app=1; Path=/app\r\nWWW-Authenticate: Basic realm=\"app\"\r\n";
    for status in ["200 OK", "401 Unauthorized", "404 Not Found", "500 Internal Server Error"] {
        for headers in [bare, own] {
            let answer = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 2\r\n\r\nhi");
            let scripted = answer.clone();
            let upstream =
                Recorder::scripted(move |_| recorder::Reply::raw(scripted.clone().into_bytes()));
            let gateway = Gateway::start(Setup::new(upstream.addr()));
            let reply = client(&gateway).fetch("/public/page");
            let ours = ["x-request-id", "date", "connection"];
            assert_eq!(lines(&reply.head(), &ours), lines(&answer, &ours), "{status}");
            assert_eq!(reply.text(), "hi", "{status}");
        }
    }
}

// ---- Means --------------------------------------------------------------------------------------

/// A gateway with one more app, which is away.
fn start() -> Rig {
    let recorder = Recorder::start();
    let mut setup = Setup::new(recorder.addr());
    // Port 1 is nobody's.
    setup.extra = "[[app]]\nname = \"away\"\nhosts = [\"away.test\"]\n\
                   upstreams = [\"http://127.0.0.1:1\"]\nheaders = \"remote\"\n\
                   [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n"
        .to_string();
    let gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let session = gateway.sign_in(ANNA.0, ANNA.1);
    Rig { gateway, recorder, session }
}

fn client(gateway: &Gateway) -> Client {
    Client::new(gateway.addr, &gateway.public_url)
}

fn send(
    gateway: &Gateway,
    session: &str,
    host: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Reply {
    let mut browser = client(gateway);
    browser.host = host.to_string();
    browser.cookies.extend(session.split_once('=').map(|(n, v)| (n.to_string(), v.to_string())));
    browser.send(method, target, headers, b"")
}

/// Which headers of ours an answer lacks, has twice or has with another value.
fn faults(reply: &Reply) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, parts) in EVERYWHERE {
        match reply.headers(name).as_slice() {
            [] => faults.push(format!("{name} is missing")),
            [value] if parts.iter().all(|part| value.contains(part)) => {}
            [value] => faults.push(format!("{name} is {value}")),
            more => faults.push(format!("{name} is there {} times", more.len())),
        }
    }
    faults
}

fn cookie_faults(line: &str) -> Vec<&'static str> {
    let marks: Vec<&str> = line.split(';').skip(1).map(str::trim).collect();
    let mut faults = Vec::new();
    if !line.starts_with("__Host-") {
        faults.push("__Host-");
    }
    for mark in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        if !marks.contains(&mark) {
            faults.push(mark);
        }
    }
    if marks.iter().any(|mark| mark.to_ascii_lowercase().starts_with("domain")) {
        faults.push("Domain");
    }
    faults
}

/// The lines of a head in a fixed order, without the status line and these fields.
fn lines(message: &str, without: &[&str]) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut lines: Vec<String> = fields
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    lines.sort();
    lines
}
