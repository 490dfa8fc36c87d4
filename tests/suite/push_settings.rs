//! What `check` says of a `[push]` section by which no phone could be woken.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn a_push_section_with_which_nothing_could_be_sent_is_told_with_its_place() {
    let right = "contact = \"mailto:portal@example.be\"\n";
    let with = |more: &str| format!("{right}{more}\n");
    let contact = |text: &str| format!("contact = \"{text}\"\n");
    // What the section says, the line of the fault counted from the section's, and what is said.
    let cases: &[(String, usize, &[&str])] = &[
        (String::new(), 0, &["push.contact", "missing", "mailto:"]),
        ("hosts = [\"push.example.be\"]\n".to_owned(), 0, &["push.contact", "missing"]),
        (contact("portal@example.be"), 1, &["push.contact", "mailto:"]),
        (contact("http://example.be"), 1, &["push.contact", "https:"]),
        (contact("mailto:portal@portal.local"), 1, &["push.contact", "Apple"]),
        (contact("https://localhost"), 1, &["push.contact", "Apple"]),
        (contact("mailto:portal@portal.invalid"), 1, &["push.contact", "Apple"]),
        (with("hosts = []"), 2, &["push.hosts", "empty"]),
        (with("hosts = [\"*\"]"), 2, &["push.hosts", "*"]),
        (with("hosts = [\n\"a.example.be\",\n\"127.0.0.1\"]"), 4, &["push.hosts", "127.0.0.1"]),
        (with("hosts = [\"https://a.be/path\"]"), 2, &["push.hosts", "origin"]),
        (with("ca_file = \"away.pem\""), 2, &["push.ca_file", "away.pem"]),
        (with("ca_file = \"empty\""), 2, &["push.ca_file", "PEM"]),
        (with("timeout_seconds = 0"), 2, &["push.timeout_seconds", "from 1 to 60"]),
        (with("timeout_seconds = 61"), 2, &["push.timeout_seconds", "from 1 to 60"]),
        (with("sub = \"a\""), 2, &["push.sub"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    let mut missed = Vec::new();
    for (section, line, words) in cases {
        let (code, told, first) = check(folder.path(), section);
        let place = format!("vestibule.toml:{}:", first + line);
        let is_it = |told: &str| told.contains(&place) && words.iter().all(|w| told.contains(w));
        // One fault of the file is told once.
        if code != Some(1) || told.lines().count() != 1 || !is_it(&told) {
            missed.push(format!("{section}should be told at {place} with {words:?}:\n{told}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    // Control: what is right is not told, and neither is a service inside a closed network.
    let near = "hosts = [\"http://127.0.0.1:8090\", \"*.push.example.be\"]\ntimeout_seconds = 60";
    for section in [with(""), contact("https://example.be/help"), with(near)] {
        let (code, told, _) = check(folder.path(), &section);
        assert_eq!(code, Some(0), "{section}{told}");
    }
}

/// Exit code, what is told, and the line on which `[push]` stands.
fn check(folder: &Path, section: &str) -> (Option<i32>, String, usize) {
    const APP: &str = "[[app]]\nname = \"portal\"\nhosts = [\"app.test\"]\n\
        upstreams = [\"http://127.0.0.1:9\"]\nheaders = \"remote\"\n\
        [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n";
    let start = format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\npublic_url = \"https://id.test\"\n\
         data_dir = \"data\"\n[brand]\nname = \"My portal\"\n{APP}[push]\n"
    );
    let file = folder.join("vestibule.toml");
    fs::write(&file, format!("{start}{section}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    let output = command.arg("check").arg("--config").arg(&file).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), start.lines().count())
}
