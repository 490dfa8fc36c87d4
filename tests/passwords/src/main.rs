//! Makes the filter of known passwords out of lists of them, one a line.
//!
//! Shares the key, the checksum and the reader with the program, so that the
//! two cannot come apart. The same lists give the same bytes.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use xorf::BinaryFuse16;

#[allow(dead_code, reason = "the program asks more of it than this does")]
#[path = "../../../src/domain/known_passwords.rs"]
mod known_passwords;

use known_passwords::{KnownPasswords, MAGIC, checksum, folded, key};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let target = arguments.next().ok_or("give the file to write, then the lists")?;
    let mut out = std::io::stdout().lock();

    let mut passwords: BTreeSet<String> = BTreeSet::new();
    for list in arguments {
        let before = passwords.len();
        let bytes = fs::read(&list)?;
        let lines: Vec<&[u8]> =
            bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let kept = lines.iter().filter_map(|line| std::str::from_utf8(line).ok());
        passwords.extend(kept.map(|line| folded(line.trim_end_matches('\r'))).filter(|password| {
            password.chars().count() >= KnownPasswords::LENGTH_MIN
                && !password.contains(char::is_control)
        }));
        let name = Path::new(&list).file_name().unwrap_or_default().to_string_lossy();
        writeln!(out, "{name}: {} entries, {} new", lines.len(), passwords.len() - before)?;
    }

    // Sorted, so that the order of a list does not matter.
    let keys: BTreeSet<u64> = passwords.iter().map(|password| key(password)).collect();
    let keys: Vec<u64> = keys.into_iter().collect();
    let file = encode(&BinaryFuse16::try_from(&keys)?, u32::try_from(passwords.len())?);

    // What the program will read must know each of them.
    let known = KnownPasswords::read(&file)?;
    if let Some(password) = passwords.iter().find(|password| !known.contains(password)) {
        return Err(format!("{password:?} is not found in the filter").into());
    }
    fs::write(&target, &file)?;
    writeln!(out, "together {} passwords in {} bytes", passwords.len(), file.len())?;
    Ok(())
}

/// The format that the head of `known_passwords.rs` describes.
fn encode(filter: &BinaryFuse16, count: u32) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend(count.to_le_bytes());
    file.extend(filter.descriptor.seed.to_le_bytes());
    file.extend(filter.descriptor.segment_length.to_le_bytes());
    file.extend(filter.descriptor.segment_count_length.to_le_bytes());
    let fingerprints: Vec<u8> =
        filter.fingerprints.iter().flat_map(|fingerprint| fingerprint.to_le_bytes()).collect();
    file.extend(checksum(&file, &fingerprints).to_le_bytes());
    file.extend(fingerprints);
    file
}
