//! A lost phone: the page that says what else there is, and the pass of the help desk, from the
//! command that gives it to the new app.

use crate::support::client::hidden;
use crate::support::gateway::Gateway;
use crate::support::mailed::Mailing;
use crate::support::walk::{
    App, Walk, account, at, at_code, fill, give_code, metrics, opens, signed_in, start,
    support_code, to, told, visitor,
};

/// Gives an account a pass.
fn pass(gateway: &Gateway, name: &str) -> String {
    let given = told(gateway, &["user", "pass", name]);
    given["pass"].as_str().unwrap_or_else(|| panic!("no pass: {given}")).to_string()
}

#[test]
fn who_lost_the_phone_sets_up_a_new_one_with_a_pass() {
    let (_upstream, gateway) = start();
    let (password, mut old) = Walk::new(&gateway, "anna").finish();
    let (mut browser, _) = at_code(&gateway, "anna", &password);
    let page = browser.get(&at("code")).text();
    assert!(page.contains("href=\"/.vestibule/lost-phone\""), "{page}");

    // What there is: the app, the list, and whom to call with which code.
    let page = browser.get(&at("lost-phone"));
    let text = page.text();
    for way in ["code", "recovery"] {
        assert!(text.contains(&format!("href=\"/.vestibule/{way}\"")), "{way}: {text}");
    }
    let code = support_code(&page).expect("a help code");
    assert_eq!(text.matches(&code).count(), 2, "in the card as well as in the foot: {text}");
    let found = told(&gateway, &["user", "show", "--support", &code]);
    assert_eq!(found["name"], "anna");

    let given = pass(&gateway, "anna");
    let wrong = fill(&mut browser, "lost-phone", &[("pass", "00000-00000")]);
    assert_eq!(wrong.status(), 422, "{}", wrong.shown());
    assert!(wrong.text().contains("aria-invalid=\"true\""), "{}", wrong.shown());
    for typed in ["", "abc"] {
        assert_eq!(fill(&mut browser, "lost-phone", &[("pass", typed)]).status(), 422);
    }
    let before = browser.cookies.clone();
    let reply = fill(&mut browser, "lost-phone", &[("pass", &given.to_uppercase())]);
    assert_eq!(to(&reply), at("secure"), "{}", reply.shown());
    assert_ne!(browser.cookies, before, "the ticket stays");
    assert!(!browser.get(&at("secure")).text().contains("<progress"), "no first connection");

    // The wizard, and nothing but the wizard.
    assert_eq!(browser.fetch("/").status(), 401);
    for screen in ["new-password", "success", "done", "code", "lost-phone"] {
        assert_eq!(to(&browser.get(&at(screen))), at("secure"), "{screen}");
    }
    fill(&mut browser, "secure", &[("way", "code")]);
    for screen in ["get-app", "set-up-app"] {
        fill(&mut browser, screen, &[]);
    }
    let mut new = App::scan(&browser.get(&at("scan")));
    fill(&mut browser, "scan", &[]);
    assert_eq!(to(&fill(&mut browser, "prove", &[("code", &new.code())])), at("success"));
    let reply = fill(&mut browser, "success", &[]);
    assert!(opens(&reply) && to(&reply) == "/", "{}", reply.shown());
    assert_eq!(browser.fetch("/").status(), 200);

    // The pass is used; the new app counts, and the old one until its owner removes it.
    let (mut again, _) = at_code(&gateway, "anna", &password);
    assert_eq!(fill(&mut again, "lost-phone", &[("pass", &given)]).status(), 422);
    signed_in(&gateway, "anna", &password, &mut new);
    signed_in(&gateway, "anna", &password, &mut old);
    assert_eq!(account(&gateway, "anna")["second_factors"], 2);
    let seen = metrics(&gateway);
    for (step, count) in [("issued", 1), ("used", 1), ("wrong", 2)] {
        let line = format!("vestibule_passes_total{{step=\"{step}\"}} {count}");
        assert!(seen.contains(&line), "{line} is not in {seen}");
    }
}

#[test]
fn without_the_password_a_pass_is_worth_nothing() {
    let (_upstream, gateway) = start();
    let (password, _) = Walk::new(&gateway, "bert").finish();
    let given = pass(&gateway, "bert");
    // Before the password, and in the place of it.
    let mut caller = visitor(&gateway);
    let csrf = caller.walk_to_password("bert");
    assert_eq!(to(&caller.get(&at("lost-phone"))), at("password"));
    let reply = caller.post_form(&at("lost-phone"), &[("csrf", &csrf), ("pass", &given)]);
    assert_eq!(to(&reply), at("password"), "{}", reply.shown());
    assert_eq!(caller.give_password(&csrf, &given).status(), 422);
    // In somebody else's sign-in, and as a code from the list or the mail.
    let (other, _) = Walk::new(&gateway, "carla").finish();
    let (mut carla, _) = at_code(&gateway, "carla", &other);
    assert_eq!(fill(&mut carla, "lost-phone", &[("pass", &given)]).status(), 422);
    let (mut bert, _) = at_code(&gateway, "bert", &password);
    assert_eq!(fill(&mut bert, "recovery", &[("code", &given)]).status(), 422);
    // Control: after the password it leads on.
    assert_eq!(to(&fill(&mut bert, "lost-phone", &[("pass", &given)])), at("secure"));
}

#[test]
fn who_forgot_the_password_and_lost_the_phone_needs_the_mail_and_the_pass() {
    let house = Mailing::start();
    house.secured("dirk");
    let mut browser = house.asks("dirk");
    let code = crate::support::mailed::code_of(&house.reset_mails(1)[0]);
    assert_eq!(to(&fill(&mut browser, "mail-code", &[("code", &code)])), at("code"));
    let given = pass(&house.gateway, "dirk");
    assert_eq!(to(&fill(&mut browser, "lost-phone", &[("pass", &given)])), at("secure"));
    assert_eq!(to(&browser.get(&at("new-password"))), at("secure"), "the factor comes first");
    fill(&mut browser, "secure", &[("way", "code")]);
    for screen in ["get-app", "set-up-app"] {
        fill(&mut browser, screen, &[]);
    }
    let mut app = App::scan(&browser.get(&at("scan")));
    fill(&mut browser, "scan", &[]);
    assert_eq!(to(&fill(&mut browser, "prove", &[("code", &app.code())])), at("success"));
    assert_eq!(to(&fill(&mut browser, "success", &[])), at("new-password"));
    let new = crate::support::mailed::NEW;
    let reply = fill(&mut browser, "new-password", &[("new", new), ("again", new)]);
    assert!(opens(&reply), "{}", reply.shown());
    signed_in(&house.gateway, "dirk", new, &mut app);
}

#[test]
fn wrong_passes_pause_like_wrong_numbers_and_the_page_says_so() {
    let (_upstream, gateway) = start();
    let (password, mut app) = Walk::new(&gateway, "emma").finish();
    let (mut browser, csrf) = at_code(&gateway, "emma", &password);
    for _ in 0..5 {
        let reply = fill(&mut browser, "lost-phone", &[("pass", "00000-00000")]);
        assert_eq!(reply.status(), 422, "{}", reply.shown());
    }
    let paused = fill(&mut browser, "lost-phone", &[("pass", "00000-00000")]);
    assert_eq!(paused.status(), 429, "{}", paused.shown());
    assert!(paused.header("retry-after").is_some(), "{}", paused.shown());
    assert_eq!(give_code(&mut browser, &csrf, &app.code()).status(), 429, "it is one counter");
    // Control: what is no pass at all does not count, and an operator ends the pause.
    told(&gateway, &["user", "unlock", "emma"]);
    let (mut browser, csrf) = at_code(&gateway, "emma", &password);
    for _ in 0..8 {
        assert_eq!(fill(&mut browser, "lost-phone", &[("pass", "12")]).status(), 422);
    }
    assert!(opens(&give_code(&mut browser, &csrf, &app.code())));
}

#[test]
fn the_page_leads_to_what_is_due_where_no_factor_is_asked() {
    let (_upstream, gateway) = start();
    assert_eq!(to(&visitor(&gateway).get(&at("lost-phone"))), crate::support::walk::START_AGAIN);
    let mut walk = Walk::new(&gateway, "fien").until("secure");
    assert_eq!(to(&walk.browser.get(&at("lost-phone"))), at("secure"));
    let csrf = hidden(&walk.browser.get(&at("secure")).text(), "csrf");
    let reply = walk.browser.post_form(&at("lost-phone"), &[("csrf", &csrf), ("pass", "x")]);
    assert_eq!(to(&reply), at("secure"), "{}", reply.shown());
    // Control: where one is asked, it is a page.
    let (password, _) = walk.finish();
    let (mut browser, _) = at_code(&gateway, "fien", &password);
    assert_eq!(browser.get(&at("lost-phone")).status(), 200);
}
