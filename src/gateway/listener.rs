//! Phase 1: sockets and connections.
//!
//! We bind and accept ourselves: a port that is taken is told at once, port 0
//! says what it became, and every connection is screened from its first byte.

mod arrival;
mod front;
mod place;
mod slots;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use pingora::apps::{HttpServerOptions, ServerApp};
use pingora::protocols::http::v2::server::default_h2_options;
use pingora::proxy::HttpProxy;
use pingora::server::configuration::ServerConf;
use tokio::sync::watch;

use super::Gateway;
use super::wire::{Peer, Socket};
use crate::observe::{Metrics, Seldom};
pub use arrival::Entrance;
pub use front::Front;
pub use place::{BindError, Bound, ListenSettings, Marks, Place, bind, bind_place};
pub use slots::{ClientSlot, Slot, Slots};

/// Listeners at most: as many as another gateway takes over.
pub const LISTENERS_MAX: usize = 256;
/// How long an HTTP/2 connection may stay without a request.
const HTTP2_IDLE: Duration = Duration::from_secs(60);
/// Largest field list of an HTTP/2 request.
const HTTP2_LIST_BYTES_MAX: u32 = 32 * 1024;
/// Streams of an HTTP/2 connection at once.
const HTTP2_STREAMS_MAX: u32 = 100;
/// Bytes of one body that may wait for its app (RFC 9113 section 6.9.2).
const HTTP2_STREAM_WINDOW: u32 = 65_535;
/// Bytes of all bodies of a connection that may wait: enough that those which
/// their apps do not take never hold up the others, whose pace is measured.
const HTTP2_CONNECTION_WINDOW: u32 = HTTP2_STREAM_WINDOW * HTTP2_STREAMS_MAX;
/// Streams of an HTTP/2 connection that a client may make us reset by breaking
/// the protocol (CVE-2025-8671); the library's own bound is 1024.
const HTTP2_FAULTS_MAX: usize = 50;
/// Requests on one HTTP/1 connection, so that its memory is given back.
const REQUESTS_MAX: u32 = 100_000;
/// How long to wait when the system has no descriptor left.
const NO_DESCRIPTOR_PAUSE: Duration = Duration::from_millis(200);

/// The proxy of one worker, with limits where the library has none.
pub fn proxy(gateway: Gateway) -> Arc<Front> {
    let conf = ServerConf {
        threads: 1,
        max_retries: super::upstream::ATTEMPTS_MAX,
        // Connections to apps are pooled in `wire`.
        upstream_keepalive_pool_size: 1,
        ..ServerConf::default()
    };
    let mut proxy = HttpProxy::new(gateway, Arc::new(conf));
    proxy.handle_init_modules();
    let mut options = HttpServerOptions::default();
    options.h2c = true;
    options.h2_idle_timeout = Some(HTTP2_IDLE);
    options.keepalive_request_limit = Some(REQUESTS_MAX);
    proxy.server_options = Some(options);
    let mut http2 = default_h2_options();
    http2.max_header_list_size(HTTP2_LIST_BYTES_MAX);
    http2.max_concurrent_streams(HTTP2_STREAMS_MAX);
    http2.initial_window_size(HTTP2_STREAM_WINDOW);
    http2.initial_connection_window_size(HTTP2_CONNECTION_WINDOW);
    http2.max_local_error_reset_streams(Some(HTTP2_FAULTS_MAX));
    proxy.h2_options = Some(http2);
    Arc::new(Front::new(proxy))
}

/// A listening socket in this runtime.
enum Accepting {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

impl Accepting {
    fn new(bound: Bound) -> io::Result<Self> {
        Ok(match bound {
            Bound::Tcp(listener) => Self::Tcp(tokio::net::TcpListener::from_std(listener)?),
            Bound::Unix(listener) => Self::Unix(tokio::net::UnixListener::from_std(listener)?),
        })
    }

    async fn accept(&self) -> io::Result<(Socket, Peer)> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (tcp, peer) = listener.accept().await?;
                (Socket::Tcp(tcp), Peer::Address(peer))
            }
            Self::Unix(listener) => (Socket::Unix(listener.accept().await?.0), Peer::Unix),
        })
    }
}

/// What serving a listener needs.
#[derive(Clone, Debug)]
pub struct Reception {
    /// How its connections come in.
    pub entrance: Arc<Entrance>,
    /// How many there may be.
    pub slots: Arc<Slots>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// An open connection, counted until this is dropped, however it ends.
struct Counted(prometheus::IntGauge);

impl Counted {
    fn new(open: &prometheus::IntGauge) -> Self {
        open.inc();
        Self(open.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Accepts connections until `stop` turns true, then lets those that are open
/// finish their request.
///
/// # Errors
///
/// Where the listener cannot be used in this runtime.
pub async fn serve(
    bound: Bound,
    proxy: Arc<Front>,
    reception: Reception,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = Accepting::new(bound)?;
    let (faults, begun) = (Seldom::default(), tokio::time::Instant::now());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // EMFILE and the like: go on when others have closed.
                if let Some(times) = faults.note(begun.elapsed()) {
                    tracing::warn!(%error, times, "connections could not be accepted");
                }
                tokio::time::sleep(NO_DESCRIPTOR_PAUSE).await;
                continue;
            }
        };
        let Some(slot) = reception.slots.take() else {
            reception.metrics.refused("too_many_connections");
            continue;
        };
        let (proxy, reception, stop) = (proxy.clone(), reception.clone(), stop.clone());
        tokio::spawn(async move {
            let Reception { entrance, slots, metrics } = reception;
            let _slot = slot;
            let _counted = Counted::new(&metrics.connections);
            match entrance.admit(socket, peer, &slots, &metrics).await {
                Ok((wire, _client_slot)) => {
                    ServerApp::process_new(&proxy, Box::new(wire), &stop).await;
                }
                Err(Some(word)) => metrics.refused(word),
                Err(None) => {}
            }
        });
    }
}
