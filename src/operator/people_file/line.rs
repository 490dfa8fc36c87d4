//! The lines of a file of people, and the fields of a line.

use csv::{ReaderBuilder, StringRecord};

/// The lines with their numbers, from 1; `\r\n`, `\n` and `\r` each end one.
pub fn all(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = Some(bytes);
    let next = move || {
        let all = rest?;
        let Some(at) = memchr::memchr2(b'\r', b'\n', all) else {
            return rest.take();
        };
        let (line, end) = all.split_at(at);
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..));
        Some(line)
    };
    (1..).zip(std::iter::from_fn(next))
}

/// Takes a line apart.
///
/// # Errors
///
/// What is wrong with the line, for the person whose file it is.
pub fn fields(line: &[u8], separator: u8) -> Result<StringRecord, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("is longer than {LINE_BYTES_MAX} bytes; is a line end missing?"));
    }
    let line = std::str::from_utf8(line).map_err(|_| NOT_UTF_8.to_owned())?;
    let marks = line.matches('"').count();
    if marks == 0 {
        // Most lines; making a reader for each would take longer than all else.
        return Ok(line.split(char::from(separator)).collect());
    }
    if marks % 2 == 1 {
        return Err(UNPAIRED.to_owned());
    }
    let mut fields = StringRecord::new();
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(line.len())
        .from_reader(line.as_bytes())
        .read_record(&mut fields)
        .map_err(|_| "cannot be taken apart into fields".to_owned())?;
    Ok(fields)
}

/// Far more than all values of one person at their longest, but for groups.
const LINE_BYTES_MAX: usize = 64 * 1024;
const NOT_UTF_8: &str = "has characters that are not UTF-8; save the file as UTF-8 (in a spreadsheet: \
     “CSV UTF-8”)";
const UNPAIRED: &str = "has a quotation mark without its pair; a value cannot run over several lines, \
     and a quotation mark within a value is written twice";
