//! Certificates for tests, and a client under TLS that takes any of them but tells which it was.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, SerialNumber, date_time_ymd};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::raw::{DEADLINE, Reply};

/// What a certificate is for, and how it is told apart.
pub struct Kind<'a> {
    /// Its hosts.
    pub names: &'a [&'a str],
    /// Its number.
    pub serial: u64,
    /// The last year in which it is valid.
    pub until: i32,
}

/// Writes `STEM.pem` and `STEM.key` into a folder.
pub fn write_pair(folder: &Path, stem: &str, kind: &Kind) {
    let names: Vec<String> = kind.names.iter().map(|name| (*name).to_string()).collect();
    let mut params = CertificateParams::new(names).expect("names of hosts");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(kind.until, 12, 31);
    params.serial_number = Some(SerialNumber::from(kind.serial));
    let key = KeyPair::generate().expect("a key");
    let made = params.self_signed(&key).expect("a certificate");
    fs::write(folder.join(format!("{stem}.pem")), made.pem()).expect("the certificate is written");
    let file = folder.join(format!("{stem}.key"));
    fs::write(&file, key.serialize_pem()).expect("the key is written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
}

/// What a client says in its handshake.
#[derive(Clone, Copy)]
pub struct Hello<'a> {
    /// Whom it asks for; an address is not sent.
    pub name: &'a str,
    /// What it wants to speak.
    pub alpn: &'a [&'a str],
}

/// Connects, or tells what went wrong.
pub async fn connect(addr: SocketAddr, hello: Hello<'_>) -> std::io::Result<TlsStream<TcpStream>> {
    connect_after(addr, b"", hello).await
}

/// Connects after some bytes in clear text.
pub async fn connect_after(
    addr: SocketAddr,
    before: &[u8],
    hello: Hello<'_>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone(provider)))
        .with_no_client_auth();
    config.alpn_protocols = hello.alpn.iter().map(|word| word.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(hello.name.to_string()).expect("a name or an address");
    let mut tcp = TcpStream::connect(addr).await?;
    tcp.write_all(before).await?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, tcp);
    tokio::time::timeout(DEADLINE, connecting).await.expect("a handshake within the deadline")
}

/// The number of the certificate that was shown.
pub fn serial(stream: &TlsStream<TcpStream>) -> u64 {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let chain = stream.get_ref().1.peer_certificates().expect("a certificate");
    let (_, leaf) = X509Certificate::from_der(&chain[0]).expect("a certificate that can be read");
    let bytes = leaf.raw_serial();
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Sends bytes and reads until the other side closes.
pub async fn exchange(stream: &mut TlsStream<TcpStream>, bytes: &[u8]) -> Reply {
    let mut reply = Reply { bytes: Vec::new(), closed: false };
    if stream.write_all(bytes).await.is_err() {
        return Reply { closed: true, ..reply };
    }
    let _ = stream.flush().await;
    let reading = stream.read_to_end(&mut reply.bytes);
    reply.closed = tokio::time::timeout(DEADLINE, reading).await.is_ok();
    reply
}

/// An address for clients that know nothing of TLS: what they send there arrives under TLS at `addr`,
/// and back. Who begins with the preface of HTTP/2 agrees on that.
pub fn bridge(addr: SocketAddr) -> SocketAddr {
    bridge_to(addr, "app.test")
}

/// The same to another host at `addr`.
pub fn bridge_to(addr: SocketAddr, name: &'static str) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket of the run-time");
    let near = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        run(async {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((mut plain, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let _ = plain.set_nodelay(true);
                    let mut start = [0; 5];
                    let count = plain.peek(&mut start).await.unwrap_or(0);
                    let alpn: &[&str] =
                        if start[..count] == *b"PRI *" { &["h2"] } else { &["http/1.1"] };
                    let hello = Hello { name, alpn };
                    if let Ok(mut secret) = connect(addr, hello).await {
                        // Either side may break off, which is what many a test is about.
                        let _ = tokio::io::copy_bidirectional(&mut plain, &mut secret).await;
                    }
                });
            }
        });
    });
    near
}

/// A run-time for one test.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
