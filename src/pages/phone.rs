//! `/.vestibule/phone` and below: the web app that runs on people's phones, and
//! what it says to us. It has no cookie; what it says is signed.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Pages;
use super::form::is_foreign;
use super::frame::Frame;
use super::visit::Visit;
use crate::domain::{QuestionState, Words};
use crate::flow::{AnswerTyped, PairTyped, PhoneError, PushTyped, RequestsTyped, SignInError};

#[derive(Template)]
#[template(path = "phone.html", config = "pages/askama.toml")]
struct Phone<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    /// The key of our pushes, base64url; empty where nothing is pushed.
    application_server_key: &'a str,
    /// What the browser is asked where a passkey is made on the phone; empty
    /// where none is.
    passkey: &'a str,
    portal: &'a str,
}

const PATH: &str = "/.vestibule/phone";
/// Largest body of what a phone says, in bytes.
const BODY_BYTES_MAX: usize = 8 * 1024;
/// Longest text in it.
const TEXT_BYTES_MAX: usize = 2 * 1024;
const WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");

/// Shows the app.
pub async fn show(visit: Visit) -> Response {
    let passkey = visit.pages.sign_in.phone_passkey_options().unwrap_or_default();
    let screen = Phone {
        t: visit.words(),
        frame: &visit.frame(PATH),
        application_server_key: &visit.pages.application_server_key,
        passkey: &passkey,
        portal: &visit.pages.brand.name,
    };
    visit.draw(StatusCode::OK, &screen, &[])
}

/// What makes it an app.
pub async fn manifest(visit: Visit) -> Response {
    let name = &visit.pages.brand.name;
    let palette = visit.pages.brand.palette.as_ref();
    let accent =
        palette.map_or_else(|| "#0b5d66".to_owned(), |found| found.light.accent.to_string());
    let icon = |file: &str, sizes: &str, purpose: &str| {
        let source = format!("/.vestibule/asset/{file}");
        json!({ "src": source, "sizes": sizes, "type": "image/png", "purpose": purpose })
    };
    let manifest = json!({
        "id": PATH,
        "name": name,
        "short_name": name,
        "lang": visit.words().lang(),
        "start_url": PATH,
        "scope": PATH,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": accent,
        "icons": [
            icon("icon-192.png", "192x192", "any"),
            icon("icon-512.png", "512x512", "any"),
            icon("icon-maskable-512.png", "512x512", "maskable"),
        ],
    });
    let kind = HeaderValue::from_static("application/manifest+json");
    ([(CONTENT_TYPE, kind)], manifest.to_string()).into_response()
}

/// The worker that shows what wakes the phone. It governs the app's address and
/// nothing above it.
pub async fn worker() -> Response {
    let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
    let scope = HeaderValue::from_static(PATH);
    let script = include_str!("../../pages/phone_worker.js");
    ([(CONTENT_TYPE, kind), (WORKER_ALLOWED, scope)], script).into_response()
}

/// What a phone says, read from the body.
pub struct Told<T> {
    visit: Visit,
    said: T,
}

/// A no, with a word for the app.
fn problem(status: StatusCode, word: &str) -> Response {
    (status, Json(json!({ "problem": word }))).into_response()
}

impl<T: DeserializeOwned> FromRequest<Arc<Pages>> for Told<T> {
    type Rejection = Response;

    /// SECURITY: only our own page may speak for a phone.
    /// - Against: another site's page that makes somebody's browser ask or
    ///   answer here, and bodies without end.
    /// - Therefore: JSON of 8 KiB at most, which a form of another site cannot
    ///   send; a browser must not say that it comes from elsewhere; and no cookie
    ///   counts, only a signature over our address.
    /// - Price: none.
    /// - Held by: `what_another_site_has_a_browser_say_for_a_phone_changes_nothing`.
    async fn from_request(request: Request, pages: &Arc<Pages>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, pages).await;
        let visit = visit.map_err(IntoResponse::into_response)?;
        if is_foreign(&visit.headers, &pages.public_url) {
            return Err(problem(StatusCode::FORBIDDEN, "bad-request"));
        }
        if !is_json(&visit.headers) {
            return Err(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad-request"));
        }
        let body = to_bytes(body, BODY_BYTES_MAX).await;
        let body = body.map_err(|_| problem(StatusCode::PAYLOAD_TOO_LARGE, "bad-request"))?;
        let said = serde_json::from_slice::<Value>(&body).ok().filter(is_short);
        let said = said.and_then(|said| serde_json::from_value(said).ok());
        let said = said.ok_or_else(|| problem(StatusCode::BAD_REQUEST, "bad-request"))?;
        Ok(Self { visit, said })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// Whether no text in it is longer than any that we take.
fn is_short(said: &Value) -> bool {
    match said {
        Value::String(text) => text.len() <= TEXT_BYTES_MAX,
        Value::Array(all) => all.iter().all(is_short),
        Value::Object(all) => all.values().all(is_short),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// What is said of something that was not done.
fn failed(visit: &Visit, error: &PhoneError) -> Response {
    let (status, word) = match error {
        PhoneError::Stale => (StatusCode::CONFLICT, "again"),
        PhoneError::Gone => (StatusCode::GONE, "gone"),
        PhoneError::Expired => (StatusCode::CONFLICT, "expired"),
        PhoneError::ConnectAgain => (StatusCode::CONFLICT, "connect-again"),
        PhoneError::NotConfirmed => (StatusCode::UNPROCESSABLE_ENTITY, "not-confirmed"),
        PhoneError::WrongNumber => (StatusCode::UNPROCESSABLE_ENTITY, "wrong-number"),
        PhoneError::TooMany => (StatusCode::CONFLICT, "too-many"),
        PhoneError::Malformed => (StatusCode::BAD_REQUEST, "bad-request"),
        PhoneError::SignIn(
            SignInError::Busy | SignInError::Paused { .. } | SignInError::Locked,
        ) => (StatusCode::TOO_MANY_REQUESTS, "slow-down"),
        PhoneError::SignIn(error) => {
            tracing::error!(%error, request = visit.caller.request_id, "a phone was not served");
            (StatusCode::SERVICE_UNAVAILABLE, "slow-down")
        }
    };
    problem(status, word)
}

/// Nothing is said with it.
#[derive(Debug, Deserialize)]
pub struct Hello {}

/// Gives something to sign.
pub async fn challenge(told: Told<Hello>) -> Response {
    let Told { visit, said: Hello {} } = told;
    match visit.pages.sign_in.challenge() {
        Ok(challenge) => Json(json!({ "challenge": challenge })).into_response(),
        Err(error) => failed(&visit, &error.into()),
    }
}

/// How a phone can be woken.
#[derive(Deserialize)]
pub struct Push {
    endpoint: String,
    p256dh: String,
    auth: String,
}

impl From<Push> for PushTyped {
    fn from(push: Push) -> Self {
        let Push { endpoint, p256dh, auth } = push;
        Self { endpoint, p256dh, auth }
    }
}

/// A phone that is to be joined.
#[derive(Deserialize)]
pub struct Joins {
    code: String,
    key: String,
    name: String,
    push: Option<Push>,
    signature: String,
    passkey: Option<Value>,
}

/// Joins a phone.
pub async fn pair(told: Told<Joins>) -> Response {
    let Told { visit, said } = told;
    let push = said.push.map(PushTyped::from);
    let passkey = said.passkey.map(|passkey| passkey.to_string());
    let typed = PairTyped {
        code: &said.code,
        key: &said.key,
        name: &said.name,
        push: push.as_ref(),
        signature: &said.signature,
        passkey: passkey.as_deref(),
    };
    match visit.pages.sign_in.pair(&typed, visit.around()).await {
        Ok(paired) => Json(json!({
            "phone": paired.phone,
            "portal": paired.portal,
            "account": paired.account,
        }))
        .into_response(),
        Err(error) => failed(&visit, &error),
    }
}

/// A phone that looks whether it is asked.
#[derive(Deserialize)]
pub struct Looks {
    phone: String,
    challenge: String,
    signature: String,
    push: Option<Push>,
}

/// Tells a phone what it is asked.
pub async fn requests(told: Told<Looks>) -> Response {
    let Told { visit, said } = told;
    let push = said.push.map(PushTyped::from);
    let typed = RequestsTyped {
        phone: &said.phone,
        challenge: &said.challenge,
        signature: &said.signature,
        push: push.as_ref(),
    };
    match visit.pages.sign_in.requests(&typed, visit.caller.address).await {
        Ok(requests) => {
            let request = requests.request.map(|asked| {
                json!({
                    "id": asked.id,
                    "nonce": asked.nonce,
                    "asked": asked.asked.unix_millis(),
                    "expires": asked.expires.unix_millis(),
                    "now": asked.now.unix_millis(),
                    "digits": asked.digits,
                    "browser": asked.device,
                    "address": asked.address,
                    "same_network": asked.same_network,
                    "setting_up": asked.setting_up,
                })
            });
            let told = json!({
                "account": requests.account,
                "portal": requests.portal,
                "request": request,
                "connect_again": requests.connect_again,
            });
            Json(told).into_response()
        }
        Err(error) => failed(&visit, &error),
    }
}

/// A phone's answer.
#[derive(Deserialize)]
pub struct Answers {
    phone: String,
    request: String,
    answer: YesOrNo,
    number: String,
    signature: String,
    passkey: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum YesOrNo {
    Yes,
    No,
}

/// Takes a phone's answer.
pub async fn answer(told: Told<Answers>) -> Response {
    let Told { visit, said } = told;
    let passkey = said.passkey.map(|passkey| passkey.to_string());
    let typed = AnswerTyped {
        phone: &said.phone,
        request: &said.request,
        yes: said.answer == YesOrNo::Yes,
        number: &said.number,
        signature: &said.signature,
        passkey: passkey.as_deref(),
    };
    match visit.pages.sign_in.answer(&typed, visit.around()).await {
        Ok(state) => {
            let outcome = match state {
                QuestionState::Approved => "approved",
                _ => "refused",
            };
            Json(json!({ "outcome": outcome })).into_response()
        }
        Err(error) => failed(&visit, &error),
    }
}
