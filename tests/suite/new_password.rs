//! The page for a new password: what it says of one that is not taken, and what of the form stays.

use crate::support::client::hidden;
use crate::support::raw::Reply;
use crate::support::walk::{Walk, at, choose, fill, start, to};

const GOOD: &str = "Vier-Reigers boven 2 stuwen";

/// The value of a field of the form as the page gives it back.
fn kept(page: &Reply, field: &str) -> String {
    let text = page.text();
    let input = text.split(&format!("<input id=\"{field}\"")).nth(1).expect("the field");
    let input = input.split('>').next().expect("its end");
    input.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("").to_string()
}

#[test]
fn what_was_typed_right_stays_and_only_that() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "anna").until("new-password");
    let current = walk.provisional.clone();
    let browser = &mut walk.browser;

    // A broken rule: the current one stays, the new one goes.
    let page = choose(browser, &current, "kort");
    assert_eq!(page.status(), 422, "{}", page.shown());
    assert_eq!((kept(&page, "current"), kept(&page, "new")), (current.clone(), String::new()));
    assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
    // Typed in two ways: both stay, the repetition goes.
    let fields = [("current", current.as_str()), ("new", GOOD), ("again", "something else")];
    let page = fill(browser, "new-password", &fields);
    assert_eq!(page.status(), 422, "{}", page.shown());
    assert_eq!((kept(&page, "current"), kept(&page, "new")), (current.clone(), GOOD.to_string()));
    assert_eq!(kept(&page, "again"), "");
    // Another current one: it goes, the new one stays.
    let page = choose(browser, "not the one", GOOD);
    assert_eq!((kept(&page, "current"), kept(&page, "new")), (String::new(), GOOD.to_string()));
    // Nothing of it is there when the page is opened anew.
    let page = browser.get(&at("new-password"));
    assert_eq!((kept(&page, "current"), kept(&page, "new")), (String::new(), String::new()));
    // Control: a form that is right leads on.
    assert_eq!(to(&choose(browser, &current, GOOD)), at("done"));
}

#[test]
fn the_list_that_ticks_while_one_types_is_the_answer_of_the_same_rules() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "jdupont").until("new-password");
    let browser = &mut walk.browser;
    let csrf = hidden(&browser.get(&at("new-password")).text(), "csrf");
    let mut judged = |new: &str, again: &str| {
        let fields = [("csrf", csrf.as_str()), ("new", new), ("again", again)];
        let reply = browser.post_form("/.vestibule/new-password/check", &fields);
        assert_eq!(reply.status(), 200, "{}", reply.shown());
        serde_json::from_str::<serde_json::Value>(&reply.text()).expect("JSON")
    };
    let broken = |answer: &serde_json::Value| -> Vec<String> {
        let rules = answer["rules"].as_array().expect("rules").iter();
        let open = rules.filter(|rule| rule["ok"] == false);
        open.map(|rule| rule["key"].as_str().expect("a key").to_string()).collect()
    };
    for (new, rules) in [
        ("kort-1A", vec!["length"]),
        ("allesklein", vec!["kinds"]),
        ("Jdupont-2026x", vec!["not-name"]),
        ("My portal 2026", vec!["not-words"]),
        ("Password123", vec!["not-known"]),
        (GOOD, vec![]),
    ] {
        assert_eq!(broken(&judged(new, new)), rules, "{new}");
    }
    assert_eq!(judged(GOOD, GOOD)["again"], true);
    assert_eq!(judged(GOOD, "other")["again"], false);
    assert!(judged(GOOD, "")["strength"].as_u64() > judged("aaaa", "")["strength"].as_u64());
    // Control: who is at another step gets no answer.
    let mut early = Walk::new(&gateway, "bea").until("secure");
    let csrf = hidden(&early.browser.get(&at("secure")).text(), "csrf");
    let fields = [("csrf", csrf.as_str()), ("new", GOOD), ("again", GOOD)];
    let reply = early.browser.post_form("/.vestibule/new-password/check", &fields);
    assert_eq!(reply.status(), 409, "{}", reply.shown());
}
