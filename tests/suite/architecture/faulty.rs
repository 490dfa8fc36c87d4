//! The rules of the architecture against faulty sources: each fault must be seen.

use super::{ATTEST, LINES_MAX, evidence_breaches, form_breaches, import_breaches};

#[test]
fn the_import_check_sees_each_kind_of_breach() {
    let faulty = [
        ("domain/mod.rs", "use crate::store::Key;", "crate::store::Key"),
        ("pages/mod.rs", "use crate::{domain::Moment, store::Key};", "crate::store::Key"),
        ("pages/mod.rs", "use crate::{domain::{self}, crypto::{self, pool}};", "crate::crypto"),
        ("pages/mod.rs", "use {crate::store::Key, std::fmt};", "crate::store::Key"),
        ("crypto/pool.rs", "fn f() -> crate::store::Key { todo!() }", "crate::store::Key"),
        ("gateway/route.rs", "fn f() { let _ = crate::flow::begin; }", "crate::flow::begin"),
        ("gateway/mod.rs", "pub(in crate::pages) fn f() {}", "crate::pages"),
        ("gateway/mod.rs", "use super::pages;", "super::pages"),
        ("gateway.rs", "mod inner { use super::super::flow; }", "climbs twice"),
        ("gateway/route.rs", "use super::super::flow::Flow;", "climbs twice"),
        ("gateway/route.rs", "use super::{super::flow};", "climbs twice"),
        ("gateway/route.rs", "fn f() { log!(\"{}\", crate::flow::X) }", "crate::flow::X"),
        ("gateway/route.rs", "macro_rules! m { () => { $crate::pages::x() } }", "crate::pages"),
        ("gateway/route.rs", "m! { use crate::{flow::X}; }", "crate::flow::X"),
        ("store/record.rs", "#[serde(with = \"crate::crypto::hex\")] struct S;", "crate::crypto"),
        ("operator/mod.rs", "#[cfg(test)] mod tests { use crate::store::Key; }", "crate::store"),
        ("operator/mod.rs", "use crate as ours;", "names the crate root"),
        ("operator/mod.rs", "use crate::*;", "names the crate root"),
        ("operator/mod.rs", "use crate::{self as ours};", "names the crate root"),
        ("operator/mod.rs", "extern crate self as ours;", "a second name"),
        ("flow/mod.rs", "use crate::app::App;", "crate::app::App"),
        ("flow/mod.rs", "use crate::demo;", "crate::demo"),
        ("app.rs", "use crate::demo::portal;", "crate::demo::portal"),
        ("flow/mod.rs", "#[path = \"../pages/mod.rs\"] mod pages;", "`#[path]`"),
        ("flow/mod.rs", "include!(\"../pages/mod.rs\");", "`include!`"),
        ("newcomer/mod.rs", "fn f() {}", "has no row"),
        ("domain/mod.rs", "use serde::Serialize;", "serde::Serialize"),
        ("domain/mod.rs", "fn f() -> serde_json::Value { todo!() }", "serde_json"),
        ("domain/mod.rs", "#[derive(serde::Serialize)] struct S;", "serde::Serialize"),
        ("domain/mod.rs", "fn f() { let _ = std::time::Instant::now(); }", "std::time::Instant"),
        ("domain/mod.rs", "use std::time::{Duration, SystemTime};", "std::time::SystemTime"),
        ("domain/mod.rs", "use std::time;", "`std::time`"),
        ("domain/mod.rs", "use std::*;", "`std::*`"),
        ("domain/mod.rs", "use std::{fs, fmt};", "std::fs"),
        ("domain/mod.rs", "fn f() { ::std::net::TcpStream::connect(x) }", "std::net::TcpStream"),
        ("domain/mod.rs", "use tokio;", "`tokio`"),
        ("domain/mod.rs", "use pingora_core::Error;", "pingora_core"),
        ("domain/mod.rs", "use ring::rand;", "ring::rand"),
    ];
    for (file, source, seen) in faulty {
        let breaches = import_breaches(file, source).join("\n");
        assert!(breaches.contains(seen), "{file}: {source}\nfound: {breaches:?}");
    }
}

#[test]
fn the_import_check_lets_sound_sources_pass() {
    let sound = [
        ("domain/session.rs", "use std::{fmt, time::Duration};\nuse super::Moment;"),
        ("domain/session.rs", "/// See `crate::store`.\nfn f() { let ring = \"crate\"; }"),
        ("domain/session.rs", "mod tests { use super::*; }"),
        ("gateway/session.rs", "use crate::store::Sessions;\npub(crate) fn f() {}"),
        ("gateway/mod.rs", "mod route;\nuse self::route::Route;\nuse crate::gateway::session;"),
        ("app.rs", "use crate::{config, gateway, pages};"),
        ("demo/mod.rs", "use crate::app::App;\nuse super::config;"),
        ("lib.rs", "pub mod app;\nuse crate::demo;"),
        ("main.rs", "use vestibule::app;"),
    ];
    for (file, source) in sound {
        assert_eq!(import_breaches(file, source), [""; 0], "{source}");
    }
}

#[test]
fn the_evidence_check_sees_a_stranger_call_each_constructor() {
    for (evidence, files) in ATTEST {
        let call = format!("fn f() {{ {evidence}::attest(1); }}");
        for file in *files {
            assert_eq!(evidence_breaches(file, &call), [""; 0], "{file} may make {evidence}");
        }
        let spellings = [
            call,
            format!("fn f() {{ crate::domain::{evidence}::attest(1); }}"),
            format!("fn f() {{ log!(\"{{}}\", {evidence}::attest(1)); }}"),
            format!("fn f() {{ ids.map({evidence}::attest) }}"),
            format!("fn f() {{ <{evidence}>::attest(1); }}"),
            format!("use crate::domain::{evidence} as Other; fn f() {{ Other::attest(1); }}"),
            format!("impl {evidence} {{ fn other() -> Self {{ Self::attest(1) }} }}"),
            format!("#[cfg(not(test))] mod m {{ fn f() {{ {evidence}::attest(1) }} }}"),
        ];
        for source in spellings {
            let found = evidence_breaches("pages/welcome.rs", &source);
            assert_eq!(found.len(), 1, "{source}: {found:?}");
        }
    }
    let unlisted = "impl WalletProven { pub fn attest() -> Self { Self } }";
    assert_eq!(evidence_breaches("domain/factor.rs", unlisted).len(), 1);
    // What only unit tests are built from vouches for nobody.
    let test_only = "#[cfg(test)] mod tests { fn f() { Admitted::attest(1); } }\nfn g() {}";
    assert_eq!(evidence_breaches("gateway/identity.rs", test_only), [""; 0]);
    let after_tests = "#[cfg(test)] use x::{y};\nfn g() { Admitted::attest(1); }";
    assert_eq!(evidence_breaches("gateway/identity.rs", after_tests).len(), 1);
}

#[test]
fn the_form_check_sees_each_kind_of_breach() {
    let long = "//! Doc.\n".repeat(LINES_MAX + 1);
    let faulty = [
        ("fn f() {}", "module doc"),
        ("// A comment.\n//! Doc.\n", "module doc"),
        (long.as_str(), "split it"),
        ("//! Doc.\n#[allow(clippy::unwrap_used)] fn f() {}", "unwrap_used"),
        ("//! Doc.\n#![allow(dead_code, clippy::panic)]", "panic"),
        ("//! Doc.\nmod m { #[expect(clippy::expect_used)] fn f() {} }", "expect_used"),
        ("//! Doc.\n#[cfg_attr(test, allow(clippy::unwrap_used))] fn f() {}", "unwrap_used"),
    ];
    for (source, seen) in faulty {
        let breaches = form_breaches("domain/x.rs", source).join("\n");
        assert!(breaches.contains(seen), "{source}\nfound: {breaches:?}");
    }
    let sound =
        "//! Doc.\n#[expect(clippy::expect_used, reason = \"held by the type\")]\nfn f() {}";
    assert_eq!(form_breaches("domain/x.rs", sound), [""; 0]);
}
