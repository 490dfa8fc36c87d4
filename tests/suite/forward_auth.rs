//! What another proxy is answered that asks whether a request may pass (rows H17 and H18).

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Reply};
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;

const LISTEN: &str = "[\"127.0.0.1:0\", { address = \"127.0.0.1:0\", forward_auth = true }]";
const TRUSTED: &str = "trusted_proxies = [\"127.0.0.0/8\"]";
const HTML: &str = "Accept: text/html\r\n";

/// An app on a host that has none of our pages.
const SECOND: &str = r#"[[app]]
name = "second"
hosts = ["second.test"]
upstreams = ["http://127.0.0.1:9"]
headers = "forwarded"
  [[app.rule]]
  path = "/"
  allow = "signed-in"
"#;

struct House {
    gateway: Gateway,
    session: String,
}

impl House {
    fn start() -> Self {
        let recorder = Recorder::start();
        let gateway = Gateway::start(Setup {
            listen: LISTEN.to_string(),
            extra_server: TRUSTED.to_string(),
            extra: SECOND.to_string(),
            rules: "  assertion_aliases = [\"pomerium\"]\n".to_string(),
            ..Setup::new(recorder.addr())
        });
        let (name, password) = ANNA;
        gateway.add_account(name, password, &[]);
        let session = gateway.sign_in(name, password);
        Self { gateway, session }
    }

    fn lock() -> MutexGuard<'static, Self> {
        static HOUSE: OnceLock<Mutex<House>> = OnceLock::new();
        let house = HOUSE.get_or_init(|| Mutex::new(Self::start()));
        house.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asks_at(&self) -> SocketAddr {
        self.gateway.others[0]
    }

    /// A question with these fields, by somebody who is signed in.
    fn ask(&self, fields: &str) -> Reply {
        let cookie = format!("Cookie: {}\r\n{HTML}", self.session);
        send(
            self.asks_at(),
            "GET",
            "/.vestibule/verify",
            "gate.internal",
            &(fields.to_string() + &cookie),
        )
    }
}

fn send(addr: SocketAddr, method: &str, target: &str, host: &str, fields: &str) -> Reply {
    let request =
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\n\r\n");
    raw::exchange(addr, request.as_bytes())
}

/// How Traefik and Caddy ask.
fn forwarded(method: &str, host: &str, uri: &str) -> String {
    format!(
        "X-Forwarded-Method: {method}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: {host}\r\nX-Forwarded-Uri: {uri}\r\n"
    )
}

/// How nginx asks.
fn original(method: &str, host: &str, uri: &str) -> String {
    format!("X-Original-Method: {method}\r\nX-Original-URL: https://{host}{uri}\r\n")
}

fn passed(reply: &Reply) -> bool {
    reply.status() == 200 && reply.header("x-vestibule-verified").is_some()
}

#[test]
fn who_is_signed_in_passes_with_identity_and_assertion_in_every_form() {
    let house = House::lock();
    let cookie = format!("X-Forwarded-Proto: https\r\nCookie: {}\r\n", house.session);
    for reply in [
        house.ask(&forwarded("GET", "app.test", "/page?x=1")),
        house.ask(&forwarded("POST", "app.test:443", "/page")),
        house.ask(&original("DELETE", "APP.test", "/page")),
        send(house.asks_at(), "PUT", "/.vestibule/verify/page?x=1", "app.test", &cookie),
        send(
            house.asks_at(),
            "GET",
            "/.vestibule/verify?x=1",
            "x",
            &(forwarded("GET", "app.test", "/page?x=1") + &format!("Cookie: {}\r\n", house.session)),
        ),
        house.ask("X-Original-Method: GET\r\nX-Original-URI: /page\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: app.test\r\n"),
    ] {
        assert!(passed(&reply), "{}", reply.shown());
        assert_eq!(reply.header("x-vestibule-verified").as_deref(), Some("portal"));
        assert_eq!(reply.headers("remote-user"), ["anna"], "{}", reply.shown());
        assert_eq!(reply.headers("remote-groups"), [""], "{}", reply.shown());
        let assertion = reply.header("x-vestibule-assertion").unwrap();
        assert_eq!(assertion.split('.').count(), 3, "{assertion}");
        assert!(reply.body().is_empty() && reply.headers("set-cookie").is_empty());
    }
}

#[test]
fn every_name_is_in_the_answer_for_nobody_too() {
    let house = House::lock();
    let forged = "Remote-User: root\r\nRemote-Groups: admin\r\nX-Vestibule-Assertion: a.b.c\r\n";
    let fields = forwarded("GET", "app.test", "/public/x") + forged;
    let reply = send(house.asks_at(), "GET", "/.vestibule/verify", "x", &fields);
    assert!(passed(&reply), "{}", reply.shown());
    for name in [
        "remote-user",
        "remote-groups",
        "remote-name",
        "remote-email",
        "x-vestibule-assertion",
        "x-pomerium-jwt-assertion",
        "cf-access-jwt-assertion",
        "x-goog-iap-jwt-assertion",
    ] {
        assert_eq!(reply.headers(name), [""], "{name}: {}", reply.shown());
    }
    // Control: with a session the same names carry what is so.
    let reply = house.ask(&(forwarded("GET", "app.test", "/public/x") + forged));
    assert_eq!(reply.headers("remote-user"), ["anna"], "{}", reply.shown());
}

#[test]
fn without_a_session_each_proxy_is_answered_in_its_manner() {
    let house = House::lock();
    let ask = |fields: &str| send(house.asks_at(), "GET", "/.vestibule/verify", "x", fields);
    let sign_in = format!("{}/.vestibule/sign-in", house.gateway.public_url);

    let led = ask(&(forwarded("GET", "app.test", "/page") + HTML));
    assert_eq!(
        (led.status(), led.header("location")),
        (303, Some(sign_in.clone())),
        "{}",
        led.shown()
    );
    assert!(
        led.header("set-cookie").is_some_and(|line| line.starts_with("__Host-vestibule-ticket="))
    );
    let told = ask(&forwarded("GET", "app.test", "/page"));
    assert_eq!(told.status(), 401, "{}", told.shown());
    assert!(told.header("www-authenticate").is_some(), "{}", told.shown());

    let led = ask(&(original("GET", "app.test", "/page") + HTML));
    assert_eq!(
        (led.status(), led.header("x-vestibule-location")),
        (401, Some(sign_in)),
        "{}",
        led.shown()
    );
    assert!(led.header("set-cookie").is_some() && led.header("location").is_none());
    let told = ask(&original("GET", "app.test", "/page"));
    assert_eq!(
        (told.status(), told.header("x-vestibule-location")),
        (401, None),
        "{}",
        told.shown()
    );

    let itself = send(
        house.asks_at(),
        "GET",
        "/.vestibule/verify/page",
        "app.test",
        &format!("X-Forwarded-Proto: https\r\n{HTML}"),
    );
    assert_eq!(itself.status(), 303, "{}", itself.shown());
}

#[test]
fn on_a_host_without_our_pages_a_visitor_leaves_to_sign_in_and_brings_a_code_back() {
    let house = House::lock();
    let fields = forwarded("GET", "second.test", "/page") + HTML;
    let led = send(house.asks_at(), "GET", "/.vestibule/verify", "x", &fields);
    assert_eq!(led.status(), 303, "{}", led.shown());
    let to = led.header("location").unwrap_or_default();
    assert!(to.starts_with(&format!("{}/.vestibule/", house.gateway.public_url)), "{to}");
    assert!(
        led.header("set-cookie").is_some_and(|line| line.starts_with("__Host-vestibule-nonce="))
    );
    // A session is its own host's.
    let other = house.ask(&original("GET", "second.test", "/page"));
    assert_eq!(other.status(), 401, "{}", other.shown());
}

#[test]
fn a_question_in_two_forms_is_answered_with_no() {
    let house = House::lock();
    let admin = forwarded("GET", "app.test", "/admin/");
    let page = forwarded("GET", "app.test", "/page");
    let nginx = original("GET", "app.test", "/page");
    for fields in [
        String::new(),
        format!("{page}X-Original-URL: https://app.test/public/x\r\n"),
        format!("{nginx}X-Forwarded-Uri: /public/x\r\n"),
        format!("{page}{nginx}"),
        format!("{page}X-Forwarded-Uri: /page\r\n"),
        format!("{page}X-Forwarded-Host: app.test\r\n"),
        format!("{nginx}X-Original-URL: https://app.test/page\r\n"),
        format!("{nginx}X-Original-URI: /page\r\n"),
        format!("{nginx}X-Forwarded-Host: open.test\r\n"),
        format!("{nginx}X-Forwarded-Proto: http\r\n"),
        page.replace("X-Forwarded-Method: GET\r\n", ""),
        page.replace("X-Forwarded-Host: app.test\r\n", ""),
        page.replace("X-Forwarded-Proto: https\r\n", ""),
        page.replace("X-Forwarded-Uri: /page\r\n", ""),
        page.replace("https", "http"),
        page.replace("https", "https,http"),
        nginx.replace("https:", "http:"),
        nginx.replace("https:", "file:"),
        nginx.replace("X-Original-Method: GET\r\n", ""),
        nginx.replace("/page", ""),
        // Control for the first of these: what is asked about is not anna's.
        admin,
    ] {
        let reply = house.ask(&fields);
        assert!([400, 403].contains(&reply.status()), "{fields}: {}", reply.shown());
        assert!(reply.header("remote-user").is_none(), "{fields}: {}", reply.shown());
    }
    let cookie = format!("Cookie: {}\r\n", house.session);
    for (target, fields) in [
        ("/.vestibule/verify/page", String::new()),
        ("/.vestibule/verify/page", page.clone()),
        ("/.vestibule/verify/page", nginx.clone()),
        (
            "/.vestibule/verify/page",
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: open.test\r\n".to_string(),
        ),
    ] {
        let reply = send(house.asks_at(), "GET", target, "app.test", &(fields.clone() + &cookie));
        assert!([400, 403, 404].contains(&reply.status()), "{target} {fields}: {}", reply.shown());
    }
    // Controls: each form alone passes.
    assert!(passed(&house.ask(&page)) && passed(&house.ask(&nginx)));
}

#[test]
fn an_address_with_a_second_reading_never_passes() {
    let house = House::lock();
    for uri in [
        "/public/..%2fadmin",
        "/public/../admin/",
        "/public/%2e%2e/admin/",
        "//admin/",
        "/public/..;/admin/",
        "/public\\..\\admin/",
        "/public/x#/../../admin",
        "/%252e%252e/admin",
        "/public/%zz",
        "https://app.test/public/x",
        "public/x",
        "*",
        "",
        "/\u{e9}",
        "/.vestibule/account",
        "/.VESTIBULE/x",
    ] {
        for fields in [forwarded("GET", "app.test", uri), original("GET", "app.test", uri)] {
            let reply = house.ask(&fields);
            assert!([400, 403, 404].contains(&reply.status()), "{uri}: {}", reply.shown());
        }
    }
    for host in [
        "other.test",
        "app.test,open.test",
        "app.test@open.test",
        "app.test/open.test",
        "app%2etest",
        "[::1",
        "",
        "app.test:0",
        "app.test:x",
    ] {
        let mut forms = vec![forwarded("GET", host, "/page")];
        // In an address, what follows a slash is the path.
        forms.extend((!host.contains('/')).then(|| original("GET", host, "/page")));
        for fields in forms {
            let reply = house.ask(&fields);
            assert!([400, 403, 404, 421].contains(&reply.status()), "{host}: {}", reply.shown());
        }
    }
    for method in ["TRACE", "CONNECT", "get", "G ET", "PROPFIND", ""] {
        let reply = house.ask(&forwarded(method, "app.test", "/page"));
        assert!([400, 403, 405].contains(&reply.status()), "{method}: {}", reply.shown());
    }
    // Control.
    assert!(passed(&house.ask(&forwarded("GET", "app.test", "/public/x"))));
}

#[test]
fn nothing_but_the_real_address_opens_a_path() {
    let house = House::lock();
    let ask =
        |fields: &str| send(house.asks_at(), "GET", "/.vestibule/verify", "open.test", fields);
    for fields in [
        "User-Agent: GoogleHC/1.0\r\n",
        "User-Agent: kube-probe/1.29\r\n",
        "X-Rewrite-URL: /public/x\r\nX-HTTP-Method-Override: OPTIONS\r\n",
        "Forwarded: host=open.test\r\n",
        "X-Forwarded-Path: /public/x\r\nX-Forwarded-Prefix: /public\r\nX-Forwarded-Port: 1\r\n",
        "Remote-User: root\r\n",
    ] {
        let reply = ask(&(forwarded("GET", "app.test", "/page") + fields));
        assert_eq!(reply.status(), 401, "{fields}: {}", reply.shown());
        let reply = ask(&(forwarded("GET", "app.test", "/public/x") + fields));
        assert!(passed(&reply), "control {fields}: {}", reply.shown());
    }
    let with_body = forwarded("POST", "app.test", "/page") + "Content-Length: 1\r\n";
    let reply = raw::exchange(
        house.asks_at(),
        format!(
            "GET /.vestibule/verify HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n{with_body}\r\nx",
            house.session
        )
        .as_bytes(),
    );
    assert_eq!(reply.status(), 403, "{}", reply.shown());
}

#[test]
fn a_handshake_is_judged_as_one() {
    let house = House::lock();
    let key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for fields in [forwarded("GET", "app.test", "/page"), original("GET", "app.test", "/page")] {
        let foreign = house.ask(&format!("{fields}{key}Origin: https://evil.test\r\n"));
        assert_eq!(foreign.status(), 403, "{}", foreign.shown());
        let none = house.ask(&(fields.clone() + key));
        assert_eq!(none.status(), 403, "{}", none.shown());
        // Control: from a page of the same host.
        let ours = house.ask(&format!("{fields}{key}Origin: https://app.test\r\n"));
        assert!(passed(&ours), "{}", ours.shown());
    }
}

#[test]
fn only_listed_proxies_ask_and_only_where_it_is_said() {
    let house = House::lock();
    let fields = forwarded("GET", "app.test", "/page") + &format!("Cookie: {}\r\n", house.session);
    let ask = |addr| send(addr, "GET", "/.vestibule/verify", "app.test", &fields);
    // Control.
    assert!(passed(&ask(house.asks_at())));
    assert_eq!(ask(house.gateway.addr).status(), 404);
    for target in
        ["/", "/page", "/public/x", "/.vestibule/", "/.vestibule/sign-in", "/.vestibule/verifyx"]
    {
        let reply = send(house.asks_at(), "GET", target, "app.test", &fields);
        assert_eq!(reply.status(), 404, "{target}: {}", reply.shown());
    }
    let keys = send(house.asks_at(), "GET", "/.vestibule/jwks.json", "app.test", "");
    assert_eq!(keys.status(), 200, "{}", keys.shown());

    let recorder = Recorder::start();
    let elsewhere = Gateway::start(Setup {
        listen: LISTEN.to_string(),
        extra_server: "trusted_proxies = [\"192.0.2.1\"]".to_string(),
        ..Setup::new(recorder.addr())
    });
    let open = forwarded("GET", "app.test", "/public/x");
    let reply = send(elsewhere.others[0], "GET", "/.vestibule/verify", "app.test", &open);
    assert_eq!(reply.status(), 404, "{}", reply.shown());
    assert!(reply.header("x-vestibule-verified").is_none(), "{}", reply.shown());
}

#[test]
fn what_proxies_ask_is_counted() {
    let house = House::lock();
    let count = || {
        let reply = send(house.gateway.operator, "GET", "/metrics", "127.0.0.1", "");
        let line = "vestibule_verifications_total{outcome=\"passed\"} ";
        let text = reply.text();
        text.lines().find_map(|at| at.strip_prefix(line)?.parse::<u64>().ok()).unwrap()
    };
    let before = count();
    assert!(passed(&house.ask(&forwarded("GET", "app.test", "/page"))));
    assert_eq!(count(), before + 1);
}
