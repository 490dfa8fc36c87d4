//! The disk of the data folder is full (F05): who is signed in stays so, nobody else can sign in,
//! nothing that was acknowledged is lost, and a gateway starts again without help.
//!
//! The data folder lies on a small file system of its own, in a mount namespace that ends with the
//! test; the programs run inside it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, getuid, kill_process};

use crate::support::client::Client;
use crate::support::gateway::Setup;
use crate::support::recorder::Recorder;

const PASSWORD: &str = "a long enough passphrase";
/// The exit code of a data folder that cannot be used.
const DATA_FOLDER: i32 = 5;

#[test]
fn a_full_disk_stops_sign_ins_and_nothing_else() {
    let upstream = Recorder::start();
    let disk = SmallDisk::mount(upstream.addr(), 64);
    let gateway = disk.serve();
    let output = disk.run(&["user", "add", "anna", "--email", "anna@example.test"], true);
    assert!(output.status.success(), "{output:?}");
    let mut acknowledged = vec![gateway.sign_in().expect("room for a sign-in")];
    assert_eq!(gateway.ready(), 200);

    let filler = disk.fill();
    assert_eq!(gateway.visit(&acknowledged[0]), 200, "who is signed in stays so");
    assert_eq!(gateway.sign_in(), Err(503));
    assert_eq!(gateway.ready(), 503);
    let add = ["user", "add", "bert", "--email", "bert@example.test"];
    let refused = disk.run(&add, true);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("disk of the data folder is full"),
        "{said}"
    );
    assert!(disk.logged("the disk of the data folder is full"), "{}", disk.log());
    let log = disk.log();
    for word in ["panic", "src/store"] {
        assert!(!log.contains(word), "{word} in {log}");
    }

    // There is room again: it goes on by itself.
    fs::remove_file(&filler).unwrap();
    assert_eq!(gateway.ready(), 200);
    acknowledged.push(gateway.sign_in().expect("there is room again"));
    assert!(disk.run(&add, true).status.success(), "the command is taken then");
    assert!(disk.logged("has room again"), "{}", disk.log());

    // The disk fills up and the machine goes down: a start gives the reserve back.
    assert!(disk.reserve().exists());
    let filler = disk.fill();
    gateway.kill();
    let gateway = disk.serve();
    assert!(!disk.reserve().exists(), "the reserve was given back");
    assert!(disk.logged("its reserve was given back"), "{}", disk.log());
    let found = acknowledged.iter().filter(|session| gateway.visit(session) == 200).count();
    assert_eq!(found, acknowledged.len(), "sessions that were acknowledged are there");
    acknowledged.push(gateway.sign_in().expect("the reserve is room"));

    // Full again, and nothing kept aside: the start says what to do.
    let more = disk.fill();
    gateway.kill();
    let refused = disk.run(&["serve"], false);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(DATA_FOLDER), "{said}");
    assert!(said.contains("is full") && said.contains("room"), "{said}");
    assert!(!said.contains("panicked"), "{said}");

    // Control: with room the same folder serves, and all that was acknowledged is there.
    fs::remove_file(filler).unwrap();
    fs::remove_file(more).unwrap();
    let gateway = disk.serve();
    let found = acknowledged.iter().filter(|session| gateway.visit(session) == 200).count();
    assert_eq!(found, acknowledged.len());
    assert!(disk.reserve().exists(), "room is kept aside again");
}

/// A small file system that is seen by the programs of one test.
struct SmallDisk {
    dir: tempfile::TempDir,
    /// Holds the mount namespace until its input ends.
    holder: Child,
    files: std::cell::Cell<u32>,
}

impl SmallDisk {
    fn mount(upstream: SocketAddr, mebibytes: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        fs::write(dir.path().join("vestibule.toml"), Setup::new(upstream).text()).unwrap();
        let script = "mount -t tmpfs -o size=\"$1\"m tmpfs \"$2\" && echo mounted && read -r _";
        let mut holder = Command::new("unshare")
            .arg(if getuid().is_root() { "-m" } else { "-rm" })
            .args(["sh", "-c", script, "holder"])
            .arg(mebibytes.to_string())
            .arg(dir.path().join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare is installed");
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "mounted\n", "a small file system can be mounted");
        Self { dir, holder, files: std::cell::Cell::new(0) }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.holder.id().to_string(), "-m"]);
        if !getuid().is_root() {
            command.args(["-U", "--preserve-credentials"]);
        }
        command.arg(env!("CARGO_BIN_EXE_vestibule")).args(args).arg("--config");
        command.arg(self.dir.path().join("vestibule.toml"));
        command
    }

    fn run(&self, args: &[&str], password: bool) -> Output {
        let mut command = self.command(args);
        if password {
            command.arg("--password-stdin");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes());
        child.wait_with_output().unwrap()
    }

    fn serve(&self) -> Served {
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut child = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ready: {}", self.log()));
        let address = |value: &serde_json::Value| value.as_str().unwrap().parse().unwrap();
        let (addr, operator) = (address(&ready["listen"][0]), address(&ready["operator"]));
        Served { child, addr, operator }
    }

    /// The data folder as it is seen inside.
    fn data(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.dir.path().strip_prefix("/").unwrap()).join("data")
    }

    fn reserve(&self) -> PathBuf {
        self.data().join("reserve")
    }

    /// Takes all the room that is left, and returns what holds it.
    fn fill(&self) -> PathBuf {
        self.files.set(self.files.get() + 1);
        let path = self.data().join(format!("filler-{}", self.files.get()));
        let mut file = File::create(&path).unwrap();
        for piece in [vec![0; 1024 * 1024], vec![0; 4096]] {
            while file.write_all(&piece).is_ok() {}
        }
        path
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("gateway.log")
    }

    /// Whether it has this in its log, now or soon: lines are written by a thread of their own.
    fn logged(&self, text: &str) -> bool {
        for _ in 0..100 {
            if self.log().contains(text) {
                return true;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        }
        false
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

/// A gateway on it.
struct Served {
    child: Child,
    addr: SocketAddr,
    operator: SocketAddr,
}

impl Served {
    /// The session, or the status of the step that failed.
    fn sign_in(&self) -> Result<String, u16> {
        let mut browser = Client::new(self.addr, "https://app.test");
        let page = browser.get("/.vestibule/sign-in?other");
        assert_eq!(page.status(), 200, "{}", page.shown());
        let csrf = crate::support::client::hidden(&page.text(), "csrf");
        let fields = [("csrf", csrf.as_str()), ("name", "anna")];
        let step = browser.post_form("/.vestibule/sign-in", &fields);
        if step.status() != 303 {
            return Err(step.status());
        }
        let page = browser.get("/.vestibule/password");
        let csrf = crate::support::client::hidden(&page.text(), "csrf");
        let step = browser.give_password(&csrf, PASSWORD);
        match browser.cookie("__Host-vestibule") {
            Some(value) if step.status() == 303 => Ok(format!("__Host-vestibule={value}")),
            _ => Err(step.status()),
        }
    }

    fn visit(&self, session: &str) -> u16 {
        let mut browser = Client::new(self.addr, "https://app.test");
        browser.send("GET", "/inside", &[("Cookie", session)], b"").status()
    }

    fn ready(&self) -> u16 {
        Client::new(self.operator, &format!("http://{}", self.operator)).fetch("/readyz").status()
    }

    fn kill(mut self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::KILL).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
