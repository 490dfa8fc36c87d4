//! `/.vestibule/done`: the first connection is done.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{Pressed, Sent};
use super::frame::Frame;
use super::visit::{Visit, path_of};
use crate::domain::Words;
use crate::flow::{At, Standing, Ticket};

#[derive(Template)]
#[template(path = "done.html", config = "pages/askama.toml")]
struct Done<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    straight_on: bool,
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    let draw = |ticket: &Ticket, stand: &Standing| {
        let frame = visit.frame_at(path_of(At::Done), ticket, stand);
        let straight_on = visit.caller.visitor.is_some();
        let screen = Done { t: visit.words_at(stand), frame: &frame, straight_on };
        visit.draw(StatusCode::OK, &screen, &[])
    };
    visit.show_at(At::Done, draw).await
}

/// Goes on to the portal; whatever was known of the half-done sign-in ends.
pub async fn submit(sent: Sent<Pressed>) -> Response {
    if let Err(elsewhere) = sent.visit.standing_at(At::Done).await {
        return elsewhere;
    }
    sent.visit.leave(&[Some(sent.visit.caller.cookies.end_ticket())]).await
}
