//! What is large goes through in pieces: memory stays where it is, whoever is slow.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;

/// So much goes each way.
const BYTES: usize = 256 * 1024 * 1024;
/// So much more memory the gateway may ever take for it.
const BOUND: usize = 48 * 1024 * 1024;

/// An app that sends [`BYTES`] to who asks for `/down`, and takes what comes with `/up`; it tells how
/// much that was.
fn app() -> (SocketAddr, Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for mut tcp in listener.incoming().map_while(Result::ok) {
            let tell = tell.clone();
            std::thread::spawn(move || -> std::io::Result<()> {
                let head = head_of(&mut tcp)?;
                if head.starts_with(b"POST ") {
                    let taken = pass(&mut tcp, BYTES)?;
                    tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
                    let _ = tell.send(taken);
                    return Ok(());
                }
                write!(tcp, "HTTP/1.1 200 OK\r\nContent-Length: {BYTES}\r\n\r\n")?;
                pour(&mut tcp, BYTES)
            });
        }
    });
    (addr, told)
}

/// Reads a head and not a byte more.
fn head_of(tcp: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while raw::head_end(&head).is_none() {
        let mut byte = [0];
        tcp.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(head)
}

/// Reads so many bytes, or fewer where they end.
fn pass(tcp: &mut TcpStream, most: usize) -> std::io::Result<usize> {
    let (mut taken, mut piece) = (0, vec![0; 64 * 1024]);
    while taken < most {
        match tcp.read(&mut piece)? {
            0 => break,
            count => taken += count,
        }
    }
    Ok(taken)
}

fn pour(tcp: &mut TcpStream, count: usize) -> std::io::Result<()> {
    let piece = vec![b'x'; 64 * 1024];
    (0..count / piece.len()).try_for_each(|_| tcp.write_all(&piece))
}

/// The most memory a process ever had, in bytes.
fn peak(gateway: &Gateway) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: usize = line.trim().trim_end_matches("kB").trim().parse().unwrap();
    kib * 1024
}

#[test]
fn large_bodies_pass_both_ways_in_flat_memory_beside_readers_that_are_slow() {
    let (addr, told) = app();
    let mut setup = Setup::new(addr);
    setup.extra = format!(
        "[[app]]\nname = \"large\"\nhosts = [\"large.test\"]\nupstreams = [\"http://{addr}\"]\n\
         [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\nbodies = true\n"
    );
    let gateway = Gateway::start(setup);
    let connect = |head: String| {
        let mut tcp = TcpStream::connect(gateway.addr).unwrap();
        tcp.set_read_timeout(Some(raw::DEADLINE)).unwrap();
        tcp.write_all(head.as_bytes()).unwrap();
        tcp
    };
    let down = || connect("GET /down HTTP/1.1\r\nHost: large.test\r\n\r\n".to_owned());
    let page = "GET /.vestibule/sign-in HTTP/1.1\r\nHost: app.test\r\n\r\n";
    assert_eq!(raw::exchange(gateway.addr, page.as_bytes()).status(), 200);
    let before = peak(&gateway);

    // Readers that take the beginning of the head, and then nothing.
    let mut slow: Vec<TcpStream> = (0..8).map(|_| down()).collect();
    for tcp in &mut slow {
        tcp.read_exact(&mut [0; 9]).unwrap();
    }
    let mut reader = down();
    let head = head_of(&mut reader).unwrap();
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", raw::lossy(&head));
    assert_eq!(pass(&mut reader, BYTES).unwrap(), BYTES);

    let mut writer = connect(format!(
        "POST /up HTTP/1.1\r\nHost: large.test\r\nContent-Length: {BYTES}\r\n\r\n"
    ));
    pour(&mut writer, BYTES).unwrap();
    assert_eq!(told.recv_timeout(raw::DEADLINE).unwrap(), BYTES);
    let head = head_of(&mut writer).unwrap();
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", raw::lossy(&head));

    let grown = peak(&gateway) - before;
    assert!(grown < BOUND, "{} MiB more", grown / 1024 / 1024);
    // Control: what the slow ones were promised is still there for them.
    let rest = head_of(&mut slow[0]).unwrap();
    assert!(raw::holds(&rest, b"ontent-"), "{}", raw::lossy(&rest));
    assert_eq!(pass(&mut slow[0], BYTES).unwrap(), BYTES);
}
