//! `/.vestibule/pair`: a phone is joined to the account.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use super::form::Sent;
use super::frame::Frame;
use super::problem::{self, Problem};
use super::refused;
use super::set_up::picture;
use super::visit::{Visit, path_of};
use crate::domain::{Place, Words};
use crate::flow::{At, Pairing};

#[derive(Template)]
#[template(path = "pair.html", config = "pages/askama.toml")]
struct Pair<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    /// Whether the visitor is on a phone: the link comes first.
    phone: bool,
    /// The code, as long as it waits for a phone; else nothing.
    code: &'a str,
    link: &'a str,
    qr: &'a str,
    /// What is opened where the code is typed.
    address: &'a str,
    /// The phone that was joined.
    joined: Option<&'a str>,
    error: Option<&'a str>,
}

/// The form: for a new code, or to go on.
#[derive(Debug, Deserialize)]
pub struct Form {
    new: Option<String>,
}

const HERE: At = At::SetUp(Place::Pair);

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    draw(&visit, None).await
}

async fn draw(visit: &Visit, problem: Option<&Problem>) -> Response {
    let (ticket, stand) = match visit.standing_at(HERE).await {
        Ok(standing) => standing,
        Err(elsewhere) => return elsewhere,
    };
    let pairing = match visit.pages.sign_in.pairing(&ticket).await {
        Ok(pairing) => pairing,
        Err(error) => return visit.failed(&error),
    };
    let (code, link, joined) = match &pairing {
        Pairing::NoCode => ("", "", None),
        Pairing::Waits { code, link } => (code.as_str(), link.as_str(), None),
        Pairing::Joined { name } => ("", "", Some(name.as_str())),
    };
    let qr = match link {
        "" => String::new(),
        link => match picture(link) {
            Ok(qr) => qr,
            Err(_) => return refused::fault(visit),
        },
    };
    let screen = Pair {
        t: visit.words_at(&stand),
        frame: &visit.frame_at(path_of(HERE), &ticket, &stand),
        phone: visit.on_phone(),
        code,
        link,
        qr: &qr,
        address: &format!("{}/.vestibule/phone", visit.pages.public_url),
        joined,
        error: problem.map(|problem| problem.key),
    };
    problem::draw(visit, &screen, problem)
}

/// Shows a new code, or goes on with the phone that was joined.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let sign_in = &visit.pages.sign_in;
    let led = match form.new {
        Some(_) => sign_in.renew_code(&ticket).await,
        None => match sign_in.leave_pair(&ticket, &visit.visiting()).await {
            Ok(HERE) => match sign_in.pairing(&ticket).await {
                Ok(Pairing::Waits { .. }) => {
                    return draw(&visit, Some(&Problem::typed("pair-not-yet"))).await;
                }
                Ok(_) => Ok(HERE),
                Err(error) => Err(error),
            },
            other => other,
        },
    };
    match led {
        Ok(at) => visit.go_on(at, None),
        Err(error) => visit.failed(&error),
    }
}
