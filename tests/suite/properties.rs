//! What the fuzz targets of `tests/fuzz` try for hours is tried here for moments, with their seeds
//! and with inputs made of what each reader knows.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

#[path = "../fuzz/targets.rs"]
mod targets;

/// Inputs for each target; `PROPTEST_CASES=25600` tries a hundred times as many.
const CASES: u32 = 2000;
/// A whole configuration takes longer to read.
const CASES_OF_CONFIGURATION: u32 = 150;

/// Pieces of which inputs are made: what these readers know, and what has fooled others.
const PIECES: &[&str] = &[
    "/",
    "//",
    "/../",
    "..",
    ".",
    ";",
    "%2e",
    "%2f",
    "%252e",
    "%00",
    "%",
    "\\",
    "?",
    "#",
    " ",
    "\t",
    "\n",
    "\r\n",
    ":",
    ",",
    "=",
    "\"",
    "[",
    "]",
    "!",
    "@",
    "a",
    "Z",
    "0",
    "443",
    "65536",
    "app.test",
    "App.Test.",
    "Host: app.test",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "::1",
    "[::1]",
    "2001:db8::7",
    "10.0.0.1",
    "203.0.113.7",
    "::ffff:10.0.0.1",
    "for=",
    "for=\"",
    "unknown",
    "_hidden",
    "__Host-vestibule",
    "__Host-vestibule=",
    "vestibule=",
    "\u{2000}",
    "\u{a0}",
    "é",
    "/.vestibule",
    "https://evil.test",
    "PROXY ",
    "TCP4 ",
    "TCP6 ",
    "UNKNOWN",
    "1.2.3.4 5.6.7.8 1 2\r\n",
    "\r\n\r\n\0\r\nQUIT\n",
    "\u{21}\u{11}\0\u{c}",
    "[server]\n",
    "listen = ",
    "[[app]]\n",
    "[brand]\n",
    "[\"127.0.0.1:0\"]",
    "public_url = \"http://localhost\"\n",
    "name = ",
    "'",
    "true",
    "1",
    "{",
    "}",
];

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..6),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|_| panic!("no {}", folder.display()));
    let mut seeds: Vec<Vec<u8>> =
        files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    if name == "configuration" {
        seeds.push(include_bytes!("../../config/full.toml").to_vec());
    }
    seeds
}

/// A seed with a part of it replaced.
fn bent(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (select(seeds), any::<prop::sample::Index>(), 0_usize..8, pieces()).prop_map(
        |(seed, at, cut, put)| {
            let at = at.index(seed.len() + 1);
            let after = (at + cut).min(seed.len());
            [&seed[..at], &put[..put.len().min(24)], &seed[after..]].concat()
        },
    )
}

#[test]
fn what_must_hold_for_every_input_holds_for_many() {
    for (name, target) in targets::ALL {
        let inputs = prop_oneof![1 => pieces(), 2 => bent(seeds(name))];
        let cases = if *name == "configuration" { CASES_OF_CONFIGURATION } else { CASES };
        // 256 is what the library tries where nobody says otherwise.
        let defaults = Config::default();
        let mut runner = TestRunner::new(Config {
            cases: cases.saturating_mul((defaults.cases / 256).max(1)),
            failure_persistence: None,
            ..defaults
        });
        let outcome = runner.run(&inputs, |input| {
            target(&input);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_target_has_seeds_that_are_taken_and_seeds_that_are_refused() {
    for (name, target) in targets::ALL {
        let outcomes: Vec<bool> = seeds(name).iter().map(|seed| target(seed)).collect();
        assert!(outcomes.contains(&true), "no seed of {name} is taken");
        assert!(outcomes.contains(&false), "no seed of {name} is refused");
    }
}

#[test]
fn a_path_with_two_readings_would_be_noticed() {
    for path in ["a", "/a//b", "/a/../b", "/a/..", "/./a", "/a%2fb", "/a\\b", "/a\nb"] {
        let noticed = std::panic::catch_unwind(|| targets::assert_one_reading(path));
        assert!(noticed.is_err(), "{path:?}");
    }
    // Control: one with one reading is not.
    targets::assert_one_reading("/a/b.c/");
}
