//! `/.vestibule/account`: what somebody has, and everything that can be changed
//! of it. Each form has an address of its own below this one, and ends here.

use std::time::Duration;

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use serde::Deserialize;

use super::form::{Pressed, Sent};
use super::frame::Frame;
use super::language::LanguageLink;
use super::visit::{Visit, go_to};
use super::{confirm, language, sign_in};
use crate::domain::{Factor, Language, Moment, Visitor, Words, calendar};
use crate::flow::{
    Asker, At, Opened, OwnAccount, OwnFactor, OwnSession, Refused, SignInError, Taken, Ticket,
};

#[derive(Template)]
#[template(path = "account.html", config = "pages/askama.toml")]
struct Account<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    portal: Option<&'a str>,
    done: &'a str,
    problem: &'a str,
    about: &'a str,
    factors: &'a [FactorLine],
    may_remove: bool,
    several: bool,
    offers: &'a [&'static str],
    spare_codes: Option<usize>,
    sessions: &'a [SessionLine],
    languages: Vec<LanguageLink>,
    own_language: &'a str,
}

/// A factor as it is shown.
struct FactorLine {
    kind: &'static str,
    id: String,
    name: String,
    added: String,
    used: String,
    first: bool,
    stopped: bool,
}

/// A session as it is shown.
struct SessionLine {
    id: String,
    device: Option<String>,
    address: String,
    used: String,
    is_this: bool,
}

/// The page's address.
pub const PATH: &str = "/.vestibule/account";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Visit {
    /// Who asks for something of their own account, if anybody has a session.
    pub fn asker(&self) -> Option<Asker<'_>> {
        let Visitor { account, session, .. } = self.caller.visitor.as_ref()?;
        let (around, browser) = (self.around(), self.browser());
        Some(Asker { account: *account, session: *session, around, browser })
    }
}

/// `?done=`: what was changed just now, one of a closed set.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    done: Option<String>,
}

/// What is said of something that was not done.
#[derive(Default)]
struct Problem {
    word: &'static str,
    /// The factor it is about, if it is about one.
    about: String,
}

/// Shows the page.
pub async fn show(visit: Visit, after: Result<Query<After>, QueryRejection>) -> Response {
    let done = after.ok().and_then(|Query(after)| after.done).unwrap_or_default();
    draw(&visit, &done, &Problem::default()).await
}

/// Leads from the address of a form to the page it is on.
pub async fn back() -> Response {
    go_to(PATH, &[])
}

async fn draw(visit: &Visit, done: &str, problem: &Problem) -> Response {
    let Some(asker) = visit.asker() else {
        return go_to(sign_in::PATH, &[]);
    };
    let account = match visit.pages.sign_in.own_account(&asker).await {
        Ok(account) => account,
        Err(error) => return failed(visit, &error),
    };
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let own = account.language;
    let language = visit.language_or(own);
    let t = Words::of(language);
    let OwnAccount { factors, sessions, offers, .. } = &account;
    let strong = factors.iter().filter(|factor| !factor.stopped).count();
    let screen = Account {
        t,
        frame: &Frame { csrf: ticket.form_token(), ..visit.frame(PATH) },
        name: &account.name,
        portal: visit.pages.portal.as_deref(),
        done,
        problem: problem.word,
        about: &problem.about,
        factors: &factors.iter().map(|factor| factor_line(factor, language)).collect::<Vec<_>>(),
        may_remove: account.may_do_without || strong > 1,
        several: factors.len() > 1,
        offers: &offers.iter().map(|offer| offer.word()).collect::<Vec<_>>(),
        spare_codes: account.spare_codes,
        sessions: &sessions.iter().map(|one| session_line(one, t, language)).collect::<Vec<_>>(),
        languages: language::links(),
        own_language: own.unwrap_or(language).code(),
    };
    let status = match problem.word {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    visit.draw(status, &screen, &[cookie])
}

fn day(at: Moment, language: Language) -> String {
    calendar::day(at, language).unwrap_or_default()
}

fn factor_line(factor: &OwnFactor, language: Language) -> FactorLine {
    FactorLine {
        kind: factor.kind.word(),
        id: factor.id.clone(),
        name: factor.name.clone(),
        added: day(factor.added, language),
        used: day(factor.last, language),
        first: factor.first,
        stopped: factor.stopped,
    }
}

fn session_line(session: &OwnSession, t: &Words, language: Language) -> SessionLine {
    let number = |span: Duration| (session.ago.as_secs() / span.as_secs()).to_string();
    let used = match session.ago {
        ago if ago < 5 * MINUTE => t.say("account-used-now"),
        ago if ago < HOUR => t.say1("account-used-minutes", "number", &number(MINUTE)),
        ago if ago < DAY => t.say1("account-used-hours", "number", &number(HOUR)),
        _ => t.say1("account-used-day", "day", &day(session.last, language)),
    };
    SessionLine {
        id: session.id.clone(),
        device: session.device.shown(),
        address: session.address.map(|address| address.to_string()).unwrap_or_default(),
        used,
        is_this: session.is_this,
    }
}

/// What is said of something that could not be done at all.
fn failed(visit: &Visit, error: &SignInError) -> Response {
    match error {
        SignInError::NoTicket => go_to(sign_in::PATH, &[]),
        // Another window was faster; what is now is shown.
        SignInError::Outrun => go_to(PATH, &[]),
        error => visit.failed(error),
    }
}

/// Says what came of a form.
async fn answer(
    visit: &Visit,
    taken: Result<Taken, SignInError>,
    done: &str,
    about: String,
) -> Response {
    match taken {
        Ok(Taken::Done) => go_to(&format!("{PATH}?done={done}"), &[]),
        Ok(Taken::ConfirmFirst) => go_to(confirm::TO_ACCOUNT, &[]),
        Ok(Taken::Refused(why)) => {
            let word = match why {
                Refused::LastFactor => "last",
                Refused::TooMany => "many",
                Refused::Name => "name",
                Refused::Gone => "gone",
            };
            draw(visit, "", &Problem { word, about }).await
        }
        Err(error) => failed(visit, &error),
    }
}

/// The same where this browser's session goes on under a new value.
async fn answer_anew(
    visit: &Visit,
    taken: Result<(Taken, Option<Box<Opened>>), SignInError>,
    done: &str,
    about: String,
) -> Response {
    match taken {
        Ok((_, Some(opened))) => {
            let mut response = visit.admit(*opened).await;
            if let Ok(to) = HeaderValue::try_from(format!("{PATH}?done={done}")) {
                response.headers_mut().insert(header::LOCATION, to);
            }
            response
        }
        Ok((taken, None)) => answer(visit, Ok(taken), done, about).await,
        Err(error) => answer(visit, Err(error), done, about).await,
    }
}

/// Which factor.
#[derive(Debug, Deserialize)]
pub struct Which {
    kind: Option<String>,
    id: Option<String>,
    name: Option<String>,
}

impl Which {
    /// What was named; something that is nobody's where it is no kind at all.
    fn read(&self) -> (Factor, &str) {
        let kind = self.kind.as_deref().and_then(Factor::from_word);
        (kind.unwrap_or(Factor::Recovery), self.id.as_deref().unwrap_or(""))
    }
}

/// Gives a factor another name.
pub async fn rename(sent: Sent<Which>) -> Response {
    let Sent { visit, form, .. } = sent;
    let Some(asker) = visit.asker() else { return back().await };
    let typed = form.name.as_deref().unwrap_or("");
    let taken = visit.pages.sign_in.rename_factor(&asker, form.read(), typed).await;
    answer(&visit, taken, "renamed", form.read().1.to_owned()).await
}

/// Removes a factor.
pub async fn remove(sent: Sent<Which>) -> Response {
    let Sent { visit, form, .. } = sent;
    let Some(asker) = visit.asker() else { return back().await };
    let taken = visit.pages.sign_in.remove_factor(&asker, form.read()).await;
    answer_anew(&visit, taken, "removed", form.read().1.to_owned()).await
}

/// Asks a kind of factor first from now on.
pub async fn ask_first(sent: Sent<Which>) -> Response {
    let Sent { visit, form, .. } = sent;
    let Some(asker) = visit.asker() else { return back().await };
    let taken = visit.pages.sign_in.ask_first(&asker, form.read().0).await;
    answer(&visit, taken, "first", String::new()).await
}

/// Which way.
#[derive(Debug, Deserialize)]
pub struct Way {
    way: Option<String>,
}

/// Begins to add a factor.
pub async fn add(sent: Sent<Way>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let Some(asker) = visit.asker() else { return back().await };
    let way = form.way.as_deref().and_then(Factor::from_word);
    let begun = visit.pages.sign_in.begin_add(&ticket, &asker, way).await;
    go_on(&visit, begun).await
}

/// Makes new spare codes.
pub async fn spare_codes(sent: Sent<Pressed>) -> Response {
    let Sent { visit, ticket, .. } = sent;
    let Some(asker) = visit.asker() else { return back().await };
    let begun = visit.pages.sign_in.begin_spare_codes(&ticket, &asker).await;
    go_on(&visit, begun).await
}

async fn go_on(visit: &Visit, begun: Result<Result<(At, Ticket), Taken>, SignInError>) -> Response {
    match begun {
        Ok(Ok((at, ticket))) => visit.go_on(at, Some(&ticket)),
        Ok(Err(taken)) => answer(visit, Ok(taken), "", String::new()).await,
        Err(error) => failed(visit, &error),
    }
}

/// Which session.
#[derive(Debug, Deserialize)]
pub struct Session {
    session: Option<String>,
}

/// Ends one session.
pub async fn end(sent: Sent<Session>) -> Response {
    let Sent { visit, form, .. } = sent;
    let Some(asker) = visit.asker() else { return back().await };
    let id = form.session.unwrap_or_default();
    let taken = visit.pages.sign_in.end_session(&asker, &id).await;
    answer(&visit, taken, "ended", String::new()).await
}

/// Ends all other sessions.
pub async fn end_others(sent: Sent<Pressed>) -> Response {
    let visit = sent.visit;
    let Some(asker) = visit.asker() else { return back().await };
    let taken = visit.pages.sign_in.end_other_sessions(&asker).await;
    answer_anew(&visit, taken, "others", String::new()).await
}

/// Which language.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    language: Option<String>,
}

/// Keeps the person's own language; this browser speaks it at once.
pub async fn set_language(sent: Sent<Chosen>) -> Response {
    let Sent { visit, form, .. } = sent;
    let Some(asker) = visit.asker() else { return back().await };
    let Some(language) = form.language.as_deref().and_then(Language::parse) else {
        return back().await;
    };
    match visit.pages.sign_in.set_own_language(&asker, language).await {
        Ok(Taken::Done) => {
            let cookie = visit.caller.cookies.set_language(language);
            go_to(&format!("{PATH}?done=language"), &[Some(cookie)])
        }
        taken => answer(&visit, taken, "", String::new()).await,
    }
}
