//! What a phone shows when it is needed.

use serde::Serialize;

use super::PushError;

/// Longest message in bytes, well below what every service takes.
pub const KNOCK_BYTES_MAX: usize = 3 * 1024;

/// A knock: what the phone shows, and the page that a tap opens.
///
/// SECURITY: a knock says that somebody is asked, never what the answer is.
/// - Against: a phone that lies there locked and shows to all what came in, and
///   whatever else reads notifications; a person who approves what they
///   did not begin.
/// - Therefore: no number, no token and no address that approves by being
///   opened; the caller puts in none, and there is no place for buttons.
/// - Price: people open the page and answer there.
/// - Held by: `a_knock_has_nothing_but_title_text_and_address`.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// The portal's name.
    pub title: &'a str,
    /// One sentence.
    pub body: &'a str,
    /// The page, as a whole address.
    pub navigate: &'a str,
}

/// The declarative form, which Safari shows without asking a worker; elsewhere
/// our worker reads it.
#[derive(Serialize)]
struct Declarative<'a> {
    web_push: u16,
    notification: Notification<'a>,
}

#[derive(Serialize)]
struct Notification<'a> {
    title: &'a str,
    body: &'a str,
    navigate: &'a str,
}

/// By which a declarative message is known, after RFC 8030.
const DECLARATIVE: u16 = 8030;

impl Knock<'_> {
    /// As it is sent.
    ///
    /// # Errors
    ///
    /// [`PushError::TooLarge`] beyond [`KNOCK_BYTES_MAX`].
    pub fn payload(&self) -> Result<Vec<u8>, PushError> {
        let Self { title, body, navigate } = *self;
        let notification = Notification { title, body, navigate };
        let message = Declarative { web_push: DECLARATIVE, notification };
        let payload = serde_json::to_vec(&message).map_err(|_| PushError::NotMade)?;
        match payload.len() <= KNOCK_BYTES_MAX {
            true => Ok(payload),
            false => Err(PushError::TooLarge),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::notice::push::encryption::PLAIN_BYTES_MAX;

    #[test]
    fn a_knock_has_nothing_but_title_text_and_address() {
        let knock = Knock {
            title: "Mon « portail »",
            body: "Quelqu’un se connecte. \"Vous\" ?",
            navigate: "https://id.example.be/.vestibule/phone",
        };
        let sent: Value = serde_json::from_slice(&knock.payload().unwrap()).unwrap();
        let notification =
            json!({ "title": knock.title, "body": knock.body, "navigate": knock.navigate });
        assert_eq!(sent, json!({ "web_push": 8030, "notification": notification }));
    }

    #[test]
    fn a_knock_that_is_too_long_is_not_sent() {
        const { assert!(KNOCK_BYTES_MAX <= PLAIN_BYTES_MAX) };
        let around = Knock { title: "", body: "", navigate: "" }.payload().unwrap().len();
        let body = "a".repeat(KNOCK_BYTES_MAX - around + 1);
        let knock = |body| Knock { title: "", body, navigate: "" }.payload();
        assert_eq!(knock(&body), Err(PushError::TooLarge));
        // Control: one letter less.
        assert_eq!(knock(&body[1..]).unwrap().len(), KNOCK_BYTES_MAX);
    }
}
