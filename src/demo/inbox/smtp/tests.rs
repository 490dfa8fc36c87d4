//! What is said on a connection, spoken by hand.

use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tokio::task::JoinHandle;

use super::*;
use crate::demo::inbox::tests::{Standing, empty};

const BEGIN: &str = "EHLO x\r\nMAIL FROM:<a@b.cc>\r\nRCPT TO:<c@d.ee>\r\nDATA\r\n";

/// Says all of it in one go and gives all that was answered until the connection ended.
async fn said(inbox: &Arc<Inbox>, all: impl AsRef<[u8]>) -> String {
    let (mut client, server) = duplex(1 << 20);
    let inbox = Arc::clone(inbox);
    let server = tokio::spawn(async move { converse(server, &inbox).await });
    client.write_all(all.as_ref()).await.unwrap();
    client.shutdown().await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    server.await.unwrap().unwrap();
    answer
}

/// The codes of the answers, without the lines that others follow.
fn codes(answer: &str) -> Vec<&str> {
    let last = |line: &&str| line.as_bytes().get(3) == Some(&b' ');
    answer.lines().filter(last).filter_map(|line| line.get(..3)).collect()
}

fn waiting(inbox: Arc<Inbox>) -> (DuplexStream, JoinHandle<io::Result<()>>) {
    let (client, server) = duplex(1 << 20);
    (client, tokio::spawn(async move { converse(server, &inbox).await }))
}

#[tokio::test]
async fn commands_in_one_go_are_answered_in_order() {
    let inbox = empty();
    let all = format!(
        "{BEGIN}Subject: one\r\n\r\n..\r\n...two\r\n.\r\n\
         noop\r\nmail from: <> SIZE=100\r\nrset\r\nRCPT TO:<c@d.ee>\r\nDATA\r\nHELO x\r\nQUIT\r\n\
         NOOP\r\n"
    );
    let answer = said(&inbox, all).await;
    let expected =
        ["220", "250", "250", "250", "354", "250", "250", "250", "250", "503", "503", "250", "221"];
    assert_eq!(codes(&answer), expected, "{answer}");
    assert_eq!(inbox.mails()[0].text.as_deref(), Some(".\r\n..two\r\n"), "dots are taken off");
    assert!(answer.contains(&format!("250 SIZE {MESSAGE_BYTES_MAX}\r\n")), "{answer}");
    assert!(TOO_LARGE.contains(&MESSAGE_BYTES_MAX.to_string()));
}

#[tokio::test]
async fn commands_out_of_order_or_form_are_refused() {
    let all = "MAIL FROM:<a@b.cc>\r\nEHLO x\r\nRCPT TO:<c@d.ee>\r\nMAIL TO:<a@b.cc>\r\n\
               MAIL FROM:a@b.cc\r\nMAIL FROM:<a@b.cc>\r\nMAIL FROM:<a@b.cc>\r\nDATA\r\n\
               RCPT TO:<>\r\nSTARTTLS\r\nRCPT TO:<c@d.ee>\r\nQUIT\r\n";
    let answer = said(&empty(), all).await;
    let expected =
        ["220", "503", "250", "503", "501", "501", "250", "503", "503", "501", "500", "250", "221"];
    assert_eq!(codes(&answer), expected, "{answer}");
}

#[tokio::test]
async fn a_line_of_ten_kilobytes_is_refused_and_the_connection_goes_on() {
    let inbox = empty();
    let long = "x".repeat(10_000);
    let answer = said(&inbox, format!("{long}\r\nEHLO x\r\nQUIT\r\n")).await;
    assert_eq!(codes(&answer), ["220", "500", "250", "221"], "{answer}");

    let mail = |line: &str| format!("{BEGIN}Subject: x\r\n\r\n{line}\r\n.\r\nNOOP\r\n");
    let answer = said(&inbox, mail(&long)).await;
    assert_eq!(codes(&answer), ["220", "250", "250", "250", "354", "554", "250"], "{answer}");
    assert!(inbox.mails().is_empty());
    // Control: a line as long as a line may be, and one more.
    let longest = "x".repeat(LINE_BYTES_MAX - 2);
    assert!(said(&inbox, mail(&longest)).await.contains("250 kept"));
    assert!(!said(&inbox, mail(&format!("{longest}x"))).await.contains("250 kept"));
    assert_eq!(inbox.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_larger_than_the_bound_is_refused_and_the_connection_goes_on() {
    let inbox = empty();
    let mail = |bytes: usize| {
        let head = "Subject: x\r\n\r\n";
        let (lines, rest) = ((bytes - head.len()) / 100, (bytes - head.len()) % 100);
        let body = format!("{}\r\n", "x".repeat(98)).repeat(lines);
        let rest = if rest == 0 { String::new() } else { format!("{}\r\n", "x".repeat(rest - 2)) };
        format!("{BEGIN}{head}{body}{rest}.\r\nNOOP\r\n")
    };
    let answer = said(&inbox, mail(MESSAGE_BYTES_MAX + 1)).await;
    assert_eq!(codes(&answer), ["220", "250", "250", "250", "354", "552", "250"], "{answer}");
    let declared = format!("EHLO x\r\nMAIL FROM:<a@b.cc> size={}\r\n", MESSAGE_BYTES_MAX + 1);
    assert_eq!(codes(&said(&inbox, declared).await), ["220", "250", "552"]);
    assert!(inbox.mails().is_empty());
    // Control: a mail of exactly the bound.
    assert!(said(&inbox, mail(MESSAGE_BYTES_MAX)).await.contains("250 kept"));
}

#[tokio::test]
async fn a_mail_that_is_cut_off_or_has_bare_line_feeds_is_not_kept() {
    let inbox = empty();
    said(&inbox, format!("{BEGIN}Subject: x\r\n\r\nhalf a ma")).await;
    let answer = said(&inbox, format!("{BEGIN}Subject: x\r\n\r\none\n.\nMAIL\r\n.\r\n")).await;
    assert!(answer.ends_with("500 lines end with a carriage return and a line feed\r\n"));
    assert!(inbox.mails().is_empty());
    // Control: whole and with the right line ends.
    said(&inbox, format!("{BEGIN}Subject: x\r\n\r\none\r\n.\r\n")).await;
    assert_eq!(inbox.mails().len(), 1);
}

#[tokio::test]
async fn a_form_that_a_browser_posts_here_leaves_no_mail() {
    let inbox = empty();
    let body = format!("{BEGIN}Subject: x\r\n\r\none\r\n.\r\n");
    // The least that a browser says.
    let head = "POST / HTTP/1.1\r\nHost: 127.0.0.1:2525\r\nConnection: keep-alive\r\n\
                Content-Type: text/plain\r\nContent-Length: 99\r\n\r\n";
    let answer = said(&inbox, format!("{head}{body}")).await;
    assert_eq!(codes(&answer), ["220", "500", "500", "500", "421"], "{answer}");
    assert!(inbox.mails().is_empty());
    // Control: after fewer unknown commands the same mail is taken.
    said(&inbox, format!("ONE\r\nTWO\r\nTHREE\r\n{body}")).await;
    assert_eq!(inbox.mails().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_at_its_deadline() {
    let (mut client, server) = waiting(empty());
    let mut answer = [0; 256];
    let _ = client.read(&mut answer).await.unwrap();
    tokio::time::sleep(CONNECTION_TIME_MAX - Duration::from_secs(1)).await;
    // Control: until then it answers.
    client.write_all(b"NOOP\r\n").await.unwrap();
    let length = client.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"250"), "{:?}", &answer[..length]);
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("421"), "{rest}");
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn connections_beyond_the_bound_are_sent_away_until_one_ends() {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    let inbox = Arc::new(Inbox::new(Arc::new(Standing)));
    tokio::spawn(serve(listener, inbox));
    let greeting = async || {
        let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
        let mut code = [0; 3];
        stream.read_exact(&mut code).await.unwrap();
        (stream, code)
    };
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let (stream, code) = greeting().await;
        assert_eq!(&code, b"220");
        held.push(stream);
    }
    assert_eq!(&greeting().await.1, b"421");
    // Control: when one has ended there is room for one.
    let mut first = held.remove(0);
    first.write_all(b"QUIT\r\n").await.unwrap();
    let _ = first.read_to_end(&mut Vec::new()).await.unwrap();
    while &greeting().await.1 != b"220" {}
}
