//! Somebody's own factors: named, removed, put first, added, and the codes on
//! paper made anew.

use ring::digest::{SHA256, digest};

use super::confirm::{Asker, Own};
use super::credentials::Credentials;
use super::half_done::HalfDone;
use super::outbox::Notice;
use super::passkey::PASSKEYS_MAX;
use super::purpose::{Purpose, What};
use super::{At, Opened, Refused, SignIn, SignInError, Taken, Ticket, YesNeeds};
use crate::domain::{Factor, PHONES_MAX, Place, SecondFactor};
use crate::observe::Event;
use crate::store::record::CodeShape;
use crate::store::{Change, Expect, Table};

/// The longest name of a factor, in characters.
pub const NAME_CHARS_MAX: usize = 40;
/// Factors of one kind that an account may have.
const APPS_MAX: usize = 10;

/// How forms call an app: by a hash that tells nothing of its seed, which has far
/// more possible values than can be tried.
pub(super) fn app_id(app: &CodeShape) -> String {
    let hash = digest(&SHA256, &[b"app\0", app.seed.as_bytes()].concat());
    hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The name as it is kept, if it can be one.
fn folded(typed: &str) -> Option<String> {
    let name = typed.trim();
    let fits = name.chars().count() <= NAME_CHARS_MAX;
    let seen = !name.chars().any(|letter| letter.is_control() || is_hidden(letter));
    (fits && seen).then(|| name.to_owned())
}

/// What turns or hides what stands beside it.
fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl Credentials {
    /// Whether one more of this kind may be added.
    pub fn has_room_for(&self, factor: Factor) -> bool {
        let record = &self.record;
        match factor {
            Factor::Code => record.codes.len() < APPS_MAX,
            Factor::Approval => record.phones.len() < PHONES_MAX,
            Factor::Passkey => record.passkeys.len() < PASSKEYS_MAX,
            Factor::Recovery => false,
        }
    }

    /// Whether there are more of this kind than there may be.
    pub fn is_over(&self, factor: Factor) -> bool {
        let record = &self.record;
        match factor {
            Factor::Code => record.codes.len() > APPS_MAX,
            Factor::Approval => record.phones.len() > PHONES_MAX,
            Factor::Passkey => record.passkeys.len() > PASSKEYS_MAX,
            Factor::Recovery => false,
        }
    }

    /// The name of one, to be changed.
    fn name_of(&mut self, kind: Factor, id: &str) -> Option<&mut String> {
        let record = &mut self.record;
        match kind {
            Factor::Code => {
                record.codes.iter_mut().find(|app| app_id(app) == id).map(|app| &mut app.name)
            }
            Factor::Approval => {
                record.phones.iter_mut().find(|phone| phone.id == id).map(|phone| &mut phone.name)
            }
            Factor::Passkey => {
                record.passkeys.iter_mut().find(|key| key.id == id).map(|key| &mut key.name)
            }
            Factor::Recovery => None,
        }
    }

    /// Takes one out; says whether it was there. What cannot be asked any more is
    /// not asked first.
    fn remove(&mut self, kind: Factor, id: &str, yes: YesNeeds) -> bool {
        let before = self.count();
        match kind {
            Factor::Code => self.record.codes.retain(|app| app_id(app) != id),
            Factor::Approval => self.record.phones.retain(|phone| phone.id != id),
            Factor::Passkey => self.record.passkeys.retain(|key| key.id != id),
            Factor::Recovery => {}
        }
        if self.factors() == 0 {
            // Codes on paper stand in for a factor; there is none any more.
            self.record.recovery = None;
        }
        let preferred = self.record.preferred.as_deref().and_then(Factor::from_word);
        if !preferred.is_some_and(|factor| self.has(factor, yes)) {
            self.record.preferred = self.strong(yes).map(|factor| factor.word().to_owned());
        }
        self.count() < before
    }

    /// The first kind that is asked beside the codes on paper.
    fn strong(&self, yes: YesNeeds) -> Option<Factor> {
        self.ways(yes).into_iter().find(|way| *way != Factor::Recovery)
    }

    fn count(&self) -> usize {
        self.record.codes.len() + self.record.phones.len() + self.record.passkeys.len()
    }
}

/// The key of a phone's own record: the bytes of its id.
fn phone_key(id: &str) -> Option<Vec<u8>> {
    let byte = |at| id.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..id.len()).step_by(2).map(byte).collect()
}

impl SignIn {
    /// The asker's account, where what was shown is fresh; else what to answer.
    async fn own_fresh(&self, asker: &Asker<'_>) -> Result<Result<Own, Taken>, SignInError> {
        let now = self.ground.clock.now();
        let own = self.own(asker, now).await?;
        Ok(if own.is_fresh(now) { Ok(own) } else { Err(Taken::ConfirmFirst) })
    }

    /// Gives one of the asker's factors another name.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where the session does not stand, and
    /// [`SignInError::Outrun`] where the account was changed meanwhile.
    pub async fn rename_factor(
        &self,
        asker: &Asker<'_>,
        (kind, id): (Factor, &str),
        typed: &str,
    ) -> Result<Taken, SignInError> {
        let mut own = match self.own_fresh(asker).await? {
            Ok(own) => own,
            Err(taken) => return Ok(taken),
        };
        let Some(new) = folded(typed).filter(|name| !name.is_empty()) else {
            return Ok(Taken::Refused(Refused::Name));
        };
        let Some(name) = own.credentials.name_of(kind, id) else {
            return Ok(Taken::Refused(Refused::Gone));
        };
        *name = new;
        self.keep_factors(asker, &own, own.change(), &Event::FactorRenamed).await
    }

    /// Asks factors of this kind first from now on.
    ///
    /// # Errors
    ///
    /// As [`SignIn::rename_factor`].
    pub async fn ask_first(&self, asker: &Asker<'_>, kind: Factor) -> Result<Taken, SignInError> {
        let mut own = match self.own_fresh(asker).await? {
            Ok(own) => own,
            Err(taken) => return Ok(taken),
        };
        if kind == Factor::Recovery || !own.credentials.has(kind, self.parts.phones.yes) {
            return Ok(Taken::Refused(Refused::Gone));
        }
        own.credentials.record.preferred = Some(kind.word().to_owned());
        self.keep_factors(asker, &own, own.change(), &Event::FactorRenamed).await
    }

    /// Removes one of the asker's factors. It is worth nothing from this change
    /// on, and neither is a question that its phone was asked.
    ///
    /// SECURITY: the last factor stays where one is asked of everybody.
    /// - Against: an account that is left with a password alone, by its owner or
    ///   by somebody at an open session.
    /// - Therefore: it is refused, with the word to add another one first.
    /// - Price: a lost phone that was the only factor stays in the list until
    ///   another one is added.
    /// - Held by: `a41_the_last_factor_stays_where_one_is_asked_of_everybody`,
    ///   `the_last_factor_stays_though_it_is_not_taken_any_more`.
    ///
    /// # Errors
    ///
    /// As [`SignIn::rename_factor`].
    pub async fn remove_factor(
        &self,
        asker: &Asker<'_>,
        (kind, id): (Factor, &str),
    ) -> Result<(Taken, Option<Box<Opened>>), SignInError> {
        let mut own = match self.own_fresh(asker).await? {
            Ok(own) => own,
            Err(taken) => return Ok((taken, None)),
        };
        let yes = self.parts.phones.yes;
        let before = own.credentials.strong(yes);
        if !own.credentials.remove(kind, id, yes) {
            return Ok((Taken::Refused(Refused::Gone), None));
        }
        let demanded = self.parts.policy.second_factor == SecondFactor::Required;
        // One that is not taken any more, as it seems copied, is no way in. Yet with
        // nothing at all the next sign-in would set up a factor by password alone.
        let none_left = own.credentials.factors() == 0;
        if demanded && (none_left || before.is_some() && own.credentials.strong(yes).is_none()) {
            return Ok((Taken::Refused(Refused::LastFactor), None));
        }
        let now = self.ground.clock.now();
        let mut change = Change::new();
        if kind == Factor::Approval {
            change = change.delete((Table::Approval, *own.account.id.as_bytes()), Expect::Any);
            if let Some(key) = phone_key(id) {
                change = change.delete((Table::Phone, key), Expect::Any);
            }
        }
        let outbox = &self.parts.outbox;
        let change = outbox.queue_notice(change, own.account.id, Notice::FactorRemoved, now)?;
        let change = own.credentials.put(&self.ground, change)?;
        let opened = self.outlive(asker, own, change, now).await?;
        self.ground.audit.record(&Event::FactorRemoved, asker.around(), now);
        Ok((Taken::Done, Some(opened)))
    }

    async fn keep_factors(
        &self,
        asker: &Asker<'_>,
        own: &Own,
        change: Change,
        event: &Event,
    ) -> Result<Taken, SignInError> {
        let now = self.ground.clock.now();
        let change = own.credentials.put(&self.ground, change)?;
        self.commit(change, now).await?;
        self.ground.audit.record(event, asker.around(), now);
        Ok(Taken::Done)
    }

    /// A step in which the asker adds something.
    fn adding(
        &self,
        ticket: &Ticket,
        asker: &Asker<'_>,
        own: &Own,
    ) -> Result<HalfDone, SignInError> {
        let purpose = Purpose {
            what: What::Add,
            account: own.account.id,
            epoch: own.account.epoch,
            session: asker.session,
            to_account: true,
        };
        HalfDone::begin_for(&self.ground, ticket, &own.account, &purpose)
    }

    /// Begins to add a factor of this kind, or of one that is chosen on the next
    /// screen; gives that screen, and the ticket under which it goes on.
    ///
    /// # Errors
    ///
    /// As [`SignIn::rename_factor`].
    pub async fn begin_add(
        &self,
        ticket: &Ticket,
        asker: &Asker<'_>,
        way: Option<Factor>,
    ) -> Result<Result<(At, Ticket), Taken>, SignInError> {
        let own = match self.own_fresh(asker).await? {
            Ok(own) => own,
            Err(taken) => return Ok(Err(taken)),
        };
        if way.is_some_and(|way| !own.credentials.has_room_for(way)) {
            return Ok(Err(Taken::Refused(Refused::TooMany)));
        }
        let now = self.ground.clock.now();
        let half = self.adding(ticket, asker, &own)?;
        let ticket = self.begin_step(&half, own.change(), now).await?;
        let at = match way {
            Some(way) => self.choose(&ticket, way).await?,
            None => At::SetUp(Place::Secure),
        };
        Ok(Ok((at, ticket)))
    }

    /// Makes new codes on paper and puts them on the screen.
    ///
    /// SECURITY: a new set ends the old one when it is made.
    /// - Against: a list that somebody found, and that would be good until its
    ///   owner says to have kept the new one.
    /// - Therefore: making, not keeping, takes the place of the old set; codes
    ///   that were made and not kept are made anew at the next sign-in.
    /// - Price: who closes the page too early has no list until then.
    /// - Held by: `a40_new_spare_codes_end_the_old_ones_at_once`.
    ///
    /// # Errors
    ///
    /// As [`SignIn::rename_factor`].
    pub async fn begin_spare_codes(
        &self,
        ticket: &Ticket,
        asker: &Asker<'_>,
    ) -> Result<Result<(At, Ticket), Taken>, SignInError> {
        let mut own = match self.own_fresh(asker).await? {
            Ok(own) => own,
            Err(taken) => return Ok(Err(taken)),
        };
        if own.credentials.factors() == 0 {
            return Ok(Err(Taken::Refused(Refused::Gone)));
        }
        let now = self.ground.clock.now();
        let mut half = self.adding(ticket, asker, &own)?;
        self.make_recovery_codes(&mut half, &mut own.credentials, now)?;
        half.set_place(Place::RecoveryCodes);
        let change = own.credentials.put(&self.ground, own.change())?;
        let outbox = &self.parts.outbox;
        let change = outbox.queue_notice(change, own.account.id, Notice::RecoveryCodesMade, now)?;
        let ticket = self.begin_step(&half, change, now).await?;
        self.ground.audit.record(&Event::RecoveryCodesMade, asker.around(), now);
        Ok(Ok((At::RecoveryCodes, ticket)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_its_owner_can_see() {
        assert_eq!(folded("  Mijn gsm  ").as_deref(), Some("Mijn gsm"));
        assert_eq!(folded("Téléphone d’Élise 🦩").as_deref(), Some("Téléphone d’Élise 🦩"));
        for bad in ["a\u{0}b", "a\nb", "a\u{202e}b", "a\u{200b}b", &"x".repeat(NAME_CHARS_MAX + 1)]
        {
            assert_eq!(folded(bad), None, "{bad:?}");
        }
        // Control: the longest that is taken.
        assert!(folded(&"é".repeat(NAME_CHARS_MAX)).is_some());
    }

    #[test]
    fn a_phone_is_found_under_the_bytes_of_its_id() {
        assert_eq!(phone_key("00ff10"), Some(vec![0, 255, 16]));
        assert_eq!(phone_key("zz"), None);
        assert_eq!(phone_key("0"), None);
    }
}
