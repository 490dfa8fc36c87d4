//! Every metric of the program, declared once.

mod config;
mod detours;
mod labels;
mod process;
mod store;
mod upstreams;

use std::time::Duration;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use crate::domain::Factor;
pub use config::{ConfigMetrics, ConfigReload};
use detours::Detours;
pub use labels::{
    ApprovalOutcome, CertificateReload, FirstConnection, HandoverOutcome, KeptPostOutcome, LockOut,
    MailOutcome, PassStep, PushOutcome, ResetStep, SignInOutcome, SignInStep, StreamEnd,
    Verification,
};
pub use process::keep_aside;
pub(super) use process::{log_lines_dropped, panics};
pub use store::{StoreMetrics, StoreOperation};
pub use upstreams::UpstreamMetrics;
use upstreams::Upstreams;

/// Buckets in seconds, from a memory look-up to a time-out.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Status classes, in the order of [`AppMetrics`].
const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Counters of one app, found once so that a request only adds.
#[derive(Clone, Debug)]
pub struct AppMetrics {
    by_class: [IntCounter; 5],
    upstream_seconds: Histogram,
    retries: IntCounter,
}

impl AppMetrics {
    /// Counts one answered request by the class of its status.
    pub fn answered(&self, status: u16) {
        let class = usize::from(status / 100).wrapping_sub(1);
        if let Some(counter) = self.by_class.get(class) {
            counter.inc();
        }
    }

    /// Counts a request that is sent a second time.
    pub fn retried(&self) {
        self.retries.inc();
    }

    /// Records how long the app took until its answer began.
    pub fn upstream_took(&self, span: Duration) {
        self.upstream_seconds.observe(span.as_secs_f64());
    }
}

/// The metrics of one program.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    refusals: IntCounterVec,
    upstream_seconds: HistogramVec,
    upstreams: Upstreams,
    sign_ins: IntCounterVec,
    first_connections: IntCounterVec,
    mails: IntCounterVec,
    enrolments: IntCounterVec,
    approvals: IntCounterVec,
    pushes: IntCounterVec,
    lock_outs: IntCounterVec,
    passes: IntCounterVec,
    resets: IntCounterVec,
    streams_ended: IntCounterVec,
    detours: Detours,
    certificate_reloads: IntCounterVec,
    certificate_expiry: IntGaugeVec,
    /// How the store does.
    pub store: StoreMetrics,
    /// Which configuration is at work.
    pub config: ConfigMetrics,
    /// Sessions that are open, counted when they open, end and expire.
    pub sessions_live: IntGauge,
    /// Passwords waiting to be hashed.
    pub hashing_queue: IntGauge,
    /// Mails that wait to be sent.
    pub mails_queued: IntGauge,
    /// Provisional passwords of imported accounts that are not hashed yet.
    pub passwords_unhashed: IntGauge,
    /// How long one password took, waiting included.
    pub hashing_seconds: Histogram,
    /// Client connections that are open.
    pub connections: IntGauge,
    /// Assertions signed, as opposed to reused.
    pub signatures: IntCounter,
    /// Audit events that could not be written.
    pub audit_dropped: IntCounter,
}

impl Metrics {
    /// Declares every metric.
    ///
    /// # Errors
    ///
    /// Where two metrics have one name, which a test would see first.
    pub fn new(version: &str) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let build = IntGaugeVec::new(
            Opts::new("vestibule_build_info", "Always 1; the version is a label"),
            &["version"],
        )?;
        let requests = IntCounterVec::new(
            Opts::new("vestibule_requests_total", "Requests answered, by app and status class"),
            &["app", "status"],
        )?;
        let refusals = IntCounterVec::new(
            Opts::new("vestibule_refusals_total", "Requests refused by the gateway, by reason"),
            &["reason"],
        )?;
        let upstream_seconds = HistogramVec::new(
            HistogramOpts::new(
                "vestibule_upstream_seconds",
                "Seconds from sending a request to an app until its answer began",
            )
            .buckets(SECONDS.to_vec()),
            &["app"],
        )?;
        let upstreams = Upstreams::new(&registry)?;
        let sign_ins = IntCounterVec::new(
            Opts::new(
                "vestibule_sign_ins_total",
                "Steps of sign-ins, by what was asked and outcome",
            ),
            &["step", "outcome"],
        )?;
        let first_connections = IntCounterVec::new(
            Opts::new("vestibule_first_connections_total", "Steps of first connections taken"),
            &["step"],
        )?;
        let mails = IntCounterVec::new(
            Opts::new("vestibule_mails_total", "Attempts to send a mail, by outcome"),
            &["outcome"],
        )?;
        let counters = |name: &str, help: &str, label: &str| {
            let made = IntCounterVec::new(Opts::new(name, help), &[label])?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let enrolments = counters(
            "vestibule_enrolments_total",
            "Second factors that were set up, by kind",
            "factor",
        )?;
        let approvals = counters(
            "vestibule_approvals_total",
            "Questions to phones, by what became of them",
            "outcome",
        )?;
        let pushes =
            counters("vestibule_pushes_total", "Attempts to wake a phone, by outcome", "outcome")?;
        let lock_outs = counters(
            "vestibule_lock_outs_total",
            "Attempts that were not looked at after too many failures, by what they were counted under",
            "counter",
        )?;
        let passes =
            counters("vestibule_passes_total", "Passes of the help desk, by step", "step")?;
        let resets = counters("vestibule_resets_total", "Forgotten passwords, by step", "step")?;
        let streams_ended = counters(
            "vestibule_streams_ended_total",
            "Requests and streams to apps cut because their session was over, by reason",
            "reason",
        )?;
        let certificate_reloads = counters(
            "vestibule_certificate_reloads_total",
            "Changed certificates that were found, by whether they are served now",
            "outcome",
        )?;
        let certificate_expiry = IntGaugeVec::new(
            Opts::new(
                "vestibule_certificate_expiry_seconds",
                "When a certificate expires, in seconds since 1970, by its first host",
            ),
            &["host"],
        )?;
        let gauge = |name: &str, help: &str| IntGauge::new(name, help);
        let sessions_live = gauge("vestibule_sessions_live", "Sessions that are open")?;
        let hashing_queue = gauge("vestibule_hashing_queue", "Passwords waiting to be hashed")?;
        let mails_queued = gauge("vestibule_mails_queued", "Mails that wait to be sent")?;
        let passwords_unhashed = gauge(
            "vestibule_passwords_unhashed",
            "Provisional passwords of imported accounts that are not hashed yet",
        )?;
        let connections = gauge("vestibule_connections", "Client connections that are open")?;
        let hashing_seconds = Histogram::with_opts(
            HistogramOpts::new(
                "vestibule_hashing_seconds",
                "Seconds one password took, waiting included",
            )
            .buckets(SECONDS.to_vec()),
        )?;
        let signatures =
            IntCounter::new("vestibule_signatures_total", "Assertions signed, not reused")?;
        let audit_dropped = IntCounter::new(
            "vestibule_audit_dropped_total",
            "Audit events lost because they could not be written in time",
        )?;
        registry.register(Box::new(build.clone()))?;
        registry.register(Box::new(certificate_expiry.clone()))?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(refusals.clone()))?;
        registry.register(Box::new(upstream_seconds.clone()))?;
        registry.register(Box::new(sign_ins.clone()))?;
        registry.register(Box::new(first_connections.clone()))?;
        registry.register(Box::new(mails.clone()))?;
        registry.register(Box::new(mails_queued.clone()))?;
        registry.register(Box::new(passwords_unhashed.clone()))?;
        registry.register(Box::new(sessions_live.clone()))?;
        registry.register(Box::new(hashing_queue.clone()))?;
        registry.register(Box::new(hashing_seconds.clone()))?;
        registry.register(Box::new(connections.clone()))?;
        registry.register(Box::new(signatures.clone()))?;
        registry.register(Box::new(audit_dropped.clone()))?;
        build.with_label_values(&[version]).set(1);
        // Outcomes exist from the start, so that a rate over them is defined.
        for step in SignInStep::ALL {
            for outcome in SignInOutcome::ALL {
                sign_ins.with_label_values(&[step.label(), outcome.label()]).inc_by(0);
            }
        }
        for step in FirstConnection::ALL {
            first_connections.with_label_values(&[step.label()]).inc_by(0);
        }
        for outcome in MailOutcome::ALL {
            mails.with_label_values(&[outcome.label()]).inc_by(0);
        }
        for factor in Factor::ALL.into_iter().filter(|factor| *factor != Factor::Recovery) {
            enrolments.with_label_values(&[factor.word()]).inc_by(0);
        }
        for outcome in ApprovalOutcome::ALL {
            approvals.with_label_values(&[outcome.label()]).inc_by(0);
        }
        for outcome in PushOutcome::ALL {
            pushes.with_label_values(&[outcome.label()]).inc_by(0);
        }
        for counter in LockOut::ALL {
            lock_outs.with_label_values(&[counter.label()]).inc_by(0);
        }
        for step in PassStep::ALL {
            passes.with_label_values(&[step.label()]).inc_by(0);
        }
        for step in ResetStep::ALL {
            resets.with_label_values(&[step.label()]).inc_by(0);
        }
        for end in StreamEnd::ALL {
            streams_ended.with_label_values(&[end.label()]).inc_by(0);
        }
        process::register(&registry)?;
        let config = ConfigMetrics::new(&registry)?;
        let store = StoreMetrics::new(&registry)?;
        for outcome in CertificateReload::ALL {
            certificate_reloads.with_label_values(&[outcome.label()]).inc_by(0);
        }
        let detours = Detours::new(&registry)?;
        Ok(Self {
            registry,
            config,
            requests,
            refusals,
            upstream_seconds,
            upstreams,
            sign_ins,
            first_connections,
            mails,
            enrolments,
            approvals,
            pushes,
            lock_outs,
            passes,
            resets,
            streams_ended,
            detours,
            certificate_reloads,
            certificate_expiry,
            mails_queued,
            passwords_unhashed,
            store,
            sessions_live,
            hashing_queue,
            hashing_seconds,
            connections,
            signatures,
            audit_dropped,
        })
    }

    /// The counters of one app, or of the gateway's own pages.
    pub fn app(&self, name: &str) -> AppMetrics {
        AppMetrics {
            by_class: STATUS_CLASSES.map(|class| self.requests.with_label_values(&[name, class])),
            upstream_seconds: self.upstream_seconds.with_label_values(&[name]),
            retries: self.upstreams.retries(name),
        }
    }

    /// The counters of one entry of an app's `upstreams`, from 0.
    pub fn upstream(&self, app: &str, index: usize) -> UpstreamMetrics {
        self.upstreams.one(app, index)
    }

    /// Counts a refusal. `reason` is one of a closed set of words.
    pub fn refused(&self, reason: &'static str) {
        self.refusals.with_label_values(&[reason]).inc();
    }

    /// Counts a step of a sign-in.
    pub fn sign_in(&self, step: SignInStep, outcome: SignInOutcome) {
        self.sign_ins.with_label_values(&[step.label(), outcome.label()]).inc();
    }

    /// Counts steps of first connections.
    pub fn first_connections(&self, step: FirstConnection, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.first_connections.with_label_values(&[step.label()]).inc_by(count);
    }

    /// Counts one step of a first connection.
    pub fn first_connection(&self, step: FirstConnection) {
        self.first_connections(step, 1);
    }

    /// Counts an attempt to send a mail.
    pub fn mail(&self, outcome: MailOutcome) {
        self.mails.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts a second factor that was set up.
    pub fn enrolled(&self, factor: Factor) {
        self.enrolments.with_label_values(&[factor.word()]).inc();
    }

    /// Counts what became of a question to somebody's phones.
    pub fn approval(&self, outcome: ApprovalOutcome) {
        self.approvals.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts an attempt to wake a phone.
    pub fn push(&self, outcome: PushOutcome) {
        self.pushes.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts an attempt that was not looked at.
    pub fn locked_out(&self, counter: LockOut) {
        self.lock_outs.with_label_values(&[counter.label()]).inc();
    }

    /// Counts a step of a pass.
    pub fn pass(&self, step: PassStep) {
        self.passes.with_label_values(&[step.label()]).inc();
    }

    /// Counts a step of a forgotten password.
    pub fn reset(&self, step: ResetStep) {
        self.resets.with_label_values(&[step.label()]).inc();
    }

    /// Counts what became of a handover.
    pub fn handover(&self, outcome: HandoverOutcome) {
        self.detours.handover(outcome);
    }

    /// Counts what became of a kept form.
    pub fn kept_post(&self, outcome: KeptPostOutcome) {
        self.detours.kept_post(outcome);
    }

    /// Counts streams that were ended.
    pub fn streams_ended(&self, end: StreamEnd, count: u64) {
        self.streams_ended.with_label_values(&[end.label()]).inc_by(count);
    }

    /// Counts a question of another proxy.
    pub fn verification(&self, outcome: Verification) {
        self.detours.verification(outcome);
    }

    /// Counts a certificate that changed.
    pub fn certificate_reload(&self, outcome: CertificateReload) {
        self.certificate_reloads.with_label_values(&[outcome.label()]).inc();
    }

    /// Tells when the certificate of a host expires.
    pub fn certificate_expiry(&self, host: &str, unix_seconds: u64) {
        let seconds = i64::try_from(unix_seconds).unwrap_or(i64::MAX);
        self.certificate_expiry.with_label_values(&[host]).set(seconds);
    }

    /// The page that Prometheus reads (text exposition format 0.0.4).
    ///
    /// # Errors
    ///
    /// Where a value cannot be written, which the library reports.
    pub fn exposition(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}
