//! Room for forms that are being read: it bounds the memory that they take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Origin, Range};

/// Forms that are read at once of expired sessions, and of other sites. The latter
/// are small.
const OWN_AT_ONCE: usize = 16;
const BOUNCED_AT_ONCE: usize = 64;
/// So many of each by one client.
const EACH_AT_ONCE: usize = 4;

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
}

/// All room there is.
///
/// SECURITY: one stranger does not take the room of all.
/// - Against: somebody who has many forms read slowly, so that nobody else's is
///   kept.
/// - Therefore: forms of other sites have room of their own, and one client has four
///   places in each.
/// - Price: behind a proxy that tells no addresses clients are not told apart.
/// - Held by: `one_client_does_not_take_the_room_of_others`.
#[derive(Clone, Debug, Default)]
pub struct FormRoom(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    own: usize,
    bounced: usize,
    clients: HashMap<(Sender, Vec<u8>), usize>,
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
    client: Option<Range>,
}

impl FormRoom {
    /// Room for one form of this client, if there is some.
    pub fn enter(&self, sender: Sender, client: IpAddr) -> Option<Place> {
        let client = Origin::of(client).map(|origin| origin.address);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *taken.of(sender) >= sender.most() {
            return None;
        }
        if let Some(client) = &client {
            let count = taken.clients.entry((sender, client.as_bytes().to_vec())).or_default();
            if *count >= EACH_AT_ONCE {
                return None;
            }
            *count += 1;
        }
        *taken.of(sender) += 1;
        Some(Place { room: self.clone(), sender, client })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = taken.of(self.sender);
        *all = all.saturating_sub(1);
        let Some(client) = &self.client else { return };
        let key = (self.sender, client.as_bytes().to_vec());
        let left = taken.clients.get(&key).map_or(0, |count| count.saturating_sub(1));
        match left {
            0 => drop(taken.clients.remove(&key)),
            left => drop(taken.clients.insert(key, left)),
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
        assert!(room.0.lock().unwrap().clients.is_empty());
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
