//! The admin interface: accounts over HTTP, for the command line.
//!
//! It is served on a socket that only the gateway's own user can open, and it
//! is called in the same process where no gateway runs. Both ways go through
//! the same flows, so both are counted and audited.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Account, AccountId, AccountState};
use crate::flow::account::{AccountEdit, AccountError, Accounts, NewAccount};
use crate::observe::log::rfc3339;

/// Accounts given in one answer.
pub const PAGE: usize = 500;

/// The routes.
pub fn router(accounts: Accounts) -> Router {
    Router::new()
        .route("/v1/accounts", get(list).post(add))
        .route("/v1/accounts/{name}", get(show).patch(set).delete(delete))
        .route("/v1/accounts/{name}/disable", post(disable))
        .route("/v1/accounts/{name}/enable", post(enable))
        .with_state(accounts)
}

/// A new account as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adding {
    name: String,
    email: String,
    full_name: Option<String>,
    language: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    password: Option<String>,
}

/// A change as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    email: Option<String>,
    full_name: Option<String>,
    language: Option<String>,
    groups: Option<Vec<String>>,
    password: Option<String>,
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

impl IntoResponse for AccountError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Bad(_) | Self::Language { .. } | Self::Password(_) => StatusCode::BAD_REQUEST,
            Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::Taken { .. } | Self::Busy => StatusCode::CONFLICT,
            Self::Store(_) | Self::Hashing(_) | Self::NoChance(_) => {
                tracing::error!(error = %self, "an account was not changed");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

/// An account as programs read it. The password is never part of it.
fn shown(account: &Account) -> Value {
    let password = match (&account.password, account.password_until) {
        (None, _) => "none",
        (Some(_), Some(_)) => "provisional",
        (Some(_), None) => "permanent",
    };
    let groups: Vec<_> = account.groups.iter().map(|group| group.as_str()).collect();
    json!({
        "id": account.id.to_string(),
        "name": account.name.as_str(),
        "email": account.email.as_str(),
        "full_name": account.full_name.as_ref().map(|name| name.as_str()),
        "language": account.language.map(|language| language.code()),
        "groups": groups,
        "state": match account.state {
            AccountState::Active => "active",
            AccountState::Disabled => "disabled",
        },
        "password": password,
        "password_until": account.password_until.map(rfc3339),
        "created": rfc3339(account.created),
    })
}

async fn add(
    State(accounts): State<Accounts>,
    Json(new): Json<Adding>,
) -> Result<Response, AccountError> {
    let new = NewAccount {
        name: new.name,
        email: new.email,
        full_name: new.full_name,
        language: new.language,
        groups: new.groups,
        password: new.password.map(SecretString::from),
    };
    let (account, made) = accounts.add(new).await?;
    let mut answer = json!({ "name": account.name.as_str(), "id": account.id.to_string() });
    if let (Some(made), Some(fields)) = (made, answer.as_object_mut()) {
        fields.insert("provisional_password".to_owned(), made.expose_secret().into());
    }
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn list(
    State(accounts): State<Accounts>,
    Query(page): Query<After>,
) -> Result<Json<Value>, AccountError> {
    let after = page.after.as_deref().and_then(AccountId::parse);
    let found = accounts.list(after, PAGE).await?;
    Ok(Json(found.iter().map(shown).collect()))
}

async fn show(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown(&accounts.find(&name).await?)))
}

async fn set(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
    Json(edit): Json<Setting>,
) -> Result<Json<Value>, AccountError> {
    let edit = AccountEdit {
        email: edit.email,
        full_name: edit.full_name,
        language: edit.language,
        groups: edit.groups,
        password: edit.password.map(SecretString::from),
    };
    Ok(Json(shown(&accounts.set(&name, edit).await?)))
}

async fn disable(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown(&accounts.disable(&name).await?)))
}

async fn enable(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown(&accounts.enable(&name).await?)))
}

async fn delete(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    accounts.delete(&name).await?;
    Ok(Json(json!({ "name": name, "deleted": true })))
}
