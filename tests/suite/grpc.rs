//! Apps that speak HTTP/2, with what gRPC needs of it: trailers, streams in both directions that go
//! on at once, and an end that concerns one stream alone.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Request, Response, Version};

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::rig::ANNA;

const PATIENCE: Duration = Duration::from_secs(30);
const GRPC: &str = "application/grpc";

/// What an app saw.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<http::request::Parts>>,
    /// How streams that broke off ended.
    resets: Mutex<Vec<Reason>>,
}

/// An app that speaks HTTP/2 without TLS.
struct App {
    addr: SocketAddr,
    seen: Arc<Seen>,
}

impl App {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let app = Self { addr: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = app.seen.clone();
        std::thread::spawn(move || {
            runtime().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((tcp, _)) = listener.accept().await {
                    seen.connections.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(converse(tcp, seen.clone()));
                }
            });
        });
        app
    }
}

async fn converse(tcp: tokio::net::TcpStream, seen: Arc<Seen>) {
    let Ok(mut connection) = h2::server::handshake(tcp).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let seen = seen.clone();
        tokio::spawn(async move {
            let (parts, body) = request.into_parts();
            let path = parts.uri.path().to_owned();
            seen.requests.lock().unwrap().push(parts);
            if let Err(error) = answer(&path, body, respond).await {
                seen.resets.lock().unwrap().extend(error.reason());
            }
        });
    }
}

/// `/unary` and the rest say back what comes, piece by piece, with a status in the trailers;
/// `/refused` answers in the head alone; `/refused-stream` was never begun with, and `/broken-stream` was;
/// `/silent` says nothing.
async fn answer(
    path: &str,
    mut body: RecvStream,
    mut respond: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let head = || Response::builder().header("content-type", GRPC);
    if path == "/refused" {
        let only = head().header("grpc-status", "7").body(()).unwrap();
        respond.send_response(only, true)?;
        return Ok(());
    }
    let resets =
        [("/refused-stream", Reason::REFUSED_STREAM), ("/broken-stream", Reason::INTERNAL_ERROR)];
    if let Some((_, reason)) = resets.iter().find(|(reset, _)| *reset == path) {
        respond.send_reset(*reason);
        return Ok(());
    }
    if path == "/silent" {
        std::future::pending::<()>().await;
    }
    let answer = head().header("set-cookie", "__Host-vestibule=stolen; Secure; Path=/");
    let mut stream = respond.send_response(answer.body(()).unwrap(), false)?;
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        stream.send_data(piece, false)?;
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    trailers.insert("grpc-message", "all well".parse().unwrap());
    stream.send_trailers(trailers)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs what a test says, and fails it where that takes too long.
fn run<T>(said: impl Future<Output = T>) -> T {
    runtime().block_on(async { tokio::time::timeout(PATIENCE, said).await.expect("in time") })
}

fn gateway(app: &App, keys: &str) -> Gateway {
    let mut setup = Setup::new(SocketAddr::from(([127, 0, 0, 1], 9)));
    setup.extra = format!(
        "[[app]]\nname = \"calls\"\nhosts = [\"calls.test\"]\nupstreams = [\"h2c://{}\"]\n{keys}\n\
         [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\nbodies = true\n",
        app.addr
    );
    Gateway::start(setup)
}

async fn client(gateway: &Gateway) -> SendRequest<Bytes> {
    let tcp = tokio::net::TcpStream::connect(gateway.addr).await.unwrap();
    let (sender, connection) = h2::client::handshake(tcp).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn call(
    client: &SendRequest<Bytes>,
    path: &str,
    end: bool,
) -> (ResponseFuture, SendStream<Bytes>) {
    let request = Request::post(format!("https://calls.test{path}"))
        .version(Version::HTTP_2)
        .header("content-type", GRPC)
        .header("te", "trailers")
        .header("grpc-timeout", "20S")
        .header("remote-user", "mallory");
    let mut client = client.clone().ready().await.unwrap();
    client.send_request(request.body(()).unwrap(), end).unwrap()
}

async fn whole(body: &mut RecvStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece.unwrap();
        body.flow_control().release_capacity(piece.len()).unwrap();
        bytes.extend_from_slice(&piece);
    }
    bytes
}

#[test]
fn a_call_arrives_with_what_grpc_needs_and_its_trailers_come_back() {
    let app = App::start();
    let gateway = gateway(&app, "");
    run(async {
        let client = client(&gateway).await;
        let (answer, mut stream) = call(&client, "/unary", false).await;
        stream.send_data(Bytes::from_static(b"\0\0\0\0\x02hi"), true).unwrap();
        let (parts, mut body) = answer.await.unwrap().into_parts();
        assert_eq!(parts.status, 200);
        assert!(!parts.headers.contains_key("set-cookie"), "nobody sets our cookie: {parts:?}");
        assert_eq!(whole(&mut body).await, b"\0\0\0\0\x02hi");
        let trailers = body.trailers().await.unwrap().expect("trailers");
        assert_eq!(trailers["grpc-status"], "0");
        assert_eq!(trailers["grpc-message"], "all well");

        // A status without a body stands in a head that is the end.
        let (answer, _) = call(&client, "/refused", true).await;
        let answer = answer.await.unwrap();
        assert_eq!(answer.headers()["grpc-status"], "7");
        assert!(answer.body().is_end_stream());
    });
    let requests = app.seen.requests.lock().unwrap();
    let headers = &requests[0].headers;
    assert_eq!(headers["te"], "trailers");
    assert_eq!(headers["grpc-timeout"], "20S");
    assert_eq!(requests[0].uri.authority().map(|host| host.as_str()), Some("calls.test"));
    for absent in ["remote-user", "host", "connection"] {
        assert!(!headers.contains_key(absent), "{absent}: {headers:?}");
    }
    assert_eq!(headers["x-forwarded-host"], "calls.test");
}

#[test]
fn both_directions_of_a_call_go_on_at_once() {
    let app = App::start();
    let gateway = gateway(&app, "read_seconds = 1");
    run(async {
        let client = client(&gateway).await;
        let (answer, mut stream) = call(&client, "/stream", false).await;
        let (_, mut body) = answer.await.unwrap().into_parts();
        for round in 0..20_u8 {
            stream.send_data(Bytes::copy_from_slice(&[round; 9]), false).unwrap();
            let piece = body.data().await.unwrap().unwrap();
            body.flow_control().release_capacity(piece.len()).unwrap();
            assert_eq!(piece, [round; 9][..], "each piece comes back before the next is sent");
        }
        // Longer than an app may be silent that answers no stream.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        stream.send_data(Bytes::from_static(b"last"), true).unwrap();
        assert_eq!(whole(&mut body).await, b"last");
        assert!(body.trailers().await.unwrap().is_some());
    });
}

#[test]
fn many_calls_share_a_connection_and_one_that_ends_early_ends_alone() {
    let app = App::start();
    let gateway = gateway(&app, "");
    run(async {
        let client = client(&gateway).await;
        let (answer, mut first) = call(&client, "/first", false).await;
        let (_, mut first_body) = answer.await.unwrap().into_parts();
        let (answer, mut given_up) = call(&client, "/given-up", false).await;
        drop(answer.await.unwrap());
        for _ in 0..30 {
            let (answer, _) = call(&client, "/other", true).await;
            let (_, mut body) = answer.await.unwrap().into_parts();
            whole(&mut body).await;
        }
        given_up.send_reset(Reason::CANCEL);
        while app.seen.resets.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(*app.seen.resets.lock().unwrap(), [Reason::CANCEL], "the app is told");
        first.send_data(Bytes::from_static(b"still here"), true).unwrap();
        assert_eq!(whole(&mut first_body).await, b"still here");
    });
    assert!(!gateway.log().contains("a request failed"), "a caller who leaves is no fault");
    // One for each of the gateway's workers, and each stream stayed on its own.
    let connections = app.seen.connections.load(Ordering::SeqCst);
    assert!(connections <= 2, "{connections} connections for 32 calls");
}

#[test]
fn a_silent_app_is_given_up_and_its_connection_serves_no_others() {
    let app = App::start();
    let gateway = gateway(&app, "read_seconds = 1");
    let get = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: calls.test\r\n\r\n");
        raw::exchange(gateway.addr, request.as_bytes())
    };
    assert_eq!(get("/silent").status(), 504);
    assert_eq!(get("/unary").status(), 200, "and others are served");
    assert!(app.seen.connections.load(Ordering::SeqCst) >= 2);
}

#[test]
fn an_old_client_is_served_by_an_app_that_speaks_http2() {
    let app = App::start();
    let gateway = gateway(&app, "");
    let say = |text: &str| raw::exchange(gateway.addr, text.as_bytes());
    let post = "POST /echo HTTP/1.1\r\nHost: calls.test\r\nContent-Length: 5\r\n\
        Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nTE: gzip\r\n\r\nhello";
    let reply = say(post);
    assert_eq!((reply.status(), reply.text().as_str()), (200, "hello"), "{}", reply.shown());
    let chunked = "POST /echo HTTP/1.1\r\nHost: calls.test\r\nTransfer-Encoding: chunked\r\n\r\n\
        3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(say(chunked).text(), "abcde");
    let head = say("HEAD /echo HTTP/1.1\r\nHost: calls.test\r\n\r\n");
    assert_eq!((head.status(), head.body().len()), (200, 0), "{}", head.shown());
    let requests = app.seen.requests.lock().unwrap();
    for absent in ["connection", "keep-alive", "te", "transfer-encoding"] {
        let none = requests.iter().all(|request| !request.headers.contains_key(absent));
        assert!(none, "{absent} is about the client's connection: {requests:?}");
    }
}

#[test]
fn what_an_app_refuses_to_begin_with_is_sent_a_second_time_and_never_a_third() {
    let app = App::start();
    let gateway = gateway(&app, "");
    // Control: what it broke off it may have begun with.
    for (path, times) in [("/refused-stream", 2), ("/broken-stream", 1)] {
        for method in ["POST", "GET"] {
            app.seen.requests.lock().unwrap().clear();
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: calls.test\r\nContent-Length: 0\r\n\r\n"
            );
            assert_eq!(raw::exchange(gateway.addr, request.as_bytes()).status(), 502);
            assert_eq!(app.seen.requests.lock().unwrap().len(), times, "{method} {path}");
        }
    }
}

#[test]
fn a_call_whose_visitor_is_let_go_is_reset_alone() {
    let app = App::start();
    let mut gateway = Gateway::start(Setup::new(app.addr));
    let text = std::fs::read_to_string(&gateway.config).unwrap();
    std::fs::write(&gateway.config, text.replace("http://", "h2c://")).unwrap();
    gateway.restart();
    let password = ANNA.1;
    let [goes, stays] = ["anna", "ben"].map(|name| {
        gateway.add_account(name, password, &[]);
        gateway.sign_in(name, password)
    });
    run(async {
        // Both on one connection to the gateway, and so on one to the app.
        let client = client(&gateway).await;
        let call = async |cookie: &str, path: &str| {
            let request = Request::post(format!("https://app.test{path}"))
                .version(Version::HTTP_2)
                .header("cookie", cookie)
                .header("content-type", GRPC)
                .body(());
            let mut client = client.clone().ready().await.unwrap();
            let (answer, stream) = client.send_request(request.unwrap(), false).unwrap();
            let answer = answer.await.unwrap();
            assert_eq!(answer.status(), 200);
            (answer.into_body(), stream)
        };
        let (mut ended, _upload) = call(&goes, "/anna").await;
        let (mut goes_on, mut upload) = call(&stays, "/ben").await;
        assert!(gateway.cli(&["user", "disable", "anna"], "").status.success());
        let last = ended.data().await.expect("a reset, which is no end");
        assert!(last.is_err(), "{last:?}");
        while app.seen.resets.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(app.seen.resets.lock().unwrap().len(), 1, "the app is told of one");
        upload.send_data(Bytes::from_static(b"still signed in"), true).unwrap();
        assert_eq!(whole(&mut goes_on).await, b"still signed in");
        let trailers = goes_on.trailers().await.unwrap().expect("trailers");
        assert_eq!(trailers["grpc-status"], "0");
    });
    assert_eq!(app.seen.connections.load(Ordering::SeqCst), 1, "which both shared");
}
