//! Accounts: add, find, change, delete.

mod password;

use secrecy::{ExposeSecret, SecretString};

use super::credentials::Credentials;
use super::details::{blank, put_new, set_full_name, set_groups, set_language};
use super::outbox::Outbox;
use super::phone::remove_phones;
use super::provision::Provision;
use super::{Ground, SignInError};
use crate::crypto::{Hasher, HashingError, NoChance};
use crate::domain::{Account, AccountId, BadText, Email, LoginName, Moment};
use crate::observe::audit::Around;
use crate::observe::{Event, FirstConnection};
use crate::store::record::AccountRecord;
use crate::store::{Change, Expect, Revocation, StoreError, Table};

/// Why something was not done to an account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A value given is not acceptable.
    #[error(transparent)]
    Bad(#[from] BadText),
    /// Somebody has the name already.
    #[error("the name {name:?} is taken")]
    Taken {
        /// Which one.
        name: String,
    },
    /// Nobody has the name.
    #[error("nobody has the name {name:?}")]
    Unknown {
        /// Which one.
        name: String,
    },
    /// The language is not one of ours.
    #[error("the language {tag:?} is none of fr, nl, de, en")]
    Language {
        /// What was given.
        tag: String,
    },
    /// The password cannot be used.
    #[error("the password {0}")]
    Password(&'static str),
    /// The hash of a password is of no kind that can be checked.
    #[error("password_hash: {0}")]
    PasswordHash(String),
    /// A line of a list cannot be taken.
    #[error("line {line}: {what}")]
    Line {
        /// Which.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A list is longer than is taken at once.
    #[error("at most {most} people are taken at once")]
    TooMany {
        /// How many are.
        most: usize,
    },
    /// Somebody else changed the account at the same time.
    #[error("the account was changed at the same time; try again")]
    Busy,
    /// The store did not answer, or its disk is full.
    #[error("{}", .0.told())]
    Store(#[source] StoreError),
    /// Hashing failed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// No random bytes.
    #[error("the system gave no random bytes")]
    NoChance(#[from] NoChance),
    /// What is sealed or queued with it cannot be read or written.
    #[error("the account's mail or password cannot be read or kept: {0}")]
    Kept(String),
    /// Nothing half-done goes by this support code.
    #[error(
        "no sign-in under way goes by the code {code:?}; codes end three hours after the last step"
    )]
    NoSupportCode {
        /// As it was typed.
        code: String,
    },
}

impl From<SignInError> for AccountError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Store(source) => source.into(),
            SignInError::Seal(error) => Self::Kept(error.to_string()),
            SignInError::Outrun => Self::Busy,
            other => Self::Kept(other.to_string()),
        }
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Busy,
            other => Self::Store(other),
        }
    }
}

/// A new account as an operator describes it.
#[derive(Debug)]
pub struct NewAccount {
    /// User name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Full name.
    pub full_name: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// A permanent password; without one a provisional one is made.
    pub password: Option<SecretString>,
}

/// How a person gets to know their provisional password.
#[derive(Debug)]
pub enum Told {
    /// It was not made: the password is a permanent one.
    Permanent,
    /// By mail.
    ByMail,
    /// By whoever made the account; it exists nowhere else.
    ByOperator(SecretString),
}

/// A change as an operator describes it; what is `None` stays.
#[derive(Debug, Default)]
pub struct AccountEdit {
    /// E-mail address.
    pub email: Option<String>,
    /// Full name; empty removes it.
    pub full_name: Option<String>,
    /// Language tag; empty removes it.
    pub language: Option<String>,
    /// Groups, all of them.
    pub groups: Option<Vec<String>>,
    /// A new permanent password; ends all sessions.
    pub password: Option<SecretString>,
}

/// The use cases about accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(super) ground: Ground,
    hasher: Hasher,
    pub(super) provision: Provision,
    pub(super) outbox: Outbox,
}

/// The account under a folded name, and the version of its record.
pub(super) async fn by_folded_name(
    ground: &Ground,
    folded: &str,
    now: Moment,
) -> Result<Option<(Account, u64)>, StoreError> {
    let id = ground.store.read(Table::Name, folded.as_bytes(), now).await?;
    let Some(id) = id else { return Ok(None) };
    let record = ground.store.read(Table::Account, &id.data, now).await?;
    let Some(record) = record else { return Ok(None) };
    Ok(Some((AccountRecord::decode(&record.data)?, record.version)))
}

/// The account with this id, and the version of its record.
pub(super) async fn by_id(
    ground: &Ground,
    id: AccountId,
    now: Moment,
) -> Result<Option<(Account, u64)>, StoreError> {
    let record = ground.store.read(Table::Account, id.as_bytes(), now).await?;
    record.map(|record| Ok((AccountRecord::decode(&record.data)?, record.version))).transpose()
}

impl Accounts {
    /// Over this ground, hashing with this pool.
    pub fn new(ground: Ground, hasher: Hasher, provision: Provision, outbox: Outbox) -> Self {
        Self { ground, hasher, provision, outbox }
    }

    /// Makes an account. Gives it, and how the person gets to know the
    /// provisional password, where one was made.
    ///
    /// # Errors
    ///
    /// [`AccountError::Bad`], [`AccountError::Taken`] and faults of the store.
    pub async fn add(&self, new: NewAccount) -> Result<(Account, Told), AccountError> {
        let now = self.ground.clock.now();
        let made = match &new.password {
            Some(_) => None,
            None => Some(self.provision.make(now)?),
        };
        let mut account = blank(&new.name, &new.email, &*self.ground.chance, now)?;
        account.password_until = made.as_ref().map(|(_, until)| *until);
        set_full_name(&mut account, new.full_name.as_deref().unwrap_or(""))?;
        set_language(&mut account, new.language.as_deref().unwrap_or(""))?;
        set_groups(&mut account, &new.groups)?;
        let folded = LoginName::fold(account.name.as_str());
        if self.ground.store.read(Table::Name, folded.as_bytes(), now).await?.is_some() {
            return Err(AccountError::Taken { name: new.name });
        }
        let clear = new.password.as_ref().or(made.as_ref().map(|(password, _)| password));
        let clear = clear.ok_or(AccountError::Password("is missing"))?;
        account.password = Some(self.hash(clear).await?);
        let mut change = put_new(Change::new(), &account)?;
        if let Some((password, until)) = &made {
            change = self.outbox.queue_access(change, &account, (password, *until), now)?;
        }
        match self.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => return Err(AccountError::Taken { name: new.name }),
            other => other?,
        }
        self.record(&Event::AccountAdded, account.id, now);
        Ok((account, self.told(made.map(|(password, _)| password), 1)))
    }

    /// Gives an account a new provisional password; its sessions end, its second
    /// factors stay.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn provision(&self, name: &str) -> Result<(Account, Told), AccountError> {
        let now = self.ground.clock.now();
        let (mut account, version) = self.find_versioned(name, now).await?;
        let (change, password) = self.provisioned(&mut account, now).await?;
        self.write(&account, version, change, &Event::AccountProvisioned, now).await?;
        self.record(&Event::SessionsEnded, account.id, now);
        Ok((account, self.told(Some(password), 1)))
    }

    /// How people get to know passwords that were made, and the count of it.
    fn told(&self, made: Option<SecretString>, count: usize) -> Told {
        match made {
            None => Told::Permanent,
            Some(_) if self.outbox.is_on() => {
                self.ground.metrics.first_connections(FirstConnection::MailQueued, count);
                Told::ByMail
            }
            Some(password) => Told::ByOperator(password),
        }
    }

    /// Whether the store answers.
    pub async fn store_answers(&self) -> bool {
        let now = self.ground.clock.now();
        let nothing = (Table::Key, *b"is anybody there");
        let change = Change::new().check(nothing, Expect::Absent);
        self.ground.store.commit(change, now).await.is_ok()
    }

    /// The account with this name, in any spelling.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn find(&self, name: &str) -> Result<Account, AccountError> {
        Ok(self.find_versioned(name, self.ground.clock.now()).await?.0)
    }

    /// Up to `most` accounts after the one with id `after`, in a stable order.
    ///
    /// # Errors
    ///
    /// Faults of the store.
    pub async fn list(
        &self,
        after: Option<AccountId>,
        most: usize,
    ) -> Result<Vec<Account>, AccountError> {
        let now = self.ground.clock.now();
        let after = after.as_ref().map(|id| id.as_bytes().as_slice());
        let records = self.ground.store.list(Table::Account, after, most, now).await?;
        let decoded: Result<Vec<_>, _> =
            records.iter().map(|(_, record)| AccountRecord::decode(&record.data)).collect();
        Ok(decoded?)
    }

    /// Changes an account. Takes effect on the next request of each session; with
    /// another password or another address, its sessions end.
    ///
    /// # Errors
    ///
    /// As [`Accounts::add`], and [`AccountError::Unknown`].
    pub async fn set(&self, name: &str, edit: AccountEdit) -> Result<Account, AccountError> {
        let now = self.ground.clock.now();
        let (mut account, version) = self.find_versioned(name, now).await?;
        let (epoch, mut moved) = (account.epoch, false);
        if let Some(email) = edit.email.as_deref().map(Email::parse).transpose()?
            && email != account.email
        {
            // What was mailed to the old address is worth nothing any more.
            account.email = email;
            account.epoch += 1;
            moved = self.outbox.is_on();
        }
        if let Some(full_name) = &edit.full_name {
            set_full_name(&mut account, full_name)?;
        }
        if let Some(language) = &edit.language {
            set_language(&mut account, language)?;
        }
        if let Some(groups) = &edit.groups {
            set_groups(&mut account, groups)?;
        }
        let change = match &edit.password {
            Some(clear) => self.replace_password(&mut account, clear, now).await?,
            // A provisional one was mailed to the old address as well.
            None if moved && account.password_until.is_some() => {
                self.provisioned(&mut account, now).await?.0
            }
            None => Change::new(),
        };
        self.write(&account, version, change, &Event::AccountChanged, now).await?;
        if account.epoch != epoch {
            self.record(&Event::SessionsEnded, account.id, now);
        }
        Ok(account)
    }

    /// Removes an account; its sessions end with it.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn delete(&self, name: &str) -> Result<(), AccountError> {
        let now = self.ground.clock.now();
        let (account, version) = self.find_versioned(name, now).await?;
        let mut change = Change::new();
        if let Some(subject) = &account.subject {
            change = change.delete((Table::Subject, subject.as_str()), Expect::Any);
        }
        let credentials = Credentials::load(&self.ground, account.id, now).await?;
        let change = remove_phones(&credentials, change)
            .delete((Table::Name, LoginName::fold(account.name.as_str())), Expect::Any)
            .delete((Table::Account, *account.id.as_bytes()), Expect::Version(version))
            .delete((Table::Credentials, *account.id.as_bytes()), Expect::Any)
            .delete((Table::Reset, *account.id.as_bytes()), Expect::Any)
            .delete((Table::Unhashed, *account.id.as_bytes()), Expect::Any)
            .delete((Table::MailState, *account.id.as_bytes()), Expect::Any)
            .revoke(Revocation::Account(account.id));
        let change = self.forget_all_failures(change, &account, now).await?;
        self.ground.store.commit(change, now).await?;
        self.record(&Event::AccountDeleted, account.id, now);
        Ok(())
    }

    pub(super) async fn find_versioned(
        &self,
        name: &str,
        now: Moment,
    ) -> Result<(Account, u64), AccountError> {
        let found = by_folded_name(&self.ground, &LoginName::fold(name), now).await?;
        found.ok_or_else(|| AccountError::Unknown { name: name.to_owned() })
    }

    pub(super) async fn write(
        &self,
        account: &Account,
        version: u64,
        also: Change,
        event: &Event,
        now: Moment,
    ) -> Result<(), AccountError> {
        let change = also
            .put(
                (Table::Account, *account.id.as_bytes()),
                Expect::Version(version),
                AccountRecord::encode(account)?,
                None,
            )
            .revoke(Revocation::Account(account.id));
        self.ground.store.commit(change, now).await?;
        self.record(event, account.id, now);
        Ok(())
    }

    async fn hash(&self, clear: &SecretString) -> Result<String, AccountError> {
        if clear.expose_secret().is_empty() {
            return Err(AccountError::Password("is empty"));
        }
        Ok(self.hasher.make(clear.clone(), &*self.ground.chance).await?)
    }

    pub(super) fn record(&self, event: &Event, account: AccountId, now: Moment) {
        let around = Around { account: Some(account), ..Around::default() };
        self.ground.audit.record(event, around, now);
    }
}
