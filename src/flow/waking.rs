//! Waking phones: a short queue between those who ask and the push services,
//! so that nobody waits for these. What is lost costs nothing but the ringing:
//! the phone shows the question when it is opened.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use super::phone::{Phone, PhoneId};
use super::{Ground, SignInError, account};
use crate::domain::{ANSWER_WITHIN, Language, Moment, Words};
use crate::notice::push::{Knock, PushError, Pusher, Subscription};
use crate::observe::{Metrics, PushOutcome};
use crate::store::Change;

/// Phones that wait to be woken, at most.
const QUEUE: usize = 256;
/// Messages on their way at once.
const AT_ONCE: usize = 16;
/// A later message takes the place of an earlier one that still waits.
const TOPIC: &str = "sign-in";
/// A question that is over wakes nobody.
const DROPPED_AFTER: Duration = ANSWER_WITHIN;

/// Takes phones to be woken.
#[derive(Clone, Debug, Default)]
pub struct Waker(Option<(mpsc::Sender<PhoneId>, Arc<Metrics>)>);

impl Waker {
    /// Wakes a phone in a moment, if it can be.
    pub(super) fn wake(&self, phone: PhoneId) {
        if let Some((queue, metrics)) = &self.0
            && queue.try_send(phone).is_err()
        {
            metrics.push(PushOutcome::Dropped);
        }
    }
}

/// Wakes the phones that were taken.
pub struct Waking {
    queue: mpsc::Receiver<PhoneId>,
    desk: Arc<Desk>,
}

impl std::fmt::Debug for Waking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waking")
    }
}

/// What a message needs.
struct Desk {
    ground: Ground,
    pusher: Arc<Pusher>,
    portal: String,
    language: Language,
    page: String,
}

impl Waking {
    /// Both ends: one takes phones, the other wakes them. `portal` is the name
    /// that phones show, in `language` where the person has chosen none.
    pub fn new(
        ground: Ground,
        pusher: Arc<Pusher>,
        (portal, language): (String, Language),
        public_url: &str,
    ) -> (Waker, Self) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let waker = Waker(Some((sender, ground.metrics.clone())));
        let page = format!("{public_url}/.vestibule/phone");
        let desk = Arc::new(Desk { ground, pusher, portal, language, page });
        (waker, Self { queue, desk })
    }

    /// Works until nobody can ask any more.
    pub async fn run(mut self) {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        while let Some(phone) = self.queue.recv().await {
            let Ok(turn) = turns.clone().acquire_owned().await else { return };
            let desk = self.desk.clone();
            tokio::spawn(async move {
                if let Err(error) = desk.wake(phone).await {
                    tracing::warn!(%error, "a phone was not woken");
                    desk.ground.metrics.push(PushOutcome::Failed);
                }
                drop(turn);
            });
        }
    }
}

impl Desk {
    async fn wake(&self, id: PhoneId) -> Result<(), SignInError> {
        let now = self.ground.clock.now();
        let Some(phone) = Phone::load(&self.ground, id, now).await? else { return Ok(()) };
        let Some(push) = &phone.record.push else { return Ok(()) };
        let Some((owner, _)) = account::by_id(&self.ground, phone.account, now).await? else {
            return Ok(());
        };
        let words = Words::of(owner.language.unwrap_or(self.language));
        let body = words.say("approve-knock");
        let knock = Knock { title: &self.portal, body: &body, navigate: &self.page };
        let hosts = self.pusher.hosts();
        let sent = match Subscription::parse(&push.endpoint, &push.p256dh, &push.auth, hosts) {
            Ok(subscription) => self.send(&subscription, &knock, now).await,
            Err(error) => Err(PushError::NotAllowed(error.to_string())),
        };
        let metrics = &self.ground.metrics;
        match sent {
            Ok(()) => metrics.push(PushOutcome::Sent),
            Err(error) if error.ends_subscription() => {
                metrics.push(PushOutcome::Gone);
                self.forget(phone).await?;
            }
            Err(error) => {
                metrics.push(PushOutcome::Failed);
                tracing::warn!(%error, "a phone was not woken");
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        subscription: &Subscription,
        knock: &Knock<'_>,
        now: Moment,
    ) -> Result<(), PushError> {
        self.pusher.send(subscription, &knock.payload()?, TOPIC, DROPPED_AFTER, now).await
    }

    /// Deletes a subscription that ended. If the phone gave another one at the
    /// same moment, that one stays.
    async fn forget(&self, mut phone: Phone) -> Result<(), SignInError> {
        phone.record.push = None;
        let change = phone.put(&self.ground, Change::new())?;
        match self.ground.store.commit(change, self.ground.clock.now()).await {
            Ok(()) | Err(crate::store::StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
