//! The pages of the inbox: the list, one mail, and the same for scripts.

use std::fmt::Display;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Inbox, MAILS_MAX, Mail};
use crate::observe::log::rfc3339;

/// Shows the inbox until the listener fails or the future is dropped.
///
/// # Errors
///
/// Whatever ends the listener.
pub async fn serve(listener: TcpListener, inbox: Arc<Inbox>) -> io::Result<()> {
    axum::serve(listener, router(inbox)).await
}

pub(super) fn router(inbox: Arc<Inbox>) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/mail/{name}", get(mail))
        .route("/mails.json", get(mails))
        .route("/inbox.css", get(style))
        .fallback(nothing_here)
        .layer(from_fn(guard))
        .with_state(inbox)
}

/// Lets in what is asked of this machine by a name of this machine.
///
/// SECURITY: other sites cannot read the inbox by calling themselves by its address.
/// - Against: a site whose name is made to lead to 127.0.0.1 once its page is loaded, so that its
///   script asks this port as its own origin and reads a password out of a mail.
/// - Therefore: one `Host`, and it is `localhost` or a loopback address.
/// - Price: the inbox cannot be had under a name of one's own.
/// - Held by: `the_inbox_answers_to_loopback_names_only`.
async fn guard(request: Request, next: Next) -> Response {
    let mut answer = match is_for_loopback(request.uri(), request.headers()) {
        true => next.run(request).await,
        false => (
            StatusCode::MISDIRECTED_REQUEST,
            "The demo's inbox answers under localhost and 127.0.0.1 only.\n",
        )
            .into_response(),
    };
    for (name, value) in ALWAYS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn is_for_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let named = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    named.is_some_and(|named| is_loopback(&named)) && uri.authority().is_none_or(is_loopback)
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

async fn list(State(inbox): State<Arc<Inbox>>) -> Response {
    let mails = inbox.mails();
    let waits = mails.is_empty();
    page(StatusCode::OK, Layout { title: "Mails", waits, body: List { mails } })
}

/// `/mail/3` is the page about a mail, `/mail/3.html` the mail itself.
async fn mail(State(inbox): State<Arc<Inbox>>, Path(name): Path<String>, uri: Uri) -> Response {
    let (number, itself) = match name.strip_suffix(".html") {
        Some(number) => (number, true),
        None => (name.as_str(), false),
    };
    let Some(mail) = number.parse().ok().and_then(|number| inbox.mail(number)) else {
        return nothing_here(uri).await;
    };
    if !itself {
        let title = mail.title();
        return page(StatusCode::OK, Layout { title, waits: false, body: One { mail: &mail } });
    }
    match &mail.html {
        Some(html) => as_it_came(html),
        None => nothing_here(uri).await,
    }
}

/// The HTML of a mail as a document of its own.
///
/// SECURITY: what a mail says is shown, not run.
/// - Against: a mail with a value in it that somebody chose, such as a name, becoming script that
///   reads the other mails; and pictures that tell a server when a mail is read.
/// - Therefore: `sandbox` takes script, forms and the inbox's origin away from the document, and
///   nothing is loaded but what it carries. The header does it, so it holds outside the frame too.
/// - Price: a mail whose pictures are on a server or attached shows without them.
/// - Held by: `a_mail_is_shown_in_a_sandbox_and_the_header_is_what_makes_it`.
fn as_it_came(html: &str) -> Response {
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, MAIL_POLICY)];
    // Links open beside the inbox: the pages that they lead to refuse to be framed.
    (headers, format!("<!doctype html><base target=\"_blank\">{html}")).into_response()
}

async fn mails(State(inbox): State<Arc<Inbox>>) -> Json<Vec<Value>> {
    let told = |mail: Arc<Mail>| {
        json!({
            "number": mail.number,
            "time": mail.came(),
            "from": mail.from,
            "to": mail.to.join(", "),
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
        })
    };
    Json(inbox.mails().into_iter().map(told).collect())
}

async fn style() -> Response {
    const STYLE: &str = concat!(include_str!("../portal.css"), include_str!("inbox.css"));
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

async fn nothing_here(uri: Uri) -> Response {
    let body = Nothing { path: uri.path(), most: MAILS_MAX };
    page(StatusCode::NOT_FOUND, Layout { title: "Nothing here", waits: false, body })
}

fn page<B: Template + Display>(status: StatusCode, layout: Layout<'_, B>) -> Response {
    match layout.render() {
        Ok(html) => {
            let headers =
                [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
            (status, headers, html).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Mail {
    fn title(&self) -> &str {
        match self.subject.trim() {
            "" => "(no subject)",
            subject => subject,
        }
    }

    /// When it came, for programs.
    fn came(&self) -> String {
        rfc3339(self.taken)
    }

    /// When it came, to the second, for people.
    fn came_shown(&self) -> String {
        let written = self.came();
        match written.get(..19) {
            Some(seconds) => format!("{} UTC", seconds.replace('T', " ")),
            None => written,
        }
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
{% if waits %}<meta http-equiv="refresh" content="5">
{% endif %}<title>{{ title }} · Demo inbox</title>
<link rel="stylesheet" href="/inbox.css">
</head>
<body>
<header><strong>Demo inbox</strong>
<nav aria-label="Pages"><a href="/">All mails</a> <a href="/mails.json">For scripts</a></nav></header>
<p class="plainly">This is the demo’s inbox. Every mail that the demo sends ends here: nothing leaves this machine.</p>
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
    /// Whether the page asks again by itself until there is something to show.
    waits: bool,
    /// Already HTML: only another template of this file stands here.
    body: B,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% if mails.is_empty() %}<p id="empty">No mail yet. This page looks again every five seconds.</p>
{% else %}<ul class="mails">{% for mail in mails %}
<li><a href="/mail/{{ mail.number }}">{{ mail.title() }}</a>
<span>to {{ mail.to.join(", ") }}</span> <time datetime="{{ mail.came() }}">{{ mail.came_shown() }}</time></li>{% endfor %}</ul>
<p><a href="/">Look for new mails</a></p>{% endif %}"#
)]
struct List {
    mails: Vec<Arc<Mail>>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<table id="about">
<tr><th scope="row">From</th><td>{{ mail.from }}</td></tr>
<tr><th scope="row">To</th><td>{{ mail.to.join(", ") }}</td></tr>
<tr><th scope="row">Came</th><td><time datetime="{{ mail.came() }}">{{ mail.came_shown() }}</time></td></tr></table>
{% if mail.html.is_some() %}<h2>As a mail program shows it</h2>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mail/{{ mail.number }}.html" title="The mail as a mail program shows it"></iframe>
<p class="quiet">Links open in a new tab. <a href="/mail/{{ mail.number }}.html">The mail on a page of its own</a></p>
{% endif %}<h2>As plain text</h2>
{% if let Some(text) = mail.text %}<pre id="text">{{ text }}</pre>{% else %}<p class="quiet">The mail has no text of its own.</p>{% endif %}"#
)]
struct One<'a> {
    mail: &'a Mail,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<p>The inbox has nothing at <code>{{ path }}</code>. It keeps the last {{ most }} mails until the demo is stopped. <a href="/">All mails</a></p>"#
)]
struct Nothing<'a> {
    path: &'a str,
    most: usize,
}

/// On every answer.
const ALWAYS: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'";
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; \
     default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'self'";

#[cfg(test)]
mod tests;
