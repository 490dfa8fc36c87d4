//! Attacks on approval by somebody who knows the password. Rows A20 to A26, each
//! with a case in which the same thing works.

use std::time::Duration;

use futures_util::future::{join, join_all};

use super::handset::{ADDRESS, Handset, asked_number, visiting};
use super::{asking, asking_at_home, go_on, house, set_up, use_a_paper_code};
use crate::domain::Clock;
use crate::domain::{ANSWER_WITHIN, Factor, Pause, QuestionState, USE_WITHIN};
use crate::flow::account::AccountEdit;
use crate::flow::credentials::Credentials;
use crate::flow::outbox::{self, Notice};
use crate::flow::proving_ground::{House, MINUTE, PASSWORD, outbox_without_server};
use crate::flow::{Answer, Asked, At, NotAsked, PhoneError, SignIn, SignInError, SignInParts};
use crate::observe::audit::Around;
use crate::store::record::MailRecord;
use crate::store::{Record, Table};

/// A number that is not this one.
fn other_than(number: &str) -> String {
    let digits = number.len();
    (10_u32.pow(u32::try_from(digits).unwrap() - 1)..)
        .map(|number| number.to_string())
        .find(|other| other != number)
        .unwrap()
}

#[tokio::test]
async fn a20_a_second_number_is_never_looked_at() {
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    let request = handset.look(&house).await.unwrap().request.unwrap();
    let wrong = handset.answer(&house, &request, true, &other_than(&number)).await;
    assert!(matches!(wrong, Err(PhoneError::WrongNumber)), "{wrong:?}");
    // Neither the right one nor any other is looked at any more.
    for guess in 10..100 {
        let late = handset.answer(&house, &request, true, &guess.to_string()).await;
        assert!(matches!(late, Err(PhoneError::Gone)), "{guess}: {late:?}");
    }
    assert!(handset.look(&house).await.unwrap().request.is_none());
    assert!(matches!(go_on(&house, &ticket).await, Answer::Wrong(Asked::Wrong)));
    // Control: the first number of the next question is, and it is another one.
    house.sign_in.ask(&ticket, &visiting()).await.unwrap();
    let next = asked_number(&house, &ticket).await;
    assert_ne!(next, number);
    assert_eq!(handset.yes(&house, &next).await.unwrap(), QuestionState::Approved);
    assert!(matches!(go_on(&house, &ticket).await, Answer::Open(_)));
}

#[tokio::test]
async fn a20_of_fifty_numbers_at_the_same_moment_one_is_looked_at() {
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    let request = handset.look(&house).await.unwrap().request.unwrap();
    let guesses: Vec<_> = (10..100).map(|n| n.to_string()).filter(|n| *n != number).collect();
    let all = guesses.iter().take(50).map(|n| handset.answer(&house, &request, true, n));
    let all = join_all(all).await;
    let wrong = |answer: &&Result<_, _>| matches!(answer, Err(PhoneError::WrongNumber));
    assert_eq!(all.iter().filter(wrong).count(), 1);
    assert!(all.iter().all(|answer| answer.is_err()));
    assert!(matches!(go_on(&house, &ticket).await, Answer::Wrong(Asked::Wrong)));
}

#[tokio::test]
async fn a21_nobody_answers_without_the_phones_own_key() {
    let (house, handset) = house().await;
    let thief = set_up(&house, "mallory").await;
    house.clock.advance(MINUTE);
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    let request = handset.look(&house).await.unwrap().request.unwrap();
    // The attacker's own phone knows the question's id and all that it says.
    let answer = thief.answer(&house, &request, true, &number).await;
    assert!(matches!(answer, Err(PhoneError::Gone)), "{answer:?}");
    // Nor under the id of the right phone, whatever key signs.
    for other in [handset.with_another_key(), Handset { id: handset.id.clone(), ..thief }] {
        let answer = other.answer(&house, &request, true, &number).await;
        assert!(matches!(answer, Err(PhoneError::Malformed)), "{answer:?}");
        assert!(matches!(other.look(&house).await, Err(PhoneError::Malformed)));
    }
    for signature in ["", "AAAA", &"A".repeat(86)] {
        let answer = handset.send(&house, (&request.id, true, &number), signature).await;
        assert!(matches!(answer, Err(PhoneError::Malformed)), "{answer:?}");
    }
    assert!(matches!(go_on(&house, &ticket).await, Answer::Wrong(Asked::Waits { .. })));
    // Control: none of this took its try; the phone itself is heard.
    assert_eq!(handset.yes(&house, &number).await.unwrap(), QuestionState::Approved);
}

#[tokio::test]
async fn a21_what_a_phone_signs_to_look_is_good_for_two_minutes() {
    let (house, handset) = house().await;
    let challenge = house.sign_in.challenge().unwrap();
    for broken in ["", "AAAA", &challenge[2..], &format!("{challenge}AAAA")] {
        let refused = handset.look_with(&house, broken).await;
        assert!(matches!(refused, Err(PhoneError::Stale)), "{broken}");
    }
    // Control: as it was given it is good.
    assert!(handset.look_with(&house, &challenge).await.is_ok());
    house.clock.advance(2 * MINUTE);
    assert!(matches!(handset.look_with(&house, &challenge).await, Err(PhoneError::Stale)));
    house.clock.set_back(4 * MINUTE);
    assert!(matches!(handset.look_with(&house, &challenge).await, Err(PhoneError::Stale)));
}

#[tokio::test]
async fn a22_of_a_yes_and_a_no_at_the_same_moment_one_counts() {
    let (mut opened, mut stopped) = (0, 0);
    for _ in 0..8 {
        let (house, handset) = house().await;
        let ticket = asking(&house, "anna").await;
        let number = asked_number(&house, &ticket).await;
        let request = handset.look(&house).await.unwrap().request.unwrap();
        let answers = (0..50).map(|at| {
            handset.answer(
                &house,
                &request,
                at % 2 == 0,
                match at % 2 {
                    0 => &number,
                    _ => "",
                },
            )
        });
        let uses = join_all((0..50).map(|_| {
            let (house, ticket) = (&house, &ticket);
            async move { house.sign_in.approval(ticket, None, Around::default()).await }
        }));
        let (_, uses) = join(join_all(answers), uses).await;
        let open = uses.iter().filter(|used| matches!(used, Ok(Answer::Open(_)))).count();
        let last = house.sign_in.approval(&ticket, None, Around::default()).await;
        match last {
            // The sign-in had gone on before the no came.
            Err(SignInError::NoTicket) => {
                assert_eq!(open, 1);
                opened += 1;
            }
            // The no came first, and nothing goes on with the yes.
            Ok(Answer::Wrong(Asked::Stopped)) => {
                assert_eq!(open, 0);
                stopped += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(opened + stopped, 8);
}

#[tokio::test]
async fn a22_a_no_takes_back_a_yes_that_was_not_used_and_no_other() {
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    let request = handset.look(&house).await.unwrap().request.unwrap();
    let number = asked_number(&house, &ticket).await;
    let yes = handset.answer(&house, &request, true, &number).await;
    assert_eq!(yes.unwrap(), QuestionState::Approved);
    // The same again, because the phone did not hear the answer, is the same.
    let yes = handset.answer(&house, &request, true, &number).await;
    assert_eq!(yes.unwrap(), QuestionState::Approved);
    let no = handset.answer(&house, &request, false, "").await;
    assert_eq!(no.unwrap(), QuestionState::Refused);
    let no = handset.answer(&house, &request, false, "").await;
    assert_eq!(no.unwrap(), QuestionState::Refused);
    assert!(matches!(go_on(&house, &ticket).await, Answer::Wrong(Asked::Stopped)));
    let yes = handset.answer(&house, &request, true, &number).await;
    assert!(matches!(yes, Err(PhoneError::Gone)), "{yes:?}");

    // Control: once the sign-in went on with it, there is nothing to take back.
    house.clock.advance(MINUTE);
    let ticket = asking_at_home(&house, "anna").await;
    let request = handset.look(&house).await.unwrap().request.unwrap();
    let number = asked_number(&house, &ticket).await;
    handset.answer(&house, &request, true, &number).await.unwrap();
    let gone_on = go_on(&house, &ticket).await;
    // The password must go, since somebody said no above.
    let Answer::GoOn(At::NewPassword, Some(ticket)) = gone_on else { panic!("{gone_on:?}") };
    let no = handset.answer(&house, &request, false, "").await;
    assert!(matches!(no, Err(PhoneError::Gone)), "{no:?}");
    assert_eq!(house.sign_in.standing(&ticket).await.unwrap().at, At::NewPassword);
}

#[tokio::test]
async fn a23_phones_are_asked_a_few_times_and_then_left_in_peace() {
    let (house, handset) = house().await;
    let mut asked = 0;
    for _ in 0..20 {
        let (_, ticket) = house.past_password("anna", PASSWORD).await;
        match house.sign_in.ask(&ticket, &visiting()).await.unwrap() {
            Answer::GoOn(..) => asked += 1,
            Answer::Wrong(NotAsked::Slowed { wait }) => {
                assert!(wait > Duration::ZERO && wait <= MINUTE, "{wait:?}");
                // The person is not stuck: the other ways are open.
                let ways = house.sign_in.standing(&ticket).await.unwrap().ways;
                assert_eq!(ways, [Factor::Approval, Factor::Recovery]);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(asked, 3, "of twenty");
    // In an hour there are at most ten, however long somebody goes on.
    let mut hour = 3;
    for _ in 0..59 {
        house.clock.advance(MINUTE);
        let (_, ticket) = house.past_password("anna", PASSWORD).await;
        let answer = house.sign_in.ask(&ticket, &visiting()).await.unwrap();
        hour += usize::from(matches!(answer, Answer::GoOn(..)));
    }
    assert!((5..=10).contains(&hour), "{hour} in an hour");
    // Control: a yes forgets them, and three more are asked at once.
    house.clock.advance(15 * MINUTE);
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    handset.yes(&house, &number).await.unwrap();
    assert!(matches!(go_on(&house, &ticket).await, Answer::Open(_)));
    for _ in 0..3 {
        asking(&house, "anna").await;
    }
}

#[tokio::test]
async fn a24_there_is_no_bare_yes() {
    let (house, handset) = house().await;
    for number in ["", " ", "0", "00"] {
        let ticket = asking(&house, "anna").await;
        let request = handset.look(&house).await.unwrap().request.unwrap();
        assert_eq!(request.address, ADDRESS.to_string());
        let wrong = handset.answer(&house, &request, true, number).await;
        assert!(matches!(wrong, Err(PhoneError::WrongNumber)), "{number:?}: {wrong:?}");
        assert!(matches!(go_on(&house, &ticket).await, Answer::Wrong(Asked::Wrong)));
        house.clock.advance(5 * MINUTE);
    }
    // Control: with the number it is one.
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    assert!(handset.yes(&house, &number).await.is_ok());
}

#[tokio::test]
async fn a25_a_yes_that_comes_too_late_counts_for_nothing() {
    type After<'a> = (&'a str, Duration);
    let rows: [After<'_>; 6] = [
        ("expired", ANSWER_WITHIN),
        ("password", Duration::ZERO),
        ("disabled", Duration::ZERO),
        ("begun anew", Duration::ZERO),
        ("proven otherwise", Duration::ZERO),
        ("nothing", Duration::ZERO),
    ];
    for (row, span) in rows {
        let (house, handset) = house().await;
        let ticket = asking(&house, "anna").await;
        let number = asked_number(&house, &ticket).await;
        let request = handset.look(&house).await.unwrap().request.unwrap();
        house.clock.advance(span);
        match row {
            "password" => {
                let password = Some("Andere-Rivier 28".into());
                let edit = AccountEdit { password, ..AccountEdit::default() };
                house.accounts.set("anna", edit).await.unwrap();
            }
            "disabled" => {
                house.accounts.disable("anna").await.unwrap();
            }
            "begun anew" => house.sign_in.name(&ticket, "anna").await.unwrap(),
            "proven otherwise" => {
                use_a_paper_code(&house, &ticket).await;
            }
            _ => {}
        }
        let late = handset.answer(&house, &request, true, &number).await;
        match row {
            "expired" => assert!(matches!(late, Err(PhoneError::Expired)), "{row}: {late:?}"),
            // Control: without all that it counts.
            "nothing" => assert_eq!(late.unwrap(), QuestionState::Approved),
            _ => assert!(matches!(late, Err(PhoneError::Gone)), "{row}: {late:?}"),
        }
        let opened = house.sign_in.approval(&ticket, None, Around::default()).await;
        assert_eq!(matches!(opened, Ok(Answer::Open(_))), row == "nothing", "{row}: {opened:?}");
    }
    // Nor does a yes wait for ever to be used.
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    handset.yes(&house, &number).await.unwrap();
    house.clock.advance(USE_WITHIN);
    assert!(matches!(go_on(&house, &ticket).await, Answer::Wrong(Asked::Expired)));
}

#[tokio::test]
async fn a26_a_yes_for_one_sign_in_lets_no_other_go_on() {
    let (house, handset) = house().await;
    let attacker = asking(&house, "anna").await;
    let first = asked_number(&house, &attacker).await;
    let shown_first = handset.look(&house).await.unwrap().request.unwrap();
    let victim = asking(&house, "anna").await;
    let second = asked_number(&house, &victim).await;
    assert_ne!(first, second, "numbers one after the other differ");
    // The victim types what the victim's computer shows.
    handset.yes(&house, &second).await.unwrap();
    assert!(matches!(go_on(&house, &attacker).await, Answer::Wrong(Asked::Replaced)));
    // An answer to the question that is over helps nobody either.
    let late = handset.answer(&house, &shown_first, true, &first).await;
    assert!(matches!(late, Err(PhoneError::Gone)), "{late:?}");
    // Control: the victim's own goes on, once.
    assert!(matches!(go_on(&house, &victim).await, Answer::Open(_)));
    let again = house.sign_in.approval(&victim, None, Around::default()).await;
    assert!(matches!(again, Err(SignInError::NoTicket)), "{again:?}");
}

#[tokio::test]
async fn a26_the_attackers_number_typed_by_the_victim_stops_the_attackers_question() {
    let (house, handset) = house().await;
    let victim = asking(&house, "anna").await;
    let number = asked_number(&house, &victim).await;
    // Meanwhile the attacker asks: the phone shows that question now.
    let attacker = asking(&house, "anna").await;
    let wrong = handset.yes(&house, &number).await;
    assert!(matches!(wrong, Err(PhoneError::WrongNumber)), "{wrong:?}");
    for ticket in [&victim, &attacker] {
        assert!(!matches!(go_on(&house, ticket).await, Answer::Open(_)));
    }
}

#[tokio::test]
async fn not_me_stops_the_sign_in_and_is_told() {
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    assert_eq!(handset.no(&house).await.unwrap(), QuestionState::Refused);
    // The sign-in has forgotten that the password was right.
    assert_eq!(house.sign_in.standing(&ticket).await.unwrap().at, At::Password);
    assert_eq!(house.sign_in.asked(&ticket).await.unwrap(), Asked::Stopped);
    let (now, account) = (house.ground.clock.now(), house.accounts.find("anna").await.unwrap());
    let credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    assert!(credentials.record.password_known);
    let metrics = house.ground.metrics.exposition().unwrap();
    assert!(metrics.contains("vestibule_approvals_total{outcome=\"refused\"} 1"), "{metrics}");
    // Control: the owner gets in, and chooses a new password on the way.
    let ticket = asking_at_home(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    handset.yes(&house, &number).await.unwrap();
    let gone_on = go_on(&house, &ticket).await;
    assert!(matches!(gone_on, Answer::GoOn(At::NewPassword, Some(_))), "{gone_on:?}");
}

/// The mails that wait to be sent, by their words.
async fn letters(house: &House) -> Vec<String> {
    let now = house.clock.now();
    let all = house.ground.store.list(Table::Outbox, None, 100, now).await.unwrap();
    let read = |(key, stored): (Vec<u8>, Record)| {
        let clear = house.ground.sealer.open(&outbox::place(&key), &stored.data).unwrap();
        MailRecord::decode(&clear).unwrap().letter
    };
    all.into_iter().map(read).collect()
}

#[tokio::test]
async fn the_owner_is_told_by_mail_of_a_refusal_and_of_too_many_questions() {
    let (mut house, handset) = house().await;
    let outbox = outbox_without_server(&house.ground);
    let parts = SignInParts { outbox, ..house.sign_in.parts.clone() };
    house.sign_in = SignIn::new(house.ground.clone(), parts);
    // Control: a question that is answered with yes is nothing to write about.
    let ticket = asking(&house, "anna").await;
    let number = asked_number(&house, &ticket).await;
    handset.yes(&house, &number).await.unwrap();
    assert!(matches!(go_on(&house, &ticket).await, Answer::Open(_)));
    assert_eq!(letters(&house).await, [""; 0]);

    let slowed = Notice::ApprovalsSlowed.word();
    for hour in 1..=2 {
        for _ in 0..10 {
            let (_, ticket) = house.past_password("anna", PASSWORD).await;
            house.sign_in.ask(&ticket, &visiting()).await.unwrap();
        }
        assert_eq!(letters(&house).await, vec![slowed; hour], "once an hour, of ten");
        house.clock.advance(60 * MINUTE);
    }
    asking(&house, "anna").await;
    handset.no(&house).await.unwrap();
    let mut told = letters(&house).await;
    told.sort_unstable();
    assert_eq!(told, [Notice::ApprovalRefused.word(), slowed, slowed]);
}

#[tokio::test]
async fn wrong_numbers_and_refusals_count_as_failures_of_the_factor() {
    let (house, handset) = house().await;
    let account = house.accounts.find("anna").await.unwrap();
    let view = async || house.accounts.view("anna").await.unwrap().locked == Some(Pause::Locked);
    let mut locked_after = 0;
    while !view().await {
        let (_, ticket) = house.past_password("anna", PASSWORD).await;
        house.sign_in.ask(&ticket, &visiting()).await.unwrap();
        let number = asked_number(&house, &ticket).await;
        let _ = handset.yes(&house, &other_than(&number)).await;
        locked_after += 1;
        assert!(locked_after <= 100);
        house.clock.advance(16 * MINUTE);
    }
    assert_eq!(locked_after, 100);
    let (_, ticket) = house.past_password("anna", PASSWORD).await;
    let locked = house.sign_in.ask(&ticket, &visiting()).await;
    assert!(matches!(locked, Err(SignInError::Locked)), "{locked:?}");
    // Control: an operator opens it again.
    house.accounts.unlock(account.name.as_str()).await.unwrap();
    asking(&house, "anna").await;
}
