//! Helvetica as every reader has it: its characters, its widths, and lines cut to a column.
//!
//! No font is embedded: the two faces are among the fourteen that a reader of
//! PDF must bring along, and their widths are public (Adobe's font metrics).
//! Text is in WinAnsiEncoding, which holds what our four languages need; a
//! character outside it gives way to a near one.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One of the two faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Helvetica.
    Plain,
    /// Helvetica-Bold.
    Bold,
}

impl Face {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Bold];

    /// The name of the font in the document.
    pub fn font(self) -> &'static [u8] {
        match self {
            Self::Plain => b"Helvetica",
            Self::Bold => b"Helvetica-Bold",
        }
    }

    /// What the pages call it.
    pub fn resource(self) -> &'static [u8] {
        match self {
            Self::Plain => b"F",
            Self::Bold => b"B",
        }
    }

    /// How wide an encoded text is in points, at a size in points.
    pub fn width(self, text: &[u8], size: f32) -> f32 {
        let widths = match self {
            Self::Plain => &PLAIN_WIDTHS,
            Self::Bold => &BOLD_WIDTHS,
        };
        let of = |byte: &u8| {
            usize::from(*byte).checked_sub(FIRST).and_then(|at| widths.get(at)).copied()
        };
        let sum: u32 = text.iter().filter_map(of).map(u32::from).sum();
        sum as f32 * size / 1000.0
    }

    /// Cuts a text into lines that are no wider than `column` points.
    ///
    /// A word that is too long for a line by itself is cut: an address after
    /// one of its own marks, any other word with a hyphen.
    pub fn lines(self, text: &str, size: f32, column: f32) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let mut line: Vec<u8> = Vec::new();
        for word in encode(text).split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
            let mut with_word = line.clone();
            if !with_word.is_empty() {
                with_word.push(b' ');
            }
            with_word.extend_from_slice(word);
            if self.width(&with_word, size) <= column {
                line = with_word;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            let mut rest = word;
            while self.width(rest, size) > column {
                let (part, after) = self.cut(rest, size, column);
                lines.push(part);
                rest = after;
            }
            line = rest.to_vec();
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// The first line of a word that is too long for one, and what is left of the word.
    fn cut(self, word: &[u8], size: f32, column: f32) -> (Vec<u8>, &[u8]) {
        let address = word.iter().any(|byte| ADDRESS_MARKS.contains(byte));
        let hyphen: &[u8] = if address { b"" } else { b"-" };
        let room = column - self.width(hyphen, size);
        let fits =
            |count: &usize| word.get(..*count).is_some_and(|part| self.width(part, size) <= room);
        // One character at least, or this would never end.
        let most = (1..word.len()).take_while(fits).last().unwrap_or(1);
        let (part, _) = word.split_at(most);
        let mark = part.iter().rposition(|byte| ADDRESS_MARKS.contains(byte) || *byte == b'-');
        let at = match mark {
            Some(mark) if mark * 2 > most => mark + 1,
            _ => most,
        };
        let (part, rest) = word.split_at(at);
        let mut part = part.to_vec();
        if !part.ends_with(b"-") {
            part.extend_from_slice(hyphen);
        }
        (part, rest)
    }

    /// The text on one line of `column` points; one that is too long ends with "…".
    pub fn one_line(self, text: &str, size: f32, column: f32) -> Vec<u8> {
        let mut line = encode(text);
        if self.width(&line, size) <= column {
            return line;
        }
        let mut room = column - self.width(ELLIPSIS, size);
        let fit = line.iter().take_while(|byte| {
            room -= self.width(&[**byte], size);
            room >= 0.0
        });
        line.truncate(fit.count());
        line.extend_from_slice(ELLIPSIS);
        line
    }
}

/// A text in WinAnsiEncoding.
pub fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.nfc() {
        match byte_of(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(near(character)),
        }
    }
    bytes
}

fn byte_of(character: char) -> Option<u8> {
    match character {
        ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{ff}' => {
            u8::try_from(u32::from(character)).ok()
        }
        '\0' => None,
        _ => {
            let at = UPPER.iter().position(|upper| *upper == character)?;
            u8::try_from(at + 0x80).ok()
        }
    }
}

/// What stands in the place of a character that the encoding has not: a near
/// one, its letter without accents, or a question mark.
fn near(character: char) -> Vec<u8> {
    let known: Option<&[u8]> = match character {
        '\u{2007}' | '\u{2009}' | '\u{200a}' | '\u{202f}' => Some(b"\xa0"),
        '\u{2010}' | '\u{2011}' | '\u{2212}' => Some(b"-"),
        '⌘' => Some(b"Cmd"),
        '⋮' => Some(ELLIPSIS),
        '→' => Some(b">"),
        'ł' => Some(b"l"),
        'Ł' => Some(b"L"),
        'đ' => Some(b"d"),
        'Đ' => Some(b"D"),
        'ħ' => Some(b"h"),
        'ı' => Some(b"i"),
        // What nobody sees: soft hyphen, joiners, directions.
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Some(b""),
        '\u{2060}'..='\u{2069}' | '\u{feff}' => Some(b""),
        _ if character.is_whitespace() || character.is_control() => Some(b" "),
        _ => None,
    };
    if let Some(known) = known {
        return known.to_vec();
    }
    let plain = std::iter::once(character).nfkd().filter(|part| !is_combining_mark(*part));
    let bytes: Option<Vec<u8>> = plain.map(byte_of).collect();
    bytes.filter(|bytes| !bytes.is_empty()).unwrap_or_else(|| b"?".to_vec())
}

const ELLIPSIS: &[u8] = b"\x85";
/// Where an address may be cut; a word with one of them is taken for one.
const ADDRESS_MARKS: [u8; 6] = *b"/.@?&=";
/// The first byte that has a width: the space.
const FIRST: usize = 0x20;

/// The characters of 0x80 to 0x9f. NUL stands where there is none.
const UPPER: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// Widths of 0x20 to 0xff in thousandths of the size.
#[rustfmt::skip]
const PLAIN_WIDTHS: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350,
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];
/// Widths of 0x20 to 0xff in thousandths of the size.
#[rustfmt::skip]
const BOLD_WIDTHS: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 350,
    556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences of every kind, some with words that no line can hold.
    const TEXTS: [&str; 6] = [
        "Authentifizierungsanwendungseinrichtungsbestätigungsseite öffnen",
        "https://portail.exemple.be/.vestibule/une/adresse/qui/ne/finit/pas?et=encore&plus=loin",
        "Saisissez le numéro affiché : il change toutes les trente secondes.",
        "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
        "iiii iiii iiii iiii iiii iiii iiii iiii — „Weiter“",
        "a",
    ];

    #[test]
    fn no_line_is_wider_than_its_column_and_no_letter_is_lost() {
        for (text, face) in TEXTS.iter().flat_map(|text| Face::ALL.map(|face| (text, face))) {
            for column in (20..400).step_by(7).map(|column| column as f32) {
                let lines = face.lines(text, 12.0, column);
                for line in &lines {
                    let width = face.width(line, 12.0);
                    assert!(width <= column + 0.01, "{width} of {column}: {text}");
                }
                let letters = |bytes: &[u8]| -> Vec<u8> {
                    bytes.iter().copied().filter(|byte| !b" -".contains(byte)).collect()
                };
                assert_eq!(letters(&lines.concat()), letters(&encode(text)), "{text}");
            }
        }
        // Control: without cutting, the text would be wider.
        assert!(Face::Plain.width(&encode(TEXTS[2]), 12.0) > 200.0);
    }

    #[test]
    fn an_address_is_cut_without_a_hyphen_and_a_word_with_one() {
        let address = Face::Plain.lines(TEXTS[1], 12.0, 150.0).concat();
        assert_eq!(address, encode(TEXTS[1]));
        let words = Face::Plain.lines(TEXTS[0], 12.0, 150.0);
        assert!(words[0].ends_with(b"-"), "{words:?}");
    }

    #[test]
    fn every_letter_of_our_languages_is_kept_and_a_strange_one_gives_way() {
        assert_eq!(encode("é€œ’„“«ß"), b"\xe9\x80\x9c\x92\x84\x93\xab\xdf");
        // Composed and decomposed are the same letter.
        assert_eq!(encode("e\u{301}"), encode("é"));
        assert_eq!(encode("Gda\u{144}sk, \u{141}ódź"), b"Gdansk, L\xf3dz");
        assert_eq!(encode("oui\u{202f}?"), b"oui\xa0?");
        assert_eq!(encode("日\u{200b}"), b"?");
        assert_eq!(encode("a\nb\0"), b"a b ");
    }

    #[test]
    fn widths_are_those_of_the_published_metrics() {
        // Adobe's metrics of Helvetica: A 667, i 222, quoteright 222; of the bold face: i 278.
        assert_eq!(Face::Plain.width(&encode("Ai’"), 1000.0), 1111.0);
        assert_eq!(Face::Bold.width(&encode("i"), 1000.0), 278.0);
    }

    #[test]
    fn a_text_that_is_too_long_for_its_line_ends_with_an_ellipsis() {
        let line = Face::Plain.one_line(&"Portail ".repeat(40), 8.0, 200.0);
        assert!(Face::Plain.width(&line, 8.0) <= 200.0);
        assert!(line.ends_with(ELLIPSIS));
        assert_eq!(Face::Plain.one_line("Portail", 8.0, 200.0), b"Portail");
    }
}
