//! What somebody with a session sees of their own account, and its language.

use std::net::IpAddr;
use std::time::Duration;

use super::confirm::{Asker, Own};
use super::own_factors::app_id;
use super::session_list::id_of;
use super::{SignIn, SignInError, YesNeeds};
use crate::crypto::one_time_code::Step;
use crate::domain::{Device, Factor, Language, Moment, SecondFactor};
use crate::observe::Event;
use crate::store::record::AccountRecord;
use crate::store::{Change, Expect, Table};

/// Sessions shown at most.
const SESSIONS_MAX: usize = 100;

/// What came of something that was asked for one's own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was done, or there was nothing left to do.
    Done,
    /// Nothing was done: it must be shown first who is asking.
    ConfirmFirst,
    /// Nothing was done.
    Refused(Refused),
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is the only factor, and one is asked of everybody.
    LastFactor,
    /// There are as many of this kind as there may be.
    TooMany,
    /// The name is missing, too long, or has signs that cannot be seen.
    Name,
    /// It is not there (any more).
    Gone,
}

/// Somebody's own account.
#[derive(Debug)]
pub struct OwnAccount {
    /// User name.
    pub name: String,
    /// The language of the person's mails, if they chose one.
    pub language: Option<Language>,
    /// The factors, by kind.
    pub factors: Vec<OwnFactor>,
    /// Whether the last factor can be removed too.
    pub may_do_without: bool,
    /// The kinds that can be added.
    pub offers: Vec<Factor>,
    /// Codes on paper that were not used, of a list that its owner said to have;
    /// `None` where the account has no factor.
    pub spare_codes: Option<usize>,
    /// The sessions, the newest first.
    pub sessions: Vec<OwnSession>,
}

/// One factor.
#[derive(Debug)]
pub struct OwnFactor {
    /// Which kind.
    pub kind: Factor,
    /// How forms call it.
    pub id: String,
    /// What its owner calls it; may be empty.
    pub name: String,
    /// When it was added.
    pub added: Moment,
    /// When it was used last.
    pub last: Moment,
    /// Whether this kind is asked first.
    pub first: bool,
    /// Whether it is not taken any more: it seemed to be copied, or it is a
    /// phone that lacks what its yes needs.
    pub stopped: bool,
}

/// One session.
#[derive(Debug)]
pub struct OwnSession {
    /// How forms call it.
    pub id: String,
    /// With which device it was opened.
    pub device: Device,
    /// From which address.
    pub address: Option<IpAddr>,
    /// When it was used last, to the minute.
    pub last: Moment,
    /// How long ago that is.
    pub ago: Duration,
    /// Whether it is the asker's.
    pub is_this: bool,
}

fn factors_of(own: &Own, yes: YesNeeds) -> Vec<OwnFactor> {
    let record = &own.credentials.record;
    let first = own.credentials.ways(yes).first().copied();
    let new = |kind, id: String, name: &str, (added, last), stopped| {
        let (added, last) = (Moment::from_unix_millis(added), Moment::from_unix_millis(last));
        let (name, first) = (name.to_owned(), first == Some(kind));
        OwnFactor { kind, id, name, added, last, first, stopped }
    };
    let phones = record.phones.iter().map(|phone| {
        let used = (phone.added, phone.last);
        new(Factor::Approval, phone.id.clone(), &phone.name, used, !yes.met_by(phone))
    });
    let apps = record.codes.iter().map(|app| {
        let last = Step(app.last).begins().unix_millis();
        new(Factor::Code, app_id(app), &app.name, (app.added, last), false)
    });
    let passkeys = record.passkeys.iter().map(|key| {
        new(Factor::Passkey, key.id.clone(), &key.name, (key.added, key.last), key.cloned)
    });
    phones.chain(apps).chain(passkeys).collect()
}

impl SignIn {
    /// The asker's account, as the account page shows it.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where the session does not stand.
    pub async fn own_account(&self, asker: &Asker<'_>) -> Result<OwnAccount, SignInError> {
        let now = self.ground.clock.now();
        let own = self.own(asker, now).await?;
        let offers = self.parts.offers.iter().copied();
        let sessions = self.parts.sessions.of_account(&own.account, now).await?;
        let shown = |(hash, record): &(_, crate::store::record::SessionRecord)| OwnSession {
            id: id_of(*hash),
            device: record.device,
            address: record.address,
            last: record.last_seen,
            ago: now.since(record.last_seen),
            is_this: *hash == asker.session,
        };
        // One's own is always among them.
        let (mine, others): (Vec<_>, Vec<_>) =
            sessions.iter().map(shown).partition(|session| session.is_this);
        let credentials = &own.credentials;
        Ok(OwnAccount {
            name: own.account.name.as_str().to_owned(),
            language: own.account.language,
            factors: factors_of(&own, self.parts.phones.yes),
            may_do_without: self.parts.policy.second_factor == SecondFactor::Optional,
            offers: offers.filter(|factor| credentials.has_room_for(*factor)).collect(),
            spare_codes: (credentials.factors() > 0).then(|| credentials.kept_codes_left()),
            sessions: mine.into_iter().chain(others).take(SESSIONS_MAX).collect(),
        })
    }

    /// Whether the asker can change something without being asked again.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoTicket`] where the session does not stand.
    pub async fn is_fresh(&self, asker: &Asker<'_>) -> Result<bool, SignInError> {
        let now = self.ground.clock.now();
        Ok(self.own(asker, now).await?.is_fresh(now))
    }

    /// Sets the language of the asker's mails and pages.
    ///
    /// # Errors
    ///
    /// As [`SignIn::own_account`], and [`SignInError::Outrun`] where the account
    /// was changed meanwhile.
    pub async fn set_own_language(
        &self,
        asker: &Asker<'_>,
        language: Language,
    ) -> Result<Taken, SignInError> {
        let now = self.ground.clock.now();
        let mut own = self.own(asker, now).await?;
        if !own.is_fresh(now) {
            return Ok(Taken::ConfirmFirst);
        }
        if own.account.language.replace(language) != Some(language) {
            let place = (Table::Account, *own.account.id.as_bytes());
            let data = AccountRecord::encode(&own.account)?;
            let change = Change::new().put(place, Expect::Version(own.version), data, None);
            self.commit(change, now).await?;
            self.ground.audit.record(&Event::AccountChanged, asker.around(), now);
        }
        Ok(Taken::Done)
    }
}

#[cfg(test)]
mod tests;
