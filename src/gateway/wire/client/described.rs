//! What the proxy library asks of a client's connection beside its bytes.

use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use async_trait::async_trait;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::{
    Digest, GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl,
    TimingDigest, UniqueID,
};

use super::{ClientWire, Speech};
use crate::gateway::wire::Connection;

/// Where every request of a connection finds what is known of it. There is no
/// proxy before us that the library knows of; what it notes of one is its only
/// place for something of ours. Made once: it is asked for with each request.
pub(super) fn carrying(connection: &Arc<Connection>) -> Arc<ProxyDigest> {
    let (answer, ()) = http::Response::new(()).into_parts();
    Arc::new(ProxyDigest::new(Box::new(answer.into()), Some(Box::new(connection.clone()))))
}

/// The client's connection that a request came on.
pub fn connection_of(digest: &Digest) -> Option<&Arc<Connection>> {
    digest.proxy_digest.as_ref()?.user_data.as_ref()?.downcast_ref()
}

#[async_trait]
impl Shutdown for ClientWire {
    async fn shutdown(&mut self) {
        let _ = tokio::io::AsyncWriteExt::shutdown(self).await;
    }
}

impl UniqueID for ClientWire {
    fn id(&self) -> i32 {
        self.transport.as_raw_fd()
    }
}

impl Ssl for ClientWire {}

impl GetTimingDigest for ClientWire {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}

impl GetProxyDigest for ClientWire {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        Some(self.proxy_digest.clone())
    }
}

impl GetSocketDigest for ClientWire {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        Some(self.digest.clone())
    }
}

#[async_trait]
impl Peek for ClientWire {
    /// Tells the library what [`ClientWire::accept`] found out: the preface for
    /// HTTP/2, and nothing that could be taken for it otherwise.
    async fn try_peek(&mut self, buf: &mut [u8]) -> io::Result<bool> {
        buf.fill(0);
        if matches!(self.speech, Speech::Http2(_)) {
            let length = buf.len().min(self.held.len());
            if let (Some(to), Some(from)) = (buf.get_mut(..length), self.held.get(..length)) {
                to.copy_from_slice(from);
            }
        }
        Ok(true)
    }
}
