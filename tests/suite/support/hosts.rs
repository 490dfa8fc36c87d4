//! A gateway with several hosts, and a browser that goes from one to another.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::client::{Client, hidden};
use super::gateway::{Gateway, Setup};
use super::raw::Reply;
use super::rig::ANNA;

/// Where the pages are.
pub const HOME: &str = "https://app.test";
/// Apps on hosts of their own: a shop, and a desk whose pages call an interface of
/// another host.
pub const APPS: &str = r#"
[[app]]
name = "shop"
hosts = ["shop.test"]
upstreams = ["http://{upstream}"]
  [[app.rule]]
  path = "/paid"
  allow = "signed-in"
  cross_site_post = "bounce"
  [[app.rule]]
  path = "/"
  allow = "signed-in"
[[app]]
name = "desk"
hosts = ["desk.work.test"]
sign_in_group = "work"
upstreams = ["http://{upstream}"]
  [[app.rule]]
  path = "/"
  allow = "signed-in"
[[app]]
name = "interface"
hosts = ["https://api.work.test:8443"]
sign_in_group = "work"
upstreams = ["http://{upstream}"]
  [[app.rule]]
  path = "/told/"
  methods = ["GET", "POST"]
  allow = "signed-in"
  cors_preflight = "app"
  [[app.rule]]
  path = "/"
  allow = "signed-in"
"#;

/// A gateway before this upstream, with these apps and an account.
pub fn gateway(upstream: SocketAddr) -> Gateway {
    let mut setup = Setup::new(upstream);
    setup.extra = APPS.replace("{upstream}", &upstream.to_string());
    let gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    gateway
}

/// A browser: cookies of each host, and where it was led.
pub struct Browser {
    addr: SocketAddr,
    hosts: BTreeMap<String, Client>,
    /// The addresses of the last walk, in order.
    pub trail: Vec<String>,
    /// Names of cookies that it does not keep.
    pub forgets: Vec<String>,
}

impl Browser {
    /// One that was nowhere yet.
    pub fn new(gateway: &Gateway) -> Self {
        let (hosts, trail, forgets) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { addr: gateway.addr, hosts, trail, forgets }
    }

    /// Goes on with a gateway that was started again on other ports.
    pub fn moved_to(&mut self, gateway: &Gateway) {
        self.addr = gateway.addr;
        let hosts = std::mem::take(&mut self.hosts);
        for (origin, before) in hosts {
            self.on(&origin).cookies = before.cookies;
        }
    }

    /// What it is on one host.
    pub fn on(&mut self, origin: &str) -> &mut Client {
        let addr = self.addr;
        self.hosts.entry(origin.to_string()).or_insert_with(|| Client::new(addr, origin))
    }

    /// Loads one address, and follows nothing.
    pub fn load(&mut self, address: &str) -> Reply {
        let (origin, path) = split(address);
        let forgets = self.forgets.clone();
        let client = self.on(origin);
        let reply = client.get(path);
        client.cookies.retain(|(name, _)| !forgets.contains(name));
        self.trail.push(address.to_string());
        reply
    }

    /// Loads an address and goes wherever it leads, as far as browsers do.
    pub fn open(&mut self, address: &str) -> Reply {
        self.trail.clear();
        let mut reply = self.load(address);
        while let Some(next) = leads_to(&reply) {
            assert!(self.trail.len() <= 20, "led on and on: {:?}", self.trail);
            let address = match next.starts_with('/') {
                true => format!("{}{next}", split(self.trail.last().expect("a start")).0),
                false => next,
            };
            reply = self.load(&address);
        }
        reply
    }

    /// Opens an address without a session, signs in where that leads, and goes where that leads.
    pub fn sign_in_at(&mut self, address: &str) -> Reply {
        let page = self.open(address);
        assert_eq!(page.status(), 200, "{:?}: {}", self.trail, page.shown());
        let home = self.on(HOME);
        let csrf = hidden(&page.text(), "csrf");
        home.post_form("/.vestibule/sign-in", &[("csrf", &csrf), ("name", ANNA.0)]);
        let csrf = hidden(&home.get("/.vestibule/password").text(), "csrf");
        let answer = home.give_password(&csrf, ANNA.1);
        let to = leads_to(&answer).unwrap_or_else(|| panic!("to nowhere: {}", answer.shown()));
        self.open(&if to.starts_with('/') { format!("{HOME}{to}") } else { to })
    }
}

/// Where an answer leads by itself.
pub fn leads_to(reply: &Reply) -> Option<String> {
    let refresh = |text: String| {
        let rest = text.split("http-equiv=\"refresh\" content=\"0; url=").nth(1)?.to_string();
        Some(rest.split('"').next()?.replace("&#38;", "&").replace("&#61;", "="))
    };
    reply.header("location").or_else(|| refresh(reply.text()))
}

/// Origin and the rest of an address.
pub fn split(address: &str) -> (&str, &str) {
    let start = address.find("://").expect("a whole address") + 3;
    match address[start..].find('/') {
        Some(at) => address.split_at(start + at),
        None => (address, "/"),
    }
}
