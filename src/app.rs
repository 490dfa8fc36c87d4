//! The only place where concrete parts meet: store, clock, flows, gateway and
//! pages become a program here.

mod certificates;
mod chores;
mod command_sockets;
mod control;
mod data_folder;
mod disk_fault;
mod doors;
mod generation;
mod house;
mod measured_store;
mod ports;
mod pushing;
mod reception;
mod reload;
mod reserve;
mod succession;
mod supervisor;
mod system_clock;
mod upgrade;
mod worker;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::config::{Config, Fault};
use crate::crypto::assertion::Rotation;
use crate::crypto::{SealError, provider};
use crate::flow::key::{KeyError, Keys};
use crate::flow::{Ground, Waker};
use crate::gateway::Gateway;
use crate::gateway::crowd::Crowd;
use crate::gateway::listener::{self, BindError, Place, Slots};
use crate::gateway::tls::TlsError;
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::operator::{Door, admin_router};
use crate::store::OpenError;
use crate::store::remote::Ears;

use certificates::CertificateWatch;
pub use certificates::check_certificates;
pub use control::Running;
use data_folder::DataFolder;
pub use data_folder::check_data_folder;
use generation::{Base, Flows, Generation, Lasting, open_ground};
use reception::receptions;
use succession::{Predecessor, Sockets};
pub use supervisor::Supervisor;
pub use system_clock::clock;
pub use upgrade::{Program, Upgrading};
use worker::{Phases, Worker};

/// How long a command waits for a data folder that another command holds.
const FOLDER_PATIENCE: Duration = Duration::from_secs(5);

/// Why the program did not start. Each kind has an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration has faults.
    #[error("{}", faults_text(.0))]
    Config(Vec<Fault>),
    /// So it has, and no gateway runs that a command could speak to without it.
    #[error(
        "{}\nno gateway runs that could be asked all the same; mend the file, or name the data \
         folder with --data in the place of --config",
        faults_text(.0)
    )]
    Unasked(Vec<Fault>),
    /// A certificate cannot be used.
    #[error("server.listen: {0}")]
    Certificate(#[from] TlsError),
    /// An address cannot be listened on.
    #[error("{error}; {advice}")]
    Address {
        /// Which, and why.
        error: BindError,
        /// What to do.
        advice: String,
    },
    /// The data folder cannot be used.
    #[error("{0}")]
    Data(String),
    /// Somebody else has the data folder.
    #[error("{0}")]
    InUse(String),
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
            Self::Config(_) | Self::Unasked(_) | Self::Certificate(_) => 3,
            Self::Address { .. } => 4,
            Self::Data(_) | Self::InUse(_) => 5,
        }
    }

    fn address(error: BindError, key: &str) -> Self {
        let advice = match error.source.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!(
                    "it is in use by another program, or by a gateway that runs already (for that \
                     one there are `vestibule reload` and `vestibule upgrade`): stop that one, or \
                     change {key} listen"
                )
            }
            _ => format!("change {key} listen to an address of this machine"),
        };
        Self::Address { error, advice }
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::InUse { .. } => Self::InUse(format!(
                "{error}: stop the other one, or give this one a data_dir of its own"
            )),
            OpenError::Damaged { .. } => {
                Self::Data(format!("{error}: restore the backup of the data folder"))
            }
            OpenError::Failed { .. } => Self::Data(format!(
                "{error}: check data_dir, its permissions and the space on its disk"
            )),
        }
    }
}

/// The way to the gateway that runs on a data folder, if one does. It has read
/// its configuration, so nothing more than the folder need be known.
pub async fn door_of_running(data: &Path) -> Option<LocalDoor> {
    let socket = DataFolder::admin_socket_in(data);
    tokio::net::UnixStream::connect(&socket).await.ok()?;
    Some(LocalDoor { door: Door::Socket(socket), base: None })
}

/// The way to the accounts of a data folder: through the gateway that runs on
/// it, or straight to its store where none does.
///
/// # Errors
///
/// Where the folder cannot be used, or stays in use by something that is no
/// running gateway.
pub async fn open_door(config: Option<&Config>, data: &Path) -> Result<LocalDoor, StartError> {
    if let Some(door) = door_of_running(data).await {
        return Ok(door);
    }
    let folder = DataFolder::find(data)?;
    let deadline = tokio::time::Instant::now() + FOLDER_PATIENCE;
    loop {
        if let Some(door) = door_of_running(folder.path()).await {
            return Ok(door);
        }
        let base = open_ground(&folder).and_then(|(ground, _)| {
            let public_url = config.map(|config| config.public_url.text(None)).unwrap_or_default();
            Base::new(ground, config, &public_url, 1)
        });
        match base {
            Ok(base) => {
                check_seal(&folder, &base.ground).await?;
                let flows = Flows::new(config, &base, "", Waker::default());
                let door = Door::Here(admin_router(base.accounts.clone(), flows.sign_in));
                return Ok(LocalDoor { door, base: Some(base) });
            }
            // Another command, or a gateway that is just starting: wait a bit.
            Err(StartError::InUse(_)) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Looks whether the sealing key is the one of the store: what is sealed with
/// another could not be read by the gateway.
async fn check_seal(folder: &DataFolder, ground: &Ground) -> Result<(), StartError> {
    let keys = Keys::new(ground.clone(), Rotation::default(), Arc::default());
    keys.check(ground.clock.now()).await.map_err(|error| keys_unusable(folder, &error))
}

fn keys_unusable(folder: &DataFolder, error: &KeyError) -> StartError {
    StartError::Data(match error {
        KeyError::Sealed { source: SealError::OtherKey, .. } => format!(
            "the store in {} was sealed with another key than its seal.key: \
             put the right one back from the backup of this folder",
            folder.path().display()
        ),
        other => format!("the signing keys cannot be used: {other}"),
    })
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

/// How a gateway starts.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What the configuration is read from again; without one it cannot be.
    pub file: Option<PathBuf>,
    /// Whether it takes the place of the one that runs on the data folder.
    pub take_over: bool,
    /// What is started for an upgrade; without it there is none.
    pub program: Option<Program>,
    /// Who hears how it goes.
    pub supervisor: Supervisor,
}

/// Starts a gateway. It runs until [`Running::stop`].
///
/// # Errors
///
/// [`StartError`]; nothing is left running then, and one whose place was to be
/// taken goes on.
pub fn start(config: Config, start: Start) -> Result<Running, StartError> {
    provider::install();
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&error))?;
    let mut predecessor = match start.take_over {
        true => {
            let folder = DataFolder::open(&config.data_dir)?;
            Some(runtime.block_on(Predecessor::meet(&folder.successor_socket()))?)
        }
        false => None,
    };
    let mut socket = |place: &Place, key: &str| {
        let taken = predecessor.as_mut().and_then(|before| before.sockets.take(place));
        let bound = taken.map_or_else(|| listener::bind_place(place), Ok);
        let bound = bound.map_err(|error| StartError::address(error, key))?;
        Ok::<_, StartError>((place.to_string(), bound))
    };
    let mut sockets = Vec::new();
    for listen in &config.listen {
        sockets.push(socket(&listen.place, "[server]")?);
    }
    let places: Result<Vec<_>, _> = sockets.iter().map(|(_, bound)| bound.place()).collect();
    let places = places.map_err(|error| failed(&error))?;
    let operator = socket(&Place::Tcp(config.operator_listen), "[operator]")?;
    let port = |place: &Place| match place {
        Place::Tcp(address) => Some(*address),
        Place::Unix(_) => None,
    };
    let ready = Ready {
        event: "listening",
        operator: operator.1.place().ok().as_ref().and_then(port).unwrap_or(config.operator_listen),
        public_url: config.public_url.text(places.iter().find_map(port).map(|at| at.port())),
        listen: places.iter().map(Place::to_string).collect(),
    };

    // Before the one whose place we take lets go of anything.
    check_certificates(&config).map_err(StartError::Config)?;
    let folder = DataFolder::open(&config.data_dir)?;
    let limits = config.connections;
    let most = worker::affordable(config.connections_max, "server.connections_max");
    let slots = Arc::new(Slots::new(most, limits.per_address));
    let most = worker::affordable(limits.exchanges_max.or(Some(most)), "server.exchanges_max");
    let crowd = Arc::new(Crowd::new(most, limits.exchanges_per_address));
    if let Some(predecessor) = &mut predecessor {
        runtime.block_on(predecessor.let_go())?;
    }
    let lasting = Lasting::new(open_ground(&folder)?, ready, crowd)?;
    // Before anybody is served: what ends here must end there as well.
    let predecessor = predecessor.map(|before| (before, Ears::open(&*lasting.ground.store)));
    let certificates = CertificateWatch::open(&config, &lasting.ground)?;
    let receptions = receptions(&config, &certificates, &slots, &lasting.ground.metrics);
    let made = runtime.block_on(Generation::make(&config, &lasting, None))?;
    let now = lasting.ground.clock.now();
    // Nobody is served before there is a key to sign with.
    runtime.block_on(lasting.keys.tend(now)).map_err(|error| keys_unusable(&folder, &error))?;
    let shared = Arc::new(ArcSwap::new(made.shared.clone()));
    let phases = Phases::new();
    let (mut workers, mut turns) = (Vec::new(), Vec::new());
    for number in 0..config.workers {
        let own: Result<Vec<_>, _> = sockets.iter().map(|(_, bound)| bound.try_clone()).collect();
        let own = own.map_err(|error| failed(&error))?;
        let (worker, turn) = worker::start(Worker {
            number,
            listeners: own.into_iter().zip(receptions.iter().cloned()).collect(),
            gateway: Gateway::new(shared.clone()),
            metrics: lasting.ground.metrics.clone(),
            phases: phases.clone(),
        })?;
        workers.push(worker);
        turns.push(turn);
    }
    sockets.push(operator);
    lasting.ground.audit.record(&Event::Started, Around::default(), now);
    lasting.ground.metrics.config.running(&config.checksum);
    control::run(control::Parts {
        runtime,
        sockets: Sockets(sockets),
        folder,
        file: start.file,
        config,
        lasting,
        shared,
        made,
        workers,
        phases,
        predecessor,
        certificates,
        program: start.program,
        supervisor: start.supervisor,
        turns,
    })
}
