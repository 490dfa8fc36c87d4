//! Several addresses of one app: turns, failures, checks and second attempts.
#![allow(clippy::disallowed_methods, reason = "what other programs do is waited for, with an end")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::{Recorder, Reply};

/// How long a change may take to be noticed on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway with an app of its own on `many.test`, open to everyone.
fn gateway(upstreams: &[String], keys: &str) -> Gateway {
    let mut setup = Setup::new(SocketAddr::from(([127, 0, 0, 1], 9)));
    setup.extra = app("many", upstreams, keys);
    Gateway::start(setup)
}

fn app(name: &str, upstreams: &[String], keys: &str) -> String {
    format!(
        r#"[[app]]
name = "{name}"
hosts = ["{name}.test"]
upstreams = {upstreams:?}
{keys}
[[app.rule]]
path = "/"
allow = "everyone"
bodies = true
"#
    )
}

fn named(text: &'static str) -> Recorder {
    Recorder::scripted(move |_| Reply::ok(text))
}

fn url(recorder: &Recorder) -> String {
    format!("http://{}", recorder.addr())
}

fn ask(gateway: &Gateway, request: &str) -> raw::Reply {
    raw::exchange(gateway.addr, request.as_bytes())
}

fn get(gateway: &Gateway) -> raw::Reply {
    ask(gateway, "GET / HTTP/1.1\r\nHost: many.test\r\n\r\n")
}

fn metric(gateway: &Gateway, name: &str) -> f64 {
    let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let page = raw::exchange(gateway.operator, request.as_bytes()).text();
    let found = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}

/// Waits until something holds, looking often.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} never came");
        std::thread::yield_now();
    }
}

/// An address that nobody listens on.
fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn several_upstreams_take_turns() {
    let (one, two) = (named("one"), named("two"));
    let gateway = gateway(&[url(&one), url(&two)], "");
    let answers: Vec<_> = (0..8).map(|_| get(&gateway).text()).collect();
    for name in ["one", "two"] {
        let count = answers.iter().filter(|answer| answer.as_str() == name).count();
        assert_eq!(count, 4, "{answers:?}");
    }
}

#[test]
fn a_busy_upstream_is_spared_where_the_fewest_connections_count() {
    // It answers to nothing but its health, so each request to it stays under way.
    let busy = Recorder::scripted(|_| Reply::raw("").without_reading_the_body());
    let free = named("free");
    let upstreams = [url(&busy), url(&free)];
    let gateway = gateway(&upstreams, "balance = \"least-connections\"");
    // A request is under way until all of its connection's end is known.
    let open = |count: f64| {
        let are_open = || (metric(&gateway, "vestibule_connections") - count).abs() < 0.5;
        eventually("the end of a connection", are_open);
    };
    let held = loop {
        let before = free.requests().len();
        let mut connection = raw::Connection::open(gateway.addr);
        connection.write(b"GET /held HTTP/1.1\r\nHost: many.test\r\n\r\n");
        let seen = || !busy.requests().is_empty() || free.requests().len() > before;
        eventually("a request", seen);
        if !busy.requests().is_empty() {
            break connection;
        }
        drop(connection);
        open(0.0);
    };
    for _ in 0..6 {
        open(1.0);
        assert_eq!(get(&gateway).text(), "free");
    }
    drop(held);
    assert_eq!(busy.requests().len(), 1, "{}", busy.shown());
}

#[test]
fn a_dead_upstream_is_passed_over_and_takes_part_again_when_it_is_back() {
    let (alive, dead) = (named("alive"), nobody());
    let gateway = gateway(&[format!("http://{dead}"), url(&alive)], "");
    for _ in 0..12 {
        // No visitor sees anything of it, not even with a POST: no byte of it went out.
        for method in ["GET", "POST"] {
            let request =
                format!("{method} / HTTP/1.1\r\nHost: many.test\r\nContent-Length: 0\r\n\r\n");
            let reply = ask(&gateway, &request);
            assert_eq!((reply.status(), reply.text().as_str()), (200, "alive"));
        }
    }
    let labels = "{app=\"many\",upstream=\"1\"}";
    assert_eq!(metric(&gateway, &format!("vestibule_upstream_healthy{labels}")), 0.0);
    assert!(metric(&gateway, &format!("vestibule_upstream_ejections_total{labels}")) >= 1.0);
    let retries = metric(&gateway, "vestibule_upstream_retries_total{app=\"many\"}");
    assert!((3.0..12.0).contains(&retries), "left out after three, tried rarely: {retries}");
    let told = gateway.log().matches("takes no requests for now").count();
    assert_eq!(told, 1, "{}", gateway.log());

    let _back = answering(dead, "back");
    eventually("the upstream", || get(&gateway).text() == "back");
    assert_eq!(metric(&gateway, &format!("vestibule_upstream_healthy{labels}")), 1.0);
    assert_eq!(gateway.log().matches("takes requests again").count(), 1, "{}", gateway.log());
}

#[test]
fn where_all_upstreams_are_dead_the_answer_comes_at_once() {
    let gateway = gateway(&[format!("http://{}", nobody()), format!("http://{}", nobody())], "");
    let begun = Instant::now();
    for _ in 0..10 {
        assert_eq!(get(&gateway).status(), 502);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn an_upstream_that_says_it_is_not_well_gets_no_requests_until_it_is() {
    static WELL: AtomicBool = AtomicBool::new(true);
    let asked =
        |head: &[u8]| raw::holds(head, b"GET /healthz?deep=1 ") && raw::holds(head, b"many.test");
    let moody = Recorder::scripted(move |head| match (asked(head), WELL.load(Ordering::SeqCst)) {
        (true, false) => Reply::raw("HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"),
        (true, true) => Reply::ok("well"),
        (false, _) => Reply::ok("moody"),
    });
    let steady = named("steady");
    let keys = "[app.health]\npath = \"/healthz?deep=1\"\nevery_seconds = 1\ntimeout_seconds = 1\n\
        healthy_after = 1\nunhealthy_after = 2\n";
    let gateway = gateway(&[url(&moody), url(&steady)], keys);
    moody.wait_for(b"GET /healthz?deep=1 ");
    let two = || [get(&gateway).text(), get(&gateway).text()];
    assert!(two().contains(&"moody".to_string()), "control");

    WELL.store(false, Ordering::SeqCst);
    eventually("its absence", || two() == ["steady", "steady"]);
    WELL.store(true, Ordering::SeqCst);
    eventually("its return", || two().contains(&"moody".to_string()));
}

#[test]
fn a_post_reaches_the_apps_once_and_a_get_twice_at_most() {
    // Both take the whole request and go away without a word.
    let leaves = || Recorder::scripted(|_| Reply::raw("").then_close());
    let upstreams = [leaves(), leaves()];
    let urls: Vec<_> = upstreams.iter().map(url).collect();
    let gateway = gateway(&urls, "");
    let seen = |target: &str| -> usize {
        let heads = upstreams.iter().flat_map(Recorder::requests);
        heads.filter(|head| raw::holds(head, target.as_bytes())).count()
    };
    for round in 0..4 {
        let post = format!(
            "POST /post/{round} HTTP/1.1\r\nHost: many.test\r\nContent-Length: 3\r\n\r\npay"
        );
        assert_eq!(ask(&gateway, &post).status(), 502);
        assert_eq!(seen(&format!("/post/{round} ")), 1);
        let get = format!("GET /get/{round} HTTP/1.1\r\nHost: many.test\r\n\r\n");
        assert_eq!(ask(&gateway, &get).status(), 502);
        assert!((1..=2).contains(&seen(&format!("/get/{round} "))));
    }
}

/// F12.
#[test]
fn a_name_is_looked_up_and_all_its_addresses_may_be_the_one() {
    let app = named("by name");
    let gateway = gateway(&[format!("http://localhost:{}", app.addr().port())], "");
    // `localhost` is ::1 as well, where nobody listens.
    for _ in 0..6 {
        assert_eq!(get(&gateway).text(), "by name");
    }
    let unknown = self::gateway(&["http://no-such-name.invalid:80".to_owned()], "");
    assert_eq!(get(&unknown).status(), 502, "the gateway starts all the same");
}

/// F11.
#[test]
fn whatever_an_upstream_does_wrong_is_told_in_time_and_concerns_nobody_else() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\n";
    // What the app says and whether it then closes; what the visitor is told; `None` for an answer
    // that begins and breaks off.
    let rows: [(&str, String, bool, Option<u16>); 9] = [
        ("leaves", String::new(), true, Some(502)),
        ("silent", String::new(), false, Some(504)),
        ("half-head", HEAD.to_owned(), true, Some(502)),
        ("slow-head", HEAD.to_owned(), false, Some(504)),
        ("garbage", "\u{1}\u{2} 99 bottles\r\n\r\n".to_owned(), false, Some(502)),
        (
            "two-lengths",
            format!("{HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            false,
            Some(502),
        ),
        ("huge-head", format!("{HEAD}X: {}\r\n\r\n", "x".repeat(80_000)), false, Some(502)),
        ("short", format!("{HEAD}Content-Length: 9\r\n\r\nhalf"), true, None),
        ("stops", format!("{HEAD}Content-Length: 9\r\n\r\nhalf"), false, None),
    ];
    let said = rows.clone();
    let app = Recorder::scripted(move |head| {
        let row = said.iter().find(|(name, ..)| raw::holds(head, format!("/{name} ").as_bytes()));
        match row {
            Some((_, bytes, true, _)) => Reply::raw(bytes.clone()).then_close(),
            Some((_, bytes, false, _)) => Reply::raw(bytes.clone()),
            None => Reply::echo(head),
        }
    });
    let other = named("other");
    let mut setup = Setup::new(other.addr());
    setup.extra = self::app("many", &[url(&app)], "read_seconds = 1");
    let gateway = Gateway::start(setup);
    for (name, _, _, status) in &rows {
        for method in ["GET", "POST"] {
            app.clear();
            let request = format!(
                "{method} /{name} HTTP/1.1\r\nHost: many.test\r\nContent-Length: 0\r\n\r\n"
            );
            let begun = Instant::now();
            let reply = ask(&gateway, &request);
            assert!(begun.elapsed() < Duration::from_secs(6), "{name}: {:?}", begun.elapsed());
            match status {
                Some(status) => {
                    assert_eq!(reply.status(), *status, "{method} {name}: {}", reply.shown());
                    assert!(!reply.text().contains("upstream"), "{name}: {}", reply.text());
                }
                None => {
                    assert!(reply.closed && reply.body().len() < 9, "{name}: {}", reply.shown())
                }
            }
            let times = app.requests().len();
            // A GET may meet an old connection that had died.
            let most = if method == "GET" { 2 } else { 1 };
            assert!((1..=most).contains(&times), "{method} {name} reached the app {times} times");
            // Neither the next request of this app nor another app is the worse for it.
            let next = ask(&gateway, "GET /sound HTTP/1.1\r\nHost: many.test\r\n\r\n");
            assert!(next.text().contains("GET /sound "), "after {name}: {}", next.shown());
            let used_again = app.connections().iter().any(|bytes| {
                raw::holds(bytes, format!("/{name} ").as_bytes()) && raw::holds(bytes, b"/sound ")
            });
            assert!(!used_again, "the connection of {name} was used again");
            let open = "GET / HTTP/1.1\r\nHost: open.test\r\n\r\n";
            assert_eq!(ask(&gateway, open).text(), "other", "after {name}");
        }
    }
}

/// An app that begins to listen on an address that was free.
fn answering(address: SocketAddr, text: &'static str) -> JoinHandle<()> {
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = Vec::new();
            let mut piece = [0; 4096];
            while raw::head_end(&head).is_none() {
                match stream.read(&mut piece) {
                    Ok(1..) => head.extend(piece),
                    _ => break,
                }
            }
            let length = text.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{text}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    })
}
