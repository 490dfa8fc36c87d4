//! What goes through for somebody ends with their session, and with nobody else's: WebSockets, event
//! streams, downloads and uploads, over HTTP/1.1 and over HTTP/2.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Runtime;

use crate::support::account;
use crate::support::client::Client;
use crate::support::endless::{EVENT, Endless, FRAME, HALF_FRAME, Said};
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Connection, DEADLINE};
use crate::support::rig::ANNA;
use crate::support::walk::{fill, metrics, visitor};

/// An unmasked close frame of 1008, as the gateway sends it.
const CLOSE: &[u8] = b"\x88\x02\x03\xf0";

/// A second is promised; a busy machine gets more.
const SOON: Duration = Duration::from_secs(5);

/// The handshake of RFC 6455's own example.
pub const HANDSHAKE: &str = "Origin: https://app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Everything that may be under way, what its request has beside the usual lines, and what of its
/// answer shows that it has begun.
const KINDS: [(&str, &str, &str, &[u8]); 6] = [
    ("ws", "GET", HANDSHAKE, FRAME),
    ("ws-half", "GET", HANDSHAKE, HALF_FRAME),
    ("events", "GET", "", EVENT),
    ("download", "GET", "", b"xxx"),
    // Its client takes nothing at all.
    ("download-stalled", "GET", "", b""),
    ("upload", "POST", "Content-Length: 1000000\r\n", b""),
];

struct House {
    app: Endless,
    gateway: Gateway,
}

impl House {
    fn open() -> Self {
        let app = Endless::start();
        let mut setup = Setup::new(app.addr);
        setup.extra = "[hashing]\nmemory_kib = 64\npasses = 1\n".to_string();
        let gateway = Gateway::start(setup);
        gateway.add_account(ANNA.0, ANNA.1, &["admin"]);
        Self { app, gateway }
    }

    /// A new session of an account.
    fn session(&self, name: &str) -> String {
        self.gateway.sign_in(name, ANNA.1)
    }

    /// Asks for a target and waits until the exchange goes on.
    fn begin(&self, session: &str, target: &str) -> Connection {
        let kind = target.split('/').nth(1).unwrap_or_default();
        let (_, method, lines, shows) =
            *KINDS.iter().find(|(known, ..)| *known == kind).expect("a kind");
        let mut connection = Connection::open(self.gateway.addr);
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\n{lines}\r\n"
        );
        connection.write(head.as_bytes());
        self.app.wait_for(&[Said::Came(target.to_string())]);
        if kind == "upload" {
            connection.write(b"first");
            self.app.wait_for(&[Said::Got(target.to_string(), b"first".to_vec())]);
        }
        await_in(&mut connection, shows);
        connection
    }

    /// All kinds at once, each with its target, below a folder of its own.
    fn begin_all(&self, session: &str, folder: &str) -> Vec<(&'static str, String, Connection)> {
        let begin = |(kind, ..): &(&'static str, &str, &str, &[u8])| {
            let target = format!("/{kind}/{folder}");
            let connection = self.begin(session, &target);
            (*kind, target, connection)
        };
        KINDS.iter().map(begin).collect()
    }

    fn sign_out(&self, session: &str) {
        let mut browser = self.browser(session);
        let reply = fill(&mut browser, "sign-out", &[]);
        assert!(reply.status() < 400, "{}", reply.shown());
    }

    fn browser(&self, session: &str) -> Client {
        let mut browser = visitor(&self.gateway);
        let (name, value) = session.split_once('=').expect("a cookie");
        browser.cookies.push((name.to_string(), value.to_string()));
        browser
    }

    fn cli(&self, args: &[&str]) {
        let output = self.gateway.cli(args, "");
        assert!(output.status.success(), "{args:?}: {output:?}");
    }

    /// Asserts that both sides of each of these are closed, the app's without waiting for anything.
    fn assert_ended(&self, since: Instant, all: Vec<(&'static str, String, Connection)>) {
        let ended: Vec<_> = all.iter().map(|(_, target, _)| Said::Ended(target.clone())).collect();
        self.app.wait_for(&ended);
        assert!(since.elapsed() < SOON, "the app's side took {:?}", since.elapsed());
        for (kind, target, mut connection) in all {
            let rest = connection.until_closed();
            assert!(rest.closed, "{target}: the client's side is open");
            match kind {
                // Only whole frames are followed by one of ours.
                "ws" => assert_eq!(rest.bytes, CLOSE, "{target}"),
                "ws-half" | "events" => assert_eq!(rest.bytes, b"", "{target}"),
                "upload" => assert_eq!(rest.status(), 401, "{target}: {}", rest.shown()),
                _ => assert!(rest.bytes.iter().all(|byte| *byte == b'x') || kind != "download"),
            }
        }
    }

    /// Asserts that each of these goes on in both directions it has.
    fn assert_goes_on(&self, all: &mut [(&'static str, String, Connection)]) {
        for (kind, target, connection) in all {
            match *kind {
                "ws" => {
                    connection.write(b"masked?");
                    self.app.wait_for(&[Said::Got(target.clone(), b"masked?".to_vec())]);
                    self.app.say(target, FRAME);
                    await_in(connection, FRAME);
                }
                "ws-half" => {
                    self.app.say(target, b"more of it");
                    await_in(connection, b"more of it");
                }
                "events" => {
                    self.app.say(target, b"data: 2\n\n");
                    await_in(connection, b"data: 2\n\n");
                }
                "upload" => {
                    connection.write(b"second");
                    self.app.wait_for(&[Said::Got(target.clone(), b"second".to_vec())]);
                }
                // What was on its way is passed over.
                _ => drop(connection.at_least(8 * 1024 * 1024)),
            }
        }
    }

    fn ended(&self, reason: &str) -> u64 {
        let text = metrics(&self.gateway);
        let series = format!("vestibule_streams_ended_total{{reason=\"{reason}\"}} ");
        let value = text.lines().find_map(|line| line.strip_prefix(&series));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {series}: {text}"))
    }
}

/// Reads until these bytes have come.
/// Reads until these bytes came.
pub fn await_in(connection: &mut Connection, wanted: &[u8]) {
    let mut came = Vec::new();
    while !wanted.is_empty() && !raw::holds(&came, wanted) {
        let more = connection.at_least(1);
        assert!(!more.is_empty(), "ended after {}", raw::lossy(&came));
        came.extend(more);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is the promise")]
fn what_goes_through_ends_when_its_visitor_signs_out() {
    let house = House::open();
    let (leaves, stays) = (house.session(ANNA.0), house.session(ANNA.0));
    let mut others = house.begin_all(&stays, "stays");
    let all = house.begin_all(&leaves, "leaves");
    let mut idle = Connection::open(house.gateway.addr);
    let asks =
        |session: &str| format!("GET /x HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\n\r\n");
    idle.write(asks(&leaves).as_bytes());
    assert_eq!(idle.reply().status(), 200);

    house.sign_out(&leaves);
    let since = Instant::now();
    house.assert_ended(since, all);
    assert_eq!(house.ended("revoked"), KINDS.len() as u64);
    assert_eq!(house.ended("expired"), 0);
    // A connection that only waited for its next request serves on: whoever comes.
    for (session, status) in [(&leaves, 401), (&stays, 200)] {
        idle.write(asks(session).as_bytes());
        assert_eq!(idle.reply().status(), status);
    }

    // Control: another session of the same account goes on, until it ends too.
    house.assert_goes_on(&mut others);
    house.sign_out(&stays);
    let since = Instant::now();
    house.assert_ended(since, others);
    let log = house.gateway.log();
    assert!(!log.contains("a request failed") && !log.contains("ERROR"), "{log}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is the promise")]
fn what_goes_through_ends_when_the_account_may_not_go_there_any_more() {
    let house = House::open();
    house.gateway.add_account("bea", ANNA.1, &["admin"]);
    let anna = house.session(ANNA.0);
    let mut others = house.begin_all(&anna, "anna");
    let mut all = house.begin_all(&house.session("bea"), "bea");

    // What is changed but does not matter ends nothing.
    house.cli(&["user", "set", "bea", "--full-name", "Bea"]);
    house.assert_goes_on(&mut all);
    assert_eq!(house.ended("revoked"), 0);

    house.cli(&["user", "sign-out", "bea"]);
    let since = Instant::now();
    house.assert_ended(since, all);
    // Control: another account's go on.
    house.assert_goes_on(&mut others);
    assert_eq!(house.ended("revoked"), KINDS.len() as u64);

    // Who was only signed out comes in again, and who is disabled does not stay.
    let all = house.begin_all(&house.session("bea"), "bea-again");
    house.cli(&["user", "disable", "bea"]);
    let since = Instant::now();
    house.assert_ended(since, all);
    house.assert_goes_on(&mut others);
    assert_eq!(house.ended("revoked"), 2 * KINDS.len() as u64);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is the promise")]
fn what_goes_through_ends_when_its_owner_ends_the_session_elsewhere() {
    let house = House::open();
    let (own, first, second) =
        (house.session(ANNA.0), house.session(ANNA.0), house.session(ANNA.0));
    let mut browser = house.browser(&own);
    let mut mine = house.begin_all(&own, "mine");
    let lost = house.begin_all(&first, "lost");

    // One of them, as the account page calls it.
    let before = account::values(&browser, "session");
    assert_eq!(before.len(), 2);
    house.sign_out(&second);
    let id = account::values(&browser, "session").pop().expect("the other one");
    account::press(&mut browser, "account/end", &[("session", &id)]);
    let since = Instant::now();
    house.assert_ended(since, lost);
    house.assert_goes_on(&mut mine);

    // All others.
    let lost = house.begin_all(&house.session(ANNA.0), "lost-too");
    account::press(&mut browser, "account/end-others", &[]);
    let since = Instant::now();
    // One's own session goes on under a new value: what went through under the old
    // one ends as well, and begins again with the next request.
    house.assert_ended(since, lost.into_iter().chain(mine).collect());
    assert_eq!(browser.fetch("/x").status(), 200);

    // And with a new password, whatever the old one opened.
    let lost = house.begin_all(&house.session(ANNA.0), "lost-at-last");
    let typed = [("current", ANNA.1), ("new", account::NEW), ("again", account::NEW)];
    let reply = fill(&mut browser, "account/password", &typed);
    let since = Instant::now();
    assert_eq!(reply.status(), 303, "{}", reply.shown());
    house.assert_ended(since, lost);
    assert_eq!(browser.fetch("/x").status(), 200);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is the promise")]
fn over_http2_a_stream_ends_alone_and_the_connection_where_its_client_takes_nothing() {
    let house = House::open();
    let (leaves, stays) = (house.session(ANNA.0), house.session(ANNA.0));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mut client = runtime.block_on(connect(&house));
    let mut staying = Http2::begin(&runtime, &house, &mut client, &stays, "/events/stays");
    let mut leaving = Http2::begin(&runtime, &house, &mut client, &leaves, "/events/leaves");
    let mut upload = Http2::begin(&runtime, &house, &mut client, &leaves, "/upload/leaves");
    // On a connection of its own, and never read.
    let mut other = runtime.block_on(connect(&house));
    let mut stalled = Http2::begin(&runtime, &house, &mut other, &leaves, "/download/leaves");

    house.sign_out(&leaves);
    let since = Instant::now();
    let ended = ["/events/leaves", "/upload/leaves", "/download/leaves"];
    house.app.wait_for(&ended.map(|target| Said::Ended(target.to_string())));
    assert!(since.elapsed() < SOON, "the app's side took {:?}", since.elapsed());
    leaving.assert_breaks_off(&runtime);
    assert_eq!(upload.status(&runtime), 401, "the upload is told why");
    stalled.assert_breaks_off(&runtime);
    assert_eq!(house.ended("revoked"), 3);

    // Control: another stream of the same connection goes on.
    house.app.say("/events/stays", b"data: 2\n\n");
    assert_eq!(staying.piece(&runtime).as_deref(), Some(&b"data: 2\n\n"[..]));
}

// ---- HTTP/2 -------------------------------------------------------------------------------------

type Sender = h2::client::SendRequest<Bytes>;

async fn connect(house: &House) -> Sender {
    let stream = tokio::net::TcpStream::connect(house.gateway.addr).await.expect("a connection");
    let (client, connection) = h2::client::handshake(stream).await.expect("a handshake");
    tokio::spawn(connection);
    client.ready().await.expect("a client")
}

/// A request that is not over.
struct Http2 {
    answer: Option<h2::client::ResponseFuture>,
    body: Option<h2::RecvStream>,
    // Dropping it would end the request.
    _request: h2::SendStream<Bytes>,
}

impl Http2 {
    /// Asks for a target and waits until the exchange goes on.
    fn begin(
        runtime: &Runtime,
        house: &House,
        client: &mut Sender,
        session: &str,
        target: &str,
    ) -> Self {
        let uploads = target.starts_with("/upload");
        let request = http::Request::builder()
            .method(if uploads { "POST" } else { "GET" })
            .uri(format!("https://app.test{target}"))
            .header("cookie", session);
        let request = request.body(()).expect("a request");
        let sent = client.send_request(request, !uploads);
        let (answer, mut request) = sent.expect("the request is sent");
        house.app.wait_for(&[Said::Came(target.to_string())]);
        if uploads {
            request.send_data(Bytes::from_static(b"first"), false).expect("it is sent");
            house.app.wait_for(&[Said::Got(target.to_string(), b"first".to_vec())]);
            return Self { answer: Some(answer), body: None, _request: request };
        }
        let answer = runtime.block_on(within(answer)).expect("an answer");
        let mut begun = Self { answer: None, body: Some(answer.into_body()), _request: request };
        if target.starts_with("/events") {
            assert_eq!(begun.piece(runtime).as_deref(), Some(EVENT));
        }
        begun
    }

    /// The next piece of the answer, or nothing where it is broken off.
    fn piece(&mut self, runtime: &Runtime) -> Option<Bytes> {
        let body = self.body.as_mut().expect("an answer that has begun");
        runtime.block_on(within(body.data())).expect("not the end of a whole answer").ok()
    }

    /// Takes what is left; half an answer must not look like a whole one.
    fn assert_breaks_off(&mut self, runtime: &Runtime) {
        while self.piece(runtime).is_some() {}
    }

    /// The status of an answer that has not begun.
    fn status(&mut self, runtime: &Runtime) -> u16 {
        let answer = runtime.block_on(within(self.answer.as_mut().expect("no answer yet")));
        answer.expect("an answer").status().as_u16()
    }
}

async fn within<T>(waited: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, waited).await.expect("within the deadline")
}
