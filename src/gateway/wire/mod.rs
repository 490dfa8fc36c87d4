//! The byte streams on both sides, screened before anything else reads them.
//!
//! A message that two parsers could read differently is refused here, never
//! repaired: line ends that are not CRLF, two lengths, a length and a coding,
//! white space where none belongs, odd chunk framing. A filter of the proxy
//! library never sees any of this, because the library has made up its mind by
//! then. The upstream's answers pass the same rules.

mod chunks;
mod client;
mod heads;
mod screen;
mod upstream;

pub use client::ClientWire;
pub use heads::{METHODS, TARGET_BYTES_MAX};
pub use upstream::{Dial, Pool};
