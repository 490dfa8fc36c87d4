//! Mails as the gateway's mailer sends them, from the socket to the page.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use lettre::message::{MultiPart, SinglePart, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// A clock that stands still.
pub struct Standing;

impl Clock for Standing {
    fn now(&self) -> Moment {
        Moment::from_unix_millis(1_795_000_000_040)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

pub fn empty() -> Arc<Inbox> {
    Arc::new(Inbox::new(Arc::new(Standing)))
}

/// Keeps a mail with these parts.
pub fn keep(inbox: &Inbox, subject: &str, html: &str) -> u64 {
    let envelope = Envelope { from: "a@b.cc".to_owned(), to: vec!["c@d.ee".to_owned()] };
    let raw = format!("Subject: {subject}\r\nContent-Type: text/html\r\n\r\n{html}\r\n");
    inbox.keep(envelope, raw.as_bytes()).unwrap()
}

async fn started() -> (SocketAddr, SocketAddr) {
    let smtp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let web = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = (smtp.local_addr().unwrap(), web.local_addr().unwrap());
    tokio::spawn(serve(smtp, web, Arc::new(Standing)));
    at
}

async fn mails(web: SocketAddr) -> Value {
    let mut stream = TcpStream::connect(web).await.unwrap();
    let asked = "GET /mails.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

fn letter(subject: &str) -> lettre::Message {
    let part = |kind, text: &str| SinglePart::builder().header(kind).body(text.to_owned());
    lettre::Message::builder()
        .from("Portail Dupré <portail@exemple.be>".parse().unwrap())
        .to("Jeanne <jeanne@exemple.be>".parse().unwrap())
        .subject(subject)
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, TEXT))
                .singlepart(part(ContentType::TEXT_HTML, HTML)),
        )
        .unwrap()
}

const TEXT: &str = "Votre accès est prêt.\r\n.\r\n..Un point en début de ligne ne se perd pas.\r\n";
const HTML: &str = "<p>Votre <b>accès</b> est prêt : 1 < 2 € 字</p>";

#[tokio::test]
async fn a_mail_that_the_mailer_sends_arrives_and_reads_back() {
    let (smtp, web) = started().await;
    assert_eq!(mails(web).await, Value::Array(Vec::new()));
    let mailer = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(smtp.port())
        .build();
    let subject =
        "Votre accès à l’espace « Indépendants » est prêt, voici comment vous y connecter";
    mailer.send(letter(subject)).await.unwrap();
    // A second one over the connection that the mailer kept.
    mailer.send(letter("deux")).await.unwrap();

    let mails = mails(web).await;
    assert_eq!(mails.as_array().map(Vec::len), Some(2), "{mails}");
    assert_eq!(mails[0]["subject"], "deux", "the newest comes first");
    let mail = &mails[1];
    assert_eq!(mail["subject"], subject);
    assert_eq!(mail["to"], "jeanne@exemple.be");
    assert_eq!(mail["from"], "Portail Dupré <portail@exemple.be>");
    assert_eq!(mail["time"], "2026-11-18T11:06:40.040Z");
    assert_eq!(mail["text"].as_str().unwrap().trim_end(), TEXT.trim_end());
    assert_eq!(mail["html"].as_str().unwrap().trim_end(), HTML);
}

#[tokio::test]
async fn a_listener_that_others_could_reach_is_refused() {
    let reachable = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let local = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let serving = serve(local, reachable, Arc::new(Standing));
    let ended = tokio::time::timeout(Duration::from_secs(5), serving).await;
    let refused = ended.expect("it listens").unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
    // Control: on loopback it starts and answers.
    let (_, web) = started().await;
    assert_eq!(mails(web).await, Value::Array(Vec::new()));
}

#[test]
fn the_last_fifty_mails_are_kept() {
    let inbox = empty();
    for number in 1..=MAILS_MAX + 3 {
        keep(&inbox, &format!("mail {number}"), "x");
    }
    let mails = inbox.mails();
    assert_eq!(mails.len(), MAILS_MAX);
    assert_eq!(mails[0].subject, "mail 53");
    assert!(inbox.mail(3).is_none(), "the fourth is the oldest that is left");
    assert_eq!(inbox.mail(4).unwrap().subject, "mail 4");
}

#[test]
fn a_mail_has_the_parts_that_were_written_and_no_others() {
    let inbox = empty();
    let html = inbox.mail(keep(&inbox, "x", "<p>one</p>")).unwrap();
    assert!(html.text.is_none() && html.html.as_deref().unwrap().contains("<p>one</p>"));
    let number = inbox.keep(Envelope::default(), b"Subject: x\r\n\r\ntwo\r\n").unwrap();
    let text = inbox.mail(number).unwrap();
    assert_eq!((text.text.as_deref(), text.html.as_deref()), (Some("two\r\n"), None));
    // What is no mail at all is not kept.
    assert!(inbox.keep(Envelope::default(), b"").is_none());
}
