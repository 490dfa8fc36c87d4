//! The waits, where they end, and what fades.

use super::*;

const NOW: Moment = Moment::from_unix_millis(1_000_000);

#[test]
fn waits_begin_after_the_free_tries_and_grow_to_a_bound() {
    let rule = Throttle::default();
    let paused = |count| rule.pause(Some(Failures::new(count, NOW)), NOW);
    assert_eq!(paused(rule.free - 1), None);
    assert_eq!(paused(rule.free), Some(Pause::Until(NOW.plus(rule.first_wait))));
    assert_eq!(paused(rule.free + 1), Some(Pause::Until(NOW.plus(2 * rule.first_wait))));
    assert_eq!(paused(100), Some(Pause::Until(NOW.plus(rule.longest_wait))));
    // Control: once the wait is over, a try is looked at.
    let failures = Failures::new(100, NOW);
    assert_eq!(rule.pause(Some(failures), NOW.plus(rule.longest_wait)), None);
}

#[test]
fn a_hundred_failures_at_a_factor_lock_it_and_at_a_name_never_do() {
    let (name, factor) = (Throttle::default(), Throttle::default().for_factor());
    let many = Some(Failures::new(100, NOW));
    let later = NOW.plus(365 * DAY);
    assert_eq!(factor.pause(many, later), Some(Pause::Locked));
    assert_eq!(factor.count(many, later).count, 101, "time alone forgets nothing");
    assert_eq!(name.pause(many, later), None);
    // Control: one fewer does not.
    assert_eq!(factor.pause(Some(Failures::new(99, NOW)), later), None);
}

#[test]
fn strangers_at_an_account_wait_for_nothing_until_the_hundredth_failure_ends_it() {
    let rule = Throttle::default().for_account();
    let later = NOW.plus(365 * DAY);
    assert_eq!(rule.pause(Some(Failures::new(99, NOW)), NOW), None);
    assert_eq!(rule.pause(Some(Failures::new(100, NOW)), later), Some(Pause::Locked));
    assert_eq!(rule.count(Some(Failures::new(99, NOW)), later).count, 100, "time forgets nothing");
}

#[test]
fn a_clock_that_was_a_year_ahead_pauses_nobody_for_a_year() {
    let rule = Throttle::default();
    let failures = Failures::new(100, NOW.plus(365 * DAY));
    assert_eq!(rule.pause(Some(failures), NOW), None);
    // Control: a failure of this moment does.
    assert!(rule.pause(Some(Failures { last: NOW, ..failures }), NOW).is_some());
}

#[test]
fn a_name_left_alone_for_a_day_starts_afresh() {
    let rule = Throttle::default();
    let old = Failures::new(50, NOW);
    assert_eq!(rule.count(Some(old), NOW.plus(rule.forget_after)).count, 1);
    assert_eq!(rule.count(Some(old), NOW).count, 51);
}

#[test]
fn an_address_that_many_share_does_not_fill_up_with_what_each_mistypes() {
    let address = Throttle::default().for_address();
    // Two people an hour mistype once, for a month; then one an hour.
    let mut held = None;
    let mut paused = [0, 0];
    for (phase, every) in [(0, HOUR / 2), (1, HOUR)] {
        let mut now = NOW.plus(if phase == 0 { Duration::ZERO } else { 60 * DAY });
        for _ in 0..500 {
            now = now.plus(every);
            match address.pause(held, now) {
                Some(_) => paused[phase] += 1,
                None => held = Some(address.count(held, now)),
            }
        }
    }
    assert!(paused[0] > 0, "more than fade are slowed");
    assert_eq!(paused[1], 0, "as many as fade are not");
    // Control: without fading the same people are slowed for good.
    let forever = Throttle { fade: None, ..address };
    let full = (0..500).fold(None, |held, hour| Some(forever.count(held, NOW.plus(HOUR * hour))));
    assert_eq!(forever.count(full, NOW.plus(HOUR * 500)).count, 501);
    assert!(forever.pause(full, NOW.plus(HOUR * 499)).is_some());
}

#[test]
fn what_fades_is_counted_to_the_minute_and_survives_a_clock_that_was_ahead() {
    let rule = Throttle::default().for_address();
    let five = Failures::new(5, NOW);
    // Ninety minutes take one off, and the half hour left over counts on.
    let six = rule.count(Some(five), NOW.plus(90 * MINUTE));
    assert_eq!((six.count, six.faded), (5, NOW.plus(HOUR)));
    assert_eq!(rule.count(Some(six), NOW.plus(2 * HOUR)).count, 5);
    assert_eq!(rule.count(Some(five), NOW.plus(HOUR - MINUTE)).count, 6);
    let ahead = Failures { faded: NOW.plus(365 * DAY), ..five };
    let counted = rule.count(Some(ahead), NOW);
    assert_eq!(rule.count(Some(counted), NOW.plus(2 * HOUR)).count, 6 - 2 + 1);
}

#[test]
fn the_last_three_distinct_wrong_passwords_are_remembered_and_no_more() {
    let recent = [1, 2, 3, 4].into_iter().fold(Recent::default(), |all, n| all.with(Mark(n)));
    let has = [1, 2, 3, 4].map(|number| recent.has(Mark(number)));
    assert_eq!(has, [false, true, true, true]);
    assert_eq!(recent.marks().collect::<Recent>(), recent);
}

#[test]
fn so_many_an_hour_are_never_more_in_any_hour() {
    let rule = Throttle::so_many_an_hour(3);
    let (mut failures, mut taken) = (None, Vec::new());
    for minute in 0..600u64 {
        let now = NOW.plus(Duration::from_secs(60 * minute));
        if rule.pause(failures, now).is_none() {
            failures = Some(rule.count(failures, now));
            taken.push(minute);
        }
    }
    for minute in 0..540 {
        let within = taken.iter().filter(|at| (minute..minute + 60).contains(*at)).count();
        assert!(within <= 3, "{within} in the hour after minute {minute}");
    }
    // Control: whoever waited may ask again.
    assert!(taken.len() > 20, "{taken:?}");
}
