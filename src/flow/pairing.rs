//! Joining a phone to an account: a code on the computer's screen, which works
//! once and for ten minutes, comes back from the phone with the key that the
//! phone made.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::browser::Visiting;
use super::half_done::HalfDone;
use super::phone::{PHONE_NAME_MAX, Phone, PhoneError, PhoneId, PushTyped};
use super::question::{Questions, ticket_of};
use super::sign_in::is_hidden;
use super::standing::{Found, Here};
use super::{At, Ground, SignIn, SignInError, Ticket};
use crate::crypto::approval::{PhoneKey, Said};
use crate::crypto::{HandCode, HandCodePurpose};
use crate::domain::{Moment, PAIR_WITHIN, PHONES_MAX, PROVE_WITHIN, Place};
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::record::PairingRecord;
use crate::store::{Change, Expect, StoreError, Table};

/// What the page says that joins a phone. The code is a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Pairing {
    /// There is no code, or it has expired.
    NoCode,
    /// The code waits for a phone.
    Waits {
        /// As it is typed, in groups.
        code: String,
        /// As a link, with the code where no server is told of it.
        link: String,
    },
    /// A phone was joined.
    Joined {
        /// What its owner calls it.
        name: String,
    },
}

/// Without the code.
impl fmt::Debug for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCode => f.write_str("NoCode"),
            Self::Waits { .. } => f.debug_struct("Waits").finish_non_exhaustive(),
            Self::Joined { .. } => f.debug_struct("Joined").finish_non_exhaustive(),
        }
    }
}

/// What a phone sends to be joined.
pub struct PairTyped<'a> {
    /// The code, however it was typed.
    pub code: &'a str,
    /// Its public key, base64url.
    pub key: &'a str,
    /// What its owner calls it.
    pub name: &'a str,
    /// How it can be woken.
    pub push: Option<&'a PushTyped>,
    /// By that key, base64url.
    pub signature: &'a str,
    /// The browser's answer about a new passkey, where one is asked for.
    pub passkey: Option<&'a str>,
}

/// Without the code.
impl fmt::Debug for PairTyped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairTyped").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What a phone is told that was joined.
#[derive(Debug)]
pub struct Paired {
    /// Its id, hexadecimal.
    pub phone: String,
    /// The portal's name.
    pub portal: String,
    /// The user name.
    pub account: String,
}

/// A pairing as it was read.
struct Code {
    hash: [u8; 32],
    version: u64,
    record: PairingRecord,
}

fn place(hash: &[u8; 32]) -> Vec<u8> {
    [b"pairing/".as_slice(), hash].concat()
}

impl Code {
    async fn load(
        ground: &Ground,
        code: &HandCode,
        now: Moment,
    ) -> Result<Option<Self>, SignInError> {
        let hash = code.hash(None);
        let stored = ground.store.read(Table::Pairing, &hash, now).await?;
        let Some(stored) = stored else { return Ok(None) };
        let clear = ground.sealer.open(&place(&hash), &stored.data)?;
        let record = PairingRecord::decode(&clear)?;
        Ok(Some(Self { hash, version: stored.version, record }))
    }

    fn put(
        ground: &Ground,
        change: Change,
        (hash, expect): (&[u8; 32], Expect),
        record: &PairingRecord,
        until: Moment,
    ) -> Result<Change, SignInError> {
        let sealed = ground.sealer.seal(&place(hash), &record.encode()?, &*ground.chance)?;
        Ok(change.put((Table::Pairing, *hash), expect, sealed, Some(until)))
    }
}

/// The code that is on the screen of this sign-in.
fn code_of(half: &HalfDone) -> Option<HandCode> {
    HandCode::parse(HandCodePurpose::Pairing, half.record.pairing.as_deref()?)
}

impl SignIn {
    /// Makes a code, in the place of the one before, and adds to a change, which
    /// must write the half-done sign-in, that it can be used.
    ///
    /// SECURITY: a code joins one phone, once, within ten minutes.
    /// - Against: a picture of the screen that is used later, and codes that are
    ///   guessed.
    /// - Therefore: 60 bits of chance, kept as a hash beside the sign-in that
    ///   shows it; the change that joins a phone marks it as used; a phone counts
    ///   for nothing until it has said yes to the number on that same screen;
    ///   and a new code forgets the phone that the one before has joined.
    /// - Price: who is slower asks for a new code.
    /// - Held by: `a_pairing_code_works_once_and_for_ten_minutes`,
    ///   `a_phone_that_another_takes_the_place_of_is_asked_nothing_more`.
    pub(super) async fn make_pairing_code(
        &self,
        here: &mut Here,
        change: Change,
        now: Moment,
    ) -> Result<Change, SignInError> {
        let change = self.forget_joined(here, change, now).await?;
        let (account, half) = (here.account.id, &mut here.half);
        let change = forget_code(half, change);
        let code = HandCode::new(HandCodePurpose::Pairing, &*self.ground.chance);
        let code = code.map_err(|error| SignInError::Fault(error.to_string()))?;
        let (account, ticket) = (account.to_string(), BASE64.encode(half.key()));
        let record = PairingRecord { account, ticket, phone: None };
        half.record.pairing = Some(code.grouped());
        let at = (&code.hash(None), Expect::Absent);
        Code::put(&self.ground, change, at, &record, now.plus(PAIR_WITHIN))
    }

    /// Adds to a change that the phone which was joined in this set-up and is not
    /// proven is gone, and what it was asked with it.
    async fn forget_joined(
        &self,
        here: &mut Here,
        change: Change,
        now: Moment,
    ) -> Result<Change, SignInError> {
        here.half.record.asked = None;
        let Some(phone) = self.joined_phone(here, now).await? else { return Ok(change) };
        let change = phone.remove(change);
        let mut questions = Questions::load(&self.ground, here.account.id, now).await?;
        let own = questions.of_ticket(&here.half.key())?;
        if own.is_none_or(|(question, _)| question.only.is_none()) {
            return Ok(change);
        }
        questions.record.question = None;
        questions.put(&self.ground, change, now)
    }

    /// What the page says that joins a phone. Looking changes nothing.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn pairing(&self, ticket: &Ticket) -> Result<Pairing, SignInError> {
        let now = self.ground.clock.now();
        match self.find(ticket, now).await? {
            Found::Here(here, At::SetUp(_)) => self.pairing_of(&here, now).await,
            _ => Ok(Pairing::NoCode),
        }
    }

    pub(super) async fn pairing_of(
        &self,
        here: &Here,
        now: Moment,
    ) -> Result<Pairing, SignInError> {
        let Some(code) = code_of(&here.half) else { return Ok(Pairing::NoCode) };
        match Code::load(&self.ground, &code, now).await? {
            None => Ok(Pairing::NoCode),
            Some(pairing) if pairing.record.phone.is_none() => {
                let link = format!(
                    "{}/.vestibule/phone#pair={}",
                    self.parts.phones.public_url,
                    code.grouped()
                );
                Ok(Pairing::Waits { code: code.grouped(), link })
            }
            Some(_) => Ok(match self.joined_phone(here, now).await? {
                Some(phone) => Pairing::Joined { name: phone.record.name },
                None => Pairing::NoCode,
            }),
        }
    }

    /// The phone that was joined with this sign-in's code and is not proven yet.
    pub(super) async fn joined_phone(
        &self,
        here: &Here,
        now: Moment,
    ) -> Result<Option<Phone>, SignInError> {
        let Some(code) = code_of(&here.half) else { return Ok(None) };
        let pairing = Code::load(&self.ground, &code, now).await?;
        let id = pairing.and_then(|pairing| PhoneId::parse(&pairing.record.phone?));
        let Some(id) = id else { return Ok(None) };
        let phone = Phone::load(&self.ground, id, now).await?;
        Ok(phone.filter(|phone| phone.account == here.account.id && !phone.record.proven))
    }

    /// Shows a new code.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn renew_code(&self, ticket: &Ticket) -> Result<At, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find(ticket, now).await? {
            Found::Here(here, At::SetUp(Place::Pair | Place::Approve)) => here,
            other => return Ok(other.at()),
        };
        let change = self.make_pairing_code(&mut here, Change::new(), now).await?;
        here.half.set_place(Place::Pair);
        let change = here.half.put(&self.ground, change, now)?;
        match self.commit(change, now).await {
            // Another tab went on at the same time; so be it.
            Ok(()) | Err(SignInError::Outrun) => {}
            Err(error) => return Err(error),
        }
        Ok(self.find(ticket, now).await?.at())
    }

    /// Goes on with the phone that was joined: it is asked for the first time.
    /// As long as there is none, nothing changes.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where there is no sign-in.
    pub async fn leave_pair(
        &self,
        ticket: &Ticket,
        visiting: &Visiting<'_>,
    ) -> Result<At, SignInError> {
        let now = self.ground.clock.now();
        let mut here = match self.find(ticket, now).await? {
            Found::Here(here, At::SetUp(Place::Pair | Place::Approve)) => here,
            other => return Ok(other.at()),
        };
        if self.joined_phone(&here, now).await?.is_none() {
            return Ok(At::SetUp(Place::Pair));
        }
        here.half.set_place(Place::Approve);
        let change = here.half.put(&self.ground, Change::new(), now)?;
        match self.commit(change, now).await {
            Ok(()) | Err(SignInError::Outrun) => {}
            Err(error) => return Err(error),
        }
        // If it is not asked now, the next page has a button for it.
        match self.ask(ticket, visiting).await {
            Ok(_) | Err(SignInError::Locked | SignInError::Busy | SignInError::Paused { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(self.find(ticket, now).await?.at())
    }

    /// Joins a phone.
    ///
    /// # Errors
    ///
    /// [`PhoneError::Gone`] for a code that nobody waits with;
    /// [`PhoneError::NotConfirmed`] where a passkey is asked for and missing, in
    /// which case the code is still good.
    pub async fn pair(
        &self,
        typed: &PairTyped<'_>,
        around: Around<'_>,
    ) -> Result<Paired, PhoneError> {
        let now = self.ground.clock.now();
        let code = HandCode::parse(HandCodePurpose::Pairing, typed.code).ok_or(PhoneError::Gone)?;
        let key = PhoneKey::parse(typed.key).ok_or(PhoneError::Malformed)?;
        let name = name_of(typed.name).ok_or(PhoneError::Malformed)?;
        let pairing = Code::load(&self.ground, &code, now).await?.ok_or(PhoneError::Gone)?;
        let letters = code.grouped().replace('-', "");
        let public_url = &self.parts.phones.public_url;
        let said = Said::Pair { public_url, code: &letters, key: typed.key };
        if !key.signed(&said, typed.signature) {
            return Err(PhoneError::Malformed);
        }
        let passkey = self.made_on_phone(&said, typed.passkey)?;
        let ticket = ticket_of(&pairing.record.ticket).ok_or(PhoneError::Gone)?;
        let here = self.waiting(ticket, now).await?.ok_or(PhoneError::Gone)?;
        let account = here.account.id;
        if pairing.record.phone.is_some() || pairing.record.account != account.to_string() {
            return Err(PhoneError::Gone);
        }
        if here.credentials.record.phones.len() >= PHONES_MAX {
            return Err(PhoneError::TooMany);
        }
        let push = typed.push.and_then(|push| push.judge(self.parts.phones.push_hosts.as_ref()));
        let id = PhoneId::new(&*self.ground.chance)?;
        let phone = Phone::new(id, account, &key, (name, push), passkey);
        let record = PairingRecord { phone: Some(phone.id.to_string()), ..pairing.record };
        let at = (&pairing.hash, Expect::Version(pairing.version));
        let until = now.plus(PROVE_WITHIN);
        let change = Code::put(&self.ground, Change::new(), at, &record, until)?;
        let change = phone.put_new(&self.ground, change, now)?;
        match self.ground.store.commit(change, now).await {
            // Another phone was faster with the same code.
            Err(StoreError::Conflict) => return Err(PhoneError::Gone),
            other => other?,
        }
        let around = Around { account: Some(account), ..around };
        self.ground.audit.record(&Event::PhonePaired, around, now);
        self.watch.tell(ticket);
        Ok(Paired {
            phone: phone.id.to_string(),
            portal: self.parts.issuer.clone(),
            account: here.account.name.as_str().to_owned(),
        })
    }

    /// The half-done sign-in with this hash, if it sets up a factor.
    async fn waiting(&self, ticket: [u8; 32], now: Moment) -> Result<Option<Here>, SignInError> {
        let half = match HalfDone::under(&self.ground, ticket, now).await {
            Err(SignInError::NoTicket) => return Ok(None),
            other => other?,
        };
        match self.locate(half, now).await {
            Ok(Found::Here(here, At::SetUp(_))) => Ok(Some(*here)),
            Ok(_) | Err(SignInError::NoTicket) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Adds to a change that the code of this sign-in is worth nothing any more.
pub(super) fn forget_code(half: &HalfDone, change: Change) -> Change {
    match code_of(half) {
        Some(code) => change.delete((Table::Pairing, code.hash(None)), Expect::Any),
        None => change,
    }
}

/// A phone's name as it is kept: cut to a bound; `None` where it holds what no
/// name has.
fn name_of(typed: &str) -> Option<String> {
    let plain = typed.trim();
    let name: String = plain.chars().take(PHONE_NAME_MAX).collect();
    (!plain.contains(is_hidden)).then(|| name.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phones_name_is_cut_and_holds_nothing_hidden() {
        assert_eq!(name_of("  Annas iPhone "), Some("Annas iPhone".to_owned()));
        assert_eq!(name_of(&"é".repeat(100)), Some("é".repeat(PHONE_NAME_MAX)));
        assert_eq!(name_of("").as_deref(), Some(""));
        for hidden in ["a\nb", "a\u{0}b", "\u{1b}[2J", "a\u{2028}b"] {
            assert_eq!(name_of(hidden), None, "{hidden:?}");
        }
    }
}
