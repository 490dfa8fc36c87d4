//! The app's side: pooled connections whose responses are screened.
//!
//! The proxy library gets a fresh stream for every request; the TCP connection
//! inside it comes from a pool of ours and goes back there when a whole
//! response has passed and the library let go of the stream. That way the pool
//! decides by the same framing that let the bytes through, and a connection
//! that saw anything odd is never used again.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use pingora::connectors::L4Connect;
use pingora::protocols::l4::socket::SocketAddr as PeerAddr;
use pingora::protocols::l4::stream::Stream as L4Stream;
use pingora::protocols::l4::virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream};
use pingora::{Error, ErrorType};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::screen::{Screen, Side};
use crate::gateway::route::UpstreamTimes;

/// How much is read while a write waits, at most and at once.
const READ_AHEAD_MAX: usize = 1024 * 1024;
const READ_AHEAD_STEP: usize = 16 * 1024;
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
    fn take(&self, to: SocketAddr) -> Option<TcpStream> {
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

    fn give_back(&self, to: SocketAddr, tcp: TcpStream) {
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

/// How one request reaches its upstream, and what became of that.
#[derive(Debug)]
pub struct Dial {
    pool: Arc<Pool>,
    connect_time: Duration,
    /// How long the app may be silent before and within its answer.
    silence: Duration,
    /// A connection of its own that serves nobody else, before or after.
    alone: bool,
    reused: AtomicBool,
    timed_out: Arc<AtomicBool>,
    address: OnceLock<SocketAddr>,
}

impl Dial {
    /// A way through this pool.
    pub fn new(pool: Arc<Pool>, times: UpstreamTimes, alone: bool) -> Self {
        Self {
            pool,
            connect_time: times.connect,
            silence: times.read,
            alone,
            reused: AtomicBool::new(false),
            timed_out: Arc::default(),
            address: OnceLock::new(),
        }
    }

    /// Whether the app was silent for too long.
    pub fn timed_out(&self) -> bool {
        self.timed_out.load(Ordering::Relaxed)
    }

    /// Where it led the first time, for the log.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address.get().copied()
    }

    /// Whether the last connection had served a request before, so that it may
    /// have died of old age rather than of this request.
    pub fn reused(&self) -> bool {
        self.reused.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl L4Connect for Dial {
    async fn connect(&self, address: &PeerAddr) -> pingora::Result<L4Stream> {
        let Some(to) = address.as_inet().copied() else {
            return Error::e_explain(ErrorType::ConnectError, "not an internet address");
        };
        let _ = self.address.set(to);
        // A second attempt takes no second risk.
        let again = self.reused.load(Ordering::Relaxed);
        let pooled = if self.alone || again { None } else { self.pool.take(to) };
        self.reused.store(pooled.is_some(), Ordering::Relaxed);
        let tcp = match pooled {
            Some(tcp) => tcp,
            None => match tokio::time::timeout(self.connect_time, TcpStream::connect(to)).await {
                Ok(Ok(tcp)) => {
                    super::prepare(&tcp);
                    tcp
                }
                Ok(Err(error)) => {
                    return Err(Error::because(ErrorType::ConnectError, "connecting", error));
                }
                Err(_) => return Error::e_explain(ErrorType::ConnectTimedout, "connecting"),
            },
        };
        let wire = UpstreamWire {
            tcp: Some(tcp),
            to,
            home: (!self.alone).then(|| self.pool.clone()),
            screen: Screen::new(Side::Responses),
            head: Vec::new(),
            cleared: 0,
            begun: false,
            ahead: Vec::new(),
            surplus: false,
            released: false,
            silence: self.silence,
            patience: None,
            timed_out: self.timed_out.clone(),
        };
        Ok(L4Stream::from(VirtualSocketStream::new(Box::new(wire))))
    }
}

/// One request's turn on a connection.
struct UpstreamWire {
    tcp: Option<TcpStream>,
    to: SocketAddr,
    home: Option<Arc<Pool>>,
    screen: Screen,
    /// A response head in pieces, and how many bytes of it may pass.
    head: Vec<u8>,
    cleared: usize,
    begun: bool,
    /// Read while a write had to wait, and not looked at yet.
    ahead: Vec<u8>,
    /// The app sent bytes that belong to no answer.
    surplus: bool,
    /// The library looked whether the connection can be used again.
    released: bool,
    silence: Duration,
    /// Runs while the app is waited for.
    patience: Option<Pin<Box<Sleep>>>,
    timed_out: Arc<AtomicBool>,
}

impl std::fmt::Debug for UpstreamWire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamWire").field("to", &self.to).finish_non_exhaustive()
    }
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the app's response is malformed")
}

impl UpstreamWire {
    /// Screens what was just read into `buf` after `before`.
    fn screen_fresh(&mut self, buf: &mut ReadBuf<'_>, before: usize) -> io::Result<()> {
        let fresh = buf.filled().get(before..).unwrap_or_default();
        if self.head.is_empty() {
            let passed = self.screen.pass(fresh, 0).map_err(|_| refused())?;
            self.surplus |= passed.surplus;
            if passed.bytes < fresh.len() {
                if !passed.surplus {
                    self.head.extend_from_slice(fresh.get(passed.bytes..).unwrap_or_default());
                }
                buf.set_filled(before + passed.bytes);
            }
            return Ok(());
        }
        let seen = self.head.len();
        self.head.extend_from_slice(fresh);
        buf.set_filled(before);
        let passed = self.screen.pass(&self.head, seen).map_err(|_| refused())?;
        self.cleared = passed.bytes;
        if passed.surplus {
            self.surplus = true;
            self.head.truncate(passed.bytes);
        }
        Ok(())
    }

    /// Reads while a write waits. The library does one after the other, so an
    /// app that answers while it reads would wait for us as we wait for it.
    fn read_ahead(&mut self, cx: &mut Context<'_>) {
        let Some(tcp) = self.tcp.as_mut() else { return };
        let mut piece = [0; READ_AHEAD_STEP];
        while self.ahead.len() < READ_AHEAD_MAX {
            let mut buf = ReadBuf::new(&mut piece);
            match Pin::new(&mut *tcp).poll_read(cx, &mut buf) {
                // An end or an error is met again when it is read for.
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    self.ahead.extend_from_slice(buf.filled());
                }
                _ => return,
            }
        }
    }

    /// Waits for the app, but not for ever.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.screen.may_be_silent() {
            return Poll::Pending;
        }
        let silence = self.silence;
        let patience = self.patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(silence)));
        ready!(patience.as_mut().poll(cx));
        self.timed_out.store(true, Ordering::Relaxed);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) {
        let step = self.cleared.min(buf.remaining());
        buf.put_slice(self.head.get(..step).unwrap_or_default());
        self.head.drain(..step);
        self.cleared -= step;
    }
}

impl AsyncRead for UpstreamWire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.cleared > 0 {
                this.hand_over(buf);
                return Poll::Ready(Ok(()));
            }
            if this.screen.is_complete() {
                // After a whole response the library reads once more, to see
                // whether the connection is quiet. To it the connection ends
                // here; the pool takes it back when this is dropped.
                this.released = true;
                return Poll::Ready(Ok(()));
            }
            let Some(tcp) = this.tcp.as_mut() else { return Poll::Ready(Ok(())) };
            let before = buf.filled().len();
            if !this.ahead.is_empty() {
                let step = this.ahead.len().min(buf.remaining());
                buf.put_slice(this.ahead.get(..step).unwrap_or_default());
                this.ahead.drain(..step);
                this.screen_fresh(buf, before)?;
                if buf.filled().len() > before {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            let Poll::Ready(read) = Pin::new(tcp).poll_read(cx, buf) else {
                return this.poll_patience(cx);
            };
            read?;
            this.patience = None;
            if buf.filled().len() == before {
                return Poll::Ready(Ok(()));
            }
            this.screen_fresh(buf, before)?;
            if buf.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for UpstreamWire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.begun {
            this.begun = true;
            this.screen.expect_response(data.starts_with(b"HEAD "));
        }
        // Nothing of a request follows its answer: what the app did not wait
        // for, it must not read as the beginning of another request.
        if this.screen.is_complete() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        // An upload in progress is no silence of the app.
        this.patience = None;
        let Some(tcp) = this.tcp.as_mut() else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let written = Pin::new(tcp).poll_write(cx, data);
        if written.is_pending() {
            this.read_ahead(cx);
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut().tcp.as_mut() {
            Some(tcp) => Pin::new(tcp).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut().tcp.as_mut() {
            Some(tcp) => Pin::new(tcp).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl VirtualSocket for UpstreamWire {
    /// Options were set when the connection was made; they last.
    fn set_socket_option(&self, _: VirtualSockOpt) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for UpstreamWire {
    fn drop(&mut self) {
        let quiet = self.released
            && !self.surplus
            && self.ahead.is_empty()
            && self.head.is_empty()
            && self.screen.may_be_reused();
        if let (true, Some(home), Some(tcp)) = (quiet, &self.home, self.tcp.take()) {
            home.give_back(self.to, tcp);
        }
    }
}

#[cfg(test)]
mod tests;
