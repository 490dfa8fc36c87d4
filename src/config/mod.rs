//! What the operator wrote, turned into the settings that each part owns.
//!
//! No part names this folder: a part says what it needs, and this is the one
//! place that knows how it is written.

mod apps;
mod brand;
mod hosts;
mod listen;
mod mail;
mod password;
mod push;
mod reader;
mod sign_in;
mod upstreams;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

pub use listen::ConnectionSettings;
pub use mail::Mail;
pub use reader::Fault;
use reader::{At, Document, Section};
pub use sign_in::SignInSettings;

use crate::crypto::HashingCost;
use crate::domain::{Brand, PasswordPolicy, PublicHost, SessionLimits, is_loopback};
use crate::gateway::client_address::TrustedProxies;
use crate::gateway::guard::fold_host;
use crate::gateway::listener::{ListenSettings, Place};
use crate::gateway::route::AppSettings;
use crate::notice::push::PushSettings;
use crate::observe::log::LogFormat;

/// The public address of the gateway's pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// Whether it is reached by https.
    pub https: bool,
    /// Its host, folded.
    pub host: String,
    /// Its port, if it is not the scheme's own. 0 stands for the port that is
    /// bound, which only tests and the demo use.
    pub port: Option<u16>,
}

impl PublicUrl {
    /// As text, without a slash at its end; `bound` fills in port 0.
    pub fn text(&self, bound: Option<u16>) -> String {
        let scheme = if self.https { "https" } else { "http" };
        match filled(self.port, bound) {
            Some(port) => format!("{scheme}://{}:{port}", self.host),
            None => format!("{scheme}://{}", self.host),
        }
    }

    /// The host that it names; `bound` fills in port 0.
    pub fn home(&self, bound: Option<u16>) -> PublicHost {
        PublicHost::home(self.https, &self.host, filled(self.port, bound))
    }
}

/// A port of the configuration, with 0 filled in.
pub fn filled(port: Option<u16>, bound: Option<u16>) -> Option<u16> {
    port.map(|port| if port == 0 { bound.unwrap_or(0) } else { port })
}

/// A whole configuration, as meant.
#[derive(Clone, Debug)]
pub struct Config {
    /// What tells it from another version.
    pub checksum: String,
    /// What is no fault and hardly meant.
    pub remarks: Vec<Fault>,
    /// Where certificates are named, each as a fault that still wants its text.
    pub files: Vec<(PathBuf, Fault)>,
    /// Where visitors are served.
    pub listen: Vec<ListenSettings>,
    /// Who may speak for visitors.
    pub trusted_proxies: TrustedProxies,
    /// Limits of connections.
    pub connections: ConnectionSettings,
    /// Threads that serve them.
    pub workers: usize,
    /// Connections at once; as many as the system allows, up to a bound of ours,
    /// where the operator says nothing.
    pub connections_max: Option<usize>,
    /// Where our pages are.
    pub public_url: PublicUrl,
    /// Where data is kept.
    pub data_dir: PathBuf,
    /// Where the operator is served.
    pub operator_listen: SocketAddr,
    /// How people sign in.
    pub sign_in: SignInSettings,
    /// What a new password must be like.
    pub passwords: PasswordPolicy,
    /// Where mails go; without it none are sent.
    pub mail: Option<Mail>,
    /// How phones are woken; without it none are.
    pub push: Option<PushSettings>,
    /// How long sessions last.
    pub session: SessionLimits,
    /// Largest form that is kept where it met an expired session, in bytes.
    pub kept_form_bytes: usize,
    /// What hashing costs.
    pub hashing: HashingCost,
    /// Threads that hash.
    pub hashing_threads: usize,
    /// Name and numbers on every page.
    pub brand: Brand,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Whether every request is logged.
    pub log_requests: bool,
    /// The apps.
    pub apps: Vec<AppSettings>,
}

/// Reads a configuration file.
///
/// # Errors
///
/// Every fault, with its place.
pub fn load(file: &Path) -> Result<Config, Vec<Fault>> {
    understand(file, &text_of(file)?)
}

/// The text of a configuration file.
///
/// # Errors
///
/// Where it cannot be read.
pub fn text_of(file: &Path) -> Result<String, Vec<Fault>> {
    let told =
        |place, wrong| vec![Fault { file: file.to_owned(), place, key: String::new(), wrong }];
    let bytes = std::fs::read(file).map_err(|error| {
        told(None, format!("cannot be read ({error}); give its path with --config"))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let sound = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let place = reader::place_after(&String::from_utf8_lossy(sound));
        told(Some(place), "is not written in UTF-8 from here on; save the file as UTF-8".to_owned())
    })
}

/// The data folder that a file names, faulty as the rest of it may be: by it a
/// gateway that runs is found, whatever became of its file since.
pub fn data_dir_of(file: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    let (table, _) = DeTable::parse_recoverable(&text);
    let named = table.get_ref().get("server")?.get_ref().get("data_dir")?;
    Some(folder_of(file).join(named.get_ref().as_str()?))
}

/// What paths in a file are relative to.
fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Understands the text of a file; paths in it are relative to the file.
///
/// # Errors
///
/// Every fault, with its place.
pub fn understand(file: &Path, text: &str) -> Result<Config, Vec<Fault>> {
    parse(file, text, folder_of(file))
}

/// What tells two versions of a configuration apart: the beginning of its
/// text's SHA-256, in hexadecimal.
pub fn checksum(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a configuration from its text; paths in it are relative to `folder`.
///
/// # Errors
///
/// Every fault, with its place.
pub fn parse(file: &Path, text: &str, folder: &Path) -> Result<Config, Vec<Fault>> {
    let document = Document::new(file, text);
    let (table, syntax) = DeTable::parse_recoverable(text);
    if !syntax.is_empty() {
        for error in syntax {
            document.fault(&error.span().unwrap_or(0..0), "", error.message());
        }
        return Err(document.into_faults());
    }
    let config = read(Section::root(&document, &table), folder);
    let (remarks, files) = (document.remarks(), document.files());
    let config = config.map(|config| Config { checksum: checksum(text), remarks, files, ..config });
    let faults = document.into_faults();
    match config {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(faults),
    }
}

fn read(mut root: Section<'_>, folder: &Path) -> Option<Config> {
    let mut server = root.section("server");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = whole(server.number("workers", 1..=256, cores as u64));
    let connections_max = match server.number("connections_max", 1..=1_000_000, 0) {
        0 => None,
        wanted => Some(whole(wanted)),
    };
    let public_url = public_url(&mut server);
    let tls_in_front = server.flag("tls_in_front");
    let on_sign_in_host = server.flag("apps_on_sign_in_host");
    let data_dir = server.text("data_dir");
    let trusted_proxies = listen::trusted_proxies(&mut server);
    let around = listen::Around {
        folder,
        public_url: public_url.as_ref(),
        tls_in_front,
        has_proxies: trusted_proxies != TrustedProxies::default(),
    };
    let listen = listen::listeners(&mut server, &around);
    let connections = listen::limits(&mut server);
    let placed = public_url.clone().map(|home| hosts::Placement {
        home,
        on_sign_in_host,
        certificates: listen::certificates(&listen),
    });
    if let (Some(placed), Some(at)) = (&placed, server.place("public_url")) {
        placed.check_named(&server, &at, &placed.home.host);
    }
    let own: Vec<_> = listen.iter().map(|listen| listen.place.clone()).collect();
    if data_dir.is_none() {
        server.missing("data_dir", "name the folder where accounts and sessions are kept");
    }
    server.finish();

    let mut operator = root.section("operator");
    let operator_listen = match operator.text("listen") {
        Some(at) => operator_address(&operator, &at, &own),
        None => Some(SocketAddr::from(([127, 0, 0, 1], 9090))),
    };
    operator.finish();

    let sign_in = sign_in::read(&mut root, public_url.as_ref());
    let mut passwords = password::read(&mut root);

    let mut session = root.section("session");
    let minute = Duration::from_secs(60);
    let idle_minutes = session.number("idle_minutes", 1..=1_440, 60);
    let total_hours = session.number("total_hours", 1..=720, 12);
    let idle = minute * u32::try_from(idle_minutes).unwrap_or(60);
    let total = 60 * minute * u32::try_from(total_hours).unwrap_or(12);
    let stay = match session.number("stay_signed_in_days", 0..=365, 0) {
        0 => None,
        days => Some(Duration::from_secs(days * 24 * 60 * 60)),
    };
    let kept_form_kib = session.number("kept_form_kib", 0..=1_024, 256);
    let limits = SessionLimits::new(idle, total).ok().map(|limits| limits.with_stay(stay));
    if limits.is_none() {
        let at = session.place("total_hours").or_else(|| session.place("idle_minutes"));
        let wrong = format!(
            "sessions end after {total_hours} hours (total_hours) in any case, before \
             {idle_minutes} minutes without use (idle_minutes); make the one longer or the other \
             shorter"
        );
        session.wrong(&at.unwrap_or_else(|| session.here("total_hours")), wrong);
    }
    session.finish();

    let mut hashing = root.section("hashing");
    let default = HashingCost::default();
    let memory = hashing.number("memory_kib", 8..=1_048_576, u64::from(default.memory_kib));
    let passes = hashing.number("passes", 1..=64, u64::from(default.passes));
    let spare = cores.saturating_sub(1).max(1);
    let hashing_threads = whole(hashing.number("threads", 1..=256, spare as u64));
    hashing.finish();

    let brand = brand::read(&mut root, folder);
    // The portal's own name is the first that comes to many minds.
    passwords.words.push(brand.name.clone());
    let mail = mail::read(&mut root, folder);
    let push = push::read(&mut root, folder);

    let mut log = root.section("log");
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let log_format = log.word("format", &formats, LogFormat::Text);
    let log_requests = log.flag("requests");
    log.finish();

    let apps = apps::read(&mut root, placed.as_ref(), folder, &own);
    root.finish();

    Some(Config {
        checksum: String::new(),
        remarks: Vec::new(),
        files: Vec::new(),
        listen,
        trusted_proxies,
        connections,
        workers,
        connections_max,
        public_url: public_url?,
        data_dir: folder.join(data_dir?.value),
        operator_listen: operator_listen?,
        sign_in,
        passwords,
        mail,
        push,
        session: limits?,
        kept_form_bytes: 1024 * whole(kept_form_kib),
        hashing: HashingCost {
            memory_kib: u32::try_from(memory).unwrap_or(default.memory_kib),
            passes: u32::try_from(passes).unwrap_or(default.passes),
        },
        hashing_threads,
        brand,
        log_format,
        log_requests,
        apps,
    })
}

fn whole(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn operator_address(operator: &Section<'_>, at: &At<String>, own: &[Place]) -> Option<SocketAddr> {
    let address = address(operator, at)?;
    if own.iter().any(|own| listen::collide(own, &Place::Tcp(address))) {
        operator.wrong(at, "is where server.listen has visitors served; give each its own port");
    }
    if address.ip().is_unspecified() {
        operator.remark(
            at,
            "shows the operator's numbers on every network of this machine; name the one address \
             that may be asked",
        );
    }
    Some(address)
}

fn address(section: &Section<'_>, at: &At<String>) -> Option<SocketAddr> {
    let parsed = at.value.parse().ok();
    if parsed.is_none() {
        let wrong = format!("{:?} is not an address and port, such as 127.0.0.1:8080", at.value);
        section.wrong(at, wrong);
    }
    parsed
}

fn public_url(server: &mut Section<'_>) -> Option<PublicUrl> {
    let Some(at) = server.text("public_url") else {
        server.missing("public_url", "write the address people type, such as https://my.portal.be");
        return None;
    };
    match origin(&at.value) {
        Ok(url) => Some(url),
        Err(wrong) => {
            server.wrong(&at, wrong);
            None
        }
    }
}

/// Reads scheme, host and port. Says what is wrong with anything else.
fn origin(text: &str) -> Result<PublicUrl, &'static str> {
    let (https, rest) = match text.split_once("://") {
        Some(("https", rest)) => (true, rest),
        Some(("http", rest)) => (false, rest),
        _ => return Err("does not begin with https:// (or http:// for this machine alone)"),
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let host = fold_host(host.as_bytes())
        .map_err(|_| "has no plain host; write scheme, host and port only, without a path")?;
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) => Some(port).filter(|port| *port != if https { 443 } else { 80 }),
        Some(Err(_)) => return Err("has no plain port; write scheme, host and port only"),
    };
    if !https && !is_loopback(&host) {
        return Err("is not https; browsers keep sign-in cookies safe only there, so http \
            is for this machine alone (localhost)");
    }
    Ok(PublicUrl { https, host, port })
}

#[cfg(test)]
mod tests;
