//! `vestibule upgrade`: has the running gateway start the program anew and hand
//! its place over.

use std::io::Write;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CommandError, Door};

/// What an upgrade brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgraded {
    /// The process that serves now.
    pub pid: u32,
}

/// Starts the program anew.
#[async_trait]
pub trait Upgrade: Send + Sync + 'static {
    /// Returns when the new one serves.
    ///
    /// # Errors
    ///
    /// Why the running one goes on, in words for the operator.
    async fn upgrade(&self) -> Result<Upgraded, String>;
}

/// The route.
pub fn router(upgrade: Arc<dyn Upgrade>) -> Router {
    Router::new().route("/v1/upgrade", post(answer)).with_state(upgrade)
}

async fn answer(State(upgrade): State<Arc<dyn Upgrade>>) -> Response {
    match upgrade.upgrade().await {
        Ok(upgraded) => Json(upgraded).into_response(),
        Err(wrong) => {
            let wrong = format!("{wrong}; the gateway that runs goes on");
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": wrong }))).into_response()
        }
    }
}

/// Carries out the command.
///
/// # Errors
///
/// Where no gateway runs, or it goes on itself.
pub async fn run(door: &Door, as_json: bool) -> Result<(), CommandError> {
    if !matches!(door, Door::Socket(_)) {
        let told = "no gateway runs on this data folder; start it with `vestibule serve`";
        return Err(CommandError::Refused(told.to_owned()));
    }
    let answer: Value = door.ask(Method::POST, "/v1/upgrade", Value::Null).await?;
    let mut out = std::io::stdout().lock();
    if as_json {
        writeln!(out, "{answer}")?;
        return Ok(());
    }
    let told: Upgraded = serde_json::from_value(answer)
        .map_err(|error| CommandError::NoAnswer(error.to_string()))?;
    writeln!(out, "process {} serves now", told.pid)?;
    Ok(())
}
