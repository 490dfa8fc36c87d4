//! What goes wrong around the gateway is said plainly: a message that names the thing and what to
//! do about it, with the exit code that scripts rely on; and for visitors nothing from inside.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const PATIENCE: Duration = Duration::from_secs(60);
const BAD_CONFIGURATION: i32 = 3;
const ADDRESS: i32 = 4;
const DATA_FOLDER: i32 = 5;

/// A configuration with nothing wrong; each test spoils it in one way.
const SOUND: &str = r#"[server]
listen = ["127.0.0.1:0"]
public_url = "https://app.test"
data_dir = "data"
apps_on_sign_in_host = true
[operator]
listen = "127.0.0.1:0"
[sign_in]
second_factor = "optional"
[[app]]
name = "portal"
hosts = ["app.test"]
upstreams = ["http://127.0.0.1:9"]
headers = "remote"
  [[app.rule]]
  path = "/"
  allow = "signed-in"
"#;

/// Whether a message says where a fault is, as `7:1` or in words.
pub fn names_place(said: &str, line: usize, column: usize) -> bool {
    let short = format!(":{line}:{column}");
    let words = format!("line {line}, column {column}");
    [short, words].iter().any(|place| {
        said.match_indices(place.as_str()).any(|(at, _)| {
            let next = said[at + place.len()..].chars().next();
            !next.is_some_and(|next| next.is_ascii_digit())
        })
    })
}

// ---- Configuration ------------------------------------------------------------------------------

#[test]
fn a_sound_configuration_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), SOUND);
    let output = run(&["check"], &config);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_sign_in_is_shared_with_no_host_in_clear_text() {
    let check = |host: &str, group: &str| {
        let folder = tempfile::tempdir().unwrap();
        let text = SOUND
            .replace("https://app.test", "http://app.localhost")
            .replace("[\"app.test\"]", "[\"app.localhost\"]");
        let open = format!(
            "[[app]]\nname = \"open\"\nhosts = [\"{host}\"]\n{group}\
             upstreams = [\"http://127.0.0.1:9\"]\n  [[app.rule]]\n  path = \"/\"\n  \
             allow = \"everyone\"\n"
        );
        let output = run(&["check"], &write(folder.path(), &format!("{text}{open}")));
        (output.status.code(), said(&output))
    };
    let group = "sign_in_group = \"work\"\n";
    for host in ["open.test", "*.open.test"] {
        let (code, told) = check(host, group);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("leave sign_in_group out") && told.contains(host), "{told}");
        // Control: without the group such a host is served, to everyone.
        let (code, told) = check(host, "");
        assert_eq!(code, Some(0), "{told}");
    }
    let (code, told) = check("open.localhost", group);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn a_rule_that_is_never_asked_is_told() {
    let check = |rules: &str| {
        let folder = tempfile::tempdir().unwrap();
        let text = SOUND.split("  [[app.rule]]").next().unwrap();
        let output = run(&["check"], &write(folder.path(), &format!("{text}{rules}")));
        (output.status.code(), said(&output))
    };
    let open = "  [[app.rule]]\n  path = \"/\"\n  allow = \"everyone\"\n";
    let closed = "  [[app.rule]]\n  path = \"/admin/\"\n  groups = [\"admin\"]\n";
    let (code, told) = check(&format!("{open}{closed}"));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("never asked") && told.contains("app.rule.path"), "{told}");
    let some = open.replace("path", "methods = [\"GET\"]\n  path");
    let (code, told) = check(&format!("{some}{closed}"));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("takes GET;"), "{told}");
    // Controls: in the other order; and what everybody reads and some may write.
    assert_eq!(check(&format!("{closed}{open}")).0, Some(0));
    let write = closed.replace("/admin/", "/");
    let (code, told) = check(&format!("{some}{write}"));
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn each_fault_in_the_configuration_is_named_with_its_place() {
    // What is replaced, by what, the words the message must hold, line and column of the fault.
    let faults: &[(&str, &str, &[&str], usize, usize)] = &[
        ("data_dir = \"data\"", "data_dirr = \"data\"", &["data_dirr"], 4, 1),
        ("public_url = \"https://app.test\"", "public_url = 5", &["public_url"], 3, 14),
        ("second_factor = \"optional\"", "second_factor = \"maybe\"", &["maybe"], 9, 17),
        ("  path = \"/\"\n", "", &["path"], 15, 3),
        ("\"http://127.0.0.1:9\"", "\"no address\"", &["no address"], 13, 14),
        ("hosts = [\"app.test\"]", "hosts = [\"http://a.test\"]", &["not https"], 12, 10),
        ("hosts = [\"app.test\"]", "hosts = [\"https://app.test:81\"]", &["ports"], 12, 10),
        (
            "hosts = [\"app.test\"]",
            "hosts = [\"a.test:81\"]",
            &["https://app.example.be:8443"],
            12,
            10,
        ),
        ("\nupstreams", "\nsign_in_group = \"\"\nupstreams", &["1 to 64"], 13, 17),
        (
            "[\"app.test\"]",
            "[\"a.test\", \"b.test\", \"c.test\", \"d.test\", \"e.test\", \"f.test\"]\nsign_in_group = \"x\"",
            &["6 hosts"],
            13,
            17,
        ),
        (
            "allow = \"signed-in\"",
            "allow = \"signed-in\"\n  cross_site_post = \"no\"",
            &["bounce"],
            18,
            21,
        ),
        ("[sign_in]", "[session]\nkept_form_kib = 1025\n[sign_in]", &["1024"], 9, 17),
        (
            "allow = \"signed-in\"",
            "allow = \"signed-in\"\n  cors_preflight = \"yes\"",
            &["yes"],
            18,
            20,
        ),
    ];
    for (sound, faulty, words, line, column) in faults {
        let text = SOUND.replacen(sound, faulty, 1);
        assert_ne!(text, SOUND, "{sound} is not in the configuration");
        let folder = tempfile::tempdir().unwrap();
        let config = write(folder.path(), &text);

        for (command, code) in [("check", 1), ("serve", BAD_CONFIGURATION)] {
            let output = run(&[command], &config);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(code), "{command} with {faulty:?}: {said}");
            assert!(said.contains("vestibule.toml"), "{command} names the file: {said}");
            for word in *words {
                assert!(said.contains(word), "{command} names {word}: {said}");
            }
            let placed = names_place(&said, *line, *column);
            assert!(placed, "{command} with {faulty:?} names {line}:{column}: {said}");
        }
        assert!(!folder.path().join("data").exists(), "{faulty:?} went as far as the data folder");
    }
}

#[test]
fn passkeys_on_phones_need_an_address_with_a_host_name() {
    let said_of = |host: &str| {
        let asked = "second_factor = \"optional\"\napproval_passkey = true";
        let text = SOUND.replacen("second_factor = \"optional\"", asked, 1);
        let folder = tempfile::tempdir().unwrap();
        let config = write(folder.path(), &text.replace("app.test", host));
        let output = run(&["check"], &config);
        (output.status.code(), said(&output))
    };
    let (code, said) = said_of("192.0.2.7");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("approval_passkey") && names_place(&said, 10, 20), "{said}");
    assert!(said.contains("server.public_url"), "{said}");
    // Control: with a host name nothing is wrong.
    let (code, said) = said_of("app.test");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn two_faults_in_the_configuration_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = SOUND.replace("data_dir", "data_dirr").replace("headers", "haeders");
    let config = write(folder.path(), &text);
    let said = said(&run(&["check"], &config));
    for (word, line) in [("data_dirr", 4), ("haeders", 14)] {
        assert!(said.contains(word) && names_place(&said, line, 1), "{word} at {line}: {said}");
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("absent.toml");
    // A folder cannot be read as a file whoever asks, the administrator included.
    for config in [missing.as_path(), folder.path()] {
        let output = run(&["serve"], config);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(BAD_CONFIGURATION), "{said}");
        assert!(said.contains(config.to_str().unwrap()), "{said}");
    }
}

#[test]
fn the_reader_of_places_does_not_take_one_place_for_another() {
    assert!(names_place("vestibule.toml:4:1: unknown key", 4, 1));
    assert!(names_place("at line 4, column 1: unknown key", 4, 1));
    assert!(!names_place("vestibule.toml:4:14: unknown key", 4, 1));
    assert!(!names_place("vestibule.toml:14:1: unknown key", 4, 1));
    assert!(!names_place("unknown key", 4, 1));
}

// ---- Address and data folder --------------------------------------------------------------------

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (table, other) in [("[server]\nlisten = [", "]"), ("[operator]\nlisten = ", "")] {
        let folder = tempfile::tempdir().unwrap();
        let free = format!("{table}\"127.0.0.1:0\"{other}");
        let text = SOUND.replace(&free, &format!("{table}\"{address}\"{other}"));
        assert_ne!(text, SOUND, "{free} is not in the configuration");
        let output = run(&["serve"], &write(folder.path(), &text));
        assert_eq!(output.status.code(), Some(ADDRESS), "{}", said(&output));
        assert_message(&said(&output), &[&address, "in use", "listen", "`vestibule reload`"]);
    }
}

#[test]
fn a_data_folder_that_another_gateway_holds_is_named() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let data = gateway.dir.path().join("data");
    let output = run(&["serve"], &gateway.config);
    assert_eq!(output.status.code(), Some(DATA_FOLDER), "{}", said(&output));
    assert_message(&said(&output), &[data.to_str().unwrap(), "in use"]);

    // The first one is none the worse for it.
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    assert_eq!(visitor.get("/public/still-there").status(), 200);

    // Control: the folder is free once the first has stopped.
    assert!(gateway.terminate().success());
    let output = gateway.cli(&["user", "list"], "");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_data_folder_of_another_user_is_left_as_it_is() {
    // Only root can give a folder away; others meet the folder of root.
    let own = rustix::process::geteuid();
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), SOUND);
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    if own.is_root() {
        std::os::unix::fs::chown(&data, Some(65_534), None).unwrap();
    } else {
        std::fs::remove_dir(&data).unwrap();
        std::os::unix::fs::symlink("/", &data).unwrap();
    }
    let before = std::fs::read_dir(&data).unwrap().count();
    // Root would lock the gateway out by taking the folder.
    let advice = if own.is_root() { "sudo -u '#65534'" } else { "run this as that user" };
    for command in [&["serve"][..], &["user", "list"], &["upgrade"]] {
        let output = run(command, &config);
        assert_eq!(output.status.code(), Some(DATA_FOLDER), "{command:?}: {}", said(&output));
        assert_message(&said(&output), &["belongs to user", advice]);
        assert_eq!(said(&output).contains("give the folder"), !own.is_root(), "{}", said(&output));
    }
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), before);
    // Control: its owner may.
    if own.is_root() {
        std::os::unix::fs::chown(&data, Some(own.as_raw()), None).unwrap();
        let output = run(&["user", "list"], &config);
        assert_message(&said(&output), &["no data folder", "vestibule serve"]);
    }
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), SOUND);
    // A file stands where the folder should be; that stops the administrator too.
    let data = folder.path().join("data");
    fs::write(&data, "not a folder").unwrap();
    let output = run(&["serve"], &config);
    assert_eq!(output.status.code(), Some(DATA_FOLDER), "{}", said(&output));
    assert_message(&said(&output), &[data.to_str().unwrap(), "data_dir"]);
    let checked = run(&["check"], &config);
    assert_eq!(checked.status.code(), Some(1), "{}", said(&checked));
    assert_message(&said(&checked), &[data.to_str().unwrap(), "data_dir"]);
    assert_eq!(fs::read_to_string(&data).unwrap(), "not a folder", "the file was not touched");
    // Control: out of the way, nothing is wrong, and the check makes no folder.
    fs::remove_file(&data).unwrap();
    assert_eq!(run(&["check"], &config).status.code(), Some(0));
    assert!(!data.exists());
}

// ---- Requests -----------------------------------------------------------------------------------

#[test]
fn an_upstream_that_is_down_gives_a_page_without_internal_text() {
    let upstream = Recorder::start();
    let (down, _held) = address_that_refuses();
    let app = format!(
        "[[app]]\nname = \"down\"\nhosts = [\"down.test\"]\nupstreams = [\"http://{down}\"]\n\
         headers = \"remote\"\n  [[app.rule]]\n  path = \"/\"\n  allow = \"everyone\"\n"
    );
    let gateway = Gateway::start(Setup { extra: app, ..Setup::new(upstream.addr()) });
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    visitor.host = "down.test".to_string();

    let page = visitor.get("/");
    let problem = visitor.fetch("/");
    for (reply, kind) in [(&page, "text/html"), (&problem, "application/problem+json")] {
        assert_eq!(reply.status(), 502, "{}", reply.shown());
        let told = reply.header("content-type").unwrap_or_default();
        assert!(told.starts_with(kind), "{told} is not {kind}: {}", reply.shown());
        let port = format!(":{}", down.port());
        let inside =
            ["127.0.0.1", port.as_str(), "os error", "refused", "pingora", "src/", "panic"];
        for word in inside {
            assert!(!reply.text().contains(word), "{word} in {}", reply.text());
        }
    }
    // Control: the reason is known, and the operator is told it.
    assert!(gateway.logged(&down.to_string()), "the log names {down}: {}", gateway.log());

    visitor.host = "app.test".to_string();
    assert_eq!(visitor.get("/public/other").status(), 200, "another app is not affected");
}

#[test]
fn a_host_that_nobody_serves_is_refused_without_asking_an_upstream() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    visitor.host = "nobody.test".to_string();
    let refused = visitor.get("/public/marker-one");
    assert!(matches!(refused.status(), 404 | 421), "{}", refused.shown());
    assert!(!upstream.saw(b"marker-one"), "{}", upstream.shown());

    // Control: the same request to a host that is served arrives.
    visitor.host = "app.test".to_string();
    assert_eq!(visitor.get("/public/marker-one").status(), 200);
    assert!(upstream.saw(b"marker-one"));
}

#[test]
fn a_header_beyond_the_limit_is_refused_without_asking_an_upstream() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    let large = "x".repeat(128 * 1024);
    let refused = visitor.send("GET", "/public/marker-two", &[("X-Large", &large)], b"");
    assert_eq!(refused.status(), 431, "{}", refused.shown());
    assert!(!upstream.saw(b"marker-two"), "{}", upstream.shown());

    // Control: the same request with a small header arrives.
    let taken = visitor.send("GET", "/public/marker-two", &[("X-Large", "x")], b"");
    assert_eq!(taken.status(), 200, "{}", taken.shown());
    assert!(upstream.saw(b"marker-two"));
}

// ---- Means ----------------------------------------------------------------------------------------

fn write(folder: &Path, text: &str) -> std::path::PathBuf {
    let config = folder.join("vestibule.toml");
    fs::write(&config, text).unwrap();
    config
}

/// Runs a command that is expected to end by itself, and ends it where it does not.
fn run(args: &[&str], config: &Path) -> Output {
    let child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(args)
        .arg("--config")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let pid = Pid::from_child(&child);
    let (tell, output) = mpsc::channel();
    thread::spawn(move || tell.send(child.wait_with_output()));
    output.recv_timeout(PATIENCE).map(Result::unwrap).unwrap_or_else(|_| {
        let _ = kill_process(pid, Signal::KILL);
        panic!("{args:?} should have ended by itself");
    })
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// A message for an operator: it has these words, and nothing of how the program is made.
fn assert_message(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
    for inside in ["panicked", "RUST_BACKTRACE", "src/", "Os {", "Error {"] {
        assert!(!said.contains(inside), "{inside:?} in: {said}");
    }
}

/// An address that is bound and not listened on: it refuses, and nobody else can take it.
fn address_that_refuses() -> (SocketAddr, OwnedFd) {
    let held = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&held, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = SocketAddr::try_from(getsockname(&held).unwrap()).unwrap();
    (address, held)
}
