//! WebSocket frames pass byte for byte, both ways at once: fragments, control frames between them,
//! and messages of 16 MB. Both ends are another's library; what each wrote and read is tapped below
//! it, and neither tap knows anything of the gateway.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use futures_util::{SinkExt, StreamExt};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async_with_config, client_async_with_config};

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{DEADLINE, head_end};
use crate::support::rig::ANNA;
use crate::support::tls::{self, Hello, Kind};

const LARGE: usize = 16 * 1024 * 1024;

/// What was written and read below an end of the connection.
#[derive(Default)]
struct Tapped {
    written: Vec<u8>,
    read: Vec<u8>,
}

/// A stream that keeps a copy of all that passes.
struct Tap<S> {
    stream: S,
    seen: Arc<Mutex<Tapped>>,
}

impl<S> Tap<S> {
    fn on(stream: S) -> (Self, Arc<Mutex<Tapped>>) {
        let seen = Arc::default();
        (Self { stream, seen: Arc::clone(&seen) }, seen)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.seen.lock().unwrap().read.extend_from_slice(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.seen.lock().unwrap().written.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A frame as it is to be sent: opcode, whether it is the last of its message, and its payload.
fn part(code: OpCode, last: bool, payload: Vec<u8>) -> Message {
    match code {
        OpCode::Control(Control::Ping) => Message::Ping(payload.into()),
        OpCode::Control(_) => Message::Pong(payload.into()),
        OpCode::Data(_) => Message::Frame(Frame::message(payload, code, last)),
    }
}

/// Bytes in which no piece repeats soon, so that one that is moved or lost shows.
fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// What one end says, in frames. Every length that has a form of its own is among them.
fn speech(seed: u32) -> Vec<Message> {
    const TEXT: OpCode = OpCode::Data(Data::Text);
    const BINARY: OpCode = OpCode::Data(Data::Binary);
    const MORE: OpCode = OpCode::Data(Data::Continue);
    const PING: OpCode = OpCode::Control(Control::Ping);
    const PONG: OpCode = OpCode::Control(Control::Pong);
    let mut all: Vec<Message> = [0, 1, 125, 126, 65_535, 65_536]
        .into_iter()
        .map(|length| part(BINARY, true, noise(length, seed)))
        .collect();
    // A text whose letters are cut by the frames, an empty fragment, controls between them.
    let letters = "Hélène, größer, 日本語".as_bytes();
    all.push(part(TEXT, false, letters[..2].to_vec()));
    all.push(part(PING, true, b"between".to_vec()));
    all.push(part(MORE, false, Vec::new()));
    all.push(part(PONG, true, noise(125, seed)));
    all.push(part(MORE, false, letters[2..9].to_vec()));
    all.push(part(PING, true, Vec::new()));
    all.push(part(MORE, true, letters[9..].to_vec()));
    all.push(part(BINARY, true, noise(LARGE, seed)));
    let pieces = noise(LARGE, seed + 2);
    let mut pieces = pieces.chunks(1_234_567).peekable();
    let mut code = BINARY;
    while let Some(piece) = pieces.next() {
        all.push(part(code, pieces.peek().is_none(), piece.to_vec()));
        all.push(part(PING, true, b"still there?".to_vec()));
        code = MORE;
    }
    all
}

/// The data messages of a speech, as a reader must put them together.
fn data_of(speech: &[Message]) -> Vec<Vec<u8>> {
    let (mut whole, mut open) = (Vec::new(), Vec::new());
    for message in speech {
        if let Message::Frame(frame) = message {
            open.extend_from_slice(frame.payload());
            if frame.header().is_final {
                whole.push(std::mem::take(&mut open));
            }
        }
    }
    whole
}

/// Says everything while listening, until the other end has said goodbye. Returns the data that came.
async fn converse<S>(socket: WebSocketStream<S>, role: Role, seed: u32) -> Vec<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut out, mut incoming) = socket.split();
    let expected = data_of(&speech(seed ^ 1)).len();
    let saying = tokio::spawn(async move {
        for message in speech(seed) {
            out.send(message).await.expect("a frame is sent");
        }
        out
    });
    let mut came = Vec::new();
    while came.len() < expected {
        match incoming.next().await.expect("more").expect("a sound message") {
            Message::Ping(_) | Message::Pong(_) => {}
            message => came.push(message.into_data().to_vec()),
        }
    }
    let mut out = saying.await.expect("the speech ends");
    if role == Role::Client {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "done".into() };
        out.send(Message::Close(Some(frame))).await.expect("a goodbye");
    }
    // The close of the other end, and the end of its connection.
    while let Some(message) = incoming.next().await {
        match message {
            Ok(_) | Err(Error::ConnectionClosed) => {}
            Err(error) => panic!("{role:?}: {error}"),
        }
    }
    came
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(2 * LARGE)).max_frame_size(Some(2 * LARGE))
}

/// An app for one connection; what it heard, and what was tapped.
type App = tokio::task::JoinHandle<(Vec<Vec<u8>>, Arc<Mutex<Tapped>>)>;

fn app(listener: TcpListener) -> App {
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (stream, seen) = Tap::on(stream);
        let socket = accept_async_with_config(stream, Some(limits())).await.expect("a handshake");
        (converse(socket, Role::Server, 0x5eed_0003).await, seen)
    })
}

/// A whole conversation over this stream, and what both ends make of it.
async fn compare<S>(stream: S, app: App, cookie: &str, way: &str)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut request = "wss://app.test/socket".into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("origin", HeaderValue::from_static("https://app.test"));
    headers.insert("cookie", HeaderValue::from_str(cookie).expect("a cookie"));
    let (stream, near) = Tap::on(stream);
    let talk = async {
        let opened = client_async_with_config(request, stream, Some(limits())).await;
        let (socket, _) = opened.unwrap_or_else(|error| panic!("{way}: {error}"));
        let heard = converse(socket, Role::Client, 0x5eed_0002).await;
        (heard, app.await.expect("the app ends"))
    };
    let patience = 8 * DEADLINE;
    let (heard, (heard_by_app, far)) =
        tokio::time::timeout(patience, talk).await.expect("within the deadline");
    assert!(heard == data_of(&speech(0x5eed_0003)), "{way}: the client heard something else");
    assert!(heard_by_app == data_of(&speech(0x5eed_0002)), "{way}: the app heard something else");

    let (near, far) = (near.lock().unwrap(), far.lock().unwrap());
    for (direction, sent, got) in
        [("to the app", &near.written, &far.read), ("to the client", &far.written, &near.read)]
    {
        let (sent, got) = (behind_the_head(sent), behind_the_head(got));
        let first = sent.iter().zip(got).position(|(a, b)| a != b);
        assert_eq!((first, sent.len()), (None, got.len()), "{way}, {direction}: other bytes");
        // What is compared is what was meant: two large messages, one of them in pieces.
        let frames = frames(sent);
        let count = |wanted: &dyn Fn(u8, usize) -> bool| {
            frames.iter().filter(|(first, length)| wanted(*first, *length)).count()
        };
        assert_eq!(count(&|first, length| first == 0x82 && length == LARGE), 1, "{way}");
        assert_eq!(count(&|first, _| first & 0x8f == 0), 2 + LARGE / 1_234_567 - 1, "{way}");
        assert_eq!(count(&|first, _| first == 0x01), 1, "{way}: a text that goes on");
        assert!(count(&|first, _| first == 0x89) > LARGE / 1_234_567, "{way}: pings");
        assert_eq!(frames.last().map(|(first, _)| *first), Some(0x88), "{way}: a goodbye");
    }
}

fn behind_the_head(bytes: &[u8]) -> &[u8] {
    &bytes[head_end(bytes).expect("a whole head")..]
}

/// First byte and length of the payload of each frame.
fn frames(mut bytes: &[u8]) -> Vec<(u8, usize)> {
    let mut all = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        let wide = |count: usize| {
            let number = rest[..count].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            (usize::try_from(number).expect("a length"), count)
        };
        let (length, extra) = match second & 0x7f {
            126 => wide(2),
            127 => wide(8),
            short => (usize::from(short), 0),
        };
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        all.push((*first, length));
        bytes = &rest[extra + mask + length..];
    }
    all
}

/// A listener for the app, and a gateway before it with these listeners of its own.
async fn house(listen: &str) -> (TcpListener, Gateway, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let upstream = listener.local_addr().expect("an address");
    let listen = listen.to_string();
    let gateway = Gateway::start(Setup { listen, ..Setup::new(upstream) });
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let session = gateway.sign_in(ANNA.0, ANNA.1);
    (listener, gateway, session)
}

async fn connect(addr: SocketAddr) -> TcpStream {
    TcpStream::connect(addr).await.expect("a connection")
}

#[test]
fn frames_of_a_websocket_pass_byte_for_byte() {
    tls::run(async {
        // Control: the ends and the taps agree where nothing is between them.
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        compare(connect(addr).await, app(listener), "a=b", "straight").await;

        let (listener, gateway, session) = house("[\"127.0.0.1:0\"]").await;
        compare(connect(gateway.addr).await, app(listener), &session, "plain").await;
    });
}

#[test]
fn frames_of_a_websocket_pass_byte_for_byte_under_tls() {
    let pairs = TempDir::new().expect("a folder for certificates");
    let kind = Kind { names: &["app.test"], serial: 1, until: 2099 };
    tls::write_pair(pairs.path(), "app", &kind);
    let listen = |name: &str| pairs.path().join(name).display().to_string();
    let (certificate, key) = (listen("app.pem"), listen("app.key"));
    tls::run(async {
        // The plain listener is for signing in.
        let (listener, gateway, session) = house(&format!(
            "[\"127.0.0.1:0\", \
             {{ address = \"127.0.0.1:0\", certificate = \"{certificate}\", key = \"{key}\" }}]"
        ))
        .await;
        let hello = Hello { name: "app.test", alpn: &["http/1.1"] };
        let stream = tls::connect(gateway.others[0], hello).await.expect("a handshake");
        compare(stream, app(listener), &session, "tls").await;
    });
}
