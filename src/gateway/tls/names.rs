//! The hosts that a certificate speaks for.

use std::net::IpAddr;

/// Host names and addresses of one certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    exact: Vec<String>,
    /// What follows the star, with its dot.
    suffixes: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Names {
    /// Adds a name, or `*.` and a name.
    pub fn add(&mut self, name: &str) {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        match name.strip_prefix('*') {
            Some(suffix) if suffix.starts_with('.') => self.suffixes.push(suffix.to_owned()),
            // A star elsewhere means nothing (RFC 9525 section 6.3).
            _ if name.contains('*') || name.is_empty() => {}
            _ => self.exact.push(name),
        }
    }

    /// Adds an address by its 4 or 16 octets.
    pub fn add_address(&mut self, octets: &[u8]) {
        if let Ok(octets) = <[u8; 4]>::try_from(octets) {
            self.addresses.push(octets.into());
        } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
            self.addresses.push(octets.into());
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.suffixes.is_empty() && self.addresses.is_empty()
    }

    /// Whether this very host is named.
    pub fn has(&self, host: &str) -> bool {
        self.exact.iter().any(|name| name == host)
            || address_of(host).is_some_and(|address| self.addresses.contains(&address))
    }

    /// Whether a star stands for this host: for one label, not for several.
    pub fn has_wildcard_for(&self, host: &str) -> bool {
        let Some((label, rest)) = host.split_at_checked(host.find('.').unwrap_or(0)) else {
            return false;
        };
        !label.is_empty() && self.suffixes.iter().any(|suffix| suffix == rest)
    }

    /// Whether a host, folded, may be asked for on a connection that was opened
    /// with this certificate.
    pub fn cover(&self, host: &str) -> bool {
        self.has(host) || self.has_wildcard_for(host)
    }

    /// The first of them, to be told apart by.
    pub fn label(&self) -> String {
        let first = self.exact.first().cloned();
        let first = first.or_else(|| self.suffixes.first().map(|suffix| format!("*{suffix}")));
        first.or_else(|| self.addresses.first().map(IpAddr::to_string)).unwrap_or_default()
    }
}

fn address_of(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_covers_its_names_and_one_label_for_a_star() {
        let mut names = Names::default();
        for name in ["Portal.test", "*.portal.test", "*", "a*.portal.test", "f.*.test", ""] {
            names.add(name);
        }
        names.add_address(&[127, 0, 0, 1]);
        names.add_address(&[1, 2, 3]);
        for host in ["portal.test", "hr.portal.test", "127.0.0.1"] {
            assert!(names.cover(host), "{host}");
        }
        for host in
            ["", "test", ".portal.test", "a.hr.portal.test", "other.test", "127.0.0.2", "f.x.test"]
        {
            assert!(!names.cover(host), "{host}");
        }
        assert_eq!(names.label(), "portal.test");
    }
}
