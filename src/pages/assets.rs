//! The style sheets, the scripts, the icons and the operator's logo.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::Pages;

/// Short, so that an upgrade shows within minutes; the files are small.
const CACHED: &str = "public, max-age=600";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Gives one of the files.
pub async fn show(State(pages): State<Arc<Pages>>, Path(name): Path<String>) -> Response {
    let headers = |kind: &'static str| [(CONTENT_TYPE, kind), (CACHE_CONTROL, CACHED)];
    match (name.as_str(), &pages.brand.palette, &pages.brand.logo) {
        ("brand.css", Some(palette), _) => {
            return (headers("text/css; charset=utf-8"), palette.style_sheet()).into_response();
        }
        ("logo", _, Some(logo)) => {
            return (headers(logo.kind), logo.bytes.to_vec()).into_response();
        }
        _ => {}
    }
    let icon: Option<&'static [u8]> = match name.as_str() {
        "icon-192.png" => Some(include_bytes!("../../pages/icon-192.png")),
        "icon-512.png" => Some(include_bytes!("../../pages/icon-512.png")),
        "icon-maskable-512.png" => Some(include_bytes!("../../pages/icon-maskable-512.png")),
        _ => None,
    };
    if let Some(icon) = icon {
        return (headers("image/png"), icon).into_response();
    }
    let (kind, text) = match name.as_str() {
        "vestibule.css" => ("text/css; charset=utf-8", include_str!("../../pages/vestibule.css")),
        "vestibule.js" => (SCRIPT, include_str!("../../pages/vestibule.js")),
        "passkey.js" => (SCRIPT, include_str!("../../pages/passkey.js")),
        "approve.js" => (SCRIPT, include_str!("../../pages/approve.js")),
        "phone.js" => (SCRIPT, include_str!("../../pages/phone.js")),
        "phone_code.js" => (SCRIPT, include_str!("../../pages/phone_code.js")),
        "phone_passkey.js" => (SCRIPT, include_str!("../../pages/phone_passkey.js")),
        "phone_portal.js" => (SCRIPT, include_str!("../../pages/phone_portal.js")),
        "icon.svg" => ("image/svg+xml", include_str!("../../pages/icon.svg")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    (headers(kind), text).into_response()
}
