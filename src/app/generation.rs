//! What one configuration makes: use cases, pages, apps and rules. A reload
//! makes another of these on the same ground.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::Router;

use super::chores::{Chores, Steady};
use super::data_folder::DataFolder;
use super::measured_store::MeasuredStore;
use super::ports::{DeparturesPort, FormsPort, WayBackPort};
use super::pushing::Pushing;
use super::reception::hsts;
use super::{Ready, StartError, clock, reserve};
use crate::config::Config;
use crate::crypto::assertion::{Rotation, Signer};
use crate::crypto::passkey::Passkeys;
use crate::crypto::{Chance, Hasher, HashingCost, SystemChance};
use crate::domain::{
    PasswordPolicy, PublicHost, SecondFactor, SessionLimits, SignInPolicy, Throttle,
};
use crate::flow::account::Accounts;
use crate::flow::key::Keys;
use crate::flow::{
    AfterSetUp, Browsers, Ground, Handovers, KeptPosts, MailSettings, Outbox, PhoneParts,
    Provision, Sessions, SignIn, SignInParts, Waker, WayBacks, YesNeeds,
};
use crate::gateway::crowd::Crowd;
use crate::gateway::protect::Protected;
use crate::gateway::refuse::{DrawPage, PageRequest};
use crate::gateway::route::{Allow, AppSettings, Routes};
use crate::gateway::session::SessionGate;
use crate::gateway::upstream;
use crate::gateway::upstream::resolve::{Resolver, SystemResolver};
use crate::gateway::{Denials, Shared};
use crate::notice::Post;
use crate::observe::{self, Audit, Metrics, Seldom};
use crate::operator::{Health, admin_router, health_router};
use crate::pages::{self, Pages};
use crate::store::{SessionReader, SledStore, SwitchStore};

/// How long provisional passwords can be used where no configuration says it.
const PROVISIONAL_LIFE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Opens a data folder that nobody else has open.
pub(super) fn open_ground(folder: &DataFolder) -> Result<(Ground, SwitchStore), StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(|error| failed(&error))?;
    observe::keep_aside(reserve::tend(folder)?);
    let chance: Arc<dyn Chance> = Arc::new(SystemChance::default());
    let sealer = folder.sealer(&*chance)?;
    let switch = SwitchStore::new(SledStore::open(&folder.store())?);
    let audit = Audit::open(&folder.audit(), metrics.audit_dropped.clone()).map_err(|error| {
        StartError::Data(format!("{} cannot be written: {error}", folder.audit().display()))
    })?;
    let (clock, metrics) = (clock(), Arc::new(metrics));
    let store = switch.clone();
    let store = MeasuredStore { store, clock: clock.clone(), metrics: metrics.clone() };
    let sealer = Arc::new(sealer);
    let store = Arc::new(store);
    Ok((Ground { store, chance, clock, sealer, metrics, audit }, switch))
}

/// What every way of using a data folder needs.
pub(super) struct Base {
    pub ground: Ground,
    hasher: Hasher,
    provision: Provision,
    outbox: Outbox,
    pub accounts: Accounts,
}

impl Base {
    /// On an open ground; without a configuration no mail is sent.
    pub fn new(
        ground: Ground,
        config: Option<&Config>,
        public_url: &str,
        hashing_threads: usize,
    ) -> Result<Self, StartError> {
        let cost = config.map_or_else(HashingCost::default, |config| config.hashing);
        let hasher = Hasher::start(hashing_threads, cost);
        let hasher = hasher.map_err(|error| StartError::Failed(error.to_string()))?;
        let life = config.map_or(PROVISIONAL_LIFE, |config| config.sign_in.provisional_life);
        let provision = Provision::new(ground.clone(), hasher.clone(), life);
        let mail = config.and_then(|config| mail_settings(config, public_url).transpose());
        let outbox = Outbox::new(ground.clone(), mail.transpose()?.map(Arc::new));
        let accounts =
            Accounts::new(ground.clone(), hasher.clone(), provision.clone(), outbox.clone());
        Ok(Self { ground, hasher, provision, outbox, accounts })
    }
}

fn mail_settings(config: &Config, public_url: &str) -> Result<Option<MailSettings>, StartError> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let post = Post::new(mail.post.clone());
    Ok(Some(MailSettings {
        post: post.map_err(|error| StartError::Failed(error.to_string()))?,
        brand: config.brand.clone(),
        public_url: public_url.to_owned(),
        password_mail: mail.password_mail,
    }))
}

/// What outlives a reload.
pub(super) struct Lasting {
    pub ground: Ground,
    /// The store of the ground, as what can change hands.
    pub store: SwitchStore,
    pub ready: Ready,
    pub signer: Arc<Signer>,
    pub keys: Arc<Keys>,
    /// Looks up names of apps.
    pub resolver: Arc<dyn Resolver>,
    /// How much goes on at once.
    pub crowd: Arc<Crowd>,
    /// Whether new work is taken.
    pub serving: Arc<AtomicBool>,
    /// What every request id of this process begins with.
    id_prefix: String,
}

impl Lasting {
    pub fn new(
        (ground, store): (Ground, SwitchStore),
        ready: Ready,
        crowd: Arc<Crowd>,
    ) -> Result<Self, StartError> {
        let mut prefix = [0; 8];
        let drawn = ground.chance.fill(&mut prefix);
        drawn.map_err(|error| StartError::Failed(error.to_string()))?;
        let hex: String = prefix.iter().map(|byte| format!("{byte:02x}")).collect();
        let signer = Arc::new(Signer::default());
        let keys = Arc::new(Keys::new(ground.clone(), Rotation::default(), signer.clone()));
        let serving = Arc::new(AtomicBool::new(true));
        let resolver = Arc::new(SystemResolver);
        Ok(Self {
            resolver,
            crowd,
            ground,
            store,
            ready,
            signer,
            keys,
            serving,
            id_prefix: format!("{hex}-"),
        })
    }
}

/// Everything that one configuration makes.
pub(super) struct Generation {
    /// For the workers.
    pub shared: Arc<Shared>,
    /// For the operator's listener.
    pub health: Router,
    /// For commands.
    pub admin: Router,
    pub accounts: Accounts,
    pub sign_in: SignIn,
    pub chores: Chores,
}

impl Generation {
    /// Makes it; nothing of it is at work yet. `before` is the one that it
    /// takes the place of.
    pub async fn make(
        config: &Config,
        lasting: &Lasting,
        before: Option<&Shared>,
    ) -> Result<Self, StartError> {
        let public_url = &lasting.ready.public_url;
        let ground = lasting.ground.clone();
        let pushing = Pushing::start(config, &ground, public_url).await?;
        let base = Base::new(ground, Some(config), public_url, config.hashing_threads)?;
        let flows = Flows::new(Some(config), &base, public_url, pushing.waker);
        let shared = shared(config, lasting, &flows, (before, pushing.application_server_key));
        upstream::look_up_all(&shared.routes, &*lasting.resolver).await;
        let health = Health {
            metrics: base.ground.metrics.clone(),
            accounts: base.accounts.clone(),
            serving: lasting.serving.clone(),
        };
        Ok(Self {
            shared,
            health: health_router(health),
            admin: admin_router(base.accounts.clone(), flows.sign_in.clone()),
            accounts: base.accounts,
            sign_in: flows.sign_in.clone(),
            chores: Chores {
                waking: pushing.waking,
                steady: Steady {
                    outbox: base.outbox,
                    provision: base.provision,
                    keys: lasting.keys.clone(),
                    sessions: flows.sessions,
                    sign_in: flows.sign_in,
                    way_backs: flows.way_backs,
                    handovers: flows.handovers,
                    clock: base.ground.clock.clone(),
                },
            },
        })
    }
}

/// The use cases of visitors.
pub(super) struct Flows {
    sessions: Sessions,
    pub sign_in: SignIn,
    way_backs: WayBacks,
    handovers: Handovers,
}

impl Flows {
    /// Without a configuration only what operators ask about half-done sign-ins
    /// works, which needs none of the settings.
    pub fn new(config: Option<&Config>, base: &Base, public_url: &str, waker: Waker) -> Self {
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
            passwords: config
                .map_or_else(PasswordPolicy::portal, |config| config.passwords.clone()),
            throttle: Throttle::default(),
            sessions: sessions.clone(),
            phones: PhoneParts {
                public_url: public_url.to_owned(),
                digits: config.map_or(2, |config| config.sign_in.approval_digits),
                waker,
                push_hosts: config.and_then(|config| Some(config.push.as_ref()?.hosts.clone())),
                yes: config.map_or(YesNeeds::Signature, |config| config.sign_in.approval_yes),
            },
            outbox: base.outbox.clone(),
            issuer: config.map_or_else(String::new, |config| config.brand.name.clone()),
            after_set_up: config.map_or(AfterSetUp::GoOn, |config| config.sign_in.after_set_up),
        };
        Self {
            sessions,
            sign_in: SignIn::new(base.ground.clone(), parts),
            way_backs: WayBacks::new(base.ground.clone()),
            handovers: Handovers::new(base.ground.clone(), limits, public_url.to_owned()),
        }
    }
}

fn shared(
    config: &Config,
    lasting: &Lasting,
    flows: &Flows,
    (before, application_server_key): (Option<&Shared>, String),
) -> Arc<Shared> {
    let (ground, public_url) = (&lasting.ground, &lasting.ready.public_url);
    let address = |place: &String| place.parse::<SocketAddr>().ok();
    let bound = lasting.ready.listen.iter().find_map(address).map(|address| address.port());
    let home = config.public_url.home(bound);
    let mut apps = config.apps.clone();
    for host in apps.iter_mut().flat_map(|app| &mut app.hosts) {
        host.port = crate::config::filled(host.port, bound);
    }
    let kept_posts = KeptPosts::new(ground.clone());
    let bytes_max = config.kept_form_bytes;
    let forms = FormsPort::new(kept_posts.clone(), ground.metrics.clone(), bytes_max);
    let pages = Arc::new(Pages {
        kept_posts,
        sign_in: flows.sign_in.clone(),
        sessions: flows.sessions.clone(),
        way_backs: flows.way_backs.clone(),
        browsers: Browsers::new(ground.clone()),
        keys: lasting.keys.clone(),
        metrics: ground.metrics.clone(),
        guides: pages::guide::Guides::default(),
        brand: config.brand.clone(),
        public_url: public_url.clone(),
        application_server_key,
        handovers: flows.handovers.clone(),
        portal: portal_of(&apps, &home),
    });
    // What is known of sessions outlives a reload; only their limits are new.
    let sessions = match before {
        Some(before) => before.sessions.clone(),
        None => {
            let reader = SessionReader::new(ground.store.clone(), config.session);
            SessionGate::new(reader, ground.clock.clone())
        }
    };
    let denials = before.map_or_else(
        || Arc::new(Denials::new(ground.audit.clone())),
        |before| before.denials.clone(),
    );
    let first = before.map_or(0, |before| before.routes.next_index());
    let (brand, address) = (config.brand.clone(), public_url.clone());
    let draw: DrawPage = Arc::new(move |page: PageRequest<'_>| {
        let refusal = pages::Refusal {
            key: page.key,
            status: page.status,
            picked_language: page.picked_language,
            accept_language: page.accept_language,
            request_id: page.request_id,
            framed: page.framed,
        };
        pages::draw(&brand, &address, refusal)
    });
    Arc::new(Shared {
        public_url: public_url.clone(),
        protected: Protected::new(config.apps.iter().map(|app| &app.dialect)),
        routes: Routes::new(apps, home, &ground.metrics, first),
        sessions,
        denials,
        signer: lasting.signer.clone(),
        pages_on_app_hosts: pages::router_on_app_hosts(pages.clone()),
        pages: pages::router(pages),
        draw,
        way_back: Arc::new(WayBackPort(flows.way_backs.clone())),
        forms: Arc::new(forms),
        departures: Arc::new(DeparturesPort {
            flow: flows.handovers.clone(),
            clock: ground.clock.clone(),
            faults: Seldom::default(),
        }),
        clock: ground.clock.clone(),
        chance: ground.chance.clone(),
        own_metrics: ground.metrics.app("vestibule"),
        metrics: ground.metrics.clone(),
        id_prefix: lasting.id_prefix.clone(),
        id_next: before.map_or_else(Arc::default, |before| before.id_next.clone()),
        log_requests: config.log_requests,
        trusted_proxies: Arc::new(config.trusted_proxies.clone()),
        crowd: lasting.crowd.clone(),
        client_bytes_per_second_min: config.connections.bytes_per_second_min,
        hsts: hsts(config),
        hsts_for_apps: config.connections.hsts_for_apps,
    })
}

/// Where people go who were not going anywhere in particular: the app on our own
/// host, else the first that somebody signs in for.
fn portal_of(apps: &[AppSettings], home: &PublicHost) -> Option<String> {
    if apps.iter().any(|app| app.hosts.iter().any(|host| host.name == home.name())) {
        return Some("/".to_owned());
    }
    let closed = |app: &&AppSettings| {
        app.rules.iter().any(|rule| !matches!(rule.allow, Allow::Everyone { .. }))
    };
    let mut hosts = apps.iter().filter(closed).flat_map(|app| &app.hosts);
    let host = hosts.find(|host| !host.name.starts_with("*."))?;
    Some(format!("{}/", PublicHost::of_app(host.https, &host.name, host.port).origin()))
}
