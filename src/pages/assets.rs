//! The style sheets, the scripts, the icon and the operator's logo.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::Pages;

/// Short, so that an upgrade shows within minutes; the files are small.
const CACHED: &str = "public, max-age=600";

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
    let (kind, text) = match name.as_str() {
        "vestibule.css" => ("text/css; charset=utf-8", include_str!("../../pages/vestibule.css")),
        "vestibule.js" => {
            ("text/javascript; charset=utf-8", include_str!("../../pages/vestibule.js"))
        }
        "passkey.js" => ("text/javascript; charset=utf-8", include_str!("../../pages/passkey.js")),
        "icon.svg" => ("image/svg+xml", include_str!("../../pages/icon.svg")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    (headers(kind), text).into_response()
}
