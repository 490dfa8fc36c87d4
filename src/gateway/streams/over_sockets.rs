//! Streams that end while they go through, and what else is on their connection.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use h2::server::SendResponse;
use http::{Request, Response, StatusCode};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{sleep, timeout};

use super::Ended;
use crate::domain::Network;
use crate::gateway::client_address::TrustedProxies;
use crate::gateway::route::{self, Allow, Routes};
use crate::gateway::session::tests::{NOW, home};
use crate::gateway::stand::{CLIENT, Choices, Stand};
use crate::gateway::wire::Protocol;

const SECOND: Duration = Duration::from_secs(1);
const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];
const PIECE: [u8; 16 * 1024] = [b'x'; 16 * 1024];

/// An app whose answer to `/endless` has no end.
fn app(protocol: Protocol, proxies: TrustedProxies) -> (TempDir, Stand) {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("app");
    let listener = UnixListener::bind(&place).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            match protocol {
                Protocol::Http1 => drop(tokio::spawn(serve_http1(stream))),
                Protocol::Http2 => drop(tokio::spawn(serve_http2(stream))),
            }
        }
    });
    let stand = Stand::before(&place, Choices { proxies, ..Choices::of(protocol) });
    (folder, stand)
}

async fn serve_http1(mut stream: UnixStream) {
    let mut head = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut head).await {
        if !String::from_utf8_lossy(&head[..read]).contains("/endless") {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            continue;
        }
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        let chunk = [b"4000\r\n", &PIECE[..], b"\r\n"].concat();
        while stream.write_all(&chunk).await.is_ok() {}
    }
}

async fn serve_http2(stream: UnixStream) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer_http2(request, respond));
    }
}

async fn answer_http2(request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
    let endless = request.uri().path() == "/endless";
    let mut answer = respond.send_response(Response::new(()), !endless).unwrap();
    if !endless {
        return;
    }
    loop {
        answer.reserve_capacity(PIECE.len());
        let Some(Ok(_)) = poll_fn(|cx| answer.poll_capacity(cx)).await else { return };
        if answer.send_data(Bytes::from_static(&PIECE), false).is_err() {
            return;
        }
    }
}

/// Reloads, with rules by which only those who are signed in have anything.
async fn close(stand: &Stand) -> Ended {
    let rules = vec![route::tests::rule("/", Allow::SignedIn)];
    let app = route::tests::app("app", &["app.test", "localhost"], rules);
    let routes = Routes::new(vec![app], home(), &stand.shared.metrics, 7);
    stand.streams.sweep(&stand.shared.sessions, &routes, true, NOW).await
}

#[tokio::test(start_paused = true)]
async fn what_nobody_in_particular_reads_ends_with_the_rule_that_let_them() {
    for protocol in BOTH {
        let (_folder, stand) = app(protocol, TrustedProxies::default());
        let mut client = stand.connect(CLIENT);
        client.write_all(b"GET /endless HTTP/1.1\r\nHost: app.test\r\n\r\n").await.unwrap();
        let mut piece = vec![0; PIECE.len()];
        client.read_exact(&mut piece).await.unwrap();
        // Control: a reload that changes nothing ends nothing.
        let shared = &stand.shared;
        let ended = stand.streams.sweep(&shared.sessions, &shared.routes, true, NOW).await;
        assert_eq!(ended, Ended::default());
        for _ in 0..100 {
            client.read_exact(&mut piece).await.unwrap();
        }
        assert_eq!(close(&stand).await, Ended { revoked: 1, expired: 0 }, "{protocol:?}");
        let rest = async { while let Ok(1..) = client.read(&mut piece).await {} };
        assert!(timeout(SECOND, rest).await.is_ok(), "{protocol:?}");
    }
}

async fn get(client: &SendRequest<Bytes>, path: &str) -> Option<Response<RecvStream>> {
    let request = Request::get(format!("https://app.test{path}")).body(()).unwrap();
    let mut client = client.clone().ready().await.ok()?;
    client.send_request(request, true).ok()?.0.await.ok()
}

async fn is_open(client: &SendRequest<Bytes>) -> bool {
    get(client, "/").await.is_some_and(|answer| answer.status() == StatusCode::OK)
}

/// Takes the rest of a stream; whether that is broken off.
async fn breaks_off(stream: &mut RecvStream) -> bool {
    let rest = async {
        while let Some(piece) = stream.data().await {
            let Ok(piece) = piece else { return true };
            stream.flow_control().release_capacity(piece.len()).unwrap();
        }
        false
    };
    timeout(SECOND, rest).await == Ok(true)
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_costs_the_others_behind_its_proxy_nothing() {
    let networks = vec![Network::parse("192.0.2.1").unwrap()];
    let listed = TrustedProxies { networks, unix: false };
    let rows = [
        // What is written waits for the client, and for the session's end as well.
        (Protocol::Http2, TrustedProxies::default(), true),
        (Protocol::Http2, listed.clone(), true),
        (Protocol::Http1, listed, true),
        // Control: whoever is alone on it loses the connection.
        (Protocol::Http1, TrustedProxies::default(), false),
    ];
    for (protocol, proxies, stays) in rows {
        let (_folder, stand) = app(protocol, proxies.clone());
        let client = stand.connect_http2(CLIENT).await;
        let mut endless = get(&client, "/endless").await.unwrap().into_body();
        // Its window is full then.
        sleep(SECOND).await;
        assert_eq!(close(&stand).await, Ended { revoked: 1, expired: 0 });
        sleep(SECOND).await;
        assert!(is_open(&client).await, "{protocol:?} {proxies:?}");
        assert_eq!(close(&stand).await, Ended::default());
        sleep(SECOND).await;
        assert_eq!(is_open(&client).await, stays, "{protocol:?} {proxies:?}");
        if protocol == Protocol::Http1 && stays {
            // The time-out of writes.
            sleep(60 * SECOND).await;
        }
        assert!(breaks_off(&mut endless).await, "{protocol:?} {proxies:?}");
    }
}
