//! What the operator sees: health, metrics, the request's id on both sides, and the audit log; and
//! that none of it tells who somebody is, where they went, or what they know.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Reply};
use crate::support::recorder::Recorder;

const NAME: &str = "anna-of-the-metrics";
const PASSWORD: &str = "a long enough passphrase";
const WRONG_PASSWORD: &str = "not the passphrase at all";

/// Every metric that is promised, and its type. Dashboards and alerts rely on the names.
const METRICS: &[(&str, &str)] = &[
    ("vestibule_build_info", "gauge"),
    ("vestibule_hashing_queue", "gauge"),
    ("vestibule_log_lines_dropped_total", "counter"),
    ("vestibule_panics_total", "counter"),
    ("vestibule_refusals_total", "counter"),
    ("vestibule_requests_total", "counter"),
    ("vestibule_sessions_live", "gauge"),
    ("vestibule_sign_ins_total", "counter"),
    ("vestibule_store_reopened_total", "counter"),
    ("vestibule_store_reserve_bytes", "gauge"),
    ("vestibule_store_seconds", "histogram"),
    ("vestibule_streams_ended_total", "counter"),
    ("vestibule_upstream_seconds", "histogram"),
];

/// What can be recorded. A kind that is not here is either new and belongs here, or a mistake.
const AUDIT_KINDS: &[&str] = &[
    "account_added",
    "account_changed",
    "account_deleted",
    "account_disabled",
    "account_enabled",
    "denied",
    "key_added",
    "key_retired",
    "sessions_ended",
    "sign_in_failed",
    "sign_in_incomplete",
    "sign_in_paused",
    "signed_in",
    "signed_out",
    "started",
    "stopped",
];

#[test]
fn the_operator_is_told_that_the_gateway_lives_and_is_ready() {
    let (_upstream, gateway) = start();
    for path in ["/healthz", "/readyz"] {
        let reply = operator(&gateway, path);
        assert_eq!(reply.status(), 200, "{path}: {}", reply.shown());
    }
    let unknown = operator(&gateway, "/nothing-here");
    assert_eq!(unknown.status(), 404, "{}", unknown.shown());

    // The operator's pages are not among those of the visitors.
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    let outside = visitor.fetch("/metrics");
    assert_eq!(outside.status(), 401, "{}", outside.shown());
}

#[test]
fn the_metrics_have_the_promised_names_and_tell_of_nobody() {
    let (_upstream, gateway) = start();
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    let before = Metrics::read(&gateway);

    assert_eq!(visitor.fetch("/public/one-secret-path").status(), 200);
    assert_eq!(visitor.fetch("/another-secret-path").status(), 401);
    assert_eq!(visitor.walk_sign_in(NAME, PASSWORD).status(), 303);
    let after = Metrics::read(&gateway);

    for (name, kind) in METRICS {
        let typed = format!("# TYPE {name} {kind}\n");
        assert!(after.text.contains(&typed), "no {typed:?} in\n{}", after.text);
        assert!(after.text.contains(&format!("# HELP {name} ")), "{name} says what it is");
        let sample = if *kind == "histogram" { format!("{name}_count") } else { (*name).into() };
        assert!(after.has(&sample), "{name} has no sample in\n{}", after.text);
    }
    for (name, more) in [
        ("vestibule_requests_total", 2.0),
        ("vestibule_refusals_total", 1.0),
        ("vestibule_sign_ins_total", 1.0),
        ("vestibule_sessions_live", 1.0),
        ("vestibule_upstream_seconds_count", 1.0),
        ("vestibule_store_seconds_count", 1.0),
    ] {
        let (was, is) = (before.sum(name), after.sum(name));
        assert!(is >= was + more, "{name} went from {was} to {is}\n{}", after.text);
    }
    assert!(after.labels("vestibule_refusals_total").contains("reason"), "{}", after.text);
    assert!(after.labels("vestibule_sign_ins_total").contains("outcome"), "{}", after.text);

    let cookie = visitor.cookie("__Host-vestibule").expect("a session").to_string();
    for private in [NAME, "secret-path", "/public/", PASSWORD, &cookie] {
        assert!(!after.text.contains(private), "{private} in\n{}", after.text);
    }
}

#[test]
fn x07_nothing_that_is_asked_breaks_a_line_of_the_log() {
    let upstream = Recorder::start();
    let mut setup = Setup::new(upstream.addr());
    setup.extra = "[log]\nformat = \"json\"\nrequests = true\n".to_string();
    let gateway = Gateway::start(setup);
    let forged = "x\r\n{\"forged\":1}\u{1b}[2J\u{2028}";
    let long = "y".repeat(30_000);
    for name in [forged, &format!("{forged}{long}")] {
        // Whatever becomes of it: it is told or it is not, in one line.
        let mut visitor = Client::new(gateway.addr, &gateway.public_url);
        let page = visitor.get("/.vestibule/sign-in?other");
        let csrf = crate::support::client::hidden(&page.text(), "csrf");
        visitor.post_form("/.vestibule/sign-in", &[("csrf", &csrf), ("name", name)]);
        let page = visitor.get("/.vestibule/password");
        if page.status() == 200 {
            let csrf = crate::support::client::hidden(&page.text(), "csrf");
            visitor.give_password(&csrf, forged);
        }
    }
    let coded: String = forged.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let marked = "{\"forged\":1}";
    for bytes in [
        format!("GET /public/{coded} HTTP/1.1\r\nHost: app.test\r\n\r\n"),
        format!("GET /public/x?{coded} HTTP/1.1\r\nHost: app.test\r\n\r\n"),
        format!("GET /public/{} HTTP/1.1\r\nHost: app.test\r\n\r\n", &long[..8000]),
        format!("GET /a//b HTTP/1.1\r\nHost: app.test\r\nUser-Agent: {marked}{long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {coded}\r\nReferer: {forged}\r\n\r\n"),
        format!("{marked} / HTTP/1.1\r\nHost: app.test\r\n\r\n"),
    ] {
        raw::exchange(gateway.addr, bytes.as_bytes());
    }
    // Control: requests are logged.
    let reply = Client::new(gateway.addr, &gateway.public_url).fetch("/public/last-one");
    let id = reply.header("x-request-id").expect("an id");
    // What is still to be written is written when it stops.
    gateway.terminate();
    let log = gateway.log();
    assert!(log.contains(&id), "{log}");
    for line in log.lines() {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(read.is_object() && read.get("forged").is_none(), "{line}");
        assert!(!line.contains(['\u{1b}', '\u{2028}', '\r']), "{line}");
        assert!(line.len() < 12_000, "{} bytes in one line", line.len());
    }
}

#[test]
fn the_visitor_and_the_upstream_are_told_the_same_request_id() {
    let (upstream, gateway) = start();
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    let mut seen = BTreeSet::new();
    for path in ["/public/first", "/public/second"] {
        let reply = visitor.fetch(path);
        let told = reply.header("x-request-id").expect("the visitor is told an id");
        let head = upstream.wait_for(path.as_bytes());
        assert_eq!(raw::header_values(&head, "x-request-id"), [told.as_str()], "{path}");
        assert!(seen.insert(told), "{path} has the id of another request");
    }
    // A refusal has one too: it is what a visitor reads out to the help desk.
    let refused = visitor.fetch("/private");
    assert_eq!(refused.status(), 401);
    let told = refused.header("x-request-id").expect("a refusal has an id");
    assert!(seen.insert(told), "the refusal has the id of another request");
}

#[test]
fn the_audit_log_has_known_kinds_only_and_no_secret() {
    let (_upstream, gateway) = start();
    let wrong = Client::new(gateway.addr, &gateway.public_url).walk_sign_in(NAME, WRONG_PASSWORD);
    assert_ne!(wrong.status(), 303, "{}", wrong.shown());
    let session = gateway.sign_in(NAME, PASSWORD);
    assert!(gateway.cli(&["user", "disable", NAME], "").status.success());
    // A gateway that stops in order has written all it had to say.
    assert!(gateway.terminate().success(), "{}", gateway.log());

    let audit = fs::read_to_string(gateway.dir.path().join("data/audit.jsonl")).unwrap();
    let mut kinds = BTreeSet::new();
    for line in audit.lines() {
        let event: Value =
            serde_json::from_str(line).unwrap_or_else(|wrong| panic!("{wrong} in {line}"));
        let kind = event["kind"].as_str().unwrap_or_else(|| panic!("no kind in {line}"));
        assert!(AUDIT_KINDS.contains(&kind), "{kind} is not a known kind: {line}");
        kinds.insert(kind.to_string());
    }
    for expected in ["started", "account_added", "sign_in_failed", "signed_in", "stopped"] {
        assert!(kinds.contains(expected), "{expected} was not recorded: {audit}");
    }

    let log = gateway.log();
    let value = session.split_once('=').expect("a cookie has a value").1;
    for (place, text) in [("audit", &audit), ("log", &log)] {
        for secret in [PASSWORD, WRONG_PASSWORD, value] {
            assert!(!text.contains(secret), "{secret} in the {place}: {text}");
        }
    }
    // Control: the search finds what is there to be found.
    assert!(value.len() >= 32, "the session's value is {value}");
    assert!(audit.contains("signed_in"));
}

// ---- Means ----------------------------------------------------------------------------------------

fn start() -> (Recorder, Gateway) {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account(NAME, PASSWORD, &[]);
    (upstream, gateway)
}

fn operator(gateway: &Gateway, path: &str) -> Reply {
    let host = format!("http://{}", gateway.operator);
    Client::new(gateway.operator, &host).fetch(path)
}

/// The metrics as they are exposed, and their samples.
struct Metrics {
    text: String,
    /// Name, labels, value.
    samples: Vec<(String, String, f64)>,
}

impl Metrics {
    fn read(gateway: &Gateway) -> Self {
        let reply = operator(gateway, "/metrics");
        assert_eq!(reply.status(), 200, "{}", reply.shown());
        let text = reply.text();
        let samples = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
            .map(|line| {
                let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
                let (name, labels) = series.split_once('{').unwrap_or((series, ""));
                let value = value.parse().unwrap_or_else(|_| panic!("no number in {line}"));
                (name.to_string(), labels.trim_end_matches('}').to_string(), value)
            })
            .collect();
        Self { text, samples }
    }

    fn has(&self, name: &str) -> bool {
        self.samples.iter().any(|(sample, ..)| sample == name)
    }

    /// Over all labels.
    fn sum(&self, name: &str) -> f64 {
        self.samples.iter().filter(|(sample, ..)| sample == name).map(|(.., value)| value).sum()
    }

    /// The names of a metric's labels.
    fn labels(&self, name: &str) -> String {
        let labels = self.samples.iter().filter(|(sample, ..)| sample == name);
        let named: BTreeMap<&str, &str> = labels
            .flat_map(|(_, labels, _)| labels.split(','))
            .filter_map(|l| l.split_once('='))
            .collect();
        named.into_keys().collect::<Vec<_>>().join(" ")
    }
}
