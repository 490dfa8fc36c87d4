//! What `check` says of sections by which no mail could go out and no phone be woken.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What a section says, the line of its fault counted from the section's, and what is said of it.
type Case = (String, usize, &'static [&'static str]);

#[test]
fn a_mail_section_with_which_nothing_could_be_sent_is_told_with_its_place() {
    let right = "server = \"mail.example.be:587\"\nfrom = \"no@example.be\"\n";
    let with = |more: &str| format!("{right}{more}\n");
    let cases: &[Case] = &[
        (with("tls = \"none\""), 1, &["mail.server", "clear text"]),
        (with("user = \"portal\""), 3, &["mail.user", "password_file"]),
        (with("user = \"portal\"\npassword_file = \"away\""), 4, &["password_file", "away"]),
        (
            with("user = \"portal\"\npassword_file = \"empty\""),
            4,
            &["password_file", "no password"],
        ),
        (with("ca_file = \"away.pem\""), 3, &["mail.ca_file", "away.pem"]),
        (with("ca_file = \"empty\""), 3, &["mail.ca_file", "PEM"]),
        (with("password_file = \"secret\""), 3, &["mail.password_file", "user"]),
        (with("tls = \"maybe\""), 3, &["mail.tls", "starttls"]),
        (with("password_mail = \"third\""), 3, &["mail.password_mail", "second"]),
        (with("reply_to = \"nobody\""), 3, &["mail.reply_to", "not a mail address"]),
        (with("sever = 1"), 3, &["mail.sever"]),
        ("server = \"mail.example.be:587\"\n".to_owned(), 0, &["mail.from", "missing"]),
        ("from = \"no@example.be\"\n".to_owned(), 0, &["mail.server", "missing"]),
        ("server = \"mail.example.be\"\nfrom = \"no@b.be\"\n".to_owned(), 1, &["host and port"]),
        ("server = \"m.be:25\"\nfrom = \"nobody\"\n".to_owned(), 2, &["mail.from", "address"]),
    ];
    // Controls: what is right, and a server on this machine.
    let secret = "user = \"portal\"\npassword_file = \"secret\"";
    let near = "server = \"127.0.0.1:25\"\nfrom = \"no@example.be\"\ntls = \"none\"\n".to_owned();
    judge("mail", cases, &[with(""), with(secret), near]);
}

#[test]
fn a_push_section_with_which_nothing_could_be_sent_is_told_with_its_place() {
    let right = "contact = \"mailto:portal@example.be\"\n";
    let with = |more: &str| format!("{right}{more}\n");
    let contact = |text: &str| format!("contact = \"{text}\"\n");
    let cases: &[Case] = &[
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
    // Controls: what is right, and a service inside a closed network.
    let near = "hosts = [\"http://127.0.0.1:8090\", \"*.push.example.be\"]\ntimeout_seconds = 60";
    judge("push", cases, &[with(""), contact("https://example.be/help"), with(near)]);
}

/// Asserts that each faulty section is told at its place, and no right one.
fn judge(name: &str, faulty: &[Case], right: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("secret"), "word\n").unwrap();
    let mut missed = Vec::new();
    for (section, line, words) in faulty {
        let (code, told, first) = check(folder.path(), name, section);
        let place = format!("vestibule.toml:{}:", first + line);
        let is_it = |told: &str| told.contains(&place) && words.iter().all(|w| told.contains(w));
        // One fault of the file is told once.
        if code != Some(1) || told.lines().count() != 1 || !is_it(&told) {
            missed.push(format!("{section}should be told at {place} with {words:?}:\n{told}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    for section in right {
        let (code, told, _) = check(folder.path(), name, section);
        assert_eq!(code, Some(0), "{section}{told}");
    }
}

/// Exit code, what is told, and the line on which the section stands.
fn check(folder: &Path, name: &str, section: &str) -> (Option<i32>, String, usize) {
    const APP: &str = "[[app]]\nname = \"portal\"\nhosts = [\"app.test\"]\n\
        upstreams = [\"http://127.0.0.1:9\"]\nheaders = \"remote\"\n\
        [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n";
    let start = format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\npublic_url = \"https://id.test\"\n\
         data_dir = \"data\"\n[brand]\nname = \"My portal\"\n{APP}[{name}]\n"
    );
    let file = folder.join("vestibule.toml");
    fs::write(&file, format!("{start}{section}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    let output = command.arg("check").arg("--config").arg(&file).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), start.lines().count())
}
