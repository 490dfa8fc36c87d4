//! What goes on beside visitors' requests: mails, hashes that wait, keys,
//! expired records, phones to be woken.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::domain::Clock;
use crate::flow::key::Keys;
use crate::flow::{Handovers, Outbox, Provision, Sessions, SignIn, Waking, WayBacks};

/// How often keys are looked after and expired records removed.
const TEND_EVERY: Duration = Duration::from_secs(300);
/// How often it is looked whether a mail is due.
const POST_EVERY: Duration = Duration::from_millis(500);
/// The longest wait for a mail server that is away.
const POST_AWAY_MAX: Duration = Duration::from_secs(60);
/// How often it is looked whether passwords wait to be hashed.
const HASH_EVERY: Duration = Duration::from_secs(1);

/// What the work is done with.
pub(super) struct Chores {
    pub waking: Option<Waking>,
    pub steady: Steady,
}

/// What goes on in passes, and can be left between two of them.
#[derive(Clone)]
pub(super) struct Steady {
    pub outbox: Outbox,
    pub provision: Provision,
    pub keys: Arc<Keys>,
    pub sessions: Sessions,
    pub sign_in: SignIn,
    pub way_backs: WayBacks,
    pub handovers: Handovers,
    pub clock: Arc<dyn Clock>,
}

/// Chores that are being done.
pub(super) struct Busy {
    steady: Steady,
    stop: watch::Sender<bool>,
    tasks: Tasks,
    /// Ends at once: a phone that is not woken is looked at anyway.
    waking: Option<JoinHandle<()>>,
}

/// One for each chore, in the same order always.
type Tasks = Vec<JoinHandle<()>>;

impl Busy {
    /// Ends them for good, and begins others in their place: each when the one before it
    /// has ended. A mail that is on its way is finished first, else it would be sent twice;
    /// nobody else waits for its server.
    pub fn give_way(&mut self, to: Chores) {
        self.stop.send_replace(true);
        if let Some(waking) = self.waking.take() {
            waking.abort();
        }
        *self = to.begin_after(mem::take(&mut self.tasks));
    }

    /// Leaves them where they can be left, and waits for that.
    pub async fn pause(&mut self) {
        self.stop.send_replace(true);
        while let Some(task) = self.tasks.last_mut() {
            // One that failed is over as well.
            let _ = task.await;
            self.tasks.pop();
        }
    }

    /// Goes on with them.
    pub fn resume(&mut self) {
        // A sender of its own: what was stopped must not hear that others go on.
        self.stop = watch::Sender::new(false);
        let before = mem::take(&mut self.tasks);
        self.tasks = self.steady.clone().begin(before, &Pause(self.stop.subscribe()));
    }
}

impl Chores {
    /// Begins them, in the present runtime.
    pub fn begin(self) -> Busy {
        self.begin_after(Tasks::new())
    }

    fn begin_after(self, before: Tasks) -> Busy {
        let waking = self.waking.map(|waking| tokio::spawn(waking.run()));
        let stop = watch::Sender::new(false);
        let mut busy = Busy { steady: self.steady, stop, tasks: before, waking };
        busy.resume();
        busy
    }
}

impl Steady {
    fn begin(self, before: Tasks, pause: &Pause) -> Tasks {
        let swept = (self.sessions, self.sign_in, (self.way_backs, self.handovers));
        let posted = post(self.outbox, self.provision.clone(), pause.clone());
        let hashed = hash_behind(self.provision, pause.clone());
        let tended = tend(self.keys, swept, self.clock, pause.clone());
        let mut before = before.into_iter();
        vec![
            tokio::spawn(after(before.next(), pause.clone(), posted)),
            tokio::spawn(after(before.next(), pause.clone(), hashed)),
            tokio::spawn(after(before.next(), pause.clone(), tended)),
        ]
    }
}

/// Does a chore once the one before it has ended, unless that is over by then.
async fn after(before: Option<JoinHandle<()>>, pause: Pause, chore: impl Future<Output = ()>) {
    if let Some(before) = before {
        let _ = before.await;
        if *pause.0.borrow() {
            return;
        }
    }
    chore.await;
}

/// Waits between two passes of a chore.
#[derive(Clone)]
struct Pause(watch::Receiver<bool>);

impl Pause {
    /// Waits; says whether the chore goes on.
    async fn take(&mut self, wait: Duration) -> bool {
        // Stopped meanwhile, or whoever could stop it is gone.
        let stopped = tokio::time::timeout(wait, self.0.wait_for(|stop| *stop)).await;
        stopped.is_err()
    }
}

/// Looks after keys and expired records.
async fn tend(
    keys: Arc<Keys>,
    (sessions, sign_in, kept): (Sessions, SignIn, (WayBacks, Handovers)),
    clock: Arc<dyn Clock>,
    mut pause: Pause,
) {
    loop {
        if let Err(error) = keys.tend(clock.now()).await {
            tracing::error!(%error, "signing keys were not looked after");
        }
        for swept in [
            sessions.sweep().await,
            sign_in.recount().await,
            kept.0.recount().await,
            kept.1.recount().await,
        ] {
            if let Err(error) = swept {
                tracing::error!(%error, "expired records were not looked after");
            }
        }
        if !pause.take(TEND_EVERY).await {
            return;
        }
    }
}

/// Sends mails as they fall due. A server that is away is asked again, later
/// and later; nobody else waits for it.
async fn post(outbox: Outbox, provision: Provision, mut pause: Pause) {
    let (mut away, mut idle) = (POST_EVERY, true);
    for pass in 0_u64.. {
        // Counting looks at all that waits, so not after every few that were sent.
        if (idle || pass % 16 == 0)
            && let Err(error) = outbox.recount().await
        {
            tracing::error!(%error, "waiting mails were not counted");
        }
        let wait = match outbox.send_due(&provision).await {
            Ok(pass) if pass.away => {
                away = (2 * away).min(POST_AWAY_MAX);
                away
            }
            Ok(pass) => {
                away = POST_EVERY;
                if pass.more { Duration::ZERO } else { POST_EVERY }
            }
            Err(error) => {
                tracing::error!(%error, "mails were not looked after");
                POST_AWAY_MAX
            }
        };
        idle = !wait.is_zero();
        if !pause.take(wait).await {
            return;
        }
    }
}

/// Hashes the passwords of imported accounts while nothing else is to be done.
async fn hash_behind(provision: Provision, mut pause: Pause) {
    loop {
        let wait = match provision.hash_waiting().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => HASH_EVERY,
            Err(error) => {
                tracing::error!(%error, "waiting passwords were not hashed");
                HASH_EVERY
            }
        };
        if !pause.take(wait).await {
            return;
        }
    }
}
