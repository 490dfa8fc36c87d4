//! Tests of `foreign_hash`. The hashes were made by other programs, named
//! beside each.

use super::*;

const PASSWORD: &str = "Sonne & Regen 7";

/// Hashes of [`PASSWORD`]; who made them, and what they are.
const MADE_ELSEWHERE: &[(&str, &str, &str)] = &[
    // argon2-cffi 25.1.0
    (
        "argon2-cffi, version 16",
        "argon2i",
        "$argon2i$v=16$m=64,t=2,p=2$TBzf+g2Qr/uNOI7dQUKX3Q$ssL8BlE9K9Mjf3DW7HEaOVtLHYPfgO+eotLsIFjPm6I",
    ),
    (
        "the same, as written before there were versions",
        "argon2i",
        "$argon2i$m=64,t=2,p=2$TBzf+g2Qr/uNOI7dQUKX3Q$ssL8BlE9K9Mjf3DW7HEaOVtLHYPfgO+eotLsIFjPm6I",
    ),
    (
        "argon2-cffi",
        "argon2i",
        "$argon2i$v=19$m=64,t=2,p=1$aA3TmCNZeVzkPnqUkf+Gxw$ysOUHPpZpczX9rj0sDTIs5SMzJy0IeqnWyRtsUuGCO8",
    ),
    (
        "argon2-cffi, version 16",
        "argon2d",
        "$argon2d$v=16$m=64,t=2,p=2$Of9f9fOQIfxZViLgvxf13Q$fM0o8XmAoio/w/gQ7Gt1uZrwBxFff82gLYm0lDF+xyI",
    ),
    (
        "argon2-cffi",
        "argon2d",
        "$argon2d$v=19$m=64,t=2,p=1$8w6R7mzAQBl9oIg3WsO6iA$kMSea4Y9cp7yODTyRHnRh9R2VZc8KlEhkvCljxUylTM",
    ),
    (
        "argon2-cffi, version 16",
        "argon2id",
        "$argon2id$v=16$m=64,t=2,p=2$kqagaucHh6UCvboRTf50bQ$EzLa2SJfe7gBpvaJ3qUfYtZxv7m7FVWXJ2HXiqFjc9A",
    ),
    ("argon2-cffi", "argon2id", ARGON2ID),
    // The argon2 of Debian, 0~20171227
    (
        "argon2",
        "argon2id",
        "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQxMjM0$qHXYGsSi7O9oeBDScPYYHO1MxeRBREWWvkU2eECsLYw",
    ),
    // bcrypt 5.0.0 (Python), mkpasswd 5.5.17, htpasswd 2.4.71
    ("bcrypt", "bcrypt", "$2b$04$RH5DL42krbRf5NOICG63r.AMgBUPsa4vzjf8hd6W7iE8GFnad/dm."),
    ("mkpasswd", "bcrypt", "$2a$05$PFMGN5lg/5VyzY0DI6P9.O.r2mf0EVEhjZf9F3PIItvnibmZDFrG6"),
    ("htpasswd", "bcrypt", "$2y$04$0kf564UO0T8B2lVAHNdyO.1KklKy0.IdyXvnM86HCpgU2tuntbrlK"),
    // @phc/pbkdf2 1.1.14 (npm)
    (
        "@phc/pbkdf2",
        "PBKDF2",
        "$pbkdf2-sha1$i=1000$l8nu9ws7WmCZqSLlXBX3zw$VYRUVEWm4GjmexTLVhFY0iNcUsQ",
    ),
    ("@phc/pbkdf2", "PBKDF2", PHC),
    (
        "@phc/pbkdf2",
        "PBKDF2",
        "$pbkdf2-sha512$i=1000$2rVOt4eB3O54dSJJIhTr2g$rzJjxeEOylv1wwa+z+kjozkoXemo90ilY//JLciGzQ+BtsKhe2BPt8Ya+hJRwsXuGdDGmCcXrXN7aBS2fRO9Vg",
    ),
    // Passlib 1.7.4
    ("Passlib", "PBKDF2", "$pbkdf2$1000$/V.rtVZqbS2lFKKU8h5DyA$xqAihW.zGAZfQAs0lbxq7wlITZA"),
    (
        "Passlib",
        "PBKDF2",
        "$pbkdf2-sha256$1000$RGgthfD.3xuDsBYCQChlzA$29DXcTZrdL4JkQhTY4e7MpGxro.LABM04cu.9YP02j8",
    ),
    (
        "Passlib",
        "PBKDF2",
        "$pbkdf2-sha512$1000$Ueq9N8aYc.5dq/XeW0spJQ$Wj.QdKmzWt.NtzGhkSa5oQXzQD.u85JXQjkdq81xz/izST8gXV2SHwOfjQclQhoY9R4VrsLzXyWFs6mfYhiYPw",
    ),
    // Django 5.2.19
    ("Django", "PBKDF2", "pbkdf2_sha1$1000$zK3vQ9sLw1xT8bNc$8Pr5kQc0qGs8l8x2BQjaLcT306M="),
    (
        "Django",
        "PBKDF2",
        "pbkdf2_sha256$1000$zK3vQ9sLw1xT8bNc$Tk5hgcRugWl4koUmXQjE4EpEpFwOZ0knIrSbozGb3j4=",
    ),
    (
        "Django",
        "argon2id",
        "argon2$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHQxMjM0NTY3OA$OOwuhXfmmFlTWRpPUtyW8N3hqDI0od7S82gMuS0fXWA",
    ),
    ("Django", "bcrypt", "bcrypt$$2b$04$lHlS5s7eRIx/4.qzqOqQN.1Jj0208/Ry0n9XQli0mBhixGNBD3f6S"),
    ("aspnetcore-identity-password-hasher", "PBKDF2", ASPNET),
];

/// argon2-cffi 25.1.0.
const ARGON2ID: &str = "$argon2id$v=19$m=64,t=2,p=1$lgAlcnl81uEQ8YpUkSBFJA$9Ur+d2955wWts0wk1+JvCh9zlQlifb6/r7asWl7tHn0";
/// @phc/pbkdf2 1.1.14 (npm).
const PHC: &str =
    "$pbkdf2-sha256$i=1000$t4lViCHK6NyYx4YYmxE3HA$vEn7htLX7OnsFCgM3GI5BZWE96+c8bOC4gk53YIud5U";
/// aspnetcore-identity-password-hasher 1.0.1 (npm): SHA-256, 10,000 iterations.
const ASPNET: &str =
    "AQAAAAEAACcQAAAAEKGJlWzJG9OAJx7pPmTKXcA5F665nLp8Lhadkl4mSJCUw7xGx1Jq5AYlofzdScoVoA==";

fn matches(hash: &str, typed: &str) -> bool {
    StoredHash::parse(hash).unwrap().matches(typed).unwrap()
}

fn refusal(hash: &str) -> BadHash {
    StoredHash::parse(hash).unwrap_err()
}

#[test]
fn a_hash_of_another_program_matches_its_password_and_no_other() {
    for (maker, kind, hash) in MADE_ELSEWHERE {
        let stored = StoredHash::parse(hash).unwrap();
        assert_eq!(stored.kind(), *kind, "{maker}: {hash}");
        assert!(stored.matches(PASSWORD).unwrap(), "{maker}: {hash}");
        for wrong in ["Sonne & Regen 8", "sonne & Regen 7", "Sonne & Regen 7 ", ""] {
            assert!(!stored.matches(wrong).unwrap(), "{wrong:?} for {maker}: {hash}");
        }
    }
}

#[test]
fn a_password_with_accents_matches_however_its_maker_composed_it() {
    let (composed, decomposed) =
        ("\u{c9}t\u{e9} \u{e0} Li\u{e8}ge", "E\u{301}te\u{301} a\u{300} Lie\u{300}ge");
    let mixed = "\u{c9}te\u{301} \u{e0} Lie\u{300}ge";
    // bcrypt 5.0.0 (Python)
    let from_composed = "$2b$04$bikUP9HtjCTm5T9nudTv1u.iiIy7ZnZIW.WkpF.WtyIqLP6vq0Ntu";
    let from_decomposed = "$2b$04$02q1klhIz7/iOdMM/zx9pOuR9M2lKpwuH8Ong87dXyzqb2mebOmoq";
    // Passlib 1.7.4
    let from_mixed =
        "$pbkdf2-sha256$10$TqnVeg.B8P6fs7aWsjYGIA$kxsmEc3RUW7zXJnw8kl59lLbYuEbAJKHZAiChjUNvO0";
    for typed in [composed, decomposed, mixed] {
        assert!(matches(from_composed, typed), "{typed:?}");
        assert!(matches(from_decomposed, typed), "{typed:?}");
        assert!(!matches(from_composed, &typed.replace('g', "G")), "{typed:?}");
        assert!(!matches(from_decomposed, &typed.replace('g', "G")), "{typed:?}");
    }
    // What is in neither form matches only as it was typed.
    assert!(matches(from_mixed, mixed));
    assert!(!matches(from_mixed, composed) && !matches(from_mixed, decomposed));
    // Control: without the other forms it depends on the keyboard.
    let stored = StoredHash::parse(from_decomposed).unwrap();
    assert!(stored.matches_exactly(decomposed).unwrap());
    assert!(!stored.matches_exactly(composed).unwrap());
}

#[test]
fn bcrypt_looks_at_72_bytes_and_refuses_a_nul() {
    // bcrypt 5.0.0 (Python), of "lang " fourteen times and "xy": 72 bytes.
    let long = format!("{}xy", "lang ".repeat(14));
    let stored = "$2b$04$qnEqbsblDhpa89If6pXqL.9WriRjb0hekhuRrBCyvqf6kY.8G/c.S";
    assert!(matches(stored, &long));
    assert!(matches(stored, &format!("{long} and more")));
    assert!(matches(stored, &format!("{long}é")));
    // Control: all 72 count.
    assert!(!matches(stored, &long[..71]) && !matches(stored, &long.replace("xy", "xz")));
    // Other kinds look at all of it.
    assert!(!matches(PHC, &format!("{PASSWORD} and more")));

    let (salt, short) = ([7; 16], "ab");
    let scheme = Scheme::Bcrypt { cost: 4, salt };
    let stored = StoredHash { scheme, hash: bcrypt(4, salt, short) };
    assert!(stored.matches(short).unwrap());
    assert!(!stored.matches("ab\0ab").unwrap() && !stored.matches("ab\0").unwrap());
    // Control: bcrypt itself cannot tell these apart.
    assert_eq!(bcrypt(4, salt, "ab\0ab"), bcrypt(4, salt, short));
}

#[test]
fn the_spare_bits_of_a_bcrypt_salt_do_not_count() {
    // As libxcrypt 4.4.33 reads it too.
    let stored = "$2b$04$RH5DL42krbRf5NOICG63r.AMgBUPsa4vzjf8hd6W7iE8GFnad/dm.";
    assert!(matches(&stored.replace("63r.", "63rA"), PASSWORD));
    // Control: the bit beside them does.
    assert!(!matches(&stored.replace("63r.", "63rO"), PASSWORD));
}

#[test]
fn only_argon2id_of_todays_costs_is_ours() {
    let ours = |hash: &str| StoredHash::parse(hash).unwrap().is_ours(64, 2);
    assert!(ours(ARGON2ID));
    for other in ["m=65,t=2,p=1", "m=64,t=3,p=1", "m=64,t=2,p=2"] {
        assert!(!ours(&ARGON2ID.replace("m=64,t=2,p=1", other)), "{other}");
    }
    for (from, to) in [("$argon2id", "$argon2i"), ("v=19", "v=16"), ("$v=19", "")] {
        assert!(!ours(&ARGON2ID.replace(from, to)), "{to}");
    }
    assert!(MADE_ELSEWHERE.iter().all(|(_, kind, hash)| *kind == "argon2id" || !ours(hash)));
}

#[test]
fn a_hash_out_of_bounds_is_refused_and_at_the_bound_accepted() {
    let bcrypt = "$2b$04$RH5DL42krbRf5NOICG63r.AMgBUPsa4vzjf8hd6W7iE8GFnad/dm.";
    let django = "pbkdf2_sha256$1000$salt$Tk5hgcRugWl4koUmXQjE4EpEpFwOZ0knIrSbozGb3j4=";
    let output = |bytes: usize| format!("1${}", "A".repeat((bytes * 4).div_ceil(3)));
    let rows: &[(&str, &str, &[&str], &[&str])] = &[
        (
            ARGON2ID,
            "m=64,t=2,p=1",
            &["m=8,t=1,p=1", "m=1048576,t=4,p=16", "m=128,t=20,p=16"],
            &[
                "m=7,t=1,p=1",
                "m=1048577,t=1,p=1",
                "m=1048576,t=5,p=1",
                "m=64,t=21,p=1",
                "m=64,t=0,p=1",
                "m=256,t=1,p=17",
                "m=64,t=1,p=0",
                "m=127,t=1,p=16",
                "m=4294967360,t=1,p=1",
            ],
        ),
        (ARGON2ID, "lgAlcnl81uEQ8YpUkSBFJA", &["AAAAAAAAAAA"], &["AAAAAAAAAA", ""]),
        (bcrypt, "$04$", &["$15$"], &["$03$", "$16$", "$31$", "$99$"]),
        (PHC, "i=1000", &["i=1", "i=5000000", "i=1000,l=32"], &["i=0", "i=5000001"]),
        (django, "1000", &["1", "5000000"], &["0", "5000001", "18446744073709551615"]),
        (
            &django.replace("sha256", "sha1"),
            "1000$salt",
            // Two blocks of output cost twice.
            &["2500000$salt"],
            &["2500001$salt", "1000$", &format!("1000${}", "s".repeat(129))],
        ),
        (
            "pbkdf2_sha512$1$s$X",
            "1$s$X",
            &[&format!("1$s{}", &output(16)[1..]), &format!("1$s{}", &output(64)[1..])],
            &[&format!("1$s{}", &output(15)[1..]), &format!("1$s{}", &output(65)[1..])],
        ),
    ];
    for (hash, part, accepted, refused) in rows {
        for other in *accepted {
            assert!(StoredHash::parse(&hash.replace(part, other)).is_ok(), "{other}");
        }
        for other in *refused {
            let refusal = refusal(&hash.replace(part, other));
            assert!(matches!(refusal, BadHash::Range { .. }), "{other}: {refusal:?}");
        }
    }
    assert!(matches!(refusal(&"$2b$".repeat(129)), BadHash::Range { .. }));
    let told = refusal(&bcrypt.replace("$04$", "$16$")).to_string();
    assert_eq!(told, "the bcrypt cost is 16; accepted is 4 to 15");
}

#[test]
fn what_is_damaged_or_of_another_kind_is_refused_and_never_printed() {
    let others = [
        "hunter2",
        "$1$abcdefgh$0123456789012345678901",
        "$6$salt$hash",
        "{SSHA}c2FsdA==",
        "$2x$04$RH5DL42krbRf5NOICG63r.AMgBUPsa4vzjf8hd6W7iE8GFnad/dm.",
        "$pbkdf2-sha224$i=1000$l8nu9ws7WmCZqSLlXBX3zw$VYRUVEWm4GjmexTLVhFY0iNcUsQ",
        "$argon2x$v=19$m=64,t=2,p=1$lgAlcnl81uEQ8YpUkSBFJA$9Ur+d2955wWts0wk1+JvCh9zlQlifb6",
        "AAAAAAEAACcQAAAAEKGJlWzJG9OAJx7pPmTKXcA5F665nLp8Lhadkl4mSJCU",
        "AQAAAAMAACcQAAAAEKGJlWzJG9OAJx7pPmTKXcA5F665nLp8Lhadkl4mSJCU",
    ];
    for other in others {
        assert_eq!(refusal(other), BadHash::Kind, "{other:?}");
    }
    let costs = "m=64,t=2,p=1";
    let others = ["t=2,m=64,p=1", "m=64,t=2", "m=64,t=2,p=1,keyid=1", "m=+64,t=2,p=1", "", "64"];
    for other in others.map(|other| ARGON2ID.replace(costs, other)) {
        assert!(matches!(refusal(&other), BadHash::Form { kind: "argon2", .. }), "{other}");
    }
    for other in ["i=1000,l=31", "l=32", "i=1000,l=32,x=1", "i=", "+1000", "1e3"] {
        let other = PHC.replace("i=1000", other);
        assert!(matches!(refusal(&other), BadHash::Form { kind: "PBKDF2", .. }), "{other}");
    }
    for (_, _, hash) in MADE_ELSEWHERE {
        for length in 0..hash.len() / 2 {
            assert!(StoredHash::parse(&hash[..length]).is_err(), "{hash} cut to {length}");
        }
        let damaged = [
            hash.replacen("=", "=+", 1),
            format!("{hash}$"),
            format!("{hash}*"),
            format!("{hash} "),
            format!(" {hash}"),
            format!("{}é", &hash[..hash.len() - 2]),
        ];
        for damaged in damaged.iter().filter(|damaged| damaged != hash) {
            let refusal = refusal(damaged);
            let told = format!("{refusal} {refusal:?}");
            assert!(!told.contains(&hash[hash.len() - 12..]), "{told}");
        }
        // Control: whole it is read, and then not printed either.
        let printed = format!("{:?}", StoredHash::parse(hash).unwrap());
        assert!(printed.starts_with("StoredHash(") && printed.len() < 30, "{printed}");
    }
}
