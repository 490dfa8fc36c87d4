//! What a scanner of others (testssl.sh) finds in our TLS: nothing but what a certificate for tests
//! brings.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;
use crate::support::tls::{self, Kind};

/// Findings about a certificate that nobody signed, and why.
const OF_THE_CERTIFICATE: &[(&str, &str)] = &[
    ("cert_chain_of_trust", "it is its own issuer"),
    ("cert_revocation", "nobody could revoke it"),
    ("cert_extlifeSpan", "it is valid for longer than authorities allow"),
    ("cert_validityPeriod", "it is valid for longer than authorities allow"),
];

/// What is no finding, in the scanner's words.
const NO_FINDING: &[&str] = &["OK", "INFO", "LOW"];

/// What it says of something that it could not look at.
const NOT_LOOKED: &str = "WARN";
/// How often it may try again.
const SCANS_AGAIN: usize = 3;

/// A finding of the scanner: what it looked at, how bad it is, and what it saw.
#[derive(Debug)]
struct Finding {
    id: String,
    severity: String,
    finding: String,
}

fn scan(gateway: &Gateway, folder: &TempDir) -> Vec<Finding> {
    let file = folder.path().join("findings.json");
    // It adds to a file that is there.
    let _ = fs::remove_file(&file);
    // Protocols, ciphers, forward secrecy, preferences, defaults, headers, known attacks.
    let output = Command::new("testssl")
        .args(["--quiet", "--warnings", "off", "--color", "0", "--nodns", "none"])
        .args(["--ip", "127.0.0.1", "-p", "-s", "-f", "-P", "-S", "-h", "-U", "--jsonfile"])
        .arg(&file)
        .arg(format!("app.test:{}", gateway.addr.port()))
        .stdin(Stdio::null())
        .output()
        .expect("testssl starts (Debian package testssl.sh)");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let found: Vec<serde_json::Value> = serde_json::from_str(&text).expect("findings as JSON");
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let finding = |found: &serde_json::Value| Finding {
        id: word(&found["id"]),
        severity: word(&found["severity"]),
        finding: word(&found["finding"]),
    };
    found.iter().map(finding).collect()
}

#[test]
fn a_scanner_finds_nothing_but_what_a_test_certificate_brings() {
    let folder = TempDir::new().expect("a folder");
    let kind = Kind { names: &["app.test"], serial: 1, until: 2099 };
    tls::write_pair(folder.path(), "a", &kind);
    let (certificate, key) = (folder.path().join("a.pem"), folder.path().join("a.key"));
    let listen = format!(
        "[{{ address = \"127.0.0.1:0\", certificate = \"{}\", key = \"{}\" }}]",
        certificate.display(),
        key.display()
    );
    let recorder = Recorder::start();
    let gateway = Gateway::start(Setup { listen, ..Setup::new(recorder.addr()) });
    // On a busy machine the scanner now and then fails to connect, and says that it did not look.
    let mut findings = scan(&gateway, &folder);
    for _ in 0..SCANS_AGAIN {
        if !findings.iter().any(|finding| finding.severity == NOT_LOOKED) {
            break;
        }
        findings = scan(&gateway, &folder);
    }
    let found = |id: &str| findings.iter().find(|finding| finding.id == id);
    // Control: it has looked, and tells what is wrong with the certificate.
    let offered = found("TLS1_3").unwrap_or_else(|| panic!("{findings:?}"));
    assert!(offered.finding.contains("offered"), "{offered:?}");
    assert!(found("heartbleed").is_some(), "{findings:?}");
    let trust = found("cert_chain_of_trust").expect("the certificate was looked at");
    assert_eq!(trust.severity, "CRITICAL");

    let known = |finding: &Finding| OF_THE_CERTIFICATE.iter().any(|(id, _)| *id == finding.id);
    let ours: Vec<_> = findings
        .iter()
        .filter(|finding| !NO_FINDING.contains(&finding.severity.as_str()) && !known(finding))
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");
}
