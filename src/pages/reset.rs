//! `/.vestibule/reset`: where the button of the mail about a forgotten password
//! leads.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::visit::Visit;
use crate::domain::Words;
use crate::flow::Answer;

#[derive(Template)]
#[template(path = "reset.html", config = "pages/askama.toml")]
struct Reset<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    key: &'a str,
}

/// The key, in the address and in the form. It is never printed.
#[derive(Default, Deserialize)]
pub struct Key {
    key: Option<String>,
}

/// The page's address.
const PATH: &str = "/.vestibule/reset";

/// Shows the page.
///
/// SECURITY: opening the mail's link changes nothing.
/// - Against: mail scanners and previews that open every link, and would use it
///   up or choose a password.
/// - Therefore: the link shows a button; what it does is a form post of our own
///   page, with this browser's token.
/// - Price: one press more.
/// - Held by: `opening_the_link_of_the_mail_changes_nothing_and_its_key_is_written_nowhere`.
pub async fn show(visit: Visit, asked: Result<Query<Key>, QueryRejection>) -> Response {
    let key = asked.map(|Query(asked)| asked).unwrap_or_default().key.unwrap_or_default();
    match visit.pages.sign_in.is_mail_link(&key).await {
        Ok(true) => draw(&visit, &key),
        Ok(false) => draw(&visit, ""),
        Err(error) => visit.failed(&error),
    }
}

/// The page; without a key it says that the link is worth nothing.
fn draw(visit: &Visit, key: &str) -> Response {
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let (status, kept) = match key {
        "" => (StatusCode::GONE, Vec::new()),
        key => (StatusCode::OK, vec![("key", key.to_owned())]),
    };
    let frame = Frame { csrf: ticket.form_token(), asked: kept, ..visit.frame(PATH) };
    let screen = Reset { t: visit.words(), frame: &frame, key };
    visit.draw(status, &screen, &[cookie])
}

/// Takes the press of the button.
pub async fn submit(sent: Sent<Key>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let key = form.key.unwrap_or_default();
    match visit.pages.sign_in.mail_link(&ticket, &key, visit.around()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => {
            super::approve::ask_first(&visit, at, ticket.as_ref()).await;
            visit.go_on(at, ticket.as_ref())
        }
        Ok(Answer::Wrong(_)) => draw(&visit, ""),
        Err(error) => visit.failed(&error),
    }
}
