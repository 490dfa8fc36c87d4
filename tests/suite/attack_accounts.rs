//! Attacks on names and passwords: guessing by every spelling and channel, passwords that are too
//! long or hold odd letters, sessions that outlive a new password, and answers, pages and logs that
//! tell what they should not. Rows A13, A14, A17, A42, A46 to A48, X01, X08, X10 and X14.

use std::collections::BTreeMap;

use crate::support::client::{comparable, hidden};
use crate::support::raw::Reply;
use crate::support::walk::{
    ACCOUNTS, App, SESSION, START_AGAIN, TICKET, Walk, account, at, at_code, at_once, audited,
    choose, fill, give_code, metrics, opens, provision, settled_audit_log, signed_in, start,
    start_with, to, told, visitor,
};

const WRONG: &str = "Vijf-Reigers boven 3 stuwen";
const NEW: &str = "Zeven-Lantaarns onder 9 bruggen";
/// Passwords that are looked at before the first pause.
const FREE: usize = 5;

#[test]
fn a13_every_spelling_that_reaches_an_account_has_one_counter() {
    let (_upstream, gateway) = start();
    gateway.add_account("Élise.Martin", NEW, &[]);
    gateway.add_account("strasse", NEW, &[]);
    let spellings = [
        "Élise.Martin",
        "ÉLISE.MARTIN",
        " élise.martin\u{a0}",
        "e\u{301}lise.martin",
        "\u{ff25}\u{301}lise.martin",
    ];
    assert_eq!(spellings.len(), FREE);
    for (guess, spelling) in spellings.into_iter().enumerate() {
        let reply = visitor(&gateway).walk_sign_in(spelling, &format!("{WRONG} {guess}"));
        assert_eq!(reply.status(), 422, "{spelling:?}");
    }
    for spelling in spellings {
        let reply = visitor(&gateway).walk_sign_in(spelling, NEW);
        assert_eq!(reply.status(), 429, "{spelling:?}: {}", reply.shown());
    }
    // A spelling that is paused no more must not reach the account either.
    for other in [
        "Élise.Martin.",
        "Élise.Martin@corp",
        "Elise.Martin",
        "Élise.Mart\u{131}n",
        "Élise.\u{200b}Martin",
    ] {
        let reply = visitor(&gateway).walk_sign_in(other, NEW);
        assert_eq!(reply.status(), 422, "{other:?}: {}", reply.shown());
    }
    // Control: another name is not paused, and its spelling reaches it.
    assert_eq!(to(&visitor(&gateway).walk_sign_in("STRASSE ", NEW)), at("secure"));
}

#[test]
fn a14_of_two_hundred_guesses_at_once_no_more_than_the_free_ones_are_looked_at() {
    let (_upstream, gateway) = start();
    gateway.add_account("stormed", NEW, &[]);
    let browsers: Vec<_> = (0..200)
        .map(|_| {
            let mut browser = visitor(&gateway);
            let csrf = browser.walk_to_password("stormed");
            (browser, csrf)
        })
        .collect();
    let answers = at_once(browsers, |(browser, csrf)| {
        // Each another one: the same again would count once.
        browser.give_password(csrf, &format!("{WRONG} {csrf}"))
    });
    let mut statuses = BTreeMap::new();
    for (_, reply) in &answers {
        *statuses.entry(reply.status()).or_insert(0) += 1;
    }
    assert!((1..=FREE).contains(&statuses[&422]), "{statuses:?}");
    assert!(statuses.keys().all(|status| [422, 429, 503].contains(status)), "{statuses:?}");
    assert_eq!(visitor(&gateway).walk_sign_in("stormed", NEW).status(), 429);
}

#[test]
fn a17_every_form_that_takes_a_password_counts_on_one_counter() {
    let (_upstream, gateway) = start();
    // Guesses at the field of the password until now pause the sign-in...
    let mut walk = Walk::new(&gateway, "two-doors").until("new-password");
    for guess in 0..=FREE {
        let reply = choose(&mut walk.browser, &format!("{WRONG} {guess}"), NEW);
        let expected = if guess < FREE { 422 } else { 429 };
        assert_eq!(reply.status(), expected, "{guess}: {}", reply.shown());
    }
    let reply = visitor(&gateway).walk_sign_in("two-doors", &walk.provisional);
    assert_eq!(reply.status(), 429, "{}", reply.shown());
    assert_eq!(choose(&mut walk.browser, &walk.provisional, NEW).status(), 429);
    assert_eq!(account(&gateway, "two-doors")["password"], "provisional");

    // ... and the other way round.
    let mut walk = Walk::new(&gateway, "two-doors-2").until("new-password");
    for guess in 0..FREE {
        let wrong = format!("{WRONG} {guess}");
        assert_eq!(visitor(&gateway).walk_sign_in("two-doors-2", &wrong).status(), 422);
    }
    assert_eq!(choose(&mut walk.browser, &walk.provisional, NEW).status(), 429);

    // Nothing else looks at a password: neither Basic nor JSON, so nothing is counted there.
    let before = audited(&gateway, "sign_in_failed");
    let basic = [("Authorization", "Basic dHdvLWRvb3JzLTI6eA=="), ("Accept", "text/plain")];
    for path in ["/", "/.vestibule/whoami", "/.vestibule/password", "/.vestibule/sign-in"] {
        let reply = visitor(&gateway).send("GET", path, &basic, b"");
        assert!(!opens(&reply) && [200, 303, 401].contains(&reply.status()), "{}", reply.shown());
    }
    assert_eq!(audited(&gateway, "sign_in_failed"), before);
    // Control: with the pause of nobody else, a wizard of its own goes through.
    Walk::new(&gateway, "one-door").finish();
}

#[test]
fn a42_a_new_password_ends_every_session_and_every_half_done_sign_in_at_once() {
    let (_upstream, gateway) = start();
    let name = "starts-over";
    let (password, mut app) = Walk::new(&gateway, name).finish();
    let mut elsewhere = signed_in(&gateway, name, &password, &mut app);
    let (mut half, csrf) = at_code(&gateway, name, &password);
    assert_eq!(elsewhere.fetch("/").status(), 200);
    // The operator's half of it ends them at once, before anybody has used the new one.
    let made = told(&gateway, &["user", "provision", name]);
    assert_eq!(elsewhere.fetch("/").status(), 401);
    assert_eq!(to(&half.get(&at("code"))), START_AGAIN);
    assert_eq!(to(&give_code(&mut half, &csrf, &app.wrong())), START_AGAIN);

    // The person's half ends what was begun with the provisional one.
    let made = made["provisional_password"].as_str().unwrap();
    let (mut beside, _) = at_code(&gateway, name, made);
    let (mut owner, csrf) = at_code(&gateway, name, made);
    assert_eq!(to(&give_code(&mut owner, &csrf, &app.code())), at("new-password"));
    assert_eq!(to(&choose(&mut owner, made, NEW)), at("done"));
    assert_eq!(to(&beside.get(&at("code"))), START_AGAIN);
    for old in [made, &password] {
        assert_eq!(visitor(&gateway).walk_sign_in(name, old).status(), 422);
    }
    // Control: the browser in which it was chosen is in, and the new one works.
    assert_eq!(owner.fetch("/").status(), 200);
    at_code(&gateway, name, NEW);
}

#[test]
fn a46_a_password_that_is_too_long_is_turned_away_at_every_field_before_it_is_hashed() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "writes-much").until("new-password");
    let hashed = || {
        let text = metrics(&gateway);
        let line = text.lines().find(|line| line.starts_with("vestibule_hashing_seconds_count"));
        line.and_then(|line| line.split(' ').nth(1)).unwrap().parse::<u64>().unwrap()
    };
    let mut stranger = visitor(&gateway);
    let csrf = stranger.walk_to_password("writes-much");
    let own = hidden(&walk.browser.get(&at("new-password")).text(), "csrf");
    let before = hashed();
    for length in [1024 * 1024, 10 * 1024 * 1024] {
        let long = "x".repeat(length);
        let reply = stranger.give_password(&csrf, &long);
        assert!([413, 0].contains(&reply.status()), "{}", reply.status());
        for page in ["new-password", "new-password/check", "sign-in", "code", "picker"] {
            for field in ["current", "new", "again", "name", "code", "pick"] {
                let reply = walk.browser.post_form(&at(page), &[("csrf", &own), (field, &long)]);
                assert!([413, 0].contains(&reply.status()), "{page} {field}: {}", reply.status());
            }
            if length > 1024 * 1024 {
                break;
            }
        }
    }
    assert_eq!(hashed(), before);
    // What fits the form but no password is refused by its rule, and 65 characters are none.
    let judge = |walk: &mut Walk, new: &str| choose(&mut walk.browser, &walk.provisional, new);
    let tail = |length: usize| -> String {
        NEW.chars().chain("é7".chars().cycle()).take(length).collect()
    };
    for length in [129, 4097] {
        let reply = judge(&mut walk, &tail(length));
        assert_eq!(reply.status(), 422, "{length}: {}", reply.shown());
    }
    assert_eq!(hashed(), before);
    let reply = stranger.give_password(&csrf, &"x".repeat(4097));
    assert_eq!(reply.status(), 422, "{}", reply.shown());
    assert_eq!(to(&judge(&mut walk, &tail(65))), at("done"));
    at_code(&gateway, "writes-much", &tail(65));
    // The last of them counts, and so does what a shorter hash would cut off.
    let reply = visitor(&gateway).walk_sign_in("writes-much", &tail(64));
    assert_eq!(reply.status(), 422, "{}", reply.shown());
}

#[test]
fn a47_a_password_with_odd_letters_works_exactly_or_is_refused_when_it_is_chosen() {
    let (_upstream, gateway) = start();
    let rows = [
        ("Nul-Teken 27\0steen", None),
        ("Regel-Einde 27\rsteen", None),
        ("Regel-Einde 27\nsteen", None),
        ("Tab-Teken 27\tsteen", None),
        ("Regel-Einde\u{2028}27 steen", None),
        ("Fuss-Weg 🦩27 Steen", Some("Fuss-Weg 🦢27 Steen")),
        ("Ander-Schrift 𠀋27", Some("Ander-Schrift 𠀌27")),
        ("Rechts\u{202e}Links-27", Some("RechtsLinks-27")),
        ("Été-Chaud à 27 ponts", Some("Ete-Chaud a 27 ponts")),
        (" Blanc-Devant 27 ", Some("Blanc-Devant 27")),
        ("Plus+Et&Pct%3D=27 ;x", Some("Plus Et&Pct%3D=27 ;x")),
        ("<b>Gras</b>&amp;27", Some("<b>Gras</b>&27")),
        ("שלום-Vrede 27", Some("שלומ-Vrede 27")),
    ];
    for (index, (password, other)) in rows.into_iter().enumerate() {
        let name = format!("odd-{index}");
        let mut walk = Walk::new(&gateway, &name).until("new-password");
        let reply = choose(&mut walk.browser, &walk.provisional, password);
        let Some(other) = other else {
            assert_eq!(reply.status(), 422, "{password:?}: {}", reply.shown());
            assert_eq!(account(&gateway, &name)["password"], "provisional");
            continue;
        };
        assert_eq!(to(&reply), at("done"), "{password:?}: {}", reply.shown());
        at_code(&gateway, &name, password);
        let reply = visitor(&gateway).walk_sign_in(&name, other);
        assert_eq!(reply.status(), 422, "{other:?} for {password:?}");
        // However a keyboard writes the same letters.
        let apart: String = unicode_normalization::UnicodeNormalization::nfd(password).collect();
        at_code(&gateway, &name, &apart);
    }
}

#[test]
fn a48_a_provisional_password_is_dead_once_one_of_ones_own_was_chosen() {
    let (_upstream, gateway) = start();
    let walk = Walk::new(&gateway, "one-way").until("new-password");
    let mut beside = Walk::with(&gateway, "one-way", &walk.provisional);
    // Control: until then it works, and in a second browser too.
    assert_eq!(to(&beside.browser.walk_sign_in("one-way", &walk.provisional)), at("code"));
    let provisional = walk.provisional.clone();
    let (password, mut app) = walk.finish();
    assert_eq!(to(&beside.browser.get(&at("code"))), START_AGAIN);
    let mut late = visitor(&gateway);
    let csrf = late.walk_to_password("one-way");
    let dead = comparable(&late.give_password(&csrf, &provisional), &csrf, "one-way");
    let mut wrong = visitor(&gateway);
    let csrf = wrong.walk_to_password("one-way");
    assert_eq!(dead, comparable(&wrong.give_password(&csrf, WRONG), &csrf, "one-way"));
    assert!(dead.starts_with("HTTP/1.1 422 "), "{dead}");
    // Nor can it be chosen again.
    let made = told(&gateway, &["user", "provision", "one-way"]);
    let made = made["provisional_password"].as_str().unwrap();
    let (mut again, csrf) = at_code(&gateway, "one-way", made);
    assert_eq!(to(&give_code(&mut again, &csrf, &app.code())), at("new-password"));
    for used in [provisional.as_str(), made, &password] {
        let reply = choose(&mut again, made, used);
        assert_eq!(reply.status(), 422, "{used}: {}", reply.shown());
    }
    assert_eq!(to(&choose(&mut again, made, NEW)), at("done"));
}

#[test]
fn x01_a_name_with_markup_is_text_on_every_screen_of_the_wizard_and_in_the_link() {
    let (_upstream, gateway) = start();
    for name in ["\"><svg onload=alert(1)>", "{{7*7}}", "a:b?secret=AAAA&issuer=evil%3A"] {
        let mut walk = Walk::new(&gateway, name);
        let mut seen = 0;
        while walk.due() != "done" {
            let mut pages = vec![walk.browser.get(&at(walk.due()))];
            if walk.due() == "prove" {
                let wrong = walk.app.as_ref().unwrap().wrong();
                pages.push(fill(&mut walk.browser, "prove", &[("code", &wrong)]));
            }
            if walk.due() == "scan" {
                let page = pages[0].text();
                let link = page.split("otpauth://totp/").nth(1);
                // On a computer the link is in the picture alone.
                assert!(link.is_none(), "{page}");
                let agent = [("User-Agent", "iPhone"), ("Accept", "text/html")];
                let phone = walk.browser.send("GET", &at("scan"), &agent, b"");
                assert_link(name, &phone);
                pages.push(phone);
            }
            for page in pages {
                seen += usize::from(assert_text(name, &page));
            }
            walk.step();
        }
        assert!(seen >= 7, "{name} was shown {seen} times only");
        assert_text(name, &walk.browser.get(&at("done")));
        assert_text(name, &walk.browser.get(&at("sign-out")));
        let mut app = walk.app.unwrap();
        let mut browser = signed_in(&gateway, name, &walk.password, &mut app);
        fill(&mut browser, "sign-out", &[]);
        assert!(assert_text(name, &browser.get(&at("picker"))));
    }
    // Control: markup that is not escaped is seen.
    let raw = b"HTTP/1.1 200 OK\r\n\r\n<p>\"><svg onload=alert(1)></p>".to_vec();
    let naive = Reply { bytes: raw, closed: true };
    assert!(std::panic::catch_unwind(|| assert_text("\"><svg onload=alert(1)>", &naive)).is_err());
}

#[test]
fn x08_no_secret_of_a_whole_first_connection_is_in_a_log_or_metric() {
    let (_upstream, gateway) = start_with("", "[log]\nrequests = true\n");
    let mut walk = Walk::new(&gateway, "leaves-traces");
    let mut secrets = vec![("provisional password", walk.provisional.clone())];
    while walk.due() != "done" {
        if ["password", "prove", "new-password"].contains(&walk.due()) {
            let bad = format!("Typed-by-mistake at {}", walk.due());
            let fields = [("password", bad.as_str()), ("code", "12"), ("current", &bad)];
            let due = walk.due();
            fill(&mut walk.browser, due, &fields);
            secrets.push(("a mistyped password", bad));
        }
        let csrf = hidden(&walk.browser.get(&at(walk.due())).text(), "csrf");
        secrets.push(("form token", csrf));
        walk.step();
        for (name, value) in &walk.browser.cookies {
            assert!([TICKET, SESSION, ACCOUNTS].contains(&name.as_str()), "{name}");
            secrets.push(("cookie", value.clone()));
        }
    }
    let mut app = walk.app.clone().unwrap();
    secrets.push(("new password", walk.password.clone()));
    secrets.push(("key", app.base32.clone()));
    let code = app.code();
    let (mut browser, csrf) = at_code(&gateway, "leaves-traces", &walk.password);
    assert!(opens(&give_code(&mut browser, &csrf, &code)));
    secrets.push(("session", browser.cookie(SESSION).unwrap().to_string()));
    assert_eq!(browser.fetch("/with/a/path?and=query").status(), 200);
    fill(&mut browser, "sign-out", &[]);
    let kept = [gateway.log(), settled_audit_log(&gateway), metrics(&gateway)];
    for text in &kept {
        for (what, secret) in &secrets {
            assert!(!text.contains(secret.as_str()), "{what} {secret} is in {text}");
        }
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
        assert!(!words.into_iter().any(|word| word == code), "the number {code} is in {text}");
        assert!(!text.contains("leaves-traces") || text.starts_with('{'), "the name is in {text}");
    }
    // Control: they do tell of this walk.
    assert!(kept[0].matches("vestibule::gateway: request").count() > 30, "{}", kept[0]);
    assert!(kept[1].contains("factor_added") && kept[2].contains("vestibule_sign_ins_total"));
}

#[test]
fn x10_no_answer_to_a_password_tells_why_it_does_not_match() {
    let (_upstream, gateway) = start();
    for name in ["wrong-word", "shut-out-x", "was-erased", "no-factor1"] {
        gateway.add_account(name, NEW, &[]);
    }
    let (_, _) = Walk::new(&gateway, "has-factor").finish();
    provision(&gateway, "provisory1");
    for args in [["user", "disable", "shut-out-x"], ["user", "delete", "was-erased"]] {
        assert!(gateway.cli(&args, "").status.success(), "{args:?}");
    }
    let answers = |name: &str, password: &str| {
        let mut browser = visitor(&gateway);
        let page = browser.get(&at("sign-in"));
        let csrf = hidden(&page.text(), "csrf");
        let step = browser.post_form(&at("sign-in"), &[("csrf", &csrf), ("name", name)]);
        // X14: before the password nothing is told of factors either.
        let page = browser.get(&at("password"));
        let done = browser.give_password(&csrf, password);
        let after = browser.get(&at("password"));
        [step, page, done, after].map(|reply| comparable(&reply, &csrf, name))
    };
    let wrong = answers("wrong-word", WRONG);
    assert!(wrong[2].starts_with("HTTP/1.1 422 ") && !wrong[2].contains("set-cookie"));
    for (name, password) in [
        ("never-seen", NEW),
        ("shut-out-x", NEW),
        ("was-erased", NEW),
        ("provisory1", NEW),
        ("has-factor", NEW),
        ("has-factor", WRONG),
        ("no-factor1", WRONG),
    ] {
        for (told, expected) in answers(name, password).iter().zip(&wrong) {
            assert_eq!(told, expected, "{name}");
        }
    }
    // Control: the comparison sees the right password, and before it nothing.
    let right = answers("no-factor1", NEW);
    assert_eq!(right[..2], wrong[..2]);
    assert_ne!(right[2], wrong[2]);
}

// ---- Means --------------------------------------------------------------------------------------

/// Asserts that a name is nowhere markup on a page; tells whether it is there as text.
fn assert_text(name: &str, page: &Reply) -> bool {
    assert!([200, 422].contains(&page.status()), "{name}: {}", page.shown());
    let text = page.text();
    for raw in ["<svg onload", "<svg onload=alert", "\"><svg on"] {
        assert!(!text.contains(raw), "{name}: {text}");
    }
    let mut read = text;
    let entities =
        [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    for (entity, letter) in entities {
        read = read.replace(entity, letter);
    }
    read.contains(name)
}

/// Asserts that the link for the app names this account and has one key, the one that is shown.
fn assert_link(name: &str, page: &Reply) {
    let text = page.text().replace("&#38;", "&").replace("&amp;", "&");
    let link = text.split("href=\"otpauth://totp/").nth(1).and_then(|rest| rest.split('"').next());
    let link = link.unwrap_or_else(|| panic!("no link: {text}"));
    let parsed = url::Url::parse(&format!("otpauth://totp/{link}")).expect("a link");
    let secrets: Vec<_> = parsed.query_pairs().filter(|(key, _)| key == "secret").collect();
    assert_eq!(secrets.len(), 1, "{link}");
    assert_eq!(secrets[0].1, App::scan(page).base32, "{link}");
    let issuers = parsed.query_pairs().filter(|(key, _)| key == "issuer");
    assert_eq!(issuers.map(|(_, value)| value.into_owned()).collect::<Vec<_>>(), ["My portal"]);
    assert!(!link.contains('<') && !link.contains(' '), "{link}");
    assert_eq!(parsed.path().matches(':').count(), 1, "{name}: {link}");
}
