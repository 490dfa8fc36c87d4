//! Which language a page speaks.

use axum::http::header::{self, HeaderMap, HeaderValue};

use crate::domain::cookie::{self, Found};
use crate::domain::{Caller, Language};

/// One entry of the language picker.
#[derive(Clone, Debug)]
pub struct LanguageLink {
    /// `fr`.
    pub code: &'static str,
    /// `FR`.
    pub label: &'static str,
    /// `Français`.
    pub name: &'static str,
}

/// The language picker.
pub fn links() -> Vec<LanguageLink> {
    let link = |language: Language| {
        let (label, name) = match language {
            Language::Fr => ("FR", "Français"),
            Language::Nl => ("NL", "Nederlands"),
            Language::De => ("DE", "Deutsch"),
            Language::En => ("EN", "English"),
        };
        LanguageLink { code: language.code(), label, name }
    };
    Language::ALL.map(link).to_vec()
}

/// The language of a page: picked just now, picked before, the person's own,
/// asked for by the browser, or the operator's.
pub fn choose(
    picked: Option<Language>,
    own: Option<Language>,
    headers: &HeaderMap,
    caller: &Caller,
    default: Language,
) -> Language {
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let before = match cookie::find(lines, caller.cookies.language_name()) {
        Found::One(value) => Language::parse(value),
        Found::None | Found::Several => None,
    };
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    picked.or(before).or(own).unwrap_or_else(|| accepted(asked, default))
}

/// The first of ours in `Accept-Language` by its weights (RFC 9110 12.5.4).
pub fn accepted(header: Option<&str>, default: Language) -> Language {
    let mut best: Option<(u32, Language)> = None;
    for part in header.unwrap_or("").split(',').take(32) {
        let mut pieces = part.split(';').map(str::trim);
        let Some(language) = pieces.next().and_then(Language::parse) else { continue };
        let weight = pieces
            .next()
            .and_then(|q| q.strip_prefix("q="))
            .map_or(1000, |q| q.parse::<f32>().map_or(0, |q| (q.clamp(0.0, 1.0) * 1000.0) as u32));
        if weight > 0 && best.is_none_or(|(found, _)| weight > found) {
            best = Some((weight, language));
        }
    }
    best.map_or(default, |(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_wish_that_we_can_meet_wins() {
        let choose = |header| accepted(Some(header), Language::Fr);
        assert_eq!(choose("de-BE,fr;q=0.8"), Language::De);
        assert_eq!(choose("it,en;q=0.5,nl;q=0.9"), Language::Nl);
        assert_eq!(choose("en;q=0"), Language::Fr);
        assert_eq!(choose("it"), Language::Fr);
        assert_eq!(accepted(None, Language::Nl), Language::Nl);
    }
}
