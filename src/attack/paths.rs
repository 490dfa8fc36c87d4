//! Targets that mean a closed path and look like another.

use super::row::{Expect, Row, Shot};
use super::subject::{PROBE, Subject, Visitor};
use crate::gateway::route::{Allow, OWN_PREFIX};

const EXPECTED: &str = "never reaches the app";

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
            for (id, kind, targets) in kinds(&path, &open) {
                if targets.is_empty() {
                    continue;
                }
                let shots = targets.iter().map(|target| shot(subject, target, visitor)).collect();
                let name = format!("{} {kind}, {who}", rule.path);
                rows.push(Row { id, name, expected: EXPECTED, shots });
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
    rows.push(Row { id: "P30", name, expected: EXPECTED, shots });
    rows
}

fn shot(subject: &Subject, target: &str, visitor: Option<&Visitor>) -> Shot {
    let bytes = subject.head(&format!("GET {target}"), visitor) + "\r\n";
    Shot { bytes: bytes.into_bytes(), expect: Expect::Stopped, then_innocent: false }
}

type Kinds = Vec<(&'static str, &'static str, Vec<String>)>;

/// Spellings of a closed path, plain and from below every open one.
fn kinds(path: &str, open: &[String]) -> Kinds {
    let rest = path.trim_start_matches('/');
    let under = |make: &dyn Fn(&str) -> Vec<String>| -> Vec<String> {
        open.iter().flat_map(|front| make(front)).collect()
    };
    let first = rest.bytes().next().unwrap_or_default();
    let encoded = format!("/%{first:02x}{}", rest.get(1..).unwrap_or_default());
    // A rule for everything below `/` has no name of its own to spell.
    let named = rest != PROBE;
    let case = if named { vec![path.to_ascii_uppercase()] } else { Vec::new() };
    let stem = path.trim_end_matches(PROBE).trim_end_matches('/');
    let ends: Vec<String> = match named {
        true => ["", "/", ".", "%20", "%09", "%0a", "%00.png", ";x=1", "/.", "/%2e", "?x", "//x"]
            .map(|end| format!("{stem}{end}"))
            .into(),
        false => Vec::new(),
    };
    vec![
        ("P00", "as it is", vec![path.to_owned(), format!("{path}?x=/"), encoded]),
        ("P27", "in other letters", case),
        ("P18", "with odd ends", ends),
        (
            "P01",
            "through dots",
            under(&|o| {
                vec![
                    format!("{o}/..{path}"),
                    format!("{o}/x/../..{path}"),
                    format!("{o}/../..{path}"),
                    format!("{o}/.././{rest}"),
                ]
            }),
        ),
        (
            "P02",
            "through encoded dots",
            under(&|o| {
                vec![
                    format!("{o}/%2e%2e{path}"),
                    format!("{o}/.%2e{path}"),
                    format!("{o}/%2E.{path}"),
                    format!("{o}/%2e%2E/{rest}"),
                ]
            }),
        ),
        (
            "P04",
            "through encoded slashes",
            under(&|o| {
                vec![
                    format!("{o}/..%2f{rest}"),
                    format!("{o}%2f..%2f{rest}"),
                    format!("{o}/..%2F{rest}"),
                    format!("{o}/%2e%2e%2f{rest}"),
                ]
            }),
        ),
        (
            "P05",
            "encoded twice",
            under(&|o| {
                vec![
                    format!("{o}/%252e%252e{path}"),
                    format!("{o}/..%252f{rest}"),
                    format!("{o}/%25%32%65%25%32%65{path}"),
                ]
            }),
        ),
        ("P06", "with empty and single-dot parts", {
            let mut all = vec![
                format!("/{path}"),
                format!("//{path}"),
                format!("/.{path}"),
                format!("/%2e{path}"),
                format!("/x/..{path}"),
            ];
            all.extend(under(&|o| vec![format!("{o}//..{path}"), format!("{o}/./..{path}")]));
            all
        }),
        ("P08", "behind path parameters", {
            let mut all = vec![format!("/;{path}"), format!("/;x=1{path}"), format!("{path};x=1")];
            all.extend(under(&|o| {
                vec![
                    format!("{o}/..;{path}"),
                    format!("{o}/..;x=1{path}"),
                    format!("{o};/..{path}"),
                    format!("{o}/%2e%2e;{path}"),
                ]
            }));
            all
        }),
        ("P09", "with backslashes", {
            let mut all = vec![format!("/\\{rest}"), format!("/%5c{rest}"), format!("\\{rest}")];
            all.extend(under(&|o| {
                vec![
                    format!("{o}\\..\\{rest}"),
                    format!("{o}/..%5c{rest}"),
                    format!("{o}%5c..%5c{rest}"),
                ]
            }));
            all
        }),
        (
            "P12",
            "with overlong and broken bytes",
            under(&|o| {
                vec![
                    format!("{o}/%c0%ae%c0%ae{path}"),
                    format!("{o}/%c0%af..{path}"),
                    format!("{o}/%ff/..{path}"),
                    format!("{o}/%00/..{path}"),
                    format!("{o}/%u002e%u002e{path}"),
                    format!("{o}/%2/..{path}"),
                ]
            }),
        ),
        ("P15", "behind a fragment or query", {
            let mut all = vec![format!("{path}#/"), format!("{path}?/../")];
            all.extend(under(&|o| {
                vec![
                    format!("{o}#/..{path}"),
                    format!("{o}%23/..{path}"),
                    format!("{o}%3f/..{path}"),
                    format!("{o}/..{path}?x={o}"),
                    format!("{path}?x={o}"),
                    format!("{path}#{o}"),
                ]
            }));
            all
        }),
    ]
}
