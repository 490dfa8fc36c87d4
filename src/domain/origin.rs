//! Where a try comes from, as far as it is counted there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that count as one: what they begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range(Vec<u8>);

impl Range {
    /// As a key of the store. Ranges of different sizes never have the same.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// One client, and the network around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// An IPv4 address, or an IPv6 /64, which one client has for itself.
    pub address: Range,
    /// An IPv4 /24, or an IPv6 /48, which one customer may have for themselves.
    pub network: Range,
}

impl Origin {
    /// The ranges that an address lies in. `None` for one that tells nothing:
    /// of this machine or of a private network it is a proxy's in front of us,
    /// and everybody comes from there.
    pub fn of(from: IpAddr) -> Option<Self> {
        let range = |family: u8, octets: &[u8], keep: usize| {
            let kept = octets.iter().take(keep).copied();
            Range(std::iter::once(family).chain(kept).collect())
        };
        match from.to_canonical() {
            IpAddr::V4(v4) => tells_v4(v4).then(|| Self {
                address: range(4, &v4.octets(), 4),
                network: range(4, &v4.octets(), 3),
            }),
            IpAddr::V6(v6) => tells_v6(v6).then(|| Self {
                address: range(6, &v6.octets(), 8),
                network: range(6, &v6.octets(), 6),
            }),
        }
    }
}

fn tells_v4(v4: Ipv4Addr) -> bool {
    let [first, second, ..] = v4.octets();
    // RFC 6598: between a provider and its customers.
    let shared = first == 100 && (64..128).contains(&second);
    !(v4.is_unspecified() || v4.is_loopback() || v4.is_private() || v4.is_link_local() || shared)
}

fn tells_v6(v6: Ipv6Addr) -> bool {
    let inside = v6.is_unique_local() || v6.is_unicast_link_local();
    !(v6.is_unspecified() || v6.is_loopback() || inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Origin> {
        Origin::of(text.parse().unwrap())
    }

    #[test]
    fn neighbours_share_the_network_and_not_the_address() {
        for (one, other, far) in [
            ("203.0.113.7", "203.0.113.8", "203.0.114.7"),
            ("2001:db8:1:2::7", "2001:db8:1:3::7", "2001:db8:2:2::7"),
        ] {
            let (one, other, far) = (of(one).unwrap(), of(other).unwrap(), of(far).unwrap());
            assert_eq!(one.network, other.network);
            assert_ne!(one.address, other.address);
            assert_ne!(one.network, far.network);
        }
        // One client's own addresses are one; so are two ways to write one.
        assert_eq!(of("2001:db8:1:2::7"), of("2001:db8:1:2:ffff::1"));
        assert_eq!(of("203.0.113.7"), of("::ffff:203.0.113.7"));
    }

    #[test]
    fn an_address_that_tells_nothing_is_not_counted() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(of(inside), None, "{inside}");
        }
        // Control: its neighbours outside are.
        for outside in ["128.0.0.1", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2001:db8::1"] {
            assert!(of(outside).is_some(), "{outside}");
        }
    }
}
