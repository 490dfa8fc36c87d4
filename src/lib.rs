//! Vestibule: a reverse-proxy authentication gateway.
pub mod crypto;
pub mod domain;
pub mod flow;
pub mod gateway;
pub mod observe;
pub mod store;
