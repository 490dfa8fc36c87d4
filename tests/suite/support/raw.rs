//! Bytes over a plain socket, and what came back. Nothing is checked on the way out, so a test can
//! be as wrong as an attacker.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How long a test waits for the other side before it calls the silence an answer.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// What a peer sent back.
#[derive(Debug)]
pub struct Reply {
    /// Everything that was read, interim responses included.
    pub bytes: Vec<u8>,
    /// Whether the peer was seen to close the connection.
    pub closed: bool,
}

/// Sends `bytes` on a new connection and reads one response by its framing. Where that response
/// announces the end of the connection, the end is waited for.
pub fn exchange(addr: SocketAddr, bytes: &[u8]) -> Reply {
    let mut connection = Connection::open(addr);
    connection.asks_head = bytes.starts_with(b"HEAD ");
    connection.write(bytes);
    let mut reply = connection.reply();
    if !reply.closed && reply.says_close() {
        let rest = connection.until_closed();
        reply.bytes.extend_from_slice(&rest.bytes);
        reply.closed = rest.closed;
    }
    reply
}

/// Sends the same request again and again until it is over, on each connection until its answer says
/// that it was the last. Counts the answers, which must all be good.
pub fn ask_until(over: &AtomicBool, addr: SocketAddr, head: &str, done: &AtomicUsize) {
    while !over.load(Ordering::Relaxed) {
        let mut connection = Connection::open(addr);
        loop {
            connection.write(head.as_bytes());
            let reply = connection.reply();
            assert_eq!(reply.status(), 200, "{}", reply.shown());
            done.fetch_add(1, Ordering::Relaxed);
            if reply.says_close() || over.load(Ordering::Relaxed) {
                break;
            }
        }
    }
}

/// Sends `bytes` on a new connection and reads until the peer closes it or the deadline is over.
pub fn exchange_until_closed(addr: SocketAddr, bytes: &[u8]) -> Reply {
    let mut connection = Connection::open(addr);
    connection.write(bytes);
    connection.until_closed()
}

/// Sends `bytes`, says that no more will come, and reads to the end.
pub fn exchange_and_finish(addr: SocketAddr, bytes: &[u8]) -> Reply {
    let mut connection = Connection::open(addr);
    connection.write(bytes);
    connection.finish();
    connection.until_closed()
}

/// One connection, for the tests that say more than one thing on it.
pub struct Connection {
    stream: TcpStream,
    pending: Vec<u8>,
    asks_head: bool,
}

impl Connection {
    /// Connects; reading and writing have a deadline from here on.
    pub fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("the peer accepts a connection");
        stream.set_read_timeout(Some(DEADLINE)).expect("a read deadline");
        stream.set_write_timeout(Some(DEADLINE)).expect("a write deadline");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, pending: Vec::new(), asks_head: false }
    }

    /// Writes all of `bytes`. A peer that has closed already is not a fault here: what it said
    /// before is what the test wants to read.
    pub fn write(&mut self, bytes: &[u8]) {
        if self.stream.write_all(bytes).is_err() {
            return;
        }
        let _ = self.stream.flush();
    }

    /// Says that no more will come.
    pub fn finish(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads one final response by its framing; bytes after it stay for the next call.
    pub fn reply(&mut self) -> Reply {
        loop {
            if let Some(end) = final_response(&self.pending, self.asks_head).and_then(|f| f.end) {
                let rest = self.pending.split_off(end);
                let bytes = std::mem::replace(&mut self.pending, rest);
                return Reply { bytes, closed: false };
            }
            match self.read_some() {
                Came::Bytes => {}
                came => {
                    let bytes = std::mem::take(&mut self.pending);
                    return Reply { bytes, closed: came == Came::End };
                }
            }
        }
    }

    /// Reads until the peer closes or the deadline is over.
    pub fn until_closed(&mut self) -> Reply {
        loop {
            match self.read_some() {
                Came::Bytes => {}
                came => {
                    let bytes = std::mem::take(&mut self.pending);
                    return Reply { bytes, closed: came == Came::End };
                }
            }
        }
    }

    /// Reads at least `wanted` bytes that are no HTTP message, or fewer if the peer ends.
    pub fn at_least(&mut self, wanted: usize) -> Vec<u8> {
        while self.pending.len() < wanted && self.read_some() == Came::Bytes {}
        std::mem::take(&mut self.pending)
    }

    fn read_some(&mut self) -> Came {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => Came::End,
            Ok(count) => {
                self.pending.extend_from_slice(&piece[..count]);
                Came::Bytes
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Came::Silence,
                ErrorKind::Interrupted => Came::Bytes,
                _ => Came::End,
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Bytes,
    End,
    Silence,
}

impl Reply {
    /// The status of the final response, or 0 where there was none.
    pub fn status(&self) -> u16 {
        self.first().map_or(0, |found| found.status)
    }

    /// The first value of a header of the final response.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers(name).into_iter().next()
    }

    /// Every value of a header of the final response, in order.
    pub fn headers(&self, name: &str) -> Vec<String> {
        self.first().map_or_else(Vec::new, |found| header_values(found.head, name))
    }

    /// The head of the final response as text.
    pub fn head(&self) -> String {
        self.first().map_or_else(String::new, |found| lossy(found.head))
    }

    /// The body of the final response, without chunk framing.
    pub fn body(&self) -> Vec<u8> {
        let Some(found) = self.first() else { return Vec::new() };
        let body = &found.after[..found.body_bytes.unwrap_or(found.after.len())];
        match says_chunked(found.head) {
            true => unchunk(body),
            false => body.to_vec(),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        lossy(&self.body())
    }

    /// Whether the final response announces the end of the connection.
    pub fn says_close(&self) -> bool {
        self.headers("connection").iter().any(|value| value.eq_ignore_ascii_case("close"))
    }

    /// How many final responses were read. A last one without an end counts too.
    pub fn count(&self) -> usize {
        let (mut rest, mut count) = (&self.bytes[..], 0);
        while let Some(found) = final_response(rest, false) {
            count += 1;
            rest = &rest[found.end.unwrap_or(rest.len())..];
        }
        count
    }

    /// Everything that was read as text, for the message of a failed assertion.
    pub fn shown(&self) -> String {
        lossy(&self.bytes)
    }

    fn first(&self) -> Option<Found<'_>> {
        final_response(&self.bytes, false)
    }
}

/// Values of one field in a head, in order, whatever the case of its name.
pub fn header_values(head: &[u8], name: &str) -> Vec<String> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    let fields = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let ours = line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        ours.then(|| lossy(line[colon + 1..].trim_ascii()))
    });
    fields.collect()
}

/// Where the head of a message ends, empty line included. A line may end in a bare LF, as naive
/// servers allow.
pub fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(at) = bytes[start..].iter().position(|byte| *byte == b'\n') {
        let after = start + at + 1;
        match &bytes[after..] {
            [b'\n', ..] => return Some(after + 1),
            [b'\r', b'\n', ..] => return Some(after + 2),
            _ => start = after,
        }
    }
    None
}

/// Whether `needle` is anywhere in `bytes`.
pub fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

/// Puts `with` in the place of each `from`.
pub fn replace(bytes: &[u8], from: &[u8], with: &[u8]) -> Vec<u8> {
    let (mut done, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        done.extend_from_slice(&rest[..at]);
        done.extend_from_slice(with);
        rest = &rest[at + from.len()..];
    }
    done.extend_from_slice(rest);
    done
}

/// Bytes as text; what is no UTF-8 is shown as the replacement character.
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Found<'a> {
    status: u16,
    head: &'a [u8],
    after: &'a [u8],
    body_bytes: Option<usize>,
    end: Option<usize>,
}

/// The first response that is not an interim one; `end` is there once it is complete.
fn final_response(bytes: &[u8], asks_head: bool) -> Option<Found<'_>> {
    let mut start = 0;
    loop {
        let end = start + head_end(&bytes[start..])?;
        let head = &bytes[start..end];
        let status = status_of(head);
        if (100..200).contains(&status) && status != 101 {
            start = end;
            continue;
        }
        let after = &bytes[end..];
        let body_bytes = match status {
            101 | 204 | 304 => Some(0),
            _ if asks_head => Some(0),
            _ if says_chunked(head) => chunked_bytes(after),
            _ => header_values(head, "content-length")
                .first()
                .and_then(|length| length.parse().ok())
                .filter(|length| *length <= after.len()),
        };
        let end = body_bytes.map(|length| end + length);
        return Some(Found { status, head, after, body_bytes, end });
    }
}

fn status_of(head: &[u8]) -> u16 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    let version = words.next().unwrap_or_default();
    let code = words.next().unwrap_or_default().trim_ascii();
    match version.starts_with(b"HTTP/") {
        true => lossy(code).parse().unwrap_or(0),
        false => 0,
    }
}

fn says_chunked(head: &[u8]) -> bool {
    header_values(head, "transfer-encoding").iter().any(|v| v.eq_ignore_ascii_case("chunked"))
}

/// Length of a chunked body that has come in whole. Our own responses carry no trailers.
fn chunked_bytes(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let (size, data) = chunk_size(&bytes[at..])?;
        at += data + size + 2;
        if at > bytes.len() {
            return None;
        }
        if size == 0 {
            return Some(at);
        }
    }
}

fn unchunk(bytes: &[u8]) -> Vec<u8> {
    let (mut at, mut body) = (0, Vec::new());
    while let Some((size, data)) = bytes.get(at..).and_then(chunk_size) {
        let Some(piece) = bytes.get(at + data..at + data + size) else { break };
        body.extend_from_slice(piece);
        at += data + size + 2;
    }
    body
}

/// Size of the next chunk, and where its data begin.
fn chunk_size(bytes: &[u8]) -> Option<(usize, usize)> {
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    let digits = lossy(bytes[..line].trim_ascii());
    let size = usize::from_str_radix(digits.split(';').next()?.trim(), 16).ok()?;
    Some((size, line + 1))
}
