//! Connections that many share, and apps that say farewell on them.

use std::path::Path;
use std::sync::Arc;

use h2::client::SendRequest as Client;
use http::{Request, Response, StatusCode};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, mpsc};

use super::*;
use crate::gateway::exchange::HELD_BYTES_MAX;
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

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// Kind, flags and stream of the next frame, and what is in it.
async fn whole_frame(stream: &mut UnixStream) -> Option<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let [a, b, c, kind, flags, id @ ..] = head;
    let length = u32::from_be_bytes([0, a, b, c]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).await.ok()?;
    Some((kind, flags, u32::from_be_bytes(id), payload))
}

/// Kind, flags and stream of the next frame.
async fn frame(stream: &mut UnixStream) -> Option<(u8, u8, u32)> {
    let (kind, flags, id, _) = whole_frame(stream).await?;
    Some((kind, flags, id))
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

/// What an app says in the place of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    /// That it takes up none of what came after the first.
    Farewell,
    /// That it does not begin with this one.
    Refusal,
    /// Nothing: its connection ends, and nobody knows.
    None,
}

/// A body of so many bytes, of which so many are sent at first. When the app has so many
/// it says its word.
#[derive(Clone, Copy, Debug)]
struct Sent {
    whole: usize,
    first: usize,
    word: Word,
}

/// Answers what comes first. Then it says its word, and on each connection after that it
/// reads a body, tells it and answers.
async fn serve_once(
    mut stream: UnixStream,
    number: usize,
    sent: Sent,
    tell: mpsc::UnboundedSender<Option<Vec<u8>>>,
) {
    stream.read_exact(&mut [0; 24]).await.unwrap();
    write(&mut stream, (SETTINGS, 0, 0), &[]).await;
    let (mut body, mut said) = (Vec::new(), false);
    while let Some((kind, flags, id, payload)) = whole_frame(&mut stream).await {
        match kind {
            SETTINGS if flags == 0 => write(&mut stream, (SETTINGS, 1, 0), &[]).await,
            HEADERS if number == 0 && id == 1 => answer(&mut stream, id).await,
            DATA | HEADERS => {
                if kind == DATA {
                    body.extend(payload);
                } else if number > 0 {
                    tell.send(None).unwrap();
                }
                if number > 0 && flags & 1 == 1 {
                    tell.send(Some(std::mem::take(&mut body))).unwrap();
                    answer(&mut stream, id).await;
                }
                if number > 0 || said || body.len() < sent.first {
                    continue;
                }
                said = true;
                match sent.word {
                    Word::Farewell => {
                        let last = [1_u32.to_be_bytes(), [0; 4]].concat();
                        write(&mut stream, (GOAWAY, 0, 0), &last).await;
                    }
                    Word::Refusal => {
                        let code = u32::from(h2::Reason::REFUSED_STREAM).to_be_bytes();
                        write(&mut stream, (RST_STREAM, 0, id), &code).await;
                    }
                    Word::None => return,
                }
            }
            _ => {}
        }
    }
}

/// Its status, and what the app took up of it.
async fn post_once(sent: Sent, http1: bool) -> (u16, Vec<Vec<u8>>) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (_folder, stand, connections) =
        stand(move |stream, number| serve_once(stream, number, sent, tell.clone()));
    let client = stand.connect_http2(CLIENT).await;
    assert_eq!(get(&client, "/first").await, 200);
    let body: Vec<u8> = (0..sent.whole).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let (first, rest) = body.split_at(sent.first);
    // The rest when the app begins with it after all.
    let status = if http1 {
        let mut client = stand.connect(CLIENT);
        let head =
            format!("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: {}\r\n\r\n", sent.whole);
        client.write_all(&[head.as_bytes(), first].concat()).await.unwrap();
        let mut read = [0; 12];
        tokio::select! {
            read = client.read_exact(&mut read) => drop(read.unwrap()),
            _ = told.recv(), if !rest.is_empty() => {
                client.write_all(rest).await.unwrap();
                client.read_exact(&mut read).await.unwrap();
            }
        }
        String::from_utf8_lossy(&read[9..]).parse().unwrap()
    } else {
        let request = Request::post("https://app.test/").body(()).unwrap();
        let mut client = client.ready().await.unwrap();
        let (answer, mut stream) = client.send_request(request, sent.whole == 0).unwrap();
        if sent.first > 0 {
            stream.send_data(first.to_vec().into(), rest.is_empty()).unwrap();
        }
        let mut answer = std::pin::pin!(answer);
        let answer = tokio::select! {
            answer = &mut answer => answer,
            _ = told.recv(), if !rest.is_empty() => {
                stream.send_data(rest.to_vec().into(), true).unwrap();
                answer.await
            }
        };
        answer.unwrap().status().as_u16()
    };
    let mut taken = Vec::new();
    while let Ok(told) = told.try_recv() {
        taken.extend(told);
    }
    assert!(taken.iter().all(|taken| *taken == body), "{sent:?}");
    assert_eq!(connections.load(Ordering::SeqCst) > 1, status == 200, "{sent:?}");
    (status, taken)
}

/// RFC 9113 sections 6.8 and 8.7.
#[tokio::test]
async fn a_post_that_an_app_did_not_begin_with_is_sent_again_and_one_that_it_did_is_not() {
    let held = |whole, word| Sent { whole, first: whole, word };
    let begun = |first, word| Sent { whole: 100, first, word };
    let rows = [
        (held(100, Word::Farewell), true),
        (held(0, Word::Farewell), true),
        (held(HELD_BYTES_MAX, Word::Farewell), true),
        (held(100, Word::Refusal), true),
        // Nothing of it was read by then.
        (begun(0, Word::Farewell), true),
        (begun(0, Word::Refusal), true),
        // Control: what it may have begun with.
        (held(100, Word::None), false),
        (held(0, Word::None), false),
        (begun(0, Word::None), false),
        // Not held, or not whole.
        (held(HELD_BYTES_MAX + 1, Word::Farewell), false),
        (begun(50, Word::Farewell), false),
        (begun(50, Word::Refusal), false),
    ];
    for (sent, again) in rows {
        for http1 in [false, true] {
            let (status, taken) = post_once(sent, http1).await;
            let expected = if again { (200, 1) } else { (502, 0) };
            assert_eq!((status, taken.len()), expected, "{sent:?}, HTTP/1: {http1}");
        }
    }
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
