//! `/.vestibule/sign-in`: the user name.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Form};

use super::form::Judged;
use super::home::Picked;
use super::language::choose;
use super::{LanguageLink, Pages, form, go_to, page, refused, ticket_of};
use crate::domain::{Brand, Caller, Words};

#[derive(Template)]
#[template(path = "sign_in.html", config = "pages/askama.toml")]
struct SignIn<'a> {
    t: &'a Words,
    brand: &'a Brand,
    languages: &'a [LanguageLink],
    path: &'a str,
    csrf: &'a str,
    error: Option<&'a str>,
}

/// The form.
#[derive(Debug, serde::Deserialize)]
pub struct Typed {
    csrf: Option<String>,
    name: Option<String>,
}

/// What went wrong before, as the address says it; one of a closed set.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Problem {
    problem: Option<String>,
}

/// Shows the page. Who is signed in already goes on to where they were going.
pub async fn show(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
    Query(picked): Query<Picked>,
    Query(problem): Query<Problem>,
    headers: HeaderMap,
) -> Response {
    if caller.visitor.is_some() && picked.language().is_none() {
        let ticket = ticket_of(&headers, &caller);
        return super::password::leave(&pages, ticket.as_ref(), &[]).await;
    }
    let error = match problem.problem.as_deref() {
        Some("start-again") => Some("sign-in-start-again"),
        _ => None,
    };
    draw(&pages, &caller, &headers, &picked, error)
}

fn draw(
    pages: &Pages,
    caller: &Caller,
    headers: &HeaderMap,
    picked: &Picked,
    error: Option<&str>,
) -> Response {
    let language = choose(picked.language(), headers, caller, pages.brand.language);
    let Ok((ticket, cookie)) = pages.ticket(headers, caller) else {
        return refused::fault(pages, caller, headers);
    };
    let frame = pages.frame(language);
    let screen = SignIn {
        t: frame.words,
        brand: frame.brand,
        languages: &frame.languages,
        path: "/.vestibule/sign-in",
        csrf: &ticket.form_token(),
        error,
    };
    let status = match error {
        Some("sign-in-name-missing") => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    page(status, &screen, &[cookie, picked.cookie(caller)])
}

/// Takes the name; the next screen is the same whether anybody has it or not.
pub async fn submit(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    let brought = ticket_of(&headers, &caller);
    let ticket = match form::judge(&headers, &pages.public_url, brought, typed.csrf.as_deref()) {
        Judged::Ours(ticket) => ticket,
        Judged::Late => return go_to(super::password::START_AGAIN, &[]),
        Judged::Foreign => return refused::forgery(&pages, &caller, &headers),
    };
    let name = typed.name.as_deref().unwrap_or("").trim();
    if name.is_empty() {
        let picked = Picked::default();
        return draw(&pages, &caller, &headers, &picked, Some("sign-in-name-missing"));
    }
    match pages.sign_in.name(&ticket, name).await {
        Ok(()) => go_to("/.vestibule/password", &[]),
        Err(error) => {
            tracing::error!(%error, request = caller.request_id, "a name was not taken");
            refused::busy(&pages, &caller, &headers)
        }
    }
}
