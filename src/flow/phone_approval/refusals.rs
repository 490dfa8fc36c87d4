//! What "not me" ends beside the question, and who asks after it.

use secrecy::ExposeSecret;

use super::handset::{asked_number, visiting};
use super::{asking, asking_at_home, begin, go_on, house, use_a_paper_code};
use crate::domain::{Factor, Place, QuestionState};
use crate::flow::account::{AccountEdit, Told};
use crate::flow::credentials::Credentials;
use crate::flow::proving_ground::{House, PASSWORD};
use crate::flow::purpose::What;
use crate::flow::{Answer, Asked, At, NotAsked};

const NEW: &str = "Vier-Reigers boven 2 stuwen";

async fn password_is_known(house: &House) -> bool {
    let (now, account) = (house.ground.clock.now(), house.accounts.find("anna").await.unwrap());
    let credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    credentials.record.password_known
}

fn audited(house: &House, kind: &str) -> usize {
    house.ground.audit.flush(std::time::Duration::from_secs(5));
    let lines = std::fs::read_to_string(house.folder.path().join("audit")).unwrap();
    lines.matches(&format!("\"{kind}\"")).count()
}

#[tokio::test]
async fn not_me_ends_what_the_sign_in_has_opened_meanwhile() {
    let (house, handset) = house().await;
    let ticket = asking(&house, "anna").await;
    let request = handset.look(&house).await.unwrap().request.unwrap();
    // Somebody who knows the password has one of the codes on paper as well.
    let opened = use_a_paper_code(&house, &ticket).await;
    let epoch = house.accounts.find("anna").await.unwrap().epoch;
    // Control: before the no, the session stands.
    assert!(house.stands(&opened).await);
    assert_eq!(audited(&house, "sessions_ended"), 0);
    let no = handset.answer(&house, &request, false, "").await;
    assert_eq!(no.unwrap(), QuestionState::Refused);
    assert!(!house.stands(&opened).await);
    assert_eq!(house.accounts.find("anna").await.unwrap().epoch, epoch + 1);
    assert!(password_is_known(&house).await);
    assert_eq!((audited(&house, "approval_refused"), audited(&house, "sessions_ended")), (1, 1));
    // The same once more, because the phone did not hear, ends nothing again.
    let no = handset.answer(&house, &request, false, "").await;
    assert_eq!(no.unwrap(), QuestionState::Refused);
    assert_eq!(house.accounts.find("anna").await.unwrap().epoch, epoch + 1);
}

#[tokio::test]
async fn not_me_ends_the_session_that_asked() {
    for (what, place) in [(What::Confirm, Place::default()), (What::Add, Place::Secure)] {
        let (house, handset) = house().await;
        // Another session of the same account, which has nothing to do with it.
        let other = asking(&house, "anna").await;
        let other = use_a_paper_code(&house, &other).await;
        let (ticket, session) = begin(&house, what, place).await;
        let stands =
            async || house.reader.read(session, house.ground.clock.now()).await.unwrap().is_some();
        let phone = match what {
            What::Confirm => {
                house.sign_in.ask(&ticket, &visiting()).await.unwrap();
                handset
            }
            What::Add => {
                let new = super::joined(&house, &ticket).await;
                house.sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
                new
            }
        };
        asked_number(&house, &ticket).await;
        // Control: before the no, the session stands.
        assert!(stands().await, "{what:?}");
        assert_eq!(phone.no(&house).await.unwrap(), QuestionState::Refused);
        assert!(!stands().await, "{what:?}");
        assert!(house.stands(&other).await, "{what:?}");
        assert_eq!(audited(&house, "session_ended"), 1, "{what:?}");
        assert!(password_is_known(&house).await);
        assert_eq!(house.sign_in.asked(&ticket).await.unwrap(), Asked::Stopped);
        let at = house.sign_in.standing(&ticket).await.unwrap().at;
        assert_eq!(at, At::Password);
    }
}

#[tokio::test]
async fn after_not_me_new_browsers_do_not_ask_until_there_is_a_new_password() {
    let (house, handset) = house().await;
    // Control: before the no, a new browser asks.
    asking(&house, "anna").await;
    assert_eq!(handset.no(&house).await.unwrap(), QuestionState::Refused);
    let (_, stranger) = house.past_password("anna", PASSWORD).await;
    let answer = house.sign_in.ask(&stranger, &visiting()).await.unwrap();
    assert!(matches!(answer, Answer::Wrong(NotAsked::Slowed { .. })), "{answer:?}");
    assert!(handset.look(&house).await.unwrap().request.is_none());
    // Control: one that the account knows asks at the same moment.
    let owner = asking_at_home(&house, "anna").await;
    let number = asked_number(&house, &owner).await;
    assert_eq!(handset.yes(&house, &number).await.unwrap(), QuestionState::Approved);
    assert!(matches!(go_on(&house, &owner).await, Answer::GoOn(At::NewPassword, Some(_))));
    // With a new password so does a new one, whoever made it.
    let edit = AccountEdit { password: Some(NEW.into()), ..AccountEdit::default() };
    house.accounts.set("anna", edit).await.unwrap();
    asks_with(&house, NEW).await;
    assert_eq!(handset.no(&house).await.unwrap(), QuestionState::Refused);
    let (_, Told::ByOperator(provisional)) = house.accounts.provision("anna").await.unwrap() else {
        panic!("no mail is set up here");
    };
    asks_with(&house, provisional.expose_secret()).await;
}

async fn asks_with(house: &House, password: &str) {
    let (_, ticket) = house.past_password("anna", password).await;
    let answer = house.sign_in.ask(&ticket, &visiting()).await.unwrap();
    assert!(matches!(answer, Answer::GoOn(At::Factor(Factor::Approval), None)), "{answer:?}");
}

#[tokio::test]
async fn a_phone_that_nobody_sets_up_any_more_ends_nothing() {
    let (house, old) = house().await;
    let (ticket, session) = begin(&house, What::Add, Place::Secure).await;
    let stands =
        async || house.reader.read(session, house.ground.clock.now()).await.unwrap().is_some();
    // Somebody else was quicker with the picture, and its owner chooses another way.
    let quicker = super::joined(&house, &ticket).await;
    house.sign_in.leave_pair(&ticket, &visiting()).await.unwrap();
    let at = house.sign_in.choose(&ticket, Factor::Code).await.unwrap();
    assert!(matches!(at, At::SetUp(Place::GetApp)), "{at:?}");
    assert_eq!(quicker.no(&house).await.unwrap(), QuestionState::Refused);
    assert!(stands().await);
    assert!(!password_is_known(&house).await);
    // Control: the no of a phone that counts ends what went on without it.
    let went_on = asking(&house, "anna").await;
    let went_on = use_a_paper_code(&house, &went_on).await;
    assert!(house.stands(&went_on).await);
    assert_eq!(old.no(&house).await.unwrap(), QuestionState::Refused);
    assert!(!house.stands(&went_on).await);
    assert!(!stands().await);
}
