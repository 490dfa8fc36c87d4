//! The accounts that one browser knows: kept in its own cookie, sealed, so that
//! nothing is learnt about who exists and nobody else can read who was there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Ground;
use crate::domain::Account;

/// Accounts that a browser remembers at most.
const KNOWN_MAX: usize = 5;
/// The cookie's longest value, which leaves room for its name and marks.
const VALUE_BYTES_MAX: usize = 3000;
const PLACE: &[u8] = b"browser/accounts";

/// An account that somebody signed in to in this browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// User name.
    pub name: String,
    /// Full name, or empty.
    pub full_name: String,
}

impl Known {
    /// One or two letters that stand for the person.
    pub fn initials(&self) -> String {
        let shown = if self.full_name.is_empty() { &self.name } else { &self.full_name };
        let mut words = shown
            .split([' ', '.', '-', '_'])
            .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
        let (first, last) = (words.next(), words.next_back());
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }
}

/// The use case.
#[derive(Clone, Debug)]
pub struct Browsers {
    ground: Ground,
}

impl Browsers {
    /// Over this ground.
    pub fn new(ground: Ground) -> Self {
        Self { ground }
    }

    /// What a browser's cookie says, the latest first; a value that is not ours
    /// says nothing.
    pub fn known(&self, value: &str) -> Vec<Known> {
        if value.len() > VALUE_BYTES_MAX {
            return Vec::new();
        }
        let clear = URL_SAFE_NO_PAD
            .decode(value)
            .ok()
            .and_then(|sealed| self.ground.sealer.open(PLACE, &sealed).ok());
        clear.and_then(|clear| serde_json::from_slice(&clear).ok()).unwrap_or_default()
    }

    /// The value with one more account. `None` where it cannot be made; the
    /// sign-in goes on without.
    pub fn remember(&self, before: &str, account: &Account) -> Option<String> {
        let new = Known {
            name: account.name.as_str().to_owned(),
            full_name: account.full_name.as_ref().map_or("", |name| name.as_str()).to_owned(),
        };
        let others = self.known(before).into_iter().filter(|known| known.name != new.name);
        let mut all: Vec<_> = std::iter::once(new.clone()).chain(others).take(KNOWN_MAX).collect();
        while let Some(value) = self.write(&all) {
            if value.len() <= VALUE_BYTES_MAX {
                return Some(value);
            }
            all.pop();
        }
        None
    }

    /// The value without one account; `None` where none is left.
    pub fn forget(&self, before: &str, index: usize) -> Option<String> {
        let mut all = self.known(before);
        if index < all.len() {
            all.remove(index);
        }
        if all.is_empty() { None } else { self.write(&all) }
    }

    fn write(&self, all: &[Known]) -> Option<String> {
        let clear = serde_json::to_vec(all).ok().filter(|_| !all.is_empty())?;
        let sealed = self.ground.sealer.seal(PLACE, &clear, &*self.ground.chance).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        let of = |name: &str, full_name: &str| {
            Known { name: name.to_owned(), full_name: full_name.to_owned() }.initials()
        };
        assert_eq!(of("jdupont", "Jeanne Marie Dupont"), "JD");
        assert_eq!(of("jdupont", ""), "J");
        assert_eq!(of("j.dupont", ""), "JD");
        assert_eq!(of("x", "Åsa"), "Å");
    }
}
