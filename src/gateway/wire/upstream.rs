//! The app's side: pooled connections whose responses are screened.
//!
//! The proxy library gets a fresh stream for every request; the connection
//! inside it comes from a pool of ours and goes back there when a whole
//! response has passed and the library let go of the stream. That way the pool
//! decides by the same framing that let the bytes through, and a connection
//! that saw anything odd is never used again.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use pingora::connectors::L4Connect;
use pingora::protocols::l4::socket::SocketAddr as PeerAddr;
use pingora::protocols::l4::stream::Stream as L4Stream;
use pingora::protocols::l4::virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream};
use pingora::{Error, ErrorType};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::cut::Fate;
use super::frames::{CLOSE, RESTART};
use super::http2::{Http2Pool, StreamSlot};
use super::pool::Pool;
use super::screen::{Screen, Side};
use super::transport::{ConnectError, ConnectTimes, Protocol, Transport};
use crate::gateway::upstream::endpoints::{Endpoint, EndpointId, Turn};
use crate::gateway::upstream::settings::UpstreamTimes;

/// How much is read while a write waits, at most and at once.
const READ_AHEAD_MAX: usize = 1024 * 1024;
const READ_AHEAD_STEP: usize = 16 * 1024;

/// Which connections one attempt of a request may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// One that waits in the pool, or a new one that goes there afterwards.
    Pooled,
    /// A new one, because the one from the pool had died.
    Fresh,
    /// One of its own that serves nobody else, before or after.
    Alone,
}

/// How one attempt of a request reaches an address of its app, and what became
/// of that.
#[derive(Debug)]
pub struct Dial {
    pool: Arc<Pool>,
    turn: Turn,
    times: UpstreamTimes,
    sharing: Sharing,
    reused: AtomicBool,
    fate: Arc<Fate>,
}

impl Dial {
    /// A way to the address whose turn it is. `fate` is the whole request's.
    pub fn new(
        pool: Arc<Pool>,
        turn: Turn,
        times: UpstreamTimes,
        sharing: Sharing,
        fate: Arc<Fate>,
    ) -> Self {
        Self { pool, turn, times, sharing, reused: AtomicBool::new(false), fate }
    }

    /// Where it leads.
    pub fn endpoint(&self) -> &Endpoint {
        self.turn.endpoint()
    }

    /// Whether the connection had served a request before, so that it may have
    /// died of old age rather than of this request.
    pub fn reused(&self) -> bool {
        self.reused.load(Ordering::Relaxed)
    }

    /// A place on a connection of HTTP/2, which others may share.
    ///
    /// # Errors
    ///
    /// A connect error of the library's, with its cause.
    pub async fn http2(&self, pool: &Http2Pool) -> pingora::Result<StreamSlot> {
        let shared = match self.sharing {
            Sharing::Pooled | Sharing::Alone => pool.take_ready(self.endpoint().id()).await,
            Sharing::Fresh => None,
        };
        self.reused.store(shared.is_some(), Ordering::Relaxed);
        match shared {
            Some(slot) => Ok(slot),
            None => pool.connect(self.endpoint(), self.times).await.map_err(not_connected),
        }
    }
}

fn not_connected(error: ConnectError) -> Box<Error> {
    let kind = match error {
        ConnectError::TimedOut => ErrorType::ConnectTimedout,
        _ => ErrorType::ConnectError,
    };
    Error::because(kind, "connecting", error)
}

#[async_trait]
impl L4Connect for Dial {
    async fn connect(&self, _: &PeerAddr) -> pingora::Result<L4Stream> {
        if self.fate.cut.is_made() {
            return Error::e_explain(ErrorType::ConnectError, "the session is over");
        }
        let to = self.endpoint().id();
        let pooled = match self.sharing {
            Sharing::Pooled => self.pool.take(to),
            Sharing::Fresh | Sharing::Alone => None,
        };
        self.reused.store(pooled.is_some(), Ordering::Relaxed);
        let transport = match pooled {
            Some(transport) => transport,
            None => {
                let times =
                    ConnectTimes { connect: self.times.connect, handshake: self.times.handshake };
                let connecting = Transport::connect(self.endpoint(), Protocol::Http1, times);
                connecting.await.map_err(not_connected)?
            }
        };
        let wire = UpstreamWire {
            transport: Some(transport),
            to,
            home: (self.sharing != Sharing::Alone).then(|| self.pool.clone()),
            keep: self.times.idle,
            screen: Screen::new(Side::Responses),
            head: Vec::new(),
            cleared: 0,
            begun: false,
            ahead: Vec::new(),
            surplus: false,
            released: false,
            passed: 0,
            silence: self.times.read,
            patience: None,
            fate: self.fate.clone(),
            farewell: false,
        };
        Ok(L4Stream::from(VirtualSocketStream::new(Box::new(wire))))
    }
}

/// One request's turn on a connection.
struct UpstreamWire {
    transport: Option<Transport>,
    to: EndpointId,
    home: Option<Arc<Pool>>,
    /// How long the pool keeps the connection.
    keep: Duration,
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
    /// Bytes of the answer that went on.
    passed: usize,
    silence: Duration,
    /// Runs while the app is waited for.
    patience: Option<Pin<Box<Sleep>>>,
    fate: Arc<Fate>,
    /// Our last word to a WebSocket was said.
    farewell: bool,
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
        let Some(transport) = self.transport.as_mut() else { return };
        let mut piece = [0; READ_AHEAD_STEP];
        while self.ahead.len() < READ_AHEAD_MAX {
            let mut buf = ReadBuf::new(&mut piece);
            match Pin::new(&mut *transport).poll_read(cx, &mut buf) {
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
        // Asked first: who does not send has no app to wait for.
        if self.fate.giving.poll_too_slow(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if self.screen.may_be_silent() || self.fate.giving.is_awaited() {
            return Poll::Pending;
        }
        let silence = self.silence;
        let patience = self.patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(silence)));
        ready!(patience.as_mut().poll(cx));
        self.fate.timed_out.store(true, Ordering::Relaxed);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Ends the exchange: the app's connection at once, and a WebSocket with a
    /// close frame where the last frame of the app's is whole. Everything else
    /// breaks off, so that half an answer never looks like a whole one.
    fn break_off(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<()> {
        self.transport = None;
        if self.farewell {
            return Ok(());
        }
        if self.screen.may_say_farewell() && buf.remaining() >= CLOSE.len() {
            self.farewell = true;
            let restarts = self.fate.restarts.load(Ordering::Relaxed);
            buf.put_slice(if restarts { &RESTART } else { &CLOSE });
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the session is over"))
    }

    /// The app said all. What the client still sends is not for it.
    fn said_all(&mut self) {
        if self.fate.ending.is_wanting() {
            self.transport = None;
            self.fate.ending.said_all(self.passed);
        }
    }

    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) {
        let step = self.cleared.min(buf.remaining());
        buf.put_slice(self.head.get(..step).unwrap_or_default());
        self.head.drain(..step);
        self.cleared -= step;
    }
}

impl UpstreamWire {
    fn poll_answer(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self;
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
            if this.fate.cut.is_made() {
                return Poll::Ready(this.break_off(buf));
            }
            let Some(transport) = this.transport.as_mut() else { return Poll::Ready(Ok(())) };
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
            let Poll::Ready(read) = Pin::new(transport).poll_read(cx, buf) else {
                if this.fate.cut.wake(cx) {
                    continue;
                }
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

impl AsyncRead for UpstreamWire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(this.poll_answer(cx, buf))?;
        let came = buf.filled().len() - before;
        this.passed += came;
        let whole = this.screen.is_complete() && this.cleared == 0;
        if whole || came == 0 && this.passed > 0 {
            this.said_all();
        }
        Poll::Ready(Ok(()))
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
        if this.screen.is_complete() || this.fate.cut.is_made() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        // An upload in progress is no silence of the app.
        this.patience = None;
        let Some(transport) = this.transport.as_mut() else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let written = Pin::new(transport).poll_write(cx, data);
        if let Poll::Ready(Err(_)) = &written {
            // The app wants no more, and is itself waited for from here on.
            this.fate.giving.end();
        }
        if written.is_pending() {
            this.read_ahead(cx);
            if this.fate.cut.wake(cx) {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut().transport.as_mut() {
            Some(transport) => Pin::new(transport).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut().transport.as_mut() {
            Some(transport) => Pin::new(transport).poll_shutdown(cx),
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
            && self.screen.may_be_reused()
            && !self.fate.bound.load(Ordering::Relaxed);
        if let (true, Some(home), Some(transport)) = (quiet, &self.home, self.transport.take()) {
            home.give_back(self.to, transport, self.keep);
        }
    }
}

#[cfg(test)]
mod tests;
