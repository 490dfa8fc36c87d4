//! Hands a request to the pages in this process, and their answer back.
//!
//! There is no second listener: the router is called with an ordinary
//! [`http::Request`] whose body was read whole, up to a bound.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::BodyExt;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{Error, ErrorType};
use tower::ServiceExt;

use super::caught::caught;
use super::refuse::{Reason, own_headers};
use crate::domain::Caller;

/// Largest body of a request to our pages.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long such a body may take from its first byte to its last.
const BODY_TIME: Duration = Duration::from_secs(20);

/// Reads the whole body, of so many bytes at most.
pub(super) async fn read_body(session: &mut Session, most: usize) -> Result<Bytes, Reason> {
    let request = session.req_header();
    let length = request.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if length.and_then(|v| v.parse::<usize>().ok()).is_some_and(|n| n > most) {
        return Err(Reason::BodyTooLarge);
    }
    if request.headers.contains_key(header::EXPECT) && request.version == Version::HTTP_11 {
        session.write_continue_response().await.map_err(|_| Reason::Fault)?;
    }
    let mut body = BytesMut::new();
    let whole = async {
        while let Some(part) = session.read_request_body().await.map_err(|_| Reason::Malformed)? {
            if body.len() + part.len() > most {
                return Err(Reason::BodyTooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(())
    };
    // One limit for the whole body: the library's own is for each read, and on
    // HTTP/2 there is none.
    tokio::time::timeout(BODY_TIME, whole).await.map_err(|_| Reason::TooSlow)??;
    Ok(body.freeze())
}

/// Lets the pages answer.
///
/// # Errors
///
/// `Ok(Err(reason))` where the request goes no further and nothing was sent;
/// `Err` where the client is gone or the answer broke half way.
pub async fn answer(
    session: &mut Session,
    pages: Router,
    caller: Caller,
    hsts: Option<&HeaderValue>,
) -> pingora::Result<Result<u16, Reason>> {
    let body = match session.is_body_empty() {
        true => Bytes::new(),
        false => match read_body(session, BODY_BYTES_MAX).await {
            Ok(body) => body,
            Err(reason) => return Ok(Err(reason)),
        },
    };
    let mut parts = session.req_header().as_owned_parts();
    // HTTP/2: the host is in the address.
    if let (false, Some(authority)) =
        (parts.headers.contains_key(header::HOST), parts.uri.authority())
        && let Ok(host) = HeaderValue::try_from(authority.as_str())
    {
        parts.headers.insert(header::HOST, host);
    }
    let request_id = caller.request_id.clone();
    parts.extensions.insert(caller);
    let request = Request::from_parts(parts, Body::from(body));
    let Ok(Ok(response)) = caught(pages.oneshot(request)).await else {
        return Ok(Err(Reason::Fault));
    };
    write(session, response, &request_id, hsts).await.map(Ok)
}

async fn write(
    session: &mut Session,
    response: Response<Body>,
    request_id: &str,
    hsts: Option<&HeaderValue>,
) -> pingora::Result<u16> {
    let head = session.req_header().method == Method::HEAD;
    let http11 = session.req_header().version == Version::HTTP_11;
    let (mut parts, mut body) = response.into_parts();
    parts.headers.remove(header::CONNECTION);
    own_headers(&mut parts.headers, hsts, false);
    let bodiless = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let empty = head || bodiless || http_body::Body::is_end_stream(&body);
    let sized = parts.headers.contains_key(header::CONTENT_LENGTH);
    let status = parts.status.as_u16();
    let mut answer: ResponseHeader = parts.into();
    answer.insert_header("X-Request-Id", request_id)?;
    if !sized && empty && !head && !bodiless {
        answer.insert_header(header::CONTENT_LENGTH, "0")?;
    } else if !sized && !empty && http11 {
        // Else the library sends until close, having promised to keep alive.
        answer.insert_header(header::TRANSFER_ENCODING, "chunked")?;
    }
    session.write_response_header(Box::new(answer), empty).await?;
    if empty {
        session.as_downstream_mut().finish_body().await?;
        return Ok(status);
    }
    while let Some(frame) = body.frame().await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) if !data.is_empty() => {
                session.write_response_body(Some(data), false).await?;
            }
            Ok(_) => {}
            // Must be an error: else half an answer would look like a whole one.
            Err(error) => {
                return Err(Error::because(ErrorType::InternalError, "a page's body", error));
            }
        }
    }
    session.write_response_body(None, true).await?;
    Ok(status)
}

#[cfg(test)]
mod tests;
