//! Phase 6: which address, with which time-outs, and what is tried again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;
use http::header::{self, HeaderValue};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorSource, ErrorType};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::refuse::Reason;
use super::route::App;
use super::wire::{Dial, Pool};

/// Attempts for one request at most, the first included.
pub const ATTEMPTS_MAX: usize = 2;
/// How long an idle connection to an app is kept; less than the 60 to 75 s
/// after which common servers close theirs.
pub const IDLE_KEPT: Duration = Duration::from_secs(45);
/// Added to a WebSocket key before hashing (RFC 6455 section 1.3).
const WEBSOCKET_GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The upstream whose turn it is, and the way to it.
///
/// # Errors
///
/// Where the app has no upstream, which the configuration refuses.
pub fn peer(app: &App, dial: Arc<Dial>) -> pingora::Result<Box<HttpPeer>> {
    let upstreams = &app.settings.upstreams;
    let turn = match upstreams.len() {
        1 => 0,
        several => app.turn.fetch_add(1, Ordering::Relaxed) % several.max(1),
    };
    let Some(address) = upstreams.get(turn) else {
        return Error::e_explain(ErrorType::InternalError, "the app has no upstream");
    };
    let mut peer = HttpPeer::new(*address, false, String::new());
    // How long the app may be silent is watched by the wire, which knows event
    // streams and tunnels.
    peer.options.write_timeout = Some(app.settings.times.write);
    peer.options.custom_l4 = Some(dial);
    Ok(Box::new(peer))
}

/// A way to an app: pooled, or a connection of its own where the request must
/// not share one.
pub fn dial(app: &App, pool: &Arc<Pool>, alone: bool) -> Arc<Dial> {
    Arc::new(Dial::new(pool.clone(), app.settings.times, alone))
}

/// Whether a request may be sent again after this error: it is safe to repeat,
/// nothing of an answer went out, and either no connection stood or an old one
/// had died meanwhile. What was cut stays cut.
pub fn may_retry(method: &Method, error: &Error, dial: &Dial, answered: bool) -> bool {
    // What the client did wrong is not mended by asking the app twice.
    if *error.esource() != ErrorSource::Upstream || dial.was_cut() {
        return false;
    }
    let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let never_arrived = matches!(
        error.etype(),
        ErrorType::ConnectError | ErrorType::ConnectTimedout | ErrorType::ConnectRefused
    );
    let died = matches!(
        error.etype(),
        ErrorType::ConnectionClosed | ErrorType::WriteError | ErrorType::ReadError
    );
    safe && !answered && !dial.timed_out() && (never_arrived || died && dial.reused())
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
