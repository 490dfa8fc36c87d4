//! `/.vestibule/lost-phone`: what there is for who cannot use the usual factor:
//! another one, a code on paper, or a pass of the help desk.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::{Frame, OtherWay};
use super::problem::{self, Problem};
use super::visit::{Visit, go_to, path_of};
use crate::domain::Words;
use crate::flow::{At, PassWrong, Standing, Ticket, What};

#[derive(Template)]
#[template(path = "lost_phone.html", config = "pages/askama.toml")]
struct LostPhone<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    error: Option<&'a str>,
    confirms: bool,
    other_ways: &'a [OtherWay],
    takes_pass: bool,
}

/// The form. The pass is never printed.
#[derive(Deserialize)]
pub struct Form {
    pass: Option<String>,
}

/// The page's address.
const PATH: &str = "/.vestibule/lost-phone";

/// Shows the page where any factor is asked, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<Problem>) -> Response {
    match visit.standing().await {
        Ok((ticket, stand)) if matches!(stand.at, At::Factor(_)) => {
            draw_at(visit, &ticket, &stand, problem.as_ref())
        }
        Ok((_, stand)) => go_to(path_of(stand.at), &[]),
        Err(error) => visit.failed(&error),
    }
}

fn draw_at(
    visit: &Visit,
    ticket: &Ticket,
    stand: &Standing,
    problem: Option<&Problem>,
) -> Response {
    let screen = LostPhone {
        t: visit.words_at(stand),
        frame: &visit.frame_at(PATH, ticket, stand),
        name: &stand.name,
        error: problem.map(|problem| problem.key),
        confirms: stand.what == Some(What::Confirm),
        other_ways: &OtherWay::all(stand),
        // Who has a session and confirms it is not let through without a factor.
        takes_pass: stand.what.is_none(),
    };
    problem::draw(visit, &screen, problem)
}

/// Takes the pass.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let again = async |problem| draw(&visit, Some(problem)).await;
    let typed = form.pass.unwrap_or_default();
    if typed.trim().is_empty() {
        return again(Problem::typed("lost-phone-missing")).await;
    }
    let outcome = visit.pages.sign_in.pass(&ticket, &typed, visit.around()).await;
    let told = |wrong| match wrong {
        PassWrong::Shape => Problem::typed("lost-phone-shape"),
        PassWrong::Wrong => Problem::typed("lost-phone-wrong"),
    };
    match problem::answered(&visit, outcome, told).await {
        Ok(response) => response,
        Err(problem) => again(problem).await,
    }
}
