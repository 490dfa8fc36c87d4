//! Forms that met an expired session: kept for a while, and sent once, by who
//! filled them in.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Ground;
use crate::crypto::{NoChance, SealError, Sealer, Token};
use crate::domain::{AccountId, Moment, SessionHash};
use crate::observe::KeptPostOutcome;
use crate::store::record::{KeptHeadRecord, KeptPostRecord};
use crate::store::{Change, Expect, Record, StoreError, Table};

/// How long a form is kept.
pub const KEPT_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long one of another site is.
const BOUNCE_LIFE: Duration = Duration::from_secs(60);
/// Forms kept at once for one expired session, for forms of other sites together,
/// and in all.
const EACH_MAX: usize = 4;
const BOUNCED_MAX: usize = 64;
const ALL_MAX: usize = 256;
/// How much of one is in one record.
const PIECE_BYTES: usize = 48 * 1024;

/// Why a form was not kept, or is not there.
#[derive(Debug, thiserror::Error)]
pub enum KeptPostError {
    /// So many are kept that this one is not.
    #[error("too many forms are kept already")]
    Full,
    /// There is none, or none any more.
    #[error("no such form is kept")]
    Gone,
    /// It is somebody else's.
    #[error("the form was filled in by somebody else")]
    OtherAccount,
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoChance(#[from] NoChance),
    /// What is kept does not open.
    #[error("a kept form does not open")]
    Seal(#[from] SealError),
}

/// The browser's half of a kept form. It is in a cookie there and nowhere else.
#[derive(Clone, Debug)]
pub struct KeptValue(Token);

impl KeptValue {
    /// From the cookie's value, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        Token::parse(text).map(Self)
    }

    /// From a cookie that the gateway read.
    pub fn from_token(token: Token) -> Self {
        Self(token)
    }

    /// For the cookie.
    pub fn into_token(self) -> Token {
        self.0
    }
}

/// A form that was sent.
pub struct Post {
    /// The expired session that it was sent with, and whose that was; nobody's
    /// where another site sent it.
    pub from: Option<(SessionHash, AccountId)>,
    /// The host it was sent to.
    pub host: String,
    /// The path and query it was sent to.
    pub path: String,
    /// What kind of form it is.
    pub content_type: String,
    /// What was sent.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// A form that is kept.
#[derive(Debug)]
pub struct KeptPost {
    /// The form.
    pub post: Post,
    stored: Record,
    pieces: u8,
    owner: Vec<u8>,
}

/// The use case.
#[derive(Clone, Debug)]
pub struct KeptPosts {
    ground: Ground,
}

impl KeptPosts {
    /// Over this ground.
    pub fn new(ground: Ground) -> Self {
        Self { ground }
    }

    /// Keeps a form; gives the browser's half of it.
    ///
    /// SECURITY: what is kept can be read by the browser that sent it alone.
    /// - Against: somebody with the store and its key who reads what people filled
    ///   in, and strangers who fill the disk.
    /// - Therefore: it is sealed with a key made of a value that only the browser
    ///   has and of one that ends with the record; only a browser that had a session
    ///   is served, four forms for each and 256 in all.
    /// - Price: who clears their cookies loses the form.
    /// - Held by: `a_kept_form_opens_with_both_halves_only`.
    ///
    /// # Errors
    ///
    /// [`KeptPostError::Full`], or where it cannot be kept.
    pub async fn keep(&self, post: Post) -> Result<KeptValue, KeptPostError> {
        let outcome = self.try_keep(post).await;
        self.ground.metrics.kept_post(match &outcome {
            Ok(_) => KeptPostOutcome::Kept,
            Err(KeptPostError::Full) => KeptPostOutcome::Full,
            Err(_) => KeptPostOutcome::Fault,
        });
        outcome
    }

    async fn try_keep(&self, post: Post) -> Result<KeptValue, KeptPostError> {
        let now = self.ground.clock.now();
        let (owner, most, life) = match &post.from {
            Some((session, _)) => (session.0, EACH_MAX, KEPT_LIFE),
            None => ([0; 32], BOUNCED_MAX, BOUNCE_LIFE),
        };
        let list = |after, most| self.ground.store.list(Table::KeptPostOf, after, most, now);
        let own = list(Some(owner.as_slice()), most).await?;
        let own = own.iter().take_while(|(key, _)| key.starts_with(&owner)).count();
        if own >= most || list(None, ALL_MAX).await?.len() >= ALL_MAX {
            return Err(KeptPostError::Full);
        }
        let (token, mut half) = (Token::new(&*self.ground.chance)?, [0; 32]);
        self.ground.chance.fill(&mut half)?;
        let key = token.kept_key();
        let record = KeptPostRecord {
            account: post.from.map(|(_, account)| account.to_string()),
            owner: BASE64.encode(owner),
            host: post.host,
            path: post.path,
            content_type: post.content_type,
        };
        let head = record.encode()?;
        let length = u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes();
        let clear = [length.as_slice(), &head, &post.body].concat();
        let sealed =
            Sealer::new(&token.kept_seal_key(&half))?.seal(&key, &clear, &*self.ground.chance)?;
        let pieces: Vec<&[u8]> = sealed.chunks(PIECE_BYTES).collect();
        let count = u8::try_from(pieces.len()).map_err(|_| KeptPostError::Full)?;
        let ends = Some(now.plus(life));
        let head = KeptHeadRecord::new(&half, count).encode()?;
        let mut change = Change::new()
            .put((Table::KeptPost, piece_key(&key, 0)), Expect::Absent, head, ends)
            .put((Table::KeptPostOf, [owner, key].concat()), Expect::Any, Vec::new(), ends);
        for (number, piece) in (1..).zip(pieces) {
            let place = (Table::KeptPost, piece_key(&key, number));
            change = change.put(place, Expect::Absent, piece.to_vec(), ends);
        }
        self.ground.store.commit(change, now).await?;
        Ok(KeptValue(token))
    }

    /// The form of this browser on this host.
    ///
    /// # Errors
    ///
    /// [`KeptPostError::Gone`] where there is none.
    pub async fn find(&self, value: &KeptValue, host: &str) -> Result<KeptPost, KeptPostError> {
        let now = self.ground.clock.now();
        let key = value.0.kept_key();
        let stored = self.read(&key, 0, now).await?;
        let head = KeptHeadRecord::decode(&stored.data)?;
        let mut sealed = Vec::new();
        for number in 1..=head.pieces {
            sealed.extend(self.read(&key, number, now).await?.data);
        }
        let sealer = Sealer::new(&value.0.kept_seal_key(&head.half()?))?;
        let clear = sealer.open(&key, &sealed)?;
        let (length, rest) = clear.split_first_chunk::<4>().ok_or(KeptPostError::Gone)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (record, body) = rest.split_at_checked(length).ok_or(KeptPostError::Gone)?;
        let KeptPostRecord { account, owner, host: of, path, content_type } =
            KeptPostRecord::decode(record)?;
        if of != host {
            return Err(KeptPostError::Gone);
        }
        let owner = BASE64.decode(owner).map_err(|_| KeptPostError::Gone)?;
        let session = owner.as_slice().try_into().map(SessionHash);
        let from = match account {
            Some(account) => {
                let account = AccountId::parse(&account).ok_or(KeptPostError::Gone)?;
                Some((session.map_err(|_| KeptPostError::Gone)?, account))
            }
            None => None,
        };
        let post = Post { from, host: of, path, content_type, body: body.to_vec() };
        Ok(KeptPost { post, stored, pieces: head.pieces, owner })
    }

    /// Takes the form of this browser to be sent now, by this account, to this
    /// address. It is gone from then on.
    ///
    /// # Errors
    ///
    /// [`KeptPostError::Gone`], [`KeptPostError::OtherAccount`].
    pub async fn take(
        &self,
        value: &KeptValue,
        (host, path): (&str, &str),
        account: AccountId,
    ) -> Result<Post, KeptPostError> {
        let outcome = self.try_take(value, (host, path), account).await;
        self.ground.metrics.kept_post(match &outcome {
            Ok(_) => KeptPostOutcome::Resumed,
            Err(KeptPostError::OtherAccount) => KeptPostOutcome::OtherAccount,
            Err(KeptPostError::Gone | KeptPostError::Full) => KeptPostOutcome::Gone,
            Err(_) => KeptPostOutcome::Fault,
        });
        outcome
    }

    async fn try_take(
        &self,
        value: &KeptValue,
        (host, path): (&str, &str),
        account: AccountId,
    ) -> Result<Post, KeptPostError> {
        let kept = self.find(value, host).await?;
        if kept.post.path != path {
            return Err(KeptPostError::Gone);
        }
        if kept.post.from.is_some_and(|(_, owner)| owner != account) {
            return Err(KeptPostError::OtherAccount);
        }
        let key = value.0.kept_key();
        let expect = Expect::Version(kept.stored.version);
        let mut change = Change::new()
            .delete((Table::KeptPost, piece_key(&key, 0)), expect)
            .delete((Table::KeptPostOf, [kept.owner.as_slice(), &key].concat()), Expect::Any);
        for number in 1..=kept.pieces {
            change = change.delete((Table::KeptPost, piece_key(&key, number)), Expect::Any);
        }
        match self.ground.store.commit(change, self.ground.clock.now()).await {
            Err(StoreError::Conflict) => Err(KeptPostError::Gone),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(kept.post),
        }
    }

    async fn read(&self, key: &[u8; 32], piece: u8, now: Moment) -> Result<Record, KeptPostError> {
        let found = self.ground.store.read(Table::KeptPost, &piece_key(key, piece), now).await?;
        found.ok_or(KeptPostError::Gone)
    }
}

/// The head is piece 0.
fn piece_key(key: &[u8; 32], piece: u8) -> Vec<u8> {
    [key.as_slice(), &[piece]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Clock;
    use crate::flow::proving_ground::{HandClock, ground};
    use std::sync::Arc;

    const OWNER: AccountId = AccountId::from_bytes([1; 16]);
    const OTHER: AccountId = AccountId::from_bytes([2; 16]);
    const PLACE: (&str, &str) = ("shop.test", "/order?step=2");

    fn post(session: u8, body: Vec<u8>) -> Post {
        Post {
            from: Some((SessionHash([session; 32]), OWNER)),
            host: PLACE.0.to_owned(),
            path: PLACE.1.to_owned(),
            content_type: "multipart/form-data; boundary=x".to_owned(),
            body,
        }
    }

    fn posts() -> (tempfile::TempDir, Arc<HandClock>, KeptPosts) {
        let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::new());
        let ground = ground(folder.path(), clock.clone());
        (folder, clock, KeptPosts::new(ground))
    }

    #[tokio::test]
    async fn a_kept_form_is_sent_once_by_its_owner_to_its_address() {
        let (_folder, clock, posts) = posts();
        let body: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).take(256 * 1024).collect();
        let value = posts.keep(post(1, body.clone())).await.unwrap();
        let other = posts.take(&value, PLACE, OTHER).await;
        assert!(matches!(other, Err(KeptPostError::OtherAccount)), "{other:?}");
        for elsewhere in [("shop.test", "/order"), ("api.test", PLACE.1)] {
            let gone = posts.take(&value, elsewhere, OWNER).await;
            assert!(matches!(gone, Err(KeptPostError::Gone)), "{elsewhere:?}");
        }
        // Control: as it was sent it is taken, once.
        clock.advance(KEPT_LIFE - Duration::from_secs(1));
        let taken = posts.take(&value, PLACE, OWNER).await.unwrap();
        assert!(taken.body == body && taken.content_type.ends_with("boundary=x"));
        assert!(matches!(posts.take(&value, PLACE, OWNER).await, Err(KeptPostError::Gone)));
        let left = posts.ground.store.list(Table::KeptPost, None, 10, clock.now()).await.unwrap();
        assert!(left.is_empty());
    }

    #[tokio::test]
    async fn a_kept_form_ends_after_its_time() {
        let (_folder, clock, posts) = posts();
        let value = posts.keep(post(1, b"a=b".to_vec())).await.unwrap();
        clock.advance(KEPT_LIFE);
        assert!(matches!(posts.take(&value, PLACE, OWNER).await, Err(KeptPostError::Gone)));
        let bounced = Post { from: None, ..post(1, b"a=b".to_vec()) };
        let value = posts.keep(bounced).await.unwrap();
        // Control: within its minute one of another site is anybody's who is signed in.
        clock.advance(BOUNCE_LIFE - Duration::from_secs(1));
        assert!(posts.take(&value, PLACE, OTHER).await.is_ok());
    }

    #[tokio::test]
    async fn a_kept_form_opens_with_both_halves_only() {
        let (_folder, clock, posts) = posts();
        let value = posts.keep(post(1, b"iban=BE71".to_vec())).await.unwrap();
        let all = posts.ground.store.list(Table::KeptPost, None, 10, clock.now()).await.unwrap();
        let sealed = &all.last().unwrap().1.data;
        assert!(!sealed.windows(4).any(|part| part == b"iban"));
        let key = value.0.kept_key();
        let head = KeptHeadRecord::decode(&all[0].1.data).unwrap();
        let half = head.half().unwrap();
        let opens = |key32: &[u8; 32]| Sealer::new(key32).unwrap().open(&key, sealed).is_ok();
        assert!(!opens(&half) && !opens(&value.0.kept_seal_key(&[0; 32])));
        // Neither does it with what the store is sealed with.
        assert!(posts.ground.sealer.open(&key, sealed).is_err());
        // Control: with both it opens.
        assert!(opens(&value.0.kept_seal_key(&half)));
    }

    #[tokio::test]
    async fn one_expired_session_has_few_forms_kept() {
        let (_folder, _clock, posts) = posts();
        for _ in 0..EACH_MAX {
            posts.keep(post(1, b"a=b".to_vec())).await.unwrap();
        }
        let more = posts.keep(post(1, b"a=b".to_vec())).await;
        assert!(matches!(more, Err(KeptPostError::Full)), "{more:?}");
        // Control: another session has its own share.
        assert!(posts.keep(post(2, b"a=b".to_vec())).await.is_ok());
    }
}
