//! The connections to push services: to public addresses, or to an origin that
//! the operator has named.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::PushSettingsError;
use super::address::is_public;
use super::hosts::Reach;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;
/// Connections kept for each service, and for how long.
const KEPT_MAX: usize = 2;
const KEPT_FOR: Duration = Duration::from_secs(60);
/// Longest head of an answer in bytes, and the headers in it.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;

/// Where names lead.
#[async_trait]
pub trait Names: Send + Sync {
    /// The addresses of a name, in the order to try them.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// As the machine is set up to ask.
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// A name does not lead to a public host.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct NotPublic;

/// Finds the addresses of a name and keeps those that may be connected to.
///
/// SECURITY: what is judged is the very address that is connected to.
/// - Against: a name on the list that leads, or the second time leads, to an
///   address inside the operator's network (DNS rebinding).
/// - Therefore: a name is asked for once for each connection, and addresses that are
///   not public are dropped before any of them is tried.
/// - Price: a push service inside a closed network has to be listed as an origin.
/// - Held by: `a_name_that_leads_inside_is_not_connected_to`.
#[derive(Clone)]
struct Resolver {
    names: Arc<dyn Names>,
    reach: Reach,
}

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, Box<dyn Error + Send + Sync>>> + Send>>;

impl tower::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Boxed<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { names, reach } = self.clone();
        Box::pin(async move {
            let mut found = names.addresses(name.as_str()).await?;
            if reach == Reach::Public {
                found.retain(|address| is_public(*address));
                if found.is_empty() {
                    return Err(NotPublic.into());
                }
            }
            found.truncate(ADDRESSES_MAX);
            // The port is the connector's to fill in.
            let found: Vec<_> = found.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect();
            Ok(found.into_iter())
        })
    }
}

type Client = legacy::Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// The connections of both kinds. They share nothing, so one that was made for
/// an origin of the operator's never serves another subscription.
pub struct Connections {
    public: Client,
    anywhere: Client,
}

/// Why no answer came.
#[derive(Debug)]
pub enum Trouble {
    /// The name leads to no public address.
    NotPublic,
    /// Anything that may pass.
    Passing(String),
}

impl Connections {
    /// Reads the system's root certificates and the operator's. Connects to
    /// nothing.
    pub fn new(
        names: Arc<dyn Names>,
        further_roots: FurtherRoots,
        timeout: Duration,
    ) -> Result<Self, PushSettingsError> {
        let tls = tls(further_roots)?;
        let client = |reach| {
            let resolver = Resolver { names: names.clone(), reach };
            let mut tcp = HttpConnector::new_with_resolver(resolver);
            // Which schemes are allowed is said below.
            tcp.enforce_http(false);
            tcp.set_nodelay(true);
            // Shared among the addresses, so that one that is dead does not use up the time.
            tcp.set_connect_timeout(Some(timeout));
            let tls = HttpsConnectorBuilder::new().with_tls_config(tls.clone());
            let schemes = match reach {
                Reach::Public => tls.https_only(),
                Reach::Anywhere => tls.https_or_http(),
            };
            legacy::Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(KEPT_FOR)
                .pool_max_idle_per_host(KEPT_MAX)
                .http1_max_buf_size(HEAD_BYTES_MAX)
                .http1_max_headers(HEADERS_MAX)
                .build(schemes.enable_http1().wrap_connector(tcp))
        };
        Ok(Self { public: client(Reach::Public), anywhere: client(Reach::Anywhere) })
    }

    /// Sends a request; the answer is the service's first, since redirects are
    /// not followed.
    pub async fn ask(
        &self,
        request: Request<Full<Bytes>>,
        reach: Reach,
    ) -> Result<Response<Incoming>, Trouble> {
        let client = match reach {
            Reach::Public => &self.public,
            Reach::Anywhere => &self.anywhere,
        };
        client.request(request).await.map_err(|error| Trouble::of(&error))
    }
}

impl Trouble {
    fn of(error: &(dyn Error + 'static)) -> Self {
        let mut words = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<NotPublic>() {
                return Self::NotPublic;
            }
            // Some kinds repeat what they come from.
            let word = error.to_string();
            if words.last() != Some(&word) {
                words.push(word);
            }
            next = error.source();
        }
        Self::Passing(words.join(": "))
    }
}

/// Root certificates that count beside the system's.
#[derive(Clone, Debug)]
pub struct FurtherRoots(RootCertStore);

impl Default for FurtherRoots {
    /// None.
    fn default() -> Self {
        Self(RootCertStore::empty())
    }
}

impl FurtherRoots {
    /// Reads them from a file in PEM.
    ///
    /// # Errors
    ///
    /// [`PushSettingsError::Certificate`], for a file without any as well.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PushSettingsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|error| PushSettingsError::Certificate(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| PushSettingsError::Certificate(error.to_string()))?;
        }
        match roots.is_empty() {
            true => Err(PushSettingsError::Certificate("there is none in the file".to_owned())),
            false => Ok(Self(roots)),
        }
    }
}

fn tls(FurtherRoots(mut roots): FurtherRoots) -> Result<ClientConfig, PushSettingsError> {
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| PushSettingsError::Tls(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
