//! `/.vestibule/sign-in`: the user name.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::form::{Pressed, Sent};
use super::frame::Frame;
use super::visit::{Visit, go_to, path_of};
use super::{picker, refused};
use crate::domain::Words;
use crate::flow::At;

#[derive(Template)]
#[template(path = "sign_in.html", config = "pages/askama.toml")]
struct SignIn<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    error: Option<&'a str>,
    passkeys: bool,
}

/// The form.
#[derive(Debug, Deserialize)]
pub struct Typed {
    name: Option<String>,
}

/// What the address says: what went wrong before, one of a closed set; and that
/// another account is wanted than those this browser knows.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    problem: Option<String>,
    other: Option<String>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/sign-in";
/// The same, for another account than those this browser knows.
pub const OTHER: &str = "/.vestibule/sign-in?other";

/// The same, for a browser that did not send back what it was given.
pub const NO_COOKIE: &str = "/.vestibule/sign-in?problem=no-cookie";

/// The same, where a passkey was not taken.
pub const PASSKEY_WRONG: &str = "/.vestibule/sign-in?problem=passkey-wrong";
/// The same, where it seems to have been copied.
pub const PASSKEY_CLONED: &str = "/.vestibule/sign-in?problem=passkey-cloned";

/// Shows the page. Who is signed in already goes on to where they were going,
/// and who is half-way through goes on there.
pub async fn show(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let error = match asked.problem.as_deref() {
        Some("start-again") => Some("sign-in-start-again"),
        Some("no-cookie") => Some("sign-in-no-cookie"),
        Some("passkey-wrong") => Some("sign-in-passkey-wrong"),
        Some("passkey-cloned") => Some("sign-in-passkey-cloned"),
        _ => None,
    };
    if !visit.picks_language() && asked.other.is_none() {
        if visit.caller.visitor.is_some() {
            return visit.leave(&[]).await;
        }
        match visit.standing().await {
            Ok((_, stand)) if !matches!(stand.at, At::Password | At::Done) => {
                return go_to(path_of(stand.at), &[]);
            }
            // Whatever is wrong with it is told where it is used.
            Ok(_) | Err(_) => {}
        }
        if error.is_none() && !visit.browser().known().is_empty() {
            return go_to(picker::PATH, &[]);
        }
    }
    draw(&visit, error)
}

fn draw(visit: &Visit, error: Option<&str>) -> Response {
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let frame = Frame { csrf: ticket.form_token(), ..visit.frame(PATH) };
    let passkeys = visit.pages.sign_in.has_passkeys();
    let screen = SignIn { t: visit.words(), frame: &frame, error, passkeys };
    let status = match error {
        Some("sign-in-name-missing") => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    visit.draw(status, &screen, &[cookie])
}

/// Takes the name; the next screen is the same whether anybody has it or not.
pub async fn submit(sent: Sent<Typed>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let name = form.name.as_deref().unwrap_or("").trim();
    if name.is_empty() {
        return draw(&visit, Some("sign-in-name-missing"));
    }
    match visit.pages.sign_in.name(&ticket, name).await {
        Ok(()) => go_to("/.vestibule/password", &[]),
        Err(error) => {
            tracing::error!(%error, request = visit.caller.request_id, "a name was not taken");
            refused::busy(&visit)
        }
    }
}

/// `/.vestibule/more-time`: gives a half-done sign-in its whole time again.
pub async fn more_time(sent: Sent<Pressed>) -> Response {
    match sent.visit.pages.sign_in.more_time(&sent.ticket).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => sent.visit.failed(&error),
    }
}
