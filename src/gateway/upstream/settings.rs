//! Where an app listens and how it is reached, as the operator described it.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::gateway::wire::{Protocol, Tls};

/// Which address of an app is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// They take turns.
    RoundRobin,
    /// The one with the fewest requests and streams under way.
    LeastConnections,
}

/// How long parts of an exchange with an app may take.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamTimes {
    /// Until a connection stands.
    pub connect: Duration,
    /// From there until TLS stands.
    pub handshake: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
    /// Between two pieces of a request.
    pub write: Duration,
    /// How long a connection is kept without a request.
    pub idle: Duration,
}

impl Default for UpstreamTimes {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(5),
            handshake: seconds(5),
            read: seconds(60),
            write: seconds(60),
            // Common servers close theirs after 60 to 75 s.
            idle: seconds(45),
        }
    }
}

/// One entry of `upstreams`.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// An address of numbers.
    Address(SocketAddr),
    /// A name, looked up again and again, and the port there.
    Name(String, u16),
    /// A Unix socket.
    Unix(PathBuf),
}

/// How an app is asked whether it is well.
#[derive(Clone, Debug)]
pub struct HealthSettings {
    /// Path and query.
    pub path: String,
    /// Time between two checks of an address.
    pub every: Duration,
    /// Longest time for one, the connection included.
    pub timeout: Duration,
    /// Good checks in a row until it takes requests again.
    pub healthy_after: u32,
    /// Bad checks in a row until it takes none.
    pub unhealthy_after: u32,
    /// Which status is good.
    pub status: RangeInclusive<u16>,
}

/// Where an app listens and how it is reached.
#[derive(Clone, Debug)]
pub struct UpstreamSettings {
    /// Its addresses, in the operator's order, each with TLS where it has any.
    pub upstreams: Vec<(Upstream, Option<Tls>)>,
    /// What is spoken with it.
    pub protocol: Protocol,
    /// Which address is next.
    pub balance: Balance,
    /// How often names are looked up.
    pub resolve_every: Duration,
    /// Its time-outs.
    pub times: UpstreamTimes,
    /// How it is asked whether it is well, if it is.
    pub health: Option<HealthSettings>,
}

/// How often names are looked up where the operator says nothing.
pub const RESOLVE_EVERY: Duration = Duration::from_secs(30);

impl UpstreamSettings {
    /// These, over HTTP/1.1 and with defaults for the rest.
    pub fn new(upstreams: Vec<(Upstream, Option<Tls>)>) -> Self {
        Self {
            upstreams,
            protocol: Protocol::Http1,
            balance: Balance::RoundRobin,
            resolve_every: RESOLVE_EVERY,
            times: UpstreamTimes::default(),
            health: None,
        }
    }
}
