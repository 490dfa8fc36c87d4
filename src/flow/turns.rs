//! Turns at a work that strangers can ask for: so many at once, and so many for
//! each client.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::domain::Origin;

/// Turns at once, and of them for one client.
const ALL_AT_ONCE: usize = 64;
const EACH_AT_ONCE: usize = 8;
/// How long one is waited for: a browser waits longer for a page.
const WAIT: Duration = Duration::from_secs(2);

/// All turns there are.
///
/// SECURITY: one stranger does not take the turns of all.
/// - Against: somebody who asks for pages over many connections at once, so that
///   nobody else can leave a host to sign in.
/// - Therefore: one client has eight of the 64 turns, and who finds none free waits
///   for one, two seconds at most, in the order in which they came.
/// - Price: behind a proxy that tells no addresses clients are not told apart.
/// - Held by: `one_client_does_not_take_the_turns_of_others`.
#[derive(Debug)]
pub struct Turns {
    all: Semaphore,
    clients: Mutex<HashMap<Vec<u8>, Client>>,
}

/// One client's share, and how many wait for it or have a turn.
#[derive(Debug)]
struct Client {
    share: Arc<Semaphore>,
    present: usize,
}

/// One client who waits or has a turn.
#[derive(Debug)]
struct Presence<'a> {
    turns: &'a Turns,
    range: Vec<u8>,
    share: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Semaphore::new(ALL_AT_ONCE), clients: Mutex::default() }
    }
}

impl Turns {
    /// Does a piece of work of this client in its turn; gives nothing where none
    /// came in time. An address that is not known, or tells nothing, has a turn of
    /// all.
    pub async fn take<W: Future>(&self, client: Option<IpAddr>, work: W) -> Option<W::Output> {
        let presence = client.and_then(Origin::of).map(|origin| self.enter(&origin));
        let turn = async {
            let own = match &presence {
                Some(presence) => Some(presence.share.acquire().await.ok()?),
                None => None,
            };
            Some((own, self.all.acquire().await.ok()?))
        };
        let turn: Option<(Option<SemaphorePermit<'_>>, SemaphorePermit<'_>)> =
            tokio::time::timeout(WAIT, turn).await.ok()?;
        let _held = turn?;
        Some(work.await)
    }

    fn enter(&self, origin: &Origin) -> Presence<'_> {
        let range = origin.address.as_bytes().to_vec();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Client { share: Arc::new(Semaphore::new(EACH_AT_ONCE)), present: 0 };
        let client = clients.entry(range.clone()).or_insert_with(new);
        client.present += 1;
        Presence { turns: self, range, share: client.share.clone() }
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        let mut clients = self.turns.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(client) = clients.get_mut(&self.range) else { return };
        client.present = client.present.saturating_sub(1);
        if client.present == 0 {
            clients.remove(&self.range);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};
    use tokio::task::JoinSet;

    /// Has so many clients of these addresses begin a work that never ends.
    async fn crowd(turns: &Arc<Turns>, addresses: Vec<String>) -> JoinSet<()> {
        let mut crowd = JoinSet::new();
        for address in addresses {
            let turns = turns.clone();
            crowd.spawn(async move {
                turns.take(address.parse().ok(), pending::<()>()).await;
            });
        }
        // Each has come to where it waits.
        for _ in 0..crowd.len() {
            tokio::task::yield_now().await;
        }
        crowd
    }

    async fn has_turn(turns: &Turns, address: &str) -> bool {
        turns.take(address.parse().ok(), ready(())).await.is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn one_client_does_not_take_the_turns_of_others() {
        let turns = Arc::new(Turns::default());
        // Addresses of one /64 are one client.
        let many = (0..3 * ALL_AT_ONCE).map(|number| format!("2001:db8:1:1::{number:x}"));
        let mut crowd = crowd(&turns, many.collect()).await;
        assert_eq!(turns.all.available_permits(), ALL_AT_ONCE - EACH_AT_ONCE);
        assert!(has_turn(&turns, "2001:db8:1:2::1").await);
        assert!(has_turn(&turns, "10.0.0.1").await);
        // Control: its own share is all taken, until its works end.
        assert!(!has_turn(&turns, "2001:db8:1:1::1").await);
        crowd.shutdown().await;
        assert!(has_turn(&turns, "2001:db8:1:1::1").await);
        assert!(turns.clients.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_turn_free_waits_for_one() {
        let turns = Arc::new(Turns::default());
        // Behind a proxy nobody is told apart.
        let mut first = crowd(&turns, vec!["10.0.0.1".to_owned(); ALL_AT_ONCE]).await;
        assert_eq!(turns.all.available_permits(), 0);
        let waiting = has_turn(&turns, "203.0.113.7");
        let freed = async {
            tokio::time::advance(WAIT / 2).await;
            first.shutdown().await;
        };
        assert!(tokio::join!(waiting, freed).0);
        // Control: where none becomes free, nobody waits for ever.
        let _second = crowd(&turns, vec!["10.0.0.1".to_owned(); ALL_AT_ONCE]).await;
        assert!(!has_turn(&turns, "203.0.113.7").await);
    }
}
