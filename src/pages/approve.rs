//! `/.vestibule/approve`: the number that is typed on the phone, at each sign-in
//! and once in the set-up; and `/.vestibule/approved`, after that once.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::form::{Pressed, Sent};
use super::frame::{Frame, OtherWay};
use super::problem::{self, Problem};
use super::visit::{Visit, path_of};
use crate::domain::{Factor, Place, Words};
use crate::flow::{Answer, Asked, At, NotAsked, Standing, Ticket, What};

#[derive(Template)]
#[template(path = "approve.html", config = "pages/askama.toml")]
struct Approve<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    /// The number, as long as the phones are asked; else nothing.
    number: &'a str,
    /// The same, digit by digit.
    spoken: &'a str,
    /// Whether the phone is being set up.
    setting_up: bool,
    /// Whether the button asks the phone, rather than going on with its yes.
    asks: bool,
    button: &'a str,
    error: Option<&'a str>,
    confirms: bool,
    /// Whether the visitor is on a phone.
    phone: bool,
    /// What is opened on a phone that does not ring.
    address: &'a str,
    other_ways: &'a [OtherWay],
}

#[derive(Template)]
#[template(path = "approve_stopped.html", config = "pages/askama.toml")]
struct Stopped<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "approved.html", config = "pages/askama.toml")]
struct Approved<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
}

/// The form: to ask, or to go on with the yes.
#[derive(Debug, Deserialize)]
pub struct Form {
    ask: Option<String>,
}

const ASKS: At = At::Factor(Factor::Approval);
const SETS_UP: At = At::SetUp(Place::Approve);
const PATH: &str = path_of(ASKS);

/// Whichever of the two is due, or the way to what is due instead.
async fn standing(visit: &Visit) -> Result<(Ticket, Standing), Response> {
    match visit.standing_at(ASKS).await {
        Ok(standing) => Ok(standing),
        Err(_) => visit.standing_at(SETS_UP).await,
    }
}

/// Asks the phones of somebody who just began to be asked for them. Should it not work out, the next page has a button for it.
pub async fn ask_first(visit: &Visit, at: At, ticket: Option<&Ticket>) {
    let (ASKS, Some(ticket)) = (at, ticket) else { return };
    let asked = visit.pages.sign_in.ask(ticket, &visit.visiting()).await;
    if let Err(error) = asked {
        tracing::warn!(%error, request = visit.caller.request_id, "phones were not asked");
    }
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<&Problem>) -> Response {
    let (ticket, stand) = match standing(visit).await {
        Ok(standing) => standing,
        Err(elsewhere) => return stopped(visit, elsewhere).await,
    };
    let asked = match visit.pages.sign_in.asked(&ticket).await {
        Ok(asked) => asked,
        Err(error) => return visit.failed(&error),
    };
    let (button, said) = match asked {
        Asked::Waits { .. } => ("approve-submit", None),
        Asked::Approved => ("approve-go-on", None),
        Asked::Nothing | Asked::Stopped => ("approve-ask", None),
        Asked::Wrong => ("approve-again", Some("approve-wrong")),
        Asked::Expired => ("approve-again", Some("approve-expired")),
        Asked::Replaced => ("approve-again", Some("approve-replaced")),
    };
    let number = match &asked {
        Asked::Waits { number, .. } => number.as_str(),
        _ => "",
    };
    let spoken: Vec<_> = number.chars().map(String::from).collect();
    let screen = Approve {
        t: visit.words_at(&stand),
        frame: &visit.frame_at(PATH, &ticket, &stand),
        name: &stand.name,
        number,
        spoken: &spoken.join(" "),
        setting_up: stand.at == SETS_UP,
        asks: !matches!(asked, Asked::Waits { .. } | Asked::Approved),
        button,
        error: problem.map(|problem| problem.key).or(said),
        confirms: stand.what == Some(What::Confirm),
        phone: visit.on_phone(),
        address: &format!("{}/.vestibule/phone", visit.pages.public_url),
        other_ways: &OtherWay::beside(Factor::Approval, &stand),
    };
    problem::draw(visit, &screen, problem)
}

/// Says that the phone's owner stopped the sign-in; where that was not it, leads
/// to what is due.
async fn stopped(visit: &Visit, elsewhere: Response) -> Response {
    let Some(ticket) = &visit.ticket else { return elsewhere };
    match visit.pages.sign_in.asked(ticket).await {
        Ok(Asked::Stopped) => {
            let screen = Stopped { t: visit.words(), frame: &visit.frame(PATH) };
            visit.draw(StatusCode::FORBIDDEN, &screen, &[])
        }
        _ => elsewhere,
    }
}

/// Asks the phones, or goes on with their yes.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let wait = async |key, wait| draw(&visit, Some(&Problem::paused(key, wait))).await;
    let outcome = match form.ask {
        Some(_) => {
            let asked = visit.pages.sign_in.ask(&ticket, &visit.visiting()).await;
            match asked {
                Ok(Answer::GoOn(at, ticket)) => Ok(Answer::GoOn(at, ticket)),
                Ok(Answer::Open(opened)) => Ok(Answer::Open(opened)),
                Ok(Answer::Wrong(NotAsked::Held { wait: time })) => {
                    return wait("approve-held", time).await;
                }
                Ok(Answer::Wrong(NotAsked::Slowed { wait: time })) => {
                    return wait("approve-slowed", time).await;
                }
                Err(error) => Err(error),
            }
        }
        None => {
            let before = visit.caller.visitor.as_ref().map(|visitor| visitor.session);
            visit.pages.sign_in.approval(&ticket, before, visit.around()).await
        }
    };
    let told = |asked| match asked {
        Asked::Waits { .. } => Some("approve-not-yet"),
        Asked::Wrong => Some("approve-wrong"),
        Asked::Expired => Some("approve-expired"),
        Asked::Replaced => Some("approve-replaced"),
        // The page says by itself how it stands.
        Asked::Nothing | Asked::Approved | Asked::Stopped => None,
    };
    let outcome = match outcome {
        Ok(Answer::Wrong(asked)) => match told(asked) {
            Some(key) => Ok(Answer::Wrong(key)),
            None => return draw(&visit, None).await,
        },
        Ok(Answer::Open(opened)) => Ok(Answer::Open(opened)),
        Ok(Answer::GoOn(at, ticket)) => Ok(Answer::GoOn(at, ticket)),
        Err(error) => Err(error),
    };
    match problem::answered(&visit, outcome, Problem::typed).await {
        Ok(response) => response,
        Err(problem) => draw(&visit, Some(&problem)).await,
    }
}

/// Says that the phone said yes for the first time.
pub async fn show_approved(visit: Visit) -> Response {
    match visit.standing_at(At::Approved).await {
        Ok((ticket, stand)) => {
            let frame = visit.frame_at(path_of(At::Approved), &ticket, &stand);
            let screen = Approved { t: visit.words_at(&stand), frame: &frame };
            visit.draw(StatusCode::OK, &screen, &[])
        }
        Err(elsewhere) => elsewhere,
    }
}

/// Goes on from there.
pub async fn leave_approved(sent: Sent<Pressed>) -> Response {
    let Sent { visit, ticket, .. } = sent;
    match visit.pages.sign_in.leave_approved(&ticket).await {
        Ok(at) => visit.go_on(at, None),
        Err(error) => visit.failed(&error),
    }
}
