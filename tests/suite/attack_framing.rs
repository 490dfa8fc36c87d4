//! HTTP/1 messages that two readers could read differently, or that say more than one request may.
//! Each row is sent past the gateway first, where the attack works, and then through it.

use crate::support::raw::{self, Connection, exchange_and_finish};
use crate::support::recorder::{Parser, Recorder, Reply};
use crate::support::rig::{Rig, SharedRig, control, first_line};

static RIG: SharedRig = SharedRig::new();

/// An upstream that answers a few targets in ways of its own.
fn upstream() -> Recorder {
    Recorder::scripted(|head| {
        let target = raw::lossy(first_line(head).split(|b| *b == b' ').nth(1).unwrap_or_default());
        match target.as_str() {
            "/early" => Reply::raw("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
                .without_reading_the_body(),
            "/public/naive" => Reply::echo(head).without_reading_the_body(),
            other => {
                match ANSWERS.iter().find(|answer| other == format!("/answer/{}", answer.id)) {
                    Some(answer) => Reply::raw(answer.bytes),
                    None => Reply::echo(head),
                }
            }
        }
    })
}

/// One message and what must become of it. The short forms are those of [`Rig::expand`].
pub struct Row {
    id: &'static str,
    name: &'static str,
    /// What is sent.
    pub bytes: &'static [u8],
    expect: Expect,
    /// The kind of upstream that would run the smuggled request.
    fools: Option<Parser>,
}

#[derive(Clone, Copy)]
enum Expect {
    /// One of these statuses, the connection ends, no byte goes upstream. 0 is no answer at all.
    Refused(&'static [u16]),
    /// As above, but a head may have gone upstream before the fault came. No request may be whole.
    Aborted(&'static [u16]),
    /// Refused, or passed on without these bytes.
    Without(&'static [&'static [u8]]),
}

use Expect::{Aborted, Refused, Without};

const fn row(id: &'static str, name: &'static str, bytes: &'static [u8], expect: Expect) -> Row {
    Row { id, name, bytes, expect, fools: None }
}

impl Row {
    const fn fools(mut self, parser: Parser) -> Self {
        self.fools = Some(parser);
        self
    }

    fn label(&self) -> String {
        format!("{} {}", self.id, self.name)
    }
}

const BAD: Expect = Refused(&[400]);
const BAD_CODING: Expect = Refused(&[501, 400]);
const BAD_VERSION: Expect = Refused(&[400, 505]);
const BAD_CHUNK: Expect = Aborted(&[400]);

#[rustfmt::skip]
pub const LENGTHS: &[Row] = &[
    row("S01", "length and coding, body ends by coding", b"{POST}Content-Length: 43\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SM}", BAD).fools(Parser::CodingFirst),
    row("S02", "length and coding, body ends by length", b"{POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n26\r\n{SM}\r\n0\r\n\r\n", BAD).fools(Parser::LengthOnly),
    row("S02b", "length of the folded spelling beside a coding", b"{POST}Content_Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Without(&[b"Content_Length"])),
    row("S02c", "coding of the folded spelling beside a length", b"{POST}Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\n0\r\n\r\n", Without(&[b"Transfer_Encoding"])),
    row("S05", "the coding twice in one line", b"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S06", "the coding in two lines", b"{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S06b", "two codings in two lines", b"{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S07", "gzip before chunked", b"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", BAD_CODING),
    row("S08", "identity before chunked", b"{POST}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S08b", "chunked before identity", b"{POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S09a", "unknown coding with chunked in it", b"{POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S09b", "quoted coding", b"{POST}Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S09c", "vertical tab before the coding", b"{POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S09d", "coding with a parameter", b"{POST}Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S09e", "coding with a trailing comma", b"{POST}Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S09f", "empty coding", b"{POST}Transfer-Encoding:\r\n\r\n{SM}", BAD_CODING).fools(Parser::CodingFirst),
    row("S09g", "identity alone", b"{POST}Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", BAD_CODING),
    row("S10", "space before the colon of the coding", b"{POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{SM}", BAD).fools(Parser::CodingFirst),
    row("S10b", "space before the colon of the length", b"{POST}Content-Length : 3\r\n\r\nabc", BAD),
    row("S11", "folded coding", b"{POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{SM}", BAD),
    row("S12", "folded header", b"{GET}X-A: b\r\n c\r\n\r\n", BAD),
    row("S12b", "header folded with a tab", b"{GET}X-A: b\r\n\tRemote-User: admin\r\n\r\n", BAD),
    row("S13", "coding in HTTP/1.0", b"POST / HTTP/1.0\r\n{H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SM}", BAD).fools(Parser::CodingFirst),
    row("S16a", "length as a list of equals", b"{POST}Content-Length: 3, 3\r\n\r\nabc", Without(&[b": 3, 3"])),
    row("S16b", "length as a list without space", b"{POST}Content-Length: 3,3\r\n\r\nabc", Without(&[b": 3,3"])),
    row("S16c", "the same length in two lines", b"{POST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", Without(&[b"Content-Length: 3\r\nContent-Length: 3"])),
    row("S17a", "two lengths in two lines", b"{POST}Content-Length: 0\r\nContent-Length: 38\r\n\r\n{SM}", BAD).fools(Parser::LengthOnly),
    row("S17b", "two lengths in a list", b"{POST}Content-Length: 0,38\r\n\r\n{SM}", BAD).fools(Parser::LengthOnly),
    row("S18a", "length with a plus", b"{POST}Content-Length: +3\r\n\r\nabc", BAD),
    row("S18b", "negative length", b"{POST}Content-Length: -1\r\n\r\nabc", BAD),
    row("S18c", "length of minus zero", b"{POST}Content-Length: -0\r\n\r\n{SM}", BAD).fools(Parser::LengthOnly),
    row("S18d", "length in hex", b"{POST}Content-Length: 0x26\r\n\r\n{SM}", BAD).fools(Parser::LengthOnly),
    row("S18e", "length with decimals", b"{POST}Content-Length: 3.0\r\n\r\nabc", BAD),
    row("S18f", "length with a space in it", b"{POST}Content-Length: 3 3\r\n\r\nabc", BAD),
    row("S18g", "length with an underscore", b"{POST}Content-Length: 3_0\r\n\r\nabc", BAD),
    row("S18h", "length in Arabic digits", b"{POST}Content-Length: \xd9\xa3\r\n\r\nabc", BAD),
    row("S18i", "empty length", b"{POST}Content-Length:\r\n\r\n{SM}", BAD).fools(Parser::LengthOnly),
    row("S19a", "length with leading zeros", b"{POST}Content-Length: 003\r\n\r\nabc", Without(&[b": 003"])),
    row("S19b", "length with twenty zeros", b"{POST}Content-Length: 000000000000000000003\r\n\r\nabc", Without(&[b": 0000"])),
    row("S20a", "length that wraps to 3", b"{POST}Content-Length: 18446744073709551619\r\n\r\nabc{SM}", Refused(&[400, 413])).fools(Parser::LengthOnly),
    row("S20b", "length of 23 digits", b"{POST}Content-Length: 99999999999999999999999\r\n\r\nabc", Refused(&[400, 413])),
    row("S21", "length just over a signed number", b"{POST}Content-Length: 9223372036854775808\r\n\r\nabc", Refused(&[400, 413])),
    row("S47a", "length nominated as hop-by-hop", b"{POST}Connection: Content-Length\r\nContent-Length: 38\r\n\r\n{SM}", BAD).fools(Parser::Bodyless),
    row("S47b", "coding nominated as hop-by-hop", b"{POST}Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD),
];

#[rustfmt::skip]
pub const LINES: &[Row] = &[
    row("S23", "bare LF everywhere", b"GET / HTTP/1.1\nHost: app.test\n\n", BAD),
    row("S24", "bare LF after one header", b"{GET}X-A: b\nX-Evil: b\r\n\r\n", BAD),
    row("S24b", "bare LF after the request line", b"GET / HTTP/1.1\n{H}\r\n", BAD),
    row("S24c", "head ends with LF LF", b"{GET}X-A: b\n\n{SM}", BAD).fools(Parser::CodingFirst),
    row("S25a", "bare CR in a value", b"{GET}X-A: b\rX-Evil: 1\r\n\r\n", BAD),
    row("S25b", "bare CR in the host", b"GET / HTTP/1.1\r\nHost: app.test\rX-Evil: 1\r\n{COOKIE}\r\n", BAD),
    row("S25c", "CR CR LF", b"{GET}X-A: b\r\r\nX-Evil: 1\r\n\r\n", BAD),
    row("S26a", "NUL in a value", b"{GET}X-A: a\0b\r\n\r\n", BAD),
    row("S26b", "NUL in a name", b"{GET}X-\0A: b\r\n\r\n", BAD),
    row("S26c", "space in a name", b"{GET}X A: b\r\n\r\n", BAD),
    row("S26d", "parenthesis in a name", b"{GET}X(A: b\r\n\r\n", BAD),
    row("S26e", "empty name", b"{GET}: b\r\n\r\n", BAD),
    row("S26f", "line without a colon", b"{GET}X-A\r\n\r\n", BAD),
    row("S26g", "high byte in a value", b"{GET}X-A: \x80b\r\n\r\n", Without(&[b"\x80"])),
    row("S26h", "high byte in a name", b"{GET}X-A\x80: b\r\n\r\n", BAD),
    row("S26i", "escape character in a value", b"{GET}X-A: \x1b[2J\r\n\r\n", BAD),
    row("S26j", "delete character in a value", b"{GET}X-A: a\x7f\r\n\r\n", BAD),
    row("S27", "space before the first header", b"GET / HTTP/1.1\r\n {H}X-A: y\r\n\r\n", BAD),
    row("S44", "change to HTTP/2 in clear text", b"{GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", Without(&[b"HTTP2-Settings", b"Upgrade: h2c"])),
    row("S45a", "half of the HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\n{SM}", Refused(&[400, 0])).fools(Parser::CodingFirst),
    row("S45b", "the HTTP/2 preface before HTTP/1", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SM}", Refused(&[400, 0])).fools(Parser::CodingFirst),
    row("S45c", "the method of the preface", b"PRI / HTTP/1.1\r\n{H}\r\n", Refused(&[400, 405])),
    row("S46a", "version 2.0", b"GET / HTTP/2.0\r\n{H}\r\n", BAD_VERSION),
    row("S46b", "version 1.2", b"GET / HTTP/1.2\r\n{H}\r\n", BAD_VERSION),
    row("S46c", "version 0.9", b"GET / HTTP/0.9\r\n{H}\r\n", BAD_VERSION),
    row("S46d", "version in lower case", b"GET / http/1.1\r\n{H}\r\n", BAD_VERSION),
    row("S46e", "space after the version", b"GET / HTTP/1.1 \r\n{H}\r\n", BAD_VERSION),
    row("S46f", "no version", b"GET /\r\n{H}\r\n", Refused(&[400, 505, 0])),
    row("S46g", "version 1.10", b"GET / HTTP/1.10\r\n{H}\r\n", BAD_VERSION),
    row("S46h", "tab before the version", b"GET /\tHTTP/1.1\r\n{H}\r\n", BAD_VERSION),
];

#[rustfmt::skip]
pub const CHUNKS: &[Row] = &[
    row("S28", "bare LF in an extension", b"{CHUNKED}3;a\nXX\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S28b", "bare CR in an extension", b"{CHUNKED}3;a\rXX\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S30", "size lines that end in LF", b"{CHUNKED}3\nabc\n0\n\n", BAD_CHUNK),
    row("S31", "empty size", b"{CHUNKED}\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S33", "space after the size", b"{CHUNKED}3 \r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S33b", "space before the size", b"{CHUNKED} 3\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S33c", "size with a prefix", b"{CHUNKED}0x3\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S33d", "size with a plus", b"{CHUNKED}+3\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S33e", "size with a minus", b"{CHUNKED}-3\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S33f", "size that overflows", b"{CHUNKED}10000000000000003\r\nabc\r\n0\r\n\r\n", Aborted(&[400, 413])),
    row("S34a", "wrong bytes after the data", b"{CHUNKED}3\r\nabcXX0\r\n\r\n", BAD_CHUNK),
    row("S34b", "LF after the data", b"{CHUNKED}3\r\nabc\n0\r\n\r\n", BAD_CHUNK),
    row("S34c", "more data than the size", b"{CHUNKED}3\r\nabcd\r\n0\r\n\r\n", BAD_CHUNK),
    row("S35", "NUL in an extension", b"{CHUNKED}3;a\0b\r\nabc\r\n0\r\n\r\n", BAD_CHUNK),
    row("S35c", "bare LF after the last chunk", b"{CHUNKED}3\r\nabc\r\n0\r\n\n", BAD_CHUNK),
];

#[test]
fn a_message_with_two_readings_of_its_length_reaches_nobody() {
    drive(LENGTHS);
}

#[test]
fn a_malformed_line_reaches_nobody() {
    drive(LINES);
}

#[test]
fn a_malformed_chunk_ends_the_request_on_both_sides() {
    drive(CHUNKS);
    let long = [b"{CHUNKED}3;", &[b'a'; 20_000][..], b"\r\nabc\r\n0\r\n\r\n"].concat();
    let rig = Rig::lock(&RIG, upstream);
    check(&rig, "S35b extension of 20 KB", &long, Aborted(&[400, 413]));
}

#[test]
fn a_malformed_chunk_that_comes_late_still_never_makes_a_whole_request() {
    let rig = Rig::lock(&RIG, upstream);
    for row in CHUNKS {
        rig.recorder.clear();
        let mut connection = Connection::open(rig.gateway.addr);
        connection.write(&rig.expand(b"{CHUNKED}3\r\nabc\r\n"));
        // The head is upstream before the fault is on its way.
        rig.recorder.wait_for(b"POST / ");
        connection.write(&row.bytes[b"{CHUNKED}".len()..]);
        let reply = connection.until_closed();
        let label = row.label();
        assert!([0, 400, 413].contains(&reply.status()), "{label}: {}", reply.shown());
        assert!(reply.closed, "{label}: the connection stays open");
        rig.innocent(&label);
        assert_no_whole_attack(&rig, &label);
    }
}

#[test]
fn trailers_end_at_the_gateway() {
    let bytes = b"{CHUNKED}3\r\nabc\r\n0\r\nRemote-User: forged\r\nContent-Length: 5\r\n\r\n";
    let rig = Rig::lock(&RIG, upstream);
    control("S36", &rig.expand(bytes));
    check(&rig, "S36 trailers", bytes, Without(&[b"forged", b"Content-Length: 5"]));
}

#[test]
fn what_follows_a_body_is_a_request_of_its_own_or_nothing() {
    let rows: [(&str, &[u8], Parser); 3] = [
        ("S14", b"POST / HTTP/1.0\r\n{H}Content-Length: 3\r\n\r\nabc{SM}", Parser::CodingFirst),
        ("S37", b"{CHUNKED}3\r\nabc\r\n0\r\n\r\n{SM}", Parser::CodingFirst),
        ("S37b", b"{POST}Content-Length: 38\r\n\r\n{SM}", Parser::Bodyless),
    ];
    let rig = Rig::lock(&RIG, upstream);
    for (id, bytes, parser) in rows {
        assert_fools(id, &rig.expand(bytes), parser);
        rig.recorder.clear();
        let reply = rig.exchange(bytes);
        assert!([200, 400].contains(&reply.status()), "{id}: {}", reply.shown());
        rig.innocent(id);
        rig.assert_nothing_smuggled(id);
    }
}

#[test]
fn a_pipelined_request_is_judged_alone() {
    let rig = Rig::lock(&RIG, upstream);
    let bytes = rig.expand(b"{GET}\r\nGET /second HTTP/1.1\r\n{HOST}\r\n");
    // Control: an upstream without a gateway answers both.
    let recorder = Recorder::start();
    exchange_and_finish(recorder.addr(), &bytes);
    assert!(recorder.saw(b"GET /second"));

    let mut connection = Connection::open(rig.gateway.addr);
    connection.write(&bytes);
    assert_eq!(connection.reply().status(), 200);
    let second = connection.reply();
    let refused = second.closed || [303, 401].contains(&second.status());
    assert!(refused, "the second went through: {}", second.shown());
    rig.innocent("S38");
    assert!(!rig.recorder.saw(b"/second"), "{}", rig.recorder.shown());
}

#[test]
fn a_body_on_an_open_path_is_never_run_by_an_upstream_that_ignores_bodies() {
    let rows: [(&str, &[u8]); 5] = [
        ("S40a", b"POST /public/naive HTTP/1.1\r\n{HOST}Content-Length: 38\r\n\r\n{SM}"),
        ("S40b", b"GET /public/naive HTTP/1.1\r\n{HOST}Content-Length: 38\r\n\r\n{SM}"),
        (
            "S40c",
            b"PUT /public/naive HTTP/1.1\r\nHost: open.test\r\nContent-Length: 38\r\n\r\n{SM}",
        ),
        ("S40d", b"DELETE /public/naive HTTP/1.1\r\n{HOST}Content-Length: 38\r\n\r\n{SM}"),
        (
            "S40e",
            b"POST /public/naive HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n\
              26\r\n{SM}\r\n0\r\n\r\n",
        ),
    ];
    let rig = Rig::lock(&RIG, upstream);
    for (id, bytes) in rows {
        let expanded = rig.expand(bytes);
        if !raw::holds(bytes, b"chunked") {
            assert_fools(id, &expanded, Parser::Bodyless);
        }
        let reply = rig.exchange(bytes);
        assert_ne!(reply.status(), 0, "{id}: no answer");
        rig.innocent(id);
        rig.assert_nothing_smuggled(id);
    }
    rig.assert_nothing_smuggled("S40, after all rows");
}

#[test]
fn an_upstream_that_answers_before_the_body_is_not_used_again() {
    let head = b"POST /early HTTP/1.1\r\n{H}Content-Length: 38\r\n\r\n";
    let rig = Rig::lock(&RIG, upstream);
    // Control: on one connection the body would be the next request.
    raw::exchange_and_finish(rig.recorder.addr(), &rig.expand(&[head, &b"{SM}"[..]].concat()));
    assert!(rig.recorder.saw(b"/smug"));

    rig.recorder.clear();
    let mut connection = Connection::open(rig.gateway.addr);
    connection.write(&rig.expand(head));
    let early = connection.reply();
    assert_eq!(early.status(), 401, "S42: {}", early.shown());
    connection.write(&rig.expand(b"{SM}"));
    connection.finish();
    connection.until_closed();
    rig.innocent("S42");
    assert!(!rig.recorder.saw(b"/smug"), "S42: {}", rig.recorder.shown());
    assert_not_reused(&rig, "S42");

    rig.recorder.clear();
    let reply = rig
        .exchange(b"POST /early HTTP/1.1\r\n{H}Expect: 100-continue\r\nContent-Length: 60\r\n\r\n");
    assert_eq!(reply.status(), 401, "S41: {}", reply.shown());
    rig.innocent("S41");
    assert_not_reused(&rig, "S41");
}

#[test]
fn a_head_over_the_limit_is_refused_and_one_below_passes() {
    let rig = Rig::lock(&RIG, upstream);
    let one = format!("X-Fill: {}\r\n", "a".repeat(33 * 1024));
    let several = format!("X-Fill: {}\r\n", "a".repeat(1_000)).repeat(40);
    let many = "X-A: b\r\n".repeat(1_000);
    let rows =
        [("one line", one, &[431][..]), ("several", several, &[431]), ("many", many, &[431, 400])];
    for (name, lines, statuses) in rows {
        rig.recorder.clear();
        let bytes = format!("{{GET}}{lines}\r\n");
        control(name, &rig.expand(bytes.as_bytes()));
        let reply = rig.exchange_until_closed(bytes.as_bytes());
        rig.assert_refused(name, &reply, statuses);
    }
    let below = format!("{{GET}}X-Fill: {}\r\n\r\n", "a".repeat(20 * 1024));
    let reply = rig.exchange(below.as_bytes());
    assert_eq!(reply.status(), 200, "20 KB: {}", reply.shown());
}

/// A response of an upstream, and what the visitor may see of it.
struct Answer {
    id: &'static str,
    bytes: &'static [u8],
    shows: Shows,
}

enum Shows {
    /// Status 502 and nothing of it.
    BadGateway,
    /// Status 502, or the response without these headers.
    Lacks(&'static [&'static str]),
}

#[rustfmt::skip]
const ANSWERS: &[Answer] = &[
    Answer { id: "S49", bytes: b"HTTP/1.1 200 OK\r\nX-A: a\nX-Evil: b\r\nContent-Length: 2\r\n\r\nok", shows: Shows::Lacks(&["x-evil"]) },
    Answer { id: "S50", bytes: b"HTTP/1.1 200 OK\r\nConnection: X-Secret, keep-alive\r\nX-Secret: 1\r\nKeep-Alive: timeout=9\r\nProxy-Connection: keep-alive\r\nProxy-Authenticate: Basic\r\nTrailer: X-T\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok", shows: Shows::Lacks(&["x-secret", "keep-alive", "proxy-connection", "proxy-authenticate", "trailer", "upgrade"]) },
    Answer { id: "twolengths", bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nokok", shows: Shows::BadGateway },
    Answer { id: "nul", bytes: b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nok", shows: Shows::BadGateway },
    Answer { id: "both", bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", shows: Shows::Lacks(&["content-length"]) },
    Answer { id: "queued", bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen", shows: Shows::Lacks(&[]) },
];

#[test]
fn an_odd_answer_of_an_upstream_harms_neither_its_visitor_nor_the_next() {
    let rig = Rig::lock(&RIG, upstream);
    for Answer { id, bytes, shows } in ANSWERS {
        let request = format!("GET /answer/{id} HTTP/1.1\r\n{{H}}\r\n");
        // Control: without a gateway the visitor gets the response as it is.
        let straight = exchange_and_finish(rig.recorder.addr(), &rig.expand(request.as_bytes()));
        assert_eq!(straight.bytes, *bytes, "{id}: control");

        let reply = rig.exchange(request.as_bytes());
        match shows {
            Shows::BadGateway => assert_eq!(reply.status(), 502, "{id}: {}", reply.shown()),
            Shows::Lacks(names) => {
                assert!([200, 502].contains(&reply.status()), "{id}: {}", reply.shown());
                for name in *names {
                    // The gateway's own 502 has a length and a connection of its own.
                    let seen = reply.status() == 200 && reply.header(name).is_some();
                    assert!(!seen, "{id}: {name} in {}", reply.shown());
                }
                let ours = reply.status() == 502 || reply.text() == "ok";
                assert!(ours, "{id}: another body: {}", reply.shown());
            }
        }
        rig.innocent(id);
        rig.innocent(id);
    }
}

fn drive(rows: &[Row]) {
    drive_on(&Rig::lock(&RIG, upstream), rows);
}

/// Sends each row past a gateway and then through this one.
pub fn drive_on(rig: &Rig, rows: &[Row]) {
    for row in rows {
        let label = row.label();
        match row.fools {
            Some(parser) => assert_fools(&label, &rig.expand(row.bytes), parser),
            None => control(&label, &rig.expand(row.bytes)),
        }
        check(rig, &label, row.bytes, row.expect);
    }
}

fn check(rig: &Rig, label: &str, bytes: &[u8], expect: Expect) {
    rig.recorder.clear();
    match expect {
        Refused(statuses) => {
            let reply = rig.exchange_until_closed(bytes);
            rig.assert_refused(label, &reply, statuses);
        }
        Aborted(statuses) => {
            let reply = rig.exchange_until_closed(bytes);
            assert!(statuses.contains(&reply.status()), "{label}: {}", reply.shown());
            assert!(reply.closed, "{label}: the connection stays open");
            rig.innocent(label);
            assert_no_whole_attack(rig, label);
        }
        Without(parts) => {
            let reply = rig.exchange(bytes);
            let known = [200, 400, 501].contains(&reply.status());
            assert!(known, "{label}: neither passed nor refused: {}", reply.shown());
            rig.innocent(label);
            for part in parts {
                assert!(!rig.recorder.saw(part), "{label}: {}", rig.recorder.shown());
            }
        }
    }
    rig.assert_nothing_smuggled(label);
}

/// Shows that a smuggling attack is one: an upstream of this kind runs the hidden request.
fn assert_fools(label: &str, bytes: &[u8], parser: Parser) {
    let recorder = Recorder::with_parser(parser);
    exchange_and_finish(recorder.addr(), bytes);
    let ran = recorder.requests().iter().any(|head| head.starts_with(b"GET /smug"));
    assert!(ran, "{label}: control: not run by {parser:?}: {}", recorder.shown());
}

fn assert_no_whole_attack(rig: &Rig, label: &str) {
    let whole = rig.recorder.completed();
    let innocent = whole.iter().all(|head| head.starts_with(b"GET /innocent/"));
    assert!(innocent, "{label}: a whole request upstream: {}", rig.recorder.shown());
}

/// Asserts that nothing came after the early answer on its connection.
fn assert_not_reused(rig: &Rig, label: &str) {
    let connections = rig.recorder.connections();
    let used = connections.iter().find(|bytes| raw::holds(bytes, b"POST /early"));
    let used = used.unwrap_or_else(|| panic!("{label}: the request did not arrive"));
    assert!(!raw::holds(used, b"GET /innocent/"), "{label}: {}", rig.recorder.shown());
}
