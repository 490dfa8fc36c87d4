//! The disk fails under the store (F07, F08): nothing is acknowledged that is not on it, who is
//! signed in goes on, and when the disk works again so does everything.
//!
//! `strace` makes the system calls fail while it is attached.
#![allow(clippy::disallowed_methods, reason = "what other programs do is waited for, with an end")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const PASSWORD: &str = "a long enough passphrase";
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
    assert_eq!(ready(&gateway), 200);
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

fn ready(gateway: &Gateway) -> u16 {
    Client::new(gateway.operator, &format!("http://{}", gateway.operator)).fetch("/readyz").status()
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
