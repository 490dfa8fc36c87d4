//! The client's side: a TCP connection whose requests are screened.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use pingora::protocols::SocketDigest;
use pingora::protocols::raw_connect::ProxyDigest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::cut::Cut;
use super::screen::{Screen, Side};
use crate::gateway::refuse::{self, Reason};
use crate::observe::Metrics;

/// From the first byte of a head to its last.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// From the connection to its first byte.
const FIRST_BYTE_TIME: Duration = Duration::from_secs(30);
/// How long a refused client may go on sending before it is cut off; reading
/// on for a moment keeps the refusal from being lost with a reset.
const DRAIN_TIME: Duration = Duration::from_secs(2);
/// Bytes read from a refused client at most.
const DRAIN_BYTES_MAX: usize = 256 * 1024;
/// Answers are gathered up to this size before they are sent.
const WRITE_BUFFER: usize = 16 * 1024;
/// Room for the answer's head and the beginning of its body, so that a small
/// answer is gathered without growing.
const WRITE_FIRST: usize = 4096;
/// How much is read at once while a head is incomplete.
const READ_STEP: usize = 4096;
/// The beginning of every HTTP/2 connection (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is spoken on the connection.
#[derive(Debug)]
enum Speech {
    /// HTTP/1, screened.
    Http1(Screen),
    /// HTTP/2: framed by its library.
    Http2,
    /// Nothing any more: the refusal is being sent, then the rest is read away.
    Refused { drained: usize },
}

/// One client connection.
pub struct ClientWire {
    tcp: TcpStream,
    speech: Speech,
    /// Read and not passed on yet; the first `seen` bytes were looked at.
    held: BytesMut,
    seen: usize,
    /// How many of the held bytes may pass.
    cleared: usize,
    /// To be sent.
    out: BytesMut,
    /// When a head that has begun must be whole.
    deadline: Option<Pin<Box<Sleep>>>,
    /// Whether an answer to the current request has begun to be sent.
    answering: bool,
    /// By which others can end it.
    cut: Arc<Cut>,
    proxy_digest: Arc<ProxyDigest>,
    digest: Arc<SocketDigest>,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for ClientWire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientWire").field("speech", &self.speech).finish_non_exhaustive()
    }
}

impl ClientWire {
    /// Takes over an accepted connection and finds out what is spoken on it.
    ///
    /// # Errors
    ///
    /// Where the client sends nothing in time, or leaves.
    pub async fn accept(
        tcp: TcpStream,
        peer: SocketAddr,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        super::prepare(&tcp);
        let digest = SocketDigest::from_raw_fd(tcp.as_raw_fd());
        let _ = digest.peer_addr.set(Some(peer.into()));
        let cut = Arc::default();
        let mut wire = Self {
            tcp,
            speech: Speech::Http1(Screen::new(Side::Requests)),
            held: BytesMut::new(),
            seen: 0,
            cleared: 0,
            out: BytesMut::new(),
            deadline: None,
            answering: false,
            proxy_digest: described::carrying(&cut),
            cut,
            digest: Arc::new(digest),
            metrics,
        };
        match tokio::time::timeout(FIRST_BYTE_TIME, wire.find_speech()).await {
            Ok(found) => found.map(|()| wire),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Reads until the bytes are, or can no longer become, the preface.
    async fn find_speech(&mut self) -> io::Result<()> {
        self.held.reserve(READ_STEP);
        loop {
            let common = self.held.len().min(PREFACE.len());
            let differs = self.held.get(..common) != PREFACE.get(..common);
            if differs && !self.held.is_empty() {
                return Ok(());
            }
            if common == PREFACE.len() {
                self.speech = Speech::Http2;
                self.cleared = self.held.len();
                return Ok(());
            }
            if self.tcp.read_buf(&mut self.held).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Lets cleared bytes go to the reader.
    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) {
        let step = self.cleared.min(buf.remaining());
        buf.put_slice(self.held.get(..step).unwrap_or_default());
        self.held.advance(step);
        self.cleared -= step;
        self.seen = self.seen.saturating_sub(step);
        if self.held.is_empty() {
            // Idle connections keep no buffer.
            self.held = BytesMut::new();
        }
    }

    /// Judges what is held.
    fn judge(&mut self) -> Result<(), Reason> {
        let Speech::Http1(screen) = &mut self.speech else {
            self.cleared = self.held.len();
            return Ok(());
        };
        let passed = screen.pass(&self.held, self.seen)?;
        self.cleared = passed.bytes;
        self.seen = self.held.len();
        match passed.partial_head {
            true if self.deadline.is_none() => {
                self.deadline = Some(Box::pin(tokio::time::sleep(HEAD_TIME)));
            }
            true => {}
            false => self.deadline = None,
        }
        self.answering &= !passed.head;
        Ok(())
    }

    /// Puts the refusal in the place of everything not sent yet.
    fn refuse(&mut self, reason: Reason) {
        self.metrics.refused(reason.word());
        self.held = BytesMut::new();
        (self.seen, self.cleared) = (0, 0);
        if !self.answering {
            self.out.clear();
            self.out.extend_from_slice(&refuse::raw_answer(reason));
        }
        self.speech = Speech::Refused { drained: 0 };
        let by = Instant::now() + DRAIN_TIME;
        match &mut self.deadline {
            Some(deadline) => deadline.as_mut().reset(by),
            None => self.deadline = Some(Box::pin(tokio::time::sleep(DRAIN_TIME))),
        }
    }

    /// Whether nothing of an answer goes out any more.
    fn is_over(&self) -> bool {
        matches!(self.speech, Speech::Refused { .. }) || self.cut.is_made()
    }

    /// Sends what is gathered.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let Poll::Ready(sent) = Pin::new(&mut self.tcp).poll_write(cx, &self.out) else {
                return self.poll_cut(cx);
            };
            match sent? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.out.advance(sent),
            }
        }
        if self.out.capacity() > 0 {
            self.out = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    /// Waits until the connection is ended from elsewhere.
    fn poll_cut<T>(&self, cx: &Context<'_>) -> Poll<io::Result<T>> {
        match self.cut.wake(cx) {
            true => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            false => Poll::Pending,
        }
    }

    /// Sends the refusal, closes our side and reads the rest away.
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_send(cx))?;
        ready!(Pin::new(&mut self.tcp).poll_shutdown(cx))?;
        let mut scrap = [0; READ_STEP];
        loop {
            let mut buf = ReadBuf::new(&mut scrap);
            ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut buf))?;
            let Speech::Refused { drained } = &mut self.speech else { return Poll::Ready(Ok(())) };
            *drained += buf.filled().len();
            if buf.filled().is_empty() || *drained > DRAIN_BYTES_MAX {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncRead for ClientWire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.cut.is_made() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            if matches!(this.speech, Speech::Refused { .. }) {
                // To the reader the client has left.
                return this.poll_refused(cx);
            }
            if this.cleared > 0 {
                this.hand_over(buf);
                return Poll::Ready(Ok(()));
            }
            if this.seen < this.held.len() {
                if let Err(reason) = this.judge() {
                    this.refuse(reason);
                }
                if this.cleared > 0 || matches!(this.speech, Speech::Refused { .. }) {
                    continue;
                }
            }
            if this.held.is_empty() {
                // The common way: read straight to where it is wanted, and
                // judge it there.
                let before = buf.filled().len();
                let Poll::Ready(read) = Pin::new(&mut this.tcp).poll_read(cx, buf) else {
                    // The library waits for the app: what there is of the
                    // answer need not wait with it.
                    if !this.out.is_empty() {
                        let _ = this.poll_send(cx)?;
                    }
                    return match this.speech {
                        // All streams wait here for room to send.
                        Speech::Http2 => this.poll_cut(cx),
                        // Never cut while it only listens.
                        _ => Poll::Pending,
                    };
                };
                read?;
                let fresh = buf.filled().get(before..).unwrap_or_default();
                if fresh.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                let Speech::Http1(screen) = &mut this.speech else { return Poll::Ready(Ok(())) };
                let passed = screen.pass(fresh, 0);
                if let Ok(passed) = passed
                    && passed.bytes == fresh.len()
                {
                    this.answering &= !passed.head;
                    return Poll::Ready(Ok(()));
                }
                let passed = match passed {
                    Ok(passed) => passed,
                    Err(reason) => {
                        buf.set_filled(before);
                        this.refuse(reason);
                        continue;
                    }
                };
                this.held.extend_from_slice(fresh.get(passed.bytes..).unwrap_or_default());
                this.seen = this.held.len();
                this.deadline = Some(Box::pin(tokio::time::sleep(HEAD_TIME)));
                buf.set_filled(before + passed.bytes);
                this.answering &= !passed.head;
                if passed.bytes > 0 {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            if let Some(deadline) = &mut this.deadline
                && deadline.as_mut().poll(cx).is_ready()
            {
                this.refuse(Reason::TooSlow);
                continue;
            }
            this.held.reserve(READ_STEP);
            let read = {
                let mut read = std::pin::pin!(this.tcp.read_buf(&mut this.held));
                ready!(read.as_mut().poll(cx))?
            };
            if read == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for ClientWire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_over() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        this.answering = true;
        if this.out.len() + data.len() > WRITE_BUFFER {
            ready!(this.poll_send(cx))?;
            if data.len() >= WRITE_BUFFER {
                return match Pin::new(&mut this.tcp).poll_write(cx, data) {
                    Poll::Pending => this.poll_cut(cx),
                    sent => sent,
                };
            }
        }
        if this.out.capacity() == 0 {
            this.out.reserve(data.len().max(WRITE_FIRST));
        }
        this.out.extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_over() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        this.poll_send(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.tcp).poll_shutdown(cx)
    }
}

mod described;

pub use described::cut_of;
