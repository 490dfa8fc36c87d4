//! Which push services may be written to.
//!
//! The address of a subscription comes from a browser, so from anybody who has
//! signed in. It counts only where the operator's list names its host, and the
//! list decides how far the connection may reach as well.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::Scheme;

use super::subscription::SubscriptionError;

/// The services of the browsers that people have: Chrome and its relatives,
/// Safari, Firefox, Edge.
pub const PUSH_SERVICES: [&str; 5] = [
    "fcm.googleapis.com",
    "*.push.apple.com",
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",
];

/// Longest address of a subscription in bytes. Those of today's services have
/// 150 to 600.
pub const ENDPOINT_BYTES_MAX: usize = 1024;
/// Longest name of a host in bytes (RFC 1035 section 2.3.4).
const NAME_BYTES_MAX: usize = 253;

/// One entry of the operator's list.
///
/// - `fcm.googleapis.com`: this host; `*.push.apple.com`: every host below that
///   name. By https, at port 443 and at public addresses alone.
/// - `https://push.example.be:8443`, `http://127.0.0.1:8090`: exactly this
///   origin, wherever it is. For closed networks and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushHost(Entry);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Name(String),
    /// With the dot it begins with.
    Below(String),
    Origin(Origin),
}

/// An entry that names no push service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no push service; write a host (fcm.googleapis.com), the hosts below a name of two \
    parts and more (*.push.apple.com), or a whole origin (https://push.example.be:8443)"
)]
pub struct PushHostError(String);

impl FromStr for PushHost {
    type Err = PushHostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || PushHostError(text.to_owned());
        if text.contains("://") {
            let uri = address(text).ok_or_else(wrong)?;
            let bare = matches!(uri.path_and_query().map(|rest| rest.as_str()), None | Some("/"));
            let origin = Origin::of(&uri).filter(|_| bare).ok_or_else(wrong)?;
            return Ok(Self(Entry::Origin(origin)));
        }
        let folded = text.to_ascii_lowercase();
        let (name, below) = match folded.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (folded.as_str(), false),
        };
        match is_name(name) && name.contains('.') {
            false => Err(wrong()),
            true if below => Ok(Self(Entry::Below(format!(".{name}")))),
            true => Ok(Self(Entry::Name(folded))),
        }
    }
}

/// The operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushHosts(Vec<PushHost>);

impl Default for PushHosts {
    /// [`PUSH_SERVICES`].
    fn default() -> Self {
        PUSH_SERVICES.iter().filter_map(|text| text.parse().ok()).collect()
    }
}

impl FromIterator<PushHost> for PushHosts {
    fn from_iter<T: IntoIterator<Item = PushHost>>(entries: T) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// How far a connection may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Public addresses alone.
    Public,
    /// Wherever the operator's list says.
    Anywhere,
}

/// Scheme, host and port.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    fn of(uri: &Uri) -> Option<Self> {
        let https = uri.scheme() == Some(&Scheme::HTTPS);
        let authority = uri.authority()?;
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            // A colon with nothing that can be read as a port behind it.
            None if authority.as_str().len() != authority.host().len() => return None,
            None if https => 443,
            None => 80,
        };
        Some(Self { https, host: authority.host().to_ascii_lowercase(), port })
    }

    /// Its host, in small letters.
    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Origin {
    /// As browsers write it (RFC 6454 section 6.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { https, host, port } = self;
        match (https, port) {
            (true, 443) => write!(f, "https://{host}"),
            (false, 80) => write!(f, "http://{host}"),
            (true, _) => write!(f, "https://{host}:{port}"),
            (false, _) => write!(f, "http://{host}:{port}"),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The address of a subscription, read once: what was judged is what is
/// connected to.
pub(super) struct Endpoint {
    pub(super) uri: Uri,
    pub(super) origin: Origin,
    pub(super) reach: Reach,
}

impl Endpoint {
    /// Reads and judges an address.
    ///
    /// SECURITY: we write to known push services and to nothing else.
    /// - Against: a subscription whose address is one of the operator's own
    ///   machines, which then gets requests from inside its network.
    /// - Therefore: https at port 443 of a host on the operator's list, without
    ///   user and fragment; anything else only where the list has this very origin.
    /// - Price: a browser with a push service of its own gets no notifications
    ///   until the operator has added its host.
    /// - Held by: `an_address_that_is_no_push_service_is_refused`.
    pub(super) fn read(text: &str, hosts: &PushHosts) -> Result<Self, SubscriptionError> {
        if text.len() > ENDPOINT_BYTES_MAX {
            return Err(SubscriptionError::EndpointTooLong);
        }
        let uri = address(text).ok_or(SubscriptionError::NoAddress)?;
        let origin = Origin::of(&uri).ok_or(SubscriptionError::NoAddress)?;
        if hosts.0.iter().any(|PushHost(entry)| *entry == Entry::Origin(origin.clone())) {
            return Ok(Self { uri, origin, reach: Reach::Anywhere });
        }
        if !origin.https {
            return Err(SubscriptionError::NotHttps);
        }
        if origin.port != 443 {
            return Err(SubscriptionError::Port(origin.port));
        }
        if !is_name(&origin.host) || !hosts.0.iter().any(|entry| entry.names(&origin.host)) {
            return Err(SubscriptionError::HostNotAllowed(origin.host));
        }
        Ok(Self { uri, origin, reach: Reach::Public })
    }
}

impl PushHost {
    fn names(&self, host: &str) -> bool {
        match &self.0 {
            Entry::Name(name) => name == host,
            Entry::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
            Entry::Origin(_) => false,
        }
    }
}

/// An absolute http or https address without user and fragment. The marks that
/// programs read in different ways are in none.
fn address(text: &str) -> Option<Uri> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !br#"#"<>\^`{|}"#.contains(&byte);
    if !text.bytes().all(plain) {
        return None;
    }
    let uri = text.parse::<Uri>().ok()?;
    let known = uri.scheme() == Some(&Scheme::HTTPS) || uri.scheme() == Some(&Scheme::HTTP);
    let authority = uri.authority().map(|authority| authority.as_str());
    let good = authority.is_some_and(|text| !text.is_empty() && !text.contains('@'));
    (known && good).then_some(uri)
}

/// A name of the domain name system in small letters. Its last part is no
/// number, so it cannot be read as an address (0x7f.1 is one to many programs).
fn is_name(host: &str) -> bool {
    let byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_part = |part: &str| !part.is_empty() && part.len() <= 63 && part.bytes().all(byte);
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= NAME_BYTES_MAX
        && host.split('.').all(is_part)
        && !last.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(entries: &[&str]) -> PushHosts {
        entries.iter().map(|entry| entry.parse::<PushHost>().unwrap()).collect()
    }

    #[test]
    fn every_service_of_the_default_list_is_read() {
        assert_eq!(PushHosts::default(), hosts(&PUSH_SERVICES));
    }

    #[test]
    fn an_address_that_is_no_push_service_is_refused() {
        use SubscriptionError::{EndpointTooLong, HostNotAllowed, NoAddress, NotHttps, Port};
        let not = |host: &str| HostNotAllowed(host.to_owned());
        let long = format!("https://fcm.googleapis.com/{}", "a".repeat(ENDPOINT_BYTES_MAX));
        for (endpoint, why) in [
            ("http://fcm.googleapis.com/fcm/send/a", NotHttps),
            ("http://127.0.0.1:8090/a", NotHttps),
            ("https://127.0.0.1/a", not("127.0.0.1")),
            ("https://2130706433/a", not("2130706433")),
            ("https://0x7f.1/a", not("0x7f.1")),
            ("https://169.254.169.254/latest/meta-data", not("169.254.169.254")),
            ("https://[::1]/a", not("[::1]")),
            ("https://[::ffff:127.0.0.1]/a", not("[::ffff:127.0.0.1]")),
            ("https://localhost/a", not("localhost")),
            ("https://user@fcm.googleapis.com/a", NoAddress),
            ("https://user:word@fcm.googleapis.com:443/a", NoAddress),
            ("https://fcm.googleapis.com@evil.test/a", NoAddress),
            ("https://fcm.googleapis.com:a@evil.test/a", NoAddress),
            ("https://fcm.googleapis.com/a#b", NoAddress),
            ("https://evil.test#.push.apple.com/a", NoAddress),
            (r"https://evil.test\.push.apple.com/a", NoAddress),
            ("https://evil.test%2f.push.apple.com/a", NoAddress),
            ("https://evil.test!.push.apple.com/a", not("evil.test!.push.apple.com")),
            ("https://evil.test/.push.apple.com", not("evil.test")),
            ("https://evil.test?.push.apple.com", not("evil.test")),
            ("https://fcm.googleapis.com.evil.test/a", not("fcm.googleapis.com.evil.test")),
            ("https://evilpush.apple.com/a", not("evilpush.apple.com")),
            ("https://push.apple.com/a", not("push.apple.com")),
            ("https://.push.apple.com/a", not(".push.apple.com")),
            ("https://web..push.apple.com/a", not("web..push.apple.com")),
            ("https://a.fcm.googleapis.com/a", not("a.fcm.googleapis.com")),
            ("https://fcm.googleapis.com./a", not("fcm.googleapis.com.")),
            ("https://fcm.googleapis.com:8443/a", Port(8443)),
            ("https://fcm.googleapis.com:80/a", Port(80)),
            ("https://fcm.googleapis.com:/a", NoAddress),
            ("https://fcm.googleapis.com:443:80/a", NoAddress),
            ("ftp://fcm.googleapis.com/a", NoAddress),
            ("//fcm.googleapis.com/a", NoAddress),
            ("/a", NoAddress),
            ("https:/a", NoAddress),
            ("https://", NoAddress),
            ("", NoAddress),
            ("https://fcm.googleapis.com/a b", NoAddress),
            ("https://fcm.googleapis.com/a\r\nHost: x", NoAddress),
            ("https://fcm.googleapis.com/é", NoAddress),
            (&long, EndpointTooLong),
        ] {
            let read = Endpoint::read(endpoint, &PushHosts::default());
            assert_eq!(read.map(|read| read.origin).unwrap_err(), why, "{endpoint:?}");
        }
        // Control: addresses as the services give them.
        let long = &long[..ENDPOINT_BYTES_MAX];
        for (endpoint, origin) in [
            ("https://fcm.googleapis.com/fcm/send/eX:APA91b-_", "https://fcm.googleapis.com"),
            ("https://FCM.googleapis.com:443/a", "https://fcm.googleapis.com"),
            ("https://web.push.apple.com/QGuX", "https://web.push.apple.com"),
            (
                "https://updates.push.services.mozilla.com/wpush/v2/gA",
                "https://updates.push.services.mozilla.com",
            ),
            (
                "https://wns2-par02p.notify.windows.com/w/?token=BQ%3d",
                "https://wns2-par02p.notify.windows.com",
            ),
            (long, "https://fcm.googleapis.com"),
        ] {
            let read = Endpoint::read(endpoint, &PushHosts::default()).map_err(|e| e.to_string());
            let read = read.unwrap_or_else(|error| panic!("{endpoint}: {error}"));
            assert_eq!((read.origin.to_string().as_str(), read.reach), (origin, Reach::Public));
        }
    }

    #[test]
    fn only_the_very_origin_that_is_listed_may_be_private_or_plain() {
        let listed = hosts(&["http://127.0.0.1:8090", "https://[fd00::1]", "a.example.be"]);
        for endpoint in [
            "http://127.0.0.1:8091/a",
            "https://127.0.0.1:8090/a",
            "http://127.0.0.1/a",
            "http://127.0.0.1:8090@127.0.0.1:8091/a",
            "http://localhost:8090/a",
            "http://[fd00::1]/a",
            "https://[fd00::1]:8443/a",
            "http://a.example.be/a",
        ] {
            assert!(Endpoint::read(endpoint, &listed).is_err(), "{endpoint}");
        }
        // Control: the origins themselves, and the name beside them.
        for (endpoint, reach) in [
            ("http://127.0.0.1:8090/a", Reach::Anywhere),
            ("https://[fd00::1]:443/a", Reach::Anywhere),
            ("https://a.example.be/a", Reach::Public),
        ] {
            let read = Endpoint::read(endpoint, &listed).map_err(|error| error.to_string());
            assert_eq!(read.map(|read| read.reach), Ok(reach), "{endpoint}");
        }
    }

    #[test]
    fn an_entry_that_names_no_service_is_refused() {
        for entry in [
            "",
            "*",
            "*.",
            "*.com",
            "com",
            "*.*.com",
            "a.*.com",
            "127.0.0.1",
            "*.0.0.1",
            "[::1]",
            "fcm.googleapis.com:443",
            "fcm.googleapis.com/",
            "user@fcm.googleapis.com",
            "fcm..com",
            "ftp://a.be",
            "https://a.be/path",
            "https://a.be?a",
            "https://a.be#a",
            "https://user@a.be",
            "https://",
        ] {
            let read = entry.parse::<PushHost>();
            assert_eq!(read, Err(PushHostError(entry.to_owned())), "{entry}");
        }
        // Control: each form of a right one.
        for entry in ["a.be", "*.A.be", "http://a.be", "https://a.be:8443/", "http://[::1]:1"] {
            assert!(entry.parse::<PushHost>().is_ok(), "{entry}");
        }
    }
}
