//! Handing mails to the operator's mail server over SMTP.
//!
//! The connections are our own to keep and not lettre's pool: the pool takes a
//! connection back in the middle of an exchange that was given up, and its
//! errors do not tell a refused password from a refused recipient.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lettre::address::{Address, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::letter::Mail;
use super::refusal::{SendError, Stage};
use crate::domain::Moment;

/// Connections kept between two mails.
const KEPT_MAX: usize = 4;
/// Mails over one connection; servers end those that go on for long.
const MAILS_MAX: u32 = 50;
/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// Longest id of a mail in bytes, so that its header stays one line.
const ID_BYTES_MAX: usize = 64;

/// How the way to the mail server is encrypted. Its certificate is always
/// verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first commands on (STARTTLS, usually port 587); where the
    /// server does not offer it, nothing is sent. [`Tls::Wrapped`] is better
    /// where there is a choice: here, lettre 0.11 takes what somebody on the
    /// way adds in clear to the answer to STARTTLS for the first encrypted
    /// answers. They learn nothing, but can make a refused mail look accepted.
    Required,
    /// From the first byte on (usually port 465).
    Wrapped,
    /// Not at all: for a server on this machine or a network of its own.
    None,
}

/// Where mails are handed over, and who they are from.
#[derive(Clone, Debug)]
pub struct PostSettings {
    /// The mail server's name or IP address, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is encrypted.
    pub tls: Tls,
    /// User and password, where the server asks for them.
    pub user: Option<(String, SecretString)>,
    /// The sender: `noreply@example.be` or `Name <noreply@example.be>`; without
    /// a name the portal's is shown.
    pub from: String,
    /// Where answers go, in the same form.
    pub reply_to: Option<String>,
    /// Further root certificates in PEM, for a server of the operator's own.
    pub ca_pem: Option<Vec<u8>>,
    /// Longest time for one mail, from connecting to the server's last word.
    pub timeout: Duration,
}

/// Settings with which no mail could go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostSettingsError {
    /// The sender or the address for answers.
    #[error("{0:?} is not a mail address; write noreply@example.be or Name <noreply@example.be>")]
    Address(String),
    /// The further root certificates.
    #[error("the root certificate of the mail server cannot be read ({0}); it must be in PEM")]
    Certificate(String),
    /// A password would be sent where others can read it.
    #[error("user and password would go to {0} unencrypted; set tls to starttls or tls")]
    PasswordInClear(String),
}

/// The way to the mail server.
pub struct Post {
    host: String,
    port: u16,
    /// `None` where nothing is encrypted.
    tls: Option<(Tls, TlsParameters)>,
    user: Option<(String, SecretString)>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    timeout: Duration,
    hello: ClientId,
    kept: Mutex<Vec<Line>>,
}

/// A connection on which a mail can begin.
struct Line {
    connection: AsyncSmtpConnection,
    mails: u32,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port, .. } = self;
        f.debug_struct("Post").field("host", host).field("port", port).finish_non_exhaustive()
    }
}

impl Post {
    /// Reads the settings and the system's root certificates. Connects to
    /// nothing.
    ///
    /// SECURITY: user and password never cross a network in clear.
    /// - Against: whoever listens on the way to the mail server, and could then
    ///   send in the operator's name.
    /// - Therefore: without encryption they are accepted only for a server on
    ///   this machine.
    /// - Price: an old server elsewhere that cannot encrypt must be used without
    ///   a password.
    /// - Held by: `a_password_is_not_sent_in_clear_to_another_machine`.
    ///
    /// # Errors
    ///
    /// [`PostSettingsError`].
    pub fn new(settings: PostSettings) -> Result<Self, PostSettingsError> {
        let PostSettings { host, port, tls, user, from, reply_to, ca_pem, timeout } = settings;
        if tls == Tls::None && user.is_some() && !is_this_machine(&host) {
            return Err(PostSettingsError::PasswordInClear(host));
        }
        let from = mailbox(from)?;
        let reply_to = reply_to.map(mailbox).transpose()?;
        let tls = match tls {
            Tls::None => None,
            encrypted => Some((encrypted, parameters(&host, ca_pem.as_deref())?)),
        };
        let domain = from.email.domain();
        let hello = match domain.is_ascii() {
            true => ClientId::Domain(domain.to_owned()),
            false => ClientId::default(),
        };
        let kept = Mutex::default();
        Ok(Self { host, port, tls, user, from, reply_to, timeout, hello, kept })
    }

    /// Hands a mail over. `id` becomes its Message-ID, so that a mail that is
    /// sent again, because the answer to the first time was lost, is the same
    /// to those who get it: up to 64 letters, digits, `-` and `_`.
    ///
    /// # Errors
    ///
    /// [`SendError`]; one that is not permanent may be tried again.
    pub async fn send(&self, mail: &Mail, id: &str, now: Moment) -> Result<(), SendError> {
        let (envelope, message) = self.message(mail, id, now)?;
        match timeout(self.timeout, self.deliver(&envelope, &message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err((error, line))) => {
                if let Some(line) = line {
                    goodbye(line).await;
                }
                Err(error)
            }
            Err(_) => {
                let text = format!(
                    "the mail server {}:{} did not answer within {:?}",
                    self.host, self.port, self.timeout
                );
                Err(SendError::passing(&text))
            }
        }
    }

    /// Ends the connections that were kept for further mails. To be called when
    /// there are none.
    pub async fn hang_up(&self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        for line in kept {
            goodbye(line).await;
        }
    }

    fn message(
        &self,
        mail: &Mail,
        id: &str,
        now: Moment,
    ) -> Result<(Envelope, Vec<u8>), SendError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(plain) {
            return Err(SendError::lasting("the id of the mail is not fit for a header"));
        }
        let Ok(address) = mail.to().as_str().parse::<Address>() else {
            return Err(SendError::lasting("mail servers do not accept the recipient's address"));
        };
        let mut from = self.from.clone();
        from.name.get_or_insert_with(|| mail.portal().to_owned());
        let envelope = Envelope::new(Some(from.email.clone()), vec![address.clone()]);
        let id = format!("<{id}@{}>", from.email.domain());
        let builder = lettre::Message::builder()
            .from(from)
            .to(Mailbox::new(mail.full_name().map(str::to_owned), address))
            .subject(mail.subject())
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(now.unix_seconds()))
            .message_id(Some(id))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", mail.language().code()));
        let builder = match &self.reply_to {
            Some(reply_to) => builder.reply_to(reply_to.clone()),
            None => builder,
        };
        let parts =
            MultiPart::alternative_plain_html(mail.text().to_owned(), mail.html().to_owned());
        let message = builder.multipart(parts).map(|message| message.formatted());
        match (envelope, message) {
            (Ok(envelope), Ok(message)) => Ok((envelope, message)),
            (Err(error), _) | (_, Err(error)) => Err(SendError::lasting(&error.to_string())),
        }
    }

    /// On failure gives back the line that is still open, to be ended.
    async fn deliver(
        &self,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<(), (SendError, Option<Line>)> {
        let mut line = match self.kept_line().await {
            Some(line) => line,
            None => self.new_line().await.map_err(|error| (error, None))?,
        };
        match hand_over(&mut line.connection, envelope, message).await {
            Ok(()) => {
                line.mails += 1;
                if let Some(line) = self.keep(line) {
                    goodbye(line).await;
                }
                Ok(())
            }
            Err(error) => Err((error, Some(line))),
        }
    }

    /// One that was kept and still answers.
    async fn kept_line(&self) -> Option<Line> {
        loop {
            let mut line = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if line.connection.test_connected().await {
                return Some(line);
            }
        }
    }

    async fn new_line(&self) -> Result<Line, SendError> {
        let at = |stage| move |error| SendError::at(stage, &error);
        let wrapped = match &self.tls {
            Some((Tls::Wrapped, parameters)) => Some(parameters.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, wrapped, None);
        let mut connection = connecting.await.map_err(at(Stage::Connect))?;
        if let Some((Tls::Required, parameters)) = &self.tls {
            let upgrade = connection.starttls(parameters.clone(), &self.hello);
            upgrade.await.map_err(at(Stage::Connect))?;
        }
        if let Some((user, password)) = &self.user {
            let given = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let answer = connection.auth(&[Mechanism::Plain, Mechanism::Login], &given).await;
            answer.map_err(at(Stage::Authenticate))?;
        }
        Ok(Line { connection, mails: 0 })
    }

    /// Gives the line back where it is not kept.
    fn keep(&self, line: Line) -> Option<Line> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX || line.mails >= MAILS_MAX {
            return Some(line);
        }
        kept.push(line);
        None
    }
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), SendError> {
    let at = |stage| move |error| SendError::at(stage, &error);
    let mut parameters = Vec::new();
    // Text and headers are encoded; only an address may have other letters.
    let plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !message.is_ascii() || !envelope.from().into_iter().chain(envelope.to()).all(plain) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let text = "the mail server does not know addresses with accented letters";
            return Err(SendError::lasting(text));
        }
        parameters.push(MailParameter::SmtpUtfEight);
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender = commands::Mail::new(envelope.from().cloned(), parameters);
    connection.command(sender).await.map_err(at(Stage::Sender))?;
    for recipient in envelope.to() {
        let recipient = commands::Rcpt::new(recipient.clone(), Vec::new());
        connection.command(recipient).await.map_err(at(Stage::Recipient))?;
    }
    connection.command(commands::Data).await.map_err(at(Stage::Content))?;
    connection.message(message).await.map_err(at(Stage::Content))?;
    Ok(())
}

/// Ends a connection politely; a server that does not answer is left alone.
async fn goodbye(mut line: Line) {
    let _ = timeout(GOODBYE, line.connection.abort()).await;
}

fn mailbox(text: String) -> Result<Mailbox, PostSettingsError> {
    match text.parse::<Mailbox>() {
        Ok(mailbox) if !text.contains(char::is_control) => Ok(mailbox),
        _ => Err(PostSettingsError::Address(text)),
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn parameters(host: &str, ca_pem: Option<&[u8]>) -> Result<TlsParameters, PostSettingsError> {
    let wrong =
        |error: lettre::transport::smtp::Error| PostSettingsError::Certificate(error.to_string());
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = ca_pem {
        // A file without any certificate would be read as a list of none.
        let begin = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(begin.len()).any(|window| window == begin) {
            return Err(PostSettingsError::Certificate("there is none in the file".to_owned()));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
    }
    builder.build().map_err(wrong)
}

fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
