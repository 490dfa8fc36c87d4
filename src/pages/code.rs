//! `/.vestibule/code`: the number that the person's app shows.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::password::{SOON, later};
use super::visit::{Frame, OtherWay, Visit, path_of};
use crate::domain::{Factor, Words};
use crate::flow::{Answer, At, CodeWrong, SignInError, Standing, Ticket, TypedCode, What};

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

/// What a page says of a number that was not taken.
#[derive(Debug)]
pub struct Problem {
    /// Which sentence.
    pub key: &'static str,
    /// By how many minutes the phone's clock is off, or nothing.
    pub minutes: String,
    /// The answer's status.
    pub status: StatusCode,
}

impl Problem {
    /// About what was typed.
    pub fn typed(key: &'static str) -> Self {
        Self { key, minutes: String::new(), status: StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// About a number that was looked at.
    pub fn wrong(wrong: CodeWrong) -> Self {
        let minutes = match wrong {
            CodeWrong::ClockAhead(minutes) | CodeWrong::ClockBehind(minutes) => minutes.to_string(),
            CodeWrong::Wrong | CodeWrong::Used | CodeWrong::Older => String::new(),
        };
        Self { minutes, ..Self::typed(wrong.word()) }
    }

    /// About one that was not looked at.
    pub fn later(key: &'static str, status: StatusCode) -> Self {
        Self { status, ..Self::typed(key) }
    }
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
    match visit.standing_at(HERE).await {
        Ok((ticket, stand)) => draw(&visit, &ticket, &stand, None),
        Err(elsewhere) => elsewhere,
    }
}

fn draw(visit: &Visit, ticket: &Ticket, stand: &Standing, problem: Option<&Problem>) -> Response {
    let screen = Code {
        t: visit.words_at(stand),
        frame: &visit.frame_at(path_of(HERE), ticket, stand),
        name: &stand.name,
        error: problem.map(|problem| problem.key),
        confirms: stand.what == Some(What::Confirm),
        minutes: problem.map_or("", |problem| &problem.minutes),
        other_ways: &OtherWay::beside(Factor::Code, stand),
    };
    visit.draw(problem.map_or(StatusCode::OK, |problem| problem.status), &screen, &[])
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
    let before = visit.caller.visitor.as_ref().map(|visitor| visitor.session);
    match visit.pages.sign_in.code(&ticket, &typed, before, visit.around()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => visit.go_on(at, ticket.as_ref()),
        Ok(Answer::Wrong(wrong)) => again(Problem::wrong(wrong)).await,
        Err(SignInError::Locked) => {
            again(Problem::later("code-locked", StatusCode::TOO_MANY_REQUESTS)).await
        }
        Err(SignInError::Paused { wait }) => {
            let problem = Problem::later("code-throttled", StatusCode::TOO_MANY_REQUESTS);
            later(again(problem).await, wait)
        }
        Err(SignInError::Busy) => {
            let problem = Problem::later("code-busy", StatusCode::SERVICE_UNAVAILABLE);
            later(again(problem).await, SOON)
        }
        Err(error) => visit.failed(&error),
    }
}
