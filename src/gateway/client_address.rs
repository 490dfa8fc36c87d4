//! Whose address a request came from, and who may say so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::HeaderMap;
use http::header::{FORWARDED, HeaderName};

use super::wire::{Connection, Peer};
use crate::domain::{Cookies, Network};

/// What proxies add the address to that they were asked from.
pub const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Proxies behind each other that are looked at. More are an attack.
const HOPS_MAX: usize = 32;

/// Who may speak for a client's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    /// Where they are.
    pub networks: Vec<Network>,
    /// Whether whoever may open our socket file is one.
    pub unix: bool,
}

impl TrustedProxies {
    /// Whether an address is a proxy's.
    pub fn list(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Whether who opened a connection is a proxy.
    pub fn include(&self, peer: Peer) -> bool {
        match peer {
            Peer::Address(address) => self.list(address.ip()),
            Peer::Unix => self.unix,
        }
    }

    /// Whether a connection is a proxy's, and may carry what several clients ask.
    pub fn stand_before(&self, connection: &Connection) -> bool {
        match connection.told {
            Some(told) => self.list(told),
            None => self.include(connection.peer),
        }
    }
}

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whence {
    /// The nearest address that is certain; what apps and logs are told.
    pub address: IpAddr,
    /// Whether it is the client's own, and not that of a proxy which everybody
    /// comes through.
    pub is_client: bool,
}

impl Whence {
    /// The client's own address, where it is known.
    pub fn client(self) -> Option<IpAddr> {
        self.is_client.then_some(self.address)
    }
}

/// Finds out where a request came from.
///
/// SECURITY: an address is believed of nobody but a listed proxy.
/// - Against: a client that writes `X-Forwarded-For` itself, to be counted as
///   somebody else or to have somebody else counted; and all people behind one
///   proxy, of whom a stranger's failures would pause everybody.
/// - Therefore: headers are read only where a listed proxy asked, from the right
///   to the first hop that is not listed. What cannot be read, or is said in two
///   ways, leaves the proxy's own address, which is nobody's and is not counted.
///   Without a listed proxy an address is the client's only where TLS ends with
///   us, or where the host is of this machine.
/// - Price: behind a proxy that is not listed nothing is counted by address.
/// - Held by: `an_address_is_believed_of_a_listed_proxy_alone`,
///   `behind_a_proxy_nobody_is_known_by_address`.
pub fn whence(
    connection: Option<&Connection>,
    headers: &HeaderMap,
    proxies: &TrustedProxies,
    cookies: Cookies,
) -> Whence {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let Some(connection) = connection else {
        return Whence { address: nowhere, is_client: false };
    };
    if connection.marks.proxy_protocol && connection.told.is_none() {
        // It speaks by its own protocol and said that it does not know: what
        // else stands there may be the client's.
        let address = match connection.peer {
            Peer::Address(peer) => peer.ip().to_canonical(),
            Peer::Unix => nowhere,
        };
        return Whence { address, is_client: false };
    }
    let (near, listed) = match (connection.told, connection.peer) {
        (Some(told), _) => (told, proxies.list(told)),
        (None, Peer::Address(peer)) => {
            let ip = peer.ip().to_canonical();
            // Without a word about its client, the proxy asks for itself.
            (ip, proxies.list(ip))
        }
        (None, Peer::Unix) => (nowhere, proxies.unix),
    };
    if listed {
        return match forwarded(headers, proxies) {
            Some(client) => Whence { address: client, is_client: true },
            None => Whence { address: near, is_client: false },
        };
    }
    let direct = match connection.peer {
        Peer::Unix => connection.told.is_some(),
        Peer::Address(_) => {
            connection.told.is_some() || connection.tls.is_some() || cookies == Cookies::Loopback
        }
    };
    Whence { address: near, is_client: direct }
}

/// The client that a listed proxy speaks for. `None` where nothing is said, or
/// nothing certain.
fn forwarded(headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    let listed = headers.contains_key(FORWARDED_FOR);
    let standard = headers.contains_key(FORWARDED);
    let by_list = || nearest_stranger(hops(headers, &FORWARDED_FOR), address_of, proxies);
    let by_standard = || nearest_stranger(hops(headers, &FORWARDED), for_of, proxies);
    match (listed, standard) {
        (true, false) => by_list(),
        (false, true) => by_standard(),
        // One of them may be the client's own: only what both say is certain.
        (true, true) => by_list().filter(|client| by_standard() == Some(*client)),
        (false, false) => None,
    }
}

/// The hops of a header, the last one first. A value that is no text is a hop
/// that cannot be read.
fn hops<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines: Vec<&str> =
        headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("")).collect();
    lines.into_iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim)
}

/// The first hop, from the last one on, that is not a listed proxy; the first
/// of all where every one is listed.
fn nearest_stranger<'a>(
    hops: impl Iterator<Item = &'a str>,
    read: fn(&str) -> Option<IpAddr>,
    proxies: &TrustedProxies,
) -> Option<IpAddr> {
    let mut farthest = None;
    for (passed, hop) in hops.enumerate() {
        let address = read(hop).filter(|_| passed < HOPS_MAX)?;
        if !proxies.list(address) {
            return Some(address);
        }
        farthest = Some(address);
    }
    farthest
}

/// An address, with or without a port; one of IPv6 in brackets where it has one.
fn address_of(text: &str) -> Option<IpAddr> {
    let address = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            if !port.is_empty() {
                text.parse::<SocketAddr>().ok()?;
            }
            address.into()
        }
        None => match text.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => text.parse::<SocketAddr>().ok().filter(SocketAddr::is_ipv4)?.ip(),
        },
    };
    Some(address.to_canonical())
}

/// The address of the `for` of one element (RFC 7239 section 4). `None` where
/// any part of the element cannot be read.
fn for_of(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in element.split(';') {
        let (name, value) = pair.trim().split_once('=')?;
        let bare = match value.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"')?,
            None => value,
        };
        // A quoted mark of division was cut here, and others would not have cut.
        let odd = |c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\\' | '=');
        if name.contains(odd) || bare.contains(odd) {
            return None;
        }
        if !name.eq_ignore_ascii_case("for") {
            continue;
        }
        // Twice is two ways to read it.
        if found.replace(address_of(bare)?).is_some() {
            return None;
        }
    }
    found
}

#[cfg(test)]
mod tests;
