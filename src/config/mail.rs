//! `[mail]`: the mail server, and how passwords are told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use super::reader::{At, Section};
use crate::domain::is_loopback;
use crate::flow::PasswordMail;
use crate::notice::{Post, PostSettings, PostSettingsError, Tls};

/// Where mails go, as meant.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The mail server.
    pub post: PostSettings,
    /// How passwords are told.
    pub password_mail: PasswordMail,
}

/// Reads the section; paths in it are relative to `folder`. Without it no mail
/// is sent.
pub fn read(root: &mut Section<'_>, folder: &Path) -> Option<Mail> {
    let is_there = root.holds_table("mail");
    let mut mail = root.section("mail");
    let server = mail.text("server");
    let tls = mail.word(
        "tls",
        &[("starttls", Tls::Required), ("tls", Tls::Wrapped), ("none", Tls::None)],
        Tls::Required,
    );
    let user = mail.text("user");
    let password_file = mail.text("password_file");
    let from = mail.text("from");
    let reply_to = mail.text("reply_to");
    let ca_file = mail.text("ca_file");
    let seconds = mail.number("timeout_seconds", 1..=600, 30);
    let password_mail = mail.word(
        "password_mail",
        &[("same", PasswordMail::Same), ("second", PasswordMail::Second)],
        PasswordMail::Same,
    );
    if !is_there {
        mail.finish();
        return None;
    }
    if server.is_none() {
        mail.missing("server", "write host and port, such as \"mail.example.be:587\"");
    }
    if from.is_none() {
        mail.missing("from", "write the address mails come from, such as no-reply@example.be");
    }
    let server = server.and_then(|at| host_and_port(&mail, &at, tls));
    let password = password_file.as_ref().and_then(|at| secret(&mail, at, folder));
    let user = match (&user, password_file.is_some()) {
        (Some(user), true) => password.map(|password| (user.value.clone(), password)),
        (Some(user), false) => {
            mail.wrong(user, "needs password_file, the file with this user's password");
            None
        }
        (None, _) => {
            if let Some(at) = &password_file {
                mail.wrong(at, "is of no use without user, whose password it holds");
            }
            None
        }
    };
    let ca_pem = ca_file.as_ref().and_then(|at| bytes(&mail, at, folder));
    let post = server.zip(from.as_ref()).map(|((host, port), from)| PostSettings {
        host,
        port,
        tls,
        user,
        from: from.value.clone(),
        reply_to: reply_to.as_ref().map(|at| at.value.clone()),
        ca_pem,
        timeout: Duration::from_secs(seconds),
    });
    // Whatever the parts say, the whole must be one that mails can go out by.
    if let (Some(post), Some(from)) = (&post, &from)
        && let Err(error) = Post::new(post.clone())
    {
        let at = match &error {
            PostSettingsError::Address(text) if *text != from.value => &reply_to,
            PostSettingsError::Certificate(_) => &ca_file,
            PostSettingsError::Address(_) | PostSettingsError::PasswordInClear(_) => &None,
        };
        mail.wrong(at.as_ref().unwrap_or(from), error.to_string());
    }
    mail.finish();
    Some(Mail { post: post?, password_mail })
}

fn host_and_port(mail: &Section<'_>, at: &At<String>, tls: Tls) -> Option<(String, u16)> {
    let split = at.value.rsplit_once(':');
    let Some((host, Ok(port))) = split.map(|(host, port)| (host, port.parse::<u16>())) else {
        mail.wrong(at, "is not host and port, such as \"mail.example.be:587\"");
        return None;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        mail.wrong(at, "has no host; write for example \"mail.example.be:587\"");
        return None;
    }
    let local = is_loopback(host) || host == "::1";
    if tls == Tls::None && !local {
        mail.wrong(
            at,
            "would get provisional passwords in clear text; say tls = \"starttls\" or \
            \"tls\", which only a server on this machine can do without",
        );
    }
    Some((host.to_owned(), port))
}

fn path_of(at: &At<String>, folder: &Path) -> PathBuf {
    folder.join(&at.value)
}

fn bytes(mail: &Section<'_>, at: &At<String>, folder: &Path) -> Option<Vec<u8>> {
    let path = path_of(at, folder);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            mail.wrong(at, format!("{} cannot be read ({error})", path.display()));
            None
        }
    }
}

fn secret(mail: &Section<'_>, at: &At<String>, folder: &Path) -> Option<SecretString> {
    let text = String::from_utf8(bytes(mail, at, folder)?).ok();
    let line = text.as_deref().and_then(|text| text.lines().next()).filter(|line| !line.is_empty());
    if line.is_none() {
        mail.wrong(at, "has no password in its first line");
    }
    line.map(SecretString::from)
}
