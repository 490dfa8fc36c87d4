//! A new list of spare codes of which nobody said to have it.

use super::*;
use crate::flow::browser::{Browser, Browsers};

/// Makes a new list, and closes the page; gives the codes.
async fn unkept(house: &House, person: &Person) -> Vec<String> {
    let ticket = house.sign_in.ticket().unwrap();
    let begun = house.sign_in.begin_spare_codes(&ticket, &person.asks()).await.unwrap();
    let (at, ticket) = begun.unwrap();
    assert_eq!(at, At::RecoveryCodes);
    house.sign_in.recovery_codes(&ticket).await.unwrap()
}

async fn left(house: &House, person: &Person) -> Option<usize> {
    view(house, person).await.spare_codes
}

#[tokio::test]
async fn a_list_that_nobody_said_to_have_is_not_counted_on_the_account_page() {
    let (house, person, _) = house(SecondFactor::Required).await;
    assert_eq!(left(&house, &person).await, Some(crate::flow::recovery::CODES));
    unkept(&house, &person).await;
    assert_eq!(left(&house, &person).await, Some(0));
    // Control: said to be kept, it is.
    let ticket = house.sign_in.ticket().unwrap();
    let begun = house.sign_in.begin_spare_codes(&ticket, &person.asks()).await.unwrap();
    let (_, ticket) = begun.unwrap();
    house.sign_in.keep_recovery_codes(&ticket, Around::default()).await.unwrap();
    assert_eq!(left(&house, &person).await, Some(crate::flow::recovery::CODES));
}

#[tokio::test]
async fn whoever_confirms_with_a_spare_code_has_the_list() {
    let (house, person, seed) = house(SecondFactor::Required).await;
    let codes = unkept(&house, &person).await;
    let (_, ticket) = begin_confirm(&house, &person).await;
    let (code, before) = (&codes[0], Some(person.session));
    let answer = house.sign_in.recovery(&ticket, code, before, Around::default()).await.unwrap();
    let person = opened(answer);
    assert_eq!(left(&house, &person).await, Some(codes.len() - 1));
    // The next sign-in makes no other one.
    let person = sign_in(&house, &seed).await;
    assert_eq!(left(&house, &person).await, Some(codes.len() - 1));
    // Control: after one that nobody used, it does.
    unkept(&house, &person).await;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let code = next_code(&house, &seed);
    let answer = house.sign_in.code(&ticket, &code, None, Around::default()).await.unwrap();
    assert!(matches!(answer, Answer::GoOn(At::RecoveryCodes, Some(_))), "{answer:?}");
}

#[tokio::test]
async fn a_trusted_browser_shows_the_factor_where_the_list_is_to_be_made_anew() {
    let (mut house, person, seed) = house(SecondFactor::Required).await;
    house.sign_in.parts.policy.trust = 24 * 60 * MINUTE;
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let code = next_code(&house, &seed);
    let answer = house.sign_in.code(&ticket, &code, None, Around::default()).await.unwrap();
    let Answer::Open(session) = answer else { panic!("{answer:?}") };
    let browsers = Browsers::new(house.ground.clone());
    let value = browsers.remember(&Browser::default(), &session).unwrap();
    let visits = async || {
        let ticket = house.sign_in.ticket().unwrap();
        house.sign_in.name(&ticket, "anna").await.unwrap();
        let typed = Typed { password: SecretString::from(PASSWORD), stays: false };
        let visiting = Visiting { browser: browsers.read(&value), ..Visiting::default() };
        house.sign_in.password(&ticket, typed, &visiting).await.unwrap()
    };
    // Control: as long as the list is kept, it is spared the factor.
    assert!(matches!(visits().await, Answer::Open(_)));
    unkept(&house, &person).await;
    let Answer::GoOn(At::Factor(Factor::Code), Some(ticket)) = visits().await else {
        panic!("nobody is shown a list for a password alone, nor goes on without one");
    };
    let code = next_code(&house, &seed);
    let answer = house.sign_in.code(&ticket, &code, None, Around::default()).await.unwrap();
    let Answer::GoOn(At::RecoveryCodes, Some(ticket)) = answer else { panic!("{answer:?}") };
    house.sign_in.keep_recovery_codes(&ticket, Around::default()).await.unwrap();
    assert!(matches!(visits().await, Answer::Open(_)));
}
