//! `/.vestibule/code`: the number that the person's app shows.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::{Frame, OtherWay};
use super::problem::{self, Problem};
use super::visit::{Visit, path_of};
use crate::domain::{Factor, Words};
use crate::flow::{At, Standing, Ticket, TypedCode, What};

const HERE: At = At::Factor(Factor::Code);

#[derive(Template)]
#[template(path = "code.html", config = "pages/askama.toml")]
struct Code<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    error: Option<&'a str>,
    confirms: bool,
    minutes: &'a str,
    other_ways: &'a [OtherWay],
}

/// The form, here and where the app is set up. The number is never printed.
#[derive(Deserialize)]
pub struct Form {
    /// The number.
    pub code: Option<String>,
}

/// The number, or what is wrong with its shape.
pub fn read(form: &Form) -> Result<TypedCode, Problem> {
    let text = form.code.as_deref().unwrap_or("");
    match TypedCode::parse(text) {
        Some(code) => Ok(code),
        None if text.trim().is_empty() => Err(Problem::typed("code-missing")),
        None => Err(Problem::typed("code-shape")),
    }
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let draw = |ticket: &Ticket, stand: &Standing| {
        let screen = Code {
            t: visit.words_at(stand),
            frame: &visit.frame_at(path_of(HERE), ticket, stand),
            name: &stand.name,
            error: problem.map(|problem| problem.key),
            confirms: stand.what == Some(What::Confirm),
            minutes: problem.map_or("", |problem| &problem.minutes),
            other_ways: &OtherWay::beside(Factor::Code, stand),
        };
        problem::draw(visit, &screen, problem)
    };
    visit.show_at(HERE, draw).await
}

/// Takes the number.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let again = async |problem: Problem| draw(&visit, Some(problem)).await;
    let typed = match read(&form) {
        Ok(typed) => typed,
        Err(problem) => return again(problem).await,
    };
    let before = visit.caller.visitor.as_ref().map(|visitor| visitor.session);
    let outcome = visit.pages.sign_in.code(&ticket, &typed, before, visit.around()).await;
    match problem::answered(&visit, outcome, Problem::wrong).await {
        Ok(response) => response,
        Err(problem) => again(problem).await,
    }
}
