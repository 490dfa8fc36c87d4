//! The log on standard error, as text or as JSON lines.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::prelude::*;

use crate::domain::{Clock, Moment};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// A moment as RFC 3339 in UTC, with milliseconds.
pub fn rfc3339(moment: Moment) -> String {
    let nanos = i128::from(moment.unix_millis()) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{}ms", moment.unix_millis()))
}

struct Stamp(std::sync::Arc<dyn Clock>);

impl FormatTime for Stamp {
    fn format_time(&self, w: &mut tracing_subscriber::fmt::format::Writer<'_>) -> std::fmt::Result {
        w.write_str(&rfc3339(self.0.now()))
    }
}

/// Sends the program's own lines and the proxy library's to standard error.
/// A second call in one process changes nothing, so tests may call it freely.
pub fn start(format: LogFormat, clock: std::sync::Arc<dyn Clock>) {
    let layer = tracing_subscriber::fmt::layer().with_timer(Stamp(clock));
    let layer = match format {
        LogFormat::Text => layer.with_writer(std::io::stderr).with_ansi(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_writer(std::io::stderr).boxed(),
    };
    let levels = tracing_subscriber::filter::Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("vestibule", LevelFilter::INFO)
        // The proxy library reports every client that leaves early as an error.
        .with_target("pingora_proxy", LevelFilter::OFF)
        .with_target("pingora_core", LevelFilter::OFF);
    let _ = tracing_log::LogTracer::init();
    let _ = tracing_subscriber::registry().with(layer.with_filter(levels)).try_init();
}
