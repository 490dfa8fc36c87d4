//! `/.vestibule/`: the page people keep among their bookmarks.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;
use super::visit::Visit;
use crate::domain::Words;
use crate::observe::FirstConnection;

#[derive(Template)]
#[template(path = "home.html", config = "pages/askama.toml")]
struct Home<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    name: &'a str,
    portal: Option<&'a str>,
    keep: &'a str,
    others: &'a [&'a str],
}

/// How a page is kept, in each kind of browser.
const KEEP: [&str; 4] =
    ["home-keep-computer", "home-keep-mac", "home-keep-iphone", "home-keep-android"];

/// `?mail`: the link of the mail about one's access.
#[derive(Debug, serde::Deserialize)]
pub struct From {
    mail: Option<String>,
}

/// Shows the page, signed in or not.
pub async fn show(visit: Visit, from: Result<Query<From>, QueryRejection>) -> Response {
    // Scanners of mails open links too: the count says "at least once".
    if from.is_ok_and(|Query(from)| from.mail.is_some()) {
        visit.pages.metrics.first_connection(FirstConnection::PageOpened);
    }
    let agent = visit.headers.get("user-agent").and_then(|value| value.to_str().ok());
    let keep = keep_in(agent.unwrap_or(""));
    let others: Vec<_> = KEEP.into_iter().filter(|other| *other != keep).collect();
    let home = Home {
        t: visit.words(),
        frame: &visit.frame("/.vestibule/"),
        name: visit.caller.visitor.as_ref().map_or("", |visitor| &visitor.name),
        portal: visit.pages.portal.as_deref(),
        keep,
        others: &others,
    };
    visit.draw(StatusCode::OK, &home, &[])
}

/// Which of the ways is the one of this browser.
fn keep_in(agent: &str) -> &'static str {
    let is = |word: &str| agent.contains(word);
    match () {
        () if is("iPhone") || is("iPad") => "home-keep-iphone",
        () if is("Android") => "home-keep-android",
        () if is("Macintosh") => "home-keep-mac",
        () => "home-keep-computer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_keep_the_page_is_the_one_of_the_browser_in_use() {
        assert_eq!(keep_in("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)"), "home-keep-iphone");
        assert_eq!(keep_in("Mozilla/5.0 (Linux; Android 15)"), "home-keep-android");
        assert_eq!(keep_in("Mozilla/5.0 (Macintosh; Intel Mac OS X)"), "home-keep-mac");
        assert_eq!(keep_in("Mozilla/5.0 (Windows NT 10.0)"), "home-keep-computer");
        assert_eq!(keep_in(""), "home-keep-computer");
    }
}
