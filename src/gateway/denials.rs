//! Who was refused where, for the operator: people telephone about it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::{AccountId, Moment};
use crate::observe::audit::Around;
use crate::observe::{Audit, Event};

/// For how long one account's refusals by one app are told once.
const SPAN: Duration = Duration::from_secs(60);
/// Refusals that are told in that time at most.
const TOLD_MAX: usize = 100;

/// What was told lately.
#[derive(Debug, Default)]
struct Told {
    /// When the first of them was.
    since: Option<Moment>,
    whom: HashSet<(AccountId, String)>,
}

/// Writes into the audit log whom an app's rule did not let pass.
///
/// SECURITY: what a refused visitor asks again is not recorded again at once.
/// - Against: a script of somebody who is signed in and may not go there, which
///   fills the disk with records of it, or drives others out of the queue.
/// - Therefore: an account and app are told once in a minute, and at most a
///   hundred in all.
/// - Price: how often it was tried is not known, and of more than a hundred in a
///   minute some are only in the log.
/// - Held by: `a_refusal_is_told_once_in_a_minute_for_each_account_and_app`.
#[derive(Debug)]
pub struct Denials {
    audit: Audit,
    told: Mutex<Told>,
}

impl Denials {
    /// Writes there.
    pub fn new(audit: Audit) -> Self {
        Self { audit, told: Mutex::default() }
    }

    /// Notes that a request was refused; `around` says whose, and by which app.
    pub fn note(&self, around: Around<'_>, now: Moment) {
        if self.is_news(around, now) {
            self.audit.record(&Event::Denied, around, now);
        }
    }

    fn is_news(&self, around: Around<'_>, now: Moment) -> bool {
        let (Some(account), Some(app)) = (around.account, around.app) else { return false };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was put back must not silence it.
        let fresh = told.since.is_some_and(|since| since <= now && now.since(since) < SPAN);
        if !fresh {
            told.since = Some(now);
            told.whom.clear();
        }
        told.whom.len() < TOLD_MAX && told.whom.insert((account, app.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: usize) -> AccountId {
        AccountId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
    }

    #[test]
    fn a_refusal_is_told_once_in_a_minute_for_each_account_and_app() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit");
        let lost = prometheus::IntCounter::new("lost", "lost").unwrap();
        let denials = Denials::new(Audit::open(&path, lost).unwrap());
        let lines = || {
            denials.audit.flush(Duration::from_secs(5));
            std::fs::read_to_string(&path).unwrap().lines().count()
        };
        let deny = |whose, app, now| {
            let account = Some(account(whose));
            denials.note(Around { account, app: Some(app), ..Around::default() }, now);
        };
        let begun = Moment::from_unix_millis(1_000_000);
        for _ in 0..10 {
            deny(1, "portal", begun);
        }
        assert_eq!(lines(), 1);
        // Control: another app, another account, and the same a minute later.
        deny(1, "books", begun);
        deny(2, "portal", begun);
        assert_eq!(lines(), 3);
        deny(1, "portal", begun.plus(SPAN));
        assert_eq!(lines(), 4);
        for whose in 0..3 * TOLD_MAX {
            deny(whose, "portal", begun.plus(SPAN));
        }
        assert_eq!(lines(), 3 + TOLD_MAX);
        // A clock that is put back silences nothing.
        deny(1, "portal", begun);
        assert_eq!(lines(), 4 + TOLD_MAX);
    }
}
