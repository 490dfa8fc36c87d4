//! `/.vestibule/new-password`: a password of one's own.

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::form::Sent;
use super::frame::Frame;
use super::problem::{by_wait, later, soon};
use super::visit::{Visit, path_of};
use crate::domain::{Rule, Strength, Verdict, Words};
use crate::flow::{Answer, At, NewPassword, NewPasswordWrong, SignInError};

#[derive(Template)]
#[template(path = "new_password.html", config = "pages/askama.toml")]
struct Screen<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    by_mail: bool,
    current: &'a str,
    new: &'a str,
    error: Option<&'a str>,
    at: &'a str,
    rules: &'a [RuleLine],
}

/// One rule as it is shown.
pub struct RuleLine {
    /// Which.
    pub key: &'static str,
    /// What it says.
    pub text: String,
    /// Whether what was typed keeps it; nothing before it was typed.
    pub ok: Option<bool>,
}

/// The rules as they are shown, with what they say of what was typed.
pub fn rule_lines(t: &Words, verdict: &Verdict, judged: bool) -> Vec<RuleLine> {
    let line = |(rule, ok): &(Rule, bool)| RuleLine {
        key: rule.key(),
        text: rule_text(t, *rule),
        ok: (judged && !matches!(rule, Rule::NotUsedBefore { .. })).then_some(*ok),
    };
    verdict.rules().iter().map(line).collect()
}

/// The form. Passwords are never printed.
#[derive(Deserialize)]
pub struct Form {
    /// The password until now.
    pub current: Option<String>,
    /// The new one.
    pub new: Option<String>,
    /// And again.
    pub again: Option<String>,
}

/// What is said of a form that was not taken, and what of it stays.
///
/// SECURITY: what was typed right comes back in the page.
/// - Against: a person who has to type three passwords again for one mistake,
///   and takes a simpler one for it.
/// - Therefore: the answer to a form of our own, over the same connection,
///   holds in its fields what was right; it is never stored, and marked
///   `no-store`.
/// - Price: the page's source shows what the person just typed.
/// - Held by: `what_was_typed_right_stays_and_only_that`.
#[derive(Default)]
pub struct Problem {
    /// Which sentence, or nothing.
    pub key: String,
    /// Which field it is about.
    pub at: &'static str,
    /// What was typed right as the password until now.
    pub current: String,
    /// What was typed right as the new one.
    pub new: String,
    /// The new password as it was typed, for the list to say what it keeps.
    pub judged: String,
    /// The answer's status.
    pub status: StatusCode,
}

fn rule_text(t: &Words, rule: Rule) -> String {
    match rule {
        Rule::Length { min, .. } => t.say1("rule-length", "number", &min.to_string()),
        Rule::Kinds { min } => t.say1("rule-kinds", "number", &min.to_string()),
        Rule::NotName => t.say("rule-not-name"),
        Rule::NotWords => t.say("rule-not-words"),
        Rule::NotKnown => t.say("rule-not-known"),
        Rule::NotUsedBefore { history } => {
            t.say1("rule-not-used-before", "number", &history.to_string())
        }
        Rule::Printable => t.say("rule-printable"),
    }
}

/// Shows the page, or leads to what is due instead.
pub async fn show(visit: Visit) -> Response {
    draw(&visit, Problem::default()).await
}

async fn draw(visit: &Visit, problem: Problem) -> Response {
    let (ticket, stand) = match visit.standing_at(At::NewPassword).await {
        Ok(standing) => standing,
        Err(elsewhere) => return elsewhere,
    };
    let verdict = match visit.pages.sign_in.judge_new(&ticket, &problem.judged).await {
        // So that the rule of earlier passwords is in the list; nothing is said of it.
        Ok((verdict, _)) => verdict.with_used(false),
        Err(error) => return visit.failed(&error),
    };
    let t = visit.words_at(&stand);
    let rules = rule_lines(t, &verdict, !problem.judged.is_empty());
    let screen = Screen {
        t,
        frame: &visit.frame_at(path_of(At::NewPassword), &ticket, &stand),
        name: &stand.name,
        by_mail: stand.by_mail,
        current: &problem.current,
        new: &problem.new,
        error: Some(problem.key.as_str()).filter(|key| !key.is_empty()),
        at: problem.at,
        rules: &rules,
    };
    visit.draw(problem.status, &screen, &[])
}

/// Takes the new password.
pub async fn submit(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let secret = |text: &Option<String>| SecretString::from(text.clone().unwrap_or_default());
    let typed = NewPassword {
        current: secret(&form.current),
        new: secret(&form.new),
        again: secret(&form.again),
    };
    let (current, new) = (typed.current.clone(), typed.new.clone());
    match visit.pages.sign_in.new_password(&ticket, typed, &visit.visiting()).await {
        Ok(Answer::Open(opened)) => visit.admit(*opened).await,
        Ok(Answer::GoOn(at, ticket)) => visit.go_on(at, ticket.as_ref()),
        Ok(Answer::Wrong(wrong)) => draw(&visit, problem(wrong, &current, &new)).await,
        Err(SignInError::Paused { wait }) => {
            let key = by_wait(wait, "new-password-throttled-soon", "new-password-throttled");
            let problem = unlooked(key, StatusCode::TOO_MANY_REQUESTS);
            later(draw(&visit, problem).await, wait)
        }
        Err(SignInError::Busy) => {
            let problem = unlooked("new-password-busy", StatusCode::SERVICE_UNAVAILABLE);
            soon(draw(&visit, problem).await)
        }
        Err(error) => visit.failed(&error),
    }
}

/// About a form that was not looked at.
pub fn unlooked(key: &str, status: StatusCode) -> Problem {
    Problem { key: key.to_owned(), status, ..Problem::default() }
}

/// About a form that was looked at.
pub fn problem(wrong: NewPasswordWrong, current: &SecretString, new: &SecretString) -> Problem {
    let kept = |secret: &SecretString| secret.expose_secret().to_owned();
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let judged = new.expose_secret();
    let about = |key: &str, at| Problem { at, judged: judged.to_owned(), ..unlooked(key, status) };
    match wrong {
        NewPasswordWrong::CurrentMissing => {
            Problem { new: kept(new), ..about("new-password-current-missing", "current") }
        }
        NewPasswordWrong::CurrentWrong => {
            Problem { new: kept(new), ..about("new-password-current-wrong", "current") }
        }
        NewPasswordWrong::Missing => {
            Problem { current: kept(current), ..about("new-password-missing", "new") }
        }
        NewPasswordWrong::TooLong => {
            Problem { current: kept(current), ..about("new-password-too-long", "new") }
        }
        NewPasswordWrong::AgainDifferent => Problem {
            current: kept(current),
            new: kept(new),
            ..about("new-password-again-different", "again")
        },
        NewPasswordWrong::Broken(rule) => {
            Problem { current: kept(current), ..about(&broken(rule), "new") }
        }
    }
}

/// The sentence that says which rule was broken and what to do.
fn broken(rule: Rule) -> String {
    format!("rule-{}-broken", rule.key())
}

/// What the rules say of a password that is being typed, for the page's script.
pub async fn check(sent: Sent<Form>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let judged = visit.pages.sign_in.judge_new(&ticket, form.new.as_deref().unwrap_or("")).await;
    judged_live(&visit, &form, judged)
}

/// The same as the script reads it.
pub fn judged_live(
    visit: &Visit,
    form: &Form,
    judged: Result<(Verdict, Strength), SignInError>,
) -> Response {
    match judged {
        Ok((verdict, strength)) => {
            // Whether it was used before is found out when it is sent.
            let known = verdict.rules().iter();
            let known = known.filter(|(rule, _)| !matches!(rule, Rule::NotUsedBefore { .. }));
            let t = visit.words();
            let line = |rule: Rule, ok: bool| json!({ "key": rule.key(), "text": rule_text(t, rule), "ok": ok });
            let rules: Vec<_> = known.map(|(rule, ok)| line(*rule, *ok)).collect();
            let again = form.again.as_deref() == Some(form.new.as_deref().unwrap_or(""));
            let strength = strength.level();
            Json(json!({ "rules": rules, "strength": strength, "again": again })).into_response()
        }
        Err(SignInError::NoTicket) => StatusCode::CONFLICT.into_response(),
        Err(error) => visit.failed(&error),
    }
}
