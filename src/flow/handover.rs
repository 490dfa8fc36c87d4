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
//! Hosts of one group are visited in between (`neighbours`).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::failures::CONFLICTS_MAX;
use super::half_done::LIFE;
use super::room::{RECORDS_MAX, Room, RoomError};
use super::turns::Turns;
use super::{Ground, Ticket};
use crate::crypto::{NoChance, SealError, Token};
use crate::domain::{AccountId, Moment, PublicHost, SessionHash, SessionLimits, Visitor, is_fresh};
use crate::observe::HandoverOutcome;
use crate::store::record::{DepartureRecord, HandoverRecord, RoundRecord};
use crate::store::{Change, Expect, Record, StoreError, Table};

/// How long a code can be used.
pub(super) const CODE_LIFE: Duration = Duration::from_secs(30);
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
    /// The browser brought another nonce than the one that left: of tabs that left
    /// at once, the last one gave it its own. It begins again where it was going.
    #[error("the browser left again meanwhile")]
    Again {
        /// A path of this host, or an address on that of the pages.
        to: String,
    },
    /// The browser did not bring the nonce that this host gave it.
    #[error("the browser brought no nonce")]
    NoCookie,
    /// The browser was handed over again and again and does not keep its session.
    #[error("the browser was handed over too often in a row")]
    Round,
    /// The host is reached by http from other machines, where everybody on the
    /// way could read a session.
    #[error("the host is reached by http, so nobody is signed in there; give it https")]
    InClear,
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
    /// Where they are, if that is known.
    pub client: Option<IpAddr>,
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
    turns: Arc<Turns>,
    room: Arc<Room>,
}

fn place(table: Table, key: &[u8; 32]) -> Vec<u8> {
    [b"handover/".as_slice(), &[table as u8], key].concat()
}

impl Handovers {
    /// Over this ground, with the limits of sessions and the address of our pages.
    pub fn new(ground: Ground, limits: SessionLimits, public_url: String) -> Self {
        let room = Arc::new(Room::new(Table::Departure, RECORDS_MAX));
        Self { ground, limits, public_url, turns: Arc::default(), room }
    }

    /// The nonce of a browser that has none where the pages are, but this ticket:
    /// tabs that come at once with one ticket wait under one nonce.
    pub fn nonce_of(ticket: &Ticket) -> Nonce {
        Nonce(ticket.handover_nonce())
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
        if !leaving.host.keeps_secrets() {
            return Err(HandoverError::InClear);
        }
        let now = self.ground.clock.now();
        let round = self.round(leaving.nonce, now).await?;
        if round.is_some_and(|round| round.path == leaving.path && round.count >= ROUNDS_MAX) {
            self.ground.metrics.handover(HandoverOutcome::Round);
            return Err(HandoverError::Round);
        }
        let Leaving { host, nonce, path, within, others, client } = leaving;
        let within = within.map(|within| within.as_secs());
        let record = DepartureRecord { path, within, others, ..bare() };
        self.leave(Change::new(), (host, nonce, client), record).await
    }

    pub(super) async fn leave(
        &self,
        change: Change,
        (host, nonce, client): (&PublicHost, &Nonce, Option<IpAddr>),
        record: DepartureRecord,
    ) -> Result<String, HandoverError> {
        let written = self.write_departure(change, (host, nonce), record);
        self.turns.take(client, written).await.unwrap_or(Err(HandoverError::Busy))
    }

    async fn write_departure(
        &self,
        change: Change,
        (host, nonce): (&PublicHost, &Nonce),
        record: DepartureRecord,
    ) -> Result<String, HandoverError> {
        let now = self.ground.clock.now();
        let (host, origin) = (host.name().to_owned(), host.origin().to_owned());
        let record = DepartureRecord { host, origin, nonce: nonce.kept(), ..record };
        let id = Token::new(&*self.ground.chance)?;
        let key = id.departure_key();
        let sealed = self.seal(Table::Departure, &key, &record.encode()?)?;
        let place = (Table::Departure, key);
        let change = change.put(place, Expect::Absent, sealed, Some(now.plus(LIFE)));
        let change = self.room.make(change, &key, &self.ground, now).await?;
        self.ground.store.commit(change, now).await?;
        self.ground.metrics.handover(HandoverOutcome::Left);
        Ok(format!("{}{PAGE}?from={}", self.public_url, id.reveal()))
    }

    /// Where somebody goes on who is signed in: to a host of the group that has
    /// not got the sign-in, else back with a code. `browser` is what this host
    /// gave theirs.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Over`] where there is no such departure.
    pub async fn go_on(
        &self,
        departure: &str,
        browser: Option<&Nonce>,
        who: &Visitor,
    ) -> Result<Onward, HandoverError> {
        let id = Token::parse(departure).ok_or(HandoverError::Over)?;
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let (stored, record) = self.departure(&id, now).await?;
            if !is_of_browser(&record, browser) || !is_of_account(&record, who.account) {
                return Err(HandoverError::Over);
            }
            let within = record.within.map(Duration::from_secs);
            if within.is_some_and(|within| !is_fresh(who.proven_at, within, now)) {
                return Ok(Onward::Confirm);
            }
            let (change, address) = match record.others.is_empty() {
                true => self.code(&id, (&stored, record), who.session, now)?,
                false => self.visit(&id, (&stored, record), who.account, now)?,
            };
            match self.ground.store.commit(change, now).await {
                // Somebody went on with it meanwhile.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(Onward::To(address)),
            }
        }
        Err(HandoverError::Busy)
    }

    /// The change that makes a code of a departure, and the code's address.
    fn code(
        &self,
        id: &Token,
        (stored, from): (&Record, DepartureRecord),
        session: SessionHash,
        now: Moment,
    ) -> Result<(Change, String), HandoverError> {
        let code = Token::new(&*self.ground.chance)?;
        let key = code.handover_key();
        let DepartureRecord { host, origin, nonce, path, then, .. } = from;
        let session = BASE64.encode(session.0);
        let record = HandoverRecord { host, nonce, session, path, then };
        let sealed = self.seal(Table::Handover, &key, &record.encode()?)?;
        let used = (Table::Departure, id.departure_key());
        let change = Change::new().delete(used, Expect::Version(stored.version)).put(
            (Table::Handover, key),
            Expect::Absent,
            sealed,
            Some(now.plus(CODE_LIFE)),
        );
        Ok((change, format!("{origin}{PAGE}?code={}", code.reveal())))
    }

    /// The change that writes a departure anew.
    pub(super) fn rewrite(
        &self,
        id: &Token,
        stored: &Record,
        record: &DepartureRecord,
    ) -> Result<Change, HandoverError> {
        let key = id.departure_key();
        let sealed = self.seal(Table::Departure, &key, &record.encode()?)?;
        let expect = Expect::Version(stored.version);
        Ok(Change::new().put((Table::Departure, key), expect, sealed, stored.expires))
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

/// Whether this browser may go on with a departure. One that was signed in when
/// it came goes on at once, and need not be known again.
pub(super) fn is_of_browser(record: &DepartureRecord, browser: Option<&Nonce>) -> bool {
    let kept = browser.map(Nonce::kept);
    record.browser.is_none() || record.browser == kept
}

/// Whether it is this account's whose round began.
pub(super) fn is_of_account(record: &DepartureRecord, account: AccountId) -> bool {
    record.account.as_ref().is_none_or(|of| *of == account.to_string())
}

/// A departure of nobody from nowhere, to be filled in.
pub(super) fn bare() -> DepartureRecord {
    let (host, origin, nonce) = (String::new(), String::new(), String::new());
    let (path, within, others, then) = (String::new(), None, Vec::new(), None);
    let (browser, account, own) = (None, None, false);
    DepartureRecord { host, origin, nonce, path, within, others, then, browser, account, own }
}

#[cfg(test)]
mod tests;
