//! `/.vestibule/password`: the password of the name just given.

use askama::Template;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::problem::{self, Problem, by_wait};
use super::visit::{Visit, path_of};
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
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let draw = |ticket: &Ticket, stand: &Standing| {
        let confirms = stand.what == Some(What::Confirm);
        let key = problem.map(|problem| match problem.key {
            "password-missing" if confirms => "password-confirm-missing",
            "password-wrong" if confirms => "password-confirm-wrong",
            other => other,
        });
        let screen = Password {
            t: visit.words_at(stand),
            frame: &visit.frame_at(path_of(At::Password), ticket, stand),
            name: &stand.name,
            error: key,
            stay: !confirms && visit.pages.sign_in.stay().is_some(),
            confirms,
        };
        problem::draw(visit, &screen, problem)
    };
    visit.show_at(At::Password, draw).await
}

/// Takes the password.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let password = SecretString::from(form.password.unwrap_or_default());
    let again = async |problem: Problem| draw(&visit, Some(problem)).await;
    if password.expose_secret().is_empty() {
        return again(Problem::typed("password-missing")).await;
    }
    let typed = Typed { password, stays: form.stay.is_some() };
    match visit.pages.sign_in.password(&ticket, typed, &visit.visiting()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => {
            super::approve::ask_first(&visit, at, ticket.as_ref()).await;
            visit.go_on(at, ticket.as_ref())
        }
        Ok(Answer::Wrong(NoMatch)) => again(Problem::typed("password-wrong")).await,
        Err(SignInError::Paused { wait }) => {
            let key = by_wait(wait, "password-throttled-soon", "password-throttled");
            again(Problem::paused(key, wait)).await
        }
        Err(SignInError::Busy) => again(Problem::busy("password-busy")).await,
        Err(error) => visit.failed(&error),
    }
}
