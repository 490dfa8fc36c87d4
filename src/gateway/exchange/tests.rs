//! Bodies that come slowly, and those that may.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use h2::client::SendRequest;
use h2::server::SendResponse;
use http::{Request, Response};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Instant, sleep};

use super::*;
use crate::crypto::Token;
use crate::gateway::KeptForm;
use crate::gateway::stand::{CLIENT, Choices, Stand};
use crate::gateway::wire::{MEASURED, Protocol};

const SECOND: Duration = Duration::from_secs(1);
const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];
/// Its head is answered at once, the rest when the body is there.
const AT_ONCE: &str = "/at-once";
/// What is read at once.
const PIECE: usize = 16 * 1024;
/// It reads a piece now and then, which would be too slow a pace for a client.
const LATER: &str = "/later";

/// What an app counts: exchanges that broke off.
type Broken = Arc<AtomicUsize>;

fn app(protocol: Protocol) -> (TempDir, Broken) {
    let folder = TempDir::new().unwrap();
    let listener = UnixListener::bind(folder.path().join("app")).unwrap();
    let broken = Broken::default();
    let counted = broken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counted = counted.clone();
            tokio::spawn(async move {
                let whole = match protocol {
                    Protocol::Http1 => serve_http1(stream).await,
                    Protocol::Http2 => serve_http2(stream, &counted).await,
                };
                counted.fetch_add(usize::from(whole.is_none()), Ordering::SeqCst);
            });
        }
    });
    (folder, broken)
}

/// Reads one request with a length and answers it; `None` where it breaks off.
async fn serve_http1(mut stream: UnixStream) -> Option<()> {
    let (mut read, mut head) = (Vec::new(), None);
    while head.is_none() {
        stream.read_buf(&mut read).await.ok().filter(|count| *count > 0)?;
        head = read.windows(4).position(|four| four == b"\r\n\r\n");
    }
    let text = String::from_utf8_lossy(&read[..head?]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole = head? + 4 + length.map_or(0, |length| length.parse().unwrap());
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let at_once = text.contains(AT_ONCE);
    if at_once {
        stream.write_all(answer).await.ok()?;
    }
    while read.len() < whole {
        if text.contains(LATER) {
            sleep(10 * MEASURED).await;
        }
        let mut piece = [0; PIECE];
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&piece[..count]);
    }
    if !at_once {
        stream.write_all(answer).await.ok()?;
    }
    stream.write_all(b"ok").await.ok()?;
    // The gateway closes it when it wants to.
    while stream.read_buf(&mut read).await.ok()? > 0 {}
    Some(())
}

async fn serve_http2(stream: UnixStream, broken: &Broken) -> Option<()> {
    let mut connection = h2::server::handshake(stream).await.ok()?;
    while let Some(Ok((request, respond))) = connection.accept().await {
        let broken = broken.clone();
        tokio::spawn(async move {
            let whole = answer_http2(request, respond).await;
            broken.fetch_add(usize::from(whole.is_err()), Ordering::SeqCst);
        });
    }
    Some(())
}

async fn answer_http2(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let path = request.uri().path().to_owned();
    let mut body = request.into_body();
    let mut answer = None;
    if path == AT_ONCE {
        answer = Some(respond.send_response(Response::new(()), false)?);
    }
    while let Some(piece) = body.data().await {
        if path == LATER {
            sleep(10 * MEASURED).await;
        }
        body.flow_control().release_capacity(piece?.len())?;
    }
    let mut answer = match answer {
        Some(answer) => answer,
        None => respond.send_response(Response::new(()), false)?,
    };
    answer.send_data(Bytes::from_static(b"ok"), true)
}

fn stand(folder: &TempDir, choices: Choices) -> Stand {
    Stand::before(&Path::join(folder.path(), "app"), choices)
}

/// A body that comes so many bytes at a time, so many times, after so long each.
#[derive(Clone, Copy)]
struct Body {
    path: &'static str,
    kind: &'static str,
    bytes: usize,
    times: usize,
    every: Duration,
}

const DRIP: Body = Body { path: "/", kind: "text/plain", bytes: 1, times: 600, every: SECOND };

/// Sends it; tells with which status it was answered, after how long, and
/// whether the answer is whole.
async fn send(client: &SendRequest<Bytes>, body: Body) -> (u16, Duration, bool) {
    let request = Request::post(format!("https://app.test{}", body.path))
        .header("content-type", body.kind)
        .header("content-length", body.bytes * body.times)
        .body(())
        .unwrap();
    let begun = Instant::now();
    let mut client = client.clone().ready().await.unwrap();
    let (answer, mut stream) = client.send_request(request, false).unwrap();
    let sending = tokio::spawn(async move {
        for left in (0..body.times).rev() {
            sleep(body.every).await;
            stream.reserve_capacity(body.bytes);
            while stream.capacity() < body.bytes {
                if !matches!(poll_fn(|cx| stream.poll_capacity(cx)).await, Some(Ok(_))) {
                    return;
                }
            }
            if stream.send_data(vec![b'x'; body.bytes].into(), left == 0).is_err() {
                return;
            }
        }
    });
    let (parts, mut answer) = answer.await.unwrap().into_parts();
    let mut whole = true;
    while let Some(piece) = answer.data().await {
        whole &= piece.is_ok();
    }
    sending.abort();
    (parts.status.as_u16(), begun.elapsed(), whole)
}

/// Row D02.
#[tokio::test(start_paused = true)]
async fn a_body_that_comes_byte_by_byte_is_not_waited_for_on_http2() {
    for protocol in BOTH {
        for bytes in [0, 1] {
            let (folder, broken) = app(protocol);
            let stand = stand(&folder, Choices::of(protocol));
            let client = stand.connect_http2(CLIENT).await;
            let slow = Body {
                bytes: bytes.max(1),
                every: SECOND * if bytes == 0 { 900 } else { 1 },
                ..DRIP
            };
            // Control: a slow line that moves, on the same connection at the same time.
            let honest = Body { bytes: 120, times: 150, ..DRIP };
            let (slow, honest) = tokio::join!(send(&client, slow), send(&client, honest));
            assert_eq!(slow.0, 408, "{protocol:?} {bytes}");
            assert!(slow.1 < 2 * MEASURED, "{protocol:?} {bytes}: {slow:?}");
            assert_eq!((honest.0, honest.2), (200, true), "{protocol:?} {bytes}");
            assert!(honest.1 > 2 * MEASURED, "{protocol:?} {bytes}: {honest:?}");
            // The app is rid of it.
            assert_eq!(broken.load(Ordering::SeqCst), 1, "{protocol:?} {bytes}");
        }
        // Control: without a pace that is asked for it is waited for.
        let (folder, broken) = app(protocol);
        let stand = stand(&folder, Choices { bytes_per_second_min: 0, ..Choices::of(protocol) });
        let (status, ..) = send(&stand.connect_http2(CLIENT).await, DRIP).await;
        assert_eq!((status, broken.load(Ordering::SeqCst)), (200, 0), "{protocol:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_answered_already_may_be_silent_and_so_may_grpc() {
    let rare = Body { bytes: 1, times: 3, every: 10 * MEASURED, ..DRIP };
    for protocol in BOTH {
        let mut choices = Choices::of(protocol);
        choices.times.read = 20 * MEASURED;
        let (folder, broken) = app(protocol);
        let stand = stand(&folder, choices);
        let client = stand.connect_http2(CLIENT).await;
        let answered = send(&client, Body { path: AT_ONCE, ..rare }).await;
        assert_eq!((answered.0, answered.2), (200, true), "{protocol:?}");
        if protocol == Protocol::Http2 {
            let call = send(&client, Body { kind: "application/grpc", ..rare }).await;
            assert_eq!((call.0, call.2), (200, true));
        }
        assert_eq!(broken.load(Ordering::SeqCst), 0, "{protocol:?}");
        // Control: one that is neither is cut.
        assert_eq!(send(&client, rare).await.0, 408, "{protocol:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_that_an_app_takes_is_not_its_clients() {
    for protocol in BOTH {
        let mut choices = Choices::of(protocol);
        (choices.times.read, choices.times.write) = (10_000 * MEASURED, 10_000 * MEASURED);
        let (folder, _) = app(protocol);
        let stand = stand(&folder, choices);
        let client = stand.connect_http2(CLIENT).await;
        // More than all the windows and buffers on the way hold.
        let large = Body { path: LATER, bytes: PIECE, times: 128, every: Duration::ZERO, ..DRIP };
        let (status, took, _) = send(&client, large).await;
        assert_eq!(status, 200, "{protocol:?}");
        assert!(took >= 100 * MEASURED, "{protocol:?}: {took:?}");
    }
}

/// All bodies of a connection share one window.
#[tokio::test(start_paused = true)]
async fn a_body_that_its_app_does_not_take_holds_up_no_other() {
    for protocol in BOTH {
        let mut choices = Choices::of(protocol);
        (choices.times.read, choices.times.write) = (10_000 * MEASURED, 10_000 * MEASURED);
        let (folder, _) = app(protocol);
        let stand = stand(&folder, choices);
        let client = stand.connect_http2(CLIENT).await;
        let large = Body { path: LATER, bytes: PIECE, times: 128, every: Duration::ZERO, ..DRIP };
        let honest = Body { bytes: 120, times: 150, ..DRIP };
        let (large, honest) = tokio::join!(send(&client, large), send(&client, honest));
        assert_eq!((large.0, honest.0), (200, 200), "{protocol:?}");
        // Control: it was there while the other was not taken.
        assert!(honest.1 < large.1, "{protocol:?}: {honest:?} {large:?}");
    }
}

/// What a browser sends in its place does not matter; what was kept goes out, with its own
/// kind and length.
#[tokio::test]
async fn a_kept_form_is_sent_to_an_app_that_speaks_http2() {
    let folder = TempDir::new().unwrap();
    let listener = UnixListener::bind(folder.path().join("app")).unwrap();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let (parts, mut body) = request.into_parts();
                let mut sent = Vec::new();
                while let Some(piece) = body.data().await {
                    sent.extend_from_slice(&piece.unwrap());
                }
                tell.send((parts.headers, sent)).unwrap();
                respond.send_response(Response::new(()), true).unwrap();
            });
        }
    });
    let kept = KeptForm {
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: Bytes::from_static(b"name=Anna&amount=17"),
        other_site: None,
    };
    let stand = stand(&folder, Choices { kept: Some(kept), ..Choices::of(Protocol::Http2) });
    let client = stand.connect_http2(CLIENT).await;
    let token = "A".repeat(43);
    let resume = Token::parse(&token).unwrap().resume_value(b"/own/order");
    let led = format!("vestibule={token}; vestibule-resume={resume}");
    let session = format!("vestibule={token}");
    let rows = [
        // Control: without the cookie it is what the browser sent.
        (session, "text/plain", b"x=1".as_slice()),
        (led, "application/x-www-form-urlencoded", b"name=Anna&amount=17".as_slice()),
    ];
    for (cookies, kind, expected) in rows {
        let request = Request::post("http://localhost/own/order")
            .header("cookie", &cookies)
            .header("sec-fetch-mode", "navigate")
            .header("content-type", "text/plain")
            .header("content-length", 3);
        let mut client = client.clone().ready().await.unwrap();
        let (answer, mut stream) = client.send_request(request.body(()).unwrap(), false).unwrap();
        stream.send_data(Bytes::from_static(b"x=1"), true).unwrap();
        assert_eq!(answer.await.unwrap().status(), 200, "{cookies}");
        let (headers, sent) = told.recv().await.unwrap();
        assert_eq!((headers["content-type"].as_bytes(), &*sent), (kind.as_bytes(), expected));
        assert_eq!(headers["content-length"], expected.len().to_string(), "{cookies}");
        assert!(headers.contains_key("x-vestibule-assertion"), "{headers:?}");
    }
}
