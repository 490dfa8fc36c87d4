//! The gateway between readers of HTTP that others wrote: what one of them and we read differently
//! must not let a request through that nobody judged. Every framing row is sent through nginx and
//! HAProxy, once before and once behind the gateway.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::thread;

use crate::attack_framing::{CHUNKS, LENGTHS, LINES, Row};
use crate::support::gateway::{Gateway, Setup};
use crate::support::proxy::{Kind, Proxy};
use crate::support::raw::{self, Reply, exchange_and_finish, header_values};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, Rig, first_line};

/// Sends all rows at once, as many clients would, and innocent requests among them.
fn send(rig: &Rig, addr: SocketAddr) {
    let rows: Vec<&Row> = LENGTHS.iter().chain(LINES).chain(CHUNKS).collect();
    assert!(rows.len() >= 89, "{} rows", rows.len());
    for some in rows.chunks(32) {
        thread::scope(|scope| {
            for row in some {
                scope.spawn(|| exchange_and_finish(addr, &rig.expand(row.bytes)));
            }
        });
        // Whoever comes behind them on the same connections gets an answer of their own.
        for turn in 0..8 {
            let target = format!("/innocent/{turn}");
            let request = format!("GET {target} HTTP/1.1\r\n{{H}}Connection: close\r\n\r\n");
            let reply = raw::exchange(addr, &rig.expand(request.as_bytes()));
            assert_own(&target, &reply);
        }
    }
}

fn assert_own(target: &str, reply: &Reply) {
    assert_eq!(reply.status(), 200, "{target}: {}", reply.shown());
    assert!(reply.text().contains(&format!(" {target} ")), "{target}: {}", reply.shown());
}

/// What the upstream was sent that the gateway did not let pass as one request of its own.
fn not_judged(recorder: &Recorder) -> Vec<String> {
    let mut ids = HashSet::new();
    let mut odd = Vec::new();
    for head in recorder.requests() {
        let id = header_values(&head, "x-request-id");
        let assertion = header_values(&head, "x-vestibule-assertion");
        let smuggled = raw::holds(first_line(&head), b"/smug") || !head.ends_with(b"\r\n\r\n");
        let fresh = id.len() == 1 && ids.insert(id.concat());
        if smuggled || !fresh || assertion.len() != 1 {
            odd.push(raw::lossy(&head));
        }
    }
    odd
}

fn behind(kind: Kind) {
    let recorder = Recorder::start();
    let proxy = Proxy::start(kind, recorder.addr());
    let rig = rig(Setup::new(proxy.addr), recorder);
    send(&rig, rig.gateway.addr);
    assert_judged(&rig, &proxy, kind);
}

fn before(kind: Kind) {
    let recorder = Recorder::start();
    let mut setup = Setup::new(recorder.addr());
    setup.extra_server = "trusted_proxies = [\"127.0.0.1\"]".to_string();
    let rig = rig(setup, recorder);
    let proxy = Proxy::start(kind, rig.gateway.addr);
    send(&rig, proxy.addr);
    assert_judged(&rig, &proxy, kind);

    // Control: without the gateway some of the same bytes are run that nobody judged.
    rig.recorder.clear();
    let careless = Proxy::start(kind, rig.recorder.addr());
    send(&rig, careless.addr);
    let ran = rig.recorder.requests();
    let smuggled = ran.iter().any(|head| raw::holds(first_line(head), b"/smug"));
    assert!(smuggled && !not_judged(&rig.recorder).is_empty(), "{kind:?}: control");
}

fn rig(setup: Setup, recorder: Recorder) -> Rig {
    let gateway = Gateway::start(setup);
    gateway.add_account(ANNA.0, ANNA.1, &[]);
    let session = gateway.sign_in(ANNA.0, ANNA.1);
    Rig { gateway, recorder, session }
}

fn assert_judged(rig: &Rig, proxy: &Proxy, kind: Kind) {
    let odd = not_judged(&rig.recorder);
    assert!(odd.is_empty(), "{kind:?}: not judged: {}\n{}", odd.join("\n----\n"), proxy.log());
    assert!(rig.recorder.requests().len() >= 24, "{kind:?}: nothing came at all");
}

#[test]
fn nothing_that_nobody_judged_is_run_behind_nginx() {
    before(Kind::Nginx);
}

#[test]
fn nothing_that_nobody_judged_is_run_behind_haproxy() {
    before(Kind::Haproxy);
}

#[test]
fn nginx_behind_the_gateway_reads_what_was_judged() {
    behind(Kind::Nginx);
}

#[test]
fn haproxy_behind_the_gateway_reads_what_was_judged() {
    behind(Kind::Haproxy);
}
