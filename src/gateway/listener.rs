//! Phase 1: sockets and connections.
//!
//! We bind and accept ourselves: a port that is taken is told at once, port 0
//! says what it became, and every connection is screened from its first byte.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pingora::apps::{HttpServerOptions, ServerApp};
use pingora::protocols::http::v2::server::default_h2_options;
use pingora::proxy::HttpProxy;
use pingora::server::configuration::ServerConf;
use tokio::sync::watch;

use super::Gateway;
use super::wire::ClientWire;
use crate::observe::Metrics;

/// How long an HTTP/2 connection may stay without a request.
const HTTP2_IDLE: Duration = Duration::from_secs(60);
/// Largest field list of an HTTP/2 request.
const HTTP2_LIST_BYTES_MAX: u32 = 32 * 1024;
/// Requests on one HTTP/1 connection, so that its memory is given back.
const REQUESTS_MAX: u32 = 100_000;
/// How long to wait when the system has no descriptor left.
const NO_DESCRIPTOR_PAUSE: Duration = Duration::from_millis(200);

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    /// Which address.
    pub address: SocketAddr,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Binds an address.
///
/// # Errors
///
/// [`BindError`], at once.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| BindError { address, source })
}

/// How many connections there may be at once, over all workers.
#[derive(Debug)]
pub struct Slots {
    used: AtomicUsize,
    most: usize,
}

impl Slots {
    /// So many.
    pub fn new(most: usize) -> Self {
        Self { used: AtomicUsize::new(0), most }
    }

    fn take(self: &Arc<Self>) -> Option<Slot> {
        let slot = Slot(self.clone());
        // Dropping the slot gives it back, also where it was one too many.
        (self.used.fetch_add(1, Ordering::Relaxed) < self.most).then_some(slot)
    }
}

struct Slot(Arc<Slots>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.used.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The proxy of one worker, with limits where the library has none.
pub fn proxy(gateway: Gateway) -> Arc<HttpProxy<Gateway>> {
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
    proxy.h2_options = Some(http2);
    Arc::new(proxy)
}

/// Accepts connections until `stop` turns true, then lets those that are open
/// finish their request.
///
/// # Errors
///
/// Where the listener cannot be used in this runtime.
pub async fn serve(
    listener: TcpListener,
    proxy: Arc<HttpProxy<Gateway>>,
    slots: Arc<Slots>,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        };
        let (tcp, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // EMFILE and the like: go on when others have closed.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(NO_DESCRIPTOR_PAUSE).await;
                continue;
            }
        };
        let Some(slot) = slots.take() else {
            metrics.refused("too_many_connections");
            continue;
        };
        let (proxy, metrics, stop) = (proxy.clone(), metrics.clone(), stop.clone());
        tokio::spawn(async move {
            let _slot = slot;
            metrics.connections.inc();
            if let Ok(wire) = ClientWire::accept(tcp, peer, metrics.clone()).await {
                ServerApp::process_new(&proxy, Box::new(wire), &stop).await;
            }
            metrics.connections.dec();
        });
    }
}
