//! An answer that promises something is written only after the store's file was synchronised.
//!
//! The system calls of a sign-in are recorded with `strace` and read in the order in which they
//! happened: the password comes in, the store's file is written, its synchronisation begins and
//! ends, and only then do the first bytes of the answer that carries the session leave.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const PASSWORD: &str = "a long enough passphrase";
const PATIENCE: Duration = Duration::from_secs(60);
/// The end of the path of the file in which the store keeps its log.
const STORE_FILE: &str = "/db>";
const CALLS: &str = "trace=fdatasync,fsync,sync_file_range,pwrite64,pwritev,read,readv,recvfrom,\
                     recvmsg,write,writev,sendto,sendmsg";

#[test]
fn the_store_is_synchronised_before_a_session_is_acknowledged() {
    let upstream = Recorder::start();
    let mut gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("anna", PASSWORD, &[]);
    assert!(gateway.terminate().success(), "{}", gateway.log());

    let file = gateway.dir.path().join("trace");
    let traced = Traced::start(&gateway.config, &file);
    gateway.addr = traced.addr;
    gateway.sign_in("anna", PASSWORD);
    traced.stop();
    let trace = fs::read_to_string(&file).unwrap();
    assert_eq!(synchronised(&trace), Ok(()), "{}", password_step(&trace));

    // Control: the same trace without the synchronisation is told from the true one, although
    // `sync_file_range` and every write are still in it.
    let without =
        trace_without(&trace, |line| line.contains("fdatasync") || line.contains("fsync"));
    assert_eq!(synchronised(&without), Err("the store was not synchronised"));
    // Control: so is one in which the synchronisation failed.
    let failed = |line: &str| match is_sync(line) || line.contains("sync resumed") {
        true => line.replace("= 0", "= -1 EIO (Input/output error)"),
        false => line.to_string(),
    };
    let failed: Vec<String> = trace.lines().map(failed).collect();
    let failed = failed.join("\n");
    assert_eq!(synchronised(&failed), Err("the store was not synchronised"));
    // Control: and one in which nothing was kept at all.
    let idle = trace_without(&trace, |line| line.contains("pwrite"));
    assert_eq!(synchronised(&idle), Err("the store was not written"));
}

#[test]
fn the_trace_reader_takes_the_order_of_calls_seriously() {
    let came = r#"7 recvfrom(9<socket:[1]>, "POST /.vestibule/password HTTP/1.1\r\n"..., 64) = 64"#;
    let kept = r#"8 pwrite64(5</d/data/store/db>, "x", 1, 0) = 1"#;
    let sync = "8 fdatasync(5</d/data/store/db>) = 0";
    let begun = "8 fdatasync(5</d/data/store/db> <unfinished ...>";
    let done = "8 <... fdatasync resumed>) = 0";
    let other = "8 fdatasync(6</d/data/audit.jsonl>) = 0";
    let told = r#"7 writev(9<socket:[1]>, [{iov_base="HTTP/1.1 303 See Other\r\nset-cookie: __Host-vestibule=abc"}], 1) = 60"#;

    let not_synchronised = Err("the store was not synchronised");
    assert_eq!(synchronised(&[came, kept, sync, told].join("\n")), Ok(()));
    assert_eq!(synchronised(&[came, kept, begun, done, told].join("\n")), Ok(()));
    // Begun in time, but not over when the answer went out.
    assert_eq!(synchronised(&[came, kept, begun, told, done].join("\n")), not_synchronised);
    // Begun before the write that it would have to cover.
    assert_eq!(synchronised(&[came, begun, kept, done, told].join("\n")), not_synchronised);
    assert_eq!(synchronised(&[sync, came, kept, told].join("\n")), not_synchronised);
    assert_eq!(synchronised(&[came, kept, told, sync].join("\n")), not_synchronised);
    assert_eq!(synchronised(&[came, kept, other, told].join("\n")), not_synchronised);
    assert_eq!(synchronised(&[came, sync, told].join("\n")), Err("the store was not written"));
    assert_eq!(synchronised(kept), Err("the password was not seen to come in"));
    assert_eq!(synchronised(came), Err("the answer with the session was not seen"));
}

#[test]
fn nothing_is_kept_in_files_that_the_synchronisation_would_miss() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let groups: Vec<String> = (0..20).map(|number| format!("group-{number}")).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    gateway.add_account("anna", PASSWORD, &groups);
    for round in 0..12 {
        gateway.sign_in("anna", PASSWORD);
        let name = format!("Anna{}", "x".repeat(round));
        let output = gateway.cli(&["user", "set", "anna", "--full-name", &name], "");
        assert!(output.status.success(), "{output:?}");
    }
    assert!(gateway.terminate().success(), "{}", gateway.log());

    let data = gateway.dir.path().join("data");
    let blobs = folders_called("blobs", &data);
    assert!(!blobs.is_empty(), "the store has no folder `blobs` below {}", data.display());
    assert_eq!(files_in(&blobs), Vec::<PathBuf>::new());

    // Control: a file that the store would have put aside is found.
    let aside = blobs[0].join("4711");
    fs::write(&aside, "a value that was too large").unwrap();
    assert_eq!(files_in(&blobs), [aside]);
}

fn folders_called(name: &str, below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        found.extend(folders_called(name, &path));
        if path.ends_with(name) {
            found.push(path);
        }
    }
    found
}

fn files_in(folders: &[PathBuf]) -> Vec<PathBuf> {
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    entries.map(|entry| entry.unwrap().path()).collect()
}

// ---- Reading a trace ---------------------------------------------------------------------------

/// Whether, after the password came in, the store's file was written and then synchronised before
/// the answer with the session went out.
fn synchronised(trace: &str) -> Result<(), &'static str> {
    let lines: Vec<&str> = trace.lines().collect();
    let came = lines
        .iter()
        .position(|line| line.contains("POST /.vestibule/password"))
        .ok_or("the password was not seen to come in")?;
    let told = lines[came..]
        .iter()
        .position(|line| acknowledges(line))
        .ok_or("the answer with the session was not seen")?;
    let between = &lines[came..came + told];
    let kept = between
        .iter()
        .position(|line| line.contains("pwrite") && line.contains(STORE_FILE))
        .ok_or("the store was not written")?;

    let mut begun = Vec::new();
    for line in &between[kept..] {
        let thread = line.split_whitespace().next().unwrap_or_default();
        if is_whole_sync(line) {
            return Ok(());
        }
        if is_sync(line) && line.contains(STORE_FILE) && line.ends_with("<unfinished ...>") {
            begun.push(thread);
        }
        let over = line.contains("fdatasync resumed") || line.contains("fsync resumed");
        if over && succeeded(line) && begun.contains(&thread) {
            return Ok(());
        }
    }
    Err("the store was not synchronised")
}

/// A write that carries both the status and the session's cookie; the ticket's has another name.
fn acknowledges(line: &str) -> bool {
    let writes =
        ["write(", "writev(", "sendto(", "sendmsg("].iter().any(|call| line.contains(call));
    writes && line.contains("HTTP/1.1 303") && line.contains("__Host-vestibule=")
}

fn is_sync(line: &str) -> bool {
    line.contains("fdatasync(") || line.contains(" fsync(")
}

fn is_whole_sync(line: &str) -> bool {
    is_sync(line) && line.contains(STORE_FILE) && succeeded(line)
}

fn succeeded(line: &str) -> bool {
    line.trim_end().ends_with("= 0")
}

fn trace_without(trace: &str, unwanted: impl Fn(&str) -> bool) -> String {
    trace.lines().filter(|line| !unwanted(line)).collect::<Vec<_>>().join("\n")
}

/// The part of a trace that matters, for the message of a failed assertion; no data in it.
fn password_step(trace: &str) -> String {
    let from = trace.lines().skip_while(|line| !line.contains("POST /.vestibule/password"));
    let calls: Vec<&str> =
        from.map(|line| line.split('"').next().unwrap_or(line)).take(80).collect();
    calls.join("\n")
}

// ---- A gateway under strace ---------------------------------------------------------------------

/// A gateway whose system calls are recorded.
struct Traced {
    strace: Child,
    gateway: Pid,
    addr: SocketAddr,
}

impl Traced {
    fn start(config: &Path, trace: &Path) -> Self {
        let mut strace = Command::new("strace")
            // Paths beside descriptors, and strings long enough for the head of an answer.
            .args(["-f", "-y", "-qq", "-s", "4096", "-e", CALLS, "-o"])
            .arg(trace)
            .arg(env!("CARGO_BIN_EXE_vestibule"))
            .args(["serve", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("strace is installed");
        let stdout = strace.stdout.take().unwrap();
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let Ok(line) = lines.recv_timeout(PATIENCE) else {
            let _ = strace.kill();
            panic!("the gateway under strace did not say that it listens");
        };
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let addr = ready["listen"][0].as_str().unwrap().parse().unwrap();
        let gateway = child_of(strace.id()).expect("strace runs the gateway");
        Self { strace, gateway, addr }
    }

    /// Stops the gateway; strace writes the rest of its trace and follows.
    fn stop(mut self) {
        let _ = kill_process(self.gateway, Signal::TERM);
        self.strace.wait().unwrap();
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // After `stop` both are gone; `try_wait` keeps a reused number from being signalled.
        if matches!(self.strace.try_wait(), Ok(None)) {
            let _ = kill_process(self.gateway, Signal::KILL);
            let _ = self.strace.kill();
            let _ = self.strace.wait();
        }
    }
}

fn child_of(process: u32) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    let child = children.split_whitespace().next()?.parse().ok()?;
    Pid::from_raw(child)
}
