//! Bodies that are still under way when an answer begins or an app dies. Each test has an app of its
//! own, written out as what happens on a connection, and the two sides wait for each other's bytes
//! and never for a clock.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw::{self, DEADLINE, header_values};
use crate::support::rig::ANNA;

/// One end of a connection, read part by part.
pub struct Peer {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Peer {
    /// The client's end.
    pub fn open(addr: SocketAddr) -> Self {
        Self::over(TcpStream::connect(addr).expect("the peer accepts a connection"))
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).expect("a read deadline");
        stream.set_write_timeout(Some(DEADLINE)).expect("a write deadline");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, pending: Vec::new() }
    }

    /// The same end for another thread, which has seen nothing of what was read.
    fn twin(&self) -> Self {
        let stream = self.stream.try_clone().expect("a second handle");
        Self { stream, pending: Vec::new() }
    }

    /// Writes; a peer that is gone shows when it is read from.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// The next head, or nothing where the peer ended or fell silent.
    pub fn head(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = raw::head_end(&self.pending) {
                return Some(self.pending.drain(..end).collect());
            }
            self.fill()?;
        }
    }

    /// The next head that is not an interim answer's, as text.
    pub fn final_head(&mut self) -> Option<String> {
        loop {
            let head = raw::lossy(&self.head()?);
            if !head.starts_with("HTTP/1.1 1") {
                return Some(head);
            }
        }
    }

    /// This many bytes, or fewer where the peer ended.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        while self.pending.len() < count && self.fill().is_some() {}
        let count = count.min(self.pending.len());
        self.pending.drain(..count).collect()
    }

    /// The next chunk; the last one is empty.
    fn chunk(&mut self) -> Option<Vec<u8>> {
        let end = loop {
            match self.pending.iter().position(|byte| *byte == b'\n') {
                Some(at) => break at + 1,
                None => self.fill()?,
            }
        };
        let line: Vec<u8> = self.pending.drain(..end).collect();
        let size = usize::from_str_radix(raw::lossy(&line).trim(), 16).ok()?;
        let mut data = self.take(size + 2);
        (data.len() == size + 2).then(|| {
            data.truncate(size);
            data
        })
    }

    /// The chunks that are left, if the last one comes.
    fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            match self.chunk()? {
                last if last.is_empty() => return Some(body),
                chunk => body.extend(chunk),
            }
        }
    }

    /// The whole body that a head announces, or nothing where it is cut.
    pub fn body(&mut self, head: &[u8]) -> Option<Vec<u8>> {
        if !header_values(head, "transfer-encoding").is_empty() {
            return self.chunks();
        }
        let length = header_values(head, "content-length");
        let length = length.first().map_or(0, |length| length.parse().expect("a length"));
        Some(self.take(length)).filter(|body| body.len() == length)
    }

    fn fill(&mut self) -> Option<()> {
        let mut piece = [0; 64 * 1024];
        let count = self.stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        self.pending.extend_from_slice(&piece[..count]);
        Some(())
    }
}

/// Starts an app that does this on each connection; the connections are counted from 0.
pub fn app(serve: impl Fn(usize, &mut Peer) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("an address");
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for (index, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(index, &mut Peer::over(stream)));
        }
    });
    addr
}

/// A gateway before such an app, and a visitor.
pub struct Stand {
    /// Its `app.test` is for those who are signed in.
    pub gateway: Gateway,
    session: String,
}

impl Stand {
    /// One worker has one pool, so what is reused is known.
    pub fn before(app: SocketAddr) -> Self {
        let mut setup = Setup::new(app);
        setup.extra_server = "workers = 1".to_string();
        let gateway = Gateway::start(setup);
        gateway.add_account(ANNA.0, ANNA.1, &[]);
        let session = gateway.sign_in(ANNA.0, ANNA.1);
        Self { gateway, session }
    }

    /// A head with these lines, for which `anna` is signed in.
    pub fn asks(&self, line: &str, lines: &str) -> Vec<u8> {
        let session = &self.session;
        format!("{line} HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\n{lines}\r\n").into()
    }

    /// A client on whose behalf the gateway now keeps one connection to the app.
    pub fn warm(&self) -> Peer {
        let mut client = Peer::open(self.gateway.addr);
        client.write(&self.asks("GET /warm", ""));
        let head = client.head().expect("an answer");
        assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", raw::lossy(&head));
        client.body(&head).expect("a whole answer");
        client
    }
}

#[test]
fn an_upload_goes_on_after_the_answer_has_begun() {
    let (sender, arrived) = mpsc::channel();
    let app = app(move |_, client| {
        while let Some(head) = client.head() {
            let begins = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhead!\r\n";
            client.write(begins.as_bytes());
            let body = client.body(&head);
            let _ = sender.send(body.as_deref().map(raw::lossy));
            if body.is_none() {
                return;
            }
            client.write(b"2\r\nok\r\n0\r\n\r\n");
        }
    });
    let stand = Stand::before(app);
    let rows = [
        (
            "Transfer-Encoding: chunked\r\n",
            ["3\r\none\r\n", "3\r\ntwo\r\n", "5\r\nthree\r\n0\r\n\r\n"],
        ),
        ("Content-Length: 11\r\n", ["one", "two", "three"]),
    ];
    for (framing, [one, two, three]) in rows {
        // Control: so it goes without a gateway.
        for (way, addr) in [("straight", app), ("through", stand.gateway.addr)] {
            let row = format!("{framing:?} {way}");
            let mut client = Peer::open(addr);
            client.write(&[&stand.asks("POST /upload", framing), one.as_bytes()].concat());
            let head = client.head().unwrap_or_else(|| panic!("{row}: the answer waits"));
            assert!(head.starts_with(b"HTTP/1.1 200 "), "{row}: {}", raw::lossy(&head));
            assert_eq!(client.chunk().as_deref(), Some(&b"head!"[..]), "{row}");
            client.write(two.as_bytes());
            client.write(three.as_bytes());
            let body = arrived.recv_timeout(DEADLINE).expect("the app gets a body or its end");
            assert_eq!(body.as_deref(), Some("onetwothree"), "{row}: what the app got");
            assert_eq!(client.chunks().as_deref(), Some(&b"ok"[..]), "{row}: rest of the answer");
        }
    }
}

#[test]
fn a_sized_answer_that_comes_slowly_passes_piece_by_piece() {
    let (go, allowed) = mpsc::channel();
    let allowed = Mutex::new(allowed);
    let app = app(move |_, client| {
        while client.head().is_some() {
            client.write(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n");
            for piece in 0..6 {
                let allowed = allowed.lock().unwrap_or_else(PoisonError::into_inner);
                if allowed.recv_timeout(DEADLINE).is_err() {
                    return;
                }
                client.write(format!("part{piece}").as_bytes());
            }
        }
    });
    let stand = Stand::before(app);
    for (way, addr) in [("straight", app), ("through", stand.gateway.addr)] {
        let mut client = Peer::open(addr);
        client.write(&stand.asks("GET /slow", ""));
        let head = client.head().unwrap_or_else(|| panic!("{way}: the head waits for the body"));
        assert_eq!(header_values(&head, "content-length"), ["30"], "{way}");
        for piece in 0..6 {
            go.send(()).expect("the app waits");
            assert_eq!(raw::lossy(&client.take(5)), format!("part{piece}"), "{way}");
        }
    }
}

#[test]
fn what_an_app_echoes_while_it_reads_comes_back_byte_for_byte() {
    const SIZE: usize = 8 * 1024 * 1024;
    let app = app(|_, client| {
        while client.head().is_some() {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n");
            client.write(head.as_bytes());
            let mut echoed = 0;
            while echoed < SIZE {
                if client.pending.is_empty() && client.fill().is_none() {
                    return;
                }
                let piece = std::mem::take(&mut client.pending);
                echoed += piece.len();
                client.write(&piece);
            }
        }
    });
    let stand = Stand::before(app);
    // No two places of 64 KiB look alike, so nothing can be lost, doubled or out of order unseen.
    let number = (0_u32..).map(|index| index.wrapping_mul(2_654_435_761).to_le_bytes());
    let sent: Arc<[u8]> = number.flatten().take(SIZE).collect();
    let mut client = Peer::open(stand.gateway.addr);
    client.write(&stand.asks("POST /echo", &format!("Content-Length: {SIZE}\r\n")));
    let (mut up, bytes) = (client.twin(), Arc::clone(&sent));
    let writing = thread::spawn(move || up.write(&bytes));
    let head = client.head().expect("an answer");
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", raw::lossy(&head));
    let came = client.take(SIZE);
    writing.join().expect("the writer ends");
    assert_eq!(came.len(), sent.len(), "length");
    let differs = came.iter().zip(sent.iter()).position(|(came, sent)| came != sent);
    assert_eq!(differs, None, "first byte that differs");
}

#[test]
fn an_app_that_dies_after_its_interim_answer_is_a_bad_gateway() {
    let app = app(|_, client| {
        if client.head().is_some() {
            client.write(b"HTTP/1.1 100 Continue\r\n\r\n");
            client.take(4);
        }
    });
    let stand = Stand::before(app);
    for (row, expect) in [("asked for", "Expect: 100-continue\r\n"), ("not asked for", "")] {
        let head = stand.asks("POST /x", &format!("{expect}Content-Length: 4\r\n"));
        for (way, addr) in [("straight", app), ("through", stand.gateway.addr)] {
            let mut client = Peer::open(addr);
            client.write(&head);
            if !expect.is_empty() {
                let interim = client.head().unwrap_or_default();
                let shown = raw::lossy(&interim);
                assert!(interim.starts_with(b"HTTP/1.1 100 "), "{row} {way}: {shown}");
            }
            client.write(b"body");
            let answer = client.final_head();
            match way {
                // Control: the app itself has no more to say.
                "straight" => assert_eq!(answer, None, "{row}"),
                _ => {
                    let answer = answer.unwrap_or_else(|| panic!("{row}: no answer"));
                    assert!(answer.starts_with("HTTP/1.1 502 "), "{row}: {answer}");
                }
            }
        }
    }
}
