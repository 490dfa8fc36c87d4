//! One's own account over real sockets: each change, who may make it, and what it ends. Rows A30,
//! A40, A41 and A42.

use crate::support::account::{
    CONFIRM, FORMS, NEW, add_app, before, confirm, person, press, shown, values,
};
use crate::support::client::{Client, hidden};
use crate::support::gateway::Gateway;
use crate::support::raw::Reply;
use crate::support::recorder::Recorder;
use crate::support::walk::{
    SESSION, START_AGAIN, TICKET, account, at, at_code, audited, fill, give_code, opens,
    recovery_codes, signed_in, start, start_with, to, visitor,
};

/// A gateway at which a second factor is nobody's duty.
fn start_optional() -> (Recorder, Gateway) {
    let upstream = Recorder::start();
    let mut setup = crate::support::gateway::Setup::new(upstream.addr());
    setup.extra = "[hashing]\nmemory_kib = 64\npasses = 1\n".to_string();
    (upstream, Gateway::start(setup))
}

/// Somebody who signs in with the password alone.
fn by_password(gateway: &Gateway, name: &str, password: &str) -> Client {
    let mut browser = visitor(gateway);
    let reply = browser.walk_sign_in(name, password);
    assert!(opens(&reply), "{}", reply.shown());
    browser
}

/// Where an answer leads, without what was changed.
fn place(reply: &Reply) -> String {
    to(reply).split('?').next().unwrap_or_default().to_string()
}

#[test]
fn a30_a_session_by_password_alone_changes_nothing_of_an_account_with_a_factor() {
    let (_upstream, gateway) = start_optional();
    gateway.add_account("careful", NEW, &[]);
    let thief = by_password(&gateway, "careful", NEW);
    let mut owner = by_password(&gateway, "careful", NEW);
    // While the account has no factor, the password is fresh proof.
    let (mut app, reply) = add_app(&mut owner);
    assert_eq!(to(&reply), at("recovery-codes"));
    assert_eq!(to(&fill(&mut owner, "recovery-codes", &[])), at("account"));
    let (facts, page) = (account(&gateway, "careful"), shown(&thief));
    let id = values(&thief, "id").pop().unwrap();
    let session = values(&owner, "session").pop().unwrap();
    let fields = [
        ("kind", "code"),
        ("id", id.as_str()),
        ("name", "Mine"),
        ("way", "code"),
        ("session", session.as_str()),
        ("language", "de"),
        ("current", NEW),
        ("new", "Drie-Kraanvogels naast 4 dammen"),
        ("again", "Drie-Kraanvogels naast 4 dammen"),
    ];
    for browser in [&thief, &owner] {
        for path in FORMS.into_iter().filter(|path| *path != "account/password/check") {
            let reply = press(&mut browser.clone(), path, &fields);
            assert_eq!(to(&reply), CONFIRM, "{path}: {}", reply.shown());
            assert!(reply.headers("set-cookie").is_empty(), "{path}: {}", reply.shown());
        }
        assert_eq!(to(&browser.clone().get(&at("account/password"))), CONFIRM);
    }
    assert_eq!((account(&gateway, "careful"), shown(&thief)), (facts, page));
    // The password is no proof for the thief any more either.
    let mut asked = thief.clone();
    let csrf = hidden(&asked.get(CONFIRM).text(), "csrf");
    let reply = asked.post_form(&at("confirm"), &[("csrf", &csrf), ("account", "1")]);
    assert_eq!(to(&reply), at("code"));
    let csrf = hidden(&asked.get(&at("code")).text(), "csrf");
    assert_eq!(to(&asked.give_password(&csrf, NEW)), at("code"));
    // Control: the owner shows the factor, and each of them is taken.
    confirm(&mut owner, &mut app);
    let reply = press(&mut owner, "account/rename", &fields);
    assert_eq!(to(&reply), "/.vestibule/account?done=renamed");
    assert!(shown(&owner).contains("Mine"));
    let reply = press(&mut owner, "account/end", &fields);
    assert_eq!(to(&reply), "/.vestibule/account?done=ended");
    assert_eq!(thief.clone().fetch("/").status(), 401);
}

#[test]
fn each_form_of_the_account_page_is_taken_and_says_so() {
    let (_upstream, gateway) = start();
    for (path, said) in [
        ("account/rename", "Le nouveau nom est enregistré."),
        ("account/ask-first", "C’est enregistré. Désormais"),
        ("account/remove", "C’est retiré et ne peut plus servir."),
        ("account/end", "L’appareil est déconnecté."),
        ("account/end-others", "Tous les autres appareils sont déconnectés."),
        ("account/language", "Ihre Sprache ist gespeichert."),
        ("account/password", "Votre nouveau mot de passe est enregistré."),
    ] {
        let name = path.replace('/', "-");
        let (mut browser, page, fields) = before(&gateway, path, &name);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let csrf = hidden(&browser.get(&at(page)).text(), "csrf");
        let posted = [&[("csrf", csrf.as_str())], fields.as_slice()].concat();
        let reply = browser.post_form(&at(path), &posted);
        let page = browser.get(&to(&reply));
        assert!(page.text().contains(said), "{path}: {}", page.shown());
        assert!(page.text().contains("role=\"status\""), "{path}");
        assert_eq!(browser.fetch("/").status(), 200, "{path}");
    }
    assert_eq!(account(&gateway, "account-language")["language"], "de");
}

#[test]
fn a40_new_spare_codes_end_the_old_ones_at_once() {
    let (_upstream, gateway) = start();
    let walk = crate::support::walk::Walk::new(&gateway, "lists").until("success");
    let old = walk.codes.clone();
    let walk = walk.until("done");
    let (mut browser, password) = (walk.browser.clone(), walk.password.clone());
    assert!(shown(&browser).contains("<b>10</b>"));
    let reply = press(&mut browser, "account/spare-codes", &[]);
    assert_eq!(to(&reply), at("recovery-codes"));
    let new = recovery_codes(&browser.get(&at("recovery-codes")));
    assert_eq!(new.len(), old.len());
    // They end when the new ones are made, not when those are said to be kept.
    let (mut thief, _) = at_code(&gateway, "lists", &password);
    for code in &old[..2] {
        let reply = fill(&mut thief, "recovery", &[("code", code)]);
        assert_eq!(reply.status(), 422, "{}", reply.shown());
    }
    assert_eq!(to(&fill(&mut browser, "recovery-codes", &[])), at("account"));
    assert!(audited(&gateway, "recovery_codes_made") >= 2);
    // Control: one of the new list opens, and the list tells what is left.
    assert!(opens(&fill(&mut thief, "recovery", &[("code", &new[0])])));
    assert!(shown(&browser).contains("<b>9</b>"));
}

#[test]
fn a41_the_last_factor_stays_where_one_is_asked_of_everybody() {
    let (_upstream, gateway) = start();
    let (mut browser, password, mut first) = person(&gateway, "one-phone");
    let id = values(&browser, "id").pop().unwrap();
    let only = [("kind", "code"), ("id", id.as_str())];
    let reply = press(&mut browser, "account/remove", &only);
    assert_eq!(reply.status(), 422, "{}", reply.shown());
    assert!(reply.text().contains("Ajoutez d’abord un autre moyen"), "{}", reply.shown());
    assert_eq!(audited(&gateway, "factor_removed"), 0);
    at_code(&gateway, "one-phone", &password);
    // With another one it can go, and is worth nothing at once.
    let (mut second, reply) = add_app(&mut browser);
    assert_eq!(to(&reply), at("account"));
    let reply = press(&mut browser, "account/remove", &only);
    assert_eq!(to(&reply), "/.vestibule/account?done=removed");
    assert_eq!(audited(&gateway, "factor_removed"), 1);
    let (mut elsewhere, csrf) = at_code(&gateway, "one-phone", &password);
    assert_eq!(give_code(&mut elsewhere, &csrf, &first.code()).status(), 422);
    // Control: the other one opens.
    let code = second.code();
    assert!(opens(&give_code(&mut elsewhere, &csrf, &code)));
    // Where a factor is nobody's duty the last one may go, and its codes on paper with it.
    let (_upstream, gateway) = start_optional();
    gateway.add_account("free", NEW, &[]);
    let mut browser = by_password(&gateway, "free", NEW);
    let (mut app, _) = add_app(&mut browser);
    fill(&mut browser, "recovery-codes", &[]);
    confirm(&mut browser, &mut app);
    let id = values(&browser, "id").pop().unwrap();
    let reply = press(&mut browser, "account/remove", &[("kind", "code"), ("id", &id)]);
    assert_eq!(to(&reply), "/.vestibule/account?done=removed");
    by_password(&gateway, "free", NEW);
}

#[test]
fn a42_a_password_that_is_changed_ends_every_other_session_at_once() {
    let (_upstream, gateway) = start();
    let name = "changes";
    let (mut here, old, mut app) = person(&gateway, name);
    let mut elsewhere = signed_in(&gateway, name, &old, &mut app);
    let (mut half, _) = at_code(&gateway, name, &old);
    let copy = here.clone();
    let change = |browser: &mut Client, current: &str| {
        let typed = [("current", current), ("new", NEW), ("again", NEW)];
        fill(browser, "account/password", &typed)
    };
    // Not with another password in the first field, which counts like any other try.
    let reply = change(&mut here, "Vijf-Reigers boven 3 stuwen");
    assert_eq!(reply.status(), 422, "{}", reply.shown());
    assert_eq!(audited(&gateway, "sign_in_failed"), 1);
    assert_eq!(elsewhere.fetch("/").status(), 200);
    // Nor to one that was used before.
    let typed = [("current", old.as_str()), ("new", &old), ("again", &old)];
    assert_eq!(fill(&mut here, "account/password", &typed).status(), 422);
    let reply = change(&mut here, &old);
    assert_eq!(to(&reply), "/.vestibule/account?done=password", "{}", reply.shown());
    assert_eq!(elsewhere.fetch("/").status(), 401);
    assert_eq!(to(&half.get(&at("code"))), START_AGAIN);
    // A copy of the cookie from before ends too: the browser has a new value.
    assert_ne!(copy.cookie(SESSION), here.cookie(SESSION));
    assert_eq!(copy.clone().fetch("/").status(), 401);
    assert_eq!(visitor(&gateway).walk_sign_in(name, &old).status(), 422);
    // Control: this browser goes on at once, and the new password works.
    assert_eq!(here.fetch("/").status(), 200);
    assert_eq!(here.get(&at("account")).status(), 200);
    at_code(&gateway, name, NEW);
}

#[test]
fn another_accounts_ids_in_ones_own_forms_change_nothing() {
    let (_upstream, gateway) = start();
    let (victim, _, _) = person(&gateway, "victim");
    let (mut thief, password, mut app) = person(&gateway, "thief");
    let mut beside = signed_in(&gateway, "thief", &password, &mut app);
    let id = values(&victim, "id").pop().unwrap();
    let facts = (account(&gateway, "victim"), shown(&victim));
    let factor = [("kind", "code"), ("id", id.as_str()), ("name", "Mine")];
    for path in ["account/rename", "account/remove"] {
        let reply = press(&mut thief, path, &factor);
        assert_eq!(reply.status(), 422, "{path}: {}", reply.shown());
    }
    // The victim's sessions by any name they could have: as the victim's own page calls them, and
    // by nothing at all.
    let (elsewhere, _, _) = person(&gateway, "elsewhere");
    drop(elsewhere);
    for session in ["", "0", &"00".repeat(16), &"ff".repeat(16)] {
        assert_eq!(
            place(&press(&mut thief, "account/end", &[("session", session)])),
            at("account")
        );
    }
    assert_eq!(place(&press(&mut thief, "account/end-others", &[])), at("account"));
    assert_eq!(victim.clone().fetch("/").status(), 200);
    assert_eq!((account(&gateway, "victim"), shown(&victim)), facts);
    // Control: the thief's own other session ended.
    assert_eq!(beside.fetch("/").status(), 401);
}

#[test]
fn the_list_of_sessions_tells_devices_apart_and_nothing_that_a_browser_makes_up() {
    let (_upstream, gateway) = start();
    let (owner, password, mut app) = person(&gateway, "travels");
    for agent in [
        "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
        "<b>Trusty</b> \"Browser\" & Friends",
    ] {
        let (mut browser, csrf) = at_name(&gateway, "travels");
        let headers = [
            ("Accept", "text/html"),
            ("Origin", "https://app.test"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("User-Agent", agent),
        ];
        let form = crate::support::client::form;
        let body = format!("csrf={csrf}&password={}", form(&password));
        let reply = browser.send("POST", &at("password"), &headers, body.as_bytes());
        assert_eq!(to(&reply), at("code"));
        assert!(opens(&fill(&mut browser, "code", &[("code", &app.code())])));
    }
    let page = shown(&owner);
    assert!(page.contains("Firefox – Windows"), "{page}");
    assert!(!page.contains("Trusty") && page.contains("Appareil inconnu"), "{page}");
    // https ends in a proxy in front, whose address is nobody's.
    assert_eq!(page.matches("127.0.0.1").count(), 0, "{page}");
    assert_eq!(page.matches("Cet appareil").count(), 1, "{page}");
    assert_eq!(values(&owner, "session").len(), 2);
}

/// A browser that typed a name, and the token of the password's form.
fn at_name(gateway: &Gateway, name: &str) -> (Client, String) {
    let mut browser = visitor(gateway);
    let csrf = browser.walk_to_password(name);
    (browser, csrf)
}

#[test]
fn signing_out_on_all_devices_ends_every_session_and_what_waits_to_become_one() {
    let (_upstream, gateway) = start();
    let (mut here, password, mut app) = person(&gateway, "leaves");
    let mut elsewhere = signed_in(&gateway, "leaves", &password, &mut app);
    let (mut half, _) = at_code(&gateway, "leaves", &password);
    let (other, _, _) = person(&gateway, "stays");
    let reply = fill(&mut here, "sign-out", &[("everywhere", "1")]);
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    assert_eq!(elsewhere.fetch("/").status(), 401);
    assert_eq!(here.fetch("/").status(), 401);
    assert_eq!(to(&half.get(&at("code"))), START_AGAIN);
    assert_eq!(audited(&gateway, "sessions_ended"), 1 + 2, "two first connections, and this");
    // Control: others stay, and an ordinary sign-out ends one session alone.
    assert_eq!(other.clone().fetch("/").status(), 200);
    let (mut one, password, mut app) = person(&gateway, "leaves-once");
    let mut two = signed_in(&gateway, "leaves-once", &password, &mut app);
    fill(&mut one, "sign-out", &[]);
    assert_eq!((one.fetch("/").status(), two.fetch("/").status()), (401, 200));
}

#[test]
fn asking_again_changes_nothing_by_itself_and_renews_the_session_with_the_answer() {
    let (_upstream, gateway) = start();
    let (mut browser, _, mut app) = person(&gateway, "asked");
    let before = browser.cookie(SESSION).unwrap().to_string();
    // What the browser holds of its first connection, and no more.
    assert_eq!(to(&browser.clone().get(&at("code"))), at("done"));
    for _ in 0..2 {
        // Opening the page, as a link or a scanner does, begins nothing.
        let page = browser.get(&at("confirm"));
        assert_eq!(page.status(), 200, "{}", page.shown());
        assert_eq!(to(&browser.clone().get(&at("code"))), at("done"));
    }
    assert_eq!(to(&fill(&mut browser, "confirm", &[])), at("code"));
    let page = browser.get(&at("code")).text();
    assert!(page.contains("Confirmer") && !page.contains("sign-in?other"), "{page}");
    let reply = fill(&mut browser, "code", &[("code", &app.wrong())]);
    assert_eq!(reply.status(), 422, "{}", reply.shown());
    assert_eq!(browser.cookie(SESSION), Some(before.as_str()));
    let reply = fill(&mut browser, "code", &[("code", &app.code())]);
    assert!(opens(&reply), "{}", reply.shown());
    assert_ne!(browser.cookie(SESSION), Some(before.as_str()));
    assert_eq!(browser.fetch("/").status(), 200);
    let mut copy = visitor(&gateway);
    copy.cookies.push((SESSION.to_string(), before));
    assert_eq!(copy.fetch("/").status(), 401, "the value from before is worth nothing");
    assert_eq!(audited(&gateway, "proven_again"), 1);
    // Where it came from a page that asks for it, the way there is kept.
    let mut elsewhere = visitor(&gateway);
    to(&elsewhere.get("/letters?page=2"));
    let kept = elsewhere.cookie(TICKET).unwrap().to_string();
    browser.cookies.retain(|(name, _)| name != TICKET);
    browser.cookies.push((TICKET.to_string(), kept));
    // It is written behind the answer; who is signed in is led there once it is.
    let is_kept = || to(&browser.clone().get(&at("sign-in"))) == "/letters?page=2";
    assert!((0..10_000).any(|_| is_kept()), "the way there was never kept");
    assert_eq!(to(&fill(&mut browser, "confirm", &[])), at("code"));
    let reply = fill(&mut browser, "code", &[("code", &app.code())]);
    assert_eq!(to(&reply), "/letters?page=2");
    // Who leaves the question alone stays signed in.
    assert_eq!(to(&fill(&mut browser, "confirm", &[])), at("code"));
    assert_eq!(browser.fetch("/").status(), 200);
}

#[test]
fn who_has_no_factor_confirms_with_the_password() {
    let (_upstream, gateway) = start_optional();
    gateway.add_account("plain", NEW, &[]);
    let mut browser = by_password(&gateway, "plain", NEW);
    assert_eq!(to(&fill(&mut browser, "confirm", &[("account", "1")])), at("password"));
    let page = browser.get(&at("password")).text();
    assert!(!page.contains("name=\"stay\"") && page.contains("Confirmer"), "{page}");
    for (typed, status) in [("", 422), ("Vijf-Reigers boven 3 stuwen", 422)] {
        let reply = fill(&mut browser, "password", &[("password", typed)]);
        assert_eq!(reply.status(), status, "{}", reply.shown());
    }
    let reply = fill(&mut browser, "password", &[("password", NEW)]);
    assert!(opens(&reply) && to(&reply) == at("account"), "{}", reply.shown());
    assert_eq!(browser.get(&at("account/password")).status(), 200);
}

#[test]
fn nobody_sees_an_account_page_without_a_session() {
    let (_upstream, gateway) = start();
    let mut stranger = visitor(&gateway);
    for path in ["account", "account/password", "confirm"] {
        assert_eq!(to(&stranger.get(&at(path))), at("sign-in"), "{path}");
    }
    // The address of a form leads to the page it is on.
    assert_eq!(to(&stranger.get(&at("account/remove"))), at("account"));
    // Nor does somebody half-way through a sign-in; their form is not taken.
    let (password, _) = crate::support::walk::Walk::new(&gateway, "half-way").finish();
    let (mut half, csrf) = at_code(&gateway, "half-way", &password);
    for path in FORMS.into_iter().chain(["confirm"]) {
        let reply = half.post_form(&at(path), &[("csrf", &csrf), ("way", "code")]);
        let led = [303, 409].contains(&reply.status()) && !opens(&reply);
        assert!(led && reply.header("location").is_none_or(|to| !to.contains("get-app")), "{path}");
    }
    assert_eq!(to(&half.get(&at("account"))), at("sign-in"));
    // Control: with a session it is there, and whoami tells where.
    let (mut owner, _, _) = person(&gateway, "owner");
    assert_eq!(owner.get(&at("account")).status(), 200);
    let told: serde_json::Value =
        serde_json::from_str(&owner.fetch("/.vestibule/whoami").text()).unwrap();
    assert_eq!(told["account"], "https://app.test/.vestibule/account");
}

#[test]
fn the_account_page_speaks_the_persons_own_language_until_another_is_picked() {
    let (_upstream, gateway) = start_with("", "");
    let (browser, _, _) = person(&gateway, "speaks");
    for (language, title) in
        [("fr", "Votre compte"), ("nl", "Uw account"), ("de", "Ihr Konto"), ("en", "Your account")]
    {
        let mut browser = browser.clone();
        let reply = press(&mut browser, "account/language", &[("language", language)]);
        assert_eq!(to(&reply), "/.vestibule/account?done=language");
        assert!(shown(&browser).contains(title));
        // In a browser that never picked one, too.
        let mut fresh = visitor(&gateway);
        let session = browser.cookie(SESSION).unwrap().to_string();
        fresh.cookies.push((SESSION.to_string(), session));
        assert!(shown(&fresh).contains(title), "{language}");
        let picked = fresh.get("/.vestibule/account?lang=fr").text();
        assert!(picked.contains("Votre compte"), "{language}");
    }
    // One that is none of ours changes nothing.
    let reply = press(&mut browser.clone(), "account/language", &[("language", "it")]);
    assert_eq!(to(&reply), at("account"));
    assert_eq!(account(&gateway, "speaks")["language"], "en");
}

#[test]
fn a_name_that_cannot_be_seen_is_not_taken_and_its_field_says_so() {
    let (_upstream, gateway) = start();
    let (mut browser, _, _) = person(&gateway, "names");
    let id = values(&browser, "id").pop().unwrap();
    for name in ["", "   ", "a\u{202e}b", "a\u{0}b", &"x".repeat(41)] {
        let fields = [("kind", "code"), ("id", id.as_str()), ("name", name)];
        let reply = press(&mut browser, "account/rename", &fields);
        assert_eq!(reply.status(), 422, "{name:?}: {}", reply.shown());
        assert!(reply.text().contains("aria-invalid=\"true\" aria-describedby=\"problem\""));
    }
    // Control: what can be seen is kept, and shown as text.
    let fields = [("kind", "code"), ("id", id.as_str()), ("name", " <i>Élise’s 📱</i> ")];
    assert_eq!(place(&press(&mut browser, "account/rename", &fields)), at("account"));
    let page = shown(&browser);
    assert!(page.contains("&#60;i&#62;Élise’s 📱&#60;/i&#62;"), "{page}");
}
