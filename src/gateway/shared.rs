//! What all workers share, and the port through which a way back is kept.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use axum::Router;
use http::HeaderValue;

use super::client_address::TrustedProxies;
use super::protect::Protected;
use super::refuse::DrawPage;
use super::route::Routes;
use super::session::SessionGate;
use crate::crypto::assertion::Signer;
use crate::crypto::{Chance, Token};
use crate::domain::{Clock, Cookies};
use crate::observe::Metrics;

/// Where the gateway writes down where a visitor was going, so that they get
/// there after signing in. The address never travels through the browser.
#[async_trait]
pub trait WayBack: Send + Sync + 'static {
    /// Keeps a path and query under a ticket. Losing it loses comfort, not
    /// safety, so nobody waits for it.
    async fn keep(&self, ticket: Token, path: String);
}

/// What all workers share.
pub struct Shared {
    /// The public address, `https://host[:port]`, without a slash at its end.
    pub public_url: String,
    /// How cookies are called on hosts of ours.
    pub cookies: Cookies,
    /// Apps and rules.
    pub routes: Routes,
    /// Names that only we may speak.
    pub protected: Protected,
    /// Who may speak for a client's address.
    pub trusted_proxies: Arc<TrustedProxies>,
    /// How long browsers must come by https alone; none where it is not asked.
    pub hsts: Option<HeaderValue>,
    /// Whether apps that do not say so themselves have it said for them.
    pub hsts_for_apps: bool,
    /// Cookie to verdict.
    pub sessions: Arc<SessionGate>,
    /// Signs assertions.
    pub signer: Arc<Signer>,
    /// Our pages.
    pub pages: Router,
    /// Draws refusals.
    pub draw: DrawPage,
    /// Keeps ways back.
    pub way_back: Arc<dyn WayBack>,
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
