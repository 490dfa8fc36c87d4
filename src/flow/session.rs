//! Opening and ending sessions. Each is kept under its own hash and, in the same
//! change, in the list of its account's sessions (see [`super::session_list`]).

use std::time::Duration;

use super::{Ground, host_session};
use crate::crypto::{NoChance, Token};
use crate::domain::{
    Account, AccountId, Fresh, Moment, Proven, SessionHash, SessionLimits, Standing,
};
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::record::{FromShape, SessionRecord};
use crate::store::{Change, Expect, Record, Revocation, StoreError, Table};

/// Records looked at or removed at once, so that nobody waits long for the store.
const AT_ONCE: usize = 1000;

/// How long it is known of a session that it has expired: forms that meet it are
/// kept. It does not stand any more.
const KNOWN_AFTER: Duration = Duration::from_secs(12 * 60 * 60);

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

/// What is written down with a new session.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// Its owner chose to stay signed in.
    pub stays: bool,
    /// It ends a first connection.
    pub first: bool,
    /// From where it is opened.
    pub from: FromShape,
}

/// Opens and ends sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    pub(super) ground: Ground,
    pub(super) limits: SessionLimits,
}

/// Where a session stands in the list of its account's sessions.
pub(super) fn listed(account: AccountId, session: SessionHash) -> (Table, Vec<u8>) {
    (Table::SessionOf, [account.as_bytes().as_slice(), &session.0].concat())
}

/// What becomes of a session's values on other hosts when its own is replaced.
enum Hosts {
    /// They go on with it.
    Follow,
    /// They end.
    End,
}

impl Sessions {
    /// Over this ground, with these limits.
    pub fn new(ground: Ground, limits: SessionLimits) -> Self {
        Self { ground, limits }
    }

    /// How long sessions last.
    pub fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// Opens a session for who is proven to be there. The account must still be
    /// at `version`, so that one that was disabled or deleted in the meantime
    /// opens none.
    pub(super) async fn open(
        &self,
        proven: &Proven,
        account: &Account,
        kept: Kept,
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
            proven_at: proven.shown_at(),
            methods: proven.methods().to_vec(),
            stays: kept.stays,
            first: kept.first,
            device: kept.from.device(),
            address: kept.from.address(),
        };
        let ends = Some(self.limits.latest_end(now, kept.stays).plus(KNOWN_AFTER));
        let change = put_new(also, &token, &record, ends)?;
        self.ground.store.commit(change, now).await?;
        self.ground.metrics.sessions_live.inc();
        Ok(token)
    }

    /// Gives a session a new value that carries fresh proof. `None` where it is
    /// over, or is another account's.
    ///
    /// SECURITY: fresh proof changes the session's value.
    /// - Against: a copy of the cookie, taken before, that would rise with its
    ///   owner's proof.
    /// - Therefore: the old value ends in the change that begins the new one.
    /// - Price: a page of another window, loaded before, sends the new cookie
    ///   from then on, which it does by itself.
    /// - Held by: `fresh_proof_changes_the_value_of_the_session`.
    pub(super) async fn renew(
        &self,
        old: SessionHash,
        fresh: &Fresh,
        account: &Account,
        also: Change,
    ) -> Result<Option<(Token, bool)>, OpenError> {
        let now = fresh.at();
        let stored = self.ground.store.read(Table::Session, &old.0, now).await?;
        let Some(stored) = stored else { return Ok(None) };
        let mut record = SessionRecord::decode(&stored.data)?;
        let stands = record.account == account.id
            && record.epoch == account.epoch
            && self.limits.standing(record.used(), now) == Standing::Live;
        if fresh.account() != account.id || !stands {
            return Ok(None);
        }
        record.proven_at = now;
        record.last_seen = now.max(record.last_seen);
        if !record.methods.contains(&fresh.method()) {
            record.methods.push(fresh.method());
        }
        self.replace((old, &stored), &record, (also, Hosts::Follow), now).await.map(Some)
    }

    /// Lets one session go on, under a new value, when everything else of its
    /// account ends: `account` is at its new epoch, which `also` writes. `None`
    /// where the session is over, or is another account's.
    pub(super) async fn outlive(
        &self,
        old: SessionHash,
        account: &Account,
        also: Change,
        now: Moment,
    ) -> Result<Option<(Token, bool)>, OpenError> {
        let stored = self.ground.store.read(Table::Session, &old.0, now).await?;
        let Some(stored) = stored else { return Ok(None) };
        let mut record = SessionRecord::decode(&stored.data)?;
        let stands = record.account == account.id
            && record.epoch + 1 == account.epoch
            && self.limits.standing(record.used(), now) == Standing::Live;
        if !stands {
            return Ok(None);
        }
        record.epoch = account.epoch;
        // A copy of a host's cookie must not go on with it; its owner is handed
        // over there anew without noticing.
        self.replace((old, &stored), &record, (also, Hosts::End), now).await.map(Some)
    }

    /// Ends a session's value and begins another one in its place.
    async fn replace(
        &self,
        (old, stored): (SessionHash, &Record),
        record: &SessionRecord,
        (also, hosts): (Change, Hosts),
        now: Moment,
    ) -> Result<(Token, bool), OpenError> {
        let token = Token::new(&*self.ground.chance)?;
        let change = also
            .delete((Table::Session, old.0), Expect::Version(stored.version))
            .delete(listed(record.account, old), Expect::Any)
            .revoke(Revocation::Session(old));
        let new = token.session_hash();
        let change = match hosts {
            Hosts::Follow => host_session::follow(&self.ground, change, (old, new), now).await?,
            // They point to what is no more.
            Hosts::End => host_session::give_up(change, (old, new), stored.expires)?,
        };
        let change = put_new(change, &token, record, stored.expires)?;
        self.ground.store.commit(change, now).await?;
        Ok((token, record.stays))
    }

    /// Adds to a change that a session is over, whosever it is.
    pub(super) async fn end(
        &self,
        session: SessionHash,
        change: Change,
        now: Moment,
    ) -> Result<Change, StoreError> {
        let stored = self.ground.store.read(Table::Session, &session.0, now).await?;
        let record = stored.map(|stored| SessionRecord::decode(&stored.data)).transpose()?;
        let change = match record {
            Some(record) => change.delete(listed(record.account, session), Expect::Any),
            None => change,
        };
        let place = (Table::Session, session.0);
        Ok(change.delete(place, Expect::Any).revoke(Revocation::Session(session)))
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
            .delete(listed(account, session), Expect::Any)
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
        // Those that are only known to have expired are not open.
        let count = count(&self.ground, Table::Session, now.plus(KNOWN_AFTER)).await?;
        self.ground.metrics.sessions_live.set(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(())
    }
}

/// Adds a new session to a change, and to the list of its account's.
fn put_new(
    change: Change,
    token: &Token,
    record: &SessionRecord,
    ends: Option<Moment>,
) -> Result<Change, StoreError> {
    let session = token.session_hash();
    Ok(change.put((Table::Session, session.0), Expect::Absent, record.encode()?, ends).put(
        listed(record.account, session),
        Expect::Absent,
        Vec::new(),
        ends,
    ))
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
    use super::*;
    use crate::domain::{Clock, SecondFactor, Throttle};
    use crate::flow::proving_ground::{House, MINUTE, PASSWORD};
    use crate::flow::{Answer, SignInError};

    async fn house() -> House {
        let house = House::new(SecondFactor::Optional);
        house.add("anna", Some(PASSWORD)).await;
        house
    }

    async fn try_password(house: &House, typed: &str) -> Result<Option<SessionHash>, SignInError> {
        match house.password("anna", typed).await? {
            Answer::Open(opened) => {
                use secrecy::ExposeSecret;
                Ok(Token::parse(opened.session.expose_secret()).map(|token| token.session_hash()))
            }
            Answer::Wrong(_) | Answer::GoOn(..) => Ok(None),
        }
    }

    async fn stands(house: &House, session: SessionHash) -> bool {
        house.reader.read(session, house.clock.now()).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn a_session_ends_when_idle_and_at_its_total_limit_however_busy_it_is() {
        let house = house().await;
        let session = try_password(&house, PASSWORD).await.unwrap().unwrap();
        for _ in 0..4 {
            house.clock.advance(29 * MINUTE);
            assert!(stands(&house, session).await, "used every 29 minutes");
            house.reader.seen(session, house.clock.now()).await.unwrap();
        }
        house.clock.advance(4 * MINUTE);
        assert!(!stands(&house, session).await, "two hours are over");

        let idle = try_password(&house, PASSWORD).await.unwrap().unwrap();
        house.clock.advance(30 * MINUTE);
        assert!(!stands(&house, idle).await, "nobody used it for half an hour");
    }

    #[tokio::test]
    async fn a_session_of_an_earlier_epoch_does_not_come_back() {
        let house = house().await;
        let session = try_password(&house, PASSWORD).await.unwrap().unwrap();
        assert!(stands(&house, session).await);
        house.accounts.disable("anna").await.unwrap();
        assert!(!stands(&house, session).await);
        house.accounts.enable("anna").await.unwrap();
        assert!(!stands(&house, session).await, "enabled again, the old session stays over");
        // Control: a new one stands.
        let new = try_password(&house, PASSWORD).await.unwrap().unwrap();
        assert!(stands(&house, new).await);
    }

    #[tokio::test]
    async fn waits_after_failures_end_by_themselves_and_a_success_forgets_them() {
        let house = house().await;
        let rule = Throttle::default();
        let wrong = |guess: u32| format!("wrong {guess}");
        for guess in 0..rule.free {
            assert!(try_password(&house, &wrong(guess)).await.unwrap().is_none());
        }
        let paused = try_password(&house, PASSWORD).await;
        assert!(matches!(paused, Err(SignInError::Paused { .. })));
        house.clock.advance(rule.first_wait);
        let opened = try_password(&house, PASSWORD).await.unwrap();
        assert!(opened.is_some(), "the wait is over");
        for guess in 0..rule.free {
            let opened = try_password(&house, &wrong(guess)).await.unwrap();
            assert!(opened.is_none(), "counted afresh");
        }
    }
}
