//! One request to one of our pages: who asks, in which language, with which
//! half-done sign-in; and the ways to answer it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Query};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::frame::{Frame, Step};
use super::language::choose;
use super::{Pages, handover, refused};
use crate::domain::cookie::{self, Found};
use crate::domain::{Caller, Device, Factor, Language, Place, Words};
use crate::flow::{At, Opened, SignInError, Standing, Ticket, To};
use crate::observe::audit::Around;

/// One request.
pub struct Visit {
    /// All there is.
    pub pages: Arc<Pages>,
    /// Who asks.
    pub caller: Caller,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The browser's ticket, if it has one.
    pub ticket: Option<Ticket>,
    /// Whether the query can be read in one way only.
    pub plain_query: bool,
    /// The language that was picked with this request.
    picked: Option<Language>,
}

#[derive(Debug, Default, serde::Deserialize)]
struct Picked {
    lang: Option<String>,
}

impl FromRequestParts<Arc<Pages>> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(
        parts: &mut Parts,
        pages: &Arc<Pages>,
    ) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller = caller.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        let picked = match parts.method {
            // The picker's links are page loads.
            Method::GET | Method::HEAD => Query::<Picked>::from_request_parts(parts, pages).await,
            _ => Ok(Query(Picked::default())),
        };
        let plain_query = picked.is_ok();
        let picked = picked.ok().and_then(|Query(picked)| picked.lang);
        let mut visit = Self {
            pages: pages.clone(),
            caller,
            headers: parts.headers.clone(),
            ticket: None,
            plain_query,
            picked: picked.as_deref().and_then(Language::parse),
        };
        visit.ticket = visit.cookie(visit.caller.cookies.ticket_name()).and_then(Ticket::parse);
        Ok(visit)
    }
}

impl Visit {
    /// The value of a cookie that the browser sent once.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        match cookie::find(lines, name) {
            Found::One(value) => Some(value),
            Found::None | Found::Several => None,
        }
    }

    /// Whether a language was picked with this request.
    pub fn picks_language(&self) -> bool {
        self.picked.is_some()
    }

    /// The language of the answer.
    pub fn language(&self) -> Language {
        self.language_or(None)
    }

    /// The same for somebody whose own language is known.
    pub fn language_or(&self, own: Option<Language>) -> Language {
        choose(self.picked, own, &self.headers, &self.caller, self.pages.brand.language)
    }

    /// The words of a page within a half-done sign-in: in the language that was
    /// picked, else in the person's own.
    pub fn words_at(&self, stand: &Standing) -> &'static Words {
        Words::of(self.language_or(stand.language))
    }

    /// The words of the answer.
    pub fn words(&self) -> &'static Words {
        Words::of(self.language())
    }

    /// Whether the browser says it is on a telephone. It only orders what is
    /// shown; everything is there on either.
    pub fn on_phone(&self) -> bool {
        let says = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        match says("sec-ch-ua-mobile") {
            Some(mobile) => mobile == "?1",
            None => says("user-agent").is_some_and(|agent| {
                ["iPhone", "Android", "Mobile"].iter().any(|word| agent.contains(word))
            }),
        }
    }

    /// What is recorded beside an event.
    pub fn around(&self) -> Around<'_> {
        let Caller { address, request_id, .. } = &self.caller;
        let agent = self.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Around {
            app: None,
            account: None,
            from: Some(*address),
            client: self.caller.client,
            request: Some(request_id),
            device: Device::of(agent.unwrap_or("")),
        }
    }

    /// The frame of a page without a half-done sign-in.
    pub fn frame<'a>(&'a self, path: &'a str) -> Frame<'a> {
        Frame::plain(&self.pages.brand, path)
    }

    /// The frame of a page within a half-done sign-in.
    pub fn frame_at<'a>(&'a self, path: &'a str, ticket: &Ticket, stand: &Standing) -> Frame<'a> {
        let named = matches!(stand.at, At::Password | At::Factor(_));
        Frame {
            csrf: ticket.form_token(),
            support: Some(stand.support.clone()),
            who: (!named && stand.at != At::Done).then(|| stand.name.clone()),
            ends: (stand.at != At::Done).then_some(stand.left.as_secs()),
            step: Step::of(stand),
            ..self.frame(path)
        }
    }

    /// Draws a page; one that fails is a fault, never half a page.
    pub fn draw(
        &self,
        status: StatusCode,
        template: &impl Template,
        cookies: &[Option<String>],
    ) -> Response {
        let mut response = match template.render() {
            Ok(text) => (status, Html(text)).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page cannot be drawn");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        };
        let language = self.picked.map(|picked| self.caller.cookies.set_language(picked));
        set_cookies(&mut response, cookies);
        set_cookies(&mut response, &[language]);
        response
    }

    /// The browser's ticket, or a new one and the cookie that sets it.
    ///
    /// # Errors
    ///
    /// Where the system gives no random bytes.
    pub fn ticket_or_new(&self) -> Result<(Ticket, Option<String>), SignInError> {
        match &self.ticket {
            Some(ticket) => Ok((ticket.clone(), None)),
            None => {
                let ticket = self.pages.sign_in.ticket()?;
                let cookie = self.caller.cookies.set_ticket(ticket.reveal());
                Ok((ticket, Some(cookie)))
            }
        }
    }

    /// Where the browser's half-done sign-in stands.
    pub async fn standing(&self) -> Result<(Ticket, Standing), SignInError> {
        let ticket = self.ticket.clone().ok_or(SignInError::NoTicket)?;
        let stand = self.pages.sign_in.standing(&ticket).await?;
        Ok((ticket, stand))
    }

    /// The same for a page that shows one screen: where another one is due, the
    /// answer leads there. On the way through the set-up, earlier screens can be
    /// looked at again.
    pub async fn standing_at(&self, screen: At) -> Result<(Ticket, Standing), Response> {
        match self.standing().await {
            Ok((ticket, stand)) => match (stand.at, screen) {
                (At::SetUp(due), At::SetUp(shown)) if due.may_look_back_at(shown) => {
                    Ok((ticket, Standing { at: screen, ..stand }))
                }
                // One factor is asked first; the others are a press away.
                (At::Factor(_), At::Factor(shown)) if stand.ways.contains(&shown) => {
                    Ok((ticket, Standing { at: screen, ..stand }))
                }
                (due, shown) if due == shown => Ok((ticket, stand)),
                (due, _) => Err(go_to(path_of(due), &[])),
            },
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Draws one screen where it is due; else leads to what is.
    pub async fn show_at(
        &self,
        screen: At,
        draw: impl FnOnce(&Ticket, &Standing) -> Response,
    ) -> Response {
        match self.standing_at(screen).await {
            Ok((ticket, stand)) => draw(&ticket, &stand),
            Err(elsewhere) => elsewhere,
        }
    }

    /// Leads to the screen that is due under this ticket.
    pub fn go_on(&self, at: At, ticket: Option<&Ticket>) -> Response {
        let cookie = ticket.map(|ticket| self.caller.cookies.set_ticket(ticket.reveal()));
        go_to(path_of(at), &[cookie])
    }

    /// Leads to wherever the browser's half-done sign-in stands.
    pub async fn go_to_due(&self) -> Response {
        match self.standing().await {
            Ok((_, stand)) => go_to(path_of(stand.at), &[]),
            Err(error) => self.failed(&error),
        }
    }

    /// Sends somebody on whose session was just opened: to the last screen of
    /// the first connection, or to where they were going.
    pub async fn admit(&self, opened: Opened) -> Response {
        use secrecy::ExposeSecret;
        let cookies = self.caller.cookies;
        let session = opened.session.expose_secret().to_owned();
        let known = self.pages.browsers.remember(&self.browser(), &opened);
        let mut all = vec![
            Some(cookies.set_session(session, opened.stays)),
            known.map(|known| cookies.set_accounts(Some(known))),
        ];
        match opened.to {
            To::LastScreen(ticket) => {
                all.push(Some(cookies.set_ticket(ticket.reveal())));
                go_to(path_of(At::Done), &all)
            }
            To::WayBack => {
                // Whatever was known of this browser before it was signed in ends.
                all.push(Some(cookies.end_ticket()));
                self.leave(&all).await
            }
            To::Account => {
                all.push(Some(cookies.end_ticket()));
                go_to(path_of(At::Account), &all)
            }
        }
    }

    /// Sends somebody who is signed in to where they were going.
    pub async fn leave(&self, cookies: &[Option<String>]) -> Response {
        let kept = match &self.ticket {
            // A way back that cannot be read costs a click, not the sign-in.
            Some(ticket) => self.pages.way_backs.find(ticket).await.ok().flatten(),
            None => None,
        };
        let to = kept.as_deref().or(self.pages.portal.as_deref()).unwrap_or("/.vestibule/");
        match to.starts_with(handover::PATH) || !to.starts_with('/') {
            true => handover::onward(self, to, cookies),
            false => go_to(to, cookies),
        }
    }

    /// What is said of a step that could not be taken at all.
    pub fn failed(&self, error: &SignInError) -> Response {
        match error {
            SignInError::NoTicket => return go_to(START_AGAIN, &[]),
            SignInError::Outrun => {
                return go_to(super::sign_in::PATH, &[]);
            }
            _ => tracing::error!(%error, request = self.caller.request_id, "a sign-in failed"),
        }
        match error {
            SignInError::Store(_)
            | SignInError::Busy
            | SignInError::Locked
            | SignInError::Paused { .. } => refused::busy(self),
            SignInError::NoTicket
            | SignInError::Outrun
            | SignInError::Seal(_)
            | SignInError::Fault(_) => refused::fault(self),
        }
    }
}

/// The first page, with the word that it took too long.
pub const START_AGAIN: &str = "/.vestibule/sign-in?problem=start-again";

/// The address of the screen that is due.
pub const fn path_of(at: At) -> &'static str {
    match at {
        At::Password => "/.vestibule/password",
        At::Factor(Factor::Code) => "/.vestibule/code",
        At::Factor(Factor::Approval) | At::SetUp(Place::Approve) => "/.vestibule/approve",
        At::Factor(Factor::Passkey) | At::SetUp(Place::Passkey) => "/.vestibule/passkey",
        At::Factor(Factor::Recovery) => "/.vestibule/recovery",
        At::SetUp(Place::Secure) => "/.vestibule/secure",
        At::SetUp(Place::GetApp) => "/.vestibule/get-app",
        At::SetUp(Place::SetUpApp) => "/.vestibule/set-up-app",
        At::SetUp(Place::Scan) => "/.vestibule/scan",
        At::SetUp(Place::Pair) => "/.vestibule/pair",
        At::SetUp(
            Place::Prove | Place::Approved | Place::RecoveryCodes | Place::Success | Place::Done,
        ) => "/.vestibule/prove",
        At::Approved => "/.vestibule/approved",
        At::RecoveryCodes => "/.vestibule/recovery-codes",
        At::SetUpElsewhere => "/.vestibule/set-up-elsewhere",
        At::Success => "/.vestibule/success",
        At::NewPassword => "/.vestibule/new-password",
        At::Done => "/.vestibule/done",
        At::Account => "/.vestibule/account",
    }
}

/// Sends the browser on with a GET (303), to a path of ours.
pub fn go_to(path: &str, cookies: &[Option<String>]) -> Response {
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
