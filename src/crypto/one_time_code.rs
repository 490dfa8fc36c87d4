//! One-time codes from an app on the phone: RFC 6238 with SHA-1, six digits
//! and 30 seconds, which every such app has.
//!
//! ```text
//! past <--- 65 min ---|-1  now  +1|--- 65 min ---> ahead
//!           ClockOff  |   Right   |    ClockOff, and spent
//! ```
//!
//! A judgement changes nothing. [`Used::after`] says what to keep of it, and
//! the caller writes that with the condition that nobody wrote in between: of
//! two requests with the same code one must lose.

use std::fmt;

use secrecy::{ExposeSecret, SecretBox};
use subtle::ConstantTimeEq;
use totp_rs::{Builder, Secret, Totp};

use super::{Chance, NoChance};
use crate::domain::{AccountId, FactorProven, Method, Moment};

/// How long a code counts, in seconds.
const STEP_SECONDS: u64 = 30;
/// Steps to either side of now whose codes are accepted (RFC 6238 section 5.2).
const ACCEPTED: i64 = 1;
/// Steps to either side of now in which a clock that is off is looked for: 65
/// minutes, so that a wrong hour for summer time is found.
const LOOKED_AT: i64 = 130;
/// How many spent steps are kept.
const SPENT_MAX: usize = 32;
/// Length of a seed: RFC 4226 section 4 recommends 160 bits.
const SEED_BYTES: usize = 20;
/// Stands for a colon where apps would split at one.
const NO_COLON: &str = "\u{2236}";

/// What the app on the phone and we share. Never printed, and wiped from memory
/// when dropped.
pub struct Seed(SecretBox<[u8; SEED_BYTES]>);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

impl Seed {
    /// A new one.
    ///
    /// # Errors
    ///
    /// [`NoChance`].
    pub fn new(chance: &dyn Chance) -> Result<Self, NoChance> {
        let mut filled = Ok(());
        let bytes = SecretBox::init_with_mut(|bytes: &mut [u8; SEED_BYTES]| {
            filled = chance.fill(bytes);
        });
        filled.map(|()| Self(bytes))
    }

    /// From a record, unsealed.
    pub fn from_bytes(bytes: [u8; SEED_BYTES]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// For a record, to be sealed.
    pub fn as_bytes(&self) -> &[u8; SEED_BYTES] {
        self.0.expose_secret()
    }

    /// As apps take it: 32 characters of base32 (RFC 4648), which need no
    /// padding. A secret.
    pub fn base32(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut text = String::with_capacity(SEED_BYTES * 8 / 5);
        for part in self.as_bytes().chunks(5) {
            let bits = part.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for shift in (0..8).rev() {
                let digit = (bits >> (5 * shift)) & 31;
                text.extend(ALPHABET.get(digit as usize).map(|letter| char::from(*letter)));
            }
        }
        text
    }

    /// The same in groups of four, for typing. A secret; apps skip the spaces.
    pub fn grouped(&self) -> String {
        let mut text = String::new();
        for (at, letter) in self.base32().chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push(' ');
            }
            text.push(letter);
        }
        text
    }

    /// The link that an app opens or reads from a QR code. A secret.
    ///
    /// `issuer` is the portal's name, `account` what tells this account from
    /// the person's others; the app shows both and uses neither.
    ///
    /// SECURITY: a name cannot change what the link says.
    /// - Against: an account called `?secret=…&` that makes the app keep another
    ///   seed, and one with a colon that shows as another portal's.
    /// - Therefore: all but letters, digits and `-._~` is percent-encoded, and a
    ///   colon becomes `∶` (U+2236), for apps decode first and then split, some
    ///   at the first colon and some at each.
    /// - Price: the app shows a sign that only looks like a colon.
    /// - Held by: `a_name_cannot_change_what_the_link_says`.
    pub fn link(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (encode(issuer), encode(account));
        let secret = self.base32();
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}\
             &algorithm=SHA1&digits=6&period={STEP_SECONDS}"
        )
    }

    fn codes(&self) -> Totp {
        Builder::new()
            .with_secret(Secret::new_stack(*self.as_bytes()))
            .with_step_duration(STEP_SECONDS)
            .build_noncompliant()
    }
}

/// RFC 3986: everything but the unreserved characters.
fn encode(name: &str) -> String {
    let mut out = String::new();
    for byte in name.replace(':', NO_COLON).bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Six digits that somebody typed.
pub struct TypedCode([u8; 6]);

impl fmt::Debug for TypedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedCode(..)")
    }
}

impl TypedCode {
    /// Reads what was typed. White space of any kind and hyphens are dropped
    /// wherever they are, for apps show `123 456` and people copy that; the
    /// rest must be six ASCII digits.
    pub fn parse(typed: &str) -> Option<Self> {
        let hyphen = |c: char| matches!(c, '-' | '\u{2010}' | '\u{2011}');
        let mut kept = typed.chars().filter(|c| !c.is_whitespace() && !hyphen(*c));
        let mut digits = [0; 6];
        for digit in &mut digits {
            *digit = kept.next().filter(char::is_ascii_digit).and_then(|c| u8::try_from(c).ok())?;
        }
        kept.next().is_none().then_some(Self(digits))
    }
}

/// A time step: how many times 30 seconds have passed since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(pub u64);

impl Step {
    /// The step of a moment.
    pub const fn at(now: Moment) -> Self {
        Self(now.unix_seconds() / STEP_SECONDS)
    }

    /// When it begins.
    pub const fn begins(self) -> Moment {
        Moment::from_unix_millis(self.0.saturating_mul(STEP_SECONDS * 1000))
    }

    /// The step `by` steps later, where there is one.
    fn offset(self, by: i64) -> Option<Self> {
        self.0.checked_add_signed(by).map(Self)
    }
}

/// Which codes of one seed are never accepted again. A new seed starts with
/// nothing used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// The greatest step ever accepted; no code of it or of an earlier one is.
    pub last: Option<Step>,
    /// Steps ahead whose codes were diagnosed, in order, at most 32.
    pub spent: Vec<Step>,
}

impl Used {
    /// Whether a code of this step may not be accepted.
    pub fn has(&self, step: Step) -> bool {
        self.last.is_some_and(|last| step <= last) || self.spent.contains(&step)
    }

    /// Whether the server's clock was set back since the last accepted code: no
    /// code is accepted until it is past that time again. For an alarm.
    pub fn clock_ran_back(&self, now: Moment) -> bool {
        let latest = Step::at(now).offset(ACCEPTED);
        self.last.is_some_and(|last| latest.is_some_and(|latest| last > latest))
    }

    /// What to keep after a judgement; must be written before anything is
    /// granted or told.
    ///
    /// Spent steps are dropped when they are 65 minutes past, not at once: the
    /// server's clock may be set back. When there are too many, the nearest is
    /// treated as if it had been accepted, so that none becomes good again; the
    /// person then waits until it is past.
    #[must_use]
    pub fn after(&self, judged: &Judged, now: Moment) -> Self {
        let mut kept = self.clone();
        match judged {
            Judged::Right { step, .. } => kept.last = kept.last.max(Some(*step)),
            Judged::ClockOff { steps, spent } if *steps > 0 => kept.spent.push(*spent),
            Judged::ClockOff { .. } | Judged::UsedAlready | Judged::Wrong => {}
        }
        kept.spent.sort_unstable();
        kept.spent.dedup();
        let past = Step::at(now).offset(-LOOKED_AT);
        kept.spent.retain(|step| Some(*step) > kept.last && Some(*step) >= past);
        let surplus = kept.spent.len().saturating_sub(SPENT_MAX);
        kept.last = kept.last.max(kept.spent.drain(..surplus).next_back());
        kept
    }
}

/// What a typed code is. All but [`Judged::Right`] count as a failure.
#[derive(Debug)]
pub enum Judged {
    /// It counts now and was not used.
    Right {
        /// The evidence.
        proof: FactorProven,
        /// The step it belongs to.
        step: Step,
    },
    /// It counted, and was used or spent before.
    UsedAlready,
    /// It would have been right at another time.
    ClockOff {
        /// By how many steps; above zero where the phone is ahead.
        steps: i64,
        /// The step it belongs to; [`Used::after`] keeps it.
        spent: Step,
    },
    /// Nothing of the above.
    Wrong,
}

/// The set-up of one account: whose it is, what is shared and what was used.
#[derive(Clone, Copy, Debug)]
pub struct SetUp<'a> {
    /// Whose.
    pub account: AccountId,
    /// What is shared.
    pub seed: &'a Seed,
    /// What was used of it.
    pub used: &'a Used,
}

impl SetUp<'_> {
    /// Judges a typed code.
    ///
    /// SECURITY: a code is right once, and a diagnosis is a failure.
    /// - Against: using a code that was overseen or caught a second time (RFC
    ///   6238 section 5.2); and guessing: "your clock is ten minutes off" tells
    ///   a guesser which code will be right in ten minutes.
    /// - Therefore: nothing at or before the last accepted step is right again;
    ///   a diagnosed step ahead is spent; every answer but `Right` counts as a
    ///   failure; the same number of codes is compared, in constant time,
    ///   whatever was typed.
    /// - Price: who is diagnosed and then sets the clock right may meet a spent
    ///   code and has to wait for the next; two devices of one account cannot
    ///   sign in within the same 30 seconds.
    /// - Held by: `a_code_is_right_once` and
    ///   `a_diagnosed_code_is_never_right_when_its_time_comes`.
    pub fn judge(&self, typed: &TypedCode, now: Moment) -> Judged {
        let codes = self.seed.codes();
        let here = Step::at(now);
        let matching: Vec<(i64, Step)> = (-LOOKED_AT..=LOOKED_AT)
            .filter_map(|by| here.offset(by).map(|step| (by, step)))
            .filter(|(_, step)| is_code_of(&codes, *step, typed))
            .collect();
        let accepted = |by: i64| by.abs() <= ACCEPTED;
        let free = |(by, step): &&(i64, Step)| accepted(*by) && !self.used.has(*step);
        if let Some(&(_, step)) = matching.iter().find(free) {
            let proof = FactorProven::attest(self.account, Method::OneTimeCode);
            return Judged::Right { proof, step };
        }
        // The last accepted code typed again after minutes is no clock that is
        // off.
        let again = |(by, step): &(i64, Step)| accepted(*by) || Some(*step) == self.used.last;
        if matching.iter().any(again) {
            return Judged::UsedAlready;
        }
        match matching.iter().min_by_key(|(by, _)| by.abs()) {
            Some(&(steps, spent)) => Judged::ClockOff { steps, spent },
            None => Judged::Wrong,
        }
    }
}

/// Whether it is a code of an older set-up that would be accepted now. It is
/// for the diagnosis only: the code stays wrong and counts as a failure.
pub fn judge_older(seeds: &[Seed], typed: &TypedCode, now: Moment) -> bool {
    let mut found = false;
    for seed in seeds {
        let codes = seed.codes();
        for step in (-ACCEPTED..=ACCEPTED).filter_map(|by| Step::at(now).offset(by)) {
            found |= is_code_of(&codes, step, typed);
        }
    }
    found
}

fn is_code_of(codes: &Totp, step: Step, typed: &TypedCode) -> bool {
    let code = codes.generate(step.0.saturating_mul(STEP_SECONDS)).to_string();
    code.as_bytes().ct_eq(&typed.0).into()
}

#[cfg(test)]
mod tests;
