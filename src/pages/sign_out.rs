//! `/.vestibule/sign-out`: asks first, because opening a link changes nothing.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::HeaderValue;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::refused;
use super::visit::Visit;
use crate::domain::Words;

#[derive(Template)]
#[template(path = "sign_out.html", config = "pages/askama.toml")]
struct SignOut<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
}

#[derive(Template)]
#[template(path = "signed_out.html", config = "pages/askama.toml")]
struct SignedOut<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
}

/// The form: whether on all devices.
#[derive(Debug, Deserialize)]
pub struct How {
    everywhere: Option<String>,
}

const PATH: &str = "/.vestibule/sign-out";

/// Shows the question, or that nobody is signed in.
pub async fn show(visit: Visit) -> Response {
    let Some(visitor) = &visit.caller.visitor else {
        // A session that ended on another host is over here too.
        return signed_out(&visit, &[Some(visit.caller.cookies.end_session())]);
    };
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let frame = Frame { csrf: ticket.form_token(), ..visit.frame(PATH) };
    let screen = SignOut { t: visit.words(), frame: &frame, name: &visitor.name };
    visit.draw(StatusCode::OK, &screen, &[cookie])
}

fn signed_out(visit: &Visit, cookies: &[Option<String>]) -> Response {
    let screen = SignedOut { t: visit.words(), frame: &visit.frame(PATH) };
    visit.draw(StatusCode::OK, &screen, cookies)
}

/// Ends the session, or all of this person. It is over before the page says so.
pub async fn submit(sent: Sent<How>) -> Response {
    let Sent { visit, form, .. } = sent;
    if let Some(visitor) = &visit.caller.visitor {
        let (session, account) = (visitor.session, visitor.account);
        let (sessions, around) = (&visit.pages.sessions, visit.around());
        let ended = match form.everywhere {
            Some(_) => sessions.sign_out_everywhere(account, around).await,
            None => sessions.sign_out(session, account, around).await,
        };
        if let Err(error) = ended {
            tracing::error!(%error, request = visit.caller.request_id, "a session was not ended");
            return refused::busy(&visit);
        }
    }
    let cookies = visit.caller.cookies;
    let cookies = [Some(cookies.end_session()), Some(cookies.end_ticket())];
    let mut response = signed_out(&visit, &cookies);
    // Only the cache: `storage` would wipe a phone's key, `cookies` the other
    // things this host remembers.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}
