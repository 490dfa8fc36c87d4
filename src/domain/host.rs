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

    /// How cookies are called there.
    pub const fn cookies(&self) -> Cookies {
        self.cookies
    }

    /// Whether our own pages are there.
    pub const fn is_home(&self) -> bool {
        self.home
    }
}
