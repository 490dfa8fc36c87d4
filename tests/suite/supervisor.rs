//! What a supervisor such as systemd is told (`sd_notify`): ready, reading again, stopping, and who
//! serves after an upgrade, which the gateway makes itself under load.

use std::cell::Cell;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;
use crate::support::walk::visitor;

const PATIENCE: Duration = Duration::from_secs(60);

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

    /// The process that it is told to take for the main one.
    fn hears_of_process(&self) -> Process {
        let word = self.hears();
        let pid = word.strip_prefix("MAINPID=").and_then(|rest| rest.strip_suffix("\nREADY=1\n"));
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
    let last = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| raw::ask_until(&over, addr, &head, &done));
        }
        more(50);
        let told = gateway.cli(&["upgrade", "--json"], "");
        assert!(told.status.success(), "{told:?}\n{}", gateway.log());
        let second = supervisor.hears_of_process();
        let said: Value = serde_json::from_slice(&told.stdout).expect("JSON");
        assert_eq!(supervisor.fed.get(), 0);
        assert_eq!(said["pid"], second.0.as_raw_nonzero().get());
        assert_ne!(second.0.as_raw_nonzero().get().unsigned_abs(), gateway.pid());
        more(50);
        // The same by a signal, and of one that was started for an upgrade itself.
        second.signal(Signal::USR2);
        let third = supervisor.hears_of_process();
        assert_ne!(third.0, second.0);
        more(50);
        over.store(true, Ordering::Relaxed);
        third
    });
    // The one that left says nothing of an end: it is the other's service.
    supervisor.hears_nothing();
    let reply = visitor(&gateway).walk_sign_in(ANNA.0, ANNA.1);
    assert_eq!(reply.status(), 303, "{}", reply.shown());
    let (status, log) = {
        // The first was told that another is watched; the last one is watched itself.
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
    let next = supervisor.hears_of_process();
    assert_eq!(raw::exchange(gateway.addr, head).status(), 200);
    drop(next);
    // With nobody there it is refused.
    assert!(gateway.terminate().success());
    assert_eq!(upgrade().status.code(), Some(1));
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
