//! Why a mail did not go out, in words for the operator.

use lettre::transport::smtp::Error;

use super::paragraph::one_line;

/// Longest explanation in characters: a mail server may answer with pages.
const CHARACTERS_MAX: usize = 300;
/// Answers about who sends, not about this mail: authentication is required,
/// too weak or was refused, or wants encryption first.
const ABOUT_AUTHENTICATION: [u16; 4] = [530, 534, 535, 538];

/// Why a mail did not go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SendError {
    /// The server will not take this mail, however often it is sent.
    pub permanent: bool,
    /// Whether it is about this mail alone; the next one may go through.
    pub this_mail: bool,
    /// One line for the operator, without any part of the mail.
    pub text: String,
}

/// How far the delivery had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Connecting and agreeing on encryption.
    Connect,
    /// Giving user and password.
    Authenticate,
    /// Naming the sender.
    Sender,
    /// Naming the recipient.
    Recipient,
    /// Handing over the mail.
    Content,
}

impl Stage {
    fn what_failed(self) -> &'static str {
        match self {
            Self::Connect => "no connection to the mail server, check its host, port and tls",
            Self::Authenticate => "the mail server did not accept the user and password",
            Self::Sender => "the mail server did not accept the sender's address",
            Self::Recipient => "the mail server did not accept the recipient",
            Self::Content => "the mail server did not accept the mail",
        }
    }

    /// Whether a refusal here is about this mail. One of the sender is about
    /// every mail, and goes away when the operator puts the setting right.
    fn is_about_this_mail(self) -> bool {
        match self {
            Self::Connect | Self::Authenticate | Self::Sender => false,
            Self::Recipient | Self::Content => true,
        }
    }
}

impl SendError {
    /// Trouble that may pass.
    pub(super) fn passing(text: &str) -> Self {
        Self { permanent: false, this_mail: false, text: short(text) }
    }

    /// A fault of this mail that stays.
    pub(super) fn lasting(text: &str) -> Self {
        Self { permanent: true, this_mail: true, text: short(text) }
    }

    /// What the server or the way to it answered.
    pub(super) fn at(stage: Stage, error: &Error) -> Self {
        let text = format!("{}: {error}", stage.what_failed());
        let code = error.status().map_or(0, u16::from);
        let refused = error.is_permanent() && !ABOUT_AUTHENTICATION.contains(&code);
        // With 421 the server ends the connection, whatever the mail.
        let this_mail = !matches!(code, 0 | 421) && stage.is_about_this_mail();
        Self { permanent: refused && this_mail, this_mail, text: short(&text) }
    }
}

fn short(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(CHARACTERS_MAX) {
        None => line,
        Some(_) => line.chars().take(CHARACTERS_MAX - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_one_short_line() {
        let error = SendError::passing(&format!("no\r\nconnection\u{1b}[31m {}", "é".repeat(500)));
        assert!(!error.text.contains(char::is_control), "{:?}", error.text);
        assert_eq!(error.text.chars().count(), CHARACTERS_MAX);
        assert!(error.text.ends_with('…'));
        // Control: what is short stays as it is.
        assert_eq!(SendError::lasting("no such address").to_string(), "no such address");
    }
}
