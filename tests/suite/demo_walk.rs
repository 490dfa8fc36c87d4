//! The demo does what it promises to somebody who has only just heard of Vestibule: one command, an
//! address and an inbox; then the whole first connection, and a portal behind the gateway with
//! everything a portal does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::client::{Client, hidden};
use crate::support::raw::Reply;
use crate::support::walk::App;

const PATIENCE: Duration = Duration::from_secs(60);
/// Where the demo's portal has what the walk visits.
const FORM: &str = "/form";
const ECHO: &str = "/socket/echo";
const EVENTS: &str = "/events";

#[test]
fn a_newcomer_signs_in_to_the_demo_and_finds_a_portal_that_works() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    let address = demo.told("address");
    let name = demo.told("account");
    let password = provisional_password(&demo.told("inbox"));
    assert!(address.starts_with("http://localhost:"), "{address}");
    let addr = socket_of(&address);

    let mut visitor = Client::new(addr, &address);
    let sent_on = visitor.get("/");
    assert_eq!(sent_on.status(), 303, "{}", sent_on.shown());
    let to = sent_on.header("location").unwrap_or_default();
    assert!(to.contains("/.vestibule/sign-in"), "sent to {to}");

    walk_first_connection(&mut visitor, &name, &password);
    let portal = visitor.get("/");
    assert_eq!(portal.status(), 200, "{}", portal.shown());
    let page = portal.text();
    assert!(page.contains(&name), "the portal greets {name}: {page}");
    // "Not verified" is what the portal says otherwise.
    let verified = page.contains(">Verified") && !page.contains("Not verified");
    assert!(verified, "it checked the assertion: {page}");

    let posted = visitor.post_form(FORM, &[("message", "posted-through")]);
    assert_eq!(posted.status(), 200, "{}", posted.shown());
    assert!(posted.text().contains("posted-through"), "{}", posted.shown());

    assert_eq!(websocket_echo(addr, &visitor, "there and back").unwrap(), "there and back");
    let stream = first_event(addr, &visitor.host, &visitor.cookie_line());
    assert!(stream.starts_with("HTTP/1.1 200"), "{stream}");
    assert!(stream.to_lowercase().contains("text/event-stream"), "{stream}");
    assert!(stream.contains("data:"), "{stream}");

    // Control: without the session nothing of this is to be had.
    let stranger = Client::new(addr, &address);
    assert_eq!(stranger.clone().fetch("/").status(), 401);
    assert!(websocket_echo(addr, &stranger, "anybody").is_err());
    assert!(first_event(addr, &stranger.host, "").starts_with("HTTP/1.1 401"));

    let before = visitor.clone();
    let page = visitor.get("/.vestibule/sign-out");
    let csrf = hidden(&page.text(), "csrf");
    let signed_out = visitor.post_form("/.vestibule/sign-out", &[("csrf", &csrf)]);
    assert!(matches!(signed_out.status(), 200 | 303), "{}", signed_out.shown());
    assert_eq!(visitor.fetch("/").status(), 401, "after signing out");
    assert_eq!(before.clone().fetch("/").status(), 401, "the old cookie opens nothing");
}

#[test]
fn a_demo_that_is_started_again_keeps_its_account_and_sessions() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    let (address, name) = (demo.told("address"), demo.told("account"));
    let password = provisional_password(&demo.told("inbox"));
    let mut visitor = Client::new(socket_of(&address), &address);
    walk_first_connection(&mut visitor, &name, &password);
    assert_eq!(visitor.fetch("/").status(), 200);
    drop(demo);

    let demo = Demo::start(data.path());
    let address = demo.told("address");
    assert_eq!(demo.told("account"), name);
    let mut again = Client::new(socket_of(&address), &address);
    assert_eq!(again.fetch("/").status(), 401, "a stranger is a stranger still");
    again.cookies = visitor.cookies;
    assert_eq!(again.fetch("/").status(), 200, "the session outlived the restart");
    let mut anew = Client::new(socket_of(&address), &address);
    let asked = anew.walk_sign_in(&name, NEW);
    let location = asked.header("location");
    assert_eq!(location.as_deref(), Some("/.vestibule/code"), "so did password and app");
    assert_eq!(anew.walk_sign_in(&name, &password).status(), 422, "the provisional one is over");
}

#[test]
fn a_demo_that_is_started_again_before_the_first_connection_mails_a_new_password() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    demo.told("address");
    let first = provisional_password(&demo.told("inbox"));
    drop(demo);

    let demo = Demo::start(data.path());
    let (address, name) = (demo.told("address"), demo.told("account"));
    let second = provisional_password_after(&demo.told("inbox"), &first);
    let mut visitor = Client::new(socket_of(&address), &address);
    assert_eq!(visitor.walk_sign_in(&name, &first).status(), 422, "the first one is over");
    walk_first_connection(&mut visitor, &name, &second);
    assert_eq!(visitor.fetch("/").status(), 200);
}

// ---- Means ----------------------------------------------------------------------------------------

/// How often the inbox is asked before a mail is given up.
const TRIES: usize = 100_000;
const NEW: &str = "Zeven-lantaarns onder 9 bruggen";

/// The password in the newest mail of the demo's inbox, once there is one.
fn provisional_password(inbox: &str) -> String {
    provisional_password_after(inbox, "")
}

/// The same once it is another one than before.
fn provisional_password_after(inbox: &str, before: &str) -> String {
    let addr = socket_of(inbox.trim_end_matches('/'));
    for _ in 0..TRIES {
        let mails = Client::new(addr, inbox.trim_end_matches('/')).fetch("/mails.json");
        let mails: serde_json::Value = serde_json::from_str(&mails.text()).expect("JSON");
        if let Some(text) = mails[0]["text"].as_str() {
            let is_password = |line: &&str| line.len() == 19 && line.matches('-').count() == 3;
            let line = text.lines().map(str::trim).find(is_password);
            let password = line.unwrap_or_else(|| panic!("no password in {text}"));
            if password != before {
                return password.to_string();
            }
        }
        thread::yield_now();
    }
    panic!("no mail came");
}

/// Takes every step of the first connection, from the user name to the portal's door.
fn walk_first_connection(visitor: &mut Client, name: &str, password: &str) {
    let mut due = step(&visitor.walk_sign_in(name, password));
    for screen in [
        "secure",
        "get-app",
        "set-up-app",
        "scan",
        "prove",
        "recovery-codes",
        "success",
        "new-password",
    ] {
        assert_eq!(due, format!("/.vestibule/{screen}"));
        let page = visitor.get(&due);
        assert_eq!(page.status(), 200, "{}", page.shown());
        let csrf = hidden(&page.text(), "csrf");
        let mut fields = vec![("csrf", csrf.as_str())];
        let code;
        match screen {
            "prove" => {
                code = App::scan(&visitor.get("/.vestibule/scan")).code();
                fields.push(("code", &code));
            }
            "new-password" => fields.extend([("current", password), ("new", NEW), ("again", NEW)]),
            _ => {}
        }
        let answer = visitor.post_form(&due.clone(), &fields);
        due = step(&answer);
    }
    assert_eq!(due, "/.vestibule/done");
    let csrf = hidden(&visitor.get(&due).text(), "csrf");
    let answer = visitor.post_form(&due.clone(), &[("csrf", &csrf)]);
    assert_eq!(step(&answer), "/");
}

fn step(answer: &Reply) -> String {
    assert_eq!(answer.status(), 303, "{}", answer.shown());
    answer.header("location").expect("a next step")
}

/// A running demo. It is killed when this is dropped: what it keeps must not depend on a farewell.
struct Demo {
    process: Child,
    lines: Receiver<String>,
}

impl Demo {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let stdout = process.stdout.take().unwrap();
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        Self { process, lines }
    }

    /// The rest of the next line that begins with this word. The lines have a fixed order:
    /// address, account, inbox.
    fn told(&self, word: &str) -> String {
        let mut passed = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if let Some((first, rest)) = line.trim().split_once(char::is_whitespace)
                && first == word
            {
                return rest.trim().to_string();
            }
            passed.push(line);
        }
        panic!("the demo told no {word}: {passed:?}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The demo says `localhost`; the test goes to the address that it was told to listen on.
fn socket_of(address: &str) -> SocketAddr {
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok());
    SocketAddr::from(([127, 0, 0, 1], port.unwrap_or_else(|| panic!("no port in {address}"))))
}

/// Sends one message over a WebSocket and returns what comes back; an error where the gateway or
/// the portal does not open one.
fn websocket_echo(
    addr: SocketAddr,
    visitor: &Client,
    message: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut request = format!("ws://{}{ECHO}", visitor.host).into_client_request()?;
    request.headers_mut().insert("origin", visitor.origin.parse()?);
    if !visitor.cookies.is_empty() {
        request.headers_mut().insert("cookie", visitor.cookie_line().parse()?);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let talk = async {
            let stream = tokio::net::TcpStream::connect(addr).await?;
            let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
            socket.send(Message::text(message)).await?;
            while let Some(came) = socket.next().await {
                if let Message::Text(text) = came? {
                    return Ok(text.to_string());
                }
            }
            Err("the WebSocket ended without a message".into())
        };
        tokio::time::timeout(PATIENCE, talk).await?
    })
}

/// Reads an answer until the first event is whole, or to its end where it is no stream.
fn first_event(addr: SocketAddr, host: &str, cookies: &str) -> String {
    let mut request =
        format!("GET {EVENTS} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n");
    if !cookies.is_empty() {
        request += &format!("Cookie: {cookies}\r\n");
    }
    request += "Connection: close\r\n\r\n";
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();

    let mut text = String::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece).unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&piece[..count]));
        let whole = text.split_once("data:").is_some_and(|(_, event)| event.contains('\n'));
        if count == 0 || whole {
            return text;
        }
    }
}
