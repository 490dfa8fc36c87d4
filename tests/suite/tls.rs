//! TLS that ends in the gateway: who is shown which certificate, what is spoken under it, and how
//! certificates are changed while people are connected.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use bytes::Bytes;
use tempfile::TempDir;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, DEADLINE};
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;
use crate::support::tls::{self, Hello, Kind};

const HTTP1: &[&str] = &["http/1.1"];
const HTTP2: &[&str] = &["h2", "http/1.1"];

/// An app whose host has a port of its own.
const FAR_APP: &str = r#"
[[app]]
name = "far"
hosts = ["https://far.test:8443"]
upstreams = ["http://{upstream}"]
  [[app.rule]]
  path = "/"
  allow = "everyone"
"#;

/// A gateway that ends TLS itself: `app.test` and `open.test` on one certificate, `other.test` on
/// another; a redirecting listener beside it.
struct House {
    gateway: Gateway,
    recorder: Recorder,
    pairs: TempDir,
}

impl House {
    fn start() -> Self {
        let pairs = TempDir::new().expect("a folder for certificates");
        let both = Kind { names: &["app.test", "open.test"], serial: 1, until: 2099 };
        tls::write_pair(pairs.path(), "both", &both);
        let other = Kind { names: &["other.test"], serial: 2, until: 2099 };
        tls::write_pair(pairs.path(), "other", &other);
        let recorder = Recorder::start();
        let file = |name: &str| pairs.path().join(name).display().to_string();
        let listen = format!(
            "[{{ address = \"127.0.0.1:0\", certificates = [\
             {{ certificate = \"{}\", key = \"{}\" }}, {{ certificate = \"{}\", key = \"{}\" }}] }},\
             {{ address = \"127.0.0.1:0\", redirect = true }}]",
            file("both.pem"),
            file("both.key"),
            file("other.pem"),
            file("other.key"),
        );
        let extra = FAR_APP.replace("{upstream}", &recorder.addr().to_string());
        let gateway = Gateway::start(Setup { listen, extra, ..Setup::new(recorder.addr()) });
        Self { gateway, recorder, pairs }
    }

    fn addr(&self) -> SocketAddr {
        self.gateway.addr
    }
}

fn get(host: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").into_bytes()
}

#[test]
fn each_host_is_shown_the_certificate_that_names_it() {
    let house = House::start();
    tls::run(async {
        for (name, serial) in [
            ("app.test", 1),
            ("open.test", 1),
            ("other.test", 2),
            // An address is not sent: the first is shown.
            ("127.0.0.1", 1),
        ] {
            let stream = tls::connect(house.addr(), Hello { name, alpn: HTTP1 }).await;
            assert_eq!(tls::serial(&stream.expect("a handshake")), serial, "{name}");
        }
        let stranger = tls::connect(house.addr(), Hello { name: "nobody.test", alpn: HTTP1 }).await;
        let alert = stranger.expect_err("nobody's name").to_string();
        assert!(alert.contains("UnrecognisedName"), "{alert}");
    });
}

/// Row P50.
#[test]
fn a_host_that_the_certificate_does_not_name_is_misdirected() {
    let house = House::start();
    tls::run(async {
        for (name, host, status) in [
            ("app.test", "app.test", 401),
            // One certificate for both: a connection may be used for either.
            ("app.test", "open.test", 200),
            ("open.test", "app.test", 401),
            ("other.test", "open.test", 421),
            ("other.test", "app.test", 421),
            ("127.0.0.1", "127.0.0.1", 421),
            ("127.0.0.1", "open.test", 200),
        ] {
            let label = format!("{name} {host}");
            let mut stream =
                tls::connect(house.addr(), Hello { name, alpn: HTTP1 }).await.expect("a handshake");
            let reply = tls::exchange(&mut stream, &get(host, "/page")).await;
            assert_eq!(reply.status(), status, "{label}: {}", reply.shown());
        }
    });
    assert!(!house.recorder.saw(b"127.0.0.1:"), "{}", house.recorder.shown());
}

#[test]
fn one_http2_connection_serves_all_hosts_of_its_certificate() {
    let house = House::start();
    tls::run(async {
        let stream = tls::connect(house.addr(), Hello { name: "app.test", alpn: HTTP2 }).await;
        let stream = stream.expect("a handshake");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
        tokio::spawn(connection);
        for (host, expected) in [("open.test", 200), ("app.test", 401), ("other.test", 421)] {
            let status = status_of(&client, host).await;
            assert_eq!(status, expected, "{host}");
        }
    });
}

async fn status_of(client: &h2::client::SendRequest<Bytes>, host: &str) -> u16 {
    let mut client = client.clone().ready().await.expect("a client");
    let request = http::Request::get(format!("https://{host}/page")).body(()).expect("a request");
    let (response, _) = client.send_request(request, true).expect("the request is sent");
    let response = tokio::time::timeout(DEADLINE, response).await.expect("within the deadline");
    response.expect("a response").status().as_u16()
}

#[test]
fn what_was_agreed_on_is_what_is_spoken() {
    let house = House::start();
    tls::run(async {
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        let request = get("open.test", "/page");
        for (alpn, bytes, answered) in [
            (&["h2"][..], &request[..], false),
            (HTTP1, &preface[..], false),
            (&[], &preface[..], false),
            // Controls.
            (HTTP1, &request[..], true),
            (&[], &request[..], true),
        ] {
            let mut stream = tls::connect(house.addr(), Hello { name: "open.test", alpn })
                .await
                .expect("a handshake");
            let reply = tls::exchange(&mut stream, bytes).await;
            assert_eq!(!reply.bytes.is_empty(), answered, "{alpn:?}: {}", reply.shown());
            assert!(reply.closed, "{alpn:?}");
        }
    });
}

#[test]
fn people_sign_in_under_tls_and_apps_are_told_their_own_address() {
    let house = House::start();
    let (name, password) = ANNA;
    house.gateway.add_account(name, password, &[]);
    tls::run(async {
        let mut stream = tls::connect(house.addr(), Hello { name: "open.test", alpn: HTTP1 })
            .await
            .expect("a handshake");
        let request = b"GET /mine HTTP/1.1\r\nHost: open.test\r\nX-Forwarded-For: 9.9.9.9\r\nConnection: close\r\n\r\n";
        let reply = tls::exchange(&mut stream, request).await;
        assert_eq!(reply.status(), 200, "{}", reply.shown());
        let mut stream = tls::connect(house.addr(), Hello { name: "app.test", alpn: HTTP1 })
            .await
            .expect("a handshake");
        let page = tls::exchange(&mut stream, &get("app.test", "/.vestibule/sign-in")).await;
        assert_eq!(page.status(), 200, "{}", page.shown());
        let hsts = page.header("strict-transport-security");
        assert_eq!(hsts.as_deref(), Some("max-age=31536000"));
        assert!(page.header("set-cookie").is_some_and(|cookie| cookie.contains("Secure")));
    });
    let head = house.recorder.wait_for(b"GET /mine");
    assert_eq!(raw::header_values(&head, "x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(raw::header_values(&head, "x-forwarded-proto"), ["https"]);
}

#[test]
fn a_plain_listener_that_redirects_does_nothing_else() {
    let house = House::start();
    let addr = house.gateway.others[0];
    for (host, path, location) in [
        ("app.test", "/a/b?c=d", "https://app.test/a/b?c=d"),
        ("OPEN.test:80", "/", "https://open.test/"),
        ("app.test", "/.vestibule/sign-in", "https://app.test/.vestibule/sign-in"),
        ("far.test", "/a", "https://far.test:8443/a"),
    ] {
        for method in ["GET", "POST", "HEAD"] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let reply = raw::exchange(addr, request.as_bytes());
            assert_eq!(reply.status(), 308, "{request}: {}", reply.shown());
            assert_eq!(reply.header("location").as_deref(), Some(location));
            assert_eq!(reply.header("strict-transport-security"), None);
        }
    }
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421),
        ("GET //evil.test/ HTTP/1.1\r\nHost: app.test\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: app.test\r\nHost: evil.test\r\n\r\n", 400),
    ] {
        let reply = raw::exchange(addr, request.as_bytes());
        assert_eq!(reply.status(), status, "{request}: {}", reply.shown());
        assert_eq!(reply.header("location"), None);
    }
    assert!(house.recorder.requests().is_empty(), "{}", house.recorder.shown());
}

#[test]
fn old_versions_are_not_spoken() {
    let house = House::start();
    let speaks = |version: &str| {
        let mut child = Command::new("openssl")
            .args(["s_client", "-connect", &house.addr().to_string(), "-servername", "app.test"])
            // Else the client itself would not try.
            .args([version, "-cipher", "DEFAULT:@SECLEVEL=0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl starts");
        drop(child.stdin.take());
        let mut said = String::new();
        child.stdout.take().expect("an output").read_to_string(&mut said).expect("text");
        let _ = child.wait();
        said.contains("BEGIN CERTIFICATE")
    };
    assert!(!speaks("-tls1"), "TLS 1.0");
    assert!(!speaks("-tls1_1"), "TLS 1.1");
    // Control.
    assert!(speaks("-tls1_2"), "TLS 1.2");
    assert!(speaks("-tls1_3"), "TLS 1.3");
}

#[test]
fn a_client_in_clear_text_gets_nothing_from_a_listener_with_tls() {
    let house = House::start();
    let mut stream = TcpStream::connect(house.addr()).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    stream.write_all(&get("open.test", "/page")).expect("bytes");
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    // An alert at most, which is seven bytes.
    assert!(said.len() <= 7 && !said.starts_with(b"HTTP"), "{said:?}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_at_once() {
    let folder = TempDir::new().expect("a folder");
    let late = Kind { names: &["app.test"], serial: 1, until: 2021 };
    tls::write_pair(folder.path(), "late", &late);
    let good = Kind { names: &["app.test", "open.test"], serial: 2, until: 2099 };
    tls::write_pair(folder.path(), "good", &good);
    let check = |certificate: &str, key: &str| {
        let config = folder.path().join("vestibule.toml");
        let listen = format!(
            "[{{ address = \"127.0.0.1:0\", certificate = \"{certificate}\", key = \"{key}\" }}]"
        );
        let upstream = SocketAddr::from(([127, 0, 0, 1], 9));
        let setup = Setup { listen, ..Setup::new(upstream) };
        fs::write(&config, setup.text()).expect("a configuration");
        let output = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["check", "--config"])
            .arg(&config)
            .output()
            .expect("the program starts");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (certificate, key, told) in [
        ("late.pem", "late.key", "late.pem has expired; renew it"),
        ("good.pem", "late.key", "is not the key of"),
        ("none.pem", "good.key", "none.pem cannot be read"),
        ("good.key", "good.key", "holds no certificate"),
    ] {
        let (good, said) = check(certificate, key);
        assert!(!good && said.contains(told), "{certificate} {key}: {said}");
        assert!(said.contains("vestibule.toml:2:"), "{certificate} {key}: {said}");
    }
    assert_eq!(check("good.pem", "good.key"), (true, String::new()));
}

#[test]
fn its_certificates_are_in_the_metrics() {
    let house = House::start();
    let metrics = raw::exchange(
        house.gateway.operator,
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    for host in ["app.test", "other.test"] {
        let line = format!("vestibule_certificate_expiry_seconds{{host=\"{host}\"}} 41");
        assert!(metrics.text().contains(&line), "{host}: {}", metrics.shown());
    }
}

/// Row F15.
#[test]
fn certificates_are_renewed_by_a_reload_and_no_connection_is_dropped() {
    let house = House::start();
    let renew = |serial, until| {
        let kind = Kind { names: &["app.test", "open.test"], serial, until };
        tls::write_pair(house.pairs.path(), "both", &kind);
        let output = house.gateway.cli(&["reload"], "");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let shown = async || {
        let hello = Hello { name: "open.test", alpn: HTTP1 };
        tls::serial(&tls::connect(house.addr(), hello).await.expect("a handshake"))
    };
    tls::run(async {
        let hello = Hello { name: "open.test", alpn: HTTP2 };
        let before = tls::connect(house.addr(), hello).await.expect("a handshake");
        assert_eq!(tls::serial(&before), 1);
        let (client, connection) = h2::client::handshake(before).await.expect("HTTP/2");
        tokio::spawn(connection);
        assert_eq!(status_of(&client, "open.test").await, 200);

        assert_eq!(renew(7, 2099).0, Some(0));
        assert_eq!(shown().await, 7);
        assert_eq!(status_of(&client, "open.test").await, 200, "the connection was dropped");

        // One that has expired, and a key of another: the pair before it stays.
        let (code, said) = renew(8, 2021);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("both.pem has expired"), "{said}");
        let good = Kind { names: &["app.test", "open.test"], serial: 9, until: 2099 };
        tls::write_pair(house.pairs.path(), "both", &good);
        let key = house.pairs.path().join("both.key");
        let others = fs::read(house.pairs.path().join("other.key")).expect("a key");
        let own = fs::read(&key).expect("a key");
        fs::write(&key, others).expect("the key of another");
        let output = house.gateway.cli(&["reload"], "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("is not the key of"), "{said}");
        assert_eq!(shown().await, 7);
        assert_eq!(status_of(&client, "open.test").await, 200);

        // Control: put right, it is taken.
        fs::write(&key, own).expect("its own key");
        assert_eq!(house.gateway.cli(&["reload"], "").status.code(), Some(0));
        assert_eq!(shown().await, 9);
    });
}
