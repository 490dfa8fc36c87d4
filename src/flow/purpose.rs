//! What a half-done step is for where it is no sign-in: somebody with a session
//! proves once more that it is them, or sets up a further factor. The steps use
//! the screens of a sign-in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::SignInError;
use crate::domain::{AccountId, SessionHash};
use crate::store::record::PurposeShape;

/// What somebody with a session is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Proving once more that it is them.
    Confirm,
    /// Setting up a further factor.
    Add,
}

impl What {
    const ALL: [Self; 2] = [Self::Confirm, Self::Add];

    const fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Add => "add",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.word() == word)
    }
}

/// What a half-done step of somebody with a session is for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    pub what: What,
    pub account: AccountId,
    pub epoch: u64,
    pub session: SessionHash,
    /// Whether it ends on the account page.
    pub to_account: bool,
}

impl Purpose {
    /// As it is kept.
    pub fn shape(&self) -> PurposeShape {
        PurposeShape {
            what: self.what.word().to_owned(),
            account: self.account.to_string(),
            epoch: self.epoch,
            session: BASE64.encode(self.session.0),
            to_account: self.to_account,
        }
    }

    /// Reads back what [`Purpose::shape`] wrote. One that cannot be read is an
    /// error, never a sign-in.
    pub fn from_shape(shape: &PurposeShape) -> Result<Self, SignInError> {
        let broken =
            || SignInError::Fault("the purpose of a half-done step is malformed".to_owned());
        let session = BASE64.decode(&shape.session).ok().and_then(|bytes| bytes.try_into().ok());
        Ok(Self {
            what: What::from_word(&shape.what).ok_or_else(broken)?,
            account: AccountId::parse(&shape.account).ok_or_else(broken)?,
            epoch: shape.epoch,
            session: SessionHash(session.ok_or_else(broken)?),
            to_account: shape.to_account,
        })
    }
}
