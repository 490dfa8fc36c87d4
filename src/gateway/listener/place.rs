//! Where visitors are served, and what for.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use crate::gateway::tls::PairFiles;

/// Who may open a socket that is a file: our user and our group.
const SOCKET_MODE: u32 = 0o660;

/// Where connections come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address and port.
    Tcp(SocketAddr),
    /// A socket that is a file.
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// What a listener is for, where that is not everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Every connection begins with the PROXY protocol.
    pub proxy_protocol: bool,
    /// Every request is sent to the same address by https, and nothing else.
    pub redirect: bool,
    /// Another proxy asks here whether a request may pass.
    pub forward_auth: bool,
}

/// A listener as the operator described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenSettings {
    /// Where.
    pub place: Place,
    /// Certificates and keys; in clear text without.
    pub pairs: Vec<PairFiles>,
    /// What for.
    pub marks: Marks,
}

/// A place that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {place}: {source}")]
pub struct BindError {
    /// Which place.
    pub place: Place,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// A socket on which connections come in.
#[derive(Debug)]
pub enum Bound {
    /// At an address.
    Tcp(TcpListener),
    /// At a file.
    Unix(UnixListener),
}

impl Bound {
    /// The same socket once more, for another worker.
    ///
    /// # Errors
    ///
    /// Where there is no descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(listener) => Self::Tcp(listener.try_clone()?),
            Self::Unix(listener) => Self::Unix(listener.try_clone()?),
        })
    }

    /// Where it is, with the port that it got.
    ///
    /// # Errors
    ///
    /// Where the system does not say.
    pub fn place(&self) -> io::Result<Place> {
        Ok(match self {
            Self::Tcp(listener) => Place::Tcp(listener.local_addr()?),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                Place::Unix(address.as_pathname().unwrap_or(Path::new("")).to_owned())
            }
        })
    }
}

/// Binds an address.
///
/// # Errors
///
/// [`BindError`], at once.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| BindError { place: Place::Tcp(address), source })
}

/// Binds a place.
///
/// # Errors
///
/// [`BindError`], at once; a file that is in the way is only removed where it
/// is a socket that nobody listens on.
pub fn bind_place(place: &Place) -> Result<Bound, BindError> {
    match place {
        Place::Tcp(address) => bind(*address).map(Bound::Tcp),
        Place::Unix(path) => bind_file(path)
            .map(Bound::Unix)
            .map_err(|source| BindError { place: place.clone(), source }),
    }
}

fn bind_file(path: &Path) -> io::Result<UnixListener> {
    if let Ok(found) = std::fs::symlink_metadata(path)
        && found.file_type().is_socket()
    {
        match UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                std::fs::remove_file(path)?;
            }
            _ => return Err(io::ErrorKind::AddrInUse.into()),
        }
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(SOCKET_MODE))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_was_left_behind_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Unix(folder.path().join("gate.sock"));
        let first = bind_place(&place).unwrap();
        let mode = std::fs::metadata(folder.path().join("gate.sock")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, SOCKET_MODE);
        let taken = bind_place(&place).unwrap_err();
        assert_eq!(taken.source.kind(), io::ErrorKind::AddrInUse);
        drop(first);
        assert_eq!(bind_place(&place).unwrap().place().unwrap(), place);
        // A file that is no socket stays as it is.
        let file = folder.path().join("notes");
        std::fs::write(&file, "x").unwrap();
        assert!(bind_place(&Place::Unix(file.clone())).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"x");
    }
}
