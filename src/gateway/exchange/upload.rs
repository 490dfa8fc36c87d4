//! The client's body on its way to the app.

use std::future::poll_fn;

use bytes::Bytes;
use h2::SendStream;
use pingora::{Error, ErrorType};

/// The client's body on its way to the app. Where that breaks off, nothing is
/// said here: the app's answer says why it wants no more.
pub(super) struct Upload {
    stream: SendStream<Bytes>,
    /// Read from the client and not taken by the app yet.
    waiting: Bytes,
    /// The client has said all.
    whole: bool,
    /// The app was told so, or wants no more.
    over: bool,
    /// The client says no more, though it has not said all.
    given_up: bool,
}

impl Upload {
    /// Of a request that was begun; `end` where it has no body.
    pub fn new(stream: SendStream<Bytes>, end: bool) -> Self {
        Self { stream, waiting: Bytes::new(), whole: end, over: end, given_up: false }
    }

    /// Whether something waits for the app.
    pub fn waits(&self) -> bool {
        !self.waiting.is_empty() && !self.over
    }

    /// Whether nothing more goes to the app.
    pub fn is_over(&self) -> bool {
        self.whole || self.over
    }

    /// Whether the client may go on with what the app does not want.
    pub fn is_unwanted(&self) -> bool {
        self.over && !self.whole
    }

    /// Whether nothing more is read.
    pub fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Takes what the client sent; `None` where that was all.
    pub fn take(&mut self, body: Option<Bytes>, whole: bool) {
        self.waiting = body.unwrap_or_default();
        self.whole |= whole;
        if self.waits() {
            self.stream.reserve_capacity(self.waiting.len());
        } else if self.whole && !self.over {
            self.over = true;
            drop(self.stream.send_data(Bytes::new(), true));
        }
    }

    /// Reads away what the app does not want. Many clients read no answer before
    /// they have sent all; others stop and wait for the rest of it.
    ///
    /// # Errors
    ///
    /// A client that left.
    pub fn discard(
        &mut self,
        body: pingora::Result<Option<Bytes>>,
        done: bool,
    ) -> pingora::Result<()> {
        self.waiting = Bytes::new();
        match body {
            Ok(body) => self.whole |= body.is_none() || done,
            Err(error) if *error.etype() == ErrorType::ReadTimedout => self.given_up = true,
            Err(error) => return Err(Error::into_down(error)),
        }
        Ok(())
    }

    /// Waits until the app takes more, and sends that.
    pub async fn send(&mut self) {
        let Some(Ok(room)) = poll_fn(|cx| self.stream.poll_capacity(cx)).await else {
            self.over = true;
            return;
        };
        let piece = self.waiting.split_to(room.min(self.waiting.len()));
        let last = self.whole && self.waiting.is_empty();
        // Between the two it can be reset.
        self.over |= self.stream.send_data(piece, last).is_err() || last;
    }
}
