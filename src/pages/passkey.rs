//! `/.vestibule/passkey`: makes a passkey in the set-up, or uses one after the
//! password; and a passkey in the place of name and password.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::form::{Pressed, Sent};
use super::frame::{Frame, OtherWay};
use super::problem::{self, Problem};
use super::sign_in;
use super::visit::{Visit, go_to, path_of};
use crate::domain::{Factor, Place, Words};
use crate::flow::{Answer, At, PasskeyWrong, SignInError, Standing, Ticket, What};

#[derive(Template)]
#[template(path = "passkey.html", config = "pages/askama.toml")]
struct Passkey<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    /// Whether one is made rather than used.
    makes: bool,
    confirms: bool,
    error: Option<&'a str>,
    other_ways: &'a [OtherWay],
}

/// The browser's answer, and what the new passkey is called.
#[derive(Deserialize)]
pub struct Form {
    answer: Option<String>,
    name: Option<String>,
}

const MAKES: At = At::SetUp(Place::Passkey);
const USES: At = At::Factor(Factor::Passkey);

/// Whichever of the two is due, or the way to what is due instead.
async fn standing(visit: &Visit) -> Result<(Ticket, Standing), Response> {
    match visit.standing_at(USES).await {
        Ok(standing) => Ok(standing),
        Err(_) => visit.standing_at(MAKES).await,
    }
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    match standing(&visit).await {
        Ok((ticket, stand)) => draw(&visit, &ticket, &stand, None),
        Err(elsewhere) => elsewhere,
    }
}

fn draw(visit: &Visit, ticket: &Ticket, stand: &Standing, problem: Option<&Problem>) -> Response {
    let screen = Passkey {
        t: visit.words_at(stand),
        frame: &visit.frame_at(path_of(stand.at), ticket, stand),
        name: &stand.name,
        makes: stand.at == MAKES,
        confirms: stand.what == Some(What::Confirm),
        error: problem.map(|problem| problem.key),
        other_ways: &OtherWay::beside(Factor::Passkey, stand),
    };
    problem::draw(visit, &screen, problem)
}

/// What the browser is to be asked.
fn options(options: String) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], options).into_response()
}

/// Gives what the browser is to be asked, on the page above.
pub async fn ask(sent: Sent<Pressed>) -> Response {
    match sent.visit.pages.sign_in.passkey_options(&sent.ticket).await {
        Ok(Some(asked)) => options(asked),
        Ok(None) => sent.visit.go_to_due().await,
        Err(error) => sent.visit.failed(&error),
    }
}

/// Takes the browser's answer.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let again = async |problem: Problem| match standing(&visit).await {
        Ok((ticket, stand)) => draw(&visit, &ticket, &stand, Some(&problem)),
        Err(elsewhere) => elsewhere,
    };
    let (answer, name) = (form.answer.unwrap_or_default(), form.name.unwrap_or_default());
    let before = visit.caller.visitor.as_ref().map(|visitor| visitor.session);
    let given = (answer.as_str(), name.as_str());
    let outcome = visit.pages.sign_in.passkey(&ticket, given, before, visit.around()).await;
    let told = |wrong| Problem::typed(word(wrong));
    match problem::answered(&visit, outcome, told).await {
        Ok(response) => response,
        Err(problem) => again(problem).await,
    }
}

fn word(wrong: PasskeyWrong) -> &'static str {
    match wrong {
        PasskeyWrong::NothingAsked => "passkey-again",
        PasskeyWrong::Exists => "passkey-exists",
        PasskeyWrong::Cloned => "passkey-cloned",
        PasskeyWrong::Wrong | PasskeyWrong::NotVerified | PasskeyWrong::TooSoon => "passkey-wrong",
    }
}

/// Gives what the browser is to be asked in the place of name and password.
pub async fn ask_to_sign_in(sent: Sent<Pressed>) -> Response {
    match sent.visit.pages.sign_in.passkey_sign_in_options(&sent.ticket).await {
        Ok(Some(asked)) => options(asked),
        // Half-way through something else: there a passkey has a page of its own.
        Ok(None) | Err(SignInError::NoTicket) => StatusCode::CONFLICT.into_response(),
        Err(error) => sent.visit.failed(&error),
    }
}

/// Takes the browser's answer in the place of name and password.
pub async fn sign_in(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let answer = form.answer.unwrap_or_default();
    let before = visit.caller.visitor.as_ref().map(|visitor| visitor.session);
    match visit.pages.sign_in.passkey_sign_in(&ticket, &answer, before, visit.around()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => visit.go_on(at, ticket.as_ref()),
        // Whatever is wrong with it, name and password are the way that is open.
        Ok(Answer::Wrong(PasskeyWrong::Cloned)) => go_to(sign_in::PASSKEY_CLONED, &[]),
        Ok(Answer::Wrong(_)) => go_to(sign_in::PASSKEY_WRONG, &[]),
        Err(error) => visit.failed(&error),
    }
}
