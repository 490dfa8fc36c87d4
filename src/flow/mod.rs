//! Use cases: the only folder that changes an account, a sign-in or a key.
//!
//! Each is counted and audited here, so that a page, the command line and the
//! operator's interface cannot go round that. Nothing here knows HTTP.

pub mod account;
mod failures;
pub mod key;
#[cfg(test)]
mod proving_ground;
mod room;
mod session;
mod sign_in;
mod way_back;

use std::sync::Arc;

pub use session::{Sessions, SignOutError};
pub use sign_in::{
    AtPassword, PasswordAnswer, SignIn, SignInError, SignInParts, Ticket, TypedName,
};
pub use way_back::WayBacks;

use crate::crypto::{Chance, Sealer};
use crate::domain::Clock;
use crate::observe::{Audit, Metrics};
use crate::store::Store;

/// What every use case works with.
#[derive(Clone)]
pub struct Ground {
    /// Where records are.
    pub store: Arc<dyn Store>,
    /// Where random bytes come from.
    pub chance: Arc<dyn Chance>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Seals secrets at rest.
    pub sealer: Arc<Sealer>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Records.
    pub audit: Audit,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ground")
    }
}
