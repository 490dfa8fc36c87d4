//! Phases 2 to 4 in a row, and where a request without a session goes.

use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderName, HeaderValue};
use pingora::http::RequestHeader;
use pingora::proxy::Session;

use super::client_address::{self, Whence};
use super::guard::{self, Target, Upgrade};
use super::refuse::{self, Extra, Reason};
use super::route::{Allow, App, OWN_PREFIX, Route};
use super::session::Admitted;
use super::streams::Stream;
use super::wire::Fate;
use super::{Context, Gateway, Going, Shared, Stage, bridge, take_parts, upstream, wire};
use crate::crypto::Token;
use crate::domain::cookie::{self, Found};
use crate::domain::{Caller, Cookies};

/// Marks the request for a service worker's script (Service Workers, 2.2).
static SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");

/// How long a client connection may wait for its next request.
const KEEPALIVE_SECONDS: u64 = 60;
/// How long one read or write to a client may take.
const CLIENT_TIME: Duration = Duration::from_secs(60);
/// How long the rest of an unwanted body is read.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// Longest address that is kept as a way back.
const WAY_BACK_BYTES_MAX: usize = 2048;

/// What the phases said.
pub(super) enum Verdict {
    Own,
    /// Its visitor must show first who they are, on a page of ours.
    Ask {
        reason: Reason,
        page: &'static str,
    },
    Admitted {
        admitted: Admitted,
        alone: bool,
    },
}

impl Gateway {
    /// Takes a request through the phases. Says where it goes.
    pub(super) async fn decide(
        session: &mut Session,
        shared: &Shared,
    ) -> Result<(Target, Route, Verdict), Reason> {
        let target = guard::examine(session.req_header_mut())?;
        let connection = session.digest().and_then(wire::connection_of);
        if let Some(secured) = connection.and_then(|connection| connection.tls.as_ref())
            && !secured.covers(&target.host)
        {
            return Err(Reason::Misdirected);
        }
        let method = session.req_header().method.clone();
        let route = shared.routes.find(&target, &method)?;
        let Route::App { app, rule } = &route else {
            return Ok((target, route, Verdict::Own));
        };
        let rule = app.settings.rules.get(*rule).ok_or(Reason::NoRule)?;
        let open_to_bodies = !matches!(rule.allow, Allow::Everyone { bodies: false });
        if !open_to_bodies && !session.is_body_empty() {
            // An app that does not read a body would take it for a request of
            // its own, one that nobody decided about.
            return Err(Reason::OpenBody);
        }
        let headers = &session.req_header().headers;
        if target.upgrade == Upgrade::WebSocket {
            Self::check_origin(headers, &target, shared)?;
        }
        // An app's service worker on our own host would sit between visitors
        // and the sign-in pages, for good.
        if target.host == shared.routes.own_host() && headers.contains_key(&SERVICE_WORKER) {
            return Err(Reason::ServiceWorker);
        }
        let verdict = shared.sessions.judge(headers, shared.cookies, rule).await;
        let alone = matches!(rule.allow, Allow::Everyone { .. }) && !session.is_body_empty();
        match verdict {
            Ok(admitted) => Ok((target, route, Verdict::Admitted { admitted, alone })),
            Err(reason) => match reason.way_out() {
                Some(page) => Ok((target, route, Verdict::Ask { reason, page })),
                None => Err(reason),
            },
        }
    }

    /// A WebSocket handshake must come from a page of the same origin.
    ///
    /// SECURITY: browsers send cookies with handshakes from any page.
    /// - Against: a page elsewhere that opens a socket in the visitor's name.
    /// - Therefore: `Origin` must be there and be our own.
    /// - Price: programs that open sockets by cookie must send `Origin`.
    /// - Held by: row W02 of the attack suite.
    fn check_origin(
        headers: &http::HeaderMap,
        target: &Target,
        shared: &Shared,
    ) -> Result<(), Reason> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return Err(Reason::UpgradeOrigin);
        };
        let scheme = if shared.cookies == Cookies::Secure { "https" } else { "http" };
        let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix(scheme));
        match host.and_then(|rest| rest.strip_prefix("://")) {
            Some(host) if host == target.authority => Ok(()),
            // Behind a TLS proxy `Host` may lack the port that people use.
            _ if target.host == shared.routes.own_host()
                && origin == shared.public_url.as_str() =>
            {
                Ok(())
            }
            _ => Err(Reason::UpgradeOrigin),
        }
    }

    /// Answers a request whose visitor must first show who they are: a page load
    /// goes to `page` of ours with the way back kept, everything else is told
    /// 401.
    fn to_own_page(session: &Session, page: &str, shared: &Shared) -> Extra {
        let request = session.req_header();
        let page_load = refuse::is_page_load(&request.headers);
        if !page_load || refuse::is_framed(&request.headers) {
            return Extra::default();
        }
        let location = Some(format!("{}{OWN_PREFIX}{page}", shared.public_url));
        let lines = request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        let brought = match cookie::find(lines, shared.cookies.ticket_name()) {
            Found::One(value) => Token::parse(value),
            Found::None | Found::Several => None,
        };
        let (ticket, set_cookie) = match brought {
            Some(ticket) => (ticket, None),
            None => match Token::new(&*shared.chance) {
                Ok(ticket) => {
                    let cookie = shared.cookies.set_ticket(ticket.reveal());
                    (ticket, Some(cookie))
                }
                // Without a ticket the sign-in page makes its own.
                Err(_) => return Extra { location, set_cookie: None },
            },
        };
        let path = String::from_utf8_lossy(request.raw_path()).into_owned();
        let asked_by_get = request.method == http::Method::GET;
        if asked_by_get && path.len() <= WAY_BACK_BYTES_MAX {
            let keeper = shared.way_back.clone();
            tokio::spawn(async move { keeper.keep(ticket, path).await });
        }
        Extra { location, set_cookie }
    }

    pub(super) async fn refuse(
        session: &mut Session,
        reason: Reason,
        extra: Extra,
        context: &mut Context,
    ) -> pingora::Result<()> {
        let shared = context.shared.clone();
        let marks = (shared.cookies, shared.hsts.as_ref());
        let app = match &context.stage {
            Stage::Admitted(going) => Some(going.app.clone()),
            _ => None,
        };
        context.stage = Stage::Refused(reason, app);
        refuse::answer(session, reason, extra, &context.id, marks, &shared.draw).await
    }

    /// Where a request came from.
    fn whence(session: &Session, shared: &Shared) -> Whence {
        let connection = session.digest().and_then(wire::connection_of);
        let headers = &session.req_header().headers;
        client_address::whence(
            connection.map(Arc::as_ref),
            headers,
            &shared.trusted_proxies,
            shared.cookies,
        )
    }

    /// Limits for everything the client sends or takes from here on.
    pub(super) fn set_limits(session: &mut Session, upgrade: bool) {
        // Only where the library has not decided to close: setting it would
        // take that back.
        if session.get_keepalive().is_some() {
            // After a handshake the bytes are no longer screened as HTTP, so
            // nothing but a 101 may keep the connection.
            session.set_keepalive((!upgrade).then_some(KEEPALIVE_SECONDS));
        }
        // A WebSocket may be silent for hours, but must take what is sent.
        session.set_read_timeout((!upgrade).then_some(CLIENT_TIME));
        session.set_write_timeout(Some(CLIENT_TIME));
        session.set_total_drain_timeout(Some(DRAIN_TIME));
    }

    /// Notes that a request may go to an app.
    pub(super) fn admit(
        &self,
        session: &mut Session,
        context: &mut Context,
        (target, app, rule): (Target, Arc<App>, usize),
        (admitted, alone): (Admitted, bool),
    ) {
        let accept = match target.upgrade {
            Upgrade::WebSocket => upstream::websocket_accept(session.req_header()),
            Upgrade::None => None,
        };
        let from = Self::whence(session, &context.shared).address;
        let connection = session.digest().and_then(wire::connection_of);
        let fate = Arc::new(Fate::default());
        // What is over in a moment, and nobody's, need not be found again.
        let lasts = admitted.who().is_some() || target.upgrade == Upgrade::WebSocket;
        let stay = lasts.then(|| {
            self.streams.enter(Stream {
                someone: admitted.who().cloned(),
                app: app.clone(),
                rule,
                fate: fate.clone(),
                client: connection.map(|connection| connection.cut.clone()),
            })
        });
        let request = session.req_header_mut();
        *request = RequestHeader::from(take_parts(request));
        context.stage = Stage::Admitted(Box::new(Going {
            app,
            admitted,
            authority: target.authority,
            from,
            dial: None,
            fate,
            alone,
            accept,
            sent: None,
            answered: false,
            body_begun: false,
            _stay: stay,
        }));
    }

    /// Answers a request that goes to no app.
    pub(super) async fn answer_here(
        session: &mut Session,
        context: &mut Context,
        decided: Result<(Target, Route, Verdict), Reason>,
    ) -> pingora::Result<bool> {
        match decided {
            Err(reason) => Self::refuse(session, reason, Extra::default(), context).await?,
            Ok((_, _, Verdict::Ask { reason, page })) => {
                let extra = Self::to_own_page(session, page, &context.shared);
                Self::refuse(session, reason, extra, context).await?;
            }
            Ok((_, _, Verdict::Own)) => {
                context.stage = Stage::Own;
                let shared = context.shared.clone();
                let headers = &session.req_header().headers;
                let whence = Self::whence(session, &shared);
                let caller = match shared.sessions.visitor(headers, shared.cookies).await {
                    Ok(visitor) => Caller {
                        address: whence.address,
                        client: whence.client(),
                        request_id: context.id.clone(),
                        cookies: shared.cookies,
                        visitor,
                    },
                    Err(reason) => {
                        Self::refuse(session, reason, Extra::default(), context).await?;
                        return Ok(true);
                    }
                };
                if let Err(reason) = {
                    let hsts = shared.hsts.as_ref();
                    bridge::answer(session, shared.pages.clone(), caller, hsts).await?
                } {
                    Self::refuse(session, reason, Extra::default(), context).await?;
                }
            }
            // The pages need no admission, and an app is not answered here.
            Ok((_, _, Verdict::Admitted { .. })) => {
                Self::refuse(session, Reason::Fault, Extra::default(), context).await?;
            }
        }
        Ok(true)
    }
}
