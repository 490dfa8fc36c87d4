//! Headers by which a client claims to be somebody, to come from somewhere, or to have asked for
//! something else. Every forged value holds the word `forged`, which must never arrive upstream.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use vestibule::attack::identity::{WHENCE, WHO};
use vestibule::gateway::protect::PROTECTED_NAMES;

use crate::support::raw::{self, exchange_and_finish, header_values};
use crate::support::recorder::{Recorder, Reply};
use crate::support::rig::{ANNA, Rig, SharedRig, control, identity_of};

static RIG: SharedRig = SharedRig::new();

/// An upstream that on one target claims to be the gateway.
fn upstream() -> Recorder {
    Recorder::scripted(|head| match head.starts_with(b"GET /claims ") {
        true => Reply::raw(CLAIMS),
        false => Reply::echo(head),
    })
}

const CLAIMS: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Remote-User: forged\r\n\
    Remote_Groups: forged\r\n\
    X-Vestibule-Assertion: forged\r\n\
    Cf-Access-Jwt-Assertion: forged\r\n\
    Set-Cookie: __Host-vestibule=forged; Path=/; Secure; HttpOnly\r\n\
    Set-Cookie: __Host-vestibule-ticket=forged; Path=/; Secure\r\n\
    Set-Cookie: theme=dark; Path=/\r\n\
    Content-Length: 2\r\n\r\nok";

/// Names no folding makes ours, but that some upstream folds: any byte that is no letter, digit
/// or hyphen is enough to drop them.
const ODD: &[&str] = &[
    "X-Auth_User",
    "X_Auth_User",
    "X.Auth.User",
    "X'Auth-User",
    "X|Auth-User",
    "Remote-User-",
    "Remote~User",
    "Remote!User",
    "Remote^User",
    "HTTP_REMOTE_USER",
    "Remote-User.",
    "_Remote-User",
];

/// Requests on which a forgery is tried: a name, a request line with host, and who is named then.
const ROUTES: &[(&str, &str, &[&str])] = &[
    ("signed in", "GET /page HTTP/1.1\r\n{H}", &["anna"]),
    ("public, nobody", "GET /public/page HTTP/1.1\r\n{HOST}", &[]),
    ("open host, nobody", "GET /page HTTP/1.1\r\nHost: open.test\r\n", &[]),
];

#[test]
fn a_client_cannot_say_who_it_is_in_any_spelling() {
    forge(&WHO);
}

#[test]
fn a_client_cannot_say_where_it_comes_from_or_what_it_asked_for() {
    forge(&WHENCE);
    forge(&PROTECTED_NAMES);
}

#[test]
fn a_header_name_that_an_upstream_could_fold_is_dropped() {
    let rig = Rig::lock(&RIG, upstream);
    for name in ODD {
        for (route, start, named) in ROUTES {
            let lines = format!("{name}: forged\r\n");
            assert_dropped(&rig, &format!("H04 {name}, {route}"), start, &lines, named);
        }
    }
}

#[test]
fn a_public_page_names_the_visitor_only_as_the_gateway_knows_them() {
    let rig = Rig::lock(&RIG, upstream);
    let row = b"GET /public/page HTTP/1.1\r\n{H}Remote-User: forged\r\nRemote_User: forged\r\n\r\n";
    let reply = rig.exchange(row);
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    assert!(!rig.recorder.saw(b"forged"), "{}", rig.recorder.shown());
    let named = identity_of(&rig.last_upstream_head("/public/page"));
    assert!(named.is_empty() || named == ["anna"], "{named:?}");
}

#[test]
fn a_forged_assertion_is_replaced_by_a_signed_one() {
    let rig = Rig::lock(&RIG, upstream);
    let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJmb3JnZWQifQ.";
    let row = format!("{{GET}}X-Vestibule-Assertion: {forged}\r\n\r\n");
    control("H07", &rig.expand(row.as_bytes()));
    let reply = rig.exchange(row.as_bytes());
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    assert!(!rig.recorder.saw(forged.as_bytes()), "{}", rig.recorder.shown());
    assert_signed(&rig.last_upstream_head("GET / "), "H07");
}

#[test]
fn nominating_a_header_as_hop_by_hop_never_takes_the_identity_away() {
    let names = [
        "Connection: close, Remote-User",
        "Connection: Remote-User",
        "connection: remote-user",
        "Connection: Remote-Groups, Remote-Email, Remote-Name",
        "connection: x-vestibule-assertion",
        "Connection: keep-alive\r\nConnection: X-Vestibule-Assertion",
        "Connection: Cookie",
        "Connection: X-Request-Id",
        "Connection: X-Forwarded-For",
        "Connection: x-forwarded-proto, X-Forwarded-Host",
        "Proxy-Connection: Remote-User",
        "Keep-Alive: Remote-User",
    ];
    let rig = Rig::lock(&RIG, upstream);
    for lines in names {
        let row = format!("{{GET}}{lines}\r\nRemote-User: forged\r\n\r\n");
        control(lines, &rig.expand(row.as_bytes()));
        rig.recorder.clear();
        let reply = rig.exchange(row.as_bytes());
        match reply.status() {
            400 => assert!(rig.recorder.requests().is_empty(), "{lines}"),
            200 => {
                let head = rig.last_upstream_head("GET / ");
                assert_eq!(identity_of(&head), ["anna"], "{lines}: {}", raw::lossy(&head));
                assert_signed(&head, lines);
                assert_eq!(header_values(&head, "x-forwarded-for"), ["127.0.0.1"], "{lines}");
                assert_eq!(header_values(&head, "host"), ["app.test"], "{lines}");
            }
            other => panic!("{lines}: {other}: {}", reply.shown()),
        }
        assert!(!rig.recorder.saw(b"forged"), "{lines}: {}", rig.recorder.shown());
        rig.innocent(lines);
    }
}

#[test]
fn a_connection_header_that_nominates_too_much_is_refused() {
    let rows = [
        "Connection: a, b, c, d, e, f, g, h, i, j, k, l",
        "Connection: \"Remote-User\"",
        "Connection: :authority",
        "Connection: Host",
    ];
    let rig = Rig::lock(&RIG, upstream);
    for lines in rows {
        rig.recorder.clear();
        let row = format!("{{GET}}{lines}\r\n\r\n");
        control(lines, &rig.expand(row.as_bytes()));
        let reply = rig.exchange_until_closed(row.as_bytes());
        rig.assert_refused(lines, &reply, &[400]);
    }
}

#[test]
fn hop_by_hop_headers_end_at_the_gateway() {
    let lines = "Proxy-Connection: forged\r\nKeep-Alive: forged\r\nTE: forged\r\n\
                 Trailer: forged\r\nProxy-Authorization: forged\r\nHTTP2-Settings: forged\r\n\
                 Proxy-Authenticate: forged\r\n";
    let rig = Rig::lock(&RIG, upstream);
    for (route, start, named) in ROUTES {
        assert_dropped(&rig, &format!("H12 {route}"), start, lines, named);
    }
}

#[test]
fn an_address_that_is_none_neither_breaks_a_request_nor_skips_a_check() {
    let hops = "10.0.0.1, ".repeat(1_000) + "forged";
    let values = ["a", ", ,", "[::1]:x", "", "127.0.0.1\t, forged", hops.as_str()];
    let rig = Rig::lock(&RIG, upstream);
    for value in values {
        let line = format!("X-Forwarded-For: {value}\r\nX-Real-IP: {value}\r\n");
        let shown = &line[..line.len().min(60)];
        rig.recorder.clear();
        let reply = rig.exchange(format!("{{GET}}{line}\r\n").as_bytes());
        assert_eq!(reply.status(), 200, "{shown}: {}", reply.shown());
        let head = rig.last_upstream_head("GET / ");
        assert_eq!(header_values(&head, "x-forwarded-for"), ["127.0.0.1"], "{shown}");
        assert_eq!(identity_of(&head), ["anna"], "{shown}");

        let refused = rig.exchange(format!("GET /page HTTP/1.1\r\n{{HOST}}{line}\r\n").as_bytes());
        assert_eq!(refused.status(), 401, "{shown}: {}", refused.shown());
    }
}

#[test]
fn no_header_changes_which_rule_is_asked() {
    let lines = [
        "X-Forwarded-Uri: /public/",
        "X-Forwarded-Uri: /healthz",
        "X-Original-URL: /public/",
        "X-Original-URI: /public/",
        "X-Rewrite-URL: /public/",
        "X-Forwarded-Prefix: /public",
        "X-Forwarded-Host: open.test",
        "X-Forwarded-Method: OPTIONS",
        "X-HTTP-Method-Override: OPTIONS",
        "X-Host: open.test",
        "Forwarded: host=open.test;for=127.0.0.1",
        "User-Agent: GoogleHC/1.0",
        "User-Agent: kube-probe/1.30",
        "User-Agent: ELB-HealthChecker/2.0",
        "X-Real-IP: 127.0.0.1",
        "Authorization: Basic YW5uYTphbm5h",
        "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
    ];
    let rig = Rig::lock(&RIG, upstream);
    for line in lines {
        rig.recorder.clear();
        let signed_in = format!("GET /admin/page HTTP/1.1\r\n{{H}}{line}\r\n\r\n");
        control(line, &rig.expand(signed_in.as_bytes()));
        let reply = rig.exchange(signed_in.as_bytes());
        assert_eq!(reply.status(), 403, "H17 {line}: {}", reply.shown());
        for target in ["/admin/page", "/page"] {
            let nobody = format!("GET {target} HTTP/1.1\r\n{{HOST}}{line}\r\n\r\n");
            let reply = rig.exchange(nobody.as_bytes());
            assert_eq!(reply.status(), 401, "H18 {line} {target}: {}", reply.shown());
        }
        rig.innocent(line);
        rig.assert_untouched(line);
    }
}

#[test]
fn the_gateways_own_cookies_never_reach_an_upstream() {
    let rig = Rig::lock(&RIG, upstream);
    let secret = rig.session.split_once('=').map_or("", |(_, value)| value).to_string();
    let session = &rig.session;
    let rows = [
        format!("Cookie: a=1; {session}; b=2\r\n"),
        format!("Cookie: {session}; a=1; b=2\r\n"),
        format!("Cookie: a=1; b=2;{session}\r\n"),
        format!("Cookie: a=1\r\nCookie: {session}\r\nCookie: b=2\r\n"),
        format!("Cookie: a=1; __Host-vestibule-ticket={secret}; {session}; b=2\r\n"),
    ];
    for lines in rows {
        let row = format!("GET /jar HTTP/1.1\r\n{{HOST}}{lines}\r\n");
        exchange_and_finish(rig.recorder.addr(), &rig.expand(row.as_bytes()));
        assert!(rig.recorder.saw(secret.as_bytes()), "{lines}: control");
        rig.recorder.clear();
        let reply = rig.exchange(row.as_bytes());
        assert_eq!(reply.status(), 200, "{lines}: {}", reply.shown());
        assert!(!rig.recorder.saw(secret.as_bytes()), "{lines}: {}", rig.recorder.shown());
        let jar = header_values(&rig.last_upstream_head("/jar"), "cookie");
        assert_eq!(jar, ["a=1; b=2"], "{lines}");
    }
}

#[test]
fn two_different_session_cookies_mean_nobody() {
    let rig = Rig::lock(&RIG, upstream);
    let other = "__Host-vestibule=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let session = &rig.session;
    let rows = [
        format!("Cookie: {session}; {other}\r\n"),
        format!("Cookie: {other}; {session}\r\n"),
        format!("Cookie: {other}\r\nCookie: {session}\r\n"),
    ];
    for lines in rows {
        let reply = rig.exchange(format!("GET /jar HTTP/1.1\r\n{{HOST}}{lines}\r\n").as_bytes());
        assert_eq!(reply.status(), 401, "{lines}: {}", reply.shown());
        rig.innocent("two cookies");
        rig.assert_untouched("two cookies");
    }
}

#[test]
fn a_name_of_any_alphabet_arrives_and_one_with_a_line_break_is_never_kept() {
    let rig = Rig::lock(&RIG, upstream);
    let (_, password) = ANNA;
    let add = |name: &str, full_name: &str| {
        let email = format!("{name}@example.test");
        let flags = ["--email", &email, "--full-name", full_name, "--password-stdin", "--json"];
        let args = [&["user", "add", name][..], &flags[..]].concat();
        rig.gateway.cli(&args, &format!("{password}\n"))
    };
    let added = add("helene", "Hélène Müller-Šimić");
    assert!(added.status.success(), "{added:?}");
    let session = rig.gateway.sign_in("helene", password);
    let row = format!("GET /name HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\n\r\n");
    let reply = raw::exchange(rig.gateway.addr, row.as_bytes());
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    let head = rig.last_upstream_head("/name");
    assert_eq!(identity_of(&head), ["helene"]);
    assert_eq!(header_values(&head, "remote-name"), ["Hélène Müller-Šimić"]);

    let refused = add("mallory", "Mal\r\nRemote-User: forged");
    assert!(!refused.status.success(), "{refused:?}");
}

#[test]
fn methods_that_show_a_request_or_open_a_tunnel_are_refused() {
    let rig = Rig::lock(&RIG, upstream);
    for method in ["TRACE", "TRACK", "DEBUG", "FOO", "get", "Trace"] {
        rig.recorder.clear();
        let row = format!("{method} / HTTP/1.1\r\n{{H}}\r\n");
        control(method, &rig.expand(row.as_bytes()));
        let reply = rig.exchange(row.as_bytes());
        assert!([400, 405, 501].contains(&reply.status()), "{method}: {}", reply.shown());
        if method == "TRACE" {
            assert_eq!(reply.status(), 405, "{}", reply.shown());
            assert!(reply.header("allow").is_some(), "{}", reply.shown());
        }
        rig.innocent(method);
        rig.assert_untouched(method);
    }
    for target in ["app.test:80", "app.test:443", "127.0.0.1:22", "/"] {
        rig.recorder.clear();
        let row = format!("CONNECT {target} HTTP/1.1\r\n{{H}}\r\n");
        let reply = rig.exchange_until_closed(row.as_bytes());
        rig.assert_refused(&format!("CONNECT {target}"), &reply, &[405, 400]);
    }
}

#[test]
fn an_upstream_cannot_set_the_gateways_cookies_or_speak_in_its_name() {
    let rig = Rig::lock(&RIG, upstream);
    let row = b"GET /claims HTTP/1.1\r\n{H}\r\n";
    let straight = exchange_and_finish(rig.recorder.addr(), &rig.expand(row));
    assert_eq!(straight.bytes, CLAIMS, "control");

    let reply = rig.exchange(row);
    assert_eq!(reply.status(), 200, "{}", reply.shown());
    assert_eq!(reply.text(), "ok");
    assert!(!raw::holds(&reply.bytes, b"forged"), "{}", reply.shown());
    let cookies = reply.headers("set-cookie");
    assert_eq!(cookies, ["theme=dark; Path=/"], "{}", reply.shown());
}

/// Tries each name in every spelling, on a route with and on routes without a session.
fn forge(names: &[&str]) {
    let rig = Rig::lock(&RIG, upstream);
    for name in names {
        let lines: Vec<String> =
            spellings(name).iter().map(|name| format!("{name}: forged\r\n")).collect();
        for (route, start, named) in ROUTES {
            assert_dropped(&rig, &format!("{name}, {route}"), start, &lines.concat(), named);
        }
    }
}

/// Sends the lines straight, where they arrive, and through the gateway, where they must not.
fn assert_dropped(rig: &Rig, label: &str, start: &str, lines: &str, named: &[&str]) {
    let row = format!("{start}{lines}\r\n");
    rig.recorder.clear();
    exchange_and_finish(rig.recorder.addr(), &rig.expand(row.as_bytes()));
    assert!(rig.recorder.saw(b"forged"), "{label}: control");

    rig.recorder.clear();
    let reply = rig.exchange(row.as_bytes());
    assert_eq!(reply.status(), 200, "{label}: {}", reply.shown());
    assert!(!rig.recorder.saw(b"forged"), "{label}: {}", rig.recorder.shown());
    let head = rig.attack_upstream().unwrap_or_else(|| panic!("{label}: nothing upstream"));
    assert_eq!(identity_of(&head), named, "{label}: {}", raw::lossy(&head));
    if !named.is_empty() {
        assert_signed(&head, label);
    }
}

/// Asserts one assertion, signed with the algorithm we chose.
fn assert_signed(head: &[u8], label: &str) {
    let found = header_values(head, "x-vestibule-assertion");
    assert_eq!(found.len(), 1, "{label}: {}", raw::lossy(head));
    let parts: Vec<&str> = found[0].split('.').collect();
    assert_eq!(parts.len(), 3, "{label}: {found:?}");
    let header = URL_SAFE_NO_PAD.decode(parts[0]).expect("a header in base64");
    let header: serde_json::Value = serde_json::from_slice(&header).expect("a header in JSON");
    assert_eq!(header["alg"], "ES256", "{label}");
    assert!(!parts[2].is_empty(), "{label}: no signature");
}

/// A name as it is, in other cases, with other separators, and twice.
fn spellings(name: &str) -> Vec<String> {
    let first_only = name.replacen('-', "_", 1);
    let last_only = match name.rsplit_once('-') {
        Some((start, end)) => format!("{start}_{end}"),
        None => format!("{name}_"),
    };
    vec![
        name.to_string(),
        name.to_string(),
        name.to_lowercase(),
        name.to_uppercase(),
        name.replace('-', "_"),
        name.to_uppercase().replace('-', "_"),
        name.replace('-', "."),
        name.to_lowercase().replace('-', "."),
        first_only,
        last_only,
    ]
}
