//! The thread for everything that is not a visitor's request.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc;

use super::certificates::CertificateWatch;
use super::command_sockets::CommandSockets;
use super::disk_fault::DiskFaults;
use super::doors::{Doors, is_ours};
use super::generation::{Generation, Lasting};
use super::house::House;
use super::reload::{self, Ask, Reloader, Reloading, STOPPING, TAKEN_OVER};
use super::succession::{Predecessor, Sockets};
use super::supervisor::Supervisor;
use super::upgrade::{Program, Upgrading};
use super::worker::{Phase, Phases};
use super::{DataFolder, Ready, StartError};
use crate::config::Config;
use crate::flow::account::Accounts;
use crate::gateway::{Shared, upstream};
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::operator::{reload_router, upgrade_router};
use crate::store::remote::{self, Ears};

/// How long what hangs on a disk may hold up the end.
const HANGING_TIME: Duration = Duration::from_secs(5);

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
    /// What is started for an upgrade.
    pub program: Option<Program>,
    /// Who hears how it goes.
    pub supervisor: Supervisor,
    /// By what each worker is asked whether it has its turn.
    pub turns: Vec<Handle>,
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it is reached.
    pub ready: Ready,
    /// Its accounts, for the demo.
    pub accounts: Accounts,
    reloading: Reloading,
    upgrading: Upgrading,
    phases: Phases,
    control: JoinHandle<Result<(), StartError>>,
}

impl Running {
    /// By which it reads its configuration again.
    pub fn reloading(&self) -> Reloading {
        self.reloading.clone()
    }

    /// By which it starts another in its place.
    pub fn upgrading(&self) -> Upgrading {
        self.upgrading.clone()
    }

    /// Waits until another gateway has taken over, or this one gave up.
    pub async fn over(&self) {
        let over = |phase: &Phase| matches!(phase, Phase::Leaving | Phase::Stopping);
        let _ = self.phases.watch().wait_for(over).await;
    }

    /// By which it can be stopped while it leaves.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.phases.clone())
    }

    /// Waits until what was begun is finished, after another took over.
    ///
    /// # Errors
    ///
    /// Where it gave up.
    pub fn leave(self) -> Result<(), StartError> {
        let failed = |_| Err(StartError::Failed("the control thread failed".to_owned()));
        self.control.join().unwrap_or_else(failed)
    }

    /// Stops it: open requests finish, everything recorded is on the disk when
    /// this returns.
    ///
    /// # Errors
    ///
    /// Where it gave up before it was told.
    pub fn stop(self) -> Result<(), StartError> {
        self.phases.set(Phase::Stopping);
        self.leave()
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
    let sockets = {
        let _inside = parts.runtime.enter();
        CommandSockets::bind(&parts.folder)?
    };
    let upgrading = Upgrading::new(parts.program.clone(), phases.clone());
    let own = reload_router(Arc::new(reloading.clone()));
    let own = own.merge(upgrade_router(Arc::new(upgrading.clone())));
    let (settle, settled) = std::sync::mpsc::channel();
    let control = std::thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || control(parts, sockets, own, asked, &settle))
        .map_err(|error| failed(&error))?;
    settled.recv().map_err(|error| failed(&error))?;
    Ok(Running { ready, accounts, reloading, upgrading, phases, control })
}

fn control(
    parts: Parts,
    commands: CommandSockets,
    own: Router,
    mut asked: mpsc::Receiver<Ask>,
    settle: &std::sync::mpsc::Sender<()>,
) -> Result<(), StartError> {
    let Parts { runtime, sockets, folder, lasting, made, workers, phases, supervisor, .. } = parts;
    let ground = lasting.ground.clone();
    let serving = lasting.serving.clone();
    let over = phases.clone();
    let left = runtime.block_on(async {
        let doors = Arc::new(Doors::new(own, made.health, made.admin));
        let took_over = parts.predecessor.is_some();
        // Not before: one that fails until here leaves the other where it is met.
        commands.publish();
        match took_over {
            // Before the other may go: a supervisor that sees its process end takes that for
            // the end of the service.
            true => supervisor.serving_instead(&parts.turns).await,
            false => supervisor.serving(),
        }
        if let Some((predecessor, ears)) = parts.predecessor {
            let store = ground.store.clone();
            match predecessor.relieve().await {
                Ok(connection) => drop(tokio::spawn(remote::answer(connection, store, ears))),
                Err(error) => tracing::warn!(%error, "the gateway before this one is gone"),
            }
        }
        let watched = tokio::spawn(supervisor.clone().keep_telling(parts.turns));
        let tending = upstream::tend(&made.shared.routes, &lasting.resolver);
        let reloader = Reloader {
            file: parts.file,
            config: parts.config,
            lasting,
            shared: parts.shared,
            doors: doors.clone(),
            sign_in: made.sign_in,
            chores: made.chores.begin(),
            certificates: parts.certificates.clone(),
            supervisor: supervisor.clone(),
            tending,
        };
        tokio::spawn(parts.certificates.run());
        let faults = DiskFaults {
            store: reloader.lasting.store.clone(),
            folder: folder.clone(),
            shared: reloader.shared.clone(),
            phases: phases.clone(),
            metrics: ground.metrics.clone(),
        };
        tokio::spawn(faults.watch());
        let mut house = House::open(phases, sockets, (folder, commands), doors, reloader);
        // Whoever is told that we serve finds commands taken here.
        let _ = settle.send(());
        let (mut phase, mut left) = (house.phases.watch(), false);
        loop {
            let successors = house.commands.successors.listener.clone();
            tokio::select! {
                _ = phase.wait_for(|phase| *phase == Phase::Stopping) => break,
                Some(ask) = asked.recv() => {
                    // One that waits for names to be looked up keeps nobody from the end.
                    house.phases.unless_stopping(house.reloader.serve(ask)).await;
                }
                Ok((stream, _)) = successors.accept() => {
                    if is_ours(&stream) && house.hand_over(stream).await {
                        left = true;
                        break;
                    }
                }
            }
        }
        match left {
            // What is told from now on is the other one's to tell.
            true => watched.abort(),
            false => supervisor.stopping(),
        }
        tokio::spawn(reload::refuse(asked, if left { TAKEN_OVER } else { STOPPING }));
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
        house.finish_commands().await;
        house.commands.remove();
        left
    });
    runtime.shutdown_timeout(HANGING_TIME);
    let now = ground.clock.now();
    let event = if left { Event::HandedOver } else { Event::Stopped };
    ground.audit.record(&event, Around::default(), now);
    ground.audit.flush(Duration::from_secs(5));
    over.how_it_ended()
}
