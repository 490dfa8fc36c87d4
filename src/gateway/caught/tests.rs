//! Panics on the way of a request, and the request after each.

use std::path::Path;
use std::sync::atomic::Ordering;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::domain::Network;
use crate::gateway::client_address::TrustedProxies;
use crate::gateway::listener::Marks;
use crate::gateway::stand::{CLIENT, Choices, Stand, Trap};
use crate::gateway::wire::Protocol;

/// An app that answers everything.
fn app(path: &Path, protocol: Protocol) {
    let listener = UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                if protocol == Protocol::Http2 {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    while let Some(Ok((_, mut respond))) = connection.accept().await {
                        respond.send_response(http::Response::new(()), true).unwrap();
                    }
                    return;
                }
                let mut scrap = [0; 4096];
                while stream.read(&mut scrap).await.is_ok_and(|read| read > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                    stream.write_all(answer).await.unwrap();
                }
            });
        }
    });
}

/// The status that a page load gets over HTTP/1, on a connection of its own.
async fn ask(stand: &Stand, path: &str, cookie: &str) -> String {
    ask_at(stand, Marks::default(), path, &format!("Accept: text/html\r\n{cookie}")).await
}

/// The same at a listener for something else, with these fields.
async fn ask_at(stand: &Stand, marks: Marks, path: &str, fields: &str) -> String {
    let mut client = stand.connect_to(CLIENT, marks);
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut sent = String::new();
    client.read_to_string(&mut sent).await.unwrap();
    sent.split(' ').nth(1).unwrap_or("nothing").to_owned()
}

/// Where it happens, what is asked for with which cookie, and how it is made to
/// happen.
type Row<'a> = (&'a str, &'a str, &'a str, &'a dyn Fn(&Trap));

/// F26.
#[tokio::test]
async fn a_panic_on_a_request_s_way_is_one_fault_and_the_next_is_served() {
    let at = |elapsed: u64| move |trap: &Trap| trap.elapsed.store(elapsed, Ordering::SeqCst);
    let session = format!("Cookie: vestibule={}\r\n", "A".repeat(43));
    let rows: [Row<'_>; 4] = [
        ("as it is written for the app", "/", "", &at(1)),
        ("as its answer is read", "/", "", &at(2)),
        ("as it is decided about", "/own/", &session, &|trap| {
            trap.now.store(true, Ordering::SeqCst);
        }),
        ("as its visitor is sent to sign in", "/own/", "", &|trap| {
            trap.chance.store(true, Ordering::SeqCst);
        }),
    ];
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let folder = TempDir::new().unwrap();
        let place = folder.path().join("app");
        app(&place, protocol);
        let stand = Stand::before(&place, Choices::of(protocol));
        for (name, path, cookie, arm) in rows {
            arm(&stand.trap);
            assert_eq!(ask(&stand, path, cookie).await, "500", "{protocol:?}: {name}");
            // Control: nothing else ended with it.
            let sound = if path == "/own/" && cookie.is_empty() { "303" } else { "200" };
            assert_eq!(ask(&stand, path, cookie).await, sound, "{protocol:?}: {name}");
        }
    }
}

#[tokio::test]
async fn a_panic_over_a_question_of_another_proxy_is_one_fault_and_a_no() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("app");
    app(&place, Protocol::Http1);
    let proxies =
        TrustedProxies { networks: vec![Network::parse("192.0.2.1").unwrap()], unix: false };
    let stand = Stand::before(&place, Choices { proxies, ..Choices::of(Protocol::Http1) });
    let marks = Marks { forward_auth: true, ..Marks::default() };
    let question = format!(
        "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: localhost\r\n\
         X-Forwarded-Uri: /own/\r\nCookie: vestibule={}\r\n",
        "A".repeat(43)
    );
    stand.trap.now.store(true, Ordering::SeqCst);
    assert_eq!(ask_at(&stand, marks, "/.vestibule/verify", &question).await, "500");
    // Control: the next is answered, and it is that question.
    assert_eq!(ask_at(&stand, marks, "/.vestibule/verify", &question).await, "200");
}
