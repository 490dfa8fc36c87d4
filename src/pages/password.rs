//! `/.vestibule/password`: the password of the name just given.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Form};
use secrecy::{ExposeSecret, SecretString};

use super::form::Judged;
use super::home::Picked;
use super::language::choose;
use super::{LanguageLink, Pages, around, form, go_to, page, refused, ticket_of};
use crate::domain::{Brand, Caller, Words};
use crate::flow::{AtPassword, PasswordAnswer, SignInError, Ticket};

#[derive(Template)]
#[template(path = "password.html", config = "pages/askama.toml")]
struct Password<'a> {
    t: &'a Words,
    brand: &'a Brand,
    languages: &'a [LanguageLink],
    path: &'a str,
    csrf: &'a str,
    name: &'a str,
    error: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "cannot_sign_in.html", config = "pages/askama.toml")]
struct CannotSignIn<'a> {
    t: &'a Words,
    brand: &'a Brand,
    languages: &'a [LanguageLink],
    path: &'a str,
}

/// The form. The password is never printed.
#[derive(serde::Deserialize)]
pub struct Typed {
    csrf: Option<String>,
    password: Option<String>,
}

const PATH: &str = "/.vestibule/password";
/// The first page, with the word that it took too long.
pub const START_AGAIN: &str = "/.vestibule/sign-in?problem=start-again";

/// Shows the page, or begins again where there is no half-done sign-in.
pub async fn show(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
    Query(picked): Query<Picked>,
    headers: HeaderMap,
) -> Response {
    let Some(ticket) = ticket_of(&headers, &caller) else { return go_to(START_AGAIN, &[]) };
    draw(&pages, &caller, &headers, &picked, &ticket, None).await
}

async fn draw(
    pages: &Pages,
    caller: &Caller,
    headers: &HeaderMap,
    picked: &Picked,
    ticket: &Ticket,
    error: Option<(&str, StatusCode)>,
) -> Response {
    let AtPassword { name } = match pages.sign_in.at_password(ticket).await {
        Ok(at) => at,
        Err(SignInError::NoTicket) => return go_to(START_AGAIN, &[]),
        Err(error) => return failed(pages, caller, headers, &error),
    };
    let language = choose(picked.language(), headers, caller, pages.brand.language);
    let frame = pages.frame(language);
    let screen = Password {
        t: frame.words,
        brand: frame.brand,
        languages: &frame.languages,
        path: PATH,
        csrf: &ticket.form_token(),
        name: &name.0,
        error: error.map(|(key, _)| key),
    };
    let status = error.map_or(StatusCode::OK, |(_, status)| status);
    page(status, &screen, &[picked.cookie(caller)])
}

/// Takes the password.
pub async fn submit(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    let brought = ticket_of(&headers, &caller);
    let ticket = match form::judge(&headers, &pages.public_url, brought, typed.csrf.as_deref()) {
        Judged::Ours(ticket) => ticket,
        Judged::Late => return go_to(START_AGAIN, &[]),
        Judged::Foreign => return refused::forgery(&pages, &caller, &headers),
    };
    let password = SecretString::from(typed.password.unwrap_or_default());
    let again = async |key, status| {
        let picked = Picked::default();
        draw(&pages, &caller, &headers, &picked, &ticket, Some((key, status))).await
    };
    if password.expose_secret().is_empty() {
        return again("password-missing", StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let before = caller.visitor.as_ref().map(|visitor| visitor.session);
    match pages.sign_in.password(&ticket, password, before, around(&caller)).await {
        Ok(PasswordAnswer::Open(value)) => {
            let session = caller.cookies.set_session(value.expose_secret().to_owned());
            // Whatever was known of this browser before it was signed in ends.
            let cookies = [Some(session), Some(caller.cookies.end_ticket())];
            leave(&pages, Some(&ticket), &cookies).await
        }
        Ok(PasswordAnswer::MustEnrol) => {
            let language = choose(None, &headers, &caller, pages.brand.language);
            let frame = pages.frame(language);
            let screen = CannotSignIn {
                t: frame.words,
                brand: frame.brand,
                languages: &frame.languages,
                path: "/.vestibule/sign-in",
            };
            page(StatusCode::FORBIDDEN, &screen, &[])
        }
        Ok(PasswordAnswer::NoMatch) => {
            again("password-wrong", StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(SignInError::NoTicket) => go_to(START_AGAIN, &[]),
        Err(SignInError::Paused { .. }) => {
            let mut response = again("password-throttled", StatusCode::TOO_MANY_REQUESTS).await;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            response
        }
        Err(SignInError::Busy) => {
            let mut response = again("password-busy", StatusCode::SERVICE_UNAVAILABLE).await;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
        Err(error) => failed(&pages, &caller, &headers, &error),
    }
}

fn failed(pages: &Pages, caller: &Caller, headers: &HeaderMap, error: &SignInError) -> Response {
    tracing::error!(%error, request = caller.request_id, "a sign-in failed");
    match error {
        SignInError::Store(_) => refused::busy(pages, caller, headers),
        SignInError::NoTicket
        | SignInError::Paused { .. }
        | SignInError::Busy
        | SignInError::Seal(_)
        | SignInError::Fault(_) => refused::fault(pages, caller, headers),
    }
}

/// Sends somebody who is signed in to where they were going.
pub async fn leave(pages: &Pages, ticket: Option<&Ticket>, cookies: &[Option<String>]) -> Response {
    let kept = match ticket {
        // A way back that cannot be read costs a click, not the sign-in.
        Some(ticket) => pages.way_backs.find(ticket).await.ok().flatten(),
        None => None,
    };
    let to = kept.as_deref().or(pages.portal.as_deref()).unwrap_or("/.vestibule/");
    go_to(to, cookies)
}
