//! Connections to apps that wait for their next request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::transport::Transport;
use crate::gateway::upstream::endpoints::EndpointId;

/// Idle connections kept for one address by one worker.
const IDLE_MAX: usize = 256;

/// An idle connection, and until when it is kept.
type Idle = (Transport, Instant);

/// Connections of one worker to apps, waiting for their next request.
#[derive(Debug, Default)]
pub struct Pool {
    idle: Mutex<HashMap<EndpointId, Vec<Idle>>>,
}

impl Pool {
    /// The connection used last, if it is still good.
    pub(super) fn take(&self, to: EndpointId) -> Option<Transport> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.get_mut(&to)?;
        while let Some((mut transport, until)) = waiting.pop() {
            if until <= Instant::now() {
                // The rest are older still.
                waiting.clear();
                return None;
            }
            if transport.is_quiet() {
                return Some(transport);
            }
        }
        None
    }

    /// Keeps a connection that saw a whole exchange and nothing else, for so
    /// long at most; that should be less than the app itself waits.
    pub(super) fn give_back(&self, to: EndpointId, transport: Transport, keep: Duration) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.entry(to).or_default();
        if waiting.len() < IDLE_MAX {
            waiting.push((transport, Instant::now() + keep));
        }
    }

    /// Closes connections that waited too long.
    pub fn tidy(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        for waiting in idle.values_mut() {
            waiting.retain(|(_, until)| *until > now);
        }
        idle.retain(|_, waiting| !waiting.is_empty());
    }
}
