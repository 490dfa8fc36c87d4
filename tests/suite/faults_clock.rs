//! The clock of the machine jumps while the gateway runs (F10): nobody is signed out by an hour back,
//! no session outlives its limits, and nothing hangs.
//!
//! `libfaketime` stands between the program and the clock; the monotonic one stays as it is, as on
//! a machine whose time is corrected.

use std::fs;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;
use crate::support::rig::ANNA;

#[test]
fn f10_a_clock_that_jumps_ends_no_session_that_stands_and_keeps_none_that_is_over() {
    let app = Recorder::start();
    let dir = tempfile::tempdir().expect("a folder");
    let clock = dir.path().join("clock");
    let set = |offset: &str| {
        let next = dir.path().join("next");
        fs::write(&next, offset).expect("a file");
        fs::rename(&next, &clock).expect("a file");
    };
    set("+0");
    let mut setup = Setup::new(app.addr());
    setup.environment = vec![
        // The loader knows where this machine keeps its libraries.
        ("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1".into()),
        ("FAKETIME_TIMESTAMP_FILE", clock.clone().into()),
        ("FAKETIME_NO_CACHE", "1".into()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("DONT_FAKE_MONOTONIC", "1".into()),
    ];
    let gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let visit = |session: &str| {
        let head = format!("GET /x HTTP/1.1\r\nHost: app.test\r\nCookie: {session}\r\n\r\n");
        raw::exchange(gateway.addr, head.as_bytes()).status()
    };
    let ready = || {
        let operator = format!("http://{}", gateway.operator);
        Client::new(gateway.operator, &operator).fetch("/readyz").status()
    };
    let now = gateway.sign_in(ANNA.0, ANNA.1);
    assert_eq!(visit(&now), 200);

    set("-1h");
    assert_eq!(visit(&now), 200, "an hour back signs nobody out");

    set("+365d");
    assert_eq!(visit(&now), 401, "a year later it is over");
    let later = gateway.sign_in(ANNA.0, ANNA.1);
    // Control: the clock is what the program goes by.
    assert_eq!(visit(&later), 200);
    assert_eq!(ready(), 200);

    set("+0");
    assert_eq!(visit(&now), 200, "its limits are not over");
    assert_eq!(visit(&later), 401, "it would live for a year");
    let again = gateway.sign_in(ANNA.0, ANNA.1);
    assert_eq!(visit(&again), 200);
    assert_eq!(ready(), 200);
    assert!(!gateway.log().contains("panicked"), "{}", gateway.log());
}
