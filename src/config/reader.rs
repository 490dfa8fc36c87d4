//! Reads a TOML document piece by piece and remembers every fault with its
//! place, instead of stopping at the first.
//!
//! A derived reader would tell one fault a run; an operator who mends a file
//! wants them all. What a section does not ask for is a fault as well, so a
//! typing mistake cannot leave a default in force unnoticed.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One fault of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// Line and column, counted from 1; none where the file cannot be read.
    pub place: Option<(usize, usize)>,
    /// Which key, as `app.rule.path`; empty for the file as a whole.
    pub key: String,
    /// What is wrong and what to do.
    pub wrong: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.wrong)
    }
}

/// Where faults are gathered.
pub struct Document<'a> {
    file: &'a Path,
    text: &'a str,
    faults: RefCell<Vec<Fault>>,
    remarks: RefCell<Vec<Fault>>,
    files: RefCell<Vec<(PathBuf, Fault)>>,
}

impl<'a> Document<'a> {
    /// A document and its text.
    pub fn new(file: &'a Path, text: &'a str) -> Self {
        Self {
            file,
            text,
            faults: RefCell::default(),
            remarks: RefCell::default(),
            files: RefCell::default(),
        }
    }

    /// Notes a fault.
    pub fn fault(&self, at: &Range<usize>, key: &str, wrong: impl Into<String>) {
        self.faults.borrow_mut().push(self.told(at, key, wrong.into()));
    }

    fn told(&self, at: &Range<usize>, key: &str, wrong: String) -> Fault {
        let place = Some(self.place(at.start));
        Fault { file: self.file.to_owned(), place, key: key.to_owned(), wrong }
    }

    /// Where the files are named whose faults come with time, each as a fault
    /// that still wants its text.
    pub fn files(&self) -> Vec<(PathBuf, Fault)> {
        self.files.borrow().clone()
    }

    /// What is no fault and hardly meant, in the order of its places.
    pub fn remarks(&self) -> Vec<Fault> {
        let mut remarks = self.remarks.borrow().clone();
        remarks.sort_by_key(|remark| remark.place);
        remarks
    }

    fn place(&self, offset: usize) -> (usize, usize) {
        place_after(self.text.get(..offset).unwrap_or(self.text))
    }

    /// All faults, in the order of their places.
    pub fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.place);
        faults
    }
}

/// Line and column of what follows a text, counted from 1.
pub fn place_after(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Range<usize>,
    /// Under which key.
    pub key: String,
}

/// An entry of a list that may hold texts and tables.
pub enum Item<'a> {
    /// A text.
    Text(At<String>),
    /// A table.
    Table(Section<'a>),
}

/// One table, read key by key. Dropping it without [`Section::finish`] would
/// leave unknown keys unseen, so every reader ends with that call.
pub struct Section<'a> {
    document: &'a Document<'a>,
    table: Option<&'a DeTable<'a>>,
    path: String,
    span: Range<usize>,
    asked: HashSet<&'static str>,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub fn root(document: &'a Document<'a>, table: &'a Spanned<DeTable<'a>>) -> Self {
        Self::new(document, Some(table.get_ref()), String::new(), table.span())
    }

    fn new(
        document: &'a Document<'a>,
        table: Option<&'a DeTable<'a>>,
        path: String,
        span: Range<usize>,
    ) -> Self {
        Self { document, table, path, span, asked: HashSet::new() }
    }

    /// The full name of a key.
    pub fn key(&self, key: &str) -> String {
        match self.path.is_empty() {
            true => key.to_owned(),
            false => format!("{}.{key}", self.path),
        }
    }

    /// Notes that something is missing from this section.
    pub fn missing(&self, key: &str, advice: &str) {
        self.document.fault(&self.span, &self.key(key), format!("is missing; {advice}"));
    }

    /// Notes a fault of a value.
    pub fn wrong<T>(&self, at: &At<T>, wrong: impl Into<String>) {
        self.document.fault(&at.span, &at.key, wrong);
    }

    /// Notes what is no fault and hardly meant.
    pub fn remark<T>(&self, at: &At<T>, told: impl Into<String>) {
        let remark = self.document.told(&at.span, &at.key, told.into());
        self.document.remarks.borrow_mut().push(remark);
    }

    /// Remembers where a file is named whose faults come with time.
    pub fn name_file<T>(&self, at: &At<T>, file: &Path) {
        let fault = self.document.told(&at.span, &at.key, String::new());
        self.document.files.borrow_mut().push((file.to_owned(), fault));
    }

    /// Where this section stands, for what is said of a key that it lacks.
    pub fn here(&self, key: &str) -> At<()> {
        At { value: (), span: self.span.clone(), key: self.key(key) }
    }

    /// Whether a key holds a list without anything in it.
    pub fn is_empty_list(&self, key: &str) -> bool {
        let list = self.found(key).and_then(|value| value.get_ref().as_array());
        list.is_some_and(|list| list.is_empty())
    }

    fn found(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let table = self.table?;
        table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.insert(key);
        self.found(key)
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        what: &str,
        read: impl Fn(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<At<T>> {
        let value = self.get(key)?;
        let full = self.key(key);
        match read(value.get_ref()) {
            Some(read) => Some(At { value: read, span: value.span(), key: full }),
            None => {
                let found = value.get_ref().type_str();
                let wrong = format!("is a value of type {found}; write {what}");
                self.document.fault(&value.span(), &full, wrong);
                None
            }
        }
    }

    /// A text.
    pub fn text(&mut self, key: &'static str) -> Option<At<String>> {
        self.typed(key, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// Where a key stands, whatever its value.
    pub fn place(&mut self, key: &'static str) -> Option<At<()>> {
        let span = self.get(key)?.span();
        Some(At { value: (), span, key: self.key(key) })
    }

    /// A whole number within bounds.
    pub fn number(
        &mut self,
        key: &'static str,
        bounds: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> u64 {
        let read = |value: &DeValue<'_>| {
            let digits = value.as_integer()?;
            i128::from_str_radix(digits.as_str(), digits.radix()).ok()
        };
        let what = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        match self.typed(key, &what, read) {
            Some(found) => {
                let number = u64::try_from(found.value).ok();
                number.filter(|number| bounds.contains(number)).unwrap_or_else(|| {
                    self.wrong(&found, format!("is {}; write {what}", found.value));
                    default
                })
            }
            None => default,
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> bool {
        self.typed(key, "true or false", DeValue::as_bool).is_some_and(|found| found.value)
    }

    /// A list of texts, each with its own place.
    pub fn texts(&mut self, key: &'static str) -> Option<At<Vec<At<String>>>> {
        let full = self.key(key);
        let list = self.typed(key, "a list of texts in quotes", DeValue::as_array)?;
        let mut texts = Vec::new();
        for item in list.value {
            match item.get_ref().as_str() {
                Some(text) => {
                    texts.push(At { value: text.to_owned(), span: item.span(), key: full.clone() })
                }
                None => self.document.fault(&item.span(), &full, "is not a text in quotes"),
            }
        }
        Some(At { value: texts, span: list.span, key: full })
    }

    /// A list of texts and tables.
    pub fn items(&mut self, key: &'static str) -> Option<At<Vec<Item<'a>>>> {
        let full = self.key(key);
        let list = self.typed(key, "a list of texts in quotes or tables", DeValue::as_array)?;
        let mut items = Vec::new();
        for item in list.value {
            let (value, span) = (item.get_ref(), item.span());
            match (value.as_str(), value.as_table()) {
                (Some(text), _) => {
                    items.push(Item::Text(At { value: text.to_owned(), span, key: full.clone() }));
                }
                (_, Some(table)) => {
                    let path = full.clone();
                    items.push(Item::Table(Section::new(self.document, Some(table), path, span)));
                }
                _ => self.document.fault(&span, &full, "is neither a text in quotes nor a table"),
            }
        }
        Some(At { value: items, span: list.span, key: full })
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], default: T) -> T {
        let Some(found) = self.text(key) else { return default };
        match words.iter().find(|(word, _)| *word == found.value) {
            Some((_, value)) => *value,
            None => {
                let known: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
                let wrong = format!("is {:?}; write one of {}", found.value, known.join(", "));
                self.wrong(&found, wrong);
                default
            }
        }
    }

    /// Whether a key holds a table rather than a text.
    pub fn holds_table(&self, key: &str) -> bool {
        self.found(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// A table below this one; an absent one reads as empty.
    pub fn section(&mut self, key: &'static str) -> Section<'a> {
        let path = self.key(key);
        let span = self.span.clone();
        match self.typed(key, "a table", DeValue::as_table) {
            Some(found) => Section::new(self.document, Some(found.value), path, found.span),
            None => Section::new(self.document, None, path, span),
        }
    }

    /// The tables of a list such as `[[app]]`.
    pub fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let path = self.key(key);
        let Some(list) = self.typed(key, "tables as [[name]]", DeValue::as_array) else {
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in list.value {
            match item.get_ref().as_table() {
                Some(table) => {
                    sections.push(Section::new(
                        self.document,
                        Some(table),
                        path.clone(),
                        item.span(),
                    ));
                }
                None => self.document.fault(&item.span(), &path, "is not a table"),
            }
        }
        sections
    }

    /// Notes every key that nobody asked for.
    pub fn finish(self) {
        let Some(table) = self.table else { return };
        for (name, _) in table {
            if !self.asked.contains(name.get_ref().as_ref()) {
                let mut known: Vec<_> = self.asked.iter().copied().collect();
                known.sort_unstable();
                let wrong = format!("is not a key; known here: {}", known.join(", "));
                self.document.fault(&name.span(), &self.key(name.get_ref()), wrong);
            }
        }
    }
}
