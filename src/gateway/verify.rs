//! Answers another proxy that asks whether a request may pass (forward-auth).
//!
//! ```text
//! visitor -> their proxy -> app
//!               |  ^
//!      question |  | 200 with who is there, or the way to the sign-in
//!               v  |
//!     guard -> route -> session       judged as if it had come to us
//! ```
//!
//! A question is turned back into the request that it is about, and that request
//! takes the same phases as every other. Two ways to read it mean no.

use std::sync::Arc;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, Version};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;

use super::caught::{self, Panicked};
use super::decision::Verdict;
use super::refuse::{Extra, Reason};
use super::route::{App, OWN_PREFIX, Route};
use super::session::Admitted;
use super::{Context, Gateway, Shared, Stage, guard, wire};
use crate::domain::Cookies;
use crate::observe::Verification;

/// Where proxies ask, below [`OWN_PREFIX`].
const VERIFY: &str = "verify";
/// The keys of assertions, the one other thing that is served where proxies ask.
const KEYS: &str = "jwks.json";

/// Marks an answer that lets a request pass; names the app.
const VERIFIED: HeaderName = HeaderName::from_static("x-vestibule-verified");
/// Where nginx is to send the visitor, since it takes no redirect for an answer.
const LOCATION: HeaderName = HeaderName::from_static("x-vestibule-location");

const FORWARDED_METHOD: &str = "x-forwarded-method";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED_URI: &str = "x-forwarded-uri";
const ORIGINAL_METHOD: &str = "x-original-method";
const ORIGINAL_URL: &str = "x-original-url";
const ORIGINAL_URI: &str = "x-original-uri";

/// How the proxy that asks understands answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// As nginx: 401 and 403, and everything else is an error of ours.
    Statuses,
    /// As Traefik, Caddy and Envoy: what we answer is handed to the visitor.
    Answers,
}

/// The request that a question is about, as far as it names it.
#[derive(Debug, PartialEq, Eq)]
struct Original {
    method: Vec<u8>,
    https: bool,
    host: Vec<u8>,
    target: Vec<u8>,
}

impl Original {
    /// Reads the one form in which a question says what it is about.
    ///
    /// SECURITY: a question that can be read in two ways is answered with no.
    /// - Against: `X-Forwarded-Uri: /healthz` or `X-Original-URL: /public/` from
    ///   a visitor, passed on by a proxy that asks in another form.
    /// - Therefore: one form, all of it, each field once; fields of another form
    ///   beside it are refused, even where both say the same.
    /// - Price: a proxy must take the names of other forms out of its questions.
    /// - Held by: `a_question_in_two_forms_is_answered_with_no`.
    fn read(request: &RequestHeader, rest: &str) -> Result<(Self, Manner), Reason> {
        let headers = &request.headers;
        let has = |names: &[&str]| names.iter().any(|name| headers.contains_key(*name));
        let forwarded = has(&[FORWARDED_METHOD, FORWARDED_URI]);
        let original = has(&[ORIGINAL_METHOD, ORIGINAL_URL, ORIGINAL_URI]);
        match (forwarded, original, rest.is_empty()) {
            (true, false, true) => Ok((Self::by_parts(headers)?, Manner::Answers)),
            (false, true, true) => Ok((Self::by_address(headers)?, Manner::Statuses)),
            (false, false, false) => Ok((Self::by_itself(request)?, Manner::Answers)),
            _ => Err(Reason::Question),
        }
    }

    /// Traefik and Caddy: four fields.
    fn by_parts(headers: &HeaderMap) -> Result<Self, Reason> {
        Ok(Self {
            method: one(headers, FORWARDED_METHOD)?.to_vec(),
            https: is_https(one(headers, FORWARDED_PROTO)?)?,
            host: one(headers, FORWARDED_HOST)?.to_vec(),
            target: one(headers, FORWARDED_URI)?.to_vec(),
        })
    }

    /// nginx: the method, and a whole address.
    fn by_address(headers: &HeaderMap) -> Result<Self, Reason> {
        let method = one(headers, ORIGINAL_METHOD)?.to_vec();
        let (https, host, target) = match headers.contains_key(ORIGINAL_URI) {
            // Its other name is for the path alone; the rest is said as usual.
            true if headers.contains_key(ORIGINAL_URL) => return Err(Reason::Question),
            true => (
                is_https(one(headers, FORWARDED_PROTO)?)?,
                one(headers, FORWARDED_HOST)?,
                one(headers, ORIGINAL_URI)?,
            ),
            false => {
                let url = one(headers, ORIGINAL_URL)?;
                let (scheme, rest) = split(url, b"://").ok_or(Reason::Question)?;
                let slash = memchr::memchr(b'/', rest).ok_or(Reason::Question)?;
                let (host, target) = rest.split_at(slash);
                (is_https(scheme)?, host, target)
            }
        };
        let agrees = |name: &str, said: &[u8]| match headers.contains_key(name) {
            true => one(headers, name).is_ok_and(|value| value.eq_ignore_ascii_case(said)),
            false => true,
        };
        let scheme: &[u8] = if https { b"https" } else { b"http" };
        if !agrees(FORWARDED_HOST, host) || !agrees(FORWARDED_PROTO, scheme) {
            return Err(Reason::Question);
        }
        Ok(Self { method, https, host: host.to_vec(), target: target.to_vec() })
    }

    /// Envoy: the request itself, behind our path.
    fn by_itself(request: &RequestHeader) -> Result<Self, Reason> {
        let headers = &request.headers;
        let own = format!("{OWN_PREFIX}{VERIFY}");
        let target = request.raw_path().strip_prefix(own.as_bytes()).ok_or(Reason::Question)?;
        let host = match request.uri.authority().filter(|_| request.version == Version::HTTP_2) {
            Some(authority) => authority.as_str().as_bytes(),
            None => one(headers, header::HOST.as_str())?,
        };
        if headers.contains_key(FORWARDED_HOST) {
            return Err(Reason::Question);
        }
        Ok(Self {
            method: request.method.as_str().as_bytes().to_vec(),
            https: is_https(one(headers, FORWARDED_PROTO)?)?,
            host: host.to_vec(),
            target: target.to_vec(),
        })
    }

    /// The request as it would have come to us.
    fn into_request(self, asked: &RequestHeader) -> Result<RequestHeader, Reason> {
        let mut request = RequestHeader::build(self.method.as_slice(), &self.target, Some(32))
            .map_err(|_| Reason::Question)?;
        // Parsed, an address may lose its host or what follows a `#`.
        if !self.target.starts_with(b"/") || request.raw_path() != self.target.as_slice() {
            return Err(Reason::Path);
        }
        request.set_version(Version::HTTP_11);
        let mut put = |name: &HeaderName, value: HeaderValue| {
            request.append_header(name, value).map(drop).map_err(|_| Reason::Question)
        };
        let about_the_question = |name: &HeaderName| {
            let name = name.as_str();
            ["x-forwarded-", "x-original-"].iter().any(|family| name.starts_with(family))
                || [header::HOST, header::UPGRADE, header::CONNECTION].iter().any(|n| n == name)
        };
        for (name, value) in asked.headers.iter().filter(|(name, _)| !about_the_question(name)) {
            put(name, value.clone())?;
        }
        put(&header::HOST, HeaderValue::from_bytes(&self.host).map_err(|_| Reason::Host)?)?;
        // Proxies take `Upgrade` out of their questions; this no handshake lacks.
        let handshake = ["sec-websocket-key", "sec-websocket-version"];
        if handshake.iter().any(|name| asked.headers.contains_key(*name)) {
            put(&header::CONNECTION, HeaderValue::from_static("upgrade"))?;
            put(&header::UPGRADE, HeaderValue::from_static("websocket"))?;
        }
        Ok(request)
    }
}

/// The value of a field that is there once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a [u8], Reason> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value.as_bytes()),
        _ => Err(Reason::Question),
    }
}

fn is_https(scheme: &[u8]) -> Result<bool, Reason> {
    match scheme {
        b"https" => Ok(true),
        b"http" => Ok(false),
        _ => Err(Reason::Question),
    }
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = memchr::memmem::find(text, at)?;
    let (front, rest) = text.split_at_checked(start)?;
    Some((front, rest.get(at.len()..)?))
}

/// What a question is answered with.
enum Answer {
    Pass(Arc<App>, Admitted),
    /// First the visitor must show who they are.
    Ask(Reason, Extra),
    No(Reason),
}

impl Gateway {
    /// Answers on a listener where proxies ask. Nothing else is served there.
    pub(super) async fn verify(
        session: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<()> {
        Self::set_limits(session, false);
        let shared = context.shared.clone();
        let path = String::from_utf8_lossy(session.req_header().raw_path()).into_owned();
        let own = path.strip_prefix(OWN_PREFIX);
        if own == Some(KEYS) {
            let decided = Self::decide(session, context).await;
            return Box::pin(Self::answer_here(session, context, decided)).await.map(drop);
        }
        let rest = own.and_then(|own| own.strip_prefix(VERIFY));
        // Caddy leaves the visitor's query behind our path.
        let rest = rest.map(|rest| if rest.starts_with('?') { "" } else { rest });
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let (Some(rest), true) = (rest, Self::may_ask(session, &shared)) else {
            shared.metrics.verification(Verification::Refused);
            return Self::refuse(session, Reason::NoRule, Extra::default(), context).await;
        };
        let (answer, manner) = match Self::original(session, rest) {
            Ok((original, https, manner)) => {
                let answer = Self::judge_original(session, context, original).await?;
                // What came in clear text to a host of https is nobody's to let pass.
                let same = https == (context.host.cookies() == Cookies::Secure);
                (if same { answer } else { Answer::No(Reason::Question) }, manner)
            }
            Err(reason) => (Answer::No(reason), Manner::Statuses),
        };
        shared.metrics.verification(match &answer {
            Answer::Pass(..) => Verification::Passed,
            Answer::Ask(..) => Verification::Asked,
            Answer::No(_) => Verification::Refused,
        });
        match (answer, manner) {
            (Answer::Pass(app, admitted), _) => {
                Self::let_pass(session, context, &app, &admitted).await
            }
            (Answer::Ask(reason, extra), Manner::Answers) => {
                Self::refuse(session, reason, extra, context).await
            }
            (Answer::No(reason), Manner::Answers) => {
                Self::refuse(session, reason, Extra::default(), context).await
            }
            (Answer::Ask(reason, extra), Manner::Statuses) => {
                Self::say_status(session, context, reason, extra).await
            }
            (Answer::No(reason), Manner::Statuses) => {
                Self::say_status(session, context, reason, Extra::default()).await
            }
        }
    }

    /// Whether who opened this connection may ask.
    ///
    /// SECURITY: listed proxies ask, and nobody else.
    /// - Against: strangers who ask in others' names, to learn who they are or
    ///   which paths there are.
    /// - Therefore: the listener is marked for it, and who opened the connection
    ///   is in `trusted_proxies`; to everybody else there is nothing here.
    /// - Price: one line of configuration more.
    /// - Held by: `only_listed_proxies_ask_and_only_where_it_is_said`.
    fn may_ask(session: &Session, shared: &Shared) -> bool {
        let proxies = &shared.trusted_proxies;
        session.digest().and_then(wire::connection_of).is_some_and(|connection| {
            proxies.include(connection.peer)
                && connection.told.is_none_or(|told| proxies.list(told))
        })
    }

    /// The request that a question is about, whether it came by https, and who asks.
    fn original(
        session: &mut Session,
        rest: &str,
    ) -> Result<(RequestHeader, bool, Manner), Reason> {
        // A body would be the visitor's; the proxy keeps it.
        if !session.is_body_empty() {
            return Err(Reason::Question);
        }
        let asked = session.req_header_mut();
        guard::examine(asked)?;
        let (original, manner) = Original::read(asked, rest)?;
        let https = original.https;
        Ok((original.into_request(asked)?, https, manner))
    }

    /// Judges the request that is asked about.
    ///
    /// # Errors
    ///
    /// A fault of the program.
    async fn judge_original(
        session: &mut Session,
        context: &mut Context,
        mut original: RequestHeader,
    ) -> pingora::Result<Answer> {
        // In its place for as long as it is judged; the answer is the question's, and so
        // is what is said where that ends in a panic.
        let host = context.host.clone();
        std::mem::swap(session.req_header_mut(), &mut original);
        let judged = caught::caught(Self::judge_in_place(session, context)).await;
        std::mem::swap(session.req_header_mut(), &mut original);
        judged.map_err(|Panicked| {
            context.host = host;
            caught::fault()
        })
    }

    async fn judge_in_place(session: &mut Session, context: &mut Context) -> Answer {
        let decided = match guard::examine(session.req_header_mut()) {
            Ok(target) => Self::judge(session, context, target).await,
            Err(reason) => Err(reason),
        };
        match decided {
            Ok((_, Route::App { app, .. }, Verdict::Admitted { admitted, .. })) => {
                Answer::Pass(app, admitted)
            }
            Ok((_, _, Verdict::Ask { reason, page })) => match context.host.is_home() {
                true => Answer::Ask(reason, Self::to_own_page(session, page, &context.shared)),
                false => match Self::leave(session, context, reason).await {
                    Ok(extra) => Answer::Ask(reason, extra),
                    Err(reason) => Answer::No(reason),
                },
            },
            // Our own pages are not the app's to answer.
            Ok(_) => Answer::No(Reason::NoRule),
            Err(reason) => Answer::No(reason),
        }
    }

    /// 200, with all that the app is to be told.
    async fn let_pass(
        session: &mut Session,
        context: &mut Context,
        app: &App,
        admitted: &Admitted,
    ) -> pingora::Result<()> {
        let shared = context.shared.clone();
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // SECURITY: every name is in the answer, empty where there is no value.
        // - Against: `Remote-Groups: admin` of a visitor without groups, where a
        //   proxy overwrites only what was answered (CVE-2026-30851).
        // - Therefore: all names of the app's dialect, the assertion and every
        //   known alias are there each time, for nobody in particular too.
        // - Price: some bytes.
        // - Held by: `every_name_is_in_the_answer_for_nobody_too`.
        for name in app.settings.dialect.names() {
            headers.insert(name, HeaderValue::from_static(""));
        }
        for alias in super::identity::Alias::ALL {
            let name = HeaderName::from_static(alias.header());
            headers.insert(name, HeaderValue::from_static(""));
        }
        headers.insert(super::identity::ASSERTION, HeaderValue::from_static(""));
        shared.write_identity(&mut headers, app, admitted, &context.id)?;
        let name = HeaderValue::from_str(&app.settings.name);
        headers.insert(VERIFIED, name.unwrap_or(HeaderValue::from_static("app")));
        context.stage = Stage::Own;
        Self::say(session, context, StatusCode::OK, headers).await
    }

    /// 401 with the way to the sign-in beside it, else 403.
    async fn say_status(
        session: &mut Session,
        context: &mut Context,
        reason: Reason,
        extra: Extra,
    ) -> pingora::Result<()> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let status = match reason.challenge().map(HeaderValue::try_from) {
            Some(Ok(challenge)) => {
                headers.insert(header::WWW_AUTHENTICATE, challenge);
                StatusCode::UNAUTHORIZED
            }
            _ => StatusCode::FORBIDDEN,
        };
        let location = extra.location.map(|location| (LOCATION, location));
        let cookies = extra.set_cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
        for (name, value) in location.into_iter().chain(cookies) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(name, value);
            }
        }
        context.stage = Stage::Refused(reason, None);
        if !session.is_body_empty() {
            session.set_keepalive(None);
        }
        Self::say(session, context, status, headers).await
    }

    async fn say(
        session: &mut Session,
        context: &Context,
        status: StatusCode,
        headers: HeaderMap,
    ) -> pingora::Result<()> {
        let mut answer = ResponseHeader::build(status, Some(24))?;
        for (name, value) in &headers {
            answer.append_header(name, value)?;
        }
        answer.insert_header(header::CONTENT_LENGTH, 0)?;
        answer.insert_header("X-Request-Id", context.id.as_str())?;
        session.write_response_header(Box::new(answer), true).await
    }
}
