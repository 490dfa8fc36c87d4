//! The file of `vestibule user import`: people as a spreadsheet or a portal writes them out.
//!
//! ```text
//! name;email;full_name;groups
//! j.dupont;jeanne@exemple.be;Jeanne Dupont;clients|comptables
//! ```
//!
//! The first line names the columns, in any order. Every fault of the file is told at once, each
//! with its line, so that a person puts the file right in one go. No value may hold a line break,
//! so each line is read by itself: a quotation mark without its pair spoils one line, not all that
//! follow.
//!
//! Does not know who exists already and does not judge a password hash; the import does.

mod line;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use csv::StringRecord;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::domain::{Email, FullName, Group, Language, LoginName, Subject};

/// One person of the file. Spaces around each value are taken off, and an empty value is none.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Where in the file, counted from 1 with the header and empty lines.
    pub line: u64,
    /// User name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Full name.
    pub full_name: Option<String>,
    /// Code of one of our languages: `fr` where the file says `fr-BE`.
    pub language: Option<String>,
    /// Groups, each once, in the order of the file.
    pub groups: Vec<String>,
    /// The portal's own stable id for the person.
    pub id: Option<String>,
    /// A hash of the password in PHC or modular form; only its length is judged.
    #[serde(serialize_with = "exposed")]
    pub password_hash: Option<SecretString>,
}

/// A fault of the file. It never says what a password hash is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Where, counted from 1; also 1 for what is wrong with the whole file.
    pub line: u64,
    /// What is wrong there and what to do.
    pub what: String,
}

/// Reads the whole file.
///
/// UTF-8 with or without a byte order mark; `,` or `;` between the fields, whichever the header
/// line has; lines that end in any of the three ways; empty lines are passed over.
///
/// # Errors
///
/// Every fault, in the order of the lines. A faulty header is told alone, since nothing can be said
/// of the lines below, and so is a file beyond [`ROWS_MAX`] or [`BYTES_MAX`].
pub fn read(bytes: &[u8]) -> (Vec<Row>, Vec<BadLine>) {
    match read_lines(bytes) {
        Ok(read) => read,
        Err(of_the_file) => (Vec::new(), of_the_file),
    }
}

fn read_lines(bytes: &[u8]) -> Result<(Vec<Row>, Vec<BadLine>), Vec<BadLine>> {
    if bytes.len() > BYTES_MAX {
        return Err(whole("has more than 32 MB; split it into several"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(whole("is UTF-16; save it as UTF-8 (in a spreadsheet: “CSV UTF-8”)"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A spreadsheet writes an empty row as separators alone.
    let written = |byte: &u8| !matches!(byte, b',' | b';' | b' ' | b'\t');
    let mut lines = line::all(bytes).filter(|(_, line)| line.iter().any(written));
    let Some((number, header)) = lines.next() else {
        return Err(whole("is empty; its first line must name the columns, such as name,email"));
    };
    let header = Header::read(header).map_err(|faults| all_at(number, faults))?;
    let mut seen = Seen::default();
    let mut rows = Vec::new();
    let mut bad = Vec::new();
    for ((number, line), before) in lines.zip(0..) {
        if before == ROWS_MAX {
            let what = format!("is one more than {ROWS_MAX} people; split the file into several");
            return Err(all_at(number, vec![what]));
        }
        match header.fields(line) {
            Ok(fields) => {
                let (row, faults) = header.row(&fields, number, &mut seen);
                if faults.is_empty() {
                    rows.push(row);
                }
                bad.extend(all_at(number, faults));
            }
            Err(what) => bad.push(BadLine { line: number, what }),
        }
    }
    Ok((rows, bad))
}

fn whole(what: &str) -> Vec<BadLine> {
    vec![BadLine { line: 1, what: format!("the file {what}") }]
}

fn all_at(line: u64, faults: Vec<String>) -> Vec<BadLine> {
    faults.into_iter().map(|what| BadLine { line, what }).collect()
}

/// The columns of one file.
struct Header {
    separator: u8,
    /// One for each field of a line.
    columns: Vec<Column>,
}

/// Where a name or an id was first seen.
#[derive(Default)]
struct Seen {
    names: HashMap<String, u64>,
    ids: HashMap<String, u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Email,
    FullName,
    Language,
    Groups,
    Id,
    PasswordHash,
}

impl Column {
    const ALL: [Self; 7] = [
        Self::Name,
        Self::Email,
        Self::FullName,
        Self::Language,
        Self::Groups,
        Self::Id,
        Self::PasswordHash,
    ];
    const REQUIRED: [Self; 2] = [Self::Name, Self::Email];

    const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::FullName => "full_name",
            Self::Language => "language",
            Self::Groups => "groups",
            Self::Id => "id",
            Self::PasswordHash => "password_hash",
        }
    }
}

impl Header {
    fn read(line: &[u8]) -> Result<Self, Vec<String>> {
        let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
        let separator = if count(b';') > count(b',') { b';' } else { b',' };
        let fields = line::fields(line, separator).map_err(|what| vec![what])?;
        let known = |word: &str| {
            Column::ALL.into_iter().find(|column| column.word().eq_ignore_ascii_case(word.trim()))
        };
        let (mut columns, mut faults) = (Vec::new(), Vec::new());
        for (word, place) in fields.iter().zip(1_u64..) {
            match known(word) {
                Some(column) if columns.contains(&column) => {
                    faults.push(format!("the column {} is there twice", column.word()));
                }
                Some(column) => columns.push(column),
                None => faults.push(format!("column {place}{} is not a known one", told(word))),
            }
        }
        if columns.is_empty() {
            faults = vec!["is not a header".to_owned()];
        }
        for required in Column::REQUIRED {
            if !columns.contains(&required) {
                faults.push(format!("the column {} is missing", required.word()));
            }
        }
        if faults.is_empty() {
            return Ok(Self { separator, columns });
        }
        faults.push(format!(
            "the first line names the columns, with , or ; between them; known are {}",
            Column::ALL.map(Column::word).join(", ")
        ));
        Err(faults)
    }

    /// The fields of a line, if there are as many as columns.
    fn fields(&self, line: &[u8]) -> Result<StringRecord, String> {
        let fields = line::fields(line, self.separator)?;
        match fields.len() == self.columns.len() {
            true => Ok(fields),
            false => Err(format!(
                "has {} fields and the header has {}; a value with {} in it must stand in quotation \
                 marks",
                fields.len(),
                self.columns.len(),
                char::from(self.separator),
            )),
        }
    }

    /// One person, and what is wrong with them.
    fn row(&self, fields: &StringRecord, line: u64, seen: &mut Seen) -> (Row, Vec<String>) {
        let value = |column: Column| {
            let at = self.columns.iter().position(|it| *it == column)?;
            fields.get(at).map(str::trim).filter(|value| !value.is_empty())
        };
        let owned = |column: Column| value(column).map(str::to_owned);
        let (groups, mut faults) = groups(value(Column::Groups).unwrap_or_default());
        let row = Row {
            line,
            name: owned(Column::Name).unwrap_or_default(),
            email: owned(Column::Email).unwrap_or_default(),
            full_name: owned(Column::FullName),
            language: value(Column::Language).map(|tag| match Language::parse(tag) {
                Some(language) => language.code().to_owned(),
                None => {
                    faults.push(format!("the language{} is none of fr, nl, de, en", told(tag)));
                    String::new()
                }
            }),
            groups,
            id: owned(Column::Id),
            password_hash: value(Column::PasswordHash).map(SecretString::from),
        };
        faults.extend(row.faults());
        faults.extend(seen.twice(&row));
        (row, faults)
    }
}

impl Row {
    /// What is wrong with the values, each by itself.
    fn faults(&self) -> Vec<String> {
        let name = LoginName::parse(&self.name).err();
        let email = Email::parse(&self.email).err();
        let full_name = self.full_name.as_deref().and_then(|text| FullName::parse(text).err());
        let id = self.id.as_deref().and_then(|text| Subject::parse(text).err());
        let bad = [name, email, full_name, id].into_iter().flatten();
        let mut faults: Vec<String> = bad.map(|bad| bad.to_string()).collect();
        let hash = self.password_hash.as_ref().map_or("", ExposeSecret::expose_secret);
        if hash.len() > HASH_BYTES_MAX {
            faults.push(format!("the password hash is longer than {HASH_BYTES_MAX} bytes"));
        }
        faults
    }
}

impl Seen {
    /// What of this person another line has already; names count as the sign-in counts them.
    fn twice(&mut self, row: &Row) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(first) = first(&mut self.names, LoginName::fold(&row.name), row.line) {
            faults.push(format!("the user name{} is on line {first} already", told(&row.name)));
        }
        let id = row.id.clone().unwrap_or_default();
        if let Some(first) = first(&mut self.ids, id, row.line) {
            let id = row.id.as_deref().map(told).unwrap_or_default();
            faults.push(format!("the id{id} is on line {first} already"));
        }
        faults
    }
}

/// The line that had this before, if one had; an empty value is nobody's.
fn first(seen: &mut HashMap<String, u64>, value: String, line: u64) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    match seen.entry(value) {
        Entry::Occupied(first) => Some(*first.get()),
        Entry::Vacant(place) => {
            place.insert(line);
            None
        }
    }
}

/// The groups of one field, and what is wrong with them.
fn groups(field: &str) -> (Vec<String>, Vec<String>) {
    let (mut groups, mut faults) = (Vec::new(), Vec::new());
    let written = field.split([';', '|']).map(str::trim).filter(|group| !group.is_empty());
    for group in written {
        if groups.len() == GROUPS_MAX {
            faults.push(format!("has more than {GROUPS_MAX} groups"));
            break;
        }
        match Group::parse(group) {
            Err(bad) if !may_be_secret(group) => faults.push(bad.to_string()),
            Err(_) => faults.push("a group is longer than 64 bytes or not plain text".to_owned()),
            Ok(_) => {}
        }
        if !groups.iter().any(|it| it == group) {
            groups.push(group.to_owned());
        }
    }
    (groups, faults)
}

/// A value for the text of a fault, with a space before it; nothing where it may be a secret.
///
/// SECURITY: a fault does not say what a password hash is.
/// - Against: a file without a header, or with columns that do not stand under their names: the
///   hashes are then told as columns, languages or names, on a screen and in a log.
/// - Therefore: a value with a `$`, as every hash has, or a long one is not repeated.
/// - Price: the operator looks a long value up by its line.
/// - Held by: `a_hash_in_the_wrong_column_is_not_repeated`.
fn told(value: &str) -> String {
    match may_be_secret(value) {
        true => String::new(),
        false => format!(" {value:?}"),
    }
}

fn may_be_secret(value: &str) -> bool {
    value.len() > TOLD_BYTES_MAX || value.contains('$')
}

/// The way to the gateway is the one place where the hash is written out.
fn exposed<S: Serializer>(hash: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    hash.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}

/// People in one file.
pub const ROWS_MAX: usize = 50_000;
/// Bytes of one file: 32 MB.
pub const BYTES_MAX: usize = 32 * 1024 * 1024;
/// As many fill the header by which apps learn them.
const GROUPS_MAX: usize = 256;
const HASH_BYTES_MAX: usize = 512;
/// Longest value that a fault repeats.
const TOLD_BYTES_MAX: usize = 48;

#[cfg(test)]
mod tests;
