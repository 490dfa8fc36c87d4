//! The way of a request, one file per phase.
//!
//! ```text
//! listener -> guard -> route -> session -> identity -> upstream
//!     |         |        |         |                      |
//!     +---------+--------+---------+-------> refuse <-----+
//!                        +--> bridge --> the pages in this process
//! ```
//!
//! [`Gateway`] reads as that list. What a request has earned so far is in one
//! `Stage` value; a request that skipped a phase has nothing to show and is
//! refused.

mod bound_login;
pub mod bridge;
mod caught;
pub mod client_address;
pub mod crowd;
mod decision;
mod denials;
mod departure;
mod exchange;
pub mod exposure;
pub mod form_room;
pub mod guard;
mod heads;
pub mod host;
pub mod identity;
mod kept_post;
pub mod listener;
mod outcome;
mod passing;
pub mod protect;
mod redirect;
pub mod refuse;
pub mod route;
pub mod session;
mod shared;
#[cfg(test)]
mod stand;
pub mod streams;
pub mod tls;
pub mod upstream;
mod verify;
pub mod wire;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use http::header::{self, HeaderValue};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::proxy::{FailToProxy, ProxyHttp, Session};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType};

use decision::Verdict;
pub use denials::Denials;
use guard::Upgrade;
use heads::{is_interim, request_id, take_parts};
use refuse::{Extra, Reason};
use route::{App, Route};
use session::Admitted;
pub use shared::{Departures, Forms, KeptForm, Leaving, OtherSite, SentForm, Shared, WayBack};
use streams::{Stay, Streams};
use wire::{Dial, Fate, Held, Http2Pool, Pool};

use crate::domain::PublicHost;

/// The gateway as one worker runs it.
#[derive(Debug)]
pub struct Gateway {
    /// As the configuration is now; a reload puts another in its place.
    shared: Arc<ArcSwap<Shared>>,
    pool: Arc<Pool>,
    http2: Arc<Http2Pool>,
    streams: Arc<Streams>,
}

/// What a request has earned so far.
#[derive(Debug)]
enum Stage {
    /// Nothing.
    Arrived,
    /// A way to an app.
    Admitted(Box<Going>),
    /// An answer of ours, from the pages.
    Own,
    /// A refusal, of an app that failed or before there was one.
    Refused(Reason, Option<Arc<App>>),
}

/// A request that may go to an app.
#[derive(Debug)]
struct Going {
    app: Arc<App>,
    admitted: Admitted,
    authority: String,
    /// Where the request came from, as apps are told.
    from: IpAddr,
    /// The last attempt.
    dial: Option<Arc<Dial>>,
    fate: Arc<Fate>,
    alone: bool,
    /// What a change of protocol must be answered with.
    accept: Option<HeaderValue>,
    sent: Option<Duration>,
    answered: bool,
    /// What an attempt has read of the client's body.
    held: exchange::HeldBody,
    /// What is sent in the place of what the browser sends.
    resumed: Option<kept_post::Resumed>,
    /// Ends it with its visitor's session.
    _stay: Stay,
    /// Among all that goes on.
    _place: Held,
}

/// One request's state.
#[derive(Debug)]
pub struct Context {
    /// As the configuration was when the request came: it is served by one.
    shared: Arc<Shared>,
    stage: Stage,
    id: String,
    /// The host that was asked; until it is known, that of our pages.
    host: Arc<PublicHost>,
    /// The app that a refused request was meant for, for the log.
    meant: Option<Arc<App>>,
    /// Where every request is logged.
    begun: Option<Duration>,
}

impl Gateway {
    /// A worker's gateway.
    pub fn new(shared: Arc<ArcSwap<Shared>>) -> Self {
        Self { shared, pool: Arc::default(), http2: Arc::default(), streams: Arc::default() }
    }

    /// Its connections to apps, and those that are shared.
    pub fn pools(&self) -> (Arc<Pool>, Arc<Http2Pool>) {
        (self.pool.clone(), self.http2.clone())
    }

    /// Takes a request in: answers it here, or says false where it goes to an app
    /// by way of the proxy library.
    async fn take_in(&self, session: &mut Session, context: &mut Context) -> pingora::Result<bool> {
        let connection = session.digest().and_then(wire::connection_of);
        let marks = connection.map(|connection| connection.marks).unwrap_or_default();
        if marks.forward_auth {
            Box::pin(Self::verify(session, context)).await?;
            return Ok(true);
        }
        if session.req_header().method == http::Method::OPTIONS
            && session.req_header().raw_path() == b"*"
        {
            return Self::answer_for_server(session, context).await;
        }
        if marks.redirect {
            Self::to_https(session, context).await?;
            return Ok(true);
        }
        let decided = Self::decide(session, context).await;
        let upgrade = matches!(&decided, Ok((target, ..)) if target.upgrade == Upgrade::WebSocket)
            || decided.is_err() && session.req_header().headers.contains_key(header::UPGRADE);
        Self::set_limits(session, upgrade);
        match decided {
            Ok((target, Route::App { app, rule }, Verdict::Admitted { admitted, alone })) => {
                let led = kept_post::is_led(session, &context.host);
                let admitted = self.admit(session, context, (target, app, rule), (admitted, alone));
                if let Err(reason) = admitted {
                    Box::pin(Self::refuse(session, reason, Extra::default(), context)).await?;
                    return Ok(true);
                }
                if led && Box::pin(Self::resume_form(session, context)).await? {
                    return Ok(true);
                }
                match &context.stage {
                    Stage::Admitted(going) if exchange::is_http2(going) => {
                        Box::pin(self.exchange_http2(session, context)).await
                    }
                    _ => Ok(false),
                }
            }
            // Rarer and larger: kept out of what every request carries along.
            other => Box::pin(Self::answer_here(session, context, other)).await,
        }
    }

    /// What goes on through it.
    pub fn streams(&self) -> Arc<Streams> {
        self.streams.clone()
    }

    /// Ends what goes through it when the session it goes through for is over.
    /// Runs for ever, in the worker's own thread.
    pub fn end_streams(&self) -> impl Future<Output = ()> + Send + 'static {
        self.streams.clone().watch(self.shared.clone())
    }
}

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Context;

    fn new_ctx(&self) -> Context {
        let shared = self.shared.load_full();
        let number = shared.id_next.fetch_add(1, Ordering::Relaxed);
        Context {
            stage: Stage::Arrived,
            id: request_id(&shared.id_prefix, number),
            host: shared.routes.hosts().home().clone(),
            meant: None,
            begun: shared.log_requests.then(|| shared.clock.elapsed()),
            shared,
        }
    }

    fn init_downstream_modules(&self, _: &mut HttpModules) {}

    async fn request_filter(
        &self,
        session: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<bool> {
        caught::or_error(self.take_in(session, context)).await
    }

    async fn upstream_peer(
        &self,
        _: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<Box<HttpPeer>> {
        let peer = async {
            match &mut context.stage {
                Stage::Admitted(going) => upstream::peer(going, &self.pool, &*context.shared.clock),
                // Nothing was earned: there is no way to an app.
                _ => Error::e_explain(ErrorType::InternalError, "a phase was stepped over"),
            }
        };
        caught::or_error(peer).await
    }

    async fn upstream_request_filter(
        &self,
        _: &mut Session,
        request: &mut RequestHeader,
        context: &mut Context,
    ) -> pingora::Result<()> {
        caught::or_error(Self::write_request(request, context)).await
    }

    async fn request_body_filter(
        &self,
        _: &mut Session,
        body: &mut Option<bytes::Bytes>,
        end: bool,
        context: &mut Context,
    ) -> pingora::Result<()> {
        let passed = async {
            Self::pass_body(body, end, context);
            Ok(())
        };
        caught::or_error(passed).await
    }

    async fn upstream_response_filter(
        &self,
        session: &mut Session,
        answer: &mut ResponseHeader,
        context: &mut Context,
    ) -> pingora::Result<()> {
        caught::or_error(async { Self::read_answer(session, answer, context) }).await
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        answer: &mut ResponseHeader,
        _: &mut Context,
    ) -> pingora::Result<()> {
        // Here, because the library adds chunks after the filter before this.
        if session.req_header().version == http::Version::HTTP_10 {
            // It knows no chunks; the end of the connection ends the answer.
            answer.remove_header(&header::TRANSFER_ENCODING);
            session.set_keepalive(None);
        }
        Ok(())
    }

    fn response_body_filter(
        &self,
        _: &mut Session,
        body: &mut Option<bytes::Bytes>,
        end: bool,
        context: &mut Context,
    ) -> pingora::Result<Option<Duration>> {
        if end && let Stage::Admitted(going) = &context.stage {
            going.fate.ending.mark_last(body);
        }
        Ok(None)
    }

    fn fail_to_connect(
        &self,
        session: &mut Session,
        _: &HttpPeer,
        context: &mut Context,
        mut error: Box<Error>,
    ) -> Box<Error> {
        if let Stage::Admitted(going) = &context.stage {
            error.set_retry(upstream::failed(going, session, &error, &*context.shared.clock));
        }
        error
    }

    fn error_while_proxy(
        &self,
        _: &HttpPeer,
        session: &mut Session,
        mut error: Box<Error>,
        context: &mut Context,
        _: bool,
    ) -> Box<Error> {
        let again = match &context.stage {
            Stage::Admitted(going) => {
                upstream::failed(going, session, &error, &*context.shared.clock)
                    // A body that is not held whole cannot be sent again.
                    && !session.as_ref().retry_buffer_truncated()
            }
            _ => false,
        };
        error.set_retry(again);
        error
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        context: &mut Context,
    ) -> FailToProxy {
        let error_code = Self::fail(session, error, context).await;
        FailToProxy { error_code, can_reuse_downstream: false }
    }

    fn suppress_error_log(&self, _: &Session, _: &Context, _: &Error) -> bool {
        true
    }

    async fn logging(&self, session: &mut Session, _: Option<&Error>, context: &mut Context) {
        Self::record(session, context);
    }
}
