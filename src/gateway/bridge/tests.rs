//! Pages that panic, and pages that do not.

use std::net::{IpAddr, Ipv4Addr};

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::domain::{Cookies, PublicHost};

/// What became of a request for `path`, and what the client was sent.
async fn ask(pages: &Router, path: &str) -> (pingora::Result<Result<u16, Reason>>, String) {
    let (mut client, server) = tokio::io::duplex(64 * 1024);
    let request = format!("GET {path} HTTP/1.1\r\nHost: app.test\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut session = Session::new_h1(Box::new(server));
    assert!(session.read_request().await.unwrap());
    let nobody = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let caller = Caller {
        address: nobody,
        client: None,
        request_id: "1".to_owned(),
        cookies: Cookies::Secure,
        host: std::sync::Arc::new(PublicHost::home(true, "app.test", None)),
        visitor: None,
    };
    let answered = answer(&mut session, pages.clone(), caller, None).await;
    drop(session);
    let mut sent = String::new();
    client.read_to_string(&mut sent).await.unwrap();
    (answered, sent)
}

/// F26.
#[tokio::test]
async fn a_panic_while_a_page_is_made_is_a_fault_and_ends_nothing_else() {
    let late = async || {
        tokio::task::yield_now().await;
        panic!("later on");
    };
    let pages = Router::new()
        .route("/sound", get(async || "sound"))
        .route("/broken", get(async || -> &'static str { panic!("at once") }))
        .route("/broken-later", get(async move || -> &'static str { late().await }));
    for path in ["/broken", "/broken-later"] {
        let (answered, sent) = ask(&pages, path).await;
        assert_eq!(answered.unwrap(), Err(Reason::Fault), "{path}");
        // Nothing was begun, so the refusal can be sent in its place.
        assert_eq!(sent, "");
    }
    assert_eq!(Reason::Fault.status(), 500);
    // Control: a page that does not panic is answered, by the same router afterwards.
    let (answered, sent) = ask(&pages, "/sound").await;
    assert_eq!(answered.unwrap(), Ok(200));
    assert!(sent.starts_with("HTTP/1.1 200 OK\r\n") && sent.contains("sound"), "{sent}");
}
