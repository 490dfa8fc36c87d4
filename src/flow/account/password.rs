//! What goes with a password that an operator has put in the place of another.

use secrecy::SecretString;

use super::{AccountError, Accounts};
use crate::domain::{Account, Moment};
use crate::flow::credentials::Credentials;
use crate::flow::lock_out::forget_account_failures;
use crate::store::{Change, Expect, Table};

impl Accounts {
    /// Gives an account a new provisional password, which is mailed with the change.
    pub(super) async fn provisioned(
        &self,
        account: &mut Account,
        now: Moment,
    ) -> Result<(Change, SecretString), AccountError> {
        let (password, until) = self.provision.make(now)?;
        let change = self.replace_password(account, &password, now).await?;
        account.password_until = Some(until);
        Ok((self.outbox.queue_access(change, account, (&password, until), now)?, password))
    }

    /// Puts a permanent password in the place of an account's. Its sessions end.
    pub(super) async fn replace_password(
        &self,
        account: &mut Account,
        clear: &SecretString,
        now: Moment,
    ) -> Result<Change, AccountError> {
        let mut credentials = Credentials::load(&self.ground, account.id, now).await?;
        credentials.remember_password(account.password.replace(self.hash(clear).await?));
        account.password_until = None;
        account.epoch += 1;
        let change = Change::new().delete((Table::Unhashed, *account.id.as_bytes()), Expect::Any);
        let change = credentials.put(&self.ground, change)?;
        Ok(forget_account_failures(&self.ground, change, account, now).await?)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::SecondFactor;
    use crate::flow::account::{AccountEdit, NewAccount};
    use crate::flow::proving_ground::House;
    use crate::flow::{Answer, NoMatch};

    async fn passwords(house: &House) -> Vec<String> {
        let mut mails = house.mails().await;
        mails.sort_by_key(|mail| mail.queued);
        mails.into_iter().filter_map(|mail| mail.password).collect()
    }

    #[tokio::test]
    async fn a_password_that_was_mailed_to_another_address_is_worth_nothing() {
        let house = House::that_mails(SecondFactor::Optional);
        let new = NewAccount {
            name: "anna".to_owned(),
            email: "wrong@example.be".to_owned(),
            full_name: None,
            language: None,
            groups: Vec::new(),
            password: None,
        };
        house.accounts.add(new).await.unwrap();
        let first = passwords(&house).await.pop().unwrap();
        let to = async |email: &str| {
            house.clock.advance(std::time::Duration::from_secs(1));
            let edit = AccountEdit { email: Some(email.to_owned()), ..AccountEdit::default() };
            house.accounts.set("anna", edit).await.unwrap();
        };
        let opens = async |password: &str| {
            let answer = house.password("anna", password).await.unwrap();
            !matches!(answer, Answer::Wrong(NoMatch))
        };
        // Control: where the address is the same, so is the password.
        to("wrong@example.be").await;
        assert!(opens(&first).await);
        to("right@example.be").await;
        assert!(!opens(&first).await);
        let second = passwords(&house).await.pop().unwrap();
        assert_ne!(first, second);
        assert!(opens(&second).await);
    }
}
