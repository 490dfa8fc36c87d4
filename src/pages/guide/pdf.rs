//! The guide as a document to print, keep or hand over: A4, a few pages, no font inside.
//!
//! It says what the page of the guide says, in the operator's name and the
//! reader's language. The same guide is always the same file: there is no date
//! and no chance in it. Its headings, lists and pictures are marked for screen
//! readers.

mod contents;
mod face;
mod file;
mod look;
mod sheet;

use crate::domain::{Brand, Language};

/// A guide to be written.
#[derive(Clone, Copy, Debug)]
pub struct Guide<'a> {
    /// The language of its reader.
    pub language: Language,
    /// In whose name it speaks.
    pub brand: &'a Brand,
    /// The public address, without a slash at its end.
    pub public_url: &'a str,
}

/// Writes the guide as a PDF file.
pub fn write(guide: &Guide<'_>) -> Vec<u8> {
    contents::write(guide)
}

#[cfg(test)]
mod tests {
    use super::face::encode;
    use super::*;
    use crate::domain::{Logo, Words};
    use crate::pages::guide::{picture, steps};

    fn brand() -> Brand {
        Brand {
            name: "Portail des indépendants".into(),
            support_phone: Some("02 123 45 67".into()),
            support_hours: Some("9–17".into()),
            support_link: Some("https://www.example.be/help".into()),
            palette: None,
            logo: None,
            legal_notice: None,
            links: Vec::new(),
            language: Language::Fr,
        }
    }

    fn written(language: Language, brand: &Brand) -> Vec<u8> {
        write(&Guide { language, brand, public_url: "https://portail.example.be" })
    }

    /// Every text that is shown on a page, read back from the file.
    fn shown(file: &[u8]) -> Vec<u8> {
        let mut shown = Vec::new();
        for at in 0..file.len() {
            if !file[..at].ends_with(b" Td") {
                continue;
            }
            let rest = &file[at..];
            let end = rest.windows(2).position(|two| two == b"Tj").unwrap();
            match rest[0] {
                b'(' => shown.extend(rest[1..end - 1].iter().filter(|byte| **byte != b'\\')),
                b'<' => {
                    let digits = std::str::from_utf8(&rest[1..end - 1]).unwrap();
                    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
                    shown.extend((0..digits.len()).step_by(2).map(byte));
                }
                _ => {}
            }
        }
        shown
    }

    fn says(file: &[u8], text: &str) -> bool {
        let (shown, text) = (shown(file), encode(text));
        shown.windows(text.len()).any(|part| part == text)
    }

    #[test]
    fn the_document_says_every_title_of_the_screens_and_the_operators_numbers() {
        for language in Language::ALL {
            let (file, words) = (written(language, &brand()), Words::of(language));
            for step in steps::shown(language) {
                assert!(says(&file, &step.title), "{language:?}: {}", step.title);
            }
            for (title, _) in steps::PROBLEMS {
                assert!(says(&file, &words.say(title)), "{language:?}: {title}");
            }
            for text in ["02 123 45 67", "Portail des indépendants", "example.be/.vestibule/"] {
                assert!(says(&file, text), "{language:?}: {text}");
            }
            // Control: what is not there is not found.
            assert!(!says(&file, "This is said nowhere"), "{language:?}");
        }
    }

    #[test]
    fn the_same_guide_is_the_same_file_and_another_is_another() {
        let file = written(Language::Nl, &brand());
        assert_eq!(file, written(Language::Nl, &brand()));
        let other = Brand { name: "Autre portail".into(), ..brand() };
        assert_ne!(file, written(Language::Nl, &other));
    }

    #[test]
    fn an_operator_without_numbers_and_one_with_endless_ones_have_a_guide_too() {
        let none = Brand {
            name: String::new(),
            support_phone: None,
            support_hours: None,
            support_link: None,
            ..brand()
        };
        let file = written(Language::De, &none);
        assert!(says(&file, &Words::of(Language::De).say("guide-title")));
        assert!(!says(&file, "02 123 45 67"));
        for text in ["x".repeat(5_000), "(\\)<>ł日\n\0 ".repeat(500)] {
            let endless = Brand {
                name: text.clone(),
                support_phone: Some(text.clone()),
                support_hours: Some(text.clone()),
                support_link: Some(text),
                ..brand()
            };
            assert!(written(Language::De, &endless).ends_with(b"%%EOF"));
        }
    }

    #[test]
    fn a_logo_that_cannot_be_shown_is_left_out() {
        let pictures = |logo: Option<&[u8]>| {
            let logo = logo.map(|bytes| Logo { kind: "image/png", bytes: bytes.into() });
            let file = written(Language::En, &Brand { logo, ..brand() });
            file.windows(14).filter(|part| part == b"/Subtype/Image").count()
        };
        let steps = steps::STEPS.len();
        let logo = picture::file(Language::En, "sign_in").unwrap();
        assert_eq!(pictures(None), steps);
        assert_eq!(pictures(Some(b"<svg/>")), steps);
        assert_eq!(pictures(Some(&logo[..logo.len() - 1])), steps);
        // Control: a whole one is shown.
        assert_eq!(pictures(Some(logo)), steps + 1);
    }
}
