//! The `user` commands: the same beside a running gateway as without one, helpful when they are
//! typed wrong, and in force on the very next request.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const PASSWORD: &str = "a long enough passphrase";
const FAILED: Option<i32> = Some(1);
const WRONG_COMMAND_LINE: Option<i32> = Some(2);

// ---- The same results with and without a running gateway ----------------------------------------

/// Commands in order, each with what is typed into it. At the end the store is as it was.
const SCRIPT: &[(&[&str], &str)] = &[
    (&["user", "list"], ""),
    (&["user", "list", "--json"], ""),
    (&["user", "add", "bea", "--email", "bea@example.test", "--password-stdin"], PASSWORD),
    (&["user", "show", "bea"], ""),
    (&["user", "show", "bea", "--json"], ""),
    (&["user", "set", "bea", "--full-name", "Bea Bell"], ""),
    (&["user", "set", "bea", "--group", "staff", "--json"], ""),
    (&["user", "show", "bea", "--json"], ""),
    (&["user", "disable", "bea"], ""),
    (&["user", "list"], ""),
    (&["user", "disable", "bea", "--json"], ""),
    (&["user", "show", "bea", "--json"], ""),
    (&["user", "enable", "bea"], ""),
    (&["user", "enable", "bea", "--json"], ""),
    (&["user", "list", "--json"], ""),
    (&["user", "add", "bea", "--email", "bea@example.test", "--password-stdin"], PASSWORD),
    (&["user", "delete", "bea"], ""),
    (&["user", "show", "bea"], ""),
    (&["user", "delete", "bea", "--json"], ""),
    (&["user", "add", "bea", "--email", "b@example.test", "--password-stdin", "--json"], PASSWORD),
    (&["user", "delete", "bea", "--json"], ""),
    (&["user", "list"], ""),
];

#[test]
fn the_user_commands_give_the_same_results_with_and_without_a_running_gateway() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("anna", PASSWORD, &["admin"]);

    let beside = play(&gateway);
    assert!(gateway.terminate().success(), "{}", gateway.log());
    let alone = play(&gateway);
    for (number, (beside, alone)) in beside.iter().zip(&alone).enumerate() {
        assert_eq!(beside, alone, "{:?}", SCRIPT[number].0);
    }

    // Control: the results can differ at all, and the failures are the ones meant.
    let codes: Vec<Option<i32>> = beside.iter().map(|result| result.code).collect();
    let failed: Vec<usize> = (0..codes.len()).filter(|at| codes[*at] != Some(0)).collect();
    assert_eq!(failed, [15, 17, 18], "adding twice, showing and deleting nobody: {beside:#?}");
    assert!(failed.iter().all(|at| codes[*at] == FAILED), "{codes:?}");
    assert_ne!(beside[4].stdout, beside[7].stdout, "`set` changed nothing that `show` shows");
    assert_ne!(beside[7].stdout, beside[11].stdout, "`disable` changed nothing that `show` shows");
}

#[derive(Debug, PartialEq, Eq)]
struct Played {
    code: Option<i32>,
    stdout: String,
    failure: String,
}

fn play(gateway: &Gateway) -> Vec<Played> {
    SCRIPT
        .iter()
        .map(|(args, typed)| {
            let output = gateway.cli(args, &format!("{typed}\n"));
            // What a command that succeeds adds to its error output is a log, not a result.
            let failure = if output.status.success() { &[] } else { &output.stderr[..] };
            Played {
                code: output.status.code(),
                stdout: settled(&output.stdout, args.contains(&"--json")),
                failure: settled(failure, false),
            }
        })
        .collect()
}

/// Output without what is different each time: identifiers, and the numbers of times.
fn settled(output: &[u8], json: bool) -> String {
    let text = String::from_utf8(output.to_vec()).unwrap();
    if json && !text.is_empty() {
        let value: Value = serde_json::from_str(&text)
            .unwrap_or_else(|wrong| panic!("one JSON value and nothing else, {wrong}: {text}"));
        return without_ids(value).to_string();
    }
    let words = text.split_inclusive(char::is_whitespace).map(|word| {
        let changes = word.chars().any(|letter| letter.is_ascii_digit());
        if changes { "#" } else { word }
    });
    words.collect()
}

fn without_ids(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(without_ids).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "id" | "sub" => (name, Value::from("an id")),
                _ => (name, without_ids(value)),
            })
            .collect(),
        Value::Number(_) => Value::from("a number"),
        // A time as text.
        Value::String(text) if text.starts_with("20") => Value::from("a time"),
        other => other,
    }
}

#[test]
fn adding_an_account_prints_what_a_program_needs() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let add = ["user", "add", "carl", "--email", "carl@example.test", "--json"];
    let added = json(&gateway.cli(&add, ""));
    assert_eq!(added["name"], "carl");
    let password = added["provisional_password"].as_str().expect("a provisional password");
    assert!(password.len() >= 12, "a provisional password of {} letters", password.len());
    let shown = json(&gateway.cli(&["user", "show", "carl", "--json"], ""));
    assert_eq!(shown["id"], added["id"]);
    assert!(!shown.to_string().contains(password), "the password is shown once only");

    // A password that was typed in is the account's own and is not printed back.
    let add = ["user", "add", "dora", "--email", "dora@example.test", "--password-stdin", "--json"];
    let output = gateway.cli(&add, &format!("{PASSWORD}\n"));
    assert_eq!(json(&output).get("provisional_password"), None);
    assert!(!said(&output).contains(PASSWORD));
    gateway.sign_in("dora", PASSWORD);
}

// ---- Names --------------------------------------------------------------------------------------

#[test]
fn adding_a_name_twice_fails_and_names_it() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("anna", PASSWORD, &[]);
    let again = ["user", "add", "anna", "--email", "other@example.test", "--password-stdin"];
    let output = gateway.cli(&again, "another passphrase\n");
    assert_eq!(output.status.code(), FAILED, "{}", said(&output));
    assert!(text(&output.stderr).contains("anna"), "{}", said(&output));

    // The account is as it was.
    let shown = json(&gateway.cli(&["user", "show", "anna", "--json"], ""));
    assert_eq!(shown["email"], "anna@example.test");
    gateway.sign_in("anna", PASSWORD);
}

#[test]
fn names_that_differ_only_in_letter_case_are_one_account() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("Anna", PASSWORD, &[]);
    for spelling in ["anna", "ANNA", "aNNa"] {
        let add = ["user", "add", spelling, "--email", "other@example.test", "--password-stdin"];
        let output = gateway.cli(&add, "another passphrase\n");
        assert_eq!(output.status.code(), FAILED, "{spelling}: {}", said(&output));
        gateway.sign_in(spelling, PASSWORD);
    }
    let first = json(&gateway.cli(&["user", "show", "Anna", "--json"], ""));
    let other = json(&gateway.cli(&["user", "show", "aNNA", "--json"], ""));
    assert_eq!(first["id"], other["id"]);

    // Control: a name that differs in more is another account.
    gateway.add_account("Annb", PASSWORD, &[]);
    let another = json(&gateway.cli(&["user", "show", "annb", "--json"], ""));
    assert_ne!(first["id"], another["id"]);
}

// ---- Help ---------------------------------------------------------------------------------------

#[test]
fn a_wrong_command_line_is_answered_with_how_it_is_written() {
    let wrong: &[&[&str]] = &[
        &[],
        &["sreve"],
        &["serve", "--confg", "x"],
        &["user"],
        &["user", "add"],
        &["user", "add", "anna", "--config", "x"],
        &["user", "frobnicate", "anna"],
        &["user", "show", "--config", "x"],
    ];
    for args in wrong {
        let output = run(args);
        assert_eq!(output.status.code(), WRONG_COMMAND_LINE, "{args:?}: {}", said(&output));
        assert!(text(&output.stderr).contains("Usage"), "{args:?}: {}", said(&output));
        assert!(output.stdout.is_empty(), "{args:?}: help for a mistake goes to the error output");
    }
}

#[test]
fn the_help_of_every_command_shows_an_example() {
    let commands: &[&[&str]] = &[
        &[],
        &["demo"],
        &["serve"],
        &["check"],
        &["user"],
        &["user", "add"],
        &["user", "list"],
        &["user", "show"],
        &["user", "set"],
        &["user", "enable"],
        &["user", "disable"],
        &["user", "delete"],
    ];
    for command in commands {
        let output = run(&[*command, &["--help"]].concat());
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", said(&output));
        let help = text(&output.stdout);
        let (_, example) = help.split_once("Example").unwrap_or_else(|| {
            panic!("no example in the help of {command:?}: {help}");
        });
        let line = ["vestibule", &command.join(" ")].join(" ");
        assert!(example.contains(line.trim_end()), "{command:?}: {help}");
    }
}

// ---- In force on the next request ---------------------------------------------------------------

#[test]
fn a_change_of_an_account_holds_from_the_next_request_on() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    gateway.add_account("anna", PASSWORD, &["admin"]);
    gateway.add_account("other", PASSWORD, &["admin"]);
    let other = signed_in(&gateway, "other");

    let anna = signed_in(&gateway, "anna");
    assert_eq!(status(&anna, "/admin/"), 200);
    change(&gateway, &["user", "set", "anna", "--group", "staff"]);
    assert_eq!(status(&anna, "/admin/"), 403, "after leaving the group");
    assert_eq!(status(&anna, "/"), 200, "the session itself goes on");
    change(&gateway, &["user", "set", "anna", "--group", "admin"]);
    assert_eq!(status(&anna, "/admin/"), 200, "after coming back to the group");

    change(&gateway, &["user", "disable", "anna"]);
    assert_eq!(status(&anna, "/"), 401, "after disabling");
    let refused = Client::new(gateway.addr, &gateway.public_url).walk_sign_in("anna", PASSWORD);
    assert_ne!(refused.status(), 303, "a disabled account signed in: {}", refused.shown());

    change(&gateway, &["user", "enable", "anna"]);
    let anna = signed_in(&gateway, "anna");
    assert_eq!(status(&anna, "/"), 200, "after enabling");

    change(&gateway, &["user", "delete", "anna"]);
    assert_eq!(status(&anna, "/"), 401, "after deleting");
    // A new account of the same name does not inherit the session.
    gateway.add_account("anna", PASSWORD, &["admin"]);
    assert_eq!(status(&anna, "/"), 401, "after adding the name anew");

    // Control: somebody else was admitted throughout.
    assert_eq!(status(&other, "/admin/"), 200);
}

// ---- Means ----------------------------------------------------------------------------------------

fn signed_in(gateway: &Gateway, name: &str) -> Client {
    let mut client = Client::new(gateway.addr, &gateway.public_url);
    let reply = client.walk_sign_in(name, PASSWORD);
    assert_eq!(reply.status(), 303, "{}", reply.shown());
    client
}

/// What a program that holds the session is answered. The client is copied, so that an answer that
/// takes the cookie back does not hide what the next request would be told.
fn status(client: &Client, target: &str) -> u16 {
    client.clone().fetch(target).status()
}

fn change(gateway: &Gateway, args: &[&str]) {
    let output = gateway.cli(args, "");
    assert!(output.status.success(), "{args:?}: {}", said(&output));
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vestibule")).args(args).output().expect("the program starts")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {}", said(output)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}
