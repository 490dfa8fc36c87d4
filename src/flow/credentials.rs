//! What an account proves itself with beside its password: read and written
//! whole, sealed, so that two changes at once cannot both be made.

use super::{Ground, SignInError, YesNeeds};
use crate::domain::{Account, AccountId, Factor, Moment};
use crate::store::record::CredentialsRecord;
use crate::store::{Change, Expect, Table};

/// Hashes of earlier passwords kept; as many as an operator can ask for.
pub const PASSWORDS_MAX: usize = 24;
/// Seeds kept to explain codes of an older set-up.
const OLDER_MAX: usize = 4;

/// One account's credentials as they were read.
pub struct Credentials {
    account: AccountId,
    expect: Expect,
    pub record: CredentialsRecord,
}

fn place(account: AccountId) -> Vec<u8> {
    [b"credentials/".as_slice(), account.as_bytes()].concat()
}

impl Credentials {
    /// Of this account; empty ones where nothing was kept yet.
    pub async fn load(
        ground: &Ground,
        account: AccountId,
        now: Moment,
    ) -> Result<Self, SignInError> {
        let stored = ground.store.read(Table::Credentials, account.as_bytes(), now).await?;
        let Some(stored) = stored else {
            let record = CredentialsRecord::default();
            return Ok(Self { account, expect: Expect::Absent, record });
        };
        let clear = ground.sealer.open(&place(account), &stored.data)?;
        let record = CredentialsRecord::decode(&clear)?;
        Ok(Self { account, expect: Expect::Version(stored.version), record })
    }

    /// Whose they are.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// How many second factors there are. Codes on paper do not count.
    ///
    /// SECURITY: a passkey that is not taken any more still is a factor, and so
    /// is a phone that lacks the passkey its yes needs.
    /// - Against: who knows the password and holds a copy of the only passkey
    ///   makes it seem copied, and is then asked to set up a factor of their
    ///   own, since the account has none; the same on the day on which the
    ///   operator begins to ask for passkeys on phones.
    /// - Therefore: it counts here and is not asked for.
    /// - Price: its owner needs a code on paper or the help desk.
    /// - Held by: `a_passkey_that_seems_to_be_copied_is_not_taken_any_more_and_the_codes_on_paper_are`,
    ///   `a_phone_without_a_passkey_is_a_factor_that_is_not_asked`.
    pub fn factors(&self) -> usize {
        self.record.codes.len() + self.record.phones.len() + self.record.passkeys.len()
    }

    /// Whether there is a way in by this kind; a phone's yes needs this.
    pub fn has(&self, factor: Factor, yes: YesNeeds) -> bool {
        match factor {
            Factor::Approval => self.record.phones.iter().any(|phone| yes.met_by(phone)),
            Factor::Code => !self.record.codes.is_empty(),
            Factor::Passkey => self.record.passkeys.iter().any(|passkey| !passkey.cloned),
            Factor::Recovery => self.recovery_codes_left() > 0,
        }
    }

    /// The kinds that can be asked, the one to be asked first in front.
    pub fn ways(&self, yes: YesNeeds) -> Vec<Factor> {
        let preferred = self.record.preferred.as_deref().and_then(Factor::from_word);
        let others = Factor::ALL.into_iter().filter(|factor| Some(*factor) != preferred);
        preferred.into_iter().chain(others).filter(|factor| self.has(*factor, yes)).collect()
    }

    /// How many codes on paper were not used.
    pub fn recovery_codes_left(&self) -> usize {
        self.record.recovery.as_ref().map_or(0, |recovery| recovery.hashes.len())
    }

    /// How many of them are on a list that its owner said to have.
    pub fn kept_codes_left(&self) -> usize {
        if self.has_unkept_codes() { 0 } else { self.recovery_codes_left() }
    }

    /// Whether a list of them was made of which nobody said to have it.
    pub fn has_unkept_codes(&self) -> bool {
        self.record.recovery.as_ref().is_some_and(|recovery| !recovery.kept)
    }

    /// Asks this kind first from now on, if nothing else is asked first already.
    pub fn prefer_if_first(&mut self, factor: Factor) {
        self.record.preferred.get_or_insert_with(|| factor.word().to_owned());
    }

    /// Whether the password must be replaced before anything opens.
    pub fn password_must_go(&self, account: &Account) -> bool {
        account.password_until.is_some() || self.record.password_known
    }

    /// Spares no browser the factor for what was shown there until now.
    pub fn end_trust(&mut self, now: Moment) {
        self.record.untrusted_to = Some(now.unix_millis());
    }

    /// Whether a factor that was shown then may spare a browser another one. None
    /// may while the codes on paper are to be made anew: those are shown to
    /// nobody who has shown a password alone.
    pub fn trusts_what_was_shown(&self, at: Moment) -> bool {
        let trusted = self.record.untrusted_to.is_none_or(|to| at.unix_millis() > to);
        trusted && !self.has_unkept_codes()
    }

    /// Remembers a seed that is shown and not proven, to explain its codes later.
    pub fn remember_shown(&mut self, seed: String) {
        self.record.older.push(seed);
        let over = self.record.older.len().saturating_sub(OLDER_MAX);
        self.record.older.drain(..over);
    }

    /// Remembers a password that was replaced, so that it does not come back. The
    /// one in its place is known to nobody else.
    pub fn remember_password(&mut self, hash: Option<String>) {
        self.record.password_known = false;
        self.record.passwords.extend(hash);
        let over = self.record.passwords.len().saturating_sub(PASSWORDS_MAX);
        self.record.passwords.drain(..over);
    }

    /// The last passwords that were replaced, `most` at most.
    pub fn last_passwords(&self, most: usize) -> &[String] {
        let passwords = &self.record.passwords;
        passwords.get(passwords.len().saturating_sub(most)..).unwrap_or_default()
    }

    /// Adds to a change that nobody has changed it meanwhile.
    pub fn check(&self, change: Change) -> Change {
        change.check((Table::Credentials, *self.account.as_bytes()), self.expect)
    }

    /// Adds the writing of it to a change, which fails if somebody else was
    /// faster.
    pub fn put(&self, ground: &Ground, change: Change) -> Result<Change, SignInError> {
        let clear = self.record.encode()?;
        let sealed = ground.sealer.seal(&place(self.account), &clear, &*ground.chance)?;
        let at = (Table::Credentials, *self.account.as_bytes());
        Ok(change.put(at, self.expect, sealed, None))
    }
}
