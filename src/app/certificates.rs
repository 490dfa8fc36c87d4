//! The certificates of all listeners: opened, checked, and looked at again.

use std::sync::Arc;
use std::time::Duration;

use super::clock;
use crate::config::Config;
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
/// The first that is not.
pub fn check_certificates(config: &Config) -> Result<(), TlsError> {
    let (now, provider) = (clock().now(), provider());
    for files in config.listen.iter().flat_map(|listen| &listen.pairs) {
        Pair::read(files, &provider)?.check_time(now)?;
    }
    Ok(())
}
