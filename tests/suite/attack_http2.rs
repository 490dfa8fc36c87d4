//! Attacks in HTTP/2 frames that would become something else on the way to an HTTP/1 upstream.
//! The control of each row is the naive translation: its fields written out as an HTTP/1 request.

use std::net::SocketAddr;
use std::ops::Deref;

use bytes::{Bytes, BytesMut};

use crate::attack_path::DISGUISED;
use crate::support::http2::{self, Field, Outcome, Request};
use crate::support::raw::{self, DEADLINE, header_values};
use crate::support::recorder::Recorder;
use crate::support::rig::{Rig, SharedRig, identity_of};

static RIG: SharedRig = SharedRig::new();

const SMUGGLED: &[u8] = b"GET /smug HTTP/1.1\r\nHost: app.test\r\n\r\n";

/// A request with `:method`, `:scheme`, `:authority`, `:path` and the session cookie, then changed
/// by the row.
struct Row {
    id: &'static str,
    name: &'static str,
    /// Method and path.
    asks: (&'static [u8], &'static [u8]),
    /// Fields after the usual ones.
    fields: &'static [Field<'static>],
    data: &'static [&'static [u8]],
    expect: Expect,
    /// What the naive translation shows an upstream.
    shows: &'static [u8],
}

#[derive(Clone, Copy)]
enum Expect {
    /// Stream reset, connection ended, or one of these statuses; nothing upstream.
    Refused(&'static [u16]),
    /// The same, but a head may have gone upstream. No request may be whole.
    Aborted,
    /// The same, but the request that the length spoke of may have been run. The rest may not.
    Cut,
    /// Refused, or passed on without what the naive translation shows.
    Without,
}

use Expect::{Aborted, Cut, Refused, Without};

const GET: (&[u8], &[u8]) = (b"GET", b"/");
const POST: (&[u8], &[u8]) = (b"POST", b"/");
const BAD: Expect = Refused(&[400]);

const fn field(
    id: &'static str,
    name: &'static str,
    fields: &'static [Field<'static>],
    expect: Expect,
    shows: &'static [u8],
) -> Row {
    Row { id, name, asks: GET, fields, data: &[], expect, shows }
}

const fn body(
    id: &'static str,
    name: &'static str,
    fields: &'static [Field<'static>],
    data: &'static [&'static [u8]],
    expect: Expect,
    shows: &'static [u8],
) -> Row {
    Row { id, name, asks: POST, fields, data, expect, shows }
}

const fn target(
    id: &'static str,
    path: &'static [u8],
    expect: Expect,
    shows: &'static [u8],
) -> Row {
    Row { id, name: "target", asks: (b"GET", path), fields: &[], data: &[], expect, shows }
}

const fn method(id: &'static str, method: &'static [u8], shows: &'static [u8]) -> Row {
    let expect = Refused(&[400, 405, 501]);
    Row { id, name: "method", asks: (method, b"/"), fields: &[], data: &[], expect, shows }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    body("S60", "length of 0 with a body", &[(b"content-length", b"0")], &[SMUGGLED], Cut, b"GET /smug"),
    body("S60b", "length shorter than the body", &[(b"content-length", b"3")], &[b"abc", SMUGGLED], Cut, b"GET /smug"),
    body("S61a", "length longer than the body", &[(b"content-length", b"30")], &[b"abc"], Aborted, b"content-length: 30"),
    body("S61b", "two lengths", &[(b"content-length", b"3"), (b"content-length", b"4")], &[b"abc"], BAD, b"content-length: 4"),
    body("S61c", "length as a list", &[(b"content-length", b"3, 3")], &[b"abc"], BAD, b": 3, 3"),
    body("S61d", "length with a plus", &[(b"content-length", b"+3")], &[b"abc"], BAD, b": +3"),
    body("S62", "a coding of HTTP/1", &[(b"transfer-encoding", b"chunked")], &[b"0\r\n\r\n", SMUGGLED], BAD, b"GET /smug"),
    field("S63a", "connection", &[(b"connection", b"remote-user")], BAD, b"connection: remote-user"),
    field("S63b", "proxy-connection", &[(b"proxy-connection", b"keep-alive")], BAD, b"proxy-connection"),
    field("S63c", "keep-alive", &[(b"keep-alive", b"timeout=9")], BAD, b"keep-alive"),
    field("S63d", "upgrade", &[(b"upgrade", b"websocket")], BAD, b"upgrade: websocket"),
    field("S63e", "te other than trailers", &[(b"te", b"gzip")], BAD, b"te: gzip"),
    field("S64a", "line break in a value", &[(b"x-a", b"b\r\nremote-user: forged")], BAD, b"remote-user: forged"),
    field("S64b", "LF in a value", &[(b"x-a", b"b\nremote-user: forged")], BAD, b"remote-user: forged"),
    field("S64c", "NUL in a value", &[(b"x-a", b"b\0c")], BAD, b"b\0c"),
    field("S64d", "line break in a name", &[(b"x-a: b\r\nremote-user", b"forged")], BAD, b"remote-user: forged"),
    field("S64e", "colon in a name", &[(b"remote-user: forged\r\nx", b"b")], BAD, b"remote-user: forged"),
    field("S64f", "space in a name", &[(b"x a", b"b")], BAD, b"x a"),
    field("S64g", "upper case in a name", &[(b"Remote-User", b"forged")], BAD, b"Remote-User: forged"),
    field("S64h", "empty name", &[(b"", b"b")], BAD, b": b"),
    field("S65a", "pseudo-header after a header", &[(b":path", b"/admin/x")], BAD, b":path"),
    field("S65b", "unknown pseudo-header", &[(b":remote-user", b"forged")], BAD, b":remote-user"),
    target("S65c", b"", BAD, b"GET  HTTP/1.1"),
    target("S65d", b"x", BAD, b"GET x "),
    target("S65e", b"/a b", BAD, b"GET /a b "),
    target("S65f", b"/ HTTP/1.1\r\nremote-user: forged\r\nx-a: b", BAD, b"remote-user: forged"),
    target("S65g", b"http://evil.test/", BAD, b"GET http://evil.test/"),
    target("S66", b"?x", BAD, b"GET ?x"),
    target("S67", b"*", BAD, b"GET * "),
    target("S68", b"/public#/../admin", Without, b"#"),
    field("S73", "spaces around a value", &[(b"x-a", b" b ")], Without, b"x-a:  b "),
    field("H01", "forged identity", &[(b"remote-user", b"forged")], Without, b"forged"),
    field("H02", "forged identity, folded spelling", &[(b"remote_user", b"forged"), (b"remote.user", b"forged")], Without, b"forged"),
    field("H07", "forged assertion", &[(b"x-vestibule-assertion", b"forged.forged.forged")], Without, b"forged"),
    field("H13", "forged address", &[(b"x-forwarded-for", b"forged"), (b"forwarded", b"for=forged")], Without, b"forged"),
    method("H22a", b"TRACE", b"TRACE / "),
    method("H22b", b"PRI", b"PRI / "),
    method("H22c", b"GET /smug HTTP/1.1\r\nx-a: b\r\n\r\nGET", b"GET /smug"),
    method("H23", b"CONNECT", b"CONNECT / "),
];

#[test]
fn frames_that_would_become_another_request_are_refused() {
    drive_on(&Rig::lock(&RIG, Recorder::start), || Box::new(Rig::start(Recorder::start())));
}

/// Sends each row through this gateway, or through one of its own where it needs that.
pub fn drive_on<R: Deref<Target = Rig>>(rig: &Rig, another: impl Fn() -> R) {
    for row in ROWS {
        let label = format!("{} {}", row.id, row.name);
        // What is cut off may still be on its way when the next row begins.
        let own = matches!(row.expect, Aborted).then(&another);
        let rig = own.as_deref().unwrap_or(rig);
        let request = Request {
            fields: [&usual(rig, row.asks)[..], row.fields].concat(),
            data: row.data.to_vec(),
            trailers: Vec::new(),
        };
        check(rig, &label, &request, row.expect, row.shows);
    }
}

#[test]
fn pseudo_headers_are_those_of_one_request_and_one_host() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let start = usual(&rig, GET);
    let with = |at: usize, value: Field<'static>| {
        let mut fields = start.clone();
        fields[at] = value;
        fields
    };
    let plus = |more: Field<'static>| [&start[..], &[more]].concat();
    let inserted = |more: Field<'static>| [&[more][..], &start[..]].concat();
    let without = |name: &[u8]| {
        let kept = start.iter().filter(|(held, _)| *held != name);
        kept.copied().collect::<Vec<_>>()
    };
    let wrong_host = Refused(&[400, 404, 421]);
    let rows: Vec<(&str, Vec<Field>, Expect, &[u8])> = vec![
        ("S65h two paths", inserted((b":path", b"/public/x")), BAD, b"/public/x"),
        ("S65i two methods", inserted((b":method", b"POST")), BAD, b"POST"),
        ("S65j no path", without(b":path"), BAD, b"GET  HTTP/1.1"),
        ("S65k no host", without(b":authority"), BAD, b"GET / HTTP/1.1\r\ncookie"),
        ("S69a other host header", plus((b"host", b"open.test")), wrong_host, b"host: open.test"),
        ("S69b userinfo", with(2, (b":authority", b"u@app.test")), wrong_host, b"u@app.test"),
        ("S69c port", with(2, (b":authority", b"app.test:99999")), wrong_host, b":99999"),
        ("S69d path in it", with(2, (b":authority", b"app.test/x")), wrong_host, b"app.test/x"),
        ("S69e list", with(2, (b":authority", b"app.test,open.test")), wrong_host, b","),
        ("S69f upper case", with(2, (b":authority", b"APP.TEST")), Without, b"APP.TEST"),
        ("S69g stranger", with(2, (b":authority", b"nothere.test")), wrong_host, b"nothere"),
    ];
    for (label, fields, expect, shows) in rows {
        let request = Request { fields, ..Request::default() };
        check(&rig, label, &request, expect, shows);
    }
}

#[test]
fn a_disguised_path_in_frames_is_judged_like_any_other() {
    disguise_on(&Rig::lock(&RIG, Recorder::start));
}

/// Asks for each disguised path in frames.
pub fn disguise_on(rig: &Rig) {
    for (id, path) in DISGUISED {
        let label = format!("h2 {id} {}", raw::lossy(path));
        let request = Request { fields: usual(rig, (b"GET", path)), ..Request::default() };
        // A reader of frames may cut a fragment before anything is judged.
        let expect = if path.contains(&b'#') { Without } else { Refused(&[400, 403]) };
        check(rig, &label, &request, expect, path);
    }
}

#[test]
fn trailers_in_frames_end_at_the_gateway() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let rows: [(&str, Field); 4] = [
        ("S75a", (b"remote-user", b"forged")),
        ("S75b", (b":path", b"/forged")),
        ("S75c", (b"content-length", b"99999")),
        ("S75d", (b"x-a", b"b\r\nremote-user: forged")),
    ];
    for (label, trailer) in rows {
        let request =
            Request { fields: usual(&rig, POST), data: vec![b"abc"], trailers: vec![trailer] };
        rig.recorder.clear();
        let outcome = http2::exchange(rig.gateway.addr, &request);
        assert_ne!(outcome, Outcome::Silence, "{label}");
        rig.innocent(label);
        let shown = rig.recorder.shown();
        assert!(!rig.recorder.saw(b"forged") && !rig.recorder.saw(b"99999"), "{label}: {shown}");
    }
}

#[test]
fn a_well_formed_request_in_frames_arrives_with_one_cookie_line_and_one_identity() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let request = http::Request::get("https://app.test/crumbs?x=1")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .header("cookie", rig.session.as_str())
        .body(())
        .expect("a request");
    let (status, body) = ask(rig.gateway.addr, request);
    assert_eq!(status, 200);
    assert!(raw::lossy(&body).contains("/crumbs?x=1"));
    let head = rig.last_upstream_head("/crumbs?x=1");
    assert_eq!(header_values(&head, "cookie"), ["a=1; b=2"], "{}", raw::lossy(&head));
    assert_eq!(header_values(&head, "host"), ["app.test"], "{}", raw::lossy(&head));
    assert_eq!(identity_of(&head), ["anna"]);

    let request = http::Request::get("https://app.test/crumbs").body(()).expect("a request");
    let (status, _) = ask(rig.gateway.addr, request);
    assert_eq!(status, 401, "without a session");
}

/// One request with a client that checks what it sends and what it gets.
fn ask(addr: SocketAddr, request: http::Request<()>) -> (u16, Bytes) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let stream = tokio::net::TcpStream::connect(addr).await.expect("a connection");
        let (client, connection) = h2::client::handshake(stream).await.expect("a handshake");
        tokio::spawn(connection);
        let mut client = client.ready().await.expect("a client");
        let (response, _) = client.send_request(request, true).expect("the request is sent");
        let response = tokio::time::timeout(DEADLINE, response).await.expect("within the deadline");
        let response = response.expect("a response");
        let status = response.status().as_u16();
        let (mut body, mut bytes) = (response.into_body(), BytesMut::new());
        while let Some(piece) = body.data().await {
            let piece = piece.expect("a piece of the body");
            body.flow_control().release_capacity(piece.len()).expect("capacity");
            bytes.extend_from_slice(&piece);
        }
        (status, bytes.freeze())
    })
}

/// The fields of an innocent request with a session.
fn usual<'a>(rig: &'a Rig, asks: (&'a [u8], &'a [u8])) -> Vec<Field<'a>> {
    vec![
        (b":method", asks.0),
        (b":scheme", b"https"),
        (b":authority", b"app.test"),
        (b":path", asks.1),
        (b"cookie", rig.session.as_bytes()),
    ]
}

fn check(rig: &Rig, label: &str, request: &Request, expect: Expect, shows: &[u8]) {
    // Control: translated without care, the attack is there for an upstream to see.
    let naive = Recorder::start();
    raw::exchange_and_finish(naive.addr(), &naive_translation(request));
    assert!(naive.saw(shows), "{label}: control: {}", naive.shown());

    rig.recorder.clear();
    let outcome = http2::exchange(rig.gateway.addr, request);
    match expect {
        Refused(statuses) => {
            assert_ended(label, outcome, statuses);
            rig.innocent(label);
            rig.assert_untouched(label);
        }
        Aborted => {
            assert_ended(label, outcome, &[400]);
            rig.innocent(label);
            let ran = rig.recorder.completed();
            let innocent = ran.iter().all(|head| head.starts_with(b"GET /innocent/"));
            assert!(innocent, "{label}: a whole request upstream: {}", rig.recorder.shown());
        }
        Cut => {
            assert_ended(label, outcome, &[400]);
            rig.innocent(label);
            assert!(!rig.recorder.saw(shows), "{label}: {}", rig.recorder.shown());
        }
        Without => {
            if outcome != Outcome::Status(200) {
                assert_ended(label, outcome, &[400, 403, 421]);
            }
            rig.innocent(label);
            assert!(!rig.recorder.saw(shows), "{label}: {}", rig.recorder.shown());
            for head in rig.recorder.requests() {
                let named = identity_of(&head);
                // An open page need not know who reads it.
                let open = head.starts_with(b"GET /public") && named.is_empty();
                assert!(open || named == ["anna"], "{label}: {}", raw::lossy(&head));
            }
        }
    }
    rig.assert_nothing_smuggled(label);
}

fn assert_ended(label: &str, outcome: Outcome, statuses: &[u16]) {
    let ended = match outcome {
        Outcome::Status(status) => statuses.contains(&status),
        Outcome::Reset(_) | Outcome::GoAway(_) | Outcome::Closed => true,
        Outcome::Silence => false,
    };
    assert!(ended, "{label}: {outcome:?}");
}

/// The request as an HTTP/1 message, written by somebody who trusts every byte.
fn naive_translation(request: &Request) -> Vec<u8> {
    let named = |name: &[u8]| {
        let found = request.fields.iter().find(|(held, _)| *held == name);
        found.map_or(&b""[..], |(_, value)| *value)
    };
    let mut bytes = [named(b":method"), b" ", named(b":path"), b" HTTP/1.1\r\n"].concat();
    let known: [&[u8]; 4] = [b":method", b":path", b":scheme", b":authority"];
    let authority = named(b":authority");
    if !authority.is_empty() {
        bytes.extend([b"host: ", authority, b"\r\n"].concat());
    }
    let mut seen: Vec<&[u8]> = Vec::new();
    for (name, value) in &request.fields {
        if known.contains(name) && !seen.contains(name) {
            seen.push(name);
            continue;
        }
        bytes.extend([*name, b": ", *value, b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(request.data.concat());
    bytes
}
