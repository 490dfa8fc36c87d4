//! How many of something there may be at once, for each client and over all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many connections, or exchanges with apps, there may be at once, over all
/// workers.
#[derive(Debug)]
pub struct Slots {
    used: AtomicUsize,
    most: usize,
    by_client: Mutex<HashMap<IpAddr, usize>>,
    most_by_client: usize,
}

/// One of all places, given up when this is dropped.
#[derive(Debug)]
pub struct Slot(Arc<Slots>);

/// One of the places of one client, given up when this is dropped.
#[derive(Debug)]
pub struct ClientSlot {
    slots: Arc<Slots>,
    client: IpAddr,
}

impl Slots {
    /// So many over all, and so many for each client.
    pub fn new(most: usize, most_by_client: usize) -> Self {
        let (used, by_client) = (AtomicUsize::new(0), Mutex::default());
        Self { used, most, by_client, most_by_client }
    }

    /// One of all places, if there is one left.
    pub fn take(self: &Arc<Self>) -> Option<Slot> {
        let slot = Slot(self.clone());
        // Dropping the slot gives it back, also where it was one too many.
        (self.used.fetch_add(1, Ordering::Relaxed) < self.most).then_some(slot)
    }

    /// One of a client's places, if there is one left.
    ///
    /// SECURITY: one client cannot take every place.
    /// - Against: a single machine that opens as many connections as there may
    ///   be and holds them, so that nobody else gets in.
    /// - Therefore: each address has a number of its own, an IPv6 /64 counting
    ///   as one. Trusted proxies are not counted; whom they speak for is, where
    ///   they say so before the first request.
    /// - Price: a large company behind one address may need a higher number.
    /// - Held by: `one_address_cannot_take_every_place`.
    pub fn take_for(self: &Arc<Self>, address: IpAddr) -> Option<ClientSlot> {
        let client = one_client(address);
        let mut by_client = self.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        let held = by_client.entry(client).or_default();
        if *held >= self.most_by_client {
            return None;
        }
        *held += 1;
        Some(ClientSlot { slots: self.clone(), client })
    }
}

/// Addresses that one client has for itself, as one.
fn one_client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.used.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ClientSlot {
    fn drop(&mut self) {
        let mut held = self.slots.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                // Clients that left cost nothing.
                held.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let slots = Arc::new(Slots::new(10, 2));
        let from = |text: &str| slots.take_for(text.parse().unwrap());
        let held = (from("192.0.2.1").unwrap(), from("::ffff:192.0.2.1").unwrap());
        assert!(from("192.0.2.1").is_none());
        // Control: another gets in, and so does this one when it has left.
        assert!(from("192.0.2.2").is_some());
        drop(held);
        assert!(from("192.0.2.1").is_some());
        assert!(slots.by_client.lock().unwrap().is_empty());
    }

    #[test]
    fn an_ipv6_network_of_one_client_counts_as_one() {
        let slots = Arc::new(Slots::new(10, 1));
        let from = |text: &str| slots.take_for(text.parse().unwrap());
        let held = from("2001:db8::1").unwrap();
        assert!(from("2001:db8::2:1").is_none());
        assert!(from("2001:db8:0:1::1").is_some());
        drop(held);
    }

    #[test]
    fn there_are_only_so_many_places() {
        let slots = Arc::new(Slots::new(1, 1));
        let held = slots.take().unwrap();
        assert!(slots.take().is_none());
        drop(held);
        assert!(slots.take().is_some());
    }
}
