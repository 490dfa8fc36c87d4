//! Which streams a sweep ends, at times that are chosen.

use http::header::{self, HeaderMap};

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

impl House {
    fn open() -> Self {
        let store = Arc::new(Scripted::default());
        store.change(false, &["staff"]);
        let staff = Allow::Groups(vec!["staff".to_owned()]);
        let rules = vec![rule(Allow::SignedIn, Some(MINUTE)), rule(staff, None)];
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
        let mut headers = HeaderMap::new();
        let cookie = format!("vestibule={}", "A".repeat(43));
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        let governs = &self.routes.apps()[0].settings.rules[rule];
        let admitted = self.gate.judge(&headers, &home(), governs).await.unwrap();
        let someone = admitted.who().cloned();
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
