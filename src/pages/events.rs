//! `/.vestibule/approve/events` and `/.vestibule/approve/state`: tell the pages
//! `pair` and `approve` that the phone has done its part. They tell no more than
//! that; the page then asks as a form does.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{interval, sleep};
use tokio_stream::wrappers::ReceiverStream;

use super::Pages;
use super::visit::Visit;
use crate::flow::{Ticket, Watcher};

/// A stream ends after so long; a page that still waits begins another one.
const STREAM_LIFE: Duration = Duration::from_secs(3 * 60);
/// How often a stream shows that it lives. One that was left is noticed by the
/// second of these at the latest.
const BEAT_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked without news: another node may have had the phone.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Events on their way at once.
const QUEUE: usize = 4;

const BEAT: Bytes = Bytes::from_static(b":\n\n");
const MOVED: Bytes = Bytes::from_static(b"event: moved\ndata: 1\n\n");

/// A stream of events with one at most: `moved`.
pub async fn stream(visit: Visit) -> Response {
    let Some(ticket) = visit.ticket else { return StatusCode::NO_CONTENT.into_response() };
    // The page asks every few seconds instead.
    let Some(watcher) = visit.pages.sign_in.watch(&ticket) else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(tell(visit.pages, ticket, watcher, sender));
    let kind = HeaderValue::from_static("text/event-stream");
    ([(CONTENT_TYPE, kind)], Body::from_stream(ReceiverStream::new(receiver))).into_response()
}

/// Ends as soon as nobody listens any more: the bridge drops the body when a
/// write fails.
async fn tell(
    pages: Arc<Pages>,
    ticket: Ticket,
    mut watcher: Watcher,
    sender: mpsc::Sender<Result<Bytes, Infallible>>,
) {
    let (mut look, mut beat) = (interval(LOOK_EVERY), interval(BEAT_EVERY));
    let mut over = std::pin::pin!(sleep(STREAM_LIFE));
    loop {
        tokio::select! {
            biased;
            () = sender.closed() => return,
            () = &mut over => return,
            _ = beat.tick() => {
                if sender.send(Ok(BEAT)).await.is_err() {
                    return;
                }
                continue;
            }
            heard = watcher.heard() => {
                if !heard {
                    return;
                }
            }
            _ = look.tick() => {}
        }
        // Where nothing could be found out, it is looked again.
        if let Ok(false) = pages.sign_in.waits(&ticket).await {
            let _ = sender.send(Ok(MOVED)).await;
            return;
        }
    }
}

/// The same for a page that asks now and then.
pub async fn state(visit: Visit) -> Response {
    let moved = match &visit.ticket {
        Some(ticket) => matches!(visit.pages.sign_in.waits(ticket).await, Ok(false)),
        None => true,
    };
    Json(serde_json::json!({ "moved": moved })).into_response()
}
