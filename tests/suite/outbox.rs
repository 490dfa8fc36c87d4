//! Mails about an account, from the command that causes them to a mail server that is another's
//! program: that they come, that nothing holds anybody up, and that nothing of them is lost.

#![allow(clippy::disallowed_methods, reason = "what other programs do is waited for, with an end")]

use std::fs;
use std::time::{Duration, Instant};

use self::gate::Gate;
use self::house::{House, address, links, password_of, plain, provisional, said};
use crate::support::client::{Client, hidden};
use crate::support::raw;
use crate::support::smtp::{Encryption, Received, SmtpServer, SmtpSetup};
use crate::support::walk::App;

mod gate;
mod house;

const PASSWORD: &str = "seven-lanterns-Under-9-bridges";
const OWN: &str = "Kalme-Rivier 27 stenen";
/// Within this nobody waited for a mail server.
const AT_ONCE: Duration = Duration::from_secs(10);

// ---- What is told, and where ---------------------------------------------------------------------

#[test]
fn a_new_account_is_told_by_mail_in_the_persons_language_and_nowhere_else() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let house = House::start(&plain(server.port));
    let subjects = [
        ("fr", "My portal\u{a0}: votre accès"),
        ("nl", "My portal: uw toegang"),
        ("de", "My portal: Ihr Zugang"),
        ("en", "My portal: your access"),
    ];
    for (number, (language, subject)) in subjects.into_iter().enumerate() {
        let name = format!("anna.{language}");
        let flags = ["--lang", language, "--full-name", "Anna Maes"];
        let output = house.add(&name, &flags);
        let mails = server.wait_for(number + 1);
        let mail = &mails[number];
        assert_eq!(mail.recipients, [address(&name)]);
        assert_eq!(mail.header("Subject"), Some(subject));
        assert_eq!(mail.header("Content-Language"), Some(language));
        assert!(mail.html.contains(&format!("<html lang=\"{language}\">")), "{}", mail.html);
        let [password] = &provisional(&mail.text)[..] else { panic!("{}", mail.text) };
        for part in [&mail.text, &mail.html] {
            for told in [name.as_str(), password, "Anna Maes"] {
                assert!(part.contains(told), "{told} is not in {part}");
            }
            let links = links(part);
            assert!(links.iter().any(|link| link == "https://app.test/.vestibule/?mail"), "{part}");
            let elsewhere = links.iter().find(|link| !link.starts_with("https://app.test/"));
            assert_eq!(elsewhere, None, "{part}");
        }
        assert!(said(&output).contains(&address(&name)), "{output:?}");
        assert_eq!(provisional(&said(&output)), [""; 0]);
        house.assert_sent(&name);
        for place in [house.gateway.log(), house.audit()] {
            assert!(!place.contains(password.as_str()), "{place}");
        }
    }
    house.wait_for_metric("vestibule_mails_total{outcome=\"sent\"}", 4.0);

    // Control: where no mail is set up, the password is printed, and seen by the same eyes.
    let without = House::start("");
    assert_eq!(provisional(&said(&without.add("anna", &[]))).len(), 1);
    assert_eq!(server.received().len(), 4);
}

#[test]
fn the_password_of_the_mail_leads_to_a_password_of_ones_own() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let house = House::start(&plain(server.port));
    house.add("bea", &[]);
    let password = password_of(&server.wait_for(1)[0]);

    let mut bea = house.visitor();
    assert_eq!(bea.walk_sign_in("bea", OWN).status(), 422, "control: not any password does");
    let reply = bea.walk_sign_in("bea", &password);
    assert_eq!(reply.status(), 303, "{}", reply.shown());
    assert_eq!(reply.header("location").as_deref(), Some("/.vestibule/new-password"));
    assert_eq!(bea.fetch("/").status(), 401, "the provisional password alone opens the portal");
    let csrf = hidden(&bea.get("/.vestibule/new-password").text(), "csrf");
    let fields = [("csrf", &*csrf), ("current", &password), ("new", OWN), ("again", OWN)];
    let reply = bea.post_form("/.vestibule/new-password", &fields);
    assert_eq!(reply.status(), 303, "{}", reply.shown());
    assert_eq!(house.visitor().walk_sign_in("bea", &password).status(), 422);
    house.gateway.sign_in("bea", OWN);
}

#[test]
fn where_the_password_comes_apart_neither_mail_holds_both() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let house = House::start(&format!("{}password_mail = \"second\"\n", plain(server.port)));
    house.add("carl.two", &[]);
    let mails = server.wait_for(2);
    house.wait_for_empty_queue();
    assert_eq!(server.received().len(), 2);
    let with = |mail: &&Received| !provisional(&mail.text).is_empty();
    let (password_mail, access) = match (mails.iter().find(with), mails.iter().find(|m| !with(m))) {
        (Some(password), Some(access)) => (password, access),
        _ => panic!("{mails:#?}"),
    };
    let password = password_of(password_mail);
    let file = |mail: &Received| fs::read_to_string(&mail.file).unwrap();
    for (mail, has, lacks) in
        [(access, "carl.two", &*password), (password_mail, &*password, "carl.two")]
    {
        assert!(mail.text.contains(has) && mail.html.contains(has), "{mail:#?}");
        // The address of this test holds the name; people's addresses need not.
        let rest = file(mail).replace(&address("carl.two"), "");
        assert!(!rest.contains(lacks), "{lacks} in {rest}");
        assert!(!mail.text.contains(lacks) && !mail.html.contains(lacks), "{mail:#?}");
    }
    assert_eq!(house.visitor().walk_sign_in("carl.two", &password).status(), 303);
}

#[test]
fn a_second_factor_that_was_added_is_told_by_mail() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let mut house = House::start(&plain(server.port));
    house.gateway.add_account("dora", PASSWORD, &[]);
    house.demand("second_factor = \"optional\"", "second_factor = \"required\"");

    let mut dora = house.visitor();
    let reply = dora.walk_sign_in("dora", PASSWORD);
    assert_eq!(
        reply.header("location").as_deref(),
        Some("/.vestibule/secure"),
        "{}",
        reply.shown()
    );
    let mut seed = String::new();
    for page in ["secure", "get-app", "set-up-app", "scan"] {
        let path = format!("/.vestibule/{page}");
        let shown = dora.get(&path).text();
        if page == "scan" {
            let code = shown.split("<code").nth(1).and_then(|rest| rest.split('>').nth(1));
            seed = code.and_then(|rest| rest.split('<').next()).unwrap().replace(' ', "");
        }
        let reply = dora.post_form(&path, &[("csrf", &hidden(&shown, "csrf"))]);
        assert_eq!(reply.status(), 303, "{page}: {}", reply.shown());
    }
    let prove = |dora: &mut Client, code: &str| {
        let csrf = hidden(&dora.get("/.vestibule/prove").text(), "csrf");
        dora.post_form("/.vestibule/prove", &[("csrf", &csrf), ("code", code)])
    };
    let wrong = App::of(&"A".repeat(32)).code();
    assert_eq!(prove(&mut dora, &wrong).status(), 422);
    house.wait_for_empty_queue();
    assert_eq!(server.received().len(), 0, "control: what was not added is not told");

    let reply = prove(&mut dora, &App::of(&seed).code());
    assert_eq!(
        reply.header("location").as_deref(),
        Some("/.vestibule/recovery-codes"),
        "{}",
        reply.shown()
    );
    let mail = &server.wait_for(1)[0];
    assert_eq!(mail.recipients, ["dora@example.test"]);
    let subject = "My portal\u{a0}: un moyen de confirmer que c’est vous a été ajouté";
    assert_eq!(mail.header("Subject"), Some(subject));
    for part in [&mail.text, &mail.html] {
        assert!(!part.contains(&seed) && !part.contains("?mail"), "{part}");
    }
}

// ---- A mail server that is not there -------------------------------------------------------------

#[test]
fn a_mail_server_that_is_away_holds_nobody_and_gets_the_mail_when_it_is_there() {
    let gate = Gate::closed();
    let house = House::start(&plain(gate.port()));
    house.gateway.add_account("other", PASSWORD, &[]);
    let start = Instant::now();
    house.add("emma", &[]);
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());

    let mail = house.wait_for_mail("emma", |mail| mail["attempts"] != 0);
    assert_eq!((mail["letter"].as_str(), mail["state"].as_str()), (Some("access"), Some("queued")));
    let answer = mail["answer"].as_str().unwrap();
    assert!(answer.contains("no connection"), "{answer}");
    let shown = said(&house.gateway.cli(&["user", "show", "emma"], ""));
    assert!(shown.contains("queued since") && shown.contains(answer), "{shown}");
    house.wait_for_metric("vestibule_mails_queued", 1.0);
    assert!(house.metric("vestibule_mails_total{outcome=\"deferred\"}") >= 1.0);
    house.gateway.sign_in("other", PASSWORD);

    let server = SmtpServer::start(&SmtpSetup::default());
    gate.open(server.port);
    let password = password_of(&server.wait_for(1)[0]);
    house.assert_sent("emma");
    house.wait_for_empty_queue();
    assert_eq!(house.visitor().walk_sign_in("emma", &password).status(), 303);
}

#[test]
fn a_reload_waits_for_no_mail_that_is_on_its_way_and_sends_none_beside_it() {
    let gate = Gate::silent();
    // Longer than all of this takes.
    let house = House::start(&(plain(gate.port()) + "timeout_seconds = 120\n"));
    house.add("ida", &[]);
    gate.wait_for_visit();
    for _ in 0..3 {
        let start = Instant::now();
        let output = house.gateway.cli(&["reload"], "");
        assert!(output.status.success(), "{output:?}\n{}", house.gateway.log());
        assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    }
    // Whoever sends mails now waits for the one that did.
    house.add("jan", &[]);
    assert_eq!(gate.visits(), 1);
    // Control: then it goes on.
    gate.let_go();
    gate.wait_for_visits(2);
}

#[test]
fn a_mail_that_waits_when_the_gateway_is_killed_is_sent_after_the_next_start() {
    let gate = Gate::silent();
    let mut house = House::start(&plain(gate.port()));
    house.gateway.add_account("other", PASSWORD, &[]);
    let start = Instant::now();
    house.add("fien", &[]);
    assert!(start.elapsed() < AT_ONCE, "a server that says nothing: {:?}", start.elapsed());
    gate.wait_for_visit();
    house.gateway.sign_in("other", PASSWORD);
    house.gateway.kill();

    let server = SmtpServer::start(&SmtpSetup::default());
    gate.open(server.port);
    assert_eq!(server.received().len(), 0, "control: it was not sent before");
    house.gateway.restart();
    let password = password_of(&server.wait_for(1)[0]);
    house.assert_sent("fien");
    assert_eq!(house.visitor().walk_sign_in("fien", &password).status(), 303);
}

#[test]
fn a_mail_whose_acknowledgement_was_lost_comes_again_as_the_same_message() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let gate = Gate::forgetful(server.port);
    let mut house = House::start(&plain(gate.port()));
    house.add("gust", &[]);
    server.wait_for(1);
    house.gateway.kill();
    gate.open(server.port);
    house.gateway.restart();
    let mails = server.wait_for(2);
    house.assert_sent("gust");
    let ids: Vec<_> = mails.iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(mails[0].text, mails[1].text);

    // Control: another mail is another message.
    house.add("hans", &[]);
    assert_ne!(server.wait_for(3)[2].header("Message-ID").unwrap(), ids[0]);
}

// ---- What a server does not take ------------------------------------------------------------------

#[test]
fn a_recipient_that_is_refused_for_good_is_told_and_its_password_forgotten() {
    let refuse = vec![(address("gone"), 550)];
    let server = SmtpServer::start(&SmtpSetup { refuse, ..SmtpSetup::default() });
    let house = House::start(&plain(server.port));
    house.add("gone", &[]);
    let mail = house.wait_for_mail("gone", |mail| mail["state"] != "queued");
    assert_eq!(mail["state"], "refused");
    let answer = mail["answer"].as_str().unwrap();
    assert!(answer.contains("550") && answer.contains("refused by the test"), "{answer}");
    house.wait_for_metric("vestibule_mails_total{outcome=\"refused\"}", 1.0);
    house.wait_for_empty_queue();
    assert!(house.audit().contains("\"mail_refused\""), "{}", house.audit());
    assert_eq!(server.received().len(), 0);

    // With the address put right, a new password reaches the person.
    let set = ["user", "set", "gone", "--email", "here@example.test"];
    assert!(house.gateway.cli(&set, "").status.success());
    house.provision("gone");
    let password = password_of(&server.wait_for(1)[0]);
    house.assert_sent("gone");
    assert_eq!(house.visitor().walk_sign_in("gone", &password).status(), 303);
    // Nothing that was mailed lies about in clear; control: the address does.
    let kept = house.kept();
    assert!(!raw::holds(&kept, password.as_bytes()));
    assert!(raw::holds(&kept, b"here@example.test"));
}

#[test]
fn recipients_that_are_refused_for_now_hold_up_nobody_else() {
    const MANY: usize = 40;
    let slow: Vec<_> = (0..MANY).map(|number| format!("slow{number}")).collect();
    let refuse = slow.iter().map(|name| (address(name), 450)).collect();
    let server = SmtpServer::start(&SmtpSetup { refuse, ..SmtpSetup::default() });
    let house = House::start(&plain(server.port));
    let lines = slow.iter().map(|name| format!("{name},{}\n", address(name)));
    let list = house.gateway.dir.path().join("slow.csv");
    fs::write(&list, format!("name,email\n{}", lines.collect::<String>())).unwrap();
    let output = house.gateway.cli(&["user", "import", list.to_str().unwrap()], "");
    assert!(output.status.success(), "{output:?}");
    house.add("quick", &[]);

    let start = Instant::now();
    assert_eq!(server.wait_for(1)[0].recipients, [address("quick")]);
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    // Control: the others were tried, and wait.
    let mail = house.wait_for_mail("slow0", |mail| mail["attempts"] != 0);
    assert_eq!(mail["state"], "queued");
    assert!(mail["answer"].as_str().unwrap().contains("450"), "{mail}");
}

#[test]
fn mails_go_out_encrypted_and_only_to_a_server_whose_certificate_is_trusted() {
    for (encryption, word) in [(Encryption::StartTls, "starttls"), (Encryption::Wrapped, "tls")] {
        let user = Some(("portal".to_owned(), "mail-server-password".to_owned()));
        let server = SmtpServer::start(&SmtpSetup { encryption, user, ..SmtpSetup::default() });
        let secret = server.dir().join("secret");
        fs::write(&secret, "mail-server-password\n").unwrap();
        let section = format!(
            "[mail]\nserver = \"localhost:{}\"\ntls = \"{word}\"\nfrom = \"no@portal.test\"\n\
             user = \"portal\"\npassword_file = {secret:?}\n",
            server.port
        );
        let untrusting = House::start(&section);
        untrusting.add("ilse", &[]);
        let mail = untrusting.wait_for_mail("ilse", |mail| mail["attempts"] != 0);
        let answer = mail["answer"].as_str().unwrap();
        assert_eq!(mail["state"], "queued", "{word}");
        assert!(answer.contains("certificate"), "{word}: {answer}");
        assert_eq!(server.received().len(), 0, "{word}");

        // Control: with its authority given, the mail arrives.
        let house = House::start(&format!("{section}ca_file = {:?}\n", server.ca_file()));
        house.add("ilse", &[]);
        let mail = &server.wait_for(1)[0];
        assert!(mail.encrypted, "{word}");
        assert_eq!(mail.user.as_deref(), Some("portal"), "{word}");
        for house in [&untrusting, &house] {
            assert!(!house.gateway.log().contains("mail-server-password"), "{word}");
        }
    }
}

// ---- A new password --------------------------------------------------------------------------------

#[test]
fn a_new_provisional_password_is_mailed_and_ends_what_the_old_one_opened() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let house = House::start(&plain(server.port));
    for name in ["jana", "kato"] {
        house.gateway.add_account(name, PASSWORD, &[]);
    }
    let [mut jana, mut kato] = ["jana", "kato"].map(|name| {
        let mut visitor = house.visitor();
        assert_eq!(visitor.walk_sign_in(name, PASSWORD).status(), 303);
        visitor
    });
    assert_eq!(jana.fetch("/").status(), 200);
    let output = house.provision("jana");
    assert_eq!(provisional(&said(&output)), [""; 0], "{output:?}");
    assert_eq!(jana.fetch("/").status(), 401);
    let mail = &server.wait_for(1)[0];
    assert_eq!(mail.recipients, ["jana@example.test"]);
    assert_eq!(house.visitor().walk_sign_in("jana", PASSWORD).status(), 422);
    let reply = house.visitor().walk_sign_in("jana", &password_of(mail));
    assert_eq!(reply.header("location").as_deref(), Some("/.vestibule/new-password"));

    // Control: somebody else's session goes on.
    assert_eq!(kato.fetch("/").status(), 200);
}

#[test]
fn no_mail_tells_a_password_that_was_replaced_while_it_waited() {
    let gate = Gate::closed();
    let house = House::start(&plain(gate.port()));
    for name in ["renewed", "chosen", "deleted", "paused", "waiting"] {
        house.add(name, &[]);
        house.wait_for_mail(name, |mail| mail["attempts"] != 0);
    }
    let set = house.gateway.cli(&["user", "set", "chosen", "--password-stdin"], PASSWORD);
    assert!(set.status.success(), "{set:?}");
    assert!(house.gateway.cli(&["user", "delete", "deleted"], "").status.success());
    for verb in ["disable", "enable"] {
        assert!(house.gateway.cli(&["user", verb, "paused"], "").status.success());
    }
    house.provision("renewed");
    let server = SmtpServer::start(&SmtpSetup::default());
    gate.open(server.port);
    house.wait_for_empty_queue();

    let mails = server.received();
    let to = |name: &str| -> Vec<String> {
        let theirs = mails.iter().filter(|mail| mail.recipients == [address(name)]);
        theirs.map(password_of).collect()
    };
    // Control: one that is still right is sent.
    assert_eq!(to("waiting").len(), 1);
    assert_eq!(to("deleted").len(), 0);
    assert_eq!((to("renewed").len(), to("chosen").len()), (1, 0), "{mails:#?}");
    // The password of one who was disabled for a while is still the right one.
    assert_eq!(to("paused").len(), 1, "{mails:#?}");
    for name in ["waiting", "renewed", "paused"] {
        let reply = house.visitor().walk_sign_in(name, &to(name)[0]);
        assert_eq!(reply.status(), 303, "{name}: {}", reply.shown());
    }
    house.gateway.sign_in("chosen", PASSWORD);
    // Nor is it told of a mail that nobody will send that it waits.
    house.wait_for_mail("chosen", |mail| mail["state"] != "queued");
}
