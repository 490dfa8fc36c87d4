//! How visitors' connections come in, and what their browsers are told about it.

use std::sync::Arc;

use http::HeaderValue;

use super::certificates::CertificateWatch;
use crate::config::Config;
use crate::gateway::listener::{Entrance, ListenSettings, Reception, Slots};
use crate::gateway::tls::Certificates;
use crate::observe::Metrics;

/// How connections of each listener come in, in the order of the configuration.
pub fn receptions(
    config: &Config,
    certificates: &CertificateWatch,
    slots: &Arc<Slots>,
    metrics: &Arc<Metrics>,
) -> Vec<Reception> {
    let proxies = Arc::new(config.trusted_proxies.clone());
    let listeners = config.listen.iter().zip(certificates.by_listener());
    let reception = |(listen, certificates): (&ListenSettings, &Option<Arc<Certificates>>)| {
        let entrance = Entrance {
            marks: listen.marks,
            certificates: certificates.clone(),
            proxies: proxies.clone(),
            bytes_per_second_min: config.connections.bytes_per_second_min,
        };
        Reception { entrance: Arc::new(entrance), slots: slots.clone(), metrics: metrics.clone() }
    };
    listeners.map(reception).collect()
}

/// What browsers are told, where there is something to tell.
pub fn hsts(config: &Config) -> Option<HeaderValue> {
    let seconds = config.connections.hsts_seconds;
    let said = config.public_url.https && seconds > 0;
    said.then(|| HeaderValue::try_from(format!("max-age={seconds}")).ok()).flatten()
}
