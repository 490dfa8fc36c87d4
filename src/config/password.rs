//! `[password]`: what a password that a person chooses must be like.

use super::reader::Section;
use super::whole;
use crate::domain::PasswordPolicy;

/// Reads the section.
pub fn read(root: &mut Section<'_>) -> PasswordPolicy {
    let mut password = root.section("password");
    let is_nist = password.word("policy", &[("portal", false), ("nist", true)], false);
    let policy = if is_nist { PasswordPolicy::nist() } else { PasswordPolicy::portal() };
    let number = |section: &mut Section<'_>, key, bounds, default: usize| {
        whole(section.number(key, bounds, u64::try_from(default).unwrap_or(0)))
    };
    let length_min = number(&mut password, "length_min", 8..=64, policy.length_min);
    let alone = policy.length_min_alone;
    let length_min_alone = number(&mut password, "length_min_alone", 8..=64, alone);
    let kinds_min = number(&mut password, "kinds", 0..=4, policy.kinds_min);
    let history = number(&mut password, "history", 0..=24, policy.history);
    let words = password.texts("words").map(|list| list.value).unwrap_or_default();
    for word in words.iter().filter(|word| word.value.chars().count() < 4) {
        password.wrong(word, "is shorter than four letters; such a word is in too many passwords");
    }
    password.finish();
    let words = words.into_iter().map(|word| word.value).collect();
    PasswordPolicy { length_min, length_min_alone, kinds_min, history, words, ..policy }
}
