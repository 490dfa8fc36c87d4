//! The rules of a new password at their edges.

use super::*;

/// The keys of the rules that this password breaks.
fn broken(policy: &PasswordPolicy, about: About<'_>, password: &str) -> Vec<&'static str> {
    let verdict = policy.judge(&about, password);
    verdict.rules().iter().filter(|(_, kept)| !kept).map(|(rule, _)| rule.key()).collect()
}

fn named(name: &str) -> LoginName {
    LoginName::parse(name).unwrap()
}

/// What breaks for somebody with this name and a second factor.
fn broken_of(name: &str, password: &str) -> Vec<&'static str> {
    broken(&PasswordPolicy::portal(), About { name: &named(name), has_factor: true }, password)
}

/// Of this many characters and three kinds, and on no list.
fn of_length(characters: usize) -> String {
    "Zw4m".chars().chain("élan vïtal ".chars().cycle()).take(characters).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn the_length_asked_for_depends_on_the_second_factor_and_the_policy() {
    let name = named("marie.lambert");
    let portal = PasswordPolicy::portal();
    let nist = PasswordPolicy::nist();
    for (policy, has_factor, characters, accepted) in [
        (&portal, true, 7, false),
        (&portal, true, 8, true),
        (&portal, false, 14, false),
        (&portal, false, 15, true),
        (&portal, true, 64, true),
        (&portal, true, 128, true),
        (&portal, true, 129, false),
        (&nist, true, 14, false),
        (&nist, true, 15, true),
        (&nist, false, 14, false),
        (&nist, false, 15, true),
        (&nist, false, 128, true),
        (&nist, false, 129, false),
    ] {
        let expected: &[&str] = if accepted { &[] } else { &["length"] };
        let told = broken(policy, About { name: &name, has_factor }, &of_length(characters));
        assert_eq!(told, expected, "{characters} characters, second factor: {has_factor}");
    }
}

#[test]
fn a_shorter_length_without_a_factor_does_not_lower_the_general_one() {
    let policy = PasswordPolicy { length_min: 20, ..PasswordPolicy::portal() };
    let about = About { name: &named("marie.lambert"), has_factor: false };
    assert_eq!(broken(&policy, about, &of_length(19)), ["length"]);
    assert_eq!(broken(&policy, about, &of_length(20)), NONE);
}

#[test]
fn three_of_four_kinds_are_needed_in_any_script() {
    for (password, kinds) in [
        ("zomerwandel", 1),
        ("7351902846", 1),
        ("Zomerwandel", 2),
        ("zomer wandel", 2),
        ("zomerwande7", 2),
        ("Zomerwande7", 3),
        ("Zomer wandel", 3),
        ("zomer wande7", 3),
        ("Zomer wande7", 4),
        // A script without case counts as lower case, digits of any script as digits.
        ("山高月小水落石出", 1),
        ("山高月小 水落石出٧", 3),
        ("صباح الخير يا جار", 2),
        ("Лесная7тропа", 3),
        // An emoji is a symbol; an accent that does not compose is nothing of its own.
        ("zomer🌻wandel", 2),
        ("x\u{302}x\u{302}x\u{302}zomerwandel", 1),
        // What cannot be printed helps nobody.
        ("zomerwande7\u{7}", 2),
    ] {
        assert_eq!(Typed::new(password).kinds(), kinds, "{password:?}");
        let told = broken_of("marie.lambert", password);
        assert_eq!(told.contains(&"kinds"), kinds < 3, "{password:?}: {told:?}");
    }
}

#[test]
fn the_policy_after_nist_asks_for_no_kinds() {
    let about = About { name: &named("marie.lambert"), has_factor: false };
    let told = |password| broken(&PasswordPolicy::nist(), about, password);
    for password in [
        "zomerwandelingen",
        "plonsvijverkikkers x",
        "🌻🌻🌷🌻🌷🌷🌻🌷🌻🌻🌻🌷🌷🌻🌷",
        "vier blauwe fietsen",
    ] {
        assert_eq!(told(password), NONE, "{password}");
    }
    assert_eq!(told("kkwvjbtrmzqplxnshdcg"), NONE);
    let rules = PasswordPolicy::nist().rules(&about);
    assert!(rules.iter().all(|rule| rule.key() != "kinds"));
    // Control: another policy asks for them, and for no more than there are.
    let all = PasswordPolicy { kinds_min: 9, ..PasswordPolicy::portal() };
    assert!(all.rules(&about).contains(&Rule::Kinds { min: 4 }));
    let rules = PasswordPolicy::portal().rules(&about);
    assert!(rules.contains(&Rule::Kinds { min: 3 }));
}

#[test]
fn no_spelling_of_the_name_or_of_its_parts_gets_into_a_password() {
    for (name, password) in [
        ("marie.lambert", "Lambert-1951"),
        ("marie.lambert", "xx MARIE 1951"),
        ("marie.lambert", "MarieLambert!1"),
        ("marie.lambert", "Ｌａｍｂｅｒｔ-1951"),
        ("marie.lambert", "𝐋𝐀𝐌𝐁𝐄𝐑𝐓-1951-xx"),
        ("jan.q\u{302}uil", "Xx-q\u{302}uil-1951"),
        ("Rene\u{301}e", "xX-ren\u{e9}e-51"),
        ("ren\u{e9}e", "xX-RENE\u{301}E-51"),
        ("stra\u{df}er", "xX-STRASSER-51"),
        ("jo_an", "Xx-JoAn-1951"),
        ("kim", "Xx-Kim-1951"),
        ("u1234567", "Xx-U1234567"),
        ("85.07.30-033.28", "Xx 85073003328"),
    ] {
        assert_eq!(broken_of(name, password), ["not-name"], "{name}: {password}");
    }
    // Controls: other names, parts of three, and a name of two characters.
    for (name, password) in [
        ("paul.dubois", "Lambert-1951"),
        ("jan.peeters", "Xx-Jan-195142"),
        ("an", "Xx-Banaan-1951"),
        ("marie.lambert", "Xx-Lamber-1951"),
    ] {
        assert_eq!(broken_of(name, password), NONE, "{name}: {password}");
    }
}

#[test]
fn no_word_of_the_operator_gets_into_a_password() {
    let words = ["Zelfzorg", "Mijn Loket", "abc"].map(str::to_owned).to_vec();
    let policy = PasswordPolicy { words, ..PasswordPolicy::portal() };
    let about = About { name: &named("marie.lambert"), has_factor: true };
    for password in ["Xx-ZELFZORG-51", "zelfzorg 2X26", "Xx mijn loket 51", "Xx-MijnLoket-51"] {
        assert_eq!(broken(&policy, about, password), ["not-words"], "{password}");
    }
    // Controls: half a word, one that is too short to count, and no words at all.
    for password in ["Xx-Zelfzor-51", "Xx-Loket-51", "Xx-ABC-1951"] {
        assert_eq!(broken(&policy, about, password), NONE, "{password}");
    }
    assert_eq!(broken_of("marie.lambert", "Xx-ZELFZORG-51"), NONE);
    let listed = |policy: &PasswordPolicy| policy.rules(&about).contains(&Rule::NotWords);
    assert!(listed(&policy));
    assert!(!listed(&PasswordPolicy::portal()));
    let short = PasswordPolicy { words: vec!["abc".to_owned()], ..PasswordPolicy::portal() };
    assert!(!listed(&short));
}

#[test]
fn a_known_password_is_refused_as_a_whole_and_only_as_a_whole() {
    let told = |password| broken_of("marie.lambert", password);
    for password in ["Password1!", "PASSWORD1!", "P@ssw0rd"] {
        assert_eq!(told(password), ["not-known"], "{password}");
    }
    let about = About { name: &named("marie.lambert"), has_factor: false };
    let nist = |password| broken(&PasswordPolicy::nist(), about, password);
    assert_eq!(nist("password123456789"), ["not-known"]);
    // Controls: with something before or after it, it is another password.
    assert_eq!(told("my Password1! trip"), NONE);
    assert_eq!(nist("my password123456789 trip"), NONE);
}

#[test]
fn control_characters_are_refused_by_a_rule_that_is_listed_only_then() {
    for odd in ['\0', '\t', '\r', '\n', '\u{7f}', '\u{85}', '\u{2028}', '\u{feff}'] {
        let told = broken_of("marie.lambert", &format!("Zomer wande7{odd}"));
        assert_eq!(told, ["printable"], "{odd:?}");
    }
    // Control: spaces, at the ends too, and joined emoji are printable.
    for password in [" Zomer wande7 ", "Zomer\u{a0}wande7", "Zomer👩\u{200d}🌾wande7"] {
        let verdict = PasswordPolicy::portal()
            .judge(&About { name: &named("marie.lambert"), has_factor: true }, password);
        assert!(verdict.is_kept(), "{password:?}: {verdict:?}");
        assert!(verdict.rules().iter().all(|(rule, _)| *rule != Rule::Printable));
    }
}

#[test]
fn composed_and_decomposed_accents_are_judged_alike() {
    let name = named("marie.lambert");
    let about = About { name: &name, has_factor: true };
    let judge = |password| PasswordPolicy::portal().judge(&about, password);
    // Eight characters when composed, ten as sent.
    assert_eq!(judge("Ye\u{301}te\u{301}-42x"), judge("Y\u{e9}t\u{e9}-42x"));
    assert!(judge("Ye\u{301}te\u{301}-42x").is_kept());
    // Seven when composed, nine as sent: the marks do not make it long enough.
    assert_eq!(judge("Ye\u{301}te\u{301}-42").first_broken().map(Rule::key), Some("length"));
    // Control: the case of a letter is a difference, here of the kinds.
    assert_eq!(judge("y\u{e9}t\u{e9}42xk").first_broken().map(Rule::key), Some("kinds"));
    assert!(judge("Y\u{e9}t\u{e9}42xk").is_kept());
}

#[test]
fn a_verdict_lists_every_rule_in_the_order_shown() {
    let policy = PasswordPolicy { words: vec!["Zelfzorg".to_owned()], ..PasswordPolicy::portal() };
    let about = About { name: &named("marie.lambert"), has_factor: true };
    let verdict = policy.judge(&about, "marie\n").with_used(true);
    let told: Vec<_> = verdict.rules().iter().map(|(rule, kept)| (rule.key(), *kept)).collect();
    assert_eq!(
        told,
        [
            ("length", false),
            ("printable", false),
            ("kinds", false),
            ("not-name", false),
            ("not-words", true),
            ("not-known", true),
            ("not-used-before", false),
        ]
    );
    assert_eq!(verdict.first_broken(), Some(Rule::Length { min: 8, max: 128 }));
    // Before anything is typed, the same rules stand there but the one of pasting.
    let listed = policy.rules(&about);
    let judged = verdict.rules().iter().map(|(rule, _)| *rule);
    assert_eq!(listed, judged.filter(|rule| *rule != Rule::Printable).collect::<Vec<_>>());
}

#[test]
fn a_password_used_before_breaks_a_verdict_that_was_kept() {
    let about = About { name: &named("marie.lambert"), has_factor: true };
    let policy = PasswordPolicy::portal();
    let verdict = policy.judge(&about, "Zomer wande7");
    let used = verdict.clone().with_used(true);
    assert!(!used.is_kept());
    assert_eq!(used.first_broken(), Some(Rule::NotUsedBefore { history: 5 }));
    // Control: a new one keeps it.
    let fresh = verdict.with_used(false);
    assert!(fresh.is_kept());
    assert_eq!(fresh.rules().last(), Some(&(Rule::NotUsedBefore { history: 5 }, true)));
    // Without a history only the provisional password is refused, and then told.
    let policy = PasswordPolicy { history: 0, ..policy };
    let verdict = policy.judge(&about, "Zomer wande7");
    assert!(!verdict.clone().with_used(true).is_kept());
    assert_eq!(verdict.clone().with_used(false), verdict);
}

#[test]
fn strength_runs_from_nothing_to_four_and_counts_the_name_as_known() {
    let name = named("marie.lambert");
    let of = |password: &str| Strength::of(password, &name).level();
    assert_eq!(of(""), 0);
    assert_eq!(of("password"), 0);
    assert_eq!(of("vier blauwe fietsen onderweg naar zee"), Strength::MAX);
    // The same letters weigh less for whom they are a part of the name.
    let other = named("lydie.vermorgat");
    assert!(Strength::of("vermorgat1", &other) < Strength::of("vermorgat1", &name));
    assert!(Strength::of("lydie.vermorgat1", &other) < Strength::of("lydie.vermorgat1", &name));
    assert!(Strength::of("password", &name) < Strength::of("vier blauwe fietsen", &name));
}

#[test]
fn strength_looks_at_no_more_than_its_first_characters() {
    let name = named("marie.lambert");
    let long = "a".repeat(ESTIMATED_MAX);
    let random = "TqVzkwLxRbWnHjKy";
    let of = |password: &str| Strength::of(password, &name);
    assert_eq!(of(&format!("{long}{random}")), of(&long));
    // Control: before the cut the same characters count.
    assert!(of(&format!("{random}{long}")) > of(&long));
}

#[test]
fn a_password_that_reads_in_many_ways_is_cut_shorter_for_the_estimate() {
    let many = format!("{OFTEN_LETTERS}{SELDOM_LETTERS}{}", "sunshine".repeat(10));
    let seen = estimated_part(&many);
    assert_eq!(seen.chars().count(), ESTIMATED_MAX_OF_MANY);
    assert!(!seen.contains(|c| SELDOM_LETTERS.contains(c)), "{seen}");
    assert!(seen.contains(OFTEN_LETTERS), "{seen}");
    // Control: an ordinary one is seen as it is, up to the general bound.
    assert_eq!(estimated_part("P4$$w0rd (sunshine)"), "P4$$w0rd (sunshine)");
    assert_eq!(estimated_part(&"(sunshine)".repeat(10)).chars().count(), ESTIMATED_MAX);
}

proptest::proptest! {
    // Few, since the estimator is slow without optimisation.
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn anything_can_be_judged(password in "\\PC{0,80}|[\\x00-\\xff]{0,80}", name in "[^\\pC\\pZ]{1,20}") {
        let name = named(&name);
        let policy = PasswordPolicy { words: vec![password.clone()], ..PasswordPolicy::portal() };
        let verdict = policy.judge(&About { name: &name, has_factor: false }, &password);
        assert_eq!(verdict.is_kept(), verdict.first_broken().is_none());
        assert!(Strength::of(&password, &name).level() <= Strength::MAX);
    }
}
