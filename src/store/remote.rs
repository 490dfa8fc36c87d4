//! The store of the gateway that took the data folder over, asked over the
//! connection on which it did so.
//!
//! Both programs run on one machine as one user, and the asking one finishes
//! what it has begun: so there is one short list of questions, each with a
//! number, and revocations that are told unasked.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};

use super::{Change, Expect, Feed, Record, Revocation, Step, Store, StoreError, Table};
use crate::domain::{AccountId, Moment, SessionHash};

/// Largest message: a list of records, with room for how they are written.
const FRAME_BYTES_MAX: u32 = 64 * 1024 * 1024;
/// Questions that wait to be sent.
const WAITING_MAX: usize = 1024;

/// Writes one message.
///
/// # Errors
///
/// Where the other side is gone, or the message is larger than one may be.
pub async fn tell<T: Serialize>(to: &mut (impl AsyncWrite + Unpin), message: &T) -> io::Result<()> {
    let mut frame = vec![0; 4];
    ciborium::into_writer(message, &mut frame).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len() - 4).ok().filter(|length| *length <= FRAME_BYTES_MAX);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    if let Some(head) = frame.get_mut(..4) {
        head.copy_from_slice(&length.to_be_bytes());
    }
    to.write_all(&frame).await
}

/// Reads one message.
///
/// # Errors
///
/// Where the other side is gone, or says what is no message.
pub async fn hear<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let length = from.read_u32().await?;
    if length > FRAME_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length as usize];
    from.read_exact(&mut frame).await?;
    ciborium::from_reader(frame.as_slice()).map_err(io::Error::other)
}

#[derive(Serialize, Deserialize)]
enum Question {
    Read { table: u8, key: Vec<u8>, now: u64 },
    List { table: u8, after: Option<Vec<u8>>, most: usize, now: u64 },
    Commit { steps: Vec<Sent>, revokes: Vec<Over>, now: u64 },
    Sweep { most: usize, now: u64 },
}

#[derive(Serialize, Deserialize)]
struct Sent {
    table: u8,
    key: Vec<u8>,
    expect: Expected,
    act: Act,
}

#[derive(Serialize, Deserialize)]
enum Expected {
    Any,
    Absent,
    Version(u64),
}

#[derive(Serialize, Deserialize)]
enum Act {
    Put { data: Vec<u8>, expires: Option<u64> },
    Check,
    Delete,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Over {
    Session([u8; 32]),
    Account([u8; 16]),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u64,
    data: Vec<u8>,
    expires: Option<u64>,
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Record(Option<Kept>),
    Records(Vec<(Vec<u8>, Kept)>),
    Done,
    Swept(usize),
    Conflict,
    TooLarge(usize),
    Failed(String),
}

#[derive(Serialize, Deserialize)]
enum Said {
    Answer(u64, Answer),
    Revoked(Over),
}

impl From<Revocation> for Over {
    fn from(revocation: Revocation) -> Self {
        match revocation {
            Revocation::Session(hash) => Self::Session(hash.0),
            Revocation::Account(account) => Self::Account(*account.as_bytes()),
        }
    }
}

impl From<Over> for Revocation {
    fn from(over: Over) -> Self {
        match over {
            Over::Session(hash) => Self::Session(SessionHash(hash)),
            Over::Account(account) => Self::Account(AccountId::from_bytes(account)),
        }
    }
}

impl From<Record> for Kept {
    fn from(record: Record) -> Self {
        let expires = record.expires.map(Moment::unix_millis);
        Self { version: record.version, data: record.data, expires }
    }
}

impl From<Kept> for Record {
    fn from(kept: Kept) -> Self {
        let expires = kept.expires.map(Moment::from_unix_millis);
        Self { version: kept.version, data: kept.data, expires }
    }
}

impl From<Step> for Sent {
    fn from(step: Step) -> Self {
        let (table, key, expect, act) = match step {
            Step::Put { table, key, expect, data, expires } => {
                let expires = expires.map(Moment::unix_millis);
                (table, key, expect, Act::Put { data, expires })
            }
            Step::Check { table, key, expect } => (table, key, expect, Act::Check),
            Step::Delete { table, key, expect } => (table, key, expect, Act::Delete),
        };
        let expect = match expect {
            Expect::Any => Expected::Any,
            Expect::Absent => Expected::Absent,
            Expect::Version(version) => Expected::Version(version),
        };
        Self { table: table as u8, key, expect, act }
    }
}

impl Sent {
    /// The step, if this version of the program knows its table.
    fn step(self) -> Option<Step> {
        let (table, key) = (Table::from_number(self.table)?, self.key);
        let expect = match self.expect {
            Expected::Any => Expect::Any,
            Expected::Absent => Expect::Absent,
            Expected::Version(version) => Expect::Version(version),
        };
        Some(match self.act {
            Act::Put { data, expires } => {
                let expires = expires.map(Moment::from_unix_millis);
                Step::Put { table, key, expect, data, expires }
            }
            Act::Check => Step::Check { table, key, expect },
            Act::Delete => Step::Delete { table, key, expect },
        })
    }
}

type Open = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Answer>>>>>;

/// A store in another process.
pub struct RemoteStore {
    ask: mpsc::Sender<(u64, Question)>,
    open: Open,
    next: AtomicU64,
    feed: Feed,
}

impl std::fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RemoteStore")
    }
}

impl RemoteStore {
    /// Over a connection at whose other end is [`answer`].
    pub fn over(connection: UnixStream) -> Self {
        let (mut from, mut to) = connection.into_split();
        let (ask, mut asked) = mpsc::channel::<(u64, Question)>(WAITING_MAX);
        let open: Open = Arc::new(Mutex::new(Some(HashMap::new())));
        let feed = Feed::default();
        tokio::spawn(async move {
            while let Some(question) = asked.recv().await {
                if tell(&mut to, &question).await.is_err() {
                    return;
                }
            }
        });
        let (waiting, ours) = (open.clone(), feed.clone());
        tokio::spawn(async move {
            while let Ok(said) = hear::<Said>(&mut from).await {
                match said {
                    Said::Revoked(over) => ours.publish(&[over.into()]),
                    Said::Answer(number, answer) => {
                        let mut open = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                        let asked = open.as_mut().and_then(|open| open.remove(&number));
                        drop(open);
                        if let Some(asked) = asked {
                            // Whoever asked may have gone.
                            let _ = asked.send(answer);
                        }
                    }
                }
            }
            // Nobody answers any more: all who wait are told so.
            waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        });
        Self { ask, open, next: AtomicU64::new(0), feed }
    }

    async fn ask(&self, question: Question) -> Result<Answer, StoreError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (tell, told) = oneshot::channel();
        match &mut *self.open.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => drop(open.insert(number, tell)),
            None => return Err(StoreError::Closed),
        }
        self.ask.send((number, question)).await.map_err(|_| StoreError::Closed)?;
        match told.await.map_err(|_| StoreError::Closed)? {
            Answer::Conflict => Err(StoreError::Conflict),
            Answer::TooLarge(bytes) => Err(StoreError::TooLarge { bytes }),
            Answer::Failed(wrong) => Err(failed(&wrong)),
            answer => Ok(answer),
        }
    }
}

fn failed(wrong: &str) -> StoreError {
    StoreError::Backend { doing: "asking the gateway that has it now", source: wrong.into() }
}

#[async_trait]
impl Store for RemoteStore {
    async fn read(
        &self,
        table: Table,
        key: &[u8],
        now: Moment,
    ) -> Result<Option<Record>, StoreError> {
        let (table, key, now) = (table as u8, key.to_vec(), now.unix_millis());
        match self.ask(Question::Read { table, key, now }).await? {
            Answer::Record(found) => Ok(found.map(Record::from)),
            _ => Err(failed("another question was answered")),
        }
    }

    async fn list(
        &self,
        table: Table,
        after: Option<&[u8]>,
        most: usize,
        now: Moment,
    ) -> Result<Vec<(Vec<u8>, Record)>, StoreError> {
        let (table, after) = (table as u8, after.map(<[u8]>::to_vec));
        let question = Question::List { table, after, most, now: now.unix_millis() };
        match self.ask(question).await? {
            Answer::Records(found) => {
                Ok(found.into_iter().map(|(key, kept)| (key, kept.into())).collect())
            }
            _ => Err(failed("another question was answered")),
        }
    }

    async fn commit(&self, change: Change, now: Moment) -> Result<(), StoreError> {
        let steps = change.steps.into_iter().map(Sent::from).collect();
        let revokes = change.revokes.into_iter().map(Over::from).collect();
        match self.ask(Question::Commit { steps, revokes, now: now.unix_millis() }).await? {
            Answer::Done => Ok(()),
            _ => Err(failed("another question was answered")),
        }
    }

    async fn sweep(&self, now: Moment, most: usize) -> Result<usize, StoreError> {
        match self.ask(Question::Sweep { most, now: now.unix_millis() }).await? {
            Answer::Swept(count) => Ok(count),
            _ => Err(failed("another question was answered")),
        }
    }

    fn feed(&self) -> &Feed {
        &self.feed
    }
}

/// Hears what a store revokes, from before anybody asks for it.
pub struct Ears {
    say: mpsc::UnboundedSender<Said>,
    said: mpsc::UnboundedReceiver<Said>,
}

impl std::fmt::Debug for Ears {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ears")
    }
}

impl Ears {
    /// From now on.
    pub fn open(store: &dyn Store) -> Self {
        let (say, said) = mpsc::unbounded_channel::<Said>();
        let revoked = say.clone();
        // Told before the change is acknowledged to anybody here.
        store.feed().subscribe(move |over| drop(revoked.send(Said::Revoked(over.into()))));
        Self { say, said }
    }
}

/// Answers a [`RemoteStore`] from this store until it goes away, and tells it
/// what was revoked since the ears were opened.
pub async fn answer(connection: UnixStream, store: Arc<dyn Store>, ears: Ears) {
    let (mut from, mut to) = connection.into_split();
    let Ears { say, mut said } = ears;
    let write = async {
        while let Some(said) = said.recv().await {
            if tell(&mut to, &said).await.is_err() {
                return;
            }
        }
    };
    let read = async {
        while let Ok((number, question)) = hear::<(u64, Question)>(&mut from).await {
            let (store, say) = (store.clone(), say.clone());
            tokio::spawn(async move {
                let answer = match look(&*store, question).await {
                    Ok(answer) => answer,
                    Err(StoreError::Conflict) => Answer::Conflict,
                    Err(StoreError::TooLarge { bytes }) => Answer::TooLarge(bytes),
                    Err(error) => Answer::Failed(error.to_string()),
                };
                let _ = say.send(Said::Answer(number, answer));
            });
        }
    };
    // Whichever ends, the connection goes with both.
    tokio::select! {
        () = write => {}
        () = read => {}
    }
}

async fn look(store: &dyn Store, question: Question) -> Result<Answer, StoreError> {
    let unknown = || failed("a table is not known here");
    let of = |number: u8| Table::from_number(number).ok_or_else(unknown);
    match question {
        Question::Read { table, key, now } => {
            let found = store.read(of(table)?, &key, Moment::from_unix_millis(now)).await?;
            Ok(Answer::Record(found.map(Kept::from)))
        }
        Question::List { table, after, most, now } => {
            let now = Moment::from_unix_millis(now);
            let found = store.list(of(table)?, after.as_deref(), most, now).await?;
            Ok(Answer::Records(found.into_iter().map(|(key, one)| (key, one.into())).collect()))
        }
        Question::Commit { steps, revokes, now } => {
            let steps: Option<Vec<_>> = steps.into_iter().map(Sent::step).collect();
            let revokes = revokes.into_iter().map(Revocation::from).collect();
            let change = Change { steps: steps.ok_or_else(unknown)?, revokes };
            store.commit(change, Moment::from_unix_millis(now)).await?;
            Ok(Answer::Done)
        }
        Question::Sweep { most, now } => {
            Ok(Answer::Swept(store.sweep(Moment::from_unix_millis(now), most).await?))
        }
    }
}
