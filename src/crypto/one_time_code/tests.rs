//! Tests of `one_time_code`.

use secrecy::SecretString;
use url::Url;

use super::*;
use crate::crypto::{Checked, Hasher, HashingCost, SystemChance};
use crate::domain::{Held, Next, SecondFactor, Shown, SignInPolicy};

const HERE: u64 = 56_666_666;
const SEED: [u8; SEED_BYTES] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
/// Codes of [`SEED`] by distance from [`HERE`], made by oathtool 2.6.7.
const CODES: [(i64, &str); 14] = [
    (-131, "077976"),
    (-130, "789509"),
    (-120, "083747"),
    (-3, "665255"),
    (-2, "712725"),
    (-1, "517782"),
    (0, "367345"),
    (1, "506286"),
    (2, "732238"),
    (3, "731000"),
    (40, "536752"),
    (120, "045124"),
    (130, "466552"),
    (131, "509504"),
];

/// The middle of the step `by` steps from [`HERE`].
fn moment(by: i64) -> Moment {
    Moment::from_unix_millis(step(by).0 * STEP_SECONDS * 1000 + 15_500)
}

fn step(by: i64) -> Step {
    Step(HERE).offset(by).unwrap()
}

fn code(by: i64) -> TypedCode {
    let (_, code) = CODES.iter().find(|(distance, _)| *distance == by).unwrap();
    TypedCode::parse(code).unwrap()
}

fn judge(typed: &TypedCode, used: &Used, now: Moment) -> Judged {
    let (account, seed) = (AccountId::from_bytes([1; 16]), Seed::from_bytes(SEED));
    SetUp { account, seed: &seed, used }.judge(typed, now)
}

/// In short: what, and about which step from [`HERE`].
fn told(judged: &Judged) -> (&'static str, i64) {
    let from_here = |step: Step| step.0 as i64 - HERE as i64;
    match *judged {
        Judged::Right { step, .. } => ("right", from_here(step)),
        Judged::UsedAlready => ("used already", 0),
        Judged::ClockOff { spent, .. } => ("clock off", from_here(spent)),
        Judged::Wrong => ("wrong", 0),
    }
}

fn told_of(by: i64, used: &Used, now: i64) -> (&'static str, i64) {
    told(&judge(&code(by), used, moment(now)))
}

fn used(last: i64) -> Used {
    Used { last: Some(step(last)), spent: Vec::new() }
}

#[test]
fn the_codes_are_those_of_rfc_6238() {
    // Appendix B, SHA-1: of its eight digits the last six.
    let seed = Seed::from_bytes(*b"12345678901234567890");
    let rows = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    for (seconds, code) in rows {
        let now = Moment::from_unix_millis(seconds * 1000);
        let (account, used) = (AccountId::from_bytes([1; 16]), Used::default());
        let set_up = SetUp { account, seed: &seed, used: &used };
        let judged = set_up.judge(&TypedCode::parse(code).unwrap(), now);
        assert!(matches!(judged, Judged::Right { step, .. } if step == Step::at(now)), "{code}");
        // Control: one digit more is another code.
        let other = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
        let judged = set_up.judge(&TypedCode::parse(&other).unwrap(), now);
        assert!(!matches!(judged, Judged::Right { .. }), "{other}");
    }
}

#[test]
fn only_the_code_of_now_and_its_neighbours_are_right() {
    let none = Used::default();
    for (by, _) in CODES {
        let expected = match by {
            -1..=1 => ("right", by),
            -130..=130 => ("clock off", by),
            _ => ("wrong", 0),
        };
        assert_eq!(told_of(by, &none, 0), expected, "{by}");
    }
    // A phone that is ahead shows a code of later.
    let steps = |by: i64, now: i64| match judge(&code(by), &none, moment(now)) {
        Judged::ClockOff { steps, .. } => steps,
        other => panic!("{other:?}"),
    };
    assert_eq!([steps(40, 10), steps(-3, 10)], [30, -13]);
    // To the second: a code counts from 30 s before its step to 30 s after.
    let at = |millis: i64| {
        let now = (HERE * STEP_SECONDS * 1000).checked_add_signed(millis).unwrap();
        told(&judge(&code(0), &none, Moment::from_unix_millis(now))).0
    };
    assert_eq!([at(-30_001), at(-30_000)], ["clock off", "right"]);
    assert_eq!([at(59_999), at(60_000)], ["right", "clock off"]);
}

#[test]
fn of_two_times_a_code_belongs_to_the_nearest_is_told() {
    // Found and made with PyOTP 2.12.0.
    for (byte, typed, nearest) in [(22, "890273", 7), (80, "728776", -2), (102, "712175", 7)] {
        let (seed, used) = (Seed::from_bytes([byte; SEED_BYTES]), Used::default());
        let set_up = SetUp { account: AccountId::from_bytes([1; 16]), seed: &seed, used: &used };
        let judged = set_up.judge(&TypedCode::parse(typed).unwrap(), moment(0));
        assert_eq!(told(&judged), ("clock off", nearest), "{typed}");
    }
}

#[test]
fn a_code_is_right_once() {
    let (now, none) = (moment(0), Used::default());
    let judged = judge(&code(0), &none, now);
    assert_eq!(told(&judged), ("right", 0));
    let kept = none.after(&judged, now);
    assert_eq!(kept, used(0));
    assert_eq!(told_of(0, &kept, 0), ("used already", 0));
    assert_eq!(told_of(0, &kept, 1), ("used already", 0));
    // Nor is an earlier one that was never used.
    assert_eq!(told_of(-1, &kept, 0), ("used already", 0));
    // Minutes later it is still told as what it is.
    assert_eq!(told_of(0, &kept, 40), ("used already", 0));
    // Controls: the next is right; the earlier one was, before; and a judgement
    // that is not written down changes nothing.
    assert_eq!(told_of(1, &kept, 0), ("right", 1));
    assert_eq!(told_of(-1, &none, 0), ("right", -1));
    assert_eq!(told_of(0, &none, 0), ("right", 0));
}

#[test]
fn the_last_step_never_goes_back() {
    let kept = used(1).after(&judge(&code(0), &Used::default(), moment(0)), moment(0));
    assert_eq!(kept, used(1));
    // Control: it goes ahead.
    assert_eq!(used(0).after(&judge(&code(1), &used(0), moment(0)), moment(0)), used(1));
}

/// F10.
#[test]
fn with_the_servers_clock_set_back_no_code_is_right_and_it_shows() {
    let kept = used(20);
    for by in [-1, 0, 1] {
        assert_eq!(told_of(by, &kept, 0), ("used already", 0), "{by}");
        // Control: it was right without the later sign-in.
        assert_eq!(told_of(by, &used(-2), 0), ("right", by), "{by}");
    }
    assert!(kept.clock_ran_back(moment(0)) && kept.clock_ran_back(moment(18)));
    assert!(!kept.clock_ran_back(moment(19)) && !kept.clock_ran_back(moment(20)));
    assert!(!Used::default().clock_ran_back(moment(0)));
}

#[test]
fn a_diagnosed_code_is_never_right_when_its_time_comes() {
    let none = Used::default();
    let judged = judge(&code(40), &none, moment(0));
    assert_eq!(told(&judged), ("clock off", 40));
    let kept = none.after(&judged, moment(0));
    assert_eq!(kept, Used { last: None, spent: vec![step(40)] });
    for now in [39, 40, 41] {
        assert_eq!(told_of(40, &kept, now), ("used already", 0), "{now}");
        // Control: without the record it is right.
        assert_eq!(told_of(40, &none, now), ("right", 40), "{now}");
    }
    // Told twice it is kept once.
    assert_eq!(kept.after(&judge(&code(40), &kept, moment(0)), moment(0)), kept);
    // Other codes are as good as before, and an earlier one keeps it spent; a
    // later one stands for it.
    assert_eq!(told_of(0, &kept, 0), ("right", 0));
    let kept = kept.after(&judge(&code(0), &kept, moment(0)), moment(0));
    assert_eq!(kept, Used { last: Some(step(0)), spent: vec![step(40)] });
    assert_eq!(kept.after(&judge(&code(40), &used(0), moment(40)), moment(40)), used(40));
    // One behind cannot come again, so it takes no place.
    assert_eq!(none.after(&judge(&code(-3), &none, moment(0)), moment(0)), none);
}

#[test]
fn spent_steps_are_dropped_long_after_and_never_become_right_for_being_many() {
    let off = |by: i64| Judged::ClockOff { steps: by, spent: step(by) };
    let kept = Used::default().after(&off(40), moment(0));
    assert_eq!(kept.after(&Judged::Wrong, moment(40 + LOOKED_AT)), kept);
    assert_eq!(kept.after(&Judged::Wrong, moment(41 + LOOKED_AT)), Used::default());

    let many = |count: i64| {
        (0..count).fold(Used::default(), |kept, by| kept.after(&off(130 - by), moment(0)))
    };
    assert_eq!(many(32).last, None);
    let full = many(40);
    assert_eq!((full.last, full.spent.len()), (Some(step(98)), SPENT_MAX));
    assert!((91..=130).all(|by| full.has(step(by))));
    // Control: what was not diagnosed and is later than all is good.
    assert!(!full.has(step(131)) && !many(32).has(step(98)));
}

#[test]
fn a_code_of_an_older_set_up_is_told_and_is_wrong() {
    let older = [Seed::from_bytes([9; SEED_BYTES]), Seed::from_bytes(SEED)];
    let newer = Seed::from_bytes([8; SEED_BYTES]);
    for by in [-1, 0, 1] {
        assert!(judge_older(&older, &code(by), moment(0)), "{by}");
        let (account, used) = (AccountId::from_bytes([1; 16]), Used::default());
        let judged = SetUp { account, seed: &newer, used: &used }.judge(&code(by), moment(0));
        assert_eq!(told(&judged), ("wrong", 0), "{by}");
    }
    // Controls: not outside the window, and not a code of neither.
    assert!(!judge_older(&older, &code(2), moment(0)));
    assert!(!judge_older(&older, &code(-2), moment(0)));
    assert!(!judge_older(&older[..1], &code(0), moment(0)));
    assert!(!judge_older(&[], &code(0), moment(0)));
}

#[tokio::test]
async fn a_right_code_proves_its_own_account() {
    let hasher = Hasher::start(1, HashingCost { memory_kib: 64, passes: 1 }).unwrap();
    let stored = hasher.make("pw".into(), &SystemChance::default()).await.unwrap();
    let finish = async |password_of: [u8; 16]| {
        let subject = Some((AccountId::from_bytes(password_of), stored.clone()));
        let checked = hasher.check(subject, SecretString::from("pw")).await.unwrap();
        let Checked::Match { proof, .. } = checked else { panic!() };
        let policy = SignInPolicy {
            second_factor: SecondFactor::Required,
            trust: std::time::Duration::ZERO,
        };
        let held = Held { factors: 1, provisional: false };
        let next = policy.next(Shown::password(proof), held, moment(0)).unwrap();
        let Next::Factor(shown) = next else { panic!() };
        let judged = judge(&code(0), &Used::default(), moment(0));
        let Judged::Right { proof, .. } = judged else { panic!() };
        policy.next(shown.with(proof), held, moment(0)).map(|next| {
            let Next::Open(proven) = next else { panic!() };
            proven.methods().to_vec()
        })
    };
    assert_eq!(finish([1; 16]).await.unwrap(), [Method::Password, Method::OneTimeCode]);
    assert!(finish([2; 16]).await.is_err());
}

#[test]
fn a_code_is_read_in_every_spacing_and_in_no_other_form() {
    let spaced = [
        "123456",
        " 123 456\n",
        "123\u{a0}456",
        "123\u{202f}456",
        "123-456",
        "123\u{2011}456",
        "1 2 3 4 5 6",
        "-123456",
    ];
    for typed in spaced {
        assert_eq!(TypedCode::parse(typed).map(|code| code.0), Some(*b"123456"), "{typed:?}");
    }
    let others = [
        "",
        " ",
        "-1",
        "12345",
        "1234567",
        "12345678",
        "12345a",
        "+12345",
        "123.456",
        "１２３４５６",
        "12345٦",
        "123\u{200b}456",
        "123456\0",
    ];
    for typed in others {
        assert!(TypedCode::parse(typed).is_none(), "{typed:?}");
    }
}

#[test]
fn a_seed_is_twenty_bytes_of_chance_and_reads_back_as_oathtool_writes_it() {
    let seed = Seed::from_bytes(SEED);
    assert_eq!(seed.as_bytes(), &SEED);
    assert_eq!(seed.base32(), "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT");
    assert_eq!(seed.grouped(), "AAAQ EAYE AUDA OCAJ BIFQ YDIO B4IB CEQT");
    let chance = SystemChance::default();
    let (one, other) = (Seed::new(&chance).unwrap(), Seed::new(&chance).unwrap());
    assert_ne!(one.as_bytes(), other.as_bytes());

    struct None;
    impl Chance for None {
        fn fill(&self, _: &mut [u8]) -> Result<(), NoChance> {
            Err(NoChance)
        }
    }
    assert!(Seed::new(&None).is_err());
}

#[test]
fn a_name_cannot_change_what_the_link_says() {
    let seed = Seed::from_bytes(SEED);
    let names = [
        "ann",
        "ann@example.org",
        "x?secret=AAAA&issuer=Bank",
        "x&secret=AAAA",
        "100%3Aall%25",
        "a/../b//c",
        "a#b;c=d+e",
        "Zoë Müller-Łęcki",
        "  two  spaces  ",
        "日本 \u{202e}x",
        "a:b",
        "Bank: ann:x",
    ];
    for issuer in names {
        for account in names {
            let link = seed.link(issuer, account);
            // Some apps split the decoded label at the first colon, some at each.
            assert!(link.starts_with("otpauth://totp/") && link.is_ascii(), "{link}");
            let read = Url::parse(&link).unwrap();
            let label = read.path().strip_prefix('/').unwrap();
            let label = decoded(label);
            let parts: Vec<&str> = label.split(':').collect();
            let shown = |name: &str| name.replace(':', "∶");
            assert_eq!(parts, [shown(issuer), shown(account)], "{link}");
            let told: Vec<(String, String)> =
                read.query_pairs().map(|(name, value)| (name.into(), value.into())).collect();
            let expected = [
                ("secret", seed.base32()),
                ("issuer", shown(issuer)),
                ("algorithm", "SHA1".to_owned()),
                ("digits", "6".to_owned()),
                ("period", "30".to_owned()),
            ];
            assert_eq!(told, expected.map(|(name, value)| (name.to_owned(), value)), "{link}");
            assert_eq!((read.host_str(), read.fragment(), read.port()), (Some("totp"), None, None));
        }
    }
    // Control: put in as it is, such a name does change it.
    let naive = format!("otpauth://totp/P:{}?secret={}", names[2], seed.base32());
    let told: Vec<String> =
        Url::parse(&naive).unwrap().query_pairs().map(|(_, value)| value.into()).collect();
    assert_eq!(told.first().map(String::as_str), Some("AAAA"));
}

/// Percent-decoding by the `url` crate, which has it for queries only.
fn decoded(path: &str) -> String {
    let query = format!("https://x/?{}", path.replace('+', "%2B"));
    let read = Url::parse(&query).unwrap();
    read.query_pairs().map(|(name, _)| name.into_owned()).collect()
}

#[test]
fn neither_a_seed_nor_a_code_is_printed() {
    let seed = Seed::from_bytes(SEED);
    let used = Used::default();
    let set_up = SetUp { account: AccountId::from_bytes([1; 16]), seed: &seed, used: &used };
    let printed = format!("{set_up:?} {:?}", code(0));
    assert!(printed.contains("Seed(..)") && printed.contains("TypedCode(..)"), "{printed}");
    // Control: other parts are.
    assert!(printed.contains("AccountId") && printed.contains("Used"), "{printed}");
}
