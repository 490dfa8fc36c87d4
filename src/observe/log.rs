//! The log on standard error, as text or as JSON lines.

mod lines;

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use time::OffsetDateTime;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::prelude::*;

use super::{metrics, panics};
use crate::domain::{Clock, Moment};
use lines::Lines;

/// The process has one standard error, so one way to it.
static LINES: OnceLock<Lines> = OnceLock::new();

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// A moment as RFC 3339 in UTC, always with three digits of milliseconds, so
/// that lines sort as text.
pub fn rfc3339(moment: Moment) -> String {
    let seconds = i64::try_from(moment.unix_seconds()).unwrap_or(i64::MAX);
    let Ok(time) = OffsetDateTime::from_unix_timestamp(seconds) else {
        return format!("{}ms", moment.unix_millis());
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        moment.unix_millis() % 1000,
    )
}

struct Stamp(std::sync::Arc<dyn Clock>);

impl FormatTime for Stamp {
    fn format_time(&self, w: &mut tracing_subscriber::fmt::format::Writer<'_>) -> std::fmt::Result {
        w.write_str(&rfc3339(self.0.now()))
    }
}

/// Sends the program's own lines and the proxy library's to standard error, and
/// has panics told there. A second call in one process changes nothing.
///
/// # Errors
///
/// Where the thread that writes cannot be started.
pub fn start(format: LogFormat, clock: std::sync::Arc<dyn Clock>) -> io::Result<()> {
    if LINES.get().is_some() {
        return Ok(());
    }
    let dropped = metrics::log_lines_dropped().map_err(io::Error::other)?;
    let started = Lines::start(io::stderr(), dropped)?;
    let lines = LINES.get_or_init(|| started).clone();
    let layer = tracing_subscriber::fmt::layer().with_timer(Stamp(clock));
    let layer = match format {
        LogFormat::Text => layer.with_writer(lines).with_ansi(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_writer(lines).boxed(),
    };
    let levels = tracing_subscriber::filter::Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("vestibule", LevelFilter::INFO)
        // What is wrong with the store is told by those who ask it, in words for operators.
        .with_target("sled", LevelFilter::OFF)
        // The proxy library reports every client that leaves early as an error.
        .with_target("pingora_proxy", LevelFilter::OFF)
        .with_target("pingora_core", LevelFilter::OFF);
    let _ = tracing_log::LogTracer::init();
    let _ = tracing_subscriber::registry().with(layer.with_filter(levels)).try_init();
    panics::watch();
    Ok(())
}

/// Waits until what was logged is written, at most `wait`.
pub fn flush(wait: Duration) {
    if let Some(lines) = LINES.get() {
        lines.flush(wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_three_digits_of_milliseconds() {
        let written = |millis| rfc3339(Moment::from_unix_millis(millis));
        assert_eq!(written(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(written(1_795_000_000_040), "2026-11-18T11:06:40.040Z");
        // The end of time is not a reason to fail.
        assert!(written(u64::MAX).ends_with("ms"));
    }
}
