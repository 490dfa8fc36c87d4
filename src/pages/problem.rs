//! What a page says of something that was not taken: which sentence, with which
//! status, and when to try again.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;

use super::visit::Visit;
use crate::flow::{Answer, CodeWrong, SignInError};

/// When a full queue is worth another try.
const SOON: Duration = Duration::from_secs(5);

/// What a page says of something that was not taken.
#[derive(Debug)]
pub struct Problem {
    /// Which sentence.
    pub key: &'static str,
    /// By how many minutes the phone's clock is off, or nothing.
    pub minutes: String,
    /// The answer's status.
    status: StatusCode,
    /// When to try again.
    wait: Option<Duration>,
}

impl Problem {
    const fn new(key: &'static str, status: StatusCode, wait: Option<Duration>) -> Self {
        Self { key, minutes: String::new(), status, wait }
    }

    /// About what was typed.
    pub const fn typed(key: &'static str) -> Self {
        Self::new(key, StatusCode::UNPROCESSABLE_ENTITY, None)
    }

    /// About a number that was looked at.
    pub fn wrong(wrong: CodeWrong) -> Self {
        let minutes = match wrong {
            CodeWrong::ClockAhead(minutes) | CodeWrong::ClockBehind(minutes) => minutes.to_string(),
            CodeWrong::Wrong | CodeWrong::Used | CodeWrong::Older => String::new(),
        };
        Self { minutes, ..Self::typed(wrong.word()) }
    }

    /// Nothing is looked at for so long.
    pub const fn paused(key: &'static str, wait: Duration) -> Self {
        Self::new(key, StatusCode::TOO_MANY_REQUESTS, Some(wait))
    }

    /// Too many wait to be looked at.
    pub const fn busy(key: &'static str) -> Self {
        Self::new(key, StatusCode::SERVICE_UNAVAILABLE, Some(SOON))
    }

    /// About a factor that was not looked at; `None` where the page has nothing
    /// to say of it.
    fn of_factor(error: &SignInError) -> Option<Self> {
        match error {
            SignInError::Locked => {
                Some(Self::new("code-locked", StatusCode::TOO_MANY_REQUESTS, None))
            }
            SignInError::Paused { wait } => {
                let key = by_wait(*wait, "code-throttled-soon", "code-throttled");
                Some(Self::paused(key, *wait))
            }
            SignInError::Busy => Some(Self::busy("code-busy")),
            _ => None,
        }
    }
}

/// The sentence for a pause that is over within a minute, or for a longer one.
pub fn by_wait(wait: Duration, soon: &'static str, longer: &'static str) -> &'static str {
    if wait <= Duration::from_secs(60) { soon } else { longer }
}

/// Draws a screen, with the status of what it says.
pub fn draw(visit: &Visit, screen: &impl Template, problem: Option<&Problem>) -> Response {
    let status = problem.map_or(StatusCode::OK, |problem| problem.status);
    let response = visit.draw(status, screen, &[]);
    match problem.and_then(|problem| problem.wait) {
        Some(wait) => later(response, wait),
        None => response,
    }
}

/// Says when to try again.
pub fn later(mut response: Response, wait: Duration) -> Response {
    let seconds = HeaderValue::from(wait.as_secs().max(1));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// The same for a full queue.
pub fn soon(response: Response) -> Response {
    later(response, SOON)
}

/// Answers the form of a factor, or tells what its page says again.
pub async fn answered<Wrong>(
    visit: &Visit,
    outcome: Result<Answer<Wrong>, SignInError>,
    told: impl FnOnce(Wrong) -> Problem,
) -> Result<Response, Problem> {
    match outcome {
        Ok(Answer::Open(opened)) => Ok(visit.admit(*opened).await),
        Ok(Answer::GoOn(at, ticket)) => Ok(visit.go_on(at, ticket.as_ref())),
        Ok(Answer::Wrong(wrong)) => Err(told(wrong)),
        Err(error) => match Problem::of_factor(&error) {
            Some(problem) => Err(problem),
            None => Ok(visit.failed(&error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_a_minute_at_most_is_not_told_to_wait_several() {
        for (seconds, word) in [(1, "soon"), (60, "soon"), (61, "longer"), (900, "longer")] {
            assert_eq!(by_wait(Duration::from_secs(seconds), "soon", "longer"), word, "{seconds}");
        }
    }
}
