//! `/.vestibule/whoami` for an app's own script, and the key set for its
//! server.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use super::{Pages, account};
use crate::domain::Caller;
use crate::observe::log::rfc3339;

/// Says who is signed in; asking does not count as use of the session.
pub async fn show(
    State(pages): State<Arc<Pages>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let Some(visitor) = &caller.visitor else {
        let problem = json!({
            "type": "urn:vestibule:refusal:no_session",
            "title": "Unauthorized",
            "status": 401,
            "sign_in": format!("{}/.vestibule/sign-in", pages.public_url),
        });
        let headers = [
            (CONTENT_TYPE, "application/problem+json"),
            (WWW_AUTHENTICATE, "Vestibule realm=\"sign-in\""),
        ];
        return (StatusCode::UNAUTHORIZED, headers, problem.to_string()).into_response();
    };
    Json(json!({
        "name": visitor.name,
        "full_name": visitor.full_name,
        "email": visitor.email,
        "groups": visitor.groups,
        "ends": rfc3339(visitor.ends),
        "account": format!("{}{}", pages.public_url, account::PATH),
        "sign_out": format!("{}/.vestibule/sign-out", pages.public_url),
    }))
    .into_response()
}

/// The public keys (RFC 7517). Cacheable, because a new key is published a day
/// before it signs.
pub async fn jwks(State(pages): State<Arc<Pages>>) -> Response {
    let headers =
        [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, pages.keys.jwks().to_string()).into_response()
}
