//! A phone made of a key pair: it signs what our web app signs, and shares no
//! code with what checks it.

use std::net::{IpAddr, Ipv4Addr};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::domain::{Device, QuestionState};
use crate::flow::proving_ground::{House, PUBLIC_URL};
use crate::flow::{
    AnswerTyped, Asked, Browsers, Opened, PairTyped, Pairing, PhoneError, RequestShown, Requests,
    RequestsTyped, Ticket, Visiting,
};
use crate::observe::audit::Around;

/// From where it is asked and answered.
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// One that the account does not know.
pub fn visiting() -> Visiting<'static> {
    let device = Device::of("Mozilla/5.0 (Windows NT 10.0; rv:143.0) Firefox/143.0");
    let around = Around { client: Some(ADDRESS), device, ..Around::default() };
    Visiting { around, ..Visiting::default() }
}

/// One in which this session was opened.
pub fn known_browser(house: &House, opened: &Opened) -> Visiting<'static> {
    let browsers = Browsers::new(house.ground.clone());
    let value = browsers.remember(&browsers.read(""), opened).unwrap();
    Visiting { browser: browsers.read(&value), ..visiting() }
}

/// The code on the screen of this sign-in.
pub async fn code_of(house: &House, ticket: &Ticket) -> String {
    match house.sign_in.pairing(ticket).await.unwrap() {
        Pairing::Waits { code, link } => {
            assert_eq!(link, format!("{PUBLIC_URL}/.vestibule/phone#pair={code}"));
            code
        }
        other => panic!("{other:?}"),
    }
}

/// The number on the screen of this sign-in.
pub async fn asked_number(house: &House, ticket: &Ticket) -> String {
    match house.sign_in.asked(ticket).await.unwrap() {
        Asked::Waits { number, .. } => number,
        other => panic!("{other:?}"),
    }
}

/// A phone that was joined.
pub struct Handset {
    pub pair: EcdsaKeyPair,
    pub id: String,
    pub account: String,
}

fn key_pair() -> EcdsaKeyPair {
    let (way, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(way, pkcs8.as_ref(), &random).unwrap()
}

fn sign(pair: &EcdsaKeyPair, lines: &[&str]) -> String {
    let signature = pair.sign(&SystemRandom::new(), lines.join("\n").as_bytes()).unwrap();
    URL_SAFE_NO_PAD.encode(signature)
}

impl Handset {
    /// Joins a new phone with a code.
    pub async fn join(house: &House, code: &str) -> Result<Self, PhoneError> {
        Self::join_with(house, code, |_| None).await
    }

    /// The same, with what the browser says of a passkey over the signed text.
    pub async fn join_with(
        house: &House,
        code: &str,
        passkey: impl FnOnce(&str) -> Option<String>,
    ) -> Result<Self, PhoneError> {
        let pair = key_pair();
        let key = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let folded = code.to_lowercase().replace(['-', ' '], "");
        let lines = ["vestibule-pair-1", PUBLIC_URL, &folded, &key];
        let (signature, passkey) = (sign(&pair, &lines), passkey(&lines.join("\n")));
        let passkey = passkey.as_deref();
        let (key, signature) = (key.as_str(), signature.as_str());
        let typed = PairTyped { code, key, name: "Test phone", push: None, signature, passkey };
        let paired = house.sign_in.pair(&typed, Around::default()).await?;
        Ok(Self { pair, id: paired.phone, account: paired.account })
    }

    /// The same phone with another key.
    pub fn with_another_key(&self) -> Self {
        Self { pair: key_pair(), id: self.id.clone(), account: self.account.clone() }
    }

    /// What it is asked.
    pub async fn look(&self, house: &House) -> Result<Requests, PhoneError> {
        let challenge = house.sign_in.challenge().unwrap();
        self.look_with(house, &challenge).await
    }

    /// The same, with this to sign.
    pub async fn look_with(&self, house: &House, challenge: &str) -> Result<Requests, PhoneError> {
        let lines = ["vestibule-requests-1", PUBLIC_URL, &self.id, challenge];
        let signature = sign(&self.pair, &lines);
        let (phone, signature) = (self.id.as_str(), signature.as_str());
        let typed = RequestsTyped { phone, challenge, signature, push: None };
        house.sign_in.requests(&typed, ADDRESS).await
    }

    /// Answers a question.
    pub async fn answer(
        &self,
        house: &House,
        request: &RequestShown,
        yes: bool,
        number: &str,
    ) -> Result<QuestionState, PhoneError> {
        self.answer_with(house, request, (yes, number), |_| None).await
    }

    /// The same, with what the browser says of the passkey over the signed text.
    pub async fn answer_with(
        &self,
        house: &House,
        request: &RequestShown,
        (yes, number): (bool, &str),
        passkey: impl FnOnce(&str) -> Option<String>,
    ) -> Result<QuestionState, PhoneError> {
        let (expires, answer) = (request.expires.unix_millis(), if yes { "yes" } else { "no" });
        let lines = [
            "vestibule-approval-1",
            PUBLIC_URL,
            "My portal",
            &self.account,
            &self.id,
            &request.id,
            &request.nonce,
            &expires.to_string(),
            number,
            answer,
        ];
        let (signature, passkey) = (sign(&self.pair, &lines), passkey(&lines.join("\n")));
        let (phone, request) = (self.id.as_str(), request.id.as_str());
        let (signature, passkey) = (signature.as_str(), passkey.as_deref());
        let typed = AnswerTyped { phone, request, yes, number, signature, passkey };
        house.sign_in.answer(&typed, Around::default()).await
    }

    /// Sends an answer with this signature.
    pub async fn send(
        &self,
        house: &House,
        (request, yes, number): (&str, bool, &str),
        signature: &str,
    ) -> Result<QuestionState, PhoneError> {
        let passkey = None;
        let typed = AnswerTyped { phone: &self.id, request, yes, number, signature, passkey };
        house.sign_in.answer(&typed, Around::default()).await
    }

    /// Says yes to what it is asked.
    pub async fn yes(&self, house: &House, number: &str) -> Result<QuestionState, PhoneError> {
        let request = self.look(house).await?.request.ok_or(PhoneError::Gone)?;
        self.answer(house, &request, true, number).await
    }

    /// Says no to what it is asked.
    pub async fn no(&self, house: &House) -> Result<QuestionState, PhoneError> {
        let request = self.look(house).await?.request.ok_or(PhoneError::Gone)?;
        self.answer(house, &request, false, "").await
    }
}
