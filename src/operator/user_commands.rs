//! The `user` commands, said to the admin interface and told to a person or a
//! program.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::{BodyExt, Limited};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::admin::PAGE;
use super::command_line::{Details, UserCommand};
use super::import;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The way to the admin interface.
#[derive(Clone, Debug)]
pub enum Door {
    /// Of a gateway that is running.
    Socket(PathBuf),
    /// In this process; nothing is running.
    Here(Router),
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The admin interface refused.
    #[error("{0}")]
    Refused(String),
    /// It could not be reached or answered nonsense.
    #[error("the running gateway does not answer: {0}")]
    NoAnswer(String),
    /// The list has lines that cannot be taken.
    #[error("{0}")]
    List(String),
    /// Standard input or output failed.
    #[error("standard input or output failed: {0}")]
    Io(#[from] io::Error),
}

impl Door {
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Value, CommandError> {
        let no_answer = |error: &dyn std::fmt::Display| CommandError::NoAnswer(error.to_string());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "vestibule")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|error| no_answer(&error))?;
        let (status, bytes) = match self {
            Self::Here(router) => {
                let Ok(answer) = router.clone().oneshot(request).await;
                let status = answer.status();
                let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
                (status, body.map_err(|error| no_answer(&error))?.to_bytes())
            }
            Self::Socket(path) => {
                let stream =
                    tokio::net::UnixStream::connect(path).await.map_err(|e| no_answer(&e))?;
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(TokioIo::new(stream))
                        .await
                        .map_err(|error| no_answer(&error))?;
                tokio::spawn(connection);
                let answer =
                    sender.send_request(request).await.map_err(|error| no_answer(&error))?;
                let status = answer.status();
                let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
                (status, body.map_err(|error| no_answer(&error))?.to_bytes())
            }
        };
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(answer);
        }
        let told = answer.get("error").and_then(Value::as_str).unwrap_or("it was refused");
        Err(CommandError::Refused(told.to_owned()))
    }
}

fn path_of(name: &str, verb: &str) -> String {
    format!("/v1/accounts/{}{verb}", encoded(name))
}

fn encoded(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// How the person gets to know a password that was made.
fn told(answer: &Value) -> String {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    match (text("provisional_password"), text("mailed_to")) {
        (Some(made), _) => format!(
            "provisional password: {made}\n\
             It is shown once. Give it to the person in a safe way.\n"
        ),
        (None, Some(address)) => {
            format!("the provisional password will be mailed to {address} by the running gateway\n")
        }
        (None, None) => String::new(),
    }
}

fn typed_password(details: &Details) -> Result<Option<String>, CommandError> {
    if !details.password_stdin {
        return Ok(None);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    match password.is_empty() {
        true => Err(CommandError::Refused(
            "no password was given: write it on the first line of standard input".to_owned(),
        )),
        false => Ok(Some(password.to_owned())),
    }
}

/// Carries out a command and tells the result on standard output.
///
/// # Errors
///
/// Why it was not carried out, to be told on standard error.
pub async fn run(door: &Door, command: &UserCommand) -> Result<(), CommandError> {
    let json = command.target().json;
    let none = Value::Null;
    let (answer, text) = match command {
        UserCommand::Add { name, email, details, .. } => {
            let body = json!({
                "name": name,
                "email": email,
                "full_name": details.full_name,
                "language": details.lang,
                "groups": details.groups,
                "password": typed_password(details)?,
            });
            let answer = door.ask(Method::POST, "/v1/accounts", body).await?;
            let mut text = format!("added {name}\n");
            text.push_str(&told(&answer));
            (answer, text)
        }
        UserCommand::Import { file, dry_run, skip_existing, .. } => {
            let options = import::Options { dry_run: *dry_run, skip_existing: *skip_existing };
            import::run(door, file, options, json).await?
        }
        UserCommand::Provision { name, .. } => {
            let answer = door.ask(Method::POST, &path_of(name, "/provision"), none).await?;
            let text = format!("{name} has a new password; sessions are over\n{}", told(&answer));
            (answer, text)
        }
        UserCommand::Pass { name, minutes, .. } => {
            let body = json!({ "minutes": minutes });
            let answer = door.ask(Method::POST, &path_of(name, "/pass"), body).await?;
            let text = pass_lines(&answer);
            (answer, text)
        }
        UserCommand::List { .. } => {
            let answer = list(door).await?;
            let text = table(&answer);
            (answer, text)
        }
        UserCommand::Show { name, support: Some(code), .. } => {
            debug_assert!(name.is_none());
            let path = format!("/v1/support/{}", encoded(code));
            let answer = door.ask(Method::GET, &path, none).await?;
            let text = support_lines(&answer);
            (answer, text)
        }
        UserCommand::Show { name, support: None, .. } => {
            let path = path_of(name.as_deref().unwrap_or(""), "");
            let answer = door.ask(Method::GET, &path, none).await?;
            let text = lines(&answer);
            (answer, text)
        }
        UserCommand::Set { name, email, no_groups, details, .. } => {
            let groups = match (no_groups, details.groups.is_empty()) {
                (true, _) => Some(Vec::new()),
                (false, true) => None,
                (false, false) => Some(details.groups.clone()),
            };
            let body = json!({
                "email": email,
                "full_name": details.full_name,
                "language": details.lang,
                "groups": groups,
                "password": typed_password(details)?,
            });
            let answer = door.ask(Method::PATCH, &path_of(name, ""), body).await?;
            let text = lines(&answer);
            (answer, text)
        }
        UserCommand::Unlock { name, .. } => {
            let answer = door.ask(Method::POST, &path_of(name, "/unlock"), none).await?;
            (answer, format!("unlocked {name}; its failures are forgotten\n"))
        }
        UserCommand::Enable { name, .. } => {
            let answer = door.ask(Method::POST, &path_of(name, "/enable"), none).await?;
            (answer, format!("enabled {name}\n"))
        }
        UserCommand::SignOut { name, .. } => {
            let answer = door.ask(Method::POST, &path_of(name, "/sign-out"), none).await?;
            (answer, format!("signed {name} out; its sessions are over\n"))
        }
        UserCommand::Disable { name, .. } => {
            let answer = door.ask(Method::POST, &path_of(name, "/disable"), none).await?;
            (answer, format!("disabled {name}; its sessions are over\n"))
        }
        UserCommand::Delete { name, .. } => {
            let answer = door.ask(Method::DELETE, &path_of(name, ""), none).await?;
            (answer, format!("deleted {name}; its sessions are over\n"))
        }
    };
    let mut out = io::stdout().lock();
    match json {
        true => writeln!(out, "{answer}")?,
        false => out.write_all(text.as_bytes())?,
    }
    Ok(out.flush()?)
}

/// All accounts, page by page, by name.
async fn list(door: &Door) -> Result<Value, CommandError> {
    let mut all: Vec<Value> = Vec::new();
    let mut path = "/v1/accounts".to_owned();
    loop {
        let page = door.ask(Method::GET, &path, Value::Null).await?;
        let Value::Array(page) = page else {
            return Err(CommandError::NoAnswer("it did not answer with a list".to_owned()));
        };
        let full = page.len() >= PAGE;
        let last = page.last().and_then(|account| account.get("id")).and_then(Value::as_str);
        let next = last.map(|id| format!("/v1/accounts?after={id}"));
        all.extend(page);
        match next {
            Some(next) if full => path = next,
            _ => break,
        }
    }
    all.sort_by_key(|account| field(account, "name"));
    Ok(Value::Array(all))
}

/// Letters that do something to a terminal instead of standing there.
fn moves_text(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2066}'..='\u{2069}')
}

fn field(account: &Value, name: &str) -> String {
    match account.get(name) {
        None | Some(Value::Null) => "-".to_owned(),
        // What strangers typed must not move the cursor of a terminal.
        Some(Value::String(text)) => text.replace(moves_text, "\u{fffd}"),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

const SHOWN: [(&str, &str); 15] = [
    ("name", "name"),
    ("e-mail", "email"),
    ("full name", "full_name"),
    ("language", "language"),
    ("groups", "groups"),
    ("state", "state"),
    ("password", "password"),
    ("valid until", "password_until"),
    ("factors", "second_factors"),
    ("locked until", "locked_until"),
    ("paused until", "paused_until"),
    ("pass until", "pass_until"),
    ("created", "created"),
    ("id", "id"),
    ("sub", "sub"),
];

fn lines(account: &Value) -> String {
    let ends_by_hand = |name: &str| {
        let state = name.strip_suffix("_until").and_then(|state| account.get(state));
        state == Some(&Value::Bool(true)) && account.get(name).is_some_and(Value::is_null)
    };
    // What an answer does not speak of is not told as if it were not so.
    let told = SHOWN.iter().filter(|(_, name)| account.get(name).is_some());
    let mut text = String::new();
    for (title, name) in told {
        let what = match ends_by_hand(name) {
            true => "user unlock".to_owned(),
            false => field(account, name),
        };
        text.push_str(&format!("{title:<12} {what}\n"));
    }
    if let Some(mail) = account.get("mail").filter(|mail| !mail.is_null()) {
        text.push_str(&format!("{:<12} {}\n", "mail", mail_line(mail)));
    }
    text
}

/// What became of the last mail.
fn mail_line(mail: &Value) -> String {
    let (state, since) = (field(mail, "state"), field(mail, "since"));
    let mut line = format!("{state} since {since}");
    match mail.get("attempts").and_then(Value::as_u64) {
        None | Some(0) => {}
        Some(1) => line.push_str(", 1 failed try"),
        Some(count) => line.push_str(&format!(", {count} failed tries")),
    }
    if let Some(answer) = mail.get("answer").and_then(Value::as_str) {
        line.push_str(&format!("; last: {answer}"));
    }
    line
}

/// A pass, and what to do with it.
fn pass_lines(given: &Value) -> String {
    let (name, pass, until) = (field(given, "name"), field(given, "pass"), field(given, "until"));
    let mut text = format!(
        "pass for {name}: {pass}\n\
         It works once, until {until}, after the password, to set up a new phone or app.\n\
         It is shown once. Make sure who is calling before you read it out.\n"
    );
    if given.get("locked").and_then(Value::as_bool) == Some(true) {
        text.push_str(&format!(
            "Too many wrong numbers locked the account: the pass works after `user unlock {name}`.\n"
        ));
    }
    text
}

/// Where somebody who telephones is stuck.
fn support_lines(found: &Value) -> String {
    const SHOWN: [(&str, &str); 6] = [
        ("step", "step"),
        ("typed name", "name"),
        ("last failure", "last_failure"),
        ("at", "last_failure_at"),
        ("clock ahead", "phone_clock_ahead_seconds"),
        ("minutes left", "minutes_left"),
    ];
    let mut text =
        SHOWN.map(|(title, key)| format!("{title:<12} {}\n", field(found, key))).concat();
    match found.get("account").filter(|account| !account.is_null()) {
        Some(account) => text.push_str(&format!("\n{}", lines(account))),
        None => text.push_str("\nnobody has this name\n"),
    }
    text.push_str("\nA help code does not prove who is calling.\n");
    text
}

fn table(accounts: &Value) -> String {
    const COLUMNS: [(&str, &str); 5] = [
        ("NAME", "name"),
        ("E-MAIL", "email"),
        ("STATE", "state"),
        ("PASSWORD", "password"),
        ("GROUPS", "groups"),
    ];
    let none = Vec::new();
    let accounts = accounts.as_array().unwrap_or(&none);
    if accounts.is_empty() {
        return "there are no accounts yet\n".to_owned();
    }
    let widths = COLUMNS.map(|(title, name)| {
        let longest = accounts.iter().map(|account| field(account, name).chars().count()).max();
        longest.unwrap_or(0).max(title.len())
    });
    let row = |cells: [String; 5]| {
        let padded: Vec<_> =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut text = row(COLUMNS.map(|(title, _)| title.to_owned()));
    for account in accounts {
        text.push_str(&row(COLUMNS.map(|(_, name)| field(account, name))));
    }
    text
}
