//! Apps that remember who is at the other end of a connection.

use bytes::Bytes;
use h2::server::handshake;
use http::Response;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::gateway::stand::{CLIENT, Choices, Stand};
use crate::gateway::wire::Protocol;

/// An app that takes all requests on a connection for those of whoever gave an
/// `Authorization` on it first, by whichever scheme. It answers with that, and asks at `/ask`.
fn app(protocol: Protocol, asks: &'static [&'static str]) -> (TempDir, Stand) {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("app");
    let listener = UnixListener::bind(&place).unwrap();
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((stream, _)) = listener.accept().await {
            number += 1;
            match protocol {
                Protocol::Http1 => drop(tokio::spawn(serve_http1(stream, number, asks))),
                Protocol::Http2 => drop(tokio::spawn(serve_http2(stream))),
            }
        }
    });
    let stand = Stand::before(&place, Choices::of(protocol));
    (folder, stand)
}

async fn serve_http1(mut stream: UnixStream, number: u32, asks: &[&str]) {
    let mut there = "nobody".to_owned();
    let mut head = Vec::new();
    while stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut head)).to_lowercase();
        let given = text.lines().find_map(|line| line.split_once("authorization: "));
        if let Some((_, given)) = given {
            there = given.to_owned();
        }
        let ask = if text.starts_with("get /ask") { asks } else { &[] };
        let ask: String = ask.iter().map(|ask| format!("WWW-Authenticate: {ask}\r\n")).collect();
        let body = format!("{there} on {number}");
        let head = format!("HTTP/1.1 200 OK\r\n{ask}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.unwrap();
    }
}

async fn serve_http2(stream: UnixStream) {
    let mut connection = handshake(stream).await.unwrap();
    let mut there = Bytes::from_static(b"nobody");
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        if let Some(given) = request.headers().get("authorization") {
            there = Bytes::copy_from_slice(given.as_bytes());
        }
        let mut answer = respond.send_response(Response::new(()), false).unwrap();
        answer.send_data(there.clone(), true).unwrap();
    }
}

/// What the app says to a visitor with a connection of their own.
async fn ask(stand: &Stand, path: &str, given: &[&str]) -> String {
    let given: String = given.iter().map(|given| format!("{given}\r\n")).collect();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: app.test\r\n{given}Connection: close\r\n\r\n");
    let mut client = stand.connect(CLIENT);
    client.write_all(request.as_bytes()).await.unwrap();
    let mut sent = String::new();
    client.read_to_string(&mut sent).await.unwrap();
    let body = sent.split_once("\r\n\r\n").map_or(sent.as_str(), |(_, body)| body);
    body.to_owned()
}

#[tokio::test]
async fn a_login_that_counts_for_a_connection_serves_nobody_else() {
    let rows: [&[&str]; 5] = [
        &["Authorization: NTLM TlRM"],
        &["Authorization: negotiate YII="],
        &["authorization: \tKERBEROS x"],
        &["Authorization: Basic eDp5, NTLM TlRM"],
        &["Authorization: Basic eDp5", "Authorization: Negotiate YII="],
    ];
    for given in rows {
        let (_folder, stand) = app(Protocol::Http1, &[]);
        let first = ask(&stand, "/", given).await;
        assert!(first.ends_with(" on 1") && !first.starts_with("nobody"), "{given:?}: {first}");
        assert_eq!(ask(&stand, "/", &[]).await, "nobody on 2", "{given:?}");
        // Control: what counts for a request alone keeps the connection, on which this app
        // does take the next visitor for the first.
        let (_folder, stand) = app(Protocol::Http1, &[]);
        let basic = ["Authorization: Basic TlRM"];
        assert_eq!(ask(&stand, "/", &basic).await, "basic tlrm on 1");
        assert_eq!(ask(&stand, "/", &[]).await, "basic tlrm on 1");
    }
}

#[tokio::test]
async fn a_connection_on_which_such_a_login_was_asked_for_serves_nobody_else() {
    let rows: [(&[&str], &str); 5] = [
        (&["Negotiate"], "nobody on 2"),
        (&["Basic realm=\"a\"", "NTLM TlRM"], "nobody on 2"),
        (&["Basic realm=\"a\",ntlm"], "nobody on 2"),
        // Control.
        (&["Basic realm=\"Negotiate\"", "Bearer"], "nobody on 1"),
        (&[], "nobody on 1"),
    ];
    for (asks, second) in rows {
        let (_folder, stand) = app(Protocol::Http1, asks);
        assert_eq!(ask(&stand, "/ask", &[]).await, "nobody on 1", "{asks:?}");
        assert_eq!(ask(&stand, "/", &[]).await, second, "{asks:?}");
    }
}

#[tokio::test]
async fn on_a_shared_connection_an_app_gets_no_login_that_counts_for_it() {
    let (_folder, stand) = app(Protocol::Http2, &[]);
    for given in ["NTLM TlRM", "Basic eDp5, Negotiate YII="] {
        let said = ask(&stand, "/", &[&format!("Authorization: {given}")]).await;
        assert!(said.contains("nobody"), "{given}: {said}");
    }
    // Control: what counts for a request alone gets there, and this app binds it.
    let said = ask(&stand, "/", &["Authorization: Basic eDp5"]).await;
    assert!(said.contains("Basic eDp5"), "{said}");
    assert!(ask(&stand, "/", &[]).await.contains("Basic eDp5"));
}
