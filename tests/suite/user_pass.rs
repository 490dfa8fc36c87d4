//! `vestibule user pass`: what the help desk is told, when it is refused, and what is left behind.

use crate::support::gateway::Gateway;
use crate::support::mailed::{Mailing, PASSWORD};
use crate::support::raw::holds;
use crate::support::walk::{
    Walk, account, at, at_code, audited, fill, settled_audit_log, start, to, told,
};

/// What a command says on both outputs, and whether it was done.
fn says(gateway: &Gateway, args: &[&str]) -> (bool, String) {
    let output = gateway.cli(args, "");
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.success(), String::from_utf8_lossy(&both).into_owned())
}

#[test]
fn a_pass_is_told_once_to_the_help_desk_and_by_mail_to_its_owner() {
    let house = Mailing::start();
    house.secured("anna");
    house.server.wait_for(1);
    let (done, text) = says(&house.gateway, &["user", "pass", "anna", "--minutes", "15"]);
    assert!(done, "{text}");
    let pass = text.lines().next().and_then(|line| line.strip_prefix("pass for anna: "));
    let pass = pass.unwrap_or_else(|| panic!("no pass: {text}")).to_string();
    assert!(pass.len() == 11 && text.contains("It is shown once"), "{text}");

    // Its owner hears that there is one, and not which.
    let mails = house.server.wait_for(2);
    let mail = &mails[1];
    assert_eq!(
        mail.header("Subject"),
        Some("My portal\u{a0}: un passe a été remis pour votre compte")
    );
    let whole = std::fs::read_to_string(&mail.file).unwrap();
    assert!(!whole.contains(&pass) && !mail.text.contains(".vestibule"), "{whole}");
    // Until when is shown; the pass is nowhere.
    let shown = account(&house.gateway, "anna");
    assert!(shown["pass_until"].as_str().is_some_and(|until| until.len() > 15), "{shown}");
    assert!(says(&house.gateway, &["user", "show", "anna"]).1.contains("pass until   20"));
    assert_eq!(audited(&house.gateway, "pass_issued"), 1);
    for place in [house.gateway.log(), settled_audit_log(&house.gateway), shown.to_string()] {
        assert!(!place.contains(&pass), "{place}");
    }
    let store = house.gateway.dir.path().join("data/store/db");
    assert!(!holds(&std::fs::read(store).unwrap(), pass.as_bytes()));

    // As JSON; the new one ends the one before.
    let given = told(&house.gateway, &["user", "pass", "anna"]);
    assert_eq!((&given["name"], &given["locked"]), (&"anna".into(), &false.into()), "{given}");
    let (mut browser, _) = at_code(&house.gateway, "anna", PASSWORD);
    assert_eq!(fill(&mut browser, "lost-phone", &[("pass", &pass)]).status(), 422);
    let second = given["pass"].as_str().expect("a pass");
    assert_eq!(to(&fill(&mut browser, "lost-phone", &[("pass", second)])), at("secure"));
    assert_eq!(audited(&house.gateway, "pass_used"), 1);
    assert!(account(&house.gateway, "anna")["pass_until"].is_null(), "control: it is used up");
}

#[test]
fn a_pass_is_refused_with_what_to_do_instead() {
    let (_upstream, gateway) = start();
    Walk::new(&gateway, "bert").finish();
    gateway.add_account("bare", PASSWORD, &[]);
    for (args, wanted) in [
        (vec!["bare"], "user provision"),
        (vec!["nobody"], "nobody has the name"),
        (vec!["bert", "--minutes", "9"], "10 to 1440 minutes"),
        (vec!["bert", "--minutes", "1441"], "10 to 1440 minutes"),
        (vec!["bert", "--minutes", "soon"], "invalid value"),
    ] {
        let (done, text) = says(&gateway, &[&["user", "pass"], &args[..]].concat());
        assert!(!done && text.contains(wanted), "{args:?}: {text}");
    }
    told(&gateway, &["user", "disable", "bert"]);
    let (done, text) = says(&gateway, &["user", "pass", "bert"]);
    assert!(!done && text.contains("enable"), "{text}");
    assert_eq!(audited(&gateway, "pass_issued"), 0);
    // Control: none of that stands in the way of one who may have it.
    told(&gateway, &["user", "enable", "bert"]);
    for minutes in ["10", "1440"] {
        told(&gateway, &["user", "pass", "bert", "--minutes", minutes]);
    }
    assert_eq!(audited(&gateway, "pass_issued"), 2);
}

#[test]
fn a_pass_ends_with_a_new_password_a_provisional_one_and_a_disabled_account() {
    let (_upstream, gateway) = start();
    Walk::new(&gateway, "carla").finish();
    for command in ["set", "provision", "disable"] {
        told(&gateway, &["user", "pass", "carla"]);
        assert!(!account(&gateway, "carla")["pass_until"].is_null(), "control: {command}");
        match command {
            "set" => {
                let output = gateway
                    .cli(&["user", "set", "carla", "--password-stdin"], "Some-Other 9 one\n");
                assert!(output.status.success(), "{output:?}");
            }
            other => drop(told(&gateway, &["user", other, "carla"])),
        }
        assert!(account(&gateway, "carla")["pass_until"].is_null(), "{command}");
    }
}

#[test]
fn a_pass_survives_a_kill_and_once_used_stays_used() {
    let (_upstream, mut gateway) = start();
    let (password, _) = Walk::new(&gateway, "dirk").finish();
    // Given while no gateway runs, by the command itself.
    assert!(gateway.terminate().success());
    let given = told(&gateway, &["user", "pass", "dirk"]);
    let pass = given["pass"].as_str().expect("a pass").to_string();
    gateway.restart();
    gateway.kill();
    gateway.restart();
    let (mut browser, _) = at_code(&gateway, "dirk", &password);
    assert_eq!(to(&fill(&mut browser, "lost-phone", &[("pass", &pass)])), at("secure"));
    gateway.kill();
    gateway.restart();
    let (mut browser, _) = at_code(&gateway, "dirk", &password);
    assert_eq!(fill(&mut browser, "lost-phone", &[("pass", &pass)]).status(), 422);
    // Control: a new one is taken.
    let given = told(&gateway, &["user", "pass", "dirk"]);
    let pass = given["pass"].as_str().expect("a pass");
    assert_eq!(to(&fill(&mut browser, "lost-phone", &[("pass", pass)])), at("secure"));
}
