//! Room for forms that other sites sent: whoever sends them is a stranger.

use std::net::IpAddr;
use std::time::Duration;

use super::{KeptPostError, KeptPosts, piece_key, removal};
use crate::domain::{Moment, Origin};
use crate::store::record::KeptHeadRecord;
use crate::store::{Change, Record, Table};

/// How long such a form is kept.
pub(super) const LIFE: Duration = Duration::from_secs(60);
/// So many of one client, and in all.
pub(super) const EACH_MAX: usize = 8;
pub(super) const ALL_MAX: usize = 256;

/// What the places of all of them begin with. No hash does.
const FIRST: [u8; 16] = [0; 16];
/// After the last of them.
pub(super) const LAST: [u8; 17] = {
    let mut last = [0; 17];
    last[16] = 0xff;
    last
};
/// Of a client's range, what tells its network: the kind, and three bytes of an
/// IPv4 address or six of an IPv6 one.
const NETWORK_BYTES: [(u8, usize); 2] = [(4, 1 + 3), (6, 1 + 6)];

/// Under what the forms of a client are counted. Behind a proxy that tells no
/// addresses all are one, and are not counted by themselves.
pub(super) fn owner(client: IpAddr) -> [u8; 32] {
    let mut owner = [0; 32];
    if let Some(origin) = Origin::of(client) {
        let range = origin.address.as_bytes();
        for (to, byte) in owner.iter_mut().skip(FIRST.len()).zip(range) {
            *to = *byte;
        }
    }
    owner
}

fn is_counted(owner: &[u8]) -> bool {
    owner.iter().any(|byte| *byte != 0)
}

/// The part of a place that tells the client's network.
fn network(place: &[u8]) -> &[u8] {
    let range = place.get(FIRST.len()..).unwrap_or_default();
    let kind = range.first().copied().unwrap_or_default();
    let length = NETWORK_BYTES.iter().find(|(of, _)| *of == kind).map_or(1, |(_, length)| *length);
    range.get(..length).unwrap_or_default()
}

impl KeptPosts {
    /// A change that makes room for one more.
    ///
    /// SECURITY: strangers cannot keep others from coming back from a bank.
    /// - Against: somebody who sends forms to a path that takes those of other sites
    ///   until none is kept any more.
    /// - Therefore: a client beyond its share loses its own oldest one; where there
    ///   are too many in all, the network with most of them does. Nobody is refused,
    ///   and forms of expired sessions are counted apart.
    /// - Price: of many who come back at once from one network, somebody may have to
    ///   begin again.
    /// - Held by: `a_stranger_with_many_forms_puts_out_their_own_alone`.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub(super) async fn make_room(
        &self,
        owner: &[u8; 32],
        now: Moment,
    ) -> Result<Change, KeptPostError> {
        let most = 2 * ALL_MAX;
        let found = self.ground.store.list(Table::KeptPostOf, Some(&FIRST), most, now).await?;
        let mut kept: Vec<(Vec<u8>, Record)> =
            found.into_iter().take_while(|(place, _)| place.starts_with(&FIRST)).collect();
        kept.sort_by_key(|(_, record)| record.expires);
        let mut change = Change::new();
        let own = |(place, _): &(Vec<u8>, Record)| place.starts_with(owner);
        while is_counted(owner) && kept.iter().filter(|one| own(one)).count() >= EACH_MAX {
            let Some(oldest) = kept.iter().position(own) else { break };
            change = self.evict(change, kept.remove(oldest).0, now).await?;
        }
        while kept.len() >= ALL_MAX {
            let of = |one: &[u8]| {
                kept.iter().filter(|(place, _)| network(place) == network(one)).count()
            };
            // The first of several is the oldest.
            let crowded = kept.iter().map(|(place, _)| of(place)).enumerate();
            let Some((oldest, _)) = crowded.rev().max_by_key(|(_, count)| *count) else { break };
            change = self.evict(change, kept.remove(oldest).0, now).await?;
        }
        Ok(change)
    }

    async fn evict(
        &self,
        change: Change,
        place: Vec<u8>,
        now: Moment,
    ) -> Result<Change, KeptPostError> {
        let Some(key) = place.last_chunk::<32>().copied() else { return Ok(change) };
        match self.ground.store.read(Table::KeptPost, &piece_key(&key, 0), now).await? {
            Some(head) => {
                let pieces = KeptHeadRecord::decode(&head.data)?.pieces;
                Ok(removal(change, (&key, &head, pieces), place))
            }
            // It was taken meanwhile.
            None => Ok(change),
        }
    }
}
