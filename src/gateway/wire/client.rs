//! The client's side: a TCP connection whose requests are screened.

use std::future::Future;
use std::io;
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use pingora::protocols::SocketDigest;
use pingora::protocols::raw_connect::ProxyDigest;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::{Connection, Peer};
use super::flood::Flood;
use super::pace::Pace;
use super::screen::{Screen, Side};
use crate::gateway::refuse::{self, Reason};
use crate::observe::Metrics;

/// From the first byte of a head to its last.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a refused client may go on sending before it is cut off; reading
/// on for a moment keeps the refusal from being lost with a reset.
const DRAIN_TIME: Duration = Duration::from_secs(2);
/// Bytes read from a refused client at most.
const DRAIN_BYTES_MAX: usize = 256 * 1024;
/// How long a client whose request was answered before its body had come may
/// go on sending it.
pub const LINGER_TIME: Duration = Duration::from_secs(15);
/// Bytes of such a body that are read away at most.
const LINGER_BYTES_MAX: usize = 32 * 1024 * 1024;
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
    /// HTTP/2: framed by its library, counted by us.
    Http2(Flood),
    /// Nothing any more: what is left to say is being sent, then so many bytes
    /// are read away.
    Ended { left: usize },
}

/// One client connection.
pub struct ClientWire {
    transport: ClientTransport,
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
    /// Which message of HTTP/2 that is.
    awaited: u64,
    /// Whether an answer to the current request has begun to be sent.
    answering: bool,
    /// Whether the transport may hold bytes back until it is told to send them.
    unflushed: bool,
    /// How fast the client sends a body.
    giving: Pace,
    /// How fast it takes answers.
    taking: Pace,
    connection: Arc<Connection>,
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
    /// Takes over a connection and finds out what is spoken on it. The caller
    /// limits how long that may take; the slowest pace is for what comes after.
    ///
    /// # Errors
    ///
    /// Where the client leaves, or speaks something else than was agreed on.
    pub async fn accept(
        transport: ClientTransport,
        connection: Arc<Connection>,
        bytes_per_second_min: u32,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let digest = SocketDigest::from_raw_fd(transport.as_raw_fd());
        let peer = match connection.peer {
            Peer::Address(peer) => Some(peer.into()),
            Peer::Unix => None,
        };
        let _ = digest.peer_addr.set(peer);
        let mut wire = Self {
            transport,
            speech: Speech::Http1(Screen::new(Side::Requests)),
            held: BytesMut::new(),
            seen: 0,
            cleared: 0,
            out: BytesMut::new(),
            deadline: None,
            awaited: 0,
            answering: false,
            unflushed: false,
            giving: Pace::new(bytes_per_second_min),
            taking: Pace::new(bytes_per_second_min),
            proxy_digest: described::carrying(&connection),
            connection,
            digest: Arc::new(digest),
            metrics,
        };
        wire.find_speech().await?;
        // What was agreed on in the handshake is what is spoken (RFC 7301
        // section 3.2); others may have judged the connection by it.
        let http2 = matches!(wire.speech, Speech::Http2(_));
        match wire.connection.tls.as_ref().is_none_or(|tls| tls.http2 == http2) {
            true => Ok(wire),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// What is known of it.
    #[cfg(test)]
    pub fn connection(&self) -> &Connection {
        &self.connection
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
                self.speech = Speech::Http2(Flood::new());
                return self.judge().map_err(|_| io::ErrorKind::InvalidData.into());
            }
            if self.transport.read_buf(&mut self.held).await? == 0 {
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
        let screen = match &mut self.speech {
            Speech::Http1(screen) => screen,
            Speech::Http2(flood) => {
                let fresh = self.held.get(self.seen..).unwrap_or_default();
                let passed = flood.pass(fresh);
                (self.seen, self.cleared) = (self.held.len(), self.held.len());
                return passed.map_err(|_| Reason::Flood);
            }
            Speech::Ended { .. } => return Ok(()),
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

    /// Whether a message of HTTP/2 has begun too long ago to be waited for.
    ///
    /// SECURITY: fields in frames have one deadline from their first byte to their last.
    /// - Against: a client that sends a byte now and then, which no limit on idle connections meets.
    /// - Therefore: the time of a head of HTTP/1 counts for each frame, and for fields with all that
    ///   continues them; the connection is closed beyond it.
    /// - Price: the other requests of a client whose line stops within a head end with it.
    /// - Held by: `d01_a_head_that_comes_byte_by_byte_is_not_waited_for`.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> bool {
        let Speech::Http2(flood) = &self.speech else { return false };
        let Some(message) = flood.under_way() else {
            self.deadline = None;
            return false;
        };
        if self.awaited != message {
            (self.awaited, self.deadline) = (message, None);
        }
        let wait = || Box::pin(tokio::time::sleep(HEAD_TIME));
        self.deadline.get_or_insert_with(wait).as_mut().poll(cx).is_ready()
    }

    /// Puts the refusal in the place of everything not sent yet.
    fn refuse(&mut self, reason: Reason) {
        self.metrics.refused(reason.word());
        if let Speech::Http2(_) = self.speech {
            // No place for words: a frame of the library may be half sent.
            self.connection.cut.make();
            return;
        }
        self.held = BytesMut::new();
        (self.seen, self.cleared) = (0, 0);
        if !self.answering {
            self.out.clear();
            self.out.extend_from_slice(&refuse::raw_answer(reason));
        }
        self.end(DRAIN_TIME, DRAIN_BYTES_MAX);
    }

    /// Passes nothing on any more; the client may send on for so long, and so
    /// many bytes.
    fn end(&mut self, time: Duration, left: usize) {
        self.speech = Speech::Ended { left };
        let by = Instant::now() + time;
        match &mut self.deadline {
            Some(deadline) => deadline.as_mut().reset(by),
            None => self.deadline = Some(Box::pin(sleep_until(by))),
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
            if this.connection.cut.is_made() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            if matches!(this.speech, Speech::Ended { .. }) {
                // To the reader the client has left.
                return this.poll_ended(cx);
            }
            if this.cleared > 0 {
                this.hand_over(buf);
                return Poll::Ready(Ok(()));
            }
            if this.seen < this.held.len() {
                if let Err(reason) = this.judge() {
                    this.refuse(reason);
                }
                if this.cleared > 0 || matches!(this.speech, Speech::Ended { .. }) {
                    continue;
                }
            }
            if this.held.is_empty() {
                // The common way: read straight to where it is wanted, and
                // judge it there.
                let before = buf.filled().len();
                let Poll::Ready(read) = Pin::new(&mut this.transport).poll_read(cx, buf) else {
                    // The library waits for the app: what there is of the
                    // answer need not wait with it.
                    if this.unflushed || !this.out.is_empty() {
                        let _ = this.poll_send(cx)?;
                    }
                    if this.poll_late(cx) {
                        this.refuse(Reason::TooSlow);
                        continue;
                    }
                    return match &this.speech {
                        // All streams wait here for room to send.
                        Speech::Http2(_) => this.poll_cut(cx),
                        Speech::Http1(screen) if screen.is_within_body() => this.poll_giving(cx),
                        // Never cut while it only listens.
                        _ => Poll::Pending,
                    };
                };
                read?;
                let fresh = buf.filled().get(before..).unwrap_or_default();
                if fresh.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                this.giving.moved(fresh.len());
                let screen = match &mut this.speech {
                    Speech::Http1(screen) => screen,
                    Speech::Http2(flood) => {
                        if flood.pass(fresh).is_ok() {
                            return Poll::Ready(Ok(()));
                        }
                        buf.set_filled(before);
                        this.refuse(Reason::Flood);
                        continue;
                    }
                    Speech::Ended { .. } => return Poll::Ready(Ok(())),
                };
                let passed = screen.pass(fresh, 0);
                if !screen.is_within_body() {
                    this.giving.rest();
                }
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
                let mut read = std::pin::pin!(this.transport.read_buf(&mut this.held));
                ready!(read.as_mut().poll(cx))?
            };
            if read == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

mod described;
mod sending;
mod transport;

pub use described::connection_of;
pub use transport::{ClientTransport, Socket};

#[cfg(test)]
mod tests;
