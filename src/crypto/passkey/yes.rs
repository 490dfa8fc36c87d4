//! The passkey behind a phone's yes, where the operator asks for one: it lies on
//! the phone beside the key that signs, and is used with finger, face or PIN.
//!
//! Nothing is begun and kept here. What a phone signs is good for one thing
//! alone, once, and holds chance of ours; the challenge is the hash of it.

use serde_json::json;

use super::answer::{Answer, Assertion, Attestation};
use super::checks::{Given, sha256};
use super::encoded::Encoded;
use super::public_key::OFFERED;
use super::{PasskeyError, Passkeys, StoredPasskey, WAIT_MILLIS, find};
use crate::crypto::approval::{PhoneKey, Said};

/// What the browser is to answer to: the hash of what the phone signs.
fn challenge(said: &Said<'_>) -> Encoded {
    Encoded(sha256(said.text().as_bytes()).to_vec())
}

impl Passkeys {
    /// What `navigator.credentials.create` is to be asked on a phone, as JSON.
    /// The page fills in the challenge, the SHA-256 of what it signs, and the
    /// user: what the phone calls it, and as id the SHA-256 of the key that
    /// signs, so that the phone does not put this in the place of a passkey of
    /// the account.
    pub fn options_on_phone(&self) -> String {
        json!({
            "rp": { "id": self.site, "name": self.name },
            "pubKeyCredParams": OFFERED.map(|alg| json!({ "type": "public-key", "alg": alg })),
            "timeout": WAIT_MILLIS,
            "authenticatorSelection": {
                "authenticatorAttachment": "platform",
                "residentKey": "discouraged",
                "requireResidentKey": false,
                "userVerification": "required",
            },
            "attestation": "none",
        })
        .to_string()
    }

    /// Checks the passkey that a phone made when it was joined.
    ///
    /// # Errors
    ///
    /// Any of [`PasskeyError`] that says what is wrong with the answer;
    /// [`PasskeyError::NotVerified`] where the phone did not make sure of the
    /// person.
    pub fn made_on_phone(
        &self,
        said: &Said<'_>,
        answer: &str,
    ) -> Result<StoredPasskey, PasskeyError> {
        let answer = Answer::<Attestation>::read(answer)?;
        let made = self.check_made(&answer, &challenge(said))?;
        if !made.verified_once() {
            return Err(PasskeyError::NotVerified);
        }
        Ok(made)
    }

    /// Checks the passkey that a phone used for its yes. Gives it as it is to be
    /// kept from now on.
    ///
    /// SECURITY: where the operator asks for it, a yes is the owner's, not the
    /// phone's.
    /// - Against: whoever takes up a phone that lies unlocked on a table, or
    ///   runs a program in its browser.
    /// - Therefore: the yes comes with an assertion by the passkey that was made
    ///   when the phone was joined, over the same text as the phone's signature
    ///   (question, nonce, number and all), with the person verified, as the
    ///   signed data says; its counter is kept as a passkey's.
    /// - Price: finger, face or PIN for each yes; a phone without a screen lock
    ///   is none.
    /// - Held by: `a_yes_without_the_owner_counts_for_nothing`,
    ///   `a_yes_for_another_question_is_none`.
    ///
    /// # Errors
    ///
    /// Any of [`PasskeyError`] that says what is wrong with the answer.
    pub fn used_on_phone(
        &self,
        passkey: &StoredPasskey,
        (key, said): (&PhoneKey, &Said<'_>),
        answer: &str,
    ) -> Result<StoredPasskey, PasskeyError> {
        let answer = Answer::<Assertion>::read(answer)?;
        let passkey = find(std::slice::from_ref(passkey), answer.id())?;
        let (handle, challenge) = (sha256(key.as_bytes()), challenge(said));
        let given = Given { passkey, handle: &handle, challenge: &challenge, answer: &answer };
        let (updated, verified) = self.check_use(given)?;
        if !verified {
            return Err(PasskeyError::NotVerified);
        }
        Ok(updated)
    }
}
