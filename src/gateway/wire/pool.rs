//! Connections to apps that wait for their next request.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

/// Idle connections kept for one upstream by one worker.
const IDLE_MAX: usize = 256;

/// Connections of one worker to upstreams, waiting for their next request.
#[derive(Debug)]
pub struct Pool {
    idle: Mutex<HashMap<SocketAddr, Vec<(TcpStream, Instant)>>>,
    keep: Duration,
}

impl Pool {
    /// A pool that keeps a connection for `keep` at most; that should be less
    /// than the upstream itself waits.
    pub fn new(keep: Duration) -> Self {
        Self { idle: Mutex::default(), keep }
    }

    /// The connection used last, if it is still good.
    pub(super) fn take(&self, to: SocketAddr) -> Option<TcpStream> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.get_mut(&to)?;
        while let Some((tcp, since)) = waiting.pop() {
            if since.elapsed() >= self.keep {
                // The rest are older still.
                waiting.clear();
                return None;
            }
            // An idle upstream has nothing to say: bytes or an end both mean
            // that this connection is finished.
            let mut byte = [0; 1];
            match tcp.try_read(&mut byte) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Some(tcp),
                _ => {}
            }
        }
        None
    }

    /// Keeps a connection that saw a whole exchange and nothing else.
    pub(super) fn give_back(&self, to: SocketAddr, tcp: TcpStream) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.entry(to).or_default();
        if waiting.len() < IDLE_MAX {
            waiting.push((tcp, Instant::now()));
        }
    }

    /// Closes connections that waited too long.
    pub fn tidy(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for waiting in idle.values_mut() {
            waiting.retain(|(_, since)| since.elapsed() < self.keep);
        }
        idle.retain(|_, waiting| !waiting.is_empty());
    }
}
