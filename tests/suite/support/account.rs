//! Somebody on their own account page: its forms, and what it shows.

use super::client::{Client, hidden};
use super::gateway::Gateway;
use super::raw::Reply;
use super::walk::{App, Walk, at, fill, signed_in, to};

/// The forms that change something of one's own account, by address.
pub const FORMS: [&str; 10] = [
    "account/rename",
    "account/remove",
    "account/ask-first",
    "account/add",
    "account/spare-codes",
    "account/end",
    "account/end-others",
    "account/language",
    "account/password",
    "account/password/check",
];

/// Where somebody is sent who must show first that it is still them.
pub const CONFIRM: &str = "/.vestibule/confirm?account";

/// The password that is chosen in the place of the first one.
pub const NEW: &str = "Zeven-Lantaarns onder 9 bruggen";

/// Posts a form of the account page with its token.
pub fn press(browser: &mut Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    let page = browser.get(&at("account"));
    assert_eq!(page.status(), 200, "{path}: {}", page.shown());
    let csrf = hidden(&page.text(), "csrf");
    browser.post_form(&at(path), &[&[("csrf", csrf.as_str())], fields].concat())
}

/// What the account page shows, without the token of its forms.
pub fn shown(browser: &Client) -> String {
    let page = browser.clone().get(&at("account"));
    assert_eq!(page.status(), 200, "{}", page.shown());
    page.text().replace(&hidden(&page.text(), "csrf"), "")
}

/// The values that the page's forms have for a field, each once.
pub fn values(browser: &Client, field: &str) -> Vec<String> {
    let text = shown(browser);
    let start = format!("<input type=\"hidden\" name=\"{field}\" value=\"");
    let mut found: Vec<String> = text
        .split(&start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_string)
        .collect();
    found.dedup();
    found
}

/// Shows once more who it is, with the app; the session has a new value after it.
pub fn confirm(browser: &mut Client, app: &mut App) {
    let page = browser.get(CONFIRM);
    assert_eq!(page.status(), 200, "{}", page.shown());
    let csrf = hidden(&page.text(), "csrf");
    let reply = browser.post_form(&at("confirm"), &[("csrf", &csrf), ("account", "1")]);
    assert_eq!(to(&reply), at("code"), "{}", reply.shown());
    let reply = fill(browser, "code", &[("code", &app.code())]);
    assert_eq!(to(&reply), at("account"), "{}", reply.shown());
}

/// Adds an app; gives it, and the last answer.
pub fn add_app(browser: &mut Client) -> (App, Reply) {
    let reply = press(browser, "account/add", &[("way", "code")]);
    assert_eq!(to(&reply), at("get-app"), "{}", reply.shown());
    fill(browser, "get-app", &[]);
    fill(browser, "set-up-app", &[]);
    let mut app = App::scan(&browser.get(&at("scan")));
    fill(browser, "scan", &[]);
    let reply = fill(browser, "prove", &[("code", &app.code())]);
    (app, reply)
}

/// Somebody at the end of the first connection, who has just shown the factor.
pub fn person(gateway: &Gateway, name: &str) -> (Client, String, App) {
    let walk = Walk::new(gateway, name).until("done");
    (walk.browser.clone(), walk.password.clone(), walk.app.expect("an app"))
}

/// A browser before one of [`FORMS`], the page it is on, and what it is filled with so that it is
/// taken.
pub fn before(
    gateway: &Gateway,
    path: &'static str,
    name: &str,
) -> (Client, &'static str, Vec<(&'static str, String)>) {
    let (mut browser, password, mut app) = person(gateway, name);
    let app_of = |browser: &Client| {
        let id = values(browser, "id").pop().expect("a factor");
        vec![("kind", "code".to_string()), ("id", id)]
    };
    let typed = || vec![("new", NEW.to_string()), ("again", NEW.to_string())];
    let fields = match path {
        "account/rename" => [app_of(&browser), vec![("name", "Ma tablette".to_string())]].concat(),
        "account/remove" => {
            assert_eq!(to(&add_app(&mut browser).1), at("account"));
            app_of(&browser)
        }
        "account/ask-first" => vec![("kind", "code".to_string())],
        "account/add" => vec![("way", "code".to_string())],
        "account/end" => {
            signed_in(gateway, name, &password, &mut app);
            vec![("session", values(&browser, "session").pop().expect("another session"))]
        }
        "account/language" => vec![("language", "de".to_string())],
        "account/password" => [vec![("current", password)], typed()].concat(),
        "account/password/check" => typed(),
        _ => Vec::new(),
    };
    let page = if path.starts_with("account/password") { "account/password" } else { "account" };
    (browser, page, fields)
}
