//! Provisional passwords: made, and hashed, at once or behind.

use std::time::Duration;

use secrecy::SecretString;

use super::{Ground, SignInError, account};
use crate::crypto::{Chance, Hasher, NoChance};
use crate::domain::{AccountId, Moment};
use crate::store::record::{AccountRecord, UnhashedRecord};
use crate::store::{Change, Expect, StoreError, Table};

/// Passwords hashed in one pass.
const PASS: usize = 64;

/// Makes provisional passwords and hashes those that wait.
#[derive(Clone, Debug)]
pub struct Provision {
    ground: Ground,
    hasher: Hasher,
    life: Duration,
}

fn place(account: AccountId) -> Vec<u8> {
    [b"unhashed/".as_slice(), account.as_bytes()].concat()
}

impl Provision {
    /// Over this ground; provisional passwords can be used for `life`.
    pub fn new(ground: Ground, hasher: Hasher, life: Duration) -> Self {
        Self { ground, hasher, life }
    }

    /// A new provisional password and until when it can be used.
    pub(super) fn make(&self, now: Moment) -> Result<(SecretString, Moment), NoChance> {
        Ok((provisional_password(&*self.ground.chance)?, now.plus(self.life)))
    }

    /// Adds to a change that an account's password is hashed later. Until then
    /// it opens nothing.
    pub(super) fn put_unhashed(
        &self,
        change: Change,
        account: AccountId,
        password: &SecretString,
    ) -> Result<Change, SignInError> {
        use secrecy::ExposeSecret;
        let clear = UnhashedRecord { password: password.expose_secret().to_owned() }.encode()?;
        let sealed = self.ground.sealer.seal(&place(account), &clear, &*self.ground.chance)?;
        Ok(change.put((Table::Unhashed, *account.as_bytes()), Expect::Any, sealed, None))
    }

    /// Hashes the password of one account, if it waits for that.
    ///
    /// # Errors
    ///
    /// Where the store does not answer or the pool is full.
    pub async fn hash_one(&self, account: AccountId) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        let waiting = self.ground.store.read(Table::Unhashed, account.as_bytes(), now).await?;
        let Some(waiting) = waiting else { return Ok(()) };
        let clear = self.ground.sealer.open(&place(account), &waiting.data)?;
        let password = SecretString::from(UnhashedRecord::decode(&clear)?.password);
        let gone = Change::new()
            .delete((Table::Unhashed, *account.as_bytes()), Expect::Version(waiting.version));
        let hash = self.hasher.make(password, &*self.ground.chance).await?;
        let now = self.ground.clock.now();
        let change = match account::by_id(&self.ground, account, now).await? {
            None => gone,
            Some((mut account, version)) => {
                account.password = Some(hash);
                let place = (Table::Account, *account.id.as_bytes());
                gone.put(place, Expect::Version(version), AccountRecord::encode(&account)?, None)
            }
        };
        match self.ground.store.commit(change, now).await {
            // The account was changed meanwhile; the next pass looks again.
            Err(StoreError::Conflict) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Hashes some of what waits and counts the rest; tells whether it should be
    /// called again at once. A record that cannot be read keeps no other waiting.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn hash_waiting(&self) -> Result<bool, SignInError> {
        let now = self.ground.clock.now();
        let (mut after, mut hashed): (Option<Vec<u8>>, usize) = (None, 0);
        'passes: while hashed < PASS {
            let store = &self.ground.store;
            let waiting = store.list(Table::Unhashed, after.as_deref(), PASS, now).await?;
            let Some((last, _)) = waiting.last() else { break };
            after = Some(last.clone());
            for (key, _) in &waiting {
                let Ok(id) = key.as_slice().try_into().map(AccountId::from_bytes) else { continue };
                match self.hash_one(id).await {
                    Ok(()) => hashed += 1,
                    // People who sign in come first.
                    Err(SignInError::Busy) => {
                        hashed = 0;
                        break 'passes;
                    }
                    Err(
                        error @ (SignInError::Seal(_)
                        | SignInError::Store(StoreError::Unreadable { .. })),
                    ) => {
                        tracing::error!(%error, account = %id, "a waiting password cannot be read");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        let left = match after {
            None => 0,
            Some(_) => super::session::count(&self.ground, Table::Unhashed, now).await?,
        };
        self.ground.metrics.passwords_unhashed.set(i64::try_from(left).unwrap_or(i64::MAX));
        Ok(hashed > 0 && left > 0)
    }
}

/// A password that can be read out and typed: 16 characters without those that
/// look alike, 31 letters and digits to choose from evenly, so 79 bits.
fn provisional_password(chance: &dyn Chance) -> Result<SecretString, NoChance> {
    const SIGNS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    /// Bytes from here on would make some signs likelier than others.
    const EVEN: u8 = 248;
    let mut signs: Vec<char> = Vec::with_capacity(32);
    while signs.len() < 16 {
        let mut bytes = [0; 16];
        chance.fill(&mut bytes)?;
        let even = bytes.iter().filter(|byte| **byte < EVEN);
        signs.extend(
            even.filter_map(|byte| SIGNS.get(usize::from(byte % 31))).map(|sign| char::from(*sign)),
        );
    }
    let groups: Vec<String> = signs.chunks(4).take(4).map(|group| group.iter().collect()).collect();
    Ok(SecretString::from(groups.join("-")))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::crypto::SystemChance;
    use crate::domain::{Clock, SecondFactor};
    use crate::flow::proving_ground::{House, person};
    use crate::flow::{Answer, At};

    #[tokio::test]
    async fn a_waiting_password_that_cannot_be_read_keeps_no_other_waiting() {
        let house = House::new(SecondFactor::Optional);
        let mut made = house.accounts.import(&[person(2, "jdupont")]).await.unwrap().made;
        let now = house.clock.now();
        // First in the order of keys, and sealed by nobody.
        let poison =
            Change::new().put((Table::Unhashed, [0; 16]), Expect::Absent, vec![1; 40], None);
        house.ground.store.commit(poison, now).await.unwrap();
        let password = made.pop().unwrap().password;
        let before = house.password("jdupont", password.expose_secret()).await.unwrap();
        assert!(matches!(before, Answer::Wrong(_)), "{before:?}");
        house.provision.hash_waiting().await.unwrap();
        let (at, _) = house.past_password("jdupont", password.expose_secret()).await;
        assert_eq!(at, At::NewPassword);
        // And it is not looked at without end.
        assert!(!house.provision.hash_waiting().await.unwrap());
    }

    #[test]
    fn a_provisional_password_can_be_read_out_and_has_no_signs_that_look_alike() {
        let chance = SystemChance::default();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..500 {
            let made = provisional_password(&chance).unwrap();
            let groups: Vec<_> = made.expose_secret().split('-').collect();
            assert_eq!(groups.len(), 4, "{groups:?}");
            for group in groups {
                assert_eq!(group.len(), 4, "{group}");
                assert!(!group.contains(['i', 'l', 'o', '0', '1']), "{group}");
                seen.extend(group.chars());
            }
        }
        // Control: every sign there is comes up, so none is missing by mistake.
        assert_eq!(seen.len(), 31, "{seen:?}");
    }
}
