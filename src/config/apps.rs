//! `[[app]]` and its rules.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use http::{HeaderName, Method};

use super::hosts::{self, Placement};
use super::reader::{At, Section};
use super::upstreams;
use crate::domain::Group;
use crate::gateway::guard::canonical_path;
use crate::gateway::identity::{Alias, CustomNames, Dialect, ValueEncoding};
use crate::gateway::listener::Place;
use crate::gateway::route::{Allow, AppSettings, OWN_PREFIX, Rule};
use crate::gateway::wire::METHODS;

/// Reads all apps; paths in them are relative to `folder`, and `own` is where
/// the gateway itself serves visitors.
pub fn read(
    root: &mut Section<'_>,
    placement: Option<&Placement>,
    folder: &Path,
    own: &[Place],
) -> Vec<AppSettings> {
    let mut apps = Vec::new();
    let mut names: HashMap<String, ()> = HashMap::new();
    let mut taken: HashMap<String, String> = HashMap::new();
    for mut section in root.sections("app") {
        let Some(name) = section.text("name") else {
            section.missing("name", "apps are told apart by it, also in their assertions");
            continue;
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.value.is_empty() || name.value.len() > 64 || !name.value.bytes().all(plain) {
            section.wrong(&name, "is not a plain name of letters, digits, '-', '_' and '.'");
        }
        if name.value == "vestibule" {
            section.wrong(&name, "is the name of the gateway's own pages in the metrics");
        }
        if names.insert(name.value.clone(), ()).is_some() {
            section.wrong(&name, format!("{:?} is the name of another app as well", name.value));
        }
        let rules = rules(&mut section);
        let open = !rules.is_empty()
            && rules.iter().all(|rule| matches!(rule.allow, Allow::Everyone { .. }));
        let sign_in_group = hosts::group(&mut section);
        let own_hosts = hosts::read(&mut section, &name.value, placement, open, &mut taken);
        let upstream = upstreams::read(&mut section, folder, own);
        let dialect = dialect(&mut section);
        let encodings = [("utf8", ValueEncoding::Utf8), ("percent", ValueEncoding::Percent)];
        let encoding = section.word("encoding", &encodings, ValueEncoding::Utf8);
        let aliases = aliases(&mut section);
        section.finish();
        let settings = AppSettings {
            name: name.value,
            hosts: own_hosts,
            sign_in_group: sign_in_group.as_ref().map(|group| group.value.clone()),
            upstream,
            dialect,
            encoding,
            aliases,
            rules,
        };
        apps.push((settings, sign_in_group));
    }
    if root.place("app").is_none() {
        let here = root.here("app");
        root.remark(&here, "is missing, so there are the sign-in pages and nothing behind them");
    }
    hosts::check_groups(root, &apps, placement);
    apps.into_iter().map(|(settings, _)| settings).collect()
}

fn dialect(section: &mut Section<'_>) -> Dialect {
    if section.holds_table("headers") {
        let mut names = section.section("headers");
        let custom = CustomNames {
            user: header_name(&mut names, "user"),
            groups: header_name(&mut names, "groups"),
            name: header_name(&mut names, "name"),
            email: header_name(&mut names, "email"),
        };
        names.finish();
        return Dialect::Custom(custom);
    }
    let Some(found) = section.text("headers") else { return Dialect::Remote };
    match found.value.as_str() {
        "remote" => Dialect::Remote,
        "forwarded" => Dialect::Forwarded,
        "auth-request" => Dialect::AuthRequest,
        other => {
            section.wrong(
                &found,
                format!(
                    "is {other:?}; write \"remote\", \"forwarded\", \"auth-request\" or a table \
                 {{ user = \"X-My-User\" }}"
                ),
            );
            Dialect::Remote
        }
    }
}

fn header_name(names: &mut Section<'_>, key: &'static str) -> Option<HeaderName> {
    let found = names.text(key)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let lower = found.value.to_ascii_lowercase();
    let reserved =
        ["host", "cookie", "connection", "content-length", "transfer-encoding", "upgrade"];
    match HeaderName::try_from(lower.as_str()) {
        Ok(name) if found.value.bytes().all(plain) && !reserved.contains(&lower.as_str()) => {
            Some(name)
        }
        _ => {
            names.wrong(&found, "is not a header name of letters, digits and '-'");
            None
        }
    }
}

fn aliases(section: &mut Section<'_>) -> Vec<Alias> {
    let Some(list) = section.texts("assertion_aliases") else { return Vec::new() };
    let mut found = Vec::new();
    for at in &list.value {
        match Alias::ALL.into_iter().find(|alias| alias.word() == at.value) {
            Some(alias) => found.push(alias),
            None => {
                let known = Alias::ALL.map(Alias::word).join(", ");
                section.wrong(at, format!("is {:?}; known: {known}", at.value));
            }
        }
    }
    found
}

fn rules(section: &mut Section<'_>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let sections = section.sections("rule");
    if sections.is_empty() {
        section
            .missing("rule", "without a rule nobody gets in; add [[app.rule]] with path and allow");
    }
    for mut section in sections {
        let path = section.text("path");
        match &path {
            None => section.missing("path", "write what paths begin with, such as \"/\""),
            Some(at) => check_path(&section, at),
        }
        let methods = methods(&mut section);
        let allow = allow(&mut section);
        let fresh = fresh(&mut section, allow.as_ref());
        let preflight = [("refuse", false), ("app", true)];
        let preflight_to_app = section.word("cors_preflight", &preflight, false);
        let bounces = [("refuse", false), ("bounce", true)];
        let bounce = section.word("cross_site_post", &bounces, false);
        if let (Some(path), Some(allow)) = (path, allow) {
            let (name, span) = (path.value.clone(), path.clone());
            let rule = Rule { path: name, methods, allow, fresh, preflight_to_app, bounce };
            check_reached(&section, &span, &rules, &rule);
            rules.push(rule);
        }
        section.finish();
    }
    rules
}

/// SECURITY: every rule that is written has something to say.
/// - Against: `/` for everyone, and `/admin/` for a group behind it: the first
///   match counts, so the second is never asked, and nobody sees it.
/// - Therefore: a rule of which an earlier one takes everything is a fault, and
///   so is one that closes a part of what an earlier one opens, as far as that
///   goes. That one path is open to read and closed to write is none.
/// - Price: a rule cannot be kept in reserve behind another.
/// - Held by: `a_rule_that_is_never_asked_is_told`.
fn check_reached(section: &Section<'_>, at: &At<String>, earlier: &[Rule], rule: &Rule) {
    let opens = |rule: &Rule| matches!(rule.allow, Allow::Everyone { .. });
    for before in earlier {
        let (taken, some_left) = before.covers(rule);
        let beneath = !before.stem().eq_ignore_ascii_case(rule.stem());
        let holes = opens(before) && !opens(rule) && beneath;
        if taken.is_empty() || some_left && !holes {
            continue;
        }
        let what = match some_left {
            true => taken.iter().map(Method::as_str).collect::<Vec<_>>().join(", "),
            false => "all of this".to_owned(),
        };
        let wrong = format!(
            "is never asked for what an earlier rule takes: the first that matches counts, and \
             {:?} takes {what}; put this rule before it",
            before.path
        );
        return section.wrong(at, wrong);
    }
}

fn check_path(section: &Section<'_>, at: &At<String>) {
    let canonical = canonical_path(at.value.as_bytes()).is_ok_and(|path| path == at.value);
    // A path as rules see it may hold what a raw target may not.
    let readable = at.value.starts_with('/') && !at.value.contains(['%', ';', '?', '#', '\\']);
    if !canonical && !readable || at.value.contains("//") {
        section.wrong(at, "is not a plain path; begin with '/', write it decoded and without '?'");
    }
    let own = OWN_PREFIX.trim_end_matches('/');
    if at.value.to_ascii_lowercase().starts_with(own) {
        section.wrong(at, format!("{OWN_PREFIX} is the gateway's own and never reaches an app"));
    }
}

fn methods(section: &mut Section<'_>) -> Vec<Method> {
    let Some(list) = section.texts("methods") else { return Vec::new() };
    let mut methods = Vec::new();
    for at in &list.value {
        match METHODS.iter().find(|known| **known == at.value) {
            Some(known) => methods.extend(Method::from_bytes(known.as_bytes())),
            None => {
                let wrong = format!("{:?} does not pass; known: {}", at.value, METHODS.join(", "));
                section.wrong(at, wrong);
            }
        }
    }
    methods
}

fn fresh(section: &mut Section<'_>, allow: Option<&Allow>) -> Option<Duration> {
    let at = section.place("fresh_minutes")?;
    let minutes = section.number("fresh_minutes", 1..=1440, 1);
    if matches!(allow, Some(Allow::Everyone { .. })) {
        section.wrong(
            &at,
            "stands beside allow = \"everyone\", where nobody need prove anything; write \
            allow = \"signed-in\" or groups = [\"…\"]",
        );
    }
    Some(Duration::from_secs(60 * minutes))
}

fn allow(section: &mut Section<'_>) -> Option<Allow> {
    let allow = section.text("allow");
    let groups = section.texts("groups");
    let bodies = section.flag("bodies");
    match (allow, groups) {
        (Some(at), None) => match at.value.as_str() {
            "everyone" => return Some(Allow::Everyone { bodies }),
            "signed-in" => return Some(Allow::SignedIn),
            other => section.wrong(
                &at,
                format!(
                    "is {other:?}; write \"everyone\" or \"signed-in\", or groups = [\"…\"] instead"
                ),
            ),
        },
        (None, Some(list)) => {
            if section.is_empty_list("groups") {
                section.wrong(&list, "is empty, so nobody would get in; name a group");
            }
            for at in &list.value {
                if let Err(error) = Group::parse(&at.value) {
                    section.wrong(at, error.to_string());
                }
            }
            return Some(Allow::Groups(list.value.into_iter().map(|at| at.value).collect()));
        }
        (Some(at), Some(_)) => {
            section.wrong(&at, "stands beside groups; write one of the two");
        }
        (None, None) => {
            section
                .missing("allow", "write allow = \"signed-in\", \"everyone\", or groups = [\"…\"]");
        }
    }
    None
}
