//! What is counted about the addresses of apps.

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// The counters of one entry of an app's `upstreams`.
#[derive(Clone, Debug)]
pub struct UpstreamMetrics {
    /// Its addresses that take requests.
    pub healthy: IntGauge,
    /// Connections that are open to them.
    pub connections: IntGauge,
    /// How often one of them was left out for a time.
    pub ejections: IntCounter,
}

/// The counters of all of them.
#[derive(Clone, Debug)]
pub(super) struct Upstreams {
    healthy: IntGaugeVec,
    connections: IntGaugeVec,
    ejections: IntCounterVec,
    retries: IntCounterVec,
}

impl Upstreams {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauges = |name: &str, help: &str| {
            let made = IntGaugeVec::new(Opts::new(name, help), &["app", "upstream"])?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let made = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        Ok(Self {
            healthy: gauges(
                "vestibule_upstream_healthy",
                "Addresses of an app that take requests, by its entry of upstreams from 1",
            )?,
            connections: gauges(
                "vestibule_upstream_connections",
                "Connections that are open to an app, by its entry of upstreams from 1",
            )?,
            ejections: counters(
                "vestibule_upstream_ejections_total",
                "Times an address was left out after failures, by the entry of upstreams from 1",
                &["app", "upstream"],
            )?,
            retries: counters(
                "vestibule_upstream_retries_total",
                "Requests that were sent to an app a second time",
                &["app"],
            )?,
        })
    }

    pub(super) fn one(&self, app: &str, index: usize) -> UpstreamMetrics {
        // A number: addresses belong in no label, and entries are few.
        let number = (index + 1).to_string();
        let labels = [app, number.as_str()];
        UpstreamMetrics {
            healthy: self.healthy.with_label_values(&labels),
            connections: self.connections.with_label_values(&labels),
            ejections: self.ejections.with_label_values(&labels),
        }
    }

    pub(super) fn retries(&self, app: &str) -> IntCounter {
        self.retries.with_label_values(&[app])
    }
}
