//! What the help desk asks and does when somebody telephones: why was I refused, sign me out.

use serde_json::Value;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Reply};
use crate::support::recorder::Recorder;
use crate::support::walk::{account, settled_audit_log, told};

const PASSWORD: &str = "a long enough passphrase";
/// Wrong passwords before the first pause.
const FREE: usize = 5;

#[test]
fn a_refusal_by_group_is_recorded_with_account_app_and_request() {
    let (_upstream, gateway) = start();
    gateway.add_account("anna", PASSWORD, &[]);
    let id = account(&gateway, "anna")["id"].as_str().expect("an id").to_string();
    let session = gateway.sign_in("anna", PASSWORD);
    // Control: where anybody who is signed in may go, nothing is recorded.
    assert_eq!(fetch(&gateway, "/page", &session).status(), 200);
    assert!(events(&gateway, "denied").is_empty());

    let refused = fetch(&gateway, "/admin/one-secret-path", &session);
    assert_eq!(refused.status(), 403, "{}", refused.shown());
    let request = refused.header("x-request-id").expect("a request id");
    for _ in 0..20 {
        assert_eq!(fetch(&gateway, "/admin/", &session).status(), 403);
    }
    let denied = events(&gateway, "denied");
    // A minute may end in between.
    assert!((1..=2).contains(&denied.len()), "{denied:?}");
    let first = &denied[0];
    assert_eq!((&first["account"], &first["app"]), (&id.into(), &"portal".into()), "{first}");
    assert_eq!(first["request"], request.as_str(), "{first}");
    assert_eq!(first["from"], "127.0.0.1", "{first}");

    let log = gateway.log();
    let line = log.lines().find(|line| line.contains("denied")).expect("a line about it");
    assert!(line.contains("portal") && line.contains(&*request), "{line}");
    assert!(!log.contains("one-secret-path"), "{log}");
}

#[test]
fn user_show_says_until_when_somebody_is_paused() {
    let (_upstream, gateway) = start();
    gateway.add_account("anna", PASSWORD, &[]);
    assert_eq!(account(&gateway, "anna")["paused"], false);
    for guess in 0..FREE {
        visitor(&gateway).walk_sign_in("anna", &format!("wrong {guess}"));
    }
    let refused = visitor(&gateway).walk_sign_in("anna", PASSWORD);
    assert_eq!(refused.status(), 429, "{}", refused.shown());
    let shown = account(&gateway, "anna");
    // A slow machine may be past the first wait, which is ten seconds.
    if shown["paused"] == true {
        let until = shown["paused_until"].as_str().expect("a time").to_string();
        let text = gateway.cli(&["user", "show", "anna"], "");
        let text = String::from_utf8(text.stdout).expect("text");
        assert!(text.contains(&format!("paused until {until}")) || text.contains("paused until -"));
    }
    // Control: after `unlock` there is none, and the password is looked at.
    assert!(gateway.cli(&["user", "unlock", "anna"], "").status.success());
    assert_eq!(account(&gateway, "anna")["paused"], false);
    assert_eq!(visitor(&gateway).walk_sign_in("anna", PASSWORD).status(), 303);
}

#[test]
fn user_sign_out_ends_the_sessions_of_one_account_at_once() {
    let (_upstream, gateway) = start();
    for name in ["anna", "bert"] {
        gateway.add_account(name, PASSWORD, &[]);
    }
    let annas = [gateway.sign_in("anna", PASSWORD), gateway.sign_in("anna", PASSWORD)];
    let bert = gateway.sign_in("bert", PASSWORD);
    for session in annas.iter().chain([&bert]) {
        assert_eq!(fetch(&gateway, "/page", session).status(), 200);
    }
    assert_eq!(told(&gateway, &["user", "sign-out", "Anna"])["name"], "anna");
    for session in &annas {
        assert_eq!(fetch(&gateway, "/page", session).status(), 401);
    }
    // Control: another account's goes on, and the account can sign in again.
    assert_eq!(fetch(&gateway, "/page", &bert).status(), 200);
    assert_eq!(fetch(&gateway, "/page", &gateway.sign_in("anna", PASSWORD)).status(), 200);
    assert_eq!(events(&gateway, "sessions_ended").len(), 1);
    let nobody = gateway.cli(&["user", "sign-out", "nobody"], "");
    assert_eq!(nobody.status.code(), Some(1), "{nobody:?}");
}

#[test]
fn user_set_with_nothing_to_change_is_a_wrong_command_line() {
    let (_upstream, gateway) = start();
    gateway.add_account("anna", PASSWORD, &["staff"]);
    let nothing = gateway.cli(&["user", "set", "anna"], "");
    assert_eq!(nothing.status.code(), Some(2), "{nothing:?}");
    let said = String::from_utf8_lossy(&nothing.stderr);
    assert!(said.contains("--email") && said.contains("--no-groups"), "{said}");
    assert!(events(&gateway, "account_changed").is_empty());
    // Control: one thing is enough, and what it answers tells only what it knows.
    for change in [&["--no-groups"][..], &["--full-name", "Anna"], &["--lang", "fr"]] {
        let done = gateway.cli(&[&["user", "set", "anna"], change].concat(), "");
        assert!(done.status.success(), "{done:?}");
        let text = String::from_utf8(done.stdout).expect("text");
        assert!(text.contains("full name") && !text.contains("factors"), "{text}");
    }
    assert_eq!(events(&gateway, "account_changed").len(), 3);
}

// ---- Means ----------------------------------------------------------------------------------------

fn start() -> (Recorder, Gateway) {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    (upstream, gateway)
}

fn visitor(gateway: &Gateway) -> Client {
    Client::new(gateway.addr, &gateway.public_url)
}

fn fetch(gateway: &Gateway, target: &str, session: &str) -> Reply {
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\nConnection: close\r\n\r\n"
    );
    raw::exchange(gateway.addr, head.as_bytes())
}

/// The events of this kind in the audit log.
fn events(gateway: &Gateway, kind: &str) -> Vec<Value> {
    let log = settled_audit_log(gateway);
    let read = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
    log.lines().map(read).filter(|event| event["kind"] == kind).collect()
}
