//! Heads of HTTP/1 messages, judged as bytes (RFC 9112 sections 2.2, 3, 5 and
//! 6, read strictly).

use memchr::memchr;

use crate::gateway::refuse::Reason;

/// Longest target of a request, in bytes.
pub const TARGET_BYTES_MAX: usize = 8192;
/// Most header fields of a request.
pub const FIELDS_MAX: usize = 100;
/// Most header fields of an app's answer; apps are trusted with more.
const ANSWER_FIELDS_MAX: usize = 250;
/// Methods that pass; every other is refused with 405.
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// The next message.
    Nothing,
    /// This many bytes, then the next message.
    Length(u64),
    /// Chunks, then the next message.
    Chunks,
    /// Bytes until the connection closes.
    UntilClose,
    /// Bytes that are not HTTP.
    Tunnel,
}

/// For each byte, whether it may be in a token (bit 0) and in a value (bit 1).
/// A table, because every byte of every head is looked at.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte >= 0x20 && byte != 0x7f || byte == 0x09;
        let letter = (byte as u8).is_ascii_alphanumeric();
        let mark = matches!(
            byte as u8,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
        );
        kinds[byte] = (letter || mark) as u8 | (value as u8) << 1;
        byte += 1;
    }
    kinds
};

fn are(bytes: &[u8], kind: u8) -> bool {
    bytes.iter().fold(kind, |all, byte| all & KINDS[usize::from(*byte)]) == kind
}

pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && are(bytes, 1)
}

pub(super) fn is_value(bytes: &[u8]) -> bool {
    are(bytes, 2)
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// A length as digits and nothing else: no sign, no list, no leading zero.
fn length(value: &[u8]) -> Result<u64, Reason> {
    let plain = match value {
        b"0" => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let text = plain.then(|| std::str::from_utf8(value).ok()).flatten();
    match text.and_then(|text| text.parse::<u64>().ok()) {
        Some(length) if length <= i64::MAX.unsigned_abs() => Ok(length),
        _ => Err(Reason::Framing),
    }
}

/// The fields that decide how a message is framed.
#[derive(Default)]
struct Fields<'a> {
    length: Option<u64>,
    chunked: bool,
    connection: Vec<&'a [u8]>,
    upgrade: Option<&'a [u8]>,
    upgrades: usize,
    events: bool,
    hosts: usize,
    count: usize,
}

impl<'a> Fields<'a> {
    /// Reads the field lines of a head, each ended by CRLF.
    fn read(mut rest: &'a [u8], most: usize) -> Result<Self, Reason> {
        let mut fields = Self::default();
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end + 1);
            rest = after;
            let line = line.strip_suffix(b"\r\n").ok_or(Reason::Malformed)?;
            if line.is_empty() {
                return Ok(fields);
            }
            fields.count += 1;
            if fields.count > most {
                return Err(Reason::HeadTooLarge);
            }
            let colon = memchr(b':', line).ok_or(Reason::Malformed)?;
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default();
            if !is_token(name) || !is_value(value) {
                return Err(Reason::Malformed);
            }
            fields.take(name, trim(value))?;
        }
        Err(Reason::Malformed)
    }

    fn take(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Reason> {
        // The length of a name tells apart most fields without a comparison.
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let before = self.length.replace(length(value)?);
                return if before.is_some() { Err(Reason::Framing) } else { Ok(()) };
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked {
                    return Err(Reason::Framing);
                }
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(coding(value));
                }
                self.chunked = true;
            }
            12 if name.eq_ignore_ascii_case(b"content-type") => {
                let kind = value.get(..17).unwrap_or_default();
                self.events = kind.eq_ignore_ascii_case(b"text/event-stream");
            }
            10 if name.eq_ignore_ascii_case(b"connection") => self.connection.push(value),
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                self.upgrades += 1;
                self.upgrade = Some(value);
            }
            4 if name.eq_ignore_ascii_case(b"host") => {
                self.hosts += 1;
                let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(b);
                if value.is_empty() || !value.iter().all(plain) {
                    return Err(Reason::Host);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn connection_tokens(&self) -> impl Iterator<Item = &'a [u8]> {
        self.connection.iter().flat_map(|value| value.split(|byte| *byte == b',')).map(trim)
    }

    fn has_connection(&self, token: &[u8]) -> bool {
        self.connection_tokens().any(|found| found.eq_ignore_ascii_case(token))
    }
}

/// A real coding before `chunked` is one we do not do (501); anything else is
/// a disguise (400).
fn coding(value: &[u8]) -> Reason {
    let mut parts = value.split(|byte| *byte == b',').map(trim);
    let known = |part: &[u8]| {
        [b"gzip".as_slice(), b"deflate", b"compress", b"x-gzip", b"br", b"zstd"]
            .iter()
            .any(|name| part.eq_ignore_ascii_case(name))
    };
    match (parts.next(), parts.next(), parts.next()) {
        (Some(first), Some(last), None)
            if known(first) && last.eq_ignore_ascii_case(b"chunked") =>
        {
            Reason::Coding
        }
        _ => Reason::Framing,
    }
}

/// Options that a client may name in `Connection`. Any other would make the
/// next hop drop a field, ours among them, so it is refused.
const CONNECTION_OPTIONS: [&str; 5] = ["close", "keep-alive", "upgrade", "http2-settings", "te"];

/// Judges the head of a request; says what follows it.
pub fn request_head(head: &[u8]) -> Result<Follows, Reason> {
    let end = memchr(b'\n', head).ok_or(Reason::Malformed)?;
    let (line, rest) = head.split_at(end + 1);
    let line = line.strip_suffix(b"\r\n").ok_or(Reason::Malformed)?;
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Reason::Malformed);
    };
    if !is_token(method) {
        return Err(Reason::Malformed);
    }
    let old = match version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        _ => return Err(Reason::Malformed),
    };
    if !METHODS.iter().any(|known| known.as_bytes() == method) {
        return Err(Reason::Method);
    }
    if target.len() > TARGET_BYTES_MAX {
        return Err(Reason::TargetTooLong);
    }
    let origin_form = target.first() == Some(&b'/');
    let server_as_a_whole = target == b"*" && method == b"OPTIONS";
    if !(origin_form || server_as_a_whole) {
        return Err(Reason::Path);
    }
    // The library cuts a target at `#`, so nobody after it would see the rest.
    if !target.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#') {
        return Err(Reason::Path);
    }
    let fields = Fields::read(rest, FIELDS_MAX)?;
    if fields.hosts != 1 {
        return Err(Reason::Host);
    }
    if fields.chunked && (old || fields.length.is_some()) {
        return Err(Reason::Framing);
    }
    let known = |token: &[u8]| {
        CONNECTION_OPTIONS.iter().any(|option| token.eq_ignore_ascii_case(option.as_bytes()))
    };
    if !fields.connection_tokens().all(known) {
        return Err(Reason::Framing);
    }
    let websocket = fields.upgrade.is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"));
    let mixed = fields.upgrades > 1
        || fields.upgrade.is_some_and(|value| {
            value.contains(&b',')
                && value.to_ascii_lowercase().windows(9).any(|w| w == b"websocket")
        });
    if mixed {
        return Err(Reason::Upgrade);
    }
    let upgrades = websocket && fields.has_connection(b"upgrade");
    let has_body = fields.chunked || fields.length.is_some_and(|length| length > 0);
    if upgrades && (method != b"GET" || old || has_body) {
        return Err(Reason::Upgrade);
    }
    Ok(match (upgrades, fields.chunked, fields.length) {
        (true, _, _) => Follows::Tunnel,
        (false, true, _) => Follows::Chunks,
        (false, false, Some(length)) if length > 0 => Follows::Length(length),
        _ => Follows::Nothing,
    })
}

/// What a response head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// Its status.
    pub status: u16,
    /// What follows it.
    pub follows: Follows,
    /// Whether the connection may serve another request afterwards.
    pub keep: bool,
    /// Whether it is an event stream, which may be silent for long.
    pub events: bool,
}

/// Judges the head of a response to a request that was `HEAD` or not.
pub fn response_head(head: &[u8], to_head: bool) -> Result<ResponseHead, Reason> {
    let end = memchr(b'\n', head).ok_or(Reason::Malformed)?;
    let (line, rest) = head.split_at(end + 1);
    let line = line.strip_suffix(b"\r\n").ok_or(Reason::Malformed)?;
    let old = match line.get(..9) {
        Some(b"HTTP/1.1 ") => false,
        Some(b"HTTP/1.0 ") => true,
        _ => return Err(Reason::Malformed),
    };
    let digits = line.get(9..12).ok_or(Reason::Malformed)?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(line.get(12), None | Some(b' ')) {
        return Err(Reason::Malformed);
    }
    let status = digits.iter().fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    if !(100..600).contains(&status) || !is_value(line) {
        return Err(Reason::Malformed);
    }
    let fields = Fields::read(rest, ANSWER_FIELDS_MAX)?;
    if fields.chunked && (old || fields.length.is_some()) {
        return Err(Reason::Framing);
    }
    let follows = match (status, fields.chunked, fields.length) {
        (101, _, _) => Follows::Tunnel,
        (100..200 | 204 | 304, _, _) => Follows::Nothing,
        _ if to_head => Follows::Nothing,
        (_, true, _) => Follows::Chunks,
        (_, false, Some(0)) => Follows::Nothing,
        (_, false, Some(length)) => Follows::Length(length),
        (_, false, None) => Follows::UntilClose,
    };
    let keep = match old {
        true => fields.has_connection(b"keep-alive"),
        false => !fields.has_connection(b"close"),
    };
    Ok(ResponseHead { status, follows, keep, events: fields.events })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_bytes_of_rfc_9110_and_no_others() {
        for byte in 0..=255u8 {
            let known = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_token(&[byte]), known, "{byte:#x}");
            let value = (byte >= 0x20 && byte != 0x7f) || byte == b'\t';
            assert_eq!(is_value(&[byte]), value, "{byte:#x}");
        }
        assert!(!is_token(b""));
        assert!(!is_token(b"a b"));
        assert!(!is_value(b"a\rb"));
    }
}
