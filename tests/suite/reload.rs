//! Reading the configuration again while visitors are served: all of it or nothing.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::streams::await_in;
use crate::support::endless::{EVENT, Endless, Said};
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Connection};
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;
use crate::support::walk::{fill, metrics, visitor};

/// The rule that most of these tests move about.
const ADMIN: &str = "  path = \"/admin/\"\n  groups = [\"admin\"]";

/// A gateway before an app, and the cookie of an administrator.
struct House {
    _app: Recorder,
    gateway: Gateway,
    cookie: String,
}

impl House {
    fn open() -> Self {
        let app = Recorder::start();
        let gateway = Gateway::start(Setup::new(app.addr()));
        gateway.add_account(ANNA.0, ANNA.1, &["admin"]);
        let cookie = gateway.sign_in(ANNA.0, ANNA.1);
        Self { _app: app, gateway, cookie }
    }
}

fn edit(gateway: &Gateway, from: &str, to: &str) {
    let text = fs::read_to_string(&gateway.config).expect("the configuration");
    assert!(text.contains(from), "{from}");
    fs::write(&gateway.config, text.replace(from, to)).expect("the configuration is written");
}

/// What `vestibule reload` says, and with which exit code.
fn reload(gateway: &Gateway, args: &[&str]) -> (i32, String) {
    let output = gateway.cli(&[&["reload"], args].concat(), "");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&said).into_owned())
}

/// What it says where the configuration itself need not be readable.
fn reload_by_data(gateway: &Gateway) -> (i32, String) {
    let data = gateway.dir.path().join("data");
    let asked = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["reload", "--data", data.to_str().expect("a path")])
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&asked.stderr).into_owned();
    (asked.status.code().expect("an exit code"), said)
}

fn status(gateway: &Gateway, cookie: &str, target: &str) -> u16 {
    let head = format!("GET {target} HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n");
    raw::exchange(gateway.addr, head.as_bytes()).status()
}

/// The checksums that the metrics show: of what is at work, and of what was read last.
fn checksums(gateway: &Gateway) -> (String, String) {
    let text = metrics(gateway);
    let of = |version: &str| {
        let lines = text.lines().filter(|line| line.starts_with("vestibule_config_info{"));
        let own: Vec<_> =
            lines.filter(|line| line.contains(&format!("version=\"{version}\""))).collect();
        assert_eq!(own.len(), 1, "{version}: {own:?}");
        let checksum = own[0].split("checksum=\"").nth(1).expect("a checksum");
        checksum.split('"').next().expect("a checksum").to_string()
    };
    (of("running"), of("last_read"))
}

#[test]
fn a_reload_counts_for_the_next_request_of_every_connection_and_keeps_sessions() {
    let house = House::open();
    let cookie = &house.cookie;
    let mut kept = Connection::open(house.gateway.addr);
    let head = format!("GET /admin/x HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n");
    kept.write(head.as_bytes());
    assert_eq!(kept.reply().status(), 200);
    let (before, _) = checksums(&house.gateway);

    edit(&house.gateway, ADMIN, "  path = \"/admin/\"\n  groups = [\"board\"]");
    let (code, said) = reload(&house.gateway, &[]);
    assert_eq!(code, 0, "{said}");
    let (running, last_read) = checksums(&house.gateway);
    assert!(said.contains(&running), "{said}");
    assert_eq!(running, last_read);
    assert_ne!(running, before);

    kept.write(head.as_bytes());
    assert_eq!(kept.reply().status(), 403, "the connection was open before");
    // Control: the session is the same, and its other pages are served.
    assert_eq!(status(&house.gateway, cookie, "/x"), 200);
    let counted = metrics(&house.gateway);
    assert!(counted.contains("vestibule_config_reloads_total{outcome=\"done\"} 1"), "{counted}");
}

#[test]
fn a_hangup_reads_the_configuration_again() {
    let house = House::open();
    let cookie = &house.cookie;
    edit(&house.gateway, ADMIN, "  path = \"/admin/\"\n  groups = [\"board\"]");
    assert_eq!(status(&house.gateway, cookie, "/admin/x"), 200, "it is not watched");
    let pid = Pid::from_raw(i32::try_from(house.gateway.pid()).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::HUP).expect("a signal");
    let done =
        || metrics(&house.gateway).contains("vestibule_config_reloads_total{outcome=\"done\"} 1");
    for _ in 0..100 {
        if done() {
            break;
        }
        thread::park_timeout(Duration::from_millis(50));
    }
    assert_eq!(status(&house.gateway, cookie, "/admin/x"), 403);
}

#[test]
fn f14_a_configuration_with_a_fault_changes_nothing_and_check_says_the_same() {
    let faults = [
        ("an unknown key", "[brand]", "[brand]\ncolour = \"red\""),
        ("bad syntax", "[brand]", "[brand"),
        ("a host of two apps", "\"open.test\"", "\"app.test\""),
        ("a rule that cannot be", "  allow = \"everyone\"", "  allow = \"everybody\""),
        ("a file that is not there", "[brand]", "[brand]\nlogo = \"none.svg\""),
        ("a byte order mark in its middle", "[operator]", "\u{feff}[operator]"),
    ];
    let house = House::open();
    let cookie = &house.cookie;
    let text = fs::read_to_string(&house.gateway.config).expect("the configuration");
    let (running, _) = checksums(&house.gateway);
    for (count, (what, from, to)) in faults.into_iter().enumerate() {
        // It would also shut people out, which a half of it would show.
        let bad = text.replacen(from, to, 1).replace("groups = [\"admin\"]", "groups = [\"none\"]");
        fs::write(&house.gateway.config, bad).expect("the configuration is written");
        let checked = house.gateway.cli(&["check"], "");
        assert_eq!(checked.status.code(), Some(1), "{what}: {checked:?}");
        let (code, said) = reload_by_data(&house.gateway);
        assert_eq!(code, 1, "{what}: {said}");
        assert_eq!(said, String::from_utf8_lossy(&checked.stderr), "{what}");
        assert!(said.contains("vestibule.toml:"), "{what}: {said}");
        assert!(house.gateway.logged("the configuration stays as it was"), "{what}");
        assert_eq!(status(&house.gateway, cookie, "/admin/x"), 200, "{what}");
        let counted = metrics(&house.gateway);
        let refused =
            format!("vestibule_config_reloads_total{{outcome=\"refused\"}} {}", count + 1);
        assert!(counted.contains(&refused), "{what}: {counted}");
        let (now, last_read) = checksums(&house.gateway);
        assert_eq!(now, running, "{what}");
        assert_ne!(last_read, running, "{what}");
    }
    // Control: put right, it is taken.
    fs::write(&house.gateway.config, &text).expect("the configuration is written");
    assert_eq!(reload(&house.gateway, &[]).0, 0);
}

#[test]
fn a_reload_that_opens_a_path_is_refused_unless_told_so() {
    let house = House::open();
    edit(&house.gateway, ADMIN, "  path = \"/admin/\"\n  allow = \"everyone\"");
    let (code, said) = reload(&house.gateway, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("app.test/admin/") && said.contains("--allow-public"), "{said}");
    assert_eq!(status(&house.gateway, "", "/admin/x"), 401);
    let (code, said) = reload(&house.gateway, &["--allow-public"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("open to everyone now: app.test/admin/"), "{said}");
    assert_eq!(status(&house.gateway, "", "/admin/x"), 200);
    // Closing it again needs no word.
    edit(&house.gateway, "  path = \"/admin/\"\n  allow = \"everyone\"", ADMIN);
    assert_eq!(reload(&house.gateway, &[]).0, 0);
    assert_eq!(status(&house.gateway, "", "/admin/x"), 401);
}

#[test]
fn what_is_made_once_for_a_process_is_refused_by_its_name() {
    let house = House::open();
    edit(&house.gateway, "data_dir = \"data\"", "data_dir = \"data2\"\nworkers = 7");
    let (code, said) = reload_by_data(&house.gateway);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("server.workers, server.data_dir cannot be changed"), "{said}");
    // A new process would look for this one in the other folder.
    assert!(said.contains("move the data folder") && !said.contains("upgrade"), "{said}");
    // By the file no gateway is found, and nothing is put in the place of the folder to be moved.
    let (code, said) = reload(&house.gateway, &[]);
    assert!(code == 1 && said.contains("move its data folder"), "{said}");
    assert!(!house.gateway.dir.path().join("data2").exists());
    edit(&house.gateway, "\"data2\"", "\"data\"");
    let (code, said) = reload(&house.gateway, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("server.workers cannot be changed"), "{said}");
    // Under systemd a process that is started by hand would be none of the unit's.
    assert!(said.contains("`vestibule upgrade`") && !said.contains("take-over"), "{said}");
    // Control: put back, it is taken.
    edit(&house.gateway, "\nworkers = 7", "");
    assert_eq!(reload(&house.gateway, &[]).0, 0);
}

#[test]
fn a_fault_in_the_file_is_in_no_commands_way_while_a_gateway_runs() {
    let house = House::open();
    let before = house.gateway.cli(&["user", "list"], "").stdout;
    let (right, wrong) = ("hosts = [\"open.test\"]", "hostss = [\"open.test\"]");
    edit(&house.gateway, right, wrong);
    let listed = house.gateway.cli(&["user", "list"], "");
    assert!(listed.status.success() && listed.stdout == before, "{listed:?}");
    // The gateway itself is asked, and so it logs and counts what it refuses.
    let (code, said) = reload(&house.gateway, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("hostss"), "{said}");
    let counted = metrics(&house.gateway);
    assert!(counted.contains("vestibule_config_reloads_total{outcome=\"refused\"} 1"), "{counted}");
    // Without a gateway the file is needed, and what does without it is told.
    house.gateway.terminate();
    let alone = house.gateway.cli(&["user", "list"], "");
    let said = String::from_utf8_lossy(&alone.stderr);
    assert_eq!(alone.status.code(), Some(3), "{said}");
    assert!(said.contains("hostss") && said.contains("--data"), "{said}");
    // Control: put right, it does.
    edit(&house.gateway, wrong, right);
    assert!(house.gateway.cli(&["user", "list"], "").status.success());
}

#[test]
fn what_goes_on_under_rules_that_changed_ends_with_the_reload() {
    let app = Endless::start();
    let gateway = Gateway::start(Setup::new(app.addr));
    gateway.add_account(ANNA.0, ANNA.1, &["admin"]);
    let cookie = gateway.sign_in(ANNA.0, ANNA.1);
    gateway.add_account("bert", ANNA.1, &[]);
    let berts = gateway.sign_in("bert", ANNA.1);
    let begin = |cookie: &str, target: &str| {
        let mut connection = Connection::open(gateway.addr);
        let head = format!("GET {target} HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n");
        connection.write(head.as_bytes());
        app.wait_for(&[Said::Came(target.to_string())]);
        await_in(&mut connection, EVENT);
        connection
    };
    let mut annas = begin(&cookie, "/events/anna");
    let _berts = begin(&berts, "/events/bert");
    edit(&gateway, "name = \"My portal\"", "name = \"Our portal\"");
    assert_eq!(reload(&gateway, &[]).0, 0);
    // Control: the rules are the same, so hers goes on when all have been looked at, as the end of
    // his shows.
    let mut browser = visitor(&gateway);
    let (name, value) = berts.split_once('=').expect("a cookie");
    browser.cookies.push((name.to_string(), value.to_string()));
    assert!(browser.get("/.vestibule/sign-out").text().contains("Our portal"));
    fill(&mut browser, "sign-out", &[]);
    app.wait_for(&[Said::Ended("/events/bert".to_string())]);
    app.say("/events/anna", b"data: 2\n\n");
    await_in(&mut annas, b"data: 2");
    edit(&gateway, ADMIN, "  path = \"/admin/\"\n  groups = [\"board\"]");
    assert_eq!(reload(&gateway, &[]).0, 0);
    app.wait_for(&[Said::Ended("/events/anna".to_string())]);
    assert!(annas.until_closed().closed);
}

#[test]
fn without_a_gateway_there_is_nothing_to_reload() {
    let house = House::open();
    house.gateway.terminate();
    let (code, said) = reload(&house.gateway, &[]);
    assert_eq!(code, 1);
    assert!(said.contains("no gateway runs"), "{said}");
}

#[test]
fn an_app_that_is_gone_after_a_reload_is_asked_for_its_health_no_more() {
    let (stays, goes) = (Recorder::start(), Recorder::start());
    // Names, so that they are looked up as well.
    let app = |name: &str, app: &Recorder| {
        format!(
            "[[app]]\nname = \"{name}\"\nhosts = [\"{name}.test\"]\n\
             upstreams = [\"http://localhost:{}\"]\n\
             [app.health]\npath = \"/health-of-{name}\"\nevery_seconds = 1\n\
             timeout_seconds = 1\n[[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n",
            app.addr().port()
        )
    };
    let going = app("goes", &goes);
    let mut setup = Setup::new(stays.addr());
    setup.extra = format!("{}{going}", app("stays", &stays));
    let gateway = Gateway::start(setup);
    goes.wait_for(b"GET /health-of-goes ");
    edit(&gateway, &going, "");
    let (code, said) = reload(&gateway, &[]);
    assert_eq!(code, 0, "{said}");
    let asked_more = |times: usize| {
        stays.clear();
        while stays.requests().len() < times {
            thread::yield_now();
        }
    };
    // What was on its way has come.
    asked_more(1);
    goes.clear();
    // Control: the other one is asked, again and again.
    asked_more(4);
    assert!(!goes.saw(b"GET /health-of-goes "), "{}", goes.shown());
}
