//! The admin interface: accounts over HTTP, for the command line.
//!
//! It is served on a socket that only the gateway's own user can open, and it
//! is called in the same process where no gateway runs. Both ways go through
//! the same flows, so both are counted and audited.

use axum::extract::{DefaultBodyLimit, FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shown;
use crate::domain::{Account, AccountId};
use crate::flow::account::{AccountEdit, AccountError, Accounts, NewAccount, Told};
use crate::flow::{PEOPLE_MAX, PassError, Person, SignIn};

/// Accounts given in one answer.
pub const PAGE: usize = 500;
/// Largest request: a list of as many people as are taken at once.
const BODY_BYTES_MAX: usize = 4096 * PEOPLE_MAX;

/// What the interface works with.
#[derive(Clone, Debug)]
struct Doors {
    accounts: Accounts,
    sign_in: SignIn,
}

impl FromRef<Doors> for Accounts {
    fn from_ref(doors: &Doors) -> Self {
        doors.accounts.clone()
    }
}

/// The routes.
pub fn router(accounts: Accounts, sign_in: SignIn) -> Router {
    Router::new()
        .route("/v1/accounts", get(list).post(add))
        .route("/v1/accounts/{name}", get(show).patch(set).delete(delete))
        .route("/v1/accounts/{name}/disable", post(disable))
        .route("/v1/accounts/{name}/enable", post(enable))
        .route("/v1/accounts/{name}/sign-out", post(sign_out))
        .route("/v1/accounts/{name}/unlock", post(unlock))
        .route("/v1/accounts/{name}/provision", post(provision))
        .route("/v1/accounts/{name}/pass", post(give_pass))
        .route("/v1/import", post(import))
        .route("/v1/support/{code}", get(support))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Doors { accounts, sign_in })
}

/// People as they are sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Importing {
    people: Vec<Line>,
    /// Only looks at them.
    dry_run: bool,
}

#[derive(Deserialize)]
struct Line {
    line: u64,
    name: String,
    email: String,
    full_name: Option<String>,
    language: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    id: Option<String>,
    password_hash: Option<String>,
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

/// For how long a pass is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passing {
    minutes: u64,
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

impl IntoResponse for AccountError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Bad(_)
            | Self::Language { .. }
            | Self::Password(_)
            | Self::PasswordHash(_)
            | Self::Line { .. }
            | Self::TooMany { .. } => StatusCode::BAD_REQUEST,
            Self::Unknown { .. } | Self::NoSupportCode { .. } => StatusCode::NOT_FOUND,
            Self::Taken { .. } | Self::Busy => StatusCode::CONFLICT,
            Self::Store(_) | Self::Hashing(_) | Self::NoChance(_) | Self::Kept(_) => {
                tracing::error!(error = %self, "an account was not changed");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

impl IntoResponse for PassError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Account(error) => return error.into_response(),
            Self::Minutes { .. } => StatusCode::BAD_REQUEST,
            Self::NoFactor { .. } | Self::Disabled { .. } => StatusCode::CONFLICT,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
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
    let (account, told) = accounts.add(new).await?;
    Ok((StatusCode::CREATED, Json(made(&account, told))).into_response())
}

/// An account that was made or got a new password.
fn made(account: &Account, told: Told) -> Value {
    let mut answer = json!({ "name": account.name.as_str(), "id": account.id.to_string() });
    let Some(fields) = answer.as_object_mut() else { return answer };
    match told {
        Told::Permanent => {}
        Told::ByMail => {
            fields.insert("mailed_to".to_owned(), account.email.as_str().into());
        }
        Told::ByOperator(password) => {
            fields.insert("provisional_password".to_owned(), password.expose_secret().into());
        }
    }
    answer
}

async fn provision(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    let (account, told) = accounts.provision(&name).await?;
    Ok(Json(made(&account, told)))
}

async fn give_pass(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
    Json(asked): Json<Passing>,
) -> Result<Json<Value>, PassError> {
    Ok(Json(shown::pass(&accounts.give_pass(&name, asked.minutes).await?)))
}

async fn import(
    State(accounts): State<Accounts>,
    Json(list): Json<Importing>,
) -> Result<Json<Value>, AccountError> {
    let person = |line: Line| Person {
        line: line.line,
        name: line.name,
        email: line.email,
        full_name: line.full_name,
        language: line.language,
        groups: line.groups,
        id: line.id,
        password_hash: line.password_hash.map(SecretString::from),
    };
    let people: Vec<_> = list.people.into_iter().map(person).collect();
    if list.dry_run {
        let bad = accounts.check_people(&people).await?;
        let bad: Vec<_> = bad
            .iter()
            .map(|bad| json!({ "line": bad.line, "what": bad.what, "is_there": bad.is_there }))
            .collect();
        return Ok(Json(json!({ "bad": bad })));
    }
    let imported = accounts.import(&people).await?;
    let made: Vec<_> = imported
        .made
        .iter()
        .map(|made| json!([made.name, made.password.expose_secret()]))
        .collect();
    Ok(Json(json!({ "added": imported.added, "made": made })))
}

async fn support(
    State(doors): State<Doors>,
    Path(code): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown::support(&doors.accounts.support(&doors.sign_in, &code).await?)))
}

async fn list(
    State(accounts): State<Accounts>,
    Query(page): Query<After>,
) -> Result<Json<Value>, AccountError> {
    let after = page.after.as_deref().and_then(AccountId::parse);
    let found = accounts.list(after, PAGE).await?;
    Ok(Json(found.iter().map(shown::account).collect()))
}

async fn show(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown::view(&accounts.view(&name).await?)))
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
    Ok(Json(shown::account(&accounts.set(&name, edit).await?)))
}

async fn disable(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown::account(&accounts.disable(&name).await?)))
}

async fn enable(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown::account(&accounts.enable(&name).await?)))
}

async fn sign_out(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown::account(&accounts.sign_out(&name).await?)))
}

async fn unlock(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    Ok(Json(shown::account(&accounts.unlock(&name).await?)))
}

async fn delete(
    State(accounts): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AccountError> {
    accounts.delete(&name).await?;
    Ok(Json(json!({ "name": name, "deleted": true })))
}
