//! What a client gets of answers without a body.

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::gateway::stand::{CLIENT, Choices, Stand};
use crate::gateway::wire::Protocol;

/// A gateway before an app that answers each connection's first request with these bytes.
fn before(answer: &'static str) -> (TempDir, Stand) {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("app");
    let listener = UnixListener::bind(&place).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut scrap = [0; 4096];
            let _ = stream.read(&mut scrap).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let stand = Stand::before(&place, Choices::of(Protocol::Http1));
    (folder, stand)
}

const LENGTH: &str = "content-length: 5\r\n";
const CHUNKED: &str = "transfer-encoding: chunked\r\n";

/// Row: what the app says, the status, and which framing comes through.
#[tokio::test]
async fn an_answer_without_a_body_tells_no_length_of_one() {
    let rows = [
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204", false),
        ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "204", false),
        (
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n\
             HTTP/1.1 204 No Content\r\n\r\n",
            "103",
            false,
        ),
        (
            "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n\
             HTTP/1.1 204 No Content\r\n\r\n",
            "103",
            false,
        ),
        // Control: where there is one, or would be one, it is told.
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "200",
            true,
        ),
    ];
    for (answer, status, framed) in rows {
        let (_folder, stand) = before(answer);
        let mut client = stand.connect(CLIENT);
        let request = b"GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        let mut sent = String::new();
        client.read_to_string(&mut sent).await.unwrap();
        assert_eq!(sent.split(' ').nth(1), Some(status), "{answer}: {sent}");
        let sent = sent.to_lowercase();
        let told = sent.contains(LENGTH) || sent.contains(CHUNKED);
        assert_eq!(told, framed, "{answer}: {sent}");
    }
    // To a client of HTTP/2 as well.
    for (answer, status, framed) in rows.into_iter().filter(|(_, status, _)| *status != "103") {
        let (_folder, stand) = before(answer);
        let request = http::Request::get("https://app.test/").body(()).unwrap();
        let mut client = stand.connect_http2(CLIENT).await;
        let (answered, _) = client.send_request(request, true).unwrap();
        let answered = answered.await.unwrap();
        assert_eq!(answered.status().as_str(), status, "{answer}");
        let told = answered.headers().contains_key("content-length");
        assert_eq!(told, framed && answer.contains("Content-Length"), "{answer}");
    }
}
