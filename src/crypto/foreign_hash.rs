//! Password hashes that a portal made before us.
//!
//! An account can be brought along with the hash it has. The person's first
//! sign-in is checked against that; [`StoredHash::is_ours`] then says whether
//! the hash is made anew, as every hash is that we did not make with today's
//! costs. What is read here:
//!
//! | Kind | As written by |
//! |---|---|
//! | argon2i, argon2d, argon2id | PHC strings; Django's `argon2$argon2id$…` |
//! | bcrypt | `$2a$`, `$2b$`, `$2y$`; Django's `bcrypt$$2b$…` |
//! | PBKDF2 with SHA-1, SHA-256, SHA-512 | PHC strings, Passlib, Django, ASP.NET Identity version 3 |
//!
//! A check of such a hash takes the time its maker chose. Until it is made
//! anew, the time of an answer can tell that the account exists and was brought
//! along; it tells nothing of the password.

mod forms;

use std::fmt;
use std::num::NonZeroU32;

use argon2::{Algorithm, Argon2, Params, Version};
use ring::pbkdf2;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

/// What bcrypt looks at, with the NUL that ends a shorter password.
const BCRYPT_BYTES: usize = 72;
/// Bytes of a bcrypt hash; the 24th is never written.
const BCRYPT_OUTPUT: usize = 23;

/// Why a hash is not accepted. Never holds the hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHash {
    /// No kind that is known.
    #[error(
        "the hash is of no accepted kind; accepted are argon2i, argon2d and argon2id, bcrypt \
         ($2a$, $2b$, $2y$), PBKDF2 with SHA-1, SHA-256 or SHA-512 as PHC, Passlib or Django \
         write it, and ASP.NET Identity version 3"
    )]
    Kind,
    /// A known kind, but not its form.
    #[error("the {kind} hash is cut or altered; accepted is {form}")]
    Form {
        /// What it begins like.
        kind: &'static str,
        /// What it should look like.
        form: &'static str,
    },
    /// A number is out of range.
    #[error("{what} is {found}; accepted is {least} to {most}")]
    Range {
        /// Which number, and its unit.
        what: &'static str,
        /// As found.
        found: u64,
        /// The least that is accepted.
        least: u32,
        /// The most that is accepted.
        most: u32,
    },
}

/// A password could not be checked: the library refused, or there is no memory
/// for argon2. Nothing is known about the password.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be checked against its {kind} hash: {why}")]
pub struct CheckFailed {
    kind: &'static str,
    why: String,
}

/// A hash that passwords can be checked against. Invariant: one check of it
/// ends within seconds.
///
/// SECURITY: a hash is refused when it is brought along, not when it is used.
/// - Against: a hostile or wrong file with costs of a million; each sign-in of
///   that account would keep a hashing thread for minutes or take all memory.
/// - Therefore: every cost has a bound in [`StoredHash::parse`], which is the
///   only way to make one, and so have the products of costs.
/// - Price: an account with a costlier hash needs a new password.
/// - Held by: `a_hash_out_of_bounds_is_refused_and_at_the_bound_accepted`.
#[derive(Clone)]
pub struct StoredHash {
    scheme: Scheme,
    hash: Vec<u8>,
}

#[derive(Clone)]
enum Scheme {
    Argon2 { algorithm: Algorithm, version: Version, params: Params, salt: Vec<u8> },
    Bcrypt { cost: u32, salt: [u8; 16] },
    Pbkdf2 { digest: pbkdf2::Algorithm, iterations: NonZeroU32, salt: Vec<u8> },
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredHash({}, ..)", self.kind())
    }
}

impl StoredHash {
    /// What it is, for the operator.
    pub fn kind(&self) -> &'static str {
        match &self.scheme {
            Scheme::Argon2 { algorithm, .. } => algorithm.as_str(),
            Scheme::Bcrypt { .. } => "bcrypt",
            Scheme::Pbkdf2 { .. } => "PBKDF2",
        }
    }

    /// Whether it is as if we had made it today: argon2id, version 19, one
    /// lane and exactly these costs. Any other is made anew after a match.
    pub fn is_ours(&self, memory_kib: u32, passes: u32) -> bool {
        let Scheme::Argon2 { algorithm, version, params, .. } = &self.scheme else { return false };
        (*algorithm, *version) == (Algorithm::Argon2id, Version::V0x13)
            && (params.m_cost(), params.t_cost(), params.p_cost()) == (memory_kib, passes, 1)
    }

    /// Whether it was made from what was typed.
    ///
    /// An accent can be typed in two ways and a portal may have hashed either,
    /// so the text is tried as typed, then in NFC, then in NFD, as far as these
    /// differ: a password with accents can cost three checks, one without
    /// always costs one. How many a wrong one costs depends on what was typed
    /// alone. `typed` must not have been normalised before.
    ///
    /// # Errors
    ///
    /// [`CheckFailed`].
    pub fn matches(&self, typed: &str) -> Result<bool, CheckFailed> {
        if self.matches_exactly(typed)? {
            return Ok(true);
        }
        let composed = SecretString::from(typed.nfc().collect::<String>());
        let composed = composed.expose_secret();
        if composed != typed && self.matches_exactly(composed)? {
            return Ok(true);
        }
        let decomposed = SecretString::from(typed.nfd().collect::<String>());
        let decomposed = decomposed.expose_secret();
        Ok(decomposed != typed && decomposed != composed && self.matches_exactly(decomposed)?)
    }

    /// Whether it was made from exactly this text: for a hash of ours, whose
    /// text is in NFC. Compares in constant time.
    ///
    /// # Errors
    ///
    /// [`CheckFailed`].
    pub fn matches_exactly(&self, text: &str) -> Result<bool, CheckFailed> {
        let mut made = vec![0; self.hash.len()];
        let mut refused = false;
        match &self.scheme {
            Scheme::Argon2 { algorithm, version, params, salt } => {
                Argon2::new(*algorithm, *version, params.clone())
                    .hash_password_into(text.as_bytes(), salt, &mut made)
                    .map_err(|error| CheckFailed { kind: self.kind(), why: error.to_string() })?;
            }
            Scheme::Bcrypt { cost, salt } => {
                made = bcrypt(*cost, *salt, text);
                refused = text.contains('\0');
            }
            Scheme::Pbkdf2 { digest, iterations, salt } => {
                pbkdf2::derive(*digest, *iterations, salt, text.as_bytes(), &mut made);
            }
        }
        Ok(bool::from(made.ct_eq(&self.hash)) && !refused)
    }
}

/// What bcrypt makes of a password.
///
/// SECURITY: a password longer than 72 bytes is cut, and one with a NUL never
/// matches.
/// - Against: keeping out a person with a long password, which every program
///   that made such hashes cut; and, with a NUL, letting in `ab NUL ab` for
///   `ab`, since bcrypt repeats its input.
/// - Therefore: only the first 72 bytes are looked at, as by the maker; a text
///   with a NUL costs a whole check and is then refused.
/// - Price: until the hash is made anew, from the whole text of that first
///   sign-in, a mistake after the 72nd byte goes unseen and is then what counts.
/// - Held by: `bcrypt_looks_at_72_bytes_and_refuses_a_nul`.
fn bcrypt(cost: u32, salt: [u8; 16], text: &str) -> Vec<u8> {
    let mut input: Vec<u8> = text.bytes().chain([0]).collect();
    input.truncate(BCRYPT_BYTES);
    let mut made = bcrypt::bcrypt(cost, salt, &input).to_vec();
    made.truncate(BCRYPT_OUTPUT);
    made
}

#[cfg(test)]
mod tests;
