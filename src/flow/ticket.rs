//! The value that binds a half-done sign-in to one browser.

use crate::crypto::Token;

/// The value that binds a half-done sign-in to one browser. It is in a cookie
/// there and nowhere else; here only its hash is kept.
#[derive(Clone, Debug)]
pub struct Ticket(Token);

impl Ticket {
    /// From the cookie's value, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        Token::parse(text).map(Self)
    }

    /// From a value that the gateway made on the way.
    pub fn from_token(token: Token) -> Self {
        Self(token)
    }

    /// For the cookie.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }

    /// What this browser's forms carry.
    pub fn form_token(&self) -> String {
        self.0.form_token()
    }

    /// Whether a form carried it.
    pub fn is_form_token(&self, typed: &str) -> bool {
        self.0.is_form_token(typed)
    }

    /// By what this browser is known again that goes on with a departure.
    pub(super) fn handover_nonce(&self) -> Token {
        self.0.handover_nonce()
    }

    pub(super) fn key(&self) -> [u8; 32] {
        self.0.ticket_key()
    }
}
