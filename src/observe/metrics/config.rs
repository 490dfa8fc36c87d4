//! Which configuration is at work, and which was read last.

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

/// What became of a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigReload {
    /// The new one is at work.
    Done,
    /// The old one stays.
    Refused,
}

impl ConfigReload {
    const ALL: [Self; 2] = [Self::Done, Self::Refused];

    const fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Checksums of configurations, and reloads.
#[derive(Clone, Debug)]
pub struct ConfigMetrics {
    checksums: IntGaugeVec,
    reloads: IntCounterVec,
}

/// Each version is one line; the one before it goes.
const RUNNING: &str = "running";
const LAST_READ: &str = "last_read";

impl ConfigMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let checksums = IntGaugeVec::new(
            Opts::new(
                "vestibule_config_info",
                "Always 1; the checksum of the configuration that is at work, and of the one read last",
            ),
            &["version", "checksum"],
        )?;
        let reloads = IntCounterVec::new(
            Opts::new("vestibule_config_reloads_total", "Reloads of the configuration, by outcome"),
            &["outcome"],
        )?;
        registry.register(Box::new(checksums.clone()))?;
        registry.register(Box::new(reloads.clone()))?;
        for outcome in ConfigReload::ALL {
            reloads.with_label_values(&[outcome.label()]).inc_by(0);
        }
        Ok(Self { checksums, reloads })
    }

    /// Notes which configuration was read, whatever becomes of it.
    pub fn read(&self, checksum: &str) {
        self.note(LAST_READ, checksum);
    }

    /// Notes which configuration is at work.
    pub fn running(&self, checksum: &str) {
        self.note(LAST_READ, checksum);
        self.note(RUNNING, checksum);
    }

    fn note(&self, version: &str, checksum: &str) {
        for family in prometheus::core::Collector::collect(&self.checksums) {
            for metric in family.get_metric() {
                let of = |name| metric.get_label().iter().find(|label| label.name() == name);
                if let (Some(of_version), Some(before)) = (of("version"), of("checksum"))
                    && of_version.value() == version
                {
                    // It is there: it was just listed.
                    let _ = self.checksums.remove_label_values(&[version, before.value()]);
                }
            }
        }
        self.checksums.with_label_values(&[version, checksum]).set(1);
    }

    /// Counts a reload.
    pub fn reloaded(&self, outcome: ConfigReload) {
        self.reloads.with_label_values(&[outcome.label()]).inc();
    }
}
