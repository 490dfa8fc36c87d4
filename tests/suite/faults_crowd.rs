//! Very many who do nothing (F17): each idle connection and each open WebSocket costs little memory,
//! and who does something is answered among them.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rustix::process::{Resource, getrlimit};

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;

const IDLE: usize = 10_000;
const SOCKETS: usize = 1_000;
/// Memory of one of them, in bytes, allocator and all. Without optimisation it was 29 KiB and 55 KiB.
const IDLE_BYTES_MAX: usize = 40 * 1024;
const SOCKET_BYTES_MAX: usize = 96 * 1024;
/// Descriptors of this process and of the gateway that are for other things.
const OTHER_DESCRIPTORS: usize = 600;

const HANDSHAKE: &str = "GET /socket HTTP/1.1\r\nHost: open.test\r\nOrigin: https://open.test\r\n\
                         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// To that handshake (RFC 6455 section 1.3).
const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                        Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[test]
fn f17_very_many_idle_connections_and_sockets_cost_little_each() {
    // Each connection is given two descriptors, whether it needs both or not, and this process has
    // both ends of each socket.
    let limit = getrlimit(Resource::Nofile).maximum.map_or(usize::MAX, |most| most as usize);
    let affordable = limit.saturating_sub(OTHER_DESCRIPTORS) / 2;
    let sockets = SOCKETS.min(affordable / 10);
    let idle = IDLE.min(affordable - sockets);
    assert!(idle >= 200 && sockets >= 20, "raise the limit of open files; it is {limit}");

    let gateway = Gateway::start(Setup {
        extra_server: format!(
            "connections_max = {}\nconnections_per_address = 60000\n",
            IDLE + SOCKETS + OTHER_DESCRIPTORS
        ),
        ..Setup::new(app())
    });
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    assert_eq!(visitor.get("/.vestibule/sign-in").status(), 200);

    let asked = "GET /.vestibule/whoami HTTP/1.1\r\nHost: app.test\r\n\r\n";
    let before = resident(&gateway);
    let waiting: Vec<TcpStream> = (0..idle).map(|_| begin(gateway.addr, asked, "401")).collect();
    let with_idle = resident(&gateway);
    let open: Vec<TcpStream> =
        (0..sockets).map(|_| begin(gateway.addr, HANDSHAKE, "101")).collect();
    let with_sockets = resident(&gateway);

    let each_idle = with_idle.saturating_sub(before) / idle;
    let each_socket = with_sockets.saturating_sub(with_idle) / sockets;
    println!("{idle} idle: {each_idle} bytes each; {sockets} sockets: {each_socket} bytes each");
    assert!(each_idle < IDLE_BYTES_MAX, "{each_idle} bytes for each of {idle} idle connections");
    assert!(each_socket < SOCKET_BYTES_MAX, "{each_socket} bytes for each of {sockets} sockets");

    // They are all still there, and somebody new is answered.
    assert_eq!(visitor.get("/.vestibule/sign-in").status(), 200);
    for mut idle in waiting.iter().step_by(97) {
        idle.write_all(asked.as_bytes()).unwrap();
        assert!(head_of(idle).starts_with("HTTP/1.1 401 "));
    }
    for socket in open.iter().step_by(13) {
        socket.set_nonblocking(true).unwrap();
        let nothing = (&*socket).read(&mut [0]).unwrap_err();
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock, "a socket was ended");
    }
}

/// Sends something on a new connection, and leaves it open after the answer to it.
fn begin(addr: SocketAddr, request: &str, status: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(raw::DEADLINE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let head = head_of(&stream);
    assert_eq!(head.split(' ').nth(1), Some(status), "{head}");
    stream
}

/// Reads one answer, whole, and gives its head.
fn head_of(mut stream: &TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let end = loop {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "the connection ended");
        bytes.extend_from_slice(&piece[..count]);
        if let Some(end) = raw::head_end(&bytes) {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = raw::header_values(&bytes[..end], "content-length");
    let length: usize = length.first().map_or(0, |value| value.parse().unwrap());
    let mut rest = vec![0; length.saturating_sub(bytes.len() - end)];
    stream.read_exact(&mut rest).unwrap();
    head
}

/// An app that takes every WebSocket and then says nothing.
fn app() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
            let mut head = Vec::new();
            let mut piece = [0; 4096];
            while raw::head_end(&head).is_none() {
                match stream.read(&mut piece) {
                    Ok(count @ 1..) => head.extend_from_slice(&piece[..count]),
                    _ => break,
                }
            }
            let _ = stream.write_all(ACCEPTED.as_bytes());
            open.push(stream);
        }
    });
    addr
}

/// The memory of a gateway, in bytes.
fn resident(gateway: &Gateway) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: usize = line.trim().trim_end_matches("kB").trim().parse().unwrap();
    kib * 1024
}
