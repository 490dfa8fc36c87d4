//! The table of attacks in the README: what is tried, and which test of this run holds it. It is made
//! from here; `VESTIBULE_WRITE_TABLE=1` writes it anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod held;

use held::ROWS;

/// One attack.
pub struct Row {
    id: &'static str,
    what: &'static str,
    held: Held,
}

/// What becomes of an attack.
pub enum Held {
    /// These tests try it. A test of the suite is named by its file, one beside the source by its path.
    By(&'static [&'static str]),
    /// No test does, for this reason.
    Not(&'static str),
}

/// Short for [`Held::By`].
pub const fn by(tests: &'static [&'static str]) -> Held {
    Held::By(tests)
}

const START: &str = "<!-- attacks -->\n";
const END: &str = "<!-- /attacks -->";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The file and the function of a test.
fn place(test: &str) -> (PathBuf, &str) {
    let (file, name) = test.rsplit_once("::").unwrap_or_else(|| panic!("{test} has no file"));
    match file.starts_with("src/") {
        true => (root().join(file), name),
        false => (root().join(format!("tests/suite/{file}.rs")), name),
    }
}

/// Whether a source has a test of this name that is run.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let wanted = [format!("fn {name}("), format!("async fn {name}(")];
    lines.iter().enumerate().any(|(at, line)| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        let marks: Vec<_> = above.collect();
        wanted.iter().any(|wanted| line.starts_with(wanted))
            && marks.iter().any(|mark| mark.starts_with("#[test]") || mark.contains("::test"))
            && !marks.iter().any(|mark| mark.contains("ignore"))
    })
}

fn table() -> String {
    let held = ROWS.iter().filter(|row| matches!(row.held, Held::By(_))).count();
    let mut text = format!(
        "<details>\n<summary>{held} attacks and the tests that try them in every run; for {} no test is \
         the answer</summary>\n\n| row | what is tried | test |\n|---|---|---|\n",
        ROWS.len() - held
    );
    for Row { id, what, held } in ROWS {
        let held = match held {
            Held::By(tests) => {
                let names: Vec<String> =
                    tests.iter().map(|test| format!("`{}`", place(test).1)).collect();
                names.join(", ")
            }
            Held::Not(why) => (*why).to_string(),
        };
        text += &format!("| {id} | {what} | {held} |\n");
    }
    text + "\n</details>\n"
}

#[test]
fn the_table_of_attacks_in_the_readme_is_that_of_this_run() {
    let file = root().join("README.md");
    let readme = fs::read_to_string(&file).expect("the README");
    let (before, rest) = readme.split_once(START).expect("the start of the table");
    let (written, after) = rest.split_once(END).expect("the end of the table");
    let table = table();
    if std::env::var_os("VESTIBULE_WRITE_TABLE").is_some() {
        fs::write(&file, [before, START, &table, END, after].concat()).expect("it is written");
        return;
    }
    assert!(written == table, "the table is out of step: run this with VESTIBULE_WRITE_TABLE=1");
}

#[test]
fn every_attack_of_the_table_has_a_test_or_a_reason() {
    for Row { id, what, held } in ROWS {
        match held {
            Held::By(tests) => {
                assert!(!tests.is_empty(), "{id} {what}");
                for test in *tests {
                    let (file, name) = place(test);
                    let source = fs::read_to_string(&file)
                        .unwrap_or_else(|error| panic!("{id}: {}: {error}", file.display()));
                    assert!(has_test(&source, name), "{id}: no test {test}");
                }
            }
            Held::Not(why) => assert!(why.len() > 30, "{id}: {why} is no reason"),
        }
    }
    // Control: what is no test is not taken for one.
    let source = "#[test]\nfn a() {}\nfn b() {}\n#[test]\n#[ignore]\nfn c() {}\n";
    let found: Vec<bool> = ["a", "b", "c", "d"].map(|name| has_test(source, name)).to_vec();
    assert_eq!(found, [true, false, false, false]);
}

#[test]
fn every_row_that_an_attack_test_names_is_in_the_table_once() {
    let known: BTreeSet<&str> = ROWS.iter().map(|row| row.id).collect();
    assert_eq!(known.len(), ROWS.len(), "a row is there twice");
    let mut named = BTreeSet::new();
    for entry in fs::read_dir(root().join("tests/suite")).expect("the suite") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with("attack_") || !name.ends_with(".rs") {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        // A row begins a text: "S05", "S05b ...".
        for text in source.split('"').skip(1).step_by(2) {
            let id: String = text.chars().take(3).collect();
            let rest = text.chars().nth(3);
            let is_id = id.len() == 3
                && id.starts_with(|c: char| "SHPRCXDWJ".contains(c))
                && id[1..].chars().all(|c| c.is_ascii_digit())
                && !rest.is_some_and(|c| c.is_ascii_digit());
            if is_id {
                assert!(known.contains(id.as_str()), "{id} of {name} is not in the table");
                named.insert(id);
            }
        }
    }
    assert!(named.len() > 90, "{named:?}");
}
