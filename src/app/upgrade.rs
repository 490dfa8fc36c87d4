//! Starting the next gateway: the program as it lies on the disk now takes the
//! place of the one that runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::{Mutex, oneshot};

use super::supervisor::WATCHDOG_PROCESS;
use super::worker::{Phase, Phases};
use crate::operator::{Upgrade, Upgraded};

/// The word on the command line that takes the running one's place.
const TAKE_OVER: &str = "--take-over";
/// How long the next one may take until it serves.
const UPGRADE_TIME: Duration = Duration::from_secs(180);

/// How this process was started, so that another can be.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// By what was typed: a link is followed anew, so that it may have another
    /// end by then.
    pub fn of_this_process() -> Option<Self> {
        let mut arguments = std::env::args_os();
        let typed = arguments.next().map(PathBuf::from);
        let typed = typed.filter(|path| path.components().nth(1).is_some() && path.exists());
        let path = match typed {
            Some(path) => std::path::absolute(path),
            None => std::env::current_exe(),
        };
        Some(Self { path: path.ok()?, arguments: arguments.collect() })
    }

    /// The same, in the place of the one that runs.
    fn successor(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(self.arguments.iter().filter(|argument| *argument != TAKE_OVER));
        // The supervisor's watch is over whoever serves; this named us.
        command.arg(TAKE_OVER).env_remove(WATCHDOG_PROCESS).stdin(Stdio::null());
        command
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// By which an upgrade is asked for.
#[derive(Clone, Debug)]
pub struct Upgrading(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    program: Option<Program>,
    phases: Phases,
    /// One at a time.
    under_way: Mutex<()>,
}

impl Upgrading {
    pub(super) fn new(program: Option<Program>, phases: Phases) -> Self {
        Self(Arc::new(Inner { program, phases, under_way: Mutex::new(()) }))
    }
}

#[async_trait]
impl Upgrade for Upgrading {
    async fn upgrade(&self) -> Result<Upgraded, String> {
        let inner = self.0.clone();
        // By itself: whoever asked may go away, and then nobody would end what hangs.
        let task = tokio::spawn(async move {
            let done = inner.upgrade().await;
            match &done {
                Ok(done) => tracing::info!(process = done.pid, "the upgrade is done"),
                Err(wrong) => tracing::error!(wrong, "the upgrade failed; this gateway goes on"),
            }
            done
        });
        task.await.unwrap_or_else(|error| Err(error.to_string()))
    }
}

impl Inner {
    async fn upgrade(&self) -> Result<Upgraded, String> {
        let program = self.program.as_ref().ok_or("this gateway cannot start another")?;
        let under_way = self.under_way.try_lock();
        let _one = under_way.map_err(|_| "another upgrade is under way")?;
        let mut child = program
            .successor()
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.path().display()))?;
        let pid = child.id();
        let (tell, told) = oneshot::channel();
        let waits = move || drop(tell.send(child.wait()));
        let waits = std::thread::Builder::new().spawn(waits);
        waits.map_err(|error| format!("no thread could be started: {error}"))?;
        let mut phase = self.phases.watch();
        let over = |phase: &Phase| matches!(phase, Phase::Leaving | Phase::Stopping);
        let wrong = tokio::select! {
            biased;
            phase = phase.wait_for(over) => match phase {
                Ok(phase) if *phase == Phase::Leaving => return Ok(Upgraded { pid }),
                _ => "the gateway is stopping".to_owned(),
            },
            ended = told => format!("the new one ended ({}); its messages say why", shown(ended)),
            () = tokio::time::sleep(UPGRADE_TIME) => {
                let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
                if let Some(process) = process {
                    let _ = kill_process(process, Signal::KILL);
                }
                "the new one did not serve in time, and was ended".to_owned()
            }
        };
        Err(wrong)
    }
}

fn shown(ended: Result<std::io::Result<ExitStatus>, oneshot::error::RecvError>) -> String {
    match ended {
        Ok(Ok(status)) => status.to_string(),
        _ => "nobody knows how".to_owned(),
    }
}
