//! `/.vestibule/kept`: a form that met an expired session, before and after its
//! owner signed in again.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::visit::{Visit, go_to};
use super::{refused, sign_in};
use crate::domain::Words;
use crate::flow::{KeptPost, KeptPostError, KeptValue, Leaving, Nonce, Post};

#[derive(Template)]
#[template(path = "kept.html", config = "pages/askama.toml")]
struct Kept<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    state: State,
    path: &'a str,
    /// Whether another site sent it, and what it is called, if that is known.
    other: bool,
    site: Option<&'a str>,
    /// Which form is shown.
    mark: &'a str,
}

/// The button, and which form its page showed.
#[derive(Debug, Deserialize)]
pub struct Send {
    kept: Option<String>,
}

/// What can be done with the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its sender signs in first.
    SignIn,
    /// Its sender may send it.
    Send,
    /// The same, and it could not be sent just before.
    Again,
    /// Somebody else is signed in.
    Other,
    /// It is not kept any more.
    Gone,
}

impl State {
    const fn is_gone(self) -> bool {
        matches!(self, Self::Gone)
    }

    const fn is_again(self) -> bool {
        matches!(self, Self::Again)
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::SignIn | Self::Send | Self::Again => StatusCode::OK,
            Self::Other => StatusCode::FORBIDDEN,
            Self::Gone => StatusCode::NOT_FOUND,
        }
    }
}

/// Whether the sign-in was asked for, and whether the app was away.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(rename = "sign-in")]
    sign_in: Option<String>,
    away: Option<String>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/kept";

/// Shows what is kept and what can be done with it.
pub async fn show(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let kept = match find(&visit).await {
        Ok(kept) => kept,
        Err(KeptPostError::Gone) => return draw(&visit, State::Gone, None),
        Err(error) => return failed(&visit, &error),
    };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let state = match &visit.caller.visitor {
        None if asked.sign_in.is_some() => return leave(&visit).await,
        None => State::SignIn,
        Some(visitor) if kept.post.from.is_some_and(|(_, owner)| owner != visitor.account) => {
            State::Other
        }
        Some(_) if asked.away.is_some() => State::Again,
        Some(_) => State::Send,
    };
    draw(&visit, state, Some(&kept.post))
}

fn brought(visit: &Visit) -> Option<KeptValue> {
    visit.cookie(visit.caller.cookies.kept_name()).and_then(KeptValue::parse)
}

async fn find(visit: &Visit) -> Result<KeptPost, KeptPostError> {
    let value = brought(visit).ok_or(KeptPostError::Gone)?;
    visit.pages.kept_posts.find(&value, visit.caller.host.name()).await
}

/// Leads to the sign-in, and back to this page.
async fn leave(visit: &Visit) -> Response {
    let (cookies, host) = (visit.caller.cookies, &*visit.caller.host);
    if host.is_home() {
        let (ticket, cookie) = match visit.ticket_or_new() {
            Ok(ticket) => ticket,
            Err(error) => return visit.failed(&error),
        };
        visit.pages.way_backs.keep_kept(&ticket).await;
        return go_to(sign_in::PATH, &[cookie]);
    }
    let handovers = &visit.pages.handovers;
    let nonce = visit.cookie(cookies.nonce_name()).and_then(Nonce::parse);
    let left = match nonce.map_or_else(|| handovers.nonce(), Ok) {
        Ok(nonce) => {
            let (path, others) = (PATH.to_owned(), Vec::new());
            let client = visit.caller.client;
            let leaving = Leaving { host, nonce: &nonce, path, within: None, others, client };
            handovers.depart(leaving).await.map(|address| (address, nonce))
        }
        Err(error) => Err(error),
    };
    match left {
        Ok((address, nonce)) => go_to(&address, &[Some(cookies.set_nonce(nonce.reveal()))]),
        Err(error) => super::handover::failed(visit, &error),
    }
}

/// Sends the browser back to where the form was sent, with the word that the kept
/// one is meant. A browser repeats a form there (307), and the gateway puts the
/// kept one in its place.
///
/// SECURITY: what is sent is what the page showed.
/// - Against: a page elsewhere that has a form of its own kept in another tab, after
///   somebody has read which one they are about to send and before they press.
/// - Therefore: the page carries a mark of its form; where another one is kept by
///   now, nothing is sent, and the page is shown again with that.
/// - Price: of two forms that wait in two tabs the first cannot be sent any more.
/// - Held by: `the_button_sends_the_form_that_its_page_showed`.
pub async fn submit(sent: Sent<Send>) -> Response {
    let Sent { visit, form, .. } = sent;
    let cookies = visit.caller.cookies;
    let shown = form.kept.unwrap_or_default();
    let value = brought(&visit).filter(|value| value.is_mark(&shown));
    match (find(&visit).await, value) {
        (Ok(kept), Some(value)) if visit.caller.visitor.is_some() => {
            // The form's own cookie stays until the app has answered: the way there
            // may be lost, and a press can come twice.
            let resume = cookies.set_resume(value.resume_value(&kept.post.path));
            let mut response = go_to(&kept.post.path, &[Some(resume)]);
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            if !response.headers().contains_key(LOCATION) {
                return refused::fault(&visit);
            }
            response
        }
        (Ok(_), _) => go_to(PATH, &[]),
        (Err(KeptPostError::Gone), _) => draw(&visit, State::Gone, None),
        (Err(error), _) => failed(&visit, &error),
    }
}

fn failed(visit: &Visit, error: &KeptPostError) -> Response {
    tracing::error!(%error, request = visit.caller.request_id, "a kept form was not found");
    refused::busy(visit)
}

fn draw(visit: &Visit, state: State, post: Option<&Post>) -> Response {
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let frame = Frame { csrf: ticket.form_token(), ..visit.frame(PATH) };
    let mark = brought(visit).map(|value| value.mark()).unwrap_or_default();
    let screen = Kept {
        t: visit.words(),
        frame: &frame,
        state,
        path: post.map_or("/", |post| &post.path),
        other: post.is_some_and(Post::is_bounced),
        site: post.and_then(Post::site),
        mark: &mark,
    };
    visit.draw(state.status(), &screen, &[cookie])
}
