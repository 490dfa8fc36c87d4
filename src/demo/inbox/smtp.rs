//! As much of SMTP as a mailer needs to hand a mail over (RFC 5321), and no more.
//!
//! No TLS, no sign-in, no relaying: a mail for anybody is taken and goes nowhere. Commands that
//! come in one go are answered one after the other, so pipelining (RFC 2920) needs nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Envelope, Inbox};

/// Takes mails until the future is dropped; its conversations end with it.
///
/// # Errors
///
/// None today: a connection that cannot be accepted is waited for again.
pub async fn serve(listener: TcpListener, inbox: Arc<Inbox>) -> io::Result<()> {
    let mut conversations = JoinSet::new();
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        while conversations.try_join_next().is_some() {}
        if conversations.len() >= CONNECTIONS_MAX {
            // Too short to fill a new connection's buffer, so this waits for nobody.
            let _ = stream.write_all(BUSY).await;
            continue;
        }
        let inbox = Arc::clone(&inbox);
        conversations.spawn(async move {
            // A client that leaves is no fault of the inbox and nothing to tell.
            let _ = converse(stream, &inbox).await;
        });
    }
}

/// One connection, from the greeting to its end or its deadline.
pub(super) async fn converse<S>(stream: S, inbox: &Inbox) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    match timeout(CONNECTION_TIME_MAX, talk(&mut stream, inbox)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(error),
        Err(_) => {
            // Whoever does not read this either is left without it.
            let told = say(&mut stream, "421 the time for one connection is over");
            let _ = timeout(FAREWELL_TIME_MAX, told).await;
        }
    }
    timeout(FAREWELL_TIME_MAX, stream.shutdown()).await?
}

async fn talk<S>(stream: &mut BufReader<S>, inbox: &Inbox) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    say(stream, "220 localhost ESMTP the inbox of the Vestibule demo").await?;
    let mut session = Session::default();
    let mut line = Vec::new();
    loop {
        let step = match next_line(stream, &mut line).await? {
            Line::Gone => return Ok(()),
            Line::TooLong => session.unknown("500 a line has at most 1000 bytes"),
            Line::Whole => match std::str::from_utf8(&line) {
                Ok(command) => session.take(command),
                Err(_) => session.unknown("500 commands are UTF-8"),
            },
        };
        match step {
            Step::Say(reply) => say(stream, reply).await?,
            Step::SayAndClose(reply) => return say(stream, reply).await,
            Step::Data => {
                say(stream, "354 the mail, then a line with a full stop alone").await?;
                let envelope = std::mem::take(&mut session.envelope).unwrap_or_default();
                match data(stream).await? {
                    Data::Gone => return Ok(()),
                    Data::Refused(why) => say(stream, why).await?,
                    Data::Message(raw) => match inbox.keep(envelope, &raw) {
                        Some(number) => say(stream, &format!("250 kept as mail {number}")).await?,
                        None => say(stream, "554 this is not a mail").await?,
                    },
                }
            }
        }
    }
}

async fn say<W: AsyncWrite + Unpin>(stream: &mut W, reply: &str) -> io::Result<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// What is to be done after a command.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Say(&'static str),
    SayAndClose(&'static str),
    Data,
}

/// What has been said so far.
#[derive(Default)]
struct Session {
    greeted: bool,
    /// There from `MAIL` on.
    envelope: Option<Envelope>,
    unknown: usize,
}

impl Session {
    fn take(&mut self, command: &str) -> Step {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.greet(EXTENSIONS),
            "HELO" => self.greet("250 localhost"),
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => match &self.envelope {
                Some(envelope) if !envelope.to.is_empty() => Step::Data,
                _ => Step::Say("503 first say for whom the mail is, with RCPT"),
            },
            "RSET" => {
                self.envelope = None;
                Step::Say("250 forgotten")
            }
            "NOOP" => Step::Say("250 still here"),
            "QUIT" => Step::SayAndClose("221 goodbye"),
            _ => self.unknown("500 unknown command"),
        }
    }

    fn greet(&mut self, reply: &'static str) -> Step {
        self.greeted = true;
        self.envelope = None;
        Step::Say(reply)
    }

    fn mail(&mut self, rest: &str) -> Step {
        if !self.greeted {
            return Step::Say("503 first say EHLO");
        }
        if self.envelope.is_some() {
            return Step::Say("503 a mail is begun already; RSET forgets it");
        }
        let Some((from, parameters)) = address(rest, "FROM:") else {
            return Step::Say("501 it is MAIL FROM:<address>");
        };
        if declared_bytes(parameters).is_some_and(|bytes| bytes > MESSAGE_BYTES_MAX) {
            return Step::Say(TOO_LARGE);
        }
        self.envelope = Some(Envelope { from: from.to_owned(), to: Vec::new() });
        Step::Say("250 go on")
    }

    fn recipient(&mut self, rest: &str) -> Step {
        let Some(envelope) = &mut self.envelope else {
            return Step::Say("503 first say from whom the mail is, with MAIL");
        };
        match address(rest, "TO:") {
            Some((to, _)) if !to.is_empty() => {
                if envelope.to.len() >= RECIPIENTS_MAX {
                    return Step::Say("452 too many recipients for one mail");
                }
                envelope.to.push(to.to_owned());
                Step::Say("250 go on")
            }
            _ => Step::Say("501 it is RCPT TO:<address>"),
        }
    }

    /// Answers what is no command, a few times.
    ///
    /// SECURITY: web pages cannot put mails into the inbox.
    /// - Against: a page on the web that posts SMTP commands as the body of a form to this port,
    ///   where browsers let pages send, and so shows a mail with a link of its choice here.
    /// - Therefore: the connection is over after a few unknown commands, and the request line and
    ///   headers that browsers put before a body are more than that.
    /// - Price: who types by hand may mistype three times.
    /// - Held by: `a_form_that_a_browser_posts_here_leaves_no_mail`.
    fn unknown(&mut self, reply: &'static str) -> Step {
        self.unknown += 1;
        match self.unknown > UNKNOWN_MAX {
            true => Step::SayAndClose("421 too many unknown commands"),
            false => Step::Say(reply),
        }
    }
}

/// The address in `FROM:<address> parameters`, and the parameters.
fn address<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (said, path) = (rest.get(..keyword.len())?, rest.get(keyword.len()..)?);
    if !said.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, parameters) = path.trim_start().strip_prefix('<')?.split_once('>')?;
    let odd = |c: char| c.is_control() || c == '<';
    (address.len() <= ADDRESS_BYTES_MAX && !address.contains(odd)).then_some((address, parameters))
}

/// The size that a client says its mail has; a number too large to read is one too large to take.
fn declared_bytes(parameters: &str) -> Option<usize> {
    let sizes = parameters.split_ascii_whitespace().filter_map(|word| word.split_once('='));
    let (_, size) = sizes.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("SIZE"))?;
    Some(size.parse().unwrap_or(usize::MAX))
}

/// What came after `DATA`.
enum Data {
    Message(Vec<u8>),
    Refused(&'static str),
    Gone,
}

/// Reads a mail to its end even where it is refused, since only what follows is commands again.
async fn data<S>(stream: &mut BufReader<S>) -> io::Result<Data>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut message = Vec::new();
    let mut refused = None;
    let mut line = Vec::new();
    loop {
        match next_line(stream, &mut line).await? {
            Line::Gone => return Ok(Data::Gone),
            Line::TooLong => refused = Some("554 a line of the mail has more than 1000 bytes"),
            Line::Whole if line == b"." => break,
            Line::Whole => {
                let unstuffed = line.strip_prefix(b".").unwrap_or(&line);
                if message.len() + unstuffed.len() + 2 > MESSAGE_BYTES_MAX {
                    refused = Some(TOO_LARGE);
                }
                if refused.is_none() {
                    message.extend_from_slice(unstuffed);
                    message.extend_from_slice(b"\r\n");
                }
            }
        }
        if refused.is_some() {
            message = Vec::new();
        }
    }
    Ok(refused.map_or(Data::Message(message), Data::Refused))
}

enum Line {
    /// Is in the buffer, without its end.
    Whole,
    /// Was read to its end and thrown away.
    TooLong,
    /// There is nothing more to come.
    Gone,
}

/// Reads a line; never holds more of it than [`LINE_BYTES_MAX`].
///
/// A line that ends without a carriage return is answered and is the last one: software that takes
/// such lines differs on where a mail ends.
async fn next_line<S>(stream: &mut S, line: &mut Vec<u8>) -> io::Result<Line>
where
    S: AsyncBufRead + AsyncWrite + Unpin,
{
    line.clear();
    let mut too_long = false;
    loop {
        let come = stream.fill_buf().await?;
        if come.is_empty() {
            return Ok(Line::Gone);
        }
        let end = memchr::memchr(b'\n', come);
        let part = come.get(..end.map_or(come.len(), |at| at + 1)).unwrap_or(come);
        let length = part.len();
        too_long |= line.len() + length > LINE_BYTES_MAX;
        if !too_long {
            line.extend_from_slice(part);
        }
        stream.consume(length);
        if end.is_none() {
            continue;
        }
        if too_long {
            return Ok(Line::TooLong);
        }
        if !line.ends_with(b"\r\n") {
            say(stream, "500 lines end with a carriage return and a line feed").await?;
            return Ok(Line::Gone);
        }
        line.truncate(line.len() - 2);
        return Ok(Line::Whole);
    }
}

const EXTENSIONS: &str =
    "250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 262144";
const BUSY: &[u8] = b"421 too many connections; try again in a moment\r\n";
const TOO_LARGE: &str = "552 a mail has at most 262144 bytes";

/// Connections at a time; a mailer's pool has ten at most.
const CONNECTIONS_MAX: usize = 16;
/// With the two bytes of its end (RFC 5321, 4.5.3.1.6).
const LINE_BYTES_MAX: usize = 1000;
/// 256 KB; the gateway's mails have some twenty.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// As long as RFC 5321 lets a path be.
const ADDRESS_BYTES_MAX: usize = 256;
/// Recipients of one mail (RFC 5321, 4.5.3.1.8).
const RECIPIENTS_MAX: usize = 100;
const UNKNOWN_MAX: usize = 3;
/// For a whole connection; longer than a mailer's pool keeps one that it does not use.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(120);
const FAREWELL_TIME_MAX: Duration = Duration::from_secs(1);
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
