//! The proxy library's front, where an exchange can be ended from outside.
//!
//! The library waits for the whole of a request, also after its answer, and over
//! HTTP/2 without any time-out.

use std::sync::Arc;

use async_trait::async_trait;
use pingora::apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream};
use pingora::protocols::http::ServerSession;
use pingora::protocols::http::v2::server::H2Options;
use pingora::proxy::HttpProxy;
use pingora::server::ShutdownWatch;

use crate::gateway::Gateway;
use crate::gateway::wire::{ENDING, Ending};

/// The proxy of one worker.
pub struct Front {
    proxy: Arc<HttpProxy<Gateway>>,
}

impl Front {
    pub(super) fn new(proxy: HttpProxy<Gateway>) -> Self {
        Self { proxy: Arc::new(proxy) }
    }
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpServerApp for Front {
    async fn process_new_http(
        self: &Arc<Self>,
        session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        let ending = Arc::<Ending>::default();
        let exchange = self.proxy.process_new_http(session, shutdown);
        tokio::select! {
            biased;
            reused = ENDING.scope(ending.clone(), exchange) => reused,
            // What is dropped ends: a stream of HTTP/2 alone, else its connection.
            () = ending.over() => None,
        }
    }

    fn h2_options(&self) -> Option<H2Options> {
        self.proxy.h2_options()
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        self.proxy.server_options()
    }

    async fn http_cleanup(&self) {
        self.proxy.http_cleanup().await;
    }
}
