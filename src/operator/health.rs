//! `/healthz`, `/readyz` and `/metrics` on the operator's listener.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::flow::account::Accounts;
use crate::observe::Metrics;

/// What the answers are made from.
#[derive(Clone, Debug)]
pub struct Health {
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Asks the store.
    pub accounts: Accounts,
    /// Whether the gateway takes new work; false while it drains.
    pub serving: Arc<AtomicBool>,
}

/// The routes.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// Ready means: takes new work, and the store answers and takes changes.
async fn ready(State(health): State<Health>) -> Response {
    if !health.serving.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match health.accounts.store_answers().await {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response(),
    }
}

async fn metrics(State(health): State<Health>) -> Response {
    match health.metrics.exposition() {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
