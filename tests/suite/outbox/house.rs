//! A gateway that sends mails, and ways to look at what became of them.

use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;
use crate::support::smtp::Received;

/// How long what happens behind may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A gateway that sends mails as a section of its configuration says.
pub struct House {
    pub gateway: Gateway,
    _upstream: Recorder,
}

impl House {
    pub fn start(section: &str) -> Self {
        let upstream = Recorder::start();
        // Hashing is not what is tried here.
        let extra = format!("[hashing]\nmemory_kib = 1024\npasses = 1\n{section}");
        let gateway = Gateway::start(Setup { extra, ..Setup::new(upstream.addr()) });
        Self { gateway, _upstream: upstream }
    }

    pub fn add(&self, name: &str, flags: &[&str]) -> Output {
        let email = address(name);
        let output =
            self.gateway.cli(&[&["user", "add", name, "--email", &email], flags].concat(), "");
        assert!(output.status.success(), "{output:?}\n{}", self.gateway.log());
        output
    }

    pub fn provision(&self, name: &str) -> Output {
        let output = self.gateway.cli(&["user", "provision", name], "");
        assert!(output.status.success(), "{output:?}\n{}", self.gateway.log());
        output
    }

    pub fn visitor(&self) -> Client {
        Client::new(self.gateway.addr, &self.gateway.public_url)
    }

    /// Starts it again with one line of its configuration changed.
    pub fn demand(&mut self, was: &str, is: &str) {
        let text = fs::read_to_string(&self.gateway.config).unwrap();
        assert!(text.contains(was), "{text}");
        fs::write(&self.gateway.config, text.replace(was, is)).unwrap();
        self.gateway.restart();
    }

    /// What `user show` tells of the last mail, once it is as wanted.
    pub fn wait_for_mail(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(|| {
            let shown = self.gateway.cli(&["user", "show", name, "--json"], "");
            let shown: Value = serde_json::from_slice(&shown.stdout).expect("an account");
            Some(shown["mail"].clone()).filter(&wanted).ok_or_else(|| shown.to_string())
        })
    }

    pub fn assert_sent(&self, name: &str) {
        self.wait_for_mail(name, |mail| mail["state"] == "sent");
    }

    pub fn wait_for_empty_queue(&self) {
        self.wait_for_metric("vestibule_mails_queued", 0.0);
    }

    pub fn wait_for_metric(&self, name: &str, wanted: f64) {
        eventually(|| match self.metric(name) {
            found if found == wanted => Ok(()),
            found => Err(format!("{name} is {found}, not {wanted}: {}", self.gateway.log())),
        });
    }

    /// One sample of the metrics, by its whole name.
    pub fn metric(&self, name: &str) -> f64 {
        let operator = self.gateway.operator;
        let text = Client::new(operator, &format!("http://{operator}")).fetch("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
    }

    pub fn audit(&self) -> String {
        fs::read_to_string(self.gateway.dir.path().join("data/audit.jsonl")).unwrap()
    }

    /// Every byte of the data folder.
    pub fn kept(&self) -> Vec<u8> {
        let mut folders = vec![self.gateway.dir.path().join("data")];
        let mut bytes = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => folders.push(entry.path()),
                    kind if kind.is_file() => bytes.extend(fs::read(entry.path()).unwrap()),
                    _ => {}
                }
            }
        }
        bytes
    }
}

pub fn plain(port: u16) -> String {
    format!("[mail]\nserver = \"127.0.0.1:{port}\"\ntls = \"none\"\nfrom = \"no@portal.test\"\n")
}

pub fn address(name: &str) -> String {
    format!("{name}@example.test")
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

pub fn eventually<T>(look: impl Fn() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if start.elapsed() > PATIENCE => panic!("not within {PATIENCE:?}: {seen}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// What looks like a provisional password: four groups of four.
pub fn provisional(text: &str) -> Vec<String> {
    let is_one = |word: &&str| {
        let groups: Vec<_> = word.split('-').collect();
        let plain =
            |group: &&str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_alphanumeric());
        groups.len() == 4 && groups.iter().all(plain)
    };
    text.split_whitespace().filter(is_one).map(str::to_owned).collect()
}

pub fn password_of(mail: &Received) -> String {
    let found = provisional(&mail.text);
    assert_eq!(found.len(), 1, "{}", mail.text);
    found[0].clone()
}

/// Every address that begins with a scheme.
pub fn links(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || "\"'<>)".contains(c);
    let starts = text.match_indices("http").map(|(at, _)| &text[at..]);
    starts.filter_map(|rest| rest.split(ends).next()).map(str::to_owned).collect()
}
