//! A person who walks through a first connection over HTTP: one browser, one mail with a provisional
//! password, and an app on the phone that shares no code with what checks its numbers.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::hmac;
use serde_json::Value;

use super::client::{Client, hidden};
use super::gateway::{Gateway, Setup};
use super::raw::Reply;
use super::recorder::Recorder;

/// The cookies of a host that is reached by https.
pub const SESSION: &str = "__Host-vestibule";
pub const TICKET: &str = "__Host-vestibule-ticket";
pub const ACCOUNTS: &str = "__Host-vestibule-accounts";
/// Where somebody is sent whose ticket is worth nothing.
pub const START_AGAIN: &str = "/.vestibule/sign-in?problem=start-again";

/// The screens of a first connection that have a form, in their order.
pub const SCREENS: [&str; 11] = [
    "sign-in",
    "password",
    "secure",
    "get-app",
    "set-up-app",
    "scan",
    "prove",
    "recovery-codes",
    "success",
    "new-password",
    "done",
];

/// Hashing as cheap as it can be: these tests hash a lot and measure none of it.
const CHEAP: &str = "[hashing]\nmemory_kib = 64\npasses = 1\n";

/// A gateway that demands a second factor, and the upstream behind it.
pub fn start() -> (Recorder, Gateway) {
    start_with("", "")
}

/// The same with further lines for `[sign_in]`, and further tables.
pub fn start_with(sign_in: &str, tables: &str) -> (Recorder, Gateway) {
    let upstream = Recorder::start();
    let mut setup = Setup::new(upstream.addr());
    setup.sign_in = format!("second_factor = \"required\"\n{sign_in}");
    setup.extra = format!("{CHEAP}{tables}");
    let gateway = Gateway::start(setup);
    (upstream, gateway)
}

/// A new browser.
pub fn visitor(gateway: &Gateway) -> Client {
    Client::new(gateway.addr, &gateway.public_url)
}

/// The address of a screen.
pub fn at(screen: &str) -> String {
    format!("/.vestibule/{screen}")
}

/// Where an answer leads, if it does.
pub fn to(reply: &Reply) -> String {
    assert_eq!(reply.status(), 303, "{}", reply.shown());
    reply.header("location").expect("a place to go")
}

/// What the program says as JSON.
pub fn told(gateway: &Gateway, args: &[&str]) -> Value {
    let output = gateway.cli(&[args, &["--json"]].concat(), "");
    assert!(output.status.success(), "{args:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Makes an account; gives its provisional password.
pub fn provision(gateway: &Gateway, name: &str) -> String {
    let made = told(gateway, &["user", "add", name, "--email", "somebody@example.test"]);
    made["provisional_password"].as_str().unwrap_or_else(|| panic!("no password: {made}")).into()
}

/// What the operator sees of an account.
pub fn account(gateway: &Gateway, name: &str) -> Value {
    told(gateway, &["user", "show", name])
}

/// How many events of this kind are in the audit log.
pub fn audited(gateway: &Gateway, kind: &str) -> usize {
    let needle = format!("\"kind\":\"{kind}\"");
    settled_audit_log(gateway).lines().filter(|line| line.contains(&needle)).count()
}

/// The audit log with everything in it that happened before: it is written behind, in order, so
/// what happens now comes last.
pub fn settled_audit_log(gateway: &Gateway) -> String {
    static MARKS: AtomicUsize = AtomicUsize::new(0);
    let name = format!("mark-{}", MARKS.fetch_add(1, Ordering::Relaxed));
    let mark = told(gateway, &["user", "add", &name, "--email", "mark@example.test"]);
    let id = mark["id"].as_str().expect("an id").to_string();
    for _ in 0..1_000_000 {
        let log = audit_log(gateway);
        if log.contains(&id) {
            return log;
        }
        thread::yield_now();
    }
    panic!("the audit log never tells of {name}");
}

/// The audit log.
pub fn audit_log(gateway: &Gateway) -> String {
    let data = gateway.dir.path().join("data");
    let files = fs::read_dir(&data).expect("the data folder");
    let names = files.map(|file| file.expect("a file").path());
    let logs = names.filter(|path| path.to_string_lossy().contains("audit") && path.is_file());
    logs.map(|path| fs::read_to_string(path).expect("the audit log")).collect()
}

/// The gateway's metrics.
pub fn metrics(gateway: &Gateway) -> String {
    let host = format!("http://{}", gateway.operator);
    Client::new(gateway.operator, &host).fetch("/metrics").text()
}

/// The code for the help desk that a page shows.
pub fn support_code(page: &Reply) -> Option<String> {
    let text = page.text();
    let after = text.split("<p class=\"support\">").nth(1)?;
    Some(after.split("<b>").nth(1)?.split("</b>").next()?.to_string())
}

/// Whether an answer opens a session.
pub fn opens(reply: &Reply) -> bool {
    reply.headers("set-cookie").iter().any(|line| line.starts_with(&format!("{SESSION}=")))
}

/// What each of these is told that all ask at the same moment.
pub fn at_once<T: Send>(askers: Vec<T>, ask: impl Fn(&mut T) -> Reply + Sync) -> Vec<(T, Reply)> {
    let ready = Barrier::new(askers.len());
    thread::scope(|scope| {
        let start = |mut asker: T| {
            let (ready, ask) = (&ready, &ask);
            scope.spawn(move || {
                ready.wait();
                let reply = ask(&mut asker);
                (asker, reply)
            })
        };
        let running: Vec<_> = askers.into_iter().map(start).collect();
        running.into_iter().map(|one| one.join().expect("an answer")).collect()
    })
}

/// Posts the form of a screen as the page that shows it would: with its token and these fields.
pub fn fill(browser: &mut Client, screen: &str, fields: &[(&str, &str)]) -> Reply {
    let page = browser.get(&at(screen));
    assert_eq!(page.status(), 200, "{screen}: {}", page.shown());
    let csrf = hidden(&page.text(), "csrf");
    let fields = [&[("csrf", csrf.as_str())], fields].concat();
    browser.post_form(&at(screen), &fields)
}

/// Posts a new password, typed twice.
pub fn choose(browser: &mut Client, current: &str, new: &str) -> Reply {
    fill(browser, "new-password", &[("current", current), ("new", new), ("again", new)])
}

/// The codes on paper that a page gives out.
pub fn recovery_codes(page: &Reply) -> Vec<String> {
    let text = page.text();
    let codes = text.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next());
    codes.map(str::to_string).collect()
}

/// An app on a phone: RFC 6238 with SHA-1, six digits and 30 seconds.
#[derive(Clone, Debug)]
pub struct App {
    /// The key as the page shows it, without spaces.
    pub base32: String,
    last: u64,
}

impl App {
    /// Reads the key of the page `scan`.
    pub fn scan(page: &Reply) -> Self {
        let text = page.text();
        let shown = text.split("<code data-copy").nth(1).and_then(|rest| rest.split('>').nth(1));
        let shown = shown.and_then(|rest| rest.split('<').next());
        let shown = shown.unwrap_or_else(|| panic!("no key: {text}"));
        Self::of(shown)
    }

    /// One that was told this key.
    pub fn of(base32: &str) -> Self {
        Self { base32: base32.replace(' ', ""), last: 0 }
    }

    /// The bytes of the key (RFC 4648).
    pub fn key(&self) -> Vec<u8> {
        let digit = |letter: u8| match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            other => panic!("{other} in {}", self.base32),
        };
        let bits: Vec<u8> = self
            .base32
            .bytes()
            .flat_map(|letter| (0..5).rev().map(move |bit| digit(letter) >> bit & 1))
            .collect();
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect()
    }

    /// The number of a step of 30 seconds.
    pub fn at(&self, step: u64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.key());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 15);
        let four = tag.as_ref()[at..at + 4].try_into().expect("four bytes");
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }

    /// A number that was not used yet and counts now: of the earliest such step, so that there are
    /// three without waiting, and then after a while.
    pub fn code(&mut self) -> String {
        let earliest = || match unix_seconds() % 30 {
            // Soon the step before this one counts no more.
            20.. => now(),
            _ => now() - 1,
        };
        let step = earliest().max(self.last + 1);
        wait_for(step - 1);
        self.last = step;
        self.at(step)
    }

    /// A number that belongs to no step that is looked at.
    pub fn wrong(&self) -> String {
        let near: Vec<String> = (now() - 140..now() + 140).map(|step| self.at(step)).collect();
        let mut numbers = (0..1_000_000).map(|number| format!("{number:06}"));
        numbers.find(|number| !near.contains(number)).expect("a wrong number")
    }
}

/// The present step.
pub fn now() -> u64 {
    unix_seconds() / 30
}

/// The present step, with time left in it for what the test does with it.
pub fn young_step() -> u64 {
    if unix_seconds() % 30 >= 20 {
        wait_for(now() + 1);
    }
    now()
}

#[expect(clippy::disallowed_methods, reason = "the gateway under test reads the same clock")]
pub fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// Waits until a step has begun. The gateway reads the same clock.
pub fn wait_for(step: u64) {
    while now() < step {
        thread::sleep(Duration::from_millis(100));
    }
}

/// One person in their first connection.
#[derive(Clone)]
pub struct Walk {
    pub browser: Client,
    pub name: String,
    pub provisional: String,
    /// The password that they choose.
    pub password: String,
    /// The app, once it was shown the key.
    pub app: Option<App>,
    /// The codes on paper, once they were given out.
    pub codes: Vec<String>,
    /// Index in [`SCREENS`] of the screen that is due.
    at: usize,
}

impl Walk {
    /// Makes the account and opens a browser.
    pub fn new(gateway: &Gateway, name: &str) -> Self {
        let provisional = provision(gateway, name);
        Self::with(gateway, name, &provisional)
    }

    /// Somebody in a new browser who knows this provisional password.
    pub fn with(gateway: &Gateway, name: &str, provisional: &str) -> Self {
        Self {
            browser: visitor(gateway),
            name: name.to_string(),
            provisional: provisional.to_string(),
            password: "Vier-Reigers boven 2 stuwen".to_string(),
            app: None,
            codes: Vec::new(),
            at: 0,
        }
    }

    /// Which screen is due.
    pub fn due(&self) -> &'static str {
        SCREENS[self.at]
    }

    /// What the form of a screen is filled with.
    pub fn fields(&mut self, screen: &str) -> Vec<(&'static str, String)> {
        match screen {
            "sign-in" => vec![("name", self.name.clone())],
            "password" => vec![("password", self.provisional.clone())],
            "prove" => vec![("code", self.app.as_mut().expect("an app").code())],
            "new-password" => vec![
                ("current", self.provisional.clone()),
                ("new", self.password.clone()),
                ("again", self.password.clone()),
            ],
            _ => Vec::new(),
        }
    }

    /// Takes the step that is due and gives the answer to it, which leads on.
    pub fn step(&mut self) -> Reply {
        let screen = self.due();
        let page = self.browser.get(&at(screen));
        assert_eq!(page.status(), 200, "{screen}: {}", page.shown());
        match screen {
            "scan" => self.app = Some(App::scan(&page)),
            "recovery-codes" => self.codes = recovery_codes(&page),
            _ => {}
        }
        let csrf = hidden(&page.text(), "csrf");
        let typed = self.fields(screen);
        let mut fields = vec![("csrf", csrf.as_str())];
        fields.extend(typed.iter().map(|(name, value)| (*name, value.as_str())));
        let reply = self.browser.post_form(&at(screen), &fields);
        let to = to(&reply);
        if let Some(next) = SCREENS.get(self.at + 1) {
            assert_eq!(to, at(next), "{screen}: {}", reply.shown());
            self.at += 1;
        }
        reply
    }

    /// Goes on from a screen that a step outside of [`Walk::step`] led to.
    pub fn led_to(mut self, screen: &str) -> Self {
        self.at = SCREENS.iter().position(|known| *known == screen).expect("a screen");
        self
    }

    /// Takes steps until this screen is due.
    pub fn until(mut self, screen: &str) -> Self {
        while self.due() != screen {
            self.step();
        }
        self
    }

    /// Walks to the end and leaves; gives the password and the app.
    pub fn finish(self) -> (String, App) {
        let walk = self.until("done");
        assert_eq!(walk.browser.clone().fetch("/").status(), 200);
        (walk.password, walk.app.expect("an app"))
    }
}

/// A new browser of this name that is past this password and is asked for a number; with the
/// token of the form.
pub fn at_code(gateway: &Gateway, name: &str, password: &str) -> (Client, String) {
    let mut browser = visitor(gateway);
    let reply = browser.walk_sign_in(name, password);
    assert_eq!(to(&reply), at("code"), "{}", reply.shown());
    let csrf = hidden(&browser.get(&at("code")).text(), "csrf");
    (browser, csrf)
}

/// Posts a number.
pub fn give_code(browser: &mut Client, csrf: &str, code: &str) -> Reply {
    browser.post_form(&at("code"), &[("csrf", csrf), ("code", code)])
}

/// A new browser that is signed in with password and number.
pub fn signed_in(gateway: &Gateway, name: &str, password: &str, app: &mut App) -> Client {
    let (mut browser, csrf) = at_code(gateway, name, password);
    let reply = give_code(&mut browser, &csrf, &app.code());
    assert!(opens(&reply), "{}", reply.shown());
    browser
}
