//! Codes that people read, keep and type: codes on paper, a pass of the help
//! desk, the code in a mail, the one that joins a phone.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Chance, NoChance};
use crate::domain::AccountId;

/// Small letters and digits without those that are taken for each other: no
/// `i`, `l`, `o`, `u`, of which the first three are read as the digits they
/// resemble (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What a code is for. It is hashed with the purpose, so one of one kind is
/// worth nothing as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A code on paper: 75 bits, valid until it is used.
    Recovery,
    /// A pass of the help desk: 50 bits, valid for hours.
    Pass,
    /// The code in a mail about a forgotten password: 50 bits, half an hour.
    Reset,
    /// Joins a phone to an account: 60 bits, ten minutes, for any account.
    Pairing,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::Pass => "pass",
            Self::Reset => "reset",
            Self::Pairing => "pairing",
        }
    }

    /// How many letters it has, in groups of how many.
    const fn letters(self) -> (usize, usize) {
        match self {
            Self::Recovery => (15, 5),
            Self::Pass | Self::Reset => (10, 5),
            Self::Pairing => (12, 4),
        }
    }
}

/// One code. Never printed.
#[derive(Clone)]
pub struct HandCode {
    purpose: Purpose,
    letters: SecretString,
}

impl fmt::Debug for HandCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandCode").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl HandCode {
    /// A new one.
    ///
    /// # Errors
    ///
    /// [`NoChance`].
    pub fn new(purpose: Purpose, chance: &dyn Chance) -> Result<Self, NoChance> {
        let mut bytes = [0; 15];
        chance.fill(&mut bytes)?;
        let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).map(|byte| char::from(*byte));
        let letters: String = bytes.iter().filter_map(letter).take(purpose.letters().0).collect();
        Ok(Self { purpose, letters: SecretString::from(letters) })
    }

    /// Reads what was typed: any letter case, with or without spaces and
    /// hyphens, and with `o` for `0`, `i` or `l` for `1`. `None` for what cannot
    /// be such a code.
    pub fn parse(purpose: Purpose, typed: &str) -> Option<Self> {
        const TYPED_BYTES_MAX: usize = 200;
        if typed.len() > TYPED_BYTES_MAX {
            return None;
        }
        let dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | '_');
        let mut letters = String::new();
        for typed in typed.chars().filter(|c| !c.is_whitespace() && !dash(*c)) {
            let letter = match typed.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            };
            u8::try_from(letter).ok().filter(|byte| ALPHABET.contains(byte))?;
            letters.push(letter);
        }
        let whole = letters.len() == purpose.letters().0;
        whole.then(|| Self { purpose, letters: SecretString::from(letters) })
    }

    /// As it is shown: in groups, with hyphens. A secret.
    pub fn grouped(&self) -> String {
        let group = self.purpose.letters().1;
        let mut text = String::new();
        for (at, letter) in self.letters.expose_secret().chars().enumerate() {
            if at > 0 && at % group == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// Under what it is kept, for one account, or for any.
    ///
    /// SHA-256 suffices for codes of 75 bits; shorter ones live for a day at
    /// most and are sealed beside it.
    pub fn hash(&self, account: Option<AccountId>) -> [u8; 32] {
        let mut input = Vec::new();
        input.extend_from_slice(self.purpose.word().as_bytes());
        input.push(0);
        input.extend_from_slice(account.unwrap_or(AccountId::from_bytes([0; 16])).as_bytes());
        input.extend_from_slice(self.letters.expose_secret().as_bytes());
        let mut out = [0; 32];
        out.copy_from_slice(digest(&SHA256, &input).as_ref());
        out
    }

    /// The hash as text for a record.
    pub fn hash_text(&self, account: AccountId) -> String {
        BASE64.encode(self.hash(Some(account)))
    }

    /// Whether this is the code whose hash was kept, in constant time.
    pub fn is(&self, account: AccountId, kept: &str) -> bool {
        self.hash_text(account).as_bytes().ct_eq(kept.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SystemChance;

    const ANNA: AccountId = AccountId::from_bytes([1; 16]);
    const ALL: [Purpose; 4] = [Purpose::Recovery, Purpose::Pass, Purpose::Reset, Purpose::Pairing];

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for purpose in ALL {
            let code = HandCode::new(purpose, &SystemChance::default()).unwrap();
            let kept = code.hash_text(ANNA);
            let shown = code.grouped();
            let spoken = shown.replace('0', "O").replace('1', "l");
            for typed in [
                shown.clone(),
                shown.to_uppercase(),
                shown.replace('-', " "),
                spoken,
                shown.replace('-', ""),
            ] {
                assert!(HandCode::parse(purpose, &typed).unwrap().is(ANNA, &kept), "{purpose:?}");
            }
            // Control: another one is not it.
            let other = HandCode::new(purpose, &SystemChance::default()).unwrap();
            assert!(!other.is(ANNA, &kept));
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in ["", "abc", "uuuuu-uuuuu", "abcde-fghj\u{e9}", &"a".repeat(1000)] {
            assert!(HandCode::parse(Purpose::Pass, typed).is_none(), "{typed:?}");
        }
        // Control: ten letters of the alphabet can.
        assert!(HandCode::parse(Purpose::Pass, "abcde-fghjk").is_some());
    }

    #[test]
    fn a_code_of_one_kind_or_account_is_worth_nothing_as_another() {
        let pass = HandCode::parse(Purpose::Pass, "abcde-fghjk").unwrap();
        let reset = HandCode::parse(Purpose::Reset, "abcde-fghjk").unwrap();
        let kept = pass.hash_text(ANNA);
        assert!(!reset.is(ANNA, &kept));
        assert!(!pass.is(AccountId::from_bytes([2; 16]), &kept));
        // Control: it is itself.
        assert!(pass.is(ANNA, &kept));
        assert!(!format!("{pass:?}").contains("abcde"));
    }
}
