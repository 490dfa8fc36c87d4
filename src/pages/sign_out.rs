//! `/.vestibule/sign-out`: asks first, because opening a link changes nothing.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::HeaderValue;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Form};

use super::form::Judged;
use super::home::Picked;
use super::language::choose;
use super::{LanguageLink, Pages, around, form, go_to, page, refused, ticket_of};
use crate::domain::{Brand, Caller, Words};

#[derive(Template)]
#[template(path = "sign_out.html", config = "pages/askama.toml")]
struct SignOut<'a> {
    t: &'a Words,
    brand: &'a Brand,
    languages: &'a [LanguageLink],
    path: &'a str,
    csrf: &'a str,
    name: &'a str,
}

#[derive(Template)]
#[template(path = "signed_out.html", config = "pages/askama.toml")]
struct SignedOut<'a> {
    t: &'a Words,
    brand: &'a Brand,
    languages: &'a [LanguageLink],
    path: &'a str,
}

/// The form.
#[derive(Debug, serde::Deserialize)]
pub struct Pressed {
    csrf: Option<String>,
}

const PATH: &str = "/.vestibule/sign-out";

/// Shows the question, or that nobody is signed in.
pub async fn show(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
    Query(picked): Query<Picked>,
    headers: HeaderMap,
) -> Response {
    let Some(visitor) = &caller.visitor else {
        return signed_out(&pages, &caller, &headers, &picked, &[]);
    };
    let Ok((ticket, cookie)) = pages.ticket(&headers, &caller) else {
        return refused::fault(&pages, &caller, &headers);
    };
    let language = choose(picked.language(), &headers, &caller, pages.brand.language);
    let frame = pages.frame(language);
    let screen = SignOut {
        t: frame.words,
        brand: frame.brand,
        languages: &frame.languages,
        path: PATH,
        csrf: &ticket.form_token(),
        name: &visitor.name,
    };
    page(StatusCode::OK, &screen, &[cookie, picked.cookie(&caller)])
}

fn signed_out(
    pages: &Pages,
    caller: &Caller,
    headers: &HeaderMap,
    picked: &Picked,
    cookies: &[Option<String>],
) -> Response {
    let language = choose(picked.language(), headers, caller, pages.brand.language);
    let frame = pages.frame(language);
    let screen =
        SignedOut { t: frame.words, brand: frame.brand, languages: &frame.languages, path: PATH };
    page(StatusCode::OK, &screen, cookies)
}

/// Ends the session. It is over before the page says so.
pub async fn submit(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Response {
    let brought = ticket_of(&headers, &caller);
    match form::judge(&headers, &pages.public_url, brought, pressed.csrf.as_deref()) {
        Judged::Ours(_) => {}
        // Back to the question, with a ticket.
        Judged::Late => return go_to(PATH, &[]),
        Judged::Foreign => return refused::forgery(&pages, &caller, &headers),
    }
    if let Some(visitor) = &caller.visitor {
        let ended = pages.sessions.sign_out(visitor.session, visitor.account, around(&caller));
        if let Err(error) = ended.await {
            tracing::error!(%error, request = caller.request_id, "a session was not ended");
            return refused::busy(&pages, &caller, &headers);
        }
    }
    let cookies = [Some(caller.cookies.end_session()), Some(caller.cookies.end_ticket())];
    let mut response = signed_out(&pages, &caller, &headers, &Picked::default(), &cookies);
    // Only the cache: `storage` would wipe a phone's key, `cookies` the other
    // things this host remembers.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}
