//! What a browser is given, and what it is told not to do.

use axum::body::Body;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::demo::inbox::tests::{empty, keep};

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn policy(&self) -> &str {
        self.headers[CONTENT_SECURITY_POLICY].to_str().unwrap()
    }
}

async fn asked(inbox: &Arc<Inbox>, request: axum::http::request::Builder) -> Answer {
    let request = request.body(Body::empty()).unwrap();
    let answer = router(Arc::clone(inbox)).oneshot(request).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

async fn got(inbox: &Arc<Inbox>, path: &str) -> Answer {
    asked(inbox, Request::get(path).header(HOST, "localhost:8025")).await
}

const SCRIPT: &str = "<script>document.title = 'ran'</script>";

#[tokio::test]
async fn a_mail_is_shown_in_a_sandbox_and_the_header_is_what_makes_it() {
    let inbox = empty();
    keep(&inbox, SCRIPT, &format!("<p>Hello</p>{SCRIPT}"));
    let itself = got(&inbox, "/mail/1.html").await;
    // Control: the script is in what is sent, as it came; only the header keeps it from running.
    assert!(itself.body.contains(SCRIPT), "{}", itself.body);
    let rules: Vec<&str> = itself.policy().split(';').map(str::trim).collect();
    let sandbox = rules.iter().find(|rule| rule.starts_with("sandbox")).unwrap();
    for freedom in ["scripts", "same-origin", "forms", "top-navigation"] {
        assert!(!sandbox.contains(freedom), "{sandbox}");
    }
    assert!(rules.contains(&"default-src 'none'"), "{rules:?}");
    assert!(!itself.policy().contains("script-src"), "{rules:?}");

    // The pages around it have no such header, and say nothing that a mail says as HTML.
    for path in ["/", "/mail/1"] {
        let page = got(&inbox, path).await;
        assert!(!page.policy().contains("sandbox"), "{}", page.policy());
        assert!(page.policy().starts_with("default-src 'none'"), "{}", page.policy());
        assert!(page.body.contains("document.title"), "the subject is there: {}", page.body);
        assert!(!page.body.contains("<script"), "{}", page.body);
    }
    let page = got(&inbox, "/mail/1").await.body;
    let frame = page.split("<iframe").nth(1).unwrap();
    assert!(frame.starts_with(" sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(frame.contains("src=\"/mail/1.html\""), "{frame}");
}

#[tokio::test]
async fn the_inbox_answers_to_loopback_names_only() {
    let inbox = empty();
    let host = |host: &str| asked(&inbox, Request::get("/mails.json").header(HOST, host));
    let ours = ["localhost", "LOCALHOST:8025", "127.0.0.1:8025", "127.9.9.9", "[::1]:8025"];
    for name in ours {
        assert_eq!(host(name).await.status, StatusCode::OK, "{name}");
    }
    let others = [
        "rebind.example",
        "localhost.rebind.example:8025",
        "127.0.0.1.rebind.example",
        "localhost@rebind.example",
        "rebind.example@localhost",
        "192.0.2.1:8025",
        "[2001:db8::1]",
        "",
    ];
    for name in others {
        assert_eq!(host(name).await.status, StatusCode::MISDIRECTED_REQUEST, "{name}");
    }
    let none = asked(&inbox, Request::get("/")).await;
    assert_eq!(none.status, StatusCode::MISDIRECTED_REQUEST);
    let two = Request::get("/").header(HOST, "localhost").header(HOST, "localhost");
    assert_eq!(asked(&inbox, two).await.status, StatusCode::MISDIRECTED_REQUEST);
    let whole = Request::get("http://rebind.example/").header(HOST, "localhost");
    assert_eq!(asked(&inbox, whole).await.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn every_answer_is_kept_from_caches_and_other_sites() {
    let inbox = empty();
    keep(&inbox, "x", "y");
    let paths = ["/", "/mail/1", "/mail/1.html", "/mails.json", "/inbox.css", "/nothing"];
    for path in paths {
        let answer = got(&inbox, path).await;
        for (name, value) in ALWAYS {
            assert_eq!(answer.headers[&name], value, "{path}");
        }
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn the_list_asks_again_by_itself_only_while_it_is_empty() {
    let inbox = empty();
    let refresh = "http-equiv=\"refresh\" content=\"5\"";
    let page = got(&inbox, "/").await.body;
    assert!(page.contains(refresh) && page.contains("nothing leaves this machine"), "{page}");
    keep(&inbox, "first", "x");
    keep(&inbox, "", "x");
    let page = got(&inbox, "/").await.body;
    assert!(!page.contains(refresh), "{page}");
    let (newer, older) = (page.find("(no subject)").unwrap(), page.find("first").unwrap());
    assert!(newer < older, "{page}");
    assert!(page.contains("2026-11-18 11:06:40 UTC"), "{page}");
}

#[tokio::test]
async fn a_mail_that_is_not_there_is_not_found() {
    let inbox = empty();
    keep(&inbox, "x", "y");
    for path in ["/mail/2", "/mail/2.html", "/mail/x", "/mail/-1.html", "/mail/1.txt"] {
        assert_eq!(got(&inbox, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(got(&inbox, "/mail/1.html").await.status, StatusCode::OK);
}
