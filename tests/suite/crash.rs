//! Nothing acknowledged is lost and nothing ended comes back, however often the process is killed.
//!
//! Each account has a thread that signs in and out without pause and writes down what the gateway
//! acknowledged. The gateway is killed with SIGKILL in the midst of it and started again on the
//! same data; then every session acknowledged as open must be admitted, and every session
//! acknowledged as ended must not. What was asked and not answered is in doubt, and not judged.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const ROUNDS: u64 = 50;
const ACCOUNTS: usize = 3;
const PASSWORD: &str = "a long enough passphrase";
/// Each account keeps at most this many sessions, well below any limit on sessions per account.
const KEPT: usize = 4;
/// How long one answer, or one fact, may take before the test says that the gateway hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// Hashing is not what is tried here, so it is made as cheap as the configuration allows.
const CHEAP_HASHING: &str = "[hashing]\nmemory_kib = 1024\npasses = 1\n";

/// One account and what the gateway acknowledged about its sessions.
struct Account {
    name: String,
    open: Vec<String>,
    ended: Vec<String>,
}

impl Account {
    fn of_sessions(open: Vec<String>, ended: Vec<String>) -> Self {
        Self { name: String::new(), open, ended }
    }
}

/// What a check after a restart found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    lost: usize,
    revived: usize,
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_ended_is_revived_over_fifty_kills() {
    let upstream = Recorder::start();
    let mut gateway =
        Gateway::start(Setup { extra: CHEAP_HASHING.into(), ..Setup::new(upstream.addr()) });
    let mut accounts = Vec::new();
    for number in 0..ACCOUNTS {
        let name = format!("account-{number}");
        gateway.add_account(&name, PASSWORD, &[]);
        accounts.push(Account { name, open: Vec::new(), ended: Vec::new() });
    }

    let mut acknowledged = 0;
    let mut ended = Vec::new();
    let mut found = Verdict::default();
    for round in 0..ROUNDS {
        acknowledged += load_until_killed(&mut gateway, &mut accounts, Chance(round));
        gateway.restart();
        let verdict = judge(gateway.addr, &accounts);
        found.lost += verdict.lost;
        found.revived += verdict.revived;
        assert_eq!(found, Verdict::default(), "round {round}, {acknowledged} acknowledged");
        // What has ended is judged in its own round, and all of it once more at the end.
        ended.extend(accounts.iter_mut().flat_map(|account| account.ended.drain(..)));
    }
    assert!(ended.len() as u64 > ROUNDS, "too few sign-outs to say anything: {}", ended.len());
    found.revived += judge(gateway.addr, &[Account::of_sessions(Vec::new(), ended)]).revived;
    report(acknowledged, &found);
    assert_eq!(found, Verdict::default());

    // Control: the check can find a revival. Told that open sessions had ended, it sees each.
    load_until_killed(&mut gateway, &mut accounts, Chance(ROUNDS));
    gateway.restart();
    let open: Vec<String> = accounts.iter().flat_map(|account| account.open.clone()).collect();
    assert!(!open.is_empty(), "the controls need open sessions");
    let told_wrong = [Account::of_sessions(Vec::new(), open.clone())];
    assert_eq!(judge(gateway.addr, &told_wrong), Verdict { lost: 0, revived: open.len() });

    // Control: the check can find a loss. A store that forgets everything loses every session.
    gateway.kill();
    std::fs::remove_dir_all(gateway.dir.path().join("data")).unwrap();
    gateway.restart();
    assert_eq!(judge(gateway.addr, &accounts), Verdict { lost: open.len(), revived: 0 });
}

#[allow(clippy::print_stdout, reason = "the counts are what this test has to tell")]
fn report(acknowledged: u64, found: &Verdict) {
    println!(
        "{ROUNDS} kills: {acknowledged} facts acknowledged, {} lost, {} revived",
        found.lost, found.revived
    );
}

/// Puts the gateway under load, kills it after a number of facts, and says how many there were.
fn load_until_killed(
    gateway: &mut Gateway,
    accounts: &mut Vec<Account>,
    mut chance: Chance,
) -> u64 {
    let (tell, facts) = mpsc::channel();
    let visitors: Vec<JoinHandle<Account>> = accounts
        .drain(..)
        .map(|account| {
            let (addr, tell, dice) = (gateway.addr, tell.clone(), Chance(chance.next()));
            thread::spawn(move || come_and_go(addr, account, &tell, dice))
        })
        .collect();
    drop(tell);

    let mut acknowledged = wait_for_facts(&facts, 3 + chance.next() % 12);
    // From the last fact a further moment, so that the kill meets any point of a request.
    let moment = Duration::from_micros(chance.next() % 20_000);
    acknowledged += u64::from(facts.recv_timeout(moment).is_ok());
    gateway.kill();
    for visitor in visitors {
        accounts.push(visitor.join().expect("a visitor met an answer it did not expect"));
    }
    // Facts whose answer was under way when the kill came are acknowledged like any other.
    acknowledged + facts.iter().count() as u64
}

fn wait_for_facts(facts: &Receiver<()>, wanted: u64) -> u64 {
    for seen in 0..wanted {
        if facts.recv_timeout(PATIENCE).is_err() {
            panic!("the gateway stopped answering by itself after {seen} of {wanted} facts");
        }
    }
    wanted
}

/// Signs in and out until the gateway no longer answers.
fn come_and_go(
    addr: SocketAddr,
    mut account: Account,
    tell: &Sender<()>,
    mut dice: Chance,
) -> Account {
    loop {
        let full = account.open.len() >= KEPT;
        if full || (!account.open.is_empty() && dice.next().is_multiple_of(2)) {
            let session = account.open.remove(0);
            // Taken off the list before it is asked: without an answer its state is in doubt.
            if sign_out(addr, &session).is_none() {
                return account;
            }
            account.ended.push(session);
        } else {
            let Some(session) = sign_in(addr, &account.name) else { return account };
            account.open.push(session);
        }
        let _ = tell.send(());
    }
}

fn judge(addr: SocketAddr, accounts: &[Account]) -> Verdict {
    let admitted = |session: &String| {
        let answer = ask(addr, "GET", "/", session, "").expect("the restarted gateway answers");
        match answer.status {
            200 => true,
            401 => false,
            other => panic!("a session was answered with {other}"),
        }
    };
    let open = accounts.iter().flat_map(|account| &account.open);
    let ended = accounts.iter().flat_map(|account| &account.ended);
    Verdict {
        lost: open.filter(|session| !admitted(session)).count(),
        revived: ended.filter(|session| admitted(session)).count(),
    }
}

// ---- A visitor that is not surprised when the gateway goes away ----------------------------------

/// The head of an answer; a body cut off by the kill takes nothing back.
struct Answer {
    status: u16,
    cookies: Vec<String>,
    body: String,
}

/// The session's cookie, if the sign-in was acknowledged.
fn sign_in(addr: SocketAddr, name: &str) -> Option<String> {
    let page = ask(addr, "GET", "/.vestibule/sign-in", "", "")?;
    let ticket = page.cookies.first().expect("the sign-in page sets a ticket").clone();
    let form = format!("csrf={}&name={name}", page.csrf()?);
    let answer = ask(addr, "POST", "/.vestibule/sign-in", &ticket, &form)?;
    assert_eq!(answer.status, 303, "the name was not taken: {}", answer.body);
    let page = ask(addr, "GET", "/.vestibule/password", &ticket, "")?;
    let form = format!("csrf={}&password={}", page.csrf()?, PASSWORD.replace(' ', "+"));
    let answer = ask(addr, "POST", "/.vestibule/password", &ticket, &form)?;
    assert_eq!(answer.status, 303, "the password was not taken: {}", answer.body);
    let session = answer.cookies.into_iter().find(|cookie| cookie.starts_with("__Host-vestibule="));
    Some(session.expect("an acknowledged sign-in sets the session's cookie"))
}

/// Something, if the sign-out was acknowledged.
fn sign_out(addr: SocketAddr, session: &str) -> Option<()> {
    let page = ask(addr, "GET", "/.vestibule/sign-out", session, "")?;
    let cookies: Vec<&str> =
        std::iter::once(session).chain(page.cookies.iter().map(String::as_str)).collect();
    let form = format!("csrf={}", page.csrf()?);
    let answer = ask(addr, "POST", "/.vestibule/sign-out", &cookies.join("; "), &form)?;
    assert!(matches!(answer.status, 200 | 303), "sign-out: {} {}", answer.status, answer.body);
    Some(())
}

/// One request on a connection of its own; nothing when the answer's head did not arrive whole.
fn ask(addr: SocketAddr, method: &str, path: &str, cookie: &str, form: &str) -> Option<Answer> {
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: app.test\r\nOrigin: https://app.test\r\n\
         Connection: close\r\n"
    );
    if !cookie.is_empty() {
        request += &format!("Cookie: {cookie}\r\n");
    }
    if method == "POST" {
        request += "Content-Type: application/x-www-form-urlencoded\r\n";
        request += &format!("Content-Length: {}\r\n", form.len());
    }
    request += "\r\n";
    request += form;

    let mut stream = TcpStream::connect(addr).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    // A reset after the head is no matter: what was read before it stays in `bytes`.
    let _ = stream.read_to_end(&mut bytes);
    Answer::parse(&String::from_utf8_lossy(&bytes))
}

impl Answer {
    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let cookies = lines
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|(_, value)| Some(value.split(';').next()?.trim().to_string()))
            .collect();
        Some(Self { status, cookies, body: body.to_string() })
    }

    /// The hidden field of the page's form; nothing when the page was cut off before it.
    fn csrf(&self) -> Option<&str> {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"")?;
        rest.split_once('"').map(|(value, _)| value)
    }
}

/// The same numbers on every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
