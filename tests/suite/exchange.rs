//! What ordinary apps and browsers do every day and what a gateway easily spoils: old clients,
//! interim answers, answers with too much behind them, odd but honest paths, sockets and scripts of
//! an app on a host of its own, connections that died while nobody used them. Bodies under way are
//! in `exchange_body.rs`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use crate::exchange_body::{Peer, Stand, app};
use crate::support::client::{Client, hidden};
use crate::support::http2::{self, Outcome, Request};
use crate::support::raw::{self, Connection, DEADLINE, header_values};
use crate::support::recorder::{Recorder, Reply, TUNNEL_ANSWER};
use crate::support::rig::{ANNA, Rig, SharedRig, control, first_line};

static RIG: SharedRig = SharedRig::new();

/// A whole answer where none may be.
const STRAY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";

/// The handshake of RFC 6455's own example, and its answer.
const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const AGREED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn upstream() -> Recorder {
    Recorder::scripted(|head| {
        let line = raw::lossy(first_line(head));
        match line.split(' ').nth(1).unwrap_or_default() {
            "/chunked" => Reply::raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n\
                 0\r\n\r\n",
            ),
            "/hints" => Reply::raw(
                "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\
                 X-Vestibule-Assertion: forged\r\nX_Vestibule_Assertion: forged\r\n\
                 Set-Cookie: __Host-vestibule=forged\r\nSet-Cookie: vestibule=forged\r\n\
                 Set-Cookie: __Host-vestibule-ticket=forged\r\n\r\n\
                 HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            ),
            "/head" => Reply::raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n{STRAY}")),
            "/empty" => Reply::raw(format!("HTTP/1.1 204 No Content\r\n\r\n{STRAY}")),
            "/unchanged" => Reply::raw(format!("HTTP/1.1 304 Not Modified\r\n\r\n{STRAY}")),
            "/ws" => Reply::raw(AGREED).then_tunnel(),
            _ => Reply::echo(head),
        }
    })
}

#[test]
fn a_client_of_http_1_0_is_sent_no_chunks() {
    let rig = Rig::lock(&RIG, upstream);
    let reply = rig.exchange_until_closed(b"GET /chunked HTTP/1.0\r\n{H}\r\n");
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    assert!(reply.headers("transfer-encoding").is_empty(), "{}", reply.shown());
    assert!(reply.closed, "the end of the connection is the end of the answer");
    assert_eq!(reply.text(), "abcdefg");
    // Control: a newer client is.
    let reply = rig.exchange(b"GET /chunked HTTP/1.1\r\n{H}\r\n");
    assert_eq!(reply.headers("transfer-encoding"), ["chunked"], "{}", reply.shown());
    assert_eq!(reply.text(), "abcdefg");
}

#[test]
fn an_interim_answer_carries_nothing_that_only_the_gateway_may_say() {
    let rig = Rig::lock(&RIG, upstream);
    let row = rig.expand(b"GET /hints HTTP/1.1\r\n{H}\r\n");
    let straight = raw::exchange(rig.recorder.addr(), &row);
    assert!(raw::holds(&straight.bytes, b"forged"), "control: {}", straight.shown());

    let reply = raw::exchange(rig.gateway.addr, &row);
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    assert!(reply.bytes.starts_with(b"HTTP/1.1 103 "), "{}", reply.shown());
    assert!(raw::holds(&reply.bytes, b"rel=preload"), "{}", reply.shown());
    assert!(!raw::holds(&reply.bytes, b"forged"), "{}", reply.shown());
}

#[test]
fn what_an_app_sends_behind_an_answer_without_a_body_is_nobodys_answer() {
    let rig = Rig::lock(&RIG, upstream);
    let rows = [("HEAD", "/head", "200"), ("GET", "/empty", "204"), ("GET", "/unchanged", "304")];
    for (method, target, status) in rows {
        let ask = rig.expand(format!("{method} {target} HTTP/1.1\r\n{{H}}\r\n").as_bytes());
        let next = rig.expand(b"GET /own HTTP/1.1\r\n{H}\r\n");
        for (way, addr) in [("straight", rig.recorder.addr()), ("through", rig.gateway.addr)] {
            let row = format!("{method} {target} {way}");
            let mut client = Peer::open(addr);
            client.write(&ask);
            let head = client.head().unwrap_or_else(|| panic!("{row}: no answer"));
            let start = format!("HTTP/1.1 {status} ");
            assert!(head.starts_with(start.as_bytes()), "{row}: {}", raw::lossy(&head));
            client.write(&next);
            let head = client.head().unwrap_or_else(|| panic!("{row}: the connection is lost"));
            let body = raw::lossy(&client.body(&head).unwrap_or_default());
            match way {
                // Control: who reads without care takes the stray bytes for the next answer.
                "straight" => assert_eq!(body, "forged", "{row}"),
                _ => assert_eq!(body, "upstream answers GET /own HTTP/1.1", "{row}"),
            }
        }
        rig.innocent(target);
    }
}

#[test]
fn a_new_sign_in_in_a_browser_ends_the_session_it_had() {
    let rig = Rig::lock(&RIG, upstream);
    let status = |value: &str| {
        let row = format!("GET /x HTTP/1.1\r\n{{HOST}}Cookie: __Host-vestibule={value}\r\n\r\n");
        rig.exchange(row.as_bytes()).status()
    };
    let held = |browser: &Client| browser.cookie("__Host-vestibule").unwrap_or("none").to_string();
    let mut browser = Client::new(rig.gateway.addr, &rig.gateway.public_url);
    browser.walk_sign_in(ANNA.0, ANNA.1);
    let old = held(&browser);
    assert_eq!(status(&old), 200, "control: it stood before");

    let csrf = hidden(&browser.get("/.vestibule/sign-out").text(), "csrf");
    let step = browser.post_form("/.vestibule/sign-in", &[("csrf", &csrf), ("name", ANNA.0)]);
    assert_eq!(step.status(), 303, "{}", step.shown());
    assert_eq!(status(&old), 200, "a name alone ends nothing");
    let step = browser.give_password(&csrf, ANNA.1);
    assert_eq!(step.status(), 303, "{}", step.shown());
    let new = held(&browser);
    assert_ne!(new, old);
    assert_eq!(status(&new), 200, "the new session");
    assert_eq!(status(&old), 401, "the old session");
    // Control: another browser's session of the same account is not touched.
    assert_eq!(rig.exchange(b"GET /x HTTP/1.1\r\n{H}\r\n").status(), 200, "elsewhere");
}

#[test]
fn two_equal_lengths_in_frames_are_refused() {
    let rig = Rig::lock(&RIG, upstream);
    let ask = |lengths: &[http2::Field<'static>]| {
        let usual: [http2::Field; 5] = [
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":authority", b"app.test"),
            (b":path", b"/lengths"),
            (b"cookie", rig.session.as_bytes()),
        ];
        let fields = [&usual[..], lengths].concat();
        let request = Request { fields, data: vec![b"hello"], trailers: Vec::new() };
        http2::exchange(rig.gateway.addr, &request)
    };
    let length: http2::Field = (b"content-length", b"5");
    let outcome = ask(&[length, length]);
    let refused = matches!(outcome, Outcome::Status(400) | Outcome::Reset(_) | Outcome::GoAway(_));
    assert!(refused, "{outcome:?}");
    rig.innocent("two lengths");
    rig.assert_untouched("two lengths");
    // Control: one is welcome.
    assert_eq!(ask(&[length]), Outcome::Status(200));
    let head = rig.last_upstream_head("/lengths");
    assert_eq!(header_values(&head, "content-length"), ["5"], "{}", raw::lossy(&head));
}

#[test]
fn an_honest_path_with_a_percent_a_point_or_a_space_arrives_unchanged() {
    let rig = Rig::lock(&RIG, upstream);
    for path in ["/100%25.pdf", "/wiki/Apple_Inc.", "/x%20y"] {
        let line = format!("GET {path} HTTP/1.1");
        let reply = rig.exchange(format!("{line}\r\n{{H}}\r\n").as_bytes());
        assert_eq!(reply.text(), format!("upstream answers {line}"), "{path}: {}", reply.shown());
    }
    // Control: where the percent sign begins a second reading, it is refused.
    let row = b"GET /a%252e HTTP/1.1\r\n{H}\r\n";
    control("/a%252e", &rig.expand(row));
    rig.recorder.clear();
    let reply = rig.exchange(row);
    rig.assert_turned_away("/a%252e", &reply, &[400]);
}

#[test]
fn an_app_on_a_host_of_its_own_takes_sockets_from_its_own_pages() {
    let rig = Rig::lock(&RIG, upstream);
    let rows = [
        ("https://open.test", 101),
        // The pages of the public address are ours.
        ("https://app.test", 403),
        ("https://evil.test", 403),
        ("http://open.test", 403),
        ("https://open.test.evil.test", 403),
        ("https://open.test:8443", 403),
    ];
    for (origin, status) in rows {
        let row =
            format!("GET /ws HTTP/1.1\r\nHost: open.test\r\nOrigin: {origin}\r\n{HANDSHAKE}\r\n");
        // Control: the app itself agrees to each.
        let straight = raw::exchange(rig.recorder.addr(), row.as_bytes());
        assert_eq!(straight.status(), 101, "{origin}: control: {}", straight.shown());
        rig.recorder.clear();
        let mut connection = Connection::open(rig.gateway.addr);
        connection.write(row.as_bytes());
        let reply = connection.reply();
        assert_eq!(reply.status(), status, "{origin}: {}", reply.shown());
        match status {
            101 => {
                connection.write(b"\x81\x80\0\0\0\0");
                let answer = connection.at_least(TUNNEL_ANSWER.len());
                assert_eq!(answer, TUNNEL_ANSWER, "{origin}");
            }
            _ => rig.assert_turned_away(origin, &reply, &[403]),
        }
    }
}

#[test]
fn a_service_worker_is_for_an_apps_own_host_and_never_for_the_sign_in_pages() {
    let rig = Rig::lock(&RIG, upstream);
    let ask = |host: &str, lines: &str| {
        rig.exchange(format!("GET /sw.js HTTP/1.1\r\n{host}{lines}\r\n").as_bytes())
    };
    let worker = "Service-Worker: script\r\n";
    let reply = ask("{H}", worker);
    rig.assert_turned_away("sign-in host", &reply, &[403]);
    // Without the upper case, as HTTP/1 allows.
    let reply = ask("{H}", "service-worker: script\r\n");
    rig.assert_turned_away("sign-in host, lower case", &reply, &[403]);
    // Control: the script as such is no secret there, and the app's own host has no such pages.
    for (host, lines) in [("{H}", ""), ("Host: open.test\r\n", worker)] {
        let reply = ask(host, lines);
        assert_eq!(reply.status(), 200, "{host}: {}", reply.shown());
        assert!(reply.text().contains("/sw.js"), "{host}: {}", reply.shown());
    }
}

/// What an app was asked: the connection and the target.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(usize, String)>>>);

impl Log {
    /// Notes a request and gives its target.
    fn note(&self, index: usize, head: &[u8]) -> String {
        let line = raw::lossy(first_line(head));
        let target = line.split(' ').nth(1).unwrap_or_default().to_string();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((index, target.clone()));
        target
    }

    /// The connections on which a target was asked for.
    fn of(&self, target: &str) -> Vec<usize> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|(_, asked)| asked == target).map(|(index, _)| *index).collect()
    }
}

/// An app that answers with the body it got. It dies, once the body is in, on targets with `fatal`
/// always, and on targets with `mortal` where they are not the first on their connection.
fn frail_app(log: Log) -> SocketAddr {
    app(move |index, client| {
        let mut first = true;
        while let Some(head) = client.head() {
            let target = log.note(index, &head);
            let dies = target.contains("fatal") || target.contains("mortal") && !first;
            if dies && target.contains("midway") {
                client.take(150_000);
                return;
            }
            let Some(body) = client.body(&head) else { return };
            if dies {
                return;
            }
            first = false;
            let length = body.len();
            client.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes());
            client.write(&body);
        }
    })
}

#[test]
fn a_request_that_is_safe_to_repeat_is_asked_again_once_when_its_pooled_connection_dies() {
    let log = Log::default();
    let stand = Stand::before(frail_app(log.clone()));
    let sized = "Content-Length: 4\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n";
    let rows = [
        ("GET", "/mortal-page", "", "", "200", 2),
        ("HEAD", "/mortal-head", "", "", "200", 2),
        ("GET", "/mortal-query", chunked, "4\r\nbody\r\n0\r\n\r\n", "200", 2),
        ("POST", "/mortal-form", sized, "body", "502", 1),
        ("PUT", "/mortal-file", sized, "body", "502", 1),
        ("DELETE", "/mortal-entry", "", "", "502", 1),
        // Once and no more.
        ("GET", "/fatal", "", "", "502", 2),
    ];
    for (method, target, framing, body, status, times) in rows {
        let row = format!("{method} {target}");
        let mut client = stand.warm();
        let head = stand.asks(&row, framing);
        client.write(&[&head, body.as_bytes()].concat());
        let answer = client.final_head().unwrap_or_else(|| panic!("{row}: no answer"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{row}: {answer}");
        let asked = log.of(target);
        assert_eq!(asked.len(), times, "{row}: {asked:?}");
        assert_eq!(asked[0], *log.of("/warm").last().expect("a warm one"), "{row}: not reused");
        if let [old, new] = asked[..] {
            assert_ne!(old, new, "{row}: asked again on the connection that died");
        }
        if status == "200" && !body.is_empty() {
            assert_eq!(client.take(4), b"body", "{row}: repeated without its body");
        }
    }
    // Control: the last row left no pooled connection. A new one that dies is the app's failure.
    let mut client = Peer::open(stand.gateway.addr);
    client.write(&stand.asks("GET /fatal-at-once", ""));
    let answer = client.final_head().expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert_eq!(log.of("/fatal-at-once").len(), 1);
}

#[test]
fn a_long_body_is_never_sent_again_without_its_beginning() {
    let log = Log::default();
    let stand = Stand::before(frail_app(log.clone()));
    let chunk = [&b"2710\r\n"[..], &[b'x'; 10_000], b"\r\n"].concat();
    let body = [chunk.repeat(40), b"0\r\n\r\n".to_vec()].concat();
    let head = |line: &str| stand.asks(line, "Transfer-Encoding: chunked\r\n");

    let mut client = stand.warm();
    client.write(&[head("GET /mortal-midway"), body.clone()].concat());
    // The answer may be lost with the reset of an upload nobody reads.
    let answer = client.final_head();
    let failed = answer.as_deref().is_none_or(|head| head.starts_with("HTTP/1.1 502 "));
    assert!(failed, "{answer:?}");
    let asked = log.of("/mortal-midway");
    assert_eq!(asked, log.of("/warm"), "once, on the reused connection");

    // Control: the same request arrives whole where nobody dies.
    let mut client = stand.warm();
    client.write(&[head("GET /search"), body].concat());
    let head = client.head().expect("an answer");
    assert_eq!(client.body(&head).map(|body| body.len()), Some(400_000));
}

#[test]
fn a_visitor_who_leaves_during_a_slow_page_does_not_make_the_app_get_it_twice() {
    let log = Log::default();
    let seen = log.clone();
    let (sender, events) = mpsc::channel();
    let app = app(move |index, client| {
        while let Some(head) = client.head() {
            if seen.note(index, &head) == "/slow" {
                let _ = sender.send("asked");
                // Nothing is answered; the gateway gives up when the visitor has.
                let more = client.take(1);
                let _ = sender.send(if more.is_empty() { "given up" } else { "more came" });
                return;
            }
            client.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let stand = Stand::before(app);
    let mut client = stand.warm();
    client.write(&stand.asks("GET /slow", ""));
    assert_eq!(events.recv_timeout(DEADLINE), Ok("asked"));
    drop(client);
    assert_eq!(events.recv_timeout(DEADLINE * 2), Ok("given up"));
    // A repeat would be under way by now, and the one worker has time for it before these.
    for _ in 0..20 {
        stand.warm();
    }
    assert_eq!(log.of("/slow"), [0], "{:?}", log.of("/warm"));
}
