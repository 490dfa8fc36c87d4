//! WebSocket handshakes, and messages that only look like one. A tunnel is opened for a visitor who
//! is signed in, comes from our own page and says everything RFC 6455 asks for, when the upstream
//! has agreed to this very handshake; in every other case no byte passes unread.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::support::raw::{self, Connection, header_values};
use crate::support::recorder::{Recorder, Reply, TUNNEL_ANSWER};
use crate::support::rig::{Rig, SharedRig, control, identity_of};

static RIG: SharedRig = SharedRig::new();

/// The key of RFC 6455's own example.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A masked text frame that says "hello".
const HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x5f\x9f\x4d\x51\x58";

/// An upstream that agrees to a handshake on `/ws`, and does so wrongly on other targets.
fn upstream() -> Recorder {
    Recorder::scripted(|head| {
        let line = raw::lossy(head);
        let target = line.split(' ').nth(1).unwrap_or_default();
        let keys = header_values(head, "sec-websocket-key");
        let accept = accept_of(keys.first().map_or("", String::as_str));
        let wrong = accept_of("another key");
        match target {
            "/ws" if keys.is_empty() => Reply::echo(head),
            "/ws" => switching(&format!("Sec-WebSocket-Accept: {accept}\r\n")),
            "/unasked" => switching(&format!("Sec-WebSocket-Accept: {wrong}\r\n")),
            "/no-accept" => switching(""),
            "/wrong-accept" => switching(&format!("Sec-WebSocket-Accept: {wrong}\r\n")),
            "/two-accepts" => switching(&format!(
                "Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Accept: {wrong}\r\n"
            )),
            "/other-protocol" => Reply::raw(format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            ))
            .then_tunnel(),
            "/declines" => Reply::echo(head).without_reading_the_body(),
            _ => Reply::echo(head),
        }
    })
}

fn switching(lines: &str) -> Reply {
    Reply::raw(format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{lines}\r\n"
    ))
    .then_tunnel()
}

fn accept_of(key: &str) -> String {
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

/// The lines of a handshake in order, which rows leave out or put others in the place of.
const LINES: [(&str, &str); 5] = [
    ("origin", "Origin: https://app.test\r\n"),
    ("connection", "Connection: Upgrade\r\n"),
    ("upgrade", "Upgrade: websocket\r\n"),
    ("version", "Sec-WebSocket-Version: 13\r\n"),
    ("key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
];

/// A handshake on `target` with a session, where the lines named are written otherwise.
fn handshake(target: &str, changes: &[(&str, &str)]) -> String {
    handshake_as("{H}", target, changes)
}

fn handshake_as(who: &str, target: &str, changes: &[(&str, &str)]) -> String {
    let mut text = format!("GET {target} HTTP/1.1\r\n{who}");
    for (name, line) in LINES {
        let change = changes.iter().find(|(changed, _)| *changed == name);
        text.push_str(change.map_or(line, |(_, with)| with));
    }
    text + "\r\n"
}

#[test]
fn a_complete_handshake_from_our_own_page_opens_a_tunnel() {
    let rig = Rig::lock(&RIG, upstream);
    let mut connection = Connection::open(rig.gateway.addr);
    connection.write(&rig.expand(handshake("/ws", &[]).as_bytes()));
    let reply = connection.reply();
    assert_eq!(reply.status(), 101, "{}", reply.shown());
    assert_eq!(reply.header("sec-websocket-accept"), Some(accept_of(KEY)));
    connection.write(HELLO);
    assert_eq!(connection.at_least(TUNNEL_ANSWER.len()), TUNNEL_ANSWER);
    assert!(rig.recorder.saw(HELLO), "{}", rig.recorder.shown());
    // RFC 6455, 1.3: the reckoning of the test itself.
    assert_eq!(accept_of(KEY), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn a_handshake_from_a_foreign_page_or_from_nobody_knows_where_is_refused() {
    let origins = [
        ("W02 none", ""),
        ("W02 foreign", "Origin: https://evil.test\r\n"),
        ("W02 null", "Origin: null\r\n"),
        ("W02 empty", "Origin:\r\n"),
        ("W02 other scheme", "Origin: http://app.test\r\n"),
        ("W02 other port", "Origin: https://app.test:8443\r\n"),
        ("W02 below ours", "Origin: https://evil.app.test\r\n"),
        ("W02 beginning like ours", "Origin: https://app.test.evil.test\r\n"),
        ("W02 ending like ours", "Origin: https://evilapp.test\r\n"),
        ("W02 user part", "Origin: https://app.test@evil.test\r\n"),
        ("W02 other app", "Origin: https://open.test\r\n"),
        ("W02 two", "Origin: https://app.test\r\nOrigin: https://evil.test\r\n"),
        ("W02 list", "Origin: https://app.test, https://evil.test\r\n"),
    ];
    let rig = Rig::lock(&RIG, upstream);
    for (label, line) in origins {
        let row = handshake("/ws", &[("origin", line)]);
        assert_opens_without_gateway(&rig, label, &row);
        let reply = rig.exchange(row.as_bytes());
        rig.assert_turned_away(label, &reply, &[403, 400]);
        if ["", "Origin: https://evil.test\r\n"].contains(&line) {
            assert_eq!(reply.status(), 403, "{label}: {}", reply.shown());
        }
    }
}

#[test]
fn a_handshake_without_a_session_is_refused_before_the_upstream_hears_of_it() {
    let rig = Rig::lock(&RIG, upstream);
    let unknown = "{HOST}Cookie: __Host-vestibule=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    for (label, who) in [("W03 none", "{HOST}"), ("W03 unknown", unknown)] {
        let row = handshake_as(who, "/ws", &[]);
        assert_opens_without_gateway(&rig, label, &row);
        let reply = rig.exchange(row.as_bytes());
        rig.assert_turned_away(label, &reply, &[401]);
    }
    let row = handshake("/admin/ws", &[]);
    let reply = rig.exchange(row.as_bytes());
    rig.assert_turned_away("W03 wrong group", &reply, &[403]);
}

#[test]
fn a_request_that_is_no_handshake_is_never_passed_on_as_one() {
    let rows = [
        ("W06 no connection line", vec![("connection", "")]),
        ("W06 connection without the word", vec![("connection", "Connection: keep-alive\r\n")]),
        ("W06 no upgrade line", vec![("upgrade", "")]),
        ("W09 list", vec![("upgrade", "Upgrade: websocket, foo\r\n")]),
        ("W09 list, other order", vec![("upgrade", "Upgrade: foo, websocket\r\n")]),
        ("W09 two lines", vec![("upgrade", "Upgrade: websocket\r\nUpgrade: foo\r\n")]),
        ("W09 other protocol", vec![("upgrade", "Upgrade: foo\r\n")]),
        ("W09 h2c", vec![("upgrade", "Upgrade: h2c\r\n")]),
        ("W09 TLS", vec![("upgrade", "Upgrade: TLS/1.0, HTTP/1.1\r\n")]),
        ("W09 version behind", vec![("upgrade", "Upgrade: websocket/13\r\n")]),
        ("W09 folded spelling", vec![("upgrade", "Up_grade: websocket\r\n")]),
    ];
    let rig = Rig::lock(&RIG, upstream);
    for (label, changes) in rows {
        let row = handshake("/plain", &changes);
        rig.recorder.clear();
        control(label, &rig.expand(row.as_bytes()));
        let reply = rig.exchange(row.as_bytes());
        assert!([200, 400].contains(&reply.status()), "{label}: {}", reply.shown());
        if reply.status() == 200 {
            let head = rig.last_upstream_head("/plain");
            let shown = raw::lossy(&head);
            assert!(header_values(&head, "upgrade").is_empty(), "{label}: {shown}");
            assert_eq!(identity_of(&head), ["anna"], "{label}: {shown}");
        }
        rig.innocent(label);
    }
}

#[test]
fn a_handshake_that_lacks_or_doubles_a_part_is_refused() {
    let rows = [
        ("W08 no key", vec![("key", "")]),
        ("W08 empty key", vec![("key", "Sec-WebSocket-Key:\r\n")]),
        ("W08 short key", vec![("key", "Sec-WebSocket-Key: AAAA\r\n")]),
        ("W08 long key", vec![("key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n")]),
        ("W08 key of odd bytes", vec![("key", "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n")]),
        (
            "W08 two keys",
            vec![(
                "key",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
            )],
        ),
        ("W08 no version", vec![("version", "")]),
        ("W08 version 12", vec![("version", "Sec-WebSocket-Version: 12\r\n")]),
        ("W08 version 8", vec![("version", "Sec-WebSocket-Version: 8\r\n")]),
        ("W08 version list", vec![("version", "Sec-WebSocket-Version: 13, 8\r\n")]),
    ];
    let rig = Rig::lock(&RIG, upstream);
    for (label, changes) in rows {
        let row = handshake("/ws", &changes);
        rig.recorder.clear();
        control(label, &rig.expand(row.as_bytes()));
        let reply = rig.exchange(row.as_bytes());
        rig.assert_turned_away(label, &reply, &[400, 426]);
    }
}

#[test]
fn a_handshake_with_a_body_or_another_method_is_refused() {
    let lines: String = LINES.iter().map(|(_, line)| *line).collect();
    let rows = [
        ("W07 POST with length", "POST", "HTTP/1.1", "Content-Length: 38\r\n\r\n{SM}"),
        ("W07 POST with chunks", "POST", "HTTP/1.1", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("W07 POST, nothing", "POST", "HTTP/1.1", "\r\n"),
        ("W07 GET with length", "GET", "HTTP/1.1", "Content-Length: 38\r\n\r\n{SM}"),
        ("W07 GET with chunks", "GET", "HTTP/1.1", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("W07 HEAD", "HEAD", "HTTP/1.1", "\r\n"),
        ("W07 OPTIONS", "OPTIONS", "HTTP/1.1", "\r\n"),
        ("W07 HTTP/1.0", "GET", "HTTP/1.0", "\r\n"),
    ];
    let rig = Rig::lock(&RIG, upstream);
    for (label, method, version, rest) in rows {
        let row = format!("{method} /ws {version}\r\n{{H}}{lines}{rest}");
        rig.recorder.clear();
        control(label, &rig.expand(row.as_bytes()));
        let reply = rig.exchange(row.as_bytes());
        rig.assert_turned_away(label, &reply, &[400, 405]);
        rig.assert_nothing_smuggled(label);
    }
}

#[test]
fn a_change_of_protocol_that_was_not_asked_for_or_not_proved_becomes_a_bad_gateway() {
    let plain = "GET /unasked HTTP/1.1\r\n{H}\r\n".to_string();
    let rows = [
        ("W10 unasked", plain),
        ("W10 unasked, POST", "POST /unasked HTTP/1.1\r\n{H}Content-Length: 3\r\n\r\nabc".into()),
        ("W11 no accept", handshake("/no-accept", &[])),
        ("W11 wrong accept", handshake("/wrong-accept", &[])),
        ("W11 two accepts", handshake("/two-accepts", &[])),
        ("W11 other protocol", handshake("/other-protocol", &[])),
    ];
    let rig = Rig::lock(&RIG, upstream);
    for (label, row) in rows {
        assert_opens_without_gateway(&rig, label, &row);
        let reply = rig.exchange(row.as_bytes());
        assert_eq!(reply.status(), 502, "{label}: {}", reply.shown());
        assert!(!raw::holds(&reply.bytes, b" 101 "), "{label}: {}", reply.shown());
        rig.innocent(label);
        // The connection that spoke another protocol carries no second request.
        for bytes in rig.recorder.connections() {
            let mixed = raw::holds(&bytes, b"/innocent/") && !bytes.starts_with(b"GET /innocent/");
            assert!(!mixed, "{label}: {}", rig.recorder.shown());
        }
    }
}

#[test]
fn bytes_behind_a_handshake_wait_for_its_answer() {
    let rig = Rig::lock(&RIG, upstream);
    // Control: an upstream that declines takes them for a request of its own.
    let declined = handshake("/declines", &[]) + "{SM}";
    raw::exchange_and_finish(rig.recorder.addr(), &rig.expand(declined.as_bytes()));
    assert!(rig.recorder.saw(b"/smug"));

    rig.recorder.clear();
    let mut connection = Connection::open(rig.gateway.addr);
    connection.write(&rig.expand(declined.as_bytes()));
    let reply = connection.reply();
    assert!([200, 400].contains(&reply.status()), "W12: {}", reply.shown());
    connection.finish();
    connection.until_closed();
    rig.innocent("W12 declined");
    rig.assert_nothing_smuggled("W12 declined");
    assert!(!rig.recorder.saw(b"/smug"), "W12: {}", rig.recorder.shown());

    // Where the upstream agrees, they arrive behind the handshake, or the handshake is refused.
    let mut connection = Connection::open(rig.gateway.addr);
    let row = [handshake("/ws", &[]).as_bytes(), HELLO].concat();
    connection.write(&rig.expand(&row));
    let reply = connection.reply();
    match reply.status() {
        101 => assert_eq!(connection.at_least(TUNNEL_ANSWER.len()), TUNNEL_ANSWER),
        status => assert_eq!(status, 400, "W12: {}", reply.shown()),
    }
}

#[test]
fn a_handshake_carries_the_visitors_identity_and_none_of_their_claims() {
    let rig = Rig::lock(&RIG, upstream);
    let forged = "Origin: https://app.test\r\nRemote-User: forged\r\nRemote_User: forged\r\n\
                  X-Vestibule-Assertion: forged\r\nX-Forwarded-For: forged\r\n";
    let row = handshake("/ws", &[("origin", forged)]);
    assert_opens_without_gateway(&rig, "W16", &row);
    rig.recorder.clear();
    let reply = rig.exchange(row.as_bytes());
    assert_eq!(reply.status(), 101, "{}", reply.shown());
    assert!(!rig.recorder.saw(b"forged"), "{}", rig.recorder.shown());
    let head = rig.last_upstream_head("/ws");
    assert_eq!(identity_of(&head), ["anna"]);
    assert_eq!(header_values(&head, "x-vestibule-assertion").len(), 1);
    let secret = rig.session.split_once('=').map_or("", |(_, value)| value);
    assert!(!rig.recorder.saw(secret.as_bytes()), "the session cookie went upstream");
}

/// Shows that an attack is one: the upstream itself agrees to it.
fn assert_opens_without_gateway(rig: &Rig, label: &str, row: &str) {
    let mut connection = Connection::open(rig.recorder.addr());
    connection.write(&rig.expand(row.as_bytes()));
    let straight = connection.reply();
    assert_eq!(straight.status(), 101, "{label}: control: {}", straight.shown());
    drop(connection);
    rig.recorder.clear();
}
