//! Whether other rules open what was closed.

use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};

use http::Method;

use super::guard::{Target, Upgrade};
use super::route::{Allow, Route, Routes};
use super::wire::METHODS;

/// Something that everyone may do, signed in or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// On which host; a wildcard stands for the hosts under it.
    pub host: String,
    /// From which path on.
    pub path: String,
    /// By which methods.
    pub methods: Vec<&'static str>,
}

impl Display for Opening {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.methods.len() < METHODS.len() {
            write!(f, "{} ", self.methods.join(" "))?;
        }
        write!(f, "{}{}", self.host, self.path)
    }
}

/// What needs a sign-in by the rules of `before`, and none by those of `after`.
///
/// SECURITY: a reload opens nothing by mistake.
/// - Against: a rule that is moved, deleted or mistyped while visitors come, and
///   lets strangers in from that second on.
/// - Therefore: both sets of rules judge every host, at every path where a rule
///   of either begins, just before it and past it.
/// - Price: who means it says so.
/// - Held by: `what_was_closed_and_is_open_now_is_found`.
pub fn opened(before: &Routes, after: &Routes) -> Vec<Opening> {
    let hosts: BTreeSet<String> = before.host_names().chain(after.host_names()).collect();
    let paths: BTreeSet<String> = before.edges().chain(after.edges()).flat_map(around).collect();
    let mut opened = Vec::new();
    for host in &hosts {
        for path in &paths {
            let by = |method: &&str| {
                closed(before, host, path, method) && open(after, host, path, method)
            };
            let methods: Vec<_> = METHODS.into_iter().filter(by).collect();
            if !methods.is_empty() {
                opened.push(Opening { host: host.clone(), path: path.clone(), methods });
            }
        }
    }
    opened
}

/// Paths at which rules that begin with `edge` may differ from others.
fn around(edge: &str) -> [String; 4] {
    let stem = edge.strip_suffix('/').unwrap_or(edge);
    let own = if stem.is_empty() { "/".to_owned() } else { stem.to_owned() };
    [own, format!("{stem}/"), format!("{stem}/x"), format!("{stem}.x")]
        .map(|path| if path.starts_with('/') { path } else { format!("/{path}") })
}

fn allowed(routes: &Routes, host: &str, path: &str, method: &str) -> Option<Allow> {
    let target = Target {
        host: host.replacen('*', "x", 1),
        authority: host.to_owned(),
        path: path.to_owned(),
        upgrade: Upgrade::None,
    };
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    match routes.find(&target, &method) {
        Ok(Route::App { app, rule }) => Some(app.settings.rules.get(rule)?.allow.clone()),
        _ => None,
    }
}

fn closed(routes: &Routes, host: &str, path: &str, method: &str) -> bool {
    matches!(allowed(routes, host, path, method), Some(Allow::SignedIn | Allow::Groups(_)))
}

fn open(routes: &Routes, host: &str, path: &str, method: &str) -> bool {
    matches!(allowed(routes, host, path, method), Some(Allow::Everyone { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::route::tests::{app, rule};
    use crate::gateway::session::tests::home;
    use crate::observe::Metrics;

    const ALL: Allow = Allow::Everyone { bodies: false };

    fn routes(hosts: &[&str], rules: &[(&str, Allow)]) -> Routes {
        let rules = rules.iter().map(|(path, allow)| rule(path, allow.clone())).collect();
        let metrics = Metrics::new("").unwrap();
        Routes::new(vec![app("portal", hosts, rules)], home(), &metrics, 0)
    }

    fn found(before: &Routes, after: &Routes) -> Vec<String> {
        opened(before, after).iter().map(Opening::to_string).collect()
    }

    #[test]
    fn what_was_closed_and_is_open_now_is_found() {
        let staff = Allow::Groups(vec!["staff".to_owned()]);
        let before = routes(
            &["a.test"],
            &[("/public/", ALL), ("/admin/", staff.clone()), ("/", Allow::SignedIn)],
        );
        // Control: the same rules, and stricter ones, open nothing.
        assert_eq!(found(&before, &before), Vec::<String>::new());
        let stricter = routes(&["a.test"], &[("/", staff.clone())]);
        assert_eq!(found(&before, &stricter), Vec::<String>::new());
        // A rule that was lost, one that moved, one that was widened, and all.
        let moved = routes(&["a.test"], &[("/", ALL), ("/admin/", staff.clone())]);
        assert!(found(&before, &moved).contains(&"a.test/admin/x".to_owned()));
        let widened =
            routes(&["a.test"], &[("/pub", ALL), ("/admin/", staff), ("/", Allow::SignedIn)]);
        assert_eq!(found(&before, &widened), ["a.test/pub", "a.test/pub/", "a.test/pub/x"]);
        let open = routes(&["a.test"], &[("/", ALL)]);
        assert!(found(&before, &open).contains(&"a.test/".to_owned()));
    }

    #[test]
    fn hosts_under_a_wildcard_and_single_methods_are_looked_at() {
        let before = routes(&["*.a.test"], &[("/", Allow::SignedIn)]);
        let after = routes(&["b.a.test"], &[("/", ALL)]);
        assert_eq!(found(&before, &after)[0], "b.a.test/");
        let after = routes(&["*.a.test"], &[("/", ALL)]);
        assert!(found(&before, &after).contains(&"*.a.test/".to_owned()));
        let mut reads = rule("/", ALL);
        reads.methods = vec![Method::GET, Method::HEAD];
        let metrics = Metrics::new("").unwrap();
        let mixed = app("portal", &["*.a.test"], vec![reads, rule("/", Allow::SignedIn)]);
        let after = Routes::new(vec![mixed], home(), &metrics, 0);
        assert_eq!(found(&before, &after)[0], "GET HEAD *.a.test/");
    }
}
