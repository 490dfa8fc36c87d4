//! One gateway takes over from another on the same data folder, under load.
//!
//! ```text
//! new                          old
//!  | -- hello ----------------> |
//!  | <-- the open sockets ----- |   still serves
//!  | -- ready ----------------> |   accepts nothing new, what asks the store waits
//!  | <-- closed --------------- |
//!  |  opens the store, serves   |
//!  | -- open -----------------> |   asks the new one's store, finishes, goes
//! ```
//!
//! Connections that come in between wait in the sockets' queue. Where the new
//! one fails before it says "open", the old one opens its store again and goes
//! on, and nobody notices.
//!
//! SECURITY: the data folder changes hands between our own processes alone.
//! - Against: another user of the machine who asks for the sockets and the store.
//! - Therefore: the socket lies in the data folder and asks the kernel for its
//!   peer's uid, as the one for commands does.
//! - Price: none.
//! - Held by: `only_our_own_user_may_look_into_the_data_folder`.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::net::UnixStream;

use super::StartError;
use crate::gateway::listener::{Bound, LISTENERS_MAX, Place};
use crate::store::remote::{hear, tell};

/// What is spoken; another number is another program.
const VERSION: u32 = 1;
/// Sockets handed over in one message; the kernel passes 253 at most.
const AT_ONCE: usize = 64;
/// Whether another message with sockets follows.
const LAST: u8 = 0;
const MORE: u8 = 1;
/// How long the other side may take for one word.
const WORD_TIME: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Word {
    Hello {
        version: u32,
    },
    /// As configured, in the order of the sockets; the operator's is the last.
    Sockets {
        listen: Vec<String>,
    },
    Ready,
    Closed,
    Open,
}

async fn word(from: &mut UnixStream) -> io::Result<Word> {
    match tokio::time::timeout(WORD_TIME, hear(from)).await {
        Ok(heard) => heard,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn expect(from: &mut UnixStream, wanted: Word) -> io::Result<()> {
    match word(from).await? {
        heard if heard == wanted => Ok(()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// The sockets that a gateway serves on, with the addresses as configured.
#[derive(Debug, Default)]
pub(super) struct Sockets(pub Vec<(String, Bound)>);

impl Sockets {
    /// The one of this address, if it is among them.
    pub fn take(&mut self, place: &Place) -> Option<Bound> {
        let place = place.to_string();
        let place = self.0.iter().position(|(name, _)| *name == place)?;
        Some(self.0.remove(place).1)
    }

    fn fds(&self) -> Vec<BorrowedFd<'_>> {
        let fds = self.0.iter().map(|(_, bound)| match bound {
            Bound::Tcp(socket) => socket.as_fd(),
            Bound::Unix(socket) => socket.as_fd(),
        });
        fds.collect()
    }
}

/// A gateway that is asked for its place, as the one that asks sees it.
pub(super) struct Predecessor {
    stream: UnixStream,
    pub sockets: Sockets,
}

impl Predecessor {
    /// Meets the gateway that listens there.
    ///
    /// # Errors
    ///
    /// Where none does, or it is of another kind.
    pub async fn meet(socket: &Path) -> Result<Self, StartError> {
        let mut stream = UnixStream::connect(socket).await.map_err(|_| {
            StartError::Data(
                "no gateway that could be taken over runs on this data folder; start without \
                 --take-over"
                    .to_owned(),
            )
        })?;
        let met = Self::greet(&mut stream).await;
        let sockets = met.map_err(|error| failed("it did not hand its sockets over", &error))?;
        Ok(Self { stream, sockets })
    }

    async fn greet(stream: &mut UnixStream) -> io::Result<Sockets> {
        tell(stream, &Word::Hello { version: VERSION }).await?;
        let fds = tokio::time::timeout(WORD_TIME, receive(stream)).await;
        let fds = fds.map_err(|_| io::ErrorKind::TimedOut)??;
        let Word::Sockets { listen } = word(stream).await? else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        if listen.len() != fds.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let bound = |(name, fd): (String, OwnedFd)| match name.starts_with("unix:") {
            true => (name, Bound::Unix(fd.into())),
            false => (name, Bound::Tcp(fd.into())),
        };
        Ok(Sockets(listen.into_iter().zip(fds).map(bound).collect()))
    }

    /// Says that everything else is prepared, and waits for the store.
    ///
    /// # Errors
    ///
    /// Where the other one does not let go of it.
    pub async fn let_go(&mut self) -> Result<(), StartError> {
        let told = tell(&mut self.stream, &Word::Ready).await;
        let done = match told {
            Ok(()) => expect(&mut self.stream, Word::Closed).await,
            Err(error) => Err(error),
        };
        done.map_err(|error| failed("it did not let go of the store", &error))
    }

    /// Says that we serve now. What is left is the connection on which it asks
    /// our store.
    ///
    /// # Errors
    ///
    /// Where it is gone, which leaves nothing to be done.
    pub async fn relieve(mut self) -> io::Result<UnixStream> {
        tell(&mut self.stream, &Word::Open).await?;
        Ok(self.stream)
    }
}

fn failed(what: &str, error: &io::Error) -> StartError {
    StartError::Failed(format!(
        "the running gateway could not be taken over: {what} ({error}); it goes on"
    ))
}

/// A gateway that asks for our place.
pub(super) struct Successor(UnixStream);

impl Successor {
    /// Hands the sockets over and waits until the other one is ready.
    ///
    /// # Errors
    ///
    /// Where it goes or is of another kind; nothing has changed then.
    pub async fn prepare(mut stream: UnixStream, sockets: &Sockets) -> io::Result<Self> {
        expect(&mut stream, Word::Hello { version: VERSION }).await?;
        send(&stream, &sockets.fds()).await?;
        let listen = sockets.0.iter().map(|(name, _)| name.clone()).collect();
        tell(&mut stream, &Word::Sockets { listen }).await?;
        expect(&mut stream, Word::Ready).await?;
        Ok(Self(stream))
    }

    /// Says that the store is closed, and waits until the other one serves.
    /// What is left is the connection on which its store is asked.
    ///
    /// # Errors
    ///
    /// Where it does not; the store is nobody's then.
    pub async fn succeed(mut self) -> io::Result<UnixStream> {
        tell(&mut self.0, &Word::Closed).await?;
        expect(&mut self.0, Word::Open).await?;
        Ok(self.0)
    }
}

/// Sends descriptors, some with each message. The one byte that they need to
/// travel with says whether more come.
async fn send(to: &UnixStream, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut left = fds.chunks(AT_ONCE).peekable();
    while let Some(some) = left.next() {
        let word = if left.peek().is_some() { MORE } else { LAST };
        to.async_io(Interest::WRITABLE, || {
            let mut space =
                [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            if !control.push(SendAncillaryMessage::ScmRights(some)) {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            sendmsg(to, &[io::IoSlice::new(&[word])], &mut control, SendFlags::NOSIGNAL)?;
            Ok(())
        })
        .await?;
    }
    Ok(())
}

async fn receive(from: &UnixStream) -> io::Result<Vec<OwnedFd>> {
    let mut fds = Vec::new();
    while fds.len() <= LISTENERS_MAX {
        let (word, some) = receive_some(from).await?;
        fds.extend(some);
        if word == LAST {
            return Ok(fds);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

/// One message: its byte, and what travelled with it.
async fn receive_some(from: &UnixStream) -> io::Result<(u8, Vec<OwnedFd>)> {
    from.async_io(Interest::READABLE, || {
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut word = [LAST];
        let mut into = [io::IoSliceMut::new(&mut word)];
        let got = recvmsg(from, &mut into, &mut control, RecvFlags::CMSG_CLOEXEC)?;
        if got.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut fds = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                fds.extend(rights);
            }
        }
        Ok((word[0], fds))
    })
    .await
}
