//! Where an app listens and how it is reached: `upstreams` and what goes with it.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reader::{At, Section};
use crate::gateway::guard::canonical_path;
use crate::gateway::listener::Place;
use crate::gateway::upstream::settings::{
    Balance, HealthSettings, RESOLVE_EVERY, Upstream, UpstreamSettings, UpstreamTimes,
};
use crate::gateway::wire::{Protocol, Tls, TlsError, TlsParts};

/// Entries of `upstreams` at most.
const ENTRIES_MAX: usize = 64;
/// Longest path of a Unix socket that the system takes.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// One entry, as written.
struct Entry {
    at: At<String>,
    upstream: Upstream,
    /// Whose certificate it must be, where TLS is spoken.
    tls_host: Option<String>,
    /// Whether HTTP/2 is spoken without TLS.
    h2c: bool,
}

/// Reads the keys; paths in them are relative to `folder`. `own` is where the
/// gateway itself serves visitors.
pub fn read(section: &mut Section<'_>, folder: &Path, own: &[Place]) -> UpstreamSettings {
    let entries = entries(section, folder);
    for entry in entries.iter().filter(|entry| own.iter().any(|own| leads_to(entry, own))) {
        section.wrong(
            &entry.at,
            "is where this gateway itself listens, so that each request would come back without \
             end; write where the app listens",
        );
    }
    let http2_at = section.place("http2");
    let http2 = section.flag("http2");
    let tls = tls(section, &entries, folder);
    let encrypted = entries.iter().filter(|entry| entry.tls_host.is_some()).count();
    let h2c = entries.iter().filter(|entry| entry.h2c).count();
    if let (Some(at), true) = (&http2_at, http2 && encrypted < entries.len()) {
        section.wrong(
            at,
            "is agreed on within TLS, so every entry of upstreams must begin with https://; write \
            h2c://host:port for an app that speaks HTTP/2 without TLS",
        );
    }
    if let Some(entry) = entries.iter().find(|entry| entry.h2c && h2c < entries.len()) {
        section.wrong(&entry.at, "stands beside others; all of an app speak h2c, or none does");
    }
    let protocol = if http2 || h2c > 0 { Protocol::Http2 } else { Protocol::Http1 };
    let words =
        [("round-robin", Balance::RoundRobin), ("least-connections", Balance::LeastConnections)];
    let balance = section.word("balance", &words, Balance::RoundRobin);
    let defaults = UpstreamTimes::default();
    let times = UpstreamTimes {
        connect: seconds(section, "connect_seconds", 1..=60, defaults.connect),
        handshake: seconds(section, "handshake_seconds", 1..=60, defaults.handshake),
        read: seconds(section, "read_seconds", 1..=86_400, defaults.read),
        write: seconds(section, "write_seconds", 1..=86_400, defaults.write),
        idle: seconds(section, "idle_seconds", 1..=3600, defaults.idle),
    };
    let resolve_every = seconds(section, "resolve_seconds", 1..=86_400, RESOLVE_EVERY);
    let health = health(section);
    let upstreams = entries.into_iter().zip(tls).map(|(entry, tls)| (entry.upstream, tls));
    let upstreams = upstreams.collect();
    UpstreamSettings { upstreams, protocol, balance, resolve_every, times, health }
}

/// Whether an entry certainly is one of our own listeners.
fn leads_to(entry: &Entry, own: &Place) -> bool {
    let reached = |ip: IpAddr, own: SocketAddr| {
        // What listens everywhere listens on loopback as well.
        own.ip() == ip || own.ip().is_unspecified() && ip.is_loopback()
    };
    match (&entry.upstream, own) {
        (Upstream::Unix(path), Place::Unix(own)) => path == own,
        (Upstream::Address(to), Place::Tcp(own)) => {
            own.port() == to.port() && reached(to.ip(), *own)
        }
        (Upstream::Name(name, port), Place::Tcp(own)) => {
            own.port() == *port
                && name == "localhost"
                && (own.ip().is_loopback() || own.ip().is_unspecified())
        }
        _ => false,
    }
}

fn seconds(
    section: &mut Section<'_>,
    key: &'static str,
    bounds: RangeInclusive<u64>,
    default: Duration,
) -> Duration {
    Duration::from_secs(section.number(key, bounds, default.as_secs()))
}

fn entries(section: &mut Section<'_>, folder: &Path) -> Vec<Entry> {
    let Some(list) = section.texts("upstreams") else {
        section.missing(
            "upstreams",
            "write where the app listens, such as [\"http://127.0.0.1:9000\"]",
        );
        return Vec::new();
    };
    if section.is_empty_list("upstreams") {
        section.wrong(&list, "is empty; write for example [\"http://127.0.0.1:9000\"]");
    }
    if list.value.len() > ENTRIES_MAX {
        section.wrong(&list, format!("has more than {ENTRIES_MAX} entries"));
    }
    let mut found = Vec::new();
    for at in list.value {
        match entry(&at.value, folder) {
            Ok((upstream, tls_host, h2c)) => found.push(Entry { at, upstream, tls_host, h2c }),
            Err(wrong) => section.wrong(&at, format!("{:?} {wrong}", at.value)),
        }
    }
    found
}

fn entry(text: &str, folder: &Path) -> Result<(Upstream, Option<String>, bool), String> {
    if let Some(path) = text.strip_prefix("unix:") {
        let path: PathBuf = folder.join(path.strip_prefix("//").unwrap_or(path));
        return match path.as_os_str().len() {
            0..=SOCKET_PATH_BYTES_MAX => Ok((Upstream::Unix(path), None, false)),
            _ => {
                Err(format!("is longer than the {SOCKET_PATH_BYTES_MAX} bytes of a socket's path"))
            }
        };
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("begins with none of http://, https://, h2c:// and unix:".to_owned());
    };
    let (port, encrypted) = match scheme {
        "http" => (Some(80), false),
        "https" => (Some(443), true),
        "h2c" => (None, false),
        _ => return Err("begins with none of http://, https://, h2c:// and unix:".to_owned()),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#']) {
        return Err(
            "has a path; write scheme, host and port alone, since apps get the paths that \
                    visitors ask for"
                .to_owned(),
        );
    }
    let (host, port) = host_and_port(authority, port)?;
    let upstream = match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(address) => Upstream::Address(SocketAddr::new(address, port)),
        Err(_) => Upstream::Name(host.to_ascii_lowercase(), port),
    };
    Ok((upstream, encrypted.then(|| host.to_owned()), scheme == "h2c"))
}

fn host_and_port(authority: &str, default: Option<u16>) -> Result<(&str, u16), String> {
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an address in brackets are its own.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let plain = match bracketed {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.len() <= 253 && host.bytes().all(label),
    };
    let numbered = port.is_some();
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port != 0),
        None => default,
    };
    match (plain, port) {
        (true, Some(port)) => Ok((host, port)),
        (true, None) if numbered => Err("has no port from 1 to 65535".to_owned()),
        (true, None) => Err("has no port; write for example h2c://127.0.0.1:9000".to_owned()),
        (false, _) => Err("has no plain host and port, and nothing else may follow".to_owned()),
    }
}

/// How TLS is spoken with each entry.
fn tls(section: &mut Section<'_>, entries: &[Entry], folder: &Path) -> Vec<Option<Tls>> {
    let ca_file = section.text("ca_file");
    let tls_name = section.text("tls_name");
    let certificate = section.text("client_certificate");
    let key = section.text("client_key");
    let authorities = ca_file.as_ref().and_then(|at| bytes(section, at, folder));
    let chain = certificate.as_ref().and_then(|at| bytes(section, at, folder));
    let private = key.as_ref().and_then(|at| bytes(section, at, folder));
    match (&certificate, &key) {
        (Some(at), None) => section.wrong(at, "needs client_key, the file with its private key"),
        (None, Some(at)) => section.wrong(at, "needs client_certificate, which it belongs to"),
        _ => {}
    }
    if entries.iter().all(|entry| entry.tls_host.is_none()) {
        for at in [&ca_file, &tls_name, &certificate, &key].into_iter().flatten() {
            section.wrong(at, "is for TLS, and no entry of upstreams begins with https://");
        }
        return entries.iter().map(|_| None).collect();
    }
    let unread = ca_file.is_some() && authorities.is_none();
    entries
        .iter()
        .map(|entry| {
            let host = entry.tls_host.as_deref()?;
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let parts = TlsParts {
                name: tls_name.as_ref().map_or(host, |at| at.value.as_str()),
                authorities: authorities.as_deref(),
                identity: chain.as_deref().zip(private.as_deref()),
            };
            if unread {
                return None;
            }
            let error = match Tls::new(parts) {
                Ok(tls) => return Some(tls),
                Err(error) => error,
            };
            let at = match &error {
                TlsError::Name(_) => tls_name.as_ref(),
                TlsError::Certificate if authorities.is_some() => ca_file.as_ref(),
                TlsError::Certificate | TlsError::Identity(_) => certificate.as_ref(),
                TlsError::Key => key.as_ref(),
                TlsError::NoRoots => None,
            };
            section.wrong(at.unwrap_or(&entry.at), error.to_string());
            None
        })
        .collect()
}

fn bytes(section: &Section<'_>, at: &At<String>, folder: &Path) -> Option<Vec<u8>> {
    let path = folder.join(&at.value);
    let read = std::fs::read(&path);
    read.map_err(|error| {
        section.wrong(at, format!("{} cannot be read ({error})", path.display()));
    })
    .ok()
}

fn health(section: &mut Section<'_>) -> Option<HealthSettings> {
    let is_there = section.holds_table("health");
    let mut health = section.section("health");
    let path = health.text("path");
    let every = seconds(&mut health, "every_seconds", 1..=3600, Duration::from_secs(5));
    let timeout = seconds(&mut health, "timeout_seconds", 1..=60, Duration::from_secs(2));
    let healthy_after = health.number("healthy_after", 1..=100, 2);
    let unhealthy_after = health.number("unhealthy_after", 1..=100, 3);
    let status = health.text("status");
    let status = match status.as_ref().map(|at| status_range(&at.value)) {
        None => 200..=399,
        Some(Some(range)) => range,
        Some(None) => {
            if let Some(at) = &status {
                health.wrong(at, "is no status such as \"200\" or range such as \"200-399\"");
            }
            200..=399
        }
    };
    if is_there && path.is_none() {
        health.missing("path", "write what the app is asked for, such as \"/healthz\"");
    }
    if let Some(at) = &path {
        let (front, _) = at.value.split_once('?').unwrap_or((&at.value, ""));
        let plain = at.value.bytes().all(|byte| byte.is_ascii_graphic());
        if canonical_path(front.as_bytes()).is_err() || !plain {
            health.wrong(at, "is not a plain path such as \"/healthz\"");
        }
    }
    health.finish();
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Some(HealthSettings {
        path: path?.value,
        every,
        timeout,
        healthy_after: count(healthy_after),
        unhealthy_after: count(unhealthy_after),
        status,
    })
}

fn status_range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let read = |text: &str| text.parse().ok().filter(|status| (100..=599).contains(status));
    Some(read(first)?..=read(last)?).filter(|range| !range.is_empty())
}
