//! Names whose addresses change, or that nobody knows any more.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::*;
use crate::gateway::upstream::endpoints::{ADDRESSES_MAX, Place};
use crate::gateway::upstream::settings::UpstreamSettings;
use crate::observe::Metrics;

/// A resolver that knows what it was told last.
#[derive(Debug, Default)]
struct Told(Mutex<Option<Vec<u8>>>);

#[async_trait]
impl Resolver for Told {
    async fn look_up(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let told = self.0.lock().unwrap().clone();
        let last = told.ok_or_else(|| io::Error::other("the name is unknown"))?;
        Ok(last.into_iter().map(|last| SocketAddr::from(([10, 0, 0, last], port))).collect())
    }
}

impl Told {
    fn tell(&self, addresses: Option<&[u8]>) {
        *self.0.lock().unwrap() = addresses.map(<[u8]>::to_vec);
    }
}

fn named() -> Endpoints {
    let name = Upstream::Name("app.internal".to_owned(), 80);
    let fixed = Upstream::Address(SocketAddr::from(([127, 0, 0, 1], 80)));
    let settings = UpstreamSettings::new(vec![(name, None), (fixed, None)]);
    Endpoints::new("app", settings, &Metrics::new("").unwrap())
}

/// The last numbers of all addresses that take part; 1 is the fixed one.
fn taking_part(endpoints: &Endpoints) -> BTreeSet<u8> {
    let turns = (0..64).filter_map(|_| endpoints.choose(|| Duration::ZERO, None));
    let last = |place: &Place| match place {
        Place::Internet(SocketAddr::V4(address)) => address.ip().octets()[3],
        _ => 0,
    };
    turns.map(|turn| last(turn.endpoint().place())).collect()
}

#[tokio::test]
async fn all_addresses_of_a_name_take_part_and_new_ones_replace_old_ones() {
    let (endpoints, resolver) = (named(), Told::default());
    assert_eq!(taking_part(&endpoints), [1].into());
    resolver.tell(Some(&[5, 6]));
    assert_eq!(look_up(&endpoints, &resolver).await, 0);
    assert_eq!(taking_part(&endpoints), [1, 5, 6].into());

    let kept = endpoints.list().iter().find(|at| at.place().to_string().contains(".6")).cloned();
    resolver.tell(Some(&[6, 7]));
    look_up(&endpoints, &resolver).await;
    assert_eq!(taking_part(&endpoints), [1, 6, 7].into());
    let kept = kept.unwrap();
    assert!(endpoints.list().iter().any(|at| Arc::ptr_eq(at, &kept)), "its condition is kept");
}

#[tokio::test]
async fn a_name_that_cannot_be_looked_up_keeps_its_last_addresses() {
    let (endpoints, resolver) = (named(), Told::default());
    resolver.tell(Some(&[5]));
    look_up(&endpoints, &resolver).await;
    for lost in [None, Some(&[][..])] {
        resolver.tell(lost);
        assert_eq!(look_up(&endpoints, &resolver).await, 1);
        assert_eq!(taking_part(&endpoints), [1, 5].into());
    }
    // Control: it would have followed another answer.
    resolver.tell(Some(&[9]));
    look_up(&endpoints, &resolver).await;
    assert_eq!(taking_part(&endpoints), [1, 9].into());
}

#[tokio::test]
async fn a_name_with_very_many_addresses_takes_part_with_some() {
    let (endpoints, resolver) = (named(), Told::default());
    let many: Vec<u8> = (2..200).collect();
    resolver.tell(Some(&many));
    look_up(&endpoints, &resolver).await;
    assert_eq!(endpoints.list().len(), ADDRESSES_MAX + 1);
}
