//! What is written on a request and on its answer as they pass.

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;
use pingora::{Error, ErrorType};

use super::client_address::FORWARDED_FOR;
use super::heads::{is_interim, take_parts};
use super::outcome::Answered;
use super::{Context, Gateway, Stage, bound_login, kept_post, protect, upstream};
use crate::domain::Cookies;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

impl Gateway {
    /// Writes the request as its app gets it. Called for every attempt.
    pub(super) async fn write_request(
        request: &mut RequestHeader,
        context: &mut Context,
    ) -> pingora::Result<()> {
        let shared = &context.shared;
        let Stage::Admitted(going) = &mut context.stage else {
            return Error::e_explain(ErrorType::InternalError, "a phase was stepped over");
        };
        let mut parts = take_parts(request);
        let headers = &mut parts.headers;
        // First everything that could be taken for ours goes, whatever we then
        // write; after the library removed what `Connection` nominates.
        shared.protected.strip(headers);
        protect::cut_cookies(headers);
        bound_login::on_its_own(headers, going);
        shared.write_identity(headers, &going.app, &going.admitted, &context.id)?;
        let value = |text: &str| {
            HeaderValue::try_from(text).map_err(|error| {
                Error::because(ErrorType::InvalidHTTPHeader, "a header of ours", error)
            })
        };
        let authority = value(&going.authority)?;
        // Rules were matched on the folded host, so the app gets that one.
        headers.insert(header::HOST, authority.clone());
        headers.insert(FORWARDED_HOST, authority);
        headers.insert(FORWARDED_FOR, value(&going.from.to_string())?);
        let https = context.host.cookies() == Cookies::Secure;
        let scheme = HeaderValue::from_static(if https { "https" } else { "http" });
        headers.insert(FORWARDED_PROTO, scheme);
        headers.insert(REQUEST_ID, value(&context.id)?);
        if let Some(resumed) = &mut going.resumed {
            Box::pin(resumed.take(&*shared.forms)).await?;
            resumed.describe(headers)?;
        }
        if going.alone {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        *request = RequestHeader::from(parts);
        going.sent = Some(shared.clock.elapsed());
        Ok(())
    }

    /// Passes on a piece of the request's body, or what goes in its place.
    pub(super) fn pass_body(body: &mut Option<Bytes>, end: bool, context: &mut Context) {
        let Stage::Admitted(going) = &mut context.stage else { return };
        match end {
            true => {
                going.fate.giving.end();
                going.fate.ending.whole();
            }
            false => going.fate.giving.came(body.as_ref().map_or(0, Bytes::len)),
        }
        if let Some(resumed) = &mut going.resumed {
            *body = Some(resumed.piece(end));
        }
    }

    /// Reads what the app answered, and rewrites it for the visitor.
    pub(super) fn read_answer(
        session: &mut Session,
        answer: &mut ResponseHeader,
        context: &mut Context,
    ) -> pingora::Result<()> {
        let Stage::Admitted(going) = &mut context.stage else {
            return Error::e_explain(ErrorType::InternalError, "a phase was stepped over");
        };
        upstream::judge_answer(answer, going.accept.as_ref())?;
        bound_login::offered(&answer.headers, &going.fate);
        context.shared.protected.strip_response(answer);
        if answer.status.is_informational() || answer.status == StatusCode::NO_CONTENT {
            // They have no body, so nothing of one is told (RFC 9110 section 8.6 and RFC 9112
            // section 6.1): whoever reads on would take the next answer for it.
            answer.remove_header(&header::CONTENT_LENGTH);
            answer.remove_header(&header::TRANSFER_ENCODING);
        }
        if is_interim(answer.status) {
            return Ok(());
        }
        going.answered = true;
        going.fate.giving.end();
        going.fate.ending.answers(|| Answered {
            app: going.app.clone(),
            status: answer.status.as_u16(),
            request: context.id.clone(),
            method: session.req_header().method.clone(),
            begun: context.begun,
            clock: context.shared.clock.clone(),
        });
        if going.resumed.is_some() {
            for over in kept_post::over(session, &context.host) {
                answer.append_header(header::SET_COOKIE, over)?;
            }
        }
        if let Some(dial) = &going.dial {
            dial.endpoint().answered();
        }
        if let Some(sent) = going.sent {
            let took = context.shared.clock.elapsed().saturating_sub(sent);
            going.app.metrics.upstream_took(took);
        }
        if going.accept.is_some() && answer.status.as_u16() != 101 {
            session.set_keepalive(None);
        }
        let shared = &context.shared;
        if let Some(hsts) = shared.hsts.as_ref().filter(|_| shared.hsts_for_apps)
            && !answer.headers.contains_key(header::STRICT_TRANSPORT_SECURITY)
        {
            answer.insert_header(header::STRICT_TRANSPORT_SECURITY, hsts.clone())?;
        }
        answer.insert_header("X-Request-Id", context.id.as_str())
    }
}

#[cfg(test)]
mod tests;
