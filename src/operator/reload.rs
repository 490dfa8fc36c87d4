//! `vestibule reload`: asks the running gateway to read its configuration again.

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

/// What a reload brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// What tells this version of the configuration from others.
    pub checksum: String,
    /// What needed a sign-in before and is open to everyone now, as it was
    /// allowed to be.
    pub opened: Vec<String>,
}

/// Reads the configuration again.
#[async_trait]
pub trait Reload: Send + Sync + 'static {
    /// All of it, or nothing. `allow_public` takes also one that opens what
    /// needs a sign-in now.
    ///
    /// # Errors
    ///
    /// Why the configuration stays as it was, in words for the operator.
    async fn reload(&self, allow_public: bool) -> Result<Reloaded, String>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    allow_public: bool,
}

/// The route.
pub fn router(reload: Arc<dyn Reload>) -> Router {
    Router::new().route("/v1/reload", post(answer)).with_state(reload)
}

async fn answer(State(reload): State<Arc<dyn Reload>>, Json(asked): Json<Asked>) -> Response {
    match reload.reload(asked.allow_public).await {
        Ok(reloaded) => Json(reloaded).into_response(),
        Err(wrong) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": wrong }))).into_response()
        }
    }
}

/// Carries out the command.
///
/// # Errors
///
/// Where no gateway runs, or it keeps its configuration.
pub async fn run(door: &Door, allow_public: bool, as_json: bool) -> Result<(), CommandError> {
    if !matches!(door, Door::Socket(_)) {
        let told = "no gateway runs on this data folder; `vestibule serve` reads the configuration";
        return Err(CommandError::Refused(told.to_owned()));
    }
    let answer: Value =
        door.ask(Method::POST, "/v1/reload", json!({ "allow_public": allow_public })).await?;
    let mut out = std::io::stdout().lock();
    if as_json {
        writeln!(out, "{answer}")?;
        return Ok(());
    }
    let told: Reloaded = serde_json::from_value(answer)
        .map_err(|error| CommandError::NoAnswer(error.to_string()))?;
    writeln!(out, "the configuration {} is at work", told.checksum)?;
    for opened in told.opened {
        writeln!(out, "open to everyone now: {opened}")?;
    }
    Ok(())
}
