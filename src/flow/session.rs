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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretString;

    use super::*;
    use crate::crypto::{Hasher, HashingCost};
    use crate::domain::{Clock, SecondFactor, SignInPolicy, Throttle};
    use crate::flow::account::{Accounts, NewAccount};
    use crate::flow::proving_ground::{HandClock, ground};
    use crate::flow::{PasswordAnswer, SignIn, SignInError, SignInParts};
    use crate::store::SessionReader;

    const MINUTE: Duration = Duration::from_secs(60);
    const PASSWORD: &str = "a long enough passphrase";

    struct House {
        _folder: tempfile::TempDir,
        clock: std::sync::Arc<HandClock>,
        sign_in: SignIn,
        accounts: Accounts,
        reader: SessionReader,
    }

    async fn house() -> House {
        let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::new());
        let ground = ground(folder.path(), clock.clone());
        let limits = SessionLimits::new(30 * MINUTE, 120 * MINUTE).unwrap();
        let hasher = Hasher::start(1, HashingCost { memory_kib: 64, passes: 1 }).unwrap();
        let accounts = Accounts::new(ground.clone(), hasher.clone());
        let new = |name: &str, password| NewAccount {
            name: name.to_owned(),
            email: "a@b.cd".to_owned(),
            full_name: None,
            language: None,
            groups: Vec::new(),
            password,
        };
        let permanent = Some(SecretString::from(PASSWORD));
        accounts.add(new("anna", permanent)).await.unwrap();
        let parts = SignInParts {
            hasher,
            policy: SignInPolicy { second_factor: SecondFactor::Optional },
            throttle: Throttle::default(),
            sessions: Sessions::new(ground.clone(), limits),
        };
        let reader = SessionReader::new(ground.store.clone(), limits);
        let sign_in = SignIn::new(ground, parts);
        House { _folder: folder, clock, sign_in, accounts, reader }
    }

    impl House {
        async fn try_password(&self, typed: &str) -> Result<Option<SessionHash>, SignInError> {
            let ticket = self.sign_in.ticket().unwrap();
            self.sign_in.name(&ticket, "anna").await?;
            let typed = SecretString::from(typed);
            match self.sign_in.password(&ticket, typed, None, Around::default()).await? {
                PasswordAnswer::Open(value) => {
                    use secrecy::ExposeSecret;
                    Ok(Token::parse(value.expose_secret()).map(|token| token.session_hash()))
                }
                PasswordAnswer::NoMatch | PasswordAnswer::MustEnrol => Ok(None),
            }
        }

        async fn stands(&self, session: SessionHash) -> bool {
            self.reader.read(session, self.clock.now()).await.unwrap().is_some()
        }
    }

    #[tokio::test]
    async fn a_session_ends_when_idle_and_at_its_total_limit_however_busy_it_is() {
        let house = house().await;
        let session = house.try_password(PASSWORD).await.unwrap().unwrap();
        for _ in 0..4 {
            house.clock.advance(29 * MINUTE);
            assert!(house.stands(session).await, "used every 29 minutes");
            house.reader.seen(session, house.clock.now()).await.unwrap();
        }
        house.clock.advance(4 * MINUTE);
        assert!(!house.stands(session).await, "two hours are over");

        let idle = house.try_password(PASSWORD).await.unwrap().unwrap();
        house.clock.advance(30 * MINUTE);
        assert!(!house.stands(idle).await, "nobody used it for half an hour");
    }

    #[tokio::test]
    async fn a_session_of_an_earlier_epoch_does_not_come_back() {
        let house = house().await;
        let session = house.try_password(PASSWORD).await.unwrap().unwrap();
        assert!(house.stands(session).await);
        house.accounts.disable("anna").await.unwrap();
        assert!(!house.stands(session).await);
        house.accounts.enable("anna").await.unwrap();
        assert!(!house.stands(session).await, "enabled again, the old session stays over");
        // Control: a new one stands.
        let new = house.try_password(PASSWORD).await.unwrap().unwrap();
        assert!(house.stands(new).await);
    }

    #[tokio::test]
    async fn waits_after_failures_end_by_themselves_and_a_success_forgets_them() {
        let house = house().await;
        let rule = Throttle::default();
        for _ in 0..rule.free {
            assert!(house.try_password("wrong").await.unwrap().is_none());
        }
        let paused = house.try_password(PASSWORD).await;
        assert!(matches!(paused, Err(SignInError::Paused { .. })));
        house.clock.advance(rule.first_wait);
        assert!(house.try_password(PASSWORD).await.unwrap().is_some(), "the wait is over");
        for _ in 0..rule.free {
            assert!(house.try_password("wrong").await.unwrap().is_none(), "counted afresh");
        }
    }
}
