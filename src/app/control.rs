//! The thread for everything that is not a visitor's request.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tower::ServiceExt;

use super::certificates::CertificateWatch;
use super::generation::{Generation, Lasting};
use super::reload::{Ask, Doors, Reloader, Reloading};
use super::succession::{Predecessor, Sockets, Successor};
use super::worker::{Phase, Phases};
use super::{DataFolder, Ready, StartError};
use crate::config::Config;
use crate::flow::account::Accounts;
use crate::gateway::listener::Bound;
use crate::gateway::{Shared, upstream};
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::remote::{self, Ears};
use crate::store::{RemoteStore, SledStore};

/// How long a store that nobody took over is tried again, and how often.
const REOPEN_TIME: Duration = Duration::from_secs(60);
const REOPEN_STEP: Duration = Duration::from_millis(20);
/// How long chores may take to come to a pause; shorter than the other one waits.
const CHORES_TIME: Duration = Duration::from_secs(30);
/// How long to wait when a command's connection cannot be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// What the control thread needs.
pub(super) struct Parts {
    /// Its runtime.
    pub runtime: Runtime,
    /// The sockets of visitors, and last the operator's, by configured address.
    pub sockets: Sockets,
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
    /// Tells all what the program is about.
    pub phases: Phases,
    /// The certificates of all listeners.
    pub certificates: CertificateWatch,
    /// Whose place we take.
    pub predecessor: Option<(Predecessor, Ears)>,
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it is reached.
    pub ready: Ready,
    /// Its accounts, for the demo.
    pub accounts: Accounts,
    reloading: Reloading,
    phases: Phases,
    control: JoinHandle<()>,
}

impl Running {
    /// By which it reads its configuration again.
    pub fn reloading(&self) -> Reloading {
        self.reloading.clone()
    }

    /// Waits until another gateway has taken over.
    pub async fn relieved(&self) {
        let _ = self.phases.watch().wait_for(|phase| *phase == Phase::Leaving).await;
    }

    /// By which it can be stopped while it leaves.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.phases.clone())
    }

    /// Waits until what was begun is finished, after another took over.
    pub fn leave(self) {
        if self.control.join().is_err() {
            tracing::error!("the control thread failed");
        }
    }

    /// Stops it: open requests finish, everything recorded is on the disk when
    /// this returns.
    pub fn stop(self) {
        self.phases.set(Phase::Stopping);
        self.leave();
    }
}

/// Stops a gateway from another thread.
#[derive(Debug)]
pub struct Stopper(Phases);

impl Stopper {
    /// Stops it.
    pub fn stop(&self) {
        self.0.set(Phase::Stopping);
    }
}

/// Starts the control thread.
pub(super) fn run(parts: Parts) -> Result<Running, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let (ready, accounts) = (parts.lasting.ready.clone(), parts.made.accounts.clone());
    let (phases, (reloading, asked)) = (parts.phases.clone(), Reloading::new());
    let (admin, successors) = {
        let _inside = parts.runtime.enter();
        let admin = bind_private(&parts.folder.admin_socket())?;
        (admin, bind_private(&parts.folder.successor_socket())?)
    };
    let own = reloading.clone();
    let control = std::thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || control(parts, admin, successors, own, asked))
        .map_err(|error| failed(&error))?;
    Ok(Running { ready, accounts, reloading, phases, control })
}

/// The socket lies in a folder that only our user may enter; a file left by a
/// gateway that was killed is in the way and nobody's.
fn bind_private(path: &Path) -> Result<UnixListener, StartError> {
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
    successors: UnixListener,
    reloading: Reloading,
    mut asked: mpsc::Receiver<Ask>,
) {
    let Parts { runtime, sockets, folder, lasting, made, workers, phases, .. } = parts;
    let ground = lasting.ground.clone();
    let serving = lasting.serving.clone();
    let mut left = false;
    runtime.block_on(async {
        let doors = Arc::new(Doors::new(made.health, made.admin, &reloading));
        tokio::spawn(serve_admin(admin, doors.clone()));
        if let Some((predecessor, ears)) = parts.predecessor {
            let store = ground.store.clone();
            match predecessor.relieve().await {
                Ok(connection) => drop(tokio::spawn(remote::answer(connection, store, ears))),
                Err(error) => tracing::warn!(%error, "the gateway before this one is gone"),
            }
        }
        upstream::tend(&made.shared.routes, &lasting.resolver);
        let reloader = Reloader {
            file: parts.file,
            config: parts.config,
            lasting,
            shared: parts.shared,
            doors: doors.clone(),
            sign_in: made.sign_in,
            chores: made.chores.begin(),
            certificates: parts.certificates.clone(),
            reloading,
        };
        tokio::spawn(parts.certificates.run());
        let operator = serve_operator(&sockets, doors.clone());
        let mut house =
            House { phases, sockets, folder: folder.clone(), doors, operator, reloader };
        let mut phase = house.phases.watch();
        loop {
            tokio::select! {
                _ = phase.wait_for(|phase| *phase == Phase::Stopping) => break,
                Some(ask) = asked.recv() => house.reloader.serve(ask).await,
                Ok((stream, _)) = successors.accept() => {
                    if is_ours(&stream) && house.hand_over(stream).await {
                        left = true;
                        break;
                    }
                }
            }
        }
        serving.store(false, Ordering::Relaxed);
        // Pages that wait for a phone would hold the workers up.
        house.reloader.sign_in.end_watches();
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
    let event = if left { Event::HandedOver } else { Event::Stopped };
    ground.audit.record(&event, Around::default(), now);
    ground.audit.flush(Duration::from_secs(5));
    if !left {
        let _ = std::fs::remove_file(folder.admin_socket());
        let _ = std::fs::remove_file(folder.successor_socket());
    }
    drop(folder);
}

/// What changes hands when another gateway takes over.
struct House {
    phases: Phases,
    sockets: Sockets,
    folder: DataFolder,
    doors: Arc<Doors>,
    operator: Option<tokio::task::JoinHandle<()>>,
    reloader: Reloader,
}

impl House {
    /// Hands sockets and store to the one that asks. Says whether it serves now;
    /// where it does not, everything is as before.
    async fn hand_over(&mut self, stream: UnixStream) -> bool {
        let successor = match Successor::prepare(stream, &self.sockets).await {
            Ok(successor) => successor,
            Err(error) => {
                tracing::warn!(%error, "a gateway that wanted to take over went away");
                return false;
            }
        };
        // A mail server may take its time, and nobody is to wait for that.
        let paused = tokio::time::timeout(CHORES_TIME, self.reloader.chores.pause()).await;
        if paused.is_err() {
            tracing::warn!("another gateway cannot take over while a mail is on its way");
            drop(successor);
            self.reloader.chores.pause().await;
            self.reloader.chores.resume();
            return false;
        }
        self.phases.set(Phase::Paused);
        if let Some(operator) = self.operator.take() {
            operator.abort();
        }
        // Their pages ask again, and meet the new one.
        self.reloader.sign_in.end_watches();
        let mut paused = self.reloader.lasting.store.pause().await;
        let closed = tokio::task::spawn_blocking(move || {
            paused.close();
            paused
        });
        let Ok(paused) = closed.await else { return self.give_up() };
        match successor.succeed().await {
            Ok(connection) => {
                // What it ended before we could hear of it.
                self.reloader.shared.load().sessions.forget_all();
                paused.there(RemoteStore::over(connection));
                self.phases.set(Phase::Leaving);
                tracing::info!("another gateway took over; what was begun is finished here");
                true
            }
            Err(error) => {
                tracing::error!(%error, "another gateway failed to take over; this one goes on");
                let path = self.folder.store();
                let opened = tokio::task::spawn_blocking(move || reopen(&path)).await;
                let Ok(Some(store)) = opened else { return self.give_up() };
                self.reloader.shared.load().sessions.forget_all();
                paused.here(store);
                self.reloader.chores.resume();
                self.operator = serve_operator(&self.sockets, self.doors.clone());
                self.phases.set(Phase::Serving);
                false
            }
        }
    }

    /// Without a store nobody can be served; a supervisor starts anew.
    fn give_up(&self) -> bool {
        tracing::error!("the store cannot be opened again; stopping");
        self.phases.set(Phase::Stopping);
        false
    }
}

/// Opens the store again after somebody else may have had it.
fn reopen(path: &Path) -> Option<SledStore> {
    let mut waited = Duration::ZERO;
    loop {
        match SledStore::open(path) {
            Ok(store) => return Some(store),
            Err(error) if waited >= REOPEN_TIME => {
                tracing::error!(%error, "the store cannot be opened");
                return None;
            }
            Err(_) => {
                std::thread::sleep(REOPEN_STEP);
                waited += REOPEN_STEP;
            }
        }
    }
}

/// Serves by what the doors are at each request, so that a reload counts for
/// connections that are open.
fn through(doors: Arc<Doors>, door: fn(&Doors) -> &ArcSwap<Router>) -> axum::routing::MethodRouter {
    axum::routing::any(move |request: axum::extract::Request| {
        let router = Router::clone(&door(&doors).load());
        async move { router.oneshot(request).await }
    })
}

/// Serves the operator on the last of the sockets.
fn serve_operator(sockets: &Sockets, doors: Arc<Doors>) -> Option<tokio::task::JoinHandle<()>> {
    let router = Router::new().fallback(through(doors, |doors| &doors.health));
    let (_, Bound::Tcp(socket)) = sockets.0.last()? else { return None };
    let listener = socket.try_clone().and_then(tokio::net::TcpListener::from_std);
    Some(tokio::spawn(async move {
        let served = match listener {
            Ok(listener) => axum::serve(listener, router).await,
            Err(error) => Err(error),
        };
        if let Err(error) = served {
            tracing::error!(%error, "the operator's listener failed");
        }
    }))
}

/// Whether our own user, or the administrator, is at the other end.
fn is_ours(stream: &UnixStream) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    let ours = stream.peer_cred().is_ok_and(|peer| peer.uid() == ours || peer.uid() == 0);
    if !ours {
        tracing::warn!("a command of another user was refused");
    }
    ours
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
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if !is_ours(&stream) {
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
