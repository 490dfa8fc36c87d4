//! Mails that wait to be sent; [`super::delivery`] sends them.
//!
//! A mail is queued in the change that makes it true, so neither is ever there
//! without the other, and it is removed when the mail server has taken it. A
//! server that is away holds nobody: what waits is tried again, later and later.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{Ground, SignInError};
use crate::crypto::HandCode;
use crate::domain::{Account, AccountId, Brand, Moment};
pub use crate::notice::Notice;
use crate::notice::Post;
use crate::store::record::{MailRecord, MailStateRecord};
use crate::store::{Change, Expect, StoreError, Table};

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

/// The words under which letters are kept.
pub(super) const ACCESS: &str = "access";
pub(super) const ACCESS_PASSWORD: &str = "access-password";
pub(super) const RESET: &str = "reset";
pub(super) const RESET_NOT_YET: &str = "reset-not-yet";

/// Queues mails, and sends them where a mail server is set up.
#[derive(Clone, Debug)]
pub struct Outbox {
    pub(super) ground: Ground,
    pub(super) settings: Option<Arc<MailSettings>>,
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
            password: password.map(|password| password.expose_secret().to_owned()),
            ..record(account.id, letter, until, now)
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
        self.put(change, record(account, notice.word(), now, now), now)
    }

    /// Adds to a change the mail with the way to a new password: a code and the
    /// key of a link, good until then.
    pub(super) fn queue_reset(
        &self,
        change: Change,
        account: AccountId,
        (code, key): (&HandCode, String),
        until: Moment,
        now: Moment,
    ) -> Result<Change, SignInError> {
        let record = record(account, RESET, until, now);
        self.put(change, MailRecord { code: Some(code.grouped()), key: Some(key), ..record }, now)
    }

    /// Adds to a change the mail for who asked for a new password and has not
    /// used the provisional one yet, which is good until then.
    pub(super) fn queue_reset_not_yet(
        &self,
        change: Change,
        account: AccountId,
        until: Moment,
        now: Moment,
    ) -> Result<Change, SignInError> {
        self.put(change, record(account, RESET_NOT_YET, until, now), now)
    }

    /// Adds a mail to a change, to be tried at `when`. Keys begin with that
    /// time, so that the next one due is the first.
    pub(super) fn put(
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

    pub(super) fn put_state(
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
}

/// A letter with nothing in it yet, to be tried at once.
fn record(account: AccountId, letter: &str, moment: Moment, now: Moment) -> MailRecord {
    MailRecord {
        account: account.to_string(),
        letter: letter.to_owned(),
        password: None,
        code: None,
        key: None,
        moment: moment.unix_millis(),
        attempts: 0,
        queued: now.unix_millis(),
        id: String::new(),
    }
}

pub(super) fn place(key: &[u8]) -> Vec<u8> {
    [b"outbox/".as_slice(), key].concat()
}
