//! Lines of plain text: one of them, and not too long.

/// Longest line of a text mail in characters, so that quoting it once more
/// still fits the 80 columns of old mail programs.
const COLUMNS_MAX: usize = 72;
/// How a line begins that stays whole: names, passwords and addresses.
pub const WHOLE: &str = "    ";

/// The text without line breaks and control characters: a name, a subject and
/// the answer of a server are one line.
pub fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let spaced: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

/// The text with its long lines broken at spaces. A word longer than a line
/// stays whole, and so does a line that begins with [`WHOLE`].
pub fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    for line in text.lines() {
        match line.starts_with(WHOLE) || line.chars().count() <= COLUMNS_MAX {
            true => out.push_str(line),
            false => wrap(line, &mut out),
        }
        out.push('\n');
    }
    out
}

fn wrap(line: &str, out: &mut String) {
    let indent = if line.starts_with("- ") { "  " } else { "" };
    let mut columns = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if columns > 0 && columns + 1 + length > COLUMNS_MAX {
            out.push('\n');
            out.push_str(indent);
            columns = indent.len();
        } else if columns > 0 {
            out.push(' ');
            columns += 1;
        }
        out.push_str(word);
        columns += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_at_spaces_only() {
        let long = "word\u{a0}word ".repeat(20);
        let broken = wrapped(long.trim());
        assert!(broken.lines().count() > 2);
        for line in broken.lines() {
            assert!(line.chars().count() <= COLUMNS_MAX, "{line}");
            assert!(line.ends_with("word\u{a0}word"), "{line:?}");
        }
        assert_eq!(broken.replace('\n', " ").trim(), long.trim());
    }

    #[test]
    fn an_entry_of_a_list_goes_on_under_its_text() {
        let broken = wrapped(&format!("- {}", "word ".repeat(30).trim()));
        let lines: Vec<&str> = broken.lines().collect();
        assert!(lines[0].starts_with("- word") && lines[1].starts_with("  word"), "{broken}");
    }

    #[test]
    fn passwords_and_addresses_stay_whole() {
        let whole = format!("{WHOLE}{}\n", "a b ".repeat(40).trim());
        assert_eq!(wrapped(&whole), whole);
        let address = format!("https://{}\n", "a".repeat(100));
        assert_eq!(wrapped(&address), address);
        // Control: without the indent it would be broken.
        assert_ne!(wrapped(whole.trim_start()), whole.trim_start());
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("a\r\nBcc: b\u{2028}c\0"), "a  Bcc: b c");
        assert_eq!(one_line("Hélène  Dupont"), "Hélène  Dupont");
    }
}
