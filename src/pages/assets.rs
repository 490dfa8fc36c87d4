//! The style sheet, the script and the icon.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Short, so that an upgrade shows within minutes; the files are small.
const CACHED: &str = "public, max-age=600";

/// Gives one of the files.
pub async fn show(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "vestibule.css" => ("text/css; charset=utf-8", include_str!("../../pages/vestibule.css")),
        "vestibule.js" => {
            ("text/javascript; charset=utf-8", include_str!("../../pages/vestibule.js"))
        }
        "icon.svg" => ("image/svg+xml", include_str!("../../pages/icon.svg")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, CACHED)], text).into_response()
}
