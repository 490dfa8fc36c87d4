//! One exchange with an app that speaks HTTP/2.
//!
//! ```text
//! client --body--> upload --frames--> app
//!    ^                                 |
//!    +---- head, body, trailers -------+        cut: the visitor's session ends
//! ```
//!
//! Here, not in the proxy library: its connections to apps cannot be cut for
//! one exchange alone. Both directions go on at once, for as long as both sides
//! like, and hold no more than a window of bytes.

mod held;
mod hop_by_hop;
mod upload;

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Reason as ResetReason, RecvStream};
use http::header::{self, HeaderMap};
use http::{Uri, Version};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::http::HttpTask;
use pingora::proxy::{ProxyHttp, Session};
use pingora::{Error, ErrorType};
use tokio::time::Instant;

use super::upstream::{self, settings::UpstreamTimes};
use super::wire::{Fate, Protocol};
use super::{Context, Gateway, Going, Stage, take_parts};
#[cfg(test)]
pub(super) use held::HELD_BYTES_MAX;
pub(super) use held::HeldBody;
use hop_by_hop::strip_hop_by_hop;
use upload::Upload;

fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// What the library's error means to the proxy.
fn failed(error: h2::Error) -> Box<Error> {
    let kind = match error.reason() {
        // The app promises that it did not begin with it (RFC 9113 section 8.7).
        Some(ResetReason::REFUSED_STREAM) if error.is_remote() => ErrorType::ConnectRefused,
        // Told to streams above the last one that the app takes up, and to no others (RFC
        // 9113 section 6.8).
        _ if error.is_go_away() && error.is_remote() => upstream::NOT_BEGUN,
        _ if error.is_io() || error.is_go_away() => ErrorType::ConnectionClosed,
        _ => ErrorType::H2Error,
    };
    Error::because(kind, "HTTP/2 with the app", error).into_up()
}

/// The same for a request of which nothing was sent yet.
fn unsent(error: h2::Error) -> Box<Error> {
    match error.is_io() || error.is_go_away() {
        true => Error::because(upstream::NOT_BEGUN, "HTTP/2 with the app", error).into_up(),
        false => failed(error),
    }
}

/// What a failed look at the client means: most often that it left, which a
/// browser or a caller whose time is over does by a reset.
fn of_client(error: Box<Error>, all_read: bool) -> Box<Error> {
    let reset = error.root_cause().downcast_ref::<h2::Error>();
    match all_read || reset.is_some_and(|reset| reset.is_reset() && reset.is_remote()) {
        true => Error::because(ErrorType::ConnectionClosed, "the client left", error).into_down(),
        false => error.into_down(),
    }
}

/// The app's answer, as far as it has come.
enum Answer {
    Awaited(ResponseFuture),
    Body(RecvStream),
}

enum Came {
    Head(http::response::Parts, RecvStream),
    Data(Bytes, bool),
    Trailers(HeaderMap),
    End,
}

impl Answer {
    async fn next(&mut self) -> Result<Came, Box<Error>> {
        match self {
            Self::Awaited(answer) => {
                let (parts, body) = answer.await.map_err(failed)?.into_parts();
                Ok(Came::Head(parts, body))
            }
            Self::Body(body) => match body.data().await {
                Some(data) => {
                    let data = data.map_err(failed)?;
                    // At once: no more is read before this has gone on its way.
                    body.flow_control().release_capacity(data.len()).map_err(failed)?;
                    Ok(Came::Data(data, body.is_end_stream()))
                }
                None => match body.trailers().await.map_err(failed)? {
                    Some(trailers) => Ok(Came::Trailers(trailers)),
                    None => Ok(Came::End),
                },
            },
        }
    }
}

/// What ends an exchange before its time.
struct Bounds<'a> {
    fate: &'a Fate,
    times: UpstreamTimes,
    /// When something moved last.
    moved: Instant,
    /// The app may be silent for as long as it likes.
    patient: bool,
}

impl Bounds<'_> {
    /// Waits until it must end.
    async fn over(&self, upload_waits: bool) -> Box<Error> {
        let giving = &self.fate.giving;
        let limit: Option<Duration> = match upload_waits {
            true => Some(self.times.write),
            false if self.patient || giving.is_awaited() => None,
            false => Some(self.times.read),
        };
        let silence = async {
            match limit {
                Some(limit) => tokio::time::sleep_until(self.moved + limit).await,
                None => std::future::pending().await,
            }
        };
        // What waits goes to the app, and nothing more is read meanwhile.
        let slow = poll_fn(|cx| match upload_waits {
            true => Poll::Pending,
            false => giving.poll_too_slow(cx),
        });
        let by_client = tokio::select! {
            error = cut(self.fate) => return error,
            () = slow => true,
            () = silence => false,
        };
        if by_client {
            return Error::explain(ErrorType::ReadTimedout, "the client is slow").into_down();
        }
        self.fate.timed_out.store(true, Ordering::Relaxed);
        Error::explain(ErrorType::ReadTimedout, "the app is silent").into_up()
    }
}

/// Waits until the session is over.
async fn cut(fate: &Fate) -> Box<Error> {
    poll_fn(|cx| match fate.cut.is_made() || fate.cut.wake(cx) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
    Error::explain(ErrorType::ConnectionClosed, "the session is over").into_up()
}

impl Gateway {
    /// Has an app that speaks HTTP/2 answer a request that may go to it.
    ///
    /// # Errors
    ///
    /// What the proxy library hands on to `fail_to_proxy`.
    pub(super) async fn exchange_http2(
        &self,
        session: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<bool> {
        for attempt in 1.. {
            let Err(error) = self.attempt_http2(session, context).await else { break };
            let Stage::Admitted(going) = &context.stage else { return Err(error) };
            let again = upstream::failed(going, session, &error, &*context.shared.clock);
            let whole = going.held.is_there();
            if !again || !whole || attempt >= upstream::ATTEMPTS_MAX {
                return Err(error);
            }
        }
        Ok(true)
    }

    async fn attempt_http2(
        &self,
        session: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<()> {
        let Stage::Admitted(going) = &mut context.stage else {
            return Error::e_explain(ErrorType::InternalError, "a phase was stepped over");
        };
        let dial = upstream::dial(going, &self.pool, &*context.shared.clock)?;
        let slot = dial.http2(&self.http2).await.map_err(Error::into_up)?;
        let encrypted = dial.endpoint().tls().is_some();
        let fate = going.fate.clone();
        let times = going.app.endpoints.settings().times;
        let request = self.request_http2(session, context, encrypted).await?;
        let expects = session.req_header().headers.contains_key(header::EXPECT);
        let (end, again) = match &context.stage {
            Stage::Admitted(going) if !going.held.is_unread() => (false, going.held.whole()),
            _ => (session.as_mut().is_body_empty(), None),
        };
        let streams = is_grpc(request.headers());
        if streams {
            fate.giving.end();
        }
        let sent = slot.sender().ready().await.map_err(unsent)?.send_request(request, end);
        let (answer, stream) = sent.map_err(unsent)?;
        if expects && !end && session.req_header().version == Version::HTTP_11 {
            session.as_mut().write_continue_response().await.map_err(Error::into_down)?;
        }
        let mut upload = Upload::new(stream, end);
        if again.is_some() {
            let mut body = again;
            self.request_body_filter(session, &mut body, true, context).await?;
            upload.take(body, true);
        }
        let moved = Instant::now();
        let bounds = Bounds { fate: &fate, times, moved, patient: false };
        let parts = (Answer::Awaited(answer), upload, bounds);
        let done = self.pump(session, context, parts, streams).await;
        if fate.has_timed_out() {
            slot.retire();
        }
        done
    }

    /// The request as the app gets it.
    async fn request_http2(
        &self,
        session: &mut Session,
        context: &mut Context,
        encrypted: bool,
    ) -> pingora::Result<http::Request<()>> {
        let mut request = session.req_header().clone();
        let mut parts = take_parts(&mut request);
        // Before the gateway's own names are written: nobody may have those
        // taken out by naming them here.
        strip_hop_by_hop(&mut parts.headers);
        let mut request = RequestHeader::from(parts);
        self.upstream_request_filter(session, &mut request, context).await?;
        let mut parts = take_parts(&mut request);
        let Some(authority) = parts.headers.remove(header::HOST) else {
            return Error::e_explain(ErrorType::InternalError, "a request without a host");
        };
        parts.headers.remove(header::CONNECTION);
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri = Uri::builder()
            .scheme(if encrypted { "https" } else { "http" })
            .authority(authority.as_bytes())
            .path_and_query(path)
            .build();
        parts.uri =
            uri.map_err(|error| Error::because(ErrorType::InvalidHTTPHeader, "the target", error))?;
        parts.version = Version::HTTP_2;
        Ok(http::Request::from_parts(parts, ()))
    }

    /// Moves both bodies until the answer is over.
    async fn pump(
        &self,
        session: &mut Session,
        context: &mut Context,
        (mut answer, mut upload, mut bounds): (Answer, Upload, Bounds<'_>),
        streams: bool,
    ) -> pingora::Result<()> {
        loop {
            // A stream from the client may be long, and is answered at its end.
            let answered = matches!(answer, Answer::Body(_));
            bounds.patient = bounds.patient || streams && (answered || !upload.is_over());
            let waits = upload.waits();
            // HTTP/1 has no other way to see the client leave than to read on.
            let http1 = session.req_header().version != Version::HTTP_2;
            let unwanted = http1 && upload.is_unwanted();
            let all_read = upload.is_over() && !unwanted;
            if upload.is_over() {
                bounds.fate.giving.end();
            }
            tokio::select! {
                error = bounds.over(waits) => return Err(error),
                came = answer.next() => {
                    let came = came?;
                    if let Came::Head(parts, _) = &came {
                        bounds.patient |= is_event_stream(&parts.headers);
                        hold(context, HeldBody::forget);
                    }
                    if self.pass_on((&mut *session, context), came, &mut answer, bounds.fate).await? {
                        return Ok(());
                    }
                }
                () = upload.send(), if waits => {}
                body = session.as_mut().read_body_or_idle(all_read),
                    if !waits && !upload.is_given_up() =>
                {
                    if unwanted {
                        upload.discard(body, session.as_mut().is_body_done())?;
                        continue;
                    }
                    let mut body = body.map_err(|error| of_client(error, all_read))?;
                    let whole = body.is_none() || session.as_mut().is_body_done();
                    hold(context, |held| held.read(body.as_ref(), whole));
                    self.request_body_filter(session, &mut body, whole, context).await?;
                    upload.take(body, whole);
                }
            }
            bounds.moved = Instant::now();
        }
    }

    /// Gives the client what came of the answer; true where that was the last.
    async fn pass_on(
        &self,
        (session, context): (&mut Session, &mut Context),
        came: Came,
        answer: &mut Answer,
        fate: &Fate,
    ) -> pingora::Result<bool> {
        let task = match came {
            Came::Head(parts, body) => {
                let end = body.is_end_stream();
                let head = self.head_http2(session, context, parts).await?;
                *answer = Answer::Body(body);
                HttpTask::Header(Box::new(head), end)
            }
            // An empty piece would end an answer in chunks.
            Came::Data(data, false) if data.is_empty() => return Ok(false),
            Came::Data(data, end) => HttpTask::Body(Some(data), end),
            Came::Trailers(mut trailers) => {
                // Nobody needs a cookie there, and ours are nobody's to set.
                trailers.remove(header::SET_COOKIE);
                HttpTask::Trailer(Some(Box::new(trailers)))
            }
            Came::End => HttpTask::Done,
        };
        // A stream of HTTP/2 ends alone. Half a line of HTTP/1 may be out: there its
        // connection is cut.
        let http2 = session.is_http2();
        tokio::select! {
            written = session.write_response_tasks(vec![task]) => written.map_err(Error::into_down),
            error = cut(fate), if http2 => Err(error),
        }
    }

    async fn head_http2(
        &self,
        session: &mut Session,
        context: &mut Context,
        parts: http::response::Parts,
    ) -> pingora::Result<ResponseHeader> {
        let mut head = ResponseHeader::from(parts);
        self.upstream_response_filter(session, &mut head, context).await?;
        head.set_version(Version::HTTP_11);
        let bodiless = session.req_header().method == http::Method::HEAD
            || matches!(head.status.as_u16(), 204 | 304);
        let framed = head.headers.contains_key(header::CONTENT_LENGTH)
            || session.req_header().version == Version::HTTP_2;
        if !bodiless && !framed {
            head.insert_header(header::TRANSFER_ENCODING, "chunked")?;
        }
        self.response_filter(session, &mut head, context).await?;
        Ok(head)
    }
}

fn hold(context: &mut Context, holding: impl FnOnce(&mut HeldBody)) {
    if let Stage::Admitted(going) = &mut context.stage {
        holding(&mut going.held);
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// Whether a request goes to its app over HTTP/2. A WebSocket goes over
/// HTTP/1.1, where it is at home.
pub(super) fn is_http2(going: &Going) -> bool {
    going.app.endpoints.settings().protocol == Protocol::Http2 && going.accept.is_none()
}

#[cfg(test)]
mod early;
#[cfg(test)]
mod tests;
