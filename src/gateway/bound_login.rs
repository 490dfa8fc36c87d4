//! Logins of apps that count for a connection, and not for a request.

use std::sync::atomic::Ordering;

use http::header::{self, HeaderMap, HeaderName};

use super::wire::Fate;
use super::{Going, exchange};

/// Schemes whose login an app remembers for the connection it came on.
const SCHEMES: [&[u8]; 3] = [b"NTLM", b"Negotiate", b"Kerberos"];
const GIVEN: [HeaderName; 2] = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION];
const ASKED: [HeaderName; 2] = [header::WWW_AUTHENTICATE, header::PROXY_AUTHENTICATE];

/// Whether one of these fields names such a scheme, at the beginning of a line
/// or after any comma.
fn names_one(headers: &HeaderMap, fields: &[HeaderName]) -> bool {
    let lines = fields.iter().flat_map(|field| headers.get_all(field));
    let mut items = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    items.any(|item| {
        let mut words = item.split(|byte| matches!(byte, b' ' | b'\t' | b'=' | b'"'));
        let first = words.find(|word| !word.is_empty()).unwrap_or_default();
        SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(first))
    })
}

/// Keeps what a visitor proves to an app by such a scheme from all others.
///
/// SECURITY: a connection that an app may take for one visitor's serves nobody after them.
/// - Against: NTLM and Negotiate, with which an app takes every request on a connection
///   for its first visitor's. The next visitor from the pool would be that one.
/// - Therefore: it is closed after the exchange; where exchanges share one, on HTTP/2, the
///   app does not get the login at all.
/// - Price: a login in several steps on one connection comes to nothing; the app says 401.
/// - Held by: `a_login_that_counts_for_a_connection_serves_nobody_else`.
pub(super) fn on_its_own(headers: &mut HeaderMap, going: &Going) {
    if !names_one(headers, &GIVEN) {
        return;
    }
    going.fate.bound.store(true, Ordering::Relaxed);
    if exchange::is_http2(going) {
        for field in &GIVEN {
            headers.remove(field);
        }
    }
}

/// The same for what an app asks for: it may have begun with it.
pub(super) fn offered(headers: &HeaderMap, fate: &Fate) {
    if names_one(headers, &ASKED) {
        fate.bound.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
