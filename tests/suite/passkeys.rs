//! Passkeys over real sockets, with a device in software: set up, after a password, and alone.

use super::support::account::{press, shown};
use super::support::client::{Client, hidden};
use super::support::gateway::Gateway;
use super::support::passkey::{Device, asked, make, show, sign_in};
use super::support::walk::{
    START_AGAIN, Walk, account, at, at_once, audited, fill, opens, recovery_codes, start, to,
    visitor,
};

/// Somebody who walked through the first connection with a passkey: browser, password, device.
fn with_passkey(gateway: &Gateway, name: &str) -> (Client, String, Device) {
    let mut walk = Walk::new(gateway, name).until("secure");
    let mut device = Device::new(&walk.browser);
    let chosen = fill(&mut walk.browser, "secure", &[("way", "passkey")]);
    assert_eq!(to(&chosen), at("passkey"));
    assert_eq!(to(&make(&mut walk.browser, &mut device)), at("recovery-codes"));
    let mut walk = walk.led_to("recovery-codes");
    let codes = walk.browser.get(&at("recovery-codes"));
    assert_eq!(recovery_codes(&codes).len(), 10);
    while walk.due() != "done" {
        walk.step();
    }
    assert_eq!(walk.browser.fetch("/").status(), 200);
    (walk.browser, walk.password, device)
}

/// A new browser past the password, where a passkey is asked.
fn at_passkey(gateway: &Gateway, name: &str, password: &str) -> Client {
    let mut browser = visitor(gateway);
    let reply = browser.walk_sign_in(name, password);
    assert_eq!(to(&reply), at("passkey"), "{}", reply.shown());
    browser
}

#[test]
fn a_first_connection_with_a_passkey_leads_to_the_portal_and_the_passkey_signs_in_from_then_on() {
    let (upstream, gateway) = start();
    let (_, password, mut device) = with_passkey(&gateway, "anna");
    assert_eq!(account(&gateway, "anna")["second_factors"], 1);
    let mut browser = at_passkey(&gateway, "anna", &password);
    assert!(opens(&show(&mut browser, &mut device)));
    assert_eq!(browser.fetch("/").status(), 200);
    // And without a name or a password.
    let mut other = visitor(&gateway);
    let reply = sign_in(&mut other, &mut device);
    assert!(opens(&reply), "{}", reply.shown());
    assert_eq!(other.fetch("/").status(), 200);
    assert!(upstream.saw(b"remote-user: anna"), "{}", upstream.shown());
}

#[test]
fn spare_codes_that_nobody_kept_are_made_anew_for_who_signs_in_by_passkey_alone() {
    let (_upstream, gateway) = start();
    let (mut first, _, mut device) = with_passkey(&gateway, "unkept");
    assert_eq!(to(&press(&mut first, "account/spare-codes", &[])), at("recovery-codes"));
    let lost = recovery_codes(&first.get(&at("recovery-codes")));
    // The page is closed.
    let mut browser = visitor(&gateway);
    let reply = sign_in(&mut browser, &mut device);
    assert!(!opens(&reply), "{}", reply.shown());
    assert_eq!(to(&reply), at("recovery-codes"));
    assert_eq!(browser.fetch("/").status(), 401, "one step is left");
    let codes = recovery_codes(&browser.get(&at("recovery-codes")));
    assert!(codes.len() == lost.len() && codes.iter().all(|code| !lost.contains(code)));
    assert_eq!(to(&fill(&mut browser, "recovery-codes", &[])), at("success"));
    let reply = fill(&mut browser, "success", &[]);
    assert!(opens(&reply), "{}", reply.shown());
    assert!(shown(&browser).contains("<b>10</b>"));
    // Control: from then on it opens at once.
    assert!(opens(&sign_in(&mut visitor(&gateway), &mut device)));
}

#[test]
fn a_touch_alone_is_a_second_factor_and_no_sign_in() {
    let (_upstream, gateway) = start();
    let (_, password, mut device) = with_passkey(&gateway, "touch");
    device.verifies = false;
    let mut stranger = visitor(&gateway);
    let reply = sign_in(&mut stranger, &mut device);
    assert!(!opens(&reply), "{}", reply.shown());
    assert_eq!(to(&reply), "/.vestibule/sign-in?problem=passkey-wrong");
    assert_eq!(stranger.fetch("/").status(), 401);
    // Control: after the password it is a second factor.
    assert!(opens(&show(&mut at_passkey(&gateway, "touch", &password), &mut device)));
}

#[test]
fn a_passkey_signs_in_while_wrong_passwords_pause_the_name_and_ends_the_pause() {
    let (_upstream, gateway) = start();
    let (_, password, mut device) = with_passkey(&gateway, "besieged");
    let mut owner = visitor(&gateway);
    for guess in 0..4 {
        let reply = visitor(&gateway).walk_sign_in("besieged", &format!("wrong {guess}"));
        assert_eq!(reply.status(), 422, "{}", reply.shown());
    }
    // Both stand at the password before the first wait begins.
    let (mut fifth, mut sixth) = (visitor(&gateway), visitor(&gateway));
    let (csrf5, csrf6) = (fifth.walk_to_password("besieged"), sixth.walk_to_password("besieged"));
    assert_eq!(fifth.give_password(&csrf5, "wrong 4").status(), 422);
    // Control: the right password waits.
    assert_eq!(sixth.give_password(&csrf6, &password).status(), 429);
    let reply = sign_in(&mut owner, &mut device);
    assert!(opens(&reply), "{}", reply.shown());
    assert_eq!(to(&sixth.give_password(&csrf6, &password)), at("passkey"));
}

#[test]
fn an_answer_counts_once_even_when_many_requests_race() {
    let (_upstream, gateway) = start();
    let (_, password, mut device) = with_passkey(&gateway, "races");
    let mut browser = at_passkey(&gateway, "races", &password);
    let (options, csrf) = asked(&mut browser, "passkey", "passkey/options");
    let answer = device.show(&options);
    let fields = [("csrf", csrf.as_str()), ("answer", answer.as_str())];
    let all = at_once(vec![browser.clone(); 50], |one| one.post_form(&at("passkey"), &fields));
    assert_eq!(all.iter().filter(|(_, reply)| opens(reply)).count(), 1);
    assert!(!opens(&browser.clone().post_form(&at("passkey"), &fields)), "and not again");
    // The same for one that needs no password.
    let mut browser = visitor(&gateway);
    let (options, csrf) = asked(&mut browser, "sign-in?other", "passkey/sign-in/options");
    let answer = device.show(&options);
    let fields = [("csrf", csrf.as_str()), ("answer", answer.as_str())];
    let post = |one: &mut Client| one.post_form(&at("passkey/sign-in"), &fields);
    let all = at_once(vec![browser; 50], post);
    assert_eq!(all.iter().filter(|(_, reply)| opens(reply)).count(), 1);
}

#[test]
fn what_was_asked_survives_a_crash_and_the_answer_to_something_else_is_worth_nothing() {
    let (_upstream, mut gateway) = start();
    let (_, password, mut device) = with_passkey(&gateway, "crash");
    let mut browser = at_passkey(&gateway, "crash", &password);
    let (older, csrf) = asked(&mut browser, "passkey", "passkey/options");
    let (newer, _) = asked(&mut browser, "passkey", "passkey/options");
    let stale = device.show(&older);
    let fresh = device.show(&newer);
    let post = |browser: &mut Client, answer: &str| {
        browser.post_form(&at("passkey"), &[("csrf", &csrf), ("answer", answer)])
    };
    let mut copy = browser.clone();
    assert_eq!(post(&mut copy, &stale).status(), 422);
    assert_eq!(post(&mut copy, &fresh).status(), 422, "what was asked is over with any answer");
    // Control: asked again, and over a crash, the right answer counts.
    let (options, csrf) = asked(&mut browser, "passkey", "passkey/options");
    let answer = device.show(&options);
    gateway.kill();
    gateway.restart();
    let cookies = browser.cookies.clone();
    let mut browser = visitor(&gateway);
    browser.cookies = cookies;
    let fields = [("csrf", csrf.as_str()), ("answer", answer.as_str())];
    assert!(opens(&browser.post_form(&at("passkey"), &fields)));
}

#[test]
fn a_passkey_that_seems_to_be_copied_is_not_taken_any_more_and_the_codes_on_paper_are() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "copied").until("secure");
    let mut device = Device::new(&walk.browser);
    fill(&mut walk.browser, "secure", &[("way", "passkey")]);
    make(&mut walk.browser, &mut device);
    let walk = walk.led_to("recovery-codes").until("done");
    let (password, code) = (walk.password.clone(), walk.codes[4].clone());
    let mut copy = device.clone();
    // Control: it counts up, and is taken.
    assert!(opens(&show(&mut at_passkey(&gateway, "copied", &password), &mut device)));
    let mut browser = at_passkey(&gateway, "copied", &password);
    let reply = show(&mut browser, &mut copy);
    assert_eq!(to(&reply), at("recovery"), "the way that is left: {}", reply.shown());
    assert_eq!(audited(&gateway, "passkey_cloned"), 1);
    // From then on neither is taken, and there is another way in.
    let mut next = visitor(&gateway);
    let reply = next.walk_sign_in("copied", &password);
    assert_eq!(to(&reply), at("recovery"), "never to setting up another: {}", reply.shown());
    assert!(!opens(&sign_in(&mut visitor(&gateway), &mut device)));
    assert!(opens(&fill(&mut next, "recovery", &[("code", &code)])));
}

#[test]
fn a_passkey_opens_nothing_before_the_first_connection_is_whole() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "halfway").until("secure");
    let mut device = Device::new(&walk.browser);
    fill(&mut walk.browser, "secure", &[("way", "passkey")]);
    make(&mut walk.browser, &mut device);
    let mut other = visitor(&gateway);
    let reply = sign_in(&mut other, &mut device);
    assert!(!opens(&reply), "{}", reply.shown());
    assert_eq!(other.fetch("/").status(), 401);
    // Control: once it is whole, it does.
    walk.led_to("recovery-codes").until("done");
    assert!(opens(&sign_in(&mut other, &mut device)));
}

#[test]
fn a_passkey_of_one_account_does_not_finish_the_sign_in_of_another() {
    let (_upstream, gateway) = start();
    let (_, password, mut own) = with_passkey(&gateway, "owner");
    let (_, _, mut other) = with_passkey(&gateway, "other");
    let mut browser = at_passkey(&gateway, "owner", &password);
    assert_eq!(show(&mut browser, &mut other).status(), 422);
    other.handle = own.handle.clone();
    assert_eq!(show(&mut browser, &mut other).status(), 422);
    assert!(!opens(&sign_in(&mut visitor(&gateway), &mut other)));
    // Control: the account's own does.
    assert!(opens(&show(&mut browser, &mut own)));
}

#[test]
fn another_way_can_be_chosen_until_one_is_proven() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "undecided").until("secure");
    let mut device = Device::new(&walk.browser);
    assert_eq!(to(&fill(&mut walk.browser, "secure", &[("way", "passkey")])), at("passkey"));
    assert_eq!(to(&fill(&mut walk.browser, "secure", &[("way", "code")])), at("get-app"));
    // What belongs to the other way is not due any more.
    assert_eq!(to(&walk.browser.get(&at("passkey"))), at("get-app"));
    assert_eq!(to(&fill(&mut walk.browser, "secure", &[("way", "passkey")])), at("passkey"));
    assert_eq!(to(&walk.browser.get(&at("scan"))), at("passkey"));
    let unknown = fill(&mut walk.browser, "secure", &[("way", "pigeon")]);
    assert_eq!(to(&unknown), at("passkey"), "what is not on offer changes nothing");
    assert_eq!(to(&make(&mut walk.browser, &mut device)), at("recovery-codes"));
    let page = walk.browser.get(&at("secure"));
    assert_eq!(to(&page), at("recovery-codes"), "once proven, the choice is made");
    let mut nobody = visitor(&gateway);
    assert_eq!(to(&nobody.get(&at("passkey"))), START_AGAIN);
    let page = nobody.get(&at("sign-in"));
    assert!(!hidden(&page.text(), "csrf").is_empty());
}
