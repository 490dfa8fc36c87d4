//! Phase 5: remove every header that could be taken for ours, then write ours.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use pingora::http::{RequestHeader, ResponseHeader};
use ring::digest::{SHA256, digest};

use crate::domain::cookie::{self, Cookies};
use crate::domain::{Method, Moment, SessionHash};
use crate::store::LiveSession;

/// The header with the signed assertion.
pub const ASSERTION: &str = "X-Vestibule-Assertion";

/// How an app is told who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `Remote-User`, `-Groups`, `-Name`, `-Email`.
    Remote,
    /// `X-Forwarded-User`, `-Email`, `-Groups`, `-Preferred-Username`.
    Forwarded,
    /// `X-Auth-Request-User`, `-Email`, `-Groups`, `-Preferred-Username`.
    AuthRequest,
    /// Names of the operator's choice.
    Custom(CustomNames),
}

/// Header names of the operator's choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomNames {
    /// For the user name.
    pub user: Option<String>,
    /// For the groups.
    pub groups: Option<String>,
    /// For the full name.
    pub name: Option<String>,
    /// For the e-mail address.
    pub email: Option<String>,
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueEncoding {
    /// UTF-8 as it is.
    Utf8,
    /// Everything but plain ASCII percent-encoded.
    Percent,
}

/// A further name for the assertion, for apps that read another gateway's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alias {
    /// `X-Pomerium-Jwt-Assertion`.
    Pomerium,
    /// `Cf-Access-Jwt-Assertion`.
    CfAccess,
    /// `X-Goog-Iap-Jwt-Assertion`.
    GoogIap,
}

impl Alias {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pomerium, Self::CfAccess, Self::GoogIap];

    /// The header.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Pomerium => "X-Pomerium-Jwt-Assertion",
            Self::CfAccess => "Cf-Access-Jwt-Assertion",
            Self::GoogIap => "X-Goog-Iap-Jwt-Assertion",
        }
    }

    /// The word in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pomerium => "pomerium",
            Self::CfAccess => "cf-access",
            Self::GoogIap => "goog-iap",
        }
    }
}

/// Families of names that only a gateway may speak, ours or another's: apps
/// that once stood behind another gateway may still believe them.
pub const PROTECTED_PREFIXES: [&str; 18] = [
    "remote-",
    "x-remote-",
    "x-forwarded-",
    "x-auth-request-",
    "x-vestibule-",
    "x-pomerium-",
    "cf-access-",
    "cf-connecting-",
    "x-goog-iap-",
    "x-goog-authenticated-user-",
    "x-authentik-",
    "x-webauth-",
    "x-client-cert",
    "x-ssl-",
    "ssl-client-",
    "x-original-",
    "x-rewrite-",
    "x-envoy-",
];

/// Further such names.
pub const PROTECTED_NAMES: [&str; 20] = [
    "forwarded",
    "x-real-ip",
    "client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-host",
    "front-end-https",
    "x-auth-user",
    "x-auth-token",
    "x-auth-groups",
    "x-auth-email",
    "x-user",
    "x-username",
    "x-authenticated-user",
    "x-request-id",
    "proxy",
];

/// What apps are told about one session, ready to be written.
#[derive(Debug)]
pub struct Identity {
    name: String,
    full_name: Option<String>,
    email: String,
    groups: Vec<String>,
    account: String,
    sid: String,
    proven_at: Moment,
    amr: Vec<&'static str>,
    acr: &'static str,
    plain: Values,
    percent: Values,
}

#[derive(Debug)]
struct Values {
    user: HeaderValue,
    groups: HeaderValue,
    name: HeaderValue,
    email: HeaderValue,
}

impl Values {
    fn new(
        identity: (&str, &[String], &str, &str),
        write: impl Fn(&str) -> String,
    ) -> Result<Self, header::InvalidHeaderValue> {
        let (user, groups, name, email) = identity;
        let value = |text: String| HeaderValue::from_bytes(text.as_bytes());
        let groups: Vec<_> = groups.iter().map(|group| write(group)).collect();
        Ok(Self {
            user: value(write(user))?,
            groups: value(groups.join(","))?,
            name: value(write(name))?,
            email: value(write(email))?,
        })
    }
}

impl Identity {
    /// From a session that stands.
    ///
    /// # Errors
    ///
    /// Where a value cannot be a header, which the rules for names prevent.
    pub fn new(live: &LiveSession, hash: SessionHash) -> Result<Self, header::InvalidHeaderValue> {
        let account = &live.account;
        let name = account.name.as_str().to_owned();
        let full_name = account.full_name.as_ref().map(|name| name.as_str().to_owned());
        let email = account.email.as_str().to_owned();
        let groups: Vec<_> = account.groups.iter().map(|g| g.as_str().to_owned()).collect();
        let shown = full_name.clone().unwrap_or_else(|| name.clone());
        let parts = (name.as_str(), groups.as_slice(), shown.as_str(), email.as_str());
        let plain = Values::new(parts, str::to_owned)?;
        let percent = Values::new(parts, percent_encode)?;
        // A name for the session from which its cookie cannot be found.
        let named = digest(&SHA256, &[b"sid\0".as_slice(), &hash.0].concat());
        let sid = named.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let amr: Vec<_> = live.methods.iter().map(|method| method.amr()).collect();
        let acr = match live.methods.as_slice() {
            [Method::Password] | [] => "pwd",
            _ => "mfa",
        };
        Ok(Self {
            account: account.id.to_string(),
            proven_at: live.proven_at,
            name,
            full_name,
            email,
            groups,
            sid,
            amr,
            acr,
            plain,
            percent,
        })
    }

    /// User name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Full name, if known.
    pub fn full_name(&self) -> Option<&str> {
        self.full_name.as_deref()
    }

    /// E-mail address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Groups.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The claims of an assertion about this session.
    pub fn claims<'a>(
        &'a self,
        issuer: &'a str,
        audience: &'a str,
        jti: &'a str,
        now: Moment,
    ) -> crate::crypto::assertion::Claims<'a> {
        let iat = now.unix_seconds();
        crate::crypto::assertion::Claims {
            iss: issuer,
            aud: audience,
            sub: &self.account,
            iat,
            nbf: iat,
            exp: now.plus(crate::crypto::assertion::LIFETIME).unix_seconds(),
            jti,
            sid: &self.sid,
            auth_time: self.proven_at.unix_seconds(),
            amr: &self.amr,
            acr: self.acr,
            preferred_username: &self.name,
            name: self.full_name.as_deref().unwrap_or(&self.name),
            email: &self.email,
            groups: &self.groups,
        }
    }

    /// Writes the headers of a dialect.
    ///
    /// # Errors
    ///
    /// Where a name cannot be a header name, which the configuration checks.
    pub fn write(
        &self,
        request: &mut RequestHeader,
        dialect: &Dialect,
        encoding: ValueEncoding,
    ) -> pingora::Result<()> {
        let values = match encoding {
            ValueEncoding::Utf8 => &self.plain,
            ValueEncoding::Percent => &self.percent,
        };
        let mut write =
            |name: &'static str, value: &HeaderValue| request.insert_header(name, value.clone());
        match dialect {
            Dialect::Remote => {
                write("Remote-User", &values.user)?;
                write("Remote-Groups", &values.groups)?;
                write("Remote-Name", &values.name)?;
                write("Remote-Email", &values.email)
            }
            Dialect::Forwarded => {
                write("X-Forwarded-User", &values.user)?;
                write("X-Forwarded-Preferred-Username", &values.user)?;
                write("X-Forwarded-Groups", &values.groups)?;
                write("X-Forwarded-Email", &values.email)
            }
            Dialect::AuthRequest => {
                write("X-Auth-Request-User", &values.user)?;
                write("X-Auth-Request-Preferred-Username", &values.user)?;
                write("X-Auth-Request-Groups", &values.groups)?;
                write("X-Auth-Request-Email", &values.email)
            }
            Dialect::Custom(names) => {
                let pairs = [
                    (&names.user, &values.user),
                    (&names.groups, &values.groups),
                    (&names.name, &values.name),
                    (&names.email, &values.email),
                ];
                for (name, value) in pairs {
                    if let Some(name) = name {
                        request.insert_header(name.clone(), value.clone())?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// RFC 3986 unreserved characters and a few that no parser splits at stay.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Names protected beside the fixed ones: those of custom dialects.
#[derive(Clone, Debug, Default)]
pub struct Protected {
    custom: Vec<String>,
}

impl Protected {
    /// With the custom names of all apps, so that what is trusted by one app is
    /// removed for every app.
    pub fn new<'a>(dialects: impl Iterator<Item = &'a Dialect>) -> Self {
        let mut custom = Vec::new();
        for dialect in dialects {
            if let Dialect::Custom(names) = dialect {
                let all = [&names.user, &names.groups, &names.name, &names.email];
                custom.extend(all.into_iter().flatten().map(|name| name.to_ascii_lowercase()));
            }
        }
        Self { custom }
    }

    /// Whether a client may not send, and an app not answer, this name.
    ///
    /// SECURITY: a name is ours in every spelling that some app reads as ours.
    /// - Against: `X_Vestibule_Assertion`, `Remote.User`, `X-Forwarded_User`,
    ///   which CGI and WSGI apps cannot tell from the real ones.
    /// - Therefore: a name with any byte but letters, digits and `-` does not
    ///   pass at all; of the rest, ours and every known gateway's are removed.
    /// - Price: an app cannot get a header with `_` in its name from a browser.
    /// - Held by: the identity table of the attack suite.
    pub fn covers(&self, name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !name.bytes().all(plain)
            || PROTECTED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || PROTECTED_NAMES.contains(&name)
            || self.custom.iter().any(|custom| custom == name)
    }

    /// Removes from a request everything that is not the client's to say.
    pub fn strip(&self, request: &mut RequestHeader) {
        let odd_value = |name: &HeaderName, value: &HeaderValue| {
            *name != header::COOKIE && !value.as_bytes().is_ascii()
        };
        let gone: Vec<HeaderName> = request
            .headers
            .iter()
            .filter(|(name, value)| self.covers(name.as_str()) || odd_value(name, value))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            request.remove_header(&name);
        }
    }

    /// Removes from an app's answer what only the gateway may say: identity
    /// headers, our cookies, and fields for one hop only.
    pub fn strip_response(&self, response: &mut ResponseHeader) {
        const HOP_BY_HOP: [&str; 6] = [
            "keep-alive",
            "proxy-authenticate",
            "proxy-connection",
            "proxy-authentication-info",
            "te",
            "trailer",
        ];
        let mut gone: Vec<String> = Vec::new();
        for (name, value) in &response.headers {
            let name = name.as_str();
            if name == "connection" {
                let listed = value.to_str().unwrap_or("").split(',').map(str::trim);
                let keeps = ["close", "keep-alive", "upgrade", "connection", ""];
                let nominated =
                    listed.filter(|token| !keeps.iter().any(|k| token.eq_ignore_ascii_case(k)));
                gone.extend(nominated.map(str::to_ascii_lowercase));
            } else if HOP_BY_HOP.contains(&name) || (name.contains('-') && self.answers(name)) {
                gone.push(name.to_owned());
            }
        }
        for name in gone {
            response.remove_header(name.as_str());
        }
        if response.headers.get_all(header::SET_COOKIE).iter().any(sets_ours) {
            let kept: Vec<_> = response
                .headers
                .get_all(header::SET_COOKIE)
                .iter()
                .filter(|value| !sets_ours(value))
                .cloned()
                .collect();
            response.remove_header(&header::SET_COOKIE);
            for value in kept {
                // A value that came as a header can be one again.
                let _ = response.append_header(header::SET_COOKIE, value);
            }
        }
    }

    /// Names that may not come back from an app.
    fn answers(&self, name: &str) -> bool {
        name.starts_with("x-vestibule-")
            || name.starts_with("remote-")
            || name.starts_with("x-auth-request-")
            || name == "x-auth-token"
            || name == "x-auth-user"
            || Alias::ALL.iter().any(|alias| alias.header().eq_ignore_ascii_case(name))
            || self.custom.iter().any(|custom| custom == name)
    }
}

/// Whether a `Set-Cookie` is for a name of ours, however it is spaced or cased.
fn sets_ours(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let name = bytes.split(|byte| *byte == b'=' || *byte == b';').next().unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let name = name.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '"');
    Cookies::ALL_NAMES.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// Cuts our cookies out of a request and joins what is left to one line, as
/// RFC 9113 section 8.2.3 asks of whoever turns HTTP/2 into HTTP/1.1.
///
/// # Errors
///
/// Where the joined line cannot be a header, which its parts were.
pub fn cut_cookies(request: &mut RequestHeader) -> pingora::Result<()> {
    let headers: &HeaderMap = &request.headers;
    let mut lines = headers.get_all(header::COOKIE).iter();
    let (Some(first), second) = (lines.next(), lines.next()) else { return Ok(()) };
    let is_ours = |name: &[u8]| {
        Cookies::ALL_NAMES.iter().any(|ours| name.eq_ignore_ascii_case(ours.as_bytes()))
    };
    let none_of_ours =
        |line: &[u8]| !line.to_ascii_lowercase().windows(9).any(|w| w == b"vestibule");
    if second.is_none() && none_of_ours(first.as_bytes()) {
        return Ok(());
    }
    let mut joined: Vec<u8> = Vec::new();
    for line in headers.get_all(header::COOKIE) {
        for part in line.as_bytes().split(|byte| *byte == b';') {
            let part = part.trim_ascii();
            let name = cookie::pairs(part).next().map_or(part, |(name, _, _)| name);
            if part.is_empty() || is_ours(name) {
                continue;
            }
            if !joined.is_empty() {
                joined.extend_from_slice(b"; ");
            }
            joined.extend_from_slice(part);
        }
    }
    request.remove_header(&header::COOKIE);
    if !joined.is_empty() {
        let value = HeaderValue::from_bytes(&joined).map_err(|error| {
            pingora::Error::because(pingora::ErrorType::InvalidHTTPHeader, "cookies", error)
        })?;
        request.insert_header(header::COOKIE, value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_cookies_are_cut_and_crumbs_become_one_line() {
        let cut = |lines: &[&str]| {
            let mut request = RequestHeader::build("GET", b"/", None).unwrap();
            for line in lines {
                request.append_header(header::COOKIE, *line).unwrap();
            }
            cut_cookies(&mut request).unwrap();
            let left: Vec<_> = request.headers.get_all(header::COOKIE).iter().cloned().collect();
            left.iter().map(|v| v.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(cut(&["a=1; __Host-vestibule=s; b=2"]), ["a=1; b=2"]);
        assert_eq!(cut(&["a=1", "vestibule=s", "b=2"]), ["a=1; b=2"]);
        assert_eq!(cut(&["__HOST-vestibule-ticket=t"]), Vec::<String>::new());
        // Control: another app's cookies stay as they were.
        assert_eq!(cut(&["a=1;b=2; c"]), ["a=1;b=2; c"]);
        assert_eq!(cut(&["my-vestibule=1; b=2"]), ["my-vestibule=1; b=2"]);
    }

    #[test]
    fn every_spelling_of_a_name_of_ours_is_covered() {
        let protected = Protected::default();
        let ours = Alias::ALL.map(Alias::header);
        for name in ours.iter().chain(&[ASSERTION, "Remote-User", "X-Forwarded-For"]) {
            for spelling in [name.to_lowercase(), name.to_lowercase().replace('-', "_")] {
                assert!(protected.covers(&spelling), "{spelling}");
            }
        }
        // Control: ordinary names are not.
        for name in ["accept", "user-agent", "x-requested-with", "authorization", "content-type"] {
            assert!(!protected.covers(name), "{name}");
        }
    }

    #[test]
    fn nobody_gets_an_error_for_being_called_helene() {
        assert_eq!(percent_encode("Hélène D."), "H%C3%A9l%C3%A8ne%20D.");
        assert!(HeaderValue::from_bytes("Hélène".as_bytes()).is_ok());
    }
}
