//! The data folder: what lies where in it, and who may read it.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StartError;
use crate::config::Config;
use crate::crypto::{Chance, Sealer};

/// A folder that exists and can be written.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// Takes a folder, making it where it is not there.
    ///
    /// # Errors
    ///
    /// [`StartError::Data`], naming the folder and what to do.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let unusable = |wrong: &dyn std::fmt::Display| unusable(path, wrong);
        check_kind(path)?;
        check_owner(path)?;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| unusable(&error))?;
        // Passwords and keys lie here, even if hashed and sealed.
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(|error| unusable(&error))?;
        let path = path.canonicalize().map_err(|error| unusable(&error))?;
        Ok(Self(path))
    }

    /// Where the socket for commands lies in a folder that may be another user's.
    pub fn admin_socket_in(path: &Path) -> PathBuf {
        path.join("admin.sock")
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Room that is kept aside.
    pub fn reserve(&self) -> PathBuf {
        self.0.join("reserve")
    }

    /// What a disk that failed is tried with.
    pub fn trial(&self) -> PathBuf {
        self.0.join("trial")
    }

    /// The audit log.
    pub fn audit(&self) -> PathBuf {
        self.0.join("audit.jsonl")
    }

    /// The socket on which a running gateway takes commands.
    pub fn admin_socket(&self) -> PathBuf {
        Self::admin_socket_in(&self.0)
    }

    /// The socket on which a running gateway hands its place over.
    pub fn successor_socket(&self) -> PathBuf {
        self.0.join("successor.sock")
    }

    /// The sealing key, made at the first start.
    ///
    /// # Errors
    ///
    /// [`StartError::Data`] where it cannot be read or made, or is not a key.
    pub fn sealer(&self, chance: &dyn Chance) -> Result<Sealer, StartError> {
        let path = self.0.join("seal.key");
        let wrong = |wrong: &dyn std::fmt::Display| {
            StartError::Data(format!("{} cannot be used: {wrong}", path.display()))
        };
        let mut key = [0; 32];
        match fs::File::open(&path) {
            Ok(mut file) => {
                let mut read = Vec::new();
                file.read_to_end(&mut read).map_err(|error| wrong(&error))?;
                key = read.try_into().map_err(|_| {
                    wrong(&"it is not a key of 32 bytes; put the right one back from a backup")
                })?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                chance.fill(&mut key).map_err(|error| wrong(&error))?;
                let written = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .and_then(|mut file| {
                        file.write_all(&key)?;
                        file.sync_all()
                    });
                written.map_err(|error| wrong(&error))?;
                // The file's name must last as well.
                let synced = fs::File::open(&self.0).and_then(|folder| folder.sync_all());
                synced.map_err(|error| wrong(&error))?;
            }
            Err(error) => return Err(wrong(&error)),
        }
        Sealer::new(&key).map_err(|error| wrong(&error))
    }
}

fn unusable(path: &Path, wrong: &dyn std::fmt::Display) -> StartError {
    StartError::Data(format!(
        "the data folder {} cannot be used: {wrong}; \
         make it a folder that this user may write, or change data_dir",
        path.display()
    ))
}

fn check_kind(path: &Path) -> Result<(), StartError> {
    match path.exists() && !path.is_dir() {
        true => Err(unusable(path, &"it is not a folder")),
        false => Ok(()),
    }
}

/// Whether the data folder of a configuration could be one, looked at and left
/// as it is: whoever checks need not be the gateway's user.
///
/// # Errors
///
/// Where something else is in its place.
pub fn check_data_folder(config: &Config) -> Result<(), StartError> {
    check_kind(&config.data_dir)
}

/// SECURITY: nobody leaves files in another user's data folder.
/// - Against: a command by root on the folder of a gateway that is not running,
///   after which the gateway cannot read its own key and store.
/// - Therefore: whoever does not own the folder is told to become who does. A
///   gateway that runs is asked through its socket, by root too.
/// - Price: a folder that was copied must be given to the gateway's user.
/// - Held by: `a_data_folder_of_another_user_is_left_as_it_is`.
fn check_owner(path: &Path) -> Result<(), StartError> {
    let (Ok(folder), own) = (fs::metadata(path), rustix::process::geteuid().as_raw()) else {
        return Ok(());
    };
    match folder.uid() == own {
        true => Ok(()),
        false => Err(StartError::Data(format!(
            "the data folder {} belongs to user {}, and this is user {own}; \
             run this as that user, or give the folder and all in it to this one",
            path.display(),
            folder.uid()
        ))),
    }
}
