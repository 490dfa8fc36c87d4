//! An app whose answers do not end by themselves: it tells when one was ended for it, and says more
//! in one when a test wants it to.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::raw::{self, DEADLINE};

/// A whole WebSocket frame, and the beginning of a longer one.
pub const FRAME: &[u8] = b"\x81\x05hello";
pub const HALF_FRAME: &[u8] = b"\x81\x7e\x01\x00half";
/// An event of an event stream.
pub const EVENT: &[u8] = b"data: 1\n\n";

/// What happened on the app's side of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A request for this target came.
    Came(String),
    /// These bytes of its body, or of what follows a handshake, came.
    Got(String, Vec<u8>),
    /// Its connection was ended by the other side.
    Ended(String),
}

/// The app.
pub struct Endless {
    /// Where it listens.
    pub addr: SocketAddr,
    said: Mutex<Receiver<Said>>,
    open: Arc<Mutex<HashMap<String, TcpStream>>>,
}

impl Endless {
    /// Starts it. What it does depends on what a target begins with: `/ws`, `/ws-half`, `/events`,
    /// `/download` and `/upload`; anything else is answered at once.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let (sender, said) = mpsc::channel();
        let open = Arc::new(Mutex::new(HashMap::new()));
        let kept = Arc::clone(&open);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sender, open) = (sender.clone(), Arc::clone(&kept));
                thread::spawn(move || serve(stream, &sender, &open));
            }
        });
        Self { addr, said: Mutex::new(said), open }
    }

    /// Waits for all of these, in any order, and passes over what is said of other targets. Bytes may
    /// come in pieces, with framing between them and around them.
    pub fn wait_for(&self, wanted: &[Said]) {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = wanted.to_vec();
        let mut heard = Vec::new();
        while !left.is_empty() {
            let next = said.recv_timeout(DEADLINE);
            let next = next.unwrap_or_else(|_| panic!("{left:?} never came; heard: {heard:?}"));
            heard.push(next);
            left.retain(|wanted| !has_been(wanted, &heard));
        }
    }

    /// Says more in an answer that goes on.
    pub fn say(&self, target: &str, bytes: &[u8]) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = open.get(target).unwrap_or_else(|| panic!("nothing goes on at {target}"));
        stream.write_all(bytes).expect("the other side still listens");
    }
}

fn has_been(wanted: &Said, heard: &[Said]) -> bool {
    let Said::Got(target, bytes) = wanted else { return heard.contains(wanted) };
    let pieces = heard.iter().filter_map(|said| match said {
        Said::Got(of, piece) if of == target => Some(piece.as_slice()),
        _ => None,
    });
    raw::holds(&pieces.collect::<Vec<_>>().concat(), bytes)
}

fn serve(mut stream: TcpStream, said: &Sender<Said>, open: &Mutex<HashMap<String, TcpStream>>) {
    let _ = stream.set_nodelay(true);
    let mut pending = Vec::new();
    loop {
        let end = loop {
            match raw::head_end(&pending) {
                Some(end) => break end,
                None => match read(&mut stream) {
                    Some(bytes) => pending.extend(bytes),
                    None => return,
                },
            }
        };
        let head = raw::lossy(&pending.drain(..end).collect::<Vec<_>>());
        let target = head.split(' ').nth(1).unwrap_or_default().to_string();
        let twin = stream.try_clone().expect("a second handle");
        open.lock().unwrap_or_else(PoisonError::into_inner).insert(target.clone(), twin);
        let tell = |said_now: Said| drop(said.send(said_now));
        tell(Said::Came(target.clone()));
        let begins = match target.split('/').nth(1).unwrap_or_default() {
            "ws" => [AGREED.as_bytes(), FRAME].concat(),
            "ws-half" => [AGREED.as_bytes(), HALF_FRAME].concat(),
            "events" => [EVENTS.as_bytes(), EVENT].concat(),
            "download" | "download-stalled" => DOWNLOAD.into(),
            "upload" => Vec::new(),
            _ => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                continue;
            }
        };
        let _ = stream.write_all(&begins);
        if target.starts_with("/download") {
            while stream.write_all(&[b'x'; 64 * 1024]).is_ok() {}
        }
        while let Some(bytes) = read(&mut stream) {
            pending.extend(bytes);
            tell(Said::Got(target.clone(), std::mem::take(&mut pending)));
        }
        tell(Said::Ended(target));
        return;
    }
}

fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut piece = [0; 16 * 1024];
    let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
    Some(piece[..count].to_vec())
}

/// The answer to the handshake of RFC 6455's own example.
const AGREED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const DOWNLOAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
