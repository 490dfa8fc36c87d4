//! Secrets at rest: sealed before the store sees them.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hmac::{self, HMAC_SHA256};

use super::{Chance, NoChance};
use crate::domain::Mark;

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
    marks: hmac::Key,
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
        let derived = hmac::sign(&hmac::Key::new(HMAC_SHA256, key), b"marks 1");
        let marks = hmac::Key::new(HMAC_SHA256, derived.as_ref());
        Ok(Self { key: LessSafeKey::new(unbound), id, marks })
    }

    /// A mark of a wrong password, for one counter.
    ///
    /// SECURITY: what people mistyped cannot be read off a counter.
    /// - Against: somebody with the store, and perhaps the key, who tests guesses
    ///   at what was typed: it is close to the right password, or another portal's.
    /// - Therefore: 16 bits of a keyed hash, of this counter alone: without the key
    ///   they say nothing, and with it one guess in 65 536 fits by chance, so that
    ///   a list of guesses stays a list.
    /// - Price: of 22 000 wrong passwords about one passes for another that was
    ///   typed just before, and is not counted.
    /// - Held by: `a_mark_tells_little_about_what_it_was_made_of`.
    pub fn mark(&self, counter: &[u8], typed: &str) -> Mark {
        let length = u64::try_from(counter.len()).unwrap_or(u64::MAX).to_be_bytes();
        let tag = hmac::sign(&self.marks, &[&length, counter, typed.as_bytes()].concat());
        match tag.as_ref() {
            [high, low, ..] => Mark(u16::from_be_bytes([*high, *low])),
            _ => Mark(0),
        }
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

    #[test]
    fn a_mark_tells_little_about_what_it_was_made_of() {
        let sealer = Sealer::new(&[1; 32]).unwrap();
        let mark = sealer.mark(b"anna", "Kalme-Rivier 27 stenen");
        // Control: the same password of the same counter has the same mark.
        assert_eq!(sealer.mark(b"anna", "Kalme-Rivier 27 stenen"), mark);
        assert_ne!(sealer.mark(b"bert", "Kalme-Rivier 27 stenen"), mark);
        assert_ne!(Sealer::new(&[2; 32]).unwrap().mark(b"anna", "Kalme-Rivier 27 stenen"), mark);
        let guesses = (0..300_000).map(|number| format!("guess {number}"));
        let fit = guesses.filter(|guess| sealer.mark(b"anna", guess) == mark).count();
        assert!((1..20).contains(&fit), "{fit} other passwords fit");
    }
}
