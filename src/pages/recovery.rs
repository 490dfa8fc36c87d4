//! `/.vestibule/recovery`: a code on paper in the place of the usual factor; and
//! `/.vestibule/recovery-codes`, where they are given out.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::form::{Pressed, Sent};
use super::frame::{Frame, OtherWay};
use super::problem::{self, Problem};
use super::visit::{Visit, path_of};
use crate::domain::{Factor, Words};
use crate::flow::{At, RecoveryWrong, Standing, Ticket, What};

#[derive(Template)]
#[template(path = "recovery.html", config = "pages/askama.toml")]
struct Recovery<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    error: Option<&'a str>,
    confirms: bool,
    other_ways: &'a [OtherWay],
}

#[derive(Template)]
#[template(path = "recovery_codes.html", config = "pages/askama.toml")]
struct RecoveryCodes<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    codes: &'a [String],
}

#[derive(Template)]
#[template(path = "recovery_codes.txt", config = "pages/askama.toml")]
struct RecoveryCodesFile<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    address: &'a str,
    codes: &'a [String],
}

const HERE: At = At::Factor(Factor::Recovery);

/// The form. The code is never printed.
#[derive(Deserialize)]
pub struct Form {
    code: Option<String>,
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let draw = |ticket: &Ticket, stand: &Standing| {
        let screen = Recovery {
            t: visit.words_at(stand),
            frame: &visit.frame_at(path_of(HERE), ticket, stand),
            name: &stand.name,
            error: problem.map(|problem| problem.key),
            confirms: stand.what == Some(What::Confirm),
            other_ways: &OtherWay::beside(Factor::Recovery, stand),
        };
        problem::draw(visit, &screen, problem)
    };
    visit.show_at(HERE, draw).await
}

/// Takes the code.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let again = async |problem: Problem| draw(&visit, Some(problem)).await;
    let typed = form.code.unwrap_or_default();
    if typed.trim().is_empty() {
        return again(Problem::typed("recovery-missing")).await;
    }
    let before = visit.caller.visitor.as_ref().map(|visitor| visitor.session);
    let outcome = visit.pages.sign_in.recovery(&ticket, &typed, before, visit.around()).await;
    let told = |wrong| match wrong {
        RecoveryWrong::Shape => Problem::typed("recovery-shape"),
        RecoveryWrong::Wrong => Problem::typed("recovery-wrong"),
    };
    match problem::answered(&visit, outcome, told).await {
        Ok(response) => response,
        Err(problem) => again(problem).await,
    }
}

/// Gives the codes out.
pub async fn give(visit: Visit) -> Response {
    let (ticket, stand) = match visit.standing_at(At::RecoveryCodes).await {
        Ok(standing) => standing,
        Err(elsewhere) => return elsewhere,
    };
    match visit.pages.sign_in.recovery_codes(&ticket).await {
        Ok(codes) if !codes.is_empty() => {
            let screen = RecoveryCodes {
                t: visit.words_at(&stand),
                frame: &visit.frame_at(path_of(At::RecoveryCodes), &ticket, &stand),
                name: &stand.name,
                codes: &codes,
            };
            visit.draw(StatusCode::OK, &screen, &[])
        }
        // Another tab kept them this moment.
        Ok(_) => visit.go_to_due().await,
        Err(error) => visit.failed(&error),
    }
}

/// The same as a file to be kept.
pub async fn download(visit: Visit) -> Response {
    let (ticket, stand) = match visit.standing_at(At::RecoveryCodes).await {
        Ok(standing) => standing,
        Err(elsewhere) => return elsewhere,
    };
    let codes = match visit.pages.sign_in.recovery_codes(&ticket).await {
        Ok(codes) if !codes.is_empty() => codes,
        Ok(_) => return visit.go_to_due().await,
        Err(error) => return visit.failed(&error),
    };
    let address = format!("{}/.vestibule/", visit.pages.public_url);
    let file = RecoveryCodesFile {
        t: visit.words_at(&stand),
        frame: &visit.frame(path_of(At::RecoveryCodes)),
        name: &stand.name,
        address: &address,
        codes: &codes,
    };
    match file.render() {
        // A mark of the byte order, by which simple editors know the encoding.
        Ok(text) => {
            let mut response = format!("\u{feff}{text}").into_response();
            let headers = response.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            );
            headers.insert(
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("attachment; filename=\"codes.txt\""),
            );
            response
        }
        Err(error) => {
            tracing::error!(%error, "a file cannot be written");
            super::refused::fault(&visit)
        }
    }
}

/// Takes the word that they were kept.
pub async fn keep(sent: Sent<Pressed>) -> Response {
    let Sent { visit, ticket, .. } = sent;
    match visit.pages.sign_in.keep_recovery_codes(&ticket, visit.around()).await {
        Ok(at) => visit.go_on(at, None),
        Err(error) => visit.failed(&error),
    }
}
