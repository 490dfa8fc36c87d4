//! What a supervisor such as systemd is told (`sd_notify`): ready, reading again, stopping, and who
//! serves after an upgrade, which the gateway makes itself under load.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;
use crate::support::walk::visitor;

const PATIENCE: Duration = Duration::from_secs(60);

/// A word of nobody's.
const IN_THE_WAY: &str = "X=1\n";

/// A supervisor that listens.
struct Supervisor {
    dir: tempfile::TempDir,
    socket: UnixDatagram,
    /// How often its watchdog was fed.
    fed: Cell<usize>,
}

impl Supervisor {
    fn listen() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let socket = UnixDatagram::bind(dir.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time");
        Self { dir, socket, fed: Cell::default() }
    }

    /// A gateway that it started.
    fn start(&self, app: &Recorder) -> Gateway {
        let mut setup = Setup::new(app.addr());
        setup.extra = "[hashing]\nmemory_kib = 64\npasses = 1\n".to_string();
        setup.environment.push(("NOTIFY_SOCKET", self.dir.path().join("notify").into()));
        // What systemd sets for who is watched, and this is not.
        setup.environment.push(("WATCHDOG_USEC", "30000000".into()));
        setup.environment.push(("WATCHDOG_PID", "1".into()));
        Gateway::start(setup)
    }

    /// The next thing that it is told, but for what feeds its watchdog.
    fn hear(&self) -> io::Result<String> {
        loop {
            let mut word = [0; 4096];
            let bytes = self.socket.recv(&mut word)?;
            match String::from_utf8(word[..bytes].to_vec()).expect("text") {
                word if word == "WATCHDOG=1\n" => self.fed.set(self.fed.get() + 1),
                word => return Ok(word),
            }
        }
    }

    fn hears(&self) -> String {
        self.hear().expect("it is told something")
    }

    /// Waits until its watchdog was fed, once or more.
    fn is_fed(&self) {
        while self.fed.get() == 0 {
            let mut word = [0; 64];
            let bytes = self.socket.recv(&mut word).expect("its watchdog is fed");
            assert_eq!(word[..bytes], *b"WATCHDOG=1\n");
            self.fed.set(1);
        }
    }

    fn hears_nothing(&self) {
        self.socket.set_nonblocking(true).expect("a socket");
        let heard = self.hear().expect_err("it is told something");
        assert_eq!(heard.kind(), ErrorKind::WouldBlock);
        self.socket.set_nonblocking(false).expect("a socket");
    }

    /// Leaves room for no word more. Gives how many are in the way.
    fn fill(&self) -> usize {
        let other = UnixDatagram::unbound().expect("a socket");
        other.set_nonblocking(true).expect("a socket");
        let here = self.dir.path().join("notify");
        (0..).take_while(|_| other.send_to(IN_THE_WAY.as_bytes(), &here).is_ok()).count()
    }

    /// The process that it is told to take for the main one.
    fn hears_of_process(&self) -> Process {
        self.named("")
    }

    /// The same of one that it watches, which feeds its watchdog with that word.
    fn hears_of_watched_process(&self) -> Process {
        self.named("WATCHDOG=1\n")
    }

    fn named(&self, more: &str) -> Process {
        let word = self.hears();
        let rest = word.strip_prefix("MAINPID=").and_then(|rest| rest.strip_suffix(more));
        let pid = rest.and_then(|rest| rest.strip_suffix("\nREADY=1\n"));
        let pid = pid.unwrap_or_else(|| panic!("another word: {word}")).parse().expect("a number");
        Process(Pid::from_raw(pid).expect("a process"))
    }
}

/// A process that is nobody's child here. It is killed with the test.
struct Process(Pid);

impl Process {
    fn signal(&self, signal: Signal) {
        kill_process(self.0, signal).expect("it runs");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
    }
}

#[test]
fn a_supervisor_is_told_when_a_gateway_is_ready_reads_again_and_stops() {
    let (app, supervisor) = (Recorder::start(), Supervisor::listen());
    let gateway = supervisor.start(&app);
    assert_eq!(supervisor.hears(), "READY=1\n");
    assert!(gateway.cli(&["reload"], "").status.success());
    let word = supervisor.hears();
    let micros = word.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("a time");
    assert!(micros.trim_end().parse::<u64>().is_ok_and(|micros| micros > 0), "{word}");
    assert_eq!(supervisor.hears(), "READY=1\n");
    // One that is refused is over as well.
    fs::write(&gateway.config, "nonsense").expect("a file");
    let told = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["reload", "--data"])
        .arg(gateway.dir.path().join("data"))
        .output()
        .expect("the program runs");
    assert!(!told.status.success(), "{told:?}");
    assert!(supervisor.hears().starts_with("RELOADING=1\n"));
    assert_eq!(supervisor.hears(), "READY=1\n");
    assert!(gateway.terminate().success());
    assert_eq!(supervisor.hears(), "STOPPING=1\n");

    // Control: one without a supervisor tells nobody.
    let alone = Gateway::start(Setup::new(app.addr()));
    assert!(alone.cli(&["reload"], "").status.success());
    assert!(alone.terminate().success());
    supervisor.hears_nothing();
}

#[test]
fn an_upgrade_under_load_fails_no_request_and_the_supervisor_is_told_of_the_new_process() {
    let (app, supervisor) = (Recorder::start(), Supervisor::listen());
    let gateway = supervisor.start(&app);
    assert_eq!(supervisor.hears(), "READY=1\n");
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let cookie = gateway.sign_in(ANNA.0, ANNA.1);
    let head = format!("GET /load HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n");
    let (over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let addr = gateway.addr;
    let more = |than: usize| {
        let before = done.load(Ordering::Relaxed);
        while done.load(Ordering::Relaxed) < before + than {
            thread::yield_now();
        }
    };
    // Neither is killed before it has answered what it was asked.
    let (_second, last) = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| raw::ask_until(&over, addr, &head, &done));
        }
        more(50);
        let told = gateway.cli(&["upgrade", "--json"], "");
        assert!(told.status.success(), "{told:?}\n{}", gateway.log());
        // The first was told that another is watched; this one is watched itself.
        assert_eq!(supervisor.fed.get(), 0);
        let second = supervisor.hears_of_watched_process();
        let said: Value = serde_json::from_slice(&told.stdout).expect("JSON");
        assert_eq!(said["pid"], second.0.as_raw_nonzero().get());
        assert_ne!(second.0.as_raw_nonzero().get().unsigned_abs(), gateway.pid());
        more(50);
        // The same by a signal, and of one that was started for an upgrade itself.
        second.signal(Signal::USR2);
        let third = supervisor.hears_of_watched_process();
        assert_ne!(third.0, second.0);
        more(50);
        over.store(true, Ordering::Relaxed);
        (second, third)
    });
    // The one that left says nothing of an end: it is the other's service.
    supervisor.hears_nothing();
    let reply = visitor(&gateway).walk_sign_in(ANNA.0, ANNA.1);
    assert_eq!(reply.status(), 303, "{}", reply.shown());
    let (status, log) = {
        supervisor.is_fed();
        last.signal(Signal::TERM);
        assert_eq!(supervisor.hears(), "STOPPING=1\n");
        gateway.ended()
    };
    assert!(status.success(), "{status}\n{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn an_upgrade_that_fails_leaves_the_gateway_at_work_and_says_why() {
    let (app, supervisor) = (Recorder::start(), Supervisor::listen());
    let gateway = supervisor.start(&app);
    assert_eq!(supervisor.hears(), "READY=1\n");
    let good = fs::read_to_string(&gateway.config).expect("a file");
    fs::write(&gateway.config, "nonsense").expect("a file");
    let upgrade = || {
        Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["upgrade", "--data"])
            .arg(gateway.dir.path().join("data"))
            .output()
            .expect("the program runs")
    };
    let told = upgrade();
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(1), "{said}");
    assert!(said.contains("exit status: 3") && said.contains("goes on"), "{said}");
    supervisor.hears_nothing();
    let head = b"GET /public/x HTTP/1.1\r\nHost: app.test\r\n\r\n";
    assert_eq!(raw::exchange(gateway.addr, head).status(), 200);
    // Control: with its configuration it is done.
    fs::write(&gateway.config, good).expect("a file");
    let told = upgrade();
    assert!(told.status.success(), "{told:?}\n{}", gateway.log());
    let next = supervisor.hears_of_watched_process();
    assert_eq!(raw::exchange(gateway.addr, head).status(), 200);
    drop(next);
    // With nobody there it is refused.
    assert!(gateway.terminate().success());
    assert_eq!(upgrade().status.code(), Some(1));
}

/// It takes the end of the process that it knows for the end of the service.
#[test]
fn a_supervisor_is_told_of_the_new_process_before_the_old_one_may_go() {
    let (app, supervisor) = (Recorder::start(), Supervisor::listen());
    let mut gateway = supervisor.start(&app);
    assert_eq!(supervisor.hears(), "READY=1\n");
    // The word that names the new one is tried for a while, and comes to nothing.
    let others = supervisor.fill();
    assert!(gateway.hand_over().success(), "{}", gateway.log());
    let (untold, relieved) = ("the supervisor could not be told", "another gateway took over");
    let log = gateway.log();
    let when = |what: &str| {
        let line = log.lines().find(|line| line.contains(what));
        line.and_then(|line| line.split(' ').next()).unwrap_or_else(|| panic!("{what}: {log}"))
    };
    assert!(when(untold) <= when(relieved), "{log}");
    // Control: with room it hears of the next one, and nothing more is logged.
    for _ in 0..others {
        assert_eq!(supervisor.hears(), IN_THE_WAY);
    }
    supervisor.hears_nothing();
    assert!(gateway.hand_over().success(), "{}", gateway.log());
    let next = supervisor.hears_of_process();
    assert_eq!(next.0.as_raw_nonzero().get().unsigned_abs(), gateway.pid());
    assert_eq!(gateway.log().matches(untold).count(), 1);
}

#[test]
fn an_upgrade_goes_on_when_who_asked_for_it_has_gone() {
    let (app, supervisor) = (Recorder::start(), Supervisor::listen());
    let gateway = supervisor.start(&app);
    assert_eq!(supervisor.hears(), "READY=1\n");
    let text = fs::read_to_string(&gateway.config).expect("a file");
    // The new one gets its configuration when we say.
    fs::remove_file(&gateway.config).expect("a file");
    mkfifoat(CWD, &gateway.config, Mode::RUSR | Mode::WUSR).expect("a pipe");
    let ask = || {
        let door = gateway.dir.path().join("data/admin.sock");
        let mut door = UnixStream::connect(door).expect("a door");
        door.set_read_timeout(Some(PATIENCE)).expect("a time");
        let ask = b"POST /v1/upgrade HTTP/1.1\r\nHost: vestibule\r\nContent-Length: 0\r\n\r\n";
        door.write_all(ask).expect("it takes a command");
        door
    };
    let mut asked = ask();
    // Opens when the new one reads.
    let mut config = File::options().write(true).open(&gateway.config).expect("a pipe");
    asked.shutdown(Shutdown::Write).expect("a socket");
    let told = asked.read(&mut [0; 16]).expect("the gateway notices that nobody waits");
    assert_eq!(told, 0, "it is not over yet");
    // It is under way all the same.
    let mut answer = [0; 1024];
    let bytes = ask().read(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..bytes]).into_owned();
    assert!(answer.contains("another upgrade is under way"), "{answer}");

    config.write_all(text.as_bytes()).expect("the new one reads");
    drop(config);
    let next = supervisor.hears_of_watched_process();
    let (status, log) = gateway.ended();
    assert!(status.success(), "{status}\n{log}");
    let done = format!("the upgrade is done process={}", next.0.as_raw_nonzero());
    assert!(log.contains(&done), "{log}");
}

/// What `systemd-analyze verify` says of a unit.
fn verified(unit: &str) -> (bool, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("vestibule.service");
    // The program is looked for.
    let unit = unit.replace("/usr/local/bin/vestibule", env!("CARGO_BIN_EXE_vestibule"));
    fs::write(&file, unit).expect("a file");
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .arg(&file)
        .output()
        .expect("systemd-analyze is installed");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn the_unit_that_is_shipped_is_one_that_systemd_takes() {
    let unit = include_str!("../../config/vestibule.service");
    let (taken, said) = verified(unit);
    assert!(taken && !said.contains("vestibule.service"), "{said}");
    for line in ["Type=notify", "NotifyAccess=all", "Restart=on-failure", "WatchdogSec="] {
        assert!(unit.contains(line), "{line}");
    }
    // Control: a misspelt line is told.
    let (_, said) = verified(&unit.replace("NoNewPrivileges=", "NoMorePrivileges="));
    assert!(said.contains("NoMorePrivileges"), "{said}");
}
