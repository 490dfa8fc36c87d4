//! TLS to clients: which certificate is shown, and how it is changed while
//! connections stay open.

mod names;
mod pair;

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{Acceptor, ClientHello, NoServerSessionStorage, ProducesTickets};
use rustls::sign::SingleCertAndKey;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use crate::domain::Moment;
use crate::observe::{CertificateReload, Metrics};
pub use names::Names;
use pair::{Contents, Digest};
pub use pair::{Pair, PairError, PairFiles};

/// HTTP/2 as it is agreed on in a handshake (RFC 9113 section 3.3).
const ALPN_HTTP2: &[u8] = b"h2";
/// HTTP/1.1 (RFC 7301 section 6).
const ALPN_HTTP1: &[u8] = b"http/1.1";
/// A fatal alert that says `unrecognized_name` (RFC 8446 section 6).
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 3, 0, 2, 2, 112];

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A pair cannot be used.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// The library refuses our settings.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// The one cryptography of this program.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A pair at work.
#[derive(Debug)]
struct Serving {
    pair: Pair,
    config: Arc<ServerConfig>,
}

/// The certificates of one listener.
#[derive(Debug)]
pub struct Certificates {
    files: Vec<PairFiles>,
    provider: Arc<CryptoProvider>,
    tickets: Arc<dyn ProducesTickets>,
    serving: ArcSwap<Vec<Arc<Serving>>>,
    /// What was found faulty last, by pair, so that it is told once.
    faulty: std::sync::Mutex<Vec<Option<Digest>>>,
    metrics: Arc<Metrics>,
}

/// A pair that is not taken.
struct Refused {
    /// What its files held; nothing where they could not be read.
    digest: Digest,
    error: TlsError,
}

/// What a handshake agreed on.
#[derive(Clone, Debug)]
pub struct Secured {
    /// Whom the client asked for, folded; a client need not say it.
    pub server_name: Option<String>,
    /// Whether HTTP/2 must be spoken; HTTP/1.1 otherwise.
    pub http2: bool,
    serving: Arc<Serving>,
}

impl Secured {
    /// Whether a host may be asked for on this connection.
    ///
    /// SECURITY: a host is served only under a certificate that names it.
    /// - Against: a connection that was opened, and perhaps judged by a firewall
    ///   or another proxy, for one host and is then used for another.
    /// - Therefore: the certificate that was shown must name the host of each
    ///   request; otherwise 421, upon which browsers open another connection
    ///   (RFC 9110 section 7.4).
    /// - Price: a health check by address needs a certificate with the address.
    /// - Held by: `a_host_that_the_certificate_does_not_name_is_misdirected`.
    pub fn covers(&self, host: &str) -> bool {
        self.serving.pair.names.cover(host)
    }
}

impl Certificates {
    /// Reads and checks all pairs of a listener; the first is for clients that
    /// name no host.
    ///
    /// # Errors
    ///
    /// [`TlsError`], of the first pair that cannot be used now.
    pub fn open(
        files: Vec<PairFiles>,
        now: Moment,
        metrics: Arc<Metrics>,
    ) -> Result<Self, TlsError> {
        let provider = provider();
        let tickets = rustls::crypto::ring::Ticketer::new()?;
        let faulty = std::sync::Mutex::new(vec![None; files.len()]);
        let serving = ArcSwap::default();
        let made = Self { files, provider, tickets, serving, faulty, metrics };
        let mut serving = Vec::new();
        for files in &made.files {
            let pair = Pair::read(files, &made.provider)?;
            pair.check_time(now)?;
            serving.push(Arc::new(made.put_to_work(pair)?));
        }
        made.serving.store(Arc::new(serving));
        made.tell_expiry();
        Ok(made)
    }

    fn put_to_work(&self, pair: Pair) -> Result<Serving, TlsError> {
        let resolver = Arc::new(SingleCertAndKey::from(pair.key.clone()));
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![ALPN_HTTP2.to_vec(), ALPN_HTTP1.to_vec()];
        // All of them are good; scanners ask that one order holds for everybody.
        config.ignore_client_order = true;
        // Tickets need no memory of ours, and their keys change by themselves.
        config.ticketer = self.tickets.clone();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Serving { pair, config: Arc::new(config) })
    }

    /// Looks at the files again and serves what changed; connections that are
    /// open go on as they are. A pair that is not whole and valid is not taken:
    /// the one before it stays.
    ///
    /// # Errors
    ///
    /// The first pair that could not be taken; others were.
    pub fn reload(&self, now: Moment) -> Result<(), TlsError> {
        let before = self.serving.load_full();
        let mut faulty = self.faulty.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (mut after, mut first) = (Vec::new(), None);
        for ((files, serving), told) in self.files.iter().zip(before.iter()).zip(faulty.iter_mut())
        {
            match self.look_again(files, serving, now) {
                Ok(None) => {
                    *told = None;
                    after.push(serving.clone());
                }
                Ok(Some(fresh)) => {
                    *told = None;
                    self.metrics.certificate_reload(CertificateReload::Taken);
                    after.push(Arc::new(fresh));
                }
                Err(refused) => {
                    let Refused { digest, error } = *refused;
                    if *told != Some(digest) {
                        *told = Some(digest);
                        self.metrics.certificate_reload(CertificateReload::Refused);
                        tracing::error!(%error, "a new certificate is not served; the old one is");
                    }
                    first = first.or(Some(error));
                    after.push(serving.clone());
                }
            }
        }
        self.serving.store(Arc::new(after));
        self.tell_expiry();
        first.map_or(Ok(()), Err)
    }

    /// The pair of these files, where it is another than the one that is served.
    fn look_again(
        &self,
        files: &PairFiles,
        serving: &Serving,
        now: Moment,
    ) -> Result<Option<Serving>, Box<Refused>> {
        let refused = |digest, error| Box::new(Refused { digest, error });
        let contents = Contents::read(files)
            .map_err(|error| refused(Digest::default(), TlsError::from(error)))?;
        let digest = contents.digest();
        if digest == serving.pair.digest {
            return Ok(None);
        }
        let fresh = Pair::of(&contents, files, &self.provider)
            .and_then(|pair| pair.check_time(now).map(|()| pair))
            .map_err(TlsError::from)
            .and_then(|pair| self.put_to_work(pair));
        fresh.map(Some).map_err(|error| refused(digest, error))
    }

    fn tell_expiry(&self) {
        for serving in self.serving.load().iter() {
            let ends = serving.pair.ends.unix_seconds();
            self.metrics.certificate_expiry(&serving.pair.names.label(), ends);
        }
    }

    /// The certificate for a client: one that names its host, else one whose
    /// star stands for it, of a kind that the client knows where there are two.
    /// A client that names none gets the first: probes ask by address, and what
    /// it may ask for is checked again with each request.
    fn choose(&self, hello: &ClientHello<'_>) -> Option<Arc<Serving>> {
        let serving = self.serving.load();
        let Some(name) = hello.server_name().map(fold) else { return serving.first().cloned() };
        let fitting = |names: fn(&Names, &str) -> bool| {
            let mut named = serving.iter().filter(|serving| names(&serving.pair.names, &name));
            let first = named.clone().next();
            let known = named.find(|serving| {
                serving.pair.key.key.choose_scheme(hello.signature_schemes()).is_some()
            });
            known.or(first).cloned()
        };
        fitting(Names::has).or_else(|| fitting(Names::has_wildcard_for))
    }

    /// Takes a client through the handshake.
    ///
    /// # Errors
    ///
    /// Where it fails; the client was told why.
    pub async fn accept<S>(&self, socket: S) -> io::Result<(TlsStream<S>, Secured)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut start = LazyConfigAcceptor::new(Acceptor::default(), socket).await?;
        let hello = start.client_hello();
        let server_name = hello.server_name().map(fold);
        let Some(serving) = self.choose(&hello) else {
            start.io.write_all(&UNRECOGNIZED_NAME).await?;
            start.io.shutdown().await?;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a name of nobody"));
        };
        let stream = start.into_stream(serving.config.clone()).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(ALPN_HTTP2);
        Ok((stream, Secured { server_name, http2, serving }))
    }
}

fn fold(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
