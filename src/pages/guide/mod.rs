//! `/.vestibule/guide` and `guide.pdf`: the whole first connection, with a
//! picture of each screen.

mod pdf;
mod picture;
mod steps;

use std::sync::OnceLock;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::frame::Frame;
use super::visit::Visit;
use crate::domain::{Brand, Language, Words};
use steps::ShownStep;

#[derive(Template)]
#[template(path = "guide.html", config = "pages/askama.toml")]
struct Guide<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    address: &'a str,
    steps: &'a [ShownStep],
}

/// Pictures change with the program and with nothing else.
const CACHED: &str = "public, max-age=600";

/// Shows the guide.
pub async fn show(visit: Visit) -> Response {
    let screen = Guide {
        t: visit.words(),
        frame: &visit.frame("/.vestibule/guide"),
        address: &format!("{}/.vestibule/", visit.pages.public_url),
        steps: &steps::shown(visit.language()),
    };
    visit.draw(StatusCode::OK, &screen, &[])
}

/// Gives the guide as a document to print.
pub async fn pdf(visit: Visit) -> Response {
    let language = visit.language();
    let bytes = visit.pages.guides.get(language, &visit.pages.brand, &visit.pages.public_url);
    let headers = [
        (CONTENT_TYPE, "application/pdf"),
        (CONTENT_DISPOSITION, "inline; filename=\"guide.pdf\""),
    ];
    (headers, bytes).into_response()
}

/// The documents, each made when it is first asked for: it takes milliseconds
/// and never changes, and anybody may ask.
#[derive(Debug, Default)]
pub struct Guides([OnceLock<Bytes>; Language::ALL.len()]);

impl Guides {
    fn get(&self, language: Language, brand: &Brand, public_url: &str) -> Bytes {
        let made = || Bytes::from(document(brand, public_url, language));
        let at = Language::ALL.iter().position(|other| *other == language);
        match at.and_then(|at| self.0.get(at)) {
            Some(kept) => kept.get_or_init(made).clone(),
            None => made(),
        }
    }
}

/// The guide as a PDF file, in the operator's name.
pub fn document(brand: &Brand, public_url: &str, language: Language) -> Vec<u8> {
    pdf::write(&pdf::Guide { language, brand, public_url })
}

/// Gives one picture of the guide.
pub async fn picture(Path((language, file)): Path<(String, String)>) -> Response {
    let screen = file.strip_suffix(".png");
    let found = Language::parse(&language).zip(screen);
    match found.and_then(|(language, screen)| picture::file(language, screen)) {
        Some(bytes) => {
            ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, CACHED)], bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
