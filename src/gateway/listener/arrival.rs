//! From an accepted socket to a connection that requests can come on.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::place::Marks;
use super::slots::{ClientSlot, Slots};
use crate::gateway::client_address::TrustedProxies;
use crate::gateway::tls::{Certificates, Secured};
use crate::gateway::wire::{ClientTransport, ClientWire, Connection, Peer, Socket, proxy_protocol};
use crate::observe::Metrics;

/// From the connection to its first byte.
const FIRST_BYTE_TIME: Duration = Duration::from_secs(30);
/// For everything that comes before TLS or HTTP.
const PREAMBLE_TIME: Duration = Duration::from_secs(5);
/// For the whole handshake, however its pieces come.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// What all connections of a listener have in common.
#[derive(Debug)]
pub struct Entrance {
    /// What it is for.
    pub marks: Marks,
    /// With which certificates; in clear text without.
    pub certificates: Option<Arc<Certificates>>,
    /// Who may speak for others.
    pub proxies: Arc<TrustedProxies>,
    /// The slowest pace of bodies and answers; 0 for any.
    pub bytes_per_second_min: u32,
}

/// Why a connection is not served, as a word for the metrics; none where the
/// client just left.
type NotServed = Option<&'static str>;

impl Entrance {
    /// Takes a connection to where requests can come.
    ///
    /// # Errors
    ///
    /// A word, where it goes no further; the socket is closed then.
    pub async fn admit(
        &self,
        mut socket: Socket,
        peer: Peer,
        slots: &Arc<Slots>,
        metrics: &Arc<Metrics>,
    ) -> Result<(ClientWire, Option<ClientSlot>), NotServed> {
        socket.prepare();
        let trusted = self.proxies.include(peer);
        // Counted before anything is read, so that waiting takes a place too.
        let mut slot = match peer {
            Peer::Address(address) if !trusted => Some(take(slots, address.ip())?),
            _ => None,
        };
        let mut told = None;
        if self.marks.proxy_protocol {
            if !trusted {
                return Err(Some("untrusted_proxy"));
            }
            let read = timeout(PREAMBLE_TIME, proxy_protocol::read(&mut socket)).await;
            told = read.map_err(|_| Some("too_slow"))?.map_err(|_| Some("proxy_protocol"))?;
        }
        if let Some(client) = told.filter(|client| !self.proxies.list(*client)) {
            slot = Some(take(slots, client)?);
        }
        let (transport, tls) = self.secure(socket).await?;
        let connection = Connection { cut: Arc::default(), peer, told, tls, marks: self.marks };
        let wire = ClientWire::accept(
            transport,
            Arc::new(connection),
            self.bytes_per_second_min,
            metrics.clone(),
        );
        match timeout(FIRST_BYTE_TIME, wire).await {
            Ok(Ok(wire)) => Ok((wire, slot)),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(Some("protocol")),
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some("silent")),
        }
    }

    /// Puts TLS on a socket, where the listener has certificates.
    ///
    /// SECURITY: a handshake has one deadline from its first byte to its last.
    /// - Against: clients that send a byte now and then and never finish.
    /// - Therefore: a time for its first byte, then one for all of it, whatever
    ///   comes in between.
    /// - Price: a client that needs longer than ten seconds is not served.
    /// - Held by: `half_a_handshake_is_closed_in_time`.
    async fn secure(
        &self,
        socket: Socket,
    ) -> Result<(ClientTransport, Option<Secured>), NotServed> {
        let Some(certificates) = &self.certificates else {
            return Ok((ClientTransport::Plain(socket), None));
        };
        match timeout(FIRST_BYTE_TIME, socket.readable()).await {
            Ok(Ok(())) => {}
            _ => return Err(Some("silent")),
        }
        match timeout(HANDSHAKE_TIME, certificates.accept(socket)).await {
            Ok(Ok((stream, secured))) => {
                Ok((ClientTransport::Tls(Box::new(stream)), Some(secured)))
            }
            Ok(Err(_)) => Err(Some("handshake")),
            Err(_) => Err(Some("too_slow")),
        }
    }
}

fn take(slots: &Arc<Slots>, client: IpAddr) -> Result<ClientSlot, NotServed> {
    slots.take_for(client).ok_or(Some("too_many_of_one_address"))
}

#[cfg(test)]
mod tests;
