//! Every way out that is not the upstream.
//!
//! People get a page in their language, programs get `application/problem+json`
//! (RFC 9457). Neither ever contains a piece of the request or of an internal
//! error.

use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use pingora::http::ResponseHeader;
use pingora::proxy::Session;

use crate::domain::Cookies;
use crate::domain::cookie::{self, Found};

/// How much of an unwanted body is read, and for how long.
const DRAIN_BYTES_MAX: usize = 512 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Why a request was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The message is not well-formed HTTP.
    Malformed,
    /// Its length could be read in two ways.
    Framing,
    /// Its body is coded in a way that we do not do.
    Coding,
    /// The path could be read in two ways.
    Path,
    /// The host is missing, doubled or odd.
    Host,
    /// The target is too long.
    TargetTooLong,
    /// The head is too large.
    HeadTooLarge,
    /// The body is too large.
    BodyTooLarge,
    /// The method is not one of those that pass.
    Method,
    /// `Expect` asks for something we do not do.
    Expectation,
    /// A WebSocket handshake that is not one.
    Upgrade,
    /// A WebSocket version that is not 13.
    UpgradeVersion,
    /// A WebSocket handshake that another site's page sent.
    UpgradeOrigin,
    /// The head or body came too slowly.
    TooSlow,
    /// Frames that bring nothing, and too many of them.
    Flood,
    /// A proxy's question does not say, or says twice, what it is about.
    Question,
    /// The connection was opened for other hosts.
    Misdirected,
    /// No app has this host.
    UnknownHost,
    /// No rule of the app governs this path.
    NoRule,
    /// Nobody is signed in.
    NoSession,
    /// Somebody is, but it is too long ago that they proved who they are.
    NotFresh {
        /// How long ago it may be.
        within: Duration,
    },
    /// Somebody is, but may not go there.
    Denied,
    /// A body on a path that is open to everyone and takes none.
    OpenBody,
    /// A script that would stay between visitors and our own pages.
    ServiceWorker,
    /// The browser does not keep our cookies, and came back for the same page
    /// again and again.
    Round,
    /// A form without a session that is too large to be kept.
    FormTooLarge,
    /// A kept form was to be sent, and is not there.
    FormGone,
    /// A kept form was sent, and no answer came.
    FormUnsure,
    /// The app cannot be reached or answered nonsense.
    Away,
    /// The app did not answer in time.
    AwayTooSlow,
    /// As much goes on as may: for this client, or for all.
    Crowded,
    /// The store did not answer, so nothing is known.
    Store,
    /// Something broke on our side.
    Fault,
}

impl Reason {
    /// The word in metrics, logs and problem documents; stable.
    pub const fn word(self) -> &'static str {
        self.facts().0
    }

    /// The status of the answer.
    pub const fn status(self) -> u16 {
        self.facts().1
    }

    /// Which texts the page shows: `refused-<key>-heading` and `-text`.
    pub const fn page_key(self) -> &'static str {
        self.facts().2
    }

    const fn facts(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::Malformed => ("malformed", 400, "bad-request"),
            Self::Framing => ("framing", 400, "bad-request"),
            Self::Coding => ("coding", 501, "bad-request"),
            Self::Path => ("path", 400, "bad-request"),
            Self::Host => ("host", 400, "bad-request"),
            Self::TargetTooLong => ("target_too_long", 414, "too-large"),
            Self::HeadTooLarge => ("head_too_large", 431, "too-large"),
            Self::BodyTooLarge => ("body_too_large", 413, "too-large"),
            Self::Method => ("method", 405, "method"),
            Self::Expectation => ("expectation", 417, "bad-request"),
            Self::Upgrade => ("upgrade", 400, "bad-request"),
            Self::UpgradeVersion => ("upgrade_version", 426, "bad-request"),
            Self::UpgradeOrigin => ("upgrade_origin", 403, "denied"),
            Self::TooSlow => ("too_slow", 408, "bad-request"),
            Self::Flood => ("frame_flood", 429, "bad-request"),
            Self::Question => ("question", 403, "denied"),
            Self::Misdirected => ("misdirected", 421, "wrong-host"),
            Self::UnknownHost => ("unknown_host", 421, "wrong-host"),
            Self::NoRule => ("no_rule", 404, "not-found"),
            Self::NoSession => ("no_session", 401, "session"),
            Self::NotFresh { .. } => ("not_fresh", 401, "session"),
            Self::Denied => ("denied", 403, "denied"),
            Self::OpenBody => ("open_body", 403, "denied"),
            Self::ServiceWorker => ("service_worker", 403, "denied"),
            Self::Round => ("round", 403, "cookies"),
            Self::FormTooLarge => ("form_too_large", 413, "form-too-large"),
            Self::FormGone => ("form_gone", 410, "form-gone"),
            Self::FormUnsure => ("form_unsure", 502, "form-unsure"),
            Self::Away => ("away", 502, "away"),
            Self::AwayTooSlow => ("away_too_slow", 504, "away"),
            Self::Crowded => ("crowded", 503, "busy"),
            Self::Store => ("store", 503, "busy"),
            Self::Fault => ("fault", 500, "fault"),
        }
    }

    /// Whether the connection must not carry another request.
    pub const fn closes(self) -> bool {
        !matches!(
            self,
            Self::UnknownHost
                | Self::NoRule
                | Self::NoSession
                | Self::NotFresh { .. }
                | Self::Denied
                | Self::ServiceWorker
                | Self::Round
                | Self::Crowded
                | Self::Store
        )
    }

    /// The page of ours where it is mended by showing who one is.
    pub const fn way_out(self) -> Option<&'static str> {
        match self {
            Self::NoSession => Some("sign-in"),
            Self::NotFresh { .. } => Some("confirm"),
            _ => None,
        }
    }

    /// The challenge that every 401 comes with (RFC 9110 section 11.6.1).
    pub(super) fn challenge(self) -> Option<String> {
        let realm = "Vestibule realm=\"sign-in\"";
        match self {
            Self::NoSession => Some(realm.to_owned()),
            // RFC 9470 section 3.
            Self::NotFresh { within } => Some(format!(
                "{realm}, error=\"insufficient_user_authentication\", \
                 error_description=\"A more recent proof is required\", max_age=\"{}\"",
                within.as_secs()
            )),
            _ => None,
        }
    }

    fn title(self) -> &'static str {
        StatusCode::from_u16(self.status())
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Refused")
    }
}

/// What a page needs to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<'a> {
    /// Which texts.
    pub key: &'static str,
    /// Which status.
    pub status: u16,
    /// The language the visitor picked on our pages.
    pub picked_language: Option<&'a str>,
    /// The visitor's `Accept-Language`.
    pub accept_language: Option<&'a str>,
    /// The request's id, to be read out to a help desk.
    pub request_id: &'a str,
    /// A page for a frame instead of a whole window.
    pub framed: bool,
}

/// Draws refusal pages; the sign-in pages do it.
pub type DrawPage = std::sync::Arc<dyn Fn(PageRequest<'_>) -> String + Send + Sync>;

fn problem(reason: Reason, request_id: Option<&str>) -> String {
    let mut document = serde_json::json!({
        "type": format!("urn:vestibule:refusal:{}", reason.word()),
        "title": reason.title(),
        "status": reason.status(),
    });
    if let (Some(id), Some(fields)) = (request_id, document.as_object_mut()) {
        fields.insert("request_id".to_owned(), id.into());
    }
    document.to_string()
}

/// An answer for a client whose message never became a request.
pub fn raw_answer(reason: Reason) -> Vec<u8> {
    let body = problem(reason, None);
    let allow = match reason {
        Reason::Method => format!("Allow: {}\r\n", super::wire::METHODS.join(", ")),
        _ => String::new(),
    };
    format!(
        "HTTP/1.1 {} {}\r\n{allow}Content-Type: application/problem+json\r\n\
         Content-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        reason.status(),
        reason.title(),
        body.len(),
    )
    .into_bytes()
}

/// Whether a request loads a page into a window, by the browser's own word
/// where it gives one (Fetch Metadata), else by what it accepts.
pub fn is_page_load(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => accepts_html(headers),
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether the page is for a frame inside another page.
pub fn is_framed(headers: &HeaderMap) -> bool {
    let destination = headers.get("sec-fetch-dest");
    destination.is_some_and(|dest| dest == "iframe" || dest == "frame" || dest == "embed")
}

/// Headers of every answer that is our own, pages and refusals alike
/// (OWASP ASVS 5.0, 3.4).
pub fn own_headers(headers: &mut HeaderMap, hsts: Option<&HeaderValue>, framed: bool) {
    const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
        connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'";
    const CSP_FRAMED: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
        base-uri 'none'; frame-ancestors 'self'";
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set("content-security-policy", if framed { CSP_FRAMED } else { CSP });
    if !framed {
        set("x-frame-options", "DENY");
    }
    set("x-content-type-options", "nosniff");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), geolocation=(), microphone=()");
    if let Some(hsts) = hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
    }
    // Not `no-referrer` everywhere: it makes browsers say `Origin: null` with our own
    // forms.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// What goes out beside the reason.
#[derive(Debug, Default)]
pub struct Extra {
    /// Where to send a page load instead (303).
    pub location: Option<String>,
    /// Cookies to set on the way.
    pub set_cookies: Vec<String>,
}

/// Answers a request that goes no further.
///
/// # Errors
///
/// Where the client is gone.
pub async fn answer(
    session: &mut Session,
    reason: Reason,
    extra: Extra,
    request_id: &str,
    (cookies, hsts): (Cookies, Option<&HeaderValue>),
    draw: &DrawPage,
) -> pingora::Result<()> {
    let request = session.req_header();
    let head = request.method == Method::HEAD;
    let http2 = request.version == http::Version::HTTP_2;
    let framed = is_framed(&request.headers);
    let for_people = is_page_load(&request.headers) || framed || accepts_html(&request.headers);
    let language = request.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let lines = request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let picked = match cookie::find(lines, cookies.language_name()) {
        Found::One(picked) => Some(picked),
        Found::None | Found::Several => None,
    };
    let (status, content_type, body) = match (&extra.location, for_people) {
        (Some(_), _) => (303, "text/plain; charset=utf-8", String::new()),
        (None, true) => {
            let page = PageRequest {
                key: reason.page_key(),
                status: reason.status(),
                picked_language: picked,
                accept_language: language,
                request_id,
                framed: framed && reason.way_out().is_some(),
            };
            (reason.status(), "text/html; charset=utf-8", draw(page))
        }
        (None, false) => {
            (reason.status(), "application/problem+json", problem(reason, Some(request_id)))
        }
    };
    let mut answer = ResponseHeader::build(status, Some(20))?;
    let mut headers = HeaderMap::new();
    own_headers(&mut headers, hsts, framed && reason.way_out().is_some());
    for (name, value) in &headers {
        answer.insert_header(name, value)?;
    }
    answer.insert_header(header::CONTENT_TYPE, content_type)?;
    answer.insert_header(header::CONTENT_LENGTH, body.len())?;
    answer.insert_header("X-Request-Id", request_id)?;
    answer.insert_header(header::VARY, "Accept, Accept-Language, Cookie")?;
    if let Some(location) = &extra.location {
        answer.insert_header(header::LOCATION, location.as_str())?;
    }
    for cookie in &extra.set_cookies {
        answer.append_header(header::SET_COOKIE, cookie.as_str())?;
    }
    if let (None, Some(challenge)) = (&extra.location, reason.challenge()) {
        answer.insert_header(header::WWW_AUTHENTICATE, challenge)?;
    }
    match reason {
        Reason::Method => {
            answer.insert_header(header::ALLOW, super::wire::METHODS.join(", "))?;
        }
        Reason::UpgradeVersion => {
            answer.insert_header("Sec-WebSocket-Version", "13")?;
        }
        Reason::Crowded | Reason::Store => {
            answer.insert_header(header::RETRY_AFTER, "5")?;
        }
        _ => {}
    }
    if reason.closes() && !http2 {
        session.set_keepalive(None);
    }
    let empty = head || body.is_empty();
    session.write_response_header(Box::new(answer), empty).await?;
    if !empty {
        session.write_response_body(Some(body.into()), true).await?;
    }
    drain(session).await;
    Ok(())
}

/// Reads a little more of an unwanted body, so that closing the connection
/// does not take the answer back on its way to the client.
async fn drain(session: &mut Session) {
    if session.is_body_done() {
        return;
    }
    let _ = session.as_downstream_mut().finish_body().await;
    let rest = async {
        let mut left = DRAIN_BYTES_MAX;
        while let Ok(Some(part)) = session.read_request_body().await {
            match left.checked_sub(part.len()) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIME, rest).await;
}
