//! The settings of the mail server, and what is said of refusals.

use super::*;
use crate::domain::{Brand, Email, Language};
use crate::notice::{Letter, Notice, compose};

const NOW: Moment = Moment::from_unix_millis(1_796_644_800_000);

fn settings() -> PostSettings {
    PostSettings {
        host: "mail.example.be".into(),
        port: 587,
        tls: Tls::Required,
        user: Some(("portal".into(), SecretString::from("hunter22"))),
        from: "noreply@example.be".into(),
        reply_to: Some("Aide <aide@example.be>".into()),
        ca_pem: None,
        timeout: Duration::from_secs(10),
    }
}

fn mail(portal: &str, full_name: Option<&str>, address: &str) -> Mail {
    let brand = Brand {
        name: portal.into(),
        support_phone: None,
        support_hours: None,
        support_link: None,
        palette: None,
        logo: None,
        legal_notice: None,
        links: Vec::new(),
        language: Language::Fr,
    };
    let to = Email::parse(address).unwrap();
    let letter = Letter::Notice { notice: Notice::FactorAdded, at: NOW };
    compose(letter, &to, full_name, Language::Fr, &brand, "https://p.be").unwrap()
}

fn head(post: &Post, mail: &Mail) -> Vec<String> {
    let (_, message) = post.message(mail, "a1-b_2", NOW).unwrap();
    let text = String::from_utf8(message).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    head.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn the_head_of_a_mail_says_what_it_should() {
    let post = Post::new(settings()).unwrap();
    let head = head(&post, &mail("Portal", Some("Ann Peeters"), "ann@exemple.be"));
    for line in [
        "From: Portal <noreply@example.be>",
        "To: \"Ann Peeters\" <ann@exemple.be>",
        "Reply-To: Aide <aide@example.be>",
        "Message-ID: <a1-b_2@example.be>",
        "Date: Mon, 07 Dec 2026 12:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "Content-Language: fr",
    ] {
        assert!(head.iter().any(|found| found == line), "{line} is not in {head:#?}");
    }
}

#[test]
fn a_name_cannot_add_a_line_or_an_address_to_the_head() {
    let post = Post::new(settings()).unwrap();
    let usual = head(&post, &mail("Portal", Some("Ann"), "ann@exemple.be")).len();
    for name in ["Ann\r\nBcc: b@c.be", "\" <b@c.be>, \"", "Hélène \"H\" <b@c.be>", "a,b;c:<d>\\"]
    {
        let head = head(&post, &mail(name, Some(name), "ann@exemple.be"));
        assert_eq!(head.len(), usual, "{head:#?}");
        let from = head.iter().find(|line| line.starts_with("From: ")).unwrap();
        let to = head.iter().find(|line| line.starts_with("To: ")).unwrap();
        assert!(from.ends_with(" <noreply@example.be>") && !from.contains("<b@c.be>"), "{from}");
        assert!(to.ends_with(" <ann@exemple.be>") && !to.contains("<b@c.be>"), "{to}");
        assert!(head.iter().all(|line| line.is_ascii()), "{head:#?}");
    }
}

#[test]
fn the_operators_name_for_the_sender_comes_before_the_portals() {
    let from = "Service <noreply@example.be>".to_owned();
    let post = Post::new(PostSettings { from, ..settings() }).unwrap();
    let head = head(&post, &mail("Portal", None, "ann@exemple.be"));
    assert!(head.contains(&"From: Service <noreply@example.be>".to_owned()), "{head:#?}");
    assert!(head.contains(&"To: ann@exemple.be".to_owned()), "{head:#?}");
}

#[test]
fn an_id_that_is_not_fit_for_a_header_is_refused() {
    let post = Post::new(settings()).unwrap();
    let mail = mail("Portal", None, "ann@exemple.be");
    for id in ["", "a b", "a\r\nb", "a>b", "a@b", &"a".repeat(65)] {
        assert!(post.message(&mail, id, NOW).unwrap_err().permanent, "{id:?}");
    }
    assert!(post.message(&mail, &"a".repeat(64), NOW).is_ok());
}

#[test]
fn an_address_that_no_server_takes_is_refused_for_good() {
    let post = Post::new(settings()).unwrap();
    let error = post.message(&mail("Portal", None, "a..b@exemple.be"), "a", NOW).unwrap_err();
    assert!(error.permanent && error.text.contains("recipient's address"), "{error:?}");
}

#[test]
fn a_password_is_not_sent_in_clear_to_another_machine() {
    let clear = |host: &str, user| {
        Post::new(PostSettings { host: host.into(), tls: Tls::None, user, ..settings() }).map(drop)
    };
    for host in ["mail.example.be", "10.0.0.5", "localhost.example.be"] {
        let refused = Err(PostSettingsError::PasswordInClear(host.into()));
        assert_eq!(clear(host, settings().user), refused);
        // Control: without a password it may be.
        assert_eq!(clear(host, None), Ok(()));
    }
    for host in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(clear(host, settings().user), Ok(()), "{host}");
    }
}

#[test]
fn settings_with_which_no_mail_could_go_out_are_refused() {
    let outcome = |settings| Post::new(settings).map(drop);
    for wrong in ["", "noreply", "a@b.be\r\nBcc: c@d.be", "a@b.be, c@d.be"] {
        let refused = Err(PostSettingsError::Address(wrong.into()));
        assert_eq!(outcome(PostSettings { from: wrong.into(), ..settings() }), refused);
        let reply_to = Some(wrong.to_owned());
        assert_eq!(outcome(PostSettings { reply_to, ..settings() }), refused);
    }
    let begun = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for wrong in ["", "not a certificate", begun] {
        let ca_pem = Some(wrong.as_bytes().to_vec());
        let refused = outcome(PostSettings { ca_pem, ..settings() });
        assert!(matches!(refused, Err(PostSettingsError::Certificate(_))), "{wrong:?} {refused:?}");
    }
    assert_eq!(outcome(settings()), Ok(()));
}

#[test]
fn nothing_secret_is_shown_when_settings_are_printed() {
    let printed = format!("{:?} {:?}", settings(), Post::new(settings()).unwrap());
    assert!(!printed.contains("hunter22"), "{printed}");
    assert!(printed.contains("mail.example.be"), "control: the rest is shown");
}
