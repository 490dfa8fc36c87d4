//! The one thing the gateway may ask of the store: is this session alive, and
//! whose is it?

use std::sync::Arc;

use super::record::{AccountRecord, GoneOnRecord, HostSessionRecord, SessionRecord};
use super::{Expect, Store, StoreError, Table};
use crate::domain::{
    Account, AccountId, AccountState, Method, Moment, SessionHash, SessionLimits, Standing,
};

/// Values that a session may have had, one after the other, since one on a host ended
/// with the first of them.
const VALUES_MAX: usize = 4;

/// A session that stands, and its account as it is now.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// Whose it is.
    pub account: Account,
    /// When it was opened.
    pub opened: Moment,
    /// When it was last used, as far as written down.
    pub last_seen: Moment,
    /// When the last check was made.
    pub proven_at: Moment,
    /// Which checks were passed.
    pub methods: Vec<Method>,
    /// Whether its owner chose to stay signed in.
    pub stays: bool,
    /// Whether it ended a first connection and was not used yet.
    pub first: bool,
}

/// Reads sessions; opens none and changes none but for "last seen".
#[derive(Clone)]
pub struct SessionReader {
    store: Arc<dyn Store>,
    limits: SessionLimits,
}

impl std::fmt::Debug for SessionReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionReader").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl SessionReader {
    /// A reader of this store.
    pub fn new(store: Arc<dyn Store>, limits: SessionLimits) -> Self {
        Self { store, limits }
    }

    /// The limits it judges by.
    pub fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// The feed that says when an answer of this reader is out of date.
    pub fn feed(&self) -> &super::Feed {
        self.store.feed()
    }

    /// The session under this hash, if it stands: not expired, account there,
    /// active, and not of an earlier epoch.
    ///
    /// # Errors
    ///
    /// Where the store does not answer or a record cannot be read; that is
    /// never "no session".
    pub async fn read(
        &self,
        hash: SessionHash,
        now: Moment,
    ) -> Result<Option<LiveSession>, StoreError> {
        let Some(stored) = self.store.read(Table::Session, &hash.0, now).await? else {
            return Ok(None);
        };
        let session = SessionRecord::decode(&stored.data)?;
        let found = self.store.read(Table::Account, session.account.as_bytes(), now).await?;
        let Some(found) = found else { return Ok(None) };
        let account = AccountRecord::decode(&found.data)?;
        let stands = account.state == AccountState::Active
            && account.epoch == session.epoch
            && self.limits.standing(session.used(), now) == Standing::Live;
        Ok(stands.then_some(LiveSession {
            account,
            opened: session.opened,
            last_seen: session.last_seen,
            proven_at: session.proven_at,
            stays: session.stays,
            first: session.first && session.last_seen == session.opened,
            methods: session.methods,
        }))
    }

    /// The session that belongs to another one and counts on one host, and the
    /// hash of the one it belongs to. It stands while that one stands.
    ///
    /// # Errors
    ///
    /// As [`SessionReader::read`].
    pub async fn read_on_host(
        &self,
        hash: SessionHash,
        now: Moment,
    ) -> Result<Option<(SessionHash, LiveSession)>, StoreError> {
        let Some(stored) = self.store.read(Table::HostSession, &hash.0, now).await? else {
            return Ok(None);
        };
        let own = HostSessionRecord::decode(&stored.data)?;
        let live = self.read(own.root, now).await?;
        Ok(live.map(|live| {
            let HostSessionRecord { root, proven_at, methods } = own;
            (root, LiveSession { proven_at, methods, ..live })
        }))
    }

    /// Whose the session under this hash is, if it was not ended but has expired.
    /// `on_host` says that it is one that belongs to another; it has expired as well
    /// where that goes on without it.
    ///
    /// # Errors
    ///
    /// As [`SessionReader::read`].
    pub async fn expired(
        &self,
        hash: SessionHash,
        on_host: bool,
        now: Moment,
    ) -> Result<Option<AccountId>, StoreError> {
        let mut root = match on_host {
            true => match self.store.read(Table::HostSession, &hash.0, now).await? {
                Some(stored) => HostSessionRecord::decode(&stored.data)?.root,
                None => return Ok(None),
            },
            false => hash,
        };
        let mut stored = self.store.read(Table::Session, &root.0, now).await?;
        let mut gone_on = false;
        for _ in 0..VALUES_MAX {
            if stored.is_some() || !on_host {
                break;
            }
            let Some(next) = self.store.read(Table::HostSessionOf, &root.0, now).await? else {
                return Ok(None);
            };
            root = GoneOnRecord::decode(&next.data)?.session()?;
            stored = self.store.read(Table::Session, &root.0, now).await?;
            gone_on = true;
        }
        let Some(stored) = stored else { return Ok(None) };
        let session = SessionRecord::decode(&stored.data)?;
        if !gone_on && self.limits.standing(session.used(), now) == Standing::Live {
            return Ok(None);
        }
        let found = self.store.read(Table::Account, session.account.as_bytes(), now).await?;
        let found = found.map(|found| AccountRecord::decode(&found.data)).transpose()?;
        let known = found.is_some_and(|found| {
            found.state == AccountState::Active && found.epoch == session.epoch
        });
        Ok(known.then_some(session.account))
    }

    /// Writes down that a session was used. A session that ended meanwhile
    /// stays ended: the change holds only for the version that was read.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn seen(&self, hash: SessionHash, now: Moment) -> Result<(), StoreError> {
        let Some(stored) = self.store.read(Table::Session, &hash.0, now).await? else {
            return Ok(());
        };
        let mut session = SessionRecord::decode(&stored.data)?;
        session.last_seen = now.max(session.last_seen);
        let change = super::Change::new().put(
            (Table::Session, hash.0),
            Expect::Version(stored.version),
            session.encode()?,
            stored.expires,
        );
        match self.store.commit(change, now).await {
            Err(StoreError::Conflict) => Ok(()),
            other => other,
        }
    }
}
