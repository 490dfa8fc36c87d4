//! A session is its cookie, whole and alone, and what an operator decides about an account holds
//! from the moment the command returns.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Connection};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, Rig, SharedRig};

static RIG: SharedRig = SharedRig::new();

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn a_damaged_session_cookie_is_nobodys() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let (name, value) = rig.session.split_once('=').expect("a cookie");
    let (head, last) = value.split_at(value.len() - 1);
    let flipped: String = value.chars().map(flip).collect();
    let first_flipped = match value.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => {
            let (before, rest) = value.split_at(at);
            let (letter, after) = rest.split_at(1);
            format!("{before}{}{after}", letter.chars().map(flip).collect::<String>())
        }
        None => panic!("no letter in the session's value"),
    };
    // The last of 43 letters carries four bits; the other two must be zero.
    let at = BASE64URL.iter().position(|letter| [*letter] == last.as_bytes()).expect("a letter");
    let spare: Vec<String> =
        (1..4).map(|bits| format!("{head}{}", char::from(BASE64URL[at + bits]))).collect();
    let mut damaged: Vec<Vec<u8>> = [
        "",
        &value[..value.len() / 2],
        head,
        &format!("{value}="),
        &format!("{value}=="),
        &format!("={value}"),
        &format!("\"{value}\""),
        &format!("{value}%00"),
        &format!("{value}A"),
        &format!("{value},{value}"),
        &value.repeat(2),
        &flipped,
        &first_flipped,
        &value.replace(['-', '_'], "+"),
        &"A".repeat(43),
        &"A".repeat(10 * 1024),
        &format!("{value}{}", "A".repeat(10 * 1024)),
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .filter(|text| text != value.as_bytes())
    .collect();
    damaged.extend(spare.into_iter().map(String::into_bytes));
    damaged.push([value.as_bytes(), b"\xff"].concat());
    damaged.push([b"\xc3\x28", value.as_bytes()].concat());
    damaged.push(vec![0xff; 43]);
    for bytes in &damaged {
        let row = raw::lossy(&bytes[..bytes.len().min(60)]);
        assert_eq!(status(&rig, &[&pair(name, bytes)]), 401, "{row}");
    }
    for other in ["__host-vestibule", "__HOST-VESTIBULE", "vestibule", "Cookie: __Host-vestibule"] {
        assert_eq!(status(&rig, &[&pair(other, value.as_bytes())]), 401, "{other}");
    }
    // Control: the value as it was given.
    assert_eq!(status(&rig, &[&pair(name, value.as_bytes())]), 200);
}

#[test]
fn two_different_session_cookies_are_nobodys() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let own = rig.session.as_bytes();
    // Another live session of the same account, and a value that never was one.
    let other = rig.gateway.sign_in(ANNA.0, ANNA.1);
    let never = format!("__Host-vestibule={}", "A".repeat(43));
    let broken = b"__Host-vestibule=\xff".to_vec();
    for second in [other.as_bytes(), never.as_bytes(), &broken, b"__Host-vestibule="] {
        for pair in [[own, second], [second, own]] {
            let row = raw::lossy(second);
            assert_eq!(status(&rig, &[&pair.join(&b"; "[..])]), 401, "{row} on one line");
            assert_eq!(status(&rig, &pair), 401, "{row} on two lines");
        }
    }
    // Control: the same one twice is one, and each alone is good.
    assert_eq!(status(&rig, &[&[own, own].join(&b"; "[..])]), 200);
    assert_eq!(status(&rig, &[own, own]), 200);
    assert_eq!(status(&rig, &[other.as_bytes()]), 200);
}

#[test]
fn a_group_holds_from_the_next_request_on() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let gateway = &rig.gateway;
    gateway.add_account("promoted", ANNA.1, &["staff"]);
    let session = gateway.sign_in("promoted", ANNA.1);
    let status_of = |target: &str| exchange(&rig, target, &[session.as_bytes()]);
    let set = |groups: &[&str]| {
        let mut args = vec!["user", "set", "promoted"];
        groups.iter().for_each(|group| args.extend(["--group", group]));
        let output = gateway.cli(&args, "");
        assert!(output.status.success(), "{output:?}");
    };
    for round in 0..3 {
        assert_eq!(status_of("/admin/x"), 403, "round {round}: before");
        set(&["staff", "admin"]);
        let target = format!("/admin/round-{round}");
        assert_eq!(status_of(&target), 200, "round {round}: given");
        let told = raw::header_values(&rig.last_upstream_head(&target), "remote-groups");
        assert_eq!(told, ["admin,staff"], "round {round}");
        set(&["staff"]);
        assert_eq!(status_of("/admin/x"), 403, "round {round}: taken");
        let target = format!("/round-{round}");
        assert_eq!(status_of(&target), 200, "round {round}: still signed in");
        let told = raw::header_values(&rig.last_upstream_head(&target), "remote-groups");
        assert_eq!(told, ["staff"], "round {round}");
    }
}

#[test]
fn no_request_passes_once_the_command_that_disables_the_account_has_returned() {
    const THREADS: usize = 20;
    const AFTERWARDS: usize = 30;
    let upstream = Recorder::start();
    let mut setup = Setup::new(upstream.addr());
    // Many sessions are opened here; what their hashes are worth is not the question.
    setup.extra = "[hashing]\nmemory_kib = 64\npasses = 1\n".to_string();
    let gateway = Gateway::start(setup);
    for round in 0..4 {
        let name = format!("dismissed-{round}");
        gateway.add_account(&name, ANNA.1, &[]);
        let sessions: Vec<String> = (0..THREADS).map(|_| gateway.sign_in(&name, ANNA.1)).collect();
        let (over, begun, passed, late) =
            (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for session in &sessions {
                let (gateway, over, begun, passed, late) =
                    (&gateway, &over, &begun, &passed, &late);
                scope.spawn(move || {
                    let request =
                        format!("GET /x HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\n\r\n");
                    let mut connection = Connection::open(gateway.addr);
                    let mut first = true;
                    let mut left = AFTERWARDS;
                    while left > 0 {
                        // Looked at before the request is sent: it began after the command ended.
                        let was_over = over.load(Ordering::SeqCst);
                        connection.write(request.as_bytes());
                        let reply = connection.reply();
                        match (reply.status(), was_over) {
                            (200, false) => drop(passed.fetch_add(1, Ordering::Relaxed)),
                            (200, true) => drop(late.fetch_add(1, Ordering::Relaxed)),
                            (401, _) => {}
                            other => panic!("neither passed nor refused: {other:?}"),
                        }
                        // A request that is under way then is cut, and its connection with it.
                        if reply.closed || reply.says_close() {
                            connection = Connection::open(gateway.addr);
                        }
                        if std::mem::take(&mut first) {
                            begun.fetch_add(1, Ordering::SeqCst);
                        }
                        left -= usize::from(was_over);
                    }
                });
            }
            while begun.load(Ordering::SeqCst) < THREADS {
                thread::yield_now();
            }
            // Each change makes the gateway forget the sessions, so that requests are likely to be
            // reading them anew when the last one comes. This is a chance, not a certainty.
            for full_name in ["One", "Two"] {
                let output = gateway.cli(&["user", "set", &name, "--full-name", full_name], "");
                assert!(output.status.success(), "{output:?}");
            }
            let output = gateway.cli(&["user", "disable", &name], "");
            over.store(true, Ordering::SeqCst);
            assert!(output.status.success(), "{output:?}");
        });
        assert_eq!(late.load(Ordering::Relaxed), 0, "round {round}: requests passed afterwards");
        // Control: until then they did pass.
        assert!(passed.load(Ordering::Relaxed) >= THREADS, "round {round}");

        // A disabled account that is enabled again does not bring its sessions back.
        assert!(gateway.cli(&["user", "enable", &name], "").status.success());
        let mut browser = Client::new(gateway.addr, &gateway.public_url);
        let (cookie, value) = sessions[0].split_once('=').expect("a cookie");
        browser.cookies.push((cookie.to_string(), value.to_string()));
        assert_eq!(browser.fetch("/").status(), 401, "round {round}");
    }
}

#[test]
fn c15_c16_a_jar_of_cookies_that_is_too_full_harms_its_owner_alone() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let own = rig.session.as_bytes();
    let jar = |count: usize| {
        let all: Vec<String> =
            (0..count).map(|index| format!("other{index}={}", "x".repeat(70))).collect();
        all.join("; ").into_bytes()
    };
    // What a browser keeps for one site at most, twice over; then more than a head may have.
    let full = jar(200);
    assert!(full.len() > 15_000);
    assert_eq!(status(&rig, &[&full, own]), 200);
    assert_eq!(status(&rig, &[own, &full]), 200);
    assert_eq!(status(&rig, &[&full]), 401, "nobody's");
    for (first, second) in [(jar(500), own), (own.to_vec(), &jar(500)[..])] {
        assert_eq!(status(&rig, &[&first, second]), 431);
        assert_eq!(status(&rig, &[own]), 200, "another browser");
    }
    // With a full jar people sign in, to a session of their own.
    let mut browser = Client::new(rig.gateway.addr, &rig.gateway.public_url);
    for index in 0..180 {
        browser.cookies.push((format!("other{index}"), "x".repeat(70)));
    }
    assert_eq!(browser.walk_sign_in(ANNA.0, ANNA.1).status(), 303);
    let session = browser.cookie("__Host-vestibule").expect("a session");
    assert!(session.len() < 100, "{session}");
    assert_eq!(browser.fetch("/page").status(), 200);
}

// ---- Means --------------------------------------------------------------------------------------

fn flip(letter: char) -> char {
    match letter.is_ascii_lowercase() {
        true => letter.to_ascii_uppercase(),
        false => letter.to_ascii_lowercase(),
    }
}

fn pair(name: &str, value: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"=", value].concat()
}

/// The answer of the app's first page to a request with these `Cookie` lines.
fn status(rig: &Rig, cookies: &[&[u8]]) -> u16 {
    exchange(rig, "/", cookies)
}

fn exchange(rig: &Rig, target: &str, cookies: &[&[u8]]) -> u16 {
    let mut bytes = format!("GET {target} HTTP/1.1\r\nHost: app.test\r\n").into_bytes();
    for line in cookies {
        bytes.extend([b"Cookie: ", *line, b"\r\n"].concat());
    }
    bytes.extend(b"Connection: close\r\n\r\n");
    raw::exchange(rig.gateway.addr, &bytes).status()
}
