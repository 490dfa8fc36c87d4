//! The texts of pages, mails and the guide, in four languages.

use std::collections::HashMap;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::Language;

/// The texts of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words").field("language", &self.language).finish_non_exhaustive()
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::Fr => include_str!("../../pages/text/fr.ftl"),
        Language::Nl => include_str!("../../pages/text/nl.ftl"),
        Language::De => include_str!("../../pages/text/de.ftl"),
        Language::En => include_str!("../../pages/text/en.ftl"),
    }
}

impl Words {
    /// The texts of a language.
    pub fn of(language: Language) -> &'static Self {
        static ALL: OnceLock<HashMap<Language, Words>> = OnceLock::new();
        static NONE: OnceLock<Words> = OnceLock::new();
        let all = ALL.get_or_init(|| Language::ALL.map(|l| (l, Words::read(l))).into());
        all.get(&language).unwrap_or_else(|| NONE.get_or_init(|| Words::read(Language::En)))
    }

    fn read(language: Language) -> Self {
        // A file with a fault keeps its other texts; the suite finds the fault.
        let resource = match FluentResource::try_new(source(language).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        let tag = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Our texts and names are all written left to right.
        bundle.set_use_isolating(false);
        let _ = bundle.add_resource(resource);
        Self { language, bundle }
    }

    /// The language's code.
    pub fn lang(&self) -> &'static str {
        self.language.code()
    }

    /// A text. A key that has none shows itself; the suite finds those.
    pub fn say(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// A text with one value in it.
    pub fn say1(&self, key: &str, name: &str, value: &str) -> String {
        let mut values = FluentArgs::new();
        values.set(name.to_owned(), value.to_owned());
        self.format(key, Some(&values))
    }

    fn format(&self, key: &str, values: Option<&FluentArgs<'_>>) -> String {
        let pattern = self.bundle.get_message(key).and_then(|message| message.value());
        match pattern {
            Some(pattern) => {
                self.bundle.format_pattern(pattern, values, &mut Vec::new()).into_owned()
            }
            None => key.to_owned(),
        }
    }
}
