//! Pages for what could not be done: the gateway's refusals and our own.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::Response;

use super::frame::Frame;
use super::language::accepted;
use super::visit::Visit;
use crate::domain::{Brand, Language, Words};

struct Shown<'a> {
    heading: &'a str,
    text: &'a str,
    status: u16,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "refused.html", config = "pages/askama.toml")]
struct Refused<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    page: Shown<'a>,
    start: &'a str,
}

#[derive(Template)]
#[template(path = "frame.html", config = "pages/askama.toml")]
struct Framed<'a> {
    t: &'a Words,
    start: &'a str,
}

/// A refusal of the gateway, to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// Which texts: `refused-<key>-heading` and `-text`.
    pub key: &'a str,
    /// The status.
    pub status: u16,
    /// The language the visitor picked.
    pub picked_language: Option<&'a str>,
    /// The visitor's `Accept-Language`.
    pub accept_language: Option<&'a str>,
    /// To be read out to a help desk.
    pub request_id: &'a str,
    /// For a frame inside another page.
    pub framed: bool,
}

/// Draws a refusal of the gateway. Nothing of the request is in it.
pub fn draw(brand: &Brand, public_url: &str, refusal: Refusal<'_>) -> String {
    let picked = refusal.picked_language.and_then(Language::parse);
    let language = picked.unwrap_or_else(|| accepted(refusal.accept_language, brand.language));
    let drawn = match refusal.framed {
        true => {
            let start = format!("{public_url}/.vestibule/sign-in");
            Framed { t: Words::of(language), start: &start }.render()
        }
        false => {
            let start = format!("{public_url}/.vestibule/");
            Refused {
                t: Words::of(language),
                frame: &Frame { languages: Vec::new(), ..Frame::plain(brand, "") },
                page: Shown {
                    heading: &format!("refused-{}-heading", refusal.key),
                    text: &format!("refused-{}-text", refusal.key),
                    status: refusal.status,
                    request_id: refusal.request_id,
                },
                start: &start,
            }
            .render()
        }
    };
    drawn.unwrap_or_else(|error| {
        tracing::error!(%error, "a refusal cannot be drawn");
        String::new()
    })
}

/// A code or departure that is over, or another browser's.
pub fn handover(visit: &Visit) -> Response {
    own(visit, "handover", StatusCode::FORBIDDEN)
}

/// A browser that brings no cookie where it was given one.
pub fn cookies(visit: &Visit) -> Response {
    own(visit, "cookies", StatusCode::FORBIDDEN)
}

/// A request that is not what the page is for.
pub fn malformed(visit: &Visit) -> Response {
    own(visit, "bad-request", StatusCode::BAD_REQUEST)
}

fn own(visit: &Visit, key: &str, status: StatusCode) -> Response {
    let refused = Refused {
        t: visit.words(),
        frame: &Frame { languages: Vec::new(), ..visit.frame("") },
        page: Shown {
            heading: &format!("refused-{key}-heading"),
            text: &format!("refused-{key}-text"),
            status: status.as_u16(),
            request_id: &visit.caller.request_id,
        },
        // On an app's host its first page leads to the sign-in, and back.
        start: if visit.caller.host.is_home() { "/.vestibule/" } else { "/" },
    };
    visit.draw(status, &refused, &[])
}

/// A form that did not come from our page.
pub fn forgery(visit: &Visit) -> Response {
    tracing::warn!(request = visit.caller.request_id, "a form did not come from our page");
    own(visit, "forgery", StatusCode::FORBIDDEN)
}

/// The store does not answer, or too many are here.
pub fn busy(visit: &Visit) -> Response {
    own(visit, "busy", StatusCode::SERVICE_UNAVAILABLE)
}

/// Something broke on our side.
pub fn fault(visit: &Visit) -> Response {
    own(visit, "fault", StatusCode::INTERNAL_SERVER_ERROR)
}

/// An address under our prefix that is none of ours.
pub async fn not_found(visit: Visit) -> Response {
    own(&visit, "not-found", StatusCode::NOT_FOUND)
}

/// An address of ours, asked in a way it does not answer.
pub async fn method(visit: Visit) -> Response {
    own(&visit, "method", StatusCode::METHOD_NOT_ALLOWED)
}

/// Puts a page of ours in the place of what the framework says about a form it
/// cannot read: that text is for programmers.
pub async fn in_our_words(visit: Visit, request: Request, next: Next) -> Response {
    if !visit.plain_query {
        return own(&visit, "bad-request", StatusCode::BAD_REQUEST);
    }
    let response = next.run(request).await;
    let kind = response.headers().get(CONTENT_TYPE);
    let foreign = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        status if foreign && status.is_client_error() => {
            let key = match status {
                StatusCode::NOT_FOUND => "not-found",
                StatusCode::METHOD_NOT_ALLOWED => "method",
                StatusCode::PAYLOAD_TOO_LARGE => "too-large",
                _ => "bad-request",
            };
            own(&visit, key, status)
        }
        _ => response,
    }
}
