//! Every fault in what is said about an app's upstreams is told at its place.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Where the lines about the app begin.
const FIRST_LINE: usize = 9;

/// A configuration with these lines about its only app; the first stands on [`FIRST_LINE`].
fn text(lines: &str) -> String {
    format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\npublic_url = \"https://app.test\"\n\
         data_dir = \"data\"\napps_on_sign_in_host = true\n[[app]]\nname = \"portal\"\nhosts = [\"app.test\"]\n{lines}\n\
         [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n"
    )
}

fn check(folder: &Path, lines: &str) -> (Option<i32>, String) {
    let config = folder.join("vestibule.toml");
    fs::write(&config, text(lines)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["check", "--config"])
        .arg(&config)
        .output()
        .expect("the program starts");
    let said = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    (output.status.code(), said)
}

#[test]
fn each_fault_about_upstreams_is_told_with_its_place() {
    const PLAIN: &str = "upstreams = [\"http://127.0.0.1:9\"]\n";
    const TLS: &str = "upstreams = [\"https://app.internal\"]\nca_file = \"ca.pem\"\n";
    let plain = |line: &str| format!("{PLAIN}{line}");
    let tls = |line: &str| format!("{TLS}{line}");
    let upstream = |text: &str| format!("upstreams = [\"{text}\"]");
    let cases: &[(String, usize, &[&str])] = &[
        (upstream("127.0.0.1:9"), 0, &["http://", "unix:"]),
        (upstream("ftp://a"), 0, &["http://"]),
        (upstream("http://"), 0, &["host"]),
        (upstream("http://a:0"), 0, &["port"]),
        (upstream("http://a:70000"), 0, &["port"]),
        (upstream("http://user@a"), 0, &["host"]),
        (upstream("http://a/path"), 0, &["host"]),
        (upstream("h2c://a"), 0, &["port"]),
        (upstream("https://:443"), 0, &["host"]),
        (upstream(&format!("unix:/{}", "a".repeat(120))), 0, &["socket"]),
        ("upstreams = []".to_owned(), 0, &["empty"]),
        ("upstreams = [\"http://a\", \"h2c://b:1\"]".to_owned(), 0, &["h2c"]),
        (plain("http2 = true"), 1, &["http2", "https://"]),
        (plain("ca_file = \"ca.pem\""), 1, &["ca_file", "https://"]),
        (plain("tls_name = \"a\""), 1, &["tls_name", "https://"]),
        (plain("balance = \"random\""), 1, &["round-robin"]),
        (plain("resolve_seconds = 0"), 1, &["resolve_seconds"]),
        (plain("handshake_seconds = 0"), 1, &["handshake_seconds"]),
        (plain("idle_seconds = 0"), 1, &["idle_seconds"]),
        (plain("health = { every_seconds = 5 }"), 1, &["health.path", "missing"]),
        (plain("health = { path = \"healthz\" }"), 1, &["health.path", "plain path"]),
        (plain("health = { path = \"/\", status = \"ok\" }"), 1, &["health.status", "200-399"]),
        (plain("health = { path = \"/\", status = \"399-200\" }"), 1, &["health.status"]),
        (plain("health = { path = \"/\", often = 1 }"), 1, &["often"]),
        (tls("tls_name = \"\""), 2, &["tls_name", "name"]),
        (tls("tls_name = \"no name\""), 2, &["tls_name", "no name"]),
        (tls("client_key = \"key.pem\""), 2, &["client_certificate"]),
        (tls("client_certificate = \"ca.pem\""), 2, &["client_key"]),
        (tls("client_certificate = \"ca.pem\"\nclient_key = \"ca.pem\""), 3, &["client_key"]),
        ("upstreams = [\"https://a\"]\nca_file = \"away\"".to_owned(), 1, &["ca_file", "away"]),
        ("upstreams = [\"https://a\"]\nca_file = \"empty\"".to_owned(), 1, &["ca_file", "PEM"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    fs::write(folder.path().join("ca.pem"), parameters.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    let mut missed = Vec::new();
    for (lines, line, words) in cases {
        let (code, told) = check(folder.path(), lines);
        let place = format!("vestibule.toml:{}:", FIRST_LINE + line);
        let named = told.contains(&place) && words.iter().all(|word| told.contains(word));
        if code != Some(1) || told.lines().count() != 1 || !named {
            missed.push(format!("{lines}\nshould be told once at {place} with {words:?}:\n{told}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));

    // Control: what is right is not told.
    let sound = [
        plain(
            "balance = \"least-connections\"\nhealth = { path = \"/healthz?a=1\", status = \"204\" }",
        ),
        tls("http2 = true\ntls_name = \"other.internal\""),
        tls("client_certificate = \"ca.pem\"\nclient_key = \"key.pem\""),
        upstream("http://app.internal"),
        upstream("http://[::1]:9000/"),
        "upstreams = [\"https://127.0.0.1\"]\nca_file = \"ca.pem\"".to_owned(),
        "upstreams = [\"h2c://a:1\", \"h2c://[::1]:2\"]".to_owned(),
        upstream("unix:/run/app.sock"),
    ];
    for lines in sound {
        let (code, told) = check(folder.path(), &lines);
        assert_eq!(code, Some(0), "{lines}\n{told}");
    }
}
