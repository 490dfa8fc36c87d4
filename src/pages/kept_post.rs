//! `/.vestibule/kept`: a form that met an expired session, or a rule that wants a
//! fresh proof, before and after its owner showed who they are.

use std::time::Duration;

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
use super::{confirm, refused, sign_in};
use crate::domain::Words;
use crate::flow::{KeptPostError, KeptValue, Leaving, Nonce, Post};

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
    /// Where its sender shows who they are.
    again: &'a str,
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
    /// Its sender shows first that it is still them.
    Prove,
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
            Self::SignIn | Self::Prove | Self::Send | Self::Again => StatusCode::OK,
            Self::Other => StatusCode::FORBIDDEN,
            Self::Gone => StatusCode::NOT_FOUND,
        }
    }
}

/// Which form is meant, whether the sign-in was asked for, whether the app was away,
/// and how many seconds ago the last proof may have been, where a rule says so.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    form: Option<String>,
    #[serde(rename = "sign-in")]
    sign_in: Option<String>,
    away: Option<String>,
    fresh: Option<u64>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/kept";
/// No rule wants a proof of less than a minute ago.
const FRESH_SECONDS_MIN: u64 = 60;

/// A form, and the browser's half of it.
struct Found {
    mark: String,
    post: Post,
    within: Option<Duration>,
}

impl Found {
    /// What the address of its page asks for.
    fn asked(&self, away: bool) -> Vec<(&'static str, String)> {
        let within = self.within.map(|within| ("fresh", within.as_secs().to_string()));
        let away = away.then(|| ("away", "1".to_owned()));
        [Some(("form", self.mark.clone())), within, away].into_iter().flatten().collect()
    }

    /// Our page for it.
    fn page(&self) -> String {
        let fresh = self.within.map(|within| format!("&fresh={}", within.as_secs()));
        format!("{PATH}?form={}{}", self.mark, fresh.unwrap_or_default())
    }
}

/// Shows what is kept and what can be done with it.
pub async fn show(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let (mark, post) = match find(&visit, asked.form.as_deref()).await {
        Ok(found) => found,
        Err(KeptPostError::Gone) => return draw(&visit, State::Gone, None),
        Err(error) => return failed(&visit, &error),
    };
    let within = asked.fresh.map(|seconds| Duration::from_secs(seconds.max(FRESH_SECONDS_MIN)));
    let found = Found { mark, post, within };
    let kept_posts = &visit.pages.kept_posts;
    let state = match &visit.caller.visitor {
        None => State::SignIn,
        Some(visitor) if found.post.from.is_some_and(|owner| owner != visitor.account) => {
            State::Other
        }
        Some(visitor) if within.is_some_and(|within| !kept_posts.is_fresh(visitor, within)) => {
            State::Prove
        }
        Some(_) if asked.away.is_some() => State::Again,
        Some(_) => State::Send,
    };
    match state {
        State::SignIn | State::Prove if asked.sign_in.is_some() => leave(&visit, &found).await,
        _ => draw(&visit, state, Some(&found)),
    }
}

/// Of which forms the browser has the half: the one that another site sent, and those
/// of pages here, the newest first.
fn brought(visit: &Visit) -> impl Iterator<Item = KeptValue> {
    let cookies = visit.caller.cookies;
    let list = |name| visit.cookie(name).map(KeptValue::parse_list).unwrap_or_default();
    let bounced = list(cookies.bounced_name()).into_iter();
    bounced.chain(list(cookies.kept_name()).into_iter().rev())
}

/// The form with this mark, or where none is named the first that is still kept.
///
/// SECURITY: a browser has several forms kept, and sends the one that was named.
/// - Against: two forms in two tabs, of which one takes the place of the other, and a
///   page elsewhere that puts one of its own in the place of either.
/// - Therefore: the cookie holds the halves of the last few, each page and each way
///   back names its form by a mark that tells nothing else, and what another site
///   sent has a cookie of its own.
/// - Price: up to nine values in two cookies, for a quarter of an hour.
/// - Held by: `two_forms_of_two_tabs_are_each_sent_by_their_own_page`.
async fn find(visit: &Visit, mark: Option<&str>) -> Result<(String, Post), KeptPostError> {
    for value in brought(visit) {
        if mark.is_some_and(|mark| !value.is_mark(mark)) {
            continue;
        }
        match visit.pages.kept_posts.find(&value, visit.caller.host.name()).await {
            Err(KeptPostError::Gone) => {}
            found => return found.map(|kept| (value.mark(), kept.post)),
        }
    }
    Err(KeptPostError::Gone)
}

/// Leads to where its sender shows who they are, and back to this page.
async fn leave(visit: &Visit, found: &Found) -> Response {
    let (cookies, host) = (visit.caller.cookies, &*visit.caller.host);
    if host.is_home() {
        let (ticket, cookie) = match visit.ticket_or_new() {
            Ok(ticket) => ticket,
            Err(error) => return visit.failed(&error),
        };
        visit.pages.way_backs.keep_kept(&ticket, found.page()).await;
        let page = match visit.caller.visitor {
            Some(_) => confirm::PATH,
            None => sign_in::PATH,
        };
        return go_to(page, &[cookie]);
    }
    let handovers = &visit.pages.handovers;
    let nonce = visit.cookie(cookies.nonce_name()).and_then(Nonce::parse);
    let left = match nonce.map_or_else(|| handovers.nonce(), Ok) {
        Ok(nonce) => {
            let (path, within, others) = (found.page(), found.within, Vec::new());
            let client = visit.caller.client;
            let leaving = Leaving { host, nonce: &nonce, path, within, others, client };
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
/// - Therefore: the page carries a mark of its form; where that is not kept any more,
///   nothing is sent, and the page is shown again with what is.
/// - Price: a page that was shown by an earlier version is shown once more.
/// - Held by: `the_button_sends_the_form_that_its_page_showed`.
pub async fn submit(sent: Sent<Send>) -> Response {
    let Sent { visit, form, .. } = sent;
    let cookies = visit.caller.cookies;
    let shown = form.kept.unwrap_or_default();
    let value = brought(&visit).find(|value| value.is_mark(&shown));
    let found = find(&visit, value.as_ref().map(|_| shown.as_str())).await;
    match (found, value) {
        (Ok((_, post)), Some(value)) if visit.caller.visitor.is_some() => {
            // The form's own cookie stays until the app has answered: the way there
            // may be lost, and a press can come twice.
            let resume = cookies.set_resume(value.resume_value(&post.path));
            let mut response = go_to(&post.path, &[Some(resume)]);
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            if !response.headers().contains_key(LOCATION) {
                return refused::fault(&visit);
            }
            response
        }
        (Ok((mark, _)), _) => go_to(&format!("{PATH}?form={mark}"), &[]),
        (Err(KeptPostError::Gone), _) => draw(&visit, State::Gone, None),
        (Err(error), _) => failed(&visit, &error),
    }
}

fn failed(visit: &Visit, error: &KeptPostError) -> Response {
    tracing::error!(%error, request = visit.caller.request_id, "a kept form was not found");
    refused::busy(visit)
}

fn draw(visit: &Visit, state: State, found: Option<&Found>) -> Response {
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let asked = found.map(|found| found.asked(state.is_again())).unwrap_or_default();
    let frame = Frame { csrf: ticket.form_token(), asked, ..visit.frame(PATH) };
    let post = found.map(|found| &found.post);
    let again = found.map(|found| found.page() + "&sign-in=1").unwrap_or_default();
    let screen = Kept {
        t: visit.words(),
        frame: &frame,
        state,
        path: post.map_or("/", |post| &post.path),
        other: post.is_some_and(Post::is_bounced),
        site: post.and_then(Post::site),
        mark: found.map_or("", |found| &found.mark),
        again: &again,
    };
    visit.draw(state.status(), &screen, &[cookie])
}
