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

/// What the pages know of a request beside its message.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Where it came from, as far as that is certain: a proxy perhaps.
    pub address: std::net::IpAddr,
    /// The client's own address, where it is known.
    pub client: Option<std::net::IpAddr>,
    /// Its id, also in the logs and in the answer.
    pub request_id: String,
    /// How cookies are called on this host.
    pub cookies: super::Cookies,
    /// The host that was asked.
    pub host: std::sync::Arc<super::PublicHost>,
    /// Who is signed in, if anybody.
    pub visitor: Option<Visitor>,
}
