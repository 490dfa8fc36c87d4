//! `/.vestibule/success`: the app counts from now on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{Pressed, Sent};
use super::frame::Frame;
use super::visit::{Visit, path_of};
use crate::domain::Words;
use crate::flow::{Answer, At, Standing, Ticket};

#[derive(Template)]
#[template(path = "success.html", config = "pages/askama.toml")]
struct Success<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    next: &'a str,
    first: &'a str,
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    let draw = |ticket: &Ticket, stand: &Standing| {
        let frame = visit.frame_at(path_of(At::Success), ticket, stand);
        let next = match stand.password_follows {
            true => "success-next-password",
            false => "success-next-portal",
        };
        let first = stand.ways.first().map_or("", |way| way.word());
        let screen = Success { t: visit.words_at(stand), frame: &frame, next, first };
        visit.draw(StatusCode::OK, &screen, &[])
    };
    visit.show_at(At::Success, draw).await
}

/// Goes on.
pub async fn submit(sent: Sent<Pressed>) -> Response {
    let Sent { visit, ticket, .. } = sent;
    let before = visit.caller.visitor.as_ref().map(|visitor| visitor.session);
    match visit.pages.sign_in.succeed(&ticket, before, visit.around()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => visit.go_on(at, ticket.as_ref()),
        Ok(Answer::Wrong(())) => visit.go_to_due().await,
        Err(error) => visit.failed(&error),
    }
}
