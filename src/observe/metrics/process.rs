//! What is counted for the whole process, from before anything is set up.

use std::sync::LazyLock;

use prometheus::{Error, IntCounter, Registry};

type Declared = LazyLock<Result<IntCounter, Error>>;

static LOG_LINES_DROPPED: Declared = LazyLock::new(|| {
    IntCounter::new(
        "vestibule_log_lines_dropped_total",
        "Log lines lost because nobody took them in time",
    )
});

static PANICS: Declared = LazyLock::new(|| {
    IntCounter::new("vestibule_panics_total", "Faults of the program that ended what it was doing")
});

fn declared(counter: &Declared) -> Result<IntCounter, Error> {
    counter.as_ref().cloned().map_err(|error| Error::Msg(error.to_string()))
}

/// Counts lost lines of the log.
pub(crate) fn log_lines_dropped() -> Result<IntCounter, Error> {
    declared(&LOG_LINES_DROPPED)
}

/// Counts panics.
pub(crate) fn panics() -> Result<IntCounter, Error> {
    declared(&PANICS)
}

pub(super) fn register(registry: &Registry) -> Result<(), Error> {
    registry.register(Box::new(log_lines_dropped()?))?;
    registry.register(Box::new(panics()?))
}
