//! The body of a push message, which only the browser can read: RFC 8291, a
//! single record of RFC 8188 (`aes128gcm`).

use ring::aead;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::SystemRandom;

use super::PushError;
use super::subscription::Subscription;

/// Most bytes of a body that a push service has to take (RFC 8030 section 7.2).
const BODY_BYTES_MAX: usize = 4096;
/// Salt, size of a record, length of the key's name, the key as its name.
const HEAD_BYTES: usize = SALT_BYTES + 4 + 1 + 65;
/// Bytes of the salt.
pub const SALT_BYTES: usize = 16;
/// The mark of the last record, and the tag of the cipher.
const AROUND_BYTES: usize = 1 + 16;
/// Most bytes of a message.
pub const PLAIN_BYTES_MAX: usize = BODY_BYTES_MAX - HEAD_BYTES - AROUND_BYTES;

/// What a last record ends with (RFC 8188 section 2).
const LAST_RECORD: u8 = 2;

/// Encrypts a message for a browser. The salt is the caller's; the key of the
/// exchange is made here by ring's own generator, since ring takes none from
/// elsewhere.
///
/// # Errors
///
/// [`PushError::TooLarge`]; [`PushError::Key`] where the browser's key is no
/// point of the curve; [`PushError::NotMade`].
pub fn encrypt(
    subscription: &Subscription,
    plain: &[u8],
    salt: [u8; SALT_BYTES],
) -> Result<Vec<u8>, PushError> {
    if plain.len() > PLAIN_BYTES_MAX {
        return Err(PushError::TooLarge);
    }
    let failed = |_: Unspecified| PushError::NotMade;
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(failed)?;
    let own_public = own.compute_public_key().map_err(failed)?;
    let own_public = own_public.as_ref();
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &subscription.p256dh);
    // The outer error is the agreement's, about the browser's key; the inner is about ours.
    let keys = agree_ephemeral(own, &theirs, |shared| {
        let info = [b"WebPush: info\0", &subscription.p256dh[..], own_public].concat();
        let agreed = Salt::new(HKDF_SHA256, &subscription.auth).extract(shared);
        let agreed: [u8; 32] = expand(&agreed, &info)?;
        let keys = Salt::new(HKDF_SHA256, &salt).extract(&agreed);
        let key: [u8; 16] = expand(&keys, b"Content-Encoding: aes128gcm\0")?;
        let nonce: [u8; 12] = expand(&keys, b"Content-Encoding: nonce\0")?;
        Ok((key, nonce))
    });
    let (key, nonce) = keys.map_err(|_| PushError::Key)?.map_err(failed)?;

    // The pair is used once: both come from a key that was made for this message.
    let key = aead::UnboundKey::new(&aead::AES_128_GCM, &key).map_err(failed)?;
    let nonce = aead::Nonce::assume_unique_for_key(nonce);
    let mut record = Vec::with_capacity(plain.len() + AROUND_BYTES);
    record.extend_from_slice(plain);
    record.push(LAST_RECORD);
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, aead::Aad::empty(), &mut record)
        .map_err(failed)?;

    let name_length = u8::try_from(own_public.len()).map_err(|_| PushError::NotMade)?;
    let record_size = u32::try_from(BODY_BYTES_MAX).map_err(|_| PushError::NotMade)?;
    let head = [&salt[..], &record_size.to_be_bytes(), &[name_length], own_public];
    Ok([head.concat(), record].concat())
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const BYTES: usize>(from: &Prk, info: &[u8]) -> Result<[u8; BYTES], Unspecified> {
    let mut bytes = [0; BYTES];
    from.expand(&[info], Length(BYTES))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::push::tests::{Browser, RFC_8291};

    #[test]
    fn the_browser_of_the_tests_reads_the_example_of_rfc_8291() {
        assert_eq!(RFC_8291.browser().read(&RFC_8291.body()), RFC_8291.plain.as_bytes());
    }

    #[test]
    fn what_is_encrypted_is_read_by_the_browser_it_is_for_and_by_no_other() {
        let browser = Browser::new(9);
        let subscription = browser.subscription("https://fcm.googleapis.com/a");
        for length in [0, 1, 100, PLAIN_BYTES_MAX] {
            let plain = vec![b'x'; length];
            let body = encrypt(&subscription, &plain, [7; SALT_BYTES]).unwrap();
            assert_eq!(body.len(), HEAD_BYTES + length + AROUND_BYTES);
            assert!(body.len() <= BODY_BYTES_MAX);
            assert!(body.starts_with(&[7; SALT_BYTES]));
            assert_eq!(browser.read(&body), plain);
            // Another key, another secret, and a body that was changed.
            let mut changed = body.clone();
            *changed.last_mut().unwrap() ^= 1;
            assert!(Browser::new(8).try_read(&body).is_none());
            assert!(Browser { auth: [0; 16], ..Browser::new(9) }.try_read(&body).is_none());
            assert!(browser.try_read(&changed).is_none());
        }
    }

    #[test]
    fn each_message_has_a_key_of_its_own() {
        let subscription = Browser::new(9).subscription("https://fcm.googleapis.com/a");
        let one = encrypt(&subscription, b"same", [7; SALT_BYTES]).unwrap();
        let two = encrypt(&subscription, b"same", [7; SALT_BYTES]).unwrap();
        assert_ne!(one[SALT_BYTES..HEAD_BYTES], two[SALT_BYTES..HEAD_BYTES]);
        assert_ne!(one[HEAD_BYTES..], two[HEAD_BYTES..]);
    }

    #[test]
    fn a_message_that_is_too_long_and_a_key_that_is_no_point_are_told() {
        let right = Browser::new(9).subscription("https://fcm.googleapis.com/a");
        let mut wrong = right.clone();
        wrong.p256dh[64] ^= 1;
        let salt = [7; SALT_BYTES];
        assert_eq!(encrypt(&wrong, b"", salt), Err(PushError::Key));
        assert_eq!(encrypt(&right, &[0; PLAIN_BYTES_MAX + 1], salt), Err(PushError::TooLarge));
        // Control: the right key and one byte less.
        assert!(encrypt(&right, &[0; PLAIN_BYTES_MAX], salt).is_ok());
    }
}
