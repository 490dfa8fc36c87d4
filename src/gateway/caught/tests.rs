//! Panics on the way of a request, and the request after each.

use std::path::Path;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use pingora::ErrorType;
use pingora::proxy::ProxyHttp;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::crypto::Token;
use crate::domain::Network;
use crate::gateway::KeptForm;
use crate::gateway::client_address::TrustedProxies;
use crate::gateway::listener::Marks;
use crate::gateway::stand::{CLIENT, Choices, Lines, Stand, Trap};
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
    let sent = answer_at(stand, marks, path, fields).await;
    sent.split(' ').nth(1).unwrap_or("nothing").to_owned()
}

/// All of that answer.
async fn answer_at(stand: &Stand, marks: Marks, path: &str, fields: &str) -> String {
    let mut client = stand.connect_to(CLIENT, marks);
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut sent = String::new();
    client.read_to_string(&mut sent).await.unwrap();
    sent
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
    let choices = Choices { proxies, log_requests: true, ..Choices::of(Protocol::Http1) };
    let stand = Stand::before(&place, choices);
    let marks = Marks { forward_auth: true, ..Marks::default() };
    let (lines, _guard) = Lines::written();
    // To a question about a HEAD there is a body, as to every GET.
    for method in ["GET", "HEAD"] {
        let question = format!(
            "X-Forwarded-Method: {method}\r\nX-Forwarded-Proto: http\r\n\
             X-Forwarded-Host: localhost\r\nX-Forwarded-Uri: /own/\r\n\
             Cookie: vestibule={}\r\n",
            "A".repeat(43)
        );
        stand.trap.now.store(true, Ordering::SeqCst);
        let fault = answer_at(&stand, marks, "/.vestibule/verify", &question).await;
        assert!(fault.starts_with("HTTP/1.1 500 "), "{method}: {fault}");
        let (_, body) = fault.split_once("\r\n\r\n").unwrap();
        let length = format!("content-length: {}\r\n", body.len());
        assert!(!body.is_empty() && fault.to_lowercase().contains(&length), "{method}: {fault}");
        // Control: the next is answered, and it is that question.
        assert_eq!(ask_at(&stand, marks, "/.vestibule/verify", &question).await, "200");
    }
    let logged = lines.with("status=");
    assert_eq!(logged.len(), 4, "{logged:?}");
    assert!(logged.iter().all(|line| line.contains("method=\"GET\"")), "{logged:?}");
}

/// A piece of a body, such that nobody can be rid of it without a panic.
struct Piece {
    panics: bool,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        b"x=1"
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        assert!(!self.panics, "a piece of a body");
    }
}

#[tokio::test]
async fn a_panic_over_a_piece_of_a_body_is_an_error_of_its_request() {
    let form = KeptForm {
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: Bytes::from_static(b"name=Anna"),
        other_site: None,
    };
    let folder = TempDir::new().unwrap();
    let choices = Choices { kept: Some(form.clone()), ..Choices::of(Protocol::Http1) };
    let stand = Stand::before(&folder.path().join("app"), choices);
    let token = "A".repeat(43);
    let resume = Token::parse(&token).unwrap().resume_value(b"/own/order");
    let request = format!(
        "POST /own/order HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Mode: navigate\r\n\
         Cookie: vestibule={token}; vestibule-resume={resume}\r\nContent-Length: 3\r\n\r\nx=1"
    );
    // What is dropped is what the browser sent, in the place of which the form goes.
    for panics in [true, false] {
        let (gateway, _client, mut session) = stand.phases(request.as_bytes()).await;
        let mut context = gateway.new_ctx();
        assert!(!gateway.request_filter(&mut session, &mut context).await.unwrap());
        let mut body = Some(Bytes::from_owner(Piece { panics }));
        let passed = gateway.request_body_filter(&mut session, &mut body, true, &mut context).await;
        match passed {
            Err(error) => assert!(panics && *error.etype() == ErrorType::InternalError, "{error}"),
            // Control: one without a fault passes.
            Ok(()) => assert!(!panics && body == Some(form.body.clone()), "{body:?}"),
        }
    }
}
