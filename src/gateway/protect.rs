//! Phase 5, first half: removes every header that could be taken for ours.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use pingora::http::ResponseHeader;

use super::identity::{Alias, Dialect};
use crate::domain::cookie::{self, Cookies};

/// Families of names that only a gateway may speak, ours or another's: apps
/// that once stood behind another gateway may still believe them.
pub const PROTECTED_PREFIXES: [&str; 18] = [
    "remote-",
    "x-remote-",
    "x-forwarded-",
    "x-auth-request-",
    "x-vestibule-",
    "x-pomerium-",
    "cf-access-",
    "cf-connecting-",
    "x-goog-iap-",
    "x-goog-authenticated-user-",
    "x-authentik-",
    "x-webauth-",
    "x-client-cert",
    "x-ssl-",
    "ssl-client-",
    "x-original-",
    "x-rewrite-",
    "x-envoy-",
];

/// Further such names.
pub const PROTECTED_NAMES: [&str; 19] = [
    "forwarded",
    "x-real-ip",
    "client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-host",
    "front-end-https",
    "x-auth-user",
    "x-auth-groups",
    "x-auth-email",
    "x-user",
    "x-username",
    "x-authenticated-user",
    "x-request-id",
    "proxy",
];

/// Bytes of a name that no app could read as another.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'-';
        byte += 1;
    }
    plain
};

/// Names protected beside the fixed ones: those of custom dialects.
#[derive(Clone, Debug, Default)]
pub struct Protected {
    custom: Vec<HeaderName>,
}

impl Protected {
    /// With the custom names of all apps, so that what is trusted by one app is
    /// removed for every app.
    pub fn new<'a>(dialects: impl Iterator<Item = &'a Dialect>) -> Self {
        let mut custom = Vec::new();
        for dialect in dialects {
            if let Dialect::Custom(names) = dialect {
                let all = [&names.user, &names.groups, &names.name, &names.email];
                custom.extend(all.into_iter().flatten().cloned());
            }
        }
        Self { custom }
    }

    /// Whether a client may not send, and an app not answer, this name.
    ///
    /// SECURITY: a name is ours in every spelling that some app reads as ours.
    /// - Against: `X_Vestibule_Assertion`, `Remote.User`, `X-Forwarded_User`,
    ///   which CGI and WSGI apps cannot tell from the real ones.
    /// - Therefore: a name with any byte but letters, digits and `-` does not
    ///   pass at all; of the rest, ours and every known gateway's are removed.
    /// - Price: an app cannot get a header with `_` in its name from a browser.
    /// - Held by: the identity table of the attack suite.
    pub fn covers(&self, name: &str) -> bool {
        let odd = |all: bool, byte: u8| all | !PLAIN[usize::from(byte)];
        // Most names of a browser begin with a letter that none of ours has.
        let may_be_ours =
            matches!(name.as_bytes(), [b'r' | b'x' | b'c' | b's' | b'f' | b't' | b'p', ..]);
        name.bytes().fold(false, odd)
            || may_be_ours
                && (PROTECTED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
                    || PROTECTED_NAMES.contains(&name))
            || self.custom.iter().any(|custom| custom.as_str() == name)
    }

    /// Removes from a request everything that is not the client's to say.
    pub fn strip(&self, headers: &mut HeaderMap) {
        let odd_value = |name: &HeaderName, value: &HeaderValue| {
            *name != header::COOKIE && !value.as_bytes().is_ascii()
        };
        let gone: Vec<HeaderName> = headers
            .iter()
            .filter(|(name, value)| self.covers(name.as_str()) || odd_value(name, value))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            headers.remove(name);
        }
    }

    /// Removes from an app's answer what only the gateway may say: identity
    /// headers, our cookies, and fields for one hop only.
    pub fn strip_response(&self, response: &mut ResponseHeader) {
        const HOP_BY_HOP: [&str; 6] = [
            "keep-alive",
            "proxy-authenticate",
            "proxy-connection",
            "proxy-authentication-info",
            "te",
            "trailer",
        ];
        let mut gone: Vec<String> = Vec::new();
        if response.status != http::StatusCode::SWITCHING_PROTOCOLS {
            gone.push("upgrade".to_owned());
        }
        for (name, value) in &response.headers {
            let name = name.as_str();
            let of_interest = [b'c', b'k', b'p', b'r', b't', b'x'];
            let first = name.bytes().next().unwrap_or_default();
            if self.custom.is_empty() && !of_interest.contains(&first) {
                continue;
            }
            if name == "connection" {
                let listed = value.to_str().unwrap_or("").split(',').map(str::trim);
                let keeps = ["close", "keep-alive", "upgrade", "connection", ""];
                let nominated =
                    listed.filter(|token| !keeps.iter().any(|k| token.eq_ignore_ascii_case(k)));
                gone.extend(nominated.map(str::to_ascii_lowercase));
            } else if HOP_BY_HOP.contains(&name) || self.answers(name) {
                gone.push(name.to_owned());
            }
        }
        for name in gone {
            response.remove_header(name.as_str());
        }
        if response.headers.get_all(header::SET_COOKIE).iter().any(sets_ours) {
            let kept: Vec<_> = response
                .headers
                .get_all(header::SET_COOKIE)
                .iter()
                .filter(|value| !sets_ours(value))
                .cloned()
                .collect();
            response.remove_header(&header::SET_COOKIE);
            for value in kept {
                // A value that came as a header can be one again.
                let _ = response.append_header(header::SET_COOKIE, value);
            }
        }
    }

    /// Names that may not come back from an app, in any spelling.
    fn answers(&self, name: &str) -> bool {
        // Nearly all names of answers begin with another letter.
        if self.custom.is_empty() && !matches!(name.as_bytes(), [b'x' | b'r' | b'c', ..]) {
            return false;
        }
        let name = &*match name.bytes().any(|byte| matches!(byte, b'_' | b'.')) {
            true => std::borrow::Cow::Owned(name.replace(['_', '.'], "-")),
            false => std::borrow::Cow::Borrowed(name),
        };
        name.starts_with("x-vestibule-")
            || name.starts_with("remote-")
            || name.starts_with("x-auth-request-")
            || name == "x-auth-user"
            || Alias::ALL.iter().any(|alias| alias.header() == name)
            || self.custom.iter().any(|custom| custom.as_str() == name)
    }
}

/// Whether a `Set-Cookie` is for a name of ours, however it is spaced or cased.
fn sets_ours(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let name = bytes.split(|byte| *byte == b'=' || *byte == b';').next().unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let name = name.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '"');
    Cookies::ALL_NAMES.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// Cuts our cookies out of a request and joins what is left to one line, as
/// RFC 9113 section 8.2.3 asks of whoever turns HTTP/2 into HTTP/1.1.
pub fn cut_cookies(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(header::COOKIE).iter();
    let (Some(first), second) = (lines.next(), lines.next()) else { return };
    let is_ours = |name: &[u8]| {
        Cookies::ALL_NAMES.iter().any(|ours| name.eq_ignore_ascii_case(ours.as_bytes()))
    };
    let none_of_ours = |line: &[u8]| {
        let begins =
            |at| line.get(at..at + 9).is_some_and(|w| w.eq_ignore_ascii_case(b"vestibule"));
        !memchr::memchr2_iter(b'v', b'V', line).any(begins)
    };
    if second.is_none() && none_of_ours(first.as_bytes()) {
        return;
    }
    let mut joined: Vec<u8> = Vec::with_capacity(first.len());
    for line in headers.get_all(header::COOKIE) {
        for part in line.as_bytes().split(|byte| *byte == b';') {
            let part = part.trim_ascii();
            let name = cookie::pairs(part).next().map_or(part, |(name, _, _)| name);
            if part.is_empty() || is_ours(name) {
                continue;
            }
            if !joined.is_empty() {
                joined.extend_from_slice(b"; ");
            }
            joined.extend_from_slice(part);
        }
    }
    // What came in headers can be one; if not, no cookie is better than ours.
    match HeaderValue::from_maybe_shared(bytes::Bytes::from(joined)) {
        Ok(joined) if !joined.is_empty() => drop(headers.insert(header::COOKIE, joined)),
        _ => drop(headers.remove(header::COOKIE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::identity::ASSERTION;

    #[test]
    fn our_cookies_are_cut_and_crumbs_become_one_line() {
        let cut = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, line.parse().unwrap());
            }
            cut_cookies(&mut headers);
            let left: Vec<_> = headers.get_all(header::COOKIE).iter().cloned().collect();
            left.iter().map(|v| v.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(cut(&["a=1; __Host-vestibule=s; b=2"]), ["a=1; b=2"]);
        assert_eq!(cut(&["a=1", "vestibule=s", "b=2"]), ["a=1; b=2"]);
        assert_eq!(cut(&["__HOST-vestibule-ticket=t"]), Vec::<String>::new());
        // Control: another app's cookies stay as they were.
        assert_eq!(cut(&["a=1;b=2; c"]), ["a=1;b=2; c"]);
        assert_eq!(cut(&["my-vestibule=1; b=2"]), ["my-vestibule=1; b=2"]);
    }

    #[test]
    fn every_spelling_of_a_name_of_ours_is_covered() {
        let protected = Protected::default();
        for name in PROTECTED_PREFIXES.iter().chain(&PROTECTED_NAMES) {
            assert!(protected.covers(name), "{name}: its first letter is left out");
        }
        let ours = Alias::ALL.map(Alias::header);
        for name in ours.iter().chain(&[ASSERTION.as_str(), "Remote-User", "X-Forwarded-For"]) {
            for spelling in [name.to_lowercase(), name.to_lowercase().replace('-', "_")] {
                assert!(protected.covers(&spelling), "{spelling}");
            }
        }
        // Control: ordinary names are not.
        for name in ["accept", "user-agent", "x-requested-with", "authorization", "content-type"] {
            assert!(!protected.covers(name), "{name}");
        }
    }
}
