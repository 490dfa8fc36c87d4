//! People who are brought along with the hash of the password they have: they keep the password, and
//! the hash is made anew, as ours, when they first use it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::smtp::{SmtpServer, SmtpSetup};

/// What all of these are hashes of.
const PASSWORD: &str = "Sonne & Regen 7";
const WRONG: &str = "Sonne & Regen 8";

/// Name, and the hash as another program wrote it.
const PEOPLE: &[(&str, &str)] = &[
    (
        "argon2i",
        "$argon2i$v=19$m=64,t=2,p=1$aA3TmCNZeVzkPnqUkf+Gxw$ysOUHPpZpczX9rj0sDTIs5SMzJy0IeqnWyRtsUuGCO8",
    ),
    (
        "argon2id",
        "$argon2id$v=19$m=64,t=2,p=1$lgAlcnl81uEQ8YpUkSBFJA$9Ur+d2955wWts0wk1+JvCh9zlQlifb6/r7asWl7tHn0",
    ),
    ("bcrypt", "$2b$04$RH5DL42krbRf5NOICG63r.AMgBUPsa4vzjf8hd6W7iE8GFnad/dm."),
    ("bcrypt.php", "$2y$04$0kf564UO0T8B2lVAHNdyO.1KklKy0.IdyXvnM86HCpgU2tuntbrlK"),
    (
        "pbkdf2",
        "$pbkdf2-sha256$i=1000$t4lViCHK6NyYx4YYmxE3HA$vEn7htLX7OnsFCgM3GI5BZWE96+c8bOC4gk53YIud5U",
    ),
    (
        "pbkdf2.django",
        "pbkdf2_sha256$1000$zK3vQ9sLw1xT8bNc$Tk5hgcRugWl4koUmXQjE4EpEpFwOZ0knIrSbozGb3j4=",
    ),
    (
        "pbkdf2.dotnet",
        "AQAAAAEAACcQAAAAEKGJlWzJG9OAJx7pPmTKXcA5F665nLp8Lhadkl4mSJCUw7xGx1Jq5AYlofzdScoVoA==",
    ),
];

#[test]
fn people_who_are_brought_along_sign_in_with_the_password_they_have() {
    let (server, _upstream, gateway) = start("without;without@example.test;\n");
    for (name, _) in PEOPLE {
        let wrong = visitor(&gateway).walk_sign_in(name, WRONG);
        assert_eq!(wrong.status(), 422, "{name}: {}", wrong.shown());
        let mut visitor = visitor(&gateway);
        let reply = visitor.walk_sign_in(name, PASSWORD);
        assert_eq!(reply.status(), 303, "{name}: {}", reply.shown());
        assert_eq!(visitor.fetch("/").status(), 200, "{name} has no session");
        // And so they do the next time, whatever was made of the hash.
        gateway.sign_in(name, PASSWORD);
        assert_eq!(self::visitor(&gateway).walk_sign_in(name, WRONG).status(), 422, "{name}");
    }

    // They get no mail; control: somebody without a hash does.
    for (name, _) in PEOPLE {
        assert_eq!(show(&gateway, name)["mail"], Value::Null, "{name}");
    }
    let mails = server.wait_for(1);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].recipients, ["without@example.test"]);
}

#[test]
fn a_hash_that_was_brought_along_is_made_anew_at_the_first_right_password() {
    let (_server, _upstream, gateway) = start("");
    let all = kept(&gateway);
    for (name, hash) in PEOPLE {
        assert!(raw::holds(&all, hash.as_bytes()), "control: the hash of {name} is seen");
    }
    for (before, (name, _)) in PEOPLE.iter().enumerate() {
        assert_eq!(visitor(&gateway).walk_sign_in(name, WRONG).status(), 422, "{name}");
        assert_eq!(ours(&gateway).len(), before, "{name}: made anew at a wrong password");
        for _ in 0..2 {
            gateway.sign_in(name, PASSWORD);
            assert_eq!(ours(&gateway).len(), before + 1, "{name}: once, and once only");
        }
    }
}

/// All hashes in the data folder that are made as this gateway makes them.
fn ours(gateway: &Gateway) -> BTreeSet<Vec<u8>> {
    const START: &[u8] = b"$argon2id$v=19$m=1024,t=1,p=1$";
    /// Salt and hash in base 64, and what is between them.
    const LENGTH: usize = START.len() + 22 + 1 + 43;
    let all = kept(gateway);
    all.windows(LENGTH).filter(|bytes| bytes.starts_with(START)).map(<[u8]>::to_vec).collect()
}

/// Everybody of the list, and what further lines say.
fn start(further: &str) -> (SmtpServer, Recorder, Gateway) {
    let (server, upstream) = (SmtpServer::start(&SmtpSetup::default()), Recorder::start());
    let port = server.port;
    let extra = format!(
        "[hashing]\nmemory_kib = 1024\npasses = 1\n\
         [mail]\nserver = \"127.0.0.1:{port}\"\ntls = \"none\"\nfrom = \"no@portal.test\"\n"
    );
    let gateway = Gateway::start(Setup { extra, ..Setup::new(upstream.addr()) });
    let line = |(name, hash): &(&str, &str)| format!("{name};{name}@example.test;{hash}\n");
    let lines: String = PEOPLE.iter().map(line).collect();
    let list = gateway.dir.path().join("people.csv");
    let list_text = format!("name;email;password_hash\n{lines}{further}");
    fs::write(&list, list_text).unwrap();
    let output = gateway.cli(&["user", "import", list.to_str().unwrap(), "--json"], "");
    assert!(output.status.success(), "{output:?}");
    (server, upstream, gateway)
}

fn visitor(gateway: &Gateway) -> Client {
    Client::new(gateway.addr, &gateway.public_url)
}

fn show(gateway: &Gateway, name: &str) -> Value {
    let output = gateway.cli(&["user", "show", name, "--json"], "");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// Every byte of the data folder.
fn kept(gateway: &Gateway) -> Vec<u8> {
    let mut folders = vec![gateway.dir.path().join("data")];
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
