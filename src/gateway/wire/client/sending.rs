//! The way out: answers are gathered, sent, and not held for who does not take
//! them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    ClientWire, LINGER_BYTES_MAX, LINGER_TIME, READ_STEP, Speech, WRITE_BUFFER, WRITE_FIRST,
};
use crate::gateway::refuse::Reason;

impl ClientWire {
    /// Whether nothing of an answer goes out any more.
    fn is_over(&self) -> bool {
        matches!(self.speech, Speech::Ended { .. }) || self.connection.cut.is_made()
    }

    /// Sends what is gathered.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let Poll::Ready(sent) = Pin::new(&mut self.transport).poll_write(cx, &self.out) else {
                return self.poll_taking(cx);
            };
            match sent? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => {
                    self.out.advance(sent);
                    self.count_sent(sent);
                }
            }
        }
        if self.out.capacity() > 0 {
            self.out = BytesMut::new();
        }
        if self.unflushed {
            // TLS takes bytes before it has sent them.
            let Poll::Ready(flushed) = Pin::new(&mut self.transport).poll_flush(cx) else {
                return self.poll_taking(cx);
            };
            flushed?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn count_sent(&mut self, bytes: usize) {
        self.unflushed = true;
        self.taking.moved(bytes);
        if let Speech::Http2(flood) = &mut self.speech {
            flood.sent(bytes);
        }
    }

    /// Waits for a client that must take what it asked for.
    ///
    /// SECURITY: who does not take an answer does not keep it.
    /// - Against: clients that ask for much and read a byte now and then, so that
    ///   answers, apps and connections are held for them.
    /// - Therefore: while bytes wait to be sent, a slowest pace is asked for;
    ///   below it the connection is closed.
    /// - Price: `client_bytes_per_second_min` must suit the slowest honest line.
    /// - Held by: `who_reads_a_byte_now_and_then_is_cut_off`.
    fn poll_taking<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.taking.poll_too_slow(cx).is_ready() {
            self.metrics.refused(Reason::TooSlow.word());
            self.connection.cut.make();
        }
        self.poll_cut(cx)
    }

    /// Waits for a client that must give the body it promised.
    ///
    /// SECURITY: a body comes at some pace.
    /// - Against: clients that send a byte of a body now and then, each of which
    ///   would set a time-out between two reads back.
    /// - Therefore: while a body is waited for, a slowest pace is asked for.
    /// - Price: as for answers.
    /// - Held by: `who_sends_a_byte_now_and_then_is_cut_off`.
    pub(super) fn poll_giving(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.giving.poll_too_slow(cx));
        self.refuse(Reason::TooSlow);
        self.poll_ended(cx)
    }

    /// Waits until the connection is ended from elsewhere.
    pub(super) fn poll_cut<T>(&self, cx: &Context<'_>) -> Poll<io::Result<T>> {
        match self.connection.cut.wake(cx) {
            true => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            false => Poll::Pending,
        }
    }

    /// Sends what is left to say, closes our side and reads the rest away.
    pub(super) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_send(cx))?;
        ready!(Pin::new(&mut self.transport).poll_shutdown(cx))?;
        let mut scrap = [0; READ_STEP];
        loop {
            let mut buf = ReadBuf::new(&mut scrap);
            ready!(Pin::new(&mut self.transport).poll_read(cx, &mut buf))?;
            let Speech::Ended { left } = &mut self.speech else { return Poll::Ready(Ok(())) };
            *left = left.saturating_sub(buf.filled().len());
            if buf.filled().is_empty() || *left == 0 {
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
                return match Pin::new(&mut this.transport).poll_write(cx, data) {
                    Poll::Pending => this.poll_taking(cx),
                    Poll::Ready(sent) => {
                        this.count_sent(sent.as_ref().map_or(0, |sent| *sent));
                        Poll::Ready(sent)
                    }
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
        if let Speech::Http1(screen) = &this.speech
            && screen.is_within_body()
            && !this.connection.cut.is_made()
        {
            // Closing on bytes that nobody read resets the connection, and the
            // answer can be lost with it (RFC 9112 section 9.6).
            this.end(LINGER_TIME, LINGER_BYTES_MAX);
        }
        if matches!(this.speech, Speech::Ended { .. }) {
            return this.poll_ended(cx);
        }
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.transport).poll_shutdown(cx)
    }
}
