//! What our pages say: nothing that a stranger put into a request, names as text, one language at a
//! time, and to programs what programs understand.

use serde_json::Value;

use crate::support::client::{Client, hidden};
use crate::support::gateway::Gateway;
use crate::support::raw::{self, Reply};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, Rig, SharedRig};

static RIG: SharedRig = SharedRig::new();

/// Nothing of ours holds this word.
const MARK: &str = "zqmarkqz";
const NAVIGATES: [(&str, &str); 3] = [
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Accept", "text/html,*/*;q=0.8"),
];
const FRAMED: [(&str, &str); 3] = [
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "iframe"),
    ("Accept", "text/html,*/*;q=0.8"),
];
const FETCHES: [(&str, &str); 3] =
    [("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"), ("Accept", "*/*")];

#[test]
fn no_answer_of_ours_repeats_a_piece_of_the_request() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let targets = [
        "/<script>{M}</script>",
        "/%3Cscript%3E{M}",
        "/{M}?a={M}",
        "/a//{M}",
        "/admin/{M}?a={M}",
        "/.vestibule/{M}",
        "/.Vestibule/{M}",
        "/.vestibule/asset/{M}",
        "/.vestibule/?lang={M}",
        "/.vestibule/sign-in?lang={M}&problem={M}&next=//{M}.test",
        "/.vestibule/sign-in?lang={M}&lang={M}",
        "/.vestibule/sign-out?{M}",
        "/.vestibule/whoami?{M}",
        "http://{M}.test/",
    ];
    let hosts = ["app.test", "{M}.test", "<script>{M}", "app.test:{M}", "{M}@app.test"];
    let dressed = |target: &str, host: &str, modes: &[(&str, &str)], cookie: &str| {
        let modes: Vec<String> =
            modes.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\n{}Cookie: {cookie}; a={{M}}; {{M}}=a\r\n\
             User-Agent: {{M}}<script>\r\nReferer: https://{{M}}.test/{{M}}\r\n\
             Origin: https://{{M}}.test\r\nAccept-Language: {{M}}\r\nX-Forwarded-Host: {{M}}\r\n\
             X-Request-Id: {{M}}\r\n{{M}}: {{M}}\r\nAuthorization: Bearer {{M}}\r\n\
             Connection: close\r\n\r\n",
            modes.concat()
        );
        text.replace("{M}", MARK)
    };
    let mut statuses = std::collections::BTreeSet::new();
    for host in hosts {
        for target in targets {
            for modes in [NAVIGATES, FRAMED, FETCHES] {
                // With a session only where the request ends with us: an app may repeat it.
                let session = match target.starts_with("/admin") || target.starts_with("/.v") {
                    true => rig.session.as_str(),
                    false => "b=c",
                };
                let bytes = dressed(target, host, &modes, session);
                let reply = raw::exchange(rig.gateway.addr, bytes.as_bytes());
                assert_ne!(reply.status(), 0, "{host} {target}: no answer");
                assert!(!repeats(&reply), "{host} {target}: {}", reply.shown());
                statuses.insert(reply.status());
            }
        }
    }
    for status in [200, 303, 400, 401, 403, 404, 421] {
        assert!(statuses.contains(&status), "no row ended in {status}: {statuses:?}");
    }
    assert!(!statuses.iter().any(|status| *status >= 500), "{statuses:?}");
    // Control: an app that repeats the request is seen to do so.
    let bytes = dressed("/public/{M}", "app.test", &FETCHES, "b=c");
    assert!(repeats(&raw::exchange(rig.gateway.addr, bytes.as_bytes())));
}

#[test]
fn a_name_with_markup_is_shown_as_text() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let names = [
        "\"><svg onload=alert(1)>",
        "'><img src=x onerror=alert(1)>",
        "</script><b>x",
        "{{7*7}}${7*7}<%= 7*7 %>",
        "{ $name }",
        "&lt;b&gt;",
        "x\u{202e}y\u{2066}z",
    ];
    for (number, name) in names.iter().enumerate() {
        let email = format!("x{number}@example.test");
        let args =
            ["user", "add", name, "--email", &email, "--full-name", name, "--password-stdin"];
        let added = rig.gateway.cli(&args, &format!("{}\n", ANNA.1));
        assert!(added.status.success(), "{name}: {added:?}");

        let mut browser = client(&rig.gateway);
        let csrf = browser.walk_to_password(name);
        let mut pages = vec![browser.get("/.vestibule/password")];
        pages.push(browser.give_password(&csrf, "not the passphrase at all"));
        assert_eq!(browser.give_password(&csrf, ANNA.1).status(), 303, "{name}");
        pages.push(browser.get("/.vestibule/"));
        pages.push(browser.get("/.vestibule/sign-out"));
        for page in pages {
            assert!([200, 422].contains(&page.status()), "{name}: {}", page.shown());
            assert_text(name, &page.text());
        }
        let whoami = browser.fetch("/.vestibule/whoami");
        let told: Value = serde_json::from_str(&whoami.text()).expect("JSON");
        assert_eq!((&told["name"], &told["full_name"]), (&(*name).into(), &(*name).into()));
        assert_eq!(whoami.header("content-type").as_deref(), Some("application/json"));
        assert_eq!(whoami.header("x-content-type-options").as_deref(), Some("nosniff"));

        // A name that nobody has comes back on the password page as well.
        let typed = format!("{name}-nobody");
        let mut stranger = client(&rig.gateway);
        stranger.walk_to_password(&typed);
        assert_text(&typed, &stranger.get("/.vestibule/password").text());
    }
    // Control: markup that is not escaped is seen.
    let caught = std::panic::catch_unwind(|| assert_text(names[0], &format!("<p>{}", names[0])));
    assert!(caught.is_err());
}

#[test]
fn who_is_not_signed_in_is_told_so_in_the_way_that_was_asked() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let ask = |modes: &[(&str, &str)]| client(&rig.gateway).send("GET", "/page", modes, b"");

    // A frame gets a page that may be framed: a sign-in inside one could be overlaid.
    let framed = ask(&FRAMED);
    assert_eq!(framed.status(), 401, "{}", framed.shown());
    assert_eq!(framed.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(framed.header("x-frame-options"), None);
    let policy = framed.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
    assert!(!policy.contains("script-src"), "{policy}");
    assert!(framed.text().contains("target=\"_top\""), "{}", framed.shown());
    assert!(!framed.text().contains("<form"), "{}", framed.shown());
    assert_eq!(framed.header("x-content-type-options").as_deref(), Some("nosniff"));

    let fetched = ask(&FETCHES);
    assert_eq!(fetched.status(), 401, "{}", fetched.shown());
    assert_eq!(fetched.header("content-type").as_deref(), Some("application/problem+json"));
    let problem: Value = serde_json::from_str(&fetched.text()).expect("JSON");
    assert_eq!(problem["status"], 401);
    assert_eq!(problem["type"], "urn:vestibule:refusal:no_session");
    for reply in [&framed, &fetched] {
        assert_eq!(reply.headers("www-authenticate").len(), 1, "{}", reply.shown());
        assert_eq!(reply.header("location"), None);
    }

    // Control: a window goes to the sign-in page, which no page may frame.
    let whole = ask(&NAVIGATES);
    assert_eq!(whole.status(), 303, "{}", whole.shown());
    let to = whole.header("location").expect("a place to go");
    assert_eq!(to, "https://app.test/.vestibule/sign-in");
    let page = client(&rig.gateway).send("GET", "/.vestibule/sign-in", &FRAMED, b"");
    assert_eq!(page.header("x-frame-options").as_deref(), Some("DENY"), "{}", page.shown());
}

#[test]
fn a_page_speaks_the_language_that_was_asked_for_and_remembers_one_that_was_picked() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let pages =
        ["/.vestibule/", "/.vestibule/sign-in", "/.vestibule/none", "/.Vestibule/", "/a//b"];
    for (asked, language) in [
        ("nl", "nl"),
        ("de-BE,fr;q=0.5", "de"),
        ("it,en-GB;q=0.7,nl;q=0.1", "en"),
        ("fr-BE", "fr"),
        ("it", "fr"),
        ("", "fr"),
    ] {
        for page in pages {
            let headers = [("Accept", "text/html"), ("Accept-Language", asked)];
            let reply = client(&rig.gateway).send("GET", page, &headers, b"");
            assert_eq!(language_of(&reply), language, "{page} {asked:?}: {}", reply.shown());
        }
    }
    let mut browser = client(&rig.gateway);
    let english = [("Accept", "text/html"), ("Accept-Language", "en")];
    assert_eq!(language_of(&browser.send("GET", "/.vestibule/", &english, b"")), "en");
    let picked = browser.send("GET", "/.vestibule/sign-in?lang=de", &english, b"");
    assert_eq!(language_of(&picked), "de");
    let remembered = picked.headers("set-cookie");
    let long = |line: &String| {
        line.starts_with("__Host-vestibule-language=de;") && line.contains("Max-Age=")
    };
    assert!(remembered.iter().any(long), "{remembered:?}");
    for page in ["/.vestibule/", "/.vestibule/sign-in", "/.vestibule/sign-out", "/.vestibule/none"]
    {
        assert_eq!(language_of(&browser.send("GET", page, &english, b"")), "de", "{page}");
    }
    // A language that is none of ours changes nothing and is not remembered.
    let odd = browser.send("GET", "/.vestibule/?lang=xx", &english, b"");
    assert_eq!(language_of(&odd), "de");
    assert_eq!(odd.headers("set-cookie"), Vec::<String>::new());
}

#[test]
fn whoami_tells_a_program_who_is_there() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let mut browser = client(&rig.gateway);
    let nobody = browser.fetch("/.vestibule/whoami");
    assert_eq!(nobody.status(), 401, "{}", nobody.shown());
    assert_eq!(nobody.header("content-type").as_deref(), Some("application/problem+json"));
    assert!(nobody.header("www-authenticate").is_some(), "{}", nobody.shown());
    let told: Value = serde_json::from_str(&nobody.text()).expect("JSON");
    assert_eq!(told["sign_in"], "https://app.test/.vestibule/sign-in");

    let (name, value) = rig.session.split_once('=').expect("a cookie");
    browser.cookies.push((name.to_string(), value.to_string()));
    let somebody = browser.fetch("/.vestibule/whoami");
    assert_eq!(somebody.status(), 200, "{}", somebody.shown());
    let told: Value = serde_json::from_str(&somebody.text()).expect("JSON");
    assert_eq!(told["name"], ANNA.0);
    assert_eq!(told["email"], "anna@example.test");
    assert_eq!(told["groups"], Value::Array(Vec::new()));
    assert_eq!(told["sign_out"], "https://app.test/.vestibule/sign-out");
    assert!(told["ends"].as_str().is_some_and(|ends| ends.ends_with('Z')), "{told}");
    assert!(!somebody.shown().contains(value), "the session's value is told to scripts");
}

#[test]
fn the_key_set_holds_public_parts_only() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let reply = client(&rig.gateway).fetch("/.vestibule/jwks.json");
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    let set: Value = serde_json::from_str(&reply.text()).expect("JSON");
    let keys = set["keys"].as_array().expect("a list of keys");
    assert!(!keys.is_empty(), "{set}");
    for key in keys {
        assert_eq!(private_parts(key), Vec::<&str>::new(), "{key}");
        assert_eq!((&key["kty"], &key["crv"]), (&"EC".into(), &"P-256".into()), "{key}");
        for part in ["kid", "x", "y"] {
            assert!(key[part].as_str().is_some_and(|text| !text.is_empty()), "{part} in {key}");
        }
    }
    // Control: a private part would be seen.
    let whole = serde_json::json!({ "kty": "EC", "x": "1", "y": "2", "d": "3" });
    assert_eq!(private_parts(&whole), ["d"]);
}

// ---- Means --------------------------------------------------------------------------------------

fn client(gateway: &Gateway) -> Client {
    Client::new(gateway.addr, &gateway.public_url)
}

fn repeats(reply: &Reply) -> bool {
    raw::holds(&reply.bytes.to_ascii_lowercase(), MARK.as_bytes())
}

fn language_of(reply: &Reply) -> String {
    let text = reply.text();
    let tag = text.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next());
    tag.unwrap_or_else(|| panic!("no language: {}", reply.shown())).to_string()
}

/// The name is there, letter for letter once the page is read, and brought no element with it.
fn assert_text(name: &str, page: &str) {
    for element in ["<svg onload", "<img src", "<b>x", "</script><b"] {
        assert!(!page.contains(element), "{name}: {element} in {page}");
    }
    let mut read = page.to_string();
    for (entity, letter) in [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        read = read.replace(entity, letter);
    }
    assert!(read.contains(name), "{name} is not on {page}");
    // The token of a form is no place for it.
    if page.contains("name=\"csrf\"") {
        let token = hidden(page, "csrf");
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{token}");
    }
}

fn private_parts(key: &Value) -> Vec<&str> {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .into_iter()
        .filter(|part| key.get(part).is_some())
        .collect()
}
