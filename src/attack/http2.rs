//! The same once more over HTTP/2, and what can only be said there.

use super::identity::WHO;
use super::message::{Fields, Message, Protocol};
use super::row::{Expect, FORGED, Row, SMUGGLED, Shot};
use super::subject::{PROBE, Subject};
use super::{doors, identity, paths};

const STOPPED: &str = "refused; no byte reaches the app";
const NO_FORGERY: &str = "the forged value never arrives";

/// The rows.
pub fn rows(subject: &Subject) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let before = [doors::sessions, identity::rows, paths::rows];
    for mut row in before.iter().flat_map(|rows| rows(subject)).map(Row::over_http2) {
        row.shots.retain(|shot| !is_open_before_a_fragment(subject, shot));
        // Names have no capitals here, so some spellings fall together.
        if !rows.iter().any(|before| before.shots == row.shots) {
            rows.push(row);
        }
    }
    rows.extend([capitals(subject), broken(subject), framed(subject), doubled(subject)]);
    rows
}

/// A path of HTTP/2 has no fragment. What is taken for one is cut off, and what is
/// left is a page that anybody may have.
fn is_open_before_a_fragment(subject: &Subject, shot: &Shot) -> bool {
    let Message::Http2(asked) = &shot.message else { return false };
    let path = String::from_utf8_lossy(asked.value(b":path").unwrap_or_default());
    path.split_once('#').is_some_and(|(front, _)| subject.open().any(|open| open == front))
}

fn row(
    (id, name, expected): (&'static str, &str, &'static str),
    expect: &Expect,
    messages: impl IntoIterator<Item = Fields>,
) -> Row {
    let shot = |message| Shot {
        message: Message::Http2(message),
        expect: expect.clone(),
        then_innocent: true,
    };
    let shots = messages.into_iter().map(shot).collect();
    Row { id, name: name.to_owned(), expected, protocol: Protocol::Http2, shots }
}

/// A request that arrives as it is.
fn good(subject: &Subject) -> Fields {
    Fields::of_http1(&subject.expand(b"{GET}\r\n"))
}

/// It is stopped, or arrives without these words and names who must be named.
fn without(subject: &Subject, words: &[&str]) -> Expect {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    let named = subject.way_in().and_then(|(_, visitor)| subject.named(visitor));
    Expect::Without { words, named }
}

fn capitals(subject: &Subject) -> Row {
    let messages = WHO.map(|name| good(subject).and(name.as_bytes(), FORGED.as_bytes()));
    let about = ("S64 H01", "forged headers with capitals, which it forbids", NO_FORGERY);
    row(about, &without(subject, &[]), messages)
}

/// Lines that end inside of a field, where HTTP/1 would begin another.
fn broken(subject: &Subject) -> Row {
    let (name, path) = (format!("Remote-User: {FORGED}"), good(subject));
    let path = String::from_utf8_lossy(path.value(b":path").unwrap_or_default()).into_owned();
    let mut messages = Vec::new();
    for end in ["\r\n", "\n", "\r\n ", "\0"] {
        messages.push(good(subject).and(b"x-a", format!("b{end}{name}").as_bytes()));
    }
    messages.push(good(subject).and(format!("x-a: b\r\n{name}\r\nx-b").as_bytes(), b"c"));
    messages.push(good(subject).and(format!("{name}\r\nx-a").as_bytes(), b"b"));
    let line = format!("{path} HTTP/1.1\r\n{name}\r\nX-A: b");
    messages.push(good(subject).with(b":path", line.as_bytes()));
    let line = format!("GET {path} HTTP/1.1\r\n{name}\r\nX-A: b\r\n\r\nGET");
    messages.push(good(subject).with(b":method", line.as_bytes()));
    let line = format!("{}\r\n{name}", subject.host);
    messages.push(good(subject).with(b":authority", line.as_bytes()));
    row(("S64-S65", "lines that end inside of a field", STOPPED), &Expect::Stopped, messages)
}

/// Lengths and codings that belong to HTTP/1, or say what is not so.
fn framed(subject: &Subject) -> Row {
    let smuggled = subject.expand(b"{SM}");
    let post = || Fields::of_http1(&subject.expand(b"{POST}\r\n"));
    let (chunks, three) =
        ([b"0\r\n\r\n", &smuggled[..]].concat(), [b"abc", &smuggled[..]].concat());
    let messages = [
        post().and(b"content-length", b"0").carrying(&smuggled),
        post().and(b"content-length", b"3").carrying(&three),
        post().and(b"transfer-encoding", b"chunked").carrying(&chunks),
        post().and(b"transfer-encoding", b"identity, chunked").carrying(&chunks),
    ];
    let about = (
        "S60-S62",
        "a body longer than its length, or in a coding of HTTP/1",
        "nothing of it arrives",
    );
    row(about, &without(subject, &[SMUGGLED]), messages)
}

/// A closed path beside another, and a host beside another.
fn doubled(subject: &Subject) -> Row {
    let closed = subject.closed().next().map_or_else(|| format!("/{PROBE}"), |(path, _)| path);
    let head = |path: &str| subject.head(&format!("GET {path}"), None) + "\r\n";
    let open = subject.open_page().unwrap_or_else(|| format!("/{PROBE}"));
    let nobody = |path: &str| Fields::of_http1(head(path).as_bytes());
    let (closed_bytes, host) = (closed.as_bytes(), subject.host.as_bytes());
    let mut first = nobody(&open);
    first.fields.insert(0, (b":path".to_vec(), closed_bytes.to_vec()));
    let messages = [
        nobody(&open).and(b":path", closed_bytes),
        first,
        nobody(&closed).and(b"host", b"vestibule-other.test"),
        nobody(&closed).with(b":authority", b"vestibule-other.test").and(b"host", host),
        nobody(closed.trim_start_matches('/')),
        nobody(&format!("https://{}{closed}", subject.host)),
    ];
    row(("S65 S69", "two paths or two hosts", STOPPED), &Expect::Stopped, messages)
}
