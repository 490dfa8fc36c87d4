//! Forms: whether one really came from our own page, and what was typed.

use std::sync::Arc;

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::visit::{Visit, go_to};
use super::{Pages, refused, sign_in};
use crate::flow::Ticket;

/// A form that came from our own page in this browser.
pub struct Sent<F> {
    /// The request.
    pub visit: Visit,
    /// The browser's ticket.
    pub ticket: Ticket,
    /// What was typed.
    pub form: F,
}

/// What every form carries, and what it is for.
#[derive(Deserialize)]
struct WithToken<F> {
    csrf: Option<String>,
    #[serde(flatten)]
    form: F,
}

/// A form with nothing but a button.
#[derive(Debug, Deserialize)]
pub struct Pressed {}

impl<F: DeserializeOwned> FromRequest<Arc<Pages>> for Sent<F> {
    type Rejection = Response;

    async fn from_request(request: Request, pages: &Arc<Pages>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let here = parts.uri.path().to_owned();
        let visit = Visit::from_request_parts(&mut parts, pages).await;
        let visit = visit.map_err(IntoResponse::into_response)?;
        let read =
            Form::<WithToken<F>>::from_request(Request::from_parts(parts, body), pages).await;
        // Said in our own words further up.
        let Form(WithToken { csrf, form }) = read.map_err(IntoResponse::into_response)?;
        let brought = visit.ticket.clone();
        match judge(&visit.headers, visit.caller.host.origin(), brought, csrf.as_deref()) {
            Judged::Ours(ticket) => Ok(Self { visit, ticket, form }),
            Judged::Late if visit.ticket.is_none() && here == sign_in::PATH => {
                Err(go_to(sign_in::NO_COOKIE, &[]))
            }
            Judged::Late => Err(go_to(&here, &[])),
            Judged::Foreign => Err(refused::forgery(&visit)),
        }
    }
}

/// Where a form post came from.
#[derive(Debug)]
pub enum Judged {
    /// From our page in this browser.
    Ours(Ticket),
    /// From our page, but the browser's ticket is gone or another one by now: a
    /// step was taken in another tab, or it waited too long. Nothing is changed;
    /// the answer leads to the page, which knows what is due.
    Late,
    /// From elsewhere.
    Foreign,
}

/// Judges a form post.
///
/// SECURITY: three independent signs, of which the token is always one.
/// - Against: another site's page that posts in the visitor's name, a sibling
///   host's page, and a sign-in with the attacker's own name (login CSRF).
/// - Therefore: the browser must say `same-origin` where it says anything,
///   `Origin` must be ours where it does not, and the form must carry the token
///   of this browser's ticket.
/// - Price: a browser without cookies cannot sign in.
/// - Held by: `a_form_from_elsewhere_changes_nothing`.
pub fn judge(
    headers: &HeaderMap,
    public_url: &str,
    ticket: Option<Ticket>,
    token: Option<&str>,
) -> Judged {
    let same_origin = match (one(headers, SITE), one(headers, header::ORIGIN.as_str())) {
        (Ok(Some("same-origin")), Ok(None | Some("null"))) => true,
        (Ok(Some("same-origin") | None), Ok(Some(origin))) => origin == public_url,
        _ => false,
    };
    match (same_origin, ticket, token) {
        (true, None, _) => Judged::Late,
        (true, Some(ticket), Some(token)) if ticket.is_form_token(token) => Judged::Ours(ticket),
        (true, Some(_), Some(token)) if Ticket::parse(token).is_some() => Judged::Late,
        _ => Judged::Foreign,
    }
}

/// Whether a browser says that something comes from elsewhere than our own page.
/// What says nothing about itself is no browser's, or an old one's.
pub fn is_foreign(headers: &HeaderMap, public_url: &str) -> bool {
    let site = matches!(one(headers, SITE), Ok(None | Some("same-origin")));
    let origin = match one(headers, header::ORIGIN.as_str()) {
        Ok(Some(origin)) => origin == public_url,
        Ok(None) => true,
        Err(_) => false,
    };
    !(site && origin)
}

const SITE: &str = "sec-fetch-site";

/// A header that is there more than once, or holds what no such header does.
#[derive(Debug)]
struct Ambiguous;

/// The value of a header that must not be there twice.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Ambiguous> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Ambiguous),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://app.test";

    fn judged(lines: &[(&'static str, &str)], token: &str) -> bool {
        let ticket = Ticket::parse(&"A".repeat(43)).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let token = if token == "right" { ticket.form_token() } else { token.to_owned() };
        matches!(judge(&headers, OURS, Some(ticket), Some(&token)), Judged::Ours(_))
    }

    #[test]
    fn a_browser_that_names_another_page_is_believed() {
        let foreign = |lines: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, value.parse().unwrap());
            }
            is_foreign(&headers, OURS)
        };
        for from in [
            &[(SITE, "cross-site")][..],
            &[(SITE, "same-site"), ("origin", OURS)],
            &[(SITE, "none")],
            &[("origin", "https://evil.test")],
            &[("origin", "null"), (SITE, "same-origin")],
            &[("origin", OURS), ("origin", OURS)],
            &[(SITE, "same-origin"), (SITE, "same-origin")],
        ] {
            assert!(foreign(from), "{from:?}");
        }
        // Control: our own page is not, nor what is no browser.
        assert!(!foreign(&[(SITE, "same-origin"), ("origin", OURS)]));
        assert!(!foreign(&[("origin", OURS)]));
        assert!(!foreign(&[]));
    }

    #[test]
    fn a_form_from_elsewhere_changes_nothing() {
        let site = "sec-fetch-site";
        for from in [
            vec![(site, "cross-site"), ("origin", "https://evil.test")],
            vec![(site, "same-site"), ("origin", "https://evil.app.test")],
            vec![(site, "none")],
            vec![("origin", "https://evil.test")],
            vec![("origin", "null")],
            vec![("origin", OURS), ("origin", "https://evil.test")],
            vec![(site, "same-origin"), ("origin", "https://evil.test")],
            vec![],
        ] {
            assert!(!judged(&from, "right"), "{from:?}");
        }
        assert!(!judged(&[("origin", OURS)], "wrong"));
        assert!(!judged(&[("origin", OURS)], ""));
        let late = judge(
            &[("origin", OURS)]
                .into_iter()
                .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
                .collect::<HeaderMap>(),
            OURS,
            None,
            Some("x"),
        );
        assert!(matches!(late, Judged::Late), "{late:?}");
        // Control: our own form passes, with either sign.
        assert!(judged(&[("origin", OURS)], "right"));
        assert!(judged(&[(site, "same-origin"), ("origin", OURS)], "right"));
        assert!(judged(&[(site, "same-origin")], "right"));
    }
}
