//! Time goes by in the store of a gateway that does not run.

use std::time::Duration;

use vestibule::domain::Moment;
use vestibule::store::record::{HostSessionRecord, SessionRecord};
use vestibule::store::{Change, Expect, Record, SledStore, Store, StoreError, Table};

use super::gateway::Gateway;

/// Moves all of every session into the past.
pub fn age_sessions(gateway: &Gateway, by: Duration) {
    rewrite(gateway, &[Table::Session], |_, stored| {
        let mut session = SessionRecord::decode(&stored.data)?;
        for at in [&mut session.opened, &mut session.last_seen, &mut session.proven_at] {
            *at = before(*at, by);
        }
        session.encode()
    });
}

/// Moves the proof of every session into the past, on hosts of apps too.
pub fn age_proofs(gateway: &Gateway, by: Duration) {
    rewrite(gateway, &[Table::Session, Table::HostSession], |table, stored| match table {
        Table::HostSession => {
            let session = HostSessionRecord::decode(&stored.data)?;
            HostSessionRecord { proven_at: before(session.proven_at, by), ..session }.encode()
        }
        _ => {
            let session = SessionRecord::decode(&stored.data)?;
            SessionRecord { proven_at: before(session.proven_at, by), ..session }.encode()
        }
    });
}

fn before(at: Moment, by: Duration) -> Moment {
    Moment::from_unix_millis(at.unix_millis() - u64::try_from(by.as_millis()).expect("a span"))
}

fn rewrite(
    gateway: &Gateway,
    tables: &[Table],
    change: impl Fn(Table, &Record) -> Result<Vec<u8>, StoreError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a run-time");
    let store = SledStore::open(&gateway.dir.path().join("data/store")).expect("the store opens");
    runtime.block_on(async {
        let now = Moment::from_unix_millis(0);
        for table in tables {
            let all = store.list(*table, None, 1000, now).await.expect("records");
            assert!(!all.is_empty() || *table != Table::Session);
            for (key, stored) in all {
                let data = change(*table, &stored).expect("a record");
                let (place, expect) = ((*table, key), Expect::Version(stored.version));
                let change = Change::new().put(place, expect, data, stored.expires);
                store.commit(change, now).await.expect("kept");
            }
        }
    });
    // Waits until another process can have it.
    store.close();
}
