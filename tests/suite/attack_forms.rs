//! Attacks on our forms from a browser: posted by another site, with another browser's token or
//! ticket, in bodies that are none, and pages that are framed or kept. Each form of the router has
//! its row. Rows C01 to C03, C05 to C08, C22 and C24.

use std::collections::BTreeSet;

use crate::support::account;
use crate::support::client::{Client, form, hidden};
use crate::support::gateway::Gateway;
use crate::support::mailed::{Mailing, PASSWORD, code_of, key_of, link_of};
use crate::support::passkey::{Device, asked, make};
use crate::support::phone::{Phone, asking, to_approve, to_pair, to_phone};
use crate::support::raw::Reply;
use crate::support::walk::{
    SCREENS, SESSION, START_AGAIN, TICKET, Walk, at, at_code, fill, opens, signed_in, start, to,
    told, visitor,
};

/// Where every form of ours is declared.
const ROUTER: &str = include_str!("../../src/pages/mod.rs");

/// The forms beside those of the screens of a first connection.
const OTHERS: [&str; 15] = [
    "confirm",
    "code",
    "recovery",
    "pair",
    "approve",
    "approved",
    "passkey",
    "passkey/options",
    "passkey/sign-in",
    "passkey/sign-in/options",
    "picker",
    "sign-out",
    "more-time",
    "new-password/check",
    "lost-phone",
];

/// What phones say: no forms, but JSON that their own key signs. `attack_approval` has their rows.
const SIGNED: [&str; 4] = ["phone/challenge", "phone/pair", "phone/requests", "phone/answer"];
/// The forms that only a gateway has that sends mails.
const MAILED: [&str; 3] = ["forgotten", "mail-code", "reset"];

const SITE: &str = "Sec-Fetch-Site";
const OURS: &str = "https://app.test";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const HONEST: Fields = &[("Origin", OURS), (SITE, "same-origin")];

/// Names and values of header lines.
type Fields = &'static [(&'static str, &'static str)];

/// Whose token a form carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Own,
    Missing,
    Empty,
    Foreign,
}

/// What a forged form says about itself.
const FORGED: [(&str, Fields, Token); 17] = [
    ("C01", &[("Origin", "https://evil.test"), (SITE, "cross-site")], Token::Missing),
    ("C01 with the token", &[("Origin", "https://evil.test"), (SITE, "cross-site")], Token::Own),
    ("C01 Origin alone", &[("Origin", "https://evil.test")], Token::Own),
    ("C01 Origin null", &[("Origin", "null")], Token::Own),
    ("C01 Origin null, cross-site", &[("Origin", "null"), (SITE, "cross-site")], Token::Own),
    ("C01 Sec-Fetch-Site alone", &[(SITE, "cross-site")], Token::Own),
    ("C01 typed", &[(SITE, "none")], Token::Own),
    ("C01 two origins", &[("Origin", OURS), ("Origin", "https://evil.test")], Token::Own),
    ("C01 one line", &[("Origin", "https://app.test, https://evil.test")], Token::Own),
    ("C01 longer", &[("Origin", "https://app.test.evil.test")], Token::Own),
    ("C02", &[], Token::Missing),
    ("C02 with the token", &[], Token::Own),
    ("C02 from our page", &[("Origin", OURS)], Token::Missing),
    ("C02 empty token", &[("Origin", OURS), (SITE, "same-origin")], Token::Empty),
    ("C03", &[("Origin", "https://evil.app.test"), (SITE, "same-site")], Token::Own),
    ("C03 no TLS", &[("Origin", "http://app.test"), (SITE, "same-site")], Token::Own),
    ("C05", &[("Origin", OURS), (SITE, "same-origin")], Token::Foreign),
];

/// All of them.
fn forms() -> impl Iterator<Item = &'static str> {
    SCREENS.into_iter().chain(OTHERS).chain(MAILED).chain(account::FORMS)
}

#[test]
fn every_form_of_the_router_has_a_row() {
    let declared: BTreeSet<&str> = ROUTER
        .split(".route(\"/.vestibule/")
        .skip(1)
        .filter(|route| route.split(".route(").next().unwrap().contains("post("))
        .map(|route| route.split('"').next().unwrap())
        .collect();
    let rows: BTreeSet<&str> = forms().chain(SIGNED).collect();
    assert_eq!(declared, rows, "a form without a row in this file, or a row without a form");
    // Control: that is how the router declares them, all in this one file.
    assert!(ROUTER.matches("post(").count() >= declared.len() && declared.len() > 10);
}

#[test]
fn c01_c02_c03_c05_a_forged_form_changes_nothing() {
    let (_upstream, gateway) = start();
    let house = Mailing::start();
    for (index, path) in forms().enumerate() {
        let (name, mailed) = (format!("forged-{index}"), MAILED.contains(&path));
        let gateway = if mailed { &house.gateway } else { &gateway };
        let stand = match mailed {
            true => Stand::with_mail(&house, path, &name),
            false => Stand::before(gateway, path, &name),
        };
        let before = stand.witness(gateway);
        for (row, headers, token) in FORGED {
            let mut browser = stand.browser.clone();
            let csrf = match token {
                Token::Own => Some(stand.csrf.clone()),
                Token::Missing => None,
                Token::Empty => Some(String::new()),
                Token::Foreign => Some(token_of_another(gateway)),
            };
            let reply = stand.post(&mut browser, headers, csrf.as_deref(), "");
            assert!(reply.headers("set-cookie").is_empty(), "{path} {row}: {}", reply.shown());
            match token {
                // It could be of a tab that is late: the answer leads to the page, which knows.
                Token::Foreign => assert_eq!(to(&reply), at(path), "{path} {row}"),
                _ => assert_page(&format!("{path} {row}"), &reply, 403),
            }
        }
        // A form that has no ticket at all, in a browser that never was here.
        let reply = stand.post(&mut visitor(gateway), HONEST, Some(&stand.csrf), "");
        assert!(!opens(&reply) && reply.status() == 303, "{path}: {}", reply.shown());
        assert_eq!(stand.witness(gateway), before, "{path}: something was changed");
        // Control: the same form, honest, and nothing else is needed.
        let mut browser = stand.browser.clone();
        let reply = stand.post(&mut browser, HONEST, Some(&stand.csrf), "");
        assert_went_on(path, &reply);
    }
}

#[test]
fn a_body_that_is_no_form_of_ours_changes_nothing_and_gets_a_page() {
    let (_upstream, gateway) = start();
    let house = Mailing::start();
    for (index, path) in forms().enumerate() {
        let (name, mailed) = (format!("garbled-{index}"), MAILED.contains(&path));
        let gateway = if mailed { &house.gateway } else { &gateway };
        let stand = match mailed {
            true => Stand::with_mail(&house, path, &name),
            false => Stand::before(gateway, path, &name),
        };
        let before = stand.witness(gateway);
        let whole = stand.body(Some(&stand.csrf));
        let json = format!("{{\"csrf\":\"{}\",\"name\":\"x\",\"code\":\"1\"}}", stand.csrf);
        let part = "Content-Disposition: form-data; name=\"csrf\"";
        let multipart = format!("--b\r\n{part}\r\n\r\n{}\r\n--b--\r\n", stand.csrf);
        let rows: Vec<(&str, String, &[u16])> = vec![
            ("text/plain", whole.clone(), &[415]),
            ("application/json", json, &[415]),
            ("multipart/form-data; boundary=b", multipart, &[415]),
            ("", whole.clone(), &[415]),
            (URLENCODED, format!("{whole}&csrf={}", stand.csrf), &[400, 422]),
            (URLENCODED, format!("{whole}&filler={}", "x".repeat(70 * 1024)), &[413]),
            (URLENCODED, format!("{whole}&csrf="), &[400, 422]),
            (URLENCODED, format!("csrf%00={}", stand.csrf), &[403]),
            (URLENCODED, format!("CSRF={}", stand.csrf), &[403]),
            (URLENCODED, format!("csrf[]={}", stand.csrf), &[403]),
            (URLENCODED, format!("{{\"csrf\":\"{}\"}}=", stand.csrf), &[403]),
            (URLENCODED, "\u{0}%zz&&&===[]".to_string(), &[400, 403, 422]),
        ];
        for (kind, body, statuses) in rows {
            let mut headers = [HONEST, &[("Accept", "text/html")]].concat();
            headers.extend((!kind.is_empty()).then_some(("Content-Type", kind)));
            let reply = stand.browser.clone().send("POST", &at(path), &headers, body.as_bytes());
            let row = format!("{path} {kind} {}", body.chars().take(80).collect::<String>());
            assert!(statuses.contains(&reply.status()), "{row}: {}", reply.shown());
            assert_page(&row, &reply, reply.status());
        }
        // Each field once: twice is no form of ours, whichever of the two would be right.
        for (name, _) in &stand.fields {
            let body = format!("{whole}&{name}=other");
            let headers = [HONEST, &[("Content-Type", URLENCODED)]].concat();
            let reply = stand.browser.clone().send("POST", &at(path), &headers, body.as_bytes());
            assert!([400, 422].contains(&reply.status()), "{path} {name}: {}", reply.shown());
        }
        // What an address says is no field of a form, and other methods are no post.
        let query = format!("{}?{whole}", at(path));
        let mut copy = stand.browser.clone();
        let bodiless = [HONEST, &[("Content-Type", URLENCODED)]].concat();
        assert_eq!(copy.send("POST", &query, &bodiless, b"a=b").status(), 403, "{path}");
        assert!(copy.get(&query).status() < 500, "{path}");
        for method in ["PUT", "PATCH", "DELETE"] {
            let reply = copy.send(method, &at(path), &bodiless, whole.as_bytes());
            assert_eq!(reply.status(), 405, "{path} {method}: {}", reply.shown());
        }
        assert_eq!(stand.witness(gateway), before, "{path}: something was changed");
        // Control: the form is taken, and a field that nobody knows does no harm.
        let mut browser = stand.browser.clone();
        let reply = stand.post(&mut browser, HONEST, Some(&stand.csrf), "&unknown=1&is_admin=true");
        assert_went_on(path, &reply);
    }
}

#[test]
fn c06_a_sign_in_that_was_begun_elsewhere_is_not_gone_on_with_here() {
    let (_upstream, gateway) = start();
    let mut attacker = Walk::new(&gateway, "baits").until("scan");
    let csrf = hidden(&attacker.browser.get(&at("scan")).text(), "csrf");
    let ticket = attacker.browser.cookie(TICKET).unwrap().to_string();
    let mut victim = visitor(&gateway);
    for path in ["scan", "sign-in", "password", "new-password"] {
        // However the ticket or the token is put into a link.
        let link = format!("{}?ticket={ticket}&csrf={csrf}&{TICKET}={ticket}", at(path));
        let page = victim.get(&link);
        assert!(!page.text().contains("baits"), "{}", page.shown());
        if path != "sign-in" {
            assert_eq!(to(&page), START_AGAIN);
        }
    }
    let reply = victim.post_form(&at("scan"), &[("csrf", &csrf)]);
    assert!(reply.headers("set-cookie").is_empty(), "{}", reply.shown());
    // Control: in the attacker's own browser it goes on.
    attacker.step();
}

#[test]
fn c07_c08_a_ticket_or_session_that_was_planted_rises_with_nobody() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "fixated");
    // The attacker's browser makes a ticket, which is planted in the victim's; and a session.
    let mut attacker = visitor(&gateway);
    attacker.get(&at("sign-in"));
    let planted = attacker.cookie(TICKET).unwrap().to_string();
    let session = "A".repeat(43);
    walk.browser.cookies.push((TICKET.to_string(), planted.clone()));
    walk.browser.cookies.push((SESSION.to_string(), session.clone()));
    let mut tickets = vec![planted.clone()];
    while walk.due() != "done" {
        let due = walk.due();
        let copies = tickets.clone();
        walk.step();
        let ticket = walk.browser.cookie(TICKET).unwrap().to_string();
        let rises = ["password", "prove", "new-password"].contains(&due);
        assert_eq!(copies.last() != Some(&ticket), rises, "{due}");
        if rises {
            tickets.push(ticket);
        }
        // Every ticket from before is dead, whoever kept a copy of it.
        for old in &tickets[..tickets.len() - 1] {
            let mut thief = visitor(&gateway);
            thief.cookies.push((TICKET.to_string(), old.clone()));
            for screen in ["password", "code", "scan", "prove", "new-password", "done"] {
                assert_eq!(to(&thief.get(&at(screen))), START_AGAIN, "{due}: {screen}");
            }
            assert_eq!(thief.get(&at("sign-in")).status(), 200);
        }
        // Control: until it rises, the ticket is as good as the victim's.
        if !rises {
            let mut copy = visitor(&gateway);
            copy.cookies.push((TICKET.to_string(), tickets.last().unwrap().clone()));
            assert_eq!(copy.get(&at(walk.due())).status(), 200, "{due}");
        }
    }
    assert_eq!(tickets.len(), 4);
    let first = walk.browser.cookie(SESSION).unwrap().to_string();
    assert_ne!(first, session);

    // At a sign-in with password and number it is the same.
    let (password, mut app) = (walk.password.clone(), walk.app.clone().unwrap());
    let mut victim = visitor(&gateway);
    victim.cookies.push((SESSION.to_string(), first.clone()));
    let csrf = victim.get("/.vestibule/sign-in?other");
    let csrf = hidden(&csrf.text(), "csrf");
    victim.post_form(&at("sign-in"), &[("csrf", &csrf), ("name", "fixated")]);
    let before = victim.clone();
    assert_eq!(to(&fill(&mut victim, "password", &[("password", &password)])), at("code"));
    let between = victim.clone();
    assert_eq!(to(&before.clone().get(&at("password"))), START_AGAIN);
    let reply = fill(&mut victim, "code", &[("code", &app.code())]);
    assert!(opens(&reply), "{}", reply.shown());
    for mut old in [before, between] {
        assert_eq!(to(&old.get(&at("code"))), START_AGAIN);
        assert_eq!(old.fetch("/").status(), 401, "the session from before is over");
    }
    assert_ne!(victim.cookie(SESSION), Some(first.as_str()));
    assert_eq!(victim.fetch("/").status(), 200);
    for value in [session, first, planted] {
        let mut thief = visitor(&gateway);
        thief.cookies.push((SESSION.to_string(), value));
        assert_eq!(thief.fetch("/").status(), 401);
    }
}

#[test]
fn c22_c24_no_screen_may_be_framed_or_kept() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "looked-at");
    let mut seen = BTreeSet::new();
    let mut check = |what: &str, reply: &Reply| {
        seen.insert(reply.status());
        assert_guarded(what, reply);
    };
    while walk.due() != "done" {
        let due = walk.due();
        for screen in SCREENS.into_iter().chain([
            "code",
            "picker",
            "set-up-elsewhere",
            "sign-out",
            "confirm",
            "account",
            "account/password",
        ]) {
            check(&format!("{due} {screen}"), &walk.browser.clone().get(&at(screen)));
        }
        let tab = &mut walk.browser.clone();
        if ["sign-in", "password", "prove", "new-password"].contains(&due) {
            let wrong = [("password", "no"), ("code", "12"), ("current", "no")];
            check(due, &fill(tab, due, &wrong));
        }
        check(due, &tab.post_form(&at(due), &[]));
        check(due, &tab.send("PUT", &at(due), &[], b""));
        check(due, &tab.post_form(&at(due), &[("csrf", &"x".repeat(70_000))]));
        check(due, &walk.step());
    }
    check("done", &walk.browser.get(&at("done")));
    check("no page", &walk.browser.get(&at("none")));
    for guess in 0..6 {
        check("paused", &visitor(&gateway).walk_sign_in("paused-name", &format!("{guess}")));
    }
    for status in [200, 303, 403, 404, 405, 413, 422, 429] {
        assert!(seen.contains(&status), "no row ended in {status}: {seen:?}");
    }
    // C24: after signing out, what Back asks for anew is not there.
    let whole = walk.browser.get("/");
    fill(&mut walk.browser, "done", &[]);
    fill(&mut walk.browser, "sign-out", &[]);
    assert_eq!(walk.browser.get("/").status(), 303);
    assert_eq!(to(&walk.browser.get(&at("done"))), START_AGAIN);
    // Control: an app's own page says about itself what the app says, which is nothing here.
    assert_eq!((whole.status(), whole.header("x-frame-options")), (200, None));
}

// ---- Means --------------------------------------------------------------------------------------

/// A browser that has a form before it.
struct Stand {
    path: &'static str,
    name: String,
    browser: Client,
    csrf: String,
    fields: Vec<(&'static str, String)>,
}

impl Stand {
    /// A new account in a new browser that has come as far as this form.
    fn before(gateway: &Gateway, path: &'static str, name: &str) -> Self {
        let walk = || Walk::new(gateway, name);
        let (browser, page, fields) = match path {
            "code" => {
                let (password, mut app) = walk().finish();
                let (browser, _) = at_code(gateway, name, &password);
                (browser, path, vec![("code", app.code())])
            }
            "pair" => {
                let (walk, code) = to_pair(walk());
                Phone::join(gateway, &code, None);
                (walk.browser, path, Vec::new())
            }
            "approve" => {
                let (password, phone) = to_phone(gateway, walk(), None);
                let (browser, number) = asking(gateway, name, &password);
                phone.yes(&number);
                (browser, path, Vec::new())
            }
            "approved" => {
                let (mut walk, phone, number) = to_approve(gateway, walk(), None);
                phone.yes(&number);
                fill(&mut walk.browser, "approve", &[]);
                (walk.browser, path, Vec::new())
            }
            "passkey" | "passkey/options" => {
                let mut walk = walk().until("secure");
                fill(&mut walk.browser, "secure", &[("way", "passkey")]);
                let mut answer = Vec::new();
                if path == "passkey" {
                    let (options, _) = asked(&mut walk.browser, "passkey", "passkey/options");
                    answer.push(("answer", Device::new(&walk.browser).make(&options)));
                }
                (walk.browser, "passkey", answer)
            }
            "passkey/sign-in/options" => (walk().until("sign-in").browser, "sign-in", Vec::new()),
            "passkey/sign-in" => {
                let mut walk = walk().until("secure");
                let mut device = Device::new(&walk.browser);
                fill(&mut walk.browser, "secure", &[("way", "passkey")]);
                make(&mut walk.browser, &mut device);
                walk.led_to("recovery-codes").until("done");
                let mut browser = visitor(gateway);
                let target = "passkey/sign-in/options";
                let (options, _) = asked(&mut browser, "sign-in", target);
                (browser, "sign-in", vec![("answer", device.show(&options))])
            }
            "recovery" => {
                let walk = walk().until("success");
                let code = walk.codes[3].clone();
                let (password, _) = walk.finish();
                let (browser, _) = at_code(gateway, name, &password);
                (browser, path, vec![("code", code)])
            }
            "lost-phone" => {
                let (password, _) = walk().finish();
                let (browser, _) = at_code(gateway, name, &password);
                let given = told(gateway, &["user", "pass", name]);
                let pass = given["pass"].as_str().expect("a pass").to_string();
                (browser, path, vec![("pass", pass)])
            }
            "picker" | "sign-out" => {
                let (password, mut app) = walk().finish();
                let mut browser = signed_in(gateway, name, &password, &mut app);
                let choice = [("pick", "0".to_string())];
                if path == "picker" {
                    fill(&mut browser, "sign-out", &[]);
                }
                (browser, path, choice[..usize::from(path == "picker")].to_vec())
            }
            "confirm" => (walk().until("done").browser, path, Vec::new()),
            form if form.starts_with("account/") => account::before(gateway, form, name),
            "more-time" => (walk().until("scan").browser, "scan", Vec::new()),
            "new-password/check" => {
                let typed = vec![("new", "Some-Thing 25 other".to_string())];
                (walk().until("new-password").browser, "new-password", typed)
            }
            screen => {
                let mut walk = walk().until(screen);
                let fields = walk.fields(screen);
                (walk.browser, screen, fields)
            }
        };
        let mut browser = browser;
        let shown = browser.get(&at(page));
        assert_eq!(shown.status(), 200, "{path}: {}", shown.shown());
        let csrf = hidden(&shown.text(), "csrf");
        Self { path, name: name.to_string(), browser, csrf, fields }
    }

    /// The same for a form about a forgotten password.
    fn with_mail(house: &Mailing, path: &'static str, name: &str) -> Self {
        house.gateway.add_account(name, PASSWORD, &[]);
        let (mut browser, page, fields) = match path {
            "forgotten" => {
                let mut browser = visitor(&house.gateway);
                browser.walk_to_password(name);
                (browser, at(path), vec![("name", name.to_string())])
            }
            path => {
                let asked = house.asks(name);
                let mail = house.reset_mail_to(name);
                match path {
                    "mail-code" => (asked, at(path), vec![("code", code_of(&mail))]),
                    _ => (visitor(&house.gateway), link_of(&mail), vec![("key", key_of(&mail))]),
                }
            }
        };
        let shown = browser.get(&page);
        assert_eq!(shown.status(), 200, "{path}: {}", shown.shown());
        let csrf = hidden(&shown.text(), "csrf");
        Self { path, name: name.to_string(), browser, csrf, fields }
    }

    fn body(&self, csrf: Option<&str>) -> String {
        let token = csrf.map(|csrf| ("csrf", csrf));
        let fields = self.fields.iter().map(|(name, value)| (*name, value.as_str()));
        let all = fields.chain(token).map(|(name, value)| format!("{name}={}", form(value)));
        all.collect::<Vec<_>>().join("&")
    }

    fn post(&self, browser: &mut Client, said: Fields, csrf: Option<&str>, more: &str) -> Reply {
        let always = [("Accept", "text/html"), ("Content-Type", URLENCODED)];
        let body = format!("{}{more}", self.body(csrf));
        browser.send("POST", &at(self.path), &[&always[..], said].concat(), body.as_bytes())
    }

    /// All that a form could have changed: where each screen leads, who is signed in, what the
    /// operator sees.
    fn witness(&self, gateway: &Gateway) -> Witness {
        let look = |screen: &str| {
            let page = self.browser.clone().get(&at(screen));
            (page.status(), page.header("location"))
        };
        let others = ["code", "picker", "sign-out", "confirm", "account"];
        let screens = SCREENS.into_iter().chain(others).map(look).collect();
        let who = self.browser.clone().fetch("/.vestibule/whoami").status();
        let own = if who == 200 { account::shown(&self.browser) } else { String::new() };
        (screens, who, own, crate::support::walk::account(gateway, &self.name))
    }
}

/// Status and destination of each screen, whoami, the account page, what the operator sees.
type Witness = (Vec<(u16, Option<String>)>, u16, String, serde_json::Value);

/// The token that a page has in another browser.
fn token_of_another(gateway: &Gateway) -> String {
    hidden(&visitor(gateway).get(&at("sign-in")).text(), "csrf")
}

/// A form that was taken.
fn assert_went_on(path: &str, reply: &Reply) {
    match path {
        "more-time" => assert_eq!(reply.status(), 204, "{}", reply.shown()),
        "passkey/options"
        | "passkey/sign-in/options"
        | "new-password/check"
        | "account/password/check"
        | "sign-out" => {
            assert_eq!(reply.status(), 200, "{}", reply.shown())
        }
        _ => {
            let to = to(reply);
            assert!(to != at(path) && !to.contains("problem"), "{path} leads to {to}");
        }
    }
}

/// A whole page of ours with this status and nothing in it for programmers.
fn assert_page(row: &str, reply: &Reply, status: u16) {
    assert_eq!(reply.status(), status, "{row}: {}", reply.shown());
    let text = reply.text();
    assert!(text.contains("<html lang=\"fr\">"), "{row}: {}", reply.shown());
    for word in ["Failed to", "deserialize", "duplicate field", "invalid type", "missing field"] {
        assert!(!text.contains(word), "{row}: {word} in {text}");
    }
}

/// The headers that keep an answer of ours out of frames, caches and other windows.
fn assert_guarded(what: &str, reply: &Reply) {
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(reply.headers(name), [value], "{what}: {name}: {}", reply.shown());
    }
    let policy = reply.headers("content-security-policy").concat();
    for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{what}: {policy}");
    let text = reply.text();
    for inline in ["<style", " style=", " onclick=", " onload=", "<script>", "javascript:"] {
        assert!(!text.contains(inline), "{what}: {inline} in {text}");
    }
}
