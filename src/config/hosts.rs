//! `hosts` and `sign_in_group` of an app: where it is reached, and which of its
//! neighbours share its sign-in.

use std::collections::HashMap;

use super::reader::{At, Section};
use super::{PublicUrl, origin};
use crate::domain::is_loopback;
use crate::gateway::guard::fold_host;
use crate::gateway::host::{AppHost, GROUP_MAX};
use crate::gateway::route::{Allow, AppSettings};
use crate::gateway::tls::Pair;

/// Where apps stand in relation to the sign-in pages.
pub struct Placement {
    /// Where the pages are.
    pub home: PublicUrl,
    /// Whether the operator accepts apps on their host.
    pub on_sign_in_host: bool,
    /// The certificates of all listeners, where visitors come by TLS alone.
    pub certificates: Option<Vec<Pair>>,
}

impl Placement {
    /// Says where no certificate names a host, so that nobody can reach it.
    pub fn check_named<T>(&self, section: &Section<'_>, at: &At<T>, host: &str) {
        let Some(pairs) = &self.certificates else { return };
        if !host.starts_with("*.") && !pairs.iter().any(|pair| pair.names.cover(host)) {
            section.remark(
                at,
                format!("no certificate of a listener names {host}: nobody reaches it"),
            );
        }
    }
}

/// Reads the hosts of one app. `open` says that all its rules are for everyone.
pub fn read(
    section: &mut Section<'_>,
    app: &str,
    placement: Option<&Placement>,
    open: bool,
    taken: &mut HashMap<String, String>,
) -> Vec<AppHost> {
    let Some(list) = section.texts("hosts") else {
        section
            .missing("hosts", "write the names the app is reached by, such as [\"my.portal.be\"]");
        return Vec::new();
    };
    let mut hosts = Vec::new();
    for at in &list.value {
        let Some(host) = host(section, at, placement) else { continue };
        if let Some(other) = taken.insert(host.name.clone(), app.to_owned()) {
            section.wrong(at, format!("is a host of app {other:?} as well"));
        }
        if let Some(placement) = placement {
            check_place(section, at, &host, placement, open);
            if host.https && host.name != placement.home.host {
                placement.check_named(section, at, &host.name);
            }
        }
        hosts.push(host);
    }
    hosts
}

/// A plain name has scheme and port of the pages; an origin has its own.
fn host(section: &Section<'_>, at: &At<String>, placement: Option<&Placement>) -> Option<AppHost> {
    if at.value.contains("://") {
        return match origin(&at.value) {
            Ok(PublicUrl { https, host, port }) => Some(AppHost { name: host, https, port }),
            Err(wrong) => {
                section.wrong(at, wrong);
                None
            }
        };
    }
    let (star, name) = match at.value.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", at.value.as_str()),
    };
    let (https, port) = placement.map_or((true, None), |there| (there.home.https, there.home.port));
    match fold_host(name.as_bytes()) {
        Ok(folded) if !name.contains(':') || name.starts_with('[') => {
            Some(AppHost { name: format!("{star}{folded}"), https, port })
        }
        _ => {
            section.wrong(
                at,
                format!(
                    "{:?} is not a plain host name; one with a port is written as a whole \
                     address, such as \"https://app.example.be:8443\"",
                    at.value
                ),
            );
            None
        }
    }
}

fn check_place(
    section: &Section<'_>,
    at: &At<String>,
    host: &AppHost,
    placement: &Placement,
    open: bool,
) {
    let home = &placement.home;
    if host.name == home.host {
        if (host.https, host.port) != (home.https, home.port) {
            section.wrong(
                at,
                "is the host of server.public_url with another scheme or port, and cookies do \
                not tell ports apart; give the app a host of its own",
            );
        } else if !placement.on_sign_in_host && !is_loopback(&home.host) {
            section.wrong(
                at,
                "is the host of server.public_url; an app there could act on the \
                sign-in pages with its own scripts. Say server.apps_on_sign_in_host = true if you \
                accept that",
            );
        }
    } else if !open && !host.https && !is_loopback(host.name.trim_start_matches("*.")) {
        section.wrong(
            at,
            "would be reached by http like server.public_url, where nobody can sign in safely; \
            write \"https://…\", or a name of this machine alone (localhost)",
        );
    }
}

/// Reads the name of the group that shares a sign-in.
pub fn group(section: &mut Section<'_>) -> Option<At<String>> {
    let name = section.text("sign_in_group")?;
    if name.value.is_empty() || name.value.len() > 64 {
        section.wrong(&name, "is not a name of 1 to 64 characters");
    }
    Some(name)
}

/// Tells of groups with more hosts than one sign-in can lead through, and with
/// some where nobody can be signed in.
pub fn check_groups(
    section: &Section<'_>,
    apps: &[(AppSettings, Option<At<String>>)],
    placement: Option<&Placement>,
) {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for (app, group) in apps {
        let Some(group) = group else { continue };
        let own = placement.map(|there| there.home.host.as_str());
        check_clear(section, app, group);
        let exact = |host: &&AppHost| !host.name.starts_with("*.") && Some(&*host.name) != own;
        let size = sizes.entry(&group.value).or_default();
        *size += app.hosts.iter().filter(exact).count();
        if *size > GROUP_MAX {
            section.wrong(
                group,
                format!(
                    "has {size} hosts; one sign-in leads through {GROUP_MAX} at most, since \
                     browsers stop after some redirects"
                ),
            );
        }
    }
}

/// Tells of an app that is open to everyone, since only such a one may be reached
/// by http, and shares a sign-in all the same.
fn check_clear(section: &Section<'_>, app: &AppSettings, group: &At<String>) {
    let open = app.rules.iter().all(|rule| matches!(rule.allow, Allow::Everyone { .. }));
    let clear = |host: &&AppHost| !host.https && !is_loopback(host.name.trim_start_matches("*."));
    if let Some(host) = app.hosts.iter().find(clear).filter(|_| open) {
        section.wrong(
            group,
            format!(
                "shares a sign-in with {:?}, which is reached by http, where everybody on the way \
                 could read it; write \"https://…\" for that host, or leave sign_in_group out",
                host.name
            ),
        );
    }
}
