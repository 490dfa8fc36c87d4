//! Phase 2: refuses messages that two parsers could read differently, and
//! derives the one path that rules are matched on.
//!
//! HTTP/1 messages were screened as bytes by [`super::wire`]; what is checked
//! here holds for HTTP/2 as well. The path that is judged and the path that is
//! sent upstream have one meaning, because every spelling with a second one is
//! refused.

use std::borrow::Cow;

use http::header::{self, HeaderMap};
use http::{Method, Version};
use pingora::http::RequestHeader;

use super::refuse::Reason;
use super::wire::{METHODS, TARGET_BYTES_MAX};

/// What the guard found out about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host: lower case, no port, no final dot.
    pub host: String,
    /// The host as apps are told: folded, with the port if one was given.
    pub authority: String,
    /// The path: decoded once, parameters cut, the only one rules see.
    pub path: String,
    /// What is asked of the connection.
    pub upgrade: Upgrade,
}

/// Whether a request is a WebSocket handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// An ordinary request.
    None,
    /// A complete WebSocket handshake (RFC 6455 section 4.2.1).
    WebSocket,
}

/// Judges a request.
///
/// # Errors
///
/// Why it goes no further.
pub fn examine(request: &mut RequestHeader) -> Result<Target, Reason> {
    if !METHODS.contains(&request.method.as_str()) {
        return Err(Reason::Method);
    }
    let (host, authority) = host_of(request)?;
    let padded = |value: &http::HeaderValue| {
        let blank = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        blank(value.as_bytes().first()) || blank(value.as_bytes().last())
    };
    if request.version == Version::HTTP_2 && request.headers.values().any(padded) {
        return Err(Reason::Malformed);
    }
    let continues =
        |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    if !request.headers.get_all(header::EXPECT).iter().all(continues) {
        return Err(Reason::Expectation);
    }
    if request.headers.get_all(header::CONTENT_LENGTH).iter().count() > 1 {
        return Err(Reason::Framing);
    }
    let raw = request.raw_path();
    if raw.len() > TARGET_BYTES_MAX {
        return Err(Reason::TargetTooLong);
    }
    // The target goes upstream as the parsed address has it: that must be, byte
    // for byte, what was judged.
    if request.uri.path_and_query().is_none_or(|parsed| parsed.as_str().as_bytes() != raw) {
        return Err(Reason::Path);
    }
    let path = canonical_path(raw)?.into_owned();
    let upgrade = upgrade_of(request)?;
    Ok(Target { host, authority, path, upgrade })
}

/// The one host of a request, folded, without and with its port.
fn host_of(request: &RequestHeader) -> Result<(String, String), Reason> {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (named, None) => named.map(|value| value.as_bytes()),
        _ => return Err(Reason::Host),
    };
    let authority = match request.version {
        Version::HTTP_2 => request.uri.authority().map(|authority| authority.as_str().as_bytes()),
        _ => None,
    };
    let raw = match (authority, named) {
        (Some(authority), Some(named)) if fold_host(named)? != fold_host(authority)? => {
            return Err(Reason::Host);
        }
        (Some(authority), _) => authority,
        (None, Some(named)) => named,
        (None, None) => return Err(Reason::Host),
    };
    let host = fold_host(raw)?;
    let port = raw.rsplit(|byte| *byte == b':').next().filter(|port| {
        port.len() < raw.len() && port.iter().all(u8::is_ascii_digit) && !raw.ends_with(b"]")
    });
    let authority = match port.and_then(|port| std::str::from_utf8(port).ok()) {
        Some(port) => [&host, ":", port].concat(),
        None => host.clone(),
    };
    Ok((host, authority))
}

/// A host as rules know it: letters, digits, hyphens and dots in lower case, or
/// an address; port checked and cut, one final dot cut.
///
/// # Errors
///
/// [`Reason::Host`] for everything else: lists, paths, user names, percent
/// signs, white space.
pub fn fold_host(raw: &[u8]) -> Result<String, Reason> {
    let text = std::str::from_utf8(raw).map_err(|_| Reason::Host)?;
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']').ok_or(Reason::Host)?;
            let address: std::net::Ipv6Addr = address.parse().map_err(|_| Reason::Host)?;
            let port = match after {
                "" => None,
                after => Some(after.strip_prefix(':').ok_or(Reason::Host)?),
            };
            (format!("[{address}]"), port)
        }
        None => {
            let (name, port) = match text.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            };
            let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
            let label = |label: &str| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            };
            if name.len() > 253 || !name.split('.').all(label) {
                return Err(Reason::Host);
            }
            (name, port)
        }
    };
    match port {
        None => Ok(name),
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) && port.len() <= 5 => {
            match port.parse::<u16>() {
                Ok(1..) => Ok(name),
                _ => Err(Reason::Host),
            }
        }
        Some(_) => Err(Reason::Host),
    }
}

/// The canonical path of a raw target.
///
/// SECURITY: a spelling with a second meaning is refused, not repaired.
/// - Against: `/public/..%2fadmin`, `/public/%2e%2e/admin`, `//admin`,
///   `/public\..\admin`, `/public/..;/admin`, `/%252e%252e/admin`, NUL and
///   overlong bytes, by which a rule sees one path and the app another.
/// - Therefore: decoded once; dot segments, empty segments, encoded separators,
///   control characters and anything that decodes further are refused. What is
///   left has one reading, so the raw target can go upstream as it came.
/// - Price: an app that needs `%2F` or `//` inside a path is not served.
/// - Held by: the path table of the attack suite.
///
/// # Errors
///
/// [`Reason::Path`].
pub fn canonical_path(raw: &[u8]) -> Result<Cow<'_, str>, Reason> {
    let path = match memchr::memchr(b'?', raw) {
        Some(at) => {
            let query = raw.get(at..).unwrap_or_default();
            let clean = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'#' | b'"' | b'<' | b'>');
            if !query.iter().all(clean) {
                return Err(Reason::Path);
            }
            raw.get(..at).unwrap_or_default()
        }
        None => raw,
    };
    if path.first() != Some(&b'/') {
        return Err(Reason::Path);
    }
    let clean = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\' | b'"' | b'<' | b'>');
    if !path.iter().all(clean) {
        return Err(Reason::Path);
    }
    let decoded = match memchr::memchr2(b'%', b';', path) {
        None => Cow::Borrowed(std::str::from_utf8(path).map_err(|_| Reason::Path)?),
        Some(_) => Cow::Owned(decode_once(path)?),
    };
    let mut segments = decoded.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        let empty = segment.is_empty() && !last;
        // Some systems take `.. ` and `...` for `..`.
        let dots = !segment.is_empty() && segment.bytes().all(|b| matches!(b, b'.' | b' '));
        if empty || dots {
            return Err(Reason::Path);
        }
    }
    Ok(decoded)
}

/// Percent-decodes once and cuts path parameters (`;…`) from each segment.
fn decode_once(path: &[u8]) -> Result<String, Reason> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.iter().copied();
    let mut parameter = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else {
                    return Err(Reason::Path);
                };
                let byte = u8::try_from(high * 16 + low).map_err(|_| Reason::Path)?;
                // Dots in a parameter are how `..;/` hides them.
                let hidden = parameter && byte == b'.';
                if hidden || byte.is_ascii_control() || matches!(byte, b'/' | b'\\' | b';') {
                    return Err(Reason::Path);
                }
                if !parameter {
                    out.push(byte);
                }
            }
            b';' => parameter = true,
            b'/' => {
                parameter = false;
                out.push(b'/');
            }
            other if !parameter => out.push(other),
            b'.' if out.last() == Some(&b'.') => return Err(Reason::Path),
            _ => {}
        }
    }
    // What decodes further would mean something else to an app that does so.
    let twice = |at: usize| {
        let digits = out.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if memchr::memchr_iter(b'%', &out).any(twice) {
        return Err(Reason::Path);
    }
    String::from_utf8(out).map_err(|_| Reason::Path)
}

/// Whether the request is a WebSocket handshake; a half one is refused, and
/// any other upgrade is cut out so that the request is an ordinary one.
fn upgrade_of(request: &mut RequestHeader) -> Result<Upgrade, Reason> {
    if !request.headers.contains_key(header::UPGRADE) {
        return Ok(Upgrade::None);
    }
    let one = |name: &str| -> Option<Vec<u8>> {
        let mut values = request.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value.as_bytes().to_vec()),
            _ => None,
        }
    };
    let websocket = one("upgrade").is_some_and(|v| v.eq_ignore_ascii_case(b"websocket"));
    let asked = has_token(&request.headers, header::CONNECTION.as_str(), "upgrade");
    if !websocket || !asked || request.version != Version::HTTP_11 {
        request.remove_header(&header::UPGRADE);
        return Ok(Upgrade::None);
    }
    let body = request.headers.contains_key(header::TRANSFER_ENCODING)
        || request.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    if request.method != Method::GET || body {
        return Err(Reason::Upgrade);
    }
    match one("sec-websocket-version").as_deref() {
        Some(b"13") => {}
        Some(_) => return Err(Reason::UpgradeVersion),
        None => return Err(Reason::Upgrade),
    }
    use base64::Engine;
    let key = one("sec-websocket-key").ok_or(Reason::Upgrade)?;
    match base64::engine::general_purpose::STANDARD.decode(key) {
        Ok(bytes) if bytes.len() == 16 => Ok(Upgrade::WebSocket),
        _ => Err(Reason::Upgrade),
    }
}

/// Whether a list-valued header has this token.
fn has_token(headers: &HeaderMap, name: &str, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_second_reading_is_refused() {
        for raw in [
            "",
            "x",
            "?x",
            "*",
            "//x",
            "/a//b",
            "/a/../b",
            "/./a",
            "/a/.",
            "/a/..",
            "/a\\b",
            "/%2e%2e/a",
            "/a/.%2e",
            "/a%2fb",
            "/a%5cb",
            "/a%00",
            "/a%0a",
            "/a%7f",
            "/%c0%ae",
            "/%ff",
            "/a%2",
            "/a%zz",
            "/%252e",
            "/%2e%2e%20/a",
            "/.../a",
            "/a;%2e%2e/b",
            "/..;/a",
            "/a;/../b",
            "/a#b",
            "/a b",
            "/public../admin/..",
            "/a%3bx",
        ] {
            assert_eq!(canonical_path(raw.as_bytes()), Err(Reason::Path), "{raw:?}");
        }
        // Control: paths with one reading pass, decoded once.
        for (raw, path) in [
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("/a%20b?x=../..%2f", "/a b"),
            ("/caf%C3%A9", "/café"),
            ("/%41dmin", "/Admin"),
            ("/a;jsessionid=1/b", "/a/b"),
            ("/a..b/c", "/a..b/c"),
            ("/100%25.pdf", "/100%.pdf"),
            ("/Apple_Inc.", "/Apple_Inc."),
            ("/a%20", "/a "),
        ] {
            assert_eq!(canonical_path(raw.as_bytes()).as_deref(), Ok(path), "{raw:?}");
        }
    }

    #[test]
    fn a_host_has_one_form() {
        for (raw, folded) in [
            ("APP.test", "app.test"),
            ("app.test.", "app.test"),
            ("app.test.:443", "app.test"),
            ("localhost:8080", "localhost"),
            ("[::1]:80", "[::1]"),
        ] {
            assert_eq!(fold_host(raw.as_bytes()).as_deref(), Ok(folded), "{raw:?}");
        }
        for raw in [
            "",
            "a,b",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "u@a",
            "a%2eb",
            "a:0",
            "a:99999",
            "a:x",
            "a:",
            "a..b",
            "[::1",
            "[x]",
            "\u{e4}pp.test",
        ] {
            assert_eq!(fold_host(raw.as_bytes()), Err(Reason::Host), "{raw:?}");
        }
    }
}
