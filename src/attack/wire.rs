//! Bytes over a plain socket. Nothing is checked on the way out, so that a row
//! can be as wrong as an attacker.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::echo::find;

/// Longest wait for a piece of an answer. The gateway refuses at once.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// Most of an answer that is read.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Every byte.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// The status of the final answer, where there is one.
    pub fn status(&self) -> Option<u16> {
        let line = self.bytes.get(..12)?;
        std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
    }

    /// All values of a header.
    pub fn values(&self, name: &str) -> Vec<String> {
        let end = find(&self.bytes, b"\r\n\r\n").unwrap_or(self.bytes.len());
        let head = String::from_utf8_lossy(self.bytes.get(..end).unwrap_or_default()).into_owned();
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// The body as text.
    pub fn body(&self) -> String {
        let start = find(&self.bytes, b"\r\n\r\n").map_or(self.bytes.len(), |at| at + 4);
        String::from_utf8_lossy(self.bytes.get(start..).unwrap_or_default()).into_owned()
    }

    /// Whether the answer is all there and the connection may stay open.
    fn is_whole(&self, asks_head: bool) -> bool {
        let Some(head) = find(&self.bytes, b"\r\n\r\n") else { return false };
        let closes =
            self.values("connection").iter().any(|value| value.eq_ignore_ascii_case("close"));
        let length = self.values("content-length").first().and_then(|length| length.parse().ok());
        let length: Option<usize> = if asks_head { Some(0) } else { length };
        !closes && length.is_some_and(|length| self.bytes.len() >= head + 4 + length)
    }
}

/// Sends bytes on a new connection and reads one answer, or all there is until
/// the other side closes where it says that it will.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Reply {
    let mut reply = Reply::default();
    let Ok(mut stream) = TcpStream::connect(address) else { return reply };
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let _ = stream.set_write_timeout(Some(PATIENCE));
    let _ = stream.set_nodelay(true);
    // Whoever has closed already may have answered before.
    let _ = stream.write_all(bytes);
    let asks_head = bytes.starts_with(b"HEAD ");
    // Where two requests are sent, both answers are waited for.
    let closes = find(bytes, b"Connection: close\r\n").is_some();
    let mut part = [0; 8192];
    while reply.bytes.len() < ANSWER_BYTES_MAX && (closes || !reply.is_whole(asks_head)) {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(read) => reply.bytes.extend_from_slice(part.get(..read).unwrap_or_default()),
        }
    }
    reply
}
