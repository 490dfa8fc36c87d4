//! A rule that wants a fresh proof sends who proved themselves too long ago to confirm it, and keeps
//! where they were going. Time goes by in the store, between two starts of the gateway.

use std::time::Duration;

use crate::support::aging::age_proofs;
use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::hosts::{Browser, HOME, leads_to};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;
use crate::support::walk::{self, to};

const RULES: &str = "[[app.rule]]\npath = \"/pay/\"\nallow = \"signed-in\"\nfresh_minutes = 5\n\
    [[app.rule]]\npath = \"/board/\"\ngroups = [\"board\"]\nfresh_minutes = 5\n";
/// An app on a host of its own, with such a rule.
const TILL: &str = "https://till.test";
const TILL_APP: &str = r#"
[[app]]
name = "till"
hosts = ["till.test"]
upstreams = ["http://{upstream}"]
  [[app.rule]]
  path = "/pay/"
  allow = "signed-in"
  fresh_minutes = 5
  [[app.rule]]
  path = "/"
  allow = "signed-in"
"#;
const SESSION: &str = "__Host-vestibule";
/// What the rules say.
const FRESH: Duration = Duration::from_secs(300);

#[test]
fn who_proved_themselves_too_long_ago_is_asked_again_and_loses_no_way() {
    let upstream = Recorder::start();
    let mut setup = Setup::new(upstream.addr());
    setup.rules = RULES.to_string();
    let mut gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let session = gateway.sign_in(ANNA.0, ANNA.1);
    let browser = |gateway: &Gateway| {
        let mut browser = walk::visitor(gateway);
        let (name, value) = session.split_once('=').expect("a cookie");
        browser.cookies.push((name.to_string(), value.to_string()));
        browser
    };
    // Control: a proof of just now will do.
    assert_eq!(browser(&gateway).get("/pay/before").status(), 200);

    gateway.terminate();
    age_proofs(&gateway, FRESH + Duration::from_secs(60));
    gateway.restart();
    upstream.clear();

    let mut client = browser(&gateway);
    let page = client.get("/pay/invoice?n=7");
    assert_eq!(to(&page), format!("{}/.vestibule/confirm", gateway.public_url));
    assert_eq!(page.header("www-authenticate"), None, "{}", page.shown());
    let data = client.fetch("/pay/data");
    for (row, reply) in [("data", data), ("socket", handshake(&gateway, &client))] {
        assert_eq!(reply.status(), 401, "{row}: {}", reply.shown());
        let challenge = reply.header("www-authenticate").unwrap_or_default();
        for part in ["error=\"insufficient_user_authentication\"", "max_age=\"300\""] {
            assert!(challenge.contains(part), "{row}: {challenge}");
        }
        assert_eq!(reply.header("content-type").as_deref(), Some("application/problem+json"));
        assert!(reply.text().contains("urn:vestibule:refusal:not_fresh"), "{}", reply.shown());
    }
    assert!(!upstream.saw(b"/pay/"), "{}", upstream.shown());
    // Who may not go there at all is told so, and nobody without a session is asked to confirm it.
    assert_eq!(client.get("/board/x").status(), 403);
    let stranger = walk::visitor(&gateway).fetch("/pay/data");
    assert_eq!(stranger.status(), 401);
    assert_eq!(stranger.header("www-authenticate").as_deref(), Some("Vestibule realm=\"sign-in\""));
    // Control: the session stands, for what wants no fresh proof.
    assert_eq!(client.fetch("/other").status(), 200);

    // A new proof leads back, and passes.
    let reply = client.walk_sign_in(ANNA.0, ANNA.1);
    assert_eq!(to(&reply), "/pay/invoice?n=7");
    assert_eq!(client.get("/pay/invoice?n=7").status(), 200);
}

#[test]
fn a_fresh_proof_for_another_host_is_given_where_the_pages_are_and_leads_back() {
    let upstream = Recorder::start();
    let mut setup = Setup::new(upstream.addr());
    setup.extra = TILL_APP.replace("{upstream}", &upstream.addr().to_string());
    let mut gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let mut browser = Browser::new(&gateway);
    // Control: a proof of just now will do.
    let page = browser.sign_in_at(&format!("{TILL}/pay/before"));
    assert_eq!(page.status(), 200, "{:?}: {}", browser.trail, page.shown());

    gateway.terminate();
    age_proofs(&gateway, FRESH + Duration::from_secs(60));
    gateway.restart();
    browser.moved_to(&gateway);
    upstream.clear();
    let before = browser.on(TILL).cookie(SESSION).expect("a session").to_string();
    let data = browser.on(TILL).fetch("/pay/data");
    assert_eq!(data.status(), 401, "{}", data.shown());
    assert!(data.text().contains("urn:vestibule:refusal:not_fresh"), "{}", data.shown());
    // Control: the session stands, for what wants no fresh proof.
    assert_eq!(browser.on(TILL).fetch("/other").status(), 200);

    let address = format!("{TILL}/pay/invoice?n=7");
    let page = browser.open(&address);
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert_eq!(browser.trail.last().unwrap(), &format!("{HOME}/.vestibule/confirm"));
    assert!(!upstream.saw(b"/pay/"), "{}", upstream.shown());
    let reply = browser.on(HOME).walk_sign_in(ANNA.0, ANNA.1);
    let to = leads_to(&reply).unwrap_or_else(|| panic!("to nowhere: {}", reply.shown()));
    let page = browser.open(&if to.starts_with('/') { format!("{HOME}{to}") } else { to });
    assert_eq!(page.status(), 200, "{:?}: {}", browser.trail, page.shown());
    assert_eq!(browser.trail.last().unwrap(), &address);
    assert_eq!(browser.on(TILL).fetch("/pay/data").status(), 200);
    // A copy of the value that it had before has not risen with the proof.
    let mut copy = Browser::new(&gateway);
    copy.on(TILL).cookies.push((SESSION.to_string(), before));
    assert_eq!(copy.on(TILL).fetch("/pay/data").status(), 401);
}

#[test]
fn a_fresh_proof_can_be_asked_only_where_somebody_is_asked_for() {
    let upstream = Recorder::start();
    let rows = [
        ("allow = \"everyone\"\nfresh_minutes = 5", "stands beside allow"),
        ("allow = \"signed-in\"\nfresh_minutes = 0", "from 1 to 1440"),
        ("allow = \"signed-in\"\nfresh_minutes = 1441", "from 1 to 1440"),
        ("allow = \"signed-in\"\nfresh_minutes = \"5\"", "from 1 to 1440"),
    ];
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let good = std::fs::read_to_string(&gateway.config).expect("the configuration");
    let check = |rule: &str| {
        let at = good.find("  [[app.rule]]").expect("a rule");
        let (before, after) = good.split_at(at);
        let text = format!("{before}[[app.rule]]\npath = \"/pay/\"\n{rule}\n{after}");
        std::fs::write(&gateway.config, text).expect("a configuration");
        gateway.cli(&["check"], "")
    };
    for (rule, says) in rows {
        let output = check(rule);
        let text = raw::lossy(&[output.stdout, output.stderr].concat());
        assert!(!output.status.success(), "{rule}: {text}");
        assert!(text.contains("fresh_minutes") && text.contains(says), "{rule}: {text}");
    }
    // Control: within bounds, and for somebody.
    for rule in ["allow = \"signed-in\"", "groups = [\"staff\"]"] {
        for minutes in [1, 1440] {
            let output = check(&format!("{rule}\nfresh_minutes = {minutes}"));
            assert!(output.status.success(), "{rule}: {output:?}");
        }
    }
}

// ---- Means --------------------------------------------------------------------------------------

fn handshake(gateway: &Gateway, client: &Client) -> raw::Reply {
    let lines = [
        ("Origin", "https://app.test"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut head = format!("GET /pay/ws HTTP/1.1\r\nHost: {}\r\n", client.host);
    head.push_str(&format!("Cookie: {}\r\n", client.cookie_line()));
    lines.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    raw::exchange(gateway.addr, format!("{head}\r\n").as_bytes())
}
