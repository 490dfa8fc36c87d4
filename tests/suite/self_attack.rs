//! `check --attack`: green on the example configurations, red where there is a hole, and nothing
//! real is touched.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use serde_json::Value;
use vestibule::attack::echo::Echo;
use vestibule::attack::message::Protocol;
use vestibule::attack::row::{FORGED, Outcome};
use vestibule::attack::subject::{Subject, Visitor, is_open};
use vestibule::attack::throw;
use vestibule::config;

use crate::support::gateway::Setup;
use crate::support::naive::{COOKIE, naive_proxy};
use crate::support::raw;
use crate::support::recorder::{Recorder, Reply};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

fn attack(config: &Path, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["check", "--attack", "--config"])
        .arg(config)
        .args(flags)
        .output()
        .expect("the program starts")
}

fn said(output: &Output) -> String {
    raw::lossy(&[&output.stdout[..], &output.stderr[..]].concat())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)))
}

#[test]
fn every_row_is_green_on_the_example_configurations() {
    for (name, rows_min) in [("minimal.toml", 40), ("full.toml", 80)] {
        let output = attack(&example(name), &["--no-upstreams", "--json"]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
        let report = json(&output);
        let rows = report["rows"].as_array().expect("rows");
        assert!(rows.len() >= rows_min, "{name}: {} rows", rows.len());
        for row in rows {
            assert_eq!(row["failed"], 0, "{name}: {row}");
            assert_ne!(row["messages"], 0, "{name}: {row}");
        }
        assert_eq!(report["upstreams"].as_array().map(Vec::len), Some(0));
    }
}

#[test]
fn people_get_a_line_for_each_row_and_a_count() {
    let output = attack(&example("minimal.toml"), &["--no-upstreams"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = raw::lossy(&output.stdout);
    assert!(text.lines().filter(|line| line.starts_with("  green")).count() >= 40, "{text}");
    assert!(text.trim_end().ends_with(" 0 red"), "{text}");
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut controls = text.lines().filter(|line| line.contains(" control "));
        assert!(controls.any(|line| line.contains(protocol.name())), "{text}");
    }
    assert!(!text.contains('\x1b'), "colours outside a terminal");
}

/// What the rows say of such a proxy in front of the first app of the full example.
fn thrown_at_a_naive_proxy(hides_what_apps_claim: bool) -> Vec<Outcome> {
    let config = config::load(&example("full.toml")).expect("the example");
    let echo = Echo::start().expect("an echo");
    let address = naive_proxy(echo.address(), hides_what_apps_claim);
    let app = &config.apps[0];
    let mut subject = Subject::new(app, &app.hosts[0]);
    let visitor = Visitor { user: "member".to_owned(), cookie: COOKIE.to_owned() };
    subject.member = Some(visitor.clone());
    subject.stranger = Some(visitor);
    throw(address, &echo, &[subject])
}

/// The control of all green rows: each of them can be red, and for its own reason, because here
/// ordinary requests arrive as they should.
#[test]
fn every_row_but_the_control_is_red_against_a_proxy_that_checks_nothing() {
    let outcomes = thrown_at_a_naive_proxy(true);
    for (protocol, rows_min) in [(Protocol::Http1, 70), (Protocol::Http2, 60)] {
        let rows = outcomes.iter().filter(|row| row.protocol == protocol).count();
        assert!(rows >= rows_min, "{}: {rows} rows", protocol.name());
    }
    for row in &outcomes {
        let name = format!("{} over {}", row.name, row.protocol.name());
        assert_eq!(row.is_red(), row.id != "control", "{name}: {:?}", row.faults);
        let missed = row.messages - row.failed;
        assert!(row.id == "control" || missed == 0, "{name}: {missed} find nothing");
    }
}

#[test]
fn a_gateway_that_answers_nothing_is_green_nowhere() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(drop));
    let config = config::load(&example("full.toml")).expect("the example");
    let echo = Echo::start().expect("an echo");
    let app = &config.apps[0];
    let mut subject = Subject::new(app, &app.hosts[0]);
    let visitor = Visitor { user: "member".to_owned(), cookie: COOKIE.to_owned() };
    subject.member = Some(visitor);
    for row in throw(address, &echo, std::slice::from_ref(&subject)) {
        assert!(row.is_red(), "{}", row.name);
    }
    // Where nobody gets in anyway, what needs somebody is not tried instead of green.
    subject.member = None;
    subject.app.rules.retain(|rule| !is_open(rule));
    let outcomes = throw(address, &echo, &[subject]);
    let tried: Vec<_> = outcomes.iter().filter(|row| row.messages > 0).collect();
    assert!(tried.len() < outcomes.len() && !tried.is_empty());
    assert!(tried.iter().all(|row| !row.id.starts_with(['S', 'H'])), "framing and headers");
}

#[test]
fn an_app_that_speaks_in_the_gateways_name_turns_rows_red() {
    let outcomes = thrown_at_a_naive_proxy(false);
    let control = outcomes.iter().find(|row| row.id == "control").expect("a control");
    assert!(control.is_red(), "{control:?}");
    assert!(control.faults[0].seen.contains("in the gateway's name"), "{control:?}");
}

#[test]
fn an_app_that_answers_without_an_assertion_is_told_and_is_a_fault_when_strict() {
    let trusting = Recorder::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vestibule.toml");
    let setup = Setup::new(trusting.addr());
    fs::write(&file, setup.text()).expect("the configuration");
    for (flags, code) in [(&["--json"][..], 0), (&["--json", "--strict"], 1)] {
        let output = attack(&file, flags);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        let report = json(&output);
        assert_eq!(report["upstreams"][0]["reached"], "answers", "{report}");
        assert_eq!(report["upstreams"][1]["reached"], "open_anyway", "{report}");
    }
    // Control: one that asks for the assertion.
    let careful = Recorder::scripted(|_| {
        Reply::raw("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
    });
    let setup = Setup::new(careful.addr());
    fs::write(&file, setup.text()).expect("the configuration");
    let output = attack(&file, &["--json", "--strict"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(json(&output)["upstreams"][0]["reached"], "refuses");
}

#[test]
fn an_attack_leaves_the_real_apps_and_data_alone() {
    let app = Recorder::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vestibule.toml");
    fs::write(&file, Setup::new(app.addr()).text()).expect("the configuration");
    let output = attack(&file, &["--no-upstreams"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(app.requests().is_empty(), "{}", app.shown());
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(left, std::slice::from_ref(&file), "the data folder was made");

    // Control: asked to, it sends one GET to each app, which forges nothing.
    attack(&file, &[]);
    assert_eq!(app.requests().len(), 2, "{}", app.shown());
    assert!(!app.saw(FORGED.as_bytes()), "{}", app.shown());
}

#[test]
fn a_faulty_configuration_is_told_as_ever_and_flags_of_an_attack_need_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vestibule.toml");
    fs::write(&file, "[server]\nno_such_key = 1\n").expect("the configuration");
    let output = attack(&file, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("no_such_key"), "{}", said(&output));

    let alone = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["check", "--strict", "--config"])
        .arg(example("minimal.toml"))
        .output()
        .expect("the program starts");
    assert_eq!(alone.status.code(), Some(2), "{}", said(&alone));
}
