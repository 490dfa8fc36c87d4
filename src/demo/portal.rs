//! The demo's portal: a small app behind the gateway, written as any team might write theirs.
//!
//! It knows nothing of the gateway but what an app is told: identity headers, an assertion that any
//! JWT library verifies against published keys, and the addresses of sign-out and whoami. Only the
//! assertion is proof. The plain headers are worth as much as the promise that no request reaches
//! this listener but through the gateway, so the page shows both and says which is which.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Form, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::IntervalStream;

/// What the portal must be told to verify an assertion.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Where the gateway publishes its keys; plain HTTP, since it is on this machine.
    pub jwks_url: String,
    /// The `iss` an assertion must carry: the gateway's public address.
    pub issuer: String,
    /// The `aud` an assertion must carry: this app's name.
    pub audience: String,
}

/// Serves the portal until the listener fails or the task is dropped.
pub async fn serve(listener: TcpListener, portal: Portal) -> std::io::Result<()> {
    let verifier = Arc::new(Verifier { portal, keys: Mutex::default() });
    let router = Router::new()
        .route("/", get(home))
        .route("/form", get(form).post(posted))
        .route("/socket", get(socket))
        .route("/socket/echo", any(echo))
        .route("/ticker", get(ticker))
        .route("/events", get(events))
        .route("/public/", get(public))
        .route("/portal.css", get(style))
        .route("/portal.js", get(script))
        .fallback(nothing_here)
        .with_state(verifier);
    axum::serve(listener, router).await
}

type Pairs = Vec<(String, String)>;

async fn home(State(verifier): State<Arc<Verifier>>, headers: HeaderMap) -> Response {
    let said = ["Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups"]
        .map(|name| (name.to_owned(), one(&headers, name).unwrap_or_default()));
    let assertion = one(&headers, "X-Vestibule-Assertion");
    let verdict = verifier.verify(assertion.as_deref()).await;
    let all: Pairs = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let (claims, refusal) = match verdict {
        Ok(claims) => (claims, String::new()),
        Err(refusal) => (Pairs::new(), refusal.to_string()),
    };
    page(StatusCode::OK, "Who is there", Home { said: &said, claims: &claims, refusal, all: &all })
}

async fn form() -> Response {
    page(StatusCode::OK, "A form", FormBody { posted: None })
}

async fn posted(Form(fields): Form<Pairs>) -> Response {
    page(StatusCode::OK, "What came", FormBody { posted: Some(&fields) })
}

async fn socket() -> Response {
    page(StatusCode::OK, "An echo", SocketBody)
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(MESSAGE_BYTES_MAX).on_upgrade(echo_back)
}

async fn echo_back(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let answered = match message {
            Message::Text(_) | Message::Binary(_) => socket.send(message).await,
            Message::Close(_) => break,
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        };
        if answered.is_err() {
            break;
        }
    }
}

async fn ticker() -> Response {
    page(StatusCode::OK, "A ticker", TickerBody)
}

async fn events() -> impl IntoResponse {
    let seconds = IntervalStream::new(tokio::time::interval(Duration::from_secs(1)));
    let mut count = 0_u64;
    let stream = seconds.map(move |_| {
        count += 1;
        Ok::<_, Infallible>(Event::default().data(format!("tick {count}")))
    });
    ([(CACHE_CONTROL, "no-store")], Sse::new(stream).keep_alive(KeepAlive::default()))
}

async fn public(headers: HeaderMap) -> Response {
    let visitor = one(&headers, "Remote-User").unwrap_or_default();
    page(StatusCode::OK, "Open to everyone", PublicBody { visitor })
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("portal.css")).into_response()
}

async fn script() -> Response {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("portal.js")).into_response()
}

async fn nothing_here(uri: Uri) -> Response {
    page(StatusCode::NOT_FOUND, "Nothing here", NothingBody { path: uri.path() })
}

fn page<B: Template + Display>(status: StatusCode, title: &str, body: B) -> Response {
    match (Layout { title, body }).render() {
        Ok(html) => {
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CACHE_CONTROL, "no-store"),
                (CONTENT_SECURITY_POLICY, POLICY),
            ];
            (status, headers, html).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A header that must be there once: two of the same name are as good as none.
fn one(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(text(value)),
        _ => None,
    }
}

fn text(value: &axum::http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Verifies assertions with keys fetched when they are first needed.
struct Verifier {
    portal: Portal,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    by_id: BTreeMap<String, Jwk>,
    /// Runs for [`FETCH_PAUSE`] after each fetch, so that invented key ids cannot make us knock
    /// at the gateway's door for every request.
    pause: Option<JoinHandle<()>>,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("no assertion came with this request")]
    Absent,
    #[error("the assertion names no key")]
    NoKeyNamed,
    #[error("the assertion's key is not among the published ones")]
    UnknownKey,
    #[error("the published keys could not be fetched: {0}")]
    KeysAway(&'static str),
    #[error("the assertion is not valid: {0}")]
    NotValid(#[from] jsonwebtoken::errors::Error),
    #[error("the assertion does not say when it was issued")]
    NoIssueTime,
}

impl Verifier {
    /// The claims, in order of their names, once everything about the assertion holds.
    async fn verify(&self, assertion: Option<&str>) -> Result<Pairs, Refusal> {
        let assertion = assertion.ok_or(Refusal::Absent)?;
        let key_id = jsonwebtoken::decode_header(assertion)?.kid.ok_or(Refusal::NoKeyNamed)?;
        let key = DecodingKey::from_jwk(&self.key(&key_id).await?)?;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.leeway = LEEWAY_SECONDS;
        rules.set_issuer(&[&self.portal.issuer]);
        rules.set_audience(&[&self.portal.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims: BTreeMap<String, Value> = jsonwebtoken::decode(assertion, &key, &rules)?.claims;
        // The library demands only the claims it judges itself, and `iat` is not one of them.
        if !claims.get("iat").is_some_and(Value::is_u64) {
            return Err(Refusal::NoIssueTime);
        }
        Ok(claims.into_iter().map(|(name, value)| (name, shown(value))).collect())
    }

    /// The key of this id. The lock is held while fetching: who waits then finds what was fetched.
    async fn key(&self, id: &str) -> Result<Jwk, Refusal> {
        let mut keys = self.keys.lock().await;
        if let Some(key) = keys.by_id.get(id) {
            return Ok(key.clone());
        }
        if keys.pause.as_ref().is_some_and(|pause| !pause.is_finished()) {
            return Err(Refusal::UnknownKey);
        }
        keys.pause = Some(tokio::spawn(tokio::time::sleep(FETCH_PAUSE)));
        let fetched = tokio::time::timeout(FETCH_TIMEOUT, fetch(&self.portal.jwks_url))
            .await
            .map_err(|_| Refusal::KeysAway("no answer in time"))?
            .map_err(Refusal::KeysAway)?;
        let named =
            fetched.keys.into_iter().filter_map(|key| Some((key.common.key_id.clone()?, key)));
        keys.by_id = named.collect();
        keys.by_id.get(id).cloned().ok_or(Refusal::UnknownKey)
    }
}

/// Gets a key set with one plain HTTP/1.1 request on a connection of its own.
async fn fetch(url: &str) -> Result<JwkSet, &'static str> {
    let uri: Uri = url.parse().map_err(|_| "the address is not one")?;
    let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err("the address is not plain http");
    };
    let port = authority.port_u16().unwrap_or(80);
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, port)).await.map_err(|_| "no connection")?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|_| "no HTTP connection")?;
    // Ends with the request: dropping the sender closes the connection.
    let driver = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = hyper::Request::get(path)
        .header("host", authority.as_str())
        .header("accept", "application/json")
        .body(Empty::<bytes::Bytes>::new())
        .map_err(|_| "the request could not be written")?;
    let answer = sender.send_request(request).await.map_err(|_| "no answer")?;
    if answer.status() != StatusCode::OK {
        return Err("the answer was not 200");
    }
    let body = Limited::new(answer.into_body(), KEYS_BYTES_MAX).collect().await;
    drop(sender);
    driver.abort();
    let body = body.map_err(|_| "the answer was cut off or too long")?.to_bytes();
    serde_json::from_slice(&body).map_err(|_| "the answer is not a key set")
}

fn shown(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(items) => items.into_iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · Demo portal</title>
<link rel="stylesheet" href="/portal.css">
<script src="/portal.js" defer></script>
</head>
<body>
<header><strong>Demo portal</strong>
<nav aria-label="Pages"><a href="/">Who is there</a> <a href="/form">Form</a> <a href="/socket">Echo</a>
<a href="/ticker">Ticker</a> <a href="/public/">Open page</a>
<a href="/.vestibule/whoami">whoami</a> <a href="/.vestibule/account">My account</a> <a href="/.vestibule/sign-out">Sign out</a></nav></header>
<main>
<h1>{{ title }}</h1>
{{ body|safe }}
</main>
</body>
</html>
"#
)]
struct Layout<'a, B: Display> {
    title: &'a str,
    /// Already HTML: only another template of this file stands here.
    body: B,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h2>What the headers say</h2>
<table id="said">{% for (name, value) in said %}
<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
<h2>What the assertion proves</h2>
{% if refusal.is_empty() %}<p class="verdict verified" id="verdict">Verified: signature, issuer, audience and time are right.</p>
<table id="claims">{% for (name, value) in claims %}
<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
{% else %}<p class="verdict refused" id="verdict">Not verified: {{ refusal }}.</p>
{% endif %}<h2>All headers of this request</h2>
<table id="headers">{% for (name, value) in all %}
<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>"#
)]
struct Home<'a> {
    said: &'a [(String, String)],
    claims: &'a [(String, String)],
    refusal: String,
    all: &'a [(String, String)],
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% if let Some(fields) = posted %}<table id="posted">{% for (name, value) in fields %}
<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
<p><a href="/form">Write another</a></p>
{% else %}<form method="post" action="/form">
<label for="text">A few words</label>
<input id="text" name="text" autocomplete="off">
<button>Send</button>
</form>{% endif %}"#
)]
struct FormBody<'a> {
    posted: Option<&'a [(String, String)]>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<p>The connection is <output id="status">not open yet</output>.</p>
<form id="echo">
<label for="text">Say something</label>
<input id="text" name="text" autocomplete="off">
<button>Send</button>
</form>
<h2>What came back</h2>
<ol id="log" role="log" aria-label="Answers"></ol>"#
)]
struct SocketBody;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<p>The stream is <output id="status">not open yet</output>. One line a second.</p>
<ol id="ticks" aria-label="Ticks"></ol>"#
)]
struct TickerBody;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<p>This page needs no sign-in.</p>
<p class="quiet">{% if visitor.is_empty() %}No name came with the request.{% else %}The headers name {{ visitor }}.{% endif %}</p>"#
)]
struct PublicBody {
    visitor: String,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<p>The portal has no page at <code>{{ path }}</code>. <a href=\"/\">Back to the first page</a></p>"
)]
struct NothingBody<'a> {
    path: &'a str,
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
/// An assertion lives for two minutes; this is for clocks that differ a little.
const LEEWAY_SECONDS: u64 = 5;
/// How long an unknown key id waits before the keys are fetched again.
const FETCH_PAUSE: Duration = Duration::from_secs(3);
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// A key set of two or three keys takes less than a kilobyte.
const KEYS_BYTES_MAX: usize = 64 * 1024;
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
