//! A browser that reads with other libraries than ours writes with.

use aes_gcm::aead::Aead;
use aes_gcm::{Aes128Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

use crate::notice::push::{AUTH_SECRET_BYTES, Subscription};

/// The example of RFC 8291, section 5 and appendix A.
pub struct Example {
    pub plain: &'static str,
    private: &'static str,
    auth: &'static str,
    body: &'static str,
}

pub const RFC_8291: Example = Example {
    plain: "When I grow up, I want to be a watermelon",
    private: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
    body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc\
        InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNW\
        QexSgSxsj_Qulcy4a-fN",
};

pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

impl Example {
    pub fn browser(&self) -> Browser {
        let secret = SecretKey::from_slice(&decode(self.private)).unwrap();
        Browser { secret, auth: decode(self.auth).try_into().unwrap() }
    }

    pub fn body(&self) -> Vec<u8> {
        decode(self.body)
    }
}

/// A browser with a subscription.
pub struct Browser {
    pub secret: SecretKey,
    pub auth: [u8; AUTH_SECRET_BYTES],
}

impl Browser {
    pub fn new(seed: u8) -> Self {
        Self { secret: SecretKey::from_slice(&[seed; 32]).unwrap(), auth: [5; AUTH_SECRET_BYTES] }
    }

    fn public(&self) -> Vec<u8> {
        self.secret.public_key().to_sec1_point(false).as_bytes().to_vec()
    }

    pub fn subscription(&self, endpoint: &str) -> Subscription {
        let p256dh = self.public().try_into().unwrap();
        Subscription { endpoint: endpoint.to_owned(), p256dh, auth: self.auth }
    }

    pub fn read(&self, body: &[u8]) -> Vec<u8> {
        self.try_read(body).expect("a message for this browser")
    }

    pub fn try_read(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = body.split_at_checked(16)?;
        let (size, rest) = rest.split_at_checked(4)?;
        let (length, rest) = rest.split_first()?;
        let (theirs, record) = rest.split_at_checked((*length).into())?;
        assert!(record.len() <= u32::from_be_bytes(size.try_into().ok()?) as usize);
        let point = PublicKey::from_sec1_bytes(theirs).ok()?;
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), point.as_affine());
        let info = [b"WebPush: info\0", &self.public()[..], theirs].concat();
        let (mut agreed, mut key, mut nonce) = ([0; 32], [0; 16], [0; 12]);
        let first = Hkdf::<Sha256>::new(Some(&self.auth), shared.raw_secret_bytes());
        first.expand(&info, &mut agreed).ok()?;
        let second = Hkdf::<Sha256>::new(Some(salt), &agreed);
        second.expand(b"Content-Encoding: aes128gcm\0", &mut key).ok()?;
        second.expand(b"Content-Encoding: nonce\0", &mut nonce).ok()?;
        let mut plain = Aes128Gcm::new(&key.into()).decrypt(&nonce.into(), record).ok()?;
        while plain.pop_if(|last| *last == 0).is_some() {}
        (plain.pop() == Some(2)).then_some(plain)
    }
}
