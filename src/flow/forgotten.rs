//! A forgotten password: a mail with a button and a code, either of which
//! stands for the password, once.
//!
//! ```text
//! forgotten (name) --mail--> mail_code (typed) --+--> factor, set-up or new password
//!                      `---> mail_link (button) -'
//! ```
//!
//! What was mailed is kept by account, as hashes, and a newer mail takes the
//! place of an older one. What comes after it is decided where everything is
//! (see `domain::SignInPolicy`): a factor that the account has is asked first.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use subtle::ConstantTimeEq;

use super::failures::{CONFLICTS_MAX, Counter, count_all};
use super::half_done::HalfDone;
use super::outbox::Outbox;
use super::sign_in::plain_name;
use super::standing::Found;
use super::{Answer, At, Ground, SignIn, SignInError, Ticket, account};
use crate::crypto::{HandCode, HandCodePurpose, Token};
use crate::domain::{
    Account, AccountId, AccountState, LoginName, MailProven, Moment, Origin, Shown, Throttle,
};
use crate::observe::audit::Around;
use crate::observe::{Event, ResetStep, SignInStep};
use crate::store::record::{FromShape, ResetRecord};
use crate::store::{Change, Expect, Table};

/// How long what was mailed can be used.
pub const RESET_LIFE: Duration = Duration::from_secs(30 * 60);
/// Codes that are looked at for one mail.
const TRIES_MAX: u32 = 5;
/// Mails about one name in an hour.
const MAILS_A_NAME: u32 = 3;
/// Mails that one address can ask for in an hour.
const MAILS_AN_ADDRESS: u32 = 20;

/// A code or link that opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailCodeWrong {
    /// It cannot be one: too short, or with signs that none has.
    Shape,
    /// It is another one, or too old, or was used or replaced.
    Wrong,
}

/// What was mailed and not used yet, as it was read.
struct OpenReset {
    record: ResetRecord,
    version: u64,
}

impl SignIn {
    /// Whether mails are sent at all.
    pub fn can_mail(&self) -> bool {
        self.parts.outbox.is_on()
    }

    /// Takes the name of somebody who forgot the password, and mails the way to
    /// a new one to whoever has it.
    ///
    /// SECURITY: who asks learns nothing about a name, and cannot flood anybody.
    /// - Against: finding out which names exist; filling somebody's inbox; and a
    ///   link that is built from a forged `Host` (CVE-2025-64101).
    /// - Therefore: every name is counted, kept and answered alike, with as many
    ///   changes of the store, and nothing slow is done; so many mails a name and
    ///   an address in an hour; the mail's link is built from the configuration.
    /// - Price: a stranger can use up a name's mails of an hour; the help desk
    ///   stays.
    /// - Held by: `every_name_is_answered_alike_when_the_password_was_forgotten`,
    ///   `a_hundred_requests_for_one_name_mail_three_times_an_hour` and
    ///   `no_header_of_the_request_gets_into_the_mail`.
    ///
    /// # Errors
    ///
    /// Where the step cannot be kept.
    pub async fn forgotten(
        &self,
        ticket: &Ticket,
        typed: &str,
        around: Around<'_>,
    ) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        let name = plain_name(typed);
        let folded = LoginName::fold(&name);
        let found = account::by_folded_name(&self.ground, &folded, now).await?;
        self.ground.metrics.reset(ResetStep::Asked);
        let is_known = found.is_some();
        let may = self.may_mail(&folded, is_known, around.client, now).await?;
        let half = HalfDone::fresh(&self.ground, ticket, name)?;
        let change = half.put(&self.ground, Change::new(), now)?;
        let mut change = self.room.make(change, &ticket.key(), &self.ground, now).await?;
        let told = found
            .map(|(account, _)| account)
            .filter(|account| may && self.can_mail() && account.state == AccountState::Active);
        if let Some(account) = &told {
            change = self.queue_way(change, account, now)?;
        }
        self.ground.store.commit(change, now).await?;
        if let Some(account) = told {
            self.ground.metrics.reset(ResetStep::Mailed);
            let around = Around { account: Some(account.id), ..around };
            self.ground.audit.record(&Event::ResetAsked, around, now);
        }
        Ok(())
    }

    /// Takes the name of somebody who has a code from a mail already, without
    /// sending another mail.
    ///
    /// # Errors
    ///
    /// Where the step cannot be kept.
    pub async fn has_mail_code(&self, ticket: &Ticket, typed: &str) -> Result<(), SignInError> {
        self.name(ticket, typed).await
    }

    /// Whether a mail may be sent for this name from this address; counts it.
    async fn may_mail(
        &self,
        folded: &str,
        is_known: bool,
        from: Option<IpAddr>,
        now: Moment,
    ) -> Result<bool, SignInError> {
        let (ground, room) = (&self.ground, &*self.strangers);
        let counter = |most: u32, kind: &[u8], what: &[u8]| {
            let rule = Throttle::so_many_an_hour(most);
            Counter::new(ground, rule, [kind, what].concat()).of_requests()
        };
        let name = counter(MAILS_A_NAME, b"mails\0", folded.as_bytes());
        let mut counters = vec![if is_known { name } else { name.in_room(room) }];
        if let Some(Origin { address, .. }) = from.and_then(Origin::of) {
            let asking = counter(MAILS_AN_ADDRESS, b"asking\0", address.as_bytes());
            counters.push(asking.in_room(room));
        }
        match count_all(&counters, now).await {
            Ok(_) => Ok(true),
            Err(SignInError::Paused { .. } | SignInError::Locked) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Adds to a change the mail that leads to a new password, or the one that
    /// says that the provisional one still serves.
    fn queue_way(
        &self,
        change: Change,
        account: &Account,
        now: Moment,
    ) -> Result<Change, SignInError> {
        let outbox = &self.parts.outbox;
        if let Some(until) = account.password_until {
            return outbox.queue_reset_not_yet(change, account.id, until, now);
        }
        let no_chance = |error: crate::crypto::NoChance| SignInError::Fault(error.to_string());
        let code = HandCode::new(HandCodePurpose::Reset, &*self.ground.chance);
        let code = code.map_err(no_chance)?;
        let key = Token::new(&*self.ground.chance).map_err(no_chance)?;
        let until = now.plus(RESET_LIFE);
        let record = ResetRecord {
            code: code.hash_text(account.id),
            key: BASE64.encode(key.reset_hash()),
            tries: 0,
            epoch: account.epoch,
            until: until.unix_millis(),
        };
        let change = put_reset(&self.ground, change, account.id, (&record, Expect::Any))?;
        let key = format!("{}.{}", account.id, key.reveal());
        outbox.queue_reset(change, account.id, (&code, key), until, now)
    }

    /// Takes the code of the mail, typed in a sign-in that has the account's
    /// name: in the browser that asked for the mail or in any other.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn mail_code(
        &self,
        ticket: &Ticket,
        typed: &str,
        around: Around<'_>,
    ) -> Result<Answer<MailCodeWrong>, SignInError> {
        let outcome = self.try_mail_code(ticket, typed, around).await;
        self.count(SignInStep::MailCode, &outcome);
        outcome
    }

    /// SECURITY: five codes are looked at for one mail, and one of them counts.
    /// - Against: guessing, in parallel too; and one mail that is used twice.
    /// - Therefore: what came of a try is told only after it was written down
    ///   beside the record that was read; a right code removes the record in the
    ///   change that lets the sign-in go on. Where there is no record, as much is
    ///   written.
    /// - Price: after five wrong codes the button of the mail still works, and
    ///   the code does not.
    /// - Held by: `of_many_parallel_uses_of_one_mail_one_counts` and
    ///   `after_five_wrong_codes_the_right_one_is_worth_nothing`.
    async fn try_mail_code(
        &self,
        ticket: &Ticket,
        typed: &str,
        around: Around<'_>,
    ) -> Result<Answer<MailCodeWrong>, SignInError> {
        let Some(code) = HandCode::parse(HandCodePurpose::Reset, typed) else {
            return Ok(Answer::Wrong(MailCodeWrong::Shape));
        };
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let mut half = match self.find(ticket, now).await? {
                Found::Bare(half, At::Password) => *half,
                other => return Ok(Answer::GoOn(other.at(), None)),
            };
            let folded = LoginName::fold(&half.record.name);
            let found = account::by_folded_name(&self.ground, &folded, now).await?;
            let open = match &found {
                Some((account, _)) => open_reset(&self.ground, account, now).await?,
                None => None,
            };
            let open = open.filter(|open| open.record.tries < TRIES_MAX);
            let account = found.as_ref().map(|(account, _)| account.id);
            let outcome = match (found, open) {
                (Some((account, version)), Some(open))
                    if code.is(account.id, &open.record.code) =>
                {
                    self.use_reset(half, (account, version), &open, around, now).await
                }
                (found, open) => {
                    half.trouble("mail-code", None, now);
                    let mut change = half.put(&self.ground, Change::new(), now)?;
                    if let (Some((account, _)), Some(mut open)) = (found, open) {
                        open.record.tries += 1;
                        let at = (&open.record, Expect::Version(open.version));
                        change = put_reset(&self.ground, change, account.id, at)?;
                    }
                    self.commit(change, now).await.map(|()| {
                        let around = Around { account, ..around };
                        self.ground.audit.record(&Event::SignInFailed, around, now);
                        Answer::Wrong(MailCodeWrong::Wrong)
                    })
                }
            };
            match outcome {
                // Somebody was faster: what is left of it is read anew.
                Err(SignInError::Outrun) => {}
                other => return other,
            }
        }
        Err(SignInError::Busy)
    }

    /// Whether the link of a mail can still be used; changes nothing.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn is_mail_link(&self, key: &str) -> Result<bool, SignInError> {
        let now = self.ground.clock.now();
        Ok(self.find_link(key, now).await?.is_some())
    }

    /// Takes the key of the mail's link. `ticket` is the browser's, whatever it
    /// was at.
    ///
    /// # Errors
    ///
    /// As [`SignIn::password`].
    pub async fn mail_link(
        &self,
        ticket: &Ticket,
        key: &str,
        around: Around<'_>,
    ) -> Result<Answer<MailCodeWrong>, SignInError> {
        let outcome = self.try_mail_link(ticket, key, around).await;
        self.count(SignInStep::MailCode, &outcome);
        outcome
    }

    async fn try_mail_link(
        &self,
        ticket: &Ticket,
        key: &str,
        around: Around<'_>,
    ) -> Result<Answer<MailCodeWrong>, SignInError> {
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let Some((found, open)) = self.find_link(key, now).await? else {
                return Ok(Answer::Wrong(MailCodeWrong::Wrong));
            };
            let name = found.0.name.as_str().to_owned();
            let half = HalfDone::fresh(&self.ground, ticket, name)?;
            match self.use_reset(half, found, &open, around, now).await {
                Err(SignInError::Outrun) => {}
                other => return other,
            }
        }
        Err(SignInError::Busy)
    }

    async fn find_link(
        &self,
        key: &str,
        now: Moment,
    ) -> Result<Option<((Account, u64), OpenReset)>, SignInError> {
        let parts = key.split_once('.');
        let parts = parts.and_then(|(id, key)| Some((AccountId::parse(id)?, Token::parse(key)?)));
        let Some((id, key)) = parts else { return Ok(None) };
        let found = account::by_id(&self.ground, id, now).await?;
        let Some((account, version)) = found else { return Ok(None) };
        let open = open_reset(&self.ground, &account, now).await?;
        let hash = BASE64.encode(key.reset_hash());
        let is_it =
            |open: &OpenReset| bool::from(hash.as_bytes().ct_eq(open.record.key.as_bytes()));
        Ok(open.filter(is_it).map(|open| ((account, version), open)))
    }

    /// Lets a sign-in go on with the mail in the place of the password.
    async fn use_reset(
        &self,
        mut half: HalfDone,
        (account, version): (Account, u64),
        open: &OpenReset,
        around: Around<'_>,
        now: Moment,
    ) -> Result<Answer<MailCodeWrong>, SignInError> {
        half.keep_shown(&Shown::mail(MailProven::attest(account.id)), account.epoch);
        half.keep_stand_in(0, now);
        half.record.language = account.language.map(|language| language.code().to_owned());
        half.record.from = FromShape::new(around.device, around.client);
        let at = (Table::Reset, *account.id.as_bytes());
        let change = Change::new().delete(at, Expect::Version(open.version));
        let answer = self.rise(&half, change, (account.id, version), now).await?;
        let around = Around { account: Some(account.id), ..around };
        self.ground.metrics.reset(ResetStep::Proven);
        self.ground.audit.record(&Event::ResetProven, around, now);
        Ok(answer)
    }
}

impl Outbox {
    /// Whether a mail that waits is the one that can be used until then.
    pub(super) async fn is_last_reset(
        &self,
        account: &Account,
        until: Moment,
        now: Moment,
    ) -> Result<bool, SignInError> {
        let open = open_reset(&self.ground, account, now).await?;
        Ok(open.is_some_and(|open| open.record.until == until.unix_millis()))
    }
}

/// What was mailed to this account and can be used now.
async fn open_reset(
    ground: &Ground,
    account: &Account,
    now: Moment,
) -> Result<Option<OpenReset>, SignInError> {
    let stored = ground.store.read(Table::Reset, account.id.as_bytes(), now).await?;
    let Some(stored) = stored else { return Ok(None) };
    let clear = ground.sealer.open(&place(account.id), &stored.data)?;
    let record = ResetRecord::decode(&clear)?;
    let stands = account.state == AccountState::Active
        && record.epoch == account.epoch
        && now < Moment::from_unix_millis(record.until);
    Ok(stands.then_some(OpenReset { record, version: stored.version }))
}

fn put_reset(
    ground: &Ground,
    change: Change,
    account: AccountId,
    (record, expect): (&ResetRecord, Expect),
) -> Result<Change, SignInError> {
    let sealed = ground.sealer.seal(&place(account), &record.encode()?, &*ground.chance)?;
    let ends = Some(Moment::from_unix_millis(record.until));
    Ok(change.put((Table::Reset, *account.as_bytes()), expect, sealed, ends))
}

fn place(account: AccountId) -> Vec<u8> {
    [b"reset/".as_slice(), account.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
