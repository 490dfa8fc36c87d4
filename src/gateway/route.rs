//! Phase 3: host, path and method to one app and one rule.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use super::guard::Target;
use super::host::{AppHost, Hosts};
use super::identity::{Alias, Dialect, ValueEncoding};
use super::refuse::Reason;
use super::upstream::endpoints::Endpoints;
use super::upstream::settings::UpstreamSettings;
use super::wire::METHODS;
use crate::domain::PublicHost;
use crate::observe::Metrics;

/// The prefix that is the gateway's own on every host.
pub const OWN_PREFIX: &str = "/.vestibule/";

/// Who may go where a rule governs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// Everyone, signed in or not.
    Everyone {
        /// Whether requests may carry a body.
        bodies: bool,
    },
    /// Everyone who is signed in.
    SignedIn,
    /// Members of one of these groups.
    Groups(Vec<String>),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What the path begins with.
    pub path: String,
    /// Which methods it is for; all if empty.
    pub methods: Vec<Method>,
    /// Who may pass.
    pub allow: Allow,
    /// How long ago the last check may have been made at most.
    pub fresh: Option<Duration>,
    /// Whether the app answers what browsers ask before a request of another
    /// origin's script; they ask without a cookie.
    pub preflight_to_app: bool,
    /// Whether a form of another site, with which browsers send no cookie, goes
    /// once through a page of its own host.
    pub bounce: bool,
}

impl Rule {
    /// Whether this rule governs the path.
    ///
    /// SECURITY: a rule that opens matches narrowly, one that restricts widely.
    /// - Against: `/ADMIN/x` or `/admin.json` on an app that takes them for
    ///   `/admin`, and `/public.bak` on a rule for `/public/`.
    /// - Therefore: what restricts `/admin/` also governs `/admin`, `/admin.…`
    ///   and other letter cases; what opens `/public/` opens exactly that.
    ///   What restricts GET governs HEAD too, which apps answer by the same code.
    /// - Price: two resources that differ in case alone share the stricter rule.
    /// - Held by: `a_rule_that_restricts_matches_widely_and_one_that_opens_narrowly`.
    fn governs(&self, path: &str, method: &Method) -> bool {
        let opens = matches!(self.allow, Allow::Everyone { .. });
        let as_get = !opens && method == Method::HEAD && self.methods.contains(&Method::GET);
        if !self.methods.is_empty() && !self.methods.contains(method) && !as_get {
            return false;
        }
        if opens {
            return match self.path.strip_suffix('/') {
                Some(_) => path.starts_with(&self.path),
                None => path == self.path || path.starts_with(&format!("{}/", self.path)),
            };
        }
        let stem = self.stem();
        let Some((front, rest)) = path.split_at_checked(stem.len()) else { return false };
        front.eq_ignore_ascii_case(stem)
            && matches!(rest.bytes().next(), None | Some(b'/' | b'.' | b' '))
    }

    /// The methods of a later rule that never come to it, and whether any do.
    pub fn covers(&self, later: &Self) -> (Vec<Method>, bool) {
        let below = format!("{}/x", later.stem());
        let takes =
            |method: &Method| self.governs(&later.path, method) && self.governs(&below, method);
        let all = METHODS.iter().filter_map(|name| Method::from_bytes(name.as_bytes()).ok());
        let theirs = match later.methods.is_empty() {
            true => all.collect(),
            false => later.methods.clone(),
        };
        let (taken, left): (Vec<_>, Vec<_>) = theirs.into_iter().partition(takes);
        (taken, !left.is_empty())
    }

    /// Its path without a slash at the end.
    pub fn stem(&self) -> &str {
        self.path.strip_suffix('/').unwrap_or(&self.path)
    }
}

/// An app as the operator described it.
#[derive(Clone, Debug)]
pub struct AppSettings {
    /// Its name: label, and audience of its assertions.
    pub name: String,
    /// Its hosts.
    pub hosts: Vec<AppHost>,
    /// Apps that name the same one get their sessions in one sign-in.
    pub sign_in_group: Option<String>,
    /// Where it listens and how it is reached.
    pub upstream: UpstreamSettings,
    /// How it is told who is there.
    pub dialect: Dialect,
    /// How header values are written.
    pub encoding: ValueEncoding,
    /// Further names for the assertion.
    pub aliases: Vec<Alias>,
    /// Its rules, first match first.
    pub rules: Vec<Rule>,
}

/// An app at work.
#[derive(Debug)]
pub struct App {
    /// As described.
    pub settings: AppSettings,
    /// The key of per-app caches, never used twice in one process.
    pub index: usize,
    /// Its counters.
    pub metrics: crate::observe::AppMetrics,
    /// Its addresses.
    pub endpoints: Endpoints,
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub enum Route {
    /// To the gateway's own pages.
    Own,
    /// To an app, if the rule lets it.
    App {
        /// Which app.
        app: Arc<App>,
        /// Which of its rules.
        rule: usize,
    },
}

/// All apps.
#[derive(Debug)]
pub struct Routes {
    apps: Vec<Arc<App>>,
    exact: HashMap<String, usize>,
    suffixes: Vec<(String, usize)>,
    hosts: Hosts,
    first: usize,
}

impl Routes {
    /// Puts apps to work. `home` is the host of the public address; `first` the
    /// index of the first app, above all that were used before.
    pub fn new(
        settings: Vec<AppSettings>,
        home: PublicHost,
        metrics: &Metrics,
        first: usize,
    ) -> Self {
        let hosts = Hosts::new(home, &settings);
        let mut routes =
            Self { apps: Vec::new(), exact: HashMap::new(), suffixes: Vec::new(), hosts, first };
        for (index, settings) in settings.into_iter().enumerate() {
            for host in &settings.hosts {
                match host.name.strip_prefix('*') {
                    Some(suffix) => routes.suffixes.push((suffix.to_owned(), index)),
                    None => drop(routes.exact.insert(host.name.clone(), index)),
                }
            }
            let endpoints = Endpoints::new(&settings.name, settings.upstream.clone(), metrics);
            let metrics = metrics.app(&settings.name);
            routes.apps.push(Arc::new(App { settings, index: first + index, metrics, endpoints }));
        }
        // The longest suffix is the closest description.
        routes.suffixes.sort_by_key(|(suffix, _)| std::cmp::Reverse(suffix.len()));
        routes
    }

    /// All apps, in the order of the configuration.
    pub fn apps(&self) -> &[Arc<App>] {
        &self.apps
    }

    /// The app as it is now, if a request to it would still be judged alike:
    /// under the same name and hosts, by the same rules.
    pub fn same(&self, before: &App) -> Option<&Arc<App>> {
        let (before, apps) = (&before.settings, self.apps.iter());
        apps.into_iter().find(|app| {
            let now = &app.settings;
            now.name == before.name && now.hosts == before.hosts && now.rules == before.rules
        })
    }

    /// Every host as it is written in the configuration.
    pub(super) fn host_names(&self) -> impl Iterator<Item = String> + '_ {
        self.apps.iter().flat_map(|app| app.settings.hosts.iter().map(|host| host.name.clone()))
    }

    /// Every path at which a rule begins.
    pub(super) fn edges(&self) -> impl Iterator<Item = &str> {
        self.apps.iter().flat_map(|app| app.settings.rules.iter().map(|rule| rule.path.as_str()))
    }

    /// The index after the last.
    pub fn next_index(&self) -> usize {
        self.first + self.apps.len()
    }

    /// The host of our own pages.
    pub fn own_host(&self) -> &str {
        self.hosts.home().name()
    }

    /// All hosts.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Finds the app and rule of a request.
    ///
    /// # Errors
    ///
    /// [`Reason::UnknownHost`] or [`Reason::NoRule`]; nothing falls through to
    /// a default.
    pub fn find(&self, target: &Target, method: &Method) -> Result<Route, Reason> {
        let app = self.app_of(&target.host);
        let own = target.path.starts_with(OWN_PREFIX)
            || Some(target.path.as_str()) == OWN_PREFIX.strip_suffix('/');
        if own && (app.is_some() || target.host == self.own_host()) {
            return Ok(Route::Own);
        }
        // The prefix in other letters is nobody's: an app must not be able to
        // imitate our pages under a name that looks like ours.
        let imitates = target
            .path
            .split_at_checked(OWN_PREFIX.len() - 1)
            .is_some_and(|(front, _)| front.eq_ignore_ascii_case("/.vestibule"));
        if imitates {
            return Err(Reason::NoRule);
        }
        let Some(app) = app else { return Err(Reason::UnknownHost) };
        let keys = app.settings.aliases.iter().filter_map(|alias| alias.jwks_path());
        if keys.into_iter().any(|path| path == target.path) {
            return Ok(Route::Own);
        }
        let rule = app.settings.rules.iter().position(|rule| rule.governs(&target.path, method));
        Ok(Route::App { rule: rule.ok_or(Reason::NoRule)?, app: app.clone() })
    }

    /// Whether a host is one of ours.
    pub fn serves(&self, host: &str) -> bool {
        host == self.own_host() || self.app_of(host).is_some()
    }

    fn app_of(&self, host: &str) -> Option<&Arc<App>> {
        let index = self.exact.get(host).copied().or_else(|| {
            // The sign-in pages share their host with an app that names it, and with no other.
            let mut suffixes = self.suffixes.iter().filter(|_| host != self.own_host());
            suffixes.find(|(suffix, _)| host.ends_with(suffix)).map(|(_, app)| *app)
        })?;
        self.apps.get(index)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::gateway) fn rule(path: &str, allow: Allow) -> Rule {
        let (path, methods, fresh) = (path.to_owned(), Vec::new(), None);
        Rule { path, methods, allow, fresh, preflight_to_app: false, bounce: false }
    }

    pub(in crate::gateway) fn app(name: &str, hosts: &[&str], rules: Vec<Rule>) -> AppSettings {
        let host = |name: &&str| AppHost { name: (*name).to_owned(), https: true, port: None };
        AppSettings {
            name: name.to_owned(),
            hosts: hosts.iter().map(host).collect(),
            sign_in_group: None,
            upstream: UpstreamSettings::new(Vec::new()),
            dialect: Dialect::Remote,
            encoding: ValueEncoding::Utf8,
            aliases: Vec::new(),
            rules,
        }
    }

    #[test]
    fn a_star_takes_no_request_for_the_host_of_the_sign_in_pages() {
        let home = PublicHost::home(true, "id.example.be", None);
        let metrics = Metrics::new("test").unwrap();
        let routes = |hosts: &[&str]| {
            let rules = vec![rule("/", Allow::Everyone { bodies: false })];
            Routes::new(vec![app("all", hosts, rules)], home.clone(), &metrics, 0)
        };
        let star = routes(&["*.example.be"]);
        assert!(star.app_of("id.example.be").is_none());
        // Controls: every other host, and that one where it is named.
        assert!(star.app_of("a.example.be").is_some());
        assert!(routes(&["*.example.be", "id.example.be"]).app_of("id.example.be").is_some());
    }

    #[test]
    fn a_rule_that_restricts_matches_widely_and_one_that_opens_narrowly() {
        let admin = rule("/admin/", Allow::Groups(vec!["admin".to_owned()]));
        let governs = |rule: &Rule, path| rule.governs(path, &Method::GET);
        for path in ["/admin", "/admin/", "/admin/x", "/ADMIN/x", "/Admin", "/admin.json"] {
            assert!(governs(&admin, path), "{path}");
        }
        for path in ["/administrator", "/", "/x/admin/", "/adm"] {
            assert!(!governs(&admin, path), "{path}");
        }
        let public = rule("/public/", Allow::Everyone { bodies: false });
        for path in ["/public", "/public.json", "/PUBLIC/x", "/publicx"] {
            assert!(!governs(&public, path), "{path}");
        }
        assert!(governs(&public, "/public/x"));
    }

    #[test]
    fn a_rule_for_some_methods_leaves_the_others_to_the_next() {
        let mut read = rule("/", Allow::SignedIn);
        read.methods = vec![Method::GET];
        assert!(read.governs("/x", &Method::GET));
        assert!(!read.governs("/x", &Method::POST));
        assert!(read.governs("/x", &Method::HEAD), "HEAD is GET without the body");
        // Control: what opens one method opens no other.
        read.allow = Allow::Everyone { bodies: false };
        assert!(!read.governs("/x", &Method::HEAD));
    }

    #[test]
    fn a_rule_covers_what_never_comes_past_it() {
        let open = |path| rule(path, Allow::Everyone { bodies: false });
        let closed = |path| rule(path, Allow::SignedIn);
        let some = |mut rule: Rule, methods: &[Method]| {
            rule.methods = methods.to_vec();
            rule
        };
        let whole = |before: &Rule, later: &Rule| !before.covers(later).1;
        assert!(whole(&open("/"), &closed("/admin/")));
        assert!(whole(&closed("/"), &open("/public/")));
        assert!(whole(&closed("/a/"), &closed("/a/b")));
        assert!(whole(&closed("/"), &some(closed("/x"), &[Method::POST])));
        let get = some(closed("/"), &[Method::GET]);
        assert!(whole(&get, &some(closed("/x"), &[Method::GET])));
        let each: Vec<Method> = METHODS.iter().map(|name| name.parse().unwrap()).collect();
        assert!(whole(&some(open("/"), &each), &closed("/admin/")));
        // Controls: what still gets something.
        assert!(!whole(&closed("/admin/"), &open("/")));
        assert!(!whole(&open("/a/"), &closed("/ab/")));
        assert_eq!(get.covers(&closed("/x")), (vec![Method::GET, Method::HEAD], true));
        assert!(!whole(&get, &some(closed("/x"), &[Method::GET, Method::POST])));
    }
}
