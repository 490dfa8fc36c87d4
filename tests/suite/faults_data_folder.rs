//! A data folder that is not what it should be: nothing is made where a name was mistyped, no key
//! takes the place of one that is missing, and what is wrong is told, with what to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const PASSWORD: &str = "a long enough passphrase";
/// The exit code of a data folder that cannot be used.
const DATA_FOLDER: i32 = 5;

/// Commands of every kind: those that read, those that write, and those to a running gateway.
const COMMANDS: [&[&str]; 5] = [
    &["user", "list"],
    &["user", "show", "anna"],
    &["user", "add", "zoe", "--email", "zoe@example.test"],
    &["reload"],
    &["upgrade"],
];

/// A gateway that has stopped, with one account.
fn stopped() -> (Recorder, Gateway) {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("anna", PASSWORD, &[]);
    assert!(gateway.terminate().success(), "{}", gateway.log());
    (upstream, gateway)
}

fn data(gateway: &Gateway) -> PathBuf {
    gateway.dir.path().join("data")
}

fn on_folder(args: &[&str], data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    command.args(args).arg("--data").arg(data).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

fn assert_refused(output: &Output, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(DATA_FOLDER), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
    for inside in ["Inline(", "backtrace", "sled", "src/", "panic", "in use"] {
        assert!(!said.contains(inside), "{inside:?} in {said}");
    }
    assert!(said.lines().count() < 4, "{said}");
}

#[test]
fn a_command_on_a_mistyped_folder_makes_nothing_and_says_so() {
    let folder = TempDir::new().expect("a folder");
    let (missing, other) = (folder.path().join("nowhere"), folder.path().join("other"));
    fs::create_dir(&other).expect("a folder of something else");
    for command in COMMANDS {
        for place in [&missing, &other] {
            let output = on_folder(command, place);
            assert_refused(&output, &["no data folder at", "vestibule serve", "--data"]);
        }
    }
    assert!(!missing.exists(), "it was made");
    assert_eq!(fs::read_dir(&other).expect("a folder").count(), 0, "something was put into it");

    // Control: where a gateway has been, they find it.
    let (_upstream, gateway) = stopped();
    let listed = on_folder(&["user", "list"], &data(&gateway));
    assert!(listed.status.success() && said(&listed).contains("anna"), "{}", said(&listed));
}

#[test]
fn a_store_without_its_sealing_key_is_not_given_another() {
    let (_upstream, gateway) = stopped();
    let seal = data(&gateway).join("seal.key");
    let key = fs::read(&seal).expect("a key");
    fs::remove_file(&seal).expect("it is taken away");
    for command in COMMANDS.iter().chain([&["serve"][..]].iter()) {
        assert_refused(&gateway.cli(command, ""), &["seal.key is missing", "backup"]);
        assert!(!seal.exists(), "{command:?} made a key");
    }
    // Control: with the key in its place everything is as before.
    fs::write(&seal, key).expect("it is put back");
    let listed = gateway.cli(&["user", "list"], "");
    assert!(listed.status.success(), "{}", said(&listed));
    assert!(said(&listed).contains("anna") && !said(&listed).contains("zoe"), "{}", said(&listed));
}

#[test]
fn a_sealing_key_of_another_store_is_told_before_anything_is_done_with_it() {
    let (_upstream, gateway) = stopped();
    let seal = data(&gateway).join("seal.key");
    let key = fs::read(&seal).expect("a key");
    fs::write(&seal, [7; 32]).expect("another key");
    for command in [&["user", "show", "anna"][..], COMMANDS[2], &["serve"]] {
        let output = gateway.cli(command, "");
        assert_refused(&output, &["sealed with another key", "seal.key", "backup"]);
    }
    // So is one that is none.
    fs::write(&seal, []).expect("no key");
    assert_refused(&gateway.cli(&["user", "list"], ""), &["not a key of 32 bytes", "backup"]);
    // Control: with the right one they are answered.
    fs::write(&seal, key).expect("it is put back");
    assert!(gateway.cli(&["user", "show", "anna"], "").status.success());
    assert!(!gateway.cli(&["user", "show", "zoe"], "").status.success(), "zoe was added");
}

#[test]
fn a_store_whose_records_are_gone_is_told_in_words_for_operators() {
    let (_upstream, gateway) = stopped();
    let db = data(&gateway).join("store/db");
    let whole = fs::read(&db).expect("a store");
    fs::remove_file(&db).expect("it is taken away");
    for command in [&["user", "list"][..], &["serve"]] {
        let output = gateway.cli(command, "");
        assert_refused(&output, &["the store in", "is damaged", "restore the backup"]);
        assert!(!db.exists(), "an empty one is in its place");
    }
    // Control: what was in it opens.
    fs::write(&db, whole).expect("the backup");
    assert!(said(&gateway.cli(&["user", "list"], "")).contains("anna"));
}
