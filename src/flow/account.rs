//! Accounts: add, find, change, disable, enable, delete.

use secrecy::{ExposeSecret, SecretString};

use super::Ground;
use crate::crypto::{Chance, Hasher, HashingError, NoChance};
use crate::domain::{
    Account, AccountId, AccountState, BadText, Email, FullName, Group, Language, LoginName, Moment,
};
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::record::AccountRecord;
use crate::store::{Change, Expect, Revocation, StoreError, Table};

/// How long a provisional password can be used.
const PROVISIONAL_LIFE: std::time::Duration = std::time::Duration::from_secs(14 * 24 * 60 * 60);

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
    /// Somebody else changed the account at the same time.
    #[error("the account was changed at the same time; try again")]
    Busy,
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[source] StoreError),
    /// Hashing failed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// No random bytes.
    #[error("the system gave no random bytes")]
    NoChance(#[from] NoChance),
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
    ground: Ground,
    hasher: Hasher,
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

impl Accounts {
    /// Over this ground, hashing with this pool.
    pub fn new(ground: Ground, hasher: Hasher) -> Self {
        Self { ground, hasher }
    }

    /// Makes an account. Gives it, and the provisional password where one was
    /// made; that password exists nowhere else.
    ///
    /// # Errors
    ///
    /// [`AccountError::Bad`], [`AccountError::Taken`] and faults of the store.
    pub async fn add(
        &self,
        new: NewAccount,
    ) -> Result<(Account, Option<SecretString>), AccountError> {
        let now = self.ground.clock.now();
        let name = LoginName::parse(&new.name)?;
        let mut id = [0; 16];
        self.ground.chance.fill(&mut id)?;
        let made = match &new.password {
            Some(_) => None,
            None => Some(provisional_password(&*self.ground.chance)?),
        };
        let clear = new.password.as_ref().or(made.as_ref());
        let clear = clear.ok_or(AccountError::Password("is missing"))?;
        let mut account = Account {
            id: AccountId::from_bytes(id),
            name,
            email: Email::parse(&new.email)?,
            full_name: None,
            language: None,
            groups: Vec::new(),
            state: AccountState::Active,
            password: None,
            password_until: made.as_ref().map(|_| now.plus(PROVISIONAL_LIFE)),
            epoch: 0,
            created: now,
        };
        set_full_name(&mut account, new.full_name.as_deref().unwrap_or(""))?;
        set_language(&mut account, new.language.as_deref().unwrap_or(""))?;
        set_groups(&mut account, &new.groups)?;
        let folded = LoginName::fold(account.name.as_str());
        if self.ground.store.read(Table::Name, folded.as_bytes(), now).await?.is_some() {
            return Err(AccountError::Taken { name: new.name });
        }
        account.password = Some(self.hash(clear).await?);
        let change = Change::new()
            .put((Table::Name, folded), Expect::Absent, account.id.as_bytes().to_vec(), None)
            .put(
                (Table::Account, *account.id.as_bytes()),
                Expect::Absent,
                AccountRecord::encode(&account)?,
                None,
            );
        match self.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => return Err(AccountError::Taken { name: new.name }),
            other => other?,
        }
        self.record(&Event::AccountAdded, account.id, now);
        Ok((account, made))
    }

    /// Whether the store answers.
    pub async fn store_answers(&self) -> bool {
        let now = self.ground.clock.now();
        self.ground.store.read(Table::Key, b"is anybody there", now).await.is_ok()
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

    /// Changes an account. Takes effect on the next request of each session.
    ///
    /// # Errors
    ///
    /// As [`Accounts::add`], and [`AccountError::Unknown`].
    pub async fn set(&self, name: &str, edit: AccountEdit) -> Result<Account, AccountError> {
        let now = self.ground.clock.now();
        let (mut account, version) = self.find_versioned(name, now).await?;
        if let Some(email) = &edit.email {
            account.email = Email::parse(email)?;
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
        if let Some(clear) = &edit.password {
            account.password = Some(self.hash(clear).await?);
            account.password_until = None;
            account.epoch += 1;
        }
        self.write(&account, version, &Event::AccountChanged, now).await?;
        if edit.password.is_some() {
            self.record(&Event::SessionsEnded, account.id, now);
        }
        Ok(account)
    }

    /// Keeps an account from signing in, and ends its sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn disable(&self, name: &str) -> Result<Account, AccountError> {
        self.set_state(name, AccountState::Disabled, &Event::AccountDisabled).await
    }

    /// Lets a disabled account sign in again. Its old sessions stay over.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn enable(&self, name: &str) -> Result<Account, AccountError> {
        self.set_state(name, AccountState::Active, &Event::AccountEnabled).await
    }

    /// Removes an account; its sessions end with it.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn delete(&self, name: &str) -> Result<(), AccountError> {
        let now = self.ground.clock.now();
        let (account, version) = self.find_versioned(name, now).await?;
        let change = Change::new()
            .delete((Table::Name, LoginName::fold(account.name.as_str())), Expect::Any)
            .delete((Table::Account, *account.id.as_bytes()), Expect::Version(version))
            .revoke(Revocation::Account(account.id));
        self.ground.store.commit(change, now).await?;
        self.record(&Event::AccountDeleted, account.id, now);
        Ok(())
    }

    async fn set_state(
        &self,
        name: &str,
        state: AccountState,
        event: &Event,
    ) -> Result<Account, AccountError> {
        let now = self.ground.clock.now();
        let (mut account, version) = self.find_versioned(name, now).await?;
        if account.state != state {
            account.state = state;
            account.epoch += 1;
            self.write(&account, version, event, now).await?;
        }
        Ok(account)
    }

    async fn find_versioned(
        &self,
        name: &str,
        now: Moment,
    ) -> Result<(Account, u64), AccountError> {
        let found = by_folded_name(&self.ground, &LoginName::fold(name), now).await?;
        found.ok_or_else(|| AccountError::Unknown { name: name.to_owned() })
    }

    async fn write(
        &self,
        account: &Account,
        version: u64,
        event: &Event,
        now: Moment,
    ) -> Result<(), AccountError> {
        let change = Change::new()
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

    fn record(&self, event: &Event, account: AccountId, now: Moment) {
        let around = Around { account: Some(account), ..Around::default() };
        self.ground.audit.record(event, around, now);
    }
}

fn set_full_name(account: &mut Account, text: &str) -> Result<(), AccountError> {
    account.full_name = match text {
        "" => None,
        text => Some(FullName::parse(text)?),
    };
    Ok(())
}

fn set_language(account: &mut Account, tag: &str) -> Result<(), AccountError> {
    account.language = match tag {
        "" => None,
        tag => Some(
            Language::parse(tag).ok_or_else(|| AccountError::Language { tag: tag.to_owned() })?,
        ),
    };
    Ok(())
}

fn set_groups(account: &mut Account, groups: &[String]) -> Result<(), AccountError> {
    let parsed: Result<Vec<_>, _> = groups.iter().map(|group| Group::parse(group)).collect();
    account.groups = parsed?;
    account.groups.sort();
    account.groups.dedup();
    Ok(())
}

/// A password that can be read out and typed: 16 characters without those that
/// look alike, 32 to choose from, so 80 bits.
fn provisional_password(chance: &dyn Chance) -> Result<SecretString, NoChance> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789H";
    let mut bytes = [0; 16];
    chance.fill(&mut bytes)?;
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        let letter = LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'a');
        text.push(char::from(letter));
    }
    Ok(SecretString::from(text))
}
