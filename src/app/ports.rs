//! What the gateway asks of the use cases.

use async_trait::async_trait;

use crate::crypto::Token;
use crate::flow::{self, HandoverError, Handovers, Nonce, Ticket, WayBacks};
use crate::gateway::refuse::Reason;
use crate::gateway::{Departures, Leaving, WayBack};

/// Joins the gateway's port to the flow that keeps ways back.
pub struct WayBackPort(pub WayBacks);

#[async_trait]
impl WayBack for WayBackPort {
    async fn keep(&self, ticket: Token, path: String) {
        self.0.keep(&Ticket::from_token(ticket), path).await;
    }
}

/// Joins the gateway's port to the flow that hands sign-ins over.
pub struct DeparturesPort(pub Handovers);

#[async_trait]
impl Departures for DeparturesPort {
    async fn depart(&self, leaving: Leaving) -> Result<String, Reason> {
        let Leaving { host, nonce, path, within, others } = leaving;
        let nonce = &Nonce::from_token(nonce);
        let left = flow::Leaving { host: &host, nonce, path, within, others };
        self.0.depart(left).await.map_err(|error| match error {
            HandoverError::Round => Reason::Round,
            error => {
                tracing::error!(%error, "nobody can leave a host to sign in");
                Reason::Store
            }
        })
    }
}
