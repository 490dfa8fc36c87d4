//! The proxies that people keep, each with the configuration that we ship, and the app behind it.

use vestibule::domain::Cookies;

use self::forgeries::{Cuts, FORGED};
use self::house::{HOST, House, MANY, start_caddy, start_envoy, start_haproxy, start_nginx};
use crate::support::client::Client;
use crate::support::raw;
use crate::support::rig::{ANNA, identity_of};

mod forgeries;
mod house;

impl House {
    /// Everything that holds whatever the proxy.
    fn examine(&self, cuts: Cuts) {
        self.examine_identity();
        self.examine_cookies();
        self.examine_way_in();
        self.examine_preflight();
        self.examine_forgeries(cuts);
        self.examine_connection();
        self.examine_upgrades();
        self.examine_claims();
        assert!(!self.log().contains("[warn]"), "{}", self.log());
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
        // The longest answer: many groups, and the assertion under four names.
        let head = self.arrived(&self.get("/page", &format!("Cookie: {}\r\n", self.many)));
        assert_eq!(identity_of(&head), ["berta"], "{}", raw::lossy(&head));
        let groups = raw::header_values(&head, "remote-groups").concat();
        assert_eq!(groups.split(',').count(), MANY, "{groups}");
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
        // All of ours side by side, and those of an https host each between two of the app's.
        let all = Cookies::ALL_NAMES.map(|name| format!("{name}={value}; ")).concat();
        assert_eq!(apart(clean(&format!("Cookie: a=1; {all}b=2\r\n"))), ["a=1", "b=2"]);
        assert_eq!(apart(clean(&format!("Cookie: {all}a=1; {all}b=2\r\n"))), ["a=1", "b=2"]);
        let here = Cookies::ALL_NAMES.into_iter().filter(|name| name.starts_with("__Host-"));
        let mixed: String = here.clone().map(|name| format!("{name}={value}; a=1; ")).collect();
        let kept = apart(clean(&format!("Cookie: b=2; {}\r\n", mixed.trim_end_matches("; "))));
        assert_eq!(kept, [vec!["b=2"], vec!["a=1"; here.count()]].concat());
        // Control: what is only named or spelled like one of ours is the app's.
        let like = "my-vestibule=1; note=our vestibule; b=vestibule, c";
        let kept = clean(&format!("Cookie: {like}; {}\r\n", self.session));
        assert_eq!(apart(kept), like.split("; ").collect::<Vec<_>>());
        // No browser sends two lines over HTTP/1, and Envoy joins them in a way that nobody can read.
        let two = self.get("/page", &format!("Cookie: x=1\r\nCookie: {}\r\n", self.session));
        assert!([200, 401].contains(&two.status()), "{}", two.shown());
        assert!(!self.app.saw(value.as_bytes()), "{}", self.app.shown());
        let many = format!("x=1; __HOST-vestibule-ticket={value}; ").repeat(12);
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

    /// What browsers ask before a script of another site may call, which carries no cookie.
    fn examine_preflight(&self) {
        let fields = "Origin: https://other.test\r\nAccess-Control-Request-Method: GET\r\n\
            Access-Control-Request-Headers: x-api-key\r\n";
        let head = self.arrived(&self.ask("OPTIONS", "/called/x", fields));
        assert!(identity_of(&head).concat().is_empty(), "{}", raw::lossy(&head));
        assert_eq!(raw::header_values(&head, "access-control-request-method"), ["GET"]);
        // Control: nobody else is let pass by it.
        self.turned_away("a preflight", &self.ask("OPTIONS", "/page", fields));
        self.turned_away("no preflight", &self.ask("OPTIONS", "/called/x", ""));
    }
}

#[test]
fn nginx_asks_and_the_app_is_told_the_truth() {
    let mut house = House::build();
    start_nginx(&mut house, ("", ""));
    house.examine(Cuts::Names);
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
    start_haproxy(&mut house);
    house.examine(Cuts::Families);
}

#[test]
fn caddy_asks_and_the_app_is_told_the_truth() {
    let mut house = House::build();
    start_caddy(&mut house);
    house.examine(Cuts::Families);
}

#[test]
fn envoy_asks_and_the_app_is_told_the_truth() {
    let mut house = House::build();
    start_envoy(&mut house);
    house.examine(Cuts::Families);
}
