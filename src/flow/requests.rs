//! What a phone is asked, for a phone that shows to be one of an account.

use std::net::IpAddr;

use super::account;
use super::credentials::Credentials;
use super::phone::{Phone, PhoneError, PhoneId, PushTyped, is_challenge, make_challenge};
use super::question::Questions;
use super::{SignIn, SignInError};
use crate::crypto::approval::Said;
use crate::domain::{Moment, QuestionState};
use crate::store::record::QuestionShape;
use crate::store::{Change, StoreError};

/// What a phone sends to hear what it is asked.
#[derive(Debug)]
pub struct RequestsTyped<'a> {
    /// Its id, hexadecimal.
    pub phone: &'a str,
    /// What it was given to sign.
    pub challenge: &'a str,
    /// By its key, base64url.
    pub signature: &'a str,
    /// How it can be woken from now on, where that changed.
    pub push: Option<&'a PushTyped>,
}

/// What it is told.
#[derive(Debug)]
pub struct Requests {
    /// The user name.
    pub account: String,
    /// The portal's name.
    pub portal: String,
    /// What it is asked, if it is. The number is not in it.
    pub request: Option<RequestShown>,
    /// Whether it is asked nothing because it lacks what its yes needs.
    pub connect_again: bool,
}

/// A question, as its phone shows it.
#[derive(Debug)]
pub struct RequestShown {
    /// Its id, hexadecimal.
    pub id: String,
    /// What the answer is signed with, base64url.
    pub nonce: String,
    /// When it was asked.
    pub asked: Moment,
    /// Until when it can be answered.
    pub expires: Moment,
    /// The time now, by our clock.
    pub now: Moment,
    /// How many digits the number has.
    pub digits: usize,
    /// Which browser asks, in our words; empty where it is not known.
    pub device: String,
    /// From which address.
    pub address: String,
    /// Whether the phone comes from the same one.
    pub same_network: bool,
    /// Whether the phone is being set up with it.
    pub setting_up: bool,
}

impl SignIn {
    /// Something for a phone to sign.
    ///
    /// # Errors
    ///
    /// Where the system gives no random bytes.
    pub fn challenge(&self) -> Result<String, SignInError> {
        make_challenge(&self.ground, self.ground.clock.now())
    }

    /// What a phone is asked.
    ///
    /// # Errors
    ///
    /// [`PhoneError::Gone`] for a phone that is no account's.
    pub async fn requests(
        &self,
        typed: &RequestsTyped<'_>,
        from: IpAddr,
    ) -> Result<Requests, PhoneError> {
        let now = self.ground.clock.now();
        if !is_challenge(&self.ground, typed.challenge, now) {
            return Err(PhoneError::Stale);
        }
        let phone = self.phone(typed.phone, now).await?;
        let said = Said::Requests {
            public_url: &self.parts.phones.public_url,
            phone: typed.phone,
            challenge: typed.challenge,
            endpoint: typed.push.map(|push| push.endpoint.as_str()),
        };
        if !phone.key()?.signed(&said, typed.signature) {
            return Err(PhoneError::Malformed);
        }
        let (account, _) = account::by_id(&self.ground, phone.account, now)
            .await
            .map_err(SignInError::from)?
            .ok_or(PhoneError::Gone)?;
        if phone.record.proven {
            let credentials = Credentials::load(&self.ground, account.id, now).await?;
            if !counts(&credentials, typed.phone) {
                return Err(PhoneError::Gone);
            }
        }
        let questions = Questions::load(&self.ground, account.id, now).await?;
        let open = questions
            .question()?
            .is_some_and(|question| question.stands(now) == QuestionState::Open);
        let connect_again = !self.may_say_yes(&phone);
        let asked = questions
            .record
            .question
            .filter(|question| open && !connect_again && concerns(question, &phone));
        let request = asked.map(|question| RequestShown {
            id: question.id,
            nonce: question.nonce,
            asked: Moment::from_unix_millis(question.asked),
            expires: Moment::from_unix_millis(question.expires),
            now,
            digits: question.number.len(),
            device: question.device,
            same_network: question.address.parse().is_ok_and(|other| is_near(from, other)),
            address: question.address,
            setting_up: question.only.is_some(),
        });
        self.keep_push(phone, typed.push, now).await?;
        let (account, portal) = (account.name.as_str().to_owned(), self.parts.issuer.clone());
        Ok(Requests { account, portal, request, connect_again })
    }

    pub(super) async fn phone(&self, id: &str, now: Moment) -> Result<Phone, PhoneError> {
        let id = PhoneId::parse(id).ok_or(PhoneError::Gone)?;
        Phone::load(&self.ground, id, now).await?.ok_or(PhoneError::Gone)
    }

    /// Writes down how a phone can be woken, where that changed.
    async fn keep_push(
        &self,
        mut phone: Phone,
        typed: Option<&PushTyped>,
        now: Moment,
    ) -> Result<(), SignInError> {
        let push = typed.and_then(|push| push.judge(self.parts.phones.push_hosts.as_ref()));
        if push.is_none() || phone.record.push == push {
            return Ok(());
        }
        phone.record.push = push;
        let change = phone.put(&self.ground, Change::new())?;
        match self.ground.store.commit(change, now).await {
            // Another request of the same phone was faster.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a phone is the account's now.
pub(super) fn counts(credentials: &Credentials, phone: &str) -> bool {
    credentials.record.phones.iter().any(|known| known.id == phone)
}

/// Whether a question is for this phone.
pub(super) fn concerns(question: &QuestionShape, phone: &Phone) -> bool {
    match &question.only {
        Some(only) => *only == phone.id.to_string(),
        None => phone.record.proven,
    }
}

/// Whether two addresses seem to be of one connection: the same one, or of IPv6
/// the same 64 bits in front.
fn is_near(one: IpAddr, other: IpAddr) -> bool {
    match (one.to_canonical(), other.to_canonical()) {
        (IpAddr::V6(one), IpAddr::V6(other)) => one.segments()[..4] == other.segments()[..4],
        (one, other) => one == other,
    }
}
