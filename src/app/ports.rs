//! What the gateway asks of the use cases.

use std::sync::Arc;

use async_trait::async_trait;

use crate::crypto::Token;
use crate::domain::{AccountId, Clock};
use crate::flow::{self, HandoverError, Handovers, KeptPostError, KeptPosts, KeptValue};
use crate::flow::{Nonce, Post, Ticket, WayBacks};
use crate::gateway::form_room::FormRoom;
use crate::gateway::refuse::Reason;
use crate::gateway::{Departures, Forms, KeptForm, Leaving, OtherSite, SentForm, WayBack};
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
        let Leaving { host, nonce, path, within, others, client } = leaving;
        let nonce = &Nonce::from_token(nonce);
        let left = flow::Leaving { host: &host, nonce, path, within, others, client: Some(client) };
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

/// Joins the gateway's port to the flow that keeps forms.
pub struct FormsPort {
    flow: KeptPosts,
    metrics: Arc<Metrics>,
    bytes_max: usize,
    room: FormRoom,
}

impl FormsPort {
    /// Forms of so many bytes at most are kept.
    pub fn new(flow: KeptPosts, metrics: Arc<Metrics>, bytes_max: usize) -> Self {
        Self { flow, metrics, bytes_max, room: FormRoom::default() }
    }
}

#[async_trait]
impl Forms for FormsPort {
    fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    fn room(&self) -> &FormRoom {
        &self.room
    }

    fn too_large(&self) {
        self.metrics.kept_post(KeptPostOutcome::TooLarge);
    }

    async fn keep(&self, form: SentForm) -> Option<Token> {
        let SentForm { from, host, path, content_type, body, origin, client } = form;
        let post = Post { from, host, path, content_type, body: body.to_vec(), origin };
        match self.flow.keep(post, client).await {
            Ok(value) => Some(value.into_token()),
            Err(error) => {
                tracing::warn!(%error, "a form was not kept");
                None
            }
        }
    }

    async fn look(
        &self,
        value: Token,
        place: (&str, &str),
        account: AccountId,
    ) -> Option<KeptForm> {
        shown(self.flow.look(&KeptValue::from_token(value), place, account).await)
    }

    async fn take(
        &self,
        value: Token,
        place: (&str, &str),
        account: AccountId,
    ) -> Option<KeptForm> {
        shown(self.flow.take(&KeptValue::from_token(value), place, account).await)
    }
}

/// A form as the gateway sends it.
fn shown(found: Result<Post, KeptPostError>) -> Option<KeptForm> {
    match found {
        Ok(post) => {
            let other_site = match post.is_bounced() {
                true => Some(OtherSite { origin: post.origin }),
                false => None,
            };
            let (content_type, body) = (post.content_type, post.body.into());
            Some(KeptForm { content_type, body, other_site })
        }
        Err(error) => {
            tracing::warn!(%error, "a kept form was not sent");
            None
        }
    }
}
