//! A server of another's making, as a process of its own in Python that tells a line of JSON for each
//! thing that happens to it, the first when it listens.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// How long a start, or something on its way, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It ends when this is dropped, or when the test's process does.
pub struct Python {
    /// What it said of itself when it listened.
    pub listening: Value,
    child: Child,
    /// A folder of its own.
    pub dir: TempDir,
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    events: Mutex<Events>,
    more: Condvar,
}

#[derive(Default)]
struct Events {
    told: Vec<Value>,
    ended: bool,
}

impl Python {
    /// Starts a script that lies beside this file, with what it is told on its input, and waits until
    /// it listens.
    pub fn start(script: &str, input: &str, arguments: impl FnOnce(&mut Command, &Path)) -> Self {
        let dir = TempDir::new().expect("a folder for the server");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/support");
        let mut command = Command::new("python3");
        command.arg(folder.join(script));
        arguments(&mut command, dir.path());
        let log = File::create(dir.path().join("server.log")).expect("a log file");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("python3 starts");
        // Its input stays open: the server ends with it.
        let writer = child.stdin.as_mut().expect("an input");
        writer.write_all(input.as_bytes()).expect("the server reads its input");
        let told = Arc::new(Told::default());
        let (output, writer) = (child.stdout.take().expect("an output"), told.clone());
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line);
                let event =
                    event.unwrap_or_else(|error| panic!("{error} in what was told: {line}"));
                writer.change(|events| events.told.push(event));
            }
            writer.change(|events| events.ended = true);
        });
        let mut server = Self { listening: Value::Null, child, dir, told };
        let first = server.wait(|events| events.first().cloned());
        server.listening = first.unwrap_or_else(|| panic!("{script} ended: {}", server.log()));
        server
    }

    /// What has happened of one kind, in the order it did, once there is enough of it; `None` where
    /// the server ended or patience did.
    pub fn wait<T>(&self, ready: impl Fn(&[Value]) -> Option<T>) -> Option<T> {
        let events = self.told.events.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |events: &mut Events| ready(&events.told).is_none() && !events.ended;
        let (events, _) = self
            .told
            .more
            .wait_timeout_while(events, PATIENCE, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        ready(&events.told)
    }

    /// What it wrote to its error output.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Told {
    fn change(&self, change: impl FnOnce(&mut Events)) {
        change(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner));
        self.more.notify_all();
    }
}
