//! A connection to an app below HTTP: TCP, TLS over it, or a Unix socket.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use prometheus::IntGauge;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::gateway::upstream::endpoints::{Endpoint, Place};

/// What is spoken over a connection to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2: agreed on in the handshake of TLS, known before without it.
    Http2,
}

/// How TLS to an app cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No name to verify the certificate against.
    #[error("{0:?} is not a name a certificate could be for; write a host name or an address")]
    Name(String),
    /// The file holds no certificate that can be read.
    #[error("holds no certificate in PEM that can be read")]
    Certificate,
    /// The file holds no private key that can be read.
    #[error("holds no private key in PEM that can be read")]
    Key,
    /// Certificate and key do not go together.
    #[error("cannot be used: {0}")]
    Identity(rustls::Error),
    /// The system has no root certificates.
    #[error("the system has no root certificates; install its ca-certificates, or write ca_file")]
    NoRoots,
}

/// What TLS to an app is made of.
#[derive(Clone, Copy, Debug)]
pub struct TlsParts<'a> {
    /// Whose certificate it must be.
    pub name: &'a str,
    /// The only authorities that count, in PEM; else those of the system.
    pub authorities: Option<&'a [u8]>,
    /// Our certificate and its key, in PEM, for an app that asks.
    pub identity: Option<(&'a [u8], &'a [u8])>,
}

/// How TLS is spoken with an app.
///
/// SECURITY: no certificate is taken without a name that it must be for.
/// - Against: somebody on the way to an app who answers in its place.
/// - Therefore: the name is a type that cannot be empty, and there is no setting
///   that turns the check off.
/// - Price: an app with a certificate of its own making needs `ca_file`.
/// - Held by: `an_app_whose_certificate_does_not_hold_is_never_spoken_to`.
#[derive(Clone)]
pub struct Tls {
    name: ServerName<'static>,
    http1: Arc<ClientConfig>,
    http2: Arc<ClientConfig>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    read.ok().filter(|found| !found.is_empty()).ok_or(TlsError::Certificate)
}

impl Tls {
    /// Puts the parts together.
    ///
    /// # Errors
    ///
    /// [`TlsError`], which says which of the parts cannot be used.
    pub fn new(parts: TlsParts<'_>) -> Result<Self, TlsError> {
        let name = ServerName::try_from(parts.name.to_owned())
            .map_err(|_| TlsError::Name(parts.name.to_owned()))?;
        let mut roots = RootCertStore::empty();
        match parts.authorities {
            Some(pem) => {
                for certificate in certificates(pem)? {
                    roots.add(certificate).map_err(|_| TlsError::Certificate)?;
                }
            }
            None => {
                let found = rustls_native_certs::load_native_certs().certs;
                roots.add_parsable_certificates(found);
                if roots.is_empty() {
                    return Err(TlsError::NoRoots);
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Identity)?
            .with_root_certificates(roots);
        let mut http1 = match parts.identity {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Key)?;
                let chain = certificates(chain)?;
                builder.with_client_auth_cert(chain, key).map_err(TlsError::Identity)?
            }
        };
        let mut http2 = http1.clone();
        http1.alpn_protocols = vec![b"http/1.1".to_vec()];
        http2.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { name, http1: Arc::new(http1), http2: Arc::new(http2) })
    }
}

/// Why a connection to an app does not stand.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It was refused, or there is no way there.
    #[error("the app cannot be reached: {0}")]
    Failed(#[source] io::Error),
    /// TLS did not come about: most often the certificate.
    #[error("TLS with the app failed: {0}")]
    Tls(#[source] io::Error),
    /// It speaks another protocol.
    #[error("the app does not speak HTTP/2; leave http2 out")]
    Protocol,
    /// It took too long.
    #[error("the app did not answer in time")]
    TimedOut,
}

/// How long a connection may take to come about.
#[derive(Clone, Copy, Debug)]
pub struct ConnectTimes {
    /// Until it stands.
    pub connect: Duration,
    /// From there until TLS stands.
    pub handshake: Duration,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection to an app.
pub struct Transport {
    stream: Stream,
    open: IntGauge,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.open.dec();
    }
}

impl Transport {
    /// Connects to an app.
    ///
    /// # Errors
    ///
    /// [`ConnectError`]; nothing of a request was sent then.
    pub async fn connect(
        endpoint: &Endpoint,
        protocol: Protocol,
        times: ConnectTimes,
    ) -> Result<Self, ConnectError> {
        let in_time = |connecting| tokio::time::timeout(times.connect, connecting);
        let stream = match endpoint.place() {
            Place::Unix(path) => {
                let connecting = tokio::time::timeout(times.connect, UnixStream::connect(path));
                let unix = connecting.await.map_err(|_| ConnectError::TimedOut)?;
                Stream::Unix(unix.map_err(ConnectError::Failed)?)
            }
            Place::Internet(address) => {
                let tcp = in_time(TcpStream::connect(*address)).await;
                let tcp = tcp.map_err(|_| ConnectError::TimedOut)?.map_err(ConnectError::Failed)?;
                super::prepare(&tcp);
                match endpoint.tls() {
                    None => Stream::Tcp(tcp),
                    Some(tls) => Stream::Tls(handshake(tcp, tls, protocol, times).await?),
                }
            }
        };
        let open = endpoint.connections().clone();
        open.inc();
        Ok(Self { stream, open })
    }

    /// Whether an idle connection is still good. An app that was asked nothing
    /// has nothing to say: bytes or an end both mean that it is finished.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut byte = [0; 1];
        let read = match &mut self.stream {
            Stream::Tcp(tcp) => tcp.try_read(&mut byte),
            Stream::Unix(unix) => unix.try_read(&mut byte),
            Stream::Tls(tls) => {
                // What TLS itself says meanwhile is no answer.
                let mut context = Context::from_waker(Waker::noop());
                let mut buffer = ReadBuf::new(&mut byte);
                return Pin::new(tls).poll_read(&mut context, &mut buffer).is_pending();
            }
        };
        read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

async fn handshake(
    tcp: TcpStream,
    tls: &Tls,
    protocol: Protocol,
    times: ConnectTimes,
) -> Result<Box<TlsStream<TcpStream>>, ConnectError> {
    let config = match protocol {
        Protocol::Http1 => &tls.http1,
        Protocol::Http2 => &tls.http2,
    };
    let connector = TlsConnector::from(config.clone());
    let shaking = connector.connect(tls.name.clone(), tcp);
    let stream = tokio::time::timeout(times.handshake, shaking).await;
    let stream = stream.map_err(|_| ConnectError::TimedOut)?.map_err(ConnectError::Tls)?;
    let agreed = stream.get_ref().1.alpn_protocol();
    match protocol {
        Protocol::Http2 if agreed != Some(b"h2") => Err(ConnectError::Protocol),
        _ => Ok(Box::new(stream)),
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Unix(unix) => Pin::new(unix).poll_read(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_write(cx, data),
            Stream::Unix(unix) => Pin::new(unix).poll_write(cx, data),
            Stream::Tls(tls) => Pin::new(tls).poll_write(cx, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Unix(unix) => Pin::new(unix).poll_flush(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Unix(unix) => Pin::new(unix).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
