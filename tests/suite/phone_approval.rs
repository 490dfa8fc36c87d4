//! The phone as a second factor over HTTP: from the code on the screen to the portal, a page that
//! moves on by itself, and a phone that is woken.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::client::{Client, hidden};
use crate::support::gateway::Gateway;
use crate::support::mailed::{self, Mailing, NEW, PASSWORD};
use crate::support::phone::{
    Phone, asking, at_approve, at_pair, number_of, to_approve, with_phone,
};
use crate::support::push_service::{PushService, PushSetup};
use crate::support::raw::{self, Connection};
use crate::support::walk::{
    Walk, account, at, audited, fill, metrics, opens, start, start_with, to, visitor,
};

#[test]
fn the_first_connection_by_approval_ends_at_the_portal() {
    let (upstream, gateway) = start();
    let (mut walk, phone, number) = at_approve(&gateway, "elke", None);
    // Until the phone said yes nothing goes on, and no address leads past it.
    assert_eq!(fill(&mut walk.browser, "approve", &[]).status(), 422);
    for screen in ["approved", "recovery-codes", "success", "new-password", "done"] {
        assert_eq!(to(&walk.browser.get(&at(screen))), at("approve"), "{screen}");
    }
    let request = phone.look();
    assert_eq!((&request["setting_up"], &request["digits"]), (&true.into(), &2.into()));
    // https ends in a proxy in front, whose address is nobody's.
    assert_eq!((&request["same_network"], &request["address"]), (&false.into(), &"".into()));
    assert_eq!(account(&gateway, "elke")["second_factors"], 0);
    phone.yes(&number);
    assert_eq!(to(&fill(&mut walk.browser, "approve", &[])), at("approved"));
    assert_eq!(account(&gateway, "elke")["second_factors"], 1);
    let page = walk.browser.get(&at("approved"));
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert_eq!(to(&fill(&mut walk.browser, "approved", &[])), at("recovery-codes"));
    let mut walk = walk.led_to("recovery-codes").until("done");
    fill(&mut walk.browser, "done", &[]);
    assert_eq!(walk.browser.get("/deep/page").status(), 200);

    let head = upstream.wait_for(b"GET /deep/page ");
    let assertion = raw::header_values(&head, "x-vestibule-assertion").concat();
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "swk"]), "{claims}");
    for (event, count) in [("phone_paired", 1), ("approval_asked", 1), ("factor_added", 1)] {
        assert_eq!(audited(&gateway, event), count, "{event}");
    }
    // And every one after it.
    let (mut browser, number) = asking(&gateway, "elke", &walk.password);
    phone.yes(&number);
    assert!(opens(&fill(&mut browser, "approve", &[])));
    assert_eq!(browser.fetch("/").status(), 200);
}

#[test]
fn looking_at_a_page_asks_no_phone_and_uses_no_code() {
    let (_upstream, gateway) = start();
    let (mut walk, code) = at_pair(&gateway, "looks");
    for _ in 0..3 {
        assert!(walk.browser.get(&at("pair")).text().contains(&code));
    }
    assert!(fill(&mut walk.browser, "pair", &[]).text().contains(&code), "no phone yet");
    let phone = Phone::join(&gateway, &code, None);
    let page = walk.browser.get(&at("pair"));
    // What its owner calls it is text, whatever is in it.
    assert!(page.text().contains("Test &#60;phone&#62;"), "{}", page.shown());
    assert_eq!(phone.look(), Value::Null, "looking asked the phone");
    assert_eq!(to(&walk.browser.get(&at("approve"))), at("pair"));
    // Control: the button does.
    assert_eq!(to(&fill(&mut walk.browser, "pair", &[])), at("approve"));
    assert!(phone.look().is_object());
    // Another phone can be taken instead, as long as none said yes.
    assert_eq!(to(&fill(&mut walk.browser, "pair", &[("new", "1")])), at("pair"));
    assert!(!walk.browser.get(&at("pair")).text().contains(&code));
}

/// The start of a stream for this browser.
fn stream(gateway: &Gateway, browser: &Client) -> Connection {
    let mut connection = Connection::open(gateway.addr);
    let head = format!(
        "GET /.vestibule/approve/events HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\
         Accept: text/event-stream\r\nConnection: close\r\n\r\n",
        browser.host,
        browser.cookie_line()
    );
    connection.write(head.as_bytes());
    connection
}

/// What a stream says first: its head, and a sign of life.
fn first_of(connection: &mut Connection) -> String {
    let mut said = String::new();
    while !said.contains("\n:\n") && !said.contains("\r\n:\n") && !said.contains("HTTP/1.1 4") {
        let more = connection.at_least(1);
        assert!(!more.is_empty(), "the stream ended: {said}");
        said.push_str(&raw::lossy(&more));
    }
    said
}

#[test]
fn the_computers_page_hears_at_once_that_the_phone_answered() {
    let (_upstream, gateway) = start();
    let (password, phone) = with_phone(&gateway, "anna", None);
    let (mut browser, number) = asking(&gateway, "anna", &password);
    let mut connection = stream(&gateway, &browser);
    let head = first_of(&mut connection);
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("text/event-stream"), "{head}");
    assert!(!head.contains("moved"), "nothing has moved yet: {head}");
    assert_eq!(browser.fetch(&at("approve/state")).text(), r#"{"moved":false}"#);
    phone.yes(&number);
    let rest = raw::lossy(&connection.until_closed().bytes);
    assert!(rest.contains("event: moved\ndata: 1\n\n"), "{rest}");
    assert_eq!(browser.fetch(&at("approve/state")).text(), r#"{"moved":true}"#);
    // It says no more than that; going on needs the form.
    assert_eq!(browser.fetch("/").status(), 401);
    assert!(opens(&fill(&mut browser, "approve", &[])));
    // A browser without a sign-in waits for nothing.
    let mut stranger = visitor(&gateway);
    assert_eq!(stranger.fetch(&at("approve/events")).status(), 204);
    assert_eq!(stranger.fetch(&at("approve/state")).text(), r#"{"moved":true}"#);
}

#[test]
fn the_pairing_page_hears_that_a_phone_was_joined() {
    let (_upstream, gateway) = start();
    let (mut walk, code) = at_pair(&gateway, "joins");
    let mut connection = stream(&gateway, &walk.browser);
    first_of(&mut connection);
    assert_eq!(walk.browser.fetch(&at("approve/state")).text(), r#"{"moved":false}"#);
    Phone::join(&gateway, &code, None);
    assert!(raw::lossy(&connection.until_closed().bytes).contains("event: moved"));
    assert_eq!(to(&fill(&mut walk.browser, "pair", &[])), at("approve"));
}

#[test]
fn a_sign_in_has_four_streams_and_one_that_was_left_makes_room() {
    let (_upstream, gateway) = start();
    let (password, _) = with_phone(&gateway, "anna", None);
    let (browser, _) = asking(&gateway, "anna", &password);
    let mut streams: Vec<_> = (0..4).map(|_| stream(&gateway, &browser)).collect();
    streams.iter_mut().for_each(|stream| {
        first_of(stream);
    });
    let fifth = first_of(&mut stream(&gateway, &browser));
    assert!(fifth.starts_with("HTTP/1.1 429 "), "{fifth}");
    // Asking now and then still works, and so does another sign-in's stream.
    assert_eq!(browser.clone().fetch(&at("approve/state")).status(), 200);
    let (others, _) = with_phone(&gateway, "bert", None);
    let (other, _) = asking(&gateway, "bert", &others);
    let mut other = stream(&gateway, &other);
    assert!(first_of(&mut other).starts_with("HTTP/1.1 200 "));
    // That a stream was left shows by its signs of life, which go on in the other one.
    drop(streams);
    let room = (0..6).any(|_| {
        assert!(!other.at_least(1).is_empty());
        first_of(&mut stream(&gateway, &browser)).starts_with("HTTP/1.1 200 ")
    });
    assert!(room, "streams that were left are held for ever");
    // HEAD asks for no stream.
    let head = browser.clone().send("HEAD", &at("approve/events"), &[], b"");
    assert_eq!(head.status(), 200, "{}", head.shown());
}

#[test]
fn a_gateway_that_stops_does_not_wait_for_pages_that_wait() {
    let (_upstream, gateway) = start();
    let (password, _) = with_phone(&gateway, "anna", None);
    let (browser, _) = asking(&gateway, "anna", &password);
    let mut connection = stream(&gateway, &browser);
    first_of(&mut connection);
    assert!(gateway.terminate().success());
    let rest = connection.until_closed();
    assert!(rest.closed, "{}", rest.shown());
    assert!(!raw::lossy(&rest.bytes).contains("moved"));
}

#[test]
fn a_phone_is_woken_by_a_push_that_tells_neither_name_nor_number() {
    let service = PushService::start(PushSetup::default());
    let push = format!(
        "[push]\ncontact = \"mailto:portal@example.test\"\nhosts = [\"{}\"]\n",
        service.origin
    );
    let (_upstream, gateway) = start_with("approval_digits = 6", &push);
    let page = visitor(&gateway).get(&at("phone"));
    assert_eq!(page.status(), 200, "{}", page.shown());
    let key = page
        .text()
        .split("data-key=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next().map(str::to_string));
    let key = key.expect("the key of our pushes");
    assert_eq!(key.len(), 87, "{key}");
    let subscribed = service.subscription_for("phone", &key);
    let (password, phone) = with_phone(&gateway, "annabella", Some(&subscribed));
    service.wait_for("phone", 1);
    let (mut browser, number) = asking(&gateway, "annabella", &password);
    service.wait_for("phone", 2);
    let received = service.received("phone");
    let [_, pushed] = &received[..] else { panic!("{:?}", service.refused("phone")) };
    let knock: Value = serde_json::from_str(&pushed.text).unwrap();
    assert_eq!(knock["web_push"], 8030);
    assert_eq!(knock["notification"]["title"], "My portal");
    assert_eq!(knock["notification"]["navigate"], "https://app.test/.vestibule/phone");
    let request = phone.look();
    for secret in ["annabella", number.as_str(), request["id"].as_str().unwrap()] {
        assert!(!pushed.text.contains(secret), "{secret} in {}", pushed.text);
    }
    phone.yes(&number);
    assert!(opens(&fill(&mut browser, "approve", &[])));

    // A service that is dead, slow or forgets the phone holds nobody up: the phone is asked.
    for (answer, count) in [("500", 3), ("hang", 4), ("410", 5)] {
        service.answer("phone", answer);
        let (mut browser, number) = asking(&gateway, "annabella", &password);
        service.wait_for("phone", count);
        phone.yes(&number);
        assert!(opens(&fill(&mut browser, "approve", &[])), "{answer}");
    }
    let counted = |outcome: &str| {
        let line = format!("vestibule_pushes_total{{outcome=\"{outcome}\"}} ");
        metrics(&gateway).lines().find_map(|found| found.strip_prefix(&line).map(str::to_string))
    };
    while counted("gone").as_deref() != Some("1") {
        std::thread::yield_now();
    }
    // What is gone is not knocked at again.
    service.answer("phone", "201");
    let (_, number) = asking(&gateway, "annabella", &password);
    phone.yes(&number);
    assert_eq!(counted("sent").as_deref(), Some("2"));
    assert_eq!(service.received("phone").len(), 2);
}

#[test]
fn a27_a_phone_whose_push_address_leads_elsewhere_is_joined_and_never_knocked_at() {
    let service = PushService::start(PushSetup::default());
    let push = format!(
        "[push]\ncontact = \"mailto:portal@example.test\"\nhosts = [\"{}\"]\n",
        service.origin
    );
    let (upstream, gateway) = start_with("", &push);
    let good = service.subscription("phone");
    let inside = format!("http://{}/push", upstream.addr());
    for (number, endpoint) in
        [inside.as_str(), "http://169.254.169.254/latest", "https://evil.test/302", "nonsense"]
            .into_iter()
            .enumerate()
    {
        let bad = crate::support::push_service::Subscribed {
            endpoint: endpoint.to_string(),
            ..good.clone()
        };
        let name = format!("anna-{number}");
        let (password, phone) = with_phone(&gateway, &name, Some(&bad));
        let (_, shown) = asking(&gateway, &name, &password);
        phone.yes(&shown);
    }
    assert_eq!(upstream.requests().len(), 0, "{}", upstream.shown());
    assert!(!metrics(&gateway).contains("vestibule_pushes_total{outcome=\"sent\"} 1"));
    // Control: an address that the operator lists is knocked at.
    with_phone(&gateway, "anna", Some(&good));
    service.wait_for("phone", 1);
}

#[test]
fn who_forgot_the_password_is_asked_on_the_phone_and_hears_by_mail_of_a_refusal() {
    let house = Mailing::start();
    let gateway = &house.gateway;
    gateway.add_account("anna", PASSWORD, &[]);
    let (_, phone) = to_phone_of_permanent(gateway, "anna");
    let mut browser = house.asks("anna");
    let mail = house.reset_mails(1).remove(0);
    assert_eq!(phone.look(), Value::Null, "a mail alone asks no phone");
    let code = mailed::code_of(&mail);
    assert_eq!(to(&fill(&mut browser, "mail-code", &[("code", &code)])), at("approve"));
    assert!(phone.look().is_object());
    let before = house.server.received().len();
    assert_eq!(phone.answer(&phone.look(), "no", "").status(), 200);
    assert_eq!(browser.get(&at("approve")).status(), 403);
    assert_eq!(to(&browser.get(&at("new-password"))), at("password"));
    let mails = house.server.wait_for(before + 1);
    assert_eq!(mails[before].recipients, ["anna@example.test"], "{}", mails[before].text);

    // Control: the owner says yes, and chooses a new one.
    let mut browser = house.asks("anna");
    let mail = house.reset_mails(2).remove(1);
    let page = browser.get(&mailed::link_of(&mail));
    let (csrf, key) = (hidden(&page.text(), "csrf"), hidden(&page.text(), "key"));
    let reply = browser.post_form(&at("reset"), &[("csrf", &csrf), ("key", &key)]);
    assert_eq!(to(&reply), at("approve"), "{}", reply.shown());
    phone.yes(&number_of(&browser.get(&at("approve"))));
    assert_eq!(to(&fill(&mut browser, "approve", &[])), at("new-password"));
    let reply = fill(&mut browser, "new-password", &[("new", NEW), ("again", NEW)]);
    assert!(opens(&reply), "{}", reply.shown());
}

/// Sets up a phone for somebody with a permanent password.
fn to_phone_of_permanent(gateway: &Gateway, name: &str) -> (Client, Phone) {
    let walk = Walk::with(gateway, name, PASSWORD);
    let (mut walk, phone, number) = to_approve(gateway, walk, None);
    phone.yes(&number);
    assert_eq!(to(&fill(&mut walk.browser, "approve", &[])), at("approved"));
    assert_eq!(to(&fill(&mut walk.browser, "approved", &[])), at("recovery-codes"));
    let mut walk = walk.led_to("recovery-codes").until("success");
    assert!(opens(&fill(&mut walk.browser, "success", &[])));
    (walk.browser, phone)
}

#[test]
fn the_app_is_served_with_what_makes_it_one() {
    let (_upstream, gateway) = start();
    let mut client = visitor(&gateway);
    let page = client.get(&at("phone"));
    assert_eq!(page.status(), 200, "{}", page.shown());
    assert!(page.headers("set-cookie").is_empty(), "{}", page.shown());
    let policy = page.header("content-security-policy").unwrap();
    for part in ["worker-src 'self'", "manifest-src 'self'", "connect-src 'self'"] {
        assert!(policy.contains(part), "{policy}");
    }
    let manifest = client.get(&at("phone/manifest.webmanifest"));
    let said: Value = serde_json::from_str(&manifest.text()).unwrap();
    assert_eq!((&said["name"], &said["scope"]), (&"My portal".into(), &at("phone").into()));
    for icon in said["icons"].as_array().unwrap() {
        let icon = client.get(icon["src"].as_str().unwrap());
        assert_eq!(icon.status(), 200);
        assert_eq!(icon.header("content-type").as_deref(), Some("image/png"));
    }
    let worker = [("Service-Worker", "script"), ("Sec-Fetch-Dest", "serviceworker")];
    let worker = client.send("GET", &at("phone/worker.js"), &worker, b"");
    assert_eq!(worker.status(), 200, "{}", worker.shown());
    assert_eq!(worker.header("service-worker-allowed"), Some(at("phone")));
    for asset in ["phone.js", "phone_portal.js", "approve.js"] {
        assert_eq!(client.get(&at(&format!("asset/{asset}"))).status(), 200, "{asset}");
    }
}
