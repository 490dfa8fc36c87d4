//! What must hold for every input, one function for each reader of what strangers send.
//!
//! The fuzz targets beside this file and `tests/suite/properties.rs` run the same functions. Each
//! says whether the input was taken, and stops where a promise is broken. Readings that are compared
//! with are written here once more, in another way.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use pingora::http::RequestHeader;
use vestibule::config;
use vestibule::domain::cookie::{self, Found};
use vestibule::domain::{Cookies, Network};
use vestibule::flow::is_local_path;
use vestibule::gateway::client_address::{TrustedProxies, whence};
use vestibule::gateway::guard::{canonical_path, examine, fold_host};
use vestibule::gateway::wire::proxy_protocol;
use vestibule::gateway::wire::{Connection, Peer};

/// A target: its name, which is also that of its folder of seeds, and what it does.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All of them.
pub const ALL: &[Target] = &[
    ("guard", guard),
    ("path", path),
    ("host", host),
    ("cookie", cookie),
    ("forwarded", forwarded),
    ("way_back", way_back),
    ("proxy_header", proxy_header),
    ("configuration", configuration),
];

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|byte| *byte == b'\n').collect()
}

/// A whole request: its target on the first line, header lines after it.
pub fn guard(bytes: &[u8]) -> bool {
    let lines = lines(bytes);
    let Ok(mut request) = RequestHeader::build("GET", lines[0], None) else { return false };
    for line in &lines[1..] {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let Ok(name) = String::from_utf8(line[..at].to_vec()) else { continue };
        let _ = request.append_header(name, line[at + 1..].trim_ascii());
    }
    let hosts = request.headers.get_all("host").iter().count();
    let Ok(target) = examine(&mut request) else { return false };
    assert_eq!(hosts, 1, "a request with {hosts} hosts was taken");
    assert_eq!(fold_host(target.host.as_bytes()).ok().as_deref(), Some(target.host.as_str()));
    assert_eq!(fold_host(target.authority.as_bytes()).ok(), Some(target.host));
    assert_one_reading(&target.path);
    true
}

/// A raw target.
pub fn path(raw: &[u8]) -> bool {
    let Ok(canonical) = canonical_path(raw) else { return false };
    assert_one_reading(&canonical);
    // Written out in the plainest way it is read as the same path.
    let written: String = canonical
        .bytes()
        .map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02x}"),
        })
        .collect();
    assert_eq!(canonical_path(written.as_bytes()).ok().as_deref(), Some(&*canonical));
    true
}

/// A path that every app reads as we do.
pub fn assert_one_reading(path: &str) {
    assert!(path.starts_with('/'), "{path:?} does not begin at the root");
    let (_, last) = path.rsplit_once('/').unwrap();
    assert!(!path.contains("//") && !matches!(last, "." | ".."), "{path:?} can be shortened");
    for word in ["/../", "/./", "\\", "%2f", "%2F", "%5c", "%5C", "%2e", "%2E", "\0", "\r", "\n"] {
        assert!(!path.contains(word), "{path:?} contains {word:?}");
    }
}

/// A value of `Host`.
pub fn host(raw: &[u8]) -> bool {
    let Ok(folded) = fold_host(raw) else { return false };
    assert_eq!(fold_host(folded.as_bytes()).ok().as_deref(), Some(folded.as_str()));
    assert!(!folded.is_empty() && folded == folded.to_ascii_lowercase(), "{folded:?}");
    let address = folded.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    assert!(folded.chars().all(name) || address.is_some_and(|it| it.parse::<IpAddr>().is_ok()));
    // Nothing of another host is in it.
    let raw = String::from_utf8(raw.to_vec()).unwrap().to_ascii_lowercase();
    assert!(address.is_some() || raw.starts_with(&folded), "{folded:?} of {raw:?}");
    true
}

/// `Cookie` lines.
pub fn cookie(bytes: &[u8]) -> bool {
    let name = Cookies::Secure.session_name();
    let lines = lines(bytes);
    let mut values: Vec<&[u8]> = Vec::new();
    for pair in lines.iter().flat_map(|line| line.split(|byte| *byte == b';')) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (Some(left), Some(right)) = (halves.next(), halves.next()) else { continue };
        if blanks_off(left) == name.as_bytes() {
            values.push(blanks_off(right));
        }
    }
    values.dedup();
    match cookie::find(lines.iter().copied(), name) {
        Found::None => assert!(values.is_empty(), "{values:?} was not seen"),
        Found::One(value) => assert_eq!(values, [value.as_bytes()]),
        Found::Several => {
            let text = values.iter().all(|value| std::str::from_utf8(value).is_ok());
            assert!(values.len() > 1 || !text, "{values:?} is one");
        }
    }
    matches!(cookie::find(lines.into_iter(), name), Found::One(_))
}

/// Without the space and tab around it, and nothing else.
fn blanks_off(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(first) = bytes.iter().position(|byte| !blank(byte)) else { return &[] };
    let last = bytes.iter().rposition(|byte| !blank(byte)).unwrap();
    &bytes[first..=last]
}

/// What proxies say: lines of `X-Forwarded-For`, and of `Forwarded` after a `!`.
pub fn forwarded(bytes: &[u8]) -> bool {
    let mut headers = http::HeaderMap::new();
    for line in lines(bytes) {
        let (name, value) = match line.strip_prefix(b"!") {
            Some(value) => ("forwarded", value),
            None => ("x-forwarded-for", line),
        };
        if let Ok(value) = http::HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    let proxies =
        TrustedProxies { networks: vec![Network::parse("10.0.0.0/8").unwrap()], unix: false };
    let from = |peer: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        let connection = Connection {
            cut: Default::default(),
            peer: Peer::Address(peer),
            told: None,
            tls: None,
            marks: Default::default(),
        };
        (peer.ip(), whence(Some(&connection), &headers, &proxies, Cookies::Secure))
    };
    // Whoever is not listed says what they like: nothing is believed.
    let (stranger, found) = from("192.0.2.1:9");
    assert_eq!((found.address, found.is_client), (stranger, false));
    // Of who is listed nothing is believed that was not said.
    let (proxy, found) = from("10.0.0.1:9");
    if !found.is_client {
        assert_eq!(found.address, proxy);
        return false;
    }
    let said: Vec<IpAddr> = headers.iter().flat_map(|(name, value)| said(name, value)).collect();
    assert!(said.contains(&found.address), "{} of {said:?}", found.address);
    let strangers = said.iter().any(|address| !proxies.list(*address));
    assert!(!proxies.list(found.address) || !strangers || headers.len() > 1, "{said:?}");
    true
}

/// Every address that a line could be read to speak for.
fn said(name: &http::HeaderName, value: &http::HeaderValue) -> Vec<IpAddr> {
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let text = match name == http::header::FORWARDED {
        // What else an element says of proxies is not about the client.
        true => {
            let spaced = text.replace([',', ';', '\t'], " ");
            let pairs = spaced.split(' ').filter_map(|pair| pair.strip_prefix("for="));
            pairs.collect::<Vec<_>>().join(" ")
        }
        false => text,
    };
    let words = text.split([',', ';', '=', '"', ' ', '\t']).filter_map(|word| {
        let bare = word.strip_prefix('[').map_or(word, |rest| rest.split(']').next().unwrap());
        let address = bare.parse::<IpAddr>().ok();
        address.or_else(|| Some(word.parse::<SocketAddr>().ok()?.ip()))
    });
    words.map(|address| address.to_canonical()).collect()
}

/// A path that a visitor is sent back to.
pub fn way_back(bytes: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(bytes) else { return false };
    if !is_local_path(path) {
        return false;
    }
    // As browsers read it (WHATWG).
    let home = url::Url::parse("https://app.test/.vestibule/sign-in").unwrap();
    let reached = home.join(path).unwrap();
    assert_eq!(reached.origin(), home.origin(), "{path:?} leads to {reached}");
    assert!(reached.username().is_empty() && !path.contains(['\r', '\n']), "{path:?}");
    true
}

/// What a connection begins with.
pub fn proxy_header(bytes: &[u8]) -> bool {
    let Some((found, taken)) = read_header(bytes) else { return false };
    let header = &bytes[..taken];
    // Exactly the header is taken: it needs all of it and nothing after it.
    assert_eq!(read_header(header), Some((found, taken)));
    assert_eq!(read_header(&header[..taken - 1]), None);
    if header.starts_with(b"PROXY ") {
        assert!(taken <= 107 && header.ends_with(b"\r\n"), "{taken} bytes of a line");
        let words = String::from_utf8(header.to_vec()).unwrap();
        let said = words.split(' ').nth(2).and_then(|word| word.parse::<IpAddr>().ok());
        assert!(found.is_none() || found == said.map(|said| said.to_canonical()), "{words:?}");
    } else {
        let length = usize::from(u16::from_be_bytes([header[14], header[15]]));
        assert_eq!(taken, 16 + length);
        if let Some(IpAddr::V4(address)) = found.filter(|_| header[13] == 0x11) {
            assert_eq!(address.octets(), header[16..20]);
        }
    }
    true
}

/// What a header says, and how many bytes it took; none where it is refused or not whole.
fn read_header(bytes: &[u8]) -> Option<(Option<IpAddr>, usize)> {
    let mut rest = bytes;
    let read = {
        let mut reading = pin!(proxy_protocol::read(&mut rest));
        match reading.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(read) => read,
            Poll::Pending => panic!("bytes that are there are not waited for"),
        }
    };
    read.ok().map(|found| (found, bytes.len() - rest.len()))
}

/// A configuration.
pub fn configuration(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let faults = match config::parse(Path::new("fuzzed.toml"), text, Path::new("/nowhere")) {
        Ok(_) => return true,
        Err(faults) => faults,
    };
    assert!(!faults.is_empty(), "refused without a word");
    let last = text.matches('\n').count() + 1;
    for fault in faults {
        let (line, column) = fault.place.unwrap_or_else(|| panic!("no place: {fault}"));
        assert!((1..=last).contains(&line) && column >= 1, "{fault}");
        assert!(!fault.wrong.is_empty(), "{fault}");
    }
    false
}
