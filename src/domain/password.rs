//! Which new passwords are accepted, told rule by rule.
//!
//! A page shows every rule and ticks off those that are kept, so a judgement
//! is the whole list and not the first fault. The same function serves the
//! list while somebody types and the answer when the form is sent.
//!
//! Characters are Unicode scalar values of the composed form (NFC), in every
//! script, spaces included. Each counts as one of four kinds: an upper-case
//! letter; any other letter, also of a script without case such as Chinese or
//! Arabic, as lower case; a digit of any script; anything else as a symbol, a
//! space and an emoji too. An accent that does not compose belongs to its
//! letter and is no kind of its own.
//!
//! Does not know the passwords used before, which are kept as hashes: who
//! compares those tells the [`Verdict`]. Does not say how a password is hashed
//! (`crypto`) or when it is asked for (`flow`).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{KnownPasswords, LoginName};

/// Letters that copying brings along and nobody can type again: a break that
/// takes no room, line and paragraph separators, joiners of words.
const UNSEEN: [char; 5] = ['\u{200b}', '\u{2028}', '\u{2029}', '\u{2060}', '\u{feff}'];

/// What a new password must be. Lengths are in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Shortest password of an account that has a second factor. The list of
    /// known passwords begins at [`KnownPasswords::LENGTH_MIN`], so less than
    /// that is no sound setting.
    pub length_min: usize,
    /// Shortest password where it is the only factor, if that is more.
    pub length_min_alone: usize,
    /// Longest password.
    pub length_max: usize,
    /// How many of the four kinds of characters it needs; 0 asks for none.
    pub kinds_min: usize,
    /// How many of the last passwords, the present one among them, cannot be
    /// chosen again; 0 switches the rule off.
    pub history: usize,
    /// Words that must not be in it, such as the portal's name. Those of less
    /// than four characters are ignored.
    pub words: Vec<String>,
}

/// Whose password is judged.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The name the account signs in with.
    pub name: &'a LoginName,
    /// Whether a second factor is asked for beside the password.
    pub has_factor: bool,
}

/// A rule, with the numbers that its text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Not too short and not too long.
    Length {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// No control characters. Listed only where broken, which takes a paste.
    Printable,
    /// Enough kinds of characters.
    Kinds {
        /// Fewest kinds of the four.
        min: usize,
    },
    /// Does not contain the user name or a part of it.
    NotName,
    /// Does not contain a word of the operator's. Listed only where there are some.
    NotWords,
    /// Not on the list of breached and common passwords.
    NotKnown,
    /// None of the last passwords.
    NotUsedBefore {
        /// How many are remembered.
        history: usize,
    },
}

impl Rule {
    /// A stable word for the rule, in the keys of texts and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Length { .. } => "length",
            Self::Printable => "printable",
            Self::Kinds { .. } => "kinds",
            Self::NotName => "not-name",
            Self::NotWords => "not-words",
            Self::NotKnown => "not-known",
            Self::NotUsedBefore { .. } => "not-used-before",
        }
    }
}

/// Every rule that applies, and whether it is kept, in the order they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    rules: Vec<(Rule, bool)>,
    history: usize,
}

impl Verdict {
    /// Every rule and whether it is kept.
    pub fn rules(&self) -> &[(Rule, bool)] {
        &self.rules
    }

    /// Whether all rules of the list are kept. Says nothing of passwords used
    /// before until [`Verdict::with_used`] was told.
    pub fn is_kept(&self) -> bool {
        self.first_broken().is_none()
    }

    /// The first rule that is not kept.
    pub fn first_broken(&self) -> Option<Rule> {
        self.rules.iter().find(|(_, kept)| !kept).map(|(rule, _)| *rule)
    }

    /// Adds what only the hashes tell: whether this password was used before.
    /// Where the policy has no history, the rule is listed only when broken,
    /// for a provisional password that somebody wants to keep.
    #[must_use]
    pub fn with_used(mut self, used: bool) -> Self {
        if used || self.history > 0 {
            self.rules.push((Rule::NotUsedBefore { history: self.history }, !used));
        }
        self
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self::portal()
    }
}

impl PasswordPolicy {
    /// Eight characters of three kinds beside a second factor.
    pub fn portal() -> Self {
        Self {
            length_min: 8,
            length_min_alone: 15,
            length_max: 128,
            kinds_min: 3,
            history: 5,
            words: Vec::new(),
        }
    }

    /// Fifteen characters of any kind, after NIST SP 800-63B-4.
    pub fn nist() -> Self {
        Self { length_min: 15, kinds_min: 0, ..Self::portal() }
    }

    /// The rules of an account in the order they are shown, before anything is
    /// typed.
    pub fn rules(&self, about: &About<'_>) -> Vec<Rule> {
        let min = match about.has_factor {
            true => self.length_min,
            false => self.length_min.max(self.length_min_alone),
        };
        let kinds = Rule::Kinds { min: self.kinds_min.min(KINDS) };
        let used = Rule::NotUsedBefore { history: self.history };
        [
            Some(Rule::Length { min, max: self.length_max }),
            (self.kinds_min > 0).then_some(kinds),
            Some(Rule::NotName),
            (!self.word_pieces().is_empty()).then_some(Rule::NotWords),
            Some(Rule::NotKnown),
            (self.history > 0).then_some(used),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Judges a new password by every rule but that of passwords used before.
    pub fn judge(&self, about: &About<'_>, password: &str) -> Verdict {
        let typed = Typed::new(password);
        let rules = self.rules(about).into_iter().filter_map(|rule| {
            let kept = match rule {
                Rule::Length { min, max } => (min..=max).contains(&typed.composed.chars().count()),
                Rule::Printable => typed.is_printable(),
                Rule::Kinds { min } => typed.kinds() >= min,
                Rule::NotName => !typed.contains_any(&name_pieces(about.name)),
                Rule::NotWords => !typed.contains_any(&self.word_pieces()),
                Rule::NotKnown => !KnownPasswords::shipped().contains(password),
                Rule::NotUsedBefore { .. } => return None,
            };
            Some((rule, kept))
        });
        let mut rules: Vec<_> = rules.collect();
        if !typed.is_printable() {
            rules.insert(1, (Rule::Printable, false));
        }
        Verdict { rules, history: self.history }
    }

    /// A name of several words is found with and without what parts them.
    fn word_pieces(&self) -> Vec<String> {
        let spellings = |word: &String| [caseless(word), parts(word).concat()];
        let long = |piece: &String| piece.chars().count() >= PART_MIN;
        self.words.iter().flat_map(spellings).filter(long).collect()
    }
}

/// What must not be in the password of somebody with this name.
///
/// SECURITY: no spelling of the name gets into the password.
/// - Against: guessing from the name, which is on every letter and mail.
/// - Therefore: the name, its parts of four characters and more, and the name
///   without what parts it are looked for with letter case and the
///   compatibility forms of Unicode (full-width letters and the like) undone.
/// - Price: some harmless passwords are refused; a name of one or two
///   characters is not looked for, since it would be found by chance.
/// - Held by: `no_spelling_of_the_name_or_of_its_parts_gets_into_a_password`.
fn name_pieces(name: &LoginName) -> Vec<String> {
    let parts = parts(name.as_str());
    let whole = Some(caseless(name.as_str())).filter(|whole| whole.chars().count() >= NAME_MIN);
    let joined = parts.concat();
    let long = |part: &String| part.chars().count() >= PART_MIN;
    whole.into_iter().chain(parts.into_iter().chain([joined]).filter(long)).collect()
}

/// The runs of letters and digits in a text, caseless.
fn parts(text: &str) -> Vec<String> {
    caseless(text)
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// One form for every way to write the same letters. Upper case first, since
/// that also makes one of `ß` and `SS`, or of the two small sigmas.
fn caseless(text: &str) -> String {
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// A password as the rules look at it. Has no `Debug`: it is a secret.
struct Typed {
    composed: String,
    caseless: String,
}

impl Typed {
    fn new(password: &str) -> Self {
        Self { composed: password.nfc().collect(), caseless: caseless(password) }
    }

    /// The characters that `account.rs` refuses in a name. They get into a
    /// field by pasting, and cannot be typed at the next sign-in.
    fn is_printable(&self) -> bool {
        let odd = |c: char| c.is_control() || UNSEEN.contains(&c);
        !self.composed.contains(odd)
    }

    fn kinds(&self) -> usize {
        let mut seen = [false; KINDS];
        for c in self.composed.chars().filter(|c| !c.is_control() && !is_combining_mark(*c)) {
            let kind = match c {
                c if c.is_uppercase() => 0,
                c if c.is_numeric() => 1,
                c if c.is_alphabetic() => 2,
                _ => 3,
            };
            seen[kind] = true;
        }
        seen.into_iter().filter(|seen| *seen).count()
    }

    fn contains_any(&self, pieces: &[String]) -> bool {
        pieces.iter().any(|piece| self.caseless.contains(piece.as_str()))
    }
}

/// How long a password would withstand guessing: 0 (not at all) to 4.
///
/// Advice to who types, never a rule. The estimator behind it (`zxcvbn`) is
/// not quite pure: it measures its own time, which is not used here, weighs a
/// year in a password by the distance from the present one, for which it asks
/// the system once, and visits a hash map in no fixed order. So near the edge
/// of a level the same password may be told another one in the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strength(u8);

impl Strength {
    /// The highest level.
    pub const MAX: u8 = 4;

    /// Estimates a password of somebody with this name.
    pub fn of(password: &str, name: &LoginName) -> Self {
        let pieces = name_pieces(name);
        let name: Vec<&str> = pieces.iter().map(String::as_str).collect();
        Self(u8::from(zxcvbn::zxcvbn(&estimated_part(password), &name).score()))
    }

    /// The level, from 0 to [`Strength::MAX`].
    pub const fn level(self) -> u8 {
        self.0
    }
}

/// What the estimator is given to look at.
///
/// SECURITY: no password keeps the estimator busy.
/// - Against: requests with a long password full of brackets and digits. The
///   estimator reads it in every way in which they stand for letters, which
///   keeps a core busy for 330 ms; an ordinary password takes less than one.
/// - Therefore: it sees 72 characters; where many of them can stand for
///   letters, it sees 36 and none of those that seldom do.
/// - Price: the strength of such a password is a little off; 8 ms are left.
/// - Held by: `a_password_that_reads_in_many_ways_is_cut_shorter_for_the_estimate`.
fn estimated_part(password: &str) -> String {
    let start: String = password.nfc().take(ESTIMATED_MAX).collect();
    let look_alikes = OFTEN_LETTERS.chars().chain(SELDOM_LETTERS.chars());
    if look_alikes.filter(|c| start.contains(*c)).count() <= LOOK_ALIKES_MAX {
        return start;
    }
    let hidden = |c| if SELDOM_LETTERS.contains(c) { '^' } else { c };
    start.chars().take(ESTIMATED_MAX_OF_MANY).map(hidden).collect()
}

/// How many characters of a password its strength is estimated from.
const ESTIMATED_MAX: usize = 72;
/// The same where more than [`LOOK_ALIKES_MAX`] different ones can stand for letters.
const ESTIMATED_MAX_OF_MANY: usize = 36;
const LOOK_ALIKES_MAX: usize = 4;
/// What the estimator reads as letters too, as in `p4$$w0rd`.
const OFTEN_LETTERS: &str = "0123456789@$!";
const SELDOM_LETTERS: &str = "({[<|+%";
/// Upper case, lower case, digits, symbols.
const KINDS: usize = 4;
/// Fewest characters of a user name that is looked for as a whole.
const NAME_MIN: usize = 3;
/// Fewest characters of a part of a name, or of a word, that is looked for.
const PART_MIN: usize = 4;

#[cfg(test)]
mod tests;
