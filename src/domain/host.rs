//! A host as browsers reach it.

use super::Cookies;

/// A host as browsers reach it, and how its cookies are called. Invariant: name,
/// origin and cookies belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHost {
    name: String,
    origin: String,
    cookies: Cookies,
    home: bool,
}

impl PublicHost {
    /// The host of our own pages.
    pub fn home(https: bool, name: &str, port: Option<u16>) -> Self {
        Self { home: true, ..Self::of_app(https, name, port) }
    }

    /// A host of an app. `port` is the one that people use, if it is not the
    /// scheme's own.
    pub fn of_app(https: bool, name: &str, port: Option<u16>) -> Self {
        let scheme = if https { "https" } else { "http" };
        let origin = match port {
            Some(port) => format!("{scheme}://{name}:{port}"),
            None => format!("{scheme}://{name}"),
        };
        let cookies = if https { Cookies::Secure } else { Cookies::Loopback };
        Self { name: name.to_owned(), origin, cookies, home: false }
    }

    /// Its name, folded, without a port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What browsers say as `Origin` with a form of it; no slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The same by https, under the port that people use.
    pub fn https_origin(&self) -> String {
        match self.origin.strip_prefix("http://") {
            Some(rest) => format!("https://{rest}"),
            None => self.origin.clone(),
        }
    }

    /// How cookies are called there.
    pub const fn cookies(&self) -> Cookies {
        self.cookies
    }

    /// Whether nobody between it and a browser can read along: only there is
    /// anybody signed in.
    pub fn keeps_secrets(&self) -> bool {
        self.cookies == Cookies::Secure || is_loopback(&self.name)
    }

    /// Whether our own pages are there.
    pub const fn is_home(&self) -> bool {
        self.home
    }
}

/// Names that mean this machine, so that http is as good as https.
pub fn is_loopback(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_kept_by_https_or_on_this_machine() {
        let keeps = |https, name| PublicHost::of_app(https, name, None).keeps_secrets();
        for open in ["open.test", "localhost.test", "127.0.0.1.test", "10.0.0.1"] {
            assert!(!keeps(false, open), "{open}");
            // Control: by https it does.
            assert!(keeps(true, open), "{open}");
        }
        for inside in ["localhost", "shop.localhost", "127.0.0.1", "[::1]"] {
            assert!(keeps(false, inside), "{inside}");
        }
    }
}
