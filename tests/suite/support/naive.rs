//! A proxy that names whoever brings the right cookie, passes on everything and checks nothing: what
//! a row of attacks finds there it can find. HTTP/2 it writes out as HTTP/1.1, field by field.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use vestibule::attack::echo::PLANTED;

use super::http2::{ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PREFACE, SETTINGS, block, frame};

/// An app that makes nothing of what it got answers nothing.
const APP_TIME: Duration = Duration::from_millis(300);

/// The session that the naive proxy believes.
pub const COOKIE: &str = "__Host-vestibule=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
/// What it tells the app of whoever brings it.
const NAMED: &str = "Remote-User: member\r\nX-Vestibule-Assertion: signed\r\n";

/// A proxy that passes on every byte, names whoever brings the cookie, and checks nothing.
pub fn naive_proxy(to: SocketAddr, hides_what_apps_claim: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let Ok(mut app) = TcpStream::connect(to) else { return };
            if speaks_http2(&client) {
                // Whoever goes away in the middle is served no more.
                thread::spawn(move || drop(translate(client, app, hides_what_apps_claim)));
                continue;
            }
            let (mut from_app, mut to_client) =
                (app.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                pass(&mut from_app, &mut to_client, |bytes| match hides_what_apps_claim {
                    true => replaced(bytes, PLANTED.as_bytes(), b"nothing"),
                    false => bytes.to_vec(),
                });
            });
            let line = format!("Cookie: {COOKIE}\r\n");
            let naming = format!("{line}{NAMED}");
            thread::spawn(move || {
                pass(&mut client, &mut app, |bytes| {
                    replaced(bytes, line.as_bytes(), naming.as_bytes())
                });
            });
        }
    });
    address
}

fn pass(from: &mut TcpStream, to: &mut TcpStream, change: impl Fn(&[u8]) -> Vec<u8>) {
    let mut part = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut part) {
        if to.write_all(&change(&part[..read])).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn replaced(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    match bytes.windows(what.len()).position(|window| window == what) {
        Some(at) => {
            let rest = replaced(&bytes[at + what.len()..], what, with);
            [&bytes[..at], with, &rest].concat()
        }
        None => bytes.to_vec(),
    }
}

fn speaks_http2(client: &TcpStream) -> bool {
    // A preface alone is an attack on a reader of HTTP/1.1.
    let begins = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let mut first = vec![0; begins.len()];
    while let Ok(bytes @ 1..) = client.peek(&mut first) {
        if first[..bytes] != begins[..bytes] {
            return false;
        }
        if bytes == begins.len() {
            return true;
        }
    }
    false
}

/// One request of HTTP/2 as HTTP/1.1, and its answer back.
fn translate(mut client: TcpStream, mut app: TcpStream, hides: bool) -> io::Result<()> {
    client.read_exact(&mut [0; PREFACE.len()])?;
    client.write_all(&[frame(SETTINGS, 0, 0, &[]), frame(SETTINGS, ACK, 0, &[])].concat())?;
    let (mut fields, mut body) = (Vec::new(), Vec::new());
    loop {
        let mut head = [0; 9];
        client.read_exact(&mut head)?;
        let [a, b, c, kind, flags, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        client.read_exact(&mut payload)?;
        match kind {
            HEADERS => fields = literals(&payload),
            DATA => body.extend(payload),
            _ => continue,
        }
        if flags & END_STREAM != 0 {
            break;
        }
    }
    let last = |name: &[u8]| {
        let found = fields.iter().rev().find(|(found, _)| found == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let (method, path, host) = (last(b":method"), last(b":path"), last(b":authority"));
    let mut asked = [&method, &b" "[..], &path, b" HTTP/1.1\r\nHost: ", &host, b"\r\n"].concat();
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with(b":")) {
        asked.extend([name, &b": "[..], value, b"\r\n"].concat());
        if name == b"cookie" && value == COOKIE.as_bytes() {
            asked.extend(NAMED.as_bytes());
        }
    }
    app.write_all(&[&asked, &b"\r\n"[..], &body].concat())?;
    answer(&mut client, &mut app, method == b"HEAD", hides)
}

/// Fields that are written out, without index and without Huffman coding.
fn literals(mut block: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let text = |block: &mut &[u8]| {
        let (mut length, mut shift) = (usize::from(block[0]), 0);
        *block = &block[1..];
        while length >= 0x7f {
            let more = block[0];
            *block = &block[1..];
            length += usize::from(more & 0x7f) << shift;
            shift += 7;
            if more & 0x80 == 0 {
                break;
            }
        }
        let (text, rest) = block.split_at(length);
        *block = rest;
        text.to_vec()
    };
    let mut fields = Vec::new();
    while !block.is_empty() {
        block = &block[1..];
        fields.push((text(&mut block), text(&mut block)));
    }
    fields
}

fn answer(
    client: &mut TcpStream,
    app: &mut TcpStream,
    asks_head: bool,
    hides: bool,
) -> io::Result<()> {
    app.set_read_timeout(Some(APP_TIME))?;
    let mut said = Vec::new();
    let mut part = [0; 4096];
    while !said.windows(4).any(|four| four == b"\r\n\r\n") {
        match app.read(&mut part)? {
            0 => return Ok(()),
            read => said.extend_from_slice(&part[..read]),
        }
    }
    let said = if hides { replaced(&said, PLANTED.as_bytes(), b"nothing") } else { said };
    let said = String::from_utf8_lossy(&said).to_ascii_lowercase();
    let head = said.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let lines = lines.filter(|(name, _)| *name != "content-length");
    let mut fields: Vec<(&[u8], &[u8])> = vec![(b":status", b"200")];
    fields.extend(lines.map(|(name, value)| (name.as_bytes(), value.as_bytes())));
    let flags = END_HEADERS | if asks_head { END_STREAM } else { 0 };
    let mut bytes = frame(HEADERS, flags, 1, &block(&fields));
    if !asks_head {
        bytes.extend(frame(DATA, END_STREAM, 1, b"echo"));
    }
    client.write_all(&bytes)
}
