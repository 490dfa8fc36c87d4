//! Looks up the names of apps: before the first request, again and again, and
//! when an address could not be reached. Never while a request waits.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;

use super::endpoints::Endpoints;
use super::settings::Upstream;

/// Time between two look-ups of a name at least, however often it fails.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest time for one look-up.
const LOOK_UP_TIME: Duration = Duration::from_secs(5);

/// Where the addresses of a name come from.
#[async_trait]
pub trait Resolver: fmt::Debug + Send + Sync + 'static {
    /// All addresses of a name, with this port.
    ///
    /// # Errors
    ///
    /// Where the name is unknown or nobody can be asked.
    async fn look_up(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// Asks the system, as other programs of the machine do.
#[derive(Debug)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn look_up(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}

/// Looks up every name of an app once. A name that cannot be looked up keeps
/// the addresses it had. Gives how many failed.
pub async fn look_up(endpoints: &Endpoints, resolver: &dyn Resolver) -> usize {
    let mut failed = 0;
    for (index, (upstream, _)) in endpoints.settings().upstreams.iter().enumerate() {
        let Upstream::Name(name, port) = upstream else { continue };
        let found = tokio::time::timeout(LOOK_UP_TIME, resolver.look_up(name, *port)).await;
        match found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(found) if !found.is_empty() => endpoints.replace(index, found),
            _ => failed += 1,
        }
    }
    failed
}

/// Keeps the names of an app looked up, for as long as there is that app.
pub async fn keep_resolved(app: Weak<super::App>, resolver: Arc<dyn Resolver>) {
    let mut failing = false;
    loop {
        let Some(there) = app.upgrade() else { return };
        let endpoints = &there.endpoints;
        let every = endpoints.settings().resolve_every;
        let named = endpoints.settings().upstreams.iter();
        if !named.clone().any(|(upstream, _)| matches!(upstream, Upstream::Name(..))) {
            return;
        }
        // An app that is gone is noticed at the next look-up.
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = endpoints.look_again.notified() => {}
        }
        let fails = look_up(endpoints, &*resolver).await > 0;
        let app = there.settings.name.as_str();
        match (failing, fails) {
            (false, true) => tracing::warn!(app, "a name of upstreams cannot be looked up"),
            (true, false) => tracing::info!(app, "all names of upstreams can be looked up again"),
            _ => {}
        }
        failing = fails;
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests;
