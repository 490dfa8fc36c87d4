//! Threads that serve visitors, and what all threads know of what the program
//! is about.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use pingora::apps::HttpServerApp;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::StartError;
use crate::gateway::Gateway;
use crate::gateway::listener::{self, Bound, Reception};
use crate::observe::Metrics;

/// How often idle connections to apps are looked through.
const TIDY_EVERY: Duration = Duration::from_secs(15);
/// How long open requests may take after the gateway was told to stop.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// How long WebSockets may take to answer our farewell.
const FAREWELL_TIME: Duration = Duration::from_secs(2);
/// How long a listener that failed is left alone.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// How often it is looked whether all have finished.
const DRAIN_STEP: Duration = Duration::from_millis(20);
/// Blocking tasks of one worker at once: name look-ups and the like.
const BLOCKING_THREADS: usize = 4;

/// Descriptors that the program needs beside connections.
const RESERVED_DESCRIPTORS: u64 = 128;

/// What is told at the end of one that gave up.
const WITHOUT_STORE: &str = "the store could not be opened again; look at the disk of the data \
                             folder, then start again";

/// Connections at once where the operator says nothing.
const CONNECTIONS_DEFAULT: usize = 16_384;

/// As many connections as are wanted by `key` and there are descriptors for, two
/// for each: the client's and the app's. Raises the program's own limit first.
pub(super) fn affordable(wanted: Option<usize>, key: &str) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: before.maximum, maximum: before.maximum };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => before.maximum,
        Err(_) => before.current,
    };
    let most = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED_DESCRIPTORS) / 2);
    let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
    if let Some(wanted) = wanted
        && most < wanted
    {
        tracing::warn!(
            key,
            wanted,
            most,
            "fewer than are asked for: raise the limit of open files"
        );
    }
    wanted.unwrap_or(CONNECTIONS_DEFAULT).min(most)
}

/// What the program is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Serving.
    Serving,
    /// Taking nothing new for a moment, while another takes over.
    Paused,
    /// Another serves; what was begun is finished.
    Leaving,
    /// Told to stop.
    Stopping,
}

/// Tells all threads what the program is about.
#[derive(Clone, Debug)]
pub(super) struct Phases {
    phase: watch::Sender<Phase>,
    /// The same as the proxy library understands it.
    stopped: watch::Sender<bool>,
    /// Whether it ends for want of its store.
    without_store: Arc<AtomicBool>,
}

impl Phases {
    pub fn new() -> Self {
        Self {
            phase: watch::Sender::new(Phase::Serving),
            stopped: watch::Sender::new(false),
            without_store: Arc::default(),
        }
    }

    /// Goes on to another phase. Nothing comes after stopping: a thread that was
    /// told so is gone.
    pub fn set(&self, phase: Phase) {
        let changed = self.phase.send_if_modified(|now| {
            let goes_on = *now != Phase::Stopping;
            if goes_on {
                *now = phase;
            }
            goes_on
        });
        if changed {
            self.stopped.send_replace(matches!(phase, Phase::Leaving | Phase::Stopping));
        }
    }

    pub fn watch(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Gives up: without a store nobody can be served, and a supervisor starts anew.
    pub fn give_up_store(&self) {
        tracing::error!("the store cannot be opened again; stopping");
        self.without_store.store(true, Ordering::Relaxed);
        self.set(Phase::Stopping);
    }

    /// What the program ends with.
    ///
    /// # Errors
    ///
    /// [`StartError::Data`] where it gave up.
    pub fn how_it_ended(&self) -> Result<(), StartError> {
        match self.without_store.load(Ordering::Relaxed) {
            true => Err(StartError::Data(WITHOUT_STORE.to_owned())),
            false => Ok(()),
        }
    }

    /// Waits for something, unless the program is told to stop first.
    pub async fn unless_stopping<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        let mut phase = self.watch();
        tokio::select! {
            biased;
            _ = phase.wait_for(|phase| *phase == Phase::Stopping) => None,
            done = what => Some(done),
        }
    }
}

/// What a worker needs.
pub(super) struct Worker {
    /// Which one.
    pub number: usize,
    /// The sockets, shared by all workers, and how their connections come in.
    pub listeners: Vec<(Bound, Reception)>,
    /// Its gateway.
    pub gateway: Gateway,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// What the program is about.
    pub phases: Phases,
}

/// Starts a worker: one thread that shares nothing a request has to wait for.
/// Also gives by what it can be asked whether it has its turn.
pub(super) fn start(worker: Worker) -> Result<(JoinHandle<()>, Handle), StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(|error| failed(&error))?;
    let handle = runtime.handle().clone();
    let worker = std::thread::Builder::new()
        .name(format!("worker-{}", worker.number))
        .spawn(move || runtime.block_on(work(worker)))
        .map_err(|error| failed(&error))?;
    Ok((worker, handle))
}

async fn work(worker: Worker) {
    let Worker { number: _, listeners, gateway, metrics, phases } = worker;
    let (pool, http2) = gateway.pools();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDY_EVERY).await;
            pool.tidy();
            http2.tidy();
        }
    });
    tokio::spawn(gateway.end_streams());
    let streams = gateway.streams();
    let proxy = listener::proxy(gateway);
    for (bound, reception) in listeners {
        let proxy = proxy.clone();
        let (mut phase, stopped) = (phases.watch(), phases.stopped.subscribe());
        tokio::spawn(async move {
            while phase.wait_for(|phase| *phase == Phase::Serving).await.is_ok() {
                let (proxy, reception) = (proxy.clone(), reception.clone());
                let served = async {
                    listener::serve(bound.try_clone()?, proxy, reception, stopped.clone()).await
                };
                let ended = tokio::select! {
                    _ = phase.wait_for(|phase| *phase != Phase::Serving) => continue,
                    served = served => served,
                };
                let Err(error) = ended else { return };
                // Such as no descriptor left: others will close.
                tracing::error!(%error, "a listener failed; it is tried again");
                tokio::time::sleep(LISTEN_AGAIN).await;
            }
        });
    }
    let mut phase = phases.watch();
    let leaving = |phase: &Phase| matches!(phase, Phase::Leaving | Phase::Stopping);
    let leaves = phase.wait_for(leaving).await.is_ok_and(|phase| *phase == Phase::Leaving);
    if !leaves {
        // Closes connections that wait for their next request; the others finish.
        proxy.http_cleanup().await;
    }
    // Who leaves serves each open connection's next request, with a word that
    // it was the last: a connection closed just then would lose it.
    let enough = phase.wait_for(|phase| *phase == Phase::Stopping);
    let drained = emptied(&metrics, DRAIN_TIME);
    tokio::select! {
        () = drained => {}
        _ = enough, if leaves => {}
    }
    streams.say_farewell();
    proxy.http_cleanup().await;
    emptied(&metrics, FAREWELL_TIME).await;
}

/// Waits until no connection is open, at most so long.
async fn emptied(metrics: &Metrics, most: Duration) {
    let mut waited = Duration::ZERO;
    while metrics.connections.get() > 0 && waited < most {
        tokio::time::sleep(DRAIN_STEP).await;
        waited += DRAIN_STEP;
    }
}
