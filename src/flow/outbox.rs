//! Mails that wait to be sent; [`super::delivery`] sends them.
//!
//! A mail is queued in the change that makes it true, so neither is ever there
//! without the other, and it is removed when the mail server has taken it. A
//! server that is away holds nobody: what waits is tried again, later and later.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{Ground, SignInError};
use crate::domain::{Account, AccountId, Brand, Moment};
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

/// Something a person is told of their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A second factor counts from now on.
    FactorAdded,
    /// A second factor was set up twice at the same time.
    SecondSetUp,
    /// A second factor counts no more.
    FactorRemoved,
    /// There are new codes on paper; the old ones are worth nothing.
    RecoveryCodesMade,
    /// A code on paper was used.
    RecoveryCodeUsed,
    /// The password is another one.
    PasswordChanged,
    /// Somebody knows the password, and the phone's owner said "not me".
    ApprovalRefused,
    /// The phones were asked again and again.
    ApprovalsSlowed,
    /// A passkey seems to have been copied, and is not taken any more.
    PasskeyCloned,
    /// The help desk gave a pass.
    PassIssued,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::FactorAdded,
        Self::SecondSetUp,
        Self::FactorRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::PasswordChanged,
        Self::ApprovalRefused,
        Self::ApprovalsSlowed,
        Self::PasskeyCloned,
        Self::PassIssued,
    ];

    /// The word under which its letter is kept.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FactorAdded => "factor-added",
            Self::SecondSetUp => "second-set-up",
            Self::FactorRemoved => "factor-removed",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::PasswordChanged => "password-changed",
            Self::ApprovalRefused => "approval-refused",
            Self::ApprovalsSlowed => "approvals-slowed",
            Self::PasskeyCloned => "passkey-cloned",
            Self::PassIssued => "pass-issued",
        }
    }

    /// Reads back what [`Notice::word`] wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.word() == word)
    }
}

/// The words under which letters are kept.
pub(super) const ACCESS: &str = "access";
pub(super) const ACCESS_PASSWORD: &str = "access-password";

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
            account: account.id.to_string(),
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
        let record = MailRecord {
            account: account.to_string(),
            letter: notice.word().to_owned(),
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

pub(super) fn place(key: &[u8]) -> Vec<u8> {
    [b"outbox/".as_slice(), key].concat()
}
