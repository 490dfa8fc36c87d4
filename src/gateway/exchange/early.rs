//! Answers that come before the request is whole.

use bytes::Bytes;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::gateway::stand::{CLIENT, Choices, Stand};
use crate::gateway::wire::Protocol;

/// More than all the windows and buffers on the way hold.
const UPLOAD: usize = 8 * 1024 * 1024;
/// More than one window.
const ANSWER: usize = 600 * 1024;

/// An app that answers `/early` at once, and resets what it did not read; the rest it reads
/// to the end first.
fn app() -> TempDir {
    let folder = TempDir::new().unwrap();
    let listener = UnixListener::bind(folder.path().join("app")).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            tokio::spawn(async move {
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    tokio::spawn(async move {
                        let early = request.uri().path() == "/early";
                        let mut body = request.into_body();
                        while !early && let Some(Ok(piece)) = body.data().await {
                            body.flow_control().release_capacity(piece.len()).unwrap();
                        }
                        let answer = http::Response::builder()
                            .status(if early { 413 } else { 200 })
                            .header("content-length", ANSWER);
                        let answer = answer.body(()).unwrap();
                        let mut answer = respond.send_response(answer, false).unwrap();
                        answer.send_data(Bytes::from(vec![b'a'; ANSWER]), true).unwrap();
                    });
                }
            });
        }
    });
    folder
}

/// Status of an upload over HTTP/1, how much came of its answer, and of the upload went.
async fn upload(stand: &Stand, path: &str) -> (String, usize, usize) {
    let (mut read, mut write) = stand.connect(CLIENT).into_split();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: app.test\r\nContent-Length: {UPLOAD}\r\n\r\n");
    let sending = tokio::spawn(async move {
        let piece = vec![b'x'; 64 * 1024];
        let mut sent = 0;
        write.write_all(head.as_bytes()).await.unwrap();
        while sent < UPLOAD && write.write_all(&piece).await.is_ok() {
            sent += piece.len();
        }
        (write, sent)
    });
    let (mut got, mut body) = (Vec::new(), None);
    while body.is_none_or(|at| got.len() < at + ANSWER) {
        match read.read_buf(&mut got).await {
            Ok(more) if more > 0 => {}
            _ => break,
        }
        body = got.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    }
    let (_, sent) = sending.await.unwrap();
    let head = String::from_utf8_lossy(&got[..body.unwrap_or(0)]).into_owned();
    let status = head.split(' ').nth(1).unwrap_or("nothing").to_owned();
    (status, got.len() - body.unwrap_or(0), sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_the_end_of_an_upload_comes_whole() {
    let folder = app();
    let stand = Stand::before(&folder.path().join("app"), Choices::of(Protocol::Http2));
    for time in 0..10 {
        let (status, whole, _) = upload(&stand, "/early").await;
        assert_eq!((&*status, whole), ("413", ANSWER), "{time}");
        // Control: who reads it all answers as well.
        assert_eq!(upload(&stand, "/late").await, ("200".to_owned(), ANSWER, UPLOAD), "{time}");
    }
}
