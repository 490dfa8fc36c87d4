//! What is counted about requests that do not go straight to their app: over
//! another host, kept until somebody signed in, or asked about by another proxy.

use prometheus::{IntCounterVec, Opts, Registry};

use super::labels::{HandoverOutcome, KeptPostOutcome, Verification};

/// The counters of all of them.
#[derive(Clone, Debug)]
pub(super) struct Detours {
    handovers: IntCounterVec,
    kept_posts: IntCounterVec,
    verifications: IntCounterVec,
}

impl Detours {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name: &str, help: &str, outcomes: &[&str]| {
            let made = IntCounterVec::new(Opts::new(name, help), &["outcome"])?;
            registry.register(Box::new(made.clone()))?;
            for outcome in outcomes {
                made.with_label_values(&[*outcome]).inc_by(0);
            }
            Ok::<_, prometheus::Error>(made)
        };
        Ok(Self {
            handovers: counters(
                "vestibule_handovers_total",
                "Sign-ins on their way to another host, by what became of them",
                &HandoverOutcome::ALL.map(HandoverOutcome::label),
            )?,
            kept_posts: counters(
                "vestibule_kept_posts_total",
                "Forms that met an expired session, by what became of them",
                &KeptPostOutcome::ALL.map(KeptPostOutcome::label),
            )?,
            verifications: counters(
                "vestibule_verifications_total",
                "Questions of other proxies whether a request may pass, by answer",
                &Verification::ALL.map(Verification::label),
            )?,
        })
    }

    pub(super) fn handover(&self, outcome: HandoverOutcome) {
        self.handovers.with_label_values(&[outcome.label()]).inc();
    }

    pub(super) fn kept_post(&self, outcome: KeptPostOutcome) {
        self.kept_posts.with_label_values(&[outcome.label()]).inc();
    }

    pub(super) fn verification(&self, outcome: Verification) {
        self.verifications.with_label_values(&[outcome.label()]).inc();
    }
}
