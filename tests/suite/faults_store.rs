//! The disk fails under the store (F07, F08): nothing is acknowledged that is not on it, who is
//! signed in goes on, and when the disk works again so does everything.
//!
//! `strace` makes the system calls fail while it is attached, or a limit of the process does.
#![allow(clippy::disallowed_methods, reason = "what other programs do is waited for, with an end")]

use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;
use crate::support::walk::metrics;

const PASSWORD: &str = "a long enough passphrase";
/// The exit code of a data folder that cannot be used.
const DATA_FOLDER: i32 = 5;
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn what_the_disk_did_not_take_is_acknowledged_to_nobody() {
    let upstream = Recorder::start();
    let mut gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("anna", PASSWORD, &[]);
    let mut acknowledged = vec![gateway.sign_in("anna", PASSWORD)];
    assert_eq!(ready(&gateway), 200);

    let fault = Fault::begin(&gateway, "fdatasync", "EIO");
    assert_eq!(try_sign_in(&gateway), 503);
    assert_eq!(ready(&gateway), 503);
    assert_eq!(visit(&gateway, &acknowledged[0], "while-it-fails"), 200, "who is signed in");
    // Nobody else gets to the app meanwhile.
    assert_ne!(visit(&gateway, "__Host-vestibule=made-up", "marker-of-a-stranger"), 200);
    assert!(!upstream.saw(b"marker-of-a-stranger"), "{}", upstream.shown());
    fault.end(&gateway);

    // It goes on by itself, and what was acknowledged is there after a restart too.
    wait_until("it is ready again", || ready(&gateway) == 200);
    acknowledged.push(gateway.sign_in("anna", PASSWORD));
    gateway.kill();
    gateway.restart();
    for session in &acknowledged {
        assert_eq!(visit(&gateway, session, "afterwards"), 200);
    }
    let log = gateway.log();
    assert!(
        log.contains("what was changed cannot be put on the disk"),
        "the log says what failed: {log}"
    );
    assert!(!log.contains("a panic"), "{log}");
}

/// A gateway, and the sessions of anna, bert and carla there.
fn three_signed_in(upstream: &Recorder) -> (Gateway, [String; 3]) {
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    for name in ["anna", "bert", "carla"] {
        gateway.add_account(name, PASSWORD, &[]);
    }
    let sessions = ["anna", "bert", "carla"].map(|name| gateway.sign_in(name, PASSWORD));
    (gateway, sessions)
}

#[test]
fn a_store_that_could_not_write_is_opened_again_when_it_can_and_has_all_that_was_acknowledged() {
    let upstream = Recorder::start();
    let (mut gateway, [annas, berts, carlas]) = three_signed_in(&upstream);
    assert_eq!(visit(&gateway, &annas, "before"), 200);
    assert!(gateway.cli(&["user", "disable", "bert"], "").status.success());
    assert_eq!(visit(&gateway, &berts, "ended"), 401, "what was ended before is over");

    assert_eq!(reopened(&gateway), "0", "as long as its disk works");
    let limit = WritesNothing::begin(&gateway);
    assert_eq!(try_sign_in(&gateway), 503);
    assert_eq!(ready(&gateway), 503);
    let told = gateway.cli(&["user", "disable", "carla"], "");
    assert!(!told.status.success(), "nothing is acknowledged: {told:?}");
    assert_eq!(visit(&gateway, &annas, "meanwhile"), 200);
    assert_eq!(visit(&gateway, &berts, "meanwhile"), 401);
    limit.end();

    wait_until("it is ready again", || ready(&gateway) == 200);
    assert!(gateway.logged("the store was opened again"), "{}", gateway.log());
    assert_eq!(reopened(&gateway), "1");
    // Control: who asks again is heard; and a restart finds the same.
    assert!(gateway.cli(&["user", "disable", "carla"], "").status.success());
    let annas_second = gateway.sign_in("anna", PASSWORD);
    for round in ["opened-again", "restarted"] {
        for session in [&annas, &annas_second] {
            assert_eq!(visit(&gateway, session, round), 200, "{round}");
        }
        for session in [&berts, &carlas] {
            assert_eq!(visit(&gateway, session, round), 401, "{round}");
        }
        gateway.kill();
        gateway.restart();
    }
    assert!(!gateway.log().contains("panic"), "{}", gateway.log());
}

#[test]
fn a_store_that_failed_is_handed_over_as_it_is_on_the_disk() {
    let upstream = Recorder::start();
    let (mut gateway, [annas, berts, carlas]) = three_signed_in(&upstream);
    assert!(gateway.cli(&["user", "disable", "bert"], "").status.success());
    let _limit = WritesNothing::begin(&gateway);
    assert_eq!(try_sign_in(&gateway), 503);
    let told = gateway.cli(&["user", "disable", "carla"], "");
    assert!(!told.status.success(), "nothing is acknowledged: {told:?}");

    // What the system remembers of its file is let go of: it need not be on the disk.
    let (left, forgets) = hand_over_and_look(&mut gateway);
    assert!(left.success() && forgets, "{left}: {}", gateway.log());
    for (session, status) in [(&annas, 200), (&berts, 401), (&carlas, 200)] {
        assert_eq!(visit(&gateway, session, "handed-over"), status);
    }
    // Who asks again is heard, and the next one finds the same.
    assert!(gateway.cli(&["user", "disable", "carla"], "").status.success());
    // Control: a store that did not fail is handed over as it is in memory.
    let (left, forgets) = hand_over_and_look(&mut gateway);
    assert!(left.success() && !forgets, "{left}: {}", gateway.log());
    for (session, status) in [(&annas, 200), (&berts, 401), (&carlas, 401)] {
        assert_eq!(visit(&gateway, session, "handed-over-again"), status);
    }
}

/// Has another take over. Also tells whether the one that left had the system forget what it
/// remembers of the store's file.
fn hand_over_and_look(gateway: &mut Gateway) -> (ExitStatus, bool) {
    let calls = gateway.dir.path().join("calls");
    let mut strace = Command::new("strace")
        .args(["-f", "-y", "-qq", "-e", "trace=fadvise64", "-p", &gateway.pid().to_string(), "-o"])
        .arg(&calls)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("strace is installed");
    wait_until("every thread is traced", || traced(gateway).iter().all(|traced| *traced));
    let left = gateway.hand_over();
    // It ends with the last that it traces.
    strace.wait().expect("it ends");
    let calls = fs::read_to_string(calls).expect("what was traced");
    let forgets = |line: &str| line.contains("/store/db>") && line.contains("POSIX_FADV_DONTNEED");
    (left, calls.lines().any(forgets))
}

#[test]
fn a_store_that_cannot_be_opened_again_ends_the_program_for_its_supervisor() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("anna", PASSWORD, &[]);
    let limit = WritesNothing::begin(&gateway);
    assert_eq!(try_sign_in(&gateway), 503);
    // Not a store any more.
    let conf = gateway.dir.path().join("data/store/conf");
    fs::remove_file(&conf).unwrap();
    fs::create_dir(&conf).unwrap();
    limit.end();
    let (status, log) = gateway.ended();
    assert_eq!(status.code(), Some(DATA_FOLDER), "{log}");
    assert!(log.contains("vestibule: the store could not be opened again"), "{log}");
    assert!(log.contains("the store cannot be opened again yet"), "{log}");
}

/// No file takes a byte from the gateway for as long as this is there.
struct WritesNothing {
    pid: Pid,
    was: Rlimit,
}

impl WritesNothing {
    fn begin(gateway: &Gateway) -> Self {
        let pid = Pid::from_raw(i32::try_from(gateway.pid()).unwrap()).unwrap();
        // The limit that it may set itself stays, so that this one can be taken back.
        let maximum = getrlimit(Resource::Fsize).maximum;
        let none = Rlimit { current: Some(0), maximum };
        Self { pid, was: prlimit(Some(pid), Resource::Fsize, none).unwrap() }
    }

    fn end(self) {
        prlimit(Some(self.pid), Resource::Fsize, self.was).unwrap();
    }
}

fn ready(gateway: &Gateway) -> u16 {
    Client::new(gateway.operator, &format!("http://{}", gateway.operator)).fetch("/readyz").status()
}

/// How often the store was opened again, as the metrics tell it.
fn reopened(gateway: &Gateway) -> String {
    let text = metrics(gateway);
    let name = "vestibule_store_reopened_total ";
    text.lines().find_map(|line| line.strip_prefix(name)).expect("a count").to_string()
}

fn visit(gateway: &Gateway, session: &str, page: &str) -> u16 {
    let mut browser = Client::new(gateway.addr, &gateway.public_url);
    browser.send("GET", &format!("/{page}"), &[("Cookie", session)], b"").status()
}

/// The status of the first step of a sign-in that is not taken, or of the last.
fn try_sign_in(gateway: &Gateway) -> u16 {
    let mut browser = Client::new(gateway.addr, &gateway.public_url);
    let page = browser.get("/.vestibule/sign-in?other");
    let csrf = crate::support::client::hidden(&page.text(), "csrf");
    let fields = [("csrf", csrf.as_str()), ("name", "anna")];
    let step = browser.post_form("/.vestibule/sign-in", &fields);
    if step.status() != 303 {
        return step.status();
    }
    let page = browser.get("/.vestibule/password");
    let csrf = crate::support::client::hidden(&page.text(), "csrf");
    let step = browser.give_password(&csrf, PASSWORD);
    assert!(browser.cookie("__Host-vestibule").is_none() || step.status() == 303);
    step.status()
}

/// A system call that fails for as long as this is there.
struct Fault(Child);

impl Fault {
    fn begin(gateway: &Gateway, call: &str, error: &str) -> Self {
        let strace = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-p", &gateway.pid().to_string()])
            .args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:error={error}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("strace is installed");
        let fault = Self(strace);
        wait_until("every thread is traced", || traced(gateway).iter().all(|traced| *traced));
        fault
    }

    fn end(mut self, gateway: &Gateway) {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        let _ = self.0.wait();
        wait_until("no thread is traced", || !traced(gateway).contains(&true));
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Of each thread, whether it is traced.
fn traced(gateway: &Gateway) -> Vec<bool> {
    let threads = fs::read_dir(format!("/proc/{}/task", gateway.pid())).unwrap();
    threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("status")).ok())
        .map(|status| !status.contains("TracerPid:\t0\n"))
        .collect()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::yield_now();
    }
}
