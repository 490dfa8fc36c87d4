//! The example configurations are ones that the program takes, key for key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .collect();
    files.sort();
    files
}

fn check(config: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["check", "--config"])
        .arg(config)
        .output()
        .expect("the program starts")
}

/// `[server]` and `[[app.rule]]` are tables; a line of a list that runs over several is not.
fn is_table(line: &str) -> bool {
    let code = line.split('#').next().unwrap_or_default().trim();
    let name = code.trim_start_matches('[').trim_end_matches(']');
    code.starts_with('[')
        && code.ends_with(']')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[test]
fn every_example_configuration_passes_the_check() {
    let examples = examples();
    assert!(examples.iter().any(|path| path.ends_with("config/full.toml")), "{examples:?}");
    for example in examples {
        let output = check(&example);
        assert_eq!(output.status.code(), Some(0), "{}: {}", example.display(), said(&output));
    }
}

/// The control of the test above: in no table does an unknown key pass unseen, so every key that
/// the full example shows is one that the program knows.
#[test]
fn an_unknown_key_in_any_table_of_the_full_example_is_named_with_its_place() {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/full.toml");
    let text = fs::read_to_string(full).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let folder = tempfile::tempdir().unwrap();
    let faulty = folder.path().join("faulty.toml");
    let tables = lines.iter().enumerate().filter(|(_, line)| is_table(line));

    let mut tried = 0;
    for (at, table) in tables {
        let mut with_fault = lines.clone();
        with_fault.insert(at + 1, "  no_such_key = 1");
        fs::write(&faulty, with_fault.join("\n")).unwrap();

        let output = check(&faulty);
        let said = said(&output);
        // The table is at `at` counted from 0, the key on the line after it, behind two spaces.
        let (line, column) = (at + 2, 3);
        assert_eq!(output.status.code(), Some(1), "below {table}: {said}");
        assert!(said.contains("no_such_key"), "below {table}: {said}");
        assert!(crate::faults::names_place(&said, line, column), "{line}:{column}: {said}");
        tried += 1;
    }
    assert!(tried >= 5, "the full example has {tried} tables");
}
