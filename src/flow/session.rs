//! Opening and ending sessions.

use super::Ground;
use crate::crypto::{NoChance, Token};
use crate::domain::{Account, AccountId, Moment, Proven, SessionHash, SessionLimits};
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::record::SessionRecord;
use crate::store::{Change, Expect, Revocation, StoreError, Table};

/// Records looked at or removed at once, so that nobody waits long for the store.
const AT_ONCE: usize = 1000;

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// The store did not answer, so the session may stand.
    #[error("the session cannot be ended")]
    Store(#[from] StoreError),
}

/// Why a session was not opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("the session cannot be kept")]
    Store(#[from] StoreError),
    #[error("the system gave no random bytes")]
    NoChance(#[from] NoChance),
    #[error("the proof is about another account")]
    Subject,
}

/// Opens and ends sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    ground: Ground,
    limits: SessionLimits,
}

impl Sessions {
    /// Over this ground, with these limits.
    pub fn new(ground: Ground, limits: SessionLimits) -> Self {
        Self { ground, limits }
    }

    /// Opens a session for who is proven to be there. The account must still be
    /// at `version`, so that one that was disabled or deleted in the meantime
    /// opens none.
    pub(super) async fn open(
        &self,
        proven: &Proven,
        account: &Account,
        also: Change,
    ) -> Result<Token, OpenError> {
        if proven.account() != account.id {
            return Err(OpenError::Subject);
        }
        let now = proven.at();
        let token = Token::new(&*self.ground.chance)?;
        let record = SessionRecord {
            account: account.id,
            epoch: account.epoch,
            opened: now,
            last_seen: now,
            proven_at: now,
            methods: proven.methods().to_vec(),
        };
        let change = also.put(
            (Table::Session, token.session_hash().0),
            Expect::Absent,
            record.encode()?,
            Some(self.limits.latest_end(now)),
        );
        self.ground.store.commit(change, now).await?;
        self.ground.metrics.sessions_live.inc();
        Ok(token)
    }

    /// Ends one session, and returns when it cannot come back.
    ///
    /// # Errors
    ///
    /// [`SignOutError::Store`]: then nothing may be said to have ended.
    pub async fn sign_out(
        &self,
        session: SessionHash,
        account: AccountId,
        around: Around<'_>,
    ) -> Result<(), SignOutError> {
        let now = self.ground.clock.now();
        let change = Change::new()
            .delete((Table::Session, session.0), Expect::Any)
            .revoke(Revocation::Session(session));
        self.ground.store.commit(change, now).await?;
        self.ground.metrics.sessions_live.dec();
        self.ground.audit.record(
            &Event::SignedOut,
            Around { account: Some(account), ..around },
            now,
        );
        Ok(())
    }

    /// Counts the sessions there are, for the gauge, and removes what expired.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.ground.clock.now();
        while self.ground.store.sweep(now, AT_ONCE).await? == AT_ONCE {
            tokio::task::yield_now().await;
        }
        let count = count(&self.ground, Table::Session, now).await?;
        self.ground.metrics.sessions_live.set(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(())
    }
}

/// How many records of a kind there are.
pub(super) async fn count(ground: &Ground, table: Table, now: Moment) -> Result<usize, StoreError> {
    let mut count: usize = 0;
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = ground.store.list(table, after.as_deref(), AT_ONCE, now).await?;
        count += page.len();
        match page.into_iter().next_back() {
            Some((key, _)) if count.is_multiple_of(AT_ONCE) => after = Some(key),
            _ => return Ok(count),
        }
        tokio::task::yield_now().await;
    }
}
