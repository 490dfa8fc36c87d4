//! The certificates of all listeners: opened, checked, and looked at again.

use std::sync::Arc;
use std::time::Duration;

use super::clock;
use crate::config::{Config, Fault};
use crate::domain::Clock;
use crate::flow::Ground;
use crate::gateway::listener::ListenSettings;
use crate::gateway::tls::{Certificates, Pair, TlsError, provider};

/// How often it is looked whether files of certificates changed.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The certificates of all listeners.
#[derive(Clone)]
pub struct CertificateWatch {
    by_listener: Vec<Option<Arc<Certificates>>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for CertificateWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CertificateWatch").field(&self.by_listener.len()).finish()
    }
}

impl CertificateWatch {
    /// Reads and checks all of them.
    pub fn open(config: &Config, ground: &Ground) -> Result<Self, TlsError> {
        let now = ground.clock.now();
        let open = |listen: &ListenSettings| match listen.pairs.is_empty() {
            true => Ok(None),
            false => Certificates::open(listen.pairs.clone(), now, ground.metrics.clone())
                .map(|opened| Some(Arc::new(opened))),
        };
        let by_listener: Result<Vec<_>, _> = config.listen.iter().map(open).collect();
        Ok(Self { by_listener: by_listener?, clock: ground.clock.clone() })
    }

    /// Those of each listener, in the order of the configuration.
    pub fn by_listener(&self) -> &[Option<Arc<Certificates>>] {
        &self.by_listener
    }

    /// Serves what changed and is valid; see [`Certificates::reload`].
    pub fn reload(&self) -> Result<(), TlsError> {
        let now = self.clock.now();
        let all = self.by_listener.iter().flatten();
        // Each is looked at, also after one that is faulty.
        let results: Vec<_> = all.map(|certificates| certificates.reload(now)).collect();
        results.into_iter().collect()
    }

    /// Looks again and again. What is faulty was logged by then.
    pub async fn run(self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let _ = self.reload();
        }
    }
}

/// Whether all certificates of a configuration are valid now.
///
/// # Errors
///
/// Each that is not, with its place.
pub fn check_certificates(config: &Config) -> Result<(), Vec<Fault>> {
    let (now, provider) = (clock().now(), provider());
    let mut faults = Vec::new();
    for files in config.listen.iter().flat_map(|listen| &listen.pairs) {
        let valid = Pair::read(files, &provider).and_then(|pair| pair.check_time(now));
        let Err(error) = valid else { continue };
        let named = config.files.iter().find(|(file, _)| *file == files.certificate);
        let (file, key) = (files.certificate.clone(), "server.listen".to_owned());
        let unplaced = Fault { file, place: None, key, wrong: String::new() };
        let fault = named.map_or(unplaced, |(_, fault)| fault.clone());
        faults.push(Fault { wrong: error.to_string(), ..fault });
    }
    faults.dedup();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
