//! Phase 5, second half: writes who is there, in the app's dialect.
//!
//! The first half, removing what a client may not say, is [`super::protect`] and
//! comes first whatever is written here.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use ring::digest::{SHA256, digest};

use crate::domain::{Method, Moment, SessionHash};
use crate::store::LiveSession;

/// The header with the signed assertion.
pub const ASSERTION: HeaderName = HeaderName::from_static("x-vestibule-assertion");

/// User, groups, name, e-mail.
static REMOTE: [HeaderName; 4] = [
    HeaderName::from_static("remote-user"),
    HeaderName::from_static("remote-groups"),
    HeaderName::from_static("remote-name"),
    HeaderName::from_static("remote-email"),
];
/// User twice, groups, e-mail.
static FORWARDED: [HeaderName; 4] = [
    HeaderName::from_static("x-forwarded-user"),
    HeaderName::from_static("x-forwarded-preferred-username"),
    HeaderName::from_static("x-forwarded-groups"),
    HeaderName::from_static("x-forwarded-email"),
];
/// User twice, groups, e-mail.
static AUTH_REQUEST: [HeaderName; 4] = [
    HeaderName::from_static("x-auth-request-user"),
    HeaderName::from_static("x-auth-request-preferred-username"),
    HeaderName::from_static("x-auth-request-groups"),
    HeaderName::from_static("x-auth-request-email"),
];

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

impl Dialect {
    /// Every name that it may write.
    pub fn names(&self) -> Vec<HeaderName> {
        match self {
            Self::Remote => REMOTE.to_vec(),
            Self::Forwarded => FORWARDED.to_vec(),
            Self::AuthRequest => AUTH_REQUEST.to_vec(),
            Self::Custom(names) => [&names.user, &names.groups, &names.name, &names.email]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
        }
    }
}

/// Header names of the operator's choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomNames {
    /// For the user name.
    pub user: Option<HeaderName>,
    /// For the groups.
    pub groups: Option<HeaderName>,
    /// For the full name.
    pub name: Option<HeaderName>,
    /// For the e-mail address.
    pub email: Option<HeaderName>,
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

    /// The header, in lower case.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Pomerium => "x-pomerium-jwt-assertion",
            Self::CfAccess => "cf-access-jwt-assertion",
            Self::GoogIap => "x-goog-iap-jwt-assertion",
        }
    }

    /// Where apps that used that gateway look for keys, if it was on their own
    /// host; ours are served there too.
    pub const fn jwks_path(self) -> Option<&'static str> {
        match self {
            Self::Pomerium => Some("/.well-known/pomerium/jwks.json"),
            Self::CfAccess => Some("/cdn-cgi/access/certs"),
            Self::GoogIap => None,
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

/// What apps are told about one session, ready to be written.
#[derive(Debug)]
pub struct Identity {
    name: String,
    full_name: Option<String>,
    email: String,
    groups: Vec<String>,
    sub: String,
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
            sub: account.sub(),
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
            sub: &self.sub,
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
    pub fn write(&self, headers: &mut HeaderMap, dialect: &Dialect, encoding: ValueEncoding) {
        let values = match encoding {
            ValueEncoding::Utf8 => &self.plain,
            ValueEncoding::Percent => &self.percent,
        };
        let mut write = |name: &HeaderName, value: &HeaderValue| {
            headers.insert(name, value.clone());
        };
        match dialect {
            Dialect::Remote => {
                write(&REMOTE[0], &values.user);
                write(&REMOTE[1], &values.groups);
                write(&REMOTE[2], &values.name);
                write(&REMOTE[3], &values.email);
            }
            Dialect::Forwarded => {
                write(&FORWARDED[0], &values.user);
                write(&FORWARDED[1], &values.user);
                write(&FORWARDED[2], &values.groups);
                write(&FORWARDED[3], &values.email);
            }
            Dialect::AuthRequest => {
                write(&AUTH_REQUEST[0], &values.user);
                write(&AUTH_REQUEST[1], &values.user);
                write(&AUTH_REQUEST[2], &values.groups);
                write(&AUTH_REQUEST[3], &values.email);
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
                        headers.insert(name.clone(), value.clone());
                    }
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_an_error_for_being_called_helene() {
        assert_eq!(percent_encode("Hélène D."), "H%C3%A9l%C3%A8ne%20D.");
        assert!(HeaderValue::from_bytes("Hélène".as_bytes()).is_ok());
    }
}
