//! Knocks through real connections to a push service that is another's cryptography.

use std::fs;
use std::time::Duration;

use vestibule::crypto::SystemChance;
use vestibule::crypto::assertion::SigningKey;
use vestibule::domain::Moment;
use vestibule::notice::push::{FurtherRoots, Knock, PushError, PushSettings, Pusher, Subscription};

use crate::support::push_service::{PushService, PushSetup, Pushed};

const NOW: Moment = Moment::from_unix_millis(1_796_644_800_000);
const TTL: Duration = Duration::from_secs(90);
const KNOCK: Knock<'static> = Knock {
    title: "Portail des indépendants",
    body: "Quelqu’un se connecte. Est-ce vous ?",
    navigate: "https://id.exemple.be/.vestibule/phone",
};

fn service(tls: bool) -> PushService {
    PushService::start(PushSetup { tls, now: Some(NOW.unix_seconds()) })
}

fn settings(service: &PushService) -> PushSettings {
    PushSettings {
        contact: "mailto:portail@exemple.be".parse().unwrap(),
        hosts: [service.origin.parse().unwrap()].into_iter().collect(),
        further_roots: FurtherRoots::default(),
        timeout: Duration::from_secs(60),
    }
}

/// A gateway of its own: its key is that of no other.
fn pusher(settings: PushSettings) -> Pusher {
    let (_, pkcs8) = SigningKey::generate(&SystemChance::default()).unwrap();
    Pusher::new(settings, &pkcs8).unwrap()
}

fn subscription(service: &PushService, id: &str, pusher: &Pusher) -> Subscription {
    let given = service.subscription_for(id, pusher.application_server_key());
    Subscription::parse(&given.endpoint, &given.p256dh, &given.auth, pusher.hosts()).unwrap()
}

async fn knock(pusher: &Pusher, subscription: &Subscription, now: Moment) -> Result<(), PushError> {
    pusher.send(subscription, &KNOCK.payload().unwrap(), "sign-in_1", TTL, now).await
}

#[tokio::test]
async fn a_knock_is_read_by_a_browser_that_is_anothers_program() {
    let service = service(false);
    let pusher = pusher(settings(&service));
    let phone = subscription(&service, "phone", &pusher);
    assert_eq!(knock(&pusher, &phone, NOW).await, Ok(()), "{:?}", service.refused("phone"));
    let received = Pushed {
        text: String::from_utf8(KNOCK.payload().unwrap()).unwrap(),
        topic: Some("sign-in_1".to_owned()),
        ttl: TTL.as_secs().to_string(),
        urgency: Some("high".to_owned()),
    };
    assert_eq!(service.received("phone"), [received]);
    assert!(service.received("other").is_empty());
}

#[tokio::test]
async fn a_push_service_takes_nothing_from_another_key_or_after_its_time() {
    let service = service(false);
    let ours = pusher(settings(&service));
    let phone = subscription(&service, "phone", &ours);
    let other = knock(&pusher(settings(&service)), &phone, NOW).await;
    assert_eq!(other, Err(PushError::Refused(403)));
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let ahead = knock(&ours, &phone, NOW.plus(DAY)).await;
    assert_eq!(ahead, Err(PushError::Refused(403)));
    let refused = service.refused("phone");
    assert_eq!(refused, ["another key than the subscription's", "exp is not within a day"]);
    assert!(service.received("phone").is_empty());
    // Control: the key it is bound to, at the time.
    assert_eq!(knock(&ours, &phone, NOW).await, Ok(()));
    assert_eq!(service.received("phone").len(), 1);
}

#[tokio::test]
async fn each_answer_of_a_service_is_told_apart() {
    let service = service(false);
    let pusher = pusher(PushSettings { timeout: Duration::from_secs(5), ..settings(&service) });
    let phone = subscription(&service, "phone", &pusher);
    for (answer, told) in [
        ("404", PushError::Gone),
        ("410", PushError::Gone),
        ("413", PushError::TooLarge),
        ("401", PushError::Refused(401)),
    ] {
        service.answer("phone", answer);
        assert_eq!(knock(&pusher, &phone, NOW).await, Err(told), "{answer}");
    }
    for (answer, pause) in [("429", Some(Duration::from_secs(30))), ("500", None), ("hang", None)] {
        service.answer("phone", answer);
        let told = knock(&pusher, &phone, NOW).await;
        let Err(PushError::Later { after, why }) = &told else { panic!("{answer}: {told:?}") };
        assert_eq!(*after, pause, "{answer}: {why}");
    }
    service.wait_for("phone", 7);
    assert!(service.received("phone").is_empty());
    // Control: the same service, when it takes what it gets.
    service.answer("phone", "201");
    assert_eq!(knock(&pusher, &phone, NOW).await, Ok(()));
    assert_eq!(service.received("phone").len(), 1);
}

#[tokio::test]
async fn a_service_whose_certificate_is_not_trusted_gets_nothing() {
    let service = service(true);
    assert!(service.origin.starts_with("https://localhost:"));
    let without = pusher(settings(&service));
    let told = knock(&without, &subscription(&service, "a", &without), NOW).await;
    let Err(PushError::Later { after: None, why }) = &told else { panic!("{told:?}") };
    assert!(why.contains("certificate"), "{why}");
    assert!(service.received("a").is_empty());
    // Control: with the authority's certificate it is taken.
    let pem = fs::read(service.ca_file()).unwrap();
    let further_roots = FurtherRoots::from_pem(&pem).unwrap();
    let with = pusher(PushSettings { further_roots, ..settings(&service) });
    let phone = subscription(&service, "b", &with);
    assert_eq!(knock(&with, &phone, NOW).await, Ok(()), "{:?}", service.refused("b"));
    assert_eq!(service.received("b").len(), 1);
}
