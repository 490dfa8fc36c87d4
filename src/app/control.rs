//! Threads: one for each worker, one for everything that is not a visitor's
//! request.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use pingora::apps::HttpServerApp;
use tokio::net::UnixListener;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tower::ServiceExt;

use super::generation::{Generation, Lasting};
use super::reload::{Ask, Doors, Reloader, Reloading};
use super::{DataFolder, Ready, StartError};
use crate::config::Config;
use crate::flow::account::Accounts;
use crate::gateway::listener::{self, Slots};
use crate::gateway::{Gateway, Shared};
use crate::observe::audit::Around;
use crate::observe::{Event, Metrics};

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
    /// The sockets, shared by all workers.
    pub listeners: Vec<TcpListener>,
    /// Its gateway.
    pub gateway: Gateway,
    /// Connections over all workers.
    pub slots: Arc<Slots>,
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
    let Worker { number: _, listeners, gateway, slots, metrics, mut stopped } = worker;
    let pool = gateway.pool();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDY_EVERY).await;
            pool.tidy();
        }
    });
    tokio::spawn(gateway.end_streams());
    let proxy = listener::proxy(gateway);
    for socket in listeners {
        let (proxy, slots, metrics) = (proxy.clone(), slots.clone(), metrics.clone());
        let stopped = stopped.clone();
        tokio::spawn(async move {
            if let Err(error) = listener::serve(socket, proxy, slots, metrics, stopped).await {
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
    /// The data folder.
    pub folder: DataFolder,
    /// What the configuration was read from.
    pub file: Option<PathBuf>,
    /// The configuration.
    pub config: Config,
    /// What outlives it.
    pub lasting: Lasting,
    /// What the workers use.
    pub shared: Arc<ArcSwap<Shared>>,
    /// What the configuration made.
    pub made: Generation,
    /// The workers.
    pub workers: Vec<JoinHandle<()>>,
    /// Tells all to stop.
    pub stop: watch::Sender<bool>,
    /// Turns true when all must stop.
    pub stopped: watch::Receiver<bool>,
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it is reached.
    pub ready: Ready,
    /// Its accounts, for the demo.
    pub accounts: Accounts,
    reloading: Reloading,
    stop: watch::Sender<bool>,
    control: JoinHandle<()>,
}

impl Running {
    /// By which it reads its configuration again.
    pub fn reloading(&self) -> Reloading {
        self.reloading.clone()
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
    let (ready, accounts) = (parts.lasting.ready.clone(), parts.made.accounts.clone());
    let (stop, (reloading, asked)) = (parts.stop.clone(), Reloading::new());
    let admin = {
        let _inside = parts.runtime.enter();
        bind_admin(&parts.folder.admin_socket())?
    };
    let own = reloading.clone();
    let control = std::thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || control(parts, admin, own, asked))
        .map_err(|error| failed(&error))?;
    Ok(Running { ready, accounts, reloading, stop, control })
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

fn control(
    parts: Parts,
    admin: UnixListener,
    reloading: Reloading,
    mut asked: mpsc::Receiver<Ask>,
) {
    let Parts { runtime, operator, folder, lasting, made, workers, mut stopped, .. } = parts;
    let ground = lasting.ground.clone();
    let serving = lasting.serving.clone();
    runtime.block_on(async {
        let doors = Arc::new(Doors::new(made.health, made.admin, &reloading));
        tokio::spawn(serve_operator(operator, doors.clone()));
        tokio::spawn(serve_admin(admin, doors.clone()));
        let mut reloader = Reloader {
            file: parts.file,
            config: parts.config,
            lasting,
            shared: parts.shared,
            doors,
            sign_in: made.sign_in,
            chores: made.chores.begin(),
            reloading,
        };
        loop {
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => break,
                Some(ask) = asked.recv() => reloader.serve(ask).await,
            }
        }
        serving.store(false, Ordering::Relaxed);
        // Pages that wait for a phone would hold the workers up.
        reloader.sign_in.end_watches();
        // Probes are told "stopping" and commands are taken while workers drain.
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
    let _ = std::fs::remove_file(folder.admin_socket());
    drop(folder);
}

/// Serves by what the doors are at each request, so that a reload counts for
/// connections that are open.
fn through(doors: Arc<Doors>, door: fn(&Doors) -> &ArcSwap<Router>) -> axum::routing::MethodRouter {
    axum::routing::any(move |request: axum::extract::Request| {
        let router = Router::clone(&door(&doors).load());
        async move { router.oneshot(request).await }
    })
}

async fn serve_operator(listener: TcpListener, doors: Arc<Doors>) {
    let router = Router::new().fallback(through(doors, |doors| &doors.health));
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
async fn serve_admin(listener: UnixListener, doors: Arc<Doors>) {
    let router = Router::new().fallback(through(doors, |doors| &doors.admin));
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
