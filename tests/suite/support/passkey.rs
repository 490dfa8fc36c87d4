//! A device that makes and uses a passkey (WebAuthn level 3), as far as these tests need one; it shares
//! no code with what checks its answers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::client::{Client, hidden};
use super::raw::Reply;
use super::walk::at;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// One passkey on one device.
#[derive(Clone)]
pub struct Device {
    pkcs8: Vec<u8>,
    id: Vec<u8>,
    /// Whose it is, once it was made.
    pub handle: Vec<u8>,
    /// How often it was used, as it says.
    pub counter: u32,
    /// Whether it makes sure of the person.
    pub verifies: bool,
    origin: String,
    site: String,
}

impl Device {
    /// A device that knows nothing yet, for the pages of this browser.
    pub fn new(browser: &Client) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
        let pkcs8 = pkcs8.expect("a key").as_ref().to_vec();
        let id = digest(&SHA256, &pkcs8).as_ref()[..20].to_vec();
        let site = browser.origin.split("://").nth(1).expect("a host").to_string();
        let site = site.split(':').next().expect("a host").to_string();
        let origin = browser.origin.clone();
        Self { pkcs8, id, handle: Vec::new(), counter: 0, verifies: true, origin, site }
    }

    fn key(&self) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8, &SystemRandom::new())
            .expect("the key")
    }

    /// What the device says of itself and signs: site, flags, counter.
    fn data(&self, more: u8) -> Vec<u8> {
        let flags = PRESENT | more | if self.verifies { VERIFIED } else { 0 };
        let site = digest(&SHA256, self.site.as_bytes());
        [site.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["challenge"].as_str().expect("a challenge");
        let said = json!({ "type": kind, "challenge": challenge, "origin": self.origin });
        said.to_string().into_bytes()
    }

    /// What a browser gives back when a passkey was made.
    pub fn make(&mut self, options: &Value) -> String {
        let user = options["user"]["id"].as_str().expect("a user handle");
        self.handle = BASE64URL.decode(user).expect("base64url");
        let public = self.key().public_key().as_ref().to_vec();
        let mut data = self.data(ATTESTED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&(self.id.len() as u16).to_be_bytes());
        data.extend_from_slice(&self.id);
        // COSE: EC2, ES256, P-256, x and y.
        data.extend_from_slice(&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend_from_slice(&public[1..33]);
        data.extend_from_slice(&[0x22, 0x58, 32]);
        data.extend_from_slice(&public[33..65]);
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).expect("a short answer"));
        object.extend_from_slice(&data);
        let client = self.client_data("webauthn.create", options);
        self.answer(json!({
            "clientDataJSON": BASE64URL.encode(client),
            "attestationObject": BASE64URL.encode(object),
            "transports": ["internal"],
        }))
    }

    /// What a browser gives back when a passkey was used.
    pub fn show(&mut self, options: &Value) -> String {
        self.counter += 1;
        let (client, data) = (self.client_data("webauthn.get", options), self.data(0));
        let signed = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let signature = self.key().sign(&SystemRandom::new(), &signed).expect("a signature");
        self.answer(json!({
            "clientDataJSON": BASE64URL.encode(client),
            "authenticatorData": BASE64URL.encode(data),
            "signature": BASE64URL.encode(signature.as_ref()),
            "userHandle": BASE64URL.encode(&self.handle),
        }))
    }

    fn answer(&self, response: Value) -> String {
        let id = BASE64URL.encode(&self.id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        })
        .to_string()
    }
}

/// What our page asks the browser, and the token of the page's forms.
pub fn asked(browser: &mut Client, page: &str, target: &str) -> (Value, String) {
    let shown = browser.get(&at(page));
    assert_eq!(shown.status(), 200, "{page}: {}", shown.shown());
    let csrf = hidden(&shown.text(), "csrf");
    let reply = browser.post_form(&at(target), &[("csrf", &csrf)]);
    assert_eq!(reply.status(), 200, "{target}: {}", reply.shown());
    (serde_json::from_str(&reply.text()).expect("options"), csrf)
}

/// Makes a passkey on the page of the set-up that is due.
pub fn make(browser: &mut Client, device: &mut Device) -> Reply {
    let (options, csrf) = asked(browser, "passkey", "passkey/options");
    let answer = device.make(&options);
    browser.post_form(&at("passkey"), &[("csrf", &csrf), ("answer", &answer), ("name", "Laptop")])
}

/// Uses one after the password.
pub fn show(browser: &mut Client, device: &mut Device) -> Reply {
    let (options, csrf) = asked(browser, "passkey", "passkey/options");
    let answer = device.show(&options);
    browser.post_form(&at("passkey"), &[("csrf", &csrf), ("answer", &answer)])
}

/// Uses one in the place of name and password.
pub fn sign_in(browser: &mut Client, device: &mut Device) -> Reply {
    let (options, csrf) = asked(browser, "sign-in?other", "passkey/sign-in/options");
    let answer = device.show(&options);
    browser.post_form(&at("passkey/sign-in"), &[("csrf", &csrf), ("answer", &answer)])
}
