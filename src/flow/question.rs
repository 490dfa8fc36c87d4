//! The one question that an account's phones can be asked: how it is kept, and
//! how those hear of it who wait for the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::sync::broadcast;

use super::{Ground, SignInError};
use crate::domain::{AccountId, AskedFrom, Asks, Failures, Moment, Question, QuestionState};
use crate::store::record::{ApprovalRecord, AsksShape, QuestionShape};
use crate::store::{Change, Expect, Table};

/// How long it is remembered how often phones were asked.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// What an account's phones were asked, as it was read.
pub struct Questions {
    account: AccountId,
    expect: Expect,
    pub record: ApprovalRecord,
}

fn place(account: AccountId) -> Vec<u8> {
    [b"approval/".as_slice(), account.as_bytes()].concat()
}

impl Questions {
    /// Of this account.
    pub async fn load(
        ground: &Ground,
        account: AccountId,
        now: Moment,
    ) -> Result<Self, SignInError> {
        let stored = ground.store.read(Table::Approval, account.as_bytes(), now).await?;
        let Some(stored) = stored else {
            return Ok(Self { account, expect: Expect::Absent, record: ApprovalRecord::default() });
        };
        let clear = ground.sealer.open(&place(account), &stored.data)?;
        let record = ApprovalRecord::decode(&clear)?;
        Ok(Self { account, expect: Expect::Version(stored.version), record })
    }

    /// Adds the writing of it to a change, which fails if somebody else was
    /// faster: of two answers, or an answer and its use, one counts.
    pub fn put(&self, ground: &Ground, change: Change, now: Moment) -> Result<Change, SignInError> {
        let clear = self.record.encode()?;
        let sealed = ground.sealer.seal(&place(self.account), &clear, &*ground.chance)?;
        let at = (Table::Approval, *self.account.as_bytes());
        Ok(change.put(at, self.expect, sealed, Some(now.plus(LIFE))))
    }

    /// The question, if there is one.
    pub fn question(&self) -> Result<Option<Question>, SignInError> {
        self.record.question.as_ref().map(rule_of).transpose()
    }

    /// The question that this sign-in asked, if it is still there.
    pub fn of_ticket(
        &self,
        ticket: &[u8; 32],
    ) -> Result<Option<(&QuestionShape, Question)>, SignInError> {
        let Some(shape) = &self.record.question else { return Ok(None) };
        match shape.ticket == BASE64.encode(ticket) {
            true => Ok(Some((shape, rule_of(shape)?))),
            false => Ok(None),
        }
    }

    /// Writes down what was answered.
    pub fn set(&mut self, state: QuestionState, phone: Option<&str>, now: Moment) {
        if let Some(question) = &mut self.record.question {
            question.state = state.word().to_owned();
            question.phone = phone.map(str::to_owned);
            question.answered = Some(now.unix_millis());
        }
    }

    /// Takes the question away, because the sign-in goes on with its yes. That
    /// yes also forgets how often phones were asked from such a browser.
    pub fn use_up(&mut self) {
        if let Some(question) = self.record.question.take() {
            *self.asks_of(asked_from(&question)) = AsksShape::default();
        }
    }

    /// How often phones were asked from such a browser.
    pub fn asks(&mut self, from: AskedFrom) -> Asks {
        let shape = self.asks_of(from);
        let row = (shape.count > 0)
            .then_some(Failures::new(shape.count, Moment::from_unix_millis(shape.last)));
        Asks { row, hour: shape.hour.iter().copied().map(Moment::from_unix_millis).collect() }
    }

    /// Writes down how often they were.
    pub fn set_asks(&mut self, from: AskedFrom, asks: &Asks) {
        *self.asks_of(from) = AsksShape {
            count: asks.row.map_or(0, |row| row.count),
            last: asks.row.map_or(0, |row| row.last.unix_millis()),
            hour: asks.hour.iter().copied().map(Moment::unix_millis).collect(),
        };
    }

    fn asks_of(&mut self, from: AskedFrom) -> &mut AsksShape {
        match from {
            AskedFrom::KnownBrowser => &mut self.record.known,
            AskedFrom::NewBrowser => &mut self.record.new,
        }
    }
}

fn asked_from(shape: &QuestionShape) -> AskedFrom {
    match shape.known {
        true => AskedFrom::KnownBrowser,
        false => AskedFrom::NewBrowser,
    }
}

/// What decides about a question. One that cannot be read is an error, never a
/// yes.
fn rule_of(shape: &QuestionShape) -> Result<Question, SignInError> {
    let state = QuestionState::from_word(&shape.state)
        .ok_or_else(|| SignInError::Fault("a question to phones is malformed".to_owned()))?;
    Ok(Question {
        from: asked_from(shape),
        expires: Moment::from_unix_millis(shape.expires),
        state,
        answered: shape.answered.map(Moment::from_unix_millis),
    })
}

/// The sign-in that a question is about, by its hash.
pub fn ticket_of(text: &str) -> Option<[u8; 32]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

/// News that wait to be heard; who is slower looks for itself.
const NEWS_MAX: usize = 256;
/// Pages that wait live for one sign-in, and for all.
const WATCHERS_OF_ONE: usize = 4;
const WATCHERS_MAX: usize = 1000;

/// News for those who wait.
#[derive(Clone, Copy, Debug)]
enum News {
    /// Something happened in this half-done sign-in.
    Of([u8; 32]),
    /// The gateway stops.
    Stop,
}

/// Tells the pages of half-done sign-ins, on whichever thread, that a phone did
/// something.
#[derive(Clone, Debug)]
pub struct Watch {
    news: broadcast::Sender<News>,
    watchers: Arc<Mutex<HashMap<[u8; 32], usize>>>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { news: broadcast::Sender::new(NEWS_MAX), watchers: Arc::default() }
    }
}

impl Watch {
    /// Something happened in the sign-in with this hash.
    pub(super) fn tell(&self, ticket: [u8; 32]) {
        // Nobody may be waiting.
        let _ = self.news.send(News::Of(ticket));
    }

    /// Nobody waits from now on.
    pub fn stop(&self) {
        let _ = self.news.send(News::Stop);
    }

    /// Begins to wait; `None` where too many do.
    pub(super) fn begin(&self, ticket: [u8; 32]) -> Option<Watcher> {
        let news = self.news.subscribe();
        let mut all = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.get(&ticket).copied().unwrap_or(0);
        if own >= WATCHERS_OF_ONE || all.values().sum::<usize>() >= WATCHERS_MAX {
            return None;
        }
        all.insert(ticket, own + 1);
        drop(all);
        Some(Watcher { ticket, news, watchers: self.watchers.clone() })
    }
}

/// Somebody who waits.
#[derive(Debug)]
pub struct Watcher {
    ticket: [u8; 32],
    news: broadcast::Receiver<News>,
    watchers: Arc<Mutex<HashMap<[u8; 32], usize>>>,
}

impl Watcher {
    /// Returns when it is worth looking; `false` when the gateway stops.
    pub async fn heard(&mut self) -> bool {
        loop {
            match self.news.recv().await {
                Ok(News::Of(ticket)) if ticket == self.ticket => return true,
                Ok(News::Of(_)) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => return true,
                Ok(News::Stop) | Err(broadcast::error::RecvError::Closed) => return false,
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut all = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(&self.ticket) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                all.remove(&self.ticket);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_hears_of_their_own_sign_in_and_of_the_end() {
        let watch = Watch::default();
        let (mut one, mut other) = (watch.begin([1; 32]).unwrap(), watch.begin([2; 32]).unwrap());
        watch.tell([1; 32]);
        assert!(one.heard().await);
        watch.stop();
        assert!(!other.heard().await, "of the end, and of nothing before it");
    }

    #[test]
    fn a_bounded_number_waits_and_whoever_leaves_makes_room() {
        let watch = Watch::default();
        let own: Vec<_> = (0..WATCHERS_OF_ONE).map(|_| watch.begin([1; 32]).unwrap()).collect();
        assert!(watch.begin([1; 32]).is_none());
        // Control: another sign-in has room, and so has this one when one left.
        assert!(watch.begin([2; 32]).is_some());
        drop(own);
        assert!(watch.begin([1; 32]).is_some());
        assert!(watch.watchers.lock().unwrap().is_empty(), "nothing is kept of who left");

        let key = |number: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            key
        };
        let all: Vec<_> = (0..WATCHERS_MAX).map(|n| watch.begin(key(n)).unwrap()).collect();
        assert!(watch.begin(key(WATCHERS_MAX)).is_none());
        drop(all);
        assert!(watch.begin(key(WATCHERS_MAX)).is_some());
    }
}
