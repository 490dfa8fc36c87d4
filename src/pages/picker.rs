//! `/.vestibule/picker`: the accounts that this browser knows.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::visit::{Visit, go_to};
use super::{refused, sign_in};
use crate::domain::Words;

#[derive(Template)]
#[template(path = "picker.html", config = "pages/askama.toml")]
struct Picker<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    accounts: &'a [Known<'a>],
}

struct Known<'a> {
    index: usize,
    initials: String,
    name: &'a str,
    full_name: &'a str,
}

/// The form: which one, or which one not any more.
#[derive(Debug, Deserialize)]
pub struct Choice {
    pick: Option<String>,
    forget: Option<String>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/picker";

/// Shows the page; without accounts the name is asked.
pub async fn show(visit: Visit) -> Response {
    let browser = visit.browser();
    let known = browser.known();
    if known.is_empty() {
        return go_to(sign_in::OTHER, &[]);
    }
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let accounts: Vec<_> = known
        .iter()
        .enumerate()
        .map(|(index, known)| Known {
            index,
            initials: known.initials(),
            name: &known.name,
            full_name: &known.full_name,
        })
        .collect();
    let frame = Frame { csrf: ticket.form_token(), ..visit.frame(PATH) };
    let picker = Picker { t: visit.words(), frame: &frame, accounts: &accounts };
    visit.draw(StatusCode::OK, &picker, &[cookie])
}

/// Takes the choice.
pub async fn submit(sent: Sent<Choice>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let index = |text: Option<&String>| text.and_then(|text| text.parse::<usize>().ok());
    if let Some(index) = index(form.forget.as_ref()) {
        return go_to(sign_in::PATH, &[Some(visit.forget(index))]);
    }
    let browser = visit.browser();
    let known = browser.known();
    let Some(known) = index(form.pick.as_ref()).and_then(|index| known.get(index)) else {
        return go_to(PATH, &[]);
    };
    match visit.pages.sign_in.name(&ticket, &known.name).await {
        Ok(()) => go_to("/.vestibule/password", &[]),
        Err(error) => {
            tracing::error!(%error, request = visit.caller.request_id, "a name was not taken");
            refused::busy(&visit)
        }
    }
}
