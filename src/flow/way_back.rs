//! Where a visitor was going before they had to sign in.
//!
//! Kept on the server under the browser's ticket, so that no link and no form
//! can say where a sign-in ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::room::{RECORDS_MAX, Room, RoomError};
use super::{Ground, Ticket};
use crate::crypto::{SealError, Token};
use crate::domain::Moment;
use crate::store::{Change, Expect, StoreError, Table};

/// How long a way back is kept.
const LIFE: Duration = super::half_done::LIFE;
/// Writes under way at once; beyond it visitors end at the portal's first page,
/// which is better than a queue that strangers can fill.
const WRITES_MAX: usize = 64;

/// The use case.
#[derive(Clone, Debug)]
pub struct WayBacks {
    ground: Ground,
    writes: Arc<Semaphore>,
    room: Arc<Room>,
}

impl WayBacks {
    /// Over this ground.
    pub fn new(ground: Ground) -> Self {
        Self {
            ground,
            writes: Arc::new(Semaphore::new(WRITES_MAX)),
            room: Arc::new(Room::new(Table::WayBack, RECORDS_MAX)),
        }
    }

    /// Keeps a path and query of our own host.
    pub async fn keep(&self, ticket: &Ticket, path: String) {
        if is_local_path(&path) {
            self.write(ticket, path).await;
        }
    }

    /// Keeps that a departure from another host goes on after the sign-in.
    pub async fn keep_departure(&self, ticket: &Ticket, departure: &str) {
        let path = [DEPARTURE, departure].concat();
        if is_departure(&path) {
            self.write(ticket, path).await;
        }
    }

    /// Keeps that our page of a kept form is shown after the sign-in.
    pub async fn keep_kept(&self, ticket: &Ticket, page: String) {
        if is_kept_page(&page) {
            self.write(ticket, page).await;
        }
    }

    async fn write(&self, ticket: &Ticket, path: String) {
        let Ok(_turn) = self.writes.try_acquire() else { return };
        let now = self.ground.clock.now();
        let key = ticket.key();
        let change = match put(&self.ground, Change::new(), &key, path.as_bytes(), now) {
            Ok(change) => change,
            Err(error) => {
                tracing::warn!(%error, "a way back was not kept");
                return;
            }
        };
        let kept = match self.room.make(change, &key, &self.ground, now).await {
            Ok(change) => self.ground.store.commit(change, now).await.map_err(RoomError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "a way back was not kept");
        }
    }

    /// Puts the count of ways back right.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn recount(&self) -> Result<(), StoreError> {
        self.room.recount(&self.ground, self.ground.clock.now()).await
    }

    /// The way back of this ticket, if there is one.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn find(&self, ticket: &Ticket) -> Result<Option<String>, StoreError> {
        let now = self.ground.clock.now();
        let path = read(&self.ground, &ticket.key(), now).await?;
        let path = path.and_then(|path| String::from_utf8(path).ok());
        Ok(path.filter(|path| is_local_path(path) || is_departure(path) || is_kept_page(path)))
    }
}

fn place(key: &[u8; 32]) -> Vec<u8> {
    [b"way-back/".as_slice(), key].concat()
}

/// Adds to a change that a way back is kept, sealed: a portal's link may hold a
/// secret of its own.
pub(super) fn put(
    ground: &Ground,
    change: Change,
    key: &[u8; 32],
    path: &[u8],
    now: Moment,
) -> Result<Change, SealError> {
    let sealed = ground.sealer.seal(&place(key), path, &*ground.chance)?;
    Ok(change.put((Table::WayBack, *key), Expect::Any, sealed, Some(now.plus(LIFE))))
}

/// The way back under this key; one that does not open is none.
pub(super) async fn read(
    ground: &Ground,
    key: &[u8; 32],
    now: Moment,
) -> Result<Option<Vec<u8>>, StoreError> {
    let record = ground.store.read(Table::WayBack, key, now).await?;
    Ok(record.and_then(|record| ground.sealer.open(&place(key), &record.data).ok()))
}

/// Whether this can only be a path on the host that answers. It was judged by
/// the gateway before it was kept; this is the second look, before it is used.
pub fn is_local_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !path.starts_with("/.vestibule")
}

/// Our own page where a kept form is shown.
const KEPT: &str = "/.vestibule/kept";
/// Longest address of that page.
const KEPT_BYTES_MAX: usize = 128;
/// Our own page where departures from other hosts go on.
const DEPARTURE: &str = "/.vestibule/handover?from=";

/// Whether this is that page, for one departure. It leads to a host that the
/// departure names, which is one of the configuration.
fn is_departure(path: &str) -> bool {
    path.strip_prefix(DEPARTURE).is_some_and(|id| Token::parse(id).is_some())
}

/// Whether this is our page of a kept form, whichever it names.
fn is_kept_page(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=&-_".contains(&byte);
    let query = |rest: &str| rest.strip_prefix('?').is_some_and(|query| query.bytes().all(plain));
    path.len() <= KEPT_BYTES_MAX
        && path.strip_prefix(KEPT).is_some_and(|rest| rest.is_empty() || query(rest))
}

#[cfg(test)]
mod tests {
    use super::{DEPARTURE, KEPT, is_departure, is_kept_page, is_local_path};

    #[test]
    fn the_page_of_a_kept_form_is_that_page_and_nothing_else() {
        for other in ["/x", "?form=/x", "?form=a#x", "?a b", "?\r\nX: y", "x", "/../sign-out"] {
            assert!(!is_kept_page(&format!("{KEPT}{other}")), "{other:?}");
        }
        assert!(!is_kept_page("/.vestibule/sign-out") && !is_kept_page("//evil.test"));
        assert!(!is_kept_page(&format!("{KEPT}?form={}", "A".repeat(128))));
        // Control: it is, alone and with the name of a form.
        assert!(is_kept_page(KEPT));
        assert!(is_kept_page(&format!("{KEPT}?form={}&fresh=300", "-_A".repeat(14))));
    }

    #[test]
    fn a_departure_is_one_name_and_nothing_else() {
        let id = "A".repeat(43);
        for other in ["", "x", "&to=//evil.test", "A", " "] {
            assert!(!is_departure(&format!("{DEPARTURE}{id}{other}x")), "{other:?}");
        }
        for other in ["/.vestibule/sign-out", "/.vestibule/handover", "//evil.test"] {
            assert!(!is_departure(other), "{other:?}");
        }
        // Control: with a name it is.
        assert!(is_departure(&format!("{DEPARTURE}{id}")));
    }

    #[test]
    fn the_way_back_never_leaves_our_host() {
        for away in [
            "",
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "evil.test",
            "/a\r\nX: y",
            "/a b",
            "/.vestibule/sign-out",
            "javascript:alert(1)",
        ] {
            assert!(!is_local_path(away), "{away:?}");
        }
        for home in ["/", "/a/b?x=1&y=//evil.test", "/a?next=https://evil.test"] {
            assert!(is_local_path(home), "{home:?}");
        }
    }
}
