//! Targets and hosts that two readers could read differently.
//!
//! `/public/` is open, `/admin/` needs a group the visitor is not in, the rest needs a session. A
//! disguised admin path is refused as malformed or judged as what it means; it never arrives.

use crate::support::raw::{self, Connection};
use crate::support::recorder::Recorder;
use crate::support::rig::{Rig, SharedRig, control, first_line};

static RIG: SharedRig = SharedRig::new();

/// Spellings of an admin path, most of them under the open prefix. Others of the suite send them
/// over other protocols.
pub const DISGUISED: &[(&str, &[u8])] = &[
    ("P01", b"/public/../admin/x"),
    ("P01", b"/public/x/../../admin/x"),
    ("P01", b"/public/../../../admin/x"),
    ("P02", b"/public/%2e%2e/admin/x"),
    ("P02", b"/public/.%2e/admin/x"),
    ("P02", b"/public/%2E./admin/x"),
    ("P02", b"/public/%2e%2E/admin"),
    ("P02", b"/x/%2e%2e/admin/x"),
    ("P02", b"/%61dmin/x"),
    ("P02", b"/a%64min"),
    ("P03", b"/public../admin/../../admin/x"),
    ("P04", b"/public/..%2fadmin"),
    ("P04", b"/public/..%2Fadmin/x"),
    ("P04", b"/public%2f..%2fadmin"),
    ("P04", b"/admin%2fx"),
    ("P05", b"/public/%252e%252e/admin"),
    ("P05", b"/public/%25%32%65%25%32%65/admin"),
    ("P05", b"/public/..%252fadmin"),
    ("P06", b"//admin/x"),
    ("P06", b"/public//..//admin"),
    ("P06", b"///admin"),
    ("P06", b"/admin//x"),
    ("P08", b"/public/..;/admin"),
    ("P08", b"/public/..;x=1/admin"),
    ("P08", b"/public;/../admin"),
    ("P08", b"/public/%2e%2e;/admin"),
    ("P08", b"/admin;x=1"),
    ("P08", b"/admin;/x"),
    ("P08", b"/;/admin/x"),
    ("P09", b"/public\\..\\admin"),
    ("P09", b"/\\admin"),
    ("P09", b"/public/..%5cadmin"),
    ("P09", b"/public%5c..%5cadmin"),
    ("P10", b"/./admin"),
    ("P10", b"/admin/."),
    ("P10", b"/%2e/admin"),
    ("P10", b"/public/.././admin/x"),
    ("P12", b"/public/%c0%ae%c0%ae/admin"),
    ("P12", b"/public/%e0%80%ae%e0%80%ae/admin"),
    ("P12", b"/public/%c0%af../admin"),
    ("P12", b"/public/\xc0\xae\xc0\xae/admin"),
    ("P12", b"/public/%ff/../admin"),
    ("P13", b"/admin%00.png"),
    ("P13", b"/public/%00/../admin"),
    ("P13", b"/admin\0.png"),
    ("P14", b"/admin\x0b"),
    ("P14", b"/public/..%0a/admin/%0d%0a"),
    ("P15", b"/public#/../admin"),
    ("P15", b"/admin/x#/public/"),
    ("P15", b"/public%23/../admin"),
    ("P16", b"/admin?x=/public/"),
    ("P16", b"/admin/x?/../public/"),
    ("P16", b"/public/../admin?x=/public/"),
    ("P16", b"/public%3f/../admin/x"),
    ("P17", b"/%2fadmin"),
    ("P17", b"/%2e%2e%2fadmin"),
    ("P17", b"/%2Fadmin/x"),
    ("P18", b"/admin"),
    ("P18", b"/admin/"),
    ("P18", b"/admin/%2e"),
    ("P18", b"/admin%20"),
    ("P18", b"/admin%0a"),
    ("P18", b"/admin%09"),
    ("P18", b"/admin."),
    ("bad escape", b"/public/%2/../admin"),
    ("bad escape", b"/admin%"),
    ("bad escape", b"/admin%zz"),
    ("bad escape", b"/public/%u002e%u002e/admin"),
];

/// Request lines no upstream may see a byte of: target and version in their place, or not.
const MALFORMED: &[(&str, &[u8])] = &[
    ("P12 raw UTF-8", b"GET /\xef\xbd\x81dmin HTTP/1.1"),
    ("P12 invalid UTF-8", b"GET /%ff HTTP/1.1"),
    ("P13 NUL", b"GET /x%00 HTTP/1.1"),
    ("P13 raw NUL", b"GET /x\0 HTTP/1.1"),
    ("P14 vertical tab", b"GET /x\x0b HTTP/1.1"),
    ("P14 space", b"GET /x y HTTP/1.1"),
    ("P14 tab", b"GET /x\ty HTTP/1.1"),
    ("P14 encoded line break", b"GET /x%0d%0aRemote-User:%20forged HTTP/1.1"),
    ("P15 fragment", b"GET /foo/secret#/bar HTTP/1.1"),
    ("P20 no slash", b"GET admin HTTP/1.1"),
    ("P20 no slash, dots", b"GET public/../admin HTTP/1.1"),
    ("P20 dots alone", b"GET .. HTTP/1.1"),
    ("P21 two spaces", b"GET  /admin HTTP/1.1"),
    ("P21 two spaces before the version", b"GET /admin  HTTP/1.1"),
    ("P22 query only", b"GET ?x HTTP/1.1"),
    ("P22 fragment only", b"GET # HTTP/1.1"),
    ("P23 asterisk", b"GET * HTTP/1.1"),
    ("P25 other host", b"GET http://evil.test/ HTTP/1.1"),
    ("P25 other served host", b"GET http://open.test/ HTTP/1.1"),
    ("P26 userinfo", b"GET http://u@app.test/ HTTP/1.1"),
    ("P26 other scheme", b"GET ftp://app.test/ HTTP/1.1"),
    ("P26 no host", b"GET http:///admin HTTP/1.1"),
];

/// `Host` lines that are no host, or two.
const HOSTS: &[(&str, &[u8])] = &[
    ("P40 none", b""),
    ("P41 empty", b"Host:\r\n"),
    ("P41 blank", b"Host: \t \r\n"),
    ("P42 same twice", b"Host: app.test\r\nHost: app.test\r\n"),
    ("P42 two", b"Host: app.test\r\nHost: open.test\r\n"),
    ("P42 space before the colon", b"Host : app.test\r\n"),
    ("P42 second with a space", b"Host: open.test\r\nHost : app.test\r\n"),
    ("P43 list", b"Host: app.test, open.test\r\n"),
    ("P44 path", b"Host: app.test/evil\r\n"),
    ("P44 query", b"Host: app.test?x\r\n"),
    ("P44 fragment", b"Host: app.test#x\r\n"),
    ("P44 backslash", b"Host: app.test\\evil\r\n"),
    ("P44 space", b"Host: app.test evil\r\n"),
    ("P44 percent", b"Host: app%2etest\r\n"),
    ("P44 scheme", b"Host: https://app.test\r\n"),
    ("P45 userinfo", b"Host: app.test@evil.test\r\n"),
    ("P45 userinfo of ours", b"Host: evil.test@app.test\r\n"),
    ("P47 port of letters", b"Host: app.test:x\r\n"),
    ("P47 port out of range", b"Host: app.test:99999\r\n"),
    ("P47 two ports", b"Host: app.test:80:80\r\n"),
    ("P49 UTF-8", b"Host: \xc3\xa4pp.test\r\n"),
    ("P49 invalid UTF-8", b"Host: \xffapp.test\r\n"),
    ("P49 full width", b"Host: app\xef\xbc\x8etest\r\n"),
];

#[test]
fn a_disguised_admin_path_never_arrives() {
    let rig = Rig::lock(&RIG, Recorder::start);
    for (id, path) in DISGUISED {
        let label = format!("{id} {}", raw::lossy(path));
        let line = [b"GET ", *path, b" HTTP/1.1\r\n"].concat();
        for (who, statuses) in [("{H}", &[400, 403][..]), ("{HOST}", &[400, 401])] {
            let row = [&line, who.as_bytes(), b"\r\n"].concat();
            rig.recorder.clear();
            control(&label, &rig.expand(&row));
            let reply = rig.exchange(&row);
            let refused = statuses.contains(&reply.status());
            assert!(refused, "{label} {who}: {}\n{}", reply.shown(), rig.recorder.shown());
            rig.innocent(&label);
            rig.assert_untouched(&label);
        }
        // The prefix that is open must not open it on a host without rules for it either, nor may
        // what arrives there differ from what was judged.
        assert_arrives_canonical(&rig, &label, path);
    }
}

#[test]
fn p19_letters_that_look_alike_are_not_alike() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let ask = |path: &str, who: &str| {
        rig.exchange(format!("GET {path} HTTP/1.1\r\n{who}\r\n").as_bytes()).status()
    };
    // Full width, a letter without its dot, a Greek one.
    for path in ["/%EF%BD%81dmin/x", "/adm%C4%B1n/x", "/%CE%B1dmin/x", "/ADMIN/x"] {
        rig.recorder.clear();
        // Another folder than the admins', and closed as the rest is.
        assert_eq!(ask(path, "{HOST}"), 401, "P19 {path}");
        let status = ask(path, "{H}");
        assert!([200, 403].contains(&status), "P19 {path}: {status}");
        let arrived = rig.recorder.saw(format!("GET {path} HTTP").as_bytes());
        assert_eq!(arrived, status == 200, "P19 {path}: it arrives as it was sent");
    }
    for path in ["/%EF%BD%90ublic/x", "/publ%C4%B1c/x", "/PUBLIC/x"] {
        assert_eq!(ask(path, "{HOST}"), 401, "P19 {path}: only the very word is open");
    }
    // Control: the words themselves.
    assert_eq!((ask("/public/x", "{HOST}"), ask("/admin/x", "{H}")), (200, 403));
}

#[test]
fn a_malformed_target_reaches_nobody() {
    let rig = Rig::lock(&RIG, Recorder::start);
    for (label, line) in MALFORMED {
        let row = [*line, b"\r\n{H}\r\n"].concat();
        rig.recorder.clear();
        control(label, &rig.expand(&row));
        let reply = rig.exchange(&row);
        rig.assert_turned_away(label, &reply, &[400]);
    }
}

#[test]
fn a_plain_target_arrives_as_it_was_sent() {
    let plain = [
        "/x",
        "/x%23y",
        "/x?y=/admin/",
        "/x?y=..%2f..%2fadmin",
        "/x?y=%C3%A9",
        "/%EF%BD%81dmin",
        "/admn",
        "/administration",
        "/x/",
        "/x.json",
        "/a-b_c~d.e",
        "/caf%C3%A9",
        "/x%20y",
    ];
    let rig = Rig::lock(&RIG, Recorder::start);
    for target in plain {
        let reply = rig.exchange(format!("GET {target} HTTP/1.1\r\n{{H}}\r\n").as_bytes());
        assert_eq!(reply.status(), 200, "{target}: {}", reply.shown());
        rig.last_upstream_head(&format!("GET {target} HTTP/1.1"));
    }
    // Neither of these is a prefix of the other by text alone.
    for target in ["/publicx", "/public../x", "/public%2e%2e/x"] {
        let row = format!("GET {target} HTTP/1.1\r\n{{HOST}}\r\n");
        rig.recorder.clear();
        control(target, &rig.expand(row.as_bytes()));
        let reply = rig.exchange(row.as_bytes());
        assert!([400, 401, 404].contains(&reply.status()), "P03 {target}: {}", reply.shown());
        rig.innocent(target);
        rig.assert_untouched(target);
    }
}

#[test]
fn the_asterisk_is_answered_by_the_gateway() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let row = b"OPTIONS * HTTP/1.1\r\n{H}\r\n";
    control("P23", &rig.expand(row));
    let reply = rig.exchange(row);
    assert!([200, 204, 400, 405].contains(&reply.status()), "{}", reply.shown());
    rig.innocent("P23");
    rig.assert_untouched("P23");
}

#[test]
fn a_target_in_absolute_form_is_judged_by_its_path() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let admin = ["/admin/x", "/public/../admin/x", "/public/%2e%2e/admin", "//admin/x"];
    for (scheme, path) in admin.iter().flat_map(|path| [("http", path), ("https", path)]) {
        let row = format!("GET {scheme}://app.test{path} HTTP/1.1\r\n{{H}}\r\n");
        rig.recorder.clear();
        control(path, &rig.expand(row.as_bytes()));
        let reply = rig.exchange(row.as_bytes());
        assert!([400, 403].contains(&reply.status()), "{row}: {}", reply.shown());
        rig.innocent(path);
        rig.assert_untouched(path);
    }
    let reply = rig.exchange(b"GET http://app.test/plain HTTP/1.1\r\n{H}\r\n");
    match reply.status() {
        400 => assert!(!rig.recorder.saw(b"/plain")),
        200 => assert!(!rig.recorder.saw(b"http://app.test"), "{}", rig.recorder.shown()),
        other => panic!("{other}: {}", reply.shown()),
    }
}

#[test]
fn a_target_over_the_limit_is_refused_and_one_below_passes() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let line = |length: usize| format!("GET /{} HTTP/1.1\r\n{{H}}\r\n", "a".repeat(length - 1));
    let reply = rig.exchange(line(8_000).as_bytes());
    assert_eq!(reply.status(), 200, "8 000 bytes: {}", reply.head());
    for (length, statuses) in [(8_193, &[414][..]), (9_000, &[414]), (100_000, &[414, 400, 431])] {
        rig.recorder.clear();
        let label = format!("P27 {length} bytes");
        let reply = rig.exchange_until_closed(line(length).as_bytes());
        assert!(statuses.contains(&reply.status()), "{label}: {}", reply.head());
        rig.innocent(&label);
        rig.assert_untouched(&label);
    }
}

#[test]
fn a_host_line_that_is_no_host_reaches_nobody() {
    let rig = Rig::lock(&RIG, Recorder::start);
    for (label, lines) in HOSTS {
        let row = [b"GET / HTTP/1.1\r\n", *lines, b"{COOKIE}\r\n"].concat();
        rig.recorder.clear();
        control(label, &rig.expand(&row));
        let reply = rig.exchange(&row);
        rig.assert_turned_away(label, &reply, &[400]);
    }
    rig.recorder.clear();
    let reply = rig.exchange(b"GET / HTTP/1.0\r\n{COOKIE}\r\n");
    rig.assert_turned_away("P51 HTTP/1.0 without a host", &reply, &[400, 421, 404]);
}

#[test]
fn a_host_is_the_same_in_any_case_and_with_a_final_dot() {
    let rig = Rig::lock(&RIG, Recorder::start);
    for host in ["APP.TEST", "App.Test", "app.test.", "app.test.:443", "APP.test:443"] {
        for (path, passes) in [("/admin/x", false), ("/page", true)] {
            let row = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{{COOKIE}}\r\n");
            rig.recorder.clear();
            control(host, &rig.expand(row.as_bytes()));
            let reply = rig.exchange(row.as_bytes());
            let known = match passes {
                true => [200, 400, 404, 421].contains(&reply.status()),
                false => [400, 403, 404, 421].contains(&reply.status()),
            };
            assert!(known, "P46 {host}{path}: {}", reply.shown());
            rig.innocent(host);
            if !passes {
                rig.assert_untouched(host);
            }
            // The rule was chosen by the folded name, so that is what goes on.
            assert!(!rig.recorder.saw(host.as_bytes()), "P46 {host}: {}", rig.recorder.shown());
        }
    }
    // Control: the plain name passes.
    assert_eq!(rig.exchange(b"GET /page HTTP/1.1\r\n{H}\r\n").status(), 200);
}

#[test]
fn an_unknown_host_gets_a_fixed_answer_and_no_redirect() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let hosts =
        ["nothere.test", "127.0.0.1", "[::1]", "localhost", "xn--pp-wia.test", "evil.app.test"];
    for host in hosts {
        for lines in ["{COOKIE}", "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n"] {
            let row = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
            rig.recorder.clear();
            control(host, &rig.expand(row.as_bytes()));
            let reply = rig.exchange(row.as_bytes());
            assert!([404, 421].contains(&reply.status()), "P48 {host}: {}", reply.shown());
            assert_eq!(reply.header("location"), None, "P48 {host}");
            let named = reply.text().contains(host) && host != "localhost";
            assert!(!named, "P48 {host} is repeated: {}", reply.shown());
            rig.innocent(host);
            rig.assert_untouched(host);
        }
    }
}

#[test]
fn each_request_of_a_connection_is_judged_by_its_own_host() {
    let rig = Rig::lock(&RIG, Recorder::start);
    let mut connection = Connection::open(rig.gateway.addr);
    connection.write(b"GET /first HTTP/1.1\r\nHost: open.test\r\n\r\n");
    assert_eq!(connection.reply().status(), 200);
    connection.write(b"GET /second HTTP/1.1\r\nHost: app.test\r\n\r\n");
    let second = connection.reply();
    assert!(second.closed || second.status() == 401, "P52: {}", second.shown());
    rig.innocent("P52");
    assert!(!rig.recorder.saw(b"/second"), "{}", rig.recorder.shown());
}

/// On a host where everyone may do everything the path still goes on in the form it was judged in:
/// without dots, doubled slashes, backslashes or encoded separators.
fn assert_arrives_canonical(rig: &Rig, label: &str, path: &[u8]) {
    rig.recorder.clear();
    let row = [b"GET ", path, b" HTTP/1.1\r\nHost: open.test\r\n\r\n"].concat();
    let reply = rig.exchange(&row);
    assert!([200, 400].contains(&reply.status()), "{label} on open.test: {}", reply.shown());
    for head in rig.recorder.requests() {
        let line = raw::lossy(first_line(&head));
        let target = line.split(' ').nth(1).unwrap_or_default();
        let arrived = target.split('?').next().unwrap_or_default().to_lowercase();
        let parts = ["/..", "/./", "//", "\\", "%2e", "%2f", "%5c", "%00", "%25", "#", "..;"];
        for part in parts {
            assert!(!arrived.contains(part), "{label}: {part} arrived: {line}");
        }
    }
}
