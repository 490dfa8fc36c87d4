//! The app's side of HTTP/2: connections of a worker, each shared by many
//! exchanges.
//!
//! The frames are the library's affair, and so is what a message may look like.
//! An exchange that ends early resets its own stream; the others of the
//! connection go on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::time::Instant;

use super::screen::HEAD_BYTES_MAX;
use super::transport::{ConnectError, ConnectTimes, Protocol, Transport};
use crate::gateway::upstream::endpoints::{Endpoint, EndpointId};
use crate::gateway::upstream::settings::UpstreamTimes;

/// Exchanges on one connection at once, where the app allows so many.
const STREAMS_MAX: usize = 100;
/// Bytes of one answer that may wait for its visitor.
const STREAM_WINDOW: u32 = 256 * 1024;
/// Bytes of all answers of a connection that may wait: enough that visitors who
/// take nothing never hold up the others.
const CONNECTION_WINDOW: u32 = STREAM_WINDOW * 100;
/// Bytes of one request that may wait for the app.
const SEND_BUFFER: usize = 64 * 1024;

/// One connection.
#[derive(Debug)]
struct Connection {
    sender: SendRequest<Bytes>,
    streams: AtomicUsize,
    made: Instant,
    /// It takes no further exchanges.
    retired: Arc<AtomicBool>,
    /// Since when it has had none.
    idle_since: Mutex<Instant>,
    keep: Duration,
}

impl Connection {
    fn has_room(&self) -> bool {
        let most = STREAMS_MAX.min(self.sender.current_max_send_streams());
        !self.retired.load(Ordering::Relaxed) && self.streams.load(Ordering::Relaxed) < most
    }

    fn is_of_use(&self) -> bool {
        let idle_since = *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.streams.load(Ordering::Relaxed) > 0 || idle_since.elapsed() < self.keep;
        kept && !self.retired.load(Ordering::Relaxed)
    }
}

/// A place for one exchange on a connection, given up when this is dropped.
#[derive(Debug)]
pub struct StreamSlot {
    connection: Arc<Connection>,
}

impl StreamSlot {
    fn take(connection: &Arc<Connection>) -> Self {
        connection.streams.fetch_add(1, Ordering::Relaxed);
        Self { connection: connection.clone() }
    }

    /// By which the exchange begins.
    pub fn sender(&self) -> SendRequest<Bytes> {
        self.connection.sender.clone()
    }

    /// Gives the connection no further exchanges, because it may be dead.
    pub fn retire(&self) {
        self.connection.retired.store(true, Ordering::Relaxed);
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let mut idle = self.connection.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
        *idle = Instant::now();
        self.connection.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Connections of one worker to apps that speak HTTP/2.
#[derive(Debug, Default)]
pub struct Http2Pool {
    connections: Mutex<HashMap<EndpointId, Vec<Arc<Connection>>>>,
    /// Whose turn it is to connect, and when that failed last.
    connecting: Mutex<HashMap<EndpointId, Arc<Connecting>>>,
}

type Connecting = tokio::sync::Mutex<Option<Instant>>;

impl Http2Pool {
    /// A place on a connection that is there.
    fn take(&self, to: EndpointId) -> Option<StreamSlot> {
        let all = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&to)?.iter().find(|connection| connection.has_room()).map(StreamSlot::take)
    }

    /// A place on a connection that takes another stream. One on which the app
    /// said farewell finishes what is on it and gets nothing new (RFC 9113
    /// section 6.8); nothing was sent by then.
    pub(super) async fn take_ready(&self, to: EndpointId) -> Option<StreamSlot> {
        while let Some(slot) = self.take(to) {
            match slot.sender().ready().await {
                Ok(_) => return Some(slot),
                Err(_) => slot.retire(),
            }
        }
        None
    }

    /// A place on a new connection, which others may use as well. One that was made while
    /// this waited for its turn is new enough, and what failed meanwhile has failed for all
    /// who waited.
    ///
    /// # Errors
    ///
    /// [`ConnectError`]; nothing of a request was sent then.
    pub(super) async fn connect(
        &self,
        endpoint: &Endpoint,
        times: UpstreamTimes,
    ) -> Result<StreamSlot, ConnectError> {
        self.one_at_a_time(endpoint.id(), Self::open(endpoint, times)).await
    }

    async fn one_at_a_time(
        &self,
        to: EndpointId,
        opening: impl Future<Output = Result<Arc<Connection>, ConnectError>>,
    ) -> Result<StreamSlot, ConnectError> {
        let since = Instant::now();
        let turn = {
            let mut all = self.connecting.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(to).or_default().clone()
        };
        let mut failed = turn.lock().await;
        if let Some(slot) = self.take_made_since(to, since) {
            return Ok(slot);
        }
        if failed.is_some_and(|failed| failed > since) {
            let why = "it could not be reached a moment ago";
            return Err(ConnectError::Failed(std::io::Error::other(why)));
        }
        let connection = opening.await.inspect_err(|_| *failed = Some(Instant::now()))?;
        let slot = StreamSlot::take(&connection);
        let mut all = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let there = all.entry(to).or_default();
        there.retain(|connection| connection.is_of_use());
        there.push(connection);
        Ok(slot)
    }

    fn take_made_since(&self, to: EndpointId, since: Instant) -> Option<StreamSlot> {
        let all = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let fit = |connection: &&Arc<Connection>| connection.made > since && connection.has_room();
        all.get(&to)?.iter().find(fit).map(StreamSlot::take)
    }

    async fn open(
        endpoint: &Endpoint,
        times: UpstreamTimes,
    ) -> Result<Arc<Connection>, ConnectError> {
        let limits = ConnectTimes { connect: times.connect, handshake: times.handshake };
        let transport = Transport::connect(endpoint, Protocol::Http2, limits).await?;
        let handshake = h2::client::Builder::new()
            .enable_push(false)
            .initial_max_send_streams(STREAMS_MAX)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
            .max_send_buffer_size(SEND_BUFFER)
            .handshake(transport);
        let (sender, driver) = tokio::time::timeout(times.handshake, handshake)
            .await
            .map_err(|_| ConnectError::TimedOut)?
            .map_err(|error| ConnectError::Failed(std::io::Error::other(error)))?;
        let retired = Arc::new(AtomicBool::new(false));
        let connection = Arc::new(Connection {
            sender,
            streams: AtomicUsize::new(0),
            made: Instant::now(),
            retired: retired.clone(),
            idle_since: Mutex::new(Instant::now()),
            keep: times.idle,
        });
        // Ends when the app ends it, or when nobody holds its sender any more.
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "a connection to an app ended");
            }
            retired.store(true, Ordering::Relaxed);
        });
        Ok(connection)
    }

    /// Closes connections that waited too long.
    pub fn tidy(&self) {
        let mut all = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        for connections in all.values_mut() {
            connections.retain(|connection| connection.is_of_use());
        }
        all.retain(|_, connections| !connections.is_empty());
        let mut connecting = self.connecting.lock().unwrap_or_else(PoisonError::into_inner);
        connecting.retain(|_, turn| Arc::strong_count(turn) > 1);
    }
}

#[cfg(test)]
mod tests;
