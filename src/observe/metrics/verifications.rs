//! What other proxies ask, by how they are answered.

use prometheus::{IntCounterVec, Opts, Registry};

/// What another proxy was answered that asked whether a request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It may.
    Passed,
    /// Its visitor must first show who they are.
    Asked,
    /// It may not, or nobody may ask.
    Refused,
}

impl Verification {
    const ALL: [Self; 3] = [Self::Passed, Self::Asked, Self::Refused];

    const fn label(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Asked => "asked",
            Self::Refused => "refused",
        }
    }
}

/// Counts questions of other proxies.
#[derive(Clone, Debug)]
pub struct Verifications(IntCounterVec);

impl Verifications {
    /// Declares them.
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let questions = IntCounterVec::new(
            Opts::new(
                "vestibule_verifications_total",
                "Questions of other proxies whether a request may pass, by answer",
            ),
            &["outcome"],
        )?;
        registry.register(Box::new(questions.clone()))?;
        for outcome in Verification::ALL {
            questions.with_label_values(&[outcome.label()]).inc_by(0);
        }
        Ok(Self(questions))
    }

    /// Counts one.
    pub fn answered(&self, outcome: Verification) {
        self.0.with_label_values(&[outcome.label()]).inc();
    }
}
