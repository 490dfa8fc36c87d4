//! Cookies that are no session, methods that do not pass, upgrades that are
//! none, and what an app may not say.

use super::message::Protocol;
use super::row::{Expect, Row, Shot};
use super::subject::{Subject, Visitor};
use crate::domain::Cookies;

const STOPPED: &str = "refused; no byte reaches the app";

/// The rows.
pub fn rows(subject: &Subject) -> Vec<Row> {
    let mut rows = sessions(subject);
    rows.push(subject.row(
        ("H22-H23", "TRACE, CONNECT and methods nobody knows", STOPPED),
        &Expect::Stopped,
        true,
        &[
            b"TRACE {T} HTTP/1.1\r\n{H}\r\n",
            b"CONNECT {T} HTTP/1.1\r\n{H}\r\n",
            b"CONNECT {NAME}:443 HTTP/1.1\r\n{H}\r\n",
            b"TRACK {T} HTTP/1.1\r\n{H}\r\n",
            b"get {T} HTTP/1.1\r\n{H}\r\n",
            b"G\0T {T} HTTP/1.1\r\n{H}\r\n",
            b"PROPFIND {T} HTTP/1.1\r\n{H}\r\n",
        ],
    ));
    let socket = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    let bad: Vec<Vec<u8>> = [
        format!("{{POST}}{socket}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nContent-Length: 3\r\n\r\nabc"),
        format!("{{GET}}{socket}Sec-WebSocket-Version: 13\r\n\r\n"),
        format!("{{GET}}{socket}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n"),
        format!("{{GET}}{socket}Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"),
        format!("{{GET}}{socket}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"),
        format!("{{GET}}{socket}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: https://evil.test\r\n\r\n"),
    ]
    .map(String::into_bytes)
    .into();
    let bad: Vec<&[u8]> = bad.iter().map(Vec::as_slice).collect();
    rows.push(subject.row(
        ("W02-W08", "WebSocket openings that are none, or from another site", STOPPED),
        &Expect::Stopped,
        true,
        &bad,
    ));
    let words = vec!["upgrade:".to_owned(), "http2-settings".to_owned()];
    let named = subject.way_in().and_then(|(_, visitor)| subject.named(visitor));
    rows.push(subject.row(
        ("S44 W06", "upgrades to something else", "refused, or an ordinary request"),
        &Expect::Without { words, named },
        true,
        &[
            b"{GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
            b"{GET}Upgrade: websocket\r\n\r\n",
            b"{GET}Connection: Upgrade\r\nUpgrade: foo\r\n\r\n{SM}",
            b"{GET}Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
        ],
    ));
    rows
}

/// Those about who comes in: with a session, and with what is none.
pub fn sessions(subject: &Subject) -> Vec<Row> {
    let mut rows = vec![controls(subject)];
    if let Some((path, _)) = subject.closed().next() {
        rows.push(made_up(subject, &path));
        if let Some(member) = &subject.member {
            rows.extend(stolen(subject, &path, member));
        }
    }
    rows
}

/// What must work, or nothing else here means anything.
fn controls(subject: &Subject) -> Row {
    let mut shots: Vec<Shot> = subject.innocent().into_iter().collect();
    if let Some(path) = subject.open_page() {
        let bytes = (subject.head(&format!("GET {path}"), None) + "\r\n").into_bytes();
        shots.push(Shot {
            message: bytes.into(),
            expect: Expect::Arrives { named: None },
            then_innocent: false,
        });
    }
    Row {
        id: "control",
        name: "an ordinary request".to_owned(),
        expected: "arrives, and names who is signed in",
        protocol: Protocol::Http1,
        shots,
    }
}

fn with_cookie(subject: &Subject, path: &str, lines: &str, expect: Expect) -> Shot {
    let bytes = format!("{}{lines}\r\n", subject.head(&format!("GET {path}"), None));
    Shot { message: bytes.into_bytes().into(), expect, then_innocent: false }
}

/// Cookies that nobody was given.
fn made_up(subject: &Subject, path: &str) -> Row {
    let name = subject.cookies.session_name();
    let values = [
        String::new(),
        "garbage".to_owned(),
        "null".to_owned(),
        "%00".to_owned(),
        "A".repeat(43),
        "A".repeat(4096),
        "\"\"".to_owned(),
        "../../x".to_owned(),
        "' OR 1=1 --".to_owned(),
        "{\"user\":\"admin\"}".to_owned(),
    ];
    let lines = values.iter().map(|value| format!("Cookie: {name}={value}\r\n"));
    let shots = lines.map(|lines| with_cookie(subject, path, &lines, Expect::Stopped)).collect();
    Row {
        id: "C20",
        name: "session cookies that nobody was given".to_owned(),
        expected: STOPPED,
        protocol: Protocol::Http1,
        shots,
    }
}

/// A real cookie in ways that a browser does not send it.
fn stolen(subject: &Subject, path: &str, member: &Visitor) -> [Row; 2] {
    let (name, value) = member.cookie.split_once('=').unwrap_or_default();
    let other = match subject.cookies {
        Cookies::Secure => Cookies::Loopback,
        Cookies::Loopback => Cookies::Secure,
    };
    let (first, rest) = value.split_at_checked(1).unwrap_or_default();
    let first = if first == "A" { "B" } else { "A" };
    let changed = [
        format!("Cookie: {name}={rest}\r\n"),
        format!("Cookie: {name}={value}A\r\n"),
        format!("Cookie: {name}={first}{rest}\r\n"),
        format!("Cookie: {}={value}\r\n", other.session_name()),
        format!("Cookie: {}={value}\r\n", name.to_ascii_uppercase()),
        format!("Cookie: {name}_={value}\r\n"),
        format!("Cookie: {name}={value}; {name}={}\r\n", "A".repeat(43)),
        format!("Cookie: {name}={}\r\nCookie: {name}={value}\r\n", "A".repeat(43)),
        format!("Authorization: Bearer {value}\r\n"),
        format!("X-Cookie: {name}={value}\r\n"),
    ];
    let changed = changed.iter().map(|lines| with_cookie(subject, path, lines, Expect::Stopped));
    let leaks = [
        format!("Cookie: {name}={value}\r\n"),
        format!("Cookie: a=b; {name}={value}; c=d\r\n"),
        format!("Cookie: a=b\r\nCookie: {name}={value}\r\nCookie: c=d\r\n"),
        format!("Cookie: {name}={value}; {name}={value}\r\n"),
    ];
    let leaks = leaks.iter().map(|lines| {
        let expect =
            Expect::Without { words: vec![value.to_owned()], named: subject.named(Some(member)) };
        with_cookie(subject, path, lines, expect)
    });
    [
        Row {
            id: "C10",
            name: "a real session cookie, changed or beside another".to_owned(),
            expected: STOPPED,
            protocol: Protocol::Http1,
            shots: changed.collect(),
        },
        Row {
            id: "C14",
            name: "a real session cookie among others".to_owned(),
            expected: "the app never sees it",
            protocol: Protocol::Http1,
            shots: leaks.collect(),
        },
    ]
}
