//! A half-done sign-in between two requests: in the store, sealed, under the
//! hash of the browser's ticket, and findable by its support code.

use std::time::Duration;

use super::credentials::Credentials;
use super::purpose::Purpose;
use super::standing::STAND_IN;
use super::{Ground, SignInError, Ticket, way_back};
use crate::crypto::Token;
use crate::domain::{
    Account, AccountId, FactorProven, MailProven, Method, Moment, PassProven, PasskeyProven,
    PasswordProven, Place, Shown,
};
use crate::store::record::{PendingShape, ProvenShape, TicketRecord, TroubleShape};
use crate::store::{Change, Expect, Table};

/// How long a sign-in may wait between two steps: an hour's pause, and the
/// time to be warned and ask for more.
pub const LIFE: Duration = Duration::from_secs(3 * 60 * 60);
/// Words of support codes: of one length, so that no page's length tells which,
/// and said alike in our four languages.
const WORDS: [&str; 32] = [
    "ALPHA", "BRAVO", "DELTA", "TANGO", "OSCAR", "ROMEO", "PIANO", "RADIO", "PANDA", "ZEBRA",
    "KOALA", "VILLA", "METRO", "ROBOT", "PASTA", "PIZZA", "MANGO", "SALSA", "DISCO", "MOTOR",
    "CACAO", "POLKA", "SAMBA", "SUSHI", "PARIS", "MILAN", "CONGO", "CHILI", "BINGO", "TEXAS",
    "LATTE", "OPERA",
];

/// One, as it was read.
pub struct HalfDone {
    key: [u8; 32],
    expect: Expect,
    expires: Option<Moment>,
    pub record: TicketRecord,
}

fn place_of(key: &[u8; 32]) -> Vec<u8> {
    [b"ticket/".as_slice(), key].concat()
}

/// A code that can be read out on the telephone.
///
/// SECURITY: the code finds a half-done sign-in for an operator and does
/// nothing else.
/// - Against: somebody who hears or guesses a code and uses it as a key.
/// - Therefore: no page takes it; it ends with the ticket, exists for names
///   that nobody has, and what it shows holds no secret.
/// - Price: it proves nothing about who calls.
/// - Held by: `a_support_code_explains_a_sign_in_and_opens_nothing`.
fn support_code(ground: &Ground) -> Result<String, SignInError> {
    let mut bytes = [0; 4];
    let drawn = ground.chance.fill(&mut bytes);
    drawn.map_err(|error| SignInError::Fault(error.to_string()))?;
    let number = u32::from_be_bytes(bytes);
    let word = WORDS.get((number % 32) as usize).copied().unwrap_or("ALPHA");
    Ok(format!("{word}-{:04}", number / 32 % 10_000))
}

/// The one spelling of a support code, however it was typed.
pub fn fold_support_code(typed: &str) -> String {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let upper = plain.to_ascii_uppercase();
    match upper.find(|c: char| c.is_ascii_digit()) {
        Some(at) => {
            let (word, number) = upper.split_at(at);
            format!("{word}-{number}")
        }
        None => upper,
    }
}

impl HalfDone {
    /// The change that begins a sign-in under this ticket.
    pub fn begin(
        ground: &Ground,
        ticket: &Ticket,
        name: String,
        now: Moment,
    ) -> Result<Change, SignInError> {
        Self::fresh(ground, ticket, name)?.put(ground, Change::new(), now)
    }

    /// A sign-in that takes the place of whatever is under this ticket as soon
    /// as it is written.
    pub fn fresh(ground: &Ground, ticket: &Ticket, name: String) -> Result<Self, SignInError> {
        let record = TicketRecord { name, support: support_code(ground)?, ..Default::default() };
        Ok(Self { key: ticket.key(), expect: Expect::Any, expires: None, record })
    }

    /// The change that begins a sign-in by passkey, before anybody said who they
    /// are.
    pub fn begin_passkey(
        ground: &Ground,
        ticket: &Ticket,
        ceremony: Option<String>,
        now: Moment,
    ) -> Result<Change, SignInError> {
        let mut new = Self::fresh(ground, ticket, String::new())?;
        new.record.ceremony = ceremony;
        new.put(ground, Change::new(), now)
    }

    /// A step of somebody with a session, which begins with [`HalfDone::raise`]
    /// in the place of whatever was under this ticket.
    pub fn begin_for(
        ground: &Ground,
        ticket: &Ticket,
        account: &Account,
        purpose: &Purpose,
    ) -> Result<Self, SignInError> {
        let mut new = Self::fresh(ground, ticket, account.name.as_str().to_owned())?;
        new.record.language = account.language.map(|language| language.code().to_owned());
        new.record.purpose = Some(purpose.shape());
        Ok(new)
    }

    /// The sign-in under this ticket.
    pub async fn load(ground: &Ground, ticket: &Ticket, now: Moment) -> Result<Self, SignInError> {
        Self::load_key(ground, ticket.key(), now).await
    }

    /// The sign-in under this support code.
    pub async fn by_support_code(
        ground: &Ground,
        code: &str,
        now: Moment,
    ) -> Result<Self, SignInError> {
        let found = ground.store.read(Table::Support, code.as_bytes(), now).await?;
        let key = found.and_then(|found| found.data.try_into().ok());
        let half = Self::load_key(ground, key.ok_or(SignInError::NoTicket)?, now).await?;
        // A code whose sign-in was begun anew belongs to nobody.
        match half.record.support == code {
            true => Ok(half),
            false => Err(SignInError::NoTicket),
        }
    }

    /// The sign-in under the ticket with this hash.
    pub async fn under(ground: &Ground, key: [u8; 32], now: Moment) -> Result<Self, SignInError> {
        Self::load_key(ground, key, now).await
    }

    /// The hash of its ticket.
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    async fn load_key(ground: &Ground, key: [u8; 32], now: Moment) -> Result<Self, SignInError> {
        let stored = ground.store.read(Table::Ticket, &key, now).await?;
        let stored = stored.ok_or(SignInError::NoTicket)?;
        let clear = ground.sealer.open(&place_of(&key), &stored.data)?;
        let record = TicketRecord::decode(&clear)?;
        let expect = Expect::Version(stored.version);
        Ok(Self { key, expect, expires: stored.expires, record })
    }

    /// How long it may still wait.
    pub fn left(&self, now: Moment) -> Duration {
        self.expires.map_or(Duration::ZERO, |expires| expires.since(now))
    }

    /// How far the screens are.
    pub fn place(&self) -> Place {
        Place::from_word(&self.record.place).unwrap_or_default()
    }

    /// Moves on to a screen.
    pub fn set_place(&mut self, place: Place) {
        self.record.place = place.word().to_owned();
    }

    /// Notes what went wrong, for support.
    pub fn trouble(&mut self, what: &str, clock_steps: Option<i64>, now: Moment) {
        let (what, at) = (what.to_owned(), now.unix_millis());
        self.record.trouble = Some(TroubleShape { what, at, clock_steps });
    }

    /// What it is for, where it is no sign-in.
    pub fn purpose(&self) -> Result<Option<Purpose>, SignInError> {
        self.record.purpose.as_ref().map(Purpose::from_shape).transpose()
    }

    /// The account whose password was shown, if one was.
    pub fn account(&self) -> Option<AccountId> {
        AccountId::parse(&self.record.proven.as_ref()?.account)
    }

    /// What was shown so far, if it was shown for this account as it is now.
    ///
    /// SECURITY: evidence comes back only out of our own seal.
    /// - Against: a ticket that says more than was shown, and one that outlives
    ///   a new password, a disabled account or an expired provisional password.
    /// - Therefore: the record is sealed to its place, names the account's epoch,
    ///   and is compared with the account at every step.
    /// - Price: a person is asked again after an operator changed the account.
    /// - Held by: `a_half_done_sign_in_ends_when_the_account_changes`.
    pub fn shown(&self, account: &Account) -> Option<Shown> {
        let proven = self.record.proven.as_ref()?;
        let same = AccountId::parse(&proven.account) == Some(account.id);
        if !same || proven.epoch != account.epoch {
            return None;
        }
        let mut shown = match (proven.by_mail, proven.by_passkey) {
            (true, _) => Shown::mail(MailProven::attest(account.id)),
            (false, true) => Shown::passkey(PasskeyProven::attest(account.id)),
            (false, false) => Shown::password(PasswordProven::attest(account.id)),
        };
        if proven.pass {
            shown = shown.with_pass(PassProven::attest(account.id));
        }
        match proven.factor.as_deref() {
            None => Some(shown),
            Some(factor) => {
                let method = Method::from_word(factor)?;
                Some(shown.with(FactorProven::attest(account.id, method)))
            }
        }
    }

    /// Whether what stands for a password or a factor still does.
    ///
    /// SECURITY: mail and pass count for an hour, and a pass until there is a new
    /// factor.
    /// - Against: who got a pass by a lie, or reads somebody's mail, and keeps the
    ///   page open until the owner believes that all is well again.
    /// - Therefore: the time is sealed with the evidence, and more time for the page
    ///   is none for it; a factor that was set up meanwhile ends a pass.
    /// - Price: who takes longer asks once more.
    /// - Held by: `what_stands_for_a_factor_does_not_outlive_its_hour_or_a_new_factor`.
    pub fn stand_ins_count(&self, credentials: &Credentials, now: Moment) -> bool {
        let Some(proven) = self.record.proven.as_ref() else { return true };
        let stands_in = proven.by_mail || proven.pass;
        let over = proven.until.is_none_or(|until| now.unix_millis() >= until);
        let set_up =
            proven.factor.is_none() && proven.pass && proven.factors != Some(credentials.factors());
        !(stands_in && (over || set_up))
    }

    /// Writes down when what stands for a password or a factor was shown.
    pub fn keep_stand_in(&mut self, factors: usize, now: Moment) {
        if let Some(proven) = self.record.proven.as_mut() {
            proven.until = Some(now.plus(STAND_IN).unix_millis());
            proven.factors = Some(factors);
        }
    }

    /// Writes down what was shown.
    pub fn keep_shown(&mut self, shown: &Shown, epoch: u64) {
        let before = self.record.proven.take();
        self.record.proven = Some(ProvenShape {
            account: shown.account().to_string(),
            epoch,
            factor: shown.factor().map(|method| method.word().to_owned()),
            by_mail: shown.is_by_mail(),
            by_passkey: shown.is_by_passkey(),
            pass: shown.has_pass(),
            until: before.as_ref().and_then(|before| before.until),
            factors: before.as_ref().and_then(|before| before.factors),
        });
    }

    /// Forgets what was being set up.
    pub fn clear_set_up(&mut self) {
        self.record.pending = None;
        self.record.pairing = None;
        self.record.asked = None;
        self.record.ceremony = None;
    }

    /// Forgets everything that was shown and what it was for: what is left is a
    /// typed name. `why` is for support.
    pub fn forget_shown(&mut self, why: &str, now: Moment) {
        self.clear_set_up();
        self.record.proven = None;
        self.record.purpose = None;
        self.record.place = String::new();
        self.record.recovery_codes.clear();
        self.trouble(why, None, now);
    }

    /// The seed that is being set up.
    pub fn pending(&mut self) -> Option<&mut PendingShape> {
        self.record.pending.as_mut()
    }

    /// Adds to a change that this is written back, which fails if another tab
    /// was faster.
    pub fn put(&self, ground: &Ground, change: Change, now: Moment) -> Result<Change, SignInError> {
        self.write(ground, change, (self.key, self.expect), now)
    }

    /// Adds to a change that this goes on under a new ticket, and its way back
    /// with it.
    ///
    /// SECURITY: every rise in what was shown changes the browser's ticket.
    /// - Against: a ticket that somebody put into the browser before, or kept a
    ///   copy of, and that would rise with its owner's sign-in.
    /// - Therefore: the old one is deleted in the change that records the rise.
    /// - Price: a form of another tab, drawn before, is answered with the step
    ///   that is due.
    /// - Held by: `the_ticket_from_before_the_password_is_worth_nothing_after_it`.
    pub async fn raise(
        &self,
        ground: &Ground,
        change: Change,
        now: Moment,
    ) -> Result<(Ticket, Change), SignInError> {
        let made = Token::new(&*ground.chance);
        let made = made.map_err(|error| SignInError::Fault(error.to_string()))?;
        let ticket = Ticket::from_token(made);
        let mut change = self.write(ground, change, (ticket.key(), Expect::Absent), now)?;
        change = change.delete((Table::Ticket, self.key), self.expect);
        if let Some(path) = way_back::read(ground, &self.key, now).await? {
            change = way_back::put(ground, change, &ticket.key(), &path, now)?
                .delete((Table::WayBack, self.key), Expect::Any);
        }
        Ok((ticket, change))
    }

    /// Adds to a change that this is over.
    pub fn end(&self, change: Change) -> Change {
        change
            .delete((Table::Ticket, self.key), self.expect)
            .delete((Table::Support, self.record.support.as_bytes()), Expect::Any)
    }

    fn write(
        &self,
        ground: &Ground,
        change: Change,
        (key, expect): ([u8; 32], Expect),
        now: Moment,
    ) -> Result<Change, SignInError> {
        let clear = self.record.encode()?;
        let sealed = ground.sealer.seal(&place_of(&key), &clear, &*ground.chance)?;
        let ends = Some(now.plus(LIFE));
        let support = (Table::Support, self.record.support.as_bytes());
        // Two sign-ins with one code: the later one has it. It only explains.
        Ok(change.put((Table::Ticket, key), expect, sealed, ends).put(
            support,
            Expect::Any,
            key.to_vec(),
            ends,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_stands_for_a_factor_does_not_outlive_its_hour_or_a_new_factor() {
        use crate::domain::{Clock, PassProven, SecondFactor};
        use crate::flow::proving_ground::{House, PASSWORD};

        let house = House::new(SecondFactor::Required);
        house.add("anna", Some(PASSWORD)).await;
        let account = house.accounts.find("anna").await.unwrap();
        let now = house.clock.now();
        let ticket = house.sign_in.ticket().unwrap();
        let mut half = HalfDone::fresh(&house.ground, &ticket, "anna".to_owned()).unwrap();
        let shown = Shown::password(PasswordProven::attest(account.id));
        half.keep_shown(&shown.with_pass(PassProven::attest(account.id)), account.epoch);
        let mut credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
        assert!(!half.stand_ins_count(&credentials, now), "without a time it counts for nothing");
        half.keep_stand_in(credentials.factors(), now);
        // Control: within the hour and with the same factors it counts.
        let last = now.plus(STAND_IN - Duration::from_millis(1));
        assert!(half.stand_ins_count(&credentials, last));
        assert!(!half.stand_ins_count(&credentials, now.plus(STAND_IN)));
        credentials.record.phones.push(crate::store::record::PhoneShape {
            id: String::new(),
            name: String::new(),
            added: 0,
            last: 0,
            passkey: false,
        });
        assert!(!half.stand_ins_count(&credentials, now), "there is a new factor");
    }

    #[test]
    fn a_support_code_is_found_however_it_is_typed() {
        for typed in ["PIANO-4827", "piano 4827", " Piano4827 ", "PIANO – 4827"] {
            assert_eq!(fold_support_code(typed), "PIANO-4827", "{typed:?}");
        }
        // Control: another code stays another.
        assert_ne!(fold_support_code("RADIO-4827"), "PIANO-4827");
    }
}
