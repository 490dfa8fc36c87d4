//! Messages on their way, seen from the push service and from the browser.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use async_trait::async_trait;
use http_body::Frame;
use http_body_util::StreamBody;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use super::*;

mod browser;
mod service;

pub use browser::{Browser, RFC_8291, decode};
use service::{Answer, Service};

const NOW: Moment = Moment::from_unix_millis(1_796_644_800_000);
/// Never reached where things are right.
const LONG: Duration = Duration::from_secs(60);
const TTL: Duration = Duration::from_secs(90);
const CREATED: &str = "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";

/// Names that lead where the test says.
struct Book(&'static [IpAddr]);

#[async_trait]
impl Names for Book {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.to_vec())
    }
}

fn key() -> Vec<u8> {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    pair.as_ref().to_vec()
}

fn settings(hosts: &[&str], timeout: Duration) -> PushSettings {
    let hosts = hosts.iter().map(|entry| entry.parse::<PushHost>().unwrap()).collect();
    let contact = "mailto:portal@example.be".parse().unwrap();
    PushSettings { contact, hosts, further_roots: FurtherRoots::default(), timeout }
}

fn pusher(hosts: &[&str], timeout: Duration) -> Pusher {
    Pusher::new(settings(hosts, timeout), &key()).unwrap()
}

async fn push(pusher: &Pusher, endpoint: &str) -> Result<(), PushError> {
    let subscription = Browser::new(9).subscription(endpoint);
    pusher.send(&subscription, b"knock", "topic", TTL, NOW).await
}

#[tokio::test]
async fn a_message_comes_to_the_browser_as_it_was_given() {
    let service = Service::answering(CREATED).await;
    let pusher = pusher(&[&service.origin], LONG);
    let browser = Browser::new(9);
    let subscription = browser.subscription(&service.endpoint());
    for text in ["première", "seconde"] {
        let sent = pusher.send(&subscription, text.as_bytes(), "a-B_9", TTL, NOW).await;
        assert_eq!(sent, Ok(()));
    }
    let seen = service.seen();
    assert_eq!(browser.read(&seen[0].body), "première".as_bytes());
    assert_eq!(browser.read(&seen[1].body), b"seconde");
    assert!(seen[0].head.starts_with("POST /push/secret HTTP/1.1\r\n"), "{}", seen[0].head);
    let headers = seen[0].headers();
    for (name, value) in [
        ("content-encoding", "aes128gcm"),
        ("content-type", "application/octet-stream"),
        ("ttl", "90"),
        ("urgency", "high"),
        ("topic", "a-B_9"),
    ] {
        assert_eq!(headers.get(name), Some(&value), "{name}");
    }
    let authorization = headers["authorization"];
    assert!(authorization.ends_with(&format!(", k={}", pusher.application_server_key())));
    let claims = decode(authorization.split('.').nth(1).unwrap());
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["aud"], service.origin);
}

#[tokio::test]
async fn each_answer_is_told_apart() {
    let later = |seconds: u64| Some(Duration::from_secs(seconds));
    for (answer, told) in [
        ("200 OK\r\n", Ok(())),
        ("201 Created\r\n", Ok(())),
        ("202 Accepted\r\n", Ok(())),
        ("404 Not Found\r\n", Err(PushError::Gone)),
        ("410 Gone\r\n", Err(PushError::Gone)),
        ("413 Content Too Large\r\n", Err(PushError::TooLarge)),
        ("400 Bad Request\r\n", Err(PushError::Refused(400))),
        ("401 Unauthorized\r\n", Err(PushError::Refused(401))),
        ("403 Forbidden\r\n", Err(PushError::Refused(403))),
        ("429 Too Many Requests\r\nretry-after: 120\r\n", Err(self::later(later(120), ""))),
        ("429 Too Many Requests\r\n", Err(self::later(None, ""))),
        (
            "503 Away\r\nretry-after: Mon, 07 Dec 2026 12:01:30 GMT\r\n",
            Err(self::later(later(90), "")),
        ),
        (
            "503 Away\r\nretry-after: Mon, 07 Dec 2020 12:00:00 GMT\r\n",
            Err(self::later(later(0), "")),
        ),
        ("503 Away\r\nretry-after: 99999999999\r\n", Err(self::later(Some(PAUSE_MAX), ""))),
        ("500 Fault\r\nretry-after: soon\r\n", Err(self::later(None, ""))),
    ] {
        let text = format!("HTTP/1.1 {answer}content-length: 0\r\n\r\n");
        let service = Service::answering(text.leak()).await;
        let pusher = pusher(&[&service.origin], LONG);
        let seen = match push(&pusher, &service.endpoint()).await {
            Err(PushError::Later { after, why }) => {
                assert!(why.contains(&service.origin) && !why.contains("secret"), "{why}");
                Err(self::later(after, ""))
            }
            other => other,
        };
        assert_eq!(seen, told, "{answer}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = Service::answering(CREATED).await;
    for status in ["301", "302", "303", "307", "308"] {
        let redirect = format!(
            "HTTP/1.1 {status} Elsewhere\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            inside.endpoint()
        );
        let service = Service::answering(redirect.leak()).await;
        let pusher = pusher(&[&service.origin, &inside.origin], LONG);
        let told = push(&pusher, &service.endpoint()).await;
        assert_eq!(told, Err(PushError::Refused(status.parse().unwrap())));
        assert_eq!(service.seen().len(), 1);
        assert!(inside.seen().is_empty(), "{status} was followed");
    }
    // Control: it is there and could have been reached.
    let pusher = pusher(&[&inside.origin], LONG);
    assert_eq!(push(&pusher, &inside.endpoint()).await, Ok(()));
    assert_eq!(inside.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_left() {
    for (head, told) in [
        ("HTTP/1.1 201 Created\r\n\r\n", Ok(())),
        ("HTTP/1.1 201 Created\r\ncontent-length: 999999999999999\r\n\r\n", Ok(())),
        ("HTTP/1.1 410 Gone\r\ncontent-length: 999999999999999\r\n\r\n", Err(PushError::Gone)),
    ] {
        let service = Service::start(Answer::Endless(head)).await;
        let pusher = pusher(&[&service.origin], LONG);
        assert_eq!(push(&pusher, &service.endpoint()).await, told, "{head}");
        // It ends because the connection did.
        tokio::time::timeout(LONG, service.left).await.expect("the connection is left").unwrap();
    }
    // A head without end.
    let service = Service::start(Answer::Endless("HTTP/1.1 201 Created\r\na: ")).await;
    let pusher = pusher(&[&service.origin], LONG);
    let told = push(&pusher, &service.endpoint()).await;
    assert!(matches!(told, Err(PushError::Later { .. })), "{told:?}");
    tokio::time::timeout(LONG, service.left).await.expect("the connection is left").unwrap();
}

#[tokio::test]
async fn no_more_of_an_answer_is_read_than_its_limit() {
    use futures_util::stream;
    const PIECE: usize = 256;
    let read_of = async |pieces: usize| {
        let read = Cell::new(0);
        let piece = |_| {
            read.set(read.get() + PIECE);
            Ok::<_, io::Error>(Frame::data(Bytes::from_static(&[0; PIECE])))
        };
        read_away(StreamBody::new(stream::iter((0..pieces).map(piece)))).await;
        read.get()
    };
    assert_eq!(read_of(1_000).await, ANSWER_BYTES_MAX + PIECE);
    // Control: a short one is read to its end.
    assert_eq!(read_of(3).await, 3 * PIECE);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up() {
    let service = Service::start(Answer::Never).await;
    let short = Duration::from_millis(200);
    let told = push(&pusher(&[&service.origin], short), &service.endpoint()).await;
    let why = format!("{} did not answer within 200ms", service.origin);
    assert_eq!(told, Err(PushError::Later { after: None, why }));
    tokio::time::timeout(LONG, service.left).await.expect("the connection is left").unwrap();
    // A body that never ends does not keep the caller, who has the status.
    let slow = "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n";
    let service = Service::answering(slow).await;
    assert_eq!(push(&pusher(&[&service.origin], LONG), &service.endpoint()).await, Ok(()));
}

#[tokio::test]
async fn a_service_that_is_not_there_is_trouble_that_may_pass() {
    let service = Service::answering(CREATED).await;
    let (origin, endpoint) = (service.origin.clone(), service.endpoint());
    let pusher = pusher(&[&origin], LONG);
    // Control: while it is there, it answers.
    assert_eq!(push(&pusher, &endpoint).await, Ok(()));
    service.left.abort();
    let _ = service.left.await;
    let told = push(&pusher, &endpoint).await.unwrap_err();
    let PushError::Later { after: None, why } = &told else { panic!("{told:?}") };
    assert!(why.contains(&origin) && why.contains("refused"), "{why}");
    assert!(!why.contains("secret"), "{why}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    const INSIDE: [IpAddr; 3] = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
        IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped()),
    ];
    let service = Service::answering(CREATED).await;
    let port = service.origin.rsplit(':').next().unwrap();
    let origin = format!("http://push.example.be:{port}");
    let listed = |hosts: &[&str]| {
        Pusher::with_names(settings(hosts, LONG), &key(), Arc::new(Book(&INSIDE))).unwrap()
    };
    let told = push(&listed(&["push.example.be", &origin]), "https://push.example.be/a").await;
    let why = "push.example.be leads to no public address".to_owned();
    assert_eq!(told, Err(PushError::NotAllowed(why)));
    assert!(service.seen().is_empty());
    // Control: the same name is connected to where the operator has listed this very origin.
    assert_eq!(push(&listed(&[&origin]), &format!("{origin}/a")).await, Ok(()));
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn a_subscription_whose_service_is_listed_no_more_is_not_written_to() {
    let service = Service::answering(CREATED).await;
    let (before, after) = (pusher(&[&service.origin], LONG), pusher(&["a.example.be"], LONG));
    let told = push(&after, &service.endpoint()).await.unwrap_err();
    assert!(matches!(&told, PushError::NotAllowed(_)), "{told:?}");
    assert!(!told.to_string().contains("secret"), "{told}");
    assert!(service.seen().is_empty());
    // Control: the list it was made under.
    assert_eq!(push(&before, &service.endpoint()).await, Ok(()));
}

#[tokio::test]
async fn a_topic_that_services_refuse_is_not_sent() {
    let service = Service::answering(CREATED).await;
    let pusher = pusher(&[&service.origin], LONG);
    let subscription = Browser::new(9).subscription(&service.endpoint());
    let long = "a".repeat(TOPIC_CHARACTERS_MAX + 1);
    for topic in ["", "a b", "a\r\nx: y", "é", &long] {
        let told = pusher.send(&subscription, b"", topic, TTL, NOW).await;
        assert_eq!(told, Err(PushError::Topic), "{topic:?}");
    }
    // Control: the longest that is allowed.
    assert_eq!(pusher.send(&subscription, b"", &long[1..], TTL, NOW).await, Ok(()));
    assert_eq!(service.seen().len(), 1);
}

#[test]
fn a_file_without_certificates_and_another_kind_of_key_are_told() {
    let begin = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no certificate", begin] {
        let told = FurtherRoots::from_pem(pem.as_bytes()).map(|_| ());
        assert!(matches!(told, Err(PushSettingsError::Certificate(_))), "{pem:?}");
    }
    let wrong = Pusher::new(settings(&[], LONG), b"no key").map(|_| ());
    assert_eq!(wrong, Err(PushSettingsError::Key));
    // Control: neither is wrong.
    assert!(Pusher::new(settings(&[], LONG), &key()).is_ok());
}
