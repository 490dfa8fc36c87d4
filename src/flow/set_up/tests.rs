//! Several browsers at the set-up of one account's first factor.

use std::time::Duration;

use super::*;
use crate::domain::SecondFactor;
use crate::flow::proving_ground::{House, PASSWORD};

const NAME: &str = "jdupont";

#[tokio::test]
async fn of_two_set_ups_at_once_one_counts_and_both_hear_of_it() {
    let house = House::new(SecondFactor::Required);
    let password = house.add(NAME, None).await;
    let (one, seed_of_one) = house.scanned(NAME, &password).await;
    let (two, seed_of_two) = house.scanned(NAME, &password).await;
    assert_ne!(seed_of_one.as_bytes(), seed_of_two.as_bytes(), "each browser has its own");
    let (first, second) = (house.code(&seed_of_one, 0), house.code(&seed_of_two, 0));
    let (first, second) = tokio::join!(
        house.sign_in.prove(&one, &first, Around::default()),
        house.sign_in.prove(&two, &second, Around::default()),
    );
    let won = |answer: &Answer<_>| matches!(answer, Answer::GoOn(At::RecoveryCodes, Some(_)));
    let lost = |answer: &Answer<_>| matches!(answer, Answer::GoOn(At::SetUpElsewhere, None));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(won(&first) && lost(&second) || lost(&first) && won(&second), "{first:?} {second:?}");
    let loser = if won(&first) { &two } else { &one };
    assert_eq!(house.sign_in.standing(loser).await.unwrap().at, At::SetUpElsewhere);
    house.ground.audit.flush(Duration::from_secs(5));
    let log = std::fs::read_to_string(house.folder.path().join("audit")).unwrap();
    assert_eq!(log.matches("factor_added").count(), 1, "{log}");
    assert_eq!(log.matches("factor_raced").count(), 1, "{log}");
    // Once is enough: asking again records nothing more.
    let code = house.code(&seed_of_two, 0);
    drop(house.sign_in.prove(loser, &code, Around::default()).await);
    house.ground.audit.flush(Duration::from_secs(5));
    let log = std::fs::read_to_string(house.folder.path().join("audit")).unwrap();
    assert_eq!(log.matches("factor_raced").count(), 1, "{log}");
}

#[tokio::test]
async fn of_many_set_ups_beside_the_owners_one_an_hour_is_mailed() {
    let house = House::that_mails(SecondFactor::Required);
    house.add(NAME, Some(PASSWORD)).await;
    let mut others = Vec::new();
    for _ in 0..12 {
        others.push(house.scanned(NAME, PASSWORD).await.0);
    }
    house.proven(NAME, PASSWORD).await;
    let told = async || {
        let mails = house.mails().await;
        mails.iter().filter(|mail| mail.letter == "second-set-up").count()
    };
    let hears = async |ticket| house.sign_in.hear_of_race(ticket, Around::default()).await;
    let (at_once, rest) = others.split_at(10);
    let (one, many) = at_once.split_first().unwrap();
    let (one, many) = tokio::join!(hears(one), async {
        for ticket in many {
            hears(ticket).await?;
        }
        Ok::<_, SignInError>(())
    });
    one.unwrap();
    many.unwrap();
    assert_eq!(told().await, 1);
    // The next hour's is mailed, and each was recorded.
    house.clock.advance(TELL_EVERY);
    for ticket in rest {
        hears(ticket).await.unwrap();
    }
    assert_eq!(told().await, 2);
    house.ground.audit.flush(Duration::from_secs(5));
    let log = std::fs::read_to_string(house.folder.path().join("audit")).unwrap();
    assert_eq!(log.matches("factor_raced").count(), others.len(), "{log}");
}
