//! Signing keys: load, make a successor in time, take the old one away.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Ground;
use crate::crypto::assertion::{AssertionError, Rotation, Signer, SigningKey};
use crate::crypto::{NoChance, SealError};
use crate::domain::Moment;
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::record::KeyRecord;
use crate::store::{Change, Expect, StoreError, Table};

/// More keys than this are never there at once.
const KEYS_MAX: usize = 64;
/// The name of the one key among them that signs no assertions: a signing key's
/// name is longer.
const PUSH_KID: &str = "push";

/// Why the keys could not be put in order.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store did not answer.
    #[error("signing keys cannot be read or written")]
    Store(#[from] StoreError),
    /// A key does not open with the sealing key.
    #[error("signing key {kid:?} cannot be unsealed: {source}")]
    Sealed {
        /// Which one.
        kid: String,
        /// Why.
        source: SealError,
    },
    /// A key cannot be used or made.
    #[error("signing key is not usable")]
    Unusable(#[from] AssertionError),
    /// No random bytes.
    #[error("the system gave no random bytes")]
    NoChance(#[from] NoChance),
}

/// Keeps the keys in order.
#[derive(Debug)]
pub struct Keys {
    ground: Ground,
    rotation: Rotation,
    signer: Arc<Signer>,
}

impl Keys {
    /// Over this ground, by this rule, for this signer.
    pub fn new(ground: Ground, rotation: Rotation, signer: Arc<Signer>) -> Self {
        Self { ground, rotation, signer }
    }

    /// Does what the rule says at `now`, and puts the result in force. Called
    /// at start and every few minutes; doing it twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; the keys in force stay in force.
    pub async fn tend(&self, now: Moment) -> Result<(), KeyError> {
        let mut keys = self.load(now).await?;
        if self.plan(&keys, now).make {
            self.make(now).await?;
            keys = self.load(now).await?;
        }
        let plan = self.plan(&keys, now);
        for &at in &plan.retire {
            if let Some(key) = keys.get(at) {
                self.retire(key.kid(), now).await?;
            }
        }
        let signing = plan.signs.and_then(|at| keys.get(at)).cloned();
        let published: Vec<_> = keys
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !plan.retire.contains(at))
            .map(|(_, key)| key)
            .collect();
        self.signer.install(&published, signing);
        Ok(())
    }

    /// Looks whether all keys can be read at `now`, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub async fn check(&self, now: Moment) -> Result<(), KeyError> {
        self.load(now).await.map(drop)
    }

    /// The key set as apps fetch it.
    pub fn jwks(&self) -> Arc<str> {
        self.signer.jwks()
    }

    fn plan(
        &self,
        keys: &[Arc<SigningKey>],
        now: Moment,
    ) -> crate::crypto::assertion::RotationPlan {
        let created: Vec<_> = keys.iter().map(|key| key.created()).collect();
        self.rotation.plan(&created, now)
    }

    /// All keys, oldest first.
    async fn load(&self, now: Moment) -> Result<Vec<Arc<SigningKey>>, KeyError> {
        let mut keys = Vec::new();
        let all = self.ground.store.list(Table::Key, None, KEYS_MAX, now).await?;
        for (name, record) in all.into_iter().filter(|(name, _)| name != PUSH_KID.as_bytes()) {
            let kid = String::from_utf8_lossy(&name).into_owned();
            let clear = self
                .ground
                .sealer
                .open(&place(&kid), &record.data)
                .map_err(|source| KeyError::Sealed { kid: kid.clone(), source })?;
            let key = KeyRecord::decode(&clear)?;
            let pkcs8 = STANDARD.decode(&key.pkcs8).map_err(|_| AssertionError::BadKey)?;
            let created = Moment::from_unix_millis(key.created);
            keys.push(Arc::new(SigningKey::load(&key.kid, &pkcs8, created)?));
        }
        keys.sort_by_key(|key| key.created());
        Ok(keys)
    }

    async fn make(&self, now: Moment) -> Result<(), KeyError> {
        let (kid, pkcs8) = SigningKey::generate(&*self.ground.chance)?;
        write(&self.ground, &kid, &pkcs8, now).await?;
        self.ground.audit.record(&Event::KeyAdded, Around::default(), now);
        Ok(())
    }

    async fn retire(&self, kid: &str, now: Moment) -> Result<(), KeyError> {
        let change = Change::new().delete((Table::Key, kid), Expect::Any);
        self.ground.store.commit(change, now).await?;
        self.ground.audit.record(&Event::KeyRetired, Around::default(), now);
        Ok(())
    }
}

/// The key with which we sign what we send to push services, as PKCS#8; made at
/// the first call. It stays: subscriptions are bound to it.
///
/// # Errors
///
/// [`KeyError`].
pub async fn push_key(ground: &Ground) -> Result<Vec<u8>, KeyError> {
    let now = ground.clock.now();
    if ground.store.read(Table::Key, PUSH_KID.as_bytes(), now).await?.is_none() {
        let (_, pkcs8) = SigningKey::generate(&*ground.chance)?;
        match write(ground, PUSH_KID, &pkcs8, now).await {
            // Another node was faster.
            Err(KeyError::Store(StoreError::Conflict)) => {}
            other => other?,
        }
    }
    let stored = ground.store.read(Table::Key, PUSH_KID.as_bytes(), now).await?;
    let stored = stored.ok_or(AssertionError::BadKey)?;
    let clear = ground
        .sealer
        .open(&place(PUSH_KID), &stored.data)
        .map_err(|source| KeyError::Sealed { kid: PUSH_KID.to_owned(), source })?;
    Ok(STANDARD.decode(KeyRecord::decode(&clear)?.pkcs8).map_err(|_| AssertionError::BadKey)?)
}

/// Keeps a new key, sealed.
async fn write(ground: &Ground, kid: &str, pkcs8: &[u8], now: Moment) -> Result<(), KeyError> {
    let record = KeyRecord {
        kid: kid.to_owned(),
        pkcs8: STANDARD.encode(pkcs8),
        created: now.unix_millis(),
    };
    let sealed = ground
        .sealer
        .seal(&place(kid), &record.encode()?, &*ground.chance)
        .map_err(|source| KeyError::Sealed { kid: kid.to_owned(), source })?;
    let change = Change::new().put((Table::Key, kid), Expect::Absent, sealed, None);
    Ok(ground.store.commit(change, now).await?)
}

fn place(kid: &str) -> Vec<u8> {
    [b"key/", kid.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::Clock;
    use crate::flow::proving_ground::{HandClock, ground};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn published(keys: &Keys) -> Vec<String> {
        let set: serde_json::Value = serde_json::from_str(&keys.jwks()).unwrap();
        let all = set["keys"].as_array().unwrap();
        all.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn keys_are_rotated_with_overlap_and_survive_a_restart() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::new());
        let ground = ground(folder.path(), clock.clone());
        let make = || Keys::new(ground.clone(), Rotation::default(), Arc::new(Signer::default()));
        let keys = make();
        keys.tend(clock.now()).await.unwrap();
        let first = published(&keys);
        assert_eq!(first.len(), 1);
        assert!(keys.signer.is_ready());

        // Tending again, and starting again, changes nothing.
        keys.tend(clock.now()).await.unwrap();
        assert_eq!(published(&keys), first);
        let restarted = make();
        restarted.tend(clock.now()).await.unwrap();
        assert_eq!(published(&restarted), first);

        clock.advance(30 * DAY);
        keys.tend(clock.now()).await.unwrap();
        let both = published(&keys);
        assert_eq!(both.len(), 2, "the successor is published before it signs");
        assert_eq!(both[0], first[0]);

        clock.advance(DAY);
        keys.tend(clock.now()).await.unwrap();
        assert_eq!(published(&keys), both, "the old key stays while its tokens live");

        clock.advance(DAY);
        keys.tend(clock.now()).await.unwrap();
        assert_eq!(published(&keys), both[1..], "then it goes");
    }

    #[tokio::test]
    async fn the_key_for_push_services_stays_and_is_never_published() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::new());
        let ground = ground(folder.path(), clock.clone());
        let first = push_key(&ground).await.unwrap();
        let keys = Keys::new(ground.clone(), Rotation::default(), Arc::new(Signer::default()));
        for _ in 0..4 {
            keys.tend(clock.now()).await.unwrap();
            assert_eq!(push_key(&ground).await.unwrap(), first);
            assert!(!published(&keys).iter().any(|kid| kid == PUSH_KID));
            clock.advance(30 * DAY);
        }
        // Control: in another folder it is another one.
        let other = tempfile::tempdir().unwrap();
        let other = crate::flow::proving_ground::ground(other.path(), clock);
        assert_ne!(push_key(&other).await.unwrap(), first);
    }

    #[tokio::test]
    async fn keys_are_not_readable_without_the_sealing_key() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::new());
        let ground = ground(folder.path(), clock.clone());
        let make = |ground| Keys::new(ground, Rotation::default(), Arc::new(Signer::default()));
        make(ground.clone()).tend(clock.now()).await.unwrap();
        let other = crate::crypto::Sealer::new(&[2; 32]).unwrap();
        let elsewhere = Ground { sealer: Arc::new(other), ..ground.clone() };
        let failed = make(elsewhere).tend(clock.now()).await;
        assert!(matches!(failed, Err(KeyError::Sealed { .. })));
        // Control: with the right one they are.
        assert!(make(ground).tend(clock.now()).await.is_ok());
    }
}
