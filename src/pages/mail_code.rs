//! `/.vestibule/mail-code`: the code of the mail about a forgotten password.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use super::forgotten;
use super::form::Sent;
use super::frame::Frame;
use super::problem::{self, Problem};
use super::visit::{Visit, go_to};
use crate::domain::Words;
use crate::flow::{Answer, At, MailCodeWrong, SignInError, Standing, Ticket};

#[derive(Template)]
#[template(path = "mail_code.html", config = "pages/askama.toml")]
struct MailCode<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    error: Option<&'a str>,
}

/// The form. The code is never printed.
#[derive(Deserialize)]
pub struct Form {
    code: Option<String>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/mail-code";

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    if !visit.pages.sign_in.can_mail() {
        return go_to(forgotten::PATH, &[]);
    }
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let draw = |ticket: &Ticket, stand: &Standing| {
        let screen = MailCode {
            t: visit.words(),
            frame: &visit.frame_at(PATH, ticket, stand),
            name: &stand.name,
            error: problem.map(|problem| problem.key),
        };
        problem::draw(visit, &screen, problem)
    };
    visit.show_at(At::Password, draw).await
}

/// Takes the code.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let again = async |problem: Problem| draw(&visit, Some(problem)).await;
    let typed = form.code.unwrap_or_default();
    if typed.trim().is_empty() {
        return again(Problem::typed("mail-code-missing")).await;
    }
    match visit.pages.sign_in.mail_code(&ticket, &typed, visit.around()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => {
            super::approve::ask_first(&visit, at, ticket.as_ref()).await;
            visit.go_on(at, ticket.as_ref())
        }
        Ok(Answer::Wrong(MailCodeWrong::Shape)) => again(Problem::typed("mail-code-shape")).await,
        Ok(Answer::Wrong(MailCodeWrong::Wrong)) => again(Problem::typed("mail-code-wrong")).await,
        Err(SignInError::Busy) => again(Problem::busy("mail-code-busy")).await,
        Err(error) => visit.failed(&error),
    }
}
