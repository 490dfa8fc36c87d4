//! Reading the configuration again while visitors are served.
//!
//! ```text
//! SIGHUP, `vestibule reload` -> read -> faults? -> needs a restart? -> opens something?
//!                                 -> make the whole of it -> swap
//! ```
//!
//! Everything that can fail comes before the swap, and the swap cannot fail: so
//! it is the whole configuration or none of it. A request is served by the one
//! that it met when it came.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::StartError;
use super::certificates::{CertificateWatch, check_certificates};
use super::chores::Busy;
use super::doors::Doors;
use super::generation::{Generation, Lasting};
use super::supervisor::Supervisor;
use crate::config::{self, Config};
use crate::flow::SignIn;
use crate::gateway::exposure::{Opening, opened};
use crate::gateway::{Shared, upstream};
use crate::observe::audit::Around;
use crate::observe::{ConfigReload, Event, Metrics};
use crate::operator::{Reload, Reloaded};
use crate::store::SessionReader;

/// What is told of a reload that comes too late.
pub(super) const STOPPING: &str =
    "the gateway is stopping; its configuration is read when it starts";
pub(super) const TAKEN_OVER: &str = "another gateway took over, with the configuration as it was \
                                     when that one started; ask for the reload again";

/// The key of the folder by which processes find each other.
const DATA_DIR: &str = "server.data_dir";

/// What is asked of the control thread.
pub(super) struct Ask {
    allow_public: bool,
    answer: oneshot::Sender<Result<Reloaded, String>>,
}

/// By which a reload is asked for.
#[derive(Clone, Debug)]
pub struct Reloading(mpsc::Sender<Ask>);

impl Reloading {
    /// Both ends.
    pub(super) fn new() -> (Self, mpsc::Receiver<Ask>) {
        let (ask, asked) = mpsc::channel(4);
        (Self(ask), asked)
    }
}

#[async_trait]
impl Reload for Reloading {
    async fn reload(&self, allow_public: bool) -> Result<Reloaded, String> {
        let (answer, answered) = oneshot::channel();
        let stopping = || STOPPING.to_owned();
        let asked = self.0.send(Ask { allow_public, answer }).await;
        asked.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())?
    }
}

/// Refuses every reload that is asked for from now on, and says why.
pub(super) async fn refuse(mut asked: mpsc::Receiver<Ask>, wrong: &'static str) {
    while let Some(ask) = asked.recv().await {
        tracing::warn!(wrong, "a reload came too late");
        // Whoever asked by a signal finds it in the log alone.
        let _ = ask.answer.send(Err(wrong.to_owned()));
    }
}

/// The configuration that is at work, and what it made.
pub(super) struct Reloader {
    /// Where it is read from; the demo has none.
    pub file: Option<PathBuf>,
    pub config: Config,
    pub lasting: Lasting,
    pub shared: Arc<ArcSwap<Shared>>,
    pub doors: Arc<Doors>,
    pub sign_in: SignIn,
    pub chores: Busy,
    pub certificates: CertificateWatch,
    pub supervisor: Supervisor,
    /// Looks after the addresses of its apps.
    pub tending: JoinSet<()>,
}

impl Reloader {
    /// Carries out what was asked, and answers.
    pub async fn serve(&mut self, ask: Ask) {
        self.supervisor.reading_again();
        let done = self.reload(ask.allow_public).await;
        // By the new one or by the one before.
        self.supervisor.serving();
        let metrics = &self.lasting.ground.metrics;
        let now = self.lasting.ground.clock.now();
        match &done {
            Ok(done) => {
                metrics.config.reloaded(ConfigReload::Done);
                let audit = &self.lasting.ground.audit;
                audit.record(&Event::ConfigReloaded, Around::default(), now);
                tracing::info!(checksum = done.checksum, "the configuration was read again");
            }
            Err(wrong) => {
                metrics.config.reloaded(ConfigReload::Refused);
                tracing::error!(wrong, "the configuration stays as it was");
            }
        }
        // Whoever asked may have gone; it is done or not all the same.
        let _ = ask.answer.send(done);
    }

    async fn reload(&mut self, allow_public: bool) -> Result<Reloaded, String> {
        let file = self.file.as_ref().ok_or("this gateway has no file to read again")?;
        let metrics = self.lasting.ground.metrics.clone();
        let told = |faults| StartError::Config(faults).to_string();
        let text = config::text_of(file).map_err(told)?;
        metrics.config.read(&config::checksum(&text));
        let config = config::understand(file, &text).map_err(told)?;
        let fixed = needs_restart(&self.config, &config);
        if !fixed.is_empty() {
            return Err(format!(
                "{} cannot be changed by a reload; {}",
                fixed.join(", "),
                way_of(&fixed)
            ));
        }
        check_certificates(&config).map_err(told)?;
        let before = self.shared.load_full();
        let made = Generation::make(&config, &self.lasting, Some(&before)).await;
        let made = made.map_err(|error| error.to_string())?;
        let opened = opened(&before.routes, &made.shared.routes);
        let opened: Vec<_> = opened.iter().map(Opening::to_string).collect();
        if !opened.is_empty() && !allow_public {
            return Err(format!(
                "it would let everyone, signed in or not, to what needs a sign-in now: {}; if that \
                 is meant, say `vestibule reload --allow-public`",
                opened.join(", ")
            ));
        }
        self.swap(config, made, &metrics);
        Ok(Reloaded { checksum: self.config.checksum.clone(), opened })
    }

    /// Puts the new one to work. Nothing here can fail.
    fn swap(&mut self, config: Config, made: Generation, metrics: &Metrics) {
        // Checked before; a pair that went bad since is logged, and the one before it stays.
        let _ = self.certificates.reload();
        let store = self.lasting.ground.store.clone();
        made.shared.sessions.adopt(SessionReader::new(store, config.session));
        // Ends the other's, whoever still holds its apps.
        self.tending = upstream::tend(&made.shared.routes, &self.lasting.resolver);
        self.shared.store(made.shared);
        self.doors.open(made.health, made.admin);
        // Pages that wait for a phone ask again, and meet the new one.
        std::mem::replace(&mut self.sign_in, made.sign_in).end_watches();
        metrics.config.running(&config.checksum);
        self.config = config;
        self.chores.give_way(made.chores);
    }
}

/// How what a reload cannot change is changed. A new process finds the one whose
/// place it takes by the data folder, so that alone needs a stop.
fn way_of(fixed: &[&str]) -> &'static str {
    match fixed.contains(&DATA_DIR) {
        true => "stop the gateway, move the data folder, and start it again",
        false => "`vestibule upgrade` puts a new process in its place, and loses no request",
    }
}

/// What differs and is made once for a process.
fn needs_restart(before: &Config, after: &Config) -> Vec<&'static str> {
    let (limits, now) = (before.connections, after.connections);
    let differs = [
        ("server.listen", before.listen != after.listen),
        ("server.workers", before.workers != after.workers),
        ("server.connections_max", before.connections_max != after.connections_max),
        ("server.connections_per_address", limits.per_address != now.per_address),
        ("server.exchanges_per_address", limits.exchanges_per_address != now.exchanges_per_address),
        ("server.exchanges_max", limits.exchanges_max != now.exchanges_max),
        (
            "server.client_bytes_per_second_min",
            limits.bytes_per_second_min != now.bytes_per_second_min,
        ),
        ("server.trusted_proxies", before.trusted_proxies != after.trusted_proxies),
        ("server.public_url", before.public_url != after.public_url),
        (DATA_DIR, before.data_dir != after.data_dir),
        ("operator.listen", before.operator_listen != after.operator_listen),
        ("log.format", before.log_format != after.log_format),
    ];
    differs.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
}
