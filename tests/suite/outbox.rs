//! Mails about an account, from the command that causes them to a mail server that is another's
//! program: that they come, that nothing holds anybody up, and that nothing of them is lost.

#![allow(clippy::disallowed_methods, reason = "what other programs do is waited for, with an end")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use self::gate::Gate;
use crate::support::client::{Client, hidden};
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::smtp::{Encryption, Received, SmtpServer, SmtpSetup};

mod gate;

const PASSWORD: &str = "seven-lanterns-Under-9-bridges";
const OWN: &str = "Kalme-Rivier 27 stenen";
/// How long what happens behind may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
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
    let wrong = one_time_code(&"A".repeat(32));
    assert_eq!(prove(&mut dora, &wrong).status(), 422);
    house.wait_for_empty_queue();
    assert_eq!(server.received().len(), 0, "control: what was not added is not told");

    let reply = prove(&mut dora, &one_time_code(&seed));
    assert_eq!(
        reply.header("location").as_deref(),
        Some("/.vestibule/success"),
        "{}",
        reply.shown()
    );
    let mail = &server.wait_for(1)[0];
    assert_eq!(mail.recipients, ["dora@example.test"]);
    let subject = "My portal\u{a0}: une application a été ajoutée à votre compte";
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
        let secret = server.dir.path().join("secret");
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

// ---- The configuration ------------------------------------------------------------------------------

#[test]
fn a_mail_section_with_which_nothing_could_be_sent_is_told_with_its_place() {
    let right = "server = \"mail.example.be:587\"\nfrom = \"no@example.be\"\n";
    let with = |more: &str| format!("{right}{more}\n");
    // What the section says, the line of the fault counted from the section's, and what is said.
    let cases: &[(String, usize, &[&str])] = &[
        (with("tls = \"none\""), 1, &["mail.server", "clear text"]),
        (with("user = \"portal\""), 3, &["mail.user", "password_file"]),
        (with("user = \"portal\"\npassword_file = \"away\""), 4, &["password_file", "away"]),
        (
            with("user = \"portal\"\npassword_file = \"empty\""),
            4,
            &["password_file", "no password"],
        ),
        (with("ca_file = \"away.pem\""), 3, &["mail.ca_file", "away.pem"]),
        (with("ca_file = \"empty\""), 3, &["mail.ca_file", "PEM"]),
        (with("password_file = \"secret\""), 3, &["mail.password_file", "user"]),
        (with("tls = \"maybe\""), 3, &["mail.tls", "starttls"]),
        (with("password_mail = \"third\""), 3, &["mail.password_mail", "second"]),
        (with("reply_to = \"nobody\""), 3, &["mail.reply_to", "not a mail address"]),
        (with("sever = 1"), 3, &["mail.sever"]),
        ("server = \"mail.example.be:587\"\n".to_owned(), 0, &["mail.from", "missing"]),
        ("from = \"no@example.be\"\n".to_owned(), 0, &["mail.server", "missing"]),
        ("server = \"mail.example.be\"\nfrom = \"no@b.be\"\n".to_owned(), 1, &["host and port"]),
        ("server = \"m.be:25\"\nfrom = \"nobody\"\n".to_owned(), 2, &["mail.from", "address"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("secret"), "word\n").unwrap();
    let mut missed = Vec::new();
    for (section, line, words) in cases {
        let (code, told, first) = check(folder.path(), section);
        let place = format!("vestibule.toml:{}:", first + line);
        let is_it = |told: &str| told.contains(&place) && words.iter().all(|w| told.contains(w));
        // One fault of the file is told once.
        if code != Some(1) || told.lines().count() != 1 || !is_it(&told) {
            missed.push(format!("{section}should be told at {place} with {words:?}:\n{told}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    // Control: what is right is not told, and neither is a server on this machine.
    let secret = "user = \"portal\"\npassword_file = \"secret\"";
    let near = "server = \"127.0.0.1:25\"\nfrom = \"no@example.be\"\ntls = \"none\"\n".to_owned();
    for section in [with(""), with(secret), near] {
        let (code, told, _) = check(folder.path(), &section);
        assert_eq!(code, Some(0), "{section}{told}");
    }
}

/// Exit code, what is told, and the line on which `[mail]` stands.
fn check(folder: &Path, section: &str) -> (Option<i32>, String, usize) {
    const APP: &str = "[[app]]\nname = \"portal\"\nhosts = [\"app.test\"]\n\
        upstreams = [\"http://127.0.0.1:9\"]\nheaders = \"remote\"\n\
        [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n";
    let start = format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\npublic_url = \"https://id.test\"\n\
         data_dir = \"data\"\n[brand]\nname = \"My portal\"\n{APP}[mail]\n"
    );
    let file = folder.join("vestibule.toml");
    fs::write(&file, format!("{start}{section}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    let output = command.arg("check").arg("--config").arg(&file).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), start.lines().count())
}

// ---- Means ----------------------------------------------------------------------------------------

/// A gateway that sends mails as a section of its configuration says.
struct House {
    gateway: Gateway,
    _upstream: Recorder,
}

impl House {
    fn start(section: &str) -> Self {
        let upstream = Recorder::start();
        // Hashing is not what is tried here.
        let extra = format!("[hashing]\nmemory_kib = 1024\npasses = 1\n{section}");
        let gateway = Gateway::start(Setup { extra, ..Setup::new(upstream.addr()) });
        Self { gateway, _upstream: upstream }
    }

    fn add(&self, name: &str, flags: &[&str]) -> Output {
        let email = address(name);
        let output =
            self.gateway.cli(&[&["user", "add", name, "--email", &email], flags].concat(), "");
        assert!(output.status.success(), "{output:?}\n{}", self.gateway.log());
        output
    }

    fn provision(&self, name: &str) -> Output {
        let output = self.gateway.cli(&["user", "provision", name], "");
        assert!(output.status.success(), "{output:?}\n{}", self.gateway.log());
        output
    }

    fn visitor(&self) -> Client {
        Client::new(self.gateway.addr, &self.gateway.public_url)
    }

    /// Starts it again with one line of its configuration changed.
    fn demand(&mut self, was: &str, is: &str) {
        let text = fs::read_to_string(&self.gateway.config).unwrap();
        assert!(text.contains(was), "{text}");
        fs::write(&self.gateway.config, text.replace(was, is)).unwrap();
        self.gateway.restart();
    }

    /// What `user show` tells of the last mail, once it is as wanted.
    fn wait_for_mail(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(|| {
            let shown = self.gateway.cli(&["user", "show", name, "--json"], "");
            let shown: Value = serde_json::from_slice(&shown.stdout).expect("an account");
            Some(shown["mail"].clone()).filter(&wanted).ok_or_else(|| shown.to_string())
        })
    }

    fn assert_sent(&self, name: &str) {
        self.wait_for_mail(name, |mail| mail["state"] == "sent");
    }

    fn wait_for_empty_queue(&self) {
        self.wait_for_metric("vestibule_mails_queued", 0.0);
    }

    fn wait_for_metric(&self, name: &str, wanted: f64) {
        eventually(|| match self.metric(name) {
            found if found == wanted => Ok(()),
            found => Err(format!("{name} is {found}, not {wanted}: {}", self.gateway.log())),
        });
    }

    /// One sample of the metrics, by its whole name.
    fn metric(&self, name: &str) -> f64 {
        let operator = self.gateway.operator;
        let text = Client::new(operator, &format!("http://{operator}")).fetch("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
    }

    fn audit(&self) -> String {
        fs::read_to_string(self.gateway.dir.path().join("data/audit.jsonl")).unwrap()
    }

    /// Every byte of the data folder.
    fn kept(&self) -> Vec<u8> {
        let mut folders = vec![self.gateway.dir.path().join("data")];
        let mut bytes = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => folders.push(entry.path()),
                    kind if kind.is_file() => bytes.extend(fs::read(entry.path()).unwrap()),
                    _ => {}
                }
            }
        }
        bytes
    }
}

fn plain(port: u16) -> String {
    format!("[mail]\nserver = \"127.0.0.1:{port}\"\ntls = \"none\"\nfrom = \"no@portal.test\"\n")
}

fn address(name: &str) -> String {
    format!("{name}@example.test")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn eventually<T>(look: impl Fn() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if start.elapsed() > PATIENCE => panic!("not within {PATIENCE:?}: {seen}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// What looks like a provisional password: four groups of four.
fn provisional(text: &str) -> Vec<String> {
    let is_one = |word: &&str| {
        let groups: Vec<_> = word.split('-').collect();
        let plain =
            |group: &&str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_alphanumeric());
        groups.len() == 4 && groups.iter().all(plain)
    };
    text.split_whitespace().filter(is_one).map(str::to_owned).collect()
}

fn password_of(mail: &Received) -> String {
    let found = provisional(&mail.text);
    assert_eq!(found.len(), 1, "{}", mail.text);
    found[0].clone()
}

/// Every address that begins with a scheme.
fn links(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || "\"'<>)".contains(c);
    let starts = text.match_indices("http").map(|(at, _)| &text[at..]);
    starts.filter_map(|rest| rest.split(ends).next()).map(str::to_owned).collect()
}

/// What an app shows now for a seed as it is typed in: RFC 6238 with SHA-1, six digits and 30 s.
fn one_time_code(seed: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut held, mut key) = (0_u32, 0, Vec::new());
    for letter in seed.bytes() {
        let value = LETTERS.iter().position(|known| *known == letter).expect("a letter of base 32");
        bits = (bits << 5 | u32::try_from(value).unwrap()) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = ring::hmac::sign(&key, &(now.as_secs() / 30).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
