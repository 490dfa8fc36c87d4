//! The gateway as a process of its own, started the way an operator starts it, in a folder that
//! ends with the test.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::client::Client;

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running gateway. It is killed when this is dropped.
pub struct Gateway {
    /// Where visitors are served.
    pub addr: SocketAddr,
    /// Where else.
    pub others: Vec<SocketAddr>,
    /// Where the operator is served.
    pub operator: SocketAddr,
    /// The address the gateway says its own pages have.
    pub public_url: String,
    /// The folder with configuration, data and log.
    pub dir: TempDir,
    /// The configuration file.
    pub config: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    process: Mutex<Process>,
}

/// What a test may choose about a gateway.
pub struct Setup {
    /// The upstream of both apps.
    pub upstream: SocketAddr,
    /// The listeners, as the operator writes them.
    pub listen: String,
    /// Lines for the `[server]` table.
    pub extra_server: String,
    /// The `[sign_in]` table.
    pub sign_in: String,
    /// Rules of the app `portal` before its others.
    pub rules: String,
    /// Tables after the apps.
    pub extra: String,
    /// What stands in the environment beside what the test's own has.
    pub environment: Vec<(&'static str, OsString)>,
    /// Where the pages live. Its host is also the host of the app `portal`.
    pub public_url: String,
}

impl Setup {
    /// Two apps on one upstream: `portal` with a public, an admin and a signed-in part on
    /// `app.test`, and `open` on `open.test`, where everyone may do everything.
    pub fn new(upstream: SocketAddr) -> Self {
        Self {
            upstream,
            listen: "[\"127.0.0.1:0\"]".to_string(),
            extra_server: String::new(),
            sign_in: "second_factor = \"optional\"".to_string(),
            rules: String::new(),
            extra: String::new(),
            environment: Vec::new(),
            public_url: "https://app.test".to_string(),
        }
    }

    /// The configuration file.
    pub fn text(&self) -> String {
        let Self { upstream, listen, extra_server, sign_in, rules, extra, public_url, .. } = self;
        let authority = public_url.split("://").nth(1).unwrap_or(public_url);
        let host = authority.split([':', '/']).next().unwrap_or(authority);
        format!(
            r#"[server]
listen = {listen}
public_url = "{public_url}"
data_dir = "data"
apps_on_sign_in_host = true
{extra_server}
[operator]
listen = "127.0.0.1:0"
[sign_in]
{sign_in}
[brand]
name = "My portal"
[[app]]
name = "portal"
hosts = ["{host}"]
upstreams = ["http://{upstream}"]
headers = "remote"
{rules}
  [[app.rule]]
  path = "/public/"
  allow = "everyone"
  [[app.rule]]
  path = "/admin/"
  groups = ["admin"]
  [[app.rule]]
  path = "/"
  allow = "signed-in"
[[app]]
name = "open"
hosts = ["open.test"]
upstreams = ["http://{upstream}"]
headers = "remote"
  [[app.rule]]
  path = "/"
  allow = "everyone"
{extra}
"#
        )
    }
}

impl Gateway {
    /// Writes the configuration, starts the gateway and waits until it listens.
    pub fn start(setup: Setup) -> Self {
        let dir = TempDir::new().expect("a folder for the gateway");
        let config = dir.path().join("vestibule.toml");
        fs::write(&config, setup.text()).expect("the configuration is written");
        let (process, ready) = Process::start(&dir, &config, &[], &setup.environment);
        Self {
            environment: setup.environment,
            addr: ready.addr,
            others: ready.others,
            operator: ready.operator,
            public_url: ready.public_url,
            dir,
            config,
            process: Mutex::new(process),
        }
    }

    /// Runs the program beside the gateway, on the same configuration.
    pub fn cli(&self, args: &[&str], stdin: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(args)
            .arg("--config")
            .arg(&self.config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A command that reads no input may be gone before it is written.
        let _ = child.stdin.take().expect("an input").write_all(stdin.as_bytes());
        child.wait_with_output().expect("the program ends")
    }

    /// Adds an account with a permanent password.
    pub fn add_account(&self, name: &str, password: &str, groups: &[&str]) {
        let email = format!("{name}@example.test");
        let mut args = vec!["user", "add", name, "--email", &email, "--password-stdin", "--json"];
        for group in groups {
            args.extend(["--group", group]);
        }
        let output = self.cli(&args, &format!("{password}\n"));
        assert!(output.status.success(), "user add {name}: {output:?}\n{}", self.log());
    }

    /// Signs in over HTTP and returns the session cookie as `NAME=VALUE`.
    pub fn sign_in(&self, name: &str, password: &str) -> String {
        let mut client = Client::new(self.addr, &self.public_url);
        let reply = client.walk_sign_in(name, password);
        assert_eq!(reply.status(), 303, "password step: {}\n{}", reply.shown(), self.log());
        let cookie = ["__Host-vestibule", "vestibule"]
            .into_iter()
            .find_map(|name| client.cookie(name).map(|value| format!("{name}={value}")));
        cookie.unwrap_or_else(|| panic!("no session cookie: {}", reply.shown()))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process().pid
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&self) {
        self.process().kill();
    }

    /// Asks it to stop and waits until it has.
    pub fn terminate(&self) -> ExitStatus {
        self.process().terminate().expect("the gateway was still running")
    }

    /// Starts it again on the same configuration and data. The ports are new.
    pub fn restart(&mut self) {
        let _ = self.process().terminate();
        let (process, ready) = Process::start(&self.dir, &self.config, &[], &self.environment);
        self.process = Mutex::new(process);
        self.addr = ready.addr;
        self.others = ready.others;
        self.operator = ready.operator;
        self.public_url = ready.public_url;
    }

    /// Has another gateway take its place, and returns the exit status of this one once it has
    /// finished what it had begun.
    pub fn hand_over(&mut self) -> ExitStatus {
        let (process, ready) =
            Process::start(&self.dir, &self.config, &["--take-over"], &self.environment);
        assert_eq!((ready.addr, ready.operator), (self.addr, self.operator), "other sockets");
        let before = std::mem::replace(&mut self.process, Mutex::new(process));
        before.into_inner().unwrap_or_else(PoisonError::into_inner).ended()
    }

    /// Waits until it ends by itself. Gives its exit status and its log.
    pub fn ended(self) -> (ExitStatus, String) {
        let process = self.process.into_inner().unwrap_or_else(PoisonError::into_inner);
        (process.ended(), read_log(&self.dir))
    }

    /// Whether it has this in its log, now or soon: lines are written by a thread of their own.
    pub fn logged(&self, text: &str) -> bool {
        for _ in 0..100 {
            if self.log().contains(text) {
                return true;
            }
            thread::park_timeout(Duration::from_millis(50));
        }
        false
    }

    /// What it wrote to its error output, over all starts. Lines are written by a thread of their
    /// own, so it waits until no more come.
    pub fn log(&self) -> String {
        let mut log = read_log(&self.dir);
        for _ in 0..40 {
            thread::park_timeout(Duration::from_millis(50));
            let now = read_log(&self.dir);
            if now == log {
                break;
            }
            log = now;
        }
        log
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ready {
    addr: SocketAddr,
    others: Vec<SocketAddr>,
    operator: SocketAddr,
    public_url: String,
}

/// The child and its watcher.
struct Process {
    pid: u32,
    child: Option<Child>,
    watcher: Child,
}

impl Process {
    fn start(
        dir: &TempDir,
        config: &PathBuf,
        args: &[&str],
        environment: &[(&'static str, OsString)],
    ) -> (Self, Ready) {
        let path = dir.path().join("gateway.log");
        let log = File::options().create(true).append(true).open(path).expect("a log file");
        let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["serve", "--config"])
            .arg(config)
            .args(args)
            .env_remove("NOTIFY_SOCKET")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the gateway starts");
        let stdout = child.stdout.take().expect("an output");
        let (pid, watcher) = (child.id(), watch(child.id(), dir));
        let process = Self { pid, child: Some(child), watcher };

        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            // Reading goes on to the end, so that the gateway never writes into a closed pipe.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let line = match receiver.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => panic!("gateway ended: {}", read_log(dir)),
            Err(RecvTimeoutError::Timeout) => panic!("gateway is not ready: {}", read_log(dir)),
        };
        (process, Ready::read(&line))
    }

    fn kill(&mut self) {
        self.call_off();
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Waits until it ends by itself.
    fn ended(mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it was running");
        let (sender, receiver) = mpsc::channel();
        let pid = Pid::from_child(&child);
        thread::spawn(move || sender.send(child.wait()));
        let status = receiver.recv_timeout(PATIENCE);
        // The folder is the next one's: only the process may go.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        match status {
            Ok(status) => status.expect("an exit status"),
            Err(_) => {
                let _ = kill_process(pid, Signal::KILL);
                panic!("gateway did not end within {PATIENCE:?}");
            }
        }
    }

    /// `None` where it had ended before.
    fn terminate(&mut self) -> Option<ExitStatus> {
        self.call_off();
        let mut child = self.child.take()?;
        let pid = Pid::from_child(&child);
        let _ = kill_process(pid, Signal::TERM);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait()));
        match receiver.recv_timeout(PATIENCE) {
            Ok(status) => Some(status.expect("an exit status")),
            Err(_) => {
                let _ = kill_process(pid, Signal::KILL);
                panic!("gateway did not stop within {PATIENCE:?}");
            }
        }
    }

    fn call_off(&mut self) {
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Ready {
    fn read(line: &str) -> Self {
        let value: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        assert_eq!(value["event"], "listening", "{line}");
        let text = |value: &serde_json::Value| {
            value.as_str().unwrap_or_else(|| panic!("a text is missing in {line}")).to_string()
        };
        let listen = value["listen"].as_array().expect("a list of listeners").iter().map(text);
        // A socket that is a file has none.
        let mut others: Vec<SocketAddr> = listen.filter_map(|text| text.parse().ok()).collect();
        Self {
            addr: others.remove(0),
            others,
            operator: text(&value["operator"]).parse().expect("an operator address"),
            public_url: text(&value["public_url"]),
        }
    }
}

/// Starts a process that ends the gateway and removes its folder when this process is gone: a
/// gateway kept in a static is never dropped. It waits on a pipe that closes with us.
fn watch(pid: u32, dir: &TempDir) -> Child {
    Command::new("sh")
        .args(["-c", "read -r _; kill -9 \"$1\"; rm -rf \"$2\"", "watcher"])
        .arg(pid.to_string())
        .arg(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the watcher starts")
}

fn read_log(dir: &TempDir) -> String {
    let bytes = fs::read(dir.path().join("gateway.log")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
