//! Password hashing on threads of its own: argon2id, a bounded queue, low
//! priority.
//!
//! A storm of sign-ins waits here, or is turned away, and the requests of
//! people who are signed in do not feel it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use unicode_normalization::UnicodeNormalization;

use super::foreign_hash::StoredHash;
use super::{Chance, NoChance};
use crate::domain::{AccountId, PasswordProven};

/// Longest password that is looked at, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Passwords that may wait; at 20 ms each on one thread the last waits 2.5 s.
const QUEUE: usize = 128;
/// A pool without work for this long gives its memory back.
const QUIET: Duration = Duration::from_secs(2);
/// Large enough to reach the part of the allocator that returns memory.
const PROBE_BYTES: usize = 32 * 1024 * 1024;
/// How far below the proxy the hashing threads stand (nice value).
const NICE: i32 = 10;

/// What one hash costs. The default is the minimum of the OWASP Password
/// Storage Cheat Sheet for argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for HashingCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// Why a password was not hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// Too many are waiting.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The password is longer than [`PASSWORD_BYTES_MAX`].
    #[error("the password is too long to be looked at")]
    TooLong,
    /// No random bytes for a salt.
    #[error("the system gave no random bytes")]
    NoChance,
    /// The library refused.
    #[error("the hash failed: {0}")]
    Failed(String),
}

impl From<NoChance> for HashingError {
    fn from(_: NoChance) -> Self {
        Self::NoChance
    }
}

/// What came of checking a password.
#[derive(Debug)]
pub enum Checked {
    /// It matched.
    Match {
        /// The evidence.
        proof: PasswordProven,
        /// Whether the stored hash was made with other costs than today's.
        outdated: bool,
    },
    /// It did not, or there was nothing to match.
    NoMatch,
}

enum Job {
    Check {
        subject: Option<(AccountId, String)>,
        typed: SecretString,
        done: CheckDone,
    },
    IsAny {
        hashes: Vec<String>,
        typed: SecretString,
        done: oneshot::Sender<Result<bool, HashingError>>,
    },
    Make {
        clear: SecretString,
        salt: [u8; 16],
        done: oneshot::Sender<Result<String, HashingError>>,
    },
}

type CheckDone = oneshot::Sender<Result<Checked, HashingError>>;

/// The pool.
#[derive(Clone)]
pub struct Hasher {
    jobs: SyncSender<Job>,
    waiting: Arc<AtomicUsize>,
    runs: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

struct Worker {
    cost: HashingCost,
    argon2: Argon2<'static>,
    /// What the password of a name nobody has is checked against.
    decoy: String,
    /// How often argon2 was run.
    runs: Arc<AtomicUsize>,
}

impl Hasher {
    /// Starts `threads` hashing threads.
    ///
    /// # Errors
    ///
    /// Where the cost is out of argon2's range or a thread cannot be started.
    pub fn start(threads: usize, cost: HashingCost) -> Result<Self, HashingError> {
        let fail = |error: &dyn std::fmt::Display| HashingError::Failed(error.to_string());
        let params =
            Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|error| fail(&error))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let runs = Arc::new(AtomicUsize::new(0));
        let decoy = decoy(cost);
        let worker = Arc::new(Worker { cost, argon2, decoy, runs: runs.clone() });
        let (jobs, queue) = sync_channel(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        let waiting = Arc::new(AtomicUsize::new(0));
        for number in 0..threads.max(1) {
            let (worker, queue, waiting) = (worker.clone(), queue.clone(), waiting.clone());
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || worker.run(&queue, &waiting))
                .map_err(|error| fail(&error))?;
        }
        Ok(Self { jobs, waiting, runs })
    }

    /// How often argon2 was run since the start.
    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }

    /// How many are waiting or being hashed.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Checks a typed password against an account's hash.
    ///
    /// SECURITY: an unknown name costs what a known one costs.
    /// - Against: finding out who has an account by the time of the answer.
    /// - Therefore: with no account the password is checked against a decoy
    ///   made with today's costs, in the same queue.
    /// - Price: a guess at a name nobody has uses the pool too.
    /// - Held by: `a_name_nobody_has_is_hashed_like_any_other`.
    ///
    /// # Errors
    ///
    /// [`HashingError::Busy`], [`HashingError::TooLong`],
    /// [`HashingError::Failed`].
    pub async fn check(
        &self,
        subject: Option<(AccountId, String)>,
        typed: SecretString,
    ) -> Result<Checked, HashingError> {
        bounded(&typed)?;
        let (done, answer) = oneshot::channel();
        self.enqueue(Job::Check { subject, typed, done })?;
        answer.await.map_err(|_| HashingError::Failed("the pool stopped".to_owned()))?
    }

    /// Whether a password has one of these hashes. It is no evidence of anything
    /// but that.
    ///
    /// # Errors
    ///
    /// As [`Hasher::check`].
    pub async fn is_any(
        &self,
        hashes: Vec<String>,
        typed: SecretString,
    ) -> Result<bool, HashingError> {
        bounded(&typed)?;
        let (done, answer) = oneshot::channel();
        self.enqueue(Job::IsAny { hashes, typed, done })?;
        answer.await.map_err(|_| HashingError::Failed("the pool stopped".to_owned()))?
    }

    /// Hashes a new password; gives a PHC string.
    ///
    /// # Errors
    ///
    /// As [`Hasher::check`], and [`HashingError::NoChance`].
    pub async fn make(
        &self,
        clear: SecretString,
        chance: &dyn Chance,
    ) -> Result<String, HashingError> {
        bounded(&clear)?;
        let clear = composed(&clear);
        let mut salt = [0; 16];
        chance.fill(&mut salt)?;
        let (done, answer) = oneshot::channel();
        self.enqueue(Job::Make { clear, salt, done })?;
        answer.await.map_err(|_| HashingError::Failed("the pool stopped".to_owned()))?
    }

    fn enqueue(&self, job: Job) -> Result<(), HashingError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => HashingError::Busy,
                TrySendError::Disconnected(_) => {
                    HashingError::Failed("the pool stopped".to_owned())
                }
            }
        })
    }
}

fn bounded(typed: &SecretString) -> Result<(), HashingError> {
    match typed.expose_secret().len() {
        0..=PASSWORD_BYTES_MAX => Ok(()),
        _ => Err(HashingError::TooLong),
    }
}

/// The one form of a password of ours, at set and at check: NFC, nothing cut.
fn composed(typed: &SecretString) -> SecretString {
    SecretString::from(typed.expose_secret().nfc().collect::<String>())
}

/// The next password; after work, none for a while counts as an answer.
fn next(queue: &Mutex<Receiver<Job>>, worked: bool) -> Result<Job, RecvTimeoutError> {
    let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    match worked {
        true => queue.recv_timeout(QUIET),
        false => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// Lets the allocator return what hashing used, tens of MiB, to the system: it
/// does so when large memory is asked for or freed, and a quiet pool never asks.
fn give_back_memory() {
    let probe: Vec<u8> = Vec::with_capacity(PROBE_BYTES);
    std::hint::black_box(&probe);
}

/// A hash of today's costs that no password has, written down rather than made:
/// the first name that nobody has must not cost more than the next one.
fn decoy(cost: HashingCost) -> String {
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={},t={},p=1${salt}${hash}", cost.memory_kib, cost.passes)
}

impl Worker {
    fn run(&self, queue: &Mutex<Receiver<Job>>, waiting: &AtomicUsize) {
        // Below the proxy: it keeps its share of the cores. Where the system
        // says no, hashing merely competes.
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
        let mut worked = false;
        loop {
            let job = match next(queue, worked) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    give_back_memory();
                    worked = false;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            match job {
                Job::Check { subject, typed, done } => {
                    drop(done.send(self.check(subject, &typed)));
                }
                Job::IsAny { hashes, typed, done } => {
                    drop(done.send(self.is_any(&hashes, &typed)));
                }
                Job::Make { clear, salt, done } => {
                    drop(done.send(self.make(clear.expose_secret(), &salt)));
                }
            }
            waiting.fetch_sub(1, Ordering::Relaxed);
            worked = true;
        }
    }

    fn make(&self, clear: &str, salt: &[u8; 16]) -> Result<String, HashingError> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let hash: PasswordHash = self
            .argon2
            .hash_password_with_salt(clear.as_bytes(), salt)
            .map_err(|error| HashingError::Failed(error.to_string()))?;
        Ok(hash.to_string())
    }

    fn check(
        &self,
        subject: Option<(AccountId, String)>,
        typed: &SecretString,
    ) -> Result<Checked, HashingError> {
        let Some((account, stored)) = subject else {
            self.matches(&self.decoy, typed)?;
            return Ok(Checked::NoMatch);
        };
        match self.matches(&stored, typed)? {
            Some(outdated) => {
                Ok(Checked::Match { proof: PasswordProven::attest(account), outdated })
            }
            None => Ok(Checked::NoMatch),
        }
    }

    fn is_any(&self, hashes: &[String], typed: &SecretString) -> Result<bool, HashingError> {
        for stored in hashes {
            if self.matches(stored, typed)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `Some(outdated)` where the password matches.
    fn matches(&self, stored: &str, typed: &SecretString) -> Result<Option<bool>, HashingError> {
        let fail = |error: &dyn std::fmt::Display| HashingError::Failed(error.to_string());
        let hash = StoredHash::parse(stored).map_err(|error| fail(&error))?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        let ours = hash.is_ours(self.cost.memory_kib, self.cost.passes);
        let matched = match ours {
            true => hash.matches_exactly(composed(typed).expose_secret()),
            // Another system may have taken it in another form.
            false => hash.matches(typed.expose_secret()),
        };
        Ok(matched.map_err(|error| fail(&error))?.then_some(!ours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SystemChance;

    const CHEAP: HashingCost = HashingCost { memory_kib: 64, passes: 1 };

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_matches_itself_only_and_in_either_composition() {
        let (hasher, id) = (Hasher::start(1, CHEAP).unwrap(), AccountId::from_bytes([1; 16]));
        let stored = hasher.make(secret("Été 2026!"), &SystemChance::default()).await.unwrap();
        let check = async |typed: &str| {
            let subject = Some((id, stored.clone()));
            match hasher.check(subject, secret(typed)).await.unwrap() {
                Checked::Match { proof, outdated } => proof.subject() == id && !outdated,
                Checked::NoMatch => false,
            }
        };
        assert!(check("Été 2026!").await);
        assert!(check("E\u{301}te\u{301} 2026!").await);
        for wrong in ["été 2026!", "Été 2026! ", "Été 2026", ""] {
            assert!(!check(wrong).await, "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn a_name_nobody_has_is_hashed_like_any_other() {
        let hasher = Hasher::start(1, CHEAP).unwrap();
        let stored = hasher.make(secret("right"), &SystemChance::default()).await.unwrap();
        let known = Some((AccountId::from_bytes([1; 16]), stored));
        let runs = async |subject: Option<(AccountId, String)>, typed: &str| {
            let before = hasher.runs();
            let checked = hasher.check(subject, secret(typed)).await.unwrap();
            (hasher.runs() - before, matches!(checked, Checked::Match { .. }))
        };
        // The very first one too: nothing is prepared on its account.
        assert_eq!(runs(None, "guess").await, (1, false));
        assert_eq!(runs(known.clone(), "guess").await, (1, false));
        assert_eq!(runs(known, "right").await, (1, true));
        // Control: what is turned away before hashing is counted as no run.
        let before = hasher.runs();
        assert!(hasher.check(None, secret(&"x".repeat(PASSWORD_BYTES_MAX + 1))).await.is_err());
        assert_eq!(hasher.runs(), before);
        // And it costs what any other does.
        let argon2 = PasswordHash::new(&decoy(CHEAP)).map(|hash| Params::try_from(&hash)).unwrap();
        let params = argon2.unwrap();
        assert_eq!((params.m_cost(), params.t_cost()), (CHEAP.memory_kib, CHEAP.passes));
    }

    #[tokio::test]
    async fn a_hash_of_other_costs_is_told_to_be_outdated() {
        let old = Hasher::start(1, HashingCost { memory_kib: 128, passes: 1 }).unwrap();
        let new = Hasher::start(1, CHEAP).unwrap();
        let stored = old.make(secret("pw"), &SystemChance::default()).await.unwrap();
        let subject = Some((AccountId::from_bytes([1; 16]), stored));
        let checked = new.check(subject, secret("pw")).await.unwrap();
        assert!(matches!(checked, Checked::Match { outdated: true, .. }));
    }

    #[tokio::test]
    async fn a_very_long_password_is_turned_away_before_hashing() {
        let hasher = Hasher::start(1, CHEAP).unwrap();
        let long = hasher.check(None, secret(&"x".repeat(PASSWORD_BYTES_MAX + 1))).await;
        assert!(matches!(long, Err(HashingError::TooLong)));
        // Control: the longest allowed one is looked at.
        assert!(hasher.check(None, secret(&"x".repeat(PASSWORD_BYTES_MAX))).await.is_ok());
    }
}
