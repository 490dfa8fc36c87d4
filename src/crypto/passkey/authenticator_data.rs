//! What the device says and signs: authenticator data, and the attestation
//! object around it (WebAuthn level 3, sections 6.1, 6.5.1 and 6.5.4).
//!
//! ```text
//! hash of the site | flags | counter | id and public key | extensions
//!        32 bytes      1        4       when set up only    as flagged
//! ```

use ciborium::Value;

use super::PasskeyError;
use super::encoded::Encoded;
use super::public_key::PublicKey;

/// Length of an id in bytes (WebAuthn level 3, section 4, "credential ID").
const ID_BYTES_MAX: usize = 1_023;
const ID_BYTES_MIN: usize = 16;
/// How deep CBOR may be nested: CTAP2 allows four levels (its section 8), and
/// an object that holds another counts them anew.
const CBOR_DEPTH_MAX: usize = 8;
/// Which model of device it is; we do not ask.
const AAGUID_BYTES: usize = 16;

/// The bits of the flags byte that mean something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    /// Somebody was there and agreed.
    pub(super) const PRESENT: u8 = 1;
    /// The device made sure who: finger, face or PIN.
    pub(super) const VERIFIED: u8 = 1 << 2;
    /// The key may be copied to the person's other devices.
    pub(super) const BACKUP_ELIGIBLE: u8 = 1 << 3;
    /// It has been.
    pub(super) const BACKED_UP: u8 = 1 << 4;
    /// Id and public key follow.
    pub(super) const CREDENTIAL: u8 = 1 << 6;
    /// Extensions follow.
    pub(super) const EXTENSIONS: u8 = 1 << 7;

    pub(super) fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// Authenticator data, its head read.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    pub(super) site_hash: &'a [u8; 32],
    pub(super) flags: Flags,
    pub(super) counter: u32,
    /// Id, public key and extensions, as flagged. With an answer to a sign-in
    /// it is signed but says nothing that we asked for.
    rest: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PasskeyError> {
        let cut = PasskeyError::Malformed("the authenticator data is cut off");
        let Some((site_hash, bytes)) = bytes.split_first_chunk::<32>() else { return Err(cut) };
        let Some((flags, bytes)) = bytes.split_first() else { return Err(cut) };
        let Some((counter, rest)) = bytes.split_first_chunk::<4>() else { return Err(cut) };
        let (flags, counter) = (Flags(*flags), u32::from_be_bytes(*counter));
        Ok(Self { site_hash, flags, counter, rest })
    }

    /// The new passkey's id and public key. Nothing may follow that is not
    /// flagged.
    pub(super) fn credential(&self) -> Result<(Encoded, PublicKey), PasskeyError> {
        let cut = PasskeyError::Malformed("the new passkey's data is cut off");
        if !self.flags.has(Flags::CREDENTIAL) {
            return Err(PasskeyError::Malformed("there is no new passkey in it"));
        }
        let model = self.rest.split_at_checked(AAGUID_BYTES);
        let length = model.and_then(|(_, bytes)| bytes.split_first_chunk::<2>());
        let Some((length, bytes)) = length else { return Err(cut) };
        let length = usize::from(u16::from_be_bytes(*length));
        if !(ID_BYTES_MIN..=ID_BYTES_MAX).contains(&length) {
            return Err(PasskeyError::Malformed("the passkey's id has an impossible length"));
        }
        let Some((id, mut bytes)) = bytes.split_at_checked(length) else { return Err(cut) };
        let key = PublicKey::from_cose(&read_cbor(&mut bytes)?)?;
        if self.flags.has(Flags::EXTENSIONS) && !read_cbor(&mut bytes)?.is_map() {
            return Err(PasskeyError::Malformed("the extensions are not a map"));
        }
        if !bytes.is_empty() {
            return Err(PasskeyError::Malformed("something follows the new passkey's data"));
        }
        Ok((Encoded(id.to_vec()), key))
    }
}

/// Takes the authenticator data out of an attestation object.
///
/// SECURITY: who made the device is not asked, and not believed.
/// - Against: parsers for certificates and a handful of formats that strangers'
///   bytes would reach; and a device's model taken as proof of something.
/// - Therefore: attestation `none` is asked for, and where a browser sends a
///   statement all the same, it is left unread.
/// - Price: an operator cannot demand a certain make of device.
/// - Held by: `a_statement_that_nobody_asked_for_is_neither_believed_nor_held_against_anybody`.
pub(super) fn attested(mut object: &[u8]) -> Result<Vec<u8>, PasskeyError> {
    let malformed = PasskeyError::Malformed;
    let Value::Map(entries) = read_cbor(&mut object)? else {
        return Err(malformed("the attestation object is not a map"));
    };
    if !object.is_empty() {
        return Err(malformed("something follows the attestation object"));
    }
    let (mut format, mut statement, mut data) = (None, None, None);
    for (name, value) in entries {
        let wrong = match (name.as_text(), value) {
            (Some("fmt"), Value::Text(text)) => format.replace(text).is_some(),
            (Some("attStmt"), value) => statement.replace(value).is_some(),
            (Some("authData"), Value::Bytes(bytes)) => data.replace(bytes).is_some(),
            (Some("fmt" | "authData"), _) => true,
            // `epAtt` and `largeBlobKey` may come along.
            _ => false,
        };
        if wrong {
            return Err(malformed("a part of the attestation object is wrong or there twice"));
        }
    }
    match (format, statement, data) {
        (Some(format), Some(statement), _)
            if format == "none" && statement != Value::Map(Vec::new()) =>
        {
            Err(malformed("a statement comes with the attestation format \"none\""))
        }
        (Some(_), Some(_), Some(data)) => Ok(data),
        _ => Err(malformed("a part of the attestation object is missing")),
    }
}

/// A CBOR integer, where it fits.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    value.as_integer().and_then(|number| i64::try_from(number).ok())
}

/// Takes one CBOR value off the front.
fn read_cbor(bytes: &mut &[u8]) -> Result<Value, PasskeyError> {
    // The library's own error may repeat what was sent.
    ciborium::de::from_reader_with_recursion_limit(bytes, CBOR_DEPTH_MAX)
        .map_err(|_| PasskeyError::Malformed("the CBOR in it cannot be read"))
}
