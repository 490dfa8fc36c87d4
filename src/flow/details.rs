//! What is said about an account, put into it.

use super::account::AccountError;
use crate::crypto::Chance;
use crate::domain::{
    Account, AccountId, AccountState, Email, FullName, Group, Language, LoginName, Moment,
};
use crate::store::record::AccountRecord;
use crate::store::{Change, Expect, StoreError, Table};

/// An account with nothing but what every account has.
pub(super) fn blank(
    name: &str,
    email: &str,
    chance: &dyn Chance,
    now: Moment,
) -> Result<Account, AccountError> {
    let (name, email) = (LoginName::parse(name)?, Email::parse(email)?);
    let mut id = [0; 16];
    chance.fill(&mut id)?;
    Ok(Account {
        id: AccountId::from_bytes(id),
        subject: None,
        name,
        email,
        full_name: None,
        language: None,
        groups: Vec::new(),
        state: AccountState::Active,
        password: None,
        password_until: None,
        epoch: 0,
        created: now,
    })
}

/// Adds to a change that an account begins to exist, which fails where its name
/// or the portal's id is taken.
pub(super) fn put_new(change: Change, account: &Account) -> Result<Change, StoreError> {
    let id = account.id.as_bytes();
    let folded = LoginName::fold(account.name.as_str());
    let mut change = change.put((Table::Name, folded), Expect::Absent, id.to_vec(), None).put(
        (Table::Account, *id),
        Expect::Absent,
        AccountRecord::encode(account)?,
        None,
    );
    if let Some(subject) = &account.subject {
        change = change.put((Table::Subject, subject.as_str()), Expect::Absent, id.to_vec(), None);
    }
    Ok(change)
}

pub(super) fn set_full_name(account: &mut Account, text: &str) -> Result<(), AccountError> {
    account.full_name = match text {
        "" => None,
        text => Some(FullName::parse(text)?),
    };
    Ok(())
}

pub(super) fn set_language(account: &mut Account, tag: &str) -> Result<(), AccountError> {
    account.language = match tag {
        "" => None,
        tag => Some(
            Language::parse(tag).ok_or_else(|| AccountError::Language { tag: tag.to_owned() })?,
        ),
    };
    Ok(())
}

pub(super) fn set_groups(account: &mut Account, groups: &[String]) -> Result<(), AccountError> {
    let parsed: Result<Vec<_>, _> = groups.iter().map(|group| Group::parse(group)).collect();
    account.groups = parsed?;
    account.groups.sort();
    account.groups.dedup();
    Ok(())
}
