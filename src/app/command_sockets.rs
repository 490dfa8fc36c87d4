//! The two sockets in the data folder: one for commands, one for a gateway that
//! takes over.
//!
//! A new gateway listens under names of its own first and gives its sockets the
//! real ones only when it serves: until then whoever asks meets the one that
//! does. On the way out a socket is removed only where it is still ours.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::UnixListener;

use super::{DataFolder, StartError};

/// What stands behind the name of a socket that nobody is to meet yet.
const NEXT: &str = "next";

/// Both sockets.
#[derive(Debug)]
pub(super) struct CommandSockets {
    pub commands: PrivateSocket,
    pub successors: PrivateSocket,
}

impl CommandSockets {
    /// Listens, under names that nobody knows. Needs a runtime around it.
    ///
    /// # Errors
    ///
    /// [`StartError::Data`], naming the file; what is under the real names is as
    /// it was.
    pub fn bind(folder: &DataFolder) -> Result<Self, StartError> {
        let bind = |path: PathBuf| {
            PrivateSocket::bind(&path).map_err(|error| {
                StartError::Data(format!("{} cannot be listened on: {error}", path.display()))
            })
        };
        let commands = bind(folder.admin_socket())?;
        Ok(Self { commands, successors: bind(folder.successor_socket())? })
    }

    /// Takes the real names, from whoever had them. Says in the log where that
    /// fails: commands do not reach us then, and visitors do.
    pub fn publish(&self) {
        for socket in [&self.commands, &self.successors] {
            if let Err(error) = fs::rename(next(&socket.path), &socket.path) {
                let path = socket.path.display();
                tracing::error!(%error, %path, "commands cannot reach this gateway");
            }
        }
    }

    /// Whether both are met under their real names.
    pub fn are_met(&self) -> bool {
        [&self.commands, &self.successors].iter().all(|socket| socket.is_at(&socket.path))
    }

    /// Removes what is ours, under either name.
    pub fn remove(&self) {
        for socket in [&self.commands, &self.successors] {
            for path in [next(&socket.path), socket.path.clone()] {
                if socket.is_at(&path) {
                    let _ = fs::remove_file(path);
                }
            }
        }
    }
}

/// A socket that only our own user may open.
#[derive(Debug)]
pub(super) struct PrivateSocket {
    pub listener: Arc<UnixListener>,
    path: PathBuf,
    /// Device and inode, by which it is known under any name.
    file: (u64, u64),
}

impl PrivateSocket {
    /// The socket lies in a folder that only our user may enter; a file left by
    /// a gateway that was killed is in the way and nobody's.
    fn bind(path: &Path) -> io::Result<Self> {
        let own = next(path);
        match fs::remove_file(&own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&own)?;
        fs::set_permissions(&own, fs::Permissions::from_mode(0o600))?;
        let listener = Arc::new(listener);
        Ok(Self { listener, path: path.to_owned(), file: identity(&own)? })
    }

    fn is_at(&self, path: &Path) -> bool {
        identity(path).is_ok_and(|file| file == self.file)
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let file = fs::symlink_metadata(path)?;
    Ok((file.dev(), file.ino()))
}

fn next(path: &Path) -> PathBuf {
    path.with_extension(NEXT)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(dir.path()).unwrap();
        (dir, folder)
    }

    #[tokio::test]
    async fn nobody_meets_a_socket_before_it_is_published_and_no_other_is_removed() {
        let (_dir, folder) = folder();
        let before = CommandSockets::bind(&folder).unwrap();
        before.publish();
        let after = CommandSockets::bind(&folder).unwrap();
        assert!(before.are_met() && !after.are_met());
        after.remove();
        assert!(before.are_met(), "what is not ours stays");

        let after = CommandSockets::bind(&folder).unwrap();
        after.publish();
        assert!(after.are_met() && !before.are_met());
        before.remove();
        assert!(UnixStream::connect(folder.admin_socket()).is_ok());
        // Control: its own it removes.
        after.remove();
        assert!(UnixStream::connect(folder.admin_socket()).is_err());
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn a_file_of_one_that_was_killed_is_in_nobodys_way() {
        let (_dir, folder) = folder();
        for _ in 0..2 {
            let killed = CommandSockets::bind(&folder).unwrap();
            drop(killed);
            let sockets = CommandSockets::bind(&folder).unwrap();
            sockets.publish();
            assert!(sockets.are_met());
        }
    }
}
