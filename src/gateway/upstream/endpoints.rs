//! The addresses of an app, and which of them is next.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use prometheus::IntGauge;
use tokio::sync::Notify;

use super::condition::{Change, Condition};
use super::settings::{Balance, Upstream, UpstreamSettings};
use crate::gateway::wire::Tls;
use crate::observe::{Metrics, UpstreamMetrics};

/// Addresses that one name may stand for; further ones are left out.
pub const ADDRESSES_MAX: usize = 64;

/// Tells addresses apart, also those of apps that are gone.
pub type EndpointId = usize;

/// The next address's id.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Where an app listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On an internet address.
    Internet(SocketAddr),
    /// On a Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// One address of an app.
#[derive(Debug)]
pub struct Endpoint {
    id: EndpointId,
    app: Arc<str>,
    /// Which entry of the configuration it comes from.
    upstream: usize,
    place: Place,
    tls: Option<Tls>,
    condition: Condition,
    /// Requests and streams under way, where that is counted.
    exchanges: AtomicUsize,
    /// Whether it is counted among those that take requests.
    counted: AtomicBool,
    metrics: UpstreamMetrics,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.count(false);
    }
}

impl Endpoint {
    /// Its number, which no other address ever has.
    pub fn id(&self) -> EndpointId {
        self.id
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How TLS is spoken there, if it is.
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Counts the connections that are open to it.
    pub fn connections(&self) -> &IntGauge {
        &self.metrics.connections
    }

    /// It answered.
    pub fn answered(&self) {
        self.tell(self.condition.answered());
    }

    /// It failed by its own fault.
    pub fn failed(&self, now: Duration) {
        let change = self.condition.failed(now);
        if matches!(change, Change::Left | Change::LeftAgain) {
            self.metrics.ejections.inc();
        }
        self.tell(change);
    }

    /// It was asked how it is; so many answers in a row turn the judgement.
    pub fn checked(&self, well: bool, healthy_after: u32, unhealthy_after: u32) {
        self.tell(self.condition.checked(well, healthy_after, unhealthy_after));
    }

    fn tell(&self, change: Change) {
        if change == Change::None {
            return;
        }
        self.count(self.condition.is_well());
        let (app, upstream) = (&*self.app, tracing::field::display(&self.place));
        match change {
            Change::Left => tracing::warn!(app, upstream, "an address takes no requests for now"),
            Change::Back => tracing::info!(app, upstream, "an address takes requests again"),
            Change::LeftAgain | Change::None => {}
        }
    }

    fn count(&self, well: bool) {
        match (self.counted.swap(well, Ordering::Relaxed), well) {
            (false, true) => self.metrics.healthy.inc(),
            (true, false) => self.metrics.healthy.dec(),
            _ => {}
        }
    }
}

/// One exchange with an address, counted while it lasts.
#[derive(Debug)]
pub struct Turn {
    endpoint: Arc<Endpoint>,
    counted: bool,
}

impl Turn {
    /// The address.
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.counted {
            self.endpoint.exchanges.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// All addresses of an app.
#[derive(Debug)]
pub struct Endpoints {
    app: Arc<str>,
    settings: UpstreamSettings,
    list: ArcSwap<Vec<Arc<Endpoint>>>,
    turn: AtomicUsize,
    metrics: Vec<UpstreamMetrics>,
    /// Says that names are to be looked up before their time.
    pub(super) look_again: Notify,
}

impl Endpoints {
    /// The addresses of an app. Names have none until they are looked up.
    pub fn new(app: &str, settings: UpstreamSettings, metrics: &Metrics) -> Self {
        let counts = (0..settings.upstreams.len()).map(|index| metrics.upstream(app, index));
        let this = Self {
            app: app.into(),
            metrics: counts.collect(),
            settings,
            list: ArcSwap::default(),
            turn: AtomicUsize::new(0),
            look_again: Notify::new(),
        };
        let mut list = Vec::new();
        for (index, (upstream, _)) in this.settings.upstreams.iter().enumerate() {
            let place = match upstream {
                Upstream::Address(address) => Place::Internet(*address),
                Upstream::Unix(path) => Place::Unix(path.clone()),
                Upstream::Name(..) => continue,
            };
            list.extend(this.endpoint(index, place));
        }
        this.list.store(Arc::new(list));
        this
    }

    fn endpoint(&self, upstream: usize, place: Place) -> Option<Arc<Endpoint>> {
        let endpoint = Endpoint {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            app: self.app.clone(),
            upstream,
            place,
            tls: self.settings.upstreams.get(upstream)?.1.clone(),
            condition: Condition::default(),
            exchanges: AtomicUsize::new(0),
            counted: AtomicBool::new(false),
            metrics: self.metrics.get(upstream)?.clone(),
        };
        endpoint.count(true);
        Some(Arc::new(endpoint))
    }

    /// As described.
    pub fn settings(&self) -> &UpstreamSettings {
        &self.settings
    }

    /// Whether a second attempt finds another address.
    pub fn has_several(&self) -> bool {
        self.list.load().len() > 1
    }

    /// The addresses there are now.
    pub fn list(&self) -> Arc<Vec<Arc<Endpoint>>> {
        self.list.load_full()
    }

    /// Has names looked up soon, because an address could not be reached.
    pub fn look_again(&self) {
        self.look_again.notify_one();
    }

    /// What a name stands for now. Those that stay keep their condition; the
    /// others get no new requests and finish those they have.
    pub(super) fn replace(&self, upstream: usize, mut found: Vec<SocketAddr>) {
        found.truncate(ADDRESSES_MAX);
        let old = self.list.load();
        let known = |address: &SocketAddr| {
            let place = Place::Internet(*address);
            old.iter().find(|known| known.upstream == upstream && known.place == place).cloned()
        };
        let fresh = |address: &SocketAddr| {
            known(address).or_else(|| self.endpoint(upstream, Place::Internet(*address)))
        };
        let mut list: Vec<_> = old.iter().filter(|at| at.upstream != upstream).cloned().collect();
        list.extend(found.iter().filter_map(fresh));
        list.sort_by_key(|endpoint| endpoint.upstream);
        let same =
            list.len() == old.len() && list.iter().all(|new| old.iter().any(|o| o.id == new.id));
        if !same {
            self.list.store(Arc::new(list));
        }
    }

    /// The address whose turn it is; not `avoid`, if there is another. Where
    /// none takes requests, the least bad is tried. `None` without any.
    pub fn choose(&self, now: impl Fn() -> Duration, avoid: Option<EndpointId>) -> Option<Turn> {
        let list = self.list.load();
        let endpoint = match list.as_slice() {
            [] => return None,
            [only] => only.clone(),
            several => self.choose_among(several, now, avoid)?.clone(),
        };
        let counted = self.settings.balance == Balance::LeastConnections;
        if counted {
            endpoint.exchanges.fetch_add(1, Ordering::Relaxed);
        }
        Some(Turn { endpoint, counted })
    }

    fn choose_among<'a>(
        &self,
        list: &'a [Arc<Endpoint>],
        now: impl Fn() -> Duration,
        avoid: Option<EndpointId>,
    ) -> Option<&'a Arc<Endpoint>> {
        let start = self.turn.fetch_add(1, Ordering::Relaxed) % list.len().max(1);
        let (behind, ahead) = list.split_at_checked(start)?;
        let others = || ahead.iter().chain(behind).filter(|at| Some(at.id) != avoid);
        let mut good = others().filter(|endpoint| {
            endpoint.condition.is_plain() || endpoint.condition.takes_requests(now())
        });
        let chosen = match self.settings.balance {
            Balance::RoundRobin => good.next(),
            Balance::LeastConnections => {
                good.min_by_key(|endpoint| endpoint.exchanges.load(Ordering::Relaxed))
            }
        };
        chosen.or_else(|| others().min_by_key(|endpoint| endpoint.condition.badness()))
    }
}

#[cfg(test)]
mod tests;
