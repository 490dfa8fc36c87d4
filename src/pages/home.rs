//! `/.vestibule/`: the page people keep among their bookmarks.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::language::choose;
use super::{LanguageLink, Pages, page};
use crate::domain::{Brand, Caller, Language, Words};

/// `?lang=fr`: the language picker of every page.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Picked {
    lang: Option<String>,
}

impl Picked {
    /// The language that was picked, if it is one of ours.
    pub fn language(&self) -> Option<Language> {
        self.lang.as_deref().and_then(Language::parse)
    }

    /// The cookie that remembers it.
    pub fn cookie(&self, caller: &Caller) -> Option<String> {
        self.language().map(|language| caller.cookies.set_language(language))
    }
}

#[derive(Template)]
#[template(path = "home.html", config = "pages/askama.toml")]
struct Home<'a> {
    t: &'a Words,
    brand: &'a Brand,
    languages: &'a [LanguageLink],
    path: &'a str,
    name: &'a str,
    portal: Option<&'a str>,
}

/// Shows the page, signed in or not.
pub async fn show(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
    Query(picked): Query<Picked>,
    headers: HeaderMap,
) -> Response {
    let language = choose(picked.language(), &headers, &caller, pages.brand.language);
    let frame = pages.frame(language);
    let home = Home {
        t: frame.words,
        brand: frame.brand,
        languages: &frame.languages,
        path: "/.vestibule/",
        name: caller.visitor.as_ref().map_or("", |visitor| &visitor.name),
        portal: pages.portal.as_deref(),
    };
    page(StatusCode::OK, &home, &[picked.cookie(&caller)])
}
