//! The gateway that is attacked: the operator's rules, and nothing else that is
//! the operator's.

use std::fs::DirBuilder;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::echo::Echo;
use super::row::Outcome;
use super::subject::{Subject, Visitor};
use super::visitor::sign_in;
use crate::app::{self, Running, Start, StartError};
use crate::config::Config;
use crate::crypto::{SystemChance, Token};
use crate::domain::SecondFactor;
use crate::flow::account::NewAccount;
use crate::gateway::client_address::TrustedProxies;
use crate::gateway::listener::{ListenSettings, Marks, Place};
use crate::gateway::route::Allow;
use crate::gateway::upstream::settings::{Upstream, UpstreamSettings};

/// Connections of one address: more than the attack has open at once.
const CONNECTIONS: usize = 512;

/// Starts the gateway, throws every row at it and stops it.
///
/// # Errors
///
/// Where the gateway does not start or lets nobody sign in.
pub fn run(config: &Config) -> Result<Vec<Outcome>, StartError> {
    let echo = Echo::start().map_err(failed)?;
    let folder = Folder::make()?;
    let own_host = &config.public_url.host;
    let mut subjects: Vec<Subject> = Vec::new();
    for app in &config.apps {
        subjects.extend(app.hosts.iter().map(|host| Subject::new(app, host)));
    }
    let running = app::start(disarmed(config, &echo, &folder), Start::default())?;
    let thrown = sign_all_in(&running, config).map(|(address, member, stranger)| {
        for subject in subjects.iter_mut().filter(|subject| subject.host == *own_host) {
            subject.member = Some(member.clone());
            subject.stranger = Some(stranger.clone());
        }
        super::throw(address, &echo, &subjects)
    });
    running.stop().and(thrown)
}

fn failed(error: impl std::fmt::Display) -> StartError {
    StartError::Failed(format!("the attack cannot begin: {error}"))
}

/// A folder for this attack alone; it goes when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, StartError> {
        let token = Token::new(&SystemChance::default()).map_err(failed)?.reveal();
        let path = std::env::temp_dir().join(format!("vestibule-attack-{token}"));
        // One that is there already is somebody else's.
        DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// SECURITY: an attack on oneself touches nothing that is real.
/// - Against: a check that sends attacks to a live app, mails to people, or
///   makes accounts in the store that people sign in with.
/// - Therefore: of the configuration only what decides about requests is kept;
///   addresses, data, mail, push and every upstream are the attack's own, and
///   no proxy is trusted, so that it comes as a stranger.
/// - Price: the listeners' TLS and the proxies in front are not attacked.
/// - Held by: `an_attack_leaves_the_real_apps_and_data_alone`.
fn disarmed(config: &Config, echo: &Echo, folder: &Folder) -> Config {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let place = Place::Tcp(free);
    let mut own = config.clone();
    own.listen = vec![ListenSettings { place, pairs: Vec::new(), marks: Marks::default() }];
    own.operator_listen = free;
    own.trusted_proxies = TrustedProxies::default();
    own.connections.per_address = CONNECTIONS;
    own.connections.exchanges_per_address = CONNECTIONS;
    own.connections.exchanges_max = None;
    own.connections_max = Some(CONNECTIONS);
    own.workers = 1;
    own.data_dir = folder.0.join("data");
    own.mail = None;
    own.push = None;
    own.log_requests = false;
    // A session is what is needed; how it was earned is tried elsewhere.
    own.sign_in.second_factor = SecondFactor::Optional;
    for app in &mut own.apps {
        app.upstream = UpstreamSettings::new(vec![(Upstream::Address(echo.address()), None)]);
    }
    own
}

/// Where the gateway is, somebody in every group, and somebody in none.
fn sign_all_in(
    running: &Running,
    config: &Config,
) -> Result<(SocketAddr, Visitor, Visitor), StartError> {
    let address = running.ready.listen.first().and_then(|address| address.parse().ok());
    let address: SocketAddr = address.ok_or_else(|| failed("no address is listened on"))?;
    let mut groups: Vec<String> = Vec::new();
    for rule in config.apps.iter().flat_map(|app| &app.rules) {
        if let Allow::Groups(named) = &rule.allow {
            groups.extend(named.iter().cloned());
        }
    }
    groups.sort();
    groups.dedup();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(failed)?;
    let session_name = config.public_url.home(None).cookies().session_name();
    let visitor = |user: &str, groups: Vec<String>| {
        let password = Token::new(&SystemChance::default()).map_err(failed)?.reveal();
        let new = NewAccount {
            name: user.to_owned(),
            email: format!("{user}@example.test"),
            full_name: None,
            language: None,
            groups,
            password: Some(SecretString::from(password.clone())),
        };
        runtime.block_on(running.accounts.add(new)).map_err(failed)?;
        let cookie = sign_in(address, &running.ready.public_url, session_name, user, &password);
        let cookie = cookie.ok_or_else(|| failed("nobody could sign in at the gateway's pages"))?;
        Ok::<_, StartError>(Visitor { user: user.to_owned(), cookie })
    };
    Ok((address, visitor("attack-member", groups)?, visitor("attack-stranger", Vec::new())?))
}
