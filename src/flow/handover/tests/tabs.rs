//! Several windows of one browser, and the links of strangers that they open.

use super::*;

fn value(arrived: &Arrived) -> String {
    arrived.session.expose_secret().to_owned()
}

#[tokio::test]
async fn of_tabs_that_leave_at_once_each_arrives_under_one_session() {
    let site = Site::open().await;
    // No answer came before the next tab left, so that each was given its own nonce.
    let mut codes = Vec::new();
    for _ in 0..10 {
        let nonce = site.nonce();
        codes.push((site.code(&nonce).await, nonce));
    }
    let (code, last) = codes.pop().unwrap();
    for (early, _) in &codes {
        let told = site.arrive(early, Some(&last), &site.shop).await;
        let Err(HandoverError::Again { to }) = told else { panic!("{told:?}") };
        assert_eq!(to, "/basket");
    }
    // None of them signed anybody in, and none can be used again.
    for (early, nonce) in &codes {
        let told = site.arrive(early, Some(nonce), &site.shop).await;
        assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
    }
    // Control: the last one arrives, and what begins again has the same session.
    let first = site.arrive(&code, Some(&last), &site.shop).await.unwrap();
    let code = site.code(&last).await;
    let here = (&site.shop, Some(first.session.expose_secret()));
    let next = site.flow.arrive(&code, Some(&last), here, Around::default()).await.unwrap();
    assert_eq!((value(&next), &*next.to), (value(&first), "/basket"));
    assert!(site.read(&first, &site.shop).await.is_some());
}

#[tokio::test]
async fn tabs_that_wait_with_one_ticket_wait_as_one_browser() {
    let site = Site::open().await;
    let ticket = site.house.sign_in.ticket().unwrap();
    let (first, second) = (site.nonce(), site.nonce());
    let first = site.depart(&first, "/one").await.unwrap();
    let second = site.depart(&second, "/two").await.unwrap();
    for departure in [&first, &second] {
        site.flow.claim(departure, &Handovers::nonce_of(&ticket)).await.unwrap();
    }
    let own = Handovers::nonce_of(&ticket);
    for departure in [&first, &second] {
        let onward = site.flow.go_on(departure, Some(&own), &site.visitor).await;
        assert!(matches!(onward, Ok(Onward::To(_))), "{onward:?}");
    }
    // Control: under another ticket it is another browser's.
    let third = site.depart(&site.nonce(), "/three").await.unwrap();
    site.flow.claim(&third, &own).await.unwrap();
    let other = Handovers::nonce_of(&site.house.sign_in.ticket().unwrap());
    let told = site.flow.go_on(&third, Some(&other), &site.visitor).await;
    assert!(matches!(told, Err(HandoverError::Over)), "{told:?}");
}

/// Follows a departure of the shop to the other host of its group, in a browser that has
/// this nonce and this session there.
async fn visit(site: &Site, departure: &str, there: &Nonce, before: &Arrived) -> Arrived {
    let visit = last(&onward(site, departure, None).await);
    let joined = last(&site.flow.join((&site.api, None), there, &visit).await.unwrap());
    let code = last(&onward(site, &joined, None).await);
    let here = (&site.api, Some(before.session.expose_secret()));
    site.flow.arrive(&code, Some(there), here, Around::default()).await.unwrap()
}

#[tokio::test]
async fn a_link_of_a_stranger_ends_nothing_on_the_hosts_of_a_group() {
    let mut site = Site::open().await;
    let there = site.nonce();
    let leaving = |site: &Site| {
        let (flow, api, nonce) = (site.flow.clone(), site.api.clone(), there.clone());
        async move {
            let (host, path, others) = (&api, "/calls".to_owned(), Vec::new());
            let nonce = &nonce;
            let leaving = Leaving { host, nonce, path, within: None, others, client: None };
            last(&flow.depart(leaving).await.unwrap())
        }
    };
    let own = leaving(&site).await;
    let code = last(&onward(&site, &own, None).await);
    let first = site.arrive(&code, Some(&there), &site.api).await.unwrap();
    // The stranger left the shop in a browser of theirs.
    let link = group_departure(&site, &site.nonce()).await;
    let after = visit(&site, &link, &there, &first).await;
    assert_eq!(value(&after), value(&first));
    // After a new proof the host gets a session that has it, and the one before goes on.
    let root = prove_again(&site).await;
    site.visitor.session = root;
    let link = group_departure(&site, &site.nonce()).await;
    let raised = visit(&site, &link, &there, &first).await;
    assert_ne!(value(&raised), value(&first));
    assert!(site.read(&first, &site.api).await.is_some());
    assert!(site.read(&raised, &site.api).await.is_some());

    // Control: the browser's own departure from that host ends what proves less.
    let own = leaving(&site).await;
    let code = last(&onward(&site, &own, None).await);
    let here = (&site.api, Some(first.session.expose_secret()));
    let new = site.flow.arrive(&code, Some(&there), here, Around::default()).await.unwrap();
    assert!(site.read(&first, &site.api).await.is_none());
    assert!(site.read(&new, &site.api).await.is_some());
}

#[tokio::test]
async fn a_session_of_another_sign_in_ends_where_somebody_arrives() {
    let mut site = Site::open().await;
    let nonce = site.nonce();
    let before = site.arrive(&site.code(&nonce).await, Some(&nonce), &site.shop).await.unwrap();
    site.visitor = sign_in(&site.house).await;
    let code = site.code(&nonce).await;
    let here = (&site.shop, Some(before.session.expose_secret()));
    // Control: until then it stands beside the other.
    assert!(site.read(&before, &site.shop).await.is_some());
    let after = site.flow.arrive(&code, Some(&nonce), here, Around::default()).await.unwrap();
    assert!(site.read(&before, &site.shop).await.is_none());
    assert!(site.read(&after, &site.shop).await.is_some());
}

#[tokio::test]
async fn a_form_outlives_a_new_password_and_no_sign_out() {
    let site = Site::open().await;
    let (house, nonce) = (&site.house, site.nonce());
    let arrived = site.arrive(&site.code(&nonce).await, Some(&nonce), &site.shop).await.unwrap();
    let own = Token::parse(arrived.session.expose_secret()).unwrap();
    let own = own.host_session_hash(site.shop.name());
    let whose = || house.reader.expired(own, true, house.clock.now());
    let Visitor { account, session, .. } = site.visitor;
    // Control: what stands has not expired.
    assert_eq!(whose().await.unwrap(), None);
    let (around, browser) = (Around::default(), Browser::default());
    let asker = Asker { account, session, around, browser };
    // As a new password does, it ends all but the session it is made in.
    let (_, opened) = house.sign_in.end_other_sessions(&asker).await.unwrap();
    let root = Token::parse(opened.unwrap().session.expose_secret()).unwrap().session_hash();
    assert!(site.read(&arrived, &site.shop).await.is_none());
    assert_eq!(whose().await.unwrap(), Some(account));
    // The same once more, in a row.
    let (around, browser) = (Around::default(), Browser::default());
    let asker = Asker { account, session: root, around, browser };
    let (_, opened) = house.sign_in.end_other_sessions(&asker).await.unwrap();
    let root = Token::parse(opened.unwrap().session.expose_secret()).unwrap().session_hash();
    assert_eq!(whose().await.unwrap(), Some(account));
    let sessions = &house.sign_in.parts.sessions;
    sessions.sign_out(root, account, Around::default()).await.unwrap();
    assert_eq!(whose().await.unwrap(), None);
}
