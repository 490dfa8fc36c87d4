//! All sessions of one account: seen, ended one by one, or all at once.

use secrecy::ExposeSecret;

use super::confirm::Asker;
use super::failures::CONFLICTS_MAX;
use super::session::{Sessions, SignOutError, listed};
use super::{Opened, SignIn, SignInError, Taken, account};
use crate::crypto::Token;
use crate::domain::{Account, AccountId, Moment, SessionHash, Standing};
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::record::{AccountRecord, SessionRecord};
use crate::store::{Change, Expect, Revocation, StoreError, Table};

/// Sessions of one account that are looked at, and those ended in one change.
const LOOKED_AT_MAX: usize = 1000;
const AT_ONCE: usize = 100;
/// Changes after which ending all others is given up: somebody opens sessions as
/// fast as they are ended.
const ROUNDS_MAX: usize = 64;

impl Sessions {
    /// The hashes in an account's list, in no order that tells anything; some may
    /// be over.
    async fn listed(
        &self,
        account: AccountId,
        most: usize,
        now: Moment,
    ) -> Result<Vec<SessionHash>, StoreError> {
        let prefix = account.as_bytes().as_slice();
        let found = self.ground.store.list(Table::SessionOf, Some(prefix), most, now).await?;
        let hashes = found.iter().map_while(|(key, _)| key.strip_prefix(prefix));
        Ok(hashes.filter_map(|hash| hash.try_into().ok()).map(SessionHash).collect())
    }

    /// The sessions of an account that stand, the newest first.
    pub(super) async fn of_account(
        &self,
        account: &Account,
        now: Moment,
    ) -> Result<Vec<(SessionHash, SessionRecord)>, StoreError> {
        let mut all = Vec::new();
        for hash in self.listed(account.id, LOOKED_AT_MAX, now).await? {
            let stored = self.ground.store.read(Table::Session, &hash.0, now).await?;
            let record = stored.map(|stored| SessionRecord::decode(&stored.data)).transpose()?;
            let stands = |record: &SessionRecord| {
                record.account == account.id
                    && record.epoch == account.epoch
                    && self.limits.standing(record.used(), now) == Standing::Live
            };
            all.extend(record.filter(stands).map(|record| (hash, record)));
        }
        all.sort_by_key(|(hash, record)| (std::cmp::Reverse(record.opened), hash.0));
        Ok(all)
    }

    /// Adds to a change that these sessions of an account are over.
    fn ended(account: AccountId, hashes: &[SessionHash]) -> Change {
        hashes.iter().fold(Change::new(), |change, hash| {
            change
                .delete((Table::Session, hash.0), Expect::Any)
                .delete(listed(account, *hash), Expect::Any)
                .revoke(Revocation::Session(*hash))
        })
    }

    /// Ends all sessions of an account, also those that are opened at this very
    /// moment, and whatever waits to become one.
    ///
    /// # Errors
    ///
    /// [`SignOutError::Store`]: then nothing may be said to have ended.
    pub async fn sign_out_everywhere(
        &self,
        id: AccountId,
        around: Around<'_>,
    ) -> Result<(), SignOutError> {
        let now = self.ground.clock.now();
        let mut tries = 0;
        loop {
            // An account that is gone has no sessions.
            let Some((mut account, version)) = account::by_id(&self.ground, id, now).await? else {
                return Ok(());
            };
            account.epoch += 1;
            let place = (Table::Account, *id.as_bytes());
            let data = AccountRecord::encode(&account)?;
            let change = Change::new()
                .put(place, Expect::Version(version), data, None)
                .revoke(Revocation::Account(id));
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) if tries < CONFLICTS_MAX => tries += 1,
                Err(error) => return Err(error.into()),
                Ok(()) => break,
            }
        }
        let around = Around { account: Some(id), ..around };
        self.ground.audit.record(&Event::SignedOut, around, now);
        self.ground.audit.record(&Event::SessionsEnded, around, now);
        // They are dead already; this takes them out of the store.
        if let Err(error) = self.remove_others(id, None, now).await {
            tracing::warn!(%error, "sessions that are over were not removed");
        }
        Ok(())
    }

    /// Ends all sessions of an account but one; says how many.
    async fn remove_others(
        &self,
        account: AccountId,
        own: Option<SessionHash>,
        now: Moment,
    ) -> Result<usize, StoreError> {
        let mut count = 0;
        for _ in 0..ROUNDS_MAX {
            let mut hashes = self.listed(account, AT_ONCE, now).await?;
            hashes.retain(|hash| Some(*hash) != own);
            if hashes.is_empty() {
                return Ok(count);
            }
            self.ground.store.commit(Self::ended(account, &hashes), now).await?;
            count += hashes.len();
            self.ground.metrics.sessions_live.sub(i64::try_from(hashes.len()).unwrap_or(0));
        }
        Ok(count)
    }
}

/// The name of a session on its owner's page. It is too short for a key of the
/// store, and found among the owner's own only.
pub(super) fn id_of(session: SessionHash) -> String {
    session.0.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl SignIn {
    /// Ends one of the asker's other sessions, at once. One that is over already
    /// is none; nor is one of somebody else.
    ///
    /// SECURITY: whoever ends a session ends what its browser is spared.
    /// - Against: a lost laptop whose thief knows the password: its session is
    ///   ended, and the password alone opens the next one, since the browser is
    ///   trusted.
    /// - Therefore: the change that ends the session ends the trust in every
    ///   browser where a factor was shown until then. All of them, since a copy of
    ///   that browser's cookie may tell of an earlier time.
    /// - Price: the owner's other browsers are asked for the factor once more.
    /// - Held by: `a_browser_whose_session_its_owner_ended_is_asked_for_the_factor`.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where the asker's session does not stand, and
    /// [`SignInError::Busy`] where others change the account all the time.
    pub async fn end_session(&self, asker: &Asker<'_>, id: &str) -> Result<Taken, SignInError> {
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let mut own = self.own(asker, now).await?;
            if !own.is_fresh(now) {
                return Ok(Taken::ConfirmFirst);
            }
            let sessions = &self.parts.sessions;
            let all = sessions.listed(asker.account, LOOKED_AT_MAX, now).await?;
            let found = all.into_iter().find(|hash| *hash != asker.session && id_of(*hash) == id);
            let Some(session) = found else { return Ok(Taken::Done) };
            own.credentials.end_trust(now);
            let change = Sessions::ended(asker.account, &[session]);
            match self.commit(own.credentials.put(&self.ground, change)?, now).await {
                Err(SignInError::Outrun) => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    self.ground.metrics.sessions_live.dec();
                    self.ground.audit.record(&Event::SessionEnded, asker.around(), now);
                    return Ok(Taken::Done);
                }
            }
        }
        Err(SignInError::Busy)
    }

    /// Ends all of the asker's other sessions, at once.
    ///
    /// # Errors
    ///
    /// As [`SignIn::end_session`].
    pub async fn end_other_sessions(
        &self,
        asker: &Asker<'_>,
    ) -> Result<(Taken, Option<Box<Opened>>), SignInError> {
        let now = self.ground.clock.now();
        let own = self.own(asker, now).await?;
        if !own.is_fresh(now) {
            return Ok((Taken::ConfirmFirst, None));
        }
        let opened = self.outlive(asker, own, Change::new(), now).await?;
        self.ground.audit.record(&Event::SessionsEnded, asker.around(), now);
        // They are dead already; this takes them out of the store.
        let kept = Token::parse(opened.session.expose_secret()).map(|token| token.session_hash());
        let sessions = &self.parts.sessions;
        if let Err(error) = sessions.remove_others(asker.account, kept, now).await {
            tracing::warn!(%error, "sessions that are over were not removed");
        }
        Ok((Taken::Done, Some(opened)))
    }
}
