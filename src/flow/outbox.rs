//! Mails that wait to be sent, and sending them.
//!
//! A mail is queued in the change that makes it true, so neither is ever there
//! without the other, and it is removed when the mail server has taken it. A
//! server that is away holds nobody: what waits is tried again, later and later.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinSet;

use super::provision::Provision;
use super::{Ground, SignInError, account};
use crate::domain::{Account, AccountId, Brand, Moment};
use crate::notice::{Letter, Post, SendError, compose};
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
/// A notice that could not be sent for so long is not sent.
const NOTICE_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// What became of a mail is kept so long.
const STATE_LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// How a provisional password gets to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordMail {
    /// In the mail with the user name.
    Same,
    /// In a mail of its own.
    Second,
}

/// The way mails go out.
#[derive(Debug)]
pub struct MailSettings {
    /// The mail server.
    pub post: Post,
    /// In whose name.
    pub brand: Brand,
    /// Where our pages are.
    pub public_url: String,
    /// How passwords are told.
    pub password_mail: PasswordMail,
}

/// Something a person is told of their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A second factor counts from now on.
    FactorAdded,
    /// A second factor was set up twice at the same time.
    SecondSetUp,
}

/// The words under which letters are kept.
const ACCESS: &str = "access";
const ACCESS_PASSWORD: &str = "access-password";
const FACTOR_ADDED: &str = "factor-added";
const SECOND_SET_UP: &str = "second-set-up";

/// Queues mails, and sends them where a mail server is set up.
#[derive(Clone, Debug)]
pub struct Outbox {
    ground: Ground,
    settings: Option<Arc<MailSettings>>,
}

/// What one pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Mails that were tried.
    pub tried: usize,
    /// Whether the server seems to be away.
    pub away: bool,
}

impl Outbox {
    /// Over this ground; without settings no mail is queued or sent.
    pub fn new(ground: Ground, settings: Option<Arc<MailSettings>>) -> Self {
        Self { ground, settings }
    }

    /// Whether mails are sent at all.
    pub fn is_on(&self) -> bool {
        self.settings.is_some()
    }

    /// Adds to a change the mail, or the two, that tell a person of their access.
    pub(super) fn queue_access(
        &self,
        change: Change,
        account: &Account,
        (password, until): (&SecretString, Moment),
        now: Moment,
    ) -> Result<Change, SignInError> {
        let Some(settings) = &self.settings else { return Ok(change) };
        let letter = |letter: &str, password: Option<&SecretString>| MailRecord {
            account: account.id.to_string(),
            epoch: account.epoch,
            letter: letter.to_owned(),
            password: password.map(|password| password.expose_secret().to_owned()),
            moment: until.unix_millis(),
            attempts: 0,
            queued: now.unix_millis(),
            id: String::new(),
        };
        let state = MailStateRecord {
            letter: ACCESS.to_owned(),
            state: "queued".to_owned(),
            at: now.unix_millis(),
            attempts: 0,
            answer: None,
        };
        let change = self.put_state(change, account.id, &state, now)?;
        match settings.password_mail {
            PasswordMail::Same => self.put(change, letter(ACCESS, Some(password)), now),
            PasswordMail::Second => {
                let change = self.put(change, letter(ACCESS, None), now)?;
                self.put(change, letter(ACCESS_PASSWORD, Some(password)), now)
            }
        }
    }

    /// Adds to a change the mail that tells a person of something.
    pub(super) fn queue_notice(
        &self,
        change: Change,
        account: AccountId,
        notice: Notice,
        now: Moment,
    ) -> Result<Change, SignInError> {
        if self.settings.is_none() {
            return Ok(change);
        }
        let letter = match notice {
            Notice::FactorAdded => FACTOR_ADDED,
            Notice::SecondSetUp => SECOND_SET_UP,
        };
        let record = MailRecord {
            account: account.to_string(),
            epoch: 0,
            letter: letter.to_owned(),
            password: None,
            moment: now.unix_millis(),
            attempts: 0,
            queued: now.unix_millis(),
            id: String::new(),
        };
        self.put(change, record, now)
    }

    /// Adds a mail to a change, to be tried at `when`. Keys begin with that
    /// time, so that the next one due is the first.
    fn put(
        &self,
        change: Change,
        mut record: MailRecord,
        when: Moment,
    ) -> Result<Change, SignInError> {
        let mut chance = [0; 8];
        let drawn = self.ground.chance.fill(&mut chance);
        drawn.map_err(|error| SignInError::Fault(error.to_string()))?;
        if record.id.is_empty() {
            record.id = chance.iter().map(|byte| format!("{byte:02x}")).collect();
        }
        let key = [when.unix_millis().to_be_bytes(), chance].concat();
        let clear = record.encode()?;
        let sealed = self.ground.sealer.seal(&place(&key), &clear, &*self.ground.chance)?;
        Ok(change.put((Table::Outbox, key), Expect::Absent, sealed, None))
    }

    fn put_state(
        &self,
        change: Change,
        account: AccountId,
        state: &MailStateRecord,
        now: Moment,
    ) -> Result<Change, SignInError> {
        let at = (Table::MailState, *account.as_bytes());
        Ok(change.put(at, Expect::Any, state.encode()?, Some(now.plus(STATE_LIFE))))
    }

    /// What became of the last mail about an account's access.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn state(
        &self,
        account: AccountId,
        now: Moment,
    ) -> Result<Option<MailStateRecord>, StoreError> {
        let found = self.ground.store.read(Table::MailState, account.as_bytes(), now).await?;
        found.map(|found| MailStateRecord::decode(&found.data)).transpose()
    }

    /// Counts what waits, for the gauge.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn recount(&self) -> Result<(), StoreError> {
        let now = self.ground.clock.now();
        let count = super::session::count(&self.ground, Table::Outbox, now).await?;
        self.ground.metrics.mails_queued.set(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(())
    }

    /// Tries what is due, some at once.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn send_due(&self, provision: &Provision) -> Result<Pass, SignInError> {
        let Some(settings) = &self.settings else { return Ok(Pass::default()) };
        let now = self.ground.clock.now();
        let due = self.ground.store.list(Table::Outbox, None, PASS, now).await?;
        let due = due.into_iter().filter(|(key, _)| when_of(key).is_none_or(|when| when <= now));
        let (mut pass, mut failed, mut running) = (Pass::default(), 0, JoinSet::new());
        let mut due = due.peekable();
        while due.peek().is_some() || !running.is_empty() {
            while running.len() < AT_ONCE && failed < AWAY_AFTER {
                let Some((key, record)) = due.next() else { break };
                let (outbox, settings) = (self.clone(), settings.clone());
                let provision = provision.clone();
                running
                    .spawn(async move { outbox.try_one(&settings, &provision, key, record).await });
            }
            let Some(done) = running.join_next().await else { break };
            pass.tried += 1;
            match done {
                Ok(Ok(true)) => failed = 0,
                Ok(Ok(false)) => failed += 1,
                Ok(Err(error)) => return Err(error),
                Err(error) => return Err(SignInError::Fault(error.to_string())),
            }
        }
        pass.away = failed >= AWAY_AFTER;
        if pass.tried == 0 {
            settings.post.hang_up().await;
        }
        Ok(pass)
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
        if is_access(&record) && record.epoch != account.epoch {
            // The password it is about was replaced; a newer letter tells of that.
            self.settle(gone, now).await?;
            return Ok(true);
        }
        if now >= over_at(&record) {
            let told = (MailOutcome::Expired, &Event::MailExpired, "expired");
            return self.finish(gone, &record, &account, told, None).await;
        }
        // A person must not hold a password that does not work yet.
        match provision.hash_one(account.id).await {
            // People who sign in come first; it is tried again in a moment.
            Err(SignInError::Busy) => return Ok(false),
            other => other?,
        }
        match write_and_send(settings, &record, &account, now).await {
            Ok(()) => {
                let told = (MailOutcome::Sent, &Event::MailSent, "sent");
                self.finish(gone, &record, &account, told, None).await
            }
            Err(SendError { permanent: true, text }) => {
                tracing::warn!(answer = text, "a mail was refused for good");
                let told = (MailOutcome::Refused, &Event::MailRefused, "refused");
                self.finish(gone, &record, &account, told, Some(text)).await
            }
            Err(SendError { permanent: false, text }) => {
                self.defer(gone, record, &account, text).await?;
                Ok(false)
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

/// From when on a letter has nothing left to tell.
fn over_at(record: &MailRecord) -> Moment {
    match is_access(record) {
        true => Moment::from_unix_millis(record.moment),
        false => Moment::from_unix_millis(record.queued).plus(NOTICE_LIFE),
    }
}

fn is_access(record: &MailRecord) -> bool {
    matches!(record.letter.as_str(), ACCESS | ACCESS_PASSWORD)
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

fn when_of(key: &[u8]) -> Option<Moment> {
    key.first_chunk::<8>().map(|millis| Moment::from_unix_millis(u64::from_be_bytes(*millis)))
}

fn place(key: &[u8]) -> Vec<u8> {
    [b"outbox/".as_slice(), key].concat()
}

async fn write_and_send(
    settings: &MailSettings,
    record: &MailRecord,
    account: &Account,
    now: Moment,
) -> Result<(), SendError> {
    let moment = Moment::from_unix_millis(record.moment);
    let password = record.password.as_deref().map(SecretString::from);
    let wrong = |text: &str| SendError { permanent: true, text: text.to_owned() };
    let letter = match (record.letter.as_str(), &password) {
        (ACCESS, password) => Letter::Access {
            name: account.name.as_str(),
            password: password.as_ref(),
            until: moment,
        },
        (ACCESS_PASSWORD, Some(password)) => Letter::AccessPassword { password, until: moment },
        (FACTOR_ADDED, _) => Letter::FactorAdded { at: moment },
        (SECOND_SET_UP, _) => Letter::SecondSetUp { at: moment },
        _ => return Err(wrong("the queued letter is of no kind that this program writes")),
    };
    let language = account.language.unwrap_or(settings.brand.language);
    let full_name = account.full_name.as_ref().map(|name| name.as_str());
    let mail =
        compose(letter, &account.email, full_name, language, &settings.brand, &settings.public_url);
    let mail = mail.map_err(|error| wrong(&error.to_string()))?;
    settings.post.send(&mail, &record.id, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_waits_longer_after_each_attempt_and_never_longer_than_an_hour() {
        assert_eq!(wait_after(1), FIRST_WAIT);
        assert_eq!(wait_after(2), 2 * FIRST_WAIT);
        assert!(wait_after(8) < LONGEST_WAIT);
        assert_eq!(wait_after(9), LONGEST_WAIT);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }
}
