//! Secrets at rest: sealed before the store sees them.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};

use super::{Chance, NoChance};

const FORMAT: u8 = 1;
const KEY_ID: usize = 4;
const HEAD: usize = 1 + KEY_ID + NONCE_LEN;

/// Why something was not sealed or unsealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No random bytes for a nonce.
    #[error("the system gave no random bytes")]
    NoChance,
    /// It was sealed with another key.
    #[error("it was sealed with another key")]
    OtherKey,
    /// It was altered, moved to another record, or cut.
    #[error("it does not open: altered, moved or cut")]
    Altered,
}

impl From<NoChance> for SealError {
    fn from(_: NoChance) -> Self {
        Self::NoChance
    }
}

/// Seals and unseals with one key (AES-256-GCM, NIST SP 800-38D).
pub struct Sealer {
    key: LessSafeKey,
    id: [u8; KEY_ID],
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// A sealer with this key.
    ///
    /// # Errors
    ///
    /// [`SealError::Altered`] if the library refuses the key, which it does
    /// not for 32 bytes.
    pub fn new(key: &[u8; 32]) -> Result<Self, SealError> {
        let unbound = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealError::Altered)?;
        let mut id = [0; KEY_ID];
        let name = digest(&SHA256, &[b"key id\0".as_slice(), key].concat());
        id.copy_from_slice(name.as_ref().get(..KEY_ID).unwrap_or(&[0; KEY_ID]));
        Ok(Self { key: LessSafeKey::new(unbound), id })
    }

    /// Seals `clear` for one place; it opens only with the same `place`, so a
    /// sealed value cannot be moved to another record.
    ///
    /// # Errors
    ///
    /// [`SealError::NoChance`].
    pub fn seal(
        &self,
        place: &[u8],
        clear: &[u8],
        chance: &dyn Chance,
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        chance.fill(&mut nonce)?;
        let mut body = clear.to_vec();
        let sealed = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(sealed, Aad::from(place), &mut body)
            .map_err(|_| SealError::Altered)?;
        let mut out = Vec::with_capacity(HEAD + body.len());
        out.push(FORMAT);
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Opens what [`Sealer::seal`] made for the same place.
    ///
    /// # Errors
    ///
    /// [`SealError::OtherKey`] or [`SealError::Altered`].
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (&format, rest) = sealed.split_first().ok_or(SealError::Altered)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID>().ok_or(SealError::Altered)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Altered)?;
        if format != FORMAT {
            return Err(SealError::Altered);
        }
        if *id != self.id {
            return Err(SealError::OtherKey);
        }
        let mut body = body.to_vec();
        let clear = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut body)
            .map_err(|_| SealError::Altered)?;
        Ok(clear.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SystemChance;

    #[test]
    fn a_sealed_value_opens_in_its_place_only_and_unaltered_only() {
        let chance = SystemChance::default();
        let sealer = Sealer::new(&[1; 32]).unwrap();
        let sealed = sealer.seal(b"here", b"secret", &chance).unwrap();
        // Control: in its place it opens.
        assert_eq!(sealer.open(b"here", &sealed).unwrap(), b"secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));

        assert_eq!(sealer.open(b"there", &sealed), Err(SealError::Altered));
        let other = Sealer::new(&[2; 32]).unwrap();
        assert_eq!(other.open(b"here", &sealed), Err(SealError::OtherKey));
        for at in HEAD..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(sealer.open(b"here", &altered), Err(SealError::Altered), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open(b"here", &sealed[..length]).is_err(), "cut to {length}");
        }
    }
}
