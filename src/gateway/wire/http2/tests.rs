//! Apps that say farewell on a connection while requests are on their way.

use std::path::Path;
use std::sync::Arc;

use h2::client::SendRequest as Client;
use http::{Request, Response, StatusCode};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;

use super::*;
use crate::gateway::stand::{CLIENT, Choices, Stand};

/// How many connections an app has had.
type Count = Arc<AtomicUsize>;

/// A gateway before an app that does this on each connection, which are
/// counted from 0.
fn stand<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(UnixStream, usize) -> F + Send + 'static,
) -> (TempDir, Stand, Count) {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("app");
    let listener = UnixListener::bind(&place).unwrap();
    let connections = Count::default();
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, counted.fetch_add(1, Ordering::SeqCst)));
        }
    });
    let stand = Stand::before(Path::new(&place), Choices::of(Protocol::Http2));
    (folder, stand, connections)
}

async fn get(client: &Client<Bytes>, path: &str) -> StatusCode {
    let request = Request::get(format!("https://app.test{path}")).body(()).unwrap();
    let (answer, _) = client.clone().ready().await.unwrap().send_request(request, true).unwrap();
    answer.await.unwrap().status()
}

const FEW: usize = 10;

#[tokio::test]
async fn who_asks_while_an_app_says_farewell_again_and_again_is_answered() {
    let (_folder, stand, connections) = stand(|stream, _| async {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut asked = 0;
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            respond.send_response(Response::new(()), true).unwrap();
            asked += 1;
            if asked == FEW {
                connection.graceful_shutdown();
            }
        }
    });
    let client = stand.connect_http2(CLIENT).await;
    let asking = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..25 {
                answers.push(get(&client, "/").await);
            }
            answers
        })
    });
    for asking in asking.collect::<Vec<_>>() {
        assert_eq!(asking.await.unwrap(), [StatusCode::OK; 25]);
    }
    // Control: it did say farewell, many times.
    assert!(connections.load(Ordering::SeqCst) > 5);
}

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// Kind, flags and stream of the next frame.
async fn frame(stream: &mut UnixStream) -> Option<(u8, u8, u32)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let [a, b, c, kind, flags, id @ ..] = head;
    let length = u32::from_be_bytes([0, a, b, c]);
    stream.read_exact(&mut vec![0; usize::try_from(length).unwrap()]).await.ok()?;
    Some((kind, flags, u32::from_be_bytes(id)))
}

async fn write(stream: &mut UnixStream, (kind, flags, id): (u8, u8, u32), payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &id.to_be_bytes()].concat();
    stream.write_all(&[&head, payload].concat()).await.unwrap();
}

/// `:status` 200 and the end of the stream.
async fn answer(stream: &mut UnixStream, id: u32) {
    write(stream, (HEADERS, 5, id), &[0x88]).await;
}

#[tokio::test]
async fn what_an_app_did_not_begin_with_is_asked_again_and_what_it_did_is_answered() {
    let begun = Arc::new(Notify::new());
    let first = begun.clone();
    let (_folder, stand, connections) = stand(move |mut stream, number| {
        let begun = begun.clone();
        async move {
            stream.read_exact(&mut [0; 24]).await.unwrap();
            write(&mut stream, (SETTINGS, 0, 0), &[]).await;
            let mut asked = Vec::new();
            while let Some((kind, flags, id)) = frame(&mut stream).await {
                match kind {
                    SETTINGS if flags == 0 => write(&mut stream, (SETTINGS, 1, 0), &[]).await,
                    HEADERS if number > 0 => answer(&mut stream, id).await,
                    HEADERS => {
                        asked.push(id);
                        begun.notify_one();
                    }
                    _ => {}
                }
                if let [first, _] = asked[..] {
                    // The second is above the last stream that it will answer.
                    let last = [first.to_be_bytes(), [0; 4]].concat();
                    write(&mut stream, (GOAWAY, 0, 0), &last).await;
                    answer(&mut stream, first).await;
                    asked.clear();
                }
            }
        }
    });
    let client = stand.connect_http2(CLIENT).await;
    let one = tokio::spawn({
        let client = client.clone();
        async move { get(&client, "/one").await }
    });
    first.notified().await;
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    assert_eq!(get(&client, "/two").await, 200);
    assert_eq!(one.await.unwrap(), 200);
    assert_eq!(get(&client, "/three").await, 200);
    assert_eq!(connections.load(Ordering::SeqCst), 2, "the second on a new one, and the third too");
}

/// A connection that takes a second to come about; counts how often that is tried.
async fn slow(tries: &AtomicUsize, works: bool) -> Result<Arc<Connection>, ConnectError> {
    tries.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(1)).await;
    if !works {
        return Err(ConnectError::TimedOut);
    }
    let (near, _far) = tokio::io::duplex(64 * 1024);
    let (sender, _) = h2::client::handshake(near).await.unwrap();
    Ok(Arc::new(Connection {
        sender,
        streams: AtomicUsize::new(0),
        made: Instant::now(),
        retired: Arc::default(),
        idle_since: Mutex::new(Instant::now()),
        keep: Duration::from_secs(60),
    }))
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_connection_opens_no_other_one() {
    const MANY: usize = STREAMS_MAX + 50;
    for works in [true, false] {
        let (pool, tries) = (Http2Pool::default(), AtomicUsize::new(0));
        let to = 1;
        let asking = (0..MANY).map(|_| pool.one_at_a_time(to, slow(&tries, works)));
        let slots = futures_util::future::join_all(asking).await;
        assert!(slots.iter().all(|slot| slot.is_ok() == works));
        // As many as have room for all; what failed has failed for all who waited.
        assert_eq!(tries.load(Ordering::SeqCst), if works { 2 } else { 1 });
        // Who comes later tries again.
        let later = pool.one_at_a_time(to, slow(&tries, true)).await;
        assert!(later.is_ok());
        assert_eq!(tries.load(Ordering::SeqCst), if works { 3 } else { 2 });
        drop(slots);
        // Control: each for itself opens one.
        let tries = AtomicUsize::new(0);
        let alone = (0..MANY).map(|_| slow(&tries, works));
        futures_util::future::join_all(alone).await;
        assert_eq!(tries.load(Ordering::SeqCst), MANY);
    }
}
