//! Targets that mean a closed path and look like another.

use super::message::Protocol;
use super::row::{Expect, Row, Shot};
use super::subject::{PROBE, Subject, Visitor};
use crate::gateway::route::{Allow, OWN_PREFIX};

const EXPECTED: &str = "never reaches the app";
const PROTOCOL: Protocol = Protocol::Http1;

/// The rows: for each rule that asks for a session, by nobody; for each that
/// asks for a group, also by somebody in none.
pub fn rows(subject: &Subject) -> Vec<Row> {
    let mut rows = Vec::new();
    let open: Vec<String> = subject.open().collect();
    for (path, rule) in subject.closed() {
        let grouped = matches!(rule.allow, Allow::Groups(_));
        let stranger = subject.stranger.as_ref().filter(|_| grouped);
        let visitors =
            [Some((None, "nobody signed in")), stranger.map(|who| (Some(who), "not in the group"))];
        for (visitor, who) in visitors.into_iter().flatten() {
            let head = subject.head(&format!("HEAD {path}"), visitor) + "\r\n";
            rows.push(Row {
                id: "P00",
                name: format!("{} with HEAD, {who}", rule.path),
                expected: EXPECTED,
                protocol: PROTOCOL,
                shots: vec![stopped(head)],
            });
            for kind in KINDS {
                let targets = kind.spell(&path, &open);
                if targets.is_empty() {
                    continue;
                }
                let shots = targets.iter().map(|target| shot(subject, target, visitor)).collect();
                let name = format!("{} {}, {who}", rule.path, kind.name);
                rows.push(Row { id: kind.id, name, expected: EXPECTED, protocol: PROTOCOL, shots });
            }
        }
    }
    let own = OWN_PREFIX.trim_end_matches('/');
    let own = [
        format!("{own}/{PROBE}"),
        format!("{}/{PROBE}", own.to_ascii_uppercase()),
        format!("{own};x/{PROBE}"),
        format!("{}/{PROBE}", own.replacen('e', "%65", 1)),
    ];
    let visitor = subject.member.as_ref();
    let shots = own.iter().map(|target| shot(subject, target, visitor)).collect();
    let name = format!("{OWN_PREFIX} in other spellings");
    rows.push(Row { id: "P30", name, expected: EXPECTED, protocol: PROTOCOL, shots });
    rows
}

fn shot(subject: &Subject, target: &str, visitor: Option<&Visitor>) -> Shot {
    stopped(subject.head(&format!("GET {target}"), visitor) + "\r\n")
}

fn stopped(message: String) -> Shot {
    Shot { message: message.into_bytes().into(), expect: Expect::Stopped, then_innocent: false }
}

/// Ways to spell one path: `{p}` is the path, `{r}` the same without its first
/// slash, `{s}` what the rule begins with, `{U}` the path in upper case, `{e}`
/// the path with its first letter encoded, `{o}` the front of each open path.
struct Kind {
    id: &'static str,
    name: &'static str,
    targets: &'static [&'static str],
}

#[rustfmt::skip]
const KINDS: &[Kind] = &[
    Kind { id: "P00", name: "as it is", targets: &["{p}", "{p}?x=/", "{e}"] },
    Kind { id: "P27", name: "in other letters", targets: &["{U}"] },
    Kind { id: "P18", name: "with odd ends", targets: &[
        "{s}", "{s}/", "{s}.", "{s}%20", "{s}%09", "{s}%0a", "{s}%00.png", "{s};x=1", "{s}/.", "{s}/%2e", "{s}?x",
        "{s}//x",
    ] },
    Kind { id: "P01", name: "through dots", targets: &[
        "{o}/..{p}", "{o}/x/../..{p}", "{o}/../..{p}", "{o}/.././{r}",
    ] },
    Kind { id: "P02", name: "through encoded dots", targets: &[
        "{o}/%2e%2e{p}", "{o}/.%2e{p}", "{o}/%2E.{p}", "{o}/%2e%2E/{r}",
    ] },
    Kind { id: "P04", name: "through encoded slashes", targets: &[
        "{o}/..%2f{r}", "{o}%2f..%2f{r}", "{o}/..%2F{r}", "{o}/%2e%2e%2f{r}",
    ] },
    Kind { id: "P05", name: "encoded twice", targets: &[
        "{o}/%252e%252e{p}", "{o}/..%252f{r}", "{o}/%25%32%65%25%32%65{p}",
    ] },
    Kind { id: "P06", name: "with empty and single-dot parts", targets: &[
        "/{p}", "//{p}", "/.{p}", "/%2e{p}", "/x/..{p}", "{o}//..{p}", "{o}/./..{p}",
    ] },
    Kind { id: "P08", name: "behind path parameters", targets: &[
        "/;{p}", "/;x=1{p}", "{p};x=1", "{o}/..;{p}", "{o}/..;x=1{p}", "{o};/..{p}", "{o}/%2e%2e;{p}",
    ] },
    Kind { id: "P09", name: "with backslashes", targets: &[
        "/\\{r}", "/%5c{r}", "\\{r}", "{o}\\..\\{r}", "{o}/..%5c{r}", "{o}%5c..%5c{r}",
    ] },
    Kind { id: "P12", name: "with overlong and broken bytes", targets: &[
        "{o}/%c0%ae%c0%ae{p}", "{o}/%c0%af..{p}", "{o}/%ff/..{p}", "{o}/%00/..{p}", "{o}/%u002e%u002e{p}",
        "{o}/%2/..{p}",
    ] },
    Kind { id: "P15", name: "behind a fragment or query", targets: &[
        "{p}#/", "{p}?/../", "{o}#/..{p}", "{o}%23/..{p}", "{o}%3f/..{p}", "{o}/..{p}?x={o}", "{p}?x={o}", "{p}#{o}",
    ] },
];

impl Kind {
    /// The targets for a closed path, from below every open one.
    fn spell(&self, path: &str, open: &[String]) -> Vec<String> {
        let rest = path.trim_start_matches('/');
        let stem = path.trim_end_matches(PROBE).trim_end_matches('/');
        let first = rest.bytes().next().unwrap_or_default();
        let encoded = format!("/%{first:02x}{}", rest.get(1..).unwrap_or_default());
        let mut targets = Vec::new();
        for form in self.targets {
            // A rule for everything has no name of its own to spell.
            if stem.is_empty() && (form.contains("{s}") || form.contains("{U}")) {
                continue;
            }
            let spelt = form
                .replace("{p}", path)
                .replace("{r}", rest)
                .replace("{s}", stem)
                .replace("{U}", &path.to_ascii_uppercase())
                .replace("{e}", &encoded);
            match spelt.contains("{o}") {
                true => targets.extend(open.iter().map(|front| spelt.replace("{o}", front))),
                false => targets.push(spelt),
            }
        }
        targets
    }
}
