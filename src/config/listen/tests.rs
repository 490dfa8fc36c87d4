//! What is a fault of a listener, and what is not.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair};

use super::*;
use crate::config::{Config, Fault, parse};

fn folder_with_pair() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["portal.test".to_owned()]).unwrap();
    std::fs::write(folder.path().join("a.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let file = folder.path().join("a.key");
    std::fs::write(&file, key.serialize_pem()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    folder
}

fn read(folder: &Path, server: &str) -> Result<Config, Vec<Fault>> {
    let text = format!(
        "[server]\npublic_url = \"https://portal.test\"\ndata_dir = \"data\"\n{server}\n[brand]\nname = \"Portal\"\n"
    );
    parse(Path::new("v.toml"), &text, folder)
}

/// What is told of these lines of `[server]`.
fn told(server: &str) -> String {
    let folder = folder_with_pair();
    match read(folder.path(), server) {
        Ok(_) => String::new(),
        Err(faults) => faults.iter().map(|fault| format!("{fault}\n")).collect(),
    }
}

const PAIR: &str = "certificate = \"a.pem\", key = \"a.key\"";

#[test]
fn a_listener_in_clear_text_on_the_network_is_a_fault() {
    for listen in ["\"0.0.0.0:80\"".to_owned(), "{ address = \"0.0.0.0:80\" }".to_owned()] {
        let said = told(&format!("listen = [{listen}]"));
        assert!(said.contains("v.toml:4:") && said.contains("clear text"), "{listen}: {said}");
        // Control: behind a proxy that ends TLS it is what is meant.
        assert_eq!(told(&format!("listen = [{listen}]\ntls_in_front = true")), "", "{listen}");
    }
    for listen in [
        "\"127.0.0.1:80\"".to_owned(),
        "\"unix:gate.sock\"".to_owned(),
        "{ address = \"0.0.0.0:80\", redirect = true }".to_owned(),
        format!("{{ address = \"0.0.0.0:443\", {PAIR} }}"),
        format!("{{ address = \"0.0.0.0:443\", certificates = [{{ {PAIR} }}] }}"),
    ] {
        assert_eq!(told(&format!("listen = [{listen}]")), "", "{listen}");
    }
}

#[test]
fn more_listeners_than_can_be_handed_over_are_a_fault() {
    let listen = |count: usize| {
        let all: Vec<_> = (0..count).map(|number| format!("\"unix:{number}.sock\"")).collect();
        told(&format!("listen = [{}]", all.join(", ")))
    };
    let said = listen(LISTENERS_MAX + 1);
    assert!(said.contains("v.toml:4:") && said.contains("more than 256 listeners"), "{said}");
    // Control: one fewer is none.
    assert_eq!(listen(LISTENERS_MAX), "");
}

#[test]
fn each_fault_of_a_listener_is_told_with_its_place() {
    for (listen, wrong) in [
        ("1", "neither a text in quotes nor a table"),
        ("\"443\"", "not an address and port"),
        ("\"unix:\"", "names no file"),
        ("{ redirect = true }", "listen.address: is missing"),
        ("{ address = \"127.0.0.1:1\", certificate = \"a.pem\" }", "listen.key: is missing"),
        ("{ address = \"127.0.0.1:1\", key = \"a.key\" }", "listen.certificate: is missing"),
        ("{ address = \"127.0.0.1:1\", certificates = [{ key = \"a.key\" }] }", "files of both"),
        (
            "{ address = \"127.0.0.1:1\", certificate = \"b.pem\", key = \"a.key\" }",
            "check its path",
        ),
        (
            "{ address = \"127.0.0.1:1\", redirect = true, certificate = \"a.pem\", key = \"a.key\" }",
            "redirects to https, so it has no certificate",
        ),
        ("{ address = \"127.0.0.1:1\", proxy_protocol = true }", "none is listed"),
        ("{ address = \"127.0.0.1:1\", tls = true }", "listen.tls: is not a key"),
    ] {
        let said = told(&format!("listen = [{listen}]"));
        assert!(said.contains("v.toml:4:") && said.contains(wrong), "{listen}: {said}");
    }
}

#[test]
fn only_addresses_networks_and_the_word_unix_are_proxies() {
    let said = told("listen = [\"127.0.0.1:1\"]\ntrusted_proxies = [\"10.0.0.1/8\", \"proxy\"]");
    assert!(said.contains("\"10.0.0.1/8\" has bits behind its length"), "{said}");
    assert!(said.contains("\"proxy\" is neither an address nor a network"), "{said}");

    let folder = folder_with_pair();
    let lines = "listen = [\"127.0.0.1:1\"]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\", \"unix\"]";
    let config = read(folder.path(), lines).unwrap();
    assert!(config.trusted_proxies.unix);
    assert_eq!(config.trusted_proxies.networks.len(), 2);
    // Control: without a word nobody is.
    let config = read(folder.path(), "listen = [\"127.0.0.1:1\"]").unwrap();
    assert_eq!(config.trusted_proxies, TrustedProxies::default());
    assert_eq!(config.connections.hsts_seconds, 31_536_000);
}

#[test]
fn a_listener_for_questions_without_a_listed_proxy_is_a_fault() {
    let listen = "listen = [{ address = \"127.0.0.1:80\", forward_auth = true }]";
    let said = told(listen);
    assert!(said.contains("v.toml:4:") && said.contains("trusted_proxies"), "{said}");
    // Control: with one it is what is meant, but not in clear text on the network.
    let listed = "trusted_proxies = [\"127.0.0.1\"]";
    assert_eq!(told(&format!("{listen}\n{listed}")), "");
    let open = listen.replace("127.0.0.1", "0.0.0.0");
    assert!(told(&format!("{open}\n{listed}")).contains("clear text"));
}

#[test]
fn exchanges_of_one_address_are_bounded_and_never_below_its_connections() {
    let limits = |server: &str| {
        let folder = folder_with_pair();
        let server = format!("listen = [\"127.0.0.1:80\"]\n{server}");
        read(folder.path(), &server).unwrap().connections
    };
    let usual = limits("");
    assert_eq!(usual.exchanges_per_address, whole(EXCHANGES_PER_ADDRESS));
    assert_eq!(usual.exchanges_max, None);
    let narrow = limits("connections_per_address = 3");
    assert_eq!(narrow.exchanges_per_address, usual.exchanges_per_address);
    assert_eq!(limits("connections_per_address = 9000").exchanges_per_address, 9000);
    let chosen = limits("exchanges_per_address = 7\nexchanges_max = 70");
    assert_eq!((chosen.exchanges_per_address, chosen.exchanges_max), (7, Some(70)));
    for key in ["exchanges_per_address", "exchanges_max"] {
        for value in ["0", "1000001", "\"many\""] {
            let said = told(&format!("listen = [\"127.0.0.1:80\"]\n{key} = {value}"));
            assert!(said.contains("v.toml:5:") && said.contains(key), "{key} = {value}: {said}");
        }
    }
}
