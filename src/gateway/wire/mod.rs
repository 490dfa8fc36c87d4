//! The byte streams on both sides, screened before anything else reads them.
//!
//! A message that two parsers could read differently is refused here, never
//! repaired: line ends that are not CRLF, two lengths, a length and a coding,
//! white space where none belongs, odd chunk framing. A filter of the proxy
//! library never sees any of this, because the library has made up its mind by
//! then. The upstream's answers pass the same rules.

mod chunks;
mod client;
mod connection;
mod cut;
mod ending;
mod flood;
mod frames;
mod giving;
mod heads;
mod http2;
mod pace;
mod pool;
pub mod proxy_protocol;
mod screen;
mod transport;
mod upstream;

use std::time::Duration;

#[cfg(test)]
pub use client::LINGER_TIME;
pub use client::{ClientTransport, ClientWire, Socket, connection_of};
pub use connection::{Connection, Peer};
pub use cut::{Cut, Fate};
pub use ending::{ENDING, Ending, Held};
pub use giving::Giving;
pub use heads::{METHODS, TARGET_BYTES_MAX};
pub use http2::{Http2Pool, StreamSlot};
#[cfg(test)]
pub use pace::MEASURED;
pub use pool::Pool;
pub use transport::{ConnectError, ConnectTimes, Protocol, Tls, TlsError, TlsParts, Transport};
pub use upstream::{Dial, Sharing};

/// Silence after which the kernel asks whether the other side is still there,
/// so that a client or app that vanished does not hold a stream for ever.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// Marks of every connection of ours; they last as long as it does.
fn prepare(tcp: &tokio::net::TcpStream) {
    // A connection without them works; it is only slower, or held longer.
    let _ = tcp.set_nodelay(true);
    let _ = rustix::net::sockopt::set_socket_keepalive(tcp, true);
    let _ = rustix::net::sockopt::set_tcp_keepidle(tcp, KEEPALIVE_AFTER);
}
