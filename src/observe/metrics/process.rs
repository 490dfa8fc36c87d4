//! What is counted for the whole process, from before anything is set up.

use std::sync::LazyLock;

use prometheus::{Error, IntCounter, IntGauge, Registry};

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

static STORE_RESERVE: LazyLock<Result<IntGauge, Error>> = LazyLock::new(|| {
    IntGauge::new(
        "vestibule_store_reserve_bytes",
        "Room kept aside in the data folder, so that a start succeeds on a full disk",
    )
});

fn declared(counter: &Declared) -> Result<IntCounter, Error> {
    counter.as_ref().cloned().map_err(|error| Error::Msg(error.to_string()))
}

/// Tells how many bytes are kept aside in the data folder.
pub fn keep_aside(bytes: u64) {
    if let Ok(reserve) = &*STORE_RESERVE {
        reserve.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
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
    registry.register(Box::new(panics()?))?;
    let reserve = STORE_RESERVE.as_ref().map_err(|error| Error::Msg(error.to_string()))?;
    registry.register(Box::new(reserve.clone()))
}
