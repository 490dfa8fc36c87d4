//! What is known of a client's connection as a whole, for each of its requests.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::cut::Cut;
use crate::gateway::listener::Marks;
use crate::gateway::tls::Secured;

/// Who opened a connection to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Somebody at an address.
    Address(SocketAddr),
    /// A program on this machine, through a socket that is a file.
    Unix,
}

/// One client connection's facts.
#[derive(Debug)]
pub struct Connection {
    /// Ends it from elsewhere.
    pub cut: Arc<Cut>,
    /// Who opened it.
    pub peer: Peer,
    /// For whom a proxy says it opened it (PROXY protocol).
    pub told: Option<IpAddr>,
    /// What TLS agreed on, where it ends with us.
    pub tls: Option<Secured>,
    /// What its listener is for.
    pub marks: Marks,
}
