//! The gateway's own pages, in the order a visitor meets them.
//!
//! A handler reads a form, asks a flow and draws a template; it decides
//! nothing. Screen, template, handler and flow of one thing share one word.

mod assets;
mod form;
mod home;
mod language;
mod password;
mod refused;
mod sign_in;
mod sign_out;
mod whoami;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::domain::cookie::{self, Found};
use crate::domain::{Brand, Caller, Language, Words};
use crate::flow::key::Keys;
use crate::flow::{Sessions, SignIn, SignInError, Ticket, WayBacks};
use crate::observe::audit::Around;

pub use language::LanguageLink;
pub use refused::{Refusal, draw};

/// What the pages work with.
#[derive(Debug)]
pub struct Pages {
    /// Signs people in.
    pub sign_in: SignIn,
    /// Ends sessions.
    pub sessions: Sessions,
    /// Knows where people were going.
    pub way_backs: WayBacks,
    /// Publishes keys.
    pub keys: Arc<Keys>,
    /// The operator's name and numbers.
    pub brand: Brand,
    /// The public address, without a slash at its end.
    pub public_url: String,
    /// Where people go who were not going anywhere in particular.
    pub portal: Option<String>,
}

/// The routes of all pages.
pub fn router(pages: Arc<Pages>) -> Router {
    let mut router = Router::new()
        .route("/.vestibule", get(home::show))
        .route("/.vestibule/", get(home::show))
        .route("/.vestibule/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/.vestibule/password", get(password::show).post(password::submit))
        .route("/.vestibule/sign-out", get(sign_out::show).post(sign_out::submit))
        .route("/.vestibule/whoami", get(whoami::show))
        .route("/.vestibule/asset/{name}", get(assets::show));
    for path in JWKS_PATHS {
        router = router.route(path, get(whoami::jwks));
    }
    router
        .fallback(refused::not_found)
        .method_not_allowed_fallback(refused::method)
        .layer(axum::middleware::from_fn_with_state(pages.clone(), refused::in_our_words))
        .with_state(pages)
}

/// Where the key set is found: ours, and where the libraries of apps that once
/// stood behind another gateway look.
pub const JWKS_PATHS: [&str; 3] =
    ["/.vestibule/jwks.json", "/.well-known/pomerium/jwks.json", "/cdn-cgi/access/certs"];

/// What every template needs.
struct Frame<'a> {
    words: &'static Words,
    brand: &'a Brand,
    languages: Vec<LanguageLink>,
}

impl Pages {
    fn frame(&self, language: Language) -> Frame<'_> {
        Frame { words: Words::of(language), brand: &self.brand, languages: language::links() }
    }

    /// The browser's ticket, or a new one and the cookie that sets it.
    fn ticket(
        &self,
        headers: &HeaderMap,
        caller: &Caller,
    ) -> Result<(Ticket, Option<String>), SignInError> {
        if let Some(ticket) = ticket_of(headers, caller) {
            return Ok((ticket, None));
        }
        let ticket = self.sign_in.ticket()?;
        let cookie = caller.cookies.set_ticket(ticket.reveal());
        Ok((ticket, Some(cookie)))
    }
}

/// The ticket in the browser's cookie.
fn ticket_of(headers: &HeaderMap, caller: &Caller) -> Option<Ticket> {
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    match cookie::find(lines, caller.cookies.ticket_name()) {
        Found::One(value) => Ticket::parse(value),
        Found::None | Found::Several => None,
    }
}

fn around(caller: &Caller) -> Around<'_> {
    Around { account: None, from: Some(caller.address), request: Some(&caller.request_id) }
}

/// Draws a template; one that fails is a fault page, never half a page.
fn page(status: StatusCode, template: &impl Template, cookies: &[Option<String>]) -> Response {
    let mut response = match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    set_cookies(&mut response, cookies);
    response
}

/// Sends the browser on with a GET (303), to a path of ours.
fn go_to(path: &str, cookies: &[Option<String>]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::try_from(path) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    set_cookies(&mut response, cookies);
    response
}

fn set_cookies(response: &mut Response, cookies: &[Option<String>]) {
    for cookie in cookies.iter().flatten() {
        if let Ok(value) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}
