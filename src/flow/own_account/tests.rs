//! What somebody with a session can change of their own account, and when.

use secrecy::{ExposeSecret, SecretString};

mod after_a_change;
mod spare_codes;

use super::*;
use crate::crypto::Token;
use crate::crypto::one_time_code::{Seed, TypedCode};
use crate::domain::{AccountId, Clock, FRESH, Place, SessionHash, Throttle};
use crate::flow::credentials::Credentials;
use crate::flow::half_done::HalfDone;
use crate::flow::proving_ground::{House, MINUTE, PASSWORD, outbox_without_server};
use crate::flow::{
    Answer, At, NewPassword, NoMatch, Opened, OwnPassword, Ticket, To, Typed, Visiting, code,
    outbox,
};
use crate::observe::audit::Around;
use crate::store::Change;
use crate::store::record::MailRecord;

const NEW: &str = "Zeven-lantaarns onder 9 bruggen";
const STEP: Duration = Duration::from_secs(30);
/// A little longer than a proof is fresh.
const OVER: Duration = FRESH.saturating_add(Duration::from_millis(1));

/// Somebody in a browser with a session.
struct Person {
    account: AccountId,
    session: SessionHash,
}

impl Person {
    fn of(opened: &Opened) -> Self {
        let token = Token::parse(opened.session.expose_secret()).unwrap();
        Self { account: opened.account.id, session: token.session_hash() }
    }

    fn asks(&self) -> Asker<'static> {
        let Self { account, session } = *self;
        Asker { account, session, around: Around::default(), browser: Default::default() }
    }
}

/// A house with one account that has an app, its owner signed in, and the app.
async fn house(second_factor: SecondFactor) -> (House, Person, Seed) {
    let house = House::new(second_factor);
    house.add("anna", Some(PASSWORD)).await;
    let (person, seed) = match second_factor {
        SecondFactor::Required => {
            let (ticket, seed) = house.proven("anna", PASSWORD).await;
            let answer = house.sign_in.succeed(&ticket, None, Around::default()).await.unwrap();
            (opened(answer), seed)
        }
        SecondFactor::Optional => {
            let person = by_password(&house).await;
            let seed = add_app(&house, &person).await;
            (person, seed)
        }
    };
    (house, person, seed)
}

fn opened<W: std::fmt::Debug>(answer: Answer<W>) -> Person {
    let Answer::Open(opened) = answer else { panic!("no session: {answer:?}") };
    Person::of(&opened)
}

/// Signs in where no factor is asked.
async fn by_password(house: &House) -> Person {
    opened(house.password("anna", PASSWORD).await.unwrap())
}

/// The app's next number: each counts once.
fn next_code(house: &House, seed: &Seed) -> TypedCode {
    house.clock.advance(STEP);
    house.code(seed, 0)
}

/// Signs in anew with password and number.
async fn sign_in(house: &House, seed: &Seed) -> Person {
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let code = next_code(house, seed);
    opened(house.sign_in.code(&ticket, &code, None, Around::default()).await.unwrap())
}

/// Begins to show once more who it is.
async fn begin_confirm(house: &House, person: &Person) -> (At, Ticket) {
    let ticket = house.sign_in.ticket().unwrap();
    house.sign_in.begin_confirm(&ticket, &person.asks(), true).await.unwrap()
}

/// Shows it with the app; gives the session's new value.
async fn confirm(house: &House, person: &Person, seed: &Seed) -> Person {
    let (_, ticket) = begin_confirm(house, person).await;
    let (code, before) = (next_code(house, seed), Some(person.session));
    opened(house.sign_in.code(&ticket, &code, before, Around::default()).await.unwrap())
}

/// Adds an app in a session whose proof is fresh.
async fn add_app(house: &House, person: &Person) -> Seed {
    let sign_in = &house.sign_in;
    let ticket = sign_in.ticket().unwrap();
    let begun = sign_in.begin_add(&ticket, &person.asks(), Some(Factor::Code)).await.unwrap();
    let (at, ticket) = begun.unwrap();
    assert_eq!(at, At::SetUp(Place::GetApp));
    for place in [Place::GetApp, Place::SetUpApp, Place::Scan] {
        sign_in.advance(&ticket, place).await.unwrap();
    }
    let now = house.clock.now();
    let mut half = HalfDone::load(&house.ground, &ticket, now).await.unwrap();
    let seed = code::seed_of(&half.pending().unwrap().seed).unwrap();
    let typed = house.code(&seed, 0);
    match sign_in.prove(&ticket, &typed, Around::default()).await.unwrap() {
        Answer::GoOn(At::RecoveryCodes, Some(ticket)) => {
            let kept = sign_in.keep_recovery_codes(&ticket, Around::default()).await.unwrap();
            assert_eq!(kept, At::Account);
        }
        Answer::GoOn(At::Account, None) => {}
        other => panic!("{other:?}"),
    }
    seed
}

async fn view(house: &House, person: &Person) -> OwnAccount {
    house.sign_in.own_account(&person.asks()).await.unwrap()
}

async fn stands(house: &House, person: &Person) -> bool {
    house.reader.read(person.session, house.clock.now()).await.unwrap().is_some()
}

/// All that can be asked for, one after the other, with ids that are there.
async fn all_changes(house: &House, person: &Person) -> Vec<Taken> {
    let account = view(house, person).await;
    let (sign_in, asker) = (&house.sign_in, person.asks());
    let app = (Factor::Code, account.factors[0].id.as_str());
    let other = account.sessions.last().map_or("", |session| &session.id);
    let ticket = sign_in.ticket().unwrap();
    let begun = |begun: Result<_, Taken>| begun.map_or_else(|taken| taken, |_| Taken::Done);
    let typed = NewPassword {
        current: SecretString::from(PASSWORD),
        new: SecretString::from(NEW),
        again: SecretString::from(NEW),
    };
    let mut taken = vec![
        sign_in.rename_factor(&asker, app, "Mijn gsm").await.unwrap(),
        sign_in.ask_first(&asker, Factor::Code).await.unwrap(),
        begun(sign_in.begin_add(&ticket, &asker, Some(Factor::Passkey)).await.unwrap()),
        begun(sign_in.begin_spare_codes(&ticket, &asker).await.unwrap()),
        sign_in.end_session(&asker, other).await.unwrap(),
        sign_in.set_own_language(&asker, Language::De).await.unwrap(),
    ];
    // With these the session goes on under a new value.
    let (done, opened) = sign_in.end_other_sessions(&asker).await.unwrap();
    taken.push(done);
    let asker = opened.map_or(asker, |opened| Person::of(&opened).asks());
    let (done, opened) = sign_in.remove_factor(&asker, app).await.unwrap();
    taken.push(done);
    let asker = opened.map_or(asker, |opened| Person::of(&opened).asks());
    taken.push(match sign_in.change_password(&asker, typed).await.unwrap() {
        OwnPassword::ConfirmFirst => Taken::ConfirmFirst,
        OwnPassword::Changed(_) => Taken::Done,
        OwnPassword::Wrong(wrong) => panic!("{wrong:?}"),
    });
    taken
}

#[tokio::test]
async fn nothing_is_changed_without_a_fresh_factor() {
    let (house, _, seed) = house(SecondFactor::Optional).await;
    let (person, other) = (sign_in(&house, &seed).await, sign_in(&house, &seed).await);
    let before = view(&house, &person).await;
    let epoch = house.accounts.find("anna").await.unwrap().epoch;
    house.clock.advance(OVER);
    for taken in all_changes(&house, &person).await {
        assert_eq!(taken, Taken::ConfirmFirst);
    }
    // Neither does a clock help that is set back.
    house.clock.set_back(2 * FRESH);
    for taken in all_changes(&house, &person).await {
        assert_eq!(taken, Taken::ConfirmFirst);
    }
    house.clock.advance(2 * FRESH);
    let after = view(&house, &person).await;
    assert_eq!(after.factors.len(), before.factors.len());
    assert_eq!(after.factors[0].name, before.factors[0].name);
    assert_eq!(after.spare_codes, before.spare_codes);
    assert_eq!((after.language, after.sessions.len()), (None, before.sessions.len()));
    assert_eq!(house.accounts.find("anna").await.unwrap().epoch, epoch);
    assert!(stands(&house, &other).await);
    // Control: asked again and for almost five minutes, each of them is taken.
    let person = confirm(&house, &person, &seed).await;
    house.clock.advance(FRESH - STEP);
    for taken in all_changes(&house, &person).await {
        assert_eq!(taken, Taken::Done);
    }
    assert!(!stands(&house, &other).await);
}

#[tokio::test]
async fn a30_a_session_by_password_alone_changes_nothing_of_an_account_with_a_factor() {
    let house = House::new(SecondFactor::Optional);
    house.add("anna", Some(PASSWORD)).await;
    let (thief, owner) = (by_password(&house).await, by_password(&house).await);
    let seed = add_app(&house, &owner).await;
    // Both are fresh by the clock; neither has shown the factor.
    for person in [&thief, &owner] {
        for taken in all_changes(&house, person).await {
            assert_eq!(taken, Taken::ConfirmFirst);
        }
        let (at, ticket) = begin_confirm(&house, person).await;
        assert_eq!(at, At::Factor(Factor::Code), "the password is not enough any more");
        let typed = Typed { password: SecretString::from(PASSWORD), stays: false };
        let before = Some(person.session);
        let answer = house
            .sign_in
            .password(&ticket, typed, &Visiting { before, ..Visiting::default() })
            .await;
        assert!(matches!(answer.unwrap(), Answer::GoOn(At::Factor(_), None)));
    }
    // Control: with the factor everything is taken.
    let owner = confirm(&house, &owner, &seed).await;
    for taken in all_changes(&house, &owner).await {
        assert_eq!(taken, Taken::Done);
    }
}

#[tokio::test]
async fn what_was_begun_in_a_session_ends_with_it() {
    let (house, person, seed) = house(SecondFactor::Required).await;
    let sign_in = &house.sign_in;
    let ended = self::sign_in(&house, &seed).await;
    let (at, asked) = begin_confirm(&house, &ended).await;
    assert_eq!(at, At::Factor(Factor::Code));
    let ticket = sign_in.ticket().unwrap();
    let begun = sign_in.begin_add(&ticket, &ended.asks(), Some(Factor::Code)).await.unwrap();
    let (_, adds) = begun.unwrap();
    // Control: until then both stand.
    for ticket in [&asked, &adds] {
        assert!(sign_in.standing(ticket).await.is_ok());
    }
    assert_eq!(sign_in.end_other_sessions(&person.asks()).await.unwrap().0, Taken::Done);
    for ticket in [&asked, &adds] {
        assert!(matches!(sign_in.standing(ticket).await, Err(SignInError::NoTicket)));
    }
    let (code, before) = (next_code(&house, &seed), Some(ended.session));
    let shown = sign_in.code(&asked, &code, before, Around::default()).await;
    assert!(matches!(shown, Err(SignInError::NoTicket)), "{shown:?}");
    let begun = sign_in.begin_confirm(&ticket, &ended.asks(), true).await;
    assert!(matches!(begun, Err(SignInError::NoTicket)));
}

#[tokio::test]
async fn fresh_proof_changes_the_value_of_the_session() {
    let (house, person, seed) = house(SecondFactor::Required).await;
    let opened = house.clock.now();
    house.clock.advance(20 * MINUTE);
    let renewed = confirm(&house, &person, &seed).await;
    assert_ne!(renewed.session, person.session);
    assert!(!stands(&house, &person).await, "a copy of the old value is worth nothing");
    let live = house.reader.read(renewed.session, house.clock.now()).await.unwrap().unwrap();
    assert_eq!((live.opened, live.proven_at), (opened, house.clock.now()));
    // It is the same session in the list, and lasts no longer than it would have.
    assert_eq!(view(&house, &renewed).await.sessions.len(), 1);
    for _ in 0..4 {
        house.clock.advance(25 * MINUTE);
        let _ = house.reader.seen(renewed.session, house.clock.now()).await;
    }
    assert!(!stands(&house, &renewed).await, "two hours are over");
}

#[tokio::test]
async fn a_ticket_from_before_gets_no_hold_of_a_step_with_a_session() {
    let (house, person, seed) = house(SecondFactor::Required).await;
    let sign_in = &house.sign_in;
    let planted = sign_in.ticket().unwrap();
    sign_in.name(&planted, "anna").await.unwrap();
    let (_, ticket) = sign_in.begin_confirm(&planted, &person.asks(), false).await.unwrap();
    assert!(matches!(sign_in.standing(&planted).await, Err(SignInError::NoTicket)));
    // Nor does the new one open anything without the session that it is about.
    for before in [None, Some(SessionHash([7; 32]))] {
        let code = next_code(&house, &seed);
        let answer = sign_in.code(&ticket, &code, before, Around::default()).await;
        assert!(matches!(answer, Err(SignInError::NoTicket)), "{answer:?}");
    }
    assert!(stands(&house, &person).await);
    // Control: in the browser that has the session it does.
    let (code, before) = (next_code(&house, &seed), Some(person.session));
    let Answer::Open(opened) =
        sign_in.code(&ticket, &code, before, Around::default()).await.unwrap()
    else {
        panic!("no session")
    };
    assert!(opened.again && matches!(opened.to, To::WayBack));
}

#[tokio::test]
async fn who_has_no_factor_shows_the_password_counted_like_any_other_try() {
    let house = House::new(SecondFactor::Optional);
    house.add("anna", Some(PASSWORD)).await;
    let person = by_password(&house).await;
    house.clock.advance(OVER);
    let (at, ticket) = begin_confirm(&house, &person).await;
    assert_eq!(at, At::Password);
    let give = async |password: &str| {
        let typed = Typed { password: SecretString::from(password), stays: true };
        let before = Some(person.session);
        house.sign_in.password(&ticket, typed, &Visiting { before, ..Visiting::default() }).await
    };
    let rule = Throttle::default();
    for number in 0..rule.free {
        // The same one again would count once.
        let wrong = format!("wrong {number}");
        assert!(matches!(give(&wrong).await.unwrap(), Answer::Wrong(NoMatch)));
    }
    assert!(matches!(give(PASSWORD).await, Err(SignInError::Paused { .. })));
    assert!(matches!(house.password("anna", PASSWORD).await, Err(SignInError::Paused { .. })));
    // Control: after the wait the right one is taken.
    house.clock.advance(rule.first_wait);
    let person = opened(give(PASSWORD).await.unwrap());
    assert!(house.sign_in.is_fresh(&person.asks()).await.unwrap());
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let (house, first, seed) = house(SecondFactor::Required).await;
    house.add("bert", Some(PASSWORD)).await;
    house.clock.advance(MINUTE);
    let (ticket, _) = house.proven("bert", PASSWORD).await;
    let bert = opened(house.sign_in.succeed(&ticket, None, Around::default()).await.unwrap());
    let (second, third) = (sign_in(&house, &seed).await, sign_in(&house, &seed).await);
    let listed = view(&house, &third).await.sessions;
    let ids: Vec<_> =
        [&third, &second, &first].map(|person| id_of(person.session)).into_iter().collect();
    assert_eq!(listed.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), ids);
    assert!(listed[0].is_this && !listed[1].is_this && !listed[2].is_this);
    // Bert sees his own, and ends none of the others.
    assert_eq!(view(&house, &bert).await.sessions.len(), 1);
    for id in &ids {
        house.sign_in.end_session(&bert.asks(), id).await.unwrap();
    }
    let (_, bert) = house.sign_in.end_other_sessions(&bert.asks()).await.unwrap();
    let bert = Person::of(&bert.unwrap());
    for person in [&first, &second, &third] {
        assert!(stands(&house, person).await);
    }
    // Control: their owner ends one, then all others, and stays.
    house.sign_in.end_session(&third.asks(), &ids[1]).await.unwrap();
    assert!(!stands(&house, &second).await && stands(&house, &first).await);
    let (_, third) = house.sign_in.end_other_sessions(&third.asks()).await.unwrap();
    let third = Person::of(&third.unwrap());
    assert!(!stands(&house, &first).await && stands(&house, &third).await);
    assert!(stands(&house, &bert).await);
    assert_eq!(view(&house, &third).await.sessions.len(), 1);
}

#[tokio::test]
async fn signing_out_everywhere_leaves_nothing_that_could_become_a_session() {
    let (house, first, seed) = house(SecondFactor::Required).await;
    let second = sign_in(&house, &seed).await;
    let (_, half) = house.past_password("anna", PASSWORD).await;
    let sessions = &house.sign_in.parts.sessions;
    sessions.sign_out_everywhere(first.account, Around::default()).await.unwrap();
    assert!(!stands(&house, &first).await && !stands(&house, &second).await);
    assert!(matches!(house.sign_in.standing(&half).await, Err(SignInError::NoTicket)));
    for table in [Table::Session, Table::SessionOf] {
        let left = crate::flow::session::count(&house.ground, table, house.clock.now()).await;
        assert_eq!(left.unwrap(), 0, "{table:?}");
    }
    // Control: whoever knows password and factor signs in anew.
    let again = sign_in(&house, &seed).await;
    assert!(stands(&house, &again).await);
}

#[tokio::test]
async fn of_many_apps_begun_at_once_no_more_are_kept_than_there_may_be() {
    let (house, person, _) = house(SecondFactor::Required).await;
    for _ in 1..9 {
        add_app(&house, &person).await;
    }
    let sign_in = &house.sign_in;
    let mut begun = Vec::new();
    for _ in 0..2 {
        let ticket = sign_in.ticket().unwrap();
        let add = sign_in.begin_add(&ticket, &person.asks(), Some(Factor::Code)).await.unwrap();
        let (_, ticket) = add.unwrap();
        for place in [Place::GetApp, Place::SetUpApp, Place::Scan] {
            sign_in.advance(&ticket, place).await.unwrap();
        }
        begun.push(ticket);
    }
    for ticket in begun {
        let now = house.clock.now();
        let mut half = HalfDone::load(&house.ground, &ticket, now).await.unwrap();
        let seed = code::seed_of(&half.pending().unwrap().seed).unwrap();
        // Who was too late is back at the list as well, and in nobody's way.
        let answer = sign_in.prove(&ticket, &house.code(&seed, 0), Around::default()).await;
        assert!(matches!(answer, Ok(Answer::GoOn(At::Account, None))));
        assert!(matches!(sign_in.standing(&ticket).await, Err(SignInError::NoTicket)));
    }
    let now = house.clock.now();
    let kept = Credentials::load(&house.ground, person.account, now).await.unwrap();
    assert_eq!(kept.record.codes.len(), 10);
    let ticket = sign_in.ticket().unwrap();
    let more = sign_in.begin_add(&ticket, &person.asks(), Some(Factor::Code)).await.unwrap();
    assert_eq!(more.err(), Some(Taken::Refused(Refused::TooMany)));
    assert!(!view(&house, &person).await.offers.contains(&Factor::Code));
}
