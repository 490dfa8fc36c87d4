//! Threads: one for each worker, one for everything that is not a visitor's
//! request.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use pingora::apps::HttpServerApp;
use tokio::net::UnixListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::certificates::CertificateWatch;
use super::{DataFolder, Ready, StartError};
use crate::flow::account::Accounts;
use crate::flow::key::Keys;
use crate::flow::{Ground, Outbox, Provision, Sessions, SignIn, Waking, WayBacks};
use crate::gateway::Gateway;
use crate::gateway::listener::{self, Bound, Reception};
use crate::gateway::tls::TlsError;
use crate::observe::audit::Around;
use crate::observe::{Event, Metrics};
use crate::operator::{Health, admin_router, health_router};

/// How often keys are looked after and expired records removed.
const TEND_EVERY: Duration = Duration::from_secs(300);
/// How often it is looked whether a mail is due.
const POST_EVERY: Duration = Duration::from_millis(500);
/// The longest wait for a mail server that is away.
const POST_AWAY_MAX: Duration = Duration::from_secs(60);
/// How often it is looked whether passwords wait to be hashed.
const HASH_EVERY: Duration = Duration::from_secs(1);
/// How often idle connections to apps are looked through.
const TIDY_EVERY: Duration = Duration::from_secs(15);
/// How long open requests may take after the gateway was told to stop.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// How often it is looked whether all have finished.
const DRAIN_STEP: Duration = Duration::from_millis(20);
/// Blocking tasks of one worker at once: name look-ups and the like.
const BLOCKING_THREADS: usize = 4;

/// Descriptors that the program needs beside connections.
const RESERVED_DESCRIPTORS: u64 = 128;

/// Connections at once where the operator says nothing.
const CONNECTIONS_DEFAULT: usize = 16_384;

/// As many of the wanted connections as there are descriptors for, two for
/// each: the client's and the app's. Raises the program's own limit first.
pub fn affordable(wanted: Option<usize>) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: before.maximum, maximum: before.maximum };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => before.maximum,
        Err(_) => before.current,
    };
    let most = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED_DESCRIPTORS) / 2);
    let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
    if let Some(wanted) = wanted
        && most < wanted
    {
        tracing::warn!(
            wanted,
            most,
            "fewer connections than server.connections_max: raise the limit of open files"
        );
    }
    wanted.unwrap_or(CONNECTIONS_DEFAULT).min(most)
}

/// What a worker needs.
pub struct Worker {
    /// Which one.
    pub number: usize,
    /// The sockets, shared by all workers, and how their connections come in.
    pub listeners: Vec<(Bound, Reception)>,
    /// Its gateway.
    pub gateway: Gateway,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Turns true when it must stop.
    pub stopped: watch::Receiver<bool>,
}

/// Starts a worker: one thread that shares nothing a request has to wait for.
pub fn worker(worker: Worker) -> Result<JoinHandle<()>, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(|error| failed(&error))?;
    std::thread::Builder::new()
        .name(format!("worker-{}", worker.number))
        .spawn(move || runtime.block_on(work(worker)))
        .map_err(|error| failed(&error))
}

async fn work(worker: Worker) {
    let Worker { number: _, listeners, gateway, metrics, mut stopped } = worker;
    let pool = gateway.pool();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDY_EVERY).await;
            pool.tidy();
        }
    });
    tokio::spawn(gateway.end_streams());
    let proxy = listener::proxy(gateway);
    for (bound, reception) in listeners {
        let (proxy, stopped) = (proxy.clone(), stopped.clone());
        tokio::spawn(async move {
            if let Err(error) = listener::serve(bound, proxy, reception, stopped).await {
                tracing::error!(%error, "a listener failed");
            }
        });
    }
    let _ = stopped.wait_for(|stop| *stop).await;
    // Closes connections that wait for their next request; the others finish.
    proxy.http_cleanup().await;
    let mut waited = Duration::ZERO;
    while metrics.connections.get() > 0 && waited < DRAIN_TIME {
        tokio::time::sleep(DRAIN_STEP).await;
        waited += DRAIN_STEP;
    }
}

/// What the control thread needs.
pub struct Parts {
    /// Its runtime.
    pub runtime: Runtime,
    /// The operator's socket.
    pub operator: TcpListener,
    /// Where commands are taken.
    pub admin_socket: PathBuf,
    /// What flows work with.
    pub ground: Ground,
    /// Accounts.
    pub accounts: Accounts,
    /// Signing keys.
    pub keys: Arc<Keys>,
    /// Sessions.
    pub sessions: Sessions,
    /// Half-done sign-ins.
    pub sign_in: SignIn,
    /// Where people were going.
    pub way_backs: WayBacks,
    /// Wakes phones, where that is set up.
    pub waking: Option<Waking>,
    /// The certificates of all listeners.
    pub certificates: CertificateWatch,
    /// Whether new work is taken.
    pub serving: Arc<AtomicBool>,
    /// Tells all to stop.
    pub stop: watch::Sender<bool>,
    /// Turns true when all must stop.
    pub stopped: watch::Receiver<bool>,
    /// The workers.
    pub workers: Vec<JoinHandle<()>>,
    /// Hashes what waits.
    pub provision: Provision,
    /// Sends mails.
    pub outbox: Outbox,
    /// Where the gateway is reached.
    pub ready: Ready,
    /// The data folder.
    pub folder: DataFolder,
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it is reached.
    pub ready: Ready,
    /// Its accounts, for the demo.
    pub accounts: Accounts,
    certificates: CertificateWatch,
    stop: watch::Sender<bool>,
    control: JoinHandle<()>,
}

impl Running {
    /// Serves certificates whose files changed; open connections go on. A pair
    /// that is not whole and valid is not taken: the one before it stays.
    ///
    /// # Errors
    ///
    /// The first pair that was not taken.
    pub fn reload_certificates(&self) -> Result<(), TlsError> {
        self.certificates.reload()
    }

    /// Stops it: open requests finish, everything recorded is on the disk when
    /// this returns.
    pub fn stop(self) {
        let _ = self.stop.send(true);
        if self.control.join().is_err() {
            tracing::error!("the control thread failed");
        }
    }
}

/// Starts the control thread.
pub fn run(parts: Parts) -> Result<Running, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let (ready, accounts) = (parts.ready.clone(), parts.accounts.clone());
    let certificates = parts.certificates.clone();
    let stop = parts.stop.clone();
    let admin = {
        let _inside = parts.runtime.enter();
        bind_admin(&parts.admin_socket)?
    };
    let control = std::thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || control(parts, admin))
        .map_err(|error| failed(&error))?;
    Ok(Running { ready, accounts, certificates, stop, control })
}

/// The socket lies in a folder that only our user may enter; a file left by a
/// gateway that was killed is in the way and nobody's.
fn bind_admin(path: &Path) -> Result<UnixListener, StartError> {
    let wrong = |error: &dyn std::fmt::Display| {
        StartError::Data(format!("{} cannot be listened on: {error}", path.display()))
    };
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(wrong(&error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(|error| wrong(&error))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|error| wrong(&error))?;
    Ok(listener)
}

fn control(parts: Parts, admin: UnixListener) {
    let Parts { runtime, operator, admin_socket, ground, accounts, .. } = parts;
    let (keys, sessions, serving) = (parts.keys, parts.sessions, parts.serving);
    let (sign_in, way_backs) = (parts.sign_in, parts.way_backs);
    let mut stopped = parts.stopped;
    let health = Health {
        metrics: ground.metrics.clone(),
        accounts: accounts.clone(),
        serving: serving.clone(),
    };
    runtime.block_on(async {
        tokio::spawn(serve_operator(operator, health_router(health)));
        tokio::spawn(serve_admin(admin, admin_router(accounts, sign_in.clone())));
        tokio::spawn(post(parts.outbox, parts.provision.clone()));
        tokio::spawn(hash_behind(parts.provision));
        tokio::spawn(parts.certificates.run());
        if let Some(waking) = parts.waking {
            tokio::spawn(waking.run());
        }
        let watched = sign_in.clone();
        let clock = ground.clock.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = keys.tend(clock.now()).await {
                    tracing::error!(%error, "signing keys were not looked after");
                }
                for swept in
                    [sessions.sweep().await, sign_in.recount().await, way_backs.recount().await]
                {
                    if let Err(error) = swept {
                        tracing::error!(%error, "expired records were not looked after");
                    }
                }
                tokio::time::sleep(TEND_EVERY).await;
            }
        });
        let _ = stopped.wait_for(|stop| *stop).await;
        serving.store(false, Ordering::Relaxed);
        // Pages that wait for a phone would hold the workers up.
        watched.end_watches();
        // Probes are told "stopping" and commands are taken while workers drain.
        let workers = parts.workers;
        let drained = tokio::task::spawn_blocking(move || {
            for worker in workers {
                if worker.join().is_err() {
                    tracing::error!("a worker failed");
                }
            }
        });
        let _ = drained.await;
    });
    let now = ground.clock.now();
    ground.audit.record(&Event::Stopped, Around::default(), now);
    ground.audit.flush(Duration::from_secs(5));
    let _ = std::fs::remove_file(admin_socket);
    drop(parts.folder);
}

/// Sends mails as they fall due. A server that is away is asked again, later
/// and later; nobody else waits for it.
async fn post(outbox: Outbox, provision: Provision) {
    let (mut away, mut idle) = (POST_EVERY, true);
    for pass in 0_u64.. {
        // Counting looks at all that waits, so not after every few that were sent.
        if (idle || pass % 16 == 0)
            && let Err(error) = outbox.recount().await
        {
            tracing::error!(%error, "waiting mails were not counted");
        }
        let wait = match outbox.send_due(&provision).await {
            Ok(pass) if pass.away => {
                away = (2 * away).min(POST_AWAY_MAX);
                away
            }
            Ok(pass) => {
                away = POST_EVERY;
                if pass.waits { POST_EVERY } else { Duration::ZERO }
            }
            Err(error) => {
                tracing::error!(%error, "mails were not looked after");
                POST_AWAY_MAX
            }
        };
        idle = !wait.is_zero();
        tokio::time::sleep(wait).await;
    }
}

/// Hashes the passwords of imported accounts while nothing else is to be done.
async fn hash_behind(provision: Provision) {
    loop {
        let wait = match provision.hash_waiting().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => HASH_EVERY,
            Err(error) => {
                tracing::error!(%error, "waiting passwords were not hashed");
                HASH_EVERY
            }
        };
        tokio::time::sleep(wait).await;
    }
}

async fn serve_operator(listener: TcpListener, router: Router) {
    let served = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => axum::serve(listener, router).await,
        Err(error) => Err(error),
    };
    if let Err(error) = served {
        tracing::error!(%error, "the operator's listener failed");
    }
}

/// Takes commands from our own user, and from nobody else.
///
/// SECURITY: who opens the socket is asked of the kernel.
/// - Against: another user of the machine, should the folder's mode be changed
///   by hand or by a backup that is put back.
/// - Therefore: the peer's uid must be ours or the administrator's.
/// - Price: none.
/// - Held by: `only_our_own_user_may_look_into_the_data_folder`.
async fn serve_admin(listener: UnixListener, router: Router) {
    let ours = rustix::process::geteuid().as_raw();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(DRAIN_STEP).await;
            continue;
        };
        let allowed = stream.peer_cred().is_ok_and(|peer| peer.uid() == ours || peer.uid() == 0);
        if !allowed {
            tracing::warn!("a command of another user was refused");
            continue;
        }
        let router = router.clone();
        tokio::spawn(async move {
            let service = hyper_util::service::TowerToHyperService::new(router);
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a command's connection failed");
            }
        });
    }
}
