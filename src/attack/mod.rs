//! `vestibule check --attack`: the gateway attacks itself.
//!
//! A gateway is started from the operator's configuration, on a loopback port,
//! with data of its own and [`echo`] in the place of every app. What is thrown
//! at it is data: each module of rows gives messages and what must become of
//! them. The real apps are asked one harmless question each, by [`reach`].

mod doors;
pub mod echo;
mod frames;
mod framing;
mod http2;
pub mod identity;
pub mod message;
mod paths;
pub mod reach;
pub mod report;
pub mod row;
mod stand_in;
pub mod subject;
mod visitor;
mod wire;

use std::net::SocketAddr;

pub use stand_in::run;

use echo::Echo;
use message::{Message, Protocol};
use row::{FAULTS_MAX, Fault, Outcome, Row, Shot, shown};
use subject::Subject;

/// Throws every row at the gateway at `address`, whose apps are all `echo`.
pub fn throw(address: SocketAddr, echo: &Echo, subjects: &[Subject]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for subject in subjects {
        let rows = [doors::rows, identity::rows, framing::rows, paths::rows, http2::rows];
        for mut row in rows.iter().flat_map(|rows| rows(subject)) {
            if subject.way_in().is_none() && !row.holds_alone() {
                // Where nothing arrives, that nothing arrived tells nothing.
                row.shots.clear();
            }
            outcomes.push(throw_row(address, echo, subject, row));
        }
    }
    outcomes
}

fn throw_row(address: SocketAddr, echo: &Echo, subject: &Subject, row: Row) -> Outcome {
    let innocent = subject.innocent().map(|shot| match row.protocol {
        Protocol::Http1 => shot,
        Protocol::Http2 => shot.over_http2(),
    });
    let mut outcome = Outcome {
        id: row.id,
        app: subject.app.name.clone(),
        host: subject.host.clone(),
        name: row.name,
        expected: row.expected,
        protocol: row.protocol,
        messages: row.shots.len(),
        failed: 0,
        faults: Vec::new(),
    };
    for (index, shot) in row.shots.iter().enumerate() {
        let mut judged = fire(address, echo, shot);
        // A gateway that hangs or is gone stops everything, so the end of a row is no good sign alone.
        let asks = shot.then_innocent || index + 1 == row.shots.len();
        if let (Ok(()), true, Some(innocent)) = (&judged, asks, &innocent) {
            let next = fire(address, echo, innocent);
            judged = next.map_err(|seen| format!("the request after it was harmed: {seen}"));
        }
        if let Err(seen) = judged {
            outcome.failed += 1;
            if outcome.faults.len() < FAULTS_MAX {
                outcome.faults.push(Fault { sent: shown(&shot.message.as_bytes()), seen });
            }
        }
    }
    outcome
}

/// Sends one message and judges what became of it.
fn fire(address: SocketAddr, echo: &Echo, shot: &Shot) -> Result<(), String> {
    echo.take();
    let reply = match &shot.message {
        Message::Http1(bytes) => wire::exchange(address, bytes),
        Message::Http2(asked) => frames::exchange(address, asked),
    };
    shot.expect.judge(&reply, &echo.take())
}
