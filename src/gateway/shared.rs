//! What all workers share, and the ports through which is kept where
//! visitors were going.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use pingora::{Error, ErrorType};

use super::client_address::TrustedProxies;
use super::crowd::Crowd;
use super::denials::Denials;
use super::form_room::FormRoom;
use super::identity;
use super::protect::Protected;
use super::refuse::{DrawPage, Reason};
use super::route::{App, Routes};
use super::session::{Admitted, SessionGate};
use crate::crypto::assertion::Signer;
use crate::crypto::{Chance, Token};
use crate::domain::{AccountId, Clock, PublicHost};
use crate::observe::{FirstConnection, Metrics};

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
    /// Where they are.
    pub client: IpAddr,
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

/// A form that was sent without a session.
pub struct SentForm {
    /// Whose session it was sent with; nobody's where another site sent it.
    pub from: Option<AccountId>,
    /// The host it was sent to.
    pub host: String,
    /// The path and query it was sent to.
    pub path: String,
    /// What kind of form it is.
    pub content_type: String,
    /// What was sent.
    pub body: Bytes,
    /// What the page of another site said as `Origin`, if it said something.
    pub origin: Option<String>,
    /// Who sent it.
    pub client: IpAddr,
}

/// A form that is sent now.
#[derive(Clone)]
pub struct KeptForm {
    /// What kind of form it is.
    pub content_type: String,
    /// What was sent.
    pub body: Bytes,
    /// The other site that sent it, where it was not a page of the same host.
    pub other_site: Option<OtherSite>,
}

/// Another site that sent a form.
#[derive(Clone, Debug)]
pub struct OtherSite {
    /// What it said as `Origin`, if it said something.
    pub origin: Option<String>,
}

impl std::fmt::Debug for KeptForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptForm").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Where the gateway keeps forms.
#[async_trait]
pub trait Forms: Send + Sync + 'static {
    /// The largest that is kept, in bytes; 0 keeps none.
    fn bytes_max(&self) -> usize;
    /// Room for those that are being read.
    fn room(&self) -> &FormRoom;
    /// Counts one that was too large.
    fn too_large(&self);
    /// Keeps one; gives the browser's half of it. `None` where it is not kept.
    async fn keep(&self, form: SentForm) -> Option<Token>;
    /// The one that a browser has the half of, for its host and address, if this
    /// account may send it. It stays until it is taken.
    async fn look(&self, value: Token, place: (&str, &str), account: AccountId)
    -> Option<KeptForm>;
    /// Takes it, to be sent now.
    async fn take(&self, value: Token, place: (&str, &str), account: AccountId)
    -> Option<KeptForm>;
}

/// What all workers share.
pub struct Shared {
    /// The public address, `https://host[:port]`, without a slash at its end.
    pub public_url: String,
    /// Apps and rules.
    pub routes: Routes,
    /// Names that only we may speak.
    pub protected: Protected,
    /// Who may speak for a client's address.
    pub trusted_proxies: Arc<TrustedProxies>,
    /// How much goes on at once.
    pub crowd: Arc<Crowd>,
    /// The slowest pace of bodies, in bytes a second; 0 for any.
    pub client_bytes_per_second_min: u32,
    /// How long browsers must come by https alone; none where it is not asked.
    pub hsts: Option<HeaderValue>,
    /// Whether apps that do not say so themselves have it said for them.
    pub hsts_for_apps: bool,
    /// Cookie to verdict.
    pub sessions: Arc<SessionGate>,
    /// Records who was refused.
    pub denials: Arc<Denials>,
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
    /// Keeps forms.
    pub forms: Arc<dyn Forms>,
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

impl Shared {
    /// Writes who is there, if anybody, in the app's dialect, with the assertion.
    ///
    /// # Errors
    ///
    /// Where the assertion cannot be signed.
    pub(super) fn write_identity(
        &self,
        headers: &mut HeaderMap,
        app: &App,
        admitted: &Admitted,
        request_id: &str,
    ) -> pingora::Result<()> {
        let Some(someone) = admitted.who() else { return Ok(()) };
        let settings = &app.settings;
        someone.identity.write(headers, &settings.dialect, settings.encoding);
        let now = self.clock.now();
        let assertion = someone.assertion(app.index, now, || {
            self.metrics.signatures.inc();
            if someone.is_first_page() {
                self.metrics.first_connection(FirstConnection::Portal);
            }
            let claims = someone.identity.claims(&self.public_url, &settings.name, request_id, now);
            let failed = |error| Error::because(ErrorType::InternalError, "signing", error);
            let token = self.signer.sign(&claims).map_err(failed)?;
            HeaderValue::try_from(token)
                .map_err(|error| Error::because(ErrorType::InternalError, "signing", error))
        })?;
        for alias in &settings.aliases {
            headers.insert(HeaderName::from_static(alias.header()), assertion.clone());
        }
        headers.insert(identity::ASSERTION, assertion);
        Ok(())
    }
}
