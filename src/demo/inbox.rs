//! The demo's inbox: takes every mail that the demo sends and shows it on a page.
//!
//! ```text
//! gateway --SMTP, no TLS--> smtp --Inbox::keep--> Inbox <--reads-- page <--HTTP-- browser
//! ```
//!
//! It lives in memory and on loopback only, relays nothing, and forgets all but the last mails.
//! Whoever can open a connection on this machine can read it, so it belongs to the demo alone.

mod page;
mod smtp;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mail_parser::{Address, Message, MessageParser, MessagePart, PartType};
use tokio::net::TcpListener;

use crate::domain::{Clock, Moment};

/// Takes mails on one listener and shows them on the other, until one of them fails or the future
/// is dropped.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] where a listener is not on loopback, and whatever ends a
/// listener.
pub async fn serve(smtp: TcpListener, web: TcpListener, clock: Arc<dyn Clock>) -> io::Result<()> {
    for listener in [&smtp, &web] {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            let told = format!("the demo's inbox listens on loopback only, not on {address}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, told));
        }
    }
    let inbox = Arc::new(Inbox::new(clock));
    tokio::try_join!(smtp::serve(smtp, Arc::clone(&inbox)), page::serve(web, inbox))?;
    Ok(())
}

/// The last mails, oldest first.
struct Inbox {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// How many were ever taken; the number of the newest.
    taken: u64,
    mails: VecDeque<Arc<Mail>>,
}

/// One mail. It has no `Debug`, because it may carry a password.
struct Mail {
    /// Counted from 1 since the start; its address on the page.
    number: u64,
    taken: Moment,
    /// As its header says.
    from: String,
    /// Whom it was handed over for, which need not be what its headers say.
    to: Vec<String>,
    subject: String,
    text: Option<String>,
    html: Option<String>,
}

/// Whom a mail was handed over for.
#[derive(Default)]
struct Envelope {
    from: String,
    to: Vec<String>,
}

impl Inbox {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a mail and gives its number; `None` for what is none.
    fn keep(&self, envelope: Envelope, raw: &[u8]) -> Option<u64> {
        let message = MessageParser::default().parse(raw)?;
        let from = message.from().and_then(sender).unwrap_or(envelope.from);
        let subject = message.subject().unwrap_or_default().to_owned();
        let (text, html) = (text_of(&message), html_of(&message));
        let taken = self.clock.now();
        let mut kept = self.lock();
        kept.taken += 1;
        let number = kept.taken;
        let mail = Mail { number, taken, from, to: envelope.to, subject, text, html };
        kept.mails.push_back(Arc::new(mail));
        while kept.mails.len() > MAILS_MAX {
            kept.mails.pop_front();
        }
        Some(number)
    }

    /// All of them, newest first.
    fn mails(&self) -> Vec<Arc<Mail>> {
        self.lock().mails.iter().rev().map(Arc::clone).collect()
    }

    fn mail(&self, number: u64) -> Option<Arc<Mail>> {
        self.lock().mails.iter().find(|mail| mail.number == number).map(Arc::clone)
    }
}

/// `Name <address>`, or what of it there is.
fn sender(from: &Address<'_>) -> Option<String> {
    let from = from.first()?;
    match (from.name(), from.address()) {
        (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
        (name, address) => name.or(address).map(str::to_owned),
    }
}

/// The part that was written as text; the library would otherwise make one of the HTML.
fn text_of(message: &Message<'_>) -> Option<String> {
    let written = |part: &MessagePart<'_>| match &part.body {
        PartType::Text(text) => Some(text.clone().into_owned()),
        _ => None,
    };
    message.text_bodies().find_map(written)
}

/// The part that was written as HTML.
fn html_of(message: &Message<'_>) -> Option<String> {
    let written = |part: &MessagePart<'_>| match &part.body {
        PartType::Html(html) => Some(html.clone().into_owned()),
        _ => None,
    };
    message.html_bodies().find_map(written)
}

/// Mails kept; at their largest they take some 25 MB.
const MAILS_MAX: usize = 50;

#[cfg(test)]
mod tests;
