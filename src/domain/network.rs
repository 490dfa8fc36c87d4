//! A range of addresses as operators write it.

use std::net::IpAddr;

/// A network in CIDR notation (RFC 4632); one address is a network of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No address.
    #[error("is neither an address nor a network such as 10.0.0.0/8")]
    Address,
    /// The number of fixed bits is none.
    #[error("has no length from 0 to {most} after its slash")]
    Prefix {
        /// The most bits that its address has.
        most: u32,
    },
    /// It says more than its length keeps, so something else was meant.
    #[error("has bits behind its length; write the first address of the network")]
    Beyond,
}

impl Network {
    /// Reads `10.0.0.0/8`, `::1` and the like.
    ///
    /// # Errors
    ///
    /// [`NetworkError`].
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = match prefix {
            None => most,
            Some(text) if digits(text) => {
                text.parse().map_err(|_| NetworkError::Prefix { most })?
            }
            Some(_) => return Err(NetworkError::Prefix { most }),
        };
        if prefix > most {
            return Err(NetworkError::Prefix { most });
        }
        let network = Self { first, prefix };
        match kept(first, prefix) == bits(first) {
            true => Ok(network),
            false => Err(NetworkError::Beyond),
        }
    }

    /// Whether an address lies in it. An IPv4 address written as IPv6
    /// (`::ffff:10.0.0.1`) is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && kept(address, self.prefix) == bits(self.first)
    }
}

/// An address as a number whose highest bits are its first ones.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn kept(address: IpAddr, prefix: u32) -> u128 {
    let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
    bits(address) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("0.0.0.0/0", "203.0.113.1", "::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
            ("::1", "::1", "::2"),
            ("2001:db8::/32", "2001:db8:1::", "2001:db9::"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
        ] {
            let network = Network::parse(network).unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network:?} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{network:?} {outside}");
        }
    }

    #[test]
    fn what_is_no_network_is_told() {
        for (text, error) in [
            ("", NetworkError::Address),
            ("host", NetworkError::Address),
            ("10.0.0/8", NetworkError::Address),
            ("10.0.0.0/", NetworkError::Prefix { most: 32 }),
            ("10.0.0.0/33", NetworkError::Prefix { most: 32 }),
            ("10.0.0.0/+8", NetworkError::Prefix { most: 32 }),
            ("::/129", NetworkError::Prefix { most: 128 }),
            ("10.0.0.1/8", NetworkError::Beyond),
        ] {
            assert_eq!(Network::parse(text), Err(error), "{text}");
        }
    }
}
