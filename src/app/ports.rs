//! What the gateway asks of the use cases.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::crypto::Token;
use crate::domain::{AccountId, Clock};
use crate::flow::{self, HandoverError, Handovers, KeptPosts, KeptValue, Nonce, Ticket, WayBacks};
use crate::gateway::refuse::Reason;
use crate::gateway::{Departures, Forms, KeptForm, Leaving, SentForm, WayBack};
use crate::observe::{KeptPostOutcome, Metrics, Seldom};

/// Joins the gateway's port to the flow that keeps ways back.
pub struct WayBackPort(pub WayBacks);

#[async_trait]
impl WayBack for WayBackPort {
    async fn keep(&self, ticket: Token, path: String) {
        self.0.keep(&Ticket::from_token(ticket), path).await;
    }
}

/// Joins the gateway's port to the flow that hands sign-ins over.
pub struct DeparturesPort {
    /// The flow.
    pub flow: Handovers,
    /// By which faults are told now and then.
    pub clock: Arc<dyn Clock>,
    /// Those that were not told yet.
    pub faults: Seldom,
}

#[async_trait]
impl Departures for DeparturesPort {
    async fn depart(&self, leaving: Leaving) -> Result<String, Reason> {
        let Leaving { host, nonce, path, within, others } = leaving;
        let nonce = &Nonce::from_token(nonce);
        let left = flow::Leaving { host: &host, nonce, path, within, others };
        self.flow.depart(left).await.map_err(|error| match error {
            HandoverError::Round => Reason::Round,
            HandoverError::InClear => Reason::NoSession,
            error => {
                // Whoever is not signed in meets it, again and again.
                if let Some(times) = self.faults.note(self.clock.elapsed()) {
                    tracing::error!(%error, times, "nobody can leave a host to sign in");
                }
                Reason::Store
            }
        })
    }
}

/// Forms that are read at once, which bounds the memory they take.
const READ_AT_ONCE: usize = 16;

/// Joins the gateway's port to the flow that keeps forms.
pub struct FormsPort {
    flow: KeptPosts,
    metrics: Arc<Metrics>,
    bytes_max: usize,
    room: Arc<Semaphore>,
}

impl FormsPort {
    /// Forms of so many bytes at most are kept.
    pub fn new(flow: KeptPosts, metrics: Arc<Metrics>, bytes_max: usize) -> Self {
        Self { flow, metrics, bytes_max, room: Arc::new(Semaphore::new(READ_AT_ONCE)) }
    }
}

#[async_trait]
impl Forms for FormsPort {
    fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    fn room(&self) -> Option<OwnedSemaphorePermit> {
        self.room.clone().try_acquire_owned().ok()
    }

    fn too_large(&self) {
        self.metrics.kept_post(KeptPostOutcome::TooLarge);
    }

    async fn keep(&self, form: SentForm) -> Option<Token> {
        let SentForm { from, host, path, content_type, body } = form;
        let post = flow::Post { from, host, path, content_type, body: body.to_vec() };
        match self.flow.keep(post).await {
            Ok(value) => Some(value.into_token()),
            Err(error) => {
                tracing::warn!(%error, "a form was not kept");
                None
            }
        }
    }

    async fn take(
        &self,
        value: Token,
        place: (&str, &str),
        account: AccountId,
    ) -> Option<KeptForm> {
        match self.flow.take(&KeptValue::from_token(value), place, account).await {
            Ok(post) => Some(KeptForm { content_type: post.content_type, body: post.body.into() }),
            Err(error) => {
                tracing::warn!(%error, "a kept form was not sent");
                None
            }
        }
    }
}
