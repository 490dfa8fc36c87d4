//! The last step of a handover: a code is burnt, and a session of a host begins.

use super::failures::CONFLICTS_MAX;
use super::handover::{PAGE, ROUND_LIFE};
use super::host_session::Before;
use super::{Arrived, HandoverError, Handovers, Nonce, account, host_session};
use crate::crypto::Token;
use crate::domain::{AccountState, Moment, PublicHost, SessionHash, Standing};
use crate::observe::audit::Around;
use crate::observe::{Event, HandoverOutcome};
use crate::store::record::{HandoverRecord, RoundRecord, SessionRecord};
use crate::store::{Change, Expect, Record, StoreError, Table};

impl Handovers {
    /// Takes a code: burns it and begins a session of this host. `before` is the
    /// value that the browser had on this host: one of the same sign-in that proves
    /// as much stays, any other one ends.
    ///
    /// SECURITY: a code counts once, for one host, and in the browser that left it.
    /// - Against: somebody who has others signed in under the attacker's own name
    ///   with a code of theirs (login CSRF), who sees a code in a history or log,
    ///   and a second use, also at the same moment.
    /// - Therefore: the browser brings the nonce that this host set before it
    ///   left; the code lasts 30 seconds and is burnt in the change that opens the
    ///   session, or by the first browser that has no right to it. One that brings
    ///   another nonce is led where the code was for, as by any link, and leaves
    ///   from there under its own.
    /// - Price: a browser without cookies on that host cannot sign in there.
    /// - Held by: `a_code_of_somebody_else_signs_nobody_in`.
    ///
    /// # Errors
    ///
    /// Why the visitor is not signed in here.
    pub async fn arrive(
        &self,
        code: &str,
        nonce: Option<&Nonce>,
        (host, before): (&PublicHost, Option<&str>),
        around: Around<'_>,
    ) -> Result<Arrived, HandoverError> {
        let outcome = self.try_arrive(code, nonce, (host, before), around).await;
        let counted = match &outcome {
            Ok(_) => HandoverOutcome::Arrived,
            Err(HandoverError::NoCookie) => HandoverOutcome::NoCookie,
            Err(HandoverError::Foreign) => HandoverOutcome::Foreign,
            Err(HandoverError::Again { .. }) => HandoverOutcome::Again,
            Err(_) => HandoverOutcome::Over,
        };
        self.ground.metrics.handover(counted);
        outcome
    }

    async fn try_arrive(
        &self,
        code: &str,
        nonce: Option<&Nonce>,
        (host, before): (&PublicHost, Option<&str>),
        around: Around<'_>,
    ) -> Result<Arrived, HandoverError> {
        let key = Token::parse(code).ok_or(HandoverError::Over)?.handover_key();
        if !host.keeps_secrets() {
            return Err(HandoverError::InClear);
        }
        let before = before.and_then(Token::parse);
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let stored = self.ground.store.read(Table::Handover, &key, now).await?;
            let stored = stored.ok_or(HandoverError::Over)?;
            let burnt =
                Change::new().delete((Table::Handover, key), Expect::Version(stored.version));
            let record = self.open(Table::Handover, &key, &stored)?;
            let record = HandoverRecord::decode(&record)?;
            let own = nonce.is_some_and(|nonce| nonce.kept() == record.nonce);
            if !own || record.host != host.name() {
                match self.ground.store.commit(burnt, now).await {
                    Err(StoreError::Conflict) | Ok(()) => {}
                    Err(error) => return Err(error.into()),
                }
                let here = record.host == host.name();
                if here && nonce.is_some() {
                    return Err(HandoverError::Again { to: self.begin_again(record) });
                }
                self.ground.audit.record(&Event::HostSignInRefused, around, now);
                return Err(match nonce {
                    None => HandoverError::NoCookie,
                    Some(_) => HandoverError::Foreign,
                });
            }
            let root = record.session()?;
            let (session, at) = self.standing(root, now).await?;
            let check = burnt.check((Table::Session, root.0), Expect::Version(at.version));
            let visits = record.then.is_some();
            let place = (host.name(), root, &session, &at);
            let (mut change, token) =
                self.settle(check, (before.as_ref(), visits), place, now).await?;
            if let (Some(nonce), None) = (nonce, &record.then) {
                change = self.count_round(change, nonce, &record.path, now).await?;
            }
            match self.ground.store.commit(change, now).await {
                // Somebody else took the code, or the session was used meanwhile.
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
                Ok(()) => {}
            }
            let around = Around { account: Some(session.account), ..around };
            self.ground.audit.record(&Event::HostSignedIn, around, now);
            let to = match record.then {
                Some(then) => self.after(&then, session.account).await,
                None => record.path,
            };
            let session_value = secrecy::SecretString::from(token.reveal());
            let stays = self.limits.stay().filter(|_| session.stays);
            return Ok(Arrived { session: session_value, stays, to });
        }
        Err(HandoverError::Busy)
    }

    /// Where a browser goes that brought another nonce than the one that left: to
    /// what it asked for, or on with the departure that it visits this host for.
    fn begin_again(&self, record: HandoverRecord) -> String {
        match record.then {
            Some(then) => format!("{}{PAGE}?from={then}", self.public_url),
            None => record.path,
        }
    }

    /// Adds to a change that a session counts on a host: under the value that the
    /// browser has there, where that proves as much, else under a new one.
    ///
    /// SECURITY: a link does not end what goes on in other windows.
    /// - Against: a page elsewhere that leads somebody to our pages with a departure of
    ///   its own, and so through every host of the group, where each stream of theirs
    ///   would end; and tabs opened at once, of which each would end the one before.
    /// - Therefore: what is of the same sign-in and proves as much stays as it is; of
    ///   what proves less only the departure of this very host, for which the browser
    ///   brought its nonce, ends the value.
    /// - Price: a value that was raised on the way through counts on, for what it
    ///   proved, as long as the sign-in.
    /// - Held by: `a_link_of_a_stranger_ends_nothing_on_the_hosts_of_a_group`.
    async fn settle(
        &self,
        mut change: Change,
        (before, visits): (Option<&Token>, bool),
        (host, root, session, at): (&str, SessionHash, &SessionRecord, &Record),
        now: Moment,
    ) -> Result<(Change, Token), HandoverError> {
        if let Some(before) = before {
            let old = (before, host);
            match host_session::before(&self.ground, old, (root, session), now).await? {
                Before::Same => return Ok((change, before.clone())),
                Before::Older if visits => {}
                Before::Older | Before::Other => {
                    change = host_session::end(&self.ground, change, old, now).await?;
                }
            }
        }
        let token = Token::new(&*self.ground.chance)?;
        let change = host_session::put(change, &token, host, (root, session, at), now)?;
        Ok((host_session::end_surplus(&self.ground, change, root, now).await?, token))
    }

    /// The session under this hash, if it stands.
    async fn standing(
        &self,
        root: SessionHash,
        now: Moment,
    ) -> Result<(SessionRecord, Record), HandoverError> {
        let stored = self.ground.store.read(Table::Session, &root.0, now).await?;
        let stored = stored.ok_or(HandoverError::Over)?;
        let session = SessionRecord::decode(&stored.data)?;
        let found = account::by_id(&self.ground, session.account, now).await?;
        let stands = found.is_some_and(|(account, _)| {
            account.state == AccountState::Active && account.epoch == session.epoch
        });
        match stands && self.limits.standing(session.used(), now) == Standing::Live {
            true => Ok((session, stored)),
            false => Err(HandoverError::Over),
        }
    }

    async fn count_round(
        &self,
        change: Change,
        nonce: &Nonce,
        path: &str,
        now: Moment,
    ) -> Result<Change, HandoverError> {
        let round = self.round(nonce, now).await?.filter(|round| round.path == path);
        let count = round.map_or(0, |round| round.count) + 1;
        let record = RoundRecord { path: path.to_owned(), count };
        let key = nonce.0.round_key();
        let sealed = self.seal(Table::Departure, &key, &record.encode()?)?;
        let ends = Some(now.plus(ROUND_LIFE));
        Ok(change.put((Table::Departure, key), Expect::Any, sealed, ends))
    }
}
