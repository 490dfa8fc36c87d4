//! One sign-in for several hosts: a visitor leaves a host without a session,
//! signs in where our pages are, and is handed back with a code.
//!
//! ```text
//! app host      depart: a nonce for the browser, a departure for us
//!   |  303 /.vestibule/handover?from=<departure>
//! pages' host   sign in, then go_on: a code, for that host and nonce
//!   |  303 /.vestibule/handover?code=<code>
//! app host      arrive: the code is burnt, a session of this host begins
//! ```
//!
//! Hosts of one group are visited in between: each leaves and arrives by
//! itself (`join`), and its departure goes on with the one it was made for.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::sync::Semaphore;

use super::Ground;
use super::failures::CONFLICTS_MAX;
use super::half_done::LIFE;
use super::room::{RECORDS_MAX, Room, RoomError};
use crate::crypto::{NoChance, SealError, Token};
use crate::domain::{Moment, PublicHost, SessionHash, SessionLimits, Visitor, is_fresh};
use crate::observe::HandoverOutcome;
use crate::store::record::{DepartureRecord, HandoverRecord, RoundRecord};
use crate::store::{Change, Expect, Record, StoreError, Table};

/// How long a code can be used.
const CODE_LIFE: Duration = Duration::from_secs(30);
/// Departures being written at once; beyond it strangers could fill a queue.
const WRITES_MAX: usize = 64;
/// So many handovers to one address within [`ROUND_LIFE`] are a browser that
/// goes round and round.
const ROUNDS_MAX: u32 = 4;
pub(super) const ROUND_LIFE: Duration = Duration::from_secs(60);
/// Our page on every host.
pub(super) const PAGE: &str = "/.vestibule/handover";

/// Why somebody was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// There is no such departure or code: it was used, it is too old, or it
    /// never was; or the session is over. Starting again mends it.
    #[error("there is no such departure or code any more")]
    Over,
    /// The code is another browser's or another host's.
    #[error("the code is another browser's or another host's")]
    Foreign,
    /// The browser did not bring the nonce that this host gave it.
    #[error("the browser brought no nonce")]
    NoCookie,
    /// The browser was handed over again and again and does not keep its session.
    #[error("the browser was handed over too often in a row")]
    Round,
    /// Too many leave at once.
    #[error("too many are leaving at once")]
    Busy,
    /// The store did not answer, so nothing is known.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoChance(#[from] NoChance),
    /// What is kept does not open.
    #[error("a departure or code does not open")]
    Seal(#[from] SealError),
}

impl From<RoomError> for HandoverError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Store(source) => Self::Store(source),
            RoomError::NoChance(source) => Self::NoChance(source),
        }
    }
}

/// The value by which a host knows the browser again that left it.
#[derive(Clone, Debug)]
pub struct Nonce(pub(super) Token);

impl Nonce {
    /// From the cookie's value, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        Token::parse(text).map(Self)
    }

    /// From a value that the gateway made on the way.
    pub fn from_token(token: Token) -> Self {
        Self(token)
    }

    /// For the cookie.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }

    pub(super) fn kept(&self) -> String {
        BASE64.encode(self.0.nonce_hash())
    }
}

/// Somebody who leaves a host to sign in.
#[derive(Debug)]
pub struct Leaving<'a> {
    /// The host.
    pub host: &'a PublicHost,
    /// What it gave the browser.
    pub nonce: &'a Nonce,
    /// The path and query that they asked for.
    pub path: String,
    /// How long ago the last check may have been made.
    pub within: Option<Duration>,
    /// Origins that get the sign-in as well.
    pub others: Vec<String>,
}

/// Where somebody goes on who left a host.
#[derive(Debug)]
pub enum Onward {
    /// They must show first that it is still them.
    Confirm,
    /// To this address, on another host.
    To(String),
}

/// Somebody who came back signed in.
#[derive(Debug)]
pub struct Arrived {
    /// The value of their session on this host, for the cookie.
    pub session: secrecy::SecretString,
    /// Whether they chose to stay signed in, and for how long.
    pub stays: Option<Duration>,
    /// Where they go: a path of this host, or an address on another one.
    pub to: String,
}

/// The use case.
#[derive(Clone, Debug)]
pub struct Handovers {
    pub(super) ground: Ground,
    pub(super) limits: SessionLimits,
    pub(super) public_url: String,
    writes: Arc<Semaphore>,
    room: Arc<Room>,
}

fn place(table: Table, key: &[u8; 32]) -> Vec<u8> {
    [b"handover/".as_slice(), &[table as u8], key].concat()
}

impl Handovers {
    /// Over this ground, with the limits of sessions and the address of our pages.
    pub fn new(ground: Ground, limits: SessionLimits, public_url: String) -> Self {
        let room = Arc::new(Room::new(Table::Departure, RECORDS_MAX));
        Self { ground, limits, public_url, writes: Arc::new(Semaphore::new(WRITES_MAX)), room }
    }

    /// A nonce for a browser that has none.
    ///
    /// # Errors
    ///
    /// Where the system gives no random bytes.
    pub fn nonce(&self) -> Result<Nonce, HandoverError> {
        Ok(Nonce(Token::new(&*self.ground.chance)?))
    }

    /// Puts the count of departures right.
    ///
    /// # Errors
    ///
    /// Where the store does not answer.
    pub async fn recount(&self) -> Result<(), StoreError> {
        self.room.recount(&self.ground, self.ground.clock.now()).await
    }

    /// Writes down that somebody leaves a host; gives the address to go to.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Round`] where the browser just came back from there.
    pub async fn depart(&self, leaving: Leaving<'_>) -> Result<String, HandoverError> {
        let now = self.ground.clock.now();
        let round = self.round(leaving.nonce, now).await?;
        if round.is_some_and(|round| round.path == leaving.path && round.count >= ROUNDS_MAX) {
            self.ground.metrics.handover(HandoverOutcome::Round);
            return Err(HandoverError::Round);
        }
        let Leaving { host, nonce, path, within, others } = leaving;
        let within = within.map(|within| within.as_secs());
        self.leave(host, nonce, DepartureRecord { path, within, others, ..bare() }).await
    }

    /// The same for a host that is visited because somebody signed in for another
    /// one of its group.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Over`] where `then` is no departure.
    pub async fn join(
        &self,
        host: &PublicHost,
        nonce: &Nonce,
        then: &str,
    ) -> Result<String, HandoverError> {
        let now = self.ground.clock.now();
        let first = Token::parse(then).ok_or(HandoverError::Over)?;
        let (_, record) = self.departure(&first, now).await?;
        // One that was itself made for another would lead round for ever.
        if record.then.is_some() {
            return Err(HandoverError::Over);
        }
        let record = DepartureRecord { then: Some(then.to_owned()), ..bare() };
        self.leave(host, nonce, record).await
    }

    async fn leave(
        &self,
        host: &PublicHost,
        nonce: &Nonce,
        record: DepartureRecord,
    ) -> Result<String, HandoverError> {
        let Ok(_turn) = self.writes.try_acquire() else { return Err(HandoverError::Busy) };
        let now = self.ground.clock.now();
        let (host, origin) = (host.name().to_owned(), host.origin().to_owned());
        let record = DepartureRecord { host, origin, nonce: nonce.kept(), ..record };
        let id = Token::new(&*self.ground.chance)?;
        let key = id.departure_key();
        let sealed = self.seal(Table::Departure, &key, &record.encode()?)?;
        let place = (Table::Departure, key);
        let change = Change::new().put(place, Expect::Absent, sealed, Some(now.plus(LIFE)));
        let change = self.room.make(change, &key, &self.ground, now).await?;
        self.ground.store.commit(change, now).await?;
        self.ground.metrics.handover(HandoverOutcome::Left);
        Ok(format!("{}{PAGE}?from={}", self.public_url, id.reveal()))
    }

    /// Whether there is such a departure.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Over`] where there is none.
    pub async fn find(&self, departure: &str) -> Result<(), HandoverError> {
        let id = Token::parse(departure).ok_or(HandoverError::Over)?;
        self.departure(&id, self.ground.clock.now()).await.map(drop)
    }

    /// Where somebody goes on who is signed in: to a host of the group that has
    /// not got the sign-in, else back with a code.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Over`] where there is no such departure.
    pub async fn go_on(&self, departure: &str, who: &Visitor) -> Result<Onward, HandoverError> {
        let id = Token::parse(departure).ok_or(HandoverError::Over)?;
        let now = self.ground.clock.now();
        let (_, record) = self.departure(&id, now).await?;
        let within = record.within.map(Duration::from_secs);
        if within.is_some_and(|within| !is_fresh(who.proven_at, within, now)) {
            return Ok(Onward::Confirm);
        }
        match self.next_host(&id, now).await? {
            Some(address) => Ok(Onward::To(address)),
            None => self.code(record, who.session, now).await.map(Onward::To),
        }
    }

    /// The next host of the group, taken off the list for good: whatever goes
    /// wrong there, no browser is led there again.
    pub(super) async fn next_host(
        &self,
        id: &Token,
        now: Moment,
    ) -> Result<Option<String>, HandoverError> {
        for _ in 0..CONFLICTS_MAX {
            let (stored, mut record) = self.departure(id, now).await?;
            let Some(next) = record.others.pop() else { return Ok(None) };
            let key = id.departure_key();
            let sealed = self.seal(Table::Departure, &key, &record.encode()?)?;
            let expect = Expect::Version(stored.version);
            let change = Change::new().put((Table::Departure, key), expect, sealed, stored.expires);
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(Some(format!("{next}{PAGE}?join={}", id.reveal()))),
            }
        }
        Err(HandoverError::Busy)
    }

    async fn code(
        &self,
        from: DepartureRecord,
        session: SessionHash,
        now: Moment,
    ) -> Result<String, HandoverError> {
        let code = Token::new(&*self.ground.chance)?;
        let key = code.handover_key();
        let DepartureRecord { host, origin, nonce, path, then, .. } = from;
        let session = BASE64.encode(session.0);
        let record = HandoverRecord { host, nonce, session, path, then };
        let sealed = self.seal(Table::Handover, &key, &record.encode()?)?;
        let place = (Table::Handover, key);
        let change = Change::new().put(place, Expect::Absent, sealed, Some(now.plus(CODE_LIFE)));
        self.ground.store.commit(change, now).await?;
        Ok(format!("{origin}{PAGE}?code={}", code.reveal()))
    }

    pub(super) async fn departure(
        &self,
        id: &Token,
        now: Moment,
    ) -> Result<(Record, DepartureRecord), HandoverError> {
        let key = id.departure_key();
        let stored = self.ground.store.read(Table::Departure, &key, now).await?;
        let stored = stored.ok_or(HandoverError::Over)?;
        let record = DepartureRecord::decode(&self.open(Table::Departure, &key, &stored)?)?;
        Ok((stored, record))
    }

    /// How often the browser was handed over of late.
    pub(super) async fn round(
        &self,
        nonce: &Nonce,
        now: Moment,
    ) -> Result<Option<RoundRecord>, HandoverError> {
        let key = nonce.0.round_key();
        let Some(stored) = self.ground.store.read(Table::Departure, &key, now).await? else {
            return Ok(None);
        };
        Ok(Some(RoundRecord::decode(&self.open(Table::Departure, &key, &stored)?)?))
    }

    pub(super) fn seal(
        &self,
        table: Table,
        key: &[u8; 32],
        clear: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        self.ground.sealer.seal(&place(table, key), clear, &*self.ground.chance)
    }

    pub(super) fn open(
        &self,
        table: Table,
        key: &[u8; 32],
        stored: &Record,
    ) -> Result<Vec<u8>, SealError> {
        self.ground.sealer.open(&place(table, key), &stored.data)
    }
}

/// A departure of nobody from nowhere, to be filled in.
fn bare() -> DepartureRecord {
    let (host, origin, nonce) = (String::new(), String::new(), String::new());
    let (path, within, others, then) = (String::new(), None, Vec::new(), None);
    DepartureRecord { host, origin, nonce, path, within, others, then }
}

#[cfg(test)]
mod tests;
