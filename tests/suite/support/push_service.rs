//! A push service and its browsers as a process of its own (`push_service.py`, which needs Python
//! with cryptography). It is another's cryptography, so it shows what push services and browsers see.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::python::Python;
use super::raw;

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
    server: Python,
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

impl PushService {
    /// Starts a service and waits until it listens.
    pub fn start(setup: PushSetup) -> Self {
        let server = Python::start("push_service.py", "", |command, dir| {
            if setup.tls {
                command.arg("--tls").arg(dir);
            }
            if let Some(now) = setup.now {
                command.args(["--now", &now.to_string()]);
            }
        });
        let text = |key: &str| server.listening[key].as_str().map(str::to_string);
        let address = text("address").and_then(|url| url.strip_prefix("http://")?.parse().ok());
        Self {
            origin: text("origin").expect("an origin"),
            address: address.expect("an address"),
            ca: text("ca").map(PathBuf::from),
            server,
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
        let enough = |events: &[Value]| {
            let pushes = events.iter().filter(|event| event["event"] == "push");
            (pushes.filter(|push| push["id"] == id).count() >= count).then_some(())
        };
        let waited = self.server.wait(enough);
        let log = || self.server.log();
        assert!(waited.is_some(), "{id} was pushed to fewer than {count} times: {}", log());
    }

    fn ask(&self, target: &str) -> Value {
        let host = self.address;
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let reply = raw::exchange(host, request.as_bytes());
        assert_eq!(reply.status(), 200, "{}: {}", reply.shown(), self.server.log());
        serde_json::from_slice(&reply.body()).expect("JSON")
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
