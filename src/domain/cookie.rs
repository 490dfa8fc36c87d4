//! Our cookies: their names, how they are built and how they are found.
//! Nothing else in the program builds or reads a cookie.

use std::time::Duration;

use cookie::{Cookie, SameSite};

/// How the cookies of one host are called and marked, by the host's public
/// scheme and nothing else: behind a TLS terminator we listen in clear text
/// and the browser still sees https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    /// The host is reached by https.
    Secure,
    /// The host is a loopback name reached by http.
    Loopback,
}

/// What was found under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// Nothing.
    None,
    /// One value, once or repeated.
    One(&'a str),
    /// Different values: somebody put one there, so none counts.
    Several,
}

impl Cookies {
    /// Every name of ours on any host; apps may neither see nor set them.
    pub const ALL_NAMES: [&'static str; 16] = [
        "__Host-vestibule",
        "vestibule",
        "__Host-vestibule-ticket",
        "vestibule-ticket",
        "__Host-vestibule-language",
        "vestibule-language",
        "__Host-vestibule-accounts",
        "vestibule-accounts",
        "__Host-vestibule-nonce",
        "vestibule-nonce",
        "__Host-vestibule-kept",
        "vestibule-kept",
        "__Host-vestibule-bounced",
        "vestibule-bounced",
        "__Host-vestibule-resume",
        "vestibule-resume",
    ];

    /// The session's cookie.
    pub const fn session_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule",
            Self::Loopback => "vestibule",
        }
    }

    /// The cookie of a half-done sign-in.
    pub const fn ticket_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule-ticket",
            Self::Loopback => "vestibule-ticket",
        }
    }

    /// The cookie of the language that was picked.
    pub const fn language_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule-language",
            Self::Loopback => "vestibule-language",
        }
    }

    /// The cookie of the accounts that this browser knows.
    pub const fn accounts_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule-accounts",
            Self::Loopback => "vestibule-accounts",
        }
    }

    /// The cookie by which a host knows the browser again that left it to sign
    /// in elsewhere.
    pub const fn nonce_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule-nonce",
            Self::Loopback => "vestibule-nonce",
        }
    }

    /// The cookie of the forms that are kept.
    pub const fn kept_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule-kept",
            Self::Loopback => "vestibule-kept",
        }
    }

    /// The cookie of a form that another site sent. With such a form browsers bring
    /// no cookie that it could be added to, so it is one by itself.
    pub const fn bounced_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule-bounced",
            Self::Loopback => "vestibule-bounced",
        }
    }

    /// The cookie of a kept form that is being sent.
    pub const fn resume_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vestibule-resume",
            Self::Loopback => "vestibule-resume",
        }
    }

    fn build(self, name: &'static str, value: String) -> cookie::CookieBuilder<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self == Self::Secure)
    }

    /// `Set-Cookie` for a session; on the server it ends at its limits, and in
    /// the browser when that closes, or after `stays`.
    pub fn set_session(self, value: String, stays: Option<Duration>) -> String {
        let cookie = self.build(self.session_name(), value);
        let stays = stays.and_then(|stays| cookie::time::Duration::try_from(stays).ok());
        match stays {
            Some(stays) => cookie.max_age(stays).build().to_string(),
            None => cookie.build().to_string(),
        }
    }

    /// `Set-Cookie` for the accounts that this browser knows; stays for a year.
    pub fn set_accounts(self, value: Option<String>) -> String {
        match value {
            Some(value) => self
                .build(self.accounts_name(), value)
                .max_age(cookie::time::Duration::days(365))
                .build()
                .to_string(),
            None => self.build(self.accounts_name(), String::new()).removal().build().to_string(),
        }
    }

    /// `Set-Cookie` for a ticket.
    pub fn set_ticket(self, value: String) -> String {
        self.build(self.ticket_name(), value).build().to_string()
    }

    /// `Set-Cookie` for a nonce; stays as long as a sign-in may wait.
    pub fn set_nonce(self, value: String) -> String {
        let cookie = self.build(self.nonce_name(), value);
        cookie.max_age(cookie::time::Duration::hours(3)).build().to_string()
    }

    /// `Set-Cookie` for forms that are kept; stays as long as the last of them.
    pub fn set_kept(self, value: String) -> String {
        let cookie = self.build(self.kept_name(), value);
        cookie.max_age(cookie::time::Duration::minutes(15)).build().to_string()
    }

    /// `Set-Cookie` for a form that another site sent; stays as long as that is kept.
    pub fn set_bounced(self, value: String) -> String {
        let cookie = self.build(self.bounced_name(), value);
        cookie.max_age(cookie::time::Duration::minutes(1)).build().to_string()
    }

    /// `Set-Cookie` that removes it.
    pub fn end_bounced(self) -> String {
        self.build(self.bounced_name(), String::new()).removal().build().to_string()
    }

    /// `Set-Cookie` for a kept form that is sent with the next request.
    pub fn set_resume(self, value: String) -> String {
        let cookie = self.build(self.resume_name(), value);
        cookie.max_age(cookie::time::Duration::minutes(1)).build().to_string()
    }

    /// `Set-Cookie` that removes it.
    pub fn end_resume(self) -> String {
        self.build(self.resume_name(), String::new()).removal().build().to_string()
    }

    /// `Set-Cookie` for the language that was picked; stays for a year.
    pub fn set_language(self, language: super::Language) -> String {
        self.build(self.language_name(), language.code().to_owned())
            .max_age(cookie::time::Duration::days(365))
            .build()
            .to_string()
    }

    /// `Set-Cookie` that removes the session's cookie.
    pub fn end_session(self) -> String {
        self.build(self.session_name(), String::new()).removal().build().to_string()
    }

    /// `Set-Cookie` that removes the ticket's cookie.
    pub fn end_ticket(self) -> String {
        self.build(self.ticket_name(), String::new()).removal().build().to_string()
    }
}

/// The pairs of one `Cookie` line.
///
/// SECURITY: split by hand, at `;` and `=`, trimming space and tab only.
/// - Against: `\u{2000}__Host-vestibule=…`, which a browser lets a sibling host
///   set because it does not begin with the prefix, and which a parser that
///   trims Unicode white space (the cookie crate's does) takes for ours.
/// - Therefore: names are compared byte for byte after trimming two bytes.
/// - Price: twelve lines of our own beside a library.
/// - Held by: `a_cookie_that_only_looks_like_ours_is_not`.
pub fn pairs(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8], &[u8])> {
    line.split(|byte| *byte == b';').filter_map(|part| {
        let part = trim(part);
        let at = memchr::memchr(b'=', part)?;
        let (name, value) = part.split_at(at);
        Some((trim(name), trim(value.get(1..).unwrap_or_default()), part))
    })
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Looks for a name in all `Cookie` lines of a request.
pub fn find<'a>(lines: impl Iterator<Item = &'a [u8]>, name: &str) -> Found<'a> {
    let mut found = Found::None;
    for (_, value, _) in lines.flat_map(pairs).filter(|(n, _, _)| *n == name.as_bytes()) {
        let Ok(value) = std::str::from_utf8(value) else { return Found::Several };
        found = match found {
            Found::None => Found::One(value),
            Found::One(before) if before == value => found,
            Found::One(_) | Found::Several => return Found::Several,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_in(lines: &[&str]) -> String {
        let lines = lines.iter().map(|line| line.as_bytes());
        match find(lines, Cookies::Secure.session_name()) {
            Found::None => "none".to_owned(),
            Found::One(value) => value.to_owned(),
            Found::Several => "several".to_owned(),
        }
    }

    #[test]
    fn a_cookie_that_only_looks_like_ours_is_not() {
        for line in [
            "\u{2000}__Host-vestibule=evil",
            "\u{a0}__Host-vestibule=evil",
            "__host-vestibule=evil",
            "__HOST-VESTIBULE=evil",
            "\"__Host-vestibule\"=evil",
            "x__Host-vestibule=evil",
            "__Host-vestibule",
            "a=__Host-vestibule=evil",
        ] {
            assert_eq!(find_in(&[line]), "none", "{line:?}");
        }
        // Control: the real one is found, alone, among others and in any line.
        assert_eq!(find_in(&["__Host-vestibule=v"]), "v");
        assert_eq!(find_in(&["a=1; __Host-vestibule=v ;b=2"]), "v");
        assert_eq!(find_in(&["a=1", "b=2", "__Host-vestibule=v"]), "v");
    }

    #[test]
    fn two_different_session_cookies_mean_none() {
        assert_eq!(find_in(&["__Host-vestibule=a; __Host-vestibule=b"]), "several");
        assert_eq!(find_in(&["__Host-vestibule=a", "__Host-vestibule=b"]), "several");
        assert_eq!(find_in(&["__Host-vestibule=a; __Host-vestibule=a"]), "a");
    }

    #[test]
    fn cookies_carry_every_mark_the_scheme_allows() {
        let ours = Cookies::Secure.set_ticket("v".to_owned());
        assert!(ours.starts_with("__Host-vestibule-ticket=v;"));
        for mark in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(ours.contains(mark), "{mark} in {ours}");
        }
        assert!(!ours.contains("Domain"));
        assert!(!Cookies::Loopback.set_ticket("v".to_owned()).contains("Secure"));
    }
}
