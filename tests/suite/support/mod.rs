//! What the tests stand on: a gateway in a process of its own, an upstream that keeps every byte it
//! is sent, a raw sender that can be wrong on purpose, and a small client that is never wrong.

#![allow(dead_code, reason = "the rig offers what any test of the suite may need")]

pub mod account;
pub mod aging;
pub mod client;
pub mod endless;
pub mod gateway;
pub mod hosts;
pub mod http2;
pub mod mailed;
pub mod naive;
pub mod passkey;
pub mod phone;
pub mod proxy;
pub mod push_service;
pub mod python;
pub mod raw;
pub mod recorder;
pub mod rig;
pub mod smtp;
pub mod tls;
pub mod walk;
