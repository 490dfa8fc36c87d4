//! Which streams a sweep ends, at times that are chosen.

use http::header::{self, HeaderMap};
use tokio::time::Instant;

use super::*;
use crate::gateway::route::{self, Allow};
use crate::gateway::session::tests::{HOUR, NOW, Scripted, home, rule};
use crate::observe::Metrics;

const MINUTE: Duration = Duration::from_secs(60);
const NONE: Ended = Ended { revoked: 0, expired: 0 };
const REVOKED: Ended = Ended { revoked: 1, expired: 0 };
const EXPIRED: Ended = Ended { revoked: 0, expired: 1 };

/// A gate, an app with a rule for everyone who is signed in and one for a
/// group, and what goes on there.
struct House {
    store: Arc<Scripted>,
    gate: Arc<SessionGate>,
    routes: Routes,
    streams: Arc<Streams>,
}

const SIGNED_IN: usize = 0;
const STAFF: usize = 1;
const OPEN: usize = 2;

impl House {
    fn open() -> Self {
        let store = Arc::new(Scripted::default());
        store.change(false, &["staff"]);
        let staff = Allow::Groups(vec!["staff".to_owned()]);
        let open = rule(Allow::Everyone { bodies: false }, None);
        let rules = vec![rule(Allow::SignedIn, Some(MINUTE)), rule(staff, None), open];
        let app = route::tests::app("portal", &[], rules);
        let metrics = Metrics::new("").unwrap();
        Self {
            gate: store.gate(HOUR / 2, HOUR),
            routes: Routes::new(vec![app], home(), &metrics, 0),
            streams: Arc::default(),
            store,
        }
    }

    /// Makes a request, and lets it go on.
    async fn begin(&self, rule: usize) -> Going {
        self.begin_in(0, rule).await
    }

    /// The same in another session.
    async fn begin_in(&self, session: usize, rule: usize) -> Going {
        let mut headers = HeaderMap::new();
        let cookie = format!("vestibule={session:A<43}");
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        let governs = &self.routes.apps()[0].settings.rules[rule];
        let admitted = self.gate.judge(&headers, &home(), governs).await.unwrap();
        self.enter(admitted.who().cloned(), rule)
    }

    fn enter(&self, someone: Option<Arc<Remembered>>, rule: usize) -> Going {
        let (fate, client) = (Arc::<Fate>::default(), Arc::<Cut>::default());
        let going = Stream {
            someone,
            app: self.routes.apps()[0].clone(),
            rule,
            fate: fate.clone(),
            client: Some(client.clone()),
        };
        Going { stay: self.streams.enter(going), fate, client }
    }

    async fn sweep(&self, now: Moment) -> Ended {
        self.streams.sweep(&self.gate, &self.routes, false, now).await
    }
}

struct Going {
    stay: Stay,
    fate: Arc<Fate>,
    client: Arc<Cut>,
}

#[tokio::test]
async fn an_open_stream_is_no_use_of_its_session() {
    let house = House::open();
    let going = house.begin(SIGNED_IN).await;
    let before = NOW.plus(29 * MINUTE);
    assert_eq!(house.sweep(before).await, NONE);
    assert!(!going.fate.cut.is_made());
    assert_eq!(house.sweep(NOW.plus(30 * MINUTE)).await, EXPIRED);
    assert!(going.fate.cut.is_made());
}

#[tokio::test]
async fn requests_beside_a_stream_keep_it_until_the_total_limit() {
    let house = House::open();
    let going = house.begin(STAFF).await;
    for minutes in [29, 58] {
        house.store.clock.set(NOW.plus(minutes * MINUTE));
        drop(house.begin(STAFF).await);
    }
    assert_eq!(house.sweep(NOW.plus(59 * MINUTE)).await, NONE);
    assert_eq!(house.sweep(NOW.plus(HOUR)).await, EXPIRED);
    assert!(going.fate.cut.is_made());
}

#[tokio::test]
async fn a_client_is_cut_off_only_where_it_holds_up_the_end() {
    let house = House::open();
    let (quick, slow) = (house.begin(SIGNED_IN).await, house.begin(SIGNED_IN).await);
    house.store.change(true, &[]);
    assert_eq!(house.sweep(NOW).await, Ended { revoked: 2, expired: 0 });
    assert!(!quick.client.is_made() && !slow.client.is_made(), "they may take their leave");
    drop(quick.stay);
    assert_eq!(house.sweep(NOW).await, NONE, "each is counted once");
    assert!(slow.client.is_made());
    assert!(!quick.client.is_made());
}

#[tokio::test]
async fn what_is_doubted_is_judged_again_by_its_own_rule() {
    let house = House::open();
    let (anywhere, staff) = (house.begin(SIGNED_IN).await, house.begin(STAFF).await);
    house.store.change(false, &["staff", "board"]);
    // How fresh the proof is was asked when it began: that was minutes ago.
    let later = NOW.plus(5 * MINUTE);
    assert_eq!(house.sweep(later).await, NONE);
    house.store.change(false, &["board"]);
    assert_eq!(house.sweep(later).await, REVOKED);
    assert!(staff.fate.cut.is_made());
    assert!(!anywhere.fate.cut.is_made());
    house.store.change(true, &["board"]);
    assert_eq!(house.sweep(later).await, REVOKED);
    assert!(anywhere.fate.cut.is_made());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_or_hangs_lets_nothing_go_on_that_is_doubted() {
    for hangs in [true, false] {
        let house = House::open();
        let going = house.begin(SIGNED_IN).await;
        match hangs {
            true => house.store.hangs.store(true, Ordering::SeqCst),
            false => house.store.fail(),
        }
        // Control: nothing is doubted, so nothing is asked.
        assert_eq!(house.sweep(NOW).await, NONE, "hangs: {hangs}");
        house.store.change(false, &["staff"]);
        assert_eq!(house.sweep(NOW).await, REVOKED, "hangs: {hangs}");
        assert!(going.fate.cut.is_made());
    }
}

#[tokio::test]
async fn what_nobody_in_particular_has_ends_where_its_rules_are_others_after_a_reload() {
    let house = House::open();
    let going = house.enter(None, OPEN);
    // Control: nothing changed, and nothing changed for this app.
    assert_eq!(house.sweep(NOW.plus(2 * HOUR)).await, NONE);
    let reloaded = |rules: Vec<route::Rule>| {
        let other = route::tests::app("other", &["other.test"], Vec::new());
        let apps = vec![other, route::tests::app("portal", &[], rules)];
        Routes::new(apps, home(), &Metrics::new("").unwrap(), 7)
    };
    let mut rules = house.routes.apps()[0].settings.rules.clone();
    let same = reloaded(rules.clone());
    assert_eq!(house.streams.sweep(&house.gate, &same, true, NOW).await, NONE);
    assert!(!going.fate.cut.is_made());
    rules[OPEN].allow = Allow::SignedIn;
    let closed = reloaded(rules);
    assert_eq!(house.streams.sweep(&house.gate, &closed, true, NOW).await, REVOKED);
    assert!(going.fate.cut.is_made());
}

#[tokio::test(start_paused = true)]
async fn many_sessions_are_asked_about_side_by_side() {
    const MANY: usize = 300;
    let house = House::open();
    let mut going = Vec::new();
    for session in 0..MANY {
        going.push(house.begin_in(session, STAFF).await);
    }
    // As after a take-over: the store has moved, and takes its time.
    house.store.slow.store(20, Ordering::SeqCst);
    house.gate.forget_all();
    let begun = Instant::now();
    assert_eq!(house.sweep(NOW).await, NONE);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    // One that is slower than a sweep ends nothing either.
    house.store.slow.store(1000, Ordering::SeqCst);
    house.gate.forget_all();
    assert_eq!(house.sweep(NOW).await, NONE);
    // Control: they were asked about.
    house.store.change(true, &[]);
    let all = Ended { revoked: u64::try_from(MANY).unwrap(), expired: 0 };
    assert_eq!(house.sweep(NOW).await, all);
    assert!(going.iter().all(|going| going.fate.cut.is_made()));
}

#[tokio::test]
async fn a_session_is_asked_about_once_for_all_that_goes_on() {
    let mut asked = Vec::new();
    for streams in [1, 20] {
        let house = House::open();
        let mut going = Vec::new();
        for _ in 0..streams {
            going.push(house.begin(STAFF).await);
        }
        // What is over is not remembered.
        house.store.change(true, &[]);
        let before = house.store.reads.load(Ordering::SeqCst);
        assert_eq!(house.sweep(NOW).await, Ended { revoked: streams, expired: 0 });
        asked.push(house.store.reads.load(Ordering::SeqCst) - before);
    }
    assert!(asked[0] > 0 && asked[0] == asked[1], "{asked:?}");
}

#[tokio::test]
async fn a_sweep_cuts_no_farewell_short() {
    let house = House::open();
    let going = house.begin(SIGNED_IN).await;
    house.streams.say_farewell();
    assert_eq!(house.sweep(NOW).await, NONE);
    assert!(going.fate.cut.is_made() && !going.client.is_made());
    // Control: where it ended with its session, the next sweep does.
    let house = House::open();
    let going = house.begin(SIGNED_IN).await;
    house.store.change(true, &[]);
    assert_eq!(house.sweep(NOW).await, REVOKED);
    assert_eq!(house.sweep(NOW).await, NONE);
    assert!(going.client.is_made());
}
