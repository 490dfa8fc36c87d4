//! Vestibule: a reverse-proxy authentication gateway.
//!
//! It stands in front of portal apps that know nothing of it. A request with a
//! session goes straight through, with signed identity headers added; one
//! without is answered by pages of ours.
//!
//! ```text
//! client --> gateway::listener   sockets; every byte is screened
//!            gateway::guard      refuses what can be read in two ways
//!            gateway::route      host, path and method to app and rule
//!            gateway::session    cookie to verdict      --> store
//!            gateway::identity   remove, then write headers
//!            gateway::upstream   to the app             --> app
//!
//!            gateway::refuse     every other way out
//!            gateway::bridge     to our pages           --> pages --> flow --> store
//! ```
//!
//! Modules in reading order: [`domain`] has the rules and touches nothing;
//! [`observe`], [`store`] and [`crypto`] are what rules need from the world;
//! [`notice`] writes to people;
//! [`flow`] has the use cases; [`gateway`], [`pages`] and [`operator`] are the
//! three doors; [`config`] turns what the operator wrote into settings; [`app`]
//! joins them; [`demo`] shows them and [`attack`] tries to get past them. A test
//! in the suite holds who may name whom.

pub mod domain;

pub mod crypto;
pub mod observe;
pub mod store;

pub mod notice;

pub mod flow;

pub mod gateway;
pub mod operator;
pub mod pages;

pub mod config;

pub mod app;
pub mod attack;
pub mod demo;
