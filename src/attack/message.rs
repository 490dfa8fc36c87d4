//! A message as it is sent: any bytes as HTTP/1.1, or any fields as HTTP/2.

use super::echo::find;

/// What a message is spoken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Protocol {
    /// In bytes as they are.
    #[serde(rename = "HTTP/1.1")]
    Http1,
    /// In frames, with prior knowledge.
    #[serde(rename = "HTTP/2")]
    Http2,
}

impl Protocol {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Bytes of HTTP/1.1.
    Http1(Vec<u8>),
    /// A request of HTTP/2.
    Http2(Fields),
}

/// A request of HTTP/2, in which nothing is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// Names and values in the order they are sent, pseudo-headers among them.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body; none where it is empty.
    pub body: Vec<u8>,
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Http1(bytes)
    }
}

impl Message {
    /// The same over HTTP/2.
    pub fn over_http2(self) -> Self {
        match self {
            Self::Http1(bytes) => Self::Http2(Fields::of_http1(&bytes)),
            Self::Http2(_) => self,
        }
    }

    /// It as bytes, to be shown.
    pub fn as_bytes(&self) -> Vec<u8> {
        match self {
            Self::Http1(bytes) => bytes.clone(),
            Self::Http2(asked) => {
                let lines =
                    asked.fields.iter().map(|(name, value)| [name, &b": "[..], value].concat());
                [lines.collect::<Vec<_>>().join(&b"\n"[..]), asked.body.clone()].concat()
            }
        }
    }
}

impl Fields {
    /// What a head of HTTP/1.1 says. Names have no capitals, as HTTP/2 wants them;
    /// all else stays as wrong as it is.
    pub fn of_http1(head: &[u8]) -> Self {
        let end = find(head, b"\r\n\r\n").unwrap_or(head.len());
        let (head, body) = head.split_at(end);
        let mut lines = split(head, b"\r\n").into_iter();
        let line = lines.next().unwrap_or_default();
        let (method, target) = cut(line, b" ");
        let target = target.strip_suffix(b" HTTP/1.1").unwrap_or(target);
        let (mut authority, mut rest) = (Vec::new(), Vec::new());
        for line in lines {
            let (name, value) = cut(line, b":");
            let value = value.strip_prefix(b" ").unwrap_or(value).to_vec();
            match name.to_ascii_lowercase() {
                name if name == b"host" => authority = value,
                name => rest.push((name, value)),
            }
        }
        let mut asked = Self::asking(method, &authority, target);
        asked.fields.extend(rest);
        asked.body = body.strip_prefix(b"\r\n\r\n").unwrap_or_default().to_vec();
        asked
    }

    fn asking(method: &[u8], authority: &[u8], path: &[u8]) -> Self {
        let pairs: [(&[u8], &[u8]); 4] = [
            (b":method", method),
            (b":scheme", b"https"),
            (b":authority", authority),
            (b":path", path),
        ];
        let fields = pairs.map(|(name, value)| (name.to_vec(), value.to_vec())).into();
        Self { fields, body: Vec::new() }
    }

    /// With one more field.
    pub fn and(mut self, name: &[u8], value: &[u8]) -> Self {
        self.fields.push((name.to_vec(), value.to_vec()));
        self
    }

    /// With another value of a field that is there.
    pub fn with(mut self, name: &[u8], value: &[u8]) -> Self {
        for (_, before) in self.fields.iter_mut().filter(|(found, _)| found == name) {
            *before = value.to_vec();
        }
        self
    }

    /// With a body.
    pub fn carrying(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// The first value of a field.
    pub fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_slice())
    }
}

/// What lies before and behind the first `mark`.
fn cut<'a>(bytes: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    match find(bytes, mark) {
        Some(at) => {
            let (before, rest) = bytes.split_at(at);
            (before, rest.get(mark.len()..).unwrap_or_default())
        }
        None => (bytes, &[]),
    }
}

fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while find(rest, mark).is_some() {
        let (part, behind) = cut(rest, mark);
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_becomes_fields_as_wrong_as_it_was() {
        let head =
            b"GET /a b#\\ HTTP/1.1\r\nHost: app.test\r\nRemote-User : x:y \r\nX\x80: \r\n\r\nabc";
        let asked = Fields::of_http1(head);
        let wanted: Vec<(Vec<u8>, Vec<u8>)> = vec![
            (b":method".into(), b"GET".into()),
            (b":scheme".into(), b"https".into()),
            (b":authority".into(), b"app.test".into()),
            (b":path".into(), b"/a b#\\".into()),
            (b"remote-user ".into(), b"x:y ".into()),
            (b"x\x80".into(), b"".into()),
        ];
        assert_eq!(asked, Fields { fields: wanted, body: b"abc".into() });
    }
}
