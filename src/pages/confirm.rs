//! `/.vestibule/confirm`: whether somebody with a session is still who they
//! were. Asks first, because opening a link changes nothing and wakes no phone.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::sign_in;
use super::visit::{Visit, go_to};
use crate::domain::Words;

#[derive(Template)]
#[template(path = "confirm.html", config = "pages/askama.toml")]
struct Confirm<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    to_account: bool,
}

/// Whether it ends on the account page, in the address and in the form.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    account: Option<String>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/confirm";
/// The same, ending on the account page.
pub const TO_ACCOUNT: &str = "/.vestibule/confirm?account";

/// Shows the question; who has no session signs in, which shows the same.
pub async fn show(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Some(visitor) = &visit.caller.visitor else {
        return go_to(sign_in::PATH, &[]);
    };
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let to_account = asked.is_ok_and(|Query(asked)| asked.account.is_some());
    let frame = Frame { csrf: ticket.form_token(), ..visit.frame(PATH) };
    let screen = Confirm { t: visit.words(), frame: &frame, name: &visitor.name, to_account };
    visit.draw(StatusCode::OK, &screen, &[cookie])
}

/// Leads to the page of the factor that is asked first.
pub async fn submit(sent: Sent<Asked>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let Some(asker) = visit.asker() else {
        return go_to(sign_in::PATH, &[]);
    };
    match visit.pages.sign_in.begin_confirm(&ticket, &asker, form.account.is_some()).await {
        Ok((at, ticket)) => {
            super::approve::ask_first(&visit, at, Some(&ticket)).await;
            visit.go_on(at, Some(&ticket))
        }
        Err(error) => visit.failed(&error),
    }
}
