//! The only place where concrete parts meet: store, clock, flows, gateway and
//! pages become a program here.

mod certificates;
mod control;
mod data_folder;
mod measured_store;
mod pushing;
mod reception;
mod system_clock;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::config::{Config, Fault};
use crate::crypto::assertion::{Rotation, Signer};
use crate::crypto::passkey::Passkeys;
use crate::crypto::{Chance, Hasher, HashingCost, SystemChance, Token, provider};
use crate::domain::{PasswordPolicy, SecondFactor, SessionLimits, SignInPolicy, Throttle};
use crate::flow::account::Accounts;
use crate::flow::key::Keys;
use crate::flow::{
    AfterSetUp, Browsers, Ground, MailSettings, Outbox, PhoneParts, Provision, Sessions, SignIn,
    SignInParts, Ticket, Waker, WayBacks,
};
use crate::gateway::listener::{self, BindError, Bound, Place, Slots};
use crate::gateway::protect::Protected;
use crate::gateway::refuse::{DrawPage, PageRequest};
use crate::gateway::route::Routes;
use crate::gateway::session::SessionGate;
use crate::gateway::tls::TlsError;
use crate::gateway::{Gateway, Shared, WayBack};
use crate::notice::Post;
use crate::observe::audit::Around;
use crate::observe::{Audit, Event, Metrics};
use crate::operator::{Door, admin_router};
use crate::pages::{self, Pages};
use crate::store::{OpenError, SessionReader, SledStore};

use certificates::CertificateWatch;
pub use certificates::check_certificates;
pub use control::Running;
use data_folder::DataFolder;
use measured_store::MeasuredStore;
use pushing::Pushing;
use reception::{hsts, receptions};
pub use system_clock::clock;

/// How long a command waits for a data folder that another command holds.
const FOLDER_PATIENCE: Duration = Duration::from_secs(5);

/// Why the program did not start. Each kind has an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration has faults.
    #[error("{}", faults_text(.0))]
    Config(Vec<Fault>),
    /// An address cannot be listened on.
    #[error("{error}; {advice}")]
    Address {
        /// Which, and why.
        error: BindError,
        /// What to do.
        advice: String,
    },
    /// A certificate cannot be used.
    #[error("server.listen: {0}")]
    Certificate(#[from] TlsError),
    /// The data folder cannot be used.
    #[error("{0}")]
    Data(String),
    /// Something else.
    #[error("{0}")]
    Failed(String),
}

fn faults_text(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

impl StartError {
    /// The documented exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Config(_) | Self::Certificate(_) => 3,
            Self::Address { .. } => 4,
            Self::Data(_) => 5,
        }
    }

    fn address(error: BindError, key: &str) -> Self {
        let advice = match error.source.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("it is in use by another program: stop that one, or change {key} listen")
            }
            _ => format!("change {key} listen to an address of this machine"),
        };
        Self::Address { error, advice }
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::InUse { .. } => Self::Data(format!(
                "{error}: stop the other one, or give this one a data_dir of its own"
            )),
            OpenError::Failed { .. } => Self::Data(format!(
                "{error}: check data_dir, its permissions and the space on its disk"
            )),
        }
    }
}

/// What every way of using a data folder needs.
struct Base {
    ground: Ground,
    hasher: Hasher,
    provision: Provision,
    outbox: Outbox,
    accounts: Accounts,
}

/// How long provisional passwords can be used where no configuration says it.
const PROVISIONAL_LIFE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Opens a data folder that nobody else has open.
fn open_base(
    folder: &DataFolder,
    config: Option<&Config>,
    bound: Option<u16>,
    hashing_threads: usize,
) -> Result<Base, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(|error| failed(&error))?;
    let store = SledStore::open(&folder.store())?;
    let chance: Arc<dyn Chance> = Arc::new(SystemChance::default());
    let sealer = folder.sealer(&*chance)?;
    let audit = Audit::open(&folder.audit(), metrics.audit_dropped.clone()).map_err(|error| {
        StartError::Data(format!("{} cannot be written: {error}", folder.audit().display()))
    })?;
    let (clock, metrics) = (clock(), Arc::new(metrics));
    let store = MeasuredStore { store, clock: clock.clone(), metrics: metrics.clone() };
    let ground =
        Ground { store: Arc::new(store), chance, clock, sealer: Arc::new(sealer), metrics, audit };
    let cost = config.map_or_else(HashingCost::default, |config| config.hashing);
    let hasher = Hasher::start(hashing_threads, cost).map_err(|error| failed(&error))?;
    let life = config.map_or(PROVISIONAL_LIFE, |config| config.sign_in.provisional_life);
    let provision = Provision::new(ground.clone(), hasher.clone(), life);
    let mail = config.and_then(|config| mail_settings(config, bound).transpose()).transpose()?;
    let outbox = Outbox::new(ground.clone(), mail.map(Arc::new));
    let accounts = Accounts::new(ground.clone(), hasher.clone(), provision.clone(), outbox.clone());
    Ok(Base { ground, hasher, provision, outbox, accounts })
}

fn mail_settings(config: &Config, bound: Option<u16>) -> Result<Option<MailSettings>, StartError> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let post = Post::new(mail.post.clone());
    Ok(Some(MailSettings {
        post: post.map_err(|error| StartError::Failed(error.to_string()))?,
        brand: config.brand.clone(),
        public_url: config.public_url.text(bound),
        password_mail: mail.password_mail,
    }))
}

/// The way to the accounts of a data folder: through the gateway that runs on
/// it, or straight to its store where none does.
///
/// # Errors
///
/// Where the folder cannot be used, or stays in use by something that is no
/// running gateway.
pub async fn open_door(config: Option<&Config>, data: &Path) -> Result<LocalDoor, StartError> {
    let folder = DataFolder::open(data)?;
    let socket = folder.admin_socket();
    let deadline = tokio::time::Instant::now() + FOLDER_PATIENCE;
    loop {
        if tokio::net::UnixStream::connect(&socket).await.is_ok() {
            return Ok(LocalDoor { door: Door::Socket(socket), base: None });
        }
        match open_base(&folder, config, None, 1) {
            Ok(base) => {
                let flows = flows(config, &base, "", Waker::default());
                let door = Door::Here(admin_router(base.accounts.clone(), flows.sign_in));
                return Ok(LocalDoor { door, base: Some(base) });
            }
            // Another command, or a gateway that is just starting: wait a bit.
            Err(StartError::Data(_)) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A door, and what keeps it open.
pub struct LocalDoor {
    /// The door.
    pub door: Door,
    base: Option<Base>,
}

impl std::fmt::Debug for LocalDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.door.fmt(f)
    }
}

impl LocalDoor {
    /// Waits until what was recorded is on the disk.
    pub fn close(self) {
        if let Some(base) = self.base {
            base.ground.audit.flush(Duration::from_secs(5));
        }
    }
}

/// Where a gateway that runs can be reached.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Ready {
    /// Always `listening`.
    pub event: &'static str,
    /// Where visitors are served.
    pub listen: Vec<String>,
    /// Where the operator is served.
    pub operator: SocketAddr,
    /// Where our pages are.
    pub public_url: String,
}

/// Joins the gateway's port to the flow that keeps ways back.
struct WayBackPort(WayBacks);

#[async_trait]
impl WayBack for WayBackPort {
    async fn keep(&self, ticket: Token, path: String) {
        self.0.keep(&Ticket::from_token(ticket), path).await;
    }
}

/// Starts a gateway. It runs until [`Running::stop`].
///
/// # Errors
///
/// [`StartError`]; nothing is left running then.
pub fn start(config: Config) -> Result<Running, StartError> {
    provider::install();
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let mut listeners = Vec::new();
    for listen in &config.listen {
        let bound = listener::bind_place(&listen.place);
        listeners.push(bound.map_err(|error| StartError::address(error, "[server]"))?);
    }
    let operator = listener::bind(config.operator_listen)
        .map_err(|error| StartError::address(error, "[operator]"))?;
    let places: Result<Vec<_>, _> = listeners.iter().map(Bound::place).collect();
    let places = places.map_err(|error| failed(&error))?;
    let bound = places.iter().find_map(|place| match place {
        Place::Tcp(address) => Some(address.port()),
        Place::Unix(_) => None,
    });
    let ready = Ready {
        event: "listening",
        operator: operator.local_addr().map_err(|error| failed(&error))?,
        public_url: config.public_url.text(bound),
        listen: places.iter().map(Place::to_string).collect(),
    };

    let folder = DataFolder::open(&config.data_dir)?;
    let base = open_base(&folder, Some(&config), bound, config.hashing_threads)?;
    let serving = Arc::new(AtomicBool::new(true));
    let signer = Arc::new(Signer::default());
    let keys = Arc::new(Keys::new(base.ground.clone(), Rotation::default(), signer.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&error))?;
    let pushing = runtime.block_on(Pushing::start(&config, &base.ground, &ready.public_url))?;
    let flows = flows(Some(&config), &base, &ready.public_url, pushing.waker);
    let key = pushing.application_server_key;
    let shared = shared(&config, &base, (&ready, key), signer, keys.clone(), &flows)?;
    let (stop, stopped) = watch::channel(false);
    let most = control::affordable(config.connections_max);
    let slots = Arc::new(Slots::new(most, config.connections.per_address));
    let certificates = CertificateWatch::open(&config, &base.ground)?;
    let receptions = receptions(&config, &certificates, &slots, &base.ground.metrics);

    let now = base.ground.clock.now();
    // Nobody is served before there is a key to sign with.
    runtime
        .block_on(keys.tend(now))
        .map_err(|error| StartError::Data(format!("the signing keys cannot be used: {error}")))?;
    let mut workers = Vec::new();
    for number in 0..config.workers {
        let own: Result<Vec<_>, _> = listeners.iter().map(Bound::try_clone).collect();
        let own = own.map_err(|error| failed(&error))?;
        workers.push(control::worker(control::Worker {
            number,
            listeners: own.into_iter().zip(receptions.iter().cloned()).collect(),
            gateway: Gateway::new(shared.clone()),
            metrics: base.ground.metrics.clone(),
            stopped: stopped.clone(),
        })?);
    }
    base.ground.audit.record(&Event::Started, Around::default(), now);
    control::run(control::Parts {
        runtime,
        operator,
        admin_socket: folder.admin_socket(),
        ground: base.ground,
        accounts: base.accounts,
        provision: base.provision,
        outbox: base.outbox,
        keys,
        sessions: flows.sessions,
        sign_in: flows.sign_in,
        way_backs: flows.way_backs,
        waking: pushing.waking,
        certificates,
        serving,
        stop,
        stopped,
        workers,
        ready,
        folder,
    })
}

/// The use cases of visitors.
struct Flows {
    sessions: Sessions,
    sign_in: SignIn,
    way_backs: WayBacks,
}

/// Without a configuration only what operators ask about half-done sign-ins
/// works, which needs none of the settings.
fn flows(config: Option<&Config>, base: &Base, public_url: &str, waker: Waker) -> Flows {
    let limits = config.map_or_else(SessionLimits::default, |config| config.session);
    let sessions = Sessions::new(base.ground.clone(), limits);
    let name = config.map_or("", |config| config.brand.name.as_str());
    // An address of numbers has none; then they are not offered.
    let passkeys = Passkeys::new(public_url, name).ok();
    let parts = SignInParts {
        hasher: base.hasher.clone(),
        policy: SignInPolicy {
            second_factor: config
                .map_or(SecondFactor::Required, |config| config.sign_in.second_factor),
            trust: config.map_or(Duration::ZERO, |config| config.sign_in.trust),
        },
        offers: config.map_or_else(Vec::new, |config| config.sign_in.offers.clone()),
        passkeys,
        passwords: config.map_or_else(PasswordPolicy::portal, |config| config.passwords.clone()),
        throttle: Throttle::default(),
        sessions: sessions.clone(),
        phones: PhoneParts {
            public_url: public_url.to_owned(),
            digits: config.map_or(2, |config| config.sign_in.approval_digits),
            waker,
            push_hosts: config.and_then(|config| Some(config.push.as_ref()?.hosts.clone())),
        },
        outbox: base.outbox.clone(),
        issuer: config.map_or_else(String::new, |config| config.brand.name.clone()),
        after_set_up: config.map_or(AfterSetUp::GoOn, |config| config.sign_in.after_set_up),
    };
    Flows {
        sessions,
        sign_in: SignIn::new(base.ground.clone(), parts),
        way_backs: WayBacks::new(base.ground.clone()),
    }
}

fn shared(
    config: &Config,
    base: &Base,
    (ready, application_server_key): (&Ready, String),
    signer: Arc<Signer>,
    keys: Arc<Keys>,
    flows: &Flows,
) -> Result<Arc<Shared>, StartError> {
    let ground = &base.ground;
    let own_host = config.public_url.host.clone();
    let has_app = config.apps.iter().any(|app| app.hosts.contains(&own_host));
    let pages = Arc::new(Pages {
        sign_in: flows.sign_in.clone(),
        sessions: flows.sessions.clone(),
        way_backs: flows.way_backs.clone(),
        browsers: Browsers::new(ground.clone()),
        keys,
        metrics: ground.metrics.clone(),
        guides: pages::guide::Guides::default(),
        brand: config.brand.clone(),
        public_url: ready.public_url.clone(),
        application_server_key,
        portal: has_app.then(|| "/".to_owned()),
    });
    let reader = SessionReader::new(ground.store.clone(), config.session);
    let gate = SessionGate::new(reader, ground.clock.clone());
    let (brand, public_url) = (config.brand.clone(), ready.public_url.clone());
    let draw: DrawPage = Arc::new(move |page: PageRequest<'_>| {
        let refusal = pages::Refusal {
            key: page.key,
            status: page.status,
            picked_language: page.picked_language,
            accept_language: page.accept_language,
            request_id: page.request_id,
            framed: page.framed,
        };
        pages::draw(&brand, &public_url, refusal)
    });
    let mut prefix = [0; 8];
    let drawn = ground.chance.fill(&mut prefix);
    drawn.map_err(|error| StartError::Failed(error.to_string()))?;
    let id_prefix: String = prefix.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Arc::new(Shared {
        public_url: ready.public_url.clone(),
        cookies: config.public_url.cookies(),
        trusted_proxies: Arc::new(config.trusted_proxies.clone()),
        hsts: hsts(config),
        hsts_for_apps: config.connections.hsts_for_apps,
        protected: Protected::new(config.apps.iter().map(|app| &app.dialect)),
        routes: Routes::new(config.apps.clone(), own_host, &ground.metrics),
        sessions: gate,
        signer,
        pages: pages::router(pages),
        draw,
        way_back: Arc::new(WayBackPort(flows.way_backs.clone())),
        clock: ground.clock.clone(),
        chance: ground.chance.clone(),
        own_metrics: ground.metrics.app("vestibule"),
        metrics: ground.metrics.clone(),
        id_prefix: format!("{id_prefix}-"),
        id_next: AtomicU64::new(1),
        log_requests: config.log_requests,
    }))
}

/// The data folder that a command is about.
pub fn data_of(config: Option<&Config>, data: Option<&PathBuf>) -> Option<PathBuf> {
    config.map(|config| config.data_dir.clone()).or_else(|| data.cloned())
}
