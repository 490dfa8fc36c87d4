//! A push service and its browsers as a process of its own (`push_service.py`, which needs Python
//! with cryptography). It is another's cryptography, so it shows what push services and browsers see.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::raw;

/// How long a start, or a push on its way, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a test may choose about a push service. By default it speaks plain HTTP and has the time of
/// the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct PushSetup {
    /// Whether pushes come by https, at `localhost` with a certificate of an authority of its own.
    pub tls: bool,
    /// The time by which signatures expire, in seconds since 1970.
    pub now: Option<u64>,
}

/// A running push service. It ends when this is dropped, or when the test's process does.
pub struct PushService {
    /// Where pushes come: `http://127.0.0.1:PORT`, or `https://localhost:PORT`. What `push.hosts`
    /// needs.
    pub origin: String,
    address: SocketAddr,
    ca: Option<PathBuf>,
    child: Child,
    dir: TempDir,
    told: Arc<Told>,
}

/// What a browser gives of its subscription.
#[derive(Clone, Debug)]
pub struct Subscribed {
    /// Where to write to it.
    pub endpoint: String,
    /// Its public key, in base64url.
    pub p256dh: String,
    /// Its secret, in base64url.
    pub auth: String,
}

/// A push that was taken, as the browser reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// What it says.
    pub text: String,
    /// The header `Topic`.
    pub topic: Option<String>,
    /// The header `TTL`, in seconds.
    pub ttl: String,
    /// The header `Urgency`.
    pub urgency: Option<String>,
}

#[derive(Default)]
struct Told {
    events: Mutex<Events>,
    more: Condvar,
}

#[derive(Default)]
struct Events {
    listening: Option<Value>,
    /// Of each push, whom it was for.
    pushes: Vec<String>,
    ended: bool,
}

impl PushService {
    /// Starts a service and waits until it listens.
    pub fn start(setup: PushSetup) -> Self {
        let dir = TempDir::new().expect("a folder for the push service");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/support");
        let mut command = Command::new("python3");
        command.arg(script.join("push_service.py"));
        if setup.tls {
            command.arg("--tls").arg(dir.path());
        }
        if let Some(now) = setup.now {
            command.args(["--now", &now.to_string()]);
        }
        let log = File::create(dir.path().join("push.log")).expect("a log file");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("python3 starts");
        let told = Arc::new(Told::default());
        let (output, writer) = (child.stdout.take().expect("an output"), told.clone());
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                writer.add(&line);
            }
            writer.change(|events| events.ended = true);
        });
        let listening = told.wait(|events| events.listening.clone());
        let log = || fs::read_to_string(dir.path().join("push.log")).unwrap_or_default();
        let listening = listening.unwrap_or_else(|| panic!("the push service ended: {}", log()));
        let text = |key: &str| listening[key].as_str().map(str::to_string);
        let address = text("address").and_then(|url| url.strip_prefix("http://")?.parse().ok());
        Self {
            origin: text("origin").expect("an origin"),
            address: address.expect("an address"),
            ca: text("ca").map(PathBuf::from),
            child,
            dir,
            told,
        }
    }

    /// The file with the certificate authority to trust, in PEM.
    ///
    /// # Panics
    ///
    /// Where the service does not encrypt.
    pub fn ca_file(&self) -> &Path {
        self.ca.as_deref().expect("a service that encrypts")
    }

    /// The subscription of a browser, made when it is first asked for.
    pub fn subscription(&self, id: &str) -> Subscribed {
        self.subscription_at(&format!("/subscription/{id}"))
    }

    /// The same, bound to a gateway's public key, as browsers bind theirs.
    pub fn subscription_for(&self, id: &str, application_server_key: &str) -> Subscribed {
        self.subscription_at(&format!("/subscription/{id}?key={application_server_key}"))
    }

    fn subscription_at(&self, target: &str) -> Subscribed {
        let given = self.ask(target);
        let text = |value: &Value| value.as_str().expect("a text").to_string();
        Subscribed {
            endpoint: text(&given["endpoint"]),
            p256dh: text(&given["keys"]["p256dh"]),
            auth: text(&given["keys"]["auth"]),
        }
    }

    /// What a browser has received so far.
    pub fn received(&self, id: &str) -> Vec<Pushed> {
        let given = self.ask(&format!("/received/{id}"));
        given.as_array().expect("a list").iter().map(Pushed::read).collect()
    }

    /// Why other pushes to a browser were refused.
    pub fn refused(&self, id: &str) -> Vec<String> {
        let given = self.ask(&format!("/refused/{id}"));
        let reasons = given.as_array().expect("a list").iter();
        reasons.map(|reason| reason.as_str().unwrap_or_default().to_string()).collect()
    }

    /// What pushes to a browser are answered from now on: a status, or `hang`.
    pub fn answer(&self, id: &str, answer: &str) {
        let host = self.address;
        let request = format!(
            "POST /answer/{id} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{answer}",
            answer.len()
        );
        let reply = raw::exchange(host, request.as_bytes());
        assert_eq!(reply.status(), 204, "{}", reply.shown());
    }

    /// Waits until a browser was pushed to so many times, whatever was answered.
    ///
    /// # Panics
    ///
    /// Where that does not happen.
    pub fn wait_for(&self, id: &str, count: usize) {
        let enough = |events: &Events| {
            let pushes = events.pushes.iter().filter(|whom| *whom == id).count();
            (pushes >= count).then_some(())
        };
        let waited = self.told.wait(enough);
        assert!(waited.is_some(), "{id} was pushed to fewer than {count} times: {}", self.log());
    }

    fn ask(&self, target: &str) -> Value {
        let host = self.address;
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let reply = raw::exchange(host, request.as_bytes());
        assert_eq!(reply.status(), 200, "{}: {}", reply.shown(), self.log());
        serde_json::from_slice(&reply.body()).expect("JSON")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("push.log")).unwrap_or_default()
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Pushed {
    fn read(given: &Value) -> Self {
        let text = |key: &str| given[key].as_str().map(str::to_string);
        Self {
            text: text("text").unwrap_or_default(),
            topic: text("topic"),
            ttl: text("ttl").unwrap_or_default(),
            urgency: text("urgency"),
        }
    }
}

impl Told {
    fn add(&self, line: &str) {
        let event: Value = match serde_json::from_str(line) {
            Ok(event) => event,
            Err(error) => panic!("{error} in what the push service told: {line}"),
        };
        self.change(|events| match event["event"].as_str() {
            Some("push") => events.pushes.extend(event["id"].as_str().map(str::to_string)),
            _ => events.listening = Some(event),
        });
    }

    fn change(&self, change: impl FnOnce(&mut Events)) {
        change(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner));
        self.more.notify_all();
    }

    /// `None` where the service ended or patience did.
    fn wait<T>(&self, ready: impl Fn(&Events) -> Option<T>) -> Option<T> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |events: &mut Events| ready(events).is_none() && !events.ended;
        let (events, _) = self
            .more
            .wait_timeout_while(events, PATIENCE, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        ready(&events)
    }
}
