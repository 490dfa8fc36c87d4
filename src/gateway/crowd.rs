//! How many exchanges with apps go on at once.
//!
//! An exchange is a request on its way to an app, until its answer is over; a
//! WebSocket and an event stream are one for as long as they are open. Each
//! holds a connection to its app, or a stream of one, and what waits in it.

use std::net::IpAddr;
use std::sync::Arc;

use super::listener::{ClientSlot, Slot, Slots};
use super::refuse::Reason;
use crate::domain::Clock;
use crate::observe::Seldom;

/// How many exchanges with apps go on at once, over all workers.
#[derive(Debug)]
pub struct Crowd {
    slots: Arc<Slots>,
    one_had_all: Seldom,
    all_were_taken: Seldom,
}

/// An exchange's place, given up when this is dropped.
#[derive(Debug)]
pub struct Place {
    _slot: Slot,
    _client: Option<ClientSlot>,
}

impl Crowd {
    /// So many over all, and so many for each client.
    pub fn new(most: usize, most_by_client: usize) -> Self {
        Self {
            slots: Arc::new(Slots::new(most, most_by_client)),
            one_had_all: Seldom::default(),
            all_were_taken: Seldom::default(),
        }
    }

    /// A place for an exchange of a client, where its address is known.
    ///
    /// SECURITY: one client cannot hold an app's every connection.
    /// - Against: a single machine whose few connections of HTTP/2 carry a hundred
    ///   requests each, begun and never ended, so that an app serves nobody else.
    /// - Therefore: the exchanges of each address are counted, an IPv6 /64 being one,
    ///   whatever they came on; those of all are too. One more is told to come again.
    /// - Price: a company behind one address with very many open streams needs a
    ///   higher number. Behind a proxy that is not listed only all are counted.
    /// - Held by: `one_client_cannot_hold_every_exchange`.
    ///
    /// # Errors
    ///
    /// [`Reason::Crowded`].
    pub fn enter(&self, client: Option<IpAddr>, clock: &dyn Clock) -> Result<Place, Reason> {
        let mine = client.map(|client| self.slots.take_for(client).ok_or(()));
        let Ok(_client) = mine.transpose() else {
            if let Some(times) = self.one_had_all.note(clock.elapsed()) {
                tracing::warn!(
                    times,
                    "requests were refused: server.exchanges_per_address of one client are under way"
                );
            }
            return Err(Reason::Crowded);
        };
        let Some(_slot) = self.slots.take() else {
            if let Some(times) = self.all_were_taken.note(clock.elapsed()) {
                tracing::warn!(
                    times,
                    "requests were refused: server.exchanges_max of all clients are under way"
                );
            }
            return Err(Reason::Crowded);
        };
        Ok(Place { _slot, _client })
    }
}

#[cfg(test)]
mod tests;
