//! What the program lives on runs out: descriptors (F25), or somebody who reads its log (F27).
#![allow(clippy::disallowed_methods, reason = "what other programs do is waited for, with an end")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const PATIENCE: Duration = Duration::from_secs(60);
/// What the log says, in part.
const NOT_ACCEPTED: &str = "could not be accepted";
const LINES_LOST: &str = "log lines were lost";

#[test]
fn a_gateway_without_descriptors_says_so_once_and_goes_on_when_there_are_some() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    assert_eq!(visitor.get("/.vestibule/sign-in").status(), 200);
    let mut before = KeptAlive::open(gateway.addr);
    assert_eq!(before.status("/.vestibule/whoami"), 401);

    let pid = Pid::from_raw(i32::try_from(gateway.pid()).unwrap());
    let open = fs::read_dir(format!("/proc/{}/fd", gateway.pid())).unwrap().count();
    let most = u64::try_from(open + 8).unwrap();
    // The limit that it may set itself stays, so that this one can be taken back.
    let maximum = getrlimit(Resource::Nofile).maximum;
    let was = prlimit(pid, Resource::Nofile, Rlimit { current: Some(most), maximum }).unwrap();
    let crowd: Vec<TcpStream> =
        (0..64).map(|_| TcpStream::connect(gateway.addr).unwrap()).collect();
    wait_until("the gateway says that it cannot accept", || gateway.logged(NOT_ACCEPTED));

    // Who was there before is served all the while.
    for _ in 0..20 {
        assert_eq!(before.status("/.vestibule/whoami"), 401);
    }
    // Control: who comes now is not, for want of a descriptor and of nothing else.
    let mut late = KeptAlive::open(gateway.addr);
    late.ask("/.vestibule/whoami");
    late.stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    assert!(late.stream.read(&mut [0]).is_err(), "a descriptor was left");
    // The log is not filled: each worker says it at most once in half a minute.
    let said = gateway.log().matches(NOT_ACCEPTED).count();
    let workers = std::thread::available_parallelism().unwrap().get();
    assert!((1..=3 * workers).contains(&said), "said {said} times");

    // The crowd leaves; who waited is served, and everybody after.
    drop(crowd);
    late.stream.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(late.read_status(), 401);
    assert_eq!(visitor.get("/.vestibule/sign-in").status(), 200);
    prlimit(pid, Resource::Nofile, was).unwrap();
    assert!(!gateway.log().contains("panic"), "{}", gateway.log());
}

#[test]
fn requests_are_answered_while_nobody_reads_the_log() {
    let upstream = Recorder::start();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("vestibule.toml");
    fs::write(&config, Setup::new(upstream.addr()).text()).unwrap();
    let mut gateway = Unread::start(&config);

    // Each of these is refused, and each refusal is a line of the log: far more than a pipe and the
    // queue before it hold.
    let asked = 8000;
    let mut visitor = KeptAlive::open(gateway.addr);
    for number in 0..asked {
        let status = visitor.status_of(&format!(
            "GET /{number}-of-the-requests HTTP/1.1\r\nHost: nobody.test\r\n\r\n"
        ));
        assert!(matches!(status, 404 | 421), "request {number}: {status}");
    }
    let dropped = gateway.dropped();
    assert!(dropped > 0, "every line found room, so nothing was tried");

    // Somebody reads again: what waited comes, and the log says that lines are missing.
    let (mut kept, mut told) = (0, None);
    let stderr = BufReader::new(gateway.child.stderr.take().unwrap());
    for line in stderr.lines().map(Result::unwrap) {
        kept += u64::from(line.contains("nobody.test") || line.contains("reason="));
        if line.contains(LINES_LOST) {
            told = Some(line);
            break;
        }
    }
    assert!(told.is_some_and(|line| line.contains(&format!("lost={dropped}"))), "{dropped}");
    // Every refusal is either in the log or counted.
    assert_eq!(kept + dropped, asked);
}

#[test]
fn a_gateway_stops_when_told_even_if_nobody_reads_the_log() {
    let upstream = Recorder::start();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("vestibule.toml");
    fs::write(&config, Setup::new(upstream.addr()).text()).unwrap();
    let mut gateway = Unread::start(&config);
    let mut visitor = KeptAlive::open(gateway.addr);
    while gateway.dropped() == 0 {
        for _ in 0..1000 {
            visitor.status_of("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n");
        }
    }
    drop(visitor);
    kill_process(Pid::from_child(&gateway.child), Signal::TERM).unwrap();
    wait_until("the gateway ends", || gateway.child.try_wait().unwrap().is_some());
    assert!(gateway.child.wait().unwrap().success());
}

/// A gateway whose log goes into a pipe that nobody reads.
struct Unread {
    child: Child,
    addr: SocketAddr,
    operator: SocketAddr,
}

impl Unread {
    fn start(config: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["serve", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = |value: &serde_json::Value| value.as_str().unwrap().parse().unwrap();
        let (addr, operator) = (address(&ready["listen"][0]), address(&ready["operator"]));
        Self { child, addr, operator }
    }

    /// How many lines were lost so far, as the operator is told.
    fn dropped(&self) -> u64 {
        metric(self.operator, "vestibule_log_lines_dropped_total")
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A metric without labels.
fn metric(operator: SocketAddr, name: &str) -> u64 {
    let page = Client::new(operator, &format!("http://{operator}")).fetch("/metrics").text();
    let line = page.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::yield_now();
    }
}

/// One connection that is used again and again.
struct KeptAlive {
    stream: TcpStream,
    from: BufReader<TcpStream>,
}

impl KeptAlive {
    fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let from = BufReader::new(stream.try_clone().unwrap());
        Self { stream, from }
    }

    fn ask(&mut self, path: &str) {
        let head = format!("GET {path} HTTP/1.1\r\nHost: app.test\r\n\r\n");
        self.stream.write_all(head.as_bytes()).unwrap();
    }

    fn status(&mut self, path: &str) -> u16 {
        self.ask(path);
        self.read_status()
    }

    fn status_of(&mut self, head: &str) -> u16 {
        self.stream.write_all(head.as_bytes()).unwrap();
        self.read_status()
    }

    /// Reads one answer with a length, whole.
    fn read_status(&mut self) -> u16 {
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            self.from.read_line(&mut line).unwrap();
            assert!(!line.is_empty(), "the connection ended");
            let line = line.trim_end().to_ascii_lowercase();
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            } else if line.is_empty() {
                break;
            }
            assert!(!line.starts_with("transfer-encoding"), "{line}");
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        status.unwrap()
    }
}
