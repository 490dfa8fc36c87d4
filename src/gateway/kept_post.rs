//! Forms that a page sent without a session, or where a fresh proof is wanted: kept
//! where the session has expired or its proof is too old, and put in the place of
//! what our page's button sends later.

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use pingora::proxy::Session;
use pingora::{Error, ErrorType};

use super::form_room::Sender;
use super::refuse::{self, Extra, Reason};
use super::route::Rule;
use super::session::Admitted;
use super::shared::{Forms, KeptForm, OtherSite, SentForm};
use super::{Context, Gateway, Shared, Stage, bridge};
use crate::crypto::Token;
use crate::domain::cookie::{self, Found};
use crate::domain::{AccountId, PublicHost};

/// Where a browser goes whose form is kept.
const PAGE: &str = "/.vestibule/kept";
/// Longest address of a form that is kept.
const PATH_BYTES_MAX: usize = 2048;
/// Largest form of another site that is kept.
const BOUNCED_BYTES_MAX: usize = 64 * 1024;
/// Forms of pages here that a browser has its half of at once. Of one account the
/// flow keeps fewer, so that the oldest is one that was sent.
const EACH_MAX: usize = 8;

/// A form on its way to the app in the place of what the browser sent.
#[derive(Debug)]
pub(super) struct Resumed {
    form: KeptForm,
    sent: bool,
    value: Token,
    host: String,
    path: String,
    account: AccountId,
    /// Whether it is still kept.
    state: State,
}

/// What became of a form that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Kept,
    Taken,
    /// Somebody else took it.
    Gone,
}

impl Resumed {
    /// Takes the form, now that there is a connection to the app.
    ///
    /// SECURITY: a kept form reaches the app once at most.
    /// - Against: an order that is sent twice by two presses at once, or again after
    ///   an answer that was lost.
    /// - Therefore: it is removed before its first byte goes out, and not before the
    ///   app can be reached: one that is away costs nobody their form.
    /// - Price: where the app takes it and fails, the page can only say that nobody
    ///   knows.
    /// - Held by: `a_form_whose_app_is_away_stays_and_is_sent_once`.
    ///
    /// # Errors
    ///
    /// Where it was taken meanwhile.
    pub async fn take(&mut self, forms: &dyn Forms) -> pingora::Result<()> {
        if self.state == State::Kept {
            let place = (self.host.as_str(), self.path.as_str());
            let taken = forms.take(self.value.clone(), place, self.account).await;
            self.state = if taken.is_some() { State::Taken } else { State::Gone };
        }
        match self.state {
            State::Taken => Ok(()),
            State::Kept | State::Gone => {
                Error::e_explain(ErrorType::InternalError, "a kept form was taken meanwhile")
            }
        }
    }

    /// How a failure on the way is told, and where the form can be sent again.
    pub fn failed(&self, reason: Reason) -> (Reason, Extra) {
        match self.state {
            State::Kept => {
                (reason, Extra { location: Some(page(&self.value, reason)), ..Extra::default() })
            }
            State::Taken => (Reason::FormUnsure, Extra::default()),
            State::Gone => (Reason::FormGone, Extra::default()),
        }
    }

    /// Has the request say what will be sent. Called for every attempt.
    pub fn describe(&mut self, headers: &mut HeaderMap) -> pingora::Result<()> {
        self.sent = false;
        if let Some(site) = &self.form.other_site {
            say_site(site, headers);
        }
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

/// Says of a form what was true when it was first sent.
///
/// SECURITY: a form of another site comes to the app as one of another site.
/// - Against: a page elsewhere whose form, after the press on our page, looks as
///   if the app's own page had sent it, and passes the app's check for that.
/// - Therefore: `Origin` is what the browser said first, or nothing;
///   `Sec-Fetch-Site` is `cross-site`; `Referer`, which names our page, goes.
/// - Price: none.
/// - Held by: `a_form_of_another_site_bounces_once_where_its_rule_says_so`.
fn say_site(site: &OtherSite, headers: &mut HeaderMap) {
    headers.remove(header::REFERER);
    headers.remove(header::ORIGIN);
    if let Some(Ok(origin)) = site.origin.as_ref().map(HeaderValue::try_from) {
        headers.insert(header::ORIGIN, origin);
    }
    headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
}

impl Gateway {
    /// Keeps a form that goes no further for this reason, where that can be: of a
    /// browser whose session has expired, or whose proof is too old; or of another
    /// site, where the rule says so and the browser withheld its cookie for that.
    ///
    /// SECURITY: only what a page of this very host sent is kept for a person.
    /// - Against: a page elsewhere that has a form sent in the name of who signs in
    ///   next, and strangers who have us keep things.
    /// - Therefore: `Origin` must be there and be this host's, and the cookie that
    ///   of a session which was not ended but has expired, or which proves too
    ///   little; the form is that account's alone.
    /// - Price: a browser that says no `Origin` has to fill the form in again.
    /// - Held by: `only_a_form_of_the_same_origin_with_an_expired_session_is_kept`.
    ///
    /// # Errors
    ///
    /// Why it goes no further; `None` where it is refused as it would be anyway.
    pub(super) async fn keep_form(
        session: &mut Session,
        context: &Context,
        (rule, reason): (&Rule, Reason),
    ) -> Result<Option<Extra>, Reason> {
        let shared = &context.shared;
        let host = &context.host;
        let request = session.req_header();
        let headers = &request.headers;
        let path = String::from_utf8_lossy(request.raw_path()).into_owned();
        let Some(content_type) = sent::form_type(headers) else { return Ok(None) };
        let page_load = refuse::is_page_load(headers) && !refuse::is_framed(headers);
        if request.method != Method::POST || !page_load || path.len() > PATH_BYTES_MAX {
            return Ok(None);
        }
        let most = shared.forms.bytes_max();
        let (from, most, sender) = match sent::comes_from(headers, host.origin()) {
            sent::Site::Own => (owner(shared, headers, host, reason).await?, most, Sender::Own),
            sent::Site::Other if rule.bounce && content_type.starts_with(sent::URLENCODED) => {
                let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
                let none = cookie::find(lines, host.cookies().session_name()) == Found::None;
                if !none {
                    return Ok(None);
                }
                (None, most.min(BOUNCED_BYTES_MAX), Sender::Bounced)
            }
            sent::Site::Other => return Ok(None),
        };
        if most == 0 || from.is_none() && sender == Sender::Own {
            return Ok(None);
        }
        let origin = match sender {
            Sender::Own => None,
            Sender::Bounced => sent::said_origin(headers)?,
        };
        let mut kept = kept_values(headers, host);
        let client = Self::whence(session, shared).address;
        let Some(_place) = shared.forms.room().enter(sender, client) else { return Ok(None) };
        let body = match bridge::read_body(session, most).await {
            Ok(body) => body,
            Err(Reason::BodyTooLarge) => {
                shared.forms.too_large();
                return Err(Reason::FormTooLarge);
            }
            Err(reason) => return Err(reason),
        };
        let own = host.name().to_owned();
        let sent = SentForm { from, host: own, path, content_type, body, origin, client };
        Ok(shared.forms.keep(sent).await.map(|value| {
            let location = Some(page(&value, reason));
            let cookie = match sender {
                Sender::Bounced => host.cookies().set_bounced(value.reveal()),
                Sender::Own => {
                    kept.push(value);
                    let first = kept.len().saturating_sub(EACH_MAX);
                    let latest = kept.get(first..).unwrap_or_default();
                    host.cookies().set_kept(Token::reveal_list(latest))
                }
            };
            Extra { location, set_cookies: vec![cookie] }
        }))
    }

    /// The cookies of a refusal, where the browser was led here to have a kept form
    /// sent: the word for that has served, and its next form is an ordinary one.
    /// What is still kept it finds again.
    pub(super) fn unlead(session: &Session, context: &Context, reason: Reason) -> Vec<String> {
        let host = &context.host;
        if !is_led(session, host) {
            return Vec::new();
        }
        let state = match &context.stage {
            Stage::Admitted(going) => going.resumed.as_ref().map(|resumed| resumed.state),
            _ => None,
        };
        match (reason, state) {
            (Reason::FormGone | Reason::FormUnsure, _) | (_, Some(State::Taken | State::Gone)) => {
                over(session, host)
            }
            _ => vec![host.cookies().end_resume()],
        }
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
        let found = match &context.stage {
            Stage::Admitted(going) if !bodiless => {
                Self::kept_form(session, context, &going.admitted).await
            }
            _ => None,
        };
        match (found, &mut context.stage) {
            (Some(resumed), Stage::Admitted(going)) => {
                going.resumed = Some(resumed);
                Ok(false)
            }
            _ => {
                Self::refuse(session, Reason::FormGone, Extra::default(), context).await?;
                Ok(true)
            }
        }
    }

    async fn kept_form(
        session: &Session,
        context: &Context,
        admitted: &Admitted,
    ) -> Option<Resumed> {
        let host = context.host.name().to_owned();
        let value = led_value(session, &context.host)?;
        let account = admitted.who()?.account;
        let path = String::from_utf8_lossy(session.req_header().raw_path()).into_owned();
        let form = context.shared.forms.look(value.clone(), (&host, &path), account).await?;
        Some(Resumed { form, sent: false, value, host, path, account, state: State::Kept })
    }
}

/// Whose form it is that a page of this host sent: of who has a session that proves
/// too little for it, or had one that has expired.
async fn owner(
    shared: &Shared,
    headers: &HeaderMap,
    host: &PublicHost,
    reason: Reason,
) -> Result<Option<AccountId>, Reason> {
    match reason {
        Reason::NotFresh { .. } => {
            Ok(shared.sessions.visitor(headers, host).await?.map(|visitor| visitor.account))
        }
        _ => shared.sessions.expired(headers, host).await,
    }
}

/// The forms of pages of this host of which a browser has the half, the newest last.
fn kept_values(headers: &HeaderMap, host: &PublicHost) -> Vec<Token> {
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    match cookie::find(lines, host.cookies().kept_name()) {
        Found::One(text) => Token::parse_list(text),
        Found::None | Found::Several => Vec::new(),
    }
}

/// Our page for one form, and what it says beside.
fn page(value: &Token, reason: Reason) -> String {
    let page = format!("{PAGE}?form={}", value.kept_mark());
    match reason {
        Reason::Away | Reason::AwayTooSlow => page + "&away=1",
        Reason::NotFresh { within } => format!("{page}&fresh={}", within.as_secs()),
        _ => page,
    }
}

/// Leads a browser back to our page that was led to an app without a session, or
/// with one that proves too little: what it sends is our button's form and not to be
/// kept.
pub(super) fn back(session: &Session, host: &PublicHost, reason: Reason) -> Option<Extra> {
    let location = match lead(session, host) {
        Lead::No => return None,
        Lead::Here(value) => page(&value, reason),
        Lead::Unclear => PAGE.to_owned(),
    };
    Some(Extra { location: Some(location), ..Extra::default() })
}

/// The cookies of an answer after which the form that was on its way is not kept any
/// more. The browser's half of one that a page here sent stays among the others until
/// its time is over: a list that is written now could lack one that came since.
pub(super) fn over(session: &Session, host: &PublicHost) -> Vec<String> {
    let cookies = host.cookies();
    let lines = session.req_header().headers.get_all(header::COOKIE).iter();
    let bounced = match cookie::find(lines.map(HeaderValue::as_bytes), cookies.bounced_name()) {
        Found::One(value) => Token::parse(value),
        Found::None | Found::Several => None,
    };
    let led = led_value(session, host);
    let same = bounced.zip(led).is_some_and(|(bounced, led)| bounced.kept_key() == led.kept_key());
    let ended = same.then(|| cookies.end_bounced());
    [cookies.end_resume()].into_iter().chain(ended).collect()
}

/// What the browser that is led has of the kept form.
fn led_value(session: &Session, host: &PublicHost) -> Option<Token> {
    match lead(session, host) {
        Lead::Here(value) => Some(value),
        Lead::No | Lead::Unclear => None,
    }
}

/// Whether a browser was led here to have a kept form sent.
///
/// SECURITY: a form on its way stands in no other request's way.
/// - Against: a request of another tab or of a script that is taken for our button's
///   while a form is on its way, and refused.
/// - Therefore: the cookie names the path by a mark, and only a page load of that
///   path is the button's, unless it says which page of the app sent it; what cannot
///   be read of the cookie is taken for it as well.
/// - Price: of two forms sent in two tabs within the same moment, what one button
///   sends may reach the app.
/// - Held by: `while_a_form_is_on_its_way_other_forms_are_ordinary`.
pub(super) fn is_led(session: &Session, host: &PublicHost) -> bool {
    !matches!(lead(session, host), Lead::No)
}

/// Where a request was led.
enum Lead {
    /// It is one of its own.
    No,
    /// Here, to have this form sent.
    Here(Token),
    /// Somewhere, perhaps here.
    Unclear,
}

fn lead(session: &Session, host: &PublicHost) -> Lead {
    let request = session.req_header();
    let headers = &request.headers;
    if request.method != Method::POST
        || !refuse::is_page_load(headers)
        || refuse::is_framed(headers)
        || sent::names_a_page_of_the_app(headers, host.origin())
    {
        return Lead::No;
    }
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    match cookie::find(lines, host.cookies().resume_name()) {
        Found::None => Lead::No,
        Found::Several => Lead::Unclear,
        Found::One(text) => match Token::parse_resume(text, request.raw_path()) {
            Some((value, true)) => Lead::Here(value),
            Some((_, false)) => Lead::No,
            None => Lead::Unclear,
        },
    }
}

mod sent;
