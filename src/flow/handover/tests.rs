//! What a handover is worth, to whom, and for how long.

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::domain::{Clock, SecondFactor};
use crate::flow::proving_ground::{House, MINUTE, PASSWORD, PUBLIC_URL};
use crate::flow::{Answer, Arrived, Asker, Browser, Typed, Visiting, host_session};
use crate::observe::audit::Around;
use crate::store::LiveSession;

const SECOND: Duration = Duration::from_secs(1);

/// Anna, signed in where our pages are, and the hosts of two apps.
struct Site {
    house: House,
    flow: Handovers,
    visitor: Visitor,
    shop: PublicHost,
    api: PublicHost,
}

impl Site {
    async fn open() -> Self {
        let house = House::new(SecondFactor::Optional);
        house.add("anna", Some(PASSWORD)).await;
        let limits = house.reader.limits();
        let flow = Handovers::new(house.ground.clone(), limits, PUBLIC_URL.to_owned());
        let host = |name| PublicHost::of_app(true, name, None);
        let (shop, api) = (host("shop.test"), host("api.test"));
        let visitor = sign_in(&house).await;
        Self { house, flow, visitor, shop, api }
    }

    fn nonce(&self) -> Nonce {
        self.flow.nonce().unwrap()
    }

    async fn depart(&self, nonce: &Nonce, path: &str) -> Result<String, HandoverError> {
        let (host, path) = (&self.shop, path.to_owned());
        let leaving = Leaving { host, nonce, path, within: None, others: Vec::new(), client: None };
        self.flow.depart(leaving).await.map(|address| last(&address))
    }

    /// A code for the shop, for whoever has this nonce.
    async fn code(&self, nonce: &Nonce) -> String {
        let departure = self.depart(nonce, "/basket").await.unwrap();
        match self.flow.go_on(&departure, None, &self.visitor).await.unwrap() {
            Onward::To(address) => last(&address),
            Onward::Confirm => panic!("nothing was to be confirmed"),
        }
    }

    async fn arrive(
        &self,
        code: &str,
        nonce: Option<&Nonce>,
        host: &PublicHost,
    ) -> Result<Arrived, HandoverError> {
        self.flow.arrive(code, nonce, (host, None), Around::default()).await
    }

    async fn read(&self, arrived: &Arrived, host: &PublicHost) -> Option<LiveSession> {
        let token = Token::parse(arrived.session.expose_secret()).unwrap();
        let hash = token.host_session_hash(host.name());
        let found = self.house.reader.read_on_host(hash, self.house.clock.now()).await.unwrap();
        found.map(|(_, live)| live)
    }
}

/// Opens a session; gives it as the pages see it.
async fn sign_in(house: &House) -> Visitor {
    let Answer::Open(opened) = house.password("anna", PASSWORD).await.unwrap() else {
        panic!("no session")
    };
    let now = house.clock.now();
    Visitor {
        account: opened.account.id,
        session: Token::parse(opened.session.expose_secret()).unwrap().session_hash(),
        name: "anna".to_owned(),
        full_name: None,
        email: String::new(),
        groups: Vec::new(),
        ends: now,
        proven_at: now,
        opened: now,
    }
}

fn last(address: &str) -> String {
    address.rsplit('=').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_of_somebody_else_signs_nobody_in() {
    let site = Site::open().await;
    let own = site.nonce();
    // The victim has no nonce of the shop, or one of their own.
    let code = site.code(&own).await;
    let told = site.arrive(&code, None, &site.shop).await;
    assert!(matches!(told, Err(HandoverError::NoCookie)), "{told:?}");
    let code = site.code(&own).await;
    let told = site.arrive(&code, Some(&site.nonce()), &site.shop).await;
    assert!(matches!(told, Err(HandoverError::Again { .. })), "{told:?}");
    // It is worth nothing to its owner either, from then on.
    let told = site.arrive(&code, Some(&own), &site.shop).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");

    // Control: the browser that left is signed in, once.
    let code = site.code(&own).await;
    let arrived = site.arrive(&code, Some(&own), &site.shop).await.unwrap();
    assert_eq!(arrived.to, "/basket");
    assert!(site.read(&arrived, &site.shop).await.is_some());
    let told = site.arrive(&code, Some(&own), &site.shop).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
}

#[tokio::test]
async fn a_code_and_its_session_count_on_one_host() {
    let site = Site::open().await;
    let nonce = site.nonce();
    let code = site.code(&nonce).await;
    let told = site.arrive(&code, Some(&nonce), &site.api).await;
    assert!(matches!(told, Err(HandoverError::Foreign)), "{told:?}");
    // Control: on the host that was left it counts, and the session there alone.
    let code = site.code(&nonce).await;
    let arrived = site.arrive(&code, Some(&nonce), &site.shop).await.unwrap();
    assert!(site.read(&arrived, &site.shop).await.is_some());
    assert!(site.read(&arrived, &site.api).await.is_none());
}

#[tokio::test]
async fn a_code_ends_after_its_time_and_with_its_session() {
    let site = Site::open().await;
    let nonce = site.nonce();
    let code = site.code(&nonce).await;
    site.house.clock.advance(CODE_LIFE - SECOND);
    // Control: just before its end it counts.
    assert!(site.arrive(&code, Some(&nonce), &site.shop).await.is_ok());
    let code = site.code(&nonce).await;
    site.house.clock.advance(CODE_LIFE);
    let told = site.arrive(&code, Some(&nonce), &site.shop).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");

    let code = site.code(&nonce).await;
    let Visitor { session, account, .. } = site.visitor;
    let sessions = &site.house.sign_in.parts.sessions;
    sessions.sign_out(session, account, Around::default()).await.unwrap();
    let told = site.arrive(&code, Some(&nonce), &site.shop).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_one_takes_the_code() {
    let site = Arc::new(Site::open().await);
    let nonce = site.nonce();
    let code = site.code(&nonce).await;
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let (site, nonce, code) = (site.clone(), nonce.clone(), code.clone());
            tokio::spawn(async move { site.arrive(&code, Some(&nonce), &site.shop).await.is_ok() })
        })
        .collect();
    let mut taken = 0;
    for each in tries {
        taken += usize::from(each.await.unwrap());
    }
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn what_is_used_or_ended_on_one_host_is_so_on_all() {
    let site = Site::open().await;
    let nonce = site.nonce();
    let arrived = site.arrive(&site.code(&nonce).await, Some(&nonce), &site.shop).await.unwrap();
    let (house, root) = (&site.house, site.visitor.session);
    for _ in 0..3 {
        // Used on the pages' host every 29 minutes, idle limit 30.
        house.clock.advance(29 * MINUTE);
        assert!(site.read(&arrived, &site.shop).await.is_some());
        house.reader.seen(root, house.clock.now()).await.unwrap();
    }
    let sessions = &house.sign_in.parts.sessions;
    sessions.sign_out(root, site.visitor.account, Around::default()).await.unwrap();
    assert!(site.read(&arrived, &site.shop).await.is_none());
}

/// Anna proves again that it is her, ten minutes later; gives her session.
async fn prove_again(site: &Site) -> SessionHash {
    let house = &site.house;
    house.clock.advance(10 * MINUTE);
    let Visitor { account, session, .. } = site.visitor;
    let (around, browser) = (Around::default(), Browser::default());
    let asker = Asker { account, session, around, browser };
    let ticket = house.sign_in.ticket().unwrap();
    let (_, ticket) = house.sign_in.begin_confirm(&ticket, &asker, false).await.unwrap();
    let typed = Typed { password: SecretString::from(PASSWORD), stays: false };
    let visiting = Visiting { before: Some(session), ..Visiting::default() };
    let answer = house.sign_in.password(&ticket, typed, &visiting).await.unwrap();
    let Answer::Open(opened) = answer else { panic!("{answer:?}") };
    Token::parse(opened.session.expose_secret()).unwrap().session_hash()
}

#[tokio::test]
async fn fresh_proof_on_one_host_does_not_raise_the_value_of_another() {
    let site = Site::open().await;
    let (house, nonce) = (&site.house, site.nonce());
    let arrived = site.arrive(&site.code(&nonce).await, Some(&nonce), &site.shop).await.unwrap();
    let before = site.read(&arrived, &site.shop).await.unwrap().proven_at;
    let Visitor { account, .. } = site.visitor;
    let root = prove_again(&site).await;
    // It goes on, and proves what it did.
    assert_eq!(site.read(&arrived, &site.shop).await.unwrap().proven_at, before);
    // Control: one that is handed over after the proof has it.
    let visitor = Visitor { session: root, ..site.visitor.clone() };
    let departure = site.depart(&nonce, "/").await.unwrap();
    let Onward::To(address) = site.flow.go_on(&departure, None, &visitor).await.unwrap() else {
        panic!("nothing was to be confirmed")
    };
    let new = site.arrive(&last(&address), Some(&nonce), &site.shop).await.unwrap();
    assert_eq!(site.read(&new, &site.shop).await.unwrap().proven_at, house.clock.now());
    // Both end with it.
    let sessions = &house.sign_in.parts.sessions;
    sessions.sign_out(root, account, Around::default()).await.unwrap();
    assert!(site.read(&arrived, &site.shop).await.is_none());
    assert!(site.read(&new, &site.shop).await.is_none());
}

#[tokio::test]
async fn ending_all_others_ends_a_copy_of_a_hosts_cookie_too() {
    let site = Site::open().await;
    let (house, nonce) = (&site.house, site.nonce());
    let copied = site.arrive(&site.code(&nonce).await, Some(&nonce), &site.shop).await.unwrap();
    // Control: until then it is as good as its owner's.
    assert!(site.read(&copied, &site.shop).await.is_some());
    let Visitor { account, session, .. } = site.visitor;
    let (around, browser) = (Around::default(), Browser::default());
    let asker = Asker { account, session, around, browser };
    let (_, opened) = house.sign_in.end_other_sessions(&asker).await.unwrap();
    assert!(site.read(&copied, &site.shop).await.is_none());
    // Their owner is handed over anew.
    let opened = opened.expect("the proof is fresh");
    let root = Token::parse(opened.session.expose_secret()).unwrap().session_hash();
    let visitor = Visitor { session: root, ..site.visitor.clone() };
    let departure = site.depart(&nonce, "/").await.unwrap();
    let onward = site.flow.go_on(&departure, None, &visitor).await.unwrap();
    let Onward::To(address) = onward else { panic!("nothing was to be confirmed") };
    let new = site.arrive(&last(&address), Some(&nonce), &site.shop).await.unwrap();
    assert!(site.read(&new, &site.shop).await.is_some());
}

#[tokio::test]
async fn a_rule_that_wants_a_fresh_proof_has_it_confirmed_first() {
    let site = Site::open().await;
    let nonce = site.nonce();
    let (host, path) = (&site.shop, "/pay".to_owned());
    let within = Some(5 * MINUTE);
    let leaving = Leaving { host, nonce: &nonce, path, within, others: Vec::new(), client: None };
    let departure = last(&site.flow.depart(leaving).await.unwrap());
    let onward = |visitor: Visitor| {
        let (flow, departure) = (site.flow.clone(), departure.clone());
        async move { flow.go_on(&departure, None, &visitor).await.unwrap() }
    };
    site.house.clock.advance(6 * MINUTE);
    assert!(matches!(onward(site.visitor.clone()).await, Onward::Confirm));
    // Control: proven just now it goes on at once.
    let proven_at = site.house.clock.now();
    assert!(matches!(onward(Visitor { proven_at, ..site.visitor.clone() }).await, Onward::To(_)));
}

#[tokio::test]
async fn a_browser_that_goes_round_is_told_so() {
    let site = Site::open().await;
    let nonce = site.nonce();
    for _ in 0..ROUNDS_MAX {
        site.arrive(&site.code(&nonce).await, Some(&nonce), &site.shop).await.unwrap();
    }
    let told = site.depart(&nonce, "/basket").await;
    assert!(matches!(told, Err(HandoverError::Round)), "{told:?}");
    // Control: other pages and other browsers are let go, and so is this one later.
    assert!(site.depart(&nonce, "/other").await.is_ok());
    assert!(site.depart(&site.nonce(), "/basket").await.is_ok());
    site.house.clock.advance(ROUND_LIFE);
    assert!(site.depart(&nonce, "/basket").await.is_ok());
}

/// A departure from the shop, to be followed by a visit to the other host.
async fn group_departure(site: &Site, nonce: &Nonce) -> String {
    let (host, path) = (&site.shop, "/basket".to_owned());
    let others = vec![site.api.origin().to_owned()];
    let leaving = Leaving { host, nonce, path, within: None, others, client: None };
    last(&site.flow.depart(leaving).await.unwrap())
}

async fn onward(site: &Site, departure: &str, browser: Option<&Nonce>) -> String {
    match site.flow.go_on(departure, browser, &site.visitor).await.unwrap() {
        Onward::To(address) => address,
        Onward::Confirm => panic!("nothing was to be confirmed"),
    }
}

#[tokio::test]
async fn each_host_of_a_group_is_visited_once_and_by_itself() {
    let site = Site::open().await;
    let (nonce, there) = (site.nonce(), site.nonce());
    let first = group_departure(&site, &nonce).await;
    let visit = onward(&site, &first, None).await;
    assert!(visit.starts_with(&format!("https://api.test{PAGE}?join=")), "{visit}");
    let joined = last(&site.flow.join((&site.api, None), &there, &last(&visit)).await.unwrap());
    let address = onward(&site, &joined, None).await;
    let arrived = site.arrive(&last(&address), Some(&there), &site.api).await.unwrap();
    assert_eq!(arrived.to, format!("{PUBLIC_URL}{PAGE}?from={first}"));
    assert!(site.read(&arrived, &site.api).await.is_some());
    // All were visited: it ends where it began.
    let address = onward(&site, &first, None).await;
    let arrived = site.arrive(&last(&address), Some(&nonce), &site.shop).await.unwrap();
    assert_eq!(arrived.to, "/basket");
}

#[tokio::test]
async fn what_a_neighbour_is_sent_is_good_there_alone_and_once() {
    let site = Site::open().await;
    let nonce = site.nonce();
    let first = group_departure(&site, &nonce).await;
    let visit = last(&onward(&site, &first, None).await);
    assert_ne!(visit, first);
    // It is no departure, and no departure is one.
    let told = site.flow.go_on(&visit, None, &site.visitor).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    for (host, id) in [(&site.api, &first), (&site.shop, &visit)] {
        let told = site.flow.join((host, None), &nonce, id).await;
        assert!(matches!(told, Err(HandoverError::Over)), "{}: {told:?}", host.name());
    }
    // Control: where it was meant for it is good, once.
    let joined = last(&site.flow.join((&site.api, None), &nonce, &visit).await.unwrap());
    let told = site.flow.join((&site.api, None), &nonce, &visit).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    // What comes of it goes on for who is on the way alone.
    let other = Visitor { account: AccountId::from_bytes([7; 16]), ..site.visitor.clone() };
    for id in [&joined, &first] {
        let told = site.flow.go_on(id, None, &other).await;
        assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    }
    assert!(onward(&site, &joined, None).await.contains("?code="));
}

#[tokio::test]
async fn a_visit_whose_departure_is_over_still_signs_in() {
    let site = Site::open().await;
    let (nonce, there) = (site.nonce(), site.nonce());
    let first = group_departure(&site, &nonce).await;
    let visit = last(&onward(&site, &first, None).await);
    let joined = last(&site.flow.join((&site.api, None), &there, &visit).await.unwrap());
    let code = last(&onward(&site, &joined, None).await);
    // Somebody presses twice: the first departure was used meanwhile.
    onward(&site, &first, None).await;
    let arrived = site.arrive(&code, Some(&there), &site.api).await.unwrap();
    assert!(site.read(&arrived, &site.api).await.is_some());
    // Our page says what there is to say.
    assert_eq!(arrived.to, format!("{PUBLIC_URL}{PAGE}?from={first}"));
    let told = site.flow.go_on(&first, None, &site.visitor).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
}

#[tokio::test]
async fn a_departure_is_one_browsers_and_is_used_once() {
    let site = Site::open().await;
    let (nonce, browser, other) = (site.nonce(), site.nonce(), site.nonce());
    let departure = site.depart(&nonce, "/basket").await.unwrap();
    site.flow.claim(&departure, &browser).await.unwrap();
    // Loading the page again is no offence.
    site.flow.claim(&departure, &browser).await.unwrap();
    let told = site.flow.claim(&departure, &other).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    for foreign in [None, Some(&other)] {
        let told = site.flow.go_on(&departure, foreign, &site.visitor).await;
        assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    }
    // Control: the browser that waited goes on, once.
    let code = last(&onward(&site, &departure, Some(&browser)).await);
    let told = site.flow.go_on(&departure, Some(&browser), &site.visitor).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    let told = site.flow.claim(&departure, &browser).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    assert!(site.arrive(&code, Some(&nonce), &site.shop).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_one_goes_on_with_a_departure() {
    let site = Arc::new(Site::open().await);
    let nonce = site.nonce();
    let (one, two) = (site.depart(&nonce, "/").await.unwrap(), site.depart(&nonce, "/").await);
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let (site, departure) = (site.clone(), one.clone());
            tokio::spawn(
                async move { site.flow.go_on(&departure, None, &site.visitor).await.is_ok() },
            )
        })
        .collect();
    let mut gone = 0;
    for each in tries {
        gone += usize::from(each.await.unwrap());
    }
    assert_eq!(gone, 1);
    // Control: another departure of the same browser is not used up by that.
    assert!(site.flow.go_on(&two.unwrap(), None, &site.visitor).await.is_ok());
}

#[tokio::test]
async fn nobody_is_signed_in_on_a_host_in_clear_text() {
    let site = Site::open().await;
    let nonce = site.nonce();
    let open = PublicHost::of_app(false, "open.test", None);
    let leaving = |host, nonce| {
        let path = "/".to_owned();
        Leaving { host, nonce, path, within: None, others: Vec::new(), client: None }
    };
    let told = site.flow.depart(leaving(&open, &nonce)).await.map(drop);
    assert!(matches!(told, Err(HandoverError::InClear)), "{told:?}");
    let told = site.flow.join((&open, None), &nonce, &site.nonce().reveal()).await.map(drop);
    assert!(matches!(told, Err(HandoverError::InClear)), "{told:?}");
    let told = site.arrive(&site.code(&nonce).await, Some(&nonce), &open).await.map(drop);
    assert!(matches!(told, Err(HandoverError::InClear)), "{told:?}");
    // Control: on this machine, and by https, somebody is.
    let local = PublicHost::of_app(false, "open.localhost", None);
    assert!(site.flow.depart(leaving(&local, &nonce)).await.is_ok());
    assert!(site.flow.depart(leaving(&site.shop, &nonce)).await.is_ok());
}

#[tokio::test]
async fn beyond_the_bound_the_oldest_host_sessions_of_a_session_end() {
    let site = Site::open().await;
    let mut arrived = Vec::new();
    for number in 0..=host_session::EACH_MAX {
        site.house.clock.advance(SECOND);
        let nonce = site.nonce();
        let departure = site.depart(&nonce, &format!("/{number}")).await.unwrap();
        let code = last(&onward(&site, &departure, None).await);
        arrived.push(site.arrive(&code, Some(&nonce), &site.shop).await.unwrap());
        // Control: until there are too many, all stand.
        let first = site.read(&arrived[0], &site.shop).await;
        assert_eq!(first.is_some(), number < host_session::EACH_MAX, "{number}");
    }
    for (number, each) in arrived.iter().enumerate().skip(1) {
        assert!(site.read(each, &site.shop).await.is_some(), "{number}");
    }
}

mod tabs;
