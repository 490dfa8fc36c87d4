//! What is told of an attack, to people and to programs.

use std::fmt::Write as _;

use super::reach::{Reach, Reached};
use super::row::Outcome;

/// All that was found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// Whether the exit code is 0.
    pub passed: bool,
    /// Messages that were sent.
    pub messages: usize,
    /// Every row.
    pub rows: Vec<Outcome>,
    /// Every upstream that was asked.
    pub upstreams: Vec<Reach>,
}

/// Colours of a terminal.
#[derive(Clone, Copy, Debug)]
enum Mark {
    Green,
    Yellow,
    Red,
}

impl Report {
    /// Puts it together. `strict` makes an app that answers whoever reaches it
    /// a fault.
    pub fn new(rows: Vec<Outcome>, upstreams: Vec<Reach>, strict: bool) -> Self {
        let answers = upstreams.iter().any(|reach| reach.reached == Reached::Answers);
        let red = rows.iter().any(Outcome::is_red);
        let messages = rows.iter().map(|row| row.messages).sum();
        let failed = red || strict && answers;
        Self { passed: !failed, messages, rows, upstreams }
    }

    /// As lines for people.
    pub fn text(&self, strict: bool, colours: bool) -> String {
        let mut out = String::new();
        let mut subject = "";
        for row in &self.rows {
            if subject != row.host {
                subject = &row.host;
                let _ = writeln!(out, "{} at {}", row.app, row.host);
            }
            let (mark, word) = match (row.is_red(), row.messages) {
                (true, _) => (Mark::Red, "RED"),
                (false, 0) => (Mark::Yellow, "not tried"),
                (false, _) => (Mark::Green, "green"),
            };
            let word = coloured(&format!("{word:9}"), mark, colours);
            let (id, count, protocol) = (row.id, row.messages, row.protocol.name());
            let (name, expected) = (&row.name, row.expected);
            let _ = writeln!(out, "  {word} {id:9} {protocol:8} {count:4}  {name}: {expected}");
            for fault in &row.faults {
                let _ = writeln!(
                    out,
                    "            sent {}\n            seen {}",
                    fault.sent, fault.seen
                );
            }
            if row.failed > row.faults.len() {
                let _ = writeln!(out, "            and {} more", row.failed - row.faults.len());
            }
        }
        self.write_upstreams(&mut out, strict, colours);
        let red = self.rows.iter().filter(|row| row.is_red()).count();
        let _ = write!(out, "{} rows, {} messages, {red} red", self.rows.len(), self.messages);
        let advice = match red {
            0 => "",
            _ => {
                "\nA red row is a way past the gateway, or an ordinary request that it stops. Do not \
                  put this\nconfiguration to work; report the row, as SECURITY in the README says."
            }
        };
        let _ = writeln!(out, "{advice}");
        out
    }

    fn write_upstreams(&self, out: &mut String, strict: bool, colours: bool) {
        if !self.upstreams.is_empty() {
            let _ = writeln!(out, "the apps themselves, asked from this machine past the gateway");
        }
        for reach in &self.upstreams {
            let (mark, word) = match (reach.reached, strict) {
                (Reached::Answers, true) => (Mark::Red, "RED"),
                (
                    Reached::Answers | Reached::Unclear | Reached::NotReached | Reached::NotAsked,
                    _,
                ) => (Mark::Yellow, "look"),
                (Reached::Refuses | Reached::OpenAnyway, _) => (Mark::Green, "green"),
            };
            let word = coloured(&format!("{word:9}"), mark, colours);
            let status = reach.status.map(|status| format!(" ({status})")).unwrap_or_default();
            let said = match reach.reached {
                Reached::Answers => {
                    "answers without an assertion: let only the gateway reach it, or have the app \
                     verify the assertion"
                }
                Reached::Refuses => "refuses who brings no assertion",
                Reached::Unclear => "answers something else: nothing can be told from that",
                Reached::NotReached => {
                    "cannot be reached from here, or is not running: nothing was learnt"
                }
                Reached::NotAsked => "has no closed page that may be asked for with GET",
                Reached::OpenAnyway => "is open to everyone by its rules",
            };
            let Reach { app, upstream, path, .. } = reach;
            let _ = writeln!(out, "  {word} {app} at {upstream}, GET {path}{status}: {said}");
        }
    }
}

fn coloured(word: &str, mark: Mark, colours: bool) -> String {
    let code = match mark {
        Mark::Green => 32,
        Mark::Yellow => 33,
        Mark::Red => 31,
    };
    match colours {
        true => format!("\x1b[{code}m{word}\x1b[0m"),
        false => word.to_owned(),
    }
}
