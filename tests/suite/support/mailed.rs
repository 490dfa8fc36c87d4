//! A gateway that sends mails and demands a second factor, people whose first connection is behind
//! them, and what mails about a forgotten password say.

use std::ops::Range;

use super::client::Client;
use super::gateway::Gateway;
use super::raw::Reply;
use super::recorder::Recorder;
use super::smtp::{Received, SmtpServer, SmtpSetup};
use super::walk::{App, Walk, at, fill, start_with, to, visitor};

/// The password of everybody here.
pub const PASSWORD: &str = "seven-lanterns-Under-9-bridges";
/// Another one that keeps every rule.
pub const NEW: &str = "Vier-Reigers boven 2 stuwen";

/// The gateway, its mail server and its upstream.
pub struct Mailing {
    pub gateway: Gateway,
    pub server: SmtpServer,
    _upstream: Recorder,
}

impl Mailing {
    pub fn start() -> Self {
        Self::start_with("", "")
    }

    /// With further lines for `[sign_in]`, and further tables.
    pub fn start_with(sign_in: &str, tables: &str) -> Self {
        let server = SmtpServer::start(&SmtpSetup::default());
        let mail = format!(
            "[mail]\nserver = \"127.0.0.1:{}\"\ntls = \"none\"\nfrom = \"no@portal.test\"\n",
            server.port
        );
        let (upstream, gateway) = start_with(sign_in, &format!("{mail}{tables}"));
        Self { gateway, server, _upstream: upstream }
    }

    /// Makes an account with a permanent password, and sets up an app; gives the app and the codes
    /// on paper. One mail tells of the app.
    pub fn secured(&self, name: &str) -> (App, Vec<String>) {
        self.gateway.add_account(name, PASSWORD, &[]);
        let mut walk = Walk::with(&self.gateway, name, PASSWORD).until("success");
        assert_eq!(to(&fill(&mut walk.browser, "success", &[])), "/");
        (walk.app.expect("an app"), walk.codes)
    }

    /// A new browser that asked for a mail.
    pub fn asks(&self, name: &str) -> Client {
        let mut browser = visitor(&self.gateway);
        browser.walk_to_password(name);
        let reply = fill(&mut browser, "forgotten", &[("name", name)]);
        assert_eq!(to(&reply), at("mail-code"), "{}", reply.shown());
        browser
    }

    /// The mails about a forgotten password, once there are so many.
    pub fn reset_mails(&self, count: usize) -> Vec<Received> {
        loop {
            let mails = self.server.received();
            let next = mails.len() + 1;
            let has_link = |mail: &Received| mail.text.contains("/.vestibule/reset?key=");
            let mails: Vec<Received> = mails.into_iter().filter(has_link).collect();
            if mails.len() >= count {
                return mails;
            }
            self.server.wait_for(next);
        }
    }
}

impl Mailing {
    /// The first mail about a forgotten password to this person.
    pub fn reset_mail_to(&self, name: &str) -> Received {
        let address = format!("{name}@example.test");
        for count in 1.. {
            let found = self.reset_mails(count).into_iter().find(|m| m.recipients[0] == address);
            if let Some(mail) = found {
                return mail;
            }
        }
        unreachable!("counting ends with the mail or the server's patience")
    }
}

/// The code of a mail.
pub fn code_of(mail: &Received) -> String {
    let whole = mail.text.lines().filter_map(|line| line.strip_prefix("    "));
    let found: Vec<&str> = whole.filter(|line| line.len() == 11 && &line[5..6] == "-").collect();
    assert_eq!(found.len(), 1, "{}", mail.text);
    found[0].to_string()
}

/// The key in the link of a mail, which is the same in both its parts.
pub fn key_of(mail: &Received) -> String {
    let key = |part: &str| {
        let after = part.split("https://app.test/.vestibule/reset?key=").nth(1).expect("a link");
        after.split(['"', '\n', '\r']).next().expect("a key").trim().to_string()
    };
    assert_eq!(key(&mail.text), key(&mail.html));
    key(&mail.text)
}

/// The address that the button of a mail opens.
pub fn link_of(mail: &Received) -> String {
    format!("/.vestibule/reset?key={}", key_of(mail))
}

/// An answer without what differs between any two: form tokens, help code, seconds left, names.
pub fn without_chance(reply: &Reply, name: &str) -> String {
    let mut text = reply.text().replace(name, "NAME");
    for (before, after) in [
        ("name=\"csrf\" value=\"", "\""),
        ("data-token=\"", "\""),
        ("data-ends=\"", "\""),
        ("<p class=\"support\">", "</b>"),
    ] {
        while let Some(range) = between(&text, before, after) {
            text.replace_range(range, "CHANCE");
        }
    }
    let lines = reply.head();
    let head = lines.lines().map(|line| line.split(':').next().unwrap_or_default());
    format!("{} {:?}\n{text}", reply.status(), head.collect::<Vec<_>>())
}

/// What stands between two marks for the first time, if it was not replaced yet.
fn between(text: &str, before: &str, after: &str) -> Option<Range<usize>> {
    text.match_indices(before).find_map(|(at, _)| {
        let start = at + before.len();
        let length = text[start..].find(after)?;
        (&text[start..start + length] != "CHANCE").then_some(start..start + length)
    })
}
