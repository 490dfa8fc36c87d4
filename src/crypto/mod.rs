//! What needs keys or chance.
//!
//! Nothing here can look anything up: a check gets what it compares with as an
//! argument, so it cannot find its own answer.

pub mod approval;
pub mod assertion;
pub mod foreign_hash;
mod hand_code;
mod hashing;
pub mod one_time_code;
pub mod passkey;
pub mod provider;
mod seal;
mod token;

pub use hand_code::{HandCode, Purpose as HandCodePurpose};
pub use hashing::{Checked, Hasher, HashingCost, HashingError, PASSWORD_BYTES_MAX};
pub use seal::{SealError, Sealer};
pub use token::{Chance, NoChance, SystemChance, Token};
