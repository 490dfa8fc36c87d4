//! A phone that says yes or no: a key pair that signs what our web app signs, over HTTP, without a
//! cookie. It shares no code with what checks it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::client::Client;
use super::gateway::Gateway;
use super::push_service::Subscribed;
use super::raw::Reply;
use super::walk::{Walk, at, fill, to, visitor};

/// A phone that was joined to an account.
pub struct Phone {
    pair: EcdsaKeyPair,
    client: Client,
    public_url: String,
    pub id: String,
    pub account: String,
    pub portal: String,
}

fn sign(pair: &EcdsaKeyPair, lines: &[&str]) -> String {
    let signature = pair.sign(&SystemRandom::new(), lines.join("\n").as_bytes());
    URL_SAFE_NO_PAD.encode(signature.expect("a signature"))
}

/// Posts JSON as the app's own page does.
pub fn say(client: &Client, path: &str, body: &Value) -> Reply {
    let origin = client.origin.clone();
    let headers = [
        ("Accept", "*/*"),
        ("Origin", origin.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/json"),
    ];
    let target = format!("/.vestibule/phone/{path}");
    client.clone().send("POST", &target, &headers, body.to_string().as_bytes())
}

/// An answer's JSON.
pub fn told(reply: &Reply) -> Value {
    let text = reply.text();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {}", reply.shown()))
}

/// The code that the page `pair` shows.
pub fn code_of(page: &Reply) -> String {
    let text = page.text();
    let code = text.split("<code>").nth(1).and_then(|rest| rest.split('<').next());
    code.unwrap_or_else(|| panic!("no code: {}", page.shown())).to_string()
}

/// The number that the page `approve` shows.
pub fn number_of(page: &Reply) -> String {
    let text = page.text();
    let shown = text.split("<span aria-hidden=\"true\">").nth(1);
    let number = shown.and_then(|rest| rest.split('<').next());
    number.unwrap_or_else(|| panic!("no number: {}", page.shown())).to_string()
}

/// What a phone sends to be joined with a code.
pub fn joins(public_url: &str, code: &str, push: Option<&Subscribed>) -> (EcdsaKeyPair, Value) {
    let (way, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(way, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(way, pkcs8.as_ref(), &random).expect("a key");
    let key = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let letters = code.to_lowercase().replace(['-', ' '], "");
    let signature = sign(&pair, &["vestibule-pair-1", public_url, &letters, &key]);
    let mut body = json!({
        "code": code,
        "key": key,
        "name": "Test <phone>",
        "signature": signature,
    });
    if let Some(push) = push {
        body["push"] =
            json!({ "endpoint": push.endpoint, "p256dh": push.p256dh, "auth": push.auth });
    }
    (pair, body)
}

impl Phone {
    /// Joins a new phone with a code.
    pub fn join(gateway: &Gateway, code: &str, push: Option<&Subscribed>) -> Self {
        let client = visitor(gateway);
        let (pair, body) = joins(&gateway.public_url, code, push);
        let reply = say(&client, "pair", &body);
        assert_eq!(reply.status(), 200, "{}", reply.shown());
        let paired = told(&reply);
        let text = |key: &str| paired[key].as_str().expect("a text").to_string();
        let (id, account, portal) = (text("phone"), text("account"), text("portal"));
        Self { pair, client, public_url: gateway.public_url.clone(), id, account, portal }
    }

    /// The same phone after the gateway was started again: its port is new.
    pub fn follow(&mut self, gateway: &Gateway) {
        self.client = visitor(gateway);
    }

    /// What it sends to look.
    pub fn looks(&self) -> Value {
        let challenge = told(&say(&self.client, "challenge", &json!({})));
        let challenge = challenge["challenge"].as_str().expect("a challenge");
        let lines = ["vestibule-requests-1", &self.public_url, &self.id, challenge];
        let signature = sign(&self.pair, &lines);
        json!({ "phone": self.id, "challenge": challenge, "signature": signature })
    }

    /// What it is asked; nothing is null.
    pub fn look(&self) -> Value {
        let reply = say(&self.client, "requests", &self.looks());
        assert_eq!(reply.status(), 200, "{}", reply.shown());
        told(&reply)["request"].clone()
    }

    /// What it sends to answer a question.
    pub fn answers(&self, request: &Value, answer: &str, number: &str) -> Value {
        let text = |key: &str| request[key].as_str().expect("a text");
        let expires = request["expires"].to_string();
        let signature = sign(
            &self.pair,
            &[
                "vestibule-approval-1",
                &self.public_url,
                &self.portal,
                &self.account,
                &self.id,
                text("id"),
                text("nonce"),
                &expires,
                number,
                answer,
            ],
        );
        json!({
            "phone": self.id,
            "request": text("id"),
            "answer": answer,
            "number": number,
            "signature": signature,
        })
    }

    /// Answers a question.
    pub fn answer(&self, request: &Value, answer: &str, number: &str) -> Reply {
        say(&self.client, "answer", &self.answers(request, answer, number))
    }

    /// Says yes to what it is asked.
    pub fn yes(&self, number: &str) {
        let reply = self.answer(&self.look(), "yes", number);
        assert_eq!(reply.status(), 200, "{}", reply.shown());
        assert_eq!(told(&reply)["outcome"], "approved");
    }
}

/// Somebody in their first connection who has chosen the phone, with the code on the screen.
pub fn at_pair(gateway: &Gateway, name: &str) -> (Walk, String) {
    to_pair(Walk::new(gateway, name))
}

/// The same for somebody who has begun.
pub fn to_pair(walk: Walk) -> (Walk, String) {
    let mut walk = walk.until("secure");
    let led = fill(&mut walk.browser, "secure", &[("way", "approval")]);
    assert_eq!(to(&led), at("pair"), "{}", led.shown());
    let code = code_of(&walk.browser.get(&at("pair")));
    (walk, code)
}

/// Somebody in their first connection whose phone was joined, with the number on the screen.
pub fn at_approve(
    gateway: &Gateway,
    name: &str,
    push: Option<&Subscribed>,
) -> (Walk, Phone, String) {
    to_approve(gateway, Walk::new(gateway, name), push)
}

/// The same for somebody who has begun.
pub fn to_approve(
    gateway: &Gateway,
    walk: Walk,
    push: Option<&Subscribed>,
) -> (Walk, Phone, String) {
    let (mut walk, code) = to_pair(walk);
    let phone = Phone::join(gateway, &code, push);
    assert_eq!(to(&fill(&mut walk.browser, "pair", &[])), at("approve"));
    let number = number_of(&walk.browser.get(&at("approve")));
    (walk, phone, number)
}

/// Somebody who has the phone as their second factor; and their password.
pub fn with_phone(gateway: &Gateway, name: &str, push: Option<&Subscribed>) -> (String, Phone) {
    to_phone(gateway, Walk::new(gateway, name), push)
}

/// The same for somebody who has begun.
pub fn to_phone(gateway: &Gateway, walk: Walk, push: Option<&Subscribed>) -> (String, Phone) {
    let (mut walk, phone, number) = to_approve(gateway, walk, push);
    phone.yes(&number);
    assert_eq!(to(&fill(&mut walk.browser, "approve", &[])), at("approved"));
    assert_eq!(to(&fill(&mut walk.browser, "approved", &[])), at("recovery-codes"));
    let walk = walk.led_to("recovery-codes").until("done");
    (walk.password, phone)
}

/// A new browser that is past the password, and the number that it shows: the phone was asked.
pub fn asking(gateway: &Gateway, name: &str, password: &str) -> (Client, String) {
    let mut browser = visitor(gateway);
    let reply = browser.walk_sign_in(name, password);
    assert_eq!(to(&reply), at("approve"), "{}", reply.shown());
    let number = number_of(&browser.get(&at("approve")));
    (browser, number)
}
