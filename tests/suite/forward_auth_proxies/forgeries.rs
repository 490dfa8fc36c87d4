//! What visitors claim to be, and what they would have the app change to.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use vestibule::attack::identity::{WHENCE, WHO};
use vestibule::gateway::identity::{Alias, Dialect};
use vestibule::gateway::protect::{PROTECTED_NAMES, PROTECTED_PREFIXES};

use super::house::{HOST, House};
use crate::support::http2;
use crate::support::raw;
use crate::support::recorder::TUNNEL_ANSWER;
use crate::support::rig::identity_of;
use crate::support::tls::{self, Hello};

/// What every forged header says.
pub const FORGED: &str = "forged-root";
/// What a handshake says of itself.
const HANDSHAKE: &str =
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// How many names are tried in one request; the proxies and the gateway take a hundred lines.
const AT_ONCE: usize = 8;
/// Everything that may stand in a name beside letters, digits and hyphens.
const ODD: &str = "_.'!#$%&*+^`|~";

/// What a proxy can take out of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// The names in its configuration.
    Names,
    /// Whatever begins as they do.
    Families,
}

/// A way to spell a name, the lines that it makes, and whether these are always answered. A proxy may
/// refuse what nobody needs.
type Spelling = (&'static str, fn(&str) -> String, bool);

const SPELLINGS: [Spelling; 7] = [
    ("as it is", |name| line(name), true),
    ("in lower case", |name| line(&name.to_ascii_lowercase()), true),
    ("in upper case", |name| line(&name.to_ascii_uppercase()), true),
    ("with _", |name| line(&name.replace('-', "_")), false),
    ("with .", |name| line(&name.replace('-', ".")), false),
    ("twice", |name| line(name) + &line(&name.to_ascii_lowercase()), true),
    ("named in Connection", |name| format!("Connection: close, {name}\r\n{}", line(name)), false),
];

fn line(name: &str) -> String {
    format!("{name}: {FORGED}\r\n")
}

/// Every name that the gateway itself would not let pass.
fn names(cuts: Cuts) -> Vec<String> {
    let own = [Dialect::Remote, Dialect::Forwarded, Dialect::AuthRequest];
    let own = own.iter().flat_map(Dialect::names).map(|name| name.to_string());
    let mut names: Vec<String> = own.collect();
    let fixed = WHO.iter().chain(&WHENCE).chain(&PROTECTED_NAMES).map(|name| (*name).to_owned());
    names.extend(fixed);
    names.extend(Alias::ALL.map(|alias| alias.header().to_owned()));
    if cuts == Cuts::Families {
        names.extend(PROTECTED_PREFIXES.map(|family| format!("{family}other")));
    }
    names.sort_by_key(|name| name.to_ascii_lowercase());
    names.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    names
}

impl House {
    /// Nothing of what a visitor says of themselves arrives.
    pub fn examine_forgeries(&self, cuts: Cuts) {
        let names = names(cuts);
        for (way, spelled, is_answered) in SPELLINGS {
            for some in names.chunks(AT_ONCE) {
                let lines: String = some.iter().map(|name| spelled(name)).collect();
                self.examine_lines(way, &lines, is_answered);
            }
        }
        let odd = ODD.chars().flat_map(|odd| {
            [format!("Remote{odd}User"), format!("X-Auth-User{odd}"), format!("{odd}X-Auth-User")]
        });
        for name in odd {
            self.examine_lines("an odd letter", &line(&name), false);
        }
        // Control: what only looks like one of them passes, wherever the gateway itself lets it.
        for name in ["X-Auth-Token", "X-Authorization", "X-User-Id", "X-User-Agent", "X-Api-Key"] {
            let head = self.arrived(&self.get("/public/x", &line(name)));
            assert_eq!(raw::header_values(&head, name), [FORGED], "{name}");
        }
        // Whence a visitor comes, the proxy says, and it alone.
        let head = self.arrived(&self.get("/public/x", "X-Forwarded-For: 198.51.100.7\r\n"));
        let whence = raw::header_values(&head, "x-forwarded-for");
        assert!(whence.len() == 1 && whence[0].parse::<Ipv4Addr>().is_ok(), "{whence:?}");
        assert_ne!(whence, ["198.51.100.7"]);
    }

    fn examine_lines(&self, way: &str, lines: &str, is_answered: bool) {
        for (target, fields) in [("/page", self.cookie()), ("/public/x", String::new())] {
            let reply = self.get(target, &(fields + lines));
            let arrived = raw::lossy(&self.app.requests().concat());
            let told: Vec<&str> = arrived.lines().filter(|line| line.contains(FORGED)).collect();
            assert!(told.is_empty(), "{way}, {target}: {told:?}");
            // Control: they are taken out, and the app answers.
            let taken = reply.status() == 200 || reply.status() == 400 && !is_answered;
            assert!(taken, "{way}, {target}: {lines}{}", reply.shown());
        }
    }

    /// An app that changed to HTTP/2 in clear text could be asked for anything.
    pub fn examine_upgrades(&self) {
        let settings = "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
        let foreign = format!("{HANDSHAKE}Origin: https://{HOST}\r\n");
        for wanted in [
            "Upgrade: h2c\r\n",
            "Upgrade: websocket\r\nUpgrade: h2c\r\n",
            "Upgrade: h2c\r\nUpgrade: websocket\r\n",
            "Upgrade: websocket, h2c\r\n",
            "Upgrade: h2c, websocket\r\n",
            "Upgrade: websocket,h2c\r\nUpgrade: websocket\r\n",
        ] {
            for (target, fields) in [
                ("/public/x", settings.to_owned()),
                ("/public/x", foreign.clone()),
                ("/page", self.cookie() + &foreign),
            ] {
                let named = "Connection: Upgrade, HTTP2-Settings\r\n";
                let (reply, _) = self.open(target, &format!("{named}{wanted}{fields}"));
                let arrived = raw::lossy(&self.app.requests().concat()).to_ascii_lowercase();
                let told = arrived.contains("h2c") || arrived.contains("http2-settings");
                assert!(!told, "{wanted}: {arrived}");
                assert!(matches!(reply.status(), 101 | 200 | 400 | 403), "{}", reply.shown());
            }
        }
        // Control: WebSockets open, as browsers ask for them, and the app knows whose they are.
        for named in ["Upgrade", "keep-alive, Upgrade", "Upgrade, Remote-User"] {
            let fields = format!("Connection: {named}\r\nUpgrade: websocket\r\n{foreign}");
            let (reply, mut opened) = self.open("/page", &(self.cookie() + &fields));
            assert_eq!(reply.status(), 101, "{}\n{}", reply.shown(), self.log());
            let head = self.app.requests().concat();
            assert_eq!(identity_of(&head), ["anna"], "{}", raw::lossy(&head));
            opened.write(b"\x81\x80\0\0\0\0");
            assert_eq!(opened.at_least(TUNNEL_ANSWER.len()), TUNNEL_ANSWER);
        }
        assert!(!self.offers_websockets_over_http2(), "browsers would use what apps cannot");
    }

    /// Whether browsers are told to open WebSockets over HTTP/2 (RFC 8441, section 3).
    fn offers_websockets_over_http2(&self) -> bool {
        let settings = tls::run(async {
            let hello = Hello { name: HOST, alpn: &["h2"] };
            let mut stream = tls::connect(self.addr, hello).await.expect("a connection");
            let start = [http2::PREFACE, &http2::frame(http2::SETTINGS, 0, 0, b"")];
            stream.write_all(&start.concat()).await.expect("the preface is taken");
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.expect("a frame");
            assert_eq!(head[3], 4, "the first frame is settings");
            let mut settings = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
            stream.read_exact(&mut settings).await.expect("the settings");
            settings
        });
        settings.chunks(6).any(|setting| setting[..2] == [0, 8] && setting[5] == 1)
    }

    /// What a visitor names in Connection is for this hop: no later one may drop it.
    pub fn examine_connection(&self) {
        for named in ["Remote-User, X-Vestibule-Assertion", "close", "Remote-User, Cookie, Host"] {
            let fields = format!("{}Connection: {named}\r\n", self.cookie());
            let reply = self.get("/page", &fields);
            if named.contains("Host") && reply.status() != 200 {
                // Envoy refuses what makes the request another one.
                self.turned_away(named, &reply);
                continue;
            }
            let head = self.arrived(&reply);
            assert_eq!(identity_of(&head), ["anna"], "{named}: {}", raw::lossy(&head));
            assert_eq!(raw::header_values(&head, "x-vestibule-assertion").len(), 1, "{named}");
            let passed_on = raw::header_values(&head, "connection").concat().to_ascii_lowercase();
            assert!(!passed_on.contains("remote-user"), "{named}: {passed_on}");
        }
    }

    /// What a visitor says that they asked for does not count.
    pub fn examine_claims(&self) {
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
        let handshake = self.cookie() + HANDSHAKE;
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
