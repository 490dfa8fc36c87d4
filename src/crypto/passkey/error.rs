//! What can be wrong with a ceremony.

use crate::crypto::NoChance;

/// Why a ceremony was not begun, or an answer not accepted. Nothing of what
/// was sent is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// Browsers have no passkeys for this address.
    #[error(
        "passkeys need an address with https and a host name, or http://localhost; \
         set server.public_url to one"
    )]
    NoHostName,
    /// The account has no passkey to ask for.
    #[error("the account has no passkey; ask for another factor")]
    NoPasskey,
    /// No challenge could be made.
    #[error(transparent)]
    NoChance(#[from] NoChance),
    /// Longer than [`ANSWER_BYTES_MAX`](super::ANSWER_BYTES_MAX).
    #[error("the answer is too long and was not looked at")]
    TooLong,
    /// It is not what browsers send.
    #[error("the answer is malformed ({0}); begin again with another browser")]
    Malformed(&'static str),
    /// An answer of a set-up at a sign-in, or the other way round.
    #[error("the answer belongs to the other ceremony; begin again")]
    OtherCeremony,
    /// Not the challenge that was given.
    #[error("the answer belongs to another challenge; begin again")]
    OtherChallenge,
    /// It was given to another site, port or scheme.
    #[error("the answer was given to another origin; server.public_url is the only one")]
    OtherOrigin,
    /// It was given in a frame of another site.
    #[error("the answer was given in a frame of another site; open the page by itself")]
    Framed,
    /// The passkey belongs to another site.
    #[error("the passkey belongs to another site")]
    OtherSite,
    /// Nobody touched the device.
    #[error("nobody was present at the device; begin again")]
    NotPresent,
    /// Presence alone does not do here.
    #[error(
        "the device did not make sure of the person by finger, face or PIN; try again, or sign in another way"
    )]
    NotVerified,
    /// One of another algorithm than those that were offered.
    #[error("the algorithm {0} was not offered; use another device")]
    AlgorithmNotOffered(i64),
    /// The public key is none.
    #[error("the public key does not fit its algorithm; use another device")]
    BadKey,
    /// The marks for "copied" and "can be copied" contradict each other.
    #[error("the passkey says it is copied and cannot be; use another device")]
    BackedUpWithoutEligibility,
    /// It was set up as one that can be copied and says now it cannot, or the
    /// other way round.
    #[error("the passkey changed whether it can be copied; remove it and set it up anew")]
    BackupEligibilityChanged,
    /// The account has it.
    #[error("the account has this passkey already")]
    AlreadyRegistered,
    /// The account does not have it, or it was not asked for.
    #[error("the passkey is none that was asked for; remove it on the device")]
    UnknownPasskey,
    /// It was made for another account.
    #[error("the passkey, or what was begun, is another account's")]
    OtherAccount,
    /// The device does not say whose it is, which it must without a name.
    #[error("the device does not say whose passkey it is; type the user name first")]
    NoAccount,
    /// Another key signed, or something else was signed.
    #[error("the signature is not by this passkey")]
    WrongSignature,
    /// The right key signed, and the counter says that there are two of it.
    #[error(
        "the passkey's counter did not go up ({now} after {stored}): there may be a copy; \
         remove the passkey and set it up anew"
    )]
    Cloned {
        /// What we kept.
        stored: u32,
        /// What came.
        now: u32,
    },
}
