//! Headers by which a client claims to be somebody or to come from somewhere.

use super::message::Protocol;
use super::row::{Expect, FORGED, Row, Shot};
use super::subject::{PROBE, Subject, Visitor};
use crate::gateway::identity::{Alias, Dialect};
use crate::gateway::protect::PROTECTED_NAMES;

/// Names that say who is asking, of this gateway and of others.
pub const WHO: [&str; 32] = [
    "Remote-User",
    "Remote-Groups",
    "Remote-Name",
    "Remote-Email",
    "X-Remote-User",
    "X-Vestibule-Assertion",
    "X-Vestibule-User",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Preferred-Username",
    "X-Forwarded-Access-Token",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Pomerium-Jwt-Assertion",
    "X-Pomerium-Claim-Email",
    "Cf-Access-Jwt-Assertion",
    "Cf-Access-Authenticated-User-Email",
    "X-Goog-Iap-Jwt-Assertion",
    "X-Goog-Authenticated-User-Email",
    "X-Authentik-Username",
    "X-Authentik-Groups",
    "X-Webauth-User",
    "X-Client-Cert",
    "X-SSL-Client-DN",
    "SSL-Client-Verify",
    "Remote-Other",
    "X-Auth-Request-Access-Token",
    "X-Goog-Authenticated-User-Id",
    "X-SSL-Client-Cert",
    "X-SSL-Client-Verify",
];

/// Names that say where a request comes from or what it asks for, beside
/// [`PROTECTED_NAMES`].
pub const WHENCE: [&str; 19] = [
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Server",
    "X-Forwarded-Uri",
    "X-Forwarded-Method",
    "X-Forwarded-Client-Cert",
    "X-Original-URL",
    "X-Original-URI",
    "X-Original-Method",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-Envoy-External-Address",
    "CF-Connecting-IP",
    "X-Forwarded-Scheme",
    "X-Forwarded-Ssl",
    "X-Forwarded-By",
];

/// Ways to spell a name.
struct Spelling {
    id: &'static str,
    name: &'static str,
    lines: fn(&str) -> String,
}

const SPELLINGS: [Spelling; 7] = [
    Spelling { id: "H01", name: "as it is", lines: |name| line(name) },
    Spelling { id: "H01", name: "in lower case", lines: |name| line(&name.to_ascii_lowercase()) },
    Spelling { id: "H01", name: "in upper case", lines: |name| line(&name.to_ascii_uppercase()) },
    Spelling { id: "H03", name: "with _ for -", lines: |name| line(&name.replace('-', "_")) },
    Spelling {
        id: "H04",
        name: "with . or ' for -",
        lines: |name| format!("{}{}", line(&name.replace('-', ".")), line(&name.replace('-', "'"))),
    },
    Spelling {
        id: "H02",
        name: "twice, in two cases",
        lines: |name| format!("{}{}", line(name), line(&name.to_ascii_lowercase())),
    },
    Spelling {
        id: "H08",
        name: "named in Connection",
        lines: |name| format!("Connection: close, {name}\r\n{}", line(name)),
    },
];

fn line(name: &str) -> String {
    format!("{name}: {FORGED}\r\n")
}

/// Every name that is tried on an app, those of the operator's choice included.
fn names(subject: &Subject) -> Vec<String> {
    let fixed = WHO.iter().chain(&WHENCE).chain(&PROTECTED_NAMES).map(|name| (*name).to_owned());
    let mut names: Vec<String> = fixed.collect();
    names.extend(Alias::ALL.iter().map(|alias| alias.header().to_owned()));
    if let Dialect::Custom(custom) = &subject.app.dialect {
        let own = [&custom.user, &custom.groups, &custom.name, &custom.email];
        names.extend(own.into_iter().flatten().map(|name| name.as_str().to_owned()));
    }
    names.sort_by_key(|name| name.to_ascii_lowercase());
    names.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    names
}

/// The rows.
pub fn rows(subject: &Subject) -> Vec<Row> {
    let mut rows = Vec::new();
    let names = names(subject);
    let open = subject.open_page();
    let closed = subject.closed().next().map(|(path, _)| path);
    let mut ways: Vec<(&str, String, Option<&Visitor>)> = Vec::new();
    let nobody = open.clone().or_else(|| closed.clone()).unwrap_or_else(|| format!("/{PROBE}"));
    ways.push(("nobody signed in", nobody, None));
    if let (Some(path), Some(member)) = (closed, &subject.member) {
        ways.push(("signed in", path, Some(member)));
    }
    for (way, path, visitor) in ways {
        let shot = |lines: &str| Shot {
            message: format!("{}{lines}\r\n", subject.head(&format!("GET {path}"), visitor))
                .into_bytes()
                .into(),
            expect: Expect::Without { words: Vec::new(), named: subject.named(visitor) },
            then_innocent: false,
        };
        let row = |id, name: String, shots| Row {
            id,
            name,
            expected: "the forged value never arrives",
            protocol: Protocol::Http1,
            shots,
        };
        for Spelling { id, name, lines } in &SPELLINGS {
            let shots = names.iter().map(|forged| shot(&lines(forged))).collect();
            rows.push(row(id, format!("forged headers {name}, {way}"), shots));
        }
        let odd = ["-", "~", "!", "^", "|", ".", "\u{80}"];
        let odd = odd.iter().flat_map(|end| {
            ["Remote-User", "X-Auth-User"].map(|name| {
                // The bare hyphen makes another name where no family is protected.
                if *end == "-" {
                    shot(&line("Remote-User-"))
                } else {
                    shot(&line(&format!("{name}{end}")))
                }
            })
        });
        let mut odd: Vec<Shot> = odd.collect();
        odd.extend(
            ["HTTP_REMOTE_USER", "_Remote-User", "Remote-User "].map(|name| shot(&line(name))),
        );
        rows.push(row("H04", format!("forged headers with odd ends, {way}"), odd));
        let empty = ["Remote-User", "X-Vestibule-Assertion"].map(|name| {
            shot(&format!("{name}:\r\n{name}: {FORGED}\r\nConnection: close, {name}\r\n"))
        });
        rows.push(row("H05", format!("an empty header before a forged one, {way}"), empty.into()));
    }
    rows
}
