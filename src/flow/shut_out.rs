//! Sending somebody out, and keeping them out: sign out, disable, enable.

use super::account::{AccountError, Accounts};
use crate::domain::{Account, AccountState};
use crate::observe::Event;
use crate::store::Change;

impl Accounts {
    /// Ends an account's sessions, what goes through for them, and what waits to
    /// become one: sign-ins half done, what was mailed, a pass.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn sign_out(&self, name: &str) -> Result<Account, AccountError> {
        let now = self.ground.clock.now();
        let (mut account, version) = self.find_versioned(name, now).await?;
        account.epoch += 1;
        self.write(&account, version, Change::new(), &Event::SessionsEnded, now).await?;
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
            self.write(&account, version, Change::new(), event, now).await?;
        }
        Ok(account)
    }
}
