//! What is checked of every answer, beyond its form.

use ring::digest::{SHA256, digest};

use super::answer::{Answer, Assertion, Attestation, ClientData};
use super::authenticator_data::{AuthenticatorData, Flags, attested};
use super::encoded::Encoded;
use super::{CredentialId, PasskeyError, Passkeys, StoredPasskey, Transport};

/// The type of a set-up's client data.
pub(super) const CREATE: &str = "webauthn.create";
/// The type of a sign-in's client data.
pub(super) const GET: &str = "webauthn.get";

/// What was answered, and to what.
pub(super) struct Given<'a> {
    pub(super) passkey: &'a StoredPasskey,
    /// What the device may name it by, if it does.
    pub(super) handle: &'a [u8],
    pub(super) challenge: &'a Encoded,
    pub(super) answer: &'a Answer<Assertion>,
}

impl Passkeys {
    /// What the browser saw.
    ///
    /// SECURITY: an answer counts for one question of one ceremony at one
    /// address, asked by our own page.
    /// - Against: an answer that a look-alike site, another port or a page that
    ///   frames ours got out of the person; one given at a set-up shown at a
    ///   sign-in; one overheard and shown again.
    /// - Therefore: type, challenge and origin are compared as they are, with
    ///   no list and no wild card; `crossOrigin` and `topOrigin` are refused.
    /// - Price: the pages work under one address only, and in no frame.
    /// - Held by: `an_answer_given_at_another_origin_is_refused`,
    ///   `an_answer_of_one_ceremony_is_none_in_the_other`,
    ///   `an_answer_given_in_a_frame_is_refused` and
    ///   `an_answer_to_another_challenge_is_refused`.
    pub(super) fn check_client_data(
        &self,
        bytes: &[u8],
        ceremony: &str,
        challenge: &Encoded,
    ) -> Result<(), PasskeyError> {
        let client = ClientData::read(bytes)?;
        if client.kind != ceremony {
            return Err(PasskeyError::OtherCeremony);
        }
        if client.challenge != challenge.text() {
            return Err(PasskeyError::OtherChallenge);
        }
        if client.origin != self.origin {
            return Err(PasskeyError::OtherOrigin);
        }
        if client.framed() {
            return Err(PasskeyError::Framed);
        }
        Ok(())
    }

    /// Checks that a passkey was made, in answer to this challenge.
    pub(super) fn check_made(
        &self,
        answer: &Answer<Attestation>,
        challenge: &Encoded,
    ) -> Result<StoredPasskey, PasskeyError> {
        let response = &answer.response;
        self.check_client_data(&response.client_data.0, CREATE, challenge)?;
        let object = attested(&response.attestation_object.0)?;
        let data = AuthenticatorData::read(&object)?;
        self.check_device(&data)?;
        let (id, key) = data.credential()?;
        if id != *answer.id() {
            return Err(PasskeyError::Malformed("it is about no passkey, or about two"));
        }
        let (id, transports) = (CredentialId::new(id), Transport::known(&response.transports));
        Ok(StoredPasskey::new(id, key, &data, transports, answer.discoverable()))
    }

    /// What the device says of itself, as far as it is the same in both
    /// ceremonies.
    pub(super) fn check_device(&self, data: &AuthenticatorData<'_>) -> Result<(), PasskeyError> {
        if *data.site_hash != self.site_hash {
            return Err(PasskeyError::OtherSite);
        }
        if !data.flags.has(Flags::PRESENT) {
            return Err(PasskeyError::NotPresent);
        }
        if data.flags.has(Flags::BACKED_UP) && !data.flags.has(Flags::BACKUP_ELIGIBLE) {
            return Err(PasskeyError::BackedUpWithoutEligibility);
        }
        Ok(())
    }

    /// Checks the use of a passkey. Gives it as it is to be kept from now on,
    /// and whether the device made sure of the person.
    ///
    /// SECURITY: a passkey of which there seem to be two opens nothing.
    /// - Against: a copy of a key that was read out of a device; and strangers
    ///   who want a good passkey to look like a copy.
    /// - Therefore: a counter must go up, unless both are zero, as they are
    ///   with passkeys that several devices share; whether a passkey can be
    ///   copied never changes; both are looked at after the signature only.
    /// - Price: a device whose counter was set back must be set up anew.
    /// - Held by: `a_counter_that_does_not_go_up_is_a_copy`,
    ///   `a_passkey_never_changes_whether_it_can_be_copied` and
    ///   `nobody_without_the_key_can_make_a_passkey_look_like_a_copy`.
    pub(super) fn check_use(
        &self,
        given: Given<'_>,
    ) -> Result<(StoredPasskey, bool), PasskeyError> {
        let response = &given.answer.response;
        let client_data = &response.client_data.0;
        self.check_client_data(client_data, GET, given.challenge)?;
        let handle = response.user_handle.as_ref();
        if handle.is_some_and(|handle| handle.0 != given.handle) {
            return Err(PasskeyError::OtherAccount);
        }
        let bytes = &response.authenticator_data.0;
        let data = AuthenticatorData::read(bytes)?;
        self.check_device(&data)?;
        let signed = [bytes.as_slice(), &sha256(client_data)].concat();
        if !given.passkey.verifies(&signed, &response.signature.0) {
            return Err(PasskeyError::WrongSignature);
        }
        let updated = given.passkey.after(&data)?;
        Ok((updated, data.flags.has(Flags::VERIFIED)))
    }
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
