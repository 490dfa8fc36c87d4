//! The one way by which caches hear that something is over.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{AccountId, SessionHash};

/// What is over, or no longer as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// One session.
    Session(SessionHash),
    /// Whatever is remembered of an account: sessions, groups, names.
    Account(AccountId),
}

type Subscriber = Arc<dyn Fn(Revocation) + Send + Sync>;

/// Tells subscribers about revocations, in the thread that made them durable.
#[derive(Clone, Default)]
pub struct Feed {
    subscribers: Arc<RwLock<Vec<Subscriber>>>,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}

impl Feed {
    /// Calls `subscriber` for every revocation from now on.
    pub fn subscribe(&self, subscriber: impl Fn(Revocation) + Send + Sync + 'static) {
        let mut all = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::new(subscriber));
    }

    /// Tells every subscriber, and returns when all have been told.
    pub fn publish(&self, revocations: &[Revocation]) {
        if revocations.is_empty() {
            return;
        }
        let all = self.subscribers.read().unwrap_or_else(PoisonError::into_inner).clone();
        for revocation in revocations {
            all.iter().for_each(|subscriber| subscriber(*revocation));
        }
    }
}
