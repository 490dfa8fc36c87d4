//! The hosts that are served, as browsers reach them, and which of them share a
//! sign-in.

use std::collections::HashMap;
use std::sync::Arc;

use super::route::AppSettings;
use crate::domain::PublicHost;

/// Hosts at most that get a session in one sign-in. Browsers stop after about
/// twenty redirects in a row, and each host takes three.
pub const GROUP_MAX: usize = 5;

/// A host of an app as the operator described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppHost {
    /// Its folded name, or `*.` and a suffix.
    pub name: String,
    /// Whether browsers reach it by https.
    pub https: bool,
    /// The port that browsers use, if it is not the scheme's own.
    pub port: Option<u16>,
}

/// All hosts.
#[derive(Debug)]
pub struct Hosts {
    home: Arc<PublicHost>,
    exact: HashMap<String, (Arc<PublicHost>, usize)>,
    suffixes: Vec<AppHost>,
    /// The origins of each group.
    groups: Vec<Vec<String>>,
}

impl Hosts {
    /// The host of our pages, and those of the apps.
    pub fn new(home: PublicHost, apps: &[AppSettings]) -> Self {
        let mut hosts = Self {
            home: Arc::new(home),
            exact: HashMap::new(),
            suffixes: Vec::new(),
            groups: Vec::new(),
        };
        let mut named: HashMap<&str, usize> = HashMap::new();
        for app in apps {
            let group = match &app.sign_in_group {
                Some(name) => *named.entry(name).or_insert(hosts.groups.len()),
                None => hosts.groups.len(),
            };
            hosts.groups.resize(hosts.groups.len().max(group + 1), Vec::new());
            for host in &app.hosts {
                if host.name == hosts.home.name() {
                    continue;
                }
                if host.name.starts_with("*.") {
                    hosts.suffixes.push(host.clone());
                    continue;
                }
                let public = PublicHost::of_app(host.https, &host.name, host.port);
                if let Some(group) = hosts.groups.get_mut(group).filter(|_| public.keeps_secrets())
                {
                    group.push(public.origin().to_owned());
                }
                hosts.exact.insert(host.name.clone(), (Arc::new(public), group));
            }
        }
        hosts.suffixes.sort_by_key(|host| std::cmp::Reverse(host.name.len()));
        hosts
    }

    /// The host of our pages.
    pub fn home(&self) -> &Arc<PublicHost> {
        &self.home
    }

    /// The host with this folded name, if it is served.
    pub fn find(&self, name: &str) -> Option<Arc<PublicHost>> {
        if name == self.home.name() {
            return Some(self.home.clone());
        }
        if let Some((host, _)) = self.exact.get(name) {
            return Some(host.clone());
        }
        let below = |host: &&AppHost| {
            host.name.strip_prefix('*').is_some_and(|suffix| name.ends_with(suffix))
        };
        let found = self.suffixes.iter().find(below)?;
        Some(Arc::new(PublicHost::of_app(found.https, name, found.port)))
    }

    /// Origins that get a session when somebody signs in for this host.
    pub fn others(&self, host: &PublicHost) -> Vec<String> {
        let group = self.exact.get(host.name()).and_then(|(_, group)| self.groups.get(*group));
        let others = group.into_iter().flatten().filter(|origin| *origin != host.origin());
        others.take(GROUP_MAX - 1).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::route;

    fn app(group: Option<&str>, names: &[&str]) -> AppSettings {
        let sign_in_group = group.map(str::to_owned);
        AppSettings { sign_in_group, ..route::tests::app("app", names, Vec::new()) }
    }

    #[test]
    fn a_host_that_is_reached_in_clear_text_shares_no_sign_in() {
        let with = |https| {
            let mut open = app(Some("work"), &["open.test"]);
            open.hosts.iter_mut().for_each(|host| host.https = https);
            let home = PublicHost::home(true, "id.test", None);
            let hosts = Hosts::new(home, &[app(Some("work"), &["portal.test"]), open]);
            hosts.others(&hosts.find("portal.test").unwrap())
        };
        assert_eq!(with(false), [""; 0]);
        // Control: by https it does.
        assert_eq!(with(true), ["https://open.test"]);
    }

    #[test]
    fn hosts_of_one_app_or_one_named_group_share_a_sign_in() {
        let home = PublicHost::home(true, "id.test", None);
        let apps = [
            app(Some("work"), &["portal.test"]),
            app(None, &["shop.test", "id.test"]),
            app(Some("work"), &["api.test", "*.work.test"]),
        ];
        let hosts = Hosts::new(home, &apps);
        let others = |name: &str| hosts.others(&hosts.find(name).unwrap());
        assert_eq!(others("portal.test"), ["https://api.test"]);
        assert_eq!(others("api.test"), ["https://portal.test"]);
        // Control: others are alone, and so is a name that no list has.
        for alone in ["shop.test", "x.work.test", "id.test"] {
            assert_eq!(others(alone), [""; 0], "{alone}");
        }
        assert!(hosts.find("elsewhere.test").is_none());
        assert!(hosts.find("id.test").unwrap().is_home());
        assert_eq!(hosts.find("x.work.test").unwrap().origin(), "https://x.work.test");
    }
}
