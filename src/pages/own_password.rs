//! `/.vestibule/account/password`: another password for one's own account.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

use super::form::Sent;
use super::frame::Frame;
use super::new_password::{Form, Problem, RuleLine, judged_live, problem, rule_lines, unlooked};
use super::problem::{by_wait, later, soon};
use super::visit::{Visit, go_to};
use super::{account, confirm, sign_in};
use crate::domain::Words;
use crate::flow::{NewPassword, NewPasswordWrong, OwnPassword, SignInError};

#[derive(Template)]
#[template(path = "own_password.html", config = "pages/askama.toml")]
struct Screen<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    current: &'a str,
    new: &'a str,
    error: Option<&'a str>,
    at: &'a str,
    rules: &'a [RuleLine],
}

const PATH: &str = "/.vestibule/account/password";
const CHANGED: &str = "/.vestibule/account?done=password";

/// Shows the page; who was not asked for a while is asked first, so that nothing
/// is typed in vain.
pub async fn show(visit: Visit) -> Response {
    let Some(asker) = visit.asker() else {
        return go_to(sign_in::PATH, &[]);
    };
    match visit.pages.sign_in.is_fresh(&asker).await {
        Ok(true) => draw(&visit, Problem::default()).await,
        Ok(false) => go_to(confirm::TO_ACCOUNT, &[]),
        Err(error) => failed(&visit, &error),
    }
}

async fn draw(visit: &Visit, problem: Problem) -> Response {
    let (Some(asker), Some(visitor)) = (visit.asker(), &visit.caller.visitor) else {
        return go_to(sign_in::PATH, &[]);
    };
    let verdict = match visit.pages.sign_in.judge_own(&asker, &problem.judged).await {
        Ok((verdict, _)) => verdict.with_used(false),
        Err(error) => return failed(visit, &error),
    };
    let (ticket, cookie) = match visit.ticket_or_new() {
        Ok(ticket) => ticket,
        Err(error) => return visit.failed(&error),
    };
    let t = visit.words();
    let screen = Screen {
        t,
        frame: &Frame { csrf: ticket.form_token(), ..visit.frame(PATH) },
        name: &visitor.name,
        current: &problem.current,
        new: &problem.new,
        error: Some(problem.key.as_str()).filter(|key| !key.is_empty()),
        at: problem.at,
        rules: &rule_lines(t, &verdict, !problem.judged.is_empty()),
    };
    visit.draw(problem.status, &screen, &[cookie])
}

fn failed(visit: &Visit, error: &SignInError) -> Response {
    match error {
        SignInError::NoTicket => go_to(sign_in::PATH, &[]),
        SignInError::Outrun => go_to(account::PATH, &[]),
        error => visit.failed(error),
    }
}

/// Takes the new password.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, form, .. } = sent;
    let Some(asker) = visit.asker() else {
        return go_to(sign_in::PATH, &[]);
    };
    let secret = |text: &Option<String>| SecretString::from(text.clone().unwrap_or_default());
    let typed = NewPassword {
        current: secret(&form.current),
        new: secret(&form.new),
        again: secret(&form.again),
    };
    let (current, new) = (typed.current.clone(), typed.new.clone());
    match visit.pages.sign_in.change_password(&asker, typed).await {
        Ok(OwnPassword::Changed(opened)) => {
            let mut response = visit.admit(*opened).await;
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(CHANGED));
            response
        }
        Ok(OwnPassword::ConfirmFirst) => go_to(confirm::TO_ACCOUNT, &[]),
        Ok(OwnPassword::Wrong(wrong)) => {
            let mut told = problem(wrong, &current, &new);
            match wrong {
                NewPasswordWrong::CurrentMissing => told.key = "own-password-missing".to_owned(),
                NewPasswordWrong::CurrentWrong => told.key = "own-password-wrong".to_owned(),
                _ => {}
            }
            draw(&visit, told).await
        }
        Err(SignInError::Paused { wait }) => {
            let key = by_wait(wait, "new-password-throttled-soon", "new-password-throttled");
            let problem = unlooked(key, StatusCode::TOO_MANY_REQUESTS);
            later(draw(&visit, problem).await, wait)
        }
        Err(SignInError::Busy) => {
            let problem = unlooked("new-password-busy", StatusCode::SERVICE_UNAVAILABLE);
            soon(draw(&visit, problem).await)
        }
        Err(error) => failed(&visit, &error),
    }
}

/// What the rules say of a password that is being typed, for the page's script.
pub async fn check(sent: Sent<Form>) -> Response {
    let Sent { visit, form, .. } = sent;
    let Some(asker) = visit.asker() else {
        return StatusCode::CONFLICT.into_response();
    };
    let judged = visit.pages.sign_in.judge_own(&asker, form.new.as_deref().unwrap_or("")).await;
    judged_live(&visit, &form, judged)
}
