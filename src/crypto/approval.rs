//! What a phone signs, and whether it did.
//!
//! The key is made in the phone's browser and cannot be taken out of it. Every
//! text names what it is for and who it is for, so that a signature is worth
//! nothing in another place.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::{Chance, NoChance};

/// Bytes of a public key: an uncompressed point of P-256.
pub const PHONE_KEY_BYTES: usize = 65;

/// The public key of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneKey([u8; PHONE_KEY_BYTES]);

impl PhoneKey {
    /// From its bytes. Whether they are a point of the curve shows with the first
    /// signature.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        const UNCOMPRESSED: u8 = 4;
        let bytes: [u8; PHONE_KEY_BYTES] = bytes.try_into().ok()?;
        (bytes[0] == UNCOMPRESSED).then_some(Self(bytes))
    }

    /// From base64url.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?)
    }

    /// The bytes, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the phone signed this: ECDSA with SHA-256, both halves of the
    /// signature side by side, as browsers write it (W3C Web Cryptography
    /// section 23.7.1).
    pub fn signed(&self, said: &Said<'_>, signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.0);
        key.verify(said.text().as_bytes(), &signature).is_ok()
    }
}

/// What a phone says.
///
/// SECURITY: a signature is over everything that it is about.
/// - Against: an answer that is played back, or meant for another sign-in,
///   account, gateway or purpose; and a question that was altered on its way.
/// - Therefore: the text begins with its purpose and names the gateway; an answer
///   also names portal, account, phone, question, nonce, expiry, number and
///   the answer itself. No part can hold a line break.
/// - Price: none.
/// - Held by: `a_signature_is_worth_nothing_for_anything_else`.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// "I join this account."
    Pair {
        /// Of the gateway.
        public_url: &'a str,
        /// As it is hashed: small letters, no hyphens.
        code: &'a str,
        /// The key that signs, base64url.
        key: &'a str,
    },
    /// "What am I asked?"
    Requests {
        /// Of the gateway.
        public_url: &'a str,
        /// Its id, hexadecimal.
        phone: &'a str,
        /// What the gateway gave it to sign.
        challenge: &'a str,
        /// Where it can be woken from now on.
        endpoint: Option<&'a str>,
    },
    /// "Yes" or "no".
    Answer {
        /// Of the gateway.
        public_url: &'a str,
        /// Its name.
        portal: &'a str,
        /// The user name.
        account: &'a str,
        /// The phone's id, hexadecimal.
        phone: &'a str,
        /// The question's id, hexadecimal.
        request: &'a str,
        /// The question's nonce, base64url.
        nonce: &'a str,
        /// In milliseconds.
        expires: u64,
        /// What was typed; empty with "no".
        number: &'a str,
        /// `yes` or `no`.
        answer: &'a str,
    },
}

impl Said<'_> {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Pair { public_url, code, key } => {
                format!("vestibule-pair-1\n{public_url}\n{code}\n{key}")
            }
            Self::Requests { public_url, phone, challenge, endpoint } => {
                let text = format!("vestibule-requests-1\n{public_url}\n{phone}\n{challenge}");
                match endpoint {
                    Some(endpoint) => format!("{text}\n{endpoint}"),
                    None => text,
                }
            }
            Self::Answer {
                public_url,
                portal,
                account,
                phone,
                request,
                nonce,
                expires,
                number,
                answer,
            } => format!(
                "vestibule-approval-1\n{public_url}\n{portal}\n{account}\n{phone}\n{request}\n\
                 {nonce}\n{expires}\n{number}\n{answer}"
            ),
        }
    }
}

/// Draws a number of so many digits, 1 to 9, without a leading zero, and never
/// one of those that were shown a moment ago.
///
/// # Errors
///
/// [`NoChance`], also where all numbers were shown.
pub fn draw_number(chance: &dyn Chance, digits: u8, shown: &[&str]) -> Result<String, NoChance> {
    let mut bytes = [0; 8];
    chance.fill(&mut bytes)?;
    let first = 10_u64.pow(u32::from(digits.clamp(1, 9)) - 1);
    let among = first..10 * first;
    let shown = shown.iter().filter_map(|shown| shown.parse().ok());
    let shown: BTreeSet<u64> = shown.filter(|shown| among.contains(shown)).collect();
    let left = 9 * first - shown.len() as u64;
    // Of 64 random bits: no number is likelier than another by anything that
    // could be measured.
    let drawn = u64::from_be_bytes(bytes).checked_rem(left).ok_or(NoChance)?;
    // The drawn one of those that are left, in their order.
    let number =
        shown.iter().fold(first + drawn, |number, shown| number + u64::from(number >= *shown));
    Ok(number.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;
    use crate::crypto::SystemChance;

    fn key_pair() -> EcdsaKeyPair {
        let (way, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
        EcdsaKeyPair::from_pkcs8(way, pkcs8.as_ref(), &random).unwrap()
    }

    fn sign(pair: &EcdsaKeyPair, text: &str) -> String {
        let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        URL_SAFE_NO_PAD.encode(signature)
    }

    const ANSWER: Said<'static> = Said::Answer {
        public_url: "https://app.test",
        portal: "My portal",
        account: "anna",
        phone: "0a",
        request: "0b",
        nonce: "bm9uY2U",
        expires: 1_790_000_120_000,
        number: "47",
        answer: "yes",
    };

    #[test]
    fn the_texts_are_those_that_phones_write() {
        assert_eq!(
            ANSWER.text(),
            "vestibule-approval-1\nhttps://app.test\nMy portal\nanna\n0a\n0b\nbm9uY2U\n\
             1790000120000\n47\nyes"
        );
        let pair = Said::Pair { public_url: "https://app.test", code: "abc123", key: "BA" };
        assert_eq!(pair.text(), "vestibule-pair-1\nhttps://app.test\nabc123\nBA");
        let (public_url, phone, challenge) = ("https://app.test", "0a", "c2VhbGVk");
        let ask = |endpoint| Said::Requests { public_url, phone, challenge, endpoint }.text();
        assert_eq!(ask(None), "vestibule-requests-1\nhttps://app.test\n0a\nc2VhbGVk");
        assert_eq!(ask(Some("https://p.test/1")), format!("{}\nhttps://p.test/1", ask(None)));
    }

    #[test]
    fn a_signature_is_worth_nothing_for_anything_else() {
        let pair = key_pair();
        let key = PhoneKey::from_bytes(pair.public_key().as_ref()).unwrap();
        let signature = sign(&pair, &ANSWER.text());
        // Control: for this it is good.
        assert!(key.signed(&ANSWER, &signature));

        let mut others = Vec::new();
        for part in ANSWER.text().split('\n').skip(1) {
            // Each part altered, by way of the text: the parts are all that it has.
            let text = ANSWER.text().replacen(&format!("\n{part}"), &format!("\n{part}0"), 1);
            assert!(!key.signed(&ANSWER, &sign(&pair, &text)), "{part}");
        }
        let Said::Answer { public_url, portal, account, phone, request, nonce, .. } = ANSWER else {
            unreachable!()
        };
        let (expires, number) = (1_790_000_120_000, "47");
        let answer = |number, answer, expires| Said::Answer {
            public_url,
            portal,
            account,
            phone,
            request,
            nonce,
            expires,
            number,
            answer,
        };
        others.push(answer("48", "yes", expires));
        others.push(answer(number, "no", expires));
        others.push(answer(number, "yes", expires + 1));
        others.push(Said::Requests { public_url, phone, challenge: nonce, endpoint: None });
        others.push(Said::Pair { public_url, code: "abc", key: "BA" });
        for other in others {
            assert!(!key.signed(&other, &signature), "{other:?}");
        }
        let another = key_pair();
        let other_key = PhoneKey::from_bytes(another.public_key().as_ref()).unwrap();
        assert!(!other_key.signed(&ANSWER, &signature));
        for broken in ["", "AAAA", &signature[1..], &format!("{signature}A"), "%%"] {
            assert!(!key.signed(&ANSWER, broken), "{broken:?}");
        }
    }

    #[test]
    fn what_is_no_point_of_the_curve_has_signed_nothing() {
        let pair = key_pair();
        let whole = pair.public_key().as_ref();
        assert!(PhoneKey::from_bytes(&whole[1..]).is_none());
        assert!(PhoneKey::from_bytes(&[whole, &[0]].concat()).is_none());
        let mut compressed = whole.to_vec();
        compressed[0] = 2;
        assert!(PhoneKey::from_bytes(&compressed).is_none());
        let mut off = whole.to_vec();
        off[64] ^= 1;
        let off = PhoneKey::from_bytes(&off).unwrap();
        assert!(!off.signed(&ANSWER, &sign(&pair, &ANSWER.text())));
        // Control: the point itself has, and reads back from its text.
        let key = PhoneKey::parse(&URL_SAFE_NO_PAD.encode(whole)).unwrap();
        assert!(key.signed(&ANSWER, &sign(&pair, &ANSWER.text())));
        assert_eq!(key.as_bytes(), whole);
    }

    #[test]
    fn numbers_have_their_digits_and_are_none_of_those_before() {
        let chance = SystemChance::default();
        for digits in 1..=6_u8 {
            let mut before = [const { String::new() }; 5];
            for turn in 0..500 {
                let shown = before.each_ref().map(String::as_str);
                let number = draw_number(&chance, digits, &shown).unwrap();
                assert_eq!(number.len(), usize::from(digits));
                assert!(!number.starts_with('0'));
                assert!(!before.contains(&number), "{number} {before:?}");
                before[turn % 5] = number;
            }
        }
    }

    #[test]
    fn every_number_of_two_digits_is_drawn_about_as_often() {
        let chance = SystemChance::default();
        let mut seen: HashMap<String, u32> = HashMap::new();
        let mut before = [const { String::new() }; 3];
        for turn in 0..9000 {
            let shown = before.each_ref().map(String::as_str);
            let number = draw_number(&chance, 2, &shown).unwrap();
            *seen.entry(number.clone()).or_default() += 1;
            before[turn % 3] = number;
        }
        assert_eq!(seen.len(), 90);
        // There is always one left, or an error.
        let all: Vec<String> = (1..=9).map(|number| number.to_string()).collect();
        let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert!(draw_number(&chance, 1, &all).is_err());
        let last = all.remove(4);
        assert_eq!(draw_number(&chance, 1, &all).unwrap(), last);
        // Of a hundred expected, one in a million times fewer or more than this.
        assert!(seen.values().all(|count| (40..=170).contains(count)), "{seen:?}");
    }
}
