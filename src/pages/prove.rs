//! `/.vestibule/prove`: the first number of the app that is being set up.

use askama::Template;
use axum::response::Response;

use super::code::{Form, read};
use super::form::Sent;
use super::problem::{self, Problem};
use super::visit::{Frame, Visit, path_of};
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
    match visit.standing_at(HERE).await {
        Ok((ticket, stand)) => draw(&visit, &ticket, &stand, None),
        Err(elsewhere) => elsewhere,
    }
}

fn draw(visit: &Visit, ticket: &Ticket, stand: &Standing, problem: Option<&Problem>) -> Response {
    let screen = Prove {
        t: visit.words_at(stand),
        frame: &visit.frame_at(path_of(HERE), ticket, stand),
        error: problem.map(|problem| problem.key),
        minutes: problem.map_or("", |problem| &problem.minutes),
    };
    problem::draw(visit, &screen, problem)
}

/// Takes the number.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let again = async |problem: Problem| match visit.standing_at(HERE).await {
        Ok((ticket, stand)) => draw(&visit, &ticket, &stand, Some(&problem)),
        Err(elsewhere) => elsewhere,
    };
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
