//! A gateway in the test's own process: clients and apps at the ends of Unix
//! sockets, and ports that the test has in its hand.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use axum::Router;
use pingora::apps::ServerApp;
use pingora::proxy::Session;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tracing::subscriber::DefaultGuard;

use super::Gateway;
use super::client_address::TrustedProxies;
use super::crowd::Crowd;
use super::denials::Denials;
use super::form_room::FormRoom;
use super::listener::{self, Front, Marks};
use super::protect::Protected;
use super::refuse::Reason;
use super::route::{self, Allow, Routes};
use super::session::SessionGate;
use super::session::tests::{HOUR, NOW, Scripted, home};
use super::shared::{Departures, Forms, KeptForm, Leaving, SentForm, Shared, WayBack};
use super::streams::Streams;
use super::upstream::settings::{Upstream, UpstreamSettings, UpstreamTimes};
use super::wire::{ClientTransport, ClientWire, Connection, Peer, Protocol, Socket};
use crate::crypto::assertion::{Signer, SigningKey};
use crate::crypto::{Chance, NoChance, Token, provider};
use crate::domain::{AccountId, Clock, Moment, SessionLimits};
use crate::observe::{Audit, Metrics};
use crate::store::SessionReader;

/// Where most clients are.
pub const CLIENT: &str = "192.0.2.1:40000";

/// What a test may choose.
pub struct Choices {
    /// What is spoken with the app.
    pub protocol: Protocol,
    /// Its time-outs.
    pub times: UpstreamTimes,
    /// The slowest pace of bodies.
    pub bytes_per_second_min: u32,
    /// Exchanges over all, and of each client.
    pub exchanges: (usize, usize),
    /// Who may speak for others.
    pub proxies: TrustedProxies,
    /// A form that was kept, whoever asks for it.
    pub kept: Option<KeptForm>,
    /// Whether every request is logged.
    pub log_requests: bool,
}

impl Choices {
    /// Usual limits.
    pub fn of(protocol: Protocol) -> Self {
        let times = UpstreamTimes::default();
        let exchanges = (1000, 1000);
        let proxies = TrustedProxies::default();
        let (bytes_per_second_min, kept, log_requests) = (100, None, false);
        Self { protocol, times, bytes_per_second_min, exchanges, proxies, kept, log_requests }
    }
}

/// The ports, each of which can be told to panic.
#[derive(Default)]
pub struct Trap {
    /// In how many looks at the span of time; 0 for never.
    pub elapsed: AtomicU64,
    /// At the next look at the time of day.
    pub now: AtomicBool,
    /// At the next need of random bytes.
    pub chance: AtomicBool,
}

impl Clock for Trap {
    fn now(&self) -> Moment {
        assert!(!self.now.swap(false, Ordering::SeqCst), "the time of day");
        NOW
    }

    fn elapsed(&self) -> Duration {
        let less = |left: u64| left.checked_sub(1);
        let left = self.elapsed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        assert_ne!(left, Ok(1), "the span of time");
        Duration::ZERO
    }
}

impl Chance for Trap {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoChance> {
        assert!(!self.chance.swap(false, Ordering::SeqCst), "chance");
        out.fill(7);
        Ok(())
    }
}

struct Nowhere;

#[async_trait]
impl WayBack for Nowhere {
    async fn keep(&self, _: Token, _: String) {}
}

#[async_trait]
impl Departures for Nowhere {
    async fn depart(&self, _: Leaving) -> Result<String, Reason> {
        Ok("https://elsewhere.test/".to_owned())
    }
}

struct Kept(Option<KeptForm>, FormRoom);

#[async_trait]
impl Forms for Kept {
    fn bytes_max(&self) -> usize {
        0
    }
    fn room(&self) -> &FormRoom {
        &self.1
    }
    fn too_large(&self) {}
    async fn keep(&self, _: SentForm) -> Option<Token> {
        None
    }
    async fn look(&self, _: Token, _: (&str, &str), _: AccountId) -> Option<KeptForm> {
        self.0.clone()
    }
    async fn take(&self, _: Token, _: (&str, &str), _: AccountId) -> Option<KeptForm> {
        self.0.clone()
    }
}

/// A gateway before one app.
pub struct Stand {
    pub shared: Arc<Shared>,
    pub trap: Arc<Trap>,
    pub streams: Arc<Streams>,
    proxy: Arc<Front>,
    stop: watch::Sender<bool>,
}

impl Stand {
    /// Before the app at this socket, on `app.test` and `localhost`. All but `/own/` is
    /// open to everyone.
    pub fn before(app: &Path, choices: Choices) -> Self {
        provider::install();
        let store = Arc::new(Scripted::default());
        let trap = Arc::new(Trap::default());
        let metrics = Arc::new(Metrics::new("test").unwrap());
        let rules = vec![
            route::tests::rule("/own/", Allow::SignedIn),
            route::tests::rule("/", Allow::Everyone { bodies: true }),
        ];
        let mut settings = route::tests::app("app", &["app.test", "localhost"], rules);
        settings.upstream = UpstreamSettings::new(vec![(Upstream::Unix(app.to_owned()), None)]);
        (settings.upstream.protocol, settings.upstream.times) = (choices.protocol, choices.times);
        let reader = SessionReader::new(store, SessionLimits::new(HOUR, HOUR).unwrap());
        let signer = Signer::default();
        let (kid, pair) = SigningKey::generate(&*trap).unwrap();
        let key = Arc::new(SigningKey::load(&kid, &pair, NOW).unwrap());
        signer.install(std::slice::from_ref(&key), Some(key.clone()));
        let audit = Audit::open(Path::new("/dev/null"), metrics.audit_dropped.clone()).unwrap();
        let shared = Arc::new(Shared {
            public_url: "http://localhost".to_owned(),
            protected: Protected::new([&settings.dialect].into_iter()),
            routes: Routes::new(vec![settings], home(), &metrics, 0),
            trusted_proxies: Arc::new(choices.proxies),
            crowd: Arc::new(Crowd::new(choices.exchanges.0, choices.exchanges.1)),
            client_bytes_per_second_min: choices.bytes_per_second_min,
            hsts: None,
            hsts_for_apps: false,
            sessions: SessionGate::new(reader, trap.clone()),
            denials: Arc::new(Denials::new(audit)),
            signer: Arc::new(signer),
            pages: Router::new(),
            pages_on_app_hosts: Router::new(),
            draw: Arc::new(|page| page.key.to_owned()),
            way_back: Arc::new(Nowhere),
            departures: Arc::new(Nowhere),
            forms: Arc::new(Kept(choices.kept, FormRoom::default())),
            clock: trap.clone(),
            chance: trap.clone(),
            own_metrics: metrics.app("vestibule"),
            metrics,
            id_prefix: "test-".to_owned(),
            id_next: Arc::default(),
            log_requests: choices.log_requests,
        });
        let gateway = Gateway::new(Arc::new(ArcSwap::new(shared.clone())));
        let stop = watch::channel(false).0;
        let streams = gateway.streams();
        Self { shared, trap, streams, proxy: listener::proxy(gateway), stop }
    }

    /// A client's end of a new connection from this address.
    pub fn connect(&self, from: &str) -> UnixStream {
        self.connect_to(from, Marks::default())
    }

    /// The same, to a listener for something else.
    pub fn connect_to(&self, from: &str, marks: Marks) -> UnixStream {
        let (client, wire) = self.wire(from, marks);
        let (proxy, stop) = (self.proxy.clone(), self.stop.subscribe());
        tokio::spawn(async move {
            ServerApp::process_new(&proxy, Box::new(wire.await), &stop).await;
        });
        client
    }

    fn wire(
        &self,
        from: &str,
        marks: Marks,
    ) -> (UnixStream, impl Future<Output = ClientWire> + use<>) {
        let (client, server) = UnixStream::pair().unwrap();
        let connection = Connection {
            cut: Arc::default(),
            peer: Peer::Address(from.parse::<SocketAddr>().unwrap()),
            told: None,
            tls: None,
            marks,
        };
        let transport = ClientTransport::Plain(Socket::Unix(server));
        let accepted =
            ClientWire::accept(transport, Arc::new(connection), 0, self.shared.metrics.clone());
        (client, async { accepted.await.unwrap() })
    }

    /// A gateway whose phases a test calls itself, and this request of HTTP/1 to it.
    pub async fn phases(&self, request: &[u8]) -> (Gateway, UnixStream, Session) {
        let (mut client, wire) = self.wire(CLIENT, Marks::default());
        client.write_all(request).await.unwrap();
        let mut session = Session::new_h1(Box::new(wire.await));
        assert!(session.read_request().await.unwrap());
        (Gateway::new(Arc::new(ArcSwap::new(self.shared.clone()))), client, session)
    }

    /// The same, over which HTTP/2 is spoken.
    pub async fn connect_http2(&self, from: &str) -> h2::client::SendRequest<bytes::Bytes> {
        let (sender, connection) = h2::client::handshake(self.connect(from)).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

/// What is logged by this test, which must stay on one thread.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// From now on, until the guard is dropped.
    pub fn written() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let written = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || written.clone());
        (lines, tracing::subscriber::set_default(subscriber.finish()))
    }

    /// Those with this in them.
    pub fn with(&self, part: &str) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
