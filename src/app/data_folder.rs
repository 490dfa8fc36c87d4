//! The data folder: what lies where in it, and who may read it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StartError;
use crate::config::Config;
use crate::crypto::{Chance, Sealer};

/// Bytes of a sealing key.
const KEY_BYTES: u64 = 32;

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

    /// Takes a folder in which a gateway has been before; makes nothing.
    ///
    /// # Errors
    ///
    /// [`StartError::Data`], also where no gateway has been.
    pub fn find(path: &Path) -> Result<Self, StartError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(nothing_at(path)),
            // What else is wrong is told below.
            _ => check_owner(path)?,
        }
        match fs::metadata(store_in(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(nothing_at(path)),
            _ => Self::open(path),
        }
    }

    /// Where the socket for commands lies in a folder that may be another user's.
    pub fn admin_socket_in(path: &Path) -> PathBuf {
        path.join("admin.sock")
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        store_in(&self.0)
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

    /// The sealing key.
    pub fn seal_key(&self) -> PathBuf {
        self.0.join("seal.key")
    }

    /// Seals with the key of this folder. It is made before the store is.
    ///
    /// SECURITY: a store has one sealing key, and never gets another.
    /// - Against: a folder that was restored without its key: a new one would be
    ///   used at once, for what the right one cannot read later on.
    /// - Therefore: a key is made only where there is no store, whole under its
    ///   name or not at all; without one a store is not opened.
    /// - Price: none; such a store cannot be read anyway.
    /// - Held by: `a_store_without_its_sealing_key_is_not_given_another`.
    ///
    /// # Errors
    ///
    /// [`StartError::Data`] where it cannot be read or made, is not a key, or is
    /// missing.
    pub fn sealer(&self, chance: &dyn Chance) -> Result<Sealer, StartError> {
        let path = self.seal_key();
        let wrong = |wrong: &dyn std::fmt::Display| {
            StartError::Data(format!("{} cannot be used: {wrong}", path.display()))
        };
        let is_there = |path: &Path| path.try_exists().map_err(|error| wrong(&error));
        if !is_there(&path)? {
            if is_there(&self.store())? {
                return Err(StartError::Data(format!(
                    "{} is missing, and nobody can read the store without it: \
                     put it back from the backup of this folder",
                    path.display()
                )));
            }
            let mut key = [0; 32];
            chance.fill(&mut key).map_err(|error| wrong(&error))?;
            self.keep_key(&key).map_err(|error| wrong(&error))?;
        }
        let mut read = Vec::new();
        let opened = fs::File::open(&path).map_err(|error| wrong(&error))?;
        opened.take(KEY_BYTES + 1).read_to_end(&mut read).map_err(|error| wrong(&error))?;
        let key = read.try_into().map_err(|_| {
            wrong(&"it is not a key of 32 bytes; put the right one back from a backup")
        })?;
        Sealer::new(&key).map_err(|error| wrong(&error))
    }

    /// Writes a new key, whole or not at all. Where another process was faster,
    /// that one's stays.
    fn keep_key(&self, key: &[u8]) -> io::Result<()> {
        let new = self.0.join(format!("seal.key.{}", std::process::id()));
        let kept = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| {
                file.write_all(key)?;
                file.sync_all()
            })
            .and_then(|()| match fs::hard_link(&new, self.seal_key()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                linked => linked,
            });
        let _ = fs::remove_file(&new);
        kept?;
        // The file's name must last as well.
        fs::File::open(&self.0)?.sync_all()
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
        false => Err(StartError::Data(not_ours(path, folder.uid(), own))),
    }
}

/// What whoever does not own a folder is told. Root is not told to take it: the
/// gateway could not open it then.
fn not_ours(path: &Path, owner: u32, own: u32) -> String {
    let whose = format!(
        "the data folder {} belongs to user {owner}, and this is user {own}",
        path.display()
    );
    match own {
        0 => format!("{whose}; run this as user {owner} (sudo -u '#{owner}' vestibule ...)"),
        _ => {
            format!("{whose}; run this as that user, or give the folder and all in it to this one")
        }
    }
}

fn store_in(path: &Path) -> PathBuf {
    path.join("store")
}

fn nothing_at(path: &Path) -> StartError {
    StartError::Data(format!(
        "there is no data folder at {}; start the gateway once with `vestibule serve`, \
         or write the right --data, or --config with the right data_dir",
        path.display()
    ))
}
