//! What changes hands when another gateway takes over, and how.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::DataFolder;
use super::command_sockets::CommandSockets;
use super::doors::{Doors, serve_admin, serve_operator};
use super::reload::Reloader;
use super::succession::{Sockets, Successor};
use super::worker::{Phase, Phases};
use crate::store::{OpenError, RemoteStore, SledStore};

/// How long a store that nobody took over is tried again, and how often.
const REOPEN_TIME: Duration = Duration::from_secs(60);
const REOPEN_STEP: Duration = Duration::from_millis(20);
/// How long commands may take after everything else has ended.
const COMMANDS_TIME: Duration = Duration::from_secs(2);
/// How long chores may take to come to a pause; shorter than the other one waits.
const CHORES_TIME: Duration = Duration::from_secs(30);

/// What changes hands when another gateway takes over.
pub(super) struct House {
    pub phases: Phases,
    pub commands: CommandSockets,
    pub reloader: Reloader,
    sockets: Sockets,
    folder: DataFolder,
    doors: Arc<Doors>,
    operator: Option<JoinHandle<()>>,
    /// Takes commands.
    taking: JoinHandle<()>,
}

impl House {
    /// Takes commands and serves the operator.
    pub fn open(
        phases: Phases,
        sockets: Sockets,
        (folder, commands): (DataFolder, CommandSockets),
        doors: Arc<Doors>,
        reloader: Reloader,
    ) -> Self {
        let operator = serve_operator(&sockets, doors.clone());
        let taking = take_commands(&commands, &doors);
        Self { phases, commands, reloader, sockets, folder, doors, operator, taking }
    }

    /// Hands sockets and store to the one that asks. Says whether it serves now;
    /// where it does not, everything is as before. Told to stop meanwhile, this
    /// one stops, and whoever has the store by then keeps it.
    pub async fn hand_over(&mut self, stream: UnixStream) -> bool {
        let phases = self.phases.clone();
        let prepared = phases.unless_stopping(Successor::prepare(stream, &self.sockets)).await;
        let successor = match prepared {
            Some(Ok(successor)) => successor,
            Some(Err(error)) => {
                tracing::warn!(%error, "a gateway that wanted to take over went away");
                return false;
            }
            None => return false,
        };
        // A mail server may take its time, and nobody is to wait for that.
        let paused = tokio::time::timeout(CHORES_TIME, self.reloader.chores.pause());
        let paused = phases.unless_stopping(paused).await;
        match paused {
            Some(Ok(())) => {}
            Some(Err(_)) => {
                tracing::warn!("another gateway cannot take over while a mail is on its way");
                drop(successor);
                phases.unless_stopping(self.reloader.chores.pause()).await;
                self.reloader.chores.resume();
                return false;
            }
            None => return false,
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
        match phases.unless_stopping(successor.succeed()).await {
            None => false,
            Some(Ok(connection)) => {
                // What it ended before we could hear of it.
                self.reloader.shared.load().sessions.forget_all();
                paused.there(RemoteStore::over(connection));
                self.phases.set(Phase::Leaving);
                tracing::info!("another gateway took over; what was begun is finished here");
                true
            }
            Some(Err(error)) => {
                tracing::error!(%error, "another gateway failed to take over; this one goes on");
                let path = self.folder.store();
                let opened = tokio::task::spawn_blocking(move || reopen(&path));
                let Some(opened) = phases.unless_stopping(opened).await else { return false };
                let Ok(Some(store)) = opened else { return self.give_up() };
                self.reloader.shared.load().sessions.forget_all();
                paused.here(store);
                self.reloader.chores.resume();
                self.operator = serve_operator(&self.sockets, self.doors.clone());
                self.be_met();
                self.phases.set(Phase::Serving);
                false
            }
        }
    }

    fn give_up(&self) -> bool {
        self.phases.give_up_store();
        false
    }

    /// Lets what was asked over the socket for commands be answered.
    pub async fn finish_commands(&self) {
        let _ = tokio::time::timeout(COMMANDS_TIME, self.doors.emptied()).await;
    }

    /// Listens for commands anew where the other one took the names before it
    /// failed.
    fn be_met(&mut self) {
        if self.commands.are_met() {
            return;
        }
        match CommandSockets::bind(&self.folder) {
            Ok(commands) => {
                commands.publish();
                self.taking.abort();
                self.taking = take_commands(&commands, &self.doors);
                self.commands = commands;
            }
            Err(error) => tracing::error!(%error, "commands cannot reach this gateway"),
        }
    }
}

fn take_commands(commands: &CommandSockets, doors: &Arc<Doors>) -> JoinHandle<()> {
    tokio::spawn(serve_admin(commands.commands.listener.clone(), doors.clone()))
}

/// Opens the store again after somebody else may have had it.
fn reopen(path: &Path) -> Option<SledStore> {
    let mut waited = Duration::ZERO;
    loop {
        match SledStore::open(path) {
            Ok(store) => return Some(store),
            Err(error) if waited >= REOPEN_TIME || matches!(error, OpenError::Damaged { .. }) => {
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
