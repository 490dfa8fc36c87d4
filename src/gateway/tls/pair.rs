//! A certificate and its key, checked before they are used.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::names::Names;
use crate::domain::Moment;

/// Largest file of a certificate chain or key, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Everybody's part of a file's mode, and the group's right to write.
const MODE_TOO_WIDE: u32 = 0o027;

/// Where a certificate and its key lie, both as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairFiles {
    /// The certificate, and after it those that lead to its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a pair cannot be used. Each text names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// A file cannot be read.
    #[error("{file} cannot be read ({source}); check its path and permissions", file = .file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is larger than any certificate.
    #[error("{file} is larger than {FILE_BYTES_MAX} bytes; name a PEM file", file = .0.display())]
    TooLarge(PathBuf),
    /// Others may read the key.
    #[error(
        "{file} can be read or changed by others on this machine; run chmod o=,g-w {file}",
        file = .0.display()
    )]
    Exposed(PathBuf),
    /// No certificate in the file.
    #[error("{file} holds no certificate; write it as PEM, its chain after it", file = .0.display())]
    NoCertificate(PathBuf),
    /// The first certificate cannot be understood.
    #[error("{file} begins with a certificate that cannot be read", file = .0.display())]
    Unintelligible(PathBuf),
    /// It is for no host.
    #[error("{file} names no host in its subject alternative names", file = .0.display())]
    Nameless(PathBuf),
    /// No key in the file.
    #[error("{file} holds no private key; write it as PEM, without a password", file = .0.display())]
    NoKey(PathBuf),
    /// The key is of a kind that is not done, or is another certificate's.
    #[error(
        "{key} is not the key of {certificate} ({source}); the certificate must be the first in its file",
        key = .files.key.display(), certificate = .files.certificate.display()
    )]
    Mismatch {
        /// Which.
        files: PairFiles,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// It is not valid yet.
    #[error("{file} is not valid yet; check the clock of this machine", file = .0.display())]
    Early(PathBuf),
    /// It is not valid any more.
    #[error("{file} has expired; renew it", file = .0.display())]
    Expired(PathBuf),
}

impl PairError {
    /// Whether it is about the key rather than the certificate of this pair.
    pub fn is_of_key(&self, files: &PairFiles) -> bool {
        match self {
            Self::Unreadable { file, .. } | Self::TooLarge(file) => *file == files.key,
            Self::Exposed(_) | Self::NoKey(_) | Self::Mismatch { .. } => true,
            _ => false,
        }
    }
}

/// What two files held, checked against each other.
#[derive(Debug)]
pub struct Pair {
    /// For which hosts.
    pub names: Names,
    /// When it becomes valid.
    pub begins: Moment,
    /// When it stops being valid.
    pub ends: Moment,
    /// What the files held, as a digest.
    pub digest: Digest,
    /// For the handshake.
    pub key: Arc<CertifiedKey>,
    file: PathBuf,
}

/// SHA-256 of both files.
pub type Digest = [u8; 32];

/// The bytes of both files.
pub struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Contents {
    /// Reads both files.
    ///
    /// # Errors
    ///
    /// Where one cannot be read, is too large, or is a key that others can read.
    pub fn read(files: &PairFiles) -> Result<Self, PairError> {
        Ok(Self { certificate: read(&files.certificate, false)?, key: read(&files.key, true)? })
    }

    /// By which a change is noticed.
    pub fn digest(&self) -> Digest {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for part in [&self.certificate, &self.key] {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        digest
    }
}

/// Reads a file that may be a key.
///
/// SECURITY: a key that others can read is not used.
/// - Against: another user of the machine who reads the key and then speaks in
///   our name.
/// - Therefore: the file's mode gives others nothing and the group no right to
///   write.
/// - Price: a store that shows keys to everybody must be told a stricter mode.
/// - Held by: `a_key_that_others_can_read_is_refused`.
fn read(file: &Path, secret: bool) -> Result<Vec<u8>, PairError> {
    let unreadable = |source| PairError::Unreadable { file: file.to_owned(), source };
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    // Asked of the file that is open, so that nobody can change it in between.
    let facts = opened.metadata().map_err(unreadable)?;
    if secret && facts.permissions().mode() & MODE_TOO_WIDE != 0 {
        return Err(PairError::Exposed(file.to_owned()));
    }
    let mut bytes = Vec::new();
    opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match u64::try_from(bytes.len()) {
        Ok(0..=FILE_BYTES_MAX) => Ok(bytes),
        _ => Err(PairError::TooLarge(file.to_owned())),
    }
}

impl Pair {
    /// Reads a pair and checks it, but for the time of day.
    ///
    /// # Errors
    ///
    /// [`PairError`], of which each says what to do.
    pub fn read(files: &PairFiles, provider: &CryptoProvider) -> Result<Self, PairError> {
        Self::of(&Contents::read(files)?, files, provider)
    }

    /// A pair from what its files held.
    ///
    /// # Errors
    ///
    /// As [`Pair::read`].
    pub fn of(
        contents: &Contents,
        files: &PairFiles,
        provider: &CryptoProvider,
    ) -> Result<Self, PairError> {
        let file = files.certificate.clone();
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(&contents.certificate).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| PairError::NoCertificate(file.clone()))?;
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|_| PairError::NoKey(files.key.clone()))?;
        let leaf = chain.first().map(AsRef::as_ref).unwrap_or_default();
        let Ok((_, leaf)) = X509Certificate::from_der(leaf) else {
            return Err(PairError::Unintelligible(file));
        };
        let names = names_of(&leaf).ok_or_else(|| PairError::Nameless(file.clone()))?;
        let moment = |seconds: i64| {
            Moment::from_unix_millis(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000))
        };
        let begins = moment(leaf.validity().not_before.timestamp());
        let ends = moment(leaf.validity().not_after.timestamp());
        let key = CertifiedKey::from_der(chain, key, provider)
            .map_err(|source| PairError::Mismatch { files: files.clone(), source })?;
        let digest = contents.digest();
        Ok(Self { names, begins, ends, digest, key: Arc::new(key), file })
    }

    /// Whether it is valid at this time.
    ///
    /// # Errors
    ///
    /// [`PairError::Early`] or [`PairError::Expired`].
    pub fn check_time(&self, now: Moment) -> Result<(), PairError> {
        if now < self.begins {
            return Err(PairError::Early(self.file.clone()));
        }
        match now < self.ends {
            true => Ok(()),
            false => Err(PairError::Expired(self.file.clone())),
        }
    }
}

/// The hosts of a certificate. Its common name is not among them: no client
/// looks at it any more (RFC 9525 section 2).
fn names_of(leaf: &X509Certificate<'_>) -> Option<Names> {
    let alternatives = leaf.subject_alternative_name().ok().flatten()?;
    let mut names = Names::default();
    for name in &alternatives.value.general_names {
        match name {
            GeneralName::DNSName(name) => names.add(name),
            GeneralName::IPAddress(octets) => names.add_address(octets),
            _ => {}
        }
    }
    (!names.is_empty()).then_some(names)
}
