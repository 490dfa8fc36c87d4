//! What an upstream connection does with odd answers, silence and a second
//! request. The clock is moved by the runtime whenever nothing else can happen.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::gateway::upstream::endpoints::Endpoints;
use crate::gateway::upstream::settings::{Upstream, UpstreamSettings};
use crate::observe::Metrics;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// An app that gives this answer to each request on each connection.
async fn app(answer: &'static [u8]) -> Endpoints {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; REQUEST.len()];
                while tcp.read_exact(&mut request).await.is_ok() {
                    tcp.write_all(answer).await.unwrap();
                }
            });
        }
    });
    let settings = UpstreamSettings::new(vec![(Upstream::Address(address), None)]);
    Endpoints::new("app", settings, &Metrics::new("").unwrap())
}

fn dial(pool: &Arc<Pool>, app: &Endpoints, sharing: Sharing) -> Dial {
    let turn = app.choose(|| Duration::ZERO, None).unwrap();
    Dial::new(pool.clone(), turn, UpstreamTimes::default(), sharing, Arc::default())
}

/// The library passes an address along, which only its own connections use.
fn nowhere() -> PeerAddr {
    std::net::SocketAddr::from(([0, 0, 0, 0], 0)).into()
}

/// Sends one request and reads what comes until nothing more does.
async fn exchange(dial: &Dial) -> (Vec<u8>, io::Result<usize>) {
    let mut stream = dial.connect(&nowhere()).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = Vec::new();
    loop {
        let read = tokio::time::timeout(Duration::from_secs(3600), stream.read_buf(&mut answer));
        match read.await {
            Ok(Ok(1..)) => {}
            Ok(ended) => return (answer, ended),
            Err(_) => return (answer, Err(io::ErrorKind::WouldBlock.into())),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_silent_is_given_up_but_an_event_stream_is_waited_for() {
    let pool = Arc::<Pool>::default();
    for (answer, given_up) in [
        (&b""[..], true),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n", false),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", false),
    ] {
        let dial = dial(&pool, &app(answer).await, Sharing::Pooled);
        let (read, ended) = exchange(&dial).await;
        assert_eq!(read, answer);
        let kind = ended.unwrap_err().kind();
        match given_up {
            true => assert_eq!(kind, io::ErrorKind::TimedOut),
            // The test's own patience of an hour ended first.
            false => assert_eq!(kind, io::ErrorKind::WouldBlock),
        }
        assert_eq!(dial.fate.has_timed_out(), given_up);
    }
}

#[tokio::test]
async fn a_connection_is_used_again_only_after_a_whole_quiet_answer() {
    for (answer, again) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"[..], true),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true),
        (b"HTTP/1.1 204 No Content\r\n\r\n", true),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n", false),
    ] {
        let pool = Arc::<Pool>::default();
        let app = app(answer).await;
        let first = dial(&pool, &app, Sharing::Pooled);
        let (read, ended) = exchange(&first).await;
        assert!(answer.starts_with(&read) && ended.is_ok(), "{}", String::from_utf8_lossy(answer));
        assert!(!first.reused());
        let second = dial(&pool, &app, Sharing::Pooled);
        let _ = exchange(&second).await;
        assert_eq!(second.reused(), again, "{}", String::from_utf8_lossy(answer));
        // A request that must be alone takes none from the pool.
        for sharing in [Sharing::Alone, Sharing::Fresh] {
            let alone = dial(&pool, &app, sharing);
            let _ = exchange(&alone).await;
            assert!(!alone.reused());
        }
    }
}

#[tokio::test]
async fn a_malformed_answer_does_not_pass() {
    let pool = Arc::<Pool>::default();
    for answer in [
        &b"HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"hello\r\n\r\n",
    ] {
        let dial = dial(&pool, &app(answer).await, Sharing::Pooled);
        let (read, ended) = exchange(&dial).await;
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read, b"", "{}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_wakes_who_waits_and_takes_the_connection_with_it() {
    const EVENTS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
    const TUNNEL: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi";
    const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let farewell = [TUNNEL, &CLOSE].concat();
    let rows: [(&[u8], &[u8], bool); 3] =
        [(EVENTS, EVENTS, false), (TUNNEL, &farewell, true), (WHOLE, WHOLE, true)];
    for (answer, read, is_whole) in rows {
        let pool = Arc::<Pool>::default();
        let app = app(answer).await;
        let dial = dial(&pool, &app, Sharing::Pooled);
        let fate = dial.fate.clone();
        // By then the reader waits: this clock moves when nothing else can.
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            fate.cut.make();
        });
        let (came, ended) = exchange(&dial).await;
        assert_eq!(came, read);
        let aborted = ended.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionAborted);
        assert_eq!(aborted, !is_whole, "{}", String::from_utf8_lossy(answer));
        // Control: what was whole before the cut is not lost by it.
        let kept = pool.take(dial.endpoint().id()).is_some();
        assert_eq!(kept, answer == WHOLE);
        // Nothing more is sent after a cut.
        if answer != WHOLE {
            assert!(dial.connect(&nowhere()).await.is_err());
        }
    }
}
