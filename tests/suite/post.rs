//! Mails through real connections to a mail server that is another's program.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use secrecy::SecretString;
use vestibule::domain::{Brand, Email, Language, Moment};
use vestibule::notice::{Letter, Mail, Post, PostSettings, SendError, Tls, compose};

use crate::support::smtp::{Encryption, SmtpServer, SmtpSetup};

const NOW: Moment = Moment::from_unix_millis(1_796_644_800_000);
const PASSWORD: &str = "abcd-efgh-jkmn-pqrs";

fn settings(port: u16) -> PostSettings {
    PostSettings {
        host: "localhost".into(),
        port,
        tls: Tls::None,
        user: None,
        from: "noreply@portal.test".into(),
        reply_to: None,
        ca_pem: None,
        timeout: Duration::from_secs(30),
    }
}

fn post(settings: PostSettings) -> Post {
    Post::new(settings).unwrap()
}

fn mail(address: &str) -> Mail {
    let brand = Brand {
        name: "Portail des indépendants".into(),
        support_phone: Some("+32 2 123 45 67".into()),
        support_hours: None,
        support_link: None,
        palette: None,
        logo: None,
        legal_notice: None,
        links: Vec::new(),
        language: Language::Fr,
    };
    let password = SecretString::from(PASSWORD);
    let letter = Letter::Access { name: "hélène", password: Some(&password), until: NOW };
    let to = Email::parse(address).unwrap();
    compose(letter, &to, Some("Hélène Dupont"), Language::Fr, &brand, "https://p.test").unwrap()
}

async fn refusal(post: &Post, address: &str) -> SendError {
    let error = post.send(&mail(address), "a", NOW).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(PASSWORD), "{error:?}");
    assert!(!error.text.contains(char::is_control), "{error:?}");
    error
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let mail = mail("helene@exemple.test");
    post(settings(server.port)).send(&mail, "a1", NOW).await.unwrap();

    let received = &server.received()[0];
    assert_eq!(received.sender, "noreply@portal.test");
    assert_eq!(received.recipients, ["helene@exemple.test"]);
    assert_eq!(received.text.replace("\r\n", "\n"), mail.text());
    assert_eq!(received.html.replace("\r\n", "\n"), mail.html());
    assert!(!received.encrypted);
    for (name, value) in [
        ("Subject", "Portail des indépendants\u{a0}: votre accès"),
        ("From", "Portail des indépendants <noreply@portal.test>"),
        ("To", "Hélène Dupont <helene@exemple.test>"),
        ("Message-ID", "<a1@portal.test>"),
        ("Auto-Submitted", "auto-generated"),
        ("Date", "Mon, 07 Dec 2026 12:00:00 +0000"),
    ] {
        assert_eq!(received.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_mail_that_is_sent_again_is_the_same_message() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let post = post(settings(server.port));
    for (id, now) in [("a1", NOW), ("a1", NOW.plus(Duration::from_secs(3600))), ("a2", NOW)] {
        post.send(&mail("helene@exemple.test"), id, now).await.unwrap();
    }
    let ids: Vec<_> = server
        .received()
        .iter()
        .map(|received| received.header("Message-ID").unwrap().to_string())
        .collect();
    assert_eq!(ids, ["<a1@portal.test>", "<a1@portal.test>", "<a2@portal.test>"]);
}

#[tokio::test]
async fn mails_share_a_connection_until_it_is_hung_up() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let post = post(settings(server.port));
    let mail = mail("helene@exemple.test");
    for id in ["a1", "a2"] {
        post.send(&mail, id, NOW).await.unwrap();
    }
    post.hang_up().await;
    post.send(&mail, "a3", NOW).await.unwrap();
    let connections: Vec<_> = server.received().iter().map(|mail| mail.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
}

#[tokio::test]
async fn an_encrypted_connection_needs_a_certificate_that_is_trusted() {
    let ways = [(Encryption::StartTls, Tls::Required), (Encryption::Wrapped, Tls::Wrapped)];
    for (encryption, tls) in ways {
        let server = SmtpServer::start(&SmtpSetup { encryption, ..SmtpSetup::default() });
        let untrusting = post(PostSettings { tls, ..settings(server.port) });
        let error = refusal(&untrusting, "helene@exemple.test").await;
        assert!(!error.permanent && error.text.contains("certificate"), "{error:?}");
        assert_eq!(server.received().len(), 0);

        // A certificate for another name is no better, though its authority is trusted.
        let ca_pem = Some(server.ca_pem());
        let trusted = PostSettings { tls, ca_pem, ..settings(server.port) };
        let other = post(PostSettings { host: "127.0.0.1".into(), ..trusted.clone() });
        let error = refusal(&other, "helene@exemple.test").await;
        assert!(!error.permanent && error.text.contains("not valid for name"), "{error:?}");
        assert_eq!(server.received().len(), 0);

        // Control: with the server's authority given, it passes.
        post(trusted).send(&mail("helene@exemple.test"), "a", NOW).await.unwrap();
        assert!(server.received()[0].encrypted);
    }
}

#[tokio::test]
async fn nothing_is_sent_where_encryption_is_required_and_not_offered() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let required = post(PostSettings { tls: Tls::Required, ..settings(server.port) });
    let error = refusal(&required, "helene@exemple.test").await;
    assert!(!error.permanent && error.text.contains("STARTTLS"), "{error:?}");
    assert_eq!(server.received().len(), 0);
    // Control: without the requirement it goes out.
    post(settings(server.port)).send(&mail("helene@exemple.test"), "a", NOW).await.unwrap();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn only_a_refusal_of_this_mail_is_permanent() {
    let usual = "noreply@portal.test";
    // Sender, recipient, what is refused, with which code, and whether for good.
    let cases = [
        (usual, "gone@exemple.test", "gone@exemple.test", 550, true),
        (usual, "full@exemple.test", "full@exemple.test", 450, false),
        (usual, "sign-in-first@exemple.test", "sign-in-first@exemple.test", 530, false),
        (usual, "junk@exemple.test", "content:junk@exemple.test", 554, true),
        (usual, "slow@exemple.test", "content:slow@exemple.test", 451, false),
        ("other@portal.test", "helene@exemple.test", "sender:other@portal.test", 553, false),
        ("busy@portal.test", "helene@exemple.test", "sender:busy@portal.test", 421, false),
    ];
    let refuse = cases.map(|(_, _, what, code, _)| (what.to_string(), code)).to_vec();
    let server = SmtpServer::start(&SmtpSetup { refuse, ..SmtpSetup::default() });
    for (from, to, what, code, permanent) in cases {
        let post = post(PostSettings { from: from.into(), ..settings(server.port) });
        let error = refusal(&post, to).await;
        assert_eq!(error.permanent, permanent, "{what} {code}: {error:?}");
        assert!(error.text.contains(&code.to_string()), "{error:?}");
    }
    assert_eq!(server.received().len(), 0);
    // Control: a mail of which nothing is refused goes out.
    post(settings(server.port)).send(&mail("helene@exemple.test"), "a", NOW).await.unwrap();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_password_that_the_server_refuses_is_trouble_of_the_settings() {
    let user = Some(("portal".to_string(), "right-one".to_string()));
    let server = SmtpServer::start(&SmtpSetup {
        encryption: Encryption::StartTls,
        user,
        ..SmtpSetup::default()
    });
    let with = |user: Option<&str>| {
        post(PostSettings {
            tls: Tls::Required,
            ca_pem: Some(server.ca_pem()),
            user: user.map(|password| ("portal".into(), SecretString::from(password))),
            ..settings(server.port)
        })
    };
    let wrong = refusal(&with(Some("wrong-one")), "helene@exemple.test").await;
    assert!(!wrong.permanent && wrong.text.contains("535"), "{wrong:?}");
    assert!(!wrong.text.contains("wrong-one"), "{wrong:?}");
    let none = refusal(&with(None), "helene@exemple.test").await;
    assert!(!none.permanent && none.text.contains("530"), "{none:?}");

    // Control: with the right password it goes out.
    with(Some("right-one")).send(&mail("helene@exemple.test"), "a", NOW).await.unwrap();
    assert_eq!(server.received()[0].user.as_deref(), Some("portal"));
}

#[tokio::test]
async fn a_server_that_is_away_may_come_back() {
    let server = SmtpServer::start(&SmtpSetup::default());
    let (port, post) = (server.port, post(settings(server.port)));
    post.send(&mail("helene@exemple.test"), "a", NOW).await.unwrap();
    drop(server);
    let error = refusal(&post, "helene@exemple.test").await;
    assert!(!error.permanent && error.text.contains("no connection"), "{port}: {error:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = PostSettings {
        host: "127.0.0.1".into(),
        timeout: Duration::from_millis(200),
        ..settings(listener.local_addr().unwrap().port())
    };
    let error = refusal(&post(silent), "helene@exemple.test").await;
    assert!(!error.permanent && error.text.contains("did not answer"), "{error:?}");
}

/// A connection that was given up in the middle of an exchange would read the answer to an old
/// question as the answer to a new one, so it is never used again.
#[tokio::test]
async fn a_connection_that_was_given_up_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let mut heard = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"220 slow\r\n").unwrap();
            let mut words = String::new();
            let mut bytes = [0; 512];
            while let Ok(length @ 1..) = stream.read(&mut bytes) {
                let word = String::from_utf8_lossy(&bytes[..length]).into_owned();
                // The sender's address is never answered.
                if word.starts_with("EHLO") {
                    stream.write_all(b"250 slow\r\n").unwrap();
                }
                words.push_str(&word);
            }
            heard.push(words);
        }
        heard
    });
    let slow = PostSettings {
        host: "127.0.0.1".into(),
        timeout: Duration::from_millis(300),
        ..settings(port)
    };
    let post = post(slow);
    for _ in 0..2 {
        assert!(!refusal(&post, "helene@exemple.test").await.permanent);
    }
    let heard = server.join().unwrap();
    for words in &heard {
        assert!(
            words.starts_with("EHLO portal.test\r\nMAIL FROM:<noreply@portal.test>"),
            "{words}"
        );
        assert_eq!(words.matches("MAIL").count(), 1, "{heard:?}");
    }
}

#[tokio::test]
async fn what_a_server_answers_is_told_in_one_short_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let long = format!("554-no\x1b[31m\r\n554 {}\r\n", "x".repeat(600));
        stream.write_all(long.as_bytes()).unwrap();
        let _ = stream.read(&mut [0; 64]);
    });
    let error = refusal(&post(settings(port)), "helene@exemple.test").await;
    assert!(!error.permanent && error.text.contains("554"), "{error:?}");
    assert_eq!(error.text.chars().count(), 300, "{error:?}");
}
