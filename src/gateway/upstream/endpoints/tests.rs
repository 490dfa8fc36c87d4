//! Which address is next, with some that fail.

use super::*;
use crate::gateway::upstream::condition::{FAILURES_MAX, OUT_FIRST};

const NOW: Duration = Duration::from_secs(100);

fn endpoints(count: u16, balance: Balance) -> Endpoints {
    let address = |port| Upstream::Address(SocketAddr::from(([127, 0, 0, 1], port)));
    let mut settings = UpstreamSettings::new((1..=count).map(|n| (address(n), None)).collect());
    settings.balance = balance;
    Endpoints::new("app", settings, &Metrics::new("").unwrap())
}

fn port(turn: &Turn) -> u16 {
    match turn.endpoint().place() {
        Place::Internet(address) => address.port(),
        Place::Unix(_) => 0,
    }
}

fn next(endpoints: &Endpoints) -> u16 {
    port(&endpoints.choose(|| NOW, None).unwrap())
}

fn break_down(endpoints: &Endpoints, index: usize) {
    (0..FAILURES_MAX).for_each(|_| endpoints.list()[index].failed(NOW));
}

#[test]
fn addresses_take_turns() {
    let endpoints = endpoints(3, Balance::RoundRobin);
    let turns: Vec<_> = (0..6).map(|_| next(&endpoints)).collect();
    assert_eq!(turns, [1, 2, 3, 1, 2, 3]);
}

#[test]
fn the_address_with_the_fewest_exchanges_is_next() {
    let endpoints = endpoints(3, Balance::LeastConnections);
    let held: Vec<_> = (0..3).map(|_| endpoints.choose(|| NOW, None).unwrap()).collect();
    let mut ports: Vec<_> = held.iter().map(port).collect();
    ports.sort_unstable();
    assert_eq!(ports, [1, 2, 3]);
    // The one that is done is the only one with none.
    let done = port(&held[1]);
    let others: Vec<_> = held.into_iter().filter(|turn| port(turn) != done).collect();
    for _ in 0..4 {
        assert_eq!(next(&endpoints), done);
    }
    assert_eq!(others.len(), 2);
}

#[test]
fn an_address_that_fails_gets_nothing_until_its_time_is_over() {
    for balance in [Balance::RoundRobin, Balance::LeastConnections] {
        let endpoints = endpoints(2, balance);
        assert!((0..8).any(|_| next(&endpoints) == 1), "control");
        break_down(&endpoints, 0);
        assert!((0..8).all(|_| next(&endpoints) == 2));
        let later = || NOW + OUT_FIRST;
        assert!((0..8).any(|_| port(&endpoints.choose(later, None).unwrap()) == 1));
    }
}

#[test]
fn where_all_fail_the_least_bad_is_still_tried() {
    let endpoints = endpoints(2, Balance::RoundRobin);
    break_down(&endpoints, 0);
    endpoints.list()[1].checked(false, 1, 1);
    assert_eq!(next(&endpoints), 1, "left out for a second is better than known to be down");
    let only = self::endpoints(1, Balance::RoundRobin);
    break_down(&only, 0);
    assert_eq!(next(&only), 1);
}

#[test]
fn a_second_attempt_goes_elsewhere_where_there_is_elsewhere() {
    let several = endpoints(2, Balance::RoundRobin);
    break_down(&several, 1);
    let first = several.choose(|| NOW, None).unwrap();
    let again = several.choose(|| NOW, Some(first.endpoint().id())).unwrap();
    assert_eq!((port(&first), port(&again)), (1, 2));
    let only = endpoints(1, Balance::RoundRobin);
    let first = only.choose(|| NOW, None).unwrap();
    assert_eq!(port(&only.choose(|| NOW, Some(first.endpoint().id())).unwrap()), 1);
}

#[test]
fn what_takes_requests_is_counted() {
    let metrics = Metrics::new("").unwrap();
    let healthy = metrics.upstream("app", 0).healthy;
    let address = Upstream::Address(SocketAddr::from(([127, 0, 0, 1], 1)));
    let endpoints = Endpoints::new("app", UpstreamSettings::new(vec![(address, None)]), &metrics);
    assert_eq!(healthy.get(), 1);
    break_down(&endpoints, 0);
    assert_eq!(healthy.get(), 0);
    assert_eq!(metrics.upstream("app", 0).ejections.get(), 1);
    endpoints.list()[0].answered();
    assert_eq!(healthy.get(), 1);
    drop(endpoints);
    assert_eq!(healthy.get(), 0, "an app that is gone has none");
}
