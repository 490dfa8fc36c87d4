//! Many accounts at once, from a portal's own list.
//!
//! Every line is looked at before any is taken. Passwords are hashed behind:
//! ten thousand of them take minutes, and nobody can use one before its mail is
//! sent, which waits for the hash.

use secrecy::SecretString;

use super::account::{AccountError, Accounts};
use super::details::{blank, put_new, set_full_name, set_groups, set_language};
use crate::crypto::foreign_hash::StoredHash;
use crate::domain::{Account, LoginName, Moment, Subject};
use crate::observe::{Event, FirstConnection};
use crate::store::{Change, StoreError, Table};

/// People taken in one change at most.
pub const PEOPLE_MAX: usize = 1000;

/// One line of the list.
#[derive(Debug)]
pub struct Person {
    /// Which line, to be named where it is wrong.
    pub line: u64,
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
    /// The portal's own id, which becomes `sub`.
    pub id: Option<String>,
    /// The hash of the password the person has, as the portal kept it.
    pub password_hash: Option<SecretString>,
}

/// A line that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Which.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
    /// Whether it is only that the account is there already.
    pub is_there: bool,
}

/// A password that nobody is told by mail.
#[derive(Debug)]
pub struct Made {
    /// For whom.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// What came of a list.
#[derive(Debug, Default)]
pub struct Imported {
    /// Accounts that were made.
    pub added: usize,
    /// Provisional passwords, where no mail server is set up.
    pub made: Vec<Made>,
}

/// A person who can be taken.
struct Ready {
    account: Account,
    password: Option<SecretString>,
}

impl Accounts {
    /// Looks at people without taking any: every line that is wrong.
    ///
    /// # Errors
    ///
    /// Faults of the store.
    pub async fn check_people(&self, people: &[Person]) -> Result<Vec<Bad>, AccountError> {
        let now = self.ground.clock.now();
        let mut bad = Vec::new();
        for person in people {
            if let Err(wrong) = self.look_at(person, now).await? {
                bad.push(wrong);
            }
        }
        Ok(bad)
    }

    /// Takes people, all of them or none, at most [`PEOPLE_MAX`].
    ///
    /// # Errors
    ///
    /// The first line that is wrong, as [`AccountError::Line`]; faults of the
    /// store.
    pub async fn import(&self, people: &[Person]) -> Result<Imported, AccountError> {
        if people.len() > PEOPLE_MAX {
            return Err(AccountError::TooMany { most: PEOPLE_MAX });
        }
        let now = self.ground.clock.now();
        let (mut change, mut imported, mut ids) = (Change::new(), Imported::default(), Vec::new());
        let mut queued = 0;
        for person in people {
            let Ready { account, password } = match self.look_at(person, now).await? {
                Ok(ready) => ready,
                Err(Bad { line, what, .. }) => return Err(AccountError::Line { line, what }),
            };
            change = put_new(change, &account)?;
            if let (Some(password), Some(until)) = (password, account.password_until) {
                change = self.provision.put_unhashed(change, account.id, &password)?;
                change = self.outbox.queue_access(change, &account, (&password, until), now)?;
                match self.outbox.is_on() {
                    true => queued += 1,
                    false => {
                        let name = account.name.as_str().to_owned();
                        imported.made.push(Made { name, password });
                    }
                }
            }
            ids.push(account.id);
        }
        match self.ground.store.commit(change, now).await {
            Err(StoreError::Conflict) => return Err(AccountError::Busy),
            other => other?,
        }
        for id in &ids {
            self.record(&Event::AccountAdded, *id, now);
        }
        self.ground.metrics.first_connections(FirstConnection::MailQueued, queued);
        let unhashed = people.iter().filter(|person| person.password_hash.is_none()).count();
        let waiting = i64::try_from(unhashed).unwrap_or(i64::MAX);
        self.ground.metrics.passwords_unhashed.add(waiting);
        self.ground.metrics.mails_queued.add(i64::try_from(queued).unwrap_or(i64::MAX));
        imported.added = ids.len();
        Ok(imported)
    }

    /// One line: an account that can be made, or what is wrong.
    async fn look_at(
        &self,
        person: &Person,
        now: Moment,
    ) -> Result<Result<Ready, Bad>, AccountError> {
        let bad = |what: String| Bad { line: person.line, what, is_there: false };
        let ready = match self.read(person, now) {
            Ok(ready) => ready,
            Err(error @ (AccountError::NoChance(_) | AccountError::Store(_))) => return Err(error),
            Err(error) => return Ok(Err(bad(error.to_string()))),
        };
        let folded = LoginName::fold(ready.account.name.as_str());
        if self.ground.store.read(Table::Name, folded.as_bytes(), now).await?.is_some() {
            let what = format!("the name {:?} is taken", person.name);
            return Ok(Err(Bad { line: person.line, what, is_there: true }));
        }
        if let Some(subject) = &ready.account.subject {
            let key = subject.as_str().as_bytes();
            if self.ground.store.read(Table::Subject, key, now).await?.is_some() {
                return Ok(Err(bad(format!("the id {:?} is taken", subject.as_str()))));
            }
        }
        Ok(Ok(ready))
    }

    fn read(&self, person: &Person, now: Moment) -> Result<Ready, AccountError> {
        let mut account = blank(&person.name, &person.email, &*self.ground.chance, now)?;
        set_full_name(&mut account, person.full_name.as_deref().unwrap_or(""))?;
        set_language(&mut account, person.language.as_deref().unwrap_or(""))?;
        set_groups(&mut account, &person.groups)?;
        account.subject = person.id.as_deref().map(Subject::parse).transpose()?;
        let password = match &person.password_hash {
            Some(hash) => {
                use secrecy::ExposeSecret;
                let hash = hash.expose_secret();
                StoredHash::parse(hash)
                    .map_err(|error| AccountError::PasswordHash(error.to_string()))?;
                account.password = Some(hash.to_owned());
                None
            }
            None => {
                let (password, until) = self.provision.make(now)?;
                account.password_until = Some(until);
                Some(password)
            }
        };
        Ok(Ready { account, password })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::domain::{Clock, SecondFactor};
    use crate::flow::account::AccountEdit;
    use crate::flow::proving_ground::{House, PASSWORD, person};
    use crate::flow::session::count;
    use crate::flow::{Answer, At};

    #[tokio::test]
    async fn an_imported_password_opens_once_it_is_hashed() {
        let house = House::new(SecondFactor::Optional);
        let people = [person(2, "jdupont"), person(3, "anna")];
        let made = house.accounts.import(&people).await.unwrap().made;
        let password = made[0].password.expose_secret();
        let before = house.password("jdupont", password).await.unwrap();
        assert!(matches!(before, Answer::Wrong(_)), "{before:?}");
        while house.provision.hash_waiting().await.unwrap() {}
        assert_eq!(house.past_password("jdupont", password).await.0, At::NewPassword);
        let left = count(&house.ground, Table::Unhashed, house.clock.now()).await;
        assert_eq!(left.unwrap(), 0, "nothing of it is left to be read");
    }

    #[tokio::test]
    async fn an_operators_password_is_not_replaced_by_one_that_waits_to_be_hashed() {
        let house = House::new(SecondFactor::Optional);
        let mut made = house.accounts.import(&[person(2, "jdupont")]).await.unwrap().made;
        let provisional = made.pop().unwrap().password.expose_secret().to_owned();
        let password = Some(SecretString::from(PASSWORD));
        let edit = AccountEdit { password, ..Default::default() };
        house.accounts.set("jdupont", edit).await.unwrap();
        assert!(!house.provision.hash_waiting().await.unwrap());
        let opened = house.password("jdupont", PASSWORD).await.unwrap();
        assert!(matches!(opened, Answer::Open(_)), "{opened:?}");
        let refused = house.password("jdupont", &provisional).await.unwrap();
        assert!(matches!(refused, Answer::Wrong(_)), "{refused:?}");
    }

    #[tokio::test]
    async fn one_bad_person_keeps_all_of_a_list_out() {
        let house = House::new(SecondFactor::Optional);
        let mut bad = person(3, "anna");
        bad.password_hash = Some(SecretString::from("$1$salt$md5crypt"));
        let refused = house.accounts.import(&[person(2, "jdupont"), bad]).await;
        assert!(matches!(refused, Err(AccountError::Line { line: 3, .. })), "{refused:?}");
        assert!(house.accounts.find("jdupont").await.is_err());
        // Control: without it the others come in.
        house.accounts.import(&[person(2, "jdupont")]).await.unwrap();
        assert!(house.accounts.find("jdupont").await.is_ok());
    }
}
