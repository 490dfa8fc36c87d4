//! What `check` says of a `[mail]` section by which no mail could go out.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn a_mail_section_with_which_nothing_could_be_sent_is_told_with_its_place() {
    let right = "server = \"mail.example.be:587\"\nfrom = \"no@example.be\"\n";
    let with = |more: &str| format!("{right}{more}\n");
    // What the section says, the line of the fault counted from the section's, and what is said.
    let cases: &[(String, usize, &[&str])] = &[
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
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("secret"), "word\n").unwrap();
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
    // Control: what is right is not told, and neither is a server on this machine.
    let secret = "user = \"portal\"\npassword_file = \"secret\"";
    let near = "server = \"127.0.0.1:25\"\nfrom = \"no@example.be\"\ntls = \"none\"\n".to_owned();
    for section in [with(""), with(secret), near] {
        let (code, told, _) = check(folder.path(), &section);
        assert_eq!(code, Some(0), "{section}{told}");
    }
}

/// Exit code, what is told, and the line on which `[mail]` stands.
fn check(folder: &Path, section: &str) -> (Option<i32>, String, usize) {
    const APP: &str = "[[app]]\nname = \"portal\"\nhosts = [\"app.test\"]\n\
        upstreams = [\"http://127.0.0.1:9\"]\nheaders = \"remote\"\n\
        [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n";
    let start = format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\npublic_url = \"https://id.test\"\n\
         data_dir = \"data\"\n[brand]\nname = \"My portal\"\n{APP}[mail]\n"
    );
    let file = folder.join("vestibule.toml");
    fs::write(&file, format!("{start}{section}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    let output = command.arg("check").arg("--config").arg(&file).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), start.lines().count())
}
