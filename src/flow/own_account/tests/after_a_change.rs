//! What ends with a change of somebody's own account, and what is told of it.

use super::*;
use crate::store::record::PasskeyShape;

#[tokio::test]
async fn what_a_removed_factor_began_ends_with_it() {
    let (house, person, seed) = house(SecondFactor::Required).await;
    add_app(&house, &person).await;
    // Somebody with the password and the lost phone has come past the factor, and
    // is one step before a session: the password must go.
    let now = house.clock.now();
    let mut credentials = Credentials::load(&house.ground, person.account, now).await.unwrap();
    credentials.record.password_known = true;
    let change = credentials.put(&house.ground, Change::new()).unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let code = next_code(&house, &seed);
    let answer = house.sign_in.code(&ticket, &code, None, Around::default()).await.unwrap();
    let Answer::GoOn(At::NewPassword, Some(waits)) = answer else { panic!("{answer:?}") };
    // Control: until then it stands.
    assert!(house.sign_in.standing(&waits).await.is_ok());
    let app = view(&house, &person).await.factors[0].id.clone();
    let removed = house.sign_in.remove_factor(&person.asks(), (Factor::Code, &app)).await;
    let (Taken::Done, Some(opened)) = removed.unwrap() else { panic!("not removed") };
    assert!(matches!(house.sign_in.standing(&waits).await, Err(SignInError::NoTicket)));
    assert!(stands(&house, &Person::of(&opened)).await, "its owner goes on");
}

#[tokio::test]
async fn each_change_of_a_factor_or_the_password_is_told_by_mail() {
    let (mut house, person, _) = house(SecondFactor::Required).await;
    house.sign_in.parts.outbox = outbox_without_server(&house.ground);
    let (sign_in, asker) = (&house.sign_in, person.asks());
    let app = view(&house, &person).await.factors[0].id.clone();
    let (refused, _) = sign_in.remove_factor(&asker, (Factor::Code, &app)).await.unwrap();
    assert_eq!(refused, Taken::Refused(Refused::LastFactor));
    assert!(letters(&house).await.is_empty(), "what is not done is not told");
    let ticket = sign_in.ticket().unwrap();
    assert!(sign_in.begin_spare_codes(&ticket, &asker).await.unwrap().is_ok());
    assert_eq!(letters(&house).await, ["recovery-codes-made"]);
    add_app(&house, &person).await;
    let (_, opened) = sign_in.remove_factor(&asker, (Factor::Code, &app)).await.unwrap();
    let asker = Person::of(&opened.unwrap()).asks();
    let typed = NewPassword {
        current: SecretString::from(PASSWORD),
        new: SecretString::from(NEW),
        again: SecretString::from(NEW),
    };
    let changed = sign_in.change_password(&asker, typed).await.unwrap();
    assert!(matches!(changed, OwnPassword::Changed(_)), "{changed:?}");
    let all = ["factor-added", "factor-removed", "password-changed", "recovery-codes-made"];
    assert_eq!(letters(&house).await, all);
}

/// The letters that wait, in the order of the alphabet.
async fn letters(house: &House) -> Vec<String> {
    let found = house.ground.store.list(Table::Outbox, None, 10, house.clock.now()).await.unwrap();
    let letter = |(key, record): &(Vec<u8>, crate::store::Record)| {
        let clear = house.ground.sealer.open(&outbox::place(key), &record.data).unwrap();
        MailRecord::decode(&clear).unwrap().letter
    };
    let mut letters: Vec<_> = found.iter().map(letter).collect();
    letters.sort();
    letters
}

#[tokio::test]
async fn the_last_factor_stays_though_it_is_not_taken_any_more() {
    let (house, person, _) = house(SecondFactor::Required).await;
    // The app has gone, and the one passkey seemed to be copied: a code on paper was
    // the only way in.
    let now = house.clock.now();
    let mut credentials = Credentials::load(&house.ground, person.account, now).await.unwrap();
    let copied = |id: &str| PasskeyShape {
        id: id.to_owned(),
        name: String::new(),
        added: now.unix_millis(),
        last: now.unix_millis(),
        cloned: true,
        key: serde_json::Value::Null,
    };
    credentials.record.codes.clear();
    credentials.record.passkeys = vec![copied("one"), copied("two")];
    let change = credentials.put(&house.ground, Change::new()).unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    // Control: one of two goes.
    let (taken, opened) =
        house.sign_in.remove_factor(&person.asks(), (Factor::Passkey, "one")).await.unwrap();
    assert_eq!(taken, Taken::Done);
    let person = Person::of(&opened.unwrap());
    // With the other, the next one who has the password would set up a factor.
    let removed = house.sign_in.remove_factor(&person.asks(), (Factor::Passkey, "two")).await;
    assert_eq!(removed.unwrap().0, Taken::Refused(Refused::LastFactor));
}
