//! A forgotten password, from the link on the password page over a mail server that is another's
//! program to the portal; and what strangers, mail scanners and readers of the mailbox get out of
//! it. Rows A32 and A45.

use crate::support::client::hidden;
use crate::support::gateway::{Gateway, Setup};
use crate::support::mailed::{Mailing, NEW, PASSWORD, code_of, key_of, link_of, without_chance};
use crate::support::recorder::Recorder;
use crate::support::walk::{
    at, audit_log, audited, fill, give_code, metrics, opens, signed_in, to, told, visitor,
};

/// Where somebody ends who was going nowhere in particular.
const PORTAL: &str = "/";

/// How often a step was counted.
fn step(house: &Mailing, step: &str) -> u64 {
    let text = metrics(&house.gateway);
    let name = format!("vestibule_resets_total{{step=\"{step}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
}

#[test]
fn a_forgotten_password_is_replaced_by_mail_and_app() {
    let house = Mailing::start();
    let (mut app, _) = house.secured("anna");
    told(&house.gateway, &["user", "set", "anna", "--lang", "nl"]);
    let mut elsewhere = signed_in(&house.gateway, "anna", PASSWORD, &mut app);

    // The password page offers it, and the name is there already.
    let mut browser = visitor(&house.gateway);
    browser.walk_to_password("anna");
    let page = browser.get(&at("password")).text();
    assert!(page.contains("href=\"/.vestibule/forgotten\""), "{page}");
    let page = browser.get(&at("forgotten")).text();
    assert!(page.contains("value=\"anna\""), "{page}");
    assert_eq!(to(&fill(&mut browser, "forgotten", &[("name", "anna")])), at("mail-code"));
    let mail = house.reset_mails(1).remove(0);
    assert_eq!(mail.recipients, ["anna@example.test"]);
    assert_eq!(mail.header("Content-Language"), Some("nl"));
    assert_eq!(mail.header("Subject"), Some("My portal: uw wachtwoord"));

    // The code, as people type it, in the browser that asked.
    let code = code_of(&mail).to_uppercase().replace('-', " ");
    assert_eq!(to(&fill(&mut browser, "mail-code", &[("code", &code)])), at("code"));
    // Not the password, but the app is asked, and no screen of the new password is reached before.
    assert_eq!(to(&browser.get(&at("new-password"))), at("code"));
    let reply = fill(&mut browser, "code", &[("code", &app.code())]);
    assert_eq!(to(&reply), at("new-password"), "{}", reply.shown());
    let page = browser.get(&at("new-password")).text();
    assert!(!page.contains("name=\"current\"") && !page.contains("<progress"), "{page}");
    let reply = fill(&mut browser, "new-password", &[("new", NEW), ("again", NEW)]);
    assert!(opens(&reply), "{}", reply.shown());
    assert_eq!(to(&reply), PORTAL);
    assert_eq!(browser.fetch("/").status(), 200);

    assert_eq!(elsewhere.fetch("/").status(), 401, "sessions from before are over");
    assert_eq!(visitor(&house.gateway).walk_sign_in("anna", PASSWORD).status(), 422);
    signed_in(&house.gateway, "anna", NEW, &mut app);
    let changed = |subject: &str| subject.ends_with("uw wachtwoord is veranderd");
    let mails = house.server.wait_for(3);
    assert!(mails.iter().any(|mail| mail.header("Subject").is_some_and(changed)), "{mails:#?}");
    for word in ["asked", "mailed", "proven", "done"] {
        assert_eq!(step(&house, word), 1, "{word}");
    }
    for kind in ["reset_asked", "reset_proven", "password_changed"] {
        let log = audit_log(&house.gateway);
        assert_eq!(log.matches(&format!("\"kind\":\"{kind}\"")).count(), 1, "{kind}: {log}");
    }
}

#[test]
fn a32_the_button_of_the_mail_works_once_and_in_any_browser() {
    let house = Mailing::start();
    let (mut app, codes) = house.secured("bert");
    house.asks("bert");
    let mail = house.reset_mails(1).remove(0);

    // On a phone, say, that was never here.
    let mut phone = visitor(&house.gateway);
    let page = phone.get(&link_of(&mail));
    assert_eq!(page.status(), 200, "{}", page.shown());
    let (csrf, key) = (hidden(&page.text(), "csrf"), hidden(&page.text(), "key"));
    assert_eq!(key, key_of(&mail));
    let before = phone.cookies.clone();
    let reply = phone.post_form(&at("reset"), &[("csrf", &csrf), ("key", &key)]);
    assert_eq!(to(&reply), at("code"), "{}", reply.shown());
    assert_ne!(phone.cookies, before, "the ticket stays");
    // A code from the list stands in for the app.
    let reply = fill(&mut phone, "recovery", &[("code", &codes[0])]);
    assert_eq!(to(&reply), at("new-password"), "{}", reply.shown());

    // Replayed in the same browser, in another, and by its code.
    for mut browser in [phone.clone(), visitor(&house.gateway)] {
        let page = browser.get(&link_of(&mail));
        assert_eq!(page.status(), 410, "{}", page.shown());
        assert!(page.text().contains("href=\"/.vestibule/forgotten\""), "{}", page.shown());
        let csrf = hidden(&browser.get(&at("forgotten")).text(), "csrf");
        let reply = browser.post_form(&at("reset"), &[("csrf", &csrf), ("key", &key)]);
        assert_eq!(reply.status(), 410, "{}", reply.shown());
    }
    let mut other = visitor(&house.gateway);
    other.walk_to_password("bert");
    fill(&mut other, "forgotten", &[("name", "bert"), ("have", "1")]);
    let reply = fill(&mut other, "mail-code", &[("code", &code_of(&mail))]);
    assert_eq!(reply.status(), 422, "{}", reply.shown());
    // Control: where it was pressed it goes on to the end.
    let reply = fill(&mut phone, "new-password", &[("new", NEW), ("again", NEW)]);
    assert!(opens(&reply), "{}", reply.shown());
    signed_in(&house.gateway, "bert", NEW, &mut app);
}

#[test]
fn who_reads_the_mailbox_alone_gets_no_further_than_the_factor() {
    let house = Mailing::start();
    let (mut app, _) = house.secured("carla");
    let mut thief = house.asks("carla");
    let code = code_of(&house.reset_mails(1)[0]);
    assert_eq!(to(&fill(&mut thief, "mail-code", &[("code", &code)])), at("code"));
    let csrf = hidden(&thief.get(&at("code")).text(), "csrf");
    for screen in ["new-password", "secure", "get-app", "scan", "prove", "success", "done"] {
        let fields = [("csrf", csrf.as_str()), ("new", NEW), ("again", NEW), ("way", "code")];
        for reply in [thief.get(&at(screen)), thief.post_form(&at(screen), &fields)] {
            assert_eq!(to(&reply), at("code"), "{screen}: {}", reply.shown());
        }
    }
    assert_eq!(give_code(&mut thief, &csrf, &app.wrong()).status(), 422);
    assert_eq!(thief.fetch("/").status(), 401);
    signed_in(&house.gateway, "carla", PASSWORD, &mut app);
    // Control: with the app the same browser may.
    assert_eq!(to(&give_code(&mut thief, &csrf, &app.code())), at("new-password"));
}

#[test]
fn every_name_is_answered_alike_when_the_password_was_forgotten() {
    let house = Mailing::start();
    // Names of one length, of every kind there is.
    house.secured("known-1");
    house.gateway.add_account("known-2", PASSWORD, &[]);
    house.gateway.add_account("known-3", PASSWORD, &[]);
    told(&house.gateway, &["user", "disable", "known-3"]);
    told(&house.gateway, &["user", "add", "known-4", "--email", "known-4@example.test"]);
    let names = ["nobody1", "known-1", "known-2", "known-3", "known-4", "nobody2"];
    let answers = names.map(|name| {
        let mut seen = Vec::new();
        // The fourth mail is one too many in an hour.
        for _ in 0..4 {
            let mut browser = visitor(&house.gateway);
            browser.walk_to_password(name);
            seen.push(browser.get(&at("forgotten")));
            seen.push(fill(&mut browser, "forgotten", &[("name", name)]));
            seen.push(browser.get(&at("mail-code")));
            for code in ["", "12", "00000-00000"] {
                seen.push(fill(&mut browser, "mail-code", &[("code", code)]));
            }
        }
        seen.iter().map(|reply| without_chance(reply, name)).collect::<Vec<_>>()
    });
    for (name, answer) in names.iter().zip(&answers) {
        for (at, (one, other)) in answer.iter().zip(&answers[0]).enumerate() {
            assert_eq!(one, other, "{name}, answer {at}");
        }
    }
    // Control: what differs is seen, and behind the answers the names are told apart: three mails
    // each for two of them, and three for one who has a provisional password.
    assert_ne!(answers[0][2], answers[0][3]);
    assert_eq!(step(&house, "asked"), 24);
    assert_eq!(step(&house, "mailed"), 9);
}

#[test]
fn a45_a_flood_of_requests_sends_three_mails() {
    let house = Mailing::start();
    house.gateway.add_account("dirk", PASSWORD, &[]);
    house.gateway.add_account("emma", PASSWORD, &[]);
    let mut browser = visitor(&house.gateway);
    browser.walk_to_password("dirk");
    for spelling in ["dirk", "DIRK", " Dirk "].into_iter().cycle().take(30) {
        let reply = fill(&mut browser, "forgotten", &[("name", spelling)]);
        assert_eq!(to(&reply), at("mail-code"));
    }
    assert_eq!((step(&house, "asked"), step(&house, "mailed")), (30, 3));
    // Control: another name's mail comes, after those of the first that no newer one replaced.
    house.asks("emma");
    assert_eq!(step(&house, "mailed"), 4);
    let mut mails = house.server.received();
    while !mails.iter().any(|mail| mail.recipients == ["emma@example.test"]) {
        mails = house.server.wait_for(mails.len() + 1);
    }
    assert!(mails.len() <= 4, "{mails:#?}");
}

#[test]
fn no_header_of_the_request_gets_into_the_mail() {
    let house = Mailing::start();
    house.gateway.add_account("fien", PASSWORD, &[]);
    let mut browser = visitor(&house.gateway);
    browser.walk_to_password("fien");
    let csrf = hidden(&browser.get(&at("forgotten")).text(), "csrf");
    let body = format!("csrf={csrf}&name=fien");
    let mut headers =
        vec![("Origin", "https://app.test"), ("Content-Type", "application/x-www-form-urlencoded")];
    for name in [
        "X-Forwarded-Host",
        "X-Forwarded-Server",
        "X-Host",
        "X-Original-Host",
        "X-HTTP-Host-Override",
        "X-Forwarded-Prefix",
        "X-Original-URL",
    ] {
        headers.push((name, "evil.test"));
    }
    headers.push(("X-Forwarded-Proto", "gopher"));
    headers.push(("Forwarded", "host=evil.test;proto=gopher"));
    headers.push(("Referer", "https://evil.test/"));
    let reply = browser.send("POST", &at("forgotten"), &headers, body.as_bytes());
    assert_eq!(to(&reply), at("mail-code"), "{}", reply.shown());
    let mail = house.reset_mails(1).remove(0);
    let whole = std::fs::read_to_string(&mail.file).unwrap();
    for part in [&whole, &mail.text, &mail.html] {
        assert!(!part.contains("evil") && !part.contains("gopher"), "{part}");
    }
    assert_eq!(key_of(&mail).len(), 76, "the link is ours: {}", mail.text);
    // Control: a host that is none of ours is not answered at all.
    browser.host = "evil.test".to_string();
    let reply = browser.send("POST", &at("forgotten"), &headers[..2], body.as_bytes());
    assert!(reply.status() >= 400, "{}", reply.shown());
    assert_eq!(house.reset_mails(1).len(), 1);
}

#[test]
fn opening_the_link_of_the_mail_changes_nothing_and_its_key_is_written_nowhere() {
    let house = Mailing::start_with("", "[log]\nrequests = true\n");
    house.secured("gust");
    house.asks("gust");
    let mail = house.reset_mails(1).remove(0);
    let (link, key) = (link_of(&mail), key_of(&mail));
    // As a mail scanner opens it: again and again, without cookies, and what it finds there as well.
    for _ in 0..10 {
        for method in ["GET", "HEAD"] {
            let reply = visitor(&house.gateway).send(method, &link, &[("Accept", "*/*")], b"");
            assert_eq!(reply.status(), 200, "{}", reply.shown());
            assert_eq!(reply.header("referrer-policy").as_deref(), Some("same-origin"));
            assert_eq!(reply.header("cache-control").as_deref(), Some("no-store"));
        }
        let mut scanner = visitor(&house.gateway);
        let page = scanner.get(&link).text();
        let links = page.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next());
        for found in links.map(|found| format!("/{}", found.replace("&amp;", "&"))) {
            assert!(visitor(&house.gateway).get(&found).status() < 500, "{found}");
        }
        let posted = scanner.post_form(&at("reset"), &[("key", &key)]);
        assert_eq!(posted.status(), 403, "without our page's token: {}", posted.shown());
    }
    // The language links keep the key.
    let page = visitor(&house.gateway).get(&format!("{link}&lang=de"));
    assert!(page.status() == 200 && page.text().contains("<html lang=\"de\">"), "{}", page.shown());
    assert!(page.text().contains(&format!("?lang=fr&amp;key={key}")), "{}", page.shown());

    // Control: after all that the person presses the button, and it works.
    let mut person = visitor(&house.gateway);
    let page = person.get(&link).text();
    let fields = [("csrf", hidden(&page, "csrf")), ("key", hidden(&page, "key"))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let reply = person.post_form(&at("reset"), &fields);
    assert_eq!(to(&reply), at("code"), "{}", reply.shown());

    assert_eq!(audited(&house.gateway, "reset_proven"), 1);
    let (log, secret) = (house.gateway.log(), key.split('.').nth(1).unwrap());
    assert!(log.contains("method=\"GET\"") || log.contains("GET"), "control: requests are logged");
    for place in [log, audit_log(&house.gateway), metrics(&house.gateway)] {
        assert!(!place.contains(secret) && !place.contains(&code_of(&mail)), "{place}");
    }
    let data = house.gateway.dir.path().join("data");
    let store = std::fs::read(data.join("store/db")).unwrap();
    assert!(!crate::support::raw::holds(&store, secret.as_bytes()), "the key is kept in clear");
}

#[test]
fn what_was_mailed_survives_a_kill_and_what_was_used_stays_used() {
    let mut house = Mailing::start();
    house.secured("hilde");
    let mut browser = house.asks("hilde");
    let mail = house.reset_mails(1).remove(0);
    house.gateway.kill();
    house.gateway.restart();
    browser = {
        let mut moved = visitor(&house.gateway);
        moved.cookies = browser.cookies;
        moved
    };
    let reply = fill(&mut browser, "mail-code", &[("code", &code_of(&mail))]);
    assert_eq!(to(&reply), at("code"), "{}", reply.shown());
    house.gateway.kill();
    house.gateway.restart();
    let page = visitor(&house.gateway).get(&link_of(&mail));
    assert_eq!(page.status(), 410, "{}", page.shown());
    // Control: the sign-in that it began stands.
    let mut moved = visitor(&house.gateway);
    moved.cookies = browser.cookies;
    assert_eq!(moved.get(&at("code")).status(), 200);
}

#[test]
fn where_no_mail_is_set_up_the_page_says_whom_to_ask() {
    let upstream = Recorder::start();
    let setup = Setup::new(upstream.addr());
    let text = |gateway: &Gateway| visitor(gateway).get(&at("forgotten")).text();
    let gateway = Gateway::start(setup);
    gateway.add_account("ines", PASSWORD, &[]);
    let page = text(&gateway);
    assert!(!page.contains("<form") && page.contains("donné votre accès"), "{page}");
    let mut browser = visitor(&gateway);
    let csrf = browser.walk_to_password("ines");
    assert_eq!(to(&browser.get(&at("mail-code"))), at("forgotten"));
    let reply = browser.post_form(&at("forgotten"), &[("csrf", &csrf), ("name", "ines")]);
    assert!(reply.status() == 303 && !opens(&reply), "{}", reply.shown());
    // Control: with mail there is a form.
    let house = Mailing::start();
    assert!(text(&house.gateway).contains("<form"));
}

#[test]
fn a_name_that_was_not_typed_is_asked_for_again() {
    let house = Mailing::start();
    let mut browser = visitor(&house.gateway);
    let reply = fill(&mut browser, "forgotten", &[("name", "  ")]);
    assert_eq!(reply.status(), 422, "{}", reply.shown());
    assert!(reply.text().contains("aria-invalid=\"true\""), "{}", reply.shown());
    // Whoever comes to the page for the code without a name starts from the name.
    assert_eq!(
        to(&visitor(&house.gateway).get(&at("mail-code"))),
        crate::support::walk::START_AGAIN
    );
    // Control: a name leads on, here one of a browser that knows nobody.
    assert_eq!(to(&fill(&mut browser, "forgotten", &[("name", "joke")])), at("mail-code"));
}
