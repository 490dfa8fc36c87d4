//! What is counted, recorded and logged.
//!
//! Nothing here decides anything: a failure to count or to log never changes
//! an answer. No account name, raw path or address is ever a label.

pub mod audit;
pub mod log;
mod metrics;
mod panics;
mod seldom;

pub use audit::{Audit, Event};
pub use metrics::{
    AppMetrics, ApprovalOutcome, CertificateReload, ConfigReload, FirstConnection, HandoverOutcome,
    KeptPostOutcome, LockOut, MailOutcome, Metrics, PassStep, PushOutcome, ResetStep,
    SignInOutcome, SignInStep, StoreMetrics, StoreOperation, StreamEnd, UpstreamMetrics,
    Verification, keep_aside,
};
pub use seldom::Seldom;
