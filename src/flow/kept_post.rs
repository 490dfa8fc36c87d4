//! Forms that met an expired session, or a rule that wants a fresh proof: kept for a while, and sent once, by who
//! filled them in.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Ground;
use super::failures::CONFLICTS_MAX;
use crate::crypto::{NoChance, SealError, Sealer, Token};
use crate::domain::{AccountId, Moment, Visitor, is_fresh};
use crate::observe::KeptPostOutcome;
use crate::store::record::{KeptHeadRecord, KeptPostRecord};
use crate::store::{Change, Expect, Record, StoreError, Table};

/// How long a form is kept.
pub const KEPT_LIFE: Duration = Duration::from_secs(15 * 60);
/// Forms of pages here kept at once for one account, and for all of them together.
const EACH_MAX: usize = 4;
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
    /// All that a cookie holds, the newest last.
    pub fn parse_list(text: &str) -> Vec<Self> {
        Token::parse_list(text).into_iter().map(Self).collect()
    }

    /// From a cookie that the gateway read.
    pub fn from_token(token: Token) -> Self {
        Self(token)
    }

    /// What a page carries that shows this form.
    pub fn mark(&self) -> String {
        self.0.kept_mark()
    }

    /// Whether such a page was sent.
    pub fn is_mark(&self, typed: &str) -> bool {
        self.0.is_kept_mark(typed)
    }

    /// For the cookie of a browser that is led to this path to have the form sent.
    pub fn resume_value(&self, path: &str) -> String {
        self.0.resume_value(path.as_bytes())
    }

    /// For the cookie.
    pub fn into_token(self) -> Token {
        self.0
    }
}

/// A form that was sent.
pub struct Post {
    /// Whose session it was sent with; nobody's where another site sent it.
    pub from: Option<AccountId>,
    /// The host it was sent to.
    pub host: String,
    /// The path and query it was sent to.
    pub path: String,
    /// What kind of form it is.
    pub content_type: String,
    /// What was sent.
    pub body: Vec<u8>,
    /// What the page of another site said as `Origin`, if it said something.
    pub origin: Option<String>,
}

impl Post {
    /// Whether a page of another site sent it.
    pub fn is_bounced(&self) -> bool {
        self.from.is_none()
    }

    /// The name of the site that sent it, as far as browsers said one.
    pub fn site(&self) -> Option<&str> {
        let (_, site) = self.origin.as_deref()?.split_once("://")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        (!site.is_empty() && site.bytes().all(plain)).then_some(site)
    }
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
    ///   is served, four forms for each account, in however many sessions, and 256 in
    ///   all. Forms of other sites are counted apart, by `client`, where they came from.
    /// - Price: who clears their cookies loses the form.
    /// - Held by: `a_kept_form_opens_with_both_halves_only`,
    ///   `one_account_has_few_forms_kept`.
    ///
    /// # Errors
    ///
    /// [`KeptPostError::Full`], or where it cannot be kept.
    pub async fn keep(&self, post: Post, client: IpAddr) -> Result<KeptValue, KeptPostError> {
        let outcome = self.try_keep(post, client).await;
        self.ground.metrics.kept_post(match &outcome {
            Ok(_) => KeptPostOutcome::Kept,
            Err(KeptPostError::Full) => KeptPostOutcome::Full,
            Err(_) => KeptPostOutcome::Fault,
        });
        outcome
    }

    async fn try_keep(&self, post: Post, client: IpAddr) -> Result<KeptValue, KeptPostError> {
        let (owner, life) = match &post.from {
            Some(account) => (counted_under(*account), KEPT_LIFE),
            None => (bounced::owner(client), bounced::LIFE),
        };
        let of_other_site = post.is_bounced();
        let (token, mut half) = (Token::new(&*self.ground.chance)?, [0; 32]);
        self.ground.chance.fill(&mut half)?;
        let key = token.kept_key();
        let record = KeptPostRecord {
            account: post.from.map(|account| account.to_string()),
            owner: BASE64.encode(owner),
            host: post.host,
            path: post.path,
            content_type: post.content_type,
            origin: post.origin,
        };
        let head = record.encode()?;
        let length = u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes();
        let clear = [length.as_slice(), &head, &post.body].concat();
        let sealed =
            Sealer::new(&token.kept_seal_key(&half))?.seal(&key, &clear, &*self.ground.chance)?;
        let pieces: Vec<&[u8]> = sealed.chunks(PIECE_BYTES).collect();
        let count = u8::try_from(pieces.len()).map_err(|_| KeptPostError::Full)?;
        let head = KeptHeadRecord::new(&half, count).encode()?;
        // Many who come at once make room in the same place, so that all but one of
        // them find that it was done already.
        for _ in 0..CONFLICTS_MAX {
            let now = self.ground.clock.now();
            let ends = Some(now.plus(life));
            let room = match of_other_site {
                true => self.make_room(&owner, now).await?,
                false => {
                    self.check_room(&owner, now).await?;
                    Change::new()
                }
            };
            let mut change = room
                .put((Table::KeptPost, piece_key(&key, 0)), Expect::Absent, head.clone(), ends)
                .put((Table::KeptPostOf, [owner, key].concat()), Expect::Any, Vec::new(), ends);
            for (number, piece) in (1..).zip(&pieces) {
                let place = (Table::KeptPost, piece_key(&key, number));
                change = change.put(place, Expect::Absent, piece.to_vec(), ends);
            }
            match self.ground.store.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(KeptValue(token)),
            }
        }
        Err(KeptPostError::Store(StoreError::Conflict))
    }

    /// Whether one more can be kept for an account.
    async fn check_room(&self, owner: &[u8; 32], now: Moment) -> Result<(), KeptPostError> {
        let list = |after, most| self.ground.store.list(Table::KeptPostOf, Some(after), most, now);
        let own = list(owner.as_slice(), EACH_MAX).await?;
        let own = own.iter().take_while(|(key, _)| key.starts_with(owner)).count();
        let all = list(&bounced::LAST, ALL_MAX).await?.len();
        match own < EACH_MAX && all < ALL_MAX {
            true => Ok(()),
            false => Err(KeptPostError::Full),
        }
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
        let KeptPostRecord { account, owner, host: of, path, content_type, origin } =
            KeptPostRecord::decode(record)?;
        if of != host {
            return Err(KeptPostError::Gone);
        }
        let owner = BASE64.decode(owner).map_err(|_| KeptPostError::Gone)?;
        let from = match account {
            Some(account) => Some(AccountId::parse(&account).ok_or(KeptPostError::Gone)?),
            None => None,
        };
        let post = Post { from, host: of, path, content_type, body: body.to_vec(), origin };
        Ok(KeptPost { post, stored, pieces: head.pieces, owner })
    }

    /// Whether what somebody proved is recent enough for a form whose rule asks for
    /// that.
    pub fn is_fresh(&self, who: &Visitor, within: Duration) -> bool {
        is_fresh(who.proven_at, within, self.ground.clock.now())
    }

    /// The form of this browser, if this account may have it sent to this address.
    /// It stays until it is taken.
    ///
    /// # Errors
    ///
    /// [`KeptPostError::Gone`], [`KeptPostError::OtherAccount`].
    pub async fn look(
        &self,
        value: &KeptValue,
        place: (&str, &str),
        account: AccountId,
    ) -> Result<Post, KeptPostError> {
        let found = self.find_for(value, place, account).await;
        if let Err(error) = &found {
            self.ground.metrics.kept_post(outcome(error));
        }
        found.map(|kept| kept.post)
    }

    async fn find_for(
        &self,
        value: &KeptValue,
        (host, path): (&str, &str),
        account: AccountId,
    ) -> Result<KeptPost, KeptPostError> {
        let kept = self.find(value, host).await?;
        if kept.post.path != path {
            return Err(KeptPostError::Gone);
        }
        match kept.post.from {
            Some(owner) if owner != account => Err(KeptPostError::OtherAccount),
            _ => Ok(kept),
        }
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
        let taken = self.try_take(value, (host, path), account).await;
        self.ground.metrics.kept_post(match &taken {
            Ok(_) => KeptPostOutcome::Resumed,
            Err(error) => outcome(error),
        });
        taken
    }

    async fn try_take(
        &self,
        value: &KeptValue,
        (host, path): (&str, &str),
        account: AccountId,
    ) -> Result<Post, KeptPostError> {
        let kept = self.find_for(value, (host, path), account).await?;
        let key = value.0.kept_key();
        let place = [kept.owner.as_slice(), &key].concat();
        let change = removal(Change::new(), (&key, &kept.stored, kept.pieces), place);
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

/// Adds to a change that a form is not kept any more.
fn removal(
    change: Change,
    (key, head, pieces): (&[u8; 32], &Record, u8),
    place: Vec<u8>,
) -> Change {
    let change = change
        .delete((Table::KeptPost, piece_key(key, 0)), Expect::Version(head.version))
        .delete((Table::KeptPostOf, place), Expect::Any);
    (1..=pieces).fold(change, |change, number| {
        change.delete((Table::KeptPost, piece_key(key, number)), Expect::Any)
    })
}

fn outcome(error: &KeptPostError) -> KeptPostOutcome {
    match error {
        KeptPostError::OtherAccount => KeptPostOutcome::OtherAccount,
        KeptPostError::Gone | KeptPostError::Full => KeptPostOutcome::Gone,
        KeptPostError::Store(_) | KeptPostError::NoChance(_) | KeptPostError::Seal(_) => {
            KeptPostOutcome::Fault
        }
    }
}

/// Under what the forms of an account are counted. No place of another site's form
/// begins so.
fn counted_under(account: AccountId) -> [u8; 32] {
    let mut owner = [0xff; 32];
    for (to, byte) in owner.iter_mut().skip(16).zip(account.as_bytes()) {
        *to = *byte;
    }
    owner
}

/// The head is piece 0.
fn piece_key(key: &[u8; 32], piece: u8) -> Vec<u8> {
    [key.as_slice(), &[piece]].concat()
}

mod bounced;
#[cfg(test)]
mod tests;
