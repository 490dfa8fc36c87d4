//! HTTP/2 frames written by hand over a plain socket. Fields are literals without index and without
//! Huffman coding, so that nothing stands between a test and what it wants to say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::raw::DEADLINE;

/// One field, name and value, as bytes nobody checks.
pub type Field<'a> = (&'a [u8], &'a [u8]);

/// A request on stream 1.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// Pseudo-header fields and fields, in the order they are sent.
    pub fields: Vec<Field<'a>>,
    /// The body; each piece is a DATA frame.
    pub data: Vec<&'a [u8]>,
    /// Fields after the body.
    pub trailers: Vec<Field<'a>>,
}

/// How the server ended the stream or the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A final response with this status.
    Status(u16),
    /// The stream was reset with this error code.
    Reset(u32),
    /// The connection was ended with this error code.
    GoAway(u32),
    /// The connection was closed without a word.
    Closed,
    /// Nothing came within the deadline.
    Silence,
}

/// How a connection begins (RFC 9113, 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Types of frames (RFC 9113, 6).
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

// And their flags.
pub const END_STREAM: u8 = 1;
pub const ACK: u8 = 1;
pub const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const WITH_PRIORITY: u8 = 0x20;

/// Sends one request with prior knowledge and tells how it ended.
pub fn exchange(addr: SocketAddr, request: &Request) -> Outcome {
    let mut stream = TcpStream::connect(addr).expect("the gateway accepts a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a read deadline");
    stream.set_write_timeout(Some(DEADLINE)).expect("a write deadline");
    let mut bytes = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let ends = |last: bool| if last { END_STREAM } else { 0 };
    let bare = request.data.is_empty() && request.trailers.is_empty();
    let flags = END_HEADERS | ends(bare);
    bytes.extend(frame(HEADERS, flags, 1, &block(&request.fields)));
    for (index, piece) in request.data.iter().enumerate() {
        let last = index + 1 == request.data.len() && request.trailers.is_empty();
        bytes.extend(frame(DATA, ends(last), 1, piece));
    }
    if !request.trailers.is_empty() {
        let flags = END_HEADERS | END_STREAM;
        bytes.extend(frame(HEADERS, flags, 1, &block(&request.trailers)));
    }
    // A server that has closed already is read below.
    let _ = stream.write_all(&bytes);
    outcome(&mut stream)
}

/// Sends one request whose field block is written out by the caller, and tells how it ended.
pub fn exchange_block(addr: SocketAddr, block: &[u8]) -> Outcome {
    let mut stream = TcpStream::connect(addr).expect("the gateway accepts a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a read deadline");
    let head = frame(HEADERS, END_HEADERS | END_STREAM, 1, block);
    let _ = stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), &head].concat());
    outcome(&mut stream)
}

/// One frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a payload that fits").to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A field block.
pub fn block(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.push(0);
        for text in [name, value] {
            length(&mut bytes, text.len());
            bytes.extend(*text);
        }
    }
    bytes
}

/// An integer with a prefix of seven bits (RFC 7541, 5.1).
fn length(bytes: &mut Vec<u8>, value: usize) {
    if value < 0x7f {
        bytes.push(value.to_le_bytes()[0]);
        return;
    }
    bytes.push(0x7f);
    let mut rest = value - 0x7f;
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
}

fn outcome(stream: &mut TcpStream) -> Outcome {
    loop {
        let mut head = [0; 9];
        if let Err(error) = stream.read_exact(&mut head) {
            return match error.kind() {
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => Outcome::Silence,
                _ => Outcome::Closed,
            };
        }
        let [a, b, c, kind, flags, stream_id @ ..] = head;
        let count = u32::from_be_bytes([0, a, b, c]);
        let mut payload = vec![0; usize::try_from(count).expect("a length that fits")];
        if stream.read_exact(&mut payload).is_err() {
            return Outcome::Closed;
        }
        let code = |at: usize| {
            let bytes = payload.get(at..at + 4).and_then(|four| four.try_into().ok());
            u32::from_be_bytes(bytes.unwrap_or_default())
        };
        match kind {
            SETTINGS if flags & ACK == 0 => {
                let _ = stream.write_all(&frame(SETTINGS, ACK, 0, &[]));
            }
            HEADERS if stream_id == [0, 0, 0, 1] => match status(&payload, flags) {
                100..=199 => {}
                status => return Outcome::Status(status),
            },
            RST_STREAM => return Outcome::Reset(code(0)),
            // Without an error this only says that no new stream is welcome.
            GOAWAY if code(4) != 0 => return Outcome::GoAway(code(4)),
            _ => {}
        }
    }
}

/// The status at the start of a response's field block, where RFC 9113 wants it. Only the forms
/// a first block can have are read.
fn status(payload: &[u8], flags: u8) -> u16 {
    let mut block = payload;
    if flags & PADDED != 0 {
        block = block.get(1..).unwrap_or_default();
    }
    if flags & WITH_PRIORITY != 0 {
        block = block.get(5..).unwrap_or_default();
    }
    // A change of the table's size may come first (001xxxxx).
    while let [first, rest @ ..] = block
        && first >> 5 == 1
    {
        let more = rest.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        block = if first & 0x1f == 0x1f { &rest[more..] } else { rest };
    }
    const INDEXED: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    match block {
        [index @ 0x88..=0x8e, ..] => INDEXED[usize::from(index - 0x88)],
        // A literal whose name is one of the entries 8 to 14 of the static table, `:status`.
        [0x48..=0x4e | 0x08..=0x0e | 0x18..=0x1e, length, value @ ..] => {
            let value = &value[..usize::from(length & 0x7f)];
            match length & 0x80 {
                0 => String::from_utf8_lossy(value).parse().expect("a status in digits"),
                _ => huffman_digits(value),
            }
        }
        other => panic!("no status at the start of {other:?}"),
    }
}

/// Three digits in the code of RFC 7541, appendix B: five bits for 0 to 2, six for 3 to 9.
fn huffman_digits(bytes: &[u8]) -> u16 {
    let bits: Vec<u16> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| u16::from(byte >> at & 1)))
        .collect();
    let number = |bits: &[u16]| bits.iter().fold(0, |sum, bit| sum * 2 + bit);
    let (mut at, mut status) = (0, 0);
    for _ in 0..3 {
        let five = number(&bits[at..at + 5]);
        let digit = if five <= 2 { five } else { number(&bits[at..at + 6]) - 0b01_1001 + 3 };
        at += if five <= 2 { 5 } else { 6 };
        status = status * 10 + digit;
    }
    status
}
