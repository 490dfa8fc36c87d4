//! Apps behind TLS: only one whose certificate holds is ever sent a request.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Response;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tokio_rustls::TlsAcceptor;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;

/// An authority that issues certificates.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
struct Identity {
    certificate: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(parameters, key) }
    }

    fn issue(&self, name: &str, expired: bool) -> Identity {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            parameters.not_before = date_time_ymd(2019, 1, 1);
            parameters.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { certificate, key: key.serialize_pem() }
    }
}

/// An app behind TLS, and what it was sent.
struct App {
    addr: SocketAddr,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl App {
    /// With `clients`, it asks for a certificate from that authority.
    fn start(identity: &Identity, clients: Option<&str>) -> Self {
        let config = Arc::new(server_config(identity, clients));
        Self::serve(move |tcp, seen| {
            serve(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), tcp), seen);
        })
    }

    /// With HTTP/2, which it agrees on in the handshake.
    fn start_http2(identity: &Identity) -> Self {
        let mut config = server_config(identity, None);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::serve(move |tcp, seen| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                tcp.set_nonblocking(true).unwrap();
                let tcp = tokio::net::TcpStream::from_std(tcp).unwrap();
                let Ok(tls) = acceptor.accept(tcp).await else { return };
                let Ok(mut connection) = h2::server::handshake(tls).await else { return };
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    seen.lock().unwrap().extend(request.uri().to_string().bytes());
                    let mut stream = respond.send_response(Response::new(()), false).unwrap();
                    stream.send_data(Bytes::from_static(b"secret"), true).unwrap();
                }
            });
        })
    }

    fn serve(each: impl Fn(TcpStream, &Mutex<Vec<u8>>) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let app = Self { addr: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = app.seen.clone();
        std::thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                let (each, seen) = (each.clone(), seen.clone());
                std::thread::spawn(move || each(tcp, &seen));
            }
        });
        app
    }

    fn was_sent_anything(&self) -> bool {
        !self.seen.lock().unwrap().is_empty()
    }

    fn connections(&self) -> usize {
        let seen = self.seen.lock().unwrap();
        raw::lossy(&seen).matches("a connection\n").count()
    }
}

fn server_config(identity: &Identity, clients: Option<&str>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    builder.with_single_cert(vec![chain], key).unwrap()
}

fn serve(mut tls: impl Read + Write, seen: &Mutex<Vec<u8>>) {
    let mut first = true;
    loop {
        let mut head = Vec::new();
        while raw::head_end(&head).is_none() {
            let mut piece = [0; 4096];
            let Ok(count @ 1..) = tls.read(&mut piece) else { return };
            head.extend_from_slice(&piece[..count]);
        }
        let mut seen = seen.lock().unwrap();
        if std::mem::take(&mut first) {
            seen.extend_from_slice(b"a connection\n");
        }
        seen.extend_from_slice(&head);
        drop(seen);
        if tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").is_err() {
            return;
        }
        let _ = tls.flush();
    }
}

fn section(name: &str, upstream: &str, keys: &str) -> String {
    format!(
        "[[app]]\nname = \"{name}\"\nhosts = [\"{name}.test\"]\nupstreams = [\"{upstream}\"]\n{keys}\n\
         [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n"
    )
}

fn get(gateway: &Gateway, app: &str) -> raw::Reply {
    let request = format!("GET / HTTP/1.1\r\nHost: {app}.test\r\n\r\n");
    raw::exchange(gateway.addr, request.as_bytes())
}

#[test]
fn an_app_whose_certificate_does_not_hold_is_never_spoken_to() {
    let (ours, strangers) = (Authority::new(), Authority::new());
    let files = tempfile::tempdir().unwrap();
    let ca = files.path().join("ca.pem");
    fs::write(&ca, &ours.pem).unwrap();
    let ca = format!("ca_file = {ca:?}");
    let right = App::start(&ours.issue("127.0.0.1", false), None);
    let expired = App::start(&ours.issue("127.0.0.1", true), None);
    let wrong_host = App::start(&ours.issue("elsewhere.test", false), None);
    let stranger = App::start(&strangers.issue("127.0.0.1", false), None);
    let url = |app: &App| format!("https://{}", app.addr);
    let mut setup = Setup::new(right.addr);
    // Each worker has connections of its own.
    setup.extra_server = "workers = 1".to_owned();
    setup.extra = [
        section("right", &url(&right), &ca),
        section("named", &url(&wrong_host), &format!("{ca}\ntls_name = \"elsewhere.test\"")),
        section("expired", &url(&expired), &ca),
        section("wrong-host", &url(&right), &format!("{ca}\ntls_name = \"elsewhere.test\"")),
        section("stranger", &url(&stranger), &ca),
        // The system's authorities know none of these.
        section("system", &url(&right), ""),
    ]
    .concat();
    let gateway = Gateway::start(setup);

    for app in ["expired", "stranger", "wrong-host", "system"] {
        let reply = get(&gateway, app);
        assert_eq!(reply.status(), 502, "{app}: {}", reply.shown());
        for word in ["ertificate", "rustls", "127.0.0.1"] {
            assert!(!reply.text().contains(word), "{app}: {word} in {}", reply.text());
        }
    }
    assert!(!expired.was_sent_anything() && !stranger.was_sent_anything());
    assert!(!right.was_sent_anything(), "under another name it is not the app");
    let log = gateway.log();
    for cause in ["xpired", "UnknownIssuer", "not valid for name"] {
        assert!(log.contains(cause), "the operator is told {cause}: {log}");
    }

    // Control: with the right name, each of the two answers.
    for app in ["right", "named"] {
        for _ in 0..3 {
            assert_eq!(get(&gateway, app).text(), "secret", "{app}: {}", gateway.log());
        }
    }
    assert_eq!(right.connections(), 1, "a connection is used again over TLS as well");
}

#[test]
fn an_app_that_asks_for_a_certificate_gets_ours() {
    let (authority, strangers) = (Authority::new(), Authority::new());
    let app = App::start(&authority.issue("127.0.0.1", false), Some(&authority.pem));
    let files = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write(files.path().join(name), text).unwrap();
        format!("{:?}", files.path().join(name))
    };
    let ca = format!("ca_file = {}", write("ca.pem", &authority.pem));
    let with = |name: &str, authority: &Authority| {
        let identity = authority.issue("gateway.test", false);
        let certificate = write(&format!("{name}.pem"), &identity.certificate);
        let key = write(&format!("{name}.key"), &identity.key);
        format!("{ca}\nclient_certificate = {certificate}\nclient_key = {key}")
    };
    let url = format!("https://{}", app.addr);
    let mut setup = Setup::new(app.addr);
    setup.extra = [
        section("known", &url, &with("known", &authority)),
        section("unknown", &url, &with("unknown", &strangers)),
        section("silent", &url, &ca),
    ]
    .concat();
    let gateway = Gateway::start(setup);
    assert_eq!(get(&gateway, "known").text(), "secret", "{}", gateway.log());
    for app in ["unknown", "silent"] {
        assert_eq!(get(&gateway, app).status(), 502, "{app}");
    }
}

#[test]
fn http2_over_tls_is_spoken_with_an_app_that_agrees_and_with_no_other() {
    let authority = Authority::new();
    let identity = authority.issue("127.0.0.1", false);
    let files = tempfile::tempdir().unwrap();
    let ca = files.path().join("ca.pem");
    fs::write(&ca, &authority.pem).unwrap();
    let (agrees, refuses) = (App::start_http2(&identity), App::start(&identity, None));
    let keys = format!("ca_file = {ca:?}\nhttp2 = true");
    let url = |app: &App| format!("https://{}", app.addr);
    let mut setup = Setup::new(agrees.addr);
    setup.extra =
        [section("agrees", &url(&agrees), &keys), section("refuses", &url(&refuses), &keys)]
            .concat();
    let gateway = Gateway::start(setup);
    for _ in 0..3 {
        assert_eq!(get(&gateway, "agrees").text(), "secret", "{}", gateway.log());
    }
    let seen = agrees.seen.lock().unwrap();
    assert!(raw::holds(&seen, b"https://agrees.test/"), "{}", raw::lossy(&seen));
    assert_eq!(get(&gateway, "refuses").status(), 502);
    assert!(!refuses.was_sent_anything());
    assert!(gateway.logged("does not speak HTTP/2"), "{}", gateway.log());
}
