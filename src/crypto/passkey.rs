//! Passkeys: the ceremonies of WebAuthn level 3 (sections 7.1 and 7.2), without
//! a store and without HTTP.
//!
//! ```text
//! begin_registration --> options --> device --> answer --> finish_registration --> StoredPasskey
//! begin_assertion    --> options --> device --> answer --> finish_assertion    --> FactorProven
//! begin_sign_in      --> options --> device --> answer --> who, finish_sign_in --> PasskeyProven
//! ```
//!
//! A passkey counts as second factor after a password; where the device made
//! sure of the person (user verification: finger, face or PIN) it is a whole
//! sign-in. What is begun is a state that the caller keeps sealed, for some
//! minutes, and deletes before it calls `finish`: a challenge counts once.
//!
//! Signatures are checked by ring, like all others here. The libraries for
//! this bring a second set of cryptography with them, and the one that is
//! well kept (webauthn-rs 0.6) cannot check EdDSA and does not look at
//! `crossOrigin` when somebody signs in; what is left of it is little.
//!
//! Does not decide how long a state lives, whether an id is already another
//! account's, or how often somebody may try (`flow`).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Chance, NoChance};
use crate::domain::{AccountId, FactorProven, Method, PasskeyProven};

mod answer;
mod authenticator_data;
mod checks;
mod encoded;
mod error;
mod public_key;
mod stored;
mod yes;

pub use answer::ANSWER_BYTES_MAX;
pub use error::PasskeyError;
pub use stored::{CredentialId, StoredPasskey, Transport};

use answer::{Answer, Assertion, Attestation};
use checks::{Given, sha256};
use encoded::Encoded;
use public_key::OFFERED;

/// How long the browser is told to wait, in milliseconds: five minutes, the
/// least that WebAuthn level 3 (section 15.1) recommends.
pub const WAIT_MILLIS: u32 = 300_000;
/// Section 13.4.3 asks for 16 at least.
const CHALLENGE_BYTES: usize = 32;

/// The ceremonies at one address.
#[derive(Clone, Debug)]
pub struct Passkeys {
    /// Scheme, host and port, exactly as browsers write them.
    origin: String,
    /// The host, which passkeys are bound to.
    site: String,
    site_hash: [u8; 32],
    name: String,
}

/// A set-up that was begun. To be kept sealed, and deleted before it is used.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationState {
    account: Encoded,
    challenge: Encoded,
    existing: Vec<CredentialId>,
}

/// A question for a second factor. To be kept sealed, and deleted before it is
/// used.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssertionState {
    account: Encoded,
    challenge: Encoded,
    asked: Vec<CredentialId>,
}

/// A question for any passkey of this site. To be kept sealed, and deleted
/// before it is used.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInState {
    challenge: Encoded,
}

/// What an answer claims before anything was checked: good for looking an
/// account up, and for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose passkey it says it is.
    pub account: AccountId,
    /// Which one.
    pub credential: CredentialId,
}

/// A passkey was used and all is well.
#[derive(Debug)]
pub struct Used<Evidence> {
    /// The evidence.
    pub proof: Evidence,
    /// Whether the device made sure of the person.
    pub verified: bool,
    /// The passkey as it must be kept from now on; written before anything is
    /// granted, under the condition that nobody wrote in between.
    pub updated: StoredPasskey,
}

impl Passkeys {
    /// The ceremonies of the pages at `public_url` (scheme, host and port where
    /// it is not the scheme's own, in lower case, no slash at the end), shown
    /// by devices as `name`.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::NoHostName`] where browsers have no passkeys: for an
    /// address of numbers, and for http elsewhere than on `localhost`.
    pub fn new(public_url: &str, name: &str) -> Result<Self, PasskeyError> {
        let site = host_of(public_url).ok_or(PasskeyError::NoHostName)?;
        let (origin, name) = (public_url.to_owned(), name.to_owned());
        let site_hash = sha256(site.as_bytes());
        Ok(Self { origin, site: site.to_owned(), site_hash, name })
    }

    /// Begins to set up a passkey: the options for `navigator.credentials.create`
    /// as JSON, and what to keep. `login_name` and `full_name` are shown by the
    /// device; `existing` are the account's passkeys, which the device will not
    /// set up again.
    ///
    /// The key may lie where the device can find it by itself, and the person
    /// may be verified; neither is demanded, so that an old security key still
    /// makes a second factor.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::NoChance`].
    pub fn begin_registration(
        &self,
        account: AccountId,
        (login_name, full_name): (&str, &str),
        existing: &[StoredPasskey],
        chance: &dyn Chance,
    ) -> Result<(String, RegistrationState), PasskeyError> {
        let challenge = challenge(chance)?;
        let options = json!({
            "rp": { "id": self.site, "name": self.name },
            "user": {
                "id": handle(account),
                "name": login_name,
                "displayName": full_name,
            },
            "challenge": challenge,
            "pubKeyCredParams": OFFERED.map(|alg| json!({ "type": "public-key", "alg": alg })),
            "timeout": WAIT_MILLIS,
            "excludeCredentials": descriptors(existing),
            "authenticatorSelection": {
                "residentKey": "preferred",
                "requireResidentKey": false,
                "userVerification": "preferred",
            },
            "attestation": "none",
            "extensions": { "credProps": true },
        });
        let existing = existing.iter().map(|passkey| passkey.id().clone()).collect();
        let account = handle(account);
        Ok((options.to_string(), RegistrationState { account, challenge, existing }))
    }

    /// Checks the browser's answer to a set-up.
    ///
    /// The caller still makes sure that no other account has the id.
    ///
    /// # Errors
    ///
    /// Any of [`PasskeyError`] that says what is wrong with the answer.
    pub fn finish_registration(
        &self,
        account: AccountId,
        state: &RegistrationState,
        answer: &str,
    ) -> Result<StoredPasskey, PasskeyError> {
        if state.account != handle(account) {
            return Err(PasskeyError::OtherAccount);
        }
        let answer = Answer::<Attestation>::read(answer)?;
        let made = self.check_made(&answer, &state.challenge)?;
        match state.existing.contains(made.id()) {
            true => Err(PasskeyError::AlreadyRegistered),
            false => Ok(made),
        }
    }

    /// The same, with the evidence that somebody holds the device: setting a
    /// passkey up is using it for the first time.
    ///
    /// # Errors
    ///
    /// As [`Passkeys::finish_registration`].
    pub fn register(
        &self,
        account: AccountId,
        state: &RegistrationState,
        answer: &str,
    ) -> Result<Used<FactorProven>, PasskeyError> {
        let updated = self.finish_registration(account, state, answer)?;
        let (proof, verified) =
            (FactorProven::attest(account, Method::Passkey), updated.verified_once());
        Ok(Used { proof, verified, updated })
    }

    /// Which passkey an answer is about, before anything was checked.
    pub fn credential_of(&self, answer: &str) -> Option<CredentialId> {
        let answer = Answer::<Assertion>::read(answer).ok()?;
        Some(CredentialId::new(answer.id().clone()))
    }

    /// Asks for one of the account's passkeys after its password: the options
    /// for `navigator.credentials.get` as JSON, and what to keep.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::NoPasskey`] where there is none, since a browser would
    /// take an empty list for any passkey; [`PasskeyError::NoChance`].
    pub fn begin_assertion(
        &self,
        account: AccountId,
        stored: &[StoredPasskey],
        chance: &dyn Chance,
    ) -> Result<(String, AssertionState), PasskeyError> {
        if stored.is_empty() {
            return Err(PasskeyError::NoPasskey);
        }
        let challenge = challenge(chance)?;
        let options = json!({
            "rpId": self.site,
            "challenge": challenge,
            "timeout": WAIT_MILLIS,
            "allowCredentials": descriptors(stored),
            "userVerification": "preferred",
        });
        let asked = stored.iter().map(|passkey| passkey.id().clone()).collect();
        let account = handle(account);
        Ok((options.to_string(), AssertionState { account, challenge, asked }))
    }

    /// Checks the browser's answer to [`Passkeys::begin_assertion`]. `stored`
    /// are the passkeys that the account has now.
    ///
    /// # Errors
    ///
    /// Any of [`PasskeyError`] that says what is wrong with the answer.
    pub fn finish_assertion(
        &self,
        account: AccountId,
        stored: &[StoredPasskey],
        state: &AssertionState,
        answer: &str,
    ) -> Result<Used<FactorProven>, PasskeyError> {
        if state.account != handle(account) {
            return Err(PasskeyError::OtherAccount);
        }
        let answer = Answer::<Assertion>::read(answer)?;
        let passkey = find(stored, answer.id())?;
        if !state.asked.contains(passkey.id()) {
            return Err(PasskeyError::UnknownPasskey);
        }
        let challenge = &state.challenge;
        let given = Given { passkey, handle: account.as_bytes(), challenge, answer: &answer };
        let (updated, verified) = self.check_use(given)?;
        let proof = FactorProven::attest(account, Method::Passkey);
        Ok(Used { proof, verified, updated })
    }

    /// Asks for any passkey of this site, before anybody has said who they are:
    /// the options for `navigator.credentials.get` as JSON, and what to keep.
    /// They name nobody and are alike for everybody.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::NoChance`].
    pub fn begin_sign_in(
        &self,
        chance: &dyn Chance,
    ) -> Result<(String, SignInState), PasskeyError> {
        let challenge = challenge(chance)?;
        let options = json!({
            "rpId": self.site,
            "challenge": challenge,
            "timeout": WAIT_MILLIS,
            "allowCredentials": [],
            "userVerification": "required",
        });
        Ok((options.to_string(), SignInState { challenge }))
    }

    /// Whose passkey an answer to [`Passkeys::begin_sign_in`] claims to be.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::TooLong`], [`PasskeyError::Malformed`] or
    /// [`PasskeyError::NoAccount`].
    pub fn who(&self, answer: &str) -> Result<Claim, PasskeyError> {
        let answer = Answer::<Assertion>::read(answer)?;
        let handle = answer.response.user_handle.as_ref().ok_or(PasskeyError::NoAccount)?;
        let account = <[u8; 16]>::try_from(handle.0.as_slice())
            .map_err(|_| PasskeyError::Malformed("its user handle is none of ours"))?;
        let credential = CredentialId::new(answer.id().clone());
        Ok(Claim { account: AccountId::from_bytes(account), credential })
    }

    /// Checks the browser's answer to [`Passkeys::begin_sign_in`]. `account` is
    /// the one that was looked up, and `stored` its passkeys.
    ///
    /// SECURITY: a passkey alone opens a session only if the device made sure
    /// of the person and says whose it is.
    /// - Against: a found security key that needs no more than a touch; and a
    ///   passkey of one's own shown for somebody else's account.
    /// - Therefore: user verification is read from the signed data, never from
    ///   what was asked; the user handle must be there and be the account's.
    /// - Price: a key without PIN serves after a password only.
    /// - Held by: `a_touch_alone_is_a_second_factor_and_no_sign_in` and
    ///   `a_passkey_of_another_account_opens_nothing`.
    ///
    /// # Errors
    ///
    /// Any of [`PasskeyError`] that says what is wrong with the answer.
    pub fn finish_sign_in(
        &self,
        account: AccountId,
        stored: &[StoredPasskey],
        state: &SignInState,
        answer: &str,
    ) -> Result<Used<PasskeyProven>, PasskeyError> {
        let answer = Answer::<Assertion>::read(answer)?;
        if answer.response.user_handle.is_none() {
            return Err(PasskeyError::NoAccount);
        }
        let (passkey, challenge) = (find(stored, answer.id())?, &state.challenge);
        let given = Given { passkey, handle: account.as_bytes(), challenge, answer: &answer };
        let (updated, verified) = self.check_use(given)?;
        if !verified {
            return Err(PasskeyError::NotVerified);
        }
        Ok(Used { proof: PasskeyProven::attest(account), verified, updated })
    }
}

/// What devices keep of an account: its id, which says nothing about the person.
fn handle(account: AccountId) -> Encoded {
    Encoded(account.as_bytes().to_vec())
}

fn challenge(chance: &dyn Chance) -> Result<Encoded, NoChance> {
    let mut bytes = vec![0; CHALLENGE_BYTES];
    chance.fill(&mut bytes)?;
    Ok(Encoded(bytes))
}

fn find<'a>(stored: &'a [StoredPasskey], id: &Encoded) -> Result<&'a StoredPasskey, PasskeyError> {
    let mut stored = stored.iter();
    stored.find(|passkey| passkey.id().is(id)).ok_or(PasskeyError::UnknownPasskey)
}

fn descriptors(passkeys: &[StoredPasskey]) -> Vec<serde_json::Value> {
    let describe = |passkey: &StoredPasskey| {
        let (id, transports) = (passkey.id(), passkey.transports());
        json!({ "type": "public-key", "id": id, "transports": transports })
    };
    passkeys.iter().map(describe).collect()
}

/// The host that passkeys of this address are bound to.
fn host_of(public_url: &str) -> Option<&str> {
    let (https, rest) = match public_url.split_once("://")? {
        ("https", rest) => (true, rest),
        ("http", rest) => (false, rest),
        _ => return None,
    };
    let host = match rest.split_once(':') {
        Some((host, port)) => port.parse::<u16>().ok().map(|_| host)?,
        None => rest,
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    // An address of numbers ends with one (URL standard, section 3.5).
    let named = host.rsplit('.').next()?.contains(|c: char| !c.is_ascii_digit());
    let local = host == "localhost" || host.ends_with(".localhost");
    (named && host.chars().all(plain) && (https || local)).then_some(host)
}

#[cfg(test)]
pub(crate) mod tests;
