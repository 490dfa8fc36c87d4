//! What is a fault of a whole configuration, what is only worth a look, and how
//! each is told.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair};

use super::*;

/// A configuration with nothing wrong; each test spoils it in one way.
const SOUND: &str = r#"[server]
listen = ["127.0.0.1:8080"]
public_url = "https://portal.test"
data_dir = "data"
apps_on_sign_in_host = true
[operator]
listen = "127.0.0.1:9090"
[session]
idle_minutes = 60
[[app]]
name = "portal"
hosts = ["portal.test"]
upstreams = ["http://127.0.0.1:9000"]
  [[app.rule]]
  path = "/"
  allow = "signed-in"
"#;

const LISTEN: &str = "listen = [\"127.0.0.1:8080\"]";
const UPSTREAM: &str = "http://127.0.0.1:9000";

fn read_in(folder: &Path, text: &str) -> Result<Config, Vec<Fault>> {
    parse(Path::new("v.toml"), text, folder)
}

/// The faults of the configuration with one thing changed, a line each.
fn told(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "{from}");
    match read_in(Path::new("."), &SOUND.replacen(from, to, 1)) {
        Ok(_) => String::new(),
        Err(faults) => faults.iter().map(|fault| format!("{fault}\n")).collect(),
    }
}

/// The remarks on a configuration without a fault.
fn remarks(folder: &Path, text: &str) -> String {
    let config = read_in(folder, text).unwrap();
    config.remarks.iter().map(|remark| format!("{remark}\n")).collect()
}

#[test]
fn two_listeners_at_one_place_are_a_fault() {
    for listen in [
        "\"127.0.0.1:8080\", \"127.0.0.1:8080\"",
        "\"0.0.0.0:8080\", \"127.0.0.1:8080\"",
        "\"unix:a.sock\", \"unix:a.sock\"",
    ] {
        let to = format!("tls_in_front = true\nlisten = [{listen}]");
        let said = told(LISTEN, &to);
        assert!(said.starts_with("v.toml:3:") && said.contains("earlier listener"), "{said}");
    }
    // Control: other ports and addresses, ports that the system chooses, and what it decides.
    for listen in [
        "\"127.0.0.1:8080\", \"127.0.0.1:8081\"",
        "\"127.0.0.1:8080\", \"127.0.0.2:8080\"",
        "\"127.0.0.1:0\", \"127.0.0.1:0\"",
        "\"0.0.0.0:8080\", \"[::]:8080\"",
    ] {
        assert_eq!(told(LISTEN, &format!("tls_in_front = true\nlisten = [{listen}]")), "");
    }
}

#[test]
fn operator_and_visitors_at_one_place_are_a_fault() {
    let said = told("\"127.0.0.1:9090\"", "\"127.0.0.1:8080\"");
    assert!(said.contains("v.toml:7:10: operator.listen: is where server.listen"), "{said}");
    // Control.
    assert_eq!(told("\"127.0.0.1:9090\"", "\"127.0.0.1:8081\""), "");
}

#[test]
fn an_app_that_is_the_gateway_itself_is_a_fault() {
    for (listen, upstream) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "http://localhost:8080"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("unix:gate.sock", "unix:gate.sock"),
    ] {
        let to = format!("tls_in_front = true\nlisten = [\"{listen}\"]");
        let text = SOUND.replacen(LISTEN, &to, 1);
        let read = |upstream: &str| read_in(Path::new("."), &text.replace(UPSTREAM, upstream));
        let faults = read(upstream).unwrap_err();
        let said = faults[0].to_string();
        assert!(said.contains("v.toml:14:14: app.upstreams: is where this"), "{said}");
        // Control: a neighbour of it is none.
        for other in ["http://127.0.0.1:8081", "http://192.0.2.1:8080", "unix:app.sock"] {
            assert!(read(other).is_ok(), "{listen} {other}");
        }
    }
}

#[test]
fn what_is_hardly_meant_is_remarked_on_and_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(remarks(folder.path(), SOUND), "");
    let open = remarks(folder.path(), &SOUND.replace("127.0.0.1:9090", "0.0.0.0:9090"));
    assert!(open.starts_with("v.toml:7:10: operator.listen: shows"), "{open}");
    let (without, _) = SOUND.split_once("[[app]]").unwrap();
    let bare = remarks(folder.path(), without);
    assert!(bare.contains(": app: is missing"), "{bare}");

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["portal.test".to_owned()]).unwrap();
    std::fs::write(folder.path().join("a.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let file = folder.path().join("a.key");
    std::fs::write(&file, key.serialize_pem()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let secured = "{ address = \"0.0.0.0:443\", certificate = \"a.pem\", key = \"a.key\" }";
    let hosts = SOUND.replace("[\"portal.test\"]", "[\"portal.test\", \"other.test\"]");
    let with = |listen: &str| hosts.replace(LISTEN, &format!("listen = [{listen}]"));
    let said = remarks(folder.path(), &with(secured));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("v.toml:12:25: app.hosts: ") && said.contains("other.test"), "{said}");
    // Control: visitors may come by the other listener.
    assert_eq!(remarks(folder.path(), &with(&format!("{secured}, \"127.0.0.1:80\""))), "");
    // The pages themselves are looked at as well.
    let elsewhere = with(secured).replace("https://portal.test", "https://id.test");
    let said = remarks(folder.path(), &elsewhere);
    assert!(said.contains("v.toml:3:14: server.public_url: "), "{said}");
}

#[test]
fn a_fault_is_told_once_and_by_what_it_is() {
    for (from, to, place, words, never) in [
        (UPSTREAM, "http://h:1/base", "13:14", "has a path", "port;"),
        (UPSTREAM, "http://h:99999", "13:14", "from 1 to 65535", "h2c"),
        (LISTEN, "listen = [21080]", "2:11", "neither a text", "is empty"),
        ("[\"http://127.0.0.1:9000\"]", "[9000]", "13:14", "not a text", "is empty"),
        ("idle_minutes = 60", "idle_minutes = -5", "9:16", "is -5; write a whole", "of type"),
        ("idle_minutes = 60", "idle_minutes = 1440", "9:16", "12 hours", "missing"),
    ] {
        let said = told(from, to);
        assert!(said.starts_with(&format!("v.toml:{place}: ")), "{to}: {said}");
        assert!(said.contains(words) && !said.contains(never), "{to}: {said}");
        assert_eq!(said.lines().count(), 1, "{to}: {said}");
    }
    // Control: what is empty is told so, and a number that fits is taken.
    assert!(told(LISTEN, "listen = []").contains("is empty"));
    assert!(told(UPSTREAM, "h2c://h").contains("write for example h2c"));
    assert_eq!(told("idle_minutes = 60", "idle_minutes = 5"), "");
}

#[test]
fn a_fault_of_a_key_is_placed_on_the_key() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.pem"), "").unwrap();
    let listen =
        "listen = [{ address = \"127.0.0.1:8080\", certificate = \"a.pem\", key = \"a.key\" }]";
    let said = |text: &str| read_in(folder.path(), text).unwrap_err()[0].to_string();
    let text = SOUND.replacen(LISTEN, listen, 1);
    let at_key = said(&text);
    assert!(at_key.starts_with("v.toml:2:70: server.listen.key: "), "{at_key}");
    // Control: what is wrong with the certificate stays there.
    let at_certificate = said(&text.replace("\"a.pem\"", "\"b.pem\""));
    assert!(
        at_certificate.starts_with("v.toml:2:55: server.listen.certificate: "),
        "{at_certificate}"
    );
}

#[test]
fn a_file_in_another_encoding_is_told_with_the_place_of_its_first_letter() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.toml");
    std::fs::write(&file, b"[brand]\nname = \"Entr\xe9e\"\n").unwrap();
    let said = text_of(&file).unwrap_err()[0].to_string();
    assert!(said.contains("v.toml:2:13: ") && said.contains("UTF-8"), "{said}");
    assert!(!said.contains("--config"), "{said}");
    // Control.
    std::fs::write(&file, "[brand]\nname = \"Entrée\"\n").unwrap();
    assert!(text_of(&file).is_ok());
}

#[test]
fn the_data_folder_is_known_from_a_file_with_faults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.toml");
    for (from, to) in [("hosts =", "hostss ="), ("[session]", "[session"), ("9000", "x")] {
        std::fs::write(&file, SOUND.replacen(from, to, 1)).unwrap();
        assert!(load(&file).is_err(), "{to}");
        assert_eq!(data_dir_of(&file), Some(folder.path().join("data")), "{to}");
    }
    // Control: one that names none has none.
    std::fs::write(&file, SOUND.replace("data_dir", "data_dirr")).unwrap();
    assert_eq!(data_dir_of(&file), None);
}
