//! What is attacked: one host of one app, and the ways that are open there.

use super::message::Protocol;
use super::row::{Expect, FORGED, Named, Row, SMUGGLED, Shot};
use crate::domain::{Cookies, PublicHost};
use crate::gateway::host::AppHost;
use crate::gateway::identity::{CustomNames, Dialect};
use crate::gateway::route::{Allow, AppSettings, Rule};

/// Stands for the part of a host that `*` leaves open, and for a page.
pub const PROBE: &str = "vestibule-probe";

/// A visitor with a session.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The user name.
    pub user: String,
    /// The session's cookie, as `name=value`.
    pub cookie: String,
}

/// One host of one app.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The app as the operator described it.
    pub app: AppSettings,
    /// The host.
    pub host: String,
    /// How cookies are called there.
    pub cookies: Cookies,
    /// Somebody in every group, where anybody can be signed in.
    pub member: Option<Visitor>,
    /// Somebody in no group.
    pub stranger: Option<Visitor>,
}

/// What a rule begins with, without a slash at the end.
fn stem(rule: &Rule) -> &str {
    rule.path.strip_suffix('/').unwrap_or(&rule.path)
}

/// Whether a rule lets everyone in.
pub fn is_open(rule: &Rule) -> bool {
    matches!(rule.allow, Allow::Everyone { .. })
}

/// Whether a rule is for GET.
pub fn takes_get(rule: &Rule) -> bool {
    rule.methods.is_empty() || rule.methods.contains(&http::Method::GET)
}

/// A path of a rule, which is written decoded, as a target.
pub fn target(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>');
    let encoded = path.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    encoded.collect()
}

impl Subject {
    /// A host of an app; `*` in it is filled in.
    pub fn new(app: &AppSettings, host: &AppHost) -> Self {
        let cookies = PublicHost::of_app(host.https, &host.name, host.port).cookies();
        let host = host.name.replace('*', PROBE);
        Self { app: app.clone(), host, cookies, member: None, stranger: None }
    }

    /// The rule that governs a plain path for GET, by the letter. The gateway's
    /// own judgement is what is put to the test, so it is not asked.
    fn rule_of(&self, path: &str) -> Option<&Rule> {
        let below =
            |rule: &Rule| path.strip_prefix(stem(rule)).is_some_and(|rest| rest.starts_with('/'));
        self.app.rules.iter().find(|rule| takes_get(rule) && (path == rule.path || below(rule)))
    }

    /// Paths below each rule that asks for a session, with that rule.
    pub fn closed(&self) -> impl Iterator<Item = (String, &Rule)> {
        let closed = self.app.rules.iter().filter(|rule| !is_open(rule) && takes_get(rule));
        closed.filter_map(|rule| {
            let path = format!("{}/{PROBE}", stem(rule));
            let governs = self.rule_of(&path).is_some_and(|first| std::ptr::eq(first, rule));
            governs.then(|| (target(&path), rule))
        })
    }

    /// The front of every path that is open to all.
    pub fn open(&self) -> impl Iterator<Item = String> {
        let open = self.app.rules.iter().filter(|rule| is_open(rule) && takes_get(rule));
        open.filter(|rule| self.rule_of(&format!("{}/{PROBE}", stem(rule))).is_some_and(is_open))
            .map(|rule| target(stem(rule)))
    }

    /// A path that arrives: below a closed rule for the member, else an open one.
    pub fn way_in(&self) -> Option<(String, Option<&Visitor>)> {
        let closed = self.member.as_ref().zip(self.closed().next());
        let closed = closed.map(|(member, (path, _))| (path, Some(member)));
        closed.or_else(|| self.open_page().map(|path| (path, None)))
    }

    /// A page that is open to everyone.
    pub fn open_page(&self) -> Option<String> {
        self.open().next().map(|stem| format!("{stem}/{PROBE}"))
    }

    /// How the visitor must be named to this app.
    pub fn named(&self, visitor: Option<&Visitor>) -> Option<Named> {
        let header = match &self.app.dialect {
            Dialect::Remote => Some("remote-user".to_owned()),
            Dialect::Forwarded => Some("x-forwarded-user".to_owned()),
            Dialect::AuthRequest => Some("x-auth-request-user".to_owned()),
            Dialect::Custom(CustomNames { user, .. }) => {
                user.as_ref().map(|name| name.as_str().to_owned())
            }
        };
        visitor.map(|visitor| Named { header, user: visitor.user.clone() })
    }

    /// The head of a request up to its last header, with the visitor's cookie.
    pub fn head(&self, line: &str, visitor: Option<&Visitor>) -> String {
        let cookie = visitor.map(|visitor| format!("Cookie: {}\r\n", visitor.cookie));
        format!("{line} HTTP/1.1\r\nHost: {}\r\n{}", self.host, cookie.unwrap_or_default())
    }

    /// An ordinary request, which must arrive.
    pub fn innocent(&self) -> Option<Shot> {
        let (path, visitor) = self.way_in()?;
        let bytes = self.head(&format!("GET {path}"), visitor) + "\r\n";
        let expect = Expect::Arrives { named: self.named(visitor) };
        Some(Shot { message: bytes.into_bytes().into(), expect, then_innocent: false })
    }

    /// A message in which `{…}` stands for parts of this subject:
    ///
    /// - `{T}` a path that lets the member in, `{COOKIE}` the member's line
    /// - `{HOST}` the host's line, `{H}` both lines, `{NAME}` the host alone
    /// - `{GET}`, `{POST}`, `{CHUNKED}` the beginning of such a request
    /// - `{SM}` a smuggled request, `{F}` the forged word
    pub fn expand(&self, message: &[u8]) -> Vec<u8> {
        let (path, visitor) = self.way_in().unwrap_or_else(|| (format!("/{PROBE}"), None));
        let cookie =
            visitor.map(|visitor| format!("Cookie: {}\r\n", visitor.cookie)).unwrap_or_default();
        let host = format!("Host: {}\r\n", self.host);
        let both = format!("{host}{cookie}");
        let pairs = [
            ("{T}", path.clone()),
            ("{COOKIE}", cookie),
            ("{HOST}", host.clone()),
            ("{NAME}", self.host.clone()),
            ("{GET}", format!("GET {path} HTTP/1.1\r\n{both}")),
            ("{POST}", format!("POST {path} HTTP/1.1\r\n{both}")),
            (
                "{CHUNKED}",
                format!("POST {path} HTTP/1.1\r\n{both}Transfer-Encoding: chunked\r\n\r\n"),
            ),
            ("{SM}", format!("GET {SMUGGLED} HTTP/1.1\r\n{host}\r\n")),
            ("{F}", FORGED.to_owned()),
            ("{H}", both),
        ];
        let mut out = message.to_vec();
        for (short, long) in pairs {
            out = replace(&out, short.as_bytes(), long.as_bytes());
        }
        out
    }

    /// A row of messages in the short form of [`Self::expand`].
    pub fn row(
        &self,
        (id, name, expected): (&'static str, &str, &'static str),
        expect: &Expect,
        then_innocent: bool,
        messages: &[&[u8]],
    ) -> Row {
        let shot = |message: &&[u8]| Shot {
            message: self.expand(message).into(),
            expect: expect.clone(),
            then_innocent,
        };
        let shots = messages.iter().map(shot).collect();
        Row { id, name: name.to_owned(), expected, protocol: Protocol::Http1, shots }
    }
}

fn replace(bytes: &[u8], short: &[u8], long: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = super::echo::find(rest, short) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(long);
        rest = rest.get(at + short.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
