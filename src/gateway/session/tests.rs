//! What the session gate does when it is overtaken or left without a store.

use std::sync::atomic::AtomicBool;

use async_trait::async_trait;

use super::*;
use crate::domain::{
    Account, AccountId, AccountState, Device, Email, Group, LoginName, Method, PROOF_AHEAD_MAX,
    SessionLimits,
};
use crate::store::record::{AccountRecord, SessionRecord};
use crate::store::{Change, Feed, Record, Store, StoreError, Table};

pub(in crate::gateway) const NOW: Moment = Moment::from_unix_millis(1_000_000_000);
pub(in crate::gateway) const HOUR: Duration = Duration::from_secs(3600);

/// A clock that is moved by hand.
pub(in crate::gateway) struct Hand(AtomicU64);

impl Default for Hand {
    fn default() -> Self {
        Self(AtomicU64::new(NOW.unix_millis()))
    }
}

impl Hand {
    pub(in crate::gateway) fn set(&self, now: Moment) {
        self.0.store(now.unix_millis(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Moment {
        Moment::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

const HASH: SessionHash = SessionHash([1; 32]);

/// One account and one session; may be overtaken while it is being read.
#[derive(Default)]
pub(in crate::gateway) struct Scripted {
    feed: Feed,
    overtaken: bool,
    disabled: AtomicBool,
    groups: Mutex<Vec<Group>>,
    fails: AtomicBool,
    /// It takes questions and answers none.
    pub(in crate::gateway) hangs: AtomicBool,
    /// How many milliseconds each answer takes.
    pub(in crate::gateway) slow: AtomicU64,
    /// What it was asked.
    pub(in crate::gateway) reads: AtomicU64,
    pub(in crate::gateway) clock: Arc<Hand>,
}

impl Scripted {
    /// A gate over it with these limits.
    pub(in crate::gateway) fn gate(
        self: &Arc<Self>,
        idle: Duration,
        total: Duration,
    ) -> Arc<SessionGate> {
        let limits = SessionLimits::new(idle, total).unwrap();
        SessionGate::new(SessionReader::new(self.clone(), limits), self.clock.clone())
    }

    /// Changes the account and tells the gate of it.
    pub(in crate::gateway) fn change(&self, disabled: bool, groups: &[&str]) {
        self.disabled.store(disabled, Ordering::SeqCst);
        *self.groups.lock().unwrap() = groups.iter().map(|g| Group::parse(g).unwrap()).collect();
        self.feed.publish(&[Revocation::Account(AccountId::from_bytes([1; 16]))]);
    }

    /// Makes it answer no more.
    pub(in crate::gateway) fn fail(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }

    fn account(&self) -> Account {
        Account {
            id: AccountId::from_bytes([1; 16]),
            subject: None,
            name: LoginName::parse("anna").unwrap(),
            email: Email::parse("a@b.cd").unwrap(),
            full_name: None,
            language: None,
            groups: self.groups.lock().unwrap().clone(),
            state: match self.disabled.load(Ordering::SeqCst) {
                true => AccountState::Disabled,
                false => AccountState::Active,
            },
            password: None,
            password_until: None,
            epoch: 0,
            created: NOW,
        }
    }
}

#[async_trait]
impl Store for Scripted {
    async fn read(
        &self,
        table: Table,
        _: &[u8],
        now: Moment,
    ) -> Result<Option<Record>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let slow = self.slow.load(Ordering::SeqCst);
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(slow)).await;
        }
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        let data = match table {
            Table::Session => SessionRecord {
                account: AccountId::from_bytes([1; 16]),
                epoch: 0,
                opened: now,
                last_seen: now,
                proven_at: now,
                methods: vec![Method::Password],
                stays: false,
                first: false,
                device: Device::default(),
                address: None,
            }
            .encode()?,
            _ => {
                let read = AccountRecord::encode(&self.account())?;
                if self.overtaken && !self.disabled.swap(true, Ordering::SeqCst) {
                    let id = AccountId::from_bytes([1; 16]);
                    self.feed.publish(&[Revocation::Account(id)]);
                }
                read
            }
        };
        Ok(Some(Record { version: 1, data, expires: None }))
    }

    async fn list(
        &self,
        _: Table,
        _: Option<&[u8]>,
        _: usize,
        _: Moment,
    ) -> Result<Vec<(Vec<u8>, Record)>, StoreError> {
        Ok(Vec::new())
    }

    async fn commit(&self, _: Change, _: Moment) -> Result<(), StoreError> {
        Ok(())
    }

    async fn sweep(&self, _: Moment, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }

    fn feed(&self) -> &Feed {
        &self.feed
    }
}

/// The host of our pages, on this machine alone.
pub(in crate::gateway) fn home() -> PublicHost {
    PublicHost::home(false, "localhost", None)
}

pub(in crate::gateway) fn rule(allow: Allow, fresh: Option<Duration>) -> Rule {
    let (path, methods) = ("/".to_owned(), Vec::new());
    Rule { path, methods, allow, fresh, preflight_to_app: false, bounce: false }
}

async fn judged(overtaken: bool, fails: bool, allow: &Allow) -> [Result<bool, Reason>; 2] {
    let store = Arc::new(Scripted { overtaken, fails: fails.into(), ..Scripted::default() });
    let gate = store.gate(HOUR, HOUR);
    let mut headers = HeaderMap::new();
    let cookie = format!("vestibule={}", "A".repeat(43));
    headers.insert(header::COOKIE, cookie.parse().unwrap());
    let rule = rule(allow.clone(), None);
    let judge = async || {
        let judged = gate.judge(&headers, &home(), &rule).await;
        judged.map(|admitted| admitted.who().is_some())
    };
    [judge().await, judge().await]
}

#[tokio::test]
async fn a_session_revoked_while_it_is_read_is_not_remembered() {
    let refused = [Err(Reason::NoSession), Err(Reason::NoSession)];
    assert_eq!(judged(true, false, &Allow::SignedIn).await, refused);
    // Control: undisturbed, it is read, remembered and passes twice.
    assert_eq!(judged(false, false, &Allow::SignedIn).await, [Ok(true), Ok(true)]);
}

/// F07.
#[tokio::test]
async fn a_store_that_is_down_sends_nobody_through() {
    let refused = [Err(Reason::Store), Err(Reason::Store)];
    let open = Allow::Everyone { bodies: false };
    assert_eq!(judged(false, true, &Allow::SignedIn).await, refused);
    assert_eq!(judged(false, true, &open).await, refused);
    // Control: with a store that answers, both pass.
    assert_eq!(judged(false, false, &open).await, [Ok(true), Ok(true)]);
}

#[tokio::test]
async fn one_signature_serves_a_session_and_an_app_for_a_while() {
    let gate = Arc::new(Scripted::default()).gate(HOUR, HOUR);
    let someone = gate.recall(Key::Home(HASH), NOW).await.unwrap().unwrap();
    let signed = AtomicU64::new(0);
    let ask = |app, now| {
        someone.assertion::<()>(app, now, || {
            let number = signed.fetch_add(1, Ordering::Relaxed);
            Ok(HeaderValue::from(number))
        })
    };
    let reuse = crate::crypto::assertion::REUSE;
    let first = ask(0, NOW).unwrap();
    assert_eq!(ask(0, NOW.plus(reuse / 2)).unwrap(), first);
    // Another app, a later time, and a clock that was set back: a new one.
    assert_ne!(ask(1, NOW).unwrap(), first);
    assert_ne!(ask(0, NOW.plus(reuse)).unwrap(), first);
    assert_eq!(signed.load(Ordering::Relaxed), 3);
    ask(0, NOW).unwrap();
    assert_eq!(signed.load(Ordering::Relaxed), 4);
}

#[test]
fn a_proof_is_fresh_for_as_long_as_the_rule_says_and_not_in_the_future() {
    let (within, second) = (Duration::from_secs(300), Duration::from_secs(1));
    let set_back = |span: Duration| {
        Moment::from_unix_millis(NOW.unix_millis() - u64::try_from(span.as_millis()).unwrap())
    };
    let rows = [
        ("just now", NOW, true),
        ("at the limit", NOW.plus(within), true),
        ("beyond it", NOW.plus(within + second), false),
        ("a clock that is a little behind", set_back(PROOF_AHEAD_MAX), true),
        ("a clock that was set back", set_back(PROOF_AHEAD_MAX + second), false),
        ("and far back", Moment::from_unix_millis(0), false),
    ];
    for (row, now, fresh) in rows {
        assert_eq!(is_fresh(NOW, within, now), fresh, "{row}");
    }
}

#[tokio::test]
async fn a_rule_that_wants_a_fresh_proof_is_not_satisfied_with_an_old_one() {
    let store = Arc::new(Scripted::default());
    store.change(false, &["staff"]);
    let gate = store.gate(HOUR, HOUR);
    let someone = gate.recall(Key::Home(HASH), NOW).await.unwrap();
    let groups = |group: &str| Allow::Groups(vec![group.to_owned()]);
    let within = Duration::from_secs(300);
    let late = NOW.plus(within + Duration::from_secs(1));
    let stale = Err(Reason::NotFresh { within });
    let judge = |allow: Allow, fresh, now| {
        admit(&rule(allow, fresh), someone.clone(), now).map(|admitted| admitted.who().is_some())
    };
    for allow in [Allow::SignedIn, groups("staff")] {
        assert_eq!(judge(allow.clone(), Some(within), late), stale, "{allow:?}");
        // Controls: in time, and without such a rule, it passes.
        assert_eq!(judge(allow.clone(), Some(within), NOW), Ok(true), "{allow:?}");
        assert_eq!(judge(allow.clone(), None, late), Ok(true), "{allow:?}");
    }
    // Nobody is asked to prove themselves for what stays closed to them.
    assert_eq!(judge(groups("board"), Some(within), late), Err(Reason::Denied));
    let nobody = admit(&rule(Allow::SignedIn, Some(within)), None, NOW);
    assert_eq!(nobody.map(drop), Err(Reason::NoSession));
}
