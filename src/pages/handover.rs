//! `/.vestibule/handover`: takes a sign-in from the host of these pages to the
//! hosts of apps. On this host it goes on with what somebody left there; on theirs
//! it takes the code that brings them back.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::header::{HeaderMap, HeaderValue, REFERRER_POLICY};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::frame::Frame;
use super::visit::{Visit, go_to};
use super::{confirm, refused, sign_in};
use crate::domain::Words;
use crate::flow::{HandoverError, Handovers, Nonce, Onward};

#[derive(Template)]
#[template(path = "onward.html", config = "pages/askama.toml")]
struct Going<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    to: &'a str,
}

/// What the address says; one of them.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    from: Option<String>,
    code: Option<String>,
    join: Option<String>,
    own: Option<String>,
    /// Beside `own`: that our pages led here.
    claim: Option<String>,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/handover";

/// Goes on with a departure from another host: to the sign-in for who has no
/// session, else back there.
pub async fn go_on(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Some(from) = asked.ok().and_then(|Query(asked)| asked.from) else {
        return go_to("/.vestibule/", &[]);
    };
    if !is_top_level(&visit.headers) {
        return refused::malformed(&visit);
    }
    let (handovers, cookies) = (&visit.pages.handovers, visit.caller.cookies);
    let browser = visit.cookie(cookies.nonce_name()).and_then(Nonce::parse);
    let page = match &visit.caller.visitor {
        Some(visitor) => match handovers.go_on(&from, browser.as_ref(), visitor).await {
            Ok(Onward::To(address)) => return silent(go_to(&address, &[])),
            Ok(Onward::Confirm) => confirm::PATH,
            Err(error) => return failed(&visit, &error),
        },
        None => sign_in::PATH,
    };
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let browser = browser.unwrap_or_else(|| Handovers::nonce_of(&ticket));
    let claimed = match handovers.claim(&from, &browser).await {
        Ok(claimed) => claimed,
        Err(error) => return failed(&visit, &error),
    };
    let all = [cookie, Some(cookies.set_nonce(browser.reveal()))];
    let way_backs = &visit.pages.way_backs;
    // What cannot be read is not kept apart: it would only be written anew.
    let before = way_backs.find(&ticket).await.ok().flatten();
    let is_other = before.is_some_and(|kept| !kept.ends_with(&from));
    if is_other && !claimed.is_own {
        return silent(go_to(&claimed.ask, &all));
    }
    way_backs.keep_departure(&ticket, &from).await;
    silent(go_to(page, &all))
}

/// The same page on the host of an app: takes a code, or lets somebody fetch one
/// who signed in for another host of the group.
pub async fn arrive(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Asked { code, join, own, claim, .. } = asked.map(|Query(asked)| asked).unwrap_or_default();
    if !is_top_level(&visit.headers) {
        return refused::malformed(&visit);
    }
    let (cookies, host) = (visit.caller.cookies, &*visit.caller.host);
    let handovers = &visit.pages.handovers;
    let nonce = visit.cookie(cookies.nonce_name()).and_then(Nonce::parse);
    if let (None, None, Some(departure)) = (&code, &join, &own) {
        let mark = claim.as_deref().unwrap_or_default();
        return match handovers.own(departure, mark, nonce.as_ref(), host).await {
            Ok(to) => silent(go_to(&to, &[])),
            // The sign-in that they are in goes on to where they were going.
            Err(HandoverError::Foreign) => {
                silent(go_to(&[&visit.pages.public_url, sign_in::PATH].concat(), &[]))
            }
            Err(error) => failed(&visit, &error),
        };
    }
    let done = match (code, join) {
        (Some(code), None) => {
            let before = visit.cookie(cookies.session_name());
            let here = (host, before);
            handovers.arrive(&code, nonce.as_ref(), here, visit.around()).await.map(|arrived| {
                use secrecy::ExposeSecret;
                let value = arrived.session.expose_secret().to_owned();
                (arrived.to, cookies.set_session(value, arrived.stays))
            })
        }
        (None, Some(then)) => {
            let nonce = match nonce.map_or_else(|| handovers.nonce(), Ok) {
                Ok(nonce) => nonce,
                Err(error) => return failed(&visit, &error),
            };
            let gone = handovers.join((host, visit.caller.client), &nonce, &then).await;
            gone.map(|address| (address, cookies.set_nonce(nonce.reveal())))
        }
        _ => return refused::not_found(visit).await,
    };
    match done {
        Ok((to, cookie)) => silent(go_to(&to, &[Some(cookie)])),
        Err(HandoverError::Again { to }) => silent(go_to(&to, &[])),
        Err(error) => failed(&visit, &error),
    }
}

/// Whether a browser loads a page into a whole window, as far as it says so.
///
/// SECURITY: a handover is a page load of a person.
/// - Against: a page elsewhere that has a code fetched in a frame or as a picture,
///   and a browser that fetches it before anybody asked.
/// - Therefore: a browser that says anything else is refused, and nothing is used
///   up.
/// - Price: none.
/// - Held by: `a_code_is_taken_by_a_page_load_only`.
fn is_top_level(headers: &HeaderMap) -> bool {
    let says = |name: &str, wanted: &str| headers.get_all(name).iter().all(|said| said == wanted);
    says("sec-fetch-dest", "document")
        && says("sec-fetch-mode", "navigate")
        && !headers.contains_key("sec-purpose")
}

/// No page is told where this one was.
fn silent(mut response: Response) -> Response {
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// What is said of a handover that was refused.
pub fn failed(visit: &Visit, error: &HandoverError) -> Response {
    match error {
        HandoverError::Over
        | HandoverError::Foreign
        | HandoverError::Again { .. }
        | HandoverError::InClear => refused::handover(visit),
        HandoverError::NoCookie | HandoverError::Round => refused::cookies(visit),
        HandoverError::Busy => refused::busy(visit),
        HandoverError::Store(_) => {
            tracing::error!(%error, request = visit.caller.request_id, "a handover failed");
            refused::busy(visit)
        }
        HandoverError::NoChance(_) | HandoverError::Seal(_) => {
            tracing::error!(%error, request = visit.caller.request_id, "a handover failed");
            refused::fault(visit)
        }
    }
}

/// Leads somebody on who sent a form, to a place that is not on this host or leads
/// away from it.
pub fn onward(visit: &Visit, to: &str, cookies: &[Option<String>]) -> Response {
    let screen = Going { t: visit.words(), frame: &visit.frame(""), to };
    silent(visit.draw(StatusCode::OK, &screen, cookies))
}

/// Pages that are not on this host are on that of the sign-in.
pub async fn elsewhere(method: Method, uri: Uri, visit: Visit) -> Response {
    match method {
        Method::GET | Method::HEAD if uri.path().starts_with("/.vestibule") => {
            go_to(&[&visit.pages.public_url, uri.path()].concat(), &[])
        }
        _ => refused::not_found(visit).await,
    }
}
