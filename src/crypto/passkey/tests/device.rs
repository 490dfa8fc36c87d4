//! A device and a browser in software, which lie as they are told to.

use ciborium::{Value, cbor};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::json;

use super::{ORIGIN, SITE};
use crate::crypto::passkey::authenticator_data::Flags;
use crate::crypto::passkey::checks::{CREATE, GET, sha256};
use crate::crypto::passkey::encoded::Encoded;

/// Present, verified and not copied.
pub(crate) const WELL: u8 = Flags::PRESENT | Flags::VERIFIED;

const RSA_KEY: &[u8] = include_bytes!("rsa_2048.pk8");

/// Something with a key.
pub(crate) struct Device {
    key: Key,
    pub(crate) id: Vec<u8>,
}

enum Key {
    Es256(Box<EcdsaKeyPair>),
    EdDsa(Box<Ed25519KeyPair>),
    Rs256(Box<RsaKeyPair>),
}

impl Device {
    pub(crate) fn es256(id: u8) -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let key = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(kind, key.as_ref(), &random).unwrap();
        Self { key: Key::Es256(Box::new(key)), id: vec![id; 32] }
    }

    pub(crate) fn eddsa(id: u8) -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap();
        Self { key: Key::EdDsa(Box::new(key)), id: vec![id; 32] }
    }

    pub(crate) fn rs256(id: u8) -> Self {
        let key = RsaKeyPair::from_pkcs8(RSA_KEY).unwrap();
        Self { key: Key::Rs256(Box::new(key)), id: vec![id; 32] }
    }

    /// The public key as `COSE_Key`.
    pub(crate) fn cose(&self) -> Value {
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        match &self.key {
            Key::Es256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => bytes(x), -3 => bytes(y) }).unwrap()
            }
            Key::EdDsa(key) => {
                let x = bytes(key.public_key().as_ref());
                cbor!({ 1 => 1, 3 => -8, -1 => 6, -2 => x }).unwrap()
            }
            Key::Rs256(key) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                let (n, e) = (bytes(&public.n), bytes(&public.e));
                cbor!({ 1 => 3, 3 => -257, -1 => n, -2 => e }).unwrap()
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::EdDsa(key) => key.sign(message).as_ref().to_vec(),
            Key::Rs256(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// Answers `navigator.credentials.create`; `lie` changes what is said before
    /// it is put together.
    pub(crate) fn create(&self, options: &str, lie: impl FnOnce(&mut Creation)) -> String {
        let mut creation = Creation {
            client: client_data(CREATE, options),
            site: SITE.into(),
            flags: WELL | Flags::CREDENTIAL,
            counter: 0,
            id: self.id.clone(),
            key: self.cose(),
            after: Vec::new(),
            format: "none".into(),
            statement: Value::Map(Vec::new()),
        };
        lie(&mut creation);
        creation.answer(&self.id)
    }

    /// Answers `navigator.credentials.get` for the account with this handle.
    pub(crate) fn get(
        &self,
        options: &str,
        handle: Option<&[u8]>,
        lie: impl FnOnce(&mut Usage),
    ) -> String {
        let client = client_data(GET, options);
        let (site, handle) = (SITE.into(), handle.map(<[u8]>::to_vec));
        let mut usage = Usage { client, site, flags: WELL, counter: 0, handle };
        lie(&mut usage);
        let data = head(&usage.site, usage.flags, usage.counter);
        let client = usage.client.to_string().into_bytes();
        let signature = self.sign(&[data.as_slice(), &sha256(&client)].concat());
        let response = json!({
            "clientDataJSON": Encoded(client),
            "authenticatorData": Encoded(data),
            "signature": Encoded(signature),
            "userHandle": usage.handle.map(Encoded),
        });
        answer(&self.id, &response)
    }
}

/// What is said when a passkey is set up.
pub(crate) struct Creation {
    pub(crate) client: serde_json::Value,
    pub(crate) site: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) id: Vec<u8>,
    pub(crate) key: Value,
    /// What follows the public key.
    pub(crate) after: Vec<u8>,
    pub(crate) format: String,
    pub(crate) statement: Value,
}

impl Creation {
    fn answer(&self, id: &[u8]) -> String {
        let mut data = head(&self.site, self.flags, self.counter);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(cbor_bytes(&self.key));
        data.extend(&self.after);
        let object = Value::Map(vec![
            ("fmt".into(), self.format.as_str().into()),
            ("attStmt".into(), self.statement.clone()),
            ("authData".into(), Value::Bytes(data)),
        ]);
        let response = json!({
            "clientDataJSON": Encoded(self.client.to_string().into_bytes()),
            "attestationObject": Encoded(cbor_bytes(&object)),
            "transports": ["internal", "hybrid", "telepathy"],
        });
        answer(id, &response)
    }
}

/// What is said when a passkey is used.
pub(crate) struct Usage {
    pub(crate) client: serde_json::Value,
    pub(crate) site: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) handle: Option<Vec<u8>>,
}

pub(crate) fn cbor_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).unwrap();
    out
}

fn client_data(kind: &str, options: &str) -> serde_json::Value {
    let options: serde_json::Value = serde_json::from_str(options).unwrap();
    let challenge = &options["challenge"];
    json!({ "type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": false })
}

fn head(site: &str, flags: u8, counter: u32) -> Vec<u8> {
    [sha256(site.as_bytes()).as_slice(), &[flags], &counter.to_be_bytes()].concat()
}

fn answer(id: &[u8], response: &serde_json::Value) -> String {
    let id = Encoded(id.to_vec());
    json!({
        "id": id,
        "rawId": id,
        "type": "public-key",
        "response": response,
        "authenticatorAttachment": "platform",
        "clientExtensionResults": { "credProps": { "rk": true } },
    })
    .to_string()
}
