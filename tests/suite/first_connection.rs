//! The first connection over HTTP, from a provisional password to the portal: it leads there, by no
//! shorter way, can be left and taken up again, and tells nobody more than they may know.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::client::{Client, hidden};
use crate::support::gateway::Gateway;
use crate::support::raw::{self, Reply};
use crate::support::walk::{
    ACCOUNTS, App, SCREENS, SESSION, START_AGAIN, TICKET, Walk, account, at, at_code, fill,
    give_code, opens, signed_in, start, start_with, support_code, to, told, visitor,
};

#[test]
fn the_first_connection_ends_at_the_portal_and_reaches_it_at_no_step_before() {
    let (upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "elke");
    // Where somebody was going is found again at the end.
    assert_eq!(to(&walk.browser.get("/deep/page?a=1")), "https://app.test/.vestibule/sign-in");
    while walk.due() != "done" {
        let mut copy = walk.browser.clone();
        assert_eq!(copy.fetch("/").status(), 401, "{}", walk.due());
        assert_eq!(copy.get("/deep/page?a=1").status(), 303, "{}", walk.due());
        assert_eq!(copy.post_form("/", &[("a", "b")]).status(), 303, "{}", walk.due());
        assert_eq!(copy.fetch("/.vestibule/whoami").status(), 401, "{}", walk.due());
        assert_eq!(walk.browser.cookie(SESSION), None, "{}", walk.due());
        walk.step();
    }
    assert_eq!(upstream.requests().len(), 0, "{}", upstream.shown());
    let last = fill(&mut walk.browser, "done", &[]);
    assert_eq!(to(&last), "/deep/page?a=1");
    assert_eq!(walk.browser.cookie(TICKET), None, "the browser keeps the ticket");
    assert_eq!(walk.browser.get("/deep/page?a=1").status(), 200);

    let head = upstream.wait_for(b"GET /deep/page?a=1 ");
    assert_eq!(raw::header_values(&head, "remote-user"), ["elke"]);
    let assertion = raw::header_values(&head, "x-vestibule-assertion").concat();
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp"]), "{claims}");

    let kept = account(&gateway, "elke");
    assert_eq!((&kept["password"], &kept["second_factors"]), (&"permanent".into(), &1.into()));
    let (password, mut app) = (walk.password, walk.app.unwrap());
    assert_eq!(signed_in(&gateway, "elke", &password, &mut app).fetch("/").status(), 200);
}

#[test]
fn no_screen_can_be_skipped_by_its_address_or_by_its_form() {
    let (upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "hasty");
    let other = Walk::new(&gateway, "other").until("prove");
    while walk.due() != "done" {
        let due = walk.due();
        let before = account(&gateway, "hasty");
        let index = SCREENS.iter().position(|screen| *screen == due).unwrap();
        let later = SCREENS[index + 1..].iter().chain(&["code", "set-up-elsewhere"]);
        for screen in later.filter(|screen| due != "prove" || **screen != "scan") {
            // Whatever the form is filled with: here, all that will be right in its time.
            let mut ahead = walk.clone();
            ahead.app = Some(ahead.app.unwrap_or_else(|| other.app.clone().unwrap()));
            let filled = match *screen {
                "code" => ahead.fields("prove"),
                screen => ahead.fields(screen),
            };
            let csrf = hidden(&ahead.browser.get(&at(due)).text(), "csrf");
            let shown = ahead.browser.get(&at(screen));
            assert_led_back(due, screen, &shown);
            for fields in [Vec::new(), filled] {
                let mut all = vec![("csrf", csrf.as_str())];
                all.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
                let reply = ahead.browser.post_form(&at(screen), &all);
                match *screen {
                    "set-up-elsewhere" => assert_eq!(reply.status(), 405, "{}", reply.shown()),
                    _ => assert_led_back(due, screen, &reply),
                }
            }
            let bare = ahead.browser.post_form(
                "/.vestibule/new-password/check",
                &[("csrf", csrf.as_str()), ("new", "Some-Thing 25 other")],
            );
            let judges = due == "new-password";
            assert_eq!(bare.status() == 200, judges, "{due}: {}", bare.shown());
            assert_eq!(ahead.browser.fetch("/").status(), 401, "{due} {screen}");
        }
        assert_eq!(account(&gateway, "hasty"), before, "{due}: something was changed");
        // Control: the step that is due leads on, so nothing above was a step back either.
        walk.step();
    }
    assert_eq!(upstream.requests().len(), 0, "{}", upstream.shown());
    assert_eq!(walk.browser.fetch("/").status(), 200);
}

#[test]
fn it_is_taken_up_where_it_was_left_in_another_tab_after_back_and_after_a_crash() {
    let (_upstream, mut gateway) = start();
    let mut walk = Walk::new(&gateway, "paused");
    let mut seed = None;
    while walk.due() != "done" {
        let due = walk.due();
        // A press on a screen that lies behind, from a page that was left open, takes nothing back.
        let way = &SCREENS[2..7];
        let behind = way.iter().position(|screen| *screen == due).unwrap_or(0);
        for screen in &way[..behind] {
            assert_eq!(walk.browser.get(&at(screen)).status(), 200, "{due}: Back to {screen}");
            to(&fill(&mut walk.browser, screen, &[]));
        }
        if due == "prove" {
            gateway.kill();
            gateway.restart();
            let cookies = walk.browser.cookies.clone();
            walk.browser = visitor(&gateway);
            walk.browser.cookies = cookies;
            // The same seed, or the app would have to be set up again.
            seed = Some(App::scan(&walk.browser.get(&at("scan"))).base32);
        }
        if !["sign-in", "password"].contains(&due) {
            let again = walk.browser.clone().get("/.vestibule/sign-in");
            assert_eq!(to(&again), at(due), "the address that people keep");
        }
        assert_eq!(walk.browser.clone().get(&at(due)).status(), 200, "{due}");
        walk.step();
    }
    assert_eq!(walk.app.map(|app| app.base32), seed);
    assert_eq!(walk.browser.fetch("/").status(), 200);
}

#[test]
fn in_another_browser_the_factor_is_asked_for_once_it_is_confirmed() {
    let (_upstream, gateway) = start();
    let walk = Walk::new(&gateway, "moves-on").until("prove");
    // Before that, the provisional password suffices, and the key is another one.
    let early = Walk::with(&gateway, "moves-on", &walk.provisional).until("prove");
    assert_ne!(early.app.unwrap().base32, walk.app.as_ref().unwrap().base32);

    let mut walk = walk.until("new-password");
    let mut late = Walk::with(&gateway, "moves-on", &walk.provisional);
    let reply = late.browser.walk_sign_in("moves-on", &late.provisional);
    assert_eq!(to(&reply), at("code"));
    let wrong = walk.app.as_ref().unwrap().wrong();
    assert_eq!(fill(&mut late.browser, "code", &[("code", &wrong)]).status(), 422);
    assert_eq!(to(&late.browser.get(&at("new-password"))), at("code"));
    let code = walk.app.as_mut().unwrap().code();
    assert_eq!(to(&fill(&mut late.browser, "code", &[("code", &code)])), at("new-password"));
    // Two browsers at the last screen do not fight: one sets the password, the other starts again.
    let fields = late.fields("new-password");
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(to(&fill(&mut late.browser, "new-password", &fields)), at("done"));
    assert_eq!(to(&walk.browser.get(&at("new-password"))), START_AGAIN);
    assert_eq!(walk.browser.fetch("/").status(), 401);
    assert_eq!(late.browser.fetch("/").status(), 200);
}

#[test]
fn the_help_desk_sees_the_step_and_the_last_failure_by_a_code_that_opens_nothing() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "calls-us");
    let mut nobody = visitor(&gateway);
    nobody.walk_to_password("nobody-at-all");
    let show = |code: &str| told(&gateway, &["user", "show", "--support", code]);
    let code = support_code(&nobody.get(&at("password"))).expect("a support code");
    let shown = show(&code);
    assert_eq!((&shown["step"], &shown["account"]), (&"password".into(), &Value::Null), "{shown}");

    let mut seen = BTreeSet::new();
    while walk.due() != "done" {
        let due = walk.due();
        let failing: &[(&str, &str)] = match due {
            "password" => &[("password", "it is not this one")],
            "prove" => &[("code", &walk.app.as_ref().unwrap().wrong())],
            _ => &[],
        };
        if !failing.is_empty() {
            assert_eq!(fill(&mut walk.browser, due, failing).status(), 422);
        }
        if let Some(code) = support_code(&walk.browser.get(&at(due))) {
            let shown = show(&code.to_lowercase().replace('-', " "));
            let expected = match due {
                "password" => "password",
                "prove" => "code-wrong",
                _ => shown["last_failure"].as_str().unwrap_or(""),
            };
            assert_eq!(shown["step"], due, "{shown}");
            assert_eq!(shown["last_failure"], expected, "{shown}");
            assert_eq!(shown["account"]["name"], "calls-us");
            assert!(shown["minutes_left"].as_u64().is_some_and(|left| left > 100), "{shown}");
            if seen.insert(code.clone()) {
                assert_opens_nothing(&gateway, &code);
            }
        } else {
            assert_eq!(due, "sign-in", "{due} shows no support code");
        }
        walk.step();
    }
    // The code stays the same through all of it, and nothing is found by another.
    assert_eq!(seen.len(), 1, "{seen:?}");
    let unknown = gateway.cli(&["user", "show", "--support", "KIWI-00001", "--json"], "");
    assert!(!unknown.status.success(), "{unknown:?}");
}

#[test]
fn more_time_gives_a_half_done_sign_in_its_whole_time_again() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "slow").until("scan");
    let left = |browser: &mut Client| -> u64 {
        let text = browser.get(&at("scan")).text();
        let left = text.split("data-ends=\"").nth(1).and_then(|rest| rest.split('"').next());
        left.and_then(|left| left.parse().ok()).unwrap_or_else(|| panic!("no time: {text}"))
    };
    let whole = left(&mut walk.browser);
    // The gateway's clock cannot be moved from here; it moves by itself.
    let shrinks = (0..1_000_000).any(|_| left(&mut walk.browser) + 2 <= whole);
    assert!(shrinks, "still {whole}");
    let csrf = hidden(&walk.browser.get(&at("scan")).text(), "csrf");
    let given = walk.browser.post_form(&at("more-time"), &[("csrf", &csrf)]);
    assert_eq!(given.status(), 204, "{}", given.shown());
    assert!(left(&mut walk.browser) + 1 >= whole, "{} of {whole}", left(&mut walk.browser));
    // It is for this browser alone, and gives nothing to a ticket that is over.
    let mut stranger = visitor(&gateway);
    assert_eq!(to(&stranger.post_form(&at("more-time"), &[("csrf", &csrf)])), at("more-time"));
    walk.until("done");
}

#[test]
fn every_screen_speaks_the_language_that_was_picked_and_stays_where_it_is() {
    let (_upstream, gateway) = start();
    let mut walk = Walk::new(&gateway, "polyglot");
    let mut language = "fr";
    while walk.due() != "done" {
        for next in ["nl", "de", "en", "fr"] {
            let here = at(walk.due());
            for (path, expected) in
                [(here.clone(), language), (format!("{here}?lang={next}"), next)]
            {
                let page = walk.browser.get(&path);
                assert_eq!(page.status(), 200, "{path}: {}", page.shown());
                let html = format!("<html lang=\"{expected}\">");
                assert!(page.text().contains(&html), "{path}: {}", page.text());
            }
            language = next;
        }
        walk.step();
    }
    assert!(walk.browser.get(&at("done?lang=de")).text().contains("<html lang=\"de\">"));
}

#[test]
fn where_the_operator_wants_a_new_sign_in_the_first_connection_ends_without_a_session() {
    let (_upstream, gateway) = start_with("after_first_connection = \"sign-in\"", "");
    let mut walk = Walk::new(&gateway, "signs-in-anew").until("done");
    assert_eq!(walk.browser.cookie(SESSION), None);
    assert_eq!(walk.browser.fetch("/").status(), 401);
    // The last screen leads to the name, whatever this browser's ticket says.
    let page = walk.browser.get(&at("done"));
    assert!(page.text().contains("href=\"/.vestibule/sign-in\""), "{}", page.shown());
    assert_eq!(walk.browser.get(&at("sign-in")).status(), 200);
    assert_eq!(walk.browser.fetch("/").status(), 401);
    // Control: with the new password and a number they are in.
    let mut app = walk.app.unwrap();
    let mut browser = signed_in(&gateway, "signs-in-anew", &walk.password, &mut app);
    assert_eq!(browser.fetch("/").status(), 200);
}

#[test]
fn a_session_stays_only_where_that_is_offered_and_was_chosen() {
    let max_age = |reply: &Reply| -> Option<String> {
        let lines = reply.headers("set-cookie");
        let line = lines.into_iter().find(|line| line.starts_with(&format!("{SESSION}=")))?;
        Some(line.split("Max-Age=").nth(1).map_or_else(String::new, |age| age.to_string()))
    };
    let mut seen = Vec::new();
    for (table, offered) in [("", false), ("[session]\nstay_signed_in_days = 30\n", true)] {
        let (_upstream, gateway) = start_with("", table);
        let mut walk = Walk::new(&gateway, "stays-here").until("password");
        let page = walk.browser.get(&at("password")).text();
        assert_eq!(page.contains("name=\"stay\""), offered);
        let (password, mut app) = walk.finish();
        for stay in [false, true] {
            let mut browser = visitor(&gateway);
            browser.walk_to_password("stays-here");
            let mut fields = vec![("password", password.as_str())];
            fields.extend(stay.then_some(("stay", "1")));
            assert_eq!(to(&fill(&mut browser, "password", &fields)), at("code"));
            let reply = fill(&mut browser, "code", &[("code", &app.code())]);
            seen.push((offered, stay, max_age(&reply).expect("a session")));
        }
    }
    let long = (30 * 24 * 60 * 60).to_string();
    let ages: Vec<&str> = seen.iter().map(|(_, _, age)| age.split(';').next().unwrap()).collect();
    assert_eq!(ages, ["", "", "", long.as_str()], "{seen:?}");
}

#[test]
fn the_picker_shows_whom_this_browser_knew_and_nothing_else() {
    let (_upstream, gateway) = start();
    let people = ["picked-one", "picked-two"].map(|name| {
        let (password, app) = Walk::new(&gateway, name).finish();
        (name, password, app)
    });
    Walk::new(&gateway, "never-here").finish();
    let mut browser = visitor(&gateway);
    // A browser that knows nobody asks for the name.
    assert_eq!(to(&browser.get(&at("picker"))), "/.vestibule/sign-in?other");
    for (name, password, mut app) in people {
        let (mut other, csrf) = at_code(&gateway, name, &password);
        other.cookies.extend(browser.cookies.iter().filter(|held| held.0 == ACCOUNTS).cloned());
        assert!(opens(&give_code(&mut other, &csrf, &app.code())));
        fill(&mut other, "sign-out", &[]);
        browser = other;
    }
    let names = |browser: &mut Client| -> Vec<bool> {
        let page = browser.get(&at("picker"));
        let text = page.text();
        ["picked-one", "picked-two", "never-here"].map(|name| text.contains(name)).to_vec()
    };
    assert_eq!(to(&browser.get(&at("sign-in"))), at("picker"));
    assert_eq!(names(&mut browser), [true, true, false]);
    let value = browser.cookie(ACCOUNTS).expect("a cookie").to_string();
    let clear = URL_SAFE_NO_PAD.decode(&value).unwrap();
    assert!(!raw::holds(&clear, b"picked"), "the cookie can be read");

    // A cookie that is not ours, whole and of this kind, says nothing.
    let flip = |at: usize| -> String {
        let other = if value.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        format!("{}{other}{}", &value[..at], &value[at + 1..])
    };
    let mut forged: Vec<String> = (0..value.len() - 1)
        .step_by(7)
        .map(flip)
        .chain(["A".repeat(43), "x".repeat(9000)])
        .collect();
    forged.extend([value[..value.len() / 2].to_string(), format!("{value}{value}")]);
    forged.push(URL_SAFE_NO_PAD.encode(br#"[{"name":"never-here","full_name":""}]"#));
    for forged in forged {
        let mut liar = visitor(&gateway);
        liar.cookies.push((ACCOUNTS.to_string(), forged.clone()));
        let page = liar.get(&at("picker"));
        assert_ne!(page.status(), 200, "{forged}: {}", page.shown());
    }

    // Picking one leads to its password, whatever else the form says; forgetting one leaves one.
    assert_eq!(fill(&mut browser, "picker", &[("pick", "7")]).status(), 303);
    assert_eq!(to(&fill(&mut browser, "picker", &[("pick", "never-here")])), at("picker"));
    assert_eq!(to(&fill(&mut browser, "picker", &[("pick", "1")])), at("password"));
    assert!(browser.get(&at("password")).text().contains("picked-one"));
    assert_eq!(to(&fill(&mut browser, "picker", &[("forget", "0")])), at("sign-in"));
    assert_eq!(names(&mut browser), [true, false, false]);
    fill(&mut browser, "picker", &[("forget", "0")]);
    assert_eq!(browser.cookie(ACCOUNTS), None);
}

// ---- Means --------------------------------------------------------------------------------------

/// An answer that leads to the screen that is due, or to the start where nothing is yet.
fn assert_led_back(due: &str, screen: &str, reply: &Reply) {
    let to = to(reply);
    let start = ["sign-in", "password"].contains(&due) && to == START_AGAIN;
    assert!(to == at(due) || start, "{screen} at {due} leads to {to}");
    assert!(!opens(reply), "{screen} at {due}: {}", reply.shown());
    assert!(reply.headers("set-cookie").is_empty(), "{screen} at {due}: {}", reply.shown());
}

/// The support code, wherever something that opens is asked for.
fn assert_opens_nothing(gateway: &Gateway, code: &str) {
    let mut caller = visitor(gateway);
    caller.cookies.push((TICKET.to_string(), code.to_string()));
    caller.cookies.push((SESSION.to_string(), code.to_string()));
    assert_eq!(to(&caller.get(&at("password"))), START_AGAIN);
    assert_eq!(caller.fetch("/").status(), 401);
    let mut typed = visitor(gateway);
    typed.walk_to_password(code);
    let reply = fill(&mut typed, "password", &[("password", code)]);
    assert_eq!(reply.status(), 422, "{}", reply.shown());
    for page in ["sign-in?support=", "code?support=", "?support="] {
        let reply = visitor(gateway).get(&at(&format!("{page}{code}")));
        assert!(!reply.text().contains("calls-us"), "{page}: {}", reply.shown());
    }
}
