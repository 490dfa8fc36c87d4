//! `/.vestibule/prove`: the first number of the app that is being set up.

use askama::Template;
use axum::response::Response;

use super::code::{Form, read};
use super::form::Sent;
use super::frame::Frame;
use super::problem::{self, Problem};
use super::visit::{Visit, path_of};
use crate::domain::{Place, Words};
use crate::flow::{At, Standing, Ticket};

#[derive(Template)]
#[template(path = "prove.html", config = "pages/askama.toml")]
struct Prove<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    error: Option<&'a str>,
    minutes: &'a str,
}

const HERE: At = At::SetUp(Place::Prove);

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let draw = |ticket: &Ticket, stand: &Standing| {
        let screen = Prove {
            t: visit.words_at(stand),
            frame: &visit.frame_at(path_of(HERE), ticket, stand),
            error: problem.map(|problem| problem.key),
            minutes: problem.map_or("", |problem| &problem.minutes),
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
    let outcome = visit.pages.sign_in.prove(&ticket, &typed, visit.around()).await;
    match problem::answered(&visit, outcome, Problem::wrong).await {
        Ok(response) => response,
        Err(problem) => again(problem).await,
    }
}
