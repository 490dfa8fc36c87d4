//! Clients that are too slow, and clients that are merely slow.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

use super::*;
use crate::gateway::listener::Marks;
use crate::gateway::wire::pace::MEASURED;
use crate::gateway::wire::{Peer, Socket};

/// Bytes a second that are asked for.
const MIN: u32 = 100;
const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n";

async fn pair(bytes_per_second_min: u32) -> (UnixStream, ClientWire) {
    let (mut client, server) = UnixStream::pair().unwrap();
    client.write_all(HEAD).await.unwrap();
    let connection = Connection {
        cut: Arc::default(),
        peer: Peer::Unix,
        told: None,
        tls: None,
        marks: Marks::default(),
    };
    let metrics = Arc::new(Metrics::new("test").unwrap());
    let transport = ClientTransport::Plain(Socket::Unix(server));
    let wire = ClientWire::accept(transport, Arc::new(connection), bytes_per_second_min, metrics);
    (client, wire.await.unwrap())
}

/// Sends so many bytes each second until the other side ends; tells after how
/// many seconds that was, and how many bytes of the body had come.
async fn drip(bytes_per_second_min: u32, bytes: usize, seconds: u64) -> (u64, usize) {
    let (mut client, mut wire) = pair(bytes_per_second_min).await;
    let begun = Instant::now();
    let sending = tokio::spawn(async move {
        for _ in 0..seconds {
            sleep(Duration::from_secs(1)).await;
            if client.write_all(&vec![b'x'; bytes]).await.is_err() {
                break;
            }
        }
    });
    let mut read = Vec::new();
    let _ = wire.read_to_end(&mut read).await;
    let took = begun.elapsed().as_secs();
    sending.abort();
    (took, read.len() - HEAD.len())
}

#[tokio::test(start_paused = true)]
async fn who_sends_a_byte_now_and_then_is_cut_off() {
    let (took, came) = drip(MIN, 1, 600).await;
    assert!(took < 2 * MEASURED.as_secs() && came < 100, "{took} s, {came} bytes");
    // Controls: at the pace that is asked for all of it comes, and without one too.
    assert_eq!(drip(MIN, 120, 600).await.1, 72_000);
    assert_eq!(drip(0, 1, 600).await.1, 600);
}

/// Reads so many bytes each second of an answer of a megabyte; tells whether it
/// went out whole, and after how many seconds that was clear.
async fn take(bytes_per_second_min: u32, bytes: usize) -> (bool, u64) {
    let (mut client, mut wire) = pair(bytes_per_second_min).await;
    let begun = Instant::now();
    let reading = tokio::spawn(async move {
        let mut scrap = vec![0; bytes];
        while client.read(&mut scrap).await.is_ok_and(|read| read > 0) {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let answer = vec![b'x'; 1024 * 1024];
    let sent = wire.write_all(&answer).await.is_ok() && wire.flush().await.is_ok();
    let took = begun.elapsed().as_secs();
    // Nothing is kept for who does not take it.
    assert!(wire.out.len() <= WRITE_BUFFER);
    reading.abort();
    (sent, took)
}

#[tokio::test(start_paused = true)]
async fn who_reads_a_byte_now_and_then_is_cut_off() {
    let (sent, took) = take(MIN, 1).await;
    assert!(!sent && took <= 2 * MEASURED.as_secs(), "{took} s");
    // Control: a slow line that moves takes its time.
    let (sent, took) = take(MIN, 8 * 1024).await;
    assert!(sent && took > MEASURED.as_secs(), "{took} s");
}
