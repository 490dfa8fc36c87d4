//! Who the pages are talking to, as the gateway found out.

use super::{AccountId, Moment, SessionHash};

/// Somebody with a session, as the sign-in pages see them.
///
/// The pages get this value, not the evidence by which the gateway lets
/// requests through: they cannot pass it on.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Which account.
    pub account: AccountId,
    /// Which session: the one that signing in opened, on whichever host they are.
    pub session: SessionHash,
    /// User name.
    pub name: String,
    /// Full name, if known.
    pub full_name: Option<String>,
    /// E-mail address.
    pub email: String,
    /// Groups.
    pub groups: Vec<String>,
    /// When the session is over at the latest.
    pub ends: Moment,
    /// When the last check was made.
    pub proven_at: Moment,
    /// When the session was opened.
    pub opened: Moment,
}

impl Caller {
    /// The client's own address.
    ///
    /// SECURITY: a proxy's address is nobody's.
    /// - Against: all people behind one address: a stranger's failures would pause
    ///   everybody, and a stranger's request would seem to come from the phone's own
    ///   connection.
    /// - Therefore: where the host is reached by https, which ends in a proxy in
    ///   front of us, the address is not known.
    /// - Price: until trusted proxies can be named, nothing is counted by address
    ///   there; the proxy must do that.
    /// - Held by: `behind_a_proxy_nobody_is_known_by_address`.
    pub fn client(&self) -> Option<std::net::IpAddr> {
        match self.cookies {
            super::Cookies::Secure => None,
            super::Cookies::Loopback => Some(self.address),
        }
    }
}

/// What the pages know of a request beside its message.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Where it came from.
    pub address: std::net::IpAddr,
    /// Its id, also in the logs and in the answer.
    pub request_id: String,
    /// How cookies are called on this host.
    pub cookies: super::Cookies,
    /// The host that was asked.
    pub host: std::sync::Arc<super::PublicHost>,
    /// Who is signed in, if anybody.
    pub visitor: Option<Visitor>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PublicHost;

    #[test]
    fn behind_a_proxy_nobody_is_known_by_address() {
        let address = std::net::IpAddr::from([203, 0, 113, 7]);
        let caller = |https| {
            let host = PublicHost::home(https, "app.localhost", None);
            let (cookies, host) = (host.cookies(), std::sync::Arc::new(host));
            Caller { address, request_id: String::new(), cookies, host, visitor: None }
        };
        assert_eq!(caller(true).client(), None);
        // Control: without one in front the address is the client's.
        assert_eq!(caller(false).client(), Some(address));
    }
}
