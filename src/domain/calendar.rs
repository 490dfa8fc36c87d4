//! Days as people read them: `7 décembre 2026`.

use time::{Month, OffsetDateTime};

use super::{Language, Moment, Words};

/// Keeps day, month and year on one line.
const NO_BREAK_SPACE: char = '\u{a0}';

/// The day of a moment in UTC, in a person's language. `None` beyond the year
/// 9999, where the calendar ends.
pub fn day(at: Moment, language: Language) -> Option<String> {
    let seconds = i64::try_from(at.unix_seconds()).ok()?;
    let date = OffsetDateTime::from_unix_timestamp(seconds).ok()?.date();
    let day = match (language, date.day()) {
        (Language::Fr, 1) => "1er".to_owned(),
        (Language::De, day) => format!("{day}."),
        (_, day) => day.to_string(),
    };
    let month = month(date.month(), Words::of(language));
    let year = date.year();
    Some(format!("{day}{NO_BREAK_SPACE}{month}{NO_BREAK_SPACE}{year}"))
}

fn month(month: Month, t: &Words) -> String {
    match month {
        Month::January => t.say("mail-month-january"),
        Month::February => t.say("mail-month-february"),
        Month::March => t.say("mail-month-march"),
        Month::April => t.say("mail-month-april"),
        Month::May => t.say("mail-month-may"),
        Month::June => t.say("mail-month-june"),
        Month::July => t.say("mail-month-july"),
        Month::August => t.say("mail-month-august"),
        Month::September => t.say("mail-month-september"),
        Month::October => t.say("mail-month-october"),
        Month::November => t.say("mail-month-november"),
        Month::December => t.say("mail-month-december"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(seconds: u64, language: Language) -> String {
        let at = Moment::from_unix_millis(seconds * 1000);
        day(at, language).unwrap().replace(NO_BREAK_SPACE, " ")
    }

    #[test]
    fn a_day_is_written_as_each_language_writes_it() {
        // 2026-12-07 and 2027-01-01, both at noon.
        let (december, january) = (1_796_644_800, 1_798_804_800);
        for (language, first, second) in [
            (Language::Fr, "7 décembre 2026", "1er janvier 2027"),
            (Language::Nl, "7 december 2026", "1 januari 2027"),
            (Language::De, "7. Dezember 2026", "1. Januar 2027"),
            (Language::En, "7 December 2026", "1 January 2027"),
        ] {
            assert_eq!(shown(december, language), first);
            assert_eq!(shown(january, language), second);
        }
    }

    #[test]
    fn a_day_ends_at_midnight_in_utc() {
        assert_eq!(shown(951_868_799, Language::En), "29 February 2000");
        assert_eq!(shown(951_868_800, Language::En), "1 March 2000");
        assert_eq!(day(Moment::from_unix_millis(u64::MAX), Language::En), None);
    }

    #[test]
    fn each_month_has_a_name_in_each_language() {
        for language in Language::ALL {
            for number in 1..=12 {
                let name = month(Month::try_from(number).unwrap(), Words::of(language));
                assert!(!name.contains("mail-"), "{name}");
            }
        }
    }
}
