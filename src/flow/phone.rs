//! The phones that say yes or no: their records, and the words that they sign.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};

use super::credentials::Credentials;
use super::waking::Waker;
use super::{Ground, SignInError};
use crate::crypto::Chance;
use crate::crypto::approval::PhoneKey;
use crate::domain::{AccountId, Moment, PROVE_WITHIN};
use crate::notice::push::{PushHosts, Subscription};
use crate::store::record::{PhonePasskeyShape, PhoneRecord, PhoneShape, PushShape};
use crate::store::{Change, Expect, Table};

/// Longest name of a phone in characters; longer ones are cut.
pub const PHONE_NAME_MAX: usize = 40;
/// How long what a phone was given to sign is good.
const CHALLENGE_LIFE: std::time::Duration = std::time::Duration::from_secs(2 * 60);
const CHALLENGE_PLACE: &[u8] = b"phone/challenge";

/// What questions to phones need.
#[derive(Clone, Debug)]
pub struct PhoneParts {
    /// The gateway's public address, without a slash at its end.
    pub public_url: String,
    /// How many digits the number has that is typed on the phone.
    pub digits: u8,
    /// Wakes phones.
    pub waker: Waker,
    /// The push services that may be written to; none where phones are not woken.
    pub push_hosts: Option<PushHosts>,
    /// What a yes needs to count.
    pub yes: YesNeeds,
}

/// What a phone's yes needs to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YesNeeds {
    /// The signature by the phone's key.
    Signature,
    /// And a passkey on the phone, used with finger, face or PIN.
    Passkey,
}

impl YesNeeds {
    /// Whether a phone of the account can say yes.
    pub(super) fn met_by(self, phone: &PhoneShape) -> bool {
        match self {
            Self::Signature => true,
            Self::Passkey => phone.passkey,
        }
    }
}

/// Why a phone was not served.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// What it signed has been good for too long, or is not ours.
    #[error("the challenge is too old; ask for another one")]
    Stale,
    /// There is no such phone, code or question for it any more.
    #[error("the phone, code or question is gone")]
    Gone,
    /// The question was not answered in time.
    #[error("the question has expired")]
    Expired,
    /// The number is another one; the question is over.
    #[error("the number is not the one that the computer shows")]
    WrongNumber,
    /// The account has as many phones as it may.
    #[error("the account has as many phones as it may have")]
    TooMany,
    /// A passkey is asked for, and the phone was joined without one, or with one
    /// that seems copied.
    #[error("the phone has no passkey that is taken; connect it again")]
    ConnectAgain,
    /// A passkey is asked for, and what came does not show its owner.
    #[error("the yes came without finger, face or PIN; press again")]
    NotConfirmed,
    /// What was sent cannot be read, or is not signed by the phone.
    #[error("what the phone sent is malformed or not signed by it")]
    Malformed,
    /// Nothing could be found out.
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl From<crate::store::StoreError> for PhoneError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::SignIn(error.into())
    }
}

/// A push subscription as a browser gives it.
#[derive(Clone)]
pub struct PushTyped {
    /// Its address.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The browser's secret, base64url.
    pub auth: String,
}

/// Without anything: whoever has the address can write to it.
impl std::fmt::Debug for PushTyped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushTyped").finish_non_exhaustive()
    }
}

impl PushTyped {
    /// As it is kept; `None` where it is none that may be written to. The phone
    /// serves without.
    pub fn judge(&self, hosts: Option<&PushHosts>) -> Option<PushShape> {
        let Self { endpoint, p256dh, auth } = self;
        match Subscription::parse(endpoint, p256dh, auth, hosts?) {
            Ok(_) => Some(PushShape {
                endpoint: endpoint.clone(),
                p256dh: p256dh.clone(),
                auth: auth.clone(),
            }),
            Err(error) => {
                tracing::info!(%error, "a phone cannot be woken");
                None
            }
        }
    }
}

/// A phone as it was read.
pub struct Phone {
    pub id: PhoneId,
    pub account: AccountId,
    version: u64,
    expires: Option<Moment>,
    pub record: PhoneRecord,
}

/// Under what a phone is kept: 16 bytes of chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneId([u8; 16]);

impl PhoneId {
    /// A new one.
    pub fn new(chance: &dyn Chance) -> Result<Self, SignInError> {
        Ok(Self(draw(chance)?))
    }

    /// From 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        // The text of an account's id is of the same form.
        AccountId::parse(text).map(|id| Self(*id.as_bytes()))
    }

    fn place(self) -> Vec<u8> {
        [b"phone/".as_slice(), &self.0].concat()
    }
}

impl std::fmt::Display for PhoneId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Bytes of chance.
pub fn draw<const N: usize>(chance: &dyn Chance) -> Result<[u8; N], SignInError> {
    let mut bytes = [0; N];
    let drawn = chance.fill(&mut bytes);
    drawn.map_err(|error| SignInError::Fault(error.to_string()))?;
    Ok(bytes)
}

impl Phone {
    /// One that was just made and is not proven.
    pub fn new(
        id: PhoneId,
        account: AccountId,
        key: &PhoneKey,
        (name, push): (String, Option<PushShape>),
        passkey: Option<PhonePasskeyShape>,
    ) -> Self {
        let (account_text, key) = (account.to_string(), BASE64.encode(key.as_bytes()));
        let proven = false;
        let record = PhoneRecord { account: account_text, key, name, push, proven, passkey };
        Self { id, account, version: 0, expires: None, record }
    }

    /// The phone with this id.
    pub async fn load(
        ground: &Ground,
        id: PhoneId,
        now: Moment,
    ) -> Result<Option<Self>, SignInError> {
        let stored = ground.store.read(Table::Phone, &id.0, now).await?;
        let Some(stored) = stored else { return Ok(None) };
        let clear = ground.sealer.open(&id.place(), &stored.data)?;
        let record = PhoneRecord::decode(&clear)?;
        let account = AccountId::parse(&record.account)
            .ok_or_else(|| SignInError::Fault("a phone's account is malformed".to_owned()))?;
        let (version, expires) = (stored.version, stored.expires);
        Ok(Some(Self { id, account, version, expires, record }))
    }

    /// The key that signs for it.
    pub fn key(&self) -> Result<PhoneKey, SignInError> {
        let bytes = BASE64.decode(&self.record.key).ok();
        bytes
            .and_then(|bytes| PhoneKey::from_bytes(&bytes))
            .ok_or_else(|| SignInError::Fault("a phone's key is malformed".to_owned()))
    }

    /// Adds the writing of a new one to a change; unproven, it expires by itself.
    pub fn put_new(
        &self,
        ground: &Ground,
        change: Change,
        now: Moment,
    ) -> Result<Change, SignInError> {
        self.write(ground, change, Expect::Absent, Some(now.plus(PROVE_WITHIN)))
    }

    /// Adds the writing back of it to a change, which fails if others were
    /// faster.
    pub fn put(&self, ground: &Ground, change: Change) -> Result<Change, SignInError> {
        self.write(ground, change, Expect::Version(self.version), self.expires)
    }

    /// Adds to a change that it counts from now on.
    pub fn prove(mut self, ground: &Ground, change: Change) -> Result<Change, SignInError> {
        self.record.proven = true;
        self.write(ground, change, Expect::Version(self.version), None)
    }

    /// Adds to a change that it is gone, which fails if it was proven meanwhile.
    pub fn remove(&self, change: Change) -> Change {
        change.delete((Table::Phone, self.id.0), Expect::Version(self.version))
    }

    fn write(
        &self,
        ground: &Ground,
        change: Change,
        expect: Expect,
        expires: Option<Moment>,
    ) -> Result<Change, SignInError> {
        let clear = self.record.encode()?;
        let sealed = ground.sealer.seal(&self.id.place(), &clear, &*ground.chance)?;
        Ok(change.put((Table::Phone, self.id.0), expect, sealed, expires))
    }
}

/// Adds to a change that all of an account's phones and questions are gone with
/// it.
pub(super) fn remove_phones(credentials: &Credentials, change: Change) -> Change {
    let ids = credentials.record.phones.iter().filter_map(|phone| PhoneId::parse(&phone.id));
    ids.fold(change, |change, id| change.delete((Table::Phone, id.0), Expect::Any))
        .delete((Table::Approval, *credentials.account().as_bytes()), Expect::Any)
}

/// Something for a phone to sign. Nothing is kept of it.
pub(super) fn make_challenge(ground: &Ground, now: Moment) -> Result<String, SignInError> {
    let time = now.unix_millis().to_be_bytes();
    let sealed = ground.sealer.seal(CHALLENGE_PLACE, &time, &*ground.chance)?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// Whether this was made here a short while ago.
pub(super) fn is_challenge(ground: &Ground, text: &str, now: Moment) -> bool {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok();
    let clear = sealed.and_then(|sealed| ground.sealer.open(CHALLENGE_PLACE, &sealed).ok());
    let made = clear.and_then(|clear| clear.try_into().ok()).map(u64::from_be_bytes);
    made.map(Moment::from_unix_millis)
        .is_some_and(|made| made <= now && now.since(made) < CHALLENGE_LIFE)
}
