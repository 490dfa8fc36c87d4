//! Forms that a page sent without a session: kept where the one it had has
//! expired, and put in the place of what our page's button sends later.

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use pingora::proxy::Session;
use pingora::{Error, ErrorType};

use super::refuse::{self, Extra, Reason};
use super::route::Rule;
use super::session::Admitted;
use super::shared::{KeptForm, SentForm};
use super::{Context, Gateway, Stage, bridge};
use crate::crypto::Token;
use crate::domain::PublicHost;
use crate::domain::cookie::{self, Found};

/// Where a browser goes whose form is kept.
const PAGE: &str = "/.vestibule/kept";
/// Longest address of a form that is kept.
const PATH_BYTES_MAX: usize = 2048;
/// Largest form of another site that is kept.
const BOUNCED_BYTES_MAX: usize = 64 * 1024;

/// A form on its way to the app in the place of what the browser sent.
#[derive(Debug)]
pub(super) struct Resumed {
    form: KeptForm,
    sent: bool,
}

impl Resumed {
    /// Has the request say what will be sent. Called for every attempt.
    pub fn describe(&mut self, headers: &mut HeaderMap) -> pingora::Result<()> {
        self.sent = false;
        let kind = HeaderValue::try_from(&self.form.content_type)
            .map_err(|error| Error::because(ErrorType::InvalidHTTPHeader, "a kept form", error))?;
        headers.remove(header::TRANSFER_ENCODING);
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(self.form.body.len()));
        Ok(())
    }

    /// What goes to the app for a piece of what the browser sends.
    pub fn piece(&mut self, end: bool) -> Bytes {
        match end && !std::mem::replace(&mut self.sent, true) {
            true => self.form.body.clone(),
            false => Bytes::new(),
        }
    }
}

impl Gateway {
    /// Keeps a form that has no session, where that can be: of a browser whose
    /// session has expired; or of another site, where the rule says so and the
    /// browser withheld its cookie for that.
    ///
    /// SECURITY: only what a page of this very host sent is kept for a person.
    /// - Against: a page elsewhere that has a form sent in the name of who signs in
    ///   next, and strangers who have us keep things.
    /// - Therefore: `Origin` must be there and be this host's, and the cookie that
    ///   of a session which was not ended but has expired; the form is that
    ///   account's alone.
    /// - Price: a browser that says no `Origin` has to fill the form in again.
    /// - Held by: `only_a_form_of_the_same_origin_with_an_expired_session_is_kept`.
    ///
    /// # Errors
    ///
    /// Why it goes no further; `None` where it is refused as it would be anyway.
    pub(super) async fn keep_form(
        session: &mut Session,
        context: &Context,
        rule: &Rule,
    ) -> Result<Option<Extra>, Reason> {
        let shared = &context.shared;
        let host = &context.host;
        let request = session.req_header();
        let headers = &request.headers;
        let path = String::from_utf8_lossy(request.raw_path()).into_owned();
        let Some(content_type) = form_type(headers) else { return Ok(None) };
        let page_load = refuse::is_page_load(headers) && !refuse::is_framed(headers);
        if request.method != Method::POST || !page_load || path.len() > PATH_BYTES_MAX {
            return Ok(None);
        }
        let most = shared.forms.bytes_max();
        let (from, most) = match comes_from(headers, host.origin()) {
            Site::Own => (shared.sessions.expired(headers, host).await?, most),
            Site::Other if rule.bounce && content_type.starts_with(URLENCODED) => {
                let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
                let none = cookie::find(lines, host.cookies().session_name()) == Found::None;
                if !none {
                    return Ok(None);
                }
                (None, most.min(BOUNCED_BYTES_MAX))
            }
            Site::Other => return Ok(None),
        };
        if most == 0 || from.is_none() && comes_from(headers, host.origin()) == Site::Own {
            return Ok(None);
        }
        let Some(_room) = shared.forms.room() else { return Ok(None) };
        let body = match bridge::read_body(session, most).await {
            Ok(body) => body,
            Err(Reason::BodyTooLarge) => {
                shared.forms.too_large();
                return Err(Reason::FormTooLarge);
            }
            Err(reason) => return Err(reason),
        };
        let sent = SentForm { from, host: host.name().to_owned(), path, content_type, body };
        Ok(shared.forms.keep(sent).await.map(|value| Extra {
            location: Some(PAGE.to_owned()),
            set_cookie: Some(host.cookies().set_kept(value.reveal())),
        }))
    }

    /// Puts the kept form in the place of what the browser sends, which was led
    /// here for that. Where there is none, the request goes no further: what it
    /// carries is no form of the app's. Says whether it was answered.
    ///
    /// # Errors
    ///
    /// Where the client is gone.
    pub(super) async fn resume_form(
        session: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<bool> {
        // Without one of its own there is no body whose place it could take.
        let bodiless = session.is_body_empty();
        let form = match &context.stage {
            Stage::Admitted(going) if !bodiless => {
                Self::kept_form(session, context, &going.admitted).await
            }
            _ => None,
        };
        match (form, &mut context.stage) {
            (Some(form), Stage::Admitted(going)) => {
                going.resumed = Some(Resumed { form, sent: false });
                Ok(false)
            }
            _ => {
                let set_cookie = Some(context.host.cookies().end_resume());
                let extra = Extra { set_cookie, ..Extra::default() };
                Self::refuse(session, Reason::FormGone, extra, context).await?;
                Ok(true)
            }
        }
    }

    async fn kept_form(
        session: &Session,
        context: &Context,
        admitted: &Admitted,
    ) -> Option<KeptForm> {
        let request = session.req_header();
        let host = &context.host;
        let lines = request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        let value = match cookie::find(lines, host.cookies().resume_name()) {
            Found::One(value) => Token::parse(value)?,
            Found::None | Found::Several => return None,
        };
        let account = admitted.who()?.account;
        let path = String::from_utf8_lossy(request.raw_path()).into_owned();
        context.shared.forms.take(value, (host.name(), &path), account).await
    }
}

/// Whether a browser was led here to have a kept form sent.
pub(super) fn is_led(session: &Session, host: &PublicHost) -> bool {
    let request = session.req_header();
    let lines = || request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    request.method == Method::POST
        && cookie::find(lines(), host.cookies().resume_name()) != Found::None
}

const URLENCODED: &str = "application/x-www-form-urlencoded";

/// The kind of form, where it is one that pages send.
fn form_type(headers: &HeaderMap) -> Option<String> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else { return None };
    let kind = kind.to_str().ok()?;
    let plain = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = plain == URLENCODED || plain == "multipart/form-data";
    (known && kind.len() <= 256).then(|| kind.to_owned())
}

/// Where a form was sent from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site {
    Own,
    Other,
}

fn comes_from(headers: &HeaderMap, own: &str) -> Site {
    let all_are = |name: &str, wanted: &str| headers.get_all(name).iter().all(|is| is == wanted);
    let one = headers.get_all(header::ORIGIN).iter().count() == 1;
    match one && all_are("origin", own) && all_are("sec-fetch-site", "same-origin") {
        true => Site::Own,
        false => Site::Other,
    }
}
