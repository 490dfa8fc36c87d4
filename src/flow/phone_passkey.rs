//! The passkey behind a phone's yes, where the operator asks for one: made when
//! the phone is joined, used with every yes. "Not me" needs none.

use super::credentials::Credentials;
use super::outbox::Notice;
use super::phone::{Phone, PhoneError, YesNeeds};
use super::{SignIn, SignInError};
use crate::crypto::approval::Said;
use crate::crypto::passkey::{PasskeyError, StoredPasskey};
use crate::domain::Moment;
use crate::observe::Event;
use crate::observe::audit::Around;
use crate::store::Change;
use crate::store::record::PhonePasskeyShape;

/// What stands behind a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// What the operator asks for.
    Enough,
    /// A passkey of which there seem to be two.
    Copied,
}

fn fault(error: &dyn std::fmt::Display) -> PhoneError {
    SignInError::Fault(error.to_string()).into()
}

fn shape(passkey: &StoredPasskey) -> Result<PhonePasskeyShape, PhoneError> {
    let key = serde_json::to_value(passkey).map_err(|error| fault(&error))?;
    Ok(PhonePasskeyShape { key, cloned: false })
}

impl SignIn {
    /// What a phone's browser is asked when the phone is joined, as JSON; `None`
    /// where no passkey is asked for.
    pub fn phone_passkey_options(&self) -> Option<String> {
        match (self.parts.phones.yes, &self.parts.passkeys) {
            (YesNeeds::Passkey, Some(passkeys)) => Some(passkeys.options_on_phone()),
            _ => None,
        }
    }

    /// The passkey that a phone made to be joined; none where none is asked for.
    pub(super) fn made_on_phone(
        &self,
        said: &Said<'_>,
        answer: Option<&str>,
    ) -> Result<Option<PhonePasskeyShape>, PhoneError> {
        if self.parts.phones.yes == YesNeeds::Signature {
            return Ok(None);
        }
        let passkeys = self.parts.passkeys.as_ref().ok_or(PhoneError::NotConfirmed)?;
        let made = passkeys.made_on_phone(said, answer.ok_or(PhoneError::NotConfirmed)?);
        let made = made.map_err(|error| {
            tracing::info!(%error, "a phone's passkey was not taken");
            PhoneError::NotConfirmed
        })?;
        shape(&made).map(Some)
    }

    /// Whether a phone has what its yes needs.
    pub(super) fn may_say_yes(&self, phone: &Phone) -> bool {
        self.parts.phones.yes == YesNeeds::Signature
            || phone.record.passkey.as_ref().is_some_and(|passkey| !passkey.cloned)
    }

    /// Checks what came with a yes, and puts it down in the phone's record, which
    /// the caller writes.
    pub(super) fn behind_yes(
        &self,
        phone: &mut Phone,
        said: &Said<'_>,
        answer: Option<&str>,
    ) -> Result<Behind, PhoneError> {
        if self.parts.phones.yes == YesNeeds::Signature {
            return Ok(Behind::Enough);
        }
        let key = phone.key()?;
        let kept = phone.record.passkey.as_mut().filter(|passkey| !passkey.cloned);
        let kept = kept.ok_or(PhoneError::ConnectAgain)?;
        let passkeys = self.parts.passkeys.as_ref().ok_or(PhoneError::NotConfirmed)?;
        let stored = serde_json::from_value(kept.key.clone()).map_err(|error| fault(&error))?;
        let answer = answer.ok_or(PhoneError::NotConfirmed)?;
        match passkeys.used_on_phone(&stored, (&key, said), answer) {
            Ok(updated) => {
                *kept = shape(&updated)?;
                Ok(Behind::Enough)
            }
            Err(PasskeyError::Cloned { .. }) => {
                kept.cloned = true;
                Ok(Behind::Copied)
            }
            Err(error) => {
                tracing::info!(%error, "a phone's passkey was not taken");
                Err(PhoneError::NotConfirmed)
            }
        }
    }

    /// Writes down that a phone's passkey seems to be copied: the phone is not
    /// asked any more, and its owner is told.
    pub(super) async fn distrust_phone(
        &self,
        phone: &Phone,
        around: Around<'_>,
        now: Moment,
    ) -> Result<(), SignInError> {
        let around = Around { account: Some(phone.account), ..around };
        let mut change = phone.put(&self.ground, Change::new())?;
        let mut credentials = Credentials::load(&self.ground, phone.account, now).await?;
        let id = phone.id.to_string();
        let known = credentials.record.phones.iter_mut().find(|known| known.id == id);
        if let Some(known) = known {
            known.passkey = false;
            change = credentials.put(&self.ground, change)?;
        }
        let outbox = &self.parts.outbox;
        let change = outbox.queue_notice(change, phone.account, Notice::PasskeyCloned, now)?;
        self.commit(change, now).await?;
        self.ground.audit.record(&Event::PasskeyCloned, around, now);
        self.ground.audit.record(&Event::FactorFailed, around, now);
        Ok(())
    }
}
