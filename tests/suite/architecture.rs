//! Who may name whom, who may vouch for evidence, and how a source file looks.
//!
//! The folders of `src` are layers. [`MAY_NAME`] says for each which others it may name, and
//! [`ATTEST`] which files may make the values that stand for a passed check. Both are read off the
//! tokens of every source file, so code, attributes and the insides of macros are treated alike.
//!
//! A net, not a proof: a macro that glues a path together from pieces would get round it. The ways
//! round it that can be seen (`super::super`, a second name for the crate root, `#[path]`,
//! `include!`) are breaches in themselves.

use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

mod faulty;
mod names;

use names::{Named, Word, named_in};

/// Folder, and the folders it may name. A folder may always name itself. A row names only rows
/// above it, so the graph cannot have a cycle.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("observe", &["domain"]),
    ("store", &["domain"]),
    ("crypto", &["domain"]),
    ("notice", &["domain", "observe"]),
    ("flow", &["domain", "observe", "store", "crypto", "notice"]),
    ("gateway", &["domain", "observe", "store", "crypto"]),
    ("pages", &["domain", "observe", "flow"]),
    ("operator", &["domain", "observe", "flow"]),
    (
        "config",
        &["domain", "observe", "store", "crypto", "notice", "flow", "gateway", "pages", "operator"],
    ),
];

/// What stands above the table: may name every row, and of the others here what is listed.
const ABOVE: &[(&str, &[&str])] = &[
    ("app", &[]),
    ("attack", &["app"]),
    ("demo", &["app"]),
    ("lib", &["app", "attack", "demo"]),
    ("main", &["app", "attack", "demo"]),
];

/// What the pure rules never name: no run-time, no clock, no disk, no network, no stored shape.
const NEVER_IN_DOMAIN: &[&str] = &[
    "tokio",
    "pingora",
    "axum",
    "ring",
    "serde",
    "sled",
    "std::fs",
    "std::net::TcpStream",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Types whose `attest` vouches for a passed check, and the files that may call it.
const ATTEST: &[(&str, &[&str])] = &[
    ("Admitted", &["gateway/session.rs"]),
    // `half_done` brings back out of its seal what a check wrote there.
    // Whoever chose a new password a moment ago knows it.
    ("PasswordProven", &["crypto/hashing.rs", "flow/half_done.rs", "flow/new_password.rs"]),
    ("PasswordSuffices", &["flow/sign_in.rs", "domain/sign_in.rs"]),
    (
        "FactorProven",
        &[
            "crypto/one_time_code.rs",
            "crypto/passkey.rs",
            // The check was made when the phone answered; the store kept it, sealed.
            "flow/approval.rs",
            "flow/half_done.rs",
            "flow/recovery.rs",
        ],
    ),
    ("MailProven", &["flow/half_done.rs", "flow/forgotten.rs"]),
    ("PassProven", &["flow/half_done.rs", "flow/pass.rs"]),
    ("PasskeyProven", &["crypto/passkey.rs", "flow/half_done.rs"]),
    ("BrowserTrusted", &["flow/browser.rs"]),
];

/// Lints that keep the program from stopping itself; switching one off needs a reason.
const PANIC_LINTS: &[&str] =
    &["unwrap_used", "expect_used", "panic", "todo", "unimplemented", "unreachable"];

const LINES_MAX: usize = 450;

const NAMELESS: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "types"];

/// `gateway` for `gateway/session.rs`, `app` for `app.rs`.
fn folder_of(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn import_breaches(file: &str, source: &str) -> Vec<String> {
    let folder = folder_of(file);
    let row = MAY_NAME.iter().find(|(name, _)| *name == folder);
    let above = ABOVE.iter().find(|(name, _)| *name == folder);
    let mut breaches = Vec::new();
    if row.is_none() && above.is_none() {
        breaches.push(format!("{file}: `{folder}` has no row in the import table"));
    }
    for named in named_in(file, source, false) {
        let mut breach = |why: &str| {
            breaches.push(format!("{file}:{}: `{}` {why}", named.line, named.text()));
        };
        if named.path.iter().filter(|word| *word == "super").count() > 1 {
            breach("climbs twice; name it from `crate`");
        }
        if named.after == "crate" && named.path == ["self"] {
            breach("gives the crate a second name");
        }
        if folder == "domain" && is_never_in_domain(&named) {
            breach("has no place in the pure rules");
        }
        let Some(target) = named.in_crate() else { continue };
        let may = |target: &str| match (row, above) {
            (Some((_, may)), _) => target == folder || may.contains(&target),
            (None, Some((_, may))) => {
                target == folder
                    || may.contains(&target)
                    || MAY_NAME.iter().any(|(name, _)| *name == target)
                    // What is not a folder is the root's own: a macro, a constant.
                    || (folder == "lib" || folder == "main")
            }
            (None, None) => true,
        };
        match target.first().map(String::as_str) {
            None | Some("*") if named.imported && row.is_some() => breach("names the crate root"),
            None | Some("*") => {}
            Some(target) if may(target) => {}
            Some(_) => breach("is not in this folder's row"),
        }
    }
    breaches.extend(side_doors(source).map(|(line, what)| format!("{file}:{line}: {what}")));
    breaches
}

/// A forbidden name, something inside it, or the module it would be reached through.
fn is_never_in_domain(named: &Named) -> bool {
    if named.path.len() < 2 && !named.imported {
        return false;
    }
    let mut path: Vec<&str> = named.path.iter().map(String::as_str).collect();
    let globbed = path.pop_if(|last| *last == "*").is_some();
    NEVER_IN_DOMAIN.iter().any(|never| {
        let never: Vec<&str> = never.split("::").collect();
        let family = never.len() == 1 && path[0].strip_prefix(never[0]).is_some_and(is_suffix);
        let whole_parent = (globbed || named.imported) && never.starts_with(&path);
        path.starts_with(&never) || family || whole_parent
    })
}

/// `serde_json` and `pingora_core` belong to the family of `serde` and `pingora`.
fn is_suffix(rest: &str) -> bool {
    rest.starts_with('_')
}

/// Ways to bring in another folder's source without naming its path.
fn side_doors(source: &str) -> impl Iterator<Item = (usize, &'static str)> {
    source.lines().zip(1..).filter_map(|(line, number)| {
        let code = line.split("//").next().unwrap_or_default().replace(' ', "");
        match () {
            () if code.contains("#[path=") => Some((number, "`#[path]` hides where a module is")),
            () if code.contains("include!(") => Some((number, "`include!` hides source")),
            () => None,
        }
    })
}

fn evidence_breaches(file: &str, source: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for named in named_in(file, source, true) {
        let Some(at) = named.path.iter().position(|word| word == "attest") else { continue };
        if named.after == "fn" {
            continue;
        }
        let evidence = at.checked_sub(1).map_or("", |holder| named.path[holder].as_str());
        let why = match ATTEST.iter().find(|(name, _)| *name == evidence) {
            Some((_, files)) if files.contains(&file) => continue,
            Some(_) => "is not for this file to call",
            None => "does not say by name which evidence it makes",
        };
        breaches.push(format!("{file}:{}: `{}` {why}", named.line, named.text()));
    }
    let mut makers = Makers(Vec::new());
    makers.visit_file(&syn::parse_file(source).unwrap_or_else(|wrong| panic!("{file}: {wrong}")));
    for unknown in makers.0.iter().filter(|made| ATTEST.iter().all(|(name, _)| name != made)) {
        breaches.push(format!("{file}: `{unknown}` has an `attest` and no row in the table"));
    }
    breaches
}

/// The types that have a function called `attest`.
struct Makers(Vec<String>);

impl<'ast> Visit<'ast> for Makers {
    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        let makes =
            |item: &syn::ImplItem| matches!(item, syn::ImplItem::Fn(f) if f.sig.ident == "attest");
        if block.items.iter().any(makes)
            && let syn::Type::Path(made) = &*block.self_ty
            && let Some(last) = made.path.segments.last()
        {
            self.0.push(last.ident.to_string());
        }
        syn::visit::visit_item_impl(self, block);
    }
}

fn form_breaches(file: &str, source: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if !source.starts_with("//!") {
        breaches.push(format!("{file}: does not begin with a module doc (`//!`)"));
    }
    let lines = source.lines().count();
    if lines > LINES_MAX {
        breaches.push(format!("{file}: {lines} lines, more than {LINES_MAX}; split it by thought"));
    }
    let tokens = source.parse().unwrap_or_else(|wrong| panic!("{file} is not Rust: {wrong}"));
    unreasoned(tokens, &mut |line, lint| {
        breaches.push(format!("{file}:{line}: `{lint}` is switched off without a reason"));
    });
    breaches
}

/// Finds `allow(…)` and `expect(…)` of a panic lint that give no reason, `cfg_attr` included.
fn unreasoned(tokens: TokenStream, found: &mut dyn FnMut(usize, &str)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        if at > 0 && (tokens[at - 1].is("allow") || tokens[at - 1].is("expect")) {
            let words: Vec<TokenTree> = group.stream().into_iter().collect();
            let lint = PANIC_LINTS.iter().find(|lint| words.iter().any(|word| word.is(lint)));
            let attribute = words.iter().any(|word| word.is("clippy"));
            if let (true, Some(lint), false) =
                (attribute, lint, words.iter().any(|word| word.is("reason")))
            {
                found(group.span_open().start().line, lint);
            }
        }
        unreasoned(group.stream(), found);
    }
}

fn is_nameless(file: &str) -> bool {
    file.trim_end_matches(".rs").split('/').any(|part| NAMELESS.contains(&part))
}

// ---- The project against the rules --------------------------------------------------------------

/// Every Rust file below a folder of the project, with its path from there, in a fixed order.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, from: &Path, into: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, from, into);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let name = path.strip_prefix(from).unwrap().to_str().unwrap().to_string();
                into.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no Rust file below {}", root.display());
    found
}

fn breaches_in_src(rule: fn(&str, &str) -> Vec<String>) -> String {
    let breaches: Vec<String> =
        sources("src").iter().flat_map(|(file, source)| rule(file, source)).collect();
    breaches.join("\n")
}

#[test]
fn every_folder_names_only_what_its_row_lists() {
    assert_eq!(breaches_in_src(import_breaches), "");
}

#[test]
fn a_row_names_only_rows_above_it() {
    for (row, (folder, may)) in MAY_NAME.iter().enumerate() {
        for named in *may {
            let above = MAY_NAME[..row].iter().any(|(name, _)| name == named);
            assert!(above, "`{folder}` names `{named}`, which is not above it");
        }
    }
}

/// Whether a file is compiled for unit tests alone: `tests.rs` beside a module that says so.
fn is_tests(file: &str, all: &[(String, String)]) -> bool {
    let Some(parent) = file.strip_suffix("/tests.rs") else { return false };
    all.iter().any(|(name, source)| {
        *name == format!("{parent}.rs") && source.contains("#[cfg(test)]\nmod tests;")
    })
}

#[test]
fn evidence_is_attested_only_where_the_check_is_made() {
    let all = sources("src");
    let judged = all.iter().filter(|(file, _)| !is_tests(file, &all));
    let breaches: Vec<String> =
        judged.flat_map(|(file, source)| evidence_breaches(file, source)).collect();
    assert_eq!(breaches.join("\n"), "");
    // Control: a file of that name counts as tests only where its module says so.
    assert!(is_tests("domain/sign_in/tests.rs", &all));
    let said = [("flow/x.rs".to_string(), "mod tests;".to_string())];
    assert!(!is_tests("flow/x/tests.rs", &said));
}

#[test]
fn every_source_file_says_what_it_is_and_stays_short() {
    assert_eq!(breaches_in_src(form_breaches), "");
}

#[test]
fn no_rust_file_is_called_by_a_name_that_says_nothing() {
    for folder in ["src", "tests"] {
        for (file, _) in sources(folder) {
            assert!(!is_nameless(&file), "{folder}/{file}: name it after its thought");
        }
    }
    for file in ["util.rs", "pages/helpers.rs", "flow/common/mod.rs", "misc.rs"] {
        assert!(is_nameless(file), "{file} was not seen");
    }
}
