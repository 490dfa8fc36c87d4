//! Which counters look at a try at a password, and who forgets what they hold.
//!
//! | whose browser | counters |
//! |---|---|
//! | one that the account knows | of this account in this browser, alone |
//! | any other | of the typed name, of the account in all, of the address, of its network |
//!
//! A name that nobody has is counted as one that somebody has.

use super::account::{self, AccountError, Accounts};
use super::browser::{KnownBrowser, Visiting};
use super::failures::Counter;
use super::room::Room;
use super::{Ground, SignIn, SignInError};
use crate::domain::{Account, AccountId, LoginName, Moment, Origin, Pause, Range, Throttle};
use crate::observe::{Event, LockOut};
use crate::store::{Change, Expect, StoreError, Table};

/// Records of one account that are looked for at once.
const AT_ONCE: usize = 16;

impl<'a> Counter<'a> {
    /// The counter of an account in a browser that it knows.
    fn of_known_browser(ground: &'a Ground, rule: Throttle, known: &KnownBrowser) -> Self {
        let key = [known.account().as_bytes().as_slice(), known.id()].concat();
        Self::keyed(ground, rule.for_known_browser(), key)
    }

    /// The counter of all that strangers' browsers try at an account.
    pub(super) fn of_account(ground: &'a Ground, rule: Throttle, account: AccountId) -> Self {
        let key = [account.as_bytes().as_slice(), b"all"].concat();
        Self::keyed(ground, rule.for_account(), key).locking(LockOut::Account)
    }

    /// The same for a folded name that nobody has.
    fn of_nobody(ground: &'a Ground, rule: Throttle, folded: &str, room: &'a Room) -> Self {
        let what = [b"account\0", folded.as_bytes()].concat();
        Self::new(ground, rule.for_account(), what).locking(LockOut::Account).in_room(room)
    }

    /// The counter of an address or a network.
    fn of_range(ground: &'a Ground, rule: Throttle, range: &Range, room: &'a Room) -> Self {
        let what = [b"range\0", range.as_bytes()].concat();
        Self::new(ground, rule, what).locking(LockOut::Address).in_room(room)
    }
}

impl SignIn {
    /// The counters that look at a try, the one of the name or of the known
    /// browser first.
    ///
    /// SECURITY: a browser that the account knows is counted by itself, and
    /// stays open when strangers are paused.
    /// - Against: a stranger who keeps a name paused, so that its owner cannot
    ///   get in; and guesses that pass the counters by claiming to be known.
    /// - Therefore: known is only what our own seal names, made when a session
    ///   opened there; it has waits and a hundred of its own, eases nothing else,
    ///   and is a stranger again once a new password has ended the sessions.
    /// - Price: whoever copies the cookie has a hundred guesses of their own,
    ///   each time its owner signs in, until the next new password.
    /// - Held by: `a10_after_a_hundred_failures_strangers_wait_and_a_known_browser_does_not`
    ///   and `a_browser_from_before_a_new_password_is_counted_with_the_strangers`.
    pub(super) fn counters(
        &self,
        folded: &str,
        account: Option<&Account>,
        visiting: &Visiting<'_>,
    ) -> Vec<Counter<'_>> {
        let (ground, rule, room) = (&self.ground, self.parts.throttle, &*self.strangers);
        let known = account.and_then(|account| {
            let known = visiting.browser.recognise(account.id);
            known.filter(|known| known.epoch() == account.epoch)
        });
        if let Some(known) = known {
            return vec![Counter::of_known_browser(ground, rule, &known)];
        }
        let name = Counter::of_name(ground, rule, folded);
        let mut counters = match account {
            Some(account) => vec![name, Counter::of_account(ground, rule, account.id)],
            None => {
                vec![name.in_room(room), Counter::of_nobody(ground, rule, folded, room)]
            }
        };
        if let Some(origin) = visiting.around.client.and_then(Origin::of) {
            let (address, network) = (rule.for_address(), rule.for_network());
            counters.push(Counter::of_range(ground, address, &origin.address, room));
            counters.push(Counter::of_range(ground, network, &origin.network, room));
        }
        counters
    }
}

/// Adds to a change that wrong passwords of an account are forgotten: under its
/// name, of strangers in all, and of every browser that it knows. Wherever its
/// owner was there: a session opens, the password is replaced.
///
/// Those of an address and a network stay: they are not this account's alone,
/// and somebody who has one could guess at others in between.
///
/// # Errors
///
/// Where the store does not answer.
pub(super) async fn forget_account_failures(
    ground: &Ground,
    change: Change,
    account: &Account,
    now: Moment,
) -> Result<Change, StoreError> {
    let folded = LoginName::fold(account.name.as_str());
    let mut change = Counter::of_name(ground, Throttle::default(), &folded).forget(change);
    for key in keys_of(ground, account.id, now).await? {
        if !change.names(Table::Failures, &key) {
            change = change.delete((Table::Failures, key.as_slice()), Expect::Any);
        }
    }
    Ok(change)
}

/// Where failures at an account's password are kept: of strangers in all, and of
/// each browser that it knows.
async fn keys_of(
    ground: &Ground,
    account: AccountId,
    now: Moment,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let prefix = account.as_bytes();
    let (mut after, mut keys) = (prefix.to_vec(), Vec::new());
    loop {
        let page = ground.store.list(Table::Failures, Some(&after), AT_ONCE, now).await?;
        let before = keys.len();
        keys.extend(page.into_iter().map(|(key, _)| key).filter(|key| key.starts_with(prefix)));
        match keys.last().filter(|_| keys.len() > before) {
            Some(last) => after.clone_from(last),
            None => return Ok(keys),
        }
    }
}

impl Accounts {
    /// Forgets an account's failures, at its password and its second factor.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] and faults of the store.
    pub async fn unlock(&self, name: &str) -> Result<Account, AccountError> {
        let now = self.ground.clock.now();
        let found = account::by_folded_name(&self.ground, &LoginName::fold(name), now).await?;
        let unknown = || AccountError::Unknown { name: name.to_owned() };
        let (account, _) = found.ok_or_else(unknown)?;
        let change = self
            .forget_all_failures(Change::new(), &account, now)
            .await?
            .delete((Table::Approval, *account.id.as_bytes()), Expect::Any);
        self.ground.store.commit(change, now).await?;
        self.record(&Event::AccountUnlocked, account.id, now);
        Ok(account)
    }

    /// Adds to a change that an account's failures are forgotten, at its password
    /// and its second factor.
    pub(super) async fn forget_all_failures(
        &self,
        change: Change,
        account: &Account,
        now: Moment,
    ) -> Result<Change, StoreError> {
        let change = forget_account_failures(&self.ground, change, account, now).await?;
        Ok(Counter::of_factor(&self.ground, Throttle::default(), account.id).forget(change))
    }

    /// Why a right password of an account would not be looked at, if that is so
    /// anywhere: under its name, of strangers in all, or in a browser that it
    /// knows. What pauses an address is not the account's.
    pub(super) async fn pause_of(
        &self,
        account: &Account,
        now: Moment,
    ) -> Result<Option<Pause>, SignInError> {
        let (ground, rule) = (&self.ground, Throttle::default());
        let name = Counter::of_name(ground, rule, &LoginName::fold(account.name.as_str()));
        let all = Counter::of_account(ground, rule, account.id);
        let mut longest = name.pause(now).await?.max(all.pause(now).await?);
        for key in keys_of(ground, account.id, now).await? {
            if key != all.key() {
                let browser = Counter::keyed(ground, rule.for_known_browser(), key);
                longest = longest.max(browser.pause(now).await?);
            }
        }
        Ok(longest)
    }
}
