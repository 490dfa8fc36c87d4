//! The forms in which hashes of other programs are written, and their bounds.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use argon2::{Algorithm, Params, Version};
use base64::Engine;
use base64::alphabet::{self, Alphabet};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::pbkdf2;

use super::{BCRYPT_OUTPUT, BadHash, Scheme, StoredHash};

/// How long the text of a hash may be, in bytes.
const TEXT_BYTES: RangeInclusive<u32> = 1..=512;
/// How long what comes out of argon2 or PBKDF2 may be, in bytes.
const OUTPUT_BYTES: RangeInclusive<u32> = 16..=64;
/// Argon2 itself demands 8 bytes of salt.
const ARGON2_SALT_BYTES: RangeInclusive<u32> = 8..=64;
const ARGON2_MEMORY_KIB_MAX: u32 = 1024 * 1024;
const ARGON2_PASSES: RangeInclusive<u32> = 1..=20;
const ARGON2_LANES: RangeInclusive<u32> = 1..=16;
/// Memory times passes: 4 GiB, the most that presets in use ask for.
const ARGON2_WORK_KIB: RangeInclusive<u32> = 1..=4 * 1024 * 1024;
const BCRYPT_COST: RangeInclusive<u32> = 4..=15;
const PBKDF2_SALT_BYTES: RangeInclusive<u32> = 1..=128;
/// Iterations times the blocks that the output needs.
const PBKDF2_ITERATIONS: RangeInclusive<u32> = 1..=5_000_000;

/// With or without `=`, as its maker wrote it.
const BASE64: GeneralPurpose = lenient(&alphabet::STANDARD);
/// Some makers leave chance in the spare bits of a bcrypt salt.
const BCRYPT_BASE64: GeneralPurpose = lenient(&alphabet::BCRYPT);

const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

impl StoredHash {
    /// Reads a hash in any of the forms of this module.
    ///
    /// # Errors
    ///
    /// [`BadHash`], where it is of another kind, damaged or too costly.
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        within("the length of the hash in bytes", text.len() as u64, &TEXT_BYTES)?;
        // Django puts the name of its hasher before what the library wrote.
        let named = ["argon2", "bcrypt$"].iter().find_map(|name| text.strip_prefix(name));
        let text = named.unwrap_or(text);
        match text {
            _ if text.starts_with("$argon2") => Self::argon2(text),
            _ if text.starts_with("$2") => Self::bcrypt(text),
            _ if text.starts_with("$pbkdf2") => Self::pbkdf2_with_dollar(text),
            _ if text.starts_with("pbkdf2_") => Self::django(text),
            // A byte 1 and the zeroes before a small number.
            _ if text.starts_with("AQAAA") => Self::aspnet(text),
            _ => Err(BadHash::Kind),
        }
    }

    fn argon2(text: &str) -> Result<Self, BadHash> {
        let bad = || BadHash::Form {
            kind: "argon2",
            form: "$argon2id$v=19$m=…,t=…,p=…$salt$hash, with argon2i and argon2d, and v=16, alike",
        };
        let parts: Vec<&str> = text.split('$').skip(1).collect();
        let (name, version, costs, salt, hash) = match parts.as_slice() {
            [name, "v=19", costs, salt, hash] => (*name, Version::V0x13, costs, salt, hash),
            // Before there were two versions none was written.
            [name, "v=16", costs, salt, hash] | [name, costs, salt, hash] => {
                (*name, Version::V0x10, costs, salt, hash)
            }
            _ => return Err(bad()),
        };
        let algorithm = Algorithm::new(name).map_err(|_| BadHash::Kind)?;
        let [memory, passes, lanes] = named(costs, ["m", "t", "p"]).ok_or_else(bad)?;
        let passes = within("the number of argon2 passes", passes, &ARGON2_PASSES)?;
        let lanes = within("the number of argon2 lanes", lanes, &ARGON2_LANES)?;
        let most = ARGON2_MEMORY_KIB_MAX;
        let memory = within("the argon2 memory in KiB", memory, &(8 * lanes..=most))?;
        let work = u64::from(memory) * u64::from(passes);
        within("the argon2 memory in KiB times its passes", work, &ARGON2_WORK_KIB)?;
        let salt = BASE64.decode(salt).map_err(|_| bad())?;
        let hash = BASE64.decode(hash).map_err(|_| bad())?;
        within("the length of the argon2 salt in bytes", salt.len() as u64, &ARGON2_SALT_BYTES)?;
        within("the length of the argon2 output in bytes", hash.len() as u64, &OUTPUT_BYTES)?;
        let params = Params::new(memory, passes, lanes, Some(hash.len())).map_err(|_| bad())?;
        Ok(Self { scheme: Scheme::Argon2 { algorithm, version, params, salt }, hash })
    }

    fn bcrypt(text: &str) -> Result<Self, BadHash> {
        let bad = || BadHash::Form {
            kind: "bcrypt",
            form: "$2b$, two digits, $ and 53 characters, with $2a$ and $2y$ alike",
        };
        // Not `$2x$`: it marks hashes of a faulty program, which only that
        // fault matches.
        let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|start| text.strip_prefix(start));
        let (cost, rest) = rest.ok_or(BadHash::Kind)?.split_once('$').ok_or_else(bad)?;
        if cost.len() != 2 || rest.len() != 53 {
            return Err(bad());
        }
        let cost = within("the bcrypt cost", number(cost).ok_or_else(bad)?, &BCRYPT_COST)?;
        let (salt, hash) = rest.split_at_checked(22).ok_or_else(bad)?;
        let salt = BCRYPT_BASE64.decode(salt).map_err(|_| bad())?;
        let salt = salt.try_into().map_err(|_| bad())?;
        let hash = BCRYPT_BASE64.decode(hash).map_err(|_| bad())?;
        match hash.len() {
            BCRYPT_OUTPUT => Ok(Self { scheme: Scheme::Bcrypt { cost, salt }, hash }),
            _ => Err(bad()),
        }
    }

    /// PHC strings and Passlib's, which begin alike. SHA-1 goes unnamed in some.
    fn pbkdf2_with_dollar(text: &str) -> Result<Self, BadHash> {
        let bad = || BadHash::Form {
            kind: "PBKDF2",
            form: "$pbkdf2-sha256$i=…,l=…$salt$hash or $pbkdf2-sha256$…$salt$hash, with \
                   pbkdf2-sha1 and pbkdf2-sha512 alike",
        };
        let parts: Vec<&str> = text.split('$').skip(1).collect();
        let [name, costs, salt, hash] = parts.as_slice() else { return Err(bad()) };
        let digest = match *name {
            "pbkdf2" | "pbkdf2-sha1" => pbkdf2::PBKDF2_HMAC_SHA1,
            "pbkdf2-sha256" => pbkdf2::PBKDF2_HMAC_SHA256,
            "pbkdf2-sha512" => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return Err(BadHash::Kind),
        };
        // Passlib writes `.` for `+`.
        let bytes = |text: &str| BASE64.decode(text.replace('.', "+")).map_err(|_| bad());
        let (salt, hash) = (bytes(salt)?, bytes(hash)?);
        let iterations = match (number(costs), named(costs, ["i"]), named(costs, ["i", "l"])) {
            (Some(iterations), _, _) | (_, Some([iterations]), _) => iterations,
            (_, _, Some([iterations, length])) if length == hash.len() as u64 => iterations,
            _ => return Err(bad()),
        };
        Self::pbkdf2(digest, iterations, salt, hash)
    }

    fn django(text: &str) -> Result<Self, BadHash> {
        let bad = || BadHash::Form {
            kind: "Django",
            form: "pbkdf2_sha256$iterations$salt$hash, with pbkdf2_sha1 and pbkdf2_sha512 alike",
        };
        let parts: Vec<&str> = text.split('$').collect();
        let [name, iterations, salt, hash] = parts.as_slice() else { return Err(bad()) };
        let digest = match *name {
            "pbkdf2_sha1" => pbkdf2::PBKDF2_HMAC_SHA1,
            "pbkdf2_sha256" => pbkdf2::PBKDF2_HMAC_SHA256,
            "pbkdf2_sha512" => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return Err(BadHash::Kind),
        };
        let iterations = number(iterations).ok_or_else(bad)?;
        let hash = BASE64.decode(hash).map_err(|_| bad())?;
        Self::pbkdf2(digest, iterations, salt.as_bytes().to_vec(), hash)
    }

    /// A byte 1, then big-endian 32-bit numbers: digest, iterations, length of
    /// the salt; then the salt and the output.
    fn aspnet(text: &str) -> Result<Self, BadHash> {
        let bad = || BadHash::Form {
            kind: "ASP.NET Identity",
            form: "the base64 text of its version 3, whole",
        };
        let blob = BASE64.decode(text).map_err(|_| bad())?;
        let (head, rest) = blob.split_first_chunk::<13>().ok_or_else(bad)?;
        let [1, a, b, c, d, e, f, g, h, i, j, k, l] = *head else { return Err(BadHash::Kind) };
        let digest = match u32::from_be_bytes([a, b, c, d]) {
            0 => pbkdf2::PBKDF2_HMAC_SHA1,
            1 => pbkdf2::PBKDF2_HMAC_SHA256,
            2 => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return Err(BadHash::Kind),
        };
        let length = usize::try_from(u32::from_be_bytes([i, j, k, l])).map_err(|_| bad())?;
        let (salt, hash) = rest.split_at_checked(length).ok_or_else(bad)?;
        let iterations = u32::from_be_bytes([e, f, g, h]).into();
        Self::pbkdf2(digest, iterations, salt.to_vec(), hash.to_vec())
    }

    fn pbkdf2(
        digest: pbkdf2::Algorithm,
        iterations: u64,
        salt: Vec<u8>,
        hash: Vec<u8>,
    ) -> Result<Self, BadHash> {
        let block: u64 = match digest {
            _ if digest == pbkdf2::PBKDF2_HMAC_SHA1 => 20,
            _ if digest == pbkdf2::PBKDF2_HMAC_SHA256 => 32,
            _ => 64,
        };
        within("the length of the PBKDF2 salt in bytes", salt.len() as u64, &PBKDF2_SALT_BYTES)?;
        within("the length of the PBKDF2 output in bytes", hash.len() as u64, &OUTPUT_BYTES)?;
        let what = "the number of PBKDF2 iterations, for all blocks of the output";
        let work = iterations.saturating_mul((hash.len() as u64).div_ceil(block));
        within(what, work, &PBKDF2_ITERATIONS)?;
        let found = within("the number of PBKDF2 iterations", iterations, &PBKDF2_ITERATIONS)?;
        let iterations = NonZeroU32::new(found).ok_or(BadHash::Kind)?;
        Ok(Self { scheme: Scheme::Pbkdf2 { digest, iterations, salt }, hash })
    }
}

/// A decimal number of digits alone.
fn number(text: &str) -> Option<u64> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().ok(),
        false => None,
    }
}

/// The numbers of `m=64,t=2,p=1`: these names, all of them, in this order.
fn named<const N: usize>(text: &str, names: [&str; N]) -> Option<[u64; N]> {
    let mut parts = text.split(',');
    let mut numbers = [0; N];
    for (slot, name) in numbers.iter_mut().zip(names) {
        *slot = number(parts.next()?.strip_prefix(name)?.strip_prefix('=')?)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn within(what: &'static str, found: u64, range: &RangeInclusive<u32>) -> Result<u32, BadHash> {
    let (least, most) = (*range.start(), *range.end());
    match u32::try_from(found) {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(BadHash::Range { what, found, least, most }),
    }
}
