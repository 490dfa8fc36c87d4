//! Whose address apps are told, and of whom it is believed (rows H13 to H15).

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, DEADLINE};
use crate::support::recorder::Recorder;
use crate::support::tls::{self, Hello, Kind};

const HERE: &str = "127.0.0.1";
const TRUSTED: &str = "trusted_proxies = [\"127.0.0.0/8\", \"10.0.0.0/8\"]";

fn gateway(recorder: &Recorder, listen: &str, extra_server: &str) -> Gateway {
    Gateway::start(Setup {
        listen: listen.to_string(),
        extra_server: extra_server.to_string(),
        ..Setup::new(recorder.addr())
    })
}

fn request(fields: &str) -> String {
    format!("GET /page HTTP/1.1\r\nHost: open.test\r\n{fields}Connection: close\r\n\r\n")
}

/// The address that the app was told for a request with these fields.
fn told(addr: SocketAddr, recorder: &Recorder, before: &str, fields: &str) -> Vec<String> {
    recorder.clear();
    let reply = raw::exchange(addr, (before.to_string() + &request(fields)).as_bytes());
    assert_eq!(reply.status(), 200, "{before}{fields}: {}", reply.shown());
    let head = recorder.wait_for(b"GET /page");
    assert!(raw::header_values(&head, "forwarded").is_empty(), "{}", raw::lossy(&head));
    raw::header_values(&head, "x-forwarded-for")
}

/// What a client may write of itself.
const FORGED: &[&str] = &[
    "X-Forwarded-For: 203.0.113.7\r\n",
    "x-forwarded-for: 203.0.113.7\r\nX-Forwarded-For: 203.0.113.8\r\n",
    "Forwarded: for=203.0.113.7\r\n",
    "X-Real-IP: 203.0.113.7\r\nTrue-Client-IP: 203.0.113.7\r\nCF-Connecting-IP: 203.0.113.7\r\n",
];

#[test]
fn what_a_client_says_of_its_own_address_is_not_passed_on() {
    let recorder = Recorder::start();
    let plain = gateway(&recorder, "[\"127.0.0.1:0\"]", "");
    for fields in FORGED {
        assert_eq!(told(plain.addr, &recorder, "", fields), [HERE], "H13 {fields}");
        assert!(!recorder.saw(b"203.0.113"), "H13 {fields}: {}", recorder.shown());
    }
}

#[test]
fn a_listed_proxy_speaks_for_the_nearest_address_that_is_not_listed() {
    let recorder = Recorder::start();
    let behind = gateway(&recorder, "[\"127.0.0.1:0\"]", TRUSTED);
    for (fields, expected) in [
        ("X-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"),
        ("X-Forwarded-For: 9.9.9.9, 203.0.113.7, 10.0.0.4\r\n", "203.0.113.7"),
        ("X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"),
        ("Forwarded: for=\"[2001:db8::7]:47\";proto=https\r\n", "2001:db8::7"),
        ("X-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.7\r\n", "203.0.113.7"),
    ] {
        assert_eq!(told(behind.addr, &recorder, "", fields), [expected], "H14 {fields}");
    }
    let hops = "10.0.0.9, ".repeat(1000) + "10.0.0.9";
    for fields in [
        "",
        "X-Forwarded-For: a\r\n",
        "X-Forwarded-For: , ,\r\n",
        "X-Forwarded-For: [::1]:x\r\n",
        "X-Forwarded-For: 203.0.113.7\r\nForwarded: for=9.9.9.9\r\n",
        "Forwarded: for=unknown\r\n",
        format!("X-Forwarded-For: {hops}\r\n").as_str(),
    ] {
        assert_eq!(told(behind.addr, &recorder, "", fields), [HERE], "H15 {fields}");
    }
}

#[test]
fn a_bad_address_skips_no_step() {
    let recorder = Recorder::start();
    let behind = gateway(&recorder, "[\"127.0.0.1:0\"]", TRUSTED);
    for fields in ["X-Forwarded-For: a\r\n", "X-Forwarded-For: 203.0.113.7\r\n", ""] {
        let request =
            format!("GET /page HTTP/1.1\r\nHost: app.test\r\n{fields}Connection: close\r\n\r\n");
        let reply = raw::exchange(behind.addr, request.as_bytes());
        assert_eq!(reply.status(), 401, "{fields}: {}", reply.shown());
    }
    assert!(recorder.requests().is_empty(), "{}", recorder.shown());
}

const MARKED: &str = "[{ address = \"127.0.0.1:0\", proxy_protocol = true }]";

#[test]
fn a_listener_for_the_proxy_protocol_believes_listed_proxies_alone() {
    let recorder = Recorder::start();
    let behind = gateway(&recorder, MARKED, TRUSTED);
    let v4 = "PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n";
    assert_eq!(told(behind.addr, &recorder, v4, ""), ["203.0.113.7"]);
    // A client cannot add to what its proxy said.
    assert_eq!(told(behind.addr, &recorder, v4, FORGED[2]), ["203.0.113.7"]);
    // Where it says that it does not know, nobody else says it: by a line, or by LOCAL in binary.
    for unknown in ["PROXY UNKNOWN\r\n", "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"] {
        assert_eq!(told(behind.addr, &recorder, unknown, ""), [HERE]);
        for fields in FORGED {
            assert_eq!(
                told(behind.addr, &recorder, unknown, fields),
                [HERE],
                "{unknown:?} {fields}"
            );
        }
    }
    // Control: without that protocol the same proxy is believed.
    let plain = gateway(&recorder, "[\"127.0.0.1:0\"]", TRUSTED);
    assert_eq!(told(plain.addr, &recorder, "", FORGED[0]), ["203.0.113.7"]);
    recorder.clear();
    for bytes in [
        request(""),
        format!("PROXY TCP4 203.0.113.7 127.0.0.1 4711\r\n{}", request("")),
        format!(" {v4}{}", request("")),
    ] {
        let reply = raw::exchange_until_closed(behind.addr, bytes.as_bytes());
        assert!(reply.closed && reply.bytes.is_empty(), "{bytes}: {}", reply.shown());
    }
    let elsewhere = gateway(&recorder, MARKED, "trusted_proxies = [\"10.0.0.0/8\"]");
    let reply =
        raw::exchange_until_closed(elsewhere.addr, (v4.to_string() + &request("")).as_bytes());
    assert!(reply.closed && reply.bytes.is_empty(), "{}", reply.shown());
    assert!(recorder.requests().is_empty(), "{}", recorder.shown());
}

#[test]
fn the_proxy_protocol_comes_before_tls() {
    let recorder = Recorder::start();
    let folder = tempfile::tempdir().expect("a folder");
    let kind = Kind { names: &["open.test"], serial: 1, until: 2099 };
    tls::write_pair(folder.path(), "a", &kind);
    let (certificate, key) = (folder.path().join("a.pem"), folder.path().join("a.key"));
    let listen = format!(
        "[{{ address = \"127.0.0.1:0\", proxy_protocol = true, certificate = \"{}\", key = \"{}\" }}]",
        certificate.display(),
        key.display()
    );
    let behind = gateway(&recorder, &listen, TRUSTED);
    tls::run(async {
        let before =
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x7f\0\0\x01\x12\x34\x01\xbb";
        let hello = Hello { name: "open.test", alpn: &["http/1.1"] };
        let mut stream = tls::connect_after(behind.addr, before, hello).await.expect("a handshake");
        let reply = tls::exchange(&mut stream, request("").as_bytes()).await;
        assert_eq!(reply.status(), 200, "{}", reply.shown());
        // Control: without it there is no handshake.
        assert!(tls::connect(behind.addr, hello).await.is_err());
    });
    let head = recorder.wait_for(b"GET /page");
    assert_eq!(raw::header_values(&head, "x-forwarded-for"), ["203.0.113.7"]);
}

#[test]
fn a_socket_that_is_a_file_serves_and_speaks_for_clients_where_it_is_listed() {
    let recorder = Recorder::start();
    let listen = "[\"127.0.0.1:0\", \"unix:gate.sock\"]";
    for (extra, expected) in [("trusted_proxies = [\"unix\"]", "203.0.113.7"), ("", "0.0.0.0")] {
        let house = gateway(&recorder, listen, extra);
        recorder.clear();
        let mut stream =
            UnixStream::connect(house.dir.path().join("gate.sock")).expect("the socket is open");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream.write_all(request(FORGED[0]).as_bytes()).expect("bytes");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("an answer");
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        let head = recorder.wait_for(b"GET /page");
        assert_eq!(raw::header_values(&head, "x-forwarded-for"), [expected], "{extra}");
    }
}
