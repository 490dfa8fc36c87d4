//! What a typed name and password may make us write, and what they may not undo.

use super::*;
use crate::domain::{Clock, SecondFactor};
use crate::flow::account::AccountEdit;
use crate::flow::proving_ground::{House, PASSWORD};
use crate::flow::session::count;

async fn house() -> House {
    let house = House::new(SecondFactor::Optional);
    house.add("anna", Some(PASSWORD)).await;
    house
}

async fn counters(house: &House) -> (usize, usize) {
    let now = house.clock.now();
    let known = count(&house.ground, Table::Failures, now).await.unwrap();
    (known, count(&house.ground, Table::StrangerFailures, now).await.unwrap())
}

#[tokio::test]
async fn a_password_hashed_anew_does_not_come_back_over_its_replacement() {
    let house = house().await;
    let judged = house.accounts.find("anna").await.unwrap();
    let typed = || SecretString::from(PASSWORD);
    let edit = AccountEdit {
        password: Some(SecretString::from("Andere-Rivier 28 stenen")),
        ..AccountEdit::default()
    };
    let replaced = house.accounts.set("anna", edit).await.unwrap();
    // The sign-in of before gets its turn on the pool only now.
    house.sign_in.hash_anew(judged, typed()).await;
    assert_eq!(house.accounts.find("anna").await.unwrap().password, replaced.password);
    // Control: the hash of the account as it is now is made anew.
    house.sign_in.hash_anew(replaced.clone(), typed()).await;
    assert_ne!(house.accounts.find("anna").await.unwrap().password, replaced.password);
}

#[tokio::test]
async fn wrong_passwords_of_names_that_nobody_has_are_counted_where_there_is_a_bound() {
    let house = house().await;
    assert!(matches!(house.password("nobody", "wrong").await.unwrap(), Answer::Wrong(_)));
    assert_eq!(counters(&house).await, (0, 2), "of the name, and in all");
    // Control: those of an account are counted where no stranger can push them out.
    assert!(matches!(house.password("anna", "wrong").await.unwrap(), Answer::Wrong(_)));
    assert_eq!(counters(&house).await, (2, 2));
}

#[tokio::test]
async fn a_password_that_cannot_be_right_makes_us_write_no_counter() {
    let house = house().await;
    let endless = "x".repeat(PASSWORD_BYTES_MAX + 1);
    for name in ["anna", "nobody"] {
        assert!(matches!(house.password(name, &endless).await.unwrap(), Answer::Wrong(_)));
    }
    assert_eq!(counters(&house).await, (0, 0));
    // Control: the longest that is looked at is counted.
    let longest = "x".repeat(PASSWORD_BYTES_MAX);
    assert!(matches!(house.password("anna", &longest).await.unwrap(), Answer::Wrong(_)));
    assert_eq!(counters(&house).await, (2, 0));
}

#[tokio::test]
async fn a_typed_name_brings_nothing_to_the_help_desk_that_moves_a_cursor() {
    let house = house().await;
    let ticket = house.sign_in.ticket().unwrap();
    house.sign_in.name(&ticket, "an\u{1b}]0;x\u{7}na\r\nfactors 0\u{2028}").await.unwrap();
    assert_eq!(house.sign_in.standing(&ticket).await.unwrap().name, "an]0;xnafactors 0");
    // Control: an ordinary name, with its accents, stays as it was typed.
    house.sign_in.name(&ticket, " Hélène d’Août ").await.unwrap();
    assert_eq!(house.sign_in.standing(&ticket).await.unwrap().name, "Hélène d’Août");
}
