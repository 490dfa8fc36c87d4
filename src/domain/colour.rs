//! Colours of an operator's brand, and whether people can read them.
//!
//! Contrast is that of WCAG 2.2 (relative luminance and success criterion
//! 1.4.3): text needs 4.5 to 1.

/// Least contrast of text with what is behind it.
pub const CONTRAST_MIN: f64 = 4.5;
/// What our pages put behind text in light and in dark mode, as in their style
/// sheet: ground and paper.
const LIGHT: [Colour; 2] = [Colour::new(0xf6, 0xf8, 0xf8), Colour::new(0xff, 0xff, 0xff)];
const DARK: [Colour; 2] = [Colour::new(0x0e, 0x18, 0x1c), Colour::new(0x17, 0x24, 0x2a)];
const WHITE: Colour = Colour::new(0xff, 0xff, 0xff);
const NEAR_BLACK: Colour = Colour::new(0x06, 0x1c, 0x1f);

/// A colour of the sRGB space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl Colour {
    /// From its parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self::new(part(0)?, part(2)?, part(4)?))
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// The contrast with another colour, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// So many percent of this colour, the rest of the other.
    fn mixed(self, percent: u32, other: Self) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u32::from(a) * percent + u32::from(b) * (100 - percent);
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self::new(
            mix(self.red, other.red),
            mix(self.green, other.green),
            mix(self.blue, other.blue),
        )
    }

    fn least_contrast(self, grounds: &[Self]) -> f64 {
        grounds.iter().map(|ground| self.contrast(*ground)).fold(f64::INFINITY, f64::min)
    }
}

/// An accent and what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accents {
    /// Buttons, links, drawings.
    pub accent: Colour,
    /// Text on the accent.
    pub ink: Colour,
    /// The panel beside the card.
    pub soft: Colour,
    /// Its edge.
    pub line: Colour,
}

/// The operator's colours in both modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// On light pages.
    pub light: Accents,
    /// On dark pages.
    pub dark: Accents,
}

/// The accent cannot be read on our pages.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("has a contrast of {found:.1} with the page, and text needs {CONTRAST_MIN}")]
pub struct LowContrast {
    found: f64,
}

impl Palette {
    /// From one accent for light pages; the one for dark pages is lightened
    /// until it can be read there.
    ///
    /// # Errors
    ///
    /// [`LowContrast`] where links in this colour could not be read.
    pub fn new(accent: Colour) -> Result<Self, LowContrast> {
        let found = accent.least_contrast(&LIGHT);
        if found < CONTRAST_MIN {
            return Err(LowContrast { found });
        }
        let lighter = |percent: &u32| accent.mixed(*percent, WHITE);
        let readable = |colour: &Colour| colour.least_contrast(&DARK) >= CONTRAST_MIN;
        let dark = (0..=100).rev().map(|percent| lighter(&percent)).find(readable);
        let dark = dark.unwrap_or(WHITE);
        Ok(Self {
            light: Accents {
                accent,
                ink: ink_on(accent),
                soft: accent.mixed(10, WHITE),
                line: accent.mixed(40, WHITE),
            },
            dark: Accents {
                accent: dark,
                ink: ink_on(dark),
                soft: dark.mixed(18, DARK[0]),
                line: dark.mixed(40, DARK[0]),
            },
        })
    }

    /// As a style sheet of custom properties.
    pub fn style_sheet(&self) -> String {
        let root = |accents: &Accents| {
            format!(
                ":root {{ --accent: {}; --accent-ink: {}; --accent-soft: {}; --accent-line: {}; }}",
                accents.accent, accents.ink, accents.soft, accents.line
            )
        };
        format!(
            "{}\n@media (prefers-color-scheme: dark) {{ {} }}\n",
            root(&self.light),
            root(&self.dark)
        )
    }
}

fn ink_on(ground: Colour) -> Colour {
    match WHITE.contrast(ground) >= NEAR_BLACK.contrast(ground) {
        true => WHITE,
        false => NEAR_BLACK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        let black = Colour::new(0, 0, 0);
        assert!((WHITE.contrast(black) - 21.0).abs() < 0.001);
        assert!((WHITE.contrast(WHITE) - 1.0).abs() < 0.001);
        // The usual example of a grey that just passes on white.
        let grey = Colour::parse("#767676").unwrap();
        assert!((4.5..4.6).contains(&grey.contrast(WHITE)));
    }

    #[test]
    fn every_accepted_accent_can_be_read_in_both_modes() {
        let mut refused = 0;
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let accent = Colour::new(red, green, blue);
                    let Ok(palette) = Palette::new(accent) else {
                        refused += 1;
                        continue;
                    };
                    for (accents, grounds) in [(palette.light, LIGHT), (palette.dark, DARK)] {
                        let on_page = accents.accent.least_contrast(&grounds);
                        let on_button = accents.ink.contrast(accents.accent);
                        assert!(on_page >= CONTRAST_MIN, "{accent}: {on_page} on the page");
                        assert!(on_button >= CONTRAST_MIN, "{accent}: {on_button} on a button");
                    }
                }
            }
        }
        // Control: yellow and the like are refused.
        assert!(refused > 1000, "{refused}");
        assert!(Palette::new(Colour::parse("#ffcc00").unwrap()).is_err());
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let sheet = include_str!("../../pages/vestibule.css");
        for ground in LIGHT.iter().chain(&DARK).filter(|ground| **ground != WHITE) {
            assert!(sheet.contains(&ground.to_string()), "{ground} is not in the style sheet");
        }
    }

    #[test]
    fn a_colour_reads_back_from_its_text_and_nothing_else_is_one() {
        assert_eq!(Colour::parse("#0B5d66").unwrap().to_string(), "#0b5d66");
        for wrong in ["0b5d66", "#0b5d6", "#0b5d666", "#zzzzzz", "teal", "#0b5d6é", ""] {
            assert_eq!(Colour::parse(wrong), None, "{wrong:?}");
        }
    }
}
