//! `/.vestibule/forgotten`: the user name of somebody who forgot the password.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::visit::{Visit, go_to};
use super::{mail_code, refused};
use crate::domain::Words;
use crate::flow::At;

#[derive(Template)]
#[template(path = "forgotten.html", config = "pages/askama.toml")]
struct Forgotten<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    error: Option<&'a str>,
    can_mail: bool,
}

/// The form.
#[derive(Debug, Deserialize)]
pub struct Form {
    name: Option<String>,
    /// Pressed by who has a code already.
    have: Option<String>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/forgotten";

/// Shows the page, with the name that was typed before.
pub async fn show(visit: Visit) -> Response {
    let name = match visit.standing().await {
        Ok((_, stand)) if stand.at == At::Password => stand.name,
        // Whatever is wrong with it is told where it is used.
        Ok(_) | Err(_) => String::new(),
    };
    draw(&visit, &name, None)
}

fn draw(visit: &Visit, name: &str, error: Option<&str>) -> Response {
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let frame = Frame { csrf: ticket.form_token(), ..visit.frame(PATH) };
    let can_mail = visit.pages.sign_in.can_mail();
    let screen = Forgotten { t: visit.words(), frame: &frame, name, error, can_mail };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
    visit.draw(status, &screen, &[cookie])
}

/// Takes the name; the next screen is the same whether anybody has it or not.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let name = form.name.as_deref().unwrap_or("").trim();
    if name.is_empty() {
        return draw(&visit, name, Some("forgotten-name-missing"));
    }
    let sign_in = &visit.pages.sign_in;
    if !sign_in.can_mail() {
        return go_to(PATH, &[]);
    }
    let taken = match form.have {
        Some(_) => sign_in.has_mail_code(&ticket, name).await,
        None => sign_in.forgotten(&ticket, name, visit.around()).await,
    };
    match taken {
        Ok(()) => go_to(mail_code::PATH, &[]),
        Err(error) => {
            tracing::error!(%error, request = visit.caller.request_id, "a name was not taken");
            refused::busy(&visit)
        }
    }
}
