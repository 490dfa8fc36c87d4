//! Random values that are secrets: session and ticket cookies, form tokens, keys
//! in links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SecureRandom;
use subtle::ConstantTimeEq;

use crate::domain::SessionHash;

/// Where random bytes come from. Tests have a source of their own.
pub trait Chance: Send + Sync + 'static {
    /// Fills `out`.
    ///
    /// # Errors
    ///
    /// [`NoChance`] where the system has none; nothing secret may be made then.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoChance>;
}

/// The system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoChance;

/// The operating system's generator.
#[derive(Debug)]
pub struct SystemChance(ring::rand::SystemRandom);

impl Default for SystemChance {
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Chance for SystemChance {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoChance> {
        self.0.fill(out).map_err(|_| NoChance)
    }
}

/// 256 random bits that exist in full only in the visitor's cookie.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    /// A new one.
    ///
    /// # Errors
    ///
    /// [`NoChance`].
    pub fn new(chance: &dyn Chance) -> Result<Self, NoChance> {
        let mut bytes = [0; 32];
        chance.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads a cookie's value: 43 characters of base64url, and no other
    /// spelling of the same bits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 43 {
            return None;
        }
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Some(Self(bytes)),
            _ => None,
        }
    }

    /// The value for the cookie.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Several values from one cookie; what is none is left out.
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split('.').filter_map(Self::parse).collect()
    }

    /// Several values for one cookie.
    pub fn reveal_list(values: &[Self]) -> String {
        values.iter().map(Self::reveal).collect::<Vec<_>>().join(".")
    }

    /// Under what a session with this value is kept.
    pub fn session_hash(&self) -> SessionHash {
        SessionHash(self.derive(b"session"))
    }

    /// Under what a half-done sign-in with this value is kept.
    pub fn ticket_key(&self) -> [u8; 32] {
        self.derive(b"ticket")
    }

    /// Under what a forgotten password is kept whose link carries this value.
    pub fn reset_hash(&self) -> [u8; 32] {
        self.derive(b"reset")
    }

    /// Under what a session with this value is kept that counts on one host
    /// only. On another host the same value is another session, which there is
    /// not.
    pub fn host_session_hash(&self, host: &str) -> SessionHash {
        SessionHash(self.derive(&[b"host session ", host.as_bytes()].concat()))
    }

    /// Under what is kept where a visitor goes who left a host to sign in.
    pub fn departure_key(&self) -> [u8; 32] {
        self.derive(b"departure")
    }

    /// Under what is kept that a host of a group is visited.
    pub fn visit_key(&self) -> [u8; 32] {
        self.derive(b"visit")
    }

    /// Under what a handover's code is kept.
    pub fn handover_key(&self) -> [u8; 32] {
        self.derive(b"handover")
    }

    /// What is kept of the nonce that a host gave a browser before it left.
    pub fn nonce_hash(&self) -> [u8; 32] {
        self.derive(b"nonce")
    }

    /// What a browser brings to the host that was left, where it waits with this
    /// departure: only who was led there by our pages has it. `browser` is what is
    /// kept of its nonce.
    pub fn claim_mark(&self, browser: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(&[b"claim ", browser.as_bytes()].concat()))
    }

    /// Whether `brought` is that mark, in constant time.
    pub fn is_claim_mark(&self, browser: &str, brought: &str) -> bool {
        self.claim_mark(browser).as_bytes().ct_eq(brought.as_bytes()).into()
    }

    /// The nonce of the browser with this ticket, where it has none yet.
    pub fn handover_nonce(&self) -> Self {
        Self(self.derive(b"handover nonce"))
    }

    /// Under what is kept how often the browser with this nonce was handed over
    /// of late.
    pub fn round_key(&self) -> [u8; 32] {
        self.derive(b"round")
    }

    /// Under what a form is kept of which the browser has this value.
    pub fn kept_key(&self) -> [u8; 32] {
        self.derive(b"kept")
    }

    /// With what such a form is sealed: this value and a half of ours.
    pub fn kept_seal_key(&self, half: &[u8; 32]) -> [u8; 32] {
        self.derive(&[b"kept seal ", half.as_slice()].concat())
    }

    /// What a page carries that shows the form of which the browser has this value.
    pub fn kept_mark(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(b"kept mark"))
    }

    /// Whether `typed` is that mark, in constant time.
    pub fn is_kept_mark(&self, typed: &str) -> bool {
        self.kept_mark().as_bytes().ct_eq(typed.as_bytes()).into()
    }

    /// What a browser brings that is led to this path to have the form sent: this
    /// value, and a mark of the path.
    pub fn resume_value(&self, path: &[u8]) -> String {
        format!("{}.{}", self.reveal(), self.resume_mark(path))
    }

    /// The value in what such a browser brings, and whether it is led to this path.
    pub fn parse_resume(text: &str, path: &[u8]) -> Option<(Self, bool)> {
        let (value, mark) = text.split_once('.')?;
        let value = Self::parse(value)?;
        let is_led_here = value.resume_mark(path).as_bytes().ct_eq(mark.as_bytes()).into();
        Some((value, is_led_here))
    }

    fn resume_mark(&self, path: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(&[b"resume ".as_slice(), path].concat()))
    }

    /// The token that forms of this browser must carry.
    pub fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(b"form"))
    }

    /// Whether `typed` is this browser's form token, in constant time.
    pub fn is_form_token(&self, typed: &str) -> bool {
        self.form_token().as_bytes().ct_eq(typed.as_bytes()).into()
    }

    /// SHA-256 suffices: the value has 256 bits of chance, so there is nothing
    /// to guess and nothing to slow down.
    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        let mut input = Vec::with_capacity(purpose.len() + 1 + 32);
        input.extend_from_slice(purpose);
        input.push(0);
        input.extend_from_slice(&self.0);
        let mut out = [0; 32];
        out.copy_from_slice(digest(&SHA256, &input).as_ref());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Chance for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoChance> {
            out.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn a_token_reads_back_from_its_one_spelling_only() {
        let token = Token::new(&Fixed(7)).unwrap();
        let text = token.reveal();
        assert_eq!(Token::parse(&text).unwrap().session_hash(), token.session_hash());
        // The last character holds two spare bits; another value of them would
        // be a second spelling.
        let mut spare = text.clone();
        let last = spare.pop().unwrap();
        spare.push(char::from(last as u8 + 1));
        for wrong in [&text[..42], &format!("{text}="), &spare, ""] {
            assert!(Token::parse(wrong).is_none(), "{wrong:?}");
        }
        // Several in one cookie are read in their order, and what is none is no value.
        let second = Token::new(&Fixed(8)).unwrap();
        let list = Token::reveal_list(&[token.clone(), second.clone()]);
        let read = Token::parse_list(&format!("{list}.x.")).into_iter().map(|each| each.reveal());
        assert_eq!(read.collect::<Vec<_>>(), [text.clone(), second.reveal()]);
        let other_case = Token::parse(&text.replacen('B', "b", 1)).unwrap();
        assert_ne!(other_case.session_hash(), token.session_hash());
    }

    #[test]
    fn what_is_derived_for_one_purpose_serves_no_other() {
        let token = Token::new(&Fixed(7)).unwrap();
        let all = std::collections::HashSet::from([
            token.session_hash().0,
            token.host_session_hash("a.test").0,
            token.host_session_hash("b.test").0,
            token.ticket_key(),
            token.reset_hash(),
            token.departure_key(),
            token.visit_key(),
            token.handover_key(),
            token.nonce_hash(),
            token.handover_nonce().0,
            token.round_key(),
            token.kept_key(),
            token.kept_seal_key(&[0; 32]),
            token.kept_seal_key(&[1; 32]),
            token.derive(b"kept mark"),
            token.derive(b"resume /"),
        ]);
        assert_eq!(all.len(), 16);
        assert!(token.is_kept_mark(&token.kept_mark()) && !token.is_kept_mark(""));
        let led = |path: &[u8]| Token::parse_resume(&token.resume_value(b"/"), path).unwrap().1;
        assert!(led(b"/") && !led(b"/other"));
        assert!(token.is_form_token(&token.form_token()));
        assert!(!token.is_form_token(&Token::new(&Fixed(8)).unwrap().form_token()));
        assert!(!token.is_form_token(""));
    }

    #[test]
    fn a_token_is_not_printed() {
        let token = Token::new(&Fixed(7)).unwrap();
        assert!(!format!("{token:?}").contains(&token.reveal()[..8]));
    }
}
