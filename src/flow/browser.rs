//! What one browser knows: the accounts that somebody signed in to there, kept
//! in its own cookie, sealed, so that nothing is learnt about who exists and
//! nobody else can read who was there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::credentials::Credentials;
use super::{Ground, Opened};
use crate::domain::{Account, AccountId, BrowserTrusted, Moment, SessionHash};
use crate::observe::audit::Around;

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
    /// By what the account knows the browser; nothing in cookies of before.
    #[serde(default)]
    by: Option<KnownBy>,
}

/// By what an account knows a browser. The short names leave room in the cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KnownBy {
    /// The account's id.
    #[serde(rename = "a")]
    account: String,
    /// The browser's id for this account: 16 bytes of chance, base64.
    #[serde(rename = "b")]
    browser: String,
    /// The account's epoch when a session was opened last.
    #[serde(rename = "e")]
    epoch: u64,
    /// When a factor was shown last in that epoch, in milliseconds.
    #[serde(rename = "f")]
    factor_at: Option<u64>,
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

/// One browser, as its own cookie tells. One that tells nothing knows nobody.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    known: Vec<Known>,
}

impl Browser {
    /// The accounts that somebody signed in to there, the latest first.
    pub fn known(&self) -> &[Known] {
        &self.known
    }

    /// Whether a session of this account was opened there.
    pub fn knows(&self, account: AccountId) -> bool {
        self.recognise(account).is_some()
    }

    /// By what this account knows it, if it does.
    pub(super) fn recognise(&self, account: AccountId) -> Option<KnownBrowser> {
        let text = account.to_string();
        let by = self.known.iter().filter_map(|known| known.by.as_ref());
        let by = by.into_iter().find(|by| by.account == text)?;
        let id = URL_SAFE_NO_PAD.decode(&by.browser).ok()?.try_into().ok()?;
        let factor_at = by.factor_at.map(Moment::from_unix_millis);
        Some(KnownBrowser { account, id, epoch: by.epoch, factor_at })
    }
}

/// A browser that an account knows.
#[derive(Debug)]
pub(super) struct KnownBrowser {
    account: AccountId,
    id: [u8; 16],
    epoch: u64,
    factor_at: Option<Moment>,
}

impl KnownBrowser {
    /// Which account.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Its id for this account.
    pub fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// The account's epoch when a session opened there last.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The evidence that a factor was shown there before.
    ///
    /// SECURITY: that a browser is known eases lock-out and never the factor,
    /// unless the operator set a time for which it does.
    /// - Against: a cookie that was copied, or that outlives a new password.
    /// - Therefore: what it says counts in the epoch in which the factor was
    ///   shown, which a new password and an operator's change end, and until the
    ///   owner ends a session; how long, the policy decides, and by default it
    ///   does not.
    /// - Price: a factor more after each new password.
    /// - Held by: `a_trusted_browser_is_asked_for_the_factor_after_a_new_password`.
    pub fn trusted(&self, account: &Account, credentials: &Credentials) -> Option<BrowserTrusted> {
        let same = self.account == account.id && self.epoch == account.epoch;
        let counts = |at: &Moment| same && credentials.trusts_what_was_shown(*at);
        self.factor_at.filter(counts).map(|at| BrowserTrusted::attest(account.id, at))
    }
}

/// What a step of a sign-in knows of the request beside what was typed.
#[derive(Clone, Debug, Default)]
pub struct Visiting<'a> {
    /// The session that the browser has already; it ends with the new one's
    /// beginning.
    pub before: Option<SessionHash>,
    /// What is recorded beside an event. Failures count where it came from.
    pub around: Around<'a>,
    /// The browser.
    pub browser: Browser,
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

    /// The browser with this cookie; a value that is not ours says nothing.
    pub fn read(&self, value: &str) -> Browser {
        if value.len() > VALUE_BYTES_MAX {
            return Browser::default();
        }
        let clear = URL_SAFE_NO_PAD
            .decode(value)
            .ok()
            .and_then(|sealed| self.ground.sealer.open(PLACE, &sealed).ok());
        let known = clear.and_then(|clear| serde_json::from_slice(&clear).ok());
        Browser { known: known.unwrap_or_default() }
    }

    /// The value after a session was opened. `None` where it cannot be made; the
    /// sign-in goes on without.
    pub fn remember(&self, before: &Browser, opened: &Opened) -> Option<String> {
        let account = &opened.account;
        let new = Known {
            name: account.name.as_str().to_owned(),
            full_name: account.full_name.as_ref().map_or("", |name| name.as_str()).to_owned(),
            by: self.known_by(before, opened),
        };
        let others = before.known.iter().filter(|known| known.name != new.name).cloned();
        let mut all: Vec<_> = std::iter::once(new.clone()).chain(others).take(KNOWN_MAX).collect();
        while let Some(value) = self.write(&all) {
            if value.len() <= VALUE_BYTES_MAX {
                return Some(value);
            }
            all.pop();
        }
        None
    }

    /// By what the account knows the browser from now on: the same as before, or
    /// a new id.
    fn known_by(&self, before: &Browser, opened: &Opened) -> Option<KnownBy> {
        let account = &opened.account;
        let known = before.recognise(account.id);
        let id = match &known {
            Some(known) => known.id,
            None => {
                let mut id = [0; 16];
                self.ground.chance.fill(&mut id).ok()?;
                id
            }
        };
        let earlier = known.filter(|known| known.epoch == account.epoch);
        let factor_at = opened.factor_at.or(earlier.and_then(|known| known.factor_at));
        Some(KnownBy {
            account: account.id.to_string(),
            browser: URL_SAFE_NO_PAD.encode(id),
            epoch: account.epoch,
            factor_at: factor_at.map(Moment::unix_millis),
        })
    }

    /// The value without one account, and without what the account knew the
    /// browser by; `None` where none is left.
    pub fn forget(&self, before: &Browser, index: usize) -> Option<String> {
        let mut all = before.known.clone();
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
mod tests;
