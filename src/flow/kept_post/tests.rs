//! What a kept form is worth, to whom, and for how long.

use super::*;
use crate::domain::Clock;
use crate::flow::proving_ground::{HandClock, ground};
use std::net::Ipv4Addr;
use std::sync::Arc;

const OWNER: AccountId = AccountId::from_bytes([1; 16]);
const OTHER: AccountId = AccountId::from_bytes([2; 16]);
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const PLACE: (&str, &str) = ("shop.test", "/order?step=2");

fn post(account: u8, body: Vec<u8>) -> Post {
    Post {
        from: Some(AccountId::from_bytes([account; 16])),
        host: PLACE.0.to_owned(),
        path: PLACE.1.to_owned(),
        content_type: "multipart/form-data; boundary=x".to_owned(),
        body,
        origin: None,
    }
}

/// One of another site.
fn bounced_post() -> Post {
    Post { from: None, origin: Some("https://bank.test".to_owned()), ..post(1, b"a=b".to_vec()) }
}

fn posts() -> (tempfile::TempDir, Arc<HandClock>, KeptPosts) {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::new());
    let ground = ground(folder.path(), clock.clone());
    (folder, clock, KeptPosts::new(ground))
}

#[tokio::test]
async fn a_kept_form_is_sent_once_by_its_owner_to_its_address() {
    let (_folder, clock, posts) = posts();
    let body: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).take(256 * 1024).collect();
    let value = posts.keep(post(1, body.clone()), CLIENT).await.unwrap();
    let other = posts.take(&value, PLACE, OTHER).await;
    assert!(matches!(other, Err(KeptPostError::OtherAccount)), "{other:?}");
    for elsewhere in [("shop.test", "/order"), ("api.test", PLACE.1)] {
        let gone = posts.take(&value, elsewhere, OWNER).await;
        assert!(matches!(gone, Err(KeptPostError::Gone)), "{elsewhere:?}");
    }
    // Control: as it was sent it is taken, once.
    clock.advance(KEPT_LIFE - Duration::from_secs(1));
    let taken = posts.take(&value, PLACE, OWNER).await.unwrap();
    assert!(taken.body == body && taken.content_type.ends_with("boundary=x"));
    assert!(matches!(posts.take(&value, PLACE, OWNER).await, Err(KeptPostError::Gone)));
    let left = posts.ground.store.list(Table::KeptPost, None, 10, clock.now()).await.unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn a_kept_form_ends_after_its_time() {
    let (_folder, clock, posts) = posts();
    let value = posts.keep(post(1, b"a=b".to_vec()), CLIENT).await.unwrap();
    clock.advance(KEPT_LIFE);
    assert!(matches!(posts.take(&value, PLACE, OWNER).await, Err(KeptPostError::Gone)));
    let other_site = bounced_post();
    let value = posts.keep(other_site, CLIENT).await.unwrap();
    // Control: within its minute one of another site is anybody's who is signed in.
    clock.advance(bounced::LIFE - Duration::from_secs(1));
    assert!(posts.take(&value, PLACE, OTHER).await.is_ok());
}

#[tokio::test]
async fn a_kept_form_opens_with_both_halves_only() {
    let (_folder, clock, posts) = posts();
    let value = posts.keep(post(1, b"iban=BE71".to_vec()), CLIENT).await.unwrap();
    let all = posts.ground.store.list(Table::KeptPost, None, 10, clock.now()).await.unwrap();
    let sealed = &all.last().unwrap().1.data;
    assert!(!sealed.windows(4).any(|part| part == b"iban"));
    let key = value.0.kept_key();
    let head = KeptHeadRecord::decode(&all[0].1.data).unwrap();
    let half = head.half().unwrap();
    let opens = |key32: &[u8; 32]| Sealer::new(key32).unwrap().open(&key, sealed).is_ok();
    assert!(!opens(&half) && !opens(&value.0.kept_seal_key(&[0; 32])));
    // Neither does it with what the store is sealed with.
    assert!(posts.ground.sealer.open(&key, sealed).is_err());
    // Control: with both it opens.
    assert!(opens(&value.0.kept_seal_key(&half)));
}

#[tokio::test]
async fn one_account_has_few_forms_kept() {
    let (_folder, _clock, posts) = posts();
    for _ in 0..EACH_MAX {
        posts.keep(post(1, b"a=b".to_vec()), CLIENT).await.unwrap();
    }
    let more = posts.keep(post(1, b"a=b".to_vec()), CLIENT).await;
    assert!(matches!(more, Err(KeptPostError::Full)), "{more:?}");
    // Control: another account has its own share.
    assert!(posts.keep(post(2, b"a=b".to_vec()), CLIENT).await.is_ok());
}

/// Keeps a form of another site, from this address.
async fn bounce(posts: &KeptPosts, clock: &HandClock, from: &str) -> KeptValue {
    clock.advance(Duration::from_millis(10));
    posts.keep(bounced_post(), from.parse().unwrap()).await.unwrap()
}

async fn is_kept(posts: &KeptPosts, value: &KeptValue) -> bool {
    posts.find(value, PLACE.0).await.is_ok()
}

#[tokio::test]
async fn a_stranger_with_many_forms_puts_out_their_own_alone() {
    let (_folder, clock, posts) = posts();
    let session = posts.keep(post(1, b"a=b".to_vec()), CLIENT).await.unwrap();
    let other = bounce(&posts, &clock, "203.0.113.7").await;
    let mut of_stranger = Vec::new();
    // From many addresses of one network.
    for number in 0..2 * bounced::ALL_MAX {
        let from = format!("2001:db8:1:{:x}::1", number / 4);
        of_stranger.push(bounce(&posts, &clock, &from).await);
    }
    assert!(is_kept(&posts, &other).await && is_kept(&posts, &session).await);
    // Control: the stranger's first ones had to go, and the last one is there.
    assert!(!is_kept(&posts, &of_stranger[0]).await);
    assert!(is_kept(&posts, of_stranger.last().unwrap()).await);
    let now = clock.now();
    let list = |table| posts.ground.store.list(table, None, 2000, now);
    assert_eq!(list(Table::KeptPostOf).await.unwrap().len(), bounced::ALL_MAX + 1);
    // Head and one piece each: nothing of the others is left.
    assert_eq!(list(Table::KeptPost).await.unwrap().len(), 2 * (bounced::ALL_MAX + 1));
    // An expired session is kept from nothing by them.
    assert!(posts.keep(post(2, b"a=b".to_vec()), CLIENT).await.is_ok());
}

#[tokio::test]
async fn who_come_back_at_once_are_all_kept_though_it_is_full() {
    let (_folder, clock, posts) = posts();
    let mut first = Vec::new();
    for number in 0..bounced::ALL_MAX {
        first.push(bounce(&posts, &clock, &format!("2001:db8:1:{number:x}::1")).await);
    }
    let mut together = tokio::task::JoinSet::new();
    for number in 0..32 {
        let (posts, from) = (posts.clone(), format!("2001:db8:2:{number:x}::1"));
        together.spawn(async move { posts.keep(bounced_post(), from.parse().unwrap()).await });
    }
    for value in together.join_all().await {
        assert!(is_kept(&posts, &value.unwrap()).await);
    }
    // Control: it was full, so that the first had to go, and the next one finds it no
    // fuller than it may be.
    assert!(!is_kept(&posts, &first[0]).await && is_kept(&posts, first.last().unwrap()).await);
    bounce(&posts, &clock, "203.0.113.7").await;
    let list = posts.ground.store.list(Table::KeptPostOf, None, 2000, clock.now());
    assert!(list.await.unwrap().len() <= bounced::ALL_MAX);
}

#[tokio::test]
async fn one_client_has_few_forms_of_other_sites_kept() {
    let (_folder, clock, posts) = posts();
    let mut values = Vec::new();
    // Two addresses of one /64 are one client.
    for number in 0..=bounced::EACH_MAX {
        let from = format!("2001:db8:1:1::{number:x}");
        values.push(bounce(&posts, &clock, &from).await);
        // Control: until there are too many, the first one is there.
        assert_eq!(is_kept(&posts, &values[0]).await, number < bounced::EACH_MAX, "{number}");
    }
    for value in &values[1..] {
        assert!(is_kept(&posts, value).await);
    }
    // A neighbour has its own share, and behind a proxy nobody is told apart.
    let neighbour = bounce(&posts, &clock, "2001:db8:1:2::1").await;
    let mut behind = Vec::new();
    for _ in 0..=bounced::EACH_MAX {
        behind.push(bounce(&posts, &clock, "10.0.0.1").await);
    }
    assert!(is_kept(&posts, &neighbour).await && is_kept(&posts, &behind[0]).await);
}

#[tokio::test]
async fn a_form_that_is_looked_at_stays_until_it_is_taken() {
    let (_folder, _clock, posts) = posts();
    let value = posts.keep(bounced_post(), CLIENT).await.unwrap();
    for _ in 0..2 {
        let post = posts.look(&value, PLACE, OTHER).await.unwrap();
        assert_eq!((post.site(), post.is_bounced()), (Some("bank.test"), true));
    }
    // Control: what is taken is gone.
    posts.take(&value, PLACE, OTHER).await.unwrap();
    let gone = posts.look(&value, PLACE, OTHER).await;
    assert!(matches!(gone, Err(KeptPostError::Gone)), "{gone:?}");
}

#[test]
fn a_site_has_a_plain_name_or_none() {
    let site = |origin: &str| {
        let post = Post { origin: Some(origin.to_owned()), ..bounced_post() };
        post.site().map(str::to_owned)
    };
    for none in ["null", "", "https://", "https://a b", "https://\u{202e}moc.knab", "bank.test"] {
        assert_eq!(site(none), None, "{none:?}");
    }
    // Control: as browsers say it, it is shown.
    assert_eq!(site("https://bank.test:8443").as_deref(), Some("bank.test:8443"));
}
