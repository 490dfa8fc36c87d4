//! What is read out of a file, and what is said about a bad one.

use super::{read as look, *};

/// The people of a list without a fault, or its faults.
fn read(bytes: &[u8]) -> Result<Vec<Row>, Vec<BadLine>> {
    let (rows, bad) = look(bytes);
    if bad.is_empty() { Ok(rows) } else { Err(bad) }
}

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo";

fn rows(file: &str) -> Vec<Row> {
    read(file.as_bytes()).unwrap_or_else(|bad| panic!("{file:?}: {bad:?}"))
}

/// The faults as they are shown, one a line.
fn bad(file: impl AsRef<[u8]>) -> Vec<String> {
    let bad = read(file.as_ref()).expect_err("the file was read");
    bad.iter().map(|bad| format!("line {}: {}", bad.line, bad.what)).collect()
}

fn names(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

#[test]
fn columns_stand_in_any_order_and_all_values_arrive() {
    let file = format!(
        "Groups, password_hash ,EMAIL,id,full_name,language,name\n\
         clients;staff | clients,\"{HASH}\",jeanne@exemple.be,4711,\"Dupont, Jeanne\",fr-BE, j.dupont\n"
    );
    let rows = rows(&file);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.line, row.name.as_str()), (2, "j.dupont"));
    assert_eq!(row.email, "jeanne@exemple.be");
    assert_eq!(row.full_name.as_deref(), Some("Dupont, Jeanne"));
    assert_eq!(row.language.as_deref(), Some("fr"));
    assert_eq!(row.groups, ["clients", "staff"]);
    assert_eq!(row.id.as_deref(), Some("4711"));
    let hash = row.password_hash.as_ref().map(ExposeSecret::expose_secret);
    assert_eq!(hash, Some(HASH));
}

#[test]
fn what_is_optional_may_be_empty_or_no_column_at_all() {
    let few = rows("name,email\na,a@b.cc\n");
    let all = rows("name,email,full_name,language,groups,id,password_hash\na,a@b.cc,,, ,,\n");
    for row in few.iter().chain(&all) {
        assert!(row.full_name.is_none() && row.language.is_none() && row.groups.is_empty());
        assert!(row.id.is_none() && row.password_hash.is_none());
    }
    assert_eq!((few.len(), all.len()), (1, 1));
    assert!(rows("name,email\n").is_empty());
}

#[test]
fn either_separator_each_line_end_and_the_byte_order_mark_read_alike() {
    let plain = "name,email,full_name\n\na,a@b.cc,\"Ann, \"\"the first\"\"\"\n,,\nb,b@b.cc,Bo\n";
    let semicolons = plain.replace("Ann, ", "Ann; ").replace(',', ";");
    let files = [
        plain.to_owned(),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        plain.trim_end().to_owned(),
        format!("\u{feff}{plain}"),
        semicolons.clone(),
        format!("\u{feff}{}", semicolons.replace('\n', "\r\n")),
    ];
    for file in &files {
        let rows = rows(file);
        assert_eq!(names(&rows), ["a", "b"], "{file:?}");
        // Empty lines and lines of separators count, as they do in an editor.
        assert_eq!((rows[0].line, rows[1].line), (3, 5), "{file:?}");
        let full_name = rows[0].full_name.as_deref().unwrap().replace(';', ",");
        assert_eq!(full_name, "Ann, \"the first\"", "{file:?}");
    }
    // Control: a separator that the header does not have separates nothing.
    assert_eq!(bad("name,email\na;a@b.cc\n").len(), 1);
}

#[test]
fn unknown_double_and_missing_columns_are_named_beside_the_known_ones() {
    let told = bad("name,e-mail,name,phone\na,a@b.cc,a,1\n").join("\n");
    for part in ["column 2 \"e-mail\"", "column 4 \"phone\"", "name is there twice"] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(told.contains("the column email is missing"), "{told}");
    for known in Column::ALL {
        assert!(told.contains(known.word()), "{told}");
    }
    assert!(told.lines().all(|line| line.starts_with("line 1: ")), "{told}");
    // Control: with those put right it reads.
    assert_eq!(rows("name,email\na,a@b.cc\n").len(), 1);
    assert!(bad("a,a@b.cc\n").join("\n").contains("line 1: is not a header"));
    assert!(bad("").join("\n").contains("the file is empty"));
    assert!(bad("\n\n").join("\n").contains("the file is empty"));
}

#[test]
fn every_bad_line_is_told_and_not_only_the_first() {
    let file = "name,email,full_name,language,groups,id\n\
        good,good@b.cc,Good,fr,g,1\n\
        ,no-at-sign,,,,\n\
        few,few@b.cc\n\
        many,many@b.cc,,,,,\n\
        tag,tag@b.cc,,eo,,\n\
        group,group@b.cc,,,\"a,b\",\n\
        half,half@b.cc,\"Half,,,\n\
        odd,odd@b.cc,A\tB,,,C\tD\n";
    let told = bad(file);
    let expected = [
        ("line 3", "the user name is empty"),
        ("line 3", "not of the form name@domain"),
        ("line 4", "has 2 fields and the header has 6"),
        ("line 5", "has 7 fields and the header has 6"),
        ("line 6", "\"eo\" is none of fr, nl, de, en"),
        ("line 7", "\"a,b\" contains a separator"),
        ("line 8", "quotation mark without its pair"),
        ("line 9", "the full name contains the control character"),
        ("line 9", "the id contains the control character"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (line, (number, what)) in told.iter().zip(expected) {
        assert!(line.starts_with(&format!("{number}: ")) && line.contains(what), "{line}");
    }
    // Control: the good line alone reads.
    assert_eq!(names(&rows(&file.lines().take(2).collect::<Vec<_>>().join("\n"))), ["good"]);
}

#[test]
fn a_name_or_id_that_occurs_twice_is_told_with_the_line_that_had_it_first() {
    let told = bad("name,email,id\n\
        hélène,a@b.cc,1\n\
        HÉLÈNE,b@b.cc,2\n\
        he\u{301}le\u{300}ne,c@b.cc,1\n");
    let expected = [
        "line 3: the user name \"HÉLÈNE\" is on line 2 already",
        "line 4: the user name \"he\\u{301}le\\u{300}ne\" is on line 2 already",
        "line 4: the id \"1\" is on line 2 already",
    ];
    assert_eq!(told, expected);
    // Control: other names pass, ids differ by letter case, and a mailbox may be shared.
    let file = "name,email,id\nhelene,a@b.cc,x\nhélène,a@b.cc,X\nb,a@b.cc,\nc,a@b.cc,\n";
    assert_eq!(rows(file).len(), 4);
}

#[test]
fn latin_1_is_told_with_its_line_and_what_to_save_as() {
    let latin = b"name,email,full_name\na,a@b.cc,Ann\nb,b@b.cc,Andr\xe9\nc,c@b.cc,Ren\xe9e\n";
    let told = bad(latin);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("line 3: ") && told[0].contains("UTF-8"), "{told:?}");
    assert!(told[1].starts_with("line 4: "), "{told:?}");
    // Control: the same people in UTF-8.
    let utf_8 = "name,email,full_name\na,a@b.cc,Ann\nb,b@b.cc,André\nc,c@b.cc,Renée\n";
    assert_eq!(rows(utf_8)[1].full_name.as_deref(), Some("André"));
    let utf_16: Vec<u8> = "\u{feff}name".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(bad(utf_16).join("\n").contains("the file is UTF-16"));
}

#[test]
fn a_file_with_too_many_people_or_bytes_says_to_split_it() {
    let people = |count: usize| {
        let people = (0..count).map(|n| format!("p{n},p{n}@b.cc\n")).collect::<String>();
        format!("name,email\n{people}")
    };
    let told = bad(people(ROWS_MAX + 1));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("line 50002: ") && told[0].contains("split"), "{told:?}");
    assert_eq!(rows(&people(ROWS_MAX)).len(), ROWS_MAX);

    let padded = |bytes: usize| {
        let mut file = b"name,email\na,a@b.cc\n".to_vec();
        file.resize(bytes, b' ');
        file
    };
    let told = bad(padded(BYTES_MAX + 1));
    assert!(told[0].starts_with("line 1: the file ") && told[0].contains("split"), "{told:?}");
    assert_eq!(read(&padded(BYTES_MAX)).unwrap().len(), 1);
}

#[test]
fn values_that_are_too_long_are_told() {
    let file = |id: usize, hash: usize, groups: usize| {
        let groups = (0..groups).map(|n| format!("g{n}|")).collect::<String>();
        let (id, hash) = ("i".repeat(id), "h".repeat(hash));
        format!("name,email,id,password_hash,groups\na,a@b.cc,{id},{hash},{groups}\n")
    };
    let told = bad(file(129, HASH_BYTES_MAX + 1, GROUPS_MAX + 1)).join("\n");
    for part in ["256 groups", "id is longer than 128", "hash is longer than 512"] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    // Control: one less of each.
    assert_eq!(rows(&file(128, HASH_BYTES_MAX, GROUPS_MAX)).len(), 1);
    let long = "x".repeat(64 * 1024);
    assert!(bad(format!("name,email\na,{long}\n"))[0].contains("is a line end missing?"));
}

#[test]
fn a_hash_is_in_what_is_sent_and_in_nothing_that_is_printed() {
    let file = format!("name;email;password_hash\na;a@b.cc;{HASH}\n");
    let rows = rows(&file);
    assert!(!format!("{rows:?}").contains("argon2id"), "{rows:?}");
    // Control: it is there, where it is meant to go.
    let sent = serde_json::to_value(&rows).unwrap();
    assert_eq!(sent[0]["password_hash"], HASH);
    assert_eq!(sent[0]["full_name"], serde_json::Value::Null);
}

#[test]
fn a_hash_in_the_wrong_column_is_not_repeated() {
    let row = |column: &str| {
        let mut row = vec![format!("name;email;{column}")];
        row.extend(["a", "b"].map(|name| format!("{name};{name}@b.cc;{HASH}")));
        row.join("\n")
    };
    let files = [
        format!("name;email;{HASH}\n"),
        format!("{HASH};a@b.cc\n"),
        format!("name;email\n{HASH};a@b.cc\n{HASH};a@b.cc\n"),
        row("language"),
        row("groups"),
        row("id"),
    ];
    for file in &files {
        let told = bad(file).join("\n");
        assert!(!told.contains("argon2") && !told.contains("c29t"), "{told}");
    }
    // Control: what is no hash is repeated.
    assert!(bad("name;email;language\na;a@b.cc;eo\n").join("\n").contains("\"eo\""));
}
