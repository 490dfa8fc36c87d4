//! `user import`: a list is looked at whole and taken whole, beside a running gateway or without one,
//! and everybody on it gets to know their password.

#![allow(clippy::disallowed_methods, reason = "what other programs do is waited for, with an end")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::smtp::{SmtpServer, SmtpSetup};

const PASSWORD: &str = "seven-lanterns-Under-9-bridges";
/// How long what happens behind may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const BCRYPT: &str = "$2b$04$RH5DL42krbRf5NOICG63r.AMgBUPsa4vzjf8hd6W7iE8GFnad/dm.";

// ---- The list -------------------------------------------------------------------------------------

#[test]
fn a_list_that_is_only_looked_at_changes_nothing() {
    let server = SmtpServer::start(&SmtpSetup::default());
    for beside in [true, false] {
        let house = House::start(&mail(server.port));
        if !beside {
            assert!(house.gateway.terminate().success());
        }
        let list = house.list("name,email\nanna,anna@example.test\nbea,bea@example.test\n");
        let looked = house.import(&list, &["--dry-run", "--json"]);
        assert_eq!(json(&looked), serde_json::json!({ "would_add": 2, "skipped": 0 }));
        assert_eq!(house.names(), [""; 0]);

        // Control: without the flag they are taken.
        let taken = json(&house.import(&list, &["--json"]));
        assert_eq!(taken["added"], 2, "{taken}");
        assert_eq!(house.names(), ["anna", "bea"]);
        if beside {
            server.wait_for(2);
        }
    }
    assert_eq!(server.received().len(), 2, "where no gateway runs, mails wait for one");
}

#[test]
fn every_line_that_cannot_be_taken_is_told_with_its_number_and_nothing_is_taken() {
    let house = House::start("");
    house.gateway.add_account("Taken", PASSWORD, &[]);
    let first = "name,email,id\nfirst,first@example.test,crm-1\n";
    assert!(house.import(&house.list(first), &[]).status.success());
    let bad = [
        ("taken,a@example.test,,,,", "taken"),
        ("TAKEN ,a@example.test,,,,", "line 2 already"),
        ("anna,a@example.test,,,crm-1,", "crm-1"),
        ("bea,not-an-address,,,,", "e-mail"),
        ("carl,c@example.test,\"a,b\",,,", "group"),
        ("dora,d@example.test,,es,,", "language"),
        ("emma,e@example.test,,,,md5:0123", "accepted"),
        (
            "fien,f@example.test,,,,$2b$31$RH5DL42krbRf5NOICG63r.AMgBUPsa4vzjf8hd6W7iE8GFnad/dm.",
            "cost",
        ),
        (",g@example.test,,,,", "name"),
        ("hans,h@example.test,,,0123456789abcdef0123456789abcdef,", "id"),
        ("ilse,i@example.test,,,crm-2,", ""),
        ("ILSE,i@example.test,,,crm-3,", "line 12"),
        ("jana,j@example.test,,,crm-2,", "line 12"),
        ("kato,k@example.test", "fields"),
    ];
    let head = "name,email,groups,language,id,password_hash";
    let list = |lines: &[&str]| house.list(&format!("{head}\n{}\n", lines.join("\n")));
    let all: Vec<&str> = bad.iter().map(|(line, _)| *line).collect();
    let before = house.names();
    for flags in [&[][..], &["--dry-run"], &["--json"]] {
        let output = house.import(&list(&all), flags);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        let missing = bad.iter().zip(2..).filter(|((_, word), number)| {
            let line = format!("line {number}: ");
            !word.is_empty()
                && !told.lines().any(|told| told.contains(&line) && told.contains(word))
        });
        assert_eq!(missing.collect::<Vec<_>>(), [], "{told}");
        assert!(
            !told.contains("md5:0123") && !told.contains("RH5DL42krbRf"),
            "a hash is told: {told}"
        );
    }
    assert_eq!(house.names(), before);

    // Each is enough for nothing to be taken, even beside the one that is right: the control.
    const RIGHT: &str = "ilse,i@example.test,,,crm-2,";
    assert!(house.import(&list(&[RIGHT]), &["--dry-run"]).status.success());
    for (line, _) in bad.iter().filter(|(line, _)| *line != RIGHT) {
        let output = house.import(&list(&[RIGHT, line]), &["--dry-run"]);
        assert!(!output.status.success(), "{line}: {output:?}");
    }
}

#[test]
fn those_who_are_there_are_left_out_where_that_is_wanted() {
    let house = House::start("");
    house.gateway.add_account("Anna", PASSWORD, &["staff"]);
    let list =
        house.list("name,email,groups\nanna,other@example.test,admin\nbea,b@example.test,\n");
    assert!(!house.import(&list, &[]).status.success());
    let taken = json(&house.import(&list, &["--skip-existing", "--json"]));
    assert_eq!((&taken["added"], &taken["skipped"]), (&1.into(), &1.into()), "{taken}");
    let anna = house.show("anna");
    assert_eq!(
        (anna["email"].as_str(), anna["groups"].to_string()),
        (Some("Anna@example.test"), "[\"staff\"]".to_owned(),)
    );
    house.gateway.sign_in("anna", PASSWORD);
    // A line that is wrong is wrong all the same.
    let list = house.list("name,email\nanna,other@example.test\ncarl,nowhere\n");
    assert!(!house.import(&list, &["--skip-existing"]).status.success());
    assert_eq!(house.names(), ["Anna", "bea"]);
}

#[test]
fn a_list_as_a_spreadsheet_writes_it_is_read() {
    let house = House::start("");
    let list = house.list(
        "\u{feff}name;email;full_name;language;groups\r\n\
         h\u{e9}l\u{e8}ne;h@example.test;\"Dupont; H\u{e9}l\u{e8}ne\";fr-BE;clients|staff\r\n;;;;\r\n",
    );
    let output = house.import(&list, &[]);
    assert!(output.status.success(), "{output:?}");
    let shown = house.show("hélène");
    for (key, value) in [("full_name", "Dupont; Hélène"), ("language", "fr")] {
        assert_eq!(shown[key], value, "{shown}");
    }
    assert_eq!(shown["groups"], serde_json::json!(["clients", "staff"]));
}

// ---- What they get ---------------------------------------------------------------------------------

#[test]
fn without_a_mail_server_the_passwords_are_told_once_and_open_the_account() {
    for beside in [true, false] {
        let mut house = House::start("");
        if !beside {
            assert!(house.gateway.terminate().success());
        }
        let list = house.list(&format!(
            "name,email,password_hash\nanna,a@example.test,\n\"a, b\",b@example.test,\n\
             with-hash,c@example.test,{BCRYPT}\n"
        ));
        let output = house.import(&list, &[]);
        assert!(output.status.success(), "{output:?}");
        let told = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines[0], "name,provisional_password");
        assert_eq!(lines.len(), 3, "who brings a hash along gets no password: {told}");
        if !beside {
            house.gateway.restart();
        }
        house.wait_for_hashes();
        for (line, name) in lines[1..].iter().zip(["anna", "a, b"]) {
            let password = line.rsplit(',').next().unwrap();
            let reply = house.visitor().walk_sign_in(name, password);
            let next = reply.header("location");
            assert_eq!(next.as_deref(), Some("/.vestibule/new-password"), "{}", reply.shown());
            // Control: another's password is none of this account.
            assert_eq!(house.visitor().walk_sign_in("with-hash", password).status(), 422);
            assert!(!house.show(name).to_string().contains(password));
            assert!(!house.gateway.log().contains(password));
        }
    }
}

#[test]
fn a_password_set_by_the_operator_is_not_undone_by_one_that_waited_to_be_hashed() {
    let mut house = House::start("");
    // With no gateway running, nothing is hashed behind.
    assert!(house.gateway.terminate().success());
    let list = house.list("name,email\nanna,a@example.test\nbea,b@example.test\n");
    let made = json(&house.import(&list, &["--json"]))["made"].clone();
    let provisional = |at: usize| made[at][1].as_str().unwrap().to_owned();
    let set = house.gateway.cli(&["user", "set", "anna", "--password-stdin"], PASSWORD);
    assert!(set.status.success(), "{set:?}");
    house.gateway.restart();
    house.wait_for_hashes();
    // Control: the other one, who waited beside, is served.
    assert_eq!(house.visitor().walk_sign_in("bea", &provisional(1)).status(), 303);
    assert_eq!(house.visitor().walk_sign_in("anna", &provisional(0)).status(), 422);
    house.gateway.sign_in("anna", PASSWORD);
}

#[test]
fn five_hundred_people_get_one_mail_each_while_others_sign_in() {
    const PEOPLE: usize = 500;
    let server = SmtpServer::start(&SmtpSetup::default());
    let house = House::start(&mail(server.port));
    house.gateway.add_account("anna", PASSWORD, &[]);
    let taken = json(&house.import(&house.people(PEOPLE), &["--json"]));
    assert_eq!(taken["added"], PEOPLE, "{taken}");
    assert_eq!(taken["made"], serde_json::json!([]), "passwords that are mailed are not told");
    // People sign in while hashes and mails are under way behind.
    let mut signed_in = 0;
    while signed_in == 0 || server.received().len() < PEOPLE / 2 {
        house.gateway.sign_in("anna", PASSWORD);
        signed_in += 1;
    }
    let mails = server.wait_for(PEOPLE);
    house.wait_for("vestibule_mails_queued", 0.0);
    house.wait_for_hashes();
    let to: BTreeSet<_> = mails.iter().map(|mail| mail.recipients.join(",")).collect();
    assert_eq!((to.len(), server.received().len()), (PEOPLE, PEOPLE));
    assert_eq!(house.metric("vestibule_mails_total{outcome=\"sent\"}"), 500.0);
    assert_eq!(house.names().len(), PEOPLE + 1);

    // Each mail tells its own person's password.
    for mail in [&mails[0], &mails[PEOPLE / 2], &mails[PEOPLE - 1]] {
        let name = mail.recipients[0].split('@').next().unwrap();
        let is_password = |line: &&str| line.len() == 19 && line.matches('-').count() == 3;
        let password = mail.text.lines().map(str::trim).find(is_password).unwrap();
        assert_eq!(house.visitor().walk_sign_in(name, password).status(), 303, "{name}");
    }
}

#[test]
fn an_import_that_is_killed_is_completed_by_running_it_again() {
    const PEOPLE: usize = 1200;
    let server = SmtpServer::start(&SmtpSetup::default());
    let mut house = House::start(&mail(server.port));
    let list = house.people(PEOPLE);
    let (killed, output) = std::thread::scope(|scope| {
        let importing = scope.spawn(|| house.import(&list, &["--json"]));
        // Some are taken, and the others are not yet.
        let killed = eventually(|| match house.taken() {
            0 if importing.is_finished() => panic!("it was over before it was seen"),
            0 => Err("nobody is taken".to_owned()),
            some => {
                house.gateway.kill();
                Ok(some)
            }
        });
        (killed, importing.join().unwrap())
    });
    assert!(!output.status.success(), "it was over before the gateway was killed: {output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--skip-existing"), "{told}");
    house.gateway.restart();
    let there = house.names().len();
    assert!(there >= killed && there < PEOPLE, "{killed} and then {there} of {PEOPLE}");

    let again = json(&house.import(&list, &["--skip-existing", "--json"]));
    assert_eq!((&again["added"], &again["skipped"]), (&(PEOPLE - there).into(), &there.into()));
    assert_eq!(house.names().len(), PEOPLE);
    house.wait_for("vestibule_mails_queued", 0.0);
    // Nobody is without a mail; what was under way at the kill may have come twice.
    let mut mails: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mail in server.wait_for(PEOPLE) {
        let id = mail.header("Message-ID").unwrap().to_owned();
        mails.entry(mail.recipients.join(",")).or_default().insert(id);
    }
    assert_eq!(mails.len(), PEOPLE);
    assert!(mails.values().all(|ids| ids.len() == 1), "two different mails to one person");
}

#[test]
fn passwords_of_people_who_were_taken_are_told_even_where_the_rest_fails() {
    const PEOPLE: usize = 3000;
    let house = House::start("");
    let list = house.people(PEOPLE);
    let output = std::thread::scope(|scope| {
        let importing = scope.spawn(|| house.import(&list, &[]));
        eventually(|| match house.taken() {
            some if some > 600 => {
                house.gateway.kill();
                Ok(())
            }
            few if importing.is_finished() => panic!("it was over with {few} seen"),
            few => Err(format!("{few} are taken")),
        });
        importing.join().unwrap()
    });
    assert!(!output.status.success(), "it was over before the gateway was killed");
    let there = house.names();
    let told = String::from_utf8(output.stdout).unwrap();
    let told: BTreeSet<_> =
        told.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    // Control: some were taken and acknowledged.
    assert!(there.len() >= 500, "{}", there.len());
    // One change may have been made whose acknowledgement was lost.
    let silent = there.iter().filter(|name| !told.contains(name.as_str())).count();
    assert!(
        silent <= 500,
        "{silent} of {} accounts have a password that nobody knows",
        there.len()
    );
}

#[test]
fn the_id_of_a_list_is_the_subject_of_the_assertion() {
    let house = House::start("");
    let list = house.list(&format!(
        "name,email,id,password_hash\nanna,a@example.test,crm-4711,{BCRYPT}\n\
         bea,b@example.test,,{BCRYPT}\n"
    ));
    assert!(house.import(&list, &[]).status.success());
    let subject = |name: &str| {
        let mut visitor = house.visitor();
        assert_eq!(visitor.walk_sign_in(name, "Sonne & Regen 7").status(), 303);
        assert_eq!(visitor.fetch(&format!("/seen-by/{name}")).status(), 200);
        let head = house.upstream.wait_for(format!("/seen-by/{name}").as_bytes());
        let assertion = raw::header_values(&head, "x-vestibule-assertion").remove(0);
        let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        claims["sub"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject("anna"), "crm-4711");
    assert_eq!(house.show("anna")["sub"], "crm-4711");
    // Control: without one it is the gateway's own.
    assert_eq!(subject("bea"), house.show("bea")["id"].as_str().unwrap());
    assert_ne!(house.show("anna")["id"], "crm-4711");
}

// ---- Means ----------------------------------------------------------------------------------------

struct House {
    gateway: Gateway,
    upstream: Recorder,
}

impl House {
    fn start(section: &str) -> Self {
        let upstream = Recorder::start();
        // Hashing is not what is tried here.
        let extra = format!("[hashing]\nmemory_kib = 1024\npasses = 1\n{section}");
        let gateway = Gateway::start(Setup { extra, ..Setup::new(upstream.addr()) });
        Self { gateway, upstream }
    }

    fn list(&self, text: &str) -> PathBuf {
        let path = self.gateway.dir.path().join("people.csv");
        fs::write(&path, text).unwrap();
        path
    }

    /// A list of so many people: `person0` and so on.
    fn people(&self, count: usize) -> PathBuf {
        let line = |number| format!("person{number},person{number}@example.test,fr,clients\n");
        let lines: String = (0..count).map(line).collect();
        self.list(&format!("name,email,language,groups\n{lines}"))
    }

    fn import(&self, list: &std::path::Path, flags: &[&str]) -> Output {
        let list = list.to_str().unwrap();
        self.gateway.cli(&[&["user", "import", list], flags].concat(), "")
    }

    fn show(&self, name: &str) -> Value {
        json(&self.gateway.cli(&["user", "show", name, "--json"], ""))
    }

    fn accounts(&self) -> Vec<Value> {
        let all = json(&self.gateway.cli(&["user", "list", "--json"], ""));
        all.as_array().unwrap().clone()
    }

    fn names(&self) -> Vec<String> {
        self.accounts().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    }

    /// How many accounts were added, by the audit log.
    fn taken(&self) -> usize {
        let path = self.gateway.dir.path().join("data/audit.jsonl");
        fs::read_to_string(path).unwrap().matches("account_added").count()
    }

    fn visitor(&self) -> Client {
        Client::new(self.gateway.addr, &self.gateway.public_url)
    }

    fn wait_for_hashes(&self) {
        eventually(|| {
            let waits = |one: &&Value| one["password"] == "provisional, not hashed yet";
            match self.accounts().iter().filter(waits).count() {
                0 => Ok(()),
                some => Err(format!("{some} wait to be hashed")),
            }
        });
        self.wait_for("vestibule_passwords_unhashed", 0.0);
    }

    fn wait_for(&self, name: &str, wanted: f64) {
        eventually(|| match self.metric(name) {
            found if found == wanted => Ok(()),
            found => Err(format!("{name} is {found}: {}", self.gateway.log())),
        });
    }

    /// One sample of the metrics, by its whole name.
    fn metric(&self, name: &str) -> f64 {
        let operator = self.gateway.operator;
        let text = Client::new(operator, &format!("http://{operator}")).fetch("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
    }
}

fn mail(port: u16) -> String {
    format!("[mail]\nserver = \"127.0.0.1:{port}\"\ntls = \"none\"\nfrom = \"no@portal.test\"\n")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {output:?}"))
}

fn eventually<T>(look: impl Fn() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if start.elapsed() > PATIENCE => panic!("not within {PATIENCE:?}: {seen}"),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
