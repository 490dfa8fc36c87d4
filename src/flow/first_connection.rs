//! Tests of the first connection as a whole: what each step gives, what it
//! takes, and what nobody can step over.

use std::time::Duration;

use secrecy::SecretString;

use super::half_done::{HalfDone, LIFE};
use super::proving_ground::{House, MINUTE, PASSWORD, Wish};
use super::{
    AfterSetUp, Answer, At, CodeWrong, NewPassword, NewPasswordWrong, SignInError, Ticket, To,
    Typed, Visiting,
};
use crate::domain::{Clock, Factor, Pause, Place, Rule, SecondFactor, Throttle};
use crate::observe::audit::Around;
use crate::store::Table;

const NEW: &str = "Zeven-lantaarns onder 9 bruggen";
const NAME: &str = "jdupont";

/// A house with one account, and its provisional password.
async fn house() -> (House, String) {
    let house = House::new(SecondFactor::Required);
    let password = house.add(NAME, None).await;
    (house, password)
}

fn typed(current: &str, new: &str, again: &str) -> NewPassword {
    let secret = |text: &str| SecretString::from(text);
    NewPassword { current: secret(current), new: secret(new), again: secret(again) }
}

async fn at(house: &House, ticket: &Ticket) -> Result<At, SignInError> {
    house.sign_in.standing(ticket).await.map(|stand| stand.at)
}

/// From the word that the app is set up to the new password.
async fn at_new_password(house: &House, password: &str) -> Ticket {
    let (ticket, _) = house.proven(NAME, password).await;
    let answer = house.sign_in.succeed(&ticket, None, Around::default()).await.unwrap();
    assert!(matches!(answer, Answer::GoOn(At::NewPassword, None)), "{answer:?}");
    ticket
}

#[tokio::test]
async fn every_step_leads_to_the_next_and_the_last_one_opens_the_session() {
    let (house, password) = house().await;
    let ticket = at_new_password(&house, &password).await;
    let form = typed(&password, NEW, NEW);
    let answer = house.sign_in.new_password(&ticket, form, &Visiting::default()).await;
    let Answer::Open(opened) = answer.unwrap() else { panic!("no session") };
    assert!(house.stands(&opened).await);
    let To::LastScreen(last) = opened.to else { panic!("no last screen") };
    assert_eq!(at(&house, &last).await.unwrap(), At::Done);
    // The provisional password is over; the new one asks for the app.
    assert!(matches!(house.password(NAME, &password).await.unwrap(), Answer::Wrong(_)));
    assert_eq!(house.past_password(NAME, NEW).await.0, At::Factor(Factor::Code));
}

#[tokio::test]
async fn where_the_operator_says_so_the_first_connection_ends_without_a_session() {
    let house = House::with(Wish { after_set_up: AfterSetUp::SignInAgain, ..Wish::default() });
    let password = house.add(NAME, None).await;
    let ticket = at_new_password(&house, &password).await;
    let form = typed(&password, NEW, NEW);
    let answer = house.sign_in.new_password(&ticket, form, &Visiting::default()).await.unwrap();
    let Answer::GoOn(At::Done, Some(ticket)) = answer else { panic!("{answer:?}") };
    let sessions = super::session::count(&house.ground, Table::Session, house.clock.now()).await;
    assert_eq!(sessions.unwrap(), 0);
    assert_eq!(at(&house, &ticket).await.unwrap(), At::Done);
}

#[tokio::test]
async fn no_step_can_be_taken_before_it_is_due() {
    let (house, password) = house().await;
    let (due, ticket) = house.past_password(NAME, &password).await;
    assert_eq!(due, At::SetUp(Place::Secure));
    let sign_in = &house.sign_in;
    let seed = crate::crypto::one_time_code::Seed::from_bytes([7; 20]);
    let code = house.code(&seed, 0);
    // Neither a press further on, nor a number, nor a password moves it.
    assert_eq!(sign_in.advance(&ticket, Place::Scan).await.unwrap(), due);
    let proved = sign_in.prove(&ticket, &code, Around::default()).await.unwrap();
    assert!(matches!(proved, Answer::GoOn(to, None) if to == due), "{proved:?}");
    let coded = sign_in.code(&ticket, &code, None, Around::default()).await.unwrap();
    assert!(matches!(coded, Answer::GoOn(to, None) if to == due), "{coded:?}");
    let succeeded = sign_in.succeed(&ticket, None, Around::default()).await.unwrap();
    assert!(matches!(succeeded, Answer::GoOn(to, None) if to == due), "{succeeded:?}");
    let form = typed(&password, NEW, NEW);
    let changed = sign_in.new_password(&ticket, form, &Visiting::default()).await.unwrap();
    assert!(matches!(changed, Answer::GoOn(to, None) if to == due), "{changed:?}");
    assert!(sign_in.seed(&ticket).await.unwrap().is_none(), "no seed before its screen");
    assert_eq!(at(&house, &ticket).await.unwrap(), due);
    // Control: the press that is due moves it, and once only.
    let chosen = sign_in.choose(&ticket, Factor::Code).await.unwrap();
    assert_eq!(chosen, At::SetUp(Place::GetApp));
    let next = sign_in.advance(&ticket, Place::GetApp).await.unwrap();
    assert_eq!(next, At::SetUp(Place::SetUpApp));
    let again = sign_in.advance(&ticket, Place::GetApp).await.unwrap();
    assert_eq!(again, At::SetUp(Place::SetUpApp), "once only");
}

#[tokio::test]
async fn two_tabs_that_press_in_turn_share_one_way_and_one_seed() {
    let (house, password) = house().await;
    let (ticket, seed) = house.scanned(NAME, &password).await;
    let shown = house.sign_in.seed(&ticket).await.unwrap().unwrap();
    // The other tab is back at the first screens and presses on.
    house.sign_in.choose(&ticket, Factor::Code).await.unwrap();
    for place in [Place::GetApp, Place::SetUpApp] {
        house.sign_in.advance(&ticket, place).await.unwrap();
    }
    assert_eq!(
        at(&house, &ticket).await.unwrap(),
        At::SetUp(Place::Prove),
        "nothing is taken back"
    );
    assert_eq!(house.sign_in.seed(&ticket).await.unwrap().unwrap().link, shown.link);
    let code = house.code(&seed, 0);
    let proved = house.sign_in.prove(&ticket, &code, Around::default()).await.unwrap();
    assert!(matches!(proved, Answer::GoOn(At::RecoveryCodes, Some(_))), "{proved:?}");
}

#[tokio::test]
async fn the_ticket_from_before_the_password_is_worth_nothing_after_it() {
    let (house, password) = house().await;
    let before = house.sign_in.ticket().unwrap();
    house.sign_in.name(&before, NAME).await.unwrap();
    let given = Typed { password: SecretString::from(password.as_str()), stays: false };
    let answer = house.sign_in.password(&before, given, &Visiting::default()).await.unwrap();
    let Answer::GoOn(_, Some(after)) = answer else { panic!("{answer:?}") };
    assert!(matches!(at(&house, &before).await, Err(SignInError::NoTicket)));
    // And the one from before the number is worth nothing after that.
    house.sign_in.choose(&after, Factor::Code).await.unwrap();
    for place in [Place::GetApp, Place::SetUpApp, Place::Scan] {
        house.sign_in.advance(&after, place).await.unwrap();
    }
    let mut half = HalfDone::load(&house.ground, &after, house.clock.now()).await.unwrap();
    let seed = super::code::seed_of(&half.pending().unwrap().seed).unwrap();
    let code = house.code(&seed, 0);
    let answer = house.sign_in.prove(&after, &code, Around::default()).await.unwrap();
    let Answer::GoOn(_, Some(last)) = answer else { panic!("{answer:?}") };
    assert!(matches!(at(&house, &after).await, Err(SignInError::NoTicket)));
    // Control: the newest one stands.
    assert_eq!(at(&house, &last).await.unwrap(), At::RecoveryCodes);
}

#[tokio::test]
async fn a_half_done_sign_in_ends_when_the_account_changes() {
    for change in ["disable", "provision", "password", "delete"] {
        let (house, password) = house().await;
        let (_, ticket) = house.past_password(NAME, &password).await;
        let accounts = &house.accounts;
        match change {
            "disable" => drop(accounts.disable(NAME).await.unwrap()),
            "provision" => drop(accounts.provision(NAME).await.unwrap()),
            "delete" => accounts.delete(NAME).await.unwrap(),
            _ => {
                let password = Some(SecretString::from(PASSWORD));
                let edit = super::account::AccountEdit { password, ..Default::default() };
                drop(accounts.set(NAME, edit).await.unwrap());
            }
        }
        let found = at(&house, &ticket).await;
        assert!(matches!(found, Err(SignInError::NoTicket)), "{change}: {found:?}");
    }
    // Control: without a change it stands.
    let (house, password) = house().await;
    let (_, ticket) = house.past_password(NAME, &password).await;
    assert!(at(&house, &ticket).await.is_ok());
}

#[tokio::test]
async fn a_pause_of_an_hour_is_taken_up_again_and_one_beyond_the_end_is_not() {
    let (house, password) = house().await;
    let (ticket, _) = house.scanned(NAME, &password).await;
    house.clock.advance(90 * MINUTE);
    assert_eq!(at(&house, &ticket).await.unwrap(), At::SetUp(Place::Prove));
    house.sign_in.more_time(&ticket).await.unwrap();
    house.clock.advance(LIFE - MINUTE);
    assert!(at(&house, &ticket).await.is_ok(), "asked for more time");
    house.clock.advance(MINUTE);
    assert!(matches!(at(&house, &ticket).await, Err(SignInError::NoTicket)));
    // The provisional password begins anew, until it expires itself.
    assert_eq!(house.past_password(NAME, &password).await.0, At::SetUp(Place::Secure));
    house.clock.advance(Duration::from_secs(14 * 24 * 60 * 60));
    assert!(matches!(house.password(NAME, &password).await.unwrap(), Answer::Wrong(_)));
}

#[tokio::test]
async fn once_the_app_is_proven_going_on_elsewhere_asks_for_it() {
    let (house, password) = house().await;
    let (_, seed) = house.proven(NAME, &password).await;
    let (due, other) = house.past_password(NAME, &password).await;
    assert_eq!(due, At::Factor(Factor::Code), "who knows the mail alone gets no further");
    house.clock.advance(MINUTE);
    let code = house.code(&seed, 0);
    let answer = house.sign_in.code(&other, &code, None, Around::default()).await.unwrap();
    assert!(matches!(answer, Answer::GoOn(At::NewPassword, Some(_))), "{answer:?}");
}

#[tokio::test]
async fn a_number_works_once_also_when_it_is_sent_many_times_at_once() {
    let house = House::new(SecondFactor::Optional);
    house.add(NAME, Some(PASSWORD)).await;
    // Set up by way of a provisional password.
    let provisional = {
        let (_, told) = house.accounts.provision(NAME).await.unwrap();
        let super::account::Told::ByOperator(made) = told else { panic!() };
        made
    };
    drop(provisional);
    let required = House::new(SecondFactor::Required);
    let password = required.add(NAME, None).await;
    let (_, seed) = required.proven(NAME, &password).await;
    required.clock.advance(MINUTE);
    let code = required.code(&seed, 0);
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(required.past_password(NAME, &password).await.1);
    }
    let tries = tickets.iter().map(|ticket| {
        let (sign_in, code) = (required.sign_in.clone(), required.code(&seed, 0));
        let ticket = ticket.clone();
        async move { sign_in.code(&ticket, &code, None, Around::default()).await.unwrap() }
    });
    let answers = futures_util::future::join_all(tries).await;
    let through =
        answers.iter().filter(|answer| matches!(answer, Answer::GoOn(_, Some(_)))).count();
    assert_eq!(through, 1, "{answers:?}");
    let refused = |answer: &&Answer<_>| matches!(answer, Answer::Wrong(CodeWrong::Used));
    assert_eq!(answers.iter().filter(refused).count(), 3, "{answers:?}");
    // Also not after the clock was set back, nor the number before it.
    required.clock.set_back(MINUTE);
    let (_, ticket) = required.past_password(NAME, &password).await;
    let earlier = required.code(&seed, 0);
    for code in [&code, &earlier] {
        let answer = required.sign_in.code(&ticket, code, None, Around::default()).await.unwrap();
        assert!(matches!(answer, Answer::Wrong(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn a_diagnosed_code_is_spent_and_counts_as_a_failure() {
    let (house, password) = house().await;
    let (ticket, seed) = house.scanned(NAME, &password).await;
    let ahead = house.code(&seed, 20);
    let told = house.sign_in.prove(&ticket, &ahead, Around::default()).await.unwrap();
    assert!(matches!(told, Answer::Wrong(CodeWrong::ClockAhead(10))), "{told:?}");
    // Its time comes, and it is not taken.
    house.clock.advance(10 * MINUTE);
    let again = house.sign_in.prove(&ticket, &ahead, Around::default()).await.unwrap();
    assert!(matches!(again, Answer::Wrong(CodeWrong::Used)), "{again:?}");
    let behind = house.code(&seed, -20);
    let told = house.sign_in.prove(&ticket, &behind, Around::default()).await.unwrap();
    assert!(matches!(told, Answer::Wrong(CodeWrong::ClockBehind(10))), "{told:?}");
    // Each counted: the free tries are soon used up, and then even a right one waits.
    let wrong = house.code(&crate::crypto::one_time_code::Seed::from_bytes([9; 20]), 0);
    for _ in 3..Throttle::default().free {
        let answer = house.sign_in.prove(&ticket, &wrong, Around::default()).await.unwrap();
        assert!(matches!(answer, Answer::Wrong(_)), "{answer:?}");
    }
    let right = house.code(&seed, 1);
    let paused = house.sign_in.prove(&ticket, &right, Around::default()).await;
    assert!(matches!(paused, Err(SignInError::Paused { .. })), "{paused:?}");
    // Control: after the wait a number that was never named is taken.
    house.clock.advance(Throttle::default().first_wait);
    let right = house.code(&seed, 1);
    let answer = house.sign_in.prove(&ticket, &right, Around::default()).await.unwrap();
    assert!(matches!(answer, Answer::GoOn(At::RecoveryCodes, Some(_))), "{answer:?}");
}

#[tokio::test]
async fn a_number_of_an_older_set_up_is_explained_and_not_taken() {
    let (house, password) = house().await;
    let (_, older) = house.scanned(NAME, &password).await;
    let (ticket, seed) = house.scanned(NAME, &password).await;
    let answer = house.sign_in.prove(&ticket, &house.code(&older, 0), Around::default()).await;
    assert!(matches!(answer, Ok(Answer::Wrong(CodeWrong::Older))), "{answer:?}");
    // Control: the newest entry's number is.
    let answer = house.sign_in.prove(&ticket, &house.code(&seed, 0), Around::default()).await;
    assert!(matches!(answer, Ok(Answer::GoOn(At::RecoveryCodes, Some(_)))), "{answer:?}");
}

#[tokio::test]
async fn a_new_password_is_refused_by_the_rule_it_breaks_and_never_twice_the_same() {
    let (house, password) = house().await;
    let ticket = at_new_password(&house, &password).await;
    let given = async |current: &str, new: &str, again: &str| {
        let form = typed(current, new, again);
        match house.sign_in.new_password(&ticket, form, &Visiting::default()).await.unwrap() {
            Answer::Wrong(wrong) => wrong,
            other => panic!("{other:?}"),
        }
    };
    use NewPasswordWrong::{AgainDifferent, Broken, CurrentMissing, CurrentWrong, Missing};
    assert_eq!(given("", NEW, NEW).await, CurrentMissing);
    assert_eq!(given(&password, "", "").await, Missing);
    assert_eq!(given(&password, NEW, "other").await, AgainDifferent);
    assert_eq!(given("other", NEW, NEW).await, CurrentWrong);
    assert!(matches!(given(&password, "Kort-1", "Kort-1").await, Broken(Rule::Length { .. })));
    assert_eq!(given(&password, "Jdupont-2026", "Jdupont-2026").await, Broken(Rule::NotName));
    assert_eq!(given(&password, "Password123", "Password123").await, Broken(Rule::NotKnown));
    let provisional = given(&password, &password, &password).await;
    assert!(matches!(provisional, Broken(Rule::Kinds { .. } | Rule::NotUsedBefore { .. })));
    // Control: one that keeps them all is taken.
    let form = typed(&password, NEW, NEW);
    let answer = house.sign_in.new_password(&ticket, form, &Visiting::default()).await.unwrap();
    assert!(matches!(answer, Answer::Open(_)), "{answer:?}");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let house = House::new(SecondFactor::Optional);
    house.add(NAME, Some(PASSWORD)).await;
    let Answer::Open(other) = house.password(NAME, PASSWORD).await.unwrap() else { panic!() };
    assert!(house.stands(&other).await);
    let (_, told) = house.accounts.provision(NAME).await.unwrap();
    let super::account::Told::ByOperator(made) = told else { panic!() };
    use secrecy::ExposeSecret;
    let (due, ticket) = house.past_password(NAME, made.expose_secret()).await;
    assert_eq!(due, At::NewPassword);
    // A password used before is refused, the one that replaced it too.
    for used in [PASSWORD, made.expose_secret()] {
        let form = typed(made.expose_secret(), used, used);
        let answer = house.sign_in.new_password(&ticket, form, &Visiting::default()).await;
        assert!(matches!(answer, Ok(Answer::Wrong(_))), "{answer:?}");
    }
    let form = typed(made.expose_secret(), NEW, NEW);
    let answer = house.sign_in.new_password(&ticket, form, &Visiting::default()).await.unwrap();
    let Answer::Open(own) = answer else { panic!("{answer:?}") };
    assert!(!house.stands(&other).await);
    // Control: the session that begins with it stands.
    assert!(house.stands(&own).await);
}

#[tokio::test]
async fn a_support_code_explains_a_sign_in_and_opens_nothing() {
    let (house, password) = house().await;
    let (ticket, seed) = house.scanned(NAME, &password).await;
    let ahead = house.code(&seed, 20);
    drop(house.sign_in.prove(&ticket, &ahead, Around::default()).await.unwrap());
    let code = house.sign_in.standing(&ticket).await.unwrap().support;
    let found = house.accounts.support(&house.sign_in, &code.to_lowercase()).await.unwrap();
    assert_eq!((found.at, found.name.as_str()), (At::SetUp(Place::Prove), NAME));
    assert_eq!(found.trouble.unwrap().0, CodeWrong::ClockAhead(10).word());
    assert_eq!(found.clock_ahead_seconds, Some(600));
    assert_eq!(found.account.unwrap().factors, 0);
    // For a name that nobody has there is one too.
    let stranger = house.sign_in.ticket().unwrap();
    house.sign_in.name(&stranger, "nobody").await.unwrap();
    let code = house.sign_in.standing(&stranger).await.unwrap().support;
    let found = house.accounts.support(&house.sign_in, &code).await.unwrap();
    assert!(found.account.is_none());
    // It is no ticket, and ends with the sign-in.
    assert!(Ticket::parse(&code).is_none());
    house.clock.advance(LIFE);
    assert!(house.accounts.support(&house.sign_in, &code).await.is_err());
}

#[tokio::test]
async fn a_right_password_after_failures_waits_for_nothing_that_it_began_itself() {
    let (house, password) = house().await;
    let rule = Throttle::default();
    for guess in 0..rule.free {
        let answer = house.password(NAME, &format!("wrong {guess}")).await.unwrap();
        assert!(matches!(answer, Answer::Wrong(_)));
    }
    house.clock.advance(rule.first_wait);
    let (due, _) = house.past_password(NAME, &password).await;
    assert_eq!(due, At::SetUp(Place::Secure));
    // The failures are forgotten with it: at once again.
    assert_eq!(house.past_password(NAME, &password).await.0, due);
    // Control: without the right password between, the next try waits.
    for guess in 0..rule.free {
        let answer = house.password(NAME, &format!("wrong {guess}")).await.unwrap();
        assert!(matches!(answer, Answer::Wrong(_)));
    }
    assert!(matches!(house.password(NAME, &password).await, Err(SignInError::Paused { .. })));
}

#[tokio::test]
async fn after_a_hundred_wrong_numbers_only_an_operator_opens_the_factor_again() {
    let (house, password) = house().await;
    let (_, seed) = house.proven(NAME, &password).await;
    let wrong = crate::crypto::one_time_code::Seed::from_bytes([9; 20]);
    let mut looked_at = 0;
    let give = async |seed: &_| {
        house.clock.advance(Throttle::default().longest_wait);
        let (_, ticket) = house.past_password(NAME, &password).await;
        let code = house.code(seed, 0);
        house.sign_in.code(&ticket, &code, None, Around::default()).await
    };
    while let Ok(Answer::Wrong(_)) = give(&wrong).await {
        looked_at += 1;
    }
    assert_eq!(looked_at, 100);
    // Time does not open it, and neither does the right number.
    assert!(matches!(give(&seed).await, Err(SignInError::Locked)));
    assert_eq!(house.accounts.view(NAME).await.unwrap().locked, Some(Pause::Locked));
    // Control: after the operator's word the right number is taken.
    house.accounts.unlock(NAME).await.unwrap();
    assert!(matches!(give(&seed).await, Ok(Answer::GoOn(At::NewPassword, Some(_)))));
}
