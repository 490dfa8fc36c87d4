//! A departure that waits where the pages are until its visitor has shown who they
//! are: for which browser, and whether that is the one that left.

use super::failures::CONFLICTS_MAX;
use super::handover::{HandoverError, Handovers, Nonce, PAGE, is_of_browser};
use crate::crypto::Token;
use crate::domain::PublicHost;
use crate::store::StoreError;

/// A departure that waits for a browser.
#[derive(Debug)]
pub struct Claimed {
    /// Whether the host that was left has seen that it is this browser's.
    pub is_own: bool,
    /// The address there that looks, and leads back.
    pub ask: String,
}

impl Handovers {
    /// Keeps a departure for the browser that brought it here and must show first
    /// who it is; no other one goes on with it.
    ///
    /// SECURITY: a departure is one browser's, and is used once.
    /// - Against: somebody who sees one in an address, in a history or a log, and
    ///   goes on with it: the code would sign its browser in under their name.
    /// - Therefore: the first browser that waits here with it is the only one, by a
    ///   cookie of this host; the change that writes the code removes it.
    /// - Price: who goes back to it afterwards has to begin again.
    /// - Held by: `a_departure_is_one_browsers_and_is_used_once`.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Over`] where there is none, or it is another browser's.
    pub async fn claim(&self, departure: &str, browser: &Nonce) -> Result<Claimed, HandoverError> {
        let id = Token::parse(departure).ok_or(HandoverError::Over)?;
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let (stored, mut record) = self.departure(&id, now).await?;
            if !is_of_browser(&record, Some(browser)) {
                return Err(HandoverError::Over);
            }
            let mark = id.claim_mark(&browser.kept());
            let ask = format!("{}{PAGE}?own={departure}&claim={mark}", record.origin);
            let claimed = Claimed { is_own: record.own, ask };
            if record.browser.is_some() {
                return Ok(claimed);
            }
            record.browser = Some(browser.kept());
            let change = self.rewrite(&id, &stored, &record)?;
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other.map(|()| claimed)?),
            }
        }
        Err(HandoverError::Busy)
    }

    /// Looks on the host that was left whether a departure is of the browser with this
    /// nonce that also waits with it where the pages are, which gave it the `mark`;
    /// gives the address to go on at there.
    ///
    /// SECURITY: only a browser's own departure takes the place of where it was going.
    /// - Against: a page elsewhere that leads somebody who is half-way through a
    ///   sign-in to our pages, with a departure of its own: the sign-in would end at
    ///   what is no use in their browser, and not where they were going. The page's
    ///   maker may have asked here before, in the browser that left.
    /// - Therefore: where a way back is kept already, the host that was left looks at
    ///   its nonce first, and at the mark that our pages gave to the browser that
    ///   waits there; what has not both changes nothing.
    /// - Price: two redirects more for who leaves again in the middle of a sign-in.
    /// - Held by: `a_link_of_a_stranger_spoils_no_way_back`.
    ///
    /// # Errors
    ///
    /// [`HandoverError::Foreign`] where it is not; [`HandoverError::Over`] where there
    /// is no such departure.
    pub async fn own(
        &self,
        departure: &str,
        mark: &str,
        nonce: Option<&Nonce>,
        host: &PublicHost,
    ) -> Result<String, HandoverError> {
        let id = Token::parse(departure).ok_or(HandoverError::Over)?;
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let (stored, mut record) = self.departure(&id, now).await?;
            let left = nonce.is_some_and(|nonce| nonce.kept() == record.nonce);
            let waits = record.browser.as_ref().is_some_and(|kept| id.is_claim_mark(kept, mark));
            if !left || !waits || record.host != host.name() {
                return Err(HandoverError::Foreign);
            }
            record.own = true;
            let change = self.rewrite(&id, &stored, &record)?;
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(format!("{}{PAGE}?from={departure}", self.public_url)),
            }
        }
        Err(HandoverError::Busy)
    }
}
