//! A mail server as a process of its own (`smtp_server.py`, which needs Python with aiosmtpd), in a
//! folder that ends with the test. It is another's program, so it shows what mail servers see.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::python::Python;

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
    ca: Option<PathBuf>,
    server: Python,
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

impl SmtpServer {
    /// Starts a server and waits until it listens.
    pub fn start(setup: &SmtpSetup) -> Self {
        let encryption = match setup.encryption {
            Encryption::None => "none",
            Encryption::StartTls => "starttls",
            Encryption::Wrapped => "wrapped",
        };
        let password = setup.user.as_ref().map(|(_, password)| format!("{password}\n"));
        let input = password.unwrap_or_default();
        let server = Python::start("smtp_server.py", &input, |command, dir| {
            command.arg(dir).args(["--tls", encryption]);
            for (whom, code) in &setup.refuse {
                command.arg("--refuse").arg(format!("{whom}={code}"));
            }
            if let Some((user, _)) = &setup.user {
                command.args(["--user", user]);
            }
        });
        let port = server.listening["port"].as_u64().and_then(|port| port.try_into().ok());
        let ca = server.listening["ca"].as_str().map(PathBuf::from);
        Self { port: port.expect("a port"), ca, server }
    }

    /// The folder with its certificates and the mails as they came.
    pub fn dir(&self) -> &Path {
        self.server.dir.path()
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
        let entries = fs::read_dir(self.dir()).expect("the folder is there");
        let names = entries.map(|entry| entry.expect("an entry").path());
        let mails = names.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
        self.wait_for(mails.count())
    }

    /// What it wrote to its error output.
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Waits until so many mails are there, and gives all.
    ///
    /// # Panics
    ///
    /// Where they do not come.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        let enough = |events: &[Value]| {
            let mails = events.iter().filter(|event| event["event"] == "mail");
            let mails: Vec<_> = mails.map(Received::read).collect();
            (mails.len() >= count).then_some(mails)
        };
        let mails = self.server.wait(enough);
        mails.unwrap_or_else(|| panic!("fewer than {count} mails came: {}", self.log()))
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
