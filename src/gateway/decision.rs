//! Phases 2 to 4 in a row, and where a request without a session goes.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{self, HeaderName};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;

use super::client_address::{self, Whence};
use super::exchange::HeldBody;
use super::guard::{self, Target, Upgrade};
use super::refuse::{self, Extra, Reason};
use super::route::{Allow, App, Route};
use super::session::Admitted;
use super::streams::Stream;
use super::wire::{Ending, Fate, Giving};
use super::{
    Context, Gateway, Going, Shared, Stage, bridge, kept_post, take_parts, upstream, wire,
};
use crate::domain::{Caller, Cookies, PublicHost};
use crate::observe::audit::Around;

/// Marks the request for a service worker's script (Service Workers, 2.2).
static SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");

/// How long a client connection may wait for its next request.
const KEEPALIVE_SECONDS: u64 = 60;
/// How long one read or write to a client may take.
const CLIENT_TIME: Duration = Duration::from_secs(60);
/// How long the rest of an unwanted body is read.
const DRAIN_TIME: Duration = Duration::from_secs(5);

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
        context: &mut Context,
    ) -> Result<(Target, Route, Verdict), Reason> {
        let target = guard::examine(session.req_header_mut())?;
        let connection = session.digest().and_then(wire::connection_of);
        if let Some(secured) = connection.and_then(|connection| connection.tls.as_ref())
            && !secured.covers(&target.host)
        {
            return Err(Reason::Misdirected);
        }
        Self::judge(session, context, target).await
    }

    /// Finds the rule of a request that passed the guard, and judges its visitor.
    pub(super) async fn judge(
        session: &mut Session,
        context: &mut Context,
        target: Target,
    ) -> Result<(Target, Route, Verdict), Reason> {
        let shared = &context.shared;
        if let Some(host) = shared.routes.hosts().find(&target.host) {
            context.host = host;
        }
        if let Some(passed) = Self::pass_preflight(session, &target, shared)? {
            return Ok((target, passed.0, passed.1));
        }
        let method = session.req_header().method.clone();
        let route = shared.routes.find(&target, &method)?;
        let Route::App { app, rule } = &route else {
            return Ok((target, route, Verdict::Own));
        };
        match Self::judge_visitor(session, context, &target, (app, *rule)).await {
            Ok(verdict) => Ok((target, route, verdict)),
            Err(reason) => {
                if reason == Reason::Denied {
                    Box::pin(Self::note_denied(session, context, app)).await;
                }
                context.meant = Some(app.clone());
                Err(reason)
            }
        }
    }

    /// Judges the visitor of a request for an app by the rule that governs it.
    async fn judge_visitor(
        session: &mut Session,
        context: &Context,
        target: &Target,
        (app, rule): (&App, usize),
    ) -> Result<Verdict, Reason> {
        let (shared, host) = (&context.shared, &*context.host);
        let rule = app.settings.rules.get(rule).ok_or(Reason::NoRule)?;
        let open_to_bodies = !matches!(rule.allow, Allow::Everyone { bodies: false });
        if !open_to_bodies && !session.is_body_empty() {
            // An app that does not read a body would take it for a request of
            // its own, one that nobody decided about.
            return Err(Reason::OpenBody);
        }
        let headers = &session.req_header().headers;
        if target.upgrade == Upgrade::WebSocket {
            check_origin(headers, host, target)?;
        }
        // An app's service worker on our own host would sit between visitors
        // and the sign-in pages, for good.
        if target.host == shared.routes.own_host() && headers.contains_key(&SERVICE_WORKER) {
            return Err(Reason::ServiceWorker);
        }
        let verdict = shared.sessions.judge(headers, host, rule).await;
        let alone = matches!(rule.allow, Allow::Everyone { .. }) && !session.is_body_empty();
        match verdict {
            Ok(admitted) => Ok(Verdict::Admitted { admitted, alone }),
            Err(reason) => match reason.way_out() {
                Some(page) => Ok(Verdict::Ask { reason, page }),
                None => Err(reason),
            },
        }
    }

    /// Records whom an app's rule did not let pass.
    async fn note_denied(session: &mut Session, context: &Context, app: &App) {
        let shared = &context.shared;
        let headers = &session.req_header().headers;
        let around = Around {
            account: shared.sessions.account(headers, &context.host).await,
            app: Some(&app.settings.name),
            from: Some(Self::whence(session, shared).address),
            request: Some(&context.id),
            ..Around::default()
        };
        shared.denials.note(around, shared.clock.now());
    }

    /// Lets what a browser asks before a request of another origin's script go to
    /// the app, where the rule of that request says so.
    ///
    /// SECURITY: a preflight opens nothing that its rule does not open by name.
    /// - Against: an `OPTIONS` request that names a method under a laxer rule, and
    ///   one with a body, which an app could take for a request of its own.
    /// - Therefore: only `cors_preflight = "app"` lets it pass, without identity
    ///   and without a body; in every other case it is judged as it is.
    /// - Price: an app whose scripts are called from other origins must say so.
    /// - Held by: `a_preflight_passes_only_where_its_rule_says_so`.
    fn pass_preflight(
        session: &mut Session,
        target: &Target,
        shared: &Shared,
    ) -> Result<Option<(Route, Verdict)>, Reason> {
        let Some(method) = preflight_for(session.req_header()) else { return Ok(None) };
        let Ok(route) = shared.routes.find(target, &method) else { return Ok(None) };
        let Route::App { app, rule } = &route else { return Ok(None) };
        let Some(rule) = app.settings.rules.get(*rule) else { return Ok(None) };
        let Some(admitted) = shared.sessions.admit_preflight(rule) else { return Ok(None) };
        if target.upgrade != Upgrade::None || !session.is_body_empty() {
            return Err(Reason::OpenBody);
        }
        Ok(Some((route, Verdict::Admitted { admitted, alone: false })))
    }

    pub(super) async fn refuse(
        session: &mut Session,
        reason: Reason,
        mut extra: Extra,
        context: &mut Context,
    ) -> pingora::Result<()> {
        extra.set_cookies.extend(Self::unlead(session, context, reason));
        let shared = context.shared.clone();
        let marks = (context.host.cookies(), shared.hsts.as_ref());
        let app = match &context.stage {
            Stage::Admitted(going) => Some(going.app.clone()),
            _ => None,
        };
        context.stage = Stage::Refused(reason, app);
        refuse::answer(session, reason, extra, &context.id, marks, &shared.draw).await
    }

    /// Where a request came from.
    pub(super) fn whence(session: &Session, shared: &Shared) -> Whence {
        let connection = session.digest().and_then(wire::connection_of);
        let headers = &session.req_header().headers;
        client_address::whence(
            connection.map(Arc::as_ref),
            headers,
            &shared.trusted_proxies,
            shared.routes.hosts().home().cookies(),
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
    ///
    /// # Errors
    ///
    /// [`Reason::Crowded`], where too much goes on already.
    pub(super) fn admit(
        &self,
        session: &mut Session,
        context: &mut Context,
        (target, app, rule): (Target, Arc<App>, usize),
        (admitted, alone): (Admitted, bool),
    ) -> Result<(), Reason> {
        let accept = match target.upgrade {
            Upgrade::WebSocket => upstream::websocket_accept(session.req_header()),
            Upgrade::None => None,
        };
        let whence = Self::whence(session, &context.shared);
        let place = context.shared.crowd.enter(whence.client(), &*context.shared.clock)?;
        let wanting = !session.is_body_empty();
        let giving = match wanting {
            false => Giving::default(),
            true if session.is_http2() => {
                Giving::watched(context.shared.client_bytes_per_second_min)
            }
            true => Giving::watched_elsewhere(),
        };
        let connection = session.digest().and_then(wire::connection_of);
        let fate = Arc::new(Fate::with(giving, Ending::of_task()));
        // Several visitors may share what a proxy sends over HTTP/2: there a client that
        // takes nothing is left to the time-out of writes.
        let proxies = &context.shared.trusted_proxies;
        let own = connection
            .filter(|connection| !session.is_http2() || !proxies.stand_before(connection));
        let held = fate.ending.hold(place, wanting);
        let stay = self.streams.enter(Stream {
            someone: admitted.who().cloned(),
            app: app.clone(),
            rule,
            fate: fate.clone(),
            client: own.map(|connection| connection.cut.clone()),
        });
        let request = session.req_header_mut();
        *request = RequestHeader::from(take_parts(request));
        context.stage = Stage::Admitted(Box::new(Going {
            app,
            admitted,
            authority: target.authority,
            from: whence.address,
            dial: None,
            fate,
            alone,
            accept,
            sent: None,
            answered: false,
            held: HeldBody::default(),
            resumed: None,
            _stay: stay,
            _place: held,
        }));
        Ok(())
    }

    /// Answers a request about the server as a whole.
    pub(super) async fn answer_for_server(
        session: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<bool> {
        // RFC 9110 section 9.3.7: about the server as a whole, so ours.
        Self::set_limits(session, false);
        context.stage = Stage::Own;
        let mut answer = ResponseHeader::build(204, Some(2))?;
        answer.insert_header(header::ALLOW, wire::METHODS.join(", "))?;
        answer.insert_header("X-Request-Id", context.id.as_str())?;
        session.write_response_header(Box::new(answer), true).await?;
        Ok(true)
    }

    /// Keeps a form that met an expired session, or one that proves too little.
    async fn keep_if_form(
        session: &mut Session,
        context: &Context,
        route: &Route,
        reason: Reason,
    ) -> Result<Option<Extra>, Reason> {
        let Route::App { app, rule } = route else { return Ok(None) };
        match app.settings.rules.get(*rule) {
            Some(rule) if matches!(reason, Reason::NoSession | Reason::NotFresh { .. }) => {
                match kept_post::back(session, &context.host, reason) {
                    Some(back) => Ok(Some(back)),
                    None => Self::keep_form(session, context, (rule, reason)).await,
                }
            }
            _ => Ok(None),
        }
    }

    /// Answers a request that goes to no app.
    pub(super) async fn answer_here(
        session: &mut Session,
        context: &mut Context,
        decided: Result<(Target, Route, Verdict), Reason>,
    ) -> pingora::Result<bool> {
        match decided {
            Err(reason) => Self::refuse(session, reason, Extra::default(), context).await?,
            Ok((_, route, Verdict::Ask { reason, page })) => {
                if let Route::App { app, .. } = &route {
                    context.meant = Some(app.clone());
                }
                match Self::keep_if_form(session, context, &route, reason).await {
                    Ok(None) => {}
                    Ok(Some(extra)) => {
                        Self::refuse(session, reason, extra, context).await?;
                        return Ok(true);
                    }
                    Err(reason) => {
                        Self::refuse(session, reason, Extra::default(), context).await?;
                        return Ok(true);
                    }
                }
                let (reason, extra) = match context.host.is_home() {
                    true => (reason, Self::to_own_page(session, page, &context.shared)),
                    false => match Self::leave(session, context, reason).await {
                        Ok(extra) => (reason, extra),
                        Err(reason) => (reason, Extra::default()),
                    },
                };
                Self::refuse(session, reason, extra, context).await?;
            }
            Ok((_, _, Verdict::Own)) => {
                context.stage = Stage::Own;
                let shared = context.shared.clone();
                let headers = &session.req_header().headers;
                let whence = Self::whence(session, &shared);
                let caller = match shared.sessions.visitor(headers, &context.host).await {
                    Ok(visitor) => Caller {
                        address: whence.address,
                        client: whence.client(),
                        request_id: context.id.clone(),
                        cookies: context.host.cookies(),
                        host: context.host.clone(),
                        visitor,
                    },
                    Err(reason) => {
                        Self::refuse(session, reason, Extra::default(), context).await?;
                        return Ok(true);
                    }
                };
                let pages = match context.host.is_home() {
                    true => shared.pages.clone(),
                    false => shared.pages_on_app_hosts.clone(),
                };
                let hsts = shared.hsts.as_ref();
                if let Err(reason) = bridge::answer(session, pages, caller, hsts).await? {
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

/// The method that a browser asks about before a request of another origin's
/// script (Fetch, 3.3.2). The rule of that request decides.
fn preflight_for(request: &RequestHeader) -> Option<Method> {
    let headers = &request.headers;
    let mut asked = headers.get_all(header::ACCESS_CONTROL_REQUEST_METHOD).iter();
    match (asked.next(), asked.next()) {
        (Some(method), None)
            if request.method == Method::OPTIONS && headers.contains_key(header::ORIGIN) =>
        {
            Method::from_bytes(method.as_bytes()).ok()
        }
        _ => None,
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
    asked: &PublicHost,
    target: &Target,
) -> Result<(), Reason> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else {
        return Err(Reason::UpgradeOrigin);
    };
    let scheme = if asked.cookies() == Cookies::Secure { "https" } else { "http" };
    let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix(scheme));
    match host.and_then(|rest| rest.strip_prefix("://")) {
        Some(host) if host == target.authority => Ok(()),
        // Behind a TLS proxy `Host` may lack the port that people use.
        _ if origin == asked.origin() => Ok(()),
        _ => Err(Reason::UpgradeOrigin),
    }
}
