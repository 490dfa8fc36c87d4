//! `/.vestibule/password`: the password of the name just given.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::form::Sent;
use super::visit::{Frame, Visit, path_of};
use crate::domain::Words;
use crate::flow::{Answer, At, NoMatch, SignInError, Standing, Ticket, Typed, What};

#[derive(Template)]
#[template(path = "password.html", config = "pages/askama.toml")]
struct Password<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    error: Option<&'a str>,
    stay: bool,
    confirms: bool,
}

/// The form. The password is never printed.
#[derive(Deserialize)]
pub struct Form {
    password: Option<String>,
    stay: Option<String>,
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    match visit.standing_at(At::Password).await {
        Ok((ticket, stand)) => draw(&visit, &ticket, &stand, None),
        Err(elsewhere) => elsewhere,
    }
}

fn draw(
    visit: &Visit,
    ticket: &Ticket,
    stand: &Standing,
    error: Option<(&str, StatusCode)>,
) -> Response {
    let confirms = stand.what == Some(What::Confirm);
    let error = error.map(|(key, status)| match key {
        "password-missing" if confirms => ("password-confirm-missing", status),
        "password-wrong" if confirms => ("password-confirm-wrong", status),
        other => (other, status),
    });
    let screen = Password {
        t: visit.words_at(stand),
        frame: &visit.frame_at(path_of(At::Password), ticket, stand),
        name: &stand.name,
        error: error.map(|(key, _)| key),
        stay: !confirms && visit.pages.sign_in.stay().is_some(),
        confirms,
    };
    visit.draw(error.map_or(StatusCode::OK, |(_, status)| status), &screen, &[])
}

/// Takes the password.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let password = SecretString::from(form.password.unwrap_or_default());
    let again = async |key, status| match visit.standing_at(At::Password).await {
        Ok((ticket, stand)) => draw(&visit, &ticket, &stand, Some((key, status))),
        Err(elsewhere) => elsewhere,
    };
    if password.expose_secret().is_empty() {
        return again("password-missing", StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let typed = Typed { password, stays: form.stay.is_some() };
    match visit.pages.sign_in.password(&ticket, typed, &visit.visiting()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => {
            super::approve::ask_first(&visit, at, ticket.as_ref()).await;
            visit.go_on(at, ticket.as_ref())
        }
        Ok(Answer::Wrong(NoMatch)) => {
            again("password-wrong", StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(SignInError::Paused { wait }) => {
            later(again("password-throttled", StatusCode::TOO_MANY_REQUESTS).await, wait)
        }
        Err(SignInError::Busy) => {
            later(again("password-busy", StatusCode::SERVICE_UNAVAILABLE).await, SOON)
        }
        Err(error) => visit.failed(&error),
    }
}

/// When a full queue is worth another try.
pub const SOON: Duration = Duration::from_secs(5);

/// Says when to try again.
pub fn later(mut response: Response, wait: Duration) -> Response {
    let seconds = HeaderValue::from(wait.as_secs().max(1));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}
