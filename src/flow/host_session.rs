//! Sessions on hosts other than that of the pages. Each belongs to the one that
//! signing in opened and ends with it.

use super::Ground;
use crate::crypto::Token;
use crate::domain::{Moment, SessionHash};
use crate::store::record::{GoneOnRecord, HostSessionRecord, SessionRecord};
use crate::store::{Change, Expect, Record, Revocation, StoreError, Table};

/// Sessions on hosts that one session may have, and that go on with it when it
/// gets another value. Further ones end, and are handed over anew.
pub(super) const EACH_MAX: usize = 64;

/// Where a session on a host stands in the list of the one it belongs to.
fn listed(root: SessionHash, own: SessionHash) -> (Table, Vec<u8>) {
    (Table::HostSessionOf, [root.0.as_slice(), &own.0].concat())
}

/// Adds to a change that a session counts on one more host, under this value.
pub(super) fn put(
    change: Change,
    token: &Token,
    host: &str,
    (root, session, stored): (SessionHash, &SessionRecord, &Record),
    now: Moment,
) -> Result<Change, StoreError> {
    let own = token.host_session_hash(host);
    let record =
        HostSessionRecord { root, proven_at: session.proven_at, methods: session.methods.clone() };
    let ends = stored.expires;
    Ok(change.put((Table::HostSession, own.0), Expect::Absent, record.encode()?, ends).put(
        listed(root, own),
        Expect::Absent,
        now.unix_millis().to_be_bytes().to_vec(),
        ends,
    ))
}

/// Adds to a change that puts one more, that the oldest ones end where there are
/// too many.
///
/// SECURITY: one session has a bounded number of sessions on hosts.
/// - Against: somebody signed in who is handed over again and again, also under
///   the endless names of a wildcard, until the disk is full.
/// - Therefore: the change that puts one ends the oldest beyond 64.
/// - Price: who uses more hosts than that at once is handed over anew on some.
/// - Held by: `beyond_the_bound_the_oldest_host_sessions_of_a_session_end`.
pub(super) async fn end_surplus(
    ground: &Ground,
    mut change: Change,
    root: SessionHash,
    now: Moment,
) -> Result<Change, StoreError> {
    let prefix = root.0.as_slice();
    // Twice as many, for those that were put at the same moment.
    let found = ground.store.list(Table::HostSessionOf, Some(prefix), 2 * EACH_MAX, now).await?;
    let mut standing: Vec<(u64, SessionHash)> = found
        .iter()
        .map_while(|(key, place)| {
            let own = key.strip_prefix(prefix)?.try_into().ok()?;
            // One that was put by an earlier version says no time, and is old.
            let put = place.data.as_slice().try_into().map_or(0, u64::from_be_bytes);
            Some((put, SessionHash(own)))
        })
        // One that the change ends anyway.
        .filter(|(_, own)| !change.names(Table::HostSession, &own.0))
        .collect();
    standing.sort_by_key(|(put, _)| *put);
    let surplus = (standing.len() + 1).saturating_sub(EACH_MAX);
    for (_, own) in standing.into_iter().take(surplus) {
        change = change
            .delete((Table::HostSession, own.0), Expect::Any)
            .delete(listed(root, own), Expect::Any)
            .revoke(Revocation::Session(own));
    }
    Ok(change)
}

/// What a browser has on a host already to which it is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// A session of the same sign-in, which proves as much.
    Same,
    /// A session of the same sign-in, which proves less.
    Older,
    /// Nothing of this sign-in.
    Other,
}

/// What this value is on a host beside a session that is handed over there.
pub(super) async fn before(
    ground: &Ground,
    (token, host): (&Token, &str),
    (root, session): (SessionHash, &SessionRecord),
    now: Moment,
) -> Result<Before, StoreError> {
    let own = token.host_session_hash(host);
    let Some(stored) = ground.store.read(Table::HostSession, &own.0, now).await? else {
        return Ok(Before::Other);
    };
    let record = HostSessionRecord::decode(&stored.data)?;
    let same = record.proven_at == session.proven_at && record.methods == session.methods;
    Ok(match (record.root == root, same) {
        (false, _) => Before::Other,
        (true, false) => Before::Older,
        (true, true) => Before::Same,
    })
}

/// Adds to a change that a value counts on a host no more.
pub(super) async fn end(
    ground: &Ground,
    change: Change,
    (token, host): (&Token, &str),
    now: Moment,
) -> Result<Change, StoreError> {
    let own = token.host_session_hash(host);
    let Some(stored) = ground.store.read(Table::HostSession, &own.0, now).await? else {
        return Ok(change);
    };
    let record = HostSessionRecord::decode(&stored.data)?;
    Ok(change
        .delete((Table::HostSession, own.0), Expect::Any)
        .delete(listed(record.root, own), Expect::Any)
        .revoke(Revocation::Session(own)))
}

/// Adds to a change, in which a session gets another value, that those on other
/// hosts end. A form that a page there sends in the belief that it is signed in is
/// kept for the account, as long as the session goes on or only its time is over.
///
/// SECURITY: what ends because its owner changed something costs no honest form.
/// - Against: somebody who fills in a form in one window, gets a new password in
///   another one, and loses what they filled in; and a session that an operator, a
///   lost phone or a sign-out ended, and that has forms kept for its account.
/// - Therefore: only where the owner's session goes on is it written down under what;
///   where that ends, it is worth nothing. What is kept is sent by who signs in to
///   that account, in that browser.
/// - Price: with a copy of a host's cookie somebody can have a form kept, for the
///   share of its owner, that nobody but the owner could send.
/// - Held by: `a_form_outlives_a_new_password_and_no_sign_out`.
pub(super) fn give_up(
    change: Change,
    (old, new): (SessionHash, SessionHash),
    ends: Option<Moment>,
) -> Result<Change, StoreError> {
    let record = GoneOnRecord::new(new).encode()?;
    Ok(change.put((Table::HostSessionOf, old.0), Expect::Any, record, ends))
}

/// Adds to a change, in which a session gets another value, that those on other
/// hosts belong to the new one.
///
/// SECURITY: a session on a host proves what was proven when it was handed over.
/// - Against: a copy of its cookie, taken before, that would rise with a proof
///   that its owner gives on another host.
/// - Therefore: it keeps the time and kind of its own proof; a rule that asks
///   for a fresh one has it handed over anew, under another value.
/// - Price: one round more of redirects on each host with such a rule.
/// - Held by: `fresh_proof_on_one_host_does_not_raise_the_value_of_another`.
pub(super) async fn follow(
    ground: &Ground,
    mut change: Change,
    (old, new): (SessionHash, SessionHash),
    now: Moment,
) -> Result<Change, StoreError> {
    let prefix = old.0.as_slice();
    let found = ground.store.list(Table::HostSessionOf, Some(prefix), EACH_MAX, now).await?;
    for (key, place) in found {
        let Some(own) = key.strip_prefix(prefix).and_then(|own| own.try_into().ok()) else { break };
        let own = SessionHash(own);
        change = change.delete((Table::HostSessionOf, key), Expect::Any);
        let Some(stored) = ground.store.read(Table::HostSession, &own.0, now).await? else {
            continue;
        };
        let record = HostSessionRecord { root: new, ..HostSessionRecord::decode(&stored.data)? };
        let data = record.encode()?;
        change = change
            .put((Table::HostSession, own.0), Expect::Version(stored.version), data, stored.expires)
            .put(listed(new, own), Expect::Absent, place.data, place.expires);
    }
    Ok(change)
}
