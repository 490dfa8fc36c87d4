//! What the session gate does when it is overtaken or left without a store.

use std::sync::atomic::AtomicBool;

use async_trait::async_trait;

use super::*;
use crate::domain::{Account, AccountState, Email, LoginName, Method, SessionLimits};
use crate::store::record::{AccountRecord, SessionRecord};
use crate::store::{Change, Feed, Record, Store, StoreError, Table};

const NOW: Moment = Moment::from_unix_millis(1_000_000);

struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        NOW
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// One account and one session; may be overtaken while it is being read.
struct Scripted {
    feed: Feed,
    overtaken: bool,
    disabled: AtomicBool,
    fails: bool,
}

impl Scripted {
    fn account(&self) -> Account {
        Account {
            id: AccountId::from_bytes([1; 16]),
            subject: None,
            name: LoginName::parse("anna").unwrap(),
            email: Email::parse("a@b.cd").unwrap(),
            full_name: None,
            language: None,
            groups: Vec::new(),
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
        if self.fails {
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

async fn judged(overtaken: bool, fails: bool, allow: &Allow) -> [Result<bool, Reason>; 2] {
    let store = Arc::new(Scripted {
        feed: Feed::default(),
        overtaken,
        disabled: AtomicBool::new(false),
        fails,
    });
    let hour = Duration::from_secs(3600);
    let reader = SessionReader::new(store, SessionLimits::new(hour, hour).unwrap());
    let gate = SessionGate::new(reader, Arc::new(Still));
    let mut headers = HeaderMap::new();
    let cookie = format!("vestibule={}", "A".repeat(43));
    headers.insert(header::COOKIE, cookie.parse().unwrap());
    let judge = async || {
        let judged = gate.judge(&headers, Cookies::Loopback, allow).await;
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
    let store = Arc::new(Scripted {
        feed: Feed::default(),
        overtaken: false,
        disabled: AtomicBool::new(false),
        fails: false,
    });
    let hour = Duration::from_secs(3600);
    let reader = SessionReader::new(store, SessionLimits::new(hour, hour).unwrap());
    let gate = SessionGate::new(reader, Arc::new(Still));
    let someone = gate.recall(SessionHash([1; 32]), NOW).await.unwrap().unwrap();
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
