//! Waking a phone: Web Push (RFC 8030) to the service of its browser.
//!
//! ```text
//! Subscription::parse   what a browser gave, judged by the operator's list
//! Knock::payload        what the phone is to show
//! Pusher::send          encrypted for that browser, signed by us
//! ```
//!
//! Nothing here keeps a subscription, tries again or knows who asked: what
//! follows from a [`PushError`] is the caller's to decide.

mod address;
mod connection;
mod encryption;
mod hosts;
mod knock;
mod subscription;
mod vapid;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Request, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::timeout;

pub use connection::FurtherRoots;
pub use hosts::{ENDPOINT_BYTES_MAX, PUSH_SERVICES, PushHost, PushHostError, PushHosts};
pub use knock::{KNOCK_BYTES_MAX, Knock};
pub use subscription::{AUTH_SECRET_BYTES, PUBLIC_KEY_BYTES, Subscription, SubscriptionError};
pub use vapid::{Contact, ContactError};

use super::paragraph::one_line;
use crate::domain::Moment;
use connection::{Connections, Names, SystemNames, Trouble};
use encryption::{SALT_BYTES, encrypt};
use hosts::{Endpoint, Origin};
use vapid::VapidKey;

/// Longest topic in characters (RFC 8030 section 5.4).
pub const TOPIC_CHARACTERS_MAX: usize = 32;
/// What is read of an answer, in bytes, and for how long; only its status counts.
const ANSWER_BYTES_MAX: usize = 1024;
const ANSWER_READ_FOR: Duration = Duration::from_millis(500);
/// Longest pause that a service can ask for.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest explanation in characters.
const CHARACTERS_MAX: usize = 300;

/// Whom push services can reach, and which services we write to.
#[derive(Clone, Debug)]
pub struct PushSettings {
    /// The operator, for those who run the services.
    pub contact: Contact,
    /// The services that may be written to.
    pub hosts: PushHosts,
    /// Further root certificates, for a service of the operator's own.
    pub further_roots: FurtherRoots,
    /// Longest time for one message, from asking for the name to the status of
    /// the answer.
    pub timeout: Duration,
}

/// Settings with which nothing could be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushSettingsError {
    /// The gateway's key.
    #[error("the key for push messages is not a P-256 key pair in PKCS#8")]
    Key,
    /// The further root certificates.
    #[error("the root certificates cannot be read ({0}); they must be in PEM")]
    Certificate(String),
    /// The library refused.
    #[error("encrypted connections to push services cannot be set up: {0}")]
    Tls(String),
}

/// Why a message was not taken by the push service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The service does not know the subscription (any more).
    #[error("the push service has no such subscription; delete it")]
    Gone,
    /// The message is too long, for us or for the service.
    #[error("the push message is too long")]
    TooLarge,
    /// Trouble that may pass.
    #[error("the push message can be tried again later: {why}")]
    Later {
        /// How long the service asks to wait, up to a day.
        after: Option<Duration>,
        /// One line for the operator.
        why: String,
    },
    /// The service refused with this status. It is about us more often than
    /// about the subscription: 403 where it does not accept key or contact.
    #[error("the push service refused the message with status {0}; check push.contact")]
    Refused(u16),
    /// The address is none that may be written to: the list of services does
    /// not have its host (any more), or the name leads inside a network.
    #[error("the push service is not written to: {0}")]
    NotAllowed(String),
    /// The browser's key is no point of the curve, so no message can ever be
    /// written to it.
    #[error("the subscription's key is no point of P-256; delete it")]
    Key,
    /// The topic is not one to 32 characters of base64url.
    #[error(
        "the topic of the push message is not 1 to {TOPIC_CHARACTERS_MAX} base64url characters"
    )]
    Topic,
    /// No random bytes, or a library refused.
    #[error("the push message could not be made; the system may have no random bytes")]
    NotMade,
}

impl PushError {
    /// Whether nothing can ever be sent to this subscription again.
    pub fn ends_subscription(&self) -> bool {
        match self {
            Self::Gone | Self::Key => true,
            Self::TooLarge
            | Self::Later { .. }
            | Self::Refused(_)
            | Self::NotAllowed(_)
            | Self::Topic
            | Self::NotMade => false,
        }
    }
}

/// The way to the push services.
pub struct Pusher {
    contact: Contact,
    hosts: PushHosts,
    timeout: Duration,
    key: VapidKey,
    connections: Connections,
}

impl std::fmt::Debug for Pusher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { contact, hosts, key, .. } = self;
        let mut shown = f.debug_struct("Pusher");
        shown.field("contact", contact).field("hosts", hosts).field("key", key);
        shown.finish_non_exhaustive()
    }
}

impl Pusher {
    /// Reads the settings, the gateway's P-256 key pair (PKCS#8) and the
    /// system's root certificates. Connects to nothing. The key must stay the
    /// same: subscriptions are bound to it.
    ///
    /// # Errors
    ///
    /// [`PushSettingsError`].
    pub fn new(settings: PushSettings, pkcs8: &[u8]) -> Result<Self, PushSettingsError> {
        Self::with_names(settings, pkcs8, Arc::new(SystemNames))
    }

    fn with_names(
        settings: PushSettings,
        pkcs8: &[u8],
        names: Arc<dyn Names>,
    ) -> Result<Self, PushSettingsError> {
        let PushSettings { contact, hosts, further_roots, timeout } = settings;
        let key = VapidKey::load(pkcs8)?;
        let connections = Connections::new(names, further_roots, timeout)?;
        Ok(Self { contact, hosts, timeout, key, connections })
    }

    /// The services that may be written to, to judge a subscription by.
    pub fn hosts(&self) -> &PushHosts {
        &self.hosts
    }

    /// The public key that a page subscribes with (`applicationServerKey`): 65
    /// bytes in base64url.
    pub fn application_server_key(&self) -> &str {
        self.key.public()
    }

    /// Sends a message and waits until the service has taken it; whether the
    /// phone shows it is not known. A message with the same `topic` (up to 32
    /// characters of base64url) that still waits there is replaced; after
    /// `ttl` it is dropped (whole seconds; 0 for at once or never).
    ///
    /// The salt comes from ring's generator, as the key that it goes with does.
    ///
    /// SECURITY: the answer of a push service is looked at and not believed.
    /// - Against: a service, or who poses as one, that sends us elsewhere, answers
    ///   without end or not at all, or announces gigabytes.
    /// - Therefore: no redirect is followed; one limit of time for all; of the
    ///   answer only status and `Retry-After` count, and at most a KiB is read.
    /// - Price: its explanation of a refusal is not passed on.
    /// - Held by: `a_redirect_is_not_followed`, `an_answer_without_end_is_left`,
    ///   `no_more_of_an_answer_is_read_than_its_limit`, `a_service_that_does_not_answer_is_given_up`.
    ///
    /// # Errors
    ///
    /// [`PushError`].
    pub async fn send(
        &self,
        subscription: &Subscription,
        payload: &[u8],
        topic: &str,
        ttl: Duration,
        now: Moment,
    ) -> Result<(), PushError> {
        let Endpoint { uri, origin, reach } =
            Endpoint::read(&subscription.endpoint, &self.hosts)
                .map_err(|error| PushError::NotAllowed(error.to_string()))?;
        if !is_topic(topic) {
            return Err(PushError::Topic);
        }
        let mut salt = [0; SALT_BYTES];
        SystemRandom::new().fill(&mut salt).map_err(|_| PushError::NotMade)?;
        let body = encrypt(subscription, payload, salt)?;
        let request = Request::post(uri)
            .header(AUTHORIZATION, self.key.authorization(&origin, &self.contact, now)?)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_ENCODING, "aes128gcm")
            .header("ttl", ttl.as_secs())
            .header("urgency", "high")
            .header("topic", topic)
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| PushError::NotMade)?;
        let answer = match timeout(self.timeout, self.connections.ask(request, reach)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(Trouble::NotPublic)) => {
                let why = format!("{} leads to no public address", origin.host());
                return Err(PushError::NotAllowed(why));
            }
            Ok(Err(Trouble::Passing(why))) => {
                return Err(later(None, &format!("no answer from {origin}: {why}")));
            }
            Err(_) => {
                let why = format!("{origin} did not answer within {:?}", self.timeout);
                return Err(later(None, &why));
            }
        };
        let told = judge(answer.status(), answer.headers(), &origin, now);
        // A connection whose answer was read can serve again.
        let _ = timeout(ANSWER_READ_FOR, read_away(answer.into_body())).await;
        told
    }
}

fn is_topic(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=TOPIC_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// What a status says (RFC 8030 sections 5 and 7.3, and the services' pages).
fn judge(
    status: StatusCode,
    headers: &HeaderMap,
    origin: &Origin,
    now: Moment,
) -> Result<(), PushError> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(PushError::Gone),
        StatusCode::PAYLOAD_TOO_LARGE => Err(PushError::TooLarge),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Err(later(pause(headers, now), &format!("{origin} answered {}", status.as_u16())))
        }
        status if status.is_server_error() => {
            Err(later(pause(headers, now), &format!("{origin} answered {}", status.as_u16())))
        }
        refused => Err(PushError::Refused(refused.as_u16())),
    }
}

/// What `Retry-After` asks for: seconds, or a date.
fn pause(headers: &HeaderMap, now: Moment) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
            Moment::from_unix_millis(0).plus(date).since(now)
        }
    };
    Some(asked.min(PAUSE_MAX))
}

fn later(after: Option<Duration>, why: &str) -> PushError {
    PushError::Later { after, why: one_line(why).chars().take(CHARACTERS_MAX).collect() }
}

/// Reads what is left of an answer, up to a limit.
async fn read_away(mut body: impl Body<Data = Bytes> + Unpin) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > ANSWER_BYTES_MAX {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
