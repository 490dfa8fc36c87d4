//! A mail server as a process of its own (`smtp_server.py`, which needs Python with aiosmtpd), in a
//! folder that ends with the test. It is another's program, so it shows what mail servers see.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// How long a start, or a mail on its way, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the server wants its connections encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    None,
    /// After STARTTLS, which it requires.
    StartTls,
    /// From the first byte on.
    Wrapped,
}

/// What a test may choose about a mail server.
pub struct SmtpSetup {
    /// How connections are encrypted.
    pub encryption: Encryption,
    /// The user and password it requires.
    pub user: Option<(String, String)>,
    /// What it refuses with which code: `ADDRESS` of a recipient, `content:ADDRESS` of one whose
    /// mails are refused at their end, `sender:ADDRESS`.
    pub refuse: Vec<(String, u16)>,
}

impl Default for SmtpSetup {
    /// Takes everything from everybody.
    fn default() -> Self {
        Self { encryption: Encryption::None, user: None, refuse: Vec::new() }
    }
}

/// A running mail server. It ends when this is dropped, or when the test's process does.
pub struct SmtpServer {
    /// Where it listens, on 127.0.0.1. Its certificate is for `localhost`.
    pub port: u16,
    /// The folder with its certificates and the mails as they came.
    pub dir: TempDir,
    ca: Option<PathBuf>,
    child: Child,
    inbox: Arc<Inbox>,
}

/// A mail as the server received it.
#[derive(Clone, Debug)]
pub struct Received {
    /// Whom the envelope says it is from.
    pub sender: String,
    /// Whom the envelope says it is for.
    pub recipients: Vec<String>,
    /// Who had signed in at the server.
    pub user: Option<String>,
    /// Whether it came over an encrypted connection.
    pub encrypted: bool,
    /// Which of the server's connections it came over, from 1.
    pub connection: u64,
    /// Its head, decoded.
    pub headers: Vec<(String, String)>,
    /// Its plain text, decoded.
    pub text: String,
    /// Its HTML, decoded.
    pub html: String,
    /// Where its bytes are.
    pub file: PathBuf,
}

#[derive(Default)]
struct Inbox {
    events: Mutex<Events>,
    more: Condvar,
}

#[derive(Default)]
struct Events {
    listening: Option<Value>,
    mails: Vec<Received>,
    ended: bool,
}

impl SmtpServer {
    /// Starts a server and waits until it listens.
    pub fn start(setup: &SmtpSetup) -> Self {
        let dir = TempDir::new().expect("a folder for the mail server");
        let encryption = match setup.encryption {
            Encryption::None => "none",
            Encryption::StartTls => "starttls",
            Encryption::Wrapped => "wrapped",
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/support");
        let mut command = Command::new("python3");
        command.arg(script.join("smtp_server.py")).arg(dir.path()).args(["--tls", encryption]);
        for (whom, code) in &setup.refuse {
            command.arg("--refuse").arg(format!("{whom}={code}"));
        }
        if let Some((user, _)) = &setup.user {
            command.args(["--user", user]);
        }
        let log = File::create(dir.path().join("smtp.log")).expect("a log file");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("python3 starts");
        if let Some((_, password)) = &setup.user {
            // Its input stays open: the server ends with it.
            let input = child.stdin.as_mut().expect("an input");
            writeln!(input, "{password}").expect("the mail server reads its password");
        }
        let inbox = Arc::new(Inbox::default());
        let (output, writer) = (child.stdout.take().expect("an output"), inbox.clone());
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                writer.add(&line);
            }
            writer.change(|events| events.ended = true);
        });
        let mut server = Self { port: 0, dir, ca: None, child, inbox };
        let listening = server.inbox.wait(|events| events.listening.clone());
        let listening =
            listening.unwrap_or_else(|| panic!("the mail server ended: {}", server.log()));
        server.port = listening["port"].as_u64().and_then(|p| p.try_into().ok()).expect("a port");
        server.ca = listening["ca"].as_str().map(PathBuf::from);
        server
    }

    /// The certificate authority to trust, in PEM.
    ///
    /// # Panics
    ///
    /// Where the server does not encrypt.
    pub fn ca_pem(&self) -> Vec<u8> {
        fs::read(self.ca_file()).expect("the certificate is there")
    }

    /// The file of [`SmtpServer::ca_pem`].
    ///
    /// # Panics
    ///
    /// Where the server does not encrypt.
    pub fn ca_file(&self) -> &Path {
        self.ca.as_deref().expect("a server that encrypts")
    }

    /// What came in so far. A mail counts from before the server says that it took it.
    pub fn received(&self) -> Vec<Received> {
        let entries = fs::read_dir(self.dir.path()).expect("the folder is there");
        let names = entries.map(|entry| entry.expect("an entry").path());
        let mails = names.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
        self.wait_for(mails.count())
    }

    /// What it wrote to its error output.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("smtp.log")).unwrap_or_default()
    }

    /// Waits until so many mails are there, and gives all.
    ///
    /// # Panics
    ///
    /// Where they do not come.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        let enough = |events: &Events| (events.mails.len() >= count).then(|| events.mails.clone());
        self.inbox
            .wait(enough)
            .unwrap_or_else(|| panic!("fewer than {count} mails came: {}", self.log()))
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Received {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn read(event: &Value) -> Self {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_string();
        let list = |key: &str| event[key].as_array().cloned().unwrap_or_default();
        let own = |value: &Value| value.as_str().unwrap_or_default().to_string();
        Self {
            sender: text("sender"),
            recipients: list("recipients").iter().map(own).collect(),
            user: event["user"].as_str().map(str::to_string),
            encrypted: event["encrypted"].as_bool().unwrap_or_default(),
            connection: event["connection"].as_u64().unwrap_or_default(),
            headers: list("headers").iter().map(|h| (own(&h[0]), own(&h[1]))).collect(),
            text: text("text"),
            html: text("html"),
            file: text("file").into(),
        }
    }
}

impl Inbox {
    fn add(&self, line: &str) {
        let event: Value = match serde_json::from_str(line) {
            Ok(event) => event,
            Err(error) => panic!("{error} in what the mail server told: {line}"),
        };
        self.change(|events| match event["event"].as_str() {
            Some("mail") => events.mails.push(Received::read(&event)),
            _ => events.listening = Some(event),
        });
    }

    fn change(&self, change: impl FnOnce(&mut Events)) {
        change(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner));
        self.more.notify_all();
    }

    /// `None` where the server ended or patience did.
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
