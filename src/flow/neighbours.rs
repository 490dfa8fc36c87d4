//! Visits to the other hosts of a group, while somebody is on the way back to the
//! one that they left: each leaves and arrives by itself, and its departure goes
//! on with the one it was made for.
//!
//! ```text
//! pages' host     visit: an id for the next host alone
//!   |  303 /.vestibule/handover?join=<id>
//! that host       join: the id is burnt; a departure of its own
//!   |  303 /.vestibule/handover?from=<departure>, and back with a code
//! pages' host     the next visit, or on with the first departure
//! ```

use std::net::IpAddr;

use super::failures::CONFLICTS_MAX;
use super::handover::{CODE_LIFE, HandoverError, Handovers, Nonce, PAGE, bare, is_of_account};
use crate::crypto::Token;
use crate::domain::{AccountId, Moment, PublicHost};
use crate::store::record::{DepartureRecord, VisitRecord};
use crate::store::{Change, Expect, Record, StoreError, Table};

impl Handovers {
    /// Writes down that somebody leaves a host which is visited because they
    /// signed in for another one of its group; gives the address to go to.
    ///
    /// SECURITY: what one host sees in its address is worth nothing on another.
    /// - Against: a neighbour, or its log, that goes on with the departure of the
    ///   host that somebody left.
    /// - Therefore: it is sent an id of its own, which it alone may use, once, within
    ///   30 seconds; the departure goes on under the name that began it.
    /// - Price: one record more for each visit.
    /// - Held by: `what_a_neighbour_is_sent_is_good_there_alone_and_once`.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Over`] where there is no such visit.
    pub async fn join(
        &self,
        (host, client): (&PublicHost, Option<IpAddr>),
        nonce: &Nonce,
        visit: &str,
    ) -> Result<String, HandoverError> {
        if !host.keeps_secrets() {
            return Err(HandoverError::InClear);
        }
        let now = self.ground.clock.now();
        let key = Token::parse(visit).ok_or(HandoverError::Over)?.visit_key();
        let stored = self.ground.store.read(Table::Departure, &key, now).await?;
        let stored = stored.ok_or(HandoverError::Over)?;
        let burnt = Change::new().delete((Table::Departure, key), Expect::Version(stored.version));
        let record = VisitRecord::decode(&self.open(Table::Departure, &key, &stored)?)?;
        if record.origin != host.origin() {
            return Err(HandoverError::Over);
        }
        let record = DepartureRecord {
            then: Some(record.departure),
            account: Some(record.account),
            ..bare()
        };
        match self.leave(burnt, (host, nonce, client), record).await {
            Err(HandoverError::Store(StoreError::Conflict)) => Err(HandoverError::Over),
            left => left,
        }
    }

    /// The change that takes the next host off a departure's list for good, and
    /// the address there: whatever goes wrong there, no browser is led there
    /// again.
    pub(super) fn visit(
        &self,
        id: &Token,
        (stored, mut record): (&Record, DepartureRecord),
        account: AccountId,
        now: Moment,
    ) -> Result<(Change, String), HandoverError> {
        let origin = record.others.pop().ok_or(HandoverError::Over)?;
        record.account = Some(account.to_string());
        let visit = Token::new(&*self.ground.chance)?;
        let key = visit.visit_key();
        let address = format!("{origin}{PAGE}?join={}", visit.reveal());
        let departure = id.reveal();
        let made = VisitRecord { departure, origin, account: account.to_string() };
        let sealed = self.seal(Table::Departure, &key, &made.encode()?)?;
        let ends = Some(now.plus(CODE_LIFE));
        let change = self.rewrite(id, stored, &record)?;
        Ok((change.put((Table::Departure, key), Expect::Absent, sealed, ends), address))
    }

    /// Where a visit leads that is over: to the next host, else on with the
    /// departure that it was made for. Where that cannot be told, the page of ours
    /// says what there is to say: the visitor is signed in here in any case.
    pub(super) async fn after(&self, then: &str, account: AccountId) -> String {
        let on = format!("{}{PAGE}?from={then}", self.public_url);
        let Some(id) = Token::parse(then) else { return on };
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let Ok((stored, record)) = self.departure(&id, now).await else { return on };
            if !is_of_account(&record, account) {
                return format!("{}{PAGE}", self.public_url);
            }
            if record.others.is_empty() {
                return on;
            }
            let Ok((change, address)) = self.visit(&id, (&stored, record), account, now) else {
                return on;
            };
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                Err(_) => return on,
                Ok(()) => return address,
            }
        }
        on
    }
}
