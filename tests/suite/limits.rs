//! What one client may take: connections, frames, memory.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::support::gateway::{Gateway, Setup};
use crate::support::http2::{
    self, Outcome, PING, PREFACE, PRIORITY, SETTINGS, WINDOW_UPDATE, block, frame,
};
use crate::support::raw::{Connection, DEADLINE};
use crate::support::recorder::{Recorder, Reply};

fn gateway(recorder: &Recorder, extra_server: &str) -> Gateway {
    let extra_server = extra_server.to_string();
    Gateway::start(Setup { extra_server, ..Setup::new(recorder.addr()) })
}

const GET: &[u8] = b"GET /page HTTP/1.1\r\nHost: open.test\r\n\r\n";

/// A connection on which a request was answered, or none.
fn served(addr: SocketAddr) -> Option<Connection> {
    let mut connection = Connection::open(addr);
    connection.write(GET);
    (connection.reply().status() == 200).then_some(connection)
}

#[test]
fn connections_of_one_address_are_counted() {
    let recorder = Recorder::start();
    let narrow = gateway(&recorder, "connections_per_address = 3");
    let mut held: Vec<_> = (0..3).map(|_| served(narrow.addr).expect("one of three")).collect();
    assert!(served(narrow.addr).is_none(), "a fourth");
    // Who leaves gives the place back.
    drop(held.pop());
    let again = (0..1000).find_map(|_| served(narrow.addr));
    assert!(again.is_some(), "after one has left");
    // Control: a listed proxy stands for many.
    let behind =
        gateway(&recorder, "connections_per_address = 3\ntrusted_proxies = [\"127.0.0.1\"]");
    let held: Vec<_> = (0..10).map(|_| served(behind.addr)).collect();
    assert!(held.iter().all(Option::is_some));
}

/// Begins a request from this visitor behind the proxy.
fn ask(addr: SocketAddr, path: &str, visitor: &str) -> Connection {
    let mut connection = Connection::open(addr);
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: open.test\r\nX-Forwarded-For: {visitor}\r\n\r\n");
    connection.write(head.as_bytes());
    connection
}

/// Row D06.
#[test]
fn exchanges_of_one_visitor_behind_a_proxy_are_counted_and_told_now_and_then() {
    let recorder = Recorder::scripted(|head| match head.starts_with(b"GET /events") {
        true => Reply::raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"),
        false => Reply::ok("here"),
    });
    let house = gateway(&recorder, "exchanges_per_address = 2\ntrusted_proxies = [\"127.0.0.1\"]");
    let (greedy, other) = ("203.0.113.7", "203.0.113.8");
    let mut held = [(); 2].map(|()| ask(house.addr, "/events", greedy));
    for connection in &mut held {
        assert!(connection.at_least(8).starts_with(b"HTTP/1.1"));
    }
    for _ in 0..20 {
        let reply = ask(house.addr, "/page", greedy).reply();
        assert_eq!(reply.status(), 503, "{}", reply.shown());
        assert!(reply.header("retry-after").is_some());
    }
    // Control: another visitor of the same proxy is served, and a page of our own is too.
    assert_eq!(ask(house.addr, "/page", other).reply().status(), 200);
    assert_eq!(ask(house.addr, "/.vestibule/whoami", greedy).reply().status(), 401);
    // Who leaves gives the places back.
    drop(held);
    let again = (0..1000).find(|_| ask(house.addr, "/page", greedy).reply().status() == 200);
    assert!(again.is_some(), "after they have left");
    // Control: what is refused for another reason is a line each.
    assert_eq!(ask(house.addr, "/.VESTIBULE/x", other).reply().status(), 404);
    assert!(house.logged("no_rule"));
    let log = house.log();
    assert_eq!(log.matches("requests were refused").count(), 1, "{log}");
    assert!(!log.contains("crowded"), "{log}");
}

/// Kind, flags, stream and payload of frames that bring nothing (rows D11, D14).
const EMPTY: &[(&str, u8, u8, u32, &[u8])] = &[
    ("PING", PING, 0, 0, &[1; 8]),
    ("SETTINGS", SETTINGS, 0, 0, &[]),
    ("PRIORITY", PRIORITY, 0, 3, &[0, 0, 0, 0, 1]),
    ("WINDOW_UPDATE", WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]),
    ("an unknown kind", 200, 0, 0, &[]),
];

/// Sends frames, then a request on stream 1. Tells whether that was answered.
fn answered_after(addr: SocketAddr, one: &[u8], count: usize) -> bool {
    let mut stream = TcpStream::connect(addr).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    stream.set_write_timeout(Some(DEADLINE)).expect("a deadline");
    let fields: [(&[u8], &[u8]); 4] = [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":authority", b"open.test"),
        (b":path", b"/page"),
    ];
    let opening = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let request = frame(1, 5, 1, &block(&fields));
    let flood = one.repeat(count);
    let mut reader = stream.try_clone().expect("a second handle");
    let writer = std::thread::spawn(move || {
        // Who is cut off cannot write on.
        let _ = [opening, flood, request].iter().try_for_each(|bytes| stream.write_all(bytes));
        stream
    });
    let mut answered = false;
    let mut head = [0; 9];
    while !answered && reader.read_exact(&mut head).is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).expect("a length")];
        if reader.read_exact(&mut payload).is_err() {
            break;
        }
        answered = head[3] == 1;
    }
    drop(reader);
    drop(writer.join().expect("the writer ends"));
    answered
}

/// Rows D11 and D14.
#[test]
fn a_flood_of_frames_ends_the_connection() {
    let recorder = Recorder::start();
    let house = gateway(&recorder, "");
    for (name, kind, flags, stream, payload) in EMPTY {
        let one = frame(*kind, *flags, *stream, payload);
        assert!(!answered_after(house.addr, &one, 20_000), "{name}");
        // Control: as many as a browser sends.
        assert!(answered_after(house.addr, &one, 100), "{name}");
    }
    let metrics = crate::support::raw::exchange(
        house.operator,
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(metrics.text().contains("vestibule_refusals_total{reason=\"frame_flood\"}"));
}

/// Row D15: a small block that is a large list.
#[test]
fn a_field_that_is_repeated_by_its_index_is_counted_each_time() {
    let recorder = Recorder::start();
    let house = gateway(&recorder, "");
    let outcome = |repeats: usize| {
        let value = vec![b'x'; 1000];
        // A literal with indexing, then the entry it made, again and again.
        let mut field = vec![0x40, 3, b'x', b'-', b'a', 0x7f, 0xe9, 0x06];
        assert_eq!(0x7f + 0x69 + (6 << 7), value.len());
        field.extend(&value);
        field.extend(vec![0x80 | 62; repeats]);
        let fields: [(&[u8], &[u8]); 4] = [
            (b":method", b"GET"),
            (b":scheme", b"https"),
            (b":authority", b"open.test"),
            (b":path", b"/page"),
        ];
        let block = [block(&fields), field].concat();
        http2::exchange_block(house.addr, &block)
    };
    let bomb = outcome(4000);
    let refused = [Outcome::Status(431), Outcome::Status(400), Outcome::Closed];
    let reset = matches!(bomb, Outcome::Reset(_) | Outcome::GoAway(_));
    assert!(reset || refused.contains(&bomb), "{bomb:?}");
    assert!(recorder.requests().is_empty(), "{}", recorder.shown());
    // Control: a few are a few.
    assert_eq!(outcome(4), Outcome::Status(200));
}

/// Whoever sends on is told why it was refused, instead of seeing the connection reset.
#[test]
fn a_form_that_is_far_too_large_gets_its_answer_whole() {
    let recorder = Recorder::start();
    let gateway = gateway(&recorder, "");
    let length = 8 * 1024 * 1024;
    let head = |length: usize| {
        format!(
            "POST /.vestibule/sign-in HTTP/1.1\r\nHost: app.test\r\nOrigin: https://app.test\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    for round in 0..10 {
        let mut stream = TcpStream::connect(gateway.addr).expect("a connection");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream.set_write_timeout(Some(DEADLINE)).expect("a deadline");
        stream.write_all(head(length).as_bytes()).expect("the head is taken");
        let piece = vec![b'a'; 64 * 1024];
        for sent in 0..length / piece.len() {
            stream.write_all(&piece).unwrap_or_else(|error| {
                panic!("round {round}: after {sent} pieces: {error}");
            });
        }
        let mut told = Vec::new();
        stream.read_to_end(&mut told).expect("the answer and its end");
        let told = String::from_utf8_lossy(&told);
        assert!(told.starts_with("HTTP/1.1 413 "), "round {round}: {told}");
        assert!(told.ends_with("</html>\n") || told.ends_with('}'), "round {round}: {told}");
    }
    // Control: what is not too large is read and judged.
    let mut connection = Connection::open(gateway.addr);
    connection.write([head(4).as_bytes(), b"name"].concat().as_slice());
    assert_ne!(connection.reply().status(), 413);
}
