//! Codes on paper: given out once, each good for one sign-in.

use super::support::client::{Client, hidden};
use super::support::gateway::Gateway;
use super::support::walk::{
    App, Walk, at, at_code, at_once, audited, fill, give_code, opens, recovery_codes, start, to,
    visitor,
};

/// Somebody who walked through the first connection: password, app and codes.
fn walked(gateway: &Gateway, name: &str) -> (String, App, Vec<String>) {
    let walk = Walk::new(gateway, name).until("success");
    let codes = walk.codes.clone();
    let (password, app) = walk.finish();
    (password, app, codes)
}

fn give(browser: &mut Client, code: &str) -> super::support::raw::Reply {
    fill(browser, "recovery", &[("code", code)])
}

#[test]
fn ten_codes_are_given_out_once_and_each_opens_one_session_in_any_order() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "paper").until("recovery-codes");
    let page = walk.browser.get(&at("recovery-codes"));
    let codes = recovery_codes(&page);
    assert_eq!(codes.len(), 10);
    // A reload shows the same; so does the file.
    assert_eq!(recovery_codes(&walk.browser.get(&at("recovery-codes"))), codes);
    let file = walk.browser.get(&at("recovery-codes.txt"));
    assert!(codes.iter().all(|code| file.text().contains(code)), "{}", file.shown());
    assert!(file.header("content-disposition").unwrap().contains("attachment"));
    assert_eq!(file.header("cache-control").as_deref(), Some("no-store"));
    walk.step();
    for path in ["recovery-codes", "recovery-codes.txt"] {
        assert_eq!(to(&walk.browser.get(&at(path))), at("success"), "once kept they are gone");
    }
    let (password, _) = walk.finish();
    for code in [&codes[7], &codes[0]] {
        let (mut browser, _) = at_code(&gateway, "paper", &password);
        let spoken = code.to_uppercase().replace('-', " ");
        let reply = give(&mut browser, &spoken);
        assert!(opens(&reply), "{}", reply.shown());
        assert_eq!(browser.fetch("/").status(), 200);
        // Control: the same one again is refused.
        let (mut again, _) = at_code(&gateway, "paper", &password);
        assert_eq!(give(&mut again, code).status(), 422);
        assert_eq!(again.fetch("/").status(), 401);
    }
    assert_eq!(audited(&gateway, "recovery_code_used"), 2);
}

#[test]
fn a_recovery_code_works_once_even_when_many_requests_race() {
    let (_upstream, gateway) = start();
    let (password, _, codes) = walked(&gateway, "races");
    // One browser that sends it fifty times, and four that have come as far.
    let (browser, _) = at_code(&gateway, "races", &password);
    let mut askers = vec![browser; 50];
    askers.extend((0..4).map(|_| at_code(&gateway, "races", &password).0));
    let askers: Vec<(Client, String)> = askers
        .into_iter()
        .map(|mut one| {
            let page = one.get(&at("recovery"));
            let csrf = hidden(&page.text(), "csrf");
            (one, csrf)
        })
        .collect();
    let all = at_once(askers, |(one, csrf)| {
        one.post_form(&at("recovery"), &[("csrf", csrf), ("code", &codes[2])])
    });
    assert_eq!(all.iter().filter(|(_, reply)| opens(reply)).count(), 1);
    // Control: another one still opens. The failures of before are forgotten with the first success.
    let (mut browser, _) = at_code(&gateway, "races", &password);
    let mut reply = give(&mut browser, &codes[3]);
    if reply.status() == 429 {
        gateway.cli(&["user", "unlock", "races"], "");
        reply = give(&mut browser, &codes[3]);
    }
    assert!(opens(&reply), "{}", reply.shown());
}

#[test]
fn a_used_code_stays_used_over_a_crash() {
    let (_upstream, mut gateway) = start();
    let (password, _, codes) = walked(&gateway, "crash");
    let (mut browser, _) = at_code(&gateway, "crash", &password);
    assert!(opens(&give(&mut browser, &codes[0])));
    gateway.kill();
    gateway.restart();
    let (mut browser, _) = at_code(&gateway, "crash", &password);
    assert_eq!(give(&mut browser, &codes[0]).status(), 422);
    // Control: an unused one is still good.
    assert!(opens(&give(&mut browser, &codes[1])));
}

#[test]
fn a38_wrong_codes_count_as_failures_of_the_factor() {
    let (_upstream, gateway) = start();
    let (password, mut app, codes) = walked(&gateway, "guessed");
    let (mut browser, csrf) = at_code(&gateway, "guessed", &password);
    // What cannot be a code is not counted.
    for typed in ["", "1234", "not a code at all"] {
        assert_eq!(give(&mut browser, typed).status(), 422, "{typed}");
    }
    let mut refused = 0;
    while give(&mut browser, "00000-00000-00000").status() == 422 {
        refused += 1;
        assert!(refused < 20, "nobody is slowed");
    }
    let reply = give(&mut browser, &codes[0]);
    assert_eq!(reply.status(), 429, "{}", reply.shown());
    assert_eq!(give_code(&mut browser, &csrf, &app.code()).status(), 429, "nor any other factor");
    // Control: opened again by an operator, the right one is taken.
    assert!(gateway.cli(&["user", "unlock", "guessed"], "").status.success());
    assert!(opens(&give(&mut browser, &codes[0])));
}

#[test]
fn who_left_before_keeping_the_codes_is_given_new_ones_at_the_next_sign_in() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "leaves").until("recovery-codes");
    let first = recovery_codes(&walk.browser.get(&at("recovery-codes")));
    let (provisional, mut app) = (walk.provisional.clone(), walk.app.clone().unwrap());
    let mut browser = visitor(&gateway);
    assert_eq!(to(&browser.walk_sign_in("leaves", &provisional)), at("code"));
    let csrf = hidden(&browser.get(&at("code")).text(), "csrf");
    assert_eq!(to(&give_code(&mut browser, &csrf, &app.code())), at("recovery-codes"));
    let second = recovery_codes(&browser.get(&at("recovery-codes")));
    assert!(first.iter().all(|code| !second.contains(code)));
    // The first set is worth nothing, the second is.
    let mut late = visitor(&gateway);
    late.walk_sign_in("leaves", &provisional);
    assert_eq!(give(&mut late, &first[0]).status(), 422);
    assert_eq!(to(&give(&mut late, &second[0])), at("new-password"));
    drop(browser);
    // The first screen still shows the first set: what is kept there must count.
    let reply = fill(&mut walk.browser, "recovery-codes", &[]);
    assert_eq!(to(&reply), at("recovery-codes"));
    let third = recovery_codes(&walk.browser.get(&at("recovery-codes")));
    assert!(third.iter().all(|code| !first.contains(code) && !second.contains(code)));
    assert_eq!(to(&fill(&mut walk.browser, "recovery-codes", &[])), at("success"));
}
