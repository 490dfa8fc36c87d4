//! What all workers share, and the ports through which is kept where
//! visitors were going.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;

use super::protect::Protected;
use super::refuse::{DrawPage, Reason};
use super::route::Routes;
use super::session::SessionGate;
use crate::crypto::assertion::Signer;
use crate::crypto::{Chance, Token};
use crate::domain::{Clock, PublicHost};
use crate::observe::Metrics;

/// Where the gateway writes down where a visitor was going, so that they get
/// there after signing in. The address never travels through the browser.
#[async_trait]
pub trait WayBack: Send + Sync + 'static {
    /// Keeps a path and query under a ticket. Losing it loses comfort, not
    /// safety, so nobody waits for it.
    async fn keep(&self, ticket: Token, path: String);
}

/// Somebody without a session who asked for a page of a host other than that of
/// our pages.
#[derive(Debug)]
pub struct Leaving {
    /// The host.
    pub host: Arc<PublicHost>,
    /// By what it knows the browser again.
    pub nonce: Token,
    /// The path and query that they asked for.
    pub path: String,
    /// How long ago the last check may have been made.
    pub within: Option<Duration>,
    /// Origins that get the sign-in as well.
    pub others: Vec<String>,
}

/// Where the gateway writes down who leaves a host to sign in.
#[async_trait]
pub trait Departures: Send + Sync + 'static {
    /// The address to go to.
    ///
    /// # Errors
    ///
    /// Why they do not leave: the store is away, or they come back every time.
    async fn depart(&self, leaving: Leaving) -> Result<String, Reason>;
}

/// What all workers share.
pub struct Shared {
    /// The public address, `https://host[:port]`, without a slash at its end.
    pub public_url: String,
    /// Apps and rules.
    pub routes: Routes,
    /// Names that only we may speak.
    pub protected: Protected,
    /// Cookie to verdict.
    pub sessions: Arc<SessionGate>,
    /// Signs assertions.
    pub signer: Arc<Signer>,
    /// Our pages.
    pub pages: Router,
    /// What we answer ourselves on hosts of apps.
    pub pages_on_app_hosts: Router,
    /// Draws refusals.
    pub draw: DrawPage,
    /// Keeps ways back.
    pub way_back: Arc<dyn WayBack>,
    /// Keeps who leaves a host.
    pub departures: Arc<dyn Departures>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Counts of our own pages.
    pub own_metrics: crate::observe::AppMetrics,
    /// Begins every request id of this process.
    pub id_prefix: String,
    /// Counts requests, for their ids.
    pub id_next: Arc<AtomicU64>,
    /// Whether every request is logged, or only refused and failed ones.
    pub log_requests: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}
