//! One gateway takes the place of another under load (F13): nobody's request fails, nobody is signed
//! out, and what the old one still serves hears what the new one revokes.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::streams::{HANDSHAKE, await_in};
use crate::support::client::Client;
use crate::support::endless::{EVENT, Endless, FRAME, Said};
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Connection};
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;
use crate::support::walk::{fill, visitor};

/// An unmasked close frame of 1012, as the gateway sends it.
const RESTART: &[u8] = b"\x88\x02\x03\xf4";
/// How long one that wants to take over may take for a word.
const WORD_TIME: Duration = Duration::from_secs(60);
/// How often another takes over in the test under load.
const TIMES: usize = 20;

const CHEAP: &str = "[hashing]\nmemory_kib = 64\npasses = 1\n";

fn gateway(upstream: std::net::SocketAddr) -> Gateway {
    let mut setup = Setup::new(upstream);
    setup.extra = CHEAP.to_string();
    let gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &["admin"]);
    gateway
}

#[test]
fn f13_under_load_no_request_fails_and_nobody_is_signed_out() {
    let app = Recorder::start();
    let mut gateway = gateway(app.addr());
    let cookie = gateway.sign_in(ANNA.0, ANNA.1);
    let (addr, url) = (gateway.addr, gateway.public_url.clone());
    let (over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let signed_in = AtomicUsize::new(0);
    thread::scope(|scope| {
        // Each connection is used until its answer says that it was the last.
        for number in 0..4 {
            let (cookie, over, done) = (&cookie, &over, &done);
            scope.spawn(move || {
                let head = format!(
                    "GET /load/{number} HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n"
                );
                raw::ask_until(over, addr, &head, done);
            });
        }
        // A connection of its own for each request.
        let (cookie, over_now, done_now) = (&cookie, &over, &done);
        scope.spawn(move || {
            let head = format!("GET /new HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n");
            while !over_now.load(Ordering::Relaxed) {
                let reply = raw::exchange(addr, head.as_bytes());
                assert_eq!(reply.status(), 200, "{}", reply.shown());
                done_now.fetch_add(1, Ordering::Relaxed);
            }
        });
        let (over_now, counted) = (&over, &signed_in);
        scope.spawn(move || {
            while !over_now.load(Ordering::Relaxed) {
                let mut client = Client::new(addr, &url);
                let reply = client.walk_sign_in(ANNA.0, ANNA.1);
                assert_eq!(reply.status(), 303, "{}", reply.shown());
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        for time in 0..TIMES {
            let before = (done.load(Ordering::Relaxed), signed_in.load(Ordering::Relaxed));
            let left = gateway.hand_over();
            assert!(left.success(), "time {time}: {left}\n{}", gateway.log());
            while done.load(Ordering::Relaxed) < before.0 + 50
                || signed_in.load(Ordering::Relaxed) <= before.1
            {
                thread::yield_now();
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    let audit = fs::read_to_string(gateway.dir.path().join("data/audit.jsonl")).expect("a log");
    assert_eq!(audit.matches("\"handed_over\"").count(), TIMES);
    let opened = audit.matches("\"signed_in\"").count();
    assert!(opened >= signed_in.load(Ordering::Relaxed), "{opened}");
    assert!(!gateway.log().contains("panicked"), "{}", gateway.log());
}

#[test]
fn what_the_old_one_still_serves_ends_when_the_new_one_ends_its_session() {
    let app = Endless::start();
    let mut gateway = gateway(app.addr);
    gateway.add_account("bert", ANNA.1, &[]);
    let (annas, berts) = (gateway.sign_in(ANNA.0, ANNA.1), gateway.sign_in("bert", ANNA.1));
    let begin = |cookie: &str, target: &str, lines: &str, shows: &[u8]| {
        let mut connection = Connection::open(gateway.addr);
        let head =
            format!("GET {target} HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n{lines}\r\n");
        connection.write(head.as_bytes());
        app.wait_for(&[Said::Came(target.to_string())]);
        await_in(&mut connection, shows);
        connection
    };
    let mut events = begin(&annas, "/events/anna", "", EVENT);
    let mut socket = begin(&berts, "/ws/bert", HANDSHAKE, FRAME);
    let (public_url, addr) = (gateway.public_url.clone(), gateway.addr);
    let log = gateway.dir.path().join("gateway.log");
    thread::scope(|scope| {
        let handing = scope.spawn(|| gateway.hand_over());
        // The new one serves as soon as somebody can sign out there; the old one drains.
        let mut browser = Client::new(addr, &public_url);
        let (name, value) = annas.split_once('=').expect("a cookie");
        browser.cookies.push((name.to_string(), value.to_string()));
        while !fs::read_to_string(&log).unwrap_or_default().contains("another gateway took over") {
            thread::yield_now();
        }
        fill(&mut browser, "sign-out", &[]);
        assert!(handing.join().expect("it leaves").success());
    });
    assert!(events.until_closed().closed);
    // Control: his session goes on, so he is told to come back.
    let rest = socket.until_closed();
    assert!(raw::holds(&rest.bytes, RESTART), "{}", rest.shown());
}

#[test]
fn what_the_old_one_ends_while_it_drains_is_over_at_the_new_one_at_once() {
    let app = Endless::start();
    let mut gateway = gateway(app.addr);
    gateway.add_account("bert", ANNA.1, &[]);
    let (annas, berts) = (gateway.sign_in(ANNA.0, ANNA.1), gateway.sign_in("bert", ANNA.1));
    // Something for the old one to wait for.
    let mut events = Connection::open(gateway.addr);
    events.write(b"GET /public/x HTTP/1.1\r\nHost: app.test\r\n\r\n");
    assert_eq!(events.reply().status(), 200);
    // A command that came to the old one, and goes on there.
    let mut door = UnixStream::connect(gateway.dir.path().join("data/admin.sock")).expect("a door");
    let mut command = |method: &str, path: &str| {
        write!(door, "{method} {path} HTTP/1.1\r\nHost: vestibule\r\nContent-Length: 0\r\n\r\n")
            .expect("it takes a command");
        let mut answer = [0; 4096];
        let bytes = door.read(&mut answer).expect("it answers");
        String::from_utf8_lossy(&answer[..bytes]).into_owned()
    };
    assert!(command("GET", "/v1/accounts/bert").starts_with("HTTP/1.1 200 "));
    let (addr, log) = (gateway.addr, gateway.dir.path().join("gateway.log"));
    let visit = |session: &str| {
        let head = format!("GET /x HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\n\r\n");
        raw::exchange(addr, head.as_bytes()).status()
    };
    thread::scope(|scope| {
        let handing = scope.spawn(|| gateway.hand_over());
        while !fs::read_to_string(&log).unwrap_or_default().contains("another gateway took over") {
            thread::yield_now();
        }
        // The new one remembers both.
        assert_eq!([visit(&annas), visit(&berts)], [200, 200]);
        let answer = command("POST", "/v1/accounts/bert/disable");
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
        assert_eq!(visit(&berts), 401);
        // Control: nobody else is signed out.
        assert_eq!(visit(&annas), 200);
        drop(events);
        assert!(handing.join().expect("it leaves").success());
    });
}

#[test]
fn a_gateway_that_fails_to_take_over_leaves_the_other_at_work() {
    let app = Recorder::start();
    let mut gateway = gateway(app.addr());
    let cookie = gateway.sign_in(ANNA.0, ANNA.1);
    let config = gateway.dir.path().join("bad.toml");
    // The seal is not one: this is found out only after the store was handed over.
    let seal = gateway.dir.path().join("data/seal.key");
    let key = fs::read(&seal).expect("a key");
    let text = fs::read_to_string(&gateway.config).expect("a configuration");
    fs::write(&config, text).expect("a configuration");
    let take_over = || {
        Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["serve", "--take-over", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .output()
            .expect("the program runs")
    };
    fs::write(&seal, b"short").expect("a broken key");
    let failed = take_over();
    fs::write(&seal, &key).expect("the key is put back");
    assert_eq!(failed.status.code(), Some(5), "{failed:?}");
    // New sessions need the store, old ones do not.
    let head = format!("GET /x HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n");
    assert_eq!(raw::exchange(gateway.addr, head.as_bytes()).status(), 200);
    let reply = visitor(&gateway).walk_sign_in(ANNA.0, ANNA.1);
    assert_eq!(reply.status(), 303, "{}\n{}", reply.shown(), gateway.log());
    assert!(gateway.logged("this one goes on"), "{}", gateway.log());
    // Control: with the key in its place it is taken over.
    assert!(gateway.hand_over().success());
    assert_eq!(raw::exchange(gateway.addr, head.as_bytes()).status(), 200);
}

/// One that is killed when its sockets for commands are made and the other was not relieved yet.
#[test]
fn a_gateway_killed_before_it_serves_leaves_the_other_its_command_sockets() {
    let app = Recorder::start();
    let mut gateway = gateway(app.addr());
    let data = gateway.dir.path().join("data");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null"]);
    // The second of the two, by whichever names they have until then.
    for name in ["admin.sock", "successor.sock", "admin.next", "successor.next"] {
        strace.arg("-P").arg(data.join(name));
    }
    strace.args(["-e", "trace=?chmod,?fchmodat,?fchmodat2"]);
    strace.args(["-e", "inject=?chmod,?fchmodat,?fchmodat2:signal=KILL:when=2"]);
    let killed = strace
        .arg(env!("CARGO_BIN_EXE_vestibule"))
        .args(["serve", "--take-over", "--config"])
        .arg(&gateway.config)
        .stdin(Stdio::null())
        .output()
        .expect("strace is installed");
    assert!(!killed.status.success() && killed.stdout.is_empty(), "{killed:?}");
    assert!(gateway.logged("this one goes on"), "{}", gateway.log());
    // Only the running gateway can be told to reload, and only over its socket.
    let told = gateway.cli(&["reload"], "");
    assert!(told.status.success(), "{told:?}");
    assert!(gateway.hand_over().success(), "and it can be taken over");
    // The names are the new one's, whatever the old one did at its end.
    let told = gateway.cli(&["reload"], "");
    assert!(told.status.success(), "{told:?}");
    // Control: with nobody there it is refused.
    gateway.terminate();
    let told = gateway.cli(&["reload"], "");
    assert!(!told.status.success(), "{told:?}");
}

#[test]
fn more_sockets_than_one_message_carries_are_handed_over() {
    let app = Recorder::start();
    let mut setup = Setup::new(app.addr());
    let more: Vec<_> = (0..150).map(|number| format!(", \"unix:{number}.sock\"")).collect();
    setup.listen = format!("[\"127.0.0.1:0\"{}]", more.concat());
    let mut gateway = Gateway::start(setup);
    let head = b"GET /public/x HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n";
    let served = |gateway: &Gateway| {
        for number in ["0", "63", "64", "127", "128", "149"] {
            let file = gateway.dir.path().join(format!("{number}.sock"));
            let mut stream = UnixStream::connect(file).expect("a socket");
            stream.write_all(head).expect("it takes a request");
            let mut reply = String::new();
            stream.read_to_string(&mut reply).expect("it answers");
            assert!(reply.starts_with("HTTP/1.1 200 "), "{number}: {reply}");
        }
    };
    served(&gateway);
    assert!(gateway.hand_over().success(), "{}", gateway.log());
    served(&gateway);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "it is about how long a stop takes")]
fn who_is_told_to_stop_while_another_asks_for_its_place_stops() {
    let app = Recorder::start();
    let gateway = gateway(app.addr());
    // It says nothing, for which it has a minute.
    let socket = gateway.dir.path().join("data/successor.sock");
    let mut silent = UnixStream::connect(socket).expect("a socket");
    let begun = Instant::now();
    assert!(gateway.terminate().success());
    assert!(begun.elapsed() < WORD_TIME / 2, "{:?}", begun.elapsed());
    // Closed, or reset where something was told that nobody read.
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn without_a_gateway_there_is_nothing_to_take_over() {
    let app = Recorder::start();
    let gateway = gateway(app.addr());
    gateway.terminate();
    let told = gateway.cli(&["serve", "--take-over"], "");
    assert_eq!(told.status.code(), Some(5), "{told:?}");
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(said.contains("start without --take-over"), "{said}");
}
