//! A gateway, its recording upstream and a signed-in visitor, shared by the rows of one attack
//! class, and the assertions every row makes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::gateway::{Gateway, Setup};
use super::raw::{self, Reply};
use super::recorder::Recorder;

/// The parts every attack needs.
pub struct Rig {
    /// The gateway under attack.
    pub gateway: Gateway,
    /// The upstream behind it.
    pub recorder: Recorder,
    /// The session cookie of `anna`, who is in no group.
    pub session: String,
}

/// One rig for all tests of a file. They take turns, since they read one recorder.
pub type SharedRig = OnceLock<Mutex<Rig>>;

/// Name and password of the account each rig has.
pub const ANNA: (&str, &str) = ("anna", "seven-lanterns-Under-9-bridges");

impl Rig {
    /// A gateway before this upstream, with one account that is signed in.
    pub fn start(recorder: Recorder) -> Self {
        let gateway = Gateway::start(Setup::new(recorder.addr()));
        let (name, password) = ANNA;
        gateway.add_account(name, password, &[]);
        let session = gateway.sign_in(name, password);
        Self { gateway, recorder, session }
    }

    /// The rig of a file, to itself, with nothing recorded yet.
    pub fn lock(
        shared: &'static SharedRig,
        recorder: fn() -> Recorder,
    ) -> MutexGuard<'static, Self> {
        let rig = shared.get_or_init(|| Mutex::new(Self::start(recorder())));
        // A failed row leaves the rig usable for the other tests.
        let rig = rig.lock().unwrap_or_else(PoisonError::into_inner);
        rig.recorder.clear();
        rig
    }

    /// Writes out the short forms of a row:
    ///
    /// - `{SM}` the request to be smuggled
    /// - `{GET}`, `{POST}` request line, `Host` and the session cookie
    /// - `{CHUNKED}` a whole head with a chunked body to follow
    /// - `{H}` `Host` and the session cookie, `{HOST}` and `{COOKIE}` one of them
    pub fn expand(&self, row: &[u8]) -> Vec<u8> {
        let cookie = format!("Cookie: {}\r\n", self.session);
        let forms: [(&str, &str); 7] = [
            ("{SM}", "GET /smug HTTP/1.1\r\nHost: app.test\r\n\r\n"),
            ("{CHUNKED}", "{POST}Transfer-Encoding: chunked\r\n\r\n"),
            ("{GET}", "GET / HTTP/1.1\r\n{H}"),
            ("{POST}", "POST / HTTP/1.1\r\n{H}"),
            ("{H}", "{HOST}{COOKIE}"),
            ("{HOST}", "Host: app.test\r\n"),
            ("{COOKIE}", &cookie),
        ];
        forms.iter().fold(row.to_vec(), |bytes, (short, long)| {
            raw::replace(&bytes, short.as_bytes(), long.as_bytes())
        })
    }

    /// Sends what `row` stands for and reads one answer.
    pub fn exchange(&self, row: &[u8]) -> Reply {
        raw::exchange(self.gateway.addr, &self.expand(row))
    }

    /// Sends what `row` stands for and reads until the gateway closes.
    pub fn exchange_until_closed(&self, row: &[u8]) -> Reply {
        raw::exchange_until_closed(self.gateway.addr, &self.expand(row))
    }

    /// Sends an innocent request as another client would and asserts that it gets its own answer.
    /// Where something of the attack is still under way to the upstream, this comes behind it.
    pub fn innocent(&self, row: &str) {
        let target = next_innocent_target();
        let reply = self.exchange(format!("GET {target} HTTP/1.1\r\n{{H}}\r\n").as_bytes());
        assert_eq!(reply.status(), 200, "{row}: the innocent request: {}", reply.shown());
        assert!(
            reply.text().contains(&format!(" {target} ")),
            "{row}: the innocent request got another's answer: {}",
            reply.shown()
        );
        let identity = identity_of(&self.last_upstream_head(&format!(" {target} ")));
        assert_eq!(identity, ["anna"], "{row}: the innocent request's identity");
    }

    /// Asserts that the upstream was sent innocent requests and not one byte more.
    pub fn assert_untouched(&self, row: &str) {
        let requests = self.recorder.requests();
        let innocent = requests.iter().all(|head| head.starts_with(b"GET /innocent/"));
        assert!(innocent, "{row}: the upstream was reached: {}", self.recorder.shown());
        let heads: usize = requests.iter().map(Vec::len).sum();
        let bytes: usize = self.recorder.connections().iter().map(Vec::len).sum();
        assert_eq!(bytes, heads, "{row}: stray bytes upstream: {}", self.recorder.shown());
    }

    /// Asserts that no part of a body was taken for a request.
    pub fn assert_nothing_smuggled(&self, row: &str) {
        for head in self.recorder.requests() {
            let smuggled = raw::holds(first_line(&head), b"/smug") || head.starts_with(b"GPOST");
            assert!(!smuggled, "{row}: smuggled: {}", self.recorder.shown());
        }
    }

    /// Asserts a refusal of a message that cannot be trusted: as [`Rig::assert_turned_away`], and
    /// the connection is said to end and does.
    pub fn assert_refused(&self, row: &str, reply: &Reply, statuses: &[u16]) {
        self.assert_turned_away(row, reply, statuses);
        assert!(reply.closed, "{row}: the connection stays open: {}", reply.shown());
        if reply.status() != 0 {
            assert!(reply.says_close(), "{row}: the end is not announced: {}", reply.shown());
            assert_eq!(reply.count(), 1, "{row}: more than one answer: {}", reply.shown());
        }
    }

    /// Asserts one of these statuses, nothing upstream, and a gateway that serves others as before.
    pub fn assert_turned_away(&self, row: &str, reply: &Reply, statuses: &[u16]) {
        let known = statuses.contains(&reply.status());
        assert!(known, "{row}: not one of {statuses:?}: {}", reply.shown());
        self.innocent(row);
        self.assert_untouched(row);
    }

    /// The head of the last request whose request line holds `target`, as the upstream got it.
    pub fn last_upstream_head(&self, target: &str) -> Vec<u8> {
        let requests = self.recorder.requests();
        let found =
            requests.into_iter().rev().find(|h| raw::holds(first_line(h), target.as_bytes()));
        found.unwrap_or_else(|| panic!("upstream got no {target}: {}", self.recorder.shown()))
    }

    /// The head of the last request that is not one of ours.
    pub fn attack_upstream(&self) -> Option<Vec<u8>> {
        let requests = self.recorder.requests();
        requests.into_iter().rev().find(|head| !head.starts_with(b"GET /innocent/"))
    }
}

/// Every value of the header that names the account, whatever its spelling upstream.
pub fn identity_of(head: &[u8]) -> Vec<String> {
    let names = ["remote-user", "remote_user", "remote.user"];
    names.iter().flat_map(|name| raw::header_values(head, name)).collect()
}

/// The request line of a head.
pub fn first_line(head: &[u8]) -> &[u8] {
    head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end()
}

/// Shows that an attack is one: without a gateway the bytes arrive as they were sent.
pub fn control(row: &str, bytes: &[u8]) {
    let recorder = Recorder::start();
    raw::exchange_and_finish(recorder.addr(), bytes);
    let arrived = recorder.connections();
    assert!(arrived.iter().any(|seen| seen == bytes), "{row}: control: {arrived:?}");
}

/// A target no other request has, so that an answer tells whose it is.
fn next_innocent_target() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("/innocent/{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
