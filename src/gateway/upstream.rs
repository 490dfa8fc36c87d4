//! Phase 6: which address, with which time-outs, and what is tried again.

pub mod condition;
pub mod endpoints;
pub mod health;
pub mod resolve;
pub mod settings;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{self, HeaderValue};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorSource, ErrorType};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::task::JoinSet;

use super::refuse::Reason;
use super::route::{App, Routes};
use super::wire::{Dial, Pool, Sharing};
use super::{Going, exchange};
use crate::domain::Clock;
use endpoints::Turn;
use resolve::Resolver;

/// How long the first look-up of all names may hold up the start.
const FIRST_LOOK_UP: Duration = Duration::from_secs(5);
/// Attempts for one request at most, the first included.
pub const ATTEMPTS_MAX: usize = 2;
/// Nothing was done with the request: none of it was sent, or the app said farewell and
/// takes up none of what came last.
pub(super) const NOT_BEGUN: ErrorType = ErrorType::Custom("NotBegun");
/// Added to a WebSocket key before hashing (RFC 6455 section 1.3).
const WEBSOCKET_GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Looks up the names of all apps once, so that the first requests find them.
/// What cannot be looked up in time is tried again later.
pub async fn look_up_all(routes: &Routes, resolver: &dyn Resolver) {
    let all = async {
        for app in routes.apps() {
            resolve::look_up(&app.endpoints, resolver).await;
        }
    };
    let in_time = tokio::time::timeout(FIRST_LOOK_UP, all).await.is_ok();
    for app in routes.apps().iter().filter(|app| !in_time || app.endpoints.list().is_empty()) {
        tracing::warn!(app = app.settings.name, "the names of upstreams cannot be looked up yet");
        app.endpoints.look_again();
    }
}

/// Looks after the addresses of all apps, beside the requests, until the answer
/// is dropped: requests that are under way may hold an app for longer, which
/// nobody is to be asked about. To be called within a runtime.
#[must_use]
pub fn tend(routes: &Routes, resolver: &Arc<dyn Resolver>) -> JoinSet<()> {
    let mut tending = JoinSet::new();
    for app in routes.apps() {
        tending.spawn(resolve::keep_resolved(Arc::downgrade(app), resolver.clone()));
        tending.spawn(health::keep_checked(Arc::downgrade(app)));
    }
    tending
}

/// The address whose turn it is: another one where an attempt was made before.
///
/// # Errors
///
/// An upstream error where the app has no address: its names were never found.
pub(super) fn turn(going: &Going, clock: &dyn Clock) -> pingora::Result<Turn> {
    let before = going.dial.as_ref().map(|dial| dial.endpoint().id());
    if before.is_some() {
        going.app.metrics.retried();
    }
    let endpoints = &going.app.endpoints;
    endpoints.choose(|| clock.elapsed(), before).ok_or_else(|| {
        endpoints.look_again();
        Error::explain(ErrorType::ConnectError, "the app has no address").into_up()
    })
}

/// The way to the address whose turn it is.
///
/// # Errors
///
/// As [`turn`].
pub(super) fn dial(
    going: &mut Going,
    pool: &Arc<Pool>,
    clock: &dyn Clock,
) -> pingora::Result<Arc<Dial>> {
    let turn = turn(going, clock)?;
    let sharing = match going.dial {
        // Over HTTP/2 none is: a body cannot be taken for the next request there.
        _ if going.alone && !exchange::is_http2(going) => Sharing::Alone,
        // A second attempt takes no second risk.
        Some(_) => Sharing::Fresh,
        None => Sharing::Pooled,
    };
    let times = going.app.endpoints.settings().times;
    let dial = Arc::new(Dial::new(pool.clone(), turn, times, sharing, going.fate.clone()));
    going.dial = Some(dial.clone());
    Ok(dial)
}

/// The same, as the proxy library takes it.
///
/// # Errors
///
/// As [`turn`].
pub(super) fn peer(
    going: &mut Going,
    pool: &Arc<Pool>,
    clock: &dyn Clock,
) -> pingora::Result<Box<HttpPeer>> {
    // The dial knows the way; this address only fills the place of one.
    let mut peer = HttpPeer::new(NOWHERE, false, String::new());
    // How long the app may be silent is watched by the wire, which knows event
    // streams and tunnels.
    peer.options.write_timeout = Some(going.app.endpoints.settings().times.write);
    peer.options.custom_l4 = Some(dial(going, pool, clock)?);
    Ok(Box::new(peer))
}

const NOWHERE: std::net::SocketAddr =
    std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

fn never_arrived(error: &Error) -> bool {
    matches!(
        error.etype(),
        ErrorType::ConnectError | ErrorType::ConnectTimedout | ErrorType::ConnectRefused
    )
}

/// Whether the app did nothing with the request, by its own word or because it got none
/// of it. HTTP/2 alone can say so.
fn not_begun(error: &Error) -> bool {
    *error.etype() == NOT_BEGUN || *error.etype() == ErrorType::ConnectRefused
}

fn died(error: &Error) -> bool {
    matches!(
        error.etype(),
        ErrorType::ConnectionClosed | ErrorType::WriteError | ErrorType::ReadError
    )
}

/// Judges the address by an error, and says whether the request may be sent
/// again.
pub(super) fn failed(
    going: &Going,
    session: &mut Session,
    error: &Error,
    clock: &dyn Clock,
) -> bool {
    let Some(dial) = &going.dial else { return false };
    // What the client did wrong is not mended by asking the app twice, and what
    // was cut stays cut.
    let by_client = *error.esource() != ErrorSource::Upstream || going.fate.giving.is_too_slow();
    if by_client || going.fate.cut.is_made() {
        return false;
    }
    let never_arrived = never_arrived(error);
    // An app that waits for the client is not silent by its own fault.
    let timed_out = going.fate.has_timed_out();
    let silent = timed_out && session.as_mut().is_body_done();
    if never_arrived {
        going.app.endpoints.look_again();
    }
    // A connection that died of old age says nothing about the app.
    let died = died(error) || *error.etype() == NOT_BEGUN;
    if never_arrived || silent || died && !timed_out && !dial.reused() {
        dial.endpoint().failed(clock.elapsed());
    }
    may_retry(going, dial, &session.req_header().method, error)
}

/// Whether a request may be sent again after this error.
///
/// SECURITY: nothing that changes something is done twice.
/// - Against: a payment or an order that an app takes twice because its first
///   answer was lost.
/// - Therefore: what is not safe to repeat goes to another address only where
///   no connection stood, so that no byte of it went out, or where an app that
///   speaks HTTP/2 says that it did nothing with it; the rest also where an old
///   connection had died meanwhile. Never once an answer began.
/// - Price: a POST on a connection that died of old age is told as a failure.
/// - Held by: `a_post_reaches_the_apps_once_and_a_get_twice_at_most`,
///   `a_post_that_an_app_did_not_begin_with_is_sent_again_and_one_that_it_did_is_not`.
fn may_retry(going: &Going, dial: &Dial, method: &Method, error: &Error) -> bool {
    let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let others = going.app.endpoints.has_several();
    let again = match never_arrived(error) {
        _ if not_begun(error) => true,
        true => safe || others,
        false => safe && died(error) && dial.reused(),
    };
    again && !going.answered && !going.fate.has_timed_out()
}

/// What a failed exchange is to the visitor; `None` where the visitor is gone.
pub fn failure(error: &Error, timed_out: bool) -> Option<Reason> {
    match (error.esource(), error.etype()) {
        (ErrorSource::Upstream, _) if timed_out => Some(Reason::AwayTooSlow),
        (
            ErrorSource::Downstream,
            ErrorType::WriteError | ErrorType::ReadError | ErrorType::ConnectionClosed,
        ) => None,
        (ErrorSource::Downstream, ErrorType::ReadTimedout | ErrorType::WriteTimedout) => {
            Some(Reason::TooSlow)
        }
        (ErrorSource::Downstream, _) => Some(Reason::Malformed),
        (ErrorSource::Upstream, ErrorType::ConnectTimedout | ErrorType::ReadTimedout) => {
            Some(Reason::AwayTooSlow)
        }
        (ErrorSource::Upstream, _) => Some(Reason::Away),
        (ErrorSource::Internal | ErrorSource::Unset, _) => Some(Reason::Fault),
    }
}

/// What the app must answer to a WebSocket key (RFC 6455 section 4.2.2).
pub fn websocket_accept(request: &RequestHeader) -> Option<HeaderValue> {
    use base64::Engine;
    let key = request.headers.get(header::SEC_WEBSOCKET_KEY)?;
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), WEBSOCKET_GUID].concat());
    HeaderValue::try_from(base64::engine::general_purpose::STANDARD.encode(hash)).ok()
}

/// Judges the head of an app's answer.
///
/// SECURITY: a change of protocol counts only if it was asked and is answered.
/// - Against: an app, or somebody through it, that answers 101 unasked or
///   without the key's answer; what follows would go past every check.
/// - Therefore: 101 needs our handshake and its `Sec-WebSocket-Accept`.
/// - Price: none; RFC 6455 demands it.
/// - Held by: rows W10 and W11 of the attack suite.
///
/// # Errors
///
/// An upstream error, which becomes 502.
pub fn judge_answer(
    answer: &ResponseHeader,
    expected: Option<&HeaderValue>,
) -> pingora::Result<()> {
    if answer.status != http::StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    let protocol = answer.headers.get(header::UPGRADE).map(HeaderValue::as_bytes);
    let websocket = protocol.is_some_and(|name| name.eq_ignore_ascii_case(b"websocket"));
    let mut accepts = answer.headers.get_all(header::SEC_WEBSOCKET_ACCEPT).iter();
    let asked = match (expected, accepts.next(), accepts.next()) {
        (Some(expected), Some(given), None) => websocket && expected == given,
        _ => false,
    };
    match asked {
        true => Ok(()),
        false => Err(Error::explain(ErrorType::InvalidHTTPHeader, "101 was not asked").into_up()),
    }
}
