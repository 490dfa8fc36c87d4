//! The rules of questions to phones, each with a case in which it does not bind.

use super::*;

const NOW: Moment = Moment::from_unix_millis(1_790_000_000_000);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const STATES: [QuestionState; 5] = QuestionState::ALL;

fn question(from: AskedFrom, state: QuestionState) -> Question {
    let answered = (state != QuestionState::Open).then_some(NOW);
    Question { from, expires: NOW.plus(ANSWER_WITHIN), state, answered }
}

#[test]
fn every_question_has_one_outcome_and_no_goes_before_yes() {
    use QuestionState::{Approved, Expired, Open, Refused, Wrong};
    let answers = |state| {
        let question = question(AskedFrom::NewBrowser, state);
        [Reply::Yes, Reply::YesWrongNumber, Reply::No].map(|reply| question.answer(reply, NOW))
    };
    let answered = Err(TooLate::Answered);
    assert_eq!(answers(Open), [Ok(Approved), Ok(Wrong), Ok(Refused)]);
    assert_eq!(answers(Approved), [answered, answered, Ok(Refused)]);
    assert_eq!(answers(Refused), [answered; 3]);
    assert_eq!(answers(Wrong), [answered; 3]);
    assert_eq!(answers(Expired), [Err(TooLate::Expired); 3]);
}

#[test]
fn a_question_is_open_for_two_minutes_and_a_yes_good_for_two_more() {
    let open = question(AskedFrom::NewBrowser, QuestionState::Open);
    let end = NOW.plus(ANSWER_WITHIN);
    assert_eq!(open.answer(Reply::Yes, end), Err(TooLate::Expired));
    assert_eq!(open.stands(end), QuestionState::Expired);
    // Control: a moment before, it is.
    let before = Moment::from_unix_millis(end.unix_millis() - 1);
    assert_eq!(open.answer(Reply::Yes, before), Ok(QuestionState::Approved));

    let approved = Question { state: QuestionState::Approved, answered: Some(before), ..open };
    assert_eq!(approved.stands(before.plus(USE_WITHIN)), QuestionState::Expired);
    assert_eq!(approved.stands(before.plus(USE_WITHIN - SECOND)), QuestionState::Approved);
    let undated = Question { answered: None, ..approved };
    assert_eq!(undated.stands(NOW), QuestionState::Expired, "a yes without a time is none");
}

#[test]
fn a_question_from_a_new_browser_waits_for_one_from_a_known_browser() {
    use AskedFrom::{KnownBrowser, NewBrowser};
    let open = |from| question(from, QuestionState::Open);
    assert!(!open(KnownBrowser).gives_way_to(NewBrowser, NOW));
    // Control: the other way round, between equals, and once its time is over, it does not.
    assert!(open(NewBrowser).gives_way_to(KnownBrowser, NOW));
    assert!(open(NewBrowser).gives_way_to(NewBrowser, NOW));
    assert!(open(KnownBrowser).gives_way_to(KnownBrowser, NOW));
    assert!(open(KnownBrowser).gives_way_to(NewBrowser, NOW.plus(ANSWER_WITHIN)));
    for from in [KnownBrowser, NewBrowser] {
        for state in STATES {
            let waits = matches!(state, QuestionState::Approved);
            assert_eq!(question(NewBrowser, state).gives_way_to(from, NOW), !waits, "{state:?}");
        }
    }
}

#[test]
fn questions_without_a_yes_wait_longer_and_longer() {
    let rule = AskRule::default();
    let mut asks = Asks::default();
    let (mut now, mut waits) = (NOW, Vec::new());
    for _ in 0..9 {
        waits.push(rule.wait(&asks, now).map_or(0, |wait| wait.as_secs() / 60));
        now = now.plus(rule.wait(&asks, now).unwrap_or_default());
        asks = rule.count(&asks, now);
    }
    assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 15, 15]);
    // Control: after a yes, which forgets them, nothing waits.
    assert_eq!(rule.wait(&Asks::default(), now), None);
    assert_eq!(rule.wait(&asks, now.plus(24 * 60 * MINUTE)), None);
}

#[test]
fn no_hour_has_more_than_ten_questions() {
    // Whatever the waits in a row are.
    let rule = AskRule { row: Throttle { free: 1000, ..AskRule::default().row } };
    let mut asks = Asks::default();
    for minute in 0..10 {
        let now = NOW.plus(minute * MINUTE);
        assert_eq!(rule.wait(&asks, now), None, "question {minute}");
        asks = rule.count(&asks, now);
    }
    assert_eq!(rule.wait(&asks, NOW.plus(10 * MINUTE)), Some(50 * MINUTE));
    // Control: an hour after the first there is room for one.
    let later = NOW.plus(60 * MINUTE);
    assert_eq!(rule.wait(&asks, later), None);
    let more = rule.count(&asks, later);
    assert_eq!(more.hour.len(), 10);
    assert_eq!(rule.wait(&more, later), Some(MINUTE));
    // A clock that was a year ahead keeps nobody waiting.
    let ahead = Asks { row: None, hour: vec![NOW.plus(365 * 24 * 60 * MINUTE); 10] };
    assert_eq!(rule.wait(&ahead, NOW), None);
}

#[test]
fn a_state_reads_back_from_its_word() {
    for state in STATES {
        assert_eq!(QuestionState::from_word(state.word()), Some(state));
    }
    assert_eq!(QuestionState::from_word("used"), None);
}
