//! Room for forms that are being read: it bounds the memory that they take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Origin, Range};

/// Forms that are read at once of expired sessions, and of other sites. The latter
/// are small.
const OWN_AT_ONCE: usize = 16;
const BOUNCED_AT_ONCE: usize = 64;
/// So many of each by one client, and by the clients of one network together.
const EACH_AT_ONCE: usize = 4;
const OWN_OF_NETWORK: usize = 8;
const BOUNCED_OF_NETWORK: usize = 16;

/// Where a form came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A page of the host that it was sent to, with an expired session.
    Own,
    /// Another site: whoever sends it is a stranger.
    Bounced,
}

impl Sender {
    const fn most(self) -> usize {
        match self {
            Self::Own => OWN_AT_ONCE,
            Self::Bounced => BOUNCED_AT_ONCE,
        }
    }

    const fn most_of_network(self) -> usize {
        match self {
            Self::Own => OWN_OF_NETWORK,
            Self::Bounced => BOUNCED_OF_NETWORK,
        }
    }
}

/// All room there is.
///
/// SECURITY: one stranger does not take the room of all.
/// - Against: somebody who has many forms read slowly, so that nobody else's is
///   kept.
/// - Therefore: forms of other sites have room of their own; one client has four
///   places in each, and one network (an IPv4 /24 or an IPv6 /48) a part.
/// - Price: behind a proxy that tells no addresses clients are not told apart.
/// - Held by: `one_client_does_not_take_the_room_of_others`,
///   `one_network_does_not_take_the_room_of_others`.
#[derive(Clone, Debug, Default)]
pub struct FormRoom(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    own: usize,
    bounced: usize,
    ranges: HashMap<(Sender, Vec<u8>), usize>,
}

impl Taken {
    fn of(&mut self, sender: Sender) -> &mut usize {
        match sender {
            Sender::Own => &mut self.own,
            Sender::Bounced => &mut self.bounced,
        }
    }
}

/// Room for one form, as long as it is held.
#[derive(Debug)]
pub struct Place {
    room: FormRoom,
    sender: Sender,
    /// The client and its network.
    ranges: Vec<Range>,
}

impl FormRoom {
    /// Room for one form of this client, if there is some.
    pub fn enter(&self, sender: Sender, client: IpAddr) -> Option<Place> {
        let origin = Origin::of(client);
        let ranges: Vec<Range> =
            origin.into_iter().flat_map(|origin| [origin.address, origin.network]).collect();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *taken.of(sender) >= sender.most() {
            return None;
        }
        let shares = [EACH_AT_ONCE, sender.most_of_network()];
        let has_share = |(range, most): (&Range, usize)| {
            taken.ranges.get(&key(sender, range)).is_none_or(|count| *count < most)
        };
        if !ranges.iter().zip(shares).all(has_share) {
            return None;
        }
        for range in &ranges {
            *taken.ranges.entry(key(sender, range)).or_default() += 1;
        }
        *taken.of(sender) += 1;
        Some(Place { room: self.clone(), sender, ranges })
    }
}

/// A range of one length is never one of another.
fn key(sender: Sender, range: &Range) -> (Sender, Vec<u8>) {
    (sender, range.as_bytes().to_vec())
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = taken.of(self.sender);
        *all = all.saturating_sub(1);
        for range in &self.ranges {
            let key = key(self.sender, range);
            let left = taken.ranges.get(&key).map_or(0, |count| count.saturating_sub(1));
            match left {
                0 => drop(taken.ranges.remove(&key)),
                left => drop(taken.ranges.insert(key, left)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(room: &FormRoom, sender: Sender, client: &str) -> Option<Place> {
        room.enter(sender, client.parse().unwrap())
    }

    #[test]
    fn one_client_does_not_take_the_room_of_others() {
        let room = FormRoom::default();
        // Addresses of one /64 are one client.
        let from = |number: usize| format!("2001:db8:1:1::{number:x}");
        let own = |number| enter(&room, Sender::Bounced, &from(number));
        let held: Vec<_> = (0..2 * EACH_AT_ONCE).filter_map(own).collect();
        assert_eq!(held.len(), EACH_AT_ONCE);
        // Control: others have room, and so has the client again when a form is read.
        assert!(enter(&room, Sender::Bounced, "2001:db8:1:2::1").is_some());
        assert!(enter(&room, Sender::Own, "2001:db8:1:1::1").is_some());
        drop(held);
        assert!(enter(&room, Sender::Bounced, "2001:db8:1:1::1").is_some());
        assert!(room.0.lock().unwrap().ranges.is_empty());
    }

    #[test]
    fn one_network_does_not_take_the_room_of_others() {
        for sender in [Sender::Own, Sender::Bounced] {
            let room = FormRoom::default();
            // Of an IPv6 /48 each client has a /64; of an IPv4 /24, an address.
            let from = |number: usize| format!("2001:db8:1:{number:x}::1");
            let held: Vec<_> = (0..2 * sender.most())
                .filter_map(|number| enter(&room, sender, &from(number)))
                .collect();
            assert_eq!(held.len(), sender.most_of_network());
            let behind = |number: usize| format!("203.0.113.{number}");
            let others: Vec<_> = (1..=2 * sender.most())
                .filter_map(|number| enter(&room, sender, &behind(number)))
                .collect();
            assert_eq!(others.len(), sender.most_of_network());
            drop(others);
            // Control: who comes from elsewhere has room, and so has the network again.
            assert!(enter(&room, sender, "2001:db8:2::1").is_some());
            drop(held);
            assert!(enter(&room, sender, &from(0)).is_some());
            assert!(room.0.lock().unwrap().ranges.is_empty());
        }
    }

    #[test]
    fn there_is_room_for_so_many_of_each_kind() {
        let room = FormRoom::default();
        let behind_a_proxy = |sender| enter(&room, sender, "10.0.0.1");
        let held: Vec<_> = std::iter::from_fn(|| behind_a_proxy(Sender::Bounced)).collect();
        assert_eq!(held.len(), BOUNCED_AT_ONCE);
        // Control: forms of expired sessions have room of their own.
        let own: Vec<_> = std::iter::from_fn(|| behind_a_proxy(Sender::Own)).collect();
        assert_eq!(own.len(), OWN_AT_ONCE);
        drop(held);
        assert!(behind_a_proxy(Sender::Bounced).is_some());
    }
}
