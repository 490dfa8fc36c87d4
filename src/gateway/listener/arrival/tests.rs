//! Deadlines and counts before the first request.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::*;
use crate::domain::{Moment, Network};
use crate::gateway::tls::PairFiles;

const PROXY: &str = "10.0.0.1:4711";
const STRANGER: &str = "203.0.113.7:4711";

fn metrics() -> Arc<Metrics> {
    Arc::new(Metrics::new("test").unwrap())
}

fn entrance(marks: Marks, certificates: Option<Arc<Certificates>>) -> Entrance {
    let networks = vec![Network::parse("10.0.0.0/8").unwrap()];
    let proxies = Arc::new(TrustedProxies { networks, unix: false });
    Entrance { marks, certificates, proxies, bytes_per_second_min: 0 }
}

fn with_tls(folder: &std::path::Path) -> Entrance {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["a.test".to_owned()]).unwrap();
    let files = PairFiles { certificate: folder.join("a.pem"), key: folder.join("a.key") };
    std::fs::write(&files.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&files.key, private).unwrap();
    let now = Moment::from_unix_millis(1_780_000_000_000);
    let certificates = Certificates::open(vec![files], now, metrics()).unwrap();
    entrance(Marks::default(), Some(Arc::new(certificates)))
}

/// What becomes of a client that sends these bytes and waits, and after how many
/// seconds.
async fn outcome(
    entrance: &Entrance,
    peer: &str,
    bytes: &[u8],
    slots: &Arc<Slots>,
) -> (Result<Option<IpAddr>, NotServed>, u64) {
    let (mut client, server) = UnixStream::pair().unwrap();
    client.write_all(bytes).await.unwrap();
    let begun = Instant::now();
    let peer = Peer::Address(peer.parse::<SocketAddr>().unwrap());
    let admitted = entrance.admit(Socket::Unix(server), peer, slots, &metrics()).await;
    let told = admitted.map(|(wire, _)| wire.connection().told);
    (told, begun.elapsed().as_secs())
}

fn slots() -> Arc<Slots> {
    Arc::new(Slots::new(10, 10))
}

#[tokio::test(start_paused = true)]
async fn half_a_handshake_is_closed_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let entrance = with_tls(folder.path());
    // The head of a record of 512 bytes, and the head of a ClientHello of 508.
    let half = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
    let (told, seconds) = outcome(&entrance, STRANGER, &half, &slots()).await;
    assert_eq!((told, seconds), (Err(Some("too_slow")), HANDSHAKE_TIME.as_secs()));
    let (told, seconds) = outcome(&entrance, STRANGER, b"", &slots()).await;
    assert_eq!((told, seconds), (Err(Some("silent")), FIRST_BYTE_TIME.as_secs()));
    // Control: what is no handshake is not waited for.
    let (told, seconds) = outcome(&entrance, STRANGER, b"GET / HTTP/1.1\r\n", &slots()).await;
    assert_eq!((told, seconds), (Err(Some("handshake")), 0));
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_not_waited_for_for_ever() {
    let plain = entrance(Marks::default(), None);
    let (told, seconds) = outcome(&plain, STRANGER, b"", &slots()).await;
    assert_eq!((told, seconds), (Err(Some("silent")), FIRST_BYTE_TIME.as_secs()));
    // Control.
    let (told, _) = outcome(&plain, STRANGER, b"GET / HTTP/1.1\r\n", &slots()).await;
    assert_eq!(told, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_listener_for_proxies_takes_their_word_and_nobody_elses() {
    let marked = entrance(Marks { proxy_protocol: true, ..Marks::default() }, None);
    let header = b"PROXY TCP4 203.0.113.9 10.0.0.1 1 2\r\nGET / HTTP/1.1\r\n";
    let told = |bytes: &'static [u8], peer| {
        let marked = &marked;
        async move { outcome(marked, peer, bytes, &slots()).await.0 }
    };
    assert_eq!(told(header, PROXY).await, Ok(Some("203.0.113.9".parse().unwrap())));
    assert_eq!(told(header, STRANGER).await, Err(Some("untrusted_proxy")));
    assert_eq!(told(b"GET / HTTP/1.1\r\nHost: a\r\n", PROXY).await, Err(Some("proxy_protocol")));
    let (half, seconds) = outcome(&marked, PROXY, b"PROXY TCP4", &slots()).await;
    assert_eq!((half, seconds), (Err(Some("too_slow")), PREAMBLE_TIME.as_secs()));
    // Control: elsewhere such a line is a request, and a bad one.
    let plain = entrance(Marks::default(), None);
    assert_eq!(outcome(&plain, PROXY, header, &slots()).await.0, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn clients_of_a_proxy_are_counted_and_the_proxy_is_not() {
    let marked = entrance(Marks { proxy_protocol: true, ..Marks::default() }, None);
    let slots = Arc::new(Slots::new(10, 1));
    let header = b"PROXY TCP4 203.0.113.9 10.0.0.1 1 2\r\nGET / HTTP/1.1\r\n";
    let held = slots.take_for("203.0.113.9".parse().unwrap()).unwrap();
    let (refused, _) = outcome(&marked, PROXY, header, &slots).await;
    assert_eq!(refused, Err(Some("too_many_of_one_address")));
    drop(held);
    let _proxy = slots.take_for("10.0.0.1".parse().unwrap()).unwrap();
    assert!(outcome(&marked, PROXY, header, &slots).await.0.is_ok());
    // Control: a stranger's own connection is.
    let plain = entrance(Marks::default(), None);
    let _stranger = slots.take_for("203.0.113.7".parse().unwrap()).unwrap();
    let (refused, _) = outcome(&plain, STRANGER, b"GET / HTTP/1.1\r\n", &slots).await;
    assert_eq!(refused, Err(Some("too_many_of_one_address")));
}
