//! What became of a request: told to its visitor where it failed, then counted
//! and logged.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;
use pingora::Error;
use pingora::proxy::Session;

use super::refuse::{Extra, Reason};
use super::route::App;
use super::{Context, Gateway, Stage, is_interim, upstream};
use crate::domain::Clock;

/// Under which name both are logged; operators filter by it.
const LOG: &str = "vestibule::gateway";

impl Gateway {
    /// Tells the visitor of a request that failed on its way to an app, or on
    /// the way back. Says with which status; 0 where the visitor is gone.
    pub(super) async fn fail(session: &mut Session, error: &Error, context: &mut Context) -> u16 {
        let going = match &context.stage {
            Stage::Admitted(going) => Some(going),
            _ => None,
        };
        let timed_out = going.is_some_and(|going| going.fate.has_timed_out());
        let over = going.is_some_and(|going| going.fate.cut.is_made());
        let restarts = going.is_some_and(|going| going.fate.restarts.load(Ordering::Relaxed));
        let slow = going.is_some_and(|going| going.fate.giving.is_too_slow());
        let reason = match over {
            // The app took longer than we had.
            true if restarts => Some(Reason::AwayTooSlow),
            true => Some(Reason::NoSession),
            false if slow => Some(Reason::TooSlow),
            false => upstream::failure(error, timed_out),
        };
        // A client that leaves is its own affair, and could fill the log; a
        // session that ends is no fault.
        if let Some(reason) = reason.filter(|_| !over) {
            let dial = going.and_then(|going| going.dial.as_ref());
            tracing::warn!(
                target: LOG,
                request = context.id,
                app = going.map(|going| going.app.settings.name.as_str()),
                upstream = dial.map(|dial| tracing::field::display(dial.endpoint().place())),
                reason = reason.word(),
                error = error.etype().as_str(),
                // Such as what is wrong with the app's certificate.
                cause = dial.and(error.cause.as_ref()).map(tracing::field::display),
                "a request failed"
            );
        }
        let resumed = going.and_then(|going| going.resumed.as_ref());
        let told = reason.map(|reason| match resumed {
            Some(resumed) => resumed.failed(reason),
            None => (reason, Extra::default()),
        });
        let reason = told.as_ref().map(|(reason, _)| *reason);
        if let Some((reason, extra)) = told {
            session.set_keepalive(None);
            if session.response_written().is_none_or(|answer| is_interim(answer.status)) {
                // If the client is gone there is nobody to tell.
                let _ = Self::refuse(session, reason, extra, context).await;
            }
        }
        reason.map_or(0, Reason::status)
    }

    /// Counts an answered request, and logs it where that is wanted.
    pub(super) fn record(session: &Session, context: &Context) {
        let status = session.response_written().map_or(0, |answer| answer.status.as_u16());
        let shared = &context.shared;
        let (app, reason) = match &context.stage {
            Stage::Admitted(going) => (going.app.settings.name.as_str(), None),
            Stage::Own | Stage::Arrived => ("vestibule", None),
            Stage::Refused(reason, app) => {
                let app = app.as_ref().or(context.meant.as_ref());
                let name = app.map_or("vestibule", |app| &app.settings.name);
                (name, Some(reason.word()))
            }
        };
        match &context.stage {
            Stage::Admitted(going) => {
                going.fate.ending.counted();
                going.app.metrics.answered(status);
            }
            Stage::Refused(reason, app) => {
                shared.metrics.refused(reason.word());
                app.as_ref().map_or(&shared.own_metrics, |app| &app.metrics).answered(status);
            }
            Stage::Own | Stage::Arrived => shared.own_metrics.answered(status),
        }
        // Told now and then: it happens to each request for as long as it lasts.
        let crowded = matches!(context.stage, Stage::Refused(Reason::Crowded, _));
        let failed = reason.is_some() && status >= 400 && status != 401 && !crowded;
        if shared.log_requests || failed {
            let took = context.begun.map(|begun| shared.clock.elapsed().saturating_sub(begun));
            let method = &session.req_header().method;
            Line { request: &context.id, app, reason, status, method, took }.log();
        }
    }
}

/// What the log says of a request.
struct Line<'a> {
    request: &'a str,
    app: &'a str,
    reason: Option<&'static str>,
    status: u16,
    method: &'a Method,
    took: Option<Duration>,
}

impl Line<'_> {
    fn log(&self) {
        tracing::info!(
            target: LOG,
            request = self.request,
            app = self.app,
            reason = self.reason,
            status = self.status,
            method = self.method.as_str(),
            micros = self.took.and_then(|took| u64::try_from(took.as_micros()).ok()),
            "request"
        );
    }
}

/// What is to be told of a request that was answered, where it is ended before that could
/// be told.
pub struct Answered {
    /// Whose answer it is.
    pub app: Arc<App>,
    /// With which status.
    pub status: u16,
    /// Its number.
    pub request: String,
    /// How it was asked.
    pub method: Method,
    /// Where every request is logged.
    pub begun: Option<Duration>,
    /// How long it took, since then.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answered").field("request", &self.request).finish_non_exhaustive()
    }
}

impl Answered {
    /// Counts and logs it as every other, and says that it was ended.
    pub fn tell_cut(&self) {
        let Self { app, status, request, method, begun, clock } = self;
        app.metrics.answered(*status);
        let app = &*app.settings.name;
        tracing::info!(
            target: LOG,
            request,
            app,
            status,
            "an exchange was ended: the rest of its request did not come after the answer"
        );
        if let Some(begun) = begun {
            let took = Some(clock.elapsed().saturating_sub(*begun));
            Line { request, app, reason: None, status: *status, method, took }.log();
        }
    }
}
