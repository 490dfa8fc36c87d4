//! A push service on this machine, which can misbehave.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a push service saw.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn headers(&self) -> HashMap<&str, &str> {
        let lines = self.head.lines().skip(1);
        lines.filter_map(|line| line.split_once(": ")).collect()
    }
}

/// How a push service answers.
#[derive(Clone, Copy)]
pub enum Answer {
    /// With these bytes.
    Bytes(&'static str),
    /// With these bytes, and then with zeros for ever.
    Endless(&'static str),
    /// Not at all.
    Never,
}

/// A push service on this machine.
pub struct Service {
    pub origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Ends where somebody left before the answer's end.
    pub left: JoinHandle<()>,
}

impl Service {
    pub async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = seen.clone();
        let left = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                while let Some(request) = read(&mut stream).await {
                    keep.lock().unwrap().push(request);
                    let (Answer::Bytes(text) | Answer::Endless(text)) = answer else {
                        let _ = stream.read(&mut [0]).await;
                        return;
                    };
                    stream.write_all(text.as_bytes()).await.unwrap();
                    if matches!(answer, Answer::Endless(_)) {
                        while stream.write_all(&[0; 4096]).await.is_ok() {}
                        return;
                    }
                }
            }
        });
        Self { origin, seen, left }
    }

    pub async fn answering(status: &'static str) -> Self {
        Self::start(Answer::Bytes(status)).await
    }

    pub fn endpoint(&self) -> String {
        format!("{}/push/secret", self.origin)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A request with a body of the length that it tells, if one comes.
async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(end);
    let head = String::from_utf8(bytes).unwrap();
    let seen = Seen { head, body: Vec::new() };
    let length: usize = seen.headers()["content-length"].parse().unwrap();
    while body.len() < length {
        stream.read_buf(&mut body).await.ok()?;
    }
    Some(Seen { body, ..seen })
}
