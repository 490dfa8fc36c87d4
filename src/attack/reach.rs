//! Asks each real upstream what it answers to a plain GET that did not come
//! through the gateway.

use std::time::Duration;

use super::subject::{Subject, is_open, takes_get, target};
use crate::app::StartError;
use crate::config::Config;
use crate::gateway::upstream::endpoints::Endpoints;
use crate::gateway::upstream::health;
use crate::gateway::upstream::resolve::{SystemResolver, look_up};
use crate::observe::Metrics;

/// Longest wait for one answer, the connection included.
const PATIENCE: Duration = Duration::from_secs(3);
/// Addresses that are asked at most.
const ADDRESSES_MAX: usize = 64;

/// What an upstream does with a request that brings no assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// It answers as if all were well.
    Answers,
    /// It refuses: 401 or 403.
    Refuses,
    /// It answers something from which nothing follows.
    Unclear,
    /// It cannot be reached from this machine.
    NotReached,
    /// Every rule of the app lets everyone in, so nothing is lost.
    OpenAnyway,
    /// No rule closes a page that may be asked for with GET, so it was not asked.
    NotAsked,
}

/// One upstream.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Reach {
    /// The app.
    pub app: String,
    /// The address.
    pub upstream: String,
    /// What was asked for.
    pub path: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// What follows from it.
    pub reached: Reached,
}

/// Sends one GET to each address of each app and nothing else.
///
/// # Errors
///
/// Where nothing can be asked at all.
pub fn ask(config: &Config) -> Result<Vec<Reach>, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&error))?;
    let mut found = Vec::new();
    for app in &config.apps {
        let Some(host) = app.hosts.first() else { continue };
        let subject = Subject::new(app, host);
        let mut closed = subject.app.rules.iter().filter(|rule| !is_open(rule)).peekable();
        let all_open = closed.peek().is_none();
        // Nothing but GET is ever sent, and where GET is not meant it may do harm.
        let closed = closed.find(|rule| takes_get(rule));
        if closed.is_none() && !all_open {
            found.push(Reach {
                app: app.name.clone(),
                upstream: "each address".to_owned(),
                path: "nothing".to_owned(),
                status: None,
                reached: Reached::NotAsked,
            });
            continue;
        }
        let path = target(closed.map_or("/", |rule| rule.path.as_str()));
        let endpoints = Endpoints::new(&app.name, app.upstream.clone(), &metrics);
        let unknown = runtime.block_on(look_up(&endpoints, &SystemResolver));
        let list = endpoints.list();
        if unknown > 0 {
            let names = format!("{unknown} name(s) without an address");
            found.push(reach(&app.name, names, &path, None, all_open));
        }
        for endpoint in list.iter().take(ADDRESSES_MAX.saturating_sub(found.len())) {
            let asked = health::get(endpoint, &app.upstream, &path, &subject.host);
            let asked = async { tokio::time::timeout(PATIENCE, asked).await };
            let status = runtime.block_on(asked).ok().flatten();
            let place = endpoint.place().to_string();
            found.push(reach(&app.name, place, &path, status, all_open));
        }
    }
    Ok(found)
}

fn reach(app: &str, upstream: String, path: &str, status: Option<u16>, open: bool) -> Reach {
    let reached = match status {
        None => Reached::NotReached,
        Some(401 | 403) => Reached::Refuses,
        Some(200..=399) if open => Reached::OpenAnyway,
        Some(200..=399) => Reached::Answers,
        Some(_) => Reached::Unclear,
    };
    Reach { app: app.to_owned(), upstream, path: path.to_owned(), status, reached }
}
