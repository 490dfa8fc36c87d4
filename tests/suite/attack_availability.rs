//! What one client can cost the others: frames without end, slow heads, forms that are large in an
//! odd way, answers that are asked for again and again. Row D of each is in its name or beside it.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::client::{Client, hidden};
use crate::support::gateway::{Gateway, Setup};
use crate::support::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Field, GOAWAY, HEADERS, PING, PREFACE, PRIORITY,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, block, frame,
};
use crate::support::raw::{self, Connection, DEADLINE};
use crate::support::recorder::Recorder;
use crate::support::rig::{Rig, SharedRig};
use crate::support::walk::metrics;

static RIG: SharedRig = SharedRig::new();

/// A request to the host on which everybody may do everything.
fn open_request(method: &[u8], path: &[u8]) -> Vec<u8> {
    let fields: [Field; 4] = [
        (b":method", method),
        (b":scheme", b"https"),
        (b":authority", b"open.test"),
        (b":path", path),
    ];
    block(&fields)
}

/// What came of many frames.
#[derive(Debug, Default)]
struct Told {
    /// Whether the gateway ended the connection.
    ended: bool,
    answers: usize,
    resets: usize,
}

/// Sends frames and then a PING, and reads until that is answered or the connection ends.
fn flood(addr: SocketAddr, frames: Vec<u8>) -> Told {
    let mut stream = TcpStream::connect(addr).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    stream.set_write_timeout(Some(DEADLINE)).expect("a deadline");
    let mut reader = stream.try_clone().expect("a second handle");
    let writer = std::thread::spawn(move || {
        let opening = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        let last = frame(PING, 0, 0, b"the last");
        // Who is cut off cannot write on.
        let _ = [opening, frames, last].iter().try_for_each(|bytes| stream.write_all(bytes));
        stream
    });
    let (mut told, mut head) = (Told::default(), [0; 9]);
    loop {
        if reader.read_exact(&mut head).is_err() {
            told.ended = true;
            break;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).expect("a length")];
        told.ended = reader.read_exact(&mut payload).is_err() || head[3] == GOAWAY;
        match head[3] {
            HEADERS => told.answers += 1,
            RST_STREAM => told.resets += 1,
            _ => {}
        }
        if told.ended || (head[3] == PING && payload == b"the last") {
            break;
        }
    }
    drop(reader);
    drop(writer.join().expect("the writer ends"));
    told
}

/// Streams of a client: 1, 3, 5 and so on.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|index| 2 * index + 1)
}

/// Requests for this path that reached the upstream. Those of other tests may still come: who counts
/// its frames waits for no answers.
fn reached(rig: &Rig, path: &str) -> usize {
    let requests = rig.recorder.requests();
    requests.iter().filter(|head| String::from_utf8_lossy(head).contains(path)).count()
}

#[test]
fn d10_requests_that_are_taken_back_at_once_end_the_connection() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let taken_back = |count| {
        let request = open_request(b"GET", b"/taken-back");
        let one = |stream| {
            let head = frame(HEADERS, END_STREAM | END_HEADERS, stream, &request);
            [head, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
        };
        flood(rig.gateway.addr, streams(count).flat_map(one).collect())
    };
    let told = taken_back(5000);
    assert!(told.ended, "{told:?}");
    rig.innocent("D10");
    let reached = reached(&rig, "/taken-back");
    assert!(reached <= 200, "{reached} requests went upstream");
    // Control: a browser that stops loading a page does it too.
    assert!(!taken_back(20).ended);
}

#[test]
fn d11_a_client_that_has_us_reset_its_requests_is_cut_off() {
    let stays: &[u8] = &0x7fff_ffff_u32.to_be_bytes();
    // What makes a server reset a stream whose request it has begun.
    let ways: [(&str, u8, u8, &[u8]); 6] = [
        ("a window of 0 more", WINDOW_UPDATE, 0, &[0; 4]),
        ("a window that overflows", WINDOW_UPDATE, 0, stays),
        ("data behind the end", DATA, 0, b"late"),
        ("fields behind the end", HEADERS, END_HEADERS, b""),
        ("a priority of another length", PRIORITY, 0, &[0; 4]),
        ("a stream that depends on itself", PRIORITY, 0, b""),
    ];
    let rig = Rig::lock(&RIG, Recorder::start);
    for (row, (name, kind, flags, payload)) in ways.into_iter().enumerate() {
        let path = format!("/reset-{row}");
        let request = open_request(b"GET", path.as_bytes());
        let one = |stream: u32| {
            let itself = [&stream.to_be_bytes()[..], &[0]].concat();
            let payload = if name.ends_with("itself") { &itself } else { payload };
            let head = frame(HEADERS, END_STREAM | END_HEADERS, stream, &request);
            [head, frame(kind, flags, stream, payload)].concat()
        };
        let told = flood(rig.gateway.addr, streams(1000).flat_map(one).collect());
        // What makes us reset nothing is a thousand ordinary requests, and costs what they cost.
        assert!(told.ended || told.resets == 0, "{name}: {told:?}");
        rig.innocent(name);
        let reached = reached(&rig, &path);
        assert!(!told.ended || reached <= 200, "{name}: {reached} requests went upstream");
    }
    // Control: a thousand requests without more are answered, and nothing ends.
    let request = open_request(b"GET", b"/plain");
    let plain = |stream| frame(HEADERS, END_STREAM | END_HEADERS, stream, &request);
    let told = flood(rig.gateway.addr, streams(90).flat_map(plain).collect());
    assert!(!told.ended && told.resets == 0, "{told:?}");
}

#[test]
fn d12_fields_that_never_end_are_cut_off() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let continued = |count: usize, piece: &[u8]| {
        let head = frame(HEADERS, END_STREAM, 1, &open_request(b"GET", b"/continued"));
        let more = frame(CONTINUATION, 0, 1, piece).repeat(count);
        let last = frame(CONTINUATION, END_HEADERS, 1, b"");
        flood(rig.gateway.addr, [head, more, last].concat())
    };
    let field = block(&[(b"x-a", b"some text of a field")]);
    for (name, piece) in [("fields", &field[..]), ("nothing", b"")] {
        let told = continued(5000, piece);
        assert!(told.ended, "{name}: {told:?}");
        rig.innocent(name);
        assert_eq!(reached(&rig, "/continued"), 0, "{name}");
    }
    // Control: fields may go on in a second and a third frame.
    assert!(!continued(2, &field).ended);
    rig.recorder.wait_for(b"/continued");
}

#[test]
fn d16_a_thousand_open_streams_are_no_thousand_requests() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let open = |count| {
        let request = open_request(b"POST", b"/open");
        let head = |stream| frame(HEADERS, END_HEADERS, stream, &request);
        flood(rig.gateway.addr, streams(count).flat_map(head).collect())
    };
    let told = open(1000);
    assert!(told.ended || told.resets >= 900, "{told:?}");
    rig.innocent("D16");
    let reached = reached(&rig, "/open");
    assert!(reached <= 100, "{reached} requests went upstream");
    // Control: a few wait for their bodies.
    let few = open(5);
    assert!(!few.ended && few.resets == 0, "{few:?}");
}

/// Sends a byte a second until the gateway hangs up. The seconds it bore that, at most, and what it
/// said.
fn trickle(addr: SocketAddr, start: &[u8], more: &[u8]) -> (usize, Vec<u8>) {
    let mut stream = TcpStream::connect(addr).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a deadline");
    stream.write_all(start).expect("a beginning");
    let (mut piece, mut said) = ([0; 4096], Vec::new());
    for (turn, byte) in more.iter().cycle().take(60).enumerate() {
        let _ = stream.write_all(&[*byte]);
        // What it says without hanging up takes no turn.
        loop {
            match stream.read(&mut piece) {
                Ok(count) if count > 0 => said.extend_from_slice(&piece[..count]),
                Err(error)
                    if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) =>
                {
                    break;
                }
                _ => return (turn, said),
            }
        }
    }
    panic!("a minute was not enough to be cut off");
}

#[test]
fn d01_a_head_that_comes_byte_by_byte_is_not_waited_for() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let addr = rig.gateway.addr;
    let slow = std::thread::spawn(move || trickle(addr, b"GET /slow HTTP/1.1\r\nX-A: ", b"a"));
    let preface = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let framed = std::thread::spawn(move || trickle(addr, &preface, &[0, 1, 0, 1, 4, 0, 0, 0, 1]));
    // Meanwhile others are served.
    for _ in 0..20 {
        rig.innocent("D01");
    }
    // They were waited for at first: a turn is longer than a second where the machine is busy.
    let (turns, said) = slow.join().expect("it ends");
    let reply = raw::Reply { bytes: said, closed: true };
    assert!((2..30).contains(&turns), "after {turns} s");
    assert_eq!(reply.status(), 408, "{}", reply.shown());
    let (turns, said) = framed.join().expect("it ends");
    assert!((2..30).contains(&turns), "after {turns} s: {said:?}");
    assert_eq!(reached(&rig, "/slow"), 0);
}

/// A gzip file that holds these bytes as they are.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a short text");
    let step = |sum: u32, _| if sum & 1 == 0 { sum >> 1 } else { sum >> 1 ^ 0xedb8_8320 };
    let sum = bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step));
    let mut file = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01".to_vec();
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(bytes);
    file.extend((!sum).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

fn client(rig: &Rig) -> Client {
    Client::new(rig.gateway.addr, &rig.gateway.public_url)
}

/// A form that is none: its row, the fields of its head, and its body.
type Odd<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a [u8]);

#[test]
fn d17_d18_a_form_that_is_larger_than_it_looks_is_refused_at_once() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let mut browser = client(&rig);
    let csrf = hidden(&browser.get("/.vestibule/sign-in?other").text(), "csrf");
    let good = format!("csrf={csrf}&name=anna");
    const FORM: &str = "application/x-www-form-urlencoded";
    let fields = format!("{good}{}", "&a=1".repeat(17_000));
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let packed = gzip(good.as_bytes());
    let rows: [Odd; 3] = [
        ("D17", vec![("Content-Type", FORM), ("Content-Encoding", "gzip")], &packed),
        ("D18 fields", vec![("Content-Type", FORM)], fields.as_bytes()),
        ("D18 nested", vec![("Content-Type", "application/json")], nested.as_bytes()),
    ];
    for (name, mut headers, body) in rows {
        headers.push(("Origin", "https://app.test"));
        headers.push(("Sec-Fetch-Site", "same-origin"));
        let reply = browser.send("POST", "/.vestibule/sign-in", &headers, body);
        let back = reply.header("location").unwrap_or_default();
        // What is not unpacked is no form; whoever sent it gets an empty one.
        let refused = [400, 403, 413, 415, 422].contains(&reply.status());
        assert!(refused || back == "/.vestibule/sign-in", "{name}: {}", reply.shown());
    }
    assert_eq!(reached(&rig, "/.vestibule/"), 0);
    // Control: the same form, as it is meant.
    let reply = browser.post_form("/.vestibule/sign-in", &[("csrf", &csrf), ("name", "anna")]);
    assert_eq!(reply.status(), 303, "{}", reply.shown());
}

#[test]
fn d19_ranges_of_our_own_pages_are_not_counted_out() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let many = format!("bytes={}", vec!["0-"; 500].join(","));
    let target = "/.vestibule/asset/vestibule.css";
    let whole = client(&rig).get(target);
    for ranges in ["bytes=0-0", &many] {
        let reply = client(&rig).send("GET", target, &[("Range", ranges)], b"");
        assert_eq!(reply.status(), 200, "{ranges}");
        assert_eq!(reply.body(), whole.body(), "{ranges}");
    }
    // Control: it is a file of which ranges could be made.
    assert!(whole.body().len() > 1000);
}

/// Names of the series of the metrics, without their values.
fn series(gateway: &Gateway) -> Vec<String> {
    let text = metrics(gateway);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit_once(' ').map(|(name, _)| name.to_string())).collect()
}

#[test]
fn d23_d25_whatever_is_asked_neither_metrics_nor_the_log_grow_with_it() {
    let recorder = Recorder::start();
    let gateway = Gateway::start(Setup::new(recorder.addr()));
    let ask = |round: usize| {
        let mut connection = Connection::open(gateway.addr);
        connection.write(
            format!(
                "GET /odd-{round} HTTP/1.1\r\nHost: open.test\r\nUser-Agent: odd-{round}\r\n\r\n"
            )
            .as_bytes(),
        );
        assert_eq!(connection.reply().status(), 200);
        for (line, status) in [
            (format!("GET /odd HTTP/1.1\r\nHost: odd-{round}.test\r\n\r\n"), 421),
            (format!("ODD{round} / HTTP/1.1\r\nHost: open.test\r\n\r\n"), 405),
            (format!("GET /a//odd-{round} HTTP/1.1\r\nHost: open.test\r\n\r\n"), 400),
            (format!("GET / HTTP/1.1\r\nHost: open.test\r\nodd {round}: x\r\n\r\n"), 400),
        ] {
            let reply = raw::exchange(gateway.addr, line.as_bytes());
            assert_eq!(reply.status(), status, "{line}: {}", reply.shown());
        }
    };
    ask(0);
    let (before, log) = (series(&gateway), gateway.log().len());
    let rounds = 200;
    (1..=rounds).for_each(ask);
    // Control: these are counted.
    assert!(before.iter().any(|name| name.contains("reason=\"malformed\"")), "{before:?}");
    assert_eq!(series(&gateway), before, "a series for what was asked");
    // Of five, what is malformed is counted only; the rest is one short line each at most. What is
    // still to be written is written when the gateway stops.
    let text = metrics(&gateway);
    assert!(!text.contains("odd-"), "{text}");
    gateway.terminate();
    let grown = gateway.log().len() - log;
    assert!(grown <= rounds * 4 * 300, "{grown} bytes for {rounds} rounds");
}

#[test]
fn d24_the_key_set_is_the_same_small_file_however_often_it_is_asked_for() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let request = b"GET /.vestibule/jwks.json HTTP/1.1\r\nHost: app.test\r\n\r\n";
    let mut connection = Connection::open(rig.gateway.addr);
    let mut ask = || {
        connection.write(request);
        connection.reply()
    };
    let first = ask();
    assert_eq!(first.status(), 200, "{}", first.shown());
    let kept = first.header("cache-control").unwrap_or_default();
    assert!(kept.contains("public"), "{kept}");
    let reads = |gateway: &Gateway| {
        let text = metrics(gateway);
        let lines = text.lines().filter(|line| line.starts_with("vestibule_store_seconds_count"));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>()
    };
    let before = reads(&rig.gateway);
    for _ in 0..2000 {
        assert_eq!(ask().body(), first.body());
    }
    assert!(reads(&rig.gateway) - before < 100.0, "the store is asked each time");
}
