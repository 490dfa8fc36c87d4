//! Sending what waits in the outbox: a few mails at once, each until the server
//! took it, refused it for good, or what it tells is over.

use std::time::Duration;

use tokio::task::JoinSet;

use super::letters::{is_access, over_at, write_and_send};
use super::outbox::{ACCESS, MailSettings, Outbox, RESET, place};
use super::provision::Provision;
use super::{SignInError, account};
use crate::domain::{Account, AccountId, AccountState, Moment};
use crate::notice::SendError;
use crate::observe::audit::Around;
use crate::observe::{Event, FirstConnection, MailOutcome};
use crate::store::record::{MailRecord, MailStateRecord};
use crate::store::{Change, Expect, Record, StoreError, Table};

/// Mails that are tried in one pass.
const PASS: usize = 32;
/// Mails under way at once.
const AT_ONCE: usize = 4;
/// A first failure waits so long, each further one twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(15);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// After so many failures in a row the server is taken to be away.
const AWAY_AFTER: usize = 3;

/// What one pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Mails that were tried.
    pub tried: usize,
    /// Whether the server seems to be away.
    pub away: bool,
    /// Whether more may be due already. Not where people who sign in come first.
    pub more: bool,
}

impl Outbox {
    /// Tries what is due, some at once.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn send_due(&self, provision: &Provision) -> Result<Pass, SignInError> {
        let Some(settings) = &self.settings else { return Ok(Pass::default()) };
        let now = self.ground.clock.now();
        let due = self.ground.store.list(Table::Outbox, None, PASS, now).await?;
        let due = due.into_iter().filter(|(key, _)| is_due(key, now));
        let (mut pass, mut failed, mut running) = (Pass::default(), 0, JoinSet::new());
        let (mut broken, mut busy) = (None, false);
        let mut due = due.peekable();
        while due.peek().is_some() || !running.is_empty() {
            while running.len() < AT_ONCE && failed < AWAY_AFTER && broken.is_none() && !busy {
                let Some((key, record)) = due.next() else { break };
                let (outbox, settings) = (self.clone(), settings.clone());
                let provision = provision.clone();
                running
                    .spawn(async move { outbox.attempt(&settings, &provision, key, record).await });
            }
            let Some(done) = running.join_next().await else { break };
            pass.tried += 1;
            match done {
                Ok(Ok(true)) => failed = 0,
                Ok(Ok(false)) => failed += 1,
                Ok(Err(SignInError::Busy)) => {
                    pass.tried -= 1;
                    busy = true;
                }
                // Those under way are still waited for: one may be past its end.
                Ok(Err(error)) => broken = Some(error),
                Err(error) => broken = Some(SignInError::Fault(error.to_string())),
            }
        }
        if let Some(error) = broken {
            return Err(error);
        }
        pass.away = failed >= AWAY_AFTER;
        // While people who sign in come first, nothing is tried for a moment.
        pass.more = pass.tried > 0 && !busy;
        if pass.tried == 0 {
            settings.post.hang_up().await;
        }
        Ok(pass)
    }

    /// Tries one mail. One that cannot be read keeps no other waiting.
    async fn attempt(
        &self,
        settings: &MailSettings,
        provision: &Provision,
        key: Vec<u8>,
        stored: Record,
    ) -> Result<bool, SignInError> {
        match self.try_one(settings, provision, key.clone(), stored.clone()).await {
            Err(error) if is_of_the_record(&error) => {
                tracing::error!(%error, "a mail cannot be read; it is tried again in an hour");
                let now = self.ground.clock.now();
                let later = now.plus(LONGEST_WAIT).unix_millis().to_be_bytes();
                let moved = [later.as_slice(), key.get(8..).unwrap_or_default()].concat();
                // Sealed to its place, it is no longer readable there, which it was
                // not before: it stays to be looked at and holds up nothing.
                let change = Change::new()
                    .delete((Table::Outbox, key), Expect::Version(stored.version))
                    .put((Table::Outbox, moved), Expect::Any, stored.data, None);
                self.settle(change, now).await?;
                self.ground.metrics.mail(MailOutcome::Deferred);
                Ok(true)
            }
            other => other,
        }
    }

    /// Tries one mail; tells whether the server did its part.
    async fn try_one(
        &self,
        settings: &MailSettings,
        provision: &Provision,
        key: Vec<u8>,
        stored: Record,
    ) -> Result<bool, SignInError> {
        let now = self.ground.clock.now();
        let clear = self.ground.sealer.open(&place(&key), &stored.data)?;
        let record = MailRecord::decode(&clear)?;
        let gone = Change::new().delete((Table::Outbox, key), Expect::Version(stored.version));
        let id = AccountId::parse(&record.account);
        let account = match id {
            Some(id) => account::by_id(&self.ground, id, now).await?,
            None => None,
        };
        let Some((account, _)) = account else {
            self.settle(gone, now).await?;
            return Ok(true);
        };
        let moment = Moment::from_unix_millis(record.moment);
        if is_access(&record) && account.password_until != Some(moment) {
            // The password it is about was replaced. A newer letter tells of that,
            // unless it was a permanent one.
            let mut change = gone;
            if account.password_until.is_none() {
                let state = state_of(&record, "replaced", None, now);
                change = self.put_state(change, account.id, &state, now)?;
            }
            self.settle(change, now).await?;
            return Ok(true);
        }
        if is_access(&record) && account.state == AccountState::Disabled {
            let text = "the account is disabled".to_owned();
            self.defer(gone, record, &account, text).await?;
            return Ok(true);
        }
        if record.letter == RESET && !self.is_last_reset(&account, moment, now).await? {
            // Another mail was asked for since, or the code came back already.
            self.settle(gone, now).await?;
            return Ok(true);
        }
        if now >= over_at(&record) {
            let told = (MailOutcome::Expired, &Event::MailExpired, "expired");
            return self.finish(gone, &record, &account, told, None).await;
        }
        // A person must not hold a password that does not work yet.
        provision.hash_one(account.id).await?;
        match write_and_send(settings, &record, &account, now).await {
            Ok(()) => {
                let told = (MailOutcome::Sent, &Event::MailSent, "sent");
                self.finish(gone, &record, &account, told, None).await
            }
            Err(SendError { permanent: true, text, .. }) => {
                tracing::warn!(answer = text, "a mail was refused for good");
                let told = (MailOutcome::Refused, &Event::MailRefused, "refused");
                self.finish(gone, &record, &account, told, Some(text)).await
            }
            Err(SendError { permanent: false, this_mail, text }) => {
                self.defer(gone, record, &account, text).await?;
                Ok(this_mail)
            }
        }
    }

    async fn finish(
        &self,
        gone: Change,
        record: &MailRecord,
        account: &Account,
        (outcome, event, word): (MailOutcome, &Event, &str),
        answer: Option<String>,
    ) -> Result<bool, SignInError> {
        let now = self.ground.clock.now();
        let state = state_of(record, word, answer, now);
        let change = match is_access(record) {
            true => self.put_state(gone, account.id, &state, now)?,
            false => gone,
        };
        self.settle(change, now).await?;
        self.ground.metrics.mail(outcome);
        if outcome == MailOutcome::Sent && record.letter == ACCESS {
            self.ground.metrics.first_connection(FirstConnection::MailSent);
        }
        let around = Around { account: Some(account.id), ..Around::default() };
        self.ground.audit.record(event, around, now);
        Ok(true)
    }

    async fn defer(
        &self,
        gone: Change,
        mut record: MailRecord,
        account: &Account,
        answer: String,
    ) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        tracing::warn!(answer, "a mail was not sent; it will be tried again");
        record.attempts = record.attempts.saturating_add(1);
        let wait = wait_after(record.attempts);
        let state = state_of(&record, "queued", Some(answer), now);
        let mut change = gone;
        if is_access(&record) {
            change = self.put_state(change, account.id, &state, now)?;
        }
        let change = self.put(change, record, now.plus(wait))?;
        self.settle(change, now).await?;
        self.ground.metrics.mail(MailOutcome::Deferred);
        Ok(())
    }

    /// Makes a change about a mail; one that somebody else settled is settled.
    async fn settle(&self, change: Change, now: Moment) -> Result<(), SignInError> {
        match self.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => Ok(()),
            other => Ok(other?),
        }
    }
}

/// How long a mail waits after so many attempts.
fn wait_after(attempts: u32) -> Duration {
    let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_WAIT.checked_mul(doubled).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
}

fn state_of(
    record: &MailRecord,
    word: &str,
    answer: Option<String>,
    now: Moment,
) -> MailStateRecord {
    MailStateRecord {
        letter: record.letter.clone(),
        state: word.to_owned(),
        at: now.unix_millis(),
        attempts: record.attempts,
        answer,
    }
}

/// Whether a fault lies in one record and stays with it.
fn is_of_the_record(error: &SignInError) -> bool {
    matches!(error, SignInError::Seal(_) | SignInError::Store(StoreError::Unreadable { .. }))
}

/// Whether a mail is to be tried now. One that is due later than any wait was
/// queued by a clock that has been put right since.
fn is_due(key: &[u8], now: Moment) -> bool {
    when_of(key).is_none_or(|when| when <= now || when > now.plus(LONGEST_WAIT))
}

fn when_of(key: &[u8]) -> Option<Moment> {
    key.first_chunk::<8>().map(|millis| Moment::from_unix_millis(u64::from_be_bytes(*millis)))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::domain::{Clock, SecondFactor};
    use crate::flow::proving_ground::{House, outbox_without_server};
    use crate::notice::Notice;

    #[tokio::test]
    async fn a_mail_that_cannot_be_read_keeps_no_other_waiting() {
        let house = House::new(SecondFactor::Optional);
        house.add("jdupont", None).await;
        let outbox = outbox_without_server(&house.ground);
        let now = house.clock.now();
        let account = house.accounts.find("jdupont").await.unwrap();
        let until = account.password_until.unwrap();
        let password = SecretString::from("abcd-efgh-jkmn-pqrs");
        // First in the order of keys, and sealed by nobody.
        let poison = Change::new().put((Table::Outbox, [0; 16]), Expect::Absent, vec![1; 40], None);
        let change = outbox.queue_access(poison, &account, (&password, until), now).unwrap();
        house.ground.store.commit(change, now).await.unwrap();
        let pass = outbox.send_due(&house.provision).await.unwrap();
        assert_eq!(pass.tried, 2);
        let state = outbox.state(account.id, now).await.unwrap().unwrap();
        assert_eq!((state.state.as_str(), state.attempts), ("queued", 1), "{state:?}");
        assert!(state.answer.unwrap().contains("mail server"));
        // Neither is due at once again.
        assert_eq!(outbox.send_due(&house.provision).await.unwrap().tried, 0);
    }

    #[tokio::test]
    async fn who_has_nothing_to_send_is_not_asked_again_at_once() {
        let house = House::new(SecondFactor::Optional);
        let nowhere = Outbox::new(house.ground.clone(), None);
        assert!(!nowhere.send_due(&house.provision).await.unwrap().more);
        let outbox = outbox_without_server(&house.ground);
        assert!(!outbox.send_due(&house.provision).await.unwrap().more);
        // Control: behind a mail that was due there may be another.
        house.add("jdupont", None).await;
        let now = house.clock.now();
        let account = house.accounts.find("jdupont").await.unwrap();
        let notice = outbox.queue_notice(Change::new(), account.id, Notice::FactorAdded, now);
        house.ground.store.commit(notice.unwrap(), now).await.unwrap();
        assert!(outbox.send_due(&house.provision).await.unwrap().more);
    }

    #[tokio::test]
    async fn a_letter_about_a_password_that_was_replaced_is_not_sent() {
        let house = House::new(SecondFactor::Optional);
        house.add("jdupont", None).await;
        let outbox = outbox_without_server(&house.ground);
        let now = house.clock.now();
        let account = house.accounts.find("jdupont").await.unwrap();
        let until = account.password_until.unwrap();
        let password = SecretString::from("abcd-efgh-jkmn-pqrs");
        let change = outbox.queue_access(Change::new(), &account, (&password, until), now).unwrap();
        house.ground.store.commit(change, now).await.unwrap();
        house.clock.advance(Duration::from_secs(1));
        house.accounts.provision("jdupont").await.unwrap();
        outbox.send_due(&house.provision).await.unwrap();
        let left = crate::flow::session::count(&house.ground, Table::Outbox, now).await.unwrap();
        assert_eq!(left, 0, "it is gone, and was not tried in vain");
        // Control: one about the present password is tried, and waits for the server.
        let account = house.accounts.find("jdupont").await.unwrap();
        let until = account.password_until.unwrap();
        let change = outbox.queue_access(Change::new(), &account, (&password, until), now).unwrap();
        house.ground.store.commit(change, now).await.unwrap();
        outbox.send_due(&house.provision).await.unwrap();
        let left = crate::flow::session::count(&house.ground, Table::Outbox, now).await.unwrap();
        assert_eq!(left, 1);
    }

    #[test]
    fn a_mail_waits_longer_after_each_attempt_and_never_longer_than_an_hour() {
        assert_eq!(wait_after(1), FIRST_WAIT);
        assert_eq!(wait_after(2), 2 * FIRST_WAIT);
        assert!(wait_after(8) < LONGEST_WAIT);
        assert_eq!(wait_after(9), LONGEST_WAIT);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }
}
