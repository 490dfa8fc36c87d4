//! Clients that hold what they can, and others beside them.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use http::{Request, StatusCode};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::*;
use crate::gateway::session::tests::Hand;
use crate::gateway::stand::{CLIENT, Choices, Lines, Stand};
use crate::gateway::wire::{LINGER_TIME, Protocol};

const OTHER: &str = "192.0.2.2:40000";
const THIRD: &str = "192.0.2.3:40000";

const HANDSHAKE: &str = "GET /socket HTTP/1.1\r\nHost: app.test\r\nOrigin: https://app.test\r\n\
                         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// To that handshake (RFC 6455 section 1.3).
const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                        Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// An app that never answers `/hold`, never ends `/events` and `/socket`, and
/// answers everything else.
fn app() -> TempDir {
    let folder = TempDir::new().unwrap();
    let listener = UnixListener::bind(folder.path().join("app")).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut read = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut read).await {
                    let answer = match &read[..count.min(9)] {
                        b"GET /hold" => continue,
                        b"GET /even" => {
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                        }
                        b"GET /sock" => ACCEPTED,
                        _ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                    };
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    folder
}

fn stand(folder: &TempDir, exchanges: (usize, usize)) -> Stand {
    let choices = Choices { exchanges, ..Choices::of(Protocol::Http1) };
    Stand::before(&Path::join(folder.path(), "app"), choices)
}

async fn begin(client: &SendRequest<Bytes>, path: &str) -> (ResponseFuture, h2::SendStream<Bytes>) {
    let request = Request::get(format!("https://app.test{path}")).body(()).unwrap();
    client.clone().ready().await.unwrap().send_request(request, true).unwrap()
}

async fn get(client: &SendRequest<Bytes>, path: &str) -> http::Response<h2::RecvStream> {
    begin(client, path).await.0.await.unwrap()
}

/// Asks until there is a place: who left is noticed a moment later.
async fn get_in_time(client: &SendRequest<Bytes>) -> StatusCode {
    for _ in 0..100 {
        match get(client, "/").await.status() {
            StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(Duration::from_millis(10)).await,
            status => return status,
        }
    }
    StatusCode::SERVICE_UNAVAILABLE
}

/// A WebSocket, and the status that it was answered with.
async fn socket(stand: &Stand) -> (UnixStream, String) {
    let mut client = stand.connect(CLIENT);
    client.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    let mut read = [0; 12];
    client.read_exact(&mut read).await.unwrap();
    (client, String::from_utf8_lossy(&read[9..]).into_owned())
}

/// Row D06.
#[tokio::test(start_paused = true)]
async fn one_client_cannot_hold_every_exchange() {
    let folder = app();
    let stand = stand(&folder, (10, 3));
    let greedy = stand.connect_http2(CLIENT).await;
    // Whatever it is that goes on: an answer that never begins, one that never ends, a socket.
    let (waiting, mut held) = begin(&greedy, "/hold").await;
    let events = get(&greedy, "/events").await;
    assert_eq!(events.status(), 200);
    let (open, status) = socket(&stand).await;
    assert_eq!(status, "101");
    let refused = get(&greedy, "/").await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(socket(&stand).await.1, "503");
    assert_eq!(get(&stand.connect_http2("192.0.2.1:40001").await, "/").await.status(), 503);
    // Control: another gets in at once, and this one where there is no such bound.
    assert_eq!(get(&stand.connect_http2(OTHER).await, "/").await.status(), 200);
    let counted = stand.shared.metrics.exposition().unwrap();
    assert!(counted.contains("vestibule_refusals_total{reason=\"crowded\"} 3"), "{counted}");

    // Whoever leaves gives a place back, one way or another.
    held.send_reset(h2::Reason::CANCEL);
    assert!(waiting.await.is_err());
    assert_eq!(get_in_time(&greedy).await, 200, "after a reset");
    let begun = begin(&greedy, "/hold").await;
    assert_eq!(get(&greedy, "/").await.status(), 503, "all are taken again");
    drop(open);
    assert_eq!(get_in_time(&greedy).await, 200, "after a socket was closed");
    for _ in 0..5 {
        stand.trap.elapsed.store(1, Ordering::SeqCst);
        assert_eq!(get(&greedy, "/").await.status(), 500);
    }
    assert_eq!(get(&greedy, "/").await.status(), 200, "after faults of the program");
    drop((events, begun, greedy));
    let again = stand.connect_http2(CLIENT).await;
    assert_eq!(get_in_time(&again).await, 200, "after it left");
    let held = [get(&again, "/events").await, get(&again, "/events").await];
    assert!(held.iter().all(|held| held.status() == 200));
    assert_eq!(get_in_time(&again).await, 200, "all places are there again");
}

#[tokio::test(start_paused = true)]
async fn all_clients_together_hold_so_many_exchanges() {
    let folder = app();
    let stand = stand(&folder, (4, 3));
    let (one, other) = (stand.connect_http2(CLIENT).await, stand.connect_http2(OTHER).await);
    let held = [get(&one, "/events").await, get(&one, "/events").await, get(&one, "/events").await];
    let third = stand.connect_http2(THIRD).await;
    // Control: one is left.
    assert_eq!(get(&third, "/").await.status(), 200);
    let last = get(&other, "/events").await;
    assert_eq!(last.status(), 200);
    assert_eq!(get(&third, "/").await.status(), 503);
    drop(last);
    assert_eq!(get_in_time(&third).await, 200);
    assert!(held.iter().all(|held| held.status() == 200));
}

/// More than a client takes unasked, and less than the buffers on the way hold.
const LARGE: usize = 100_000;

/// An app that answers without reading a body, and how many connections it has.
fn app_that_reads_no_body() -> (TempDir, Arc<AtomicUsize>) {
    let folder = TempDir::new().unwrap();
    let listener = UnixListener::bind(folder.path().join("app")).unwrap();
    let open = Arc::new(AtomicUsize::new(0));
    let counted = open.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = counted.clone();
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut read = [0; 4096];
                let count = stream.read(&mut read).await.unwrap();
                let length = if read.starts_with(b"POST /large") { LARGE } else { 0 };
                let head = format!("HTTP/1.1 413 Too Large\r\nContent-Length: {length}\r\n\r\n");
                assert!(count > 0);
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(&vec![b'a'; length]).await.unwrap();
                while let Ok(1..) = stream.read(&mut read).await {}
                counted.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (folder, open)
}

/// Begins a body and says no more.
async fn begin_body(
    client: &SendRequest<Bytes>,
    path: &str,
) -> (http::Response<h2::RecvStream>, h2::SendStream<Bytes>) {
    let request = Request::post(format!("https://app.test{path}")).body(()).unwrap();
    let mut client = client.clone().ready().await.unwrap();
    let (answer, mut stream) = client.send_request(request, false).unwrap();
    stream.send_data(Bytes::from_static(b"x"), false).unwrap();
    (answer.await.unwrap(), stream)
}

/// Whether it is reset within such a time.
async fn is_reset(stream: &mut h2::SendStream<Bytes>, within: Duration) -> bool {
    let reset = std::future::poll_fn(|cx| stream.poll_reset(cx));
    tokio::time::timeout(within, reset).await.is_ok()
}

/// How many requests for the app were answered as it answers.
fn answered(stand: &Stand) -> Option<usize> {
    let counted = stand.shared.metrics.exposition().unwrap();
    let mut lines = counted.lines().filter(|line| line.starts_with("vestibule_requests_total"));
    let line = lines.find(|line| line.contains("\"app\"") && line.contains("4xx"))?;
    line.rsplit(' ').next()?.parse().ok()
}

const MOMENT: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_waits_for_holds_no_place() {
    let (folder, open) = app_that_reads_no_body();
    let stand = stand(&folder, (3, 3));
    let client = stand.connect_http2(CLIENT).await;
    let mut held = Vec::new();
    // Each is answered: those before hold nothing of the app's any more.
    for number in 0..20 {
        let (answer, stream) = begin_body(&client, "/").await;
        assert_eq!(answer.status(), 413, "{number}");
        assert!(answer.into_body().is_end_stream());
        held.push(stream);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(open.load(Ordering::SeqCst), 0, "{number}");
    }
    // Control: the rest of a body may still come for a while.
    for stream in &mut held {
        assert!(!is_reset(stream, Duration::ZERO).await);
    }
    tokio::time::sleep(LINGER_TIME - MOMENT).await;
    assert!(!is_reset(&mut held[0], Duration::ZERO).await);
    for stream in &mut held {
        assert!(is_reset(stream, 2 * MOMENT).await);
    }
    // The others of the connection go on, and each is counted.
    assert_eq!(begin_body(&client, "/").await.0.status(), 413);
    tokio::time::sleep(LINGER_TIME + MOMENT).await;
    assert_eq!(answered(&stand), Some(21));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_waits_for_ends_its_connection_of_http1() {
    for drips in [false, true] {
        let (folder, open) = app_that_reads_no_body();
        let stand = stand(&folder, (1, 1));
        let (mut read_half, mut write_half) = stand.connect(CLIENT).into_split();
        let head = b"POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000\r\n\r\nx";
        write_half.write_all(head).await.unwrap();
        let begun = tokio::time::Instant::now();
        let mut read = Vec::new();
        if drips {
            let until_cut = async {
                while write_half.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(MOMENT).await;
                }
            };
            let (_, ()) = tokio::join!(read_half.read_to_end(&mut read), until_cut);
        } else {
            let _ = read_half.read_to_end(&mut read).await;
        }
        assert!(read.starts_with(b"HTTP/1.1 413 "));
        assert_eq!(open.load(Ordering::SeqCst), 0);
        let took = begun.elapsed();
        assert!((LINGER_TIME..LINGER_TIME + 3 * MOMENT).contains(&took), "{took:?}");
        tokio::time::sleep(LINGER_TIME).await;
        assert_eq!(answered(&stand), Some(1), "{drips}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_is_taken_as_slowly_as_its_client_can() {
    let (folder, _open) = app_that_reads_no_body();
    let stand = stand(&folder, (1, 1));
    let client = stand.connect_http2(CLIENT).await;
    let (answer, mut stream) = begin_body(&client, "/large").await;
    assert_eq!(answer.status(), 413);
    // What waits in it is counted still.
    assert_eq!(begin_body(&client, "/").await.0.status(), 503);
    tokio::time::sleep(2 * LINGER_TIME).await;
    let (mut body, mut taken) = (answer.into_body(), 0);
    while let Some(piece) = body.data().await {
        let piece = piece.unwrap();
        taken += piece.len();
        body.flow_control().release_capacity(piece.len()).unwrap();
    }
    assert_eq!(taken, LARGE);
    // Its place is free as it is taken, and it ends as the others do.
    assert_eq!(begin_body(&client, "/").await.0.status(), 413);
    assert!(!is_reset(&mut stream, LINGER_TIME - MOMENT).await);
    assert!(is_reset(&mut stream, 2 * MOMENT).await);
    assert_eq!(begin_body(&client, "/").await.0.status(), 413);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_is_ended_after_its_answer_is_logged_as_every_other() {
    for log_requests in [true, false] {
        let (folder, _open) = app_that_reads_no_body();
        let choices = Choices { log_requests, ..Choices::of(Protocol::Http1) };
        let stand = Stand::before(&folder.path().join("app"), choices);
        let client = stand.connect_http2(CLIENT).await;
        let (lines, _guard) = Lines::written();
        for path in ["/", "/large"] {
            let (answer, mut stream) = begin_body(&client, path).await;
            let mut body = answer.into_body();
            while let Some(piece) = body.data().await {
                body.flow_control().release_capacity(piece.unwrap().len()).unwrap();
            }
            assert!(is_reset(&mut stream, LINGER_TIME + MOMENT).await, "{path}");
        }
        let ended = lines.with("an exchange was ended");
        assert_eq!(ended.len(), 2, "{ended:?}");
        // Control: one that its client ends in time is logged once, and was not ended.
        let (_answer, mut stream) = begin_body(&client, "/").await;
        stream.send_data(Bytes::new(), true).unwrap();
        tokio::time::sleep(2 * LINGER_TIME).await;
        assert_eq!(lines.with("an exchange was ended"), ended);
        let logged = lines.with("method=\"POST\"");
        assert_eq!(logged.len(), if log_requests { 3 } else { 0 }, "{logged:?}");
        assert!(logged.iter().all(|line| line.contains("status=413")), "{logged:?}");
    }
}

#[test]
fn whose_address_is_not_known_takes_one_of_all_places() {
    let (crowd, clock) = (Crowd::new(3, 1), Hand::default());
    let known = Some("192.0.2.1".parse().unwrap());
    let held = crowd.enter(known, &clock).unwrap();
    assert_eq!(crowd.enter(known, &clock).err(), Some(Reason::Crowded));
    let others = [crowd.enter(None, &clock).unwrap(), crowd.enter(None, &clock).unwrap()];
    assert_eq!(crowd.enter(None, &clock).err(), Some(Reason::Crowded));
    // What was refused holds nothing, neither of the client's places nor of all.
    drop(others);
    drop(held);
    assert!(crowd.enter(known, &clock).is_ok());
}
