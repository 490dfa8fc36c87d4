//! One request of HTTP/2 over a plain socket, in frames written by hand: its
//! fields are literals, so that nothing stands between a row and what it says.
//!
//! What comes back is read by the library, which believes that it asked.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use super::message::Fields;
use super::wire::{ANSWER_BYTES_MAX, PATIENCE, Reply};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Sends one request on a new connection and reads its answer. One that is refused
/// without a status has none.
pub fn exchange(address: SocketAddr, asked: &Fields) -> Reply {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Without one the row is red.
    let Ok(runtime) = runtime else { return Reply::default() };
    let asks = async { tokio::time::timeout(PATIENCE, ask(address, asked)).await };
    runtime.block_on(asks).ok().flatten().unwrap_or_default()
}

async fn ask(address: SocketAddr, asked: &Fields) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.set_nodelay(true).ok()?;
    // Whoever has closed already may have answered before.
    let _ = stream.write_all(&written(asked)).await;
    let (mut asking, connection) = h2::client::handshake(Answers(stream)).await.ok()?;
    let asks_head = asked.value(b":method") == Some(b"HEAD");
    let method = if asks_head { http::Method::HEAD } else { http::Method::GET };
    let believed = http::Request::builder().method(method).uri("https://gateway.test/").body(());
    let (answer, _) = asking.send_request(believed.ok()?, true).ok()?;
    tokio::spawn(connection);
    let (head, mut body) = answer.await.ok()?.into_parts();
    let mut bytes = format!("HTTP/1.1 {} \r\n", head.status.as_u16()).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    while let Some(Ok(part)) = body.data().await
        && bytes.len() < ANSWER_BYTES_MAX
    {
        bytes.extend(part);
    }
    Some(Reply { bytes })
}

/// The whole of what is sent.
fn written(asked: &Fields) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in &asked.fields {
        // A literal that nobody remembers.
        block.push(0);
        for text in [name, value] {
            block.extend(length(text.len()));
            block.extend(text);
        }
    }
    let ends = if asked.body.is_empty() { END_STREAM } else { 0 };
    let mut bytes = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    bytes.extend(frame(HEADERS, END_HEADERS | ends, 1, &block));
    if !asked.body.is_empty() {
        bytes.extend(frame(DATA, END_STREAM, 1, &asked.body));
    }
    bytes
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    let [_, length @ ..] = length;
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// An integer with a prefix of seven bits (RFC 7541, 5.1).
fn length(value: usize) -> Vec<u8> {
    let byte = |value: usize| u8::try_from(value & 0xff).unwrap_or_default();
    let Some(mut rest) = value.checked_sub(0x7f) else { return vec![byte(value)] };
    let mut bytes = vec![0x7f];
    while rest >= 0x80 {
        bytes.push(byte(rest) | 0x80);
        rest >>= 7;
    }
    bytes.push(byte(rest));
    bytes
}

/// What the other side says; what the library says to it is lost.
struct Answers(TcpStream);

impl AsyncRead for Answers {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Answers {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
