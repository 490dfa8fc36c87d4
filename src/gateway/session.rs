//! Phase 4: cookie to verdict. The one place that makes an [`Admitted`].

mod remembered;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::header::{self, HeaderMap, HeaderValue};
use papaya::HashMap;

pub use remembered::Remembered;

use super::identity::Identity;
use super::refuse::Reason;
use super::route::{Allow, Rule};
use crate::crypto::Token;
use crate::domain::cookie::{self, Found};
use crate::domain::{
    AccountId, Clock, Moment, PublicHost, SessionHash, Standing, Visitor, is_fresh,
};
use crate::observe::Seldom;
use crate::store::{LiveSession, Revocation, SessionReader, StoreError};

/// "Last seen" is written down at most this often for one session.
const SEEN_EVERY: Duration = Duration::from_secs(60);
/// Sessions remembered at most; beyond it some are read anew when they return.
const REMEMBERED_MAX: usize = 200_000;

/// Evidence that a request may go to an app. Everything after this phase takes
/// it, so a check that was stepped over ends in refusal.
#[derive(Clone, Debug)]
pub struct Admitted {
    who: Option<Arc<Remembered>>,
}

impl Admitted {
    /// Vouches that the rule lets this visitor, or nobody in particular, pass.
    fn attest(who: Option<Arc<Remembered>>) -> Self {
        Self { who }
    }

    /// Who is there, if anybody.
    pub fn who(&self) -> Option<&Arc<Remembered>> {
        self.who.as_ref()
    }
}

/// Remembers sessions and judges requests by them.
#[derive(Debug)]
pub struct SessionGate {
    reader: ArcSwap<SessionReader>,
    remembered: HashMap<SessionHash, Arc<Remembered>>,
    count: AtomicUsize,
    /// Raised by every revocation: what was read before it is not remembered.
    revocations: Mutex<u64>,
    clock: Arc<dyn Clock>,
    /// Reads that failed.
    faults: Seldom,
}

impl std::fmt::Debug for dyn Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl SessionGate {
    /// A gate over this reader, listening to its feed.
    pub fn new(reader: SessionReader, clock: Arc<dyn Clock>) -> Arc<Self> {
        let feed = reader.feed().clone();
        let gate = Arc::new(Self {
            reader: ArcSwap::from_pointee(reader),
            remembered: HashMap::new(),
            count: AtomicUsize::new(0),
            revocations: Mutex::new(0),
            clock,
            faults: Seldom::default(),
        });
        let listener = Arc::downgrade(&gate);
        feed.subscribe(move |revocation| {
            if let Some(gate) = listener.upgrade() {
                gate.forget(revocation);
            }
        });
        gate
    }

    /// Judges by another reader's limits from now on. What is remembered was
    /// measured by the old ones, so all of it is read anew.
    pub fn adopt(&self, reader: SessionReader) {
        if reader.limits() == self.reader.load().limits() {
            return;
        }
        self.reader.store(Arc::new(reader));
        self.forget_all();
    }

    /// Lets go of everything, so that the store is asked again: somebody else
    /// may have ended sessions unheard.
    pub fn forget_all(&self) {
        let mut revocations = self.revocations.lock().unwrap_or_else(PoisonError::into_inner);
        *revocations += 1;
        let all: Vec<_> = self.remembered.pin().keys().copied().collect();
        all.iter().for_each(|hash| self.remove(hash));
    }

    /// Drops what is remembered of something that is over.
    fn forget(&self, revocation: Revocation) {
        let mut revocations = self.revocations.lock().unwrap_or_else(PoisonError::into_inner);
        *revocations += 1;
        match revocation {
            Revocation::Session(hash) => self.remove(&hash),
            Revocation::Account(account) => {
                let remembered = self.remembered.pin();
                let gone: Vec<_> = remembered
                    .iter()
                    .filter(|(_, entry)| entry.account == account)
                    .map(|(hash, _)| *hash)
                    .collect();
                gone.iter().for_each(|hash| self.remove(hash));
            }
        }
    }

    /// Judges a request by its cookies and the rule that governs it.
    ///
    /// # Errors
    ///
    /// Why it may not pass. A store that does not answer is
    /// [`Reason::Store`], on open paths too: going on without the identity that
    /// an app would have been given is a decision nobody made.
    pub async fn judge(
        &self,
        headers: &HeaderMap,
        host: &PublicHost,
        rule: &Rule,
    ) -> Result<Admitted, Reason> {
        let now = self.clock.now();
        let who = self.who(headers, host, now).await?;
        admit(rule, who, now)
    }

    /// Whose session a request comes with, for what is recorded about it.
    pub(super) async fn account(
        &self,
        headers: &HeaderMap,
        host: &PublicHost,
    ) -> Option<AccountId> {
        let found = self.who(headers, host, self.clock.now()).await.ok()??;
        Some(found.account)
    }

    /// Lets nobody in particular ask an app what its scripts of other origins may
    /// do, where the rule leaves that to the app.
    pub fn admit_preflight(&self, rule: &Rule) -> Option<Admitted> {
        rule.preflight_to_app.then(|| Admitted::attest(None))
    }

    /// Whether somebody's session stands, as far as memory knows; nothing where
    /// it must be judged again.
    pub fn standing(&self, someone: &Remembered, now: Moment) -> Option<Standing> {
        let known = !someone.is_let_go();
        known.then(|| self.reader.load().limits().standing(someone.used(), now))
    }

    /// Finds somebody again for whom something goes on already. How fresh the
    /// proof is was asked when it began; whether it still may is for [`permits`].
    ///
    /// # Errors
    ///
    /// Why nothing goes on for them.
    pub(super) async fn find_again(
        &self,
        someone: &Remembered,
        now: Moment,
    ) -> Result<Arc<Remembered>, Reason> {
        let key = match someone.root {
            Some(_) => Key::OnHost(someone.hash),
            None => Key::Home(someone.hash),
        };
        self.recall(key, now).await?.ok_or(Reason::NoSession)
    }

    /// Who the cookies say is there, as the sign-in pages see it.
    ///
    /// # Errors
    ///
    /// [`Reason::Store`].
    pub async fn visitor(
        &self,
        headers: &HeaderMap,
        host: &PublicHost,
    ) -> Result<Option<Visitor>, Reason> {
        // Looking at our own pages is not use of an app.
        let Some(key) = key_of(headers, host) else { return Ok(None) };
        Ok(self.recall(key, self.clock.now()).await?.map(|someone| Visitor {
            account: someone.account,
            session: someone.opened_by().hash,
            name: someone.identity.name().to_owned(),
            full_name: someone.identity.full_name().map(str::to_owned),
            email: someone.identity.email().to_owned(),
            groups: someone.identity.groups().to_vec(),
            ends: someone.ends,
            proven_at: someone.proven_at,
            opened: someone.opened,
        }))
    }

    /// Whose the session of the cookies is, if it was not ended but has expired.
    ///
    /// # Errors
    ///
    /// [`Reason::Store`].
    pub async fn expired(
        &self,
        headers: &HeaderMap,
        host: &PublicHost,
    ) -> Result<Option<AccountId>, Reason> {
        let Some(key) = key_of(headers, host) else { return Ok(None) };
        let on_host = matches!(key, Key::OnHost(_));
        let reader = self.reader.load_full();
        let expired = reader.expired(key.hash(), on_host, self.clock.now()).await;
        expired.map_err(|error| self.away(&error))
    }

    /// What a store that does not answer is to a request. Each meets it, so it is
    /// told now and then.
    fn away(&self, error: &StoreError) -> Reason {
        if let Some(times) = self.faults.note(self.clock.elapsed()) {
            tracing::error!(%error, times, "sessions cannot be read");
        }
        Reason::Store
    }

    async fn who(
        &self,
        headers: &HeaderMap,
        host: &PublicHost,
        now: Moment,
    ) -> Result<Option<Arc<Remembered>>, Reason> {
        let Some(key) = key_of(headers, host) else { return Ok(None) };
        let found = self.recall(key, now).await?;
        if let Some(someone) = &found {
            self.mark_seen(someone.opened_by(), now);
        }
        Ok(found)
    }

    /// The session from memory, or from the store on a miss.
    async fn recall(&self, key: Key, now: Moment) -> Result<Option<Arc<Remembered>>, Reason> {
        let known = self.remembered.pin().get(&key.hash()).cloned();
        // One whose own was let go is still in the map.
        if let Some(known) = known.filter(|known| !known.is_let_go()) {
            let standing = self.reader.load().limits().standing(known.used(), now);
            return Ok((standing == Standing::Live).then_some(known));
        }
        Box::pin(self.read(key, now)).await
    }

    /// The session from the store.
    async fn read(&self, key: Key, now: Moment) -> Result<Option<Arc<Remembered>>, Reason> {
        let before = *self.revocations.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = self.find(key, now).await? else { return Ok(None) };
        let entry = Arc::new(entry);
        match self.insert(key.hash(), entry.clone(), before) {
            true => Ok(Some(entry)),
            false => {
                let entry = self.find(key, now).await?;
                // Nothing would tell what goes on for it of the next revocation.
                Ok(entry.map(|entry| Arc::new(Remembered { let_go: true.into(), ..entry })))
            }
        }
    }

    /// The session as the store has it, with the one it belongs to.
    async fn find(&self, key: Key, now: Moment) -> Result<Option<Remembered>, Reason> {
        let away = |error: StoreError| self.away(&error);
        match key {
            Key::Home(hash) => {
                let live = self.reader.load_full().read(hash, now).await.map_err(away)?;
                live.map(|live| self.remember((hash, None), live)).transpose()
            }
            Key::OnHost(hash) => {
                let found = self.reader.load_full().read_on_host(hash, now).await.map_err(away)?;
                let Some((root, live)) = found else { return Ok(None) };
                let root = Box::pin(self.recall(Key::Home(root), now)).await?;
                let Some(root) = root else { return Ok(None) };
                self.remember((hash, Some(root)), live).map(Some)
            }
        }
    }

    /// Remembers a session, and forgets some others where there are too many.
    ///
    /// SECURITY: what was read before a revocation is not remembered after it.
    /// - Against: a request that reads a session, is overtaken by its
    ///   revocation, and then writes the dead session into memory for good.
    /// - Therefore: nothing is remembered if anything was revoked since the
    ///   read began; looking and remembering are one step for a revocation.
    /// - Price: now and then a session is read twice.
    /// - Held by: `a_session_revoked_while_it_is_read_is_not_remembered`.
    fn insert(&self, hash: SessionHash, entry: Arc<Remembered>, before: u64) -> bool {
        let revocations = self.revocations.lock().unwrap_or_else(PoisonError::into_inner);
        if *revocations != before {
            return false;
        }
        let remembered = self.remembered.pin();
        match remembered.insert(hash, entry) {
            Some(before) => before.let_go.store(true, Ordering::Release),
            None => drop(self.count.fetch_add(1, Ordering::Relaxed)),
        }
        if self.count.load(Ordering::Relaxed) > REMEMBERED_MAX {
            let others: Vec<_> =
                remembered.keys().filter(|other| **other != hash).take(64).copied().collect();
            others.iter().for_each(|other| self.remove(other));
        }
        true
    }

    fn remove(&self, hash: &SessionHash) {
        if let Some(gone) = self.remembered.pin().remove(hash) {
            gone.let_go.store(true, Ordering::Release);
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn remember(
        &self,
        (hash, root): (SessionHash, Option<Arc<Remembered>>),
        live: LiveSession,
    ) -> Result<Remembered, Reason> {
        let sid = root.as_ref().map_or(hash, |root| root.hash);
        let identity = Identity::new(&live, sid).map_err(|error| {
            tracing::error!(%error, "an identity cannot be written as headers");
            Reason::Fault
        })?;
        Ok(Remembered {
            hash,
            root,
            account: live.account.id,
            identity,
            signed: Mutex::default(),
            opened: live.opened,
            proven_at: live.proven_at,
            stays: live.stays,
            let_go: AtomicBool::new(false),
            first: AtomicBool::new(live.first),
            ends: self.reader.load().limits().latest_end(live.opened, live.stays),
            last_seen: AtomicU64::new(live.last_seen.unix_millis()),
            last_written: AtomicU64::new(live.last_seen.unix_millis()),
        })
    }

    /// Notes the use of a session, and writes it down now and then.
    fn mark_seen(&self, someone: &Remembered, now: Moment) {
        someone.last_seen.fetch_max(now.unix_millis(), Ordering::Relaxed);
        let written = someone.last_written.load(Ordering::Relaxed);
        if now.since(Moment::from_unix_millis(written)) < SEEN_EVERY {
            return;
        }
        let ours = someone.last_written.compare_exchange(
            written,
            now.unix_millis(),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        if ours.is_ok() {
            let (reader, hash) = (self.reader.load_full(), someone.hash);
            tokio::spawn(async move {
                if let Err(error) = reader.seen(hash, now).await {
                    tracing::warn!(%error, "the use of a session was not written down");
                }
            });
        }
    }
}

/// Says whether somebody, or nobody in particular, may pass by a rule now.
fn admit(rule: &Rule, who: Option<Arc<Remembered>>, now: Moment) -> Result<Admitted, Reason> {
    let permitted = permits(&rule.allow, who.as_deref());
    match (permitted, rule.fresh, &who) {
        (Err(reason), ..) => Err(reason),
        (Ok(()), None, _) => Ok(Admitted::attest(who)),
        (Ok(()), Some(_), None) => Err(Reason::NoSession),
        (Ok(()), Some(within), Some(someone)) => match is_fresh(someone.proven_at, within, now) {
            true => Ok(Admitted::attest(who)),
            false => Err(Reason::NotFresh { within }),
        },
    }
}

/// Whether a rule is for somebody, or for nobody in particular.
pub(super) fn permits(allow: &Allow, who: Option<&Remembered>) -> Result<(), Reason> {
    match (allow, who) {
        (Allow::Everyone { .. }, _) | (Allow::SignedIn, Some(_)) => Ok(()),
        (Allow::Groups(groups), Some(someone)) => {
            match someone.identity.groups().iter().any(|group| groups.contains(group)) {
                true => Ok(()),
                false => Err(Reason::Denied),
            }
        }
        (Allow::SignedIn | Allow::Groups(_), None) => Err(Reason::NoSession),
    }
}

/// Under what a session is kept: one of the pages' host, or one that belongs to
/// such a one and counts on one host.
#[derive(Clone, Copy, Debug)]
enum Key {
    Home(SessionHash),
    OnHost(SessionHash),
}

impl Key {
    const fn hash(self) -> SessionHash {
        match self {
            Self::Home(hash) | Self::OnHost(hash) => hash,
        }
    }
}

/// Under what the session of the one session cookie is kept, over all cookie
/// lines.
///
/// SECURITY: a session's value counts on the host it was made for.
/// - Against: an app host's cookie, read off a machine or a backup, that opens the
///   account page; and one app's that opens another app.
/// - Therefore: the host is part of what is hashed, and the pages' host looks
///   among its own sessions alone.
/// - Price: each host needs a handover of its own.
/// - Held by: `the_session_of_one_host_is_nobodys_on_another`.
fn key_of(headers: &HeaderMap, host: &PublicHost) -> Option<Key> {
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    match cookie::find(lines, host.cookies().session_name()) {
        Found::One(value) => Token::parse(value).map(|token| match host.is_home() {
            true => Key::Home(token.session_hash()),
            false => Key::OnHost(token.host_session_hash(host.name())),
        }),
        Found::None | Found::Several => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
