//! Letters as they are written: words, markup and what must not be in them.

use super::*;
use crate::domain::Palette;

const PASSWORD: &str = "abcd-efgh-jkmn-pqrs";
const CODE: &str = "ab2cd-3ef4g";
const KEY: &str = "0123456789abcdef0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const ADDED: Letter<'_> = Letter::Notice { notice: Notice::FactorAdded, at: UNTIL };
const HOSTILE: [&str; 2] = ["\"><svg onload=alert(1)>", "{{7*7}}"];
const UNTIL: Moment = Moment::from_unix_millis(1_796_644_800_000);

fn brand() -> Brand {
    Brand {
        name: "Portail des indépendants".into(),
        support_phone: Some("+32 2 123 45 67".into()),
        support_hours: Some("9-17".into()),
        support_link: Some("https://portal.example.be/help".into()),
        palette: None,
        logo: None,
        legal_notice: Some("Exemple SA".into()),
        links: vec![crate::domain::Link {
            text: "Privacy".into(),
            address: "https://portal.example.be/privacy".into(),
        }],
        language: Language::Fr,
    }
}

fn written(letter: Letter<'_>, language: Language, brand: &Brand) -> Mail {
    let to = Email::parse("jeanne@exemple.be").unwrap();
    let name = Some("Jeanne Dupont");
    compose(letter, &to, name, language, brand, "https://portal.example.be").unwrap()
}

/// All letters in all languages, with what is to be seen in each.
fn all(show: &mut dyn FnMut(&Letter<'_>, Language, Mail)) {
    let password = SecretString::from(PASSWORD);
    let (code, key) = (SecretString::from(CODE), SecretString::from(KEY));
    let name = "j.dupont";
    for language in Language::ALL {
        let notices = Notice::ALL.map(|notice| Letter::Notice { notice, at: UNTIL });
        let others = [
            Letter::Access { name, password: Some(&password), until: UNTIL },
            Letter::Access { name, password: None, until: UNTIL },
            Letter::AccessPassword { password: &password, until: UNTIL },
            Letter::Reset { name, code: &code, key: &key, minutes: 30 },
            Letter::ResetNotYet { until: UNTIL },
            Letter::ResetTooLate { until: UNTIL },
        ];
        for letter in others.into_iter().chain(notices) {
            show(&letter, language, written(letter, language, &brand()));
        }
    }
}

fn links(html: &str) -> Vec<&str> {
    html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_mail_says_whom_to_call_and_what_we_never_ask_in_each_language() {
    let mut subjects = std::collections::BTreeSet::new();
    all(&mut |letter, language, mail| {
        let t = Words::of(language);
        assert!(mail.html().contains(&format!("<html lang=\"{}\">", language.code())));
        assert!(mail.html().contains("href=\"tel:+3221234567\""));
        assert!(mail.html().contains(&t.say("mail-safe")), "{}", mail.html());
        let flat = mail.text().replace('\n', " ");
        assert!(flat.contains(&t.say("mail-safe")) && flat.contains("+32 2 123 45 67"), "{flat}");
        let told = if letter.moment().is_some() { "2026" } else { "30" };
        assert!(flat.contains(told) && flat.contains("Jeanne Dupont"), "{flat}");
        for part in [mail.subject(), mail.text(), mail.html()] {
            // Words that have no text show their key, and a value without a name its braces.
            assert!(!part.contains("mail-") && !part.contains("help-"), "{part}");
            let sheet = part.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
            let rest = part.replace(sheet.unwrap_or("no sheet"), "");
            assert!(!rest.contains(['{', '}']), "{rest}");
        }
        subjects.insert(mail.subject().to_owned());
    });
    // Two kinds about an access, one about a forgotten password, and a notice each.
    assert_eq!(subjects.len(), 4 * (3 + Notice::ALL.len()), "{subjects:?}");
}

#[test]
fn a_password_is_where_it_belongs_and_on_a_line_of_its_own() {
    all(&mut |letter, _, mail| {
        let expected = match letter {
            Letter::Access { password, .. } => usize::from(password.is_some()),
            Letter::AccessPassword { .. } => 1,
            Letter::Notice { .. }
            | Letter::Reset { .. }
            | Letter::ResetNotYet { .. }
            | Letter::ResetTooLate { .. } => 0,
        };
        let lines = mail.text().lines().filter(|line| line.trim() == PASSWORD).count();
        assert_eq!(lines, expected, "{}", mail.text());
        for part in [mail.text(), mail.html()] {
            assert_eq!(part.matches(PASSWORD).count(), expected, "{part}");
        }
        assert!(!mail.subject().contains(PASSWORD) && !format!("{mail:?}").contains(PASSWORD));
        // The password's own mail does not say whose it is to sign in with.
        let named = matches!(letter, Letter::Access { .. } | Letter::Reset { .. });
        assert_eq!(mail.text().contains("j.dupont"), named);
        assert_eq!(mail.html().contains("j.dupont"), named);
        assert!(!format!("{letter:?}").contains(PASSWORD));
    });
}

#[test]
fn a_code_for_a_forgotten_password_is_in_its_mail_alone_and_never_in_the_subject() {
    all(&mut |letter, language, mail| {
        let here = usize::from(matches!(letter, Letter::Reset { .. }));
        let lines = mail.text().lines().filter(|line| line.trim() == CODE).count();
        assert_eq!(lines, here, "{}", mail.text());
        assert_eq!(mail.html().matches(CODE).count(), here);
        assert!(!mail.subject().contains(CODE) && !format!("{mail:?} {letter:?}").contains(CODE));
        if here == 1 {
            let flat = mail.text().replace('\n', " ");
            for key in ["mail-reset-lead", "mail-reset-code", "mail-reset-not-asked"] {
                assert!(flat.contains(&Words::of(language).say(key)), "{key}: {flat}");
            }
        }
    });
}

#[test]
fn a_notice_says_what_to_do_and_has_no_link_to_sign_in_at() {
    all(&mut |letter, language, mail| {
        let Letter::Notice { notice, .. } = letter else { return };
        let (t, flat) = (Words::of(language), mail.text().replace('\n', " "));
        let call = t.say1("mail-not-you-call", "phone", "+32\u{a0}2\u{a0}123\u{a0}45\u{a0}67");
        for text in [notice.title(t), notice.if_you(t), call] {
            assert!(flat.contains(&text) && mail.html().contains(&text), "{text}: {flat}");
        }
        for part in [mail.text(), mail.html()] {
            assert!(!part.contains(".vestibule"), "{part}");
        }
    });
}

#[test]
fn who_comes_too_late_is_told_whom_to_ask_and_not_to_sign_in() {
    let said = |letter, language, brand: &Brand| {
        written(letter, language, brand).text().replace(['\n', '\u{a0}'], " ")
    };
    for language in Language::ALL {
        let t = Words::of(language);
        let nobody = Brand { support_phone: None, ..brand() };
        let call = t.say1("mail-too-late-call", "phone", "+32 2 123 45 67").replace('\u{a0}', " ");
        let contact = t.say("mail-too-late-contact").replace('\u{a0}', " ");
        let (late, in_time) =
            (Letter::ResetTooLate { until: UNTIL }, Letter::ResetNotYet { until: UNTIL });
        for (brand, told) in [(brand(), call), (nobody, contact)] {
            let late = said(late, language, &brand);
            let title = t.say("mail-too-late-title");
            assert!(late.contains(&title) && late.contains(&told), "{told}: {late}");
            assert!(!late.contains("/.vestibule/"), "{late}");
            // Control: who comes in time is told to use it, and not that it is over.
            let in_time = said(in_time, language, &brand);
            assert!(in_time.contains(&t.say("mail-not-yet-title")), "{in_time}");
            assert!(!in_time.contains(&told), "{in_time}");
        }
    }
}

#[test]
fn only_the_link_for_a_forgotten_password_has_a_secret_in_it() {
    all(&mut |letter, _, mail| {
        let html = links(mail.html());
        let text = mail.text().lines().map(str::trim).filter(|line| line.contains("://"));
        let mut keys = 0;
        for link in html.iter().copied().chain(text) {
            assert!(!link.contains(PASSWORD) && !link.contains("dupont"), "{link}");
            assert!(!link.contains(CODE), "{link}");
            if link.contains(KEY) {
                keys += 1;
                assert_eq!(link, format!("https://portal.example.be/.vestibule/reset?key={KEY}"));
            }
        }
        // Once behind the button, and once as text.
        assert_eq!(keys, if matches!(letter, Letter::Reset { .. }) { 2 } else { 0 });
        // Control: the links that should be there are seen, and a notice has none to sign in at.
        let start = html.contains(&"https://portal.example.be/.vestibule/?mail");
        let guide = html.contains(&"https://portal.example.be/.vestibule/guide");
        let access = matches!(letter, Letter::Access { .. });
        assert_eq!((start, guide), (access, access), "{html:?}");
        assert_eq!(mail.text().contains("/.vestibule/?mail"), access);
    });
}

#[test]
fn a_name_is_text_and_never_markup_or_another_line() {
    for hostile in HOSTILE {
        let brand = Brand { name: hostile.into(), ..brand() };
        let to = Email::parse("jeanne@exemple.be").unwrap();
        let password = SecretString::from(hostile);
        let letter = Letter::Access { name: hostile, password: Some(&password), until: UNTIL };
        let mail = compose(letter, &to, Some(hostile), Language::En, &brand, "https://p.be");
        let mail = mail.unwrap();
        assert!(!mail.html().contains("<svg"), "{}", mail.html());
        assert!(!mail.html().contains("49") && !mail.text().contains("49"));
        // Control: it is there, in all five places: title, portal, greeting, name and password.
        let escaped = hostile.replace('"', "&#34;").replace('<', "&#60;").replace('>', "&#62;");
        assert_eq!(mail.html().matches(&escaped).count(), 5, "{}", mail.html());
        assert_eq!(mail.text().matches(hostile).count(), 4, "{}", mail.text());
        assert!(mail.subject().contains(hostile));
    }

    let broken = "Ann\r\nBcc: b@c.be\n\nCall 0900";
    let brand = Brand { name: broken.into(), ..brand() };
    let to = Email::parse("ann@exemple.be").unwrap();
    let letter = Letter::Access { name: broken, password: None, until: UNTIL };
    let mail = compose(letter, &to, Some(broken), Language::En, &brand, "https://p.be").unwrap();
    for one in [mail.subject(), mail.full_name().unwrap(), mail.portal()] {
        assert!(!one.contains(char::is_control) && one.contains("Bcc: b@c.be"), "{one:?}");
    }
    let alone = |line: &str| line.starts_with("Bcc") || line.starts_with("Call 0900");
    assert!(!mail.text().lines().any(alone), "{}", mail.text());
}

#[test]
fn the_operators_colours_are_those_of_the_mail() {
    let letter = ADDED;
    let ours = written(letter, Language::En, &brand());
    assert!(ours.html().contains("#0b5d66") && !ours.html().contains("#7a1f5c"));
    let palette = Palette::new(Colour::parse("#7a1f5c").unwrap()).unwrap();
    let theirs = written(letter, Language::En, &Brand { palette: Some(palette), ..brand() });
    assert!(theirs.html().contains("#7a1f5c") && !theirs.html().contains("#0b5d66"));
    let dark = palette.dark.accent.to_string();
    assert!(theirs.html().contains(&format!("background-color: {dark} !important")));
}

#[test]
fn our_own_colours_can_be_read_like_an_operators() {
    let light = Palette::new(OURS.accent).unwrap().light;
    assert_eq!((OURS.accent, OURS.ink), (light.accent, light.ink));
    assert!(OURS.dark_ink.contrast(OURS.dark_accent) > 4.5);
    assert!(OURS.dark_accent.contrast(Colour::new(0x17, 0x24, 0x2a)) > 4.5);
}

#[test]
fn a_mail_asks_nothing_of_other_servers_and_runs_nothing() {
    all(&mut |_, _, mail| {
        let html = mail.html().to_lowercase();
        for part in ["<img", "<script", "src=", "url(", "@import", "<link", "<table", "<svg"] {
            assert!(!html.contains(part), "{part}");
        }
        assert!(html.contains("<a "), "control: parts are found");
    });
}

#[test]
fn without_a_phone_the_mail_says_whom_to_ask() {
    let brand = Brand { support_phone: None, support_link: None, ..brand() };
    for language in Language::ALL {
        let t = Words::of(language);
        let mail =
            written(Letter::Notice { notice: Notice::SecondSetUp, at: UNTIL }, language, &brand);
        for key in ["help-no-phone", "mail-not-you-contact"] {
            assert!(mail.html().contains(&t.say(key)), "{key}");
            assert!(mail.text().replace('\n', " ").contains(&t.say(key)), "{key}");
        }
        assert!(!mail.html().contains("tel:"));
    }
}

#[test]
fn text_lines_are_short_enough_to_be_quoted() {
    all(&mut |_, _, mail| {
        // An address stays whole, however long it is.
        for line in mail.text().lines().filter(|line| !line.contains(KEY)) {
            assert!(line.chars().count() <= 72, "{line}");
        }
        assert!(!mail.text().contains("\n\n\n\n") && !mail.text().contains("&#"));
    });
}

#[test]
fn a_moment_beyond_the_calendar_is_an_error() {
    let to = Email::parse("jeanne@exemple.be").unwrap();
    let at = Moment::from_unix_millis(u64::MAX);
    let letter = Letter::Notice { notice: Notice::FactorAdded, at };
    let outcome = compose(letter, &to, None, Language::En, &brand(), "https://p.be");
    assert!(matches!(outcome, Err(ComposeError::Date)));
}
