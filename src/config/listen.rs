//! Where visitors are served, and who may speak for them: the parts of
//! `[server]` about connections.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::reader::{At, Item, Section};
use super::{PublicUrl, whole};
use crate::domain::Network;
use crate::gateway::client_address::TrustedProxies;
use crate::gateway::listener::{LISTENERS_MAX, ListenSettings, Marks, Place};
use crate::gateway::tls::{Pair, PairFiles, provider};

/// Connections of one address where the operator says nothing: a few hundred
/// people behind one address, of whose browsers each keeps one or two open.
const CONNECTIONS_PER_ADDRESS: u64 = 512;
/// Exchanges with apps of one address where the operator says nothing: a browser
/// has a hundred at once where a page is very rich, for a moment.
const EXCHANGES_PER_ADDRESS: u64 = 512;
/// The slowest pace of bodies and answers: a tenth of the slowest mobile line.
const BYTES_PER_SECOND_MIN: u64 = 100;
/// A year, as browsers' lists ask for (RFC 6797 section 6.1.1).
const HSTS_SECONDS: u64 = 31_536_000;
/// What a socket that is a file begins with.
const UNIX: &str = "unix:";
/// Stands for whoever may open our socket files, in the list of proxies.
const UNIX_PEER: &str = "unix";

/// Limits of connections, and what browsers are told of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// How many one address may have.
    pub per_address: usize,
    /// How many exchanges with apps one address may have.
    pub exchanges_per_address: usize,
    /// How many exchanges with apps there may be; as many as connections where
    /// the operator says nothing.
    pub exchanges_max: Option<usize>,
    /// The slowest pace of bodies and answers; 0 for any.
    pub bytes_per_second_min: u32,
    /// How long browsers must come by https alone; none where it is 0.
    pub hsts_seconds: u32,
    /// Whether apps that do not say so themselves have it said for them.
    pub hsts_for_apps: bool,
}

pub(super) fn limits(server: &mut Section<'_>) -> ConnectionSettings {
    let mut number = |key, bounds, default: u64| {
        u32::try_from(server.number(key, bounds, default)).unwrap_or(u32::MAX)
    };
    let per_address = number("connections_per_address", 1..=1_000_000, CONNECTIONS_PER_ADDRESS);
    // Each connection may carry one at least.
    let exchanges = u64::from(per_address).max(EXCHANGES_PER_ADDRESS);
    let exchanges_per_address = number("exchanges_per_address", 1..=1_000_000, exchanges);
    let exchanges_max = number("exchanges_max", 1..=1_000_000, 0);
    let pace = number("client_bytes_per_second_min", 0..=1_000_000, BYTES_PER_SECOND_MIN);
    let hsts_seconds = number("hsts_seconds", 0..=63_072_000, HSTS_SECONDS);
    ConnectionSettings {
        per_address: whole(per_address.into()),
        exchanges_per_address: whole(exchanges_per_address.into()),
        exchanges_max: (exchanges_max > 0).then(|| whole(exchanges_max.into())),
        bytes_per_second_min: pace,
        hsts_seconds,
        hsts_for_apps: server.flag("hsts_for_apps"),
    }
}

pub(super) fn trusted_proxies(server: &mut Section<'_>) -> TrustedProxies {
    let mut proxies = TrustedProxies::default();
    let Some(list) = server.texts("trusted_proxies") else { return proxies };
    for at in &list.value {
        match Network::parse(&at.value) {
            _ if at.value == UNIX_PEER => proxies.unix = true,
            Ok(network) => proxies.networks.push(network),
            Err(error) => server.wrong(at, format!("{:?} {error}", at.value)),
        }
    }
    proxies
}

/// What is needed to judge a listener.
pub(super) struct Around<'a> {
    pub folder: &'a Path,
    pub public_url: Option<&'a PublicUrl>,
    pub tls_in_front: bool,
    pub has_proxies: bool,
}

pub(super) fn listeners(server: &mut Section<'_>, around: &Around<'_>) -> Vec<ListenSettings> {
    let Some(list) = server.items("listen") else {
        server.missing("listen", "write for example listen = [\"127.0.0.1:8080\"]");
        return Vec::new();
    };
    if server.is_empty_list("listen") {
        server.wrong(&list, "is empty; write for example [\"127.0.0.1:8080\"]");
    }
    if list.value.len() > LISTENERS_MAX {
        let wrong = format!("has more than {LISTENERS_MAX} listeners; leave some out");
        server.wrong(&list, wrong);
    }
    let read = |item| match item {
        Item::Text(at) => {
            let place = place(server, &at, around.folder)?;
            let listener = ListenSettings { place, pairs: Vec::new(), marks: Marks::default() };
            check_clear(server, &at, &listener, around);
            Some((listener, at))
        }
        Item::Table(table) => listener(table, around),
    };
    let mut found: Vec<ListenSettings> = Vec::new();
    for (listener, at) in list.value.into_iter().filter_map(read) {
        if found.iter().any(|before| collide(&before.place, &listener.place)) {
            server.wrong(&at, "is where an earlier listener is already; leave one of them out");
        }
        found.push(listener);
    }
    found
}

/// Whether certainly one of two places alone can be listened on. What the system
/// decides, such as whether `[::]` takes IPv4 as well, is left to it.
pub(super) fn collide(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Unix(one), Place::Unix(other)) => one == other,
        (Place::Tcp(one), Place::Tcp(other)) => {
            let everywhere = |ip: IpAddr| ip.is_unspecified();
            let overlap = one.ip() == other.ip() || everywhere(one.ip()) || everywhere(other.ip());
            one.port() != 0
                && one.port() == other.port()
                && one.is_ipv4() == other.is_ipv4()
                && overlap
        }
        _ => false,
    }
}

/// The certificates of all listeners, where visitors come by TLS alone; nothing
/// where they may come otherwise, or where one of them cannot be read.
pub(super) fn certificates(listen: &[ListenSettings]) -> Option<Vec<Pair>> {
    let serving: Vec<_> = listen.iter().filter(|listen| !listen.marks.redirect).collect();
    // A proxy that asks shows certificates of its own.
    let alone = |listen: &&ListenSettings| !listen.pairs.is_empty() && !listen.marks.forward_auth;
    if serving.is_empty() || !serving.iter().all(alone) {
        return None;
    }
    let provider = provider();
    let files = serving.iter().flat_map(|listen| &listen.pairs);
    files.map(|files| Pair::read(files, &provider).ok()).collect()
}

fn listener(mut table: Section<'_>, around: &Around<'_>) -> Option<(ListenSettings, At<String>)> {
    let address = table.text("address");
    if address.is_none() {
        table.missing("address", "write for example address = \"0.0.0.0:443\"");
    }
    let pairs = pairs(&mut table, around.folder);
    let marks = Marks {
        proxy_protocol: table.flag("proxy_protocol"),
        redirect: table.flag("redirect"),
        forward_auth: table.flag("forward_auth"),
    };
    let found = address.and_then(|at| {
        let place = place(&table, &at, around.folder)?;
        let listener = ListenSettings { place, pairs, marks };
        check_clear(&table, &at, &listener, around);
        if marks.redirect && (!listener.pairs.is_empty() || marks.forward_auth) {
            table.wrong(&at, "redirects to https, so it has no certificate and no forward_auth");
        }
        if marks.redirect && around.public_url.is_some_and(|url| !url.https) {
            table.wrong(&at, "redirects to https, but server.public_url is not https");
        }
        if marks.proxy_protocol && !around.has_proxies {
            table.wrong(
                &at,
                "takes the PROXY protocol from listed proxies alone, and none is listed; \
                write their addresses in server.trusted_proxies",
            );
        }
        if marks.forward_auth && !around.has_proxies {
            table.wrong(
                &at,
                "answers listed proxies alone, and none is listed; \
                write their addresses in server.trusted_proxies",
            );
        }
        Some((listener, at))
    });
    table.finish();
    found
}

/// The pairs of a listener, each checked but for its time.
fn pairs(table: &mut Section<'_>, folder: &Path) -> Vec<PairFiles> {
    let single = match (table.text("certificate"), table.text("key")) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (Some(_), None) => {
            table.missing("key", "name the file with the key of the certificate");
            None
        }
        (None, Some(_)) => {
            table.missing("certificate", "name the file with the certificate of the key");
            None
        }
    };
    let mut found: Vec<_> = single.into_iter().collect();
    for mut pair in table.sections("certificates") {
        match (pair.text("certificate"), pair.text("key")) {
            (Some(certificate), Some(key)) => found.push((certificate, key)),
            _ => pair.missing("certificate", "name the files of both, certificate and key"),
        }
        pair.finish();
    }
    let provider = provider();
    let check = |(certificate, key): (At<String>, At<String>)| {
        let files = PairFiles {
            certificate: folder.join(&certificate.value),
            key: folder.join(&key.value),
        };
        table.name_file(&certificate, &files.certificate);
        if let Err(error) = Pair::read(&files, &provider) {
            let at = if error.is_of_key(&files) { &key } else { &certificate };
            table.wrong(at, error.to_string());
        }
        files
    };
    found.into_iter().map(check).collect()
}

fn place(section: &Section<'_>, at: &At<String>, folder: &Path) -> Option<Place> {
    if let Some(path) = at.value.strip_prefix(UNIX) {
        if path.is_empty() {
            section.wrong(at, "names no file; write for example unix:/run/vestibule.sock");
            return None;
        }
        return Some(Place::Unix(folder.join(PathBuf::from(path))));
    }
    super::address(section, at).map(Place::Tcp)
}

/// SECURITY: passwords do not cross a network in clear text.
/// - Against: a listener that is put on the network without TLS.
/// - Therefore: an address that is not loopback needs a certificate, or serves
///   redirects alone, or the operator says that only a TLS proxy can reach it.
/// - Price: one line of configuration behind such a proxy.
/// - Held by: `a_listener_in_clear_text_on_the_network_is_a_fault`.
fn check_clear(
    section: &Section<'_>,
    at: &At<String>,
    listener: &ListenSettings,
    around: &Around<'_>,
) {
    let open = matches!(listener.place, Place::Tcp(address) if !address.ip().is_loopback());
    let served = listener.pairs.is_empty() && !listener.marks.redirect;
    if open && served && !around.tls_in_front {
        section.wrong(
            at,
            "would serve passwords in clear text to the network; give it a certificate and key, \
            listen on a loopback address, or say tls_in_front = true if only a TLS proxy can \
            reach it",
        );
    }
}

#[cfg(test)]
mod tests;
