//! What "not me" ends beside the question, and who asks after it.

use super::handset::{asked_number, visiting};
use super::{asking, asking_at_home, begin, go_on, house, use_a_paper_code};
use crate::domain::{Place, QuestionState};
use crate::flow::credentials::Credentials;
use crate::flow::proving_ground::{House, PASSWORD};
use crate::flow::purpose::What;
use crate::flow::{Answer, Asked, At, NotAsked};
use crate::store::Change;

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
    // Control: and with a new password, so does a new one.
    let (now, account) = (house.ground.clock.now(), house.accounts.find("anna").await.unwrap());
    let mut credentials = Credentials::load(&house.ground, account.id, now).await.unwrap();
    credentials.record.password_known = false;
    let change = credentials.put(&house.ground, Change::new()).unwrap();
    house.ground.store.commit(change, now).await.unwrap();
    asking(&house, "anna").await;
}
