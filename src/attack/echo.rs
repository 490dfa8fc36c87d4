//! What stands in the place of every app: it keeps each byte that arrives and
//! claims in its answers to be the gateway.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The word in everything that an app may not say in the gateway's name.
pub const PLANTED: &str = "planted-by-the-app";
/// Longest silence on a connection.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Longest message that is read; no row sends a longer one.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// What arrived since it was last asked.
#[derive(Clone, Debug, Default)]
pub struct Arrived {
    /// Every byte.
    pub bytes: Vec<u8>,
    /// The heads of requests that arrived whole, body included.
    pub whole: Vec<Vec<u8>>,
}

/// The target. It stops when this is dropped.
#[derive(Debug)]
pub struct Echo {
    address: SocketAddr,
    arrived: Arc<Mutex<Arrived>>,
    over: Arc<AtomicBool>,
}

impl Echo {
    /// Begins to listen on a free loopback port.
    ///
    /// # Errors
    ///
    /// Where the system gives no port or thread.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (arrived, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let echo = Self { address, arrived, over };
        let (arrived, over) = (echo.arrived.clone(), echo.over.clone());
        std::thread::Builder::new().name("echo".to_owned()).spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Acquire) {
                    return;
                }
                let (Ok(stream), arrived) = (stream, arrived.clone()) else { continue };
                // Without a thread the connection closes, which turns the row red.
                let _ = std::thread::Builder::new().spawn(move || serve(stream, &arrived));
            }
        })?;
        Ok(echo)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What arrived since the last time.
    pub fn take(&self) -> Arrived {
        std::mem::take(&mut held(&self.arrived))
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn held(arrived: &Mutex<Arrived>) -> MutexGuard<'_, Arrived> {
    arrived.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers until the other side is gone.
fn serve(mut stream: TcpStream, arrived: &Mutex<Arrived>) {
    let _ = stream.set_read_timeout(Some(SILENCE_MAX));
    let _ = stream.set_nodelay(true);
    let mut pending = Vec::new();
    loop {
        while let Some((head, length)) = message(&pending) {
            let whole = pending.get(..head).unwrap_or_default().to_vec();
            let asks_head = whole.starts_with(b"HEAD ");
            pending.drain(..length);
            held(arrived).whole.push(whole);
            if stream.write_all(answer(asks_head).as_bytes()).is_err() {
                return;
            }
        }
        let mut part = [0; 8192];
        let read = stream.read(&mut part).unwrap_or(0);
        let part = part.get(..read).unwrap_or_default();
        if part.is_empty() || pending.len() > MESSAGE_BYTES_MAX {
            return;
        }
        held(arrived).bytes.extend_from_slice(part);
        pending.extend_from_slice(part);
    }
}

fn answer(asks_head: bool) -> String {
    let body = if asks_head { "" } else { "echo" };
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\
         Remote-User: {PLANTED}\r\nRemote_Groups: {PLANTED}\r\n\
         X-Vestibule-Assertion: {PLANTED}\r\n\
         Set-Cookie: __Host-vestibule={PLANTED}; Path=/; Secure; HttpOnly\r\n\
         Set-Cookie: vestibule={PLANTED}; Path=/\r\n\r\n{body}"
    )
}

/// The lengths of head and whole message at the front of `bytes`, if it is all
/// there. Deliberately easy to please: where framing makes no sense, what came
/// counts as a whole message, as it would for a careless app.
fn message(bytes: &[u8]) -> Option<(usize, usize)> {
    let strict = find(bytes, b"\r\n\r\n").map(|at| at + 4);
    let loose = find(bytes, b"\n\n").map(|at| at + 2);
    let head = strict.into_iter().chain(loose).min()?;
    let text = String::from_utf8_lossy(bytes.get(..head)?).to_ascii_lowercase();
    let value = |name: &str| {
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.trim())
    };
    let body = bytes.get(head..).unwrap_or_default();
    let length = match (value("transfer-encoding"), value("content-length")) {
        (Some(_), _) => chunked(body)?,
        (None, Some(length)) => match length.parse::<usize>() {
            Ok(length) if length > body.len() => return None,
            Ok(length) => length,
            Err(_) => body.len(),
        },
        (None, None) => 0,
    };
    Some((head, head + length))
}

/// The length of a chunked body, or `None` until it is whole.
fn chunked(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = body.get(at..)?;
        let line = rest.get(..find(rest, b"\n")?)?;
        let size = String::from_utf8_lossy(line);
        let size = size.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else { return Some(body.len()) };
        let data = at + line.len() + 1;
        if size == 0 {
            let end = body.get(data..).and_then(|trailer| find(trailer, b"\n"))?;
            return Some(data + end + 1);
        }
        let after = data.saturating_add(size);
        if body.len() < after.saturating_add(2) {
            return None;
        }
        if body.get(after..after + 2) != Some(b"\r\n") {
            return Some(body.len());
        }
        at = after + 2;
    }
}

/// Where `needle` begins in `bytes`.
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_counts_once_it_is_whole_and_nonsense_counts_at_once() {
        let head = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(message(head), None);
        assert_eq!(message(&[&head[..], b"abc"].concat()), Some((head.len(), head.len() + 3)));
        let head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(message(&[&head[..], b"3\r\nabc\r\n"].concat()), None);
        let whole = [&head[..], b"3\r\nabc\r\n0\r\n\r\n"].concat();
        assert_eq!(message(&whole), Some((head.len(), whole.len())));
        let nonsense = [&head[..], b"zz\r\nabc"].concat();
        assert_eq!(message(&nonsense), Some((head.len(), nonsense.len())));
    }
}
