//! Messages that two readers could read differently.

use super::row::{Expect, Row};
use super::subject::Subject;

const STOPPED: &str = "refused; no byte reaches the app";
const UNFINISHED: &str = "the app gets no whole request";
const PLAIN: &str = "refused, or arrives plain";

/// Rows of one kind.
struct Kind {
    id: &'static str,
    name: &'static str,
    messages: &'static [&'static [u8]],
}

#[rustfmt::skip]
const REFUSED: &[Kind] = &[
    Kind { id: "S01-S02", name: "a length and a coding", messages: &[
        b"{POST}Content-Length: 43\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n26\r\n{SM}\r\n0\r\n\r\n",
    ] },
    Kind { id: "S05-S08", name: "more than one coding", messages: &[
        b"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"{POST}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{SM}",
    ] },
    Kind { id: "S09-S13", name: "a coding in odd spelling", messages: &[
        b"{POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding:\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
        b"{POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{SM}",
        b"{POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{SM}",
        b"POST {T} HTTP/1.0\r\n{H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SM}",
    ] },
    Kind { id: "S17", name: "two lengths", messages: &[
        b"{POST}Content-Length: 0\r\nContent-Length: 38\r\n\r\n{SM}",
        b"{POST}Content-Length: 0,38\r\n\r\n{SM}",
    ] },
    Kind { id: "S18-S21", name: "a length that is no plain number", messages: &[
        b"{POST}Content-Length: +3\r\n\r\nabc",
        b"{POST}Content-Length: -1\r\n\r\nabc",
        b"{POST}Content-Length: -0\r\n\r\n{SM}",
        b"{POST}Content-Length: 0x26\r\n\r\n{SM}",
        b"{POST}Content-Length: 3.0\r\n\r\nabc",
        b"{POST}Content-Length: 3 3\r\n\r\nabc",
        b"{POST}Content-Length: 3_0\r\n\r\nabc",
        b"{POST}Content-Length: \xd9\xa3\r\n\r\nabc",
        b"{POST}Content-Length:\r\n\r\n{SM}",
        b"{POST}Content-Length : 3\r\n\r\nabc",
        b"{POST}Content-Length: 18446744073709551619\r\n\r\nabc{SM}",
        b"{POST}Content-Length: 9223372036854775808\r\n\r\nabc",
    ] },
    Kind { id: "S47", name: "a length or coding for one hop only", messages: &[
        b"{POST}Connection: Content-Length\r\nContent-Length: 38\r\n\r\n{SM}",
        b"{POST}Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] },
    Kind { id: "S23-S25", name: "lines that end in a bare LF or CR", messages: &[
        b"GET {T} HTTP/1.1\nHost: {NAME}\n\n",
        b"{GET}X-A: b\nX-Evil: b\r\n\r\n",
        b"GET {T} HTTP/1.1\n{H}\r\n",
        b"{GET}X-A: b\n\n{SM}",
        b"{GET}X-A: b\rX-Evil: 1\r\n\r\n",
        b"GET {T} HTTP/1.1\r\nHost: {NAME}\rX-Evil: 1\r\n{COOKIE}\r\n",
        b"{GET}X-A: b\r\r\nX-Evil: 1\r\n\r\n",
    ] },
    Kind { id: "S12", name: "a header folded over two lines", messages: &[
        b"{GET}X-A: b\r\n c\r\n\r\n",
        b"{GET}X-A: b\r\n\tRemote-User: {F}\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n {H}X-A: y\r\n\r\n",
    ] },
    Kind { id: "S26", name: "bytes that no header may hold", messages: &[
        b"{GET}X-A: a\0b\r\n\r\n",
        b"{GET}X-\0A: b\r\n\r\n",
        b"{GET}X A: b\r\n\r\n",
        b"{GET}X(A: b\r\n\r\n",
        b"{GET}: b\r\n\r\n",
        b"{GET}X-A\r\n\r\n",
        b"{GET}X-A\x80: b\r\n\r\n",
        b"{GET}X-A: \x1b[2J\r\n\r\n",
        b"{GET}X-A: a\x7f\r\n\r\n",
    ] },
    Kind { id: "S45-S46", name: "a version or preface of another protocol", messages: &[
        b"PRI * HTTP/2.0\r\n\r\n{SM}",
        b"PRI / HTTP/1.1\r\n{H}\r\n",
        b"GET {T} HTTP/2.0\r\n{H}\r\n",
        b"GET {T} HTTP/1.2\r\n{H}\r\n",
        b"GET {T} HTTP/0.9\r\n{H}\r\n",
        b"GET {T} http/1.1\r\n{H}\r\n",
        b"GET {T} HTTP/1.1 \r\n{H}\r\n",
        b"GET {T} HTTP/1.10\r\n{H}\r\n",
        b"GET {T}\tHTTP/1.1\r\n{H}\r\n",
    ] },
    Kind { id: "P20-P26", name: "a target that is no plain path", messages: &[
        b"GET vestibule-probe HTTP/1.1\r\n{H}\r\n",
        b"GET .. HTTP/1.1\r\n{H}\r\n",
        b"GET  {T} HTTP/1.1\r\n{H}\r\n",
        b"GET {T}  HTTP/1.1\r\n{H}\r\n",
        b"GET ?x HTTP/1.1\r\n{H}\r\n",
        b"GET # HTTP/1.1\r\n{H}\r\n",
        b"GET * HTTP/1.1\r\n{H}\r\n",
        b"GET {T} y HTTP/1.1\r\n{H}\r\n",
        b"GET {T}%00 HTTP/1.1\r\n{H}\r\n",
        b"GET {T}%0d%0aRemote-User:%20{F} HTTP/1.1\r\n{H}\r\n",
        b"GET http://evil.test/ HTTP/1.1\r\n{H}\r\n",
        b"GET http://u@{NAME}/ HTTP/1.1\r\n{H}\r\n",
        b"GET ftp://{NAME}/ HTTP/1.1\r\n{H}\r\n",
    ] },
    Kind { id: "P40-P49", name: "no host, two hosts, or one that is none", messages: &[
        b"GET {T} HTTP/1.1\r\n{COOKIE}\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host:\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{H}{HOST}\r\n",
        b"GET {T} HTTP/1.1\r\n{H}Host: evil.test\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host : {NAME}\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: {NAME}, evil.test\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: {NAME}/evil\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: {NAME}?x\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: {NAME}#x\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: {NAME}\\evil\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: evil.test@{NAME}\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: {NAME}:99999\r\n\r\n",
        b"GET {T} HTTP/1.1\r\n{COOKIE}Host: {NAME}:80:80\r\n\r\n",
        b"GET {T} HTTP/1.0\r\n{COOKIE}\r\n",
    ] },
];

#[rustfmt::skip]
const CHUNKS: Kind = Kind { id: "S28-S35", name: "chunks in odd framing", messages: &[
    b"{CHUNKED}3;a\nXX\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}3;a\rXX\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}3\nabc\n0\n\n",
    b"{CHUNKED}\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}3 \r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED} 3\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}0x3\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}+3\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}-3\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}10000000000000003\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}3\r\nabcXX0\r\n\r\n",
    b"{CHUNKED}3\r\nabc\n0\r\n\r\n",
    b"{CHUNKED}3\r\nabcd\r\n0\r\n\r\n",
    b"{CHUNKED}3;a\0b\r\nabc\r\n0\r\n\r\n",
    b"{CHUNKED}3\r\nabc\r\n0\r\n\n",
] };

/// Kind, and the words that may not arrive.
#[rustfmt::skip]
const REWRITTEN: &[(Kind, &[&str])] = &[
    (Kind { id: "S16-S19", name: "one length in several spellings", messages: &[
        b"{POST}Content-Length: 3, 3\r\n\r\nabc",
        b"{POST}Content-Length: 3,3\r\n\r\nabc",
        b"{POST}Content-Length: 003\r\n\r\nabc",
        b"{POST}Content-Length: 000000000000000000003\r\n\r\nabc",
    ] }, &[": 3,", ": 00"]),
    (Kind { id: "S02", name: "a length or coding spelt with _", messages: &[
        b"{POST}Content_Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"{POST}Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] }, &["content_length", "transfer_encoding"]),
    (Kind { id: "S36", name: "headers after a chunked body", messages: &[
        b"{CHUNKED}3\r\nabc\r\n0\r\nRemote-User: {F}\r\nContent-Length: 5\r\n\r\n",
    ] }, &["content-length: 5"]),
];

/// The rows.
pub fn rows(subject: &Subject) -> Vec<Row> {
    let of = |kind: &Kind, expected, expect: &Expect| {
        subject.row((kind.id, kind.name, expected), expect, true, kind.messages)
    };
    let named = || subject.way_in().and_then(|(_, visitor)| subject.named(visitor));
    let mut rows: Vec<Row> =
        REFUSED.iter().map(|kind| of(kind, STOPPED, &Expect::Stopped)).collect();
    rows.push(of(&CHUNKS, UNFINISHED, &Expect::Unfinished));
    rows.extend(REWRITTEN.iter().map(|(kind, words)| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        of(kind, PLAIN, &Expect::Without { words, named: named() })
    }));
    // Without a rule that asks for a session, the second request is welcome too.
    if subject.member.is_some() && subject.closed().next().is_some() {
        let words = vec![super::row::SMUGGLED.to_owned()];
        let second: &[u8] =
            b"{GET}\r\nGET {T}/../vestibule-smuggled HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n";
        let plain: &[u8] =
            b"{GET}\r\nGET {T}/vestibule-smuggled HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n";
        rows.push(subject.row(
            ("S38", "a second request behind one with a session", "each is judged alone"),
            &Expect::Without { words, named: named() },
            true,
            &[second, plain],
        ));
    }
    rows
}
