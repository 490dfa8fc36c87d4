//! A door before a mail server, which tests open and close: it keeps its port while nobody is behind.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};

/// How long a visitor may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The door. Its threads end with their connections, or with the test.
pub struct Gate {
    socket: Arc<Mutex<Option<OwnedFd>>>,
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    visit: Condvar,
}

#[derive(Default)]
struct State {
    behind: Behind,
    visits: usize,
    /// Held open and never answered.
    held: Vec<TcpStream>,
}

#[derive(Clone, Copy, Default)]
enum Behind {
    #[default]
    Nobody,
    Server(u16),
    /// Takes mails, but its word about a mail's content never comes back.
    Forgetful(u16),
}

impl Gate {
    /// Nobody listens; connections are refused.
    pub fn closed() -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = getsockname(&socket).expect("an address");
        let address = SocketAddrV4::try_from(address).expect("an address of version 4");
        let socket = Arc::new(Mutex::new(Some(socket)));
        Self { socket, port: address.port(), shared: Arc::default() }
    }

    /// Connections are taken and nothing is ever said.
    pub fn silent() -> Self {
        let gate = Self::closed();
        gate.set(Behind::Nobody);
        gate
    }

    /// Mails reach the server, but nobody hears that they did.
    pub fn forgetful(server: u16) -> Self {
        let gate = Self::closed();
        gate.set(Behind::Forgetful(server));
        gate
    }

    /// Where it is, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on, connections lead to the server on this port.
    pub fn open(&self, server: u16) {
        self.set(Behind::Server(server));
    }

    /// Waits until somebody came.
    ///
    /// # Panics
    ///
    /// Where nobody comes.
    pub fn wait_for_visit(&self) {
        self.wait_for_visits(1);
    }

    /// Waits until so many came.
    ///
    /// # Panics
    ///
    /// Where fewer come.
    pub fn wait_for_visits(&self, wanted: usize) {
        let state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let fewer = |state: &mut State| state.visits < wanted;
        let waited = self.shared.visit.wait_timeout_while(state, PATIENCE, fewer);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(state.visits >= wanted, "{} came to the mail server", state.visits);
    }

    /// How many came.
    pub fn visits(&self) -> usize {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).visits
    }

    /// Closes the connections that are held.
    pub fn let_go(&self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).held.clear();
    }

    fn set(&self, behind: Behind) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).behind = behind;
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(socket) = socket else { return };
        listen(&socket, 64).expect("the socket listens");
        let shared = self.shared.clone();
        thread::spawn(move || {
            for visitor in TcpListener::from(socket).incoming().map_while(Result::ok) {
                let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.visits += 1;
                shared.visit.notify_all();
                match state.behind {
                    Behind::Nobody => state.held.push(visitor),
                    Behind::Server(port) => join(visitor, port, false),
                    Behind::Forgetful(port) => join(visitor, port, true),
                }
            }
        });
    }
}

/// Carries bytes both ways; a forgetful way back ends with the content of a mail.
fn join(visitor: TcpStream, port: u16, forgetful: bool) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
    let content = Arc::new(AtomicBool::new(false));
    let (visitor_too, server_too) = (visitor.try_clone(), server.try_clone());
    let (Ok(visitor_too), Ok(server_too)) = (visitor_too, server_too) else { return };
    let said = content.clone();
    thread::spawn(move || {
        carry(visitor, server, |bytes| {
            if bytes.ends_with(b"\r\n.\r\n") {
                said.store(true, Ordering::SeqCst);
            }
            true
        });
    });
    thread::spawn(move || {
        carry(server_too, visitor_too, |_| !(forgetful && content.load(Ordering::SeqCst)));
    });
}

fn carry(mut from: TcpStream, mut to: TcpStream, mut passes: impl FnMut(&[u8]) -> bool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if passes(&bytes[..length]) && to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
