//! Accounts: who may sign in, and what the apps are told about them.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::Moment;

/// The stable identity of an account, for as long as it exists: 128 random
/// bits. Names and addresses change; this does not, so it is the `sub` of the
/// assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 16]);

impl AccountId {
    /// From 16 bytes of chance, or from a record.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as a key of the store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the text form of [`fmt::Display`]: 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 16];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why a piece of text about an account is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {wrong}")]
pub struct BadText {
    what: &'static str,
    wrong: String,
}

impl BadText {
    fn new(what: &'static str, wrong: impl Into<String>) -> Self {
        Self { what, wrong: wrong.into() }
    }
}

/// The checks that every text about a person passes: it becomes a header, a
/// log line and a page.
fn plain(what: &'static str, text: &str, most: usize) -> Result<(), BadText> {
    if text.is_empty() {
        return Err(BadText::new(what, "is empty"));
    }
    if text.len() > most {
        return Err(BadText::new(what, format!("is longer than {most} bytes")));
    }
    if text.trim() != text {
        return Err(BadText::new(what, "begins or ends with a space"));
    }
    let odd = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    match text.chars().find(|c| odd(*c)) {
        Some(c) => Err(BadText::new(what, format!("contains the control character {c:?}"))),
        None => Ok(()),
    }
}

/// The name a person types to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginName(String);

impl LoginName {
    /// Longest name in bytes.
    pub const BYTES_MAX: usize = 128;

    /// Accepts a name as an operator gives it.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        plain("the user name", text, Self::BYTES_MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one form under which a name is found, counted and kept.
    ///
    /// SECURITY: every spelling that reaches the same account has one form.
    /// - Against: guessing with `john`, `John`, `JOHN ` and composed or
    ///   decomposed accents, each with a counter of its own.
    /// - Therefore: NFKC, lower case, no space at the ends.
    /// - Price: two accounts cannot differ in letter case alone.
    /// - Held by: `every_spelling_of_a_name_folds_to_one_form`.
    pub fn fold(typed: &str) -> String {
        typed.nfkc().collect::<String>().trim().to_lowercase().nfkc().collect()
    }
}

/// The id that a portal had for a person before it stood behind us. Where there
/// is one, it is the `sub` of the assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// Accepts up to 128 visible ASCII characters.
    ///
    /// SECURITY: no id of the portal's looks like one of ours.
    /// - Against: an imported id that is spelled like another account's own id,
    ///   so that an app takes one person for the other.
    /// - Therefore: 32 hexadecimal digits are refused.
    /// - Price: a portal with such ids must prefix them.
    /// - Held by: `an_id_of_the_portal_cannot_look_like_one_of_ours`.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        const WHAT: &str = "the id";
        plain(WHAT, text, 128)?;
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadText::new(WHAT, "contains something else than visible ASCII"));
        }
        if AccountId::parse(text).is_some() {
            return Err(BadText::new(WHAT, "has the form of the gateway's own ids; prefix it"));
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, checked for shape only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Accepts `local@domain` without white space, quotes or control
    /// characters, so that it cannot break out of a mail header.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        const WHAT: &str = "the e-mail address";
        plain(WHAT, text, 254)?;
        if text.contains(|c: char| c.is_whitespace() || "\"<>(),;:\\".contains(c)) {
            return Err(BadText::new(WHAT, "contains a space, quote or separator"));
        }
        match text.split_once('@') {
            Some((local, domain))
                if !local.is_empty() && domain.contains('.') && !domain.contains('@') =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(BadText::new(WHAT, "is not of the form name@domain")),
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a person as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullName(String);

impl FullName {
    /// Accepts any script; see [`BadText`] for what is not.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        plain("the full name", text, 256)?;
        Ok(Self(text.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A group that rules and apps may ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group(String);

impl Group {
    /// Accepts a group name.
    ///
    /// A separator inside it is refused here, once, because apps split the
    /// groups header at commas, semicolons or bars.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        plain("the group", text, 64)?;
        match text.contains([',', ';', '|']) {
            true => Err(BadText::new("the group", format!("{text:?} contains a separator"))),
            false => Ok(Self(text.to_owned())),
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The languages that the pages and mails speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Français.
    Fr,
    /// Nederlands.
    Nl,
    /// Deutsch.
    De,
    /// English.
    En,
}

impl Language {
    /// All of them, in the order of the picker.
    pub const ALL: [Self; 4] = [Self::Fr, Self::Nl, Self::De, Self::En];

    /// The code of ISO 639-1.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::Nl => "nl",
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// Reads a code such as `fr` or a tag such as `fr-BE`.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.trim();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

/// Whether an account may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// May sign in.
    Active,
    /// Kept, but nobody signs in with it and its sessions are over.
    Disabled,
}

/// One account. `Debug` leaves out what it proves itself with.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Stable identity.
    pub id: AccountId,
    /// The portal's own id for the person, if it had one.
    pub subject: Option<Subject>,
    /// What is typed to sign in.
    pub name: LoginName,
    /// Where mail goes.
    pub email: Email,
    /// What the person is called, if known.
    pub full_name: Option<FullName>,
    /// The person's own language, if known.
    pub language: Option<Language>,
    /// What the account may reach, sorted.
    pub groups: Vec<Group>,
    /// Whether it may sign in.
    pub state: AccountState,
    /// Password hash as a PHC string, if it has a password.
    pub password: Option<String>,
    /// Until when the password can be used; `None` for a permanent one.
    pub password_until: Option<Moment>,
    /// Sessions opened under an earlier epoch are over. Raised by everything
    /// that ends all sessions of the account.
    pub epoch: u64,
    /// When it was made.
    pub created: Moment,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, state, epoch, .. } = self;
        let mut shown = f.debug_struct("Account");
        shown.field("id", &id.to_string()).field("name", &self.name.as_str());
        shown.field("state", state).field("epoch", epoch).finish_non_exhaustive()
    }
}

impl Account {
    /// What apps know the account by: the `sub` of the assertion.
    pub fn sub(&self) -> String {
        match &self.subject {
            Some(subject) => subject.as_str().to_owned(),
            None => self.id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_portal_cannot_look_like_one_of_ours() {
        let ours = AccountId::from_bytes([0xab; 16]).to_string();
        assert!(Subject::parse(&ours).is_err());
        assert!(Subject::parse(&ours.to_uppercase()).is_err());
        assert!(Subject::parse("a b").is_err());
        // Control: with a prefix it is the portal's own.
        assert!(Subject::parse(&format!("old-{ours}")).is_ok());
        assert!(Subject::parse("85.07.30-033.28").is_ok());
    }

    #[test]
    fn every_spelling_of_a_name_folds_to_one_form() {
        let spellings = ["Hélène", "hélène", " HÉLÈNE ", "he\u{301}le\u{300}ne", "Ｈélène"];
        for spelling in spellings {
            assert_eq!(LoginName::fold(spelling), "hélène", "{spelling:?}");
        }
        // Control: names that are not spellings of it stay apart.
        assert_ne!(LoginName::fold("helene"), "hélène");
    }

    #[test]
    fn text_that_could_break_a_header_or_a_list_is_refused() {
        assert!(LoginName::parse("a\nb").is_err());
        assert!(LoginName::parse(" a").is_err());
        assert!(Group::parse("a,b").is_err());
        assert!(Email::parse("a@b.c\r\nBcc: x@y.z").is_err());
        assert!(Email::parse("\"x\"@y.z").is_err());
        // Control: ordinary values pass.
        assert!(LoginName::parse("j.dupont").is_ok());
        assert!(Group::parse("comptables du Nord").is_ok());
        assert!(Email::parse("jeanne@exemple.be").is_ok());
    }

    #[test]
    fn an_account_id_reads_back_from_its_text() {
        let id = AccountId::from_bytes([0xab; 16]);
        assert_eq!(AccountId::parse(&id.to_string()), Some(id));
        assert_eq!(AccountId::parse("zz"), None);
    }
}
