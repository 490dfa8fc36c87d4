//! A reload that comes while a mail is on its way, or while another takes over: it holds nobody up,
//! and whoever asked is told what became of it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;

const DONE: &str = "the configuration was read again";
/// A part of the app `portal` that is open to everyone, and all of the app `open`.
const OPEN: [(&str, &str); 2] = [("app.test", "/public/"), ("open.test", "/")];

/// Has one of them ask for a sign-in from the next reload on.
fn close(gateway: &Gateway, (host, path): (&str, &str)) {
    let text = std::fs::read_to_string(&gateway.config).expect("the configuration");
    let (before, app) = text.split_once(&format!("[\"{host}\"]")).expect("the app");
    let rule = format!("path = \"{path}\"\n  allow = ");
    let closed = app.replacen(&format!("{rule}\"everyone\""), &format!("{rule}\"signed-in\""), 1);
    assert_ne!(app, closed, "it was open");
    std::fs::write(&gateway.config, format!("{before}[\"{host}\"]{closed}")).expect("a file");
}

/// Waits until it is closed.
fn wait_until_closed(gateway: &Gateway, (host, path): (&str, &str)) {
    let head = format!("GET {path}x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    for _ in 0..200 {
        if raw::exchange(gateway.addr, head.as_bytes()).status() == 401 {
            return;
        }
        thread::park_timeout(Duration::from_millis(50));
    }
    panic!("it never closes: {}", gateway.log());
}

fn hang_up(gateway: &Gateway) {
    let pid = i32::try_from(gateway.pid()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::HUP).expect("it runs");
}

/// The mail server takes connections and says nothing.
#[test]
fn neither_a_reload_nor_the_end_waits_for_a_mail_that_is_on_its_way() {
    let app = Recorder::start();
    let mails = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut setup = Setup::new(app.addr());
    setup.extra = format!(
        "[hashing]\nmemory_kib = 64\npasses = 1\n[mail]\nserver = \"{}\"\ntls = \"none\"\n\
         from = \"no@portal.test\"\ntimeout_seconds = 600\n",
        mails.local_addr().expect("an address")
    );
    let gateway = Gateway::start(setup);
    let told = gateway.cli(&["user", "add", "anna", "--email", "anna@example.test"], "");
    assert!(told.status.success(), "{told:?}");
    let _on_its_way = mails.accept().expect("a mail on its way");
    // The second one comes while what the first began waits for that mail.
    for (turn, open) in OPEN.into_iter().enumerate() {
        close(&gateway, open);
        hang_up(&gateway);
        wait_until_closed(&gateway, open);
        assert_eq!(gateway.log().matches(DONE).count(), turn + 1, "{}", gateway.log());
    }
    assert!(gateway.terminate().success(), "{}", gateway.log());
}

/// What one that takes over says and hears.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Word {
    Hello { version: u32 },
    Sockets { listen: Vec<String> },
    Ready,
    Closed,
    Open,
}

/// One that takes over, word by word.
struct Successor(UnixStream);

impl Successor {
    /// Goes on to where the other has closed its store and waits.
    fn prepare(gateway: &Gateway) -> Self {
        let socket = gateway.dir.path().join("data/successor.sock");
        let mut successor = Self(UnixStream::connect(socket).expect("a socket"));
        successor.tell(&Word::Hello { version: 1 });
        // The sockets travel with one byte, and nobody here takes them.
        successor.0.read_exact(&mut [0]).expect("the sockets");
        assert!(matches!(successor.hear(), Word::Sockets { .. }));
        successor.tell(&Word::Ready);
        assert_eq!(successor.hear(), Word::Closed);
        successor
    }

    fn tell(&mut self, word: &Word) {
        let mut frame = Vec::new();
        ciborium::into_writer(word, &mut frame).expect("a word");
        let length = u32::try_from(frame.len()).expect("a short word").to_be_bytes();
        self.0.write_all(&[&length[..], &frame].concat()).expect("it listens");
    }

    fn hear(&mut self) -> Word {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).expect("a word");
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut frame).expect("a word");
        ciborium::from_reader(frame.as_slice()).expect("a word")
    }
}

/// A door on which a reload was asked for. It was used before, so the gateway has taken it.
fn ask(gateway: &Gateway) -> UnixStream {
    let mut door = UnixStream::connect(gateway.dir.path().join("data/admin.sock")).expect("a door");
    door.write_all(b"GET /v1/nothing HTTP/1.1\r\nHost: vestibule\r\n\r\n").expect("a door");
    assert!(answer(&mut door).starts_with("HTTP/1.1 404 "));
    let body = r#"{"allow_public":false}"#;
    let ask = format!(
        "POST /v1/reload HTTP/1.1\r\nHost: vestibule\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    door.write_all(ask.as_bytes()).expect("a door");
    door
}

fn answer(door: &mut UnixStream) -> String {
    let mut answer = [0; 4096];
    let bytes = door.read(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer[..bytes]).into_owned()
}

#[test]
fn a_reload_that_comes_while_another_takes_over_is_refused_with_a_word_of_what_to_do() {
    let app = Recorder::start();
    let gateway = Gateway::start(Setup::new(app.addr()));
    // Control: where the other one fails in the end the reload is done here.
    let successor = Successor::prepare(&gateway);
    let mut door = ask(&gateway);
    drop(successor);
    let told = answer(&mut door);
    assert!(told.starts_with("HTTP/1.1 200 ") && gateway.logged(DONE), "{told}");

    let mut successor = Successor::prepare(&gateway);
    let mut door = ask(&gateway);
    successor.tell(&Word::Open);
    let told = answer(&mut door);
    assert!(told.starts_with("HTTP/1.1 422 "), "{told}");
    assert!(
        told.contains("another gateway took over") && told.contains("ask for the reload again")
    );
    drop(door);
    let (status, log) = gateway.ended();
    assert!(status.success(), "{log}");
    assert!(log.contains("a reload came too late"), "{log}");
    assert_eq!(log.matches(DONE).count(), 1, "{log}");
}
