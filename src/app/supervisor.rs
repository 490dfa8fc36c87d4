//! Word to the supervisor that started the program, as systemd understands it
//! (`sd_notify`): ready, reading the configuration again, stopping, and who
//! serves now after an upgrade.
//!
//! Written here because what is needed is one datagram, and the small libraries
//! for it do not know sockets without a file.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Handle;

/// Names of what a supervisor puts into the environment.
pub(super) const SOCKET: &str = "NOTIFY_SOCKET";
const WATCHDOG_TIME: &str = "WATCHDOG_USEC";
pub(super) const WATCHDOG_PROCESS: &str = "WATCHDOG_PID";
/// What feeds the watchdog.
const FED: &str = "WATCHDOG=1\n";
/// How long a supervisor that does not listen may hold us up.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who started the program, if that one wants to hear of it.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    socket: Option<Arc<(UnixDatagram, SocketAddr)>>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// By what the environment says. A name that is none is told in the log, and
    /// then there is none.
    #[expect(clippy::disallowed_methods, reason = "a supervisor speaks by the environment")]
    pub fn of_this_process() -> Self {
        let Some(name) = std::env::var_os(SOCKET) else { return Self::default() };
        let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
        let ours = |process| process == u64::from(std::process::id());
        let watched = number(WATCHDOG_PROCESS).is_none_or(ours);
        let time = number(WATCHDOG_TIME).filter(|time| watched && *time > 0);
        Self::at(&name, time.map(Duration::from_micros)).unwrap_or_else(|error| {
            tracing::error!(%error, "the name in {SOCKET} is that of no socket");
            Self::default()
        })
    }

    /// Listening there. A name that begins with `@` is one without a file.
    fn at(name: &OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        let address = match name.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket: Some(Arc::new((socket, address))), watchdog })
    }

    fn tell(&self, word: &str) {
        let Some((socket, address)) = self.socket.as_deref() else { return };
        if let Err(error) = socket.send_to_addr(word.as_bytes(), address) {
            tracing::warn!(%error, "the supervisor could not be told {word:?}");
        }
    }

    /// That we serve, or serve by the configuration as it was read again.
    pub(super) fn serving(&self) {
        self.tell("READY=1\n");
    }

    /// That we serve in the place of the process that it knew. The other has used
    /// up a part of the watchdog's time, and what comes next may take its own: so
    /// it is fed with the same word, if every worker has its turn.
    pub(super) async fn serving_instead(&self, workers: &[Handle]) {
        let fed = match self.watchdog {
            Some(time) if have_their_turn(workers, (time / 3).min(PATIENCE)).await => FED,
            _ => "",
        };
        self.tell(&format!("MAINPID={}\nREADY=1\n{fed}", std::process::id()));
    }

    /// That the configuration is being read again.
    pub(super) fn reading_again(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}\n"));
    }

    /// That we are about to end.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1\n");
    }

    /// Tells, for as long as it is so, that every worker has its turn. One that
    /// has none keeps silent, and a supervisor that waits for it starts anew.
    pub(super) async fn keep_telling(self, workers: Vec<Handle>) {
        let Some(time) = self.watchdog else { return };
        loop {
            match have_their_turn(&workers, time).await {
                true => self.tell(FED),
                false => tracing::error!("a worker is stuck; the supervisor is told nothing"),
            }
            tokio::time::sleep(time / 3).await;
        }
    }
}

async fn have_their_turn(workers: &[Handle], most: Duration) -> bool {
    let turns = async {
        for worker in workers {
            // One that has ended is not stuck.
            let _ = worker.spawn(async {}).await;
        }
    };
    tokio::time::timeout(most, turns).await.is_ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut word = [0; 256];
        let bytes = socket.recv(&mut word).unwrap();
        String::from_utf8(word[..bytes].to_vec()).unwrap()
    }

    #[test]
    fn a_supervisor_is_told_under_a_name_with_and_without_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let bare = format!("vestibule-{}-{}", std::process::id(), path.display());
        let listening = [
            (UnixDatagram::bind(&path).unwrap(), OsString::from(&path)),
            (
                UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&bare).unwrap()).unwrap(),
                format!("@{bare}").into(),
            ),
        ];
        for (socket, name) in listening {
            let supervisor = Supervisor::at(&name, None).unwrap();
            supervisor.serving();
            assert_eq!(heard(&socket), "READY=1\n", "{name:?}");
            supervisor.reading_again();
            let word = heard(&socket);
            let micros = word.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
            assert!(micros.trim().parse::<u64>().unwrap() > 0);
            // Control: nobody else is told.
            Supervisor::default().stopping();
            socket.set_nonblocking(true).unwrap();
            assert!(socket.recv(&mut [0; 8]).is_err());
        }
        assert!(Supervisor::at(OsStr::new(&"/long".repeat(100)), None).is_err());
    }

    /// A supervisor with a watchdog, and where it listens without waiting.
    fn watched(time: Duration) -> (tempfile::TempDir, UnixDatagram, Supervisor) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let supervisor = Supervisor::at(path.as_os_str(), Some(time)).unwrap();
        (folder, socket, supervisor)
    }

    /// A worker on which nothing runs.
    fn stuck() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_watchdog_is_fed_while_every_worker_has_its_turn() {
        let time = Duration::from_secs(3);
        let (_folder, socket, supervisor) = watched(time);
        let stuck = stuck();
        let feeds = supervisor.clone().keep_telling(vec![stuck.handle().clone()]);
        assert!(tokio::time::timeout(4 * time, feeds).await.is_err());
        assert!(socket.recv(&mut [0; 64]).is_err(), "it is told nothing");
        // Control: this one runs.
        let feeds = supervisor.keep_telling(vec![Handle::current()]);
        assert!(tokio::time::timeout(4 * time, feeds).await.is_err());
        assert_eq!(heard(&socket), FED);
        stuck.shutdown_background();
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_over_feeds_the_watchdog_with_the_word_that_names_it() {
        let (_folder, socket, supervisor) = watched(Duration::from_secs(3));
        supervisor.serving_instead(&[Handle::current()]).await;
        let named = format!("MAINPID={}\nREADY=1\n", std::process::id());
        assert_eq!(heard(&socket), format!("{named}{FED}"));
        // Control: not for a worker that has no turn, and it serves all the same.
        let stuck = stuck();
        supervisor.serving_instead(&[stuck.handle().clone()]).await;
        assert_eq!(heard(&socket), named);
        // Nor where nobody watches.
        let alone = Supervisor { watchdog: None, ..supervisor };
        alone.serving_instead(&[Handle::current()]).await;
        assert_eq!(heard(&socket), named);
        stuck.shutdown_background();
    }
}
