//! A ground for tests: a real store in a folder that goes with the test, a
//! clock that is moved by hand, and the use cases of visitors over it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;

use super::account::{Accounts, NewAccount, Told};
use super::code::{seed_of, text_of};
use super::half_done::HalfDone;
use super::outbox::place;
use super::{
    AfterSetUp, Answer, At, Ground, MailSettings, Opened, Outbox, PasswordMail, Person, PhoneParts,
    Provision, Sessions, SignIn, SignInError, SignInParts, Ticket, Typed, Visiting, Waker,
    YesNeeds,
};
use crate::crypto::one_time_code::{Seed, TypedCode};
use crate::crypto::passkey::Passkeys;
use crate::crypto::{Hasher, HashingCost, Sealer, SystemChance};
use crate::domain::{
    Brand, Clock, Factor, Language, Moment, PasswordPolicy, Place, SecondFactor, SessionLimits,
    SignInPolicy, Throttle,
};
use crate::notice::{Post, PostSettings, Tls};
use crate::observe::audit::Around;
use crate::observe::{Audit, Metrics};
use crate::store::record::MailRecord;
use crate::store::{Record, SessionReader, SledStore, Table};

pub const MINUTE: Duration = Duration::from_secs(60);
/// Where the pages are.
pub const PUBLIC_URL: &str = "https://app.test";
/// A permanent password that keeps every rule.
pub const PASSWORD: &str = "Kalme-Rivier 27 stenen";

/// A clock that stands still until it is moved.
pub struct HandClock(AtomicU64);

impl HandClock {
    /// Standing at some moment in 2026.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(1_790_000_000_000)))
    }

    /// Moves it on.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Sets it back.
    pub fn set_back(&self, span: Duration) {
        self.0.fetch_sub(u64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A ground in a folder.
pub fn ground(folder: &Path, clock: Arc<HandClock>) -> Ground {
    let metrics = Metrics::new("test").unwrap();
    Ground {
        store: Arc::new(SledStore::open(&folder.join("store")).unwrap()),
        chance: Arc::new(SystemChance::default()),
        clock,
        sealer: Arc::new(Sealer::new(&[1; 32]).unwrap()),
        audit: Audit::open(&folder.join("audit"), metrics.audit_dropped.clone()).unwrap(),
        metrics: Arc::new(metrics),
    }
}

/// What a test may choose.
pub struct Wish {
    pub second_factor: SecondFactor,
    pub after_set_up: AfterSetUp,
    /// How many digits the number has that is typed on the phone.
    pub digits: u8,
    /// What a phone's yes needs.
    pub yes: YesNeeds,
}

impl Default for Wish {
    fn default() -> Self {
        let (second_factor, after_set_up) = (SecondFactor::Required, AfterSetUp::GoOn);
        Self { second_factor, after_set_up, digits: 2, yes: YesNeeds::Signature }
    }
}

/// The use cases over a ground.
pub struct House {
    pub folder: tempfile::TempDir,
    pub clock: Arc<HandClock>,
    pub ground: Ground,
    pub sign_in: SignIn,
    pub accounts: Accounts,
    pub provision: Provision,
    pub reader: SessionReader,
}

impl House {
    pub fn new(second_factor: SecondFactor) -> Self {
        Self::with(Wish { second_factor, ..Wish::default() })
    }

    /// The same with a mail server that nobody answers for, so that what is
    /// mailed can be read where it waits.
    pub fn that_mails(second_factor: SecondFactor) -> Self {
        let wish = Wish { second_factor, ..Wish::default() };
        Self::build(wish, Some(Arc::new(mail_settings())))
    }

    pub fn with(wish: Wish) -> Self {
        Self::build(wish, None)
    }

    fn build(wish: Wish, mail: Option<Arc<MailSettings>>) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::new());
        let ground = ground(folder.path(), clock.clone());
        let limits = SessionLimits::new(30 * MINUTE, 120 * MINUTE).unwrap();
        let hasher = Hasher::start(1, HashingCost { memory_kib: 64, passes: 1 }).unwrap();
        let outbox = Outbox::new(ground.clone(), mail);
        let life = 14 * 24 * 60 * MINUTE;
        let provision = Provision::new(ground.clone(), hasher.clone(), life);
        let accounts =
            Accounts::new(ground.clone(), hasher.clone(), provision.clone(), outbox.clone());
        let parts = SignInParts {
            hasher,
            policy: SignInPolicy { second_factor: wish.second_factor, trust: Duration::ZERO },
            passkeys: Passkeys::new("https://app.test", "My portal").ok(),
            offers: vec![Factor::Code, Factor::Approval, Factor::Passkey],
            passwords: PasswordPolicy::portal(),
            throttle: Throttle::default(),
            sessions: Sessions::new(ground.clone(), limits),
            phones: PhoneParts {
                public_url: PUBLIC_URL.to_owned(),
                digits: wish.digits,
                waker: Waker::default(),
                push_hosts: None,
                yes: wish.yes,
            },
            outbox,
            issuer: "My portal".to_owned(),
            after_set_up: wish.after_set_up,
        };
        let reader = SessionReader::new(ground.store.clone(), limits);
        let sign_in = SignIn::new(ground.clone(), parts);
        Self { folder, clock, ground, sign_in, accounts, provision, reader }
    }

    /// An account; gives its provisional password where none is given.
    pub async fn add(&self, name: &str, password: Option<&str>) -> String {
        use secrecy::ExposeSecret;
        let new = NewAccount {
            name: name.to_owned(),
            email: format!("{name}@example.test"),
            full_name: None,
            language: None,
            groups: Vec::new(),
            password: password.map(SecretString::from),
        };
        match self.accounts.add(new).await.unwrap().1 {
            Told::ByOperator(made) => made.expose_secret().to_owned(),
            Told::Permanent | Told::ByMail => password.unwrap().to_owned(),
        }
    }

    /// The mails that wait, the oldest first.
    pub async fn mails(&self) -> Vec<MailRecord> {
        let now = self.clock.now();
        let waiting = self.ground.store.list(Table::Outbox, None, 1000, now).await.unwrap();
        let read = |(key, record): &(Vec<u8>, Record)| {
            let clear = self.ground.sealer.open(&place(key), &record.data).unwrap();
            MailRecord::decode(&clear).unwrap()
        };
        waiting.iter().map(read).collect()
    }

    /// A new browser that typed a name and a password.
    pub async fn password(
        &self,
        name: &str,
        password: &str,
    ) -> Result<Answer<super::NoMatch>, SignInError> {
        let ticket = self.sign_in.ticket().unwrap();
        self.sign_in.name(&ticket, name).await?;
        let typed = Typed { password: SecretString::from(password), stays: false };
        self.sign_in.password(&ticket, typed, &Visiting::default()).await
    }

    /// A browser that is past the password, which must be right.
    pub async fn past_password(&self, name: &str, password: &str) -> (At, Ticket) {
        match self.password(name, password).await.unwrap() {
            Answer::GoOn(at, Some(ticket)) => (at, ticket),
            other => panic!("{other:?}"),
        }
    }

    /// A browser that was shown the seed, and the seed.
    pub async fn scanned(&self, name: &str, password: &str) -> (Ticket, Seed) {
        let (_, ticket) = self.past_password(name, password).await;
        let seed = self.scans(&ticket).await;
        (ticket, seed)
    }

    /// Walks to the picture of the set-up; gives the seed.
    pub async fn scans(&self, ticket: &Ticket) -> Seed {
        let chosen = self.sign_in.choose(ticket, Factor::Code).await.unwrap();
        assert_eq!(chosen, At::SetUp(Place::GetApp));
        for place in [Place::GetApp, Place::SetUpApp, Place::Scan] {
            let at = self.sign_in.advance(ticket, place).await.unwrap();
            assert_eq!(at, At::SetUp(place.after().unwrap()));
        }
        let now = self.clock.now();
        let mut half = HalfDone::load(&self.ground, ticket, now).await.unwrap();
        seed_of(&half.pending().unwrap().seed).unwrap()
    }

    /// A browser that proved the seed, which must be right, and whose owner kept
    /// the codes on paper.
    pub async fn proven(&self, name: &str, password: &str) -> (Ticket, Seed) {
        let (ticket, seed) = self.scanned(name, password).await;
        let code = self.code(&seed, 0);
        match self.sign_in.prove(&ticket, &code, Around::default()).await.unwrap() {
            Answer::GoOn(At::RecoveryCodes, Some(ticket)) => {
                let kept = self.sign_in.keep_recovery_codes(&ticket, Around::default()).await;
                assert_eq!(kept.unwrap(), At::Success);
                (ticket, seed)
            }
            other => panic!("{other:?}"),
        }
    }

    /// The number that an app shows whose clock is so many steps ahead.
    pub fn code(&self, seed: &Seed, ahead: i64) -> TypedCode {
        let seconds = self.clock.now().unix_seconds().saturating_add_signed(30 * ahead);
        let seed = Seed::from_bytes(*seed.as_bytes());
        TypedCode::parse(&code_at(&text_of(&seed), seconds)).unwrap()
    }

    pub async fn stands(&self, opened: &Opened) -> bool {
        use secrecy::ExposeSecret;
        let token = crate::crypto::Token::parse(opened.session.expose_secret()).unwrap();
        let hash = token.session_hash();
        self.reader.read(hash, self.clock.now()).await.unwrap().is_some()
    }
}

/// A mail server on a port that nobody listens on.
pub fn mail_settings() -> MailSettings {
    let post = Post::new(PostSettings {
        host: "127.0.0.1".to_owned(),
        port: 1,
        tls: Tls::None,
        user: None,
        from: "no-reply@example.test".to_owned(),
        reply_to: None,
        ca_pem: None,
        timeout: Duration::from_secs(5),
    });
    let brand = Brand {
        name: "My portal".to_owned(),
        support_phone: None,
        support_hours: None,
        support_link: None,
        palette: None,
        logo: None,
        legal_notice: None,
        links: Vec::new(),
        language: Language::Fr,
    };
    MailSettings {
        post: post.unwrap(),
        brand,
        public_url: "https://app.test".to_owned(),
        password_mail: PasswordMail::Same,
    }
}

/// An outbox over it.
pub fn outbox_without_server(ground: &Ground) -> Outbox {
    Outbox::new(ground.clone(), Some(Arc::new(mail_settings())))
}

/// One line of a list of people.
pub fn person(line: u64, name: &str) -> Person {
    Person {
        line,
        name: name.to_owned(),
        email: "j@example.test".to_owned(),
        full_name: None,
        language: None,
        groups: Vec::new(),
        id: None,
        password_hash: None,
    }
}

/// RFC 6238 with SHA-1, six digits and 30 s, written out once more: an app that
/// shares no code with what checks it.
fn code_at(seed: &str, seconds: u64) -> String {
    use base64::Engine;
    let seed = base64::engine::general_purpose::STANDARD.decode(seed).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &seed);
    let tag = ring::hmac::sign(&key, &(seconds / 30).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
