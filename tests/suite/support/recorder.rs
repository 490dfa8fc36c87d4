//! An upstream that keeps every byte it is sent and answers as a test tells it to. It is naive on
//! purpose: what fools a careless server must be visible here when no gateway stands in front.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::raw::{self, DEADLINE};

/// The upstream. Its threads end with their connections.
pub struct Recorder {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

/// How the upstream decides where a request's body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parser {
    /// `Transfer-Encoding` first, then `Content-Length`: what most servers do.
    CodingFirst,
    /// `Content-Length` only, as a server that does not know the coding would.
    LengthOnly,
    /// No request has a body, so whatever follows a head is the next request.
    Bodyless,
}

/// What the upstream says to one request, and what it does next.
pub struct Reply {
    bytes: Vec<u8>,
    reads_body: bool,
    then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    KeepAlive,
    Close,
    Tunnel,
}

/// What a tunnel answers to whatever comes through it: one WebSocket text frame.
pub const TUNNEL_ANSWER: &[u8] = b"\x81\x05hello";

type Script = Box<dyn Fn(&[u8]) -> Reply + Send + Sync>;

struct Shared {
    log: Mutex<Log>,
    arrival: Condvar,
    stopped: AtomicBool,
    script: Script,
    parser: Parser,
}

#[derive(Default)]
struct Log {
    connections: Vec<Vec<u8>>,
    requests: Vec<Vec<u8>>,
    completed: Vec<Vec<u8>>,
}

impl Recorder {
    /// Answers each request with 200 and a body that repeats the request line.
    pub fn start() -> Self {
        Self::with_parser(Parser::CodingFirst)
    }

    /// The same, with another idea of where a body ends.
    pub fn with_parser(parser: Parser) -> Self {
        Self::run(parser, Box::new(Reply::echo))
    }

    /// Answers as the script says, which is given each head as it came.
    pub fn scripted(script: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) -> Self {
        Self::run(Parser::CodingFirst, Box::new(script))
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The bytes of each connection on which any came since the last [`Recorder::clear`].
    pub fn connections(&self) -> Vec<Vec<u8>> {
        self.log().connections.iter().filter(|bytes| !bytes.is_empty()).cloned().collect()
    }

    /// The heads of all requests in order of arrival.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.log().requests.clone()
    }

    /// The heads of the requests that came in whole, body included.
    pub fn completed(&self) -> Vec<Vec<u8>> {
        self.log().completed.clone()
    }

    /// Forgets what was seen; connections stay open.
    pub fn clear(&self) {
        let mut log = self.log();
        log.connections.iter_mut().for_each(Vec::clear);
        log.requests.clear();
        log.completed.clear();
    }

    /// Whether any connection carried these bytes.
    pub fn saw(&self, needle: &[u8]) -> bool {
        self.log().connections.iter().any(|bytes| raw::holds(bytes, needle))
    }

    /// Everything seen, as text, for the message of a failed assertion.
    pub fn shown(&self) -> String {
        let connections = self.connections();
        connections.iter().map(|bytes| raw::lossy(bytes)).collect::<Vec<_>>().join("\n----\n")
    }

    /// Waits until a request arrives whose head holds `needle`.
    pub fn wait_for(&self, needle: &[u8]) -> Vec<u8> {
        let found = |log: &Log| log.requests.iter().find(|head| raw::holds(head, needle)).cloned();
        let (log, _) = self
            .shared
            .arrival
            .wait_timeout_while(self.log(), DEADLINE, |log| found(log).is_none())
            .unwrap_or_else(PoisonError::into_inner);
        found(&log).unwrap_or_else(|| panic!("no request with {:?}", raw::lossy(needle)))
    }

    fn run(parser: Parser, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            log: Mutex::default(),
            arrival: Condvar::new(),
            stopped: AtomicBool::new(false),
            script,
            parser,
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let _ = stream.set_nodelay(true);
                let mut log = accepting.log();
                log.connections.push(Vec::new());
                let index = log.connections.len() - 1;
                drop(log);
                let shared = Arc::clone(&accepting);
                thread::spawn(move || {
                    Conversation { stream, buffer: Vec::new(), index, shared }.run();
                });
            }
        });
        Self { addr, shared }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.shared.log()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // The accepting thread sees the flag when it wakes.
        let _ = TcpStream::connect(self.addr);
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reply {
    /// 200 with this text.
    pub fn ok(text: &str) -> Self {
        let length = text.len();
        Self::raw(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{text}"
        ))
    }

    /// 200 with the request line as the text.
    pub fn echo(head: &[u8]) -> Self {
        let line = raw::lossy(head).lines().next().unwrap_or_default().to_string();
        let mut reply = Self::ok(&format!("upstream answers {line}"));
        if head.starts_with(b"HEAD ") {
            let end = raw::head_end(&reply.bytes).unwrap_or(reply.bytes.len());
            reply.bytes.truncate(end);
        }
        reply
    }

    /// Exactly these bytes; then the connection waits for the next request.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), reads_body: true, then: Then::KeepAlive }
    }

    /// Answers at once and takes what follows the head for the next request.
    pub fn without_reading_the_body(mut self) -> Self {
        self.reads_body = false;
        self
    }

    /// Closes the connection after the answer.
    pub fn then_close(mut self) -> Self {
        self.then = Then::Close;
        self
    }

    /// Speaks no HTTP after the answer: whatever comes is kept, and answered with
    /// [`TUNNEL_ANSWER`].
    pub fn then_tunnel(mut self) -> Self {
        self.then = Then::Tunnel;
        self
    }
}

/// One connection as the upstream sees it.
struct Conversation {
    stream: TcpStream,
    buffer: Vec<u8>,
    index: usize,
    shared: Arc<Shared>,
}

impl Conversation {
    fn run(mut self) {
        while self.one_request().is_some() {}
    }

    /// `None` ends the connection.
    fn one_request(&mut self) -> Option<()> {
        let end = loop {
            match raw::head_end(&self.buffer) {
                Some(end) => break end,
                None => self.fill()?,
            }
        };
        let head: Vec<u8> = self.buffer.drain(..end).collect();
        self.shared.log().requests.push(head.clone());
        self.shared.arrival.notify_all();
        let reply = (self.shared.script)(&head);
        if reply.reads_body {
            self.read_body(&head)?;
        }
        self.shared.log().completed.push(head);
        self.stream.write_all(&reply.bytes).ok()?;
        match reply.then {
            Then::KeepAlive => Some(()),
            Then::Close => None,
            Then::Tunnel => loop {
                if self.buffer.is_empty() {
                    self.fill()?;
                }
                self.buffer.clear();
                self.stream.write_all(TUNNEL_ANSWER).ok()?;
            },
        }
    }

    fn fill(&mut self) -> Option<()> {
        let mut piece = [0; 16 * 1024];
        let count = self.stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        self.buffer.extend_from_slice(&piece[..count]);
        self.shared.log().connections[self.index].extend_from_slice(&piece[..count]);
        Some(())
    }

    fn read_body(&mut self, head: &[u8]) -> Option<()> {
        let coded = raw::header_values(head, "transfer-encoding")
            .iter()
            .any(|value| value.to_ascii_lowercase().contains("chunked"));
        let length = raw::header_values(head, "content-length");
        match self.shared.parser {
            Parser::Bodyless => Some(()),
            Parser::CodingFirst if coded => self.read_chunks(),
            _ => self.take(length.first().map_or(0, |value| careless_number(value))).map(drop),
        }
    }

    /// Reads chunks the way careless servers do: a size line ends at LF, no digits mean none.
    fn read_chunks(&mut self) -> Option<()> {
        loop {
            let line = self.take_line()?;
            let text = raw::lossy(&line);
            let digits: String = text.chars().take_while(char::is_ascii_hexdigit).collect();
            match usize::from_str_radix(&digits, 16).unwrap_or(0) {
                0 => break,
                size => {
                    self.take(size)?;
                    self.take_line()?;
                }
            }
        }
        while !self.take_line()?.trim_ascii().is_empty() {}
        Some(())
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return Some(self.buffer.drain(..=at).collect());
            }
            self.fill()?;
        }
    }

    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < count {
            self.fill()?;
        }
        Some(self.buffer.drain(..count).collect())
    }
}

/// A number as a careless server reads it: an optional sign, digits as far as they go, and an
/// overflow that wraps.
fn careless_number(text: &str) -> usize {
    let digits = text.trim_start_matches('+').bytes().take_while(u8::is_ascii_digit);
    digits.fold(0_usize, |sum, digit| sum.wrapping_mul(10).wrapping_add(usize::from(digit - b'0')))
}
