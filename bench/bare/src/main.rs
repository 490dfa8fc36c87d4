//! A pass-through on pingora that does nothing else: the floor the gateway is measured against.
//!
//! `bare LISTEN UPSTREAM as-it-comes|tuned`, addresses as `ip:port`, clear text HTTP/1.1 on both
//! sides, one worker thread. `as-it-comes` leaves pingora's buffers and scheduling alone; `tuned`
//! has the settings that were found to matter.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use async_trait::async_trait;
use pingora::listeners::{L4BufferSettings, ListenerConfig};
use pingora::modules::http::HttpModules;
use pingora::prelude::*;
use pingora::proxy::{ProxyHttp, Session, http_proxy_service};
use pingora::server::configuration::ServerConf;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// More than the bench's connections, so that no request waits for a new one to the upstream.
const POOL: usize = 512;

/// Passes every request to one upstream.
struct Bare {
    peer: HttpPeer,
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    /// Leaves out the compression module, which would be off and still looked at for each request.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn upstream_peer(&self, _session: &mut Session, _: &mut ()) -> Result<Box<HttpPeer>> {
        Ok(Box::new(self.peer.clone()))
    }
}

/// What was typed: where to listen, where to pass to, and whether to tune.
fn typed() -> Option<(SocketAddr, SocketAddr, bool)> {
    let mut words = std::env::args().skip(1);
    let listen = words.next()?.parse().ok()?;
    let upstream = words.next()?.parse().ok()?;
    let tuned = match words.next()?.as_str() {
        "as-it-comes" => false,
        "tuned" => true,
        _ => return None,
    };
    words.next().is_none().then_some((listen, upstream, tuned))
}

fn main() -> ExitCode {
    let Some((listen, upstream, tuned)) = typed() else {
        eprintln!("usage: bare LISTEN UPSTREAM as-it-comes|tuned");
        return ExitCode::from(2);
    };

    let mut server = Server::new_with_opt_and_conf(
        None,
        ServerConf {
            threads: 1,
            work_stealing: !tuned,
            upstream_keepalive_pool_size: POOL,
            grace_period_seconds: Some(0),
            graceful_shutdown_timeout_seconds: Some(1),
            ..ServerConf::default()
        },
    );
    server.bootstrap();

    let mut peer = HttpPeer::new(upstream, false, String::new());
    peer.options.idle_timeout = Some(Duration::from_secs(60));

    let mut listener = ListenerConfig::tcp(listen.to_string());
    if tuned {
        // A write buffer that holds header and body joins two sends into one.
        listener = listener.l4_buffer(L4BufferSettings::default().read(8 * 1024).write(16 * 1024));
    }

    let mut service = http_proxy_service(&server.configuration, Bare { peer });
    service.add_listener(listener);
    server.add_service(service);
    server.run_forever()
}
