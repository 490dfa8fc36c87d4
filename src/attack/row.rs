//! One row of an attack: what is sent, what must become of it, what was seen.

use super::echo::{Arrived, PLANTED, find};
use super::message::{Message, Protocol};
use super::wire::Reply;

/// The word in every forged value; it must never arrive.
pub const FORGED: &str = "forged-by-the-attack";
/// The path of a request that is smuggled inside another.
pub const SMUGGLED: &str = "/vestibule-smuggled";
/// How much of a message is shown.
const SHOWN_BYTES_MAX: usize = 160;
/// How many faults of one row are told.
pub const FAULTS_MAX: usize = 5;

/// What must become of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It reaches the app. The controls: a gateway that stops everything would
    /// pass all other rows.
    Arrives {
        /// The user name that comes with it, if a visitor is signed in.
        named: Option<Named>,
    },
    /// No byte of it reaches the app.
    Stopped,
    /// The app gets no whole request, though it may have begun.
    Unfinished,
    /// It is stopped, or arrives without these words, in any case of letters.
    /// The forged word and what the app planted count always.
    Without {
        /// The words.
        words: Vec<String>,
        /// Who must be named, if it arrives.
        named: Option<Named>,
    },
}

/// How a visitor must be named to the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The header with the user name, in lower case; none where the operator
    /// chose headers without one.
    pub header: Option<String>,
    /// The user name.
    pub user: String,
}

/// One message, and what is to be seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// What is sent.
    pub message: Message,
    /// What must become of it.
    pub expect: Expect,
    /// Whether an ordinary request follows, which must not be harmed.
    pub then_innocent: bool,
}

/// Messages of one kind.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which tests of the security bar it stands for.
    pub id: &'static str,
    /// What is sent, in words.
    pub name: String,
    /// What must become of it, in words.
    pub expected: &'static str,
    /// What the messages are spoken in.
    pub protocol: Protocol,
    /// The messages.
    pub shots: Vec<Shot>,
}

/// A message that did what it should not.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Fault {
    /// What was sent; session cookies are of an account that is gone.
    pub sent: String,
    /// What became of it.
    pub seen: String,
}

/// What became of a row.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Outcome {
    /// Which tests of the security bar it stands for.
    pub id: &'static str,
    /// The app.
    pub app: String,
    /// The host.
    pub host: String,
    /// What was sent, in words.
    pub name: String,
    /// What must become of it, in words.
    pub expected: &'static str,
    /// What was spoken.
    pub protocol: Protocol,
    /// How many messages.
    pub messages: usize,
    /// How many did what they should not.
    pub failed: usize,
    /// The first of those.
    pub faults: Vec<Fault>,
}

impl Row {
    /// Whether it tells something where no request of anybody arrives.
    pub fn holds_alone(&self) -> bool {
        self.shots.iter().all(|shot| shot.expect == Expect::Stopped && !shot.then_innocent)
    }

    /// The same over HTTP/2.
    pub fn over_http2(self) -> Self {
        let shots = self.shots.into_iter().map(Shot::over_http2).collect();
        Self { protocol: Protocol::Http2, shots, ..self }
    }
}

impl Shot {
    /// The same over HTTP/2.
    pub fn over_http2(self) -> Self {
        Self { message: self.message.over_http2(), ..self }
    }
}

impl Outcome {
    /// Whether something went wrong.
    pub fn is_red(&self) -> bool {
        self.failed > 0
    }
}

impl Expect {
    /// Judges what was seen.
    ///
    /// # Errors
    ///
    /// What was seen instead, in words.
    pub fn judge(&self, reply: &Reply, arrived: &Arrived) -> Result<(), String> {
        let status = reply.status().map_or("no answer".to_owned(), |status| status.to_string());
        if find(&reply.bytes, PLANTED.as_bytes()).is_some() {
            return Err(format!("{status}; the app spoke in the gateway's name"));
        }
        if find(&arrived.bytes, FORGED.as_bytes()).is_some() {
            return Err(format!("{status}; a forged value reached the app"));
        }
        match self {
            Self::Arrives { named } => match arrived.whole.first() {
                Some(head) if reply.status() == Some(200) => is_named(head, named.as_ref()),
                Some(_) => Err(format!("it reached the app, but the answer was {status}")),
                None => Err(format!("{status}; it did not reach the app")),
            },
            Self::Stopped if arrived.bytes.is_empty() => Ok(()),
            Self::Stopped => Err(format!("{status}; it reached the app")),
            Self::Unfinished if arrived.whole.is_empty() => Ok(()),
            Self::Unfinished => Err(format!("{status}; it reached the app as a whole request")),
            Self::Without { words, named } => {
                let lower = arrived.bytes.to_ascii_lowercase();
                let held = |word: &&String| find(&lower, word.to_ascii_lowercase().as_bytes());
                match words.iter().find(|word| held(word).is_some()) {
                    Some(word) => {
                        Err(format!("{status}; {} reached the app", shown(word.as_bytes())))
                    }
                    None => {
                        arrived.whole.iter().try_for_each(|head| is_named(head, named.as_ref()))
                    }
                }
            }
        }
    }
}

/// Whether a request that arrived names whom it must, and nobody else.
fn is_named(head: &[u8], named: Option<&Named>) -> Result<(), String> {
    let text = String::from_utf8_lossy(head);
    let values = |name: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        let found = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).collect()
    };
    let assertions = values("x-vestibule-assertion").len();
    let Some(Named { header, user }) = named else {
        return match assertions {
            0 => Ok(()),
            _ => Err("it reached the app with an assertion about nobody".to_owned()),
        };
    };
    if assertions != 1 {
        return Err(format!("it reached the app with {assertions} assertions"));
    }
    match header.as_deref().map(|header| (header, values(header))) {
        Some((header, found)) if found != [user.as_str()] => {
            Err(format!("it reached the app without {header}, or with more than one"))
        }
        _ => Ok(()),
    }
}

/// Bytes as one line of text.
pub fn shown(bytes: &[u8]) -> String {
    let escaped: String =
        bytes.iter().take(SHOWN_BYTES_MAX).flat_map(|b| b.escape_ascii()).map(char::from).collect();
    match bytes.len() > SHOWN_BYTES_MAX {
        true => format!("{escaped}…"),
        false => escaped,
    }
}
